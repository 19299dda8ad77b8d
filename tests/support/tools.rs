//! Programs of the system that some tests look at results with.

use std::path::PathBuf;

/// The first of these programs that is on the path. Where none is, the test cannot look, and says so; with
/// `SKULOAD_REQUIRE_TOOLS=1`, as `.ci/run` sets it, that is a failure.
#[expect(clippy::disallowed_methods, reason = "the path and the wish of whoever starts the tests")]
#[expect(clippy::print_stderr, reason = "a test that looks at nothing must say so")]
pub(crate) fn tool(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let found =
        names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()));
    if found.is_none() {
        let is_required = std::env::var("SKULOAD_REQUIRE_TOOLS").is_ok_and(|wish| wish == "1");
        assert!(!is_required, "not found: {}; SKULOAD_REQUIRE_TOOLS=1 asks for it", names.join(", "));
        eprintln!("not found: {}, so this is not looked at", names.join(", "));
    }
    found
}
