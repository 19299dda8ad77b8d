//! What the marketplace demands, asked for: the tree of categories, the attributes of one, the brands page by page.
//!
//! Reads alone, at the shop's pace and with its patience, as the list of products is read. Nothing is kept here.

use std::collections::HashSet;

use super::asked::asked;
use super::baseline::{Read, bear, wait_for_slot};
use super::event::Answer;
use super::flight::Back;
use super::list::may_be_the_size;
use super::next::millis;
use super::notice::Observer;
use super::run::Edge;
use super::state::State;
use super::stopped::Stopped;
use super::{Clock, Transport};
use crate::category::{CategoryAttribute, Node};
use crate::dialect::{Call, Class, GetBrands, Refusal, Reply};

/// No marketplace has more brands: a list that goes on has no end.
const MOST_BRANDS: u64 = 2_000_000;

/// Nor are they on more pages.
const MOST_PAGES: u32 = 5_000;

/// The uppermost categories, with those below them. `state` lends its pace and its patience.
///
/// # Errors
/// The marketplace cannot be asked.
pub async fn category_tree<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    state: &mut State,
) -> Result<Vec<Node>, Stopped> {
    let came = ask(edge, state, &Call::GetCategoryTree, |reply| match reply {
        Reply::Categories(tree) => {
            let outcome = format!("{} categories", tree.iter().map(count).sum::<usize>());
            Some((tree, outcome))
        }
        _other => None,
    });
    came.await?.map_err(Stopped::Account)
}

/// What the category of that number demands, or why the marketplace does not tell: it has none of that number,
/// nothing can be sent in it, or what it tells is of no use. `state` lends its pace and its patience.
///
/// # Errors
/// The marketplace cannot be asked.
pub async fn attributes_of<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    category: u64,
    state: &mut State,
) -> Result<Result<Vec<CategoryAttribute>, Refusal>, Stopped> {
    let call = Call::GetCategoryAttributes(category);
    let came = ask(edge, state, &call, |reply| match reply {
        Reply::Attributes(told) => {
            let outcome = match &told {
                Ok(attributes) => format!("{} attributes of the category {category}", attributes.len()),
                Err(garbled) => format!("nothing of use on the category {category}: {garbled}"),
            };
            Some((told, outcome))
        }
        _other => None,
    });
    Ok(came.await?.and_then(|told| told.map_err(|garbled| Refusal::of_unusable(&garbled.to_string()))))
}

/// The category and all below it.
fn count(node: &Node) -> usize {
    1 + node.children.iter().map(count).sum::<usize>()
}

/// Asks until a sound answer comes, or a refusal that is about what was asked for.
async fn ask<T: Transport, C: Clock, O: Observer, A>(
    edge: &Edge<'_, T, C, O>,
    state: &mut State,
    call: &Call<'_>,
    sound: impl Fn(Reply) -> Option<(A, String)>,
) -> Result<Result<A, Refusal>, Stopped> {
    let action = call.action();
    let mut failures = 0;
    loop {
        wait_for_slot(edge, state, action).await?;
        let back = asked(edge, call, &sound).await?;
        let answer = match back.what {
            Ok(came) => {
                state.read_well(action);
                state.health.went_well();
                return Ok(Ok(came));
            }
            Err(Answer::Refused(refusal)) if refusal.class == Class::Data => {
                state.learn(action, &Answer::Refused(refusal.clone()), millis(edge.clock.now()));
                return Ok(Err(refusal));
            }
            Err(answer) => answer,
        };
        let back = Back { what: answer, left: back.left, retry_after: back.retry_after };
        bear(edge, state, &back, Read { action, failures }).await?;
        failures += 1;
    }
}

/// The brands, as far as they have been read.
#[derive(Debug, Default)]
pub struct BrandList {
    names: Vec<String>,
    known: HashSet<String>,
    /// So many came, those that came before among them.
    offset: u64,
    /// Which of the lengths of a page is asked for: a lower one where the marketplace refuses the higher one, or fails
    /// time and again to put it together.
    page: usize,
    /// So many pages came.
    pages: u32,
    end: Option<End>,
}

/// How a list came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing is left.
    Whole,
    /// The marketplace repeats itself, or goes on for ever: what is left cannot be asked for.
    Stuck,
}

impl BrandList {
    /// The names, each once, in the order of the marketplace.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// All names; `None` where they have not all come, or it cannot be told: the list cannot be paged.
    #[must_use]
    pub fn whole(self) -> Option<Vec<String>> {
        (self.end == Some(End::Whole)).then_some(self.names)
    }

    /// Learns from a page. An empty one is the last. A short one is followed by another, for a marketplace may have a
    /// limit of its own; and one of known names alone is no end, for it may leave the offset aside.
    fn take(&mut self, page: Vec<String>) {
        let (before, is_empty) = (self.names.len(), page.is_empty());
        self.offset += page.len() as u64;
        self.pages += 1;
        let fresh = page.into_iter().filter(|name| !name.is_empty() && self.known.insert(name.clone()));
        self.names.extend(fresh);
        let is_endless = self.offset > MOST_BRANDS || self.pages >= MOST_PAGES;
        self.end = match self.names.len() == before {
            // No marketplace is without brands: one that is short of breath may say so.
            true if is_empty && before > 0 => Some(End::Whole),
            true => Some(End::Stuck),
            false => is_endless.then_some(End::Stuck),
        };
    }

    /// The next page is shorter; whether it can be.
    fn lower_page(&mut self, pages: &[u32]) -> bool {
        let is_lower = self.page + 1 < pages.len();
        self.page += usize::from(is_lower);
        is_lower
    }

    fn next(&self, pages: &[u32]) -> Option<GetBrands> {
        let limit = *pages.get(self.page)?;
        self.end.is_none().then_some(GetBrands { offset: self.offset, limit })
    }
}

/// Reads the next page of brands; `false` at the end, where [`BrandList::whole`] tells whether all came. `state` lends
/// its pace and its patience.
///
/// # Errors
/// The marketplace cannot be asked. `brands` stays where it was, and goes on from there.
pub async fn next_brands<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    brands: &mut BrandList,
    state: &mut State,
) -> Result<bool, Stopped> {
    let pages = edge.dialect().brands_per_page();
    let mut failures = 0;
    while let Some(page) = brands.next(pages) {
        let call = Call::GetBrands(page);
        let action = call.action();
        wait_for_slot(edge, state, action).await?;
        let back = asked(edge, &call, |reply| match reply {
            Reply::Brands(names) => {
                let outcome = format!("{} brands", names.len());
                Some((names, outcome))
            }
            _other => None,
        })
        .await?;
        let answer = match back.what {
            Ok(names) => {
                state.read_well(action);
                state.health.went_well();
                brands.take(names);
                return Ok(true);
            }
            Err(answer) if is_about_the_limit(&answer) && brands.lower_page(pages) => continue,
            Err(answer) => answer,
        };
        if failures > 0 && may_be_the_size(&answer) {
            brands.lower_page(pages);
        }
        let back = Back { what: answer, left: back.left, retry_after: back.retry_after };
        bear(edge, state, &back, Read { action, failures }).await?;
        failures += 1;
    }
    Ok(false)
}

/// "E020: Invalid Limit", and the other calls' code for the same.
fn is_about_the_limit(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused(refusal) if refusal.is_about_the_page_size())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: [u32; 3] = [1000, 500, 100];

    fn page(names: &str) -> Vec<String> {
        names.split(' ').map(|name| name.trim_matches('-').to_owned()).collect()
    }

    /// Reads the pages; how many were read, and what came.
    #[track_caller]
    fn check(pages: &[&str], calls: usize, expect: &str) {
        let mut brands = BrandList::default();
        let mut asked = 0;
        while let Some(GetBrands { offset, .. }) = brands.next(&PAGES) {
            let before: usize = pages[..asked].iter().map(|names| page(names).len()).sum();
            assert_eq!(offset, before as u64);
            brands.take(pages.get(asked).map(|names| page(names)).unwrap_or_default());
            asked += 1;
        }
        let told = brands.whole().map_or_else(|| "not all".to_owned(), |names| names.join(" "));
        assert_eq!((asked, told.as_str()), (calls, expect));
    }

    #[test]
    fn brands_are_read_until_a_page_is_empty() {
        check(&["A B C", "D"], 3, "A B C D");
        check(&["A B", "B C", "C D"], 4, "A B C D");
    }

    #[test]
    fn a_page_of_known_names_is_no_end_of_the_list() {
        check(&[], 1, "not all");
        check(&["A B", "A B", "A B"], 2, "not all");
        check(&["A B", "B C", "C A", "D"], 3, "not all");
    }

    #[test]
    fn a_list_that_goes_on_for_ever_is_left() {
        let pages: Vec<String> = (0..=MOST_PAGES).map(|page| format!("B{page}")).collect();
        let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
        check(&pages, MOST_PAGES as usize, "not all");
    }

    #[test]
    fn a_brand_without_a_name_counts_as_one_that_came() {
        check(&["A - B", "C"], 3, "A B C");
    }

    #[test]
    fn a_page_has_the_highest_limit_that_is_not_refused() {
        let mut brands = BrandList::default();
        let limit = |brands: &BrandList| brands.next(&PAGES).map(|page| page.limit);
        assert_eq!(limit(&brands), Some(1000));
        assert!(brands.lower_page(&PAGES) && brands.lower_page(&PAGES) && !brands.lower_page(&PAGES));
        assert_eq!(limit(&brands), Some(100));
    }
}
