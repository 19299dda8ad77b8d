//! The goods of a soak that changes what a shop has: products of every kind, the sheet that lists them, what the shop
//! holds beforehand, the plan, and what must become of each row. All of it follows from the number of products.
//!
//! One sheet mixes all ways: new products, UpdateProduct, UpdatePriceQuantity across products, SetImages, rows that the
//! shop has just so. Some of each are refused: as a whole, by the name of a SKU, and without any name.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use serde_json::Value;
use skuload::plan::{
    Change, Intent, NewValue, Plan, PlannedImage, PlannedRequest, PriceQuantity, SetImages, SkuImages, SkuUpdate,
    UpdatePriceQuantity, UpdateProduct, Write,
};
use skuload::record::{Attribute, ImageUrl, Price, Quantity, SellerSku};

use crate::checker::Deviations;
use crate::goods::{self, quoted, sku_name};

/// What the sheet asks for a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nothing that the shop has not.
    Unchanged,
    /// Name, weight and price, by UpdateProduct.
    Product,
    /// Price and stock, by UpdatePriceQuantity.
    Prices,
    /// Its pictures alone.
    Pictures,
    /// The shop has it not.
    Created,
}

/// What the marketplace does not take of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    Nothing,
    /// All of it, without the name of a SKU.
    Whole,
    /// The first SKU, by its name.
    Named,
    /// The first SKU, and it does not say which it is.
    Unnamed,
    /// Each SKU by its name, while the rest of the call is done.
    OnSale,
}

/// One product of the sheet.
#[derive(Debug, Clone)]
pub(crate) struct Lot {
    place: usize,
    way: Way,
    refused: Refused,
    /// Its pictures change too.
    is_pictured: bool,
    skus: Vec<(String, u64)>,
}

/// So many products with one to four SKUs each.
pub(crate) fn lots(products: usize) -> Vec<Lot> {
    let mut row = 1;
    let lot = |place: usize| {
        let (way, refused, is_pictured) = match place % 20 {
            1 | 11 | 3 => (Way::Product, Refused::Nothing, false),
            2 => (Way::Product, Refused::Nothing, true),
            4 => (Way::Product, Refused::Whole, false),
            5 => (Way::Product, Refused::Named, true),
            6 => (Way::Product, Refused::Unnamed, false),
            7..=10 => (Way::Prices, Refused::Nothing, false),
            12 => (Way::Prices, Refused::Nothing, true),
            13 => (Way::Prices, Refused::OnSale, false),
            14 => (Way::Prices, Refused::Unnamed, false),
            15 => (Way::Pictures, Refused::Nothing, true),
            16 => (Way::Pictures, Refused::Named, true),
            17 | 18 => (Way::Created, Refused::Nothing, true),
            _ => (Way::Unchanged, Refused::Nothing, false),
        };
        let mut sku = |number| {
            row += 1;
            (sku_name(place, number), row)
        };
        Lot { place, way, refused, is_pictured, skus: (0..=place % 4).map(&mut sku).collect() }
    };
    (0..products).map(lot).collect()
}

/// The price, the stock and the weight that the shop has, and those that the sheet gives.
const BEFORE: [&str; 3] = ["10.00", "10", "0.2"];
const AFTER: [&str; 3] = ["9.90", "7", "0.5"];

impl Lot {
    fn name(&self, is_new: bool) -> String {
        format!("{} {}", if is_new { "New mug" } else { "Mug" }, self.place)
    }

    /// The value of each of these fields in the sheet.
    fn given(&self) -> [&'static str; 3] {
        match self.way {
            Way::Product => [AFTER[0], BEFORE[1], AFTER[2]],
            Way::Prices => [AFTER[0], AFTER[1], BEFORE[2]],
            Way::Unchanged | Way::Pictures => BEFORE,
            Way::Created => AFTER,
        }
    }

    fn has_new_name(&self) -> bool {
        matches!(self.way, Way::Product | Way::Created)
    }

    fn pictures(&self, number: usize) -> Vec<String> {
        let is_dead = self.way == Way::Pictures && self.is_refused(number);
        let folder = if is_dead { "dead" } else { "new" };
        (0..=number % 2)
            .map(|at| format!("https://sg-live.slatic.net/p/{folder}/{}-{number}-{at}.jpg", self.place))
            .collect()
    }

    fn old_picture(&self) -> String {
        format!("https://sg-live.slatic.net/p/old/{}.jpg", self.place)
    }

    /// The marketplace does not take what the sheet gives of this SKU.
    fn is_refused(&self, number: usize) -> bool {
        match self.refused {
            Refused::Nothing => false,
            Refused::Whole | Refused::OnSale => true,
            Refused::Named | Refused::Unnamed => number == 0,
        }
    }

    /// The verdict of a row, and the word for its pictures.
    fn verdict(&self, number: usize) -> (&'static str, &'static str) {
        let is_refused = self.is_refused(number);
        let images = match (self.way, self.is_pictured) {
            (Way::Pictures, _) if is_refused => "failed",
            (_, true) => "set",
            (_, false) => "kept",
        };
        let verdict = match self.way {
            Way::Unchanged => "unchanged",
            Way::Created => "created",
            Way::Product | Way::Prices | Way::Pictures if is_refused => "rejected",
            Way::Product | Way::Prices | Way::Pictures => "updated",
        };
        (verdict, images)
    }
}

/// The sheet.
pub(crate) fn sheet(lots: &[Lot]) -> String {
    let mut text = "product,category,name,short_description,brand,seller_sku,size,price,quantity,package_weight,\
        package_length,package_width,package_height,image\n"
        .to_owned();
    for lot in lots {
        let (place, product, [price, quantity, weight]) = (lot.place, lot.name(lot.has_new_name()), lot.given());
        for (number, (name, _)) in lot.skus.iter().enumerate() {
            let pictures = if lot.is_pictured { lot.pictures(number).join(" ") } else { String::new() };
            let name = quoted(name);
            writeln!(
                text,
                "{place},3,{product},Blue,Remark,{name},{place}-{number},{price},{quantity},{weight},1,1,1,{pictures}"
            )
            .unwrap();
        }
    }
    text
}

/// A bad day of the marketplace: what it holds beforehand, what it refuses, and ten faults in a hundred calls. All that
/// a success of SetImages says is done: whether a SKU shows other pictures than before is not asked.
pub(crate) fn faults(lots: &[Lot], seed: u64) -> String {
    let day = goods::ten_percent(seed);
    let (head, day) = day.split_at(day.find("[[fault]]").unwrap());
    let is_kept = |part: &&str| !(part.contains("\"SetImages\"") && part.contains("effect = \"half\""));
    let day: String = day.split("[[fault]]").skip(1).filter(is_kept).map(|part| format!("[[fault]]{part}")).collect();
    let mut refusals = String::new();
    for lot in lots {
        let (action, sku) =
            (if lot.way == Way::Product { "UpdateProduct" } else { "UpdatePriceQuantity" }, &lot.skus[0].0);
        let said = match (lot.way, lot.refused) {
            (Way::Product | Way::Prices, Refused::Whole) => "field = \"brand\"\ndetail = \"no\"\nsku_named = false",
            (Way::Product | Way::Prices, Refused::Named) => "field = \"price\"\ndetail = \"too low\"",
            (Way::Product | Way::Prices, Refused::Unnamed) => "",
            (_, Refused::Nothing | Refused::OnSale) | (Way::Unchanged | Way::Pictures | Way::Created, _) => continue,
        };
        let fault = format!("action = \"{action}\"\nsku = '''{sku}'''\nkind = \"error\"\ncode = 501\n{said}\n");
        writeln!(refusals, "[[fault]]\n{fault}").unwrap();
    }
    const LOST_IN_PART: &str = "[[fault]]\naction = \"UpdatePriceQuantity\"\nkind = \"lost-reply\"\neffect = \"half\"\n\
        probability = 0.03\n";
    // What a bad SKU of UpdatePriceQuantity spoils: itself, or all of the call.
    let spoilt = if seed.is_multiple_of(2) { "alone" } else { "all" };
    format!("{head}bad_sku = \"{spoilt}\"\n{refusals}{day}{LOST_IN_PART}{}", presets(lots))
}

/// It says that it has taken what it was sent, and has taken half of it.
pub(crate) fn lies(lots: &[Lot]) -> String {
    let lie = |action| format!("[[fault]]\naction = \"{action}\"\nkind = \"plain\"\neffect = \"half\"\n");
    format!("{}{}{}", lie("UpdateProduct"), lie("UpdatePriceQuantity"), presets(lots))
}

fn presets(lots: &[Lot]) -> String {
    let mut text = String::new();
    for lot in lots.iter().filter(|lot| lot.way != Way::Created) {
        let names: Vec<String> = lot.skus.iter().map(|(name, _)| format!("'''{name}'''")).collect();
        let sale = match lot.refused {
            Refused::OnSale => {
                ", special_price = \"9.95\", special_from_date = \"2017-01-01\", special_to_date = \"2099-01-01\""
            }
            Refused::Nothing | Refused::Whole | Refused::Named | Refused::Unnamed => "",
        };
        let (product, skus, [price, quantity, weight]) = (lot.name(false), names.join(", "), BEFORE);
        writeln!(
            text,
            "[[product]]\ncategory = 3\nname = \"{product}\"\nbrand = \"Remark\"\nskus = [{skus}]\n\
             images = [\"{}\"]\nattributes = {{ short_description = \"Blue\" }}\n\
             fields = {{ price = \"{price}\", quantity = \"{quantity}\", package_weight = \"{weight}\"{sale} }}",
            lot.old_picture()
        )
        .unwrap();
    }
    text
}

/// SKUs of one UpdatePriceQuantity.
const PRICES_AT_ONCE: usize = 20;

/// The plan for what the shop has already, after that for what it has not. It is written by hand: what is soaked here is
/// the sending.
pub(crate) fn renewed(mut plan: Plan, lots: &[Lot]) -> Plan {
    let rows: HashMap<String, usize> =
        plan.rows.iter().enumerate().map(|(place, row)| (row.seller_sku.clone(), place)).collect();
    let old: Vec<&Lot> = lots.iter().filter(|lot| lot.way != Way::Created).collect();
    let row_of = |name: &str| rows[SellerSku::parse(name).unwrap().as_str()];
    let mut prices = Vec::new();
    let mut images = Vec::new();
    for lot in &old {
        let request = plan.requests.len();
        for (number, (name, _)) in lot.skus.iter().enumerate() {
            let row = &mut plan.rows[row_of(name)];
            assert_eq!(row.intent, Intent::Exists, "{name}");
            row.intent = match lot.way {
                Way::Product => Intent::Update(Some(request)),
                Way::Pictures => Intent::Update(None),
                Way::Unchanged | Way::Prices | Way::Created => Intent::Unchanged,
            };
            if lot.way == Way::Prices {
                prices.push(name);
            }
            if lot.is_pictured {
                images.push((name, lot.pictures(number), lot.old_picture()));
            }
        }
        if lot.way == Way::Product {
            let write = Write::UpdateProduct(update(lot));
            plan.requests.push(PlannedRequest { id: format!("update-{}", lot.place), write, after: Vec::new() });
        }
    }
    for (at, names) in prices.chunks(PRICES_AT_ONCE).enumerate() {
        names.iter().for_each(|name| plan.rows[row_of(name)].intent = Intent::Update(Some(plan.requests.len())));
        let skus = names.iter().map(|name| price(name)).collect();
        let write = Write::UpdatePriceQuantity(UpdatePriceQuantity { skus });
        plan.requests.push(PlannedRequest { id: format!("prices-{at}"), write, after: Vec::new() });
    }
    let after: Vec<usize> = (0..plan.requests.len()).collect();
    for (at, skus) in images.chunks(100).enumerate() {
        skus.iter().for_each(|(name, ..)| plan.rows[row_of(name)].image_request = Some(plan.requests.len()));
        let write = Write::SetImages(SetImages { skus: skus.iter().map(pictures).collect() });
        plan.requests.push(PlannedRequest { id: format!("renewed-images-{at}"), write, after: after.clone() });
    }
    plan
}

fn change(name: &str, from: &str, to: &str) -> Change {
    Change { name: name.to_owned(), from: Some(from.to_owned()), to: NewValue::Text(to.to_owned()) }
}

fn update(lot: &Lot) -> UpdateProduct {
    let fields = || vec![change("price", BEFORE[0], AFTER[0]), change("package_weight", BEFORE[2], AFTER[2])];
    let sku = |(name, _): &(String, u64)| SkuUpdate {
        seller_sku: SellerSku::parse(name).unwrap(),
        fields: fields(),
        active: None,
    };
    let product = vec![change("name", &lot.name(false), &lot.name(true))];
    UpdateProduct { product, skus: lot.skus.iter().map(sku).collect() }
}

fn price(name: &str) -> PriceQuantity {
    let before = |name: &str, value: &str| Attribute { name: name.to_owned(), value: value.to_owned() };
    PriceQuantity {
        seller_sku: SellerSku::parse(name).unwrap(),
        quantity: Quantity::parse(AFTER[1]),
        price: Price::parse(AFTER[0]),
        sale: None,
        before: vec![before("price", BEFORE[0]), before("quantity", BEFORE[1])],
    }
}

fn pictures((name, addresses, before): &(&String, Vec<String>, String)) -> SkuImages {
    let images = addresses.iter().map(|address| PlannedImage::Hosted(ImageUrl::parse(address).unwrap()));
    SkuImages {
        seller_sku: SellerSku::parse(name).unwrap(),
        images: images.collect(),
        before: Some(vec![before.clone()]),
    }
}

/// Holds `rows`, the lines of the report, against the shop.
pub(crate) fn deviations(lots: &[Lot], shop: &Value, rows: &[Value]) -> Deviations {
    let mut deviations = Deviations::default();
    let mut lines: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        lines.entry(row["row"].as_u64().unwrap_or(0)).or_default().push(row);
    }
    let products = shop["products"].as_array().unwrap();
    let mut there: HashMap<&str, (&Value, &Value)> = HashMap::new();
    for product in products {
        for sku in product["skus"].as_array().unwrap() {
            if there.insert(sku["seller_sku"].as_str().unwrap(), (product, sku)).is_some() {
                deviations.duplicated.push(format!("{sku} is there twice"));
            }
        }
    }
    for lot in lots {
        for (number, (name, row)) in lot.skus.iter().enumerate() {
            match (lines.remove(row).as_deref(), there.get(name.as_str())) {
                (Some([line]), Some((product, sku))) if line["seller_sku"] == name.as_str() => {
                    compare(&mut deviations, lot, number, (product, sku), line);
                }
                (Some([line]), None) => deviations.missing.push(format!("{name}: {line}")),
                (other, _) => deviations.lost.push(format!("row {row} ({name}): {other:?}")),
            }
        }
    }
    deviations.lost.extend(lines.keys().map(|row| format!("row {row} is not in the sheet")));
    deviations
}

fn compare(deviations: &mut Deviations, lot: &Lot, number: usize, (product, sku): (&Value, &Value), line: &Value) {
    let told = || format!("{}: {}, {}; {sku}", lot.skus[number].0, line["verdict"], line["message"]);
    let (verdict, images) = lot.verdict(number);
    if line["verdict"] == "unknown" {
        return deviations.unknown.push(told());
    }
    let is_new = matches!(line["verdict"].as_str(), Some("updated" | "created"));
    let values = if is_new { lot.given() } else { BEFORE };
    let number_of = |field: &str| sku["fields"][field].as_str().and_then(|text| text.parse::<f64>().ok());
    let has = |field: &str, value: &str| number_of(field) == value.parse().ok();
    let has_values = ["price", "quantity", "package_weight"].iter().zip(values).all(|(field, value)| has(field, value));
    // Where only some SKUs of a product are refused, the others bring its new name.
    let is_renamed = lot.has_new_name() && (0..lot.skus.len()).any(|number| !lot.is_refused(number));
    let has_name = product["attributes"]["name"] == lot.name(is_renamed).as_str();
    let new_pictures = lot.pictures(number);
    let shown: Vec<&str> = sku["images"].as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
    let has_pictures = if line["images"] == "set" { shown == new_pictures } else { shown == [lot.old_picture()] };
    if !has_values || !has_name || !has_pictures {
        deviations.misreported.push(format!("{has_values} {has_name} {has_pictures} {}", told()));
    } else if line["verdict"] != verdict || line["images"] != images {
        deviations.missing.push(format!("not {verdict} {images}, but {}: {}", line["images"], told()));
    } else if lot.way == Way::Created && !(1..=2).contains(&product["creates"].as_u64().unwrap()) {
        deviations.duplicated.push(format!("{} creates: {}", product["creates"], told()));
    }
}
