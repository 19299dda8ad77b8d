//! What a refusal is about, whichever API it comes from. Codes of both stand beside each other: the numbers that they
//! share mean the same in both.

use super::open_platform;
use super::reply::{Class, Detail, Refusal};

/// The field that a detail about pictures names.
pub(super) const PICTURES_FIELD: &str = "__images__";

impl Refusal {
    /// The whole request is wrong, not one of the SKUs it carries.
    #[must_use]
    pub fn is_about_the_call(&self) -> bool {
        matches!(self.code.as_str(), "1" | "30" | "1001" | "4132")
    }

    /// The request is not understood: one of its values may be why, or all requests are written wrongly.
    #[must_use]
    pub fn is_about_the_form(&self) -> bool {
        self.is_about_the_call() || self.code == "5"
    }

    /// The category or the SPU is wrong, which all SKUs of a product share.
    #[must_use]
    pub fn is_about_the_product(&self) -> bool {
        let codes = ["57", "201", "202", "205", "206", "4134", "4163", "4227", "4228"];
        self.class == Class::Data && codes.contains(&self.code.as_str())
    }

    /// Nothing but pictures is wrong.
    #[must_use]
    pub fn is_about_pictures(&self) -> bool {
        let is_it = |detail: &Detail| detail.field.as_deref() == Some(PICTURES_FIELD);
        match self.details.as_slice() {
            [] => open_platform::PICTURES.contains(&self.code.as_str()),
            details => details.iter().all(is_it),
        }
    }

    /// The request's time is called wrong: expired, or in a form that is not taken.
    #[must_use]
    pub fn is_about_the_clock(&self) -> bool {
        self.class == Class::Clock || self.code == "4"
    }

    /// A page of a list cannot be asked for so: it begins too far on, or holds too much.
    #[must_use]
    pub fn is_about_the_page(&self) -> bool {
        self.code == "14" || self.is_about_the_page_size()
    }

    /// A page of a list may not hold as much: an instance may have its own hard limit (GetProducts and GetBrands pages).
    #[must_use]
    pub fn is_about_the_page_size(&self) -> bool {
        matches!(self.code.as_str(), "19" | "20")
    }

    /// A list cannot be narrowed to that state.
    #[must_use]
    pub fn is_about_the_filter(&self) -> bool {
        self.code == "36"
    }

    /// A list cannot be narrowed to those times.
    #[must_use]
    pub fn is_about_the_dates(&self) -> bool {
        self.code == "17"
    }

    /// The list of SellerSkus is not understood.
    #[must_use]
    pub fn is_about_the_sku_list(&self) -> bool {
        self.code == "70"
    }

    /// The marketplace has switched the call off for everybody, for hours: other calls go on.
    #[must_use]
    pub fn is_switched_off(&self) -> bool {
        self.class == Class::Later && self.code == "998"
    }

    /// The signature is not that of the user or the app: the key or the secret is another.
    #[must_use]
    pub fn is_bad_signature(&self) -> bool {
        matches!(self.code.as_str(), "7" | "IncompleteSignature")
    }

    /// The marketplace could not download a picture, which may go well another time.
    #[must_use]
    pub fn is_of_a_download(&self) -> bool {
        matches!(self.code.as_str(), "301" | "304")
    }

    /// Where quality control was asked about SKUs: one of them may be deleted. It is 6 then, whatever else 6 may mean.
    #[must_use]
    pub fn may_be_of_a_deleted_sku(&self) -> bool {
        matches!(self.code.as_str(), "6" | "207" | "208" | "4136" | "4137")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::plan::Action;

    /// The refusal with that code, in each API.
    #[track_caller]
    fn check(action: Action, code: &str, is_so: impl Fn(&Refusal) -> bool) {
        let replies = [
            (Dialect::SellerCenter, format!(r#"{{"ErrorResponse":{{"Head":{{"ErrorCode":"{code}"}}}}}}"#)),
            (Dialect::OpenPlatform, format!(r#"{{"code":"{code}","message":"no","request_id":"1"}}"#)),
        ];
        for (dialect, reply) in replies {
            match dialect.decode(action, reply.as_bytes()) {
                Ok(crate::dialect::Reply::Refused(refusal)) => assert!(is_so(&refusal), "{dialect:?} {refusal:?}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_both_apis_say_is_understood_alike() {
        check(Action::CreateProduct, "1", Refusal::is_about_the_call);
        check(Action::CreateProduct, "5", |refusal| refusal.is_about_the_form() && !refusal.is_about_the_call());
        check(Action::CreateProduct, "201", Refusal::is_about_the_product);
        check(Action::GetProducts, "19", |refusal| refusal.is_about_the_page_size() && refusal.is_about_the_page());
        check(Action::GetProducts, "14", |refusal| refusal.is_about_the_page() && !refusal.is_about_the_page_size());
        check(Action::GetBrands, "20", Refusal::is_about_the_page_size);
        check(Action::GetProducts, "36", Refusal::is_about_the_filter);
        check(Action::GetProducts, "17", Refusal::is_about_the_dates);
        check(Action::GetProducts, "70", Refusal::is_about_the_sku_list);
        check(Action::MigrateImage, "301", Refusal::is_of_a_download);
        check(Action::GetQcStatus, "6", Refusal::may_be_of_a_deleted_sku);
    }

    #[test]
    fn each_api_has_words_of_its_own() {
        let refused = |dialect: Dialect, action, body: &str| match dialect.decode(action, body.as_bytes()) {
            Ok(crate::dialect::Reply::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        };
        let elder = |code: &str| {
            let body = format!(r#"{{"ErrorResponse":{{"Head":{{"ErrorCode":{code}}}}}}}"#);
            refused(Dialect::SellerCenter, Action::CreateProduct, &body)
        };
        let open = |code: &str| {
            let body = format!(r#"{{"code":"{code}","message":"no","request_id":"1"}}"#);
            refused(Dialect::OpenPlatform, Action::CreateProduct, &body)
        };
        for refusal in [elder("3"), elder("4"), open("OPEN_API_TIMESTAMP_INVALID")] {
            assert!(refusal.is_about_the_clock(), "{refusal:?}");
        }
        for refusal in [elder("7"), open("IncompleteSignature")] {
            assert!(refusal.is_bad_signature() && refusal.class == Class::Credentials, "{refusal:?}");
        }
        assert!(open("1001").is_about_the_call() && open("4132").is_about_the_call());
        assert!(open("998").is_switched_off() && !open("4147").is_switched_off() && !elder("998").is_switched_off());
        assert!(open("4227").is_about_the_product() && !open("4118").is_about_the_product());
    }

    #[test]
    fn a_fault_of_pictures_is_told_from_others() {
        let refused = |detail: &str| {
            let body = format!(r#"{{"code":"500","message":"E500: Create product failed","detail":[{detail}]}}"#);
            match Dialect::OpenPlatform.decode(Action::CreateProduct, body.as_bytes()) {
                Ok(crate::dialect::Reply::Refused(refusal)) => refusal.is_about_pictures(),
                other => panic!("{other:?}"),
            }
        };
        assert!(refused(r#"{"field":"","message":"outer image","code":"4138"}"#));
        assert!(refused(r#"{"field":"","message":"BIZ_CHECK_EXIST_OUTER_IMAGE:outer image"}"#));
        assert!(refused(r#"{"field":"__images__","message":"a"},{"field":"__images__","message":"b"}"#));
        assert!(refused(r#"{"field":"Images","message":"a","code":"4138"},{"message":"b","code":"4116"}"#));
        assert!(!refused(r#"{"message":"outer image","code":"4138"},{"message":"price","code":"4118"}"#));
        assert!(!refused(r#"{"message":"price","code":"4118"}"#) && !refused(""));
    }
}
