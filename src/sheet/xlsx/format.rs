//! A number format's code -> what it makes of a number: a date, a time that runs, or a number of zeros.

/// What a number format makes of a number.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) class: Class,
    /// How many digits it shows at least, where it is nothing but zeros.
    pub(super) digits: u8,
}

/// What a number means under its format.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A number.
    #[default]
    Plain,
    /// A day, or a time of day.
    Date,
    /// Hours that run past a day: `[h]:mm`.
    Duration,
}

impl Look {
    const fn of(class: Class) -> Look {
        Look { class, digits: 0 }
    }

    /// A format that every spreadsheet program knows by its number (ECMA-376 part 1, 18.8.30, East Asian
    /// and Thai ones included).
    pub(super) fn built_in(id: u32) -> Look {
        match id {
            1 => Look { class: Class::Plain, digits: 1 },
            14..=22 | 27..=36 | 45 | 47 | 50..=58 | 71..=81 => Look::of(Class::Date),
            46 => Look::of(Class::Duration),
            _ => Look::default(),
        }
    }

    /// A format by its code. Only the first section counts: it is what positive numbers get.
    pub(super) fn custom(code: &str) -> Look {
        if !code.is_empty() && code.bytes().all(|byte| byte == b'0') {
            return Look { class: Class::Plain, digits: u8::try_from(code.len()).unwrap_or(u8::MAX) };
        }
        Look::of(class(code))
    }
}

fn class(code: &str) -> Class {
    let mut rest = code.chars();
    let mut found = Class::Plain;
    // What stands directly before: the seconds, or the point and the zeros behind them.
    let mut is_behind_seconds = false;
    let mut is_fraction = false;
    while let Some(letter) = rest.next() {
        let (was_behind, was_fraction) = (is_behind_seconds, is_fraction);
        is_behind_seconds = matches!(letter, 's' | 'S');
        is_fraction = was_behind && letter == '.' || was_fraction && letter == '0';
        match letter {
            ';' => break,
            // Digits make it a number: the letters are a currency without its quotes.
            '#' | '?' => return Class::Plain,
            '0' if !was_fraction => return Class::Plain,
            '"' => _ = rest.find(|c| *c == '"'),
            // Escaped, as wide as, repeated: the next character is shown and means nothing.
            '\\' | '_' | '*' => _ = rest.next(),
            '[' => {
                let inner: String = rest.by_ref().take_while(|c| *c != ']').collect();
                if is_running(&inner) {
                    return Class::Duration;
                }
            }
            'G' | 'g' if is_general(rest.as_str()) => rest = rest.as_str()[6..].chars(),
            // `E+00` is an exponent; a lone `e` is a year.
            'E' | 'e' if matches!(rest.clone().next(), Some('+' | '-')) => {}
            'd' | 'm' | 'y' | 'h' | 's' | 'D' | 'M' | 'Y' | 'H' | 'S' | 'e' | 'b' | 'B' => found = Class::Date,
            _ => {}
        }
    }
    found
}

/// What stands behind the `G` of `General`.
fn is_general(rest: &str) -> bool {
    rest.get(..6).is_some_and(|rest| rest.eq_ignore_ascii_case("eneral"))
}

/// `[h]`, `[mm]`: elapsed time; not a colour, a condition or a locale.
fn is_running(inner: &str) -> bool {
    let letters = inner.to_ascii_lowercase();
    let first = letters.chars().next();
    matches!(first, Some('h' | 'm' | 's')) && letters.chars().all(|letter| Some(letter) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, class: Class) {
        assert_eq!(Look::custom(code), Look::of(class), "{code}");
    }

    #[test]
    fn codes_of_dates() {
        for code in [
            "dd/mm/yyyy",
            "yyyy-mm-dd hh:mm:ss",
            "m/d/yy h:mm",
            "mm:ss.0",
            "hh:mm:ss.000",
            "ss.00 AM/PM",
            "h:mm AM/PM",
            "[$-409]d-mmm-yy;@",
            "[$-404]e\"年\"m\"月\"d\"日\"",
            "[$-D07041E]d mmm yyyy",
            "[$-1070000]d/mm/yyyy;@",
            "[$-F800]dddd, mmmm dd, yyyy",
            "[$-107041E]d mmmm bbbb",
            "DD/MM/YY",
            "[Red]yyyy",
            "\"on \"d",
            "*-yyyy-mm-dd",
            "yyyy\\-mm\\-dd",
        ] {
            check(code, Class::Date);
        }
    }

    #[test]
    fn codes_of_running_time() {
        for code in
            ["[h]:mm:ss", "[hh]:mm", "[m]", "[ss].000", "[Blue]\\+[h]:mm;[Red]\\-[h]:mm", "[>=100][Magenta][s].00"]
        {
            check(code, Class::Duration);
        }
    }

    #[test]
    fn codes_of_numbers() {
        for code in [
            "General",
            "GENERAL",
            "General\" pcs\"",
            "[Red]General",
            "#,##0.00",
            "0.00E+00",
            "##0.0E-0",
            "[Red]0.00",
            "[$฿-41E]#,##0.00",
            "[$₫-42A] #,##0",
            "\"d\"0",
            "0\\d",
            "#,##0*y",
            "#,##0_m",
            "0;yyyy",
            "0.00;[Red]dd",
            "@",
            "",
            "\"unclosed d",
            "#,##0\\ [$\\u20bd-46D]",
            "0.00\" kg\"",
            "[>=100][Magenta].00",
            "0000-0000",
            "0000.00",
            "#,##0 VND",
            "RM#,##0.00",
            "PHP #,##0",
            "SGD #,##0.00",
            "THB 0.00",
            "d ?/?",
        ] {
            check(code, Class::Plain);
        }
    }

    #[test]
    fn zeros_alone_say_how_many_digits_there_are() {
        assert_eq!(Look::custom("0000000000000").digits, 13);
        assert_eq!(Look::custom(&"0".repeat(300)).digits, 255);
        assert_eq!(Look::built_in(1).digits, 1);
    }

    #[test]
    fn formats_known_by_their_numbers() {
        for (ids, class) in [
            (14..=22, Class::Date),
            (27..=36, Class::Date),
            (45..=45, Class::Date),
            (46..=46, Class::Duration),
            (47..=47, Class::Date),
            (50..=58, Class::Date),
            (71..=81, Class::Date),
            (0..=13, Class::Plain),
            (37..=44, Class::Plain),
            (48..=49, Class::Plain),
            (59..=70, Class::Plain),
        ] {
            assert!(ids.clone().all(|id| Look::built_in(id).class == class), "{ids:?}");
        }
    }
}
