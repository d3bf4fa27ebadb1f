//! What a person does in the ledger itself, as in any accounting software: close an account, lock a period, take
//! away an app's access. Nothing here passes the connector's door: the ledger can be offline to apps and still be
//! worked on. Each function is one transaction.

use super::{
    Refusal,
    books::{Books, Wanted},
    documents,
    ledger::{self, Ledger},
    rules,
};
use crate::domain::{
    document::DocumentKind,
    practice::{MAX_DELAY_MS, MAX_RATE_LIMIT},
};
use crate::server::connectors::PaymentContent;
use crate::server::db::{
    Db, Tx,
    companies::name_key,
    new_id,
    query::{Value, sql},
};

pub use super::panel_state::{panel_document, panel_state};

/// Why something could not be done there: a sentence for the person, except for [`PanelError::Database`].
#[derive(Debug, thiserror::Error)]
pub enum PanelError {
    #[error("{0}")]
    NotFound(String),
    /// The input itself is not acceptable.
    #[error("{0}")]
    Invalid(String),
    /// The ledger's rules do not allow it now.
    #[error("{0}")]
    Refused(String),
    #[error("the practice ledger cannot use its tables")]
    Database(#[from] sqlx::Error),
}

impl From<Refusal> for PanelError {
    fn from(refusal: Refusal) -> Self {
        let sentence = format!("{refusal}.");
        match refusal {
            Refusal::DateInvalid(_) | Refusal::TooLong { .. } | Refusal::PaymentSign => PanelError::Invalid(sentence),
            _ => PanelError::Refused(sentence),
        }
    }
}

pub type PanelResult<T> = Result<T, PanelError>;

/// How much is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentAmount {
    /// All that is outstanding.
    Outstanding,
    /// Minor units; against a credit note below zero.
    Exactly(i64),
}

/// Archives an account or restores it; `account` is a code or an id. System accounts cannot be archived.
pub async fn set_account_archived(db: &Db, ledger_id: &str, account: &str, archived: bool) -> PanelResult<()> {
    let (mut tx, ledger) = open(db, ledger_id).await?;
    let found: Option<(String, String, i64)> =
        sql("SELECT id, code, system FROM practice_accounts WHERE ledger_id = $1 AND (code = $2 OR id = $2)")
            .bind(&ledger.id)
            .bind(account)
            .optional(&mut tx)
            .await?;
    let (id, code, system) = found.ok_or_else(|| PanelError::NotFound(format!("There is no account “{account}”.")))?;
    if system != 0 && archived {
        return Err(PanelError::Refused(format!("Account {code} is a system account and cannot be archived.")));
    }
    sql("UPDATE practice_accounts SET archived = $2 WHERE id = $1").bind(id).bind(archived).execute(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// Archives a tax rate or restores it; `tax_rate` is a name or an id.
pub async fn set_tax_rate_archived(db: &Db, ledger_id: &str, tax_rate: &str, archived: bool) -> PanelResult<()> {
    let (mut tx, ledger) = open(db, ledger_id).await?;
    let changed = sql("UPDATE practice_tax_rates SET archived = $3 WHERE ledger_id = $1 AND (name = $2 OR id = $2)")
        .bind(&ledger.id)
        .bind(tax_rate)
        .bind(archived)
        .execute(&mut tx)
        .await?;
    if changed == 0 {
        return Err(PanelError::NotFound(format!("There is no tax rate “{tax_rate}”.")));
    }
    Ok(tx.commit().await?)
}

/// Archives a contact or restores it; `contact` is a name or an id.
pub async fn set_contact_archived(db: &Db, ledger_id: &str, contact: &str, archived: bool) -> PanelResult<()> {
    let (mut tx, ledger) = open(db, ledger_id).await?;
    let seq = ledger.change_seq + 1;
    let changed = sql("UPDATE practice_contacts SET archived = $4, seq = $5 WHERE ledger_id = $1 AND (name_key = $2 OR id = $3)")
        .bind(&ledger.id)
        .bind(name_key(contact))
        .bind(contact)
        .bind(archived)
        .bind(seq)
        .execute(&mut tx)
        .await?;
    if changed == 0 {
        return Err(PanelError::NotFound(format!("There is no contact “{contact}”.")));
    }
    ledger::set_change_seq(&mut tx, &ledger.id, seq).await?;
    Ok(tx.commit().await?)
}

/// Closes the books up to and with a day (`YYYY-MM-DD`); `None` opens them again.
pub async fn lock_period(db: &Db, ledger_id: &str, until: Option<&str>) -> PanelResult<()> {
    if let Some(until) = until {
        rules::date(until)?;
    }
    set(db, ledger_id, "locked_until", until.into()).await
}

/// Takes the access away that was granted: every call fails until it is granted again and taken up.
pub async fn revoke_access(db: &Db, ledger_id: &str) -> PanelResult<()> {
    set(db, ledger_id, "access_key", None::<&str>.into()).await
}

/// Grants access and answers the new access key. An older one is no longer good.
pub async fn grant_access(db: &Db, ledger_id: &str) -> PanelResult<String> {
    let access_key = new_id();
    set(db, ledger_id, "access_key", (&access_key).into()).await?;
    Ok(access_key)
}

/// The access key there is, or a new one where there is none: whoever holds it keeps it.
pub async fn access(db: &Db, ledger_id: &str) -> PanelResult<String> {
    let (mut tx, ledger) = open(db, ledger_id).await?;
    if let Some(key) = ledger.access_key {
        return Ok(key);
    }
    let access_key = new_id();
    sql("UPDATE practice_ledgers SET access_key = $2 WHERE id = $1").bind(&ledger.id).bind(&access_key).execute(&mut tx).await?;
    tx.commit().await?;
    Ok(access_key)
}

pub async fn set_offline(db: &Db, ledger_id: &str, offline: bool) -> PanelResult<()> {
    set(db, ledger_id, "offline", offline.into()).await
}

/// Every call takes this long, 0 to 60,000 ms. A client waits 30 s.
pub async fn set_delay(db: &Db, ledger_id: &str, delay_ms: i64) -> PanelResult<()> {
    if !(0..=MAX_DELAY_MS).contains(&delay_ms) {
        return Err(PanelError::Invalid(format!("The delay must be between 0 and {MAX_DELAY_MS} ms.")));
    }
    set(db, ledger_id, "delay_ms", delay_ms.into()).await
}

/// Calls a minute, 0 to 10,000; 0 is no limit. A new limit begins a new minute.
pub async fn set_rate_limit(db: &Db, ledger_id: &str, per_minute: i64) -> PanelResult<()> {
    if !(0..=MAX_RATE_LIMIT).contains(&per_minute) {
        return Err(PanelError::Invalid(format!("The rate limit must be between 0 and {MAX_RATE_LIMIT} calls a minute.")));
    }
    let (mut tx, ledger) = open(db, ledger_id).await?;
    sql("UPDATE practice_ledgers SET rate_limit = $2, window_start = 0, window_used = 0 WHERE id = $1")
        .bind(&ledger.id)
        .bind(per_minute)
        .execute(&mut tx)
        .await?;
    Ok(tx.commit().await?)
}

/// Records a payment of a document (its number or id); answers the payment's id.
pub async fn record_payment(
    db: &Db,
    ledger_id: &str,
    document: &str,
    amount: PaymentAmount,
    paid_on: &str,
    reference: &str,
) -> PanelResult<String> {
    let (mut tx, ledger) = open(db, ledger_id).await?;
    let (document_id, _) = resolve(&mut tx, &ledger.id, document).await?;
    let mut books = Books::open(&mut tx, &ledger, Wanted::document(&document_id)).await?;
    let amount = match amount {
        PaymentAmount::Exactly(amount) => amount,
        PaymentAmount::Outstanding => match books.outstanding(&document_id) {
            0 => return Err(PanelError::Refused(format!("Nothing is outstanding on “{document}”."))),
            outstanding => outstanding,
        },
    };
    let (paid_on, reference) = (paid_on.to_owned(), reference.to_owned());
    let payment_id = books.pay(&PaymentContent {
        document_id: document_id.clone(),
        paid_on,
        amount,
        reference,
        ..PaymentContent::default()
    })?;
    books.close(&mut tx).await?;
    tx.commit().await?;
    Ok(payment_id)
}

/// Voids a document (its number or id).
pub async fn void_document(db: &Db, ledger_id: &str, document: &str) -> PanelResult<()> {
    let (mut tx, ledger) = open(db, ledger_id).await?;
    let (id, kind) = resolve(&mut tx, &ledger.id, document).await?;
    let mut books = Books::open(&mut tx, &ledger, Wanted::document(&id)).await?;
    books.void(&id, kind)?;
    books.close(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// Changes a document's reference (the document by number or id), as somebody does who works there.
pub async fn set_reference(db: &Db, ledger_id: &str, document: &str, reference: &str) -> PanelResult<()> {
    let (mut tx, ledger) = open(db, ledger_id).await?;
    let (id, _) = resolve(&mut tx, &ledger.id, document).await?;
    let mut books = Books::open(&mut tx, &ledger, Wanted::document(&id)).await?;
    books.refer(&id, reference)?;
    books.close(&mut tx).await?;
    Ok(tx.commit().await?)
}

async fn open(db: &Db, ledger_id: &str) -> PanelResult<(Tx, Ledger)> {
    let mut tx = db.begin().await?;
    let ledger = Ledger::lock(&mut tx, ledger_id).await?;
    Ok((tx, ledger.ok_or_else(|| PanelError::NotFound("There is no such practice ledger.".into()))?))
}

/// One setting of the ledger.
async fn set(db: &Db, ledger_id: &str, column: &'static str, value: Value) -> PanelResult<()> {
    let (mut tx, ledger) = open(db, ledger_id).await?;
    sql(format!("UPDATE practice_ledgers SET {column} = $2 WHERE id = $1")).bind(&ledger.id).bind(value).execute(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// The id and kind of a document named by its id, or by a number that is not voided.
async fn resolve(tx: &mut Tx, ledger_id: &str, document: &str) -> PanelResult<(String, DocumentKind)> {
    if let Some(found) = documents::by_ids(&mut *tx, ledger_id, &[document]).await?.pop() {
        return Ok((found.id, found.kind.0));
    }
    let mut found = Vec::new();
    for kind in DocumentKind::ALL {
        found.extend(documents::by_numbers(&mut *tx, ledger_id, *kind, &[document]).await?);
    }
    found.retain(|document| !document.is_voided());
    match found.as_slice() {
        [only] => Ok((only.id.clone(), only.kind.0)),
        [] => Err(PanelError::NotFound(format!("There is no document with the number “{document}”."))),
        several => Err(PanelError::Refused(format!(
            "{} documents have the number “{document}”: name the one that is meant by its id.",
            several.len()
        ))),
    }
}
