//! Responses to uploads: a policy for the demo's own storage, and ids of documents.

use serde_json::{Value, json};

use super::reply::Stamp;

/// The path of the storage.
pub(super) const STORAGE: &str = "/demo-storage";

/// The permission to upload, in the shape of the real one.
pub(super) fn policy(host: &str, stamp: &Stamp) -> Value {
    json!({"request_id": stamp.request_id, "data": {
        "policy": "ZGVtbw==", "signature": "demo", "upload_dir": "demo-storage", "upload_host": format!("{host}{STORAGE}"),
        "expire_in_seconds": 300, "max_file_size_mb": 1024, "capacity_limit_mb": 1024, "oss_access_key_id": "demo",
        "x_oss_object_acl": "private", "x_oss_forbid_overwrite": "true"}})
}

/// The response to a document; `size` is that of the whole form.
pub(super) fn document(size: u64, stamp: &Stamp) -> Value {
    json!({"id": format!("file-fe-{}", stamp.request_id), "object": "file", "bytes": size, "created_at": stamp.created,
        "filename": "demo", "purpose": "file-extract", "status": "processed"})
}
