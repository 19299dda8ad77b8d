//! Header spellings -> meaning, from `templates/headers.json`.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Field;
use crate::category;

/// What a header means by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// A field that every category has.
    Field(Field),
    /// A picture: 0 is the main one, 1 to 8 follow; `None` is a column that may be repeated or hold a list.
    Image(Option<u8>),
    /// A known attribute, by the marketplace's name.
    Attribute(String),
    /// The seller centre's own bookkeeping, or a column that one of our own files added.
    Ignored,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    fields: HashMap<String, Vec<String>>,
    attributes: HashMap<String, Vec<String>>,
    ignored: Vec<String>,
    /// Spellings with two meanings; [`product_id`] decides on them.
    ambiguous: Vec<String>,
}

struct Aliases {
    meanings: HashMap<String, Meaning>,
    /// Normalised spelling and the name to suggest for it.
    spellings: Vec<(String, String)>,
}

static ALIASES: LazyLock<Aliases> = LazyLock::new(|| {
    let table: Table = serde_json::from_str(include_str!("../../templates/headers.json")).unwrap_or_default();
    Aliases::new(table)
});

impl Aliases {
    fn new(table: Table) -> Aliases {
        let mut aliases = Aliases { meanings: HashMap::new(), spellings: Vec::new() };
        for field in Field::ALL {
            aliases.add(field.name(), field.name(), Meaning::Field(*field));
        }
        for name in category::known_names() {
            aliases.add(name, name, Meaning::Attribute(name.to_owned()));
        }
        for (name, spellings) in &table.fields {
            let Some(meaning) = named(name) else { continue };
            for spelling in spellings.iter().chain([name]) {
                aliases.add(spelling, name, meaning.clone());
            }
        }
        for (name, spellings) in &table.attributes {
            for spelling in spellings.iter().chain([name]) {
                aliases.add(spelling, name, Meaning::Attribute(name.clone()));
            }
        }
        for spelling in &table.ignored {
            aliases.meanings.insert(normalised(spelling), Meaning::Ignored);
        }
        for spelling in &table.ambiguous {
            aliases.meanings.remove(&normalised(spelling));
        }
        aliases.spellings.sort();
        aliases.spellings.dedup();
        aliases
    }

    fn add(&mut self, spelling: &str, name: &str, meaning: Meaning) {
        let spelling = normalised(spelling);
        self.spellings.push((spelling.clone(), name.to_owned()));
        self.meanings.insert(spelling, meaning);
    }
}

/// The normalised spelling that two different things share.
const PRODUCT_ID: &str = "productid";

/// A field or picture column by its canonical name.
fn named(name: &str) -> Option<Meaning> {
    if let Some(field) = Field::named(name) {
        return Some(Meaning::Field(field));
    }
    match name {
        "image" => Some(Meaning::Image(None)),
        "main_image" => Some(Meaning::Image(Some(0))),
        _ => {
            let slot: u8 = name.strip_prefix("image_")?.parse().ok()?;
            (1..=8).contains(&slot).then_some(Meaning::Image(Some(slot)))
        }
    }
}

/// A name as `--map`, `--set` and `skuload.toml` give it: a canonical name, a known attribute, or any
/// spelling that a header may have.
pub(super) fn meaning_of_name(name: &str) -> Option<Meaning> {
    named(name).or_else(|| category::known(name).map(|kind| Meaning::Attribute(kind.name.clone()))).or_else(|| {
        match meaning_of_header(name) {
            Header::Known(meaning) => Some(meaning),
            Header::Ambiguous | Header::Unknown => None,
        }
    })
}

/// The field that a tag of this name carries in a request: an attribute of that name would say it twice.
pub(super) fn field_of_tag(tag: &str) -> Option<Meaning> {
    const ENVELOPE: [&str; 5] = ["request", "product", "attributes", "skus", "sku"];
    let normal = normalised(tag);
    let is_sent = |field: &&Field| !matches!(field, Field::ProductKey | Field::ItemId);
    if let Some(field) = Field::ALL.iter().filter(is_sent).find(|field| normalised(field.name()) == normal) {
        return Some(Meaning::Field(*field));
    }
    match normal.as_str() {
        "primarycategory" => Some(Meaning::Field(Field::Category)),
        "image" | "images" => Some(Meaning::Image(None)),
        normal if ENVELOPE.contains(&normal) => Some(Meaning::Ignored),
        _ => None,
    }
}

/// What a header by itself can be.
pub(super) enum Header {
    /// One meaning.
    Known(Meaning),
    /// `ProductID` and the like: the SKU field ProductId, or the item's id.
    Ambiguous,
    /// No meaning.
    Unknown,
}

/// Looks a header up. Case, white space, `_`, `-` and `*` do not matter, but for `Product ID` (the
/// item's id) and `ProductId` (the SKU field).
pub(super) fn meaning_of_header(header: &str) -> Header {
    let normal = normalised(header);
    if normal == PRODUCT_ID {
        return product_id(header);
    }
    if normal.starts_with(super::OWN_PREFIX) {
        return Header::Known(Meaning::Ignored);
    }
    match ALIASES.meanings.get(&normal) {
        Some(meaning) => Header::Known(meaning.clone()),
        None => Header::Unknown,
    }
}

fn product_id(header: &str) -> Header {
    let header = header.trim_matches(|c: char| c == '*' || c.is_whitespace() || is_invisible(c));
    let is_spaced = header.contains(|c: char| c == '_' || c.is_whitespace());
    match header {
        "ProductId" => Header::Known(Meaning::Field(Field::ProductId)),
        _ if is_spaced => Header::Known(Meaning::Field(Field::ItemId)),
        _ => Header::Ambiguous,
    }
}

/// The known name nearest to a header, where one is near.
pub(super) fn nearest(header: &str) -> Option<&'static str> {
    const NEAR: f64 = 0.75;
    let normal = normalised(header);
    let scored = ALIASES
        .spellings
        .iter()
        .map(|(spelling, name)| (strsim::normalized_damerau_levenshtein(&normal, spelling), name.as_str()));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (best.0 >= NEAR).then_some(best.1)
}

/// The form in which headers are compared: lower case without white space, `_`, `-`, `*` and
/// invisible characters.
#[must_use]
pub fn normalised(header: &str) -> String {
    let kept = header.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '*') && !is_invisible(*c));
    kept.flat_map(char::to_lowercase).collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expect: Option<Meaning>) {
        let found = match meaning_of_header(header) {
            Header::Known(meaning) => Some(meaning),
            Header::Ambiguous | Header::Unknown => None,
        };
        assert_eq!(found, expect, "{header}");
    }

    #[test]
    fn case_spaces_underscores_stars_and_line_breaks_do_not_matter() {
        for header in ["SellerSku", "*Seller SKU", "seller_sku", "SELLER\u{a0}SKU", "\u{feff}Seller\nSku*"] {
            check(header, Some(Meaning::Field(Field::SellerSku)));
        }
    }

    #[test]
    fn product_id_with_a_space_is_the_item_and_without_one_the_sku_field() {
        check("ProductId", Some(Meaning::Field(Field::ProductId)));
        check(" *ProductId", Some(Meaning::Field(Field::ProductId)));
        for header in ["Product ID", "product_id", "PRODUCT\u{a0}Id"] {
            check(header, Some(Meaning::Field(Field::ItemId)));
        }
        for header in ["ProductID", "productid", "PRODUCTID", "product-id"] {
            assert!(matches!(meaning_of_header(header), Header::Ambiguous), "{header}");
        }
    }

    #[test]
    fn pictures_and_attributes_are_known_by_their_spellings() {
        check("MainImage", Some(Meaning::Image(Some(0))));
        check("Image1", Some(Meaning::Image(Some(1))));
        check("Product Images8", Some(Meaning::Image(Some(8))));
        check("Image", Some(Meaning::Image(None)));
        check("TaxClass", Some(Meaning::Attribute("tax_class".to_owned())));
        check("skuload: verdict", Some(Meaning::Ignored));
        check("cost_price", None);
    }

    #[test]
    fn a_near_miss_is_suggested_and_a_stranger_is_not() {
        assert_eq!(nearest("pirce"), Some("price"));
        assert_eq!(nearest("Quantitiy"), Some("quantity"));
        assert_eq!(nearest("warehouse shelf"), None);
    }
}
