//! What a row gives of its SKU, kept small: every row of a large sheet waits in memory for the plan.

use serde::{Deserialize, Serialize};

use super::{GivenSku, Image, ImageFile, ImageUrl};

/// What a row gives of its SKU, as text. It takes a fifth of the memory that the record takes, which is made of it
/// where it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedSku {
    /// Two JSON values: the pictures, then a list of the record's other parts in their order.
    text: Box<str>,
    images: u32,
    dead_images: u32,
}

/// A picture beside the one before it: the addresses of a row differ at their ends.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Beside {
    /// An address that begins with so many bytes of the text before, and goes on like this.
    Url(usize, String),
    File(ImageFile),
}

impl PackedSku {
    /// Packs a record.
    #[must_use]
    pub fn of(sku: &GivenSku) -> PackedSku {
        let attributes: Vec<(&str, &str)> =
            sku.attributes.iter().map(|attribute| (attribute.name.as_str(), attribute.value.as_str())).collect();
        let parts = (
            (&sku.seller_sku, sku.price, sku.special_price, sku.special_from, sku.special_to),
            (sku.quantity, sku.measures, &sku.product_id, sku.active),
            (attributes, &sku.dead_images, &sku.cleared),
        );
        // Texts and numbers can be written as JSON always.
        let mut text = serde_json::to_string(&beside(&sku.images)).unwrap_or_default();
        text.push_str(&serde_json::to_string(&parts).unwrap_or_default());
        PackedSku { text: text.into(), images: sku.images.len() as u32, dead_images: sku.dead_images.len() as u32 }
    }

    /// The record; there is one always.
    #[must_use]
    pub fn given(&self) -> Option<GivenSku> {
        let mut text = serde_json::Deserializer::from_str(&self.text);
        let images = apart(Vec::deserialize(&mut text).ok()?);
        let (
            (seller_sku, price, special_price, special_from, special_to),
            (quantity, measures, product_id, active),
            (attributes, dead_images, cleared),
        ) = Deserialize::deserialize(&mut text).ok()?;
        Some(GivenSku {
            seller_sku,
            price,
            special_price,
            special_from,
            special_to,
            quantity,
            measures,
            product_id,
            active,
            attributes,
            images,
            dead_images,
            cleared,
        })
    }

    /// Its pictures alone.
    #[must_use]
    pub fn images(&self) -> Vec<Image> {
        apart(Vec::deserialize(&mut serde_json::Deserializer::from_str(&self.text)).unwrap_or_default())
    }

    /// How many pictures it has.
    #[must_use]
    pub fn image_count(&self) -> usize {
        self.images as usize
    }

    /// How many of the pictures that the row names cannot be had.
    #[must_use]
    pub fn dead_image_count(&self) -> usize {
        self.dead_images as usize
    }
}

fn beside(images: &[Image]) -> Vec<Beside> {
    let before = std::iter::once("").chain(images.iter().map(Image::as_str));
    let beside = images.iter().zip(before).map(|(image, before)| match image {
        Image::Url(url) => {
            let shared = url.as_str().bytes().zip(before.bytes()).take_while(|(one, other)| one == other).count();
            let (shared, rest) =
                (0..=shared).rev().find_map(|at| Some((at, url.as_str().get(at..)?))).unwrap_or_default();
            Beside::Url(shared, rest.to_owned())
        }
        Image::File(file) => Beside::File(file.clone()),
    });
    beside.collect()
}

fn apart(images: Vec<Beside>) -> Vec<Image> {
    let mut apart: Vec<Image> = Vec::with_capacity(images.len());
    for image in images {
        let image = match image {
            Beside::Url(shared, rest) => {
                let before = apart.last().map_or("", Image::as_str);
                let text = format!("{}{rest}", before.get(..shared).unwrap_or_default());
                // What was an address before is one again.
                ImageUrl::parse(&text).ok().map(Image::Url)
            }
            Beside::File(file) => Some(Image::File(file)),
        };
        apart.extend(image);
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Field;
    use crate::record::{Attribute, Cleared, DeadImage, Measure, Price, ProductId, Quantity, SaleMoment, SellerSku};

    #[track_caller]
    fn check(given: &GivenSku) {
        let packed = PackedSku::of(given);
        assert_eq!(packed.given().as_ref(), Some(given));
        assert_eq!(packed.images(), given.images);
        assert_eq!((packed.image_count(), packed.dead_image_count()), (given.images.len(), given.dead_images.len()));
    }

    fn bare() -> GivenSku {
        GivenSku {
            seller_sku: SellerSku::parse("outer \"ID\":W01\\R 24 ไทย").expect("a SKU"),
            price: None,
            special_price: None,
            special_from: None,
            special_to: None,
            quantity: None,
            measures: [None; 4],
            product_id: None,
            active: None,
            attributes: Vec::new(),
            images: Vec::new(),
            dead_images: Vec::new(),
            cleared: Vec::new(),
        }
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        check(&bare());
        let attribute = |name: &str, value: &str| Attribute { name: name.to_owned(), value: value.to_owned() };
        let address = |text: &str| Image::Url(ImageUrl::parse(text).expect("an address"));
        let file = ImageFile { name: "a \"b\".jpg".into(), sha256: "0f".repeat(32).into() };
        check(&GivenSku {
            price: Price::parse("129.00"),
            special_price: Price::parse("9999999999999999999999.10"),
            special_from: SaleMoment::parse("2026-03-01 00:15"),
            special_to: SaleMoment::parse("9999-12-31 23:45"),
            quantity: Quantity::parse("18446744073709551615"),
            measures: [Measure::parse("0.500"), None, Measure::parse("-3"), Measure::parse("30")],
            product_id: ProductId::parse("04006381333931"),
            active: Some(false),
            attributes: vec![attribute("size", "M\n\u{1f}\t\"\\"), attribute("color_family", "")],
            images: vec![
                address("https://a.co/ภาพ,1.jpg?x=1&y=2"),
                address("https://a.co/ภาฬ,1.jpg"),
                address("https://a.co/ภา"),
                address("https://a.co/ภา2.jpg"),
                Image::File(file),
                address("HTTP://a.co/1.jpg"),
                address("https://a.co/1.jpg"),
            ],
            dead_images: vec![DeadImage { image: "b.jpg".into(), reason: "no such file".into() }],
            cleared: vec![Cleared::Field(Field::SpecialPrice), Cleared::Attribute("size".to_owned())],
            ..bare()
        });
    }
}
