//! `skuload sandbox`: the stand-in marketplace until it is told to stop.

use std::fs;

use skuload::sandbox::{Faults, Options, Sandbox};

use super::args::SandboxArgs;
use super::exit::{Exit, Failure};
use super::output;
use super::world;

/// Serves until interrupted.
pub(super) fn run(args: &SandboxArgs) -> Result<Exit, Failure> {
    let faults = match &args.faults {
        None => Faults::default(),
        Some(path) => {
            let text = fs::read_to_string(path)
                .map_err(|error| Failure::new(Exit::Settings, format!("cannot read {}: {error}", path.display())))?;
            Faults::from_toml(&text)
                .map_err(|error| Failure::new(Exit::Settings, format!("{} is not sound: {error}", path.display())))?
        }
    };
    let faults = match &args.country {
        None => faults,
        Some(country) => faults
            .in_country(country)
            .ok_or_else(|| Failure::new(Exit::Usage, format!("`{country}` is no country of the marketplace")))
            .map_err(|failure| failure.help("name one of sg, my, id, ph, th, vn"))?,
    };
    let options = Options { port: args.port, faults, seed: args.seed, store: args.store.clone(), ..Options::default() };
    world::runtime()?.block_on(async {
        let mut interrupts = world::Interrupts::new();
        let sandbox = start(options).await?;
        output::result(&(sandbox.ready_line() + "\n"));
        interrupts.next().await;
        sandbox.stop().await;
        Ok(Exit::Done)
    })
}

/// Starts one in this process.
pub(super) async fn start(options: Options) -> Result<Sandbox, Failure> {
    let sandbox = Sandbox::start(options).await;
    sandbox.map_err(|error| Failure::new(Exit::Local, format!("the sandbox cannot start: {error}")))
}
