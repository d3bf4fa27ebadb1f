//! The ledger's own control totals, and the listing they are the sums of.

use super::documents::AUTHORISED;
use crate::domain::{document::DocumentKind, tie_out::ControlTotals};
use crate::server::connectors::Header;
use crate::server::db::{
    Db,
    query::{placeholders, sql},
};

/// Records of one page of a listing.
const PAGE: usize = 500;

pub async fn of_documents(db: &Db, ledger_id: &str, kinds: &[DocumentKind], from: &str) -> sqlx::Result<ControlTotals> {
    let places = placeholders(4, kinds.len());
    let statement = format!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(net), 0) AS BIGINT), CAST(COALESCE(SUM(tax), 0) AS BIGINT),
            CAST(COALESCE(SUM(gross), 0) AS BIGINT), CAST(COALESCE(SUM(gross - paid), 0) AS BIGINT)
        FROM practice_documents WHERE ledger_id = $1 AND state = $2 AND issue_date >= $3 AND kind IN ({places})"
    );
    let query = sql(statement).bind(ledger_id).bind(AUTHORISED).bind(from);
    let (count, net, tax, gross, outstanding) = query.bind_all(kinds.iter().map(|kind| kind.as_str())).one(db).await?;
    Ok(ControlTotals { count, net, tax, gross, outstanding })
}

/// A payment has a gross only, and the date of its document decides whether it counts.
pub async fn of_payments(db: &Db, ledger_id: &str, from: &str) -> sqlx::Result<ControlTotals> {
    let statement = "SELECT COUNT(*), CAST(COALESCE(SUM(p.amount), 0) AS BIGINT)
        FROM practice_payments p JOIN practice_documents d ON d.id = p.document_id
        WHERE p.ledger_id = $1 AND d.issue_date >= $2";
    let (count, gross) = sql(statement).bind(ledger_id).bind(from).one(db).await?;
    Ok(ControlTotals { count, gross, ..ControlTotals::default() })
}

/// Where a listing continues: within a kind, after an id.
struct After<'c> {
    kind: usize,
    id: &'c str,
}

impl<'c> After<'c> {
    fn parse(cursor: Option<&'c str>) -> Option<After<'c>> {
        let Some(cursor) = cursor else { return Some(After { kind: 0, id: "" }) };
        let (kind, id) = cursor.split_once(':')?;
        Some(After { kind: kind.parse().ok()?, id })
    }
}

/// Id, number, net, tax, gross, outstanding.
type Listed = (String, String, i64, i64, i64, i64);

/// One page of the documents behind the totals, one kind after the other, by id, and the cursor of the next.
/// `None`: the cursor is not one of ours.
pub async fn listed_documents(
    db: &Db,
    ledger_id: &str,
    kinds: &[DocumentKind],
    from: &str,
    cursor: Option<&str>,
) -> sqlx::Result<Option<(Vec<Header>, Option<String>)>> {
    let Some(after) = After::parse(cursor) else { return Ok(None) };
    let Some(kind) = kinds.get(after.kind) else { return Ok(None) };
    let rows: Vec<Listed> = sql("SELECT id, number, net, tax, gross, gross - paid FROM practice_documents
        WHERE ledger_id = $1 AND kind = $2 AND id > $3 AND state = $4 AND issue_date >= $5 ORDER BY id LIMIT $6")
    .bind(ledger_id)
    .bind(kind.as_str())
    .bind(after.id)
    .bind(AUTHORISED)
    .bind(from)
    .bind(PAGE as i64)
    .all(db)
    .await?;
    let next = match rows.last() {
        Some((id, ..)) if rows.len() == PAGE => Some(format!("{}:{id}", after.kind)),
        _ if after.kind + 1 < kinds.len() => Some(format!("{}:", after.kind + 1)),
        _ => None,
    };
    let headers = rows.into_iter().map(|(external_id, label, net, tax, gross, outstanding)| Header {
        external_id,
        label,
        totals: ControlTotals { count: 1, net, tax, gross, outstanding },
    });
    Ok(Some((headers.collect(), next)))
}

/// The same of payments, labelled with the numbers of their documents. They never change, so the order in which
/// they were made will do.
pub async fn listed_payments(
    db: &Db,
    ledger_id: &str,
    from: &str,
    cursor: Option<&str>,
) -> sqlx::Result<Option<(Vec<Header>, Option<String>)>> {
    let Some(seen) = cursor.map_or(Some(0), |cursor| cursor.parse::<i64>().ok()) else { return Ok(None) };
    let rows: Vec<(String, String, i64, i64)> = sql("SELECT p.id, d.number, p.amount, p.seq
        FROM practice_payments p JOIN practice_documents d ON d.id = p.document_id
        WHERE p.ledger_id = $1 AND p.seq > $2 AND d.issue_date >= $3 ORDER BY p.seq LIMIT $4")
    .bind(ledger_id)
    .bind(seen)
    .bind(from)
    .bind(PAGE as i64)
    .all(db)
    .await?;
    let next = rows.last().filter(|_| rows.len() == PAGE).map(|(.., seq)| seq.to_string());
    let headers = rows.into_iter().map(|(external_id, label, amount, _)| Header {
        external_id,
        label,
        totals: ControlTotals { count: 1, gross: amount, ..ControlTotals::default() },
    });
    Ok(Some((headers.collect(), next)))
}
