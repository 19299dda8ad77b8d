//! Bodies that come late, in drops, in part, or in sizes that nobody wants to hold.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Bytes, Frame, SizeHint};

use super::dress::{Coding, Dressed, Packer};
use super::time;
use super::wire::{Farewell, Line};

const BLANKS_AT_ONCE: usize = 64 * 1024;

/// hyper sends what it has when a body has to wait.
const FLUSH: Duration = Duration::from_millis(2);

/// How much more than it gives an overlong body promises.
const TOO_MUCH: u64 = 1000;

/// The end of a body that broke.
#[derive(Debug, thiserror::Error)]
#[error("the reply was cut on purpose")]
pub(super) struct BrokenOnPurpose;

/// What becomes of a body on its way.
pub(super) enum Course {
    /// It comes.
    Whole,
    /// A byte, and a wait after it.
    Drip(Duration),
    /// Half of it, a silence, and the end.
    Half(Duration),
    /// All of it, where more was promised, a silence, and the end.
    Overlong(Duration),
    /// All of it, and the connection ends so long after.
    HangUp(Duration),
}

enum Piece {
    Bytes(Bytes),
    Blanks(u64),
    Drip(Bytes, Duration),
    Wait(Duration),
    Break,
}

/// A body in pieces.
pub(super) struct Staged {
    pieces: VecDeque<Piece>,
    length: Option<u64>,
    packer: Option<Packer>,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    line: Arc<Line>,
    abrupt: bool,
    _farewell: Option<Farewell>,
}

impl Staged {
    /// The bytes of a reply on their course; a break is a TCP reset where it is abrupt.
    pub(super) fn new(
        dressed: Dressed,
        coding: Option<Coding>,
        course: &Course,
        line: Arc<Line>,
        abrupt: bool,
    ) -> Staged {
        let (dressed, packer) = packed(dressed, coding);
        // What is packed on the way has no length beforehand.
        let length = packer.is_none().then_some(dressed.head.len() as u64 + dressed.blanks + dressed.tail.len() as u64);
        let promised = match course {
            Course::Overlong(_) => length.map(|length| length + TOO_MUCH),
            Course::Whole | Course::Drip(_) | Course::Half(_) | Course::HangUp(_) => length,
        };
        let farewell = match course {
            Course::HangUp(after) => Some(Farewell { line: Arc::clone(&line), after: *after, abrupt }),
            Course::Whole | Course::Drip(_) | Course::Half(_) | Course::Overlong(_) => None,
        };
        let pieces = pieces(dressed, course);
        Staged { pieces, length: promised, packer, waiting: None, line, abrupt, _farewell: farewell }
    }

    fn next_piece(&mut self) -> Option<Piece> {
        let piece = self.pieces.pop_front()?;
        Some(match piece {
            Piece::Blanks(count) => {
                let now = count.min(BLANKS_AT_ONCE as u64);
                if count > now {
                    self.pieces.push_front(Piece::Blanks(count - now));
                }
                Piece::Bytes(Bytes::from_static(&[b' '; BLANKS_AT_ONCE]).slice(..now as usize))
            }
            Piece::Drip(mut bytes, step) => {
                let first = bytes.split_to(1.min(bytes.len()));
                if !bytes.is_empty() {
                    self.pieces.push_front(Piece::Drip(bytes, step));
                    self.pieces.push_front(Piece::Wait(step));
                }
                Piece::Bytes(first)
            }
            Piece::Bytes(_) | Piece::Wait(_) | Piece::Break => piece,
        })
    }
}

/// Small bodies are packed at once.
fn packed(dressed: Dressed, coding: Option<Coding>) -> (Dressed, Option<Packer>) {
    let Some(coding) = coding else { return (dressed, None) };
    let mut packer = Packer::new(coding);
    if dressed.blanks > 0 {
        return (dressed, Some(packer));
    }
    let mut head = packer.pack(&dressed.head);
    head.extend(packer.pack(&dressed.tail));
    head.extend(packer.finish());
    (Dressed { head, blanks: 0, tail: Vec::new() }, None)
}

fn pieces(dressed: Dressed, course: &Course) -> VecDeque<Piece> {
    let Dressed { head, blanks, tail } = dressed;
    let (head, tail) = (Bytes::from(head), Bytes::from(tail));
    let all = |head, tail| [Piece::Bytes(head), Piece::Blanks(blanks), Piece::Bytes(tail)];
    let broken = |silence: Duration| [Piece::Wait(silence.max(FLUSH)), Piece::Break];
    match course {
        Course::Whole | Course::HangUp(_) => all(head, tail).into(),
        Course::Drip(step) => {
            let drip = |bytes| Piece::Drip(bytes, (*step).max(FLUSH));
            VecDeque::from([drip(head), Piece::Blanks(blanks), drip(tail)])
        }
        Course::Half(silence) if blanks > 0 => {
            VecDeque::from_iter([Piece::Bytes(head), Piece::Blanks(blanks / 2)].into_iter().chain(broken(*silence)))
        }
        Course::Half(silence) => {
            let whole = Bytes::from([head, tail].concat());
            let half = whole.slice(..whole.len() / 2);
            VecDeque::from_iter([Piece::Bytes(half)].into_iter().chain(broken(*silence)))
        }
        Course::Overlong(silence) => VecDeque::from_iter(all(head, tail).into_iter().chain(broken(*silence))),
    }
}

impl hyper::body::Body for Staged {
    type Data = Bytes;
    type Error = BrokenOnPurpose;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOnPurpose>>> {
        loop {
            if let Some(waiting) = self.waiting.as_mut() {
                if waiting.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                self.waiting = None;
            }
            let bytes = match self.next_piece() {
                Some(Piece::Wait(duration)) => {
                    self.waiting = Some(Box::pin(time::wait(duration)));
                    continue;
                }
                Some(Piece::Break) => {
                    if self.abrupt {
                        self.line.reset_at_end();
                    }
                    return Poll::Ready(Some(Err(BrokenOnPurpose)));
                }
                Some(Piece::Bytes(bytes)) => match self.packer.as_mut() {
                    Some(packer) => Bytes::from(packer.pack(&bytes)),
                    None => bytes,
                },
                Some(Piece::Blanks(_) | Piece::Drip(..)) => continue,
                None => match self.packer.take() {
                    Some(packer) => Bytes::from(packer.finish()),
                    None => return Poll::Ready(None),
                },
            };
            if !bytes.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map(SizeHint::with_exact).unwrap_or_default()
    }
}
