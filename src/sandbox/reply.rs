//! The envelopes: `SuccessResponse` and `ErrorResponse`, in XML or JSON, and the texts of the error codes. Those of the
//! Open Platform stand in [`open`].
//!
//! API errors come with HTTP 200; what the root element is decides. Fields stand in the order in which the pages
//! print them. HTTP statuses other than 200 come from scripted faults alone.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::open::{self, Envelope};
use super::{time, xml};

/// The form of a reply: the `Format` parameter of Seller Center, or the Open Platform's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// The default.
    Xml,
    /// `Format=JSON`, in any case.
    Json,
    /// That of the Open Platform.
    Open(Envelope),
}

impl Format {
    /// The one that was not asked for.
    pub(super) fn other(self) -> Format {
        match self {
            Format::Xml => Format::Json,
            Format::Json | Format::Open(_) => Format::Xml,
        }
    }

    /// The value of the `Content-Type` header.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Format::Xml => "text/xml; charset=utf-8",
            Format::Json | Format::Open(_) => "application/json; charset=utf-8",
        }
    }
}

/// One item of `Body.Errors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Detail {
    /// An attribute's name, `SellerSku`, `Product` or `__images__`.
    pub(super) field: String,
    /// What is wrong with it.
    pub(super) message: String,
    /// The SKU it is about, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seller_sku: Option<String>,
    /// Its own code, which only the Open Platform tells.
    #[serde(skip)]
    pub(super) code: Option<u32>,
}

impl Detail {
    /// An item about the SKU, or about the whole product.
    pub(super) fn new(field: &str, message: &str, seller_sku: Option<&str>) -> Detail {
        let seller_sku = seller_sku.map(str::to_owned);
        Detail { field: field.to_owned(), message: message.to_owned(), seller_sku, code: None }
    }
}

/// An API error: code, text and details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    /// `ErrorCode`.
    pub(super) code: u32,
    /// What stands in its place where a code is a text.
    pub(super) name: Option<String>,
    /// `ErrorMessage`.
    pub(super) message: String,
    /// `Body.Errors`.
    pub(super) details: Vec<Detail>,
}

impl ApiError {
    /// The error with the pages' own text.
    pub(super) fn new(code: u32) -> ApiError {
        ApiError { code, name: None, message: text_of(code), details: Vec::new() }
    }

    /// The error with `value` in the place of the text's `%s`.
    pub(super) fn about(code: u32, value: &str) -> ApiError {
        ApiError { message: text_of(code).replace("%s", value), ..ApiError::new(code) }
    }

    /// The error with details.
    pub(super) fn with_details(code: u32, details: Vec<Detail>) -> ApiError {
        ApiError { details, ..ApiError::new(code) }
    }

    /// `ErrorCode` as it is written: a number, or a name.
    fn written(&self) -> Value {
        self.name.as_ref().map_or_else(|| json!(self.code), |name| json!(name))
    }

    fn blames(&self) -> &'static str {
        match self.code {
            6 | 429 | 500.. => "Platform",
            _ => "Sender",
        }
    }
}

/// The text the pages give for a code; `%s` stands for a value.
pub(super) fn text_of(code: u32) -> String {
    let known = match code {
        1 => "Parameter %s is mandatory",
        2 => "Invalid Version",
        3 => "Timestamp has expired",
        4 => "Invalid Timestamp format",
        5 => "Invalid Request Format",
        6 => "Unexpected internal error",
        7 => "Login failed. Signature mismatch",
        8 => "Invalid Action",
        9 => "Access Denied",
        10 => "Insecure Channel",
        11 => "Request too Big",
        14 => "\"%s\" Invalid Offset",
        17 => "\"%s\" Invalid Date Format",
        19 => "\"%s\" Invalid Limit",
        20 => "%s Invalid Limit,limit MaxSize 1000",
        30 => "Empty Request",
        36 => "Invalid status filter",
        57 => "No attribute sets linked to that category",
        70 => "You have corrupt data in your sku seller list.",
        200 => "Empty SellerSku",
        201 => "%s Invalid CategoryId",
        202 => "%s Invalid SPUId",
        203 => "Too many images in one SKU",
        204 => "Too many SKU in one request",
        205 => "SPU not exist",
        206 => "Different category id in SPU and PrimaryCategory",
        429 => "Too many requests",
        300 => "Upload image failed",
        301 => "Migrate image failed",
        302 => "The image URL is not supported",
        303 => "The image is too large",
        500 => "Create product failed",
        501 => "Update product failed",
        502 => "Search SPU failed",
        503 => "Remove product failed",
        504 => "Set product Image failed",
        506 => "Get product failed",
        901 => "The request is too frequent, or the requested functionality is temporarily disabled.",
        1000 => return "Internal Application Error".to_owned(),
        _ => "Unknown error",
    };
    format!("E{code:03}: {known}")
}

/// What a success says beside its action.
#[derive(Debug)]
pub(super) struct Success {
    /// `Body`: an object, or a list of what [`listed`] says.
    pub(super) body: Value,
    /// `RequestId`, where a later answer is promised.
    pub(super) ticket: Option<String>,
    /// How long it takes to come.
    pub(super) wait: Duration,
}

impl From<Value> for Success {
    fn from(body: Value) -> Success {
        Success { body, ticket: None, wait: Duration::ZERO }
    }
}

fn response_type(action: &str) -> &'static str {
    match action {
        "MigrateImage" | "UploadImage" => "Image",
        "MigrateImages" | "GetResponse" => "Images",
        "GetQcStatus" => "State",
        "GetCategoryTree" => "Categories",
        "GetCategoryAttributes" => "Attributes",
        "GetBrands" => "Brands",
        _ => "Product",
    }
}

/// What the items of a body that is a list are called in XML.
fn listed(action: &str) -> &'static str {
    match action {
        "GetCategoryTree" => "Category",
        _ => "Attribute",
    }
}

/// Writes a success of this time. A body that holds only an empty `Warnings` list is `<Body/>` in XML.
pub(super) fn success(action: &str, success: &Success, format: Format, at: DateTime<Utc>) -> String {
    let timestamp = time::stamp(at);
    let Success { body, ticket, .. } = success;
    let ticket = ticket.as_deref().unwrap_or_default();
    match format {
        Format::Open(envelope) => open::success(action, success, envelope),
        Format::Json => {
            let head = json!({"RequestId": ticket, "RequestAction": action, "ResponseType": response_type(action),
                "Timestamp": timestamp});
            json!({"SuccessResponse": {"Head": head, "Body": body}}).to_string()
        }
        Format::Xml => {
            let mut out = xml::DECLARATION.to_owned();
            out.push_str("<SuccessResponse><Head>");
            xml::write_element("RequestId", &json!(ticket), &mut out);
            xml::write_element("RequestAction", &json!(action), &mut out);
            xml::write_element("ResponseType", &json!(response_type(action)), &mut out);
            xml::write_element("Timestamp", &json!(timestamp), &mut out);
            out.push_str("</Head>");
            match body {
                Value::Array(items) => {
                    out.push_str("<Body>");
                    items.iter().for_each(|item| xml::write_element(listed(action), item, &mut out));
                    out.push_str("</Body>");
                }
                body => xml::write_element("Body", &without_empty_warnings(body), &mut out),
            }
            out.push_str("</SuccessResponse>");
            out
        }
    }
}

/// Writes an error.
pub(super) fn failure(action: &str, error: &ApiError, format: Format) -> String {
    match format {
        Format::Open(envelope) => open::failure(error, envelope),
        Format::Json => {
            let head = json!({"RequestAction": action, "ErrorType": error.blames(), "ErrorCode": error.written(),
                "ErrorMessage": error.message});
            if error.details.is_empty() {
                return json!({"ErrorResponse": {"Head": head}}).to_string();
            }
            json!({"ErrorResponse": {"Head": head, "Body": {"Errors": error.details}}}).to_string()
        }
        Format::Xml => {
            let mut out = xml::DECLARATION.to_owned();
            out.push_str("<ErrorResponse><Head>");
            xml::write_element("RequestAction", &json!(action), &mut out);
            xml::write_element("ErrorType", &json!(error.blames()), &mut out);
            xml::write_element("ErrorCode", &error.written(), &mut out);
            xml::write_element("ErrorMessage", &json!(error.message), &mut out);
            out.push_str("</Head>");
            match error.details.as_slice() {
                [] => out.push_str("<Body/>"),
                details => xml::write_element("Body", &json!({"Errors": details}), &mut out),
            }
            out.push_str("</ErrorResponse>");
            out
        }
    }
}

fn without_empty_warnings(body: &Value) -> Value {
    let Value::Object(fields) = body else { return body.clone() };
    let no_warnings = |(name, value): &(&String, &Value)| name.as_str() == "Warnings" && **value == json!([]);
    let kept: Map<String, Value> =
        fields.iter().filter(|field| !no_warnings(field)).map(|(name, value)| (name.clone(), value.clone())).collect();
    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_written_as_the_create_page_prints_it() {
        let error = ApiError::with_details(500, vec![Detail::new("SellerSku", "[SELLER_SKU_IS_EXIST]", None)]);
        let body = "<Body><Errors><ErrorDetail><Field>SellerSku</Field><Message>[SELLER_SKU_IS_EXIST]</Message>\
            </ErrorDetail></Errors></Body>";
        let expect = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse><Head><RequestAction>CreateProduct\
            </RequestAction><ErrorType>Platform</ErrorType><ErrorCode>500</ErrorCode><ErrorMessage>E500: Create \
            product failed</ErrorMessage></Head>{body}</ErrorResponse>"
        );
        assert_eq!(failure("CreateProduct", &error, Format::Xml), expect);
    }

    #[test]
    fn an_error_without_details_has_an_empty_body_in_xml_and_none_in_json() {
        let error = ApiError::new(1000);
        assert!(failure("SetImages", &error, Format::Xml).ends_with("</Head><Body/></ErrorResponse>"));
        assert!(!failure("SetImages", &error, Format::Json).contains("Body"));
    }

    #[test]
    fn a_success_without_warnings_is_an_empty_body_in_xml_and_an_empty_list_in_json() {
        let empty = Success::from(json!({"Warnings": []}));
        assert!(success("SetImages", &empty, Format::Xml, time::now()).ends_with("</Head><Body/></SuccessResponse>"));
        assert!(success("SetImages", &empty, Format::Json, time::now()).contains("\"Body\":{\"Warnings\":[]}"));
    }

    #[test]
    fn a_ticket_is_the_request_id_of_the_head() {
        let promised = Success { ticket: Some("0a14".to_owned()), ..Success::from(json!({"Warnings": []})) };
        let head = "<Head><RequestId>0a14</RequestId><RequestAction>MigrateImages</RequestAction><ResponseType>Images<";
        let written = |format| success("MigrateImages", &promised, format, time::now());
        assert!(written(Format::Xml).contains(head));
        assert!(written(Format::Json).contains("\"RequestId\":\"0a14\""));
    }

    #[test]
    fn a_text_names_its_code_and_its_value() {
        assert_eq!(ApiError::about(1, "UserID").message, "E001: Parameter UserID is mandatory");
        assert_eq!(ApiError::about(19, "501").message, "E019: \"501\" Invalid Limit");
        assert_eq!(ApiError::new(201).message, "E201: %s Invalid CategoryId");
        assert_eq!(ApiError::new(1000).message, "Internal Application Error");
    }
}
