//! Replies in every shape the pages and real shops show.

use super::super::super::call::CALLS as EVERY;
use super::*;
use crate::plan::{ShopImages, ShopProduct};
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/seller-center/", $name)).as_slice()
    };
}

const CREATE: Action = Action::CreateProduct;
const IMAGES: Action = Action::SetImages;
const PRODUCTS: Action = Action::GetProducts;

#[track_caller]
fn check(action: Action, body: &[u8], expect: &str) {
    let said = match decode(action, body) {
        Ok(Reply::Done { warnings, ids: _ }) => format!("done {}", warnings.join("; ")),
        Ok(Reply::Products { products, total }) => {
            let texts: Vec<String> = products.iter().map(product_text).collect();
            format!("products {total:?} {}", texts.join("; "))
        }
        Ok(Reply::Hosted(url)) => format!("hosted {url}"),
        Ok(Reply::Ticket(ticket)) => format!("ticket {ticket}"),
        Ok(Reply::Migrated { images, failed }) => {
            let images: Vec<&str> = images.iter().map(|image| image.url.as_str()).collect();
            let failed: Vec<String> = failed.iter().map(|detail| format!("{detail:?}")).collect();
            format!("migrated {} failed {}", images.join(" "), failed.join(" "))
        }
        Ok(Reply::QcStatus(statuses)) => {
            let texts = statuses.iter().map(|of| format!("{} {} {:?}", of.seller_sku, of.status, of.reason));
            format!("qc {}", texts.collect::<Vec<_>>().join("; "))
        }
        Ok(Reply::Categories(nodes)) => format!("categories {}", nodes.len()),
        Ok(Reply::Attributes(attributes)) => format!("attributes {}", attributes.map_or(0, |all| all.len())),
        Ok(Reply::Brands(brands)) => format!("brands {}", brands.join(", ")),
        Ok(Reply::Refused(refusal)) => refusal_text(&refusal),
        Err(garbled) => format!("garbled {garbled}"),
    };
    assert_eq!(said.trim(), expect);
}

fn product_text(product: &ShopProduct) -> String {
    let category = product.category.map_or("-".to_owned(), |category| category.to_string());
    let skus: Vec<String> = product
        .skus
        .iter()
        .map(|sku| {
            format!(
                "{} {:?}{}",
                sku.seller_sku,
                sku.status,
                if sku.images() == ShopImages::Some { " with images" } else { "" }
            )
        })
        .collect();
    format!("{category} {} [{}]", product.name.as_deref().unwrap_or("-"), skus.join(", "))
}

fn refusal_text(refusal: &Refusal) -> String {
    let details: Vec<String> = refusal
        .details
        .iter()
        .map(|detail| {
            let sku = detail.seller_sku.as_ref().map_or("*", |sku| sku.as_str());
            format!("{sku} {}: {}", detail.field.as_deref().unwrap_or("-"), detail.message)
        })
        .collect();
    format!("{:?} {} \"{}\" {}", refusal.class, refusal.code, refusal.message, details.join("; "))
}

#[test]
fn a_success_is_done_in_both_formats() {
    check(CREATE, fixture!("create-success.json"), "done");
    check(CREATE, fixture!("create-success.xml"), "done");
    check(IMAGES, fixture!("set-images-success.json"), "done");
    check(IMAGES, fixture!("set-images-success.xml"), "done");
    check(Action::UpdateProduct, fixture!("update-success.xml"), "done");
}

#[test]
fn a_success_is_done_whatever_its_body() {
    for body in ["", ",\"Body\":[]", ",\"Body\":\"\"", ",\"Body\":{}", ",\"Body\":null"] {
        let reply = format!("{{\"SuccessResponse\":{{\"Head\":{{\"RequestAction\":\"CreateProduct\"}}{body}}}}}");
        check(CREATE, reply.as_bytes(), "done");
    }
    check(IMAGES, fixture!("body-not-closed.xml"), "done");
}

#[test]
fn warnings_are_kept_as_texts() {
    check(CREATE, fixture!("create-warnings.json"), "done plain text; Field: brand, Message: unknown, taken as OEM");
    check(
        IMAGES,
        b"<SuccessResponse><Head><ResponseType>Product</ResponseType></Head><Body><Warnings><Warning>late</Warning></Warnings>\
          <Errors><ErrorDetail><SellerSku>A</SellerSku><Message>bad image</Message></ErrorDetail></Errors></Body></SuccessResponse>",
        "done late; SellerSku: A, Message: bad image",
    );
}

#[test]
fn a_success_of_another_action_is_no_answer() {
    let another = "garbled an answer to another action than SetImages: CreateProduct";
    check(IMAGES, fixture!("create-success.json"), another);
    check(IMAGES, fixture!("create-refused-exists.xml"), another);
}

#[test]
fn a_success_without_a_head_is_no_answer() {
    for body in ["<SuccessResponse/>", "{\"SuccessResponse\":\"\"}", "{\"SuccessResponse\":{\"Body\":{}}}"] {
        check(CREATE, body.as_bytes(), "garbled a SuccessResponse without Head");
    }
}

#[test]
fn an_existing_sku_is_told_in_both_formats() {
    let expect = "SkuExists 500 \"E500: Create product failed\" * SellerSku: [SELLER_SKU_IS_EXIST]";
    check(CREATE, fixture!("create-refused-exists.json"), expect);
    check(CREATE, fixture!("create-refused-exists.xml"), expect);
}

#[test]
fn details_name_their_sku_unless_it_is_null() {
    check(
        CREATE,
        fixture!("create-refused-many.json"),
        "Data 500 \"E500: Create product failed\" \
         * Product: ${TARGET}: Can't create sku without sku attribute, please select one at least; \
         * tax_class: Value is required and can not be empty; \
         * warranty: Warranty period must be specified; \
         MUG-01 special_price: The promoted price is greater than price",
    );
}

#[test]
fn details_may_stand_in_the_body_itself() {
    check(
        CREATE,
        fixture!("create-refused-flat.xml"),
        "Data 500 \"E500: Create product failed\" MUG-01 package_weight: must be above 0; * brand: not in the list",
    );
}

#[test]
fn details_may_be_a_text() {
    let expect = "Data 500 \"E500: Create product failed\" * -: brand is not allowed";
    check(CREATE, fixture!("create-refused-text.json"), expect);
    let list = br#"{"ErrorResponse":{"Head":{"ErrorCode":"E500","ErrorMessage":"x"},"Body":{"Errors":["a",{"Message":"b"},"",{}]}}}"#;
    check(CREATE, list, "Data 500 \"x\" * -: a; * -: b");
    let single = br#"{"ErrorResponse":{"Head":{"ErrorCode":500,"ErrorMessage":"x"},"Body":{"Errors":{"Field":"f","Message":"m","SellerSku":null}}}}"#;
    check(CREATE, single, "Data 500 \"x\" * f: m");
}

#[test]
fn a_refusal_of_pictures_names_the_sku() {
    check(
        IMAGES,
        fixture!("set-images-refused.json"),
        "Data 504 \"E504: Set product Image failed\" MUG-02 __images__: The image is invalid",
    );
}

#[test]
fn a_refusal_of_prices_names_each_sku() {
    check(
        Action::UpdatePriceQuantity,
        fixture!("price-quantity-refused.json"),
        "Data 501 \"E501: Update product failed\" \
         TEE RED/M SalePrice: The promoted price is greater than price; TEE-GONE SellerSku: SKU does not exist",
    );
}

#[test]
fn a_refusal_may_have_no_body() {
    check(PRODUCTS, fixture!("lookup-refused.json"), "Account 19 \"E019: %s Invalid Limit\"");
    check(CREATE, fixture!("create-refused-format.xml"), "Data 1000 \"Format Error Detected\"");
    check(CREATE, fixture!("create-refused-bare.json"), "Bare 500 \"E500: Create product failed\"");
}

#[test]
fn a_code_may_stand_in_the_message_only() {
    let body = b"<ErrorResponse><Head><ErrorMessage>E007: Login failed. Signature mismatch</ErrorMessage></Head></ErrorResponse>";
    check(CREATE, body, "Credentials 7 \"E007: Login failed. Signature mismatch\"");
    check(CREATE, b"<ErrorResponse/>", "garbled an ErrorResponse that names no error");
}

#[test]
fn products_are_read_from_ill_formed_xml() {
    check(
        PRODUCTS,
        fixture!("products.xml"),
        "products None 3 (Set) Phone 16GB (Grey) [(Set) Phone 16GB Grey Inactive with images]",
    );
}

#[test]
fn products_are_read_from_json() {
    check(
        PRODUCTS,
        fixture!("products.json"),
        "products Some(2) 3 (Set) Phone 16GB (Grey) [(Set) Phone 16GB Grey Inactive with images]; \
         3 (Set) Phone 64GB (Gold) [(Set) Phone 64GB Gold Deleted]",
    );
}

#[test]
fn products_are_read_where_end_tags_are_missing() {
    check(
        PRODUCTS,
        fixture!("products-not-closed.xml"),
        "products Some(3) 7 Mug [MUG-01 Active with images, MUG-02 Other(\"pending\")]; 7 - [CUP-01 Inactive]; 8 - [CAP & <1> Active]",
    );
}

#[test]
fn one_product_may_stand_where_a_list_should() {
    let expect = "products None 3 - [A Active]";
    for products in [
        r#"{"PrimaryCategory":"3","Skus":{"SellerSku":"A"}}"#,
        r#"{"Product":{"PrimaryCategory":3,"Skus":[{"SellerSku":"A"}]}}"#,
        r#"[{"PrimaryCategory":3,"Skus":{"Sku":{"SellerSku":"A","Images":["",""]}}}]"#,
    ] {
        let body = format!(r#"{{"SuccessResponse":{{"Head":{{"RequestId":""}},"Body":{{"Products":{products}}}}}}}"#);
        check(PRODUCTS, body.as_bytes(), expect);
    }
}

#[test]
fn nothing_found_is_told_from_nothing_said() {
    let body = |inner: &str| format!(r#"{{"SuccessResponse":{{"Head":{{"RequestId":""}},"Body":{inner}}}}}"#);
    check(PRODUCTS, body(r#"{"Products":[],"TotalProducts":0}"#).as_bytes(), "products Some(0)");
    check(PRODUCTS, body(r#"{"Products":[],"TotalProducts":"0"}"#).as_bytes(), "products Some(0)");
    check(PRODUCTS, body("[]").as_bytes(), "products None");
}

#[test]
fn another_root_is_no_answer() {
    check(
        CREATE,
        b"<Response>ok</Response>",
        "garbled XML without SuccessResponse or ErrorResponse, but with: Response",
    );
    check(CREATE, b"{\"code\":\"0\"}", "garbled JSON without one SuccessResponse or ErrorResponse: { code : 0 }");
}

#[test]
fn only_the_root_decides() {
    let success = "<SuccessResponse><Head><RequestId>7</RequestId></Head><Body><Image><Url>http://a.example/1.jpg</Url>\
        </Image></Body></SuccessResponse>";
    for body in [
        format!("<html><body>{success}</body></html>"),
        format!("<!-- login --><html><body>{success}</body></html>"),
        format!("<Response>{success}</Response>"),
        format!("{success}{success}"),
        format!("{success}<html/>"),
        format!("ok {success}"),
        format!("<![CDATA[{success}]]>"),
        format!("<!-- {success} -->"),
        success.replace("SuccessResponse", "successresponse"),
        success.replace("SuccessResponse", "ns:SuccessResponse"),
        success.replace("SuccessResponse", "SuccessResponses"),
        "{\"data\":{\"SuccessResponse\":{\"Head\":{\"RequestId\":\"7\"}}}}".to_owned(),
        "[{\"SuccessResponse\":{\"Head\":{\"RequestId\":\"7\"}}}]".to_owned(),
        "\"{\\\"SuccessResponse\\\":{}}\"".to_owned(),
        "\u{1f}\u{8b}\u{8}\0\0\0\0\0".to_owned(),
    ] {
        for action in EVERY {
            assert!(decode(action, body.as_bytes()).is_err(), "{action} {body}");
        }
    }
    // What stands around it may be anything that is no text.
    let around =
        format!("\u{feff}<?xml version='1.0' encoding='ISO-8859-1'?><!-- a --><?b c?>\n{success}\n<!-- d -->\n");
    check(Action::MigrateImages, around.as_bytes(), "ticket 7");
    let mixed = br#"{"SuccessResponse":{"Head":{"RequestId":"7"}},"trace":"x","ErrorResponse":{}}"#;
    assert!(decode(Action::MigrateImages, mixed).is_err());
}

#[test]
fn a_reply_that_was_cut_short_is_never_an_answer() {
    for body in [
        fixture!("create-success.xml"),
        fixture!("create-success.json"),
        fixture!("products.xml"),
        fixture!("products.json"),
        fixture!("migrate-image.xml"),
        fixture!("migrate-images.json"),
        fixture!("get-response.xml"),
        fixture!("qc-status.json"),
    ] {
        let whole = body.trim_ascii_end().len();
        for length in 0..whole {
            for action in EVERY {
                assert!(decode(action, &body[..length]).is_err(), "{}", String::from_utf8_lossy(&body[..length]));
            }
        }
    }
}

/// A success of `action` with this body, in JSON.
fn success_of(action: Action, body: &str) -> String {
    format!(r#"{{"SuccessResponse":{{"Head":{{"RequestId":"","RequestAction":"{action}"}},"Body":{body}}}}}"#)
}

const HOSTED: &str = "https://sg.s.alibaba.lzd.co/original/59046bec.jpg";

#[test]
fn a_hosted_picture_is_told_in_both_formats() {
    let expect = format!("hosted {HOSTED}");
    check(Action::MigrateImage, fixture!("migrate-image.json"), &expect);
    check(Action::MigrateImage, fixture!("migrate-image.xml"), &expect);
    let upload = String::from_utf8_lossy(fixture!("migrate-image.xml")).replace("MigrateImage", "UploadImage");
    check(Action::UploadImage, upload.as_bytes(), &expect);
}

#[test]
fn a_hosted_picture_is_told_in_each_shape_of_its_body() {
    for body in [
        r#"{"Image":{"Url":"URL","Code":"59046bec"}}"#,
        r#"{"Image":{"Url":" URL "},"Warnings":[]}"#,
        r#"{"Image":[{"Code":"59046bec","Url":"URL"}]}"#,
        r#"[{"Image":{"Url":"URL"}}]"#,
        r#"{"Image":"URL"}"#,
        r#"{"Images":[{"Url":"URL"},"",{}]}"#,
    ] {
        for action in [Action::MigrateImage, Action::UploadImage] {
            let reply = success_of(action, &body.replace("URL", HOSTED));
            check(action, reply.as_bytes(), &format!("hosted {HOSTED}"));
        }
    }
}

#[test]
fn a_success_without_a_sound_address_is_no_answer() {
    for body in
        ["\"\"", "null", "[]", "{}", r#"{"Warnings":[]}"#, r#"{"Image":{"Code":"1","Url":""}}"#, r#"{"Image":""}"#]
    {
        let reply = success_of(Action::MigrateImage, body);
        check(Action::MigrateImage, reply.as_bytes(), "garbled a SuccessResponse without the picture's Url");
    }
    let said = success_of(Action::MigrateImage, r#"{"Errors":[{"Message":"Error download image"}]}"#);
    check(
        Action::MigrateImage,
        said.as_bytes(),
        "garbled a SuccessResponse without the picture's Url: Message: Error download image",
    );
    for address in ["ftp://a.example/1.jpg", "javascript:alert(1)", "file:///etc/passwd", "/1.jpg", "data:image/png;x"]
    {
        let reply = success_of(Action::MigrateImage, &format!(r#"{{"Image":{{"Url":"{address}"}}}}"#));
        let garbled = decode(Action::MigrateImage, reply.as_bytes()).unwrap_err().to_string();
        assert!(garbled.starts_with("a picture's Url that is none: "), "{garbled}");
    }
    let two = success_of(Action::MigrateImage, r#"{"Images":["http://a.example/1.jpg","http://a.example/2.jpg"]}"#);
    check(Action::MigrateImage, two.as_bytes(), "garbled a SuccessResponse with several pictures for one");
}

#[test]
fn a_ticket_is_the_request_id_of_the_head() {
    check(Action::MigrateImages, fixture!("migrate-images.json"), "ticket 0c1d2e3f15173896232054839e");
    check(
        Action::MigrateImages,
        b"<SuccessResponse><Head><RequestId> 42 </RequestId><RequestAction>MigrateImages</RequestAction></Head><Body/></SuccessResponse>",
        "ticket 42",
    );
    let number = br#"{"SuccessResponse":{"Head":{"RequestId":42}}}"#;
    check(Action::MigrateImages, number, "ticket 42");
    check(
        Action::MigrateImages,
        success_of(Action::MigrateImages, "{}").as_bytes(),
        "garbled a SuccessResponse without RequestId",
    );
}

#[test]
fn a_ticket_tells_of_pictures_and_of_those_that_failed() {
    let expect = "migrated https://sg.s.alibaba.lzd.co/original/1.jpg http://sg.s.alibaba.lzd.co/original/2.jpg failed \
        Detail { field: Some(\"http://img.example.com/3.jpg\"), message: \"Error download image\", seller_sku: None }";
    check(Action::GetResponse, fixture!("get-response.json"), expect);
    check(Action::GetResponse, fixture!("get-response.xml"), expect);
    check(Action::GetResponse, fixture!("get-response-not-closed.xml"), expect);
}

#[test]
fn a_ticket_is_read_in_each_shape_of_its_body() {
    for body in [
        r#"{"Images":["http://a.example/1.jpg","http://a.example/2.jpg"]}"#,
        r#"{"Images":["http://a.example/1.jpg","http://a.example/2.jpg","",""]}"#,
        r#"{"Images":[{"Url":"http://a.example/1.jpg","Code":"1"},{"Url":"http://a.example/2.jpg"}]}"#,
        r#"{"Images":{"Image":[{"Url":"http://a.example/1.jpg"},{"Url":"http://a.example/2.jpg"}]}}"#,
        r#"{"Images":{"Image":["http://a.example/1.jpg","http://a.example/2.jpg"]},"Errors":[]}"#,
        r#"{"Images":{"Url":["http://a.example/1.jpg","http://a.example/2.jpg"]}}"#,
        r#"[{"Url":"http://a.example/1.jpg"},{"Url":"http://a.example/2.jpg"}]"#,
        r#"[{"Images":[{"Url":"http://a.example/1.jpg"},{"Url":"http://a.example/2.jpg"}]}]"#,
        r#"{"Image":[{"Url":"http://a.example/1.jpg"},{"Url":"http://a.example/2.jpg"}]}"#,
    ] {
        let reply = success_of(Action::GetResponse, body);
        check(Action::GetResponse, reply.as_bytes(), "migrated http://a.example/1.jpg http://a.example/2.jpg failed");
    }
    for body in [
        r#"{"Images":"http://a.example/1.jpg"}"#,
        r#"{"Images":{"Url":"http://a.example/1.jpg","Code":"1"}}"#,
        r#"{"Images":{"Image":{"Url":"http://a.example/1.jpg"}}}"#,
    ] {
        let reply = success_of(Action::GetResponse, body);
        check(Action::GetResponse, reply.as_bytes(), "migrated http://a.example/1.jpg failed");
    }
}

#[test]
fn a_ticket_that_is_not_ready_has_no_pictures() {
    check(Action::GetResponse, fixture!("get-response-waiting.json"), "migrated  failed");
    for body in ["<Body/>", "", "<Body></Body>", "<Body>...<Body/>", "<Body><Images/><Errors/></Body>"] {
        let reply = format!(
            "<SuccessResponse><Head><RequestId/><RequestAction>GetResponse</RequestAction>\
             <ResponseType>Images</ResponseType></Head>{body}</SuccessResponse>"
        );
        check(Action::GetResponse, reply.as_bytes(), "migrated  failed");
    }
}

#[test]
fn one_unsound_address_makes_a_whole_ticket_doubtful() {
    let reply = success_of(Action::GetResponse, r#"{"Images":["http://a.example/1.jpg","ftp://a.example/2.jpg"]}"#);
    let garbled = decode(Action::GetResponse, reply.as_bytes()).unwrap_err().to_string();
    assert!(garbled.starts_with("a picture's Url that is none: "), "{garbled}");
}

#[test]
fn refused_pictures_say_why() {
    check(
        Action::MigrateImage,
        fixture!("migrate-image-refused.json"),
        "Data 301 \"E301: Migrate image failed\" * http://img.example.com/3.jpg: Error download image",
    );
    for (code, action, expect) in [
        (300, Action::UploadImage, "Data"),
        (302, Action::MigrateImage, "Data"),
        (303, Action::MigrateImages, "Data"),
        (901, Action::MigrateImages, "Throttled"),
        (5, Action::GetResponse, "Data"),
        (6, Action::GetResponse, "Doubt"),
        (6, Action::GetQcStatus, "Doubt"),
        (14, Action::GetQcStatus, "Account"),
        (19, Action::GetQcStatus, "Account"),
        (70, Action::GetQcStatus, "Data"),
    ] {
        let xml = format!(
            "<ErrorResponse><Head><RequestAction>{action}</RequestAction><ErrorCode>{code}</ErrorCode></Head></ErrorResponse>"
        );
        check(action, xml.as_bytes(), &format!("{expect} {code} \"\""));
    }
}

#[test]
fn quality_control_is_read_in_each_of_its_shapes() {
    let expect = "qc MUG-01 pending None; CUP 2, \"big\" rejected Some(\"Wrong category\"); CAP liverejected None";
    check(Action::GetQcStatus, fixture!("qc-status.json"), expect);
    check(Action::GetQcStatus, fixture!("qc-status.xml"), expect);
    for body in [
        r#"{"Status":{"Status":"approved","SellerSKU":"A"}}"#,
        r#"{"Status":[{"Status":"approved","SellerSku":"A"}]}"#,
        r#"{"Status":{"State":[{"Status":"approved","SellerSKU":"A"}]}}"#,
        r#"[{"Status":"approved","SellerSKU":"A"}]"#,
    ] {
        check(Action::GetQcStatus, success_of(Action::GetQcStatus, body).as_bytes(), "qc A approved None");
    }
    for body in ["{}", "[]", "\"\"", r#"{"Status":[]}"#, r#"{"Status":[{"Status":"approved"}]}"#] {
        check(Action::GetQcStatus, success_of(Action::GetQcStatus, body).as_bytes(), "qc");
    }
}

/// Pieces that make hostile but nearly sound replies.
const PIECES: [&str; 34] = [
    "<SuccessResponse>",
    "</SuccessResponse>",
    "<ErrorResponse>",
    "</ErrorResponse>",
    "<Head>",
    "</Head>",
    "<Body>",
    "</Body>",
    "<RequestAction>CreateProduct</RequestAction>",
    "<RequestId>7",
    "<Products>",
    "<Product>",
    "<Sku>",
    "<SellerSku>A",
    "<SellerSKU>A",
    "<Images>",
    "<Image>",
    "<Url>http://a.example/1.jpg</Url>",
    "<Url>",
    "<Status>",
    "<x y z/>",
    "&nbsp;",
    "&",
    "<",
    "\0",
    "{\"SuccessResponse\":",
    "{\"Head\":{\"RequestId\":\"7\"},",
    "\"Body\":{\"Image\":{\"Url\":\"http://a.example/1.jpg\"}}",
    "{\"Head\":{\"a\":1}}",
    "}",
    "}}",
    "<![CDATA[",
    "<!DOCTYPE html>",
    "</",
];

/// The reply says that something took effect, or is there.
fn is_an_effect(reply: &Result<Reply, Garbled>) -> bool {
    match reply {
        Ok(Reply::Refused(_)) | Err(_) => false,
        Ok(Reply::Done { .. } | Reply::Hosted(_) | Reply::Ticket(_) | Reply::Migrated { .. }) => true,
        Ok(Reply::Products { .. } | Reply::QcStatus(_)) => true,
        Ok(Reply::Categories(_) | Reply::Attributes(_) | Reply::Brands(_)) => true,
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for action in EVERY {
            prop_assert!(!is_an_effect(&decode(action, &body)), "{:?}", body);
        }
    }

    #[test]
    fn only_a_success_response_with_a_head_is_an_effect(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..12),
        is_framed in any::<bool>(),
    ) {
        let inner = pieces.concat();
        let body = if is_framed { format!("<SuccessResponse>{inner}</SuccessResponse>") } else { inner };
        let body = body.trim_matches('\0').trim();
        let is_success = (body.starts_with("<SuccessResponse>") && body.contains("</SuccessResponse>"))
            || (body.starts_with("{\"SuccessResponse\":") && body.ends_with('}'));
        let has_head = body.contains("<Head>") || body.contains("\"Head\"");
        for action in EVERY {
            let is_effect = is_an_effect(&decode(action, body.as_bytes()));
            prop_assert!(!is_effect || (is_success && has_head), "{} {}", action, body);
        }
    }

    #[test]
    fn a_sound_reply_with_bytes_changed_never_names_another_picture(place in 0..400_usize, byte in any::<u8>()) {
        let mut body = fixture!("migrate-image.xml").trim_ascii_end().to_vec();
        let place = place % body.len();
        body[place] = byte;
        for action in EVERY {
            if let Ok(Reply::Hosted(url)) = decode(action, &body) {
                prop_assert!(url.as_str().to_ascii_lowercase().starts_with("http"), "{}", url);
            }
        }
    }
}

#[test]
fn other_encodings_of_a_reply_are_understood() {
    let reply = "{\"SuccessResponse\":{\"Head\":{\"RequestAction\":\"CreateProduct\"},\"Body\":{\"Warnings\":[\"caf\u{e9}\"]}}}";
    let latin: Vec<u8> = reply.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    check(CREATE, &latin, "done caf\u{fffd}");
    check(CREATE, format!("\u{feff}{reply}\0").as_bytes(), "done caf\u{e9}");
    let wide: Vec<u8> = reply.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(CREATE, &wide, "done caf\u{e9}");
    check(CREATE, reply.replace('\u{e9}', "\0").as_bytes(), "done caf");
}

#[test]
fn a_message_that_echoes_the_query_is_told_without_the_signature() {
    let signature = "3ceb8ed91049dfc718b0d2d176fb2ed0e5fd74f76c5971f34cdab48412476041";
    let body = format!(
        r#"{{"ErrorResponse":{{"Head":{{"RequestAction":"CreateProduct","ErrorCode":7,"ErrorMessage":"E007: Action=CreateProduct&Signature={signature} does not match"}}}}}}"#
    );
    let Ok(Reply::Refused(refusal)) = decode(CREATE, body.as_bytes()) else { panic!("it is a refusal") };
    assert_eq!(refusal.message, "E007: Action=CreateProduct&Signature=*** does not match");
}

#[test]
fn details_warnings_and_reasons_are_told_without_the_query() {
    let signature = "3CEB8ED91049DFC718B0D2D176FB2ED0E5FD74F76C5971F34CDAB48412476041";
    let echo = format!("bad /?Action=X&UserID=a%40b.com&Version=1.0&Signature={signature}");
    let clean = "bad /?Action=X&UserID=***&Version=1.0&Signature=***";
    let refused = format!(
        r#"{{"ErrorResponse":{{"Head":{{"ErrorCode":501,"ErrorMessage":"x"}},"Body":{{"Errors":[{{"Field":"{echo}","Message":"{echo}"}}]}}}}}}"#
    );
    check(CREATE, refused.as_bytes(), &format!("Data 501 \"x\" * {clean}: {clean}"));
    check(CREATE, success_of(CREATE, &format!(r#"{{"Warnings":["{echo}"]}}"#)).as_bytes(), &format!("done {clean}"));
    let reason =
        success_of(Action::GetQcStatus, &format!(r#"[{{"SellerSKU":"A","Status":"rejected","Reason":"{echo}"}}]"#));
    check(Action::GetQcStatus, reason.as_bytes(), &format!("qc A rejected Some({clean:?})"));
}
