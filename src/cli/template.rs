//! `skuload template`: an empty sheet that asks for what categories demand. It needs no network.

use std::path::Path;

use skuload::category::Categories;
use skuload::template::{Purpose, TemplateError, template};

use super::again;
use super::args::TemplateArgs;
use super::check::country;
use super::exit::{Exit, Failure};
use super::map_file::save;
use super::output::{self, counted};
use super::settings::{Settings, quoted};
use super::sought;

pub(super) fn run(args: &TemplateArgs, settings: &Settings) -> Result<Exit, Failure> {
    settings.check_api()?;
    let path = &args.output;
    let is_xlsx = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
    if !is_xlsx {
        return Err(Failure::new(Exit::Usage, format!("-o {}: a template is a workbook", path.display()))
            .help("give it a name that ends in .xlsx: notes, lists and colours need one"));
    }
    let categories = settings.categories()?;
    let told = categories.as_ref().and_then(|categories| categories.country()?.parse().ok());
    let country = country(settings)?.or(told);
    let one = |text: &str| chosen(text, categories.as_deref(), settings);
    let wanted = args.category.iter().map(|typed| sought::each(typed, one));
    let chosen = wanted.collect::<Result<Vec<Vec<u64>>, Failure>>()?.concat();
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
    let mut command = format!("check {}", again::named(path));
    if let Some(file) = &args.categories {
        command.push_str(&format!(" --categories {}", quoted(&file.display().to_string())));
    }
    match (&args.shop, &args.country) {
        _ if settings.is_for_sandbox => command.push_str(" --sandbox"),
        (Some(shop), _) => command.push_str(&format!(" --shop {}", quoted(shop))),
        (None, Some(country)) => command.push_str(&format!(" --country {}", quoted(country))),
        (None, None) => {}
    }
    if let Some(api) = &args.api {
        command.push_str(&format!(" --api {}", quoted(api)));
    }
    settings.command(&command)
}

/// The number of a category that was typed as its number, its name or its path.
fn chosen(text: &str, categories: Option<&Categories>, settings: &Settings) -> Result<u64, Failure> {
    if let Ok(id) = text.trim().parse::<u64>() {
        return Ok(id);
    }
    let Some(categories) = categories else {
        let pull = sought::puller(settings, "");
        return Err(Failure::new(Exit::Settings, format!("the category `{text}`: no category is known here"))
            .help(format!("pull what the marketplace has with: {pull}")));
    };
    sought::category(categories, text, &sought::lister(settings)).map(|placed| placed.node.id)
}

fn failure(error: &TemplateError, settings: &Settings) -> Failure {
    match error {
        TemplateError::NotPulled { id, .. } => {
            let pull = sought::puller(settings, &format!("--category {id}"));
            Failure::new(Exit::Settings, error.to_string()).help(format!("ask the marketplace with: {pull}"))
        }
        TemplateError::Branch { .. } => {
            Failure::new(Exit::Usage, error.to_string()).help("name one that has no others below it")
        }
        TemplateError::Workbook(_) => Failure::new(Exit::Local, error.to_string()),
    }
}
