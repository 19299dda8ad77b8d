//! What the merchant can do about a refusal.

use super::reply::{Class, Refusal, UNUSABLE};
use crate::plan::Action;

/// Codes that say what is to be done, whatever was asked for. Commands stand in backticks, and NAME for the shop's.
const BY_CODE: &[(&[&str], &str)] = &[
    (&["998"], "the marketplace has switched this call off for a campaign: import the sheet again in some hours"),
    (&["4147"], "somebody else changes this product: import the sheet again later"),
    (
        &["4148", "THD_APPROVAL_RULE_CENTER_ERR_PRE_QC_LISTING_LIMIT_ERROR"],
        "as many products are on sale as the seller may have: take some off sale, or ask the marketplace's seller support",
    ),
    (&["4134", "4227", "4228"], "give the number of a category that is in use and has no categories below it"),
    (&["4163"], "the seller may not sell in this category: give another one, or ask the marketplace's seller support"),
    (
        &["209", "4133", "4143", "4144", "4145", "4146", "4161", "BIZ_CHECK_TOTAL_SALE_PROP_MAX_ITEMS"],
        "tell the SKUs apart by attributes that the category has for it, mostly two at most",
    ),
    (&["4109", "4112", "4113"], "give each SKU of the product a value of its own in the same variant attributes"),
    (&["512", "4123", "4124", "4131", "4151", "4221"], "a text or a picture breaks the marketplace's rules: change it"),
    (&["4104", "4121"], "write the price with at most two decimals"),
    (&["4118"], "give a price above 0"),
    (&["4119"], "bring the special price nearer to the price: more than about 80 % off is refused"),
    (&["4157"], "lower the special price below the price"),
    (&["4117"], "let the sale end after it starts"),
    (&["4114"], "look at the special price and its dates"),
    (&["4127", "4166"], "another product has this ProductId: correct it, or clear the cell"),
    (&["4107"], "give a plain number"),
    (&["4111"], "give each value once"),
    (
        &["4115"],
        "give a value that the category lists, by its English name; after `skuload category pull` the sheet may keep the \
         shop's own language",
    ),
    (&["4106", "4120", "4140"], "shorten the value"),
    (
        &["4108", "4110", "4125", "4167"],
        "fill the attribute in; what a category demands changes: `skuload category pull` asks again",
    ),
    (&["4116", "4158"], "take out the picture that comes twice"),
    (&["4139"], "give at least one picture"),
    (&["4153"], "give pictures to all SKUs of the product, or to none"),
    (&["4169"], "give at most 8 pictures"),
    (&["304"], "look whether the picture's address opens in a browser"),
    (&["4129"], "take the marks \" ^ ~ < > | out of the short texts"),
    (&["4160"], "shorten the name: letters that are not English count for more than one"),
    (&["4130", "4142"], "give a brand that the seller may sell and the category has"),
    (&["4156", "4168"], "give a brand: a LazMall shop cannot sell without one"),
    (
        &["207", "208", "4136", "4137", "4150", "4193", "4216"],
        "the shop does not have this SKU any more: look it up in the seller centre, then import the sheet again",
    ),
    (&["4149"], "give the weight in kg and the sizes in cm, all above 0"),
    (&["4164"], "the package is heavier than 40 kg: give the weight in kg"),
    (&["4165"], "length, width and height are more than 300 cm together: give them in cm"),
    (&["4152"], "give a stock of 0 or more"),
    (&["4128", "4155", "4162", "4218"], "it is locked: ask the marketplace's seller support, or take the row out"),
    (
        &["4170", "4225", "10006", "THD_IC_ERR_F_IC_ABILITY_PG_003", "THD_IC_ERR_F_IC_ABILITY_PG_004"],
        "it takes part in a campaign: import the sheet again when that is over, or take the row out",
    ),
    (&["1001", "4132"], "look for a value with unusual characters on this row"),
    (
        &["IncompleteSignature"],
        "the app's secret does not belong to its key, or was renewed: copy it again from the app's page at the Open Platform \
         and give it with `skuload shop add NAME --replace-key --secret-file FILE`",
    ),
    (
        &["InvalidAppKey", "APP_KEY_INVALID"],
        "the Open Platform knows no such app: compare the app's key with its page there; a shop of another key is added \
         anew, after `skuload shop remove NAME`",
    ),
    (&["AppWhiteIpLimit"], "add this computer's address to the app's white-list on the Open Platform"),
    (&["InvalidCode"], "a code counts once and for half an hour: log in with: `skuload shop login NAME`"),
    (
        &["AUTH_TYPE_UNSUPPORTED"],
        "this app may not renew its tokens, so the seller logs in each time: log in with: `skuload shop login NAME`",
    ),
    (
        &["InsufficientPermission", "Mp3SellerApiLimit"],
        "the app may not make this call for this seller: ask for its permission on the app's page at the Open Platform, and \
         when it is granted log in with: `skuload shop login NAME`",
    ),
    (
        &["SellerNotActive", "SellerNotVerified"],
        "the seller's account is not active yet: finish its registration in the seller centre",
    ),
];

const LOG_IN: &str = "log in with: `skuload shop login NAME`";

impl Refusal {
    /// What to do about this code. Of a SellerSku that exists the class tells.
    fn help_of_code(&self) -> Option<&'static str> {
        let is_it = |code: &&str| code.eq_ignore_ascii_case(&self.code);
        let row = BY_CODE.iter().find(|(codes, _)| codes.iter().any(is_it));
        row.map(|(_, help)| *help).filter(|_| self.class != Class::SkuExists)
    }

    /// What to do about a refusal of the app, the token or the seller, where the Open Platform tells enough. Commands
    /// stand in backticks, and NAME for the shop's.
    #[must_use]
    pub fn help_of_app(&self) -> Option<&'static str> {
        match self.class {
            Class::Token => Some(self.help_of_code().unwrap_or(LOG_IN)),
            Class::Credentials | Class::Account => self.help_of_code(),
            Class::Data | Class::SkuExists | Class::Bare | Class::TooLarge => None,
            Class::Throttled | Class::Later | Class::Doubt | Class::Clock => None,
        }
    }

    /// What to do where the marketplace refused to tell of its categories or brands.
    fn help_of_catalogue(&self, action: Action) -> Option<&'static str> {
        let is_of_catalogue =
            matches!(action, Action::GetCategoryTree | Action::GetCategoryAttributes | Action::GetBrands);
        match (self.class, self.code.as_str()) {
            _ if !is_of_catalogue => None,
            (Class::Data, "57") => {
                Some("nothing can be sold in that category: name one that has no categories below it")
            }
            (Class::Data, UNUSABLE) => Some("pull it again later, or ask the marketplace's seller support"),
            (Class::Data, _) => Some("name a category of this marketplace by its number; numbers differ by country"),
            (Class::Account, "14" | "19" | "20") => {
                Some("this marketplace pages its brands in a way of its own: leave them out with --no-brands")
            }
            (Class::Throttled | Class::Later | Class::Doubt | Class::TooLarge, _) => Some("ask again later"),
            (Class::SkuExists | Class::Bare | Class::Clock, _) => None,
            (Class::Token | Class::Credentials | Class::Account, _) => None,
        }
    }

    /// What the merchant can do about it, where this call was refused.
    #[must_use]
    pub fn help(&self, action: Action) -> &'static str {
        if let Some(help) = self.help_of_catalogue(action).or_else(|| self.help_of_code()) {
            return help;
        }
        let is_update = matches!(action, Action::UpdateProduct | Action::UpdatePriceQuantity);
        match (self.class, self.code.as_str()) {
            (Class::SkuExists, _) => "choose another seller SKU, or take the row out",
            (Class::TooLarge, _) if is_update => "shorten the texts on this row and import the sheet again",
            (Class::TooLarge, _) => "split the product into smaller ones",
            (Class::Later, _) => "import the sheet again later: what the shop has already is left alone",
            (Class::Data, "201") if is_update => {
                "clear the category, which the shop's product keeps, and import the sheet again"
            }
            (Class::Data, "201") => "give the number of a category that has no categories below it",
            (Class::Data, "202" | "205") => "give the number of an SPU that the marketplace knows, or clear the cell",
            (Class::Data, "206") => "give the category of the SPU, or clear one of the two",
            (Class::Data, "1" | "5" | "30") => "look for a value with unusual characters on this row",
            (Class::Data | Class::Bare, _) if is_update && self.details.is_empty() => {
                "the marketplace names no reason: look at this SKU in the seller centre, mend the row and import the \
                 sheet again"
            }
            (Class::Data | Class::Bare, _) if is_update => {
                "mend the row and import the sheet again: what the shop has just so is left alone"
            }
            (Class::Data | Class::Bare, _) => "mend the row and import the sheet again: what exists is left alone",
            (Class::Throttled | Class::Doubt, _) => "resume the run later",
            (Class::Clock, _) => "set this computer's clock",
            (Class::Token, _) => LOG_IN,
            (Class::Credentials, _) => "`skuload shop test NAME` tells what is wrong with the shop's credentials",
            (Class::Account, _) => "ask the marketplace's seller support",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[track_caller]
    fn check(action: Action, code: &str, class: Class, expect: &str) {
        let refusal = Refusal { code: code.to_owned(), message: String::new(), details: Vec::new(), class };
        let help = refusal.help(action);
        assert!(help.contains(expect), "{help}");
    }

    #[test]
    fn a_code_says_what_to_do() {
        check(Action::CreateProduct, "4118", Class::Data, "a price above 0");
        check(Action::UpdateProduct, "4155", Class::Data, "locked");
        check(Action::CreateProduct, "4135", Class::SkuExists, "another seller SKU");
        check(Action::CreateProduct, "998", Class::Later, "campaign");
        check(Action::GetProducts, "InvalidAppKey", Class::Credentials, "the app's key");
        check(Action::GetProducts, "IllegalAccessToken", Class::Token, "log in");
        check(Action::GetCategoryAttributes, "4228", Class::Data, "number");
        check(Action::CreateProduct, "4199", Class::Data, "mend the row");
    }

    #[test]
    fn each_code_is_named_once_and_no_text_ends_with_a_full_stop() {
        let codes: Vec<&str> = BY_CODE.iter().flat_map(|(codes, _)| codes.iter().copied()).collect();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
        assert!(BY_CODE.iter().all(|(_, help)| !help.ends_with('.') && !help.contains("  ")));
    }
}
