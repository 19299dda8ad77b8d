//! What is said of the columns as a whole: those that are missing, and those that are not sent.

use super::header::Candidate;
use super::resolve::{Resolver, is_xml_name};
use super::{Choice, Columns, Field, MANDATORY};
use crate::finding::{Finding, Rule};
use crate::location::{Location, column_letters};
use crate::sheet::Source;

/// All findings of a header.
pub(super) fn findings(mut resolver: Resolver<'_>, columns: &Columns) -> Vec<Finding> {
    tell_unsent(&mut resolver, columns);
    let header = resolver.header;
    // What keeps every row back comes first.
    let missing = MANDATORY.iter().filter(|(field, excuse)| !columns.has(*field) && !columns.may_excuse(*excuse));
    let mut findings: Vec<Finding> = missing.map(|(field, _)| missing_column(*field, header)).collect();
    findings.append(&mut resolver.findings);
    if !columns.has_variant_attribute() {
        let message = "the sheet has no column for a SKU attribute, which the marketplace asks of every product";
        findings.push(Finding::new(Rule::NoSkuAttribute, header.clone()).message(message));
    }
    findings
}

fn tell_unsent(resolver: &mut Resolver<'_>, columns: &Columns) {
    if !resolver.unknown.is_empty() {
        let names: Vec<String> = resolver.unknown.iter().map(|name| format!("`{name}`")).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        let help: Vec<String> = resolver.unknown.iter().map(|name| advice(name, columns, resolver.choice)).collect();
        let finding = Finding::new(Rule::UnknownColumn, resolver.header.clone());
        let message = format!("{} {verb} not sent: no such field or attribute is known", names.join(", "));
        resolver.findings.push(finding.message(message).help(help.join("; ")));
    }
    if !resolver.ignored.is_empty() {
        let names: Vec<String> = resolver.ignored.iter().map(|name| format!("`{name}`")).collect();
        let finding = Finding::new(Rule::IgnoredColumn, resolver.header.clone());
        let (belong, are) = if names.len() == 1 { ("belongs", "is") } else { ("belong", "are") };
        let names = names.join(", ");
        let message = format!("{names} {belong} to the seller centre's bookkeeping and {are} not sent");
        resolver.findings.push(finding.message(message));
    }
    if !resolver.statuses.is_empty() {
        let names: Vec<String> = resolver.statuses.iter().map(|name| format!("`{name}`")).collect();
        let are = if names.len() == 1 { "is" } else { "are" };
        let message = format!("{} {are} not sent: a new SKU has no status", names.join(", "));
        let finding = Finding::new(Rule::IgnoredColumn, resolver.header.clone()).field(Field::Active.name());
        let help = "nothing to do; --mode upsert switches those off that are to be inactive, once they are created";
        resolver.findings.push(finding.message(message).help(help));
    }
}

/// The other sheets of a workbook that look like sheets of products: what is said, and what to do.
pub(super) fn other_sheets(source: &Source, read: &Candidate, others: &[Candidate]) -> Option<(String, String)> {
    let is_of_products = |other: &&Candidate| {
        let is_near = other.score >= 4 || 2 * other.score >= read.score;
        is_near && other.mandatory >= 2 && other.has_rows
    };
    let others: Vec<&Candidate> = others.iter().filter(is_of_products).collect();
    let name = |other: &&Candidate| {
        let is_hidden = source.hidden_sheets().contains(&other.sheet);
        format!("{}`{}`", if is_hidden { "the hidden sheet " } else { "the sheet " }, other.sheet)
    };
    let names: Vec<String> = others.iter().map(name).collect();
    let has = match names.len() {
        0 => return None,
        1 => "has headers of products too, and is",
        _ => "have headers of products too, and are",
    };
    let message = format!("{} {has} not read: only `{}` is", names.join(" and "), read.sheet);
    let flags = std::iter::once(&read.sheet).chain(others.iter().map(|other| &other.sheet));
    let flags: Vec<String> = flags.map(|sheet| format!("--sheet \"{sheet}\"")).collect();
    let both = if names.len() == 1 { "both" } else { "all" };
    Some((message, format!("read {both} with {}; or name the one that is meant, {}", flags.join(" "), flags[0])))
}

/// A text file whose encoding nobody named.
pub(super) fn guessed_encoding(name: &str, header: &Location) -> Finding {
    let message = format!("the file is read as {name}, which was guessed from its letters");
    let help = format!("look whether the texts are right; --encoding {name} keeps it so, another name changes it");
    Finding::new(Rule::GuessedEncoding, header.clone()).value(name).message(message).help(help)
}

/// A mandatory field that no column and no constant gives, told once at the header.
#[must_use]
pub fn missing_column(field: Field, header: &Location) -> Finding {
    let message = format!("the sheet has no column for the mandatory field {field}");
    let mut finding = Finding::new(Rule::MissingColumn, header.clone()).field(field.name()).message(message);
    if field != Field::SellerSku {
        finding.help = format!(
            "add a column {field}, or map one with --map \"Your header={field}\", or give all rows one value with --set {field}=VALUE"
        );
    } else {
        finding.help =
            "add a column seller_sku, or map one with --map \"Your header=seller_sku\": each row needs its own"
                .to_owned();
    }
    finding
}

/// What would send an unknown column, and the nearest known name.
fn advice(header: &str, columns: &Columns, choice: &Choice) -> String {
    let is_sound = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let tag: String = header.to_lowercase().chars().map(|c| if is_sound(c) { c } else { '_' }).collect();
    let tag = tag.trim_matches('_');
    let tag = if is_xml_name(tag) { tag.to_owned() } else { format!("_{tag}") };
    let send = format!(
        "leave `{header}` out with --map \"{header}=ignore\", or send it with --map \"{header}=sku.{tag}\" (SKU) or --map \"{header}=attr.{tag}\" (product)"
    );
    let called: Vec<String> = choice.listed(header).iter().map(|one| one.kind.name.clone()).collect();
    if !called.is_empty() {
        let mappings: Vec<String> = called.iter().map(|name| format!("--map \"{header}=attr.{name}\"")).collect();
        return format!("several attributes are called `{header}`: say which with {}; {send}", mappings.join(" or "));
    }
    let Some(near) = choice.nearest(header) else { return send };
    match columns.column_meaning(near) {
        None => format!("did you mean `{near}`? --map \"{header}={near}\"; {send}"),
        Some(column) => {
            format!("did you mean `{near}`, which is column {} already? {send}", column_letters(column))
        }
    }
}

/// Headers in a message, the first twenty.
pub(super) fn listed(headers: &[String]) -> String {
    let named: Vec<&str> = headers.iter().map(|header| header.trim()).filter(|header| !header.is_empty()).collect();
    let mut text = named.iter().take(20).copied().collect::<Vec<_>>().join(", ");
    if named.len() > 20 {
        text.push_str(", ...");
    }
    text
}
