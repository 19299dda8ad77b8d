//! What is peculiar about the writing of values, told once for each column.

/// What is peculiar about the writing of a value: a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Oddities(u16);

impl Oddities {
    pub(super) const THOUSANDS: Oddities = Oddities(1);
    pub(super) const CURRENCY: Oddities = Oddities(2);
    pub(super) const DASH: Oddities = Oddities(4);
    pub(super) const DIGITS: Oddities = Oddities(8);
    pub(super) const SPACE: Oddities = Oddities(16);
    pub(super) const BUDDHIST: Oddities = Oddities(32);
    pub(super) const SHORT_YEAR: Oddities = Oddities(64);
    pub(super) const SERIAL: Oddities = Oddities(128);
    pub(super) const ZONE: Oddities = Oddities(256);
    pub(super) const MONTH_NAME: Oddities = Oddities(512);
    pub(super) const ROUNDED: Oddities = Oddities(1024);

    /// One of two readings was chosen as the locale says.
    pub(super) const DECIDED: Oddities = Oddities(2048);
    /// One of two readings was chosen as its currency is written by custom.
    pub(super) const CUSTOM: Oddities = Oddities(4096);

    /// Each in the words of a message.
    const WORDS: [(Oddities, &'static str); 12] = [
        (Oddities::DECIDED, "marks of two readings, read as the locale says"),
        (Oddities::THOUSANDS, "thousands marks"),
        (Oddities::CURRENCY, "currency marks"),
        (Oddities::DASH, "a dash for the decimals"),
        (Oddities::DIGITS, "digits of another script or width"),
        (Oddities::SPACE, "white space around them"),
        (Oddities::BUDDHIST, "Buddhist years"),
        (Oddities::SHORT_YEAR, "years of two digits"),
        (Oddities::SERIAL, "day numbers of a spreadsheet"),
        (Oddities::ZONE, "time zones, converted to the shop's clock"),
        (Oddities::MONTH_NAME, "names of months"),
        (Oddities::ROUNDED, "more than two decimals after the conversion, rounded to two"),
    ];

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn add(&mut self, more: Oddities) {
        self.0 |= more.0;
    }

    /// It has all of `others`.
    pub(super) fn contains(self, others: Oddities) -> bool {
        self.0 & others.0 == others.0
    }

    pub(super) fn has(self, one: Oddities) -> bool {
        self.0 & one.0 != 0
    }

    pub(super) fn words(self) -> impl Iterator<Item = &'static str> {
        Oddities::WORDS.into_iter().filter(move |(one, _)| self.has(*one)).map(|(_, words)| words)
    }
}
