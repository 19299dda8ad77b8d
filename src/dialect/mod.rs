//! The two APIs: encode, sign, decode, error codes.
