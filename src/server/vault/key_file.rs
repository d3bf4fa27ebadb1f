//! The file the keys are kept in, apart from the database so that no backup of one holds both.

use super::{VaultError, key::Key};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

const HEAD: &str = "\
# With these keys Tieout seals what lets it into accounting software. The first seals, all open.
# Keep a copy apart from the database's backups: without it every connection has to be authorised again.
";

fn failed(path: &Path, what: &str, error: impl std::fmt::Display) -> VaultError {
    VaultError::File(format!("the secret key file {} cannot be {what}: {error}", path.display()))
}

/// `None` where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<Key>>, VaultError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, "read", error)),
    };
    let mut keys = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let key = Key::parse(line);
        keys.push(key.ok_or_else(|| failed(path, "used", format!("line {} is not 32 bytes in base64", number + 1)))?);
    }
    if keys.is_empty() {
        return Err(failed(path, "used", "no key is in it; a file that is not there is made anew"));
    }
    if let Ok(facts) = fs::metadata(path)
        && facts.permissions().mode() & 0o077 != 0
    {
        tracing::warn!(file = %path.display(), "others than its owner may read the secret key file; chmod 600 keeps it to the owner");
    }
    Ok(Some(keys))
}

/// Makes the file with a new key; where another process was first, its keys are answered.
pub(super) fn create(path: &Path) -> Result<Vec<Key>, VaultError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| failed(path, "made", error))?;
    }
    let keys = vec![Key::generate()?];
    let beside = write_beside(path, &keys)?;
    // Unlike a rename, a link never takes the place of a file that is there.
    let linked = fs::hard_link(&beside, path);
    let _ = fs::remove_file(&beside);
    match linked {
        Ok(()) => Ok(keys),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| failed(path, "read", "it came and went"))
        }
        Err(error) => Err(failed(path, "made", error)),
    }
}

/// Puts other keys in the file's place, in one step.
pub(super) fn replace(path: &Path, keys: &[Key]) -> Result<(), VaultError> {
    let beside = write_beside(path, keys)?;
    fs::rename(&beside, path).map_err(|error| failed(path, "replaced", error))
}

/// The whole file under another name, safe on the disk.
fn write_beside(path: &Path, keys: &[Key]) -> Result<std::path::PathBuf, VaultError> {
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let written = (|| {
        let _ = fs::remove_file(&beside);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(HEAD.as_bytes())?;
        for key in keys {
            writeln!(file, "{}", key.text())?;
        }
        file.sync_all()
    })();
    written.map_err(|error: std::io::Error| failed(path, "written", error))?;
    Ok(beside)
}
