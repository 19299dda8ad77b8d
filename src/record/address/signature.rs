//! Signed addresses, which stop working after a while.

/// What in the address says that it stops working after a while, to stand behind "it has"; `None` where nothing does.
#[must_use]
pub(in crate::record) fn expires(url: &str) -> Option<&'static str> {
    if !url.bytes().any(|byte| byte == b'?') {
        return None;
    }
    let names: Vec<(String, &str)> = parameters(url).map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    let has = |name: &str| names.iter().any(|(found, value)| found == name && !value.is_empty());
    let signed = SIGNED.iter().find(|(needed, _)| needed.iter().all(|name| has(name)));
    let is_dated_token = |(name, value): &(String, &str)| name.ends_with("token") && is_token_with_end(value);
    signed.map(|(_, what)| *what).or_else(|| names.iter().any(is_dated_token).then_some("a token that runs out"))
}

/// The names that stand together, and what they are. The particular ones stand first.
const SIGNED: [(&[&str], &str); 14] = [
    (&["x-amz-expires"], "an Amazon S3 signature that runs out"),
    (&["x-amz-signature"], "an Amazon S3 signature that runs out"),
    (&["x-goog-expires"], "a Google Cloud signature that runs out"),
    (&["x-goog-signature"], "a Google Cloud signature that runs out"),
    (&["x-oss-expires"], "an Alibaba Cloud signature that runs out"),
    (&["x-oss-signature"], "an Alibaba Cloud signature that runs out"),
    (&["ossaccesskeyid", "signature"], "an Alibaba Cloud signature that runs out"),
    (&["se", "sig"], "an Azure signature that runs out"),
    (&["q-sign-time", "q-signature"], "a Tencent Cloud signature that runs out"),
    // Discord; Facebook and Instagram.
    (&["ex", "is", "hm"], "a signature that runs out"),
    (&["oe", "oh"], "a signature that runs out"),
    (&["expires"], "a date on which it runs out"),
    (&["signature"], "a signature, which runs out as a rule"),
    (&["hdnts"], "a signature that runs out"),
];

/// The names and values behind the question mark.
pub(super) fn parameters(url: &str) -> impl Iterator<Item = (&str, &str)> {
    let url = url.split('#').next().unwrap_or_default();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// A JSON web token whose middle names `"exp"`. How base64 writes that depends on what stands before it: there are
/// three ways.
fn is_token_with_end(value: &str) -> bool {
    const EXP: [&str; 3] = ["ImV4cCI6", "leHAi", "iZXhwIj"];
    let mut parts = value.split('.');
    let is_token = parts.next().is_some_and(|head| head.starts_with("eyJ"));
    is_token && parts.next().is_some_and(|middle| EXP.iter().any(|exp| middle.contains(exp)))
}
