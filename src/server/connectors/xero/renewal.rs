//! Getting the next tokens, by one worker at a time on one database. Xero uses a refresh token up when it gives the next
//! one: whoever has the claim asks, stores what comes before anybody uses it, and the others wait and read it.

use super::{
    access::Keeper,
    identity::{self, Asked},
    tokens::Tokens,
};
use crate::server::{
    connectors::ConnectorError,
    db::{new_id, now_ms, renewals, secrets},
};
use std::time::{Duration, Instant};

/// How long the claim of a worker that went away keeps the others out.
const CLAIM_MS: i64 = 20_000;
/// How long Xero may take to answer: well within the claim.
const ANSWERING: Duration = Duration::from_secs(8);
/// Times it is asked with the same token. Each answer that got lost may have used it up, and Xero takes it again.
const TRIES: u32 = 4;
/// Between the first and the second of those; it doubles.
const PAUSE: Duration = Duration::from_millis(250);
/// How often a waiting worker looks, and for how long at most.
const LOOK: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(60);

/// The tokens in place of some that ended or were refused.
pub async fn renew(keeper: &Keeper, before: &Tokens) -> Result<Tokens, ConnectorError> {
    let (owner, began) = (new_id(), Instant::now());
    loop {
        let stored = stored(keeper).await?;
        if is_instead(&stored, before) {
            return Ok(stored);
        }
        let now = now_ms();
        if renewals::claim(&keeper.db, &keeper.connection_id, &owner, now, now + CLAIM_MS).await.map_err(database)? {
            let renewed = renew_as(keeper, &owner, before).await;
            renewals::release(&keeper.db, &keeper.connection_id, &owner).await.map_err(database)?;
            match renewed {
                Ok(Some(tokens)) => return Ok(tokens),
                // Somebody else stored other ones meanwhile.
                Ok(None) => {}
                Err(error) => return Err(error),
            }
        }
        if began.elapsed() > PATIENCE {
            return Err(ConnectorError::Transient("The access to Xero is being renewed elsewhere, and it takes too long".into()));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether some tokens can be used where the others cannot be.
fn is_instead(tokens: &Tokens, before: &Tokens) -> bool {
    tokens.access_token != before.access_token && tokens.is_fresh(now_ms())
}

/// With the claim. `None`: it was lost, or there are other tokens by now.
async fn renew_as(keeper: &Keeper, owner: &str, before: &Tokens) -> Result<Option<Tokens>, ConnectorError> {
    // Between the last look and the claim somebody may have done it.
    let held = stored(keeper).await?;
    if is_instead(&held, before) {
        return Ok(Some(held));
    }
    let mut offered = held.refresh_token.as_str();
    let (mut tries, mut pause) = (0, PAUSE);
    loop {
        let asked = tokio::time::timeout(ANSWERING, identity::refresh(&held, offered)).await;
        match asked.unwrap_or_else(|_| Ok(Asked::Silent(no_answer())))? {
            Asked::Given(given) => {
                let tokens = given.following(&held);
                let kept = renewals::store(&keeper.db, &keeper.connection_id, owner, &tokens.secret()).await;
                return Ok(kept.map_err(unusable)?.then_some(tokens));
            }
            Asked::Refused => {
                let now = stored(keeper).await?;
                if (&now.refresh_token, &now.client_secret) != (&held.refresh_token, &held.client_secret) {
                    return Ok(None);
                }
                if held.is_custom() {
                    return Err(changed());
                }
                if offered == held.previous_refresh_token || held.previous_refresh_token.is_empty() {
                    return Err(ended());
                }
                // The newer one may have come from an answer that Xero knows nothing of any more.
                offered = &held.previous_refresh_token;
            }
            Asked::Silent(why) => {
                tries += 1;
                if tries >= TRIES {
                    return Err(ConnectorError::Transient(why));
                }
                tokio::time::sleep(pause).await;
                pause *= 2;
                let kept = renewals::prolong(&keeper.db, &keeper.connection_id, owner, now_ms() + CLAIM_MS).await;
                if !kept.map_err(database)? {
                    return Ok(None);
                }
            }
        }
    }
}

async fn stored(keeper: &Keeper) -> Result<Tokens, ConnectorError> {
    let secret = secrets::of_connection(&keeper.db, keeper.db.vault(), &keeper.connection_id).await.map_err(unusable)?;
    let secret = secret.ok_or_else(|| ConnectorError::NeedsReconnect("It was disconnected meanwhile".into()))?;
    Tokens::parse(&secret)
        .ok_or_else(|| ConnectorError::NeedsReconnect("What was kept of the access to Xero cannot be read".into()))
}

fn ended() -> ConnectorError {
    ConnectorError::NeedsReconnect(
        "Xero no longer renews the access: it was taken away there, or was not used for 60 days".into(),
    )
}

fn changed() -> ConnectorError {
    ConnectorError::NeedsReconnect(
        "Xero no longer takes the id and the secret of the custom connection: one of them was changed, or it was taken away there".into(),
    )
}

fn no_answer() -> String {
    format!("No answer from Xero within {} s when asked for tokens", ANSWERING.as_secs())
}

fn database(error: sqlx::Error) -> ConnectorError {
    unusable(error.into())
}

/// Our own database failed, and nothing was asked of Xero with what it did not say.
fn unusable(error: anyhow::Error) -> ConnectorError {
    tracing::error!(error = format!("{error:#}"), "the access to Xero cannot be read or stored");
    ConnectorError::Transient("Tieout’s own database did not keep the access to Xero; its log says more".into())
}
