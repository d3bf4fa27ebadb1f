//! The server binary: what it does is said by the command line.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    tieout::server::cli::run().await
}
