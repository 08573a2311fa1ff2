//! Decides how many shards one search asks at once: as many as Lambda accepts.
//!
//! An AWS account runs a limited number of invocations at once: 10 while it is new. A search over more shards then asks them in
//! rounds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws::AccessError;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::sleep;

/// This number of places stays, however many questions are refused: other functions may need the rest for a moment only.
const FEWEST: usize = 4;

/// A question waits this long after its first refusal; each further pause is twice as long.
const PAUSE: Duration = Duration::from_millis(50);

/// No pause is longer than this.
const LONGEST: Duration = Duration::from_millis(800);

/// Holds the places for questions that are asked at once.
///
/// Lambda refuses a question when too many invocations run. The place of a refused question is given up, so that as many places
/// stay as Lambda accepted questions, and the question waits for another place. The caller bounds the time.
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

    /// Asks when there is a place, again and again until the question is not refused.
    pub(super) async fn ask<T, F: Future<Output = Result<T, AccessError>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, AccessError> {
        let mut pause = PAUSE;
        loop {
            // Nobody closes the semaphore. If somebody did, the question would be asked without a place.
            let place = self.places.acquire().await.ok();
            match ask().await {
                Err(AccessError::Throttled { .. }) => {
                    let kept = place.and_then(|place| self.give_up(place));
                    sleep(pause).await;
                    drop(kept);
                    pause = pause.saturating_mul(2).min(LONGEST);
                }
                asked => return asked,
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

    /// Asks so many questions of somebody who takes `most` at once; returns how often somebody was asked.
    async fn asked(questions: usize, most: usize) -> usize {
        let (running, asked) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let at_once = AtOnce::new(questions);
        let (running, asked) = (&running, &asked);
        let ask = || async move {
            asked.fetch_add(1, Ordering::Relaxed);
            if running.load(Ordering::Relaxed) >= most {
                return Err(AccessError::Throttled { what: "ask" });
            }
            running.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(1)).await;
            running.fetch_sub(1, Ordering::Relaxed);
            Ok(())
        };
        let answers = join_all((0..questions).map(|_| at_once.ask(&ask))).await;
        assert!(answers.iter().all(Result::is_ok));
        asked.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn questions_that_are_refused_are_asked_again_by_as_many_at_once_as_were_not() {
        assert_eq!(asked(12, 12).await, 12);
        // Those beyond the fifth are refused once; then five are asked at once.
        assert_eq!(asked(12, 5).await, 12 + 7);
        // A few stay, also when each of them is refused.
        assert!(asked(6, 1).await > 6 + 2);
    }

    #[tokio::test]
    async fn another_error_is_an_answer() {
        let at_once = AtOnce::new(1);
        let refused = at_once.ask(|| async { Err::<(), _>(AccessError::NotFound { what: "ask" }) });
        assert!(matches!(refused.await, Err(AccessError::NotFound { .. })));
    }
}
