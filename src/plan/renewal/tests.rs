//! What becomes of rows whose SKUs the shop has: small sheets beside small shops.

use std::fmt::Write as _;

use crate::check::tests::checked_as_typed;
use crate::check::{Checked, Fate, Mode, Rules};
use crate::column::Field;
use crate::finding::Severity;
use crate::plan::*;
use crate::record::{Attribute, CategoryId, Cleared, ImageUrl, PackedSku, SpuId};

fn sku(text: &str) -> SellerSku {
    SellerSku::parse(text).expect("a seller SKU")
}

fn attribute(text: &str) -> Attribute {
    let (name, value) = text.split_once('=').expect("name=value");
    Attribute { name: name.to_owned(), value: value.to_owned() }
}

fn url(text: &str) -> ImageUrl {
    ImageUrl::parse(text).expect("an address")
}

/// A product a line: `name=Tee|brand=Acme > A|price=10|images=http://a.co/1.jpg > B|price=12`. A SKU without `images` is
/// one whose pictures the answer does not tell.
pub(in crate::plan) fn products(text: &str) -> Vec<ShopProduct> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| product(&line.split('>').map(str::trim).collect::<Vec<_>>())).collect()
}

fn product(parts: &[&str]) -> ShopProduct {
    let mut product =
        ShopProduct { category: None, spu_id: None, name: None, attributes: Vec::new(), skus: Vec::new() };
    for own in parts[0].split('|').filter(|part| !part.is_empty()).map(attribute) {
        match own.name.as_str() {
            "category" => product.category = CategoryId::parse(&own.value),
            "spu" => product.spu_id = SpuId::parse(&own.value),
            "name" => product.name = Some(own.value),
            _ => product.attributes.push(own),
        }
    }
    for part in &parts[1..] {
        let mut values = part.split('|');
        let seller_sku = sku(values.next().unwrap_or_default());
        let mut there =
            ShopSku { seller_sku, ids: None, status: ShopStatus::Active, pictures: None, fields: Vec::new() };
        for own in values.map(attribute) {
            match (own.name.as_str(), own.value.as_str()) {
                ("status", "inactive") => there.status = ShopStatus::Inactive,
                ("status", "deleted") => there.status = ShopStatus::Deleted,
                ("status", other) => there.status = ShopStatus::Other(other.to_owned()),
                ("images", urls) => there.pictures = Some(urls.split_whitespace().map(str::to_owned).collect()),
                _ => there.fields.push(own),
            }
        }
        product.skus.push(there);
    }
    product
}

pub(in crate::plan) fn snapshot(products: &[ShopProduct]) -> ShopSnapshot {
    let mut shop = ShopSnapshot::default();
    products.iter().for_each(|product| shop.add_product(product.clone()));
    shop
}

/// A sheet as typed. What only new SKUs need is not held against it here, nor half a sale: that is for the plan. What
/// tells variants apart the shop knows.
pub(in crate::plan) fn sheet(text: &str, mode: Mode) -> Checked {
    const LATER: [&str; 5] =
        ["missing-column", "missing-value", "sale-without-window", "window-without-sale", "variants-alike"];
    let mut checked = checked_as_typed(text, &Rules { mode, asks_shop: true, ..Rules::default() });
    for row in checked.parts_mut().0 {
        if matches!(&row.fate, Fate::Invalid(fault) if LATER.contains(&fault.rule)) {
            row.fate = Fate::Sound;
        }
    }
    checked
}

/// `A active`, `A inactive`, `A clear special_price`, `A clear size`: what the row of A says besides.
fn say(checked: &mut Checked, text: &str) {
    let (rows, groups) = checked.parts_mut();
    for (name, wish) in text.split(';').filter_map(|part| part.trim().split_once(' ')) {
        let row = rows.iter_mut().find(|row| row.seller_sku == Some(sku(name))).expect("a row");
        let mut given = row.given().expect("a SKU");
        match wish.split_once(' ') {
            None => given.active = Some(wish == "active"),
            Some((_, field)) => match Field::named(field) {
                Some(field) if field.is_product_level() => groups[row.group].cleared.push(Cleared::Field(field)),
                Some(field) => given.cleared.push(Cleared::Field(field)),
                None => match field.strip_prefix("attr.") {
                    Some(name) => groups[row.group].cleared.push(Cleared::Attribute(name.to_owned())),
                    None => given.cleared.push(Cleared::Attribute(field.to_owned())),
                },
            },
        }
        row.sku = Some(PackedSku::of(&given));
    }
}

pub(in crate::plan) fn limits() -> Limits {
    Limits {
        skus_per_product: usize::MAX,
        skus_per_set_images: 100,
        sets_images_by_product: false,
        skus_per_price_quantity: 3,
        undated_sales: false,
        creates_with_images: false,
        names_variants: false,
        image_hosts: vec!["a.co".to_owned()],
    }
}

fn change(change: &Change) -> String {
    match &change.to {
        NewValue::Text(text) => format!("{}={text}", change.name),
        NewValue::Cleared => format!("{}=<>", change.name),
    }
}

fn shown_write(write: &Write) -> String {
    let skus: Vec<String> = match write {
        Write::CreateProduct(create) => {
            let to = create.product.associated_sku.as_ref().map(|sku| format!("to {sku}"));
            create.skus.iter().map(|sku| sku.seller_sku.to_string()).chain(to).collect()
        }
        Write::HostImages(host) => host.images.iter().map(|image| image.as_str().to_owned()).collect(),
        Write::SetImages(set) => {
            set.skus.iter().map(|sku| format!("{}({})", sku.seller_sku, sku.images.len())).collect()
        }
        Write::UpdateProduct(update) => {
            let shared = Some(update.product.iter().map(change).collect::<Vec<_>>().join(" "));
            let skus = update.skus.iter().map(|sku| {
                let active = sku.active.as_ref().map(|switch| format!("active={}", switch.to));
                let words = [sku.seller_sku.to_string()].into_iter().chain(sku.fields.iter().map(change)).chain(active);
                words.collect::<Vec<_>>().join(" ")
            });
            shared.into_iter().filter(|shared| !shared.is_empty()).chain(skus).collect()
        }
        Write::UpdatePriceQuantity(update) => update.skus.iter().map(shown_offer).collect(),
    };
    skus.join(", ")
}

fn shown_offer(sku: &PriceQuantity) -> String {
    let mut text = sku.seller_sku.to_string();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, " {name}={value}");
        }
    };
    add("quantity", sku.quantity.map(|quantity| quantity.to_string()));
    add("price", sku.price.map(|price| price.to_string()));
    if let Some(sale) = &sku.sale {
        add("sale", Some(sale.price.to_string()));
        add("from", sale.window.from().map(|from| from.to_string()));
        add("to", sale.window.to().map(|to| to.to_string()));
    }
    text
}

/// A sheet, what it says besides, and a shop.
#[derive(Clone, Copy)]
struct Case<'a> {
    sheet: &'a str,
    says: &'a str,
    shop: &'a str,
    mode: Mode,
    options: Options,
}

const CASE: Case<'static> = Case {
    sheet: "",
    says: "",
    shop: "",
    mode: Mode::Update,
    options: Options { pictures: Pictures::Later, forces: false, only_images: false },
};

impl Case<'_> {
    #[track_caller]
    fn plan(&self) -> Plan {
        let mut checked = sheet(self.sheet, self.mode);
        say(&mut checked, self.says);
        let plan = plan(&checked, &snapshot(&products(self.shop)), &limits(), self.options);
        hold_to_the_rules(&plan);
        // What the sheet does not speak of is not kept, and changes nothing.
        let mut kept = ShopSnapshot::for_plan_of(&checked);
        products(self.shop).into_iter().for_each(|product| kept.add_product(product));
        assert_eq!(crate::plan::plan(&checked, &kept, &limits(), self.options), plan, "{}", self.sheet);
        plan
    }

    /// Both as one would read them: `2 update-1; 3 unchanged`, and a request a line.
    #[track_caller]
    fn check(&self, intents: &str, requests: &[&str]) {
        let plan = self.plan();
        assert_eq!(shown_intents(&plan), intents, "{}\n{:#?}", self.sheet, plan.findings);
        let each = plan.requests.iter().map(|request| {
            let after: Vec<&str> = request.after.iter().map(|before| plan.requests[*before].id.as_str()).collect();
            let after = if after.is_empty() { String::new() } else { format!(" after {}", after.join(" ")) };
            format!("{}: {}{after}", request.id, shown_write(&request.write))
        });
        assert_eq!(each.collect::<Vec<_>>(), requests, "{}", self.sheet);
    }

    /// `B2 price-cut`, a finding each.
    #[track_caller]
    fn findings(&self, expect: &str) {
        let plan = self.plan();
        let each = plan.findings.iter().map(|finding| format!("{} {}", finding.location.short(), finding.rule));
        assert_eq!(each.collect::<Vec<_>>().join("; "), expect, "{}\n{:#?}", self.sheet, plan.findings);
    }

    /// What the only finding says, and what to do.
    #[track_caller]
    fn says(&self, message: &str, help: &str) {
        let findings = self.plan().findings;
        let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
        assert_eq!((finding.message.as_str(), finding.help.as_str()), (message, help));
    }
}

pub(in crate::plan) fn shown_intents(plan: &Plan) -> String {
    let each = plan.rows.iter().map(|row| {
        let intent = match &row.intent {
            Intent::Create(request) | Intent::Update(Some(request)) => plan.requests[*request].id.clone(),
            Intent::Update(None) => "pictures".to_owned(),
            Intent::Unchanged => "unchanged".to_owned(),
            Intent::Exists => "exists".to_owned(),
            Intent::Invalid(invalid) => format!("invalid {}", invalid.rule),
            Intent::Held(_) => "held".to_owned(),
            Intent::Pictureless => "pictureless".to_owned(),
            Intent::Skipped(_) => "skipped".to_owned(),
        };
        let off = row.switch_request.map(|request| format!(" off {}", plan.requests[request].id)).unwrap_or_default();
        format!("{} {intent}{off}", row.row)
    });
    each.collect::<Vec<_>>().join("; ")
}

/// What is true of every plan that changes what the shop has.
#[track_caller]
pub(in crate::plan) fn hold_to_the_rules(plan: &Plan) {
    for (place, request) in plan.requests.iter().enumerate() {
        assert!(request.after.iter().all(|before| *before < place), "what it waits for comes before it");
        assert!(!request.write.skus().is_empty(), "no request is empty");
        match &request.write {
            Write::UpdateProduct(update) => {
                assert!(
                    !update.product.is_empty()
                        || update.skus.iter().all(|sku| !sku.fields.is_empty() || sku.active.is_some())
                );
                for sku in &update.skus {
                    let has = |name: &str| {
                        sku.fields.iter().any(|change| change.name == name && change.to != NewValue::Cleared)
                    };
                    let has_date = has("special_from_date") || has("special_to_date");
                    assert_eq!(has("special_price"), has_date, "a sale travels whole");
                }
            }
            Write::UpdatePriceQuantity(update) => {
                assert!(update.skus.len() <= limits().skus_per_price_quantity);
                let is_empty =
                    |sku: &PriceQuantity| sku.quantity.is_none() && sku.price.is_none() && sku.sale.is_none();
                assert!(!update.skus.iter().any(is_empty));
            }
            Write::CreateProduct(_) | Write::HostImages(_) | Write::SetImages(_) => {}
        }
    }
    for row in &plan.rows {
        let carries =
            |request: usize| plan.requests[request].write.skus().iter().any(|sku| sku.as_str() == row.seller_sku);
        match row.intent {
            Intent::Update(Some(request)) => match &plan.requests[request].write {
                Write::UpdateProduct(update) => assert!(carries(request) || !update.product.is_empty()),
                Write::UpdatePriceQuantity(_) => assert!(carries(request)),
                other => panic!("{other:?} updates no row"),
            },
            Intent::Update(None) => assert!(row.image_request.is_some()),
            Intent::Unchanged | Intent::Invalid(_) | Intent::Held(_) => assert_eq!(row.image_request, None),
            Intent::Create(request) => assert!(carries(request)),
            Intent::Exists | Intent::Pictureless | Intent::Skipped(_) => {}
        }
        assert!(row.image_request.is_none_or(carries));
    }
    let refused = plan.rows.iter().any(|row| matches!(row.intent, Intent::Invalid(_)));
    assert!(refused || plan.findings.iter().all(|finding| finding.severity != Severity::Error));
    assert_eq!(plan.counts().rows(), plan.rows.len());
}

const TEE: &str = "name=Tee|brand=Acme|description=Soft tee > A|price=10.0|quantity=5 > B|price=12.0|quantity=0";

#[test]
fn what_the_shop_has_just_so_is_not_sent() {
    let case = Case { shop: TEE, ..CASE };
    Case { sheet: "SellerSku|name|price|quantity\nA|Tee|10.00|5\nB||12|0", ..case }
        .check("2 unchanged; 3 unchanged", &[]);
    Case { sheet: "SellerSku|price\nA|\nB|", ..case }.check("2 unchanged; 3 unchanged", &[]);
}

#[test]
fn prices_and_stock_go_by_their_own_call() {
    let case = Case { shop: TEE, ..CASE };
    let sheet = "SellerSku|price|quantity\nA|9.50|5\nB|12|7";
    Case { sheet, ..case }.check("2 price-1; 3 price-1", &["price-1: A price=9.50, B quantity=7"]);
    Case { sheet: "SellerSku|quantity\nB|7", ..case }.check("2 price-1", &["price-1: B quantity=7"]);
}

#[test]
fn prices_travel_together_across_products() {
    let shop = "> A|price=1\n> B|price=1\n> C|price=1\n> D|price=1|quantity=1";
    let sheet = "SellerSku|price\nA|2\nB|2\nC|2\nD|2";
    let expect = ["price-1: A price=2, B price=2, C price=2", "price-2: D price=2"];
    Case { sheet, shop, ..CASE }.check("2 price-1; 3 price-1; 4 price-1; 5 price-2", &expect);
}

#[test]
fn what_a_product_shares_goes_by_one_request_with_one_of_its_skus() {
    let case = Case { shop: TEE, ..CASE };
    let sheet = "SellerSku|name|description\nB||\nA|Tee 2|";
    // In the sheet they are two products, in the shop one.
    Case { sheet, ..case }.check("2 update-1; 3 update-1", &["update-1: name=Tee 2, B"]);
}

#[test]
fn where_a_product_changes_its_prices_travel_with_it() {
    let sheet = "SellerSku|name|price|quantity\nA|Tee 2|9|5\nB|Tee 2|12|0";
    let expect = ["update-1: name=Tee 2, A price=9"];
    Case { sheet, shop: TEE, ..CASE }.check("2 update-1; 3 update-1", &expect);
    let sheet = "SellerSku|price|package_weight\nA|9|\nB|11|0.5";
    let expect = ["update-1: A price=9, B price=11 package_weight=0.5"];
    Case { sheet, shop: TEE, ..CASE }.check("2 update-1; 3 update-1", &expect);
}

#[test]
fn a_row_that_changes_nothing_of_its_own_is_unchanged() {
    let sheet = "SellerSku|package_weight\nA|0.5\nB|";
    Case { sheet, shop: TEE, ..CASE }.check("2 update-1; 3 unchanged", &["update-1: A package_weight=0.5"]);
}

#[test]
fn a_quantity_that_is_not_shown_is_sent() {
    Case { sheet: "SellerSku|quantity\nA|5", shop: "> A|Available=5", ..CASE }
        .check("2 price-1", &["price-1: A quantity=5"]);
}

#[test]
fn with_force_what_the_sheet_gives_is_sent() {
    let options = Options { forces: true, ..Options::default() };
    let case = Case { shop: TEE, options, ..CASE };
    Case { sheet: "SellerSku|price\nA|10", ..case }.check("2 price-1", &["price-1: A price=10"]);
    let case = Case { sheet: "SellerSku|name|quantity\nA|Tee|5", ..case };
    case.check("2 update-1", &["update-1: name=Tee, A quantity=5"]);
    assert_eq!(case.plan().differences(0), []);
    Case { sheet: "SellerSku|name\nA|", ..case }.check("2 unchanged", &[]);
}

#[test]
fn a_sku_is_switched_on_and_off() {
    let shop = "> A > B|status=inactive > C|status=pending";
    let sheet = "SellerSku|price\nA|\nB|\nC|";
    Case { sheet, shop, says: "A active; B inactive", ..CASE }.check("2 unchanged; 3 unchanged; 4 unchanged", &[]);
    let expect = ["update-1: A active=false, B active=true, C active=true"];
    Case { sheet, shop, says: "A inactive; B active; C active", ..CASE }
        .check("2 update-1; 3 update-1; 4 update-1", &expect);
}

#[test]
fn attributes_are_compared_where_the_shop_shows_them() {
    let shop = "color_family=Red|warranty=1 Year > A|size=40|material=Wool > B|size=41|material=Wool";
    let case = Case { shop, ..CASE };
    let sheet = "SellerSku|color_family|size|warranty|attr.material\nA|Red|40.0|1 Year|Wool";
    Case { sheet, ..case }.check("2 unchanged", &[]);
    let sheet = "SellerSku|color_family|attr.material\nA|Blue|Silk";
    Case { sheet, ..case }.check("2 update-1", &["update-1: material=Silk, A color_family=Blue"]);
}

#[test]
fn values_are_cleared_only_where_the_shop_has_some() {
    let shop = "name=Tee|model=M1|warranty=1 Year > A|size=40|ProductId=123";
    let sheet = "SellerSku|price\nA|";
    let says = "A clear model; A clear attr.warranty; A clear size; A clear product_id; A clear colour";
    let expect = ["update-1: model=<> warranty=<>, A ProductId=<>"];
    let expect_sku = ["update-1: model=<> warranty=<>, A size=<> ProductId=<>"];
    Case { sheet, shop, says: "A clear model; A clear attr.warranty; A clear product_id", ..CASE }
        .check("2 update-1", &expect);
    Case { sheet, shop, says, ..CASE }.check("2 update-1", &expect_sku);
    Case { sheet, shop: "name=Tee > A", says, ..CASE }.check("2 unchanged", &[]);
}

const ON_SALE: &str = "> A|price=10.0|special_price=8.0|special_from_date=2018-05-01|special_from_time=2018-05-01 18:15:00\
                       |special_to_date=2018-06-01";

#[test]
fn a_sale_is_compared_as_one() {
    let case = Case { shop: ON_SALE, ..CASE };
    let sheet = "SellerSku|special_price|special_from_date|special_to_date\nA|8|2018-05-01 18:20|2018-06-01";
    Case { sheet, ..case }.check("2 unchanged", &[]);
    Case { sheet: "SellerSku|special_price\nA|8.00", ..case }.check("2 unchanged", &[]);
    let expect = ["price-1: A sale=7 from=2018-05-01 18:15 to=2018-06-01 00:00"];
    Case { sheet: "SellerSku|special_price\nA|7", ..case }.check("2 price-1", &expect);
    let expect = ["price-1: A sale=8.0 from=2018-05-01 18:15 to=2018-07-01 00:00"];
    Case { sheet: "SellerSku|special_to_date\nA|2018-07-01", ..case }.check("2 price-1", &expect);
}

#[test]
fn a_sale_is_ended_whole_and_by_update_product() {
    let sheet = "SellerSku|price\nA|";
    let case = Case { sheet, shop: ON_SALE, says: "A clear special_price", ..CASE };
    let expect = ["update-1: A special_price=<> special_from_date=<> special_to_date=<>"];
    case.check("2 update-1", &expect);
    Case { shop: "> A|price=10", ..case }.check("2 unchanged", &[]);
    // The price may fall below the special price that ends with it.
    let expect = ["update-1: A price=7 special_price=<> special_from_date=<> special_to_date=<>"];
    Case { sheet: "SellerSku|price\nA|7", ..case }.check("2 update-1", &expect);
    Case { sheet: "SellerSku|special_to_date\nA|2018-07-01", ..case }.findings("B2 window-without-sale");
}

#[test]
fn one_date_of_a_sale_is_cleared_with_the_rest_sent_along() {
    let sheet = "SellerSku|special_from_date|special_to_date\nA||";
    let case = Case { sheet, shop: ON_SALE, ..CASE };
    let expect = ["update-1: A special_price=8.0 special_from_date=2018-05-01 18:15 special_to_date=<>"];
    Case { says: "A clear special_to_date", ..case }.check("2 update-1", &expect);
    Case { says: "A clear special_to_date; A clear special_from_date", ..case }.findings("B2 sale-without-window");
    let shop = "> A|price=10|special_price=8|special_to_date=2018-06-01";
    Case { shop, says: "A clear special_from_date", ..case }.check("2 unchanged", &[]);
}

#[test]
fn a_sale_needs_a_price_and_a_date_from_either_side() {
    let shop = "> A|price=10";
    let case = Case { shop, ..CASE };
    Case { sheet: "SellerSku|special_price\nA|8", ..case }.findings("B2 sale-without-window");
    Case { sheet: "SellerSku|special_to_date\nA|2018-07-01", ..case }.findings("B2 window-without-sale");
    Case { sheet: "SellerSku|special_price|special_to_date\nA|8|2018-07-01", ..case }.findings("");
    let sheet = "SellerSku|special_to_date\nA|2018-05-01 18:00";
    Case { sheet, shop: ON_SALE, ..CASE }.findings("B2 sale-window-reversed");
    Case { sheet: "SellerSku|special_to_date\nA|2018-05-01 18:30", shop: ON_SALE, ..CASE }.findings("");
    Case { sheet: "SellerSku|special_to_date\nA|2018-05-01", shop: ON_SALE, ..CASE }.says(
        "the sale would start on 2018-05-01 18:15, as the shop has it, and end on 2018-05-01 00:00, both floored to 15 minutes",
        "an end without a time is the beginning of that day: write 2018-05-01 23:45 as the end for a sale of that one day",
    );
}

#[test]
fn a_special_price_stays_below_the_price_of_either_side() {
    let case = Case { shop: "> A|price=100|special_to_date=2018-07-01", ..CASE };
    let special = Case { sheet: "SellerSku|special_price\nA|120", ..case };
    special.check("2 invalid sale-not-below-price", &[]);
    special.says("special price 120 is not below the shop's price 100", "lower it, or give a higher price too");
    Case { sheet: "SellerSku|special_price\nA|99", ..case }.findings("");
    let case = Case { shop: ON_SALE, ..CASE };
    let price = Case { sheet: "SellerSku|price\nA|8", ..case };
    price.check("2 invalid sale-not-below-price", &[]);
    let help = "lower the special price too, or end the sale by writing <clear> into special_price";
    let window = "which holds from 2018-05-01 18:15 to 2018-06-01 00:00";
    let message = format!("the shop's special price 8.0, {window}, is not below the price 8");
    Case { sheet: "SellerSku|price|special_price\nA|8|", ..case }.says(&message, help);
    let without = "add a column special_price with <clear>, which ends the sale, or give a lower one there";
    price.says(&message, without);
    let shop = "> A|price=10|special_price=9|special_to_date=2018-07-01";
    let message = "the shop's special price 9, which holds until 2018-07-01 00:00, is not below the price 8";
    Case { shop, ..price }.says(message, without);
    let message = "the shop's special price 9 is not below the price 8";
    Case { shop: "> A|price=10|special_price=9", ..price }.says(message, without);
    Case { sheet: "SellerSku|price\nA|8.01", ..case }.findings("");
    Case { sheet: "SellerSku|price|special_price\nA|8|7", ..case }.findings("");
    let shop = "> A|price=8|special_price=9|special_to_date=2018-07-01";
    let message =
        "the shop's special price 9, which holds from 2018-06-01 00:00 to 2018-07-01 00:00, is not below its price 8";
    Case { sheet: "SellerSku|special_from_date\nA|2018-06-01", shop, ..CASE }.says(message, without);
    // What is odd in the shop already is nobody's change.
    let shop = "> A|price=8|quantity=1|special_price=9|special_to_date=2018-07-01";
    Case { sheet: "SellerSku|price|quantity\nA|8|2", shop, ..CASE }.check("2 price-1", &["price-1: A quantity=2"]);
}

#[test]
fn a_price_that_falls_by_more_than_80_percent_is_told() {
    let case = Case { shop: "> A|price=100.0|special_to_date=2030-01-01", ..CASE };
    let cut = Case { sheet: "SellerSku|price\nA|19.99", ..case };
    cut.check("2 price-1", &["price-1: A price=19.99"]);
    let message =
        "the price falls from 100.0 to 19.99, by more than 80 %, which sends the product back to quality control";
    cut.says(message, "make sure that it is meant");
    Case { sheet: "SellerSku|price\nA|20", ..case }.findings("");
    Case { sheet: "SellerSku|price\nA|900", ..case }.findings("");
    Case { sheet: "SellerSku|special_price\nA|19", ..case }.findings("B2 deep-discount");
}

#[test]
fn what_no_update_can_change_is_refused_where_it_differs() {
    let shop = "category=3|spu=7|keywords=tee|name=Tee > A|gmt_create=2018 > B\n> Z";
    let case = Case { shop, ..CASE };
    let sheet = "SellerSku|PrimaryCategory|SPUId|attr.keywords|sku.gmt_create|AssociatedSku\nA|3|7|tee|2018|B";
    Case { sheet, ..case }.check("2 unchanged", &[]);
    let sheet = "SellerSku|PrimaryCategory|SPUId|attr.keywords|sku.gmt_create|AssociatedSku\nA|4|8|mug|2019|Z";
    let expect = "B2 not-updatable; C2 not-updatable; D2 not-updatable; E2 not-updatable; F2 not-updatable";
    let plan = Case { sheet, ..case }.plan();
    let mut told: Vec<String> =
        plan.findings.iter().map(|finding| format!("{} {}", finding.location.short(), finding.rule)).collect();
    told.sort();
    assert_eq!(told.join("; "), expect);
    let one = Case { sheet: "SellerSku|PrimaryCategory\nA|4", ..case };
    one.says(
        "category cannot be changed by an update, and the shop has 3",
        "clear the cell, or give it the value that the shop has",
    );
    Case { sheet: "SellerSku|price|attr.std_search_keywords\nA||mug", ..case }.findings("C2 not-updatable");
    Case { sheet: "SellerSku|SPUId\nZ|8", ..case }.findings("B2 not-updatable");
    Case { sheet: "SellerSku|PrimaryCategory\nZ|8", ..case }.findings("");
}

#[test]
fn a_fault_of_one_sku_keeps_back_that_one() {
    let sheet = "SellerSku|price|special_price\nA|9|\nB|11|";
    let shop = "> A|price=10|special_price=9.5|special_to_date=2030-01-01 > B|price=12";
    Case { sheet, shop, ..CASE }.check("2 invalid sale-not-below-price; 3 price-1", &["price-1: B price=11"]);
    let sheet = "SellerSku|price\nA|ten\nB|11";
    Case { sheet, shop: TEE, ..CASE }.check("2 invalid invalid-price; 3 price-1", &["price-1: B price=11"]);
}

#[test]
fn a_fault_of_what_skus_share_keeps_back_the_product() {
    let shop = "category=3 > A|price=10 > B|price=12\n> C|price=1";
    let sheet = "SellerSku|PrimaryCategory|price\nA|4|9\nB||11\nC||2";
    let case = Case { sheet, shop, ..CASE };
    case.check("2 invalid not-updatable; 3 held; 4 price-1", &["price-1: C price=2"]);
    assert_eq!(case.plan().rows[1].intent, Intent::Held("row 2, of the same product, has an error".to_owned()));
}

#[test]
fn what_skus_share_does_not_change_while_a_row_of_their_product_has_an_error() {
    let sheet = "product|SellerSku|description|price\nT|A|Softer tee|ten\nT|B||11";
    Case { sheet, shop: TEE, ..CASE }.check("2 invalid invalid-price; 3 held", &[]);
    let absent = "product|SellerSku|description|price\nT|A|Softer tee|9\nT|X||11";
    Case { sheet: absent, shop: TEE, ..CASE }.check("2 held; 3 invalid not-in-shop", &[]);
    let sheet = "product|SellerSku|description|price\nT|A|Soft tee|ten\nT|B||11";
    Case { sheet, shop: TEE, ..CASE }.check("2 invalid invalid-price; 3 price-1", &["price-1: B price=11"]);
}

#[test]
fn products_of_the_sheet_that_are_one_in_the_shop_must_agree() {
    let case = Case { sheet: "SellerSku|description\nA|Softer tee\nB|Hard tee", shop: TEE, ..CASE };
    case.check("2 held; 3 invalid product-conflict", &[]);
    case.says(
        "description is `Hard tee` here and `Softer tee` on row 2; in the shop they are one product",
        "give both rows the same description, or leave one of the cells empty",
    );
    let expect = ["update-1: description=Softer tee, A"];
    Case { sheet: "SellerSku|description\nA|Softer tee\nB|Softer  tee", ..case }
        .check("2 update-1; 3 update-1", &expect);
    Case { says: "B clear description", sheet: "SellerSku|description\nA|Softer tee\nB|", ..case }
        .findings("B3 product-conflict");
}

#[test]
fn a_product_of_the_sheet_may_be_several_in_the_shop() {
    let shop = "name=Tee|brand=Acme > A|price=1\nname=Tee|brand=Acme > B|price=1\nname=Tee|brand=Emca > C|price=1";
    let prices = "product|SellerSku|brand|price\nT|A||2\nT|B||2\nT|C|Emca|1";
    // What B and A show is not what stands on the row of C.
    let expect = "2 invalid product-split-in-shop; 3 invalid product-split-in-shop; 4 unchanged";
    Case { sheet: prices, shop, ..CASE }.check(expect, &[]);
    let own = "product|SellerSku|price\nT|A|2\nT|B|1\nT|C|3";
    Case { sheet: own, shop, ..CASE }.check("2 price-1; 3 unchanged; 4 price-1", &["price-1: A price=2, C price=3"]);
}

#[test]
fn what_stands_on_a_row_that_is_refused_is_not_shared() {
    let shop = "name=Tee|brand=Acme > A|price=1 > B|price=1";
    let sheet = "product|SellerSku|brand|special_price|special_from_date\nT|A|Emca|5|2030-01-01\nT|B||0.5|2030-01-01";
    Case { sheet, shop, ..CASE }.check("2 invalid sale-not-below-price; 3 held", &[]);
}

#[test]
fn namesakes_do_not_share_what_one_of_them_gives() {
    let shop = "name=Tee|description=Soft tee > A|price=1\nname=Tee|description=Hard tee > B|price=1";
    let case = Case { shop, ..CASE };
    let sheet = "SellerSku|name|description|price\nA|Tee|Soft tee|\nB|Tee||2";
    Case { sheet, ..case }.check("2 unchanged; 3 invalid product-split-in-shop", &[]);
    let accents = Case {
        sheet: "SellerSku|name|description\nA|Cafe\u{301}|Soft tee\nB|Cafe\u{301}|",
        shop: "name=Caf\u{e9} > A\nname=Caf\u{e9} > B",
        ..CASE
    };
    accents.check("2 invalid product-split-in-shop; 3 invalid product-split-in-shop", &[]);
    let keyed = "product|SellerSku|name|description|price\nP|A|Tee|Soft tee|\nQ|B|Tee||2";
    Case { sheet: keyed, ..case }.check("2 unchanged; 3 price-1", &["price-1: B price=2"]);
    let renamed = "SellerSku|name|price\nA|Tee 2|\nB|Tee 2|1";
    let expect = ["update-1: name=Tee 2, A", "update-2: name=Tee 2, B"];
    Case { sheet: renamed, ..case }.check("2 update-1; 3 update-2", &expect);
}

#[test]
fn an_update_creates_nothing() {
    let shop = "> A|price=1\n> D|status=deleted";
    let sheet = "SellerSku|price\nA|2\nB|2";
    let case = Case { sheet, shop, ..CASE };
    case.check("2 price-1; 3 invalid not-in-shop", &["price-1: A price=2"]);
    case.says(
        "the shop has no SKU `B`",
        "mend the seller SKU; --mode upsert creates it where the sheet has all that a new SKU needs",
    );
    case.findings("A3 not-in-shop");
    Case { sheet: "SellerSku|price\nD|2", ..case }.says(
        "the shop has deleted the SKU `D`, and cannot take that seller SKU again",
        "create it with another seller SKU, or delete the row",
    );
}

const WHOLE: &str = "SellerSku|PrimaryCategory|name|short_description|brand|price|package_weight|package_length\
                     |package_width|package_height|color_family";

#[test]
fn an_upsert_changes_what_is_there_and_creates_the_rest() {
    let shop = "name=Tee|brand=Acme > A|price=10";
    let row = "|6614|Mug|Hard|Acme|10|0.5|30|20|5|Red";
    let sheet = format!("{WHOLE}\nM1{row}\nA|||||11|||||\nM2{}", row.replace("Red", "Blue"));
    let expect = ["create-1: M1, M2", "price-1: A price=11"];
    let case = Case { sheet: &sheet, shop, mode: Mode::Upsert, ..CASE };
    case.check("2 create-1; 3 price-1; 4 create-1", &expect);
    let counts = case.plan().counts();
    assert_eq!((counts.create, counts.update, counts.unchanged, counts.rows()), (2, 1, 0, 3));
}

#[test]
fn a_new_sku_beside_one_of_the_shop_is_added_to_its_product() {
    let shop = "name=Tee|brand=Acme > A|price=10";
    let sheet = "product|SellerSku|name|price|package_weight|package_length|package_width|package_height|color_family\n\
                 T|A|Tee 2|11|||||\nT|B||10|0.5|30|20|5|Blue";
    let expect = ["create-1: B, to A", "update-1: name=Tee 2, A price=11"];
    Case { sheet, shop, mode: Mode::Upsert, ..CASE }.check("2 update-1; 3 create-1", &expect);
}

#[test]
fn a_new_sku_needs_what_a_creation_needs() {
    let case = Case { shop: "> A|price=10", mode: Mode::Upsert, ..CASE };
    let bare = Case { sheet: "SellerSku|price\nA|11\nB|11", ..case };
    bare.check("2 price-1; 3 invalid missing-value", &["price-1: A price=11"]);
    let plan = bare.plan();
    let fields: Vec<&str> = plan.findings.iter().filter_map(|finding| finding.field.as_deref()).collect();
    let sizes = ["package_weight", "package_length", "package_width", "package_height"];
    assert_eq!(fields[..4], ["category", "name", "short_description", "brand"]);
    assert_eq!(fields[4..], sizes);
    let told = (plan.findings[0].message.as_str(), plan.findings[0].help.as_str());
    let message = "the mandatory field category is empty, and the shop does not have the SKU `B`";
    assert_eq!(told, (message, "mend the SKU, or add a column category and fill it in"));
    let sheet = format!("{WHOLE}\nB|6614|Mug|Hard|Acme||0.5|30|20|5|Red\nC|6614|Mug|Hard|Acme|1|0.5|30|20|5|Blue");
    let gap = Case { sheet: &sheet, ..case };
    gap.check("2 invalid missing-value; 3 held", &[]);
    gap.says(
        "the mandatory field price is empty, and the shop does not have the SKU `B`",
        "mend the SKU, or fill in F2",
    );
}

#[test]
fn a_new_sku_that_shall_be_inactive_is_switched_off_once_it_is_created() {
    let row = |sku: &str, status: &str| format!("{sku}|6614|Mug {sku}|Hard|Acme|10|0.5|30|20|5|Red|{status}");
    let sheet = format!("{WHOLE}|Status\n{}\n{}\n{}", row("B", "inactive"), row("C", "active"), row("D", ""));
    let case = Case { sheet: &sheet, mode: Mode::Upsert, ..CASE };
    case.findings("");
    let creations = ["create-1: B", "update-1: B active=false after create-1", "create-2: C", "create-3: D"];
    case.check("2 create-1 off update-1; 3 create-2; 4 create-3", &creations);
    let two = format!("{WHOLE}|Status\n{}\n{}\n{}", row("B", "inactive"), row("C", "active"), row("D", "inactive"));
    let together = Case { sheet: &two.replace("Mug B", "Mug").replace("Mug C", "Mug").replace("Mug D", "Mug"), ..case };
    let requests = ["create-1: B, C, D", "update-1: B active=false, D active=false after create-1"];
    together.check("2 create-1 off update-1; 3 create-1; 4 create-1 off update-1", &requests);
    let bare = Case { sheet: "SellerSku|Status\nA|inactive", shop: "> A|price=10", mode: Mode::Upsert, ..CASE };
    bare.findings("");
}

#[test]
fn a_new_sku_has_a_whole_sale_or_none() {
    let row = "|6614|Mug|Hard|Acme|10|0.5|30|20|5|Red";
    let sale = |cells: &str| format!("{WHOLE}|special_price|special_to_date\nB{row}|{cells}");
    let case = Case { mode: Mode::Upsert, ..CASE };
    Case { sheet: &sale("8|"), ..case }.findings("L2 sale-without-window");
    Case { sheet: &sale("|2030-01-01"), ..case }.findings("M2 window-without-sale");
    Case { sheet: &sale("8|2030-01-01"), ..case }.check("2 create-1", &["create-1: B"]);
}

#[test]
fn new_skus_of_a_product_that_is_several_in_the_shop_are_refused() {
    let sheet = "product|SellerSku|price\nT|A|2\nT|B|2\nT|C|2";
    let case = Case { sheet, shop: "> A|price=1\n> B|price=1", mode: Mode::Upsert, ..CASE };
    case.check("2 price-1; 3 price-1; 4 invalid product-split-in-shop", &["price-1: A price=2, B price=2"]);
}

const PICTURED: &str = "> A|images=http://a.co/1.jpg http://a.co/2.jpg > B|images= > C";

#[test]
fn pictures_are_the_same_by_address_number_and_order() {
    let case = Case { shop: PICTURED, ..CASE };
    let sheet = "SellerSku|Image\nA|https://a.co/1.jpg http://a.co/2.jpg\nB|\nC|";
    Case { sheet, ..case }.check("2 unchanged; 3 unchanged; 4 unchanged", &[]);
    for cell in ["http://a.co/2.jpg http://a.co/1.jpg", "http://a.co/1.jpg http://a.co/3.jpg"] {
        let sheet = format!("SellerSku|Image\nA|{cell}");
        Case { sheet: &sheet, ..case }.check("2 pictures", &["images-1: A(2)"]);
    }
    let sheet = "SellerSku|Image\nA|http://a.co/1.jpg\nB|http://a.co/1.jpg\nC|http://a.co/1.jpg";
    Case { sheet, ..case }.check("2 pictures; 3 pictures; 4 pictures", &["images-1: A(1), B(1), C(1)"]);
}

#[test]
fn pictures_know_what_was_shown_before() {
    let case =
        Case { sheet: "SellerSku|Image|price\nA|http://a.co/3.jpg|2\nC|http://a.co/3.jpg|", shop: PICTURED, ..CASE };
    let plan = case.plan();
    assert_eq!(shown_intents(&plan), "2 price-1; 3 pictures");
    let images = plan.requests.iter().find_map(|request| match &request.write {
        Write::SetImages(set) => Some(set.clone()),
        Write::CreateProduct(_) | Write::UpdateProduct(_) => None,
        Write::UpdatePriceQuantity(_) | Write::HostImages(_) => None,
    });
    let before: Vec<_> = images.expect("pictures are set").skus.into_iter().map(|sku| sku.before).collect();
    let shown = ["http://a.co/1.jpg", "http://a.co/2.jpg"].map(str::to_owned).to_vec();
    assert_eq!(before, [Some(shown), Some(Vec::new())]);
    let told: Vec<String> = (0..plan.requests.len())
        .flat_map(|request| plan.differences(request))
        .filter(|difference| difference.field == "images")
        .map(|difference| format!("{:?} {:?}", difference.seller_sku.map(|sku| sku.to_string()), difference.theirs))
        .collect();
    let two = r#"Some("A") Some("http://a.co/1.jpg, http://a.co/2.jpg")"#;
    assert_eq!(told, [two, r#"Some("C") None"#], "each is told, also where the answer spoke of no pictures");
}

#[test]
fn pictures_of_other_hosts_are_known_by_where_they_are_hosted() {
    let checked = sheet("SellerSku|Image\nA|http://b.co/1.jpg\nB|http://b.co/2.jpg", Mode::Update);
    let mut shop = snapshot(&products("> A|images=http://a.co/1.jpg\n> B|images=http://a.co/1.jpg"));
    shop.add_hosted("http://b.co/1.jpg".to_owned(), url("https://a.co/1.jpg"));
    let plan = plan(&checked, &shop, &limits(), Options::default());
    hold_to_the_rules(&plan);
    assert_eq!(shown_intents(&plan), "2 unchanged; 3 pictures");
    let ids: Vec<&str> = plan.requests.iter().map(|request| request.id.as_str()).collect();
    assert_eq!((ids, plan.requests[1].after.as_slice()), (vec!["host-1", "images-1"], [0].as_slice()));
    let told = plan.differences(1);
    let [difference] = told.as_slice() else { panic!("{told:?}") };
    let texts = (difference.theirs.as_deref(), difference.ours.as_deref());
    assert_eq!(texts, (Some("http://a.co/1.jpg"), Some("http://b.co/2.jpg")));
    let unnamed = plan.requests[1].write.differences();
    assert_eq!(unnamed[0].ours.as_deref(), Some("(a new picture)"));
}

#[test]
fn dead_pictures_change_nothing() {
    let mut checked =
        sheet("SellerSku|Image\nA|http://a.co/1.jpg http://b.co/dead.jpg\nB|http://b.co/dead.jpg", Mode::Update);
    let dead = |url: &ImageUrl| (url.host() == "b.co").then(|| crate::check::Look::Dead("it answers 404".to_owned()));
    checked.look_at_pictures(dead);
    let shop = snapshot(&products("> A|images=http://a.co/1.jpg > B|images=http://a.co/1.jpg"));
    let plan = plan(&checked, &shop, &limits(), Options::default());
    assert_eq!((shown_intents(&plan).as_str(), plan.requests.len()), ("2 unchanged; 3 unchanged", 0));
}

#[test]
fn only_pictures_are_sent_where_that_is_asked_for() {
    let options = Options { only_images: true, ..Options::default() };
    let sheet = "SellerSku|PrimaryCategory|price|Image\nA|9|2|http://a.co/3.jpg\nB|9|2|\nN|9|2|http://a.co/3.jpg";
    for mode in [Mode::Update, Mode::Upsert] {
        let case = Case { sheet, shop: PICTURED, options, mode, ..CASE };
        case.check("2 pictures; 3 unchanged; 4 invalid not-in-shop", &["images-1: A(1)"]);
    }
}

#[test]
fn a_creation_only_run_changes_nothing_of_what_is_there() {
    let sheet = format!("{WHOLE}\nA|6614|Mug|Hard|Acme|99|0.5|30|20|5|Red");
    Case { sheet: &sheet, shop: TEE, mode: Mode::Create, ..CASE }.check("2 exists", &[]);
}

#[test]
fn differences_tell_field_theirs_and_ours() {
    let shop =
        "name=Tee|model=M1 > A|price=10|quantity=5|special_price=8.0|special_to_date=2018-06-01 > B|status=inactive";
    let told = |case: Case<'_>| {
        let plan = case.plan();
        let each = (0..plan.requests.len()).flat_map(|request| plan.differences(request)).map(|own| {
            let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
            let sku = own.seller_sku.map(|sku| sku.to_string());
            format!("{} {} {} -> {}", text(sku), own.field, text(own.theirs), text(own.ours))
        });
        each.collect::<Vec<_>>()
    };
    let case = Case { shop, ..CASE };
    let update = Case { sheet: "SellerSku|name|size\nA|Tee 2|40\nB||", says: "A clear model; B active", ..case };
    assert_eq!(
        told(update),
        ["- name Tee -> Tee 2", "- model M1 -> -", "A size - -> 40", "B active inactive -> active"]
    );
    let offer = Case { sheet: "SellerSku|special_price|quantity|price\nA|7|6|11", ..case };
    assert_eq!(told(offer), ["A quantity 5 -> 6", "A price 10 -> 11", "A special_price 8.0 -> 7"]);
    let ended = Case { sheet: "SellerSku|price\nA|", says: "A clear special_price", ..case };
    assert_eq!(told(ended), ["A special_price 8.0 -> -", "A special_to_date 2018-06-01 -> -"]);
    let images = Case { sheet: "SellerSku|Image\nA|http://a.co/3.jpg http://a.co/4.jpg", shop: PICTURED, ..CASE };
    let expect = "A images http://a.co/1.jpg, http://a.co/2.jpg -> http://a.co/3.jpg, http://a.co/4.jpg";
    assert_eq!(told(images), [expect]);
}

#[test]
fn the_shop_is_asked_for_what_a_mode_needs() {
    let asked = |mode: Mode| {
        let checked = sheet("product|SellerSku|AssociatedSku|price\nT|A|Z|ten\nT|B|Z|1\nU|C||1", mode);
        skus_to_look_up(&checked).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(asked(Mode::Update), "B C Z");
    // A product without an AssociatedSku may be called by a SKU of it.
    assert_eq!(asked(Mode::Upsert), "A B C Z U");
}

#[test]
fn many_rows_of_one_product_are_planned_in_one_go() {
    let count = 20_000;
    let mut shop = String::from("name=Tee");
    let mut rows = String::from("SellerSku|price|description");
    for number in 0..count {
        let _ = write!(shop, " > S{number}|price=1");
        let _ = write!(rows, "\nS{number}|2|");
    }
    let plan = Case { sheet: &rows, shop: &shop, ..CASE }.plan();
    assert_eq!(plan.counts(), PlanCounts { update: count, ..PlanCounts::default() });
    assert_eq!(plan.count(Action::UpdatePriceQuantity), count.div_ceil(3));
}
