//! One key: what it seals carries its id, a nonce and the sealed text.

use super::VaultError;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use sha2::{Digest, Sha256};
use std::fmt::Write;

const LENGTH: usize = 32;
const NONCE: usize = 24;
/// Letters of a key's id.
pub(super) const ID_LENGTH: usize = 8;

#[derive(Clone)]
pub(super) struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
    /// As it stands in the file.
    text: String,
}

impl Key {
    pub(super) fn generate() -> Result<Key, VaultError> {
        let bytes = chacha20poly1305::Key::try_generate().map_err(|_| VaultError::NoChance)?;
        Ok(Key::of(bytes.into()))
    }

    /// 32 bytes in base64.
    pub(super) fn parse(text: &str) -> Option<Key> {
        let bytes: [u8; LENGTH] = BASE64.decode(text).ok()?.try_into().ok()?;
        Some(Key::of(bytes))
    }

    /// The id tells keys apart and nothing about them: the hash of random bytes leads back to none of them.
    fn of(bytes: [u8; LENGTH]) -> Key {
        let mut id = String::new();
        for byte in &Sha256::digest(bytes)[..ID_LENGTH / 2] {
            let _ = write!(id, "{byte:02x}");
        }
        Key { id, cipher: XChaCha20Poly1305::new(&bytes.into()), text: BASE64.encode(bytes) }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn seal(&self, secret: &str, owner: &str) -> Result<String, VaultError> {
        let nonce = XNonce::try_generate().map_err(|_| VaultError::NoChance)?;
        let payload = Payload { msg: secret.as_bytes(), aad: owner.as_bytes() };
        let sealed = self.cipher.encrypt(&nonce, payload).map_err(|_| VaultError::Broken(self.id.clone()))?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Ok(format!("{}.{}", self.id, BASE64.encode(bytes)))
    }

    pub(super) fn open(&self, sealed: &str, owner: &str) -> Result<String, VaultError> {
        let broken = || VaultError::Broken(self.id.clone());
        let (_, text) = sealed.split_once('.').ok_or_else(broken)?;
        let bytes = BASE64.decode(text).map_err(|_| broken())?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or_else(broken)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| broken())?;
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        let opened = self.cipher.decrypt(&nonce.into(), payload).map_err(|_| broken())?;
        String::from_utf8(opened).map_err(|_| broken())
    }
}
