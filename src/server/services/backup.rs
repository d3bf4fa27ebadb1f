//! Backups: a consistent copy of everything while servers run, proved to be whole, and restored into an empty database
//! of either kind. The keys that seal access are not in it: whoever has the backup alone gets in nowhere.

use super::error::{ServiceError, ServiceResult};
use crate::server::{
    db::{Db, backup, status},
    vault::Vault,
};
use anyhow::Context;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// What a copy holds and how it was found.
pub struct Copied {
    pub rows: u64,
    /// Stored statuses and counts that differ from what their facts add up to, as `tieout check` tells them.
    pub findings: Vec<String>,
}

/// Writes everything into a new file, and proves the file by opening it and running the check on it. The name appears
/// only when it is complete.
pub async fn backup(db: &Db, file: &Path) -> ServiceResult<Copied> {
    if file.exists() {
        return Err(ServiceError::Refused(format!("{} exists already: choose another name.", file.display())));
    }
    let part = beside(file, "part")?;
    let made = make(db, &part).await;
    let copied = match made {
        Ok(copied) => copied,
        Err(error) => {
            remove(&part);
            return Err(error);
        }
    };
    fs::rename(&part, file).with_context(|| format!("{} cannot be given its name", file.display()))?;
    Ok(copied)
}

async fn make(db: &Db, part: &Path) -> ServiceResult<Copied> {
    remove(part);
    if db.is_postgres() {
        let copy = open(part).await?;
        let mut snapshot = db.snapshot().await?;
        let mut tx = copy.begin().await?;
        for table in backup::tables(&copy).await? {
            backup::copy(&table, &mut snapshot, &mut tx).await.with_context(|| format!("table {}", table.name))?;
        }
        tx.commit().await?;
        copy.close().await;
    } else {
        let path = part.to_str().ok_or_else(|| ServiceError::Invalid("The file's name must be UTF-8.".into()))?;
        backup::write_sqlite_copy(db, path).await.with_context(|| format!("{path} cannot be written"))?;
    }
    fs::set_permissions(part, fs::Permissions::from_mode(0o600)).context("the backup cannot be kept to its owner")?;
    let copy = open(part).await?;
    let proved = prove(&copy).await;
    copy.close().await;
    // The log beside the file was folded into it by the last connection to close.
    proved
}

/// Fills an empty database from a backup, of any earlier version too.
pub async fn restore(db: &Db, file: &Path, work_dir: &Path) -> ServiceResult<Copied> {
    if !file.is_file() {
        return Err(ServiceError::NotFound(format!("There is no file {}.", file.display())));
    }
    if !backup::is_empty(db).await? {
        return Err(ServiceError::Refused(
            "This database holds companies already, and a backup goes into an empty one: give another with --database-url or \
            --data-dir."
                .into(),
        ));
    }
    // A copy, for its tables may have to be brought up to date, and the backup stays as it is.
    let copy_path = beside(&work_dir.join("restore.sqlite"), "part")?;
    remove(&copy_path);
    fs::copy(file, &copy_path).with_context(|| format!("{} cannot be copied", file.display()))?;
    let restored = restore_from(db, &copy_path, file).await;
    remove(&copy_path);
    restored
}

async fn restore_from(db: &Db, copy_path: &Path, file: &Path) -> ServiceResult<Copied> {
    let unfit = |error: anyhow::Error| ServiceError::Invalid(format!("{} is no backup of Tieout: {error:#}.", file.display()));
    let copy = open(copy_path).await.map_err(unfit)?;
    let broken = backup::broken_pages(&copy).await.map_err(|error| unfit(error.into()))?;
    if !broken.is_empty() {
        return Err(ServiceError::Invalid(format!("{} is damaged: {}.", file.display(), broken.join("; "))));
    }
    let mut snapshot = copy.snapshot().await?;
    let mut tx = db.begin().await?;
    if !backup::is_empty(&mut tx).await? {
        return Err(ServiceError::Refused("Something was stored in this database meanwhile; nothing was restored.".into()));
    }
    for table in backup::tables(&copy).await? {
        backup::copy(&table, &mut snapshot, &mut tx).await.with_context(|| format!("table {}", table.name))?;
    }
    tx.commit().await?;
    drop(snapshot);
    copy.close().await;
    prove(db).await
}

async fn prove(db: &Db) -> ServiceResult<Copied> {
    if !db.is_postgres() {
        let broken = backup::broken_pages(db).await?;
        if !broken.is_empty() {
            return Err(ServiceError::Internal(anyhow::anyhow!("the copy is damaged: {}", broken.join("; "))));
        }
    }
    Ok(Copied { rows: backup::rows(db).await?, findings: status::check(db).await? })
}

/// Opens a copy with its tables up to date. Nothing in it is sealed or opened here.
async fn open(path: &Path) -> anyhow::Result<Db> {
    Db::open(&crate::server::config::sqlite_url(path), Vault::of_chance()?).await
}

fn beside(file: &Path, ending: &str) -> ServiceResult<PathBuf> {
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| ServiceError::Invalid(format!("{} is no name of a file.", file.display())))?;
    Ok(file.with_file_name(format!("{name}.{}.{ending}", std::process::id())))
}

/// A copy that did not come to its end, and what SQLite keeps beside it.
fn remove(path: &Path) {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let _ = fs::remove_file(name);
    }
}
