//! What of the page is markup: the policy in its head, the counts, the charts, and what stands there without scripts.

use std::fmt;
use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::Page;
use super::data::{meaning, need, tone};
use super::tally::Tally;
use crate::verdict::{RowVerdict, Verdict, Verdicts};

/// What the page looks like.
pub(super) const STYLE: &str = include_str!("report.css");
/// What the page does.
pub(super) const SCRIPT: &str = include_str!("report.js");
/// What the script fills: the filters, the table, the details of a row.
const SCAFFOLD: &str = include_str!("scaffold.html");

/// So many rows are shown where scripts are off.
const ROWS_WITHOUT_SCRIPT: usize = 100;

/// A text that stays a text in markup, between quotes too.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

/// What the page may do: run its own script and wear its own style, known by their digests, and nothing else. The empty
/// icon keeps browsers from asking for one.
pub(super) fn policy() -> String {
    let [style, script] = [STYLE, SCRIPT].map(|text| base64(&Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; \
         base-uri 'none'; form-action 'none'"
    )
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or_default()));
        for at in 0..4 {
            let letter = (bits >> (18 - 6 * at) & 63) as usize;
            text.push(if at <= three.len() { char::from(BASE64[letter]) } else { '=' });
        }
    }
    text
}

/// The rest of the body's beginning: where the script puts the rows.
pub(super) fn scaffold() -> &'static str {
    SCAFFOLD
}

/// What the report is of, the counts and the charts.
pub(super) fn overview(file: &mut impl Write, page: Page<'_>, tally: &Tally) -> io::Result<()> {
    let about = page.about;
    let name = if about.sheet.is_empty() { "Report" } else { about.sheet.as_str() };
    write!(
        file,
        "<body>\n<a class=\"skip\" href=\"#table\">Skip to the rows</a>\n<header>\n<p class=\"kind\">skuload report</p>\n\
         <h1 dir=\"auto\">{}</h1>\n<dl class=\"about\">\n",
        Escaped(name)
    )?;
    let facts = [("shop", &about.shop), ("run", &about.run), ("date", &about.date), ("mode", &about.mode)];
    for (term, text) in facts.into_iter().filter(|(_, text)| !text.is_empty()) {
        writeln!(file, "<div><dt>{term}</dt><dd dir=\"auto\">{}</dd></div>", Escaped(text))?;
    }
    file.write_all(b"</dl>\n</header>\n<main>\n")?;
    verdicts(file, page.verdicts)?;
    charts(file, page, tally)
}

/// Each verdict that rows have, with its count; the script makes them filters.
fn verdicts(file: &mut impl Write, verdicts: &Verdicts) -> io::Result<()> {
    let counts = verdicts.counts();
    let all = verdicts.rows.len();
    write!(
        file,
        "<section aria-labelledby=\"verdicts-title\">\n<h2 id=\"verdicts-title\">Verdicts</h2>\n<ul class=\"verdicts\">\n\
         <li><button type=\"button\" id=\"all\" class=\"verdict\" aria-pressed=\"true\"><b>{}</b> {}</button></li>\n",
        grouped(all),
        if all == 1 { "row" } else { "rows in all" }
    )?;
    let present = || Verdict::ALL.into_iter().filter_map(|verdict| Some((verdict, *counts.get(&verdict)?)));
    for (verdict, count) in present() {
        writeln!(
            file,
            "<li><button type=\"button\" class=\"verdict {}\" data-verdict=\"{verdict}\" aria-pressed=\"false\" \
             title=\"{}\"><b>{}</b> {verdict}</button></li>",
            tone(verdict),
            meaning(verdict),
            grouped(count)
        )?;
    }
    file.write_all(b"</ul>\n")?;
    let told: Vec<String> = present().map(|(verdict, count)| format!("{} {verdict}", grouped(count))).collect();
    write!(
        file,
        "<svg class=\"shares\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\">",
        told.join(", ")
    )?;
    let mut at = 0.0;
    for (verdict, count) in present() {
        let width = share(count, all) * 10.0;
        write!(file, "<rect class=\"{}\" x=\"{at:.2}\" width=\"{width:.2}\" height=\"10\"/>", tone(verdict))?;
        at += width;
    }
    file.write_all(b"</svg>\n</section>\n")
}

fn charts(file: &mut impl Write, page: Page<'_>, tally: &Tally) -> io::Result<()> {
    if tally.rules.is_empty() && tally.columns.is_empty() {
        return Ok(());
    }
    file.write_all(b"<div class=\"charts\">\n")?;
    let rules: Vec<Bar<'_>> =
        tally.rules.iter().map(|(rule, count)| Bar { key: rule.clone(), name: rule, count: *count }).collect();
    chart(file, ("rules", "Rows by rule or code", "rule"), &rules)?;
    let names = page.layout.names();
    let bar = |(place, count): &(usize, usize)| {
        Some(Bar { key: place.to_string(), name: names.get(place - page.own())?, count: *count })
    };
    let columns: Vec<Bar<'_>> = tally.columns.iter().filter_map(bar).collect();
    chart(file, ("columns", "Rows by column at fault", "column"), &columns)?;
    file.write_all(b"</div>\n")
}

/// A bar of a chart, which is a filter too.
struct Bar<'a> {
    key: String,
    name: &'a str,
    count: usize,
}

fn chart(file: &mut impl Write, (id, title, kind): (&str, &str, &str), bars: &[Bar<'_>]) -> io::Result<()> {
    let Some(most) = bars.iter().map(|bar| bar.count).max() else { return Ok(()) };
    write!(
        file,
        "<section class=\"chart\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>\n<ul>\n"
    )?;
    for bar in bars {
        let (name, count) = (Escaped(bar.name), grouped(bar.count));
        let noun = if bar.count == 1 { "row" } else { "rows" };
        writeln!(
            file,
            "<li><button type=\"button\" data-{kind}=\"{}\" aria-pressed=\"false\" \
             aria-label=\"{name}: {count} {noun}\"><span class=\"name\" dir=\"auto\">{name}</span>\
             <svg aria-hidden=\"true\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\">\
             <rect width=\"{:.2}\" height=\"8\" rx=\"1\"/></svg><span class=\"count\">{count}</span></button></li>",
            Escaped(&bar.key),
            share(bar.count, most)
        )?;
    }
    file.write_all(b"</ul>\n</section>\n")
}

/// Per cent.
#[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// `12,345`.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What is there where scripts are off: the first rows that need somebody.
pub(super) fn without_script(file: &mut impl Write, verdicts: &Verdicts) -> io::Result<()> {
    let needs = |row: &&RowVerdict| !row.rule_or_code.is_empty() || !row.message.is_empty();
    let told = verdicts.rows.iter().filter(needs).count();
    write!(
        file,
        "<noscript>\n<p>This page shows, filters and sorts all rows with its own script, and scripts are off here. \
         A report that ends in .xlsx or .csv has the same rows.</p>\n"
    )?;
    if told > 0 {
        let shown = told.min(ROWS_WITHOUT_SCRIPT);
        write!(
            file,
            "<table class=\"plain\">\n<caption>The first {} of {} rows of which there is something to tell</caption>\n\
             <tr><th>row</th><th>seller_sku</th><th>verdict</th><th>rule_or_code</th><th>message</th><th>help</th></tr>\n",
            grouped(shown),
            grouped(told)
        )?;
        let in_need = (0..=3).flat_map(|wanted| verdicts.rows.iter().filter(move |row| need(row) == wanted));
        for row in in_need.filter(needs).take(ROWS_WITHOUT_SCRIPT) {
            let place = if row.sheet.is_empty() { row.row.to_string() } else { format!("{}!{}", row.sheet, row.row) };
            let texts = [&place, &row.seller_sku, row.verdict.as_str(), &row.rule_or_code, &row.message, &row.help];
            file.write_all(b"<tr>")?;
            for text in texts {
                write!(file, "<td dir=\"auto\">{}</td>", Escaped(text))?;
            }
            file.write_all(b"</tr>\n")?;
        }
        file.write_all(b"</table>\n")?;
    }
    file.write_all(b"</noscript>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_its_standard_says() {
        for (text, expect) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), expect);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn a_text_is_no_markup() {
        assert_eq!(
            Escaped("<img src=x onerror='a(\"&\")'>").to_string(),
            "&lt;img src=x onerror=&#39;a(&quot;&amp;&quot;)&#39;&gt;"
        );
        assert_eq!(Escaped("สีแดง").to_string(), "สีแดง");
    }

    #[test]
    fn counts_are_grouped() {
        for (count, expect) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), expect);
        }
    }

    #[test]
    fn the_script_and_the_style_end_where_their_elements_end() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--") && !text.contains('\r'));
        }
        // Markup is never made from a text.
        for way in ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "DOMParser", "eval", "Function("] {
            assert!(!SCRIPT.contains(way), "{way}");
        }
    }
}
