//! The faults file: what goes wrong, when, and what the shop held before.
//!
//! ```toml
//! seed = 7                      # takes the place of the seed in the options
//! images = "hosted"             # pictures that products may show: "hosted" by the marketplace or "any"
//! reply_body = "empty"          # what a success says: "empty" (as the samples) or "product" (as the tables)
//!
//! [[spu]]                       # an SPU that CreateProduct may name; all others give E205
//! id = 1001
//! category = 6614
//!
//! [[product]]                   # in the shop before the first call
//! category = 6614
//! name = "Canvas tote"
//! brand = "Remark"              # optional
//! skus = ["TOTE-1", "TOTE-2"]
//! status = "active"             # optional; or "inactive", "deleted"
//! images = []                   # optional; image URLs of each SKU
//! review = "rejected"           # optional; what GetQcStatus says: "pending", "approved", "rejected", "liverejected"
//! reason = "Wrong category"     # optional; why
//!
//! [[qc]]                        # what becomes of a SKU that is created; without it, it stays pending
//! sku = "TEE-RED-M"             # or "*" for every other one that is created
//! status = "rejected"
//! reason = "Blurred picture"    # optional
//! pending = 2                   # optional: how often GetQcStatus answers "pending" before
//!
//! [migration]                   # how long MigrateImage and MigrateImages take
//! not_ready = 2                 # how often GetResponse finds a ticket not ready (0)
//! seconds = 0.5                 # and how long (0.0)
//! says = "nothing"              # what it says then: "nothing" (an empty success) or "error" (E006)
//! slow = 2.0                    # how long a source with /slow/ in it takes
//!
//! [[fault]]
//! action = "CreateProduct"      # or another call, or "*" (the default)
//! sku = "TEE-RED-M"             # optional: calls that carry this seller SKU
//! nth = [3, 7]                  # optional: the 3rd and 7th of the calls that action and sku let through
//! probability = 0.1             # optional: of those that are left, by the seed
//! times = 2                     # optional: at most so often
//! kind = "lost-reply"
//! ```
//!
//! The conditions of a fault hold together; without any it strikes always. The first fault of the file that strikes
//! a call is the one. Only calls that were let in (signature, rate) count.
//!
//! | kind | does | its keys |
//! | --- | --- | --- |
//! | `lost-reply` | the effect, then cuts the connection | |
//! | `reset` | cuts the connection, no effect | |
//! | `status` | answers with an HTTP status | `status` (503), `effect` (false), `retry_after` in seconds |
//! | `throttle` | E901, no effect; all such calls for `seconds` (only this one) | `seconds` |
//! | `slow` | the effect, then waits before the reply | `seconds` (2.0) |
//! | `error` | an API error, no effect | `code`, `message` (the pages' text), `field` and `detail` for one detail |
//! | `truncated` | the effect, then half of the reply | |
//! | `html` | HTTP 200 with an HTML page | `effect` (false) |
//! | `warnings` | a success with a warning | `message` |
//!
//! The detail of an `error` names the SKU of its fault, with `sku = true` the first SKU of the call; otherwise, and
//! with `sku_named = false`, none.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::SandboxError;
use super::address::Policy;
use super::asked::ACTIONS;
use super::migrate::Migration;
use super::qc::{Opinion, Review, Reviews};
use super::script::{Fault, Kind, Named};
use super::store::{Product, Sku, Status};

/// What goes wrong and what was there before; the default is a healthy, empty shop.
#[derive(Debug, Default, Clone)]
pub struct Faults {
    pub(super) seed: Option<u64>,
    pub(super) reply_body: ReplyBody,
    pub(super) spus: Vec<Spu>,
    pub(super) products: Vec<Preset>,
    pub(super) images: Policy,
    pub(super) migration: Migration,
    pub(super) opinions: Vec<Opinion>,
    pub(super) faults: Vec<Fault>,
}

/// What the body of a success holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ReplyBody {
    /// Nothing but warnings, as the pages' samples show.
    #[default]
    Empty,
    /// The product or its SKUs, as the pages' response tables describe.
    Product,
}

/// A standard product unit that the marketplace knows.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spu {
    /// `SPUId`.
    pub(super) id: u64,
    /// The category it belongs to.
    pub(super) category: u64,
}

/// A product that is in the shop from the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Preset {
    category: u64,
    name: String,
    #[serde(default)]
    brand: Option<String>,
    skus: Vec<String>,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    images: Vec<String>,
    review: Option<Review>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    seed: Option<u64>,
    #[serde(default)]
    reply_body: ReplyBody,
    #[serde(default)]
    spu: Vec<Spu>,
    #[serde(default)]
    product: Vec<Preset>,
    #[serde(default)]
    images: Policy,
    #[serde(default)]
    migration: Migration,
    #[serde(default)]
    qc: Vec<Opinion>,
    #[serde(default)]
    fault: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    action: Option<String>,
    sku: Option<SkuKey>,
    nth: Option<Vec<u64>>,
    probability: Option<f64>,
    times: Option<u64>,
    kind: String,
    status: Option<u16>,
    effect: Option<bool>,
    retry_after: Option<u64>,
    seconds: Option<f64>,
    code: Option<u32>,
    message: Option<String>,
    field: Option<String>,
    detail: Option<String>,
    sku_named: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SkuKey {
    Is(String),
    Any(bool),
}

impl Faults {
    /// Reads a faults file. A key, kind, action or value that means nothing is an error that names it.
    pub fn from_toml(text: &str) -> Result<Faults, SandboxError> {
        let file: File = toml::from_str(text).map_err(|error| SandboxError::Faults(one_line(&error)))?;
        let mut faults = Vec::new();
        for (index, entry) in file.fault.into_iter().enumerate() {
            let fault = entry.decided().map_err(|why| SandboxError::Faults(format!("fault {}: {why}", index + 1)))?;
            faults.push(fault);
        }
        check_presets(&file.product)?;
        check_opinions(&file.qc)?;
        Ok(Faults {
            seed: file.seed,
            reply_body: file.reply_body,
            spus: file.spu,
            products: file.product,
            images: file.images,
            migration: file.migration,
            opinions: file.qc,
            faults,
        })
    }

    /// What quality control will say, that of the products first.
    pub(super) fn reviews(&self) -> Reviews {
        Reviews::new(self.products.iter().flat_map(Preset::opinions).chain(self.opinions.iter().cloned()))
    }
}

impl Preset {
    fn opinions(&self) -> impl Iterator<Item = Opinion> {
        let opinion =
            |sku: &String, status| Opinion { sku: sku.clone(), status, reason: self.reason.clone(), pending: 0 };
        self.skus.iter().filter_map(move |sku| self.review.map(|status| opinion(sku, status)))
    }

    /// The product as the shop holds it.
    pub(super) fn product(&self, now: DateTime<Utc>) -> Product {
        let fields = [("price", "10.00"), ("quantity", "10")];
        let sku = |seller_sku: &String| Sku {
            seller_sku: seller_sku.clone(),
            status: self.status,
            images: self.images.clone(),
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            created_by_request: None,
        };
        let brand = self.brand.iter().map(|brand| ("brand".to_owned(), brand.clone()));
        Product {
            category: self.category,
            spu_id: None,
            attributes: brand.chain([("name".to_owned(), self.name.clone())]).collect(),
            skus: self.skus.iter().map(sku).collect(),
            associated_skus: Vec::new(),
            creates: 0,
            created_at: now,
            updated_at: now,
        }
    }
}

impl Entry {
    fn decided(mut self) -> Result<Fault, String> {
        let kind = self.take_kind()?;
        if let Some(key) = self.left_over() {
            return Err(format!("`{key}` means nothing to kind `{}`", self.kind));
        }
        let action = self.action.filter(|action| action != "*");
        if let Some(action) = action.as_deref().filter(|action| !ACTIONS.contains(action)) {
            return Err(format!("unknown action `{action}`; known are {} and *", ACTIONS.join(", ")));
        }
        if let Some(probability) = self.probability.filter(|chance| !(0.0..=1.0).contains(chance)) {
            return Err(format!("`probability` must be between 0 and 1, not {probability}"));
        }
        if self.nth.as_ref().is_some_and(|nth| nth.contains(&0)) {
            return Err("`nth` counts from 1".to_owned());
        }
        let sku = match self.sku {
            Some(SkuKey::Is(sku)) => Some(sku),
            Some(SkuKey::Any(_)) => return Err(format!("`sku` must be a seller SKU for kind `{}`", self.kind)),
            None => None,
        };
        Ok(Fault { action, sku, nth: self.nth, probability: self.probability, times: self.times, kind })
    }

    fn take_kind(&mut self) -> Result<Kind, String> {
        Ok(match self.kind.as_str() {
            "lost-reply" => Kind::LostReply,
            "reset" => Kind::Reset,
            "truncated" => Kind::Truncated,
            "html" => Kind::Html { effect: self.effect.take().unwrap_or(false) },
            "warnings" => Kind::Warnings { message: self.take_message("The brand is not verified yet") },
            "slow" => Kind::Slow { wait: seconds(self.seconds.take().unwrap_or(2.0))? },
            "throttle" => Kind::Throttle { burst: seconds(self.seconds.take().unwrap_or(0.0))? },
            "status" => Kind::Status {
                status: known_status(self.status.take().unwrap_or(503))?,
                effect: self.effect.take().unwrap_or(false),
                retry_after: self.retry_after.take(),
            },
            "error" => Kind::Error {
                code: self.code.take().ok_or("kind `error` needs `code`")?,
                message: self.message.take(),
                field: self.field.take(),
                detail: self.detail.take(),
                named: self.take_named(),
            },
            other => {
                return Err(format!(
                    "unknown kind `{other}`; known are lost-reply, reset, status, throttle, slow, error, truncated, \
                     html, warnings"
                ));
            }
        })
    }

    fn take_named(&mut self) -> Named {
        let named = match &self.sku {
            Some(SkuKey::Is(seller_sku)) => Named::This(seller_sku.clone()),
            Some(SkuKey::Any(true)) => Named::First,
            Some(SkuKey::Any(false)) | None => Named::Nobody,
        };
        self.sku.take_if(|sku| matches!(sku, SkuKey::Any(_)));
        match self.sku_named.take() {
            Some(false) => Named::Nobody,
            Some(true) if named == Named::Nobody => Named::First,
            Some(true) | None => named,
        }
    }

    fn take_message(&mut self, default: &str) -> String {
        self.message.take().unwrap_or_else(|| default.to_owned())
    }

    /// The first key that the kind did not take.
    fn left_over(&self) -> Option<&'static str> {
        let keys = [
            ("status", self.status.is_some()),
            ("effect", self.effect.is_some()),
            ("retry_after", self.retry_after.is_some()),
            ("seconds", self.seconds.is_some()),
            ("code", self.code.is_some()),
            ("message", self.message.is_some()),
            ("field", self.field.is_some()),
            ("detail", self.detail.is_some()),
            ("sku_named", self.sku_named.is_some()),
        ];
        keys.into_iter().find(|(_, given)| *given).map(|(key, _)| key)
    }
}

fn check_presets(presets: &[Preset]) -> Result<(), SandboxError> {
    let mut seen = HashSet::new();
    for preset in presets {
        if preset.skus.is_empty() {
            return Err(SandboxError::Faults(format!("product `{}` has no `skus`", preset.name)));
        }
        if preset.reason.is_some() && preset.review.is_none() {
            return Err(SandboxError::Faults(format!("product `{}` has a `reason` but no `review`", preset.name)));
        }
        if let Some(twice) = preset.skus.iter().find(|sku| !seen.insert(sku.as_str())) {
            return Err(SandboxError::Faults(format!("the seller SKU `{twice}` stands in `[[product]]` twice")));
        }
    }
    Ok(())
}

fn check_opinions(opinions: &[Opinion]) -> Result<(), SandboxError> {
    let mut seen = HashSet::new();
    match opinions.iter().find(|opinion| !seen.insert(opinion.sku.as_str())) {
        Some(twice) => Err(SandboxError::Faults(format!("the seller SKU `{}` stands in `[[qc]]` twice", twice.sku))),
        None => Ok(()),
    }
}

fn seconds(value: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(value).map_err(|_| format!("`seconds` cannot be {value}"))
}

fn known_status(status: u16) -> Result<u16, String> {
    if (200..=599).contains(&status) { Ok(status) } else { Err(format!("`status` must be 200 to 599, not {status}")) }
}

fn one_line(error: &toml::de::Error) -> String {
    error.message().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let message = Faults::from_toml(text).map(|_| String::new()).unwrap_or_else(|error| error.to_string());
        assert!(message.contains(expect), "{message}");
        assert_eq!(message.is_empty(), expect.is_empty(), "{message}");
    }

    #[test]
    fn every_kind_is_read() {
        check("[[fault]]\nkind = \"lost-reply\"\naction = \"CreateProduct\"\nnth = [3, 7]", "");
        check("[[fault]]\nkind = \"status\"\nstatus = 502\neffect = true\nretry_after = 2", "");
        check("[[fault]]\nkind = \"throttle\"\nseconds = 5\nprobability = 0.1\ntimes = 2", "");
        check("[[fault]]\nkind = \"error\"\ncode = 205\nfield = \"SPUId\"\ndetail = \"gone\"\nsku = true", "");
        for kind in ["reset", "slow", "truncated", "html", "warnings"] {
            check(&format!("[[fault]]\naction = \"*\"\nkind = \"{kind}\""), "");
        }
    }

    #[test]
    fn the_example_above_is_read() {
        let lines = include_str!("faults.rs").lines().map_while(|line| line.strip_prefix("//!"));
        let example: Vec<&str> =
            lines.skip_while(|line| *line != " ```toml").skip(1).take_while(|line| *line != " ```").collect();
        assert!(example.len() > 20);
        check(&example.join("\n"), "");
    }

    #[test]
    fn the_detail_of_an_error_names_the_sku_it_is_told_to() {
        let named = |sku: &str| {
            let text = format!("[[fault]]\nkind = \"error\"\ncode = 500\ndetail = \"x\"\n{sku}");
            match &Faults::from_toml(&text).unwrap().faults[0].kind {
                Kind::Error { named, .. } => named.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(named(""), Named::Nobody);
        assert_eq!(named("sku = true"), Named::First);
        assert_eq!(named("sku = \"A\""), Named::This("A".to_owned()));
        assert_eq!(named("sku = \"A\"\nsku_named = false"), Named::Nobody);
    }

    #[test]
    fn an_empty_file_is_a_healthy_shop() {
        check("", "");
    }

    #[test]
    fn what_means_nothing_is_named() {
        check("sede = 7", "`sede`");
        check("[[fault]]\nkind = \"reset\"\nnht = [1]", "`nht`");
        check("[[fault]]\nkind = \"reste\"", "fault 1: unknown kind `reste`");
        check("[[fault]]\nkind = \"reset\"\naction = \"CreateProducts\"", "unknown action `CreateProducts`");
        check("[[fault]]\nkind = \"reset\"\nstatus = 503", "`status` means nothing to kind `reset`");
        check("[[fault]]\naction = \"*\"", "`kind`");
        check("[[fault]]\nkind = \"reset\"\nsku = true", "`sku` must be a seller SKU");
        check("reply_body = \"full\"", "`full`");
    }

    #[test]
    fn values_out_of_range_are_refused() {
        check("[[fault]]\nkind = \"reset\"\nprobability = 1.5", "not 1.5");
        check("[[fault]]\nkind = \"reset\"\nnth = [0]", "counts from 1");
        check("[[fault]]\nkind = \"slow\"\nseconds = -1", "cannot be -1");
        check("[[fault]]\nkind = \"status\"\nstatus = 42", "not 42");
        check("[[fault]]\nkind = \"error\"", "needs `code`");
    }

    #[test]
    fn a_review_is_a_known_one_and_stands_there_once() {
        let product = "[[product]]\ncategory = 3\nname = \"Tote\"\nskus = [\"A\"]\n";
        check(&format!("{product}review = \"liverejected\"\nreason = \"Copy\""), "");
        check(&format!("{product}review = \"refused\""), "`refused`");
        check(&format!("{product}reason = \"Copy\""), "has a `reason` but no `review`");
        let opinion = "[[qc]]\nsku = \"*\"\nstatus = \"approved\"\n";
        check(opinion, "");
        check(&opinion.repeat(2), "`*` stands in `[[qc]]` twice");
    }

    #[test]
    fn pictures_and_their_migration_have_known_values() {
        check("images = \"any\"\n[migration]\nnot_ready = 2\nsays = \"error\"", "");
        check("images = \"all\"", "`all`");
        check("[migration]\nseconds = -1.0", "no wait can be -1 seconds long");
        check("[migration]\npolls = 2", "`polls`");
    }

    #[test]
    fn a_seller_sku_is_in_the_shop_once() {
        let product = "[[product]]\ncategory = 3\nname = \"Tote\"\nskus = [\"A\"]\n";
        check(product, "");
        check(&product.repeat(2), "`A` stands in `[[product]]` twice");
        check("[[product]]\ncategory = 3\nname = \"Tote\"\nskus = []", "has no `skus`");
    }
}
