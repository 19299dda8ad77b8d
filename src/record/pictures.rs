//! The image cells of a row -> addresses and files, and what is wrong with them.

use super::address::{Address, Origin, classify, expires, refused_type, share_page};
use super::draft::{Draft, Entry, Findings};
use super::image::split_list;
use super::local::{Local, local};
use super::row_reader::Before;
use super::values::{Proposal, repaired};
use super::{Image, ImageUrl, Reading, Repair};
use crate::finding::Rule;
use crate::sheet::Row;

impl<'a> Draft<'a> {
    /// Every address of the row, the main one first, repeated ones once.
    pub(super) fn read_images(
        &mut self,
        row: &Row<'a>,
        reading: &Reading,
        before: &mut Before<'a>,
        findings: &mut Findings<'_>,
    ) {
        let mut cells = std::mem::take(&mut self.image_cells);
        cells.sort_by_key(|(order, _)| *order);
        for (order, entry) in cells {
            if before.origin.is_some_and(|origin| origin.holds(entry.text)) {
                self.show(order, entry.column, Image::Url(ImageUrl::sound(entry.text)), findings);
                continue;
            }
            let link = entry.column.checked_sub(1).and_then(|index| row.link(index as usize));
            for text in split_list(entry.text) {
                let part = Entry { text, ..entry };
                if let Ok(url) = ImageUrl::parse(text) {
                    before.origin = Origin::of(&url, text).or(before.origin);
                    if let Some(url) = fetched(url, part, reading, findings) {
                        self.show(order, entry.column, Image::Url(url), findings);
                    }
                    continue;
                }
                match files(part, link, reading, findings) {
                    Some(local) => {
                        self.dead_images.extend(local.dead);
                        for file in local.files {
                            self.show(order, entry.column, Image::File(file), findings);
                        }
                    }
                    None => {
                        if let Some(url) = picture(part, link, reading, findings) {
                            self.show(order, entry.column, Image::Url(url), findings);
                        }
                    }
                }
            }
        }
    }

    /// Adds a picture, where the row does not show it already.
    fn show(&mut self, order: u32, column: u32, image: Image, findings: &mut Findings<'_>) {
        if self.images.iter().any(|(_, _, there)| there.is_same(&image)) {
            findings.cell(Rule::DuplicateImage, "image", Entry::text(column, image.as_str()));
        } else {
            self.images.push((order, column, image));
        }
    }
}

/// The files that one part of a cell names, where files are looked for and it names some.
pub(super) fn files(
    entry: Entry<'_>,
    link: Option<&str>,
    reading: &Reading,
    findings: &mut Findings<'_>,
) -> Option<Local> {
    let gallery = reading.pictures.as_ref()?;
    if ImageUrl::parse(entry.text).is_ok() {
        return None;
    }
    let is_linked = link.is_some_and(|target| ImageUrl::parse(target).is_ok());
    local(entry, is_linked, gallery, findings)
}

/// The address that one part of a cell gives; what is wrong with it has been told.
pub(super) fn picture(
    entry: Entry<'_>,
    link: Option<&str>,
    reading: &Reading,
    findings: &mut Findings<'_>,
) -> Option<ImageUrl> {
    let url = match ImageUrl::parse(entry.text) {
        Ok(url) => url,
        Err(fault) => unsound(entry, fault, link, reading, findings)?,
    };
    fetched(url, entry, reading, findings)
}

/// The address, as far as the marketplace would fetch a picture from there; what speaks against it has been told.
fn fetched(url: ImageUrl, entry: Entry<'_>, reading: &Reading, findings: &mut Findings<'_>) -> Option<ImageUrl> {
    if let Some(page) = share_page(url.as_str()) {
        return shared(entry, page, reading, findings);
    }
    if let Some(fault) = url.host_fault() {
        findings.cell(Rule::ImageHost, "image", entry).message =
            format!("the picture cannot be downloaded by the marketplace: {fault}");
    }
    if let Some(why) = expires(url.as_str()) {
        findings.cell(Rule::ImageExpires, "image", entry).message =
            format!("the address of the picture holds only for a time: it has {why}");
    }
    if let Some(kind) = refused_type(url.as_str()) {
        findings.cell(Rule::ImageType, "image", entry).message =
            format!("the picture is of the type {kind}, which marketplaces refuse");
    }
    Some(url)
}

/// What is no sound address: the one inside it or behind it where there is one.
fn unsound(
    entry: Entry<'_>,
    fault: &'static str,
    link: Option<&str>,
    reading: &Reading,
    findings: &mut Findings<'_>,
) -> Option<ImageUrl> {
    let text = entry.text.trim();
    let broken = (Rule::InvalidImageUrl, format!("`{text}` is no picture address: {fault}"));
    let linked = link.and_then(|target| ImageUrl::parse(target).ok());
    let (repair, value) = match (linked, classify(text)) {
        (Some(url), _) => (Repair::LinkTarget, url.as_str().to_owned()),
        (None, Address::Wrapped { inner }) => (Repair::Wrapped, inner.to_owned()),
        (None, Address::NoScheme { proposal }) => (Repair::Scheme, proposal),
        (None, other) => {
            let finding = findings.cell(broken.0, "image", entry);
            finding.message = broken.1;
            if let Some(help) = advice(&other) {
                finding.help = help.to_owned();
            }
            return None;
        }
    };
    let url = ImageUrl::parse(&value).ok();
    let proposal = Proposal { repair, field: "image", entry, value, broken };
    url.filter(|_| repaired(proposal, reading, findings))
}

/// The page of a file-sharing service: its direct link where the service documents one.
fn shared(entry: Entry<'_>, page: Address<'_>, reading: &Reading, findings: &mut Findings<'_>) -> Option<ImageUrl> {
    let Address::SharePage { service, direct, is_proven, advice } = page else { return None };
    let message = format!("`{}` is a page of {service}, not the picture itself", entry.text.trim());
    if let Some(value) = direct.clone().filter(|_| is_proven) {
        let url = ImageUrl::parse(&value).ok();
        let broken = (Rule::SharePage, message);
        let proposal = Proposal { repair: Repair::DirectLink, field: "image", entry, value, broken };
        return url.filter(|_| repaired(proposal, reading, findings));
    }
    let finding = findings.cell(Rule::SharePage, "image", entry);
    finding.message = message;
    finding.help = match direct {
        Some(link) => format!("{advice}; a direct link to try is {link}"),
        None => advice.to_owned(),
    };
    None
}

fn advice(address: &Address<'_>) -> Option<&'static str> {
    match address {
        Address::LocalFile => {
            Some("put the file on a public web server and write its address here, or put the file beside the sheet")
        }
        Address::DataUri => {
            Some("save the picture as a file, put it on a public web server and write its address here")
        }
        Address::Formula => Some("write the picture's address itself instead of a formula"),
        Address::OtherScheme
        | Address::Other
        | Address::SharePage { .. }
        | Address::Wrapped { .. }
        | Address::NoScheme { .. } => None,
    }
}
