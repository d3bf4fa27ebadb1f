//! The second factor: codes of six digits that a person's device makes (TOTP, RFC 6238), each good once, and recovery codes
//! for when the device is lost.

use super::sign_in::slowed;
use crate::{
    domain::person::Enrolment,
    server::{
        db::{Db, Tx, now_ms, people::Person, second_factors, secrets, sign_ins},
        services::error::{ServiceError, ServiceResult},
        token,
    },
};
use qrcode::{QrCode, render::svg};
use totp_rs::{Builder, Secret, Totp};

/// What a device shows above its codes.
const ISSUER: &str = "Tieout";

/// Recovery codes of a person. Each has 120 bits: nobody guesses one, so a plain hash keeps it.
const RECOVERY_CODES: usize = 8;

/// How it is with a person's second factor.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    Off,
    /// Begun: the device has it, and no code was seen yet.
    Begun(Enrolment),
    /// Since when it is asked for, and how many recovery codes are left.
    On {
        since: i64,
        codes_left: i64,
    },
}

/// Whether a person is asked for a code.
pub async fn is_on(db: &Db, person_id: &str) -> ServiceResult<bool> {
    Ok(second_factors::of_person(db, person_id).await?.is_some_and(|factor| factor.confirmed_at.is_some()))
}

pub async fn state(db: &Db, person: &Person) -> ServiceResult<State> {
    match second_factors::of_person(db, &person.id).await? {
        None => Ok(State::Off),
        Some(factor) => match factor.confirmed_at {
            Some(since) => Ok(State::On { since, codes_left: second_factors::recovery_codes_left(db, &person.id).await? }),
            None => {
                let secret = secrets::of_second_factor(db, db.vault(), &person.id).await?.unwrap_or_default();
                let address = totp(&secret, &person.email)?.to_url().map_err(unusable)?;
                let picture = QrCode::new(&address).map_err(|error| anyhow::anyhow!("no QR code: {error}"))?;
                let picture = picture.render::<svg::Color>().min_dimensions(180, 180).build();
                let groups: Vec<String> =
                    secret.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
                Ok(State::Begun(Enrolment { secret: groups.join(" "), address, picture }))
            }
        },
    }
}

fn unusable(error: totp_rs::TotpError) -> ServiceError {
    ServiceError::Internal(anyhow::anyhow!("a second factor cannot be used: {error}"))
}

fn totp(secret: &str, email: &str) -> ServiceResult<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(|_| anyhow::anyhow!("a second factor's secret is none"))?;
    // Six digits, thirty seconds, SHA-1, one step of tolerance: what every device knows.
    let builder = Builder::new().with_secret(secret).with_account_name(email.replace(':', " ")).with_issuer(Some(ISSUER));
    builder.build().map_err(unusable)
}

/// Makes a secret for a person's device. One that is asked for already stays.
pub async fn begin(db: &Db, person: &Person) -> ServiceResult<()> {
    if is_on(db, &person.id).await? {
        return Err(ServiceError::Refused("The second factor is on already: take it away first.".into()));
    }
    let bytes: [u8; 20] = token::bytes()?;
    let sealed = secrets::seal_of_second_factor(db.vault(), &person.id, &Secret::from(bytes).to_base32())?;
    let mut tx = db.begin().await?;
    second_factors::put(&mut tx, &person.id, &sealed).await?;
    Ok(tx.commit().await?)
}

/// Gives up one that is not asked for yet.
pub async fn cancel(db: &Db, person: &Person) -> ServiceResult<()> {
    if is_on(db, &person.id).await? {
        return Err(ServiceError::Refused("The second factor is on: a code is needed to take it away.".into()));
    }
    take_away(db, &person.id).await
}

/// Asks for codes from now on, once the device has made a right one; answers the recovery codes, which are shown this once.
pub async fn confirm(db: &Db, person: &Person, code: &str) -> ServiceResult<Vec<String>> {
    if !matches!(state(db, person).await?, State::Begun(_)) {
        return Err(ServiceError::Refused("Begin with setting up the second factor.".into()));
    }
    let codes = (0..RECOVERY_CODES).map(|_| recovery_code()).collect::<anyhow::Result<Vec<_>>>()?;
    let hashes: Vec<String> = codes.iter().map(|code| token::hash(&plain(code))).collect();
    let mut tx = db.begin().await?;
    if !use_code(db, &mut tx, person, code).await? {
        return Err(ServiceError::Invalid("The code is not the one the device shows now. Is its clock right?".into()));
    }
    second_factors::confirm(&mut tx, &person.id, now_ms(), &hashes).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes a person's second factor away, after a right code.
pub async fn remove(db: &Db, person: &Person, code: &str) -> ServiceResult<()> {
    check(db, person, code).await?;
    take_away(db, &person.id).await
}

/// The same without a code: for administrators, whose colleague has lost the device and the recovery codes.
pub async fn take_away(db: &Db, person_id: &str) -> ServiceResult<()> {
    let mut tx = db.begin().await?;
    second_factors::remove(&mut tx, person_id).await?;
    Ok(tx.commit().await?)
}

/// Refuses what is neither the device's code of now nor a recovery code; either is used up by it. Guessing is slowed.
pub async fn check(db: &Db, person: &Person, code: &str) -> ServiceResult<()> {
    let key = format!("second factor {}", person.id);
    slowed(db, &key).await?;
    let mut tx = db.begin().await?;
    let is_right = use_code(db, &mut tx, person, code).await?
        || second_factors::use_recovery_code(&mut tx, &person.id, &token::hash(&plain(code))).await?;
    if !is_right {
        return Err(ServiceError::SignedOut("The code is not right, or was used already.".into()));
    }
    sign_ins::forget(&mut tx, &key).await?;
    Ok(tx.commit().await?)
}

async fn use_code(db: &Db, tx: &mut Tx, person: &Person, code: &str) -> ServiceResult<bool> {
    let Some(secret) = secrets::of_second_factor(&mut *tx, db.vault(), &person.id).await? else { return Ok(false) };
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = now_ms().unsigned_abs() / 1000;
    match totp(&secret, &person.email)?.check(&digits, seconds) {
        Some(step) => Ok(second_factors::use_step(tx, &person.id, i64::try_from(step).unwrap_or(i64::MAX)).await?),
        None => Ok(false),
    }
}

/// `abcd-efgh-ijkl-mnop-qrst-uvwx`: 24 of 32 letters and digits.
fn recovery_code() -> anyhow::Result<String> {
    let bytes: [u8; 15] = token::bytes()?;
    let text = Secret::from(bytes.to_vec()).to_base32().to_lowercase();
    let groups: Vec<String> = text.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    Ok(groups.join("-"))
}

/// A recovery code as it is compared: people leave hyphens out, and write capitals.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}
