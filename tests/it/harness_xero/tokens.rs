//! Being let in: a person who agrees, codes, tokens that rotate and expire, and losing all of it.

use super::{Client, text};
use crate::harness::{
    process::Answer,
    xero::{
        CLIENT_ID, CLIENT_SECRET, Organisation, Peer, SECRET_CLIENT_ID, Setup,
        ask::{ask, json},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};

const BACK: &str = "http://localhost:3000/xero/back";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";
const MINUTE: i64 = 60_000;

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn token(server: &str, fields: &[(&str, &str)], basic: Option<(&str, &str)>) -> Answer {
    let basic = basic.map(|(id, secret)| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))));
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(basic.as_deref().map(|basic| ("authorization", basic)));
    ask(server, "POST", "/connect/token", &headers, form(fields).as_bytes()).unwrap()
}

fn refresh(server: &str, token_used: &str) -> Answer {
    token(server, &[("grant_type", "refresh_token"), ("refresh_token", token_used), ("client_id", CLIENT_ID)], None)
}

/// Where the person is sent, by the parameters there.
fn agree(server: &str, changes: &[(&str, &str)]) -> Result<Vec<(String, String)>, u16> {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", BACK),
        ("scope", "offline_access accounting.contacts"),
        ("state", "a state & more"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    fields.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    let answer = ask(server, "GET", &format!("/identity/connect/authorize?{}", form(&fields)), &[], b"").unwrap();
    if answer.status != 302 {
        return Err(answer.status);
    }
    let back = url::Url::parse(answer.header("location")).unwrap();
    Ok(back.query_pairs().into_owned().collect())
}

fn found(pairs: &[(String, String)], name: &str) -> String {
    pairs.iter().find(|(one, _)| one == name).unwrap_or_else(|| panic!("no {name}: {pairs:?}")).1.clone()
}

/// A peer of its own, for what a person chooses is of the app; and two organisations.
fn two() -> (Peer, Organisation, Organisation) {
    let peer = Peer::own();
    let [one, other] = ["Albion Quay Estates", "Dockside"].map(|name| peer.organisation(&Setup::named(name)));
    peer.choose(CLIENT_ID, &[&one, &other]);
    (peer, one, other)
}

fn connections(server: &str, access: &str) -> Vec<Value> {
    let bearer = format!("Bearer {access}");
    let answer = ask(server, "GET", "/connections", &[("authorization", &bearer)], b"").unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    json(&answer).as_array().unwrap().clone()
}

#[test]
fn a_code_is_good_once_for_five_minutes_with_its_verifier() {
    let (peer, one, other) = two();
    let server = peer.address.as_str();
    assert_eq!(one.base(), format!("http://{server}"));
    let exchange = |code: &str, verifier: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("client_id", CLIENT_ID),
            ("code_verifier", verifier),
        ];
        token(server, &fields, None)
    };
    let new_code = || found(&agree(server, &[]).unwrap(), "code");
    assert_eq!(found(&agree(server, &[]).unwrap(), "state"), "a state & more");

    let code = new_code();
    let answer = exchange(&code, "another-verifier-of-forty-three-characters-or-more");
    assert_eq!((answer.status, answer.text().as_str()), (400, r#"{"error":"invalid_grant"}"#));
    let answer = json(&exchange(&code, VERIFIER));
    assert_eq!((&answer["expires_in"], &answer["token_type"]), (&1800.into(), &"Bearer".into()));
    assert_eq!(exchange(&code, VERIFIER).status, 400, "it was used");
    let late = new_code();
    one.set_skew(5 * MINUTE + 1000);
    assert_eq!(exchange(&late, VERIFIER).status, 400, "five minutes are over");
    one.set_skew(0);

    let all = connections(server, text(&answer["access_token"]));
    let tenants: Vec<&str> = all.iter().map(|one| text(&one["tenantId"])).collect();
    assert_eq!(tenants, [one.tenant_id.as_str(), &other.tenant_id]);
    assert_eq!((text(&all[0]["tenantName"]), text(&all[0]["tenantType"])), ("Albion Quay Estates", "ORGANISATION"));
    // Agreeing again is the same connection.
    let again = json(&exchange(&new_code(), VERIFIER));
    assert_eq!(connections(server, text(&again["access_token"]))[0]["id"], all[0]["id"]);
}

#[test]
fn an_app_that_asks_wrongly_is_refused_and_so_is_one_whom_the_person_refuses() {
    let (peer, ..) = two();
    let server = peer.address.as_str();
    assert_eq!(agree(server, &[("client_id", "nobody")]), Err(400));
    assert_eq!(agree(server, &[("redirect_uri", "http://localhost:3000/elsewhere")]), Err(400));
    let error = |changes: &[(&str, &str)]| found(&agree(server, changes).unwrap(), "error");
    assert_eq!(error(&[("code_challenge", "")]), "invalid_request");
    assert_eq!(error(&[("code_challenge_method", "plain")]), "invalid_request");
    assert_eq!(error(&[("scope", "everything")]), "invalid_scope");
    assert_eq!(error(&[("response_type", "token")]), "unsupported_response_type");
    peer.refuse(CLIENT_ID);
    assert_eq!(error(&[]), "access_denied");
}

#[test]
fn an_app_with_a_secret_proves_it() {
    let (peer, one, _) = two();
    peer.choose(SECRET_CLIENT_ID, &[&one]);
    let server = peer.address.as_str();
    let asked = [("client_id", SECRET_CLIENT_ID), ("code_challenge", ""), ("code_challenge_method", "")];
    let code = found(&agree(server, &asked).unwrap(), "code");
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", BACK)];
    let refused = token(server, &fields, Some((SECRET_CLIENT_ID, "wrong")));
    assert_eq!((refused.status, refused.text().as_str()), (400, r#"{"error":"invalid_client"}"#));
    assert_eq!(token(server, &fields, Some((SECRET_CLIENT_ID, CLIENT_SECRET))).status, 200);
    let alone = token(server, &[("grant_type", "client_credentials")], Some((SECRET_CLIENT_ID, CLIENT_SECRET)));
    let alone = json(&alone);
    assert_eq!(alone.get("refresh_token"), None);
    assert_eq!(connections(server, text(&alone["access_token"])).len(), 1);
}

#[test]
fn refresh_tokens_rotate_and_the_one_before_is_good_until_its_answer_is_used() {
    let client = Client::open();
    let (organisation, server) = (&client.organisation, client.organisation.server.as_str());
    let first = client.granted.refresh_token.as_str();
    let lost = json(&refresh(server, first));
    let second = json(&refresh(server, first));
    assert_ne!(lost["refresh_token"], second["refresh_token"]);
    assert_eq!(organisation.counts().refreshes, 2);
    let third = json(&refresh(server, text(&second["refresh_token"])));
    assert_eq!(refresh(server, first).text(), r#"{"error":"invalid_grant"}"#, "its answer has been used");
    // For half an hour, by its clock.
    organisation.set_skew(29 * MINUTE);
    assert_eq!(refresh(server, text(&second["refresh_token"])).status, 200);
    organisation.set_skew(31 * MINUTE);
    assert_eq!(refresh(server, text(&second["refresh_token"])).status, 400);
    assert_eq!(refresh(server, text(&third["refresh_token"])).status, 200);
    organisation.set_skew(61 * 24 * 60 * MINUTE);
    assert_eq!(refresh(server, text(&third["refresh_token"])).status, 400);
}

#[test]
fn access_ends_with_its_time_its_connection_or_its_grant() {
    let client = Client::open();
    let (organisation, server) = (&client.organisation, client.organisation.server.as_str());
    let status = || client.ask("GET", "Organisation", &[], &Value::Null);
    assert_eq!(status().status, 200);
    organisation.set_skew(30 * MINUTE);
    let expired = status();
    assert_eq!((expired.status, text(&json(&expired)["Title"])), (401, "Unauthorized"));
    assert!(text(&json(&expired)["Detail"]).starts_with("TokenExpired"), "{}", expired.text());
    organisation.set_skew(0);
    organisation.expire_tokens();
    assert_eq!(status().status, 401);
    organisation.set_token_life(5000);
    assert_eq!(json(&refresh(server, &client.granted.refresh_token))["expires_in"], 5);

    let client = Client::open();
    let bearer = format!("Bearer {}", client.granted.access_token);
    let path = format!("/connections/{}", client.granted.connection_id);
    assert_eq!(ask(server, "DELETE", &path, &[("authorization", &bearer)], b"").unwrap().status, 204);
    assert_eq!(ask(server, "DELETE", &path, &[("authorization", &bearer)], b"").unwrap().status, 404);
    let gone = client.ask("GET", "Organisation", &[], &Value::Null);
    assert_eq!((gone.status, text(&json(&gone)["Detail"])), (403, "AuthenticationUnsuccessful"));

    let client = Client::open();
    client.organisation.disconnect();
    assert_eq!(client.ask("GET", "Organisation", &[], &Value::Null).status, 403);
    assert_eq!(connections(server, &client.granted.access_token), Vec::<Value>::new());

    let client = Client::open();
    client.organisation.revoke();
    assert_eq!(client.ask("GET", "Organisation", &[], &Value::Null).status, 401);
    assert_eq!(refresh(server, &client.granted.refresh_token).status, 400);
}

#[test]
fn a_token_that_is_taken_back_takes_the_connection_with_it() {
    let client = Client::open();
    let server = client.organisation.server.as_str();
    let fields = form(&[("token", &client.granted.refresh_token), ("client_id", CLIENT_ID)]);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(ask(server, "POST", "/connect/revocation", &headers, fields.as_bytes()).unwrap().status, 200);
    assert_eq!(client.ask("GET", "Organisation", &[], &Value::Null).status, 401);
    assert_eq!(refresh(server, &client.granted.refresh_token).status, 400);
}

#[test]
fn each_resource_needs_its_scope_and_each_organisation_its_own_access() {
    let client = Client::open();
    let granted = client.organisation.grant_scopes(CLIENT_ID, "offline_access accounting.contacts.read");
    let ask = |method: &str, path: &str, body: &Value| client.organisation.ask(&granted, method, path, &[], body).unwrap().status;
    assert_eq!(ask("GET", "Contacts?page=1", &Value::Null), 200);
    assert_eq!(ask("PUT", "Contacts", &serde_json::json!({ "Contacts": [{ "Name": "Ada" }] })), 401);
    assert_eq!(ask("GET", "Invoices?page=1", &Value::Null), 401);
    let another = Client::open();
    assert_eq!(another.organisation.ask(&client.granted, "GET", "Organisation", &[], &Value::Null).unwrap().status, 403);
}
