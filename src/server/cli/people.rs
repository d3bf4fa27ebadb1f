//! `tieout people`

use super::answer::{Answer, Failure, table};
use crate::{
    domain::person::Role,
    server::{
        config::Settings,
        db::Db,
        services::people::{self, Kind, Wanted},
        state::Site,
    },
};
use serde_json::json;

/// Invite people, let them in again, and list them
#[derive(clap::Subcommand)]
#[command(after_help = "\
Whoever may run this command may do everything: it asks for no password. A server shows a link to set it up when it is
started before there is anybody.")]
pub enum People {
    /// Everybody who may sign in, and who no longer may
    List,
    Invite(Invite),
    Link(Link),
}

/// Add a person; prints the link through which they choose a password
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tieout people invite ada@example.com --name 'Ada Albion' --role manager
  tieout people invite lee@example.com --name Lee --role viewer --companies AQE,BCH")]
pub struct Invite {
    #[arg(value_name = "E-MAIL")]
    email: String,
    #[arg(long)]
    name: String,
    /// viewer, accountant, manager or administrator
    #[arg(long, value_parser = parse_role, default_value = "viewer")]
    role: Role,
    /// Codes of the only companies they see [default: all]
    #[arg(long, value_delimiter = ',', value_name = "CODES")]
    companies: Option<Vec<String>>,
}

/// Make a link that lets somebody in once: to choose a new password, or to sign in at once
#[derive(clap::Args)]
#[command(after_help = "Example: tieout people link ada@example.com")]
pub struct Link {
    #[arg(value_name = "E-MAIL")]
    email: String,
    /// Sign in at once, and leave the password as it is
    #[arg(long)]
    sign_in: bool,
}

fn parse_role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| format!("known are {}", Role::ALL.map(Role::as_str).join(", ")))
}

impl People {
    pub async fn run(self, db: &Db, settings: &Settings, as_json: bool) -> Result<Answer, Failure> {
        let link = match self {
            People::List => return list(db, as_json).await,
            People::Invite(Invite { email, name, role, companies }) => {
                people::invite(db, &Wanted { name, email, role, companies }).await?
            }
            People::Link(Link { email, sign_in }) => {
                let person = people::named(db, &email).await?;
                people::link_for(db, &person, if sign_in { Kind::Enter } else { Kind::Password }).await?
            }
        };
        let link = format!("{}{link}", Site::of(settings).origin(&settings.web.listen.to_string()));
        if as_json {
            return Answer::json(&json!({ "link": link }));
        }
        Ok(Answer::done(format!("This link can be used once:\n\n    {link}")))
    }
}

async fn list(db: &Db, as_json: bool) -> Result<Answer, Failure> {
    let people = people::listed(db, "").await?;
    if as_json {
        let shape: Vec<_> = people
            .iter()
            .map(|person| {
                let companies = (!person.sees_all).then_some(&person.companies);
                json!({
                    "name": person.name, "email": person.email, "role": person.role.as_str(), "companies": companies,
                    "joined": person.joined, "disabled": person.disabled.is_some(),
                })
            })
            .collect();
        return Answer::json(&json!({ "people": shape }));
    }
    let rows: Vec<_> = people
        .into_iter()
        .map(|person| {
            let sees = if person.sees_all { "all companies".to_owned() } else { person.companies.join(", ") };
            let state = if person.disabled.is_some() { "disabled" } else { "" };
            [person.name, person.email, person.role.as_str().to_owned(), sees, state.to_owned()]
        })
        .collect();
    Ok(Answer::done(table(["Name", "E-mail", "Role", "Sees", ""], &rows, &[])))
}
