//! One connection as the server holds it: it can end with a TCP reset, and go deaf before it ends.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// What a reply tells the connection it goes over.
#[derive(Debug, Default)]
pub(super) struct Line {
    is_reset: AtomicBool,
    is_deaf: AtomicBool,
    hangs_up_after: OnceLock<Duration>,
    hangs_up: Notify,
}

impl Line {
    /// The connection ends with a TCP reset.
    pub(super) fn reset_at_end(&self) {
        self.is_reset.store(true, Ordering::Release);
    }

    /// Nothing more is read, and the connection ends after so long.
    fn hang_up(&self, after: Duration) {
        // A second reply cannot come: nothing is read after the first.
        let _ = self.hangs_up_after.set(after);
        self.is_deaf.store(true, Ordering::Release);
        self.hangs_up.notify_one();
    }

    /// Waits until a reply hangs up, and gives the time until the end.
    pub(super) async fn hung_up(&self) -> Duration {
        self.hangs_up.notified().await;
        self.hangs_up_after.get().copied().unwrap_or_default()
    }
}

/// Hangs up when it is dropped: with the body of the reply, when hyper has all of it.
pub(super) struct Farewell {
    /// The connection.
    pub(super) line: Arc<Line>,
    /// How long after the reply it ends.
    pub(super) after: Duration,
    /// Whether it ends with a TCP reset.
    pub(super) abrupt: bool,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        if self.abrupt {
            self.line.reset_at_end();
        }
        self.line.hang_up(self.after);
    }
}

/// The stream under hyper.
pub(super) struct Wire {
    stream: TcpStream,
    line: Arc<Line>,
}

impl Wire {
    /// The stream of the line.
    pub(super) fn new(stream: TcpStream, line: Arc<Line>) -> Wire {
        Wire { stream, line }
    }

    fn ends_with_reset(&self) -> bool {
        self.line.is_reset.load(Ordering::Acquire)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.ends_with_reset() {
            reset(&self.stream);
        }
    }
}

/// Makes the end of the stream a TCP reset.
pub(super) fn reset(stream: &TcpStream) {
    // Where it fails, the connection is closed in good order: cut all the same.
    let _ = stream.set_zero_linger();
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.line.is_deaf.load(Ordering::Acquire) {
            // Nobody is woken, and nobody has to be: the connection ends by the clock.
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.ends_with_reset() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
