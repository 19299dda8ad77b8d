//! Looking at the header of a picture.

use super::fault::Fault;
use super::kind::Kind;

/// The shortest side that is taken, in pixels (image guide of the seller centre).
pub const LEAST_SIDE: u32 = 330;

/// The longest side that is taken, in pixels (image guide).
pub const MOST_SIDE: u32 = 5000;

/// The most bytes that are taken: 3 MiB (image guide).
pub const LONGEST: u64 = 3 << 20;

/// The pages of the image calls speak of 1 MB; above it some servers may refuse a picture.
pub const LARGE: u64 = 1_000_000;

/// The size of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pixels {
    /// From side to side.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// What the header tells.
enum Header {
    Pixels(Pixels),
    /// It goes on behind the bytes that are there, or makes no sense.
    Cut,
}

/// Looks at a picture of `length` bytes that begins with `start`.
///
/// # Errors
/// Why it would be refused. [`Fault::Cut`] may mean that more of it must be seen.
pub fn look(start: &[u8], length: u64) -> Result<Pixels, Fault> {
    if start.is_empty() {
        return Err(Fault::Empty);
    }
    let kind = Kind::of(start);
    let header = match kind {
        Kind::Jpeg => jpeg(start),
        Kind::Png => png(start),
        Kind::WebP
        | Kind::Avif
        | Kind::Heic
        | Kind::Gif
        | Kind::Bmp
        | Kind::Tiff
        | Kind::Psd
        | Kind::Svg
        | Kind::Pdf
        | Kind::Html
        | Kind::Unknown => return Err(Fault::Type(kind)),
    };
    if length > LONGEST {
        return Err(Fault::Size(length));
    }
    let Header::Pixels(pixels) = header else { return Err(Fault::Cut(kind)) };
    let is_sound = |side: u32| (LEAST_SIDE..=MOST_SIDE).contains(&side);
    if is_sound(pixels.width) && is_sound(pixels.height) { Ok(pixels) } else { Err(Fault::Pixels(pixels)) }
}

/// The first chunk of a PNG is IHDR, which begins with width and height.
fn png(bytes: &[u8]) -> Header {
    let long = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    match (bytes.get(12..16), long(16), long(20)) {
        (Some(b"IHDR"), Some(width), Some(height)) => Header::Pixels(Pixels { width, height }),
        _ => Header::Cut,
    }
}

/// The frame header of a JPEG stands behind segments that each tell their length.
fn jpeg(bytes: &[u8]) -> Header {
    let short = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let mut at = 2;
    while let Some(marker) = marker(bytes, &mut at) {
        match marker {
            // Alone, without a length.
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            // The picture itself, or its end, before any frame.
            0xd9 | 0xda => return Header::Cut,
            // A frame: length, precision, height, width.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return match (short(at + 3), short(at + 5)) {
                    (Some(height), Some(width)) => {
                        Header::Pixels(Pixels { width: width.into(), height: height.into() })
                    }
                    _ => Header::Cut,
                };
            }
            _ => match short(at) {
                Some(length) if length >= 2 => at += usize::from(length),
                _ => return Header::Cut,
            },
        }
    }
    Header::Cut
}

/// The next marker; `at` stands behind it. What is no marker is passed over, as readers do.
fn marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    let from = bytes.get(*at..)?;
    let mark = from.iter().position(|byte| *byte == 0xff)?;
    let fill = from[mark..].iter().position(|byte| *byte != 0xff)?;
    *at += mark + fill + 1;
    Some(from[mark + fill])
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The beginning of a PNG of this size; nobody decodes the rest.
    pub(crate) fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend(*b"\x08\x02\0\0\0");
        bytes
    }

    /// The beginning of a JPEG of this size, behind so many bytes of other segments.
    pub(crate) fn jpeg_of(width: u16, height: u16, before: usize) -> Vec<u8> {
        let mut bytes = b"\xff\xd8".to_vec();
        let mut left = before;
        while left > 0 {
            let length = left.min(60_000);
            bytes.extend(*b"\xff\xe1");
            bytes.extend((length as u16 + 2).to_be_bytes());
            bytes.extend(std::iter::repeat_n(0xff, length));
            left -= length;
        }
        bytes.extend(*b"\xff\xff\xc2\0\x11\x08");
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes
    }

    #[track_caller]
    fn check(bytes: &[u8], expect: &str) {
        let said = look(bytes, bytes.len() as u64);
        let said = said.map_or_else(|fault| fault.to_string(), |found| format!("{} x {}", found.width, found.height));
        assert!(said.contains(expect), "{said}");
    }

    #[test]
    fn the_header_tells_the_size() {
        check(&png_of(800, 600), "800 x 600");
        check(&jpeg_of(800, 600, 0), "800 x 600");
        check(&jpeg_of(800, 600, 200_000), "800 x 600");
        check(&[b"\xff\xd8\xff\xd0\0\0".as_slice(), &jpeg_of(800, 600, 9)[2..]].concat(), "800 x 600");
    }

    #[test]
    fn each_side_has_330_to_5000_pixels() {
        check(&png_of(330, 5000), "330 x 5000");
        check(&png_of(329, 600), "has 329 x 600 pixels");
        check(&png_of(600, 329), "has 600 x 329 pixels");
        check(&jpeg_of(5001, 600, 0), "has 5001 x 600 pixels");
        check(&jpeg_of(600, 0, 0), "has 600 x 0 pixels");
        check(&png_of(u32::MAX, u32::MAX), "has 4294967295 x 4294967295");
    }

    #[test]
    fn what_is_no_whole_header_is_told() {
        check(b"", "is empty");
        check(b"GIF89a", "type GIF");
        check(b"<html>", "is a web page");
        check(b"hello", "is neither");
        check(&png_of(800, 600)[..20], "begins as a PNG, but its header is damaged or cut off");
        let jpeg = jpeg_of(800, 600, 100);
        check(&jpeg[..50], "begins as a JPEG");
        check(&jpeg[..jpeg.len() - 1], "begins as a JPEG");
        check(b"\xff\xd8\xff\xda\0\x02", "begins as a JPEG");
        check(b"\xff\xd8\xff\xe0\0\x01", "begins as a JPEG");
    }

    #[test]
    fn three_mebibytes_are_taken() {
        assert!(look(&png_of(800, 600), LONGEST).is_ok());
        assert_eq!(look(&png_of(800, 600), LONGEST + 1), Err(Fault::Size(LONGEST + 1)));
        assert_eq!(look(b"BM", LONGEST + 1), Err(Fault::Type(Kind::Bmp)));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(mut bytes in prop::collection::vec(any::<u8>(), 0..400), head in 0..3_usize, cut in 0..400_usize) {
            let begin: &[u8] = [b"".as_slice(), b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"][head];
            bytes.splice(0..0, begin.iter().copied());
            bytes.truncate(cut);
            let _ = look(&bytes, bytes.len() as u64);
        }

        #[test]
        fn a_cut_picture_is_never_sound(cut in 0..60_200_usize) {
            let jpeg = jpeg_of(800, 600, 60_100);
            prop_assert!(cut >= jpeg.len() || look(&jpeg[..cut], cut as u64).is_err());
        }
    }
}
