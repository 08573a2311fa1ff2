//! A value that is near to a literal which no row has: what was probably meant.

use serde::{Deserialize, Serialize};

/// Longest literal for which a near value is looked for, in bytes.
const MAX_SPELLED: usize = 128;

/// A value that is near to a literal; the least is the one that was meant
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Near {
    distance: u32,
    /// Says whether the value has capitals. Of two values that are equally near, the one without capitals is meant
    is_mixed: bool,
    value: String,
}

impl Near {
    /// Takes a value instead of the best one before, if it is nearer to the literal.
    pub(super) fn consider(best: &mut Option<Self>, value: &str, lowered: &str) {
        // A third of the letters may differ, as everywhere where this program guesses a name.
        let most = (lowered.len() / 3).clamp(1, 4);
        // Nobody means everything by another letter.
        if value == "*" || lowered.len() > MAX_SPELLED || value.len().abs_diff(lowered.len()) > most {
            return;
        }
        let distance = strsim::osa_distance(&value.to_lowercase(), lowered);
        if distance == 0 || distance > most {
            return;
        }
        let (distance, is_mixed) = (
            u32::try_from(distance).unwrap_or(u32::MAX),
            value.chars().any(char::is_uppercase),
        );
        let is_better = best.as_ref().is_none_or(|before| {
            (distance, is_mixed, value) < (before.distance, before.is_mixed, before.value.as_str())
        });
        if is_better {
            *best = Some(Self {
                distance,
                is_mixed,
                value: value.to_owned(),
            });
        }
    }

    pub(super) fn into_value(self) -> String {
        self.value
    }
}
