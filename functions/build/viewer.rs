//! Takes the files of Swagger UI that a page needs out of the archive in the crate `utoipa-swagger-ui-vendored`.

use std::error::Error;
use std::io::{Cursor, Read};
use std::path::Path;

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

/// The files that the page loads. The archive has several builds of the same program.
const FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

/// Writes the files into a folder.
pub(crate) fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let mut missing: Vec<&str> = FILES.to_vec();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.name()?.into_owned();
        if let Some(file) = FILES.iter().find(|file| name.ends_with(&format!("/dist/{file}"))) {
            let mut text = Vec::new();
            entry.read_to_end(&mut text)?;
            std::fs::write(folder.join(file), text)?;
            missing.retain(|name| name != file);
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("the archive of Swagger UI has no {}", missing.join(", ")).into())
    }
}
