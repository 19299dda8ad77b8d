//! A write -> its XML body, in the order of the sample on the CreateProduct page.
//!
//! An empty tag may mean "clear" on the marketplace's side: it is written where an update says so and nowhere else.
//! CreateProduct carries no pictures; they go by SetImages.

use std::borrow::Cow;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::super::Call;
use super::super::call::hosted;
use crate::plan::{
    Change, CreateProduct, NewValue, PlannedImage, PriceQuantity, SetImages, SkuImages, SkuUpdate, UpdateProduct,
};
use crate::record::{Attribute, Product, Sku};

type Xml = Writer<Vec<u8>>;

/// The body of a POST: XML, or the bytes of a picture; `None` for a GET.
pub(in crate::dialect) fn body(call: &Call<'_>) -> Option<Vec<u8>> {
    let mut xml = Writer::new(Vec::new());
    let written = match call {
        Call::CreateProduct(create) => product(&mut xml, |xml| create_product(xml, create)),
        Call::UpdateProduct(update) => product(&mut xml, |xml| update_product(xml, update)),
        Call::UpdatePriceQuantity(skus) => product(&mut xml, |xml| update_price_quantity(xml, skus)),
        Call::SetImages(images) => product(&mut xml, |xml| set_images(xml, images)),
        Call::MigrateImage(url) => request(&mut xml, |xml| node(xml, "Image", |xml| element(xml, "Url", url.as_str()))),
        Call::MigrateImages(urls) => request(&mut xml, |xml| {
            node(xml, "Images", |xml| urls.iter().try_for_each(|url| element(xml, "Url", url.as_str())))
        }),
        Call::GetResponse(ticket) => request(&mut xml, |xml| element(xml, "RequestId", ticket)),
        Call::UploadImage(bytes) => return Some(bytes.to_vec()),
        Call::GetProducts(_) | Call::ListProducts(_) | Call::GetQcStatus(_) => return None,
        Call::GetCategoryTree | Call::GetCategoryAttributes(_) | Call::GetBrands(_) => return None,
    };
    written.expect("writing to memory does not fail");
    Some(xml.into_inner())
}

fn request(xml: &mut Xml, inner: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    node(xml, "Request", inner)
}

fn product(xml: &mut Xml, inner: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<()> {
    request(xml, |xml| node(xml, "Product", inner))
}

fn create_product(xml: &mut Xml, create: &CreateProduct) -> io::Result<()> {
    let product = &create.product;
    shown(xml, "PrimaryCategory", product.category.as_ref())?;
    shown(xml, "SPUId", product.spu_id.as_ref())?;
    shown(xml, "AssociatedSku", product.associated_sku.as_ref())?;
    let common = common_attributes(product);
    if !common.is_empty() {
        node(xml, "Attributes", |xml| common.iter().try_for_each(|(name, value)| element(xml, name, value)))?;
    }
    node(xml, "Skus", |xml| create.skus.iter().try_for_each(|own| node(xml, "Sku", |xml| sku(xml, own))))
}

/// What goes into `Attributes`, in order, without the empty ones.
fn common_attributes(product: &Product) -> Vec<(&str, &str)> {
    let named = [
        ("name", &product.name),
        ("short_description", &product.short_description),
        ("description", &product.description),
        ("brand", &product.brand),
        ("model", &product.model),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let others = product.attributes.iter().map(|attribute| (attribute.name.as_str(), attribute.value.as_str()));
    named.chain(others).filter(|(_, value)| value.chars().any(|character| is_legal(&character))).collect()
}

fn sku(xml: &mut Xml, sku: &Sku) -> io::Result<()> {
    element(xml, "SellerSku", sku.seller_sku.as_str())?;
    for Attribute { name, value } in &sku.attributes {
        element(xml, name, value)?;
    }
    shown(xml, "quantity", sku.quantity.as_ref())?;
    shown(xml, "price", Some(&sku.offer.regular))?;
    if let Some(sale) = &sku.offer.sale {
        shown(xml, "special_price", Some(&sale.price))?;
        shown(xml, "special_from_date", sale.window.from().as_ref())?;
        shown(xml, "special_to_date", sale.window.to().as_ref())?;
    }
    shown(xml, "package_length", Some(&sku.package.length))?;
    shown(xml, "package_height", Some(&sku.package.height))?;
    shown(xml, "package_weight", Some(&sku.package.weight))?;
    shown(xml, "package_width", Some(&sku.package.width))?;
    shown(xml, "ProductId", sku.product_id.as_ref().map(|id| id.as_str()).as_ref())
}

fn update_product(xml: &mut Xml, update: &UpdateProduct) -> io::Result<()> {
    if update.product.iter().any(is_written) {
        node(xml, "Attributes", |xml| update.product.iter().try_for_each(|own| change(xml, own)))?;
    }
    node(xml, "Skus", |xml| update.skus.iter().try_for_each(|own| node(xml, "Sku", |xml| sku_update(xml, own))))
}

fn sku_update(xml: &mut Xml, sku: &SkuUpdate) -> io::Result<()> {
    element(xml, "SellerSku", sku.seller_sku.as_str())?;
    sku.fields.iter().try_for_each(|own| change(xml, own))?;
    shown(xml, "active", sku.active.as_ref().map(|switch| switch.to).as_ref())
}

fn change(xml: &mut Xml, change: &Change) -> io::Result<()> {
    match &change.to {
        NewValue::Text(value) => element(xml, &change.name, value),
        NewValue::Cleared => xml.create_element(change.name.as_str()).write_empty().map(drop),
    }
}

fn is_written(change: &Change) -> bool {
    match &change.to {
        NewValue::Text(value) => !legal(value).is_empty(),
        NewValue::Cleared => true,
    }
}

/// The tags are those of the UpdatePriceQuantity page, which begin with a capital.
fn update_price_quantity(xml: &mut Xml, skus: &[PriceQuantity]) -> io::Result<()> {
    node(xml, "Skus", |xml| skus.iter().try_for_each(|own| node(xml, "Sku", |xml| price_quantity(xml, own))))
}

fn price_quantity(xml: &mut Xml, sku: &PriceQuantity) -> io::Result<()> {
    element(xml, "SellerSku", sku.seller_sku.as_str())?;
    shown(xml, "Quantity", sku.quantity.as_ref())?;
    shown(xml, "Price", sku.price.as_ref())?;
    if let Some(sale) = &sku.sale {
        shown(xml, "SalePrice", Some(&sale.price))?;
        shown(xml, "SaleStartDate", sale.window.from().as_ref())?;
        shown(xml, "SaleEndDate", sale.window.to().as_ref())?;
    }
    Ok(())
}

fn set_images(xml: &mut Xml, images: &SetImages) -> io::Result<()> {
    node(xml, "Skus", |xml| {
        // An empty `Images` may clear what a SKU has: a SKU without pictures is left out.
        for SkuImages { seller_sku, images, .. } in &images.skus {
            if images.iter().find_map(hosted).is_none() {
                continue;
            }
            node(xml, "Sku", |xml| {
                element(xml, "SellerSku", seller_sku.as_str())?;
                pictures(xml, images)
            })?;
        }
        Ok(())
    })
}

/// The list of pictures; nothing where none is hosted.
fn pictures(xml: &mut Xml, images: &[PlannedImage]) -> io::Result<()> {
    let hosted = || images.iter().filter_map(hosted);
    if hosted().next().is_none() {
        return Ok(());
    }
    node(xml, "Images", |xml| hosted().try_for_each(|url| element(xml, "Image", url.as_str())))
}

fn node(xml: &mut Xml, name: &str, inner: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<()> {
    xml.create_element(name).write_inner_content(inner).map(drop)
}

fn shown(xml: &mut Xml, name: &str, value: Option<&impl ToString>) -> io::Result<()> {
    value.map_or(Ok(()), |value| element(xml, name, &value.to_string()))
}

/// One tag with its text; nothing where there is no text.
fn element(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    let value = legal(value);
    if value.is_empty() {
        return Ok(());
    }
    let mut escaped = quick_xml::escape::escape(&*value);
    if escaped.contains('\r') {
        // A bare CR would be read as LF.
        escaped = escaped.replace('\r', "&#13;").into();
    }
    xml.create_element(name).write_text_content(BytesText::from_escaped(escaped)).map(drop)
}

/// Without the characters that XML 1.0 has no way to write. `check` refuses them earlier.
fn legal(text: &str) -> Cow<'_, str> {
    // Of the legal ones nearly all show it by their bytes: only one in front of U+FFFE and U+FFFF needs a second look.
    let is_clear = |byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=0xee | 0xf0..);
    if text.bytes().all(is_clear) || text.chars().all(|character| is_legal(&character)) {
        return Cow::Borrowed(text);
    }
    text.chars().filter(is_legal).collect()
}

fn is_legal(character: &char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::super::super::node::Node;
    use super::super::tree;
    use super::*;
    use crate::record::{
        CategoryId, ImageUrl, Measure, Offer, Package, Price, ProductId, Quantity, Sale, SaleMoment, SaleWindow,
        SellerSku, SpuId,
    };
    use proptest::prelude::*;

    fn attribute(name: &str, value: &str) -> Attribute {
        Attribute { name: name.to_owned(), value: value.to_owned() }
    }

    fn plain_sku(text: &str) -> Sku {
        let measure = |text| Measure::parse(text).unwrap();
        Sku {
            seller_sku: SellerSku::parse(text).unwrap(),
            offer: Offer { regular: Price::parse("388.50").unwrap(), sale: None },
            quantity: None,
            package: Package {
                weight: measure("0.30"),
                length: measure("30"),
                width: measure("20"),
                height: measure("2.5"),
            },
            product_id: None,
            attributes: Vec::new(),
            images: Vec::new(),
            dead_images: Vec::new(),
        }
    }

    fn full_sku() -> Sku {
        let mut sku = plain_sku("TEE RED/M");
        sku.attributes = vec![attribute("color_family", "Red"), attribute("size", "Int: M"), attribute("empty", "")];
        sku.quantity = Quantity::parse("12");
        let moment = |text| SaleMoment::parse(text).unwrap();
        let window = SaleWindow::Between(moment("2018-03-01"), moment("2018-03-31 18:30"));
        sku.offer.sale = Some(Sale { price: Price::parse("299").unwrap(), window });
        sku.product_id = ProductId::parse("4006381333931");
        sku
    }

    fn full_product() -> Product {
        Product {
            category: CategoryId::parse("6614"),
            spu_id: SpuId::parse("77"),
            associated_sku: None,
            name: Some("Tee & \"Top\" <unisex>".to_owned()),
            short_description: Some("<ul><li>cotton</li></ul>".to_owned()),
            description: Some(String::new()),
            brand: Some("No Brand".to_owned()),
            model: None,
            attributes: vec![attribute("kid_years", "Kids (6-10yrs)"), attribute("name_th", "เสื้อ")],
        }
    }

    fn text(call: &Call<'_>) -> String {
        String::from_utf8(body(call).unwrap()).unwrap()
    }

    /// A fixture has one tag a line; a body has no white space between tags.
    #[track_caller]
    fn check(call: &Call<'_>, fixture: &str) {
        let expect: String = fixture.lines().map(str::trim).collect();
        assert_eq!(text(call), expect);
    }

    #[test]
    fn a_product_is_written_as_on_the_page_and_without_pictures() {
        let create = CreateProduct {
            product: full_product(),
            skus: vec![full_sku(), plain_sku("TEE-BLUE-M")],
            required_images: Vec::new(),
            images: Vec::new(),
            variants: Vec::new(),
        };
        check(
            &Call::CreateProduct(&create),
            include_str!("../../../tests/fixtures/seller-center/create-product.request.xml"),
        );
    }

    #[test]
    fn skus_added_to_a_product_need_no_attributes() {
        let product = Product { associated_sku: SellerSku::parse("TEE-RED-M"), ..Product::default() };
        let create = CreateProduct {
            product,
            skus: vec![plain_sku("TEE-RED-XL")],
            required_images: Vec::new(),
            images: Vec::new(),
            variants: Vec::new(),
        };
        check(&Call::CreateProduct(&create), include_str!("../../../tests/fixtures/seller-center/add-sku.request.xml"));
    }

    #[test]
    fn pictures_are_set_sku_by_sku() {
        let urls =
            |texts: &[&str]| texts.iter().map(|text| PlannedImage::Hosted(ImageUrl::parse(text).unwrap())).collect();
        let sku = |text, images| SkuImages { seller_sku: SellerSku::parse(text).unwrap(), images, before: None };
        let images = SetImages {
            skus: vec![
                sku("TEE RED/M", urls(&["http://img.example.com/1.jpg?w=1&h=2", "http://img.example.com/2.jpg"])),
                sku("TEE-NONE", Vec::new()),
                sku("TEE-BLUE-M", urls(&["http://img.example.com/3.jpg"])),
            ],
            starts: Vec::new(),
        };
        check(&Call::SetImages(&images), include_str!("../../../tests/fixtures/seller-center/set-images.request.xml"));
    }

    fn text_change(name: &str, value: &str) -> Change {
        Change { name: name.to_owned(), from: None, to: NewValue::Text(value.to_owned()) }
    }

    fn cleared(name: &str) -> Change {
        Change { name: name.to_owned(), from: None, to: NewValue::Cleared }
    }

    fn sku_update(seller_sku: &str, fields: Vec<Change>) -> SkuUpdate {
        SkuUpdate { seller_sku: SellerSku::parse(seller_sku).unwrap(), fields, active: None }
    }

    #[test]
    fn an_update_carries_what_changes_and_clears_where_it_is_told_to() {
        let switch = |to| Some(crate::plan::Switch { to, from: String::new() });
        let fields = vec![
            text_change("quantity", "88"),
            text_change("price", "350"),
            cleared("special_price"),
            text_change("package_content", "<p>1 x tee</p>"),
            text_change("color_family", ""),
        ];
        let red = SkuUpdate { active: switch(false), ..sku_update("TEE RED/M", fields) };
        let blue = SkuUpdate { active: switch(true), ..sku_update("TEE-BLUE-M", Vec::new()) };
        let update = UpdateProduct {
            variants: Vec::new(),
            product: vec![
                text_change("name", "Tee & \"Top\" <unisex>"),
                text_change("short_description", "<ul><li>cotton</li></ul>"),
                text_change("warranty", "\u{0}"),
                cleared("model"),
            ],
            skus: vec![red, blue],
        };
        check(
            &Call::UpdateProduct(&update),
            include_str!("../../../tests/fixtures/seller-center/update-product.request.xml"),
        );
    }

    #[test]
    fn an_update_of_skus_has_no_attributes() {
        for product in [Vec::new(), vec![text_change("name", "")]] {
            let skus = vec![sku_update("TEE RED/M", vec![text_change("color_family", "Red")])];
            let update = UpdateProduct { product, skus, variants: Vec::new() };
            check(
                &Call::UpdateProduct(&update),
                include_str!("../../../tests/fixtures/seller-center/update-one-sku.request.xml"),
            );
        }
    }

    #[test]
    fn prices_and_stock_have_capital_tags_and_no_empty_ones() {
        let same = |text| PriceQuantity {
            seller_sku: SellerSku::parse(text).unwrap(),
            quantity: None,
            price: None,
            sale: None,
            before: Vec::new(),
        };
        let skus = [
            PriceQuantity {
                quantity: Quantity::parse("0"),
                price: Price::parse("388.50"),
                sale: full_sku().offer.sale,
                ..same("TEE RED/M & <L>")
            },
            PriceQuantity { quantity: Quantity::parse("12"), ..same("TEE-BLUE-M") },
            PriceQuantity { price: Price::parse("400"), ..same("TEE-BLUE-L") },
        ];
        check(
            &Call::UpdatePriceQuantity(&skus),
            include_str!("../../../tests/fixtures/seller-center/update-price-quantity.request.xml"),
        );
    }

    #[test]
    fn a_sale_may_have_one_end() {
        let moment = SaleMoment::parse("2018-03-01").unwrap();
        for (window, tag) in [(SaleWindow::From(moment), "SaleStartDate"), (SaleWindow::Until(moment), "SaleEndDate")] {
            let sale = Some(Sale { price: Price::parse("299").unwrap(), window });
            let seller_sku = SellerSku::parse("A").unwrap();
            let body = text(&Call::UpdatePriceQuantity(&[PriceQuantity {
                seller_sku,
                quantity: None,
                price: None,
                sale,
                before: Vec::new(),
            }]));
            assert!(
                body.contains(&format!("<SalePrice>299</SalePrice><{tag}>2018-03-01 00:00</{tag}></Sku>")),
                "{body}"
            );
        }
    }

    /// A product attribute and a field of a SKU, of an update that carries the value in both.
    #[track_caller]
    fn updated_and_read(value: &str) -> [String; 2] {
        let change = || vec![text_change("package_content", value)];
        let update = UpdateProduct { product: change(), skus: vec![sku_update("A", change())], variants: Vec::new() };
        let body = text(&Call::UpdateProduct(&update));
        assert!(is_well_formed(&body), "{body}");
        let root = tree::read_xml(&body).unwrap();
        let product = root.child("Product").unwrap();
        let text = |node: Option<&Node>| node.and_then(|node| node.child("package_content")).map(Node::text);
        let sku = product.child("Skus").and_then(|skus| skus.child("Sku"));
        assert_eq!(sku.and_then(|sku| sku.value("SellerSku")).as_deref(), Some("A"));
        [text(product.child("Attributes")).unwrap_or_default(), text(sku).unwrap_or_default()]
    }

    #[test]
    fn pictures_are_sent_for_by_address() {
        let urls = [
            "http://img.example.com/1.jpg?w=1&h=2",
            "https://img.example.com/%E0%B8%AA.jpg",
            "http://img.example.com/a'b.jpg",
        ]
        .map(|text| ImageUrl::parse(text).unwrap());
        check(
            &Call::MigrateImage(&urls[0]),
            include_str!("../../../tests/fixtures/seller-center/migrate-image.request.xml"),
        );
        check(
            &Call::MigrateImages(&urls),
            include_str!("../../../tests/fixtures/seller-center/migrate-images.request.xml"),
        );
    }

    #[test]
    fn a_ticket_is_asked_about_in_the_body() {
        let call = Call::GetResponse("0c1d2e3f15173896232054839e");
        check(&call, include_str!("../../../tests/fixtures/seller-center/get-response.request.xml"));
        let hostile = text(&Call::GetResponse("a</RequestId>&<b>"));
        let root = tree::read_xml(&hostile).unwrap();
        assert_eq!(root.value("RequestId").as_deref(), Some("a</RequestId>&<b>"));
    }

    #[test]
    fn the_bytes_of_a_picture_are_the_whole_body() {
        let bytes = b"\xff\xd8\xff\xe0 not text \0 ]]> <?xml \r\n";
        assert_eq!(body(&Call::UploadImage(bytes)).as_deref(), Some(bytes.as_slice()));
    }

    #[test]
    fn a_read_has_no_body() {
        assert_eq!(
            body(&Call::GetProducts(super::super::GetProducts {
                skus: &[],
                limit: 1,
                told: crate::dialect::Told::Presence
            })),
            None
        );
        assert_eq!(body(&Call::GetQcStatus(&[SellerSku::parse("A").unwrap()])), None);
    }

    fn is_well_formed(text: &str) -> bool {
        let mut reader = quick_xml::Reader::from_str(text);
        loop {
            match reader.read_event() {
                Ok(Event::Eof) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    #[track_caller]
    fn written_and_read(value: &str) -> String {
        let product = Product { name: Some(value.to_owned()), ..Product::default() };
        let create = CreateProduct {
            product,
            skus: vec![plain_sku("A")],
            required_images: Vec::new(),
            images: Vec::new(),
            variants: Vec::new(),
        };
        let body = text(&Call::CreateProduct(&create));
        assert!(is_well_formed(&body), "{body}");
        let root = tree::read_xml(&body).unwrap();
        let attributes = root.child("Product").and_then(|product| product.child("Attributes"));
        attributes.and_then(|attributes| attributes.child("name")).map(Node::text).unwrap_or_default()
    }

    #[test]
    fn hostile_text_comes_back_as_it_was() {
        for value in [
            "]]>",
            "<![CDATA[x]]>",
            "a\r\nb\rc\nd\te",
            "&amp;&#13;&nbsp;",
            "\"'<>&",
            " edges ",
            "😀 ภาษาไทย",
            "<!-- -->",
            "</name></Attributes>",
            "<?xml?>",
            "\u{a0}\u{85}\u{2028}\u{feff}",
        ] {
            assert_eq!(written_and_read(value), value);
            assert_eq!(updated_and_read(value), [value, value]);
        }
    }

    #[test]
    fn characters_that_xml_cannot_hold_are_dropped() {
        assert_eq!(written_and_read("a\u{0}b\u{b}c\u{1f}d\u{fffe}e\u{ffff}f"), "abcdef");
        assert_eq!(written_and_read("\u{0}"), "");
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was(
            value in "([ -~\r\n\t]|[\\]>&<;'#]|[ก-๛]|[😀-🙏]|\\PC){0,40}"
        ) {
            prop_assert_eq!(written_and_read(&value), legal(&value));
            prop_assert_eq!(updated_and_read(&value), [legal(&value), legal(&value)]);
        }
    }
}
