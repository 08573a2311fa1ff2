//! Bounds the work of checks that compare pairs.

/// Most steps of one search for pairs, whatever the body. A step is a look-up in a sorted list; the bound is about a tenth
/// of a second of a whole processor.
///
/// A policy of 350 KiB holds some 5,000 resource names. When all of them have stars inside, nothing but a comparison
/// can tell whether one covers another, and all pairs would be 25 million comparisons. A policy with 400 such names is
/// still searched.
pub(crate) const MAX_STEPS: usize = 2_000_000;

/// Steps of comparing two resource names, one of which has stars.
pub(crate) const COMPARISON: usize = 10;

/// Steps that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Steps {
    left: usize,
}

/// The bound is reached: what was looked for is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfSteps;

impl Steps {
    pub(crate) fn new(most: usize) -> Self {
        Self { left: most }
    }

    /// Spends some steps.
    ///
    /// # Errors
    /// [`OutOfSteps`] when fewer are left.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), OutOfSteps> {
        self.left = self.left.checked_sub(steps).ok_or(OutOfSteps)?;
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn spent(self, most: usize) -> usize {
        most - self.left
    }
}
