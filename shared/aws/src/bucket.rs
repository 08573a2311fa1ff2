//! Reads a trail's bucket: its regions, its log files, and their bytes.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use trail::layout::{KeyRange, LogFile, LogFolder, Shard};

use crate::endpoint;
use crate::error::{AccessError, Kind, kind};
use crate::session::Session;

const LIST: &str = "list the trail's bucket";
const READ: &str = "read a log file";

/// A trail's bucket, at the S3 of its own region. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
    region: String,
}

impl Session {
    /// Finds the bucket `name`, first in `region`, the trail's home: the bucket may be in another one.
    ///
    /// Source: S3 API reference, `HeadBucket`, whose answers name the region, refusals and redirects included. A
    /// refusal is not an error here, because permissions for single prefixes do not cover this call.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] when there is no such bucket, [`AccessError::Throttled`] or
    /// [`AccessError::Unavailable`] when no reply names the region.
    pub async fn bucket(&self, name: &str, region: &str) -> Result<Bucket, AccessError> {
        let home = endpoint::region(region).ok_or(AccessError::NotFound { what: LIST })?;
        let client = self.s3(home);
        let answer = client.head_bucket().bucket(name).send().await;
        let found = match answer {
            Ok(answer) => answer.bucket_region,
            Err(error) => {
                let response = error.raw_response();
                let region = response
                    .and_then(|response| response.headers().get("x-amz-bucket-region"))
                    .map(str::to_owned);
                let status = response.map(|response| response.status().as_u16());
                let is_missing = status == Some(404);
                if is_missing || (region.is_none() && kind(None, status) != Kind::Denied) {
                    return Err(AccessError::new(LIST, error));
                }
                region
            }
        };
        let region = found.as_deref().and_then(endpoint::region).unwrap_or(home);
        Ok(Bucket {
            client: if region == home { client } else { self.s3(region) },
            name: name.to_owned(),
            region: region.to_owned(),
        })
    }
}

impl Bucket {
    /// Returns where the bucket is; [`Session::bucket`] finds it at once there.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the regions of which there are log files at `place`, in the order of their names.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn regions(&self, folder: &LogFolder) -> Result<Vec<String>, AccessError> {
        let found = self.folders(LIST, &folder.regions_prefix()).await?;
        Ok(found
            .iter()
            .filter_map(|found| folder.region_of(found))
            .map(str::to_owned)
            .collect())
    }

    /// Lists the log files of `range`.
    #[must_use]
    pub fn list(&self, range: &KeyRange) -> Listing {
        self.listing(&range.prefix, &range.start_after, range.end.clone())
    }

    /// Lists the log files of `shard`.
    #[must_use]
    pub fn list_shard(&self, shard: &Shard) -> Listing {
        // This is the smallest key that is greater than the last one.
        self.listing(&shard.prefix, &shard.start_after, format!("{}\0", shard.last_key))
    }

    /// Hands the bytes of the object at `key` to `sink` as they arrive, and returns how many there were.
    ///
    /// # Errors
    /// [`AccessError::Denied`] also when the key may not be used that the object is encrypted with;
    /// [`AccessError::Unavailable`] also when the connection breaks, `sink` having had a part of the bytes, and when
    /// they do not match the object's checksum.
    pub async fn read(&self, key: &str, mut sink: impl FnMut(&[u8])) -> Result<u64, AccessError> {
        let mut body = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .send()
            .await
            .map_err(|error| AccessError::new(READ, error))?
            .body;
        let mut bytes = 0_u64;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| AccessError::Unavailable {
                what: READ,
                cause: error.into(),
            })?;
            bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            sink(&chunk);
        }
        Ok(bytes)
    }

    /// Returns everything up to the next slash of keys that start with `prefix`.
    pub(crate) async fn folders(&self, what: &'static str, prefix: &str) -> Result<Vec<String>, AccessError> {
        let mut folders = Vec::new();
        let mut token = None;
        loop {
            let page = self
                .client
                .list_objects_v2()
                .bucket(&self.name)
                .prefix(prefix)
                .delimiter("/")
                .set_continuation_token(token)
                .send()
                .await
                .map_err(|error| AccessError::new(what, error))?;
            token = next_token(&page);
            let found = page.common_prefixes.unwrap_or_default();
            folders.extend(found.into_iter().filter_map(|folder| folder.prefix));
            if token.is_none() {
                return Ok(folders);
            }
        }
    }

    /// Returns whether there is a key that starts with `prefix`.
    pub(crate) async fn holds(&self, what: &'static str, prefix: &str) -> Result<bool, AccessError> {
        let page = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(prefix)
            .max_keys(1)
            .send()
            .await
            .map_err(|error| AccessError::new(what, error))?;
        Ok(!page.contents().is_empty())
    }

    fn listing(&self, prefix: &str, start_after: &str, end: String) -> Listing {
        Listing {
            bucket: self.clone(),
            prefix: prefix.to_owned(),
            end,
            next: Some(Start::Key(start_after.to_owned())),
        }
    }
}

/// Log files in the order of their keys, a page of at most 1000 at a time.
#[derive(Debug)]
pub struct Listing {
    bucket: Bucket,
    prefix: String,
    end: String,
    next: Option<Start>,
}

/// Says where a page starts.
#[derive(Debug)]
enum Start {
    Key(String),
    Token(String),
}

impl Listing {
    /// Returns the keys and the sizes in bytes of the next log files; `None` after the last ones. A page may be empty.
    ///
    /// # Errors
    /// See [`AccessError`]. The listing ends with an error.
    pub async fn next_page(&mut self) -> Result<Option<Vec<(String, u64)>>, AccessError> {
        let Some(from) = self.next.take() else {
            return Ok(None);
        };
        let request = self
            .bucket
            .client
            .list_objects_v2()
            .bucket(&self.bucket.name)
            .prefix(&self.prefix);
        let page = match from {
            Start::Key(key) => request.start_after(key),
            Start::Token(token) => request.continuation_token(token),
        }
        .send()
        .await
        .map_err(|error| AccessError::new(LIST, error))?;

        let token = next_token(&page);
        let mut is_end = false;
        let files = page
            .contents
            .unwrap_or_default()
            .into_iter()
            .filter_map(|object| Some((object.key?, u64::try_from(object.size?).ok()?)))
            .take_while(|(key, _)| {
                is_end = *key >= self.end;
                !is_end
            })
            .filter(|(key, _)| LogFile::parse(key).is_some())
            .collect();
        if !is_end {
            self.next = token.map(Start::Token);
        }
        Ok(Some(files))
    }
}

fn next_token(page: &ListObjectsV2Output) -> Option<String> {
    page.next_continuation_token
        .clone()
        .filter(|_| page.is_truncated == Some(true))
}
