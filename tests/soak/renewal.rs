//! The goods of a soak that changes what a shop has: products of every kind, the sheet that lists them, what the shop
//! holds beforehand, and what must become of each row. All of it follows from the number of products.
//!
//! One sheet mixes all ways: new products, new SKUs of old ones, UpdateProduct, UpdatePriceQuantity across products,
//! sales that begin and end, SKUs that are switched off, SetImages, rows that the shop has just so. Some of each are
//! refused: as a whole, by the name of a SKU, without any name, and before they are sent.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use serde_json::Value;

use super::checker::Deviations;
use super::goods::{self, quoted, sku_name};
use super::importer::Trade;

/// What the sheet asks for a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nothing that the shop has not.
    Unchanged,
    /// Name, weight and price, by UpdateProduct.
    Product,
    /// Price and stock, by UpdatePriceQuantity.
    Prices,
    /// A sale begins, by UpdatePriceQuantity.
    Sale,
    /// A sale ends, by UpdateProduct.
    SaleEnds,
    /// It is switched off, by UpdateProduct.
    SwitchedOff,
    /// Its pictures alone.
    Pictures,
    /// The shop has it not. Every other one shall be off sale.
    Created,
    /// The shop has its first SKU, whose price and stock change, and not the others. Every other one goes off sale.
    Grown,
}

/// What is not taken of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    Nothing,
    /// All of it, without the name of a SKU.
    Whole,
    /// The first SKU, by its name.
    Named,
    /// The first SKU, and the marketplace does not say which it is.
    Unnamed,
    /// All of it, before it is sent: the new price is below the sale that the shop has.
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
            1 => (Way::Product, Refused::Nothing, false),
            2 | 3 => (Way::Product, Refused::Nothing, true),
            4 => (Way::Product, Refused::Whole, false),
            5 => (Way::Product, Refused::Named, true),
            6 => (Way::Product, Refused::Unnamed, false),
            7 | 8 => (Way::Prices, Refused::Nothing, false),
            9 => (Way::Sale, Refused::Nothing, false),
            10 | 12 => (Way::Prices, Refused::Nothing, true),
            11 => (Way::SwitchedOff, Refused::Nothing, false),
            13 => (Way::Prices, Refused::OnSale, false),
            14 => (Way::Prices, Refused::Unnamed, false),
            15 => (Way::Pictures, Refused::Nothing, true),
            16 => (Way::Pictures, Refused::Named, true),
            17 => (Way::Created, Refused::Nothing, true),
            18 => (Way::Grown, Refused::Nothing, true),
            19 => (Way::SaleEnds, Refused::Nothing, false),
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

/// What a SKU has, beside its pictures: price, stock, weight, the sale (price, start, end), on or off.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Values {
    price: &'static str,
    quantity: &'static str,
    weight: &'static str,
    sale: Option<[&'static str; 3]>,
    is_active: bool,
}

const BEFORE: Values = Values { price: "10.00", quantity: "10", weight: "0.2", sale: None, is_active: true };
/// The sale of those that are on sale already.
const OLD_SALE: [&str; 3] = ["9.95", "2017-01-01 00:00", "2099-01-01 00:00"];
const NEW_SALE: [&str; 3] = ["8.50", "2030-01-01 00:00", "2030-02-01 18:15"];

impl Lot {
    fn name(&self, is_new: bool) -> String {
        format!("{} {}", if is_new { "New mug" } else { "Mug" }, self.place)
    }

    /// What the shop has of its SKUs.
    fn before(&self) -> Values {
        let is_on_sale = self.refused == Refused::OnSale || self.way == Way::SaleEnds;
        Values { sale: is_on_sale.then_some(OLD_SALE), ..BEFORE }
    }

    /// What the sheet makes of it.
    fn given(&self) -> Values {
        let before = self.before();
        match self.way {
            Way::Unchanged | Way::Pictures => before,
            Way::Product => Values { price: "9.90", weight: "0.5", ..before },
            Way::Prices => Values { price: "9.90", quantity: "7", ..before },
            Way::Grown => Values { price: "9.90", quantity: "7", is_active: self.place % 40 < 20, ..before },
            Way::Sale => Values { sale: Some(NEW_SALE), ..before },
            Way::SaleEnds => Values { sale: None, ..before },
            Way::SwitchedOff => Values { is_active: false, ..before },
            Way::Created => {
                Values { price: "9.90", quantity: "7", weight: "0.5", is_active: self.place % 40 < 20, ..before }
            }
        }
    }

    /// The shop has it beforehand.
    fn is_there(&self, number: usize) -> bool {
        match self.way {
            Way::Created => false,
            Way::Grown => number == 0,
            Way::Unchanged | Way::Product | Way::Prices | Way::Sale => true,
            Way::SaleEnds | Way::SwitchedOff | Way::Pictures => true,
        }
    }

    fn has_new_name(&self) -> bool {
        matches!(self.way, Way::Product | Way::Created)
    }

    /// The addresses of the sheet. One lot in three has some that the marketplace does not host yet.
    fn pictures(&self, number: usize) -> Vec<String> {
        let is_dead = self.way == Way::Pictures && self.is_refused(number);
        let address = |at: usize| {
            let name = format!("{}-{number}-{at}.jpg", self.place);
            match (is_dead, at == 1 || self.place.is_multiple_of(3)) {
                (true, _) => format!("https://sg-live.slatic.net/p/dead/{name}"),
                (false, false) => format!("https://sg-live.slatic.net/p/new/{name}"),
                (false, true) => format!("https://img.example.com/{name}"),
            }
        };
        (0..=number % 2).map(address).collect()
    }

    fn old_picture(&self) -> String {
        format!("https://sg-live.slatic.net/p/old/{}.jpg", self.place)
    }

    /// What the sheet gives of this SKU is not taken.
    fn is_refused(&self, number: usize) -> bool {
        match self.refused {
            Refused::Nothing => false,
            Refused::Whole | Refused::OnSale => true,
            Refused::Named | Refused::Unnamed => number == 0,
        }
    }

    /// The verdict of a row, and the word for its pictures.
    fn verdict(&self, number: usize, trade: Trade) -> (&'static str, &'static str) {
        let is_refused = self.is_refused(number);
        if !self.is_there(number) {
            return if trade == Trade::Updates { ("invalid", "none") } else { ("created", "set") };
        }
        let images = match (self.way, self.is_pictured) {
            (Way::Pictures, _) if is_refused => "failed",
            (_, true) => "set",
            (_, false) => "kept",
        };
        match (self.way, self.refused) {
            (Way::Unchanged, _) => ("unchanged", images),
            (_, Refused::OnSale) => ("invalid", "none"),
            _ if is_refused => ("rejected", images),
            _ => ("updated", images),
        }
    }
}

/// How often the sheet has been imported before, with the marketplace as it was or with one that refuses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// Never, and the marketplace refuses some of it.
    First,
    /// Once. Now it takes what it refused.
    Second,
    /// Twice.
    Third,
}

impl Time {
    /// The verdict of a row at this time, and the word for its pictures: what the shop has already is not sent again.
    fn verdict(self, lot: &Lot, number: usize, trade: Trade) -> (&'static str, &'static str) {
        let first = lot.verdict(number, trade);
        match (self, first) {
            (Time::First, _) | (_, ("invalid", _) | ("rejected", "failed")) => first,
            (Time::Second, ("rejected", _)) => ("updated", "kept"),
            (Time::Second | Time::Third, _) => ("unchanged", "kept"),
        }
    }
}

/// The sheet.
pub(crate) fn sheet(lots: &[Lot]) -> String {
    let mut text = "product,category,name,short_description,brand,seller_sku,size,price,special_price,\
        special_from_date,special_to_date,quantity,package_weight,package_length,package_width,package_height,Status,\
        image\n"
        .to_owned();
    for lot in lots {
        let (place, product, given) = (lot.place, lot.name(lot.has_new_name()), lot.given());
        let Values { price, quantity, weight, .. } = given;
        let sale = match lot.way {
            Way::Sale => NEW_SALE.join(","),
            Way::SaleEnds => "<clear>,,".to_owned(),
            Way::Unchanged | Way::Product | Way::Prices | Way::SwitchedOff => ",,".to_owned(),
            Way::Pictures | Way::Created | Way::Grown => ",,".to_owned(),
        };
        let status = if given.is_active { "" } else { "inactive" };
        for (number, (name, _)) in lot.skus.iter().enumerate() {
            let pictures = if lot.is_pictured { lot.pictures(number).join(" ") } else { String::new() };
            let name = quoted(name);
            let size = if lot.is_there(number) { String::new() } else { format!("{place}-{number}") };
            writeln!(
                text,
                "{place},3,{product},Blue,Remark,{name},{size},{price},{sale},{quantity},{weight},1,1,1,{status},{pictures}"
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
        let action = if lot.way == Way::Product { "UpdateProduct" } else { "UpdatePriceQuantity" };
        let said = match (lot.way, lot.refused) {
            (_, Refused::Nothing | Refused::OnSale) | (Way::Pictures, _) => continue,
            (_, Refused::Whole) => "field = \"brand\"\ndetail = \"no\"\nsku_named = false",
            (_, Refused::Named) => "field = \"price\"\ndetail = \"too low\"",
            (_, Refused::Unnamed) => "",
        };
        let sku = &lot.skus[0].0;
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

/// What the shop holds beforehand, as a part of a faults file; since long before, so that a stale view shows it.
pub(crate) fn presets(lots: &[Lot]) -> String {
    let mut text = String::new();
    for lot in lots.iter().filter(|lot| lot.is_there(0)) {
        let there = lot.skus.iter().enumerate().filter(|(number, _)| lot.is_there(*number));
        let names: Vec<String> = there.map(|(_, (name, _))| format!("'''{name}'''")).collect();
        let Values { price, quantity, weight, sale, .. } = lot.before();
        let sale = sale.map_or(String::new(), |[price, from, to]| {
            format!(", special_price = \"{price}\", special_from_date = \"{from}\", special_to_date = \"{to}\"")
        });
        let (product, skus) = (lot.name(false), names.join(", "));
        writeln!(
            text,
            "[[product]]\ncategory = 3\nname = \"{product}\"\nbrand = \"Remark\"\nskus = [{skus}]\n\
             created = \"2017-01-01\"\nimages = [\"{}\"]\nattributes = {{ short_description = \"Blue\" }}\n\
             fields = {{ price = \"{price}\", quantity = \"{quantity}\", package_weight = \"{weight}\", \
             package_length = \"1\", package_width = \"1\", package_height = \"1\"{sale} }}",
            lot.old_picture()
        )
        .unwrap();
    }
    text
}

/// What the marketplace shows, and what of it.
struct Shop<'a> {
    /// Each SKU with its product.
    skus: HashMap<&'a str, (&'a Value, &'a Value)>,
    /// Where hosted pictures come from.
    images: &'a Value,
}

/// Holds `rows`, the lines of the report of an import at this time, against the shop.
pub(crate) fn deviations(lots: &[Lot], trade: Trade, time: Time, shop: &Value, rows: &[Value]) -> Deviations {
    let mut deviations = Deviations::default();
    let mut lines: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        lines.entry(row["row"].as_u64().unwrap_or(0)).or_default().push(row);
    }
    let mut there = Shop { skus: HashMap::new(), images: &shop["images"] };
    for product in shop["products"].as_array().unwrap() {
        for sku in product["skus"].as_array().unwrap() {
            if there.skus.insert(sku["seller_sku"].as_str().unwrap(), (product, sku)).is_some() {
                deviations.duplicated.push(format!("{sku} is there twice"));
            }
        }
    }
    for lot in lots {
        for (number, (name, row)) in lot.skus.iter().enumerate() {
            match lines.remove(row).as_deref() {
                Some([line]) if line["seller_sku"] == name.as_str() => {
                    Held { lot, number, line, verdict: time.verdict(lot, number, trade), time }
                        .compare(&there, &mut deviations);
                }
                other => deviations.lost.push(format!("row {row} ({name}): {other:?}")),
            }
        }
    }
    deviations.lost.extend(lines.keys().map(|row| format!("row {row} is not in the sheet")));
    deviations
}

/// A row's line of the report, held against the shop.
struct Held<'a> {
    lot: &'a Lot,
    number: usize,
    line: &'a Value,
    /// What it must be, and the word for the pictures.
    verdict: (&'static str, &'static str),
    time: Time,
}

impl Held<'_> {
    fn compare(&self, shop: &Shop<'_>, deviations: &mut Deviations) {
        let Held { lot, number, line, verdict: (verdict, images), .. } = self;
        let found = shop.skus.get(lot.skus[*number].0.as_str());
        let named = found.map(|(product, sku)| (&product["attributes"]["name"], sku));
        let told = || format!("{} {}, {}; {named:?}", lot.skus[*number].0, line["verdict"], line["message"]);
        if line["verdict"] == "unknown" {
            return deviations.unknown.push(told());
        }
        let is_taken = matches!(line["verdict"].as_str(), Some("updated" | "created" | "unchanged"));
        let Some((product, sku)) = found else {
            if is_taken || lot.is_there(*number) || *verdict == "created" {
                deviations.missing.push(told());
            }
            return;
        };
        let has_values = has(sku, &if is_taken { lot.given() } else { lot.before() });
        let has_name = product["attributes"]["name"] == lot.name(self.is_renamed()).as_str();
        let has_pictures = self.has_pictures(shop, sku);
        if !has_values || !has_name || !has_pictures {
            deviations.misreported.push(format!("{has_values} {has_name} {has_pictures} {}", told()));
        } else if line["verdict"] != *verdict || line["images"] != *images {
            deviations.missing.push(format!("not {verdict} {images}, but {}: {}", line["images"], told()));
        } else if !lot.is_there(*number) {
            // One that was created in part has the rest added to it, and that may come in part too.
            let is_once = (1..=lot.skus.len() as u64).contains(&product["creates"].as_u64().unwrap());
            let is_whole = shop.skus.get(lot.skus[0].0.as_str()).is_some_and(|first| first.0 == *product);
            if !is_once || !is_whole {
                deviations.duplicated.push(format!("{} creates: {}", product["creates"], told()));
            }
        }
    }

    /// Where only some SKUs of a product are refused, the others bring its new name.
    fn is_renamed(&self) -> bool {
        let is_taken = |number| self.time != Time::First || !self.lot.is_refused(number);
        self.lot.has_new_name() && (0..self.lot.skus.len()).any(is_taken)
    }

    /// It shows the pictures of the sheet where they were set, now or before, and those that it had otherwise.
    fn has_pictures(&self, shop: &Shop<'_>, sku: &Value) -> bool {
        let Held { lot, number, line, .. } = self;
        let shown = sku["images"].as_array().unwrap().iter();
        let source = |url: &Value| {
            let url = url.as_str().unwrap();
            shop.images[url]["source"].as_str().unwrap_or(url).to_owned()
        };
        let shown: Vec<String> = shown.map(source).collect();
        let is_set_before = self.time != Time::First && lot.is_pictured && line["images"] == "kept";
        if line["images"] == "set" || is_set_before {
            shown == lot.pictures(*number)
        } else {
            shown == [lot.old_picture()]
        }
    }
}

/// A SKU of the shop has these values.
fn has(sku: &Value, values: &Values) -> bool {
    let text = |field: &str| sku["fields"][field].as_str().filter(|text| !text.is_empty());
    let number = |text: &str| text.parse::<f64>().ok();
    let is = |field: &str, value: &str| text(field).and_then(number) == number(value);
    // The marketplace shows midnight without the time of day, and other times with seconds.
    let moment = |text: &str| format!("{text} 00:00").chars().take(16).collect::<String>();
    let at = |field: &str, value: &str| text(field).is_some_and(|text| moment(text) == moment(value));
    let has_sale = match values.sale {
        Some([price, from, to]) => {
            is("special_price", price) && at("special_from_date", from) && at("special_to_date", to)
        }
        None => ["special_price", "special_from_date", "special_to_date"].iter().all(|field| text(field).is_none()),
    };
    let is_active = sku["status"] == if values.is_active { "active" } else { "inactive" };
    is("price", values.price)
        && is("quantity", values.quantity)
        && is("package_weight", values.weight)
        && has_sale
        && is_active
}
