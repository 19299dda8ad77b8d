//! How much of a sheet is without errors: its rows, and of new products only those whose rows are all so.
//!
//! It says of a whole sheet what the fates in `checked` say of each row, where no records are kept.

use std::collections::HashSet;

use super::prints::Prints;
use super::{Mode, Summary};
use crate::finding::{Finding, Severity};

/// What the check makes of each row, by place among all rows.
#[derive(Debug, Default)]
pub(super) struct Standings(Vec<Standing>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Sound,
    Spoilt,
    LeftOut,
}

impl Standings {
    /// Takes the next row with what is found in it by itself.
    pub(super) fn take(&mut self, is_skipped: bool, findings: &[Finding]) {
        self.0.push(if is_skipped { Standing::LeftOut } else { Standing::Sound });
        self.judge(self.0.len() - 1, findings);
    }

    /// Takes what else is found in row `at`.
    pub(super) fn judge(&mut self, at: usize, findings: &[Finding]) {
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            self.spoil(at);
        }
    }

    /// Row `at` has an error.
    pub(super) fn spoil(&mut self, at: usize) {
        if let Some(standing) = self.0.get_mut(at).filter(|standing| **standing == Standing::Sound) {
            *standing = Standing::Spoilt;
        }
    }

    /// Row `at` is left out on purpose.
    pub(super) fn leave_out(&mut self, at: usize) {
        if let Some(standing) = self.0.get_mut(at) {
            *standing = Standing::LeftOut;
        }
    }

    /// Counts what is without errors.
    pub(super) fn count(&self, prints: &Prints, mode: Mode, summary: &mut Summary) {
        let all = || prints.iter().zip(&self.0);
        let of =
            |wanted: Standing| all().filter(move |(_, standing)| **standing == wanted).map(|(print, _)| print.product);
        let held: HashSet<u64> = match mode {
            Mode::Create | Mode::Upsert => of(Standing::Spoilt).collect(),
            // What the shop has of a product need not wait for its other rows.
            Mode::Update => HashSet::new(),
        };
        let sound: Vec<u64> = of(Standing::Sound).collect();
        // Rows of one product mostly stand together.
        let stretches = sound.chunk_by(|a, b| a == b).filter(|rows| !held.contains(&rows[0]));
        let (mut rows, mut products) = (0, Vec::new());
        for stretch in stretches {
            rows += stretch.len();
            products.push(stretch[0]);
        }
        products.sort_unstable();
        products.dedup();
        summary.sound = rows as u64;
        summary.sound_products = products.len() as u64;
    }
}
