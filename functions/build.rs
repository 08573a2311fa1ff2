//! Writes down the entry points in `src/bin` for `examples/all-functions.rs`, so that nobody keeps a second list of them.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let [package, output] = ["CARGO_MANIFEST_DIR", "OUT_DIR"].map(variable);
    let folder = Path::new(&package?).join("src/bin");
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
    std::fs::write(Path::new(&output?).join("functions.rs"), text)?;
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
