//! Sessions: their cookie is the library's business, where they are kept is ours. What the browser holds is kept as a hash,
//! so that nobody who reads the database or a backup can use one.

use crate::server::{
    db::{Db, now_ms, sessions},
    oidc::Leaving,
    services::people::{IDLE_MS, LONGEST_MS},
    token,
};
use async_trait::async_trait;
use axum::http::{HeaderMap, header};
use serde::Serialize;
use std::{collections::HashMap, fmt};
pub use tower_sessions::Session;
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::{
        SameSite,
        time::{Duration, OffsetDateTime},
    },
    session::{Id, Record},
    session_store::{Error, Result},
};

/// A browser keeps a cookie of this name to this very host, and sends it nowhere without encryption but to itself.
pub const COOKIE: &str = "__Host-tieout";

/// What a session says, by name.
const PERSON: &str = "person";
const ADDRESS: &str = "address";
const AGENT: &str = "agent";
/// Added when it is loaded: when it was last used.
const SEEN: &str = "seen";

const HALF_WAY: &str = "half-way";
const LEAVING: &str = "leaving";
const HALF_WAY_LASTS: Duration = Duration::minutes(10);

/// Characters of what a browser calls itself.
const LONGEST_AGENT: usize = 200;

/// Sessions in the database.
#[derive(Clone)]
pub struct Store(Db);

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

pub fn layer(db: Db) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(Store(db)).with_name(COOKIE).with_secure(true).with_same_site(SameSite::Lax)
}

/// The id a session is kept under.
pub fn kept_id(session: &Session) -> Option<String> {
    session.id().map(|id| token::hash(&id.to_string()))
}

/// Whose session it is; `None` where nobody is signed in.
pub async fn person_id(session: &Session) -> anyhow::Result<Option<String>> {
    Ok(session.get(PERSON).await?)
}

/// When it was last used, as far as that was noted.
pub async fn seen_at(session: &Session) -> anyhow::Result<i64> {
    Ok(session.get(SEEN).await?.unwrap_or_default())
}

/// Who has given the right password, and now has to give a code; and where they wanted to go.
pub async fn half_way(session: &Session) -> anyhow::Result<Option<(String, String)>> {
    Ok(session.get(HALF_WAY).await?)
}

/// Keeps that for a few minutes: nobody is signed in by it.
pub async fn keep_half_way(session: &Session, person_id: &str, to: &str) -> anyhow::Result<()> {
    keep_for_minutes(session, HALF_WAY, (person_id, to)).await
}

async fn keep_for_minutes(session: &Session, name: &str, value: impl Serialize) -> anyhow::Result<()> {
    session.cycle_id().await?;
    session.clear().await;
    session.insert(name, value).await?;
    session.set_expiry(Some(Expiry::AtDateTime(OffsetDateTime::now_utc() + HALF_WAY_LASTS)));
    Ok(())
}

/// The sign-in through another service that was begun in this session.
pub async fn leaving(session: &Session) -> anyhow::Result<Option<Leaving>> {
    Ok(session.get(LEAVING).await?)
}

/// Keeps it for a few minutes: nobody is signed in by it.
pub async fn keep_leaving(session: &Session, leaving: &Leaving) -> anyhow::Result<()> {
    keep_for_minutes(session, LEAVING, leaving).await
}

/// Takes it, where it has this state; it is there no more. Any other session stays as it is: an address that somebody made up
/// ends nothing.
pub async fn take_leaving(db: &Db, session: &Session, state: &str) -> anyhow::Result<Option<Leaving>> {
    let (Some(leaving), Some(kept)) = (leaving(session).await?, kept_id(session)) else { return Ok(None) };
    // Of two that come at once, one ends it.
    if leaving.state != state || !sessions::end(db, &kept).await? {
        return Ok(None);
    }
    session.flush().await?;
    Ok(Some(leaving))
}

/// Begins a session of a person. It gets a new id: one that somebody else may have put there leads nowhere.
pub async fn begin(session: &Session, person_id: &str, address: &str, headers: &HeaderMap) -> anyhow::Result<()> {
    session.cycle_id().await?;
    session.clear().await;
    session.insert(PERSON, person_id).await?;
    session.insert(ADDRESS, address).await?;
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    session.insert(AGENT, agent.chars().take(LONGEST_AGENT).collect::<String>()).await?;
    session.set_expiry(Some(Expiry::AtDateTime(OffsetDateTime::now_utc() + Duration::milliseconds(LONGEST_MS))));
    Ok(())
}

#[async_trait]
impl SessionStore for Store {
    /// Its id has 128 bits drawn by chance: there is no other of it.
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let text = |name: &str| record.data.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let now = now_ms();
        let session = sessions::Session {
            id: token::hash(&record.id.to_string()),
            person_id: Some(text(PERSON)).filter(|person| !person.is_empty()),
            data: serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?,
            created_at: now,
            seen_at: now,
            expires_at: ms(record.expiry_date),
            address: text(ADDRESS),
            agent: text(AGENT),
        };
        sessions::put(&self.0, &session).await.map_err(failed)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = now_ms();
        let kept = sessions::live(&self.0, &token::hash(&id.to_string()), now, now - IDLE_MS).await.map_err(failed)?;
        let Some(kept) = kept else { return Ok(None) };
        let mut data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&kept.data).map_err(|error| Error::Decode(error.to_string()))?;
        data.insert(SEEN.into(), kept.seen_at.into());
        let expiry_date = OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(kept.expires_at);
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sessions::end(&self.0, &token::hash(&id.to_string())).await.map(drop).map_err(failed)
    }
}

fn ms(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn failed(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}
