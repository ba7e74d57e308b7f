//! Rules: boilerplate as data.

/// Why a rule file could not be used.
#[derive(Debug, thiserror::Error)]
#[error("broken rule")]
pub struct RuleError;

/// All rules of a run, compiled. Shared by all threads.
#[derive(Debug)]
pub struct RuleSet;

impl RuleSet {
    /// The rules that are part of dehusk.
    pub fn builtin() -> Result<Self, RuleError> {
        Ok(Self)
    }
}
