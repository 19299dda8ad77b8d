//! How the values of a table are read: what the settings say, and what the values themselves tell.
//!
//! A [`Reading`] is what is settled before a row is read, a [`Tally`] what the rows tell of their columns.
//! Only values with two readings need the whole column; while there is none, a sheet is read once.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::clear::Clearing;
use super::number::{Amount, NumberSense};
use super::oddity::Oddities;
use super::{Country, Covered, DateOrder, DateSense, DecimalMark, Draft, Locale, RepairLevel};
use crate::category::Categories;
use crate::column::{Field, Table};
use crate::finding::{Finding, Rule};
use crate::picture::Gallery;

/// The fields whose writing differs between countries, in the order of [`Draft::seen`].
pub(super) const WRITTEN: [Field; 11] = [
    Field::Price,
    Field::SpecialPrice,
    Field::Quantity,
    Field::PackageWeight,
    Field::PackageLength,
    Field::PackageWidth,
    Field::PackageHeight,
    Field::SpecialFrom,
    Field::SpecialTo,
    Field::SpecialFromTime,
    Field::SpecialToTime,
];

/// Which of them the same hand has written, so that one tells for another.
const KINDRED: [std::ops::Range<usize>; 4] = [0..2, 2..3, 3..7, 7..11];

/// One of the two ways in which a number or a date can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Number(DecimalMark),
    Date(DateOrder),
}

impl Way {
    fn index(self) -> usize {
        match self {
            Way::Number(DecimalMark::Point) | Way::Date(DateOrder::DayFirst) => 0,
            Way::Number(DecimalMark::Comma) | Way::Date(DateOrder::MonthFirst) => 1,
        }
    }

    fn of(place: usize, index: usize) -> Way {
        match (KINDRED[3].contains(&place), index) {
            (false, 0) => Way::Number(DecimalMark::Point),
            (false, _) => Way::Number(DecimalMark::Comma),
            (true, 0) => Way::Date(DateOrder::DayFirst),
            (true, _) => Way::Date(DateOrder::MonthFirst),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Way::Number(DecimalMark::Point) => "a decimal point",
            Way::Number(DecimalMark::Comma) => "a decimal comma",
            Way::Date(DateOrder::DayFirst) => "the day before the month",
            Way::Date(DateOrder::MonthFirst) => "the month before the day",
        }
    }
}

/// What one value tells of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Evidence {
    /// There is no value.
    #[default]
    Absent,
    /// Nothing: it is plain, or the same in both ways.
    Silent,
    /// It can be read in this way only.
    For(Way),
    /// It can be read in both ways, and means another thing in each.
    Ambiguous,
}

/// What was seen of one value.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) evidence: Evidence,
    pub(super) oddities: Oddities,
}

/// How the values of a table are read.
#[derive(Debug, Clone)]
pub struct Reading {
    pub(super) country: Option<Country>,
    pub(super) repair: RepairLevel,
    locale: Option<Locale>,
    ways: [Option<Way>; WRITTEN.len()],
    /// The values of the column contradict the locale.
    contradicted: [bool; WRITTEN.len()],
    /// Some value of the column is read as the others are written, or they are written in more than one way.
    is_open: [bool; WRITTEN.len()],
    counts_from_1904: bool,
    pub(super) clearing: Clearing,
    /// Which cells only look empty, where empty ones count.
    pub(super) covered: Option<Arc<Covered>>,
    /// Where pictures in files are; without it they are errors.
    pub(super) pictures: Option<Arc<Gallery>>,
    /// Which categories there are; without it, a category is a number.
    pub(super) categories: Option<Arc<Categories>>,
}

impl Reading {
    /// Before anything of the table has been read.
    #[must_use]
    pub fn new(table: &Table, country: Option<Country>, locale: Option<Locale>, repair: RepairLevel) -> Reading {
        let way = |place: usize| match (KINDRED[3].contains(&place), locale) {
            (_, None) => None,
            (false, Some(locale)) => Some(Way::Number(locale.mark)),
            (true, Some(locale)) => locale.order.map(Way::Date),
        };
        Reading {
            country,
            repair,
            locale,
            ways: std::array::from_fn(way),
            contradicted: [false; WRITTEN.len()],
            is_open: [false; WRITTEN.len()],
            counts_from_1904: table.source.counts_from_1904(),
            clearing: Clearing::Nothing,
            covered: None,
            pictures: None,
            categories: None,
        }
    }

    /// Categories may be named.
    #[must_use]
    pub fn with_categories(self, categories: Option<Arc<Categories>>) -> Reading {
        Reading { categories, ..self }
    }

    /// Cells may take away what the shop has.
    #[must_use]
    pub fn with_clearing(self, clearing: Clearing) -> Reading {
        Reading { clearing, ..self }
    }

    /// Pictures in files are looked for there.
    #[must_use]
    pub fn with_pictures(self, pictures: Option<Arc<Gallery>>) -> Reading {
        Reading { pictures, ..self }
    }

    /// An empty cell takes something away.
    #[must_use]
    pub fn clears_blanks(&self) -> bool {
        self.clearing == Clearing::Blank
    }

    /// These cells are not empty.
    pub fn cover(&mut self, covered: Covered) {
        self.covered = Some(Arc::new(covered));
    }

    /// Some value of the field at `place`, or of one written by the same hand, depends on the decimal marks of others.
    pub(super) fn asks_for_marks(&self, place: usize) -> bool {
        let of_one_hand = KINDRED.into_iter().find(|range| range.contains(&place));
        of_one_hand.unwrap_or(place..place + 1).any(|place| self.is_open[place])
    }

    /// What is known of the numbers of the field at `place`.
    pub(super) fn number_sense(&self, place: usize) -> NumberSense {
        let amount = match WRITTEN[place] {
            Field::Quantity => Amount::Pieces,
            Field::PackageWeight => Amount::Weight,
            Field::PackageLength | Field::PackageWidth | Field::PackageHeight => Amount::Length,
            _ => Amount::Money,
        };
        NumberSense {
            amount,
            mark: self.ways[place].and_then(|way| match way {
                Way::Number(mark) => Some(mark),
                Way::Date(_) => None,
            }),
            is_mark_told: self.locale.is_some(),
            currency: self.country.map(Country::currency),
            is_whole: self.country.is_some_and(Country::prices_are_whole),
        }
    }

    /// What is known of the dates of the field at `place`.
    pub(super) fn date_sense(&self, place: usize) -> DateSense {
        DateSense {
            order: self.ways[place].and_then(|way| match way {
                Way::Date(order) => Some(order),
                Way::Number(_) => None,
            }),
            is_order_told: self.locale.is_some_and(|locale| locale.order.is_some()),
            is_buddhist: self.country == Some(Country::Th) || self.locale.is_some_and(|locale| locale.is_buddhist),
            offset_hours: self.country.map(Country::hours_from_utc),
            counts_from_1904: self.counts_from_1904,
        }
    }
}

/// A value that shows how a column is written.
#[derive(Debug, Clone)]
struct Example {
    row: u32,
    text: String,
    read: String,
}

/// What the values of one column tell.
#[derive(Debug, Clone, Default)]
struct Count {
    values: u64,
    /// How many can be read in one way only, for each way, with the first of them.
    ways: [u64; 2],
    first_of_way: [Option<Example>; 2],
    ambiguous: u64,
    /// How many have two readings, of which the locale or a currency's custom chose one.
    decided: u64,
    odd: u64,
    oddities: Oddities,
    first_odd: Option<Example>,
}

impl Count {
    /// The way that values ask for, when none asks for the other.
    fn way(&self) -> Option<usize> {
        match self.ways {
            [0, 0] => None,
            [_, 0] => Some(0),
            [0, _] => Some(1),
            [_, _] => None,
        }
    }
}

/// What the rows of a table tell of their columns.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    counts: [Count; WRITTEN.len()],
}

impl Tally {
    /// Takes a row.
    pub fn add(&mut self, draft: &Draft<'_>, row: u32) {
        for (place, seen) in draft.seen().iter().enumerate() {
            let count = &mut self.counts[place];
            let example = || Example {
                row,
                text: draft.text(WRITTEN[place]).map_or_else(String::new, |entry| entry.text.to_owned()),
                read: draft.shown(WRITTEN[place]),
            };
            match seen.evidence {
                Evidence::Absent => continue,
                Evidence::Silent => {}
                Evidence::For(way) => {
                    count.ways[way.index()] += 1;
                    count.first_of_way[way.index()].get_or_insert_with(example);
                }
                Evidence::Ambiguous => count.ambiguous += 1,
            }
            count.values += 1;
            count.decided += u64::from(seen.oddities.has(Oddities::DECIDED) || seen.oddities.has(Oddities::CUSTOM));
            if !seen.oddities.is_empty() {
                count.odd += 1;
                // The first value is shown with its own oddities only when it has them all.
                if !count.oddities.contains(seen.oddities) {
                    count.oddities.add(seen.oddities);
                    if count.oddities == seen.oddities {
                        count.first_odd = Some(example());
                    }
                }
            }
        }
    }

    /// Takes what later rows told.
    pub fn merge(&mut self, later: Tally) {
        for (count, later) in self.counts.iter_mut().zip(later.counts) {
            count.values += later.values;
            count.ambiguous += later.ambiguous;
            count.decided += later.decided;
            count.odd += later.odd;
            for (at, example) in later.first_of_way.into_iter().enumerate() {
                count.ways[at] += later.ways[at];
                if count.first_of_way[at].is_none() {
                    count.first_of_way[at] = example;
                }
            }
            if !count.oddities.contains(later.oddities) {
                count.oddities.add(later.oddities);
                if count.oddities == later.oddities {
                    count.first_odd = later.first_odd;
                }
            }
        }
    }

    /// Settles in `reading` the columns that have values with two readings; whether one was. A locale that every
    /// telling value of the column contradicts settles nothing there: such values are refused.
    pub fn settle(&self, reading: &mut Reading) -> bool {
        let mut is_settled = false;
        for place in 0..WRITTEN.len() {
            let count = &self.counts[place];
            let told = self.way(place).map(|(index, _)| Way::of(place, index));
            let own = count.way().map(|index| Way::of(place, index));
            let before = reading.ways[place];
            reading.is_open[place] = count.ambiguous + count.decided > 0 || count.ways.iter().all(|ways| *ways > 0);
            if before.is_none() && count.ambiguous + count.decided > 0 {
                reading.ways[place] = told;
            } else if before.is_some() && own.is_some() && own != before && count.decided > 0 {
                reading.ways[place] = None;
                reading.contradicted[place] = true;
            }
            is_settled |= reading.ways[place] != before;
        }
        is_settled
    }

    /// The same evidence, with what a second reading saw of the writing of the values.
    pub fn refine(&mut self, second: Tally) {
        for (count, second) in self.counts.iter_mut().zip(second.counts) {
            count.odd = second.odd;
            count.oddities = second.oddities;
            count.first_odd = second.first_odd;
        }
    }

    /// The way of a column and the column that tells it: itself, or one of the same hand.
    fn way(&self, place: usize) -> Option<(usize, usize)> {
        if self.counts[place].ways != [0, 0] {
            return Some((self.counts[place].way()?, place));
        }
        let kindred = KINDRED.into_iter().find(|range| range.contains(&place))?;
        let telling: Vec<usize> = kindred.filter(|other| self.counts[*other].ways != [0, 0]).collect();
        let ways: Option<Vec<usize>> = telling.iter().map(|other| self.counts[*other].way()).collect();
        let ways = ways?;
        let first = *ways.first()?;
        ways.iter().all(|way| *way == first).then_some((first, telling[0]))
    }

    /// What is to be told of the columns, at their headers.
    #[must_use]
    pub fn findings(&self, table: &Table, reading: &Reading) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (place, field) in WRITTEN.into_iter().enumerate() {
            let Some(column) = table.columns.column_of(field) else { continue };
            let told = Told { tally: self, place, column, reading };
            let mixed = told.mixed().map(|message| (Rule::MixedWriting, message));
            let written = told.written().map(|message| (Rule::WrittenAs, message));
            for (rule, message) in mixed.into_iter().chain(written) {
                findings.push(Finding::new(rule, table.header.at(column)).field(field.name()).message(message));
            }
        }
        findings
    }
}

/// What is told of one column.
struct Told<'a> {
    tally: &'a Tally,
    place: usize,
    column: u32,
    reading: &'a Reading,
}

impl Told<'_> {
    fn count(&self) -> &Count {
        &self.tally.counts[self.place]
    }

    fn cell(&self, example: &Example) -> String {
        format!("{}{}", crate::location::column_letters(self.column), example.row)
    }

    /// Values that ask for the first way and values that ask for the second.
    fn mixed(&self) -> Option<String> {
        let count = self.count();
        if let (true, Some(locale), Some(index)) =
            (self.reading.contradicted[self.place], self.reading.locale, count.way())
            && let Some(example) = &count.first_of_way[index]
        {
            return Some(format!(
                "{} contradicts the locale {locale}: {} of {} values can only have {} (`{}` in {}); those with two readings are refused",
                WRITTEN[self.place],
                count.ways[index],
                count.values,
                Way::of(self.place, index).words(),
                example.text.trim(),
                self.cell(example)
            ));
        }
        let [Some(first), Some(second)] = &count.first_of_way else { return None };
        let one = |index: usize, example: &Example| {
            let words = Way::of(self.place, index).words();
            format!("{} can only have {words} (`{}` in {})", count.ways[index], example.text.trim(), self.cell(example))
        };
        let field = WRITTEN[self.place];
        Some(format!("of {} values of {field}, {} and {}", count.values, one(0, first), one(1, second)))
    }

    fn written(&self) -> Option<String> {
        let parts: Vec<String> = [self.way(), self.odd()].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("{}: {}", WRITTEN[self.place], parts.join("; ")))
    }

    /// What settles values with two readings; a decimal point without such values needs no telling.
    fn way(&self) -> Option<String> {
        let count = self.count();
        if self.reading.contradicted[self.place] {
            return None;
        }
        let settled = self.reading.ways[self.place].filter(|_| count.ambiguous > 0);
        let own = count.way().map(|index| Way::of(self.place, index));
        let needs_telling = own.is_some_and(|way| way != Way::Number(DecimalMark::Point));
        let way = settled.or(own.filter(|_| needs_telling))?;
        let words = way.words();
        let why = match (&self.reading.locale, &count.first_of_way[way.index()], self.tally.way(self.place)) {
            (_, Some(example), _) => format!(
                "{} of {} values can only have {words} (`{}` in {}){}",
                count.ways[way.index()],
                count.values,
                example.text.trim(),
                self.cell(example),
                if count.ways[1 - way.index()] == 0 { ", none contradicts" } else { "" }
            ),
            (Some(locale), None, _) => format!("the locale {locale} has {words}"),
            (None, None, Some((_, place))) => format!("the values of {} have {words}", WRITTEN[place]),
            (None, None, None) => return None,
        };
        let so = match count.ambiguous {
            0 => String::new(),
            1 => ", so that 1 with two readings is read so".to_owned(),
            many => format!(", so that {many} with two readings are read so"),
        };
        Some(why + &so)
    }

    fn odd(&self) -> Option<String> {
        let count = self.count();
        let example = count.first_odd.as_ref()?;
        let words: Vec<&str> = count.oddities.words().collect();
        let words = match words.as_slice() {
            [] => return None,
            [one] => (*one).to_owned(),
            [some @ .., last] => format!("{} or {last}", some.join(", ")),
        };
        let are = if count.odd == 1 { "is" } else { "are" };
        Some(format!(
            "{} of {} values {are} written with {words}, such as `{}` ({}), read as {}",
            count.odd,
            count.values,
            example.text.escape_debug(),
            self.cell(example),
            example.read
        ))
    }
}

/// As a number is shown in messages.
pub(super) fn shown(number: Option<Decimal>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}
