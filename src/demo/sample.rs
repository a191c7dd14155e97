//! JSON answers.

use serde_json::{Map, Value, json};

/// A JSON object, valid against the schema if there is one.
pub(super) fn object(format: Option<&Value>) -> Value {
    match format.map(|format| &format["json_schema"]["schema"]) {
        Some(schema @ Value::Object(_)) => fitting(schema, 0),
        _ => {
            json!({"scripted": true, "city": "杭州", "population_millions": 12.5, "lakes": ["West Lake"], "river": null})
        }
    }
}

/// A value that is valid against the simple parts of a schema: types, properties, items, enumerations.
fn fitting(schema: &Value, depth: usize) -> Value {
    if let Some(value) = schema["enum"].get(0).or_else(|| schema.get("const")) {
        return value.clone();
    }
    let word = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match word {
        Some("string") => json!("demo"),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        Some("array") if depth < 8 => json!([fitting(&schema["items"], depth + 1)]),
        Some("array") => json!([]),
        _ => {
            let mut members = Map::new();
            if let (Some(properties), true) = (schema["properties"].as_object(), depth < 8) {
                for (name, property) in properties {
                    members.insert(name.clone(), fitting(property, depth + 1));
                }
            }
            Value::Object(members)
        }
    }
}
