//! `check --fix FILE`: the sheet again with what is certain put right, and each change told.

use std::path::PathBuf;

use serde::Serialize;
use skuload::check::{Rules, fixes};
use skuload::column::Table;
use skuload::location::{Location, column_letters};
use skuload::patch::{as_written, fix, try_fix};
use skuload::record::Fix;

use super::again;
use super::args::{CheckArgs, FindingsFormat};
use super::exit::{Exit, Failure};
use super::input::is_stdin;
use super::output::{self, counted, plain};
use super::settings::{Settings, quoted};

/// One sheet is put right in one file.
pub(super) fn refuse_many(to: Option<&PathBuf>, files: &[PathBuf]) -> Result<(), Failure> {
    let Some(to) = to.filter(|_| files.len() > 1) else { return Ok(()) };
    let message = format!("--fix {}: it takes one sheet, and {} are named", to.display(), files.len());
    Err(Failure::new(Exit::Usage, message).help("put each sheet right in a command of its own"))
}

/// Where the sheet that is put right goes; the path is tried.
#[derive(Debug)]
pub(super) struct Fixing {
    to: PathBuf,
    /// The command that checks it.
    next: String,
}

impl Fixing {
    /// The one file that `args` name is put right; nothing where that is not asked for.
    pub(super) fn begin(args: &CheckArgs, tables: &[Table], settings: &Settings) -> Result<Option<Fixing>, Failure> {
        let (Some(to), Some(sheet)) = (&args.fix, args.files.first()) else { return Ok(None) };
        if let Some(table) = tables.first() {
            try_fix(to, &table.source, (!is_stdin(sheet)).then_some(sheet))?;
        }
        Ok(Some(Fixing { to: to.clone(), next: again::check(to, args, settings) }))
    }

    /// Puts right what is certain, and tells each change.
    pub(super) fn write(&self, tables: &[Table], rules: &Rules, format: FindingsFormat) -> Result<Exit, Failure> {
        let mut found: Vec<(Location, Fix)> = Vec::new();
        let Some(table) = tables.first() else { return Ok(Exit::Done) };
        fixes(tables, rules, &mut |location, fix| {
            found.extend(as_written(&self.to, &table.source, fix).map(|fix| (location, fix)));
        })?;
        let outcome = fix(&self.to, tables, &found)?;
        let is_formula = |location: &Location| {
            let place = (location.row, location.column.unwrap_or_default());
            let sheet = location.sheet.as_deref().unwrap_or_default();
            outcome.formulas.iter().any(|(there, at)| there == sheet && *at == place)
        };
        let (kept, changed): (Vec<_>, Vec<_>) = found.iter().partition(|(location, _)| is_formula(location));
        for (location, fix) in &changed {
            tell(location, fix, format);
        }
        for (location, fix) in &kept {
            let message = format!("{location}: {} would be `{}`, but the cell is a formula", fix.field, shown(&fix.to));
            output::warn(&message);
        }
        let cells = counted(changed.len() as u64, "cell", "cells");
        let to = quoted(&self.to.display().to_string());
        let recoded =
            outcome.recoded_from.map(|encoding| format!(", in UTF-8 (it was {encoding})")).unwrap_or_default();
        output::say(&plain(&format!("fixed: {to}, with {cells} changed{recoded}; check it with: {}", self.next)));
        Ok(Exit::Done)
    }
}

/// A change as machines read it.
#[derive(Serialize)]
struct FixLine<'a> {
    v: u8,
    kind: &'static str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<&'a str>,
    row: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    column: String,
    field: &'a str,
    from: &'a str,
    to: &'a str,
    message: &'a str,
}

fn tell(location: &Location, fix: &Fix, format: FindingsFormat) {
    let words = || {
        let (field, from, to) = (&fix.field, shown(&fix.from), shown(&fix.to));
        let change = if to.is_empty() { format!("`{from}` is gone") } else { format!("`{from}` is `{to}`") };
        format!("fixed[{field}]: {}\n  at {}", plain(&format!("{change}: {}", fix.why)), plain(&location.to_string()))
    };
    match format {
        FindingsFormat::Human => output::result(&format!("{}\n\n", words())),
        FindingsFormat::Json => output::result(&output::json_line(&FixLine {
            v: 1,
            kind: "fix",
            file: &location.file,
            sheet: location.sheet.as_deref(),
            row: location.row,
            line: location.line,
            column: column_letters(fix.column),
            field: &fix.field,
            from: &fix.from,
            to: &fix.to,
            message: fix.why,
        })),
        // Their lines are findings.
        FindingsFormat::Csv | FindingsFormat::Sarif => output::say(&words()),
    }
}

/// A value with what nobody sees in it made seen.
fn shown(value: &str) -> String {
    let is_seen = |c: char| c == ' ' || !(c.is_whitespace() || c.is_control() || skuload::column::is_invisible(c));
    let mut shown = String::new();
    for c in value.chars() {
        if is_seen(c) { shown.push(c) } else { shown.extend(c.escape_unicode()) }
    }
    shown
}
