//! From settings to a serving process, and back to its end.

use super::{
    config::Settings,
    db::{Db, moving, secrets},
    engine::Engine,
    http,
    mail::Mailer,
    oidc,
    services::people,
    state::{App, Site},
    vault::Vault,
};
use anyhow::Context;
use std::{net::TcpListener, os::unix::fs::DirBuilderExt, path::Path, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How long the end of the process may take: what is not finished by then is taken up by the next one.
const FAREWELL: Duration = Duration::from_secs(9);

/// Writes the log to standard error. Once, first of all.
pub fn log(settings: &Settings, default: &str) {
    let filter = settings.log.as_deref().unwrap_or(default);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}

/// Opens the database, its tables up to date and its secrets within reach; makes the data directory where the database
/// is in it.
pub async fn open(settings: &Settings) -> anyhow::Result<Db> {
    let db = open_sealed(settings).await?;
    secrets::prepare(&db).await?;
    Ok(db)
}

/// The same, whether or not there is a key to each secret in it.
pub async fn open_sealed(settings: &Settings) -> anyhow::Result<Db> {
    if settings.database_url.starts_with("sqlite:") && !settings.data_dir.exists() {
        make_data_dir(&settings.data_dir)
            .with_context(|| format!("the data directory {} cannot be made", settings.data_dir.display()))?;
    }
    let vault = match &settings.secret_key {
        Some(given) => Vault::of_text(&given.text).with_context(|| given.origin.clone())?,
        None => Vault::of_file(settings.secret_key_file.clone())?,
    };
    let db = Db::open(&settings.database_url, vault).await.with_context(|| settings.database_origin.clone())?;
    anyhow::ensure!(
        !moving::is_under_way(&db).await?,
        "this database is being filled by `tieout migrate-to`, which has not come to its end: run that command again first"
    );
    Ok(db)
}

/// For its owner only: it holds accounts and the keys to them.
fn make_data_dir(path: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    std::fs::write(path.join(super::config::FILE_NAME), super::config::FILE_TEXT)
}

/// Serves pages and syncs until the process is told to stop.
pub async fn serve(settings: Settings) -> anyhow::Result<()> {
    let mailer = settings.mail.as_ref().map(Mailer::new).transpose()?.map(Arc::new);
    let db = open(&settings).await?;
    let listen = settings.web.listen;
    let listener = TcpListener::bind(listen).with_context(|| {
        format!("cannot listen on {listen}; is Tieout running already? Another address can be given with --listen")
    })?;
    let tls = match &settings.web.tls {
        Some(tls) => Some(http::listen::certificate(tls, http::listen::LOOKED_EVERY).await?),
        None => None,
    };
    let oidc = match (&settings.oidc, &settings.web.public_url) {
        (Some(oidc), Some(public_url)) => Some(Arc::new(oidc::Service::of(oidc, public_url)?)),
        _ => None,
    };
    let stop = CancellationToken::new();
    let told = told_to_stop()?;
    let engine = Engine::new(db.clone(), settings.concurrency, stop.clone()).keeping_messages(settings.keep_messages_days);
    let engine = tokio::spawn(engine.serve());
    let site = Arc::new(Site { mailer, ..Site::of(&settings) });
    let listening = listener.local_addr()?;
    let address = site.origin(&listening.to_string());
    match site.public_url {
        Some(_) => println!("Tieout is at {address} and listens on {listening}"),
        None => println!("Tieout is at {address}"),
    }
    match people::link_at_start(&db).await? {
        Some(link) => println!("Open this in a browser; it lets you in, once:\n\n    {address}{link}\n"),
        None => println!("Open it in a browser."),
    }
    println!("Ctrl-C stops it. `tieout --help` says what the command line can do meanwhile.");
    let router = http::router(App { db: db.clone(), site, oidc });
    let http = tokio::spawn(http::listen::serve(router, listener, tls, stop.clone()));
    told.await;
    tracing::info!("stopping: finishing or releasing what is under way");
    stop.cancel();
    let ended = tokio::time::timeout(FAREWELL, async {
        engine.await.context("the engine failed")?;
        http.await.context("the server failed")??;
        db.close().await;
        anyhow::Ok(())
    });
    match ended.await {
        Ok(ended) => ended,
        Err(_) => {
            tracing::warn!("some work did not end in time; the next start takes it up");
            Ok(())
        }
    }
}

/// Waits for SIGTERM or Ctrl-C. They are listened for from the call on, not from the first poll: one that comes
/// before that would end the process in the middle of its work.
pub fn told_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
