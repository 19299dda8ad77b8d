//! What a template says of the columns that every category has.

use super::ask::Kind;
use crate::column::Field;
use crate::record::Country;

/// A column that every category has, in words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) header: &'static str,
    pub(super) kind: Kind,
    pub(super) what: &'static str,
    pub(super) limits: &'static str,
    pub(super) example: &'static str,
}

const fn words(header: &'static str, kind: Kind, [what, limits, example]: [&'static str; 3]) -> Words {
    Words { header, kind, what, limits, example }
}

const MEASURE: &str = "above zero, at most 2 decimals, without the unit";
const PICTURE: &str =
    "an https:// address of a JPG or PNG, 330 to 5000 pixels, at most 3 MB; or a file beside the sheet";

/// What the product is, in front of its attributes.
pub(super) const PRODUCT: [(Field, Words); 8] = [
    (
        Field::SellerSku,
        words(
            "SellerSku",
            Kind::Text,
            ["your own key of this SKU", "once in your shop; one that was deleted cannot be used again", "TEE-RED-M"],
        ),
    ),
    (
        Field::ProductKey,
        words(
            "product",
            Kind::Text,
            [
                "rows with the same key are variants of one product",
                "any text; empty for a product with one variant",
                "TEE",
            ],
        ),
    ),
    (
        Field::Category,
        words(
            "PrimaryCategory",
            Kind::Whole,
            ["the number of the category", "a category without others below it; once for each product", "6614"],
        ),
    ),
    (
        Field::Name,
        words(
            "name",
            Kind::Text,
            ["the name that customers see", "2 to 255 characters, without \" ^ ~ < > |", "Everyday cotton T-shirt"],
        ),
    ),
    (
        Field::ShortDescription,
        words(
            "short_description",
            Kind::Long,
            ["the highlights, in a few short sentences", "once for each product", "Combed cotton. Fits true to size."],
        ),
    ),
    (
        Field::Description,
        words(
            "description",
            Kind::Long,
            [
                "the long description",
                "6 to 25,000 characters; simple HTML such as <p>, <ul>, <li>, <b>",
                "<p>Combed cotton, <b>made to last</b>.</p>",
            ],
        ),
    ),
    (
        Field::Brand,
        words(
            "brand",
            Kind::Text,
            ["the brand, as the marketplace spells it", "No Brand if there is none", "No Brand"],
        ),
    ),
    (Field::Model, words("model", Kind::Text, ["the model's name or number", "", "RT-1"])),
];

/// What is sold and sent, behind the attributes that tell variants apart.
pub(super) const OFFER: [(Field, Words); 10] = [
    (Field::Price, words("price", Kind::Money, ["the regular price", "above zero, a decimal point", "99.90"])),
    (
        Field::SpecialPrice,
        words(
            "special_price",
            Kind::Money,
            ["a lower price for a while", "below the price; needs a start or an end", "89.90"],
        ),
    ),
    (
        Field::SpecialFrom,
        words(
            "special_from_date",
            Kind::Moment,
            [
                "when the special price begins, in the shop's time",
                "a quarter of an hour; marketplaces may ask for it",
                "2027-12-01 00:00",
            ],
        ),
    ),
    (
        Field::SpecialTo,
        words(
            "special_to_date",
            Kind::Moment,
            [
                "when the special price ends, in the shop's time",
                "after the start; a quarter of an hour",
                "2027-12-12 23:45",
            ],
        ),
    ),
    (Field::Quantity, words("quantity", Kind::Whole, ["how many there are", "a whole number, 0 or more", "25"])),
    (Field::PackageWeight, words("package_weight", Kind::Number, ["the weight of the parcel in kg", MEASURE, "0.25"])),
    (Field::PackageLength, words("package_length", Kind::Number, ["the length of the parcel in cm", MEASURE, "30"])),
    (Field::PackageWidth, words("package_width", Kind::Number, ["the width of the parcel in cm", MEASURE, "24"])),
    (Field::PackageHeight, words("package_height", Kind::Number, ["the height of the parcel in cm", MEASURE, "3"])),
    (
        Field::ProductId,
        words(
            "ProductId",
            Kind::Text,
            ["the number under the barcode: EAN, UPC or GTIN", "8, 12, 13 or 14 digits", "2900000010000"],
        ),
    ),
];

/// The attributes that most categories have, where no category is named.
pub(super) const COMMON: [Words; 7] = [
    words("color_family", Kind::Text, ["the colour of this SKU", "a word of the marketplace's own list", "Red"]),
    words("size", Kind::Text, ["the size of this SKU", "a word of the marketplace's own list", "Int:M"]),
    words(
        "storage_capacity_new",
        Kind::Text,
        ["the storage of this SKU", "a word of the marketplace's own list; of phones and the like", ""],
    ),
    words("package_content", Kind::Long, ["what is in the box", "number x thing", "1 x T-shirt"]),
    words(
        "tax_class",
        Kind::Text,
        ["the tax class", "a word of the marketplace's own list, mostly default", "default"],
    ),
    words(
        "warranty_type",
        Kind::Text,
        ["who gives the warranty", "a word of the marketplace's own list", "No Warranty"],
    ),
    words("warranty", Kind::Text, ["how long the warranty lasts", "a word of the marketplace's own list", ""]),
];

/// The pictures of a SKU, the main one first.
pub(super) fn pictures() -> impl Iterator<Item = Words> {
    const HEADERS: [&str; 8] = ["MainImage", "Image2", "Image3", "Image4", "Image5", "Image6", "Image7", "Image8"];
    HEADERS.into_iter().enumerate().map(|(at, header)| match at {
        0 => words(
            header,
            Kind::Picture,
            ["the first picture of this SKU", PICTURE, "https://my-live-01.slatic.net/p/example-1.jpg"],
        ),
        _ => words(header, Kind::Picture, ["a further picture", "as MainImage", ""]),
    })
}

/// A price as the country has it.
pub(super) fn in_country(words: Words, country: Option<Country>) -> (Kind, String, &'static str) {
    let Some(country) = country.filter(|_| words.kind == Kind::Money) else {
        return (words.kind, words.limits.to_owned(), words.example);
    };
    let limits = format!("in {}, without the currency; {}", country.currency().code(), words.limits);
    match (country.prices_are_whole(), words.header) {
        (false, _) => (Kind::Money, limits, words.example),
        (true, "price") => (Kind::WholeMoney, limits.replace("a decimal point", "no decimals"), "99000"),
        (true, _) => (Kind::WholeMoney, limits, "89000"),
    }
}
