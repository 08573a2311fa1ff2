//! API Gateway: its actions are HTTP verbs.

/// The verb that a call of that name uses; `None` for other services.
///
/// Source: API references of API Gateway, versions 1 and 2: the name of an operation tells its verb, but for the
/// exceptions that stand first.
pub(super) fn verb(service: &str, event_name: &str) -> Option<&'static str> {
    const VERBS: [(&str, &str); 17] = [
        ("UntagResource", "DELETE"),
        ("ImportApi", "PUT"),
        ("ImportDocumentationParts", "PUT"),
        ("Get", "GET"),
        ("Export", "GET"),
        ("List", "GET"),
        ("Create", "POST"),
        ("Import", "POST"),
        ("Generate", "POST"),
        ("TestInvoke", "POST"),
        ("Publish", "POST"),
        ("Put", "PUT"),
        ("Reimport", "PUT"),
        ("Update", "PATCH"),
        ("Delete", "DELETE"),
        ("Flush", "DELETE"),
        ("Reset", "DELETE"),
    ];
    if service != "apigateway" {
        return None;
    }
    VERBS
        .iter()
        .find(|(start, _)| event_name.starts_with(start))
        .map(|(_, verb)| *verb)
}
