//! The pictures that lie over a sheet, and the cells they are anchored to.

use std::io::Read;

use super::super::Limits;
use super::super::sniff::Refusal;
use super::place::{self, LAST_COLUMN, LAST_ROW};
use super::xml::{Event, Xml, malformed};

/// The most pictures of one sheet.
const MOST: usize = 1_000_000;

/// The cells, by row and column from 1, at which the pictures of a drawing begin.
pub(super) fn pictures(part: impl Read, limits: &Limits) -> Result<Vec<(u32, u32)>, Refusal> {
    let mut xml = Xml::new(part, limits);
    let mut pictures = Vec::new();
    xml.root(b"wsDr")?;
    loop {
        match xml.next()? {
            Event::Start(tag) if matches!(tag.local(), b"oneCellAnchor" | b"twoCellAnchor") => {
                let (place, count) = anchor(&mut xml)?;
                if let Some(place) = place {
                    pictures.extend(std::iter::repeat_n(place, count));
                }
                if pictures.len() > MOST {
                    return Err(malformed(&format!("more than {MOST} pictures lie over a sheet")));
                }
            }
            Event::Start(_) => xml.skip()?,
            Event::Eof => return Ok(pictures),
            Event::End | Event::Text(_) => {}
        }
    }
}

/// Where an anchor holds, and how many pictures hang on it.
fn anchor(xml: &mut Xml<impl Read>) -> Result<(Option<(u32, u32)>, usize), Refusal> {
    let (mut place, mut pictures, mut depth) = (None, 0, 1);
    while depth > 0 {
        match xml.next()? {
            Event::Start(tag) => match tag.local() {
                b"from" => place = marker(xml)?,
                b"pic" => {
                    pictures += 1;
                    xml.skip()?;
                }
                // The same picture once more, for older programs.
                b"Fallback" => xml.skip()?,
                // Groups, and what stands for newer drawings.
                _ => depth += 1,
            },
            Event::End => depth -= 1,
            Event::Text(_) => {}
            Event::Eof => return Err(malformed("a drawing breaks off")),
        }
    }
    Ok((place, pictures))
}

/// The cell of a marker, whose numbers count from 0.
fn marker(xml: &mut Xml<impl Read>) -> Result<Option<(u32, u32)>, Refusal> {
    let (mut row, mut column) = (None, None);
    let mut text = String::new();
    loop {
        text.clear();
        let number = |text: &str| place::number(text.trim().as_bytes());
        match xml.next()? {
            Event::Start(tag) => match tag.local() {
                b"row" => {
                    xml.push_text(&mut text)?;
                    row = number(&text).filter(|row| *row < LAST_ROW);
                }
                b"col" => {
                    xml.push_text(&mut text)?;
                    column = number(&text).filter(|column| *column < LAST_COLUMN);
                }
                _ => xml.skip()?,
            },
            Event::End => return Ok(row.zip(column).map(|(row, column)| (row + 1, column + 1))),
            Event::Text(_) => {}
            Event::Eof => return Err(malformed("a drawing breaks off")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lie_where_their_anchors_begin() {
        let from = |row: &str, column: &str| {
            format!(
                "<xdr:from><xdr:col>{column}</xdr:col><xdr:colOff>9</xdr:colOff><xdr:row>{row}</xdr:row></xdr:from>"
            )
        };
        let xml = format!(
            "<xdr:wsDr xmlns:xdr=\"x\"><xdr:twoCellAnchor>{}<xdr:to><xdr:col>9</xdr:col></xdr:to><xdr:pic><a/></xdr:pic><mc:Fallback><xdr:pic/></mc:Fallback>\
             </xdr:twoCellAnchor><xdr:oneCellAnchor>{}<xdr:grpSp><xdr:pic/><xdr:pic/></xdr:grpSp></xdr:oneCellAnchor>\
             <xdr:absoluteAnchor><xdr:pic/></xdr:absoluteAnchor><xdr:twoCellAnchor>{}<xdr:graphicFrame/>\
             </xdr:twoCellAnchor><xdr:twoCellAnchor>{}<xdr:pic/></xdr:twoCellAnchor></xdr:wsDr>",
            from("3", "1"),
            from("4", "0"),
            from("5", "0"),
            from("99999999999", "0"),
        );
        assert_eq!(pictures(xml.as_bytes(), &Limits::default()).unwrap(), [(4, 2), (5, 1), (5, 1)]);
    }
}
