//! An empty sheet that asks for what categories demand: headers with notes, drop-down lists, an example row that is
//! never sent, and a page that explains every column.
//!
//! It knows what [`Categories`] tells and what every category has. The rule it keeps: each header is written so that
//! `column` takes it for what was asked, and what is filled in as the notes say is what `check` calls sound.

mod ask;
mod book;
mod error;
mod explain;
mod fields;
mod lists;
mod merge;
#[cfg(test)]
mod tests;

pub use error::TemplateError;

use crate::category::Categories;
use crate::record::Country;
use ask::{Ask, Chosen};

/// What a template is made for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Purpose<'a> {
    /// What is known of categories.
    pub categories: Option<&'a Categories>,
    /// The categories, by number; without any, what all of them have is asked for.
    pub chosen: &'a [u64],
    /// The shop's country.
    pub country: Option<Country>,
}

/// Makes the workbook: a sheet to fill in, a sheet that explains it, and a hidden one for long lists. The same purpose
/// gives the same bytes.
///
/// # Errors
/// A category that is not known, that holds others, or whose attributes were not asked for.
pub fn template(purpose: Purpose<'_>) -> Result<Vec<u8>, TemplateError> {
    let chosen = chosen(purpose)?;
    let asks: Vec<Ask> = merge::asks(purpose, &chosen);
    book::written(&asks, &chosen).map_err(|error| TemplateError::Workbook(error.to_string()))
}

/// Each category once, with its path.
fn chosen(purpose: Purpose<'_>) -> Result<Vec<Chosen<'_>>, TemplateError> {
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    for id in purpose.chosen.iter().copied() {
        let path = purpose.categories.and_then(|known| known.path(id));
        let attributes = purpose.categories.and_then(|known| known.attributes(id));
        let node = purpose.categories.and_then(|known| known.line(id).last().copied());
        if let (Some(path), Some(node)) = (&path, node.filter(|node| !node.children.is_empty())) {
            let below = node.children.iter().map(|node| format!("{} ({})", node.name, node.id)).collect();
            return Err(TemplateError::Branch { id, path: path.clone(), below });
        }
        let Some(attributes) = attributes else { return Err(TemplateError::NotPulled { id, path }) };
        if !chosen.iter().any(|there| there.id == id) {
            chosen.push(Chosen { id, path: path.unwrap_or_default(), attributes });
        }
    }
    Ok(chosen)
}
