//! The cells of a row -> numbers, identifiers and whether it is on sale.
//!
//! What has one reading is read, whatever its writing; what can be repaired is repaired or proposed as
//! `--repair` says; the rest is told and left out.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::clear::Clearing;
use super::draft::{Draft, Entry, Findings, IDENTIFIERS};
use super::number::{Amount, NumberReading, converted, exact, in_unit, read_number};
use super::oddity::Oddities;
use super::reading::{Evidence, Reading, Seen, WRITTEN, Way};
use super::row_reader::Before;
use super::{
    Country, Damage, DecimalMark, Measure, Price, ProductId, Quantity, Repair, RepairLevel, SpuId, When, cleaned,
    damage, padded, trimmed, with_lost_zeros, without_point,
};
use crate::column::{Currency, Field, Target, Unit};
use crate::finding::Rule;
use crate::sheet::Kind;

/// What a cell says of a SKU that is on sale, and of one that is not, in upper or lower case.
const ACTIVE: [&str; 4] = ["active", "true", "yes", "1"];
const INACTIVE: [&str; 4] = ["inactive", "false", "no", "0"];

/// A value that is not as it should be, with what it is likely meant to be.
pub(super) struct Proposal<'a> {
    pub(super) repair: Repair,
    pub(super) field: &'a str,
    pub(super) entry: Entry<'a>,
    /// What it becomes.
    pub(super) value: String,
    /// The rule that it breaks where nothing is to be repaired, with the message.
    pub(super) broken: (Rule, String),
}

/// Repairs or proposes, as `reading` says; whether the proposal counts.
pub(super) fn repaired(proposal: Proposal<'_>, reading: &Reading, findings: &mut Findings<'_>) -> bool {
    let Proposal { repair, field, entry, value, broken: (rule, message) } = proposal;
    let is_applied = repair.when() == When::Safe && reading.repair == RepairLevel::Safe;
    if is_applied {
        findings.cell(Rule::Repaired, field, entry).message =
            format!("{field} `{}` is taken as `{value}`: {}", entry.text.trim(), repair.what());
        return true;
    }
    if reading.repair == RepairLevel::Off {
        findings.cell(rule, field, entry).message = message;
        return false;
    }
    let finding = findings.cell(Rule::Repairable, field, entry);
    finding.message = format!("{message}; `{value}` is proposed");
    finding.help = match repair.when() {
        When::Safe if repair == Repair::Unit => {
            let digits = value.split(' ').next().unwrap_or_default();
            format!("write {digits}, without the unit, or have it applied with --repair safe")
        }
        When::Safe => format!("write `{value}`, or have it applied with --repair safe"),
        When::Always | When::Never => format!("write `{value}` if that is meant"),
    };
    false
}

impl<'a> Draft<'a> {
    /// Price, quantity, package: every number that countries write differently; category and SPU beside them.
    pub(super) fn read_numbers(&mut self, reading: &Reading, before: &mut Before<'a>, findings: &mut Findings<'_>) {
        self.category = self.read_category(reading, findings);
        self.spu_id = self.whole(Field::SpuId, Rule::InvalidSpu, SpuId::parse, findings);
        self.price = self.money(0, reading, before, findings);
        self.special_price = self.money(1, reading, before, findings);
        self.quantity = self.quantity(2, reading, before, findings);
        for measure in 0..4 {
            self.measures[measure] = self.measure(3 + measure, reading, before, findings);
        }
    }

    /// Whether the SKU is on sale; where SKUs are only created, nobody asks.
    pub(super) fn read_status(&mut self, findings: &mut Findings<'_>) {
        let Some(entry) = self.text(Field::Active).filter(|_| self.clearing != Clearing::Nothing) else { return };
        let text = trimmed(entry.text);
        let is_one_of = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        self.active = match (is_one_of(ACTIVE), is_one_of(INACTIVE)) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        if self.active.is_some() {
            return;
        }
        let column = entry.column.checked_sub(1).and_then(|index| self.columns.headers().get(index as usize));
        let finding = findings.cell(Rule::InvalidStatus, "active", entry);
        finding.message = format!("the status `{text}` is neither active nor inactive");
        if text.eq_ignore_ascii_case("deleted") {
            finding.message = format!("the status is `{text}`: an import neither deletes a SKU nor brings one back");
            finding.help = "leave the cell empty, or leave the row out".to_owned();
        } else if let Some(header) = column {
            finding.help = format!("{}, or leave the column out with --map \"{}=ignore\"", finding.help, header.trim());
        }
    }

    /// A number that is an identifier.
    pub(super) fn whole<T>(
        &self,
        field: Field,
        rule: Rule,
        parse: impl Fn(&str) -> Option<T>,
        findings: &mut Findings<'_>,
    ) -> Option<T> {
        let entry = self.text(field)?;
        let plain = cleaned(entry.text);
        let value = parse(&plain.text).or_else(|| parse(without_point(&plain.text)?));
        if value.is_none() {
            let message = format!("{field} `{}` is not a whole number above zero", entry.text.trim());
            findings.cell(rule, field.name(), entry).message = message;
        } else if plain.is_cleaned || without_point(&plain.text).is_some() {
            findings.cell(Rule::CleanedIdentifier, field.name(), entry).message =
                format!("{field} `{}` is taken as its whole number", entry.text.escape_debug());
        }
        value
    }

    fn money(
        &mut self,
        place: usize,
        reading: &Reading,
        before: &mut Before<'a>,
        findings: &mut Findings<'_>,
    ) -> Option<Price> {
        let field = WRITTEN[place];
        let entry = self.text(field)?;
        let named = entry.column.checked_sub(1).and_then(|index| self.columns.currency(index as usize));
        let own = reading.country.map(|country| country.currency());
        if let (Some(named), Some(own)) = (named, own)
            && named != own
        {
            let message = format!(
                "{field} is in {}, as its header says, and the shop's currency is {}",
                named.code(),
                own.code()
            );
            findings.cell(Rule::ForeignCurrency, field.name(), entry).message = message;
            return None;
        }
        self.number(place, reading, before, findings).map(|number| Price::of(number.value()))
    }

    fn quantity(
        &mut self,
        place: usize,
        reading: &Reading,
        before: &mut Before<'a>,
        findings: &mut Findings<'_>,
    ) -> Option<Quantity> {
        let field = WRITTEN[place];
        let number = self.number(place, reading, before, findings)?.value();
        let quantity = Quantity::of(number);
        if let (None, Some(entry)) = (quantity, self.text(field)) {
            findings.cell(Rule::InvalidQuantity, field.name(), entry).message = not_a(field, entry);
        }
        quantity
    }

    fn measure(
        &mut self,
        place: usize,
        reading: &Reading,
        before: &mut Before<'a>,
        findings: &mut Findings<'_>,
    ) -> Option<Measure> {
        let field = WRITTEN[place];
        let entry = self.text(field)?;
        let number = match self.number(place, reading, before, findings)? {
            Number::AsWritten(number) => number,
            Number::Converted(number) => return Some(Measure::of(number)),
        };
        let Some(unit) = self.unit_of(entry) else { return Some(Measure::of(number)) };
        let (number, is_rounded) = converted(number, unit);
        if is_rounded {
            self.seen[place].oddities.add(Oddities::ROUNDED);
        }
        Some(Measure::of(number))
    }

    /// The number in the field at `place`, and what it tells of its column.
    fn number(
        &mut self,
        place: usize,
        reading: &Reading,
        before: &mut Before<'a>,
        findings: &mut Findings<'_>,
    ) -> Option<Number> {
        let entry = self.text(WRITTEN[place])?;
        // An export writes numbers with a decimal point, wherever it is read.
        let is_plain = entry.kind == Kind::Number || self.columns.is_export();
        if is_plain && let Some(number) = exact(entry.text) {
            self.seen[place] = Seen { evidence: Evidence::Silent, oddities: Oddities::default() };
            return Some(Number::AsWritten(number));
        }
        let sense = reading.number_sense(place);
        let found = match before.numbers[place] {
            Some((text, number)) if text == entry.text => NumberReading::Plain(number),
            Some(_) | None => read_number(entry.text, &sense),
        };
        match found {
            NumberReading::Plain(number) => {
                before.numbers[place] = Some((entry.text, number));
                let has_point = entry.text.contains('.');
                let evidence =
                    if has_point { Evidence::For(Way::Number(DecimalMark::Point)) } else { Evidence::Silent };
                self.seen[place] = Seen { evidence, oddities: Oddities::default() };
                Some(Number::AsWritten(number))
            }
            NumberReading::Read { number, mark, oddities } => {
                let evidence = mark.map_or(Evidence::Silent, |mark| Evidence::For(Way::Number(mark)));
                self.seen[place] = Seen { evidence, oddities };
                Some(Number::AsWritten(number))
            }
            NumberReading::Ambiguous { point, comma } => {
                self.seen[place].evidence = Evidence::Ambiguous;
                tell_ambiguous(WRITTEN[place], entry, (point, comma), reading.country, findings);
                None
            }
            other => self.unread(other, place, reading, findings),
        }
    }

    /// What is no plain number, but may be repaired into one.
    fn unread(
        &self,
        found: NumberReading,
        place: usize,
        reading: &Reading,
        findings: &mut Findings<'_>,
    ) -> Option<Number> {
        let field = WRITTEN[place];
        let entry = self.text(field)?;
        let sense = reading.number_sense(place);
        let (rule, text) = (rule_of(sense.amount), trimmed(entry.text));
        let (repair, number, message) = match found {
            NumberReading::WithUnit { number, unit } => {
                let own =
                    self.unit_of(entry).unwrap_or(if unit.is_weight() { Unit::Kilogram } else { Unit::Centimetre });
                let value = format!("{} {}", in_unit(number, unit, own), own.symbol());
                let broken =
                    (rule, format!("{field} `{text}` has its unit in the cell, and its column is in {}", own.symbol()));
                let proposal = Proposal { repair: Repair::Unit, field: field.name(), entry, value, broken };
                let (number, _) = converted(number, unit);
                return repaired(proposal, reading, findings).then_some(Number::Converted(number));
            }
            NumberReading::Counted(number) => (Repair::Pieces, number, not_a(field, entry)),
            NumberReading::Likely { proposal, slip } => {
                (slip.repair(), proposal, format!("{}: {}", not_a(field, entry), slip.words()))
            }
            NumberReading::Foreign(mark) => {
                let own = sense.currency.map_or("", Currency::code);
                findings.cell(Rule::ForeignCurrency, field.name(), entry).message =
                    format!("{field} `{text}` is in `{mark}`, and the shop's currency is {own}");
                return None;
            }
            NumberReading::Not(why) => {
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                findings.cell(rule, field.name(), entry).message = format!("{}{why}", not_a(field, entry));
                return None;
            }
            NumberReading::Plain(_) | NumberReading::Read { .. } | NumberReading::Ambiguous { .. } => return None,
        };
        let broken = (rule, message);
        let proposal = Proposal { repair, field: field.name(), entry, value: number.to_string(), broken };
        repaired(proposal, reading, findings).then_some(Number::AsWritten(number))
    }

    /// The unit that the header of a cell's column names.
    fn unit_of(&self, entry: Entry<'_>) -> Option<Unit> {
        self.columns.unit((entry.column as usize).checked_sub(1)?)
    }

    /// Seller SKU, associated SKU, product id, and what groups rows into products.
    pub(super) fn read_identifiers(&mut self, reading: &Reading, findings: &mut Findings<'_>) {
        if let Some(entry) = self.key_cell {
            let place = entry.column as usize - 1;
            // A key that is an identifier of its own is told as that.
            let is_told = matches!(self.columns.target(place), Target::Field(field) if IDENTIFIERS.contains(&field));
            let plain = cleaned(entry.text).text;
            if let Some(found) = damage(&plain, entry.kind).filter(|_| !is_told) {
                tell_damage(found, Field::ProductKey, entry, findings);
            }
            let shown = if entry.kind == Kind::Number { padded(entry.text, entry.digits) } else { None };
            self.key = Some(shown.map_or(plain, Cow::Owned));
        }
        for (place, field) in IDENTIFIERS.into_iter().enumerate() {
            let is_exact = field == Field::SellerSku && self.repeats_sku;
            let Some(entry) = self.text(field).filter(|_| !is_exact) else { continue };
            let found = damage(&cleaned(entry.text).text, entry.kind).or_else(|| cut_barcode(field, entry));
            if found.is_some_and(|found| tell_damage(found, field, entry, findings)) {
                self.spoil(field);
                continue;
            }
            let meant = meant(field, entry, findings);
            self.identifiers[place] = match field {
                Field::ProductId => Some(barcode(meant, entry, reading, findings)),
                _ => Some(meant).filter(|text| !text.is_empty()),
            };
        }
    }
}

/// A number as it was found in a cell.
enum Number {
    /// In the unit of its column.
    AsWritten(Decimal),
    /// From a unit of its own to the marketplace's.
    Converted(Decimal),
}

impl Number {
    fn value(self) -> Decimal {
        match self {
            Number::AsWritten(number) | Number::Converted(number) => number,
        }
    }
}

fn tell_ambiguous(
    field: Field,
    entry: Entry<'_>,
    (point, comma): (Decimal, Decimal),
    country: Option<Country>,
    findings: &mut Findings<'_>,
) {
    let text = trimmed(entry.text);
    let finding = findings.cell(Rule::AmbiguousNumber, field.name(), entry);
    finding.message = format!("{field} `{text}` is {point} with a decimal point, {comma} with a decimal comma");
    finding.help = format!(
        "write {point} or {comma} in a number cell, or say how numbers are written: {}",
        match country.map(Country::locale) {
            Some(locale) => format!("--locale {locale}, as in the shop's country, or another"),
            None => "--locale en (decimal point) or --locale de (decimal comma)".to_owned(),
        }
    );
}

/// Tells what a spreadsheet program has done to an identifier; whether that makes it useless.
fn tell_damage(found: Damage, field: Field, entry: Entry<'_>, findings: &mut Findings<'_>) -> bool {
    let text = trimmed(entry.text);
    let (rule, message) = match found {
        Damage::Scientific => (
            Rule::ScientificIdentifier,
            format!("{field} `{text}` was a number with more digits; a spreadsheet program has cut them off"),
        ),
        Damage::Rounded => (
            Rule::RoundedIdentifier,
            format!("{field} `{text}` is a number cell, which keeps 15 digits; those behind them are lost"),
        ),
        Damage::Date => (
            Rule::DateIdentifier,
            format!("{field} is the date {text}; a spreadsheet program has made it of what was typed"),
        ),
        Damage::SuspectDate => (
            Rule::SuspiciousIdentifier,
            format!("{field} `{text}` looks like a date that a spreadsheet program has made of what was typed"),
        ),
        Damage::SuspectRounded => (
            Rule::SuspiciousIdentifier,
            format!("{field} `{text}` has only zeros after its 15th digit, as a spreadsheet program leaves it"),
        ),
    };
    findings.cell(rule, field.name(), entry).message = message;
    matches!(found, Damage::Scientific | Damage::Rounded | Damage::Date)
}

/// An identifier as it is meant, and a note where that is not as typed.
fn meant<'a>(field: Field, entry: Entry<'a>, findings: &mut Findings<'_>) -> Cow<'a, str> {
    if entry.kind == Kind::Number
        && let Some(shown) = padded(entry.text, entry.digits)
    {
        findings.cell(Rule::PaddedIdentifier, field.name(), entry).message =
            format!("{field} {} is taken as `{shown}`, as its number format shows it", entry.text);
        return Cow::Owned(shown);
    }
    let plain = cleaned(entry.text);
    if plain.is_cleaned {
        findings.cell(Rule::CleanedIdentifier, field.name(), entry).message =
            format!("{field} `{}` is taken as `{}`", entry.text.escape_debug(), plain.text);
    } else if plain.is_trimmed {
        let finding = findings.cell(Rule::TrimmedSku, field.name(), entry);
        finding.message = format!("white space around {field} `{}` was left out", plain.text);
    }
    plain.text
}

/// A barcode that was shown as `4.90123E+12`, and typed or saved again: its last digits are zeros, and its check digit
/// does not fit.
fn cut_barcode(field: Field, entry: Entry<'_>) -> Option<Damage> {
    let is_cut = field == Field::ProductId
        && entry.kind == Kind::Number
        && matches!(entry.text.len(), 12..=14)
        && entry.text.ends_with("00000")
        && ProductId::gtin_fault(entry.text).is_some();
    is_cut.then_some(Damage::Scientific)
}

/// A product id, its lost zeros put back where that is certain.
fn barcode<'a>(meant: Cow<'a, str>, entry: Entry<'a>, reading: &Reading, findings: &mut Findings<'_>) -> Cow<'a, str> {
    let meant = match without_point(&meant) {
        Some(whole) => {
            findings.cell(Rule::CleanedIdentifier, "product_id", entry).message =
                format!("product_id `{meant}` is taken as `{whole}`");
            Cow::Owned(whole.to_owned())
        }
        None => meant,
    };
    let Some(fault) = ProductId::gtin_fault(&meant) else { return meant };
    let message = format!("ProductId `{meant}` is no EAN, UPC or GTIN: {fault}");
    let Some(whole) = with_lost_zeros(&meant) else {
        findings.cell(Rule::InvalidProductId, "product_id", entry).message = message;
        return meant;
    };
    let proposal = Proposal {
        repair: Repair::LostZeros,
        field: "product_id",
        entry,
        value: whole.clone(),
        broken: (Rule::InvalidProductId, message),
    };
    if repaired(proposal, reading, findings) { Cow::Owned(whole) } else { meant }
}

fn rule_of(amount: Amount) -> Rule {
    match amount {
        Amount::Money => Rule::InvalidPrice,
        Amount::Pieces => Rule::InvalidQuantity,
        Amount::Weight | Amount::Length => Rule::InvalidMeasure,
    }
}

fn not_a(field: Field, entry: Entry<'_>) -> String {
    let what = if field == Field::Quantity { "a whole number of zero or more" } else { "a number" };
    format!("{field} `{}` is not {what}", entry.text.trim())
}
