//! Pictures of one SKU on their way to the marketplace: several at once with a ticket, or one by one.
//!
//! MigrateImage and MigrateImages give the same address for the same picture, so they are safe to repeat; an
//! UploadImage that is repeated leaves a copy that nobody shows. The reply to a ticket names no source: it is
//! believed as a whole or not at all, and what it leaves open goes one by one.

use super::event::Answer;
use super::pace::{LOST_AT_MOST, Millis, Policy, backoff};
use crate::dialect::{Class, Refusal};
use crate::plan::Action;
use crate::record::ImageUrl;

/// What became of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosted {
    /// Not sent yet.
    Open,
    /// The marketplace hosts it.
    At(ImageUrl),
    /// It cannot be had: refused, or not a picture; or lost in two processes.
    Dead(Refusal),
    /// Nobody could tell what became of it, or its host could not be reached; `resume` sends it again.
    Lost(String),
}

/// One picture's way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Travel {
    hosted: Hosted,
    /// Sent by us: a file, or what the marketplace could not fetch itself.
    is_upload: bool,
    /// Its download failed once.
    is_retried: bool,
    /// Nobody could tell of it in an earlier process either.
    was_lost: bool,
    /// How often nobody could tell of it in this process, when it went by itself.
    lost: u32,
}

/// Fewer pictures than this go one by one: a ticket costs two calls at least.
const WORTH_A_TICKET: usize = 3;

/// A ticket is asked about so often before its pictures go one by one.
const ASKED_AT_MOST: u32 = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Ticket {
    id: String,
    places: Vec<usize>,
    asked: u32,
}

/// What is sent next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Errand {
    pub(super) action: Action,
    pub(super) places: Vec<usize>,
    pub(super) ticket: Option<String>,
}

/// The history of the pictures of one SKU.
#[derive(Debug, Clone)]
pub struct Hosting {
    images: Vec<Travel>,
    /// What the marketplace cannot download is fetched by us: as it was when the last attempt left.
    fetches: bool,
    ticket: Option<Ticket>,
    /// A ticket has disappointed.
    goes_singly: bool,
    in_flight: Option<Errand>,
    is_started: bool,
    /// Nobody needs them: their SKU was not created.
    is_dropped: bool,
    due: Millis,
    attempts: u32,
    /// How often nobody could tell of the pictures that went together.
    lost_together: u32,
    failures: u32,
}

impl Hosting {
    pub(super) fn new(images: usize, files: &[usize]) -> Hosting {
        let travel = |place: usize| Travel {
            hosted: Hosted::Open,
            is_upload: files.contains(&place),
            is_retried: false,
            was_lost: false,
            lost: 0,
        };
        Hosting {
            images: (0..images).map(travel).collect(),
            fetches: false,
            ticket: None,
            goes_singly: false,
            in_flight: None,
            is_started: false,
            is_dropped: false,
            due: 0,
            attempts: 0,
            lost_together: 0,
            failures: 0,
        }
    }

    /// What became of the picture at this place.
    #[must_use]
    pub fn image(&self, place: usize) -> &Hosted {
        self.images.get(place).map_or(&Hosted::Open, |image| &image.hosted)
    }

    /// How many attempts left.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Nothing more will be sent.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.in_flight.is_none() && (self.is_dropped || !self.images.iter().any(|image| image.hosted == Hosted::Open))
    }

    /// Nobody could tell of some picture.
    pub(super) fn has_lost(&self) -> bool {
        !self.is_dropped && self.images.iter().any(|image| matches!(image.hosted, Hosted::Lost(_)))
    }

    /// Some picture is not hosted.
    pub(super) fn has_failed(&self) -> bool {
        !self.is_dropped && self.images.iter().any(|image| !matches!(image.hosted, Hosted::At(_)))
    }

    /// What it waits for has ended; it is dropped where nobody needs it.
    pub(super) fn start(&mut self, is_needed: bool) {
        if !self.is_started {
            self.is_started = true;
            self.is_dropped = !is_needed;
        }
    }

    /// It is sent once more, since the last call came to nothing.
    pub(super) fn is_repeat(&self) -> bool {
        self.failures > 0
    }

    /// The call that is on its way.
    pub(super) fn action_in_flight(&self) -> Option<Action> {
        self.in_flight.as_ref().map(|errand| errand.action)
    }

    fn open(&self) -> Vec<usize> {
        (0..self.images.len()).filter(|place| self.images[*place].hosted == Hosted::Open).collect()
    }

    /// What is sent next, and when it is due.
    pub(super) fn next(&self, policy: &Policy) -> Option<(Millis, Errand)> {
        if self.in_flight.is_some() || self.is_dropped {
            return None;
        }
        if let Some(ticket) = &self.ticket {
            let (places, id) = (ticket.places.clone(), ticket.id.clone());
            return Some((self.due, Errand { action: Action::GetResponse, places, ticket: Some(id) }));
        }
        let open = self.open();
        let migrated: Vec<usize> = open.iter().copied().filter(|place| !self.images[*place].is_upload).collect();
        if !self.goes_singly && policy.migrates_together && migrated.len() >= WORTH_A_TICKET {
            return Some((self.due, Errand { action: Action::MigrateImages, places: migrated, ticket: None }));
        }
        let place = *open.first()?;
        let action = if self.images[place].is_upload { Action::UploadImage } else { Action::MigrateImage };
        Some((self.due, Errand { action, places: vec![place], ticket: None }))
    }

    /// It leaves. Whether pictures are fetched is the journal's word, so that a replay comes to the same end.
    pub(super) fn intended(&mut self, errand: Errand, fetches: bool) {
        self.fetches = fetches;
        self.attempts += 1;
        self.in_flight = Some(errand);
    }

    pub(super) fn answered(&mut self, answer: &Answer, policy: &Policy, now: Millis, chance: f64) {
        let Some(errand) = self.in_flight.take() else { return };
        self.due = now;
        match answer {
            Answer::Hosted { images } => self.hosted(&errand, images),
            Answer::Ticket { ticket } => {
                self.failures = 0;
                self.ticket = Some(Ticket { id: ticket.clone(), places: errand.places, asked: 0 });
                self.due = now + policy.backoff_min.as_millis() as Millis;
            }
            Answer::Waiting => self.wait(policy, now),
            Answer::Refused(refusal) => self.refused(&errand, refusal, policy, now, chance),
            Answer::NotSent { .. } => self.again(policy, now, chance),
            Answer::Done { .. } => {
                self.unclear(&errand, &Refusal::of_lost("the reply names no picture"), policy, now, chance);
            }
            Answer::Unclear { reason } => self.unclear(&errand, &Refusal::of_lost(reason), policy, now, chance),
        }
    }

    fn hosted(&mut self, errand: &Errand, images: &[Option<ImageUrl>]) {
        for (place, image) in errand.places.iter().zip(images) {
            if let Some(url) = image {
                self.images[*place].hosted = Hosted::At(url.clone());
            }
        }
        if errand.action == Action::GetResponse {
            self.ticket = None;
            self.goes_singly = true;
        }
        (self.lost_together, self.failures) = (0, 0);
    }

    /// The ticket is not ready: it is asked about again, a little later each time.
    fn wait(&mut self, policy: &Policy, now: Millis) {
        let Some(ticket) = &mut self.ticket else { return };
        ticket.asked += 1;
        let asked = ticket.asked;
        if asked >= ASKED_AT_MOST {
            self.go_singly();
            return;
        }
        let pause = policy.backoff_min.mul_f64(f64::from(2_u32.saturating_pow(asked))).min(policy.backoff_max);
        self.due = now + pause.as_millis() as Millis;
    }

    fn go_singly(&mut self) {
        self.ticket = None;
        self.goes_singly = true;
        self.failures = 0;
    }

    fn refused(&mut self, errand: &Errand, refusal: &Refusal, policy: &Policy, now: Millis, chance: f64) {
        match refusal.class {
            Class::Throttled | Class::Clock | Class::Token | Class::Credentials | Class::Account => {
                self.attempts = self.attempts.saturating_sub(1);
            }
            Class::Later if refusal.is_switched_off() => self.attempts = self.attempts.saturating_sub(1),
            Class::Later => self.again(policy, now, chance),
            Class::Doubt if errand.action == Action::GetResponse => self.wait(policy, now),
            Class::Doubt if refusal.is_our_own() => self.unclear(errand, refusal, policy, now, chance),
            Class::Doubt => self.unclear(errand, &Refusal::of_lost(&refusal.message), policy, now, chance),
            Class::Data | Class::SkuExists | Class::Bare | Class::TooLarge => {
                self.refused_for_good(errand, refusal, policy, now, chance);
            }
        }
    }

    fn refused_for_good(&mut self, errand: &Errand, refusal: &Refusal, policy: &Policy, now: Millis, chance: f64) {
        let [place] = errand.places.as_slice() else { return self.go_singly() };
        let place = *place;
        match errand.action {
            Action::MigrateImage if refusal.is_of_a_download() && !self.images[place].is_retried => {
                self.images[place].is_retried = true;
                self.again(policy, now, chance);
            }
            // A gateway's page says nothing of the picture.
            _ if refusal.is_of_status() => {
                self.unclear(errand, &Refusal::of_lost(&refusal.message), policy, now, chance);
            }
            Action::MigrateImage if self.fetches => {
                self.images[place].is_upload = true;
                self.failures = 0;
            }
            Action::MigrateImage | Action::UploadImage => {
                self.images[place].hosted = Hosted::Dead(refusal.clone());
                self.failures = 0;
            }
            Action::MigrateImages
            | Action::GetResponse
            | Action::CreateProduct
            | Action::UpdateProduct
            | Action::UpdatePriceQuantity
            | Action::SetImages
            | Action::GetProducts
            | Action::GetQcStatus
            | Action::GetCategoryTree
            | Action::GetCategoryAttributes
            | Action::GetBrands
            | Action::CreateToken
            | Action::RefreshToken => self.go_singly(),
        }
    }

    fn again(&mut self, policy: &Policy, now: Millis, chance: f64) {
        self.due = now + backoff(policy, self.failures, chance).as_millis() as Millis;
        self.failures += 1;
    }

    /// Nobody can tell whether it arrived, or it could not be fetched now; repeating does no harm. `why` is what it
    /// dies of where that happens in two processes.
    fn unclear(&mut self, errand: &Errand, why: &Refusal, policy: &Policy, now: Millis, chance: f64) {
        self.again(policy, now, chance);
        let [place] = errand.places.as_slice() else {
            self.lost_together += 1;
            if self.lost_together >= LOST_AT_MOST {
                self.go_singly();
            }
            return;
        };
        let image = &mut self.images[*place];
        image.lost += 1;
        if image.lost >= LOST_AT_MOST || why.is_of_silent_host() {
            // One that is lost time and again must not keep the run open for ever.
            image.hosted = if image.was_lost { Hosted::Dead(why.clone()) } else { Hosted::Lost(why.message.clone()) };
            self.failures = 0;
        }
    }

    /// Another process takes over: what is open or lost is sent again.
    pub(super) fn recover(&mut self, now: Millis) {
        self.in_flight = None;
        self.ticket = None;
        self.is_started = false;
        self.is_dropped = false;
        (self.lost_together, self.failures) = (0, 0);
        self.due = now;
        for image in &mut self.images {
            image.lost = 0;
            if matches!(image.hosted, Hosted::Lost(_)) {
                (image.hosted, image.was_lost) = (Hosted::Open, true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::dialect::Class;

    fn policy() -> Policy {
        Policy { fetches_images: false, ..Policy::default() }
    }

    fn refusal(code: &str, class: Class) -> Answer {
        Answer::Refused(Refusal { code: code.to_owned(), message: "no".to_owned(), details: Vec::new(), class })
    }

    /// `at` for one picture, `at2` for two, `none3` for three of which the reply does not tell.
    fn answer(word: &str) -> Answer {
        let url = || ImageUrl::parse("https://a.slatic.net/1.jpg").ok();
        let images = |word: &str, prefix: &str| word.strip_prefix(prefix)?.parse::<usize>().ok();
        match word {
            "at" => Answer::Hosted { images: vec![url()] },
            "ticket" => Answer::Ticket { ticket: "T".to_owned() },
            "waiting" => Answer::Waiting,
            "lost" => Answer::Unclear { reason: "cut".to_owned() },
            "unsent" => Answer::NotSent { reason: "nobody".to_owned() },
            "301" | "302" | "300" => refusal(word, Class::Data),
            "901" => refusal(word, Class::Throttled),
            "6" => refusal(word, Class::Doubt),
            "silent" => Answer::Refused(Refusal::of_silent_host("nobody has answered")),
            "away" => Answer::Refused(Refusal::of_unreachable("nobody answers")),
            _ => match (images(word, "at"), images(word, "none")) {
                (Some(count), _) => Answer::Hosted { images: vec![url(); count] },
                (_, Some(count)) => Answer::Hosted { images: vec![None; count] },
                (None, None) => panic!("{word}"),
            },
        }
    }

    /// What was sent for each answer, and where the pictures stand after all of them.
    fn played(mut hosting: Hosting, policy: &Policy, words: &str) -> String {
        hosting.start(true);
        let mut sent = Vec::new();
        let mut now = 0;
        for word in words.split_whitespace() {
            if word == "crash" {
                hosting.recover(now);
                hosting.start(true);
                continue;
            }
            let Some((at, errand)) = hosting.next(policy) else { panic!("{words}: nothing is sent before {word}") };
            now = at.max(now);
            sent.push(format!(
                "{}{}",
                errand.action,
                errand.places.iter().map(|p| format!(" {p}")).collect::<String>()
            ));
            hosting.intended(errand, policy.fetches_images);
            hosting.answered(&answer(word), policy, now, 0.5);
        }
        let stands = hosting.images.iter().map(|image| match image.hosted {
            Hosted::Open => "open",
            Hosted::At(_) => "at",
            Hosted::Dead(_) => "dead",
            Hosted::Lost(_) => "lost",
        });
        let end = if hosting.has_ended() { "" } else { " ..." };
        format!("{} = {}{end}", sent.join(", "), stands.collect::<Vec<_>>().join(" "))
    }

    #[track_caller]
    fn check(images: usize, words: &str, expect: &str) {
        assert_eq!(played(Hosting::new(images, &[]), &policy(), words), expect, "{words}");
    }

    #[test]
    fn one_or_two_pictures_go_one_by_one() {
        check(1, "at", "MigrateImage 0 = at");
        check(2, "at at", "MigrateImage 0, MigrateImage 1 = at at");
    }

    #[test]
    fn three_pictures_share_a_ticket() {
        check(3, "ticket at3", "MigrateImages 0 1 2, GetResponse 0 1 2 = at at at");
        check(
            3,
            "ticket waiting 6 at3",
            "MigrateImages 0 1 2, GetResponse 0 1 2, GetResponse 0 1 2, GetResponse 0 1 2 = at at at",
        );
    }

    #[test]
    fn what_a_ticket_leaves_open_goes_one_by_one() {
        let singly = "MigrateImage 0, MigrateImage 1, MigrateImage 2 = at at at";
        check(3, "ticket none3 at at at", &format!("MigrateImages 0 1 2, GetResponse 0 1 2, {singly}"));
        check(3, "302 at at at", &format!("MigrateImages 0 1 2, {singly}"));
    }

    #[test]
    fn a_ticket_that_is_never_ready_is_given_up() {
        let polls = "GetResponse 0 1 2, ".repeat(8);
        check(
            3,
            &format!("ticket {} at", "waiting ".repeat(8)),
            &format!("MigrateImages 0 1 2, {polls}MigrateImage 0 = at open open ..."),
        );
    }

    #[test]
    fn a_download_that_failed_is_tried_once_more() {
        check(1, "301 at", "MigrateImage 0, MigrateImage 0 = at");
        check(1, "301 301", "MigrateImage 0, MigrateImage 0 = dead");
        check(2, "302 at", "MigrateImage 0, MigrateImage 1 = dead at");
    }

    #[test]
    fn a_lost_reply_is_repeated_and_given_up_after_five() {
        check(1, "lost at", "MigrateImage 0, MigrateImage 0 = at");
        check(1, "lost unsent 901 6 at", &format!("{} = at", ["MigrateImage 0"; 5].join(", ")));
        check(1, "lost lost lost lost lost", &format!("{} = lost", ["MigrateImage 0"; 5].join(", ")));
        let lost = "lost ".repeat(5);
        check(1, &format!("{lost} crash {lost}"), &format!("{} = dead", ["MigrateImage 0"; 10].join(", ")));
        check(1, "lost lost lost lost lost crash at", &format!("{} = at", ["MigrateImage 0"; 6].join(", ")));
    }

    #[test]
    fn what_is_lost_of_one_picture_is_not_held_against_the_next() {
        // The first one is refused, or its download is left to us, after replies were lost: the second has its five.
        let lost = "lost ".repeat(4);
        let sent = |times: usize| {
            format!("{}, {} = ", ["MigrateImage 0"; 5].join(", "), ["MigrateImage 1"; 5][..times].join(", "))
        };
        check(2, &format!("{lost} 302 {lost} at"), &format!("{}dead at", sent(5)));
        check(2, &format!("{lost} at {lost} at"), &format!("{}at at", sent(5)));
        check(2, &format!("{lost} lost {lost} lost"), &format!("{}lost lost", sent(5)));
        let fetching = Policy { fetches_images: true, ..policy() };
        let told = played(Hosting::new(2, &[]), &fetching, "302 lost lost lost lost at 302 lost lost lost lost at");
        assert!(told.ends_with(" = at at"), "{told}");
    }

    #[test]
    fn a_ticket_that_is_lost_is_not_held_against_its_pictures() {
        let lost = "lost ".repeat(4);
        let together = ["MigrateImages 0 1 2"; 5].join(", ");
        let singly = ["MigrateImage 0"; 5].join(", ");
        check(3, &format!("{lost} 302 {lost} at"), &format!("{together}, {singly} = at open open ..."));
    }

    #[test]
    fn a_picture_whose_host_cannot_be_reached_is_tried_again_in_two_processes() {
        let away = "away ".repeat(5);
        let fetching = Policy { fetches_images: true, ..policy() };
        let played = |words: &str| {
            let told = played(Hosting::new(1, &[]), &fetching, words);
            told.replace("MigrateImage 0, ", "").replace("UploadImage 0", "up")
        };
        assert_eq!(played("302 away away at"), "up, up, up = at");
        assert_eq!(played(&format!("302 {away}")), "up, up, up, up, up = lost");
        assert_eq!(played(&format!("302 {away} crash at")), "up, up, up, up, up, up = at");
        assert_eq!(played("302 away silent crash at"), "up, up, up = at");
        assert_eq!(played("302 silent crash silent"), "up, up = dead");
        let ten = ["up"; 10].join(", ");
        assert_eq!(played(&format!("302 {away} crash {away}")), format!("{ten} = dead"));
    }

    #[test]
    fn a_crash_forgets_the_ticket_and_keeps_what_is_hosted() {
        check(3, "ticket crash ticket at3", "MigrateImages 0 1 2, MigrateImages 0 1 2, GetResponse 0 1 2 = at at at");
        check(2, "at crash at", "MigrateImage 0, MigrateImage 1 = at at");
        check(2, "302 crash at", "MigrateImage 0, MigrateImage 1 = dead at");
    }

    #[test]
    fn files_are_uploaded_and_what_cannot_be_downloaded_where_that_is_wanted() {
        assert_eq!(played(Hosting::new(2, &[1]), &policy(), "at at"), "MigrateImage 0, UploadImage 1 = at at");
        let fetching = Policy { fetches_images: true, ..policy() };
        let expect = "MigrateImage 0, MigrateImage 0, UploadImage 0 = at";
        assert_eq!(played(Hosting::new(1, &[]), &fetching, "301 301 at"), expect);
        assert_eq!(played(Hosting::new(1, &[]), &fetching, "302 300"), "MigrateImage 0, UploadImage 0 = dead");
    }

    #[test]
    fn without_tickets_every_picture_goes_by_itself() {
        let singly = Policy { migrates_together: false, ..policy() };
        let expect = "MigrateImage 0, MigrateImage 1, MigrateImage 2 = at at at";
        assert_eq!(played(Hosting::new(3, &[]), &singly, "at at at"), expect);
    }

    /// Plays the words; what the journal would hold, and where the pictures stand.
    fn journal(policy: &Policy, words: &str) -> (Vec<(Errand, Answer)>, Hosting) {
        let (mut hosting, mut events) = (Hosting::new(4, &[3]), Vec::new());
        hosting.start(true);
        for word in words.split_whitespace() {
            let Some((at, errand)) = hosting.next(policy) else { break };
            let answer = match answer(word) {
                Answer::Hosted { .. } => self::answer(&format!("at{}", errand.places.len())),
                other => other,
            };
            events.push((errand.clone(), answer.clone()));
            hosting.intended(errand, policy.fetches_images);
            hosting.answered(&answer, policy, at, 0.5);
        }
        (events, hosting)
    }

    #[test]
    fn a_replay_under_other_settings_comes_to_the_same_end() {
        let settings = [(true, true), (true, false), (false, true), (false, false)];
        let settings = settings.map(|(migrates_together, fetches_images)| Policy {
            migrates_together,
            fetches_images,
            backoff_min: Duration::from_millis(1),
            ..Policy::default()
        });
        let stories = [
            "at at at",
            "ticket waiting at at",
            "301 301 at 302 at at",
            "lost lost lost lost lost 300 at at",
            "ticket 302 at",
        ];
        for words in stories {
            for recorded in &settings {
                let (events, hosting) = journal(recorded, words);
                for other in &settings {
                    let mut replayed = Hosting::new(4, &[3]);
                    for (errand, answer) in &events {
                        replayed.intended(errand.clone(), recorded.fetches_images);
                        replayed.answered(answer, other, 0, 0.9);
                    }
                    let stands = |hosting: &Hosting| (hosting.images.clone(), hosting.has_ended());
                    assert_eq!(stands(&replayed), stands(&hosting), "{words}: {recorded:?}, {other:?}");
                }
            }
        }
    }

    #[test]
    fn pictures_that_nobody_needs_are_not_sent() {
        let mut hosting = Hosting::new(2, &[]);
        hosting.start(false);
        assert!(hosting.has_ended() && hosting.next(&policy()).is_none() && !hosting.has_failed());
    }
}
