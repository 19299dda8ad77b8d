//! Records -> every request, in order, decided in advance.

mod request;

pub use request::{Action, CreateProduct, SetImages, SkuImages, Write};
