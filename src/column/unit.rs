//! Units of weight and length, as headers and cells name them.

/// A unit in which a parcel is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Kilogram, the marketplace's unit of weight.
    Kilogram,
    /// Gram.
    Gram,
    /// Pound (avoirdupois).
    Pound,
    /// Ounce (avoirdupois).
    Ounce,
    /// Centimetre, the marketplace's unit of length.
    Centimetre,
    /// Millimetre.
    Millimetre,
    /// Metre.
    Metre,
    /// Inch.
    Inch,
}

impl Unit {
    /// Every unit.
    pub const ALL: &'static [Unit] = &[
        Unit::Kilogram,
        Unit::Gram,
        Unit::Pound,
        Unit::Ounce,
        Unit::Centimetre,
        Unit::Millimetre,
        Unit::Metre,
        Unit::Inch,
    ];

    const NAMES: &'static [(Unit, &'static [&'static str])] = &[
        (
            Unit::Kilogram,
            &[
                "kg",
                "kgs",
                "kilo",
                "kilos",
                "kilogram",
                "kilograms",
                "กก",
                "กก.",
                "กิโล",
                "กิโลกรัม",
                "公斤",
                "千克",
                "kí",
                "ký",
            ],
        ),
        (Unit::Gram, &["g", "gr", "gm", "gms", "gram", "grams", "ก", "ก.", "กรัม", "克", "公克", "gam"]),
        (Unit::Pound, &["lb", "lbs", "pound", "pounds", "ปอนด์", "磅"]),
        (Unit::Ounce, &["oz", "ounce", "ounces", "ออนซ์", "盎司"]),
        (
            Unit::Centimetre,
            &[
                "cm",
                "cms",
                "centimetre",
                "centimetres",
                "centimeter",
                "centimeters",
                "ซม",
                "ซม.",
                "เซนติเมตร",
                "เซ็นติเมตร",
                "sentimeter",
                "厘米",
                "公分",
            ],
        ),
        (
            Unit::Millimetre,
            &[
                "mm",
                "mms",
                "millimetre",
                "millimetres",
                "millimeter",
                "millimeters",
                "มม",
                "มม.",
                "มิลลิเมตร",
                "毫米",
                "milimeter",
                "公厘",
            ],
        ),
        (Unit::Metre, &["m", "metre", "metres", "meter", "meters", "ม", "ม.", "เมตร", "米", "公尺"]),
        (Unit::Inch, &["in", "in.", "inch", "inches", "\"", "″", "”", "นิ้ว", "英寸", "吋", "英吋", "inci"]),
    ];

    /// The unit of this name, in the languages of the six markets, in upper or lower case.
    #[must_use]
    pub fn named(name: &str) -> Option<Unit> {
        let name = name.trim().to_lowercase();
        let found = Unit::NAMES.iter().find(|(_, names)| names.contains(&name.as_str()));
        found.map(|(unit, _)| *unit)
    }

    /// Every name of it.
    #[must_use]
    pub fn names(self) -> &'static [&'static str] {
        Unit::NAMES.iter().find(|(unit, _)| *unit == self).map_or(&[], |(_, names)| names)
    }

    /// It measures weight; otherwise length.
    #[must_use]
    pub fn is_weight(self) -> bool {
        matches!(self, Unit::Kilogram | Unit::Gram | Unit::Pound | Unit::Ounce)
    }

    /// How it is written in messages.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Kilogram => "kg",
            Unit::Gram => "g",
            Unit::Pound => "lb",
            Unit::Ounce => "oz",
            Unit::Centimetre => "cm",
            Unit::Millimetre => "mm",
            Unit::Metre => "m",
            Unit::Inch => "in",
        }
    }

    /// What one of it is in kilogram or centimetre: digits, and how many of them are decimals.
    #[must_use]
    pub fn factor(self) -> (i64, u32) {
        match self {
            Unit::Kilogram | Unit::Centimetre => (1, 0),
            Unit::Gram => (1, 3),
            Unit::Pound => (45_359_237, 8),
            Unit::Ounce => (28_349_523_125, 12),
            Unit::Millimetre => (1, 1),
            Unit::Metre => (100, 0),
            Unit::Inch => (254, 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_known_by_their_names_in_the_markets_languages() {
        for (name, unit) in [
            ("KG", Unit::Kilogram),
            (" กรัม", Unit::Gram),
            ("ซม.", Unit::Centimetre),
            ("毫米", Unit::Millimetre),
            ("\"", Unit::Inch),
            ("M", Unit::Metre),
        ] {
            assert_eq!(Unit::named(name), Some(unit), "{name}");
        }
        assert_eq!(Unit::named("pcs"), None);
    }
}
