//! Every code of the pages, and where it may stand.

use super::super::super::call::CALLS;
use super::*;

fn reads() -> Vec<Action> {
    CALLS.into_iter().filter(|action| !action.is_write()).collect()
}

fn writes() -> Vec<Action> {
    CALLS.into_iter().filter(|action| action.is_write()).collect()
}

/// A detail: its code, or `-`, and its message.
fn fault(text: &str) -> Fault {
    let (code, message) = text.split_once(' ').unwrap_or((text, ""));
    let code = Some(code.to_owned()).filter(|code| code != "-");
    Fault { code, detail: Detail { field: None, message: message.to_owned(), seller_sku: None } }
}

#[track_caller]
fn check(action: Action, code: &str, message: &str, faults: &[&str], expect: (&str, Class)) {
    let faults: Vec<Fault> = faults.iter().map(|text| fault(text)).collect();
    let (told, class) = decisive(action, code, message, &faults);
    assert_eq!((told.as_str(), class), expect, "{action} {code} {message} {faults:?}");
}

/// Every one of them, as the code of a reply without details.
#[track_caller]
fn check_codes(actions: &[Action], codes: &str, expect: Class) {
    for action in actions {
        for code in codes.split_whitespace() {
            check(*action, code, "", &[], (code, expect));
        }
    }
}

#[test]
fn every_code_of_the_gateway_has_its_class() {
    let throttled = "ApiCallLimit SellerCallLimit AppCallLimit ServiceCallLimit IopSystemFlowlimit ServiceCurrentlimit \
                     TRAFFIC_CONTROL OPEN_API_CALL_EXCEED_LIMIT 901 SYS_REQUEST_TOO_FAST 4154 HOT_KEY_BLOCK_EXCEPTION 429";
    check_codes(&CALLS, throttled, Class::Throttled);
    check_codes(&CALLS, "998 4147", Class::Later);
    let backend = "ServiceTimeout HttpConnectError SYSTEM_ERROR SYS_ERROR 15 6 1000 513 1002 4159 IC_EXCEPTION \
                   SELLER_SERVICE_FAIL";
    check_codes(&CALLS, backend, Class::Doubt);
    check_codes(&[Action::GetProducts], "506", Class::Later);
    check_codes(&writes(), "506", Class::Doubt);
    let token = "IllegalAccessToken InvalidAccessToken AccessTokenInvalid AccessTokenExpired IllegalRefreshToken \
                 InvalidCode AUTH_TYPE_UNSUPPORTED";
    check_codes(&CALLS, token, Class::Token);
    check_codes(&CALLS, "IncompleteSignature InvalidAppKey APP_KEY_INVALID", Class::Credentials);
    check_codes(&CALLS, "OPEN_API_TIMESTAMP_INVALID", Class::Clock);
    let account = "MissingParameter InsufficientPermission SellerNotActive SellerNotVerified Mp3SellerApiLimit";
    check_codes(&CALLS, account, Class::Account);
}

#[test]
fn every_code_of_the_product_pages_has_its_class() {
    let data = "1 5 30 4132 1001 201 202 205 206 4134 4227 4228 209 4133 4143 4144 4145 4146 4161 512 4123 4124 4151 4131 \
                4221 4104 4118 4119 4121 4157 4117 4114 4127 4166 4106 4107 4111 4115 4120 4140 4108 4110 4125 4167 4109 \
                4112 4113 4116 4138 4139 4153 4158 4169 4129 4160 4130 4142 4156 4168 4136 4137 207 208 4193 4216 4150 \
                4149 4164 4165 4152 4155 4162 4218 4128 4163 4170 4225 10006 10002 300 301 302 303 304";
    check_codes(&[Action::CreateProduct, Action::UpdateProduct], data, Class::Data);
    check_codes(&[Action::CreateProduct], "4105 4126 4135 4141", Class::SkuExists);
    check_codes(&[Action::UpdateProduct], "4105 4126 4135 4141", Class::Data);
    check_codes(&writes(), "4171 204 11", Class::TooLarge);
    check_codes(&writes(), "4148", Class::Account);
    check_codes(&writes(), "500 501", Class::Bare);
    check_codes(&[Action::SetImages], "503 504 200 203", Class::Data);
}

#[test]
fn every_code_of_the_other_pages_has_its_class() {
    check_codes(&[Action::GetProducts, Action::GetQcStatus, Action::GetBrands], "14 17 19 20 36", Class::Account);
    check_codes(&[Action::GetProducts, Action::GetQcStatus], "70", Class::Data);
    check_codes(&[Action::GetCategoryAttributes], "57 201 4227 4228", Class::Data);
    check_codes(&[Action::MigrateImage, Action::GetResponse], "300 301 302 303 304", Class::Data);
    check_codes(&reads(), "500 4999 4108 Whatever", Class::Doubt);
}

const FAILED: &str = "E500: Create product failed";

#[test]
fn an_overview_is_decided_by_its_details() {
    let create = Action::CreateProduct;
    check(create, "500", FAILED, &["- price is wrong"], ("500", Class::Data));
    check(create, "500", FAILED, &["4108 model is missing"], ("4108", Class::Data));
    check(create, "500", FAILED, &["4147 being edited"], ("4147", Class::Later));
    check(create, "500", FAILED, &["4159 IC_EXCEPTION"], ("4159", Class::Doubt));
    check(create, "500", FAILED, &["4147 being edited", "- brand is wrong"], ("500", Class::Data));
    check(create, "500", FAILED, &["- brand is wrong", "4135 exists"], ("4135", Class::SkuExists));
    check(create, "500", FAILED, &["4171 too many SKUs"], ("4171", Class::TooLarge));
    check(create, "500", FAILED, &["77777 news"], ("77777", Class::Data));
    check(Action::SetImages, "504", "E504: Set images failed", &["4138 outer image"], ("4138", Class::Data));
    check(Action::UpdateProduct, "501", "E501: Update product failed", &["4135 exists"], ("4135", Class::Data));
}

#[test]
fn the_code_may_stand_in_front_of_a_message() {
    let create = Action::CreateProduct;
    let exists = "THD_IC_ERR_F_IC_INFRA_PRODUCT_036";
    check(create, "500", FAILED, &[&format!("- {exists}: outerId already exists")], (exists, Class::SkuExists));
    check(create, "500", FAILED, &[&format!("- SellerSku:{exists}:x")], (exists, Class::SkuExists));
    check(create, "500", FAILED, &["- [SELLER_SKU_IS_EXIST]"], ("SELLER_SKU_IS_EXIST", Class::SkuExists));
    // Of a number that may mean several things the name tells which.
    check(create, "500", FAILED, &[&format!("4135 {exists}: outerId already exists")], ("4135", Class::SkuExists));
    let campaign = "THD_IC_ERR_F_IC_ABILITY_PG_003";
    check(create, "500", FAILED, &[&format!("4135 {campaign}: in a campaign")], (campaign, Class::Data));
    let outer = "BIZ_CHECK_EXIST_OUTER_IMAGE";
    check(create, "500", FAILED, &[&format!("- {outer}:x")], (outer, Class::Data));
    let full = "THD_APPROVAL_RULE_CENTER_ERR_PRE_QC_LISTING_LIMIT_ERROR";
    check(create, "500", FAILED, &[&format!("- {full}:1000 of 1000")], (full, Class::Account));
    check(create, "500", "4147: being edited", &[], ("4147", Class::Later));
    check(create, "", FAILED, &[], ("500", Class::Bare));
    check(create, "", "price: must be above 0", &[], ("", Class::Doubt));
    check(create, "500", FAILED, &["- 12: a dozen"], ("500", Class::Data));
}

#[test]
fn a_format_error_is_about_the_data_of_a_write() {
    check(Action::CreateProduct, "1000", "Format Error Detected", &[], ("1000", Class::Data));
    check(Action::GetProducts, "1000", "Format Error Detected", &[], ("1000", Class::Doubt));
}

#[test]
fn names_count_in_whatever_case() {
    check(Action::GetProducts, "illegalaccesstoken", "", &[], ("illegalaccesstoken", Class::Token));
}
