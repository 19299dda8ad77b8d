//! Addresses that differ from one that was looked at by their paths alone: those of one row mostly do.

use super::super::ImageUrl;
use super::service::is_own_host;

/// Scheme and host of a sound address, with the slash behind them, where nothing speaks against the host.
#[derive(Debug, Clone, Copy)]
pub(in crate::record) struct Origin<'a>(&'a str);

impl<'a> Origin<'a> {
    /// Where `url` stands, whose text is `text`.
    pub(in crate::record) fn of(url: &ImageUrl, text: &'a str) -> Option<Origin<'a>> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let is_sound = url.host_fault().is_none() && is_own_host(text);
        let host = rest.find('/').filter(|_| is_sound)?;
        Some(Origin(&text[..=text.len() - rest.len() + host]))
    }

    /// The address of a picture there, with nothing but plain letters in it: nothing speaks against it either.
    pub(in crate::record) fn holds(self, text: &str) -> bool {
        let is_plain = |byte: u8| matches!(byte, b'-'..=b'9' | b'A'..=b'Z' | b'_' | b'a'..=b'z');
        let is_picture = [".jpg", ".png", ".jpeg"].iter().any(|ending| text.ends_with(ending));
        // Looking at all of them at once is faster than ending at the first.
        let is_plain = |path: &str| path.bytes().fold(true, |plain, byte| plain & is_plain(byte));
        is_picture && text.strip_prefix(self.0).is_some_and(is_plain)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::image::split_list;
    use super::super::{expires, refused_type, share_page};
    use super::*;

    const HOSTS: &str = "https?://(a\\.co|www\\.imgur\\.com|goo\\.gl|10\\.0\\.0\\.1|a\\.co:8080|u@a\\.co|A\\.b\\.co)";

    proptest! {
        #[test]
        fn what_it_holds_needs_no_second_look(
            (host, other) in (HOSTS, HOSTS),
            is_same in any::<bool>(),
            (path, other_path) in ("[a/._]{0,3}", "[a/._?%:, ]{0,5}(\\.jpe?g|\\.png|\\.gif|\\.JPG|\\?Expires=1&a\\.jpg)"),
        ) {
            let first = format!("{host}/{path}");
            let second = format!("{}/{other_path}", if is_same { &host } else { &other });
            let Ok(url) = ImageUrl::parse(&first) else { return Ok(()) };
            if Origin::of(&url, &first).is_some_and(|origin| origin.holds(&second)) {
                prop_assert_eq!(split_list(&second).collect::<Vec<_>>(), [second.as_str()]);
                let url = ImageUrl::parse(&second).unwrap();
                prop_assert_eq!(url.as_str(), second.as_str());
                prop_assert_eq!((url.host_fault(), share_page(&second)), (None, None));
                prop_assert_eq!((expires(&second), refused_type(&second)), (None, None));
            }
        }
    }

    #[test]
    fn another_picture_of_the_same_host_is_held() {
        let first = "https://img.example.com/a/1.jpg?v=2";
        let origin = ImageUrl::parse(first).ok().and_then(|url| Origin::of(&url, first)).unwrap();
        assert!(origin.holds("https://img.example.com/b/2-x_y.png"));
        for other in ["https://img.example.com/a.jpg?v=2", "https://img.example.co/a.jpg", "https://img.example.com/a"]
        {
            assert!(!origin.holds(other), "{other}");
        }
        let page = "https://drive.google.com/file/d/1234567890abc/view";
        assert!(Origin::of(&ImageUrl::parse(page).unwrap(), page).is_none());
    }
}
