//! Connecting to Xero from a shell. With a custom connection nobody else is needed; with this server's app a person has to
//! agree in a browser, which comes back to the running server, and this command waits for that.

use super::{BY, Connect, Failure};
use crate::{
    domain::{
        connection::{Access, EARLIEST_SYNC_FROM},
        provider::Provider,
    },
    server::{
        cli::answer::Answer,
        config::{Secret, Settings},
        db::{Db, authorisations, companies::Company, connections as rows},
        services::connections::{
            custom::{self, Credentials, Used},
            xero,
        },
        state::Site,
    },
};
use serde_json::json;
use std::{
    io::Read,
    time::{Duration, Instant},
};

/// How long somebody may take to agree before the command ends. The same command goes on waiting.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
const LOOK: Duration = Duration::from_millis(250);

/// Longer than any secret.
const LONGEST: u64 = 4_096;

/// What came of waiting for a person.
enum Agreed {
    NotYet,
    /// Access to the organisation the company has was taken up again.
    ToTheSame,
    /// One of the organisations that were opened is to be chosen.
    ToChoose,
}

impl Connect {
    /// `None` once the company is connected, and onboarding is next.
    pub(super) async fn xero(
        &self,
        db: &Db,
        settings: &Settings,
        company: &Company,
        json: bool,
    ) -> Result<Option<Answer>, Failure> {
        if let (Some(id), Some(file)) = (&self.client_id, &self.client_secret_file) {
            let credentials = Credentials { client_id: id.clone(), client_secret: secret(file)? };
            let sync_from = self.sync_from.as_deref().unwrap_or(EARLIEST_SYNC_FROM);
            return match custom::use_credentials(db, company, &credentials, sync_from, self.schedule, BY).await? {
                Used::Connected(_) => Ok(None),
                Used::Reconnected => self.reconnected(company, json).map(Some),
            };
        }
        let home = home(settings);
        let asked = authorisations::of_company(db, &company.id).await?;
        if asked.is_none_or(|asked| asked.provider() != Some(Provider::Xero) || asked.trouble.is_some()) {
            self.begin(db, company, &home).await?;
        }
        let page = format!("{home}/companies/{}/integration", company.code);
        match self.agreed(db, company, &page).await? {
            Agreed::NotYet => {
                let text = format!("Open {page} in a browser, sign in, and go on to Xero. Then give the same command again.");
                self.waits(company, json, &text).map(Some)
            }
            Agreed::ToTheSame => self.reconnected(company, json).map(Some),
            Agreed::ToChoose => {
                self.choose(db, company).await?;
                Ok(None)
            }
        }
    }

    /// Waits until somebody has agreed and the server knows to what.
    async fn agreed(&self, db: &Db, company: &Company, page: &str) -> Result<Agreed, Failure> {
        let began = Instant::now();
        let mut is_told = false;
        loop {
            let Some(asked) = authorisations::of_company(db, &company.id).await? else {
                let connection = rows::of_company(db, &company.id).await?;
                let is_back = connection.is_some_and(|connection| connection.access() == Access::Valid);
                let given_up = || Failure::Usage("The access was given up meanwhile.".into());
                return if is_back { Ok(Agreed::ToTheSame) } else { Err(given_up()) };
            };
            if let Some(why) = asked.trouble {
                return Err(Failure::Usage(why));
            }
            if asked.approved_at.is_some() {
                return Ok(Agreed::ToChoose);
            }
            if self.no_wait || began.elapsed() > PATIENCE {
                return Ok(Agreed::NotYet);
            }
            if !is_told {
                is_told = true;
                eprintln!(
                    "Open {page} in a browser, sign in, and go on to Xero; Tieout has to be running there. Waiting until somebody \
                    has agreed. Ctrl-C ends the waiting, and the same command goes on with it."
                );
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn begin(&self, db: &Db, company: &Company, home: &str) -> Result<(), Failure> {
        let sync_from = self.sync_from.as_deref().unwrap_or(EARLIEST_SYNC_FROM);
        match rows::of_company(db, &company.id).await? {
            Some(connection) if connection.access() != Access::Valid => xero::ask_again(db, company, home, BY).await?,
            _ => xero::ask(db, company, home, sync_from, self.schedule, BY).await?,
        }
        Ok(())
    }

    fn reconnected(&self, company: &Company, json: bool) -> Result<Answer, Failure> {
        if json {
            let shape = json!({ "company": company.name, "provider": self.provider.as_str(), "reconnected": true });
            return Answer::json(&shape);
        }
        let text = format!(
            "{} is reconnected to the same organisation. Catch up with: tieout sync --company {}",
            company.name, company.code
        );
        Ok(Answer::done(text))
    }
}

/// Where people find the server that these settings are of: by its name on this machine, as Xero has to know it.
fn home(settings: &Settings) -> String {
    let origin = Site::of(settings).origin(&settings.web.listen.to_string());
    xero::redirect(&origin).trim_end_matches(xero::BACK).to_owned()
}

/// A secret from a file, or from standard input: an argument would show in the list of processes.
fn secret(file: &str) -> Result<Secret, Failure> {
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin().take(LONGEST).read_to_string(&mut text),
        path => std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text)),
    };
    match read {
        Ok(_) => Ok(Secret(text.trim().to_owned())),
        Err(error) => Err(Failure::Usage(format!("The client secret cannot be read from {file}: {error}"))),
    }
}
