//! How a seller grants an app a token: the page that asks, the call for the token, and what answers it.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::super::node::Node;
use super::super::{AppKey, Garbled, Grant, Refusal, Seller, Tokens, WireRequest, signing};
use super::decode;
use super::wire::{self, Carrier};
use crate::plan::Action;

/// The page on which the seller agrees. It stands beside the calls, whose address ends with `/rest`.
pub(in crate::dialect) fn login_page(app: &AppKey, auth_url: &str, redirect: &str, state: &str) -> String {
    let base = auth_url.trim().trim_end_matches('/');
    let base = base.strip_suffix("/rest").unwrap_or(base);
    let params = [
        ("response_type", "code".to_owned()),
        ("force_auth", "true".to_owned()),
        ("redirect_uri", redirect.to_owned()),
        ("client_id", app.app_key.clone()),
        ("state", state.to_owned()),
    ];
    format!("{base}/oauth/authorize?{}", signing::pairs(params.iter().filter(|(_, value)| !value.is_empty())))
}

/// The call for a token. It is signed as every other, without an access token.
pub(in crate::dialect) fn token_request(
    app: &AppKey,
    auth_url: &str,
    grant: Grant<'_>,
    now: DateTime<Utc>,
) -> WireRequest {
    let (action, name, secret) = match grant {
        Grant::Code(code) => (Action::CreateToken, "code", code),
        Grant::Refresh(token) => (Action::RefreshToken, "refresh_token", token),
    };
    let anonymous = AppKey { access_token: None, ..app.clone() };
    let mut params = wire::system_params(&anonymous, now);
    params.push((name, secret.expose_secret().to_owned()));
    wire::request(action, auth_url, params, Carrier::Form, &anonymous)
}

/// What came of it. What the body says stays untold where it is no answer, for it may hold tokens.
pub(in crate::dialect) fn tokens(body: &[u8], now: DateTime<Utc>) -> Result<Result<Tokens, Refusal>, Garbled> {
    let root = match decode::answer(Action::CreateToken, body).map_err(Garbled::without_its_beginning)? {
        Ok(root) => root,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let secret = |name: &str| root.value(name).map(SecretString::from);
    let Some(access) = secret("access_token") else {
        return Err(Garbled::new("an answer without an access token", ""));
    };
    let until = lasting(&root, "expires_in").and_then(|lasts| now.checked_add_signed(lasts));
    if until.is_none() && root.value("expires_in").is_some() {
        return Err(Garbled::new("an answer that does not say how long the access token lasts", ""));
    }
    let refresh_lasts = lasting(&root, "refresh_expires_in");
    // Of an app that may not renew, the token for it is blank or lasts no time.
    let refresh = secret("refresh_token").filter(|_| refresh_lasts != Some(TimeDelta::zero()));
    let refresh_until = refresh_lasts.filter(|_| refresh.is_some()).and_then(|lasts| now.checked_add_signed(lasts));
    Ok(Ok(Tokens {
        access,
        since: now,
        until,
        refresh,
        refresh_until,
        countries: countries(&root),
        seller: Seller { account: root.value("account"), ids: shops(&root).filter_map(shop).collect() },
    }))
}

/// So many seconds.
fn lasting(root: &Node, name: &str) -> Option<TimeDelta> {
    let seconds: i64 = root.value(name)?.parse().ok()?;
    TimeDelta::try_seconds(seconds.max(0))
}

/// A login lists the seller's shops in `country_user_info`, a renewal in `country_user_info_list`.
fn shops(root: &Node) -> impl Iterator<Item = &Node> {
    let lists = ["country_user_info", "country_user_info_list"].into_iter().filter_map(|name| root.child(name));
    lists.flat_map(|list| list.items("item"))
}

/// Where a shop is, and the seller's number there.
fn shop(shop: &Node) -> Option<(String, String)> {
    Some((shop.value("country")?.to_ascii_lowercase(), shop.value("seller_id")?))
}

/// Those of the shops; `country` counts where none is listed.
fn countries(root: &Node) -> Vec<String> {
    let listed: Vec<String> = shops(root).filter_map(|shop| shop.value("country")).collect();
    let named = if listed.is_empty() { root.value("country").into_iter().collect() } else { listed };
    let mut countries: Vec<String> = Vec::new();
    for country in named {
        let country = country.to_ascii_lowercase();
        if !countries.contains(&country) {
            countries.push(country);
        }
    }
    countries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Method;
    use chrono::TimeZone;

    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!("../../../tests/fixtures/open-platform/", $name)).as_slice()
        };
    }

    const AUTH: &str = "https://auth.lazada.com/rest";

    fn app() -> AppKey {
        AppKey {
            base_url: "https://api.example.com/rest".to_owned(),
            app_key: "123456".to_owned(),
            app_secret: SecretString::from("helloworld"),
            access_token: Some(SecretString::from("old")),
        }
    }

    fn moment() -> DateTime<Utc> {
        Utc.timestamp_millis_opt(1_517_820_392_000).unwrap()
    }

    #[test]
    fn the_page_stands_beside_the_calls() {
        let query = "response_type=code&force_auth=true&redirect_uri=http%3A%2F%2F127.0.0.1%3A80%2Fa%3Fb\
                     &client_id=123456&state=a%20b";
        for auth_url in [AUTH, "https://auth.lazada.com/rest/", "https://auth.lazada.com"] {
            let page = login_page(&app(), auth_url, "http://127.0.0.1:80/a?b", "a b");
            assert_eq!(page, format!("https://auth.lazada.com/oauth/authorize?{query}"));
        }
        assert!(login_page(&app(), AUTH, "https://a.example", "").ends_with("&client_id=123456"));
    }

    #[test]
    fn a_token_is_asked_for_in_a_signed_form_without_the_old_one() {
        let secret = SecretString::from("0_123+/");
        for (grant, path, own, action) in [
            (Grant::Code(&secret), "/auth/token/create", "code", Action::CreateToken),
            (Grant::Refresh(&secret), "/auth/token/refresh", "refresh_token", Action::RefreshToken),
        ] {
            let request = token_request(&app(), AUTH, grant, moment());
            assert_eq!((request.action, request.method), (action, Method::Post));
            assert_eq!(request.url, format!("{AUTH}{path}"));
            let params = [
                ("app_key", "123456".to_owned()),
                (own, "0_123+/".to_owned()),
                ("sign_method", "sha256".to_owned()),
                ("timestamp", "1517820392000".to_owned()),
            ];
            let signature = super::super::sign::signature(path, &params, "helloworld");
            let form =
                format!("app_key=123456&{own}=0_123%2B%2F&sign_method=sha256&timestamp=1517820392000&sign={signature}");
            assert_eq!(String::from_utf8(request.body.unwrap()).unwrap(), form);
        }
    }

    fn told(body: &[u8]) -> Tokens {
        tokens(body, moment()).unwrap().unwrap()
    }

    #[test]
    fn a_login_is_told_with_its_ends_and_its_countries() {
        let login = told(fixture!("token.json"));
        assert_eq!((login.access.expose_secret(), login.since), ("50000CANARY", moment()));
        assert_eq!(login.until, Some(moment() + TimeDelta::days(7)));
        assert_eq!(login.refresh.as_ref().map(ExposeSecret::expose_secret), Some("50001CANARY"));
        assert_eq!(login.refresh_until, Some(moment() + TimeDelta::days(30)));
        assert_eq!(login.countries, ["my", "sg"]);
        assert_eq!(login.seller.to_string(), "seller@example.com (my 20001, sg 20002)");
    }

    #[test]
    fn a_renewal_may_be_the_last() {
        let renewed = told(fixture!("token-refreshed.json"));
        assert_eq!(renewed.until, Some(moment() + TimeDelta::days(30)));
        assert!(renewed.refresh.is_none() && renewed.refresh_until.is_none());
        assert_eq!(
            (renewed.countries.join(" "), renewed.seller.to_string()),
            ("th".to_owned(), "a seller (th 20003)".to_owned())
        );
        let spent = br#"{"code":"0","access_token":"a","refresh_token":"b","refresh_expires_in":0,"expires_in":9}"#;
        assert!(told(spent).refresh.is_none());
        let endless = br#"{"code":"0","access_token":"a","refresh_token":"b","expires_in":9,"country":"VN"}"#;
        let endless = told(endless);
        assert!(endless.refresh.is_some() && endless.refresh_until.is_none());
        assert_eq!(endless.countries, ["vn"]);
        assert!(told(br#"{"code":"0","access_token":"a"}"#).until.is_none());
    }

    #[test]
    fn a_refused_login_says_so() {
        let refusal = tokens(fixture!("refresh-refused.json"), moment()).unwrap().unwrap_err();
        assert_eq!((refusal.code.as_str(), refusal.class), ("IllegalRefreshToken", crate::dialect::Class::Token));
    }

    #[test]
    fn what_is_no_answer_is_told_without_what_it_holds() {
        let whole = String::from_utf8(fixture!("token.json").to_vec()).unwrap();
        for body in [
            whole.trim_end().trim_end_matches('}').to_owned(),
            whole.replace("access_token", "access"),
            whole.replace("604800", "\"soon\""),
            whole.replace("604800", "99999999999999999"),
            whole.replace("\"code\":\"0\"", "\"x\":1"),
            format!("<html>{whole}"),
            format!("[{whole}]"),
        ] {
            let garbled = tokens(body.as_bytes(), moment()).unwrap_err();
            assert!(!garbled.to_string().contains("CANARY"), "{garbled}");
        }
    }
}
