//! `ItemId` and `SkuId`: the numbers by which the Open Platform knows products and SKUs.
//!
//! Both come from seller SKUs (that of a product from its first), so that a store file of before has them too, and a
//! shop that is opened again has the same. Where two would come to one number, the later takes the next free one.

use std::collections::HashMap;

use super::address;

const FIRST_ITEM: u64 = 1_000_000_000;
const ITEMS: u64 = 9_000_000_000;
const FIRST_SKU: u64 = 10_000_000_000;
const SKUS: u64 = 90_000_000_000;

/// The numbers that are given, and what has them.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    items: HashMap<u64, usize>,
    skus: HashMap<u64, (usize, usize)>,
}

impl Numbers {
    /// Gives a number to the product at this place.
    pub(super) fn give_item(&mut self, first_sku: &str, place: usize) -> u64 {
        let number = free(item_of(first_sku), |number| self.items.contains_key(&number));
        self.items.insert(number, place);
        number
    }

    /// Gives a number to the SKU at this place of the product at that.
    pub(super) fn give_sku(&mut self, seller_sku: &str, place: (usize, usize)) -> u64 {
        let number = free(sku_of(seller_sku), |number| self.skus.contains_key(&number));
        self.skus.insert(number, place);
        number
    }

    /// The place of the product with this number.
    pub(super) fn item(&self, number: u64) -> Option<usize> {
        self.items.get(&number).copied()
    }

    /// The places of the SKU with this number and of its product.
    pub(super) fn sku(&self, number: u64) -> Option<(usize, usize)> {
        self.skus.get(&number).copied()
    }
}

/// The number of a product whose first SKU this is, where it is free.
pub(super) fn item_of(seller_sku: &str) -> u64 {
    FIRST_ITEM + drawn("item", seller_sku) % ITEMS
}

/// The number of a SKU, where it is free.
pub(super) fn sku_of(seller_sku: &str) -> u64 {
    FIRST_SKU + drawn("sku", seller_sku) % SKUS
}

fn free(mut number: u64, is_taken: impl Fn(u64) -> bool) -> u64 {
    while is_taken(number) {
        number += 1;
    }
    number
}

/// A number that a name comes to, whatever the day.
pub(super) fn drawn(what: &str, seller_sku: &str) -> u64 {
    let code = address::code(format!("{what} {seller_sku}").as_bytes());
    code.get(..15).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seller_sku_has_the_same_number_whenever_it_comes() {
        let (mut one, mut other) = (Numbers::default(), Numbers::default());
        other.give_sku("MUG", (0, 0));
        assert_eq!(one.give_sku("TEE", (0, 0)), other.give_sku("TEE", (1, 0)));
        assert_eq!(one.sku(sku_of("TEE")), Some((0, 0)));
        assert_eq!(other.sku(sku_of("TEE")), Some((1, 0)));
        assert_eq!(item_of("TEE").to_string().len(), 10);
        assert_eq!(sku_of("TEE").to_string().len(), 11);
    }

    #[test]
    fn no_number_is_given_twice() {
        let mut numbers = Numbers::default();
        let first = numbers.give_item("TEE", 0);
        assert_eq!(numbers.give_item("TEE", 1), first + 1);
        assert_eq!((numbers.item(first), numbers.item(first + 1)), (Some(0), Some(1)));
    }
}
