//! `--bodies DIR`: what a dry run would send, one file a request.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use skuload::dialect::Call;
use skuload::plan::{PlannedRequest, Write};
use skuload::record::{Image, ImageUrl};

use super::exit::{Exit, Failure};
use super::output;
use super::sending::Target;

/// Writes the body of each planned request into a new or empty folder.
pub(super) fn write(folder: &Path, requests: &[PlannedRequest], target: &Target) -> Result<(), Failure> {
    let refused =
        |error: io::Error| Failure::new(Exit::Local, format!("cannot write into {}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(refused)?;
    if fs::read_dir(folder).map_err(refused)?.next().is_some() {
        return Err(Failure::new(Exit::Usage, format!("--bodies {}: the folder is not empty", folder.display()))
            .help("name a new folder, so that bodies of two plans do not mix"));
    }
    for request in requests {
        for (name, body) in bodies(&request.id, &request.write, requests, target) {
            keep(&folder.join(name), &body).map_err(refused)?;
        }
    }
    output::say(&format!("bodies: {}", output::plain(&folder.display().to_string())));
    Ok(())
}

/// A body holds prices and products that are not published yet: it is for this user alone.
fn keep(path: &Path, body: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(body)
}

/// The bodies of one request. A picture that is not hosted yet stands with the address it comes from.
fn bodies(id: &str, write: &Write, requests: &[PlannedRequest], target: &Target) -> Vec<(String, Vec<u8>)> {
    let body = |call: &Call<'_>| {
        // What the shop was asked before the plan is known; new SKUs have no number yet.
        let ids = target.ids.of(&call.changed_skus()).unwrap_or_default();
        let body = target.dialect().body(call, &ids)?;
        let ending = if body.starts_with(b"<") { "xml" } else { "json" };
        Some((format!("{id}.{ending}"), body))
    };
    match write {
        Write::CreateProduct(create) => {
            let mut create = create.clone();
            create.resolve(|request, place| source(requests, request, place));
            body(&Call::CreateProduct(&create)).into_iter().collect()
        }
        Write::UpdateProduct(update) => body(&Call::UpdateProduct(update)).into_iter().collect(),
        Write::UpdatePriceQuantity(update) => body(&Call::UpdatePriceQuantity(&update.skus)).into_iter().collect(),
        Write::SetImages(images) => {
            let mut images = images.clone();
            images.resolve(|request, place| source(requests, request, place));
            body(&Call::SetImages(&images)).into_iter().collect()
        }
        Write::HostImages(host) => {
            let urls: Vec<ImageUrl> = host.images.iter().filter_map(on_the_web).cloned().collect();
            let call = match urls.as_slice() {
                [] => return Vec::new(),
                [url] => Call::MigrateImage(url),
                urls => Call::MigrateImages(urls),
            };
            body(&call).into_iter().collect()
        }
    }
}

fn source(requests: &[PlannedRequest], request: usize, place: usize) -> Option<ImageUrl> {
    let Write::HostImages(host) = &requests.get(request)?.write else { return None };
    on_the_web(host.images.get(place)?).cloned()
}

fn on_the_web(image: &Image) -> Option<&ImageUrl> {
    match image {
        Image::Url(url) => Some(url),
        Image::File(_) => None,
    }
}
