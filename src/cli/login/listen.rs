//! An address of this computer to which the browser comes back from a login. Only what comes back with the state of this
//! login is taken; everything else is answered and forgotten.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use skuload::dialect::Landing;

use super::super::exit::{Exit, Failure};
use super::super::progress;
use super::super::world;

/// How often it is looked whether somebody has come.
const GLANCE: Duration = Duration::from_millis(50);

/// A browser opens connections that it may never use.
const READING: Duration = Duration::from_millis(500);

/// No request is longer that a browser makes here.
const LONGEST: usize = 16 << 10;

/// The address of a port of this computer.
pub(super) fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}/")
}

/// The port of an address that is one of this computer; none of any other.
pub(super) fn own_port(address: &str) -> Option<u16> {
    let rest = address.strip_prefix("http://")?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, 80),
    };
    let is_own = host == "localhost" || ip(host).is_some_and(|ip| ip.is_loopback());
    is_own.then_some(port)
}

fn ip(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// The address at which it is listened for a redirect: its own where it is of this computer.
fn host_of(redirect: Option<&str>) -> IpAddr {
    let rest = redirect.and_then(|redirect| redirect.strip_prefix("http://"));
    let authority = rest.and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    };
    ip(host).filter(IpAddr::is_loopback).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
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
        let attempt = || {
            if began.elapsed() >= patience {
                self.is_over.store(true, Ordering::Relaxed);
                return Some(None);
            }
            let (stream, _) = self.inner.accept().ok()?;
            // Who hangs up has to come again.
            self.met(stream).ok().flatten().map(Some)
        };
        world::until(GLANCE, attempt).await.flatten()
    }

    fn met(&self, mut stream: TcpStream) -> io::Result<Option<Landing>> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(READING))?;
        stream.set_write_timeout(Some(READING))?;
        let request = read(&mut stream)?;
        let target = request.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        match Landing::parse(target) {
            Some(Landing::Agreed { state, .. }) if state.as_deref() != Some(&*self.state) => {
                answer(&mut stream, "400 Bad Request", "This is not the login that skuload waits for.")?;
                Ok(None)
            }
            Some(Landing::Refused(_)) if !target.contains(&self.state) => {
                answer(&mut stream, "400 Bad Request", "This is not the login that skuload waits for.")?;
                Ok(None)
            }
            Some(landing @ Landing::Refused(_)) => {
                // What came counts, whether the page arrives or not.
                let _ = answer(
                    &mut stream,
                    "200 OK",
                    "The login was refused; skuload tells more. This page can be closed.",
                );
                Ok(Some(landing))
            }
            Some(landing @ Landing::Agreed { .. }) => {
                let _ = answer(&mut stream, "200 OK", "skuload has the login and goes on. This page can be closed.");
                Ok(Some(landing))
            }
            None => {
                answer(&mut stream, "404 Not Found", "skuload waits here for a login.")?;
                Ok(None)
            }
        }
    }
}

/// The head of a request.
fn read(stream: &mut TcpStream) -> io::Result<Zeroizing<String>> {
    let mut head = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut piece = Zeroizing::new([0; 1024]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() + piece.len() <= LONGEST {
        match stream.read(piece.as_mut_slice())? {
            0 => break,
            count => head.extend_from_slice(&piece[..count]),
        }
    }
    Ok(Zeroizing::new(String::from_utf8_lossy(&head).into_owned()))
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

    /// Asks for these targets one after the other; the statuses, and what was taken.
    fn asked(targets: &'static [&'static str]) -> (Vec<String>, Option<Landing>) {
        let listener = Listener::open(0, None, "s7".to_owned()).unwrap();
        let port = listener.inner.local_addr().unwrap().port();
        assert_eq!(listener.redirect(), address(port));
        let browser = thread::spawn(move || {
            let ask = |target: &&str| {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
                write!(stream, "{target} HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
                let mut reply = String::new();
                stream.read_to_string(&mut reply).unwrap();
                reply.split(' ').nth(1).unwrap().to_owned()
            };
            targets.iter().map(ask).collect()
        });
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
