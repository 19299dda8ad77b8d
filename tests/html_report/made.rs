//! Reports to look at.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use skuload::column::{Choice, Table, choose};
use skuload::report::{About, Beside, write_report_beside};
use skuload::sheet::{Input, ReadOptions, Source};
use skuload::verdict::{Images, RowVerdict, Verdict, Verdicts};
use tempfile::TempDir;

/// A report in a folder of its own.
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

/// Texts that would do something if they were markup or code.
pub(crate) const SHOTS: &[&str] = &[
    "<img src=x onerror=\"struck = 1\">",
    "</script><script>struck = 1</script>",
    "<!--<script>",
    "\"><svg onload='struck = 1'>",
    "]]></textarea><iframe src=\"javascript:struck = 1\">",
    "a\u{2028}b\u{2029}c\\u003c\\",
    "{{constructor.constructor('struck = 1')()}}${struck = 1}",
    "&lt;img&gt;&amp;",
    "\u{202e}gnp.exe",
    "https://example.com/\" style=\"background:url(https://example.com/x)",
];

impl Made {
    fn of(sheet: &str, rows: Vec<RowVerdict>, name: &str) -> Made {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("report.html");
        let about = About { sheet: name.to_owned(), mode: "create".to_owned(), ..About::default() };
        let beside = Beside { about, ..Beside::default() };
        write_report_beside(&path, &tables(sheet), &Verdicts { rows }, &beside).unwrap();
        Made { path, _folder: folder }
    }

    /// The texts in every place where a text of the sheet or of the marketplace can stand.
    pub(crate) fn of_shots() -> Made {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut sheet = "SellerSku,<u>name</u>,Price\n".to_owned();
        let mut rows = Vec::new();
        for (at, shot) in SHOTS.iter().enumerate() {
            writeln!(sheet, "A{at},{},1", quoted(shot)).unwrap();
            let row = u32::try_from(at).unwrap() + 2;
            rows.push(RowVerdict {
                product: (*shot).to_owned(),
                rule_or_code: "<i>E01</i>".to_owned(),
                message: format!("B{row}: <u>name</u>: {shot}"),
                columns: vec![2],
                help: (*shot).to_owned(),
                request: (*shot).to_owned(),
                ..verdict(row, &format!("A{at}"), Verdict::Rejected)
            });
        }
        Made::of(&sheet, rows, SHOTS[1])
    }
}

impl Made {
    /// Names that are wider than their columns, and reasons of many lines.
    pub(crate) fn of_long_names() -> Made {
        let header = "Recommended retail price, without tax, in the currency of the shop";
        let sheet = format!("SellerSku,Price,\"{header}\"\nSUMMER-2026-TSHIRT-ORGANIC-RED-XXL,9,9\nA,9,9\n");
        let help = "add a column short_description, or map one with --map \"Your header=short_description\", or give all \
                    rows one value with --set short_description=VALUE; the direct link is \
                    https://drive.example.com/uc?export=download&id=1AbCdEfGhIjKlMnOpQrStUvWx-2; ";
        let long = RowVerdict {
            product: "summer-2026-tshirt-organic".to_owned(),
            rule_or_code: "invalid-attribute-name-of-a-variation".to_owned(),
            message: format!("C2: {header}: ").repeat(6),
            help: help.repeat(2),
            columns: vec![3],
            ..verdict(2, "SUMMER-2026-TSHIRT-ORGANIC-RED-XXL", Verdict::Invalid)
        };
        Made::of(&sheet, vec![long, verdict(3, "A", Verdict::Created)], "names.csv")
    }
}

/// A report of so many rows: one in ten invalid, one in a hundred refused.
pub(crate) fn large(count: u32) -> Made {
    let mut sheet = "SellerSku,Price,Name,Description\n".to_owned();
    let mut rows = Vec::new();
    for at in 0..count {
        let (row, sku) = (at + 2, format!("SKU-{at:05}"));
        let price = if at % 10 == 5 { "on request".to_owned() } else { (at + 1).to_string() };
        writeln!(sheet, "{sku},{price},Feather light running shoe,\"Breathable knit upper, size {at}. {LONG}\"")
            .unwrap();
        rows.push(match at {
            _ if at % 10 == 5 => RowVerdict {
                rule_or_code: "invalid-price".to_owned(),
                message: format!("B{row}: price `on request` is not a number; the row is of no product"),
                columns: vec![2],
                help: "write digits with a decimal point, such as 1299.00".to_owned(),
                ..verdict(row, &sku, Verdict::Invalid)
            },
            _ if at % 100 == 7 => RowVerdict {
                rule_or_code: "E0501".to_owned(),
                message: "the marketplace refused it; price: too low".to_owned(),
                fields: vec!["price".to_owned()],
                help: "raise the price of the \u{e0}o pho\u{302}ng".to_owned(),
                ..verdict(row, &sku, Verdict::Rejected)
            },
            _ => verdict(row, &sku, Verdict::Created),
        });
    }
    Made::of(&sheet, rows, "large.csv")
}

const LONG: &str = "Sole grips on wet ground, 6 mm drop with a soft heel, and a loop at the back; washes at 30 degrees";

fn verdict(row: u32, seller_sku: &str, verdict: Verdict) -> RowVerdict {
    RowVerdict {
        sheet: String::new(),
        row,
        seller_sku: seller_sku.to_owned(),
        product: "Shoe".to_owned(),
        verdict,
        images: if verdict == Verdict::Created { Images::Set } else { Images::None },
        rule_or_code: String::new(),
        message: String::new(),
        help: String::new(),
        also: Vec::new(),
        fields: Vec::new(),
        columns: Vec::new(),
        request: format!("r{}", row / 20),
        attempts: 1,
    }
}

fn tables(sheet: &str) -> Vec<Table> {
    let bytes = Arc::from(sheet.as_bytes());
    let source = Source::open("sheet.csv", Input::Bytes(bytes), &ReadOptions::default()).unwrap();
    choose(&source, &Choice::default()).unwrap()
}

/// What the program writes of an import.
pub(crate) fn imported() -> Made {
    let folder = TempDir::new().unwrap();
    let header = "product,category,name,short_description,brand,seller_sku,price,quantity,package_weight,package_length,\
        package_width,package_height";
    let row = |product: &str, sku: &str, price: &str| {
        format!("{product},3,Mug {product},Blue,Remark,{sku},{price},5,0.2,1,1,1")
    };
    let rows = [
        row("Mug", "MUG-1", "9"),
        row("Mug", "MUG-2", "none"),
        row("Cup", "CUP-1", "9"),
        row("Cap", "CUP-2", "9"),
        row("Pot", "POT-1", "0"),
    ];
    std::fs::write(folder.path().join("sheet.csv"), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_skuload"))
        .args(["import", "sheet.csv", "--sandbox", "--report", "report.html", "--state-dir", "state", "-q"])
        .env_clear()
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
    Made { path: folder.path().join("report.html"), _folder: folder }
}
