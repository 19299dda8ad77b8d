//! What the rows of a product take away from what the shop has of it, gathered while the sheet is read.

use std::collections::HashSet;

use crate::category::Level;
use crate::column::Field;
use crate::record::{Cleared, Draft, Product, SellerSku};

/// What one row takes away from what the shop has of its product.
#[derive(Debug, Default)]
pub(super) struct Taken {
    cleared: Vec<Cleared>,
    /// What it holds of the product and cannot be used.
    unusable: Vec<Cleared>,
}

impl Taken {
    /// A row that names no SKU takes nothing away.
    pub(super) fn by(draft: &Draft<'_>, seller_sku: Option<&SellerSku>) -> Taken {
        let cleared = seller_sku.map_or_else(Vec::new, |_| draft.cleared(Level::Product));
        Taken { cleared, unusable: draft.unusable() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cleared.is_empty() && self.unusable.is_empty()
    }
}

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
    pub(super) fn add(&mut self, taken: Taken) {
        for one in taken.cleared {
            if self.seen.insert(one.clone()) {
                self.cleared.push(one);
            }
        }
        self.unusable.extend(taken.unusable);
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
