//! What the number formats of a workbook make of its cells, by the number of the cell's style.

use std::collections::HashMap;
use std::io::Read;

use super::super::Limits;
use super::super::sniff::Refusal;
#[cfg(feature = "workbooks")]
use super::format::Class;
use super::format::Look;
use super::markup::Tag;
use super::place::number;
use super::xml::{Event, Xml, malformed};

/// The most styles and formats; a workbook may have 65,490.
const MOST: usize = 1_000_000;

/// A look for each style of cells.
#[derive(Debug, Default)]
pub(super) struct Styles {
    looks: Vec<Look>,
}

impl Styles {
    /// Reads the part that holds them.
    pub(super) fn read(part: impl Read, limits: &Limits) -> Result<Styles, Refusal> {
        let mut xml = Xml::new(part, limits);
        let mut formats = HashMap::new();
        let mut styles = Vec::new();
        xml.root(b"styleSheet")?;
        loop {
            match xml.next()? {
                Event::Start(tag) => match tag.local() {
                    b"numFmts" => each(&mut xml, |tag| {
                        let code = tag.attribute("formatCode")?.unwrap_or_default();
                        formats.insert(format_id(tag)?, Look::custom(&code));
                        Ok(formats.len())
                    })?,
                    b"cellXfs" => each(&mut xml, |tag| {
                        styles.push(format_id(tag)?);
                        Ok(styles.len())
                    })?,
                    _ => xml.skip()?,
                },
                Event::Eof => break,
                Event::End | Event::Text(_) => {}
            }
        }
        let look = |id: &u32| formats.get(id).copied().unwrap_or_else(|| Look::built_in(*id));
        Ok(Styles { looks: styles.iter().map(look).collect() })
    }

    /// Whether each style shows a number as it is: neither as a date nor with zeros in front.
    #[cfg(feature = "workbooks")]
    pub(super) fn plain(&self) -> Vec<bool> {
        self.looks.iter().map(|look| look.class == Class::Plain && look.digits <= 1).collect()
    }

    /// What the style with this number makes of a cell.
    #[inline]
    pub(super) fn look(&self, style: usize) -> Look {
        self.looks.get(style).copied().unwrap_or_default()
    }
}

fn format_id(tag: &Tag<'_>) -> Result<u32, Refusal> {
    let id = tag.attribute("numFmtId")?;
    Ok(id.and_then(|id| number(id.trim().as_bytes())).unwrap_or(0))
}

/// Calls `take` with the elements inside the one that began last; it answers how many it has.
fn each(xml: &mut Xml<impl Read>, mut take: impl FnMut(&Tag<'_>) -> Result<usize, Refusal>) -> Result<(), Refusal> {
    loop {
        match xml.next()? {
            Event::Start(tag) => {
                if take(&tag)? > MOST {
                    return Err(malformed(&format!("it has more than {MOST} styles")));
                }
                xml.skip()?;
            }
            Event::End => return Ok(()),
            Event::Text(_) => {}
            Event::Eof => return Err(malformed("its styles break off")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::Class;
    use super::*;

    #[test]
    fn a_style_has_the_look_of_its_format() {
        let xml = "<x:styleSheet xmlns:x=\"y\"><x:numFmts count=\"9\"><x:numFmt numFmtId=\"164\" \
                   formatCode=\"[$-409]d&quot;d&quot;\"/><x:numFmt numFmtId=\"14\" formatCode=\"0000\"/></x:numFmts>\
                   <x:cellStyleXfs><x:xf numFmtId=\"22\"/></x:cellStyleXfs>\
                   <x:cellXfs><x:xf numFmtId=\"0\"/><x:xf numFmtId=\"164\"><x:alignment/></x:xf><x:xf/>\
                   <x:xf numFmtId=\"14\"/><x:xf numFmtId=\"22\"/></x:cellXfs></x:styleSheet>";
        let styles = Styles::read(xml.as_bytes(), &Limits::default()).unwrap();
        let looks: Vec<(Class, u8)> = (0..6).map(|style| styles.look(style)).map(|l| (l.class, l.digits)).collect();
        let plain = (Class::Plain, 0);
        assert_eq!(looks, [plain, (Class::Date, 0), plain, (Class::Plain, 4), (Class::Date, 0), plain]);
    }
}
