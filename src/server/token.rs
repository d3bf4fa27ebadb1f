//! Secrets that open something to whoever holds them: drawn by chance, long enough never to be guessed, and kept as a
//! hash only, so that nobody who reads the database can use one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::aead::Generate;
use sha2::{Digest, Sha256};

/// Bytes drawn by chance, 32 at most.
pub fn bytes<const N: usize>() -> anyhow::Result<[u8; N]> {
    const { assert!(N <= 32) };
    let drawn = chacha20poly1305::Key::try_generate().map_err(|_| anyhow::anyhow!("the system gave no random numbers"))?;
    let mut bytes = [0; N];
    bytes.copy_from_slice(&drawn[..N]);
    Ok(bytes)
}

/// 256 bits, as text for an address.
pub fn new() -> anyhow::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// What is kept of one. It needs no salt and no slowness: nobody guesses 128 bits and more.
pub fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_hashes_do_not_hold_them() {
        let (one, other) = (new().unwrap(), new().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        assert_eq!(hash(&one), hash(&one));
        assert_ne!(hash(&one), hash(&other));
        assert!(!hash(&one).contains(&one[..8]));
    }
}
