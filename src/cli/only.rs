//! `--only`: a seller SKU that it names and no sheet has is wrong usage, told with the nearest ones.

use std::collections::{BTreeMap, HashSet};

use skuload::check::{Summary, nearest_skus};
use skuload::column::Table;

use super::exit::{Exit, Failure};

/// For so many absent SKUs the nearest ones are looked for, each by one more reading of the sheet.
const LOOKED_UP: usize = 5;

/// What is typed after `--only`.
pub(super) fn skus(typed: &str) -> Result<HashSet<String>, Failure> {
    let skus: HashSet<String> =
        typed.split(',').map(|sku| sku.trim().to_owned()).filter(|sku| !sku.is_empty()).collect();
    if skus.is_empty() {
        return Err(Failure::new(Exit::Usage, "--only names no seller SKU").help("write them as --only SKU-1,SKU-2"));
    }
    Ok(skus)
}

/// The SKUs that none of the sheets so far has, each with the nearest ones that they have.
#[derive(Default)]
pub(super) struct Absent {
    skus: Option<BTreeMap<String, Vec<String>>>,
}

impl Absent {
    /// A sheet was checked.
    pub(super) fn add(&mut self, summary: &Summary, tables: &[Table]) -> Result<(), Failure> {
        let before = self.skus.take();
        let of = |sku: &String| before.as_ref().map_or(Some(Vec::new()), |before| before.get(sku).cloned());
        let mut skus = BTreeMap::new();
        for sku in &summary.absent {
            let Some(mut near) = of(sku) else { continue };
            if skus.len() < LOOKED_UP {
                near.extend(nearest_skus(tables, sku)?);
            }
            skus.insert(sku.clone(), near);
        }
        self.skus = Some(skus);
        Ok(())
    }

    /// What is wrong with `--only`, if anything is.
    pub(super) fn failure(&self) -> Option<Failure> {
        let absent = self.skus.as_ref().filter(|absent| !absent.is_empty())?;
        let named: Vec<String> = absent.keys().map(|sku| format!("`{sku}`")).collect();
        let near: Vec<String> = absent.values().flatten().map(|sku| format!("`{sku}`")).collect();
        let message = match named.as_slice() {
            [one] => format!("--only: no row has the seller SKU {one}"),
            many => format!("--only: no row has the seller SKUs {}", many.join(", ")),
        };
        let write = "write each as it stands in the sheet";
        Some(Failure::new(Exit::Usage, message).help(match near.as_slice() {
            [] => write.to_owned(),
            near => format!("did you mean {}? {write}", near.join(", ")),
        }))
    }
}
