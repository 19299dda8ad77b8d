//! The readings of a check: the first one, and the second one where something must be said of rows beside others.

use std::collections::HashSet;

use super::category::{Once, Requirements};
use super::checked::Keeper;
use super::demand::{self, Demand};
use super::fingerprint::{Rows, Suspicions};
use super::late::{Here, Late};
use super::majority::Majorities;
use super::outcome::{Outcome, Record};
use super::prints::Prints;
use super::reading::{Pass, Whole, data_rows};
use super::settle::{Settled, Survey};
use super::standings::Standings;
use super::{Hidden, Rules, Sink, Summary, grouping, reading};
use crate::column::Table;
use crate::finding::{Finding, Rule, Severity};
use crate::location::Location;
use crate::record::{Findings, RowReader};
use crate::sheet::{Row, SheetError};

/// How many findings are held back until it is known that nothing must be said between them. Beyond it the
/// sheet is read again instead.
const HELD_BACK: usize = 100_000;

/// Checks all tables; see [`super::check`].
pub(super) fn run(
    tables: &[Table],
    rules: &Rules,
    sink: &mut impl Sink,
    mut keeper: Option<&mut Keeper>,
) -> Result<Summary, SheetError> {
    let mut settled: Vec<Settled> = tables.iter().map(|table| Settled::new(table, rules)).collect();
    let requirements = Requirements::of(tables, rules);
    let whole = Whole { tables, rules, requirements: requirements.as_ref() };
    let (mut first, asks_again) = First::read(whole, &mut settled, sink, keeper.as_deref_mut())?;
    if asks_again {
        if let Some(keeper) = keeper.as_deref_mut() {
            *keeper = Keeper::default();
        }
        (first, _) = First::read(whole, &mut settled, sink, keeper.as_deref_mut())?;
    }
    if let Some(keeper) = keeper.as_deref_mut() {
        keeper.note(&settled);
    }
    let expects_variants = tables.iter().all(|table| table.columns.has_variant_attribute());
    first.summary.absent = first.absent.into_iter().collect();
    first.summary.absent.sort();
    let rows =
        Rows { prints: &first.prints, starts: &first.starts, expects_variants, requirements: whole.requirements };
    let suspicions = Suspicions::of(&rows, Demand::of(rules));
    let mut summary = first.summary;
    summary.products = suspicions.product_count as u64;
    summary.skus = suspicions.sku_count as u64;
    summary.grouping = grouping(tables, rules);
    if let Some(held) = first.held.filter(|_| suspicions.is_empty()) {
        tell(held, &mut summary, sink);
        first.standings.count(&first.prints, rules.mode, &mut summary);
        return Ok(summary);
    }
    let majorities = count(whole, &settled, &rows, &suspicions)?;
    let mut second = Second {
        prints: &first.prints,
        late: Late::new(&suspicions, whole.requirements, majorities),
        standings: first.standings,
        at: 0,
        other_header: None,
        told: Told::default(),
    };
    for (index, table) in tables.iter().enumerate() {
        second.told = Told::default();
        second.other_header = None;
        let rows = first.starts[index]..first.starts.get(index + 1).copied().unwrap_or(usize::MAX);
        // What keeps every row back comes first.
        let mut missing = suspicions.missing_columns(table, &rows);
        missing
            .extend(whole.requirements.into_iter().flat_map(|known| known.absent_columns(index, &suspicions.absent)));
        let missing = rules.severities.judge_all(missing);
        let of_table = demand::of_columns(table, rules).into_iter().chain(settled[index].notes.iter().cloned());
        tell(missing.into_iter().chain(of_table), &mut summary, sink);
        let pass = Pass { table, index, whole, settled: &settled[index], keep: false };
        pass.read(&mut |block, outcomes, _| {
            for ((row, _), outcome) in data_rows(&block, table).zip(outcomes) {
                second.take(&row, &pass, outcome, &mut summary, sink, keeper.as_deref_mut());
            }
            sink.flush();
        })?;
    }
    second.standings.count(&first.prints, rules.mode, &mut summary);
    Ok(summary)
}

fn tell(findings: impl IntoIterator<Item = Finding>, summary: &mut Summary, sink: &mut impl Sink) {
    for finding in findings {
        summary.count(&finding);
        sink.finding(finding);
    }
}

/// Counts what most rows of a product say, where that is not what each says; most sheets are not read for it.
fn count(
    whole: Whole<'_, '_>,
    settled: &[Settled],
    rows: &Rows<'_, '_>,
    suspicions: &Suspicions,
) -> Result<Majorities, SheetError> {
    let mut majorities = Majorities::default();
    if !rows.prints.iter().any(|print| Majorities::concern(suspicions, &print)) {
        return Ok(majorities);
    }
    for ((table, settled), start) in whole.tables.iter().zip(settled).zip(rows.starts) {
        let mut at = *start;
        reading::read_records(table, settled, &mut |row| {
            // A file that changed under our hands has other rows now.
            let print = rows.prints.get(at).filter(|print| Majorities::concern(suspicions, print));
            if let Some(print) = print
                && let Some(product) = suspicions.products.get(&print.product)
            {
                let mut unsaid = Findings::new(table, row);
                let draft = RowReader::new(table, &settled.reading).read(row, &mut unsaid);
                majorities.take(at, &print, &draft, &unsaid.location(), product.last);
            }
            at += 1;
        })?;
    }
    Ok(majorities)
}

/// How each table is read, once all of it is known.
pub(super) fn settled(tables: &[Table], rules: &Rules) -> Result<Vec<Settled>, SheetError> {
    let mut settled: Vec<Settled> = tables.iter().map(|table| Settled::new(table, rules)).collect();
    let whole = Whole { tables, rules, requirements: None };
    let (_, asks_again) = First::read(whole, &mut settled, &mut Vec::new(), None)?;
    if asks_again {
        First::read(whole, &mut settled, &mut Vec::new(), None)?;
    }
    Ok(settled)
}

/// What was told of a table that is told once: at the first row of which it is true.
#[derive(Default)]
struct Told {
    unnamed: HashSet<u32>,
    once: HashSet<Once>,
}

impl Told {
    /// All that is told of a row by itself, in order.
    fn of(&mut self, outcome: &mut Outcome, place: Place<'_, '_>) -> Vec<Finding> {
        let mut findings = self.unnamed(outcome, place);
        findings.extend(self.once(&outcome.once, place));
        findings.append(&mut outcome.findings);
        sort(&mut findings);
        findings
    }

    /// Tells the first value of each column without a header; an error keeps each of its rows back, and is told of each.
    fn unnamed(&mut self, outcome: &Outcome, place: Place<'_, '_>) -> Vec<Finding> {
        if outcome.unnamed.is_empty() || outcome.findings.iter().any(|finding| finding.rule == Rule::RaggedRow) {
            return Vec::new();
        }
        let is_error = place.is_error(Rule::UnnamedColumn);
        let fresh = outcome.unnamed.iter().filter(|column| self.unnamed.insert(**column) || is_error);
        let findings = fresh.map(|column| Finding::new(Rule::UnnamedColumn, place.location().at(*column))).collect();
        place.whole.rules.severities.judge_all(findings)
    }

    /// Tells what no row before has led to; an error keeps each of its rows back, and is told of each.
    fn once(&mut self, said: &[Once], place: Place<'_, '_>) -> Vec<Finding> {
        let Some(requirements) = place.whole.requirements else { return Vec::new() };
        let fresh = said.iter().filter(|once| self.once.insert(**once) || place.is_error(once.rule));
        let findings = fresh.map(|once| requirements.told_once(*once, place.table, place.location())).collect();
        place.whole.rules.severities.judge_all(findings)
    }
}

/// Where a row stands in what is checked.
#[derive(Clone, Copy)]
struct Place<'r, 'a> {
    whole: Whole<'r, 'a>,
    table: usize,
    row: u32,
    line: Option<u64>,
}

impl Place<'_, '_> {
    fn location(&self) -> Location {
        self.whole.tables[self.table].location(self.row, self.line)
    }

    fn is_error(&self, rule: Rule) -> bool {
        self.whole.rules.severities.of(rule) == Some(Severity::Error)
    }
}

/// Puts the findings of one row in order: by column, then as the rules stand in their table.
fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| (finding.location.column.unwrap_or(0), finding.rule));
}

/// The first read: fingerprints, and the findings held back.
struct First<'r, 'a> {
    whole: Whole<'r, 'a>,
    table: usize,
    /// The place of each table's first row among all rows.
    starts: Vec<usize>,
    prints: Prints,
    held: Option<Vec<Finding>>,
    /// Where the notes on the table go among the findings held back.
    notes_at: usize,
    /// The row of another table's header.
    other_header: Option<u32>,
    survey: Survey,
    told: Told,
    products: HashSet<u64>,
    absent: HashSet<String>,
    standings: Standings,
    summary: Summary,
}

impl<'r, 'a> First<'r, 'a> {
    /// Reads all tables; also answers whether they must be read again, now that more is settled.
    fn read(
        whole: Whole<'r, 'a>,
        settled: &mut [Settled],
        sink: &mut impl Sink,
        mut keeper: Option<&mut Keeper>,
    ) -> Result<(First<'r, 'a>, bool), SheetError> {
        let mut first = First::new(whole);
        let mut asks_again = false;
        for (index, table) in whole.tables.iter().enumerate() {
            first.begin(index);
            let pass = Pass { table, index, whole, settled: &settled[index], keep: keeper.is_some() };
            let layout = pass.read(&mut |block, outcomes, tally| {
                first.survey.tally.merge(tally);
                for outcome in outcomes {
                    first.take(outcome, keeper.as_deref_mut());
                }
                drop(block);
                sink.rows_read(first.summary.rows);
            })?;
            let mut survey = Survey { layout, ..std::mem::take(&mut first.survey) };
            survey.not_pulled = whole.requirements.and_then(|known| known.not_pulled(index, &survey.categories));
            asks_again |= settled[index].learn(survey, table, whole.rules);
            first.note(&settled[index].notes);
            first.judge_table(index, &settled[index].notes);
        }
        Ok((first, asks_again))
    }

    fn new(whole: Whole<'r, 'a>) -> First<'r, 'a> {
        First {
            whole,
            table: 0,
            starts: Vec::new(),
            prints: Prints::default(),
            held: Some(Vec::new()),
            notes_at: 0,
            other_header: None,
            survey: Survey::default(),
            told: Told::default(),
            products: HashSet::new(),
            absent: whole.rules.only.clone().unwrap_or_default(),
            standings: Standings::default(),
            summary: Summary::default(),
        }
    }

    fn begin(&mut self, table: usize) {
        self.table = table;
        self.starts.push(self.prints.len());
        self.told = Told::default();
        self.other_header = None;
        self.hold(demand::of_columns(&self.whole.tables[table], self.whole.rules));
        self.notes_at = self.held.as_ref().map_or(0, Vec::len);
    }

    /// Puts what was learnt of the table behind what is said of its header.
    fn note(&mut self, notes: &[Finding]) {
        if let Some(held) = &mut self.held {
            held.splice(self.notes_at..self.notes_at, notes.iter().cloned());
        }
    }

    fn take(&mut self, mut outcome: Outcome, keeper: Option<&mut Keeper>) {
        self.summary.rows += 1;
        self.other_header = self.other_header.or(outcome.is_other_header.then_some(outcome.row));
        if let Some(below) = self.other_header {
            outcome.distrust(below, &self.whole.tables[self.table]);
        }
        self.survey.last_row = outcome.row;
        self.survey.has_odd_images |= outcome.has_odd_image;
        if outcome.is_hidden {
            self.survey.hide(outcome.row);
        }
        if let Some(sku) = outcome.wanted.take() {
            self.absent.remove(&sku);
        }
        let reason = self.skipped(&outcome);
        outcome.print.is_skipped = reason.is_some();
        outcome.print.is_filler = outcome.is_unwanted && !outcome.is_example && !outcome.print.is_ragged;
        if reason.is_some() {
            self.summary.skipped += 1;
        }
        if outcome.print.is_compared() && outcome.print.judged.category != 0 {
            self.survey.categories.insert(outcome.print.judged.category);
        }
        self.prints.push(outcome.print);
        let place = Place { whole: self.whole, table: self.table, row: outcome.row, line: outcome.line };
        let findings = if reason.is_some() { Vec::new() } else { self.told.of(&mut outcome, place) };
        if let (Some(keeper), Some(kept)) = (keeper, outcome.kept.take()) {
            let Record { place, product, sku } = *kept;
            let product = (reason.is_none() || outcome.print.is_filler).then_some(product);
            keeper.take(place, outcome.print.product, product, sku, &findings, reason);
        }
        self.standings.take(reason.is_some(), &findings);
        self.hold(findings);
    }

    /// An error that is told of the whole table keeps each of its rows back.
    fn judge_table(&mut self, table: usize, notes: &[Finding]) {
        let of_columns = demand::of_columns(&self.whole.tables[table], self.whole.rules);
        if of_columns.iter().chain(notes).any(|finding| finding.severity == Severity::Error) {
            (self.starts[table]..self.prints.len()).for_each(|at| self.standings.spoil(at));
        }
    }

    /// Why a row is left out.
    fn skipped(&mut self, outcome: &Outcome) -> Option<&'static str> {
        if outcome.is_example {
            return Some("the template's example row");
        }
        if outcome.is_hidden && self.whole.rules.hidden == Hidden::Skip {
            return Some("a hidden row, left out by --hidden skip");
        }
        if outcome.is_flagged {
            return Some("a mark in the row says so");
        }
        if outcome.is_unwanted {
            return Some("outside --only");
        }
        if let Some(first) = self.whole.rules.first {
            let is_known = self.products.contains(&outcome.print.product);
            if !is_known && self.products.len() >= first {
                return Some("outside --first");
            }
            self.products.insert(outcome.print.product);
        }
        None
    }

    fn hold(&mut self, findings: Vec<Finding>) {
        if let Some(held) = &mut self.held {
            held.extend(findings);
            if held.len() > HELD_BACK {
                self.held = None;
            }
        }
    }
}

/// The second read: everything is said, in the sheet's order.
struct Second<'r, 'a> {
    prints: &'r Prints,
    late: Late<'r, 'a>,
    standings: Standings,
    at: usize,
    other_header: Option<u32>,
    told: Told,
}

impl Second<'_, '_> {
    fn take(
        &mut self,
        row: &Row<'_>,
        pass: &Pass<'_, '_>,
        mut outcome: Outcome,
        summary: &mut Summary,
        sink: &mut impl Sink,
        keeper: Option<&mut Keeper>,
    ) {
        let (at, table) = (self.at, pass.table);
        self.at += 1;
        self.other_header = self.other_header.or(outcome.is_other_header.then_some(outcome.row));
        if let Some(below) = self.other_header {
            outcome.distrust(below, table);
        }
        // A file that changed under our hands has other rows now; what was not seen first is not judged.
        let Some(print) = self.prints.get(at) else { return };
        let severities = &pass.whole.rules.severities;
        let place = Place { whole: pass.whole, table: pass.index, row: outcome.row, line: outcome.line };
        let mut findings = if print.is_skipped { Vec::new() } else { self.told.of(&mut outcome, place) };
        if print.is_compared() && self.late.concerns(&print) {
            let draft = RowReader::new(table, &pass.settled.reading).read(row, &mut Findings::new(table, row));
            let here = Here { at, print: &print, row, draft: &draft, table, index: pass.index };
            let mut said = self.late.look(&here);
            said.findings = severities.judge_all(said.findings);
            said.findings.extend(self.told.once(&said.once, place));
            said.lacks_columns = severities.judge_all(said.lacks_columns);
            // An error keeps the row back; it is not left out on purpose then.
            said.is_repeated &= !place.is_error(Rule::DuplicateRow);
            self.standings.judge(at, &said.lacks_columns);
            self.standings.judge(at, &said.findings);
            if let Some((earlier, _)) = &said.taints {
                self.standings.spoil(*earlier);
            }
            if said.is_repeated {
                self.standings.leave_out(at);
                summary.skipped += 1;
                summary.skus -= 1;
                findings.clear();
            }
            if let Some(keeper) = keeper {
                keeper.add(at, &said);
            }
            findings.extend(said.findings);
        }
        sort(&mut findings);
        tell(findings, summary, sink);
    }
}
