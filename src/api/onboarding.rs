//! Onboarding a company: the pages of the wizard, what is saved on them, and the confirmation.

use super::ApiError;
use crate::domain::{
    matching::Pick,
    onboarding::{CompanyOnboarding, Entry},
};
use leptos::{prelude::*, server_fn::codec::GetUrl};

#[cfg(feature = "ssr")]
use crate::domain::person::Role;

#[cfg(feature = "ssr")]
use crate::{
    api::{flash, viewer::by},
    domain::{
        matching::ReferenceKind,
        onboarding::{
            Step, StepPage,
            asked::{Asked, ROWS, Shown},
        },
    },
    server::{
        db::{Db, companies::Company},
        services::{
            error::ServiceError,
            onboarding::{self, Confirmed, Saved},
        },
    },
};

/// Longer than any value of a document, id and address.
#[cfg(feature = "ssr")]
const LONGEST: usize = 4_000;

#[cfg(feature = "ssr")]
async fn asked(least: Role, code: &str, texts: &[&str], entries: &[Entry]) -> Result<(Db, Company), ApiError> {
    let of_entries = entries.iter().flat_map(|entry| [&entry.item, &entry.choice, &entry.was, &entry.shown]).map(String::as_str);
    if texts.iter().copied().chain(of_entries).any(|text| text.len() > LONGEST) {
        return Err(ServiceError::Invalid(format!("A text has more than {LONGEST} characters.")).into());
    }
    super::viewer::company(least, code).await
}

/// The page of the wizard that a query string asks for.
#[server(name = ReadOnboarding, endpoint = "company-onboarding", input = GetUrl)]
pub async fn company_onboarding(code: String, query: String) -> Result<CompanyOnboarding, ApiError> {
    let (db, company) = asked(Role::Viewer, &code, &[&query], &[]).await?;
    let onboarding = onboarding::onboarding(&db, &company, &query).await?;
    let head = crate::server::services::overview::company(&db, &company).await?;
    Ok(CompanyOnboarding { head, onboarding })
}

/// What the button of a step's form does besides saving.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Save,
    /// Go on to the next page or step.
    Continue,
    /// Accept everything of the same code or name.
    Accept,
    /// Contacts: create all that have none of their name there.
    Create,
}

#[cfg(feature = "ssr")]
impl Act {
    fn parse(word: &str) -> Result<Act, ApiError> {
        match word {
            "" | "save" => Ok(Act::Save),
            "continue" => Ok(Act::Continue),
            "accept" => Ok(Act::Accept),
            "create" => Ok(Act::Create),
            _ => Err(ServiceError::Invalid("The act must be save, continue, accept or create.".into()).into()),
        }
    }

    /// What of a form is saved. Who saves a page means what it shows; who accepts in bulk means only what was changed in it.
    fn meant(self, entries: Vec<Entry>) -> Vec<Entry> {
        let whole = matches!(self, Act::Save | Act::Continue);
        entries.into_iter().filter(|entry| !entry.item.is_empty() && (whole || entry.choice != entry.shown)).collect()
    }
}

/// Says what became of a form, and sends its browser on. Whoever has something to put right stays where it was.
#[cfg(feature = "ssr")]
fn told(saved: &Saved, besides: &str, here: &str, next: Option<String>) {
    if !flash::is_plain_form() {
        return;
    }
    let sentence = if besides.is_empty() {
        saved.sentence()
    } else if *saved == Saved::default() {
        besides.to_owned()
    } else {
        format!("{besides} {}", saved.sentence())
    };
    match (saved.is_whole(), next) {
        (false, _) => flash::complain(&sentence, here),
        (true, next) => {
            flash::say(&sentence);
            flash::go_to(&next.unwrap_or_else(|| here.to_owned()));
        }
    }
}

/// Saves matches of a kind (`tax_rate`, `account`, `tracking`). `act`: `save`, `continue` (to the next page or step) or
/// `accept` (also everything of the same code or name). `page`: the query string of the page it was done on. Answers how
/// many matches were stored.
#[server(endpoint = "save-matches")]
pub async fn save_matches(
    code: String,
    kind: String,
    #[server(default)] entries: Vec<Entry>,
    #[server(default)] act: String,
    #[server(default)] page: String,
) -> Result<u64, ApiError> {
    let (db, company) = asked(Role::Manager, &code, &[&kind, &page], &entries).await?;
    let act = Act::parse(&act)?;
    let kind = ReferenceKind::parse(&kind)
        .ok_or_else(|| ServiceError::Invalid("The kind must be account, tax_rate or tracking.".into()))?;
    let saved = onboarding::save(&db, &company.id, kind, &act.meant(entries), &by()?).await?;
    let accepted = if act == Act::Accept { onboarding::accept_exact(&db, &company.id, kind, &by()?).await? } else { 0 };
    let besides = match (act, accepted) {
        (Act::Accept, 0) => "There was no exact match left to accept.".to_owned(),
        (Act::Accept, 1) => "1 exact match is accepted.".to_owned(),
        (Act::Accept, n) => format!("{n} exact matches are accepted."),
        _ => String::new(),
    };
    let here = Asked { step: Some(Step::of(kind)), ..Asked::from_query(&page).0.list() };
    let next = match act {
        Act::Continue => {
            let state = onboarding::onboarding(&db, &company, &here.to_query()).await?;
            let pages = state.progress(Step::of(kind)).all.div_ceil(ROWS.into());
            Some(following(&company.code, &here, pages, state.confirmed.is_some()))
        }
        _ => None,
    };
    told(&saved, &besides, &here.address(&company.code), next);
    Ok(saved.stored + accepted)
}

/// The page after this one, or the step after the last of them.
#[cfg(feature = "ssr")]
fn following(code: &str, here: &Asked, pages: u64, onboarded: bool) -> String {
    if u64::from(here.page) < pages {
        return here.on_page(here.page + 1).address(code);
    }
    match here.step.and_then(|step| step.next(onboarded)) {
        Some(step) => Asked::at(step).address(code),
        None => here.address(code),
    }
}

/// Saves what becomes of contacts: `link:ID`, `create` or `archive` each. `act`: `save`, `continue`, `accept` (also every
/// one of the same name) or `create` (also all others). `page` as in [`save_matches`]. Answers how many were stored.
#[server(endpoint = "save-contact-matches")]
pub async fn save_contact_matches(
    code: String,
    #[server(default)] entries: Vec<Entry>,
    #[server(default)] act: String,
    #[server(default)] page: String,
) -> Result<u64, ApiError> {
    let (db, company) = asked(Role::Manager, &code, &[&page], &entries).await?;
    let act = Act::parse(&act)?;
    let here = Asked { step: Some(Step::Contacts), ..Asked::from_query(&page).0.list() };
    // How long the list is before it is saved: what was decided may leave a filtered one.
    let pages = match act {
        Act::Continue => match onboarding::onboarding(&db, &company, &here.to_query()).await?.page {
            StepPage::Contacts(contacts) => contacts.listed.div_ceil(ROWS.into()),
            _ => 0,
        },
        _ => 0,
    };
    let saved = onboarding::save_contacts(&db, &company.id, &act.meant(entries), &by()?).await?;
    let (bulk, besides) = match act {
        Act::Accept => {
            let n = onboarding::accept_same_names(&db, &company.id, &by()?).await?;
            (n, format!("{} linked to the one of the same name.", contacts_are(n)))
        }
        Act::Create => {
            let n = onboarding::create_others(&db, &company.id, &by()?).await?;
            (n, format!("{} to be created there.", contacts_are(n)))
        }
        _ => (0, String::new()),
    };
    let next = (act == Act::Continue).then(|| {
        // In a list of what is undecided the next rows have come up to this page.
        let moves_up = here.show == Shown::Undecided;
        match moves_up && u64::from(here.page) < pages {
            true => here.address(&company.code),
            false => following(&company.code, &here, pages, false),
        }
    });
    told(&saved, &besides, &here.address(&company.code), next);
    Ok(saved.stored + bulk)
}

#[cfg(feature = "ssr")]
fn contacts_are(n: u64) -> String {
    match n {
        0 => "No contact was left".into(),
        1 => "1 contact is".into(),
        n => format!("{n} contacts are"),
    }
}

/// Confirms onboarding with everything of the same code or name, and what `picks` chooses; answers whether the initial sync
/// started. `shown`: the fingerprint of the plan that is confirmed; it is refused where another would be carried out.
#[server(endpoint = "confirm-onboarding")]
pub async fn confirm_onboarding(
    code: String,
    #[server(default)] picks: Vec<Pick>,
    #[server(default)] shown: String,
) -> Result<bool, ApiError> {
    let (db, company) = asked(Role::Manager, &code, &[&shown], &[]).await?;
    let picks: Vec<Pick> = picks.into_iter().filter(|pick| !pick.value.is_empty()).collect();
    let confirmed = if shown.is_empty() {
        onboarding::confirm(&db, &company.id, true, &picks, &by()?).await?
    } else {
        onboarding::confirm_shown(&db, &company.id, &shown, &by()?).await?
    };
    match confirmed {
        Confirmed::Started(_) => {
            flash::say("Onboarding is complete. The initial sync has started.");
            flash::go_to(&format!("/companies/{}/results", company.code));
            Ok(true)
        }
        Confirmed::Incomplete(report) => {
            let missing = report.missing_sentence().unwrap_or_default();
            let sentence = format!("Onboarding is not complete yet. {missing}");
            if flash::is_plain_form() {
                flash::complain(&sentence, &Asked::at(Step::Confirm).address(&company.code));
            }
            Ok(false)
        }
    }
}

/// Reads accounts, tax rates, tracking options and contacts of the accounting side again.
#[server(endpoint = "read-lists")]
pub async fn read_lists(code: String) -> Result<(), ApiError> {
    let (db, company) = asked(Role::Manager, &code, &[], &[]).await?;
    let taken_back = crate::server::services::connections::read_lists(&db, &company.id).await?;
    flash::say(&match taken_back {
        0 => "The lists of the accounting side were read again.".to_owned(),
        1 => "The lists were read again. 1 contact is to be decided anew: the one it was linked to is gone.".to_owned(),
        n => format!("The lists were read again. {n} contacts are to be decided anew: those they were linked to are gone."),
    });
    Ok(())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn who_saves_means_what_is_shown_and_who_accepts_what_was_changed() {
        let entry = |item: &str, choice: &str| Entry {
            item: item.into(),
            choice: choice.into(),
            was: String::new(),
            shown: "200".into(),
        };
        let form = || vec![entry("rent", "200"), entry("fees", "260"), entry("", "x")];
        let items = |act: Act| act.meant(form()).into_iter().map(|entry| entry.item).collect::<Vec<_>>();
        assert_eq!(items(Act::Save), ["rent", "fees"]);
        assert_eq!(items(Act::Accept), ["fees"]);
        assert!(Act::parse("merge").is_err());
    }

    #[test]
    fn after_the_last_page_comes_the_next_step() {
        let contacts = Asked { page: 2, ..Asked::at(Step::Contacts) };
        assert_eq!(following("AQE", &contacts, 3, false), "/companies/AQE/onboarding?step=contacts&page=3");
        assert_eq!(following("AQE", &contacts, 2, false), "/companies/AQE/onboarding?step=confirm");
        assert_eq!(following("AQE", &Asked::at(Step::Tracking), 1, true), "/companies/AQE/onboarding?step=tracking");
    }
}
