//! Products in every shape that answers show them in.

use super::super::super::Reply;
use super::super::{decode, decode_list};
use super::*;
use crate::plan::Action;
use crate::plan::{ShopImages, ShopStatus};
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/seller-center/", $name)).as_slice()
    };
}

fn listed(body: &[u8]) -> Vec<ShopProduct> {
    match decode_list(body) {
        Ok(Reply::Products { products, .. }) => products,
        other => panic!("no products: {other:?}"),
    }
}

fn texts(values: &[Attribute]) -> Vec<String> {
    values.iter().map(|value| format!("{}={}", value.name, value.value)).collect()
}

fn reply(product: &str) -> String {
    let head = "<Head><RequestAction>GetProducts</RequestAction></Head>";
    format!("<SuccessResponse>{head}<Body><Products><Product>{product}</Product></Products></Body></SuccessResponse>")
}

/// The fields of the first SKU, and its pictures, where this stands in it.
#[track_caller]
fn check_sku(inside: &str, expect: &[&str], pictures: Option<&[&str]>) {
    let products = listed(reply(&format!("<Skus><Sku><SellerSku>A</SellerSku>{inside}</Sku></Skus>")).as_bytes());
    let sku = &products[0].skus[0];
    assert_eq!((sku.seller_sku.as_str(), texts(&sku.fields)), ("A", expect.iter().map(ToString::to_string).collect()));
    let told: Option<Vec<&str>> = sku.pictures.as_ref().map(|urls| urls.iter().map(String::as_str).collect());
    assert_eq!(told.as_deref(), pictures);
}

#[track_caller]
fn check_attribute(inside: &str, expect: Option<&str>) {
    let products = listed(reply(&format!("<Attributes><a>{inside}</a><b>2</b></Attributes><Skus/>")).as_bytes());
    assert_eq!((products[0].attribute("a"), products[0].attribute("b")), (expect, Some("2")), "{inside}");
}

#[test]
fn a_product_is_listed_in_full() {
    let products = listed(fixture!("product-list.json"));
    let [product] = products.as_slice() else { panic!("{products:?}") };
    assert_eq!((product.category, product.spu_id), (CategoryId::parse("3"), SpuId::parse("77")));
    assert_eq!(product.name.as_deref(), Some("Phone 16GB (Grey) & case"));
    let highlights = "<div class=\"box\"> <ul><li><b>5.5\" display&nbsp;</b><br>AT&amp;T</li></ul> </div>";
    assert_eq!(product.attribute("short_description"), Some(highlights));
    let names: Vec<&str> = product.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    assert_eq!(names, ["short_description", "brand", "warranty", "name_th"]);
    let [grey, gold, blue] = product.skus.as_slice() else { panic!("{products:?}") };
    let expect = [
        "ShopSku=AB123ELAA4WUACANSG-1000001",
        "Url=http://shop.example.com/phone-1000001.html?a=1&b=2",
        "Available=5",
        "special_to_date=2018-05-01",
        "special_to_time=2018-05-01 18:15",
        "price=1288.5",
        "special_from_date=2016-05-13",
        "quantity=7",
        "special_price=1173.85",
        "package_content=<p>1 x phone</p>",
        "package_weight=0.40",
        "color_family=Grey",
        "ReservedStock=2",
        "RtsStock=0",
    ];
    assert_eq!(
        (texts(&grey.fields).as_slice(), &grey.status),
        (expect.map(str::to_owned).as_slice(), &ShopStatus::Inactive)
    );
    let pictures = ["http://img.example.com/1.jpg?a=1&b=2", "http://img.example.com//2.jpg"];
    assert_eq!(grey.pictures, Some(pictures.map(str::to_owned).to_vec()));
    assert_eq!((gold.field("Available"), gold.field("price"), gold.field("size")), (Some("0"), Some("1300"), None));
    let images = [grey.images(), gold.images(), blue.images()];
    assert_eq!(images, [ShopImages::Some, ShopImages::None, ShopImages::Untold]);
}

#[test]
fn both_formats_tell_the_same_product() {
    assert_eq!(decode_list(fixture!("product-list.xml")), decode_list(fixture!("product-list.json")));
    let Ok(Reply::Products { total, .. }) = decode_list(fixture!("product-list.xml")) else { panic!("no products") };
    assert_eq!(total, Some(41));
}

#[test]
fn a_look_up_is_told_of_pictures_and_of_no_fields() {
    for body in [fixture!("product-list.json"), fixture!("product-list.xml")] {
        let Ok(Reply::Products { products, .. }) = decode(Action::GetProducts, body) else { panic!("no products") };
        assert_eq!((products[0].spu_id, products[0].attributes.len()), (None, 0));
        assert!(products[0].name.is_some() && products[0].skus.iter().all(|sku| sku.fields.is_empty()));
        assert_eq!(products[0].skus[0].images(), ShopImages::Some);
    }
}

#[test]
fn a_product_survives_being_stored() {
    for product in listed(fixture!("product-list.json")) {
        let text = serde_json::to_string(&product).unwrap();
        assert_eq!(serde_json::from_str::<ShopProduct>(&text).unwrap(), product);
    }
}

#[test]
fn a_product_that_was_stored_before_is_read() {
    let stored = r#"{"category":3,"name":"Mug","skus":[{"seller_sku":"A","status":"active","images":"some"}]}"#;
    let product: ShopProduct = serde_json::from_str(stored).unwrap();
    assert_eq!((product.skus[0].pictures.as_ref(), product.skus[0].images()), (None, ShopImages::Untold));
}

#[test]
fn markup_that_nobody_escaped_is_kept_as_it_was_written() {
    for markup in
        ["<p>one</p>", "a<br>b", "<ul><li>x &amp; y &nbsp; z</ul>", "<img src=\"1.jpg\">", "<i/>", "ก<b>ข</b>😀"]
    {
        check_attribute(markup, Some(markup));
    }
    check_attribute(" \n ", None);
    check_attribute("&lt;p&gt;", Some("<p>"));
    check_attribute("<![CDATA[<p>&amp;</p>]]>", Some("<p>&amp;</p>"));
    check_attribute(&format!("{}x", "<p>".repeat(100)), Some(&format!("{}x", "<p>".repeat(100))));
}

#[test]
fn a_list_of_values_is_told_on_one_line() {
    let body = r#"{"SuccessResponse":{"Head":{"RequestId":""},"Body":{"Products":[{"Attributes":{"a":["x","y"],"b":true},"Skus":[]}]}}}"#;
    let products = listed(body.as_bytes());
    assert_eq!(texts(&products[0].attributes), ["a=x, y", "b=true"]);
}

#[test]
fn the_only_sku_has_what_stands_above_it() {
    let above = r#""ShopSku":"S-1","Status":"inactive","Url":"http://u.example","Available":5"#;
    let body = |skus: &str| {
        let product = format!("{{{above},\"Skus\":{skus}}}");
        format!(r#"{{"SuccessResponse":{{"Head":{{"RequestId":""}},"Body":{{"Products":[{product}]}}}}}}"#)
    };
    let products = listed(body(r#"[{"SellerSku":"A","Available":"7"}]"#).as_bytes());
    assert_eq!(texts(&products[0].skus[0].fields), ["Available=7", "ShopSku=S-1", "Url=http://u.example"]);
    assert_eq!(products[0].skus[0].status, ShopStatus::Inactive);
    for skus in [r#"[{"SellerSku":"A"},{"SellerSku":"B"}]"#, r#"[{"SellerSku":"A"},{"SellerSku":""}]"#] {
        let products = listed(body(skus).as_bytes());
        assert!(products[0].skus.iter().all(|sku| sku.fields.is_empty()), "{skus}");
    }
}

#[test]
fn a_missing_end_tag_takes_no_field_away() {
    check_sku(
        "<price>10<Images><Image>u</Image></Images><quantity>5</quantity>",
        &["price=10", "quantity=5"],
        Some(&["u"]),
    );
    check_sku("<empty><Status>active</Status><price>1</price>", &["price=1"], None);
    let products = listed(reply("<Skus><Sku><SellerSku>A<price>1</price></Sku></Skus>").as_bytes());
    assert_eq!(texts(&products[0].skus[0].fields), ["price=1"]);
    let products = listed(fixture!("products-not-closed.xml"));
    assert_eq!(products[0].attribute("short_description"), Some("<p>one<br>two<p>three & more</div>"));
}

#[test]
fn pictures_are_listed_in_each_shape() {
    check_sku("", &[], None);
    check_sku("<Images/>", &[], Some(&[]));
    check_sku("<Images> <Image/><Image> </Image></Images>", &[], Some(&[]));
    check_sku("<Images><Image>u<Image>v&amp;w</Images>", &[], Some(&["u", "v&w"]));
    check_sku("<Images>u</Images>", &[], Some(&["u"]));
}

fn value() -> impl Strategy<Value = String> {
    "([ -~]|[\\]>&<;'#]|[ก-๛]|[😀-🙏]){0,40}"
}

proptest! {
    #[test]
    fn any_text_is_told_alike_in_both_formats(attribute in value(), field in value(), picture in value()) {
        let escaped = |text: &str| quick_xml::escape::escape(text).into_owned();
        let xml = reply(&format!(
            "<Attributes><a>{}</a></Attributes><Skus><Sku><SellerSku>A</SellerSku><f>{}</f>\
             <Images><Image>{}</Image></Images></Sku></Skus>",
            escaped(&attribute), escaped(&field), escaped(&picture)
        ));
        let sku = serde_json::json!({"SellerSku": "A", "f": field, "Images": [picture, ""]});
        let product = serde_json::json!({"Attributes": {"a": attribute}, "Skus": [sku]});
        let json = serde_json::json!({"SuccessResponse": {"Head": {"RequestId": ""}, "Body": {"Products": [product]}}});
        let (xml, json) = (listed(xml.as_bytes()), listed(json.to_string().as_bytes()));
        prop_assert_eq!(&xml, &json);
        prop_assert_eq!(json[0].attribute("a").unwrap_or_default(), attribute.trim());
        prop_assert_eq!(json[0].skus[0].field("f").unwrap_or_default(), field.trim());
    }

    #[test]
    fn nothing_makes_a_list_panic(
        place in 0..4000_usize,
        count in 0..60_usize,
        marks in "[<>/{}\\[\\]\":,&;!?= a-cSER0-9\\\\\n]{0,40}",
        is_xml in any::<bool>(),
    ) {
        let mut body = if is_xml { fixture!("product-list.xml") } else { fixture!("product-list.json") }.to_vec();
        let place = place % body.len();
        let end = (place + count).min(body.len());
        body.splice(place..end, marks.bytes());
        let _ = decode_list(&body);
        let _ = decode_list(marks.as_bytes());
    }
}
