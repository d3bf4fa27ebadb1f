//! Every request held against Xero's own description of its API, where that is at hand: the address, what the query may
//! say, and the body as JSON Schema has it. The rest of the server was written by hand and could share a mistake with the
//! connector; this cannot.

use super::{api::BASE, http::Head};
use crate::harness::shared;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

static DESCRIPTION: LazyLock<Option<Description>> = LazyLock::new(|| shared("contracts/xero_accounting.yaml").map(read));

struct Description {
    root: Value,
    /// Addresses in their parts, `{…}` standing for any.
    paths: Vec<(Vec<String>, String)>,
    /// Of bodies, by the schema they refer to.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// What of a request is not as it is described.
pub fn faults_of(head: &Head, body: &[u8]) -> Vec<String> {
    let Some(description) = &*DESCRIPTION else { return Vec::new() };
    let (method, asked) = (head.method.to_lowercase(), &head.path[BASE.len()..]);
    let parts: Vec<&str> = asked.split('/').collect();
    // The one with fewer parts that stand for any goes first: they are in that order.
    let fits = |path: &&(Vec<String>, String)| {
        path.0.len() == parts.len() && path.0.iter().zip(&parts).all(|(one, part)| one.starts_with('{') || one == part)
    };
    let Some((_, path)) = description.paths.iter().find(fits) else {
        return vec!["there is no such address in the description".to_owned()];
    };
    let described = &description.root["paths"][path];
    let operation = &described[&method];
    if operation.is_null() {
        return vec![format!("{method} of {path} is not in the description")];
    }
    let mut faults = description.parameter_faults(described, operation, head);
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    match (schema.is_null(), body.is_empty()) {
        (true, true) => {}
        (true, false) => faults.push("the description has no body here".to_owned()),
        (false, _) => faults.extend(description.body_faults(schema, body)),
    }
    faults
}

fn read(path: std::path::PathBuf) -> Description {
    let yaml = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut root: Value = serde_yaml_ng::from_str(&yaml).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let schemas = root["components"]["schemas"].as_object_mut().expect("it has schemas");
    schemas.values_mut().for_each(close);
    let all = root["paths"].as_object().expect("it has paths").keys();
    let mut paths: Vec<(Vec<String>, String)> =
        all.map(|path| (path.trim_start_matches('/').split('/').map(str::to_owned).collect(), path.clone())).collect();
    paths.sort_by_key(|(parts, _)| parts.iter().filter(|part| part.starts_with('{')).count());
    Description { root, paths, validators: Mutex::default() }
}

/// Nobody may write a field that is not described, or one that can only be read.
fn close(schema: &mut Value) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|_, property| property["readOnly"] != json!(true));
        schema["additionalProperties"] = json!(false);
    }
}

impl Description {
    fn parameter_faults(&self, path: &Value, operation: &Value, head: &Head) -> Vec<String> {
        let listed = [path, operation].into_iter().flat_map(|of| of["parameters"].as_array().into_iter().flatten());
        let described: Vec<&Map<String, Value>> = listed.filter_map(|parameter| self.resolved(parameter).as_object()).collect();
        let of_query = |name: &str| described.iter().find(|one| one["in"] == "query" && one["name"] == name);
        let mut faults: Vec<String> = Vec::new();
        for (name, value) in &head.query {
            match of_query(name) {
                None => faults.push(format!("the query has no {name} in the description")),
                Some(one) if is_of(&one["schema"], value) => {}
                Some(one) => faults.push(format!("{name}={value} is not {}", one["schema"])),
            }
        }
        let needed = described.iter().filter(|one| one["in"] == "header" && one.get("required") == Some(&json!(true)));
        let missing = needed.filter_map(|one| one["name"].as_str()).filter(|name| head.header(&name.to_lowercase()).is_none());
        faults.extend(missing.map(|name| format!("the header {name} is missing")));
        faults
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(place) => self.root.pointer(place.trim_start_matches('#')).expect("the description refers to itself"),
            None => value,
        }
    }

    fn body_faults(&self, schema: &Value, body: &[u8]) -> Vec<String> {
        let body: Value = match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(error) => return vec![format!("the body is no JSON: {error}")],
        };
        let validator = self.validator(schema);
        validator.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || {
            let whole = json!({ "allOf": [schema], "components": self.root["components"] });
            let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
            Arc::new(options.build(&whole).expect("the description's schemas are schemas"))
        };
        validators.entry(schema.to_string()).or_insert_with(made).clone()
    }
}

/// Whether a text of a query is what its schema says.
fn is_of(schema: &Value, text: &str) -> bool {
    let is_allowed = schema["enum"].as_array().is_none_or(|values| values.iter().any(|value| value == text));
    let is_typed = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().is_ok(),
        Some("boolean") => matches!(text, "true" | "false"),
        Some("array") => text.split(',').all(|one| is_of(&schema["items"], one)),
        _ => schema["format"] != "uuid" || uuid::Uuid::parse_str(text).is_ok(),
    };
    is_allowed && is_typed
}
