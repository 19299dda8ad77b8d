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
    /// GetProducts; the query tells which.
    Products,
    /// MigrateImage of this source.
    Migrate(String),
    /// MigrateImages of these sources.
    MigrateAll(Vec<String>),
    /// UploadImage of this picture.
    Upload(Picture),
    /// GetResponse for this ticket.
    Response(String),
    /// GetQcStatus; the query tells of which.
    QcStatus,
    /// GetCategoryTree.
    CategoryTree,
    /// GetCategoryAttributes; the query tells of which.
    CategoryAttributes,
    /// GetBrands; the query tells which page.
    Brands,
    /// Tokens of the Open Platform.
    Tokens(Grant),
}

impl Asked {
    /// Reads the body of a call. Only an UploadImage is no XML.
    pub(super) fn read(action: &str, body: &[u8]) -> Result<Asked, ApiError> {
        match action {
            "CreateProduct" => request::read(body).map(Asked::Create),
            "UpdateProduct" => request::read(body).map(Asked::Update),
            "UpdatePriceQuantity" => request::read(body).map(Asked::PriceQuantity),
            "RemoveProduct" => request::read(body).map(Asked::Remove),
            "SetImages" => request::read(body).map(Asked::SetImages),
            "GetProducts" => Ok(Asked::Products),
            "MigrateImage" => migrate::source(&request::root(body)?).map(Asked::Migrate),
            "MigrateImages" => migrate::sources(&request::root(body)?).map(Asked::MigrateAll),
            "UploadImage" => upload::read(body).map(Asked::Upload),
            // The page knows no E030.
            "GetResponse" => {
                let request = request::root(body).map_err(|_| ApiError::new(5))?;
                migrate::ticket(&request).map(Asked::Response)
            }
            "GetQcStatus" => Ok(Asked::QcStatus),
            "GetCategoryTree" => Ok(Asked::CategoryTree),
            "GetCategoryAttributes" => Ok(Asked::CategoryAttributes),
            "GetBrands" => Ok(Asked::Brands),
            _ => Err(ApiError::new(8)),
        }
    }

    /// Whether it is for an answer alone, and changes nothing.
    pub(super) fn is_read(&self) -> bool {
        match self {
            Asked::Products | Asked::Response(_) | Asked::QcStatus => true,
            Asked::CategoryTree | Asked::CategoryAttributes | Asked::Brands => true,
            Asked::Create(_) | Asked::Update(_) | Asked::PriceQuantity(_) => false,
            Asked::Remove(_) | Asked::SetImages(_) => false,
            Asked::Migrate(_) | Asked::MigrateAll(_) | Asked::Upload(_) | Asked::Tokens(_) => false,
        }
    }

    /// The error of a body that is bigger than any may be.
    pub(super) fn too_big(action: &str) -> ApiError {
        ApiError::new(if action == "UploadImage" { 303 } else { 11 })
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
