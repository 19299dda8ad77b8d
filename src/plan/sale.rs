//! The sale that a row gives, held against the one that the shop has.
//!
//! A sale travels whole: a special price with its dates, at least one where the marketplace asks for it (UpdateProduct
//! page). What the sheet does not give of
//! it is the shop's; it ends when its price is cleared.

use super::flaw::Flaw;
use super::{Change, Limits, NewValue, ShopSku};
use crate::column::Field;
use crate::finding::Rule;
use crate::record::{Cleared, GivenSku, Price, Sale, SaleMoment, SaleWindow};

/// What becomes of the sale of one SKU.
#[derive(Debug, Default)]
pub(super) struct SaleWish {
    /// All that is sent of it; empty where it stays as it is.
    pub(super) changes: Vec<Change>,
    /// The same, where nothing of it is taken away.
    pub(super) sale: Option<Sale>,
    /// The special price from now on.
    pub(super) special: Option<Price>,
    /// When that holds, where it is known.
    pub(super) window: Option<SaleWindow>,
}

/// The sale as the shop shows it.
struct Held<'a> {
    price: Option<&'a str>,
    from: Option<&'a str>,
    to: Option<&'a str>,
}

/// The fields of a SKU that a sale is told by.
pub(super) const NAMES: [&str; 5] =
    ["special_price", "special_from_time", "special_from_date", "special_to_time", "special_to_date"];

impl<'a> Held<'a> {
    fn of(sku: &'a ShopSku) -> Held<'a> {
        // The one with the time of day tells more (GetProducts, SKU table).
        let moment = |time: &str, date: &str| {
            let time = sku.field(time).filter(|text| SaleMoment::parse(text).is_some());
            time.or_else(|| sku.field(date))
        };
        Held {
            price: sku.field("special_price"),
            from: moment("special_from_time", "special_from_date"),
            to: moment("special_to_time", "special_to_date"),
        }
    }

    fn price(&self) -> Option<Price> {
        self.price.and_then(Price::parse)
    }

    fn from(&self) -> Option<SaleMoment> {
        self.from.and_then(SaleMoment::parse)
    }

    fn to(&self) -> Option<SaleMoment> {
        self.to.and_then(SaleMoment::parse)
    }
}

/// What `given` makes of the sale that `there` shows. With `forces`, what the sheet gives is sent although the shop has
/// it.
pub(super) fn wish(
    given: &GivenSku,
    there: &ShopSku,
    limits: &Limits,
    forces: bool,
    flaws: &mut Vec<Flaw>,
) -> SaleWish {
    let held = Held::of(there);
    if clears(given, Field::SpecialPrice) {
        return ended(given, &held, flaws);
    }
    let price = given.special_price.or(held.price());
    let window = SaleWindow::of(held.from(), held.to());
    let kept = SaleWish { special: held.price(), window, ..SaleWish::default() };
    let is_cut = (clears(given, Field::SpecialFrom) && held.from.is_some())
        || (clears(given, Field::SpecialTo) && held.to.is_some());
    if !is_cut && !gives_change(given, &held, forces) {
        return kept;
    }
    let from = given.special_from.or(held.from()).filter(|_| !clears(given, Field::SpecialFrom));
    let to = given.special_to.or(held.to()).filter(|_| !clears(given, Field::SpecialTo));
    let Some(price) = price else {
        if let Some(field) = given_date(given) {
            flaws.push(no_price(field));
        }
        return SaleWish { changes: cut(given, &held), ..SaleWish::default() };
    };
    let undated = limits.undated_sales.then_some(SaleWindow::Always);
    let Some(window) = SaleWindow::of(from, to).or(undated) else {
        flaws.push(no_window(given, price));
        return kept;
    };
    if let (Some(start), Some(end)) = (from, to)
        && start >= end
    {
        flaws.push(reversed(given, start, end));
        return kept;
    }
    let mut changes = vec![change("special_price", held.price, price.to_string())];
    changes.extend(from.map(|from| change("special_from_date", held.from, from.to_string())));
    changes.extend(to.map(|to| change("special_to_date", held.to, to.to_string())));
    changes.extend(cut(given, &held));
    let sale = Some(Sale { price, window }).filter(|_| !is_cut);
    SaleWish { changes, sale, special: Some(price), window: Some(window) }
}

fn clears(given: &GivenSku, field: Field) -> bool {
    given.cleared.contains(&Cleared::Field(field))
}

/// The sheet gives some of the sale, and not what the shop has.
fn gives_change(given: &GivenSku, held: &Held<'_>, forces: bool) -> bool {
    let is_given = given.special_price.is_some() || given_date(given).is_some();
    let differs = given.special_price.is_some_and(|price| held.price() != Some(price))
        || given.special_from.is_some_and(|from| held.from() != Some(from))
        || given.special_to.is_some_and(|to| held.to() != Some(to));
    is_given && (forces || differs)
}

fn given_date(given: &GivenSku) -> Option<Field> {
    match (given.special_from, given.special_to) {
        (Some(_), _) => Some(Field::SpecialFrom),
        (None, Some(_)) => Some(Field::SpecialTo),
        (None, None) => None,
    }
}

/// All of it is taken away at once: the shop refuses a special price without dates, and dates without one.
fn ended(given: &GivenSku, held: &Held<'_>, flaws: &mut Vec<Flaw>) -> SaleWish {
    if let Some(field) = given_date(given) {
        let message = format!("{field} has a value, and the special price is to be cleared");
        flaws.push(Flaw::new(Rule::WindowWithoutSale, field, message).help("clear the dates too"));
        return SaleWish::default();
    }
    if held.price.is_none() && held.from.is_none() && held.to.is_none() {
        return SaleWish::default();
    }
    let parts = [("special_price", held.price), ("special_from_date", held.from), ("special_to_date", held.to)];
    SaleWish { changes: parts.into_iter().map(|(name, from)| cleared(name, from)).collect(), ..SaleWish::default() }
}

/// The dates that are taken away by themselves.
fn cut(given: &GivenSku, held: &Held<'_>) -> Vec<Change> {
    let dates = [(Field::SpecialFrom, "special_from_date", held.from), (Field::SpecialTo, "special_to_date", held.to)];
    let cut = dates.into_iter().filter(|(field, _, held)| clears(given, *field) && held.is_some());
    cut.map(|(_, name, held)| cleared(name, held)).collect()
}

fn change(name: &str, from: Option<&str>, to: String) -> Change {
    Change { name: name.to_owned(), from: from.map(str::to_owned), to: NewValue::Text(to) }
}

fn cleared(name: &str, from: Option<&str>) -> Change {
    Change { name: name.to_owned(), from: from.map(str::to_owned), to: NewValue::Cleared }
}

/// A date, and no special price on the sheet or in the shop.
pub(super) fn no_price(field: Field) -> Flaw {
    let message = format!("{field} stands without a special price, and the shop has none either");
    Flaw::new(Rule::WindowWithoutSale, field, message)
}

fn no_window(given: &GivenSku, price: Price) -> Flaw {
    let Some(given_price) = given.special_price else {
        let is_start = clears(given, Field::SpecialFrom);
        let field = if is_start { Field::SpecialFrom } else { Field::SpecialTo };
        let message = format!("without {field}, the shop's special price {price} has neither a start nor an end date");
        let help = "write <clear> into special_price to end the sale, or keep one of its dates";
        return Flaw::new(Rule::SaleWithoutWindow, field, message).help(help);
    };
    let message = format!("special price {given_price} has neither a start nor an end date, and the shop has none");
    Flaw::new(Rule::SaleWithoutWindow, Field::SpecialPrice, message).value(given_price)
}

fn reversed(given: &GivenSku, start: SaleMoment, end: SaleMoment) -> Flaw {
    let (start_is_ours, end_is_ours) = (given.special_from.is_some(), given.special_to.is_some());
    let shops = |is_ours: bool| if is_ours { "" } else { ", as the shop has it" };
    let field = if end_is_ours || !start_is_ours { Field::SpecialTo } else { Field::SpecialFrom };
    let message = format!(
        "the sale would start on {start}{}{} and end on {end}{}, both floored to 15 minutes",
        shops(start_is_ours),
        if start_is_ours { "" } else { "," },
        shops(end_is_ours)
    );
    let flaw = Flaw::new(Rule::SaleWindowReversed, field, message);
    match start.advice_on_end(end) {
        Some(help) => flaw.help(help),
        None => flaw,
    }
}
