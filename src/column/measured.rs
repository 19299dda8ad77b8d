//! Units and currencies at the end of a header: `Weight (g)`, `Length/mm`, `ราคา (บาท)`.

use std::sync::LazyLock;

use super::alias::{cleaned, is_requirement, squeezed};
use super::{Currency, Field, Unit};

/// The unit or the currency in which the cells of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measured {
    /// Of a weight or a length.
    Unit(Unit),
    /// Of a price.
    Currency(Currency),
}

/// A unit or currency that a header names, before it is known whether it fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// `g`
    Unit(Unit),
    /// `$` is several.
    Currency(Vec<Currency>),
}

impl Measured {
    /// How it is written in messages and mappings.
    pub(super) fn shown(self) -> &'static str {
        match self {
            Measured::Unit(unit) => unit.symbol(),
            Measured::Currency(currency) => currency.code(),
        }
    }
}

impl Mark {
    pub(super) fn named(text: &str) -> Option<Mark> {
        if let Some(unit) = Unit::named(text) {
            return Some(Mark::Unit(unit));
        }
        let currencies = Currency::marked(text);
        (!currencies.is_empty()).then_some(Mark::Currency(currencies))
    }

    /// How it is written in messages.
    pub(super) fn shown(&self) -> String {
        match self {
            Mark::Unit(unit) => unit.symbol().to_owned(),
            Mark::Currency(currencies) => {
                currencies.iter().map(|currency| currency.code()).collect::<Vec<_>>().join(" or ")
            }
        }
    }
}

/// A header cut into its name and a mark.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    pub(super) name: &'a str,
    pub(super) mark: Mark,
    /// What was cut off can be nothing but a mark: it stands in brackets.
    pub(super) is_plain: bool,
}

/// Every way to cut a header, the plainest first. The header is clean and without requirement.
pub(super) fn cuts(text: &str) -> Vec<Cut<'_>> {
    let bracketed = bracketed(text).into_iter();
    bracketed.chain(parted(text)).chain(joined(text)).collect()
}

/// `Weight (g)`, `Weight [unit: g]`
fn bracketed(text: &str) -> Option<Cut<'_>> {
    let open = match text.chars().next_back()? {
        ')' => '(',
        ']' => '[',
        '}' => '{',
        '>' => '<',
        _ => return None,
    };
    let at = text.rfind(open)?;
    let inside = &text[at + 1..text.len() - 1];
    let mut words = inside.split([',', ';']).filter(|word| !is_requirement(word));
    let word = words.next().filter(|_| words.next().is_none())?;
    Some(Cut { name: text[..at].trim_end(), mark: told(word)?, is_plain: true })
}

/// A mark, or one with a word that says so: `unit: g`, `in g`.
fn told(text: &str) -> Option<Mark> {
    const SAYING: [&str; 12] =
        ["unit", "in", "currency", "หน่วย", "เป็น", "สกุลเงิน", "đơnvị", "đvt", "satuan", "dalam", "单位", "單位"];
    let text = squeezed(text);
    let text = text.trim_start_matches(':');
    let plain = Mark::named(text).or_else(|| Mark::named(text.trim_end_matches('.')));
    plain.or_else(|| {
        let rest = SAYING.iter().find_map(|word| text.strip_prefix(squeezed(&cleaned(word)).as_str()))?;
        Mark::named(rest.trim_start_matches(':'))
    })
}

/// `Weight g`, `Weight_kg`, `Package Weight/kg`, `Weight in g`
fn parted(text: &str) -> Option<Cut<'_>> {
    let is_gap = |c: char| c.is_whitespace() || matches!(c, '_' | '-' | '/' | ',' | ':' | '.');
    let end = text.strip_suffix('.').unwrap_or(text);
    let at = end.rfind(is_gap)?;
    let word = text[at..].trim_start_matches(is_gap);
    let name = text[..at].trim_end_matches(is_gap);
    let name = name.strip_suffix(" in").unwrap_or(name);
    let mark = Mark::named(word)?;
    // A single letter may be anything; in brackets it is a mark.
    let is_letter = matches!(mark, Mark::Currency(_)) && word.len() == 1 && word.is_ascii() && word != "$";
    (!is_letter).then_some(Cut { name, mark, is_plain: false })
}

/// Every name of every unit and currency, as [`cleaned`] leaves it.
pub(super) static MARKS: LazyLock<Vec<(String, Mark)>> = LazyLock::new(|| {
    let units = Unit::ALL.iter().flat_map(|unit| unit.names()).copied();
    let names = units.chain(Currency::all_marks());
    names.filter_map(|name| Some((cleaned(name), Mark::named(name)?))).collect()
});

/// `น้ำหนักกรัม`, `重量kg`: without a gap, where the script changes or the language writes none.
fn joined(text: &str) -> Vec<Cut<'_>> {
    let mut cuts = Vec::new();
    // One script alone changes nowhere.
    if text.is_ascii() {
        return cuts;
    }
    for (ending, mark) in MARKS.iter() {
        let Some(name) = strip_ending(text, ending) else { continue };
        let is_seen = if ending.is_ascii() {
            name.chars().next_back().is_some_and(|last| !last.is_ascii())
        } else {
            ending.chars().count() > 1 || ending.chars().all(is_ideograph)
        };
        if is_seen {
            cuts.push(Cut { name, mark: mark.clone(), is_plain: false });
        }
    }
    cuts
}

fn strip_ending<'a>(text: &'a str, ending: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(ending.len()).filter(|at| text.is_char_boundary(*at))?;
    let end = &text[at..];
    // Rows of data are looked at too: no copy where none is needed.
    let is_it = if ending.is_ascii() { end.eq_ignore_ascii_case(ending) } else { end.to_lowercase() == ending };
    is_it.then(|| &text[..at])
}

pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// How a mark goes with a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is the field's unit or currency.
    One(Measured),
    /// It is one of these.
    Several(Vec<Currency>),
    /// It measures something else.
    No,
    /// The field has neither unit nor currency.
    NotMeasured,
}

/// The unit in which a field is sent.
pub(super) fn own_unit(field: Field) -> Option<Unit> {
    match field {
        Field::PackageWeight => Some(Unit::Kilogram),
        Field::PackageLength | Field::PackageWidth | Field::PackageHeight => Some(Unit::Centimetre),
        Field::SellerSku
        | Field::ProductKey
        | Field::AssociatedSku
        | Field::Category
        | Field::SpuId
        | Field::Name
        | Field::ShortDescription
        | Field::Description
        | Field::Brand
        | Field::Model
        | Field::Price
        | Field::Quantity
        | Field::SpecialPrice
        | Field::SpecialFrom
        | Field::SpecialTo
        | Field::ProductId
        | Field::SpecialFromTime
        | Field::SpecialToTime
        | Field::Active
        | Field::ItemId => None,
    }
}

/// Whether a mark can be said of a field.
pub(super) fn fit(field: Field, mark: &Mark) -> Fit {
    let is_price = matches!(field, Field::Price | Field::SpecialPrice);
    match (own_unit(field), mark) {
        (Some(own), Mark::Unit(unit)) if own.is_weight() == unit.is_weight() => Fit::One(Measured::Unit(*unit)),
        (None, Mark::Currency(currencies)) if is_price => match currencies.as_slice() {
            [one] => Fit::One(Measured::Currency(*one)),
            several => Fit::Several(several.to_vec()),
        },
        (None, Mark::Unit(_) | Mark::Currency(_)) if !is_price => Fit::NotMeasured,
        (Some(_) | None, Mark::Unit(_) | Mark::Currency(_)) => Fit::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expect: &str) {
        let text = cleaned(header);
        let shown = cuts(&text).first().map(|cut| format!("{}|{}", cut.name, cut.mark.shown())).unwrap_or_default();
        assert_eq!(shown, cleaned(expect), "{header}");
    }

    #[test]
    fn a_header_is_cut_into_its_name_and_what_it_is_measured_in() {
        check("Weight (g)", "Weight|g");
        check("Weight[g]", "Weight|g");
        check("Weight （ｇ）", "Weight|g");
        check("Weight (unit: gram)", "Weight|g");
        check("Weight (kg, required)", "Weight|kg");
        check("Weight (Kg.)", "Weight|kg");
        check("Weight g", "Weight|g");
        check("Weight_kg", "Weight|kg");
        check("Package Weight/kg", "Package Weight|kg");
        check("Weight in Grams", "Weight|g");
        check("กว้าง (ซม.)", "กว้าง|cm");
        check("กว้าง ซม.", "กว้าง|cm");
        check("น้ำหนักกรัม", "น้ำหนัก|g");
        check("重量kg", "重量|kg");
        check("重量克", "重量|g");
        check("Height (″)", "Height|in");
        check("ราคา (บาท)", "ราคา|THB");
        check("Price THB", "Price|THB");
        check("Price (RM)", "Price|MYR");
        check("Price ($)", "Price|SGD or USD");
    }

    #[test]
    fn what_is_no_unit_stays_a_part_of_the_name() {
        check("Price (incl. VAT)", "");
        check("weightg", "");
        check("Variant P", "");
        check("Name", "");
        check("(g)", "|g");
    }
}
