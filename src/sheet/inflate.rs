//! The beginning of a deflate stream, unpacked (RFC 1951).
//!
//! Workbooks are unpacked by their reader. This is for a look at a part before the reader trusts what
//! it promises: a few kilobytes, bounded in and out, and no failure, just what could be unpacked.

/// Lengths and their extra bits, by symbol from 257.
const LENGTHS: [(usize, u32); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];
/// The order in which the code lengths of the code lengths are given.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LONGEST_CODE: usize = 15;

/// At most `limit` bytes from the beginning of what `packed` holds, as far as it is sound.
pub(super) fn beginning(packed: &[u8], limit: usize) -> Vec<u8> {
    let mut inflate = Inflate { packed, bit: 0, text: Vec::new(), limit };
    while inflate.block() == Some(More::Blocks) {}
    inflate.text.truncate(limit);
    inflate.text
}

#[derive(Debug, PartialEq, Eq)]
enum More {
    Blocks,
    Nothing,
}

struct Inflate<'a> {
    packed: &'a [u8],
    bit: usize,
    text: Vec<u8>,
    limit: usize,
}

/// A canonical Huffman code: how many codes there are of each length, and the symbols in code order.
struct Code {
    counts: [usize; LONGEST_CODE + 1],
    symbols: Vec<usize>,
}

impl Code {
    fn new(lengths: &[usize]) -> Code {
        let mut counts = [0; LONGEST_CODE + 1];
        let mut symbols = Vec::with_capacity(lengths.len());
        for (length, count) in counts.iter_mut().enumerate().skip(1) {
            let before = symbols.len();
            symbols.extend((0..lengths.len()).filter(|symbol| lengths[*symbol] == length));
            *count = symbols.len() - before;
        }
        Code { counts, symbols }
    }
}

impl Inflate<'_> {
    fn bits(&mut self, count: u32) -> Option<usize> {
        let mut value = 0;
        for place in 0..count {
            let byte = *self.packed.get(self.bit / 8)?;
            value |= usize::from(byte >> (self.bit % 8) & 1) << place;
            self.bit += 1;
        }
        Some(value)
    }

    fn symbol(&mut self, code: &Code) -> Option<usize> {
        let (mut value, mut first, mut index) = (0, 0, 0);
        for count in &code.counts[1..] {
            value |= self.bits(1)?;
            if value < first + count {
                return code.symbols.get(index + value.checked_sub(first)?).copied();
            }
            index += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        None
    }

    /// Unpacks one block; `None` when it is cut, unsound or as much as is wanted.
    fn block(&mut self) -> Option<More> {
        let last = self.bits(1)? == 1;
        match self.bits(2)? {
            0 => self.stored()?,
            1 => {
                let lengths: Vec<usize> = (0..288)
                    .map(|symbol| match symbol {
                        0..144 => 8,
                        144..256 => 9,
                        256..280 => 7,
                        _ => 8,
                    })
                    .collect();
                self.coded(&Code::new(&lengths), &Code::new(&[5; 30]))?;
            }
            2 => {
                let (lengths, distances) = self.codes()?;
                self.coded(&lengths, &distances)?;
            }
            _ => return None,
        }
        Some(if last { More::Nothing } else { More::Blocks })
    }

    fn stored(&mut self) -> Option<()> {
        let start = self.bit.div_ceil(8);
        let len = usize::from(u16::from_le_bytes(self.packed.get(start..start + 2)?.try_into().ok()?));
        self.text.extend_from_slice(self.packed.get(start + 4..start + 4 + len)?);
        self.bit = (start + 4 + len) * 8;
        (self.text.len() < self.limit).then_some(())
    }

    /// The two codes at the head of a block with its own.
    fn codes(&mut self) -> Option<(Code, Code)> {
        let (literals, distances, given) = (self.bits(5)? + 257, self.bits(5)? + 1, self.bits(4)? + 4);
        let mut lengths = [0; ORDER.len()];
        for place in &ORDER[..given] {
            lengths[*place] = self.bits(3)?;
        }
        let code = Code::new(&lengths);
        let mut lengths = Vec::with_capacity(literals + distances);
        while lengths.len() < literals + distances {
            let (length, times) = match self.symbol(&code)? {
                16 => (*lengths.last()?, 3 + self.bits(2)?),
                17 => (0, 3 + self.bits(3)?),
                18 => (0, 11 + self.bits(7)?),
                length => (length, 1),
            };
            lengths.extend(std::iter::repeat_n(length, times));
        }
        Some((Code::new(&lengths[..literals]), Code::new(&lengths[literals..])))
    }

    fn coded(&mut self, lengths: &Code, distances: &Code) -> Option<()> {
        while self.text.len() < self.limit {
            let symbol = self.symbol(lengths)?;
            match u8::try_from(symbol) {
                Ok(byte) => self.text.push(byte),
                Err(_) if symbol == 256 => return Some(()),
                Err(_) => self.repeat(symbol, distances)?,
            }
        }
        None
    }

    fn repeat(&mut self, symbol: usize, distances: &Code) -> Option<()> {
        let (length, extra) = *LENGTHS.get(symbol - 257)?;
        let length = length + self.bits(extra)?;
        let symbol = self.symbol(distances)?;
        let extra = (symbol as u32 / 2).saturating_sub(1);
        let base = if symbol < 2 { symbol } else { (2 + symbol % 2) << extra };
        let from = self.text.len().checked_sub(1 + base + self.bits(extra)?)?;
        for at in from..from + length {
            self.text.push(self.text[at]);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_and_fixed_blocks_are_unpacked() {
        assert_eq!(beginning(&[1, 3, 0, 0xfc, 0xff, b'a', b'b', b'c'], 9), b"abc");
        // zlib's raw deflate of "aaaaaaaaaa".
        assert_eq!(beginning(&[0x4b, 0x84, 0x03, 0x00], 99), b"aaaaaaaaaa");
        assert_eq!(beginning(&[0x4b, 0x84, 0x03, 0x00], 4), b"aaaa");
    }

    #[test]
    fn what_is_no_deflate_gives_nothing_and_no_panic() {
        assert_eq!(beginning(&[], 9), b"");
        assert_eq!(beginning(&[0xff; 64], 9), b"");
        for seed in 0..=255_u8 {
            let bytes: Vec<u8> = (0..200_u8).map(|at| at.wrapping_mul(seed) ^ seed.rotate_left(3)).collect();
            assert!(beginning(&bytes, 1_000).len() <= 1_000);
        }
    }
}
