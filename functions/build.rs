//! Writes down what is listed elsewhere, so that nobody keeps a second list: the entry points in `src/bin`, for
//! `examples/all-functions.rs`, the routes of `template.yaml`, for the reply to unknown paths and methods, and the
//! description of the API with the files of its viewer.

#[path = "build/description.rs"]
mod description;
#[path = "build/viewer.rs"]
mod viewer;

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let (package, output) = (variable("CARGO_MANIFEST_DIR")?, variable("OUT_DIR")?);
    write_entry_points(Path::new(&package), Path::new(&output))?;
    write_routes(Path::new(&package), Path::new(&output))?;
    viewer::write(Path::new(&output))?;
    description::write(
        &Path::new(&package).join("../docs/openapi"),
        &Path::new(&output).join("openapi.json"),
    )
}

fn write_routes(package: &Path, output: &Path) -> Result<(), Box<dyn Error>> {
    let template = package.join("../template.yaml");
    let document: Value = serde_yaml_ng::from_str(&std::fs::read_to_string(&template)?)?;
    let values = |value: Option<&Value>| -> Vec<Value> {
        let mapping = value.and_then(Value::as_mapping);
        mapping
            .into_iter()
            .flatten()
            .map(|(_, value)| value.clone())
            .collect()
    };
    let mut routes = Vec::new();
    for resource in values(document.get("Resources")) {
        let properties = resource.get("Properties");
        for event in values(properties.and_then(|properties| properties.get("Events"))) {
            let text = |name: &str| event.get("Properties")?.get(name)?.as_str();
            if let (Some(path), Some(method)) = (text("Path"), text("Method"))
                && !["any", "x-amazon-apigateway-any-method"].contains(&method.to_ascii_lowercase().as_str())
            {
                routes.push((path.to_owned(), method.to_ascii_uppercase()));
            }
        }
    }
    routes.sort();
    std::fs::write(output.join("routes.rs"), format!("&{routes:?}"))?;
    println!("cargo::rerun-if-changed={}", template.display());
    Ok(())
}

fn write_entry_points(package: &Path, output: &Path) -> Result<(), Box<dyn Error>> {
    let folder = package.join("src/bin");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.sort();

    let (mut modules, mut entries) = (String::new(), String::new());
    for file in &files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let module = name.replace('-', "_");
        writeln!(modules, "#[path = {:?}]\nmod {module};", file.to_string_lossy())?;
        writeln!(entries, "    ({name:?}, {module}::main),")?;
    }
    let text = format!(
        "{modules}\nconst FUNCTIONS: [(&str, EntryPoint); {}] = [\n{entries}];\n",
        files.len()
    );
    std::fs::write(output.join("functions.rs"), text)?;
    println!("cargo::rerun-if-changed={}", folder.display());
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is how cargo speaks to a build script"
)]
fn variable(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name)
}
