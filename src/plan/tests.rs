//! What becomes of each row and which requests are planned, for small sheets and small shops.

use std::collections::HashSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::check::Checked;
use crate::check::tests::checked;
use crate::record::ImageUrl;

/// Pictures at `a.co` are the marketplace's own.
fn limits(skus_per_set_images: usize) -> Limits {
    Limits {
        skus_per_product: usize::MAX,
        skus_per_set_images,
        sets_images_by_product: false,
        skus_per_price_quantity: 20,
        undated_sales: false,
        creates_with_images: false,
        names_variants: false,
        image_hosts: vec!["a.co".to_owned()],
    }
}

fn sku(text: &str) -> SellerSku {
    SellerSku::parse(text).expect("a seller SKU")
}

/// `A B, C`: two products, the first with two SKUs. `A*` has pictures left open by an earlier run.
fn shop(text: &str) -> ShopSnapshot {
    let mut shop = ShopSnapshot::default();
    for product in text.split(',').filter(|product| !product.trim().is_empty()) {
        let skus: Vec<&str> = product.split_whitespace().collect();
        let there = |text: &&str| ShopSku {
            ids: None,
            seller_sku: sku(text.trim_end_matches('*')),
            status: ShopStatus::Active,
            pictures: None,
            fields: Vec::new(),
        };
        shop.add_product(ShopProduct {
            category: None,
            spu_id: None,
            name: None,
            attributes: Vec::new(),
            skus: skus.iter().map(there).collect(),
        });
        for open in skus.iter().filter_map(|text| text.strip_suffix('*')) {
            shop.add_open_images(sku(open));
        }
    }
    shop
}

/// Plans, and holds the plan to what is always true.
#[track_caller]
fn planned(checked: &Checked, shop: &ShopSnapshot, limits: &Limits) -> Plan {
    let plan = plan(checked, shop, limits, Options::default());
    let rows: Vec<u32> = checked.rows().iter().map(|row| row.row).collect();
    assert_eq!(plan.rows.iter().map(|row| row.row).collect::<Vec<_>>(), rows, "each row once, in the sheet's order");
    let mut created: Vec<(usize, String)> = Vec::new();
    let mut pictured: Vec<(usize, String)> = Vec::new();
    for (place, request) in plan.requests.iter().enumerate() {
        assert!(request.after.iter().all(|before| *before < place), "what it waits for comes before it");
        let skus = request.write.skus().into_iter().map(|sku| (place, sku.to_string()));
        match &request.write {
            Write::CreateProduct(_) => created.extend(skus),
            Write::UpdateProduct(_) => {}
            Write::UpdatePriceQuantity(update) => assert!(update.skus.len() <= limits.skus_per_price_quantity),
            Write::HostImages(host) => assert!((1..=8).contains(&host.images.len())),
            Write::SetImages(set) => {
                assert!(set.skus.len() <= limits.skus_per_set_images);
                assert!(set.skus.iter().all(|sku| (1..=8).contains(&sku.images.len())));
                pictured.extend(skus);
            }
        }
        assert!(!request.write.skus().is_empty(), "no request is empty");
    }
    let meant = plan.rows.iter().filter_map(|row| match row.intent {
        Intent::Create(request) => Some((request, row.seller_sku.clone())),
        Intent::Update(_) | Intent::Unchanged => None,
        Intent::Exists | Intent::Invalid(_) | Intent::Held(_) | Intent::Pictureless | Intent::Skipped(_) => None,
    });
    let mut meant: Vec<_> = meant.collect();
    meant.sort();
    created.sort();
    assert_eq!(created, meant, "every SKU that is created is in one CreateProduct, and no other is");
    assert!(created.windows(2).all(|pair| pair[0] != pair[1]));
    let carried = plan.rows.iter().filter_map(|row| Some((row.image_request?, row.seller_sku.clone())));
    let mut carried: Vec<_> = carried.collect();
    carried.sort();
    pictured.sort();
    assert_eq!(pictured, carried, "every row knows the request of its pictures");
    for row in &plan.rows {
        if let (Intent::Create(create), Some(images)) = (&row.intent, row.image_request) {
            assert!(plan.requests[images].after.contains(create), "pictures come after their SKU");
        }
    }
    let ids: HashSet<&str> = plan.requests.iter().map(|request| request.id.as_str()).collect();
    assert_eq!(ids.len(), plan.requests.len());
    plan
}

/// `2 create-1; 3 exists; 4 invalid missing-value`.
#[track_caller]
fn intents(sheet: &str, in_shop: &str, expect: &str) {
    let plan = planned(&checked(sheet), &shop(in_shop), &limits(100));
    let each = plan.rows.iter().map(|row| {
        let intent = match &row.intent {
            Intent::Create(request) => plan.requests[*request].id.clone(),
            Intent::Update(Some(request)) => plan.requests[*request].id.clone(),
            Intent::Update(None) => "pictures".to_owned(),
            Intent::Unchanged => "unchanged".to_owned(),
            Intent::Exists => "exists".to_owned(),
            Intent::Invalid(invalid) => format!("invalid {}", invalid.rule),
            Intent::Held(_) => "held".to_owned(),
            Intent::Pictureless => "pictureless".to_owned(),
            Intent::Skipped(_) => "skipped".to_owned(),
        };
        format!("{} {intent}", row.row)
    });
    assert_eq!(each.collect::<Vec<_>>().join("; "), expect, "{sheet}");
}

fn shown(plan: &Plan) -> String {
    let mut text = String::new();
    for request in &plan.requests {
        let skus: Vec<String> = match &request.write {
            Write::CreateProduct(create) => create.skus.iter().map(|sku| sku.seller_sku.to_string()).collect(),
            Write::SetImages(set) => {
                set.skus.iter().map(|sku| format!("{}({})", sku.seller_sku, sku.images.len())).collect()
            }
            Write::UpdateProduct(update) => update.skus.iter().map(|sku| sku.seller_sku.to_string()).collect(),
            Write::UpdatePriceQuantity(update) => update.skus.iter().map(|sku| sku.seller_sku.to_string()).collect(),
            Write::HostImages(host) => host.images.iter().map(|image| image.as_str().to_owned()).collect(),
        };
        let _ = write!(text, "{}: {}", request.id, skus.join(" "));
        if let Write::CreateProduct(create) = &request.write
            && let Some(associated) = &create.product.associated_sku
        {
            let _ = write!(text, " to {associated}");
        }
        let after: Vec<&str> = request.after.iter().map(|before| plan.requests[*before].id.as_str()).collect();
        if !after.is_empty() {
            let _ = write!(text, " after {}", after.join(" "));
        }
        text.push('\n');
    }
    text
}

/// One request a line: `create-2: B to A after create-1`, `images-1: A(2) after create-1`.
#[track_caller]
fn requests_within(limits: &Limits, sheet: &str, in_shop: &str, expect: &[&str]) {
    let plan = planned(&checked(sheet), &shop(in_shop), limits);
    assert_eq!(shown(&plan).lines().collect::<Vec<_>>(), expect, "{sheet}");
}

#[track_caller]
fn requests(sheet: &str, in_shop: &str, expect: &[&str]) {
    requests_within(&limits(100), sheet, in_shop, expect);
}

/// The plan's own findings: `B2 associated-sku-unknown`.
#[track_caller]
fn findings(sheet: &str, in_shop: &str, expect: &str) {
    let plan = planned(&checked(sheet), &shop(in_shop), &limits(100));
    let each = plan.findings.iter().map(|finding| format!("{} {}", finding.location.short(), finding.rule));
    assert_eq!(each.collect::<Vec<_>>().join("; "), expect, "{sheet}");
}

#[test]
fn each_product_is_one_request_with_all_its_skus() {
    let sheet = "product|SellerSku\nT|A\nU|B\nT|C";
    requests(sheet, "", &["create-1: A C", "create-2: B"]);
    intents(sheet, "", "2 create-1; 3 create-2; 4 create-1");
}

#[test]
fn a_sku_that_the_shop_has_is_not_created() {
    let sheet = "SellerSku\nA\nB";
    intents(sheet, "A", "2 exists; 3 create-1");
    intents(sheet, "A, B", "2 exists; 3 exists");
    requests(sheet, "A, B", &[]);
}

#[test]
fn new_skus_of_a_product_that_the_shop_has_are_added_to_it() {
    requests("product|SellerSku\nT|A\nT|B\nT|C", "A Z", &["create-1: B C to A"]);
}

#[test]
fn an_error_holds_back_the_new_skus_of_its_product() {
    let sheet = "product|SellerSku|price\nT|A|1\nT|B|ten\nU|C|1";
    intents(sheet, "", "2 held; 3 invalid invalid-price; 4 create-1");
    let plan = planned(&checked(sheet), &shop(""), &limits(100));
    assert_eq!(plan.rows[0].intent, Intent::Held("row 3, of the same product, has an error".to_owned()));
    let Intent::Invalid(invalid) = &plan.rows[1].intent else { panic!("row 3 is invalid") };
    assert_eq!(invalid.message, "C3: price `ten` is not a number");
}

#[test]
fn an_error_changes_nothing_about_what_exists() {
    intents("product|SellerSku|price\nT|A|1\nT|B|ten", "A", "2 exists; 3 invalid invalid-price");
}

#[test]
fn a_repeated_seller_sku_holds_back_both_products() {
    let sheet = "product|SellerSku\nT|A\nT|B\nU|A\nU|C";
    intents(sheet, "", "2 invalid duplicate-sku; 3 held; 4 invalid duplicate-sku; 5 held");
}

#[test]
fn a_ragged_row_holds_back_the_product_whose_key_it_names() {
    intents("product|SellerSku|price\nT|A|1\nT|B|1|extra\nU|C|1", "", "2 held; 3 invalid ragged-row; 4 create-1");
}

#[test]
fn a_row_left_out_on_purpose_is_skipped() {
    let row = "A|Tee|Red|10";
    let sheet = format!("SellerSku|name|color_family|price\n{row}\n{row}");
    intents(&sheet, "", "2 create-1; 3 skipped");
    let plan = planned(&checked(&sheet), &shop(""), &limits(100));
    assert_eq!(plan.rows[1].intent, Intent::Skipped("equal to an earlier row in every cell".to_owned()));
}

/// Two SKUs a product; products are created with their pictures.
fn limits_of_a_modern_shop() -> Limits {
    Limits { skus_per_product: 2, creates_with_images: true, names_variants: true, ..limits(100) }
}

#[test]
fn a_product_of_more_skus_than_a_request_takes_is_created_in_parts() {
    let sheet = "product|SellerSku|color_family\nT|A|1\nT|B|2\nT|C|3\nT|D|4\nT|E|5\nU|F|6";
    let expect =
        ["create-1: A B", "create-2: C D to A after create-1", "create-3: E to A after create-2", "create-4: F"];
    requests_within(&limits_of_a_modern_shop(), sheet, "", &expect);
    let added = ["create-1: B C to A", "create-2: D E to A after create-1", "create-3: F"];
    requests_within(&limits_of_a_modern_shop(), sheet, "A", &added);
}

#[test]
fn a_product_is_created_with_its_pictures_where_the_shop_takes_them() {
    let sheet = "product|SellerSku|image\nT|A|https://a.co/1.jpg https://b.co/2.jpg\nT|B|https://b.co/2.jpg https://a.co/3.jpg\nU|C|";
    let limits = limits_of_a_modern_shop();
    let expect = [
        "host-1: https://b.co/2.jpg",
        "create-1: A B after host-1",
        "create-2: C",
        "images-1: A(2) B(2) after host-1 create-1",
    ];
    requests_within(&limits, sheet, "", &expect);
    let plan = planned(&checked(sheet), &shop(""), &limits);
    let images = |request: usize| match &plan.requests[request].write {
        Write::CreateProduct(create) => create.images.clone(),
        other => panic!("{other:?}"),
    };
    let hosted = |url: &str| PlannedImage::Hosted(ImageUrl::parse(url).unwrap());
    let brought = PlannedImage::Awaited { request: 0, place: 0 };
    assert_eq!(images(1), [hosted("https://a.co/1.jpg"), brought, hosted("https://a.co/3.jpg")]);
    assert_eq!(images(2), []);
}

#[test]
fn a_request_names_what_tells_skus_apart_where_the_shop_asks() {
    let sheet = checked("product|SellerSku|color_family|tax_class\nT|A|Red|default\nT|B|Blue|default");
    let variants = |limits: &Limits| match &planned(&sheet, &shop(""), limits).requests[0].write {
        Write::CreateProduct(create) => create.variants.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(variants(&limits_of_a_modern_shop()), ["color_family"]);
    assert!(variants(&limits(100)).is_empty());
}

#[test]
fn skus_are_added_to_the_shops_product_that_they_name() {
    requests("AssociatedSku|SellerSku\nZ|A\nZ|B", "Z", &["create-1: A B to Z"]);
}

#[test]
fn skus_are_added_to_a_product_of_the_sheet_after_it() {
    let expect = ["create-1: A", "create-2: B to A after create-1"];
    requests("product|AssociatedSku|SellerSku\nT||A\nU|A|B", "", &expect);
    requests("product|AssociatedSku|SellerSku\nU|A|B\nT||A", "", &expect);
}

#[test]
fn an_associated_sku_must_be_known() {
    let sheet = "SellerSku|AssociatedSku\nA|Z\nB|";
    findings(sheet, "", "B2 associated-sku-unknown");
    intents(sheet, "", "2 invalid associated-sku-unknown; 3 create-1");
    findings(sheet, "Z", "");
    findings("SellerSku|AssociatedSku\nA|B\nB|", "", "");
}

#[test]
fn an_associated_sku_must_not_lead_back() {
    findings("SellerSku|AssociatedSku\nA|A", "", "B2 associated-sku-circle");
    findings("product|SellerSku|AssociatedSku\nT|A|B\nT|B|B", "", "C2 associated-sku-circle; C3 associated-sku-circle");
    let circle = "SellerSku|AssociatedSku\nA|B\nB|A";
    findings(circle, "", "B3 associated-sku-circle");
    intents(circle, "", "2 held; 3 invalid associated-sku-circle");
    findings("SellerSku|AssociatedSku\nA|B\nB|", "", "");
    findings("SellerSku|AssociatedSku\nA|A", "A", "");
}

#[test]
fn an_associated_sku_on_a_row_that_is_not_sent_holds_back() {
    let sheet = "SellerSku|AssociatedSku|price\nA||ten\nB|A|1";
    intents(sheet, "", "2 invalid invalid-price; 3 held");
    let plan = planned(&checked(sheet), &shop(""), &limits(100));
    assert_eq!(plan.rows[1].intent, Intent::Held("its AssociatedSku `A` is on a row that is not sent".to_owned()));
    intents(sheet, "A", "2 invalid invalid-price; 3 create-1");
}

#[test]
fn a_long_chain_of_associated_skus_is_followed_to_its_end() {
    let count = 20_000;
    let mut sheet = "SellerSku|AssociatedSku".to_owned();
    for number in 1..count {
        let _ = write!(sheet, "\nA{number}|A{}", number + 1);
    }
    let chain = planned(&checked(&format!("{sheet}\nA{count}|")), &shop(""), &limits(100));
    assert_eq!(chain.count(Action::CreateProduct), count);
    assert_eq!(chain.requests[0].write.skus()[0], &sku(&format!("A{count}")));
    let circle = planned(&checked(&format!("{sheet}\nA{count}|A1")), &shop(""), &limits(100));
    assert_eq!((circle.requests.len(), circle.findings.len()), (0, 1));
}

#[test]
fn a_product_is_one_product_in_the_shop_too() {
    let sheet = "product|SellerSku\nT|A\nT|B\nT|C";
    findings(sheet, "A, B", "row 4 product-split-in-shop");
    intents(sheet, "A, B", "2 exists; 3 exists; 4 invalid product-split-in-shop");
    findings(sheet, "A B", "");
    findings(sheet, "A, B, C", "");
}

#[test]
fn a_product_whose_associated_sku_is_in_another_product_is_split() {
    let sheet = "product|SellerSku|AssociatedSku\nT|A|Z\nT|B|Z";
    findings(sheet, "A, Z", "C3 product-split-in-shop");
    findings(sheet, "A Z", "");
}

#[test]
fn pictures_follow_their_products() {
    let sheet = "SellerSku|Image1|Image2\nA|http://a.co/1.jpg|http://a.co/2.jpg\nB||\nC||http://a.co/3.jpg";
    let expect = ["create-1: A", "create-2: B", "create-3: C", "images-1: A(2) C(1) after create-1 create-3"];
    requests(sheet, "", &expect);
}

#[test]
fn pictures_of_100_skus_travel_together_across_products() {
    let mut sheet = "product|SellerSku|Image".to_owned();
    for number in 0..150 {
        let _ = write!(sheet, "\nP{}|S{number}|http://a.co/{number}.jpg", number / 40);
    }
    let plan = planned(&checked(&sheet), &shop(""), &limits(100));
    let shape: Vec<String> = plan
        .requests
        .iter()
        .map(|request| {
            let after: Vec<String> = request.after.iter().map(ToString::to_string).collect();
            format!("{} {} [{}]", request.id, request.write.skus().len(), after.join(" "))
        })
        .collect();
    // A chunk is closed as soon as it is full, behind the product that fills it.
    let expect = [
        "create-1 40 []",
        "create-2 40 []",
        "create-3 40 []",
        "images-1 100 [0 1 2]",
        "create-4 30 []",
        "images-2 50 [2 4]",
    ];
    assert_eq!(shape, expect);
}

#[test]
fn a_smaller_limit_makes_smaller_chunks() {
    let limits = limits(1);
    let sheet = "product|SellerSku|Image1|Image2\nT|A|http://a.co/1.jpg|http://a.co/2.jpg\nT|B|http://a.co/3.jpg|";
    let expect = ["create-1: A B", "images-1: A(2) after create-1", "images-2: B(1) after create-1"];
    requests_within(&limits, sheet, "", &expect);
}

#[test]
fn what_exists_keeps_its_pictures() {
    let sheet = "SellerSku|Image\nA|http://a.co/1.jpg\nB|http://a.co/2.jpg";
    requests(sheet, "A", &["create-1: B", "images-1: B(1) after create-1"]);
}

#[test]
fn pictures_that_an_earlier_run_left_open_are_set() {
    let sheet = "SellerSku|Image\nA|http://a.co/1.jpg\nB|http://a.co/2.jpg\nC|http://a.co/3.jpg";
    requests(sheet, "A*, B", &["create-1: C", "images-1: A(1) C(1) after create-1"]);
    requests(sheet, "A*, B, C", &["images-1: A(1)"]);
    requests("SellerSku|Image|price\nA|http://a.co/1.jpg|ten", "A*", &[]);
}

/// Pictures at `b.co` are not the marketplace's own; `cached` of them it hosts all the same.
#[track_caller]
fn hosts(pictures: Pictures, sheet: &str, cached: &[&str], expect: &[&str]) {
    let mut shop = shop("");
    for url in cached {
        shop.add_hosted((*url).to_owned(), ImageUrl::parse("http://a.co/cached.jpg").expect("an address"));
    }
    let plan = plan(&checked(sheet), &shop, &limits(100), Options { pictures, ..Options::default() });
    assert_eq!(shown(&plan).lines().collect::<Vec<_>>(), expect, "{sheet}");
}

#[test]
fn pictures_of_other_hosts_are_brought_before_they_are_set() {
    let sheet = "SellerSku|Image1|Image2\nA|http://b.co/1.jpg|http://b.co/2.jpg\nB|http://a.co/3.jpg|";
    let expect = [
        "create-1: A",
        "host-1: http://b.co/1.jpg http://b.co/2.jpg after create-1",
        "create-2: B",
        "images-1: A(2) B(1) after create-1 host-1 create-2",
    ];
    hosts(Pictures::Later, sheet, &[], &expect);
    hosts(
        Pictures::Later,
        "SellerSku|Image\nA|http://x.a.co/1.jpg",
        &[],
        &["create-1: A", "images-1: A(1) after create-1"],
    );
    let expect = ["create-1: A", "host-1: http://xa.co/1.jpg after create-1", "images-1: A(1) after create-1 host-1"];
    hosts(Pictures::Later, "SellerSku|Image\nA|http://xa.co/1.jpg", &[], &expect);
}

#[test]
fn a_picture_travels_once() {
    let sheet = "product|SellerSku|Image\nT|A|http://b.co/1.jpg\nT|B|http://b.co/1.jpg";
    let expect =
        ["create-1: A B", "host-1: http://b.co/1.jpg after create-1", "images-1: A(1) B(1) after create-1 host-1"];
    hosts(Pictures::Later, sheet, &[], &expect);
    hosts(Pictures::Later, sheet, &["http://b.co/1.jpg"], &["create-1: A B", "images-1: A(1) B(1) after create-1"]);
}

#[test]
fn a_picture_of_two_products_waits_for_neither() {
    let sheet = "SellerSku|Image\nA|http://b.co/1.jpg\nB|http://b.co/1.jpg";
    let expect = [
        "create-1: A",
        "host-1: http://b.co/1.jpg",
        "create-2: B",
        "images-1: A(1) B(1) after create-1 host-1 create-2",
    ];
    hosts(Pictures::Later, sheet, &[], &expect);
}

#[test]
fn where_pictures_are_required_a_product_waits_for_them() {
    let sheet = "SellerSku|Image\nA|http://b.co/1.jpg\nB|http://a.co/1.jpg\nC|";
    let expect = [
        "host-1: http://b.co/1.jpg",
        "create-1: A after host-1",
        "create-2: B",
        "images-1: A(1) B(1) after host-1 create-1 create-2",
    ];
    hosts(Pictures::First, sheet, &[], &expect);
    let plan =
        plan(&checked(sheet), &shop(""), &limits(100), Options { pictures: Pictures::First, ..Options::default() });
    assert_eq!(plan.rows[2].intent, Intent::Pictureless);
}

#[test]
fn rows_that_are_not_created_send_no_pictures() {
    let sheet = "product|SellerSku|price|Image\nT|A|ten|http://a.co/1.jpg\nT|B|1|http://a.co/2.jpg";
    requests(sheet, "", &[]);
}

#[test]
fn the_product_takes_each_value_from_the_row_that_has_it() {
    let plan = planned(&checked("product|SellerSku|brand|model\nT|A||M1\nT|B|Acme|"), &shop(""), &limits(100));
    let Write::CreateProduct(create) = &plan.requests[0].write else { panic!("a creation") };
    assert_eq!((create.product.brand.as_deref(), create.product.model.as_deref()), (Some("Acme"), Some("M1")));
}

#[test]
fn the_shop_is_asked_for_each_sku_once_and_not_for_bad_rows() {
    let asked = |sheet: &str| {
        let skus = skus_to_look_up(&checked(sheet));
        skus.iter().map(|sku| sku.as_str().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(asked("SellerSku|AssociatedSku\nA|Z\nB|Z\nC|A"), "A B C Z");
    assert_eq!(asked("SellerSku|AssociatedSku|price\nA|Z|ten\nB||1"), "B");
}

#[test]
fn a_product_seen_twice_is_one_product_of_the_shop() {
    let shop = shop("A B, B C, D");
    assert_eq!(shop.product_of(&sku("A")), shop.product_of(&sku("C")));
    assert_ne!(shop.product_of(&sku("A")), shop.product_of(&sku("D")));
    assert_eq!(shop.product_of(&sku("E")), None);
}

#[test]
fn a_plan_counts_what_it_will_do() {
    let sheet = "product|SellerSku|Image\nT|A|http://a.co/1.jpg http://a.co/2.jpg\nT|B|http://a.co/3.jpg\nU|C|";
    let plan = planned(&checked(sheet), &shop(""), &limits(100));
    assert_eq!((plan.count(Action::CreateProduct), plan.count(Action::SetImages)), (2, 1));
    assert_eq!((plan.skus(), plan.images()), (3, 3));
}

fn any_row() -> impl Strategy<Value = String> {
    let product = prop::sample::select(vec!["T", "U", "V", ""]);
    let own = prop::sample::select(vec!["A", "B", "C", "D", "E", "F", "G", "H", ""]);
    let associated = prop::sample::select(vec!["", "", "", "A", "B", "C", "Z"]);
    let price = prop::sample::select(vec!["1", "1", "1", "1", "ten"]);
    let image = prop::sample::select(vec!["", "http://a.co/1.jpg", "http://a.co/1.jpg http://a.co/2.jpg"]);
    (product, own, associated, price, image)
        .prop_map(|(product, own, associated, price, image)| format!("\n{product}|{own}|{associated}|{price}|{image}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_plan_creates_each_sku_once(
        rows in prop::collection::vec(any_row(), 0..10),
        in_shop in prop::sample::select(vec!["", "A B", "A, B*", "A* C D, Z", "Z B, H"]),
        chunk in 1usize..4,
    ) {
        let sheet = format!("product|SellerSku|AssociatedSku|price|Image{}", rows.concat());
        let limits = limits(chunk);
        planned(&checked(&sheet), &shop(in_shop), &limits);
    }
}

#[test]
fn the_shop_is_asked_for_the_rows_of_a_product_that_only_leaves_out() {
    let rules = crate::check::Rules { only: Some(["B".to_owned()].into()), ..crate::check::Rules::default() };
    let checked = crate::check::tests::checked_by("product|SellerSku\nT|A\nT|B\nU|C", &rules);
    let asked: Vec<String> = super::skus_to_look_up(&checked).iter().map(ToString::to_string).collect();
    assert_eq!(asked, ["A", "B"]);
}
