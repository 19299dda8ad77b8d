//! What a body carries: the `Request`, the `Product` inside it, and the SKUs it names.

use std::collections::BTreeMap;

use super::change::Values;
use super::reply::ApiError;
use super::xml::{self, Element};

/// Reads the body of a call: E030 when there is nothing in it, E005 when it is no `Request`.
pub(super) fn root(body: &[u8]) -> Result<Element, ApiError> {
    if body.trim_ascii().is_empty() {
        return Err(ApiError::new(30));
    }
    let request = xml::read(body).map_err(|_| ApiError::new(5))?;
    if request.name != "Request" {
        return Err(ApiError::new(5));
    }
    if request.children.is_empty() {
        return Err(ApiError::new(30));
    }
    Ok(request)
}

/// Reads the body of a write to the shop: like [`root`], and E005 when it has two products.
pub(super) fn read(body: &[u8]) -> Result<Element, ApiError> {
    product_of(root(body)?)
}

/// The product inside a request.
pub(super) fn product_of(mut request: Element) -> Result<Element, ApiError> {
    if request.children_named("Product").count() > 1 {
        return Err(ApiError::new(5));
    }
    match request.children.iter().position(|child| child.name == "Product") {
        Some(position) => Ok(request.children.swap_remove(position)),
        None => Err(ApiError::about(1, "Product")),
    }
}

/// The `Sku` elements of a product.
pub(super) fn skus(product: &Element) -> Vec<&Element> {
    product.child("Skus").map(|skus| skus.children_named("Sku").collect()).unwrap_or_default()
}

/// The seller SKUs a product names.
pub(super) fn seller_skus(product: &Element) -> Vec<&str> {
    skus(product).into_iter().filter_map(|sku| sku.value("SellerSku")).collect()
}

/// All seller SKUs of a product whose `Sku` may hold several; a blank one is an empty text.
pub(super) fn listed_skus(product: &Element) -> Vec<&str> {
    let names = skus(product).into_iter().flat_map(|sku| sku.children_named("SellerSku"));
    names.map(|name| name.text.trim()).collect()
}

/// The image URLs of a SKU; blank ones are not images.
pub(super) fn images(sku: &Element) -> Vec<String> {
    let urls = sku.child("Images").into_iter().flat_map(|images| images.children_named("Image"));
    urls.map(|image| image.text.trim().to_owned()).filter(|url| !url.is_empty()).collect()
}

/// The fields of `Attributes` or of a SKU, images and SellerSku aside. Of two with one name the first counts, even a
/// blank one; blank ones are absent. Markup that is not escaped is E005.
pub(super) fn fields(parent: &Element) -> Result<BTreeMap<String, String>, ApiError> {
    Ok(values(parent)?.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

/// Like [`fields`], with those that are blank.
pub(super) fn values(parent: &Element) -> Result<Values, ApiError> {
    let mut values = Values::new();
    for field in parent.children.iter().filter(|field| !["Images", "SellerSku"].contains(&field.name.as_str())) {
        if !field.children.is_empty() {
            return Err(ApiError::new(5));
        }
        let text = field.text.trim();
        values.entry(field.name.clone()).or_insert_with(|| Some(text.to_owned()).filter(|text| !text.is_empty()));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expect: u32) {
        assert_eq!(read(body.as_bytes()).map_err(|error| error.code).err().unwrap_or(0), expect, "{body}");
    }

    #[test]
    fn a_body_without_anything_is_empty() {
        check("", 30);
        check(" \n", 30);
        check("<Request/>", 30);
        check("<Request></Request>", 30);
    }

    #[test]
    fn a_body_is_one_request_with_one_product() {
        check("<Request><Product/></Request>", 0);
        check("<Request><Product/><Product/></Request>", 5);
        check("<Request><Image/></Request>", 1);
        check("<Product/>", 5);
        check("{}", 5);
    }

    #[test]
    fn the_first_of_two_fields_counts_and_blank_ones_are_absent() {
        let parent = xml::read(b"<A><x>1</x><x>2</x><y></y><y>3</y><SellerSku>S</SellerSku></A>").unwrap();
        assert_eq!(fields(&parent).unwrap(), BTreeMap::from([("x".to_owned(), "1".to_owned())]));
    }

    #[test]
    fn markup_must_be_escaped() {
        let parent = xml::read(b"<A><d><p>x</p></d></A>").unwrap();
        assert_eq!(fields(&parent).map_err(|error| error.code), Err(5));
    }
}
