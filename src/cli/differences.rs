//! What a planned request changes of one SKU, field by field, from what the journal keeps of it.

use serde::Serialize;
use skuload::plan::{self, CreateProduct, Write};
use skuload::record::{Attribute, SaleWindow};
use skuload::verdict::Verdict;

/// A field, what it held before where that is known, and what it was to hold; nothing where it was to be cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Difference {
    /// The marketplace's name of it.
    pub(super) field: String,
    /// What it held.
    pub(super) from: Option<String>,
    /// What it was to hold.
    pub(super) to: Option<String>,
    /// What became of it, where that is not the row's verdict: another request carried it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verdict: Option<Verdict>,
    /// All SKUs of the product share it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) shared: bool,
}

impl From<plan::Difference> for Difference {
    fn from(difference: plan::Difference) -> Difference {
        let plan::Difference { seller_sku, field, theirs, ours } = difference;
        Difference { field, from: theirs, to: ours, verdict: None, shared: seller_sku.is_none() }
    }
}

/// What a write changes of a SKU and of its product, pictures left out.
pub(super) fn differences(write: &Write, sku: &str) -> Vec<Difference> {
    match write {
        Write::CreateProduct(create) => given(create, sku),
        Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) => {
            let all = write.differences().into_iter();
            all.filter(|one| one.seller_sku.as_ref().is_none_or(|own| own.as_str() == sku))
                .map(Difference::from)
                .collect()
        }
        Write::SetImages(_) | Write::HostImages(_) => Vec::new(),
    }
}

/// A value of which nothing is known from before.
fn value(field: &str, to: impl ToString) -> Difference {
    Difference { field: field.to_owned(), from: None, to: Some(to.to_string()), verdict: None, shared: false }
}

fn attributes(attributes: &[Attribute]) -> impl Iterator<Item = Difference> {
    attributes.iter().map(|attribute| value(&attribute.name, &attribute.value))
}

fn window(window: SaleWindow) -> impl Iterator<Item = Difference> {
    let from = window.from().map(|from| value("special_from_date", from));
    from.into_iter().chain(window.to().map(|to| value("special_to_date", to)))
}

/// The values that a SKU is created with, those of its product first.
fn given(create: &CreateProduct, sku: &str) -> Vec<Difference> {
    let product = &create.product;
    let texts = [
        ("PrimaryCategory", product.category.map(|category| category.to_string())),
        ("SPUId", product.spu_id.map(|spu| spu.to_string())),
        ("AssociatedSku", product.associated_sku.as_ref().map(ToString::to_string)),
        ("name", product.name.clone()),
        ("short_description", product.short_description.clone()),
        ("description", product.description.clone()),
        ("brand", product.brand.clone()),
        ("model", product.model.clone()),
    ];
    let texts = texts.into_iter().filter_map(|(name, text)| Some(value(name, text?)));
    let shared = texts.chain(attributes(&product.attributes)).map(|given| Difference { shared: true, ..given });
    let mut all: Vec<Difference> = shared.collect();
    for own in create.skus.iter().filter(|own| own.seller_sku.as_str() == sku) {
        all.push(value("price", own.offer.regular));
        if let Some(sale) = &own.offer.sale {
            all.push(value("special_price", sale.price));
            all.extend(window(sale.window));
        }
        all.extend(own.quantity.map(|quantity| value("quantity", quantity)));
        let package = [
            ("package_weight", own.package.weight),
            ("package_length", own.package.length),
            ("package_width", own.package.width),
            ("package_height", own.package.height),
        ];
        all.extend(package.into_iter().map(|(name, measure)| value(name, measure)));
        all.extend(own.product_id.as_ref().map(|id| value("ProductId", id.as_str())));
        all.extend(attributes(&own.attributes));
    }
    all
}

#[cfg(test)]
mod tests {
    use skuload::plan::{Change, NewValue, PriceQuantity, SkuUpdate, UpdatePriceQuantity, UpdateProduct};
    use skuload::record::{Offer, Package, Price, Product, Quantity, Sale, SaleMoment, SellerSku, Sku};

    use super::*;

    fn sku(name: &str) -> SellerSku {
        SellerSku::parse(name).expect("a seller SKU")
    }

    fn change(name: &str, from: &str, to: &str) -> Change {
        let to = if to.is_empty() { NewValue::Cleared } else { NewValue::Text(to.to_owned()) };
        Change { name: name.to_owned(), from: Some(from.to_owned()).filter(|from| !from.is_empty()), to }
    }

    fn sale(price: &str, from: &str, to: &str) -> Sale {
        let window = SaleWindow::of(SaleMoment::parse(from), SaleMoment::parse(to)).expect("a window");
        Sale { price: Price::parse(price).expect("a price"), window }
    }

    /// Each as `field: from -> to`, with `*` where the product's SKUs share it.
    #[track_caller]
    fn check(write: &Write, sku: &str, expect: &str) {
        let line = |difference: Difference| {
            let Difference { field, from, to, shared, .. } = difference;
            let mark = if shared { "*" } else { "" };
            format!("{field}{mark}: {} -> {}", from.unwrap_or_default(), to.unwrap_or_default())
        };
        let told: Vec<String> = differences(write, sku).into_iter().map(line).collect();
        assert_eq!(told.join("\n"), expect);
    }

    #[test]
    fn an_update_tells_what_the_product_shares_and_what_is_the_skus_own() {
        let own = |name: &str, price: &str| SkuUpdate {
            seller_sku: sku(name),
            fields: vec![change("price", "9.90", price), change("color_family", "Red", "")],
            active: Some(skuload::plan::Switch { to: false, from: "active".to_owned() }),
        };
        let update = UpdateProduct {
            variants: Vec::new(),
            product: vec![change("name", "Tote", "Canvas tote"), change("model", "", "T1")],
            skus: vec![own("A", "8.90"), own("B", "7.90")],
        };
        let shared = "name*: Tote -> Canvas tote\nmodel*:  -> T1";
        let write = Write::UpdateProduct(update);
        check(
            &write,
            "B",
            &format!("{shared}\nprice: 9.90 -> 7.90\ncolor_family: Red -> \nactive: active -> inactive"),
        );
        check(&write, "C", shared);
    }

    #[test]
    fn a_new_price_tells_the_one_before() {
        let own = |name: &str| PriceQuantity {
            seller_sku: sku(name),
            quantity: Quantity::parse("7"),
            price: Price::parse("8.90"),
            sale: Some(sale("5", "2026-01-31", "2026-02-28 18:15")),
            before: vec![
                Attribute { name: "price".to_owned(), value: "9.90".to_owned() },
                Attribute { name: "special_to_date".to_owned(), value: "2026-01-01".to_owned() },
            ],
        };
        let write = Write::UpdatePriceQuantity(UpdatePriceQuantity { skus: vec![own("A"), own("B")] });
        let moment = |text: &str| SaleMoment::parse(text).expect("a moment").to_string();
        let (from, to) = (moment("2026-01-31"), moment("2026-02-28 18:15"));
        let expect = format!(
            "quantity:  -> 7\nprice: 9.90 -> 8.90\nspecial_price:  -> 5\nspecial_from_date:  -> {from}\n\
             special_to_date: 2026-01-01 -> {to}"
        );
        check(&write, "B", &expect);
        check(&write, "C", "");
    }

    #[test]
    fn a_creation_tells_all_its_values() {
        let measure = |text: &str| skuload::record::Measure::parse(text).expect("a measure");
        let one = Sku {
            seller_sku: sku("A"),
            offer: Offer { regular: Price::parse("9.90").expect("a price"), sale: None },
            quantity: Quantity::parse("5"),
            package: Package {
                weight: measure("0.2"),
                length: measure("1"),
                width: measure("2"),
                height: measure("3"),
            },
            product_id: None,
            attributes: vec![Attribute { name: "size".to_owned(), value: "M".to_owned() }],
            images: Vec::new(),
            dead_images: Vec::new(),
        };
        let product = Product { name: Some("Tote".to_owned()), brand: Some("Remark".to_owned()), ..Product::default() };
        let create = CreateProduct {
            product,
            skus: vec![one],
            required_images: Vec::new(),
            images: Vec::new(),
            variants: Vec::new(),
        };
        let expect = "name*:  -> Tote\nbrand*:  -> Remark\nprice:  -> 9.90\nquantity:  -> 5\npackage_weight:  -> 0.2\n\
            package_length:  -> 1\npackage_width:  -> 2\npackage_height:  -> 3\nsize:  -> M";
        check(&Write::CreateProduct(create), "A", expect);
    }
}
