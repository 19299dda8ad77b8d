//! Making the plan: what exists, what holds what back, what goes after what. Each request leaves as soon as it is
//! planned: who needs all of them keeps them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::association::{Association, Obstacle, key_sku};
use super::images::Gallery;
use super::pictured::{Gathered, Owner, Pictured, of_product, set_images};
use super::renewal::{Families, Offers};
use super::{
    CreateProduct, HostImages, Intent, Limits, Options, Pictures, Plan, PlannedImage, PlannedRequest, PlannedRow,
    PlannedRows, ShopSnapshot, SkuImages, Write,
};
use crate::category::Level;
use crate::check::{Checked, Fate, Fault, Group, KeptRow, Mode};
use crate::column::Field;
use crate::finding::{Finding, Rule};
use crate::record::{GivenSku, Image, PackedSku, Product, SellerSku, Sku};

/// The SKUs that the shop must be asked for before the plan: those of products with a row that can be sent (of updates,
/// those of such rows only), and those they are associated with; each once.
#[must_use]
pub fn skus_to_look_up(checked: &Checked) -> Vec<SellerSku> {
    let sound = checked.rows().iter().filter(|row| row.fate == Fate::Sound);
    let groups: HashSet<usize> = sound.map(|row| row.group).collect();
    // To be created, a product may be there already by a row that is left out or has an error.
    let is_asked_for = |row: &&KeptRow| match checked.mode() {
        Mode::Create | Mode::Upsert => groups.contains(&row.group),
        Mode::Update => row.fate == Fate::Sound,
    };
    let rows = checked.rows().iter().filter(is_asked_for);
    let own = rows.filter_map(|row| row.seller_sku.as_ref());
    let products = checked.groups().iter().enumerate().filter(|(place, _)| groups.contains(place));
    let products: Vec<&Group> = products.map(|(_, group)| group).collect();
    let associated = products.iter().filter_map(|group| group.product.associated_sku.as_ref());
    let keys: Vec<SellerSku> = match checked.mode() {
        Mode::Upsert => products.iter().filter_map(|group| key_sku(group)).collect(),
        Mode::Create | Mode::Update => Vec::new(),
    };
    let mut seen = HashSet::new();
    own.chain(associated).chain(&keys).filter(|sku| seen.insert(*sku)).cloned().collect()
}

/// Decides every row's part and every request.
#[must_use]
pub fn plan(checked: &Checked, shop: &ShopSnapshot, limits: &Limits, options: Options) -> Plan {
    let mut requests = Vec::new();
    let PlannedRows { rows, findings } =
        plan_each(checked, shop, limits, options, &mut |request| requests.push(request));
    Plan { rows, requests, findings }
}

/// The same, of which `each` is given the requests one by one, in the order of the plan: all of them take several times
/// the memory of the sheet.
pub fn plan_each(
    checked: &Checked,
    shop: &ShopSnapshot,
    limits: &Limits,
    options: Options,
    each: &mut dyn FnMut(PlannedRequest),
) -> PlannedRows {
    Builder::new(checked, shop, limits, options, each).build()
}

/// Every row's part where the shop could not be asked: what only the sheet decides, and nothing is created.
/// `reason` says why.
#[must_use]
pub fn unasked(checked: &Checked, reason: &str) -> Vec<PlannedRow> {
    let intent = |row: &KeptRow| match &row.fate {
        Fate::Skipped(why) => Intent::Skipped(why.clone()),
        Fate::Invalid(fault) => Intent::from((**fault).clone()),
        Fate::Sound => Intent::Held(reason.to_owned()),
    };
    checked.rows().iter().map(|row| planned_row(checked, row, intent(row))).collect()
}

fn planned_row(checked: &Checked, row: &KeptRow, intent: Intent) -> PlannedRow {
    let dead = row.sku.as_ref().filter(|sku| sku.dead_image_count() > 0);
    PlannedRow {
        sheet: checked.tables()[usize::from(row.table)].sheet.to_string(),
        row: row.row,
        line: row.line,
        seller_sku: row.seller_sku.as_ref().map(ToString::to_string).unwrap_or_default(),
        product: checked.groups()[row.group].label.clone(),
        images: row.sku.as_ref().map_or(0, |sku| sku.image_count() + sku.dead_image_count()),
        dead_images: dead.and_then(PackedSku::given).map(|sku| sku.dead_images).unwrap_or_default(),
        intent,
        image_request: None,
        switch_request: None,
    }
}

/// Where a product stands while the plan is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Untouched,
    /// Its associated SKU is being followed.
    Open,
    /// Nothing of it is created.
    Closed,
    /// Created by this request.
    Created(usize),
}

/// A plan in the making.
pub(super) struct Builder<'a> {
    pub(super) checked: &'a Checked,
    pub(super) shop: &'a ShopSnapshot,
    pub(super) limits: &'a Limits,
    pub(super) owners: HashMap<&'a SellerSku, usize>,
    pub(super) steps: Vec<Step>,
    pub(super) intents: Vec<Option<Intent>>,
    image_requests: Vec<Option<usize>>,
    pub(super) switch_requests: HashMap<usize, usize>,
    each: &'a mut dyn FnMut(PlannedRequest),
    /// How many requests have left.
    planned: usize,
    /// Each with its row, by place.
    pub(super) findings: Vec<(usize, Finding)>,
    /// What was found wrong with rows here.
    pub(super) faults: HashMap<usize, Fault>,
    gathered: Gathered,
    pub(super) offers: Offers,
    counts: [usize; 5],
    pub(super) gallery: Gallery<'a>,
    pub(super) options: Options,
}

impl<'a> Builder<'a> {
    fn new(
        checked: &'a Checked,
        shop: &'a ShopSnapshot,
        limits: &'a Limits,
        options: Options,
        each: &'a mut dyn FnMut(PlannedRequest),
    ) -> Builder<'a> {
        let rows = checked.rows();
        let owned = rows.iter().filter(|row| !matches!(row.fate, Fate::Skipped(_)));
        let owners = owned.filter_map(|row| Some((row.seller_sku.as_ref()?, row.group))).collect();
        Builder {
            checked,
            shop,
            limits,
            owners,
            steps: vec![Step::Untouched; checked.groups().len()],
            intents: vec![None; rows.len()],
            image_requests: vec![None; rows.len()],
            switch_requests: HashMap::new(),
            each,
            planned: 0,
            findings: Vec::new(),
            faults: HashMap::new(),
            gathered: Gathered::default(),
            offers: Offers::default(),
            counts: [0; 5],
            gallery: Gallery::new(checked, shop, limits),
            options,
        }
    }

    fn build(mut self) -> PlannedRows {
        let mut families = Families::of(self.checked, |sku| self.shop.product_of(sku));
        for group in 0..self.checked.groups().len() {
            // From the far end: a product that others are added to comes before them. Such a chain may be as
            // long as the sheet, too long to follow it by recursion.
            for place in self.chain(group).into_iter().rev() {
                self.group(place);
            }
            for family in families.begun_by(group) {
                self.renew(&family, &families);
                self.gallery.end_product();
            }
        }
        self.close_offers();
        let gathered = self.gathered.take();
        self.set_images(gathered);
        if self.checked.mode() != Mode::Create {
            // Rows of one product of the shop may stand far apart.
            self.findings.sort_by_key(|(at, _)| *at);
        }
        let rows = self.checked.rows().iter().enumerate().map(|(at, row)| self.planned_row(at, row)).collect();
        let findings = self.findings.into_iter().map(|(_, finding)| finding).collect();
        PlannedRows { rows, findings }
    }

    fn planned_row(&mut self, at: usize, row: &KeptRow) -> PlannedRow {
        let intent = self.intents[at].take().unwrap_or_else(|| Intent::Held("it was not planned".to_owned()));
        let mut planned = planned_row(self.checked, row, intent);
        planned.image_request = self.image_requests[at];
        planned.switch_request = self.switch_requests.get(&at).copied();
        let is_open = || row.seller_sku.as_ref().is_some_and(|sku| self.shop.has_open_images(sku));
        if planned.intent == Intent::Exists && !is_open() {
            // It keeps the pictures that it has.
            planned.dead_images.clear();
        }
        planned
    }

    pub(super) fn exists(&self, row: &KeptRow) -> Option<usize> {
        self.shop.product_of(row.seller_sku.as_ref()?)
    }

    /// A product, the one of the sheet that it is added to, the one that that is added to, and so on, as far as
    /// they are untouched; they are open now.
    fn chain(&mut self, place: usize) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut next = Some(place);
        while let Some(place) = next.filter(|place| self.steps[*place] == Step::Untouched) {
            self.steps[place] = Step::Open;
            chain.push(place);
            let named = self.checked.groups()[place].product.associated_sku.as_ref();
            next = named.and_then(|sku| self.owners.get(sku).copied());
        }
        chain
    }

    /// Plans one product; the one that it is added to has been planned, unless they form a circle.
    fn group(&mut self, place: usize) {
        let group = &self.checked.groups()[place];
        let rows = self.checked.rows();
        let fresh: Vec<usize> = group
            .rows
            .iter()
            .copied()
            .filter(|at| rows[*at].fate == Fate::Sound && self.exists(&rows[*at]).is_none())
            .collect();
        self.settle_plain_rows(group);
        let faulty = group.rows.iter().find(|at| matches!(rows[**at].fate, Fate::Invalid(_)));
        let is_update = self.checked.mode() == Mode::Update || self.options.only_images;
        let step = match faulty {
            _ if fresh.is_empty() => Step::Closed,
            _ if is_update => {
                self.refuse_absent(&fresh);
                Step::Closed
            }
            Some(at) => {
                let reason = format!("row {}, of the same product, has an error", self.named(*at, fresh[0]));
                self.hold(&fresh, &reason);
                Step::Closed
            }
            None => self.create(place, group, &fresh),
        };
        self.steps[place] = step;
        self.add_open_images(group);
        self.gallery.end_product();
    }

    /// Rows whose part is clear without the rest of the product.
    fn settle_plain_rows(&mut self, group: &Group) {
        let rows = self.checked.rows();
        for at in &group.rows {
            self.intents[*at] = match &rows[*at].fate {
                Fate::Skipped(reason) => Some(Intent::Skipped(reason.clone())),
                Fate::Invalid(fault) => Some(Intent::from((**fault).clone())),
                // What the shop has of it may change; that is planned as the shop has it.
                Fate::Sound if self.checked.mode() != Mode::Create => continue,
                Fate::Sound => self.exists(&rows[*at]).map(|_| Intent::Exists),
            };
        }
    }

    /// A row beside another, as a reader finds it.
    pub(super) fn named(&self, at: usize, beside: usize) -> String {
        let (there, here) = (&self.checked.rows()[at], &self.checked.rows()[beside]);
        if there.table == here.table {
            return there.row.to_string();
        }
        format!("{} of `{}`", there.row, self.checked.tables()[usize::from(there.table)].sheet)
    }

    pub(super) fn hold(&mut self, rows: &[usize], reason: &str) {
        for at in rows {
            self.intents[*at] = Some(Intent::Held(reason.to_owned()));
        }
    }

    fn create(&mut self, place: usize, group: &'a Group, fresh: &[usize]) -> Step {
        let mut product = group.product.clone();
        let mut after = Vec::new();
        match self.association(place, group) {
            Ok(Association::None) => product.associated_sku = None,
            Ok(Association::Shop(sku)) => product.associated_sku = Some(sku),
            Ok(Association::Sheet(request)) => after.push(request),
            Err(Obstacle::Held(reason)) => {
                self.hold(fresh, &reason);
                return Step::Closed;
            }
            Err(Obstacle::Invalid(rule, message)) => {
                self.refuse(fresh, rule, &message);
                return Step::Closed;
            }
        }
        let is_added = product.associated_sku.is_some();
        let rows = self.checked.rows();
        let given: Vec<Option<GivenSku>> = fresh.iter().map(|at| rows[*at].given()).collect();
        if self.checked.mode() != Mode::Create && !self.are_whole(group, fresh, &given, is_added) {
            return Step::Closed;
        }
        let skus: Vec<Sku> = given.iter().flatten().filter_map(GivenSku::whole).collect();
        let names: Vec<SellerSku> = skus.iter().map(|sku| sku.seller_sku.clone()).collect();
        let (mut required_images, mut images) = (Vec::new(), Vec::new());
        if self.brings_first() {
            let skus: Vec<SkuImages> =
                given.iter().flatten().filter_map(|sku| self.images_of(sku, &names, None)).collect();
            if skus.is_empty() && self.options.pictures == Pictures::First {
                fresh.iter().for_each(|at| self.intents[*at] = Some(Intent::Pictureless));
                return Step::Closed;
            }
            if self.limits.creates_with_images && !is_added {
                images = of_product(&skus);
            }
            if self.options.pictures == Pictures::First {
                after.extend(skus.iter().flat_map(|sku| awaited(&sku.images)));
                required_images = skus;
            } else {
                after.extend(awaited(&images));
            }
            after.sort_unstable();
            after.dedup();
        }
        let variants = self.variants(fresh);
        let create = CreateProduct { product, skus, required_images, images, variants };
        let requests = self.push_creation(create, after);
        let request = requests[0];
        for (place, (at, given)) in fresh.iter().zip(&given).enumerate() {
            let request = requests[place / self.limits.skus_per_product];
            self.intents[*at] = Some(Intent::Create(request));
            if let Some(sku) = given.as_ref().and_then(|given| self.images_of(given, &names, Some(request))) {
                self.add_images(*at, sku, Some(request));
            }
        }
        self.switch_off(fresh, &given, &requests);
        Step::Created(request)
    }

    /// Pictures are brought before the products that show them.
    fn brings_first(&self) -> bool {
        self.options.pictures == Pictures::First || self.limits.creates_with_images
    }

    /// The names of the attributes that tell SKUs of these rows apart, where requests say so.
    pub(super) fn variants(&self, rows: &[usize]) -> Vec<String> {
        if !self.limits.names_variants {
            return Vec::new();
        }
        let tables: BTreeSet<usize> = rows.iter().map(|at| usize::from(self.checked.rows()[*at].table)).collect();
        let kinds = tables.into_iter().flat_map(|table| self.checked.tables()[table].columns.attributes());
        let names = kinds.filter(|kind| kind.variant && kind.level == Level::Sku).map(|kind| kind.name.clone());
        names.collect::<BTreeSet<String>>().into_iter().collect()
    }

    /// Creates a product: in several requests where it has more SKUs than one takes. The others add to the first, one
    /// after the other, for nothing else may change a product meanwhile.
    fn push_creation(&mut self, mut create: CreateProduct, after: Vec<usize>) -> Vec<usize> {
        if create.skus.len() <= self.limits.skus_per_product {
            return vec![self.push(Write::CreateProduct(create), after)];
        }
        let rest = create.skus.split_off(self.limits.skus_per_product);
        let required = |images: &[SkuImages], skus: &[Sku]| -> Vec<SkuImages> {
            let is_of = |sku: &&SkuImages| skus.iter().any(|own| own.seller_sku == sku.seller_sku);
            images.iter().filter(is_of).cloned().collect()
        };
        let parts: Vec<CreateProduct> = rest
            .chunks(self.limits.skus_per_product)
            .map(|skus| CreateProduct {
                product: Product {
                    associated_sku: create.product.associated_sku.clone().or_else(|| first_of(&create.skus)),
                    ..create.product.clone()
                },
                skus: skus.to_vec(),
                required_images: required(&create.required_images, skus),
                images: Vec::new(),
                variants: create.variants.clone(),
            })
            .collect();
        create.required_images = required(&create.required_images, &create.skus);
        let mut last = self.push(Write::CreateProduct(create), after);
        let mut requests = vec![last];
        for part in parts {
            last = self.push(Write::CreateProduct(part), vec![last]);
            requests.push(last);
        }
        requests
    }

    /// Findings that only the shop can cause, at the cell of the associated SKU where there is one.
    fn refuse(&mut self, fresh: &[usize], rule: Rule, message: &str) {
        for at in fresh {
            let row = &self.checked.rows()[*at];
            let columns = &self.checked.tables()[usize::from(row.table)].columns;
            let location = self.checked.location(row);
            let finding = match columns.column_of(Field::AssociatedSku) {
                Some(column) => Finding::new(rule, location.at(column)).field(Field::AssociatedSku.name()),
                None => Finding::new(rule, location),
            };
            let mut finding = finding.message(message);
            finding.seller_sku = row.seller_sku.as_ref().map(ToString::to_string);
            self.intents[*at] = Some(Intent::from(Fault::of(&finding)));
            self.findings.push((*at, finding));
        }
    }

    pub(super) fn push(&mut self, write: Write, after: Vec<usize>) -> usize {
        let (kind, prefix) = match write {
            Write::CreateProduct(_) => (0, "create"),
            Write::SetImages(_) => (1, "images"),
            Write::HostImages(_) => (2, "host"),
            Write::UpdateProduct(_) => (3, "update"),
            Write::UpdatePriceQuantity(_) => (4, "price"),
        };
        self.counts[kind] += 1;
        let id = format!("{prefix}-{}", self.counts[kind]);
        (self.each)(PlannedRequest { id, write, after });
        self.planned += 1;
        self.planned - 1
    }

    /// Pictures that an earlier run of ours left open.
    fn add_open_images(&mut self, group: &Group) {
        for at in &group.rows {
            let row = &self.checked.rows()[*at];
            let is_open = row.seller_sku.as_ref().is_some_and(|sku| self.shop.has_open_images(sku));
            if is_open && self.intents[*at] == Some(Intent::Exists) {
                let names: Vec<SellerSku> = row.seller_sku.iter().cloned().collect();
                if let Some(sku) = row.given().and_then(|given| self.images_of(&given, &names, None)) {
                    self.add_images(*at, sku, None);
                }
            }
        }
    }

    /// The pictures of a SKU; those that the marketplace lacks are sent for, after the request `create`.
    pub(super) fn images_of(
        &mut self,
        sku: &GivenSku,
        names: &[SellerSku],
        create: Option<usize>,
    ) -> Option<SkuImages> {
        let lacking = |image: &&Image| self.gallery.planned(image).is_none();
        let lacking: Vec<Image> = sku.images.iter().filter(lacking).cloned().collect();
        let is_first = create.is_none() && self.brings_first();
        let (shared, own) = lacking.into_iter().partition(|image| is_first || self.gallery.is_shared(image));
        for (images, is_shared) in [(own, false), (shared, true)] {
            self.host(images, names, is_shared, create);
        }
        let images: Vec<PlannedImage> = sku.images.iter().filter_map(|image| self.gallery.planned(image)).collect();
        (!images.is_empty()).then(|| SkuImages { seller_sku: sku.seller_sku.clone(), images, before: None })
    }

    /// A request that brings pictures to the marketplace.
    fn host(&mut self, images: Vec<Image>, names: &[SellerSku], is_shared: bool, create: Option<usize>) {
        if images.is_empty() {
            return;
        }
        let after = create.filter(|_| !is_shared).into_iter().collect();
        self.gallery.await_from(self.planned, &images);
        self.push(Write::HostImages(HostImages { skus: names.to_vec(), images, is_shared }), after);
    }

    /// The pictures of a row travel with those of others.
    pub(super) fn add_images(&mut self, at: usize, images: SkuImages, create: Option<usize>) {
        let row = &self.checked.rows()[at];
        let product = self.exists(row).map_or(Owner::Sheet(row.group), Owner::Shop);
        let after = create.into_iter().chain(awaited(&images.images)).collect();
        let pictured = Pictured { at, product, images, after };
        if let Some(leaving) = self.gathered.push(pictured, self.limits) {
            self.set_images(leaving);
        }
    }

    fn set_images(&mut self, skus: Vec<Pictured>) {
        if skus.is_empty() {
            return;
        }
        let rows: Vec<usize> = skus.iter().map(|sku| sku.at).collect();
        let (set, after) = set_images(skus, self.limits);
        let request = self.push(Write::SetImages(set), after);
        rows.into_iter().for_each(|at| self.image_requests[at] = Some(request));
    }
}

fn first_of(skus: &[Sku]) -> Option<SellerSku> {
    skus.first().map(|sku| sku.seller_sku.clone())
}

/// The requests that bring these pictures.
fn awaited(images: &[PlannedImage]) -> impl Iterator<Item = usize> {
    images.iter().filter_map(|image| match image {
        PlannedImage::Hosted(_) => None,
        PlannedImage::Awaited { request, .. } => Some(*request),
    })
}
