//! SellerSkus in the address of a call: how they are written, and how many fit.

use std::ops::Range;

use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use super::signing::RESERVED;
use crate::record::SellerSku;

/// The longest list of a look-up, in encoded bytes. No limit is published; addresses above 8 KB are refused by common
/// servers.
const LONGEST: usize = 4096;

/// A JSON array, so that a SKU may hold commas and quotation marks.
pub(super) fn written(skus: &[SellerSku]) -> String {
    skus.iter().map(SellerSku::as_str).collect::<Value>().to_string()
}

/// Cuts SKUs into lists of at most so many SKUs and 4 KB. The ranges cover all SKUs in order; a SKU that is too long by
/// itself travels alone.
pub(super) fn chunks(skus: &[SellerSku], most: usize) -> Vec<Range<usize>> {
    const BRACKETS: usize = "%5B%5D".len();
    const COMMA: usize = "%2C".len();
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, BRACKETS);
    for (index, sku) in skus.iter().enumerate() {
        let quoted = Value::from(sku.as_str()).to_string();
        let own: usize = utf8_percent_encode(&quoted, RESERVED).map(str::len).sum::<usize>() + COMMA;
        let is_full = index - start == most || bytes + own > LONGEST + COMMA;
        if is_full && index > start {
            chunks.push(start..index);
            (start, bytes) = (index, BRACKETS);
        }
        bytes += own;
    }
    if start < skus.len() {
        chunks.push(start..skus.len());
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::super::signing::encoded;
    use super::*;

    fn skus(texts: impl IntoIterator<Item = String>) -> Vec<SellerSku> {
        texts.into_iter().filter_map(|text| SellerSku::parse(&text)).collect()
    }

    #[test]
    fn a_list_is_an_array_of_texts() {
        assert_eq!(written(&skus(["A".to_owned(), "B,\"2\"".to_owned()])), r#"["A","B,\"2\""]"#);
    }

    #[test]
    fn a_list_holds_at_most_so_many_skus() {
        let skus = skus((0..250).map(|number| format!("S-{number}")));
        assert_eq!(chunks(&skus, 100), [0..100, 100..200, 200..250]);
        assert_eq!(chunks(&skus[..50], 50).len(), 1);
        assert!(chunks(&[], 50).is_empty());
    }

    #[test]
    fn a_list_holds_at_most_4_kb() {
        let skus = skus((0..100).map(|number| format!("เสื้อยืดคอกลม-{number}")));
        let chunks = chunks(&skus, 100);
        assert!(chunks.len() > 1);
        let mut next = 0;
        for chunk in chunks {
            assert_eq!(chunk.start, next);
            next = chunk.end;
            let length = encoded(&written(&skus[chunk])).len();
            assert!((3900..=LONGEST).contains(&length) || next == skus.len(), "{length}");
        }
        assert_eq!(next, skus.len());
    }

    #[test]
    fn a_sku_that_is_too_long_by_itself_travels_alone() {
        let skus = skus(["a".to_owned(), "ก".repeat(1000), "b".to_owned()]);
        assert_eq!(chunks(&skus, 100), [0..1, 1..2, 2..3]);
    }
}
