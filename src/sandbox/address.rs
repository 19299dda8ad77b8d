//! Addresses of pictures: which the marketplace hosts, which it would fetch, and what it hosts them as.
//!
//! Nothing is fetched. A source with `/dead/` in it is one that cannot be downloaded, with `/huge/` one that is too
//! large, with `/slow/` one that takes its time. The rules for sources (no IP address, no private host, ports 80 and
//! 443 alone) are those that public clients report; the pages say no more than "not supported".

use data_encoding::HEXLOWER;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::reply::{ApiError, Detail};

/// What stands in an address whose picture cannot be had.
const DEAD: &str = "/dead/";
const HUGE: &str = "/huge/";
const SLOW: &str = "/slow/";

const HOSTS: [&str; 2] = ["slatic.net", "alibaba.lzd.co"];
const HOME: &str = "https://sg-live.slatic.net/p/";
const PRIVATE_ENDINGS: [&str; 7] = ["localhost", "local", "internal", "intranet", "lan", "home", "corp"];
const CODE_BYTES: usize = 16;

/// Which pictures SetImages and CreateProduct take.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Policy {
    /// Those that the marketplace hosts.
    #[default]
    Hosted,
    /// Those of any address.
    Any,
}

/// Why a picture cannot be migrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// E301.
    Dead,
    /// E302.
    Unsupported,
    /// E303.
    Huge,
}

/// The host and the port of an address over http or https.
struct Authority<'a> {
    host: &'a str,
    port: Option<&'a str>,
}

impl Policy {
    /// Whether a product may show the picture at this address.
    pub(super) fn takes(self, url: &str) -> bool {
        let Some(authority) = Authority::of(url) else { return false };
        let is_home = match self {
            Policy::Hosted => authority.is_hosted(),
            Policy::Any => authority.host.starts_with(|first: char| first.is_alphanumeric()),
        };
        is_home && !url.contains(DEAD)
    }
}

impl Failure {
    /// The error when this is the only picture asked for.
    pub(super) fn error(self, source: &str) -> ApiError {
        let code = match self {
            Failure::Dead => 301,
            Failure::Unsupported => 302,
            Failure::Huge => 303,
        };
        ApiError::with_details(code, vec![self.detail(source)])
    }

    /// The item about this picture among others: its source is the field.
    pub(super) fn detail(self, source: &str) -> Detail {
        let message = match self {
            Failure::Dead => "The image cannot be downloaded",
            Failure::Unsupported => "The URL is not supported",
            Failure::Huge => "The image is too large",
        };
        Detail::new(source, message, None)
    }
}

impl Authority<'_> {
    fn of(url: &str) -> Option<Authority<'_>> {
        let (scheme, rest) = url.split_once("://")?;
        let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        let strange = |character: char| character.is_whitespace() || character.is_control() || character == '\\';
        if !is_web || rest.contains(strange) {
            return None;
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // The colons of an IPv6 address stand before its bracket.
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
            Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
            None => (authority, None),
        };
        Some(Authority { host: host.strip_suffix('.').unwrap_or(host), port })
    }

    fn is_hosted(&self) -> bool {
        let host = self.host.to_ascii_lowercase();
        let is_below = |home: &str| host.strip_suffix(home).is_some_and(|rest| rest.ends_with('.'));
        self.port.is_none() && self.is_name() && HOSTS.into_iter().any(is_below)
    }

    fn is_public(&self) -> bool {
        let ending = self.host.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        // A last label that begins with a digit is an IP address, however it is written.
        let is_address = ending.starts_with(char::is_numeric);
        self.is_name() && !is_address && !PRIVATE_ENDINGS.contains(&ending.as_str())
    }

    /// Two or more labels of letters, digits and hyphens, or of anything beyond ASCII.
    fn is_name(&self) -> bool {
        let in_label =
            |character: char| !character.is_ascii() || character.is_ascii_alphanumeric() || "-_".contains(character);
        self.host.contains('.') && self.host.split('.').all(|label| !label.is_empty() && label.chars().all(in_label))
    }
}

/// Looks at a source as the marketplace does before and while it downloads.
pub(super) fn check_source(source: &str) -> Result<(), Failure> {
    let authority = Authority::of(source).ok_or(Failure::Unsupported)?;
    if !authority.is_public() || authority.port.is_some_and(|port| !["80", "443"].contains(&port)) {
        return Err(Failure::Unsupported);
    }
    match source {
        dead if dead.contains(DEAD) => Err(Failure::Dead),
        huge if huge.contains(HUGE) => Err(Failure::Huge),
        _ => Ok(()),
    }
}

/// Whether the marketplace needs long to download it.
pub(super) fn is_slow(source: &str) -> bool {
    source.contains(SLOW)
}

/// Where the marketplace hosts what has this code.
pub(super) fn hosted(code: &str, ending: &str) -> String {
    format!("{HOME}{code}.{ending}")
}

/// 32 hex digits, the same for the same bytes.
pub(super) fn code(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes)[..CODE_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_sources(sources: &[&str], expect: Result<(), Failure>) {
        for source in sources {
            assert_eq!(check_source(source), expect, "{source}");
        }
    }

    #[track_caller]
    fn check_taken(policy: Policy, urls: &[&str], expect: bool) {
        for url in urls {
            assert_eq!(policy.takes(url), expect, "{url}");
        }
    }

    #[test]
    fn a_source_is_at_a_public_name() {
        check_sources(
            &[
                "http://x.example/1.jpg",
                "HTTPS://X.example",
                "https://xn--p1ai.example.:443/a?b=c@d#e",
                "http://ร้าน.example:80/1",
            ],
            Ok(()),
        );
        check_sources(
            &["ftp://x.example/1", "//x.example/1", "x.example/1", "", "http://", "http:///1", "http://x..example/1"],
            Err(Failure::Unsupported),
        );
        check_sources(
            &[
                "http://localhost/1",
                "http://shop/1",
                "http://nas.local/1",
                "http://a.INTERNAL./1",
                "http://me@x.example/",
            ],
            Err(Failure::Unsupported),
        );
        check_sources(&["http://x.example/a b.jpg", "http://x.example\\@y.example/"], Err(Failure::Unsupported));
    }

    #[test]
    fn an_ip_address_is_no_source_however_it_is_written() {
        check_sources(
            &[
                "http://10.0.0.1/1",
                "http://8.8.8.8./1",
                "http://[::1]/1",
                "http://[2001:db8::1]:80/",
                "http://0x7f.0x1/1",
            ],
            Err(Failure::Unsupported),
        );
        check_sources(&["http://2130706433/1", "http://127.1/1"], Err(Failure::Unsupported));
    }

    #[test]
    fn a_port_is_80_or_443() {
        check_sources(
            &["https://x.example:8080/1", "http://x.example:22/1", "http://x.example:0443/"],
            Err(Failure::Unsupported),
        );
        check_sources(&["http://x.example:/1"], Ok(()));
    }

    #[test]
    fn a_mark_in_the_source_decides_what_the_download_comes_to() {
        check_sources(&["http://x.example/dead/1.jpg"], Err(Failure::Dead));
        check_sources(&["http://x.example/huge/1.jpg"], Err(Failure::Huge));
        check_sources(&["http://x.example/slow/1.jpg", "http://dead.example/1"], Ok(()));
        check_sources(&["ftp://x.example/dead/1.jpg"], Err(Failure::Unsupported));
        assert!(is_slow("http://x.example/slow/1.jpg") && !is_slow("http://slow.example/1"));
    }

    #[test]
    fn hosted_pictures_are_those_below_the_marketplaces_own_names() {
        let hosted = ["https://sg-live.slatic.net/p/1.jpg", "http://sg.s.alibaba.lzd.co/original/1.jpg"];
        check_taken(Policy::Hosted, &hosted, true);
        check_taken(Policy::Any, &hosted, true);
        let others =
            ["http://x.example/1", "http://slatic.net.x.example/1", "http://evilslatic.net/1", "http://slatic.net/"];
        check_taken(Policy::Hosted, &others, false);
        check_taken(Policy::Hosted, &["https://sg-live.slatic.net:8080/1", "http://a@b.slatic.net/1"], false);
        check_taken(Policy::Any, &others, true);
    }

    #[test]
    fn a_dead_picture_is_never_taken() {
        check_taken(Policy::Hosted, &["https://sg-live.slatic.net/p/dead/1.jpg"], false);
        check_taken(
            Policy::Any,
            &["http://x.example/dead/1", "ftp://x.example/1", "http://", "http://a b.example/"],
            false,
        );
    }

    #[test]
    fn the_same_bytes_have_the_same_code() {
        assert_eq!(code(b""), "e3b0c44298fc1c149afbf4c8996fb924");
        assert_eq!(hosted("e3b0", "png"), "https://sg-live.slatic.net/p/e3b0.png");
    }
}
