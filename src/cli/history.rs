//! `skuload history`: what was changed of one SKU, from what, to what, when, by which run and by whom.
//!
//! It is told from the journals alone: nobody is asked what the shop shows now. A change that was refused, or of which
//! nobody could tell what became, is told as that, never as done.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Serialize;
use skuload::journal::{JournalError, Meta, Run, Runs, Start};
use skuload::plan::{PlannedImage, PlannedRow, SkuImages, Write};
use skuload::submit::{Event, State, Update, Updating};
use skuload::verdict::{Images, PictureNames, RowVerdict, Verdict, verdicts};

use super::args::{Format, HistoryArgs};
use super::differences::{Difference, differences};
use super::exit::{Exit, Failure};
use super::output::{self, counted};
use super::runs::opened;
use super::sending;
use super::settings::Settings;

/// As much of a text as people are shown.
const SHOWN: usize = 100;

pub(super) fn run(args: &HistoryArgs, settings: &Settings) -> Result<Exit, Failure> {
    let format = settings.format()?;
    let runs = Runs::new(&settings.state_dir());
    let mut told = Told::default();
    let mut exit = Exit::Done;
    for name in runs.names()? {
        if let Err(failure) = look(&runs, &name, args, &mut told) {
            let message = format!("run {name} is left out: {}", failure.message);
            exit = exit.and(output::failure(&Failure { message, ..failure }));
            told.unreadable += 1;
        }
    }
    // A run may have been continued after a later one had begun.
    told.changes.sort_by(|one, next| one.at.cmp(&next.at));
    tell(&told, &args.sku, format);
    if told.is_known {
        return Ok(exit);
    }
    let of = args.shop.as_ref().map(|shop| format!(" of the shop `{shop}`")).unwrap_or_default();
    let since = args.since.map(|since| format!(" since {}", shown_time(since))).unwrap_or_default();
    if let Some(shop) = args.shop.as_ref().filter(|_| told.runs == 0 && args.since.is_none()) {
        let unknown = Failure::new(Exit::Rows, format!("there is no run of a shop `{shop}`"))
            .help(format!("see the runs and their shops: {}", settings.command("runs list")));
        return Ok(exit.and(output::failure(&unknown)));
    }
    let unknown = Failure::new(Exit::Rows, format!("no run{of}{since} has the SKU `{}` in its sheet", args.sku))
        .help(format!("write it as in the sheet, letter by letter; see the runs: {}", settings.command("runs list")));
    Ok(exit.and(output::failure(&unknown)))
}

/// A day, from its beginning in UTC, or a moment.
pub(super) fn since(text: &str) -> Result<DateTime<Utc>, String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let moment = || DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.with_timezone(&Utc));
    day.or_else(moment).ok_or_else(|| {
        format!("`{text}` is no date; write a day such as 2026-01-31, or a moment such as 2026-01-31T06:00:00+07:00")
    })
}

/// What all runs come to.
#[derive(Default)]
struct Told {
    changes: Vec<Change>,
    /// Some run has the SKU in its sheet.
    is_known: bool,
    /// So many runs were looked at.
    runs: usize,
    unreadable: usize,
}

/// What one run did, or meant to do, to the SKU.
#[derive(Debug, Serialize)]
struct Change {
    v: u8,
    kind: &'static str,
    /// When the process began that sent it last.
    at: String,
    run: String,
    /// None for the built-in marketplace.
    shop: Option<String>,
    user: String,
    host: String,
    /// The sheet as the user named it.
    file: String,
    /// The sheet of the workbook; empty for text files.
    #[serde(skip_serializing_if = "String::is_empty")]
    sheet: String,
    row: u32,
    seller_sku: String,
    verdict: Verdict,
    images: Images,
    changes: Vec<Difference>,
    pictures: Option<PictureChange>,
    #[serde(skip_serializing_if = "String::is_empty")]
    rule_or_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

/// The pictures before, where that is known, and those that it was to show, as the sheet calls them.
#[derive(Debug, Serialize)]
struct PictureChange {
    from: Option<Vec<String>>,
    to: Vec<String>,
}

#[derive(Serialize)]
struct Summary<'a> {
    v: u8,
    kind: &'static str,
    seller_sku: &'a str,
    changes: usize,
    runs: usize,
    unreadable: usize,
}

/// Looks at one run: at its rows, and at what happened only where one of them has the SKU.
fn look(runs: &Runs, name: &str, args: &HistoryArgs, told: &mut Told) -> Result<(), Failure> {
    let Some(run) = opened(runs, name)? else { return Ok(()) };
    let meta = run.meta();
    let last = meta.starts.iter().map(|start| start.at).max().unwrap_or(meta.started);
    let is_of_shop = args.shop.is_none() || args.shop == meta.shop;
    if !is_of_shop || args.since.is_some_and(|since| last < since) {
        return Ok(());
    }
    told.runs += 1;
    let rows: Vec<PlannedRow> = run.rows()?.into_iter().filter(|row| row.seller_sku == args.sku).collect();
    told.is_known |= !rows.is_empty();
    let rows: Vec<PlannedRow> = rows.into_iter().filter(PlannedRow::is_change).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let state = sending::history(&run)?;
    let events = run.events()?;
    let reason = run.stopped()?.map(|reason| format!("the run stopped before it: {reason}"));
    for row in rows {
        let carried = Carried::of(&run, &row, &state)?;
        let all = verdicts(std::slice::from_ref(&row), &state, &carried.names, reason.as_deref());
        let sender = Sender::of(meta, &events, &[row.intent.request(), row.image_request, row.switch_request]);
        let is_wanted = args.since.is_none_or(|since| sender.at >= since);
        told.changes
            .extend(all.rows.into_iter().filter(|_| is_wanted).map(|verdict| change(meta, &sender, &carried, verdict)));
    }
    Ok(())
}

fn change(meta: &Meta, sender: &Sender, carried: &Carried, verdict: RowVerdict) -> Change {
    let pictures = carried.pictures.as_ref().map(|sku| PictureChange {
        from: sku.before.clone(),
        to: sku.images.iter().map(|image| carried.name_of(image)).collect(),
    });
    Change {
        v: 1,
        kind: "change",
        at: shown_time(sender.at),
        run: meta.run.clone(),
        shop: meta.shop.clone(),
        user: sender.users.join(" or "),
        host: sender.hosts.join(" or "),
        file: meta.sheet.clone(),
        sheet: verdict.sheet,
        row: verdict.row,
        seller_sku: verdict.seller_sku,
        verdict: verdict.verdict,
        images: verdict.images,
        changes: carried.changes.clone(),
        pictures,
        rule_or_code: verdict.rule_or_code,
        message: verdict.message,
    }
}

/// What the requests of a row carry of its SKU.
struct Carried {
    changes: Vec<Difference>,
    pictures: Option<SkuImages>,
    /// What the sheet calls the pictures that were brought to the marketplace first.
    names: PictureNames,
}

impl Carried {
    fn of(run: &Run, row: &PlannedRow, state: &State) -> Result<Carried, JournalError> {
        let write = |request: Option<usize>| request.map(|request| run.write(request)).transpose().map(Option::flatten);
        let of_sku = |write: Write| differences(&write, &row.seller_sku);
        let mut changes = write(row.intent.request())?.map(of_sku).unwrap_or_default();
        let switched = write(row.switch_request)?.into_iter().flat_map(of_sku);
        let switch = row.switch_request.and_then(|request| Some((request, state.updating(request)?)));
        let verdict = switch.and_then(|(request, updating)| became(updating, state.place(request, &row.seller_sku)?));
        changes.extend(switched.filter(|_| verdict.is_some()).map(|switch| Difference { verdict, ..switch }));
        let pictures = write(row.image_request)?.and_then(|write| pictures(write, &row.seller_sku));
        let images = pictures.iter().flat_map(|sku| &sku.images);
        let mut awaited: Vec<(usize, usize)> = images
            .filter_map(|image| match image {
                PlannedImage::Hosted(_) => None,
                PlannedImage::Awaited { request, place } => Some((*request, *place)),
            })
            .collect();
        awaited.sort_unstable();
        let names = run.names_of(&awaited)?;
        Ok(Carried { changes, pictures, names })
    }

    fn name_of(&self, image: &PlannedImage) -> String {
        match image {
            PlannedImage::Hosted(url) => url.as_str().to_owned(),
            PlannedImage::Awaited { request, place } => {
                self.names.get(&(*request, *place)).cloned().unwrap_or_else(|| "(a picture without a name)".to_owned())
            }
        }
    }
}

/// What became of new values; none where their SKU was not created.
fn became(updating: &Updating, place: usize) -> Option<Verdict> {
    match updating.update(place) {
        Update::Done => Some(Verdict::Updated),
        Update::Refused(_) => Some(Verdict::Rejected),
        Update::Lost(_) | Update::Untold(_) => Some(Verdict::Unknown),
        Update::Open if updating.is_in_doubt(place) => Some(Verdict::Unknown),
        Update::Open => Some(Verdict::NotSent),
        Update::Dropped => None,
    }
}

/// The pictures that a write sets for a SKU.
fn pictures(write: Write, sku: &str) -> Option<SkuImages> {
    match write {
        Write::SetImages(set) => set.skus.into_iter().find(|images| images.seller_sku.as_str() == sku),
        Write::CreateProduct(_) | Write::UpdateProduct(_) => None,
        Write::UpdatePriceQuantity(_) | Write::HostImages(_) => None,
    }
}

/// The process that sent something, as far as the journal tells.
#[derive(Debug, PartialEq, Eq)]
struct Sender {
    at: DateTime<Utc>,
    /// More than one where a process that took over came to nothing.
    users: Vec<String>,
    hosts: Vec<String>,
}

impl Sender {
    /// Who sent one of the requests last: the first of them that was sent counts. The journal says where another
    /// process took over.
    fn of(meta: &Meta, events: &[Event], requests: &[Option<usize>]) -> Sender {
        let is_resumed = |event: &&Event| matches!(event, Event::Resumed);
        let sent = |wanted: usize| {
            events.iter().rposition(|event| matches!(event, Event::Intent { request, .. } if *request == wanted))
        };
        let place = requests.iter().flatten().find_map(|request| sent(*request));
        let taken_over = events.iter().take(place.unwrap_or(0)).filter(is_resumed).count();
        let all = events.iter().filter(is_resumed).count();
        // Those that took over without sending anything may stand anywhere behind the first.
        let idle = meta.starts.len().saturating_sub(1 + all);
        let last = if taken_over == 0 { 0 } else { taken_over + idle };
        let starts: Vec<&Start> = meta.starts.iter().take(last + 1).skip(taken_over).collect();
        let each = |part: fn(&Start) -> &String| {
            let mut parts: Vec<String> = starts.iter().map(|start| part(start).clone()).collect();
            parts.dedup();
            parts
        };
        Sender {
            at: starts.first().map_or(meta.started, |start| start.at),
            users: each(|start| &start.user),
            hosts: each(|start| &start.host),
        }
    }
}

fn tell(told: &Told, sku: &str, format: Format) {
    match format {
        Format::Json => {
            for change in &told.changes {
                output::result(&output::json_line(change));
            }
            let (changes, runs, unreadable) = (told.changes.len(), told.runs, told.unreadable);
            let line = Summary { v: 1, kind: "summary", seller_sku: sku, changes, runs, unreadable };
            output::result(&output::json_line(&line));
        }
        Format::Human => {
            let widths = Widths::of(&told.changes);
            for change in &told.changes {
                output::result(&shown(change, &widths));
            }
            let (changes, runs) = (told.changes.len() as u64, told.runs as u64);
            let (changes, runs) = (counted(changes, "change", "changes"), counted(runs, "run", "runs"));
            output::say(&format!("{changes} of `{}` in {runs}", output::plain(sku)));
        }
    }
}

/// How wide the columns are.
struct Widths {
    shop: usize,
    verdict: usize,
}

impl Widths {
    fn of(changes: &[Change]) -> Widths {
        let widest = |width: fn(&Change) -> usize| changes.iter().map(width).max().unwrap_or(0);
        Widths {
            shop: widest(|change| shop(change).chars().count()),
            verdict: widest(|change| change.verdict.as_str().len()),
        }
    }
}

fn shop(change: &Change) -> &str {
    change.shop.as_deref().unwrap_or("(sandbox)")
}

fn shown_time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A change for people: a line, and a line for each field.
fn shown(change: &Change, widths: &Widths) -> String {
    let Change { run, user, host, file, sheet, row, verdict, .. } = change;
    let by = if user.is_empty() && host.is_empty() { String::new() } else { format!("  by {user} at {host}") };
    let sheet = if sheet.is_empty() { String::new() } else { format!("{sheet} ") };
    let mut text = format!(
        "{}  {run}  {:<shop_width$}  {:<verdict_width$}  {}\n",
        change.at,
        shop(change),
        verdict.as_str(),
        output::plain(&format!("{file}, {sheet}row {row}{by}")),
        shop_width = widths.shop,
        verdict_width = widths.verdict,
    );
    let reasons = [change.rule_or_code.as_str(), change.message.as_str()];
    let reasons: Vec<&str> = reasons.into_iter().filter(|reason| !reason.is_empty()).collect();
    if !reasons.is_empty() {
        let _ = writeln!(text, "  {}", output::plain(&reasons.join(" ")));
    }
    let width = change.changes.iter().map(|difference| difference.field.chars().count()).max().unwrap_or(0);
    for difference in &change.changes {
        let line =
            format!("{:<width$}  {}", difference.field, said(difference, difference.verdict.unwrap_or(*verdict)));
        let _ = writeln!(text, "  {}", output::plain(&line));
    }
    if let Some(pictures) = &change.pictures {
        tell_pictures(pictures, change.images, &mut text);
    }
    text
}

/// `9.90 -> 8.90`, or what became of that wish.
fn said(difference: &Difference, verdict: Verdict) -> String {
    let to = difference.to.as_deref().map_or_else(|| "(cleared)".to_owned(), short);
    let of_product = if difference.shared { " (of the product)" } else { "" };
    let from = difference.from.as_deref().map(short);
    let done = match (&from, verdict) {
        (Some(from), _) => format!("{from} -> {to}"),
        (None, Verdict::Created) => to.clone(),
        (None, _) => format!("-> {to}"),
    };
    let wish = match verdict {
        Verdict::Created | Verdict::Updated | Verdict::Unchanged | Verdict::Exists => "",
        Verdict::Rejected | Verdict::Invalid => " was refused",
        Verdict::Unknown => " may have come or not",
        Verdict::NotSent | Verdict::Skipped | Verdict::Planned => " was not sent",
    };
    match (wish, from) {
        ("", _) => format!("{done}{of_product}"),
        (wish, Some(from)) => format!("{from}; {to}{wish}{of_product}"),
        (wish, None) => format!("{to}{wish}{of_product}"),
    }
}

fn tell_pictures(pictures: &PictureChange, images: Images, text: &mut String) {
    let what = match images {
        Images::Set => "pictures",
        Images::Incomplete => "pictures, some of which could not be had",
        Images::Failed => "pictures that were refused",
        Images::Pending => "pictures that are not set yet",
        Images::Kept | Images::None => "pictures that were not sent",
    };
    let list = |pictures: &[String]| match pictures {
        [] => " none".to_owned(),
        some => some.iter().map(|picture| format!("\n    {}", output::plain(picture))).collect(),
    };
    if let Some(from) = &pictures.from {
        let _ = writeln!(text, "  pictures before:{}", list(from));
    }
    let _ = writeln!(text, "  {what}:{}", list(&pictures.to));
}

/// The beginning of a long text, on one line.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    let beginning: String = line.chars().take(SHOWN).collect();
    format!("{beginning}...")
}

#[cfg(test)]
mod tests {
    use skuload::plan::{
        self, HostImages, Intent, NewValue, Plan, PlannedRequest, SetImages, SkuUpdate, UpdateProduct,
    };
    use skuload::record::{Image, ImageUrl, SellerSku};

    use super::*;

    fn moment(second: u32) -> DateTime<Utc> {
        since(&format!("2026-01-31T06:00:{second:02}Z")).expect("a moment")
    }

    fn meta(users: &str) -> Meta {
        let start = |(second, user): (usize, &str)| Start {
            at: moment(u32::try_from(second).unwrap_or_default()),
            command: String::new(),
            version: String::new(),
            user: user.to_owned(),
            host: "desk".to_owned(),
            settings: std::collections::BTreeMap::new(),
            origins: std::collections::BTreeMap::new(),
        };
        Meta {
            run: "run".to_owned(),
            shop: None,
            dialect: skuload::dialect::Dialect::SellerCenter,
            sheet: "sheet.csv".to_owned(),
            sheet_path: None,
            copy: String::new(),
            sha256: String::new(),
            started: moment(30),
            version: String::new(),
            options: skuload::sheet::ReadOptions::default(),
            choice: skuload::column::Choice::default(),
            reports: Vec::new(),
            to_fix: None,
            starts: users.split_whitespace().enumerate().map(start).collect(),
        }
    }

    /// Events as `3` (request 3 is sent) and `r` (another process took over).
    fn events(text: &str) -> Vec<Event> {
        let event = |word: &str| match word.parse() {
            Ok(request) => Event::Intent {
                request,
                skus: Vec::new(),
                associated: None,
                hash: String::new(),
                action: None,
                fetches: false,
            },
            Err(_) => Event::Resumed,
        };
        text.split_whitespace().map(event).collect()
    }

    #[track_caller]
    fn check_sender(users: &str, happened: &str, requests: &[Option<usize>], expect: &str) {
        let sender = Sender::of(&meta(users), &events(happened), requests);
        let told = format!("{} at {}", sender.users.join(" or "), sender.at.format("%S"));
        assert_eq!(told, expect, "{users}: {happened}");
    }

    #[test]
    fn a_change_is_told_of_the_process_that_sent_it_last() {
        check_sender("ann", "0 1", &[Some(1), None], "ann at 00");
        check_sender("ann bob", "0 1 r 2", &[Some(1), Some(2)], "ann at 00");
        check_sender("ann bob", "0 1 r 1", &[Some(1), None], "bob at 01");
        check_sender("ann bob", "0 r 2", &[None, Some(2)], "bob at 01");
        check_sender("ann bob", "0 r 2", &[Some(1), None], "ann at 00");
        check_sender("", "0", &[Some(0), None], " at 30");
    }

    #[test]
    fn where_a_process_came_to_nothing_all_who_may_have_sent_it_are_told() {
        check_sender("ann bob cid", "0 r 1", &[Some(1), None], "bob or cid at 01");
        check_sender("ann bob cid", "0 r 1", &[Some(0), None], "ann at 00");
        check_sender("ann bob bob", "0 r 1", &[Some(1), None], "bob at 01");
    }

    #[test]
    fn a_day_begins_in_utc_and_a_moment_is_any() {
        let told = |text: &str| since(text).map(shown_time);
        assert_eq!(told("2026-01-31").as_deref(), Ok("2026-01-31T00:00:00Z"));
        assert_eq!(told("2026-01-31T06:00:00+07:00").as_deref(), Ok("2026-01-30T23:00:00Z"));
        assert!(told("31.01.2026").is_err_and(|why| why.contains("`31.01.2026` is no date")));
    }

    #[track_caller]
    fn check_said(from: &str, to: &str, verdict: Verdict, expect: &str) {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let difference =
            Difference { field: "price".to_owned(), from: text(from), to: text(to), verdict: None, shared: false };
        assert_eq!(said(&difference, verdict), expect);
    }

    #[test]
    fn what_was_not_done_is_never_told_as_done() {
        check_said("9.90", "8.90", Verdict::Updated, "9.90 -> 8.90");
        check_said("9.90", "", Verdict::Updated, "9.90 -> (cleared)");
        check_said("", "8.90", Verdict::Updated, "-> 8.90");
        check_said("", "8.90", Verdict::Created, "8.90");
        check_said("9.90", "8.90", Verdict::Rejected, "9.90; 8.90 was refused");
        check_said("9.90", "8.90", Verdict::Unknown, "9.90; 8.90 may have come or not");
        check_said("", "8.90", Verdict::Unknown, "8.90 may have come or not");
        check_said("9.90", "", Verdict::NotSent, "9.90; (cleared) was not sent");
    }

    fn row(sku: &str, intent: Intent, image_request: Option<usize>) -> PlannedRow {
        PlannedRow {
            sheet: "Products".to_owned(),
            row: 2,
            line: None,
            seller_sku: sku.to_owned(),
            product: "P".to_owned(),
            images: 0,
            dead_images: Vec::new(),
            intent,
            image_request,
            switch_request: None,
        }
    }

    fn sku(name: &str) -> SellerSku {
        SellerSku::parse(name).expect("a seller SKU")
    }

    /// A run that changes the price of `A` and the name of its product, and sets two pictures, one of which travels.
    fn plan() -> Plan {
        let changed = |name: &str, from: &str, to: &str| plan::Change {
            name: name.to_owned(),
            from: Some(from.to_owned()),
            to: NewValue::Text(to.to_owned()),
        };
        let own = SkuUpdate { seller_sku: sku("A"), fields: vec![changed("price", "9.90", "8.90")], active: None };
        let update = UpdateProduct {
            product: vec![changed("name", "Tote", "Canvas tote")],
            skus: vec![own],
            variants: Vec::new(),
        };
        let url = |text: &str| ImageUrl::parse(text).expect("an address");
        let elsewhere = Image::Url(url("https://img.example.com/2.jpg"));
        let host = HostImages { skus: vec![sku("A")], images: vec![elsewhere], is_shared: false };
        let hosted = PlannedImage::Hosted(url("https://sg-live.slatic.net/p/1.jpg"));
        let images = vec![hosted, PlannedImage::Awaited { request: 1, place: 0 }];
        let before = Some(vec!["https://sg-live.slatic.net/p/0.jpg".to_owned()]);
        let set = SetImages { skus: vec![SkuImages { seller_sku: sku("A"), images, before }], starts: Vec::new() };
        let writes = [Write::UpdateProduct(update), Write::HostImages(host), Write::SetImages(set)];
        let request = |(at, write)| PlannedRequest { id: format!("request-{at}"), write, after: Vec::new() };
        Plan {
            rows: vec![
                row("A", Intent::Update(Some(0)), Some(2)),
                row("B", Intent::Update(Some(0)), None),
                row("C", Intent::Unchanged, None),
            ],
            requests: writes.into_iter().enumerate().map(request).collect(),
            findings: Vec::new(),
        }
    }

    /// What is told of the SKU: `field: from -> to`, and pictures by their last part.
    #[track_caller]
    fn check_look(wanted: &str, expect: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let runs = Runs::new(folder.path());
        runs.create(meta("ann")).expect("a run").store_plan(&plan()).expect("its plan");
        let args = HistoryArgs { sku: wanted.to_owned(), shop: None, since: None, format: None };
        let mut told = Told::default();
        look(&runs, "run", &args, &mut told).expect("the run");
        assert!(told.is_known, "{wanted}");
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut lines = Vec::new();
        for change in &told.changes {
            lines.extend(
                change.changes.iter().map(|one| format!("{}: {} -> {}", one.field, text(&one.from), text(&one.to))),
            );
            let ends = |all: &[String]| {
                let names: Vec<&str> = all.iter().filter_map(|picture| picture.rsplit('/').next()).collect();
                names.join(" ")
            };
            let pictures = change.pictures.as_ref();
            let before = |pictures: &PictureChange| ends(pictures.from.as_deref().unwrap_or_default());
            lines.extend(pictures.map(|pictures| format!("{} -> {}", before(pictures), ends(&pictures.to))));
        }
        assert_eq!(lines.join("\n"), expect, "{wanted}");
    }

    #[test]
    fn the_journal_tells_what_an_update_was_from_and_to() {
        check_look("A", "name: Tote -> Canvas tote\nprice: 9.90 -> 8.90\n0.jpg -> 1.jpg 2.jpg");
    }

    #[test]
    fn what_the_product_shares_is_told_of_each_of_its_rows() {
        check_look("B", "name: Tote -> Canvas tote");
        check_look("C", "");
    }
}
