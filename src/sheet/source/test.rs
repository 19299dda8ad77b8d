//! Sheets as lines of text, for tests: read one row after the other and in chunks, which must agree.

use super::super::{Kind, Row};
use super::*;

/// Row by row `number:line cell|cell`, kinds other than text as their first letter; or the error.
pub(in crate::sheet) fn dump_with(bytes: &[u8], options: &ReadOptions, sheet: &str) -> String {
    match Source::open("shop.csv", Input::Bytes(Arc::from(bytes)), options) {
        Ok(source) => dump_source(&source, sheet),
        Err(error) => error.to_string(),
    }
}

pub(in crate::sheet) fn dump(bytes: &[u8], sheet: &str) -> String {
    dump_with(bytes, &ReadOptions::default(), sheet)
}

/// Both ways to read a sheet must agree.
#[track_caller]
pub(in crate::sheet) fn dump_source(source: &Source, sheet: &str) -> String {
    let mut rows = Vec::new();
    let outcome = source.read(sheet, &mut |block| {
        rows.extend(block.rows().map(|row| dump_row(&row)));
        ControlFlow::Continue(())
    });
    let in_chunks = in_chunks(source, sheet);
    match (outcome, in_chunks) {
        (Ok(layout), Ok((filled, layout_of_chunks))) => {
            assert_eq!(layout, layout_of_chunks);
            let is_filled = |row: &&String| row.split_once(' ').is_some_and(|(_, cells)| !cells.is_empty());
            assert!(rows.iter().filter(is_filled).eq(&filled), "{rows:#?}\nin chunks {filled:#?}");
            rows.join("\n")
        }
        (Err(error), Err(of_chunks)) => {
            assert_eq!(error.to_string(), of_chunks.to_string());
            error.to_string()
        }
        (read, in_chunks) => panic!("{read:?}\nin chunks {in_chunks:?}"),
    }
}

fn dump_row(row: &Row<'_>) -> String {
    let cells: Vec<String> = row.cells().map(|cell| shown(cell.text, cell.kind)).collect();
    let line = row.line().map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line} {}", row.number(), cells.join("|"))
}

/// The rows that have something in them.
fn in_chunks(source: &Source, sheet: &str) -> Result<(Vec<String>, Layout), SheetError> {
    let (mut rows, mut formulas, mut is_broken) = (Vec::new(), 0, false);
    let layout = source.chunks(sheet, None, &mut |chunk| {
        let Ok(block) = chunk.block() else {
            is_broken = true;
            return ControlFlow::Break(());
        };
        formulas += block.formulas();
        rows.extend(block.rows().filter(|row| !row.is_blank()).map(|row| dump_row(&row)));
        ControlFlow::Continue(())
    })?;
    match source.fault(sheet).filter(|_| is_broken) {
        Some(error) => Err(error),
        None => Ok((rows, Layout { formulas: layout.formulas + formulas, ..layout })),
    }
}

fn shown(text: &str, kind: Kind) -> String {
    let mark = match kind {
        Kind::Text => "",
        Kind::Number => "n:",
        Kind::Date => "d:",
        Kind::Bool => "b:",
        Kind::Error => "e:",
        Kind::Formula => "f:",
        Kind::Picture => "p:",
    };
    format!("{mark}{}", text.replace('\n', "⏎"))
}
