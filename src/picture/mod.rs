//! What is in a picture, told from its first bytes, and where pictures in files are looked for.
//!
//! Nothing is decoded: type and size in pixels stand in the header, which is bounded like the whole. What is no
//! sound picture is a [`Fault`] in words; whether it is an error or a warning is decided by who asks.

mod fault;
mod folder;
mod gallery;
mod kind;
mod look;
mod name;
mod zipped;

pub use fault::Fault;
pub use gallery::{Gallery, Lacking, Looked, Names, Sound};
pub use kind::{Kind, is_picture_name};
pub use look::{LARGE, LEAST_SIDE, LONGEST, MOST_SIDE, Pixels, look};
