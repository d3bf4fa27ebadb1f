//! Where a record's present version stands on its way to the other side, and what a person is told who just made it.

use crate::{
    domain::{connection::Access, document::DocumentState, message::Entity},
    server::{
        db::{
            Db,
            companies::{self, Company},
            connections::{self, Connection},
            record_trail::{self, Link},
        },
        services::{error::ServiceResult, sync},
    },
};

/// What of a record decides whether it goes out.
#[derive(Clone, Debug)]
pub struct Facts {
    pub version: i64,
    pub pending: bool,
    pub tried: bool,
    /// Of documents, and of payments their document's issue date.
    pub dated: Option<String>,
    pub state: Option<DocumentState>,
}

/// Where the present version stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    NotConnected,
    Unlinked,
    Agree,
    OnItsWay,
    /// Dated before the day from which on documents are synced.
    LeftAlone(String),
    Draft,
    VoidHere,
    Tried,
    Waits,
}

impl Standing {
    pub fn of(facts: &Facts, connection: Option<&Connection>, link: Option<&Link>) -> Standing {
        let Some(connection) = connection.filter(|connection| connection.access() != Access::Disconnected) else {
            return Standing::NotConnected;
        };
        let is_there = link.is_some_and(|link| link.external_id.is_some());
        match facts {
            _ if link.is_some_and(|link| link.state == "unlinked") => Standing::Unlinked,
            Facts { pending: false, .. } => Standing::Agree,
            _ if link.is_some_and(|link| link.intent_at.is_some()) => Standing::OnItsWay,
            Facts { dated: Some(day), .. } if *day < connection.sync_from => Standing::LeftAlone(connection.sync_from.clone()),
            Facts { state: Some(DocumentState::Draft), .. } => Standing::Draft,
            Facts { state: Some(DocumentState::Void), .. } if !is_there => Standing::VoidHere,
            Facts { tried: true, .. } => Standing::Tried,
            _ => Standing::Waits,
        }
    }

    pub fn words(&self, version: i64) -> String {
        match self {
            Standing::NotConnected => "The company is connected to no accounting software: nothing is sent.".into(),
            Standing::Unlinked => "It is left out of syncs until it is linked again.".into(),
            Standing::Agree => format!("Both sides hold version {version}."),
            Standing::OnItsWay => format!("Version {version} is on its way."),
            Standing::LeftAlone(from) => format!("It is left alone: documents dated from {from} on are synced."),
            Standing::Draft => "A draft: only approved documents are sent.".into(),
            Standing::VoidHere => "It was voided before it was sent: it stays here.".into(),
            Standing::Tried => format!("Version {version} was tried and not taken."),
            Standing::Waits => format!("Version {version} waits to be sent."),
        }
    }
}

/// Asks for the sync that a change calls for, after its commit; answers what a person is told.
pub async fn send(db: &Db, company: &Company, entity: Entity, id: &str, facts: &Facts, by: &str) -> ServiceResult<String> {
    let next = next(db, company, entity, id, facts, by).await?;
    Ok(format!("Saved as version {}. {next}", facts.version))
}

/// The same; answers what becomes of it alone.
pub async fn next(db: &Db, company: &Company, entity: Entity, id: &str, facts: &Facts, by: &str) -> ServiceResult<String> {
    let requested = sync::request_on_demand(db, company, by).await?;
    let connection = connections::of_company(db, &company.id).await?;
    let link = match &connection {
        Some(connection) => record_trail::link(db, &connection.id, entity, id).await?,
        None => None,
    };
    Ok(match Standing::of(facts, connection.as_ref(), link.as_ref()) {
        Standing::Waits | Standing::OnItsWay | Standing::Tried | Standing::Agree if requested.is_some() => {
            "It is being sent now.".to_owned()
        }
        Standing::Waits => {
            let now = companies::by_id(db, &company.id).await?;
            let why = now.as_ref().and_then(sync::refusal_of).unwrap_or("It goes with the next sync.");
            format!("It is not sent yet. {why}")
        }
        standing => standing.words(facts.version),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_go_out_says_why() {
        let connection = Connection {
            id: "k".into(),
            company_id: "c".into(),
            provider: "practice".into(),
            organisation_id: "o".into(),
            organisation_name: "Books".into(),
            short_code: None,
            authorisation: "valid".into(),
            lost_reason: None,
            onboarded_at: Some(1),
            sync_from: "2026-01-01".into(),
            schedule: "off".into(),
            next_sync_at: None,
            connected_at: 1,
            connected_by: String::new(),
            probed_at: None,
            probe_error: None,
            next_probe_at: None,
            paused_at: None,
            paused_by: None,
            pause_id: None,
            held_sync: 0,
        };
        let link = |external: bool, state: &str, intent_at| Link {
            external_id: external.then(|| "x".to_owned()),
            state: state.into(),
            synced_version: 1,
            intent_at,
            updated_at: 1,
        };
        let facts =
            |state, dated: &str| Facts { version: 2, pending: true, tried: false, dated: Some(dated.into()), state: Some(state) };
        let (approved, old) = (facts(DocumentState::Approved, "2026-01-01"), facts(DocumentState::Approved, "2025-12-31"));
        let of = |facts: &Facts, link: Option<Link>| Standing::of(facts, Some(&connection), link.as_ref());
        assert_eq!(Standing::of(&approved, None, None), Standing::NotConnected);
        let gone = Connection { authorisation: "disconnected".into(), ..connection.clone() };
        assert_eq!(Standing::of(&approved, Some(&gone), None), Standing::NotConnected);
        assert_eq!(of(&approved, None), Standing::Waits);
        assert_eq!(of(&Facts { tried: true, ..approved.clone() }, None), Standing::Tried);
        assert_eq!(of(&approved, Some(link(false, "linked", Some(5)))), Standing::OnItsWay);
        assert_eq!(of(&old, None), Standing::LeftAlone("2026-01-01".into()));
        assert_eq!(of(&Facts { pending: false, ..old.clone() }, Some(link(true, "linked", None))), Standing::Agree);
        assert_eq!(of(&approved, Some(link(true, "unlinked", None))), Standing::Unlinked);
        assert_eq!(of(&facts(DocumentState::Draft, "2026-02-01"), None), Standing::Draft);
        assert_eq!(of(&facts(DocumentState::Void, "2026-02-01"), None), Standing::VoidHere);
        assert_eq!(of(&facts(DocumentState::Void, "2026-02-01"), Some(link(true, "linked", None))), Standing::Waits);
    }
}
