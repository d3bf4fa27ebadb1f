//! The companies before and after this one in the overview's list.

use crate::{
    domain::{
        filter::{Filter, SortKey},
        neighbour::{Beside, Neighbour, place, time_of},
        results::Asked,
        status::SyncStatus,
    },
    server::{
        db::{
            Db,
            companies::{Company, name_key},
            overview::{
                self,
                neighbours::{self, Place},
            },
            sees::{Seen, Sees},
        },
        services::error::ServiceResult,
    },
};

/// Beside the place the address names; where it names none, beside where the company stands now.
pub async fn beside(db: &Db, sees: &Sees, company: &Company, asked: &Asked) -> ServiceResult<Beside> {
    let (filter, _) = Filter::from_query(&asked.list);
    let seen = Seen { group_id: company.group_id.clone(), sees: sees.clone() };
    let key = filter.sort.key;
    let at = match key {
        SortKey::Name | SortKey::Status => None,
        SortKey::LastSuccess => time_of(&asked.at).unwrap_or(company.last_success_at),
        SortKey::LastRun => match time_of(&asked.at) {
            Some(at) => at,
            None => overview::one(db, &seen, &company.code).await?.and_then(|row| row.last_ended_at),
        },
    };
    let here = Place {
        code: company.code.clone(),
        name_key: name_key(&company.name),
        status: SyncStatus::parse(&asked.at).unwrap_or_else(|| company.status()),
        at,
    };
    let find = async |ahead| -> ServiceResult<Option<Neighbour>> {
        let found = neighbours::beside(db, &seen, &filter, &here, ahead).await?;
        Ok(found.map(|one| {
            let status = SyncStatus::parse(&one.status).unwrap_or(SyncStatus::IncompletePipeline);
            let at = place(key, status, one.last_success_at, one.last_run_at);
            Neighbour { code: one.code, name: one.name, at }
        }))
    };
    Ok(Beside { previous: find(false).await?, next: find(true).await? })
}
