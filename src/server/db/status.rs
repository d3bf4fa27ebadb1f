//! The only writer of what is derived: each company's status, its counts per status, and the change feed. A
//! transaction that changed a fact ends by calling [`refresh`], so stored and derived cannot part.

use super::query::{On, Query, sql};
use super::sees::{Seen, Sees};
use super::{Db, Tx, companies, groups, left_out, problems::NEEDS_A_PERSON, tie_outs};
use crate::domain::{
    message::Entity,
    provider::Provider,
    status::{Authorisation, Pipeline, StatusFacts, SyncStatus},
};

/// The facts of one company as they are stored.
#[derive(Debug, sqlx::FromRow)]
struct Facts {
    id: String,
    code: String,
    group_id: String,
    stored_provider: String,
    stored_status: String,
    stored_open_errors: i64,
    stored_paused: i64,
    archived_at: Option<i64>,
    /// Of which group's archive the company is in.
    archive_of: Option<String>,
    provider: Option<String>,
    organisation: Option<String>,
    authorisation: Option<String>,
    lost_reason: Option<String>,
    onboarded_at: Option<i64>,
    paused_by: Option<String>,
    /// Where access was asked for that is not used yet.
    asked_of: Option<String>,
    approved_at: Option<i64>,
    trouble: Option<String>,
    active_run_id: Option<String>,
    /// The latest ended run that tells of the whole pipeline: a full one, or any that stopped.
    pipeline_state: Option<String>,
    pipeline_reason: Option<String>,
    last_run_id: Option<String>,
    last_run_at: Option<i64>,
    last_success_at: Option<i64>,
    open_errors: i64,
}

/// Ids sort by time and a company has one active run at a time, so the greatest id ended last.
fn facts_of() -> String {
    format!(
        "SELECT c.id, c.code, c.group_id, c.provider AS stored_provider, c.status AS stored_status, c.open_errors AS stored_open_errors,
        c.paused AS stored_paused, c.archived_at, g.archive_of,
        k.provider, k.organisation_name AS organisation, k.authorisation, k.lost_reason, k.onboarded_at,
        CASE WHEN k.paused_at IS NOT NULL THEN k.paused_by END AS paused_by,
        asked.provider AS asked_of, asked.approved_at, asked.trouble,
        active.id AS active_run_id, pipeline.state AS pipeline_state, pipeline.reason AS pipeline_reason,
        ended.id AS last_run_id, ended.ended_at AS last_run_at, success.ended_at AS last_success_at,
        (SELECT count(*) FROM problems p WHERE p.company_id = c.id AND {NEEDS_A_PERSON}) AS open_errors
    FROM companies c
    JOIN property_groups g ON g.id = c.group_id
    LEFT JOIN authorisations asked ON asked.company_id = c.id
    LEFT JOIN connections k ON k.company_id = c.id AND k.authorisation <> 'disconnected'
    LEFT JOIN runs active ON active.company_id = c.id AND active.state IN ('queued', 'running')
    LEFT JOIN runs ended ON ended.id = (
        SELECT r.id FROM runs r WHERE r.company_id = c.id AND r.state IN ('completed', 'failed', 'cancelled') ORDER BY r.id DESC LIMIT 1)
    LEFT JOIN runs pipeline ON pipeline.id = (
        SELECT r.id FROM runs r WHERE r.company_id = c.id AND r.state IN ('completed', 'failed', 'cancelled')
            AND (r.scope = 'full' OR r.state <> 'completed') ORDER BY r.id DESC LIMIT 1)
    LEFT JOIN runs success ON success.id = (
        SELECT r.id FROM runs r WHERE r.company_id = c.id AND r.state = 'completed' AND r.scope = 'full' AND r.errors = 0
            ORDER BY r.id DESC LIMIT 1)"
    )
}

impl Facts {
    fn status(&self) -> SyncStatus {
        SyncStatus::derive(StatusFacts {
            authorisation: match self.authorisation.as_deref() {
                None => Authorisation::None,
                Some("valid") => Authorisation::Valid,
                Some(_) => Authorisation::Lost,
            },
            authorising: self.asked_of.is_some(),
            onboarded: self.onboarded_at.is_some(),
            active_run: self.active_run_id.is_some(),
            pipeline: match self.pipeline_state.as_deref() {
                None => Pipeline::Never,
                Some("completed") => Pipeline::Completed,
                Some(_) => Pipeline::Stopped,
            },
            open_errors: self.open_errors.unsigned_abs(),
        })
    }

    /// The provider companies are counted under; empty while nothing is connected.
    fn provider(&self) -> &str {
        self.provider.as_deref().unwrap_or("")
    }
}

/// Derives the company's status from its facts and stores it, moves the counts, and puts the company at the
/// end of the change feed. Last in the transaction: from here on the group's row is locked.
pub async fn refresh(tx: &mut Tx, company_id: &str, now: i64) -> sqlx::Result<SyncStatus> {
    companies::lock(tx, company_id).await?;
    let facts: Facts = sql(format!("{} WHERE c.id = $1", facts_of())).bind(company_id).one(&mut *tx).await?;
    let status = facts.status();
    let mut reason = reason(tx, &facts, status).await?;
    if let Some(by) = &facts.paused_by {
        let rest = if reason.is_empty() { String::new() } else { format!(" · {reason}") };
        reason = format!("Paused by {by}{rest}");
    }
    let seq = groups::next_change(tx, &facts.group_id).await?;
    sql("UPDATE companies SET provider = $2, organisation = $3, status = $4, severity = $5, reason = $6, open_errors = $7,
            active_run_id = $8, last_run_id = $9, last_run_at = $10, last_success_at = $11, change_seq = $12,
            paused = $13
        WHERE id = $1")
    .bind(company_id)
    .bind(facts.provider())
    .bind(facts.organisation.clone())
    .bind(status.as_str())
    .bind(status.severity())
    .bind(reason)
    .bind(facts.open_errors)
    .bind(facts.active_run_id.clone())
    .bind(facts.last_run_id.clone())
    .bind(facts.last_run_at)
    .bind(facts.last_success_at)
    .bind(seq)
    .bind(facts.paused_by.is_some())
    .execute(&mut *tx)
    .await?;
    let before = (facts.stored_provider.as_str(), facts.stored_status.as_str());
    if before != (facts.provider(), status.as_str()) {
        // The clock is the caller's: a transition is logged, so that a log can be laid beside the runs.
        tracing::debug!(company = facts.code, from = before.1, to = status.as_str(), at = now, "status changed");
        if let Some(old) = SyncStatus::parse(before.1) {
            count(tx, &facts.group_id, before.0, old, -1).await?;
        }
        count(tx, &facts.group_id, facts.provider(), status, 1).await?;
    }
    Ok(status)
}

/// Puts the company at the end of the change feed without a change of facts: its progress moved.
pub async fn touch(tx: &mut Tx, company_id: &str) -> sqlx::Result<()> {
    let (group_id,): (String,) = sql("SELECT group_id FROM companies WHERE id = $1").bind(company_id).one(&mut *tx).await?;
    let seq = groups::next_change(tx, &group_id).await?;
    sql("UPDATE companies SET change_seq = $2 WHERE id = $1").bind(company_id).bind(seq).execute(tx).await?;
    Ok(())
}

/// Moves a kept count.
pub(super) async fn count(tx: &mut Tx, group_id: &str, provider: &str, status: SyncStatus, by: i64) -> sqlx::Result<()> {
    sql("INSERT INTO status_counts (group_id, provider, status, n) VALUES ($1, $2, $3, $4)
        ON CONFLICT (group_id, provider, status) DO UPDATE SET n = status_counts.n + excluded.n")
    .bind(group_id)
    .bind(provider)
    .bind(status.as_str())
    .bind(by)
    .execute(tx)
    .await?;
    Ok(())
}

/// The kept counts of a group: provider (empty where not connected), status, companies. At most a row per
/// provider and status, however many companies there are.
pub async fn counts<'a>(on: impl Into<On<'a>>, seen: &Seen) -> sqlx::Result<Vec<(String, String, i64)>> {
    counts_query(seen).all(on).await
}

/// The statement behind [`counts`].
pub fn counts_query(seen: &Seen) -> Query {
    let text = match seen.sees {
        Sees::Everything => "SELECT provider, status, n FROM status_counts WHERE group_id = $1 AND n <> 0".to_owned(),
        Sees::Chosen(_) => {
            let companies = seen.companies("c");
            format!("SELECT provider, status, COUNT(*) FROM {companies} WHERE group_id = $1 GROUP BY provider, status")
        }
    };
    sql(text).bind_all(seen.values())
}

/// What stands under the status of a company that is not connected.
pub(super) const NOT_CONNECTED: &str = "Connect accounting software";

/// What stands under the status: the readable reason, and the next step where there is one.
async fn reason(tx: &mut Tx, facts: &Facts, status: SyncStatus) -> sqlx::Result<String> {
    Ok(match status {
        SyncStatus::Synced => at_rest(tx, &facts.id).await?,
        SyncStatus::InProgress => String::new(),
        SyncStatus::NotConnected => NOT_CONNECTED.into(),
        SyncStatus::IncompleteOnboarding => asked(facts).unwrap_or_else(|| "Complete onboarding to start syncing".into()),
        SyncStatus::NeedsReconnecting if facts.asked_of.is_some() => asked(facts).unwrap_or_default(),
        SyncStatus::NeedsReconnecting => match facts.lost_reason.as_deref() {
            Some(reason) if !reason.is_empty() => format!("{} · Reconnect", reason.trim_end_matches('.')),
            _ => "Access was lost · Reconnect".into(),
        },
        SyncStatus::IncompletePipeline => match facts.pipeline_reason.as_deref() {
            Some(reason) if !reason.is_empty() => format!("{} · Sync again", reason.trim_end_matches('.')),
            _ => "No sync has completed yet · Start sync".into(),
        },
        SyncStatus::Errors => {
            let causes: Vec<(String, String, i64)> = sql(format!(
                "SELECT entity, cause, count(*) AS n FROM problems
                WHERE company_id = $1 AND {NEEDS_A_PERSON} GROUP BY entity, cause ORDER BY n DESC, cause LIMIT 1"
            ))
            .bind(&facts.id)
            .all(tx)
            .await?;
            match causes.first() {
                Some((entity, cause, n)) => {
                    let what = Entity::parse(entity).map_or("record", Entity::label).to_lowercase();
                    let rest = facts.open_errors - n;
                    let more = if rest > 0 { format!(", {rest} more") } else { String::new() };
                    format!("{n} {what}{}: {}{more}", if *n == 1 { "" } else { "s" }, cause.trim_end_matches('.'))
                }
                None => String::new(),
            }
        }
    })
}

/// What access that was asked for waits for; `None` where none was.
fn asked(facts: &Facts) -> Option<String> {
    let software = facts.asked_of.as_deref()?;
    let software = Provider::parse(software).map_or(software, |provider| provider.label());
    Some(match (&facts.trouble, facts.approved_at) {
        (Some(trouble), _) => trouble.trim_end_matches('.').into(),
        (None, None) => format!("Waiting for approval in {software}"),
        (None, Some(_)) => format!("Approved in {software} · Choose the organisation"),
    })
}

/// What stands under the status where the last tie-out was out of balance, and nothing is wrong any more.
const UNPROVEN: &str = "All sent; the next full sync proves the balance";

/// What stands under the status where nothing needs a person: the balance, and what it leaves aside. Records left out of
/// syncs are on neither side of it; what was set aside, and what waits, may differ.
async fn at_rest(tx: &mut Tx, company_id: &str) -> sqlx::Result<String> {
    let (aside, waiting, unlinked): (i64, i64, i64) = sql("SELECT
            count(CASE WHEN kind <> 'unlinked' AND set_aside_at IS NOT NULL THEN 1 END),
            count(CASE WHEN kind = 'blocked' AND set_aside_at IS NULL THEN 1 END),
            count(CASE WHEN kind = 'unlinked' THEN 1 END)
        FROM problems WHERE company_id = $1 AND resolved_at IS NULL AND kind <> ''")
    .bind(company_id)
    .one(&mut *tx)
    .await?;
    let excepted: Vec<String> = [(aside, "set aside"), (waiting, "waiting")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| format!("{n} {words}"))
        .collect();
    let balance = match excepted.is_empty() {
        // What made up the difference has gone since, and nobody has compared both sides yet.
        true if tie_outs::was_in_balance(tx, company_id).await? == Some(false) => UNPROVEN.to_owned(),
        true => "In balance to the cent".to_owned(),
        false => format!("In balance but for {}", excepted.join(" and ")),
    };
    Ok(if unlinked > 0 { format!("{balance} · {unlinked} unlinked") } else { balance })
}

/// Compares everything stored with what its facts add up to; answers a sentence for each difference.
pub async fn check(db: &Db) -> sqlx::Result<Vec<String>> {
    let facts = facts_of();
    let mut snapshot = db.snapshot().await?;
    let mut findings = Vec::new();
    let mut expected = std::collections::BTreeMap::<(String, String, String), i64>::new();
    let mut after = String::new();
    loop {
        let page: Vec<Facts> =
            sql(format!("{facts} WHERE c.id > $1 ORDER BY c.id LIMIT 500")).bind(&after).all(&mut snapshot).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        for facts in page {
            let status = facts.status();
            if facts.stored_status != status.as_str() {
                findings.push(format!(
                    "{}: stored as {}, but its facts say {}",
                    facts.code,
                    facts.stored_status,
                    status.as_str()
                ));
            }
            if facts.stored_provider != facts.provider() {
                findings.push(format!(
                    "{}: stored under provider “{}”, but connected to “{}”",
                    facts.code,
                    facts.stored_provider,
                    facts.provider()
                ));
            }
            if facts.stored_open_errors != facts.open_errors {
                findings.push(format!(
                    "{}: {} open errors stored, {} found",
                    facts.code, facts.stored_open_errors, facts.open_errors
                ));
            }
            if (facts.stored_paused != 0) != facts.paused_by.is_some() {
                findings.push(format!("{}: stored as paused or not, other than its connection", facts.code));
            }
            if facts.archived_at.is_some() != facts.archive_of.is_some() {
                findings.push(format!("{}: archived, but not in the archive, or the other way round", facts.code));
            }
            *expected.entry((facts.group_id.clone(), facts.provider().to_owned(), status.as_str().to_owned())).or_default() += 1;
        }
    }
    let stored: Vec<(String, String, String, i64)> =
        sql("SELECT group_id, provider, status, n FROM status_counts WHERE n <> 0").all(&mut snapshot).await?;
    let stored: std::collections::BTreeMap<_, _> =
        stored.into_iter().map(|(group, provider, status, n)| ((group, provider, status), n)).collect();
    for key in expected.keys().chain(stored.keys().filter(|key| !expected.contains_key(*key))) {
        let (found, kept) = (expected.get(key).copied().unwrap_or(0), stored.get(key).copied().unwrap_or(0));
        if found != kept {
            let provider = if key.1.is_empty() { "no provider" } else { &key.1 };
            findings.push(format!("count of {} ({provider}): {kept} kept, {found} found", key.2));
        }
    }
    for (code, n) in left_out::check(&mut snapshot).await? {
        findings.push(format!("{code}: {n} records are left out of syncs without being listed so, or the other way round"));
    }
    Ok(findings)
}
