//! Finds the route of a REST API that a request takes.
//!
//! Source: API Gateway developer guide, "Choose a REST API resource": a path is a tree of resources; at each level
//! a literal segment goes before a `{parameter}`, and that before a greedy `{parameter+}`. The resource is chosen
//! by the path alone, the method afterwards: a resource without the method does not fall through to another one.

use std::collections::BTreeMap;

use crate::gateway::authorizer::Authorization;

/// One method of one resource
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// HTTP method in capitals, or `ANY`
    pub(crate) method: String,
    /// Path as the template writes it, such as `/jobs/{jobId}`
    pub(crate) resource: String,
    /// Logical id of the function
    pub(crate) function: String,
    /// Says what comes before the function
    pub(crate) authorization: Authorization,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
    Greedy(String),
}

/// A route and what its parameters are in a request
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Matched<'r> {
    /// The route that takes the request.
    pub(crate) route: &'r Route,
    /// Parameters as they are in the path: still percent-encoded, as a REST API passes them on
    pub(crate) parameters: BTreeMap<&'r str, String>,
}

impl Route {
    /// Returns a route of the template; `any` or `*` as method accepts all.
    pub(crate) fn new(method: &str, resource: &str, function: &str) -> Self {
        let method = match method.to_ascii_uppercase().as_str() {
            "ANY" | "X-AMAZON-APIGATEWAY-ANY-METHOD" | "*" => "ANY".to_owned(),
            method => method.to_owned(),
        };
        let segments = resource
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(Segment::new)
            .collect();
        Self {
            method,
            resource: resource.to_owned(),
            function: function.to_owned(),
            authorization: Authorization::Iam,
            segments,
        }
    }

    /// Returns the route with another authorization than the signature of AWS.
    pub(crate) fn authorized_by(self, authorization: Authorization) -> Self {
        Self {
            authorization,
            ..self
        }
    }

    /// Returns whether the route only says that there is no operation: `ANY` of a path.
    pub(crate) fn is_for_unknown(&self) -> bool {
        self.method == "ANY"
    }

    fn accepts(&self, path: &[&str]) -> Option<BTreeMap<&str, String>> {
        let mut parameters = BTreeMap::new();
        let mut rest = path;
        for segment in &self.segments {
            let (first, after) = rest.split_first()?;
            match segment {
                Segment::Literal(text) if text == first => {}
                Segment::Literal(_) => return None,
                Segment::Parameter(name) => {
                    parameters.insert(name.as_str(), (*first).to_owned());
                }
                Segment::Greedy(name) => {
                    parameters.insert(name.as_str(), rest.join("/"));
                    return Some(parameters);
                }
            }
            rest = after;
        }
        rest.is_empty().then_some(parameters)
    }
}

impl Segment {
    fn new(text: &str) -> Self {
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Greedy(name.to_owned()),
                None => Self::Parameter(name.to_owned()),
            },
            None => Self::Literal(text.to_owned()),
        }
    }

    fn precedence(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Parameter(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

/// Returns the route of a request, if there is one; `path` is the raw path, percent-encoded, beginning with a slash.
pub(crate) fn find<'r>(routes: &'r [Route], method: &str, path: &str) -> Option<Matched<'r>> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let candidates = || {
        routes
            .iter()
            .filter_map(|route| Some((route, route.accepts(&segments)?)))
    };
    let best = candidates()
        .map(|(route, _)| route.segments.iter().map(Segment::precedence).collect::<Vec<_>>())
        .min()?;
    let of_best = |route: &Route| {
        route
            .segments
            .iter()
            .map(Segment::precedence)
            .eq(best.iter().copied())
    };
    let with = |wanted: &str| candidates().find(|(route, _)| of_best(route) && route.method == wanted);
    with(method)
        .or_else(|| with("ANY"))
        .map(|(route, parameters)| Matched { route, parameters })
}

#[cfg(test)]
mod tests;
