//! What lines of documents refer to: accounts that take them, taxes, and analytic accounts as options of their root.

use super::{client::Query, connector::TrytonConnector, value};
use crate::{
    domain::money::parse_scaled,
    server::connectors::{ConnectorError, ReferenceItem},
};
use serde_json::{Value, json};

/// More than any chart has.
const PAGE: usize = 1_000;

impl TrytonConnector {
    pub(super) async fn accounts(&self) -> Result<Vec<ReferenceItem>, ConnectorError> {
        let query = Query::of(&["code", "name", "closed", "active"]).domain(json!([
            ["company", "=", self.company],
            // Those a line of a customer's or of a supplier's document may name. Headings have no type.
            ["OR", ["type.revenue", "=", true], ["type.expense", "=", true], ["type.debt", "=", true]],
        ]));
        let accounts = self.all("account.account", query).await?;
        Ok(accounts.iter().filter_map(account).collect())
    }

    pub(super) async fn tax_rates(&self) -> Result<Vec<ReferenceItem>, ConnectorError> {
        // A tax with a parent is a part of it; it is the parent that lines name.
        let query = Query::of(&["name", "description", "type", "rate", "childs", "active"])
            .domain(json!([["company", "=", self.company], ["parent", "=", null]]));
        Ok(self.all("account.tax", query).await?.iter().filter_map(tax_rate).collect())
    }

    pub(super) async fn tracking(&self) -> Result<Vec<ReferenceItem>, ConnectorError> {
        let query = Query::of(&["name", "state", "active", "root.name"])
            .domain(json!([["company", "=", self.company], ["type", "in", ["normal", "distribution"]]]));
        match self.all("analytic_account.account", query).await {
            // Without the module there are no such accounts; with it and without the right to read them, none for us.
            Err(ConnectorError::Protocol(text)) if text.contains("analytic_account.account") => Ok(Vec::new()),
            accounts => Ok(accounts?.iter().filter_map(tracking).collect()),
        }
    }

    /// All records a query chooses, by ascending id.
    pub(super) async fn all(&self, model: &str, query: Query) -> Result<Vec<Value>, ConnectorError> {
        let query = query.order(json!([["id", "ASC"]]));
        let mut all = Vec::new();
        loop {
            let page = self.client.search(model, &query.clone().page(all.len(), PAGE)).await?;
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }
}

fn account(record: &Value) -> Option<ReferenceItem> {
    let name = value::text(record, "name");
    Some(ReferenceItem {
        external_id: value::id(record, "id")?.to_string(),
        code: account_code(record, "code", "name").to_owned(),
        name: name.to_owned(),
        rate_e4: None,
        archived: value::truth(record, "closed") || !value::truth(record, "active"),
    })
}

/// What an account is called: its code, or where it has none its name.
pub(super) fn account_code<'a>(record: &'a Value, code: &str, name: &str) -> &'a str {
    match value::text(record, code) {
        "" => value::text(record, name),
        code => code,
    }
}

fn tax_rate(record: &Value) -> Option<ReferenceItem> {
    // Taxes made of several, and fixed amounts, are no percentage of a line.
    let rate_e4 = match value::text(record, "type") {
        "percentage" if value::list(record, "childs").is_empty() => Some(percent_e4(record, "rate")?),
        "none" if value::list(record, "childs").is_empty() => Some(0),
        _ => return None,
    };
    let name = value::text(record, "name").to_owned();
    Some(ReferenceItem {
        external_id: value::id(record, "id")?.to_string(),
        code: name.clone(),
        name,
        rate_e4,
        archived: !value::truth(record, "active"),
    })
}

/// A rate such as 0.2 as percent in ten-thousandths; `None` where it is finer.
pub(super) fn percent_e4(record: &Value, path: &str) -> Option<i64> {
    parse_scaled(&value::decimal(record, path), 6).ok()
}

fn tracking(record: &Value) -> Option<ReferenceItem> {
    let name = value::text(record, "name");
    Some(ReferenceItem {
        external_id: value::id(record, "id")?.to_string(),
        code: option(value::text(record, "root.name"), name),
        name: name.to_owned(),
        rate_e4: None,
        archived: value::text(record, "state") == "closed" || !value::truth(record, "active"),
    })
}

/// A tracking option as both sides call it.
pub(super) fn option(root: &str, name: &str) -> String {
    format!("{root}: {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taxes_that_are_no_percentage_of_a_line_are_left_out() {
        let tax = |kind: &str, rate: &str, childs: Value| {
            json!({ "id": 4, "name": "VAT", "type": kind, "active": 1, "childs": childs,
                "rate": { "__class__": "Decimal", "decimal": rate } })
        };
        let rate = |record: &Value| tax_rate(record).and_then(|item| item.rate_e4);
        assert_eq!(rate(&tax("percentage", "0.2", json!([]))), Some(200_000));
        assert_eq!(rate(&tax("percentage", "0.175", json!([]))), Some(175_000));
        assert_eq!(rate(&tax("none", "", json!([]))), Some(0));
        assert_eq!(rate(&tax("fixed", "", json!([]))), None);
        assert_eq!(rate(&tax("percentage", "0.2", json!([5]))), None);
        assert_eq!(rate(&tax("percentage", "0.33333333", json!([]))), None);
    }

    #[test]
    fn an_account_without_a_code_goes_by_its_name_and_a_closed_one_is_archived() {
        let item = account(&json!({ "id": 3, "code": null, "name": "Sundry", "closed": 1, "active": true })).unwrap();
        assert_eq!((item.code.as_str(), item.archived), ("Sundry", true));
    }
}
