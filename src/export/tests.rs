//! Sheets of products as the marketplace's own page shows them, and of odd ones; spools that were broken off.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::dialect::{Call, Dialect, ListProducts, ProductFilter, Reply, StockDetail, TimeWindow};
use crate::plan::ShopProduct;
use crate::record::{Attribute, SellerSku};

const PLAIN: Extent = Extent { stock: StockColumns::Without, deleted: Deleted::LeftOut, country: None };

fn named(pairs: &[(&str, &str)]) -> Vec<Attribute> {
    let attribute = |(name, value): &(&str, &str)| Attribute { name: (*name).to_owned(), value: (*value).to_owned() };
    pairs.iter().map(attribute).collect()
}

fn sku(name: &str, fields: &[(&str, &str)]) -> ShopSku {
    let seller_sku = SellerSku::parse(name).unwrap();
    ShopSku { seller_sku, ids: None, status: ShopStatus::Active, pictures: None, fields: named(fields) }
}

fn product(attributes: &[(&str, &str)], skus: Vec<ShopSku>) -> ShopProduct {
    ShopProduct { category: None, spu_id: None, name: Some("Mug".to_owned()), attributes: named(attributes), skus }
}

fn listed(product: ShopProduct) -> Listed {
    let label = product.skus.first().map(|sku| sku.seller_sku.to_string()).unwrap_or_default();
    Listed { label, product }
}

struct Desk {
    folder: tempfile::TempDir,
    spool: Spool,
}

impl Desk {
    fn with(products: Vec<ShopProduct>) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::begin(&folder.path().join("spool.jsonl"), &"question").unwrap();
        spool.keep(products.into_iter().map(listed).collect(), &1).unwrap();
        Desk { folder, spool }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, extent: Extent) -> (String, Written) {
        let written = write(&self.spool, &self.path(name), extent).unwrap();
        (fs::read_to_string(self.path(name)).unwrap_or_default(), written)
    }

    /// The headers, without the columns that every sheet has.
    fn headers(&self) -> String {
        let text = self.write("goods.csv", PLAIN).0;
        let headers: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        headers[headers.iter().position(|header| *header == "image8").unwrap() + 1..].join(",")
    }
}

fn shown(body: &[u8]) -> Vec<ShopProduct> {
    let window = TimeWindow::default();
    let (filter, stock) = (ProductFilter::All, StockDetail::Plain);
    let list = ListProducts { filter, created: window, updated: window, search: None, stock, offset: 0, limit: 500 };
    match Dialect::SellerCenter.decode_reply_to(&Call::ListProducts(list), body) {
        Ok(Reply::Products { products, .. }) => products,
        other => panic!("no products: {other:?}"),
    }
}

#[test]
fn both_replies_of_the_page_become_the_same_rows() {
    let json = include_bytes!("../../tests/fixtures/seller-center/product-list.json").as_slice();
    let xml = include_bytes!("../../tests/fixtures/seller-center/product-list.xml").as_slice();
    let rows = |body| {
        let full = Extent { stock: StockColumns::With, ..PLAIN };
        let (text, written) = Desk::with(shown(body)).write("goods.jsonl", full);
        assert_eq!(written.skus, text.lines().count() as u64);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    assert_eq!(rows(json), rows(xml));
    let products = shown(json);
    let skus: Vec<(&ShopProduct, &ShopSku)> =
        products.iter().flat_map(|product| product.skus.iter().map(move |sku| (product, sku))).collect();
    let rows = rows(json);
    assert!(skus.len() > 2 && rows.len() == skus.len());
    for (row, (product, sku)) in rows.iter().zip(skus) {
        let texts: Vec<&str> = row.as_object().unwrap().values().filter_map(Value::as_str).collect();
        // Of two values under one name the first counts.
        let of_product = product.attributes.iter().filter_map(|attribute| product.attribute(&attribute.name));
        let of_sku = sku.fields.iter().filter_map(|field| sku.field(&field.name));
        let lost: Vec<&str> = of_product.chain(of_sku).filter(|value| !texts.contains(value)).collect();
        assert_eq!(lost, [""; 0], "{row}");
        assert_eq!(row["seller_sku"].as_str(), Some(sku.seller_sku.as_str()));
        assert_eq!(row["name"].as_str(), product.name.as_deref());
        let pictures = sku.pictures.iter().flatten();
        assert!(pictures.zip(1..).all(|(picture, at)| row[format!("image{at}")] == picture.as_str()), "{row}");
    }
}

#[test]
fn attributes_stand_in_the_order_in_which_they_appear() {
    let first = product(&[("video", "v"), ("brand", "B")], vec![sku("A", &[("size", "S"), ("price", "1.00")])]);
    let second =
        product(&[("warranty", "1"), ("video", "w")], vec![sku("B", &[("color_family", "Red"), ("size", "M")])]);
    let own = "skuload: ShopSku,skuload: Url,skuload: Available";
    assert_eq!(
        Desk::with(vec![first, second]).headers(),
        format!("attr.video,sku.size,attr.warranty,sku.color_family,{own}")
    );
    let bare = product(&[], vec![sku("A", &[])]);
    assert_eq!(Desk::with(vec![bare]).headers(), own);
}

#[test]
fn what_an_import_could_not_send_stands_where_it_is_left_out() {
    let odd = product(
        &[("attribute test 4", "x"), ("price", "1"), ("Image", "y"), ("color_family", "Red")],
        vec![sku("A", &[("color_family", "Blue"), ("name", "n"), ("Skus", "z")])],
    );
    let expect = "attr.color_family,skuload: ShopSku,skuload: Url,skuload: Available,\
        skuload: attr.attribute test 4,skuload: attr.price,skuload: attr.Image,skuload: sku.color_family,\
        skuload: sku.name,skuload: sku.Skus";
    assert_eq!(Desk::with(vec![odd]).headers(), expect);
}

#[test]
fn columns_of_deleted_skus_come_with_their_rows_only() {
    let deleted = ShopSku { status: ShopStatus::Deleted, ..sku("OLD", &[("size", "S")]) };
    let desk = Desk::with(vec![product(&[("video", "v")], vec![deleted]), product(&[], vec![sku("A", &[])])]);
    let (text, written) = desk.write("goods.csv", PLAIN);
    assert!(!text.contains("video") && !text.contains("size") && !text.contains("OLD"), "{text}");
    assert_eq!((written.products, written.skus, written.deleted), (1, 1, 1));
    let (text, written) = desk.write("goods.csv", Extent { deleted: Deleted::Written, ..PLAIN });
    assert!(text.contains("attr.video,sku.size") && text.contains("OLD"), "{text}");
    assert_eq!((written.products, written.skus, written.deleted), (2, 2, 0));
}

#[test]
fn a_product_that_came_in_two_answers_is_one() {
    let mut second = listed(product(&[], vec![sku("B", &[])]));
    second.label = "A".to_owned();
    let mut desk = Desk::with(vec![product(&[], vec![sku("A", &[])])]);
    desk.spool.keep(vec![second], &2).unwrap();
    let (text, written) = desk.write("goods.csv", PLAIN);
    assert!(text.contains("\nA,A,") && text.contains("\nB,A,"), "{text}");
    assert_eq!((written.products, written.skus), (1, 2));
}

#[test]
fn a_picture_beyond_the_eighth_has_a_column_too() {
    let pictures = Some((1..=10).map(|at| format!("https://p.example/{at}.jpg")).collect());
    let many = ShopSku { pictures, ..sku("A", &[]) };
    let desk = Desk::with(vec![product(&[], vec![many])]);
    assert!(desk.headers().starts_with("image,image,skuload:"));
    assert!(desk.write("goods.csv", PLAIN).0.contains("https://p.example/10.jpg"));
}

#[test]
fn a_text_that_a_workbook_cannot_hold_is_left_out_and_told() {
    let long = "x".repeat(32_768);
    let desk = Desk::with(vec![product(&[("description", &long)], vec![sku("A", &[])])]);
    assert_eq!(desk.write("goods.csv", PLAIN).1.too_long, []);
    let written = write(&desk.spool, &desk.path("goods.xlsx"), PLAIN).unwrap();
    assert_eq!(written.too_long, [("A".to_owned(), "description".to_owned())]);
    let fits = Desk::with(vec![product(&[("description", &long[1..])], vec![sku("A", &[])])]);
    assert_eq!(write(&fits.spool, &fits.path("goods.xlsx"), PLAIN).unwrap().too_long, []);
}

#[test]
fn more_columns_than_a_workbook_has_are_refused_and_fit_into_a_csv() {
    let names: Vec<String> = (0..16_384).map(|number| format!("a{number}")).collect();
    let pairs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    let desk = Desk::with(vec![product(&pairs, vec![sku("A", &[])])]);
    let refused = write(&desk.spool, &desk.path("goods.xlsx"), PLAIN).unwrap_err().to_string();
    assert!(refused.contains("a workbook holds 16384"), "{refused}");
    assert!(!desk.path("goods.xlsx").exists());
    assert_eq!(desk.write("goods.csv", PLAIN).1.skus, 1);
}

/// How far a spool is and which products it has, after its bytes were changed.
fn resumed(change: impl FnOnce(&mut Vec<u8>)) -> Option<(String, u32, Vec<String>)> {
    let mut desk = Desk::with(vec![product(&[], vec![sku("A", &[])])]);
    desk.spool.keep(vec![listed(product(&[], vec![sku("B", &[])]))], &2).unwrap();
    let path = desk.path("spool.jsonl");
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(&path, bytes).unwrap();
    let Resumed { mut spool, head, next } = Spool::resume::<String, u32>(&path).unwrap()?;
    spool.keep(vec![listed(product(&[], vec![sku("C", &[])]))], &3).unwrap();
    let mut labels = Vec::new();
    let shown = spool.each(&mut |listed| {
        labels.push(listed.label.clone());
        Ok(())
    });
    shown.unwrap();
    Some((head, next, labels))
}

#[test]
fn a_spool_goes_on_behind_its_last_whole_page() {
    let expect = |next: u32, labels: &[&str]| {
        Some(("question".to_owned(), next, labels.iter().map(|label| (*label).to_owned()).collect()))
    };
    assert_eq!(resumed(|_| {}), expect(2, &["A", "B", "C"]));
    // Killed over the next page, or over the line that ends one.
    assert_eq!(resumed(|bytes| bytes.extend(b"{\"product\":{\"label\":\"D")), expect(2, &["A", "B", "C"]));
    assert_eq!(resumed(|bytes| bytes.truncate(bytes.len() - 1)), expect(1, &["A", "C"]));
    // The power went: the end was never written.
    assert_eq!(resumed(|bytes| bytes.extend([0; 4096])), expect(2, &["A", "B", "C"]));
    assert_eq!(resumed(|bytes| bytes.truncate(15)), None);
    assert_eq!(resumed(|bytes| *bytes = b"something else".to_vec()), None);
    assert_eq!(resumed(Vec::clear), None);
}

#[test]
fn a_spool_that_is_not_there_cannot_be_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Spool::resume::<String, u32>(&folder.path().join("none")).unwrap().is_none());
    fs::write(folder.path().join("file"), "").unwrap();
    let refused = Spool::begin(&folder.path().join("file/spool"), &"question").unwrap_err().to_string();
    assert!(refused.starts_with("cannot keep what was read of the shop in"), "{refused}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let mut spool = Spool::begin(&PathBuf::from("/dev/full"), &"question");
    let kept = spool.as_mut().map(|spool| spool.keep(vec![listed(product(&[], vec![sku("A", &[])]))], &1));
    let told = match kept {
        Ok(kept) => kept.unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(told.contains("/dev/full"), "{told}");
}
