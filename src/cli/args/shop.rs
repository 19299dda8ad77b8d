//! What can be typed to `shop`.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, clap::Args)]
pub(in super::super) struct ShopArgs {
    #[command(subcommand)]
    pub(in super::super) command: ShopCommand,
}

#[derive(Debug, Subcommand)]
pub(in super::super) enum ShopCommand {
    /// Add a shop
    Add(Box<ShopAddArgs>),
    /// Log in to a shop of the Open Platform again: its token is ended, ends soon, or was never given
    Login {
        /// The shop
        name: String,
        #[command(flatten)]
        login: LoginArgs,
    },
    /// Tell what was left out when a shop was added; its key and its runs stay
    Set {
        /// The shop
        name: String,
        /// The shop's country: sg, my, id, ph, th or vn
        #[arg(long, value_name = "CC")]
        country: String,
    },
    /// List the shops
    List,
    /// Make one harmless call to see whether the credentials work
    Test {
        /// The shop
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<String>,
        /// All shops
        #[arg(long)]
        all: bool,
    },
    /// Remove a shop, its key and its token
    Remove {
        /// The shop
        name: String,
    },
}

#[derive(Debug, clap::Args)]
pub(in super::super) struct ShopAddArgs {
    /// What the shop is called here
    pub(in super::super) name: String,
    /// The API that is spoken: seller-center (the default) or open-platform
    #[arg(long, value_name = "API")]
    pub(in super::super) api: Option<String>,
    /// The shop's country: sg, my, id, ph, th or vn
    #[arg(long, value_name = "CC")]
    pub(in super::super) country: Option<String>,
    /// Seller Center: the user's id, an e-mail address as a rule
    #[arg(long, value_name = "USER")]
    pub(in super::super) user_id: Option<String>,
    /// Open Platform: the app's key, a number as a rule
    #[arg(long, value_name = "KEY")]
    pub(in super::super) app_key: Option<String>,
    #[command(flatten)]
    pub(in super::super) key: KeyArgs,
    /// Give a shop that is there already a renewed key or secret; its runs stay
    #[arg(long)]
    pub(in super::super) replace_key: bool,
    /// The API's address instead of the country's (https; http on this computer only)
    #[arg(long, value_name = "URL")]
    pub(in super::super) url: Option<String>,
    /// Open Platform: the address of its login instead of Lazada's; without it that of --url
    #[arg(long, value_name = "URL")]
    pub(in super::super) auth_url: Option<String>,
    #[command(flatten)]
    pub(in super::super) login: LoginArgs,
}

/// Where the key that signs comes from.
#[derive(Debug, Default, clap::Args)]
pub(in super::super) struct KeyArgs {
    /// Seller Center: a file of mode 0600 that holds the API key
    #[arg(long, value_name = "FILE", group = "from")]
    pub(in super::super) key_file: Option<PathBuf>,
    /// Read the API key from standard input
    #[arg(long, group = "from")]
    pub(in super::super) key_stdin: bool,
    /// A shell command that prints the API key: it is run whenever the key is needed, and the key is kept nowhere
    #[arg(long, value_name = "CMD", group = "from")]
    pub(in super::super) key_command: Option<String>,
    /// Open Platform: a file of mode 0600 that holds the app's secret
    #[arg(long, value_name = "FILE", group = "from")]
    pub(in super::super) secret_file: Option<PathBuf>,
    /// Read the app's secret from standard input
    #[arg(long, group = "from")]
    pub(in super::super) secret_stdin: bool,
    /// A shell command that prints the app's secret: it is run whenever it is needed, and the secret is kept nowhere
    #[arg(long, value_name = "CMD", group = "from")]
    pub(in super::super) secret_command: Option<String>,
}

/// How the app comes to a seller's token; without any, a page is opened by hand and its code is asked for.
#[derive(Debug, Default, clap::Args)]
pub(in super::super) struct LoginArgs {
    /// Open Platform: a file of mode 0600 that holds the seller's token, as the call for a token answers it (JSON), or the
    /// access token alone
    #[arg(long, value_name = "FILE", conflicts_with_all = ["listen", "redirect"])]
    pub(in super::super) token_file: Option<PathBuf>,
    /// Take the code of the login by itself, at an address of this computer: that of --redirect, or this port of
    /// 127.0.0.1 (0: any free one)
    #[arg(long, value_name = "PORT", num_args = 0..=1)]
    pub(in super::super) listen: Option<Option<u16>>,
    /// The address that the app is registered with, to which the login leads with its code; it is kept for the next login
    #[arg(long, value_name = "URL")]
    pub(in super::super) redirect: Option<String>,
}
