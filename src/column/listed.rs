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
