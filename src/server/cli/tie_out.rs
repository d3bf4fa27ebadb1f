//! `tieout tie-out`

use super::answer::{Answer, Failure, SOME};
use crate::{
    domain::{
        connection::Access,
        money::{decimal, grouped},
        tie_out::{ControlTotals, EntityTieOut, TIED_OUT, plural},
    },
    server::{
        connectors,
        db::{Db, connections, tie_outs::Scope},
        services::{
            companies,
            tie_out::{self, TieOutError},
        },
    },
};
use serde_json::{Map, Value, json};

/// Differences shown to people for each entity.
const SHOWN: usize = 20;

/// Compare what should be there with what the accounting side says it holds, now
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 both sides agree to the cent, 3 they differ

Example: tieout tie-out --company AQE")]
pub struct TieOut {
    /// The company, by name or code
    #[arg(long, value_name = "NAME")]
    company: String,
}

impl TieOut {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let company = companies::find(db, &self.company).await?;
        let connection = connections::of_company(db, &company.id).await?;
        let Some(connection) = connection.filter(|connection| connection.access() == Access::Valid) else {
            let code = &company.code;
            return Err(Failure::Usage(format!(
                "{} is not connected to accounting software; connect it with: tieout connect --company {code} --provider practice",
                company.name
            )));
        };
        let connector = connectors::open(db, &connection).await?;
        let scope = Scope { connection_id: &connection.id, company_id: &company.id, sync_from: &connection.sync_from };
        let mut found = Vec::new();
        for entity in TIED_OUT {
            let tied = tie_out::compare(db, connector.as_ref(), scope, entity).await.map_err(|error| match error {
                TieOutError::Connector(error) => {
                    Failure::Usage(format!("{} cannot be compared: {error}", connection.organisation_name))
                }
                TieOutError::Database(error) => error.into(),
            })?;
            found.push(tied);
        }
        let code = if found.iter().all(EntityTieOut::in_balance) { 0 } else { SOME };
        let answer = match json {
            true => {
                let shapes = found.iter().map(|tied| (plural(tied.entity).to_owned(), shape(tied, &company.currency)));
                Answer::json(&shapes.collect::<Map<String, Value>>())?
            }
            false => Answer::done(found.iter().map(|tied| text(tied, &company.currency)).collect::<String>()),
        };
        Ok(answer.with_code(code))
    }
}

fn shape(tied: &EntityTieOut, currency: &str) -> Value {
    let side = |totals: &ControlTotals| json!({ "count": totals.count, "net": decimal(totals.net, currency), "gross": decimal(totals.gross, currency) });
    json!({ "local": side(&tied.local), "external": side(&tied.external), "in_balance": tied.in_balance() })
}

fn text(tied: &EntityTieOut, currency: &str) -> String {
    let side = |name: &str, totals: &ControlTotals| {
        let amount = |minor| grouped(minor, currency);
        let (count, net, gross, outstanding) =
            (totals.count, amount(totals.net), amount(totals.gross), amount(totals.outstanding));
        format!("  {name:<6} {count:>8}  net {net:>16}  gross {gross:>16}  outstanding {outstanding:>16}\n")
    };
    let verdict = if tied.in_balance() { "in balance" } else { "NOT in balance" };
    let mut text = format!("{}: {verdict}\n", plural(tied.entity).replace('_', " "));
    text += &side("here", &tied.local);
    text += &side("there", &tied.external);
    for difference in tied.differences.iter().take(SHOWN) {
        text += &format!("    {}: {}\n", difference.label, tie_out::describe(difference));
    }
    if tied.differences.len() > SHOWN {
        text += &format!("    … and {} more\n", tied.differences.len() - SHOWN);
    }
    text
}
