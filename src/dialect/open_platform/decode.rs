//! A reply's JSON -> what the marketplace answered.
//!
//! A write is done only where the one `code` of a reply is 0, and something stands beside it. Everything short of that
//! is [`Garbled`], and the caller finds out by a look-up.

use super::super::about::PICTURES_FIELD;
use super::super::code::plain;
use super::super::mask::{self, unsigned};
use super::super::node::{Node, legible};
use super::super::{Class, Detail, Garbled, MigratedImage, QcStatus, Refusal, Reply, categories, json};
use super::codes::{self, Fault};
use super::shop::{self, Extent};
use crate::plan::{Action, SkuIds};
use crate::record::{ImageUrl, SellerSku};

/// The code of an answer that is empty although there is more to tell.
const EMPTY: &str = "empty-answer";

/// Reads a reply to that action; of products no more than a look-up needs.
pub(in crate::dialect) fn decode(action: Action, body: &[u8]) -> Result<Reply, Garbled> {
    read(action, Extent::Skus, body)
}

/// Reads a reply to GetProducts with all that it tells.
pub(in crate::dialect) fn decode_list(body: &[u8]) -> Result<Reply, Garbled> {
    read(Action::GetProducts, Extent::Everything, body)
}

fn read(action: Action, extent: Extent, body: &[u8]) -> Result<Reply, Garbled> {
    match answer(action, body)? {
        Ok(root) => success(action, extent, &root),
        Err(refusal) => Ok(Reply::Refused(refusal)),
    }
}

/// The body of a success, or why the marketplace refused.
pub(super) fn answer(action: Action, body: &[u8]) -> Result<Result<Node, Refusal>, Garbled> {
    let text = legible(body);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Err(Garbled::new("an empty body", ""));
    }
    if Garbled::begins_a_page(text) {
        // As an address outside of the app's white-list is answered, and as proxies answer.
        return Err(Garbled::page(text));
    }
    if !text.starts_with('{') {
        return Err(Garbled::new("no JSON object", text));
    }
    let root = json::read(text)?;
    let codes: Vec<&Node> = root.children().filter(|child| child.name == "code").collect();
    let [code] = codes.as_slice() else {
        return Err(Garbled::new("JSON without one code", text));
    };
    let code = code.own_text().trim().to_owned();
    if code != "0" {
        return refusal(action, &root, &code).map(Err);
    }
    if root.value("success").is_some_and(|said| said.eq_ignore_ascii_case("false")) {
        let code = root.value("error_code").unwrap_or_default();
        return refusal(action, &root, &code).map(Err);
    }
    if root.children().all(|child| child.name == "code") {
        return Err(Garbled::new("JSON with nothing beside its code", text));
    }
    Ok(Ok(root))
}

fn success(action: Action, extent: Extent, root: &Node) -> Result<Reply, Garbled> {
    let data = root.child("data");
    Ok(match action {
        Action::CreateProduct | Action::UpdateProduct | Action::UpdatePriceQuantity | Action::SetImages => {
            Reply::Done { warnings: warnings(root), ids: data.map(ids).unwrap_or_default() }
        }
        Action::GetProducts => listed(data, extent)?,
        Action::MigrateImage | Action::UploadImage => hosted(data)?,
        Action::MigrateImages => {
            let ticket = root.value("batch_id").or_else(|| data?.value("batch_id"));
            Reply::Ticket(ticket.ok_or_else(|| Garbled::new("a success without batch_id", ""))?)
        }
        Action::GetResponse => migrated(data)?,
        Action::GetQcStatus => Reply::QcStatus(data.map(qc_statuses).unwrap_or_default()),
        Action::GetCategoryTree => Reply::Categories(categories::tree(data)?),
        Action::GetCategoryAttributes => Reply::Attributes(categories::attributes(data)),
        Action::GetBrands => brands(data),
        Action::CreateToken | Action::RefreshToken => {
            return Err(Garbled::new("the answer to a login", ""));
        }
    })
}

/// Products, and how many there are in all. That there are none is believed where it is said, by a count or by a list
/// without any: who is told so may create them.
fn listed(data: Option<&Node>, extent: Extent) -> Result<Reply, Garbled> {
    let total = data.and_then(|data| data.value("total_products")).and_then(|text| text.parse().ok());
    let products = data.map(|data| shop::products(data, extent)).unwrap_or_default();
    if total.is_none() && data.and_then(|data| data.child("products")).is_none() {
        return Err(Garbled::new("a success without products and without their count", ""));
    }
    Ok(Reply::Products { products, total })
}

/// What the marketplace knows the SKUs of a product by from now on. Numbers come as numbers or as texts.
fn ids(data: &Node) -> Vec<(SellerSku, SkuIds)> {
    let Some(item) = data.value("item_id") else { return Vec::new() };
    let list = data.child("sku_list").map(|list| list.items("sku")).unwrap_or_default();
    let named = |sku: &&Node| {
        let seller_sku = SellerSku::parse(&sku.value("seller_sku")?)?;
        Some((seller_sku, SkuIds { item: item.clone(), sku: sku.value("sku_id")? }))
    };
    list.iter().filter_map(named).collect()
}

/// One picture: `data/image/url`.
fn hosted(data: Option<&Node>) -> Result<Reply, Garbled> {
    let image = data.and_then(|data| data.child("image")).map(image).transpose()?.flatten();
    image.map(|image| Reply::Hosted(image.url)).ok_or_else(|| Garbled::new("a success without the picture's url", ""))
}

/// Pictures, and errors that name their source. Neither is there while the ticket is not ready.
fn migrated(data: Option<&Node>) -> Result<Reply, Garbled> {
    let list = |name: &str, item: &str| {
        data.and_then(|data| data.child(name)).map(|list| list.items(item)).unwrap_or_default()
    };
    let images: Result<Vec<Option<MigratedImage>>, Garbled> = list("images", "image").into_iter().map(image).collect();
    let failed = list("errors", "error").into_iter().filter_map(unfetched).collect();
    Ok(Reply::Migrated { images: images?.into_iter().flatten().collect(), failed })
}

/// A picture; nothing where no address stands. One address that is none makes the whole answer doubtful: the order is
/// what ties pictures to what was asked for.
fn image(item: &Node) -> Result<Option<MigratedImage>, Garbled> {
    let Some(address) = item.value("url") else { return Ok(None) };
    let url = ImageUrl::parse(&mended(&address));
    let url = url.map_err(|why| Garbled::new(&format!("a picture's url that is none: {why}"), &address))?;
    Ok(Some(MigratedImage { url, source: item.value("original_url") }))
}

/// The page's own sample has lost a colon: `https//sg.s.alibaba.lzd.co/...`.
fn mended(address: &str) -> String {
    match address.split_once("//") {
        Some((scheme @ ("http" | "https"), rest)) => format!("{scheme}://{rest}"),
        Some(("", rest)) => format!("https://{rest}"),
        Some(_) | None => address.to_owned(),
    }
}

fn unfetched(item: &Node) -> Option<Detail> {
    let source = item.either(&["original_url", "field"]);
    let message = item.either(&["msg", "message"]).unwrap_or_else(|| item.summary());
    (!message.is_empty()).then(|| Detail { field: source, message: unsigned(&message), seller_sku: None })
}

/// An item is whatever names a SKU.
fn qc_statuses(data: &Node) -> Vec<QcStatus> {
    let own = qc_status(data);
    own.into_iter().chain(data.children().flat_map(qc_statuses)).collect()
}

fn qc_status(node: &Node) -> Option<QcStatus> {
    let seller_sku = node.either(&["seller_sku", "SellerSku"])?;
    Some(QcStatus {
        seller_sku: SellerSku::parse(&seller_sku)?,
        status: node.either(&["status", "Status"]).unwrap_or_default(),
        reason: node.child("reason").map(|reason| unsigned(&reason.summary())).filter(|reason| !reason.is_empty()),
    })
}

/// A page of brands. Where too many ask at once the answer is a success without any (questions and answers on
/// GetBrandByPages): it is believed only where it says that there are no more.
fn brands(data: Option<&Node>) -> Reply {
    let number = |name: &str| data.and_then(|data| data.value(name)).and_then(|text| text.parse::<u64>().ok());
    let list = data.filter(|data| data.child("module").is_some());
    let names = list.map(categories::brands).unwrap_or_default();
    let has_more = number("total_record").is_none_or(|total| total > number("start_row").unwrap_or_default());
    if names.is_empty() && (list.is_none() || has_more) {
        let message = "an empty answer, as comes of too many requests at once".to_owned();
        let code = EMPTY.to_owned();
        return Reply::Refused(Refusal { code, message, details: Vec::new(), class: Class::Throttled });
    }
    Reply::Brands(names)
}

/// What a success remarks all the same, in whatever shape.
fn warnings(root: &Node) -> Vec<String> {
    let data = root.child("data");
    mask::remarks([root.child("detail"), root.child("warnings"), data.and_then(|data| data.child("warnings"))])
}

fn refusal(action: Action, root: &Node, code: &str) -> Result<Refusal, Garbled> {
    let message = root.either(&["message", "msg", "error_msg"]).unwrap_or_default();
    let faults = faults(root);
    if code.is_empty() && message.is_empty() && faults.is_empty() {
        return Err(Garbled::new("a refusal that names no error", ""));
    }
    let (code, class) = codes::decisive(action, &plain(code), &message, &faults);
    let details = faults.into_iter().map(told).collect();
    Ok(Refusal { code: unsigned(&code), message: unsigned(&message), details, class })
}

/// What is told of a fault. Whatever field it names, pictures are called as pictures.
fn told(fault: Fault) -> Detail {
    let is_about_pictures = fault.is_about_pictures();
    let mut detail = fault.detail;
    if is_about_pictures {
        detail.field = Some(PICTURES_FIELD.to_owned());
    }
    detail.unsigned()
}

/// `detail`: an array of faults, one fault, or a text.
fn faults(root: &Node) -> Vec<Fault> {
    let Some(list) = root.child("detail") else { return Vec::new() };
    let items = if list.children().next().is_some() { list.items("detail") } else { vec![list] };
    items.into_iter().filter_map(fault).collect()
}

fn fault(node: &Node) -> Option<Fault> {
    let named = |names: &[&str]| node.either(names).filter(|text| !text.eq_ignore_ascii_case("null"));
    let field = named(&["field"]);
    let code = named(&["code"]).map(|code| plain(&code));
    let is_named = field.is_some() || code.is_some();
    let message = named(&["message", "msg"]).unwrap_or_else(|| if is_named { String::new() } else { node.summary() });
    if !is_named && message.is_empty() {
        return None;
    }
    let seller_sku = named(&["seller_sku", "SellerSku"]).and_then(|text| SellerSku::parse(&text));
    Some(Fault { code, detail: Detail { field, message, seller_sku } })
}

#[cfg(test)]
mod tests;
