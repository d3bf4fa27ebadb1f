//! Changing what a company is called, and where its clock is.

use super::{Checked, Places, Wanted, refuse_code, refuse_name};
use crate::server::{
    db::{
        Db,
        companies::{self, Changed, Company},
        connections, groups, now_ms, status,
    },
    services::{
        error::{ServiceError, ServiceResult},
        onboarding,
    },
};

/// Changes a company; an empty code leaves it the one it has. Its currency stays once anything is kept in it.
pub async fn edit(db: &Db, company_id: &str, wanted: &Wanted) -> ServiceResult<Company> {
    let Checked { name, code, currency, time_zone } = Checked::of(wanted)?;
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let missing = || ServiceError::NotFound("There is no such company.".into());
    let before = companies::by_id(&mut tx, company_id).await?.ok_or_else(missing)?;
    if before.archived_at.is_some() {
        return Err(ServiceError::Refused(format!("{} is archived: restore it before changing it.", before.name)));
    }
    let code = if code.is_empty() { before.code.clone() } else { code };
    if currency != before.currency && companies::has_books(&mut tx, company_id).await? {
        return Err(ServiceError::Refused(format!(
            "{} keeps its books in {}: the currency cannot be changed once there are documents or a connection.",
            before.name, before.currency
        )));
    }
    // From here on the group is ours until the commit: no other company can take the name or the code.
    groups::next_change(&mut tx, &before.group_id).await?;
    let places = Places::of(&mut tx, &before.group_id).await?;
    refuse_name(&mut tx, &places, &name, Some(company_id)).await?;
    refuse_code(&mut tx, &places, &code, Some(company_id)).await?;
    let to = Changed { code: &code, name: &name, currency: &currency, time_zone: &time_zone };
    companies::change(&mut tx, company_id, &to).await?;
    let after = companies::by_id(&mut tx, company_id).await?.ok_or_else(missing)?;
    if after.time_zone != before.time_zone
        && let Some(connection) = connections::of_company(&mut tx, company_id).await?
        && connection.is_running()
    {
        // Its nights are other ones now.
        let due = onboarding::due(&connection, &after, now)?;
        connections::set_schedule(&mut tx, &connection.id, connection.schedule(), due).await?;
    }
    status::refresh(&mut tx, company_id, now).await?;
    tx.commit().await?;
    Ok(after)
}
