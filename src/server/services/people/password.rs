//! Passwords: which are good enough, and how they are kept. Figures after OWASP: Argon2id with 19 MiB and two passes, at
//! least 8 characters, no composition rules, and none that is easy to guess.

use super::turns;
use crate::server::services::error::{ServiceError, ServiceResult};
use argon2::{
    Argon2, PasswordHasher, PasswordVerifier,
    password_hash::{self, phc::PasswordHash},
};
use std::sync::LazyLock;

/// Characters.
const LEAST: usize = 8;
/// Bytes: longer ones cost time and protect nothing more.
const MOST: usize = 256;

/// Compared with where nobody has that address, so that the answer takes as long.
static NOBODYS: LazyLock<String> =
    LazyLock::new(|| Argon2::default().hash_password(b"nobody").map(|hash| hash.to_string()).unwrap_or_default());

/// Refuses what is too short, too long, or easy to guess for whoever knows the person's name and address.
pub fn check(password: &str, known: &[&str]) -> ServiceResult<()> {
    if password.chars().count() < LEAST {
        return Err(ServiceError::Invalid(format!("Choose a password of at least {LEAST} characters; 15 or more are better.")));
    }
    if password.len() > MOST {
        return Err(ServiceError::Invalid(format!("Choose a password of at most {MOST} bytes.")));
    }
    // Below ten to the eighth guesses: what is on lists of common passwords, and what is made from them.
    if zxcvbn::zxcvbn(password, known).score() < zxcvbn::Score::Three {
        return Err(ServiceError::Invalid(
            "This password is easy to guess: it is common, or made from common words, dates or your name. A few words that \
            have nothing to do with each other are better."
                .into(),
        ));
    }
    Ok(())
}

/// The password as it is kept.
pub async fn hash(password: &str) -> ServiceResult<String> {
    let password = password.to_owned();
    let hash = turns::take(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())).await?;
    Ok(hash.map_err(|error| anyhow::anyhow!("a password cannot be hashed: {error}"))?)
}

/// Whether it is the password of which that is kept. `None` is kept of nobody: it takes as long, and is never right.
pub async fn is_right(password: &str, kept: Option<&str>) -> ServiceResult<bool> {
    if password.len() > MOST {
        return Ok(false);
    }
    let (password, kept, exists) = (password.to_owned(), kept.map_or_else(|| NOBODYS.clone(), str::to_owned), kept.is_some());
    let verified = turns::take(move || {
        let kept = PasswordHash::new(&kept)?;
        Argon2::default().verify_password(password.as_bytes(), &kept)
    })
    .await?;
    match verified {
        Ok(()) => Ok(exists),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(anyhow::anyhow!("a password cannot be compared: {error}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_one_opens() {
        let kept = hash("correct horse battery").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_right("correct horse battery", Some(&kept)).await.unwrap());
        for wrong in ["correct horse batterz", "", "correct horse battery ", &"x".repeat(MOST + 1)] {
            assert!(!is_right(wrong, Some(&kept)).await.unwrap(), "{wrong}");
        }
        assert!(!is_right("nobody", None).await.unwrap());
    }

    #[test]
    fn easy_ones_are_refused() {
        for easy in ["short7!", "password", "Password123", "qwertyuiop", "letmein2024", "albion99", "12345678", "iloveyou1"] {
            assert!(check(easy, &["albion", "Ada Albion"]).is_err(), "{easy}");
        }
        assert!(check(&"long ".repeat(60), &[]).is_err());
        for good in ["mauve-otter-9-ferry", "correct horse battery staple", "Ünïcödé-gräphite"] {
            assert!(check(good, &["ada"]).is_ok(), "{good}");
        }
    }
}
