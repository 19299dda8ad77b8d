//! A folder of one's own, and the program in it, with none of the user's own settings.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const HEADER: &str = "SellerSku,PrimaryCategory,name,short_description,brand,price,package_weight,package_length,\
    package_width,package_height,color_family,special_price,special_from_date\n";

/// A sheet: a row for each of these, as `SKU price`, or `SKU price special-price`.
pub(crate) fn sheet(rows: &[&str]) -> String {
    let row = |row: &&str| {
        let cells: Vec<&str> = row.split(' ').collect();
        let (sku, price) = (cells[0], cells[1]);
        let sale = cells.get(2).map_or(",".to_owned(), |sale| format!("{sale},2030-01-01"));
        format!("{sku},6614,Shirt {sku},Soft,Acme,{price},0.25,30,24,3,Red,{sale}\n")
    };
    HEADER.to_owned() + &rows.iter().map(row).collect::<String>()
}

/// A folder.
pub(crate) struct Home {
    folder: TempDir,
}

/// How the program ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    pub(crate) fn new() -> Home {
        Home { folder: TempDir::new().expect("a folder") }
    }

    /// A home with this text in `s.csv`.
    pub(crate) fn with(text: &str) -> Home {
        let home = Home::new();
        home.write("s.csv", text);
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file can be written");
    }

    /// Runs the program; its words are parted by spaces.
    pub(crate) fn run(&self, words: &str) -> Ran {
        self.run_words(&words.split(' ').collect::<Vec<_>>())
    }

    pub(crate) fn run_words(&self, words: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
        command.args(words);
        self.ran(command)
    }

    /// Runs the program with this on its standard input.
    pub(crate) fn run_with(&self, words: &str, input: &str) -> Ran {
        self.write(".input", input);
        let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
        command.args(words.split(' '));
        let input = fs::File::open(self.path(".input")).expect("the input");
        let ran = Home::end(self.prepared(&mut command).stdin(input));
        fs::remove_file(self.path(".input")).expect("the input");
        ran
    }

    /// The program, not yet started.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
        command.args(words.split(' '));
        self.prepared(&mut command);
        command
    }

    /// Runs a command here, without the user's environment but for where programs are.
    pub(crate) fn ran(&self, mut command: Command) -> Ran {
        Home::end(self.prepared(&mut command))
    }

    #[allow(clippy::disallowed_methods, reason = "programs are found by the path")]
    fn prepared<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("SKULOAD", env!("CARGO_BIN_EXE_skuload")).stdin(Stdio::null())
    }

    fn end(command: &mut Command) -> Ran {
        let output = command.output().expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Standard output holds each of these.
    #[track_caller]
    pub(crate) fn shows(self, texts: &[&str]) -> Ran {
        for text in texts {
            assert!(self.out.contains(text), "`{text}` is not in stdout:\n{}\nstderr:\n{}", self.out, self.err);
        }
        self
    }

    /// Standard error holds each of these.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Ran {
        for text in texts {
            assert!(self.err.contains(text), "`{text}` is not in stderr:\n{}\nstdout:\n{}", self.err, self.out);
        }
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    /// `F3 price-not-positive; B7 name-length`
    #[track_caller]
    pub(crate) fn findings(&self) -> String {
        let lines = self.json();
        let findings = lines.iter().filter(|line| line["kind"] == "finding");
        let short = |line: &Value| {
            let column = line["column"].as_str().unwrap_or("row ");
            format!("{column}{} {}", line["row"], line["rule"].as_str().unwrap_or_default())
        };
        findings.map(short).collect::<Vec<_>>().join("; ")
    }
}
