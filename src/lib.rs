//! skuload: a product sheet in, products in a shop out, a true verdict for every row.

pub mod location;
pub mod finding;
pub mod sheet;
pub mod category;
pub mod column;
pub mod record;
pub mod check;
pub mod plan;
#[cfg(feature = "import")]
pub mod dialect;
#[cfg(feature = "import")]
pub mod submit;
#[cfg(feature = "import")]
pub mod journal;
#[cfg(feature = "import")]
pub mod verdict;
#[cfg(feature = "import")]
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
