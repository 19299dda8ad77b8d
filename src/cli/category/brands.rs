//! `skuload category show --brands`: the brands that were pulled, all of them or those that hold a text.

use chrono::{DateTime, Utc};
use serde::Serialize;
use skuload::category::Categories;
use skuload::column::nearest_of;

use super::super::args::Format;
use super::super::exit::{Exit, Failure};
use super::super::output::{self, counted, plain};

/// Brands as machines read them.
#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    kind: &'static str,
    country: Option<&'a str>,
    pulled: DateTime<Utc>,
    brands: Vec<&'a str>,
}

/// Lists the brands that hold `text`, whatever its case; `renew` is the command that pulls them.
pub(super) fn show(text: &str, known: &Categories, renew: &str, format: Format) -> Result<(), Failure> {
    let Some(all) = known.brands() else {
        return Err(Failure::new(Exit::Settings, "the brands were not pulled").help(format!("pull them with: {renew}")));
    };
    let text = text.trim();
    let brands = known.brands_holding(text);
    if brands.is_empty() && !text.is_empty() {
        let message = format!("none of {} holds `{text}`", counted(all.len() as u64, "brand", "brands"));
        let near = nearest_of(text, all.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        let help = format!("{near}without a text all are listed; a product without a brand is `No Brand`");
        return Err(Failure::new(Exit::Usage, message).help(help));
    }
    match format {
        Format::Human => {
            let lines: String = brands.iter().map(|brand| plain(brand) + "\n").collect();
            output::result(&lines);
            let of = if text.is_empty() { String::new() } else { format!(" of {}", all.len()) };
            output::say(&format!("{}{of}", counted(brands.len() as u64, "brand", "brands")));
        }
        Format::Json => output::result(&output::json_line(&Line {
            v: 1,
            kind: "brands",
            country: known.country(),
            pulled: known.pulled(),
            brands,
        })),
    }
    Ok(())
}
