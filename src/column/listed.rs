//! The attributes that the marketplace's categories have, as headers and settings name them.
//!
//! The rule they keep: what carries a field of ours in a request stays that field, whatever the categories call it.

use std::collections::HashSet;

use super::Choice;
use super::alias::{self, NEAR, normalised, resemblance};
use crate::category::{self, AttributeKind, ListedAttribute};

impl Choice {
    /// What is known of the attribute of that exact name: what the categories say, else what the table does.
    pub(super) fn kind_of(&self, name: &str) -> Option<&AttributeKind> {
        let listed = self.own_attributes().find(|one| one.kind.name == name).map(|one| &one.kind);
        listed.or_else(|| category::known(name))
    }

    /// The attribute's name as the categories spell it, which is how it is sent: case matters there.
    pub(super) fn spelled<'a>(&'a self, name: &'a str) -> &'a str {
        if self.attributes.iter().any(|one| one.kind.name == name) {
            return name;
        }
        let mut alike = self.own_attributes().filter(|one| one.kind.name.eq_ignore_ascii_case(name));
        match (alike.next(), alike.next()) {
            (Some(one), None) => &one.kind.name,
            (_, _) => name,
        }
    }

    /// The attributes that a header means which nobody else knows: the one of that name, else those of that label.
    pub(super) fn listed(&self, header: &str) -> Vec<&ListedAttribute> {
        if self.attributes.is_empty() {
            return Vec::new();
        }
        let normal = normalised(header);
        let named: Vec<_> = self.own_attributes().filter(|one| normalised(&one.kind.name) == normal).collect();
        if !named.is_empty() {
            return named;
        }
        self.own_attributes().filter(|one| !one.label.is_empty() && normalised(&one.label) == normal).collect()
    }

    /// The name nearest to a header, of fields and of attributes that the table or the categories know.
    pub(super) fn nearest(&self, header: &str) -> Option<&str> {
        let mut best: Option<(f64, &str)> = alias::scored_nearest(header);
        for one in self.own_attributes() {
            let scores = [&one.kind.name, &one.label].into_iter().filter_map(|text| resemblance(header, text));
            let score = scores.fold(0.0, f64::max);
            if score >= NEAR && best.is_none_or(|(there, _)| score > there) {
                best = Some((score, &one.kind.name));
            }
        }
        best.map(|(_, name)| name)
    }

    /// Headers that the user's mapping or the categories know, normalised.
    pub(super) fn spellings(&self) -> HashSet<String> {
        let mapped = self.map.iter().map(|(from, _)| normalised(from));
        let listed = self.own_attributes().flat_map(|one| [normalised(&one.kind.name), normalised(&one.label)]);
        mapped.chain(listed).filter(|text| !text.is_empty()).collect()
    }

    /// Those that carry no field of ours.
    fn own_attributes(&self) -> impl Iterator<Item = &ListedAttribute> {
        self.attributes.iter().filter(|one| alias::field_of_tag(&one.kind.name).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ColumnError, Columns, Target};
    use super::*;
    use crate::category::{Level, TextKind};
    use crate::finding::{Finding, Rule};
    use crate::location::Location;

    fn listed(name: &str, label: &str, level: Level) -> ListedAttribute {
        let kind = AttributeKind { name: name.to_owned(), level, variant: false, text: TextKind::Short };
        ListedAttribute { kind, label: label.to_owned(), local: Vec::new() }
    }

    fn choice() -> Choice {
        let attributes = vec![
            listed("package_weight", "Package Weight (kg)", Level::Sku),
            listed("Number_of_Camera", "Number of Cameras", Level::Product),
            listed("Hazmat", "Dangerous Goods", Level::Product),
            listed("warranty_type", "Warranty", Level::Sku),
            listed("clothing_material", "Lining", Level::Product),
            listed("bag_material", "Lining", Level::Product),
            listed("color_thumbnail", "Colour Picture", Level::Sku),
        ];
        Choice { attributes, ..Choice::default() }
    }

    fn resolve(header: &str, choice: &Choice) -> Result<(Columns, Vec<Finding>), ColumnError> {
        let location = Location { file: "t.csv".into(), sheet: None, row: 1, line: Some(1), column: None };
        Columns::resolve(vec![header.to_owned()], choice, &location)
    }

    /// What the only column is sent as.
    #[track_caller]
    fn check(header: &str, expect: Option<(&str, Level)>) {
        let (columns, _) = resolve(header, &choice()).expect("columns resolve");
        let kind = match columns.target(0) {
            Target::Attribute(place) => Some(&columns.attributes()[place]),
            _ => None,
        };
        assert_eq!(kind.map(|kind| (kind.name.as_str(), kind.level)), expect, "{header}");
    }

    #[test]
    fn a_header_that_nobody_knows_may_be_an_attribute_of_a_category() {
        check("number of camera", Some(("Number_of_Camera", Level::Product)));
        check("*Number of Cameras (required)", Some(("Number_of_Camera", Level::Product)));
        check("Colour Picture", Some(("color_thumbnail", Level::Sku)));
        check("Number of Lenses", None);
    }

    #[test]
    fn an_attribute_is_sent_as_the_categories_spell_it() {
        check("hazmat", Some(("Hazmat", Level::Product)));
        check("attr.hazmat", Some(("Hazmat", Level::Product)));
        check("sku.HAZMAT", Some(("Hazmat", Level::Sku)));
    }

    #[test]
    fn where_an_attribute_belongs_the_categories_know_best() {
        check("warranty_type", Some(("warranty_type", Level::Sku)));
        check("attr.warranty_type", Some(("warranty_type", Level::Product)));
    }

    #[test]
    fn our_fields_stay_ours() {
        check("Package Weight (kg)", None);
        let (columns, _) = resolve("Package Weight (kg)", &choice()).expect("columns resolve");
        assert!(columns.has(super::super::Field::PackageWeight));
    }

    #[test]
    fn a_label_of_several_attributes_is_asked_about() {
        check("Lining", None);
        let (_, findings) = resolve("Lining", &choice()).expect("columns resolve");
        let told = findings.iter().find(|finding| finding.rule == Rule::UnknownColumn).expect("it is told");
        let expected = "several attributes are called `Lining`: say which with --map \"Lining=attr.clothing_material\" or \
                        --map \"Lining=attr.bag_material\"";
        assert!(told.help.starts_with(expected), "{}", told.help);
    }

    #[test]
    fn mappings_constants_and_values_know_names_and_labels() {
        let pair = |from: &str, to: &str| vec![(from.to_owned(), to.to_owned())];
        let (columns, _) = resolve("Cams", &Choice { map: pair("Cams", "Number of Cameras"), ..choice() }).unwrap();
        assert_eq!(columns.attributes()[0].name, "Number_of_Camera");
        let values = vec![("Dangerous Goods".to_owned(), pair("none", "None"))];
        let set = pair("dangerous goods", "none");
        let (columns, _) = resolve("name", &Choice { set, values, ..choice() }).unwrap();
        assert_eq!(columns.attributes()[0].name, "Hazmat");
        assert_eq!(columns.value_for(Target::Attribute(0), "none"), Some("None"));
        let error = resolve("x", &Choice { map: pair("x", "Lining"), ..choice() }).unwrap_err().to_string();
        assert!(error.contains("attr.clothing_material or attr.bag_material"), "{error}");
    }

    #[test]
    fn a_near_miss_of_an_attribute_is_suggested() {
        let (_, findings) = resolve("Number of Camras", &choice()).expect("columns resolve");
        let told = findings.iter().find(|finding| finding.rule == Rule::UnknownColumn).expect("it is told");
        assert!(told.help.starts_with("did you mean `Number_of_Camera`?"), "{}", told.help);
    }
}
