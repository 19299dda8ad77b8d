//! Where a picture is.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// The most pictures of one SKU (CreateProduct and SetImages pages).
pub const MAX_IMAGES: usize = 8;

/// The address of a picture: `http` or `https` and a host; no white space.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageUrl(Box<str>);

impl ImageUrl {
    /// A sound `http(s)` address, or why it is none.
    ///
    /// # Errors
    /// The fault in a few words, for a message.
    pub fn parse(text: &str) -> Result<ImageUrl, &'static str> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err("it is not on the web: it has no http:// or https:// in front");
        };
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err("only http:// and https:// addresses can be fetched");
        }
        // Nearly every address is cleared by its bytes.
        let may_be_fault = |byte: u8| !matches!(byte, b'!' | b'#'..=b';' | b'=' | b'?'..=b'~');
        if text.bytes().any(may_be_fault) {
            if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err("it has white space inside");
            }
            if text.contains(['<', '>', '"']) {
                return Err("it holds one of the marks < > \"");
            }
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err("it holds a user name or password");
        }
        if !is_sound_host(host(authority)) {
            return Err("it has no sound host name");
        }
        Ok(ImageUrl(text.into()))
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        host(rest.split(['/', '?', '#']).next().unwrap_or_default())
    }

    /// Why the marketplace's own download would refuse the host; `None` where it would not.
    #[must_use]
    pub fn host_fault(&self) -> Option<&'static str> {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let name = host(authority);
        if name.starts_with('[') || name.parse::<std::net::Ipv4Addr>().is_ok() {
            return Some("its host is a bare IP address");
        }
        let port = authority.strip_prefix(name).and_then(|port| port.strip_prefix(':'));
        if port.is_some_and(|port| !matches!(port, "" | "80" | "443")) {
            return Some("its port is neither 80 nor 443");
        }
        None
    }
}

/// A picture as a record holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Image {
    /// On the web.
    Url(ImageUrl),
    /// A file beside the sheet.
    File(ImageFile),
}

/// A picture in a file beside the sheet, which was found and looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageFile {
    /// As the sheet names it.
    pub name: Box<str>,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: Box<str>,
}

/// A picture that a row names and that cannot be had: no such file, no picture, too small or too large.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadImage {
    /// As the sheet names it; empty where an older version only counted it.
    pub image: Box<str>,
    /// Why, in words that follow its name.
    pub reason: Box<str>,
}

impl DeadImage {
    /// Reads them, or their number as an older version wrote it.
    ///
    /// # Errors
    /// It is neither.
    pub fn listed_or_counted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<DeadImage>, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Noted {
            Listed(Vec<DeadImage>),
            Counted(u16),
        }
        Ok(match Noted::deserialize(deserializer)? {
            Noted::Listed(images) => images,
            Noted::Counted(count) => {
                let image = DeadImage { image: "".into(), reason: "see the warnings of the check".into() };
                vec![image; usize::from(count)]
            }
        })
    }
}

impl Image {
    /// As the sheet names it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Image::Url(url) => url.as_str(),
            Image::File(file) => &file.name,
        }
    }

    /// Both are one picture: one address, or files of one content.
    #[must_use]
    pub fn is_same(&self, other: &Image) -> bool {
        match (self, other) {
            (Image::Url(one), Image::Url(other)) => one == other,
            (Image::File(one), Image::File(other)) => one.sha256 == other.sha256,
            (Image::Url(_), Image::File(_)) | (Image::File(_), Image::Url(_)) => false,
        }
    }

    /// What it is known by across SKUs and runs: the address, or the content of a file.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Image::Url(url) => url.as_str().to_owned(),
            Image::File(file) => format!("sha256:{}", file.sha256),
        }
    }
}

impl fmt::Display for ImageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Cuts a cell that lists addresses: a mark (`,` `;` `|` `、` or white space) parts two addresses only
/// where `http://` or `https://` follows it, so that an address may hold a comma.
pub(super) fn split_list(text: &str) -> Vec<&str> {
    const MARKS: [char; 4] = [',', ';', '|', '、'];
    let is_mark = |c: char| c.is_whitespace() || MARKS.contains(&c);
    let is_start = |at: usize| {
        let rest = &text.as_bytes()[at..];
        let begins = |with: &[u8]| rest.len() >= with.len() && rest[..with.len()].eq_ignore_ascii_case(with);
        begins(b"http://") || begins(b"https://")
    };
    // Nearly every cell holds one.
    let colons = text.bytes().filter(|byte| *byte == b':').count();
    if colons == 0 || colons == 1 && is_start(0) {
        return Some(text.trim_matches(is_mark)).filter(|part| !part.is_empty()).into_iter().collect();
    }
    let mut starts = vec![0];
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if is_mark(c) && is_start(next) {
            starts.push(next);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let parts = starts.iter().zip(ends).map(|(start, end)| text[*start..end].trim_matches(is_mark));
    parts.filter(|part| !part.is_empty()).collect()
}

fn host(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

fn is_sound_host(host: &str) -> bool {
    let is_address = host.starts_with('[') && host.ends_with(']');
    let is_name = host
        .split('.')
        .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_'));
    is_address || (is_name && host.contains('.')) || host == "localhost"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_addresses_with_a_host_are_sound() {
        for text in [
            "http://sg.s.alibaba.lzd.co/original/59046bec.jpg",
            "https://my-live.slatic.net/p/a,b_1.jpg?x=1&y=2",
            "HTTPS://img.example.com/ภาพ.jpg",
        ] {
            assert!(ImageUrl::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "img.jpg",
            "//host/a.jpg",
            "C:\\pics\\a.jpg",
            "file:///a.jpg",
            "data:image/png;base64,AA",
            "http://",
            "http://nohost/a.jpg",
            "http://a b.com/x.jpg",
            "ftp://host.com/a.jpg",
            "http://u:p@host.com/a.jpg",
            "http://host..com/a.jpg",
            "<img src=\"http://host.com/a.jpg\">",
        ] {
            assert!(ImageUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_list_is_cut_only_where_an_address_begins() {
        for (text, parts) in [
            (
                "http://a.co/1.jpg, http://a.co/2.jpg;https://a.co/3.jpg",
                vec!["http://a.co/1.jpg", "http://a.co/2.jpg", "https://a.co/3.jpg"],
            ),
            ("http://a.co/1,2.jpg\nhttp://a.co/3.jpg,", vec!["http://a.co/1,2.jpg", "http://a.co/3.jpg"]),
            ("http://a.co/?u=http://b.co/1.jpg", vec!["http://a.co/?u=http://b.co/1.jpg"]),
            ("a.jpg、http://a.co/1.jpg", vec!["a.jpg", "http://a.co/1.jpg"]),
            (
                "http://a.co/1.jpg\thttp://a.co/2.jpg\r\nhttp://a.co/3.jpg|",
                vec!["http://a.co/1.jpg", "http://a.co/2.jpg", "http://a.co/3.jpg"],
            ),
            (", ,http://a.co/1.jpg,,;\n http://a.co/2.jpg ; ", vec!["http://a.co/1.jpg", "http://a.co/2.jpg"]),
            (" ; ", vec![]),
        ] {
            assert_eq!(split_list(text), parts, "{text}");
        }
    }

    #[test]
    fn a_host_that_the_marketplace_cannot_reach_is_told() {
        let fault = |text: &str| ImageUrl::parse(text).ok().and_then(|url| url.host_fault());
        assert!(fault("http://10.0.0.1/a.jpg").is_some());
        assert!(fault("http://[::1]/a.jpg").is_some());
        assert!(fault("http://host.com:8080/a.jpg").is_some());
        assert_eq!(fault("http://host.com:443/a.jpg"), None);
        assert_eq!(fault("http://host.com/a:b.jpg"), None);
    }
}
