//! What is sent: the address, and how parameters and files stand in a body.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::super::{AppKey, Method, WireRequest, signing};
use super::sign;
use crate::plan::Action;

/// The type of a body of parameters, as the pages write it.
const FORM_TYPE: &str = "application/x-www-form-urlencoded;charset=utf-8";

/// The type of a body with a file.
const UPLOAD_TYPE: &str = "multipart/form-data; boundary=skuload-6e1f0c58b7a94d23";

/// What parts such a body.
const BOUNDARY: &str = "skuload-6e1f0c58b7a94d23";

/// The field that holds the picture (`/image/upload`).
const FILE_FIELD: &str = "image";

/// Names and values, in any order.
pub(super) type Params = Vec<(&'static str, String)>;

/// Where parameters stand.
pub(super) enum Carrier {
    /// In the address: a GET.
    Query,
    /// In the body of a POST, since an address would be too long.
    Form,
    /// In the body of a POST, beside a file, which is not signed.
    Upload(Vec<u8>),
}

/// The parameters that every call has; no access token where there is none.
pub(super) fn system_params(app: &AppKey, now: DateTime<Utc>) -> Params {
    let mut params = vec![
        ("app_key", app.app_key.clone()),
        ("timestamp", now.timestamp_millis().to_string()),
        ("sign_method", "sha256".to_owned()),
    ];
    params.extend(app.access_token.as_ref().map(|token| ("access_token", token.expose_secret().to_owned())));
    params
}

/// The request of that path below `base`, signed.
pub(super) fn request(action: Action, base: &str, params: Params, carrier: Carrier, app: &AppKey) -> WireRequest {
    let path = path(action);
    let mut params: Params = params.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    params.sort_by_key(|(name, _)| *name);
    params.push(("sign", sign::signature(path, &params, app.app_secret.expose_secret())));
    let url = format!("{}{path}", base.trim().trim_end_matches(['/', '?']));
    let post = |content_type, body| (Method::Post, url.clone(), Some(content_type), Some(body));
    let (method, url, content_type, body) = match carrier {
        Carrier::Query => (Method::Get, format!("{url}?{}", signing::pairs(&params)), None, None),
        Carrier::Form => post(FORM_TYPE, signing::pairs(&params).into_bytes()),
        Carrier::Upload(file) => post(UPLOAD_TYPE, multipart(&params, &file)),
    };
    WireRequest { action, method, url, content_type, body }
}

/// The path behind `/rest`; it is signed too.
fn path(action: Action) -> &'static str {
    match action {
        Action::CreateProduct => "/product/create",
        Action::UpdateProduct => "/product/update",
        Action::UpdatePriceQuantity => "/product/price_quantity/update",
        Action::SetImages => "/images/set",
        Action::GetProducts => "/products/get",
        Action::MigrateImage => "/image/migrate",
        Action::MigrateImages => "/images/migrate",
        Action::GetResponse => "/image/response/get",
        Action::UploadImage => "/image/upload",
        Action::GetQcStatus => "/product/qc/status/get",
        Action::GetCategoryTree => "/category/tree/get",
        Action::GetCategoryAttributes => "/category/attributes/get",
        Action::GetBrands => "/category/brands/query",
        Action::CreateToken => "/auth/token/create",
        Action::RefreshToken => "/auth/token/refresh",
    }
}

fn multipart(params: &[(&str, String)], file: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(file.len() + 2048);
    for (name, value) in params {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    let (name, kind) = kind(file);
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{FILE_FIELD}\"; filename=\"{name}\"\r\n\
         Content-Type: {kind}\r\n\r\n"
    );
    body.extend(head.bytes());
    body.extend_from_slice(file);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    body
}

/// What a picture is called; only these two kinds are taken.
fn kind(file: &[u8]) -> (&'static str, &'static str) {
    if file.starts_with(b"\x89PNG") { ("image.png", "image/png") } else { ("image.jpg", "image/jpeg") }
}
