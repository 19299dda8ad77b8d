//! For each rule a small sheet that breaks it and one that does not; they stand in `examples.txt`.
//!
//! Here they are read. A test holds each to what the program finds in it, so that they cannot be wrong for long.

use std::sync::LazyLock;

use super::Rule;

static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| read(include_str!("examples.txt")));

/// A sheet that breaks a rule, and one that does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The rule.
    pub rule: Rule,
    /// It breaks the rule.
    pub fails: Specimen,
    /// It does not.
    pub passes: Specimen,
}

/// A small sheet, and what else it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Specimen {
    /// Where the rule is broken: `B2`, or `row 3`; empty where it is not.
    pub at: String,
    /// The columns under test, the header first.
    pub rows: Vec<Vec<String>>,
    /// A second sheet of the workbook: its name, and its rows.
    pub second: Option<(String, Vec<Vec<String>>)>,
    /// What else must be so.
    pub needs: Vec<Need>,
}

/// What a specimen takes besides its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Flags of `check`.
    With(Vec<String>),
    /// Only an import finds it; its flags.
    Import(Vec<String>),
    /// The rows are the whole sheet: no other columns stand behind them.
    Alone,
    /// What a reader could not tell from the rows as they are shown.
    Note(String),
    /// A column that is not among the other ones.
    Without(String),
    /// A product that the shop has: its seller SKUs, and what is known of it.
    Shop(Vec<String>, Vec<(String, String)>),
    /// What the marketplace demands stands in a file of that name.
    Categories(String),
    /// The kind of the file: `xlsx`.
    As(String),
    /// How a text file is written.
    Encoding(String),
    /// What the other columns hold in that row.
    Filled(u32, String),
    /// The last row stands so often, `#` being its number.
    Repeat(u32),
    /// The last row is that one of its sheet, in an XLS file.
    Row(u32),
    /// `row 3` or `column A` is hidden.
    Hidden(String),
    /// `A2:A3` are one cell.
    Merged(String),
    /// A cell is a formula; the value that was computed last, if any.
    Formula(String, String, Option<String>),
    /// A cell is a number; how it is shown, if not plainly.
    Number(String, String, Option<String>),
    /// A cell is a date.
    Date(String, String),
    /// A picture is pasted over a cell.
    Pasted(String),
    /// A file beside the sheet.
    File(String, Picture),
    /// Another rule that cannot but be broken too.
    Also(Rule),
}

/// A file that is to be a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// A PNG of this width and height in pixels, and so many bytes.
    Png(u32, u32, usize),
    /// A GIF, whatever its name says.
    Gif,
}

impl Rule {
    /// A sheet that breaks it, and one that does not.
    #[must_use]
    pub fn example(self) -> Option<&'static Example> {
        EXAMPLES.iter().find(|example| example.rule == self)
    }
}

impl Need {
    /// What a reader must know; nothing where the rows tell it.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        Some(match self {
            Need::With(flags) => format!("checked with {}", flags.join(" ")),
            Need::Import(flags) if flags.is_empty() => "found by skuload import, which asks the shop".to_owned(),
            Need::Import(flags) => format!("found by skuload import {}", flags.join(" ")),
            Need::Shop(skus, known) => {
                let known: Vec<String> = known.iter().map(|(name, value)| format!("{name} {value}")).collect();
                let together = if skus.len() > 1 { ", as one product" } else { "" };
                format!("the shop has {}{together}: {}", skus.join(" and "), known.join(", "))
            }
            Need::Categories(_) => {
                "checked with --categories FILE, which for your own shop is written by skuload category \
                                    pull --shop NAME --category ID -o FILE"
                    .to_owned()
            }
            Need::As(_) | Need::Alone => return None,
            Need::Note(words) => words.clone(),
            Need::Without(header) => format!("there is no column {header}"),
            Need::Encoding(name) if name == "utf-8" => "a text file in UTF-8".to_owned(),
            Need::Encoding(name) => format!("a text file in {name}"),
            Need::Filled(row, text) => format!("row {row} says `{text}` in the other columns"),
            Need::Repeat(count) => format!("the last row stands {count} times, # being 1, 2, 3, ..."),
            Need::Row(number) => format!("an XLS file, whose last row is row {number}"),
            Need::Hidden(place) => format!("{place} is hidden"),
            Need::Merged(area) => format!("{area} are merged"),
            Need::Formula(cell, formula, Some(value)) => format!("{cell} is {formula}, last computed as {value}"),
            Need::Formula(cell, formula, None) => format!("{cell} is {formula}, and was never computed"),
            Need::Number(cell, number, None) => format!("{cell} is the number {number}, not a text"),
            Need::Number(cell, number, Some(shown)) => format!("{cell} is the number {number}, shown as {shown}"),
            Need::Date(cell, _) => format!("{cell} is a date, not a text"),
            Need::Pasted(cell) => format!("a picture is pasted over {cell}"),
            Need::File(name, Picture::Png(width, height, bytes)) => {
                let size = if *bytes < 10_000 { String::new() } else { format!(", {:.1} MB", *bytes as f64 / 1e6) };
                format!("the file {name} lies beside the sheet: {width} x {height} pixels{size}")
            }
            Need::File(name, Picture::Gif) => format!("the file {name} lies beside the sheet, and is a GIF"),
            Need::Also(rule) => format!("it breaks {rule} too"),
        })
    }
}

/// Reads the file of examples; what is not understood is left out, and missed by the tests.
fn read(text: &str) -> Vec<Example> {
    let parts = text.split("\n# ").skip(1);
    parts.filter_map(example).collect()
}

fn example(part: &str) -> Option<Example> {
    let (name, rest) = part.split_once('\n')?;
    let (shared, halves) = rest.split_once("- fails ")?;
    let (fails, passes) = halves.split_once("\n- passes\n")?;
    let (at, fails) = fails.split_once('\n')?;
    let fails = Specimen { at: at.trim().to_owned(), ..specimen(shared, fails)? };
    Some(Example { rule: Rule::named(name.trim())?, fails, passes: specimen(shared, passes)? })
}

fn specimen(shared: &str, own: &str) -> Option<Specimen> {
    let mut specimen = Specimen::default();
    for line in shared.lines().chain(own.lines()).filter(|line| !line.trim().is_empty()) {
        match line.strip_prefix('@') {
            Some(said) => match said.split_once(' ').unwrap_or((said, "")) {
                ("sheet", name) => specimen.second = Some((name.to_owned(), Vec::new())),
                (word, rest) => specimen.needs.push(need(word, rest)?),
            },
            None => {
                let rows = specimen.second.as_mut().map_or(&mut specimen.rows, |(_, rows)| rows);
                rows.push(cells(line, rows.first().map(Vec::len)));
            }
        }
    }
    Some(specimen)
}

/// The cells of a row; a line that ends in `|` may have one more than it shows.
fn cells(line: &str, width: Option<usize>) -> Vec<String> {
    let mut cells: Vec<String> = line.split('|').map(|cell| unescaped(cell.trim())).collect();
    if cells.len() == width.unwrap_or(cells.len()) + 1 && cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    cells
}

/// `␣` is a space, `\u{200b}` that character.
fn unescaped(cell: &str) -> String {
    let mut parts = cell.split("\\u{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap_or_default();
        text.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
        text.push_str(rest);
    }
    text.replace('␣', " ")
}

fn need(word: &str, rest: &str) -> Option<Need> {
    let words = || rest.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    let parted = || rest.split_once(' ').map(|(one, two)| (one.to_owned(), two.to_owned()));
    let third = |text: &str| text.rsplit_once(' ').map(|(two, three)| (two.to_owned(), Some(three.to_owned())));
    Some(match word {
        "with" => Need::With(words()),
        "import" => Need::Import(words()),
        "alone" => Need::Alone,
        "note" => Need::Note(rest.to_owned()),
        "without" => Need::Without(rest.to_owned()),
        "shop" => {
            let (skus, known) = rest.split_once(": ")?;
            let known = known.split(", ").filter_map(|known| known.split_once('='));
            let known = known.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            Need::Shop(skus.split_whitespace().map(str::to_owned).collect(), known)
        }
        "categories" => Need::Categories(rest.to_owned()),
        "as" => Need::As(rest.to_owned()),
        "encoding" => Need::Encoding(rest.to_owned()),
        "filled" => {
            let (row, text) = parted()?;
            Need::Filled(row.parse().ok()?, text)
        }
        "repeat" => Need::Repeat(rest.parse().ok()?),
        "row" => Need::Row(rest.parse().ok()?),
        "hidden" => Need::Hidden(rest.to_owned()),
        "merged" => Need::Merged(rest.to_owned()),
        "formula" => {
            let (cell, formula) = parted()?;
            let (formula, value) = third(&formula).unwrap_or((formula, None));
            Need::Formula(cell, formula, value)
        }
        "number" => {
            let (cell, number) = parted()?;
            let (number, shown) = third(&number).unwrap_or((number, None));
            Need::Number(cell, number, shown)
        }
        "date" => {
            let (cell, date) = parted()?;
            Need::Date(cell, date)
        }
        "pasted" => Need::Pasted(rest.to_owned()),
        "file" => {
            let (name, what) = parted()?;
            Need::File(name, picture(&what)?)
        }
        "also" => Need::Also(Rule::named(rest)?),
        _ => return None,
    })
}

fn picture(what: &str) -> Option<Picture> {
    if what == "gif" {
        return Some(Picture::Gif);
    }
    let (pixels, bytes) = what.split_once(' ')?;
    let (width, height) = pixels.split_once('x')?;
    Some(Picture::Png(width.parse().ok()?, height.parse().ok()?, bytes.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_one_example() {
        let rules: Vec<Rule> = EXAMPLES.iter().map(|example| example.rule).collect();
        assert_eq!(rules, Rule::ALL, "in the order of the table");
    }

    #[test]
    fn an_example_is_read_as_it_is_written() {
        let text = "\n# merged-cells\n@with --country sg\n- fails A2\n@merged A2:A3\n@number B2 12 0000\nname | price\n␣T\\u{200b} |\n- passes\nname\nT\n";
        let [example] = read(text).try_into().unwrap();
        assert_eq!(example.rule, Rule::MergedCells);
        let with = Need::With(vec!["--country".to_owned(), "sg".to_owned()]);
        assert_eq!(example.fails.at, "A2");
        assert_eq!(example.fails.rows, [["name", "price"], [" T\u{200b}", ""]]);
        let number = Need::Number("B2".to_owned(), "12".to_owned(), Some("0000".to_owned()));
        assert_eq!(example.fails.needs, [with.clone(), Need::Merged("A2:A3".to_owned()), number]);
        assert_eq!((example.passes.needs, example.passes.rows.len()), (vec![with], 2));
    }
}
