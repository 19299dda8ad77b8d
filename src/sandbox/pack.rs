//! Packed bodies, bombs among them: a hundred megabytes of blanks are packed once as a quarter of one, and repeated.
//!
//! A deflate stream that is flushed ends on a whole byte, and blanks after blanks always pack alike: so one stretch
//! stands for all, and only the check sums have to know how many there are.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use super::dress::{Coding, Dressed};

const STRETCH: u64 = 256 * 1024;
const BLANK: u8 = b' ';
const ADLER_BASE: u64 = 65_521;

/// No name, no time; packed as small as can be, on a system nobody knows.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff];
const ZLIB_HEAD: [u8; 2] = [0x78, 0xda];

/// A body as it goes over the wire: a stretch that is repeated between a head and a tail.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Packed {
    /// What comes first.
    pub(super) head: Vec<u8>,
    /// What is repeated.
    pub(super) stretch: Vec<u8>,
    /// How often.
    pub(super) count: u64,
    /// What comes last.
    pub(super) tail: Vec<u8>,
}

impl Packed {
    /// The bytes of a reply, packed if they are to be.
    pub(super) fn new(dressed: Dressed, coding: Option<Coding>) -> Packed {
        let blanks = vec![BLANK; if dressed.blanks > 0 { STRETCH as usize } else { 0 }];
        let count = dressed.blanks / STRETCH;
        let Some(coding) = coding else {
            return Packed { head: dressed.head, stretch: blanks, count, tail: dressed.tail };
        };
        let sum = check_sum(coding, &dressed, &blanks, count);
        let mut packed = Packed::default();
        packed.head.extend_from_slice(match coding {
            Coding::Gzip => &GZIP_HEAD,
            Coding::Deflate => &ZLIB_HEAD,
        });
        let mut deflate = Compress::new(Compression::best(), false);
        run(&mut deflate, &dressed.head, FlushCompress::Sync, &mut packed.head);
        if count > 0 {
            // The first stretch still looks back at the head.
            run(&mut deflate, &blanks, FlushCompress::Sync, &mut packed.head);
            run(&mut deflate, &blanks, FlushCompress::Sync, &mut packed.stretch);
            packed.count = count - 1;
        }
        run(&mut deflate, &dressed.tail, FlushCompress::Finish, &mut packed.tail);
        packed.tail.extend(sum);
        packed
    }

    /// How many bytes that is.
    pub(super) fn length(&self) -> u64 {
        self.head.len() as u64 + self.stretch.len() as u64 * self.count + self.tail.len() as u64
    }
}

fn run(deflate: &mut Compress, input: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
    let start = deflate.total_in();
    loop {
        out.reserve(input.len() / 4 + 1024);
        let done = usize::try_from(deflate.total_in() - start).unwrap_or(usize::MAX);
        let rest = input.get(done..).unwrap_or_default();
        let status = deflate.compress_vec(rest, out, flush);
        let is_all_in = deflate.total_in() - start == input.len() as u64;
        match status {
            Ok(Status::StreamEnd) | Err(_) => return,
            // What leaves room has given all it had.
            Ok(_) if is_all_in && flush != FlushCompress::Finish && out.len() < out.capacity() => return,
            Ok(_) => {}
        }
    }
}

/// What stands at the end of the packed bytes.
fn check_sum(coding: Coding, dressed: &Dressed, blanks: &[u8], count: u64) -> Vec<u8> {
    match coding {
        Coding::Gzip => {
            let (mut sum, mut stretch, mut tail) = (Crc::new(), Crc::new(), Crc::new());
            sum.update(&dressed.head);
            stretch.update(blanks);
            tail.update(&dressed.tail);
            for _ in 0..count {
                sum.combine(&stretch);
            }
            sum.combine(&tail);
            [sum.sum().to_le_bytes(), sum.amount().to_le_bytes()].concat()
        }
        Coding::Deflate => {
            let head = dressed.head.iter().fold((1, 0), |sums, byte| adler(sums, *byte, 1));
            let sums = adler(head, BLANK, dressed.blanks);
            let (low, high) = dressed.tail.iter().fold(sums, |sums, byte| adler(sums, *byte, 1));
            ((high << 16 | low) as u32).to_be_bytes().to_vec()
        }
    }
}

/// The sums of Adler-32 after so many equal bytes.
fn adler((low, high): (u64, u64), byte: u8, count: u64) -> (u64, u64) {
    let (byte, many, base) = (u128::from(byte), u128::from(count), u128::from(ADLER_BASE));
    let (low, high) = (u128::from(low), u128::from(high));
    let after = ((low + many * byte) % base, (high + many * low + byte * many * (many + 1) / 2) % base);
    (after.0 as u64, after.1 as u64)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::{GzDecoder, ZlibDecoder};

    use super::*;

    #[track_caller]
    fn check(coding: Coding, blanks: u64) {
        let dressed = || Dressed { head: b"<R>".to_vec(), blanks, tail: b"<Head/></R>".to_vec() };
        let packed = Packed::new(dressed(), Some(coding));
        let stretches = packed.stretch.repeat(packed.count as usize);
        let bytes = [packed.head.as_slice(), &stretches, &packed.tail].concat();
        assert_eq!(bytes.len() as u64, packed.length());
        let mut whole = Vec::new();
        // The readers hold the check sums against what they read.
        match coding {
            Coding::Gzip => GzDecoder::new(bytes.as_slice()).read_to_end(&mut whole).unwrap(),
            Coding::Deflate => ZlibDecoder::new(bytes.as_slice()).read_to_end(&mut whole).unwrap(),
        };
        let Dressed { head, blanks, tail } = dressed();
        assert!(whole == [head, vec![b' '; blanks as usize], tail].concat());
    }

    #[test]
    fn what_is_packed_is_read_again() {
        for coding in [Coding::Gzip, Coding::Deflate] {
            check(coding, 0);
            check(coding, STRETCH);
            check(coding, 4 * STRETCH);
        }
    }
}
