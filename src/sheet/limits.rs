//! How much of a file is taken before it is refused: against files made to exhaust a computer.
//!
//! Sizes that a file declares are hints; these limits hold while it is read.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::sniff::Refusal;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

macro_rules! limits {
    ($($field:ident, $name:literal, $unit:ident, $default:expr, $doc:literal;)*) => {
        /// The limits of reading; each can be raised by its name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Limits {
            $(#[doc = $doc] pub $field: u64,)*
        }

        impl Default for Limits {
            fn default() -> Limits {
                Limits { $($field: $default,)* }
            }
        }

        impl Limits {
            /// Name, meaning and value as a user would write it, of every limit.
            #[must_use]
            pub fn all(&self) -> Vec<(&'static str, &'static str, String)> {
                vec![$(($name, $doc, Unit::$unit.show(self.$field)),)*]
            }

            /// Sets one by its name: `cell-text` to `4MiB`.
            ///
            /// # Errors
            /// There is no such limit, or the value is no size or count.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), NoSuchLimit> {
                match name {
                    $($name => self.$field = Unit::$unit.read(value).ok_or_else(|| NoSuchLimit::value(name, value))?,)*
                    _ => return Err(NoSuchLimit::name(name, &[$($name),*])),
                }
                Ok(())
            }
        }
    };
}

limits! {
    entries, "entries", Count, 1_000, "The parts in a workbook's archive, pictures left out.";
    ratio, "ratio", Count, 200, "How many times larger a part may be than its packed bytes, above 16 MiB.";
    inflated, "inflated", Size, 16 * GIB, "The bytes of one sheet, unpacked.";
    shared_strings, "shared-strings", Size, GIB, "The text that a workbook shares between its cells.";
    cell_text, "cell-text", Size, MIB, "The text of one cell.";
    row_text, "row-text", Size, MIB, "The bytes of one row of a text file.";
    cells, "cells", Count, 100_000_000, "The cells of one sheet.";
    columns, "columns", Count, 1_000, "The columns of a sheet.";
    memory, "memory", Size, 0, "The memory for reading an XLS, XLSB or ODS file; 0 for as much as its size warrants.";
    seconds, "seconds", Count, 0, "The seconds of computing for an XLS, XLSB or ODS file; 0 for as many as its size warrants.";
}

/// What a limit counts.
#[derive(Clone, Copy)]
enum Unit {
    Count,
    Size,
}

impl Unit {
    fn read(self, text: &str) -> Option<u64> {
        let text = text.trim();
        let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(at);
        let number: u64 = digits.parse().ok()?;
        let factor = match (self, unit.trim()) {
            (_, "") => 1,
            (Unit::Size, "KiB") => KIB,
            (Unit::Size, "MiB") => MIB,
            (Unit::Size, "GiB") => GIB,
            (Unit::Count | Unit::Size, _) => return None,
        };
        number.checked_mul(factor)
    }

    fn show(self, value: u64) -> String {
        let units = [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")];
        let whole = units.iter().find(|(factor, _)| value >= *factor && value.is_multiple_of(*factor));
        match (self, whole) {
            (Unit::Size, Some((factor, unit))) => format!("{}{unit}", value / factor),
            (Unit::Count | Unit::Size, _) => value.to_string(),
        }
    }
}

impl Limits {
    /// The refusal of what passes the limit `name`; `what` tells it, with its place.
    pub(super) fn passed(&self, name: &str, what: &str) -> Refusal {
        let shown = self.all().into_iter().find(|(known, ..)| *known == name).map(|(_, _, shown)| shown);
        Refusal::Limit(format!("{what}; {}", raise(name, shown.unwrap_or_default())))
    }
}

/// What to say where a limit is passed: the name of the limit and the flag that raises it.
#[must_use]
pub(super) fn raise(name: &str, shown: impl fmt::Display) -> String {
    format!("the limit `{name}` is {shown}; if the file is sound, raise it with --limit {name}=VALUE")
}

/// A limit that does not exist, or a value that it cannot have; the text says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoSuchLimit(String);

impl NoSuchLimit {
    fn name(name: &str, names: &[&str]) -> NoSuchLimit {
        NoSuchLimit(format!("`{name}` is no limit; there are {}", names.join(", ")))
    }

    fn value(name: &str, value: &str) -> NoSuchLimit {
        NoSuchLimit(format!("limit {name}: `{value}` is neither a count nor a size such as 64KiB, 4MiB or 2GiB"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_by_name_and_shown_as_they_are_written() {
        let mut limits = Limits::default();
        limits.set("cell-text", "4MiB").unwrap();
        limits.set("columns", "2000").unwrap();
        assert_eq!((limits.cell_text, limits.columns), (4 << 20, 2_000));
        let shown: Vec<String> = limits.all().into_iter().map(|(name, _, value)| format!("{name}={value}")).collect();
        assert!(shown.contains(&"cell-text=4MiB".to_owned()) && shown.contains(&"ratio=200".to_owned()), "{shown:?}");
        assert!(limits.set("cells", "2GiB").is_err() && limits.set("cell-text", "much").is_err());
        assert!(limits.set("celltext", "1").unwrap_err().to_string().contains("there are entries, ratio"));
    }
}
