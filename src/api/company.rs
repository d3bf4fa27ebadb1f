//! What every function about one company begins with: the company its code names, in the group looked at.

use super::{ApiError, db};
use crate::server::{
    db::{Db, companies, companies::Company, groups},
    services::error::{ServiceError, ServiceResult},
};

/// Who asks, as runs and versions record it. Until there is sign-in, pages know no names.
pub const BY: &str = "web";

/// Codes are short; a longer text names nothing.
const LONGEST_CODE: usize = 40;

pub async fn company(code: &str) -> Result<(Db, Company), ApiError> {
    let db = db()?;
    let company = find(&db, code).await?;
    Ok((db, company))
}

async fn find(db: &Db, code: &str) -> ServiceResult<Company> {
    let company = any(db, code).await?;
    if company.archived_at.is_some() {
        return Err(ServiceError::NotFound(format!("{} is archived. Restore it in Settings to see it.", company.name)));
    }
    Ok(company)
}

/// The same of a company that may be archived.
pub async fn any(db: &Db, code: &str) -> ServiceResult<Company> {
    let shown: String = code.chars().take(LONGEST_CODE).collect();
    let missing = || ServiceError::NotFound(format!("There is no company {shown}."));
    let (group_id, _) = groups::current(db).await?.ok_or_else(missing)?;
    if let Some(company) = companies::by_code(db, &group_id, &shown).await? {
        return Ok(company);
    }
    let archive = groups::archive_of(db, &group_id).await?.ok_or_else(missing)?;
    companies::by_code(db, &archive, &shown).await?.ok_or_else(missing)
}
