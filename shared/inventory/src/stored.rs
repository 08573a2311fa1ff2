//! The checked inventory as bytes: versioned, compressed.
//!
//! The inventory is stored, not the compiled form: it is smaller, needs no second definition of every compiled type, and
//! an engine that compiles better serves old snapshots better.

use super::Inventory;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// First bytes of a stored snapshot.
const MAGIC: [u8; 4] = *b"PSNP";

/// Version of the form that follows; another one is refused, and what it was made of is compiled anew.
const VERSION: u8 = 4;

/// The form that this program writes and reads, as a text to compare.
pub const FORM: &str = "4";

/// Most bytes after decompression: what a small function can hold beside the compiled form.
const MAX_BYTES: u64 = 256 << 20;

/// Why bytes are no snapshot that can be used
#[derive(Debug, thiserror::Error)]
pub enum StoredInventoryError {
    /// Not a stored snapshot
    #[error("not a stored snapshot")]
    NotSnapshot,
    /// Written in another form
    #[error("the snapshot has version {0}, this program reads version {VERSION}")]
    Version(u8),
    /// Cut or damaged
    #[error("the snapshot is damaged")]
    Compression(#[from] std::io::Error),
    /// Damaged in a way that the compression did not notice
    #[error("the snapshot is damaged: {0}")]
    Contents(#[from] postcard::Error),
    /// More than a function can hold
    #[error("the snapshot has more than {MAX_BYTES} bytes")]
    TooLarge,
}

/// What a snapshot is compiled from
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredInventory {
    /// UTC day that days of last access are counted to
    pub date: Date,
    /// The documents of all accounts, joined.
    pub inventory: Inventory,
}

impl StoredInventory {
    /// Encodes the inventory; the same input gives the same bytes. Findings are not kept.
    ///
    /// # Errors
    /// [`StoredInventoryError::TooLarge`] for what [`StoredInventory::decode`] would not read again; the others only when memory runs out.
    pub fn encode(&self) -> Result<Vec<u8>, StoredInventoryError> {
        let mut bytes = Vec::from(MAGIC);
        bytes.push(VERSION);
        let plain = postcard::to_allocvec(self)?;
        if u64::try_from(plain.len()).unwrap_or(u64::MAX) > MAX_BYTES {
            return Err(StoredInventoryError::TooLarge);
        }
        let mut encoder = ZlibEncoder::new(bytes, Compression::default());
        encoder.write_all(&plain)?;
        Ok(encoder.finish()?)
    }

    /// Reads what [`StoredInventory::encode`] wrote.
    ///
    /// # Errors
    /// [`StoredInventoryError`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoredInventoryError> {
        let rest = bytes
            .strip_prefix(&MAGIC)
            .ok_or(StoredInventoryError::NotSnapshot)?;
        let (&version, rest) = rest.split_first().ok_or(StoredInventoryError::NotSnapshot)?;
        if version != VERSION {
            return Err(StoredInventoryError::Version(version));
        }
        let mut plain = Vec::new();
        ZlibDecoder::new(rest)
            .take(MAX_BYTES.saturating_add(1))
            .read_to_end(&mut plain)?;
        if u64::try_from(plain.len()).unwrap_or(u64::MAX) > MAX_BYTES {
            return Err(StoredInventoryError::TooLarge);
        }
        Ok(postcard::from_bytes(&plain)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read_authorization_details, read_last_accessed, read_organization, read_resource_policies};

    fn stored() -> StoredInventory {
        let details = r#"{"UserDetailList":[{"UserName":"alice","Arn":"arn:aws:iam::111122223333:user/alice","UserPolicyList":[
            {"PolicyName":"own","PolicyDocument":{"Statement":[{"Sid":"a","Effect":"Allow","NotAction":"s3:*",
            "Resource":["*","arn:aws:s3:::${aws:username}/*"],"Condition":{"Bool":{"aws:x":true}}},{"Effect":"Maybe"}]}}]}],
            "RoleDetailList":[{"RoleName":"web","Arn":"arn:aws:iam::111122223333:role/web","AssumeRolePolicyDocument":
            {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}}}]}"#;
        let scps = r#"{"policies":[{"id":"p-1","content":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}}],
            "root":{"policies":["p-1"],"accounts":[{"id":"111122223333"}]}}"#;
        let mut inventory = Inventory {
            details: read_authorization_details(details).unwrap(),
            organization: Some(read_organization(scps).unwrap()),
            ..Inventory::default()
        };
        inventory.details.findings.clear();
        inventory.resource_policies = Some(
            read_resource_policies(
                r#"{"account":"111122223333","resourcePolicies":[{"resourceArn":"arn:aws:s3:::site","policyDocument":
                {"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/*"}}}]}"#,
            )
            .unwrap(),
        );
        inventory.last_accessed = Some(
            read_last_accessed(
                r#"{"reports":[{"Arn":"arn:aws:iam::111122223333:user/alice","ServicesLastAccessed":[
                {"ServiceNamespace":"s3","LastAuthenticated":"2026-03-30T00:00:00Z"}]}]}"#,
            )
            .unwrap(),
        );
        StoredInventory {
            date: jiff::civil::date(2026, 3, 31),
            inventory,
        }
    }

    #[test]
    fn what_is_stored_comes_back() {
        let stored = stored();
        let bytes = stored.encode().unwrap();
        assert_eq!(bytes, stored.encode().unwrap());
        assert_eq!(StoredInventory::decode(&bytes).unwrap(), stored);
    }

    #[test]
    fn the_form_says_the_version() {
        assert_eq!(FORM, VERSION.to_string());
    }

    #[test]
    fn damaged_bytes_are_refused_without_panic() {
        let bytes = stored().encode().unwrap();
        assert!(matches!(
            StoredInventory::decode(b"{}"),
            Err(StoredInventoryError::NotSnapshot)
        ));
        for end in 0..bytes.len() {
            assert!(StoredInventory::decode(&bytes[..end]).is_err(), "cut at {end}");
        }
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 0x55;
            assert!(StoredInventory::decode(&changed).is_err(), "changed at {place}");
        }
        let mut newer = bytes;
        newer[4] = 9;
        assert!(matches!(
            StoredInventory::decode(&newer),
            Err(StoredInventoryError::Version(9))
        ));
    }
}
