//! The parameters of a call: those of the query string and of the form in the body, and the files beside them.
//!
//! Decoded as forms are. Where a name comes twice, the first counts, and the query string comes first. A body that is
//! no form (XML or JSON as it is) is kept apart: the gateway finds no parameter in it.

use std::collections::BTreeMap;

use super::super::gate::Query;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// What came with a call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// By their names.
    pub(super) parameters: BTreeMap<String, String>,
    /// The files, by the names of their fields.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// A body that is no form.
    pub(super) raw: Option<Vec<u8>>,
}

impl Form {
    /// Reads query string and body; `None` when a part of them is no UTF-8, or a form that breaks off.
    pub(super) fn read(query: &str, content_type: &str, body: &[u8]) -> Option<Form> {
        let mut form = Form::default();
        form.add_pairs(query)?;
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_raw = matches!(body.trim_ascii_start().first(), Some(b'<' | b'{' | b'['));
        if body.is_empty() {
            return Some(form);
        }
        if kind == MULTIPART {
            form.add_parts(boundary(content_type)?, body)?;
        } else if is_raw || !(kind.is_empty() || kind == FORM) {
            form.raw = Some(body.to_vec());
        } else {
            form.add_pairs(std::str::from_utf8(body).ok()?.trim_ascii_end())?;
        }
        Some(form)
    }

    /// The value of a parameter, unless it is empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn add_pairs(&mut self, pairs: &str) -> Option<()> {
        for (name, value) in Query::parse(pairs)?.into_pairs() {
            self.parameters.entry(name).or_insert(value);
        }
        Some(())
    }

    fn add_parts(&mut self, boundary: &str, body: &[u8]) -> Option<()> {
        let mark = format!("--{boundary}");
        let mut rest = body.get(find(body, mark.as_bytes())? + mark.len()..)?;
        while !rest.starts_with(b"--") {
            let part = rest.strip_prefix(b"\r\n")?;
            let end = find(part, format!("\r\n{mark}").as_bytes())?;
            self.add_part(part.get(..end)?)?;
            rest = part.get(end + 2 + mark.len()..)?;
        }
        Some(())
    }

    fn add_part(&mut self, part: &[u8]) -> Option<()> {
        let head_end = find(part, b"\r\n\r\n")?;
        let head = std::str::from_utf8(part.get(..head_end)?).ok()?;
        let content = part.get(head_end + 4..)?;
        let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
        let name = quoted(disposition, "name=")?.to_owned();
        match quoted(disposition, "filename=") {
            Some(_) => drop(self.files.insert(name, content.to_vec())),
            None => drop(self.parameters.entry(name).or_insert(String::from_utf8(content.to_vec()).ok()?)),
        }
        Some(())
    }
}

/// What a key of a header's value says, with quotes or without.
fn quoted<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let parts = header.split(';').map(str::trim);
    let value = parts.filter_map(|part| part.strip_prefix(key)).next()?;
    Some(value.trim_matches('"'))
}

fn boundary(content_type: &str) -> Option<&str> {
    quoted(content_type, "boundary=").filter(|boundary| !boundary.is_empty())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, content_type: &str, body: &str, expect: &str) {
        let Some(form) = Form::read(query, content_type, body.as_bytes()) else {
            assert_eq!("unreadable", expect);
            return;
        };
        let pairs = form.parameters.iter().map(|(name, value)| format!("{name}={value}"));
        let files = form.files.iter().map(|(name, bytes)| format!("{name}:{}", bytes.len()));
        let raw = form.raw.iter().map(|raw| format!("raw:{}", raw.len()));
        assert_eq!(pairs.chain(files).chain(raw).collect::<Vec<_>>().join(" "), expect);
    }

    #[test]
    fn query_and_form_are_one() {
        check("a=1&b=x%20y", FORM, "c=%E0%B8%81&b=2", "a=1 b=x y c=ก");
        check("a=1", "application/x-www-form-urlencoded;charset=utf-8", "b=2+3&c=", "a=1 b=2 3 c=");
        check("a=1", "", "", "a=1");
        check("a=%FF", "", "", "unreadable");
    }

    #[test]
    fn a_body_that_is_no_form_has_no_parameters() {
        check("a=1", FORM, "<Request/>", "a=1 raw:10");
        check("a=1", "application/json", "{}", "a=1 raw:2");
    }

    #[test]
    fn files_stand_beside_the_parameters() {
        let kind = "multipart/form-data; boundary=\"x-1\"";
        let part =
            |head: &str, text: &str| format!("--x-1\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n");
        let body = part("name=\"sign\"", "AB") + &part("name=\"image\"; filename=\"a.png\"", "\r\n--x") + "--x-1--\r\n";
        check("a=1", kind, &body, "a=1 sign=AB image:5");
        check("a=1", kind, &body[..body.len() - 12], "unreadable");
        check("a=1", "multipart/form-data", &body, "unreadable");
    }
}
