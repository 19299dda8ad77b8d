//! What a write changes, as a reader sees it: field, theirs, ours. Computed from the write alone, so that a journal
//! tells it years later.

use super::likeness::is_same;
use super::{
    Change, NewValue, Plan, PlannedImage, PlannedRequest, PriceQuantity, SetImages, SkuUpdate, UpdateProduct, Write,
};
use crate::record::{Attribute, SellerSku};

/// One value that a write changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Whose; none for what all SKUs of the product share.
    pub seller_sku: Option<SellerSku>,
    /// The field, as UpdateProduct names it; `active` and `images` besides.
    pub field: String,
    /// What the shop had, where it had anything.
    pub theirs: Option<String>,
    /// What the sheet gives; none where the value is taken away.
    pub ours: Option<String>,
}

/// What stands for a picture that is still to be brought, where nobody can name it.
const AWAITED: &str = "(a new picture)";

impl Write {
    /// What it changes of what the shop had; none for what is created. What is sent although the shop has it (because
    /// it travels with something else, or was forced) is no difference.
    #[must_use]
    pub fn differences(&self) -> Vec<Difference> {
        self.differences_named(|_, _| None)
    }

    /// The same; `name` tells which picture another request brings, by its place and that of the picture.
    #[must_use]
    pub fn differences_named(&self, name: impl Fn(usize, usize) -> Option<String>) -> Vec<Difference> {
        match self {
            Write::CreateProduct(_) | Write::HostImages(_) => Vec::new(),
            Write::UpdateProduct(update) => of_update(update),
            Write::UpdatePriceQuantity(update) => update.skus.iter().flat_map(of_offer).collect(),
            Write::SetImages(set) => of_images(set, name),
        }
    }
}

impl Plan {
    /// What the request at this place changes of what the shop has, as [`differences`].
    #[must_use]
    pub fn differences(&self, request: usize) -> Vec<Difference> {
        differences(&self.requests, request)
    }
}

/// What the one at this place of all requests of a plan changes of what the shop has; pictures that are still to be
/// brought have the names that the sheet gives them.
#[must_use]
pub fn differences(requests: &[PlannedRequest], request: usize) -> Vec<Difference> {
    let name = |request: usize, place: usize| match &requests.get(request)?.write {
        Write::HostImages(host) => host.images.get(place).map(|image| image.as_str().to_owned()),
        Write::CreateProduct(_) | Write::SetImages(_) => None,
        Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) => None,
    };
    requests.get(request).map(|request| request.write.differences_named(name)).unwrap_or_default()
}

impl Change {
    /// What it held before.
    pub(super) fn before(&self) -> Option<Attribute> {
        Some(Attribute { name: self.name.clone(), value: self.from.clone()? })
    }
}

fn of_update(update: &UpdateProduct) -> Vec<Difference> {
    let shared = update.product.iter().filter_map(|change| of_change(change, None));
    shared.chain(update.skus.iter().flat_map(of_sku)).collect()
}

fn of_sku(sku: &SkuUpdate) -> Vec<Difference> {
    let seller_sku = Some(&sku.seller_sku);
    let mut differences: Vec<Difference> =
        sku.fields.iter().filter_map(|change| of_change(change, seller_sku)).collect();
    if let Some(switch) = &sku.active {
        let ours = if switch.to { "active" } else { "inactive" };
        differences.extend(difference(seller_sku, "active", Some(&switch.from), Some(ours)));
    }
    differences
}

fn of_change(change: &Change, seller_sku: Option<&SellerSku>) -> Option<Difference> {
    let ours = match &change.to {
        NewValue::Text(text) => Some(text.as_str()),
        NewValue::Cleared => None,
    };
    difference(seller_sku, &change.name, change.from.as_deref(), ours)
}

fn of_offer(sku: &PriceQuantity) -> Vec<Difference> {
    let window = sku.sale.as_ref().map(|sale| &sale.window);
    let parts = [
        ("quantity", sku.quantity.map(|quantity| quantity.to_string())),
        ("price", sku.price.map(|price| price.to_string())),
        ("special_price", sku.sale.as_ref().map(|sale| sale.price.to_string())),
        ("special_from_date", window.and_then(|window| window.from()).map(|from| from.to_string())),
        ("special_to_date", window.and_then(|window| window.to()).map(|to| to.to_string())),
    ];
    let before = |name: &str| sku.before.iter().find(|before| before.name == name);
    let differences = parts.iter().filter_map(|(name, ours)| {
        let theirs = before(name).map(|before| before.value.as_str());
        difference(Some(&sku.seller_sku), name, theirs, Some(ours.as_deref()?))
    });
    differences.collect()
}

fn of_images(set: &SetImages, name: impl Fn(usize, usize) -> Option<String>) -> Vec<Difference> {
    let shown = |image: &PlannedImage| match image {
        PlannedImage::Hosted(url) => url.as_str().to_owned(),
        PlannedImage::Awaited { request, place } => name(*request, *place).unwrap_or_else(|| AWAITED.to_owned()),
    };
    let known = set.skus.iter().filter_map(|sku| Some((sku, sku.before.as_ref()?)));
    let differences = known.filter_map(|(sku, before)| {
        let ours = sku.images.iter().map(shown).collect::<Vec<_>>().join(", ");
        let theirs = Some(before.join(", ")).filter(|theirs| !theirs.is_empty());
        difference(Some(&sku.seller_sku), "images", theirs.as_deref(), Some(&ours))
    });
    differences.collect()
}

fn difference(
    seller_sku: Option<&SellerSku>,
    field: &str,
    theirs: Option<&str>,
    ours: Option<&str>,
) -> Option<Difference> {
    let is_difference = match (theirs, ours) {
        (Some(theirs), Some(ours)) => !is_same(field, theirs, ours),
        (None, None) => false,
        (Some(_), None) | (None, Some(_)) => true,
    };
    is_difference.then(|| Difference {
        seller_sku: seller_sku.cloned(),
        field: field.to_owned(),
        theirs: theirs.map(str::to_owned),
        ours: ours.map(str::to_owned),
    })
}
