//! Decides how many requests to shards one search sends at once: as many as Lambda accepts.
//!
//! An AWS account runs a limited number of invocations at once: 10 while it is new. A search over more shards then asks them in
//! rounds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws::AccessError;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::sleep;

/// This number of places stays, however many requests are refused: other functions may need the rest for a moment only.
const FEWEST: usize = 4;

/// A request waits this long after its first refusal; each further pause is twice as long.
const PAUSE: Duration = Duration::from_millis(50);

/// No pause is longer than this.
const LONGEST: Duration = Duration::from_millis(800);

/// Holds the places for requests that are sent at once.
///
/// Lambda refuses a request when too many invocations run. The place of a refused request is given up, so that as many places
/// stay as Lambda accepted requests, and the request waits for another place. The caller bounds the time.
#[derive(Debug)]
pub(super) struct AtOnce {
    places: Semaphore,
    left: AtomicUsize,
}

impl AtOnce {
    /// Makes this number of places.
    pub(super) fn new(most: usize) -> Self {
        Self {
            places: Semaphore::new(most),
            left: AtomicUsize::new(most),
        }
    }

    /// Sends a request when there is a place, again and again until it is not refused.
    pub(super) async fn send<T, F: Future<Output = Result<T, AccessError>>>(
        &self,
        send: impl Fn() -> F,
    ) -> Result<T, AccessError> {
        let mut pause = PAUSE;
        loop {
            // Nobody closes the semaphore. If somebody did, the request would be sent without a place.
            let place = self.places.acquire().await.ok();
            match send().await {
                Err(AccessError::Throttled { .. }) => {
                    let kept = place.and_then(|place| self.give_up(place));
                    sleep(pause).await;
                    drop(kept);
                    pause = pause.saturating_mul(2).min(LONGEST);
                }
                outcome => return outcome,
            }
        }
    }

    /// Gives a place up, unless too few would stay.
    fn give_up<'p>(&self, place: SemaphorePermit<'p>) -> Option<SemaphorePermit<'p>> {
        let fewer = |left: usize| left.checked_sub(1).filter(|left| *left >= FEWEST);
        let fewer = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer);
        if fewer.is_err() {
            return Some(place);
        }
        place.forget();
        None
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;

    /// Sends so many requests to somebody who takes `most` at once; returns how often one was sent.
    async fn sent(requests: usize, most: usize) -> usize {
        let (running, count) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let at_once = AtOnce::new(requests);
        let (running, count) = (&running, &count);
        let send = || async move {
            count.fetch_add(1, Ordering::Relaxed);
            if running.load(Ordering::Relaxed) >= most {
                return Err(AccessError::Throttled { what: "send" });
            }
            running.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(1)).await;
            running.fetch_sub(1, Ordering::Relaxed);
            Ok(())
        };
        let replies = join_all((0..requests).map(|_| at_once.send(&send))).await;
        assert!(replies.iter().all(Result::is_ok));
        count.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn requests_that_are_refused_are_sent_again_by_as_many_at_once_as_were_not() {
        assert_eq!(sent(12, 12).await, 12);
        // Those beyond the fifth are refused once; then five are sent at once.
        assert_eq!(sent(12, 5).await, 12 + 7);
        // A few stay, also when each of them is refused.
        assert!(sent(6, 1).await > 6 + 2);
    }

    #[tokio::test]
    async fn another_error_is_an_outcome() {
        let at_once = AtOnce::new(1);
        let refused = at_once.send(|| async { Err::<(), _>(AccessError::NotFound { what: "send" }) });
        assert!(matches!(refused.await, Err(AccessError::NotFound { .. })));
    }
}
