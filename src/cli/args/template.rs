//! What can be typed to `template`.

use std::path::PathBuf;

/// What an empty sheet is for, and where it goes.
#[derive(Debug, clap::Args)]
pub(in super::super) struct TemplateArgs {
    /// Where the sheet goes: a new file that ends in .xlsx
    #[arg(short, long, value_name = "FILE")]
    pub(in super::super) output: PathBuf,
    /// A category whose products go into the sheet, by name or path, or numbers parted by commas (repeatable); without
    /// it, what every category has is asked for
    #[arg(long, value_name = "ID|NAME")]
    pub(in super::super) category: Vec<String>,
    /// What the marketplace's categories demand, as `category pull -o FILE` wrote it; without it, what was pulled for
    /// the shop
    #[arg(long, value_name = "FILE")]
    pub(in super::super) categories: Option<PathBuf>,
    /// The shop, as `shop add` named it; it tells the country too
    #[arg(long, value_name = "NAME")]
    pub(in super::super) shop: Option<String>,
    /// What `category pull --sandbox` brought
    #[cfg(all(feature = "import", feature = "sandbox"))]
    #[arg(long, conflicts_with_all = ["shop", "country"])]
    pub(in super::super) sandbox: bool,
    /// The shop's country: sg, my, id, ph, th or vn
    #[arg(long, value_name = "CC", conflicts_with = "shop")]
    pub(in super::super) country: Option<String>,
    /// The API that is spoken: seller-center (the default) or open-platform; a shop tells it by itself
    #[arg(long, value_name = "API")]
    pub(in super::super) api: Option<String>,
}
