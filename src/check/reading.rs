//! One reading of one table: one thread cuts it into chunks, all cores check their rows, the results come in order.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, sync_channel};

use super::category::Requirements;
use super::checked::RowOfProduct;
use super::demand::Demand;
use super::fingerprint::{Fingerprint, Hashes, ProductKey};
use super::gathered::Taken;
use super::outcome::{Outcome, Record};
use super::settle::Settled;
use super::{Hidden, Rules, row};
use crate::column::{EXAMPLE_SKU, Field, Role, Table, Target};
use crate::finding::Rule;
use crate::location::column_letters;
use crate::record::{Draft, Findings, PackedSku, Product, RowReader, SellerSku, Tally};
use crate::sheet::{Block, Chunk, Format, Layout, Row, SheetError, split_numbers};

/// How many chunks are checked, or wait for it, beside each core's.
const WAITING_PER_CORE: usize = 2;

/// A block with the outcomes of its rows, or why it cannot be read.
type Slot = Result<(Block, Vec<Outcome>, Tally), SheetError>;

/// What is checked, and against what.
#[derive(Clone, Copy)]
pub(super) struct Whole<'r, 'a> {
    pub(super) tables: &'r [Table],
    pub(super) rules: &'r Rules,
    pub(super) requirements: Option<&'r Requirements<'a>>,
}

/// The rows that hold records, or another table's header, each with what it is.
pub(super) fn data_rows<'a>(block: &'a Block, table: &'a Table) -> impl Iterator<Item = (Row<'a>, Role)> {
    let rows = block.rows().map(move |row| (row, table.role(&row)));
    rows.filter(|(_, role)| matches!(role, Role::Record | Role::OtherHeader))
}

/// Reads the records of a table without checking them; no row below another table's header is one.
pub(super) fn read_records(
    table: &Table,
    settled: &Settled,
    each: &mut impl FnMut(&Row<'_>),
) -> Result<(), SheetError> {
    let mut send = |block: Block| {
        for (row, role) in data_rows(&block, table) {
            if role == Role::OtherHeader {
                return ControlFlow::Break(());
            }
            each(&row);
        }
        ControlFlow::Continue(())
    };
    match settled.filling() {
        Some(filling) => table.source.read_again(&table.sheet, &filling, &mut send)?,
        None => table.source.read(&table.sheet, &mut send)?,
    };
    Ok(())
}

/// What the rows before have told.
struct Last<'a> {
    reader: RowReader<'a>,
    hashes: Hashes<'a>,
}

/// One reading of one table.
pub(super) struct Pass<'r, 'a> {
    pub(super) table: &'r Table,
    /// The table's place.
    pub(super) index: usize,
    pub(super) whole: Whole<'r, 'a>,
    pub(super) settled: &'r Settled,
    /// The records are kept.
    pub(super) keep: bool,
}

impl Pass<'_, '_> {
    /// Reads the table; `each` gets every block with the outcomes of its data rows, in the sheet's order, and
    /// what they tell of the writing of their columns.
    pub(super) fn read(&self, each: &mut dyn FnMut(Block, Vec<Outcome>, Tally)) -> Result<Layout, SheetError> {
        let Table { source, sheet, .. } = self.table;
        let (slots, in_order) = sync_channel::<Receiver<Slot>>(WAITING_PER_CORE * rayon::current_num_threads());
        let (mut fault, mut formulas) = (None, 0);
        let layout = std::thread::scope(|threads| {
            let reader = threads.spawn(move || {
                let filling = self.settled.filling();
                rayon::in_place_scope(|pool| {
                    source.chunks(sheet, filling.as_ref(), &mut |chunk| {
                        let (done, slot) = sync_channel(1);
                        // Nobody listens any more where a chunk before could not be read.
                        if slots.send(slot).is_err() {
                            return ControlFlow::Break(());
                        }
                        pool.spawn(move |_| _ = done.send(self.checked(chunk)));
                        ControlFlow::Continue(())
                    })
                })
            });
            // A slot that stays empty is a check that panicked: the reader brings the panic.
            for checked in in_order.into_iter().map_while(|slot| slot.recv().ok()) {
                match checked {
                    Ok((block, outcomes, tally)) => {
                        formulas += block.formulas();
                        each(block, outcomes, tally);
                    }
                    Err(error) => {
                        fault = Some(error);
                        break;
                    }
                }
            }
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        match fault {
            Some(error) => Err(source.fault(sheet).unwrap_or(error)),
            None => Ok(Layout { formulas: layout.formulas + formulas, ..layout }),
        }
    }

    /// Takes a chunk apart and checks its rows.
    fn checked(&self, chunk: Chunk) -> Slot {
        let block = chunk.block()?;
        let mut tally = Tally::default();
        let rows = data_rows(&block, self.table);
        let mut last = Last { reader: RowReader::new(self.table, &self.settled.reading), hashes: Hashes::default() };
        let outcomes = rows.map(|(row, role)| self.outcome(&row, role, &mut last, &mut tally)).collect();
        Ok((block, outcomes, tally))
    }

    fn outcome<'b>(&'b self, row: &Row<'b>, role: Role, last: &mut Last<'b>, tally: &mut Tally) -> Outcome {
        let Pass { table, whole: Whole { rules, .. }, .. } = *self;
        let mut findings = Findings::new(table, row);
        let draft = last.reader.read(row, &mut findings);
        let table_index = self.index as u16;
        let key = ProductKey::of(&draft, &rules.group_by, table_index, row.number());
        let mut print = Fingerprint::of(&draft, key, Demand::of(rules), &mut last.hashes);
        let ragged = ragged(row, table);
        let is_example = is_example(&draft);
        // The cells of a ragged row may stand in the wrong columns: none of them is believed.
        let name = draft.identifier(Field::SellerSku).filter(|_| ragged.is_none());
        (print.is_skipped, print.is_ragged) = (is_example, ragged.is_some());
        let has_odd_image = has_odd_image(&findings);
        let mut once = Vec::new();
        if let Some(told) = ragged {
            findings = tell_ragged(row, table, told);
        } else {
            if !is_example && !is_left_out(row, &draft, rules) {
                tally.add(&draft, row.number());
            }
            row::check(&draft, table, rules, &mut findings);
            if let Some(requirements) = self.whole.requirements {
                (print.judged, once) = requirements.judge(&draft, self.index, &mut findings);
            }
        }
        let kept = self.keep.then(|| {
            let seller_sku = name.and_then(SellerSku::parse);
            let label = key.label().or(name).unwrap_or_default();
            let place = RowOfProduct {
                table: table_index,
                row: row.number(),
                line: row.line(),
                label: label.to_owned(),
                defaults: draft.product_defaults(),
                taken: Taken::by(&draft, seller_sku.as_ref()),
                seller_sku,
                image_columns: draft.images().map(|(column, _)| column).collect(),
                repeated: draft.repeated(),
            };
            if print.is_ragged {
                return Box::new(Record { place, product: Product::default(), sku: None });
            }
            Box::new(Record { place, product: draft.product(), sku: draft.given().as_ref().map(PackedSku::of) })
        });
        let wanted = rules.only.as_ref().and_then(|only| only.get(name?).cloned());
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

/// A mark says that the row is left out, or that it is hidden does.
fn is_left_out(row: &Row<'_>, draft: &Draft<'_>, rules: &Rules) -> bool {
    draft.is_flagged() || (row.is_hidden() && rules.hidden == Hidden::Skip)
}

/// All that is said of a row whose cells cannot be told to columns.
fn tell_ragged<'a>(row: &Row<'_>, table: &'a Table, (message, help): (String, String)) -> Findings<'a> {
    let mut findings = Findings::new(table, row);
    let finding = findings.row(Rule::RaggedRow);
    (finding.message, finding.help) = (message, help);
    findings
}

/// The row of our own templates that shows how they are filled in.
pub(super) fn is_example(draft: &Draft<'_>) -> bool {
    draft.identifier(Field::SellerSku) == Some(EXAMPLE_SKU) && !draft.repeats_sku()
}

/// An image cell whose picture may be where the cell links to.
fn has_odd_image(findings: &Findings<'_>) -> bool {
    [Rule::InvalidImageUrl, Rule::Repairable, Rule::MissingPicture].into_iter().any(|rule| findings.has(rule))
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
    if !table.columns.has_unnamed() && row.width() <= table.columns.headers().len() {
        return Vec::new();
    }
    let cells = row.cells().enumerate();
    let filled = cells.filter(|(at, cell)| table.columns.target(*at) == Target::Unnamed && !cell.is_blank());
    filled.map(|(at, _)| at as u32 + 1).collect()
}
