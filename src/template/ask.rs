//! One column of a template: what is asked, of whom, and how it is filled in.

use crate::category::{CategoryAttribute, Level};

/// A category that the template is for.
#[derive(Debug, Clone)]
pub(super) struct Chosen<'a> {
    pub(super) id: u64,
    /// `Fashion > Women > T-Shirts`; empty where the tree does not have it.
    pub(super) path: String,
    pub(super) attributes: &'a [CategoryAttribute],
}

impl Chosen<'_> {
    /// `6614 Fashion > Women > T-Shirts`
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.id, self.path).trim_end().to_owned()
    }
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word or a phrase; digits stay digits, with the zeros in front.
    Text,
    /// A text that may be long.
    Long,
    /// A whole number.
    Whole,
    /// A price.
    Money,
    /// A price where prices have no decimals.
    WholeMoney,
    /// A weight, a length, or any other number.
    Number,
    /// A day.
    Day,
    /// A day and a time.
    Moment,
    /// The address of a picture.
    Picture,
}

impl Kind {
    /// What is to be typed.
    pub(super) fn input(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Long => "text, also with simple HTML",
            Kind::Whole => "whole number",
            Kind::Money | Kind::WholeMoney => "price",
            Kind::Number => "number",
            Kind::Day => "date",
            Kind::Moment => "date and time",
            Kind::Picture => "picture address",
        }
    }
}

/// Which values a column takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Choice {
    /// One of the options.
    One,
    /// Some of the options.
    Several,
    /// One of the options, or another value.
    OneOrOwn,
    /// Some of the options, or other values.
    SeveralOrOwn,
    /// Any value.
    Free,
}

impl Choice {
    /// A cell may hold several values.
    pub(super) fn is_several(self) -> bool {
        match self {
            Choice::Several | Choice::SeveralOrOwn => true,
            Choice::One | Choice::OneOrOwn | Choice::Free => false,
        }
    }

    /// What may be filled in, for people.
    pub(super) fn told(self) -> Option<&'static str> {
        match self {
            Choice::One => Some("one value of the list"),
            Choice::Several => Some("one or more values of the list, parted by commas"),
            Choice::OneOrOwn => Some("one value of the list, or your own"),
            Choice::SeveralOrOwn => Some("values of the list or your own, parted by commas"),
            Choice::Free => None,
        }
    }
}

/// Who demands a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Demand {
    /// Every category.
    Always,
    /// These of the chosen categories.
    In(Vec<u64>),
    /// None.
    Never,
}

/// Whose value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All rows of a product share it.
    Product,
    /// Each row has its own.
    Sku,
    /// It tells the rows of a product apart.
    Variant,
    /// It tells which rows are one product, and is never sent.
    Grouping,
}

impl Scope {
    pub(super) fn of(level: Level, is_variant: bool) -> Scope {
        match (level, is_variant) {
            (Level::Product, _) => Scope::Product,
            (Level::Sku, false) => Scope::Sku,
            (Level::Sku, true) => Scope::Variant,
        }
    }

    /// The word on the page that explains.
    pub(super) fn told(self) -> &'static str {
        match self {
            Scope::Product => "product",
            Scope::Sku => "SKU",
            Scope::Variant => "SKU, tells variants apart",
            Scope::Grouping => "joins rows",
        }
    }
}

/// A column of the template.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// The header, without the mark of what is demanded.
    pub(super) header: String,
    pub(super) scope: Scope,
    pub(super) kind: Kind,
    pub(super) demand: Demand,
    pub(super) choice: Choice,
    /// The values to choose from; none where any value may stand.
    pub(super) options: Vec<String>,
    /// What it is.
    pub(super) what: String,
    /// What is allowed.
    pub(super) limits: String,
    pub(super) example: String,
    /// The chosen categories that have it; empty where all do.
    pub(super) only_in: Vec<u64>,
}

impl Ask {
    /// The header as it stands in the sheet: one that is demanded has a star.
    pub(super) fn shown_header(&self) -> String {
        let star = if self.demand == Demand::Never { "" } else { "*" };
        format!("{}{star}", self.header)
    }

    /// What is allowed, and how many values the list has.
    pub(super) fn shown_limits(&self) -> String {
        let choice = self.choice.told().filter(|_| !self.options.is_empty());
        let parts = [self.limits.as_str(), choice.unwrap_or_default()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }
}
