//! `skuload category`: asks the marketplace what its categories demand and keeps it, so that later checks need no
//! network. It never writes to the shop.

mod brands;
pub(super) mod kept;
mod pull;
mod show;

use super::args::{CategoryArgs, CategoryCommand};
use super::exit::{Exit, Failure};
use super::settings::Settings;

pub(super) fn run(args: &CategoryArgs, settings: &Settings) -> Result<Exit, Failure> {
    match &args.command {
        CategoryCommand::Pull(args) => pull::run(args, settings),
        CategoryCommand::Show(args) => show::run(args, settings),
    }
}
