//! Tags of a request, and the columns that they come from.

use super::alias::{self, Meaning};
use super::{Columns, Target};

/// Where a table has what a request carries under a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tagged {
    /// In this column, from 1.
    Column(u32),
    /// In a constant.
    Constant,
    /// Nowhere.
    Absent,
    /// It is a part of the request itself.
    Nothing,
}

impl Columns {
    /// The column of what a request carries under this tag.
    pub(crate) fn column_of_tag(&self, tag: &str) -> Tagged {
        let column = match alias::field_of_tag(tag) {
            Some(Meaning::Field(field)) if self.has(field) => self.column_of(field),
            Some(Meaning::Image(_)) if self.has_image() => {
                let is_image = |target: &Target| matches!(target, Target::Image(_));
                self.targets.iter().position(is_image).map(|at| at as u32 + 1)
            }
            Some(Meaning::Field(_) | Meaning::Image(_)) => return Tagged::Absent,
            Some(Meaning::Skip | Meaning::Ignored | Meaning::Attribute(_)) => return Tagged::Nothing,
            None if self.attributes.iter().any(|kind| kind.name == tag) => self.column_meaning(tag),
            None => return Tagged::Absent,
        };
        column.map_or(Tagged::Constant, Tagged::Column)
    }
}
