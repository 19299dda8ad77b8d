//! What a call of the Open Platform asks for: its path is an action, its parameters are those of Seller Center.
//!
//! The actions keep their names, so that a fault or a count is about the same call by either API.

use super::super::asked::{Asked, Read, Write};
use super::super::filter;
use super::super::gate::Query;
use super::super::migrate;
use super::super::reply::ApiError;
use super::super::request;
use super::super::upload;
use super::super::xml::Element;
use super::codes;
use super::form::Form;
use super::payload::{self, OneSku};
use super::token::Grant;

/// The calls that have no counterpart in Seller Center.
pub(in crate::sandbox) const ACTIONS: [&str; 2] = ["GenerateAccessToken", "RefreshAccessToken"];

/// Every path and its action.
const PATHS: [(&str, &str); 16] = [
    ("/product/create", "CreateProduct"),
    ("/product/update", "UpdateProduct"),
    ("/product/price_quantity/update", "UpdatePriceQuantity"),
    ("/product/remove", "RemoveProduct"),
    ("/images/set", "SetImages"),
    ("/products/get", "GetProducts"),
    ("/image/migrate", "MigrateImage"),
    ("/images/migrate", "MigrateImages"),
    ("/image/upload", "UploadImage"),
    ("/image/response/get", "GetResponse"),
    ("/product/qc/status/get", "GetQcStatus"),
    ("/category/tree/get", "GetCategoryTree"),
    ("/category/attributes/get", "GetCategoryAttributes"),
    ("/category/brands/query", "GetBrands"),
    ("/auth/token/create", "GenerateAccessToken"),
    ("/auth/token/refresh", "RefreshAccessToken"),
];

/// The parameters of reads, here and in Seller Center.
const NAMES: [(&str, &str); 10] = [
    ("filter", "Filter"),
    ("search", "Search"),
    ("limit", "Limit"),
    ("offset", "Offset"),
    ("options", "Options"),
    ("sku_seller_list", "SkuSellerList"),
    ("create_after", "CreatedAfter"),
    ("create_before", "CreatedBefore"),
    ("update_after", "UpdatedAfter"),
    ("update_before", "UpdatedBefore"),
];

const MAX_LIMIT: usize = 50;
const MAX_OFFSET: usize = 10_000;
const MAX_LISTED: usize = 100;
const MAX_REMOVED: usize = 50;

/// The action of a path.
pub(super) fn action_of(path: &str) -> Option<&'static str> {
    PATHS.iter().find(|(known, _)| *known == path).map(|(_, action)| *action)
}

/// Whether a call is about a seller, whose access token it needs.
pub(super) fn needs_token(action: &str) -> bool {
    !ACTIONS.contains(&action) && !["GetCategoryTree", "GetCategoryAttributes", "GetBrands"].contains(&action)
}

/// Reads what a call asks for. Products and SKUs still have the numbers by which the call names them.
pub(super) fn read(action: &str, form: &Form) -> Result<Asked, ApiError> {
    let root = || payload::read(form.filled("payload"), OneSku::InArray);
    let product = || request::product_of(root()?);
    let write = match action {
        "CreateProduct" => Write::Create(product()?),
        "UpdateProduct" => Write::Update(product()?),
        "UpdatePriceQuantity" => {
            let root = payload::read(form.filled("payload"), OneSku::AsItIs)?;
            Write::PriceQuantity(request::product_of(root)?)
        }
        "RemoveProduct" => Write::Remove(removed(form)?),
        "SetImages" => Write::SetImages(product()?),
        "MigrateImage" => Write::Migrate(migrate::source(&root()?)?),
        "MigrateImages" => Write::MigrateAll(migrate::sources(&root()?)?),
        "UploadImage" => {
            let picture = form.files.get("image").ok_or_else(|| ApiError::about(1, "image"))?;
            Write::Upload(upload::read(picture)?)
        }
        "GetResponse" => return Ok(Asked::Read(Read::Response(filled(form, "batch_id")?))),
        "GenerateAccessToken" => return Ok(Asked::Tokens(Grant::Code(filled(form, "code")?))),
        "RefreshAccessToken" => return Ok(Asked::Tokens(Grant::Refresh(filled(form, "refresh_token")?))),
        other => return Read::named(other).map(Asked::Read).ok_or_else(|| ApiError::new(8)),
    };
    Ok(Asked::Write(write))
}

fn filled(form: &Form, name: &str) -> Result<String, ApiError> {
    form.filled(name).map(str::to_owned).ok_or_else(|| codes::missing(name))
}

/// The parameters of a read by the names they have in Seller Center, others by their own; the limits of this API are
/// narrower.
pub(super) fn query(action: &str, form: &Form) -> Result<Query, ApiError> {
    if action == "GetProducts" {
        filter::limit(form.filled("limit"), MAX_LIMIT, MAX_LIMIT)?;
        if let Some(offset) = form.filled("offset")
            && filter::offset(Some(offset))? > MAX_OFFSET
        {
            return Err(ApiError::about(14, offset));
        }
        if form.filled("filter") == Some("image-missing") {
            return Err(ApiError::new(36));
        }
        let listed: Vec<String> = form.filled("sku_seller_list").map_or(Ok(Vec::new()), list)?;
        if listed.len() > MAX_LISTED {
            return Err(ApiError::new(70));
        }
    }
    let name = |name: &String| match name.as_str() {
        "seller_skus" if action == "GetQcStatus" => "SkuSellerList".to_owned(),
        known => NAMES.iter().find(|(own, _)| *own == known).map_or(known, |(_, theirs)| *theirs).to_owned(),
    };
    let parameters = form.parameters.iter();
    Ok(Query::of(parameters.map(|(known, value)| (name(known), value.clone())).collect()))
}

/// A list in JSON; 70 when it is none.
fn list(text: &str) -> Result<Vec<String>, ApiError> {
    serde_json::from_str(text).map_err(|_| ApiError::new(70))
}

/// The SKUs that are to be removed, as a product that holds them: `SkuId_<item>_<sku>`, or the deprecated seller SKUs.
fn removed(form: &Form) -> Result<Element, ApiError> {
    let leaf = |name: &str, text: &str| Element { name: name.to_owned(), text: text.to_owned(), children: Vec::new() };
    let branch = |name: &str, children: Vec<Element>| Element { name: name.to_owned(), text: String::new(), children };
    let mut skus = Vec::new();
    if let Some(text) = form.filled("sku_id_list") {
        for name in list(text)? {
            let numbers = name.strip_prefix("SkuId_").and_then(|numbers| numbers.split_once('_'));
            let (item, sku) = numbers.ok_or_else(|| ApiError::new(70))?;
            skus.push(branch("Sku", vec![leaf("ItemId", item), leaf("SkuId", sku)]));
        }
    } else if let Some(text) = form.filled("seller_sku_list") {
        skus.extend(list(text)?.iter().map(|name| branch("Sku", vec![leaf("SellerSku", name)])));
    } else {
        return Err(codes::missing("sku_id_list"));
    }
    if skus.len() > MAX_REMOVED {
        return Err(ApiError::new(204));
    }
    Ok(branch("Product", vec![branch("Skus", skus)]))
}
