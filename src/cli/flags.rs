//! The layer above all others: what was typed.

use toml::{Table, Value};

use super::args::{Args, ColorChoice, Command, Format, SheetArgs, TemplateArgs};
#[cfg(feature = "import")]
use super::args::{CategoryArgs, CategoryCommand, SendingArgs, ShopCommand};
use super::exit::{Exit, Failure};

/// The built-in marketplace was asked for: no shop of a file or of the environment counts.
pub(super) fn is_for_sandbox(args: &Args) -> bool {
    #[cfg(all(feature = "import", feature = "sandbox"))]
    if let Some(Command::Import(import) | Command::Images(import)) = &args.command {
        return import.sandbox;
    }
    #[cfg(all(feature = "import", feature = "sandbox"))]
    if let Some(Command::Check(check)) = &args.command {
        return check.sandbox;
    }
    #[cfg(all(feature = "import", feature = "sandbox"))]
    if let Some(Command::Template(template)) = &args.command {
        return template.sandbox;
    }
    #[cfg(all(feature = "import", feature = "sandbox"))]
    if let Some(Command::Category(category)) = &args.command {
        return match &category.command {
            CategoryCommand::Pull(pull) => pull.sandbox,
            CategoryCommand::Show(show) => show.sandbox,
        };
    }
    let _ = args;
    false
}

/// What was typed, as a layer.
pub(super) fn flags(args: &Args) -> Result<Table, Failure> {
    let mut table = global_flags(args);
    let Some(command) = &args.command else { return Ok(table) };
    match command {
        Command::Check(check) => {
            sheet_flags(&mut table, &check.sheet)?;
            text_flag(&mut table, "baseline", check.baseline.as_ref().map(|path| path.display().to_string()));
        }
        #[cfg(feature = "import")]
        Command::Import(import) | Command::Images(import) => {
            sheet_flags(&mut table, &import.sheet)?;
            sending_flags(&mut table, &import.sending);
            text_flag(&mut table, "max-changes", import.guards.max_changes.clone());
            if let Some(rows) = import.guards.min_rows {
                table.insert("min-rows".to_owned(), Value::Integer(i64::try_from(rows).unwrap_or(i64::MAX)));
            }
            switch_flag(&mut table, "check-images", import.check_images);
            switch_flag(&mut table, "require-images", import.require_images);
        }
        #[cfg(feature = "import")]
        Command::Resume(resume) => {
            sending_flags(&mut table, &resume.sending);
            format_flag(&mut table, resume.format);
        }
        #[cfg(feature = "import")]
        Command::Runs(runs) => {
            if let Some(super::args::RunsCommand::List { format }) = &runs.command {
                format_flag(&mut table, *format);
            }
        }
        #[cfg(feature = "import")]
        Command::History(history) => format_flag(&mut table, history.format),
        #[cfg(feature = "import")]
        Command::Verify(verify) => format_flag(&mut table, verify.format),
        #[cfg(feature = "import")]
        Command::Export(export) => {
            text_flag(&mut table, "shop", export.shop.clone());
            text_flag(&mut table, "api", export.api.clone());
            if let Some(rate) = export.rate {
                table.insert("rate".to_owned(), Value::Float(rate));
            }
            format_flag(&mut table, export.format);
        }
        #[cfg(feature = "import")]
        Command::Category(category) => category_flags(&mut table, category),
        #[cfg(feature = "import")]
        Command::Shop(shop) => {
            if let ShopCommand::Add(add) = &shop.command {
                text_flag(&mut table, "api", add.api.clone());
            }
        }
        #[cfg(feature = "import")]
        Command::Report(_) => {}
        #[cfg(all(feature = "import", feature = "sandbox"))]
        Command::Sandbox(_) => {}
        Command::Template(template) => template_flags(&mut table, template),
        Command::Explain(explain) => format_flag(&mut table, explain.format),
        Command::Completions(_) | Command::Man(_) | Command::ReadApart(_) => {}
    }
    Ok(table)
}

/// Flags of every command.
fn global_flags(args: &Args) -> Table {
    let mut table = Table::new();
    if let Some(color) = args.global.color {
        let name = match color {
            ColorChoice::Auto => "auto",
            ColorChoice::Always => "always",
            ColorChoice::Never => "never",
        };
        table.insert("color".to_owned(), Value::String(name.to_owned()));
    }
    text_flag(&mut table, "state-dir", args.global.state_dir.as_ref().map(|path| path.display().to_string()));
    text_flag(&mut table, "log", args.global.log.as_ref().map(|path| path.display().to_string()));
    text_flag(&mut table, "log-format", args.global.log_format.clone());
    table
}

#[cfg(feature = "import")]
fn category_flags(table: &mut Table, category: &CategoryArgs) {
    match &category.command {
        CategoryCommand::Pull(pull) => {
            text_flag(table, "shop", pull.shop.clone());
            text_flag(table, "api", pull.api.clone());
            if let Some(rate) = pull.rate {
                table.insert("rate".to_owned(), Value::Float(rate));
            }
            format_flag(table, pull.format);
        }
        CategoryCommand::Show(show) => {
            text_flag(table, "shop", show.shop.clone());
            text_flag(table, "api", show.api.clone());
            text_flag(table, "country", show.country.clone());
            text_flag(table, "categories", show.categories.as_ref().map(|path| path.display().to_string()));
            format_flag(table, show.format);
        }
    }
}

fn template_flags(table: &mut Table, template: &TemplateArgs) {
    text_flag(table, "shop", template.shop.clone());
    text_flag(table, "api", template.api.clone());
    text_flag(table, "country", template.country.clone());
    text_flag(table, "categories", template.categories.as_ref().map(|path| path.display().to_string()));
}

fn text_flag(table: &mut Table, key: &str, value: Option<String>) {
    if let Some(value) = value {
        table.insert(key.to_owned(), Value::String(value));
    }
}

fn format_flag(table: &mut Table, format: Option<Format>) {
    let name = format.map(|format| match format {
        Format::Human => "human".to_owned(),
        Format::Json => "json".to_owned(),
    });
    text_flag(table, "format", name);
}

#[cfg(feature = "import")]
fn sending_flags(table: &mut Table, sending: &SendingArgs) {
    if let Some(rate) = sending.rate {
        table.insert("rate".to_owned(), Value::Float(rate));
    }
    if let Some(concurrency) = sending.concurrency {
        table.insert("concurrency".to_owned(), Value::Integer(concurrency as i64));
    }
    text_flag(table, "deadline", sending.deadline.clone());
    text_flag(table, "max-failures", sending.max_failures.clone());
    if let Some(requests) = sending.max_requests {
        table.insert("max-requests".to_owned(), Value::Integer(i64::try_from(requests).unwrap_or(i64::MAX)));
    }
    text_flag(table, "on-finish", sending.on_finish.clone());
    switch_flag(table, "fetch-images", sending.fetch_images);
    list_flag(table, "report", &sending.report);
}

/// A switch that was not typed says nothing.
#[cfg(feature = "import")]
fn switch_flag(table: &mut Table, key: &str, is_on: bool) {
    if is_on {
        table.insert(key.to_owned(), Value::Boolean(true));
    }
}

fn list_flag(table: &mut Table, key: &str, values: &[String]) {
    if !values.is_empty() {
        let values = values.iter().cloned().map(Value::String).collect();
        table.insert(key.to_owned(), Value::Array(values));
    }
}

fn sheet_flags(table: &mut Table, sheet: &SheetArgs) -> Result<(), Failure> {
    list_flag(table, "sheet", &sheet.sheet);
    if let Some(row) = sheet.header_row {
        table.insert("header-row".to_owned(), Value::Integer(i64::from(row.get())));
    }
    text_flag(table, "group-by", sheet.group_by.clone());
    text_flag(table, "shop", sheet.shop.clone());
    text_flag(table, "country", sheet.country.clone());
    text_flag(table, "api", sheet.api.clone());
    text_flag(table, "encoding", sheet.encoding.clone());
    text_flag(table, "delimiter", sheet.delimiter.clone());
    text_flag(table, "locale", sheet.locale.clone());
    text_flag(table, "mode", sheet.mode.clone());
    text_flag(table, "blank", sheet.blank.clone());
    text_flag(table, "hidden", sheet.hidden.clone());
    text_flag(table, "repair", sheet.repair.clone());
    text_flag(table, "pictures", sheet.pictures.as_ref().map(|path| path.display().to_string()));
    text_flag(table, "categories", sheet.categories.as_ref().map(|path| path.display().to_string()));
    text_flag(table, "now", sheet.now.clone());
    text_flag(table, "fail-on", sheet.fail_on.clone());
    pairs(table, "rule", &sheet.rule, "--rule NAME=warning", Cut::First)?;
    pairs(table, "limit", &sheet.limit, "--limit cell-text=4MiB", Cut::First)?;
    if let Some(most) = sheet.max_findings {
        table.insert("max-findings".to_owned(), Value::Integer(i64::try_from(most).unwrap_or(i64::MAX)));
    }
    text_flag(table, "format", sheet.format.map(|format| format.name().to_owned()));
    pairs(table, "map", &sheet.map, "--map \"Your header=field\"", Cut::Last)?;
    pairs(table, "set", &sheet.set, "--set field=value", Cut::First)?;
    Ok(())
}

/// At which `=` a pair is cut: a header may hold one, a value may too.
#[derive(Clone, Copy)]
enum Cut {
    First,
    Last,
}

fn pairs(table: &mut Table, key: &str, values: &[String], shape: &str, cut: Cut) -> Result<(), Failure> {
    let mut inner = Table::new();
    for text in values {
        let pair = match cut {
            Cut::First => text.split_once('='),
            Cut::Last => text.rsplit_once('='),
        };
        let (from, to) = pair
            .filter(|(from, to)| !from.trim().is_empty() && !to.trim().is_empty())
            .ok_or_else(|| Failure::new(Exit::Usage, format!("--{key} {text}: it is not of the form {shape}")))?;
        inner.insert(from.trim().to_owned(), Value::String(to.trim().to_owned()));
    }
    if !inner.is_empty() {
        table.insert(key.to_owned(), Value::Table(inner));
    }
    Ok(())
}
