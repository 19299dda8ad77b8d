//! Shops of every kind that the stand-in marketplace can hold: what merchants, other programs and many years leave.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Texts that a spreadsheet, a CSV, a reply or our own reading might take for something else.
const TEXTS: [&str; 70] = [
    "Canvas tote",
    "เสื้อยืดผ้าฝ้าย สีแดง",
    "Áo thun nữ",
    "👕 T-shirt 👨‍👩‍👧",
    "Cafe\u{301} crème",
    "ﬁne ligature ①",
    "ＴＥＥ－０１",
    "红色（L）",
    "<p>5.5&quot; &amp; <b>more</b>&nbsp;here</p>",
    "<ul>\n<li>a, \"b\"; c\td</li>\n</ul>",
    "a < b && c > d",
    "&lt;b&gt; &amp;amp; &nbsp; &#39;",
    "]]> <![CDATA[x]]>",
    "<!-- note -->",
    "one \"two\" 'three'",
    "\"quoted\"",
    "'quoted'",
    "a,b;c|d",
    "tab\there",
    "line\nbreak\r\nand more",
    "\nfirst and last\n",
    "  double  inner   spaces ",
    "\u{a0}no-break\u{a0}",
    "zero\u{200b}width\u{feff}",
    "\u{202e}turned\u{202c}",
    "=HYPERLINK(\"http://x\")",
    "=1+1",
    "+66 81 234 5678",
    "-7",
    "-",
    "--",
    "@home",
    "'=x",
    "''",
    "＝wide",
    "007",
    "0",
    "1.0",
    "1e5",
    "1E+05",
    "4.90123E+12",
    "12345678901234567890",
    "1234567890123450000",
    "1,299.00",
    "1.299",
    "3/4",
    "1-Feb",
    "2025-01-02",
    "2025-01-02 10:30:00",
    "#N/A",
    "#REF!",
    "TRUE",
    "false",
    "NULL",
    "nan",
    "<clear>",
    " <CLEAR> ",
    "active",
    "deleted",
    "yes",
    "x",
    "n/a",
    "Required",
    "name",
    "price",
    "SellerSku",
    "Please fill in",
    "_x0041_ _x000D_",
    "\\n\\t\\\\",
    "à¹€à¸ªà¸·à¹‰à¸\u{ad} Ã©",
];

/// Any text without control characters: one of those above, or made up.
pub(crate) fn text() -> BoxedStrategy<String> {
    prop_oneof![
        6 => select(&TEXTS[..]).prop_map(str::to_owned),
        2 => (select(&TEXTS[..]), select(&TEXTS[..])).prop_map(|(one, other)| format!("{one} {other}")),
        2 => "[ -~]{1,30}",
        2 => "\\PC{1,12}",
        1 => "[\\t\\n\\r '=+@<>&;,\"\\-a1ก\u{301}]{1,8}",
    ]
    .boxed()
}

fn long_text() -> BoxedStrategy<String> {
    let long = |(part, count): (&str, usize)| part.repeat(count);
    prop_oneof![
        30 => text(),
        1 => (select(&["word ", "<p>ผ้า</p>\n", "x"][..]), 5_000_usize..12_000).prop_map(long),
    ]
    .boxed()
}

/// What a seller SKU may look like; `number` makes it one of its own.
pub(crate) fn seller_sku() -> BoxedStrategy<String> {
    prop_oneof![
        4 => "[A-Z]{2,4}-[0-9]{1,3}",
        1 => "[a-z]{1,2}-[0-9]",
        1 => "[A-Z]{1,2}-[0-9]",
        1 => "0{1,3}[0-9]{1,4}",
        1 => "[0-9]{14,22}",
        1 => "[A-Za-z&/ ,;'\"#%+@=.()_<>]{1,8}",
        1 => "[0-9]{1,2}[-/][0-9]{1,2}",
        1 => "[0-9]E\\+?[0-9]{1,2}",
        1 => text(),
    ]
    .prop_filter_map("a seller SKU is not blank", |text| {
        let text = text.trim().to_owned();
        (!text.is_empty()).then_some(text)
    })
    .boxed()
}

fn attribute_name() -> BoxedStrategy<String> {
    prop_oneof![
        4 => select(&["warranty", "warranty_type", "color_family", "size", "storage", "model", "video", "tax_class"][..])
            .prop_map(str::to_owned),
        2 => select(
            &[
                "attribute test 4", "5g", "Brand", "Name", "PRICE", "product", "sku", "images", "Status2", "attr.x",
                "sku.size", "skuload: x", "Qty", "weight", "สี", "a-b.c_d", "special_price", "category",
                "associated_sku", "seller_sku", "active", "skip", "ignore", "SPUId", "AssociatedSku", "gmt_create",
                "keywords", "package_content", "barcode_ean", "item_id", "__images__", "name_en", "Available", "price2",
            ][..],
        )
        .prop_map(str::to_owned),
        1 => "[a-z][a-z_]{0,9}",
        1 => "[ -~]{1,12}",
    ]
    .prop_filter_map("a name is not blank", |name| {
        let name = name.trim().to_owned();
        // The marketplace keeps these elsewhere.
        let is_own = ["SellerSku", "Status", "Images", "ShopSku", "Url", "Available", "quantity"].contains(&name.as_str());
        (!name.is_empty() && !is_own && name != "name").then_some(name)
    })
    .boxed()
}

fn number() -> BoxedStrategy<String> {
    prop_oneof![
        3 => (1_u32..100_000, 0_u32..100).prop_map(|(whole, part)| format!("{whole}.{part:02}")),
        2 => (1_u32..2_000).prop_map(|whole| whole.to_string()),
        2 => (1_u32..2_000, 0_u32..10).prop_map(|(whole, part)| format!("{whole}.{part}")),
        2 => select(&["0.01", "350", "350.0", "1288.000", "0.250", "99999999.99", "1.005", "0", "0.00", "-1", "1.234",
            "1,5", "many", "1e3", "007", "12345678901234567.89"][..]).prop_map(str::to_owned),
    ]
    .boxed()
}

fn moment() -> BoxedStrategy<String> {
    let day =
        (2015_u32..2030, 1_u32..13, 1_u32..29).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"));
    let time = (0_u32..24, 0_u32..60, 0_u32..60);
    prop_oneof![
        3 => day.clone(),
        3 => (day.clone(), time.clone()).prop_map(|(day, (hour, minute, second))| {
            format!("{day} {hour:02}:{minute:02}:{second:02}")
        }),
        1 => (day, time).prop_map(|(day, (hour, minute, _))| format!("{day} {hour:02}:{minute:02}")),
        1 => select(&["0000-00-00", "0000-00-00 00:00:00", "soon", "2018-02-30"][..]).prop_map(str::to_owned),
    ]
    .boxed()
}

fn fields() -> BoxedStrategy<BTreeMap<String, String>> {
    let offer = (
        option::weighted(0.95, number()),
        option::weighted(0.3, number()),
        option::weighted(0.4, moment()),
        option::weighted(0.4, moment()),
    );
    let quantity = option::weighted(
        0.8,
        prop_oneof![
            4 => (0_u32..1000).prop_map(|count| count.to_string()),
            1 => select(&["0", "many", "-3", "1.5", "007"][..]).prop_map(str::to_owned),
        ],
    );
    let package = (
        option::weighted(0.7, number()),
        option::weighted(0.7, number()),
        option::weighted(0.7, number()),
        option::weighted(0.7, number()),
    );
    let product_id = option::weighted(
        0.3,
        prop_oneof![
            select(&["0036000291452", "4901234567894", "36000291452", "not a barcode", "4.90123E+12"][..])
                .prop_map(str::to_owned),
            text(),
        ],
    );
    (offer, quantity, package, product_id, btree_map(attribute_name(), text(), 0..4))
        .prop_map(|((price, special, from, to), quantity, (weight, length, width, height), product_id, more)| {
            let named = [
                ("price", price),
                ("special_price", special),
                ("special_from_date", from),
                ("special_to_date", to),
                ("quantity", quantity),
                ("package_weight", weight),
                ("package_length", length),
                ("package_width", width),
                ("package_height", height),
                ("ProductId", product_id),
            ];
            let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            more.into_iter().chain(named).collect()
        })
        .boxed()
}

fn picture() -> BoxedStrategy<String> {
    prop_oneof![
        8 => (0_u32..50).prop_map(|number| format!("https://sg-live.slatic.net/p/{number}.jpg")),
        1 => (0_u32..50).prop_map(|number| format!("http://sg-live.slatic.net//p/{number}.png?a=1&b=2")),
        1 => (0_u32..50).prop_map(|number| format!("https://img.example.com/a b/{number};x,y|z.jpg")),
        1 => select(&["not an address", "https://drive.google.com/file/d/1/view", "//sg-live.slatic.net/p/1.jpg",
            "pic.jpg", "https://sg-live.slatic.net/p/ก.jpg"][..]).prop_map(str::to_owned),
    ]
    .boxed()
}

fn pictures() -> BoxedStrategy<Vec<String>> {
    prop_oneof![
        6 => vec(picture(), 0..4),
        1 => vec(picture(), 8),
        1 => vec(prop_oneof![2 => picture(), 1 => Just(String::new())], 0..8),
        1 => vec(picture(), 9..11),
    ]
    .boxed()
}

fn held() -> BoxedStrategy<Value> {
    (0_u32..5, 0_u32..5, 0_u32..5, 0_u32..5)
        .prop_map(|(reserved, rts, pending, real)| json!({"reserved": reserved, "rts": rts, "pending": pending, "real_time": real}))
        .boxed()
}

fn sku() -> BoxedStrategy<Value> {
    let status = select(&["active", "active", "active", "inactive", "deleted"][..]);
    (seller_sku(), status, pictures(), fields(), held())
        .prop_map(|(seller_sku, status, images, fields, held)| {
            json!({"seller_sku": seller_sku, "status": status, "images": images, "fields": fields, "held": held,
                "created_by_request": null})
        })
        .boxed()
}

fn attributes() -> BoxedStrategy<BTreeMap<String, String>> {
    let named = (
        option::weighted(0.95, text()),
        option::weighted(0.5, long_text()),
        option::weighted(0.5, long_text()),
        option::weighted(0.7, text()),
        option::weighted(0.3, text()),
    );
    (named, btree_map(attribute_name(), text(), 0..5))
        .prop_map(|((name, short, long, brand, model), more)| {
            let named = [
                ("name", name),
                ("short_description", short),
                ("description", long),
                ("brand", brand),
                ("model", model),
            ];
            let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            more.into_iter().chain(named).collect()
        })
        .boxed()
}

/// A product with up to so many SKUs.
fn product(skus: usize) -> BoxedStrategy<Value> {
    let category = prop_oneof![3 => 1_u64..20_000, 1 => Just(3_u64), 1 => Just(10_000_000_000_u64)];
    (category, option::weighted(0.2, 1_u64..100_000), attributes(), vec(sku(), 1..=skus))
        .prop_map(|(category, spu_id, attributes, skus)| {
            json!({"category": category, "spu_id": spu_id, "attributes": attributes, "skus": skus,
                "associated_skus": [], "creates": 0, "created_at": "2018-01-31T00:00:00Z",
                "updated_at": "2018-01-31T00:00:00Z"})
        })
        .boxed()
}

/// A shop. Some products are alike in all but their SKUs, and each seller SKU is there once.
pub(crate) fn shop() -> BoxedStrategy<Vec<Value>> {
    let twin = any::<bool>();
    let products = vec((prop_oneof![20 => product(4), 1 => product(60)], twin), 1..10);
    products
        .prop_map(|products| {
            let mut shop: Vec<Value> = Vec::new();
            let mut taken = std::collections::HashSet::new();
            for (mut product, is_twin) in products {
                let skus = product["skus"].as_array_mut().unwrap();
                skus.retain(|sku| taken.insert(sku["seller_sku"].as_str().unwrap().to_owned()));
                if skus.is_empty() {
                    continue;
                }
                if let Some(last) = shop.last().filter(|_| is_twin) {
                    for shared in ["category", "spu_id", "attributes"] {
                        product[shared] = last[shared].clone();
                    }
                }
                shop.push(product);
            }
            shop
        })
        .boxed()
}

/// A shop that a reply in XML can show: the names of its values are tags.
pub(crate) fn shop_of_xml() -> BoxedStrategy<Vec<Value>> {
    let is_tag = |name: &str| {
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    let kept = move |values: &mut Value| {
        let values = values.as_object_mut().unwrap();
        values.retain(|name, _| is_tag(name) && !TAGS.contains(&name.to_lowercase().as_str()));
    };
    let shop = shop().prop_map(move |mut shop| {
        for product in &mut shop {
            kept(&mut product["attributes"]);
            product["skus"].as_array_mut().unwrap().iter_mut().for_each(|sku| kept(&mut sku["fields"]));
        }
        shop
    });
    shop.boxed()
}

/// Tags of the frame: a value of that name could not be told from it.
const TAGS: [&str; 5] = ["product", "sku", "skus", "images", "attributes"];
