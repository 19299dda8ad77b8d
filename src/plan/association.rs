//! To which product new SKUs belong: one of the shop, one that the plan creates, or one of their own.

use std::collections::{HashMap, HashSet};

use super::build::{Builder, Step};
use super::likeness::is_same;
use crate::check::{Group, Mode};
use crate::finding::Rule;
use crate::record::SellerSku;

/// How many products of the shop a message names.
const NAMED: usize = 5;

/// Where the fresh SKUs of a product go.
pub(super) enum Association {
    /// They are a new product.
    None,
    /// To the shop's product that has this SKU.
    Shop(SellerSku),
    /// To the product that this request creates.
    Sheet(usize),
}

/// Why a product cannot be created as the sheet has it.
pub(super) enum Obstacle {
    /// Its own rows are at fault.
    Invalid(Rule, String),
    /// Another product must come first and does not.
    Held(String),
}

/// The key of a product as a seller SKU: an export calls each product by one of its SKUs.
pub(super) fn key_sku(group: &Group) -> Option<SellerSku> {
    let is_name = group.product.name.as_ref() == Some(&group.label);
    SellerSku::parse(&group.label).filter(|_| !is_name && group.product.associated_sku.is_none())
}

impl Builder<'_> {
    /// The SKU of the shop by which the sheet calls the product, if the shop's product has the same name.
    fn keyed(&self, group: &Group) -> Option<SellerSku> {
        let key = key_sku(group).filter(|_| self.checked.mode() == Mode::Upsert)?;
        let there = self.shop.product(self.shop.product_of(&key)?)?;
        let is_same = match (&there.name, &group.product.name) {
            (Some(theirs), Some(ours)) => is_same("name", theirs, ours),
            (None, _) | (_, None) => true,
        };
        is_same.then_some(key)
    }

    /// The product to which the fresh SKUs are added.
    pub(super) fn association(&self, place: usize, group: &Group) -> Result<Association, Obstacle> {
        let rows = self.checked.rows();
        let there: Vec<usize> = group.rows.iter().copied().filter(|at| self.exists(&rows[*at]).is_some()).collect();
        let mut in_shop: Vec<usize> = there.iter().filter_map(|at| self.exists(&rows[*at])).collect();
        let named = group.product.associated_sku.as_ref();
        in_shop.extend(named.and_then(|sku| self.shop.product_of(sku)));
        // In the order of the sheet.
        let mut seen = HashSet::new();
        in_shop.retain(|product| seen.insert(*product));
        if in_shop.len() > 1 {
            // One SKU of each of these products, the first of them.
            let mut firsts: HashMap<usize, usize> = HashMap::new();
            for at in there.iter().rev() {
                firsts.extend(self.exists(&rows[*at]).map(|product| (product, *at)));
            }
            let own = |product: &usize| {
                let at = *firsts.get(product)?;
                Some(format!("`{}` (row {})", rows[at].seller_sku.as_ref()?, self.named(at, group.rows[0])))
            };
            let foreign = |product: &usize| {
                let sku = named.filter(|sku| self.shop.product_of(sku) == Some(*product))?;
                Some(format!("the AssociatedSku `{sku}`"))
            };
            let mut skus: Vec<String> =
                in_shop.iter().take(NAMED).filter_map(|product| own(product).or_else(|| foreign(product))).collect();
            if in_shop.len() > NAMED {
                skus.push(format!("{} others", in_shop.len() - NAMED));
            }
            let message = format!("in the shop, {} belong to different products", listed(&skus));
            return Err(Obstacle::Invalid(Rule::ProductSplitInShop, message));
        }
        if let Some(sku) = there.first().and_then(|at| rows[*at].seller_sku.clone()) {
            return Ok(Association::Shop(sku));
        }
        let Some(sku) = named else {
            return Ok(self.keyed(group).map_or(Association::None, Association::Shop));
        };
        if self.shop.product_of(sku).is_some() {
            return Ok(Association::Shop(sku.clone()));
        }
        let Some(owner) = self.owners.get(sku).copied() else {
            let message = format!("the AssociatedSku `{sku}` is neither in the shop nor in the sheet");
            return Err(Obstacle::Invalid(Rule::AssociatedSkuUnknown, message));
        };
        let circle = || {
            let message = format!("the AssociatedSku `{sku}` leads back to its own product");
            Obstacle::Invalid(Rule::AssociatedSkuCircle, message)
        };
        if owner == place {
            return Err(circle());
        }
        match self.steps[owner] {
            Step::Open => Err(circle()),
            Step::Created(request) => Ok(Association::Sheet(request)),
            Step::Untouched | Step::Closed => {
                Err(Obstacle::Held(format!("its AssociatedSku `{sku}` is on a row that is not sent")))
            }
        }
    }
}

/// `a, b and c`
fn listed(parts: &[String]) -> String {
    match parts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        parts => parts.concat(),
    }
}
