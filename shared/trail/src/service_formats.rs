//! Cuts the ARN formats of a service into their parts once, so that an ARN is compared with few of them.

use std::sync::{LazyLock, OnceLock};

use iam::catalogue::{Catalogue, Service};

use crate::arn_format::{ArnFormat, Fields};

/// The formats of all resource types of one service.
#[derive(Debug)]
pub(crate) struct ServiceFormats {
    /// INVARIANT: sorted by [`ArnFormat::beginning`].
    formats: Vec<OfType>,
    /// Places in `formats` by the number of the type, in the order of the reference.
    types: Vec<Vec<usize>>,
}

/// A format of a resource type.
#[derive(Debug)]
struct OfType {
    /// The place of the type among [`Service::resource_types`].
    number: usize,
    format: ArnFormat<'static>,
}

/// Holds the formats by the place of the service among [`Catalogue::services`]. The formats of a service are read when
/// they are needed first: a scan meets few services.
static SERVICES: LazyLock<Box<[OnceLock<ServiceFormats>]>> = LazyLock::new(|| {
    (Catalogue::embedded().services().iter())
        .map(|_| OnceLock::new())
        .collect()
});

/// Returns the formats of the service with that prefix; `None` when it does not exist.
pub(crate) fn of(prefix: &str) -> Option<&'static ServiceFormats> {
    let services = Catalogue::embedded().services();
    let at = services
        .binary_search_by(|service| service.prefix().cmp(prefix))
        .ok()?;
    let service = services.get(at)?;
    Some(SERVICES.get(at)?.get_or_init(|| ServiceFormats::of(service)))
}

impl ServiceFormats {
    fn of(service: &'static Service) -> Self {
        let of_type = |(number, kind): (usize, iam::catalogue::ResourceType)| {
            let formats = kind.formats().filter_map(ArnFormat::of);
            formats
                .map(|format| OfType { number, format })
                .collect::<Vec<_>>()
        };
        let mut formats: Vec<OfType> = service.resource_types().enumerate().flat_map(of_type).collect();
        formats.sort_by_key(|one| one.format.beginning());
        let mut types = vec![Vec::new(); service.resource_types().count()];
        for (place, one) in formats.iter().enumerate() {
            if let Some(places) = types.get_mut(one.number) {
                places.push(place);
            }
        }
        // The first format of a type stands for the type.
        for (places, kind) in types.iter_mut().zip(service.resource_types()) {
            let order: Vec<&str> = kind.formats().collect();
            places.sort_by_key(|&place| {
                let text = formats.get(place).map(|one| one.format.text());
                order.iter().position(|&format| Some(format) == text)
            });
        }
        Self { formats, types }
    }

    /// Returns the formats of the type of that number.
    pub(crate) fn of_type(&self, number: usize) -> impl Iterator<Item = &ArnFormat<'static>> {
        let places = self.types.get(number).map(Vec::as_slice).unwrap_or_default();
        let found = places.iter().filter_map(|&place| self.formats.get(place));
        found.map(|one| &one.format)
    }

    /// Returns the types that have a format which the ARN fits. Each type comes by its number, with the number of
    /// characters of the ARN that the format spells.
    pub(crate) fn types_of<'s>(&'s self, arn: &'s str) -> impl Iterator<Item = (usize, usize)> + use<'s> {
        let fields = Fields::of(arn);
        // In a service with many types, most formats begin with another text.
        let first = fields.as_ref().and_then(|fields| fields.resource.bytes().next());
        let begin_with = |byte: Option<u8>| {
            let start = self
                .formats
                .partition_point(|one| one.format.beginning().bytes().next() < byte);
            let rest = self.formats.get(start..).unwrap_or_default();
            let count = rest.partition_point(|one| one.format.beginning().bytes().next() == byte);
            rest.get(..count).unwrap_or_default()
        };
        let candidates = begin_with(None)
            .iter()
            .chain(begin_with(first).iter().filter(move |_| first.is_some()));
        candidates.filter_map(move |one| Some((one.number, one.format.spelled_characters(fields.as_ref()?)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arn_format::spelled_characters;

    #[test]
    fn a_service_has_the_formats_of_all_its_types() {
        for service in Catalogue::embedded().services() {
            let formats = of(service.prefix()).unwrap();
            for (number, kind) in service.resource_types().enumerate() {
                let texts = formats.of_type(number).map(ArnFormat::text);
                assert!(texts.eq(kind.formats()), "{} {}", service.prefix(), kind.name());
            }
        }
        assert!(of("no-such-service").is_none());
    }

    #[test]
    fn an_arn_is_of_the_types_that_comparing_it_with_every_format_finds() {
        let mut with_types = 0;
        for service in Catalogue::embedded().services() {
            let formats = of(service.prefix()).unwrap();
            let arns = service.resource_types().flat_map(|kind| kind.formats());
            for arn in arns.map(|format| format.replace("${", "").replace(['}', '*'], "x")) {
                let mut found: Vec<(usize, usize)> = formats.types_of(&arn).collect();
                found.sort_unstable();
                let types = service.resource_types().enumerate();
                let mut expected: Vec<(usize, usize)> = types
                    .flat_map(|(number, kind)| kind.formats().map(move |format| (number, format)))
                    .filter_map(|(number, format)| Some((number, spelled_characters(format, &arn)?)))
                    .collect();
                expected.sort_unstable();
                assert_eq!(found, expected, "{arn}");
                with_types += usize::from(!found.is_empty());
            }
        }
        assert!(with_types > 2_000, "only {with_types} ARNs");
    }
}
