//! Which columns a sheet of the shop's products has, and what stands in them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::StockColumns;
use crate::column::{Field, OWN_PREFIX, normalised};
use crate::plan::{ShopProduct, ShopSku, ShopStatus};
use crate::record::MAX_IMAGES;
use crate::report::{Heading, Shape};

/// Attributes of a product that have a column of their own.
const OF_PRODUCT: [(&str, u8); 4] = [("short_description", 40), ("description", 40), ("brand", 14), ("model", 14)];

/// Fields of a SKU that have a column of their own, by the marketplace's name: the header, the shape, the width.
const OF_SKU: [(&str, &str, Shape, u8); 12] = [
    ("price", "price", Shape::Number, 10),
    ("quantity", "quantity", Shape::Number, 9),
    ("special_price", "special_price", Shape::Number, 12),
    ("special_from_date", "special_from_date", Shape::Text, 17),
    ("special_from_time", "special_from_time", Shape::Text, 19),
    ("special_to_date", "special_to_date", Shape::Text, 17),
    ("special_to_time", "special_to_time", Shape::Text, 19),
    ("package_weight", "package_weight", Shape::Number, 14),
    ("package_length", "package_length", Shape::Number, 14),
    ("package_width", "package_width", Shape::Number, 14),
    ("package_height", "package_height", Shape::Number, 14),
    ("ProductId", "ProductId", Shape::Text, 15),
];

/// What can be read only (GetProducts page).
const READ_ONLY: [(&str, Shape); 3] = [("ShopSku", Shape::Text), ("Url", Shape::Text), ("Available", Shape::Number)];

/// The same, where the stock is asked for in full (`Options=1`).
const STOCK: [&str; 5] = ["ReservedStock", "RtsStock", "PendingStock", "RealTimeStock", "FulfillmentBySellable"];

/// Tags of a request that no attribute can have.
const ENVELOPE: [&str; 8] = ["request", "product", "attributes", "skus", "sku", "primarycategory", "image", "images"];

/// The width of columns whose content nobody knows.
pub(super) const WIDTH: u8 = 16;

/// What stands in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    SellerSku,
    Label,
    Category,
    SpuId,
    Name,
    Active,
    Picture(usize),
    OfProduct(String),
    OfSku(String),
}

/// The columns, as far as they are known.
pub(super) struct Layout {
    columns: Vec<(Heading, Content)>,
    own: Vec<(Heading, Content)>,
    of_product: HashSet<String>,
    of_sku: HashSet<String>,
    /// Attributes by name: an import takes a name for one of the two levels only.
    named: HashMap<String, &'static str>,
    pictures: usize,
}

impl Layout {
    /// The columns that every sheet has.
    pub(super) fn new(stock: StockColumns) -> Layout {
        let mut layout = Layout {
            columns: Vec::new(),
            own: Vec::new(),
            of_product: HashSet::from(["name".to_owned()]),
            of_sku: HashSet::new(),
            named: HashMap::new(),
            pictures: MAX_IMAGES,
        };
        layout.add("seller_sku", 22, Shape::Text, Content::SellerSku);
        layout.add("product", 22, Shape::Text, Content::Label);
        layout.add("category", 10, Shape::Text, Content::Category);
        layout.add("spu_id", 10, Shape::Text, Content::SpuId);
        layout.add("name", 40, Shape::Text, Content::Name);
        for (name, width) in OF_PRODUCT {
            layout.of_product.insert(name.to_owned());
            layout.add(name, width, Shape::Text, Content::OfProduct(name.to_owned()));
        }
        for (name, header, shape, width) in OF_SKU {
            layout.of_sku.insert(name.to_owned());
            layout.add(header, width, shape, Content::OfSku(name.to_owned()));
        }
        layout.add("active", 9, Shape::Text, Content::Active);
        for place in 0..MAX_IMAGES {
            layout.add(&format!("image{}", place + 1), 30, Shape::Text, Content::Picture(place));
        }
        for (name, shape) in READ_ONLY {
            layout.add_own(name, shape);
        }
        if stock == StockColumns::With {
            STOCK.iter().for_each(|name| layout.add_own(name, Shape::Number));
        }
        // Whoever asks for less does not want them as attributes either.
        layout.of_sku.extend(STOCK.map(str::to_owned));
        layout
    }

    fn add(&mut self, header: &str, width: u8, shape: Shape, content: Content) {
        self.columns.push((Heading { text: header.to_owned(), width, shape }, content));
    }

    fn add_own(&mut self, name: &str, shape: Shape) {
        self.of_sku.insert(name.to_owned());
        let heading = Heading { text: format!("{OWN_PREFIX} {name}"), width: WIDTH, shape };
        self.own.push((heading, Content::OfSku(name.to_owned())));
    }

    /// The attributes of a product that is in the sheet.
    pub(super) fn learn_product(&mut self, product: &ShopProduct) {
        for attribute in &product.attributes {
            if !self.of_product.contains(&attribute.name) {
                self.of_product.insert(attribute.name.clone());
                self.learn("attr", &attribute.name, Content::OfProduct(attribute.name.clone()));
            }
        }
    }

    /// The fields of a SKU that is in the sheet.
    pub(super) fn learn_sku(&mut self, sku: &ShopSku) {
        for field in &sku.fields {
            if !self.of_sku.contains(&field.name) {
                self.of_sku.insert(field.name.clone());
                self.learn("sku", &field.name, Content::OfSku(field.name.clone()));
            }
        }
        for place in self.pictures..sku.pictures.as_ref().map_or(0, Vec::len) {
            self.add("image", 30, Shape::Text, Content::Picture(place));
            self.pictures = place + 1;
        }
    }

    /// An attribute gets the header that sends it; one that an import could not send stands where it is left out.
    fn learn(&mut self, level: &'static str, name: &str, content: Content) {
        let is_taken = self.named.insert(name.to_owned(), level).is_some_and(|other| other != level);
        let header = format!("{level}.{name}");
        if is_taken || !is_sendable(name) {
            let heading = Heading { text: format!("{OWN_PREFIX} {header}"), width: WIDTH, shape: Shape::Text };
            self.own.push((heading, content));
        } else {
            self.add(&header, WIDTH, Shape::Text, content);
        }
    }

    /// The headings, in order.
    pub(super) fn headings(&self) -> Vec<Heading> {
        self.columns.iter().chain(&self.own).map(|(heading, _)| heading.clone()).collect()
    }

    /// The columns of pictures, from 0.
    pub(super) fn pictures(&self) -> Vec<usize> {
        let is_picture = |at: &usize| matches!(self.columns[*at].1, Content::Picture(_));
        (0..self.columns.len()).filter(is_picture).collect()
    }

    /// The cells of a SKU's row: one for each heading.
    pub(super) fn cells<'a>(&self, label: &'a str, product: &'a ShopProduct, sku: &'a ShopSku) -> Vec<Cow<'a, str>> {
        let contents = self.columns.iter().chain(&self.own).map(|(_, content)| content);
        contents.map(|content| cell(content, label, product, sku)).collect()
    }
}

fn cell<'a>(content: &Content, label: &'a str, product: &'a ShopProduct, sku: &'a ShopSku) -> Cow<'a, str> {
    let owned = |text: Option<String>| Cow::Owned(text.unwrap_or_default());
    let shown = |text: Option<&'a str>| Cow::Borrowed(text.unwrap_or_default());
    match content {
        Content::SellerSku => Cow::Borrowed(sku.seller_sku.as_str()),
        Content::Label => Cow::Borrowed(label),
        Content::Category => owned(product.category.map(|category| category.to_string())),
        Content::SpuId => owned(product.spu_id.as_ref().map(ToString::to_string)),
        Content::Name => shown(product.name.as_deref()),
        Content::Active => Cow::Borrowed(match &sku.status {
            ShopStatus::Active => "active",
            ShopStatus::Inactive => "inactive",
            ShopStatus::Deleted => "deleted",
            ShopStatus::Other(word) => word,
        }),
        Content::Picture(place) => {
            shown(sku.pictures.as_ref().and_then(|pictures| pictures.get(*place)).map(String::as_str))
        }
        Content::OfProduct(name) => shown(product.attribute(name)),
        Content::OfSku(name) => shown(sku.field(name)),
    }
}

/// An import takes it for an attribute: it is an XML name, and no tag that a request has already.
fn is_sendable(name: &str) -> bool {
    let mut letters = name.chars();
    let is_xml_name = letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let normal = normalised(name);
    let is_field = Field::ALL.iter().any(|field| normalised(field.name()) == normal);
    is_xml_name && !is_field && !ENVELOPE.contains(&normal.as_str())
}
