//! The only crate that talks DynamoDB: keys, conditional writes, idempotency, paging.
