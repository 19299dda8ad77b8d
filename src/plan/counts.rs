//! How many rows a plan creates, changes and leaves alone.

use serde::Serialize;

use super::{Intent, Plan, PlannedRow};

/// Rows by what is meant to become of them; together they are all rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PlanCounts {
    /// Their SKUs are created.
    pub create: usize,
    /// What the shop has of them is changed, if only its pictures.
    pub update: usize,
    /// The shop has them just so.
    pub unchanged: usize,
    /// They were in the shop before, and the run creates only.
    pub exists: usize,
    /// They have an error.
    pub refused: usize,
    /// Other rows hold them back, or the lack of a picture.
    pub held: usize,
    /// They are left out on purpose.
    pub skipped: usize,
}

impl PlanCounts {
    /// Counts rows.
    #[must_use]
    pub fn of(rows: &[PlannedRow]) -> PlanCounts {
        let mut counts = PlanCounts::default();
        for row in rows {
            let count = match &row.intent {
                Intent::Create(_) => &mut counts.create,
                Intent::Update(_) => &mut counts.update,
                Intent::Unchanged => &mut counts.unchanged,
                Intent::Exists => &mut counts.exists,
                Intent::Invalid(_) => &mut counts.refused,
                Intent::Held(_) | Intent::Pictureless => &mut counts.held,
                Intent::Skipped(_) => &mut counts.skipped,
            };
            *count += 1;
        }
        counts
    }

    /// All of them.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.create + self.update + self.unchanged + self.exists + self.refused + self.held + self.skipped
    }
}

impl Plan {
    /// What is meant to become of its rows.
    #[must_use]
    pub fn counts(&self) -> PlanCounts {
        PlanCounts::of(&self.rows)
    }
}
