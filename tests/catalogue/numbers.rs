//! Prices, quantities and measures as people write them.

use crate::case::{Case, case};
use crate::made::{csv, csv_without, xlsx};

pub(crate) fn cases() -> Vec<Case> {
    [writings(), currencies(), bounds(), measures(), quantities()].into_iter().flatten().collect()
}

/// What may be said of a column whose values are not plain digits.
const SAID: &str = "written-as mixed-writing repaired";

fn writings() -> Vec<Case> {
    vec![
        // How a column is read is told once, wherever.
        case("N01", "points between thousands", csv("price\n1.299,00\n2.500,50"))
            .finds("* written-as")
            .sends("SKU-3 price=2500.50"),
        case("N01", "commas between thousands", csv("price\n1,299.00\n2,500.50"))
            .finds("* written-as")
            .sends("SKU-3 price=2500.50"),
        case("N01", "two writings in one column, each with one reading", csv("price\n1.299,00\n1,299.00"))
            .finds("* mixed-writing")
            .may("written-as")
            .sends("SKU-2 price=1299; SKU-3 price=1299"),
        case("N01", "spaces between thousands", csv("price\n1 299,00\n2\u{202f}500,50"))
            .may(SAID)
            .sends("SKU-3 price=2500.50"),
        case("N01", "apostrophes between thousands", csv("price\n1'299.00\n2’500.50"))
            .may(SAID)
            .sends("SKU-3 price=2500.50"),
        case("N01", "groups of two, as in India", csv("price\n1,29,900.00")).may(SAID).sends("SKU-2 price=129900"),
        case("N01", "one value of the column tells how the others are written", csv("price\n1,299\n12.50"))
            .may(SAID)
            .sends("SKU-2 price=1299; SKU-3 price=12.50"),
        case("N02", "a comma, and nothing tells what it is", csv("price\n1,299"))
            .finds("A2 ambiguous-number")
            .says("1299")
            .says("1.299")
            .says("--locale")
            .sends("SKU-2 -"),
        case("N02", "a point, and nothing tells what it is", csv("price\n1.299"))
            // Plain digits with a point have one reading in a program, but not in a shop.
            .finds("A2 ambiguous-number/price-decimals"),
        case("N02", "a comma, and the locale tells", csv("price\n1,299"))
            .with("--locale en-us")
            .may(SAID)
            .sends("SKU-2 price=1299"),
        case("N02", "a point, and the locale tells", csv("price\n1.299"))
            .with("--locale vi")
            .may(SAID)
            .sends("SKU-2 price=1299"),
        case("N05", "full-width digits", csv("price\n１２９９．５０")).may(SAID).sends("SKU-2 price=1299.50"),
        case("N05", "Thai digits", csv("price\n๑๒๙๙")).may(SAID).sends("SKU-2 price=1299"),
        case("N05", "Arabic digits", csv("price\n١٢٩٩٫٥٠")).may(SAID).sends("SKU-2 price=1299.50"),
        case("N07", "white space behind", csv("price\n12.50 ")).finds("A1 written-as").sends("SKU-2 price=12.50"),
        case("N07", "the letter O", csv("price\n12.5O")).finds("A2 invalid-price/repairable").sends("SKU-2 -"),
        case("N07", "the letter l", csv("price\n1l")).finds("A2 invalid-price/repairable").sends("SKU-2 -"),
        case("N07", "a word", csv("price\nask")).finds("A2 invalid-price").sends("SKU-2 -"),
    ]
}

fn currencies() -> Vec<Case> {
    vec![
        case("N04", "baht", csv("price\n฿299\n1,299.-\n299 THB\n299 บาท"))
            .with("--country th")
            .may(SAID)
            .sends("SKU-2 price=299; SKU-3 price=1299; SKU-4 price=299; SKU-5 price=299"),
        case("N04", "rupiah", csv("price\nRp 150.000\nRp150.000,-"))
            .with("--country id")
            .may(SAID)
            .sends("SKU-2 price=150000; SKU-3 price=150000"),
        case("N04", "dong", csv("price\n150.000₫\n150.000 đ"))
            .with("--country vn")
            .may(SAID)
            .sends("SKU-2 price=150000; SKU-3 price=150000"),
        case("N04", "ringgit", csv("price\nRM12\nRM 12.50"))
            .with("--country my")
            .may(SAID)
            .sends("SKU-2 price=12; SKU-3 price=12.50"),
        case("N04", "pesos", csv("price\n₱299.75")).with("--country ph").may(SAID).sends("SKU-2 price=299.75"),
        case("N04", "Singapore dollars", csv("price\nS$12.90"))
            .with("--country sg")
            .may(SAID)
            .sends("SKU-2 price=12.90"),
        case("N04", "another country's money", csv("price\nS$12.90"))
            .with("--country th")
            .finds("A2 foreign-currency")
            .may(SAID)
            .sends("SKU-2 -"),
        case("N04", "US dollars in Thailand", csv("price\nUSD 12.90"))
            .with("--country th")
            .finds("A2 foreign-currency")
            .may(SAID),
        case("N04", "brackets for a minus", csv("price\n(5.00)"))
            .finds("A2 invalid-price/price-not-positive")
            .may(SAID),
        case("N04", "the currency in the header", csv_without(&["price"], "Price (THB)\n1299"))
            .with("--country th")
            .may("header-unit")
            .sends("SKU-2 price=1299"),
        case("N04", "another currency in the header", csv_without(&["price"], "Price (USD)\n12"))
            .with("--country th")
            // One finding on the header, or one on each cell.
            .finds("* foreign-currency")
            .sends("SKU-2 -"),
    ]
}

fn bounds() -> Vec<Case> {
    let sale = |price: &str, special: &str| {
        csv(&format!("price|special_price|special_from_date|special_to_date\n{price}|{special}|2026-12-01|2026-12-31"))
    };
    vec![
        case("N08", "below zero", csv("price\n-5")).finds("A2 price-not-positive"),
        case("N08", "zero", csv("price\n0")).finds("A2 price-not-positive"),
        case("N08", "three decimals in a number cell", xlsx("price\nn:12.345")).finds("A2 price-decimals"),
        case("N08", "decimals that only a computer makes", xlsx("price\nn:19.990000000000002"))
            .sends("SKU-2 price=19.99"),
        case("N08", "cents of a dong", xlsx("price\nn:99.5")).with("--country vn").finds("A2 price-minor-unit"),
        case("N13", "a sale above the price", sale("99", "129")).finds("B2 sale-not-below-price"),
        case("N13", "a sale at the price", sale("99", "99")).finds("B2 sale-not-below-price"),
        case("N13", "more than 80 % off", sale("1000", "190"))
            .finds("B2 deep-discount")
            .sends("SKU-2 special_price=190"),
        case("N13", "80 % off", sale("1000", "200")).sends("SKU-2 special_price=200"),
        case("N13", "a sale for nothing", sale("99", "0")).finds("B2 price-not-positive"),
    ]
}

fn measures() -> Vec<Case> {
    vec![
        case("N11", "the unit in the cell", csv("package_weight\n1.2kg\n1.5 KG"))
            .finds("A2 repairable; A3 repairable")
            .sends("SKU-2 -; SKU-3 -"),
        case("N11", "the unit in the cell", csv("package_weight\n1.2kg\n1.5 KG"))
            .with("--repair safe")
            .finds("A2 repaired; A3 repaired")
            .sends("SKU-2 package_weight=1.2; SKU-3 package_weight=1.5"),
        case("N11", "grams in the cell", csv("package_weight\n500 g"))
            .with("--repair safe")
            .finds("A2 repaired")
            .sends("SKU-2 package_weight=0.5"),
        case("N11", "inches", csv("package_length\n12\""))
            .with("--repair safe")
            .finds("A2 repaired")
            .sends("SKU-2 package_length=30.48"),
        case("N11", "three lengths in a cell", csv("package_length\n12x10x5 cm"))
            .finds("A2 invalid-measure")
            .sends("SKU-2 -"),
        case("N11", "a length for a weight", csv("package_weight\n30 cm")).finds("A2 invalid-measure").sends("SKU-2 -"),
        case("N11", "the unit in the header", csv_without(&["package_weight"], "Weight (g)\n500"))
            .finds("A1 header-unit")
            .sends("SKU-2 package_weight=0.5"),
        case("N11", "the unit in a Thai header", csv_without(&["package_length"], "ยาว (มม.)\n305"))
            .finds("A1 header-unit")
            .sends("SKU-2 package_length=30.5"),
        case("N11", "the unit of the marketplace in the header", csv_without(&["package_weight"], "Weight (kg)\n0.5"))
            .may("header-unit")
            .sends("SKU-2 package_weight=0.5"),
        case("N12", "grams where kilograms are asked for", csv("package_weight\n250")).finds("A2 heavy-package"),
        case(
            "P03",
            "millimetres where centimetres are asked for",
            csv("package_length|package_width|package_height\n300|240|30"),
        )
        .finds("A2 large-package"),
        case("P03", "all measures 1", csv("package_weight|package_length|package_width|package_height\n1|1|1|1"))
            // On the row, or on the first of the four.
            .finds("* placeholder-package")
            .sends("SKU-2 package_weight=1"),
        case(
            "P03",
            "no package in the second row of a product",
            csv("product|package_weight|color_family\nTEE|0.5|Red\nTEE||Blue"),
        )
        .finds("B3 missing-value"),
    ]
}

fn quantities() -> Vec<Case> {
    vec![
        case("N14", "a whole number with a decimal", csv("quantity\n10.0")).may(SAID).sends("SKU-2 quantity=10"),
        case("N14", "none", csv("quantity|price\n|99")).sends("SKU-2 price=99"),
        case("N14", "zero", csv("quantity\n0")).sends("SKU-2 quantity=0"),
        case("N14", "a number with an exponent", csv("quantity\n1e2")).finds("A2 repairable"),
        case("N14", "pieces", csv("quantity\n10 pcs")).finds("A2 invalid-quantity/repairable"),
        case("N14", "endless", csv("quantity\n∞")).finds("A2 invalid-quantity"),
        case("N14", "below zero", csv("quantity\n-1")).finds("A2 invalid-quantity"),
        case("N14", "half a piece", xlsx("quantity\nn:1.5")).finds("A2 invalid-quantity"),
    ]
}
