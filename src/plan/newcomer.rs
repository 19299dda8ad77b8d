//! SKUs that the shop lacks, where a sheet changes what the shop has: a sheet of changes may give less of a SKU than a
//! new one needs.

use super::build::Builder;
use super::flaw::Flaw;
use super::sale;
use super::{Limits, ShopStatus, SkuUpdate, Switch, UpdateProduct, Write};
use crate::check::{Group, KeptRow};
use crate::column::{Field, MANDATORY};
use crate::finding::Rule;
use crate::record::{GivenSku, MEASURES, Product, SellerSku};

impl Builder<'_> {
    /// Rows that only change what the shop has, and that has nothing of them.
    pub(super) fn refuse_absent(&mut self, fresh: &[usize]) {
        for at in fresh {
            let Some(sku) = &self.checked.rows()[*at].seller_sku else { continue };
            let absent =
                Flaw::new(Rule::NotInShop, Field::SellerSku, format!("the shop has no SKU `{sku}`")).value(sku);
            let absent = match self.options.only_images {
                true => absent.help("mend the seller SKU, or create it first: skuload import"),
                false => absent,
            };
            let flaw = self.deleted(sku).unwrap_or(absent);
            self.tell(*at, vec![flaw]);
        }
    }

    /// The seller SKU of a SKU that the shop has deleted is used up.
    fn deleted(&self, sku: &SellerSku) -> Option<Flaw> {
        let message = format!("the shop has deleted the SKU `{sku}`, and cannot take that seller SKU again");
        let help = "create it with another seller SKU, or delete the row";
        let flaw = Flaw::new(Rule::NotInShop, Field::SellerSku, message).help(help).value(sku);
        self.shop.is_deleted(sku).then_some(flaw)
    }

    /// Refuses new SKUs of one product that lack what the shop must be given; whether all of them have it.
    pub(super) fn are_whole(
        &mut self,
        group: &Group,
        fresh: &[usize],
        given: &[Option<GivenSku>],
        is_added: bool,
    ) -> bool {
        let checked = self.checked;
        let mut faulty = None;
        for (place, (at, given)) in fresh.iter().zip(given).enumerate() {
            let row = &checked.rows()[*at];
            let mut flaws = Vec::new();
            if place == 0 {
                // One row may give it for all.
                flaws.extend(lacking_of_product(&group.product, is_added).map(|field| self.lacking(field, row)));
            }
            if let Some(given) = given {
                flaws.extend(self.deleted(&given.seller_sku));
                flaws.extend(lacking_of_sku(given).map(|field| self.lacking(field, row)));
                flaws.extend(sale_flaw(given, self.limits));
                flaws.extend(self.repeating(row));
            }
            if flaws.iter().any(|flaw| flaw.is_error(self.checked)) {
                faulty = faulty.or(Some(*at));
            }
            self.tell(*at, flaws);
        }
        let Some(faulty) = faulty else { return true };
        for at in fresh.iter().copied().filter(|at| !self.faults.contains_key(at)).collect::<Vec<_>>() {
            let reason = format!("row {}, of the same product, has an error", self.named(faulty, at));
            self.hold(&[at], &reason);
        }
        false
    }

    /// New SKUs that shall not be on sale: their creation cannot say so, and an update follows it.
    pub(super) fn switch_off(&mut self, fresh: &[usize], given: &[Option<GivenSku>], creations: &[usize]) {
        let is_off = |given: &&GivenSku| given.active == Some(false);
        let off = fresh.iter().zip(given).filter_map(|(at, given)| Some((*at, given.as_ref().filter(is_off)?)));
        let off: Vec<(usize, &GivenSku)> = off.collect();
        let mut after = creations.to_vec();
        for part in off.chunks(self.limits.skus_per_product) {
            let skus = part.iter().map(|(_, given)| inactive(&given.seller_sku)).collect();
            let update = UpdateProduct { product: Vec::new(), skus, variants: Vec::new() };
            let request = self.push(Write::UpdateProduct(update), after.clone());
            self.switch_requests.extend(part.iter().map(|(at, _)| (*at, request)));
            after.push(request);
        }
    }

    /// A cell that only repeats the shop gives a new SKU nothing.
    fn repeating(&self, row: &KeptRow) -> Option<Flaw> {
        let cell = self.checked.location(row).at(row.repeated?).short();
        let sku = row.seller_sku.as_ref()?;
        let message = format!("the shop has no SKU `{sku}`, and {cell} only repeats what a shop had that was exported");
        let help = format!("write {cell} anew, or clear it, or leave the row out");
        Some(Flaw::new(Rule::NotInShop, Field::SellerSku, message).value(sku).help(help))
    }

    fn lacking(&self, field: Field, row: &KeptRow) -> Flaw {
        let sku = row.seller_sku.as_ref().map(ToString::to_string).unwrap_or_default();
        let message = format!("the mandatory field {field} is empty, and the shop does not have the SKU `{sku}`");
        let table = &self.checked.tables()[usize::from(row.table)];
        let help = match table.columns.column_of(field) {
            Some(column) => format!("mend the SKU, or fill in {}", self.checked.location(row).at(column).short()),
            None => format!("mend the SKU, or add a column {field} and fill it in"),
        };
        Flaw::new(Rule::MissingValue, field, message).help(help)
    }
}

fn inactive(sku: &SellerSku) -> SkuUpdate {
    let from = ShopStatus::Active.as_str().to_owned();
    SkuUpdate { seller_sku: sku.clone(), fields: Vec::new(), active: Some(Switch { to: false, from }) }
}

fn lacking_of_product(product: &Product, is_added: bool) -> impl Iterator<Item = Field> {
    let has_spu = product.spu_id.is_some();
    let given = [
        (Field::Category, product.category.is_some()),
        (Field::Name, product.name.is_some()),
        (Field::ShortDescription, product.short_description.is_some()),
        (Field::Brand, product.brand.is_some()),
    ];
    let is_excused = move |field: Field| {
        MANDATORY.iter().any(|(mandatory, excuse)| *mandatory == field && excuse.holds(is_added, has_spu))
    };
    let lacking = given.into_iter().filter(move |(field, is_given)| !is_given && !is_excused(*field));
    lacking.map(|(field, _)| field)
}

fn lacking_of_sku(given: &GivenSku) -> impl Iterator<Item = Field> {
    let price = [(Field::Price, given.price.is_some())];
    let measures = MEASURES.into_iter().zip(given.measures.map(|measure| measure.is_some()));
    price.into_iter().chain(measures).filter(|(_, is_given)| !is_given).map(|(field, _)| field)
}

/// A sale is whole or none.
fn sale_flaw(given: &GivenSku, limits: &Limits) -> Option<Flaw> {
    let date = given.special_from.map(|_| Field::SpecialFrom).or(given.special_to.map(|_| Field::SpecialTo));
    match (given.special_price, date) {
        (Some(price), None) if !limits.undated_sales => {
            let message = format!("special price {price} has neither a start nor an end date");
            Some(Flaw::new(Rule::SaleWithoutWindow, Field::SpecialPrice, message).value(price))
        }
        (None, Some(field)) => Some(sale::no_price(field)),
        (Some(_), Some(_) | None) | (None, None) => None,
    }
}
