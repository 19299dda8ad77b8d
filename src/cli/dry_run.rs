//! `--dry-run`: the plan of an import, and nothing sent.

use skuload::check::Mode;
use skuload::report::About;
use skuload::submit::{Clock, Policy};
use skuload::verdict::planned;

use super::bodies;
use super::exit::{Exit, Failure};
use super::forecast::{Forecast, Kept};
use super::go_on::{self, GoOn};
use super::import::{Import, is_sandbox};
use super::input;
use super::outcome::{self, Besides};
use super::output;
use super::reports::{self, Naming};
use super::sending::{self, Target};
use super::world::{READS, SystemClock, watch_interrupts};

impl Import<'_> {
    /// How the shop is asked. The built-in marketplace of a dry run has no other caller, and need not be spared unless a
    /// rate was set.
    pub(super) fn asking(&self, target: &Target) -> Policy {
        let is_spared = !self.args.dry_run || target.shop.is_some() || self.settings.decided.rate.is_some();
        let rate = if is_spared { self.policy.rate } else { f64::INFINITY };
        Policy { rate, ..self.policy.clone() }
    }

    pub(super) async fn dry_run(&self) -> Result<Exit, Failure> {
        watch_interrupts(READS);
        let options = self.settings.read_options()?;
        let label = input::label(&self.args.file);
        let input = input::input(&self.args.file)?;
        let (choice, hidden) = (self.settings.choice()?, self.settings.hidden()?);
        let tables = input::tables_of_shown_rows(&label, input, &options, &choice, hidden)?;
        self.begin_annotation(&tables)?;
        let target = match &self.settings.decided.shop {
            Some(shop) if !is_sandbox(self.args) => Target::shop(self.settings, shop)?,
            #[cfg(feature = "sandbox")]
            _ => Target::sandbox(self.api, None).await?,
            #[cfg(not(feature = "sandbox"))]
            _ => return Err(Failure::new(Exit::Usage, "add --shop NAME")),
        };
        let mut checked = self.check(&tables, &target)?;
        if let Some(barred) = self.guards.bar_rows(checked.summary().rows) {
            target.close().await;
            return Err(barred.failure());
        }
        let transport = sending::transport(&self.policy)?;
        let asked = self.ask(&checked, &target, &transport).await;
        let snapshot =
            asked.map_err(|stopped| go_on::failure(&stopped, &GoOn::SameCommand, target.whose(), self.settings))?;
        let mut forecast = Forecast::new(if self.mode == Mode::Create && self.args.bodies.is_none() {
            Kept::Additions
        } else {
            Kept::All
        });
        let each = &mut |request| forecast.take(request);
        let plan = self.plan(&mut checked, &snapshot, &target, &transport, each).await?;
        drop((checked, snapshot));
        if let Some(folder) = &self.args.bodies {
            bodies::write(folder, forecast.requests(), &target)?;
        }
        let verdicts = planned(&plan.rows, forecast.carriers());
        let mut exit = Exit::Done;
        if !self.settings.decided.report.is_empty() {
            let naming = Naming { run: &self.run, shop: target.shop.as_deref(), now: SystemClock.now() };
            let paths = reports::paths(&self.settings.decided.report, self.sheet.as_deref(), &naming)?;
            let mode = format!("{}, a dry run: nothing was sent", self.mode.as_str());
            let about = About { run: String::new(), ..naming.about(&label, &mode) };
            exit = reports::write(&paths, &tables, &verdicts, about);
        }
        exit = exit.and(self.annotate(&tables, &verdicts));
        forecast.tell(&plan.rows, self.lookups.get(), self.policy.rate, self.format);
        outcome::tell(&verdicts, Besides::default(), self.format);
        target.close().await;
        if let Some(barred) = self.guards.bar_changes(&plan.rows) {
            exit = exit.and(output::failure(&barred.failure()));
        }
        Ok(exit.and(sending::exit_of(&verdicts)).and(self.findings.exit(self.settings)))
    }
}
