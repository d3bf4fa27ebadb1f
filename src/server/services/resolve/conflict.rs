//! Deciding about a conflict: which of two records, or which of two sides, is right.

use super::super::error::{ServiceError, ServiceResult};
use super::{Doing, Done, datasets, unlink::leave_out};
use crate::{
    domain::{
        action::{ActionKind, Decision},
        message::{Entity, ProblemKind},
        record::view::MADE_THERE,
        run::RunScope,
    },
    server::db::{
        Db, actions,
        actions::chosen,
        companies::{Company, name_key},
        contacts, documents,
        documents::{Made, Prepared, Replacement},
        holdings, incoming, links,
        problems::decisions::{self, ADOPT, Conflict},
        untried,
    },
};

/// The longest number or name, in characters.
const LONGEST: usize = 255;

/// `problem`: the id of the conflict.
pub async fn decide(db: &Db, company: &Company, problem: &str, decision: Decision, by: &str) -> ServiceResult<Done> {
    let mut doing = Doing::begin(db, company, by).await?;
    let conflict = decisions::open(&mut doing.tx, &company.id, problem).await?;
    let conflict = conflict.filter(|conflict| conflict.kind == ProblemKind::Conflict.as_str());
    let conflict = conflict.ok_or_else(|| ServiceError::Refused("That conflict is resolved meanwhile.".into()))?;
    let entity = Entity::parse(&conflict.entity).ok_or_else(|| anyhow::anyhow!("a conflict of {}", conflict.entity))?;
    let what = format!("{} {}", entity.label().to_lowercase(), conflict.label);
    let kind = match decision {
        Decision::Adopt => ActionKind::Adopt,
        Decision::SendAsNew(_) => ActionKind::SendAsNew,
        Decision::Keep => ActionKind::Keep,
        Decision::Unlink => ActionKind::Unlink,
    };
    let action = actions::begin(&mut doing.tx, &company.id, kind, by, "", doing.now).await?;
    chosen::problems(&mut doing.tx, &company.id, &action, std::slice::from_ref(&conflict.id), "kind = 'conflict'").await?;
    let (summary, said) = match decision {
        Decision::Adopt => {
            adopt(&mut doing, entity, &conflict).await?;
            let started = doing.sync(RunScope::Full).await?;
            (format!("Chose to take over {what}"), format!("The one there becomes ours. {started}"))
        }
        Decision::SendAsNew(number) => {
            let number = send_as_new(&mut doing, entity, &conflict, number.trim()).await?;
            let started = doing.sync(RunScope::Full).await?;
            (format!("Sent {what} as {number}"), format!("It goes out as {number}. {started}"))
        }
        Decision::Keep => {
            keep(&mut doing, entity, &conflict).await?;
            let started = doing.sync(RunScope::Changed).await?;
            (format!("Kept our side of {what}"), format!("Ours takes the place of the one there. {started}"))
        }
        Decision::Unlink => {
            leave_out(&mut doing, &action, by).await?;
            (format!("Unlinked {what}"), "Left out of syncs until it is linked again. This can be undone.".into())
        }
    };
    let records = super::total(&chosen::count(&mut doing.tx, &action).await?);
    doing.end(&action, &summary, records).await?;
    Ok(Done { sentence: format!("{summary}. {said}"), records })
}

/// Only a sync can do it: it has to read what is there now.
async fn adopt(doing: &mut Doing, entity: Entity, conflict: &Conflict) -> ServiceResult<()> {
    if !holds(doing, entity, &conflict.local_id).await? {
        return Err(ServiceError::Refused(
            "There is no record here that it could become: put right what keeps it from coming in, and retry.".into(),
        ));
    }
    Ok(decisions::set(&mut doing.tx, &conflict.id, Some(ADOPT)).await?)
}

async fn holds(doing: &mut Doing, entity: Entity, local_id: &str) -> ServiceResult<bool> {
    let (company_id, tx) = (doing.company_id.as_str(), &mut doing.tx);
    Ok(match entity {
        Entity::Contact => holdings::contact(tx, company_id, local_id).await?.is_some(),
        Entity::Payment => holdings::payment(tx, &doing.connection.id, company_id, local_id).await?.is_some(),
        _ => holdings::document(tx, company_id, local_id).await?.is_some(),
    })
}

/// Gives the record a number or name of its own and parts it from the one there, which then comes in by itself.
async fn send_as_new(doing: &mut Doing, entity: Entity, conflict: &Conflict, number: &str) -> ServiceResult<String> {
    let what = if entity == Entity::Contact { "name" } else { "number" };
    if entity == Entity::Payment {
        return Err(ServiceError::Refused(
            "A payment has no number of its own: take over the one there, or leave this one out of syncs.".into(),
        ));
    }
    if number.is_empty() || number.chars().count() > LONGEST || number.chars().any(char::is_control) {
        return Err(ServiceError::Invalid(format!("Give it a new {what} of at most {LONGEST} characters.")));
    }
    let missing = || ServiceError::Refused("There is no record here that could be sent.".into());
    let taken = || ServiceError::Invalid(format!("The {what} “{number}” is taken here already: choose another one."));
    let company_id = doing.company_id.clone();
    if entity == Entity::Contact {
        let held = holdings::contact(&mut doing.tx, &company_id, &conflict.local_id).await?.ok_or_else(missing)?;
        if !contacts::by_name_keys(&mut doing.tx, &company_id, &[name_key(number)]).await?.is_empty() {
            return Err(taken());
        }
        let details = contacts::ContactDetails { name: number.to_owned(), ..held.details };
        contacts::update(&mut doing.tx, &conflict.local_id, &details, &doing.by, doing.now).await?;
    } else {
        let held = holdings::document(&mut doing.tx, &company_id, &conflict.local_id).await?.ok_or_else(missing)?;
        if held.facts.kind.comes_in_only() {
            return Err(ServiceError::Refused(MADE_THERE.into()));
        }
        let scope = if held.facts.kind.number_is_ours() { "" } else { held.contact_id.as_str() };
        let other = incoming::document_by_number(&mut doing.tx, &company_id, held.facts.kind, number, scope).await?;
        if other.is_some() {
            return Err(taken());
        }
        let facts = documents::DocumentFacts { number: number.to_owned(), ..held.facts };
        let document = Prepared::new(facts, held.contact_id).map_err(anyhow::Error::from)?;
        let new = Replacement { id: &conflict.local_id, version: held.version + 1, state: held.state, document: &document };
        documents::replace(&mut doing.tx, &new, Made { by: &doing.by, pending: true }, doing.now).await?;
    }
    links::detach(&mut doing.tx, &doing.connection.id, entity, &conflict.local_id).await?;
    decisions::set(&mut doing.tx, &conflict.id, None).await?;
    doing.read_again(datasets(entity).get(..1).unwrap_or_default()).await?;
    Ok(number.to_owned())
}

/// Has ours sent over what is there, which a person has seen.
async fn keep(doing: &mut Doing, entity: Entity, conflict: &Conflict) -> ServiceResult<()> {
    let link = links::by_local(&mut doing.tx, &doing.connection.id, entity, &conflict.local_id).await?;
    if link.is_none_or(|link| link.external_id.is_none()) {
        return Err(ServiceError::Refused(
            "It is another record that is there: take that one over, send this one as new, or leave it out of syncs.".into(),
        ));
    }
    let held = holdings::document(&mut doing.tx, &doing.company_id, &conflict.local_id).await?;
    if held.is_some_and(|held| held.facts.kind.comes_in_only()) {
        return Err(ServiceError::Refused(MADE_THERE.into()));
    }
    decisions::set(&mut doing.tx, &conflict.id, None).await?;
    Ok(untried::one(&mut doing.tx, &doing.company_id, &conflict.local_id).await?)
}
