//! Shared texts in packed blocks, for sheets whose texts would fill the memory.
//!
//! Rows name texts mostly in the order in which these stand, because programs number them at first use: few blocks
//! are open at a time. A sheet that was sorted later names them in no order. Once that shows, blocks stay open: then
//! time is worth more than memory.

use std::collections::VecDeque;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};

/// The bytes after which a block is closed. With the text behind it a block stays below the 64 KiB in which LZ4 looks
/// for repetitions.
pub(super) const BLOCK: usize = if cfg!(test) { 64 } else { 60 << 10 };

/// How many bytes of open blocks all readers share.
const SHARED: usize = 64 * BLOCK;

/// How many blocks back a reader on another thread may be in the same stretch of rows.
const NEAR: usize = 64;

/// Blocks that wait for being packed.
const WAITING: usize = 8;

/// Texts, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) text: String,
    ends: Vec<u32>,
}

impl Run {
    /// How many there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The memory that they take.
    #[inline]
    pub(super) fn size(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<u32>()
    }

    /// Where the last ends, and another begins.
    #[inline]
    pub(super) fn end(&self) -> usize {
        self.ends.last().map_or(0, |end| *end as usize)
    }

    /// What was pushed behind the last is a text too. All of it is shorter than 4 GiB.
    #[inline]
    pub(super) fn close_text(&mut self) {
        self.ends.push(self.text.len() as u32);
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        Some(&self.text[start..end])
    }

    /// Takes the last away, where it is longer than a block and others stand before it: who wants these need not
    /// unpack it.
    fn split_long(&mut self) -> Option<Run> {
        let start = self.ends[..self.ends.len().checked_sub(1)?].last().map(|end| *end as usize)?;
        if self.text.len() - start <= BLOCK {
            return None;
        }
        self.ends.pop();
        let mut long = Run { text: self.text.split_off(start), ends: Vec::new() };
        long.close_text();
        Some(long)
    }
}

/// A run as it is kept: the texts, then their lengths, seven bits a byte, all of it packed.
#[derive(Debug)]
struct Block {
    /// The place of its first text.
    first: usize,
    /// The bytes of its texts, and those with their lengths.
    text: usize,
    size: usize,
    packed: Box<[u8]>,
}

impl Block {
    fn of(first: usize, run: Run) -> Block {
        let text = run.text.len();
        let mut bytes = run.text.into_bytes();
        let mut start = 0;
        for end in run.ends {
            let mut len = end - start;
            while len >= 0x80 {
                bytes.push(len as u8 | 0x80);
                len >>= 7;
            }
            bytes.push(len as u8);
            start = end;
        }
        let packed = lz4_flex::block::compress(&bytes).into_boxed_slice();
        Block { first, text, size: bytes.len(), packed }
    }

    fn open(&self) -> Option<OpenBlock> {
        let mut text = lz4_flex::block::decompress(&self.packed, self.size).ok()?;
        let mut ends = Vec::with_capacity(self.size - self.text);
        let (mut end, mut len, mut shift) = (0, 0, 0);
        for byte in text.get(self.text..)? {
            len |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                end += len;
                ends.push(end);
                (len, shift) = (0, 0);
            }
        }
        text.truncate(self.text);
        Some(OpenBlock { first: self.first, run: Run { text: String::from_utf8(text).ok()?, ends } })
    }
}

/// A block that can be read.
#[derive(Debug)]
pub(super) struct OpenBlock {
    first: usize,
    run: Run,
}

impl OpenBlock {
    #[inline]
    pub(super) fn holds(&self, place: usize) -> bool {
        place.wrapping_sub(self.first) < self.run.len()
    }

    /// The text at this place among all that are packed.
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<&str> {
        self.run.get(place.checked_sub(self.first)?)
    }
}

/// All packed texts.
#[derive(Debug, Default)]
pub(super) struct Packed {
    blocks: Vec<Block>,
    shared: Mutex<Shared>,
}

impl Packed {
    /// The block that holds the text at this place. One behind the last text is answered with the last block.
    pub(super) fn open(&self, place: usize) -> Option<Arc<OpenBlock>> {
        let number = self.blocks.partition_point(|block| block.first <= place).checked_sub(1)?;
        if let Some(open) = self.shared().find(number) {
            return Some(open);
        }
        // Meanwhile others go on. Where two unpack the same block, one of them did so in vain.
        let open = Arc::new(self.blocks[number].open()?);
        Some(self.shared().keep(number, self.blocks.len(), open))
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The blocks that are open for all readers.
#[derive(Debug, Default)]
struct Shared {
    /// By their numbers, as far as any was open.
    open: Vec<Option<Arc<OpenBlock>>>,
    /// The numbers of those that are open; what was wanted last stands last.
    order: VecDeque<usize>,
    size: usize,
    /// The block that was opened last.
    last: usize,
    /// How often the next that was opened stood far before it.
    returns: usize,
}

impl Shared {
    fn find(&mut self, number: usize) -> Option<Arc<OpenBlock>> {
        let open = self.open.get(number)?.clone()?;
        if self.size <= SHARED
            && let Some(at) = self.order.iter().position(|known| *known == number)
        {
            self.order.remove(at);
            self.order.push_back(number);
        }
        Some(open)
    }

    /// Keeps an open block, one of `count`; those that nobody wanted for long go.
    fn keep(&mut self, number: usize, count: usize, open: Arc<OpenBlock>) -> Arc<OpenBlock> {
        self.open.resize_with(count, || None);
        if let Some(known) = &self.open[number] {
            return Arc::clone(known);
        }
        self.returns += usize::from(number + NEAR < self.last);
        self.last = number;
        self.size += open.run.size();
        self.order.push_back(number);
        self.open[number] = Some(Arc::clone(&open));
        // A sheet in order returns once a reading.
        let is_sorted = self.returns <= count;
        while is_sorted && self.size > SHARED && self.order.len() > 1 {
            let oldest = self.order.pop_front().and_then(|oldest| self.open[oldest].take());
            self.size -= oldest.map_or(0, |oldest| oldest.run.size());
        }
        open
    }
}

/// Packs runs on a thread of its own, beside the one that reads them.
pub(super) struct Packer<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    thread: Option<(SyncSender<Run>, ScopedJoinHandle<'scope, Vec<Block>>)>,
}

impl<'scope, 'env> Packer<'scope, 'env> {
    pub(super) fn new(scope: &'scope Scope<'scope, 'env>) -> Packer<'scope, 'env> {
        Packer { scope, thread: None }
    }

    /// Takes the run that follows.
    pub(super) fn pack(&mut self, mut run: Run) {
        let long = run.split_long();
        let (runs, _) = self.thread.get_or_insert_with(|| {
            let (sender, runs) = sync_channel::<Run>(WAITING);
            let pack = move || {
                let mut first = 0;
                let blocks = runs.into_iter().map(|run| {
                    first += run.len();
                    Block::of(first - run.len(), run)
                });
                blocks.collect()
            };
            (sender, self.scope.spawn(pack))
        });
        for run in [Some(run), long].into_iter().flatten().filter(|run| run.len() > 0) {
            // It listens until it panics, which is told at the end.
            _ = runs.send(run);
        }
    }

    /// All that were packed.
    pub(super) fn finish(self) -> Packed {
        let blocks = self.thread.map_or_else(Vec::new, |(runs, thread)| {
            drop(runs);
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        Packed { blocks, shared: Mutex::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of one text each, and its number is what it says.
    fn packed(count: usize) -> Packed {
        std::thread::scope(|scope| {
            let mut packer = Packer::new(scope);
            for number in 0..count {
                let mut run = Run { text: format!("{number:>64}"), ends: Vec::new() };
                run.close_text();
                packer.pack(run);
            }
            packer.finish()
        })
    }

    /// Wants the texts at `places`; answers how many blocks are open then.
    #[track_caller]
    fn open(packed: &Packed, places: impl Iterator<Item = usize>) -> usize {
        for place in places {
            assert_eq!(packed.open(place).unwrap().get(place), Some(format!("{place:>64}").as_str()));
        }
        packed.shared().open.iter().flatten().count()
    }

    #[test]
    fn few_blocks_stay_open_where_texts_are_wanted_in_order() {
        let packed = packed(1000);
        let few = open(&packed, 0..1000);
        assert!(few < NEAR, "{few}");
        assert_eq!([open(&packed, 0..1000), open(&packed, 0..1000)], [few; 2]);
    }

    #[test]
    fn a_block_that_is_wanted_often_stays_open() {
        let packed = packed(1000);
        let first = packed.open(0).unwrap();
        open(&packed, (1..1000).flat_map(|place| [place, 0]));
        assert!(Arc::ptr_eq(&first, &packed.open(0).unwrap()));
    }

    #[test]
    fn blocks_that_are_wanted_in_no_order_stay_open() {
        let packed = packed(1000);
        // 377 and 1000 have no common divisor: each is wanted once a round.
        let all = open(&packed, (0..8_000).map(|number| number * 377 % 1000));
        assert_eq!(all, 1000);
    }

    #[test]
    fn a_long_text_has_a_block_of_its_own() {
        let mut run = Run::default();
        for len in [3, 0, BLOCK + 1] {
            run.text.push_str(&"a".repeat(len));
            run.close_text();
        }
        let long = run.split_long().unwrap();
        assert_eq!((run.len(), run.get(0), run.get(1), run.get(2)), (2, Some("aaa"), Some(""), None));
        assert_eq!((long.len(), long.get(0).unwrap().len()), (1, BLOCK + 1));
        for mut alone in [long, run, Run::default()] {
            assert!(alone.split_long().is_none());
        }
    }

    #[test]
    fn nothing_is_packed_of_nothing() {
        let packed = std::thread::scope(|scope| {
            let mut packer = Packer::new(scope);
            packer.pack(Run::default());
            packer.finish()
        });
        assert!(packed.open(0).is_none());
    }
}
