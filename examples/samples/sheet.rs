//! A sheet of the samples, and how it is written as XLSX and as CSV with the same digits.

use std::error::Error;
use std::path::Path;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
};

/// What can go wrong while the samples are written.
pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// How a date cell looks; a CSV holds the same characters.
pub(crate) const DATE_FORMAT: &str = "yyyy-mm-dd hh:mm";

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing.
    Blank,
    /// Text.
    Text(String),
    /// A number: plain digits without superfluous zeros, so that both formats show the same.
    Number(String),
    /// A date and time: `2036-12-01 00:00`.
    Date(String),
    /// An error of the spreadsheet program: `#N/A`.
    Error(&'static str),
}

impl Cell {
    /// A text cell; the empty text is a blank cell.
    pub(crate) fn text(text: impl Into<String>) -> Cell {
        let text = text.into();
        if text.is_empty() { Cell::Blank } else { Cell::Text(text) }
    }

    /// A number cell of these digits.
    pub(crate) fn number(digits: impl ToString) -> Cell {
        Cell::Number(digits.to_string())
    }

    /// A number cell of so many hundredths: 12950 is `129.5`.
    pub(crate) fn hundredths(hundredths: u32) -> Cell {
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        match (rest, rest % 10) {
            (0, _) => Cell::number(whole),
            (_, 0) => Cell::number(format!("{whole}.{}", rest / 10)),
            (_, _) => Cell::number(format!("{whole}.{rest:02}")),
        }
    }

    /// A date cell.
    pub(crate) fn date(text: impl Into<String>) -> Cell {
        Cell::Date(text.into())
    }

    fn shown(&self) -> &str {
        match self {
            Cell::Blank => "",
            Cell::Text(text) | Cell::Number(text) | Cell::Date(text) => text,
            Cell::Error(text) => text,
        }
    }
}

/// Headers in row 1, rows of cells below. A CSV row may be longer than the headers.
pub(crate) struct Sheet {
    /// The header of each column.
    pub(crate) headers: Vec<&'static str>,
    /// The rows below it.
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// The index, from 0, of the column with this header.
    pub(crate) fn column(&self, header: &str) -> usize {
        let found = self.headers.iter().position(|known| *known == header);
        found.unwrap_or_else(|| panic!("no column `{header}`"))
    }

    /// Writes it as CSV: commas, UTF-8, line feeds.
    pub(crate) fn write_csv(&self, path: &Path) -> Outcome {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_path(path)?;
        writer.write_record(&self.headers)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(Cell::shown))?;
        }
        Ok(writer.flush()?)
    }

    /// Writes it into `worksheet`, header row frozen.
    pub(crate) fn write_into(&self, worksheet: &mut Worksheet) -> Outcome {
        let header = header_format(0x1F4E78);
        for (column, text) in (0..).zip(&self.headers) {
            worksheet.set_column_width(column, width_of(text))?;
            if !text.is_empty() {
                worksheet.write_with_format(0, column, *text, &header)?;
            }
        }
        worksheet.set_freeze_panes(1, 1)?;
        let (plain, date) = (Format::default(), Format::new().set_num_format(DATE_FORMAT));
        for (row, cells) in (1..).zip(&self.rows) {
            for (column, cell) in (0..).zip(cells) {
                let format = if matches!(cell, Cell::Date(_)) { &date } else { &plain };
                write_cell(worksheet, (row, column), cell, format)?;
            }
        }
        Ok(())
    }
}

/// Writes one cell, its row and column counted from 0. A blank one is written for its format only.
pub(crate) fn write_cell(worksheet: &mut Worksheet, place: (u32, u16), cell: &Cell, format: &Format) -> Outcome {
    let (row, column) = place;
    match cell {
        Cell::Blank => worksheet.write_blank(row, column, format)?,
        Cell::Text(text) => worksheet.write_string_with_format(row, column, text, format)?,
        Cell::Number(digits) => worksheet.write_number_with_format(row, column, digits.parse::<f64>()?, format)?,
        Cell::Date(text) => worksheet.write_datetime_with_format(row, column, moment(text)?, format)?,
        Cell::Error(text) => {
            let formula = Formula::new("=NA()").set_result(*text);
            worksheet.write_formula_with_format(row, column, formula, format)?
        }
    };
    Ok(())
}

/// A workbook whose bytes do not depend on the day it is written.
pub(crate) fn workbook(title: &str) -> Result<Workbook, Box<dyn Error>> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
    let properties = DocProperties::new().set_title(title).set_author("skuload").set_creation_datetime(&created);
    workbook.set_properties(&properties);
    Ok(workbook)
}

/// White bold letters on `background`.
pub(crate) fn header_format(background: u32) -> Format {
    Format::new()
        .set_bold()
        .set_font_color(Color::White)
        .set_background_color(Color::RGB(background))
        .set_border_bottom(FormatBorder::Thin)
        .set_align(FormatAlign::VerticalCenter)
}

fn width_of(header: &str) -> f64 {
    match header {
        "name" | "description" | "short_description" => 40.0,
        "special_from_date" | "special_to_date" => 18.0,
        "SellerSku" => 26.0,
        "package_content" => 30.0,
        other if other.starts_with("Image") => 30.0,
        _ => 15.0,
    }
}

/// The moment of a text like `2036-12-01 00:00`.
fn moment(text: &str) -> Result<ExcelDateTime, Box<dyn Error>> {
    let (date, time) = text.split_once(' ').ok_or("a date without a time")?;
    let (hours, minutes) = time.split_once(':').ok_or("a time without minutes")?;
    let parts: Vec<&str> = date.split('-').collect();
    let day = ExcelDateTime::from_ymd(parts[0].parse()?, parts[1].parse()?, parts[2].parse()?)?;
    Ok(day.and_hms(hours.parse()?, minutes.parse()?, 0)?)
}
