//! Whatever is asserted of a run is true by both APIs: these suites run by Seller Center as programs of their own, and
//! here once more by Open Platform. `support::API` tells which one it is; where the APIs differ by their pages, the
//! suites say so with `support::either`. What only the Open Platform has stands in `answers`.
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]
#![allow(clippy::duplicate_mod, reason = "each suite is a program of its own as well, with its own support")]

#[path = "dialects/answers.rs"]
mod answers;
#[path = "categories_pull.rs"]
mod categories_pull;
#[path = "crash.rs"]
mod crash;
#[path = "export.rs"]
mod export;
#[path = "history.rs"]
mod history;
#[path = "hosting.rs"]
mod hosting;
#[path = "jobs.rs"]
mod jobs;
#[path = "look_ups.rs"]
mod look_ups;
#[path = "pictures.rs"]
mod pictures;
#[path = "round_trip.rs"]
mod round_trip;
#[path = "runs.rs"]
mod runs;
#[path = "soak.rs"]
mod soak;
#[path = "unattended.rs"]
mod unattended;
#[path = "update_answers.rs"]
mod update_answers;
#[path = "updates.rs"]
mod updates;
#[path = "verdicts.rs"]
mod verdicts;
#[path = "verify.rs"]
mod verify;
