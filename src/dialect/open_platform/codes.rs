//! The error codes: what each asks of us, as a table.
//!
//! Codes of the gateway are names, those of the business numbers, some with a name beside. The code of a reply may be an
//! overview (500, 501) whose cause stands in a detail, or in front of a message. `type` plays no part: the pages
//! contradict each other in what it says. The classes are this client's decision.

use super::super::code::plain;
use super::super::{Class, Detail};
use crate::plan::Action;

/// What is wrong with the pictures of a product: they repeat, are not hosted, are none, too many, or on some SKUs only.
pub(in crate::dialect) const PICTURES: [&str; 7] =
    ["4116", "4138", "4139", "4153", "4158", "4169", "BIZ_CHECK_EXIST_OUTER_IMAGE"];

/// One fault of a refusal, with its own code where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: Option<String>,
    pub(super) detail: Detail,
}

/// Of which calls a code is known.
#[derive(Clone, Copy)]
enum Scope {
    Every,
    Writes,
    Creates,
    Products,
    Lists,
    Pages,
    Category,
    Pictures,
}

impl Fault {
    /// Its codes: its own, and the one in front of its message.
    fn codes(&self) -> impl Iterator<Item = String> {
        self.code.clone().into_iter().chain(in_front_of(&self.detail.message))
    }

    /// It is about pictures and nothing else.
    pub(super) fn is_about_pictures(&self) -> bool {
        self.codes().any(|code| PICTURES.contains(&code.as_str()))
    }
}

impl Scope {
    fn has(self, action: Action) -> bool {
        match self {
            Scope::Every => true,
            Scope::Writes => action.is_write(),
            Scope::Creates => action == Action::CreateProduct,
            Scope::Products => action == Action::GetProducts,
            Scope::Lists => matches!(action, Action::GetProducts | Action::GetQcStatus),
            Scope::Pages => matches!(action, Action::GetProducts | Action::GetQcStatus | Action::GetBrands),
            Scope::Category => action == Action::GetCategoryAttributes,
            Scope::Pictures => matches!(
                action,
                Action::MigrateImage | Action::MigrateImages | Action::UploadImage | Action::GetResponse
            ),
        }
    }
}

/// Too many calls: of this one, of the app, of the seller, or of everybody.
const THROTTLED: &[&str] = &[
    "ApiCallLimit",
    "SellerCallLimit",
    "AppCallLimit",
    "ServiceCallLimit",
    "IopSystemFlowlimit",
    "ServiceCurrentlimit",
    "TRAFFIC_CONTROL",
    "OPEN_API_CALL_EXCEED_LIMIT",
    "SYS_REQUEST_TOO_FAST",
    "HOT_KEY_BLOCK_EXCEPTION",
    "429",
    "901",
    "4154",
];

/// Codes, the calls they are known of, and what they say there. The first row that has a code for a call counts.
const TABLE: &[(&[&str], Scope, Class)] = &[
    (THROTTLED, Scope::Every, Class::Throttled),
    // Switched off for a campaign, for hours: other calls go on. Somebody edits the product at the same time.
    (&["998", "4147"], Scope::Every, Class::Later),
    // Get product failed.
    (&["506"], Scope::Products, Class::Later),
    // The platform or what is behind it.
    (&["ServiceTimeout", "HttpConnectError", "SYSTEM_ERROR", "SYS_ERROR"], Scope::Every, Class::Doubt),
    (&["IC_EXCEPTION", "SELLER_SERVICE_FAIL"], Scope::Every, Class::Doubt),
    (&["6", "15", "506", "513", "1000", "1002", "4159"], Scope::Every, Class::Doubt),
    (&["IllegalAccessToken", "InvalidAccessToken"], Scope::Every, Class::Token),
    (&["AccessTokenInvalid", "AccessTokenExpired"], Scope::Every, Class::Token),
    // The seller must log in again; an app that is sold on the service market may not renew.
    (&["IllegalRefreshToken", "InvalidCode", "AUTH_TYPE_UNSUPPORTED"], Scope::Every, Class::Token),
    (&["OPEN_API_TIMESTAMP_INVALID"], Scope::Every, Class::Clock),
    (&["IncompleteSignature", "InvalidAppKey", "APP_KEY_INVALID"], Scope::Every, Class::Credentials),
    (&["MissingParameter", "InvalidApiPath"], Scope::Every, Class::Account),
    (&["InsufficientPermission", "SellerNotActive"], Scope::Every, Class::Account),
    // And where this computer's address is not on the app's white-list, if that is told in words.
    (&["SellerNotVerified", "Mp3SellerApiLimit", "AppWhiteIpLimit"], Scope::Every, Class::Account),
    // As many products are on sale as the seller may have.
    (&["4148", "THD_APPROVAL_RULE_CENTER_ERR_PRE_QC_LISTING_LIMIT_ERROR"], Scope::Writes, Class::Account),
    // Offset, date, limit, filter: we write them alike in every call, so none will pass.
    (&["14", "17", "19", "20", "36"], Scope::Pages, Class::Account),
    (&["70"], Scope::Lists, Class::Data),
    (&["11", "204", "4171"], Scope::Every, Class::TooLarge),
    (&["SELLER_SKU_IS_EXIST", "THD_IC_ERR_F_IC_INFRA_PRODUCT_036"], Scope::Creates, Class::SkuExists),
    (&["4105", "4126", "4135", "4141"], Scope::Creates, Class::SkuExists),
    // A mandatory parameter is missing, the format is wrong, the request is empty, the payload is not as JSON is wanted.
    (&["1", "5", "30", "4132", "1001"], Scope::Every, Class::Data),
    // No such category, or one that cannot hold products.
    (&["57", "201", "4227", "4228"], Scope::Category, Class::Data),
    // Upload, download, address, size; no picture came of a ticket.
    (&["300", "301", "302", "303", "304"], Scope::Pictures, Class::Data),
    // Category and SPU.
    (&["57", "201", "202", "205", "206"], Scope::Writes, Class::Data),
    // Which SKU; pictures; variation; rules on content; missing attributes; the control of prices.
    (&["200", "203", "207", "208", "209", "300", "301", "302", "303", "304"], Scope::Writes, Class::Data),
    (&["503", "504", "512", "10002", "10006"], Scope::Writes, Class::Data),
];

/// Codes that only say that a write failed: the cause is a detail's.
const OVERVIEWS: [&str; 4] = ["500", "501", "503", "504"];

/// Numbers of checks of a product. Not all are published; those that are not say no more than that the product failed.
const CHECKS: std::ops::RangeInclusive<u32> = 4100..=4299;

/// How names of such checks begin.
const CHECK_NAMES: [&str; 2] = ["BIZ_CHECK_", "THD_"];

/// It says that a SellerSku exists, unless another name stands beside it.
const VAGUE: &str = "4135";

/// Of several faults the one that decides, by its class, the first first: a product with a wrong value is refused
/// whatever else is said of it.
const ORDER: [Class; 11] = [
    Class::SkuExists,
    Class::Data,
    Class::TooLarge,
    Class::Account,
    Class::Credentials,
    Class::Clock,
    Class::Token,
    Class::Throttled,
    Class::Later,
    Class::Doubt,
    Class::Bare,
];

/// The code that tells what went wrong, and what it asks of us.
pub(super) fn decisive(action: Action, code: &str, message: &str, faults: &[Fault]) -> (String, Class) {
    let in_message = in_front_of(message);
    let code = if code.is_empty() { in_message.clone().unwrap_or_default() } else { code.to_owned() };
    if action.is_write() && code == "1000" && message.to_ascii_lowercase().contains("format error") {
        return (code, Class::Data);
    }
    let is_overview = OVERVIEWS.contains(&code.as_str());
    if let Some(class) = known(action, &code).filter(|_| !is_overview) {
        return (code, class);
    }
    let mut told: Vec<(String, Class)> = faults.iter().map(|fault| judged(action, &code, fault)).collect();
    let beside = in_message.filter(|other| *other != code);
    told.extend(beside.and_then(|other| known(action, &other).map(|class| (other, class))));
    let rank = |class: Class| ORDER.iter().position(|other| *other == class);
    if let Some(first) = told.into_iter().min_by_key(|(_, class)| rank(*class)) {
        return first;
    }
    let class = match code.as_str() {
        "500" | "501" if action.is_write() => Class::Bare,
        _ => known(action, &code).unwrap_or(Class::Doubt),
    };
    (code, class)
}

/// What one fault says. A fault of a write without a code that is known is one of the data.
fn judged(action: Action, overview: &str, fault: &Fault) -> (String, Class) {
    let mut by_code = fault.codes().filter_map(|code| known(action, &code).map(|class| (code, class)));
    let (own, named) = (by_code.next(), by_code.next());
    let is_vague = own.as_ref().is_some_and(|(code, class)| code == VAGUE && *class == Class::SkuExists);
    let named = named.filter(|(_, class)| is_vague && *class != Class::SkuExists);
    named.or(own).unwrap_or_else(|| {
        let class = if action.is_write() { Class::Data } else { Class::Doubt };
        (fault.code.clone().unwrap_or_else(|| overview.to_owned()), class)
    })
}

fn known(action: Action, code: &str) -> Option<Class> {
    let is_it = |known: &str| known.eq_ignore_ascii_case(code);
    let row = TABLE.iter().find(|(codes, scope, _)| scope.has(action) && codes.iter().any(|known| is_it(known)));
    let is_check = || {
        let number = code.parse().is_ok_and(|number: u32| CHECKS.contains(&number));
        action.is_write() && (number || CHECK_NAMES.iter().any(|name| code.starts_with(name)))
    };
    row.map(|(_, _, class)| *class).or_else(|| is_check().then_some(Class::Data))
}

/// The code in front of a message: `CODE:text`, `field:CODE:text`, `[CODE]`.
fn in_front_of(message: &str) -> Option<String> {
    let parts = message.split(':').take(3).map(|part| part.trim().trim_matches(['[', ']']));
    parts.filter(|part| is_code(part)).map(plain).next()
}

/// A word as codes are: `E500`, `4135`, `THD_IC_ERR_F_IC_INFRA_PRODUCT_036`.
fn is_code(word: &str) -> bool {
    let digits = word.strip_prefix('E').unwrap_or(word);
    let is_number = (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = word.contains('_')
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit());
    is_name || (is_number && (digits.len() >= 3 || digits.len() < word.len()))
}

#[cfg(test)]
mod tests;
