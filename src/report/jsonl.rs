//! A report as JSON lines: one object a row, the counts last.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use serde::{Serialize, Serializer};

use super::Lines;
use super::layout::Layout;
use super::rows::Line;
use crate::sheet::Cell;
use crate::verdict::{Images, Verdict, Verdicts};

/// The version of the lines; what is there stays, more may come.
const VERSION: u8 = 1;

/// A report as JSON lines.
pub(super) struct JsonLines<'f, 'l> {
    file: BufWriter<&'f mut File>,
    layout: &'l Layout,
    verdicts: &'l Verdicts,
}

#[derive(Serialize)]
struct RowLine<'a> {
    v: u8,
    kind: &'static str,
    sheet: Option<&'a str>,
    row: u32,
    seller_sku: &'a str,
    product: &'a str,
    verdict: Verdict,
    images: Images,
    rule_or_code: &'a str,
    message: &'a str,
    help: &'a str,
    request: &'a str,
    attempts: u32,
    #[serde(flatten)]
    beside: Named<'a>,
    cells: Cells<'a>,
}

#[derive(Serialize)]
struct SummaryLine {
    v: u8,
    kind: &'static str,
    rows: usize,
    verdicts: BTreeMap<Verdict, usize>,
}

/// Names and cells; what is empty is left out.
struct Cells<'a> {
    names: &'a [String],
    cells: Vec<Cell<'a>>,
}

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let filled = self.names.iter().zip(&self.cells).filter(|(_, cell)| !cell.text.is_empty());
        serializer.collect_map(filled.map(|(name, cell)| (name, cell.text)))
    }
}

/// Columns of ours and their cells; none of them is left out.
struct Named<'a> {
    names: &'a [&'static str],
    cells: &'a [String],
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.names.iter().zip(self.cells))
    }
}

impl<'f, 'l> JsonLines<'f, 'l> {
    pub(super) fn new(file: &'f mut File, layout: &'l Layout, verdicts: &'l Verdicts) -> JsonLines<'f, 'l> {
        JsonLines { file: BufWriter::new(file), layout, verdicts }
    }

    fn put(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, line)?;
        self.file.write_all(b"\n")
    }
}

impl Lines for JsonLines<'_, '_> {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let verdict = line.verdict;
        self.put(&RowLine {
            v: VERSION,
            kind: "row",
            sheet: Some(verdict.sheet.as_str()).filter(|sheet| !sheet.is_empty()),
            row: verdict.row,
            seller_sku: &verdict.seller_sku,
            product: &verdict.product,
            verdict: verdict.verdict,
            images: verdict.images,
            rule_or_code: &verdict.rule_or_code,
            message: &verdict.message,
            help: &verdict.help,
            request: &verdict.request,
            attempts: verdict.attempts,
            beside: Named { names: self.layout.columns_beside(), cells: line.beside },
            cells: Cells { names: self.layout.names(), cells: self.layout.cells(line.table, &line.row) },
        })
    }

    fn finish(mut self) -> io::Result<()> {
        let (rows, verdicts) = (self.verdicts.rows.len(), self.verdicts.counts());
        self.put(&SummaryLine { v: VERSION, kind: "summary", rows, verdicts })?;
        self.file.flush()
    }
}
