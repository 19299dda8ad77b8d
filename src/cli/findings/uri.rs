//! A path as a reference that SARIF takes: relative to the folder that the command was given in, or absolute.

use std::path::{Component, Path};

/// Where a file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Percent-encoded.
    pub(super) uri: String,
    /// It begins in the working directory.
    pub(super) is_relative: bool,
}

/// The reference to `path`, as seen from `folder`.
pub(super) fn reference(path: &Path, folder: Option<&Path>) -> Reference {
    let inside = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
    let leads_out = inside.components().any(|part| matches!(part, Component::ParentDir | Component::RootDir));
    let absolute = folder.map(|folder| normal(&folder.join(path)));
    match absolute.filter(|_| leads_out || inside.is_absolute()) {
        None => Reference { uri: encoded(inside), is_relative: true },
        // A detour may lead back in.
        Some(absolute) => match folder.and_then(|folder| absolute.strip_prefix(folder).ok()) {
            Some(inside) => Reference { uri: encoded(inside), is_relative: true },
            None => Reference { uri: format!("file:///{}", encoded(&absolute)), is_relative: false },
        },
    }
}

/// The path without `.` and `..`.
fn normal(path: &Path) -> std::path::PathBuf {
    let mut normal = std::path::PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => normal.push(part),
        }
    }
    normal
}

fn encoded(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(segment(&name.to_string_lossy())),
        Component::Prefix(prefix) => Some(segment(&prefix.as_os_str().to_string_lossy())),
        Component::CurDir | Component::ParentDir | Component::RootDir => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// One name between slashes (RFC 3986, 2.3: what needs no encoding).
fn segment(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, uri: &str) {
        let found = reference(Path::new(path), Some(Path::new("/shop/repo")));
        assert_eq!((found.uri.as_str(), found.is_relative), (uri, !uri.starts_with("file:")));
    }

    #[test]
    fn a_path_begins_in_the_working_directory() {
        check("s.csv", "s.csv");
        check("./spring sale/เสื้อ.xlsx", "spring%20sale/%E0%B9%80%E0%B8%AA%E0%B8%B7%E0%B9%89%E0%B8%AD.xlsx");
        check("a%b#c?d:e.csv", "a%25b%23c%3Fd%3Ae.csv");
        check("/shop/repo/sheets/s.csv", "sheets/s.csv");
        check("sheets/../s.csv", "s.csv");
    }

    #[test]
    fn what_lies_outside_is_named_whole() {
        check("../other/s.csv", "file:///shop/other/s.csv");
        check("/else/where.csv", "file:///else/where.csv");
    }
}
