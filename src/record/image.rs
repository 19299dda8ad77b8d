//! Where a picture is.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::trimmed;

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
        let text = trimmed(text);
        let rest = behind_scheme(text)?;
        // Nearly every address is cleared by its bytes; looking at all at once is faster than ending at the first.
        let may_be_fault = |byte: u8| !matches!(byte, b'!' | b'#'..=b';' | b'=' | b'?'..=b'~');
        if text.bytes().fold(false, |found, byte| found | may_be_fault(byte)) {
            if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err("it has white space inside");
            }
            if text.contains(['<', '>', '"']) {
                return Err("it holds one of the marks < > \"");
            }
        }
        let authority = authority(rest);
        if authority.bytes().any(|byte| byte == b'@') {
            return Err("it holds a user name or password");
        }
        if !is_sound_host(host(authority)) {
            return Err("it has no sound host name");
        }
        Ok(ImageUrl(text.into()))
    }

    /// The address, which is known to be sound.
    pub(super) fn sound(text: &str) -> ImageUrl {
        ImageUrl(text.into())
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        host(self.authority())
    }

    fn authority(&self) -> &str {
        behind_scheme(&self.0).map_or("", authority)
    }

    /// Why the marketplace's own download would refuse the host; `None` where it would not.
    #[must_use]
    pub fn host_fault(&self) -> Option<&'static str> {
        let authority = self.authority();
        let name = host(authority);
        let may_be_number = name.as_bytes().last().is_some_and(u8::is_ascii_digit);
        if name.starts_with('[') || may_be_number && name.parse::<std::net::Ipv4Addr>().is_ok() {
            return Some("its host is a bare IP address");
        }
        let port = authority[name.len()..].strip_prefix(':');
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
    pub fn key(&self) -> Cow<'_, str> {
        match self {
            Image::Url(url) => Cow::Borrowed(url.as_str()),
            Image::File(file) => Cow::Owned(format!("sha256:{}", file.sha256)),
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
pub(super) fn split_list(text: &str) -> impl Iterator<Item = &str> {
    const MARKS: [char; 4] = [',', ';', '|', '、'];
    let is_mark = |c: char| c.is_whitespace() || MARKS.contains(&c);
    let is_start = |at: usize| {
        let rest = &text.as_bytes()[at..];
        let begins = |with: &[u8]| rest.len() >= with.len() && rest[..with.len()].eq_ignore_ascii_case(with);
        begins(b"http://") || begins(b"https://")
    };
    // Nearly every cell holds one.
    let colons = text.bytes().filter(|byte| *byte == b':').count();
    let is_one = colons == 0 || colons == 1 && is_start(0);
    let is_tight = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let one = match text.as_bytes() {
        bytes if is_tight(bytes.first()) && is_tight(bytes.last()) => text,
        _ => text.trim_matches(is_mark),
    };
    let mut starts = Vec::new();
    if !is_one {
        starts.push(0);
        for (at, c) in text.char_indices() {
            let next = at + c.len_utf8();
            if is_mark(c) && is_start(next) {
                starts.push(next);
            }
        }
    }
    let parts = (0..starts.len()).map(move |at| {
        let end = starts.get(at + 1).copied().unwrap_or(text.len());
        text[starts[at]..end].trim_matches(is_mark)
    });
    is_one.then_some(one).into_iter().chain(parts).filter(|part| !part.is_empty())
}

/// What stands behind the scheme of an address that can be fetched.
fn behind_scheme(text: &str) -> Result<&str, &'static str> {
    if let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) {
        return Ok(rest);
    }
    match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => Ok(rest),
        Some(_) => Err("only http:// and https:// addresses can be fetched"),
        None => Err("it is not on the web: it has no http:// or https:// in front"),
    }
}

/// Host and port: what stands before the path.
fn authority(rest: &str) -> &str {
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    &rest[..end.unwrap_or(rest.len())]
}

fn host(authority: &str) -> &str {
    let end = match authority.as_bytes().first() {
        Some(b'[') => authority.find(']').map(|at| at + 1),
        Some(_) | None => authority.bytes().position(|byte| byte == b':'),
    };
    &authority[..end.unwrap_or(authority.len())]
}

fn is_sound_host(host: &str) -> bool {
    let is_address = host.starts_with('[') && host.ends_with(']');
    let is_label = |label: &[u8]| !label.is_empty();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    // Letters of other scripts are looked at one by one.
    let is_written_so = host.bytes().all(|byte| is_letter(&byte))
        || host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let mut labels = host.as_bytes().split(|byte| *byte == b'.');
    let is_name = is_written_so && labels.clone().nth(1).is_some() && labels.all(is_label);
    is_address || is_name || host == "localhost"
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
            assert_eq!(split_list(text).collect::<Vec<_>>(), parts, "{text}");
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
