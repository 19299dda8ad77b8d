//! The Open Platform of the stand-in marketplace, call by call: updates, prices, removals, pictures, quality control and
//! categories.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/open.rs"]
mod open;
mod support;

use open::{call, get, number, read, send, signed, told, write};
use serde_json::{Value, json};
use support::{Market, STALL};

const HOSTED: &str = "https://sg-live.slatic.net/p/9.jpg";

/// The numbers of a product and of its SKUs, as texts.
fn numbers(market: &Market, product: usize) -> (String, Vec<String>) {
    let shown = &market.shown()["products"][product];
    let skus = shown["skus"].as_array().unwrap().iter();
    (shown["item_id"].to_string(), skus.map(|sku| sku["sku_id"].to_string()).collect())
}

fn fields(market: &Market, product: usize, sku: usize) -> Value {
    market.shown()["products"][product]["skus"][sku]["fields"].clone()
}

fn put(market: &Market, path: &str, product: &Value) -> String {
    told(&write(market, path, &json!({"Request": {"Product": product}}).to_string()))
}

#[test]
fn an_update_names_its_product_and_skus_by_numbers() {
    let market = Market::open(STALL);
    let (tote, skus) = numbers(&market, 0);
    let (mug, mugs) = numbers(&market, 1);
    let update = |item: &Value, skus: Value| {
        let product = json!({"ItemId": item, "PrimaryCategory": "6614", "Images": {"Image": [HOSTED]},
            "Attributes": {"model": "T2"}, "Skus": {"Sku": skus}});
        put(&market, "/product/update", &product)
    };
    let sku = |sku_id: &str| json!({"SkuId": sku_id, "price": "90.00", "saleProp": {"color_family": "Blue"}});
    assert_eq!(update(&json!(tote), json!([sku(&skus[0])])), "ok");
    let shown = &market.shown()["products"][0];
    assert_eq!((&shown["attributes"]["model"], &shown["images"]), (&json!("T2"), &json!([HOSTED])));
    let fields = fields(&market, 0, 0);
    assert_eq!(
        (&fields["price"], &fields["color_family"], &fields["quantity"]),
        (&json!("90.00"), &json!("Blue"), &json!("5"))
    );
    assert!(fields.get("SkuId").is_none() && fields.get("saleProp").is_none(), "{fields}");

    assert_eq!(update(&json!(""), json!([sku(&skus[0])])), "501 ItemId:4193:");
    assert_eq!(update(&json!("1"), json!([sku(&skus[0])])), "501 ItemId:4137:");
    assert_eq!(update(&json!(tote), json!([{"SellerSku": "TOTE-S", "price": "1"}])), "501 SkuId:4216:TOTE-S");
    assert_eq!(update(&json!(tote), json!([sku("12")])), "501 SkuId:4136:");
    assert_eq!(update(&json!(tote), json!([sku(&mugs[0])])), "501 SkuId:4136:");
    assert_eq!(update(&json!(mug), json!([{"SkuId": mugs[0], "SellerSku": "TOTE-S"}])), "501 SellerSku:4136:TOTE-S");
    assert_eq!(update(&json!(tote), json!([])), "1");
    assert_eq!(
        (market.received("UpdateProduct"), market.shown()["calls"]["UpdateProduct"]["succeeded"].as_u64()),
        (8, Some(1))
    );
}

#[test]
fn prices_and_stock_change_by_number_or_by_seller_sku() {
    let market = Market::open(STALL);
    let (tote, skus) = numbers(&market, 0);
    let change = |skus: Value| put(&market, "/product/price_quantity/update", &json!({"Skus": {"Sku": skus}}));
    let one = json!({"ItemId": tote, "SkuId": skus[0], "SellerSku": "TOTE-S", "Price": "95.00", "SalePrice": "80.00",
        "SaleStartDate": "2017-08-08", "SaleEndDate": "2021-08-31"});
    assert_eq!(change(one), "ok");
    assert_eq!(fields(&market, 0, 0)["special_to_date"], "2021-08-31");
    assert_eq!(change(json!([{"SellerSku": "MUG", "Quantity": "7"}])), "ok");
    assert_eq!(fields(&market, 1, 0)["quantity"], "7");
    let stock = json!({"MultiWarehouseInventory": [{"WarehouseCode": "a", "Quantity": "20"},
        {"WarehouseCode": "b", "Quantity": "30"}]});
    assert_eq!(change(json!([{"SkuId": skus[1], "MultiWarehouseInventories": stock}])), "ok");
    assert_eq!(fields(&market, 0, 1)["quantity"], "50");
    assert_eq!(change(json!([{"SkuId": skus[1], "SalePrice": "70.00"}])), "ok");

    assert_eq!(change(json!([{"SkuId": skus[0], "SalePrice": "95.00"}])), "501 SalePrice:4157:TOTE-S");
    assert_eq!(change(json!([{"SkuId": "9", "SellerSku": "MUG", "Price": "1"}])), "501 SkuId:4136:MUG");
    assert_eq!(change(json!([{"ItemId": "9", "SkuId": skus[0], "Price": "1"}])), "501 ItemId:4137:");
    assert_eq!(change(json!([{"SellerSku": "NONE", "Price": "1"}])), "501 SellerSku:4136:NONE");
    assert_eq!(change(json!(vec![json!({"SellerSku": "MUG"}); 51])), "4171");
    let bad = json!([{"SkuId": skus[0], "Price": "0"}, {"SellerSku": "MUG", "Price": "21.00"}]);
    assert_eq!(change(bad), "501 Price:4118:TOTE-S");
    assert_eq!((&fields(&market, 0, 0)["price"], &fields(&market, 1, 0)["price"]), (&json!("95.00"), &json!("21.00")));
}

#[test]
fn skus_are_removed_by_number() {
    let market = Market::open(STALL);
    let (tote, skus) = numbers(&market, 0);
    let remove = |changes: &[(&str, &str)]| told(&call(&market, "/product/remove", changes));
    let list = json!([format!("SkuId_{tote}_{}", skus[0])]).to_string();
    assert_eq!(remove(&[("sku_id_list", &list)]), "ok");
    assert_eq!(remove(&[("sku_id_list", &list)]), "503 SellerSku:4136:TOTE-S");
    assert_eq!(remove(&[("seller_sku_list", "[\"MUG\"]")]), "ok");
    let status = |product: usize, sku: usize| market.shown()["products"][product]["skus"][sku]["status"].clone();
    assert_eq!([status(0, 0), status(0, 1), status(1, 0)], ["deleted", "active", "deleted"]);
    assert_eq!(remove(&[("sku_id_list", "[\"SkuId_1_2\"]")]), "503 ItemId:4137:");
    assert_eq!(remove(&[("sku_id_list", "MUG")]), "70");
    assert_eq!(remove(&[]), "MissingParameter");
    let many = json!(vec![format!("SkuId_{tote}_{}", skus[1]); 51]).to_string();
    assert_eq!(remove(&[("sku_id_list", &many)]), "204");
}

#[test]
fn a_picture_is_migrated_one_by_one() {
    let market = Market::open("");
    let migrate = |url: &str| {
        let payload = format!("<Request><Image><Url>{url}</Url></Image></Request>");
        write(&market, "/image/migrate", &payload)
    };
    let (one, again) = (migrate("http://x.example/1.jpg"), migrate("http://x.example/1.jpg"));
    let image = &one["data"]["image"];
    assert_eq!(image, &again["data"]["image"]);
    let (url, code) = (image["url"].as_str().unwrap(), image["hash_code"].as_str().unwrap());
    assert!(url.contains(code) && url.starts_with("https://sg-live.slatic.net/p/"), "{one}");
    assert_eq!(told(&migrate("http://x.example/dead/1.jpg")), "301 http://x.example/dead/1.jpg::");
    assert_eq!(told(&migrate("http://10.0.0.1/1.jpg")), "302 http://10.0.0.1/1.jpg::");
    assert_eq!(told(&migrate("")), "1");
    let json = r#"{"Request": {"Image": [{"Url": "http://x.example/2.jpg"}]}}"#;
    assert_eq!(told(&write(&market, "/image/migrate", json)), "ok");
}

#[test]
fn pictures_are_migrated_together_and_fetched_by_a_batch_id() {
    let market = Market::open("[migration]\nnot_ready = 1");
    let urls = |urls: &[&str]| urls.iter().map(|url| format!("<Url>{url}</Url>")).collect::<String>();
    let migrate = |list: &[&str]| {
        write(&market, "/images/migrate", &format!("<Request><Images>{}</Images></Request>", urls(list)))
    };
    let reply = migrate(&["http://x.example/1.jpg", "http://x.example/dead/2.jpg", "http://x.example/3.jpg"]);
    assert!(reply.get("data").is_none(), "{reply}");
    let batch = reply["batch_id"].as_str().unwrap();
    let ask = |batch: &str| get(&market, "/image/response/get", &[("batch_id", batch)]);
    assert_eq!(ask(batch)["data"], json!({}));
    let ready = ask(batch);
    assert_eq!(ready["data"]["images"].as_array().unwrap().len(), 2);
    let error = &ready["data"]["errors"][0];
    assert_eq!((&error["original_url"], &error["field"]), (&json!("http://x.example/dead/2.jpg"), &json!("Url")));
    assert_eq!(error["msg"], "The image cannot be downloaded");
    assert_eq!(told(&ask("none")), "5");
    assert_eq!(told(&get(&market, "/image/response/get", &[])), "MissingParameter");
    assert_eq!(told(&migrate(&["http://x.example/1.jpg"; 9])), "301 Images::");
}

/// As much of a PNG as tells its size.
fn png(width: u32, height: u32) -> Vec<u8> {
    let head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    [head, width.to_be_bytes().to_vec(), height.to_be_bytes().to_vec(), b"\x08\x02\0\0\0".to_vec()].concat()
}

#[test]
fn a_picture_is_uploaded_as_a_file_that_is_not_signed() {
    let market = Market::open("");
    let upload = |bytes: &[u8], is_in_form: bool| {
        let path = "/image/upload";
        let all = signed(&market, path, &[]);
        let mut body = Vec::new();
        let part = |head: &str, content: &[u8]| {
            [format!("--mark\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(), content, b"\r\n"].concat()
        };
        for (name, value) in all.iter().filter(|_| is_in_form) {
            body.extend(part(&format!("name=\"{name}\""), value.as_bytes()));
        }
        body.extend(part("name=\"image\"; filename=\"tee.png\"", bytes));
        body.extend(b"--mark--\r\n");
        let query = if is_in_form { String::new() } else { format!("?{}", open::form(&all)) };
        read(&send(&market, &format!("POST /rest{path}{query}"), "multipart/form-data; boundary=mark", &body).1)
    };
    for is_in_form in [true, false] {
        let reply = upload(&png(400, 400), is_in_form);
        assert!(reply["data"]["image"]["url"].as_str().unwrap().ends_with(".png"), "{reply}");
    }
    assert_eq!(told(&upload(&png(10, 10), true)), "300 __images__::");
    assert_eq!(told(&upload(b"text", true)), "300 __images__::");
    assert_eq!(told(&call(&market, "/image/upload", &[])), "1");
    assert_eq!(market.shown()["images"].as_object().unwrap().len(), 2);
}

#[test]
fn quality_control_is_told_as_a_list() {
    let market = Market::open("[[qc]]\nsku = \"*\"\nstatus = \"rejected\"\nreason = \"Blurred\"\npending = 1");
    let product = json!({"PrimaryCategory": "3", "Attributes": {"name": "Mug", "short_description": "x", "brand": "b"},
        "Skus": {"Sku": [{"SellerSku": "MUG", "price": "9", "package_height": "1", "package_length": "1",
            "package_width": "1", "package_weight": "1"}]}});
    assert_eq!(put(&market, "/product/create", &product), "ok");
    let ask = || get(&market, "/product/qc/status/get", &[("seller_skus", "[\"MUG\"]")]);
    assert_eq!(ask()["data"], json!([{"seller_sku": "MUG", "status": "pending"}]));
    assert_eq!(ask()["data"], json!([{"seller_sku": "MUG", "status": "rejected", "reason": "Blurred"}]));
    assert_eq!(told(&get(&market, "/product/qc/status/get", &[("limit", "101")])), "19");
}

#[test]
fn the_tree_needs_no_token() {
    let market = Market::open("");
    let tree = get(&market, "/category/tree/get", &[("access_token", ""), ("language_code", "en_US")]);
    let fashion = tree["data"].as_array().unwrap().iter().find(|category| category["name"] == "Fashion").unwrap();
    assert_eq!(
        (&fashion["leaf"], &fashion["var"], &fashion["category_id"]),
        (&json!(false), &json!(false), &json!(1819))
    );
    let shirts = &fashion["children"][0]["children"][0];
    assert_eq!((&shirts["leaf"], &shirts["category_id"], shirts.get("children")), (&json!(true), &json!(6614), None));
}

#[test]
fn options_have_an_english_name_and_one_of_the_language() {
    let colours = |faults: &str, changes: &[(&str, &str)]| {
        let market = Market::open(faults);
        let all = [&[("primary_category_id", "6614")], changes].concat();
        let reply = get(&market, "/category/attributes/get", &all);
        let attributes = reply["data"].as_array().unwrap();
        let colour = attributes.iter().find(|attribute| attribute["name"] == "color_family").unwrap();
        let red = colour["options"].as_array().unwrap().iter().find(|option| option["en_name"] == "Red").unwrap();
        assert!(red["id"].is_u64() && colour["id"].is_u64(), "{colour}");
        assert_eq!((&colour["is_sale_prop"], &colour["attribute_type"]), (&json!(1), &json!("sku")));
        assert_eq!((&colour["is_mandatory"], &colour["input_type"]), (&json!(1), &json!("singleSelect")));
        assert!(colour["advanced"]["is_key_prop"].is_u64() && colour["label"].is_string(), "{colour}");
        red["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(colours("", &[]), "红色");
    assert_eq!(colours("", &[("language_code", "en_US")]), "Red");
    assert_eq!(colours("", &[("language_code", "vi_VN")]), "Đỏ");
    assert_eq!(colours("[open_platform]\ncountry = \"th\"", &[]), "แดง");
    let market = Market::open("");
    let ask = |changes: &[(&str, &str)]| told(&get(&market, "/category/attributes/get", changes));
    assert_eq!(ask(&[("primary_category_id", "1819")]), "57");
    assert_eq!(ask(&[]), "MissingParameter");
}

#[test]
fn brands_come_in_pages_with_a_success_of_their_own() {
    let market = Market::open("");
    let ask = |changes: &[(&str, &str)]| get(&market, "/category/brands/query", changes);
    let first = ask(&[]);
    assert_eq!((&first["success"], &first["error_code"], &first["error_msg"]), (&json!(true), &json!(""), &json!("")));
    let of = |reply: &Value| {
        let brands = reply["data"]["module"].as_array().unwrap().iter();
        brands.map(|brand| number(&brand["brand_id"])).collect::<Vec<u64>>()
    };
    assert_eq!(of(&first).len(), 40);
    let second = ask(&[("startRow", "40"), ("pageSize", "200")]);
    assert_eq!(of(&first).len() + of(&second).len(), usize::try_from(number(&second["data"]["total_record"])).unwrap());
    assert!(of(&second)[0] == of(&first)[39] + 1);
    assert!(first["data"]["module"][0]["name"].is_string() && first["data"]["module"][0]["name_en"].is_string());
    assert_eq!(told(&ask(&[("pageSize", "201")])), "19");
    assert_eq!(told(&ask(&[("startRow", "-1")])), "14");
    assert_eq!(of(&ask(&[("startRow", "5000")])), [0; 0]);
}
