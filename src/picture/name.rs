//! A picture's name as a cell gives it: a path below a folder, and nothing that leads out of it.

/// The parts of a name, from the folder down.
///
/// # Errors
/// Why it is no name below a folder; the text follows "the name".
pub(super) fn parts(typed: &str) -> Result<Vec<&str>, &'static str> {
    let typed = typed.trim();
    if typed.chars().any(char::is_control) {
        return Err("holds control characters");
    }
    let mut chars = typed.chars();
    let has_drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':');
    if has_drive {
        return Err("begins with a drive");
    }
    if typed.split_at_checked(5).is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("file:")) {
        return Err("is the address of a file on one computer");
    }
    if typed.starts_with(['/', '\\']) {
        return Err("begins at the root of a computer or names another computer");
    }
    if typed == "~" || typed.starts_with("~/") || typed.starts_with("~\\") {
        return Err("begins at somebody's own folder");
    }
    let parts: Vec<&str> = typed.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err("leads out of the folder by `..`");
    }
    if cfg!(windows) && typed.contains(':') {
        return Err("holds a colon");
    }
    if parts.is_empty() {
        return Err("names no file");
    }
    Ok(parts)
}

/// The cell's text cut at `,` `;` `|` and line ends: other names than the text itself.
pub(super) fn listed(text: &str) -> Vec<&str> {
    let parts = text.split([',', ';', '|', '\n', '\r']).map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(typed: &str, expect: &str) {
        let said = parts(typed).map_or_else(|why| format!("the name {why}"), |parts| parts.join("/"));
        assert_eq!(said, expect, "{typed:?}");
    }

    #[test]
    fn a_name_leads_down() {
        check("a.jpg", "a.jpg");
        check(" pics/red/a.jpg ", "pics/red/a.jpg");
        check("pics\\red\\a.jpg", "pics/red/a.jpg");
        check("./pics//a.jpg", "pics/a.jpg");
        check(".\\a.jpg", "a.jpg");
        check("ภาพ/สีแดง.jpg", "ภาพ/สีแดง.jpg");
        check("a..b/c...jpg", "a..b/c...jpg");
    }

    #[test]
    fn a_name_never_leads_out() {
        check("../a.jpg", "the name leads out of the folder by `..`");
        check("pics/../../a.jpg", "the name leads out of the folder by `..`");
        check("pics\\..\\a.jpg", "the name leads out of the folder by `..`");
        check("/etc/a.jpg", "the name begins at the root of a computer or names another computer");
        check("\\\\nas\\share\\a.jpg", "the name begins at the root of a computer or names another computer");
        check("C:\\pics\\a.jpg", "the name begins with a drive");
        check("c:a.jpg", "the name begins with a drive");
        check("~/a.jpg", "the name begins at somebody's own folder");
        check("file:///etc/a.jpg", "the name is the address of a file on one computer");
        check("FILE:a.jpg", "the name is the address of a file on one computer");
        check("a\0.jpg", "the name holds control characters");
        check("a\n.jpg", "the name holds control characters");
        check("", "the name names no file");
        check("././", "the name names no file");
    }

    proptest! {
        #[test]
        fn no_text_leads_out(typed in "[./\\\\~:a-c \u{e01}]{0,12}") {
            for part in parts(&typed).unwrap_or_default() {
                prop_assert!(!part.is_empty() && part != ".." && part != "." && !part.contains(['/', '\\']));
            }
        }
    }

    #[test]
    fn a_list_is_cut_at_its_marks() {
        assert_eq!(listed("a.jpg, b.jpg;c.jpg|d.jpg\r\ne.jpg,"), ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"]);
        assert_eq!(listed("a.jpg"), ["a.jpg"]);
    }
}
