//! Holds what is known of the credentials of a user, as queries ask for it.

use inventory::Access;

/// Passwords, access keys and MFA devices of one user
#[derive(Debug, Clone, Copy)]
pub(crate) struct Credentials {
    pub(crate) has_mfa: bool,
    pub(crate) active_keys: u32,
    /// Says when that active access key was last used which was unused for the longest time; `Unknown` without an
    /// active key
    pub(crate) key_last_used: Access,
    /// The last login with the password; `Unknown` without a password
    pub(crate) last_login: Access,
}

impl Credentials {
    /// Takes what a credential report says about one user.
    pub(crate) fn of(known: &inventory::Credentials) -> Self {
        let keys = known.access_keys.iter().filter(|key| key.active);
        let last_uses = keys.map(|key| key.last_used);
        // No day counts as less than any day: a key that was never used was not used for the longest time.
        let longest_ago = last_uses.min();
        Self {
            has_mfa: known.mfa_active,
            active_keys: u32::try_from(known.active_keys()).unwrap_or(u32::MAX),
            key_last_used: longest_ago.map_or(Access::Unknown, on_or_never),
            last_login: known
                .password
                .map_or(Access::Unknown, |password| on_or_never(password.last_used)),
        }
    }
}

fn on_or_never(day: Option<jiff::civil::Date>) -> Access {
    day.map_or(Access::Never, Access::On)
}
