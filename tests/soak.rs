//! The proof of the promise.
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]

#[path = "soak/checker.rs"]
mod checker;
#[path = "soak/fused.rs"]
mod fused;
#[path = "soak/goods.rs"]
mod goods;
#[path = "soak/importer.rs"]
mod importer;
#[path = "soak/killed.rs"]
mod killed;
#[path = "soak/line.rs"]
mod line;
#[path = "soak/stall.rs"]
mod stall;
mod support;

use std::time::Instant;

use killed::Soak;

#[expect(clippy::disallowed_methods, reason = "the figures are printed with the time they took")]
fn moment() -> Instant {
    Instant::now()
}

/// What is told of a proof; `cargo test -- --nocapture` shows it.
#[expect(clippy::print_stdout, reason = "the figures are there to be read")]
fn tell(text: &str) {
    println!("{text}");
}

#[test]
fn ten_thousand_products_killed_at_two_hundred_points_come_once() {
    let begun = moment();
    let soak = Soak { stalls: 20, products: 500, kills: 10, seed: 1 };
    let outcome = soak.run(2);
    tell(&format!("R1: {outcome}\n    {:.1} s", begun.elapsed().as_secs_f64()));
    assert_eq!(outcome.deviations.count(), 0, "{outcome}");
    assert!(outcome.kills() >= 200, "{outcome}");
}

/// The other half of [`importer`]: without a task it does nothing.
#[test]
fn an_importer_carries_out_its_task() {
    importer::carry_out_task();
}

#[test]
fn killed_at_every_crash_point_twenty_times() {
    let begun = moment();
    let points = fused::kill_at_every_point(60, 20, 1);
    let hits = importer::Point::ALL.map(|point| {
        format!("    {:>4} {}\n", points.hits.get(&point).copied().unwrap_or(0), point.told())
    });
    let seconds = begun.elapsed().as_secs_f64();
    tell(&format!("crash points, {} runs: {}\n{}    {seconds:.1} s", points.stalls, points.deviations, hits.concat()));
    assert_eq!(points.deviations.count(), 0, "{}", points.deviations);
    assert!(points.fewest() >= 20, "{:?}", points.hits);
}
