//! A stand-in marketplace.
