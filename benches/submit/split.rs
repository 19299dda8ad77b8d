//! Where the CPU time of a durable request goes, and what that allows at best: every number is of the same run.

use std::time::Duration;

use super::server::Server;
use super::{Outcome, REQUESTS, ROUNDS, Spent};

/// Prints it, where all five clients were measured.
pub(super) fn print(figures: &[Spent], server: &Server) -> Outcome<()> {
    let [_, bare, signing, in_memory, durable] = figures else { return Ok(()) };
    let of_one = |time: Duration| time.as_secs_f64() * 1e6 / REQUESTS as f64;
    let between = |less: &Spent, more: &Spent| of_one(more.cpu) - of_one(less.cpu);
    println!("\nCPU of one request in `submit, durable journal`, us, by the differences above");
    for (name, cpu) in [
        ("the HTTP client", of_one(bare.cpu)),
        ("making and signing it, reading the reply", between(bare, signing)),
        ("deciding, SHA-256, waking between threads", between(signing, in_memory)),
        ("the journal: reading, writing, the disk", between(in_memory, durable)),
    ] {
        println!("{name:<44} {cpu:>10.0}");
    }
    let served = server.cpu_time()?.as_secs_f64() * 1e6 / (figures.len() * ROUNDS * REQUESTS) as f64;
    println!("{:<44} {served:>10.0}", "beside it the server, a process of its own");
    let cores = std::thread::available_parallelism()?.get();
    let least = (of_one(durable.cpu) + served) / cores as f64;
    println!(
        "\nOn {cores} cores that takes {least:.0} us at least, and took {:.0}; the bare loop took {:.0}. So the ratio is \
         {:.2}, and could be\n{:.2} if no thread ever waited; a marketplace lets a shop call a few times a second.",
        of_one(durable.time),
        of_one(bare.time),
        of_one(bare.time) / of_one(durable.time),
        of_one(bare.time) / least
    );
    Ok(())
}
