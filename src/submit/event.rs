//! What happened to a planned request: the journal's vocabulary.

use serde::{Deserialize, Serialize};

use crate::dialect::Refusal;
use crate::plan::{Action, PlannedRequest, Write};
use crate::record::{CategoryId, SellerSku};

/// Something that happened; the journal keeps it for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A write is about to leave.
    Intent {
        /// Which request of the plan.
        request: usize,
        /// The SKUs it carries this time, by place in the request; all of them where it is empty.
        skus: Vec<usize>,
        /// The SKU of the product that they are added to, in a follow-up.
        associated: Option<SellerSku>,
        /// SHA-256 of the body.
        hash: String,
    },
    /// What came back.
    Answered {
        /// Which request of the plan.
        request: usize,
        /// What.
        answer: Answer,
    },
    /// The shop was asked for a request's SKUs, and answered.
    LookedUp {
        /// Which request of the plan.
        request: usize,
        /// What it has of them.
        found: Found,
        /// Absence is believed now: no further look was due under the waits of that run.
        #[serde(default)]
        is_last: bool,
    },
    /// Another process took over: what was on its way is in doubt.
    Resumed,
    /// The shop could not be asked; the request's outcome stays unknown.
    NotLookedUp {
        /// Which request of the plan.
        request: usize,
        /// Why.
        reason: String,
    },
}

/// What came back of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// It is done.
    Done {
        /// What the marketplace added.
        warnings: Vec<String>,
    },
    /// It is refused.
    Refused(Refusal),
    /// It cannot have arrived.
    NotSent {
        /// Why.
        reason: String,
    },
    /// Nobody can tell.
    Unclear {
        /// Why.
        reason: String,
    },
}

/// What the shop has of a request's SKUs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Places of the SKUs that are there.
    pub present: Vec<usize>,
    /// All are there, in one product with the planned name, category and no other SKU.
    pub is_ours: bool,
}

/// A planned request, as far as deciding needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// Its name in the plan.
    pub id: String,
    /// Its action.
    pub action: Action,
    /// The SKUs it carries.
    pub skus: Vec<SellerSku>,
    /// The planned product's name.
    pub name: Option<String>,
    /// The planned product's category.
    pub category: Option<CategoryId>,
    /// The SKU that a creation is associated with from the start.
    pub associated: Option<SellerSku>,
    /// Requests that must have ended before it.
    pub after: Vec<usize>,
}

impl Outline {
    /// The outline of a planned request.
    #[must_use]
    pub fn of(request: &PlannedRequest) -> Outline {
        let product = match &request.write {
            Write::CreateProduct(create) => Some(&create.product),
            Write::SetImages(_) => None,
        };
        Outline {
            id: request.id.clone(),
            action: request.write.action(),
            skus: request.write.skus().cloned().collect(),
            name: product.and_then(|product| product.name.clone()),
            category: product.and_then(|product| product.category),
            associated: product.and_then(|product| product.associated_sku.clone()),
            after: request.after.clone(),
        }
    }
}
