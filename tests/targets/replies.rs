//! Any bytes -> a reply, or none. Never a panic, and never a success where the root does not say so.

use std::fs;
use std::path::Path;

use chrono::DateTime;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseResult;
use skuload::dialect::{Call, Dialect, ListProducts, ProductFilter, Reply, StockDetail, TimeWindow, Tokens};
use skuload::plan::Action;

/// Decodes a body as the reply to each call.
fn target(body: &[u8]) -> TestCaseResult {
    for (dialect, says_so) in
        [(Dialect::SellerCenter, says_success as fn(&[u8]) -> bool), (Dialect::OpenPlatform, has_no_error_code)]
    {
        for action in [Action::CreateProduct, Action::SetImages, Action::GetProducts, Action::GetBrands] {
            match dialect.decode(action, body) {
                Ok(Reply::Refused(_)) => {}
                Ok(_) => prop_assert!(says_so(body), "{action} done: {}", String::from_utf8_lossy(body)),
                Err(garbled) => prop_assert!(garbled.to_string().chars().count() <= 200),
            }
        }
    }
    let _ = Tokens::decode(body, DateTime::UNIX_EPOCH);
    let list = Call::ListProducts(ListProducts {
        filter: ProductFilter::All,
        created: TimeWindow::default(),
        updated: TimeWindow::default(),
        search: None,
        stock: StockDetail::Full,
        offset: 0,
        limit: 100,
    });
    for dialect in [Dialect::SellerCenter, Dialect::OpenPlatform] {
        let looked_up = dialect.decode(Action::GetProducts, body);
        let read_in_full =
            dialect.decode_reply_to(&list, body).map(|reply| without_fields(reply, looked_up.as_ref().ok()));
        prop_assert_eq!(read_in_full, looked_up);
    }
    Ok(())
}

/// What a look-up takes from a reply that was read in full. A SKU of which it tells no pictures may show those of its
/// product in full.
fn without_fields(reply: Reply, looked_up: Option<&Reply>) -> Reply {
    let Reply::Products { mut products, total } = reply else { return reply };
    let untold = |product: usize, sku: usize| match looked_up {
        Some(Reply::Products { products, .. }) => {
            let sku = products.get(product).and_then(|product| product.skus.get(sku));
            sku.is_some_and(|sku| sku.pictures.is_none())
        }
        Some(_) | None => false,
    };
    for (place, product) in products.iter_mut().enumerate() {
        product.spu_id = None;
        product.attributes.clear();
        for (at, sku) in product.skus.iter_mut().enumerate() {
            sku.fields.clear();
            if untold(place, at) {
                sku.pictures = None;
            }
        }
    }
    Reply::Products { products, total }
}

/// The text, in UTF-16 where every other byte of its beginning is zero or a mark says so; control characters are blanks.
fn readable(body: &[u8]) -> String {
    let order = match body {
        [0xff, 0xfe, ..] => Some([0, 1]),
        [0xfe, 0xff, ..] => Some([1, 0]),
        [first, 0, ..] if *first != 0 => Some([0, 1]),
        [0, second, ..] if *second != 0 => Some([1, 0]),
        _ => None,
    };
    let text = match order {
        None => String::from_utf8_lossy(body).into_owned(),
        Some([low, high]) => {
            let units: Vec<u16> =
                body.chunks_exact(2).map(|pair| u16::from(pair[low]) | u16::from(pair[high]) << 8).collect();
            String::from_utf16_lossy(&units)
        }
    };
    text.chars().map(|c| if c < ' ' && !"\t\r\n".contains(c) { ' ' } else { c }).collect()
}

/// The body's root is a SuccessResponse, told in a way of its own.
fn says_success(body: &[u8]) -> bool {
    let text = readable(body);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
        return value.get("SuccessResponse").is_some() && value.get("ErrorResponse").is_none();
    }
    let mut rest = text;
    while let Some(begun) = rest.strip_prefix("<?").or_else(|| rest.strip_prefix("<!--")) {
        let end = if rest.starts_with("<?") { "?>" } else { "-->" };
        rest = begun.split_once(end).map_or("", |(_, behind)| behind).trim_start();
    }
    let name = rest.strip_prefix('<').unwrap_or_default();
    let is_named = name
        .strip_prefix("SuccessResponse")
        .is_some_and(|behind| behind.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/'));
    is_named && rest.contains("</SuccessResponse")
}

/// The body is an object whose code is 0 and that does not take it back, told in a way of its own.
fn has_no_error_code(body: &[u8]) -> bool {
    let text = readable(body);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(text) else { return false };
    let is_nothing = match fields.get("code") {
        Some(serde_json::Value::String(code)) => code.trim() == "0",
        Some(code) => code.as_u64() == Some(0),
        None => false,
    };
    is_nothing && fields.len() > 1
}

/// Every reply that the tests hold, and bodies that were made to harm.
fn corpus() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut bodies = Vec::new();
    for folder in ["tests/fixtures/seller-center", "tests/fixtures/open-platform", "tests/targets/replies"] {
        let mut paths: Vec<_> = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        bodies.extend(paths.iter().map(|path| fs::read(path).unwrap()));
    }
    bodies
}

/// What is done to a body.
#[derive(Debug, Clone)]
enum Change {
    Cut(Index),
    Replace(Index, u8),
    Insert(Index, String),
    Remove(Index, usize),
    Repeat(Index, usize),
    Utf16,
}

fn change() -> impl Strategy<Value = Change> {
    let words = [
        "SuccessResponse",
        "ErrorResponse",
        "</SuccessResponse>",
        "<ErrorResponse>",
        "</Head>",
        "<Head>",
        "<Body/>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]>",
        "&a;",
        "&#0;",
        "&#xD800;",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "{",
        "}",
        "[",
        "\"",
        "\\u0000",
        "\\ud800",
        "null",
        ":",
        ",",
        "\0",
        "\u{feff}",
        "<SellerSku>",
        "\"code\":\"0\",",
        "\"code\":\"500\",",
        "\"data\":{",
        "[[",
        "ก",
        "<a b='",
    ];
    prop_oneof![
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (any::<Index>(), proptest::sample::select(words.to_vec()))
            .prop_map(|(at, word)| Change::Insert(at, word.into())),
        (any::<Index>(), 1_usize..60).prop_map(|(at, count)| Change::Remove(at, count)),
        (any::<Index>(), 1_usize..60).prop_map(|(at, count)| Change::Repeat(at, count)),
        Just(Change::Utf16),
    ]
}

fn changed(mut body: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if body.is_empty() {
            break;
        }
        let length = body.len();
        match change {
            Change::Cut(at) => body.truncate(at.index(length)),
            Change::Replace(at, byte) => body[at.index(length)] = *byte,
            Change::Insert(at, word) => {
                let at = at.index(length);
                body.splice(at..at, word.bytes());
            }
            Change::Remove(at, count) => {
                let at = at.index(length);
                body.drain(at..(at + count).min(length));
            }
            Change::Repeat(at, count) => {
                let at = at.index(length);
                let part = body[at..(at + count).min(length)].to_vec();
                body.splice(at..at, part);
            }
            Change::Utf16 => {
                let text = String::from_utf8_lossy(&body).into_owned();
                body = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            }
        }
    }
    body
}

#[test]
fn replies_of_the_corpus_are_read_or_refused() {
    for body in corpus() {
        target(&body).unwrap();
    }
}

#[test]
fn replies_that_were_changed_are_read_or_refused() {
    let inputs = (proptest::sample::select(corpus()), proptest::collection::vec(change(), 0..6));
    crate::run(600, &inputs, |(body, changes)| target(&changed(body, &changes)));
}

#[test]
fn replies_of_any_bytes_are_read_or_refused() {
    crate::run(300, &proptest::collection::vec(any::<u8>(), 0..400), |body| target(&body));
    let marks = "[<>/{}\\[\\]\":,&;!?= a-cSER0-9\\\\\n]{0,80}";
    crate::run(300, &marks, |text| target(text.as_bytes()));
}

#[test]
fn replies_that_nest_are_read_or_refused() {
    for (open, close) in [("<a>", "</a>"), ("[", "]"), ("{\"a\":", "}"), ("<a", ">")] {
        for depth in [63, 64, 65, 127, 128, 129, 200_000] {
            for root in [
                "",
                "<SuccessResponse><Head><RequestId/></Head>",
                "{\"SuccessResponse\":{\"Head\":{\"a\":",
                "{\"code\":0,\"data\":",
            ] {
                let body = format!("{root}{}{}", open.repeat(depth), close.repeat(depth));
                target(body.as_bytes()).unwrap();
            }
        }
    }
}
