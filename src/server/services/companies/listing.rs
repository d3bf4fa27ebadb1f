//! Companies as Settings lists them, archived ones by themselves.

use crate::{
    domain::{
        company::{CompanySettings, ListedCompanies, ListedCompany},
        filter::MAX_SEARCH,
    },
    server::{
        db::{
            Db,
            companies::{self, Company},
            groups,
            sees::{Seen, Sees},
            status,
        },
        services::{error::ServiceResult, local_time::LocalTime},
    },
};

/// Companies a page lists.
const ROWS: u32 = 50;

/// A page (from 1) of the group's companies, or of those in its archive, by name. A page beyond the last is the last.
pub async fn listed(db: &Db, sees: &Sees, text: &str, archived: bool, page: u32) -> ServiceResult<ListedCompanies> {
    let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_SEARCH).collect();
    let mut answer = ListedCompanies { rows: Vec::new(), total: 0, rows_a_page: ROWS, page: 1, archived: 0, text };
    let Some((group_id, _)) = groups::current(db).await? else { return Ok(answer) };
    let seen = |group: &str| Seen { group_id: group.to_owned(), sees: sees.clone() };
    let archive = groups::archive_of(db, &group_id).await?;
    if let Some(archive) = &archive {
        answer.archived = count(db, &seen(archive), "").await?;
    }
    let place = match (archived, archive) {
        (false, _) => seen(&group_id),
        (true, Some(archive)) => seen(&archive),
        (true, None) => return Ok(answer),
    };
    answer.total = count(db, &place, &answer.text).await?;
    let last = u32::try_from(answer.total.div_ceil(ROWS.into())).unwrap_or(u32::MAX).max(1);
    answer.page = page.clamp(1, last);
    let offset = i64::from(answer.page - 1) * i64::from(ROWS);
    answer.rows = companies::listed(db, &place, &answer.text, ROWS.into(), offset).await?.into_iter().map(row).collect();
    Ok(answer)
}

/// All of them are counted already.
async fn count(db: &Db, seen: &Seen, text: &str) -> ServiceResult<u64> {
    if text.trim().is_empty() {
        return Ok(status::counts(db, seen).await?.iter().map(|(_, _, n)| n.unsigned_abs()).sum());
    }
    Ok(companies::count_matching(db, seen, text).await?.unsigned_abs())
}

/// One company with what may be changed of it.
pub async fn company_settings(db: &Db, company: Company) -> ServiceResult<CompanySettings> {
    let has_books = companies::has_books(db, &company.id).await?;
    Ok(CompanySettings { company: row(company), has_books })
}

fn row(company: Company) -> ListedCompany {
    ListedCompany {
        archived: company.archived_at.map(|at| LocalTime::of(&company.time_zone).moment(at)),
        status: company.status(),
        code: company.code,
        name: company.name,
        currency: company.currency,
        time_zone: company.time_zone,
    }
}
