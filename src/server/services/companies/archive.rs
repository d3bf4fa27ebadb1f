//! Archiving a company and restoring it. Archived, it is out of every list, count and schedule, with all it holds; its
//! name, its code and its organisation stay its own, so that restoring brings back exactly what was there.

use crate::server::{
    db::{
        Db, authorisations,
        companies::{self, Company},
        connections, groups, now_ms, runs, status,
    },
    services::{
        connections::take_up,
        error::{ServiceError, ServiceResult},
    },
};

/// Moves a company to its group's archive. Refused while a sync of it is under way.
pub async fn archive(db: &Db, company_id: &str) -> ServiceResult<Company> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let company = there(companies::by_id(&mut tx, company_id).await?)?;
    if company.archived_at.is_some() {
        return Err(ServiceError::Refused(format!("{} is archived already.", company.name)));
    }
    if runs::active(&mut tx, company_id).await?.is_some() {
        return Err(ServiceError::Refused(format!(
            "A sync of {} is under way: archive it when that has ended. Pausing it keeps the next one from starting.",
            company.name
        )));
    }
    // Both groups are locked before a count of either moves, in the same order by everyone. The group's feed moves on,
    // so that open pages count anew.
    groups::next_change(&mut tx, &company.group_id).await?;
    let archive = groups::make_archive(&mut tx, &company.group_id, now).await?;
    groups::next_change(&mut tx, &archive).await?;
    if let Some(connection) = connections::of_company(&mut tx, company_id).await? {
        connections::set_schedule(&mut tx, &connection.id, connection.schedule(), None).await?;
        connections::set_next_probe(&mut tx, &connection.id, None).await?;
    }
    authorisations::set_next_look(&mut tx, company_id, None).await?;
    companies::move_to(&mut tx, &company, &archive, Some(now)).await?;
    status::refresh(&mut tx, company_id, now).await?;
    tx.commit().await?;
    Ok(company)
}

/// Brings an archived company back as it was.
pub async fn restore(db: &Db, company_id: &str) -> ServiceResult<Company> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let company = there(companies::by_id(&mut tx, company_id).await?)?;
    let Some(group_id) = groups::home_of(&mut tx, &company.group_id).await? else {
        return Err(ServiceError::Refused(format!("{} is not archived.", company.name)));
    };
    groups::next_change(&mut tx, &group_id).await?;
    groups::next_change(&mut tx, &company.group_id).await?;
    companies::move_to(&mut tx, &company, &group_id, None).await?;
    let company = there(companies::by_id(&mut tx, company_id).await?)?;
    if let Some(connection) = connections::of_company(&mut tx, company_id).await? {
        take_up(&mut tx, &company, &connection, now).await?;
    }
    authorisations::set_next_look(&mut tx, company_id, Some(now)).await?;
    status::refresh(&mut tx, company_id, now).await?;
    tx.commit().await?;
    Ok(company)
}

fn there(company: Option<Company>) -> ServiceResult<Company> {
    company.ok_or_else(no_such_company)
}

fn no_such_company() -> ServiceError {
    ServiceError::NotFound("There is no such company.".into())
}
