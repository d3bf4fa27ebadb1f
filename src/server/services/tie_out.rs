//! The tie-out: control totals of what should be there against what the accounting side says it holds, and where
//! they differ the records that make it up. The last stage of a run and the command line both come here.

use crate::{
    domain::{
        message::Entity,
        tie_out::{ControlTotals, Difference, EntityTieOut},
    },
    server::{
        connectors::{Connector, ConnectorError, Header},
        db::{
            Db, left_out,
            tie_outs::{self, Scope},
        },
    },
};
use std::collections::{HashMap, HashSet};

/// The most records a difference lists; there are more only where whole datasets are missing.
pub const MAX_DIFFERENCES: usize = 500;

/// Why a tie-out could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TieOutError {
    #[error(transparent)]
    Connector(#[from] ConnectorError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// An entity's totals on both sides. Records left out of syncs are on neither: what the accounting side says of all it
/// holds is taken without them. Only where the totals differ are the records read, a page at a time.
pub async fn compare(db: &Db, connector: &dyn Connector, scope: Scope<'_>, entity: Entity) -> Result<EntityTieOut, TieOutError> {
    let external = connector.control_totals(entity, scope.sync_from).await?;
    let mut snapshot = db.snapshot().await?;
    let local = tie_outs::local_totals(&mut snapshot, scope, entity).await?;
    let left_out: HashSet<String> = left_out::external_ids(&mut snapshot, scope, entity).await?.into_iter().collect();
    let external = match left_out.is_empty() {
        true => external,
        // As long as those are there as we know them, nothing has to be listed.
        false => external.without(tie_outs::left_out_totals(&mut snapshot, scope, entity).await?),
    };
    drop(snapshot);
    if local == external {
        return Ok(EntityTieOut { entity, local, external, differences: Vec::new() });
    }
    let mut there = headers(connector, scope, entity).await?;
    there.retain(|id, _| !left_out.contains(id));
    let external = match left_out.is_empty() {
        true => external,
        false => there.values().fold(ControlTotals::default(), |mut sum, header| {
            sum.add(header.totals);
            sum
        }),
    };
    Ok(EntityTieOut { entity, local, external, differences: differences(db, scope, entity, there).await? })
}

/// All that the accounting side lists of an entity, by its id there.
async fn headers(connector: &dyn Connector, scope: Scope<'_>, entity: Entity) -> Result<HashMap<String, Header>, ConnectorError> {
    let mut there = HashMap::new();
    let mut cursor = None;
    loop {
        let (headers, next) = connector.headers(entity, scope.sync_from, cursor.as_deref()).await?;
        there.extend(headers.into_iter().map(|header| (header.external_id.clone(), header)));
        match next {
            Some(next) => cursor = Some(next),
            None => return Ok(there),
        }
    }
}

async fn differences(
    db: &Db,
    scope: Scope<'_>,
    entity: Entity,
    mut there: HashMap<String, Header>,
) -> Result<Vec<Difference>, TieOutError> {
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = tie_outs::local_headers(db, scope, entity, &after, 500).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        for header in page {
            let external = header.external_id.as_ref().and_then(|id| there.remove(id));
            let totals = header.totals();
            // What was made while the run went on goes with the next one; it is no difference yet.
            if external.as_ref().is_some_and(|external| external.totals == totals) || (external.is_none() && header.untried != 0)
            {
                continue;
            }
            found.push(Difference {
                label: header.label,
                local_id: Some(header.id),
                external_id: header.external_id,
                local: Some(totals),
                external: external.map(|external| external.totals),
            });
        }
    }
    let mut only_there: Vec<_> = there.into_values().collect();
    only_there.sort_by(|a, b| a.label.cmp(&b.label));
    found.extend(only_there.into_iter().map(|header| Difference {
        label: header.label,
        local_id: None,
        external_id: Some(header.external_id),
        local: None,
        external: Some(header.totals),
    }));
    found.truncate(MAX_DIFFERENCES);
    Ok(found)
}

/// What a difference is, in words.
pub fn describe(difference: &Difference) -> &'static str {
    match (&difference.local, &difference.external) {
        (Some(_), None) => "It is here, and not there",
        (None, _) => "It is there, and not here",
        (Some(ControlTotals { outstanding: here, gross: a, .. }), Some(ControlTotals { outstanding: there, gross: b, .. }))
            if a == b && here != there =>
        {
            "The amounts paid differ"
        }
        _ => "The amounts differ",
    }
}
