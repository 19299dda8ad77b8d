//! Rows -> one page that a browser opens as it stands; it needs no other file, and no request leaves it.
//!
//! The counts and the charts are markup; the rows are JSON in blocks, which the page's own script reads, filters and
//! shows. The page is written as the rows come, so that memory does not grow with them.
//!
//! The rules it keeps: nothing of the sheet becomes markup, neither here nor in the script's hands; the policy in the
//! page's head lets nothing run or load but its own script and style.

mod data;
mod markup;
mod tally;

use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::layout::Layout;
use super::rows::Line;
use super::{About, COLUMNS, Lines};
use crate::column::Table;
use crate::verdict::Verdicts;
use data::{Head, RowData};
use markup::{Escaped, SCRIPT, STYLE, policy, scaffold};
use tally::{Tally, marks};

/// So many rows stand in one block: what the script reads before it lets the browser draw.
const BLOCK: usize = 1000;

/// What the page is of.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub(super) layout: &'a Layout,
    pub(super) tables: &'a [Table],
    pub(super) verdicts: &'a Verdicts,
    pub(super) about: &'a About,
}

impl Page<'_> {
    /// The columns in front of the merchant's.
    fn own(&self) -> usize {
        COLUMNS.len() + self.layout.columns_beside().len()
    }
}

/// A report as a page.
pub(super) struct HtmlLines<'f, 'p> {
    file: BufWriter<&'f mut File>,
    page: Page<'p>,
    /// The rows in the block that is open; none is open at 0.
    in_block: usize,
}

impl<'f, 'p> HtmlLines<'f, 'p> {
    pub(super) fn new(file: &'f mut File, page: Page<'p>) -> io::Result<HtmlLines<'f, 'p>> {
        let mut file = BufWriter::new(file);
        head(&mut file, page.about)?;
        markup::overview(&mut file, page, &Tally::of(page))?;
        markup::without_script(&mut file, page.verdicts)?;
        file.write_all(scaffold().as_bytes())?;
        file.write_all(b"<script type=\"application/json\" id=\"head\">")?;
        data::write(&mut file, &Head::of(page))?;
        file.write_all(b"</script>\n")?;
        Ok(HtmlLines { file, page, in_block: 0 })
    }

    fn close_block(&mut self) -> io::Result<()> {
        if self.in_block > 0 {
            self.file.write_all(b"]</script>\n")?;
        }
        self.in_block = 0;
        Ok(())
    }
}

impl Lines for HtmlLines<'_, '_> {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let opening: &[u8] = match self.in_block {
            0 => b"<script type=\"application/json\" class=\"block\">[\n",
            _ => b",\n",
        };
        self.file.write_all(opening)?;
        let cells = self.page.layout.cells(line.table, &line.row);
        let marks = marks(line.verdict, line.table, self.page);
        data::write(&mut self.file, &RowData { verdict: line.verdict, beside: line.beside, cells, marks })?;
        self.in_block += 1;
        if self.in_block == BLOCK {
            self.close_block()?;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.close_block()?;
        write!(self.file, "<script>{SCRIPT}</script>\n</body>\n</html>\n")?;
        self.file.flush()
    }
}

/// Up to the page's body. The policy comes before anything that it speaks of.
fn head(file: &mut impl Write, about: &About) -> io::Result<()> {
    let sheet = Escaped(&about.sheet);
    let title = if about.sheet.is_empty() { "" } else { " - " };
    write!(
        file,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{sheet}{title}skuload report</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n",
        policy()
    )
}
