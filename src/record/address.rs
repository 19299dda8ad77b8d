//! What the text of a picture cell is, where it is no plain address of a picture.
//!
//! The rule it keeps: it proposes and never replaces. A direct link is called proven only where the service itself
//! documents how its share pages and its files are told apart.

use super::ImageUrl;
use crate::picture::is_picture_name;

mod origin;
mod service;
mod signature;

#[cfg(test)]
mod tests;

pub(super) use origin::Origin;
pub(super) use service::share_page;
pub(super) use signature::expires;

/// What the text of a picture cell is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address<'a> {
    /// A page that shows the picture to people; the marketplace would fetch the page and not the picture.
    SharePage {
        /// Whose page it is.
        service: &'static str,
        /// The address of the file itself, where it follows from that of the page.
        direct: Option<String>,
        /// The service documents the direct address. Where not, it is one to try.
        is_proven: bool,
        /// What the merchant can do.
        advice: &'static str,
    },
    /// One sound address in HTML, Markdown, quotes or brackets.
    Wrapped {
        /// The address.
        inner: &'a str,
    },
    /// `//host/path`, `www.host/path`, `https:/host/path`: its scheme is missing or broken.
    NoScheme {
        /// A sound address.
        proposal: String,
    },
    /// A file on a computer: `C:\pics\a.jpg`, `file:///a.jpg`, `pics/a.jpg`, `a.jpg`.
    LocalFile,
    /// The picture itself, written as `data:image/png;base64,…`.
    DataUri,
    /// `ftp://`, `s3://`, `blob:` and the like.
    OtherScheme,
    /// It begins with `=`.
    Formula,
    /// None of these; also a sound address.
    Other,
}

/// Endings of files that the marketplace does not take as a picture.
const REFUSED: [&str; 11] = ["webp", "avif", "heic", "heif", "gif", "svg", "tif", "tiff", "bmp", "psd", "pdf"];

/// Schemes that have no `//` behind them.
const BARE_SCHEMES: [&str; 5] = ["blob", "cid", "about", "javascript", "mailto"];

/// Ends of host names that tell `shop.com/a.jpg` from the folder in `pics.old/a.jpg`.
const DOMAINS: [&str; 17] =
    ["com", "net", "org", "io", "co", "cc", "asia", "shop", "store", "info", "sg", "my", "id", "ph", "th", "vn", "cn"];

/// What the text is. Address by address: a cell that lists several is cut before.
#[must_use]
pub(super) fn classify(text: &str) -> Address<'_> {
    let text = text.trim();
    if ImageUrl::parse(text).is_ok() {
        return share_page(text).unwrap_or(Address::Other);
    }
    if text.starts_with('=') {
        return Address::Formula;
    }
    if let Some(inner) = wrapped(text) {
        return Address::Wrapped { inner };
    }
    if let Some(proposal) = with_scheme(text) {
        return Address::NoScheme { proposal };
    }
    by_scheme(text).unwrap_or(if is_local(text) { Address::LocalFile } else { Address::Other })
}

/// The type by which the marketplace would refuse the file, where the address ends in one.
#[must_use]
pub(super) fn refused_type(url: &str) -> Option<&'static str> {
    let end = url.bytes().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(url.len());
    let path = &url[..end];
    // Nearly every address is told by its end.
    if [".jpg", ".jpeg", ".png"].into_iter().any(|taken| path.ends_with(taken)) {
        return None;
    }
    let file = path.split_once("://").map_or(path, |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
    let ending = ending(file)?;
    REFUSED.into_iter().find(|refused| refused.eq_ignore_ascii_case(ending))
}

/// What stands behind the last dot of the last part of a path.
fn ending(path: &str) -> Option<&str> {
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    file.rsplit_once('.').map(|(_, ending)| ending)
}

/// The text without `prefix`, in whatever case it is typed.
fn without<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (begin, rest) = text.split_at_checked(prefix.len())?;
    begin.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// The one address in HTML, Markdown, quotes or brackets. Where HTML has escaped it (`&amp;`) there is none: it would
/// be another address.
fn wrapped(text: &str) -> Option<&str> {
    const PAIRS: [(char, char); 11] = [
        ('"', '"'),
        ('\'', '\''),
        ('`', '`'),
        ('<', '>'),
        ('(', ')'),
        ('[', ']'),
        ('“', '”'),
        ('‘', '’'),
        ('「', '」'),
        ('【', '】'),
        ('（', '）'),
    ];
    let inner = match html(text).or_else(|| markdown(text)) {
        Some(inner) => inner,
        None => PAIRS.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close))?,
    };
    let inner = inner.trim();
    ImageUrl::parse(inner).is_ok().then_some(inner)
}

/// `<img src="…">`, `<a href="…">…</a>`: the value, where the text names one address only.
fn html(text: &str) -> Option<&str> {
    let names =
        |name: &str| without(text.strip_prefix('<')?, name).filter(|rest| rest.starts_with(char::is_whitespace));
    let (rest, name) = names("img").map(|rest| (rest, "src")).or_else(|| names("a").map(|rest| (rest, "href")))?;
    if text.contains("&amp;") || addresses(text) != 1 {
        return None;
    }
    let at = rest
        .char_indices()
        .find_map(|(at, c)| c.is_whitespace().then(|| without(&rest[at + c.len_utf8()..], name))?)?;
    let value = at.trim_start().strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next(),
        _ => value.split([' ', '>', '\t', '\n']).next(),
    }
}

/// `[text](…)`, `![text](…)`, `[text](… "title")`. A text that is an address itself must be the same one.
fn markdown(text: &str) -> Option<&str> {
    let (shown, rest) = text.strip_prefix('!').unwrap_or(text).strip_prefix('[')?.split_once("](")?;
    let target = rest.strip_suffix(')')?;
    let target = target.split_once(char::is_whitespace).map_or(target, |(target, _)| target);
    let is_one = addresses(rest) == 1 && (addresses(shown) == 0 || shown.trim() == target);
    is_one.then_some(target)
}

fn addresses(text: &str) -> usize {
    let text = text.to_ascii_lowercase();
    text.matches("http://").count() + text.matches("https://").count()
}

/// A sound address, where only the scheme is missing or broken.
fn with_scheme(text: &str) -> Option<String> {
    let proposal = if let Some(rest) = text.strip_prefix("//") {
        format!("https://{rest}")
    } else if without(text, "www.").is_some() || begins_with_host(text) {
        format!("https://{text}")
    } else {
        let (scheme, rest) = match without(text, "https") {
            Some(rest) => ("https", rest),
            None => ("http", without(text, "http")?),
        };
        // Sound ones do not come here: what is left has a mark too few, too many or a wrong one.
        let host = rest.trim_start_matches([':', ';', '/', '\\', ' ']);
        let marks = &rest[..rest.len() - host.len()];
        if !marks.contains([':', ';', '/', '\\']) || marks == "://" {
            return None;
        }
        // Backslashes in front say that those behind are slashes too.
        let host = if marks.contains('\\') { host.replace('\\', "/") } else { host.to_owned() };
        format!("{scheme}://{host}")
    };
    let host = proposal.split('/').nth(2)?;
    (host.contains('.') && ImageUrl::parse(&proposal).is_ok()).then_some(proposal)
}

/// `cdn.shop.com/a.jpg`: a name with a domain at its end, and a path.
fn begins_with_host(text: &str) -> bool {
    let Some((host, path)) = text.split_once('/') else { return false };
    let Some((name, domain)) = host.rsplit_once('.') else { return false };
    let is_domain = DOMAINS.iter().any(|known| known.eq_ignore_ascii_case(domain));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    !path.is_empty() && is_domain && name.chars().all(is_name)
}

fn by_scheme(text: &str) -> Option<Address<'static>> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    if !is_scheme || is("http") || is("https") {
        return None;
    }
    if is("data") {
        return Some(Address::DataUri);
    }
    if is("file") {
        return Some(Address::LocalFile);
    }
    (rest.starts_with("//") || BARE_SCHEMES.into_iter().any(is)).then_some(Address::OtherScheme)
}

fn is_local(text: &str) -> bool {
    const BEGINS: [&str; 8] = ["\\\\", "\\", "/", "./", ".\\", "../", "..\\", "~/"];
    if text.contains("://") {
        return false;
    }
    let mut chars = text.chars();
    let has_drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.next() == Some(':')
        && matches!(chars.next(), Some('\\' | '/'));
    let is_path = text.len() > 2 && !text.starts_with("//") && BEGINS.iter().any(|begin| text.starts_with(begin));
    has_drive || is_path || is_picture_name(text)
}
