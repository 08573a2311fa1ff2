//! Joins the files of `docs/openapi` into the description that `GET /openapi.json` serves.

use std::error::Error;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// Says what a path holds beside its methods.
const NO_METHODS: [&str; 3] = ["parameters", "summary", "description"];

/// Reads the files of the folder and writes the description as JSON.
pub(crate) fn write(folder: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
    let mut description = read(&folder.join("openapi.yaml"))?;
    let mut families: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    families.retain(|file| file.file_name().is_some_and(|name| name != "openapi.yaml"));
    families.sort();
    for file in families {
        join(&mut description, read(&file)?).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let doors = description
        .as_object_mut()
        .and_then(|members| members.remove("x-doors"));
    for door in doors.as_ref().and_then(Value::as_array).into_iter().flatten() {
        open(&mut description, door).map_err(|error| format!("a door of openapi.yaml: {error}"))?;
    }
    std::fs::write(target, description.to_string())?;
    println!("cargo::rerun-if-changed={}", folder.display());
    Ok(())
}

fn read(file: &Path) -> Result<Value, Box<dyn Error>> {
    let fault = |error: &dyn Error| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| fault(&error))?;
    let mut document: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text).map_err(|error| fault(&error))?;
    document.apply_merge().map_err(|error| fault(&error))?;
    Ok(serde_json::to_value(document).map_err(|error| fault(&error))?)
}

/// Adds the paths and the components of a family. Two files must not describe the same thing.
fn join(description: &mut Value, family: Value) -> Result<(), String> {
    for (section, content) in members(family) {
        for (name, entries) in members(content) {
            if section != "paths" && section != "components" {
                return Err(format!("a family has `paths` and `components`, not `{section}`"));
            }
            let target = child(child(description, &section)?, &name)?;
            for (entry, value) in members(entries) {
                if target.get(&entry).is_some() {
                    return Err(format!("`{entry}` of `{name}` is in another file too"));
                }
                *child(target, &entry)? = value;
            }
        }
    }
    Ok(())
}

/// Adds the operations that a door serves a second time, each with its own id and security.
fn open(description: &mut Value, door: &Value) -> Result<(), String> {
    let text = |name: &str| {
        door.get(name)
            .and_then(Value::as_str)
            .ok_or(format!("`{name}` is missing"))
    };
    let (name, prefix) = (text("name")?, text("prefix")?);
    for path in door.get("paths").and_then(Value::as_array).into_iter().flatten() {
        let path = path.as_str().ok_or("a path is not a text")?;
        let served = description.get("paths").and_then(|paths| paths.get(path));
        let served = served.cloned().ok_or(format!("no file describes `{path}`"))?;
        let target = child(child(description, "paths")?, &format!("{prefix}{path}"))?;
        for (method, mut operation) in members(served) {
            if target.get(&method).is_some() {
                continue;
            }
            if !NO_METHODS.contains(&method.as_str()) {
                let id = operation
                    .get("operationId")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let id = format!("{id}{name}");
                *child(&mut operation, "operationId")? = json!(id);
                *child(&mut operation, "security")? = door.get("security").cloned().unwrap_or_default();
                let refused = door.get("unauthorized").cloned().unwrap_or_default();
                *child(child(&mut operation, "responses")?, "401")? = refused;
            }
            *child(target, &method)? = operation;
        }
    }
    Ok(())
}

fn members(value: Value) -> Map<String, Value> {
    if let Value::Object(members) = value {
        members
    } else {
        Map::new()
    }
}

/// Returns the member of an object, which is made when it is not there.
fn child<'v>(value: &'v mut Value, name: &str) -> Result<&'v mut Value, String> {
    if value.is_null() {
        *value = json!({});
    }
    let members = value
        .as_object_mut()
        .ok_or(format!("`{name}` is in something that is no object"))?;
    Ok(members.entry(name).or_insert(Value::Null))
}
