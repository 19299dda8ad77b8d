//! The workbook of a template: the sheet that is filled in.

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties, ExcelDateTime, Format,
    FormatAlign, FormatBorder, Note, Workbook, Worksheet, XlsxError,
};

use super::ask::{Ask, Chosen, Demand, Kind};
use super::explain;
use super::lists::Lists;
use crate::column::EXAMPLE_SKU;

/// The sheet that is filled in.
const SHEET: &str = "Products";
/// So many rows are looked at while they are typed.
const TYPED_ROWS: u32 = 10_000;

/// Headers: what every category demands, what some of the chosen ones do, and the rest.
pub(super) const MANDATORY: Color = Color::RGB(0xB0_3A_2E);
pub(super) const IN_SOME: Color = Color::RGB(0x9A_5B_00);
pub(super) const OPTIONAL: Color = Color::RGB(0x1F_4E_78);

/// The longest text that Excel shows beside a cell.
const LONGEST_MESSAGE: usize = 255;
/// Every spreadsheet program's own format for texts, `@` (ECMA-376 part 1, 18.8.30).
const TEXT_FORMAT: u8 = 49;
/// A column is not made wider for a longer value.
const LONGEST_SHOWN: usize = 30;
/// The longest text of a note: a longer one fits on no screen.
const LONGEST_NOTE: usize = 900;

/// The bytes of the workbook.
pub(super) fn written(asks: &[Ask], chosen: &[Chosen<'_>]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The same purpose gives the same bytes.
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
    let properties = DocProperties::new().set_title("Products for a shop").set_author("skuload");
    workbook.set_properties(&properties.set_creation_datetime(&created));
    let mut lists = Lists::default();
    let mut page = Worksheet::new();
    page.set_name(SHEET)?;
    fill(&mut page, asks, chosen, &mut lists)?;
    workbook.push_worksheet(page);
    workbook.push_worksheet(explain::page(asks, chosen)?);
    lists.write(&mut workbook)?;
    workbook.save_to_buffer()
}

fn fill<'a>(
    page: &mut Worksheet,
    asks: &'a [Ask],
    chosen: &[Chosen<'_>],
    lists: &mut Lists<'a>,
) -> Result<(), XlsxError> {
    page.set_row_height(0, 30)?;
    for (column, ask) in (0..).zip(asks) {
        page.set_column_width(column, width(ask))?;
        page.set_column_format(column, &format(ask.kind))?;
        page.write_with_format(0, column, ask.shown_header(), &header(&ask.demand))?;
        page.insert_note(0, column, &note(ask, chosen))?;
        let grey = format(ask.kind).set_italic().set_font_color(Color::RGB(0x6B_6B_6B));
        example(page, column, ask, &grey.set_background_color(Color::RGB(0xF2_F2_F2)))?;
        if let Some(rule) = rule(ask, chosen, lists)? {
            page.add_data_validation(2, column, TYPED_ROWS, column, &rule)?;
        }
    }
    page.set_freeze_panes(1, 1)?;
    // Too wide for one page of paper.
    page.set_landscape().set_repeat_columns(0, 0)?;
    Ok(())
}

/// Wide enough for the header and what is typed below it, in characters.
fn width(ask: &Ask) -> f64 {
    let least = match (ask.header.as_str(), ask.kind) {
        ("SellerSku", _) => 30,
        (_, Kind::Long) => 36,
        ("name", _) => 34,
        ("MainImage", _) => 42,
        (_, Kind::Moment) => 18,
        (_, Kind::Text | Kind::Picture) => 14,
        (_, Kind::Whole | Kind::Money | Kind::WholeMoney | Kind::Number | Kind::Day) => 12,
    };
    let typed = ask.options.iter().chain([&ask.example]).map(|text| text.chars().count()).max();
    let typed = typed.unwrap_or_default().min(LONGEST_SHOWN) + 2;
    let wanted = (ask.shown_header().chars().count() + 3).max(typed).max(least);
    f64::from(u32::try_from(wanted).unwrap_or(u32::MAX))
}

fn format(kind: Kind) -> Format {
    match kind {
        // Digits stay as they are typed: zeros in front, long barcodes, sizes that look like dates.
        Kind::Text => Format::new().set_num_format_index(TEXT_FORMAT),
        Kind::Day => Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
        Kind::Moment => Format::new().set_num_format("yyyy-mm-dd hh:mm").set_align(FormatAlign::Left),
        // More decimals are shown where they were typed, so that they are seen.
        Kind::Money => Format::new().set_num_format("0.00##"),
        Kind::Whole | Kind::WholeMoney => Format::new().set_num_format("0.####"),
        Kind::Number | Kind::Long | Kind::Picture => Format::new(),
    }
}

pub(super) fn header(demand: &Demand) -> Format {
    let background = match demand {
        Demand::Always => MANDATORY,
        Demand::In(_) => IN_SOME,
        Demand::Never => OPTIONAL,
    };
    let bold = Format::new().set_bold().set_font_color(Color::White).set_background_color(background);
    bold.set_align(FormatAlign::VerticalCenter).set_border_right(FormatBorder::Thin).set_border_color(Color::White)
}

/// The cell of the row that is never sent.
fn example(page: &mut Worksheet, column: u16, ask: &Ask, look: &Format) -> Result<(), XlsxError> {
    let text = if ask.header == "SellerSku" { EXAMPLE_SKU } else { &ask.example };
    match ask.kind {
        _ if text.is_empty() => page.write_blank(1, column, look)?,
        Kind::Whole | Kind::Money | Kind::WholeMoney | Kind::Number => {
            page.write_number_with_format(1, column, text.parse::<f64>().unwrap_or_default(), look)?
        }
        Kind::Day | Kind::Moment => {
            page.write_datetime_with_format(1, column, ExcelDateTime::parse_from_str(&text.replace(' ', "T"))?, look)?
        }
        Kind::Text | Kind::Long | Kind::Picture => page.write_string_with_format(1, column, text, look)?,
    };
    Ok(())
}

/// Who demands it, in words.
pub(super) fn demanded(ask: &Ask, chosen: &[Chosen<'_>]) -> String {
    match &ask.demand {
        Demand::Always => "mandatory".to_owned(),
        Demand::In(by) => format!("mandatory in {}", named(by, chosen)),
        Demand::Never => String::new(),
    }
}

fn named(ids: &[u64], chosen: &[Chosen<'_>]) -> String {
    let shown = chosen.iter().filter(|category| ids.contains(&category.id)).map(Chosen::shown);
    shown.collect::<Vec<_>>().join(", ")
}

/// What stands beside the header when somebody points at it.
fn note(ask: &Ask, chosen: &[Chosen<'_>]) -> Note {
    let mut lines = vec![demanded(ask, chosen), ask.what.clone(), ask.shown_limits()];
    if ask.header == "PrimaryCategory" {
        lines.extend(chosen.iter().map(Chosen::shown));
    }
    if !ask.example.is_empty() {
        lines.push(format!("example: {}", ask.example));
    }
    lines.retain(|line| !line.is_empty());
    let text: String = lines.join("\n").chars().take(LONGEST_NOTE).collect();
    let rows = text.lines().map(|line| line.chars().count() / 44 + 1).sum::<usize>();
    let height = u32::try_from(28 + 17 * rows).unwrap_or(u32::MAX).min(400);
    Note::new(text).add_author_prefix(false).set_width(300).set_height(height).set_background_color(0xFF_F8_DC)
}

/// A hint while typing, never a wall: the sheet is checked before it is sent, and a list may have grown since.
fn rule<'a>(ask: &'a Ask, chosen: &[Chosen<'_>], lists: &mut Lists<'a>) -> Result<Option<DataValidation>, XlsxError> {
    let listed = lists.rule(ask)?;
    let is_list = listed.is_some();
    let rule = match listed {
        Some(rule) => rule,
        None => match typed(ask) {
            Some(rule) => rule,
            None => return Ok(None),
        },
    };
    let cut = |text: &str| text.chars().take(LONGEST_MESSAGE).collect::<String>();
    let takes_others = is_list && ask.choice != super::ask::Choice::One;
    let rule = rule.set_error_style(DataValidationErrorStyle::Warning).show_error_message(!takes_others);
    let rule = rule.set_error_message(cut(&format!("{}: {}", ask.header, ask.shown_limits())))?;
    let rule = match ask.header.as_str() {
        "PrimaryCategory" if is_list => {
            let lines: Vec<String> = chosen.iter().map(Chosen::shown).collect();
            rule.set_input_message(cut(&lines.join("\n")))?
        }
        _ if is_list && ask.choice.is_several() => rule.set_input_message(cut(&ask.shown_limits()))?,
        _ => rule,
    };
    Ok(Some(rule))
}

/// What is looked at while it is typed into a column without a list.
fn typed(ask: &Ask) -> Option<DataValidation> {
    let rule = DataValidation::new();
    Some(match (ask.header.as_str(), ask.kind) {
        ("name", _) => rule.allow_text_length(DataValidationRule::Between(2, 255)),
        ("quantity", _) => rule.allow_whole_number(DataValidationRule::GreaterThanOrEqualTo(0)),
        (_, Kind::Whole | Kind::WholeMoney) => rule.allow_whole_number(DataValidationRule::GreaterThan(0)),
        (_, Kind::Money) => rule.allow_decimal_number(DataValidationRule::GreaterThan(0.0)),
        (header, Kind::Number) if header.starts_with("package_") => {
            rule.allow_decimal_number(DataValidationRule::GreaterThan(0.0))
        }
        (_, Kind::Number | Kind::Text | Kind::Long | Kind::Day | Kind::Moment | Kind::Picture) => return None,
    })
}
