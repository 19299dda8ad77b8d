//! GetCategoryTree, GetCategoryAttributes and GetBrands of the stand-in marketplace, called by hand.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/calls.rs"]
mod calls;
mod support;

use calls::{Changes, call, expect_code, told};
use serde_json::Value;
use support::Market;

/// The reply in JSON.
fn asked(market: &Market, action: &str, changes: Changes) -> Value {
    let text = call(market, action, &[&[("Format", "JSON")], changes].concat(), None).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The body of a success; its head names the action and the type.
#[track_caller]
fn body(market: &Market, action: &str, kind: &str, changes: Changes) -> Value {
    let mut reply = asked(market, action, changes);
    let head = &reply["SuccessResponse"]["Head"];
    assert_eq!((head["RequestAction"].as_str(), head["ResponseType"].as_str()), (Some(action), Some(kind)), "{reply}");
    reply["SuccessResponse"]["Body"].take()
}

/// The read is refused with the code, in JSON and in XML.
#[track_caller]
fn refused(action: &str, changes: Changes, code: u64, message: &str) {
    let market = Market::open("");
    let reply = asked(&market, action, changes);
    let head = &reply["ErrorResponse"]["Head"];
    assert_eq!((head["ErrorCode"].as_u64(), head["ErrorMessage"].as_str()), (Some(code), Some(message)), "{reply}");
    assert_eq!(head["RequestAction"], action);
    let xml = call(&market, action, changes, None).unwrap();
    assert!(xml.starts_with("<?xml") && xml.contains(&format!("<ErrorCode>{code}</ErrorCode>")), "{xml}");
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["Name"].as_str().unwrap()).collect()
}

#[test]
fn the_tree_is_an_array_of_categories_with_those_below_them() {
    let market = Market::open("");
    let tree = body(&market, "GetCategoryTree", "Categories", &[]);
    let top = tree.as_array().unwrap();
    let of = |name: &str| top.iter().find(|category| category["name"] == name).unwrap();
    for name in ["Fashion", "Mobiles & Tablets", "Groceries", "Home & Living"] {
        assert!(of(name)["children"].as_array().is_some_and(|below| !below.is_empty()), "{name}");
    }
    let shirts = &of("Fashion")["children"][0]["children"][0];
    assert_eq!((shirts["categoryId"].as_u64(), shirts["name"].as_str()), (Some(6614), Some("T-Shirts")));
    assert!(shirts.get("children").is_none(), "{shirts}");
}

#[test]
fn the_tree_in_xml_has_category_elements_within_children() {
    let market = Market::open("");
    let xml = call(&market, "GetCategoryTree", &[], None).unwrap();
    for part in [
        "<ResponseType>Categories</ResponseType>",
        "</Head><Body><Category><categoryId>1819</categoryId><children><Category>",
        "<Category><categoryId>6601</categoryId><name>Polo &amp; Casual Shirts</name></Category>",
        "</Category></children><name>Fashion</name></Category><Category>",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
}

#[test]
fn attributes_tell_level_input_flags_and_options() {
    let market = Market::open("");
    let shirts = body(&market, "GetCategoryAttributes", "Attributes", &[("PrimaryCategory", "6614")]);
    let of = |name: &str| shirts.as_array().unwrap().iter().find(|attribute| attribute["name"] == name).unwrap();
    let size = of("size");
    assert_eq!((size["attributeType"].as_str(), size["inputType"].as_str()), (Some("sku"), Some("singleSelect")));
    assert_eq!((size["isMandatory"].as_u64(), size["isSaleProp"].as_u64()), (Some(1), Some(1)));
    assert!(size["options"].as_array().unwrap().iter().any(|option| option["name"] == "Int:M"), "{size}");
    let brand = of("brand");
    assert_eq!((brand["isMandatory"].as_u64(), brand["options"].as_array().map(Vec::len)), (Some(1), Some(0)));
    assert_eq!(of("season")["inputType"], "multiSelect");
    let xml = call(&market, "GetCategoryAttributes", &[("PrimaryCategory", "6614")], None).unwrap();
    assert!(
        xml.contains("<Body><Attribute>") && xml.contains("<options><option><name>Int:XS</name></option>"),
        "{xml}"
    );
}

#[test]
fn a_category_that_holds_no_products_has_no_attributes() {
    let none = "E057: No attribute sets linked to that category";
    refused("GetCategoryAttributes", &[("PrimaryCategory", "1819")], 57, none);
    refused("GetCategoryAttributes", &[("PrimaryCategory", "987654")], 57, none);
    refused("GetCategoryAttributes", &[("PrimaryCategory", "shirts")], 57, none);
    refused("GetCategoryAttributes", &[], 1, "E001: Parameter PrimaryCategory is mandatory");
}

#[test]
fn brands_come_in_pages() {
    let market = Market::open("");
    let page = |changes: Changes| body(&market, "GetBrands", "Brands", changes)["Brands"].take();
    let all = page(&[("Limit", "1000")]);
    let all = names(&all);
    assert!(all.len() > 40 && all.len() < 100 && all.contains(&"No Brand") && all.contains(&"Remark"), "{all:?}");
    assert_eq!(names(&page(&[])), all);
    let mut paged: Vec<String> = Vec::new();
    for offset in (0..).step_by(25) {
        let page = page(&[("Limit", "25"), ("Offset", &offset.to_string())]);
        let names = names(&page);
        if names.is_empty() {
            break;
        }
        assert!(names.len() <= 25);
        paged.extend(names.into_iter().map(str::to_owned));
    }
    assert_eq!(paged, all);
    let xml = call(&market, "GetBrands", &[("Limit", "1")], None).unwrap();
    let brand = "<Body><Brands><Brand><BrandId>3601</BrandId><GlobalIdentifier>no_brand</GlobalIdentifier>\
                 <Name>No Brand</Name></Brand></Brands></Body>";
    assert!(xml.contains(brand), "{xml}");
}

#[test]
fn a_page_of_brands_has_limits() {
    refused("GetBrands", &[("Limit", "1001")], 20, "E020: 1001 Invalid Limit,limit MaxSize 1000");
    refused("GetBrands", &[("Limit", "0")], 19, "E019: \"0\" Invalid Limit");
    refused("GetBrands", &[("Limit", "many")], 19, "E019: \"many\" Invalid Limit");
    refused("GetBrands", &[("Offset", "-1")], 14, "E014: \"-1\" Invalid Offset");
}

#[test]
fn the_signature_is_verified() {
    for action in ["GetCategoryTree", "GetCategoryAttributes", "GetBrands"] {
        refused(action, &[("UserID", "somebody@example.com")], 9, "E009: Access Denied");
        refused(action, &[("Signature", "00")], 7, "E007: Login failed. Signature mismatch");
    }
}

/// A product of this category with these attributes besides the mandatory ones.
fn product(category: &str, attributes: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Request><Product><PrimaryCategory>{category}</PrimaryCategory>\
         <Attributes><name>Tee</name><short_description>Soft</short_description><brand>Remark</brand>{attributes}\
         </Attributes><Skus><Sku><SellerSku>A</SellerSku><price>9.90</price><package_length>1</package_length>\
         <package_width>1</package_width><package_height>1</package_height><package_weight>0.2</package_weight></Sku></Skus>\
         </Product></Request>"
    )
}

#[test]
fn a_product_needs_a_category_that_has_none_below_it() {
    let market = Market::open("");
    expect_code(&market, "CreateProduct", &product("1819", ""), 201, "E201: 1819 Invalid CategoryId");
    assert_eq!(told(&market, "CreateProduct", &product("6614", "")), "ok");
    // A category of another marketplace is taken.
    assert_eq!(told(&market, "CreateProduct", &product("987654", "").replace(">A<", ">B<")), "ok");
}

#[test]
fn a_product_may_be_refused_for_what_was_told_to_be_optional() {
    let market = Market::open("");
    let phones = body(&market, "GetCategoryAttributes", "Attributes", &[("PrimaryCategory", "26")]);
    let display = phones.as_array().unwrap().iter().find(|attribute| attribute["name"] == "display_size_mobile");
    assert_eq!(display.unwrap()["isMandatory"], 0);
    assert_eq!(told(&market, "CreateProduct", &product("26", "")), "500 display_size_mobile:");
    let message = "display_size_mobile is mandatory, please select one at least";
    assert!(call(&market, "CreateProduct", &[], Some(&product("26", ""))).unwrap().contains(message));
    let filled = "<display_size_mobile>Below 4 inch</display_size_mobile>";
    assert_eq!(told(&market, "CreateProduct", &product("26", filled)), "ok");
}

#[test]
fn faults_strike_these_calls_too() {
    let faults = "[[fault]]\naction = \"GetBrands\"\nkind = \"error\"\ncode = 6\nnth = [2]\n\
                  [[fault]]\naction = \"GetCategoryTree\"\nkind = \"warnings\"\nmessage = \"old\"\n";
    let market = Market::open(faults);
    assert!(asked(&market, "GetBrands", &[]).get("SuccessResponse").is_some());
    assert_eq!(asked(&market, "GetBrands", &[])["ErrorResponse"]["Head"]["ErrorCode"], 6);
    assert!(body(&market, "GetCategoryTree", "Categories", &[]).is_array());
    assert_eq!((market.received("GetBrands"), market.received("GetCategoryTree")), (2, 1));
}
