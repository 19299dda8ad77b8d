//! The share pages of services that keep files.

use std::borrow::Cow;

use super::super::trimmed;
use super::signature::parameters;
use super::{Address, ending, without};

const UPLOAD: &str = "a page stands there, not a picture: put the file where it can be fetched directly, such as your \
                      web shop or an image host";
const FOLDER: &str = "a folder stands there: share each picture by itself";
const TRY: &str = "share it with everybody who has the link, and try the direct link in a private browser window";

/// The page of a service that shows a file, where the sound address is one; `None` where it is the file itself or
/// nobody's whom we know.
#[must_use]
pub(in crate::record) fn share_page(url: &str) -> Option<Address<'static>> {
    let site = Site::of(url)?;
    let tell = service(&site.host)?;
    tell(&site.page())
}

/// The address is nobody's whom we know, nor any other at its host.
#[must_use]
pub(in crate::record) fn is_own_host(url: &str) -> bool {
    Site::of(url).is_some_and(|site| service(&site.host).is_none())
}

/// What is made of a page.
type Tell = fn(&Page<'_>) -> Option<Address<'static>>;

/// Whose pages stand at a host.
fn service(host: &str) -> Option<Tell> {
    let tell: Tell = match host {
        "drive.google.com" | "docs.google.com" => |page| page.google_drive(),
        "photos.app.goo.gl" | "photos.google.com" => |page| page.google_photos(),
        "goo.gl" => |page| page.path.starts_with("/photos/").then(|| page.google_photos()).flatten(),
        "dropbox.com" | "m.dropbox.com" => |page| page.dropbox(),
        "1drv.ms" => |page| page.no_direct("OneDrive", UPLOAD),
        "onedrive.live.com" => |page| match page.begins(&["/download"]) {
            true => None,
            false => page.no_direct("OneDrive", UPLOAD),
        },
        "imgur.com" | "m.imgur.com" => |page| page.imgur(),
        "pan.baidu.com" | "yun.baidu.com" => |page| page.no_direct("Baidu Pan", UPLOAD),
        "icloud.com" | "share.icloud.com" => |page| page.no_direct("iCloud", UPLOAD),
        "wetransfer.com" | "we.tl" => |page| page.no_direct("WeTransfer", UPLOAD),
        "mega.nz" | "mega.co.nz" => |page| page.no_direct("MEGA", UPLOAD),
        "ibb.co" | "imgbb.com" => |page| page.no_direct("ImgBB", UPLOAD),
        "postimg.cc" => |page| page.no_direct("Postimages", UPLOAD),
        host if host.ends_with(".wetransfer.com") => |page| page.no_direct("WeTransfer", UPLOAD),
        host if host.ends_with(".sharepoint.com") => |page| {
            let is_file = page.has("download", "1") || page.path.ends_with("/download.aspx");
            if is_file { None } else { page.no_direct("SharePoint", UPLOAD) }
        },
        _ => return None,
    };
    Some(tell)
}

/// Where an address stands.
struct Site<'a> {
    url: &'a str,
    /// In lower case, without `www.` and port.
    host: Cow<'a, str>,
    /// What stands behind host and port.
    rest: &'a str,
}

impl<'a> Site<'a> {
    fn of(url: &'a str) -> Option<Site<'a>> {
        let url = trimmed(url);
        let rest = without(url, "https://").or_else(|| without(url, "http://"))?;
        let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let name = authority.bytes().position(|byte| byte == b':').unwrap_or(end);
        let host = without(&authority[..name], "www.").unwrap_or(&authority[..name]);
        let host = match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(host.to_ascii_lowercase()),
            false => Cow::Borrowed(host),
        };
        Some(Site { url, host, rest })
    }

    fn page(&self) -> Page<'a> {
        let end = self.rest.bytes().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(self.rest.len());
        Page { url: self.url, path: &self.rest[..end] }
    }
}

struct Page<'a> {
    url: &'a str,
    path: &'a str,
}

impl<'a> Page<'a> {
    fn begins(&self, paths: &[&str]) -> bool {
        paths.iter().any(|path| self.path.starts_with(path))
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        parameters(self.url).find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.value(name) == Some(value)
    }

    fn no_direct(&self, service: &'static str, advice: &'static str) -> Option<Address<'static>> {
        Some(Address::SharePage { service, direct: None, is_proven: false, advice })
    }

    fn google_photos(&self) -> Option<Address<'static>> {
        self.no_direct("Google Photos", UPLOAD)
    }

    /// A file's page names its id; the direct link is no promise of Google's.
    fn google_drive(&self) -> Option<Address<'static>> {
        let service = "Google Drive";
        let parts: Vec<&str> = self.path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            ["uc"] if self.has("export", "download") => return None,
            // It answers with a picture.
            ["thumbnail"] => return None,
            ["folderview", ..] => return self.no_direct(service, FOLDER),
            ["drive", .., "folders", _] => return self.no_direct(service, FOLDER),
            _ => {}
        }
        let id = match parts.as_slice() {
            ["file", "d", id, ..] | ["file", "u", _, "d", id, ..] => Some(*id),
            ["open" | "uc"] | ["u", _, "open" | "uc"] => self.value("id"),
            _ => None,
        };
        let Some(id) = id.filter(|id| is_id(id, 10)) else { return self.no_direct(service, UPLOAD) };
        // Files shared before 2021 may need a second key.
        let key = self.value("resourcekey").filter(|key| is_id(key, 1));
        let key = key.map_or(String::new(), |key| format!("&resourcekey={key}"));
        let direct = Some(format!("https://drive.google.com/uc?export=download&id={id}{key}"));
        Some(Address::SharePage { service, direct, is_proven: false, advice: TRY })
    }

    /// Dropbox documents `raw=1`: the file itself and no page.
    fn dropbox(&self) -> Option<Address<'static>> {
        let service = "Dropbox";
        if !self.begins(&["/s/", "/scl/fi/"]) {
            let advice = if self.begins(&["/sh/", "/scl/fo/"]) { FOLDER } else { UPLOAD };
            return self.no_direct(service, advice);
        }
        if self.has("raw", "1") || self.has("dl", "1") {
            return None;
        }
        let kept = parameters(self.url).filter(|(name, _)| !matches!(*name, "dl" | "raw"));
        let kept: String = kept.map(|(name, value)| format!("{name}={value}&")).collect();
        let direct = Some(format!("https://www.dropbox.com{}?{kept}raw=1", self.path));
        Some(Address::SharePage { service, direct, is_proven: true, advice: "use the direct link" })
    }

    /// `imgur.com/AbCdEfG` shows one picture, which is kept under the same name.
    fn imgur(&self) -> Option<Address<'static>> {
        let service = "Imgur";
        let name = self.path.trim_matches('/');
        if ending(name).is_some() {
            return None;
        }
        if name.contains('/') {
            return self.no_direct(service, FOLDER);
        }
        let direct = is_id(name, 5).then(|| format!("https://i.imgur.com/{name}.jpg"));
        let advice = if direct.is_some() { "try the direct link in a private browser window" } else { UPLOAD };
        Some(Address::SharePage { service, direct, is_proven: false, advice })
    }
}

/// Letters, digits, `-` and `_`.
fn is_id(text: &str, shortest: usize) -> bool {
    text.len() >= shortest && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
