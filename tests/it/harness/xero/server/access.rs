//! What an access token lets in to: whether it does now, the list of connections, and ending one.

use super::{
    http::{Head, Reply},
    identity::{Connection, Grant, IdentityChange},
    state::{Change, State, new_id},
    time,
    tokens::now,
};
use serde_json::{Value, json};

/// Whether a token lets in now, and to what.
pub fn check<'a>(state: &'a State, head: &Head) -> Result<&'a Grant, Reply> {
    let Some(token) = head.bearer() else { return Err(refusal(401, "Unauthorized", "AuthenticationUnsuccessful")) };
    let Some((access, grant)) = state.identity.granted(token) else {
        return Err(refusal(401, "Unauthorized", "AuthenticationUnsuccessful"));
    };
    if now(state, grant) >= access.until {
        let at = time::moment_text(access.until);
        return Err(refusal(401, "Unauthorized", &format!("TokenExpired: token expired at {at}")));
    }
    Ok(grant)
}

/// 401 and 403 as Xero words them.
pub fn refusal(status: u16, title: &str, detail: &str) -> Reply {
    let body = json!({
        "Type": null, "Title": title, "Status": status, "Detail": detail, "Instance": new_id(), "Extensions": {},
    });
    Reply::json(status, &body)
}

/// `GET /connections`
pub fn connections(state: &State, head: &Head) -> Reply {
    let grant = match check(state, head) {
        Ok(grant) => grant,
        Err(reply) => return reply,
    };
    let shown = |one: &Connection| {
        json!({
            "id": one.id, "authEventId": one.auth_event_id, "tenantId": one.tenant_id, "tenantType": "ORGANISATION",
            "tenantName": state.of(&one.tenant_id).setup.name,
            "createdDateUtc": time::moment_text(one.created), "updatedDateUtc": time::moment_text(one.updated),
        })
    };
    let event = head.parameter("authEventId");
    let all = state.identity.connections_of(grant).filter(|one| event.is_none_or(|event| one.auth_event_id == event));
    Reply::json(200, &Value::Array(all.map(shown).collect()))
}

/// `DELETE /connections/{id}`
pub fn disconnect(state: &mut State, head: &Head, id: &str) -> Reply {
    let grant = match check(state, head) {
        Ok(grant) => grant,
        Err(reply) => return reply,
    };
    if !state.identity.connections_of(grant).any(|one| one.id == id) {
        return Reply::new(404);
    }
    state.commit(&[Change::Identity(IdentityChange::Disconnected(id.to_owned()))]);
    Reply::new(204)
}
