//! The server around the market: its own accept loop over axum, so that it can cut a connection anywhere.
//!
//! axum always answers; a lost reply must not be one. The market marks such a response, and the service under hyper
//! turns the mark into an error, upon which hyper closes the connection without a byte. A server that takes no
//! connections keeps its port bound and does not listen, so that the system refuses for it.

use std::future::{pending, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{any, get};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::answer::{Answer, Delivery};
use super::body::{Course, Staged};
use super::market::{Market, Upload};
use super::misbehave::Welcome;
use super::open;
use super::pack::Packed;
use super::time;
use super::wire::{self, Line, Wire};

const MAX_BODY: usize = 8 * 1024 * 1024;
const MAX_DRAINED: usize = 64 * 1024 * 1024;
const LAST_REPLIES: Duration = Duration::from_secs(2);
const BACKLOG: u32 = 1024;

/// How long a busy port is left alone before the next try.
const PORT_RETRY: Duration = Duration::from_millis(20);

/// The least time between a reply and the end of its connection, in which the system sends it.
const SENDING: Duration = Duration::from_millis(10);

/// The mark of a response that must not be sent.
#[derive(Clone, Copy)]
struct Cut;

#[derive(Debug, thiserror::Error)]
#[error("the connection was cut on purpose")]
struct CutOnPurpose;

/// What every request can reach.
#[derive(Clone)]
struct Shared {
    market: Arc<Market>,
    /// Times for which no connection is to be taken.
    pauses: mpsc::UnboundedSender<Duration>,
}

/// Serves until `stopping` says so, then lets the requests in flight finish briefly.
pub(super) async fn serve(listener: TcpListener, market: Arc<Market>, mut stopping: watch::Receiver<bool>) {
    let (pauses, mut paused) = mpsc::unbounded_channel();
    let shared = Shared { market, pauses };
    let mut connections = JoinSet::new();
    let mut listener = Some(listener);
    while let Some(open) = listener.as_ref() {
        tokio::select! {
            accepted = open.accept() => match accepted {
                Ok((stream, _)) => meet(stream, &shared, &stopping, &mut connections),
                // Out of file descriptors, mostly: some connection has to end first.
                Err(_) => time::wait(Duration::from_millis(50)).await,
            },
            Some(pause) = paused.recv() => {
                let address = open.local_addr();
                drop(listener.take());
                connections.abort_all();
                listener = match address {
                    Ok(address) => reopened(address, pause, &mut stopping).await,
                    Err(_) => None,
                };
            }
            Some(_) = connections.join_next() => {}
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Holds the port without listening for the time of the pause; `None` when the server is stopped meanwhile.
async fn reopened(address: SocketAddr, pause: Duration, stopping: &mut watch::Receiver<bool>) -> Option<TcpListener> {
    let opening = async {
        let socket = held(address).await;
        time::wait(pause).await;
        socket.listen(BACKLOG).ok()
    };
    tokio::select! {
        opened = opening => opened,
        _ = stopping.changed() => None,
    }
}

async fn held(address: SocketAddr) -> TcpSocket {
    loop {
        // The connections of the port may still be closing.
        if let Ok(socket) = TcpSocket::new_v4()
            && socket.set_reuseaddr(true).is_ok()
            && socket.bind(address).is_ok()
        {
            return socket;
        }
        time::wait(PORT_RETRY).await;
    }
}

fn meet(stream: TcpStream, shared: &Shared, stopping: &watch::Receiver<bool>, connections: &mut JoinSet<()>) {
    match shared.market.welcome() {
        Welcome::After(wait) => {
            connections.spawn(converse(stream, wait, shared.clone(), stopping.clone()));
        }
        Welcome::Reset => wire::reset(&stream),
        Welcome::Refuse(pause) => {
            wire::reset(&stream);
            // The loop that receives it is this one.
            let _ = shared.pauses.send(pause);
        }
    }
}

async fn converse(stream: TcpStream, wait: Duration, shared: Shared, mut stopping: watch::Receiver<bool>) {
    if !wait.is_zero() {
        time::wait(wait).await;
    }
    // Without it small replies wait for more; a failure costs speed alone.
    let _ = stream.set_nodelay(true);
    let line = Arc::new(Line::default());
    let stream = Wire::new(stream, Arc::clone(&line));
    let inner = TowerToHyperService::new(router(shared));
    let own = Arc::clone(&line);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&own));
        let inner = inner.clone();
        async move {
            let Ok(response) = inner.call(request).await;
            if response.extensions().get::<Cut>().is_some() { Err(CutOnPurpose) } else { Ok(response) }
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new());
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // Errors of a connection are the client's to notice: it went away, or was cut off on purpose.
    tokio::select! {
        _ = connection.as_mut() => return,
        after = line.hung_up() => {
            let _ = tokio::time::timeout(after.max(SENDING), connection).await;
            return;
        }
        _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = tokio::time::timeout(LAST_REPLIES, connection).await;
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", any(call))
        .route("/rest/{*path}", any(open_call))
        .route("/oauth/authorize", get(authorize))
        .route("/sandbox/products", get(products))
        .route("/sandbox/calls", get(counts))
        .with_state(shared)
}

async fn call(State(shared): State<Shared>, mut request: Request) -> Response {
    let line = request.extensions_mut().remove::<Arc<Line>>().unwrap_or_default();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let Some(upload) = read_body(request.into_body()).await else { return cut() };
    let answer = shared.market.answer(&query, upload);
    delivered(answer, line, shared).await
}

async fn open_call(State(shared): State<Shared>, mut request: Request) -> Response {
    let line = request.extensions_mut().remove::<Arc<Line>>().unwrap_or_default();
    let uri = request.uri().clone();
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let Some(upload) = read_body(request.into_body()).await else { return cut() };
    let answer = shared.market.answer_open(&open::Request {
        path: uri.path().strip_prefix("/rest").unwrap_or_default(),
        query: uri.query().unwrap_or_default(),
        content_type: &content_type,
        upload,
    });
    delivered(answer, line, shared).await
}

async fn authorize(State(shared): State<Shared>, mut request: Request) -> Response {
    let line = request.extensions_mut().remove::<Arc<Line>>().unwrap_or_default();
    let answer = shared.market.authorize(request.uri().query().unwrap_or_default());
    delivered(answer, line, shared).await
}

/// The answer as it comes, after its wait.
async fn delivered(answer: Answer, line: Arc<Line>, shared: Shared) -> Response {
    if let Some(later) = answer.later {
        let market = Arc::clone(&shared.market);
        // On its own: it must come whatever becomes of this connection.
        tokio::spawn(async move {
            time::wait(later.delay).await;
            market.catch_up(later.request);
        });
    }
    if !answer.wait.is_zero() {
        time::wait(answer.wait).await;
    }
    if let Delivery::Refuse(pause) = answer.delivery
        && shared.pauses.send(pause).is_ok()
    {
        // The loop ends this connection as soon as nobody can open another.
        return pending().await;
    }
    response(answer, line, &shared.market)
}

async fn products(State(shared): State<Shared>) -> Response {
    json_response(shared.market.shown())
}

async fn counts(State(shared): State<Shared>) -> Response {
    json_response(shared.market.counts())
}

/// Reads a body up to the cap, and a bigger one to its end, so that the client gets to read the refusal. `None` when
/// the client went away, or never ends.
async fn read_body(mut body: Body) -> Option<Upload> {
    let mut bytes = Vec::new();
    let mut size: usize = 0;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        size += data.len();
        if size <= MAX_BODY {
            bytes.extend_from_slice(&data);
        }
        if size > MAX_DRAINED {
            return None;
        }
    }
    Some(if size <= MAX_BODY { Upload::Whole(bytes) } else { Upload::TooBig })
}

fn response(answer: Answer, line: Arc<Line>, market: &Market) -> Response {
    let (course, abrupt) = match answer.delivery {
        Delivery::Whole => (Course::Whole, false),
        Delivery::Drip(step) => (Course::Drip(step), false),
        Delivery::Half(ending) => (Course::Half(ending.after), ending.abrupt),
        Delivery::Overlong(ending) => (Course::Overlong(ending.after), ending.abrupt),
        Delivery::HangUp(ending) => (Course::HangUp(ending.after), ending.abrupt),
        Delivery::Cut { abrupt: true } => {
            line.reset_at_end();
            return cut();
        }
        Delivery::Cut { abrupt: false } | Delivery::Refuse(_) => return cut(),
    };
    let coding = answer.dress.coding;
    let packed = Packed::new(answer.dress.dressed(&answer.text), coding);
    let mut response = Response::new(Body::new(Staged::new(packed, &course, line, abrupt)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (header::DATE, Some(time::header_date(market.account.clock.now()))),
        (header::CONTENT_TYPE, Some(answer.content_type).filter(|value| !value.is_empty())),
        (header::CONTENT_ENCODING, coding.map(|coding| coding.name().to_owned())),
        (header::LOCATION, answer.location),
        (header::RETRY_AFTER, answer.retry_after.map(|seconds| seconds.to_string())),
    ];
    for (name, value) in headers {
        // A value that no header can have was refused with the faults file.
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn json_response(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}
