//! What the marketplace refused, at the cells of the row that hold it.
//!
//! A verdict names fields as the marketplace does, and knows of no columns: the sheet tells where each is.

use std::borrow::Cow;

use crate::column::{Table, Tagged};
use crate::location::column_letters;
use crate::verdict::RowVerdict;

/// The verdict with the cells of what was refused, or what is to be added where the sheet has none.
pub(super) fn placed<'v>(verdict: &'v RowVerdict, table: &Table) -> Cow<'v, RowVerdict> {
    let mut advice: Vec<String> = Vec::new();
    for field in &verdict.fields {
        let Some(said) = advice_on(field, verdict.row, table).filter(|said| !advice.contains(said)) else { continue };
        advice.push(said);
    }
    if advice.is_empty() {
        return Cow::Borrowed(verdict);
    }
    if !verdict.help.is_empty() {
        advice.push(verdict.help.clone());
    }
    Cow::Owned(RowVerdict { help: advice.join("; "), ..verdict.clone() })
}

/// The columns that hold what the marketplace refused, from 1 and each once.
#[must_use]
pub fn refused_columns(verdict: &RowVerdict, table: &Table) -> Vec<u32> {
    let mut columns = Vec::new();
    for field in &verdict.fields {
        match table.columns.column_of_tag(field) {
            Tagged::Column(column) if !columns.contains(&column) => columns.push(column),
            Tagged::Column(_) | Tagged::Constant | Tagged::Absent | Tagged::Nothing => {}
        }
    }
    columns
}

fn advice_on(field: &str, row: u32, table: &Table) -> Option<String> {
    let columns = &table.columns;
    match columns.column_of_tag(field) {
        Tagged::Column(column) => Some(format!("look at {}{row} ({field})", column_letters(column))),
        Tagged::Constant => Some(format!("look at the constant for {field}, from --set or [defaults]")),
        Tagged::Absent => Some(format!("add a column {field}, which the sheet does not have")),
        Tagged::Nothing => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::column::{Choice, choose};
    use crate::sheet::{Input, ReadOptions, Source};
    use crate::verdict::{Images, Verdict};

    fn table_and_verdict(fields: &[&str]) -> (Table, RowVerdict) {
        let text = "SellerSku,name,price,warranty_type,Image1\nA,Tee,9,,\n";
        let source = Source::open("t.csv", Input::Bytes(Arc::from(text.as_bytes())), &ReadOptions::default()).unwrap();
        let set = vec![("brand".to_owned(), "Acme".to_owned()), ("attr.material".to_owned(), "Wool".to_owned())];
        let mut tables = choose(&source, &Choice { set, ..Choice::default() }).unwrap();
        let verdict = RowVerdict {
            sheet: String::new(),
            row: 2,
            seller_sku: "A".to_owned(),
            product: "Tee".to_owned(),
            verdict: Verdict::Rejected,
            images: Images::None,
            rule_or_code: "500".to_owned(),
            message: "refused".to_owned(),
            help: "mend the row".to_owned(),
            also: Vec::new(),
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            columns: Vec::new(),
            request: String::new(),
            attempts: 1,
        };
        (tables.remove(0), verdict)
    }

    #[track_caller]
    fn check(fields: &[&str], expect: &str) {
        let (table, verdict) = table_and_verdict(fields);
        assert_eq!(placed(&verdict, &table).help, expect, "{fields:?}");
    }

    #[test]
    fn what_was_refused_has_its_columns_once() {
        let (table, verdict) = table_and_verdict(&["price", "__images__", "brand", "price", "color_family", "Skus"]);
        assert_eq!(refused_columns(&verdict, &table), [3, 5]);
    }

    #[test]
    fn what_was_refused_is_named_by_its_cell() {
        check(&[], "mend the row");
        check(&["warranty_type"], "look at D2 (warranty_type); mend the row");
        check(&["price", "price", "SellerSku"], "look at C2 (price); look at A2 (SellerSku); mend the row");
        check(&["__images__"], "look at E2 (__images__); mend the row");
    }

    #[test]
    fn what_the_sheet_lacks_is_to_be_added() {
        check(&["color_family"], "add a column color_family, which the sheet does not have; mend the row");
        check(&["package_weight"], "add a column package_weight, which the sheet does not have; mend the row");
    }

    #[test]
    fn a_constant_is_named_as_one() {
        check(&["brand"], "look at the constant for brand, from --set or [defaults]; mend the row");
        check(&["material"], "look at the constant for material, from --set or [defaults]; mend the row");
    }

    #[test]
    fn a_part_of_the_request_itself_has_no_cell() {
        check(&["Product", "Skus"], "mend the row");
    }
}
