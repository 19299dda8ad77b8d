//! The proof of the promise.
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]

#[path = "soak/checker.rs"]
mod checker;
#[path = "soak/goods.rs"]
mod goods;
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
