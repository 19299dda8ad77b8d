//! What a call asks for, read from its action and its body.
//!
//! Reading needs nothing that changes, so it is done before anybody waits for the shop.

use super::open::Grant;
use super::reply::ApiError;
use super::upload::{self, Picture};
use super::xml::Element;
use super::{migrate, request};

/// The calls the marketplace answers.
pub(super) const ACTIONS: [&str; 14] = [
    "CreateProduct",
    "UpdateProduct",
    "UpdatePriceQuantity",
    "RemoveProduct",
    "SetImages",
    "GetProducts",
    "MigrateImage",
    "MigrateImages",
    "UploadImage",
    "GetResponse",
    "GetQcStatus",
    "GetCategoryTree",
    "GetCategoryAttributes",
    "GetBrands",
];

/// What a call asks for.
#[derive(Debug)]
pub(super) enum Asked {
    /// A change.
    Write(Write),
    /// An answer alone.
    Read(Read),
    /// Tokens of the Open Platform.
    Tokens(Grant),
}

/// A change that a call asks for.
#[derive(Debug)]
pub(super) enum Write {
    /// CreateProduct of this product.
    Create(Element),
    /// UpdateProduct of this product.
    Update(Element),
    /// UpdatePriceQuantity of the SKUs of this product, which may be of others.
    PriceQuantity(Element),
    /// RemoveProduct of the SKUs of this product, which may be of others.
    Remove(Element),
    /// SetImages of the SKUs of this product.
    SetImages(Element),
    /// MigrateImage of this source.
    Migrate(String),
    /// MigrateImages of these sources.
    MigrateAll(Vec<String>),
    /// UploadImage of this picture.
    Upload(Picture),
}

/// An answer that a call asks for; the query tells more.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// GetProducts.
    Products,
    /// GetResponse for this ticket.
    Response(String),
    /// GetQcStatus.
    QcStatus,
    /// GetCategoryTree.
    CategoryTree,
    /// GetCategoryAttributes.
    CategoryAttributes,
    /// GetBrands.
    Brands,
}

impl Asked {
    /// Reads the body of a call. Only an UploadImage is no XML.
    pub(super) fn read(action: &str, body: &[u8]) -> Result<Asked, ApiError> {
        let product = || request::read(body);
        let write = match action {
            "CreateProduct" => Write::Create(product()?),
            "UpdateProduct" => Write::Update(product()?),
            "UpdatePriceQuantity" => Write::PriceQuantity(product()?),
            "RemoveProduct" => Write::Remove(product()?),
            "SetImages" => Write::SetImages(product()?),
            "MigrateImage" => Write::Migrate(migrate::source(&request::root(body)?)?),
            "MigrateImages" => Write::MigrateAll(migrate::sources(&request::root(body)?)?),
            "UploadImage" => Write::Upload(upload::read(body)?),
            // The page knows no E030.
            "GetResponse" => {
                let request = request::root(body).map_err(|_| ApiError::new(5))?;
                return migrate::ticket(&request).map(|ticket| Asked::Read(Read::Response(ticket)));
            }
            other => return Read::named(other).map(Asked::Read).ok_or_else(|| ApiError::new(8)),
        };
        Ok(Asked::Write(write))
    }

    /// Whether it is for an answer alone, and changes nothing.
    pub(super) fn is_read(&self) -> bool {
        matches!(self, Asked::Read(_))
    }

    /// The error of a body that is bigger than any may be.
    pub(super) fn too_big(action: &str) -> ApiError {
        ApiError::new(if action == "UploadImage" { 303 } else { 11 })
    }
}

impl Read {
    /// The answer of an action that needs no body.
    pub(super) fn named(action: &str) -> Option<Read> {
        Some(match action {
            "GetProducts" => Read::Products,
            "GetQcStatus" => Read::QcStatus,
            "GetCategoryTree" => Read::CategoryTree,
            "GetCategoryAttributes" => Read::CategoryAttributes,
            "GetBrands" => Read::Brands,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_read() {
        for action in ACTIONS {
            let code = Asked::read(action, b"").map(|_| 0).unwrap_or_else(|error| error.code);
            let expect = match action {
                "GetProducts" | "GetQcStatus" | "GetCategoryTree" | "GetCategoryAttributes" | "GetBrands" => 0,
                "GetResponse" => 5,
                "UploadImage" => 300,
                _ => 30,
            };
            assert_eq!(code, expect, "{action}");
        }
    }
}
