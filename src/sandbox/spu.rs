//! The `[[spu]]` of a faults file: standard product units that CreateProduct and UpdateProduct may name.
//!
//! Published: E202, E205, E206 and E502, and that a product need not give a name, a short description or a brand that
//! its SPU has. Our reading: a product shows what its SPU has and it does not give itself, and E502 is what
//! CreateProduct says of an SPU that cannot be looked up. The page of UpdateProduct knows no E502, so there it is a
//! detail of E501.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;

use super::create;
use super::reply::ApiError;

/// The code of an SPU that cannot be looked up now.
pub(super) const SEARCH_FAILED: u32 = 502;

/// One of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spu {
    /// `SPUId`.
    pub(super) id: u64,
    /// The category it belongs to.
    pub(super) category: u64,
    /// What its products show and need not give; without it they need to give nothing, and show what they give.
    pub(super) attributes: Option<BTreeMap<String, String>>,
    /// How often it cannot be looked up first.
    #[serde(default)]
    failing: u64,
}

impl Spu {
    /// The values of a product of it for the attributes that are not given.
    pub(super) fn fill<T>(&self, given: &mut BTreeMap<String, T>, value: impl Fn(&str) -> T) {
        for (name, text) in self.attributes.iter().flatten() {
            given.entry(name.clone()).or_insert_with(|| value(text));
        }
    }
}

/// All that the marketplace knows, and how often each was looked up.
#[derive(Debug, Default)]
pub(super) struct Spus {
    known: Vec<Spu>,
    asked: HashMap<u64, u64>,
}

impl Spus {
    /// Those that are known; none was looked up yet.
    pub(super) fn new(known: Vec<Spu>) -> Spus {
        Spus { known, asked: HashMap::new() }
    }

    /// `SPUId`: E202 when it is no number, E205 when nobody knows it, E502 while it cannot be looked up, E206 when it
    /// is of another category.
    pub(super) fn find(&self, text: &str, category: Option<u64>) -> Result<&Spu, ApiError> {
        let id = create::positive(text).ok_or_else(|| ApiError::about(202, text))?;
        let spu = self.known.iter().find(|spu| spu.id == id).ok_or_else(|| ApiError::new(205))?;
        if self.asked.get(&id).copied().unwrap_or_default() < spu.failing {
            return Err(ApiError::new(SEARCH_FAILED));
        }
        match category {
            Some(category) if category != spu.category => Err(ApiError::new(206)),
            Some(_) | None => Ok(spu),
        }
    }

    /// A call looked this one up.
    pub(super) fn count(&mut self, text: Option<&str>) {
        if let Some(id) = text.and_then(create::positive) {
            *self.asked.entry(id).or_default() += 1;
        }
    }
}

/// What makes no sense about those of a file.
pub(super) fn check(spus: &[Spu]) -> Result<(), String> {
    let mut seen = HashSet::new();
    match spus.iter().find(|spu| !seen.insert(spu.id)) {
        Some(twice) => Err(format!("the SPU {} stands in the file twice", twice.id)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spus() -> Spus {
        let spu = |id, failing| Spu { id, category: 3, attributes: None, failing };
        Spus::new(vec![spu(1001, 0), spu(1002, 2)])
    }

    #[track_caller]
    fn check(text: &str, category: Option<u64>, expect: u32) {
        let code = spus().find(text, category).map_or_else(|error| error.code, |_| 0);
        assert_eq!(code, expect, "{text}");
    }

    #[test]
    fn an_spu_is_a_known_number_of_the_category() {
        check("1001", Some(3), 0);
        check("1001", None, 0);
        check("x1", Some(3), 202);
        check("-1001", Some(3), 202);
        check("1003", Some(3), 205);
        check("1001", Some(4), 206);
        check("1002", Some(3), 502);
    }

    #[test]
    fn an_spu_can_be_looked_up_after_it_failed_so_often() {
        let mut spus = spus();
        let mut told = Vec::new();
        for _ in 0..3 {
            told.push(spus.find("1002", None).is_ok());
            spus.count(Some("1002"));
        }
        assert_eq!(told, [false, false, true]);
    }
}
