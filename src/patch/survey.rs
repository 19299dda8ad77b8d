//! What must be known of a sheet before it is written again: where a drawing belongs, how wide columns are, what is
//! merged, what it has already.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;

use super::book::namespace_of;
use super::edit::{Place, gravest};
use super::error::Snag;
use super::tokens::{Kind, Token, Tokens};
use crate::finding::Severity;
use crate::sheet::{Area, place};

/// What may stand in a sheet before the drawing that shows its notes.
const BEFORE_NOTES: [&[u8]; 29] = [
    b"sheetPr",
    b"dimension",
    b"sheetViews",
    b"sheetFormatPr",
    b"cols",
    b"sheetData",
    b"sheetCalcPr",
    b"sheetProtection",
    b"protectedRanges",
    b"scenarios",
    b"autoFilter",
    b"sortState",
    b"dataConsolidate",
    b"customSheetViews",
    b"mergeCells",
    b"phoneticPr",
    b"conditionalFormatting",
    b"dataValidations",
    b"hyperlinks",
    b"printOptions",
    b"pageMargins",
    b"pageSetup",
    b"headerFooter",
    b"rowBreaks",
    b"colBreaks",
    b"customProperties",
    b"cellWatches",
    b"ignoredErrors",
    b"drawing",
];

/// Pixels of a row, and of a character of a column with the space around it.
const ROW_PIXELS: f64 = 20.0;
const CHARACTER_PIXELS: f64 = 7.0;
const PADDING_PIXELS: f64 = 5.0;
/// The width of columns of which nothing is said.
const USUAL_WIDTH: f64 = 8.43;

/// Columns of one look.
#[derive(Debug)]
struct Columns {
    first: u32,
    last: u32,
    width: Option<f64>,
    is_hidden: bool,
    style: u32,
}

/// What a sheet tells.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The prefix of its elements, with a `:`; empty where they have none.
    pub(super) prefix: String,
    /// The namespaces of the root, by their prefixes.
    prefixes: HashMap<String, String>,
    pub(super) namespace: String,
    /// The id of the drawing that shows its notes.
    pub(super) notes_id: Option<String>,
    /// So many elements stand before the drawing that shows notes.
    pub(super) before_notes: usize,
    /// It is selected when the workbook is opened.
    pub(super) is_selected: bool,
    /// Its rows come in their order.
    pub(super) has_rows_in_order: bool,
    /// Rows whose cells do not come in their order.
    unordered: HashSet<u32>,
    /// The cell that is come to, in column 0 before the first of a row; whether the row has told its number.
    at: Place,
    is_numbered: bool,
    /// Cells that one formula of another cell fills.
    filled: Vec<Area>,
    merged: Vec<Area>,
    columns: Vec<Columns>,
    usual_width: Option<f64>,
    usual_height: Option<f64>,
    heights: HashMap<u32, f32>,
}

impl Survey {
    /// Reads the part of a sheet of any kind.
    pub(super) fn read(part: impl Read) -> Result<Survey, Snag> {
        let mut survey = Survey { has_rows_in_order: true, ..Survey::default() };
        let mut tokens = Tokens::new(part);
        let (mut depth, mut children) = (0_u32, 0);
        while let Some(token) = tokens.next()? {
            match token.kind {
                Kind::Open | Kind::Empty => {
                    match depth {
                        0 => survey.take_root(&token),
                        1 => {
                            children += 1;
                            survey.take_child(&token, children);
                        }
                        _ => survey.take_inner(&token),
                    }
                    depth += u32::from(token.kind == Kind::Open);
                }
                Kind::Close => depth = depth.saturating_sub(1),
                Kind::Between => {}
            }
        }
        Ok(survey)
    }

    fn take_root(&mut self, token: &Token<'_>) {
        self.prefix = String::from_utf8_lossy(token.prefix()).into_owned();
        self.namespace = namespace_of(token).unwrap_or_default();
        for (name, place) in token.attributes() {
            if let Some(prefix) = name.strip_prefix(b"xmlns:") {
                let uri = String::from_utf8_lossy(&token.raw[place]).into_owned();
                self.prefixes.insert(uri, String::from_utf8_lossy(prefix).into_owned());
            }
        }
    }

    fn take_child(&mut self, token: &Token<'_>, children: usize) {
        let local = token.local();
        if BEFORE_NOTES.contains(&local) {
            self.before_notes = children;
        }
        match local {
            b"legacyDrawing" => self.notes_id = token.attribute(":id"),
            b"sheetFormatPr" => {
                self.usual_width = decimal(token, "defaultColWidth").or_else(|| decimal(token, "baseColWidth"));
                self.usual_height = decimal(token, "defaultRowHeight");
            }
            _ => {}
        }
    }

    fn take_inner(&mut self, token: &Token<'_>) {
        match token.local() {
            b"sheetView" => self.is_selected |= token.is_true("tabSelected"),
            b"col" => {
                let (first, last) = (token.number("min"), token.number("max"));
                if let (Some(first), Some(last)) = (first, last) {
                    self.columns.push(Columns {
                        first,
                        last,
                        width: decimal(token, "width"),
                        is_hidden: token.is_true("hidden"),
                        style: token.number("style").unwrap_or(0),
                    });
                }
            }
            b"row" => {
                self.take_row(token.number("r"));
                let height = decimal(token, "ht").filter(|_| !token.is_true("hidden"));
                let height = if token.is_true("hidden") { Some(0.0) } else { height };
                if let (Some(row), Some(height)) = (token.number("r"), height) {
                    #[expect(clippy::cast_possible_truncation, reason = "a height in points is a small number")]
                    self.heights.insert(row, height as f32);
                }
            }
            b"c" => self.take_cell(token),
            b"f" => self.take_formula(token),
            b"mergeCell" => {
                self.merged.extend(token.attribute("ref").and_then(|name| place::area(name.trim().as_bytes())));
            }
            _ => {}
        }
    }

    fn take_row(&mut self, given: Option<u32>) {
        let row = given.unwrap_or(self.at.0 + 1);
        self.has_rows_in_order &= row > self.at.0;
        (self.at, self.is_numbered) = ((row, 0), given.is_some());
    }

    fn take_cell(&mut self, token: &Token<'_>) {
        let named = token.attribute("r").and_then(|name| place::cell(name.trim().as_bytes()));
        let (row, column) = named.unwrap_or((self.at.0, self.at.1 + 1));
        // A row without a number is told by its first cell.
        if !self.is_numbered {
            self.has_rows_in_order &= row >= self.at.0;
            (self.at.0, self.is_numbered) = (row, true);
        }
        if column <= self.at.1 {
            self.unordered.insert(self.at.0);
        }
        self.at.1 = column;
    }

    fn take_formula(&mut self, token: &Token<'_>) {
        let is_filling = token.attribute("t").is_some_and(|kind| matches!(kind.trim(), "array" | "dataTable"));
        let area = token.attribute("ref").filter(|_| is_filling);
        let area = area.and_then(|name| place::area(name.trim().as_bytes()));
        // The cell of the formula itself has it.
        let is_large = |area: &Area| area.first_row < area.last_row || area.first_column < area.last_column;
        self.filled.extend(area.filter(is_large));
    }

    /// The cells of a row come in their order.
    pub(super) fn has_in_order(&self, row: u32) -> bool {
        !self.unordered.contains(&row)
    }

    /// A formula of another cell gives this one its value.
    pub(super) fn is_filled(&self, at: Place) -> bool {
        self.filled.iter().any(|area| {
            (area.first_row..=area.last_row).contains(&at.0) && (area.first_column..=area.last_column).contains(&at.1)
        })
    }

    /// The prefix that the root binds to a namespace.
    pub(super) fn prefix_of(&self, namespace: &str) -> Option<&str> {
        self.prefixes.get(namespace).map(String::as_str)
    }

    /// The style of a cell that is not there.
    pub(super) fn column_style(&self, column: u32) -> u32 {
        self.column(column).map_or(0, |columns| columns.style)
    }

    /// Moves what is said of a merged cell to the one that shows.
    pub(super) fn gather<T>(&self, cells: &mut BTreeMap<Place, Vec<T>>) {
        for area in &self.merged {
            let first = (area.first_row, area.first_column);
            let rows = cells.range((area.first_row, 0)..=(area.last_row, u32::MAX));
            let is_inside = |column: u32| (area.first_column..=area.last_column).contains(&column);
            let covered: Vec<Place> = rows.map(|(at, _)| *at).filter(|at| *at != first && is_inside(at.1)).collect();
            for at in covered {
                if let Some(said) = cells.remove(&at) {
                    cells.entry(first).or_default().extend(said);
                }
            }
        }
    }

    /// Moves the colours of merged cells to the one that shows; they come in their order, and so they go.
    pub(super) fn gather_colours(&self, colours: &mut Vec<(Place, Severity)>) {
        let mut moved: Vec<(usize, Place)> = Vec::new();
        for area in &self.merged {
            let from = colours.partition_point(|(at, _)| at.0 < area.first_row);
            let to = colours.partition_point(|(at, _)| at.0 <= area.last_row);
            let is_inside = |index: &usize| (area.first_column..=area.last_column).contains(&colours[*index].0.1);
            moved.extend((from..to).filter(is_inside).map(|index| (index, (area.first_row, area.first_column))));
        }
        for (index, at) in moved {
            colours[index].0 = at;
        }
        gravest(colours);
    }

    /// Pixels of a column.
    pub(super) fn width(&self, column: u32) -> f64 {
        let columns = self.column(column);
        if columns.is_some_and(|columns| columns.is_hidden) {
            return 0.0;
        }
        let width = columns.and_then(|columns| columns.width).or(self.usual_width).unwrap_or(USUAL_WIDTH);
        width * CHARACTER_PIXELS + PADDING_PIXELS
    }

    /// Pixels of a row.
    pub(super) fn height(&self, row: u32) -> f64 {
        let points = self.heights.get(&row).map(|height| f64::from(*height)).or(self.usual_height);
        points.map_or(ROW_PIXELS, |points| points * 4.0 / 3.0)
    }

    fn column(&self, column: u32) -> Option<&Columns> {
        self.columns.iter().find(|columns| (columns.first..=columns.last).contains(&column))
    }
}

fn decimal(token: &Token<'_>, name: &str) -> Option<f64> {
    token.attribute(name)?.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}
