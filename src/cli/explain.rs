//! `skuload explain`: what a rule means, its severity, what to do, a sheet that breaks it and one that does not.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use skuload::finding::{Need, Rule, Severity, Specimen};
use skuload::location::column_letters;

use super::args::{ExplainArgs, FindingsFormat, Format};
use super::exit::{Exit, Failure};
use super::output::{self, style};
use super::settings::Settings;
use super::severity::no_rule;

/// Lines of prose are no longer.
const WIDTH: usize = 80;

/// A longer cell is cut in its middle.
const LONGEST_CELL: usize = 44;

const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();

pub(super) fn run(args: &ExplainArgs, settings: &Settings) -> Result<Exit, Failure> {
    // A format of findings may stand in the settings: it is none of a rule.
    let is_json = settings.decided.format.as_deref() == Some(FindingsFormat::Json.name());
    let format = if is_json { Format::Json } else { Format::Human };
    let named: Result<Vec<Rule>, Failure> =
        args.rules.iter().map(|name| Rule::named(name.trim()).ok_or_else(|| no_rule(name, Exit::Usage))).collect();
    let rules = named?;
    match format {
        Format::Json => {
            let all = if rules.is_empty() { Rule::ALL } else { &rules };
            all.iter().for_each(|rule| output::result(&output::json_line(&Line::of(*rule))));
        }
        Format::Human if rules.is_empty() => output::result(&list()),
        Format::Human => {
            let each: Vec<String> = rules.iter().map(|rule| explained(*rule)).collect();
            output::result(&each.join("\n"));
        }
    }
    Ok(Exit::Done)
}

/// All rules, the gravest first.
fn list() -> String {
    let width = Rule::ALL.iter().map(|rule| rule.name().len()).max().unwrap_or_default();
    let mut text = String::new();
    for (severity, means) in [
        (Severity::Error, "the row is not sent"),
        (Severity::Warning, "it is sent; look at it"),
        (Severity::Note, "nothing to do"),
    ] {
        let of_severity: Vec<&Rule> = Rule::ALL.iter().filter(|rule| rule.severity() == severity).collect();
        let style = style(severity);
        let _ = writeln!(text, "{style}{}s{style:#} ({}): {means}", severity, of_severity.len());
        for rule in of_severity {
            let lines = wrapped(rule.summary(), WIDTH - width - 4);
            let mut name = rule.name();
            for line in lines {
                let _ = writeln!(text, "  {STRONG}{name:<width$}{STRONG:#}  {line}");
                name = "";
            }
        }
        text.push('\n');
    }
    text + "skuload explain RULE shows one, with a sheet that breaks it\n"
}

/// One rule for people.
fn explained(rule: Rule) -> String {
    let style = style(rule.severity());
    let mut text = String::new();
    let title = format!("{}[{rule}]: ", rule.severity());
    let lines = wrapped(&format!("{title}{}", rule.summary()), WIDTH);
    let first = lines.first().map(String::as_str).unwrap_or_default();
    let _ = writeln!(
        text,
        "{style}{}[{rule}]{style:#}:{}",
        rule.severity(),
        first.strip_prefix(title.trim_end()).unwrap_or_default()
    );
    for line in lines.iter().skip(1) {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    for (name, words) in
        [("severity", severity(rule)), ("what to do", rule.help().to_owned()), ("source", rule.source().to_owned())]
    {
        let mut name = name;
        for line in wrapped(&words, WIDTH - 14) {
            let _ = writeln!(text, "  {FAINT}{name:<10}{FAINT:#}  {line}");
            name = "";
        }
    }
    let Some(example) = rule.example() else { return text };
    let _ = writeln!(text, "\n{style}breaks it{style:#}{}", at(&example.fails));
    text.push_str(&shown(&example.fails, style, &[]));
    let _ = writeln!(text, "\n{GOOD}does not{GOOD:#}");
    text.push_str(&shown(&example.passes, GOOD, &example.fails.needs));
    if !example.fails.needs.contains(&Need::Alone) {
        let _ = writeln!(text, "\n{FAINT}The other columns that a product needs are there, and sound.{FAINT:#}");
    }
    text
}

fn at(specimen: &Specimen) -> String {
    if specimen.at.is_empty() { String::new() } else { format!(", at {}", specimen.at) }
}

/// Its severity, and whether that can be changed.
fn severity(rule: Rule) -> String {
    let name = rule.name();
    match (rule.severity(), rule.is_firm()) {
        (Severity::Error, true) => "error, and no less: a row that breaks it cannot be sent".to_owned(),
        (Severity::Error, false) => format!("error; --rule {name}=warning sends the row all the same, =off is silent"),
        (Severity::Warning, _) => format!("warning; --rule {name}=error keeps the row back, =off is silent"),
        (Severity::Note, _) => format!("note; --rule {name}=warning or =error makes more of it, =off is silent"),
    }
}

/// The sheet as a spreadsheet shows it, with a mark at the cell, and what else must be known.
///
/// How it is checked is not said twice: `before` was said already.
fn shown(specimen: &Specimen, mark: Style, before: &[Need]) -> String {
    let mut text = grid(&specimen.rows, &specimen.at, mark);
    if let Some((name, rows)) = &specimen.second {
        let _ = writeln!(text, "  and the sheet {name}:");
        text.push_str(&grid(rows, "", mark));
    }
    let is_said = |need: &Need| matches!(need, Need::With(_) | Need::Import(_)) && before.contains(need);
    for words in specimen.needs.iter().filter(|need| !is_said(need)).filter_map(Need::words) {
        for (at, line) in wrapped(&words, WIDTH - 4).iter().enumerate() {
            let _ = writeln!(text, "  {} {line}", if at == 0 { "-" } else { " " });
        }
    }
    text
}

fn grid(rows: &[Vec<String>], at: &str, mark: Style) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row.get(column).map_or(0, |cell| cell.chars().count()));
        cells.max().unwrap_or_default().max(1)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let gutter = rows.len().to_string().len();
    let mut text = String::new();
    let line = |number: &str, cells: Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("  {FAINT}{number:>gutter$}{FAINT:#}  {}", padded.collect::<Vec<_>>().join("   ")).trim_end().to_owned()
    };
    let letters = (1..=columns).map(|column| column_letters(column as u32)).collect();
    let _ = writeln!(text, "{FAINT}{}{FAINT:#}", line("", letters).replace(&FAINT.to_string(), ""));
    for (number, row) in (1..).zip(&rows) {
        let _ = writeln!(text, "{}", line(&number.to_string(), row.clone()));
        if let Some((before, marks)) = pointer(at, number, row, &widths) {
            let _ = writeln!(text, "  {:gutter$}  {:before$}{mark}{marks}{mark:#}", "", "");
        }
    }
    text
}

/// A cell on one line: what nobody sees is spelt, and a long one cut in its middle.
fn plain(cell: &str) -> String {
    let mut text = String::new();
    for c in cell.chars() {
        match c {
            c if c.is_control() || ('\u{200b}'..='\u{200f}').contains(&c) => {
                let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    if cell.starts_with(' ') || cell.ends_with(' ') {
        text = format!("\"{text}\"");
    }
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= LONGEST_CELL {
        return text;
    }
    let half = LONGEST_CELL / 2;
    let (first, last) = (&letters[..half], &letters[letters.len() - half + 1..]);
    first.iter().chain(&['…']).chain(last).collect()
}

/// How far in, and with how many marks, the cell at fault is pointed at; of a whole row, all of it.
fn pointer(at: &str, number: usize, row: &[String], widths: &[usize]) -> Option<(usize, String)> {
    let before = |column: usize| widths[..column].iter().map(|width| width + 3).sum::<usize>();
    if at == format!("row {number}") {
        let last = row.len().checked_sub(1)?;
        let length = before(last) + row[last].chars().count();
        return Some((0, "^".repeat(length.max(1))));
    }
    let column = (0..row.len()).find(|column| at == format!("{}{number}", column_letters(*column as u32 + 1)))?;
    Some((before(column), "^".repeat(row[column].chars().count().max(1))))
}

/// The text in lines of at most so many letters, cut between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(last) if line == 0 => last.push_str(word),
            Some(last) if line + 1 + word.chars().count() <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A rule as machines read it.
#[derive(Serialize)]
struct Line {
    v: u8,
    kind: &'static str,
    rule: &'static str,
    severity: &'static str,
    /// It cannot be less.
    firm: bool,
    summary: &'static str,
    help: &'static str,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fails: Option<Sheet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passes: Option<Sheet>,
}

/// A specimen as machines read it.
#[derive(Serialize)]
struct Sheet {
    #[serde(skip_serializing_if = "str::is_empty")]
    at: &'static str,
    rows: &'static [Vec<String>],
    /// The rows are the whole sheet; otherwise the other columns that a product needs stand behind.
    whole: bool,
    needs: Vec<String>,
}

impl Line {
    fn of(rule: Rule) -> Line {
        let sheet = |specimen: &'static Specimen| Sheet {
            at: &specimen.at,
            rows: &specimen.rows,
            whole: specimen.needs.contains(&Need::Alone),
            needs: specimen.needs.iter().filter_map(Need::words).collect(),
        };
        Line {
            v: 1,
            kind: "rule",
            rule: rule.name(),
            severity: rule.severity().as_str(),
            firm: rule.is_firm(),
            summary: rule.summary(),
            help: rule.help(),
            source: rule.source(),
            fails: rule.example().map(|example| sheet(&example.fails)),
            passes: rule.example().map(|example| sheet(&example.passes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn every_rule_fits_a_narrow_terminal() {
        for rule in Rule::ALL {
            for line in bare(&explained(*rule)).lines().chain(bare(&list()).lines()) {
                assert!(line.chars().count() <= WIDTH, "{rule}: {line}");
            }
        }
    }

    #[test]
    fn the_cell_at_fault_is_pointed_at() {
        let text = bare(&explained(Rule::SaleNotBelowPrice));
        let expect = "breaks it, at B2\n     A       B               C\n  1  price   special_price   special_from_date\n  \
            2  99.00   129.00          2036-12-01\n             ^^^^^^\n";
        assert!(text.contains(expect), "{text}");
        for rule in Rule::ALL {
            assert!(explained(*rule).contains('^'), "{rule} points at nothing");
        }
    }

    #[test]
    fn words_are_cut_between_lines() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("longest-of-all b", 5), ["longest-of-all", "b"]);
    }
}
