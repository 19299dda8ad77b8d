//! One `[[fault]]` of a faults file, from the keys as they stand there to a fault.
//!
//! Each part takes the keys it knows; what is left over in the end means nothing, and is named.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::sandbox::asked::ACTIONS;
use crate::sandbox::dress::{Charset, Coding, Dress, Inside};
use crate::sandbox::fault::{Break, CONNECTION, Code, Effect, Fault, Kind, Named, Span, When};
use crate::sandbox::open;
use crate::sandbox::view::{Front, List, View};

/// Every kind.
pub(super) const KINDS: [&str; 16] = [
    "plain",
    "lost-reply",
    "reset",
    "refused",
    "status",
    "throttle",
    "slow",
    "drip",
    "error",
    "truncated",
    "overlong",
    "hang-up",
    "html",
    "white-list",
    "warnings",
    "exists",
];

/// The kinds that mean something where there is no call yet.
const OF_CONNECTIONS: [&str; 3] = ["reset", "refused", "slow"];

/// The kinds that send the reply of the call itself.
const OWN_REPLY: [&str; 7] = ["plain", "slow", "drip", "truncated", "overlong", "hang-up", "warnings"];

/// The kinds that send nothing.
const NO_REPLY: [&str; 4] = ["lost-reply", "reset", "refused", "exists"];

/// Every key, for telling one that is misspelt from one that does not belong here.
pub(super) const KEYS: [&str; 32] = [
    "action",
    "sku",
    "nth",
    "from",
    "probability",
    "sticky",
    "times",
    "burst",
    "kind",
    "effect",
    "delay",
    "seconds",
    "abrupt",
    "status",
    "retry_after",
    "location",
    "code",
    "message",
    "field",
    "detail",
    "detail_code",
    "sku_named",
    "list",
    "limit",
    "stale",
    "front",
    "format",
    "content_type",
    "charset",
    "coding",
    "inside",
    "megabytes",
];

const MAX_MEGABYTES: u64 = 1024;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OtherFormat {
    Other,
}

/// The keys that nobody has taken yet.
struct Keys {
    table: Table,
    kind: String,
}

/// Reads one entry.
pub(super) fn read(table: Table) -> Result<Fault, String> {
    let mut keys = Keys { table, kind: String::new() };
    let known = KINDS.join(", ");
    keys.kind = keys.take("kind", "text")?.ok_or_else(|| format!("`kind` is missing; known are {known}"))?;
    if !KINDS.contains(&keys.kind.as_str()) {
        return Err(format!("unknown kind `{}`; known are {known}", keys.kind));
    }
    let named = keys.take_named()?;
    let when = keys.take_when()?;
    let kind = keys.take_kind(named)?;
    if when.action.as_deref() == Some(CONNECTION) {
        keys.check_nothing_left(when.action.as_deref())?;
        return Ok(Fault { when, kind, effect: Effect::Whole, view: View::default(), dress: Dress::default() });
    }
    let effect = keys.take_effect()?;
    let view = keys.take_view()?;
    let dress = keys.take_dress()?;
    keys.check_nothing_left(when.action.as_deref())?;
    Ok(Fault { when, kind, effect, view, dress })
}

impl Keys {
    fn take<T: DeserializeOwned>(&mut self, key: &str, what: &str) -> Result<Option<T>, String> {
        let Some(value) = self.table.remove(key) else { return Ok(None) };
        let shown = shown(&value);
        value.try_into().map(Some).map_err(|_| format!("`{key}` must be {what}, not {shown}"))
    }

    fn flag(&mut self, key: &str) -> Result<bool, String> {
        Ok(self.take(key, "true or false")?.unwrap_or(false))
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        self.take(key, "text")
    }

    fn count(&mut self, key: &str) -> Result<Option<u64>, String> {
        self.take(key, "a whole number, 0 or more")
    }

    /// A number of seconds, or two between which chance decides.
    fn span(&mut self, key: &str) -> Result<Option<Span>, String> {
        let Some(value) = self.table.remove(key) else { return Ok(None) };
        let wrong = || format!("`{key}` cannot be {}; it is seconds, or [least, most]", shown(&value));
        let seconds = |value: &Value| {
            let seconds: f64 = value.clone().try_into().ok()?;
            Duration::try_from_secs_f64(seconds).ok()
        };
        let (least, most) = match value.as_array().map(Vec::as_slice) {
            Some([least, most]) => (seconds(least).ok_or_else(wrong)?, seconds(most).ok_or_else(wrong)?),
            Some(_) => return Err(wrong()),
            None => (seconds(&value).ok_or_else(wrong)?, seconds(&value).ok_or_else(wrong)?),
        };
        if least > most {
            return Err(wrong());
        }
        Ok(Some(Span::between(least, most)))
    }

    fn seconds_or(&mut self, default: f64) -> Result<Span, String> {
        let default = Duration::from_secs_f64(default);
        Ok(self.span("seconds")?.unwrap_or(Span::between(default, default)))
    }

    /// For kind `error` alone: `sku` may be a flag there, and is taken then.
    fn take_named(&mut self) -> Result<Named, String> {
        if self.kind != "error" {
            return Ok(Named::Nobody);
        }
        let named = match self.table.get("sku") {
            Some(Value::String(seller_sku)) => Named::This(seller_sku.clone()),
            Some(Value::Boolean(true)) => Named::First,
            Some(_) | None => Named::Nobody,
        };
        if self.table.get("sku").is_some_and(Value::is_bool) {
            self.table.remove("sku");
        }
        Ok(match self.take("sku_named", "true or false")? {
            Some(false) => Named::Nobody,
            Some(true) if named == Named::Nobody => Named::First,
            Some(true) | None => named,
        })
    }

    fn take_when(&mut self) -> Result<When, String> {
        let action = self.text("action")?.filter(|action| action != "*");
        let known = || ACTIONS.into_iter().chain(open::ACTIONS);
        let is_known = |action: &str| action == CONNECTION || known().any(|known| known == action);
        if let Some(action) = action.as_deref().filter(|action| !is_known(action)) {
            let known = known().collect::<Vec<_>>().join(", ");
            return Err(format!("unknown action `{action}`; known are {known}, {CONNECTION} and *"));
        }
        if action.as_deref() == Some(CONNECTION) && !OF_CONNECTIONS.contains(&self.kind.as_str()) {
            let known = OF_CONNECTIONS.join(", ");
            return Err(format!("kind `{}` needs a call; kinds of action `{CONNECTION}` are {known}", self.kind));
        }
        let is_planted = self.kind == "exists";
        let is_connection = action.as_deref() == Some(CONNECTION);
        if is_planted && action.is_some() {
            return Err("`action` means nothing to kind `exists`: the SKU is there for every call".to_owned());
        }
        let mut when = When { action, ..When::default() };
        when.probability = self.take("probability", "a number")?;
        when.times = self.count("times")?;
        if let Some(probability) = when.probability.filter(|chance| !(0.0..=1.0).contains(chance)) {
            return Err(format!("`probability` must be between 0 and 1, not {probability}"));
        }
        if !is_connection {
            when.sku = self.take("sku", &format!("a seller SKU for kind `{}`", self.kind))?;
        }
        if is_planted {
            return Ok(when);
        }
        when.nth = self.take("nth", "a list of whole numbers")?;
        when.from = self.count("from")?;
        when.burst = self.span("burst")?;
        if !is_connection {
            when.sticky = self.flag("sticky")?;
        }
        let numbers = when.nth.iter().flatten().chain(&when.from);
        if numbers.into_iter().any(|number| *number == 0) {
            return Err("`nth` and `from` count from 1".to_owned());
        }
        if self.kind == "throttle" && self.table.contains_key("seconds") {
            if when.burst.is_some() {
                return Err("`seconds` of kind `throttle` is its `burst`; give one of them".to_owned());
            }
            when.burst = self.span("seconds")?;
        }
        Ok(when)
    }

    fn take_kind(&mut self, named: Named) -> Result<Kind, String> {
        Ok(match self.kind.as_str() {
            "lost-reply" => Kind::LostReply { wait: self.seconds_or(0.0)?, abrupt: self.flag("abrupt")? },
            "reset" => Kind::Reset,
            "refused" => Kind::Refused { pause: self.seconds_or(1.0)? },
            "status" => Kind::Status {
                status: known_status(self.count("status")?.unwrap_or(503))?,
                retry_after: self.count("retry_after")?,
                location: self.text("location")?.map(header_text).transpose()?,
            },
            "throttle" => Kind::Throttle,
            "slow" => Kind::Slow { wait: self.seconds_or(2.0)? },
            "drip" => Kind::Drip { step: self.seconds_or(1.0)? },
            "error" => Kind::Error {
                code: self.code()?,
                message: self.text("message")?,
                field: self.text("field")?,
                detail: self.text("detail")?,
                detail_code: self.take("detail_code", "a whole number")?,
                named,
            },
            "truncated" => Kind::Truncated(self.take_break()?),
            "overlong" => Kind::Overlong(self.take_break()?),
            "hang-up" => Kind::HangUp { after: self.seconds_or(0.0)?, abrupt: self.flag("abrupt")? },
            "html" => Kind::Html,
            "white-list" => Kind::WhiteList,
            "warnings" => Kind::Warnings {
                message: self.text("message")?.unwrap_or_else(|| "The brand is not verified yet".to_owned()),
            },
            "exists" => Kind::Exists,
            _ => Kind::Plain,
        })
    }

    /// A number, also one that is written as a text, or a name.
    fn code(&mut self) -> Result<Code, String> {
        let code = self.take("code", "a whole number or a name")?.ok_or("kind `error` needs `code`")?;
        Ok(match code {
            Code::Name(name) => name.parse().map(Code::Number).unwrap_or(Code::Name(name)),
            Code::Number(_) => code,
        })
    }

    fn take_break(&mut self) -> Result<Break, String> {
        Ok(Break { silence: self.seconds_or(0.0)?, abrupt: self.flag("abrupt")? })
    }

    fn take_effect(&mut self) -> Result<Effect, String> {
        let has_effect = OWN_REPLY.contains(&self.kind.as_str()) || self.kind == "lost-reply";
        let usual = if has_effect { Effect::Whole } else { Effect::Nothing };
        if ["reset", "throttle", "exists"].contains(&self.kind.as_str()) {
            return Ok(usual);
        }
        let Some(value) = self.table.remove("effect") else { return Ok(usual) };
        Ok(match &value {
            Value::Boolean(true) => Effect::Whole,
            Value::Boolean(false) => Effect::Nothing,
            Value::String(word) if word == "half" => Effect::Half,
            Value::String(word) if word == "twice" => Effect::Twice,
            Value::String(word) if word == "later" => {
                let second = Duration::from_secs(1);
                Effect::Later(self.span("delay")?.unwrap_or(Span::between(second, second)))
            }
            other => {
                let known = "true, false, \"half\", \"twice\" or \"later\"";
                return Err(format!("`effect` must be {known}, not {}", shown(other)));
            }
        })
    }

    fn take_view(&mut self) -> Result<View, String> {
        if !OWN_REPLY.contains(&self.kind.as_str()) {
            return Ok(View::default());
        }
        let list: Option<List> = self.take("list", "\"fewer\", \"extra\", \"shuffled\" or \"other-case\"")?;
        let format: Option<OtherFormat> = self.take("format", "\"other\"")?;
        let other_format = matches!(format, Some(OtherFormat::Other));
        let front: Option<Front> = self.take("front", "\"appeared\" or \"vanished\"")?;
        let (limit, stale) = (self.take("limit", "a whole number")?, self.span("stale")?);
        Ok(View { list, limit, stale, front, other_format })
    }

    fn take_dress(&mut self) -> Result<Dress, String> {
        if NO_REPLY.contains(&self.kind.as_str()) {
            return Ok(Dress::default());
        }
        let charset: Option<Charset> = self.take("charset", "\"latin-1\", \"utf-16\", \"bom\" or \"nul\"")?;
        let megabytes = self.count("megabytes")?.unwrap_or(0);
        if megabytes > MAX_MEGABYTES {
            return Err(format!("`megabytes` must be at most {MAX_MEGABYTES}, not {megabytes}"));
        }
        if megabytes > 0 && charset == Some(Charset::Utf16) {
            return Err("`megabytes` does not go with `charset` \"utf-16\"".to_owned());
        }
        let coding: Option<Coding> = self.take("coding", "\"gzip\" or \"deflate\"")?;
        Ok(Dress {
            content_type: self.text("content_type")?.map(header_text).transpose()?,
            charset,
            coding,
            inside: self.take::<Inside>("inside", "\"dtd\", \"attributes\" or \"nesting\"")?,
            megabytes,
        })
    }

    fn check_nothing_left(&self, action: Option<&str>) -> Result<(), String> {
        let Some(key) = self.table.keys().next() else { return Ok(()) };
        if !KEYS.contains(&key.as_str()) {
            return Err(format!("unknown key `{key}`"));
        }
        if key == "delay" {
            return Err("`delay` goes with `effect = \"later\"` alone".to_owned());
        }
        if action == Some(CONNECTION) {
            return Err(format!("`{key}` means nothing to action `{CONNECTION}`"));
        }
        Err(format!("`{key}` means nothing to kind `{}`", self.kind))
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => other.to_string(),
    }
}

fn known_status(status: u64) -> Result<u16, String> {
    let known = u16::try_from(status).ok().filter(|status| (200..=599).contains(status));
    known.ok_or_else(|| format!("`status` must be 200 to 599, not {status}"))
}

/// What a header can hold without further ado.
fn header_text(text: String) -> Result<String, String> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Ok(text);
    }
    Err(format!("`{}` has a character that no header can hold", text.escape_debug()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let message = read(toml::from_str(text).unwrap()).err().unwrap_or_default();
        assert!(message.contains(expect), "{message}");
        assert_eq!(message.is_empty(), expect.is_empty(), "{message}");
    }

    #[test]
    fn every_kind_is_read_and_has_its_name() {
        for kind in KINDS {
            let code = if kind == "error" { "code = 500" } else { "" };
            let fault = read(toml::from_str(&format!("kind = \"{kind}\"\n{code}")).unwrap()).unwrap();
            assert_eq!(fault.kind.name(), kind);
        }
    }

    #[test]
    fn the_keys_of_a_kind_are_read() {
        check("kind = \"lost-reply\"\naction = \"CreateProduct\"\nnth = [3, 7]\nabrupt = true", "");
        check("kind = \"status\"\nstatus = 502\neffect = true\nretry_after = 2", "");
        check("kind = \"status\"\nstatus = 307\nlocation = \"http://127.0.0.1:9/\"", "");
        check("kind = \"throttle\"\nseconds = 5\nprobability = 0.1\ntimes = 2", "");
        check("kind = \"error\"\ncode = 205\nfield = \"SPUId\"\ndetail = \"gone\"\nsku = true\nsticky = true", "");
        check("kind = \"error\"\ncode = \"ApiCallLimit\"\naction = \"RefreshAccessToken\"", "");
        check("kind = \"error\"\ncode = \"500\"\ndetail = \"exists\"\ndetail_code = 4126", "");
        check("kind = \"white-list\"\nnth = [1, 2]", "");
        check("kind = \"lost-reply\"\neffect = \"later\"\ndelay = [0.3, 5]", "");
        check("kind = \"plain\"\nlist = \"other-case\"\nlimit = 20\nstale = 2\nformat = \"other\"", "");
        check("kind = \"plain\"\naction = \"GetProducts\"\nfrom = 2\nfront = \"vanished\"", "");
        check("kind = \"html\"\ncontent_type = \"\"\ncharset = \"latin-1\"\ncoding = \"deflate\"", "");
        check("kind = \"slow\"\ninside = \"nesting\"\nmegabytes = 100", "");
        check("kind = \"refused\"\naction = \"connection\"\nfrom = 2\nburst = 0.5", "");
    }

    #[test]
    fn a_key_that_means_nothing_is_named() {
        check("", "`kind` is missing");
        check("kind = \"reset\"\nnht = [1]", "unknown key `nht`");
        check("kind = \"reset\"\nstatus = 503", "`status` means nothing to kind `reset`");
        check("kind = \"reset\"\neffect = true", "`effect` means nothing to kind `reset`");
        check("kind = \"error\"\ncode = 6\nlist = \"fewer\"", "`list` means nothing to kind `error`");
        check("kind = \"lost-reply\"\ncoding = \"gzip\"", "`coding` means nothing to kind `lost-reply`");
        check("kind = \"plain\"\ndelay = 1", "`delay` goes with `effect = \"later\"`");
        check("kind = \"reset\"\nsku = true", "`sku` must be a seller SKU");
        check("kind = \"exists\"\naction = \"CreateProduct\"", "`action` means nothing to kind `exists`");
        check("kind = \"exists\"\nnth = [1]", "`nth` means nothing to kind `exists`");
        check("kind = \"reset\"\naction = \"CreateProducts\"", "unknown action `CreateProducts`");
    }

    #[test]
    fn a_connection_meets_what_needs_no_call() {
        check("kind = \"html\"\naction = \"connection\"", "kind `html` needs a call");
        check("kind = \"slow\"\naction = \"connection\"\nlimit = 2", "`limit` means nothing to action `connection`");
        check("kind = \"reset\"\naction = \"connection\"\nsku = \"A\"", "`sku` means nothing to action `connection`");
    }

    #[test]
    fn values_out_of_range_are_refused() {
        check("kind = \"reset\"\nprobability = 1.5", "not 1.5");
        check("kind = \"reset\"\nprobability = \"often\"", "`probability` must be a number, not `often`");
        check("kind = \"reset\"\nnth = [0]", "count from 1");
        check("kind = \"slow\"\nseconds = -1", "`seconds` cannot be -1");
        check("kind = \"slow\"\nseconds = [2, 1]", "`seconds` cannot be [2, 1]");
        check("kind = \"slow\"\nseconds = [1]", "`seconds` cannot be [1]");
        check("kind = \"status\"\nstatus = 42", "not 42");
        check("kind = \"status\"\nlocation = \"a\\nb\"", "no header can hold");
        check("kind = \"error\"", "needs `code`");
        check("kind = \"error\"\ncode = -1", "`code` must be a whole number or a name, not -1");
        check("kind = \"plain\"\neffect = \"half-way\"", "\"later\", not `half-way`");
        check("kind = \"plain\"\nlist = \"less\"", "`list` must be \"fewer\"");
        check("kind = \"plain\"\nformat = \"json\"", "`format` must be \"other\", not `json`");
        check("kind = \"plain\"\nfront = \"gone\"", "`front` must be \"appeared\" or \"vanished\", not `gone`");
        check("kind = \"plain\"\nmegabytes = 2000", "at most 1024");
        check("kind = \"plain\"\nmegabytes = 1\ncharset = \"utf-16\"", "does not go with");
        check("kind = \"throttle\"\nseconds = 1\nburst = 1", "give one of them");
    }

    #[test]
    fn the_detail_of_an_error_names_the_sku_it_is_told_to() {
        let named = |sku: &str| {
            let text = format!("kind = \"error\"\ncode = 500\ndetail = \"x\"\n{sku}");
            match read(toml::from_str(&text).unwrap()).unwrap().kind {
                Kind::Error { named, .. } => named,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(named(""), Named::Nobody);
        assert_eq!(named("sku = true"), Named::First);
        assert_eq!(named("sku = \"A\""), Named::This("A".to_owned()));
        assert_eq!(named("sku = \"A\"\nsku_named = false"), Named::Nobody);
    }
}
