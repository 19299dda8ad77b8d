//! The server around the market: its own accept loop over axum, so that it can cut a connection anywhere.
//!
//! axum always answers; a lost reply must not be one. The market marks such a response, and the service under hyper
//! turns the mark into an error, upon which hyper closes the connection without a byte.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{any, get};
use hyper::body::{Body as _, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::market::{Answer, Delivery, Market, Upload};
use super::time;

const MAX_BODY: usize = 8 * 1024 * 1024;
const MAX_DRAINED: usize = 64 * 1024 * 1024;
const LAST_REPLIES: Duration = Duration::from_secs(2);

/// The mark of a response that must not be sent.
#[derive(Clone, Copy)]
struct Cut;

#[derive(Debug, thiserror::Error)]
#[error("the connection was cut on purpose")]
struct CutOnPurpose;

#[derive(Debug, thiserror::Error)]
#[error("the reply was cut on purpose")]
struct HalfOnPurpose;

/// Serves until `stopping` says so, then lets the requests in flight finish briefly.
pub(super) async fn serve(listener: TcpListener, market: Arc<Market>, mut stopping: watch::Receiver<bool>) {
    let router = Router::new().route("/", any(call)).route("/sandbox/products", get(products)).with_state(market);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, router.clone(), stopping.clone()));
                }
                // Out of file descriptors, mostly: some connection has to end first.
                Err(_) => time::wait(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn converse(stream: TcpStream, router: Router, mut stopping: watch::Receiver<bool>) {
    // Without it small replies wait for more; a failure costs speed alone.
    let _ = stream.set_nodelay(true);
    let inner = TowerToHyperService::new(router);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
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
        _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = tokio::time::timeout(LAST_REPLIES, connection).await;
}

async fn call(State(market): State<Arc<Market>>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let Some(upload) = read_body(request.into_body()).await else { return cut() };
    let answer = market.answer(&query, upload);
    if !answer.wait.is_zero() {
        time::wait(answer.wait).await;
    }
    response(answer)
}

async fn products(State(market): State<Arc<Market>>) -> Response {
    json_response(market.shown().to_string())
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

fn response(answer: Answer) -> Response {
    let body = match answer.delivery {
        Delivery::Cut => return cut(),
        Delivery::Whole => Body::from(answer.text),
        Delivery::Half => Body::new(Half::of(answer.text)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if let Some(seconds) = answer.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
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

/// A body that promises its whole length, gives the first half, and breaks.
struct Half {
    length: u64,
    first: Option<Bytes>,
    flushed: bool,
}

impl Half {
    fn of(text: String) -> Half {
        let bytes = Bytes::from(text);
        Half { length: bytes.len() as u64, first: Some(bytes.slice(..bytes.len() / 2)), flushed: false }
    }
}

impl hyper::body::Body for Half {
    type Data = Bytes;
    type Error = HalfOnPurpose;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HalfOnPurpose>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if !self.flushed {
            // hyper sends what it has when the body has to wait.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(HalfOnPurpose)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
