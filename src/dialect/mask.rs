//! What a marketplace and the gateways before it say, without what they echo of a call: the query holds the user and the
//! signature, in whatever case, encoded once more or twice.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;

use super::{Credentials, Detail, QcStatus, Refusal, Reply};

/// In the place of what is not told.
const MASK: &str = "***";

/// So many hexadecimal digits in a row may be a signature.
const SIGNATURE: usize = 64;

/// What a query encodes: all but letters, digits and `- . _ ~`.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Shorter names and keys stand in other words too.
const SHORTEST: usize = 8;

/// The text without signatures and without the values of the parameters that are secret.
pub(super) fn unsigned(text: &str) -> String {
    let mut text = text.to_owned();
    for name in ["signature", "userid"] {
        for equals in ["=", "%3d", "%253d"] {
            text = without_value(&text, &format!("{name}{equals}"));
        }
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

/// The text with a mask for what follows each such name, in whatever case.
fn without_value(text: &str, name: &str) -> String {
    replaced(text, name, |found, rest| {
        let is_end = |(at, c): (usize, char)| {
            let ends = c.is_whitespace() || matches!(c, '&' | '"' | '\'' | '<' | ';');
            ends || ["%26", "%2526"].iter().any(|end| rest[at..].starts_with(end))
        };
        let end = rest.char_indices().find(|place| is_end(*place)).map_or(rest.len(), |(at, _)| at);
        (format!("{found}{MASK}"), end)
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
        [utf8_percent_encode(text, IN_QUERY), utf8_percent_encode(text, NON_ALPHANUMERIC)].map(|it| it.to_string())
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
