//! The error codes: what each asks of us, as a table.
//!
//! The codes are those of the calls' pages and of the common list; the classes are this client's
//! decision. `ErrorType` plays no part: data errors carry `Platform` too.

use super::super::call::CALLS;
use super::super::code::plain;
use super::super::{Class, Detail};
use crate::plan::Action;

/// What a code of the table says.
#[derive(Clone, Copy)]
enum Meaning {
    /// The same class always.
    Is(Class),
    /// E500, the envelope of every fault in a product: the details tell.
    CreateFailed,
    /// 1000: "Format Error Detected" is about the data of a write, anything else is the marketplace's.
    Internal,
}

const EVERY: &[Action] = &CALLS;
const PRODUCT_WRITES: &[Action] =
    &[Action::CreateProduct, Action::UpdateProduct, Action::UpdatePriceQuantity, Action::SetImages];
const PICTURES: &[Action] = &[Action::MigrateImage, Action::MigrateImages, Action::UploadImage, Action::GetResponse];
const CREATE: &[Action] = &[Action::CreateProduct];
const PRODUCTS: &[Action] = &[Action::GetProducts];
const LISTS: &[Action] = &[Action::GetProducts, Action::GetQcStatus];
const PAGES: &[Action] = &[Action::GetProducts, Action::GetQcStatus, Action::GetBrands];
const CATEGORY: &[Action] = &[Action::GetCategoryAttributes];

/// Codes, the calls they are known of, and what they say there.
const TABLE: &[(&[&str], &[Action], Meaning)] = &[
    (&["500"], CREATE, Meaning::CreateFailed),
    (&["1000"], EVERY, Meaning::Internal),
    // A mandatory parameter is missing, the format is wrong, the request is empty.
    (&["1", "5", "30"], EVERY, Meaning::Is(Class::Data)),
    // Category and SPU; SellerSku and number of pictures; update, remove or set images failed.
    (&["57", "200", "201", "202", "203", "205", "206", "501", "503", "504"], PRODUCT_WRITES, Meaning::Is(Class::Data)),
    // A picture could not be uploaded, downloaded (`submit` tries that once more), is at an address that is not
    // supported, or is too large.
    (&["300", "301", "302", "303"], PICTURES, Meaning::Is(Class::Data)),
    // "Corrupt data in your sku seller list": one look-up is at fault, the next may pass.
    (&["70"], LISTS, Meaning::Is(Class::Data)),
    (&["11", "204"], EVERY, Meaning::Is(Class::TooLarge)),
    (&["429", "901"], EVERY, Meaning::Is(Class::Throttled)),
    (&["502"], CREATE, Meaning::Is(Class::Later)),
    (&["506"], PRODUCTS, Meaning::Is(Class::Later)),
    // An internal error. GetResponse: the ticket is not ready, or trouble. GetQcStatus: also a deleted SKU.
    (&["6"], EVERY, Meaning::Is(Class::Doubt)),
    (&["3"], EVERY, Meaning::Is(Class::Clock)),
    (&["7", "9"], EVERY, Meaning::Is(Class::Credentials)),
    // Version, time format, action, insecure channel, and codes that only clients' lists know.
    (&["0", "2", "4", "8", "10", "12", "74", "75"], EVERY, Meaning::Is(Class::Account)),
    // "No attribute sets linked to that category", or no such category: another one may be asked for.
    (&["57", "201"], CATEGORY, Meaning::Is(Class::Data)),
    // Offset, date, limit, filter: we write them alike in every call, so none will pass.
    (&["14", "17", "19", "20", "36"], PAGES, Meaning::Is(Class::Account)),
];

/// How a detail says that a SellerSku is taken: the CreateProduct page, and an older engine.
const SKU_EXISTS: [&str; 2] = ["SELLER_SKU_IS_EXIST", "already have another product with the SKU"];

/// What a refusal asks of us. A code unknown for the call is the data's fault where a write's
/// details name some, and in doubt otherwise.
pub(super) fn class(action: Action, code: &str, message: &str, details: &[Detail]) -> Class {
    let is_write = action.is_write();
    let row = TABLE.iter().find(|(codes, actions, _)| codes.contains(&code) && actions.contains(&action));
    match row.map(|(_, _, meaning)| *meaning) {
        Some(Meaning::Is(class)) => class,
        Some(Meaning::CreateFailed) if details.iter().any(says_sku_exists) => Class::SkuExists,
        Some(Meaning::CreateFailed) if details.is_empty() => Class::Bare,
        Some(Meaning::CreateFailed) => Class::Data,
        Some(Meaning::Internal) if is_write && holds(message, "Format Error") => Class::Data,
        Some(Meaning::Internal) => Class::Doubt,
        None if is_write && !details.is_empty() => Class::Data,
        None => Class::Doubt,
    }
}

/// The code in front of a message: `E500: Create product failed`.
pub(super) fn in_front_of(message: &str) -> Option<String> {
    let (code, _) = message.trim_start().split_once(':')?;
    let digits = code.strip_prefix('E')?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| plain(code))
}

fn says_sku_exists(detail: &Detail) -> bool {
    SKU_EXISTS.iter().any(|phrase| holds(&detail.message, phrase))
}

fn holds(text: &str, phrase: &str) -> bool {
    text.to_ascii_lowercase().contains(&phrase.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `message` is the error message and, where `details` is not empty, so is the detail's.
    #[track_caller]
    fn check(action: Action, refusals: &[(&str, &str, &str)], expect: Class) {
        for (code, message, detail) in refusals {
            let details: Vec<Detail> = [*detail]
                .into_iter()
                .filter(|text| !text.is_empty())
                .map(|text| Detail { field: None, message: text.to_owned(), seller_sku: None })
                .collect();
            assert_eq!(class(action, code, message, &details), expect, "{action} {code} {message} {detail}");
        }
    }

    #[track_caller]
    fn check_codes(action: Action, codes: &[&str], expect: Class) {
        for code in codes {
            check(action, &[(code, "", "")], expect);
        }
    }

    #[test]
    fn every_code_of_the_create_product_page_has_its_class() {
        check_codes(Action::CreateProduct, &["1", "5", "30", "201", "202", "205", "206"], Class::Data);
        check_codes(Action::CreateProduct, &["6", "1000"], Class::Doubt);
        check_codes(Action::CreateProduct, &["500"], Class::Bare);
        check_codes(Action::CreateProduct, &["502"], Class::Later);
        check_codes(Action::CreateProduct, &["901"], Class::Throttled);
    }

    #[test]
    fn every_code_of_the_set_images_page_has_its_class() {
        check_codes(Action::SetImages, &["5", "30", "200", "203", "504"], Class::Data);
        check_codes(Action::SetImages, &["6", "1000"], Class::Doubt);
        check_codes(Action::SetImages, &["204"], Class::TooLarge);
    }

    #[test]
    fn every_code_of_the_update_pages_has_its_class() {
        for action in [Action::UpdateProduct, Action::UpdatePriceQuantity] {
            check_codes(action, &["1", "5", "30", "200", "201", "202", "205", "206", "501"], Class::Data);
            check_codes(action, &["6", "1000", "4242"], Class::Doubt);
            check_codes(action, &["204"], Class::TooLarge);
            check_codes(action, &["901"], Class::Throttled);
            let failed = "E501: Update product failed";
            check(action, &[("501", failed, "SKU does not exist"), ("4242", "", "brand is wrong")], Class::Data);
            check(action, &[("1000", "Format Error Detected", "")], Class::Data);
        }
    }

    #[test]
    fn every_code_of_the_get_products_page_has_its_class() {
        check_codes(Action::GetProducts, &["5", "70"], Class::Data);
        check_codes(Action::GetProducts, &["6"], Class::Doubt);
        check_codes(Action::GetProducts, &["14", "17", "19", "36"], Class::Account);
        check_codes(Action::GetProducts, &["506"], Class::Later);
        check_codes(Action::GetProducts, &["901"], Class::Throttled);
    }

    #[test]
    fn every_code_of_the_calls_for_pictures_has_its_class() {
        for action in [Action::MigrateImage, Action::MigrateImages, Action::UploadImage] {
            check_codes(action, &["1", "5", "30", "300", "301", "302", "303"], Class::Data);
            check_codes(action, &["6", "1000", "4242"], Class::Doubt);
            check(action, &[("1000", "Format Error Detected", ""), ("4242", "", "not a picture")], Class::Data);
        }
        check_codes(Action::GetResponse, &["5", "301"], Class::Data);
        check_codes(Action::GetResponse, &["6", "1000", "4242"], Class::Doubt);
        check(Action::GetResponse, &[("6", "E006: Unexpected internal error", "not ready")], Class::Doubt);
    }

    #[test]
    fn every_code_of_the_quality_control_call_has_its_class() {
        check_codes(Action::GetQcStatus, &["14", "19"], Class::Account);
        check_codes(Action::GetQcStatus, &["5", "70"], Class::Data);
        check_codes(Action::GetQcStatus, &["6", "1000", "500"], Class::Doubt);
    }

    #[test]
    fn every_code_of_the_calls_for_categories_and_brands_has_its_class() {
        check_codes(Action::GetCategoryAttributes, &["1", "5", "57", "201"], Class::Data);
        check_codes(Action::GetBrands, &["14", "19", "20"], Class::Account);
        for action in [Action::GetCategoryTree, Action::GetCategoryAttributes, Action::GetBrands] {
            check_codes(action, &["6", "1000", "4242"], Class::Doubt);
            check(action, &[("1000", "Format Error Detected", "")], Class::Doubt);
        }
        check_codes(Action::GetCategoryTree, &["57"], Class::Doubt);
    }

    #[test]
    fn the_codes_of_all_calls_have_their_class() {
        for action in EVERY {
            check_codes(*action, &["3"], Class::Clock);
            check_codes(*action, &["7", "9"], Class::Credentials);
            check_codes(*action, &["0", "2", "4", "8", "10", "12", "74", "75"], Class::Account);
            check_codes(*action, &["11"], Class::TooLarge);
            check_codes(*action, &["429", "901"], Class::Throttled);
            check_codes(*action, &["6"], Class::Doubt);
        }
    }

    #[test]
    fn what_a_failed_create_asks_for_is_in_its_details() {
        let failed = "E500: Create product failed";
        check(Action::CreateProduct, &[("500", failed, "Value is required and can not be empty")], Class::Data);
        check(
            Action::CreateProduct,
            &[
                ("500", failed, "[SELLER_SKU_IS_EXIST]"),
                ("500", failed, "You already have another product with the SKU 'X'"),
            ],
            Class::SkuExists,
        );
    }

    #[test]
    fn a_format_error_is_about_the_data_of_a_write() {
        check(Action::CreateProduct, &[("1000", "Format Error Detected", "")], Class::Data);
        check(Action::SetImages, &[("1000", "Format Error Detected", "")], Class::Data);
        check(Action::GetProducts, &[("1000", "Format Error Detected", "")], Class::Doubt);
        check(Action::CreateProduct, &[("1000", "Internal Application Error", "")], Class::Doubt);
    }

    #[test]
    fn an_unknown_code_is_about_the_data_only_where_details_say_so() {
        check(Action::CreateProduct, &[("4242", "", "brand is wrong")], Class::Data);
        check(Action::SetImages, &[("500", "", "The image is invalid")], Class::Data);
        check(Action::GetProducts, &[("4242", "", "anything")], Class::Doubt);
        check(Action::CreateProduct, &[("4242", "", ""), ("", "", ""), ("506", "", "")], Class::Doubt);
    }

    #[test]
    fn a_code_stands_in_front_of_a_message() {
        assert_eq!(in_front_of("E007: Login failed. Signature mismatch").as_deref(), Some("7"));
        assert_eq!(in_front_of("Error: no code"), None);
    }
}
