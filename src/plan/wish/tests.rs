//! For any sheet beside any small shop: what is sent is what the sheet gives and the shop lacks, and no more.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use crate::check::{Fate, Mode};
use crate::plan::renewal::tests::{hold_to_the_rules, limits, products, sheet, shown_intents, snapshot};
use crate::plan::*;
use crate::record::Attribute;

/// What the shop would have once the writes are done.
fn apply(plan: &Plan, shop: &mut [ShopProduct]) {
    for request in &plan.requests {
        match &request.write {
            Write::UpdateProduct(update) => apply_update(update, shop),
            Write::UpdatePriceQuantity(update) => update.skus.iter().for_each(|own| apply_offer(own, shop)),
            Write::SetImages(set) => {
                for own in &set.skus {
                    let urls = own.images.iter().map(|image| match image {
                        PlannedImage::Hosted(url) => url.as_str().to_owned(),
                        PlannedImage::Awaited { .. } => panic!("every picture is hosted here"),
                    });
                    there(shop, &own.seller_sku).pictures = Some(urls.collect());
                }
            }
            Write::CreateProduct(_) | Write::HostImages(_) => panic!("nothing is new here"),
        }
    }
}

fn apply_update(update: &UpdateProduct, shop: &mut [ShopProduct]) {
    let first = &update.skus[0].seller_sku;
    let has_first = |product: &&mut ShopProduct| product.skus.iter().any(|sku| sku.seller_sku == *first);
    let product = shop.iter_mut().find(has_first).expect("a product");
    for change in &update.product {
        match &change.to {
            NewValue::Text(text) if change.name == "name" => product.name = Some(text.clone()),
            NewValue::Text(text) => put(&mut product.attributes, &change.name, Some(text.clone())),
            NewValue::Cleared => put(&mut product.attributes, &change.name, None),
        }
    }
    for own in &update.skus {
        assert!(product.skus.iter().any(|sku| sku.seller_sku == own.seller_sku), "all SKUs are of one product");
        let sku = there(shop_of(product), &own.seller_sku);
        for change in &own.fields {
            match &change.to {
                NewValue::Text(text) => put(&mut sku.fields, &change.name, Some(text.clone())),
                NewValue::Cleared => put(&mut sku.fields, &change.name, None),
            }
        }
        if let Some(active) = &own.active {
            sku.status = if active.to { ShopStatus::Active } else { ShopStatus::Inactive };
        }
    }
}

fn shop_of(product: &mut ShopProduct) -> &mut [ShopProduct] {
    std::slice::from_mut(product)
}

fn apply_offer(own: &PriceQuantity, shop: &mut [ShopProduct]) {
    let fields = &mut there(shop, &own.seller_sku).fields;
    let mut set = |name: &str, value: Option<String>| {
        if value.is_some() {
            put(fields, name, value);
        }
    };
    set("quantity", own.quantity.map(|quantity| quantity.to_string()));
    set("price", own.price.map(|price| price.to_string()));
    if let Some(sale) = &own.sale {
        set("special_price", Some(sale.price.to_string()));
        set("special_from_date", sale.window.from().map(|from| from.to_string()));
        set("special_to_date", sale.window.to().map(|to| to.to_string()));
    }
}

fn there<'a>(shop: &'a mut [ShopProduct], seller_sku: &SellerSku) -> &'a mut ShopSku {
    shop.iter_mut().flat_map(|product| &mut product.skus).find(|sku| sku.seller_sku == *seller_sku).expect("a SKU")
}

/// A new date takes the place of its time of day too.
fn put(fields: &mut Vec<Attribute>, name: &str, value: Option<String>) {
    let time = name.replace("_date", "_time");
    fields.retain(|field| field.name != name && field.name != time);
    fields.extend(value.map(|value| Attribute { name: name.to_owned(), value }));
}

/// Every value of the shop, by SKU and field; what SKUs share stands with each of them.
fn values(shop: &[ShopProduct]) -> BTreeMap<(String, String), String> {
    let mut values = BTreeMap::new();
    for product in shop {
        for sku in &product.skus {
            let mut add = |name: &str, value: String| {
                let name = name.replace("_time", "_date");
                values.entry((sku.seller_sku.to_string(), name)).or_insert(value);
            };
            add("Image", sku.pictures.as_deref().unwrap_or_default().join(" "));
            product.name.iter().for_each(|name| add("name", name.clone()));
            let times = sku.fields.iter().filter(|field| field.name.ends_with("_time"));
            for own in times.chain(&sku.fields).chain(&product.attributes) {
                add(&own.name, own.value.clone());
            }
        }
    }
    values
}

const COLUMNS: [&str; 11] = [
    "name",
    "description",
    "brand",
    "price",
    "quantity",
    "special_price",
    "special_from_date",
    "special_to_date",
    "package_weight",
    "size",
    "Image",
];

/// A cell of each column; the shop writes the first as it likes, which is the second.
fn cells(column: &str) -> Vec<(&'static str, &'static str)> {
    match column {
        "name" => vec![("Tee  one", "Tee one"), ("Tee two", "Tee two")],
        "description" => vec![("<p>Soft &amp; warm</p>", "<p>Soft & warm</p>"), ("Hard and cold", "Hard and cold")],
        "brand" => vec![("Acme", "Acme"), ("Emca", "Emca")],
        "price" => vec![("100.00", "100.0"), ("10.5", "10.50"), ("150", "150")],
        "quantity" => vec![("5", "5"), ("0", "0"), ("7", "7.0")],
        "special_price" => vec![("8.00", "8.0"), ("90", "90")],
        "special_from_date" => vec![("2018-05-01 18:20", "2018-05-01 18:15:00"), ("2018-04-01", "2018-04-01")],
        "special_to_date" => vec![("2018-06-01", "2018-06-01"), ("2018-04-15 12:00", "2018-04-15 12:00:00")],
        "package_weight" => vec![("0.50", "0.5"), ("1.2", "1.20")],
        "size" => vec![("40", "40.0"), ("41", "41")],
        _ => vec![
            ("http://a.co/1.jpg", "https://a.co/1.jpg"),
            ("http://a.co/1.jpg http://a.co/2.jpg", "http://a.co/1.jpg http://a.co/2.jpg"),
        ],
    }
}

/// Which cell of each column; none is empty.
type Picks = Vec<Option<usize>>;

fn picks() -> impl Strategy<Value = Picks> {
    prop::collection::vec(prop::option::weighted(0.6, 0..6_usize), COLUMNS.len())
}

fn picked(column: &str, pick: Option<usize>) -> Option<(&'static str, &'static str)> {
    let cells = cells(column);
    pick.map(|pick| cells[pick % cells.len()])
}

fn is_shared(column: &str) -> bool {
    matches!(column, "name" | "description" | "brand")
}

/// A shop of products with SKUs `P0S0`, `P0S1`, ...; a sale is whole.
fn shop_of_picks(shop: &[Vec<Picks>]) -> Vec<ShopProduct> {
    let mut text = String::new();
    for (number, skus) in shop.iter().enumerate() {
        let value = |picks: &Picks, at: usize| picked(COLUMNS[at], picks[at]).map(|(_, shown)| shown);
        for at in (0..COLUMNS.len()).filter(|at| is_shared(COLUMNS[*at])) {
            if let Some(shown) = value(&skus[0], at) {
                let _ = write!(text, "{}={}|", COLUMNS[at], shown.replace('>', "\u{1}"));
            }
        }
        for (place, picks) in skus.iter().enumerate() {
            let _ = write!(text, " > P{number}S{place}");
            for at in (0..COLUMNS.len()).filter(|at| !is_shared(COLUMNS[*at])) {
                let Some(shown) = value(picks, at) else { continue };
                let name = match COLUMNS[at] {
                    "Image" => "images",
                    "special_from_date" if shown.len() > 10 => "special_from_time",
                    other => other,
                };
                let _ = write!(text, "|{name}={shown}");
            }
        }
        text.push('\n');
    }
    let mut shop = products(&text);
    for product in &mut shop {
        product.attributes.iter_mut().for_each(|own| own.value = own.value.replace('\u{1}', ">"));
        for sku in &mut product.skus {
            let has = |name: &str| sku.fields.iter().any(|field| field.name.starts_with(name));
            let price = sku.field("price").map_or(f64::MAX, |price| price.parse().expect("a price"));
            let is_below =
                sku.field("special_price").is_some_and(|special| special.parse::<f64>().expect("a price") < price);
            let is_reversed = has("special_from_time") && sku.field("special_to_date").is_some_and(|to| to < "2018-05");
            let has_date = has("special_from") || has("special_to");
            if !is_below || !has_date || is_reversed {
                sku.fields.retain(|field| !field.name.starts_with("special"));
            }
        }
    }
    shop
}

/// A sheet names the products of its rows, or leaves that to their names.
fn sheet_of(rows: &[(String, Picks)], is_keyed: bool) -> String {
    let mut text = format!("{}|SellerSku|{}", if is_keyed { "product" } else { "note" }, COLUMNS.join("|"));
    for (seller_sku, picks) in rows {
        let cells = (0..COLUMNS.len()).map(|at| picked(COLUMNS[at], picks[at]).map_or("", |(typed, _)| typed));
        let _ = write!(text, "\n{}|{seller_sku}|{}", &seller_sku[..2], cells.collect::<Vec<_>>().join("|"));
    }
    text
}

/// The sheet that gives just what the shop has.
fn rendered(shop: &[ShopProduct]) -> String {
    let values = values(shop);
    let mut text = format!("product|SellerSku|{}", COLUMNS.join("|"));
    for sku in shop.iter().flat_map(|product| &product.skus) {
        let own = sku.seller_sku.to_string();
        let cell = |column: &&str| values.get(&(own.clone(), (*column).to_owned())).cloned().unwrap_or_default();
        let _ = write!(text, "\n{}|{own}|{}", &own[..2], COLUMNS.iter().map(cell).collect::<Vec<_>>().join("|"));
    }
    text
}

fn any_shop() -> impl Strategy<Value = Vec<Vec<Picks>>> {
    prop::collection::vec(prop::collection::vec(picks(), 1..4), 1..4)
}

fn any_rows() -> impl Strategy<Value = Vec<(String, Picks)>> {
    let name = (0..4_usize, 0..3_usize).prop_map(|(product, place)| format!("P{product}S{place}"));
    prop::collection::btree_map(name, picks(), 1..7).prop_map(|rows| rows.into_iter().collect())
}

/// Only what the sheet gives may differ: of a SKU by its own row, of what SKUs share by any row of the product.
fn assert_only_given(rows: &[(String, Picks)], before: &[ShopProduct], after: &[ShopProduct]) {
    let (before, after) = (values(before), values(after));
    let changed = before.keys().chain(after.keys()).filter(|key| before.get(key) != after.get(key));
    for (seller_sku, field) in changed {
        let of_product = &seller_sku[..2];
        let gives = |picks: &Picks, column: &str| {
            COLUMNS.iter().position(|there| *there == column).is_some_and(|at| picks[at].is_some())
        };
        let own =
            rows.iter().filter(|(name, _)| name == seller_sku || (is_shared(field) && name.starts_with(of_product)));
        let is_given = own.into_iter().any(|(_, picks)| {
            // A sale travels whole: what the sheet does not give of it is written anew as the shop has it.
            let is_sale = field.starts_with("special");
            let gives_sale = || COLUMNS.iter().any(|column| column.starts_with("special") && gives(picks, column));
            gives(picks, field)
                || (is_sale
                    && gives_sale()
                    && is_rewritten(
                        field,
                        before.get(&(seller_sku.clone(), field.clone())),
                        after.get(&(seller_sku.clone(), field.clone())),
                    ))
        });
        assert!(is_given, "{field} of {seller_sku} was touched");
    }
}

fn is_rewritten(field: &str, before: Option<&String>, after: Option<&String>) -> bool {
    before.zip(after).is_some_and(|(before, after)| crate::plan::likeness::is_same(field, before, after))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sheet_that_gives_what_the_shop_has_changes_nothing(shop in any_shop(), is_upsert in any::<bool>()) {
        let shop = shop_of_picks(&shop);
        let mode = if is_upsert { Mode::Upsert } else { Mode::Update };
        let checked = sheet(&rendered(&shop), mode);
        let plan = plan(&checked, &snapshot(&shop), &limits(), Options::default());
        prop_assert!(plan.requests.is_empty() && plan.findings.is_empty(), "{:#?}", plan);
        prop_assert_eq!(plan.counts().unchanged, checked.rows().len(), "{}", shown_intents(&plan));
    }

    #[test]
    fn what_was_sent_once_is_not_sent_again(shop in any_shop(), rows in any_rows(), is_keyed in any::<bool>()) {
        let before = shop_of_picks(&shop);
        let checked = sheet(&sheet_of(&rows, is_keyed), Mode::Update);
        let first = plan(&checked, &snapshot(&before), &limits(), Options::default());
        hold_to_the_rules(&first);
        let mut kept = ShopSnapshot::for_plan_of(&checked);
        before.iter().for_each(|product| kept.add_product(product.clone()));
        prop_assert_eq!(&plan(&checked, &kept, &limits(), Options::default()), &first, "what is not kept plays no part");
        let mut after = before.clone();
        apply(&first, &mut after);
        assert_only_given(&rows, &before, &after);
        let differences: Vec<Difference> = (0..first.requests.len()).flat_map(|request| first.differences(request)).collect();
        prop_assert_eq!(differences.is_empty(), first.requests.is_empty());
        let again = plan(&checked, &snapshot(&after), &limits(), Options::default());
        prop_assert!(again.requests.is_empty(), "{}\n{:#?}\n{:#?}", sheet_of(&rows, is_keyed), first.requests, again.requests);
        for ((row, kept), once) in again.rows.iter().zip(checked.rows()).zip(&first.rows) {
            let was_sound = matches!(once.intent, Intent::Update(_) | Intent::Unchanged);
            prop_assert!(kept.fate == Fate::Sound || !was_sound);
            prop_assert_eq!(row.intent == Intent::Unchanged, was_sound, "row {}", row.row);
        }
    }

    #[test]
    fn force_touches_nothing_else(shop in any_shop(), rows in any_rows(), is_keyed in any::<bool>()) {
        let before = shop_of_picks(&shop);
        let checked = sheet(&sheet_of(&rows, is_keyed), Mode::Update);
        let options = Options { forces: true, ..Options::default() };
        let forced = plan(&checked, &snapshot(&before), &limits(), options);
        hold_to_the_rules(&forced);
        let mut after = before.clone();
        apply(&forced, &mut after);
        assert_only_given(&rows, &before, &after);
    }
}
