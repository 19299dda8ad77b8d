//! SKUs whose pictures travel in one SetImages, and the pictures that stand for their product.

use super::Limits;
use super::request::{PlannedImage, SetImages, SkuImages};

/// As many pictures as a SKU (CreateProduct page).
const IMAGES_OF_PRODUCT: usize = 8;

/// A SKU whose pictures travel.
#[derive(Debug)]
pub(super) struct Pictured {
    /// Its row, by place in the sheet.
    pub(super) at: usize,
    /// Its product: one of the shop or one of the sheet.
    pub(super) product: Owner,
    pub(super) images: SkuImages,
    /// Requests that must have ended before.
    pub(super) after: Vec<usize>,
}

/// Which product a SKU belongs to, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Shop(usize),
    Sheet(usize),
}

/// SKUs that wait until there are as many as travel together.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    skus: Vec<Pictured>,
    /// Where those of the last product begin.
    edge: usize,
}

impl Gathered {
    /// One more; answers those that leave, if any.
    pub(super) fn push(&mut self, sku: Pictured, limits: &Limits) -> Option<Vec<Pictured>> {
        let limit = limits.skus_per_set_images;
        if !limits.sets_images_by_product {
            self.skus.push(sku);
            return (self.skus.len() >= limit).then(|| self.take());
        }
        let mut leaving = None;
        if self.skus.last().is_some_and(|last| last.product != sku.product) {
            if self.skus.len() >= limit {
                leaving = Some(self.take());
            }
            self.edge = self.skus.len();
        }
        self.skus.push(sku);
        if self.skus.len() > limit && self.edge > 0 {
            // The last product does not fit beside the others.
            let last = self.skus.split_off(self.edge);
            leaving = Some(self.take());
            self.skus = last;
        } else if self.skus.len() >= limits.skus_per_product {
            leaving = Some(self.take());
        }
        leaving
    }

    /// Those that are left.
    pub(super) fn take(&mut self) -> Vec<Pictured> {
        self.edge = 0;
        std::mem::take(&mut self.skus)
    }
}

/// The call that carries them, and the requests that must have ended before.
pub(super) fn set_images(skus: Vec<Pictured>, limits: &Limits) -> (SetImages, Vec<usize>) {
    let mut after: Vec<usize> = skus.iter().flat_map(|sku| sku.after.iter().copied()).collect();
    after.sort_unstable();
    after.dedup();
    let is_start = |place: &usize| skus[*place].product != skus[place - 1].product;
    let starts = if limits.sets_images_by_product { (1..skus.len()).filter(is_start).collect() } else { Vec::new() };
    (SetImages { skus: skus.into_iter().map(|sku| sku.images).collect(), starts }, after)
}

/// What a product shows of itself: the pictures of its SKUs, each once, as many as it may have.
pub(super) fn of_product(skus: &[SkuImages]) -> Vec<PlannedImage> {
    let mut images: Vec<PlannedImage> = Vec::new();
    for image in skus.iter().flat_map(|sku| &sku.images) {
        if images.len() < IMAGES_OF_PRODUCT && !images.contains(image) {
            images.push(image.clone());
        }
    }
    images
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::renewal::tests::limits;
    use crate::record::SellerSku;

    /// How many SKUs of which products travel together, products given by their sizes.
    #[track_caller]
    fn check(limits: &Limits, products: &[usize], expect: &str) {
        let mut gathered = Gathered::default();
        let mut chunks: Vec<Vec<Pictured>> = Vec::new();
        for (product, size) in products.iter().enumerate() {
            for at in 0..*size {
                let seller_sku = SellerSku::parse(&format!("{product}-{at}")).unwrap();
                let images = SkuImages { seller_sku, images: Vec::new(), before: None };
                let sku = Pictured { at, product: Owner::Sheet(product), images, after: vec![product] };
                chunks.extend(gathered.push(sku, limits));
            }
        }
        chunks.extend(Some(gathered.take()).filter(|rest| !rest.is_empty()));
        let told: Vec<String> = chunks
            .into_iter()
            .map(|chunk| {
                let (set, after) = set_images(chunk, limits);
                let ends = set.starts.iter().copied().chain([set.skus.len()]);
                let starts = [0].into_iter().chain(set.starts.iter().copied());
                let sizes: Vec<String> = starts.zip(ends).map(|(start, end)| (end - start).to_string()).collect();
                assert!(after.windows(2).all(|two| two[0] < two[1]), "{after:?}");
                sizes.join("+")
            })
            .collect();
        assert_eq!(told.join(" "), expect);
    }

    #[test]
    fn skus_of_one_product_travel_together_where_that_counts() {
        let limits = Limits { skus_per_product: 50, skus_per_set_images: 20, sets_images_by_product: true, ..limits() };
        check(&limits, &[15, 15], "15 15");
        check(&limits, &[5, 5, 10, 1], "5+5+10 1");
        check(&limits, &[5, 30, 5], "5 30 5");
        check(&limits, &[19, 3, 17, 1], "19 3+17 1");
        check(&limits, &[50, 2], "50 2");
        check(&limits, &[3, 70, 2], "3 50 20 2");
        check(&limits, &[20, 20], "20 20");
        check(&limits, &[], "");
    }

    #[test]
    fn elsewhere_as_many_travel_as_one_call_takes() {
        check(&limits(), &[60, 60], "100 20");
        check(&limits(), &[1, 1, 1], "3");
    }
}
