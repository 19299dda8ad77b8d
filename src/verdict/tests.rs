//! What each intent and each ending of a request comes to.

use super::*;
use crate::dialect::Class;
use crate::plan::{Action, CreateProduct, Invalid, Write};
use crate::record::{DeadImage, ImageUrl, Product, SellerSku};
use crate::submit::{Answer, Event, Found, Outline, Pace, Picture, Policy, SkuPictures};

fn outline(id: &str, action: Action, skus: &str, after: &[usize]) -> Outline {
    Outline {
        id: id.to_owned(),
        action,
        skus: skus.split(' ').filter_map(SellerSku::parse).collect(),
        name: None,
        category: None,
        associated: SellerSku::parse("A").filter(|_| action == Action::CreateProduct && !after.is_empty()),
        after: after.to_vec(),
        pictures: Vec::new(),
        starts: Vec::new(),
        created_with: Vec::new(),
        is_pictured: false,
        images: 0,
        files: Vec::new(),
        is_shared: false,
    }
}

/// `create-1` makes A and B, `create-2` adds C to them, `images-1` sets the pictures of A, B and D.
fn state(events: &[Event]) -> State {
    let outlines = vec![
        outline("create-1", Action::CreateProduct, "A B", &[]),
        outline("create-2", Action::CreateProduct, "C", &[0]),
        outline("images-1", Action::SetImages, "A B D", &[0]),
    ];
    let mut state = State::new(outlines, Policy::default(), Pace::new(&Policy::default()));
    for event in events {
        state.apply(event, 0);
    }
    state
}

fn row(seller_sku: &str, intent: Intent) -> PlannedRow {
    PlannedRow {
        sheet: String::new(),
        row: 2,
        line: None,
        seller_sku: seller_sku.to_owned(),
        product: "Tee".to_owned(),
        images: 1,
        dead_images: Vec::new(),
        intent,
        image_request: None,
        switch_request: None,
    }
}

fn pictured(seller_sku: &str, intent: Intent) -> PlannedRow {
    PlannedRow { image_request: Some(2), ..row(seller_sku, intent) }
}

fn sent(request: usize) -> Event {
    Event::Intent { request, skus: Vec::new(), associated: None, hash: String::new(), action: None, fetches: false }
}

fn pictures_sent() -> Event {
    Event::Intent {
        request: 2,
        skus: vec![0, 1, 2],
        associated: None,
        hash: String::new(),
        action: None,
        fetches: false,
    }
}

fn answered(request: usize, answer: Answer) -> Event {
    Event::Answered { request, answer }
}

fn done() -> Answer {
    Answer::Done { warnings: Vec::new() }
}

fn refusal(details: &[(&str, &str, &str)]) -> Refusal {
    let details = details.iter().map(|(field, message, seller_sku)| Detail {
        field: (!field.is_empty()).then(|| (*field).to_owned()),
        message: (*message).to_owned(),
        seller_sku: SellerSku::parse(seller_sku),
    });
    Refusal {
        code: "500".to_owned(),
        message: "E500: Create product failed".to_owned(),
        details: details.collect(),
        class: Class::Data,
    }
}

fn refused(details: &[(&str, &str, &str)]) -> Answer {
    Answer::Refused(refusal(details))
}

#[track_caller]
fn only(row: &PlannedRow, state: &State) -> RowVerdict {
    let verdicts = verdicts(std::slice::from_ref(row), state, &PictureNames::new(), Some("the run was interrupted"));
    assert_eq!(verdicts.counts().values().sum::<usize>(), 1);
    verdicts.rows.into_iter().next().expect("one verdict for one row")
}

/// `created set`, and the message.
#[track_caller]
fn check(row: &PlannedRow, events: &[Event], expect: &str, message: &str) {
    let verdict = only(row, &state(events));
    assert_eq!(format!("{} {}", verdict.verdict, verdict.images.as_str()), expect, "{verdict:#?}");
    assert_eq!(verdict.message, message);
}

pub(super) fn carriers(requests: &[PlannedRequest]) -> Carriers {
    requests.iter().enumerate().filter_map(|(place, request)| Some((place, Carrier::of(request)?))).collect()
}

#[test]
fn a_row_that_was_not_to_be_sent_has_its_verdict_from_the_plan() {
    check(&row("A", Intent::Exists), &[], "exists kept", "it was in the shop before this run");
    check(&row("A", Intent::Held("row 3 has an error".into())), &[], "not-sent none", "held back: row 3 has an error");
    check(&row("A", Intent::Skipped("outside --only".into())), &[], "skipped none", "outside --only");
    let invalid = Intent::Invalid(Box::new(Invalid {
        rule: "invalid-price".into(),
        also: Vec::new(),
        message: "B2: no price".into(),
        help: "mend B2".into(),
        columns: vec![2],
    }));
    check(&row("A", invalid.clone()), &[], "invalid none", "B2: no price");
    let verdict = only(&row("A", invalid), &state(&[]));
    assert_eq!((verdict.rule_or_code.as_str(), verdict.help.as_str()), ("invalid-price", "mend B2"));
    assert_eq!(verdict.columns, [2]);
}

#[test]
fn a_row_that_the_run_did_not_come_to_is_not_sent() {
    check(&row("A", Intent::Create(0)), &[], "not-sent pending", "the run was interrupted");
    let rows = [row("A", Intent::Create(0))];
    assert_eq!(verdicts(&rows, &state(&[]), &PictureNames::new(), None).rows[0].message, "the run has not come to it");
}

#[test]
fn a_row_whose_product_was_created_is_created() {
    let events = [sent(0), answered(0, done())];
    check(&row("A", Intent::Create(0)), &events, "created pending", "");
    check(&PlannedRow { images: 0, ..row("B", Intent::Create(0)) }, &events, "created none", "");
    let verdict = only(&row("A", Intent::Create(0)), &state(&events));
    assert_eq!((verdict.request.as_str(), verdict.attempts), ("create-1", 1));
}

#[test]
fn warnings_of_the_marketplace_are_told() {
    let answer = Answer::Done { warnings: vec!["brand was changed".into()] };
    let events = [sent(0), answered(0, answer)];
    check(&row("A", Intent::Create(0)), &events, "created pending", "the marketplace warns: brand was changed");
}

#[test]
fn what_a_look_up_has_shown_is_created_too() {
    let events = [
        sent(0),
        answered(0, Answer::Unclear { reason: "no reply".into() }),
        Event::LookedUp { request: 0, found: Found { present: vec![0, 1], is_ours: true }, is_last: false },
    ];
    check(&row("A", Intent::Create(0)), &events, "created pending", "confirmed by lookup");
}

#[test]
fn a_refusal_without_details_is_told_as_it_came() {
    let events = [sent(0), answered(0, refused(&[]))];
    check(&row("A", Intent::Create(0)), &events, "rejected none", "E500: Create product failed");
    let verdict = only(&row("A", Intent::Create(0)), &state(&events));
    assert_eq!(verdict.rule_or_code, "500");
    assert_eq!(verdict.help, "mend the row and import the sheet again: what exists is left alone");
}

#[test]
fn a_detail_without_a_seller_sku_concerns_every_row_of_the_product() {
    let events = [sent(0), answered(0, refused(&[("brand", "is unknown", ""), ("", "try again", "")]))];
    let message = "E500: Create product failed; brand: is unknown; try again";
    check(&row("A", Intent::Create(0)), &events, "rejected none", message);
    check(&row("B", Intent::Create(0)), &events, "rejected none", message);
}

#[test]
fn a_detail_with_a_seller_sku_concerns_its_row() {
    let details = [("price", "is too low", "A"), ("size", "is unknown", "B"), ("brand", "is unknown", "")];
    let events = [sent(0), answered(0, refused(&details))];
    let message = "E500: Create product failed; price: is too low; brand: is unknown";
    check(&row("A", Intent::Create(0)), &events, "rejected none", message);
    let message = "E500: Create product failed; size: is unknown; brand: is unknown";
    check(&row("B", Intent::Create(0)), &events, "rejected none", message);
    let fields = |sku: &str| only(&row(sku, Intent::Create(0)), &state(&events)).fields;
    assert_eq!((fields("A"), fields("B")), (vec!["price".into(), "brand".into()], vec!["size".into(), "brand".into()]));
}

#[test]
fn a_row_that_no_detail_names_is_told_what_another_suffers_from() {
    let events = [sent(0), answered(0, refused(&[("price", "is too low", "A")]))];
    let message = "E500: Create product failed; SKU `A` of the same product: price: is too low";
    check(&row("B", Intent::Create(0)), &events, "rejected none", message);
}

#[test]
fn a_row_without_a_reply_is_unknown_and_never_called_failed() {
    let message = "sent, and nobody could tell what became of it: the run ended before the outcome was known";
    check(&row("A", Intent::Create(0)), &[sent(0)], "unknown pending", message);
    let unclear = answered(0, Answer::Unclear { reason: "no reply".into() });
    check(&row("A", Intent::Create(0)), &[sent(0), unclear.clone()], "unknown pending", message);
    let not_asked = Event::NotLookedUp { request: 0, reason: "the shop does not answer".into() };
    let message = "sent, and nobody could tell what became of it: the shop does not answer";
    check(&row("A", Intent::Create(0)), &[sent(0), unclear, not_asked], "unknown pending", message);
}

#[test]
fn a_request_that_cannot_have_arrived_is_not_sent() {
    let events = [sent(0), answered(0, Answer::NotSent { reason: "no network".into() })];
    check(&row("A", Intent::Create(0)), &events, "not-sent pending", "the run was interrupted");
}

#[test]
fn a_row_whose_associated_product_was_refused_is_not_sent() {
    let mut state = state(&[sent(0), answered(0, refused(&[]))]);
    state.start(1);
    let verdict = only(&row("C", Intent::Create(1)), &state);
    assert_eq!(verdict.verdict, Verdict::NotSent);
    assert_eq!(verdict.message, "held back: the product of its AssociatedSku was not created");
}

#[test]
fn pictures_are_told_beside_the_verdict() {
    let mut events = vec![sent(0), answered(0, done())];
    check(&pictured("A", Intent::Create(0)), &events, "created pending", "");
    events.extend([pictures_sent(), answered(2, done())]);
    check(&pictured("A", Intent::Create(0)), &events, "created set", "");
    check(&pictured("D", Intent::Exists), &events, "exists set", "it was in the shop before this run");
}

#[test]
fn refused_pictures_do_not_cost_the_product() {
    let details = [("__images__", "The image is invalid", "A")];
    let events = [sent(0), answered(0, done()), pictures_sent(), answered(2, refused(&details))];
    let message = "images refused: __images__: The image is invalid";
    check(&pictured("A", Intent::Create(0)), &events, "created failed", message);
    check(&pictured("B", Intent::Create(0)), &events, "created pending", "");
    let verdict = only(&pictured("A", Intent::Create(0)), &state(&events));
    assert_eq!(verdict.rule_or_code, "500");
    assert!(verdict.help.contains("only the images are sent"));
}

#[test]
fn pictures_refused_without_a_reason_are_told_by_the_message() {
    let refused = Answer::Refused(Refusal { code: "1".to_owned(), ..refusal(&[]) });
    let events = [sent(0), answered(0, done()), pictures_sent(), answered(2, refused)];
    let message = "it was in the shop before this run; images refused: E500: Create product failed";
    check(&pictured("D", Intent::Exists), &events, "exists failed", message);
}

#[test]
fn pictures_of_a_row_that_was_not_created_have_no_say() {
    let events = [sent(0), answered(0, refused(&[]))];
    check(&pictured("A", Intent::Create(0)), &events, "rejected none", "E500: Create product failed");
}

/// `create-1` makes A, `host-1` brings its two pictures, `images-1` sets them; `words` are the answers for those.
fn hosted(words: &[Answer]) -> RowVerdict {
    hosted_as(words, &[])
}

fn lost() -> Answer {
    Answer::Unclear { reason: "cut".to_owned() }
}

/// The pictures have these names; of one that is lost, so are all attempts.
fn hosted_as(words: &[Answer], names: &[&str]) -> RowVerdict {
    let pictures = SkuPictures { hosted: 0, awaited: vec![(1, 0), (1, 1)], before: None, is_whole: false };
    let outlines = vec![
        outline("create-1", Action::CreateProduct, "A", &[]),
        Outline { images: 2, ..outline("host-1", Action::MigrateImage, "A", &[0]) },
        Outline { pictures: vec![pictures], ..outline("images-1", Action::SetImages, "A", &[0, 1]) },
    ];
    let mut state = State::new(outlines, Policy::default(), Pace::new(&Policy::default()));
    let host = |place| Event::Intent {
        request: 1,
        skus: vec![place],
        associated: None,
        hash: String::new(),
        action: Some(Action::MigrateImage),
        fetches: false,
    };
    let mut events = vec![sent(0), answered(0, done())];
    for (place, answer) in words.iter().enumerate() {
        let times = if *answer == lost() { 5 } else { 1 };
        (0..times).for_each(|_| events.extend([host(place), answered(1, answer.clone())]));
    }
    for event in events {
        state.apply(&event, 0);
    }
    state.replay(&[]);
    if words.iter().any(|answer| matches!(answer, Answer::Hosted { .. })) {
        let set = Event::Intent {
            request: 2,
            skus: vec![0],
            associated: None,
            hash: String::new(),
            action: None,
            fetches: false,
        };
        state.apply(&set, 0);
        state.apply(&answered(2, done()), 0);
    } else {
        state.start(2);
    }
    let row = PlannedRow { images: 2, ..pictured("A", Intent::Create(0)) };
    let names = names.iter().enumerate().map(|(place, name)| ((1, place), (*name).to_owned())).collect();
    verdicts(&[row], &state, &names, None).rows.remove(0)
}

#[test]
fn a_dead_picture_costs_that_picture_only() {
    let at = || Answer::Hosted { images: vec![ImageUrl::parse("https://x.slatic.net/1.jpg").ok()] };
    let dead =
        || Answer::Refused(Refusal { code: "302".to_owned(), message: "URL not supported".to_owned(), ..refusal(&[]) });
    let shown = |verdict: RowVerdict| format!("{} {} {}", verdict.verdict, verdict.images.as_str(), verdict.message);
    assert_eq!(shown(hosted(&[at(), at()])), "created set ");
    assert_eq!(shown(hosted(&[at(), dead()])), "created incomplete 1 picture could not be had: URL not supported");
    assert_eq!(shown(hosted(&[dead(), dead()])), "created failed 2 pictures could not be had: URL not supported");
}

fn dead_image(image: &str, reason: &str) -> DeadImage {
    DeadImage { image: image.into(), reason: reason.into() }
}

#[test]
fn pictures_that_were_dead_from_the_start_are_named() {
    let events = [sent(0), answered(0, done()), pictures_sent(), answered(2, done())];
    let dead_images = vec![dead_image("gone.png", "there is no such file")];
    let row = PlannedRow { images: 2, dead_images, ..pictured("A", Intent::Create(0)) };
    let message = "1 picture could not be had: `gone.png` (there is no such file)";
    check(&row, &events, "created incomplete", message);
    let dead_images = vec![dead_image("gone.png", "there is no such file"), dead_image("b.gif", "it is empty")];
    let row = PlannedRow { images: 2, dead_images, ..self::row("A", Intent::Create(0)) };
    let message = "2 pictures could not be had: `gone.png` (there is no such file), `b.gif` (it is empty)";
    check(&row, &events, "created failed", message);
    let row = PlannedRow { intent: Intent::Pictureless, ..row };
    let held = "held back: none of its SKUs has a picture, and --require-images asks for one";
    check(&row, &[], "not-sent none", &format!("{held}; {message}"));
}

#[test]
fn pictures_that_an_older_version_only_counted_are_counted() {
    let row = serde_json::to_value(pictured("A", Intent::Create(0))).unwrap();
    let counted = |count: u32| {
        let mut row = row.clone();
        row["dead_images"] = count.into();
        serde_json::from_value::<PlannedRow>(row).unwrap()
    };
    let events = [sent(0), answered(0, done()), pictures_sent(), answered(2, done())];
    check(&counted(0), &events, "created set", "");
    check(&counted(2), &events, "created incomplete", "2 pictures could not be had: see the warnings of the check");
    let row = PlannedRow { dead_images: vec![dead_image("a", "b")], ..counted(0) };
    let kept = serde_json::from_value::<PlannedRow>(serde_json::to_value(&row).unwrap()).unwrap();
    assert_eq!(kept, row);
}

#[test]
fn a_row_names_its_pictures_and_says_of_each_why_it_is_not_there() {
    let dead = Refusal {
        code: "303".to_owned(),
        message: "E303: Migrate image failed".to_owned(),
        ..refusal(&[("https://a.example.com/1.jpg", "The image cannot be downloaded", "")])
    };
    let verdict =
        hosted_as(&[Answer::Refused(dead), lost()], &["https://a.example.com/1.jpg", "https://b.example.com/2.jpg"]);
    assert_eq!((verdict.verdict, verdict.images), (Verdict::Created, Images::Pending));
    assert_eq!(
        verdict.message,
        "1 picture could not be had: `https://a.example.com/1.jpg` (E303: Migrate image failed: The image cannot be \
         downloaded); 1 picture did not arrive: `https://b.example.com/2.jpg` (no sound answer, time and again: cut)"
    );
    assert_eq!(verdict.help, "resume the run, which sends the images again");
}

#[test]
fn a_product_that_waits_for_a_lost_picture_is_not_said_to_have_a_dead_one() {
    let check = |answer: &Answer, expect: &str| {
        let pictures = vec![SkuPictures { hosted: 0, awaited: vec![(0, 0)], before: None, is_whole: false }];
        let outlines = vec![
            Outline { images: 1, is_shared: true, ..outline("host-1", Action::MigrateImage, "A", &[]) },
            Outline {
                pictures: pictures.clone(),
                associated: None,
                ..outline("create-1", Action::CreateProduct, "A", &[0])
            },
            Outline { pictures, ..outline("images-1", Action::SetImages, "A", &[0, 1]) },
        ];
        let mut state = State::new(outlines, Policy::default(), Pace::new(&Policy::default()));
        let host = Event::Intent {
            request: 0,
            skus: vec![0],
            associated: None,
            hash: String::new(),
            action: Some(Action::MigrateImage),
            fetches: false,
        };
        let times = if *answer == lost() { 5 } else { 1 };
        (0..times)
            .for_each(|_| [host.clone(), answered(0, answer.clone())].iter().for_each(|event| state.apply(event, 0)));
        state.replay(&[]);
        let names = PictureNames::from([((0, 0), "https://a.example.com/1.jpg".to_owned())]);
        let row = PlannedRow { image_request: Some(2), ..row("A", Intent::Create(1)) };
        let told = verdicts(&[row], &state, &names, None).rows.remove(0);
        let said = [told.verdict.as_str(), told.images.as_str(), &told.rule_or_code, &told.message, &told.help];
        assert_eq!(said.join(" | "), expect);
    };
    check(
        &lost(),
        "not-sent | pending |  | held back: its pictures have not arrived yet, and --require-images asks for one; 1 picture \
         did not arrive: `https://a.example.com/1.jpg` (no sound answer, time and again: cut) | resume the run, which \
         sends the images again",
    );
    check(
        &Answer::Refused(Refusal { code: "302".to_owned(), message: "no".to_owned(), ..refusal(&[]) }),
        "not-sent | failed | require-images | held back: none of its pictures could be had, and --require-images asks for \
         one; 1 picture could not be had: `https://a.example.com/1.jpg` (no) | give it a sound picture and import the sheet \
         again",
    );
}

#[test]
fn images_that_are_lost_in_two_processes_have_failed() {
    let mut events = vec![sent(0), answered(0, done())];
    let send = [
        Event::Intent {
            request: 2,
            skus: vec![0],
            associated: None,
            hash: String::new(),
            action: Some(Action::SetImages),
            fetches: false,
        },
        answered(2, lost()),
    ];
    let five = || (0..5).flat_map(|_| send.clone());
    events.extend(five());
    let row = pictured("A", Intent::Create(0));
    check(
        &row,
        &events,
        "created pending",
        "it is not known whether the images are set: no sound answer, time and again: cut",
    );
    events.push(Event::Resumed);
    check(&row, &events, "created pending", "");
    events.extend(five());
    check(
        &row,
        &events,
        "created failed",
        "it is not known whether the images are set: no sound answer, time and again: cut",
    );
    let verdict = only(&row, &state(&events));
    assert_eq!(verdict.rule_or_code, "lost");
    assert_eq!(verdict.help, "look at the SKU in the shop; import the sheet again later: only the images are sent");
}

#[test]
fn a_row_without_pictures_is_told_where_others_of_its_product_have_some() {
    let state = state(&[sent(0), answered(0, done()), sent(1), answered(1, done())]);
    let bare = |seller_sku, request| PlannedRow { images: 0, ..row(seller_sku, Intent::Create(request)) };
    let message = |rows: &[PlannedRow]| verdicts(rows, &state, &PictureNames::new(), None).rows.remove(0).message;
    let told = "it has no images, and other SKUs of its product have";
    assert_eq!(message(&[bare("A", 0), pictured("B", Intent::Create(0))]), told);
    assert_eq!(message(&[bare("A", 0), bare("B", 0)]), "");
    assert_eq!(message(&[bare("C", 1), pictured("B", Intent::Create(0))]), "added to the product of `A`");
}

#[test]
fn a_dry_run_calls_planned_what_would_be_created() {
    let rows = [
        row("A", Intent::Create(0)),
        row("B", Intent::Exists),
        PlannedRow { images: 0, ..row("C", Intent::Create(1)) },
    ];
    let request = |id: &str, associated: Option<&str>| {
        let product = Product { associated_sku: associated.and_then(SellerSku::parse), ..Product::default() };
        let create = CreateProduct {
            product,
            skus: Vec::new(),
            required_images: Vec::new(),
            images: Vec::new(),
            variants: Vec::new(),
        };
        PlannedRequest { id: id.to_owned(), write: Write::CreateProduct(create), after: Vec::new() }
    };
    let verdicts = planned(&rows, &carriers(&[request("create-1", None), request("create-2", Some("B"))]));
    let shown: Vec<String> =
        verdicts.rows.iter().map(|row| format!("{} {} {}", row.verdict, row.images.as_str(), row.request)).collect();
    assert_eq!(shown, ["planned pending create-1", "exists kept ", "planned none create-2"]);
    assert_eq!(
        (verdicts.rows[0].message.as_str(), verdicts.rows[2].message.as_str()),
        ("", "added to the product of `B`")
    );
}

#[test]
fn counts_add_up_and_leave_out_what_no_row_has() {
    let rows = [row("A", Intent::Create(0)), row("B", Intent::Create(0)), row("D", Intent::Exists)];
    let verdicts = verdicts(&rows, &state(&[sent(0), answered(0, done())]), &PictureNames::new(), None);
    let counts: Vec<(Verdict, usize)> = verdicts.counts().into_iter().collect();
    assert_eq!(counts, [(Verdict::Created, 2), (Verdict::Exists, 1)]);
    assert_eq!((verdicts.with_images(Images::Pending), verdicts.with_images(Images::Kept)), (2, 1));
}

#[test]
fn what_another_process_sent_again_is_not_held_against_what_this_one_sends_first() {
    let send = |places: &[usize], answer| {
        let (skus, hash) = (places.to_vec(), String::new());
        let action = Some(Action::SetImages);
        [
            Event::Intent { request: 0, skus, associated: None, hash, action, fetches: false },
            Event::Answered { request: 0, answer },
        ]
    };
    let done = || Answer::Done { warnings: Vec::new() };
    let shows =
        |present: Vec<usize>| Event::LookedUp { request: 0, found: Found { present, is_ours: false }, is_last: true };
    // A is accepted and sent again, B is lost too often; another process sends B for the first time.
    let mut events = [send(&[0, 1], lost()), send(&[0, 1], lost()), send(&[0], done())].concat();
    events.extend((0..5).flat_map(|_| send(&[1], lost())));
    events.push(shows(Vec::new()));
    events.extend(send(&[0], done()));
    events.extend([shows(vec![0]), Event::Resumed]);
    events.extend(send(&[1], done()));
    events.push(shows(Vec::new()));
    let policy = Policy::default();
    let pace = Pace::new(&policy);
    let mut state = State::new(vec![outline("images-1", Action::SetImages, "A B", &[])], policy, pace);
    state.replay(&events);
    assert_eq!(state.picture(0, "B"), Some(&Picture::Open));
}
