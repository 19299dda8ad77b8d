//! Pictures made in a line: true headers, and nothing behind them that anybody decodes.

/// A PNG of this size in pixels and bytes.
pub(crate) fn png(width: u32, height: u32, bytes: usize) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(height.to_be_bytes());
    png.extend(*b"\x08\x02\0\0\0");
    png.resize(bytes.max(png.len()), 7);
    png
}

/// A JPEG of this size in pixels and bytes, whose frame stands behind so many bytes of other segments.
pub(crate) fn jpeg(width: u16, height: u16, before: usize, bytes: usize) -> Vec<u8> {
    let mut jpeg = b"\xff\xd8".to_vec();
    let mut left = before;
    while left > 0 {
        let length = left.min(60_000);
        jpeg.extend(*b"\xff\xe1");
        jpeg.extend((length as u16 + 2).to_be_bytes());
        jpeg.extend(std::iter::repeat_n(3, length));
        left -= length;
    }
    jpeg.extend(*b"\xff\xc0\0\x11\x08");
    jpeg.extend(height.to_be_bytes());
    jpeg.extend(width.to_be_bytes());
    jpeg.resize(bytes.max(jpeg.len()), 7);
    jpeg
}

/// A sound picture; another number is another picture.
pub(crate) fn sound(number: u8) -> Vec<u8> {
    let mut png = png(400, 500, 2000);
    png.push(number);
    png
}
