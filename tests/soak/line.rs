//! The line between the program and the marketplace, which knows where each call stands: at a chosen call it kills the
//! program, before the call is handed over, when it has had its effect, or when its reply has been given.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::support::{Market, either};

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// The program has sent it, the marketplace has not seen it.
    Sent,
    /// The marketplace has replied, the program has not seen it.
    Done,
    /// The program has the reply, for so many microseconds.
    Told(u64),
}

/// When to kill whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) pid: u32,
    /// The signal.
    pub(crate) signal: Signal,
    /// Calls of this action only.
    pub(crate) action: Option<&'static str>,
    /// At this call, or the first one behind it, counted from 1 since the line was opened.
    pub(crate) call: u64,
    pub(crate) moment: Moment,
}

/// What an order hit.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) signal: Signal,
    pub(crate) action: String,
    pub(crate) moment: Moment,
    /// Writes that had passed before.
    pub(crate) writes: u64,
}

/// Creates that come late: the connection is cut, and the call is handed over some time after.
struct Late {
    /// Of all creates.
    share: f64,
    chance: fastrand::Rng,
}

/// A late call comes after at most so many microseconds: some before the last look of the program, some after it.
const LATEST: u64 = 90_000;

/// The line.
pub(crate) struct Line {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    calls: AtomicU64,
    writes: AtomicU64,
    reads_before_writes: AtomicU64,
    late: Mutex<Option<Late>>,
    lates: AtomicU64,
    order: Mutex<Option<Order>>,
    hit: Mutex<Option<Hit>>,
}

impl Line {
    /// A line to the marketplace, which runs beside it.
    pub(crate) fn to(market: &Market) -> Line {
        let shared = Arc::new(Shared::default());
        let (runtime, target) = (market.runtime(), market.port());
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = Arc::clone(&shared);
        runtime.spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, target, Arc::clone(&line)));
            }
        });
        Line { port, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/{}", self.port, either("", "rest"))
    }

    /// How many calls the program has sent.
    pub(crate) fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::SeqCst)
    }

    /// How many of them were writes.
    pub(crate) fn writes(&self) -> u64 {
        self.shared.writes.load(Ordering::SeqCst)
    }

    /// How many calls were reads before the first write: the baseline.
    pub(crate) fn baseline(&self) -> u64 {
        self.shared.reads_before_writes.load(Ordering::SeqCst)
    }

    /// From now on this share of the creates comes late.
    pub(crate) fn delay(&self, share: f64, seed: u64) {
        *lock(&self.shared.late) = Some(Late { share, chance: fastrand::Rng::with_seed(seed) });
    }

    /// How many creates came late.
    pub(crate) fn lates(&self) -> u64 {
        self.shared.lates.load(Ordering::SeqCst)
    }

    /// Gives an order, which holds until it hits or another one is given.
    pub(crate) fn order(&self, order: Option<Order>) {
        *lock(&self.shared.order) = order;
    }

    /// What the order has hit since the last time.
    pub(crate) fn hit(&self) -> Option<Hit> {
        lock(&self.shared.hit).take()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The action of the call that begins so: a part of the query, or the path.
fn action(head: &str) -> Option<String> {
    let target = head.strip_prefix("GET ").or_else(|| head.strip_prefix("POST "))?.split([' ', '\r']).next()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let action = match path.strip_prefix("/rest") {
        None => query.split('&').find_map(|pair| pair.strip_prefix("Action="))?,
        Some("/product/create") => "CreateProduct",
        Some("/products/get") => "GetProducts",
        Some("/images/set") => "SetImages",
        Some(other) => other,
    };
    Some(action.to_owned())
}

/// A call on its way, by its number.
struct Call {
    number: u64,
    action: String,
    writes: u64,
}

impl Shared {
    /// Counts a call, where these bytes begin one.
    fn count(&self, bytes: &[u8]) -> Option<Call> {
        let action = action(&String::from_utf8_lossy(&bytes[..bytes.len().min(200)]))?;
        let writes = match action.as_str() {
            "GetProducts" => {
                let writes = self.writes.load(Ordering::SeqCst);
                self.reads_before_writes.fetch_add(u64::from(writes == 0), Ordering::SeqCst);
                writes
            }
            _ => self.writes.fetch_add(1, Ordering::SeqCst),
        };
        Some(Call { number: self.calls.fetch_add(1, Ordering::SeqCst) + 1, action, writes })
    }

    /// How late a call comes; none where it comes in time.
    fn lateness(&self, call: &Call) -> Option<Duration> {
        let mut late = lock(&self.late);
        let late = late.as_mut().filter(|_| call.action == "CreateProduct")?;
        if late.chance.f64() >= late.share {
            return None;
        }
        self.lates.fetch_add(1, Ordering::SeqCst);
        Some(Duration::from_micros(late.chance.u64(..LATEST)))
    }

    /// The order for a call that stands there now: it is carried out once.
    fn due(&self, call: &Call, is_there: impl Fn(Moment) -> bool) -> Option<Order> {
        let mut order = lock(&self.order);
        let due = order.take_if(|order| order.concerns(call) && is_there(order.moment))?;
        let Call { action, writes, .. } = call;
        *lock(&self.hit) =
            Some(Hit { signal: due.signal, action: action.clone(), moment: due.moment, writes: *writes });
        Some(due)
    }
}

impl Order {
    fn concerns(&self, call: &Call) -> bool {
        call.number >= self.call && self.action.is_none_or(|action| action == call.action)
    }
}

fn strike(order: Order) {
    let pid = Pid::from_raw(i32::try_from(order.pid).unwrap()).unwrap();
    // It may have ended by itself; it is not waited for before, so that the number is still its own.
    let _ = kill_process(pid, order.signal);
}

/// One connection. Calls do not overlap on it.
async fn carry(near: TcpStream, target: u16, shared: Arc<Shared>) {
    let Ok(far) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (from_program, to_program) = near.into_split();
    let (from_market, to_market) = far.into_split();
    let last: Mutex<Option<Call>> = Mutex::new(None);
    // Where one side ends, the other one is cut too.
    tokio::select! {
        _ = there(from_program, to_market, &shared, (&last, target)) => {}
        _ = back(from_market, to_program, &shared, &last) => {}
    }
}

async fn there(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    (last, target): (&Mutex<Option<Call>>, u16),
) -> io::Result<()> {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut bytes).await?;
        if read == 0 {
            return Ok(());
        }
        if let Some(call) = shared.count(&bytes[..read]) {
            if let Some(order) = shared.due(&call, |moment| moment == Moment::Sent) {
                strike(order);
                if order.signal == Signal::KILL {
                    return Ok(());
                }
            }
            if let Some(lateness) = shared.lateness(&call) {
                let request = whole(&mut from, bytes[..read].to_vec()).await?;
                tokio::spawn(hand_over(request, target, lateness));
                return Ok(());
            }
            *lock(last) = Some(call);
        }
        to.write_all(&bytes[..read]).await?;
    }
}

/// A request to its last byte, which begins with these.
async fn whole(from: &mut OwnedReadHalf, mut request: Vec<u8>) -> io::Result<Vec<u8>> {
    loop {
        let head = request.windows(4).position(|window| window == b"\r\n\r\n");
        let text = String::from_utf8_lossy(&request[..head.unwrap_or(0)]).to_ascii_lowercase();
        let length = text.split("content-length:").nth(1).and_then(|rest| rest.split("\r\n").next());
        let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
        if head.is_some_and(|head| request.len() >= head + 4 + length) {
            return Ok(request);
        }
        let mut more = vec![0; 1 << 16];
        let read = from.read(&mut more).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&more[..read]);
    }
}

/// Nobody hears the reply.
async fn hand_over(request: Vec<u8>, target: u16, lateness: Duration) -> io::Result<()> {
    pause(lateness).await;
    let mut far = TcpStream::connect(("127.0.0.1", target)).await?;
    far.write_all(&request).await?;
    far.read(&mut [0; 1 << 12]).await.map(drop)
}

async fn back(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    last: &Mutex<Option<Call>>,
) -> io::Result<()> {
    let mut bytes = vec![0; 1 << 16];
    loop {
        // A connection that is cut is a reply too.
        let read = from.read(&mut bytes).await.unwrap_or(0);
        let call = lock(last).take();
        let done = call.as_ref().and_then(|call| shared.due(call, |moment| moment == Moment::Done));
        if let Some(order) = done {
            strike(order);
        }
        if read == 0 {
            return Ok(());
        }
        to.write_all(&bytes[..read]).await?;
        let told = call.as_ref().and_then(|call| shared.due(call, |moment| matches!(moment, Moment::Told(_))));
        if let Some(order) = told {
            if let Moment::Told(micros) = order.moment {
                pause(Duration::from_micros(micros)).await;
            }
            strike(order);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "another program is given a moment")]
async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}
