//! What the shop holds: products with their SKUs, pictures, and the file that outlives the process.
//!
//! Every change is an [`Effect`]. With a store file, an effect is written to it as one JSON line in one write call
//! before it is applied and before anybody is told; at the start the lines are applied again. Memory therefore never
//! holds what the file does not. A last line without its end was never answered for, and is dropped.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::SandboxError;
use super::change::{self, Change, Values};
use super::numbers::Numbers;
use super::past::Past;
use super::pictures::Pictures;
use super::stock::Held;
use super::time;

/// `Status` of a SKU.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// On sale, as far as the merchant is concerned.
    #[default]
    Active,
    /// Switched off.
    Inactive,
    /// Gone, but its seller SKU stays taken.
    Deleted,
}

/// One sellable variant.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sku {
    /// Unique in the shop, kept as it was sent.
    pub(super) seller_sku: String,
    /// `SkuId`, given when it comes into the shop.
    #[serde(default, skip_serializing_if = "is_never")]
    pub(super) sku_id: u64,
    /// On sale, switched off or gone.
    pub(super) status: Status,
    /// Image URLs, the main one first.
    pub(super) images: Vec<String>,
    /// Every other field, as it was sent; sale dates moved back to the quarter of an hour.
    pub(super) fields: BTreeMap<String, String>,
    /// The number of the request that created it; none for one that was there before.
    pub(super) created_by_request: Option<u64>,
    /// When it was created; none for one that was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<DateTime<Utc>>,
    /// What orders hold.
    #[serde(default, skip_serializing_if = "Held::is_nothing")]
    pub(super) held: Held,
    /// How often a change of a price sent it back to quality control.
    #[serde(default, skip_serializing_if = "is_never")]
    pub(super) sent_back: u64,
}

fn is_never(count: &u64) -> bool {
    *count == 0
}

/// One listing with its SKUs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Product {
    /// `ItemId`, given when it comes into the shop.
    #[serde(default, skip_serializing_if = "is_never")]
    pub(super) item_id: u64,
    /// `PrimaryCategory`.
    pub(super) category: u64,
    /// `SPUId`.
    pub(super) spu_id: Option<u64>,
    /// `Attributes`.
    pub(super) attributes: BTreeMap<String, String>,
    /// Its own pictures, beside those of its SKUs: the Open Platform alone has some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) images: Vec<String>,
    /// At least one.
    pub(super) skus: Vec<Sku>,
    /// The `AssociatedSku` of each request that added SKUs.
    pub(super) associated_skus: Vec<String>,
    /// How often a CreateProduct succeeded for it, requests that added SKUs included.
    pub(super) creates: u64,
    /// When it came into the shop.
    pub(super) created_at: DateTime<Utc>,
    /// When anything about it changed last.
    pub(super) updated_at: DateTime<Utc>,
}

/// New values of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProductChange {
    /// A seller SKU of it.
    pub(super) of: String,
    /// A new `SPUId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) spu_id: Option<u64>,
    /// New `Attributes`.
    pub(super) attributes: Values,
    /// A new list of its own pictures, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) images: Option<Vec<String>>,
}

/// One change of the shop, as it stands in the store file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub(super) enum Effect {
    /// A new product.
    Create {
        /// The whole of it.
        product: Product,
    },
    /// More SKUs for the product of `associated_sku`.
    Add {
        /// A seller SKU of the product.
        associated_sku: String,
        /// The new ones.
        skus: Vec<Sku>,
        /// When.
        at: DateTime<Utc>,
    },
    /// New values for SKUs that are there, and for a product.
    Update {
        /// Those of the product, where there are any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<ProductChange>,
        /// Those of the SKUs, which may be of several products.
        skus: Vec<Change>,
        /// When.
        at: DateTime<Utc>,
    },
    /// SKUs that are taken out of the shop.
    Remove {
        /// Their seller SKUs, which may be of several products.
        skus: Vec<String>,
        /// When.
        at: DateTime<Utc>,
    },
    /// New image lists.
    SetImages {
        /// Seller SKU and list.
        lists: Vec<(String, Vec<String>)>,
        /// When.
        at: DateTime<Utc>,
    },
    /// A picture fetched from elsewhere.
    Migrate {
        /// Its address there.
        source: String,
    },
    /// A ticket for pictures to fetch.
    Promise {
        /// The ticket.
        ticket: String,
        /// Their addresses, those that cannot be fetched among them.
        sources: Vec<String>,
    },
    /// A copy of a picture that was sent.
    Upload {
        /// The code of its bytes.
        code: String,
        /// Its address here.
        url: String,
    },
}

impl Effect {
    /// What becomes of it where the marketplace stops halfway: the first half of its SKUs, rounded up, or the
    /// whole where it is about pictures.
    pub(super) fn first_half(mut self) -> Effect {
        match &mut self {
            Effect::Create { product } => product.skus.truncate(product.skus.len().div_ceil(2)),
            Effect::Add { skus, .. } => skus.truncate(skus.len().div_ceil(2)),
            Effect::Update { skus, .. } => skus.truncate(skus.len().div_ceil(2)),
            Effect::Remove { skus, .. } => skus.truncate(skus.len().div_ceil(2)),
            Effect::SetImages { lists, .. } => lists.truncate(lists.len().div_ceil(2)),
            // About pictures: nothing to halve.
            Effect::Migrate { .. } | Effect::Promise { .. } | Effect::Upload { .. } => {}
        }
        self
    }
}

/// A product as `/sandbox/products` shows it.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    item_id: u64,
    category: u64,
    spu_id: Option<u64>,
    attributes: &'a BTreeMap<String, String>,
    images: &'a [String],
    associated_skus: &'a [String],
    creates: u64,
    skus: &'a [Sku],
}

impl Shown<'_> {
    fn of(product: &Product) -> Shown<'_> {
        Shown {
            item_id: product.item_id,
            category: product.category,
            spu_id: product.spu_id,
            attributes: &product.attributes,
            images: &product.images,
            associated_skus: &product.associated_skus,
            creates: product.creates,
            skus: &product.skus,
        }
    }
}

#[derive(Debug)]
struct Journal {
    file: File,
    length: u64,
}

/// The products of the shop, in the order of their creation, and the pictures.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// What is hosted, and what was promised.
    pub(super) pictures: Pictures,
    /// What was updated, as it was before.
    pub(super) past: Past,
    products: Vec<Product>,
    by_sku: HashMap<String, (usize, usize)>,
    numbers: Numbers,
    journal: Option<Journal>,
}

impl Store {
    /// A shop with these products in it, and those of the store file, if there is one.
    pub(super) fn open(before: Vec<Product>, path: Option<&Path>) -> Result<Store, SandboxError> {
        let mut store = Store::default();
        for product in before {
            store.insert(product);
        }
        if let Some(path) = path {
            store.journal = Some(store.replay(path)?);
        }
        Ok(store)
    }

    /// Writes the effect down, then applies it. When it cannot be written, nothing changes.
    pub(super) fn commit(&mut self, effect: Effect) -> io::Result<()> {
        if let Some(journal) = &mut self.journal {
            journal.append(&effect)?;
        }
        self.apply(effect);
        Ok(())
    }

    /// All products.
    pub(super) fn products(&self) -> &[Product] {
        &self.products
    }

    /// The place of the product that has this seller SKU, its status aside. Letters must agree in case.
    pub(super) fn position(&self, seller_sku: &str) -> Option<usize> {
        self.by_sku.get(seller_sku).map(|(product, _)| *product)
    }

    /// The SKU, its status aside.
    pub(super) fn sku(&self, seller_sku: &str) -> Option<&Sku> {
        let (product, sku) = self.by_sku.get(seller_sku)?;
        self.products.get(*product)?.skus.get(*sku)
    }

    /// The product of this seller SKU, unless the SKU is unknown or deleted.
    pub(super) fn find(&self, seller_sku: &str) -> Option<&Product> {
        let (product, sku) = self.by_sku.get(seller_sku)?;
        let product = self.products.get(*product)?;
        (product.skus.get(*sku)?.status != Status::Deleted).then_some(product)
    }

    /// The product with this `ItemId`.
    pub(super) fn item(&self, item_id: u64) -> Option<&Product> {
        self.products.get(self.numbers.item(item_id)?)
    }

    /// The SKU with this `SkuId`, and its product.
    pub(super) fn numbered(&self, sku_id: u64) -> Option<(&Product, &Sku)> {
        let (product, sku) = self.numbers.sku(sku_id)?;
        let product = self.products.get(product)?;
        Some((product, product.skus.get(sku)?))
    }

    /// The number of the last request that created anything.
    pub(super) fn last_request(&self) -> u64 {
        let skus = self.products.iter().flat_map(|product| &product.skus);
        skus.filter_map(|sku| sku.created_by_request).max().unwrap_or(0)
    }

    /// What `/sandbox/products` shows of the products.
    pub(super) fn shown(&self) -> Vec<Shown<'_>> {
        self.products.iter().map(Shown::of).collect()
    }

    /// How many SKUs there are.
    pub(super) fn sku_count(&self) -> usize {
        self.by_sku.len()
    }

    fn replay(&mut self, path: &Path) -> Result<Journal, SandboxError> {
        let failed = |source| SandboxError::Store { path: path.to_owned(), source };
        let mut file = open_private(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let lines = bytes.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n');
        for (index, line) in lines.enumerate() {
            let bad_line = || SandboxError::StoreLine { path: path.to_owned(), line: index + 1 };
            let effect: Effect = serde_json::from_slice(line).map_err(|_| bad_line())?;
            if !self.fits(&effect) {
                return Err(bad_line());
            }
            self.apply(effect);
        }
        let length = whole as u64;
        file.set_len(length).map_err(failed)?;
        Ok(Journal { file, length })
    }

    fn fits(&self, effect: &Effect) -> bool {
        let is_new = |sku: &Sku| !self.by_sku.contains_key(&sku.seller_sku);
        match effect {
            Effect::Create { product } => product.skus.iter().all(is_new),
            Effect::Add { associated_sku, skus, .. } => {
                self.by_sku.contains_key(associated_sku) && skus.iter().all(is_new)
            }
            Effect::Update { product, skus, .. } => {
                let names = skus.iter().map(|change| &change.seller_sku);
                names.chain(product.iter().map(|product| &product.of)).all(|sku| self.by_sku.contains_key(sku))
            }
            Effect::Remove { skus, .. } => skus.iter().all(|sku| self.by_sku.contains_key(sku)),
            Effect::SetImages { lists, .. } => lists.iter().all(|(sku, _)| self.by_sku.contains_key(sku)),
            Effect::Promise { ticket, .. } => !self.pictures.has_ticket(ticket),
            Effect::Migrate { .. } | Effect::Upload { .. } => true,
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Create { product } => self.insert(product),
            Effect::Add { associated_sku, skus, at } => self.add(associated_sku, skus, at),
            Effect::Update { product, skus, at } => {
                self.keep(skus.iter().map(|change| change.seller_sku.as_str()), at);
                product.into_iter().for_each(|change| self.update(change));
                skus.into_iter().for_each(|change| self.change(change, at));
            }
            Effect::Remove { skus, at } => {
                self.keep(skus.iter().map(String::as_str), at);
                skus.iter().for_each(|sku| self.remove(sku, at));
            }
            Effect::SetImages { lists, at } => lists.into_iter().for_each(|(sku, images)| {
                self.set_images(&sku, images, at);
            }),
            Effect::Migrate { source } => self.pictures.migrate(source),
            Effect::Promise { ticket, sources } => self.pictures.promise(ticket, sources, time::moment()),
            Effect::Upload { code, url } => self.pictures.upload(code, url),
        }
    }

    fn insert(&mut self, mut product: Product) {
        let position = self.products.len();
        for (index, sku) in product.skus.iter_mut().enumerate() {
            let place = (position, index);
            sku.sku_id = self.numbers.give_sku(&sku.seller_sku, place);
            self.by_sku.insert(sku.seller_sku.clone(), place);
        }
        let first_sku = product.skus.first().map(|sku| sku.seller_sku.as_str()).unwrap_or_default();
        product.item_id = self.numbers.give_item(first_sku, position);
        self.products.push(product);
    }

    fn add(&mut self, associated_sku: String, skus: Vec<Sku>, at: DateTime<Utc>) {
        let Some(position) = self.position(&associated_sku) else { return };
        let Some(product) = self.products.get_mut(position) else { return };
        for mut sku in skus {
            let place = (position, product.skus.len());
            sku.sku_id = self.numbers.give_sku(&sku.seller_sku, place);
            self.by_sku.insert(sku.seller_sku.clone(), place);
            product.skus.push(sku);
        }
        product.associated_skus.push(associated_sku);
        product.creates += 1;
        product.updated_at = at;
    }

    /// Keeps the products of these seller SKUs as they were before.
    fn keep<'a>(&mut self, skus: impl Iterator<Item = &'a str>, at: DateTime<Utc>) {
        let places: BTreeSet<usize> = skus.filter_map(|sku| self.position(sku)).collect();
        for place in places {
            if let Some(product) = self.products.get(place) {
                self.past.keep(place, product, at);
            }
        }
    }

    /// Changes the product itself; the changes of its SKUs, of which there is always one, tell when.
    fn update(&mut self, change: ProductChange) {
        let Some(position) = self.position(&change.of) else { return };
        let Some(product) = self.products.get_mut(position) else { return };
        change::put(&mut product.attributes, change.attributes);
        product.spu_id = change.spu_id.or(product.spu_id);
        if let Some(images) = change.images {
            product.images = images;
        }
    }

    fn change(&mut self, change: Change, at: DateTime<Utc>) {
        let Some((product, place)) = self.by_sku.get(&change.seller_sku).copied() else { return };
        let Some(product) = self.products.get_mut(product) else { return };
        change.apply(product, place);
        product.updated_at = at;
    }

    fn remove(&mut self, seller_sku: &str, at: DateTime<Utc>) {
        let Some((product, sku)) = self.by_sku.get(seller_sku) else { return };
        let Some(product) = self.products.get_mut(*product) else { return };
        let Some(sku) = product.skus.get_mut(*sku) else { return };
        sku.status = Status::Deleted;
        product.updated_at = at;
    }

    fn set_images(&mut self, seller_sku: &str, images: Vec<String>, at: DateTime<Utc>) {
        let Some((product, sku)) = self.by_sku.get(seller_sku) else { return };
        let Some(product) = self.products.get_mut(*product) else { return };
        let Some(sku) = product.skus.get_mut(*sku) else { return };
        sku.images = images;
        product.updated_at = at;
    }
}

impl Journal {
    fn append(&mut self, effect: &Effect) -> io::Result<()> {
        let mut line = serde_json::to_vec(effect)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            // Half a line must not stand in the way of the next one.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(skus: &[&str]) -> Product {
        let sku = |seller_sku: &&str| Sku {
            seller_sku: (*seller_sku).to_owned(),
            created_by_request: Some(7),
            ..Sku::default()
        };
        Product {
            item_id: 0,
            category: 3,
            spu_id: None,
            attributes: BTreeMap::new(),
            images: Vec::new(),
            skus: skus.iter().map(sku).collect(),
            associated_skus: Vec::new(),
            creates: 1,
            created_at: time::now(),
            updated_at: time::now(),
        }
    }

    fn filled(path: &Path) -> Store {
        let mut store = Store::open(Vec::new(), Some(path)).unwrap();
        store.commit(Effect::Create { product: product(&["A", "B"]) }).unwrap();
        let more = product(&["C"]).skus;
        store.commit(Effect::Add { associated_sku: "B".into(), skus: more, at: time::now() }).unwrap();
        let lists = vec![("C".to_owned(), vec!["http://img.example/c.jpg".to_owned()])];
        store.commit(Effect::SetImages { lists, at: time::now() }).unwrap();
        store
    }

    #[test]
    fn what_was_committed_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.jsonl");
        let before = filled(&path).products;
        let after = Store::open(Vec::new(), Some(&path)).unwrap();
        assert_eq!(after.products, before);
        assert_eq!(after.position("C"), Some(0));
        assert_eq!(after.last_request(), 7);
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_the_next_one_starts_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.jsonl");
        filled(&path);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"effect\":\"cre").unwrap();
        let mut store = Store::open(Vec::new(), Some(&path)).unwrap();
        store.commit(Effect::Create { product: product(&["D"]) }).unwrap();
        let again = Store::open(Vec::new(), Some(&path)).unwrap();
        assert_eq!(again.products.len(), 2);
    }

    #[test]
    fn a_damaged_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.jsonl");
        filled(&path);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"nonsense\n").unwrap();
        let error = Store::open(Vec::new(), Some(&path)).unwrap_err();
        assert!(matches!(error, SandboxError::StoreLine { line: 4, .. }), "{error}");
    }

    #[test]
    fn a_deleted_sku_is_found_by_place_alone() {
        let mut gone = product(&["A"]);
        gone.skus[0].status = Status::Deleted;
        let store = Store::open(vec![gone], None).unwrap();
        assert_eq!(store.position("A"), Some(0));
        assert!(store.find("A").is_none());
    }

    #[test]
    fn an_update_of_what_is_not_there_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.jsonl");
        filled(&path);
        let line =
            r#"{"effect":"update","skus":[{"seller_sku":"NONE","values":{"price":null}}],"at":"2018-01-31T00:00:00Z"}"#;
        let append = |line: &str| {
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            writeln!(file, "{line}").unwrap();
            Store::open(Vec::new(), Some(&path))
        };
        assert!(append(&line.replace("NONE", "A")).is_ok());
        assert!(matches!(append(line).unwrap_err(), SandboxError::StoreLine { line: 5, .. }));
    }
}
