//! One attempt: its intent, its sending, its answer.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::access::{self, Access, Why};
use super::event::{Answer, Event};
use super::fetch::Unfetched;
use super::ids::{Search, Sought};
use super::notice::{Notice, Observer};
use super::run::Edge;
use super::state::Attempt;
use super::{Clock, Journal, Silence, Transport, WireReply};
use crate::dialect::{Call, Class, Credentials, Detail, Ids, MigratedImage, Refusal, Reply};
use crate::plan::{Action, CreateProduct, HostImages, PriceQuantity, SetImages, SkuIds, UpdateProduct, Write};
use crate::record::{Image, ImageUrl, SellerSku};

/// Where pictures are hosted by now, by request and place.
pub(super) type HostedImages = HashMap<(usize, usize), ImageUrl>;

/// What an attempt carries.
enum Freight {
    Create(Box<CreateProduct>),
    Update(Box<UpdateProduct>),
    Prices(Vec<PriceQuantity>),
    SetImages(SetImages),
    Migrate(ImageUrl),
    MigrateTogether(Vec<ImageUrl>),
    Upload(Vec<u8>),
    /// And the pictures it was given for.
    Ticket(String, Vec<ImageUrl>),
}

impl Freight {
    /// The pictures that travel together.
    fn together(&self) -> &[ImageUrl] {
        match self {
            Freight::MigrateTogether(urls) | Freight::Ticket(_, urls) => urls,
            Freight::Update(_) | Freight::Prices(_) => &[],
            Freight::Create(_) | Freight::SetImages(_) | Freight::Migrate(_) | Freight::Upload(_) => &[],
        }
    }

    fn call(&self) -> Call<'_> {
        match self {
            Freight::Create(create) => Call::CreateProduct(create),
            Freight::Update(update) => Call::UpdateProduct(update),
            Freight::Prices(skus) => Call::UpdatePriceQuantity(skus),
            Freight::SetImages(images) => Call::SetImages(images),
            Freight::Migrate(url) => Call::MigrateImage(url),
            Freight::MigrateTogether(urls) => Call::MigrateImages(urls),
            Freight::Upload(bytes) => Call::UploadImage(bytes),
            Freight::Ticket(ticket, _) => Call::GetResponse(ticket),
        }
    }
}

/// What the journal is told before an attempt leaves.
pub(super) fn intent(attempt: &Attempt, hash: String) -> Event {
    let Attempt { request, skus, associated, errand, fetches, is_pictured: _ } = attempt.clone();
    Event::Intent { request, skus, associated, hash, action: errand.map(|(action, _)| action), fetches }
}

/// What came back of a call.
pub(super) struct Back<T> {
    pub(super) what: T,
    /// When the call left.
    pub(super) left: DateTime<Utc>,
    /// How long the server asks to be left alone.
    pub(super) retry_after: Option<Duration>,
}

impl<T> Back<T> {
    pub(super) fn map<U>(self, to: impl FnOnce(T) -> U) -> Back<U> {
        Back { what: to(self.what), left: self.left, retry_after: self.retry_after }
    }
}

/// How far an attempt came.
pub(super) enum Flown {
    /// This came back; the journal does not hold it yet.
    Back(Back<Answer>),
    /// The shop must be asked for ids first, not before so long.
    Asks(Box<Boarding>, Duration),
}

/// An attempt that has its freight, and leaves once the ids of its SKUs are known.
pub(super) struct Boarding {
    pub(super) attempt: Attempt,
    freight: Freight,
    pub(super) search: Search,
}

impl Boarding {
    pub(super) fn action(&self) -> Action {
        self.freight.call().action()
    }
}

/// Makes the attempt as far as that goes without asking the shop. `Err` where the journal, or what
/// else is kept, cannot be written or read.
pub(super) async fn fly<T: Transport, C: Clock, O: Observer, J: Journal>(
    edge: &Edge<'_, T, C, O>,
    journal: &J,
    attempt: Attempt,
    hosted: &HostedImages,
    lookup_delays: &[Duration],
) -> io::Result<Flown> {
    let write = journal.write(attempt.request).await?;
    match loaded(edge, journal, write, &attempt, hosted).await? {
        Ok(freight) => {
            let search = Search::of(edge.dialect(), &freight.call().changed_skus(), lookup_delays);
            depart(edge, journal, Box::new(Boarding { attempt, freight, search })).await
        }
        Err(answer) => grounded(edge, journal, &attempt, answer).await,
    }
}

/// As [`fly`], of an attempt that has its freight.
pub(super) async fn depart<T: Transport, C: Clock, O: Observer, J: Journal>(
    edge: &Edge<'_, T, C, O>,
    journal: &J,
    mut boarding: Box<Boarding>,
) -> io::Result<Flown> {
    let ids = match boarding.search.step(edge.dialect(), edge.ids)? {
        Sought::Known(ids) => ids,
        Sought::Ask(after) => return Ok(Flown::Asks(boarding, after)),
        Sought::InVain(answer) => return grounded(edge, journal, &boarding.attempt, answer).await,
    };
    let Boarding { attempt, freight, .. } = *boarding;
    let call = freight.call();
    let body = edge.dialect().body(&call, &ids);
    if let Err(answer) = access::enter(edge).await? {
        return grounded(edge, journal, &attempt, answer).await;
    }
    journal.append(vec![intent(&attempt, sha256(body.as_deref().unwrap_or_default()))]).await?;
    Ok(Flown::Back(exchanged(edge, &call, body).await?.map(|reply| answered(reply, &freight))))
}

/// An attempt that does not leave.
pub(super) async fn grounded<T, C: Clock, O, J: Journal>(
    edge: &Edge<'_, T, C, O>,
    journal: &J,
    attempt: &Attempt,
    answer: Answer,
) -> io::Result<Flown> {
    journal.append(vec![intent(attempt, String::new())]).await?;
    Ok(Flown::Back(Back { what: answer, left: edge.clock.now(), retry_after: None }))
}

/// In lower-case hexadecimal digits.
fn sha256(body: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(body))
}

/// The part of a planned write that this attempt carries; an answer where there is nothing to carry.
async fn loaded<T: Transport, C: Clock, O: Observer, J: Journal>(
    edge: &Edge<'_, T, C, O>,
    journal: &J,
    write: Write,
    attempt: &Attempt,
    hosted: &HostedImages,
) -> io::Result<Result<Freight, Answer>> {
    let wanted = |place: usize| attempt.skus.is_empty() || attempt.skus.contains(&place);
    Ok(Ok(match write {
        Write::CreateProduct(mut create) => {
            if let Some(associated) = &attempt.associated {
                create.product.associated_sku = Some(associated.clone());
            }
            keep(&mut create.skus, wanted);
            if !attempt.is_pictured {
                create.images.clear();
            }
            create.resolve(|request, place| hosted.get(&(request, place)).cloned());
            Freight::Create(Box::new(create))
        }
        Write::UpdateProduct(mut update) => {
            keep(&mut update.skus, wanted);
            Freight::Update(Box::new(update))
        }
        Write::UpdatePriceQuantity(mut update) => {
            keep(&mut update.skus, wanted);
            Freight::Prices(update.skus)
        }
        Write::SetImages(mut images) => {
            keep(&mut images.skus, wanted);
            images.resolve(|request, place| hosted.get(&(request, place)).cloned());
            Freight::SetImages(images)
        }
        Write::HostImages(HostImages { mut images, .. }) => {
            keep(&mut images, wanted);
            match &attempt.errand {
                Some((Action::GetResponse, Some(ticket))) => {
                    Freight::Ticket(ticket.clone(), images.into_iter().filter_map(on_the_web).collect())
                }
                Some((Action::UploadImage, _)) => return upload(edge, journal, images.into_iter().next()).await,
                Some((Action::MigrateImages, _)) => {
                    Freight::MigrateTogether(images.into_iter().filter_map(on_the_web).collect())
                }
                Some(_) | None => match images.into_iter().find_map(on_the_web) {
                    Some(url) => Freight::Migrate(url),
                    None => return Ok(Err(dead("there is no such picture"))),
                },
            }
        }
    }))
}

fn keep<T>(items: &mut Vec<T>, wanted: impl Fn(usize) -> bool) {
    let mut place = 0;
    items.retain(|_| {
        place += 1;
        wanted(place - 1)
    });
}

fn on_the_web(image: Image) -> Option<ImageUrl> {
    match image {
        Image::Url(url) => Some(url),
        Image::File(_) => None,
    }
}

/// The bytes of a picture: from the run's own copy, or from the web.
async fn upload<T: Transport, C: Clock, O: Observer, J: Journal>(
    edge: &Edge<'_, T, C, O>,
    journal: &J,
    image: Option<Image>,
) -> io::Result<Result<Freight, Answer>> {
    Ok(match image {
        Some(Image::File(file)) => match journal.picture(&file).await {
            Ok(bytes) => Ok(Freight::Upload(bytes)),
            Err(error) => Err(dead(&format!("the run's copy of `{}` cannot be read: {error}", file.name))),
        },
        Some(Image::Url(url)) => edge.transport.fetch(&url).await.map(Freight::Upload).map_err(|why| unfetched(&why)),
        None => Err(dead("there is no such picture")),
    })
}

fn unfetched(why: &Unfetched) -> Answer {
    let reason = why.to_string();
    match why {
        Unfetched::Unreachable(_) => Answer::Refused(Refusal::of_unreachable(&reason)),
        Unfetched::Silent(_) => Answer::Refused(Refusal::of_silent_host(&reason)),
        Unfetched::Refused(_) | Unfetched::NotPublic(_) | Unfetched::Unsound(_) => dead(&reason),
    }
}

/// A picture that we could not send.
fn dead(reason: &str) -> Answer {
    Answer::Refused(Refusal::of_fetch(reason))
}

/// What a reply means for the attempt that it answers, which carried this.
fn answered(reply: Result<Reply, Answer>, freight: &Freight) -> Answer {
    match reply {
        Ok(Reply::Done { warnings, ids }) => match unlisted(freight, &ids) {
            Some(sku) => Answer::Unclear { reason: format!("the reply does not list the seller SKU `{sku}`") },
            None => Answer::Done { warnings },
        },
        Ok(Reply::Refused(refusal)) => Answer::Refused(refusal),
        Ok(Reply::Hosted(url)) => Answer::Hosted { images: vec![Some(url)] },
        Ok(Reply::Ticket(ticket)) => Answer::Ticket { ticket },
        Ok(Reply::Migrated { images, failed }) => migrated(&images, &failed, freight.together()),
        Ok(Reply::Products { .. }) => Answer::Unclear { reason: "the reply lists products instead".to_owned() },
        Ok(Reply::QcStatus(_)) => Answer::Unclear { reason: "the reply tells of quality control".to_owned() },
        Ok(Reply::Categories(_) | Reply::Attributes(_) | Reply::Brands(_)) => {
            Answer::Unclear { reason: "the reply tells of categories or brands".to_owned() }
        }
        Err(answer) => answer,
    }
}

/// A SKU that was to be created and is not among those that the reply lists: the product may be there in part only. A
/// reply that lists none is believed.
fn unlisted<'a>(freight: &'a Freight, listed: &[(SellerSku, SkuIds)]) -> Option<&'a SellerSku> {
    match freight {
        Freight::Create(create) if !listed.is_empty() => {
            let is_listed = |sku: &SellerSku| listed.iter().any(|(listed, _)| listed == sku);
            create.skus.iter().map(|sku| &sku.seller_sku).find(|sku| !is_listed(sku))
        }
        Freight::Create(_) | Freight::Update(_) | Freight::Prices(_) | Freight::SetImages(_) => None,
        Freight::Migrate(_) | Freight::MigrateTogether(_) | Freight::Upload(_) | Freight::Ticket(..) => None,
    }
}

/// The pictures of a ticket. Their order is what ties them to what was asked for, so they are believed only where none
/// is missing, and none names another picture as its source.
fn migrated(images: &[MigratedImage], failed: &[Detail], asked: &[ImageUrl]) -> Answer {
    if images.is_empty() && failed.is_empty() {
        return Answer::Waiting;
    }
    let is_in_order = || images.iter().zip(asked).all(|(image, asked_here)| is_of(image, asked_here, asked));
    if failed.is_empty() && images.len() == asked.len() && is_in_order() {
        return Answer::Hosted { images: images.iter().map(|image| Some(image.url.clone())).collect() };
    }
    Answer::Hosted { images: vec![None; asked.len()] }
}

/// Nothing speaks against it. A source that nobody asked for is one that the marketplace wrote in its own way.
fn is_of(image: &MigratedImage, here: &ImageUrl, asked: &[ImageUrl]) -> bool {
    let Some(source) = image.source.as_deref().map(str::trim) else { return true };
    source == here.as_str() || !asked.iter().any(|other| other.as_str() == source)
}

/// One call: encoded, signed for this moment on the marketplace's clock, sent, decoded. An `Err` of its reply is an
/// answer without a reply; the outer one, that what is kept for calls cannot be.
pub(super) async fn exchange<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    call: &Call<'_>,
) -> io::Result<Back<Result<Reply, Answer>>> {
    let body = edge.dialect().body(call, &Ids::new());
    match access::enter(edge).await? {
        Ok(()) => exchanged(edge, call, body).await,
        Err(answer) => Ok(Back { what: Err(answer), left: edge.clock.now(), retry_after: None }),
    }
}

/// As [`exchange`], with the call's body as the journal knows it. A call that is refused for its token was not carried
/// out: it is sent once more with a renewed one, before that with one that another process has kept meanwhile. Then the
/// refusal stands, whatever the token is good for in other calls.
async fn exchanged<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    call: &Call<'_>,
    body: Option<Vec<u8>>,
) -> io::Result<Back<Result<Reply, Answer>>> {
    let mut signer = access::signer(edge).await;
    let mut refused = 0;
    loop {
        let back = sent(edge, call, body.clone(), signer.credentials()).await;
        let Ok(Reply::Refused(refusal)) = &back.what else {
            if back.what.is_ok() {
                signer.works();
            }
            return Ok(back);
        };
        if refusal.class != Class::Token || signer.is_hopeless(refused) {
            return Ok(back);
        }
        refused += 1;
        signer = match access::renew(edge, &signer, Why::Refused).await {
            Ok(renewed) => renewed,
            Err(why) => return Ok(Back { what: access::unrenewed(refusal, why), ..back }),
        };
        if let Err(answer) = access::enter(edge).await? {
            return Ok(Back { what: Err(answer), ..back });
        }
    }
}

/// Once.
async fn sent<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    call: &Call<'_>,
    body: Option<Vec<u8>>,
    signer: &Credentials,
) -> Back<Result<Reply, Answer>> {
    let left = edge.clock.now();
    let request = signer.signed(call, body, edge.skew.corrected(left));
    match edge.transport.send(request).await {
        Ok(reply) => {
            let what = masked(understood(edge.access, call, &reply), signer);
            let what = what.and_then(|reply| match edge.ids.learn(&reply) {
                Ok(()) => Ok(reply),
                Err(error) => Err(Answer::Unclear { reason: format!("the shop's numbers cannot be kept: {error}") }),
            });
            let is_refused = matches!(&what, Ok(Reply::Refused(refusal)) if refusal.is_about_the_clock());
            compare_clocks(edge, left, reply.date, is_refused);
            if !matches!(&what, Ok(Reply::Refused(refusal)) if refusal.class == Class::Throttled) {
                // What cannot be shared holds nobody up.
                let _ = edge.access.speed_up();
            }
            Back { what, left, retry_after: reply.retry_after }
        }
        Err(Silence::NotSent(reason)) => Back { what: Err(Answer::NotSent { reason }), left, retry_after: None },
        Err(Silence::Unclear(reason)) => Back { what: Err(Answer::Unclear { reason }), left, retry_after: None },
    }
}

/// Learns from the `Date` of a reply to a call that left then.
pub(super) fn compare_clocks<T, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    left: DateTime<Utc>,
    date: Option<DateTime<Utc>>,
    is_refused: bool,
) {
    let measured = date.and_then(|date| edge.skew.measure((left, edge.clock.now()), date, is_refused));
    if let Some(ahead) = measured {
        edge.observer.notice(&Notice::ClockOff { ahead });
    }
}

/// What came back, without what it echoes of the call.
fn masked(what: Result<Reply, Answer>, credentials: &Credentials) -> Result<Reply, Answer> {
    match what {
        Ok(reply) => Ok(reply.masked(credentials)),
        Err(Answer::Unclear { reason }) => Err(Answer::Unclear { reason: credentials.masked(&reason) }),
        Err(answer) => Err(answer),
    }
}

fn understood(access: &Access, call: &Call<'_>, reply: &WireReply) -> Result<Reply, Answer> {
    let action = call.action();
    // API errors come with status 200; the root of the body decides, whatever the status.
    match access.dialect().decode_reply_to(call, &reply.body) {
        Ok(reply) => {
            access.answered();
            Ok(reply)
        }
        Err(_) if reply.status == 429 => Ok(Reply::Refused(Refusal::of_status(429, Class::Throttled))),
        Err(_) if reply.status == 413 => Ok(Reply::Refused(Refusal::of_status(413, Class::TooLarge))),
        // A gateway's page: a read cannot have done harm, and asking again will not help.
        Err(_) if !action.is_write() && matches!(reply.status, 300..=499) && reply.status != 408 => {
            Ok(Reply::Refused(Refusal::of_status(reply.status, Class::Account)))
        }
        // A write that a gateway turns away: asked about once, then believed.
        Err(_) if matches!(reply.status, 300..=499) && reply.status != 408 => {
            Ok(Reply::Refused(Refusal::of_status(reply.status, Class::Bare)))
        }
        Err(page) if reply.status == 200 && page.is_page() && !action.is_write() && access.is_turned_away() => {
            Ok(Reply::Refused(Refusal::of_page(&page)))
        }
        Err(garbled) if reply.status == 200 => Err(Answer::Unclear { reason: garbled.to_string() }),
        Err(_) => Err(Answer::Unclear { reason: format!("HTTP status {}", reply.status) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sources` are those that the reply names, in its order; `-` for none.
    #[track_caller]
    fn check(sources: &str, is_believed: bool) {
        let url = |name: &str| ImageUrl::parse(&format!("https://{name}.example.com/1.jpg")).unwrap();
        let asked = ["a", "b", "c"].map(url);
        let images = sources.split(' ').enumerate().map(|(place, source)| MigratedImage {
            url: url(&format!("hosted{place}")),
            source: (source != "-").then(|| url(source).as_str().to_owned()),
        });
        let Answer::Hosted { images } = migrated(&images.collect::<Vec<_>>(), &[], &asked) else { panic!("{sources}") };
        assert_eq!(images.len(), 3);
        assert_eq!(images.iter().all(Option::is_some), is_believed, "{sources}");
    }

    #[test]
    fn pictures_of_a_ticket_are_believed_where_their_sources_are_not_those_of_others() {
        check("- - -", true);
        check("a b c", true);
        check("a - c", true);
        check("rewritten b -", true);
        check("b a c", false);
        check("- c -", false);
        check("a b", false);
    }
}
