//! Whether writes may leave: after faults in a row the line is held to be broken, until a harmless read comes back.

use super::pace::{Millis, Policy, backoff};

/// Counts calls that were lost, could not be sent, or met a server that failed.
#[derive(Debug, Clone, Default)]
pub(super) struct Breaker {
    /// In a row.
    faults: u32,
    /// Open: the next read that probes the line leaves then.
    probe_at: Option<Millis>,
    probes: u32,
    is_probing: bool,
}

impl Breaker {
    /// No write may leave.
    pub(super) fn is_open(&self) -> bool {
        self.probe_at.is_some()
    }

    /// When a probe may leave; none while one is on its way.
    pub(super) fn probe_at(&self) -> Option<Millis> {
        self.probe_at.filter(|_| !self.is_probing)
    }

    /// A probe leaves.
    pub(super) fn probes(&mut self) {
        self.is_probing = true;
    }

    /// A call came to nothing.
    pub(super) fn fault(&mut self, policy: &Policy, now: Millis, chance: f64) {
        self.faults += 1;
        if self.is_open() && !self.is_probing {
            // Calls that left before it opened come back.
            return;
        }
        if self.is_probing || self.faults >= policy.faults_in_a_row {
            self.is_probing = false;
            let pause = backoff(policy, self.probes, chance);
            self.probes += 1;
            self.probe_at = Some(now + pause.as_millis() as Millis);
        }
    }

    /// The marketplace answers.
    pub(super) fn sound(&mut self) {
        *self = Breaker::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_faults_in_a_row_probes_with_growing_pauses_and_closes_at_a_sound_answer() {
        let policy = Policy::default();
        let mut breaker = Breaker::default();
        for _ in 0..9 {
            breaker.fault(&policy, 1_000, 1.0);
        }
        breaker.sound();
        for _ in 0..9 {
            breaker.fault(&policy, 1_000, 1.0);
        }
        assert!(!breaker.is_open());
        for at in [1_500, 2_000, 3_000] {
            breaker.fault(&policy, 1_000, 1.0);
            assert_eq!(breaker.probe_at(), Some(at));
            // Others that left before it opened change nothing.
            breaker.fault(&policy, 9_000, 1.0);
            breaker.probes();
            assert_eq!((breaker.is_open(), breaker.probe_at()), (true, None));
        }
        breaker.sound();
        assert!(!breaker.is_open());
    }
}
