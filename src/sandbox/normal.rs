//! What the shop makes of the texts it shows.
//!
//! The store keeps what was sent; GetProducts shows it as the faults file says, so that a client can be tested that
//! compares what it sent with what it reads. Seller SKUs and addresses are never touched.

use serde::Deserialize;

/// The fields that hold a decimal number.
const NUMBERS: [&str; 6] =
    ["price", "special_price", "package_length", "package_width", "package_height", "package_weight"];

/// What GetProducts shows in the place of what was sent; the default is just that.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Normal {
    spaces: Spaces,
    numbers: Numbers,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Spaces {
    /// As they were sent.
    #[default]
    Kept,
    /// Each run of blanks, tabs and line ends is one blank.
    Collapsed,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Numbers {
    /// As they were sent.
    #[default]
    Kept,
    /// As the GetProducts page prints them: `1288.0`, `1173.85`.
    Shortest,
}

impl Normal {
    /// The value of a field as it is shown.
    pub(super) fn shown(self, field: &str, value: &str) -> String {
        if NUMBERS.contains(&field) {
            return match self.numbers {
                Numbers::Kept => value.to_owned(),
                Numbers::Shortest => shortest(value).unwrap_or_else(|| value.to_owned()),
            };
        }
        match self.spaces {
            Spaces::Kept => value.to_owned(),
            Spaces::Collapsed => value.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }
}

/// Without needless zeros, but with one decimal; `None` for what is no plain decimal number.
fn shortest(value: &str) -> Option<String> {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(decimals) {
        return None;
    }
    let (whole, decimals) = (whole.trim_start_matches('0'), decimals.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if decimals.is_empty() { format!("{whole}.0") } else { format!("{whole}.{decimals}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(settings: &str, field: &str, value: &str, expect: &str) {
        let normal: Normal = toml::from_str(settings).unwrap();
        assert_eq!(normal.shown(field, value), expect, "{settings}");
    }

    #[test]
    fn texts_are_kept_unless_told_otherwise() {
        check("", "description", "  two \n lines ", "  two \n lines ");
        check("", "price", "350", "350");
    }

    #[test]
    fn spaces_may_collapse() {
        check("spaces = \"collapsed\"", "description", "  two \n\t lines ", "two lines");
        check("spaces = \"collapsed\"", "price", "350", "350");
    }

    #[test]
    fn numbers_may_lose_their_zeros() {
        for (sent, shown) in [("350", "350.0"), ("488.80", "488.8"), ("0.20", "0.2"), ("1173.85", "1173.85")] {
            check("numbers = \"shortest\"", "price", sent, shown);
        }
        check("numbers = \"shortest\"", "package_weight", "1.00", "1.0");
        check("numbers = \"shortest\"", "size", "40", "40");
        check("numbers = \"shortest\"", "price", "many", "many");
    }
}
