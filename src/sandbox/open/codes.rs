//! The codes of the Open Platform: what our own errors are called there, and what each code says.
//!
//! Codes of the gateway are names, codes of the business numbers; both are written as texts. Published: the codes, and
//! that 500, 501, 503 and 504 are overviews whose details name the cause. Our reading: a breach that concerns the
//! request as a whole (1, 5, 30, 201, 204, 1001, 4171) is the code of the reply, everything else is that of a detail;
//! 4136 is a SKU that is not there and 4137 a product that is not there; a path that is none is `InvalidApiPath`.

use super::super::numbers;
use super::super::reply::{self, ApiError, Detail};

/// Codes of Seller Center that the gateway of the Open Platform has other names for.
const GATEWAY: [(u32, &str); 9] = [
    (2, "MissingParameter"),
    (3, "OPEN_API_TIMESTAMP_INVALID"),
    (4, "OPEN_API_TIMESTAMP_INVALID"),
    (7, "IncompleteSignature"),
    (8, "InvalidApiPath"),
    (9, "InsufficientPermission"),
    (10, "InsufficientPermission"),
    (429, "ApiCallLimit"),
    (901, "ApiCallLimit"),
];

/// Codes that blame the platform itself.
const SYSTEM: [&str; 6] =
    ["ServiceTimeout", "HttpConnectError", "SYSTEM_ERROR", "SYS_ERROR", "IC_EXCEPTION", "SELLER_SERVICE_FAIL"];

const LIMIT: &str = "Api access frequency exceeds the limit. this ban will last 1 seconds";

/// What a named code says.
const NAMES: [(&str, &str); 33] = [
    ("ApiCallLimit", LIMIT),
    ("SellerCallLimit", LIMIT),
    ("AppCallLimit", LIMIT),
    ("ServiceCallLimit", LIMIT),
    ("IopSystemFlowlimit", LIMIT),
    ("ServiceCurrentlimit", LIMIT),
    ("TRAFFIC_CONTROL", LIMIT),
    ("OPEN_API_CALL_EXCEED_LIMIT", LIMIT),
    ("SYS_REQUEST_TOO_FAST", LIMIT),
    ("HOT_KEY_BLOCK_EXCEPTION", LIMIT),
    ("ServiceTimeout", "The service did not answer in time"),
    ("HttpConnectError", "The service cannot be reached"),
    ("SYSTEM_ERROR", "The system failed"),
    ("SYS_ERROR", "The system failed"),
    ("IC_EXCEPTION", "The item center failed"),
    ("SELLER_SERVICE_FAIL", "The seller service failed"),
    ("IllegalAccessToken", "The specified access token is invalid or expired"),
    ("InvalidAccessToken", "The specified access token is invalid"),
    ("AccessTokenInvalid", "The specified access token is invalid"),
    ("AccessTokenExpired", "The specified access token is expired"),
    ("IllegalRefreshToken", "The specified refresh token is invalid or expired"),
    ("InvalidCode", "The authorization code is invalid or expired"),
    ("AUTH_TYPE_UNSUPPORTED", "The app cannot refresh its tokens"),
    ("IncompleteSignature", "The request signature does not conform to platform standards"),
    ("MissingParameter", "A mandatory parameter is missing"),
    ("InvalidAppKey", "The specified app key is invalid"),
    ("APP_KEY_INVALID", "The specified app key is invalid"),
    ("OPEN_API_TIMESTAMP_INVALID", "The timestamp is no time, or too far from the platform's"),
    ("InvalidApiPath", "The specified api path is invalid"),
    ("InsufficientPermission", "The app has no permission to call this api"),
    ("SellerNotActive", "The seller is not active"),
    ("SellerNotVerified", "The seller is not verified"),
    ("Mp3SellerApiLimit", "The api is closed to this kind of seller"),
];

/// What a numbered code says that Seller Center does not know.
const NUMBERS: [(u32, &str); 86] = [
    (15, "Remote service error"),
    (207, "The product does not exist"),
    (208, "The SKU does not exist"),
    (209, "Too many sale properties"),
    (304, "Get response failed"),
    (512, "The content breaks a policy"),
    (513, "The batch failed"),
    (998, "The api is disabled during the campaign"),
    (1001, "The payload is not as JSON is expected: arrays for Image and Sku, texts for values"),
    (1002, "The service failed"),
    (4104, "The price has more than two decimals"),
    (4105, "The seller SKU repeats"),
    (4106, "The attribute value exceeds its limit"),
    (4107, "The attribute value is no number"),
    (4108, "A mandatory attribute is missing"),
    (4109, "The sale properties differ"),
    (4110, "A mandatory attribute is missing"),
    (4111, "The attribute value repeats"),
    (4112, "The sale properties repeat those of another SKU"),
    (4113, "A sale property is missing"),
    (4114, "The special price is invalid"),
    (4115, "The attribute value is not in the list"),
    (4116, "The image repeats"),
    (4117, "The special price ends before it starts"),
    (4118, "The price must be above 0"),
    (4119, "The special price is out of range"),
    (4120, "The attribute value is too long"),
    (4121, "The special price has more than two decimals"),
    (4123, "The content breaks a policy"),
    (4124, "The content breaks a policy"),
    (4125, "A mandatory attribute is missing"),
    (4126, "The seller SKU exists"),
    (4127, "The product id exists"),
    (4128, "The seller is locked"),
    (4129, "A character is not allowed"),
    (4130, "The brand is not authorised"),
    (4131, "The content breaks a policy"),
    (4132, "The request is empty"),
    (4133, "The variation is not declared"),
    (4134, "The category is invalid"),
    (4135, "The seller SKU exists"),
    (4136, "The SKU does not exist"),
    (4137, "The product does not exist"),
    (4138, "An image is not hosted"),
    (4139, "There are no images"),
    (4140, "The attribute value is too long"),
    (4141, "The seller SKU exists"),
    (4142, "The brand is not in the category"),
    (4143, "The variation is not declared"),
    (4144, "The variation has no value"),
    (4145, "The variation repeats"),
    (4146, "The variation is not of the category"),
    (4147, "The product is being edited"),
    (4148, "The shop has too many active products"),
    (4149, "The package value is invalid"),
    (4150, "SkuId is needed"),
    (4151, "The content breaks a policy"),
    (4152, "The quantity is negative"),
    (4153, "All SKUs need images, or none"),
    (4154, "The request is too fast"),
    (4155, "The product is locked"),
    (4156, "The brand is not in the category"),
    (4157, "The special price is not below the price"),
    (4158, "The image repeats"),
    (4159, "The item center failed"),
    (4160, "The title is too long"),
    (4161, "The variation is no standard one"),
    (4162, "The product is locked"),
    (4163, "The category is closed to the seller"),
    (4164, "The package is heavier than 40 kg"),
    (4165, "The package is larger than 300 cm"),
    (4166, "The EAN exists"),
    (4167, "A mandatory attribute is missing"),
    (4168, "A LazMall product needs a brand"),
    (4169, "Too many images"),
    (4170, "The stock is held by a campaign"),
    (4171, "Too many SKUs"),
    (4193, "ItemId is needed"),
    (4216, "SkuId is needed"),
    (4218, "The product is locked"),
    (4221, "The content breaks a policy"),
    (4225, "The product is semi-hosted"),
    (4227, "The category does not exist"),
    (4228, "The category is not a leaf"),
    (10002, "Attributes are incorrect or missing"),
    (10006, "The price is controlled by a campaign"),
];

/// An error as the Open Platform tells it.
pub(super) struct Told<'a> {
    /// `code`.
    pub(super) code: String,
    /// `type`.
    pub(super) blames: &'static str,
    /// `message`.
    pub(super) message: String,
    /// The details, those of our own with their codes.
    pub(super) details: &'a [Detail],
}

/// What an error of ours is called here.
pub(super) fn told(error: &ApiError) -> Told<'_> {
    let named = |name: &str, message: String| Told {
        code: name.to_owned(),
        blames: blames(name),
        message,
        details: &error.details,
    };
    if let Some(name) = &error.name {
        return named(name, error.message.clone());
    }
    match gateway(error.code) {
        Some(name) => named(name, text_of_name(name)),
        None => named(&error.code.to_string(), error.message.clone()),
    }
}

/// What the gateway calls a code of Seller Center, where it has a name of its own for it.
fn gateway(code: u32) -> Option<&'static str> {
    GATEWAY.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// An error that a faults file asks for: a code of the Open Platform as it is, one of the gateway of Seller Center by
/// its name here. 429 and 901 are codes here, too.
pub(in crate::sandbox) fn scripted(code: u32) -> ApiError {
    match gateway(code).filter(|_| ![429, 901].contains(&code)) {
        Some(name) => named(name),
        None => ApiError { name: Some(code.to_string()), message: text_of(code), ..ApiError::new(code) },
    }
}

/// The error of a named code.
pub(in crate::sandbox) fn named(name: &str) -> ApiError {
    ApiError { name: Some(name.to_owned()), message: text_of_name(name), ..ApiError::new(0) }
}

/// A missing parameter, in the gateway's words.
pub(super) fn missing(parameter: &str) -> ApiError {
    let message =
        format!("The input parameter \"{parameter}\" that is mandatory for processing this request is not supplied");
    ApiError { message, ..named("MissingParameter") }
}

/// The error of a numbered code that Seller Center does not have.
pub(super) fn numbered(code: u32) -> ApiError {
    ApiError { message: text_of(code), ..ApiError::new(code) }
}

/// A detail with its code and the text of it.
pub(super) fn detail(code: u32, field: &str, seller_sku: Option<&str>) -> Detail {
    Detail { code: Some(code), ..Detail::new(field, &text_of(code), seller_sku) }
}

fn text_of(code: u32) -> String {
    let known = NUMBERS.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| reply::text_of(code), |(_, text)| (*text).to_owned())
}

fn text_of_name(name: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| name.to_owned(), |(_, text)| (*text).to_owned())
}

fn blames(code: &str) -> &'static str {
    match code {
        system if SYSTEM.contains(&system) => "SYSTEM",
        number if number.bytes().all(|byte| byte.is_ascii_digit()) => "ISP",
        _ => "ISV",
    }
}

/// The code of a detail of ours, by its field and its text.
pub(super) fn code_of(detail: &Detail) -> Option<u32> {
    let found = match (detail.field.as_str(), detail.message.as_str()) {
        _ if detail.code.is_some() => return detail.code,
        (_, "[SELLER_SKU_IS_EXIST]") => 4135,
        (_, "Value is required and can not be empty") => 4108,
        (_, text) if text.ends_with("is mandatory, please select one at least") => 4110,
        ("name", text) if text.starts_with("The length must be") => 4160,
        (_, text) if text.starts_with("The length must be") => 4120,
        ("price" | "Price", _) => 4118,
        (_, "The promoted price is invalid") => 4114,
        (_, "The promoted price is greater than price") => 4157,
        (_, "The promoted end date is not after the start date") => 4117,
        ("quantity" | "Quantity", _) => 4152,
        (field, _) if field.starts_with("package_") => 4149,
        (_, "The image is invalid") => 4138,
        (_, "Too many images in one SKU") => 4169,
        (_, "The sku attributes repeat those of another sku") => 4112,
        (_, "Can't create sku without sku attribute, please select one at least") => 4113,
        (_, "SKU does not exist" | "The SKU belongs to another product") => 4136,
        (_, "The SKU repeats in the request") => 4105,
        _ => return None,
    };
    Some(found)
}

/// What is said of a detail, where the Open Platform says more than we do.
pub(super) fn message_of(detail: &Detail) -> String {
    let seller_sku = detail.seller_sku.as_deref().unwrap_or_default();
    match detail.message.as_str() {
        "[SELLER_SKU_IS_EXIST]" => format!(
            "THD_IC_ERR_F_IC_INFRA_PRODUCT_036: Insert sku outer id relation failed, outerId already exists, \
             sell ID:1000000001,sku ID:{},outer ID:{seller_sku},serverIP:0.0.0.0",
            numbers::sku_of(seller_sku)
        ),
        "The image is invalid" => "BIZ_CHECK_EXIST_OUTER_IMAGE:The image is invalid".to_owned(),
        other => other.to_owned(),
    }
}
