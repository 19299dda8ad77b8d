//! Planning what becomes of SKUs that the shop has: they belong together as the shop has them, whatever the sheet says.
//!
//! A fault of one SKU keeps that one back; a fault of what the SKUs share keeps back all of the product. What SKUs share
//! may stand on any row of the sheet's product: while one of its rows has an error, nothing of that is changed; nor is
//! it where the sheet's product is several in the shop: on whose row it stands is not known.

use std::collections::{HashMap, HashSet};

use super::build::Builder;
use super::flaw::{Flaw, clipped};
use super::likeness::is_same;
use super::wish::{self, SkuWish};
use super::{
    Change, Intent, PriceQuantity, ShopImages, ShopProduct, ShopSku, SkuImages, SkuUpdate, UpdatePriceQuantity,
    UpdateProduct, Write,
};
use crate::check::{Checked, Fate, Fault, Group, Mode};
use crate::column::Field;
use crate::finding::{Rule, Severity};
use crate::record::{GivenSku, SellerSku};

/// What rows of one name have in common.
const NAMING: [&str; 3] = ["name", "brand", "model"];

/// The sound rows of one product of the shop.
#[derive(Debug)]
pub(super) struct Family {
    /// The product's place in the shop's snapshot.
    product: usize,
    rows: Vec<usize>,
}

/// Every family, by the product of the sheet that its first row belongs to.
#[derive(Debug, Default)]
pub(super) struct Families {
    begun: HashMap<usize, Vec<Family>>,
    /// Of each product of the sheet, its first row with an error.
    faulty: Vec<Option<usize>>,
    /// The products of the sheet that are several in the shop.
    split: HashSet<usize>,
}

impl Families {
    pub(super) fn of(checked: &Checked, product_of: impl Fn(&SellerSku) -> Option<usize>) -> Families {
        if checked.mode() == Mode::Create {
            return Families::default();
        }
        let mut families: Vec<Family> = Vec::new();
        let mut places: HashMap<usize, usize> = HashMap::new();
        let mut faulty = vec![None; checked.groups().len()];
        let mut firsts: HashMap<usize, usize> = HashMap::new();
        let mut split = HashSet::new();
        for (at, row) in checked.rows().iter().enumerate() {
            match row.fate {
                Fate::Sound => {
                    let Some(product) = row.seller_sku.as_ref().and_then(&product_of) else {
                        if checked.mode() == Mode::Update {
                            // The shop has no such SKU, which is an error too.
                            faulty[row.group] = faulty[row.group].or(Some(at));
                        }
                        continue;
                    };
                    let place = *places.entry(product).or_insert(families.len());
                    if place == families.len() {
                        families.push(Family { product, rows: Vec::new() });
                    }
                    families[place].rows.push(at);
                    if *firsts.entry(row.group).or_insert(product) != product {
                        split.insert(row.group);
                    }
                }
                Fate::Invalid(_) => faulty[row.group] = faulty[row.group].or(Some(at)),
                Fate::Skipped(_) => {}
            }
        }
        let mut begun: HashMap<usize, Vec<Family>> = HashMap::new();
        for family in families {
            begun.entry(checked.rows()[family.rows[0]].group).or_default().push(family);
        }
        Families { begun, faulty, split }
    }

    /// Those whose first row belongs to this product of the sheet, in the order of the sheet.
    pub(super) fn begun_by(&mut self, group: usize) -> Vec<Family> {
        self.begun.remove(&group).unwrap_or_default()
    }

    fn faulty(&self, group: usize) -> Option<usize> {
        self.faulty.get(group).copied().flatten()
    }
}

/// A row that can be sent, and what changes by it.
struct Renewed {
    at: usize,
    given: GivenSku,
    wish: SkuWish,
    has_new_images: bool,
}

/// New prices and stock that travel together once they are enough.
#[derive(Debug, Default)]
pub(super) struct Offers {
    skus: Vec<PriceQuantity>,
    rows: Vec<usize>,
}

impl Builder<'_> {
    /// Plans what becomes of one product of the shop.
    pub(super) fn renew(&mut self, family: &Family, families: &Families) {
        let (shop, checked) = (self.shop, self.checked);
        let Some(product) = shop.product(family.product) else { return };
        let mut sound = Vec::new();
        // Of each product of the sheet, its first row that is refused here.
        let mut refused: HashMap<usize, usize> = HashMap::new();
        for at in &family.rows {
            let row = &checked.rows()[*at];
            let there = row.seller_sku.as_ref().and_then(|sku| shop.sku(sku));
            let (Some(given), Some(there)) = (row.given(), there) else { continue };
            let mut flaws = Vec::new();
            let wish = if self.options.only_images {
                SkuWish::default()
            } else {
                wish::of_sku(&given, there, product, self.limits, self.options.forces, &mut flaws)
            };
            let is_flawed = flaws.iter().any(|flaw| flaw.is_error(self.checked));
            self.tell(*at, flaws);
            if is_flawed {
                refused.entry(row.group).or_insert(*at);
            } else {
                let has_new_images = self.has_new_images(&given, there);
                sound.push(Renewed { at: *at, given, wish, has_new_images });
            }
        }
        let shared = if self.options.only_images {
            Some(Vec::new())
        } else {
            let faulty = |group: usize| families.faulty(group).or_else(|| refused.get(&group).copied());
            self.shared(family, product, families, faulty)
        };
        if let Some(shared) = shared {
            self.send(shared, sound);
        }
    }

    /// What changes for all SKUs of the product; none where its rows are kept back.
    /// `faulty` tells a row of a product of the sheet that has an error.
    fn shared(
        &mut self,
        family: &Family,
        product: &ShopProduct,
        families: &Families,
        faulty: impl Fn(usize) -> Option<usize>,
    ) -> Option<Vec<Change>> {
        let checked = self.checked;
        let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut places: HashMap<usize, usize> = HashMap::new();
        for at in &family.rows {
            let group = checked.rows()[*at].group;
            let place = *places.entry(group).or_insert(groups.len());
            if place == groups.len() {
                groups.push((group, Vec::new()));
            }
            groups[place].1.push(*at);
        }
        let mut seen: HashMap<&str, (Option<&str>, usize)> = HashMap::new();
        let mut changes = Vec::new();
        let mut flawed = None;
        let mut doubtful = None;
        for (group, rows) in &groups {
            let mut flaws = self.moved(*group, family.product, product);
            for (name, value) in wish::shared(&checked.groups()[*group]) {
                match seen.get(name) {
                    Some((earlier, _)) if is_agreed(name, *earlier, value) => continue,
                    Some((earlier, first)) => {
                        flaws.push(conflict(name, value, *earlier, &self.named(*first, rows[0])));
                        continue;
                    }
                    None => seen.insert(name, (value, rows[0])),
                };
                match wish::of_product(name, value, product, self.options.forces) {
                    Ok(None) => {}
                    Ok(Some(_)) if families.split.contains(group) && !is_on_each(name, &checked.groups()[*group]) => {
                        flaws.push(of_split(name, &checked.groups()[*group].label));
                    }
                    Ok(Some(change)) => {
                        doubtful = doubtful.or_else(|| faulty(*group));
                        changes.push(change);
                    }
                    Err(flaw) => flaws.push(flaw),
                }
            }
            if !flaws.is_empty() {
                flawed = flawed.or(Some(rows[0]));
                rows.iter().for_each(|at| self.tell(*at, flaws.clone()));
            }
        }
        let Some(faulty) = flawed.or(doubtful) else { return Some(changes) };
        let left = family.rows.iter().copied().filter(|at| self.intents[*at].is_none());
        for at in left.collect::<Vec<_>>() {
            let reason = format!("row {}, of the same product, has an error", self.named(faulty, at));
            self.intents[at] = Some(Intent::Held(reason));
        }
        None
    }

    /// What the sheet's product says of the shop's that no update can do.
    fn moved(&self, group: usize, place: usize, product: &ShopProduct) -> Vec<Flaw> {
        let group = &self.checked.groups()[group];
        let mut flaws = wish::moved(group, product);
        if let Some(sku) = &group.product.associated_sku
            && self.shop.product_of(sku).is_some_and(|other| other != place)
        {
            let message = format!("the AssociatedSku `{sku}` belongs to another product of the shop");
            let help = "clear the cell: an update cannot move a SKU to another product";
            flaws.push(Flaw::new(Rule::NotUpdatable, Field::AssociatedSku, message).value(sku).help(help));
        }
        flaws
    }

    /// The pictures that the row names are others than the shop shows, or in another order, and all can be had.
    fn has_new_images(&self, given: &GivenSku, there: &ShopSku) -> bool {
        let is_shown = there.pictures.as_ref().is_some_and(|shown| {
            let mut pairs = shown.iter().zip(&given.images);
            shown.len() == given.images.len() && pairs.all(|(address, image)| self.gallery.is_at(image, address))
        });
        // A list that is not whole would take sound pictures away.
        let is_whole = given.dead_images.is_empty() || there.images() == ShopImages::None;
        !given.images.is_empty() && is_whole && (self.options.forces || !is_shown)
    }

    /// Plans the requests of one product: `shared` for all of its SKUs, and each row's own.
    fn send(&mut self, shared: Vec<Change>, sound: Vec<Renewed>) {
        let images: Vec<usize> = sound.iter().filter(|row| row.has_new_images).map(|row| row.at).collect();
        let is_offer = shared.is_empty() && sound.iter().all(|row| row.wish.is_of_offer());
        let is_changed = !shared.is_empty() || sound.iter().any(|row| !row.wish.is_empty());
        let request = match sound.first() {
            Some(first) if is_changed && !is_offer => {
                let first = first.given.seller_sku.clone();
                let is_shared = !shared.is_empty();
                Some((self.update(shared, first, &sound), is_shared))
            }
            Some(_) | None => None,
        };
        let mut own = 0;
        for row in sound {
            let is_own = !row.wish.is_empty();
            let intent = match &request {
                Some((requests, _)) if is_own => {
                    own += 1;
                    Intent::Update(Some(requests[(own - 1) / self.limits.skus_per_product]))
                }
                Some((requests, true)) => Intent::Update(Some(requests[0])),
                None if is_own => {
                    self.add_offer(row.at, row.wish.price_quantity(&row.given));
                    continue;
                }
                Some(_) | None if row.has_new_images => Intent::Update(None),
                Some(_) | None => Intent::Unchanged,
            };
            self.intents[row.at] = Some(intent);
        }
        for at in images {
            self.add_new_images(at);
        }
    }

    /// One UpdateProduct, or several where more SKUs change than one takes; what all SKUs share travels with the first.
    /// The product is found by a SKU of it: where none of them changes, the first one stands for it.
    fn update(&mut self, shared: Vec<Change>, first: SellerSku, sound: &[Renewed]) -> Vec<usize> {
        let changed = sound.iter().filter(|row| !row.wish.is_empty());
        let mut skus: Vec<SkuUpdate> = changed
            .map(|row| SkuUpdate {
                seller_sku: row.given.seller_sku.clone(),
                fields: row.wish.fields.clone(),
                active: row.wish.active.clone(),
            })
            .collect();
        if skus.is_empty() {
            skus.push(SkuUpdate { seller_sku: first, fields: Vec::new(), active: None });
        }
        let rows: Vec<usize> = sound.iter().map(|row| row.at).collect();
        let (variants, mut shared) = (self.variants(&rows), shared);
        let parts = skus.chunks(self.limits.skus_per_product).map(|skus| UpdateProduct {
            product: std::mem::take(&mut shared),
            skus: skus.to_vec(),
            variants: variants.clone(),
        });
        let parts: Vec<UpdateProduct> = parts.collect();
        let mut requests: Vec<usize> = Vec::new();
        for part in parts {
            // One after the other: nothing else may change a product meanwhile.
            let after = requests.last().copied().into_iter().collect();
            requests.push(self.push(Write::UpdateProduct(part), after));
        }
        requests
    }

    fn add_new_images(&mut self, at: usize) {
        let Some(given) = self.checked.rows()[at].given() else { return };
        let Some(images) = self.images_of(&given, std::slice::from_ref(&given.seller_sku), None) else { return };
        // An answer that does not speak of pictures shows none.
        let before = self.shop.sku(&given.seller_sku).map(|sku| sku.pictures.clone().unwrap_or_default());
        self.add_images(at, SkuImages { before, ..images }, None);
    }

    fn add_offer(&mut self, at: usize, offer: PriceQuantity) {
        self.offers.skus.push(offer);
        self.offers.rows.push(at);
        if self.offers.skus.len() >= self.limits.skus_per_price_quantity {
            self.close_offers();
        }
    }

    /// Sends the prices and the stock that have come together.
    pub(super) fn close_offers(&mut self) {
        let Offers { skus, rows } = std::mem::take(&mut self.offers);
        if skus.is_empty() {
            return;
        }
        let request = self.push(Write::UpdatePriceQuantity(UpdatePriceQuantity { skus }), Vec::new());
        for at in rows {
            self.intents[at] = Some(Intent::Update(Some(request)));
        }
    }

    /// Tells flaws of a row; one with an error is refused.
    pub(super) fn tell(&mut self, at: usize, flaws: Vec<Flaw>) {
        for flaw in flaws {
            let Some(finding) = flaw.finding(self.checked, &self.checked.rows()[at]) else { continue };
            if finding.severity == Severity::Error {
                let fault = Fault::of(&finding);
                let fault = match self.faults.remove(&at) {
                    Some(mut there) => {
                        there.and(fault);
                        there
                    }
                    None => fault,
                };
                self.intents[at] = Some(Intent::from(fault.clone()));
                self.faults.insert(at, fault);
            }
            self.findings.push((at, finding));
        }
    }
}

/// A value that each row of a product of the sheet has: what makes them one.
fn is_on_each(name: &str, group: &Group) -> bool {
    let is_by_name = group.product.name.as_deref().is_some_and(|name| is_same("name", &group.label, name));
    is_by_name && NAMING.contains(&name)
}

/// Rows of one product are different products of the shop, and the value may stand on one of them alone.
fn of_split(name: &str, label: &str) -> Flaw {
    let message = format!(
        "the rows of `{}` are different products in the shop: whose {name} this is cannot be told",
        clipped(label)
    );
    let help = "give the rows of each product a key of their own in a column `product`, or import with --group-by none";
    Flaw::of(Rule::ProductSplitInShop, name, message).help(help)
}

fn is_agreed(name: &str, earlier: Option<&str>, value: Option<&str>) -> bool {
    match (earlier, value) {
        (Some(earlier), Some(value)) => is_same(name, earlier, value),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Two products of the sheet are one in the shop, and disagree.
fn conflict(name: &str, value: Option<&str>, earlier: Option<&str>, row: &str) -> Flaw {
    let shown = |value: Option<&str>| value.map_or_else(|| "cleared".to_owned(), |text| format!("`{}`", clipped(text)));
    let message = format!(
        "{name} is {} here and {} on row {row}; in the shop they are one product",
        shown(value),
        shown(earlier)
    );
    Flaw::of(Rule::ProductConflict, name, message)
        .help(format!("give both rows the same {name}, or leave one of the cells empty"))
}

#[cfg(test)]
pub(super) mod tests;
