//! Reading and checking: one thread reads blocks, all cores check them, the results are taken in order.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::prelude::*;

use super::category::{Once, Requirements};
use super::checked::{Keeper, RowOfProduct};
use super::demand::{self, Demand};
use super::fingerprint::{Fingerprint, ProductKey, Rows, Suspicions};
use super::gathered::Taken;
use super::late::{Here, Late};
use super::majority::Majorities;
use super::outcome::Outcome;
use super::settle::{Settled, Survey};
use super::{Hidden, Rules, Sink, Summary, grouping, row};
use crate::column::{EXAMPLE_SKU, Role, Table, Target};
use crate::finding::{Finding, Rule, Severity};
use crate::location::column_letters;
use crate::record::{self, Draft, Findings, Product, SellerSku, Tally};
use crate::sheet::{Block, Format, Layout, Row, SheetError, split_numbers};

/// How many findings are held back until it is known that nothing must be said between them. Beyond it the
/// sheet is read again instead.
const HELD_BACK: usize = 100_000;

/// How many blocks wait to be checked.
const BLOCKS_WAITING: usize = 4;

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
        for finding in held {
            summary.count(&finding);
            sink.finding(finding);
        }
        return Ok(summary);
    }
    let majorities = count(whole, &settled, &first.prints, &suspicions)?;
    let mut second = Second {
        prints: &first.prints,
        late: Late::new(&suspicions, whole.requirements, majorities),
        at: 0,
        other_header: None,
        unnamed: HashSet::new(),
        told: HashSet::new(),
    };
    for (index, table) in tables.iter().enumerate() {
        second.unnamed.clear();
        second.told.clear();
        second.other_header = None;
        let rows = first.starts[index]..first.starts.get(index + 1).copied().unwrap_or(usize::MAX);
        // What keeps every row back comes first.
        let mut missing = suspicions.missing_columns(table, &rows);
        missing
            .extend(whole.requirements.into_iter().flat_map(|known| known.absent_columns(index, &suspicions.absent)));
        let missing = rules.severities.judge_all(missing);
        let of_table = demand::of_columns(table, rules).into_iter().chain(settled[index].notes.iter().cloned());
        for finding in missing.into_iter().chain(of_table) {
            summary.count(&finding);
            sink.finding(finding);
        }
        let pass = Pass { table, index, whole, settled: &settled[index], keep: false };
        pass.read(&mut |block, outcomes, _| {
            for ((row, _), outcome) in data_rows(&block, table).zip(outcomes) {
                second.take(&row, &pass, outcome, &mut summary, sink, keeper.as_deref_mut());
            }
        })?;
    }
    Ok(summary)
}

/// What is checked, and against what.
#[derive(Clone, Copy)]
struct Whole<'r, 'a> {
    tables: &'r [Table],
    rules: &'r Rules,
    requirements: Option<&'r Requirements<'a>>,
}

/// Counts what most rows of a product say, where that is not what each says; most sheets are not read for it.
fn count(
    whole: Whole<'_, '_>,
    settled: &[Settled],
    prints: &[Fingerprint],
    suspicions: &Suspicions,
) -> Result<Majorities, SheetError> {
    let mut majorities = Majorities::default();
    if !prints.iter().any(|print| Majorities::concern(suspicions, print)) {
        return Ok(majorities);
    }
    let mut at = 0;
    for (index, table) in whole.tables.iter().enumerate() {
        let pass = Pass { table, index, whole, settled: &settled[index], keep: false };
        pass.read(&mut |block, _, _| {
            for (row, _) in data_rows(&block, table) {
                // A file that changed under our hands has other rows now.
                let print = prints.get(at).filter(|print| Majorities::concern(suspicions, print));
                if let Some(print) = print
                    && let Some(product) = suspicions.products.get(&print.product)
                {
                    let mut unsaid = Findings::new(table, &row);
                    let draft = record::read(&row, table, &settled[index].reading, &mut unsaid);
                    majorities.take(at, print, &draft, &unsaid.location(), product.last);
                }
                at += 1;
            }
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

/// The rows that hold records, or another table's header, each with what it is.
pub(super) fn data_rows<'a>(block: &'a Block, table: &'a Table) -> impl Iterator<Item = (Row<'a>, Role)> {
    let rows = block.rows().map(move |row| (row, table.role(&row)));
    rows.filter(|(_, role)| matches!(role, Role::Record | Role::OtherHeader))
}

/// One reading of one table.
struct Pass<'r, 'a> {
    table: &'r Table,
    index: usize,
    whole: Whole<'r, 'a>,
    settled: &'r Settled,
    /// The records are kept.
    keep: bool,
}

impl Pass<'_, '_> {
    /// Reads the table; `each` gets every block with the outcomes of its data rows, in the sheet's order, and
    /// what they tell of the writing of their columns.
    fn read(&self, each: &mut dyn FnMut(Block, Vec<Outcome>, Tally)) -> Result<Layout, SheetError> {
        let table = self.table;
        std::thread::scope(|scope| {
            // Inside the scope: should a check panic, the reader finds nobody listening and ends.
            let (sender, receiver) = sync_channel::<Block>(BLOCKS_WAITING);
            let reader = scope.spawn(move || {
                let mut send = |block| match sender.send(block) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                };
                match self.settled.filling() {
                    Some(filling) => table.source.read_again(&table.sheet, &filling, &mut send),
                    None => table.source.read(&table.sheet, &mut send),
                }
            });
            while let Some(blocks) = next_blocks(&receiver) {
                let checked: Vec<(Block, Vec<Outcome>, Tally)> = blocks
                    .into_par_iter()
                    .map(|block| {
                        let mut tally = Tally::default();
                        let rows = data_rows(&block, table);
                        let outcomes = rows.map(|(row, role)| self.outcome(&row, role, &mut tally)).collect();
                        (block, outcomes, tally)
                    })
                    .collect();
                for (block, outcomes, tally) in checked {
                    each(block, outcomes, tally);
                }
            }
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn outcome(&self, row: &Row<'_>, role: Role, tally: &mut Tally) -> Outcome {
        let Pass { table, whole: Whole { rules, .. }, .. } = *self;
        let mut findings = Findings::new(table, row);
        let draft = record::read(row, table, &self.settled.reading, &mut findings);
        let table_index = self.index as u16;
        let key = ProductKey::of(&draft, &rules.group_by, table_index, row.number());
        let mut print = Fingerprint::of(&draft, key, &table.columns, Demand::of(rules));
        let ragged = ragged(row, table);
        let typed_sku = draft.seller_sku();
        let is_example = is_example(&draft, typed_sku.as_ref());
        // The cells of a ragged row may stand in the wrong columns: none of them is believed.
        let seller_sku = typed_sku.filter(|_| ragged.is_none());
        (print.is_skipped, print.is_ragged) = (is_example, ragged.is_some());
        let has_odd_image = has_odd_image(&findings);
        let mut once = Vec::new();
        if let Some((message, help)) = ragged {
            findings = Findings::new(table, row);
            let finding = findings.row(Rule::RaggedRow);
            (finding.message, finding.help) = (message, help);
        } else {
            let is_left_out = is_example || draft.is_flagged() || (row.is_hidden() && rules.hidden == Hidden::Skip);
            if !is_left_out {
                tally.add(&draft, row.number());
            }
            row::check(&draft, table, rules, &mut findings);
            if let Some(requirements) = self.whole.requirements {
                (print.judged, once) = requirements.judge(&draft, self.index, &mut findings);
            }
        }
        let kept = self.keep.then(|| {
            let label = key.label().or(seller_sku.as_ref().map(|sku| sku.as_str())).unwrap_or_default();
            let place = RowOfProduct {
                table: table_index,
                row: row.number(),
                line: row.line(),
                seller_sku: seller_sku.clone(),
                label: label.to_owned(),
                defaults: draft.product_defaults(),
                taken: Taken::by(&draft, seller_sku.as_ref()),
                image_columns: draft.images().map(|(column, _)| column).collect(),
                repeated: draft.repeated(),
            };
            if print.is_ragged {
                return (place, Product::default(), None);
            }
            (place, draft.product(), draft.given().map(Box::new))
        });
        let name = seller_sku.as_ref().map(|sku| sku.as_str());
        let wanted = rules.only.as_ref().and_then(|only| only.get(seller_sku.as_ref()?.as_str()).cloned());
        Outcome {
            print,
            row: row.number(),
            line: row.line(),
            findings: if is_example { Vec::new() } else { rules.severities.judge_all(findings.into_sorted(name)) },
            once,
            unnamed: unnamed(row, table),
            is_example,
            is_hidden: row.is_hidden(),
            is_other_header: role == Role::OtherHeader,
            is_flagged: draft.is_flagged(),
            has_odd_image,
            is_unwanted: rules.only.is_some() && wanted.is_none(),
            wanted,
            kept,
        }
    }
}

/// The row of our own templates that shows how they are filled in.
pub(super) fn is_example(draft: &Draft<'_>, sku: Option<&SellerSku>) -> bool {
    sku.is_some_and(|sku| sku.as_str() == EXAMPLE_SKU) && !draft.repeats_sku()
}

/// An image cell whose picture may be where the cell links to.
fn has_odd_image(findings: &Findings<'_>) -> bool {
    [Rule::InvalidImageUrl, Rule::Repairable, Rule::MissingPicture].into_iter().any(|rule| findings.has(rule))
}

/// Waits for a block and takes with it those that are ready.
fn next_blocks(receiver: &Receiver<Block>) -> Option<Vec<Block>> {
    let first = receiver.recv().ok()?;
    let ready = receiver.try_iter().take(BLOCKS_WAITING - 1);
    Some(std::iter::once(first).chain(ready).collect())
}

/// A row of a text file whose cells cannot be told to columns: what is wrong, and what to do where that is known.
pub(super) fn ragged(row: &Row<'_>, table: &Table) -> Option<(String, String)> {
    if table.source.format() != Format::Text {
        return None;
    }
    let named = table.columns.headers().len();
    let is_short = row.width() < named;
    let is_long = row.width() > table.width;
    let wanted = if is_short { named } else { table.width };
    if !is_short && !is_long {
        return None;
    }
    let message = format!("the row has {} cells instead of {wanted}", row.width());
    let cells: Vec<&str> = row.cells().map(|cell| cell.text).collect();
    let split = if table.source.delimiter() == Some(b',') { split_numbers(&cells, wanted) } else { Vec::new() };
    let looks = split.iter().map(|number| {
        let (first, second) = (column_letters(number.columns.0), column_letters(number.columns.1));
        format!("cells {first}{0} and {second}{0} look like one number, {1}", row.number(), number.joined)
    });
    let looks = looks.collect::<Vec<_>>().join("; ");
    let help = match split.as_slice() {
        [] => Rule::RaggedRow.help().to_owned(),
        [..] => format!("{looks}; quote it (\"12,50\"), or save the sheet with `;` between the cells"),
    };
    Some((message, help))
}

fn unnamed(row: &Row<'_>, table: &Table) -> Vec<u32> {
    let cells = row.cells().enumerate();
    let filled = cells.filter(|(at, cell)| table.columns.target(*at) == Target::Unnamed && !cell.is_blank());
    filled.map(|(at, _)| at as u32 + 1).collect()
}

/// Tells the first value of each column without a header.
fn tell_unnamed(outcome: &Outcome, table: &Table, told: &mut HashSet<u32>) -> Vec<Finding> {
    if outcome.findings.iter().any(|finding| finding.rule == Rule::RaggedRow) {
        return Vec::new();
    }
    let fresh = outcome.unnamed.iter().filter(|column| told.insert(**column));
    let place = |column: &u32| table.location(outcome.row, outcome.line).at(*column);
    fresh.map(|column| Finding::new(Rule::UnnamedColumn, place(column))).collect()
}

/// Tells what no row before has led to; an error keeps each of its rows back, and is told of each.
fn tell_once(said: &[Once], place: Place<'_, '_>, told: &mut HashSet<Once>) -> Vec<Finding> {
    let Place { whole, table, row, line } = place;
    let Some(requirements) = whole.requirements else { return Vec::new() };
    let is_error = |once: &Once| whole.rules.severities.of(once.rule) == Some(Severity::Error);
    let fresh = said.iter().filter(|once| told.insert(**once) || is_error(once));
    let location = || whole.tables[table].location(row, line);
    let findings = fresh.map(|once| requirements.told_once(*once, table, location())).collect();
    whole.rules.severities.judge_all(findings)
}

/// Where a row stands in what is checked.
#[derive(Clone, Copy)]
struct Place<'r, 'a> {
    whole: Whole<'r, 'a>,
    table: usize,
    row: u32,
    line: Option<u64>,
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
    prints: Vec<Fingerprint>,
    held: Option<Vec<Finding>>,
    /// Where the notes on the table go among the findings held back.
    notes_at: usize,
    /// The row of another table's header.
    other_header: Option<u32>,
    survey: Survey,
    unnamed: HashSet<u32>,
    told: HashSet<Once>,
    products: HashSet<u64>,
    absent: HashSet<String>,
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
        }
        Ok((first, asks_again))
    }

    fn new(whole: Whole<'r, 'a>) -> First<'r, 'a> {
        First {
            whole,
            table: 0,
            starts: Vec::new(),
            prints: Vec::new(),
            held: Some(Vec::new()),
            notes_at: 0,
            other_header: None,
            survey: Survey::default(),
            unnamed: HashSet::new(),
            told: HashSet::new(),
            products: HashSet::new(),
            absent: whole.rules.only.clone().unwrap_or_default(),
            summary: Summary::default(),
        }
    }

    fn begin(&mut self, table: usize) {
        self.table = table;
        self.starts.push(self.prints.len());
        self.unnamed.clear();
        self.told.clear();
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
            outcome.findings.clear();
            outcome.once.clear();
        }
        if outcome.print.is_compared() && outcome.print.judged.category != 0 {
            self.survey.categories.insert(outcome.print.judged.category);
        }
        self.prints.push(outcome.print);
        let place = Place { whole: self.whole, table: self.table, row: outcome.row, line: outcome.line };
        outcome.findings.extend(tell_once(&outcome.once, place, &mut self.told));
        if let (Some(keeper), Some((place, product, sku))) = (keeper, outcome.kept.take()) {
            let product = (reason.is_none() || outcome.print.is_filler).then_some(product);
            keeper.take(place, outcome.print.product, product, sku, &outcome.findings, reason);
        }
        let unnamed = tell_unnamed(&outcome, &self.whole.tables[self.table], &mut self.unnamed);
        let mut findings = self.whole.rules.severities.judge_all(unnamed);
        findings.append(&mut outcome.findings);
        sort(&mut findings);
        self.hold(findings);
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
    prints: &'r [Fingerprint],
    late: Late<'r, 'a>,
    at: usize,
    other_header: Option<u32>,
    unnamed: HashSet<u32>,
    told: HashSet<Once>,
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
        let Some(print) = self.prints.get(at).copied() else { return };
        let severities = &pass.whole.rules.severities;
        let place = Place { whole: pass.whole, table: pass.index, row: outcome.row, line: outcome.line };
        let mut findings = severities.judge_all(tell_unnamed(&outcome, table, &mut self.unnamed));
        if !print.is_skipped {
            findings.extend(tell_once(&outcome.once, place, &mut self.told));
            findings.extend(outcome.findings);
        }
        if print.is_compared() && self.late.concerns(&print) {
            let draft = record::read(row, table, &pass.settled.reading, &mut Findings::new(table, row));
            let here = Here { at, print: &print, row, draft: &draft, table, index: pass.index };
            let mut said = self.late.look(&here);
            said.findings = severities.judge_all(said.findings);
            said.findings.extend(tell_once(&said.once, place, &mut self.told));
            said.lacks_columns = severities.judge_all(said.lacks_columns);
            if said.is_repeated {
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
        for finding in findings {
            summary.count(&finding);
            sink.finding(finding);
        }
    }
}
