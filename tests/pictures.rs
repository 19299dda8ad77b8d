//! Pictures in files and on the web: what a sheet may name, what is taken, what is sent, and what is never touched.
#![cfg(all(feature = "cli", feature = "sandbox", feature = "import"))]

#[path = "hostile/archive.rs"]
#[allow(dead_code, reason = "tests/hostile.rs uses the rest")]
mod archive;
#[path = "pictures/files.rs"]
mod files;
#[path = "pictures/made.rs"]
mod made;
#[path = "pictures/runs.rs"]
mod runs;
mod support;
#[path = "pictures/web.rs"]
mod web;
