//! The last stage: both sides' control totals next to each other. A difference that no open problem explains is
//! an error of its own, with the records that make it up.

use super::work::{Halt, Work, run_message};
use crate::{
    domain::{
        message::{Direction, Entity, Level, ProblemKind},
        money::grouped,
        run::Stage,
        tie_out::{EntityTieOut, TIED_OUT},
    },
    server::{
        db::{
            companies, now_ms,
            problems::{self, Found},
            tie_outs,
        },
        services::tie_out::{self, TieOutError},
    },
};
use std::collections::HashSet;

impl Work {
    pub async fn tie_out(&mut self) -> Result<(), Halt> {
        self.enter(Stage::TieOut, TIED_OUT.len() as i64).await?;
        for entity in TIED_OUT {
            let found = self
                .read(|| async {
                    match tie_out::compare(&self.db, self.connector.as_ref(), self.tie_out_scope(), entity).await {
                        Ok(found) => Ok(Ok(found)),
                        Err(TieOutError::Connector(error)) => Err(error),
                        // Not the accounting side's fault: handed through, so that it is not tried again as if it were.
                        Err(TieOutError::Database(error)) => Ok(Err(error)),
                    }
                })
                .await??;
            self.keep(&found).await?;
        }
        Ok(())
    }

    pub(super) fn tie_out_scope(&self) -> tie_outs::Scope<'_> {
        tie_outs::Scope {
            connection_id: &self.connection.id,
            company_id: &self.run.company_id,
            sync_from: &self.connection.sync_from,
        }
    }

    /// Stores what was found of an entity, opens and closes problems for it, and says it in the log.
    async fn keep(&mut self, found: &EntityTieOut) -> Result<(), Halt> {
        let now = now_ms();
        let company_id = self.run.company_id.clone();
        let mut tx = self.begin().await?;
        tie_outs::store(&mut tx, &company_id, &self.run.id, found, now).await.map_err(Halt::Internal)?;
        let explained: HashSet<String> = problems::open_of(&mut tx, &company_id, found.entity)
            .await?
            .into_iter()
            .filter(|(.., kind)| kind != ProblemKind::Difference.as_str())
            .flat_map(|(here, there, _)| std::iter::once(here).chain(there))
            .collect();
        let mut unexplained = 0;
        for difference in &found.differences {
            // Two records of which each is there on one side only may be one problem, as when they share a number.
            let ids = || difference.local_id.iter().chain(&difference.external_id);
            let Some(id) = ids().next().filter(|_| !ids().any(|id| explained.contains(id))) else { continue };
            let problem = Found {
                entity: found.entity,
                local_id: id.clone(),
                external_id: difference.external_id.clone(),
                label: difference.label.clone(),
                direction: Direction::None,
                kind: ProblemKind::Difference,
                code: "difference",
                cause: tie_out::describe(difference).into(),
                advice: "Compare both sides of this record, correct the wrong one, and sync again.".into(),
                detail: serde_json::to_string(difference)?,
                subject: None,
                blocked_by: None,
                sides: None,
            };
            // One that was set aside is known to somebody.
            unexplained += usize::from(problems::report(&mut tx, &company_id, &self.run.id, &problem, now).await?);
        }
        problems::resolve_differences(&mut tx, &company_id, found.entity, &self.run.id, now).await?;
        let currency = companies::by_id(&mut tx, &company_id).await?.map_or_else(String::new, |company| company.currency);
        self.log(&mut tx, &[message(found, unexplained, &currency)]).await?;
        self.done += 1;
        let differing = found.differences.iter().filter(|difference| difference.local.is_some()).count() as i64;
        // A long difference lists its largest parts only; then nothing can be said of the rest.
        if found.differences.len() < tie_out::MAX_DIFFERENCES {
            self.tally.unchanged += (found.local.count - differing).max(0);
        }
        self.commit(tx).await
    }
}

fn message(found: &EntityTieOut, unexplained: usize, currency: &str) -> crate::server::db::messages::NewMessage {
    let what = match found.entity {
        Entity::Invoice => "Invoices",
        Entity::Bill => "Bills",
        Entity::CreditNote => "Credit notes",
        _ => "Payments",
    };
    let amount = |minor| format!("{} {currency}", grouped(minor, currency));
    let (level, text, advice) = if found.in_balance() {
        (Level::Info, format!("{what} in balance: {} for {}", found.local.count, amount(found.local.gross)), "")
    } else {
        let text = format!(
            "{what} not in balance: {} for {} here, {} for {} there",
            found.local.count,
            amount(found.local.gross),
            found.external.count,
            amount(found.external.gross)
        );
        match unexplained {
            0 => (Level::Warning, text, "The records that make up the difference have open problems: resolve those."),
            _ => (Level::Error, text, "The results list the records that make up the difference."),
        }
    };
    run_message(level, text, advice)
}
