//! `tieout status`

use super::answer::{Answer, Failure, table};
use crate::{
    domain::status::SyncStatus,
    server::{
        db::{Db, groups, sees::Seen, status as counts},
        services::companies,
    },
};
use serde_json::{Map, Value, json};

/// Show every company's status
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tieout status
  tieout status --only errors,needs-reconnecting
  tieout status --json | jq .counts")]
pub struct Status {
    /// List companies in these statuses only: synced, in-progress, not-connected, incomplete-onboarding,
    /// needs-reconnecting, errors, incomplete-pipeline
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = parse_status)]
    only: Vec<SyncStatus>,
}

/// A status by its word, for clap.
pub fn parse_status(word: &str) -> Result<SyncStatus, String> {
    SyncStatus::parse(word).ok_or_else(|| format!("known are {}", SyncStatus::ALL.map(SyncStatus::as_str).join(", ")))
}

impl Status {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let mut kept = SyncStatus::ALL.map(|status| (status, 0));
        if let Some((group, _)) = groups::current(db).await? {
            for (_, status, n) in counts::counts(db, &Seen::everything(&group)).await? {
                kept.iter_mut().filter(|(one, _)| one.as_str() == status).for_each(|(_, sum)| *sum += n);
            }
        }
        let mut listed = companies::all(db, None).await?;
        listed.retain(|company| self.only.is_empty() || self.only.contains(&company.status()));
        if json {
            let counts: Map<String, Value> = kept.iter().map(|(status, n)| (status.as_str().to_owned(), json!(n))).collect();
            let companies: Vec<Value> = listed
                .iter()
                .map(|company| {
                    json!({
                        "code": company.code,
                        "name": company.name,
                        "status": company.status().as_str(),
                        "reason": company.reason,
                        "paused": company.paused != 0,
                        "last_success": company.last_success_at.map(instant),
                        "open_errors": company.open_errors,
                    })
                })
                .collect();
            return Answer::json(&json!({ "counts": counts, "companies": companies }));
        }
        let mut text = String::new();
        for (status, n) in kept {
            text += &format!("{n:>7}  {}\n", status.label());
        }
        listed.sort_by_key(|company| std::cmp::Reverse(company.status().severity()));
        let rows: Vec<[String; 4]> = listed
            .into_iter()
            .map(|company| {
                let success = company.last_success_at.map_or_else(|| "never".to_owned(), instant);
                [company.code.clone(), company.name.clone(), success, format!("{}. {}", company.status().label(), company.reason)]
            })
            .collect();
        if !rows.is_empty() {
            text += "\n";
            text += &table(["Code", "Name", "Last success", "Status"], &rows, &[]);
        }
        Ok(Answer::done(text))
    }
}

/// A point in time as scripts read it: `2026-11-23T06:02:00Z`.
fn instant(ms: i64) -> String {
    jiff::Timestamp::from_second(ms.div_euclid(1000)).map_or_else(|_| String::new(), |at| at.to_string())
}
