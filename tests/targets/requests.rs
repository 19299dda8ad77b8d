//! Any text -> the body of a write, and back: what a strict reader finds there is what was asked for, but for the
//! characters that XML cannot write.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use quick_xml::events::Event;
use quick_xml::{Reader, escape};
use serde_json::{Map, Value, json};
use skuload::dialect::{Call, Dialect, Ids};
use skuload::plan::{CreateProduct, PlannedImage, SetImages, SkuImages};
use skuload::record::{
    Attribute, CategoryId, ImageUrl, Measure, Offer, Package, Price, Product, Quantity, SellerSku, Sku,
};

/// Every text of a body, with the path to it.
fn texts(body: &str) -> Result<Vec<(String, String)>, String> {
    let mut reader = Reader::from_str(body);
    let (mut path, mut found) = (Vec::new(), Vec::new());
    let mut text: Option<String> = None;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => {
                path.push(tag.name().as_ref().to_owned());
                text = Some(String::new());
            }
            Event::End(_) => {
                if let Some(text) = text.take() {
                    found.push((path.join("/"), text));
                }
                path.pop();
            }
            Event::Text(part) => text.get_or_insert_default().push_str(&part),
            Event::GeneralRef(reference) => {
                let whole = format!("&{};", &*reference);
                text.get_or_insert_default().push_str(&escape::unescape(&whole).map_err(|error| error.to_string())?);
            }
            Event::Decl(_) => {}
            Event::Eof => return if path.is_empty() { Ok(found) } else { Err("it is cut short".to_owned()) },
            other => return Err(format!("{other:?}")),
        }
    }
}

/// What XML 1.0 can write of a text.
fn writable(text: &str) -> String {
    let is_writable = |c: &char| {
        let code = u32::from(*c);
        matches!(code, 0x9 | 0xa | 0xd) || (0x20..=0xfffd).contains(&code) || code >= 0x10000
    };
    text.chars().filter(is_writable).collect()
}

#[derive(Debug, Clone)]
struct Texts {
    skus: Vec<String>,
    name: Option<String>,
    description: Option<String>,
    attributes: Vec<(String, String)>,
}

fn create(texts: &Texts) -> Option<CreateProduct> {
    let attributes = |prefix: &str| {
        let own = texts
            .attributes
            .iter()
            .map(|(name, value)| Attribute { name: format!("{prefix}{name}"), value: value.clone() });
        own.collect::<Vec<_>>()
    };
    let one = Measure::parse("1")?;
    let sku = |name: &String| {
        Some(Sku {
            seller_sku: SellerSku::parse(name)?,
            offer: Offer { regular: Price::parse("9.90")?, sale: None },
            quantity: Quantity::parse("5"),
            package: Package { weight: one, length: one, width: one, height: one },
            product_id: None,
            attributes: attributes("s_"),
            images: Vec::new(),
            dead_images: Vec::new(),
        })
    };
    let skus = texts.skus.iter().map(sku).collect::<Option<Vec<_>>>()?;
    let product = Product {
        category: CategoryId::parse("3"),
        name: texts.name.clone(),
        description: texts.description.clone(),
        attributes: attributes("p_"),
        ..Product::default()
    };
    Some(CreateProduct { product, skus, required_images: Vec::new(), images: Vec::new(), variants: Vec::new() })
}

fn target(input: &Texts) -> TestCaseResult {
    let Some(create) = create(input) else { return Ok(()) };
    let body = Dialect::SellerCenter.body(&Call::CreateProduct(&create), &Ids::new()).unwrap_or_default();
    let body = String::from_utf8(body).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let found = texts(&body).map_err(|error| TestCaseError::fail(format!("{error}: {body}")))?;
    let mut wanted = vec![("Request/Product/PrimaryCategory".to_owned(), "3".to_owned())];
    let mut want = |path: &str, text: &str| {
        let text = writable(text);
        if !text.is_empty() {
            wanted.push((path.to_owned(), text));
        }
    };
    let shared = [("name", &input.name), ("description", &input.description)];
    for (name, value) in shared.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        want(&format!("Request/Product/Attributes/{name}"), value);
    }
    for (name, value) in &input.attributes {
        want(&format!("Request/Product/Attributes/p_{name}"), value);
    }
    for sku in &create.skus {
        want("Request/Product/Skus/Sku/SellerSku", sku.seller_sku.as_str());
        for (name, value) in &input.attributes {
            want(&format!("Request/Product/Skus/Sku/s_{name}"), value);
        }
        for (name, value) in [("quantity", "5"), ("price", "9.90"), ("package_length", "1"), ("package_height", "1")] {
            want(&format!("Request/Product/Skus/Sku/{name}"), value);
        }
        want("Request/Product/Skus/Sku/package_weight", "1");
        want("Request/Product/Skus/Sku/package_width", "1");
    }
    prop_assert_eq!(found, wanted);
    Ok(())
}

/// The same by the Open Platform: a JSON of texts, of two fields with one name the first, none without a text. The
/// first attribute tells SKUs apart.
fn open_target(input: &Texts) -> TestCaseResult {
    let Some(create) = create(input) else { return Ok(()) };
    let variants: Vec<String> = input.attributes.iter().take(1).map(|(name, _)| format!("s_{name}")).collect();
    let create = CreateProduct { variants: variants.clone(), ..create };
    let body = Dialect::OpenPlatform.body(&Call::CreateProduct(&create), &Ids::new()).unwrap_or_default();
    let found: Value = serde_json::from_slice(&body).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let mut attributes = Map::new();
    let shared = [("name", &input.name), ("description", &input.description)];
    for (name, value) in shared {
        put(&mut attributes, name, value.as_deref().unwrap_or_default());
    }
    input.attributes.iter().for_each(|(name, value)| put(&mut attributes, &format!("p_{name}"), value));
    let skus = create.skus.iter().map(|sku| {
        let mut wanted = Map::new();
        put(&mut wanted, "SellerSku", sku.seller_sku.as_str());
        let mut sale_props = Map::new();
        for (name, value) in &input.attributes {
            let name = format!("s_{name}");
            put(if variants.contains(&name) { &mut sale_props } else { &mut wanted }, &name, value);
        }
        if !sale_props.is_empty() {
            wanted.insert("saleProp".to_owned(), Value::Object(sale_props));
        }
        for (name, value) in [("quantity", "5"), ("price", "9.90"), ("package_length", "1"), ("package_height", "1")] {
            put(&mut wanted, name, value);
        }
        put(&mut wanted, "package_weight", "1");
        put(&mut wanted, "package_width", "1");
        Value::Object(wanted)
    });
    let mut product = json!({"PrimaryCategory": "3", "Skus": {"Sku": skus.collect::<Vec<_>>()}});
    if !attributes.is_empty() {
        product["Attributes"] = Value::Object(attributes);
    }
    prop_assert_eq!(found, json!({"Request": {"Product": product}}));
    Ok(())
}

fn put(fields: &mut Map<String, Value>, name: &str, value: &str) {
    if !value.is_empty() && !fields.contains_key(name) {
        fields.insert(name.to_owned(), json!(value));
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let words = [
        "]]>",
        "<",
        "&",
        "&amp;",
        "&#0;",
        "\0",
        "\u{fffe}",
        "\u{ffff}",
        "\r\n",
        "\r",
        "<![CDATA[",
        "-->",
        "<!--",
        "\"",
        "'",
        "\u{85}",
        "\u{2028}",
        "\u{1f}",
        "ก",
        "😀",
        " ",
        "\t",
        "<br>",
        "\u{feff}",
        "a",
    ];
    let word = proptest::sample::select(words.to_vec());
    prop_oneof!["\\PC{0,20}", proptest::collection::vec(word, 0..8).prop_map(|words| words.concat()), any::<String>()]
}

#[test]
fn requests_say_what_they_were_asked_to_say() {
    let attributes = proptest::collection::vec(("[a-z_]{1,8}", hostile()), 0..3);
    let name = proptest::option::of(hostile());
    let inputs = (proptest::collection::vec(hostile(), 1..4), name, proptest::option::of(hostile()), attributes)
        .prop_map(|(skus, name, description, attributes)| Texts { skus, name, description, attributes });
    crate::run(300, &inputs, |input| {
        open_target(&input)?;
        target(&input)
    });
}

#[test]
fn requests_for_pictures_say_which() {
    let addresses = proptest::collection::vec("https://[a-z]{1,9}\\.example/[!-~]{0,20}", 0..4);
    let inputs = proptest::collection::vec((hostile(), addresses), 1..4);
    crate::run(300, &inputs, |skus| {
        let skus = skus.iter().filter_map(|(name, addresses)| {
            let images = addresses.iter().filter_map(|address| ImageUrl::parse(address).ok());
            let images = images.map(PlannedImage::Hosted).collect();
            Some(SkuImages { seller_sku: SellerSku::parse(name)?, images, before: None })
        });
        let images = SetImages { skus: skus.collect(), starts: Vec::new() };
        let body = Dialect::SellerCenter.body(&Call::SetImages(&images), &Ids::new()).unwrap_or_default();
        let body = String::from_utf8(body).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let found = texts(&body).map_err(|error| TestCaseError::fail(format!("{error}: {body}")))?;
        let found: Vec<String> =
            found.into_iter().filter(|(path, _)| path.ends_with("/Image")).map(|(_, text)| text).collect();
        let address = |image: &PlannedImage| match image {
            PlannedImage::Hosted(url) => Some(url.as_str().to_owned()),
            PlannedImage::Awaited { .. } => None,
        };
        let wanted: Vec<String> = images.skus.iter().flat_map(|sku| &sku.images).filter_map(address).collect();
        prop_assert_eq!(found, &wanted[..]);
        let body = Dialect::OpenPlatform.body(&Call::SetImages(&images), &Ids::new()).unwrap_or_default();
        let payload: Value = serde_json::from_slice(&body).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let skus = payload["Request"]["Product"]["Skus"]["Sku"].as_array().into_iter().flatten();
        let found: Vec<&Value> = skus.filter_map(|sku| sku["Images"]["Image"].as_array()).flatten().collect();
        let found: Vec<&str> = found.into_iter().filter_map(Value::as_str).collect();
        prop_assert_eq!(found, wanted);
        Ok(())
    });
}
