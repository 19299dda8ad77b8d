//! Plain functions that must stand whatever they are given: replies, requests, reports, torn journals, signatures.
//!
//! `cargo test` gives each a few hundred inputs. So many seconds for each, from a seed of your own:
//!
//! ```sh
//! SKULOAD_TARGETS=60 cargo test --release --test targets            # 60 s each
//! SKULOAD_TARGETS=60:7 cargo test --release --test targets replies  # from seed 7
//! ```
//!
//! An input that broke something is told in its smallest form; it becomes a file of the corpus or a test.
#![cfg(all(unix, feature = "import"))]

#[path = "targets/journals.rs"]
mod journals;
#[path = "support/meta.rs"]
mod meta;
#[path = "targets/replies.rs"]
mod replies;
#[path = "targets/reports.rs"]
mod reports;
#[path = "targets/requests.rs"]
mod requests;
#[path = "targets/signatures.rs"]
mod signatures;

use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

/// Gives a target inputs: so many, or as many as fit into the seconds that were asked for.
#[track_caller]
fn run<S: Strategy>(cases: u32, inputs: &S, target: impl Fn(S::Value) -> TestCaseResult) {
    let (seconds, mut seed) = asked_for().unwrap_or((0, 1));
    let begun = moment();
    loop {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config { cases, failure_persistence: None, max_global_rejects: 100_000, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        if let Err(error) = runner.run(inputs, &target) {
            panic!("seed {seed}: {error}");
        }
        if begun.elapsed() >= Duration::from_secs(seconds) {
            return;
        }
        seed += 1;
    }
}

/// `SECONDS` or `SECONDS:SEED`.
#[expect(clippy::disallowed_methods, reason = "whoever has the time asks for more")]
fn asked_for() -> Option<(u64, u64)> {
    let asked = std::env::var("SKULOAD_TARGETS").ok()?;
    let (seconds, seed) = asked.split_once(':').unwrap_or((&asked, "1"));
    Some((seconds.parse().expect("SKULOAD_TARGETS=SECONDS[:SEED]"), seed.parse().expect("SECONDS[:SEED]")))
}

#[expect(clippy::disallowed_methods, reason = "the inputs are counted in seconds")]
fn moment() -> Instant {
    Instant::now()
}
