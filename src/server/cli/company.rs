//! `tieout company`

mod import;

use super::answer::{Answer, Failure, table};
use crate::server::{
    db::{Db, companies as rows},
    services::companies::{self, Wanted},
};
use serde_json::json;

/// Add companies to the property group, change, archive and list them
#[derive(clap::Subcommand)]
pub enum Company {
    Add(Add),
    Edit(Edit),
    Archive(Archive),
    Restore(Restore),
    Import(import::Import),
    List(List),
}

/// List all companies with their codes
#[derive(clap::Args)]
#[command(after_help = "Example: tieout company list --json")]
pub struct List {
    /// Those that are archived instead
    #[arg(long)]
    archived: bool,
}

/// Change what a company is called, its currency or its time zone
#[derive(clap::Args)]
#[command(after_help = "\
What is not given stays as it is. The code is in the addresses of the company's pages. The currency can be changed \
until there are documents or a connection.

Examples:
  tieout company edit AQE --name 'Albion Quay Estates Ltd'
  tieout company edit AQE --code QUAY --time-zone Europe/Dublin")]
pub struct Edit {
    /// The company, by name or code
    #[arg(value_name = "COMPANY")]
    company: String,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    code: Option<String>,
    #[arg(long)]
    currency: Option<String>,
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
}

/// Take a company out of every list, count and schedule
#[derive(clap::Args)]
#[command(after_help = "\
Nothing of it is deleted: `tieout company restore` brings it back as it was, and `tieout company list --archived` lists \
what is archived. Refused while a sync of it is under way.

Example: tieout company archive AQE")]
pub struct Archive {
    /// The company, by name or code
    #[arg(value_name = "COMPANY")]
    company: String,
}

/// Bring an archived company back as it was
#[derive(clap::Args)]
#[command(after_help = "Example: tieout company restore AQE")]
pub struct Restore {
    /// The company, by name or code
    #[arg(value_name = "COMPANY")]
    company: String,
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
            Company::Edit(edit) => edit.run(db, json).await,
            Company::Archive(Archive { company }) => {
                let company = companies::find(db, &company).await?;
                done(json, &companies::archive(db, &company.id).await?, "is archived. Bring it back with: tieout company restore")
            }
            Company::Restore(Restore { company }) => {
                let company = companies::find_archived(db, &company).await?;
                done(json, &companies::restore(db, &company.id).await?, "is back as it was. Its code is")
            }
            Company::Import(import) => import.run(db, json).await,
            Company::List(list) => list.run(db, json).await,
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

impl Edit {
    async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let company = companies::find(db, &self.company).await?;
        let wanted = Wanted {
            name: self.name.unwrap_or(company.name),
            code: self.code.unwrap_or(company.code),
            currency: self.currency.unwrap_or(company.currency),
            time_zone: self.time_zone.unwrap_or(company.time_zone),
        };
        done(json, &companies::edit(db, &company.id, &wanted).await?, "is saved. Its code is")
    }
}

/// `Albion Quay Estates is saved. Its code is AQE`
fn done(json: bool, company: &rows::Company, words: &str) -> Result<Answer, Failure> {
    match json {
        true => Answer::json(&shape(company)),
        false => Ok(Answer::done(format!("{} {words} {}", company.name, company.code))),
    }
}

impl List {
    async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let companies = if self.archived { companies::all_archived(db).await? } else { companies::all(db, None).await? };
        if json {
            return Answer::json(&companies.iter().map(shape).collect::<Vec<_>>());
        }
        if companies.is_empty() {
            return Ok(Answer::done(match self.archived {
                true => "No company is archived.",
                false => "There is no company yet. Add one with: tieout company add NAME",
            }));
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
