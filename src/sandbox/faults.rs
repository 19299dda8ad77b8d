//! The faults file: what goes wrong, when, and what the shop held before.
//!
//! `skuload sandbox --faults FILE` serves with it until it is told to stop. Whatever the client is written in, it can
//! be tested so: `GET /sandbox/calls` tells how often each fault struck, `GET /sandbox/products` what the shop holds
//! and how often each product was created (`creates`).
//!
//! ```toml
//! seed = 7                      # takes the place of the seed in the options
//! images = "hosted"             # pictures that products may show: "hosted" by the marketplace or "any"
//! bad_sku = "alone"             # what a bad SKU of a price request or a removal spoils: itself, or "all"
//! reply_body = "empty"          # what a success says: "empty" (as the samples) or "product" (as the tables)
//! calls_per_second = 5000       # above it E901; takes the place of the 200 in the options; inf for no limit
//! clock = -600                  # seconds the marketplace's clock is ahead: `Date`, Head.Timestamp, E003
//! clock_tolerance = 300         # seconds that a Timestamp may be from that clock (3600)
//!
//! [[spu]]                       # an SPU that CreateProduct and UpdateProduct may name; all others give E205
//! id = 1001
//! category = 6614               # a product of another one gives E206
//! attributes = { name = "Tote" } # optional; what its products show and need not give; without it they need nothing
//! failing = 2                   # optional; how often it cannot be looked up first: E502 (E501 of UpdateProduct)
//!
//! [[product]]                   # in the shop before the first call
//! category = 6614
//! name = "Canvas tote"
//! brand = "Remark"              # optional
//! skus = ["TOTE-1", "TOTE-2"]
//! status = "active"             # optional; or "inactive", "deleted"
//! images = []                   # optional; image URLs of each SKU
//! attributes = { model = "T1" } # optional; more attributes
//! fields = { price = "9.90" }   # optional; of each SKU; without it price 10.00 and quantity 10
//! stock = { reserved = 2 }      # optional; what orders hold: `reserved`, `real_time`, `rts`, `pending`
//! created = "2018-01-31"        # optional; when it was created and changed last (at the start)
//! review = "rejected"           # optional; what GetQcStatus says: "pending", "approved", "rejected", "liverejected"
//! reason = "Wrong category"     # optional; why
//!
//! [[qc]]                        # what becomes of a SKU that is created or sent back; without it, it stays pending
//! sku = "TEE-RED-M"             # or "*" for every other such one
//! status = "rejected"
//! reason = "Blurred picture"    # optional
//! pending = 2                   # optional: how often GetQcStatus answers "pending" before (1 when it was sent back)
//!
//! [normal]                      # what GetProducts shows in the place of the texts that were sent
//! spaces = "collapsed"          # runs of blanks and line ends as one blank; or "kept"
//! numbers = "shortest"          # prices and sizes as 1288.0 and 9.9; or "kept"
//!
//! [migration]                   # how long MigrateImage and MigrateImages take
//! not_ready = 2                 # how often GetResponse finds a ticket not ready (0)
//! seconds = 0.5                 # and how long (0.0)
//! says = "nothing"              # what it says then: "nothing" (an empty success) or "error" (E006)
//! slow = 2.0                    # how long a source with /slow/ in it takes
//!
//! [open_platform]               # what only the Open Platform has; each may be left out
//! country = "sg"                # of the seller: his tokens, ShopSku, and the language of options
//! numbers = "both"              # ids, prices and stock are written as a "number", as a "text", or both in turn
//! images = "both"               # `images` of a product: a "list", a "text", or each for some products
//! images_required = false       # a product cannot be created without a picture (4139)
//! all_or_none = false           # no SKU without pictures beside one with some (4153)
//! many_skus = "lost"            # a create or update of more than 50 SKUs is ServiceTimeout: not done, or "done"
//! access_token_seconds = 2592000
//! access_token_calls = 100      # and for so many calls (no limit)
//! refresh_token_seconds = 15552000
//! refresh_token_calls = 3       # and for so many refreshes (no limit)
//! refresh = "allowed"           # or "unsupported": AUTH_TYPE_UNSUPPORTED
//! old_token = "kept"            # the access token before the one that is refreshed; or "revoked"
//! calls_per_second = 20         # of the app (no limit); above it ApiCallLimit
//! ban = 1                       # and nothing but ApiCallLimit for so many seconds
//!
//! [[fault]]
//! action = "CreateProduct"      # or another call, "connection", or "*" (the default): every call
//! sku = "TEE-RED-M"             # optional: calls that carry this seller SKU (no call about pictures alone does)
//! nth = [3, 7]                  # optional: the 3rd and 7th of the calls that action and sku let through
//! from = 3                      # optional: the 3rd of them and all after it
//! probability = 0.1             # optional: of those that are left, by the seed
//! sticky = false                # optional: the chance is drawn once for each seller SKU, not for each call
//! times = 2                     # optional: at most so often
//! burst = 0.5                   # optional: and all calls that action and sku let through, for 0.5 s after a strike
//! kind = "lost-reply"
//! effect = "later"              # optional: what becomes of the call
//! delay = [0.3, 5.0]            # a time is a number of seconds, or two between which chance decides
//!
//! [[fault]]
//! action = "GetProducts"
//! kind = "plain"
//! stale = 2.0                   # and other keys that change the reply, see below
//! ```
//!
//! **When.** The conditions of a fault hold together; without any it strikes always. The first fault of the file that
//! strikes a call is the one. Only calls that were let in (signature, rate) count. A sticky fault strikes a call
//! again when it is repeated, because one of its seller SKUs has drawn it: so some products are refused for good.
//! MigrateImage, MigrateImages, UploadImage and GetResponse carry no seller SKU, nor do GetCategoryTree,
//! GetCategoryAttributes and GetBrands: a fault with `sku` never strikes them, and chance never draws a sticky one for
//! them. A fault that never ends has neither `times` nor `nth`; `from` lets it begin in the middle: E901 to the end
//! (`throttle`), E007 or E009 from the nth call on (`error`). The action `connection` is no call but each new
//! connection, before a byte of it is read; it goes with the kinds `reset` (the request is never read), `refused` and
//! `slow`, and with `nth`, `from`, `probability`, `times` and `burst`.
//!
//! **What comes back.** `kind` says what becomes of the reply:
//!
//! | kind | the client gets | its keys | effect |
//! | --- | --- | --- | --- |
//! | `plain` | the reply; for the keys of the next two tables alone | | true |
//! | `lost-reply` | nothing: the connection is closed | `seconds` before it is (0), `abrupt` | true |
//! | `reset` | nothing: the connection is reset (RST) | | none |
//! | `refused` | nothing: all connections are closed, and new ones refused | `seconds` for which (1) | false |
//! | `status` | an HTTP status with a page | `status` (503), `retry_after` in seconds, `location` for a redirect | false |
//! | `throttle` | E901, or ApiCallLimit of the Open Platform | `seconds`: another name of `burst` | none |
//! | `slow` | the reply, late | `seconds` (2) | true |
//! | `drip` | the reply, its body byte by byte | `seconds` between two (1) | true |
//! | `error` | an API error | `code`, `message` (the pages' text), `field`, `detail` and `detail_code` for one detail, `sku_named` | false |
//! | `truncated` | half of the body, then the end | `seconds` of silence before it (0), `abrupt` | true |
//! | `overlong` | the body, 1,000 bytes less than Content-Length says | `seconds` of silence (0), `abrupt` | true |
//! | `hang-up` | the reply, then the end of the connection without notice | `seconds` before it (0), `abrupt` | true |
//! | `html` | HTTP 200 with a page, as of a captive portal | | false |
//! | `white-list` | HTTP 200 with the page of a gateway that does not know the caller's IP address | | false |
//! | `warnings` | a success with a warning | `message` | true |
//! | `exists` | a SKU that was in the shop before (see below) | | none |
//!
//! `abrupt = true` ends a connection with a TCP reset instead of an orderly close. The detail of an `error` names the
//! SKU of its fault, with `sku = true` the SKU that drew it or the first of the call; otherwise, and with
//! `sku_named = false`, none.
//!
//! **What happens.** `effect` says what becomes of the call, where the table above has not "none":
//!
//! | effect | the shop |
//! | --- | --- |
//! | `true` | does it |
//! | `false` | leaves it; the reply of `plain` and its like says what would have been |
//! | `"half"` | does it for the first half of the SKUs, rounded up (the calls that write to products) |
//! | `"twice"` | does it two times, and answers as it does the second: a create is SELLER_SKU_IS_EXIST |
//! | `"later"` | does it `delay` seconds (1) later, also without another call and when it is stopped meanwhile |
//!
//! Calls that only ask have no effect that could come later; GetResponse and GetQcStatus without effect do not count
//! as a question that `not_ready` or `pending` waits for. Of the image calls, "half" does the whole.
//!
//! **What the reply tells**, for kinds that send the reply of the call (`plain`, `slow`, `drip`, `truncated`,
//! `overlong`, `hang-up`, `warnings`):
//!
//! | key | the reply |
//! | --- | --- |
//! | `list` | its products or SKUs are `"fewer"` (half), `"extra"` (one never asked for), `"shuffled"`, `"other-case"` |
//! | `limit` | has at most so many products, whatever `Limit` says |
//! | `stale` | has no SKU that was created in the last so many seconds, and no value that was updated in them |
//! | `front` | is of a list at the front of which a product `"appeared"` or `"vanished"`: with `from = 2` while paging |
//! | `format` | `"other"`: is XML where JSON was asked for, and JSON where XML was |
//!
//! With `list` a write names its SKUs, as with `reply_body = "product"`. `list` changes the replies of GetProducts and
//! of the calls that write to products (CreateProduct, UpdateProduct, UpdatePriceQuantity, RemoveProduct, SetImages),
//! `limit`, `stale` and `front` those of GetProducts; `front` where no SkuSellerList says what is wanted.
//!
//! **How it is written**, for every kind that sends a reply:
//!
//! | key | the bytes |
//! | --- | --- |
//! | `content_type` | are labelled so; `""` for no Content-Type |
//! | `charset` | are `"latin-1"`, `"utf-16"`, begin with a `"bom"`, or have a `"nul"` inside; the label stays UTF-8 |
//! | `coding` | are packed, asked or not: `"gzip"`, `"deflate"` |
//! | `inside` | hold a `"dtd"` with entities, 200,000 `"attributes"`, or 10,000 levels of `"nesting"` |
//! | `megabytes` | hold so many mebibytes of blanks (up to 1024, never in memory); with `coding` a bomb of 1 to 1,000 |
//!
//! **What was there before.** `exists` puts seller SKUs into the shop as if they had always been there, as soon as a
//! call names them: the SKU of its `sku`, or of all that are not there the part that `probability` says, always the
//! same for the same seed, at most `times`. It takes no turn: another fault may strike the call.
//!
//! **What is sent back.** A price that changes by more than 80 % sends all SKUs of its product back to quality control.
//!
//! **Two APIs.** A fault strikes calls by either API: the paths of the Open Platform have the names of the actions
//! (`/product/create` is CreateProduct, `/category/brands/query` GetBrands, and so on; `/auth/token/create` and
//! `/auth/token/refresh` are GenerateAccessToken and RefreshAccessToken, which carry no seller SKU). `code` is a number
//! or a name ("ApiCallLimit"). At the Open Platform a number is told as it is, but for those of Seller Center that its
//! gateway has names for: 2 is MissingParameter, 3 and 4 OPEN_API_TIMESTAMP_INVALID, 7 IncompleteSignature, 8
//! InvalidApiPath, 9 and 10 InsufficientPermission.
//!
//! The server speaks HTTP/1.1 alone: a GOAWAY of HTTP/2 has no counterpart but `hang-up`.

use std::collections::HashSet;

use chrono::TimeDelta;
use serde::Deserialize;
use toml::{Spanned, Table};

use super::SandboxError;
use super::address::Policy;
use super::fault::Fault;
use super::gate::Clock;
use super::migrate::Migration;
use super::normal::Normal;
use super::open::Settings;
use super::preset::Preset;
use super::price_quantity::BadSku;
use super::qc::{Opinion, Reviews};
use super::spu::{self, Spu};

mod entry;

const CLOCK_TOLERANCE: i64 = 3600;

/// That of the Open Platform.
const OPEN_TOLERANCE: i64 = 7200;

/// What goes wrong and what was there before; the default is a healthy, empty shop.
#[derive(Debug, Clone)]
pub struct Faults {
    pub(super) seed: Option<u64>,
    pub(super) reply_body: ReplyBody,
    pub(super) spus: Vec<Spu>,
    pub(super) products: Vec<Preset>,
    pub(super) images: Policy,
    pub(super) bad_sku: BadSku,
    pub(super) normal: Normal,
    pub(super) migration: Migration,
    pub(super) opinions: Vec<Opinion>,
    pub(super) faults: Vec<Fault>,
    pub(super) calls_per_second: Option<f64>,
    pub(super) clock: Clock,
    pub(super) open_tolerance: TimeDelta,
    pub(super) open_platform: Settings,
}

impl Default for Faults {
    fn default() -> Faults {
        File::default().decided(Vec::new())
    }
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

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    seed: Option<u64>,
    #[serde(default)]
    reply_body: ReplyBody,
    calls_per_second: Option<f64>,
    clock: Option<i64>,
    clock_tolerance: Option<u32>,
    #[serde(default)]
    spu: Vec<Spu>,
    #[serde(default)]
    product: Vec<Spanned<Preset>>,
    #[serde(default)]
    images: Policy,
    #[serde(default)]
    bad_sku: BadSku,
    #[serde(default)]
    normal: Normal,
    #[serde(default)]
    migration: Migration,
    #[serde(default)]
    qc: Vec<Opinion>,
    #[serde(default)]
    open_platform: Settings,
    #[serde(default)]
    fault: Vec<Spanned<Table>>,
}

impl Faults {
    /// Reads a faults file. A key, kind, action or value that means nothing is an error that names it and its place.
    pub fn from_toml(text: &str) -> Result<Faults, SandboxError> {
        let mut file: File = toml::from_str(text).map_err(|error| SandboxError::Faults(one_line(&error, text)))?;
        let mut faults = Vec::new();
        for (index, entry) in std::mem::take(&mut file.fault).into_iter().enumerate() {
            let position = entry.span().start;
            let wrong = |why| {
                let line = line_of(text, position);
                SandboxError::Faults(format!("fault {} (line {line}): {why}", index + 1))
            };
            faults.push(entry::read(entry.into_inner()).map_err(wrong)?);
        }
        spu::check(&file.spu).map_err(SandboxError::Faults)?;
        check_presets(&file.product, text)?;
        check_opinions(&file.qc)?;
        check_numbers(&file)?;
        file.open_platform.check().map_err(SandboxError::Faults)?;
        Ok(file.decided(faults))
    }

    /// The seller of the Open Platform sells there, whatever the file says: `th`; none where that is no country of the
    /// marketplace.
    #[must_use]
    pub fn in_country(mut self, code: &str) -> Option<Faults> {
        self.open_platform = self.open_platform.in_country(code)?;
        Some(self)
    }

    /// What quality control will say, that of the products first.
    pub(super) fn reviews(&self) -> Reviews {
        Reviews::new(self.products.iter().flat_map(Preset::opinions).chain(self.opinions.iter().cloned()))
    }
}

impl File {
    fn decided(self, faults: Vec<Fault>) -> Faults {
        let tolerance = |usual| TimeDelta::seconds(self.clock_tolerance.map_or(usual, i64::from));
        Faults {
            seed: self.seed,
            reply_body: self.reply_body,
            spus: self.spu,
            products: self.product.into_iter().map(Spanned::into_inner).collect(),
            images: self.images,
            bad_sku: self.bad_sku,
            normal: self.normal,
            migration: self.migration,
            opinions: self.qc,
            faults,
            calls_per_second: self.calls_per_second,
            clock: Clock { ahead: TimeDelta::seconds(self.clock.unwrap_or(0)), tolerance: tolerance(CLOCK_TOLERANCE) },
            open_tolerance: tolerance(OPEN_TOLERANCE),
            open_platform: self.open_platform,
        }
    }
}

fn check_presets(presets: &[Spanned<Preset>], text: &str) -> Result<(), SandboxError> {
    let mut seen = HashSet::new();
    for preset in presets {
        let wrong = |why: String| {
            let line = line_of(text, preset.span().start);
            SandboxError::Faults(format!("`[[product]]` at line {line}: {why}"))
        };
        let preset = preset.get_ref();
        preset.check().map_err(|why| wrong(why.to_string()))?;
        if let Some(twice) = preset.skus.iter().find(|sku| !seen.insert(sku.as_str())) {
            return Err(wrong(format!("the seller SKU `{twice}` stands in the file twice")));
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

fn check_numbers(file: &File) -> Result<(), SandboxError> {
    if let Some(rate) = file.calls_per_second.filter(|rate| rate.is_nan() || *rate <= 0.0) {
        return Err(SandboxError::Faults(format!("`calls_per_second` must be above 0, not {rate}")));
    }
    let year = TimeDelta::days(366).num_seconds();
    if let Some(clock) = file.clock.filter(|clock| !(-year..=year).contains(clock)) {
        return Err(SandboxError::Faults(format!("`clock` must be at most a year of seconds, not {clock}")));
    }
    Ok(())
}

/// The line of a byte of the file, from 1.
fn line_of(text: &str, position: usize) -> usize {
    text.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
}

fn one_line(error: &toml::de::Error, text: &str) -> String {
    let message = error.message().replace('\n', " ");
    match error.span() {
        Some(span) => format!("line {}: {message}", line_of(text, span.start)),
        None => message,
    }
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
    fn the_example_above_is_read() {
        let lines = include_str!("faults.rs").lines().map_while(|line| line.strip_prefix("//!"));
        let example: Vec<&str> =
            lines.skip_while(|line| *line != " ```toml").skip(1).take_while(|line| *line != " ```").collect();
        assert!(example.len() > 20);
        check(&example.join("\n"), "");
    }

    #[test]
    fn every_kind_and_key_is_told_above() {
        let lines = include_str!("faults.rs").lines().map_while(|line| line.strip_prefix("//!"));
        let told: String = lines.map(|line| format!("{line}\n")).collect();
        for kind in entry::KINDS {
            assert!(told.contains(&format!("| `{kind}` |")), "{kind}");
        }
        for key in entry::KEYS {
            assert!(told.contains(&format!("`{key}`")) || told.contains(&format!("\n {key} = ")), "{key}");
        }
    }

    #[test]
    fn an_empty_file_is_a_healthy_shop() {
        check("", "");
    }

    #[test]
    fn what_means_nothing_is_named_with_its_place() {
        check("sede = 7", "line 1: unknown field `sede`");
        check("reply_body = \"full\"", "line 1: unknown variant `full`");
        check("seed = 1\n\nclock = \"now\"", "line 3: invalid type");
        check("seed = 1\n[[fault]]\nkind = reset", "line 3: ");
        let two = "[[fault]]\nkind = \"reset\"\n\n[[fault]]\nnth = [1]\nkind = \"reste\"";
        check(two, "fault 2 (line 4): unknown kind `reste`");
    }

    #[test]
    fn numbers_of_the_marketplace_are_in_range() {
        check("calls_per_second = inf\nclock = -600\nclock_tolerance = 60", "");
        check("calls_per_second = 0", "must be above 0, not 0");
        check("clock = 99999999999", "at most a year");
        check("clock_tolerance = -1", "line 1: ");
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
    fn a_product_may_be_old_and_held_by_orders() {
        let product = "[[product]]\ncategory = 3\nname = \"Tote\"\nskus = [\"A\"]\n";
        check(&format!("{product}stock = {{ reserved = 2, real_time = 1, rts = 1, pending = 1 }}"), "");
        check(&format!("{product}stock = {{ sold = 2 }}"), "line 5: unknown field `sold`");
        check(&format!("{product}created = \"2018-01-31T23:59:59Z\""), "");
        check(&format!("{product}created = \"long ago\""), "`created` cannot be `long ago`");
    }

    #[test]
    fn bad_skus_and_texts_have_known_values() {
        check("bad_sku = \"all\"\n[normal]\nspaces = \"kept\"\nnumbers = \"shortest\"", "");
        check("bad_sku = \"none\"", "unknown variant `none`");
        check("[normal]\nspaces = \"none\"", "unknown variant `none`");
    }

    #[test]
    fn a_seller_sku_is_in_the_shop_once() {
        let product = "[[product]]\ncategory = 3\nname = \"Tote\"\nskus = [\"A\"]\n";
        check(product, "");
        check(&product.repeat(2), "`[[product]]` at line 5: the seller SKU `A` stands in the file twice");
        check("[[product]]\ncategory = 3\nname = \"Tote\"\nskus = []", "has no `skus`");
    }
}
