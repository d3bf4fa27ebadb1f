//! The Sync Overview: its first answer, what changed since, and the quick links of every page.

mod rows;

use super::error::{ServiceError, ServiceResult};
use crate::{
    domain::{
        company::{Changes, CompanyNow, Facets, OverviewPage, QuickLinks, Standing},
        filter::Filter,
        provider::Provider,
        status::SyncStatus,
    },
    server::db::{
        Db,
        companies::Company,
        groups, now_ms, overview,
        sees::{Seen, Sees},
        status,
    },
};

/// Changed rows one answer holds.
const CHANGES: i64 = 200;
/// Companies the quick links show of each kind.
const QUICK: i64 = 5;

/// The page a query string asks for. A page beyond the last is the last. `None` before there is a group.
pub async fn page(db: &Db, sees: &Sees, query: &str) -> ServiceResult<Option<OverviewPage>> {
    let (mut filter, notices) = Filter::from_query(query);
    let Some((group_id, group)) = groups::current(db).await? else { return Ok(None) };
    let seen = Seen { group_id, sees: sees.clone() };
    // Read before the rows: what changes in between is sent again, nothing is missed.
    let cursor = groups::change_seq(db, &seen.group_id).await?;
    let facets = facets(db, &seen, &filter).await?;
    let last = facets.matching.div_ceil(filter.rows.into()).max(1);
    filter.page = filter.page.min(u32::try_from(last).unwrap_or(u32::MAX));
    let rows = overview::page(db, &seen, &filter).await?.into_iter().map(rows::row).collect();
    Ok(Some(OverviewPage { group, filter, notices, rows, facets, cursor, now: now_ms() }))
}

/// One company as the overview's rows show it. A page reads this before anything else it shows: what changes in
/// between is then sent again, nothing is missed.
pub async fn company(db: &Db, company: &Company) -> ServiceResult<CompanyNow> {
    let cursor = groups::change_seq(db, &company.group_id).await?;
    let row = overview::one(db, &Seen::everything(&company.group_id), &company.code).await?;
    let row = row.map(rows::row).ok_or_else(|| ServiceError::NotFound(format!("There is no company {}.", company.code)))?;
    Ok(CompanyNow { row, cursor, now: now_ms() })
}

/// What changed since the cursor. `query` is the overview's filter, for the counts beside its choices; `quick`
/// asks for the quick links as well.
pub async fn changes(db: &Db, sees: &Sees, cursor: i64, query: &str, quick: bool) -> ServiceResult<Changes> {
    let Some((group_id, _)) = groups::current(db).await? else { return Ok(Changes::default()) };
    let seen = Seen { group_id, sees: sees.clone() };
    let latest = groups::change_seq(db, &seen.group_id).await?;
    if latest == cursor {
        return Ok(Changes { cursor, ..Changes::default() });
    }
    // A cursor from the future is one of another database: everything on screen is out of date.
    let since = if cursor > latest { 0 } else { cursor };
    let changed = overview::changed(db, &seen, since, CHANGES).await?;
    let more = changed.len() as i64 == CHANGES;
    // The last number is taken from the rows when there are more to come, and the group's where there are not:
    // a company that changed twice meanwhile has left its earlier number.
    let cursor = if more { changed.last().map_or(latest, |row| row.change_seq) } else { latest };
    let (filter, _) = Filter::from_query(query);
    Ok(Changes {
        cursor,
        now: now_ms(),
        facets: Some(facets(db, &seen, &filter).await?),
        quick: if quick { Some(quick_links_of(db, &seen, None).await?) } else { None },
        rows: changed.into_iter().map(rows::row).collect(),
        more,
    })
}

/// The group's name, empty before there is one, and its quick links. `company` is the code of the company the
/// page is about.
pub async fn quick_links(db: &Db, sees: &Sees, company: Option<&str>) -> ServiceResult<(String, QuickLinks)> {
    match groups::current(db).await? {
        Some((group_id, name)) => Ok((name, quick_links_of(db, &Seen { group_id, sees: sees.clone() }, company).await?)),
        None => Ok((String::new(), QuickLinks { now: now_ms(), ..QuickLinks::default() })),
    }
}

async fn quick_links_of(db: &Db, seen: &Seen, company: Option<&str>) -> ServiceResult<QuickLinks> {
    let cursor = groups::change_seq(db, &seen.group_id).await?;
    let standing = standing(db, seen, &status::counts(db, seen).await?).await?;
    let active = if standing.running > 0 { overview::active(db, seen, QUICK).await? } else { vec![] };
    let problems = if standing.attention > 0 { overview::problems(db, seen, QUICK).await? } else { vec![] };
    let company = match company {
        Some(code) => overview::one(db, seen, code).await?,
        None => None,
    };
    Ok(QuickLinks {
        cursor,
        now: now_ms(),
        standing,
        active: active.into_iter().map(rows::link).collect(),
        problems: problems.into_iter().map(rows::link).collect(),
        company: company.map(rows::link),
    })
}

/// Counts beside each choice: each with every other filter applied and its own left out.
async fn facets(db: &Db, seen: &Seen, filter: &Filter) -> ServiceResult<Facets> {
    let kept = status::counts(db, seen).await?;
    let standing = standing(db, seen, &kept).await?;
    let companies = kept.iter().map(|(_, _, n)| n.unsigned_abs()).sum();
    let counts = if filter.search.is_empty() { kept } else { overview::counts_of_search(db, seen, &filter.search).await? };
    let counts: Vec<_> = counts
        .into_iter()
        .map(|(provider, status, n)| (Provider::parse(&provider), SyncStatus::parse(&status), n.unsigned_abs()))
        .collect();
    let provider_fits =
        |provider: Option<Provider>| filter.providers.is_empty() || provider.is_some_and(|one| filter.providers.contains(&one));
    let status_fits =
        |status: Option<SyncStatus>| filter.statuses.is_empty() || status.is_some_and(|one| filter.statuses.contains(&one));
    let sum = |fits: &dyn Fn(Option<Provider>, Option<SyncStatus>) -> bool| {
        counts.iter().filter(|(provider, status, _)| fits(*provider, *status)).map(|(_, _, n)| n).sum::<u64>()
    };
    Ok(Facets {
        statuses: SyncStatus::ALL
            .map(|one| (one, sum(&|provider, status| status == Some(one) && provider_fits(provider))))
            .into(),
        providers: Provider::ALL.map(|one| (one, sum(&|provider, status| provider == Some(one) && status_fits(status)))).into(),
        matching: sum(&|provider, status| provider_fits(provider) && status_fits(status)),
        companies,
        standing,
    })
}

async fn standing(db: &Db, seen: &Seen, kept: &[(String, String, i64)]) -> ServiceResult<Standing> {
    let sum = |wanted: fn(SyncStatus) -> bool| {
        kept.iter().filter(|(_, status, _)| SyncStatus::parse(status).is_some_and(wanted)).map(|(_, _, n)| n.unsigned_abs()).sum()
    };
    let running = sum(|status| status == SyncStatus::InProgress);
    Ok(Standing {
        attention: sum(SyncStatus::needs_attention),
        running,
        troubled: running > 0 && overview::troubled(db, seen).await?,
    })
}
