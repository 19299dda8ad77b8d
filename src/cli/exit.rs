//! Exit codes, and failures that carry one.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use skuload::column::ColumnError;
use skuload::sheet::SheetError;

/// How the program ends.
///
/// Where several causes meet, the first in the order of [`Exit::weight`] counts.
#[cfg_attr(not(feature = "import"), allow(dead_code, reason = "the checker alone needs fewer"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Everything asked for happened.
    Done,
    /// Some rows have errors, were refused, or miss images.
    Rows,
    /// Wrong usage.
    Usage,
    /// Settings or mapping wrong.
    Settings,
    /// Credentials missing or refused.
    Credentials,
    /// Temporary remote failure, or unknown rows.
    Remote,
    /// Input unreadable.
    Input,
    /// The marketplace refuses for good.
    Refused,
    /// Stopped by a limit that the user set.
    Limit,
    /// A local file could not be written.
    Local,
    /// Another run is in the way.
    Busy,
    /// A bug.
    Bug,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// All of them.
    #[cfg(feature = "import")]
    const ALL: [Exit; 13] = [
        Exit::Done,
        Exit::Rows,
        Exit::Usage,
        Exit::Settings,
        Exit::Credentials,
        Exit::Remote,
        Exit::Input,
        Exit::Refused,
        Exit::Limit,
        Exit::Local,
        Exit::Busy,
        Exit::Bug,
        Exit::Interrupted,
    ];

    /// The number.
    pub(super) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Rows => 1,
            Exit::Usage => 2,
            Exit::Settings => 3,
            Exit::Credentials => 4,
            Exit::Remote => 5,
            Exit::Input => 6,
            Exit::Refused => 7,
            Exit::Limit => 8,
            Exit::Local => 9,
            Exit::Busy => 11,
            Exit::Bug => 70,
            Exit::Interrupted => 130,
        }
    }

    /// The end that a number means; none for a number that no end has.
    #[cfg(feature = "import")]
    pub(super) fn of(code: i32) -> Option<Exit> {
        Exit::ALL.into_iter().find(|exit| i32::from(exit.code()) == code)
    }

    /// 70, 130, 11, 9, 3, 4, 6, 7, 8, 5, 1 (2 ends the program before anything else can).
    fn weight(self) -> u8 {
        match self {
            Exit::Bug => 13,
            Exit::Interrupted => 12,
            Exit::Busy => 11,
            Exit::Local => 10,
            Exit::Settings => 9,
            Exit::Credentials => 8,
            Exit::Input => 7,
            Exit::Refused => 6,
            Exit::Usage => 5,
            Exit::Limit => 4,
            Exit::Remote => 3,
            Exit::Rows => 2,
            Exit::Done => 1,
        }
    }

    /// The heavier of two causes.
    pub(super) fn and(self, other: Exit) -> Exit {
        if other.weight() > self.weight() { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Why the command cannot go on: what, and what to do.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure { exit, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Failure {
        self.help = Some(help.into());
        self
    }
}

impl From<SheetError> for Failure {
    fn from(error: SheetError) -> Failure {
        let failure = Failure::new(Exit::Input, error.to_string());
        match &error {
            SheetError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                failure.help("look at the name and the folder: a path begins in the folder that you are in")
            }
            _ => failure,
        }
    }
}

impl From<ColumnError> for Failure {
    fn from(error: ColumnError) -> Failure {
        match error {
            ColumnError::Sheet(error) => error.into(),
            ColumnError::NoHeader { .. } | ColumnError::BlankHeader { .. } => {
                Failure::new(Exit::Input, error.to_string())
            }
            ColumnError::Mapping(message) => Failure::new(Exit::Settings, message),
        }
    }
}

#[cfg(feature = "import")]
impl From<skuload::journal::JournalError> for Failure {
    fn from(error: skuload::journal::JournalError) -> Failure {
        use skuload::journal::JournalError;
        let exit = match error {
            JournalError::Locked { .. } | JournalError::RunLocked { .. } => Exit::Busy,
            JournalError::NoSuchRun { .. } => Exit::Usage,
            JournalError::Database { .. } | JournalError::Io { .. } | JournalError::Damaged { .. } => Exit::Local,
        };
        let failure = Failure::new(exit, error.to_string());
        match error {
            JournalError::Locked { .. } => {
                failure.help("add --wait-lock to an import or a resume, and it waits by itself")
            }
            JournalError::RunLocked { .. }
            | JournalError::NoSuchRun { .. }
            | JournalError::Database { .. }
            | JournalError::Io { .. }
            | JournalError::Damaged { .. } => failure,
        }
    }
}

/// A file that could not be written, with what to do where that is known.
pub(super) fn unwritten(failure: Failure, path: &Path, source: &io::Error) -> Failure {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match (source.kind(), folder) {
        (io::ErrorKind::NotFound, Some(folder)) if !folder.exists() => {
            failure.help(format!("make the folder {}, or name another one", folder.display()))
        }
        (io::ErrorKind::NotADirectory, Some(folder)) => {
            failure.help(format!("{} is no folder; name another one", folder.display()))
        }
        (io::ErrorKind::IsADirectory, _) => failure.help("name a file in it"),
        // A file of the system's own, in whose folder nobody makes others.
        (io::ErrorKind::NotFound, _) => failure.help("name a folder that files can be made in"),
        (io::ErrorKind::PermissionDenied, _) => {
            failure.help("name a folder that you may write to, or close the program that holds the file")
        }
        (io::ErrorKind::StorageFull, _) => failure.help("free some space there, or name another folder"),
        _ => failure,
    }
}

#[cfg(feature = "import")]
impl From<skuload::report::ReportError> for Failure {
    fn from(error: skuload::report::ReportError) -> Failure {
        use skuload::report::ReportError;
        match error {
            ReportError::Sheet(error) => error.into(),
            other => {
                let exit = if matches!(other, ReportError::RowCount { .. }) { Exit::Bug } else { Exit::Local };
                let failure = Failure::new(exit, other.to_string());
                let ReportError::Write { path, source } = &other else { return failure };
                unwritten(failure, path, source)
            }
        }
    }
}

impl From<skuload::patch::PatchError> for Failure {
    fn from(error: skuload::patch::PatchError) -> Failure {
        use skuload::patch::PatchError;
        let message = error.to_string();
        match error {
            PatchError::Sheet(error) => error.into(),
            PatchError::Damaged { .. } => {
                Failure::new(Exit::Input, message).help("open the sheet in Excel or LibreOffice, and save it again")
            }
            PatchError::Ending { ending, .. } => {
                Failure::new(Exit::Usage, message).help(format!("name a file that ends in {ending}"))
            }
            PatchError::Same { .. } => Failure::new(Exit::Usage, message).help("give the copy a name of its own"),
            PatchError::TooLarge { .. } => Failure::new(Exit::Local, message)
                .help("cut the sheet into several, or read the findings as they are told"),
            PatchError::Write { path, source } => unwritten(Failure::new(Exit::Local, message), &path, &source),
        }
    }
}

#[cfg(feature = "import")]
impl From<skuload::export::ExportError> for Failure {
    fn from(error: skuload::export::ExportError) -> Failure {
        use skuload::export::ExportError;
        match error {
            ExportError::Sheet(error) => error.into(),
            ExportError::Spool { .. } => Failure::new(Exit::Local, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn of_several_causes_the_first_in_the_documented_order_counts() {
        let order = [
            Exit::Bug,
            Exit::Interrupted,
            Exit::Busy,
            Exit::Local,
            Exit::Settings,
            Exit::Credentials,
            Exit::Input,
            Exit::Refused,
            Exit::Limit,
            Exit::Remote,
            Exit::Rows,
            Exit::Done,
        ];
        for (place, heavier) in order.iter().enumerate() {
            for lighter in &order[place..] {
                assert_eq!(heavier.and(*lighter), *heavier);
                assert_eq!(lighter.and(*heavier), *heavier);
            }
        }
        assert_eq!(order.map(Exit::code), [70, 130, 11, 9, 3, 4, 6, 7, 8, 5, 1, 0]);
    }
}
