//! The rules on one row: limits of each field, and fields that depend on each other.

use rust_decimal::Decimal;
use validator::{Validate, ValidationError};

use super::demand::Demand;
use super::{Mode, Rules};
use crate::category::TextKind;
use crate::column::{Excuse, Field, MANDATORY, Table};
use crate::finding::Rule;
use crate::location::column_letters;
use crate::record::{DATES, Draft, Entry, Findings, MAX_IMAGES, MEASURES, Measure, trimmed};

/// Above it, a parcel is refused (kg).
const HEAVY: u32 = 40;

/// Below this share of the price (in hundredths), a special price is likely a slip.
const DEEP: i64 = 20;

/// Above it, length, width and height together are refused (cm).
const LARGE: u32 = 300;

/// Applies every rule that one row alone can break.
pub(super) fn check(draft: &Draft<'_>, table: &Table, rules: &Rules, findings: &mut Findings<'_>) {
    mandatory(draft, table, Demand::of(rules), findings);
    limits(draft, findings);
    prices(draft, rules, findings);
    window(draft, table, rules, findings);
    sale(draft, table, findings);
    past(draft, rules, findings);
    package(draft, findings);
    images(draft, findings);
    texts(draft, findings);
}

fn mandatory(draft: &Draft<'_>, table: &Table, demand: Demand, findings: &mut Findings<'_>) {
    for (field, _) in MANDATORY.into_iter().filter(|(_, excuse)| *excuse == Excuse::Nothing) {
        if table.columns.has(field) && !draft.is_given(field) {
            // Whatever the row is for, it must name its SKU.
            let demand = if field == Field::SellerSku { Demand::Needed } else { demand };
            missing(field, demand, table, findings);
        }
    }
}

/// Tells an empty mandatory cell.
pub(super) fn missing(field: Field, demand: Demand, table: &Table, findings: &mut Findings<'_>) {
    let (rule, message) = match demand {
        Demand::Needed => (Rule::MissingValue, format!("the mandatory field {field} is empty")),
        Demand::Advised => (Rule::NeededToCreate, format!("{field} is empty, and a new SKU needs it")),
        Demand::Unsaid => return,
    };
    let location = findings.location();
    let finding = findings.row(rule);
    finding.field = Some(field.name().to_owned());
    finding.message = message;
    let help = match table.columns.column_of(field) {
        Some(column) => {
            finding.location = location.at(column);
            format!("fill in {}", finding.location.short())
        }
        None => format!("add a column {field} and fill it in"),
    };
    finding.help = if rule == Rule::NeededToCreate { format!("{help}, unless the shop has the SKU") } else { help };
}

/// Limits of single fields, as the CreateProduct page gives them. Lengths count Unicode characters.
#[derive(Validate)]
struct Limits<'a> {
    #[validate(length(min = 2, max = 255, code = "name-length"))]
    name: Option<&'a str>,
    #[validate(length(min = 6, max = 25_000, code = "description-length"))]
    description: Option<&'a str>,
    #[validate(custom(function = "price_within"))]
    price: Option<Decimal>,
    #[validate(custom(function = "price_within"))]
    special_price: Option<Decimal>,
    #[validate(custom(function = "measure_within"))]
    package_weight: Option<Decimal>,
    #[validate(custom(function = "measure_within"))]
    package_length: Option<Decimal>,
    #[validate(custom(function = "measure_within"))]
    package_width: Option<Decimal>,
    #[validate(custom(function = "measure_within"))]
    package_height: Option<Decimal>,
}

/// Decimals count as typed: `129.000` may as well be a hundred and twenty-nine thousand.
fn price_within(amount: &Decimal) -> Result<(), ValidationError> {
    within(*amount, Rule::PriceNotPositive, Rule::PriceDecimals)
}

/// `0.500` kg has one reading: its zeros do not count.
fn measure_within(amount: &Decimal) -> Result<(), ValidationError> {
    within(amount.normalize(), Rule::MeasureNotPositive, Rule::MeasureDecimals)
}

fn within(amount: Decimal, positive: Rule, decimals: Rule) -> Result<(), ValidationError> {
    if amount <= Decimal::ZERO {
        return Err(ValidationError::new(positive.name()));
    }
    if amount.scale() > 2 {
        return Err(ValidationError::new(decimals.name()));
    }
    Ok(())
}

fn limits(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let [weight, length, width, height] = draft.measures.map(|measure| measure.map(|measure| measure.amount()));
    let limits = Limits {
        name: draft.text(Field::Name).map(|entry| trimmed(entry.text)),
        description: draft.text(Field::Description).map(|entry| trimmed(entry.text)),
        price: draft.price.map(|price| price.amount()),
        special_price: draft.special_price.map(|price| price.amount()),
        package_weight: weight,
        package_length: length,
        package_width: width,
        package_height: height,
    };
    let Err(errors) = limits.validate() else { return };
    for (name, faults) in errors.field_errors() {
        let Some(field) = Field::named(&name) else { continue };
        let Some(entry) = draft.text(field) else { continue };
        for fault in faults {
            let Some(rule) = Rule::ALL.iter().copied().find(|rule| rule.name() == fault.code) else { continue };
            let finding = findings.cell(rule, field.name(), entry);
            let text = entry.text.trim();
            finding.message = if rule == Rule::NameLength {
                format!("the name has {}, not 2 to 255", counted(text))
            } else if rule == Rule::DescriptionLength {
                format!("the description has {}, not 6 to 25,000", counted(text))
            } else if matches!(rule, Rule::PriceDecimals | Rule::MeasureDecimals) {
                format!("{field} {text} has more than two decimals")
            } else {
                format!("{field} {text} is not above zero")
            };
        }
    }
}

fn counted(text: &str) -> String {
    let characters = text.chars().count();
    if characters == 1 { "1 character".to_owned() } else { format!("{characters} characters") }
}

fn prices(draft: &Draft<'_>, rules: &Rules, findings: &mut Findings<'_>) {
    let Some(country) = rules.country.filter(|country| country.prices_are_whole()) else { return };
    for (field, price) in [(Field::Price, draft.price), (Field::SpecialPrice, draft.special_price)] {
        if let (Some(price), Some(entry)) = (price, draft.text(field))
            && !price.amount().fract().is_zero()
        {
            findings.cell(Rule::PriceMinorUnit, field.name(), entry).message =
                format!("{field} {price} has decimals, which prices in `{country}` do not have");
        }
    }
}

/// The cell that tells a date of the sale.
fn date_cell<'a>(draft: &Draft<'a>, [date, time]: [Field; 2]) -> Option<(Field, Entry<'a>)> {
    [time, date].into_iter().find_map(|field| Some((field, draft.text(field)?)))
}

/// A special price needs a date where the marketplace asks for one, and a date a special price.
fn window(draft: &Draft<'_>, table: &Table, rules: &Rules, findings: &mut Findings<'_>) {
    let special = draft.text(Field::SpecialPrice);
    let [from, to] = DATES.map(|fields| date_cell(draft, fields));
    let [has_start, has_end] = DATES.map(|fields| fields.iter().any(|field| draft.is_given(*field)));
    let is_new = rules.mode == Mode::Create;
    if let Some(entry) = special.filter(|_| !rules.undated_sales)
        && !has_start
        && !has_end
    {
        // Otherwise the shop may have the dates.
        if is_new || DATES.into_iter().all(|fields| draft.clears_date(fields)) {
            findings.cell(Rule::SaleWithoutWindow, "special_price", entry);
        } else if Demand::of(rules) == Demand::Advised {
            beside(Field::SpecialFrom, "a special price", entry, table, findings);
        }
    }
    if let Some((field, entry)) = from.or(to)
        && !draft.is_given(Field::SpecialPrice)
    {
        if is_new {
            findings.cell(Rule::WindowWithoutSale, field.name(), entry);
        } else if draft.clears(Field::SpecialPrice) {
            // An empty cell: whether its price was forgotten or its dates, nobody can tell.
            findings.cell(Rule::WindowWithoutSale, field.name(), entry).help =
                "fill in the special price, or write <clear> into it to end the sale, or clear the dates".to_owned();
        } else if Demand::of(rules) == Demand::Advised {
            beside(Field::SpecialPrice, field.name(), entry, table, findings);
        }
    }
    if is_new && special.is_some() && to.is_some() && !has_start {
        let location = findings.location();
        let finding = findings.row(Rule::SaleStartMissing);
        finding.field = Some(Field::SpecialFrom.name().to_owned());
        if let Some(column) = table.columns.column_of(Field::SpecialFrom) {
            finding.location = location.at(column);
        }
    }
}

/// Tells what a new SKU needs beside `what`, in its own cell where the sheet has one.
fn beside(field: Field, what: &str, entry: Entry<'_>, table: &Table, findings: &mut Findings<'_>) {
    let column = table.columns.column_of(field).unwrap_or(entry.column);
    let finding = findings.cell(Rule::NeededToCreate, field.name(), Entry { column, ..entry });
    finding.value = None;
    finding.message = format!("a new SKU needs {field} beside {what}");
}

fn sale(draft: &Draft<'_>, table: &Table, findings: &mut Findings<'_>) {
    let special = draft.text(Field::SpecialPrice);
    if let (Some(entry), Some(price), Some(lower)) = (special, draft.price, draft.special_price)
        && lower >= price
    {
        let row = findings.location().row;
        let finding = findings.cell(Rule::SaleNotBelowPrice, "special_price", entry);
        finding.message = format!("special price {lower} is not below the price {price}");
        if let Some(help) = help_for_sale(table, row) {
            finding.help = help;
        }
    }
    if let (Some(entry), Some(price), Some(lower)) = (special, draft.price, draft.special_price)
        && lower.amount() > Decimal::ZERO
        && lower.amount() < price.amount() * Decimal::new(DEEP, 2)
    {
        findings.cell(Rule::DeepDiscount, "special_price", entry).message =
            format!("special price {lower} is more than 80 % below the price {price}");
    }
    if let (Some((field, entry)), Some(start), Some(end)) =
        (date_cell(draft, DATES[1]), draft.special_from, draft.special_to)
        && start >= end
    {
        let finding = findings.cell(Rule::SaleWindowReversed, field.name(), entry);
        finding.message = format!("the sale would start on {start} and end on {end}, both floored to 15 minutes");
        if let Some(help) = start.advice_on_end(end) {
            finding.help = help;
        }
    }
}

/// The sale of a special price is over before it can begin. What an export wrote is in the shop already.
fn past(draft: &Draft<'_>, rules: &Rules, findings: &mut Findings<'_>) {
    let (Some(now), Some(end)) = (rules.now, draft.special_to) else { return };
    if draft.columns().is_export() {
        return;
    }
    if let Some((field, entry)) = date_cell(draft, DATES[1])
        && draft.text(Field::SpecialPrice).is_some()
        && end.is_before(now)
    {
        findings.cell(Rule::PastSale, field.name(), entry).message =
            format!("the sale ended on {end}, and the special price would never hold");
    }
}

/// `lower H14 below G14, or clear H14, I14 and J14`
fn help_for_sale(table: &Table, row: u32) -> Option<String> {
    let cell = |field: Field| Some(format!("{}{row}", column_letters(table.columns.column_of(field)?)));
    let (special, price) = (cell(Field::SpecialPrice)?, cell(Field::Price)?);
    let dates: Vec<String> = DATES.into_iter().flatten().filter_map(cell).collect();
    let cleared = match dates.as_slice() {
        [] => special.clone(),
        [dates @ .., last] => {
            let first: Vec<&str> = std::iter::once(special.as_str()).chain(dates.iter().map(String::as_str)).collect();
            format!("{} and {last}", first.join(", "))
        }
    };
    Some(format!("lower {special} below {price}, or clear {cleared}"))
}

fn package(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let [weight, length, width, height] = draft.measures;
    if let (Some(weight), Some(entry)) = (weight, draft.text(Field::PackageWeight))
        && weight.amount() > Decimal::from(HEAVY)
    {
        findings.cell(Rule::HeavyPackage, "package_weight", entry).message =
            format!("the package weighs {weight} kg, more than {HEAVY} kg");
    }
    let is_one = |measure: Option<Measure>| measure.is_some_and(|measure| measure.amount() == Decimal::ONE);
    if draft.measures.into_iter().all(is_one)
        && let Some(entry) = draft.text(Field::PackageWeight)
    {
        findings.cell(Rule::PlaceholderPackage, "package_weight", entry);
    }
    if let (Some(length), Some(width), Some(height)) = (length, width, height) {
        let girth = length.amount() + width.amount() + height.amount();
        let entry = MEASURES[1..].iter().find_map(|field| draft.text(*field));
        if let Some(entry) = entry.filter(|_| girth > Decimal::from(LARGE)) {
            findings.cell(Rule::LargePackage, "package_length", entry).message =
                format!("length, width and height add up to {girth} cm, more than {LARGE} cm");
        }
    }
}

fn images(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let count = draft.images().len();
    if let Some((column, url)) = draft.images().nth(MAX_IMAGES) {
        let entry = Entry::text(column, url.as_str());
        findings.cell(Rule::TooManyImages, "image", entry).message =
            format!("the SKU has {count} images, more than {MAX_IMAGES}");
    }
}

fn texts(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let fields = [Field::Brand, Field::Model].into_iter();
    let fields = fields.filter_map(|field| Some((field.name(), draft.text(field)?)));
    let attributes = draft.attributes().filter(|(kind, _)| kind.text == TextKind::Short);
    let attributes = attributes.map(|(kind, entry)| (kind.name.as_str(), entry));
    for (name, entry) in fields.chain(attributes) {
        let mark = entry.text.bytes().find(|byte| matches!(byte, b'"' | b'^' | b'~' | b'<' | b'>' | b'|'));
        if let Some(mark) = mark.map(char::from) {
            findings.cell(Rule::SpecialCharacter, name, entry).message =
                format!("{name} holds the mark {mark}, which marketplaces refuse in short texts");
        }
    }
}
