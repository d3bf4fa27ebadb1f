//! The light daily check of a connection: does the accounting side still let us in, and to the same organisation? It
//! finds a lost access before the next sync does.

use super::{another, existing};
use crate::{
    domain::connection::Access,
    server::{
        connectors::{self, ConnectorError},
        db::{
            Db, companies,
            connections::{self, Connection},
            now_ms, secrets, status,
        },
        services::error::{ServiceError, ServiceResult},
    },
};
use sha2::{Digest, Sha256};

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What a check said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probed {
    Well,
    /// Access is lost; the sentence says why.
    Lost(String),
    /// It could not be told now; the sentence says why.
    Unclear(String),
}

/// When a company's connection is next checked, after `now`: once a day, at a moment of the day that is its own, so
/// that the checks of many are spread evenly.
pub fn next(company_id: &str, now: i64) -> i64 {
    let digest = Sha256::digest(company_id.as_bytes());
    let moment = i64::from(u32::from_be_bytes([digest[4], digest[5], digest[6], digest[7]])) % DAY_MS;
    now + 1 + (moment - now - 1).rem_euclid(DAY_MS)
}

/// Connections whose check is due, at most so many.
pub async fn due(db: &Db, limit: i64) -> sqlx::Result<Vec<Connection>> {
    connections::probes_due(db, now_ms(), limit).await
}

/// Checks one that is due, if nobody else does so: whoever moves its time on makes the check.
pub async fn probe_due(db: &Db, due: &Connection) -> ServiceResult<()> {
    if !connections::move_probe(db, &due.id, due.next_probe_at, next(&due.company_id, now_ms())).await? {
        return Ok(());
    }
    match probe(db, &due.company_id).await {
        // Access was given up or lost meanwhile.
        Ok(_) | Err(ServiceError::Refused(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Asks the accounting side now, and keeps what it said. A failure on the way changes nothing but that.
pub async fn probe(db: &Db, company_id: &str) -> ServiceResult<Probed> {
    let connection = existing(connections::of_company(db, company_id).await?)?;
    match connection.access() {
        Access::Valid => {}
        Access::Lost => return Err(ServiceError::Refused("Access was lost already: reconnect.".into())),
        Access::Disconnected => return Err(ServiceError::Refused("It is disconnected: connect it again first.".into())),
    }
    let grant = secrets::grant_of_connection(db, &connection.id).await?;
    let connector = connectors::open(db, &connection).await?;
    let answer = connector.probe().await;

    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let company = companies::by_id(&mut tx, company_id).await?;
    let company = company.ok_or_else(|| ServiceError::NotFound("There is no such company.".into()))?;
    let before = existing(connections::of_company(&mut tx, company_id).await?)?;
    // What was asked with a grant that is not in use any more says nothing of the present one.
    if before.access() != Access::Valid || secrets::grant_of_connection(&mut tx, &before.id).await? != grant {
        return Ok(Probed::Unclear("The connection was changed meanwhile.".into()));
    }
    let (probed, named) = match answer {
        Ok(organisation) if organisation.id == before.organisation_id => {
            (Probed::Well, Some((organisation.name, organisation.short_code)))
        }
        Ok(organisation) => (Probed::Lost(another(&organisation.name, &company, &before)), None),
        Err(ConnectorError::NeedsReconnect(reason)) => (Probed::Lost(reason), None),
        Err(ConnectorError::Protocol(detail)) => {
            tracing::warn!(company = company.code, detail, "the accounting side answered a check out of its protocol");
            (Probed::Unclear("Its answer was not one we know.".into()), None)
        }
        Err(other) => (Probed::Unclear(other.to_string()), None),
    };
    let error = match &probed {
        Probed::Well => None,
        Probed::Lost(reason) | Probed::Unclear(reason) => Some(reason.as_str()),
    };
    connections::probed(&mut tx, &before.id, now, error).await?;
    let renamed = named.filter(|(name, code)| (name, code) != (&before.organisation_name, &before.short_code));
    if let Some((name, code)) = &renamed {
        connections::name_organisation(&mut tx, &before.id, name, code.as_deref()).await?;
    }
    match &probed {
        Probed::Lost(reason) => connections::set_access(&mut tx, &before.id, Access::Lost, Some(reason)).await?,
        // Sooner than in a day, while it is unclear.
        Probed::Unclear(_) if before.next_probe_at.is_some() => {
            connections::set_next_probe(&mut tx, &before.id, Some(now + HOUR_MS)).await?
        }
        _ => {}
    }
    // Nobody has to be told that all is as it was.
    if error != before.probe_error.as_deref() || renamed.is_some() {
        status::refresh(&mut tx, company_id, now).await?;
    }
    tx.commit().await?;
    Ok(probed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_moment_of_the_day() {
        let begin = 1_800_000_000_000;
        let mut moments: Vec<i64> = (0..200).map(|n| next(&format!("company-{n}"), begin)).collect();
        for (n, at) in moments.iter().enumerate() {
            assert!(*at > begin && *at <= begin + DAY_MS);
            assert_eq!(next(&format!("company-{n}"), *at), at + DAY_MS, "once a day");
            assert_eq!(next(&format!("company-{n}"), at - 1), *at);
        }
        moments.sort_unstable();
        let widest = moments.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(widest < Some(DAY_MS / 10), "they are spread over the day");
    }
}
