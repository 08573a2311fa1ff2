//! Works out what the columns of a row show of its destination.

use super::table::{Table, TableRow};
use crate::aws::data::Snapshot;

/// A destination as the columns of a row show it
pub(crate) struct DestinationColumns<'s> {
    pub(crate) id: &'s str,
    pub(crate) name: &'s str,
    /// The account is `*` for a resource of any account
    pub(crate) account: &'s str,
    /// The code of the region; empty for no region, `*` for any
    pub(crate) region: &'s str,
    pub(crate) service: &'s str,
    pub(crate) kind: &'s str,
}

/// Returns the service of the destination of a table's row: that of its type, or that of the action where the type leaves it open.
pub(super) fn service<'s>(snapshot: &'s Snapshot, table: &Table, row: TableRow) -> &'s str {
    let of_type = snapshot.actions.resource_type(table.resource_type(row));
    let format = of_type.and_then(|one| one.patterns.first());
    let service = format.map_or("", |format| &*format.service);
    if !service.is_empty() && !service.contains('*') {
        return service;
    }
    let action = snapshot.actions.get(row.action).map_or("", |action| &action.name);
    action.split(':').next().unwrap_or_default()
}

/// Returns the columns of the destination of a table's row.
pub(super) fn columns<'s>(snapshot: &'s Snapshot, table: &'s Table, row: TableRow) -> DestinationColumns<'s> {
    let id = table.dest(row);
    let resource_type = table.resource_type(row);
    let of_type = snapshot.actions.resource_type(resource_type);
    let format = of_type.and_then(|one| one.patterns.first());
    let service = service(snapshot, table, row);
    let kind = of_type.map_or("*", |one| &one.name);
    let mut fields = id.splitn(6, ':').skip(3);
    let (region, name) = (fields.next(), fields.nth(1));
    if id == "*" {
        let region = if format.is_some_and(|format| format.region_free) {
            ""
        } else {
            "*"
        };
        return DestinationColumns {
            id,
            name: "*",
            account: "*",
            region,
            service,
            kind,
        };
    }
    let any = |field: &str| field.contains(['*', '?']);
    let region = match region {
        Some("") => snapshot.known_resources.of(id).map_or("", |known| &known.region),
        Some(region) if !any(region) => region,
        Some(_) | None => "*",
    };
    let name = name.map_or("*", |name| {
        let prefix = format.map_or("", |format| &format.name_prefix);
        let after_kind = || name.split_once(['/', ':']).map_or(name, |(_, name)| name);
        match name.strip_prefix(prefix) {
            Some(rest) if !prefix.is_empty() && !rest.is_empty() => rest,
            Some(_) if format.is_some() => name,
            Some(_) | None => after_kind(),
        }
    });
    DestinationColumns {
        id,
        name,
        account: table.account(row),
        region,
        service,
        kind,
    }
}
