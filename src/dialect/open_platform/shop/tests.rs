//! Products as answers show them.

use super::super::super::Reply;
use super::super::{decode, decode_list};
use super::*;
use crate::plan::{Action, ShopImages};
use proptest::prelude::*;

const PRODUCTS: &[u8] = include_bytes!("../../../../tests/fixtures/open-platform/products.json");

fn listed(body: &[u8]) -> Vec<ShopProduct> {
    match decode_list(body) {
        Ok(Reply::Products { products, .. }) => products,
        other => panic!("no products: {other:?}"),
    }
}

fn texts(values: &[Attribute]) -> Vec<String> {
    values.iter().map(|value| format!("{}={}", value.name, value.value)).collect()
}

/// An answer with this product.
fn reply(product: &str) -> String {
    format!(r#"{{"code":"0","data":{{"products":[{product}]}},"request_id":"1"}}"#)
}

fn ids(item: &str, sku: &str) -> Option<SkuIds> {
    Some(SkuIds { item: item.to_owned(), sku: sku.to_owned() })
}

#[test]
fn a_product_is_listed_in_full() {
    let products = listed(PRODUCTS);
    let [product, old] = products.as_slice() else { panic!("{products:?}") };
    assert_eq!((product.category, product.spu_id), (CategoryId::parse("3"), SpuId::parse("77")));
    assert_eq!(product.name.as_deref(), Some("Phone 16GB (Grey) & case"));
    let attributes =
        ["short_description=<ul><li>5.5\" display</li></ul>", "brand=Bean Rester", "features=A, B", "name_th=โทรศัพท์"];
    assert_eq!(texts(&product.attributes), attributes);
    let [grey, gold, blue] = product.skus.as_slice() else { panic!("{product:?}") };
    let expect = [
        "quantity=7",
        "product_weight=0.03",
        "ShopSku=180000001_SGAMZ-314000001",
        "Url=https://www.lazada.sg/-i180000001-s314000001.html",
        "package_width=10.00",
        "special_to_time=2028-05-01 18:15",
        "special_from_time=2026-05-13 00:00",
        "special_price=1173.85",
        "price=1288.50",
        "color_family=Grey",
        "size=16 GB",
        "package_content=<p>1 x phone & case</p>",
        "Available=5",
        "special_to_date=2028-05-01",
    ];
    assert_eq!(texts(&grey.fields), expect);
    assert_eq!(texts(&gold.fields), ["price=1300", "Available=0"]);
    assert_eq!((&grey.status, &gold.status), (&ShopStatus::Inactive, &ShopStatus::Active));
    assert_eq!(blue.status, ShopStatus::Other("Pending QC".to_owned()));
    let pictures = ["http://sg-live-02.slatic.net/p/1.jpg?a=1&b=2", "http://sg-live-02.slatic.net/p/2.jpg"];
    assert_eq!(grey.pictures, Some(pictures.map(str::to_owned).to_vec()));
    assert_eq!(blue.pictures, Some(vec!["https://sg-live-02.slatic.net/p/main.jpg".to_owned()]));
    assert_eq!([grey.images(), gold.images()], [ShopImages::Some, ShopImages::None]);
    assert_eq!(grey.ids, ids("180000001", "314000001"));
    assert_eq!((&gold.ids, &blue.ids), (&ids("180000001", "314000002"), &None));
    assert_eq!((&old.skus[0].status, &old.skus[0].ids), (&ShopStatus::Deleted, &ids("180000002", "5")));
}

#[test]
fn a_look_up_is_told_of_numbers_and_pictures_and_of_no_fields() {
    let Ok(Reply::Products { products, total }) = decode(Action::GetProducts, PRODUCTS) else { panic!("no products") };
    assert_eq!((total, products[0].spu_id, products[0].attributes.len()), (Some(41), None, 0));
    let sku = &products[0].skus[0];
    assert_eq!((sku.fields.len(), sku.images(), &sku.ids), (0, ShopImages::Some, &ids("180000001", "314000001")));
    // Pictures of the product do not say that its SKU has some.
    let skus = products.iter().flat_map(|product| &product.skus);
    let bare: Vec<&str> = skus.filter(|sku| sku.pictures.is_none()).map(|sku| sku.seller_sku.as_str()).collect();
    assert!(bare.contains(&"PHONE 16/BLUE"), "{bare:?}");
}

#[test]
fn that_there_are_no_products_is_believed_where_it_is_said() {
    let reply = |data: &str| format!(r#"{{"code":"0","data":{data},"request_id":"1"}}"#);
    for data in [r#"{"products":[]}"#, r#"{"total_products":"0"}"#, r#"{"products":[],"total_products":0}"#] {
        assert!(listed(reply(data).as_bytes()).is_empty(), "{data}");
    }
    for data in ["{}", "null", r#"{"total_products":"many"}"#] {
        let garbled = decode(Action::GetProducts, reply(data).as_bytes()).unwrap_err();
        assert!(garbled.to_string().contains("without products and without their count"), "{garbled}");
    }
}

#[test]
fn every_word_for_a_state_is_read_in_whatever_case() {
    for (product, sku, expect) in [
        ("Active", "", ShopStatus::Active),
        ("InActive", "", ShopStatus::Inactive),
        ("Active", "InActive", ShopStatus::Inactive),
        ("DELETED", "active", ShopStatus::Deleted),
        ("Active", "deleted", ShopStatus::Deleted),
        ("Suspended", "", ShopStatus::Other("Suspended".to_owned())),
        ("Pending QC", "active", ShopStatus::Active),
        ("", "", ShopStatus::Active),
    ] {
        let body = reply(&format!(r#"{{"status":"{product}","skus":[{{"SellerSku":"A","Status":"{sku}"}}]}}"#));
        assert_eq!(listed(body.as_bytes())[0].skus[0].status, expect, "{product} {sku}");
    }
}

#[test]
fn pictures_are_listed_in_each_shape() {
    for (images, expect) in [
        ("null", Some(vec![])),
        ("[]", Some(vec![])),
        (r#"["",""]"#, Some(vec![])),
        (r#"["u"," v "]"#, Some(vec!["u", "v"])),
        (r#""[\"u\", \"v\"]""#, Some(vec!["u", "v"])),
        (r#""[]""#, Some(vec![])),
        (r#""u""#, Some(vec!["u"])),
        (r#"{"Image":["u"]}"#, Some(vec!["u"])),
    ] {
        for body in [
            format!(r#"{{"skus":[{{"SellerSku":"A","Images":{images}}}]}}"#),
            format!(r#"{{"images":{images},"skus":[{{"SellerSku":"A"}}]}}"#),
        ] {
            let products = listed(reply(&body).as_bytes());
            let pictures = products[0].skus[0].pictures.as_ref();
            let pictures: Option<Vec<&str>> = pictures.map(|urls| urls.iter().map(String::as_str).collect());
            assert_eq!(pictures, expect, "{body}");
        }
    }
    assert_eq!(listed(reply(r#"{"skus":[{"SellerSku":"A"}]}"#).as_bytes())[0].skus[0].pictures, None);
}

proptest! {
    #[test]
    fn any_text_is_told_as_it_is(value in "([ -~]|[\\]>&<;'#]|[ก-๛]|[Ạ-ỹ]|[一-鿿]|[😀-🙏]){0,40}") {
        let sku = serde_json::json!({"SellerSku": "A", "f": value, "saleProp": {"size": value}});
        let product = serde_json::json!({"attributes": {"a": value}, "skus": [sku]});
        let products = listed(reply(&product.to_string()).as_bytes());
        let sku = &products[0].skus[0];
        for told in [products[0].attribute("a"), sku.field("f"), sku.field("size")] {
            prop_assert_eq!(told.unwrap_or_default(), value.trim());
        }
    }
}

#[test]
fn a_price_is_the_same_text_whether_it_comes_as_a_number_or_as_a_text() {
    let price = |written: &str| {
        let product = format!(r#"{{"skus":[{{"SellerSku":"A","price":{written}}}]}}"#);
        listed(reply(&product).as_bytes())[0].skus[0].field("price").map(str::to_owned)
    };
    for (number, text, expect) in [("488.8", r#""488.80""#, "488.80"), ("10.0", r#""10.00""#, "10.00")] {
        assert_eq!([price(number), price(text)], [Some(expect.to_owned()), Some(expect.to_owned())]);
    }
    assert_eq!(price("7500").as_deref(), Some("7500"));
    assert_eq!(price("1.234").as_deref(), Some("1.234"));
}
