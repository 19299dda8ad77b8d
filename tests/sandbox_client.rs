//! What the client writes of updates and reads of products, against the stand-in marketplace, which shares no code with
//! it.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/calls.rs"]
mod calls;
mod support;

use calls::{call, told};
use skuload::dialect::{Call, Dialect, Ids, ListProducts, ProductFilter, Reply, StockDetail, TimeWindow};
use skuload::plan::{
    Change, NewValue, PlannedImage, PriceQuantity, SetImages, ShopProduct, SkuImages, SkuUpdate, Switch, UpdateProduct,
};
use skuload::record::{ImageUrl, Price, Quantity, SellerSku};
use support::Market;

const HOSTED: &str = "https://sg-live.slatic.net/p/9.jpg";

const SHOP: &str = r#"
[[product]]
category = 6614
name = "Canvas tote"
brand = "Remark"
attributes = { short_description = "Holds 12 kg", model = "T1" }
fields = { price = "100.00", package_width = "4" }
skus = ["TOTE-1", "TOTE-2"]
images = ["https://sg-live.slatic.net/p/1.jpg"]
[[product]]
category = 3
name = "Mug"
brand = "Remark"
skus = ["MUG"]
"#;

/// All products of the shop as the client reads them in a format.
fn listed(market: &Market, format: &str) -> Vec<ShopProduct> {
    let list = ListProducts {
        filter: ProductFilter::All,
        created: TimeWindow::default(),
        updated: TimeWindow::default(),
        search: None,
        stock: StockDetail::Full,
        offset: 0,
        limit: 100,
    };
    let text = call(market, "GetProducts", &[("Filter", "all"), ("Options", "1"), ("Format", format)], None).unwrap();
    match Dialect::SellerCenter.decode_reply_to(&Call::ListProducts(list), text.as_bytes()) {
        Ok(Reply::Products { products, .. }) => products,
        other => panic!("no products: {other:?}"),
    }
}

#[test]
fn what_the_client_writes_is_taken_and_read_back() {
    let market = Market::open(SHOP);
    let seller_sku = |text| SellerSku::parse(text).unwrap();
    let change = |name: &str, to| Change { name: name.to_owned(), from: None, to };
    let highlights = "<ul><li>Holds \"12\" kg & <b>more</b></li></ul>";
    let update = UpdateProduct {
        variants: Vec::new(),
        product: vec![
            change("short_description", NewValue::Text(highlights.to_owned())),
            change("model", NewValue::Cleared),
        ],
        skus: vec![SkuUpdate {
            seller_sku: seller_sku("TOTE-1"),
            fields: vec![change("package_content", NewValue::Text("<p>1 x tote</p>".to_owned()))],
            active: Some(Switch { to: false, from: "active".to_owned() }),
        }],
    };
    let prices = [PriceQuantity {
        seller_sku: seller_sku("TOTE-2"),
        quantity: Quantity::parse("3"),
        price: Price::parse("95.50"),
        sale: None,
        before: Vec::new(),
    }];
    let pictures = vec![PlannedImage::Hosted(ImageUrl::parse(HOSTED).unwrap())];
    let pictures = SetImages {
        skus: vec![SkuImages { seller_sku: seller_sku("TOTE-1"), images: pictures, before: None }],
        starts: Vec::new(),
    };
    for write in [Call::UpdateProduct(&update), Call::UpdatePriceQuantity(&prices), Call::SetImages(&pictures)] {
        let body = String::from_utf8(Dialect::SellerCenter.body(&write, &Ids::new()).unwrap()).unwrap();
        assert_eq!(told(&market, write.action().as_str(), &body), "ok", "{body}");
    }
    let products = listed(&market, "JSON");
    let [first, second] = products[0].skus.as_slice() else { panic!("{products:?}") };
    assert_eq!((products[0].attribute("short_description"), products[0].attribute("model")), (Some(highlights), None));
    assert_eq!((first.field("package_content"), first.field("price")), (Some("<p>1 x tote</p>"), Some("100.00")));
    assert_eq!(first.pictures.as_deref(), Some([HOSTED.to_owned()].as_slice()));
    assert_eq!((second.field("price"), second.field("quantity")), (Some("95.50"), Some("3")));
    let mut in_xml = listed(&market, "XML");
    // The two formats need not show fields in the same order.
    let sorted = |products: &mut Vec<ShopProduct>| {
        for product in products {
            product.attributes.sort_by(|one, other| one.name.cmp(&other.name));
            product.skus.iter_mut().for_each(|sku| sku.fields.sort_by(|one, other| one.name.cmp(&other.name)));
        }
    };
    let mut in_json = products;
    sorted(&mut in_json);
    sorted(&mut in_xml);
    assert_eq!(in_xml, in_json);
}
