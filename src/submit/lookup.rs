//! Asking the shop: one GetProducts, and what its answer means for the SKUs that were asked for.

use std::collections::HashSet;

use super::event::{Answer, Found, Outline};
use super::flight::exchange;
use super::run::{Edge, Observer};
use super::{Clock, Transport};
use crate::dialect::{Call, GetProducts, Reply, ShopProduct, ShopStatus};
use crate::record::SellerSku;

/// The most products that are asked for in one reply.
const LIMIT: u32 = 100;

/// What a look-up came to.
pub(super) enum LookedUp {
    /// The products that have some of the SKUs. Every SKU that no product has is absent.
    Products(Vec<ShopProduct>),
    /// More products than fit into one reply: absence proves nothing.
    Cut,
    /// No sound answer.
    Failed(Answer),
}

/// Asks once for SKUs of one chunk.
pub(super) async fn look_up<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    skus: &[SellerSku],
) -> LookedUp {
    let call = Call::GetProducts(GetProducts { skus, limit: LIMIT });
    let (products, total) = match exchange(edge, &call, None).await {
        Ok(Reply::Products { products, total }) => (products, total),
        Ok(Reply::Done { .. }) => (Vec::new(), None),
        Ok(Reply::Hosted(_) | Reply::Ticket(_) | Reply::Migrated { .. } | Reply::QcStatus(_)) => {
            let reason = "the reply is to another call".to_owned();
            return LookedUp::Failed(Answer::Unclear { reason });
        }
        Ok(Reply::Refused(refusal)) => return LookedUp::Failed(Answer::Refused(refusal)),
        Err(answer) => return LookedUp::Failed(answer),
    };
    let there: HashSet<&SellerSku> =
        products.iter().flat_map(|product| product.skus.iter().map(|sku| &sku.seller_sku)).collect();
    let is_complete = skus.iter().all(|sku| there.contains(sku));
    let shown = products.len() as u64;
    let is_cut = shown >= u64::from(LIMIT) || total.is_some_and(|total| total > shown);
    if is_cut && !is_complete {
        return LookedUp::Cut;
    }
    LookedUp::Products(products)
}

/// What the shop's products say of one request's SKUs. A deleted SKU is not there.
pub(super) fn found(outline: &Outline, products: &[ShopProduct]) -> Found {
    let has = |product: &ShopProduct, sku: &SellerSku| {
        product.skus.iter().any(|there| there.seller_sku == *sku && there.status != ShopStatus::Deleted)
    };
    let places = 0..outline.skus.len();
    let present: Vec<usize> =
        places.filter(|place| products.iter().any(|product| has(product, &outline.skus[*place]))).collect();
    let whole = products.iter().find(|product| outline.skus.iter().all(|sku| has(product, sku)));
    Found { present, is_ours: whole.is_some_and(|product| is_same(outline, product)) }
}

fn is_same(outline: &Outline, product: &ShopProduct) -> bool {
    let has_same_name = match (&outline.name, &product.name) {
        (Some(planned), Some(there)) => planned.split_whitespace().eq(there.split_whitespace()),
        (None, _) | (_, None) => true,
    };
    let has_same_category = match (outline.category, product.category) {
        (Some(planned), Some(there)) => planned == there,
        (None, _) | (_, None) => true,
    };
    let live = product.skus.iter().filter(|sku| sku.status != ShopStatus::Deleted);
    let (mut live, planned) = (live.map(|sku| &sku.seller_sku), &outline.skus);
    match &outline.associated {
        Some(associated) => live.any(|sku| sku == associated),
        None => has_same_name && has_same_category && live.all(|sku| planned.contains(sku)),
    }
}
