//! What can be typed to `category`.

use std::path::PathBuf;

use clap::Subcommand;

use super::Format;

/// What is asked of a marketplace's categories.
#[derive(Debug, clap::Args)]
pub(in super::super) struct CategoryArgs {
    #[command(subcommand)]
    pub(in super::super) command: CategoryCommand,
}

#[derive(Debug, Subcommand)]
pub(in super::super) enum CategoryCommand {
    /// Ask the marketplace for its categories, for what they demand and for its brands, and keep it for checks
    Pull(PullArgs),
    /// Show the tree of categories, what one of them demands, or the brands
    Show(ShowArgs),
}

/// What is pulled, from where, and where it goes.
#[derive(Debug, clap::Args)]
pub(in super::super) struct PullArgs {
    /// The shop, as `shop add` named it
    #[arg(long, value_name = "NAME")]
    pub(in super::super) shop: Option<String>,
    /// Ask the built-in marketplace instead of a shop's
    #[cfg(feature = "sandbox")]
    #[arg(long, conflicts_with = "shop")]
    pub(in super::super) sandbox: bool,
    /// The API that is spoken: seller-center (the default) or open-platform; a shop tells it by itself
    #[arg(long, value_name = "API")]
    pub(in super::super) api: Option<String>,
    /// Pull what these categories demand (repeatable): numbers parted by commas, a name, or a path such as
    /// "Fashion > Men > T-Shirts"; one that has others below it stands for those. Without it, all that were pulled
    /// before are renewed
    #[arg(long, value_name = "CATEGORY")]
    pub(in super::super) category: Vec<String>,
    /// Pull what every category demands that can hold products. A first pull goes on where it was stopped less than a day
    /// ago; one that renews what is older begins again
    #[arg(long, conflicts_with = "category")]
    pub(in super::super) all: bool,
    /// Leave the brands as they are
    #[arg(long)]
    pub(in super::super) no_brands: bool,
    /// Write what these categories demand to this file too, for `--categories`; without --category, all that is known.
    /// What it holds already is kept, and renewed where it is asked for again. `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(in super::super) output: Option<PathBuf>,
    /// Calls a second, at most: 2, or 50 to the built-in marketplace
    #[arg(long, value_name = "N")]
    pub(in super::super) rate: Option<f64>,
    /// How the result is printed
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(in super::super) format: Option<Format>,
}

/// Which category is shown, and from where.
#[derive(Debug, clap::Args)]
pub(in super::super) struct ShowArgs {
    /// The category: its number, its name, or a path such as "Fashion > Men > T-Shirts"; without it the whole tree
    #[arg(value_name = "CATEGORY")]
    pub(in super::super) category: Option<String>,
    /// List the brands instead: those that hold this text, or all of them
    #[arg(long, value_name = "TEXT", num_args = 0..=1, default_missing_value = "", conflicts_with = "category")]
    pub(in super::super) brands: Option<String>,
    /// What was pulled for this shop
    #[arg(long, value_name = "NAME")]
    pub(in super::super) shop: Option<String>,
    /// What was pulled for a shop of this country: sg, my, id, ph, th or vn
    #[arg(long, value_name = "CC", conflicts_with = "shop")]
    pub(in super::super) country: Option<String>,
    /// What was pulled from the built-in marketplace
    #[cfg(feature = "sandbox")]
    #[arg(long, conflicts_with_all = ["shop", "country", "categories"])]
    pub(in super::super) sandbox: bool,
    /// The API that is spoken: seller-center (the default) or open-platform; a shop tells it by itself
    #[arg(long, value_name = "API")]
    pub(in super::super) api: Option<String>,
    /// A file that `category pull -o FILE` wrote
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shop", "country"])]
    pub(in super::super) categories: Option<PathBuf>,
    /// How the result is printed
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(in super::super) format: Option<Format>,
}
