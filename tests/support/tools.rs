//! Programs of others that tests hold our files and calls against: LibreOffice, Python with openpyxl, a browser, the
//! official SDK.
//!
//! Where one is missing, a test says so and goes without it; with `REQUIRE_TOOLS=1` it fails.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// LibreOffice, which converts without a window.
pub(crate) struct Office {
    profile: tempfile::TempDir,
}

impl Office {
    pub(crate) fn find() -> Option<Office> {
        let answers = Command::new("soffice").arg("--version").stdin(Stdio::null()).output();
        let is_here = answers.is_ok_and(|output| output.status.success());
        tell("soffice (LibreOffice)", is_here).then(|| Office { profile: tempfile::tempdir().unwrap() })
    }

    /// Converts files into `folder`; each must come out.
    #[track_caller]
    pub(crate) fn convert(&self, files: &[PathBuf], to: &str, folder: &Path) -> Vec<PathBuf> {
        let mut command = Command::new("soffice");
        command.arg(format!("-env:UserInstallation=file://{}", self.profile.path().display()));
        command.args(["--headless", "--norestore", "--convert-to", to, "--outdir"]).arg(folder).args(files);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{told}");
        let name = |file: &PathBuf| folder.join(file.file_stem().unwrap()).with_extension(to);
        let made: Vec<PathBuf> = files.iter().map(name).collect();
        for (file, made) in files.iter().zip(&made) {
            assert!(made.is_file(), "LibreOffice does not open {}: {told}", file.display());
        }
        made
    }
}

/// Python with openpyxl.
pub(crate) struct Python;

impl Python {
    pub(crate) fn find() -> Option<Python> {
        let answers = Command::new("python3").args(["-c", "import openpyxl"]).stdin(Stdio::null()).output();
        tell("python3 with openpyxl", answers.is_ok_and(|output| output.status.success())).then_some(Python)
    }

    /// Runs a script; answers what it printed.
    #[track_caller]
    pub(crate) fn run(&self, script: &str, args: &[&Path]) -> String {
        let output = Command::new("python3").arg("-c").arg(script).args(args).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The schema of SARIF 2.1.0, which `SARIF_SCHEMA` names, and Python with jsonschema.
///
/// It is not ours to pass on: `.ci/run` takes it from a package that holds it.
pub(crate) struct SarifSchema {
    file: PathBuf,
}

impl SarifSchema {
    #[allow(clippy::disallowed_methods, reason = "the schema is named by whoever has it")]
    pub(crate) fn find() -> Option<SarifSchema> {
        let file = std::env::var_os("SARIF_SCHEMA").map(PathBuf::from).filter(|file| file.is_file());
        let is_here = tell("the schema of SARIF (name it with SARIF_SCHEMA)", file.is_some());
        let answers = Command::new("python3").args(["-c", "import jsonschema"]).stdin(Stdio::null()).output();
        let has_python = tell("python3 with jsonschema", answers.is_ok_and(|output| output.status.success()));
        file.filter(|_| is_here && has_python).map(|file| SarifSchema { file })
    }

    /// Holds a log to the schema.
    #[track_caller]
    pub(crate) fn holds(&self, log: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sarif");
        std::fs::write(&path, log).unwrap();
        let script = "import json, sys, jsonschema\n\
            log, schema = (json.load(open(path, encoding='utf-8')) for path in sys.argv[1:])\n\
            jsonschema.validate(log, schema)";
        let mut python = Command::new("python3");
        let output = python.args(["-c", script]).arg(&path).arg(&self.file).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The official SDK of the Open Platform, with the Python that has it: the one that `SDK_PYTHON` names, or `python3`.
///
/// It writes logs that hold tokens below the home folder as soon as it is imported: it gets one of its own.
pub(crate) struct Sdk {
    python: PathBuf,
    home: tempfile::TempDir,
}

impl Sdk {
    #[allow(clippy::disallowed_methods, reason = "the interpreter is named by whoever has it")]
    pub(crate) fn find() -> Option<Sdk> {
        let python = std::env::var_os("SDK_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
        let sdk = Sdk { python, home: tempfile::tempdir().unwrap() };
        let answers = sdk.command("import lazop_sdk").output();
        let is_here = answers.is_ok_and(|output| output.status.success());
        tell("python3 with lazop-sdk (or another one, named with SDK_PYTHON)", is_here).then_some(sdk)
    }

    /// Runs a script with one argument; answers what it printed.
    #[track_caller]
    pub(crate) fn run(&self, script: &str, argument: &str) -> String {
        let output = self.command(script).arg(argument).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.arg("-c").arg(script).stdin(Stdio::null());
        // The marketplace is on this machine; a proxy of the environment is not for it.
        command.env("HOME", self.home.path()).env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        command.env("PYTHONIOENCODING", "utf-8");
        command
    }
}

/// The first of these programs that is on the path.
#[expect(clippy::disallowed_methods, reason = "where programs are, the environment says")]
pub(crate) fn tool(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let paths = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = paths.into_iter().find(|path| path.is_file());
    tell(&names.join(" or "), found.is_some());
    found
}

#[allow(clippy::disallowed_methods, reason = "the environment says whether tools may be missing")]
#[allow(clippy::print_stderr, reason = "a test that goes without a tool says so")]
fn tell(tool: &str, is_here: bool) -> bool {
    let is_required = std::env::var("REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    assert!(is_here || !is_required, "{tool} is missing, and REQUIRE_TOOLS asks for it");
    if !is_here {
        eprintln!("left out: {tool} is not here");
    }
    is_here
}
