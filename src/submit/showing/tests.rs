//! What the shop shows, against scripted replies.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::{Access, KnownIds};
use super::*;
use crate::dialect::{Credentials, UserKey, WireRequest};
use crate::plan::Action;
use crate::record::ImageUrl;
use crate::submit::{Notice, Pace, Policy, Silence, Skew, Unfetched, WireReply};

/// A shop: `SKU status` and `SKU=word:reason` each; a GetQcStatus with a deleted SKU is E006. Replies that are
/// scripted come first.
#[derive(Default)]
struct Shop {
    skus: Vec<(String, String)>,
    words: Vec<(String, String, String)>,
    script: Mutex<VecDeque<(&'static str, &'static str)>>,
    /// Action and number of SKUs of each request.
    log: Mutex<Vec<String>>,
}

fn shop(lines: &str) -> Shop {
    let mut shop = Shop::default();
    for line in lines.lines() {
        let (sku, rest) = line.split_once(' ').unwrap();
        let (status, word) = rest.split_once(' ').unwrap_or((rest, ""));
        shop.skus.push((sku.to_owned(), status.to_owned()));
        if let Some((word, reason)) = word.split_once(':') {
            shop.words.push((sku.to_owned(), word.to_owned(), reason.to_owned()));
        }
    }
    shop
}

fn reply(action: Action, body: &str) -> String {
    format!(r#"{{"SuccessResponse":{{"Head":{{"RequestAction":"{action}"}},"Body":{body}}}}}"#)
}

fn refusal(action: Action, code: &str) -> String {
    format!(
        r#"{{"ErrorResponse":{{"Head":{{"RequestAction":"{action}","ErrorCode":{code},"ErrorMessage":"E{code}: no"}}}}}}"#
    )
}

impl Shop {
    fn answer(&self, action: Action, wanted: &[String]) -> String {
        let is_wanted = |sku: &str| wanted.iter().any(|wanted| wanted == sku);
        if action == Action::GetProducts {
            let skus = self.skus.iter().filter(|(sku, _)| is_wanted(sku));
            let item = |(sku, status): &(String, String)| {
                format!(
                    r#"{{"Skus":[{{"SellerSku":"{sku}","Status":"{status}","Images":["http://a.example/1.jpg"]}}]}}"#
                )
            };
            let items: Vec<String> = skus.map(item).collect();
            return reply(action, &format!(r#"{{"Products":[{}]}}"#, items.join(",")));
        }
        if self.skus.iter().any(|(sku, status)| is_wanted(sku) && status == "gone") {
            return refusal(action, "6");
        }
        let words = self.words.iter().filter(|(sku, ..)| is_wanted(sku));
        let item = |(sku, word, reason): &(String, String, String)| {
            format!(r#"{{"SellerSKU":"{sku}","Status":"{word}","Reason":"{reason}"}}"#)
        };
        let items: Vec<String> = words.map(item).collect();
        reply(action, &format!(r#"{{"Status":[{}]}}"#, items.join(",")))
    }
}

impl Transport for Shop {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Silence> {
        let (_, list) = request.url.split_once("&SkuSellerList=").unwrap();
        let list = percent_encoding::percent_decode_str(list.split('&').next().unwrap()).decode_utf8().unwrap();
        let wanted: Vec<String> = serde_json::from_str(&list).unwrap();
        assert!(!request.action.is_write() && request.body.is_none());
        self.log.lock().unwrap().push(format!("{}({})", request.action, wanted.len()));
        let scripted = self.script.lock().unwrap().pop_front();
        let body = match scripted {
            Some(("silence", reason)) => return Err(Silence::NotSent(reason.to_owned())),
            Some(("code", code)) => refusal(request.action, code),
            Some((body, _)) => body.to_owned(),
            None => self.answer(request.action, &wanted),
        };
        Ok(WireReply { status: 200, body: body.into_bytes(), retry_after: None, date: None })
    }

    async fn fetch(&self, url: &ImageUrl) -> Result<Vec<u8>, Unfetched> {
        Err(Unfetched::Refused(format!("`{url}` is not fetched")))
    }
}

/// A clock that sleeps by going ahead.
struct Ahead(Mutex<DateTime<Utc>>);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        *self.0.lock().unwrap() += TimeDelta::from_std(duration).unwrap() + TimeDelta::milliseconds(1);
    }
}

struct Nobody;

impl Observer for Nobody {
    fn notice(&self, _notice: &Notice<'_>) {}
    fn waits(&self, _pause: Duration, _reason: &str) {}
    fn asked(&self, _skus: usize) {}
}

fn asked(shop: &Shop, skus: &[&str], is_interrupted: bool) -> (HashMap<SellerSku, Showing>, Option<Stopped>) {
    let user = UserKey { base_url: "http://127.0.0.1/".to_owned(), user_id: "u".to_owned(), api_key: "k".into() };
    let access = Access::fixed(Credentials::SellerCenter(user));
    let clock = Ahead(Mutex::new(DateTime::UNIX_EPOCH + TimeDelta::days(20_000)));
    let edge = Edge {
        access: &access,
        ids: &KnownIds::default(),
        transport: shop,
        clock: &clock,
        observer: &Nobody,
        skew: &Skew::new(),
        interrupted: &AtomicBool::new(is_interrupted),
    };
    let skus: Vec<SellerSku> = skus.iter().map(|sku| SellerSku::parse(sku).unwrap()).collect();
    let policy = Policy::default();
    let mut state = State::new(Vec::new(), policy.clone(), Pace::new(&policy));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(showing(&edge, &skus, &mut state))
}

/// What is shown of the SKUs, `state:reason` each, and how it stopped.
fn told(shop: &Shop, skus: &[&str]) -> String {
    let (showings, stopped) = asked(shop, skus, false);
    let of = |sku: &&str| {
        let showing = &showings[&SellerSku::parse(sku).unwrap()];
        let reason = showing.reason.as_deref().map(|reason| format!(":{reason}")).unwrap_or_default();
        format!("{}{reason}", showing.shows.as_str())
    };
    let mut parts: Vec<String> = skus.iter().map(of).collect();
    parts.extend(stopped.map(|stopped| format!("stopped {stopped}")));
    parts.join("; ")
}

#[track_caller]
fn check(lines: &str, skus: &str, expect: &str, log: &str) {
    let shop = shop(lines);
    assert_eq!(told(&shop, &skus.split_whitespace().collect::<Vec<_>>()), expect);
    assert_eq!(shop.log.lock().unwrap().join(" "), log);
}

#[test]
fn a_status_and_a_word_of_quality_control_come_to_a_state() {
    check(
        "A active approved:\nB active pending:\nC active rejected:Wrong category\nD inactive liverejected:Complaints\n\
         E inactive approved:\nF active\nG deleted\nI active odd:\nJ rejected\nK image-missing",
        "A B C D E F G H I J K",
        "live; pending; rejected:Wrong category; taken-off:Complaints; inactive; accepted; deleted; missing; \
         accepted:quality control says `odd`; rejected:quality control gives no reason; \
         accepted:the shop calls it `image-missing`",
        // The missing one may show late; it and the deleted one are left out of the second question.
        "GetProducts(11) GetProducts(1) GetProducts(1) GetProducts(1) GetQcStatus(9)",
    );
}

#[test]
fn a_sku_that_spoils_the_question_is_found_by_halves() {
    let of = |number: usize| if number == 3 { "gone" } else { "active approved:" };
    let lines: Vec<String> = (0..8).map(|number| format!("S{number} {}", of(number))).collect();
    check(
        &lines.join("\n"),
        "S0 S1 S2 S3 S4 S5 S6 S7",
        "live; live; live; accepted:the shop calls it `gone`; live; live; live; live",
        "GetProducts(8) GetQcStatus(8) GetQcStatus(4) GetQcStatus(2) GetQcStatus(2) GetQcStatus(1) GetQcStatus(1) \
         GetQcStatus(1) GetQcStatus(1) GetQcStatus(4)",
    );
}

#[track_caller]
fn check_script(script: &[(&'static str, &'static str)], expect: &str, log: &str) {
    let shop = shop("A active approved:\nB active rejected:Blurred");
    *shop.script.lock().unwrap() = script.iter().copied().collect();
    assert_eq!(told(&shop, &["A", "B"]), expect);
    let all = shop.log.lock().unwrap().join(" ");
    assert!(all == log || log.ends_with("...") && all.starts_with(log.trim_end_matches('.')), "{all}");
}

#[test]
fn trouble_that_passes_is_waited_out() {
    let expect = "live; rejected:Blurred";
    let log = "GetProducts(2) GetProducts(2) GetProducts(2) GetQcStatus(2)";
    check_script(&[("code", "901"), ("code", "6")], expect, log);
    check_script(&[("silence", "refused"), ("<html>login</html>", "")], expect, log);
    let qc = r#"{"SuccessResponse":{"Head":{"RequestAction":"GetProducts"},"Body":{"Products":[{"Skus":[{"SellerSku":"A"},{"SellerSku":"B"}]}]}}}"#;
    let log = "GetProducts(2) GetQcStatus(2) GetQcStatus(2)";
    check_script(&[(qc, ""), ("code", "901")], expect, log);
}

#[test]
fn a_refused_key_stops_it_and_nothing_is_guessed() {
    check_script(
        &[("code", "7")],
        "unasked; unasked; stopped the marketplace refuses the credentials: E7: no (code 7)",
        "GetProducts(2)",
    );
}

#[test]
fn what_was_learned_before_it_stopped_is_told() {
    let both = r#"{"SuccessResponse":{"Head":{"RequestAction":"GetProducts"},"Body":{"Products":[{"Skus":[{"SellerSku":"A"}]}]}}}"#;
    check_script(
        &[(both, ""), (both, ""), (both, ""), (both, ""), ("code", "8")],
        "accepted; missing; stopped the marketplace refuses the account or the call: E8: no (code 8)",
        "GetProducts(2) GetProducts(1) GetProducts(1) GetProducts(1) GetQcStatus(1)",
    );
}

#[test]
fn what_shows_late_is_not_missing() {
    let first = r#"{"SuccessResponse":{"Head":{"RequestAction":"GetProducts"},"Body":{"Products":[{"Skus":[{"SellerSku":"A"}]}]}}}"#;
    let log = "GetProducts(2) GetProducts(1) GetQcStatus(2)";
    check_script(&[(first, "")], "live; rejected:Blurred", log);
}

#[test]
fn nobody_is_waited_for_only_so_long() {
    let silence = [("silence", "refused"); 100];
    check_script(&silence, "unasked; unasked; stopped nobody answers: refused", "GetProducts(2)...");
}

#[test]
fn a_list_that_is_refused_is_halved() {
    check_script(
        &[("code", "70"), ("code", "70")],
        "unasked:E70: no (code 70); rejected:Blurred",
        "GetProducts(2) GetProducts(1) GetProducts(1) GetQcStatus(1)",
    );
}

#[test]
fn an_interrupt_ends_it_at_once() {
    let shop = shop("A active");
    let (showings, stopped) = asked(&shop, &["A"], true);
    assert!(matches!(stopped, Some(Stopped::Interrupted)));
    assert_eq!(showings[&SellerSku::parse("A").unwrap()].shows, Shows::Unasked);
    assert!(shop.log.lock().unwrap().is_empty());
}

#[test]
fn many_skus_are_asked_about_in_chunks() {
    let lines: Vec<String> = (0..150).map(|number| format!("S{number} active approved:")).collect();
    let names: Vec<String> = (0..150).map(|number| format!("S{number}")).collect();
    check(
        &lines.join("\n"),
        &names.join(" "),
        &vec!["live"; 150].join("; "),
        // A hundred products fill a reply, and all are there.
        "GetProducts(100) GetProducts(50) GetQcStatus(100) GetQcStatus(50)",
    );
}
