//! Addresses of pictures.
//!
//! Left out: M05 for what only fetching tells (redirects, pages in place of pictures, sizes), M06.

use crate::case::{Case, case};
use crate::made::{Made, csv};

/// A sheet with one cell of images.
fn images(cell: &str) -> Made {
    csv(&format!("Images\n{cell}"))
}

const TWO: &str = "SKU-2 images=https://a.co/1.jpg https://a.co/2.jpg";

pub(crate) fn cases() -> Vec<Case> {
    [lists(), addresses()].into_iter().flatten().collect()
}

fn lists() -> Vec<Case> {
    vec![
        case("M01", "a comma between", images("https://a.co/1.jpg,https://a.co/2.jpg")).sends(TWO),
        case("M01", "a semicolon between", images("https://a.co/1.jpg;https://a.co/2.jpg")).sends(TWO),
        case("M01", "a bar between", images("https://a.co/1.jpg¦https://a.co/2.jpg")).sends(TWO),
        case("M01", "a line break between", images("https://a.co/1.jpg⏎https://a.co/2.jpg")).sends(TWO),
        case("M01", "a tab between", images("https://a.co/1.jpg\thttps://a.co/2.jpg")).sends(TWO),
        case("M01", "an ideographic comma between", images("https://a.co/1.jpg、https://a.co/2.jpg")).sends(TWO),
        case("M02", "a comma, white space, and a comma behind", images(" https://a.co/1.jpg, https://a.co/2.jpg, "))
            .sends(TWO),
        case("M02", "a comma inside an address", images("https://a.co/w_1,h_2/1.jpg"))
            .sends("SKU-2 images=https://a.co/w_1,h_2/1.jpg"),
        case("M02", "the same picture twice", csv("Image1|Image2\nhttps://a.co/1.jpg|https://a.co/1.jpg"))
            .finds("B2 duplicate-image")
            .sends("SKU-2 images=https://a.co/1.jpg"),
        case("M02", "an empty column between", csv("Image1|Image2|Image3\nhttps://a.co/1.jpg||https://a.co/2.jpg"))
            .sends(TWO),
        case(
            "M03",
            "nine pictures",
            images(&(1..=9).map(|number| format!("https://a.co/{number}.jpg")).collect::<Vec<_>>().join(",")),
        )
        .finds("A2 too-many-images")
        .sends("SKU-2 -"),
        case(
            "M07",
            "the main picture first, whatever its column",
            csv("Image2|MainImage\nhttps://a.co/2.jpg|https://a.co/1.jpg"),
        )
        .sends(TWO),
    ]
}

fn addresses() -> Vec<Case> {
    vec![
        case("M04", "no scheme", images("//a.co/1.jpg")).finds("A2 invalid-image-url/repairable"),
        case("M04", "a file that is not there", images("pictures/tee.jpg")).finds("A2 missing-picture"),
        case("M04", "a file on a computer", images(r"C:\pics\tee.jpg")).finds("A2 unsafe-picture-path"),
        case("M04", "a file by its address", images("file:///C:/pics/tee.jpg")).finds("A2 unsafe-picture-path"),
        case("M04", "the picture itself", images("data:image/png;base64,AAAA")).finds("A2 invalid-image-url"),
        case("M04", "HTML", images(r#"<img src="https://a.co/1.jpg">"#)).finds("A2 invalid-image-url/repairable"),
        case("M04", "markdown", images("![tee](https://a.co/1.jpg)")).finds("A2 invalid-image-url/repairable"),
        case("M05", "a page of Google Drive", images("https://drive.google.com/file/d/1AbC/view?usp=sharing"))
            .finds("A2 share-page/repairable")
            .sends("SKU-2 -"),
        case("M05", "a page of Dropbox", images("https://www.dropbox.com/s/abc/tee.jpg?dl=0"))
            .finds("A2 share-page/repairable")
            .sends("SKU-2 -"),
        case("M05", "a page of OneDrive", images("https://1drv.ms/i/s!AbC")).finds("A2 share-page"),
        case(
            "M05",
            "an address that holds for a time",
            images(
                "https://b.s3.amazonaws.com/1.jpg?X-Amz-Date=20260101T000000Z&X-Amz-Expires=3600&X-Amz-Signature=ab",
            ),
        )
        .finds("A2 image-expires"),
        case("M05", "WebP", images("https://a.co/1.webp")).finds("A2 image-type"),
        case("M05", "SVG", images("https://a.co/1.svg")).finds("A2 image-type"),
        case("M05", "HEIC", images("https://a.co/1.HEIC")).finds("A2 image-type"),
        case("M05", "an IP address", images("https://203.0.113.7/1.jpg")).finds("A2 image-host"),
        case("M05", "another port", images("https://a.co:8080/1.jpg")).finds("A2 image-host"),
        case("X03", "a path that climbs", images("../../etc/passwd")).finds("A2 unsafe-picture-path"),
    ]
}
