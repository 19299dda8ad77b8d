//! `skuload category show`: the tree of what was pulled, or what one category demands. It asks nobody.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use skuload::category::{Categories, CategoryAttribute, Input, Level, Node};
use skuload::record::Country;

use super::super::args::{Format, ShowArgs};
use super::super::exit::{Exit, Failure};
use super::super::output::{self, counted};
use super::super::settings::Settings;
use super::super::severity::{as_of, read_categories};
use super::super::sought::{self, Placed};
use super::brands;
use super::kept::Kept;

/// So many characters of the options stand on a line.
const OPTIONS_SHOWN: usize = 60;

pub(super) fn run(args: &ShowArgs, settings: &Settings) -> Result<Exit, Failure> {
    let format = settings.format()?;
    let (known, renew) = known(settings)?;
    let now = Now::of(&known, settings)?;
    if let Some(text) = &args.brands {
        brands::show(text, &known, &renew, format)?;
        if format == Format::Human {
            output::say(&as_of(&known, now.moment, now.country));
        }
        return Ok(Exit::Done);
    }
    let Some(typed) = &args.category else {
        output::result(&match format {
            Format::Human => tree_told(&known, known.tree(), now),
            Format::Json => output::json_line(&TreeLine::of(&known)),
        });
        return Ok(Exit::Done);
    };
    let placed = sought::category(&known, typed, &sought::lister(settings))?;
    let Some(attributes) = known.attributes(placed.node.id) else {
        if placed.node.children.is_empty() {
            let message = format!("what the category {} {} demands was not pulled", placed.node.id, placed.path);
            let help = format!("pull it with: {renew} --category {}", placed.node.id);
            return Err(Failure::new(Exit::Settings, message).help(help));
        }
        output::result(&match format {
            Format::Human => tree_told(&known, std::slice::from_ref(placed.node), now),
            Format::Json => output::json_line(placed.node),
        });
        return Ok(Exit::Done);
    };
    output::result(&match format {
        Format::Human => category_told(&known, &placed, attributes, now),
        Format::Json => output::json_line(&CategoryLine {
            v: 1,
            kind: "category",
            id: placed.node.id,
            path: &placed.path,
            country: known.country(),
            pulled: known.pulled(),
            attributes,
        }),
    });
    Ok(Exit::Done)
}

/// The moment, on the clock of the country whose categories are shown.
#[derive(Clone, Copy)]
struct Now {
    moment: NaiveDateTime,
    country: Option<Country>,
}

impl Now {
    fn of(known: &Categories, settings: &Settings) -> Result<Now, Failure> {
        let country = known.country().and_then(|country| country.parse().ok());
        Ok(Now { moment: settings.now(country)?, country })
    }
}

/// What is known, and the command that renews it.
fn known(settings: &Settings) -> Result<(Categories, String), Failure> {
    settings.check_api()?;
    if let Some(path) = &settings.decided.categories
        && !settings.is_for_sandbox
    {
        let renew = format!("{} -o {}", settings.command("category pull --shop NAME"), path.display());
        return Ok((read_categories(path)?, renew));
    }
    let Some(Kept { known, renew }) = Kept::of(settings)? else {
        return Err(Failure::new(Exit::Usage, "it is not said whose categories are meant")
            .help("add --shop NAME, --country CC, --sandbox, or --categories FILE"));
    };
    match known {
        Some(known) => Ok((known, renew)),
        None => Err(Failure::new(Exit::Settings, "no categories were pulled from this marketplace yet")
            .help(format!("pull them with: {renew}"))),
    }
}

#[derive(Serialize)]
struct TreeLine<'a> {
    v: u8,
    kind: &'static str,
    country: Option<&'a str>,
    pulled: DateTime<Utc>,
    tree: &'a [Node],
    /// The categories whose demands are known.
    known: Vec<u64>,
    brands: Option<&'a [String]>,
}

impl TreeLine<'_> {
    fn of(known: &Categories) -> TreeLine<'_> {
        TreeLine {
            v: 1,
            kind: "categories",
            country: known.country(),
            pulled: known.pulled(),
            tree: known.tree(),
            known: known.pulled_categories().collect(),
            brands: known.brands(),
        }
    }
}

#[derive(Serialize)]
struct CategoryLine<'a> {
    v: u8,
    kind: &'static str,
    id: u64,
    path: &'a str,
    country: Option<&'a str>,
    pulled: DateTime<Utc>,
    attributes: &'a [CategoryAttribute],
}

fn tree_told(known: &Categories, nodes: &[Node], now: Now) -> String {
    let mut text = String::new();
    add_nodes(known, nodes, 0, &mut text);
    let brands = known.brands().map(|brands| format!("; {}", counted(brands.len() as u64, "brand", "brands")));
    text + &format!("\n{}{}\n", as_of(known, now.moment, now.country), brands.unwrap_or_default())
}

fn add_nodes(known: &Categories, nodes: &[Node], depth: usize, text: &mut String) {
    for node in nodes {
        let mark = known.attributes(node.id).map(|attributes| {
            let mandatory = attributes.iter().filter(|attribute| attribute.mandatory).count();
            format!("  [{mandatory} of {} attributes mandatory]", attributes.len())
        });
        let line = format!("{:indent$}{}  {}{}", "", node.id, node.name, mark.unwrap_or_default(), indent = 2 * depth);
        text.push_str(&output::plain(&line));
        text.push('\n');
        add_nodes(known, &node.children, depth + 1, text);
    }
}

fn category_told(known: &Categories, placed: &Placed<'_>, attributes: &[CategoryAttribute], now: Now) -> String {
    let width = attributes.iter().map(|attribute| attribute.name.chars().count()).max().unwrap_or_default();
    let mut text = format!("{} ({})\n", output::plain(&placed.path), placed.node.id);
    for (title, is_mandatory) in [("mandatory", true), ("optional", false)] {
        let mut of_kind = attributes.iter().filter(|attribute| attribute.mandatory == is_mandatory).peekable();
        if of_kind.peek().is_some() {
            text.push_str(&format!("\n{title}\n"));
        }
        for attribute in of_kind {
            let (level, input) = (level(attribute), input(attribute.input));
            let values = values(known, attribute);
            let line = format!("  {:width$}  {level:<11}  {input:<18}  {values}", attribute.name);
            text.push_str(output::plain(&line).trim_end());
            text.push('\n');
        }
    }
    text + &format!("\na marketplace may demand more than it says; {}\n", as_of(known, now.moment, now.country))
}

/// Where it belongs in a sheet.
fn level(attribute: &CategoryAttribute) -> &'static str {
    match (attribute.level, attribute.variant) {
        (Level::Product, _) => "product",
        (Level::Sku, Some(true)) => "SKU variant",
        (Level::Sku, Some(false) | None) => "SKU",
    }
}

/// How it is filled in.
fn input(input: Input) -> &'static str {
    match input {
        Input::Text => "text",
        Input::RichText => "text or HTML",
        Input::Number => "number",
        Input::Date => "date",
        Input::Picture => "picture",
        Input::One => "one of",
        Input::Several => "some of",
        Input::OneOrOwn => "one of, or own",
        Input::SeveralOrOwn => "some of, or own",
        Input::Other => "anything",
    }
}

/// The options, as many as fit on the line; without any, how many brands there are, or what the seller centre calls it.
fn values(known: &Categories, attribute: &CategoryAttribute) -> String {
    if attribute.options.is_empty() {
        let brands = known.brands().filter(|_| attribute.name == "brand" && attribute.input == Input::One);
        let count = brands.map(|brands| counted(brands.len() as u64, "brand", "brands"));
        return count.unwrap_or_else(|| attribute.label.clone());
    }
    let mut shown = String::new();
    for (at, option) in attribute.options.iter().enumerate() {
        let longer = if at == 0 { option.clone() } else { format!("{shown}, {option}") };
        if at > 0 && longer.chars().count() > OPTIONS_SHOWN {
            return format!("{shown} and {} more", attribute.options.len() - at);
        }
        shown = longer;
    }
    shown
}
