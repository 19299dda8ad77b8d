//! `GET /oauth/authorize`: where a seller agrees that the app may call. Here every seller agrees at once.
//!
//! With a `redirect_uri` the answer goes there with the code, and with `state` where one was sent; without one a page
//! shows the code.

use super::super::answer::Answer;
use super::super::gate::{self, Query};
use super::super::market::Market;
use super::super::time;

const FOUND: u16 = 302;
const BAD_REQUEST: u16 = 400;

impl Market {
    /// Answers a seller who was sent here.
    pub(in crate::sandbox) fn authorize(&self, raw_query: &str) -> Answer {
        let query = Query::parse(raw_query).unwrap_or_default();
        if query.get("response_type") != Some("code") {
            return Answer::page(BAD_REQUEST, "The response_type must be code.");
        }
        if query.get("client_id") != Some(self.app.key.as_str()) {
            return Answer::page(BAD_REQUEST, "The client_id is not the key of an app.");
        }
        let code = self.lock().open.tokens.consent(&self.app.key, time::moment());
        let Some(target) = query.filled("redirect_uri") else {
            return Answer::page(200, &format!("The code is <code>{code}</code>. It is good once, for 30 minutes."));
        };
        let is_web = ["http://", "https://"].iter().any(|scheme| target.starts_with(scheme));
        if !is_web || target.chars().any(|character| character.is_control() || !character.is_ascii()) {
            return Answer::page(BAD_REQUEST, "The redirect_uri is no address.");
        }
        let mark = if target.contains('?') { '&' } else { '?' };
        let state = query.get("state").map(|state| format!("&state={}", gate::encode(state))).unwrap_or_default();
        let location = format!("{target}{mark}code={}{state}", gate::encode(&code));
        Answer { location: Some(location), ..Answer::page(FOUND, "The code is on its way.") }
    }
}
