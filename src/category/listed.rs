//! The attributes of all categories that were asked for, each once: what columns of their names become.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AttributeKind, Categories, CategoryAttribute, Level, TextKind};

/// An attribute that some category has, and what the seller centre calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedAttribute {
    /// The attribute.
    pub kind: AttributeKind,
    /// The label: `Color Family`; empty where it has none.
    pub label: String,
    /// What the shop's language calls options, and the option that is sent for it, where all categories agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local: Vec<(String, String)>,
}

impl Categories {
    /// Every attribute of the categories that were asked for, each once, by name. Where categories differ, most of
    /// them decide on its level, then what is known without asking, then the first by number.
    #[must_use]
    pub fn listed_attributes(&self) -> Vec<ListedAttribute> {
        let mut named: BTreeMap<&str, Vec<&CategoryAttribute>> = BTreeMap::new();
        for id in self.pulled_categories() {
            for attribute in self.attributes(id).into_iter().flatten() {
                named.entry(&attribute.name).or_default().push(attribute);
            }
        }
        named.into_values().filter_map(|of_name| listed(&of_name)).collect()
    }
}

fn listed(of_name: &[&CategoryAttribute]) -> Option<ListedAttribute> {
    let of_sku = of_name.iter().filter(|attribute| attribute.level == Level::Sku).count();
    let level = match (2 * of_sku).cmp(&of_name.len()) {
        std::cmp::Ordering::Greater => Level::Sku,
        std::cmp::Ordering::Less => Level::Product,
        std::cmp::Ordering::Equal => {
            let first = of_name.first()?;
            super::known(&first.name).map_or(first.level, |known| known.level)
        }
    };
    let mut same = of_name.iter().filter(|attribute| attribute.level == level);
    let mut kind = same.clone().next()?.kind();
    kind.variant = same.clone().any(|attribute| attribute.kind().variant);
    if same.any(|attribute| attribute.kind().text == TextKind::Rich) {
        kind.text = TextKind::Rich;
    }
    // Servers that do not say which attributes tell variants apart leave the table to do it.
    let is_untold = of_name.iter().all(|attribute| attribute.variant.is_none());
    if is_untold && level == Level::Sku {
        kind.variant = super::known(&kind.name).is_none_or(|known| known.variant);
    }
    let label = of_name.iter().map(|attribute| &attribute.label).find(|label| !label.trim().is_empty());
    Some(ListedAttribute { kind, label: label.cloned().unwrap_or_default(), local: local(of_name) })
}

/// A name that is an option itself, here or there, is none to be replaced.
fn local(of_name: &[&CategoryAttribute]) -> Vec<(String, String)> {
    let mut meant: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for (name, option) in of_name.iter().flat_map(|attribute| &attribute.local) {
        let there = meant.entry(name).or_insert(Some(option));
        *there = there.filter(|there| there == option);
    }
    for option in of_name.iter().flat_map(|attribute| &attribute.options) {
        meant.remove(option.as_str());
    }
    meant.into_iter().filter_map(|(name, option)| Some((name.to_owned(), option?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::Input;
    use super::*;

    fn attribute(name: &str, input: Input, level: Level) -> CategoryAttribute {
        let (name, label) = (name.to_owned(), format!("The {name}"));
        CategoryAttribute {
            name,
            label,
            input,
            level,
            mandatory: false,
            variant: None,
            options: Vec::new(),
            local: Vec::new(),
        }
    }

    #[test]
    fn names_of_the_shops_language_stand_for_options_that_all_categories_agree_on() {
        let colours = |options: &[&str], local: &[(&str, &str)]| CategoryAttribute {
            options: options.iter().map(|option| (*option).to_owned()).collect(),
            local: local.iter().map(|(name, option)| ((*name).to_owned(), (*option).to_owned())).collect(),
            ..attribute("color_family", Input::One, Level::Sku)
        };
        let one = colours(&["Red", "Blue"], &[("สีแดง", "Red"), ("ฟ้า", "Blue"), ("Blue", "Red")]);
        let other = colours(&["Red", "Sky"], &[("สีแดง", "Red"), ("ฟ้า", "Sky")]);
        let listed = listed(&[&one, &other]).unwrap();
        assert_eq!(listed.local, [("สีแดง".to_owned(), "Red".to_owned())]);
    }

    #[test]
    fn an_attribute_of_several_categories_is_listed_once() {
        let taste = |level| attribute("taste", Input::Text, level);
        let of_categories = BTreeMap::from([
            (1, vec![taste(Level::Product), attribute("Hazmat", Input::Several, Level::Product)]),
            (2, vec![taste(Level::Sku)]),
            (3, vec![taste(Level::Sku), attribute("notes", Input::RichText, Level::Product)]),
        ]);
        let categories = Categories::new(None, DateTime::UNIX_EPOCH, Vec::new(), of_categories, None);
        let listed = categories.listed_attributes();
        let told: Vec<_> = listed.iter().map(|one| (one.kind.name.as_str(), one.kind.level, one.kind.text)).collect();
        let expected = [
            ("Hazmat", Level::Product, TextKind::Short),
            ("notes", Level::Product, TextKind::Rich),
            ("taste", Level::Sku, TextKind::Short),
        ];
        assert_eq!(told, expected);
        assert_eq!(listed[2].label, "The taste");
    }

    #[test]
    fn what_tells_variants_apart_is_known_where_the_server_does_not_say() {
        let of_categories = BTreeMap::from([(
            1,
            vec![attribute("tax_class", Input::One, Level::Sku), attribute("flavour", Input::One, Level::Sku)],
        )]);
        let categories = Categories::new(None, DateTime::UNIX_EPOCH, Vec::new(), of_categories, None);
        let variants: Vec<bool> = categories.listed_attributes().iter().map(|one| one.kind.variant).collect();
        assert_eq!(variants, [true, false], "flavour, tax_class");
    }
}
