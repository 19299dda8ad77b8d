//! What a marketplace and the gateways before it say, without what they echo of a call: queries and forms hold the user,
//! tokens and the signature, in whatever case, encoded once more or twice.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;

use super::node::Node;
use super::signing::RESERVED;
use super::{Credentials, Detail, QcStatus, Refusal, Reply};

/// In the place of what is not told.
const MASK: &str = "***";

/// So many hexadecimal digits in a row may be a signature.
const SIGNATURE: usize = 64;

/// Shorter names and keys stand in other words too.
const SHORTEST: usize = 8;

/// Names of parameters whose values are secret.
const SECRETS: [&str; 6] = ["signature", "userid", "sign", "access_token", "refresh_token", "app_secret"];

/// What may stand between a name and its value: in a query, encoded once or twice more, and in JSON, which may stand in
/// a text of JSON itself.
const BETWEEN: [&str; 8] = ["=", "%3d", "%253d", "\":\"", "\": \"", "\\\":\\\"", "\\\": \\\"", "%22%3a%22"];

/// The text without signatures and without the values of the parameters that are secret.
pub(super) fn unsigned(text: &str) -> String {
    let mut text = text.to_owned();
    for between in BETWEEN {
        for name in SECRETS {
            text = without_value(&text, &format!("{name}{between}"), |_| true);
        }
        text = without_value(&text, &format!("code{between}"), is_grant);
    }
    let (mut clean, mut hex) = (String::with_capacity(text.len()), String::new());
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_ascii_hexdigit() => hex.push(c),
            other => {
                clean.push_str(if hex.len() >= SIGNATURE { MASK } else { &hex });
                hex.clear();
                clean.extend(other);
            }
        }
    }
    clean
}

/// What stands in such lists of a success, in whatever shape, one text each, without signatures.
pub(super) fn remarks<'a>(lists: impl IntoIterator<Item = Option<&'a Node>>) -> Vec<String> {
    let mut texts = Vec::new();
    for list in lists.into_iter().flatten() {
        texts.extend(list.children().map(Node::summary));
        texts.push(list.own_text().trim().to_owned());
    }
    texts.retain(|text| !text.is_empty());
    texts.iter().map(|text| unsigned(text)).collect()
}

/// The code of a login, not that of an error: it is long and holds small letters and digits.
fn is_grant(code: &str) -> bool {
    code.len() >= 12 && code.contains(|c: char| c.is_ascii_lowercase()) && code.contains(|c: char| c.is_ascii_digit())
}

/// The text with a mask for what follows each such name, in whatever case, where that is a secret.
fn without_value(text: &str, name: &str, is_secret: impl Fn(&str) -> bool) -> String {
    replaced(text, name, |found, rest| {
        let is_end = |(at, c): (usize, char)| {
            let ends = c.is_whitespace() || matches!(c, '&' | '"' | '\'' | '<' | ';' | '\\');
            ends || ["%26", "%2526", "%22"].iter().any(|end| rest[at..].starts_with(end))
        };
        let end = rest.char_indices().find(|place| is_end(*place)).map_or(rest.len(), |(at, _)| at);
        let value = &rest[..end];
        (format!("{found}{}", if is_secret(value) { MASK } else { value }), end)
    })
}

/// The text with something else for each place where `wanted` (in lower case) stands: `with` is given it as it stands
/// there and what follows, and answers what comes in its place and how much of what follows goes with it.
fn replaced(text: &str, wanted: &str, with: impl Fn(&str, &str) -> (String, usize)) -> String {
    let lower = text.to_ascii_lowercase();
    let (mut clean, mut from) = (String::with_capacity(text.len()), 0);
    while let Some(at) = lower[from..].find(wanted).map(|at| from + at) {
        let end = at + wanted.len();
        let (instead, more) = with(&text[at..end], &text[end..]);
        clean.push_str(&text[from..at]);
        clean.push_str(&instead);
        from = end + more;
    }
    clean + &text[from..]
}

/// How a text may stand in what somebody says of a query: as it is, encoded, and encoded twice.
fn forms(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_owned()];
    for once in
        [utf8_percent_encode(text, RESERVED), utf8_percent_encode(text, NON_ALPHANUMERIC)].map(|it| it.to_string())
    {
        forms.extend([once.replace('%', "%25"), once]);
    }
    forms.push(text.replace('@', "%40"));
    forms
}

impl Credentials {
    /// The text without the user and the key, nor what else of a query is secret.
    #[must_use]
    pub fn masked(&self, text: &str) -> String {
        let mut clean = unsigned(text);
        for secret in self.secrets() {
            let is_own = secret.contains('@') || secret.len() >= SHORTEST;
            if !is_own {
                continue;
            }
            for form in forms(secret) {
                clean = replaced(&clean, &form.to_ascii_lowercase(), |_, _| (MASK.to_owned(), 0));
            }
        }
        clean
    }
}

impl Credentials {
    /// What must not be told.
    fn secrets(&self) -> Vec<&str> {
        match self {
            Credentials::SellerCenter(user) => vec![user.user_id.as_str(), user.api_key.expose_secret()],
            Credentials::OpenPlatform(app) => {
                let token = app.access_token.as_ref().map(ExposeSecret::expose_secret);
                token.into_iter().chain([app.app_secret.expose_secret()]).collect()
            }
        }
    }
}

impl Reply {
    /// The same, with nothing of these credentials in any text that is kept or shown.
    #[must_use]
    pub(crate) fn masked(self, credentials: &Credentials) -> Reply {
        let masked = |text: String| credentials.masked(&text);
        match self {
            Reply::Done { warnings, ids } => Reply::Done { warnings: warnings.into_iter().map(masked).collect(), ids },
            Reply::Refused(refusal) => Reply::Refused(refusal.masked(credentials)),
            Reply::Migrated { images, failed } => Reply::Migrated {
                images,
                failed: failed.into_iter().map(|detail| detail.masked(credentials)).collect(),
            },
            Reply::QcStatus(statuses) => {
                let status = |status: QcStatus| QcStatus { reason: status.reason.map(masked), ..status };
                Reply::QcStatus(statuses.into_iter().map(status).collect())
            }
            Reply::Products { .. } | Reply::Hosted(_) | Reply::Ticket(_) => self,
            Reply::Categories(_) | Reply::Attributes(_) | Reply::Brands(_) => self,
        }
    }
}

impl Refusal {
    /// The same, with nothing of these credentials in it.
    #[must_use]
    pub(crate) fn masked(self, credentials: &Credentials) -> Refusal {
        let details = self.details.into_iter().map(|detail| detail.masked(credentials)).collect();
        Refusal {
            code: credentials.masked(&self.code),
            message: credentials.masked(&self.message),
            details,
            class: self.class,
        }
    }
}

impl Detail {
    /// The same, as [`unsigned`] tells it.
    pub(super) fn unsigned(self) -> Detail {
        let field = self.field.as_deref().map(unsigned);
        Detail { field, message: unsigned(&self.message), ..self }
    }

    fn masked(self, credentials: &Credentials) -> Detail {
        Detail {
            field: self.field.map(|field| credentials.masked(&field)),
            message: credentials.masked(&self.message),
            // Without it the detail speaks of the whole product.
            seller_sku: self.seller_sku.filter(|sku| credentials.masked(sku.as_str()) == sku.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::UserKey;
    use super::*;

    const HEX: &str = "3ceb8ed91049dfc718b0d2d176fb2ed0e5fd74f76c5971f34cdab48412476041";

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let credentials = Credentials::SellerCenter(UserKey {
            base_url: String::new(),
            user_id: "Me+you@Example.com".to_owned(),
            api_key: "0123456789abcdef".into(),
        });
        assert_eq!(credentials.masked(&text.replace("HEX", HEX)), expect);
    }

    #[test]
    fn a_query_is_told_without_user_and_signature() {
        check(
            "/?Action=X&UserID=a%40b.com&Version=1.0&Signature=HEX.",
            "/?Action=X&UserID=***&Version=1.0&Signature=***",
        );
        check("userid=u&signature=short'", "userid=***&signature=***'");
        check("Action%3DX%26UserID%3Da%2540b%26Signature%3DHEX or", "Action%3DX%26UserID%3D***%26Signature%3D*** or");
        check("UserID%253Da%252540b%2526X%253D1", "UserID%253D***%2526X%253D1");
        check("SIGNATURE=HEX HEX %2FHEX", "SIGNATURE=*** *** %***");
    }

    #[test]
    fn a_form_and_its_json_are_told_without_tokens() {
        check(
            "app_key=1&access_token=50000a&refresh_token=50001b&code=0_123_abCD45678&sign=SHORT&x=1",
            "app_key=1&access_token=***&refresh_token=***&code=***&sign=***&x=1",
        );
        check("access_token%3D50000a%26x%3D1 sign%253DAB%2526x", "access_token%3D***%26x%3D1 sign%253D***%2526x");
        check(
            r#"{"access_token":"50000a","code":"0","refresh_token": "50001b"}"#,
            r#"{"access_token":"***","code":"0","refresh_token": "***"}"#,
        );
        check(r#"{\"app_secret\":\"ab\",\"n\":1}"#, r#"{\"app_secret\":\"***\",\"n\":1}"#);
        check("%22access_token%22%3A%2250000a%22%7D", "%22access_token%22%3A%22***%22%7D");
    }

    #[test]
    fn the_code_of_an_error_is_told() {
        for text in ["code=4135", "error_code=IllegalAccessToken", "\"code\":\"THD_IC_ERR_F_IC_INFRA_PRODUCT_036\""] {
            check(text, text);
        }
    }

    #[test]
    fn user_and_key_are_not_told_wherever_they_stand() {
        check("me+YOU@example.com or Me%2Byou%40Example.com, no key", "*** or ***, no key");
        check("ME%252BYOU%2540EXAMPLE%252ECOM me+you%40example.com me%252Byou%2540example.com", "*** *** ***");
        check("the key 0123456789ABCDEF is wrong", "the key *** is wrong");
    }

    #[test]
    fn anything_else_stays_as_it_is() {
        for text in ["", "ราคา 99.00 < 129.00", "E500: signature is missing", "İ %41 0123456789abcde"] {
            check(text, text);
        }
        let short = UserKey { base_url: String::new(), user_id: "mug".to_owned(), api_key: "a".into() };
        let short = Credentials::SellerCenter(short);
        assert_eq!(short.masked("a blue mug"), "a blue mug");
    }
}
