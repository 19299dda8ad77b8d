//! An address of this computer to which the browser comes back from a login. Only what comes back with the state of this
//! login is taken; everything else is answered and forgotten. Nobody who comes holds up the others.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use secrecy::zeroize::Zeroizing;
use skuload::dialect::Landing;

use super::super::authority::Authority;
use super::super::exit::{Exit, Failure};
use super::super::progress;
use super::super::world;

/// How often it is looked whether somebody has come.
const GLANCE: Duration = Duration::from_millis(50);

/// Who has not said by then what he comes for is sent away: a browser opens connections that it may never use.
const READING: Duration = Duration::from_secs(2);

/// An answer is short; who does not take it goes without.
const WRITING: Duration = Duration::from_millis(500);

/// So many are heard at a time; the others wait.
const VISITORS: usize = 64;

/// No request is longer that a browser makes here; of a longer one the beginning tells.
const LONGEST: usize = 16 << 10;

/// The address of a port of this computer.
pub(super) fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}/")
}

/// The port of an address that is one of this computer; none of any other.
pub(super) fn own_port(address: &str) -> Option<u16> {
    let authority = Authority::of(address.strip_prefix("http://")?);
    authority.port_or(80).filter(|_| authority.is_of_this_computer())
}

/// The address at which it is listened for a redirect: its own where it is of this computer.
fn host_of(redirect: Option<&str>) -> IpAddr {
    let ip = redirect.and_then(|redirect| Authority::of(redirect.strip_prefix("http://")?).ip());
    ip.filter(IpAddr::is_loopback).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// Waits for a browser.
pub(super) struct Listener {
    inner: TcpListener,
    redirect: String,
    state: String,
    is_over: AtomicBool,
}

impl Listener {
    /// Listens at a port of this computer; 0 is any free one.
    pub(super) fn open(port: u16, redirect: Option<String>, state: String) -> Result<Listener, Failure> {
        let at = SocketAddr::new(host_of(redirect.as_deref()), port);
        let opened = TcpListener::bind(at).and_then(|inner| inner.set_nonblocking(true).map(|()| inner));
        let opened = opened.and_then(|inner| Ok((inner.local_addr()?.port(), inner)));
        let (port, inner) = opened.map_err(|error| {
            Failure::new(Exit::Local, format!("cannot listen at {at}: {error}"))
                .help("name a free port that the app is registered with (--listen PORT), or leave --listen out and paste the code")
        })?;
        let redirect = redirect.unwrap_or_else(|| address(port));
        Ok(Listener { inner, redirect, state, is_over: AtomicBool::new(false) })
    }

    /// The address to which the login leads.
    pub(super) fn redirect(&self) -> &str {
        &self.redirect
    }

    pub(super) fn state(&self) -> &str {
        &self.state
    }

    /// Nobody came in time.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// What the browser brings; nothing where nobody comes in time, or the user stops it.
    pub(super) async fn landing(&self, patience: Duration) -> Option<Landing> {
        let began = progress::now();
        let mut visitors = Vec::new();
        let attempt = || {
            if began.elapsed() >= patience {
                self.is_over.store(true, Ordering::Relaxed);
                return Some(None);
            }
            while visitors.len() < VISITORS
                && let Ok((stream, _)) = self.inner.accept()
            {
                visitors.extend(Visitor::new(stream).ok());
            }
            self.heard(&mut visitors).map(Some)
        };
        world::until(GLANCE, attempt).await.flatten()
    }

    /// Answers those who have said what they come for, and lets those go who have hung up or take too long.
    fn heard(&self, visitors: &mut Vec<Visitor>) -> Option<Landing> {
        let mut landing = None;
        visitors.retain_mut(|visitor| match visitor.read() {
            Ok(true) => {
                // Who hangs up now has to come again.
                landing = landing.take().or_else(|| self.met(visitor).ok().flatten());
                false
            }
            Ok(false) => visitor.came.elapsed() < READING,
            Err(_) => false,
        });
        landing
    }

    fn met(&self, visitor: &mut Visitor) -> io::Result<Option<Landing>> {
        let Visitor { stream, head, .. } = visitor;
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(WRITING))?;
        let request = Zeroizing::new(String::from_utf8_lossy(head).into_owned());
        let target = request.strip_prefix("GET ").and_then(|rest| rest.split_once(' '));
        let target = target.map(|(target, _)| target).unwrap_or_default();
        match Landing::parse(target) {
            Some(Landing::Agreed { state, .. }) if state.as_deref() != Some(&*self.state) => {
                answer(stream, "400 Bad Request", "This is not the login that skuload waits for.")?;
                Ok(None)
            }
            Some(Landing::Refused(_)) if !target.contains(&self.state) => {
                answer(stream, "400 Bad Request", "This is not the login that skuload waits for.")?;
                Ok(None)
            }
            Some(landing @ Landing::Refused(_)) => {
                // What came counts, whether the page arrives or not.
                let _ = answer(stream, "200 OK", "The login was refused; skuload tells more. This page can be closed.");
                Ok(Some(landing))
            }
            Some(landing @ Landing::Agreed { .. }) => {
                let _ = answer(stream, "200 OK", "skuload has the login and goes on. This page can be closed.");
                Ok(Some(landing))
            }
            None => {
                answer(stream, "404 Not Found", "skuload waits here for a login.")?;
                Ok(None)
            }
        }
    }
}

/// Who has come, and has not been answered yet.
struct Visitor {
    stream: TcpStream,
    /// What was said so far of the head of a request.
    head: Zeroizing<Vec<u8>>,
    came: Instant,
}

impl Visitor {
    fn new(stream: TcpStream) -> io::Result<Visitor> {
        stream.set_nonblocking(true)?;
        Ok(Visitor { stream, head: Zeroizing::new(Vec::with_capacity(LONGEST)), came: progress::now() })
    }

    /// Takes what is there; answers whether the head is whole.
    fn read(&mut self) -> io::Result<bool> {
        let mut piece = Zeroizing::new([0; 1024]);
        while !self.head.windows(4).any(|end| end == b"\r\n\r\n") && self.head.len() + piece.len() <= LONGEST {
            match self.stream.read(piece.as_mut_slice()) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.head.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

fn answer(stream: &mut TcpStream, status: &str, text: &str) -> io::Result<()> {
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>skuload</title><p>{text}</p></html>\n"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
        page.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(page.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::thread;

    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn an_address_of_this_computer_has_a_port() {
        for (address, port) in [
            ("http://127.0.0.1:8467/", Some(8467)),
            ("http://localhost/back?x=1", Some(80)),
            ("http://[::1]:9/", Some(9)),
            ("http://[::1]/", Some(80)),
            ("https://localhost:9/", None),
            ("http://app.example:9/", None),
            ("http://localhost.example/", None),
        ] {
            assert_eq!(own_port(address), port, "{address}");
        }
        assert_eq!(host_of(Some("http://[::1]:9/")).to_string(), "::1");
        assert_eq!(host_of(Some("https://app.example/back")).to_string(), "127.0.0.1");
        assert_eq!(host_of(None).to_string(), "127.0.0.1");
    }

    /// What a browser is answered at this port, the status.
    fn status(port: u16, target: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        write!(stream, "{target} HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply.split(' ').nth(1).unwrap().to_owned()
    }

    /// Asks for these targets one after the other; the statuses, and what was taken.
    fn asked(targets: &'static [&'static str]) -> (Vec<String>, Option<Landing>) {
        let listener = Listener::open(0, None, "s7".to_owned()).unwrap();
        let port = listener.inner.local_addr().unwrap().port();
        assert_eq!(listener.redirect(), address(port));
        let browser = thread::spawn(move || targets.iter().map(|target| status(port, target)).collect());
        let landing = world::runtime().unwrap().block_on(listener.landing(Duration::from_secs(20)));
        (browser.join().unwrap(), landing)
    }

    #[test]
    fn only_the_login_that_is_waited_for_is_taken() {
        let (statuses, landing) = asked(&[
            "GET /favicon.ico",
            "GET /?code=other&state=s8",
            "GET /?code=other",
            "GET /?error=denied",
            "POST /?code=other&state=s7",
            "GET /back?code=0_1&state=s7",
        ]);
        assert_eq!(statuses, ["404", "400", "400", "400", "404", "200"]);
        let Some(Landing::Agreed { code, .. }) = landing else { panic!("no code") };
        assert_eq!(code.expose_secret(), "0_1");
        let (statuses, landing) = asked(&["GET /?error=access_denied&state=s7"]);
        assert_eq!(statuses, ["200"]);
        assert!(matches!(landing, Some(Landing::Refused(why)) if why == "access_denied"));
    }

    /// Says one letter after the other, until it is sent away; answers whether it was within a minute.
    fn drip(port: u16) -> bool {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let is_waiting =
            |error: &io::Error| matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
        (0..1200).any(|_| {
            let is_gone = match stream.read(&mut [0]) {
                Ok(count) => count == 0,
                Err(error) => !is_waiting(&error),
            };
            is_gone || stream.write_all(b"G").is_err()
        })
    }

    #[test]
    fn who_talks_without_end_holds_nobody_up_and_is_sent_away() {
        let listener = Listener::open(0, None, "s7".to_owned()).unwrap();
        let port = listener.inner.local_addr().unwrap().port();
        let browser = thread::spawn(move || {
            let dripping = thread::spawn(move || drip(port));
            let is_answered = status(port, "GET /favicon.ico") == "404" && !dripping.is_finished();
            let is_sent_away = dripping.join().unwrap();
            (is_answered, is_sent_away, status(port, "GET /?code=0_1&state=s7"))
        });
        let landing = world::runtime().unwrap().block_on(listener.landing(Duration::from_secs(30)));
        assert!(matches!(landing, Some(Landing::Agreed { .. })), "it was waited for in vain");
        assert_eq!(browser.join().unwrap(), (true, true, "200".to_owned()));
    }

    #[test]
    fn nobody_is_waited_for_without_end() {
        let listener = Listener::open(0, None, "s7".to_owned()).unwrap();
        let silent = TcpStream::connect(listener.inner.local_addr().unwrap()).unwrap();
        let landing = world::runtime().unwrap().block_on(listener.landing(Duration::from_millis(100)));
        assert!(landing.is_none() && listener.is_over());
        drop(silent);
    }

    #[test]
    fn a_port_that_is_taken_is_told() {
        let listener = Listener::open(0, None, "s7".to_owned()).unwrap();
        let port = listener.inner.local_addr().unwrap().port();
        let failure = Listener::open(port, None, "s8".to_owned()).map(|_| ()).unwrap_err();
        assert!(failure.message.starts_with(&format!("cannot listen at 127.0.0.1:{port}: ")), "{failure:?}");
    }
}
