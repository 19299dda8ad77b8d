//! `--write-map FILE`: settings that say what each column is taken for, to be edited.
//!
//! The file is sound as it is, and changes nothing until it is edited: what is only proposed stands behind `#`.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use skuload::category;
use skuload::column::{
    Columns, Field, MANDATORY, OWN_PREFIX, Role, Table, Target, is_invisible, nearest, normalised, readings,
};
use skuload::finding::Rule;
use skuload::location::column_letters;
use skuload::sheet::{Row, SheetError};

use super::exit::{Exit, Failure, unwritten};
use super::input;
use super::output;
use super::settings::{Decided, Settings, quoted};

/// How many values of a column stand beside it.
const SAMPLES: usize = 3;
/// The most characters of one of them.
const LONGEST_SAMPLE: usize = 40;
/// How many different values of a column are offered for replacement.
const VALUES: usize = 12;
/// The rows that are looked at for values.
const ROWS: usize = 100_000;
/// Attributes that take words of the marketplace's own lists.
const OPTIONS: [&str; 6] = ["tax_class", "warranty", "warranty_type", "condition", "hazmat", "material"];

/// Writes the file for the one sheet that was named.
pub(super) fn write(to: &Path, files: &[PathBuf], settings: &Settings) -> Result<Exit, Failure> {
    let [file] = files else {
        return Err(Failure::new(Exit::Usage, "--write-map is made of one file at a time")
            .help("name one file; its mapping can be used for the others too"));
    };
    let label = input::label(file);
    let tables = input::tables(&label, input::input(file)?, &settings.read_options()?, &settings.choice()?)?;
    let mut text = String::new();
    let is_printed = to.as_os_str() == "-";
    let config = if is_printed { "FILE".to_owned() } else { quoted(&to.display().to_string()) };
    let next = format!("skuload check {} --config {config}", quoted(&label));
    let _ = writeln!(text, "# What skuload takes the columns of {} for.", shown(&label));
    let _ = writeln!(text, "# Edit it, then use it: {}\n", shown(&next));
    text.push_str(&general(&settings.decided));
    let mut mapping = Mapping::new(&settings.decided);
    for table in &tables {
        mapping.add(table)?;
    }
    text.push_str(&mapping.text);
    text.push_str(&constants(&settings.decided, &tables));
    text.push_str(&mapping.values());
    if is_printed {
        output::result(&text);
        return Ok(Exit::Done);
    }
    save(to, text.as_bytes())?;
    let counts = format!("{} of {} columns are known", mapping.known, mapping.named);
    output::say(&format!("mapping: {}: {counts}\nedit it, then run: {next}", output::plain(&to.display().to_string())));
    Ok(Exit::Done)
}

/// A new file: what somebody edited is never overwritten.
pub(super) fn save(to: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let refused = |error: std::io::Error| {
        let failure = Failure::new(Exit::Local, format!("cannot write {}: {error}", to.display()));
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            failure.help("name a file that does not exist yet, or move this one away; what it holds is kept")
        } else {
            unwritten(failure, to, &error)
        }
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(to).map_err(refused)?;
    file.write_all(bytes).map_err(refused)
}

/// The settings above the tables: those that are set, and hints for the others.
fn general(decided: &Decided) -> String {
    const LOCALE: &str = "how numbers and dates are written: th, vi, id, ms, zh, en-us, en-gb or de";
    const COUNTRY: &str = "the shop's country: sg, my, id, ph, th or vn";
    const GROUP_BY: &str = "the header whose values tell which rows are one product, or name, or none";
    let mut text = String::new();
    for (key, value, hint) in [
        ("shop", &decided.shop, None),
        ("country", &decided.country, Some(("th", COUNTRY)).filter(|_| decided.shop.is_none())),
        ("locale", &decided.locale, Some(("th", LOCALE))),
        ("group-by", &decided.group_by, Some(("Parent SKU", GROUP_BY))),
        ("encoding", &decided.encoding, None),
        ("delimiter", &decided.delimiter, None),
        ("mode", &decided.mode, None),
        ("blank", &decided.blank, None),
        ("hidden", &decided.hidden, None),
        ("repair", &decided.repair, None),
    ] {
        match (value, hint) {
            (Some(value), _) => drop(writeln!(text, "{key} = {}", toml_text(value))),
            (None, Some((example, says))) => drop(writeln!(text, "# {key} = {}  # {says}", toml_text(example))),
            (None, None) => {}
        }
    }
    if !decided.sheet.is_empty() {
        let sheets: Vec<String> = decided.sheet.iter().map(|sheet| toml_text(sheet)).collect();
        let _ = writeln!(text, "sheet = [{}]", sheets.join(", "));
    }
    if let Some(row) = decided.header_row {
        let _ = writeln!(text, "header-row = {row}");
    }
    text
}

/// The `[map]` section, and the values that it met.
struct Mapping<'a> {
    decided: &'a Decided,
    text: String,
    headers: HashSet<String>,
    named: usize,
    known: usize,
    /// Name of the field, and different values of its columns.
    options: Vec<(String, Vec<String>)>,
}

impl<'a> Mapping<'a> {
    fn new(decided: &'a Decided) -> Mapping<'a> {
        let mut text = String::from(
            "\n# \"Header\" = \"field\", attr.NAME (product), sku.NAME (variant), a field with its unit such as\n",
        );
        text.push_str("# package_weight (g), ignore, or skip (a mark that its row is left out). Fields:\n");
        let names: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
        for names in names.chunks(8) {
            let _ = writeln!(text, "#   {}", names.join(", "));
        }
        text.push_str("#   main_image, image_1 to image_8, image\n[map]\n");
        Mapping { decided, text, headers: HashSet::new(), named: 0, known: 0, options: Vec::new() }
    }

    /// A line for each column that no earlier table had.
    fn add(&mut self, table: &Table) -> Result<(), SheetError> {
        let samples = Samples::of(table)?;
        if !table.sheet.is_empty() {
            let _ = writeln!(self.text, "# sheet {}", shown(&table.sheet));
        }
        for (index, header) in table.columns.headers().iter().enumerate() {
            let normal = normalised(header);
            if normal.starts_with(OWN_PREFIX) || !self.headers.insert(normal.clone()) {
                continue;
            }
            let place = column_letters(index as u32 + 1);
            let examples = samples.told(index);
            if normal.is_empty() {
                self.headers.remove(&normal);
                if !examples.is_empty() {
                    let _ = writeln!(self.text, "# column {place} has no header and is not sent{examples}");
                }
                continue;
            }
            self.named += 1;
            let key = toml_text(header.trim());
            let written = self.written(header).or_else(|| table.columns.name_of(index));
            self.known += usize::from(written.is_some());
            let line = match written {
                Some(name) => format!("{key} = {}  # {place}", toml_text(&name)),
                None => {
                    let (name, why) = proposal(table, index, header);
                    format!("# {key} = {}  # {place}, {why}", toml_text(&name))
                }
            };
            let _ = writeln!(self.text, "{line}{examples}");
        }
        self.take_options(&table.columns, samples);
        Ok(())
    }

    /// What the settings call a column already.
    fn written(&self, header: &str) -> Option<String> {
        let map = &self.decided.map;
        let spelt = || map.iter().find(|(from, _)| normalised(from) == normalised(header)).map(|(_, name)| name);
        map.get(header.trim()).or_else(spelt).cloned()
    }

    fn take_options(&mut self, columns: &Columns, samples: Samples) {
        for (index, found) in samples.columns.into_iter().enumerate() {
            let Some(name) = option_name(columns, index, &found) else { continue };
            match self.options.iter_mut().find(|(there, _)| *there == name) {
                Some((_, values)) => values.extend(found),
                None => self.options.push((name, found)),
            }
        }
    }

    /// The `[values]` sections: those that are set, and a proposal for each other column of options.
    fn values(&self) -> String {
        let mut text = String::new();
        for (name, pairs) in &self.decided.values {
            let _ = writeln!(text, "\n[values.{}]", toml_key(name));
            for (from, to) in pairs {
                let _ = writeln!(text, "{} = {}", toml_text(from), toml_text(to));
            }
        }
        let is_set = |name: &str| self.decided.values.keys().any(|there| normalised(there) == normalised(name));
        for (name, values) in self.options.iter().filter(|(name, _)| !is_set(name)) {
            let _ = writeln!(text, "\n# What is sent for what stands in the cells, such as \"สีแดง\" = \"Red\".");
            let _ = writeln!(text, "[values.{}]", toml_key(name));
            for value in values.iter().take(VALUES) {
                let _ = writeln!(text, "# {} = {}", toml_text(value), toml_text(value));
            }
        }
        text
    }
}

/// What is proposed for a column that is not sent, and why it is not.
fn proposal(table: &Table, index: usize, header: &str) -> (String, String) {
    let here = Some(index as u32 + 1);
    if let Some(finding) = table.findings.iter().find(|finding| finding.location.column == here) {
        let mut names = readings(header).into_iter();
        let first = names.next().unwrap_or_else(|| "ignore".to_owned());
        let others: String = names.map(|name| format!(", or {name}")).collect();
        return (first, format!("{}{others}", finding.rule));
    }
    let quoted = format!("`{}`", header.trim());
    if table.findings.iter().any(|f| f.rule == Rule::IgnoredColumn && f.message.contains(&quoted)) {
        return ("ignore".to_owned(), "the seller centre's bookkeeping, not sent".to_owned());
    }
    let is_taken =
        |name: &str| (0..table.columns.headers().len()).any(|at| table.columns.name_of(at).as_deref() == Some(name));
    match nearest(header).filter(|name| !is_taken(name)) {
        Some(name) => (name.to_owned(), "not sent; is this meant?".to_owned()),
        None => ("ignore".to_owned(), "not sent".to_owned()),
    }
}

/// The field of a column that takes words of a list, where its values may need others.
fn option_name(columns: &Columns, index: usize, values: &[String]) -> Option<String> {
    let name = columns.name_of(index)?;
    let is_option = match columns.target(index) {
        Target::Attribute(_) => {
            category::known(&name).is_some_and(|kind| kind.variant) || OPTIONS.contains(&name.as_str())
        }
        Target::Field(Field::Category) => values.iter().any(|value| !value.chars().all(|c| c.is_ascii_digit())),
        Target::Field(_) | Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed => false,
    };
    (is_option && !values.is_empty()).then_some(name)
}

/// Different values of each column, in the sheet's order.
struct Samples {
    columns: Vec<Vec<String>>,
}

impl Samples {
    fn of(table: &Table) -> Result<Samples, SheetError> {
        let mut samples = Samples { columns: vec![Vec::new(); table.columns.headers().len()] };
        let mut rows = 0;
        table.source.read(&table.sheet, &mut |block| {
            for row in block.rows().filter(|row| matches!(table.role(row), Role::Record | Role::OtherHeader)) {
                samples.take(&row);
                rows += 1;
            }
            if rows < ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(samples)
    }

    fn take(&mut self, row: &Row<'_>) {
        for (values, cell) in self.columns.iter_mut().zip(row.cells()) {
            let text = cell.text.trim();
            if !text.is_empty() && values.len() < VALUES && !values.iter().any(|there| there == text) {
                values.push(text.to_owned());
            }
        }
    }

    /// `: red, green`
    fn told(&self, index: usize) -> String {
        let values: Vec<String> =
            self.columns.get(index).into_iter().flatten().take(SAMPLES).map(|value| shown(&shortened(value))).collect();
        if values.is_empty() { String::new() } else { format!(": {}", values.join(" | ")) }
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_SAMPLE).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// `[set]` and `[defaults]`: those that are set, and the mandatory fields that the sheet lacks.
fn constants(decided: &Decided, tables: &[Table]) -> String {
    let lacks = |(field, excuse): &&(Field, _)| {
        tables.iter().any(|table| !table.columns.has(*field) && !table.columns.may_excuse(*excuse))
    };
    let missing: Vec<Field> = MANDATORY.iter().filter(lacks).map(|(field, _)| *field).collect();
    let mut text = String::new();
    if missing.contains(&Field::SellerSku) {
        text.push_str("\n# seller_sku is mandatory, and each row needs its own: map a column above to it.\n");
    }
    let missing: Vec<Field> = missing.into_iter().filter(|field| *field != Field::SellerSku).collect();
    if !missing.is_empty() || !decided.set.is_empty() {
        text.push_str("\n# One value for all rows, for a column that the sheet lacks.\n");
        text.push_str("[set]\n");
        text.push_str(&pairs(decided.set.iter()));
        for field in missing {
            let _ = writeln!(text, "# {field} = \"\"  # mandatory: {}", field.what());
        }
    }
    text.push_str("\n# For empty cells, and for columns that the sheet lacks.\n");
    text.push_str(if decided.defaults.is_empty() { "[defaults]\n# brand = \"No Brand\"\n" } else { "[defaults]\n" });
    text.push_str(&pairs(decided.defaults.iter()));
    text
}

fn pairs<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    pairs.map(|(from, to)| format!("{} = {}\n", toml_key(from), toml_text(to))).collect()
}

/// A key of TOML.
fn toml_key(text: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !text.is_empty() && text.chars().all(is_bare) { text.to_owned() } else { toml_text(text) }
}

/// A text of TOML, on one line.
fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if is_unseen(c) => drop(write!(quoted, "\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Foreign text in a comment: nothing ends the line.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            c if is_unseen(c) => drop(write!(shown, "\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// It would steer the terminal or the editor, or be lost in it.
fn is_unseen(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}')
}
