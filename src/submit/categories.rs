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

/// What the category of that number demands, or why the marketplace does not tell: it has none of that number, or
/// nothing can be sent in it. `state` lends its pace and its patience.
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
        Reply::Attributes(attributes) => {
            let outcome = format!("{} attributes of the category {category}", attributes.len());
            Some((attributes, outcome))
        }
        _other => None,
    });
    came.await
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
        let back = asked(edge, call, &sound).await;
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
    is_over: bool,
}

impl BrandList {
    /// The names, each once, in the order of the marketplace.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The names without what was remembered on the way.
    #[must_use]
    pub fn into_names(self) -> Vec<String> {
        self.names
    }

    /// Learns from a page. One that brings nothing new is the last: it is empty, or the marketplace repeats itself. A
    /// short one is followed by another, for a marketplace may have a limit of its own.
    fn take(&mut self, page: Vec<String>) {
        let before = self.names.len();
        self.offset += page.len() as u64;
        let fresh = page.into_iter().filter(|name| !name.is_empty() && self.known.insert(name.clone()));
        self.names.extend(fresh);
        self.is_over = self.names.len() == before;
    }

    /// The next page is shorter; whether it can be.
    fn lower_page(&mut self, pages: &[u32]) -> bool {
        let is_lower = self.page + 1 < pages.len();
        self.page += usize::from(is_lower);
        is_lower
    }

    fn next(&self, pages: &[u32]) -> Option<GetBrands> {
        let limit = *pages.get(self.page)?;
        (!self.is_over).then_some(GetBrands { offset: self.offset, limit })
    }
}

/// Reads the next page of brands; `false` at the end. `state` lends its pace and its patience.
///
/// # Errors
/// The marketplace cannot be asked, or its list has no end. `brands` stays where it was, and goes on from there.
pub async fn next_brands<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    brands: &mut BrandList,
    state: &mut State,
) -> Result<bool, Stopped> {
    let pages = edge.dialect.brands_per_page();
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
        .await;
        let answer = match back.what {
            Ok(names) => {
                state.read_well(action);
                state.health.went_well();
                brands.take(names);
                if brands.offset > MOST_BRANDS {
                    return Err(Stopped::Trouble("the list of brands does not come to an end".to_owned()));
                }
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
    matches!(answer, Answer::Refused(refusal) if matches!(refusal.code.as_str(), "19" | "20"))
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
        assert_eq!((asked, brands.into_names().join(" ").as_str()), (calls, expect));
    }

    #[test]
    fn brands_are_read_until_a_page_brings_nothing_new() {
        check(&[], 1, "");
        check(&["A B C", "D"], 3, "A B C D");
        check(&["A B", "B C", "C A", "D"], 3, "A B C");
        check(&["A B", "A B", "A B"], 2, "A B");
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
