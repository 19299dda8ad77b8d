//! UploadImage: a picture whose bytes are the whole body.
//!
//! Its type is told by its first bytes and its size read from its header; the picture itself is not decoded.
//! Published: the binary body, E300 and E303, `Body.Image.{Url,Code}`, and in the image guide JPEG and PNG, 330 to
//! 5000 pixels a side, at most 3 MiB. Our reading: which of the two errors is for what.

use serde_json::{Value, json};

use super::address;
use super::pictures::Pictures;
use super::reply::{ApiError, Detail};
use super::store::Effect;

const MAX_BYTES: usize = 3 * 1024 * 1024;
const SIDES: std::ops::RangeInclusive<u32> = 330..=5000;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// A picture that arrived.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// The same for the same bytes.
    code: String,
    /// How its file name ends.
    ending: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sides {
    width: u32,
    height: u32,
}

/// Looks at the bytes of a picture.
pub(super) fn read(bytes: &[u8]) -> Result<Picture, ApiError> {
    if bytes.len() > MAX_BYTES {
        return Err(ApiError::new(303));
    }
    let (sides, ending) = if bytes.starts_with(PNG) {
        (png_sides(bytes), "png")
    } else if bytes.starts_with(JPEG) {
        (jpeg_sides(bytes), "jpg")
    } else {
        return Err(refused("The image is neither JPEG nor PNG"));
    };
    let sides = sides.ok_or_else(|| refused("The image is damaged"))?;
    if !SIDES.contains(&sides.width) || !SIDES.contains(&sides.height) {
        return Err(refused("The image must have 330 to 5000 pixels a side"));
    }
    Ok(Picture { code: address::code(bytes), ending })
}

/// Holds one more copy: the change, and what is said of it.
pub(super) fn copy(picture: &Picture, pictures: &Pictures) -> (Effect, Value) {
    let (code, url) = (picture.code.clone(), pictures.next_copy(&picture.code, picture.ending));
    let body = json!({"Image": {"Url": url, "Code": code}});
    (Effect::Upload { code, url }, body)
}

fn refused(message: &str) -> ApiError {
    ApiError::with_details(300, vec![Detail::new("__images__", message, None)])
}

fn png_sides(bytes: &[u8]) -> Option<Sides> {
    let header = bytes.get(PNG.len()..)?;
    let side = |bytes: &[u8; 4]| u32::from_be_bytes(*bytes);
    Some(Sides { width: side(header.first_chunk()?), height: side(header.get(4..)?.first_chunk()?) })
}

/// Goes from segment to segment up to the one that begins a frame.
fn jpeg_sides(bytes: &[u8]) -> Option<Sides> {
    let mut rest = bytes.get(2..)?;
    loop {
        let (&mark, after) = rest.split_first()?;
        if mark != 0xff {
            return None;
        }
        let (&kind, after) = after.split_first()?;
        match kind {
            // A fill byte; the next one may be the mark's second half.
            0xff => rest = rest.get(1..)?,
            // Markers without a segment.
            0x01 | 0xd0..=0xd8 => rest = after,
            // The frame never began.
            0xd9 | 0xda => return None,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return frame_sides(after),
            _ => rest = after.get(usize::from(two(after)?)..)?,
        }
    }
}

/// Length, precision, height, width.
fn frame_sides(segment: &[u8]) -> Option<Sides> {
    let (height, width) = (two(segment.get(3..)?)?, two(segment.get(5..)?)?);
    Some(Sides { width: width.into(), height: height.into() })
}

fn two(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        [PNG, &width.to_be_bytes(), &height.to_be_bytes(), b"\x08\x02\0\0\0"].concat()
    }

    fn jpeg(before: &[u8], frame: u8, width: u16, height: u16) -> Vec<u8> {
        let sides = [height.to_be_bytes(), width.to_be_bytes()].concat();
        [&[0xff, 0xd8], before, &[0xff, frame, 0, 17, 8], &sides, &[3; 10]].concat()
    }

    #[track_caller]
    fn check(bytes: &[u8], expect: &str) {
        let outcome = match read(bytes) {
            Ok(picture) => picture.ending.to_owned(),
            Err(error) => {
                let details: Vec<String> = error.details.iter().map(|detail| format!(" {}", detail.message)).collect();
                format!("{}{}", error.code, details.concat())
            }
        };
        assert_eq!(outcome, expect);
    }

    #[test]
    fn a_picture_has_330_to_5000_pixels_a_side() {
        check(&png(330, 5000), "png");
        check(&png(5000, 330), "png");
        for sides in [(329, 500), (500, 329), (5001, 500), (500, 5001), (0, 0), (u32::MAX, 500)] {
            check(&png(sides.0, sides.1), "300 The image must have 330 to 5000 pixels a side");
        }
    }

    #[test]
    fn the_frame_of_a_jpeg_is_found_behind_other_segments() {
        let app = [&[0xff, 0xe0, 0, 6][..], b"JFIF"].concat();
        check(&jpeg(&app, 0xc0, 800, 600), "jpg");
        check(&jpeg(&[&app[..], &[0xff, 0xff, 0x01, 0xff, 0xff]].concat(), 0xc2, 800, 600), "jpg");
        let huffman = [0xff, 0xc4, 0, 4, 0, 0];
        check(&jpeg(&huffman, 0xcf, 800, 600), "jpg");
        check(&jpeg(&app, 0xc0, 800, 200), "300 The image must have 330 to 5000 pixels a side");
    }

    #[test]
    fn a_damaged_header_is_no_picture() {
        let whole = jpeg(&[], 0xc0, 800, 600);
        for length in 3..9 {
            check(&whole[..length], "300 The image is damaged");
        }
        check(&png(500, 500)[..20], "300 The image is damaged");
        let damaged: [&[u8]; 4] =
            [b"\xff\xd8\xff\xda\0\x02", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xe0\0\0\0", b"\xff\xd8\xff\xe0\xff\xff"];
        for bytes in damaged {
            check(bytes, "300 The image is damaged");
        }
    }

    #[test]
    fn anything_else_is_no_picture() {
        for bytes in [&b""[..], b"GIF89a", b"<html>", b"\x89PNG", b"\xff\xd8"] {
            check(bytes, "300 The image is neither JPEG nor PNG");
        }
    }

    #[test]
    fn a_picture_has_at_most_three_mebibytes() {
        let mut bytes = png(500, 500);
        bytes.resize(MAX_BYTES, 0);
        check(&bytes, "png");
        bytes.push(0);
        check(&bytes, "303");
    }
}
