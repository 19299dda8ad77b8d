//! What a shell and a manual know of the program, made from the same definitions as `--help`.

use std::fs;
use std::io;
use std::path::Path;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args as _, Command, CommandFactory};
use skuload::finding::Rule;

use super::args::{Args, Global};
use super::exit::{self, Exit, Failure};
use super::output;

/// Prints the script by which a shell completes what is typed.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    // What nobody types is not completed.
    let commands = Args::command();
    let shown = commands.get_subcommands().filter(|inner| !inner.is_hide_set()).cloned().map(with_rules);
    let program = Command::new("skuload").version(env!("CARGO_PKG_VERSION")).propagate_version(true);
    let mut command = Global::augment_args(program).subcommands(shown);
    clap_complete::generate(shell, &mut command, "skuload", &mut script);
    if shell == clap_complete::Shell::Fish {
        // Its script is made without the values of what is no flag.
        let names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        let rules =
            format!("complete -c skuload -n \"__fish_seen_subcommand_from explain\" -f -a \"{}\"\n", names.join(" "));
        script.extend(rules.bytes());
    }
    output::result(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}

/// `explain` with the rules that may be named; what is typed is understood by the program itself, which tells the
/// nearest one.
fn with_rules(command: Command) -> Command {
    if command.get_name() != "explain" {
        return command;
    }
    let named = Rule::ALL.iter().map(|rule| PossibleValue::new(rule.name()).help(rule.summary()));
    let rules = PossibleValuesParser::new(named);
    command.mut_arg("rules", |arg| arg.value_parser(rules))
}

/// Prints the manual: one page of all commands, or into `folder` a page for each.
pub(super) fn man(folder: Option<&Path>) -> Result<Exit, Failure> {
    let mut command = Args::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = folder else {
        output::result(&whole(&command).map_err(|error| unwritten(Path::new("the page"), &error))?);
        return Ok(Exit::Done);
    };
    // A page is called after the whole command: `skuload-shop-add.1`.
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Args::command().disable_help_subcommand(true), folder))
        .map_err(|error| unwritten(folder, &error))?;
    let written = shown(&command, "skuload").len() as u64 + 1;
    output::say(&format!("{} in {}", output::counted(written, "page", "pages"), folder.display()));
    Ok(Exit::Done)
}

/// The program's own page, and behind it what each command takes.
fn whole(command: &Command) -> io::Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    let list = ".SH SUBCOMMANDS\n";
    let told = format!(
        "{list}Each stands below; a page for each, such as skuload\\-check(1), is written by skuload man \\-\\-dir DIR.\n"
    );
    let mut page = String::from_utf8_lossy(&page).replacen(list, &told, 1).into_bytes();
    for (name, inner) in shown(command, "skuload") {
        // Flags of every command stand once, in front.
        let own = inner.clone().mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
        let man = clap_mangen::Man::new(own);
        page.extend(format!(".SH \"{}\"\n", name.to_uppercase()).bytes());
        man.render_description_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    Ok(as_parts(&String::from_utf8_lossy(&page)))
}

/// Within a command's section, what would be sections of a page are its parts.
fn as_parts(page: &str) -> String {
    const OF_PAGES: [&str; 3] = [".SH DESCRIPTION", ".SH SYNOPSIS", ".SH OPTIONS"];
    let (mut text, mut is_inside) = (String::new(), false);
    for line in page.lines() {
        is_inside |= line.starts_with(".SH \"SKULOAD ");
        match line.strip_prefix(".SH ").filter(|_| is_inside && OF_PAGES.contains(&line)) {
            Some("DESCRIPTION") => {}
            Some(part) => text.push_str(&format!(".SS {part}")),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// The commands that people type, with those below them: `skuload shop add`.
fn shown<'a>(command: &'a Command, name: &str) -> Vec<(String, &'a Command)> {
    let mut all = Vec::new();
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        let name = format!("{name} {}", inner.get_name());
        all.push((name.clone(), inner));
        all.extend(shown(inner, &name));
    }
    all
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::new(Exit::Local, format!("cannot write {}: {error}", path.display()));
    exit::unwritten(failure.help("name another folder"), path, error)
}
