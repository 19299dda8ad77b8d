//! `skuload template`: an empty sheet that asks for what categories demand. It needs no network.

use std::path::Path;

use skuload::category::{Categories, Node};
use skuload::column::nearest_of;
use skuload::template::{Purpose, TemplateError, template};

use super::args::TemplateArgs;
use super::check::country;
use super::exit::{Exit, Failure};
use super::map_file::save;
use super::output::{self, counted};
use super::settings::Settings;

pub(super) fn run(args: &TemplateArgs, settings: &Settings) -> Result<Exit, Failure> {
    let path = &args.output;
    let is_xlsx = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
    if !is_xlsx {
        return Err(Failure::new(Exit::Usage, format!("-o {}: a template is a workbook", path.display()))
            .help("give it a name that ends in .xlsx: notes, lists and colours need one"));
    }
    let categories = settings.categories()?;
    let told = categories.as_ref().and_then(|categories| categories.country()?.parse().ok());
    let country = country(settings)?.or(told);
    let wanted = args.category.iter().map(|text| chosen(text, categories.as_deref(), settings));
    let chosen = wanted.collect::<Result<Vec<u64>, Failure>>()?;
    let purpose = Purpose { categories: categories.as_deref(), chosen: &chosen, country };
    let workbook = template(purpose).map_err(|error| failure(&error, settings))?;
    save(path, &workbook)?;
    let shown = output::plain(&path.display().to_string());
    let of = if chosen.is_empty() {
        "for any category".to_owned()
    } else {
        format!("for {}", counted(chosen.len() as u64, "category", "categories"))
    };
    output::result(&format!("{shown}: a template {of}\n"));
    output::say(&format!("fill it in, then: {}", check(path, args, settings)));
    Ok(Exit::Done)
}

/// The command that checks what was filled in.
fn check(path: &Path, args: &TemplateArgs, settings: &Settings) -> String {
    let mut command = format!("check {}", output::plain(&path.display().to_string()));
    if let Some(file) = &args.categories {
        command.push_str(&format!(" --categories {}", file.display()));
    }
    match (&args.shop, &args.country) {
        (Some(shop), _) => command.push_str(&format!(" --shop {shop}")),
        (None, Some(country)) => command.push_str(&format!(" --country {country}")),
        (None, None) => {}
    }
    settings.command(&command)
}

/// The number of a category that was typed as its number, its name or its path.
fn chosen(text: &str, categories: Option<&Categories>, settings: &Settings) -> Result<u64, Failure> {
    if let Ok(id) = text.trim().parse::<u64>() {
        return Ok(id);
    }
    let Some(categories) = categories else {
        let pull = settings.command("category pull --shop NAME");
        return Err(Failure::new(Exit::Settings, format!("the category `{text}`: no category is known here"))
            .help(format!("pull what your shop has with: {pull}")));
    };
    let mut named = Vec::new();
    for_each(categories.tree(), &mut |node| named.push((node.id, node.name.as_str(), categories.path(node.id))));
    let is_meant = |name: &str| folded(name) == folded(text);
    let fits = named.iter().filter(|(_, name, path)| is_meant(name) || path.as_deref().is_some_and(is_meant));
    let fits: Vec<u64> = fits.map(|(id, ..)| *id).collect();
    match fits.as_slice() {
        [id] => Ok(*id),
        [] => {
            let near = nearest_of(text, named.iter().map(|(_, name, _)| *name));
            let hint = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            Err(Failure::new(Exit::Usage, format!("there is no category `{text}`"))
                .help(format!("{hint}name it by its number, or by its names with > between them")))
        }
        several => {
            let shown = several.iter().filter_map(|id| Some(format!("{} ({id})", categories.path(*id)?)));
            let shown: Vec<String> = shown.collect();
            Err(Failure::new(Exit::Usage, format!("several categories are called `{text}`: {}", shown.join(", ")))
                .help("name one by its number"))
        }
    }
}

fn for_each<'a>(nodes: &'a [Node], each: &mut impl FnMut(&'a Node)) {
    for node in nodes {
        each(node);
        for_each(&node.children, each);
    }
}

/// Case and white space do not matter, nor what stands between the names of a path.
fn folded(text: &str) -> String {
    let names = text.split(['>', '/', '»']).map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
    names.collect::<Vec<_>>().join(">").to_lowercase()
}

fn failure(error: &TemplateError, settings: &Settings) -> Failure {
    match error {
        TemplateError::NotPulled { id, .. } => {
            let shop = settings.decided.shop.as_deref().unwrap_or("NAME");
            let pull = settings.command(&format!("category pull --shop {shop} --category {id}"));
            Failure::new(Exit::Settings, error.to_string()).help(format!("ask the marketplace with: {pull}"))
        }
        TemplateError::Branch { .. } => {
            Failure::new(Exit::Usage, error.to_string()).help("name one that has no others below it")
        }
        TemplateError::Workbook(_) => Failure::new(Exit::Local, error.to_string()),
    }
}
