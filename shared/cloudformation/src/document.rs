//! A template's YAML as JSON, with the short forms of functions (`!Ref`) written out (`{"Ref": ...}`).

use serde_json::{Map, Number, Value, json};
use serde_yaml_ng::Value as Yaml;

/// A text that is no YAML, with the place.
#[derive(Debug, thiserror::Error)]
#[error("not YAML: {0}")]
pub struct SyntaxError(#[from] serde_yaml_ng::Error);

/// Returns the template's text as one JSON value whose functions all have the long form.
///
/// # Errors
/// [`SyntaxError`].
pub fn parse(text: &str) -> Result<Value, SyntaxError> {
    Ok(long_form(serde_yaml_ng::from_str::<Yaml>(text)?))
}

fn long_form(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(truth) => Value::Bool(truth),
        Yaml::Number(number) => number
            .as_i64()
            .map(Number::from)
            .or_else(|| number.as_u64().map(Number::from))
            .or_else(|| number.as_f64().and_then(Number::from_f64))
            .map_or(Value::Null, Value::Number),
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(long_form).collect()),
        Yaml::Mapping(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| (key_text(name), long_form(value)))
                .collect::<Map<_, _>>(),
        ),
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let argument = long_form(tagged.value);
            match tag.trim_start_matches('!') {
                name @ ("Ref" | "Condition") => json!({ name: argument }),
                // `!GetAtt A.B` names the attribute after the first dot; the outputs of nested stacks have more dots.
                "GetAtt" => match argument.as_str().and_then(|text| text.split_once('.')) {
                    Some((id, attribute)) => json!({ "Fn::GetAtt": [id, attribute] }),
                    None => json!({ "Fn::GetAtt": argument }),
                },
                name => json!({ format!("Fn::{name}"): argument }),
            }
        }
    }
}

/// Returns the text of a key. YAML reads a key such as `403` as a number; the template means its text.
fn key_text(key: Yaml) -> String {
    let key = long_form(key);
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}
