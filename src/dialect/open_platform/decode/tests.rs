//! Replies in every shape that the pages show.

use super::super::super::call::CALLS as EVERY;
use super::*;
use crate::dialect::Credentials;
use crate::plan::ShopImages;
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/open-platform/", $name)).as_slice()
    };
}

const CREATE: Action = Action::CreateProduct;

fn said(detail: &Detail) -> String {
    let sku = detail.seller_sku.as_ref().map_or("*", |sku| sku.as_str());
    format!("{sku} {}: {}", detail.field.as_deref().unwrap_or("-"), detail.message)
}

fn joined<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    items.iter().map(text).collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn check(action: Action, body: &[u8], expect: &str) {
    let told = match decode(action, body) {
        Ok(Reply::Done { warnings, ids }) => {
            let ids = joined(&ids, |(sku, ids)| format!("{sku} = {} {}", ids.item, ids.sku));
            format!("done {} {ids}", warnings.join("; "))
        }
        Ok(Reply::Products { products, total }) => {
            let sku = |sku: &crate::plan::ShopSku| {
                let images = if sku.images() == ShopImages::Some { " with images" } else { "" };
                format!("{} {:?}{images}", sku.seller_sku, sku.status)
            };
            format!("products {total:?} {}", joined(&products, |product| joined(&product.skus, sku)))
        }
        Ok(Reply::Hosted(url)) => format!("hosted {url}"),
        Ok(Reply::Ticket(ticket)) => format!("ticket {ticket}"),
        Ok(Reply::Migrated { images, failed }) => {
            let image = |image: &MigratedImage| format!("{} {}", image.url, image.source.as_deref().unwrap_or("-"));
            format!("migrated {} failed {}", joined(&images, image), joined(&failed, said))
        }
        Ok(Reply::QcStatus(statuses)) => {
            joined(&statuses, |of| format!("{} {} {}", of.seller_sku, of.status, of.reason.as_deref().unwrap_or("-")))
        }
        Ok(Reply::Categories(nodes)) => format!("categories {}", nodes.len()),
        Ok(Reply::Attributes(attributes)) => format!("attributes {}", attributes.map_or(0, |all| all.len())),
        Ok(Reply::Brands(brands)) => format!("brands {}", brands.join(", ")),
        Ok(Reply::Refused(refusal)) => {
            let details = joined(&refusal.details, said);
            format!("{:?} {} \"{}\" {details}", refusal.class, refusal.code, refusal.message)
        }
        Err(garbled) => format!("garbled {garbled}"),
    };
    assert_eq!(told.trim(), expect);
}

#[test]
fn a_create_tells_numbers_and_they_are_numbers_or_texts() {
    let both = "TEE RED/M = 3069000001 15298000001; เสื้อ-M = 3069000001 15298000002";
    check(CREATE, fixture!("create-success.json"), &format!("done  {both}"));
    check(CREATE, fixture!("create-success-strings.json"), "done  TEE RED/M = 3069000001 15298000001");
    check(Action::UpdateProduct, fixture!("update-success.json"), "done");
    check(CREATE, fixture!("create-warnings.json"), "done message: brand unknown; plain text");
}

#[test]
fn only_one_code_of_nothing_is_a_success() {
    for body in [r#"{"code":"0","data":{}}"#, r#"{"code":0,"request_id":"1"}"#, r#"{"request_id":"1","code":" 0 "}"#] {
        check(CREATE, body.as_bytes(), "done");
    }
    for body in [
        r#"{"code":"0"}"#,
        r#"{"data":{"code":"0"},"request_id":"1"}"#,
        r#"{"code":"0","code":"500","request_id":"1"}"#,
        r#"[{"code":"0","request_id":"1"}]"#,
        r#"{"code":"","request_id":"1"}"#,
        r#"{"code":null,"request_id":"1"}"#,
        r#"{"code":"0","request_id":"1"}}"#,
        r#"{"code":"0","request_id":"1""#,
        "",
        " \u{feff}\n",
        "code=0",
    ] {
        assert!(decode(CREATE, body.as_bytes()).is_err(), "{body}");
    }
    let refused = r#"{"code":"0","success":false,"error_msg":"later","request_id":"1"}"#;
    check(CREATE, refused.as_bytes(), "Doubt  \"later\"");
}

#[test]
fn refusals_tell_the_code_that_decides() {
    let many = "Data 4110 \"E500: Create product failed\" TEE RED/M package_weight: package_weight is mandatory; \
                * -: BIZ_CHECK_PRICE_X:price must be above 0";
    check(CREATE, fixture!("create-refused-many.json"), many);
    let Ok(Reply::Refused(refusal)) = decode(CREATE, fixture!("create-refused-exists.json")) else { panic!() };
    assert_eq!((refusal.code.as_str(), refusal.class, refusal.details.len()), ("4135", Class::SkuExists, 2));
    let category = "Data 501 \"E501: Update product failed\" * Product: Category is inactive";
    check(Action::UpdateProduct, fixture!("update-refused.json"), category);
    check(Action::UpdateProduct, fixture!("update-refused-bare.json"), "Bare 501 \"E501: Update product failed\"");
    for action in EVERY {
        let of = |body| match decode(action, body) {
            Ok(Reply::Refused(refusal)) => refusal.class,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(fixture!("throttled.json")), Class::Throttled);
        assert_eq!(of(fixture!("token-refused.json")), Class::Token);
        assert_eq!(of(fixture!("remote-service.json")), Class::Doubt);
    }
}

#[test]
fn details_are_read_in_each_of_their_shapes() {
    for (detail, expect) in [
        (r#"[{"field":"price","message":"low"}]"#, "* price: low"),
        (r#"{"field":"price","message":"low","seller_sku":"A"}"#, "A price: low"),
        (r#""price is low""#, "* -: price is low"),
        (r#"["price is low"]"#, "* -: price is low"),
        (r#"[{"field":"price"}]"#, "* price:"),
        ("[]", ""),
        ("null", ""),
    ] {
        let body = format!(r#"{{"code":"4118","message":"no","detail":{detail}}}"#);
        check(CREATE, body.as_bytes(), format!("Data 4118 \"no\" {expect}").trim());
    }
}

#[test]
fn a_page_is_no_reply_and_tells_no_secret() {
    for action in EVERY {
        let garbled = decode(action, fixture!("white-list.html")).unwrap_err();
        assert!(garbled.is_page(), "{garbled}");
        let garbled = garbled.to_string();
        assert!(!garbled.contains("CANARY") && !garbled.contains("3CEB8ED9"), "{garbled}");
    }
}

#[test]
fn a_secret_that_is_echoed_is_not_told() {
    let body = r#"{"code":"500","message":"/rest/x?access_token=50000CANARY&sign=3CEB8ED91049DFC718B0D2D176FB2ED0E5FD74F76C5971F34CDAB48412476041","detail":[{"field":"x","message":"{\"access_token\":\"50000CANARY\"}"}]}"#;
    let Ok(Reply::Refused(refusal)) = decode(CREATE, body.as_bytes()) else { panic!() };
    let told = format!("{refusal:?}");
    assert!(!told.contains("CANARY") && !told.contains("3CEB8ED9") && told.contains("***"), "{told}");
    let app = crate::dialect::AppKey {
        base_url: String::new(),
        app_key: "123456".to_owned(),
        app_secret: "secret-canary".into(),
        access_token: Some("token-canary+/".into()),
    };
    let text = "the token token-canary+/ or token-canary%2B%2F of SECRET-CANARY";
    assert_eq!(Credentials::OpenPlatform(app).masked(text), "the token *** or *** of ***");
}

#[test]
fn pictures_come_with_their_addresses() {
    let mended = "hosted https://sg.s.alibaba.lzd.co/original/1e8b.jpg";
    check(Action::MigrateImage, fixture!("image-migrate.json"), mended);
    check(Action::UploadImage, fixture!("image-upload.json"), "hosted https://id-live-02.slatic.net/p/9d06.jpg");
    let ticket = "ticket 2122310000000000000000000000074f";
    check(Action::MigrateImages, fixture!("images-migrate.json"), ticket);
    let some = "migrated https://id-live-02.slatic.net/p/d85a.jpg -; https://id-live-02.slatic.net/p/8300.jpg \
                http://img.example.com/2.jpg failed * http://img.example.com/3.jpg: image is too small";
    check(Action::GetResponse, fixture!("image-response.json"), some);
    check(Action::GetResponse, fixture!("image-response-waiting.json"), "migrated  failed");
    let refused = "Data 301 \"E301: Migrate Image Failed\" * Url: timeout";
    check(Action::MigrateImage, fixture!("image-refused.json"), refused);
}

#[test]
fn an_address_is_mended_where_it_can_only_mean_one() {
    for (address, expect) in [
        ("http//a.example/1.jpg", "http://a.example/1.jpg"),
        ("//a.example/1.jpg", "https://a.example/1.jpg"),
        ("https://a.example//1.jpg", "https://a.example//1.jpg"),
        ("ftp//a.example/1.jpg", "ftp//a.example/1.jpg"),
    ] {
        assert_eq!(mended(address), expect);
    }
    for url in ["x", "ftp//a.example/1.jpg"] {
        let body = format!(r#"{{"code":"0","data":{{"image":{{"url":"{url}"}}}}}}"#);
        assert!(decode(Action::MigrateImage, body.as_bytes()).is_err());
    }
    assert!(decode(Action::UploadImage, fixture!("update-success.json")).is_err());
    assert!(decode(Action::MigrateImages, fixture!("update-success.json")).is_err());
}

#[test]
fn quality_control_tells_of_each_sku() {
    let both = "TEE RED/M rejected blurred picture; เสื้อ-M pending -";
    check(Action::GetQcStatus, fixture!("qc-status.json"), both);
    check(Action::GetQcStatus, fixture!("update-success.json"), "");
}

#[test]
fn brands_are_told_and_an_empty_answer_is_not_believed() {
    check(Action::GetBrands, fixture!("brands.json"), "brands Acme & Sons, บ้านฝ้าย");
    check(Action::GetBrands, fixture!("brands-refused.json"), "Account 20 \"Invalid Limit\"");
    let empty = "Throttled empty-answer \"an empty answer, as comes of too many requests at once\"";
    check(Action::GetBrands, fixture!("update-success.json"), empty);
    let page = |total: &str| format!(r#"{{"code":"0","data":{{"module":[],"start_row":40{total}}},"success":true}}"#);
    check(Action::GetBrands, page(r#","total_record":42"#).as_bytes(), empty);
    check(Action::GetBrands, page(r#","total_record":40"#).as_bytes(), "brands");
    check(Action::GetBrands, page("").as_bytes(), empty);
}

#[test]
fn categories_are_read() {
    check(Action::GetCategoryTree, fixture!("category-tree.json"), "categories 2");
    check(Action::GetCategoryAttributes, fixture!("category-attributes.json"), "attributes 3");
    check(Action::GetCategoryAttributes, fixture!("category-refused.json"), "Data 4228 \"The category is no leaf\"");
}

#[test]
fn a_reply_that_was_cut_short_is_never_an_answer() {
    for body in [fixture!("create-success.json"), fixture!("products.json"), fixture!("throttled.json")] {
        let end = body.iter().rposition(|byte| *byte == b'}').unwrap();
        for length in 0..end {
            assert!(decode(CREATE, &body[..length]).is_err());
        }
    }
}

#[test]
fn an_answer_to_a_login_is_none_to_a_call() {
    for action in [Action::CreateToken, Action::RefreshToken] {
        let garbled = decode(action, fixture!("token.json")).unwrap_err().to_string();
        assert_eq!(garbled, "the answer to a login");
    }
}

proptest! {
    #[test]
    fn nothing_makes_a_reply_panic(
        place in 0..4000_usize,
        count in 0..60_usize,
        marks in "[<>/{}\\[\\]\":,&;!?= a-cSER0-9\\\\\n]{0,40}",
        action in proptest::sample::select(&EVERY[..]),
    ) {
        let mut body = fixture!("products.json").to_vec();
        let place = place % body.len();
        let end = (place + count).min(body.len());
        body.splice(place..end, marks.bytes());
        let _ = (decode(action, &body), decode_list(&body), decode(action, marks.as_bytes()));
    }
}
