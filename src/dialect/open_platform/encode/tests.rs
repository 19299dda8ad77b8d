//! What each write carries, and that texts come through as they are.

use super::*;
use crate::plan::SkuIds;
use crate::plan::Switch;
use crate::record::{
    Attribute, CategoryId, Measure, Offer, Package, Price, ProductId, Quantity, Sale, SaleWindow, SpuId,
};
use proptest::prelude::*;
use serde_json::Value;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/open-platform/", $name, ".request.json"))
    };
}

fn attribute(name: &str, value: &str) -> Attribute {
    Attribute { name: name.to_owned(), value: value.to_owned() }
}

fn seller_sku(text: &str) -> SellerSku {
    SellerSku::parse(text).unwrap()
}

fn plain_sku(text: &str) -> Sku {
    let measure = |text| Measure::parse(text).unwrap();
    let package =
        Package { weight: measure("0.30"), length: measure("30"), width: measure("20"), height: measure("2.5") };
    Sku {
        seller_sku: seller_sku(text),
        offer: Offer { regular: Price::parse("388.50").unwrap(), sale: None },
        quantity: None,
        package,
        product_id: None,
        attributes: Vec::new(),
        images: Vec::new(),
        dead_images: Vec::new(),
    }
}

fn sale() -> Sale {
    let moment = |text| SaleMoment::parse(text).unwrap();
    let window = SaleWindow::Between(moment("2018-03-01"), moment("2018-03-31 18:30"));
    Sale { price: Price::parse("299").unwrap(), window }
}

fn full_sku() -> Sku {
    let attributes = [("color_family", "Red"), ("package_content", "1 x tee"), ("size", "Int: M"), ("empty", "")];
    Sku {
        quantity: Quantity::parse("12"),
        offer: Offer { sale: Some(sale()), ..plain_sku("A").offer },
        product_id: ProductId::parse("4006381333931"),
        attributes: attributes.map(|(name, value)| attribute(name, value)).to_vec(),
        ..plain_sku("TEE RED/M")
    }
}

fn create(product: Product, skus: Vec<Sku>) -> CreateProduct {
    CreateProduct { product, skus, required_images: Vec::new(), images: Vec::new(), variants: Vec::new() }
}

/// The numbers of `TEE RED/M`.
fn ids() -> Ids {
    let ids = SkuIds { item: "2096962270".to_owned(), sku: "234523151512".to_owned() };
    Ids::from([(seller_sku("TEE RED/M"), ids)])
}

fn picture(url: &str) -> PlannedImage {
    PlannedImage::Hosted(crate::record::ImageUrl::parse(url).unwrap())
}

fn text(call: &Call<'_>) -> String {
    String::from_utf8(body(call, &ids()).unwrap()).unwrap()
}

/// The text as it is, but for the white space between its values: the order of fields counts.
#[track_caller]
fn check(call: &Call<'_>, fixture: &str) {
    let mut compact = String::new();
    let (mut is_inside, mut is_escaped) = (false, false);
    for c in fixture.chars() {
        if is_inside || !c.is_ascii_whitespace() {
            compact.push(c);
        }
        is_inside ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
    }
    assert_eq!(text(call), compact);
}

#[test]
fn a_product_is_written_with_its_pictures_and_its_variation() {
    let product = Product {
        category: CategoryId::parse("6614"),
        spu_id: SpuId::parse("77"),
        name: Some("Tee & \"Top\" <unisex> เสื้อ".to_owned()),
        short_description: Some("<ul><li>cotton</li></ul>".to_owned()),
        description: Some(String::new()),
        brand: Some("No Brand".to_owned()),
        attributes: vec![attribute("kid_years", "Kids (6-10yrs)"), attribute("name", "another"), attribute("x", "")],
        ..Product::default()
    };
    let create = CreateProduct {
        images: vec![
            picture("https://sg-live-02.slatic.net/p/0a1b.jpg"),
            PlannedImage::Awaited { request: 3, place: 0 },
            picture("https://sg-live-02.slatic.net/p/0a1c.jpg"),
        ],
        variants: vec!["color_family".to_owned(), "size".to_owned()],
        ..create(product, vec![full_sku(), plain_sku("TEE-BLUE-M")])
    };
    check(&Call::CreateProduct(&create), fixture!("create-product"));
}

#[test]
fn skus_added_to_a_product_need_no_attributes() {
    let product = Product { associated_sku: SellerSku::parse("TEE-RED-M"), ..Product::default() };
    let create = create(product, vec![plain_sku("TEE-RED-XL")]);
    check(&Call::CreateProduct(&create), fixture!("add-sku"));
}

fn text_change(name: &str, value: &str) -> Change {
    Change { name: name.to_owned(), from: None, to: NewValue::Text(value.to_owned()) }
}

fn cleared(name: &str) -> Change {
    Change { name: name.to_owned(), from: None, to: NewValue::Cleared }
}

fn sku_update(text: &str, fields: Vec<Change>) -> SkuUpdate {
    SkuUpdate { seller_sku: seller_sku(text), fields, active: None }
}

#[test]
fn an_update_carries_numbers_and_what_changes_and_clears_where_it_is_told_to() {
    let switch = |to| Some(Switch { to, from: String::new() });
    let fields = vec![
        text_change("quantity", "88"),
        text_change("color_family", "Red"),
        cleared("special_price"),
        text_change("special_from_date", "2018-03-01 18:15"),
        cleared("size"),
        text_change("package_content", "<p>1 x tee</p>"),
        text_change("price", ""),
    ];
    let red = SkuUpdate { active: switch(false), ..sku_update("TEE RED/M", fields) };
    let blue = SkuUpdate { active: switch(true), ..sku_update("TEE-BLUE-M", Vec::new()) };
    let update = UpdateProduct {
        product: vec![text_change("name", "Tee & \"Top\" <unisex>"), text_change("warranty", ""), cleared("model")],
        skus: vec![blue, red].into_iter().rev().collect(),
        variants: vec!["color_family".to_owned(), "size".to_owned()],
    };
    check(&Call::UpdateProduct(&update), fixture!("update-product"));
}

#[test]
fn an_update_without_numbers_names_the_seller_sku_alone() {
    let skus = vec![sku_update("TEE RED/M", vec![text_change("price", "350")])];
    let update = UpdateProduct { product: Vec::new(), skus, variants: Vec::new() };
    let body = body(&Call::UpdateProduct(&update), &Ids::new()).unwrap();
    let (written, expect): (Value, Value) =
        (serde_json::from_slice(&body).unwrap(), serde_json::from_str(fixture!("update-one-sku")).unwrap());
    assert_eq!(written, expect);
}

fn same(text: &str) -> PriceQuantity {
    PriceQuantity { seller_sku: seller_sku(text), quantity: None, price: None, sale: None, before: Vec::new() }
}

#[test]
fn prices_and_stock_have_capital_names_and_no_empty_values() {
    let skus = [
        PriceQuantity {
            quantity: Quantity::parse("0"),
            price: Price::parse("388.50"),
            sale: Some(sale()),
            ..same("TEE RED/M")
        },
        PriceQuantity { quantity: Quantity::parse("12"), ..same("TEE-BLUE-M") },
    ];
    check(&Call::UpdatePriceQuantity(&skus), fixture!("price-quantity"));
}

#[test]
fn a_sale_may_have_one_end() {
    let moment = SaleMoment::parse("2018-03-01").unwrap();
    for (window, name) in [(SaleWindow::From(moment), "SaleStartDate"), (SaleWindow::Until(moment), "SaleEndDate")] {
        let sku = PriceQuantity { sale: Some(Sale { window, ..sale() }), ..same("A") };
        let body = text(&Call::UpdatePriceQuantity(&[sku]));
        assert!(body.contains(&format!(r#""SalePrice":"299","{name}":"2018-03-01 00:00:00"}}"#)), "{body}");
    }
}

#[test]
fn pictures_are_set_sku_by_sku_under_their_numbers() {
    let sku = |text, images| SkuImages { seller_sku: seller_sku(text), images, before: None };
    let red = ["https://sg-live-02.slatic.net/p/0a1b.jpg?a=1&b=2", "https://sg-live-02.slatic.net/p/0a1c.jpg"];
    let skus = vec![
        sku("TEE RED/M", red.map(picture).to_vec()),
        sku("TEE-NONE", Vec::new()),
        sku("TEE-AWAITED", vec![PlannedImage::Awaited { request: 0, place: 0 }]),
        sku("TEE-BLUE-M", vec![picture("https://sg-live-02.slatic.net/p/0a1d.jpg")]),
    ];
    check(&Call::SetImages(&SetImages { skus, starts: Vec::new() }), fixture!("images-set"));
}

#[test]
fn pictures_are_sent_for_in_xml() {
    let urls = ["http://img.example.com/1.jpg?w=1&h=2", "https://img.example.com/2.jpg"]
        .map(|text| crate::record::ImageUrl::parse(text).unwrap());
    let declared = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Request>";
    let (one, two) =
        ("<Url>http://img.example.com/1.jpg?w=1&amp;h=2</Url>", "<Url>https://img.example.com/2.jpg</Url>");
    assert_eq!(text(&Call::MigrateImage(&urls[0])), format!("{declared}<Image>{one}</Image></Request>"));
    assert_eq!(text(&Call::MigrateImages(&urls)), format!("{declared}<Images>{one}{two}</Images></Request>"));
}

#[test]
fn the_bytes_of_a_picture_are_the_whole_body_and_a_read_has_none() {
    let bytes = b"\xff\xd8\xff\xe0 not text \0 --skuload \r\n";
    assert_eq!(body(&Call::UploadImage(bytes), &Ids::new()).as_deref(), Some(bytes.as_slice()));
    for call in [Call::GetResponse("1"), Call::GetCategoryTree, Call::GetCategoryAttributes(1)] {
        assert_eq!(body(&call, &Ids::new()), None);
    }
}

/// A product attribute, a SKU's and one that tells SKUs apart, of a create and of an update that carry this value.
fn written_and_read(value: &str) -> Vec<Option<String>> {
    let product = Product { name: Some(value.to_owned()), ..Product::default() };
    let attributes = vec![attribute("size", value), attribute("care", value)];
    let created = CreateProduct {
        variants: vec!["size".to_owned()],
        ..create(product, vec![Sku { attributes, ..plain_sku("A") }])
    };
    let change = || vec![text_change("size", value), text_change("care", value)];
    let update = UpdateProduct {
        product: vec![text_change("name", value)],
        skus: vec![sku_update("A", change())],
        variants: vec!["size".to_owned()],
    };
    let mut read = Vec::new();
    for call in [Call::CreateProduct(&created), Call::UpdateProduct(&update)] {
        let payload: Value = serde_json::from_str(&text(&call)).unwrap();
        let places = ["/Attributes/name", "/Skus/Sku/0/saleProp/size", "/Skus/Sku/0/care"];
        let at = |place: &str| payload.pointer(&format!("/Request/Product{place}"))?.as_str().map(str::to_owned);
        read.extend(places.map(at));
    }
    read
}

proptest! {
    #[test]
    fn any_text_comes_back_as_it_was(value in "([ -~\r\n\t\0]|[\\]>&<;'#+%\"\\\\]|[ก-๛]|[Ạ-ỹ]|[一-鿿]|[😀-🙏]|\\PC){0,40}") {
        let expect = Some(value).filter(|value| !value.is_empty());
        prop_assert!(written_and_read(expect.as_deref().unwrap_or_default()).into_iter().all(|read| read == expect));
    }

    #[test]
    fn any_sku_comes_back_as_it_was(sku in "[ -~]{1,12}|[\"',&+%\\\\=\\[\\]]{1,6}|\\PC{1,6}") {
        prop_assume!(SellerSku::parse(&sku).is_some());
        let body = text(&Call::UpdatePriceQuantity(&[same(&sku)]));
        let payload: Value = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(&payload["Request"]["Product"]["Skus"]["Sku"][0]["SellerSku"], sku.trim());
    }
}
