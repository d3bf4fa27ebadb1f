//! What the panel shows: read in a few small queries, none of which grows with the number of documents.

use super::{
    chart::{self, Account, TaxRate},
    documents::{StoredKind, VOIDED},
    ledger,
};
use crate::domain::practice::{PanelAccount, PanelContact, PanelDocument, PanelState, PanelTaxRate};
use crate::server::db::{Db, query::sql};

/// Contacts and documents listed.
const FEW: i64 = 20;

/// `None` where there is no such ledger.
pub async fn panel_state(db: &Db, ledger_id: &str) -> sqlx::Result<Option<PanelState>> {
    let Some(ledger) = ledger::read(db, ledger_id).await? else { return Ok(None) };
    Ok(Some(PanelState {
        accounts: chart::accounts(db, ledger_id).await?.into_iter().map(PanelAccount::from).collect(),
        tax_rates: chart::tax_rates(db, ledger_id).await?.into_iter().map(PanelTaxRate::from).collect(),
        contacts: contacts(db, ledger_id).await?,
        documents: documents(db, ledger_id).await?,
        ledger_id: ledger.id,
        name: ledger.name,
        currency: ledger.currency,
        access: ledger.access_key.is_some(),
        offline: ledger.offline != 0,
        delay_ms: ledger.delay_ms,
        rate_limit: ledger.rate_limit,
        locked_until: ledger.locked_until,
    }))
}

async fn contacts(db: &Db, ledger_id: &str) -> sqlx::Result<Vec<PanelContact>> {
    let mut contacts = Vec::new();
    for archived in [true, false] {
        let rows: Vec<(String, String)> = sql("SELECT id, name FROM practice_contacts
            WHERE ledger_id = $1 AND archived = $2 ORDER BY seq DESC LIMIT $3")
        .bind(ledger_id)
        .bind(archived)
        .bind(FEW)
        .all(db)
        .await?;
        contacts.extend(rows.into_iter().map(|(id, name)| PanelContact { id, name, archived }));
    }
    Ok(contacts)
}

#[derive(sqlx::FromRow)]
struct Recent {
    id: String,
    #[sqlx(try_from = "String")]
    kind: StoredKind,
    number: String,
    contact: String,
    reference: String,
    issue_date: String,
    gross: i64,
    paid: i64,
    state: String,
}

const DOCUMENT: &str = "SELECT d.id, d.kind, d.number, c.name AS contact, d.reference, d.issue_date, d.gross, d.paid, d.state \
    FROM practice_documents d JOIN practice_contacts c ON c.id = d.contact_id WHERE d.ledger_id = $1";

async fn documents(db: &Db, ledger_id: &str) -> sqlx::Result<Vec<PanelDocument>> {
    let rows: Vec<Recent> = sql(format!("{DOCUMENT} ORDER BY d.seq DESC LIMIT $2")).bind(ledger_id).bind(FEW).all(db).await?;
    Ok(rows.into_iter().map(PanelDocument::from).collect())
}

/// One document of the ledger, however long ago it was changed.
pub async fn panel_document(db: &Db, ledger_id: &str, id: &str) -> sqlx::Result<Option<PanelDocument>> {
    let row: Option<Recent> = sql(format!("{DOCUMENT} AND d.id = $2")).bind(ledger_id).bind(id).optional(db).await?;
    Ok(row.map(PanelDocument::from))
}

impl From<Recent> for PanelDocument {
    fn from(recent: Recent) -> Self {
        let Recent { id, kind, number, contact, reference, issue_date, gross, paid, state } = recent;
        let voided = state == VOIDED;
        let outstanding = if voided { 0 } else { gross - paid };
        PanelDocument { id, kind: kind.0, number, contact, reference, issue_date, gross, outstanding, voided }
    }
}

impl From<Account> for PanelAccount {
    fn from(account: Account) -> Self {
        let Account { id, code, name, class, system, archived } = account;
        PanelAccount { id, code, name, class, system: system != 0, archived: archived != 0 }
    }
}

impl From<TaxRate> for PanelTaxRate {
    fn from(rate: TaxRate) -> Self {
        let TaxRate { id, name, rate_e4, archived, .. } = rate;
        PanelTaxRate { id, name, rate_e4, archived: archived != 0 }
    }
}
