//! `tieout serve`

/// Serve the page and work the syncs until stopped
#[derive(clap::Args)]
#[command(after_help = "\
Where other machines can reach it, it speaks TLS or a proxy in front of it does: tls_certificate, tls_key, trusted_proxies and \
public_url in tieout.toml say how. Without them it answers on this machine's own addresses only; a tunnel leads there from elsewhere: \
ssh -L 3000:127.0.0.1:3000 THIS-MACHINE

Example: tieout serve --listen 127.0.0.1:4000")]
pub struct Serve {
    /// Address and port of the page [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Companies synced at once [default: 8]
    #[arg(long, value_name = "N")]
    pub concurrency: Option<String>,
    /// Days for which messages of syncs are kept, 0 for ever [default: 400]
    #[arg(long, value_name = "DAYS")]
    pub keep_messages_days: Option<String>,
}
