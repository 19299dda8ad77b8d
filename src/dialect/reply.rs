//! What the marketplace answered, in one shape for both APIs. The journal stores it.

use serde::{Deserialize, Serialize};

use crate::category::{CategoryAttribute, Node};
use crate::plan::{ShopProduct, SkuIds};
use crate::record::{ImageUrl, SellerSku};

/// What the marketplace answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", content = "says", rename_all = "kebab-case")]
pub enum Reply {
    /// A write took effect.
    Done {
        /// What it remarked all the same, one text each.
        warnings: Vec<String>,
        /// What the marketplace knows SKUs by from now on, where it says so.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ids: Vec<(SellerSku, SkuIds)>,
    },
    /// What the shop has.
    Products {
        /// The products of this answer.
        products: Vec<ShopProduct>,
        /// How many there are in all, where the answer says so.
        total: Option<u64>,
    },
    /// The marketplace hosts a picture now.
    Hosted(ImageUrl),
    /// It will; the ticket tells later what became of it.
    Ticket(String),
    /// What became of a ticket's pictures.
    Migrated {
        /// Those it hosts, in the order of the answer.
        images: Vec<MigratedImage>,
        /// What went wrong with the others.
        failed: Vec<Detail>,
    },
    /// What quality control says.
    QcStatus(Vec<QcStatus>),
    /// The uppermost categories, with those below them.
    Categories(Vec<Node>),
    /// What a category demands; or why what came is of no use, as it is each time that this category is asked for.
    Attributes(Result<Vec<CategoryAttribute>, Garbled>),
    /// The names of a page of brands, as many as came; empty where one has none.
    Brands(Vec<String>),
    /// It did not do what it was asked.
    Refused(Refusal),
}

/// A picture that came of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigratedImage {
    /// Where it is hosted.
    pub url: ImageUrl,
    /// Where it came from, where the answer says so.
    pub source: Option<String>,
}

/// What quality control says of a SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QcStatus {
    /// Which.
    pub seller_sku: SellerSku,
    /// `pending`, `approved`, `rejected`, `liverejected`, or another word, as it came.
    pub status: String,
    /// Why, where it says.
    pub reason: Option<String>,
}

/// Why the marketplace refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The error code without `E` and leading zeros: `500`, `7`.
    pub code: String,
    /// The error message, as it came.
    pub message: String,
    /// What is wrong with which field; mostly empty unless the data are at fault.
    pub details: Vec<Detail>,
    /// What it asks of us.
    pub class: Class,
}

/// How the code of a refusal begins that only an HTTP status tells.
const STATUS: &str = "HTTP ";

/// The code of pictures that were accepted and are not shown.
const HIDDEN: &str = "not-shown";

/// The code of pictures of which nobody could tell.
const LOST: &str = "lost";

/// The code of pictures whose host could not be reached.
const UNREACHABLE: &str = "not-reached";

/// The code of pictures whose host is not asked any more.
const SILENT: &str = "host-silent";

/// The code of a category whose attributes are none that can be used.
pub(super) const UNUSABLE: &str = "not-usable";

/// The code of an access token that we cannot use.
const TOKEN: &str = "token";

/// The code of SKUs that the shop does not show, so that nobody knows their ids.
const ABSENT: &str = "no-id";

/// The code of SKUs of which the shop does not tell whether it has them.
const UNTOLD: &str = "untold";

/// The code of web pages where the API should answer.
const PAGE_CODE: &str = "web-page";

/// The code of pictures that we could not fetch.
const UNFETCHED: &str = "not-fetched";

impl Refusal {
    /// A refusal that is told by the HTTP status alone.
    #[must_use]
    pub fn of_status(status: u16, class: Class) -> Refusal {
        let message = match status {
            429 => "too many requests".to_owned(),
            413 => "the request is too large".to_owned(),
            300..=399 => "the address redirects elsewhere, and redirects are not followed".to_owned(),
            _ => "the address answers, but not as the API does".to_owned(),
        };
        Refusal { code: format!("{STATUS}{status}"), message, details: Vec::new(), class }
    }

    /// Nothing but web pages stands where the API should answer.
    #[must_use]
    pub fn of_page(page: &Garbled) -> Refusal {
        let (code, message) = (PAGE_CODE.to_owned(), page.to_string());
        Refusal { code, message, details: Vec::new(), class: Class::Account }
    }

    /// Nothing but web pages stands where the API should answer.
    #[must_use]
    pub fn is_of_page(&self) -> bool {
        self.code == PAGE_CODE
    }

    /// The marketplace accepted pictures and does not show them; nobody said so but we.
    #[must_use]
    pub fn of_hidden() -> Refusal {
        let message = "the marketplace accepted them twice, and does not show them".to_owned();
        Refusal { code: HIDDEN.to_owned(), message, details: Vec::new(), class: Class::Bare }
    }

    /// Nobody could tell what became of pictures, time and again.
    #[must_use]
    pub fn of_lost(reason: &str) -> Refusal {
        let message = format!("no sound answer, time and again: {reason}");
        Refusal { code: LOST.to_owned(), message, details: Vec::new(), class: Class::Bare }
    }

    /// What came of a category is of no use.
    #[must_use]
    pub fn of_unusable(reason: &str) -> Refusal {
        let message = format!("the answer is of no use: {reason}");
        Refusal { code: UNUSABLE.to_owned(), message, details: Vec::new(), class: Class::Data }
    }

    /// We could not fetch a picture, or have lost our copy of it: the marketplace was not asked.
    #[must_use]
    pub fn of_fetch(reason: &str) -> Refusal {
        let (code, message) = (UNFETCHED.to_owned(), reason.to_owned());
        Refusal { code, message, details: Vec::new(), class: Class::Data }
    }

    /// There is no access token that can be used; the marketplace was not asked.
    #[must_use]
    pub fn of_token(reason: &str) -> Refusal {
        Refusal { code: TOKEN.to_owned(), message: reason.to_owned(), details: Vec::new(), class: Class::Token }
    }

    /// The shop does not show these SKUs, so that they cannot be named to it: nothing was sent.
    #[must_use]
    pub fn of_absent(skus: &[&SellerSku]) -> Refusal {
        let message = "the shop does not show this SKU".to_owned();
        let detail = |sku: &&SellerSku| Detail {
            field: Some("SellerSku".to_owned()),
            message: message.clone(),
            seller_sku: Some((*sku).clone()),
        };
        let details = skus.iter().map(detail).collect();
        Refusal {
            code: ABSENT.to_owned(),
            message: "the shop does not show these SKUs".to_owned(),
            details,
            class: Class::Data,
        }
    }

    /// The shop does not tell whether it has SKUs, so that they cannot be named to it: nothing was sent.
    #[must_use]
    pub fn of_untold(reason: &str) -> Refusal {
        let message = format!("the shop does not tell by which number it knows this SKU: {reason}");
        Refusal { code: UNTOLD.to_owned(), message, details: Vec::new(), class: Class::Doubt }
    }

    /// The host of a picture could not be reached: the marketplace was not asked, and another try may go better.
    #[must_use]
    pub fn of_unreachable(reason: &str) -> Refusal {
        let (code, message) = (UNREACHABLE.to_owned(), reason.to_owned());
        Refusal { code, message, details: Vec::new(), class: Class::Doubt }
    }

    /// The host of a picture has given no sound answer for so long that it was not asked; another process may.
    #[must_use]
    pub fn of_silent_host(reason: &str) -> Refusal {
        Refusal { code: SILENT.to_owned(), ..Refusal::of_unreachable(reason) }
    }

    /// The host of a picture is not asked any more.
    #[must_use]
    pub fn is_of_silent_host(&self) -> bool {
        self.code == SILENT
    }

    /// The marketplace has no part in it.
    #[must_use]
    pub fn is_our_own(&self) -> bool {
        matches!(
            self.code.as_str(),
            UNFETCHED | UNREACHABLE | SILENT | LOST | HIDDEN | UNUSABLE | TOKEN | ABSENT | UNTOLD
        )
    }

    /// It says nothing of what was sent: the same may go well another time.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self.code.as_str(), UNREACHABLE | SILENT | LOST)
    }

    /// The marketplace's gateway refused, not its API.
    #[must_use]
    pub fn is_of_status(&self) -> bool {
        self.code.starts_with(STATUS)
    }
}

/// One fault of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The marketplace's name of the field, `Product`, or `__images__`.
    pub field: Option<String>,
    /// What is wrong with it, as it came.
    pub message: String,
    /// The SKU it is about; without one it is about the whole request.
    pub seller_sku: Option<SellerSku>,
}

/// What a refusal asks of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The data are at fault: the request is never repeated unchanged.
    Data,
    /// A SellerSku of the product exists already: by another hand, or by our own earlier attempt.
    SkuExists,
    /// A failure without any detail: asked about once, then believed.
    Bare,
    /// The request carries too much: split it.
    TooLarge,
    /// Too many requests: wait, then repeat.
    Throttled,
    /// Not done for a reason that passes: repeat a few times.
    Later,
    /// The marketplace itself failed. What became of a write is unknown; reads are repeated.
    Doubt,
    /// Our clock and the marketplace's differ too much.
    Clock,
    /// The access token is not accepted: it is renewed, and the call repeated once.
    Token,
    /// The user or the key is not accepted: stop.
    Credentials,
    /// No request of this kind will pass for this account and this client: stop.
    Account,
}

/// A body that is no reply of this API. The text says what it looks like, in at most 200
/// characters; addresses and other long words of the body, which may hold secrets, are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(transparent)]
#[error("{0}")]
pub struct Garbled(String);

/// The longest text of a [`Garbled`], in characters.
const LONGEST: usize = 200;
/// A longer word may be a key, a signature or an address and is left out.
const LONGEST_WORD: usize = 24;
/// What a page for a browser is called.
const PAGE: &str = "a web page instead of the API";

impl Garbled {
    /// What the body is, and how it begins.
    pub(super) fn new(what: &str, body: &str) -> Garbled {
        let begins = harmless(body);
        let text = if begins.is_empty() { what.to_owned() } else { format!("{what}: {begins}") };
        Garbled(text.chars().take(LONGEST).collect())
    }

    /// A page for a browser, and what one reads there.
    pub(super) fn page(body: &str) -> Garbled {
        Garbled::new(PAGE, &without_tags(body))
    }

    /// A page for a browser begins so.
    pub(super) fn begins_a_page(body: &str) -> bool {
        let begins = |prefix: &str| body.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        begins("<!doctype html") || begins("<html")
    }

    /// A page for a browser, as proxies answer, and gateways that turn an address away.
    pub(crate) fn is_page(&self) -> bool {
        self.0.starts_with(PAGE)
    }

    /// What it is alone: how it begins may be a secret.
    pub(super) fn without_its_beginning(self) -> Garbled {
        Garbled(self.0.split(": ").take(1).collect())
    }
}

/// What stands between the tags of a page, as far as its beginning tells.
fn without_tags(body: &str) -> String {
    let parts = body.split('<').take(LONGEST);
    let texts = parts.filter_map(|part| match part.split_once('>') {
        // What stands there is for no reader.
        Some((tag, _)) if ["style", "script"].iter().any(|name| tag.to_ascii_lowercase().starts_with(name)) => None,
        Some((_, text)) => Some(text),
        None => None,
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// The first plain words of a body. Gateways print the address they were asked for, with user and
/// signature: words that could be part of one are replaced.
fn harmless(body: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let edges = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\'' | '`');
    for word in body.split(edges).filter(|word| !word.is_empty()).take(LONGEST) {
        let is_plain = !word.contains(['?', '=', '&', '%', '@']) && word.chars().count() <= LONGEST_WORD;
        let word = if is_plain { word } else { "…" };
        if word != "…" || words.last() != Some(&"…") {
            words.push(word);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_garbled_body_is_described_without_its_secrets() {
        let text = "The URL /?Action=X&UserID=a%40b.com&Signature=0011 of a@b.com with \
                    0123456789abcdef0123456789abcdef01234567 was not found";
        let garbled = Garbled::new("no JSON object", text);
        assert_eq!(garbled.to_string(), "no JSON object: The URL … of … with … was not found");
        assert!(!garbled.is_page());
        let page = format!(
            "<!DOCTYPE html><html><head><title>Sorry</title><style>p {{ color: red }}</style></head>\
             <body a='1'><p>{text}</p></body></html>"
        );
        let garbled = Garbled::page(&page);
        assert_eq!(garbled.to_string(), "a web page instead of the API: Sorry The URL … of … with … was not found");
        assert!(garbled.is_page());
    }

    #[test]
    fn a_garbled_body_is_described_in_at_most_200_characters() {
        let text = Garbled::new("no JSON object", &"ยาว ".repeat(500)).to_string();
        assert_eq!(text.chars().count(), 200);
    }

    #[test]
    fn a_reply_survives_the_journal() {
        let reply = Reply::Refused(Refusal {
            code: "500".to_owned(),
            message: "E500: Create product failed".to_owned(),
            details: vec![Detail {
                field: Some("SellerSku".to_owned()),
                message: "[SELLER_SKU_IS_EXIST]".to_owned(),
                seller_sku: SellerSku::parse("TEE-RED-M"),
            }],
            class: Class::SkuExists,
        });
        let text = serde_json::to_string(&reply).unwrap();
        assert!(text.contains("\"reply\":\"refused\"") && text.contains("\"class\":\"sku-exists\""), "{text}");
        assert_eq!(serde_json::from_str::<Reply>(&text).unwrap(), reply);
        let url = ImageUrl::parse("http://a.example/1.jpg").unwrap();
        let status =
            QcStatus { seller_sku: SellerSku::parse("A").unwrap(), status: "pending".to_owned(), reason: None };
        for reply in [
            Reply::Done { warnings: Vec::new(), ids: Vec::new() },
            Reply::Hosted(url.clone()),
            Reply::Ticket("7".to_owned()),
            Reply::Migrated { images: vec![MigratedImage { url, source: None }], failed: Vec::new() },
            Reply::QcStatus(vec![status]),
        ] {
            let text = serde_json::to_string(&reply).unwrap();
            assert_eq!(serde_json::from_str::<Reply>(&text).unwrap(), reply);
        }
    }
}
