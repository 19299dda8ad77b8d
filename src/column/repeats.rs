//! Columns of ours that repeat what others hold: `skuload: name` beside `name`. An export writes such a value where an
//! import could not read it back as the shop has it.

use super::{OWN_PREFIX, Target};

/// The header of the column that repeats all pictures of a SKU.
pub(crate) const REPEATED_IMAGES: &str = "skuload: images";

/// Which columns repeat which, from 0.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repeats {
    /// A column, and the one that repeats it.
    pairs: Vec<(usize, usize)>,
    images: Option<usize>,
}

impl Repeats {
    pub(super) fn of(headers: &[String], targets: &[Target]) -> Repeats {
        let mut repeats = Repeats::default();
        for (own, header) in headers.iter().enumerate() {
            let Some(name) = header.trim().strip_prefix(OWN_PREFIX) else { continue };
            if header.trim() == REPEATED_IMAGES {
                repeats.images = Some(own);
                continue;
            }
            let is_it = |at: &usize| match targets.get(*at) {
                Some(Target::Field(_) | Target::Attribute(_)) => headers[*at].trim() == name.trim(),
                Some(Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed) | None => false,
            };
            repeats.pairs.extend((0..headers.len()).find(is_it).map(|at| (at, own)));
        }
        repeats
    }

    /// No column repeats another.
    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.images.is_none()
    }

    /// Columns, each with the one that repeats it.
    pub(crate) fn pairs(&self) -> &[(usize, usize)] {
        &self.pairs
    }

    /// The column that repeats all pictures.
    pub(crate) fn images(&self) -> Option<usize> {
        self.images
    }
}
