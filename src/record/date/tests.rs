//! Dates as merchants of the six markets write them, and what is no date.

use proptest::prelude::*;

use super::*;

const NOTHING: DateSense =
    DateSense { order: None, is_order_told: false, is_buddhist: false, offset_hours: None, counts_from_1904: false };
const THAI: DateSense = DateSense { is_buddhist: true, offset_hours: Some(7), ..NOTHING };

fn sense(order: DateOrder) -> DateSense {
    DateSense { order: Some(order), is_order_told: true, ..NOTHING }
}

/// `2024-06-15 18:15:00`, what must be told in brackets; both readings with `or`; `not: ` and why.
fn told(reading: &DateReading) -> String {
    match reading {
        DateReading::Plain(moment) => moment.to_string(),
        DateReading::Read { moment, writing } => {
            let marks = [
                (writing.order == Some(DateOrder::DayFirst), "day first"),
                (writing.order == Some(DateOrder::MonthFirst), "month first"),
                (writing.is_buddhist, "buddhist"),
                (writing.has_short_year, "short"),
                (writing.is_serial, "serial"),
                (writing.is_zoned, "zoned"),
                (writing.has_other_digits, "digits"),
                (writing.has_month_name, "name"),
            ];
            let marks: Vec<&str> = marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| *mark).collect();
            format!("{moment} [{}]", marks.join(", "))
        }
        DateReading::Ambiguous { day_first, month_first } => format!("{day_first} or {month_first}"),
        DateReading::Not(why) => format!("not: {why}"),
    }
}

#[track_caller]
fn check_with(sense: &DateSense, text: &str, expect: &str) {
    assert_eq!(told(&read_date(text, sense)), expect, "{text}");
}

#[track_caller]
fn check(text: &str, expect: &str) {
    check_with(&NOTHING, text, expect);
}

/// Nothing but its day is looked at, and what must be told.
#[track_caller]
fn check_day(text: &str, expect: &str) {
    let found = told(&read_date(text, &NOTHING)).replacen(" 00:00:00", "", 1);
    assert_eq!(found, expect, "{text}");
}

#[track_caller]
fn check_not(sense: &DateSense, text: &str, why: &str) {
    let found = told(&read_date(text, sense));
    assert!(found.starts_with("not: ") && found.contains(why), "{text}: {found}");
}

#[test]
fn year_first_is_plain() {
    for text in [
        "2026-12-31",
        "2026/12/31",
        "2026.12.31",
        "2026 12 31",
        "20261231",
        " 2026-12-31\u{a0}",
        "\u{feff}2026-12-31\u{3000}",
    ] {
        check(text, "2026-12-31 00:00:00");
    }
    check("2026-6-5", "2026-06-05 00:00:00");
    check("2026/12/31 18:15", "2026-12-31 18:15:00");
    check("2026-12-31  18:15:07", "2026-12-31 18:15:07");
    check("2026-12-31, 18:15", "2026-12-31 18:15:00");
    check("2026-12-31T18:15:07.25", "2026-12-31 18:15:07.250");
    check("2026-12-31t18:15:07,123456789012", "2026-12-31 18:15:07.123456789");
    check("2026-12-31\u{202f}6:15 PM", "2026-12-31 18:15:00");
    check("2026–12–31", "2026-12-31 00:00:00");
    check("2024-02-29", "2024-02-29 00:00:00");
}

#[test]
fn the_only_order_that_fits_is_told() {
    check_day("15/06/2024", "2024-06-15 [day first]");
    check_day("06/15/2024", "2024-06-15 [month first]");
    check_day("15-06-2024", "2024-06-15 [day first]");
    check_day("15.06.2024", "2024-06-15 [day first]");
    check_day("15 06 2024", "2024-06-15 [day first]");
    check_day("15 / 06 / 2024", "2024-06-15 [day first]");
    check_day("6.15.2024", "2024-06-15 [month first]");
    check("31/12/2026 23:45", "2026-12-31 23:45:00 [day first]");
    check("15.06.2024 18.15", "2024-06-15 18:15:00 [day first]");
    check("18:15 15/06/2024", "2024-06-15 18:15:00 [day first]");
    check("18:15:30, 15/06/2024", "2024-06-15 18:15:30 [day first]");
    check_day("29/02/2024", "2024-02-29 [day first]");
}

#[test]
fn two_readings_stay_two() {
    check("01/03/2023", "2023-03-01 00:00:00 or 2023-01-03 00:00:00");
    check("12/11/2024 18:15", "2024-11-12 18:15:00 or 2024-12-11 18:15:00");
    check("02/03/19", "2019-03-02 00:00:00 or 2019-02-03 00:00:00");
    check_with(&THAI, "01/03/2567", "2024-03-01 00:00:00 or 2024-01-03 00:00:00");
    check_day("05/05/2024", "2024-05-05 []");
}

#[test]
fn a_known_order_settles_it_and_gives_way_to_evidence() {
    let (day_first, month_first) = (sense(DateOrder::DayFirst), sense(DateOrder::MonthFirst));
    check_with(&day_first, "01/03/2023", "2023-03-01 00:00:00 []");
    check_with(&month_first, "01/03/2023", "2023-01-03 00:00:00 []");
    check_with(&day_first, "06/15/2024", "2024-06-15 00:00:00 [month first]");
    check_with(&month_first, "15/06/2024", "2024-06-15 00:00:00 [day first]");
    check_with(&month_first, "2024-03-01", "2024-03-01 00:00:00");
    check_with(&day_first, "01-03-24", "2024-03-01 00:00:00 [short]");
    check_with(&month_first, "01-03-24", "2024-01-03 00:00:00 [short]");
    check_with(&day_first, "15-06-24", "2024-06-15 00:00:00 [day first, short]");
}

#[test]
fn a_short_year_is_one_near_now() {
    check_day("15/06/24", "2024-06-15 [day first, short]");
    check_day("15.06.24", "2024-06-15 [day first, short]");
    check_day("15-Jun-24", "2024-06-15 [short, name]");
    check_day("15 Jun '24", "2024-06-15 [short, name]");
    check_day("02/02/19", "2019-02-02 [short]");
    check_day("02/02/10", "2010-02-02 [short]");
    check_day("02/02/49", "2049-02-02 [short]");
    check_with(&THAI, "15/06/67", "2024-06-15 00:00:00 [day first, buddhist, short]");
    check_with(&THAI, "15/06/53", "2010-06-15 00:00:00 [day first, buddhist, short]");
    check_with(&THAI, "15/06/92", "2049-06-15 00:00:00 [day first, buddhist, short]");
    check_with(&THAI, "15/06/24", "2024-06-15 00:00:00 [day first, short]");
    for text in ["15/06/09", "15/06/50", "15/06/52", "15/06/93", "15/06/00"] {
        check_not(&THAI, text, "is not between 2010 and 2049");
        check_not(&NOTHING, text, "is not between 2010 and 2049");
    }
    check_not(&NOTHING, "15/06/67", "the year 67 is Buddhist");
    check_not(&NOTHING, "15/06/124", "`124` is no year");
    check_not(&NOTHING, "15/06/4", "`4` is no year");
}

#[test]
fn a_short_year_that_could_lead_is_refused() {
    for text in ["24-06-15", "15-06-24", "19-02-19"] {
        check_not(&NOTHING, text, "could stand first or last");
    }
    // No year can lead: 9 is too long ago, there is no month 15, no day 49.
    check_day("9-9-24", "2024-09-09 [short]");
    check_day("06-15-24", "2024-06-15 [month first, short]");
    check_day("15-06-49", "2049-06-15 [day first, short]");
}

#[test]
fn buddhist_years_need_thailand() {
    check_with(&THAI, "2567-06-15", "2024-06-15 00:00:00 [buddhist]");
    check_with(&THAI, "15/06/2567 18:15", "2024-06-15 18:15:00 [day first, buddhist]");
    check_with(&THAI, "2024-06-15", "2024-06-15 00:00:00");
    check_with(&THAI, "29/02/2567", "2024-02-29 00:00:00 [day first, buddhist]");
    check_not(&THAI, "29/02/2568", "29 February 2025 does not exist");
    let buddhist = |why: &str| format!("the year 2567 is Buddhist, {why}; say --locale th");
    let elsewhere = DateSense { offset_hours: Some(8), ..NOTHING };
    check_not(&elsewhere, "15/06/2567", &buddhist("but the shop's country is not Thailand"));
    check_not(&NOTHING, "15/06/2567", &buddhist("and the shop's country is not known"));
    check_with(&THAI, "2533-01-01", "1990-01-01 00:00:00 [buddhist]");
    check_with(&THAI, "2642-12-31", "2099-12-31 00:00:00 [buddhist]");
    for text in ["2532-12-31", "2643-01-01", "2400-01-01", "2450-01-01"] {
        check_not(&THAI, text, "is not between 1990 and 2099");
        check_not(&NOTHING, text, "is not between 1990 and 2099");
    }
}

#[test]
fn thai_writing_is_its_own_evidence() {
    check_day("๖ มิถุนายน ๒๕๕๔", "2011-06-06 [buddhist, digits, name]");
    check_day("15 มิ.ย. 2567", "2024-06-15 [buddhist, name]");
    check_day("15 มิ.ย. 67", "2024-06-15 [buddhist, short, name]");
    check_day("15มิ.ย.67", "2024-06-15 [buddhist, short, name]");
    check_day("15 มิย 2567", "2024-06-15 [buddhist, name]");
    check_day("15 มิ.ย. 2024", "2024-06-15 [name]");
    check_day("15 มิ.ย. 24", "2024-06-15 [short, name]");
    check_day("วันที่ 15 มิถุนายน พ.ศ. 2567", "2024-06-15 [buddhist, name]");
    check_day("15 มิถุนายน พ.ศ.2567", "2024-06-15 [buddhist, name]");
    check_day("15 มิถุนายน ค.ศ. 2024", "2024-06-15 [name]");
    check("15 มิ.ย. 2567 เวลา 18.15 น.", "2024-06-15 18:15:00 [buddhist, name]");
    check("15 มิ.ย. 2567 18:15 น.", "2024-06-15 18:15:00 [buddhist, name]");
    check_day("๑๕/๐๖/๒๕๖๗", "2024-06-15 [day first, buddhist, digits]");
    check_day("๒๐๒๔-๐๖-๑๕", "2024-06-15 [digits]");
    check_not(&THAI, "15 มิถุนายน ค.ศ. 2567", "the year 2567 is not between");
    check_not(&THAI, "15 มิถุนายน พ.ศ. 2024", "the year 2024 is not between");
    check_not(&THAI, "31 มิ.ย. 2567", "31 June does not exist");
}

#[test]
fn every_month_has_its_names() {
    for (month, names) in [
        (1, "January Jan มกราคม ม.ค. มค Januari Enero"),
        (2, "February Feb กุมภาพันธ์ ก.พ. Februari Pebruari Pebrero"),
        (3, "March Mar มีนาคม มี.ค. Maret Mac Marso"),
        (4, "April Apr เมษายน เม.ย. Abril"),
        (5, "May พฤษภาคม พ.ค. Mei Mayo"),
        (6, "June Jun มิถุนายน มิ.ย. Juni Hunyo"),
        (7, "July Jul กรกฎาคม ก.ค. Juli Julai Hulyo"),
        (8, "August Aug สิงหาคม ส.ค. Agustus Agu Agt Ogos Agosto"),
        (9, "September Sep Sept กันยายน ก.ย. Setyembre"),
        (10, "October Oct ตุลาคม ต.ค. Oktober Okt Oktubre"),
        (11, "November Nov พฤศจิกายน พ.ย. Nopember Nobyembre"),
        (12, "December Dec ธันวาคม ธ.ค. Desember Des Disember Dis Disyembre"),
    ] {
        for name in names.split(' ') {
            let expect = format!("2024-{month:02}-15 [name]");
            for text in [
                format!("15 {name} 2024"),
                format!("15-{name}-2024"),
                format!("15/{}/2024", name.to_uppercase()),
                format!("{name} 15, 2024"),
                format!("{name} 15 2024"),
                format!("2024 {name} 15"),
            ] {
                check_day(&text, &expect);
            }
        }
    }
}

#[test]
fn a_month_told_by_a_word_needs_no_order() {
    for text in [
        "June 15, 2024",
        "Jun. 15, 2024",
        "15th June 2024",
        "June 15th, 2024",
        "15 June, 2024",
        "Saturday, June 15, 2024",
        "Sat 15 Jun 2024",
        "15.Jun.2024",
        "15Jun2024",
        "2024-Jun-15",
        "15 tháng 6 năm 2024",
        "Ngày 15 tháng 6 năm 2024",
        "15 tháng 6, 2024",
        "15 tha\u{301}ng 6 na\u{306}m 2024",
        "15 Tháng Sáu 2024",
        "15 thg 6, 2024",
        "15 Th6 2024",
        "15th6 2024",
        "2024年6月15日",
        "2024 年 06 月 15 号",
    ] {
        check_day(text, "2024-06-15 [name]");
    }
    check_day("1st May 2024", "2024-05-01 [name]");
    check_day("22nd May 2024", "2024-05-22 [name]");
    check_day("3 tháng năm năm 2024", "2024-05-03 [name]");
    check_day("3 tháng mười 2024", "2024-10-03 [name]");
    check_day("3 tháng mười một năm 2024", "2024-11-03 [name]");
    check_day("3 tháng mười hai 2024", "2024-12-03 [name]");
    check_day("２０２４年６月１５日", "2024-06-15 [digits, name]");
    check("2024年6月15日 18:15", "2024-06-15 18:15:00 [name]");
    check("2024年6月15日18:15", "2024-06-15 18:15:00 [name]");
    check("June 15, 2024 6:15 PM", "2024-06-15 18:15:00 [name]");
    check("15 Juni 2024 pukul 18.15", "2024-06-15 18:15:00 [name]");
}

#[test]
fn digits_of_other_scripts_are_told() {
    check_day("２０２４/０６/１５", "2024-06-15 [digits]");
    check_day("２０２４／０６／１５", "2024-06-15 [digits]");
    check_day("٢٠٢٤-٠٦-١٥", "2024-06-15 [digits]");
    check_day("۲۰۲۴-۰۶-۱۵", "2024-06-15 [digits]");
    check("２０２４－０６－１５　１８：１５", "2024-06-15 18:15:00 [digits]");
}

#[test]
fn the_time_of_day() {
    for (time, expect) in [
        ("18:15", "18:15:00"),
        ("8:05", "08:05:00"),
        ("18:15:59", "18:15:59"),
        ("6:15 PM", "18:15:00"),
        ("6:15pm", "18:15:00"),
        ("6:15:30 p.m.", "18:15:30"),
        ("6 PM", "18:00:00"),
        ("12:30 AM", "00:30:00"),
        ("12:30 PM", "12:30:00"),
        ("6:15 CH", "18:15:00"),
        ("6:15 SA", "06:15:00"),
        ("6:15 PTG", "18:15:00"),
        ("18.15", "18:15:00"),
        ("18.15.30", "18:15:30"),
        ("18.15 น.", "18:15:00"),
        ("18h15", "18:15:00"),
        ("18h", "18:00:00"),
        ("00:00", "00:00:00"),
    ] {
        check(&format!("2024-06-15 {time}"), &format!("2024-06-15 {expect}"));
    }
    for time in [
        "18",
        "6:5",
        "18:15:5",
        "6:15 PM PM",
        "18:15 uhr",
        "18:15:",
        ":15",
        "18:15:00.",
        "118:15",
        "18: 15",
        "18:15 18:15",
    ] {
        check_not(&NOTHING, &format!("2024-06-15 {time}"), "cannot be read");
    }
    check_not(&NOTHING, "2024-06-15 24:00", "24:00 is no time of day; write 00:00 of the next day");
    check_not(&NOTHING, "2024-06-15 24:00:00", "24:00 is no time of day");
    check_not(&NOTHING, "2024-06-15 25:00", "25:00:00 is no time of day");
    check_not(&NOTHING, "2024-06-15 18:60", "18:60:00 is no time of day");
    check_not(&NOTHING, "2024-06-15 23:59:60", "23:59:60 is no time of day");
    check_not(&NOTHING, "2024-06-15 18:15 PM", "does not go with AM or PM");
    check_not(&NOTHING, "2024-06-15 0:15 AM", "does not go with AM or PM");
    check_not(&NOTHING, "18:15 15/06/2024 19:15", "cannot be read");
}

#[test]
fn a_time_zone_needs_the_shops_clock() {
    let shop = DateSense { offset_hours: Some(8), ..NOTHING };
    for (text, expect) in [
        ("2024-06-15T18:15:00Z", "2024-06-16 02:15:00 [zoned]"),
        ("2024-06-15T18:15:00.000Z", "2024-06-16 02:15:00 [zoned]"),
        ("2024-06-15 18:15 UTC", "2024-06-16 02:15:00 [zoned]"),
        ("2024-06-15T18:15:00+07:00", "2024-06-15 19:15:00 [zoned]"),
        ("2024-06-15 18:15:00 +0700", "2024-06-15 19:15:00 [zoned]"),
        ("2024-06-15T18:15+08", "2024-06-15 18:15:00 [zoned]"),
        ("2024-06-15 18:15 GMT+7", "2024-06-15 19:15:00 [zoned]"),
        ("2024-06-15T18:15-05:30", "2024-06-16 07:45:00 [zoned]"),
        ("15 Jun 2024 18:15 +07:00", "2024-06-15 19:15:00 [zoned, name]"),
        ("01/03/2023 18:15Z", "2023-03-02 02:15:00 or 2023-01-04 02:15:00"),
    ] {
        check_with(&shop, text, expect);
        check_not(
            &NOTHING,
            text,
            "it has a time zone, and the shop's country is not known; say --country, or give the shop one with `shop set`",
        );
    }
    for zone in ["+15:00", "+07:60", "+7", "+070", "+", "Z+", "PST", "+07:0", "Zulu"] {
        check_not(&shop, &format!("2024-06-15T18:15{zone}"), "cannot be read");
    }
    check_not(&shop, "2024-06-15Z", "cannot be read");
    check_not(&shop, "2099-12-31 23:00Z", "the year 2100 is not between 1990 and 2099");
}

#[test]
fn days_that_do_not_exist() {
    check_not(&NOTHING, "2023-02-29", "29 February 2023 does not exist");
    check_not(&NOTHING, "30/02/2024", "30 February does not exist");
    check_not(&NOTHING, "02/30/2024", "30 February does not exist");
    check_not(&NOTHING, "31/06/2024", "31 June does not exist");
    check_not(&NOTHING, "31 June 2024", "31 June does not exist");
    check_not(&NOTHING, "2024-13-01", "month 13 does not exist");
    check_not(&NOTHING, "2024-00-10", "month 0 does not exist");
    check_not(&NOTHING, "2024-06-00", "0 June does not exist");
    check_not(&NOTHING, "13/13/2024", "neither 13 nor 13 is a month");
    check_not(&NOTHING, "00/00/2024", "neither 0 nor 0 is a month");
    check_not(&NOTHING, "20241301", "month 13 does not exist");
}

#[test]
fn years_of_no_sale() {
    for text in
        ["1899-12-31 18:15:00", "1989-12-31", "31/12/1989", "2100-01-01", "0000-00-00", "9999-12-31", "15 Jun 1024"]
    {
        check_not(&NOTHING, text, "is not between 1990 and 2099");
    }
    check("1990-01-01", "1990-01-01 00:00:00");
    check("2099-12-31", "2099-12-31 00:00:00");
}

#[test]
fn what_is_no_date() {
    for text in [
        "next week",
        "15/06",
        "15/06 18:15",
        "June 2024",
        "06/2024",
        "15 Jun 18:15",
        "18:15",
        "15/06-2024",
        "15/06/2024/1",
        "2024-06-15 to 2024-06-20",
        "2024-06-15,",
        "-2024-06-15",
        "+2024-06-15",
        "15th/06/2024",
        "15 Foo 2024",
        "二〇二四年六月十五日",
        "2024年6月",
        "6月15日",
        "n/a",
        "-",
        "1",
        "2024",
        "150624",
        "45123abc",
        "2024-06-015",
        "=TODAY()",
        "th6",
        "tháng",
    ] {
        check_not(&NOTHING, text, "cannot be read as a date; write it as 2026-12-31 18:15");
    }
    check("", "not: it is empty");
    check(" \u{a0}\u{200b}", "not: it is empty");
    check(&"1".repeat(1000), "not: it is too long for a date");
}

#[test]
fn a_count_of_days_is_a_serial() {
    check("45123", "2023-07-16 00:00:00 [serial]");
    check("45123.5", "2023-07-16 12:00:00 [serial]");
    check("45123,75", "2023-07-16 18:00:00 [serial]");
    check("45123.760416666664", "2023-07-16 18:15:00 [serial]");
    check("45123.9999999999", "2023-07-17 00:00:00 [serial]");
    check("36526", "2000-01-01 00:00:00 [serial]");
    check("73050", "2099-12-31 00:00:00 [serial]");
    check("๔๕๑๒๓", "2023-07-16 00:00:00 [serial, digits]");
    for text in ["36525", "73051", "73050.99999999", "99999", "00001", "10000"] {
        check_not(&NOTHING, text, "no day between 2000 and 2099");
    }
    let from_1904 = DateSense { counts_from_1904: true, ..NOTHING };
    check_with(&from_1904, "43661", "2023-07-16 00:00:00 [serial]");
    check_with(&from_1904, "35064", "2000-01-01 00:00:00 [serial]");
    check_not(&from_1904, "73050", "no day between 2000 and 2099");
}

#[test]
fn a_number_cell_is_a_serial_or_nothing() {
    let told = |text: &str| told(&read_serial(text, &NOTHING));
    assert_eq!(told("45123"), "2023-07-16 00:00:00 [serial]");
    for text in ["20240615", "2024-06-15", "45123.", ".5", "-45123", "4.5E+4", "1", "", "45,123.5", "2024"] {
        assert!(told(text).starts_with("not: the number is no day"), "{text}");
    }
}

#[test]
fn a_date_cell_is_told_where_its_year_is_buddhist() {
    let told = |text: &str, sense: &DateSense| told(&read_date(text, sense));
    assert_eq!(told("2024-06-15", &NOTHING), "2024-06-15 00:00:00");
    assert_eq!(told("2024-06-15 18:15:00", &sense(DateOrder::MonthFirst)), "2024-06-15 18:15:00");
    assert_eq!(told("2567-06-15 18:15:00", &THAI), "2024-06-15 18:15:00 [buddhist]");
    assert!(told("2567-06-15", &NOTHING).contains("say --locale th"));
    assert!(told("1900-01-05", &NOTHING).contains("not between"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_stumble(
        text in prop_oneof![
            ".{0,40}",
            "[0-9/.:, TZ+-]{0,30}",
            "([0-9]{1,4}|[/.-]| |th|tháng|mười|năm|Jun|มิ\\.ย\\.|น|พ\\.ศ\\.|年|月|日|PM|h|[๐-๙]){0,12}",
        ],
        is_buddhist: bool,
        offset: Option<i8>,
        counts_from_1904: bool,
    ) {
        let sense = DateSense { is_buddhist, offset_hours: offset, counts_from_1904, ..NOTHING };
        for reading in [read_date(&text, &sense), read_date(&text, &sense), read_serial(&text, &sense)] {
            match reading {
                DateReading::Plain(moment) | DateReading::Read { moment, .. } => {
                    prop_assert!((1990..=2099).contains(&moment.year()));
                }
                DateReading::Ambiguous { day_first, month_first } => prop_assert_ne!(day_first, month_first),
                DateReading::Not(why) => prop_assert!(!why.is_empty() && !why.ends_with('.')),
            }
        }
    }

    #[test]
    fn a_written_date_comes_back(days in 0_u64..40_176, minutes in 0_i64..1440) {
        let day = NaiveDate::from_ymd_opt(1990, 1, 1).and_then(|day| day.checked_add_days(Days::new(days)));
        let moment = day.expect("a day before 2100").and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
        for format in ["%Y-%m-%d %H:%M", "%Y/%-m/%-d %I:%M %p", "%Y-%m-%dT%H:%M:%S", "%Y.%m.%d %H.%M", "%H:%M %Y-%m-%d"] {
            let text = moment.format(format).to_string();
            prop_assert_eq!(read_date(&text, &NOTHING), DateReading::Plain(moment), "{}", text);
        }
        for (format, order) in [
            ("%d/%m/%Y %H:%M", Some(DateOrder::DayFirst)),
            ("%-d.%-m.%Y %H:%M:%S", Some(DateOrder::DayFirst)),
            ("%m/%d/%Y %-I:%M %p", Some(DateOrder::MonthFirst)),
            ("%d-%b-%Y %H:%M", None),
            ("%A, %B %-d, %Y %H:%M", None),
            ("%Y年%-m月%-d日 %H:%M", None),
            ("%-d tháng %-m năm %Y %H:%M", None),
        ] {
            let text = moment.format(format).to_string();
            let found = read_date(&text, &DateSense { order, is_order_told: order.is_some(), ..NOTHING });
            let is_same = matches!(found, DateReading::Read { moment: read, .. } if read == moment);
            prop_assert!(is_same, "{} {:?}", text, found);
        }
    }
}
