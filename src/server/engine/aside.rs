//! Problems set aside until a day come back when it is there.

use super::super::db::{Db, companies, problems::aside, status};

/// Companies in one go; the next sweep takes the next.
const COMPANIES: i64 = 50;

/// Takes up what is due, a company a transaction. Several processes at it are harmless: what one has taken up, the others
/// do not find.
pub async fn take_up_due(db: &Db, now: i64) -> sqlx::Result<()> {
    for company_id in aside::due(db, now, COMPANIES).await? {
        let mut tx = db.begin().await?;
        companies::lock(&mut tx, &company_id).await?;
        if aside::take_up_due(&mut tx, &company_id, now).await? > 0 {
            status::refresh(&mut tx, &company_id, now).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
