//! skuload: a product sheet in, products in a shop out, a true verdict for every row.

pub mod category;
pub mod check;
pub mod column;
#[cfg(feature = "import")]
pub mod dialect;
pub mod finding;
#[cfg(feature = "import")]
pub mod journal;
pub mod location;
pub mod plan;
pub mod record;
#[cfg(feature = "import")]
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod sheet;
#[cfg(feature = "import")]
pub mod submit;
#[cfg(feature = "import")]
pub mod verdict;
