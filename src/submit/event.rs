//! What happened to a planned request: the journal's vocabulary.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::dialect::Refusal;
use crate::plan::{Action, PlannedImage, PlannedRequest, SkuImages, Write};
use crate::record::{CategoryId, Image, ImageUrl, SellerSku};

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
        /// By which call pictures travel; none for other requests.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<Action>,
        /// Pictures that the marketplace cannot download are fetched by us.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fetches: bool,
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
    /// The marketplace hosts these pictures now, in the order of the attempt; `None` where it does not tell.
    Hosted {
        /// Where.
        images: Vec<Option<ImageUrl>>,
    },
    /// It will tell later, by a ticket.
    Ticket {
        /// Which.
        ticket: String,
    },
    /// What was asked for by a ticket is not ready.
    Waiting,
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

impl Answer {
    /// Why nobody can tell what became of the attempt; none where it tells.
    pub(super) fn silence(&self) -> Option<&str> {
        match self {
            Answer::Unclear { reason } | Answer::NotSent { reason } => Some(reason),
            Answer::Refused(refusal) => Some(&refusal.message),
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => None,
        }
    }

    /// The marketplace did what it was asked for.
    pub(super) fn is_well(&self) -> bool {
        match self {
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => true,
            Answer::Refused(_) | Answer::NotSent { .. } | Answer::Unclear { .. } => false,
        }
    }
}

/// What the shop has of a request's SKUs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Places of the SKUs that are there.
    pub present: Vec<usize>,
    /// All are there, in one product with the planned name, category and no other SKU; and with the planned values,
    /// where the product may be older than the request.
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
    /// The places at which the SKUs of another product begin, where those of one should stay together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<usize>,
    /// The pictures of each SKU, where some of them must be brought to the marketplace first, or where the product
    /// must have one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<SkuPictures>,
    /// The pictures that a product is created with and that must be brought to the marketplace first: request and place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub created_with: Vec<(usize, usize)>,
    /// The product is created with pictures, wherever they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_pictured: bool,
    /// How many pictures it brings to the marketplace.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub images: usize,
    /// Which of them are files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<usize>,
    /// Its pictures are brought whether or not its SKU is created.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_shared: bool,
}

/// What an answer says, in a few words.
pub(super) fn reason(answer: &Answer) -> String {
    match answer {
        Answer::Done { warnings } if warnings.is_empty() => "done".to_owned(),
        Answer::Done { warnings } => format!("done, with warnings: {}", warnings.join("; ")),
        Answer::Hosted { .. } => "hosted".to_owned(),
        Answer::Ticket { .. } => "a ticket".to_owned(),
        Answer::Waiting => "not ready".to_owned(),
        Answer::Refused(refusal) => format!("{} (code {})", refusal.message, refusal.code),
        Answer::NotSent { reason } => format!("not sent: {reason}"),
        Answer::Unclear { reason } => format!("no sound reply: {reason}"),
    }
}

/// Where the pictures of one SKU come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuPictures {
    /// So many are hosted already.
    pub hosted: usize,
    /// The others: request and place.
    pub awaited: Vec<(usize, usize)>,
    /// All of them, or none: the SKU shows others, which are not to be lost for less than what was asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_whole: bool,
    /// The mark of the pictures that the SKU showed before, where those that it shall show are known to be others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// What a list of pictures is known by. A journal may be read by a program that marks them otherwise: a list is taken for
/// another one then, as if its SKU had shown none before.
pub(super) fn mark<A: AsRef<str>>(addresses: impl IntoIterator<Item = A>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for address in addresses {
        // Marketplaces show one picture by `http` here and by `https` there.
        let address = address.as_ref();
        address.split_once("://").map_or(address, |(_, rest)| rest).hash(&mut hasher);
    }
    hasher.finish()
}

impl SkuPictures {
    fn of(sku: &SkuImages) -> SkuPictures {
        let mut pictures = SkuPictures::default();
        for image in &sku.images {
            match image {
                PlannedImage::Hosted(_) => pictures.hosted += 1,
                PlannedImage::Awaited { request, place } => pictures.awaited.push((*request, *place)),
            }
        }
        let before = sku.before.as_deref().filter(|before| !before.is_empty());
        pictures.is_whole = before.is_some() && !pictures.awaited.is_empty();
        let before = before.filter(|_| pictures.awaited.is_empty());
        pictures.before = before.map(mark).filter(|before| {
            let hosted = sku.images.iter().filter_map(|image| match image {
                PlannedImage::Hosted(url) => Some(url.as_str()),
                PlannedImage::Awaited { .. } => None,
            });
            *before != mark(hosted)
        });
        pictures
    }
}

/// `serde` asks by reference.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Outline {
    /// The outline of a planned request.
    #[must_use]
    pub fn of(request: &PlannedRequest) -> Outline {
        let product = match &request.write {
            Write::CreateProduct(create) => Some(&create.product),
            Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) => None,
            Write::SetImages(_) | Write::HostImages(_) => None,
        };
        let (images, is_shared) = match &request.write {
            Write::HostImages(host) => (host.images.as_slice(), host.is_shared),
            Write::CreateProduct(_) | Write::SetImages(_) => ([].as_slice(), false),
            Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) => ([].as_slice(), false),
        };
        let files = (0..images.len()).filter(|place| matches!(images[*place], Image::File(_))).collect();
        Outline {
            id: request.id.clone(),
            action: request.write.action(),
            skus: request.write.skus().into_iter().cloned().collect(),
            name: product.and_then(|product| product.name.clone()),
            category: product.and_then(|product| product.category),
            associated: product.and_then(|product| product.associated_sku.clone()),
            after: request.after.clone(),
            starts: match &request.write {
                Write::SetImages(set) => set.starts.clone(),
                Write::CreateProduct(_) | Write::HostImages(_) => Vec::new(),
                Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) => Vec::new(),
            },
            pictures: pictures(&request.write),
            created_with: created_with(&request.write),
            is_pictured: matches!(&request.write, Write::CreateProduct(create) if !create.images.is_empty()),
            images: images.len(),
            files,
            is_shared,
        }
    }
}

fn created_with(write: &Write) -> Vec<(usize, usize)> {
    let Write::CreateProduct(create) = write else { return Vec::new() };
    let awaited = create.images.iter().filter_map(|image| match image {
        PlannedImage::Awaited { request, place } => Some((*request, *place)),
        PlannedImage::Hosted(_) => None,
    });
    awaited.collect()
}

/// Nothing where every picture is hosted: then there is nothing to decide.
fn pictures(write: &Write) -> Vec<SkuPictures> {
    let skus: &[SkuImages] = match write {
        Write::SetImages(set) => &set.skus,
        Write::CreateProduct(create) => &create.required_images,
        Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) | Write::HostImages(_) => &[],
    };
    let pictures: Vec<SkuPictures> = skus.iter().map(SkuPictures::of).collect();
    let is_plain = pictures.iter().all(|sku| sku.awaited.is_empty() && sku.hosted > 0 && sku.before.is_none());
    if is_plain { Vec::new() } else { pictures }
}
