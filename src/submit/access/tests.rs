//! Tokens that end while calls are made. The marketplace is scripted, and waiting moves the clock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use super::*;
use crate::dialect::{Call, Credentials, GetProducts, Refusal, Reply, Told, UserKey, WireRequest};
use crate::plan::ShopSnapshot;
use crate::record::{ImageUrl, SellerSku};
use crate::submit::fetch::Unfetched;
use crate::submit::flight::exchange;
use crate::submit::{
    KnownIds, Pace, Policy, Silence, Skew, State, Stopped, WireReply, baseline, check_credentials, grant,
};

const SECRET: &str = "canary-secret-0123456789";

/// 2017-07-14 02:40 UTC.
fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_500_000_000, 0).unwrap()
}

/// A clock that waits in no time.
struct Quick(std::sync::Mutex<DateTime<Utc>>);

impl Clock for Quick {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
    async fn sleep(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
        tokio::task::yield_now().await;
    }
}

/// Takes one token, and answers calls for another one as it is told. Calls for categories are refused for every token.
struct Market {
    valid: std::sync::Mutex<String>,
    /// What the next calls for a token meet with: a token that is given, `silent`, `lost`, or a code that refuses.
    renewals: std::sync::Mutex<VecDeque<&'static str>>,
    /// What came: `products TOKEN`, `refresh TOKEN`.
    calls: std::sync::Mutex<Vec<String>>,
}

impl Transport for Market {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Silence> {
        let body = String::from_utf8(request.body.unwrap_or_default()).unwrap();
        let text = format!("{}&{body}", request.url);
        let value = |name: &str| text.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)).unwrap_or_default();
        // Others get their turn while a call is on its way.
        tokio::task::yield_now().await;
        let is_for_token = request.url.contains("/auth/token/");
        let call = if is_for_token { value("refresh_token=") } else { value("access_token=") };
        let name = if is_for_token { "refresh" } else { "products" };
        self.calls.lock().unwrap().push(format!("{name} {call}"));
        let answered = if is_for_token {
            let next = self.renewals.lock().unwrap().pop_front().expect("another call for a token");
            self.renewed(next, call)?
        } else if request.url.contains("/category/") {
            refused("IllegalAccessToken", call)
        } else if call == *self.valid.lock().unwrap() {
            r#"{"code":"0","data":{"products":[],"total_products":0},"request_id":"1"}"#.to_owned()
        } else {
            refused("IllegalAccessToken", call)
        };
        Ok(WireReply { status: 200, body: answered.into_bytes(), retry_after: None, date: None })
    }
    async fn fetch(&self, _: &ImageUrl) -> Result<Vec<u8>, Unfetched> {
        Err(Unfetched::Refused("nothing is fetched".to_owned()))
    }
}

impl Market {
    fn renewed(&self, next: &str, refresh: &str) -> Result<String, Silence> {
        match next {
            "silent" => return Err(Silence::NotSent("connection refused".to_owned())),
            "lost" => return Err(Silence::Unclear("no reply in time".to_owned())),
            "page" => return Ok("<html><body>Bad gateway</body></html>".to_owned()),
            code if code.starts_with(char::is_uppercase) => return Ok(refused(code, refresh)),
            _ => {}
        }
        *self.valid.lock().unwrap() = next.trim_start_matches('~').to_owned();
        // One that is given and does not count.
        if next.starts_with('~') {
            *self.valid.lock().unwrap() = "none".to_owned();
        }
        let token = next.trim_start_matches('~');
        Ok(format!(
            r#"{{"access_token":"{token}","refresh_token":"refresh-{token}","expires_in":36000,"refresh_expires_in":"72000",
            "country":"sg","account":"me@example.com","account_platform":"seller_center","country_user_info_list":
            [{{"country":"sg","user_id":"1","seller_id":"1","short_code":"S"}}],"code":"0","request_id":"2"}}"#
        ))
    }
}

fn refused(code: &str, echo: &str) -> String {
    format!(r#"{{"code":"{code}","type":"ISV","message":"no more: {echo}","request_id":"3"}}"#)
}

/// What is kept, by whom it is held, and what somebody else keeps as soon as that one lets go.
#[derive(Default)]
struct Kept {
    tokens: Option<Tokens>,
    is_held: bool,
    /// So many more looks find that another process renews; then it keeps these.
    others: Option<(u32, Tokens)>,
}

#[derive(Clone, Default)]
struct Shelf(Arc<std::sync::Mutex<Kept>>);

impl TokenStore for Shelf {
    fn load(&self) -> io::Result<Tokens> {
        self.0.lock().unwrap().tokens.clone().ok_or_else(|| io::Error::other("there is none"))
    }
    fn keep(&self, tokens: &Tokens) -> io::Result<()> {
        let mut kept = self.0.lock().unwrap();
        assert!(kept.is_held, "only who holds the right keeps a token");
        kept.tokens = Some(tokens.clone());
        Ok(())
    }
    fn hold(&self) -> io::Result<Option<Box<dyn Send>>> {
        let mut kept = self.0.lock().unwrap();
        match kept.others.take() {
            Some((0, tokens)) => kept.tokens = Some(tokens),
            Some((looks, tokens)) => {
                kept.others = Some((looks - 1, tokens));
                return Ok(None);
            }
            None => {}
        }
        kept.is_held = true;
        Ok(Some(Box::new(Hold(self.clone()))))
    }
}

struct Hold(Shelf);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().is_held = false;
    }
}

#[derive(Default)]
struct Heard(std::sync::Mutex<Vec<String>>);

impl Observer for Heard {
    fn notice(&self, notice: &Notice<'_>) {
        if let Notice::Renewed { until, unkept } = notice {
            let until = until.map_or("?".to_owned(), |until| (until - start()).num_seconds().to_string());
            self.0.lock().unwrap().push(format!("renewed until {until}, {unkept:?}"));
        }
    }
    fn waits(&self, _: Duration, _: &str) {}
    fn asked(&self, _: usize) {}
}

fn app() -> AppKey {
    AppKey {
        base_url: "https://api.example/rest".to_owned(),
        app_key: "123456".to_owned(),
        app_secret: SECRET.into(),
        access_token: None,
    }
}

/// A token that was given an hour ago and ends in so many seconds.
fn tokens(access: &str, ends_in: Option<i64>) -> Tokens {
    Tokens {
        access: access.into(),
        since: start() - TimeDelta::hours(1),
        until: ends_in.map(|seconds| start() + TimeDelta::seconds(seconds)),
        refresh: Some(format!("refresh-{access}").into()),
        refresh_until: Some(start() + TimeDelta::days(9)),
        countries: vec!["sg".to_owned()],
        seller: Seller { account: Some("me@example.com".to_owned()), ids: BTreeMap::new() },
    }
}

/// A shop whose token is kept, and a marketplace that takes another one or the same.
struct Scene {
    market: Market,
    shelf: Shelf,
    clock: Quick,
    heard: Heard,
    skew: Skew,
    interrupted: AtomicBool,
    access: Access,
}

impl Scene {
    fn new(kept: Tokens, valid: &str, renewals: &[&'static str]) -> Scene {
        let shelf = Shelf::default();
        let access = Access::renewed(app(), &kept, "https://auth.example/rest".to_owned(), Box::new(shelf.clone()));
        shelf.0.lock().unwrap().tokens = Some(kept);
        let market = Market {
            valid: std::sync::Mutex::new(valid.to_owned()),
            renewals: std::sync::Mutex::new(renewals.iter().copied().collect()),
            calls: std::sync::Mutex::default(),
        };
        Scene {
            market,
            shelf,
            clock: Quick(std::sync::Mutex::new(start())),
            heard: Heard::default(),
            skew: Skew::new(),
            interrupted: AtomicBool::new(false),
            access,
        }
    }

    fn with<T>(&self, work: impl AsyncFnOnce(&Edge<'_, Market, Quick, Heard>) -> T) -> T {
        let ids = KnownIds::default();
        let edge = Edge {
            access: &self.access,
            ids: &ids,
            transport: &self.market,
            clock: &self.clock,
            observer: &self.heard,
            skew: &self.skew,
            interrupted: &self.interrupted,
        };
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work(&edge))
    }

    /// Makes a harmless call: `well`, or what it came to.
    fn call(&self) -> String {
        self.with(async |edge| called(edge).await)
    }

    fn wait(&self, seconds: i64) {
        *self.clock.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }

    /// The calls since the last look.
    fn calls(&self) -> String {
        std::mem::take(&mut *self.market.calls.lock().unwrap()).join(", ")
    }

    fn kept(&self) -> Tokens {
        self.shelf.load().unwrap()
    }
}

async fn called(edge: &Edge<'_, Market, Quick, Heard>) -> String {
    answered(edge, &Call::GetProducts(GetProducts { skus: &[], limit: 1, told: Told::Presence })).await
}

async fn answered(edge: &Edge<'_, Market, Quick, Heard>, call: &Call<'_>) -> String {
    let back = match exchange(edge, call).await {
        Ok(back) => back,
        Err(error) => return error.to_string(),
    };
    match back.what {
        Ok(Reply::Products { .. }) => "well".to_owned(),
        Ok(Reply::Refused(refusal)) | Err(Answer::Refused(refusal)) => {
            let Refusal { code, message, class, .. } = refusal;
            format!("{class:?} {code}: {message}")
        }
        Ok(other) => format!("{other:?}"),
        Err(Answer::NotSent { reason }) => format!("not sent: {reason}"),
        Err(other) => format!("{other:?}"),
    }
}

#[test]
fn a_token_is_used_while_it_lasts() {
    let scene = Scene::new(tokens("one", Some(36_000)), "one", &[]);
    assert_eq!(
        (scene.call(), scene.call(), scene.calls()),
        ("well".into(), "well".into(), "products one, products one".into())
    );
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    // It lasts for eleven hours: half an hour before its end.
    let scene = Scene::new(tokens("one", Some(36_000)), "one", &["two"]);
    scene.wait(36_000 - 1_801);
    assert_eq!((scene.call(), scene.calls()), ("well".into(), "products one".into()));
    scene.wait(1);
    assert_eq!((scene.call(), scene.calls()), ("well".into(), "refresh refresh-one, products two".into()));
    assert_eq!(scene.heard.0.lock().unwrap().as_slice(), [format!("renewed until {}, None", 36_000 - 1_800 + 36_000)]);
    let kept = scene.kept();
    assert_eq!((kept.access.expose_secret(), kept.refresh.unwrap().expose_secret()), ("two", "refresh-two"));
    assert_eq!((scene.call(), scene.calls()), ("well".into(), "products two".into()));
    // It lasts for one hour and a minute: a tenth of it before its end.
    let scene = Scene::new(tokens("one", Some(60)), "one", &["two"]);
    assert_eq!((scene.call(), scene.calls()), ("well".into(), "refresh refresh-one, products two".into()));
}

#[test]
fn a_token_that_is_refused_is_renewed_and_the_call_made_again() {
    for ends_in in [Some(36_000), None] {
        let scene = Scene::new(tokens("one", ends_in), "none", &["two"]);
        assert_eq!(scene.call(), "well");
        assert_eq!(scene.calls(), "products one, refresh refresh-one, products two");
        assert_eq!((scene.call(), scene.calls()), ("well".into(), "products two".into()));
    }
}

#[test]
fn calls_that_are_refused_together_need_one_renewal() {
    let scene = Scene::new(tokens("one", Some(36_000)), "none", &["two"]);
    let both = scene.with(async |edge| futures_util::future::join(called(edge), called(edge)).await);
    assert_eq!(both, ("well".to_owned(), "well".to_owned()));
    let calls = scene.calls();
    assert_eq!(calls.matches("refresh refresh-").count(), 1, "{calls}");
    assert_eq!((calls.matches("products one").count(), calls.matches("products two").count()), (2, 2), "{calls}");
}

#[test]
fn what_another_process_renewed_is_taken_without_a_call() {
    let scene = Scene::new(tokens("one", Some(36_000)), "two", &[]);
    scene.shelf.0.lock().unwrap().tokens = Some(tokens("two", Some(36_000)));
    assert_eq!((scene.call(), scene.calls()), ("well".into(), "products one, products two".into()));
    // It renews just now.
    let scene = Scene::new(tokens("one", Some(36_000)), "two", &[]);
    scene.shelf.0.lock().unwrap().others = Some((3, tokens("two", Some(36_000))));
    assert_eq!((scene.call(), scene.calls()), ("well".into(), "products one, products two".into()));
}

#[test]
fn what_another_seller_logged_in_for_is_not_taken() {
    let scene = Scene::new(tokens("one", Some(36_000)), "two", &[]);
    let seller = Seller { account: Some("other@example.com".to_owned()), ids: BTreeMap::new() };
    scene.shelf.0.lock().unwrap().tokens = Some(Tokens { seller, ..tokens("two", Some(36_000)) });
    let message = "the access token that is kept by now is that of another seller";
    assert_eq!((scene.call(), scene.calls()), (format!("Token token: {message}"), "products one".to_owned()));
    // Who is not named may be anybody.
    let unnamed = Tokens { seller: Seller::default(), ..tokens("two", Some(36_000)) };
    scene.shelf.0.lock().unwrap().tokens = Some(unnamed);
    assert_eq!((scene.call(), scene.calls()), ("well".into(), "products one, products two".into()));
}

#[test]
fn another_process_that_never_ends_is_not_waited_for_without_end() {
    let scene = Scene::new(tokens("one", Some(36_000)), "none", &["two"]);
    scene.shelf.0.lock().unwrap().others = Some((u32::MAX, tokens("other", Some(36_000))));
    scene.shelf.0.lock().unwrap().is_held = true;
    assert_eq!(
        (scene.call(), scene.calls()),
        ("well".into(), "products one, refresh refresh-one, products two".into())
    );
    let waited = (scene.clock.now() - start()).to_std().unwrap();
    assert!((OTHERS_TIME..OTHERS_TIME * 2).contains(&waited), "{waited:?}");
    scene.interrupted.store(true, Ordering::Relaxed);
    *scene.market.valid.lock().unwrap() = "none".to_owned();
    assert_eq!(scene.call(), "not sent: the access token cannot be renewed: interrupted");
}

#[test]
fn what_another_process_left_is_not_taken_where_it_has_ended() {
    let scene = Scene::new(tokens("one", Some(36_000)), "none", &["three"]);
    scene.shelf.0.lock().unwrap().tokens = Some(tokens("two", Some(-1)));
    assert_eq!(
        (scene.call(), scene.calls()),
        ("well".into(), "products one, refresh refresh-two, products three".into())
    );
}

#[test]
fn a_new_token_that_is_refused_as_well_ends_it() {
    let scene = Scene::new(tokens("one", Some(36_000)), "none", &["~two"]);
    assert_eq!(scene.call(), "Token IllegalAccessToken: no more: two");
    assert_eq!(scene.calls(), "products one, refresh refresh-one, products two");
}

#[test]
fn a_new_token_that_ended_after_other_calls_is_renewed_as_well() {
    let scene = Scene::new(tokens("one", Some(36_000)), "none", &["two", "three"]);
    assert_eq!((scene.call(), scene.call()), ("well".into(), "well".into()));
    "none".clone_into(&mut scene.market.valid.lock().unwrap());
    assert_eq!(scene.call(), "well");
    assert!(scene.calls().ends_with("products two, products two, refresh refresh-two, products three"));
    // What another process kept is no answer to us, and may be older than it seems.
    let scene = Scene::new(tokens("one", Some(36_000)), "none", &["three"]);
    scene.shelf.0.lock().unwrap().tokens = Some(tokens("two", Some(36_000)));
    assert_eq!(scene.call(), "well");
    assert_eq!(scene.calls(), "products one, products two, refresh refresh-two, products three");
}

#[test]
fn a_call_that_is_refused_with_every_token_stands_beside_calls_that_work() {
    let scene = Scene::new(tokens("one", Some(36_000)), "none", &["two", "three"]);
    let both = scene.with(async |edge| {
        futures_util::future::join(called(edge), answered(edge, &Call::GetCategoryAttributes(7))).await
    });
    assert_eq!(both, ("well".to_owned(), "Token IllegalAccessToken: no more: two".to_owned()));
    let calls = scene.calls();
    assert_eq!((calls.matches("refresh refresh-").count(), calls.matches("two").count()), (1, 2), "{calls}");
    // The token has worked: it may have ended meanwhile.
    let refused = scene.with(async |edge| answered(edge, &Call::GetCategoryAttributes(7)).await);
    assert_eq!(refused, "Token IllegalAccessToken: no more: three");
    assert_eq!(scene.calls(), "products two, refresh refresh-two, products three");
    // What another process keeps is tried before.
    let scene = Scene::new(tokens("one", Some(36_000)), "two", &["three"]);
    scene.shelf.0.lock().unwrap().tokens = Some(tokens("two", Some(36_000)));
    let refused = scene.with(async |edge| answered(edge, &Call::GetCategoryAttributes(7)).await);
    assert_eq!(refused, "Token IllegalAccessToken: no more: three");
    assert_eq!(scene.calls(), "products one, products two, refresh refresh-two, products three");
}

#[test]
fn a_renewal_that_is_refused_asks_for_a_login_and_tells_no_token() {
    for code in ["IllegalRefreshToken", "InsufficientPermission"] {
        let kept = Tokens { refresh: Some("canary-refresh-0123456789".into()), ..tokens("one", Some(36_000)) };
        let scene = Scene::new(kept, "none", &[code]);
        assert_eq!(scene.call(), format!("Token {code}: the access token cannot be renewed: no more: ***"));
        assert_eq!(scene.calls(), "products one, refresh canary-refresh-0123456789");
    }
}

#[test]
fn a_renewal_that_nobody_answers_leaves_the_call_unsent() {
    for (next, reason) in [("silent", "connection refused"), ("lost", "no reply in time")] {
        let scene = Scene::new(tokens("one", Some(36_000)), "none", &[next, "two"]);
        assert_eq!(scene.call(), format!("not sent: the access token cannot be renewed: {reason}"));
        assert_eq!(scene.call(), "well", "the next call tries again");
    }
    let scene = Scene::new(tokens("one", Some(36_000)), "none", &["page", "two"]);
    assert!(scene.call().starts_with("not sent: the access token cannot be renewed: "));
    assert_eq!(scene.call(), "well");
}

#[test]
fn a_renewal_that_fails_early_is_tried_again_later_and_the_old_token_used_meanwhile() {
    let scene = Scene::new(tokens("one", Some(60)), "one", &["silent", "two"]);
    assert_eq!((scene.call(), scene.call()), ("well".into(), "well".into()));
    assert_eq!(scene.calls(), "refresh refresh-one, products one, products one");
    scene.wait(60);
    assert_eq!((scene.call(), scene.calls()), ("well".into(), "refresh refresh-one, products two".into()));
}

#[test]
fn without_a_token_for_renewal_nobody_asks_for_another_one() {
    let kept = Tokens { refresh: None, ..tokens("one", None) };
    let scene = Scene::new(kept, "none", &[]);
    assert_eq!((scene.call(), scene.calls()), ("Token IllegalAccessToken: no more: one".into(), "products one".into()));
    let scene = Scene::new(tokens("one", None), "none", &[]);
    scene.shelf.0.lock().unwrap().tokens = None;
    assert_eq!(scene.call(), "Token token: the access token cannot be read: there is none");
    let user = UserKey { base_url: "https://a.example/".to_owned(), user_id: "me".to_owned(), api_key: "key".into() };
    assert!(Access::fixed(Credentials::SellerCenter(user)).renewal.is_none());
}

#[test]
fn a_code_is_changed_for_a_token() {
    let scene = Scene::new(tokens("one", None), "one", &["two"]);
    let code = "canary-code-0123456789".into();
    let granted = scene.with(async |edge| grant(edge, &app(), "https://auth.example/rest", Grant::Code(&code)).await);
    let granted = granted.unwrap();
    assert_eq!(granted.access.expose_secret(), "two");
    assert_eq!((granted.since, granted.until), (start(), Some(start() + TimeDelta::hours(10))));
    assert_eq!(granted.countries, ["sg"]);
}

/// A pace that cannot be written.
struct Full;

impl SharedPace for Full {
    fn take(&self, _: DateTime<Utc>) -> io::Result<Duration> {
        Err(io::Error::other("app.sqlite: the disk is full"))
    }
    fn slow_down(&self, _: DateTime<Utc>, _: Option<Duration>, _: DateTime<Utc>) -> io::Result<()> {
        Ok(())
    }
    fn speed_up(&self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_pace_that_cannot_be_kept_is_a_trouble_of_this_computer() {
    let mut scene = Scene::new(tokens("one", None), "one", &[]);
    scene.access = scene.access.at_pace_of(Box::new(Full));
    let told = "the pace of the app cannot be kept: app.sqlite: the disk is full";
    assert_eq!((scene.call(), scene.calls()), (told.to_owned(), String::new()));
    let skus = [SellerSku::parse("A").unwrap()];
    let policy = Policy::default();
    let mut state = State::new(Vec::new(), policy.clone(), Pace::new(&policy));
    let stopped = scene.with(async |edge| {
        let shown = baseline(edge, &skus, Told::Presence, ShopSnapshot::default(), &mut state).await.map(drop);
        [check_credentials(edge).await.unwrap_err(), shown.unwrap_err()]
    });
    assert!(stopped.iter().all(|stopped| matches!(stopped, Stopped::Journal(why) if why.to_string() == told)));
    assert_eq!(scene.calls(), "");
}

/// A pace of a call in ten seconds.
struct Slow(std::sync::Mutex<u64>);

impl SharedPace for Slow {
    fn take(&self, _: DateTime<Utc>) -> io::Result<Duration> {
        let mut taken = self.0.lock().unwrap();
        *taken += 1;
        Ok(Duration::from_secs(10 * (*taken - 1)))
    }
    fn slow_down(&self, _: DateTime<Utc>, _: Option<Duration>, _: DateTime<Utc>) -> io::Result<()> {
        Ok(())
    }
    fn speed_up(&self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_call_waits_for_its_slot_unless_the_user_wants_to_stop() {
    let mut scene = Scene::new(tokens("one", None), "one", &[]);
    scene.access = scene.access.at_pace_of(Box::new(Slow(std::sync::Mutex::new(0))));
    assert_eq!((scene.call(), scene.call()), ("well".into(), "well".into()));
    assert_eq!(scene.clock.now() - start(), TimeDelta::seconds(10));
    scene.interrupted.store(true, Ordering::Relaxed);
    assert_eq!(scene.call(), "not sent: interrupted");
    assert_eq!(scene.clock.now() - start(), TimeDelta::seconds(10));
}

#[test]
fn a_call_whose_slot_comes_after_the_deadline_does_not_leave() {
    let mut scene = Scene::new(tokens("one", None), "one", &[]);
    scene.access = scene.access.at_pace_of(Box::new(Slow(std::sync::Mutex::new(1))));
    scene.access.leave_before(Some(start() + TimeDelta::seconds(10)));
    let sent = scene.calls();
    assert_eq!(scene.call(), "not sent: the deadline has passed");
    assert_eq!((scene.calls(), sent), (String::new(), String::new()));
    assert_eq!(scene.clock.now() - start(), TimeDelta::seconds(10));
    scene.access.leave_before(None);
    assert_eq!(scene.call(), "well");
}
