//! What is wrong with a picture.

use std::fmt;

use super::kind::Kind;
use super::look::{LEAST_SIDE, LONGEST, MOST_SIDE, Pixels};
use crate::finding::Rule;

/// Why marketplaces would refuse a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It has no bytes.
    Empty,
    /// It is of another type than JPEG and PNG.
    Type(Kind),
    /// Its header is cut off or makes no sense.
    Cut(Kind),
    /// A side is too short or too long.
    Pixels(Pixels),
    /// It has so many bytes, more than are taken.
    Size(u64),
}

impl Fault {
    /// The rule that it breaks.
    #[must_use]
    pub fn rule(self) -> Rule {
        match self {
            Fault::Empty | Fault::Type(_) | Fault::Cut(_) => Rule::PictureType,
            Fault::Pixels(_) => Rule::PicturePixels,
            Fault::Size(_) => Rule::PictureSize,
        }
    }
}

/// What follows "it" or "the picture".
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Empty => f.write_str("is empty"),
            Fault::Type(Kind::Html) => f.write_str("is a web page (HTML), not a picture"),
            Fault::Type(Kind::Pdf) => f.write_str("is a PDF document, not a picture"),
            Fault::Type(Kind::Unknown) => f.write_str("is neither a JPEG nor a PNG"),
            Fault::Type(kind) => {
                write!(f, "is of the type {kind}, whatever its name says; only JPEG and PNG are taken")
            }
            Fault::Cut(kind) => write!(f, "begins as a {kind}, but its header is damaged or cut off"),
            Fault::Pixels(Pixels { width, height }) => {
                write!(f, "has {width} x {height} pixels; each side needs {LEAST_SIDE} to {MOST_SIDE}")
            }
            Fault::Size(bytes) => {
                write!(f, "has {}, more than the {} that are taken", mebibytes(*bytes), mebibytes(LONGEST))
            }
        }
    }
}

/// `3.1 MiB`, rounded up, so that it is never below a limit that it passes.
fn mebibytes(bytes: u64) -> String {
    let tenths = (bytes.saturating_mul(10)).div_ceil(1 << 20);
    if tenths.is_multiple_of(10) {
        format!("{} MiB", tenths / 10)
    } else {
        format!("{}.{} MiB", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_what_is_there_and_what_is_asked_for() {
        let size = Fault::Size(LONGEST + 1).to_string();
        assert_eq!(size, "has 3.1 MiB, more than the 3 MiB that are taken");
        let pixels = Fault::Pixels(Pixels { width: 329, height: 5001 }).to_string();
        assert_eq!(pixels, "has 329 x 5001 pixels; each side needs 330 to 5000");
        assert!(Fault::Type(Kind::WebP).to_string().starts_with("is of the type WebP"));
    }
}
