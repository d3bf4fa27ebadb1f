//! What belongs to a record that is left out of syncs is left out with it: documents of a contact, payments of a document,
//! whether they were made here or come in. Each is listed so, and comes back with the other.

use super::work::{Halt, Work};
use crate::{
    domain::{
        action::ActionKind,
        message::{Direction, Entity, ProblemKind},
    },
    server::{
        connectors::External,
        db::{
            Tx,
            actions::{self, BY_SYNC},
            left_out::{self, ADVICE, Words},
            now_ms,
            problems::{self, Blocker, Found},
        },
    },
};

const WITH_ITS_CONTACT: &str = "Left out of syncs with its contact";
const WITH_ITS_DOCUMENT: &str = "Left out of syncs with its document";

impl Work {
    /// Leaves out what waits to go to something that is left out.
    pub(super) async fn leave_out_with_others(&mut self) -> Result<(), Halt> {
        let scope = self.tie_out_scope();
        if !left_out::any_waits(&self.db, scope).await? {
            return Ok(());
        }
        let (company_id, now) = (&self.run.company_id, now_ms());
        let mut tx = self.begin().await?;
        let documents = actions::begin(&mut tx, company_id, ActionKind::Unlink, BY_SYNC, "", now).await?;
        let n = left_out::documents_of_left_out(&mut tx, scope, &documents).await?;
        left_out::unlink(&mut tx, scope, &documents, &Words { cause: WITH_ITS_CONTACT, advice: ADVICE }, now).await?;
        actions::complete(&mut tx, &documents, &format!("Left out with their contacts: {n}"), n).await?;
        let payments = actions::begin(&mut tx, company_id, ActionKind::Unlink, BY_SYNC, "", now).await?;
        let n = left_out::payments_of_left_out(&mut tx, scope, &payments).await?;
        left_out::unlink(&mut tx, scope, &payments, &Words { cause: WITH_ITS_DOCUMENT, advice: ADVICE }, now).await?;
        actions::complete(&mut tx, &payments, &format!("Left out with their documents: {n}"), n).await?;
        self.commit(tx).await
    }

    /// Leaves out a record of the other side that belongs to something that is left out.
    pub(super) async fn leave_out_there(
        &self,
        tx: &mut Tx,
        entity: Entity,
        item: &External,
        label: &str,
        with: (Entity, &str),
    ) -> Result<(), Halt> {
        left_out::unlink_external(tx, self.tie_out_scope(), entity, &item.external_id, now_ms()).await?;
        self.list_left_out(tx, entity, (&item.external_id, item), label, with).await
    }

    /// Opens the problem that says that a record of the other side is left out. `local_id`: what it is here, or its id there.
    pub(super) async fn list_left_out(
        &self,
        tx: &mut Tx,
        entity: Entity,
        (local_id, item): (&str, &External),
        label: &str,
        with: (Entity, &str),
    ) -> Result<(), Halt> {
        let now = now_ms();
        let cause = if with.0 == Entity::Contact { WITH_ITS_CONTACT } else { WITH_ITS_DOCUMENT };
        // What stood in its way is no matter any more.
        problems::resolve(tx, &self.run.company_id, entity, &item.external_id, now).await?;
        let found = Found {
            entity,
            local_id: local_id.to_owned(),
            external_id: Some(item.external_id.clone()),
            label: label.to_owned(),
            direction: Direction::In,
            kind: ProblemKind::Unlinked,
            code: "",
            cause: cause.to_owned(),
            advice: ADVICE.to_owned(),
            detail: String::new(),
            subject: None,
            blocked_by: Some(Blocker { entity: with.0, id: with.1.to_owned(), label: String::new() }),
            sides: None,
        };
        problems::report(tx, &self.run.company_id, &self.run.id, &found, now).await?;
        Ok(())
    }
}
