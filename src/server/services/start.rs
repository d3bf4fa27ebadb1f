//! Starting syncs of several companies at once, as the overview does: one that cannot start never stops the others.

use super::{
    error::{ServiceError, ServiceResult},
    sync,
};
use crate::{
    domain::{
        company::SyncStarted,
        run::{RunKind, RunScope},
    },
    server::db::{Db, companies, groups, sees::Sees},
};

/// Asks for a full sync of each company that is seen, by code; answers in their order.
pub async fn start(db: &Db, sees: &Sees, codes: &[String], by: &str) -> ServiceResult<Vec<SyncStarted>> {
    let (group_id, _) = groups::current(db).await?.ok_or_else(|| ServiceError::NotFound("There is no company yet.".into()))?;
    let mut answers = Vec::with_capacity(codes.len());
    for code in codes {
        let company = match companies::by_code(db, &group_id, code).await? {
            Some(company) if sees.includes(db, &company.id).await? => Some(company),
            _ => None,
        };
        let refused = match company {
            None => Some("there is no company with this code.".to_owned()),
            Some(company) => match sync::request(db, &company.id, RunKind::Manual, RunScope::Full, by).await {
                Ok(_) => None,
                Err(ServiceError::Refused(sentence)) => Some(sentence),
                Err(error) => return Err(error),
            },
        };
        answers.push(SyncStarted { code: code.clone(), refused });
    }
    Ok(answers)
}
