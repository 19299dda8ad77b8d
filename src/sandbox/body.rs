//! Bodies that come late, in drops, in part, or in sizes that nobody wants to hold.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Bytes, Frame, SizeHint};

use super::pack::Packed;
use super::time;
use super::wire::{Farewell, Line};

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
    Repeat(Bytes, u64),
    Drip(Bytes, Duration),
    Wait(Duration),
    Break,
}

/// A body in pieces.
pub(super) struct Staged {
    pieces: VecDeque<Piece>,
    promised: u64,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    line: Arc<Line>,
    abrupt: bool,
    _farewell: Option<Farewell>,
}

impl Staged {
    /// The bytes of a reply on their course; a break is a TCP reset where it is abrupt.
    pub(super) fn new(packed: Packed, course: &Course, line: Arc<Line>, abrupt: bool) -> Staged {
        let length = packed.length();
        let promised = match course {
            Course::Overlong(_) => length + TOO_MUCH,
            Course::Whole | Course::Drip(_) | Course::Half(_) | Course::HangUp(_) => length,
        };
        let farewell = match course {
            Course::HangUp(after) => Some(Farewell { line: Arc::clone(&line), after: *after, abrupt }),
            Course::Whole | Course::Drip(_) | Course::Half(_) | Course::Overlong(_) => None,
        };
        Staged { pieces: pieces(packed, course), promised, waiting: None, line, abrupt, _farewell: farewell }
    }

    /// The next piece that is no list of others.
    fn next_piece(&mut self) -> Option<Piece> {
        Some(match self.pieces.pop_front()? {
            Piece::Repeat(bytes, count) => {
                if count > 1 {
                    self.pieces.push_front(Piece::Repeat(bytes.clone(), count - 1));
                }
                Piece::Bytes(if count == 0 { Bytes::new() } else { bytes })
            }
            Piece::Drip(mut bytes, step) => {
                let first = bytes.split_to(1.min(bytes.len()));
                if !bytes.is_empty() {
                    self.pieces.push_front(Piece::Drip(bytes, step));
                    self.pieces.push_front(Piece::Wait(step));
                }
                Piece::Bytes(first)
            }
            piece @ (Piece::Bytes(_) | Piece::Wait(_) | Piece::Break) => piece,
        })
    }
}

fn pieces(packed: Packed, course: &Course) -> VecDeque<Piece> {
    let Packed { head, stretch, count, tail } = packed;
    let (head, stretch, tail) = (Bytes::from(head), Bytes::from(stretch), Bytes::from(tail));
    let all = |head, tail| [Piece::Bytes(head), Piece::Repeat(stretch.clone(), count), Piece::Bytes(tail)];
    let broken = |silence: Duration| [Piece::Wait(silence.max(FLUSH)), Piece::Break];
    match course {
        Course::Whole | Course::HangUp(_) => all(head, tail).into(),
        Course::Drip(step) => {
            let drip = |bytes| Piece::Drip(bytes, (*step).max(FLUSH));
            VecDeque::from([drip(head), Piece::Repeat(stretch, count), drip(tail)])
        }
        Course::Half(silence) if count > 1 => {
            let half = [Piece::Bytes(head), Piece::Repeat(stretch, count / 2)];
            half.into_iter().chain(broken(*silence)).collect()
        }
        Course::Half(silence) => {
            let whole = Bytes::from([head, tail].concat());
            let half = whole.slice(..whole.len() / 2);
            [Piece::Bytes(half)].into_iter().chain(broken(*silence)).collect()
        }
        Course::Overlong(silence) => all(head, tail).into_iter().chain(broken(*silence)).collect(),
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
            match self.next_piece() {
                Some(Piece::Wait(duration)) => self.waiting = Some(Box::pin(time::wait(duration))),
                Some(Piece::Break) => {
                    if self.abrupt {
                        self.line.reset_at_end();
                    }
                    return Poll::Ready(Some(Err(BrokenOnPurpose)));
                }
                Some(Piece::Bytes(bytes)) if !bytes.is_empty() => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Some(Piece::Bytes(_) | Piece::Repeat(..) | Piece::Drip(..)) => {}
                None => return Poll::Ready(None),
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}
