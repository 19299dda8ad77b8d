//! What categories demand and what every category has -> the columns of a template.

use std::sync::Arc;

use super::Purpose;
use super::ask::{Ask, Choice, Chosen, Demand, Kind, Scope};
use super::fields::{self, Words};
use crate::category::{self, CategoryAttribute, Input, Level};
use crate::column::{self, Columns, Field, MANDATORY, Target};
use crate::location::Location;

/// The list of a column holds what any of the categories allows.
const DIFFERS: &str = "not every category allows every value of the list";

/// An attribute, gathered from the categories that have it.
struct Gathered<'a> {
    name: &'a str,
    level: Level,
    of: Vec<(u64, &'a CategoryAttribute)>,
    /// What its name by itself is taken for as a header.
    taken: Taken,
}

/// The columns, in their order.
pub(super) fn asks(purpose: Purpose<'_>, chosen: &[Chosen<'_>]) -> Vec<Ask> {
    let gathered = gathered(chosen);
    let own = gathered.iter().filter_map(|attribute| {
        let header = own_header(attribute)?;
        Some(of_attribute(attribute, header, chosen))
    });
    let mut attributes: Vec<Ask> = own.collect();
    if chosen.is_empty() {
        attributes.extend(fields::COMMON.into_iter().map(|words| {
            let kind = category::known(words.header);
            let level = kind.map_or(Level::Sku, |kind| kind.level);
            Ask { scope: Scope::of(level, kind.is_some_and(|kind| kind.variant)), ..of_words(words, purpose) }
        }));
    }
    let of_field = |(field, words): &(Field, Words)| field_ask(*field, *words, (purpose, chosen), &gathered);
    let mut asks: Vec<Ask> = fields::PRODUCT.iter().map(of_field).collect();
    let (variant, others): (Vec<Ask>, Vec<Ask>) = attributes.into_iter().partition(|ask| ask.scope == Scope::Variant);
    asks.extend(variant);
    asks.extend(fields::OFFER.iter().map(of_field));
    let (of_sku, of_product): (Vec<Ask>, Vec<Ask>) = others.into_iter().partition(|ask| ask.scope == Scope::Sku);
    asks.extend(of_sku);
    asks.extend(of_product);
    let said = gathered.iter().filter(|there| matches!(there.taken, Taken::Picture));
    let of_pictures: Vec<(u64, &CategoryAttribute)> = said.flat_map(|there| there.of.iter().copied()).collect();
    let pictures = asks.len();
    asks.extend(fields::pictures().map(|words| of_words(words, purpose)));
    // One picture is enough.
    asks[pictures].demand = demand(&of_pictures, chosen);
    asks
}

fn gathered<'a>(chosen: &[Chosen<'a>]) -> Vec<Gathered<'a>> {
    let mut gathered: Vec<Gathered<'a>> = Vec::new();
    for category in chosen {
        for attribute in category.attributes {
            let of = (category.id, attribute);
            let is_same = |there: &&mut Gathered<'_>| there.name == attribute.name && there.level == attribute.level;
            match gathered.iter_mut().find(is_same) {
                Some(there) => there.of.push(of),
                None => {
                    let (name, level) = (attribute.name.as_str(), attribute.level);
                    gathered.push(Gathered { name, level, of: vec![of], taken: taken(name) });
                }
            }
        }
    }
    gathered
}

/// The header under which a sheet gives the attribute; nothing for one that is a field, a picture, or can be in no
/// sheet. Whoever reads sheets is asked.
fn own_header(attribute: &Gathered<'_>) -> Option<String> {
    let level = match attribute.level {
        Level::Product => "attr",
        Level::Sku => "sku",
    };
    match &attribute.taken {
        Taken::Field(_) | Taken::Picture => return None,
        Taken::Attribute(name, level) if name == attribute.name && *level == attribute.level => {
            return Some(attribute.name.to_owned());
        }
        Taken::Attribute(..) | Taken::Nothing => {}
    }
    let header = format!("{level}.{}", attribute.name);
    matches!(taken(&header), Taken::Attribute(..)).then_some(header)
}

/// What a header is taken for.
enum Taken {
    Field(Field),
    Picture,
    Attribute(String, Level),
    Nothing,
}

fn taken(header: &str) -> Taken {
    let place = Location { file: Arc::from(""), sheet: None, row: 1, line: None, column: None };
    let Ok((columns, _)) = Columns::resolve(vec![header.to_owned()], &column::Choice::default(), &place) else {
        return Taken::Nothing;
    };
    match columns.target(0) {
        Target::Field(field) => Taken::Field(field),
        Target::Image(_) => Taken::Picture,
        Target::Attribute(at) => match columns.attributes().get(at) {
            Some(kind) => Taken::Attribute(kind.name.clone(), kind.level),
            None => Taken::Nothing,
        },
        Target::Skip | Target::NotSent | Target::Unnamed => Taken::Nothing,
    }
}

/// A field, with what the categories say of it.
fn field_ask(
    field: Field,
    words: Words,
    (purpose, chosen): (Purpose<'_>, &[Chosen<'_>]),
    gathered: &[Gathered<'_>],
) -> Ask {
    let mut ask = of_words(words, purpose);
    ask.scope = match field {
        Field::ProductKey => Scope::Grouping,
        _ if field.is_product_level() => Scope::Product,
        _ => Scope::Sku,
    };
    let said = gathered.iter().filter(|there| matches!(there.taken, Taken::Field(own) if own == field));
    let said: Vec<(u64, &CategoryAttribute)> = said.flat_map(|there| there.of.iter().copied()).collect();
    ask.demand =
        if MANDATORY.iter().any(|(mandatory, _)| *mandatory == field) { Demand::Always } else { demand(&said, chosen) };
    match field {
        Field::Category => {
            ask.options = chosen.iter().map(|category| category.id.to_string()).collect();
            ask.choice = Choice::One;
            if let Some(first) = ask.options.first() {
                ask.example.clone_from(first);
            }
        }
        Field::Brand => {
            let brands = purpose.categories.filter(|_| !chosen.is_empty()).and_then(|known| known.brands());
            ask.options = brands.unwrap_or_default().to_vec();
            ask.choice = Choice::One;
            // The first one is as good as any, where the word for none is not among them.
            if let Some(first) = ask.options.first().filter(|_| !ask.options.contains(&ask.example)) {
                ask.example.clone_from(first);
            }
        }
        _ => ask.options = options(&said),
    }
    ask
}

fn of_words(words: Words, purpose: Purpose<'_>) -> Ask {
    let (kind, limits, example) = fields::in_country(words, purpose.country);
    Ask {
        header: words.header.to_owned(),
        scope: Scope::Sku,
        kind,
        demand: Demand::Never,
        choice: Choice::Free,
        options: Vec::new(),
        what: words.what.to_owned(),
        limits,
        example: example.to_owned(),
        only_in: Vec::new(),
    }
}

/// An attribute of categories.
fn of_attribute(attribute: &Gathered<'_>, header: String, chosen: &[Chosen<'_>]) -> Ask {
    let of = &attribute.of;
    let inputs = of.iter().map(|(_, of)| of.input);
    let kinds: Vec<Kind> = inputs.clone().map(kind).collect();
    let kind = if kinds.iter().all(|kind| *kind == kinds[0]) { kinds[0] } else { Kind::Text };
    let options = options(of);
    let label = of.iter().map(|(_, of)| of.label.as_str()).find(|label| !label.trim().is_empty());
    let is_variant = of.iter().any(|(_, of)| of.variant == Some(true))
        || (of.iter().all(|(_, of)| of.variant.is_none())
            && category::known(attribute.name).is_some_and(|kind| kind.variant));
    let has_all = of.len() == chosen.len();
    let lists = || of.iter().map(|(_, of)| &of.options).filter(|options| !options.is_empty());
    let differs = lists().any(|options| Some(options) != lists().next());
    let choice = inputs.map(choice).max().unwrap_or(Choice::Free);
    Ask {
        header,
        scope: Scope::of(attribute.level, is_variant),
        kind,
        demand: demand(of, chosen),
        choice,
        what: label.unwrap_or(attribute.name).to_owned(),
        limits: if differs { DIFFERS } else { limits(kind, choice, &options) }.to_owned(),
        example: example(kind, choice, &options),
        options,
        only_in: if has_all { Vec::new() } else { of.iter().map(|(id, _)| *id).collect() },
    }
}

fn demand(of: &[(u64, &CategoryAttribute)], chosen: &[Chosen<'_>]) -> Demand {
    let by: Vec<u64> = of.iter().filter(|(_, of)| of.mandatory).map(|(id, _)| *id).collect();
    match by.len() {
        0 => Demand::Never,
        count if count == chosen.len() => Demand::Always,
        _ => Demand::In(by),
    }
}

/// The options of all categories, each once.
fn options(of: &[(u64, &CategoryAttribute)]) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for option in of.iter().flat_map(|(_, of)| &of.options) {
        if known.insert(option.as_str()) {
            options.push(option.clone());
        }
    }
    options
}

fn kind(input: Input) -> Kind {
    match input {
        Input::RichText => Kind::Long,
        Input::Number => Kind::Number,
        Input::Date => Kind::Day,
        Input::Picture => Kind::Picture,
        Input::Text | Input::One | Input::Several | Input::OneOrOwn | Input::SeveralOrOwn | Input::Other => Kind::Text,
    }
}

fn choice(input: Input) -> Choice {
    match input {
        Input::One => Choice::One,
        Input::Several => Choice::Several,
        Input::OneOrOwn => Choice::OneOrOwn,
        Input::SeveralOrOwn => Choice::SeveralOrOwn,
        Input::Text | Input::RichText | Input::Number | Input::Date | Input::Picture | Input::Other => Choice::Free,
    }
}

fn limits(kind: Kind, choice: Choice, options: &[String]) -> &'static str {
    match kind {
        Kind::Number | Kind::Whole | Kind::Money | Kind::WholeMoney => {
            "digits, with a decimal point where it has decimals"
        }
        Kind::Day | Kind::Moment => "year first",
        Kind::Picture => "an https:// address of a JPG or PNG",
        Kind::Long => "a text, also with simple HTML",
        Kind::Text if options.is_empty() && choice != Choice::Free => "a word of the marketplace's own list",
        Kind::Text => "",
    }
}

fn example(kind: Kind, choice: Choice, options: &[String]) -> String {
    match kind {
        Kind::Number | Kind::Whole | Kind::Money | Kind::WholeMoney => "1".to_owned(),
        Kind::Day => "2027-12-31".to_owned(),
        Kind::Moment => "2027-12-31 00:00".to_owned(),
        Kind::Text if choice.is_several() => options[..options.len().min(2)].join(", "),
        Kind::Text => options.first().cloned().unwrap_or_default(),
        Kind::Long | Kind::Picture => String::new(),
    }
}
