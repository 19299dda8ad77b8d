//! The `[[product]]` of a faults file: a product that is in the shop from the start.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::qc::{Opinion, Review};
use super::stock::Held;
use super::store::{Product, Sku, Status};
use super::time;

/// One such product.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Preset {
    category: u64,
    name: String,
    #[serde(default)]
    brand: Option<String>,
    /// At least one.
    pub(super) skus: Vec<String>,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    images: Vec<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    #[serde(default)]
    stock: Held,
    created: Option<String>,
    review: Option<Review>,
    reason: Option<String>,
}

impl Preset {
    /// One that nobody wrote down, with this SKU.
    pub(super) fn planted(seller_sku: String) -> Preset {
        Preset {
            category: 1,
            name: "Was here before".to_owned(),
            brand: Some("Remark".to_owned()),
            skus: vec![seller_sku],
            status: Status::Active,
            images: Vec::new(),
            attributes: BTreeMap::new(),
            fields: BTreeMap::new(),
            stock: Held::default(),
            created: None,
            review: None,
            reason: None,
        }
    }

    /// What makes no sense about it.
    pub(super) fn check(&self) -> Result<(), String> {
        let name = &self.name;
        if self.skus.is_empty() {
            return Err(format!("product `{name}` has no `skus`"));
        }
        if self.reason.is_some() && self.review.is_none() {
            return Err(format!("product `{name}` has a `reason` but no `review`"));
        }
        match &self.created {
            Some(text) if time::parse_filter_date(text).is_none() => {
                Err(format!("`created` cannot be `{text}`; it is a date, or a date with a time"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What quality control says of its SKUs.
    pub(super) fn opinions(&self) -> impl Iterator<Item = Opinion> {
        let opinion =
            |sku: &String, status| Opinion { sku: sku.clone(), status, reason: self.reason.clone(), pending: 0 };
        self.skus.iter().filter_map(move |sku| self.review.map(|status| opinion(sku, status)))
    }

    /// The product as the shop holds it.
    pub(super) fn product(&self, now: DateTime<Utc>) -> Product {
        let created = self.created.as_deref().and_then(time::parse_filter_date).unwrap_or(now);
        let usual = [("price", "10.00"), ("quantity", "10")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut fields = BTreeMap::from(usual);
        fields.extend(self.fields.clone());
        let sku = |seller_sku: &String| Sku {
            seller_sku: seller_sku.clone(),
            status: self.status,
            images: self.images.clone(),
            fields: fields.clone(),
            held: self.stock,
            ..Sku::default()
        };
        let mut attributes = self.attributes.clone();
        attributes.insert("name".to_owned(), self.name.clone());
        attributes.extend(self.brand.iter().map(|brand| ("brand".to_owned(), brand.clone())));
        Product {
            item_id: 0,
            category: self.category,
            spu_id: None,
            attributes,
            images: Vec::new(),
            skus: self.skus.iter().map(sku).collect(),
            associated_skus: Vec::new(),
            creates: 0,
            created_at: created,
            updated_at: created,
        }
    }
}
