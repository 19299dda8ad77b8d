//! Replies in every shape the pages and real shops show.

use super::*;
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
        Ok(Reply::Done { warnings }) => format!("done {}", warnings.join("; ")),
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
        .map(|sku| format!("{} {:?}{}", sku.seller_sku, sku.status, if sku.has_images { " with images" } else { "" }))
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
fn a_reply_that_was_cut_short_is_never_an_answer() {
    for body in [
        fixture!("create-success.xml"),
        fixture!("create-success.json"),
        fixture!("products.xml"),
        fixture!("products.json"),
    ] {
        let whole = body.trim_ascii_end().len();
        for length in 0..whole {
            for action in [CREATE, PRODUCTS] {
                assert!(decode(action, &body[..length]).is_err(), "{}", String::from_utf8_lossy(&body[..length]));
            }
        }
    }
}

/// Pieces that make hostile but nearly sound replies.
const PIECES: [&str; 22] = [
    "<SuccessResponse>",
    "</SuccessResponse>",
    "<ErrorResponse>",
    "</ErrorResponse>",
    "<Head>",
    "</Head>",
    "<Body>",
    "</Body>",
    "<RequestAction>CreateProduct</RequestAction>",
    "<Products>",
    "<Product>",
    "<Sku>",
    "<SellerSku>A",
    "<x y z/>",
    "&nbsp;",
    "&",
    "<",
    "{\"SuccessResponse\":",
    "{\"Head\":{\"a\":1}}",
    "}",
    "<![CDATA[",
    "<!DOCTYPE html>",
];

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for action in [CREATE, IMAGES, PRODUCTS] {
            let done = matches!(decode(action, &body), Ok(Reply::Done { .. }));
            prop_assert!(!done, "{:?}", body);
        }
    }

    #[test]
    fn only_a_success_response_is_done(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..12)) {
        let body = pieces.concat();
        let is_framed = (body.starts_with("<SuccessResponse>") && body.contains("</SuccessResponse>"))
            || (body.starts_with("{\"SuccessResponse\":") && body.ends_with('}'));
        for action in [CREATE, IMAGES, PRODUCTS] {
            let done = matches!(decode(action, body.as_bytes()), Ok(Reply::Done { .. } | Reply::Products { .. }));
            prop_assert!(!done || is_framed, "{}", body);
        }
    }
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
