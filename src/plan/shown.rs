//! A new product, held against what the shop shows under its SKUs: whether it may be the very one that was sent.

use super::likeness::is_same;
use super::{CreateProduct, ShopProduct, ShopSku};
use crate::record::Sku;

impl CreateProduct {
    /// None of these products shows a SKU of it with another price, stock or size. What they do not show tells nothing.
    #[must_use]
    pub fn may_be_shown_by(&self, products: &[ShopProduct]) -> bool {
        let shown = |sku: &Sku| {
            let skus = products.iter().flat_map(|product| &product.skus);
            skus.filter(|there| there.seller_sku == sku.seller_sku).all(|there| may_be(sku, there))
        };
        self.skus.iter().all(shown)
    }
}

fn may_be(sku: &Sku, there: &ShopSku) -> bool {
    let Sku { offer, quantity, package, .. } = sku;
    let values = [
        ("price", Some(offer.regular.to_string())),
        ("special_price", offer.sale.as_ref().map(|sale| sale.price.to_string())),
        ("quantity", quantity.map(|quantity| quantity.to_string())),
        ("package_weight", Some(package.weight.to_string())),
        ("package_length", Some(package.length.to_string())),
        ("package_width", Some(package.width.to_string())),
        ("package_height", Some(package.height.to_string())),
    ];
    values.iter().all(|(name, ours)| match (there.field(name), ours) {
        (Some(theirs), Some(ours)) => is_same(name, theirs, ours),
        (None, _) | (_, None) => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ShopStatus;
    use crate::record::{Attribute, Measure, Offer, Package, Price, Product, Quantity, SellerSku};

    fn one() -> Measure {
        Measure::parse("1").unwrap()
    }

    /// A SKU for 9.90, five of them; the shop shows these fields under its name.
    #[track_caller]
    fn check(fields: &str, expect: bool) {
        let seller_sku = SellerSku::parse("A").unwrap();
        let sku = Sku {
            seller_sku: seller_sku.clone(),
            offer: Offer { regular: Price::parse("9.90").unwrap(), sale: None },
            quantity: Quantity::parse("5"),
            package: Package { weight: one(), length: one(), width: one(), height: one() },
            product_id: None,
            attributes: Vec::new(),
            images: Vec::new(),
            dead_images: Vec::new(),
        };
        let create = CreateProduct {
            product: Product::default(),
            skus: vec![sku],
            required_images: Vec::new(),
            images: Vec::new(),
            variants: Vec::new(),
        };
        let named = fields.split_whitespace().filter_map(|field| field.split_once('='));
        let fields = named.map(|(name, value)| Attribute { name: name.to_owned(), value: value.to_owned() });
        let there =
            ShopSku { seller_sku, ids: None, status: ShopStatus::Active, pictures: None, fields: fields.collect() };
        let shown = ShopProduct { category: None, spu_id: None, name: None, attributes: Vec::new(), skus: vec![there] };
        assert_eq!(create.may_be_shown_by(&[shown]), expect);
    }

    #[test]
    fn a_sku_with_another_price_stock_or_size_is_another_one() {
        check("price=9.9 quantity=5 package_weight=1.00", true);
        check("price=9.95 quantity=5", false);
        check("price=9.90 quantity=4", false);
        check("package_height=2", false);
    }

    #[test]
    fn what_the_shop_does_not_show_and_what_is_not_given_tells_nothing() {
        check("", true);
        check("special_price=8 color_family=red", true);
    }
}
