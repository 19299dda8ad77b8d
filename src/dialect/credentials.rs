//! Who signs. Nothing here prints a key.

use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::{Call, Dialect, Ids, WireRequest, open_platform, seller_center};

/// Who signs, and where to: that decides which API is spoken.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A user of Seller Center.
    SellerCenter(UserKey),
    /// An app of Open Platform, on a seller's behalf.
    OpenPlatform(AppKey),
}

/// A user of Seller Center and the key that signs.
#[derive(Clone)]
pub struct UserKey {
    /// The address of the API; it may end with `/` or `?`.
    pub base_url: String,
    /// The user the key belongs to, mostly an e-mail address.
    pub user_id: String,
    /// The key that signs, as the text it is.
    pub api_key: SecretString,
}

/// An app of Open Platform, and the token that a seller granted it.
#[derive(Clone)]
pub struct AppKey {
    /// The address of the API, with `/rest`.
    pub base_url: String,
    /// The app's public number.
    pub app_key: String,
    /// The secret that signs, as the text it is.
    pub app_secret: SecretString,
    /// What the seller granted; none before a login.
    pub access_token: Option<SecretString>,
}

impl Credentials {
    /// The API that is spoken.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Credentials::SellerCenter(_) => Dialect::SellerCenter,
            Credentials::OpenPlatform(_) => Dialect::OpenPlatform,
        }
    }

    /// The request, signed for this moment. Each attempt is signed afresh.
    #[must_use]
    pub fn encode(&self, call: &Call<'_>, now: DateTime<Utc>) -> WireRequest {
        self.signed(call, self.dialect().body(call, &Ids::default()), now)
    }

    /// As [`Credentials::encode`], around the [`Dialect::body`] that was made before.
    #[must_use]
    pub fn signed(&self, call: &Call<'_>, body: Option<Vec<u8>>, now: DateTime<Utc>) -> WireRequest {
        match self {
            Credentials::SellerCenter(user) => seller_center::signed(call, body, user, now),
            Credentials::OpenPlatform(app) => open_platform::signed(call, body, app, now),
        }
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserKey")
            .field("base_url", &self.base_url)
            .field("user_id", &self.user_id)
            .field("api_key", &format_args!("***"))
            .finish()
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppKey")
            .field("base_url", &self.base_url)
            .field("app_key", &self.app_key)
            .field("app_secret", &format_args!("***"))
            .field("access_token", &format_args!("***"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_tokens_do_not_print() {
        let user = UserKey {
            base_url: "https://api.example.com/".to_owned(),
            user_id: "seller@example.com".to_owned(),
            api_key: SecretString::from("canary-key"),
        };
        let app = AppKey {
            base_url: "https://api.example.com/rest".to_owned(),
            app_key: "123456".to_owned(),
            app_secret: SecretString::from("canary-secret"),
            access_token: Some(SecretString::from("canary-token")),
        };
        let both = [Credentials::SellerCenter(user), Credentials::OpenPlatform(app)];
        let printed = format!("{both:?} {both:#?}");
        assert!(!printed.contains("canary"), "{printed}");
        assert!(printed.contains("***") && printed.contains("123456"), "{printed}");
    }
}
