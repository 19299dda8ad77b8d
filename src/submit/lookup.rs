//! Asking the shop: one GetProducts, and what its answer means for the SKUs that were asked for.

use std::collections::{HashMap, HashSet};
use std::io;

use super::event::{Answer, Found, Outline, mark};
use super::flight::{Back, exchange};
use super::notice::Observer;
use super::run::Edge;
use super::{Clock, Transport};
use crate::dialect::{Call, Dialect, GetProducts, Reply, Told};
use crate::plan::{Action, ShopImages, ShopProduct, ShopSku, ShopStatus, Write};
use crate::record::SellerSku;

/// What a look-up came to.
#[derive(Debug)]
pub(super) enum LookedUp {
    /// The products that have some of the SKUs. Every SKU that no product has is absent.
    Products(Vec<ShopProduct>),
    /// More products than fit into one reply: absence proves nothing.
    Cut,
    /// A SKU is there in other upper and lower case only: it is neither there nor absent.
    Folded(Vec<ShopProduct>),
    /// No sound answer.
    Failed(Answer),
}

/// Asks once for SKUs of one chunk. `Err` where what is kept for calls cannot be.
pub(super) async fn look_up<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    skus: &[SellerSku],
    told: Told,
) -> io::Result<Back<LookedUp>> {
    let dialect = edge.dialect();
    let call = Call::GetProducts(GetProducts { skus, limit: dialect.products_per_lookup(), told });
    let back = exchange(edge, &call).await?;
    Ok(back.map(|reply| match reply {
        Ok(Reply::Products { products, total }) => judged(dialect, skus, products, total),
        Ok(Reply::Done { .. }) => LookedUp::Products(Vec::new()),
        Ok(Reply::Hosted(_) | Reply::Ticket(_) | Reply::Migrated { .. } | Reply::QcStatus(_))
        | Ok(Reply::Categories(_) | Reply::Attributes(_) | Reply::Brands(_)) => {
            LookedUp::Failed(Answer::Unclear { reason: "the reply is to another call".to_owned() })
        }
        Ok(Reply::Refused(refusal)) => LookedUp::Failed(Answer::Refused(refusal)),
        Err(answer) => LookedUp::Failed(answer),
    }))
}

/// Whether absence is proven. Products that were not asked for do no harm, in whatever order they come.
fn judged(dialect: Dialect, skus: &[SellerSku], products: Vec<ShopProduct>, total: Option<u64>) -> LookedUp {
    let shown = products.len() as u64;
    let names = || products.iter().flat_map(|product| product.skus.iter().map(|sku| &sku.seller_sku));
    let there: HashSet<&SellerSku> = names().collect();
    let absent: Vec<&SellerSku> = skus.iter().filter(|sku| !there.contains(sku)).collect();
    if absent.is_empty() {
        return LookedUp::Products(products);
    }
    let limit = u64::from(dialect.products_per_lookup());
    // As many come where the limit that was asked for is overlooked.
    let default = dialect.products_per_page().last().copied().map(u64::from);
    let is_cut = match total {
        Some(total) => total > shown || shown >= limit,
        None => shown >= limit || Some(shown) == default,
    };
    if is_cut {
        return LookedUp::Cut;
    }
    let folded: HashSet<String> = names().map(|sku| sku.as_str().to_lowercase()).collect();
    let is_folded = absent.iter().any(|sku| folded.contains(&sku.as_str().to_lowercase()));
    if is_folded { LookedUp::Folded(products) } else { LookedUp::Products(products) }
}

/// Parts of one product that came in several replies, since its SKUs did not fit into one call, are put together: by the
/// marketplace's number, or where it tells none, by category and name.
pub(super) fn joined(replies: Vec<Vec<ShopProduct>>) -> Vec<ShopProduct> {
    let mut joined: Vec<ShopProduct> = Vec::new();
    for product in replies.into_iter().flatten() {
        match joined.iter_mut().find(|there| are_one(there, &product)) {
            Some(there) => {
                for sku in product.skus {
                    if !there.skus.contains(&sku) {
                        there.skus.push(sku);
                    }
                }
            }
            None => joined.push(product),
        }
    }
    joined
}

fn are_one(one: &ShopProduct, other: &ShopProduct) -> bool {
    let item = |product: &ShopProduct| product.skus.iter().find_map(|sku| Some(sku.ids.as_ref()?.item.clone()));
    match (item(one), item(other)) {
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => one.name.is_some() && one.name == other.name && one.category == other.category,
    }
}

/// What the shop's products say of one request's SKUs. A deleted SKU is not there. `added` are SKUs that other requests
/// of the plan add to the product.
pub(super) fn found(outline: &Outline, added: &[&SellerSku], products: &[ShopProduct]) -> Found {
    if outline.action == Action::SetImages {
        return Found { present: pictured(outline, products), is_ours: false };
    }
    let has = |product: &ShopProduct, sku: &SellerSku| {
        product.skus.iter().any(|there| there.seller_sku == *sku && there.status != ShopStatus::Deleted)
    };
    let places = 0..outline.skus.len();
    let present: Vec<usize> =
        places.filter(|place| products.iter().any(|product| has(product, &outline.skus[*place]))).collect();
    let whole = products.iter().find(|product| outline.skus.iter().all(|sku| has(product, sku)));
    Found { present, is_ours: whole.is_some_and(|product| is_same(outline, added, product)) }
}

/// The shop shows nothing that a planned product would not have.
pub(super) fn has_values(write: &Write, products: &[ShopProduct]) -> bool {
    match write {
        Write::CreateProduct(create) => create.may_be_shown_by(products),
        Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) => true,
        Write::SetImages(_) | Write::HostImages(_) => true,
    }
}

/// The places of SKUs that the shop shows with pictures, and not with those that they had before, or of whose pictures it
/// does not tell.
fn pictured(outline: &Outline, products: &[ShopProduct]) -> Vec<usize> {
    let skus = products.iter().flat_map(|product| &product.skus);
    let with_pictures = skus.filter(|sku| sku.images() != ShopImages::None);
    let with_pictures: HashMap<&SellerSku, &ShopSku> = with_pictures.map(|sku| (&sku.seller_sku, sku)).collect();
    let is_pictured = |place: &usize| {
        let Some(there) = with_pictures.get(&outline.skus[*place]) else { return false };
        let before = outline.pictures.get(*place).and_then(|pictures| pictures.before);
        before.is_none() || there.pictures.as_deref().map(mark) != before
    };
    (0..outline.skus.len()).filter(is_pictured).collect()
}

fn is_same(outline: &Outline, added: &[&SellerSku], product: &ShopProduct) -> bool {
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
        None => has_same_name && has_same_category && live.all(|sku| planned.contains(sku) || added.contains(&sku)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::SkuIds;

    fn sku(name: &str) -> SellerSku {
        SellerSku::parse(name).unwrap()
    }

    fn product(name: &str, skus: &str) -> ShopProduct {
        let sku = |name| ShopSku {
            ids: None,
            seller_sku: sku(name),
            status: ShopStatus::Active,
            pictures: Some(Vec::new()),
            fields: Vec::new(),
        };
        ShopProduct {
            category: None,
            spu_id: None,
            name: Some(name.to_owned()),
            attributes: Vec::new(),
            skus: skus.split_whitespace().map(sku).collect(),
        }
    }

    /// Asked for these SKUs, the shop shows these products, a text for each, and speaks of so many.
    #[track_caller]
    fn check(asked: &str, shown: &[&str], total: Option<u64>, expect: &str) {
        let asked: Vec<SellerSku> = asked.split_whitespace().map(sku).collect();
        let products = shown.iter().map(|skus| product("N", skus)).collect();
        let word = match judged(Dialect::SellerCenter, &asked, products, total) {
            LookedUp::Products(_) => "proven",
            LookedUp::Cut => "cut",
            LookedUp::Folded(_) => "folded",
            LookedUp::Failed(_) => "failed",
        };
        assert_eq!(word, expect, "{asked:?} {shown:?} {total:?}");
    }

    #[test]
    fn absence_is_proven_by_a_whole_answer() {
        check("A B", &[], None, "proven");
        check("A B", &["B"], Some(1), "proven");
        check("A B", &["B", "A"], Some(2), "proven");
        check("A B", &["X", "Y Z"], Some(2), "proven");
        check("A B", &["X", "B", "Y"], None, "proven");
    }

    #[test]
    fn an_answer_that_may_be_cut_proves_nothing() {
        check("A B", &["B"], Some(2), "cut");
        check("A", &["X"; 100], None, "cut");
        check("A", &["X"; 20], None, "cut");
        check("A", &["X"; 20], Some(20), "proven");
        check("X", &["X"; 100], None, "proven");
    }

    #[test]
    fn a_sku_in_other_case_is_neither_there_nor_absent() {
        check("Tee-1", &["TEE-1"], None, "folded");
        check("Tee-1", &["TEE-1", "Tee-1"], None, "proven");
        check("Tee-1 B", &["B", "tee-1"], None, "folded");
        check("Ä-1", &["ä-1"], None, "folded");
    }

    #[test]
    fn a_product_that_came_in_two_replies_is_compared_as_a_whole() {
        let outline = Outline {
            id: String::new(),
            action: crate::plan::Action::CreateProduct,
            skus: ["A", "B", "C"].map(sku).to_vec(),
            name: Some("Mug".to_owned()),
            category: None,
            associated: None,
            after: Vec::new(),
            pictures: Vec::new(),
            starts: Vec::new(),
            created_with: Vec::new(),
            is_pictured: false,
            images: 0,
            files: Vec::new(),
            is_shared: false,
        };
        let is_ours = |replies| found(&outline, &[], &joined(replies)).is_ours;
        assert!(is_ours(vec![vec![product("Mug", "A B")], vec![product("Mug", "C")]]));
        assert!(is_ours(vec![vec![product("Mug", "A B C")], vec![product("Mug", "A B C")]]));
        assert!(!is_ours(vec![vec![product("Mug", "A B")], vec![product("Cup", "C")]]));
        assert!(!is_ours(vec![vec![product("Mug", "A B X")], vec![product("Mug", "C")]]));
        let numbered = |item: &str, skus: &str| {
            let mut product = product("Mug", skus);
            for sku in &mut product.skus {
                sku.ids = Some(SkuIds { item: item.to_owned(), sku: format!("7{}", sku.seller_sku) });
            }
            product
        };
        assert!(is_ours(vec![vec![numbered("1", "A B")], vec![numbered("1", "C")]]));
        assert!(!is_ours(vec![vec![numbered("1", "A B")], vec![numbered("2", "C")]]));
        assert!(is_ours(vec![vec![numbered("1", "A B")], vec![product("Mug", "C")]]));
        let renamed = |product: ShopProduct| ShopProduct { name: Some("Cup".to_owned()), ..product };
        assert!(is_ours(vec![vec![numbered("1", "A B")], vec![renamed(numbered("1", "C"))]]));
    }
}
