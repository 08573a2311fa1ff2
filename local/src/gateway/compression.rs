//! Compresses replies as API Gateway does.
//!
//! Source: API Gateway developer guide, "Payload compression for REST APIs". Only gzip is spoken here; requests are passed
//! on as they come.

use std::io::{self, Write};

use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use axum::http::{HeaderMap, HeaderValue};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::reply::Reply;

/// Returns the reply, compressed if its body has at least `minimum` bytes and the client takes gzip.
///
/// # Errors
/// Writing to memory does not fail.
pub(super) fn compressed(
    mut reply: Reply,
    client: &HeaderMap,
    minimum: Option<usize>,
) -> Result<Reply, io::Error> {
    let is_long = minimum.is_some_and(|minimum| reply.body.len() >= minimum);
    let is_encoded = reply.headers.iter().any(|(name, _)| name == CONTENT_ENCODING);
    if is_long && !is_encoded && takes_gzip(client) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&reply.body)?;
        reply.body = encoder.finish()?;
        reply
            .headers
            .push((CONTENT_ENCODING, HeaderValue::from_static("gzip")));
    }
    Ok(reply)
}

/// Returns whether the client names gzip, or any encoding, and does not refuse it by the weight 0 (RFC 9110, section
/// 12.5.3).
fn takes_gzip(client: &HeaderMap) -> bool {
    let named = client.get_all(ACCEPT_ENCODING).iter();
    let named = named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let weights = named.filter_map(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next()?;
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let weight = weight.map_or(1.0, |text| text.parse().unwrap_or(0.0));
        Some((name.to_ascii_lowercase(), weight))
    });
    let weights: Vec<(String, f32)> = weights.collect();
    let weight_of = |name: &str| {
        weights
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, weight)| *weight)
    };
    weight_of("gzip")
        .or_else(|| weight_of("*"))
        .is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use axum::http::StatusCode;
    use flate2::read::GzDecoder;
    use rstest::rstest;

    use super::*;

    fn sent(accepted: Option<&'static str>, length: usize) -> Reply {
        let mut client = HeaderMap::new();
        if let Some(accepted) = accepted {
            client.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        }
        let reply = Reply {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: vec![b'a'; length],
        };
        compressed(reply, &client, Some(1_024)).unwrap()
    }

    #[rstest]
    #[case(Some("gzip"), 1_024, true)]
    #[case(Some("deflate, GZIP;q=0.5"), 1_024, true)]
    #[case(Some("*"), 1_024, true)]
    #[case(Some("gzip"), 1_023, false)]
    #[case(Some("gzip;q=0, *"), 1_024, false)]
    #[case(Some("identity"), 1_024, false)]
    #[case(None, 1_024, false)]
    fn a_long_reply_is_compressed_for_a_client_that_takes_it(
        #[case] accepted: Option<&'static str>,
        #[case] length: usize,
        #[case] is_compressed: bool,
    ) {
        let reply = sent(accepted, length);
        let encoding = reply.headers.iter().find(|(name, _)| name == CONTENT_ENCODING);
        assert_eq!(encoding.is_some(), is_compressed);
        let mut body = Vec::new();
        if is_compressed {
            GzDecoder::new(reply.body.as_slice())
                .read_to_end(&mut body)
                .unwrap();
        } else {
            body = reply.body;
        }
        assert_eq!(body, vec![b'a'; length]);
    }

    #[test]
    fn an_encoded_reply_stays_as_it_is() {
        let mut client = HeaderMap::new();
        client.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let reply = || Reply {
            status: StatusCode::OK,
            headers: vec![(CONTENT_ENCODING, HeaderValue::from_static("br"))],
            body: vec![1; 5_000],
        };
        assert_eq!(compressed(reply(), &client, Some(0)).unwrap(), reply());
        let plain = |minimum| {
            compressed(
                Reply {
                    headers: Vec::new(),
                    ..reply()
                },
                &client,
                minimum,
            )
            .unwrap()
        };
        assert_eq!(plain(None).body.len(), 5_000);
        assert!(plain(Some(0)).body.len() < 5_000);
    }
}
