//! `tieout company`

use super::answer::{Answer, Failure, table};
use crate::server::{
    db::{Db, companies as rows},
    services::companies::{self, Wanted},
};
use serde_json::json;

/// Add companies to the property group, and list them
#[derive(clap::Subcommand)]
pub enum Company {
    Add(Add),
    /// List all companies with their codes
    #[command(after_help = "Example: tieout company list --json")]
    List,
}

/// Add a company
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tieout company add 'Albion Quay Estates'
  tieout company add 'Quai Ouest SARL' --code QUAI --currency EUR --time-zone Europe/Paris")]
pub struct Add {
    name: String,
    /// A short code for links and commands [default: the initials of the name]
    #[arg(long, default_value = "", hide_default_value = true)]
    code: String,
    /// The currency its books are kept in
    #[arg(long, default_value = "GBP")]
    currency: String,
    /// Its time zone: automatic syncs keep to its nights and business hours
    #[arg(long, default_value = "Europe/London", value_name = "ZONE")]
    time_zone: String,
}

impl Company {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        match self {
            Company::Add(add) => add.run(db, json).await,
            Company::List => list(db, json).await,
        }
    }
}

impl Add {
    async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let wanted = Wanted { name: self.name, code: self.code, currency: self.currency, time_zone: self.time_zone };
        let company = companies::add(db, &wanted).await?;
        if json {
            return Answer::json(&shape(&company));
        }
        let (name, code) = (&company.name, &company.code);
        Ok(Answer::done(format!(
            "Added {name} as {code}. Next: tieout import sales --company {code} FILE, or tieout connect --company {code} --provider practice"
        )))
    }
}

async fn list(db: &Db, json: bool) -> Result<Answer, Failure> {
    let companies = companies::all(db, None).await?;
    if json {
        return Answer::json(&companies.iter().map(shape).collect::<Vec<_>>());
    }
    if companies.is_empty() {
        return Ok(Answer::done("There is no company yet. Add one with: tieout company add NAME"));
    }
    let rows: Vec<[String; 5]> = companies
        .into_iter()
        .map(|company| {
            let status = company.status().label().to_owned();
            [company.code, company.name, company.currency, company.time_zone, status]
        })
        .collect();
    Ok(Answer::done(table(["Code", "Name", "Currency", "Time zone", "Status"], &rows, &[])))
}

fn shape(company: &rows::Company) -> serde_json::Value {
    json!({
        "code": company.code,
        "name": company.name,
        "currency": company.currency,
        "time_zone": company.time_zone,
        "status": company.status().as_str(),
    })
}
