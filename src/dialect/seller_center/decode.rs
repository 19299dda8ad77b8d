//! A reply's tree -> what the marketplace answered.
//!
//! A write is done only where a `SuccessResponse` with a head says so, to the action we asked for.
//! Everything short of that is [`Garbled`], and the caller finds out by a look-up.

use super::super::code::plain;
use super::super::mask::{self, unsigned};
use super::super::node::Node;
use super::super::{Detail, Garbled, MigratedImage, QcStatus, Refusal, Reply, categories};
use super::shop::{self, Extent};
use super::{codes, tree};
use crate::plan::Action;
use crate::record::{ImageUrl, SellerSku};

/// Reads a reply to that action, in JSON or XML, whichever came; of products no more than a look-up needs.
pub(in crate::dialect) fn decode(action: Action, body: &[u8]) -> Result<Reply, Garbled> {
    read(action, Extent::Skus, body)
}

/// Reads a reply to GetProducts with all that it tells.
pub(in crate::dialect) fn decode_list(body: &[u8]) -> Result<Reply, Garbled> {
    read(Action::GetProducts, Extent::Everything, body)
}

fn read(action: Action, extent: Extent, body: &[u8]) -> Result<Reply, Garbled> {
    let root = tree::read(body)?;
    let answers = root.child("Head").and_then(|head| head.value("RequestAction"));
    if let Some(other) = answers.filter(|name| !name.eq_ignore_ascii_case(action.as_str())) {
        return Err(Garbled::new(&format!("an answer to another action than {action}"), &other));
    }
    match root.name.as_str() {
        "SuccessResponse" => success(action, extent, &root),
        "ErrorResponse" => refusal(action, &root).map(Reply::Refused),
        other => Err(Garbled::new("XML without SuccessResponse or ErrorResponse, but with", other)),
    }
}

fn success(action: Action, extent: Extent, root: &Node) -> Result<Reply, Garbled> {
    let Some(head) = root.child("Head").filter(|head| head.children().next().is_some()) else {
        return Err(Garbled::new("a SuccessResponse without Head", ""));
    };
    let body = root.child("Body");
    Ok(match action {
        Action::CreateProduct | Action::UpdateProduct | Action::UpdatePriceQuantity | Action::SetImages => {
            Reply::Done { warnings: body.map(warnings).unwrap_or_default(), ids: Vec::new() }
        }
        Action::GetProducts => Reply::Products {
            products: body.map(|body| shop::products(body, extent)).unwrap_or_default(),
            total: body
                .and_then(|body| body.value("TotalProducts"))
                .or_else(|| head.value("TotalCount"))
                .and_then(|text| text.parse().ok()),
        },
        Action::MigrateImage | Action::UploadImage => hosted(body)?,
        Action::MigrateImages => {
            let ticket = head.value("RequestId");
            Reply::Ticket(ticket.ok_or_else(|| Garbled::new("a SuccessResponse without RequestId", ""))?)
        }
        Action::GetResponse => migrated(body)?,
        Action::GetQcStatus => Reply::QcStatus(body.map(qc_statuses).unwrap_or_default()),
        Action::GetCategoryTree => Reply::Categories(categories::tree(body)?),
        Action::GetCategoryAttributes => Reply::Attributes(categories::attributes(body)),
        Action::GetBrands => Reply::Brands(body.map(categories::brands).unwrap_or_default()),
        Action::CreateToken | Action::RefreshToken => {
            return Err(Garbled::new("an answer of an API without tokens", ""));
        }
    })
}

/// One picture: `Body/Image/Url`.
fn hosted(body: Option<&Node>) -> Result<Reply, Garbled> {
    let images = body.map(|body| images(body, &["Image", "Images"])).transpose()?.unwrap_or_default();
    match images.as_slice() {
        [image] => Ok(Reply::Hosted(image.url.clone())),
        [] => {
            let said = body.map(|body| warnings(body).join("; ")).unwrap_or_default();
            Err(Garbled::new("a SuccessResponse without the picture's Url", &said))
        }
        [_, _, ..] => Err(Garbled::new("a SuccessResponse with several pictures for one", "")),
    }
}

/// The body is not published for this API; read after the one that took its place: pictures, and errors that name
/// their source as the field. Neither is there while the ticket is not ready.
fn migrated(body: Option<&Node>) -> Result<Reply, Garbled> {
    let images = body.map(|body| images(body, &["Images"])).transpose()?.unwrap_or_default();
    let mut failed = body.map(details).unwrap_or_default();
    failed.iter_mut().for_each(|detail| detail.message = unsigned(&detail.message));
    Ok(Reply::Migrated { images, failed })
}

/// The pictures of the first list of such a name, or of the body itself, in order; blanks are no pictures. One
/// address that is none makes all of them doubtful: the order is what ties them to what was asked for.
fn images(body: &Node, names: &[&str]) -> Result<Vec<MigratedImage>, Garbled> {
    let list = names.iter().find_map(|name| body.find(name)).unwrap_or(body);
    let items = match list.named("Url").len() {
        0 if list.children().next().is_none() => vec![list],
        0 => list.items("Image"),
        1 => vec![list],
        _ => list.named("Url"),
    };
    let mut images = Vec::new();
    for item in items {
        let Some(address) = address(item) else { continue };
        let source = ["OriginalUrl", "SourceUrl"].into_iter().find_map(|name| item.value(name));
        let url = ImageUrl::parse(&address);
        let url = url.map_err(|why| Garbled::new(&format!("a picture's Url that is none: {why}"), &address))?;
        images.push(MigratedImage { url, source });
    }
    Ok(images)
}

/// `Url`, or the text of an item that is nothing but one. The page's sample has `...` for a body.
fn address(item: &Node) -> Option<String> {
    let is_text = item.children().next().is_none();
    let text = item.value("Url").or_else(|| is_text.then(|| item.own_text().trim().to_owned()))?;
    (!text.is_empty() && text != "...").then_some(text)
}

/// The page names the fields of an item, and clients differ in what stands around it: an item is whatever names a
/// SKU.
fn qc_statuses(body: &Node) -> Vec<QcStatus> {
    let own = qc_status(body);
    own.into_iter().chain(body.children().flat_map(qc_statuses)).collect()
}

fn qc_status(node: &Node) -> Option<QcStatus> {
    let seller_sku = node.value("SellerSKU").or_else(|| node.value("SellerSku"))?;
    Some(QcStatus {
        seller_sku: SellerSku::parse(&seller_sku)?,
        status: node.value("Status").unwrap_or_default(),
        reason: node.child("Reason").map(|reason| unsigned(&reason.summary())).filter(|reason| !reason.is_empty()),
    })
}

/// `Warnings`, in whatever shape, and errors that a success mentions all the same.
fn warnings(body: &Node) -> Vec<String> {
    mask::remarks([body.child("Warnings"), body.child("Errors")])
}

fn refusal(action: Action, root: &Node) -> Result<Refusal, Garbled> {
    let said = |name: &str| root.child("Head").and_then(|head| head.value(name));
    let message = said("ErrorMessage").unwrap_or_default();
    let code = said("ErrorCode").map(|code| plain(&code)).or_else(|| codes::in_front_of(&message));
    let details = root.child("Body").map(details).unwrap_or_default();
    if code.is_none() && message.is_empty() && details.is_empty() {
        return Err(Garbled::new("an ErrorResponse that names no error", ""));
    }
    let code = code.unwrap_or_default();
    let class = codes::class(action, &code, &message, &details);
    let details = details.into_iter().map(Detail::unsigned).collect();
    Ok(Refusal { code: unsigned(&code), message: unsigned(&message), details, class })
}

/// `Errors/ErrorDetail`, `ErrorDetail` alone, an array of errors, or a text.
fn details(body: &Node) -> Vec<Detail> {
    let listed = match body.child("Errors") {
        Some(errors) if errors.children().next().is_some() => errors.items("ErrorDetail"),
        Some(text) => vec![text],
        None => Vec::new(),
    };
    listed.into_iter().chain(body.named("ErrorDetail")).filter_map(detail).collect()
}

fn detail(node: &Node) -> Option<Detail> {
    let named = |name: &str| node.value(name).filter(|text| !text.eq_ignore_ascii_case("null"));
    let field = named("Field");
    let message = node.value("Message").unwrap_or_else(|| if field.is_some() { String::new() } else { node.summary() });
    if field.is_none() && message.is_empty() {
        return None;
    }
    let seller_sku = named("SellerSku").and_then(|text| SellerSku::parse(&text));
    Some(Detail { field, message, seller_sku })
}

#[cfg(test)]
mod tests;
