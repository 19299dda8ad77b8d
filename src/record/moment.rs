//! The dates of a row -> start and end of its sale.

use chrono::NaiveDateTime;

use super::clear::{DATES, MARK};
use super::draft::{Draft, Entry, Findings};
use super::oddity::Oddities;
use super::reading::{Evidence, Reading, Seen, WRITTEN, Way};
use super::row_reader::Before;
use super::{Country, DateReading, DateSense, DateWriting, SaleMoment, read_date, read_serial, trimmed};
use crate::column::{Field, Target};
use crate::finding::Rule;
use crate::sheet::Kind;

/// Where the dates begin in [`WRITTEN`].
pub(super) const FIRST: usize = 7;

impl<'a> Draft<'a> {
    /// Start and end of the sale.
    pub(super) fn read_dates(&mut self, reading: &Reading, before: &mut Before<'a>, findings: &mut Findings<'_>) {
        for place in FIRST..WRITTEN.len() {
            self.moments[place - FIRST] = self.moment(place, reading, before, findings);
        }
        let [from, to] = DATES;
        self.special_from = self.settled(from, findings);
        self.special_to = self.settled(to, findings);
    }

    /// What a cell of a date says, as typed.
    pub(super) fn moment_of(&self, field: Field) -> Option<NaiveDateTime> {
        let place = WRITTEN.iter().position(|there| *there == field)?;
        *self.moments.get(place.checked_sub(FIRST)?)?
    }

    /// The moment of a date and of the time that may stand beside it. The time names its day too (GetProducts, SKU
    /// table): where there is one, it is the moment.
    fn settled(&self, [date, time]: [Field; 2], findings: &mut Findings<'_>) -> Option<SaleMoment> {
        if let Some(entry) = self.text(time) {
            self.compare(date, time, entry, findings);
        }
        let field = if self.is_given(time) { time } else { date };
        let (entry, typed) = (self.text(field)?, self.moment_of(field)?);
        let (moment, is_floored) = SaleMoment::of(typed);
        if is_floored {
            findings.cell(Rule::SaleWindowFloored, field.name(), entry).message =
                format!("{field} {} is sent as {moment}", entry.text.trim());
        }
        Some(moment)
    }

    /// The time and its date name one day.
    fn compare(&self, date: Field, time: Field, entry: Entry<'_>, findings: &mut Findings<'_>) {
        let Some(there) = self.moment_of(time) else { return };
        let mark = self.mark_on(Target::Field(date));
        let (other, says, same) = match (self.moment_of(date), self.text(date), mark) {
            (Some(moment), Some(other), _) if moment.date() != there.date() => {
                (other, format!("on {}", moment.date()), "the same day")
            }
            (None, _, Some(mark)) => (mark, "to be cleared".to_owned(), MARK),
            (_, _, _) => return,
        };
        let row = findings.location();
        // Nobody knows which of the two was edited: both are named. A constant stands in no cell.
        let cell = |entry: Entry<'_>| (entry.column > 0).then(|| row.clone().at(entry.column).short());
        let named = |field: Field, entry: Entry<'_>| match cell(entry) {
            Some(cell) => format!("{field} in {cell}"),
            None => field.to_string(),
        };
        let place = |field: Field, entry: Entry<'_>| cell(entry).unwrap_or_else(|| field.to_string());
        let finding = findings.cell(Rule::SaleTimesDiffer, time.name(), entry);
        finding.message =
            format!("{} is {says}, and {} is on {}", named(date, other), named(time, entry), there.date());
        let (date, time) = (place(date, other), place(time, entry));
        finding.help = format!("write {same} in both {date} and {time}, or empty the one that is not meant");
    }

    fn moment(
        &mut self,
        place: usize,
        reading: &Reading,
        before: &mut Before<'a>,
        findings: &mut Findings<'_>,
    ) -> Option<NaiveDateTime> {
        let field = WRITTEN[place];
        let entry = self.text(field)?;
        let sense = reading.date_sense(place);
        let typed = trimmed(entry.text);
        let there = &mut before.moments[place - FIRST];
        let found = match *there {
            Some((text, moment)) if entry.kind == Kind::Text && text == entry.text => DateReading::Plain(moment),
            Some(_) | None => date_in(entry, &sense),
        };
        match found {
            DateReading::Plain(moment) => {
                if entry.kind == Kind::Text {
                    *there = Some((entry.text, moment));
                }
                self.seen[place] = Seen { evidence: Evidence::Silent, oddities: Oddities::default() };
                Some(moment)
            }
            DateReading::Read { moment, writing } => {
                let evidence = writing.order.map_or(Evidence::Silent, |order| Evidence::For(Way::Date(order)));
                let oddities = oddities_of(writing, &sense);
                self.seen[place] = Seen { evidence, oddities };
                Some(moment)
            }
            DateReading::Ambiguous { day_first, month_first } => {
                self.seen[place].evidence = Evidence::Ambiguous;
                let (day, month) = (day_first.format("%Y-%m-%d"), month_first.format("%Y-%m-%d"));
                let finding = findings.cell(Rule::AmbiguousDate, field.name(), entry);
                finding.message =
                    format!("{field} `{typed}` is {day} with the day first, {month} with the month first");
                finding.help = format!(
                    "write {day} or {month}, or say how dates are written: {}",
                    match reading.country.map(Country::locale) {
                        Some(locale) => format!("--locale {locale}, as in the shop's country, or another"),
                        None => "--locale en-gb (day first) or --locale en-us (month first)".to_owned(),
                    }
                );
                None
            }
            DateReading::Not(why) => {
                findings.cell(Rule::InvalidDate, field.name(), entry).message =
                    format!("{field} `{typed}` is no date: {why}");
                None
            }
        }
    }
}

/// What a cell says as a date.
fn date_in(entry: Entry<'_>, sense: &DateSense) -> DateReading {
    if entry.kind != Kind::Number {
        return read_date(entry.text, sense);
    }
    match read_serial(entry.text, sense) {
        // Digits that are a date by themselves: 20261231.
        DateReading::Not(why) => match read_date(entry.text, sense) {
            DateReading::Plain(moment) => DateReading::Plain(moment),
            DateReading::Read { .. } | DateReading::Ambiguous { .. } | DateReading::Not(_) => DateReading::Not(why),
        },
        serial => serial,
    }
}

fn oddities_of(writing: DateWriting, sense: &DateSense) -> Oddities {
    let mut oddities = Oddities::default();
    for (is_so, oddity) in [
        (writing.is_buddhist, Oddities::BUDDHIST),
        (writing.has_short_year, Oddities::SHORT_YEAR),
        (writing.is_serial, Oddities::SERIAL),
        (writing.is_zoned, Oddities::ZONE),
        (writing.has_other_digits, Oddities::DIGITS),
        (writing.has_month_name, Oddities::MONTH_NAME),
        (writing.order.is_none() && sense.is_order_told, Oddities::DECIDED),
    ] {
        if is_so {
            oddities.add(oddity);
        }
    }
    oddities
}
