//! Payments on their way to Tryton: each is a statement of one line that names its document, validated and posted.

use super::{
    client::Query,
    connector::TrytonConnector,
    documents::MODEL,
    lines::{id, money, refused},
    payments, value,
};
use crate::{
    domain::money::minor_digits,
    server::connectors::{ConnectorError, PaymentContent, PushOutcome},
};
use serde_json::{Value, json};

const STATEMENT: &str = "account.statement";
const LINE: &str = "account.statement.line";
/// The name by which a journal is chosen where there are several.
const JOURNAL_NAME: &str = "Tieout";
const LINES: &[&str] = &["state", "lines.move.lines.origin"];

impl TrytonConnector {
    pub(super) async fn pay(&self, payment: &PaymentContent) -> PushOutcome {
        let document = id(&payment.document_id)?;
        let fields = [&["party", "account"], payments::OF_DOCUMENT, payments::FIELDS].concat();
        let query = Query::of(&fields).domain(json!([["company", "=", self.company], ["id", "=", document]]));
        let found = self.client.search(MODEL, &query).await?;
        let held = found.first().ok_or_else(|| refused("document-gone", "The document is not there any more".into()))?;
        match value::text(held, "state") {
            "posted" => {}
            "paid" => {
                let message = "Payment amount exceeds the amount outstanding on this document: it is paid in Tryton";
                return Err(refused("above-outstanding", message.into()));
            }
            "cancelled" => return Err(refused("document-cancelled", "The document is cancelled in Tryton".into())),
            _ => return Err(refused("document-draft", "Payments can only be made against authorised documents".into())),
        }
        let (statement, state) = match self.unfinished(document, payment, held).await? {
            Some(found) => found,
            None => (self.make_statement(document, payment, held).await?, "draft".to_owned()),
        };
        let booked = self.finish(document, statement, &state).await;
        match booked {
            Ok(id) => Ok(id),
            Err(error) => {
                let journal = self.statement_journal(value::text(held, "currency.code")).await?;
                Err(self.explained(error, value::id(&journal, "journal"), &payment.paid_on).await)
            }
        }
    }

    /// A statement of this payment that a broken connection left before it was posted.
    async fn unfinished(
        &self,
        document: i64,
        payment: &PaymentContent,
        held: &Value,
    ) -> Result<Option<(i64, String)>, ConnectorError> {
        let paid_on = value::write_day(&payment.paid_on);
        let domain = json!([
            ["related_to", "=", format!("{MODEL},{document}")],
            ["statement.state", "in", ["draft", "validated"]],
            ["statement.name", "=", name(payment)],
            ["date", "=", paid_on],
            ["amount", "=", signed(payment, held)],
        ]);
        let found = self.client.search(LINE, &Query::of(&["statement.state"]).domain(domain)).await?;
        let statement = found.first().map(|line| value::at(line, "statement"));
        Ok(statement.and_then(|statement| Some((value::id(statement, "id")?, value::text(statement, "state").to_owned()))))
    }

    async fn make_statement(&self, document: i64, payment: &PaymentContent, held: &Value) -> Result<i64, ConnectorError> {
        let currency = value::text(held, "currency.code");
        let journal = self.statement_journal(currency).await?;
        let amount = signed(payment, held);
        let day = value::write_day(&payment.paid_on);
        let day = day.ok_or_else(|| refused("date", format!("'{}' is not a valid date", payment.paid_on)))?;
        let mut statement = json!({
            "company": self.company,
            "name": name(payment),
            "journal": value::id(&journal, "id"),
            "date": day,
            "lines": [["create", [{
                "date": day,
                "amount": amount,
                "party": value::id(held, "party"),
                "account": value::id(held, "account"),
                "related_to": format!("{MODEL},{document}"),
                "description": payment.reference,
            }]]],
        });
        // What the journal has its statements checked by.
        match value::text(&journal, "validation") {
            "amount" => statement["total_amount"] = amount,
            "number_of_lines" => statement["number_of_lines"] = 1.into(),
            "balance" => {
                let (before, after) = self.balances(&journal, payment, held).await?;
                statement["start_balance"] = before;
                statement["end_balance"] = after;
            }
            _ => {}
        }
        let made = self.client.create(STATEMENT, statement, &[]).await?;
        value::id(&made, "id")
            .ok_or_else(|| ConnectorError::UnknownOutcome("Tryton made the statement and did not say which it is".into()))
    }

    /// The balance of the journal's last statement up to the day, and with the payment.
    async fn balances(&self, journal: &Value, payment: &PaymentContent, held: &Value) -> Result<(Value, Value), ConnectorError> {
        let digits = minor_digits(value::text(held, "currency.code"));
        let domain = json!([
            ["company", "=", self.company],
            ["journal", "=", value::id(journal, "id")],
            ["date", "<=", value::write_day(&payment.paid_on)],
            ["state", "!=", "cancelled"],
        ]);
        let query = Query::of(&["end_balance"]).domain(domain).order(json!([["date", "DESC"], ["id", "DESC"]])).page(0, 1);
        let last = self.client.search(STATEMENT, &query).await?;
        let before = last.first().map_or(0, |last| value::rounded(last, "end_balance", digits));
        let after = before + direction(held) * payment.amount;
        Ok((money(before, digits), money(after, digits)))
    }

    async fn statement_journal(&self, currency: &str) -> Result<Value, ConnectorError> {
        let domain = json!([["company", "=", self.company], ["active", "=", true], ["currency.code", "=", currency]]);
        let query = Query::of(&["name", "validation", "journal"]).domain(domain).order(json!([["id", "ASC"]]));
        let mut found = self.client.search("account.statement.journal", &query).await.map_err(|error| match error {
            ConnectorError::Protocol(text) if text.contains("account.statement.journal") => {
                refused("no-statement-journal", "Tryton has no statements: activate its module account_statement".into())
            }
            other => other,
        })?;
        let named = found.iter().position(|journal| value::text(journal, "name") == JOURNAL_NAME);
        match (named, found.len()) {
            (Some(place), _) => Ok(found.swap_remove(place)),
            (None, 1) => Ok(found.swap_remove(0)),
            (None, 0) => Err(refused("no-statement-journal", format!("Tryton has no statement journal in {currency}"))),
            (None, _) => Err(refused(
                "several-statement-journals",
                format!(
                    "Tryton has several statement journals in {currency}: name the one for payments from here {JOURNAL_NAME}"
                ),
            )),
        }
    }

    /// Validates and posts a statement; one that cannot be is removed.
    async fn finish(&self, document: i64, statement: i64, state: &str) -> PushOutcome {
        // With its warnings: skipping them would book the money without the document it is for.
        if state == "draft"
            && let Err(error) = self.client.press(STATEMENT, statement, "validate_statement", &[]).await
        {
            if !matches!(error, ConnectorError::UnknownOutcome(_)) {
                self.discard(STATEMENT, statement).await;
            }
            return Err(error);
        }
        let posted = match self.client.press(STATEMENT, statement, "post", LINES).await {
            Ok(posted) => posted,
            Err(error @ ConnectorError::UnknownOutcome(_)) => return Err(error),
            Err(error) => {
                if self.client.press(STATEMENT, statement, "cancel", &[]).await.is_ok() {
                    self.discard(STATEMENT, statement).await;
                }
                return Err(error);
            }
        };
        let lines = value::list(&posted, "lines").iter().flat_map(|line| value::list(line, "move.lines"));
        let entry = lines.filter(|line| value::text(line, "origin").starts_with(LINE)).find_map(|line| value::id(line, "id"));
        let booked = || ConnectorError::UnknownOutcome("Tryton booked the payment and did not say as which entry".into());
        Ok(payments::external_id(document, entry.ok_or_else(booked)?))
    }
}

/// What the statement is called: what its payment is called, so that it is found again.
fn name(payment: &PaymentContent) -> String {
    match payment.reference.as_str() {
        "" => format!("{JOURNAL_NAME} {}", payment.paid_on),
        reference => format!("{JOURNAL_NAME} {reference}"),
    }
}

/// Money of customers comes in, money for suppliers goes out.
fn direction(held: &Value) -> i64 {
    if value::text(held, "type") == "in" { -1 } else { 1 }
}

fn signed(payment: &PaymentContent, held: &Value) -> Value {
    money(direction(held) * payment.amount, minor_digits(value::text(held, "currency.code")))
}
