//! Holds the report of every row against what the marketplace holds. It knows nothing of the client: only the goods,
//! the shop as the marketplace shows it, and the report as text.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::Value;

use super::goods::{Fate, Product, Sku};

/// What is wrong, each kind with the first few cases.
#[derive(Debug, Default)]
pub(crate) struct Deviations {
    /// Rows of the sheet that the report does not have exactly once.
    pub(crate) lost: Vec<String>,
    /// What should be in the shop and is not: SKUs, pictures, the whole of a product.
    pub(crate) missing: Vec<String>,
    /// Products made more than once.
    pub(crate) duplicated: Vec<String>,
    /// Rows whose verdict is not true.
    pub(crate) misreported: Vec<String>,
    /// Rows that nobody could tell of.
    pub(crate) unknown: Vec<String>,
}

impl fmt::Display for Deviations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = self.kinds();
        let counts: Vec<String> = kinds.iter().map(|(name, cases)| format!("{} {name}", cases.len())).collect();
        f.write_str(&counts.join(", "))?;
        for (name, case) in kinds.iter().flat_map(|(name, cases)| cases.iter().take(4).map(move |case| (name, case))) {
            write!(f, "\n  {name}: {case}")?;
        }
        Ok(())
    }
}

impl Deviations {
    fn kinds(&self) -> [(&'static str, &Vec<String>); 5] {
        [
            ("lost", &self.lost),
            ("missing", &self.missing),
            ("duplicated", &self.duplicated),
            ("misreported", &self.misreported),
            ("unknown", &self.unknown),
        ]
    }

    /// How many there are in all.
    pub(crate) fn count(&self) -> usize {
        self.kinds().iter().map(|(_, cases)| cases.len()).sum()
    }

    pub(crate) fn add(&mut self, more: Deviations) {
        self.lost.extend(more.lost);
        self.missing.extend(more.missing);
        self.duplicated.extend(more.duplicated);
        self.misreported.extend(more.misreported);
        self.unknown.extend(more.unknown);
    }

    /// Holds `rows`, the lines of the report, against the shop.
    pub(crate) fn of(goods: &[Product], shop: &Value, rows: &[Value]) -> Deviations {
        let mut deviations = Deviations::default();
        let there = Shop::read(shop, &mut deviations);
        let mut lines: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
        for row in rows {
            lines.entry(row["row"].as_u64().unwrap_or(0)).or_default().push(row);
        }
        let added = additions(goods);
        for product in goods {
            for sku in &product.skus {
                match lines.remove(&sku.row).as_deref() {
                    Some([line]) if line["seller_sku"] == sku.name.as_str() => {
                        deviations.compare(&there, product, sku, line, &added);
                    }
                    other => deviations.lost.push(format!("row {} ({}): {other:?}", sku.row, sku.name)),
                }
            }
        }
        deviations.lost.extend(lines.keys().map(|row| format!("row {row} is not in the sheet")));
        deviations
    }

    fn compare(&mut self, there: &Shop, product: &Product, sku: &Sku, line: &Value, added: &HashMap<&str, usize>) {
        let verdict = line["verdict"].as_str().unwrap_or_default();
        let found = there.skus.get(sku.name.as_str());
        let (is_there, is_ours) = found.map_or((false, false), |found| (found.is_live, found.is_ours));
        let told = || format!("{}: {verdict}, {}; {:?}", sku.name, line["message"], found);
        let is_true = match verdict {
            "created" => is_there && is_ours,
            "exists" => is_there && !is_ours,
            "rejected" | "not-sent" => !(is_there && is_ours),
            "unknown" => return self.unknown.push(told()),
            _ => false,
        };
        if !is_true {
            return self.misreported.push(told());
        }
        if line["images"] == "set" && found.is_none_or(|found| found.images != sku.pictures) {
            return self.misreported.push(format!("pictures, not these in this order: {}", told()));
        }
        if verdict != product.fate.verdict() {
            return self.missing.push(told());
        }
        if let (Fate::Created, Some(found)) = (product.fate, found) {
            if found.images != sku.pictures || line["images"] != "set" {
                self.missing.push(format!("pictures, {}: {}", line["images"], told()));
            }
            // What comes in part has the rest added to it, and that may come in part too: each part has a SKU at least.
            let added: usize = product.skus.iter().filter_map(|sku| added.get(sku.name.as_str())).sum();
            let most = (product.skus.len() + added) as u64;
            let is_once = (1..=most).contains(&found.creates) && found.name == product.name;
            if product.associated.is_none() && !is_once {
                self.duplicated.push(format!("{} creates, {most} SKUs: {}", found.creates, told()));
            }
            let of_product =
                |sku: &Sku| there.skus.get(sku.name.as_str()).is_some_and(|it| it.product == found.product);
            if !product.skus.iter().all(of_product) {
                self.missing.push(format!("not whole: {}", told()));
            }
        }
    }
}

/// How many SKUs are added to the product of each SKU.
fn additions(goods: &[Product]) -> HashMap<&str, usize> {
    let mut added = HashMap::new();
    for product in goods.iter().filter(|product| product.fate == Fate::Created) {
        if let Some(associated) = &product.associated {
            *added.entry(associated.as_str()).or_default() += product.skus.len();
        }
    }
    added
}

/// A SKU as the marketplace shows it.
#[derive(Debug)]
struct Found {
    product: usize,
    name: String,
    creates: u64,
    is_live: bool,
    is_ours: bool,
    images: Vec<String>,
}

struct Shop {
    skus: HashMap<String, Found>,
}

impl Shop {
    fn read(shop: &Value, deviations: &mut Deviations) -> Shop {
        let mut skus = HashMap::new();
        for (place, product) in shop["products"].as_array().unwrap().iter().enumerate() {
            for sku in product["skus"].as_array().unwrap() {
                let images = sku["images"].as_array().unwrap().iter().map(|url| url.as_str().unwrap().to_owned());
                let found = Found {
                    product: place,
                    name: product["attributes"]["name"].as_str().unwrap_or_default().to_owned(),
                    creates: product["creates"].as_u64().unwrap(),
                    is_live: sku["status"] != "deleted",
                    is_ours: !sku["created_by_request"].is_null(),
                    images: images.collect(),
                };
                let name = sku["seller_sku"].as_str().unwrap();
                if skus.insert(name.to_owned(), found).is_some() {
                    deviations.duplicated.push(format!("{name} is there twice"));
                }
            }
        }
        Shop { skus }
    }
}
