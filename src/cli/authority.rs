//! Where a typed address leads: its host and its port.

use std::net::IpAddr;

/// What stands between an address's scheme and its path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Authority<'a> {
    /// As it is typed.
    pub(super) text: &'a str,
    pub(super) host: &'a str,
    port: Option<&'a str>,
}

impl<'a> Authority<'a> {
    /// That of an address, from behind its `https://` or `http://`.
    pub(super) fn of(rest: &'a str) -> Authority<'a> {
        let text = rest.split(['/', '?', '#']).next().unwrap_or_default();
        match text.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                Authority { text, host, port: Some(port) }
            }
            Some(_) | None => Authority { text, host: text, port: None },
        }
    }

    /// The host, where it is a number.
    pub(super) fn ip(self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    pub(super) fn is_of_this_computer(self) -> bool {
        self.host == "localhost" || self.ip().is_some_and(|ip| ip.is_loopback())
    }

    /// The port, or this one where none is named; none where no port has that number.
    pub(super) fn port_or(self, default: u16) -> Option<u16> {
        self.port.map_or(Some(default), |port| port.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rest: &str, host: &str, port: Option<u16>, is_here: bool) {
        let authority = Authority::of(rest);
        let told = (authority.host, authority.port_or(80), authority.is_of_this_computer());
        assert_eq!(told, (host, port, is_here), "{rest}");
    }

    #[test]
    fn an_address_has_a_host_and_mostly_a_port() {
        check("a.example/b:9", "a.example", Some(80), false);
        check("a.example:9?c", "a.example", Some(9), false);
        check("localhost", "localhost", Some(80), true);
        check("localhost.example", "localhost.example", Some(80), false);
        check("127.0.0.2:8467/", "127.0.0.2", Some(8467), true);
        check("[::1]:9", "[::1]", Some(9), true);
        check("[::1]/", "[::1]", Some(80), true);
        check("localhost:99999", "localhost", None, true);
        check("localhost:", "localhost", None, true);
        check("localhost:me@a.example", "localhost:me@a.example", Some(80), false);
        check("", "", Some(80), false);
    }
}
