//! How fast a sheet is checked, beside bare reads of the same file in the same run; and how fast it is checked with
//! what its categories demand, beside the check without.
//!
//! `cargo bench --bench check` writes sheets of 100,000 rows once (CSV and XLSX), runs the release binary
//! over them as a user would, and prints rows a second, ratios and peak memory. With
//! `SKULOAD_BENCH_LARGE=1` it does the same with 1,000,000 rows. Ratios are worth comparing between
//! machines, rows a second are not.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock, the environment, and waits")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use calamine::{Reader, Xlsx};
use rust_xlsxwriter::Workbook;
use skuload::category::{Categories, CategoryAttribute, Input, Level, Node};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The program as it is shipped.
const SKULOAD: &str = env!("CARGO_BIN_EXE_skuload");

/// How often each thing is measured; the median counts.
const ROUNDS: usize = 3;

/// Rows of one product.
const SKUS_PER_PRODUCT: usize = 3;

/// One row in so many is bad.
const BAD_ROW_EVERY: usize = 100;

/// Characters in a description.
const DESCRIPTION: usize = 280;

const HEADERS: [&str; 26] = [
    "Product",
    "SellerSku",
    "PrimaryCategory",
    "name",
    "short_description",
    "description",
    "brand",
    "model",
    "price",
    "quantity",
    "special_price",
    "special_from_date",
    "special_to_date",
    "package_weight",
    "package_length",
    "package_width",
    "package_height",
    "package_content",
    "color_family",
    "size",
    "warranty_type",
    "tax_class",
    "Image1",
    "Image2",
    "Image3",
    "Image4",
];

/// The categories of the sheet: the first, and how many.
const CATEGORIES: (u64, u64) = (6_000, 500);

/// Brands that the marketplace lists.
const BRANDS: usize = 5_000;

/// The columns (from 0) that a spreadsheet holds as numbers.
const NUMBERS: [usize; 8] = [2, 8, 9, 10, 13, 14, 15, 16];

fn main() -> Outcome<()> {
    // `cargo test --all-targets` runs this file too, without the flag that `cargo bench` gives.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut sizes = vec![100_000];
    if std::env::var_os("SKULOAD_BENCH_LARGE").is_some_and(|value| value == "1") {
        sizes.push(1_000_000);
    }
    println!("{:>9} rows  {:<4} {:>8}  {:<28} {:>10}  ratio  peak memory", "", "", "MB", "", "rows/s");
    let categories = categories()?;
    for rows in sizes {
        for format in [Format::Csv, Format::Xlsx] {
            let file = sheet(format, rows)?;
            measure(format, rows, &file, &categories)?;
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Csv,
    Xlsx,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }

    fn peer(self) -> &'static str {
        match self {
            Format::Csv => "csv, ByteRecord, bare",
            Format::Xlsx => "calamine, cell stream, bare",
        }
    }

    fn bare_read(self, file: &Path) -> Outcome<u64> {
        match self {
            Format::Csv => read_csv(file),
            Format::Xlsx => read_xlsx(file),
        }
    }
}

/// Prints three lines: the peer, `skuload check` as a share of it, and the same with categories as a share of that.
fn measure(format: Format, rows: usize, file: &Path, categories: &Path) -> Outcome<()> {
    let (mut bare, mut checked, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        black_box(format.bare_read(file)?);
        bare.push(started.elapsed());
        let started = Instant::now();
        check(file, None)?;
        checked.push(started.elapsed());
        let started = Instant::now();
        check(file, Some(categories))?;
        held.push(started.elapsed());
    }
    let peaks = [peak_memory(file, None)?, peak_memory(file, Some(categories))?];
    let (bare, checked, held) = (median(bare), median(checked), median(held));
    let megabytes = fs::metadata(file)?.len() / 1_000_000;
    let speed = |time: Duration| rows as f64 / time.as_secs_f64();
    let extension = format.extension();
    println!("{rows:>9} rows  {extension:<4} {megabytes:>8}  {:<28} {:>10.0}   1.00", format.peer(), speed(bare));
    println!(
        "{rows:>9} rows  {extension:<4} {megabytes:>8}  {:<28} {:>10.0}   {:.2}  {} MiB",
        "skuload check --format json",
        speed(checked),
        speed(checked) / speed(bare),
        peaks[0] / 1024,
    );
    println!(
        "{rows:>9} rows  {extension:<4} {megabytes:>8}  {:<28} {:>10.0}   {:.2}  {} MiB",
        "  with --categories, of it",
        speed(held),
        speed(held) / speed(checked),
        peaks[1] / 1024,
    );
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn read_csv(file: &Path) -> Outcome<u64> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(file)?;
    let mut record = csv::ByteRecord::new();
    let mut bytes = 0;
    while reader.read_byte_record(&mut record)? {
        bytes += record.as_slice().len() as u64;
    }
    Ok(bytes)
}

fn read_xlsx(file: &Path) -> Outcome<u64> {
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(File::open(file)?))?;
    let sheet = workbook.sheet_names().first().cloned().unwrap_or_default();
    let mut reader = workbook.worksheet_cells_reader(&sheet)?;
    let mut cells = 0;
    while let Some(cell) = reader.next_cell()? {
        black_box(cell.get_value());
        cells += 1;
    }
    Ok(cells)
}

/// `skuload check`, in a folder without settings and without those of the environment.
fn command(file: &Path, categories: Option<&Path>) -> Command {
    let mut command = Command::new(SKULOAD);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SKULOAD_") {
            command.env_remove(name);
        }
    }
    // On a day on which the sales of the sheet are to come.
    command.args(["check", "--format", "json", "--now", "2026-01-15"]).arg(file);
    if let Some(categories) = categories {
        command.arg("--categories").arg(categories);
    }
    command.current_dir(folder()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Exit code 1 says that some rows have errors, as they should.
fn check(file: &Path, categories: Option<&Path>) -> Outcome<()> {
    let status = command(file, categories).status()?;
    if status.code() != Some(1) {
        return Err(format!("skuload check {} ended with {status}", file.display()).into());
    }
    Ok(())
}

/// The most memory the program held, in KiB: the kernel's high-water mark, asked for until the end. Zero
/// where there is no `/proc`.
fn peak_memory(file: &Path, categories: Option<&Path>) -> Outcome<u64> {
    let mut child = command(file, categories).spawn()?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        peak = high_water(&status).unwrap_or_default().max(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(peak)
}

fn high_water(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../bench-data")
}

/// What the categories of the sheet demand: what its rows give, and more that is optional.
fn categories() -> Outcome<PathBuf> {
    fs::create_dir_all(folder())?;
    let (first, count) = CATEGORIES;
    let leaves = (first..first + count).map(|id| Node { id, name: format!("Shirts {id}"), children: Vec::new() });
    let tree = vec![Node { id: 1, name: "Fashion".to_owned(), children: leaves.collect() }];
    let attributes: BTreeMap<u64, Vec<CategoryAttribute>> = (first..first + count).map(|id| (id, schema())).collect();
    let brands = ["Acme", "Remark", "No Brand"].map(str::to_owned).into_iter();
    let brands = brands.chain((0..BRANDS).map(|number| format!("Brand {number}"))).collect();
    let categories = Categories::new(None, "2026-01-01T00:00:00Z".parse()?, tree, attributes, Some(brands));
    let file = folder().canonicalize()?.join("categories.json");
    fs::write(&file, categories.to_json())?;
    Ok(file)
}

fn schema() -> Vec<CategoryAttribute> {
    let attribute = |name: &str, input: Input, level: Level, mandatory: bool, options: &[&str]| CategoryAttribute {
        name: name.to_owned(),
        label: name.replace('_', " "),
        input,
        level,
        mandatory,
        variant: None,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        local: Vec::new(),
    };
    let colours = ["Red", "Navy Blue", "สีดำ", "Green", "White", "Black", "Yellow", "Orange", "Pink", "Brown"];
    vec![
        attribute("name", Input::Text, Level::Product, true, &[]),
        attribute("brand", Input::One, Level::Product, true, &[]),
        attribute("price", Input::Number, Level::Sku, true, &[]),
        attribute("description", Input::RichText, Level::Product, true, &[]),
        attribute("model", Input::Text, Level::Product, true, &[]),
        attribute("quantity", Input::Number, Level::Sku, true, &[]),
        attribute("package_content", Input::RichText, Level::Sku, true, &[]),
        attribute("color_family", Input::One, Level::Sku, true, &colours),
        attribute("size", Input::One, Level::Sku, true, &["XS", "S", "M", "L", "XL", "XXL"]),
        attribute("warranty_type", Input::One, Level::Product, true, &["No Warranty", "Local", "International"]),
        attribute("tax_class", Input::One, Level::Sku, true, &["default", "zero"]),
        attribute("material", Input::Several, Level::Product, false, &["Cotton", "Linen", "Wool"]),
        attribute("sleeves", Input::One, Level::Product, false, &["Short", "Long", "None"]),
        attribute("release_date", Input::Date, Level::Product, false, &[]),
        attribute("weight", Input::Number, Level::Product, false, &[]),
    ]
}

/// The sheet, from an earlier run or written now.
fn sheet(format: Format, rows: usize) -> Outcome<PathBuf> {
    fs::create_dir_all(folder())?;
    let file = folder().canonicalize()?.join(format!("{rows}.{}", format.extension()));
    if file.exists() {
        return Ok(file);
    }
    let unfinished = file.with_extension("unfinished");
    match format {
        Format::Csv => write_csv(&unfinished, rows)?,
        Format::Xlsx => write_xlsx(&unfinished, rows)?,
    }
    fs::rename(&unfinished, &file)?;
    Ok(file)
}

fn write_csv(file: &Path, rows: usize) -> Outcome<()> {
    let mut writer = csv::Writer::from_path(file)?;
    writer.write_record(HEADERS)?;
    for number in 0..rows {
        writer.write_record(row(number))?;
    }
    writer.flush()?;
    Ok(())
}

fn write_xlsx(file: &Path, rows: usize) -> Outcome<()> {
    let mut workbook = Workbook::new();
    // Shared strings, as spreadsheet programs write them.
    let worksheet = workbook.add_worksheet_with_low_memory()?;
    worksheet.set_name("Products")?;
    worksheet.write_row(0, 0, HEADERS)?;
    for number in 0..rows {
        for (column, text) in row(number).iter().enumerate() {
            let place = (u32::try_from(number + 1)?, u16::try_from(column)?);
            match text.parse::<f64>().ok().filter(|_| NUMBERS.contains(&column)) {
                Some(amount) => worksheet.write_number(place.0, place.1, amount)?,
                None if text.is_empty() => continue,
                None => worksheet.write_string(place.0, place.1, text)?,
            };
        }
    }
    workbook.save(file)?;
    Ok(())
}

/// A row as merchants write them: most are sound, one in a hundred is not.
fn row(number: usize) -> [String; 26] {
    let (product, variant) = (number / SKUS_PER_PRODUCT, number % SKUS_PER_PRODUCT);
    let price = format!("{}.{:02}", 100 + product % 900, product % 100);
    let special_price = format!("{}.90", (100 + product % 900) / 2);
    let is_on_sale = number.is_multiple_of(4);
    let on_sale = |text: &str| if is_on_sale { text.to_owned() } else { String::new() };
    let image = |place: usize| format!("https://img.example.com/catalogue/2026/{product}/{variant}-{place}.jpg");
    let mut row = [
        format!("P-{product}"),
        format!("TEE-{product}-{variant}"),
        (6_000 + product % 500).to_string(),
        format!("Cotton T-shirt with a round neck, style {product}"),
        format!("<ul><li>Soft cotton</li><li>Washes at 40 degrees</li><li>Style {product}</li></ul>"),
        description(product),
        ["Acme", "Remark", "No Brand"][product % 3].to_owned(),
        format!("M{}", product % 1_000),
        price,
        (number % 250).to_string(),
        on_sale(&special_price),
        on_sale("2026-03-01 00:00"),
        on_sale("2026-03-31 23:45"),
        "0.35".to_owned(),
        "30".to_owned(),
        "25.5".to_owned(),
        "3".to_owned(),
        "1 x T-shirt".to_owned(),
        ["Red", "Navy Blue", "สีดำ"][variant].to_owned(),
        ["S", "M", "L", "XL"][product % 4].to_owned(),
        "No Warranty".to_owned(),
        "default".to_owned(),
        image(1),
        image(2),
        image(3),
        image(4),
    ];
    if number % BAD_ROW_EVERY == BAD_ROW_EVERY / 2 {
        spoil(&mut row, number / BAD_ROW_EVERY);
    }
    row
}

fn description(product: usize) -> String {
    let mut text = format!("<p>A shirt for every day, \"as soft as it looks\", number {product}.</p> ");
    while text.len() < DESCRIPTION {
        text.push_str("Made of long-staple cotton, cut wide, sewn twice at the shoulders. ");
    }
    text.truncate(DESCRIPTION);
    text
}

/// Faults that merchants make, in turn.
fn spoil(row: &mut [String; 26], kind: usize) {
    let (column, text) = [
        (8, "1.299,00"),
        (9, "-1"),
        (11, "01/03/2026"),
        (13, "0.3505"),
        (16, ""),
        (18, "Red | Blue"),
        (22, "C:\\pictures\\tee.jpg"),
    ][kind % 7];
    row[column] = text.to_owned();
}
