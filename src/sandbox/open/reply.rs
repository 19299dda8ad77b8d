//! The envelope of the Open Platform: `code` and `request_id` beside `data`, always JSON.
//!
//! What a call tells is the body that Seller Center would send, in the keys that the pages print for this API. Ids,
//! prices and stock are numbers by one call and texts by the next, as both are published.

use serde_json::{Map, Value, json};

use super::super::address;
use super::super::reply::{ApiError, Success};
use super::codes;
use super::settings::{Country, Images, Numbers, Settings};

const REQUEST_ID_LENGTH: usize = 25;

/// How one reply is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) struct Envelope {
    number: u64,
    numbers: Numbers,
    images: Images,
    country: Country,
}

impl Envelope {
    /// The envelope of the reply to the call with this number.
    pub(super) fn new(number: u64, settings: &Settings) -> Envelope {
        Envelope { number, numbers: settings.numbers, images: settings.images, country: settings.country }
    }

    fn request_id(self) -> String {
        let mut id = address::code(format!("request {}", self.number).as_bytes());
        id.truncate(REQUEST_ID_LENGTH);
        id
    }

    fn writes_texts(self) -> bool {
        match self.numbers {
            Numbers::Both => self.number.is_multiple_of(2),
            Numbers::Number => false,
            Numbers::Text => true,
        }
    }

    /// A number as this reply writes numbers.
    fn number(self, value: &Value) -> Value {
        match value {
            Value::Number(number) if self.writes_texts() => json!(number.to_string()),
            Value::String(text) if !self.writes_texts() && is_plain(text) => {
                let number: Option<Value> = serde_json::from_str(text).ok();
                number.filter(Value::is_number).unwrap_or_else(|| value.clone())
            }
            other => other.clone(),
        }
    }

    /// The pictures of a product as this reply writes those of this product.
    fn images(self, item_id: u64, images: &Value) -> Value {
        let is_text = match self.images {
            Images::Both => item_id.is_multiple_of(2),
            Images::List => false,
            Images::Text => true,
        };
        if is_text { json!(images.to_string()) } else { images.clone() }
    }

    fn shop_sku(self, item_id: &Value, sku_id: &Value) -> Value {
        json!(format!("{item_id}_{}-{sku_id}", self.country.code().to_uppercase()))
    }
}

/// Writes a success.
pub(in crate::sandbox) fn success(action: &str, success: &Success, envelope: Envelope) -> String {
    let body = &success.body;
    let (name, data) = match action {
        "GenerateAccessToken" | "RefreshAccessToken" => ("", body.clone()),
        "MigrateImages" => ("", json!({"batch_id": success.ticket})),
        "CreateProduct" => ("data", created(body, envelope)),
        "GetProducts" => ("data", listed(body, envelope)),
        "MigrateImage" | "UploadImage" => ("data", json!({"image": image(&body["Image"])})),
        "GetResponse" => ("data", fetched(body)),
        "GetQcStatus" => ("data", list(&body["Status"], reviewed)),
        "GetCategoryTree" | "GetCategoryAttributes" => ("data", body.clone()),
        "GetBrands" => ("data", body.clone()),
        _ => ("data", changed(body)),
    };
    let mut told = match (name, data) {
        ("", Value::Object(fields)) => fields,
        (name, data) => Map::from_iter([(name.to_owned(), data)]),
    };
    if action == "GetBrands" {
        told.extend([("success", json!(true)), ("error_code", json!("")), ("error_msg", json!(""))].map(owned));
    }
    told.extend([("code", json!("0")), ("request_id", json!(envelope.request_id()))].map(owned));
    Value::Object(told).to_string()
}

/// Writes an error.
pub(in crate::sandbox) fn failure(error: &ApiError, envelope: Envelope) -> String {
    let told = codes::told(error);
    let mut written = json!({"code": told.code, "type": told.blames, "message": told.message,
        "request_id": envelope.request_id()});
    if !told.details.is_empty() {
        let details = told.details.iter().map(|detail| {
            let code = codes::code_of(detail);
            // A seller SKU that exists is told by the message alone, of no field.
            let exists = detail.message == "[SELLER_SKU_IS_EXIST]";
            let field = if exists { "" } else { detail.field.as_str() };
            let mut written = Map::from_iter([("field", json!(field))].map(owned));
            written.insert("message".to_owned(), json!(codes::message_of(detail)));
            written.extend(code.map(|code| ("code".to_owned(), json!(code.to_string()))));
            let seller_sku = detail.seller_sku.as_ref().filter(|_| !exists);
            written.extend(seller_sku.map(|sku| ("seller_sku".to_owned(), json!(sku))));
            Value::Object(written)
        });
        written["detail"] = details.collect();
    }
    written.to_string()
}

/// A number as people write it, short enough for every digit to come back: another one would be another text, or another
/// number, by the next call.
fn is_plain(text: &str) -> bool {
    text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn owned((name, value): (&str, Value)) -> (String, Value) {
    (name.to_owned(), value)
}

/// The items of a list, each rewritten.
fn list(items: &Value, item: impl Fn(&Value) -> Value) -> Value {
    items.as_array().into_iter().flatten().map(item).collect()
}

/// The fields of an object that are there, under other names.
fn renamed(from: &Value, names: &[(&str, &str)]) -> Map<String, Value> {
    let there = names.iter().filter_map(|(old, new)| Some(((*new).to_owned(), from.get(*old)?.clone())));
    there.collect()
}

fn created(body: &Value, envelope: Envelope) -> Value {
    let sku = |sku: &Value| {
        let mut told = renamed(sku, &[("SellerSku", "seller_sku")]);
        if let Some(sku_id) = sku.get("SkuId") {
            told.insert("shop_sku".to_owned(), envelope.shop_sku(&body["ItemId"], sku_id));
            told.insert("sku_id".to_owned(), envelope.number(sku_id));
        }
        Value::Object(told)
    };
    let mut told = json!({"item_id": envelope.number(&body["ItemId"]), "sku_list": list(&body["Skus"], sku)});
    add_warnings(body, &mut told);
    told
}

/// What is told of a write that changes products: nothing, but for SKUs and warnings on request.
fn changed(body: &Value) -> Value {
    let mut told = json!({});
    let skus = body.get("Skus").or_else(|| body.pointer("/Product/Skus"));
    if let Some(skus) = skus {
        told["sku_list"] = list(skus, |sku| Value::Object(renamed(sku, &[("SellerSku", "seller_sku")])));
    }
    add_warnings(body, &mut told);
    told
}

fn add_warnings(body: &Value, told: &mut Value) {
    let warnings = list(&body["Warnings"], |warning| Value::Object(renamed(warning, &[("Message", "message")])));
    if warnings.as_array().is_some_and(|warnings| !warnings.is_empty()) {
        told["warnings"] = warnings;
    }
}

fn image(image: &Value) -> Value {
    Value::Object(renamed(image, &[("Url", "url"), ("Code", "hash_code")]))
}

fn fetched(body: &Value) -> Value {
    let mut told = json!({});
    if let Some(images) = body.get("Images") {
        told["images"] = list(images, image);
    }
    if let Some(errors) = body.get("Errors") {
        let error = |error: &Value| json!({"field": "Url", "msg": error["Message"], "original_url": error["Field"]});
        told["errors"] = list(errors, error);
    }
    told
}

fn reviewed(item: &Value) -> Value {
    Value::Object(renamed(item, &[("SellerSKU", "seller_sku"), ("Status", "status"), ("Reason", "reason")]))
}

fn listed(body: &Value, envelope: Envelope) -> Value {
    let products = list(&body["Products"], |product| shown(product, envelope));
    json!({"products": products, "total_products": envelope.number(&body["TotalProducts"])})
}

fn shown(product: &Value, envelope: Envelope) -> Value {
    let item_id = &product["ItemId"];
    let names = [("Attributes", "attributes"), ("Status", "status"), ("Created", "created_time")];
    let mut told = renamed(product, &names);
    told.extend(renamed(product, &[("Updated", "updated_time"), ("SPUId", "spu_id")]));
    told.insert("item_id".to_owned(), envelope.number(item_id));
    told.insert("primary_category".to_owned(), envelope.number(&product["PrimaryCategory"]));
    let empty = json!([]);
    let images = product.get("Images").unwrap_or(&empty);
    told.insert("images".to_owned(), envelope.images(item_id.as_u64().unwrap_or_default(), images));
    told.insert("skus".to_owned(), list(&product["Skus"], |sku| shown_sku(sku, item_id, envelope)));
    Value::Object(told)
}

fn shown_sku(sku: &Value, item_id: &Value, envelope: Envelope) -> Value {
    let mut told = sku.as_object().cloned().unwrap_or_default();
    for name in ["price", "special_price", "quantity", "Available"] {
        if let Some(value) = told.get_mut(name) {
            *value = envelope.number(value);
        }
    }
    if let Some(sku_id) = sku.get("SkuId") {
        told.insert("SkuId".to_owned(), envelope.number(sku_id));
        told.insert("ShopSku".to_owned(), envelope.shop_sku(item_id, sku_id));
    }
    Value::Object(told)
}

#[cfg(test)]
mod tests {
    use super::super::super::reply::Detail;
    use super::*;

    fn envelope(number: u64) -> Envelope {
        Envelope::new(number, &Settings::default())
    }

    #[test]
    fn numbers_are_numbers_by_one_call_and_texts_by_the_next() {
        let body = json!({"ItemId": 7, "Skus": [{"SellerSku": "A", "SkuId": 9}]});
        let told = |number| success("CreateProduct", &Success::from(body.clone()), envelope(number));
        assert!(told(1).contains(r#""item_id":7,"sku_list":[{"seller_sku":"A","shop_sku":"7_SG-9","sku_id":9}]"#));
        assert!(told(2).contains(r#""item_id":"7","sku_list":[{"seller_sku":"A","shop_sku":"7_SG-9","sku_id":"9"}]"#));
    }

    #[test]
    fn a_text_that_is_no_plain_number_stays_as_it_is() {
        let told = |text: &str| envelope(1).number(&json!(text));
        assert_eq!((told("9.90"), told("10")), (json!(9.9), json!(10)));
        for odd in ["1e3", "12345678901234567890", "1,5", "007", "-1", ""] {
            assert_eq!(told(odd), json!(odd));
        }
    }

    #[test]
    fn an_error_is_written_as_the_pages_print_it() {
        let details = vec![Detail::new("SellerSku", "[SELLER_SKU_IS_EXIST]", Some("W01"))];
        let told: Value = serde_json::from_str(&failure(&ApiError::with_details(500, details), envelope(1))).unwrap();
        assert_eq!((&told["code"], &told["type"]), (&json!("500"), &json!("ISP")));
        assert_eq!(told["message"], "E500: Create product failed");
        assert_eq!((&told["detail"][0]["field"], &told["detail"][0]["code"]), (&json!(""), &json!("4135")));
        let message = told["detail"][0]["message"].as_str().unwrap();
        assert!(message.contains("PRODUCT_036") && message.contains("outer ID:W01,"), "{message}");
        assert!(told["detail"][0].get("seller_sku").is_none());
    }

    #[test]
    fn a_code_of_the_gateway_is_a_name() {
        let told = failure(&ApiError::new(901), envelope(1));
        assert!(told.contains(r#""code":"ApiCallLimit""#) && told.contains(r#""type":"ISV""#), "{told}");
        assert!(failure(&codes::scripted(901), envelope(1)).contains(r#""code":"901""#));
        assert!(failure(&codes::scripted(7), envelope(1)).contains("IncompleteSignature"));
        assert!(failure(&codes::named("SYSTEM_ERROR"), envelope(1)).contains(r#""type":"SYSTEM""#));
    }
}
