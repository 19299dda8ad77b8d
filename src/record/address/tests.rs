//! Texts of picture cells as merchants fill them.

use proptest::prelude::*;

use super::*;

/// The variant, and what it holds.
fn told(address: &Address<'_>) -> String {
    match address {
        Address::SharePage { service, direct, is_proven, advice } => {
            assert!(!advice.is_empty());
            let direct = direct.as_deref().unwrap_or("no direct link");
            format!("{service}, {}: {direct}", if *is_proven { "proven" } else { "to try" })
        }
        Address::Wrapped { inner } => format!("wrapped {inner}"),
        Address::NoScheme { proposal } => format!("no scheme {proposal}"),
        Address::LocalFile => "local".to_owned(),
        Address::DataUri => "data".to_owned(),
        Address::OtherScheme => "scheme".to_owned(),
        Address::Formula => "formula".to_owned(),
        Address::Other => "other".to_owned(),
    }
}

#[track_caller]
fn check(text: &str, expect: &str) {
    assert_eq!(told(&classify(text)), expect, "{text}");
}

/// The page's service, and its direct link where there is one.
#[track_caller]
fn check_page(url: &str, service: &str, direct: Option<&str>) {
    let Some(Address::SharePage { service: found, direct: link, is_proven, .. }) = share_page(url) else {
        panic!("{url} is no share page");
    };
    assert_eq!((found, link.as_deref()), (service, direct), "{url}");
    assert_eq!(is_proven, service == "Dropbox" && direct.is_some(), "{url}");
    assert!(matches!(classify(url), Address::SharePage { .. }), "{url}");
    if let Some(direct) = direct {
        assert_eq!(share_page(direct), None, "{direct} is the file itself");
        assert!(ImageUrl::parse(direct).is_ok(), "{direct}");
    }
}

#[test]
fn a_wrapped_address_is_found() {
    for text in [
        "<img src=\"https://a.co/1.jpg\">",
        "<img src='https://a.co/1.jpg' />",
        "<img src=https://a.co/1.jpg>",
        "<IMG width=\"20\" SRC = \"https://a.co/1.jpg\" alt=\"a\">",
        "<img data-src=\"x\" src=\"https://a.co/1.jpg\">",
        "<img\nsrc=\"https://a.co/1.jpg\">",
        "<a href=\"https://a.co/1.jpg\" target=\"_blank\">picture</a>",
        "[picture](https://a.co/1.jpg)",
        "![](https://a.co/1.jpg)",
        "![picture 1](https://a.co/1.jpg \"a title\")",
        "[https://a.co/1.jpg](https://a.co/1.jpg)",
        "\"https://a.co/1.jpg\"",
        "'https://a.co/1.jpg'",
        "`https://a.co/1.jpg`",
        "<https://a.co/1.jpg>",
        "< https://a.co/1.jpg >",
        "(https://a.co/1.jpg)",
        "[https://a.co/1.jpg]",
        "“https://a.co/1.jpg”",
        "「https://a.co/1.jpg」",
        "  \"https://a.co/1.jpg\"\u{a0}",
    ] {
        check(text, "wrapped https://a.co/1.jpg");
    }
    check("\"https://a.co/1.jpg?a=1&b=2\"", "wrapped https://a.co/1.jpg?a=1&b=2");
}

#[test]
fn two_addresses_or_a_broken_one_are_not_unwrapped() {
    for text in [
        "<img src=\"https://a.co/1.jpg\"><img src=\"https://a.co/2.jpg\">",
        "<a href=\"https://a.co/p\"><img src=\"https://a.co/1.jpg\"></a>",
        "[![a](https://a.co/1.jpg)](https://a.co/p)",
        "[https://a.co/1.jpg](https://b.co/1.jpg)",
        "<img src=\"https://a.co/1.jpg?a=1&amp;b=2\">",
        "<img alt=\"https://a.co/1.jpg\">",
        "<img srcset=\"https://a.co/1.jpg 2x\">",
        "<img src=\"a.jpg\">",
        "<image src=\"https://a.co/1.jpg\">",
        "\"https://a.co/1.jpg",
        "\"https://a.co/1.jpg\", \"https://a.co/2.jpg\"",
        "see https://a.co/1.jpg",
        "<>",
        "\"",
        "[](",
    ] {
        check(text, "other");
    }
}

#[test]
fn a_missing_scheme_is_proposed() {
    check("//a.co/1.jpg", "no scheme https://a.co/1.jpg");
    check("www.a.co/1.jpg", "no scheme https://www.a.co/1.jpg");
    check("WWW.a.co/1.jpg", "no scheme https://WWW.a.co/1.jpg");
    check("cdn.shop.com/1.jpg", "no scheme https://cdn.shop.com/1.jpg");
    check("shop.co.th/pics/1.jpg?a=1", "no scheme https://shop.co.th/pics/1.jpg?a=1");
    check("http:/a.co/1.jpg", "no scheme http://a.co/1.jpg");
    check("https:///a.co/1.jpg", "no scheme https://a.co/1.jpg");
    check("https//a.co/1.jpg", "no scheme https://a.co/1.jpg");
    check("http:a.co/1.jpg", "no scheme http://a.co/1.jpg");
    check("http;//a.co/1.jpg", "no scheme http://a.co/1.jpg");
    check("https: //a.co/1.jpg", "no scheme https://a.co/1.jpg");
    check("https:\\\\a.co\\1.jpg", "no scheme https://a.co/1.jpg");
    for text in [
        "//",
        "//nohost/1.jpg",
        "http:",
        "https://",
        "http://",
        "http://nohost/1.jpg",
        "http://a.co/1 2.jpg",
        "www.",
        "//a..co/1.jpg",
    ] {
        assert!(!matches!(classify(text), Address::NoScheme { .. }), "{text}");
    }
}

#[test]
fn a_file_on_a_computer() {
    for text in [
        "C:\\pics\\a.jpg",
        "C:/pics/a.jpg",
        "d:\\a",
        "\\\\server\\pics\\a.jpg",
        "file:///C:/pics/a.jpg",
        "FILE://a.jpg",
        "file:a.jpg",
        "/mnt/pics/a.jpg",
        "/Users/me/a",
        "./a.jpg",
        "..\\a.jpg",
        "~/a.jpg",
        "a.jpg",
        "my picture (1).JPG",
        "pics/a.png",
        "pics.old/a.jpg",
        "pics\\a.webp",
        "ภาพ.jpeg",
    ] {
        check(text, "local");
    }
    for text in ["a", "see mail", "n/a", "-", "/", "", "a.txt", "C:", "1:\\a", "TBA: soon"] {
        check(text, "other");
    }
}

#[test]
fn other_schemes_and_formulas() {
    check("data:image/png;base64,iVBORw0KGgo=", "data");
    check("DATA:,a", "data");
    for text in [
        "ftp://a.co/1.jpg",
        "sftp://a.co/1.jpg",
        "s3://bucket/1.jpg",
        "gs://bucket/1.jpg",
        "blob:https://a.co/1-2-3",
        "cid:1@a",
        "content://media/1",
    ] {
        check(text, "scheme");
    }
    check("=IMAGE(\"https://a.co/1.jpg\")", "formula");
    check("=HYPERLINK(\"https://a.co/1.jpg\",\"picture\")", "formula");
    check(" =A1", "formula");
    check("https://a.co/1.jpg", "other");
    check("http://u:p@a.co/1.jpg", "other");
}

#[test]
fn a_google_drive_page_has_a_direct_link_to_try() {
    const ID: &str = "1a2B3c4D5e6F7g8H9i0J_kLmNoPqRs-Tu";
    let direct = format!("https://drive.google.com/uc?export=download&id={ID}");
    for url in [
        format!("https://drive.google.com/file/d/{ID}/view?usp=sharing"),
        format!("https://drive.google.com/file/d/{ID}/view"),
        format!("https://drive.google.com/file/d/{ID}"),
        format!("https://drive.google.com/file/d/{ID}/preview"),
        format!("https://drive.google.com/file/u/0/d/{ID}/edit"),
        format!("https://drive.google.com/open?id={ID}"),
        format!("https://drive.google.com/open?usp=drive_copy&id={ID}"),
        format!("https://docs.google.com/uc?id={ID}"),
        format!("https://docs.google.com/uc?export=open&id={ID}"),
        format!("HTTP://WWW.Drive.Google.com:443/file/d/{ID}/view#a"),
    ] {
        check_page(&url, "Google Drive", Some(&direct));
    }
    check_page(
        &format!("https://drive.google.com/file/d/{ID}/view?resourcekey=0-abc&usp=sharing"),
        "Google Drive",
        Some(&format!("{direct}&resourcekey=0-abc")),
    );
    for url in [
        "https://drive.google.com/drive/folders/1a2B3c4D5e6F7g8H9i0J?usp=sharing",
        "https://drive.google.com/drive/u/0/folders/1a2B3c4D5e6F7g8H9i0J",
        "https://drive.google.com/folderview?id=1a2B3c4D5e6F7g8H9i0J",
        "https://drive.google.com/drive/my-drive",
        "https://drive.google.com/file/d/short/view",
        "https://drive.google.com/file/d/1a2B3c4D5e6F7g8H9i0J%20/view",
        "https://drive.google.com/open",
        "https://drive.google.com",
        "https://docs.google.com/document/d/1a2B3c4D5e6F7g8H9i0J/edit",
    ] {
        check_page(url, "Google Drive", None);
    }
}

#[test]
fn a_dropbox_page_has_a_proven_direct_link() {
    for (url, direct) in [
        ("https://www.dropbox.com/s/abc123/a.jpg?dl=0", "https://www.dropbox.com/s/abc123/a.jpg?raw=1"),
        ("https://www.dropbox.com/s/abc123/a.jpg", "https://www.dropbox.com/s/abc123/a.jpg?raw=1"),
        ("https://dropbox.com/s/abc123/a%20b.jpg?raw=0", "https://www.dropbox.com/s/abc123/a%20b.jpg?raw=1"),
        (
            "https://www.dropbox.com/scl/fi/x1/a.jpg?rlkey=k9&st=s7&dl=0",
            "https://www.dropbox.com/scl/fi/x1/a.jpg?rlkey=k9&st=s7&raw=1",
        ),
        (
            "https://www.dropbox.com/scl/fi/x1/a.jpg?rlkey=k9&e=1#top",
            "https://www.dropbox.com/scl/fi/x1/a.jpg?rlkey=k9&e=1&raw=1",
        ),
    ] {
        check_page(url, "Dropbox", Some(direct));
    }
    for url in [
        "https://www.dropbox.com/sh/abc/def?dl=0",
        "https://www.dropbox.com/scl/fo/x1/a?rlkey=k9&dl=0",
        "https://www.dropbox.com/home?preview=a.jpg",
    ] {
        check_page(url, "Dropbox", None);
    }
}

#[test]
fn other_services_are_known_by_their_host() {
    for (url, service) in [
        ("https://photos.app.goo.gl/AbC123", "Google Photos"),
        ("https://photos.google.com/share/AF1Q", "Google Photos"),
        ("https://goo.gl/photos/AbC", "Google Photos"),
        ("https://1drv.ms/i/s!AbC", "OneDrive"),
        ("https://onedrive.live.com/?cid=1&id=2", "OneDrive"),
        ("https://onedrive.live.com/embed?cid=1", "OneDrive"),
        ("https://shop-my.sharepoint.com/:i:/g/personal/a/AbC?e=1", "SharePoint"),
        ("https://pan.baidu.com/s/1AbC", "Baidu Pan"),
        ("https://www.icloud.com/share/0AbC", "iCloud"),
        ("https://share.icloud.com/photos/0AbC", "iCloud"),
        ("https://wetransfer.com/downloads/abc", "WeTransfer"),
        ("https://shop.wetransfer.com/downloads/abc", "WeTransfer"),
        ("https://we.tl/t-abc", "WeTransfer"),
        ("https://mega.nz/file/abc#key", "MEGA"),
        ("https://imgur.com/a/AbCdE", "Imgur"),
        ("https://imgur.com/gallery/AbCdE", "Imgur"),
        ("https://imgur.com/", "Imgur"),
        ("https://ibb.co/AbC123", "ImgBB"),
        ("https://postimg.cc/AbC123", "Postimages"),
    ] {
        check_page(url, service, None);
    }
    check_page("https://imgur.com/AbCdEfG", "Imgur", Some("https://i.imgur.com/AbCdEfG.jpg"));
}

#[test]
fn a_file_itself_is_no_share_page() {
    for url in [
        "https://drive.google.com/uc?export=download&id=1a2B3c4D5e6F7g8H9i0J",
        "https://docs.google.com/uc?id=1a2B3c4D5e6F7g8H9i0J&export=download",
        "https://drive.google.com/thumbnail?id=1a2B3c4D5e6F7g8H9i0J&sz=w1000",
        "https://lh3.googleusercontent.com/d/1a2B3c4D5e6F7g8H9i0J",
        "https://dl.dropboxusercontent.com/s/abc/a.jpg",
        "https://dl.dropbox.com/s/abc/a.jpg",
        "https://www.dropbox.com/s/abc/a.jpg?raw=1",
        "https://www.dropbox.com/scl/fi/x1/a.jpg?rlkey=k9&dl=1",
        "https://onedrive.live.com/download?resid=1&authkey=2",
        "https://shop-my.sharepoint.com/:i:/g/personal/a/AbC?download=1",
        "https://shop.sharepoint.com/_layouts/15/download.aspx?share=AbC",
        "https://i.imgur.com/AbCdEfG.jpg",
        "https://imgur.com/AbCdEfG.jpg",
        "https://i.ibb.co/AbC/a.jpg",
        "https://i.postimg.cc/AbC/a.jpg",
        "https://drive.google.com.shop.co/file/d/1a2B3c4D5e6F7g8H9i0J/view",
        "https://a.co/?u=https://drive.google.com/file/d/1a2B3c4D5e6F7g8H9i0J/view",
        "https://mydropbox.com/s/abc/a.jpg?dl=0",
        "https://sharepoint.com.shop.co/a.jpg",
        "https://a.co/1.jpg",
        "ftp://drive.google.com/open?id=1a2B3c4D5e6F7g8H9i0J",
        "a.jpg",
    ] {
        assert_eq!(share_page(url), None, "{url}");
    }
}

#[test]
fn a_signed_address_expires() {
    for (query, expect) in [
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604800&X-Amz-Signature=ab", "Amazon S3"),
        ("x-amz-signature=ab", "Amazon S3"),
        ("X-Goog-Algorithm=GOOG4&X-Goog-Expires=900&X-Goog-Signature=ab", "Google Cloud"),
        ("AWSAccessKeyId=A&Signature=ab%3D&Expires=1735689600", "a date"),
        ("OSSAccessKeyId=L&Expires=1735689600&Signature=ab", "Alibaba Cloud"),
        ("x-oss-signature-version=OSS4&x-oss-expires=600&x-oss-signature=ab", "Alibaba Cloud"),
        ("sv=2022-11-02&se=2024-12-31T00%3A00%3A00Z&sr=b&sp=r&sig=ab%3D", "Azure"),
        ("q-sign-algorithm=sha1&q-sign-time=1;2&q-signature=ab", "Tencent Cloud"),
        ("ex=66a&is=66b&hm=abc", "a signature"),
        ("_nc_cat=1&oh=00_A&oe=66A", "a signature"),
        ("Policy=ab&Signature=cd&Key-Pair-Id=K", "a signature"),
        // {"url":"a.jpg","exp":1}, {"a":1,"exp":1}, {"ab":1,"exp":1}
        ("token=eyJhbGciOiJIUzI1NiJ9.eyJ1cmwiOiJhLmpwZyIsImV4cCI6MX0.sig", "a token"),
        ("token=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxLCJleHAiOjF9.sig", "a token"),
        ("access_token=eyJhbGciOiJIUzI1NiJ9.eyJhYiI6MSwiZXhwIjoxfQ.sig", "a token"),
    ] {
        let url = format!("https://a.co/1.jpg?{query}");
        assert!(expires(&url).is_some_and(|what| what.contains(expect)), "{url}: {:?}", expires(&url));
    }
    for url in [
        "https://a.co/1.jpg",
        "https://a.co/1.jpg?v=1735689600&w=800",
        "https://a.co/1.jpg?token=0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0&alt=media",
        "https://a.co/1.jpg?token=eyJhbGciOiJIUzI1NiJ9.eyJ1cmwiOiJhLmpwZyJ9.sig",
        "https://a.co/1.jpg?se=1",
        "https://a.co/1.jpg?sig=1",
        "https://a.co/1.jpg?expires=",
        "https://a.co/Expires=1/1.jpg",
        "https://a.co/1.jpg#Expires=1",
        "https://a.co/1.jpg?noexpires=1",
    ] {
        assert_eq!(expires(url), None, "{url}");
    }
}

#[test]
fn a_refused_type_is_told_by_the_ending() {
    for (url, expect) in [
        ("https://a.co/1.webp", Some("webp")),
        ("https://a.co/1.AVIF?w=1", Some("avif")),
        ("https://a.co/1.heic#a", Some("heic")),
        ("https://a.co/1.heif", Some("heif")),
        ("https://a.co/1.gif", Some("gif")),
        ("https://a.co/1.svg", Some("svg")),
        ("https://a.co/1.tif", Some("tif")),
        ("https://a.co/1.tiff", Some("tiff")),
        ("https://a.co/1.bmp", Some("bmp")),
        ("https://a.co/1.psd", Some("psd")),
        ("https://a.co/1.pdf", Some("pdf")),
        ("https://a.co/1.jpg_.webp", Some("webp")),
        ("https://a.co/1.webp.jpg", None),
        ("https://a.co/1.jpg", None),
        ("https://a.co/1.JPEG", None),
        ("https://a.co/1.png", None),
        ("https://a.co/1.jpg?format=.webp", None),
        ("https://a.co/v1.gif/1", None),
        ("https://a.webp", None),
        ("https://a.gif/", None),
        ("https://a.co/webp", None),
        ("", None),
    ] {
        assert_eq!(refused_type(url), expect, "{url}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_stumble(
        text in prop_oneof![
            ".{0,40}",
            "(https?|[:/?#&=.<>\"'()!\\[\\]\\\\ ]|img|src|a href|a\\.co|www|drive\\.google\\.com|/file/d/|dropbox\\.com/s/|ภ|jpg){0,14}",
        ],
    ) {
        match classify(&text) {
            Address::Wrapped { inner } => prop_assert!(ImageUrl::parse(inner).is_ok()),
            Address::NoScheme { proposal } => prop_assert!(ImageUrl::parse(&proposal).is_ok()),
            Address::SharePage { direct: Some(direct), .. } => prop_assert!(ImageUrl::parse(&direct).is_ok()),
            _ => {}
        }
        let _ = (expires(&text), refused_type(&text), share_page(&text));
    }
}
