//! Which days the books are closed for.

use super::{
    client::{FORBIDDEN, Query},
    connector::TrytonConnector,
    lines::refused,
    value,
};
use crate::server::connectors::ConnectorError;
use serde_json::{Value, json};

impl TrytonConnector {
    /// The last day of the closed periods before the first open one; a period closed among open ones shows when a
    /// document meets it.
    pub(super) async fn locked_until(&self) -> Result<Option<String>, ConnectorError> {
        let domain = json!([["company", "=", self.company], ["type", "=", "standard"]]);
        let periods = self.all("account.period", Query::of(&["start_date", "end_date", "state"]).domain(domain)).await?;
        Ok(locked_until(&periods))
    }

    /// Puts into words what Tryton refuses without any: a day on which the journal is closed.
    pub(super) async fn explained(&self, error: ConnectorError, journal: Option<i64>, day: &str) -> ConnectorError {
        if !matches!(&error, ConnectorError::Validation { code, .. } if code == FORBIDDEN) {
            return error;
        }
        let Some(day) = value::write_day(day) else { return error };
        let domain = json!([
            ["journal", "=", journal],
            ["period.company", "=", self.company],
            ["period.start_date", "<=", day],
            ["period.end_date", ">=", day],
            ["state", "=", "closed"],
        ]);
        let closed = self.client.search("account.journal.period", &Query::of(&["rec_name"]).domain(domain)).await;
        match closed.as_deref().unwrap_or_default().first() {
            Some(period) => {
                let name = value::text(period, "rec_name");
                refused("journal-period-closed", format!("Its day is in the closed journal-period \"{name}\""))
            }
            None => error,
        }
    }
}

fn locked_until(periods: &[Value]) -> Option<String> {
    let is_open = |period: &&Value| value::text(period, "state") == "open";
    let first_open = periods.iter().filter(is_open).map(|period| value::day(period, "start_date")).min();
    let closed = periods.iter().filter(|period| !is_open(period)).map(|period| value::day(period, "end_date"));
    closed.filter(|end| !end.is_empty() && first_open.as_ref().is_none_or(|open| end < open)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_periods_lock_up_to_the_first_open_one() {
        let period = |month: i32, days: i32, state: &str| {
            let day = |day: i32| value::write_day(&format!("2010-{month:02}-{day:02}"));
            json!({ "state": state, "start_date": day(1), "end_date": day(days) })
        };
        let year = |states: [&str; 3]| {
            let [october, november, december] = states;
            [period(12, 31, december), period(10, 31, october), period(11, 30, november)]
        };
        assert_eq!(locked_until(&year(["closed", "locked", "open"])).as_deref(), Some("2010-11-30"));
        assert_eq!(locked_until(&year(["open", "closed", "open"])), None);
        assert_eq!(locked_until(&year(["closed", "closed", "closed"])).as_deref(), Some("2010-12-31"));
        assert_eq!(locked_until(&[]), None);
    }
}
