//! The event history of CloudTrail: the management events of the last 90 days, which need no trail.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use trail::principal::TimeRange;

use crate::endpoint;
use crate::error::AccessError;
use crate::session::Session;

const WHAT: &str = "read the event history";

impl Session {
    /// Returns the event history of `region` in `time`, newest event first; of one IAM user, if `user` names it.
    ///
    /// Source: CloudTrail API reference, `LookupEvents`.
    #[must_use]
    pub fn event_history(&self, region: &str, time: TimeRange, user: Option<String>) -> EventHistory {
        EventHistory {
            client: endpoint::region(region).map(|region| self.cloudtrail(region)),
            time,
            user,
            next: Some(Page::First),
        }
    }
}

/// The events of a Region, a page of at most 50 at a time.
#[derive(Debug)]
pub struct EventHistory {
    /// `None` for a region that has no valid name.
    client: Option<Client>,
    time: TimeRange,
    user: Option<String>,
    next: Option<Page>,
}

/// A page that was not read yet.
#[derive(Debug)]
enum Page {
    First,
    /// The one of that token.
    Next(String),
}

impl EventHistory {
    /// Returns the next events, each the JSON of its record; `None` after the last ones. A page may be empty.
    ///
    /// # Errors
    /// See [`AccessError`]. The listing ends with an error.
    pub async fn next_page(&mut self) -> Result<Option<Vec<String>>, AccessError> {
        let token = match self.next.take() {
            Some(Page::First) => None,
            Some(Page::Next(token)) => Some(token),
            None => return Ok(None),
        };
        let client = self.client.as_ref().ok_or(AccessError::NotFound { what: WHAT })?;
        let mut request = client
            .lookup_events()
            .start_time(DateTime::from_secs(self.time.start.as_second()))
            .end_time(DateTime::from_secs(self.time.end.as_second()))
            .max_results(50)
            .set_next_token(token);
        if let Some(user) = &self.user {
            let attribute = LookupAttribute::builder()
                .attribute_key(LookupAttributeKey::Username)
                .attribute_value(user)
                .build()
                .map_err(|error| AccessError::Unavailable {
                    what: WHAT,
                    cause: error.into(),
                })?;
            request = request.lookup_attributes(attribute);
        }
        let page = request
            .send()
            .await
            .map_err(|error| AccessError::new(WHAT, error))?;
        self.next = page.next_token.map(Page::Next);
        let events = page.events.unwrap_or_default();
        Ok(Some(
            events
                .into_iter()
                .filter_map(|event| event.cloud_trail_event)
                .collect(),
        ))
    }
}
