//! People whom another service vouches for. It says who somebody is; whom we let in, we have invited.

use crate::server::{
    db::{
        Db, now_ms,
        people::{self, Person},
        subjects,
    },
    services::error::{ServiceError, ServiceResult},
};

/// What a service says about somebody, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// The service's name, as people know it.
    pub by: String,
    pub issuer: String,
    /// What the service calls the person, whatever becomes of the address.
    pub subject: String,
    pub email: String,
}

/// The person a service vouches for. From the first time on, the account there is noted: an address that is given to
/// somebody else there does not open what belonged to the one before.
pub async fn vouched(db: &Db, voucher: &Voucher) -> ServiceResult<Person> {
    let Voucher { by, issuer, subject, email } = voucher;
    let mut tx = db.begin().await?;
    let found = people::by_email(&mut tx, email).await?;
    // Small and capital letters beyond ASCII are not told apart in the same way everywhere: those must be written the same.
    let is_exact = |person: &Person| person.email.eq_ignore_ascii_case(email) && person.disabled_at.is_none();
    let person = found.filter(is_exact).ok_or_else(|| {
        ServiceError::SignedOut(format!("Nobody with the address {email} may sign in here. Ask an administrator to invite you."))
    })?;
    let is_theirs = match subjects::of_person(&mut tx, &person.id, issuer).await? {
        Some(known) => known == *subject,
        None => subjects::put(&mut tx, &person.id, issuer, subject, now_ms()).await?,
    };
    if !is_theirs {
        return Err(ServiceError::SignedOut(format!(
            "This is another account at {by} than the one that belongs to {email} here. Ask an administrator to check it and to \
            forget the old one."
        )));
    }
    tx.commit().await?;
    Ok(person)
}

/// Forgets a person's account at the other service: the next one with their address is taken for theirs.
pub async fn forget_subject(db: &Db, person: &Person) -> ServiceResult<()> {
    let mut tx = db.begin().await?;
    if !subjects::remove(&mut tx, &person.id).await? {
        return Err(ServiceError::Refused(format!("{} never signed in through another service.", person.name)));
    }
    Ok(tx.commit().await?)
}
