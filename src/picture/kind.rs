//! The type of a picture, by its bytes and by its name.

use std::fmt;

/// What a file is, as far as its first bytes tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// JPEG, which marketplaces take.
    Jpeg,
    /// PNG, which marketplaces take.
    Png,
    /// WebP.
    WebP,
    /// AVIF.
    Avif,
    /// HEIC, as telephones write it.
    Heic,
    /// GIF.
    Gif,
    /// BMP.
    Bmp,
    /// TIFF.
    Tiff,
    /// A document of Photoshop.
    Psd,
    /// SVG.
    Svg,
    /// A PDF document.
    Pdf,
    /// A web page.
    Html,
    /// None of these.
    Unknown,
}

/// Endings of picture files.
const ENDINGS: [&str; 14] =
    ["jpg", "jpeg", "jfif", "png", "webp", "avif", "heic", "heif", "gif", "svg", "tif", "tiff", "bmp", "psd"];

/// As much of a text is looked at for its tags.
const TEXT: usize = 1024;

/// The name ends as picture files do.
#[must_use]
pub fn is_picture_name(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    file.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

impl Kind {
    /// What begins so.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Kind {
        const SIGNATURES: [(&[u8], Kind); 9] = [
            (b"\xff\xd8\xff", Kind::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Kind::Png),
            (b"GIF8", Kind::Gif),
            (b"BM", Kind::Bmp),
            (b"II*\0", Kind::Tiff),
            (b"MM\0*", Kind::Tiff),
            (b"8BPS", Kind::Psd),
            (b"%PDF-", Kind::Pdf),
            (b"\0\0\0\x0cjP  ", Kind::Unknown),
        ];
        if let Some((_, kind)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
            return *kind;
        }
        match (bytes.get(..4), bytes.get(4..8), bytes.get(8..12)) {
            (Some(b"RIFF"), _, Some(b"WEBP")) => Kind::WebP,
            (_, Some(b"ftyp"), Some(b"avif" | b"avis")) => Kind::Avif,
            (_, Some(b"ftyp"), Some(b"heic" | b"heix" | b"heim" | b"hevc" | b"mif1" | b"msf1")) => Kind::Heic,
            _ => of_text(bytes),
        }
    }

    /// Marketplaces take it.
    #[must_use]
    pub fn is_taken(self) -> bool {
        matches!(self, Kind::Jpeg | Kind::Png)
    }
}

/// A text is told by its first tags.
fn of_text(bytes: &[u8]) -> Kind {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let text = bytes[..bytes.len().min(TEXT)].to_ascii_lowercase();
    let has = |tag: &[u8]| text.windows(tag.len()).any(|part| part == tag);
    if !text.starts_with(b"<") {
        return Kind::Unknown;
    }
    let is_page = has(b"<!doctype html") || has(b"<html") || has(b"<head") || has(b"<body") || has(b"<script");
    match (is_page, has(b"<svg")) {
        (true, _) => Kind::Html,
        (false, true) => Kind::Svg,
        (false, false) => Kind::Unknown,
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Jpeg => "JPEG",
            Kind::Png => "PNG",
            Kind::WebP => "WebP",
            Kind::Avif => "AVIF",
            Kind::Heic => "HEIC",
            Kind::Gif => "GIF",
            Kind::Bmp => "BMP",
            Kind::Tiff => "TIFF",
            Kind::Psd => "PSD",
            Kind::Svg => "SVG",
            Kind::Pdf => "PDF",
            Kind::Html => "HTML",
            Kind::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expect: Kind) {
        assert_eq!(Kind::of(bytes), expect);
    }

    #[test]
    fn the_first_bytes_tell_the_type() {
        check(b"\xff\xd8\xff\xe0\0\x10JFIF", Kind::Jpeg);
        check(b"\x89PNG\r\n\x1a\n", Kind::Png);
        check(b"RIFF\x10\0\0\0WEBPVP8 ", Kind::WebP);
        check(b"\0\0\0\x20ftypavif", Kind::Avif);
        check(b"\0\0\0\x20ftypheic", Kind::Heic);
        check(b"GIF89a", Kind::Gif);
        check(b"BM\x36\0", Kind::Bmp);
        check(b"MM\0*\0", Kind::Tiff);
        check(b"8BPS\0\x01", Kind::Psd);
        check(b"%PDF-1.7", Kind::Pdf);
        check(b"\xef\xbb\xbf <!DOCTYPE HTML><title>", Kind::Html);
        check(b"<?xml version='1.0'?><svg xmlns=''>", Kind::Svg);
        check(b"<html><svg>", Kind::Html);
        check(b"<?xml version='1.0'?><rss>", Kind::Unknown);
        check(b"{\"error\":404}", Kind::Unknown);
        check(b"RIFF", Kind::Unknown);
        check(b"", Kind::Unknown);
    }

    #[test]
    fn a_name_ends_as_pictures_do() {
        for name in ["a.jpg", "pics\\A.JPEG", "x/y.png", "ภาพ.webp", ".jpg"] {
            assert!(is_picture_name(name), "{name}");
        }
        for name in ["a", "a.txt", "jpg", "a.jpg/b", "a.jpg "] {
            assert!(!is_picture_name(name), "{name}");
        }
    }
}
