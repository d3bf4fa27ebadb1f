//! The keys with which access to accounting software is sealed before it is stored: whoever reads the database, or a
//! backup of it, cannot get in anywhere. XChaCha20-Poly1305, whose nonces are long enough to be drawn by chance; each
//! secret is bound to the row it is for, so that it opens in no other. A key is known by an id that follows from it, and
//! what it sealed carries that id: keys can be changed while servers run, and a missing one is named.

mod key;
mod key_file;

use key::Key;
use std::{path::PathBuf, sync::RwLock};

/// Seals and opens secrets.
pub struct Vault {
    /// The first seals, all open. Never empty.
    keys: RwLock<Vec<Key>>,
    file: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error(
        "it is sealed with the key {0}, which this server does not have: give it the secret key file, or the \
        TIEOUT_SECRET_KEY, of the server that stored it"
    )]
    MissingKey(String),
    #[error("the key {0} does not open it: it was changed, or belongs to another row")]
    Broken(String),
    #[error("it is not sealed as this version seals secrets")]
    Foreign,
    #[error("the system gave no random numbers")]
    NoChance,
    #[error("{0}")]
    File(String),
}

impl Vault {
    /// The keys of a file, one in base64 a line; made, for its owner only, where there is none yet.
    pub fn of_file(path: PathBuf) -> Result<Vault, VaultError> {
        let keys = match key_file::read(&path)? {
            Some(keys) => keys,
            None => key_file::create(&path)?,
        };
        Ok(Vault { keys: RwLock::new(keys), file: Some(path) })
    }

    /// Keys in base64, a comma between them: the first seals, all open.
    pub fn of_text(text: &str) -> Result<Vault, VaultError> {
        let keys: Option<Vec<Key>> = text.split(',').map(|key| Key::parse(key.trim())).collect();
        match keys {
            Some(keys) if !keys.is_empty() => Ok(Vault { keys: RwLock::new(keys), file: None }),
            _ => Err(VaultError::File(
                "32 bytes in base64 are expected, as `openssl rand -base64 32` gives them, and a comma between several".into(),
            )),
        }
    }

    /// A key that nobody else has and that ends with the process.
    pub fn of_chance() -> Result<Vault, VaultError> {
        Ok(Vault { keys: RwLock::new(vec![Key::generate()?]), file: None })
    }

    /// Seals a secret for the row that `owner` names.
    pub fn seal(&self, secret: &str, owner: &str) -> Result<String, VaultError> {
        // Another process may have put a newer key first.
        self.read_again()?;
        self.with_keys(|keys| keys[0].seal(secret, owner))
    }

    /// Opens what [`Vault::seal`] answered for the same owner.
    pub fn open(&self, sealed: &str, owner: &str) -> Result<String, VaultError> {
        let id = key_id(sealed).ok_or(VaultError::Foreign)?;
        if !self.has(id) {
            self.read_again()?;
        }
        self.with_keys(|keys| match keys.iter().find(|key| key.id() == id) {
            Some(key) => key.open(sealed, owner),
            None => Err(VaultError::MissingKey(id.to_owned())),
        })
    }

    /// Ids of the keys; the first seals.
    pub fn key_ids(&self) -> Vec<String> {
        self.with_keys(|keys| keys.iter().map(|key| key.id().to_owned()).collect())
    }

    pub fn has(&self, id: &str) -> bool {
        self.with_keys(|keys| keys.iter().any(|key| key.id() == id))
    }

    /// Puts a new key first in the file, and leaves out those that seal nothing any more; `in_use`: ids of those that do.
    /// The key that was first stays: a running server may be sealing with it at this moment.
    pub fn rotate(&self, in_use: &[String]) -> Result<(), VaultError> {
        let Some(path) = &self.file else {
            return Err(VaultError::File(
                "the keys come from TIEOUT_SECRET_KEY: put a new one first there and the old one after a comma, start the \
                servers anew, and then seal everything with it by `tieout keys reseal`"
                    .into(),
            ));
        };
        self.read_again()?;
        let mut keys = vec![Key::generate()?];
        self.with_keys(|old| {
            let kept = old.iter().enumerate().filter(|(place, key)| *place == 0 || in_use.iter().any(|id| id == key.id()));
            keys.extend(kept.map(|(_, key)| key.clone()));
        });
        key_file::replace(path, &keys)?;
        self.set(keys);
        Ok(())
    }

    fn read_again(&self) -> Result<(), VaultError> {
        let Some(path) = &self.file else { return Ok(()) };
        // A file that is gone takes nothing away from a process that has read it.
        if let Some(keys) = key_file::read(path)? {
            self.set(keys);
        }
        Ok(())
    }

    fn with_keys<T>(&self, read: impl FnOnce(&[Key]) -> T) -> T {
        read(&self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    fn set(&self, keys: Vec<Key>) {
        *self.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner) = keys;
    }
}

/// The id of the key a secret was sealed with; `None` for what is not sealed.
pub fn key_id(sealed: &str) -> Option<&str> {
    let (id, _) = sealed.split_once('.')?;
    (id.len() == key::ID_LENGTH && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_sealed_opens_for_its_owner_only_and_shows_nothing() {
        let vault = Vault::of_chance().unwrap();
        let (sealed, again) = (vault.seal("the access key", "a").unwrap(), vault.seal("the access key", "a").unwrap());
        assert_ne!(sealed, again);
        assert!(!sealed.contains("access"));
        assert_eq!(vault.open(&sealed, "a").unwrap(), "the access key");
        assert!(matches!(vault.open(&sealed, "b"), Err(VaultError::Broken(_))));
        let mut bytes = sealed.clone().into_bytes();
        let last = bytes.len() - 1;
        bytes[last] = if bytes[last] == b'A' { b'B' } else { b'A' };
        assert!(vault.open(&String::from_utf8(bytes).unwrap(), "a").is_err());
        assert!(matches!(vault.open("plain", "a"), Err(VaultError::Foreign)));
        let other = Vault::of_chance().unwrap();
        let missing = other.open(&sealed, "a").unwrap_err();
        assert!(missing.to_string().contains(&vault.key_ids()[0]));
    }

    #[test]
    fn a_key_file_is_made_once_for_its_owner_and_rotates_under_a_running_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let (first, second) = (Vault::of_file(path.clone()).unwrap(), Vault::of_file(path.clone()).unwrap());
        assert_eq!(first.key_ids(), second.key_ids());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let old = first.seal("x", "a").unwrap();
        second.rotate(&first.key_ids()).unwrap();
        // The other process learns of the new key by itself, for sealing and for opening.
        let new = second.seal("y", "a").unwrap();
        assert_eq!(first.open(&new, "a").unwrap(), "y");
        assert_eq!(key_id(&first.seal("z", "a").unwrap()), key_id(&new));
        assert_eq!(second.open(&old, "a").unwrap(), "x");
        // Twice later the first key, which seals nothing any more, is gone.
        second.rotate(&[]).unwrap();
        assert_eq!(second.key_ids().len(), 2);
        assert!(matches!(Vault::of_file(path.clone()).unwrap().open(&old, "a"), Err(VaultError::MissingKey(_))));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn keys_that_cannot_be_are_refused_without_being_shown() {
        for text in ["", "c2hvcnQ=", "not base64 at all", "AAAA,"] {
            let refused = Vault::of_text(text).err().unwrap().to_string();
            assert!(refused.contains("openssl rand -base64 32") && !refused.contains("c2hv"), "{refused}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        std::fs::write(&path, "# only a comment\n").unwrap();
        let refused = Vault::of_file(path).err().unwrap().to_string();
        assert!(refused.contains("secret.key"), "{refused}");
    }
}
