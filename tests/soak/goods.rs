//! The goods of a soak: products of every kind, the sheet that lists them, what the shop holds beforehand, and what
//! must become of each row. All of it follows from the number of products.

use std::fmt::Write as _;

/// What must become of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is created.
    Created,
    /// It was in the shop before.
    Exists,
    /// It is refused: one of its SKUs was used before and deleted.
    Deleted,
    /// It is refused: it names an SPU that nobody knows.
    UnknownSpu,
    /// It is added to a product that is refused.
    Held,
}

impl Fate {
    fn of(place: usize) -> Fate {
        match place % 100 {
            7 | 57 => Fate::Exists,
            33 => Fate::Deleted,
            34 => Fate::Held,
            19 | 69 => Fate::UnknownSpu,
            _ => Fate::Created,
        }
    }

    /// The verdict of its rows.
    pub(crate) fn verdict(self) -> &'static str {
        match self {
            Fate::Created => "created",
            Fate::Exists => "exists",
            Fate::Deleted | Fate::UnknownSpu => "rejected",
            Fate::Held => "not-sent",
        }
    }
}

/// One SKU, and the row that lists it.
#[derive(Debug, Clone)]
pub(crate) struct Sku {
    pub(crate) name: String,
    pub(crate) row: u64,
    pub(crate) pictures: Vec<String>,
}

/// One product.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) name: String,
    pub(crate) fate: Fate,
    /// The SKU of an earlier product that it is added to.
    pub(crate) associated: Option<String>,
    pub(crate) skus: Vec<Sku>,
}

/// So many products with one to four SKUs each.
pub(crate) fn goods(products: usize) -> Vec<Product> {
    let mut row = 1;
    let mut goods: Vec<Product> = Vec::with_capacity(products);
    for place in 0..products {
        let fate = Fate::of(place);
        let is_added = matches!(place % 20, 9) && fate == Fate::Created || fate == Fate::Held;
        let associated = if is_added { goods.last().map(|before| before.skus[0].name.clone()) } else { None };
        let sku = |number: usize| {
            row += 1;
            let pictures = (0..=number % 2).map(|at| format!("https://sg-live.slatic.net/p/{place}-{number}-{at}.jpg"));
            Sku { name: sku_name(place, number), row, pictures: pictures.collect() }
        };
        let skus = (0..=place % 4).map(sku).collect();
        goods.push(Product { name: format!("Mug {place}"), fate, associated, skus });
    }
    goods
}

/// The same, but for those of which somebody deleted a SKU: each of them is asked about, faults or no faults.
pub(crate) fn undeleted(products: usize) -> Vec<Product> {
    let mut goods = goods(products);
    for product in &mut goods {
        if product.fate == Fate::Deleted || product.fate == Fate::Held {
            product.fate = Fate::Created;
        }
    }
    goods
}

/// One name in twenty is hard to quote.
pub(crate) fn sku_name(place: usize, number: usize) -> String {
    if place % 20 == 3 { format!("P{place}-{number} \"ก\", x&<é>'+%") } else { format!("P{place}-{number}") }
}

/// The sheet.
pub(crate) fn sheet(goods: &[Product]) -> String {
    let mut text = "product,associated_sku,SPUId,category,name,short_description,brand,seller_sku,size,price,quantity,\
        package_weight,package_length,package_width,package_height,image\n"
        .to_owned();
    for (place, product) in goods.iter().enumerate() {
        let spu = if product.fate == Fate::UnknownSpu { "424242" } else { "" };
        let associated = quoted(product.associated.as_deref().unwrap_or_default());
        for (number, sku) in product.skus.iter().enumerate() {
            let (name, pictures) = (quoted(&sku.name), sku.pictures.join(" "));
            let product = &product.name;
            writeln!(
                text,
                "{place},{associated},{spu},3,{product},Blue,Remark,{name},{place}-{number},9.90,5,0.2,1,1,1,{pictures}"
            )
            .unwrap();
        }
    }
    text
}

pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// What the shop holds beforehand, as a part of a faults file.
pub(crate) fn presets(goods: &[Product]) -> String {
    let mut text = String::new();
    for product in goods {
        let (skus, status) = match product.fate {
            Fate::Exists => (product.skus.as_slice(), "active"),
            Fate::Deleted => (&product.skus[..1], "deleted"),
            Fate::Created | Fate::UnknownSpu | Fate::Held => continue,
        };
        let skus: Vec<String> = skus.iter().map(|sku| format!("'''{}'''", sku.name)).collect();
        let (name, skus) = (&product.name, skus.join(", "));
        writeln!(text, "[[product]]\ncategory = 3\nname = \"{name}\"\nskus = [{skus}]\nstatus = \"{status}\"").unwrap();
    }
    text
}

/// The bad day of `tests/faults/ten-percent.toml`, without what it decides about SKUs: here the goods decide that.
pub(crate) fn ten_percent(seed: u64) -> String {
    let mut parts = include_str!("../faults/ten-percent.toml").split("[[fault]]");
    let head = parts.next().unwrap_or_default().replace("seed = 1\n", &format!("seed = {seed}\n"));
    let is_kept = |part: &&str| !part.contains("kind = \"exists\"") && !part.contains("sticky = true");
    parts.filter(is_kept).fold(head, |text, part| format!("{text}[[fault]]{part}"))
}

/// The kinds of faults: five of them after the effect.
const KINDS: [&str; 9] = [
    "\"lost-reply\"",
    "\"reset\"",
    "\"truncated\"",
    "\"status\"",
    "\"status\"\nstatus = 502\neffect = true",
    "\"html\"",
    "\"html\"\neffect = true",
    "\"throttle\"",
    "\"slow\"\nseconds = 1.2",
];

/// Every hundredth create is struck, up to so many creates: each kind as often as the others.
pub(crate) fn one_percent(creates: u64) -> String {
    let mut text = String::new();
    for (place, kind) in KINDS.into_iter().enumerate() {
        let struck = (1..=creates / 100).filter(|at| *at as usize % KINDS.len() == place).map(|at| at * 100);
        let nth: Vec<String> = struck.map(|at| at.to_string()).collect();
        let nth = nth.join(", ");
        writeln!(text, "[[fault]]\naction = \"CreateProduct\"\nnth = [{nth}]\nkind = {kind}").unwrap();
    }
    text
}
