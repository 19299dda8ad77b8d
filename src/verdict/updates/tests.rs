//! What the answers to updates come to in the report.

use crate::dialect::{Class, Detail, Refusal};
use crate::plan::{Action, Intent, PlannedRequest, PlannedRow, SkuUpdate, UpdateProduct, Write};
use crate::record::{DeadImage, SellerSku};
use crate::submit::{Answer, Event, Found, Outline, Pace, Policy, State};
use crate::verdict::tests::carriers;
use crate::verdict::{PictureNames, RowVerdict, planned, verdicts};

fn outline(id: &str, action: Action, skus: &str) -> Outline {
    Outline {
        id: id.to_owned(),
        action,
        skus: skus.split(' ').filter_map(SellerSku::parse).collect(),
        name: None,
        category: None,
        associated: None,
        after: Vec::new(),
        pictures: Vec::new(),
        starts: Vec::new(),
        created_with: Vec::new(),
        is_pictured: false,
        images: 0,
        files: Vec::new(),
        is_shared: false,
    }
}

/// `update-1` changes A and B, `prices-1` C and D, `images-1` sets the pictures of A, C and E; `create-1` makes M and N,
/// and `update-2` takes N off sale.
fn state(events: &[Event]) -> State {
    let outlines = vec![
        outline("update-1", Action::UpdateProduct, "A B"),
        outline("prices-1", Action::UpdatePriceQuantity, "C D"),
        outline("images-1", Action::SetImages, "A C E"),
        outline("create-1", Action::CreateProduct, "M N"),
        Outline { after: vec![3], ..outline("update-2", Action::UpdateProduct, "N") },
    ];
    let mut state = State::new(outlines, Policy::default(), Pace::new(&Policy::default()));
    events.iter().for_each(|event| state.apply(event, 0));
    state
}

fn row(seller_sku: &str, intent: Intent, image_request: Option<usize>) -> PlannedRow {
    PlannedRow {
        sheet: String::new(),
        row: 2,
        line: None,
        seller_sku: seller_sku.to_owned(),
        product: "Tee".to_owned(),
        images: 1,
        dead_images: Vec::new(),
        intent,
        image_request,
        switch_request: None,
    }
}

fn update(seller_sku: &str, request: usize) -> PlannedRow {
    row(seller_sku, Intent::Update(Some(request)), None)
}

fn sent(request: usize, skus: &[usize]) -> Event {
    let action = (request == 2).then_some(Action::SetImages);
    Event::Intent { request, skus: skus.to_vec(), associated: None, hash: String::new(), action, fetches: false }
}

fn answered(request: usize, answer: Answer) -> Event {
    Event::Answered { request, answer }
}

fn done() -> Answer {
    Answer::Done { warnings: Vec::new() }
}

fn lost() -> Answer {
    Answer::Unclear { reason: "cut".to_owned() }
}

fn refusal(code: &str, details: &[(&str, &str)]) -> Refusal {
    let detail = |(field, sku): &(&str, &str)| Detail {
        field: Some((*field).to_owned()),
        message: "is wrong".to_owned(),
        seller_sku: SellerSku::parse(sku),
    };
    let class = if code == "204" { Class::TooLarge } else { Class::Data };
    Refusal { code: code.to_owned(), message: "no".to_owned(), details: details.iter().map(detail).collect(), class }
}

fn refused(code: &str, details: &[(&str, &str)]) -> Answer {
    Answer::Refused(refusal(code, details))
}

#[track_caller]
fn told(row: &PlannedRow, events: &[Event]) -> RowVerdict {
    let verdicts = verdicts(std::slice::from_ref(row), &state(events), &PictureNames::new(), Some("stopped"));
    verdicts.rows.into_iter().next().unwrap()
}

/// `updated kept`, the message and the help.
#[track_caller]
fn check(row: &PlannedRow, events: &[Event], expect: &str, message: &str, help: &str) {
    let verdict = told(row, events);
    assert_eq!(format!("{} {}", verdict.verdict, verdict.images.as_str()), expect, "{verdict:#?}");
    assert_eq!((verdict.message.as_str(), verdict.help.as_str()), (message, help));
}

const AGAIN: &str = "resume the run, which sends it again: that does no harm";
const MEND: &str = "mend the row and import the sheet again: what the shop has just so is left alone";
const LEFT: &str = "mend the row and import the sheet again: what exists is left alone";
const LOOK: &str = "look at the SKU in the shop, or import the sheet again, which compares it with the shop";
const IMAGES: &str = "resume the run, which sends the images again";

#[test]
fn what_the_marketplace_has_taken_is_updated() {
    let events = [sent(0, &[0, 1]), answered(0, done())];
    check(&update("A", 0), &events, "updated kept", "", "");
    let verdict = told(&update("A", 0), &events);
    assert_eq!((verdict.request.as_str(), verdict.attempts), ("update-1", 1));
    let warned = Answer::Done { warnings: vec!["brand was changed".to_owned()] };
    let events = [sent(0, &[0, 1]), answered(0, warned)];
    check(&update("B", 0), &events, "updated kept", "the marketplace warns: brand was changed", "");
}

#[test]
fn a_new_sku_that_is_to_be_inactive_says_whether_it_is() {
    let row = PlannedRow { switch_request: Some(4), images: 0, ..row("N", Intent::Create(3), None) };
    let created = vec![sent(3, &[0, 1]), answered(3, done())];
    let switched = |events: &[Event]| [created.clone(), events.to_vec()].concat();
    let code = |events: &[Event]| told(&row, events).rule_or_code;
    check(&row, &created, "created none", "it is on sale, not switched off yet: stopped", "resume the run");
    check(&row, &switched(&[sent(4, &[0]), answered(4, done())]), "created none", "switched off", "");
    let warned = Answer::Done { warnings: vec!["Status was kept".to_owned()] };
    let warned = switched(&[sent(4, &[0]), answered(4, warned)]);
    check(&row, &warned, "created none", "switched off; the marketplace warns: Status was kept", "");
    let doubt = "nobody could tell whether it was switched off: ";
    let ended = format!("{doubt}the run ended before the outcome was known");
    check(&row, &switched(&[sent(4, &[0])]), "created none", &ended, AGAIN);
    let lost = || (0..5).flat_map(|_| [sent(4, &[0]), answered(4, lost())]);
    let events = switched(&lost().collect::<Vec<_>>());
    check(&row, &events, "created none", &format!("{doubt}cut"), AGAIN);
    assert_eq!(code(&events), "");
    let events = [events, vec![Event::Resumed], lost().collect()].concat();
    check(&row, &events, "created none", &format!("{doubt}cut"), LOOK);
    assert_eq!(code(&events), "lost");
    let no = || [sent(4, &[0]), answered(4, refused("501", &[("Status", "N")]))];
    check(&row, &switched(&no()), "created none", &ended, AGAIN);
    let refused = switched(&[no(), no()].concat());
    let still = "it is on sale, for to switch it off was refused: no; Status: is wrong";
    check(&row, &refused, "created none", still, MEND);
    assert_eq!((told(&row, &refused).request.as_str(), code(&refused).as_str()), ("create-1", "501"));
    // Its neighbour stays on sale.
    check(&PlannedRow { seller_sku: "M".to_owned(), switch_request: None, ..row }, &refused, "created none", "", "");
}

#[test]
fn who_is_not_created_is_not_switched_off() {
    let row = PlannedRow { switch_request: Some(4), images: 0, ..row("N", Intent::Create(3), None) };
    let events = [sent(3, &[0, 1]), answered(3, refused("500", &[("name", "")]))];
    check(&row, &events, "rejected none", "no; name: is wrong", LEFT);
    let outlines = vec![
        outline("create-1", Action::CreateProduct, "M N"),
        Outline { after: vec![0], ..outline("update-1", Action::UpdateProduct, "N") },
    ];
    let mut state = State::new(outlines, Policy::default(), Pace::new(&Policy::default()));
    assert!(!state.is_finished());
    state.replay(&[sent(0, &[0, 1]), answered(0, refused("500", &[("name", "")]))]);
    assert!(state.is_finished(), "nothing is left to send");
}

#[test]
fn what_was_not_sent_says_why() {
    check(&update("A", 0), &[], "not-sent kept", "stopped", "resume the run");
    check(&row("A", Intent::Update(Some(0)), Some(2)), &[], "not-sent pending", "stopped", "resume the run");
    let events = [sent(0, &[0, 1]), answered(0, Answer::NotSent { reason: "nobody".to_owned() })];
    check(&update("A", 0), &events, "not-sent kept", "stopped", "resume the run");
}

#[test]
fn a_refusal_costs_the_row_that_it_names_and_the_other_one_is_in_doubt_until_it_is_sent_again() {
    let mut events = vec![sent(1, &[0, 1]), answered(1, refused("501", &[("Price", "C")]))];
    check(&update("C", 1), &events, "rejected kept", "no; Price: is wrong", MEND);
    assert_eq!(told(&update("C", 1), &events).rule_or_code, "501");
    let ended = "sent, and nobody could tell what became of it: the run ended before the outcome was known";
    check(&update("D", 1), &events, "unknown kept", ended, AGAIN);
    events.extend([sent(1, &[1]), answered(1, done())]);
    check(&update("D", 1), &events, "updated kept", "", "");
}

#[test]
fn a_field_of_the_product_concerns_all_its_rows() {
    let events = [sent(0, &[0, 1]), answered(0, refused("501", &[("brand", "")]))];
    for sku in ["A", "B"] {
        check(&update(sku, 0), &events, "rejected kept", "no; brand: is wrong", MEND);
    }
}

#[test]
fn each_code_of_the_update_pages_says_what_to_do() {
    let of = |code: &str, details: &[(&str, &str)]| refusal(code, details).help(Action::UpdateProduct);
    assert!(of("501", &[]).starts_with("the marketplace names no reason: look at this SKU in the seller centre"));
    assert_eq!(of("501", &[("price", "A")]), MEND);
    assert_eq!(of("201", &[]), "clear the category, which the shop's product keeps, and import the sheet again");
    assert_eq!(of("202", &[]), "give the number of an SPU that the marketplace knows, or clear the cell");
    assert_eq!(of("204", &[]), "shorten the texts on this row and import the sheet again");
    let throttled = Refusal { class: Class::Throttled, ..refusal("901", &[]) };
    assert_eq!(throttled.help(Action::UpdatePriceQuantity), "resume the run later");
}

#[test]
fn what_was_lost_is_unknown_and_nothing_is_called_failed() {
    let ended = "sent, and nobody could tell what became of it: the run ended before the outcome was known";
    check(&update("C", 1), &[sent(1, &[0, 1])], "unknown kept", ended, AGAIN);
    check(&update("C", 1), &[sent(1, &[0, 1]), answered(1, lost())], "unknown kept", ended, AGAIN);
    let mut events = vec![sent(1, &[0, 1]), answered(1, done())];
    events = [events, vec![sent(0, &[0, 1]), answered(0, lost()), sent(0, &[0, 1]), answered(0, lost())]].concat();
    let alone = (0..5).flat_map(|_| [sent(0, &[0]), answered(0, lost())]);
    events.extend(alone.clone());
    let cut = "sent, and nobody could tell what became of it: cut";
    check(&update("A", 0), &events, "unknown kept", cut, AGAIN);
    events.push(Event::Resumed);
    events.extend(alone);
    check(&update("A", 0), &events, "unknown kept", cut, LOOK);
}

#[test]
fn a_row_whose_pictures_change_too_tells_of_both() {
    let both = row("A", Intent::Update(Some(0)), Some(2));
    let taken = [sent(0, &[0, 1]), answered(0, done())];
    check(&both, &taken, "updated pending", "", IMAGES);
    let shown = Event::LookedUp { request: 2, found: Found { present: vec![0, 1, 2], is_ours: false }, is_last: false };
    let set = [sent(2, &[0, 1, 2]), answered(2, done()), shown];
    check(&both, &[&taken[..], &set[..]].concat(), "updated set", "", "");
    let refusal = [sent(0, &[0, 1]), answered(0, refused("501", &[("brand", "")]))];
    check(&both, &[&refusal[..], &set[..]].concat(), "rejected set", "no; brand: is wrong", MEND);
    let spoiled = [sent(2, &[0, 1, 2]), answered(2, refused("504", &[("__images__", "A")]))];
    let told = told(&both, &[&refusal[..], &spoiled[..]].concat());
    assert_eq!((told.rule_or_code.as_str(), told.help.as_str()), ("501", MEND));
    assert_eq!(told.message, "no; brand: is wrong; images refused: __images__: is wrong");
    let told = self::told(&both, &[&taken[..], &spoiled[..]].concat());
    assert_eq!((told.verdict.as_str(), told.rule_or_code.as_str()), ("updated", "504"));
}

#[test]
fn where_only_pictures_change_they_decide() {
    let only = row("E", Intent::Update(None), Some(2));
    check(&only, &[], "not-sent pending", "stopped", "resume the run");
    let all = sent(2, &[0, 1, 2]);
    let accepted = [all.clone(), answered(2, done())];
    let ended = "sent, and nobody could tell what became of it: the run ended before the outcome was known";
    check(&only, &accepted, "unknown pending", ended, AGAIN);
    check(&only, std::slice::from_ref(&all), "unknown pending", ended, AGAIN);
    let shown = Event::LookedUp { request: 2, found: Found { present: vec![0, 1, 2], is_ours: false }, is_last: false };
    check(&only, &[&accepted[..], &[shown]].concat(), "updated set", "", "");
    let verdict = told(&only, &accepted);
    assert_eq!((verdict.request.as_str(), verdict.attempts), ("images-1", 1));
    let unseen = Event::NotLookedUp { request: 2, reason: "nobody".to_owned() };
    let message = "the marketplace accepted the images; it could not be asked whether it shows them";
    check(&only, &[&accepted[..], &[unseen]].concat(), "updated set", message, "");
    let spoiled = [all.clone(), answered(2, refused("504", &[("__images__", "E")]))];
    let mend = "mend the picture addresses and import the sheet again: only the images are sent";
    check(&only, &spoiled, "rejected failed", "images refused: __images__: is wrong", mend);
    let alone = (0..5).flat_map(|_| [sent(2, &[2]), answered(2, lost())]);
    let mut events = vec![sent(2, &[0, 1, 2]), answered(2, refused("504", &[("", "A"), ("", "C")]))];
    events.extend(alone.clone());
    let unsound = "sent, and nobody could tell what became of it: no sound answer, time and again: cut";
    check(&only, &events, "unknown pending", unsound, AGAIN);
    events.push(Event::Resumed);
    let mut state = state(&events);
    state.start(2);
    alone.for_each(|event| state.apply(&event, 0));
    let verdict = verdicts(std::slice::from_ref(&only), &state, &PictureNames::new(), None).rows.remove(0);
    assert_eq!((verdict.verdict.as_str(), verdict.images.as_str()), ("unknown", "failed"));
    assert_eq!((verdict.message.as_str(), verdict.help.as_str()), (unsound, LOOK));
}

#[test]
fn a_row_none_of_whose_pictures_can_be_had_stays_as_it_is() {
    let dead = DeadImage { image: "lamp.jpg".into(), reason: "it is empty".into() };
    let unchanged = PlannedRow { dead_images: vec![dead], ..row("E", Intent::Unchanged, None) };
    let (message, help) = (
        "1 picture could not be had: `lamp.jpg` (it is empty)",
        "mend the pictures and import the sheet again: only the images are sent",
    );
    check(&unchanged, &[], "unchanged failed", message, help);
    let changed = PlannedRow { intent: Intent::Update(Some(0)), seller_sku: "A".to_owned(), ..unchanged };
    check(&changed, &[sent(0, &[0, 1]), answered(0, done())], "updated failed", message, help);
    check(&row("E", Intent::Unchanged, None), &[], "unchanged kept", "", "");
}

#[test]
fn a_dry_run_plans_updates_and_leaves_the_rest_unchanged() {
    let switch = crate::plan::Switch { to: true, from: "inactive".to_owned() };
    let sku = SkuUpdate { seller_sku: SellerSku::parse("A").unwrap(), fields: Vec::new(), active: Some(switch) };
    let write = Write::UpdateProduct(UpdateProduct { product: Vec::new(), skus: vec![sku], variants: Vec::new() });
    let requests = [PlannedRequest { id: "update-1".to_owned(), write, after: Vec::new() }];
    let rows = [
        row("A", Intent::Update(Some(0)), None),
        row("B", Intent::Update(None), Some(0)),
        row("C", Intent::Unchanged, None),
    ];
    let told: Vec<String> = planned(&rows, &carriers(&requests))
        .rows
        .iter()
        .map(|row| format!("{} {} {}", row.verdict, row.images.as_str(), row.request))
        .collect();
    assert_eq!(told, ["planned kept update-1", "planned pending update-1", "unchanged kept "]);
}
