//! Categories, attributes and brands in every form that engines of this kind write.

use super::super::{open_platform, seller_center};
use super::*;
use crate::dialect::Reply;
use crate::plan::Action;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/seller-center/", $name)).as_slice()
    };
}

fn shown(nodes: &[Node]) -> String {
    let node = |node: &Node| {
        let below = shown(&node.children);
        let below = if below.is_empty() { below } else { format!(" ({below})") };
        format!("{} {}{below}", node.id, node.name)
    };
    nodes.iter().map(node).collect::<Vec<_>>().join(", ")
}

fn said(attribute: &CategoryAttribute) -> String {
    let CategoryAttribute { name, label, input, level, mandatory, variant, options, local } = attribute;
    let mandatory = if *mandatory { " mandatory" } else { "" };
    let variant = variant.map(|variant| if variant { " variant" } else { " plain" }).unwrap_or_default();
    let local: String = local.iter().map(|(name, option)| format!(" {name}={option}")).collect();
    format!("{name} ({label}) {input:?} {level:?}{mandatory}{variant} [{}]{local}", options.join("|"))
}

#[track_caller]
fn check(action: Action, body: &[u8], expect: &str) {
    check_reply(seller_center::decode(action, body), expect);
}

#[track_caller]
fn check_open(action: Action, body: &[u8], expect: &str) {
    check_reply(open_platform::decode(action, body), expect);
}

#[track_caller]
fn check_reply(reply: Result<Reply, Garbled>, expect: &str) {
    let told = match reply {
        Ok(Reply::Categories(nodes)) => shown(&nodes),
        Ok(Reply::Attributes(Ok(attributes))) => attributes.iter().map(said).collect::<Vec<_>>().join("\n"),
        Ok(Reply::Attributes(Err(garbled))) => format!("no use: {garbled}"),
        Ok(Reply::Brands(brands)) => brands.join(", "),
        Ok(Reply::Refused(refusal)) => format!("{:?} {}", refusal.class, refusal.code),
        Ok(other) => panic!("{other:?}"),
        Err(garbled) => format!("garbled: {garbled}"),
    };
    assert_eq!(told, expect);
}

/// A success of this action around a body in JSON.
#[track_caller]
fn check_body(action: Action, body: &str, expect: &str) {
    let head = format!(r#"{{"RequestAction":"{action}"}}"#);
    check(action, format!(r#"{{"SuccessResponse":{{"Head":{head},"Body":{body}}}}}"#).as_bytes(), expect);
}

/// One attribute, as JSON.
#[track_caller]
fn check_attribute(keys: &str, expect: &str) {
    check_body(Action::GetCategoryAttributes, &format!("[{{{keys}}}]"), expect);
}

const TREE: &str = "50 Garden (51 Pots & Planters, 52 Tools (521 Shears)), 60 Books";

#[test]
fn a_tree_is_the_same_in_each_of_its_forms() {
    check(Action::GetCategoryTree, fixture!("category-tree.json"), TREE);
    check(Action::GetCategoryTree, fixture!("category-tree.xml"), TREE);
    check(Action::GetCategoryTree, fixture!("category-tree-older.json"), TREE);
    check(Action::GetCategoryTree, fixture!("category-tree-older.xml"), TREE);
}

#[test]
fn children_are_absent_empty_one_or_many() {
    for children in ["", r#","children":[]"#, r#","children":{}"#, r#","children":"""#, r#","children":null"#] {
        check_body(Action::GetCategoryTree, &format!(r#"[{{"categoryId":1,"name":"A"{children}}}]"#), "1 A");
    }
    let one = r#"{"categoryId":1,"name":"A","children":{"categoryId":2,"name":"B"}}"#;
    check_body(Action::GetCategoryTree, one, "1 A (2 B)");
    let xml = "<SuccessResponse><Head><X>1</X></Head><Body><Category><categoryId>1</categoryId><children>\
               <categoryId>2</categoryId></children><children><categoryId>3</categoryId></children></Category></Body>\
               </SuccessResponse>";
    check(Action::GetCategoryTree, xml.as_bytes(), "1 1 (2 2, 3 3)");
}

#[test]
fn half_a_tree_is_no_tree() {
    for body in ["[]", "{}", "\"\"", r#"{"Categories":[]}"#] {
        check_body(Action::GetCategoryTree, body, "garbled: a tree without a category");
    }
    let nameless = r#"[{"name":"A","categoryId":1},{"name":"B"}]"#;
    check_body(Action::GetCategoryTree, nameless, "garbled: a category without a number: name: B");
    let word = r#"[{"name":"A","categoryId":"one"}]"#;
    check_body(Action::GetCategoryTree, word, "garbled: a category without a number: name: A, categoryId: one");
    let cut = fixture!("category-tree.json");
    assert!(seller_center::decode(Action::GetCategoryTree, &cut[..cut.len() - 40]).is_err());
}

const ATTRIBUTES: &str = "name (Name) Text Product mandatory []\n\
    size (Size) One Sku mandatory variant [12 cm|20 cm]\n\
    care (Care) Several Product plain [Shade]\n\
    best_before (Best before) Date Sku []";

#[test]
fn attributes_are_the_same_in_json_and_in_xml() {
    check(Action::GetCategoryAttributes, fixture!("category-attributes.json"), ATTRIBUTES);
    check(Action::GetCategoryAttributes, fixture!("category-attributes.xml"), ATTRIBUTES);
}

#[test]
fn an_older_engine_tells_the_level_and_the_input_in_other_words() {
    let expect = "name (Title) Text Product mandatory []\n\
        tax_class (Taxes) One Sku [7%|0%]\n\
        color_family (Colour) Several Sku [Green]";
    check(Action::GetCategoryAttributes, fixture!("category-attributes-older.xml"), expect);
    check_attribute(r#""Name":"price","AttributeType":"value""#, "price () Other Sku []");
    check_attribute(r#""Name":"colour","AttributeType":"option""#, "colour () One Product []");
}

#[test]
fn every_kind_of_input_is_known() {
    for (word, expect) in [
        ("text", "Text"),
        ("richText", "RichText"),
        ("numeric", "Number"),
        ("date", "Date"),
        ("img", "Picture"),
        ("singleSelect", "One"),
        ("multiSelect", "Several"),
        ("enumInput", "OneOrOwn"),
        ("multiEnumInput", "SeveralOrOwn"),
        ("textfield", "Text"),
        ("textarea", "RichText"),
        ("dropdown", "One"),
        ("multiselect", "Several"),
        ("hologram", "Other"),
    ] {
        let keys = format!(r#""name":"x","attributeType":"normal","inputType":"{word}""#);
        check_attribute(&keys, &format!("x () {expect} Product []"));
    }
}

#[test]
fn a_flag_is_read_in_each_of_its_forms() {
    for (key, flag, expect) in [
        ("isMandatory", "1", " mandatory"),
        ("isMandatory", "\"1\"", " mandatory"),
        ("isMandatory", "true", " mandatory"),
        ("mandatory", "\"true\"", " mandatory"),
        ("isMandatory", "0", ""),
        ("mandatory", "false", ""),
        ("isMandatory", "null", ""),
    ] {
        let keys = format!(r#""name":"x","attributeType":"sku","inputType":"text","{key}":{flag}"#);
        check_attribute(&keys, &format!("x () Text Sku{expect} []"));
    }
}

#[test]
fn options_are_read_in_each_of_their_forms() {
    for options in [
        r#"[{"name":"A"},{"name":"B"}]"#,
        r#"[{"name":"A","id":1},{"Name":"B","isDefault":0}]"#,
        r#"{"Option":[{"Name":"A"},{"Name":"B"}]}"#,
        r#"["A","B","A"," "]"#,
    ] {
        let keys = format!(r#""name":"x","attributeType":"sku","inputType":"text","options":{options}"#);
        check_attribute(&keys, "x () Text Sku [A|B]");
    }
    let one =
        r#""name":"x","inputType":"dropdown","Options":{"Option":{"GlobalIdentifier":"","Name":"A","isDefault":1}}"#;
    check_attribute(one, "x () One Product [A]");
    check_attribute(r#""name":"x","options":[{"isDefault":1}]"#, "x () Other Product []");
}

#[test]
fn attributes_without_a_name_and_answers_without_attributes_are_none() {
    check_attribute(r#""label":"X""#, "no use: an attribute without a name: label: X");
    check_body(Action::GetCategoryAttributes, "[]", "no use: a category without an attribute");
    check(Action::GetCategoryAttributes, fixture!("category-attributes-refused.json"), "Data 57");
    let tree = "garbled: an answer to another action than GetCategoryAttributes: GetCategoryTree";
    check(Action::GetCategoryAttributes, fixture!("category-tree.json"), tree);
}

#[test]
fn brands_are_told_by_their_names() {
    check(Action::GetBrands, fixture!("brands.json"), "Acme & Sons, plain, บ้านฝ้าย");
    check(Action::GetBrands, fixture!("brands.xml"), "Acme & Sons, plain, บ้านฝ้าย");
    check_body(Action::GetBrands, r#"{"Brands":{"Brand":{"Name":"Acme"}}}"#, "Acme");
    for body in [r#"{"Brands":[]}"#, "[]", "\"\"", "{}"] {
        check_body(Action::GetBrands, body, "");
    }
    check(Action::GetBrands, fixture!("brands-refused.json"), "Account 20");
}

#[test]
fn what_to_do_about_a_refusal_names_what_was_asked() {
    let help = |action, body| match seller_center::decode(action, body) {
        Ok(Reply::Refused(refusal)) => refusal.help(action),
        other => panic!("{other:?}"),
    };
    let category = help(Action::GetCategoryAttributes, fixture!("category-attributes-refused.json"));
    assert!(category.contains("has no categories below it"), "{category}");
    assert!(help(Action::GetBrands, fixture!("brands-refused.json")).contains("--no-brands"));
}

macro_rules! open_fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/open-platform/", $name)).as_slice()
    };
}

#[test]
fn the_open_platform_tells_the_same_in_keys_of_its_own() {
    check_open(Action::GetCategoryTree, open_fixture!("category-tree.json"), TREE);
    let expect = "name (Name) Text Product mandatory plain []\n\
        color_family (สี) OneOrOwn Sku mandatory variant [Red|Blue|ดำ] แดง=Red\n\
        Hazmat (Dangerous Goods) Several Product plain [Liquid]";
    check_open(Action::GetCategoryAttributes, open_fixture!("category-attributes.json"), expect);
    check_open(Action::GetCategoryTree, open_fixture!("update-success.json"), "garbled: a tree without a category");
    let none = "no use: a category without an attribute";
    check_open(Action::GetCategoryAttributes, open_fixture!("update-success.json"), none);
}

#[test]
fn attributes_that_are_kept_without_local_names_are_written_as_before() {
    let Ok(Reply::Attributes(Ok(attributes))) =
        open_platform::decode(Action::GetCategoryAttributes, open_fixture!("category-attributes.json"))
    else {
        panic!("no attributes")
    };
    let texts: Vec<String> = attributes.iter().map(|attribute| serde_json::to_string(attribute).unwrap()).collect();
    assert!(texts[1].ends_with(r#""options":["Red","Blue","ดำ"],"local":[["แดง","Red"]]}"#), "{}", texts[1]);
    assert!(texts[2].ends_with(r#""options":["Liquid"]}"#), "{}", texts[2]);
    for (text, attribute) in texts.iter().zip(&attributes) {
        assert_eq!(&serde_json::from_str::<CategoryAttribute>(text).unwrap(), attribute);
    }
}
