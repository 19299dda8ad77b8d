//! The login of the Open Platform at the stand-in marketplace: consent, code, tokens, and when they end.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/open.rs"]
mod open;
mod support;

use open::{call, get, send, told};
use serde_json::Value;
use support::Market;

fn refresh(market: &Market, token: &str) -> Value {
    call(market, "/auth/token/refresh", &[("access_token", ""), ("refresh_token", token)])
}

fn create(market: &Market, code: &str) -> Value {
    call(market, "/auth/token/create", &[("access_token", ""), ("code", code)])
}

fn list(market: &Market, token: &str) -> String {
    told(&get(market, "/products/get", &[("filter", "all"), ("access_token", token)]))
}

fn word(reply: &Value, name: &str) -> String {
    reply[name].as_str().unwrap_or_else(|| panic!("no {name}: {reply}")).to_owned()
}

/// Where a consent leads: the `Location`, or the page.
fn consent(market: &Market, more: &str) -> (String, String) {
    let query = format!("response_type=code&force_auth=true&client_id={}{more}", market.sandbox().app_key());
    let (head, page) = send(market, &format!("GET /oauth/authorize?{query}"), "", b"");
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default();
    (location.to_owned(), page)
}

/// The code that a consent comes to.
fn code(market: &Market) -> String {
    let (location, _) = consent(market, "&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback");
    location.strip_prefix("http://127.0.0.1:9/back?code=").unwrap_or_else(|| panic!("{location}")).to_owned()
}

#[test]
fn a_code_comes_to_tokens_once() {
    let market = Market::open("");
    let code = code(&market);
    let reply = create(&market, &code);
    assert_eq!(told(&reply), "ok");
    assert_eq!(
        (reply["expires_in"].as_u64(), reply["refresh_expires_in"].as_u64()),
        (Some(2_592_000), Some(15_552_000))
    );
    assert_eq!(
        (word(&reply, "country"), word(&reply, "account_platform")),
        ("sg".to_owned(), "seller_center".to_owned())
    );
    assert_eq!(reply["country_user_info"][0]["country"], "sg");
    assert!(reply.get("country_user_info_list").is_none() && reply.get("data").is_none(), "{reply}");
    assert_eq!(list(&market, &word(&reply, "access_token")), "ok");
    assert_eq!(told(&create(&market, &code)), "InvalidCode");
    assert_eq!(told(&create(&market, "0_1_x")), "InvalidCode");
    assert_eq!(told(&create(&market, "")), "MissingParameter");
    assert_eq!((market.received("GenerateAccessToken"), market.received("GetProducts")), (4, 1));
}

#[test]
fn a_consent_goes_where_it_is_sent_and_gives_the_state_back() {
    let market = Market::open("");
    let (location, _) = consent(&market, "&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback%3Fshop%3D1&state=a%26b");
    assert!(location.starts_with("http://127.0.0.1:9/back?shop=1&code=0_"), "{location}");
    assert!(location.ends_with("&state=a%26b"), "{location}");
    let (nowhere, page) = consent(&market, "");
    assert_eq!(nowhere, "");
    let code = page.split("<code>").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(told(&create(&market, code)), "ok");
    assert!(consent(&market, "&redirect_uri=javascript%3Ax").1.contains("no address"));
    let (head, _) = send(&market, "GET /oauth/authorize?response_type=code&client_id=none", "", b"");
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    let (head, _) = send(&market, &format!("GET /oauth/authorize?client_id={}", market.sandbox().app_key()), "", b"");
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
}

#[test]
fn a_refresh_is_signed_and_leaves_the_old_tokens_good() {
    let market = Market::open("");
    let (access, token) = (market.sandbox().access_token(), market.sandbox().refresh_token());
    let reply = refresh(&market, token);
    assert_eq!(reply["country_user_info_list"][0]["country"], "sg");
    assert!(reply.get("country_user_info").is_none(), "{reply}");
    assert_ne!(word(&reply, "access_token"), access);
    for token in [access, &word(&reply, "access_token")] {
        assert_eq!(list(&market, token), "ok");
    }
    for token in [token, &word(&reply, "refresh_token")] {
        assert_eq!(told(&refresh(&market, token)), "ok");
    }
    assert_eq!(told(&refresh(&market, "50001none")), "IllegalRefreshToken");
    assert_eq!(told(&refresh(&market, market.sandbox().access_token())), "IllegalRefreshToken");
    let unsigned = call(&market, "/auth/token/refresh", &[("refresh_token", token), ("sign", "AB")]);
    assert_eq!(told(&unsigned), "IncompleteSignature");
}

#[test]
fn tokens_outlive_the_marketplace_that_gave_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut market = Market::kept("", folder.path());
    let reply = refresh(&market, market.sandbox().refresh_token());
    market.stop();
    market.start("");
    assert_eq!(list(&market, &word(&reply, "access_token")), "ok");
    assert_eq!(told(&refresh(&market, &word(&reply, "refresh_token"))), "ok");
}

#[test]
fn an_access_token_ends_after_so_many_calls() {
    let market = Market::open("[open_platform]\naccess_token_calls = 2");
    let token = market.sandbox().access_token();
    let calls: Vec<String> = (0..3).map(|_| list(&market, token)).collect();
    assert_eq!(calls, ["ok", "ok", "IllegalAccessToken"]);
    // No token is asked for here, so none is used up.
    assert_eq!(told(&get(&market, "/category/tree/get", &[])), "ok");
    let fresh = word(&refresh(&market, market.sandbox().refresh_token()), "access_token");
    assert_eq!([list(&market, &fresh), list(&market, &fresh)], ["ok", "ok"]);
    assert_eq!(list(&market, &fresh), "IllegalAccessToken");
}

#[test]
fn a_token_ends_with_its_time() {
    let market = Market::open("[open_platform]\naccess_token_seconds = 0\nrefresh_token_seconds = 3600");
    let reply = refresh(&market, market.sandbox().refresh_token());
    assert_eq!(reply["expires_in"], 0);
    assert!(reply["refresh_expires_in"].as_u64().is_some_and(|left| (3590..=3600).contains(&left)), "{reply}");
    assert_eq!(list(&market, &word(&reply, "access_token")), "IllegalAccessToken");
    let over = Market::open("[open_platform]\nrefresh_token_seconds = 0");
    assert_eq!(told(&refresh(&over, over.sandbox().refresh_token())), "IllegalRefreshToken");
    assert_eq!(list(&over, over.sandbox().access_token()), "ok");
}

#[test]
fn refreshing_may_end_be_refused_or_take_the_old_token_away() {
    let market = Market::open("[open_platform]\nrefresh_token_calls = 1\nold_token = \"revoked\"");
    let reply = refresh(&market, market.sandbox().refresh_token());
    assert_eq!(list(&market, market.sandbox().access_token()), "IllegalAccessToken");
    assert_eq!(list(&market, &word(&reply, "access_token")), "ok");
    assert_eq!(told(&refresh(&market, &word(&reply, "refresh_token"))), "IllegalRefreshToken");
    let again = create(&market, &code(&market));
    assert_eq!(told(&refresh(&market, &word(&again, "refresh_token"))), "ok");
    let sold = Market::open("[open_platform]\nrefresh = \"unsupported\"");
    assert_eq!(told(&refresh(&sold, sold.sandbox().refresh_token())), "AUTH_TYPE_UNSUPPORTED");
}
