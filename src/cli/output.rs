//! What is printed, and how: results on standard output, everything else on standard error.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use skuload::finding::{Finding, Severity};

use super::args::ColorChoice;
use super::exit::{Exit, Failure};
use super::log::{self, Event};
use super::settings::Settings;

/// The longest value that a message for people shows.
const LONGEST_VALUE: usize = 200;

/// Decides on colours for the whole program.
pub(super) fn set_color(settings: &Settings) -> Result<(), Failure> {
    let choice = match settings.color()? {
        // anstream looks at the terminal, NO_COLOR and TERM itself.
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "cli is where the environment is read")]
/// Standard error is a terminal that can redraw a line.
pub(super) fn is_interactive() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Only what went wrong is told beside the result.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// From here on only what went wrong is told beside the result.
pub(super) fn set_quiet() {
    IS_QUIET.store(true, Ordering::Relaxed);
}

/// Standard error tells only what went wrong.
pub(super) fn is_quiet() -> bool {
    IS_QUIET.load(Ordering::Relaxed)
}

/// The result is no longer told: its reader has gone away, or its disk is full.
static IS_RESULT_OVER: AtomicBool = AtomicBool::new(false);

/// Somebody wants the result and does not get it.
static IS_RESULT_LOST: AtomicBool = AtomicBool::new(false);

/// The work is worth more than the telling of it.
static OUTLIVES_READER: AtomicBool = AtomicBool::new(false);

/// From here on a result that cannot be told does not end the program: what is on its way to a shop needs its
/// journal and its reports, and a check its exit code.
pub(super) fn outlive_reader() {
    OUTLIVES_READER.store(true, Ordering::Relaxed);
}

/// How telling the result went.
pub(super) fn told() -> Exit {
    if IS_RESULT_LOST.load(Ordering::Relaxed) { Exit::Local } else { Exit::Done }
}

/// A part of the result. A reader that has gone away has what it wanted, and ends the program quietly; any other
/// failure is told.
pub(super) fn result(text: &str) {
    if IS_RESULT_OVER.load(Ordering::Relaxed) {
        return;
    }
    let mut out = anstream::stdout().lock();
    let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) else { return };
    drop(out);
    let was_over = IS_RESULT_OVER.swap(true, Ordering::Relaxed);
    if !was_over {
        lost(&error);
    }
    if !OUTLIVES_READER.load(Ordering::Relaxed) {
        end();
    }
}

/// Parts of the result that are written together: where they are many, a call of the system for each would be most of
/// the work.
#[derive(Default)]
pub(super) struct Parts(String);

impl Parts {
    /// So many bytes are not kept waiting.
    const MOST: usize = 64 << 10;

    /// Another part.
    pub(super) fn push(&mut self, text: &str) {
        self.0.push_str(text);
        if self.0.len() >= Parts::MOST {
            self.write();
        }
    }

    /// Writes what waits.
    pub(super) fn write(&mut self) {
        if !self.0.is_empty() {
            result(&self.0);
            self.0.clear();
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.write();
    }
}

/// Tells of a result that could not be written, unless its reader has gone away.
pub(super) fn lost(error: &io::Error) {
    if error.kind() != io::ErrorKind::BrokenPipe {
        IS_RESULT_LOST.store(true, Ordering::Relaxed);
        insist(&format!("cannot write the result: {error}; free some space, or send it elsewhere"));
    }
}

#[expect(clippy::exit, reason = "nobody gets the result any more, and main cannot be reached from a sink")]
fn end() {
    let exit = told();
    log::end(exit);
    std::process::exit(i32::from(exit.code()));
}

/// A line beside the result; a quiet command leaves it out.
pub(super) fn say(text: &str) {
    if !is_quiet() {
        insist(text);
    }
}

/// Something is not as it should be, and the work goes on.
pub(super) fn warn(message: &str) {
    log::note(&Event::Warning { message });
    let style = style(Severity::Warning);
    insist(&format!("{style}warning{style:#}: {}", plain(message)));
}

/// A line beside the result that a quiet command tells too.
pub(super) fn insist(text: &str) {
    let mut out = anstream::stderr().lock();
    // There is nowhere to tell that standard error is gone.
    let _ = writeln!(out, "{text}");
}

/// Tells why something failed and what to do; answers the exit code it asks for.
pub(super) fn failure(failure: &Failure) -> Exit {
    log::note(&Event::Failure { exit: failure.exit.code(), message: &failure.message, help: failure.help.as_deref() });
    let style = style(Severity::Error);
    let mut text = format!("{style}error{style:#}: {}", plain(&failure.message));
    if let Some(help) = &failure.help {
        let _ = write!(text, "\n  help: {}", plain(help));
    }
    insist(&text);
    failure.exit
}

pub(super) fn style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Note => AnsiColor::Cyan,
    };
    color.on_default().bold()
}

/// One finding as a block of lines.
pub(super) fn finding(finding: &Finding) -> String {
    let style = style(finding.severity);
    let rule = finding.rule.name();
    let mut text = format!("{style}{}[{rule}]{style:#}: {}\n", finding.severity, plain(&finding.message));
    let _ = write!(text, "  at {}", plain(&finding.location.to_string()));
    if let Some(field) = &finding.field {
        let _ = write!(text, " ({})", plain(field));
    }
    if let Some(sku) = &finding.seller_sku {
        let _ = write!(text, ", SKU `{}`", plain(sku));
    }
    if let Some(value) = finding.value.as_deref().filter(|value| !finding.message.contains(value.trim())) {
        let _ = write!(text, "\n  value: {}", plain(&shortened(value)));
    }
    let _ = writeln!(text, "\n  help: {}", plain(&finding.help));
    text
}

/// Many findings of one kind as a block of lines; `words` say how many and where, `finding` is one of them, `lines` tell
/// what they say.
pub(super) fn more_findings(finding: &Finding, words: &str, lines: &[String]) -> String {
    let style = style(finding.severity);
    let mut text = format!("{style}{}[{}]{style:#}: {words}\n", finding.severity, finding.rule.name());
    let _ = write!(text, "  at {}", plain(&finding.location.file));
    if let Some(sheet) = &finding.location.sheet {
        let _ = write!(text, ", {}", plain(sheet));
    }
    if let Some(field) = &finding.field {
        let _ = write!(text, " ({})", plain(field));
    }
    for line in lines {
        let _ = write!(text, "\n  {}", plain(line));
    }
    text.push_str("\n  help: as for those above; --format json lists each\n");
    text
}

fn shortened(value: &str) -> String {
    if value.chars().count() <= LONGEST_VALUE {
        return value.to_owned();
    }
    let mut short: String = value.chars().take(LONGEST_VALUE).collect();
    short.push('…');
    short
}

/// Foreign text for a terminal: control characters and marks that turn the writing direction are shown,
/// not obeyed.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => plain.push(' '),
            c if c.is_control() => plain.push('\u{fffd}'),
            // Marks of direction, and others that change what a line looks like without being seen.
            '\u{200e}'
            | '\u{200f}'
            | '\u{061c}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' => {
                let _ = write!(plain, "\\u{{{:x}}}", u32::from(c));
            }
            c => plain.push(c),
        }
    }
    plain
}

/// One object, one line.
pub(super) fn json_line(value: &impl Serialize) -> String {
    // Our own lines hold texts and numbers only, which always can be written.
    serde_json::to_string(value).map(|line| line + "\n").unwrap_or_default()
}

/// `1 row`, `2 rows`
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// 1234567 as `1,234,567`
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\u{202e}c\nd\u{7}"), "a\u{fffd}[31mb\\u{202e}c d\u{fffd}");
        assert_eq!(plain("a\u{2028}b\u{9b}c\u{e0041}"), "a\\u{2028}b\u{fffd}c\\u{e0041}");
        assert_eq!(plain("เสื้อยืด 👕"), "เสื้อยืด 👕");
    }

    #[test]
    fn counts_read_well() {
        assert_eq!(counted(1, "row", "rows"), "1 row");
        assert_eq!(counted(1_234_567, "row", "rows"), "1,234,567 rows");
    }
}
