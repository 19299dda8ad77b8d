//! The first sheet: what was found, by rule, with links to the cells.

use std::fmt::Write as _;

use super::book::quoted;
use super::edit::Place;
use super::error::Snag;
use super::styles::{Look, Styles};
use super::tokens::{Kind, Tokens, escaped, escaped_text};
use super::worksheet::name;
use crate::finding::Severity;
use crate::sheet::place;

/// The hidden column that holds the styles of cells which their marks do not tell, each with its number.
pub(super) const KEPT_COLUMN: u32 = 7;
/// What the columns hold, and how wide they are in characters.
const COLUMNS: [(&str, u8); 6] =
    [("severity", 11), ("rule or code", 27), ("where", 15), ("value", 30), ("what is wrong", 60), ("what to do", 60)];
/// The most links of a sheet (Excel specifications and limits).
const MOST_LINKS: usize = 65_000;
/// The highest row, in points.
const HIGHEST: u32 = 240;
/// The most characters of a value; the cell itself has the rest.
const LONGEST_VALUE: usize = 300;

/// What the first sheet tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    /// What the sheet is about, line by line: the file, what was done with it, how and when.
    pub about: String,
    /// How many errors, warnings and notes there are.
    pub counts: [u64; 3],
    /// What was found, the gravest first.
    pub groups: Vec<Group>,
    /// More that must be said.
    pub said: Vec<String>,
}

/// Everything found of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// How much it weighs.
    pub severity: Severity,
    /// The rule, or the marketplace's code.
    pub code: String,
    /// What it means.
    pub summary: String,
    /// What to do.
    pub help: String,
    /// How often it was found.
    pub count: u64,
    /// Where, as far as is told.
    pub cells: Vec<Listed>,
}

/// One place of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The sheet's name.
    pub sheet: String,
    /// The cell.
    pub at: Place,
    /// What is shown of its place, where that is no cell: `row 14`.
    pub shown: String,
    /// The value as typed.
    pub value: String,
    /// What is wrong here.
    pub message: String,
    /// What to do here.
    pub help: String,
}

impl Digest {
    /// The row of the headers; those above tell what the sheet is about.
    pub(super) fn header_row(&self) -> u32 {
        u32::try_from(self.about.lines().count()).unwrap_or(0) + 5
    }

    /// The part of the sheet.
    pub(super) fn part(&self, namespace: &str, styles: &mut Styles) -> Vec<u8> {
        let header_row = self.header_row();
        let mut page = Page { styles, rows: String::new(), links: Vec::new(), row: 0 };
        page.line(&[("what skuload found", Look::Title)], 0);
        for about in self.about.lines() {
            page.line(&[(about, Look::Plain)], 0);
        }
        page.line(&[(&self.counted(), Look::Plain)], 0);
        let said = self.said.iter().map(String::as_str);
        let said: Vec<&str> = std::iter::once(
            "cells are coloured as here and carry a note; this sheet, the colours and the notes are no part of the \
             import, and are made anew next time",
        )
        .chain(said)
        .collect();
        page.line(&[(&said.join("; "), Look::Quiet)], 0);
        page.line(&[], 0);
        page.line(&COLUMNS.map(|(header, _)| (header, Look::Header)), 0);
        for group in &self.groups {
            page.group(group);
        }
        if self.groups.is_empty() {
            page.line(&[("", Look::Text), ("nothing was found", Look::Text)], 0);
        }
        page.rest_of_kept();
        page.written(namespace, header_row)
    }

    /// `3 errors, 7 warnings, 2 notes`
    fn counted(&self) -> String {
        let words = [("error", "errors"), ("warning", "warnings"), ("note", "notes")];
        let counts = self
            .counts
            .iter()
            .zip(words)
            .map(|(count, (one, many))| format!("{count} {}", if *count == 1 { one } else { many }));
        counts.collect::<Vec<_>>().join(", ")
    }
}

struct Page<'s> {
    styles: &'s mut Styles,
    rows: String,
    links: Vec<(Place, String)>,
    row: u32,
}

impl Page<'_> {
    fn group(&mut self, group: &Group) {
        let count = if group.count == 1 { "1 place".to_owned() } else { format!("{} places", group.count) };
        self.line(
            &[
                (group.severity.as_str(), Look::Severity(group.severity)),
                (&group.code, Look::GroupName),
                (&count, Look::Group),
                ("", Look::Group),
                (&group.summary, Look::Group),
                (&group.help, Look::Group),
            ],
            0,
        );
        let mut left_out = group.count;
        for listed in &group.cells {
            if self.links.len() >= MOST_LINKS {
                break;
            }
            left_out = left_out.saturating_sub(1);
            let value = shortened(&listed.value);
            // What the heading says need not be said again.
            let message = if listed.message == group.summary { "" } else { &listed.message };
            let help = if listed.help == group.help { "" } else { &listed.help };
            let texts = [("", Look::Text), ("", Look::Text), (&listed.shown, Look::Link), (&value, Look::Text)];
            self.line(&[&texts[..], &[(message, Look::Text), (help, Look::Text)]].concat(), 1);
            self.links.push(((self.row, 3), format!("{}!{}", quoted(&listed.sheet), name(listed.at))));
        }
        if left_out > 0 {
            let more = format!("and {left_out} more");
            self.line(&[("", Look::Text), ("", Look::Text), (&more, Look::Quiet)], 1);
        }
    }

    /// One row of texts.
    fn line(&mut self, texts: &[(&str, Look)], level: u8) {
        self.row += 1;
        let outline = if level > 0 { format!(" outlineLevel=\"{level}\"") } else { String::new() };
        let height = height(texts);
        let _ = write!(self.rows, "<row r=\"{}\" ht=\"{height}\" customHeight=\"1\"{outline}>", self.row);
        for (column, (text, look)) in (1..).zip(texts) {
            let style = self.styles.own(*look);
            let at = name((self.row, column));
            if text.is_empty() {
                let _ = write!(self.rows, "<c r=\"{at}\" s=\"{style}\"/>");
            } else {
                let text = escaped_text(&fitting(text));
                let _ = write!(
                    self.rows,
                    "<c r=\"{at}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>"
                );
            }
        }
        self.keep();
        self.rows.push_str("</row>");
    }

    /// The style that is kept under the number of this row, if there is one.
    fn keep(&mut self) {
        let kept = self.styles.kept().get(self.row as usize - 1);
        if let Some(style) = kept {
            let at = name((self.row, KEPT_COLUMN));
            let _ = write!(self.rows, "<c r=\"{at}\" s=\"{style}\"><v>{}</v></c>", self.row);
        }
    }

    /// Rows for what is kept beyond the last one.
    fn rest_of_kept(&mut self) {
        while self.styles.kept().len() > self.row as usize {
            self.row += 1;
            let _ = write!(self.rows, "<row r=\"{}\" hidden=\"1\">", self.row);
            self.keep();
            self.rows.push_str("</row>");
        }
    }

    fn written(self, namespace: &str, header: u32) -> Vec<u8> {
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet xmlns=\"{namespace}\"><sheetPr>\
             <tabColor rgb=\"FFC00000\"/><outlinePr summaryBelow=\"0\"/><pageSetUpPr fitToPage=\"1\"/></sheetPr><sheetViews>\
             <sheetView showGridLines=\"0\" tabSelected=\"1\" workbookViewId=\"0\"><pane ySplit=\"{header}\" \
             topLeftCell=\"A{}\" activePane=\"bottomLeft\" state=\"frozen\"/><selection pane=\"bottomLeft\" \
             activeCell=\"A{}\" sqref=\"A{}\"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\" \
             outlineLevelRow=\"1\"/><cols>",
            header + 1,
            header + 1,
            header + 1
        );
        for (at, (_, width)) in (1..).zip(COLUMNS) {
            let _ = write!(xml, "<col min=\"{at}\" max=\"{at}\" width=\"{width}\" customWidth=\"1\"/>");
        }
        if !self.styles.kept().is_empty() {
            let _ = write!(
                xml,
                "<col min=\"{KEPT_COLUMN}\" max=\"{KEPT_COLUMN}\" width=\"9\" hidden=\"1\" customWidth=\"1\"/>"
            );
        }
        let _ = write!(xml, "</cols><sheetData>{}</sheetData>", self.rows);
        if !self.links.is_empty() {
            xml.push_str("<hyperlinks>");
            for (at, target) in &self.links {
                let _ = write!(xml, "<hyperlink ref=\"{}\" location=\"{}\"/>", name(*at), escaped(target));
            }
            xml.push_str("</hyperlinks>");
        }
        xml.push_str(
            "<pageMargins left=\"0.4\" right=\"0.4\" top=\"0.5\" bottom=\"0.5\" header=\"0.3\" footer=\"0.3\"/>\
             <pageSetup orientation=\"landscape\" fitToHeight=\"0\"/></worksheet>",
        );
        xml.into_bytes()
    }
}

/// The height of a row in points: not every program fits rows to texts that are wrapped.
fn height(texts: &[(&str, Look)]) -> u32 {
    let lines = |(text, width): (&(&str, Look), u8)| match text.1 {
        Look::Title => 2,
        Look::Plain | Look::Quiet => 1,
        Look::Header | Look::Group | Look::GroupName | Look::Text | Look::Link | Look::Severity(_) => {
            text.0.split('\n').map(|line| wide(line).div_ceil(u32::from(width) * 11 / 10).max(1)).sum()
        }
    };
    let lines = texts.iter().zip(COLUMNS.map(|(_, width)| width)).map(lines).max().unwrap_or(1);
    (15 * lines + 1).min(HIGHEST)
}

/// How wide a text is in characters; ideographs are twice as wide.
fn wide(text: &str) -> u32 {
    text.chars().map(|c| if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{ffdc}') { 2 } else { 1 }).sum()
}

fn shortened(value: &str) -> String {
    if value.chars().count() <= LONGEST_VALUE {
        return value.to_owned();
    }
    value.chars().take(LONGEST_VALUE).chain(std::iter::once('…')).collect()
}

/// The text, cut to what a cell holds in any case.
fn fitting(text: &str) -> String {
    if text.len() <= 32_000 {
        text.to_owned()
    } else {
        text.chars().take(8_000).chain(std::iter::once('…')).collect()
    }
}

/// The styles that a first sheet of before has kept: their numbers and the styles.
pub(super) fn kept_in(part: &[u8]) -> Result<Vec<(u32, u32)>, Snag> {
    let (mut kept, mut style, mut is_value) = (Vec::new(), None, false);
    let mut tokens = Tokens::new(part);
    while let Some(token) = tokens.next()? {
        if token.begins(b"c") {
            let at = token.attribute("r").and_then(|name| place::cell(name.trim().as_bytes()));
            style = at.filter(|(_, column)| *column == KEPT_COLUMN).and_then(|_| token.number("s"));
        } else if token.kind == Kind::Between {
            let number = String::from_utf8_lossy(token.raw).trim().parse::<f64>().ok();
            let number = number.filter(|number| is_value && number.fract() == 0.0 && (1.0..65_536.0).contains(number));
            if let (Some(style), Some(number)) = (style, number) {
                kept.push((number as u32, style));
            }
        }
        is_value = token.begins(b"v") && token.kind == Kind::Open;
    }
    Ok(kept)
}
