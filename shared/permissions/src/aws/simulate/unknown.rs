//! Finds out whether a policy that no document holds could allow what the known ones do not.

use iam::document::{Document, PolicyKind};
use iam::evaluate::{Attached, Layers, Outcome, Request, ResourcePolicy, evaluate};
use iam::policy::Policy;
use std::sync::LazyLock;

/// A policy that no document holds and that decides
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unknown {
    /// The policy of this resource: for a role its trust policy
    OfResource(String),
    /// A policy or a group of the principal
    OfPrincipal,
}

static ALLOWS_ALL: LazyLock<Option<[Policy; 2]>> = LazyLock::new(|| {
    let policy = |text: &str, kind| {
        let parsed = Document::parse(text, kind).ok()?;
        Some(Policy::compile(&parsed.document, kind))
    };
    let identity = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let resource = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    Some([
        policy(identity, PolicyKind::Identity)?,
        policy(resource, PolicyKind::Resource)?,
    ])
});

/// Returns the policies that no document holds and without which a request is refused, because one of them could allow it, or
/// all together; none when the request is decided in every case.
pub(super) fn what_could_allow(request: &Request<'_>, layers: &Layers<'_>) -> Vec<Unknown> {
    let is_refused = |layers: &Layers<'_>| evaluate(request, layers).outcome == Outcome::ImplicitDeny;
    let Some([of_principal, of_resource]) = &*ALLOWS_ALL else {
        return Vec::new();
    };
    let arn = request.resource.arn().map(iam::arn::Arn::as_str);
    let resource = arn.filter(|_| layers.resource == ResourcePolicy::NotSupplied);
    if (resource.is_none() && !layers.incomplete) || !is_refused(layers) {
        return Vec::new();
    }
    let identity: Vec<Attached<'_>> = layers
        .identity
        .iter()
        .copied()
        .chain([Attached::new(of_principal, "not known")])
        .collect();
    let with = |own: bool, other: bool| {
        let mut layers = *layers;
        if own {
            layers.identity = &identity;
        }
        if other {
            layers.resource = ResourcePolicy::Policy(Attached::new(of_resource, "not known"));
        }
        !is_refused(&layers)
    };
    let (own, other) = (layers.incomplete, resource.is_some());
    let by_either = (own && with(true, false), other && with(false, true));
    let (of_principal, of_resource) = match by_either {
        // Neither is enough alone.
        (false, false) if own && other && with(true, true) => (true, true),
        found => found,
    };
    let resource = resource.filter(|_| of_resource);
    let resource = resource.map(|arn| Unknown::OfResource(arn.to_owned()));
    let principal = of_principal.then_some(Unknown::OfPrincipal);
    resource.into_iter().chain(principal).collect()
}
