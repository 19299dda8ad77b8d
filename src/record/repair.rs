//! The one table of repairs: what is put right, when, and what is only proposed.
//!
//! Reading (decimal marks, digit scripts, currency marks, header units) is no repair: it changes no value.

use serde::{Deserialize, Serialize};

/// What `--repair` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RepairLevel {
    /// A value that cannot be read is an error, and nothing is proposed.
    Off,
    /// It is an error that shows the proposal.
    #[default]
    Suggest,
    /// What is certain is applied and told as a note; the rest is proposed.
    Safe,
}

impl RepairLevel {
    /// The level of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<RepairLevel> {
        match name {
            "off" => Some(RepairLevel::Off),
            "suggest" => Some(RepairLevel::Suggest),
            "safe" => Some(RepairLevel::Safe),
            _ => None,
        }
    }
}

/// When a repair is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Whatever `--repair` says; told as a note where the value is another.
    Always,
    /// With `--repair safe`; proposed otherwise.
    Safe,
    /// Never: it is only proposed.
    Never,
}

macro_rules! repairs {
    ($($variant:ident, $when:ident, $what:literal, $example:literal;)*) => {
        /// A repair.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Repair {
            $(#[doc = $what] $variant,)*
        }

        impl Repair {
            /// Every repair, in the order of the table.
            pub const ALL: &'static [Repair] = &[$(Repair::$variant,)*];

            /// When it is made.
            #[must_use]
            pub fn when(self) -> When {
                match self { $(Repair::$variant => When::$when,)* }
            }

            /// What it does, in a few words.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $(Repair::$variant => $what,)* }
            }

            /// A value before and after.
            #[must_use]
            pub fn example(self) -> &'static str {
                match self { $(Repair::$variant => $example,)* }
            }
        }
    };
}

repairs! {
    Trim, Always, "white space around identifiers and numbers is left out", "` TEE-1 ` is `TEE-1`";
    Clean, Always, "invisible characters in identifiers are left out, full-width ones made plain", "`ＴＥＥ-1` is `TEE-1`";
    Pad, Always, "an identifier has the zeros in front that its number format shows", "`123` shown as `00123`";
    Compose, Always, "letters whose accents were typed apart are composed (Unicode NFC; the same text, so not told)", "`e` and `´` are `é`";
    Unit, Safe, "a unit in the cell of a weight or length is converted", "`500 g` is 0.5 kg";
    Pieces, Safe, "the word for pieces in a quantity is left out", "`10 pcs` is 10";
    Wrapped, Safe, "an image address is taken out of the HTML or Markdown around it", "`[photo](https://a.co/1.jpg)`";
    DirectLink, Safe, "the share page of an image becomes its direct link where the service documents it", "Dropbox `dl=0` is `raw=1`";
    LinkTarget, Safe, "an image cell whose text is no address has the address that it links to", "`photo 1` linked to `https://a.co/1.jpg`";
    LostZeros, Never, "a zero that a barcode has lost, where its check digit fits", "`12345678905` may be `012345678905`";
    Letter, Never, "a letter that stands for a digit", "`12.5O` may be 12.50";
    Exponent, Never, "a number written with an exponent", "`1e2` may be 100";
    Scheme, Never, "an image address without `https:`", "`//a.co/1.jpg`";
}
