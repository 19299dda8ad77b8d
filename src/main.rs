//! The `skuload` program: what was typed goes to `cli`, what it answers becomes the exit code.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
