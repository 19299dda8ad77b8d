//! Numbers that fell apart into two cells, because their decimal comma is also the delimiter.
//!
//! `TEE,Shirt,12,50,10` under `sku,name,price,quantity` has a cell too many: `12` and `50` were `12,50`. The row
//! cannot be repaired, because nobody can be sure; but where only one way makes it fit, the message can say it.

/// A number that stands in two cells beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitNumber {
    /// The two columns, from 1.
    pub columns: (u32, u32),
    /// The number with its comma: `12,50`.
    pub joined: String,
}

/// The most cells too many for which a way is searched.
const MOST: usize = 6;

/// The numbers that make a row `width` cells wide again when each is joined by a comma, from left to right.
///
/// Empty where the row is not too long, where nothing can be joined, or where it can be joined in more than one
/// way that is equally likely. A message can say: `cells C14 and D14 look like one number, 12,50; quote it
/// ("12,50"), write 12.50, or save the sheet with ; between the cells`.
#[must_use]
pub fn split_numbers(cells: &[&str], width: usize) -> Vec<SplitNumber> {
    // Empty cells at the end come from the spreadsheet program, not from the numbers.
    let used = cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |at| at + 1);
    let Some(extra) = used.checked_sub(width).filter(|extra| (1..=MOST).contains(extra)) else { return Vec::new() };
    let places: Vec<(usize, Likely)> =
        (1..used).filter_map(|at| Some((at - 1, likely(cells[at - 1].trim(), cells[at].trim())?))).collect();
    // Prices and weights first; whatever makes a number only if they do not fill the row.
    let prices: Vec<usize> = places.iter().filter(|(_, how)| *how == Likely::Price).map(|(at, _)| *at).collect();
    let all: Vec<usize> = places.iter().map(|(at, _)| *at).collect();
    let way = only_way(&prices, extra).or_else(|| only_way(&all, extra)).unwrap_or_default();
    way.into_iter().map(|at| joined(cells, at)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likely {
    /// Two decimals, or less than one: `12,50`, `0,5`.
    Price,
    Number,
}

/// Whether `whole` and `decimals` can be the two sides of a decimal comma.
fn likely(whole: &str, decimals: &str) -> Option<Likely> {
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = match digits.split_once('.') {
        None => is_number(digits) && digits.len() <= 9,
        Some((first, rest)) => {
            is_number(first) && first.len() <= 3 && rest.split('.').all(|group| is_number(group) && group.len() == 3)
        }
    };
    let is_padded = digits.len() > 1 && digits.starts_with('0');
    if !is_whole || is_padded || !is_number(decimals) || decimals.len() > 3 {
        return None;
    }
    Some(if decimals.len() == 2 || digits == "0" { Likely::Price } else { Likely::Number })
}

/// The only way to choose `count` of `places` such that no two of them share a cell.
fn only_way(places: &[usize], count: usize) -> Option<Vec<usize>> {
    let mut ways = Vec::new();
    choose(places, count, &mut Vec::new(), &mut ways);
    if ways.len() == 1 { ways.pop() } else { None }
}

/// Collects ways until there are two.
fn choose(places: &[usize], count: usize, chosen: &mut Vec<usize>, ways: &mut Vec<Vec<usize>>) {
    if count == 0 {
        ways.push(chosen.clone());
        return;
    }
    for (index, place) in places.iter().enumerate() {
        if ways.len() > 1 || places.len() - index < count {
            return;
        }
        if chosen.last().is_some_and(|last| last + 1 >= *place) {
            continue;
        }
        chosen.push(*place);
        choose(&places[index + 1..], count - 1, chosen, ways);
        chosen.pop();
    }
}

fn joined(cells: &[&str], at: usize) -> SplitNumber {
    let column = u32::try_from(at + 1).unwrap_or(u32::MAX);
    SplitNumber {
        columns: (column, column.saturating_add(1)),
        joined: format!("{},{}", cells[at].trim(), cells[at + 1].trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(row: &str, width: usize, expect: &str) {
        let cells: Vec<&str> = row.split(',').collect();
        let found: Vec<String> = split_numbers(&cells, width)
            .into_iter()
            .map(|number| format!("{}-{} {}", number.columns.0, number.columns.1, number.joined))
            .collect();
        assert_eq!(found.join("; "), expect, "{row}");
    }

    #[test]
    fn the_one_number_that_makes_the_row_fit_is_found() {
        check("TEE,Shirt,12,50,red", 4, "3-4 12,50");
        check("TEE,Shirt,12,50,5", 4, "3-4 12,50");
        check("TEE,Shirt,1.299,00,red", 4, "3-4 1.299,00");
        check("TEE,Shirt, -12,5 ,red", 4, "3-4 -12,5");
        check("TEE,Shirt,12,50,red,9,90", 5, "3-4 12,50; 6-7 9,90");
        check("TEE,Shirt,12,50,9,90", 4, "3-4 12,50; 5-6 9,90");
        check("TEE,Shirt,12,50,red,,", 4, "3-4 12,50");
        check("TEE,Shirt,99,0,5", 4, "4-5 0,5");
    }

    #[test]
    fn nothing_is_said_where_the_row_fits_or_nobody_can_tell() {
        check("TEE,Shirt,12.50,5", 4, "");
        check("TEE,Shirt,12", 4, "");
        check("TEE,Shirt,12,50,10", 4, "");
        check("TEE,Shirt,red,blue,5x", 4, "");
        check("TEE,red,blue,8850006920015,5", 4, "");
        check("TEE,Shirt,0812,50,red", 4, "");
        check("TEE,Shirt,12,5000,red", 4, "");
        check("1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", 14, "");
        check("", 0, "");
    }
}
