//! The program that only checks: `cargo install --path . --no-default-features --features cli`.

use std::process::Command;

/// What speaks to a network, keeps a database or encrypts.
const NOT_NEEDED: [&str; 13] = [
    "axum",
    "futures-util",
    "hmac",
    "hyper",
    "libsqlite3-sys",
    "reqwest",
    "ring",
    "rusqlite",
    "rustls",
    "secrecy",
    "socket2",
    "tokio",
    "tower",
];

/// The names of the crates that a build with these features holds.
fn crates(features: &[&str]) -> Vec<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let output = cargo.args(features).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[track_caller]
fn has_no_network(features: &[&str]) {
    let crates = crates(features);
    assert!(crates.iter().any(|name| name == "calamine"), "{crates:?}");
    let found: Vec<&str> = NOT_NEEDED.into_iter().filter(|name| crates.iter().any(|held| held == name)).collect();
    assert_eq!(found, [""; 0], "cargo tree --edges normal --invert CRATE {} tells why", features.join(" "));
}

#[test]
fn a_program_that_only_checks_holds_no_network_code() {
    has_no_network(&["--no-default-features", "--features", "cli"]);
}

#[test]
fn a_library_that_only_checks_holds_none_either() {
    has_no_network(&["--no-default-features"]);
}

#[test]
fn the_whole_program_holds_them() {
    let crates = crates(&[]);
    for name in NOT_NEEDED {
        assert!(crates.iter().any(|held| held == name), "{name} is not in the whole program: the list is old");
    }
}
