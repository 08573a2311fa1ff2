//! Login tokens are JSON Web Tokens (RFC 7519) that are signed with HMAC-SHA-256 (`HS256`, RFC 7515).
//!
//! This is not a library of JSON Web Tokens, and that is its strength. Only tokens that this module made are ever
//! read, so the header is one constant: a token with any other header is refused before anybody looks at the
//! algorithm that it names. A general library would bring RSA and elliptic curves, and the choice between algorithms
//! that has gone wrong so often.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use model::access_keys::AccessKeyId;
use model::account::AccountId;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::AccessKeys;
use crate::StoreError;
use crate::secret::Secret;

/// Says how long a login token is good for. The Python client asks for a new one after 590 seconds.
pub const LOGIN_TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// `{"alg":"HS256","typ":"JWT"}`, in base64.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Says what the key of login tokens is derived for.
const LOGIN_TOKEN: &[u8] = b"key of login tokens";

/// Most bytes of a token that is looked at; a token has some 300.
const MOST_BYTES: usize = 1_024;

/// Holds what a login token says
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginToken {
    /// The account for which requests with the token are made
    pub account: AccountId,
    /// The key that the client logged in with
    pub key: AccessKeyId,
}

/// The claims of a token; times are in seconds since 1970
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// The account that the token is for.
    sub: AccountId,
    /// The id of the access key
    key: String,
    /// This time is not checked: the clocks of two machines may differ by more than the time between two requests
    iat: i64,
    exp: i64,
}

impl AccessKeys {
    /// Returns a token for requests with the key, from `now` on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn login_token(&self, token: &LoginToken, now: Timestamp) -> Result<String, StoreError> {
        let master = self.master().await?;
        let master = master.ok_or_else(|| StoreError::Unavailable("the master secret is gone".into()))?;
        sealed(&token_key(&master), token, now)
    }

    /// Returns what a token says; `None` for everything that [`AccessKeys::login_token`] did not make, and for a token
    /// whose time is over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_login_token(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<LoginToken>, StoreError> {
        Ok(self
            .master()
            .await?
            .and_then(|master| opened(&token_key(&master), token, now)))
    }
}

fn token_key(master: &Secret) -> Secret {
    let key: [u8; 32] = master.mac(&[LOGIN_TOKEN]).finalize().into_bytes().into();
    key.into()
}

/// Computes plain HMAC-SHA-256, as RFC 7515 defines it.
fn seal(key: &Secret, signed: &str) -> Hmac<Sha256> {
    let mut mac = key.mac(&[]);
    mac.update(signed.as_bytes());
    mac
}

fn sealed(key: &Secret, token: &LoginToken, now: Timestamp) -> Result<String, StoreError> {
    let claims = Claims {
        sub: token.account.clone(),
        key: token.key.to_string(),
        iat: now.as_second(),
        exp: now
            .saturating_add(LOGIN_TOKEN_LIFE)
            .unwrap_or(Timestamp::MAX)
            .as_second(),
    };
    let claims = serde_json::to_vec(&claims).map_err(|error| StoreError::Unavailable(error.into()))?;
    let signed = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(claims));
    let seal = URL_SAFE_NO_PAD.encode(seal(key, &signed).finalize().into_bytes());
    Ok(format!("{signed}.{seal}"))
}

fn opened(key: &Secret, token: &str, now: Timestamp) -> Option<LoginToken> {
    if token.len() > MOST_BYTES {
        return None;
    }
    let (signed, seal_text) = token.rsplit_once('.')?;
    let claims = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
    // The comparison takes constant time, so that nobody can guess the seal byte by byte. No claim is read before it.
    seal(key, signed)
        .verify_slice(&URL_SAFE_NO_PAD.decode(seal_text).ok()?)
        .ok()?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let token_key: AccessKeyId = claims.key.parse().ok()?;
    let is_good = now.as_second() < claims.exp && token_key.account().as_ref() == Some(&claims.sub);
    is_good.then_some(LoginToken {
        account: claims.sub,
        key: token_key,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn token() -> LoginToken {
        let account: AccountId = "111122223333".parse().unwrap();
        let key = AccessKeyId::new(&account, Uuid::from_u128(1));
        LoginToken { account, key }
    }

    fn made() -> String {
        sealed(&KEY.into(), &token(), at(1_000)).unwrap()
    }

    fn read(token: &str, second: i64) -> Option<LoginToken> {
        opened(&KEY.into(), token, at(second))
    }

    /// Returns a token with another header and other claims, sealed with the right key.
    fn forged(header: &str, claims: &str) -> String {
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let seal = URL_SAFE_NO_PAD.encode(seal(&KEY.into(), &signed).finalize().into_bytes());
        format!("{signed}.{seal}")
    }

    fn claims() -> String {
        let key = token().key;
        format!(r#"{{"sub":"111122223333","key":"{key}","iat":1000,"exp":1600}}"#)
    }

    #[test]
    fn the_header_is_that_of_the_standard() {
        assert_eq!(URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#), HEADER);
    }

    // Expected value: `hmac.new(bytes([7] * 32), b"a.b", "sha256")` of Python.
    #[test]
    fn the_seal_is_plain_hmac_sha_256() {
        let seal = seal(&KEY.into(), "a.b").finalize().into_bytes();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(seal),
            "4IzTuUcv52RFMu-Cwl9vhXXp6OzWdfh8w9-vRT_AWfU"
        );
    }

    #[rstest]
    #[case::clock_of_another_machine(998, true)]
    #[case::at_once(1_000, true)]
    #[case::last_second(1_599, true)]
    #[case::over(1_600, false)]
    fn a_token_is_good_for_ten_minutes(#[case] second: i64, #[case] is_good: bool) {
        assert_eq!(read(&made(), second), is_good.then(token));
    }

    #[test]
    fn what_the_module_makes_is_what_the_forger_makes() {
        // Otherwise the cases below would be refused for another reason than the one that they test.
        assert_eq!(forged(r#"{"alg":"HS256","typ":"JWT"}"#, &claims()), made());
    }

    #[rstest]
    #[case::none(r#"{"alg":"none"}"#)]
    #[case::none_in_capitals(r#"{"alg":"NONE","typ":"JWT"}"#)]
    #[case::rsa(r#"{"alg":"RS256","typ":"JWT"}"#)]
    #[case::longer_hash(r#"{"alg":"HS512","typ":"JWT"}"#)]
    #[case::other_order(r#"{"typ":"JWT","alg":"HS256"}"#)]
    #[case::key_id(r#"{"alg":"HS256","typ":"JWT","kid":"../../dev/null"}"#)]
    #[case::embedded_key(r#"{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":"AA"}}"#)]
    #[case::empty("{}")]
    fn another_header_is_refused_even_with_a_right_seal(#[case] header: &str) {
        assert_eq!(read(&forged(header, &claims()), 1_000), None);
    }

    #[rstest]
    #[case::other_account(r#""sub":"111122223333""#, r#""sub":"999999999999""#)]
    #[case::no_account(r#""sub":"111122223333""#, r#""sub":"""#)]
    #[case::no_end(r#","exp":1600"#, "")]
    #[case::end_as_text(r#""exp":1600"#, r#""exp":"1600""#)]
    fn claims_that_this_stack_does_not_make_are_refused_even_with_a_right_seal(
        #[case] from: &str,
        #[case] to: &str,
    ) {
        let changed = claims().replace(from, to);
        assert_ne!(changed, claims());
        assert_eq!(
            read(&forged(r#"{"alg":"HS256","typ":"JWT"}"#, &changed), 1_000),
            None
        );
    }

    #[rstest]
    #[case::no_seal(|token: &str| token.rsplit_once('.').unwrap().0.to_owned())]
    #[case::empty_seal(|token: &str| format!("{}.", token.rsplit_once('.').unwrap().0))]
    #[case::short_seal(|token: &str| token.chars().take(token.len() - 4).collect())]
    #[case::padded(|token: &str| format!("{token}="))]
    #[case::one_more_part(|token: &str| format!("{token}.x"))]
    #[case::blank(|token: &str| format!(" {token}"))]
    #[case::long(|token: &str| format!("{token}{}", "A".repeat(5_000)))]
    #[case::empty(|_: &str| String::new())]
    #[case::bearer(|token: &str| format!("Bearer {token}"))]
    fn a_token_that_was_changed_is_refused(#[case] change: fn(&str) -> String) {
        assert_eq!(read(&change(&made()), 1_000), None);
    }

    #[test]
    fn a_token_of_another_stack_is_refused() {
        let other = sealed(&[8; 32].into(), &token(), at(1_000)).unwrap();
        assert_eq!(read(&other, 1_000), None);
    }

    proptest! {
        #[test]
        fn no_single_change_of_a_character_is_taken(place in 0_usize..200, letter in "[A-Za-z0-9_.-]") {
            let mut token = made();
            let place = place % token.len();
            prop_assume!(token.get(place..=place) != Some(letter.as_str()));
            token.replace_range(place..=place, &letter);
            prop_assert_eq!(read(&token, 1_000), None);
        }

        #[test]
        fn texts_never_panic(token in ".{0,80}") {
            let _outcome = read(&token, 1_000);
        }
    }
}
