//! The little that is read of a formula: a link with its address written out, a picture.

/// The address of `HYPERLINK("address"...)`; `None` where it is computed.
pub(super) fn link(formula: &str) -> Option<String> {
    let formula = formula.trim().trim_start_matches('=').trim_start();
    let name = formula.get(..9)?;
    if !name.eq_ignore_ascii_case("HYPERLINK") {
        return None;
    }
    let mut rest = formula[9..].trim_start().strip_prefix('(')?.trim_start().strip_prefix('"')?;
    let mut target = String::new();
    loop {
        let (part, behind) = rest.split_once('"')?;
        target.push_str(part);
        // A doubled quote is one quote.
        match behind.strip_prefix('"') {
            Some(more) => {
                target.push('"');
                rest = more;
            }
            None => return behind.trim_start().starts_with([',', ';', ')']).then_some(target),
        }
    }
}

/// The formula shows a picture: `IMAGE(...)` of Excel, `DISPIMG(...)` of WPS.
pub(super) fn is_picture(formula: &str) -> bool {
    ["IMAGE(", "DISPIMG("].iter().any(|name| calls(formula, name))
}

/// The formula calls the function, outside its quoted texts, under its own name or one in a library's.
fn calls(formula: &str, name: &str) -> bool {
    let upper = formula.to_ascii_uppercase();
    upper.match_indices(name).any(|(at, _)| {
        let before = &upper[..at];
        let is_quoted = before.matches('"').count() % 2 == 1;
        let is_longer = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let is_library = ["_XLFN.", "_XLWS.", "_XLUDF."].iter().any(|library| before.ends_with(library));
        !is_quoted && (is_library || !(is_longer || before.ends_with('.')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_link(formula: &str, expect: Option<&str>) {
        assert_eq!(link(formula).as_deref(), expect, "{formula}");
    }

    #[test]
    fn a_link_with_its_address_written_out() {
        check_link("HYPERLINK(\"https://a.co/1.jpg\",\"picture\")", Some("https://a.co/1.jpg"));
        check_link("hyperlink( \"https://a.co\" )", Some("https://a.co"));
        check_link("HYPERLINK(\"a\"\"b\";1)", Some("a\"b"));
        check_link("HYPERLINK(A1)", None);
        check_link("HYPERLINK(\"https://a.co/\"&A1)", None);
        check_link("HYPERLINK(\"https://a.co", None);
        check_link("SUM(A1)", None);
        check_link("ขขขขHYPERLINK(\"a\")", None);
    }

    #[test]
    fn a_picture_in_the_cell() {
        for formula in
            ["IMAGE(\"https://a.co/1.jpg\")", "_xlfn.IMAGE(A1)", "_xlfn._xlws.IMAGE(A1)", "1+DISPIMG(\"ID\",1)"]
        {
            assert!(is_picture(formula), "{formula}");
        }
        for formula in ["MYIMAGE(A1)", "\"IMAGE(\"", "IMAGES(A1)", "A.IMAGE(1)", "IMAGE"] {
            assert!(!is_picture(formula), "{formula}");
        }
    }
}
