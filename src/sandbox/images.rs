//! SetImages: new image lists for SKUs that are there.
//!
//! A list takes the place of the old one; a SKU without images is left alone. One bad SKU refuses the whole request,
//! and so does one picture that the marketplace does not host.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::address::Policy;
use super::reply::{ApiError, Detail};
use super::request;
use super::rules::MAX_IMAGES;
use super::store::{Effect, Store};
use super::xml::Element;

const MAX_SKUS: usize = 100;

/// Decides what a SetImages does to the shop, or why it is refused.
pub(super) fn decide(product: &Element, store: &Store, policy: Policy, at: DateTime<Utc>) -> Result<Effect, ApiError> {
    let skus = request::skus(product);
    if skus.is_empty() {
        return Err(ApiError::new(30));
    }
    if skus.len() > MAX_SKUS {
        return Err(ApiError::new(204));
    }
    let mut lists = Vec::new();
    for sku in skus {
        let seller_sku = sku.value("SellerSku").ok_or_else(|| ApiError::new(200))?;
        lists.push((seller_sku.to_owned(), request::images(sku)));
    }
    if lists.iter().any(|(_, images)| images.len() > MAX_IMAGES) {
        return Err(ApiError::new(203));
    }
    let details: Vec<Detail> = lists.iter().filter_map(|(sku, images)| fault_of(sku, images, store, policy)).collect();
    if !details.is_empty() {
        return Err(ApiError::with_details(504, details));
    }
    lists.retain(|(_, images)| !images.is_empty());
    Ok(Effect::SetImages { lists, at })
}

/// The success body that the response table describes.
pub(super) fn described(product: &Element) -> Value {
    let sku = |sku: &Element| json!({"SellerSku": sku.value("SellerSku"), "Images": request::images(sku)});
    let skus: Vec<Value> = request::skus(product).into_iter().map(sku).collect();
    json!({"Skus": skus, "Warnings": []})
}

fn fault_of(seller_sku: &str, images: &[String], store: &Store, policy: Policy) -> Option<Detail> {
    if store.find(seller_sku).is_none() {
        return Some(Detail::new("SellerSku", "SKU does not exist", Some(seller_sku)));
    }
    if images.iter().any(|url| !policy.takes(url)) {
        return Some(Detail::new("__images__", "The image is invalid", Some(seller_sku)));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::faults::Faults;
    use crate::sandbox::{time, xml};

    fn shop() -> Store {
        let file = "[[product]]\ncategory = 3\nname = \"Tote\"\nskus = [\"A\", \"B\"]\nimages = [\"http://a.slatic.net/0\"]\n\
            [[product]]\ncategory = 3\nname = \"Old\"\nskus = [\"GONE\"]\nstatus = \"deleted\"";
        let presets = Faults::from_toml(file).unwrap().products;
        Store::open(presets.iter().map(|preset| preset.product(time::now())).collect(), None).unwrap()
    }

    fn sku(seller_sku: &str, urls: &[&str]) -> String {
        let images: String = urls.iter().map(|url| format!("<Image>{url}</Image>")).collect();
        format!("<Sku><SellerSku>{seller_sku}</SellerSku><Images>{images}</Images></Sku>")
    }

    #[track_caller]
    fn check(skus: &str, expect: &str) {
        let product = xml::read(format!("<Product><Skus>{skus}</Skus></Product>").as_bytes()).unwrap();
        let outcome = match decide(&product, &shop(), Policy::Hosted, time::now()) {
            Ok(Effect::SetImages { lists, .. }) => format!("{lists:?}"),
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                let fields: Vec<String> = error.details.iter().map(|detail| format!(" {}", detail.field)).collect();
                format!("{}{}", error.code, fields.concat())
            }
        };
        assert_eq!(outcome, expect);
    }

    #[test]
    fn a_list_takes_the_place_of_the_old_one() {
        check(
            &sku("A", &["https://sg-live.slatic.net/p/1.jpg"]),
            "[(\"A\", [\"https://sg-live.slatic.net/p/1.jpg\"])]",
        );
    }

    #[test]
    fn a_sku_without_images_is_left_alone() {
        check(&sku("A", &[]), "[]");
        check(&sku("A", &["", " "]), "[]");
        check("<Sku><SellerSku>A</SellerSku></Sku>", "[]");
    }

    #[test]
    fn a_sku_has_a_name_and_at_most_eight_images() {
        check(&sku("", &[]), "200");
        check(&sku("A", &["http://a.slatic.net/1"; 9]), "203");
    }

    #[test]
    fn a_request_has_one_to_a_hundred_skus() {
        check("", "30");
        check(&sku("A", &[]).repeat(100), "[]");
        check(&sku("A", &[]).repeat(101), "204");
    }

    #[test]
    fn each_bad_sku_is_a_detail() {
        let skus = [sku("A", &["http://a.slatic.net/dead/1"]), sku("NONE", &[]), sku("B", &["ftp://x.example/1"])];
        check(&skus.concat(), "504 __images__ SellerSku __images__");
        check(&sku("GONE", &["http://a.slatic.net/1"]), "504 SellerSku");
        check(&sku("A", &["http://"]), "504 __images__");
        check(&sku("A", &["http://x.example/1"]), "504 __images__");
    }
}
