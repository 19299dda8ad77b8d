//! What the rows of a product take away from what the shop has of it, gathered while the sheet is read.

use std::collections::HashSet;

use crate::column::Field;
use crate::record::{Cleared, Product};

/// What the rows of one product take away, and what they hold that cannot be used.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Each once, in the order of the sheet.
    cleared: Vec<Cleared>,
    seen: HashSet<Cleared>,
    unusable: HashSet<Cleared>,
}

impl Gathered {
    /// Takes what one row says.
    pub(super) fn add(&mut self, cleared: Vec<Cleared>, unusable: Vec<Cleared>) {
        for one in cleared {
            if self.seen.insert(one.clone()) {
                self.cleared.push(one);
            }
        }
        self.unusable.extend(unusable);
    }

    /// What is taken away: nothing that some row of the product gives, rightly or not.
    pub(super) fn without(self, product: &Product) -> Vec<Cleared> {
        let Gathered { cleared, unusable, .. } = self;
        let given: HashSet<&str> = product.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        let is_given = |one: &Cleared| match one {
            Cleared::Field(field) => {
                (*field == Field::Description && product.description.is_some())
                    || (*field == Field::Model && product.model.is_some())
            }
            Cleared::Attribute(name) => given.contains(name.as_str()),
        };
        cleared.into_iter().filter(|one| !unusable.contains(one) && !is_given(one)).collect()
    }
}

/// What stands for empty cells, but for those that are to be cleared.
pub(super) fn defaults_beside(mut defaults: Product, cleared: &[Cleared]) -> Product {
    if cleared.is_empty() {
        return defaults;
    }
    let cleared: HashSet<&Cleared> = cleared.iter().collect();
    let is_cleared = |field: Field| cleared.contains(&Cleared::Field(field));
    defaults.description = defaults.description.filter(|_| !is_cleared(Field::Description));
    defaults.model = defaults.model.filter(|_| !is_cleared(Field::Model));
    defaults.attributes.retain(|attribute| !cleared.contains(&Cleared::Attribute(attribute.name.clone())));
    defaults
}
