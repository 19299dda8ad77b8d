//! Keys: where they are read, and the files that keep them.
//!
//! A key comes from a file of mode 0600, from standard input, or from a command (`key_command`); never from the command
//! line or the environment, which other users and child processes can see. What is read on the way is wiped, and
//! nothing here prints it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread::spawn;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::exit::{Exit, Failure};
use super::output;

/// No key is longer; room for it is made at once, so that growing leaves no copy behind.
pub(super) const LONGEST: usize = 8 << 10;

/// What is read, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The API key of a user of Seller Center.
    Key,
    /// The secret of an app of the Open Platform.
    Secret,
    /// A seller's token.
    Token,
    /// The code of a login.
    Code,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            What::Key => "key",
            What::Secret => "secret",
            What::Token => "token",
            What::Code => "code",
        }
    }

    /// What is asked for on a terminal.
    fn asked(self) -> &'static str {
        match self {
            What::Key => "the API key",
            What::Secret => "the app's secret",
            What::Token => "the token",
            What::Code => "the code, or the whole address that the browser shows in the end,",
        }
    }

    /// Where it is found.
    fn source(self) -> &'static str {
        match self {
            What::Key => "copy it from the seller centre",
            What::Secret => "copy it from the app's page at the Open Platform",
            What::Token => "copy it from the answer to the call for a token",
            What::Code => "it stands in the address that the browser shows in the end, behind `code=`",
        }
    }
}

/// The key in a file that only this user can read.
pub(super) fn from_file(path: &Path, what: What) -> Result<SecretString, Failure> {
    key(&text_of(path)?, what)
}

/// The text of a file that only this user can read.
pub(super) fn text_of(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let shown = path.display();
    let refused = |reason: String| Failure::new(Exit::Credentials, format!("cannot use {shown}: {reason}"));
    let file = File::open(path).map_err(|error| refused(error.to_string()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Of the open file, so that no other one can take its place in between.
        let mode = file.metadata().map_err(|error| refused(error.to_string()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(refused("other users can read it".to_owned()).help(format!("chmod 600 {shown}")));
        }
    }
    read(file).map_err(|error| refused(error.to_string()))
}

/// What stands in a file is carried out: whoever may write it could have everything done.
pub(super) fn nobody_else_may_write(path: &Path) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let shown = path.display();
        let refused = |why: String| Failure::new(Exit::Credentials, format!("cannot use {shown}: {why}"));
        let mode = fs::metadata(path).map_err(|error| refused(error.to_string()))?.permissions().mode();
        if mode & 0o022 != 0 {
            return Err(refused("it names a command, and other users can change it".to_owned())
                .help(format!("look at the command in it, then chmod 600 {shown}")));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Makes a folder, with those around it, that only this user can look into.
pub(super) fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The key on standard input; on a terminal it is not shown.
pub(super) fn from_stdin(what: What) -> Result<SecretString, Failure> {
    if is_typed() {
        return key(&pasted(what)?, what);
    }
    key(&read(io::stdin().lock()).map_err(|error| unread(what, &error))?, what)
}

/// Standard input is a terminal.
pub(super) fn is_typed() -> bool {
    io::stdin().is_terminal()
}

/// A line that is typed on the terminal and not shown.
pub(super) fn pasted(what: What) -> Result<Zeroizing<String>, Failure> {
    output::insist(&format!("paste {} and press Enter (it is not shown)", what.asked()));
    let typed = typed().map_err(|error| unread(what, &error))?;
    if typed.contains(INTERRUPT) {
        return Err(Failure::new(Exit::Interrupted, "interrupted").help("nothing was kept; run the same command again"));
    }
    Ok(typed)
}

/// The first line of standard input, which is no terminal; nothing where it ends before or nothing comes for so long.
pub(super) fn first_line(patience: Duration) -> Result<Zeroizing<String>, Failure> {
    let (tell, told) = channel();
    // It may wait for its line for ever.
    spawn(move || {
        let mut line = Zeroizing::new(String::with_capacity(LONGEST + 4));
        let read = io::stdin().lock().take(LONGEST as u64).read_line(&mut line);
        // Nobody may be waiting any more.
        let _ = tell.send(read.map(|_| line));
    });
    match told.recv_timeout(patience) {
        Ok(line) => line.map_err(|error| unread(What::Code, &error)),
        Err(_) => Ok(Zeroizing::default()),
    }
}

fn unread(what: What, error: &io::Error) -> Failure {
    Failure::new(Exit::Credentials, format!("cannot read the {}: {error}", what.name()))
}

/// What Ctrl-C types.
const INTERRUPT: char = '\u{3}';

fn read(source: impl Read) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(LONGEST + 4));
    source.take(LONGEST as u64 + 1).read_to_string(&mut text)?;
    if text.len() > LONGEST {
        return Err(io::Error::other("it is too long for a key"));
    }
    Ok(text)
}

/// One line, without showing it. Ctrl-C ends the line too: a terminal that was left silent would stay so.
#[cfg(unix)]
fn typed() -> io::Result<Zeroizing<String>> {
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
    use std::os::fd::AsFd;

    let mut terminal = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let before = tcgetattr(&terminal)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
    silent.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT as u8;
    tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
    let mut line = Zeroizing::new([0; LONGEST]);
    let read = terminal.read(line.as_mut_slice());
    tcsetattr(&terminal, OptionalActions::Now, &before)?;
    let line = std::str::from_utf8(&line[..read?]).map_err(|_| io::Error::other("it is no UTF-8 text"))?;
    Ok(Zeroizing::new(line.to_owned()))
}

#[cfg(not(unix))]
fn typed() -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::with_capacity(LONGEST));
    io::stdin().read_line(&mut line)?;
    Ok(line)
}

/// The key that stands in a text.
pub(super) fn key(text: &str, what: What) -> Result<SecretString, Failure> {
    let (key, name) = (text.trim(), what.name());
    if key.is_empty() {
        return Err(Failure::new(Exit::Credentials, format!("the {name} is empty")).help(what.source()));
    }
    if key.contains(char::is_whitespace) || key.contains(char::is_control) {
        return Err(Failure::new(Exit::Credentials, format!("the {name} has more than one word"))
            .help(format!("give the {name} and nothing else")));
    }
    Ok(SecretString::from(key))
}

/// Keeps a key in a file that only this user can read: all of it, or what was there before.
pub(super) fn keep(path: &Path, key: &SecretString) -> Result<(), Failure> {
    private(path, key.expose_secret())
}

/// A file of mode 0600 from its first byte; what was there before is replaced at once.
pub(super) fn private(path: &Path, text: &str) -> Result<(), Failure> {
    let beside = path.with_extension("new");
    let write = || {
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| Failure::new(Exit::Local, format!("cannot write {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<&str, &str>) {
        let found = key(text, What::Key);
        let found = found.as_ref().map(ExposeSecret::expose_secret).map_err(|failure| failure.message.as_str());
        assert_eq!(found, expect);
    }

    #[test]
    fn a_key_is_one_word() {
        check(" b1bdb357\r\n", Ok("b1bdb357"));
        check("\n", Err("the key is empty"));
        check("user\nb1bdb357", Err("the key has more than one word"));
    }

    #[test]
    fn a_text_that_is_no_key_is_not_read_whole() {
        assert!(read(io::repeat(b'a')).is_err());
        assert_eq!(read(&b"abc"[..]).unwrap().as_str(), "abc");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_private_from_its_first_byte() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for text in ["one", "two"] {
            keep(&path, &SecretString::from(text)).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(from_file(&path, What::Key).unwrap().expose_secret(), text);
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let failure = from_file(&path, What::Secret).unwrap_err();
        assert!(failure.message.ends_with("other users can read it"), "{failure:?}");
        assert_eq!(failure.exit, Exit::Credentials);
    }
}
