//! The sheet of a template that explains how the other one is filled in.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::ask::{Ask, Chosen, Demand};
use super::book::{self, IN_SOME, MANDATORY};

/// Its name.
const SHEET: &str = "How to fill it in";

/// In points.
const LINE_HEIGHT: u32 = 15;

const LINES: [&str; 7] = [
    "One row is one SKU. Rows with the same key in `product` become one product.",
    "A star and a red header: every product needs it. A brown header: products of some categories do.",
    "What all SKUs of a product share may stand in its first row only.",
    "The grey example row is never sent: leave it, overwrite it or delete it.",
    "Columns may be moved, and those that you do not need deleted. Do not change the headers.",
    "A cell that may hold several values has them parted by commas.",
    "Point at a header to see what belongs below it. Save the file as .xlsx, and check it: skuload check FILE",
];

const TITLES: [(&str, f64); 9] = [
    ("Column", 26.0),
    ("What it is", 42.0),
    ("Of what", 16.0),
    ("Mandatory", 16.0),
    ("Filled in with", 28.0),
    ("Values", 9.0),
    ("What is allowed", 52.0),
    ("Example", 36.0),
    ("Only in", 20.0),
];

/// The sheet.
pub(super) fn page(asks: &[Ask], chosen: &[Chosen<'_>]) -> Result<Worksheet, XlsxError> {
    let mut page = Worksheet::new();
    page.set_name(SHEET)?;
    let title = Format::new().set_bold().set_font_size(16);
    page.write_with_format(0, 0, "How to fill in the sheet Products", &title)?;
    let mut row = 1;
    for line in LINES {
        page.write(row, 0, line)?;
        row += 1;
    }
    // Where no column is of some categories only, nothing is said of them.
    let titles = if asks.iter().any(|ask| !ask.only_in.is_empty()) { &TITLES[..] } else { &TITLES[..8] };
    if !chosen.is_empty() {
        row += 1;
        page.write_with_format(row, 0, "Categories", &Format::new().set_bold())?;
        for category in chosen {
            row += 1;
            page.write_string(row, 0, category.id.to_string())?;
            page.write_string(row, 1, &category.path)?;
        }
        row += 1;
    }
    row += 1;
    for (column, (text, width)) in (0..).zip(titles) {
        page.set_column_width(column, *width)?;
        page.write_with_format(row, column, *text, &book::header(&Demand::Never))?;
    }
    for ask in asks {
        row += 1;
        explain(&mut page, row, ask, titles)?;
    }
    page.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(page)
}

fn explain(page: &mut Worksheet, row: u32, ask: &Ask, titles: &[(&str, f64)]) -> Result<(), XlsxError> {
    let cell = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_border_bottom(FormatBorder::Hair);
    let bold = cell.clone().set_bold();
    let colour = match ask.demand {
        Demand::Always => MANDATORY,
        Demand::In(_) => IN_SOME,
        Demand::Never => Color::Black,
    };
    page.write_with_format(row, 0, ask.shown_header(), &bold.set_font_color(colour))?;
    let mandatory = match &ask.demand {
        Demand::Always => "yes".to_owned(),
        Demand::In(by) => format!("in {}", numbers(by)),
        Demand::Never => String::new(),
    };
    let count = if ask.options.is_empty() { String::new() } else { ask.options.len().to_string() };
    let input = ask.choice.told().filter(|_| !ask.options.is_empty()).unwrap_or(ask.kind.input());
    let only_in = numbers(&ask.only_in);
    let texts =
        [&ask.what, ask.scope.told(), &mandatory, input, &count, &ask.limits, ask.example.as_str(), only_in.as_str()];
    let mut lines = 1;
    for ((column, text), (_, width)) in (1..).zip(texts).zip(&titles[1..]) {
        page.write_string_with_format(row, column, text, &cell)?;
        lines = lines.max(text.chars().count() as u32 / *width as u32 + 1);
    }
    // Not every program makes a row as high as its text.
    page.set_row_height(row, LINE_HEIGHT * lines + 2)?;
    Ok(())
}

fn numbers(ids: &[u64]) -> String {
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}
