//! What the sheet gives of a SKU or of a product, held against what the shop has of it: what is to be changed.
//!
//! What the sheet does not give is never touched. A value that the shop shows on the product is compared there, also
//! where the sheet gives it to a SKU, and the other way round; it is sent where the sheet has it.

use std::collections::HashSet;

use super::flaw::{Flaw, Without, clipped};
use super::likeness::{is_damaged, is_same};
use super::sale::{self, SaleWish};
use super::{Change, Limits, NewValue, PriceQuantity, ShopProduct, ShopSku, ShopStatus, Switch};
use crate::check::{Checked, Group, KeptRow};
use crate::column::Field;
use crate::finding::Rule;
use crate::record::{Cleared, GivenSku, MEASURES, Price, Sale, SaleWindow};

/// The fields that UpdatePriceQuantity changes.
const OFFER: [&str; 5] = ["quantity", "price", "special_price", "special_from_date", "special_to_date"];

/// How a sheet without special prices gets the shop's out of the way.
static NO_SPECIAL_PRICE: Without = Without {
    field: Field::SpecialPrice,
    help: "add a column special_price with <clear>, which ends the sale, or give a lower one there",
};

/// What a row wishes of a SKU that the shop has.
#[derive(Debug, Default)]
pub(super) struct SkuWish {
    /// What changes, under the names of UpdateProduct.
    pub(super) fields: Vec<Change>,
    pub(super) active: Option<Switch>,
    sale: Option<Sale>,
}

impl SkuWish {
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.active.is_none()
    }

    /// UpdatePriceQuantity can do all of it.
    pub(super) fn is_of_offer(&self) -> bool {
        let is_offer = |change: &Change| OFFER.contains(&change.name.as_str()) && change.to != NewValue::Cleared;
        self.active.is_none() && self.fields.iter().all(is_offer)
    }

    /// The same for UpdatePriceQuantity.
    pub(super) fn price_quantity(self, given: &GivenSku) -> PriceQuantity {
        let has = |name: &str| self.fields.iter().any(|change| change.name == name);
        PriceQuantity {
            seller_sku: given.seller_sku.clone(),
            quantity: given.quantity.filter(|_| has("quantity")),
            price: given.price.filter(|_| has("price")),
            before: self.fields.iter().filter_map(Change::before).collect(),
            sale: self.sale,
        }
    }
}

/// What `given` changes of `there`, a SKU of `product`. With `forces`, all that the sheet gives is sent.
pub(super) fn of_sku(
    given: &GivenSku,
    there: &ShopSku,
    product: &ShopProduct,
    limits: &Limits,
    forces: bool,
    flaws: &mut Vec<Flaw>,
) -> SkuWish {
    let theirs = |name: &str| there.field(name).or_else(|| attribute(product, name));
    let mut values = Values { fields: Vec::new(), forces };
    for own in &given.attributes {
        if is_fixed(&own.name) {
            flaws.extend(fixed(&own.name, theirs(&own.name), Some(&own.value)));
        } else if let Some(flaw) = damaged(&own.name, theirs(&own.name), &own.value) {
            flaws.push(flaw);
        } else {
            values.give(&own.name, theirs(&own.name), &own.value);
        }
    }
    if let Some(quantity) = given.quantity {
        values.give("quantity", there.field("quantity"), &quantity.to_string());
    }
    if let Some(price) = given.price {
        values.give("price", there.field("price"), &price.to_string());
    }
    let sale = sale::wish(given, there, limits, forces, flaws);
    flaws.extend(price_flaws(given, there, &sale, values.has("price")));
    values.fields.extend(sale.changes);
    for (field, measure) in MEASURES.into_iter().zip(given.measures) {
        if let Some(measure) = measure {
            values.give(field.name(), there.field(field.name()), &measure.to_string());
        }
    }
    if let Some(id) = &given.product_id {
        values.give("ProductId", there.field("ProductId"), id.as_str());
    }
    for cleared in &given.cleared {
        let name = match cleared {
            Cleared::Field(Field::ProductId) => "ProductId",
            // A sale has been looked at; nothing else of a SKU can be empty, which the check has told.
            Cleared::Field(_) => continue,
            Cleared::Attribute(name) => name.as_str(),
        };
        if is_fixed(name) {
            flaws.extend(theirs(name).and_then(|theirs| fixed(name, Some(theirs), None)));
        } else {
            flaws.extend(values.clear(name, there.field(name), attribute(product, name), "attr"));
        }
    }
    SkuWish { fields: values.fields, active: active(given, there, forces), sale: sale.sale }
}

/// Changes in the making.
struct Values {
    fields: Vec<Change>,
    forces: bool,
}

impl Values {
    fn give(&mut self, name: &str, theirs: Option<&str>, ours: &str) {
        if ours.trim().is_empty() {
            // The marketplace takes a blank text for none.
            return;
        }
        if self.forces || !theirs.is_some_and(|theirs| is_same(name, theirs, ours)) {
            let to = NewValue::Text(ours.to_owned());
            self.fields.push(Change { name: name.to_owned(), from: theirs.map(str::to_owned), to });
        }
    }

    /// Where there is nothing, nothing is cleared. A value that stands `elsewhere`, on the product or on its SKUs, is told:
    /// a column with that prefix takes it away.
    fn clear(&mut self, name: &str, theirs: Option<&str>, elsewhere: Option<&str>, prefix: &str) -> Option<Flaw> {
        if let Some(theirs) = theirs {
            let from = Some(theirs.to_owned());
            self.fields.push(Change { name: name.to_owned(), from, to: NewValue::Cleared });
            return None;
        }
        let elsewhere = elsewhere.filter(|elsewhere| !elsewhere.is_empty())?;
        let whose = if prefix == "sku" { "SKUs of the product" } else { "product" };
        let message = format!("the shop shows {name} of the {whose}: `{}`", clipped(elsewhere));
        Some(Flaw::of(Rule::NotClearable, name, message).help(format!("name its column {prefix}.{name}")))
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|change| change.name == name)
    }
}

/// A status that the page does not list tells nothing of the switch: it is set.
fn active(given: &GivenSku, there: &ShopSku, forces: bool) -> Option<Switch> {
    let to = given.active?;
    let is_other = match &there.status {
        ShopStatus::Active => !to,
        ShopStatus::Inactive => to,
        ShopStatus::Deleted | ShopStatus::Other(_) => true,
    };
    (forces || is_other).then(|| Switch { to, from: there.status.as_str().to_owned() })
}

/// What is wrong with, or odd about, the price and the special price that a SKU would have.
fn price_flaws(given: &GivenSku, there: &ShopSku, sale: &SaleWish, is_price_sent: bool) -> Vec<Flaw> {
    let shops = there.field("price").and_then(Price::parse);
    let mut flaws = Vec::new();
    if let (Some(price), Some(before)) = (given.price.filter(|_| is_price_sent), shops)
        && is_cut(before, price)
    {
        let message = format!(
            "the price falls from {before} to {price}, by more than 80 %, which sends the product back to quality control"
        );
        flaws.push(Flaw::new(Rule::PriceCut, Field::Price, message).value(price));
    }
    let (Some(special), Some(price)) = (sale.special, given.price.or(shops)) else { return flaws };
    if !is_price_sent && sale.changes.is_empty() {
        return flaws;
    }
    if special >= price {
        flaws.push(not_below(given, special, price, sale.window));
    } else if given.price.is_none() && given.special_price == Some(special) && is_cut(price, special) {
        let message = format!("special price {special} is more than 80 % below the shop's price {price}");
        flaws.push(Flaw::new(Rule::DeepDiscount, Field::SpecialPrice, message).value(special));
    }
    flaws
}

/// Less than a fifth is left.
fn is_cut(before: Price, after: Price) -> bool {
    after.amount().checked_mul(5.into()).is_some_and(|fivefold| fivefold < before.amount())
}

/// Whether the shop's sale is over the reader sees: nobody here knows what time it is.
fn not_below(given: &GivenSku, special: Price, price: Price, window: Option<SaleWindow>) -> Flaw {
    let rule = Rule::SaleNotBelowPrice;
    let when = window.map(|window| format!(", which holds {window},")).unwrap_or_default();
    match (given.special_price, given.price) {
        (Some(special), Some(price)) => {
            let message = format!("special price {special} is not below the price {price}");
            Flaw::new(rule, Field::SpecialPrice, message).value(special)
        }
        (Some(special), None) => {
            let message = format!("special price {special} is not below the shop's price {price}");
            Flaw::new(rule, Field::SpecialPrice, message).value(special).help("lower it, or give a higher price too")
        }
        (None, Some(price)) => {
            let message = format!("the shop's special price {special}{when} is not below the price {price}");
            let help = "lower the special price too, or end the sale by writing <clear> into special_price";
            let flaw = Flaw::new(rule, Field::Price, message).value(price).help(help);
            flaw.without(&NO_SPECIAL_PRICE)
        }
        (None, None) => {
            let is_start = given.special_from.is_some();
            let field = if is_start { Field::SpecialFrom } else { Field::SpecialTo };
            let message = format!("the shop's special price {special}{when} is not below its price {price}");
            let help = "give a lower special price too, or end the sale by writing <clear> into special_price";
            Flaw::new(rule, field, message).help(help).without(&NO_SPECIAL_PRICE)
        }
    }
}

/// What UpdateProduct cannot change (UpdateProduct page, Definition).
fn is_fixed(name: &str) -> bool {
    name.starts_with("gmt_") || name.contains("keywords")
}

/// The flaw of a value that cannot be changed and differs.
fn fixed(name: &str, theirs: Option<&str>, ours: Option<&str>) -> Option<Flaw> {
    if let (Some(theirs), Some(ours)) = (theirs, ours)
        && is_same(name, theirs, ours)
    {
        return None;
    }
    let held = theirs.map_or_else(|| "shows none".to_owned(), |theirs| format!("has `{}`", clipped(theirs)));
    let message = format!("{name} cannot be changed by an update, and the shop {held}");
    let flaw = Flaw::of(Rule::NotUpdatable, name, message);
    Some(match ours {
        Some(ours) => flaw.value(ours),
        None => flaw.help("leave its column out, or give it the value that the shop has"),
    })
}

/// The sheet was saved in an encoding that cannot hold the shop's text.
fn damaged(name: &str, theirs: Option<&str>, ours: &str) -> Option<Flaw> {
    let theirs = theirs.filter(|theirs| is_damaged(theirs, ours))?;
    let message = format!("{name} is the shop's `{}` with `?` for letters that were lost", clipped(theirs));
    Some(Flaw::of(Rule::GarbledText, name, message).value(ours))
}

/// The text of a product's attribute, its name among them.
fn attribute<'a>(product: &'a ShopProduct, name: &str) -> Option<&'a str> {
    if name == "name" { product.name.as_deref() } else { product.attribute(name) }
}

/// Every name of an attribute or field that a plan of the sheet may look at.
pub(super) fn names(checked: &Checked) -> HashSet<String> {
    let mut names: HashSet<String> = HashSet::new();
    let mut add = |name: &str| {
        if !names.contains(name) {
            names.insert(name.to_owned());
        }
    };
    // A price is held against the sale, and a sale against the price.
    sale::NAMES.into_iter().chain(["price"]).for_each(&mut add);
    for given in checked.rows().iter().filter_map(KeptRow::given) {
        given.attributes.iter().for_each(|attribute| add(&attribute.name));
        if given.quantity.is_some() {
            add("quantity");
        }
        if given.product_id.is_some() {
            add("ProductId");
        }
        let measures = MEASURES.into_iter().zip(given.measures);
        measures.filter(|(_, measure)| measure.is_some()).for_each(|(field, _)| add(field.name()));
        for cleared in &given.cleared {
            match cleared {
                Cleared::Attribute(name) => add(name),
                Cleared::Field(Field::ProductId) => add("ProductId"),
                Cleared::Field(_) => {}
            }
        }
    }
    for group in checked.groups() {
        shared(group).into_iter().for_each(|(name, _)| add(name));
    }
    names
}

/// What a product of the sheet gives of what SKUs share, under the names of UpdateProduct.
pub(super) fn shared(group: &Group) -> Vec<(&str, Option<&str>)> {
    let product = &group.product;
    let named = [
        ("name", &product.name),
        ("short_description", &product.short_description),
        ("description", &product.description),
        ("brand", &product.brand),
        ("model", &product.model),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let others = product.attributes.iter().map(|attribute| (attribute.name.as_str(), attribute.value.as_str()));
    let given = named.chain(others).filter(|(_, value)| !value.trim().is_empty());
    let cleared = group.cleared.iter().filter_map(|cleared| match cleared {
        Cleared::Field(Field::Description) => Some("description"),
        Cleared::Field(Field::Model) => Some("model"),
        // Nothing else of a product can be empty, which the check has told.
        Cleared::Field(_) => None,
        Cleared::Attribute(name) => Some(name.as_str()),
    });
    given.map(|(name, value)| (name, Some(value))).chain(cleared.map(|name| (name, None))).collect()
}

/// The change of what SKUs share; `value` takes it away where it is none.
pub(super) fn of_product(
    name: &str,
    value: Option<&str>,
    there: &ShopProduct,
    forces: bool,
) -> Result<Option<Change>, Flaw> {
    let theirs = attribute(there, name);
    let mut values = Values { fields: Vec::new(), forces };
    let Some(ours) = value else {
        let on_skus = there.skus.iter().find_map(|sku| sku.field(name));
        let flaw = values.clear(name, theirs, on_skus, "sku");
        return match values.fields.pop() {
            Some(_) if is_fixed(name) => fixed(name, theirs, None).map_or(Ok(None), Err),
            change => flaw.map_or(Ok(change), Err),
        };
    };
    // The shop may show it on the SKUs: it is another where one of them shows another.
    let on_skus = || {
        let shown: Vec<&str> = there.skus.iter().map(|sku| sku.field(name).unwrap_or_default()).collect();
        let other = shown.iter().find(|theirs| !is_same(name, theirs, ours));
        other.or_else(|| shown.first()).copied().filter(|theirs| !theirs.is_empty())
    };
    let theirs = theirs.or_else(on_skus);
    if is_fixed(name) {
        return fixed(name, theirs, Some(ours)).map_or(Ok(None), Err);
    }
    if let Some(flaw) = damaged(name, theirs, ours) {
        return Err(flaw);
    }
    values.give(name, theirs, ours);
    Ok(values.fields.pop())
}

/// The category and the SPU of a product of the sheet, where they are other ones than the shop's.
pub(super) fn moved(group: &Group, there: &ShopProduct) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let flaw = |field: Field, shops: String| {
        let message = format!("{field} cannot be changed by an update, and the shop {shops}");
        Flaw::new(Rule::NotUpdatable, field, message)
    };
    // Every product has a category: an answer that names none does not tell it.
    if let (Some(ours), Some(theirs)) = (group.product.category, there.category)
        && ours != theirs
    {
        flaws.push(flaw(Field::Category, format!("has {theirs}")).value(ours));
    }
    if let Some(ours) = group.product.spu_id
        && there.spu_id != Some(ours)
    {
        let shops = there.spu_id.map_or_else(|| "shows none".to_owned(), |theirs| format!("has {theirs}"));
        flaws.push(flaw(Field::SpuId, shops).value(ours));
    }
    flaws
}

#[cfg(test)]
mod tests;
