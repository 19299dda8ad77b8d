//! The pictures of an import: those on the web are looked at, those in files copied into the run.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use skuload::check::{Checked, Look};
use skuload::finding::Finding;
use skuload::journal::Run;
use skuload::picture::Gallery;
use skuload::plan::{Plan, Write};
use skuload::record::{Image, ImageFile, ImageUrl};
use skuload::submit::{HttpTransport, Preflight, Stopped};

use super::args::Format;
use super::exit::{Exit, Failure};
use super::output::{self, counted};
use super::progress::Bars;
use super::world::interrupted;

/// So many pictures are copied together: each waits for the disk.
const COPIED_TOGETHER: usize = 8;

/// The pictures that a request brings to the marketplace.
fn brought(write: &Write) -> &[Image] {
    match write {
        Write::HostImages(host) => &host.images,
        Write::CreateProduct(_) | Write::SetImages(_) => &[],
        Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) => &[],
    }
}

/// The pictures on the web that a plan needs, each once.
#[derive(Default)]
pub(super) struct OnTheWeb {
    seen: HashSet<ImageUrl>,
    urls: Vec<ImageUrl>,
}

impl OnTheWeb {
    /// Adds those of a request.
    pub(super) fn take(&mut self, write: &Write) {
        for image in brought(write) {
            match image {
                Image::Url(url) if self.seen.insert(url.clone()) => self.urls.push(url.clone()),
                Image::Url(_) | Image::File(_) => {}
            }
        }
    }
}

/// Looks at the pictures on the web that a plan needs, and takes the dead ones out of the records. Those that could not
/// be looked at stay: the marketplace fetches them itself.
pub(super) async fn preflight(
    OnTheWeb { urls, .. }: OnTheWeb,
    checked: &mut Checked,
    transport: &HttpTransport,
    hosts: usize,
    format: Format,
) -> Result<Vec<Finding>, Stopped> {
    let bars = Bars::new();
    let bar = (format == Format::Human && !urls.is_empty()).then(|| bars.add("looking", Some(urls.len() as u64)));
    let progress = |done: usize, unsound: usize| {
        if let Some(bar) = &bar {
            bar.set(done as u64, unsound as u64);
        }
    };
    let preflight = Preflight { urls: &urls, hosts, interrupted: interrupted(), progress: &progress };
    let unfetched = transport.preflight(&preflight).await;
    if let Some(bar) = &bar {
        bar.finish();
    }
    let unfetched = unfetched.ok_or(Stopped::Interrupted)?;
    let unclear = unfetched.values().filter(|why| why.may_pass()).count();
    let dead = unfetched.len() - unclear;
    for (count, what) in [(dead, "cannot be had"), (unclear, "could not be looked at, and are sent all the same")] {
        if format == Format::Human && count > 0 {
            let all = counted(urls.len() as u64, "picture", "pictures");
            output::say(&format!("{count} of {all} on the web {what}"));
        }
    }
    Ok(checked.look_at_pictures(|url| {
        let why = unfetched.get(url)?;
        Some(if why.may_pass() { Look::Unclear(why.to_string()) } else { Look::Dead(why.to_string()) })
    }))
}

/// Copies the pictures in files that a plan needs into the run's own folder: from here on nobody needs the
/// merchant's.
pub(super) fn keep(plan: &Plan, gallery: &Gallery, run: &Run) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    let files = plan.requests.iter().flat_map(|request| brought(&request.write)).filter_map(|image| match image {
        Image::File(file) => seen.insert(&*file.sha256).then_some(file),
        Image::Url(_) => None,
    });
    let files: Vec<&ImageFile> = files.collect();
    if files.is_empty() {
        return Ok(());
    }
    let folder = run.pictures();
    let local = |error: io::Error| Failure::new(Exit::Local, format!("cannot write {}: {error}", folder.display()));
    create(&folder).map_err(local)?;
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<Failure>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..COPIED_TOGETHER.min(files.len()) {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = copy(file, gallery, &folder) {
                        next.store(files.len(), Ordering::Relaxed);
                        failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(failure);
                    }
                }
            });
        }
    });
    if let Some(failure) = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(failure);
    }
    sync(&folder).and_then(|()| sync(run.folder())).map_err(local)
}

fn copy(file: &ImageFile, gallery: &Gallery, folder: &Path) -> Result<(), Failure> {
    let bytes = gallery.bytes(&file.name, &file.sha256).map_err(|why| {
        Failure::new(Exit::Input, why).help("nothing was sent; leave the pictures alone and run the same command again")
    })?;
    let path = folder.join(&*file.sha256);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&path).and_then(|mut copy| copy.write_all(&bytes).and_then(|()| copy.sync_all()));
    written.map_err(|error| {
        Failure::new(Exit::Local, format!("cannot write {}: {error}", path.display()))
            .help("free some space; nothing was sent, run the same command again")
    })
}

fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes the entries of a folder survive a power cut.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}
