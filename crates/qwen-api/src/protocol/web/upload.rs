//! Uploads of files: the grant, the upload to the storage, the entry in a message, and the parsing of documents.
//!
//! The token and the cookie are never sent to the storage, whose credentials are in the grant.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::chat_request::address;
use super::signature::{self, Signing, percent_encoded};
use super::{Api, Web, errors, format_time, plain};
use crate::error::{Error, Malformed, Service};
use crate::protocol::malformed::malformed;
use crate::protocol::{Head, HeaderValue, HostedFiles, HttpRequest, Method, json};
use crate::provider::is_loopback;
use crate::secret::Secret;
use crate::{Media, MediaKind};

/// The time for which the URL of a file is valid, if the URL does not name it.
const ADDRESS_LIVES: Duration = Duration::from_secs(300);

/// The grant for the upload of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    pub file_id: String,
    /// The signed URL for messages, which is not the one for the upload.
    pub url: String,
    key: String,
    bucket: String,
    /// Without the prefix `oss-`.
    region: String,
    /// The host, without scheme and bucket.
    endpoint: String,
    access_key_id: String,
    access_key_secret: Secret,
    security_token: Secret,
}

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Uploaded {
    pub kind: MediaKind,
    pub mime: String,
    pub name: String,
    pub size: u64,
    pub file_id: String,
    pub url: String,
    /// A fresh UUID.
    pub item_id: String,
    /// When it was stored, in milliseconds since 1970.
    pub at_ms: u64,
    /// It is a document that the site has parsed.
    pub is_parsed: bool,
}

/// The state of the parsing of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsing {
    Pending,
    Done,
    Failed,
}

impl HostedFiles for Web {
    fn takes_documents(&self) -> bool {
        self.api == Api::V2
    }

    fn grant(&self, name: &str, size: u64, kind: MediaKind) -> HttpRequest {
        let file_type = match kind {
            MediaKind::Document => "file",
            other => other.as_str(),
        };
        let (path, size) = match self.api {
            Api::V1 => ("/api/v1/files/getstsToken", Value::from(size)),
            Api::V2 => ("/api/v2/files/getstsToken", Value::from(size.to_string())),
        };
        let body = json!({"filename": name, "filesize": size, "filetype": file_type});
        self.call(Method::Post, path, Some(body))
    }

    fn put(&self, grant: &Grant, mime: &str) -> Result<HttpRequest, Error> {
        let base = self.storage_url(grant)?;
        let date = format_time((self.now_ms)(), "%Y%m%dT%H%M%SZ");
        let token = grant.security_token.expose();
        let authorization = Signing {
            access_key_id: &grant.access_key_id,
            access_key_secret: grant.access_key_secret.expose(),
            region: &grant.region,
            bucket: &grant.bucket,
            key: &grant.key,
            date: &date,
            headers: &[
                ("content-type", mime),
                ("x-oss-content-sha256", signature::UNSIGNED),
                ("x-oss-date", &date),
                ("x-oss-security-token", token),
            ],
        }
        .authorization();
        let secret = |name: &str, value: &str| {
            let value = HeaderValue::Secret {
                prefix: "",
                secret: Secret::new(value),
                variable: "OSS_GRANT".to_owned(),
            };
            (name.to_owned(), value)
        };
        Ok(HttpRequest {
            method: Method::Put,
            url: format!("{base}/{}", percent_encoded(&grant.key)),
            headers: vec![
                plain("Content-Type", mime),
                plain("x-oss-content-sha256", signature::UNSIGNED),
                plain("x-oss-date", &date),
                secret("x-oss-security-token", token),
                secret("Authorization", &authorization),
            ],
            body: None,
        })
    }

    fn parse(&self, file_id: &str) -> HttpRequest {
        let body = json!({"file_id": file_id});
        self.call(Method::Post, "/api/v2/files/parse", Some(body))
    }

    fn parsing(&self, file_id: &str) -> HttpRequest {
        let body = json!({"file_id_list": [file_id]});
        self.call(Method::Post, "/api/v2/files/parse/status", Some(body))
    }

    fn remember(&self, uploaded: Uploaded) {
        super::locked(&self.uploaded).push(uploaded);
    }
}

impl Web {
    /// The URL for the upload, which must be on a host of the storage's owner. A site on this machine may have its storage
    /// here too.
    fn storage_url(&self, grant: &Grant) -> Result<String, Error> {
        let is_name = |text: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('.')
        };
        let is_here = |url: &str| Url::parse(url).is_ok_and(|url| is_loopback(&url));
        if is_here(&self.base_url) && is_here(&format!("http://{}", grant.endpoint)) {
            return Ok(format!("http://{}", grant.endpoint));
        }
        if is_name(&grant.endpoint) && is_name(&grant.bucket) && grant.endpoint.ends_with(".aliyuncs.com") {
            return Ok(format!("https://{}.{}", grant.bucket, grant.endpoint));
        }
        Err(malformed(Service::WebSite, Malformed::StorageHost))
    }

    /// The `files[]` entry of a message, with all members if this process uploaded the file, otherwise with those that
    /// follow from the URL.
    pub(super) fn file(&self, media: &Media) -> Result<Value, Error> {
        let url = address(media)?;
        let known = super::locked(&self.uploaded);
        Ok(match known.iter().find(|uploaded| uploaded.url == url) {
            Some(uploaded) => uploaded.entry(),
            None => {
                let id = file_id_of(url).unwrap_or_else(|| (self.new_id)());
                let (kind, class) = kind_and_class(media.kind);
                json!({
                    "type": kind,
                    "id": id,
                    "url": url,
                    "name": media.name,
                    "status": "uploaded",
                    "file_type": media.mime,
                    "showType": kind,
                    "file_class": class,
                })
            }
        })
    }
}

impl Grant {
    /// Parses the response to [`HostedFiles::grant`]. v2 has the members under `data`.
    pub fn read(head: &Head, body: &[u8]) -> Result<Grant, Error> {
        if let Some(error) = errors::error_of_reply(head, body) {
            return Err(error);
        }
        let value = json::read(body).unwrap_or_default();
        let data = value.get("data").unwrap_or(&value);
        let text = |name: &str| data[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let fields = || {
            let bucket = text("bucketname")?;
            let region = text("region")?;
            // The host may come with a scheme, with the bucket or with both.
            let endpoint = text("endpoint").unwrap_or_else(|| format!("{region}.aliyuncs.com"));
            let endpoint = endpoint.split_once("://").map_or(endpoint.as_str(), |(_, host)| host);
            let endpoint = endpoint.trim_end_matches('/');
            let endpoint = endpoint.strip_prefix(&format!("{bucket}.")).unwrap_or(endpoint);
            Some(Grant {
                file_id: text("file_id")?,
                url: text("file_url")?,
                key: text("file_path")?.trim_start_matches('/').to_owned(),
                endpoint: endpoint.to_owned(),
                bucket,
                region: region.strip_prefix("oss-").unwrap_or(&region).to_owned(),
                access_key_id: text("access_key_id")?,
                access_key_secret: Secret::new(text("access_key_secret")?),
                security_token: Secret::new(text("security_token")?),
            })
        };
        fields().ok_or_else(|| malformed(Service::WebSite, Malformed::UploadPolicy))
    }

    /// The time for which the URL is valid, from the grant on.
    pub fn lives(&self) -> Duration {
        Url::parse(&self.url)
            .ok()
            .and_then(|url| {
                let (_, seconds) = url
                    .query_pairs()
                    .find(|(name, _)| name.eq_ignore_ascii_case("x-oss-expires"))?;
                seconds.parse().ok()
            })
            .map_or(ADDRESS_LIVES, Duration::from_secs)
    }
}

impl Uploaded {
    /// The `files[]` entry.
    fn entry(&self) -> Value {
        let (kind, class) = kind_and_class(self.kind);
        let mut meta = json!({"name": self.name, "size": self.size, "content_type": self.mime});
        if self.is_parsed {
            meta["parse_meta"] = json!({"parse_status": "success"});
        }
        json!({
            "type": kind,
            "file": {
                "id": self.file_id,
                "filename": self.name,
                "hash": null,
                "data": {},
                "meta": meta,
                "created_at": self.at_ms,
                "update_at": self.at_ms,
            },
            "id": self.file_id,
            "url": self.url,
            "name": self.name,
            "collection_name": "",
            "progress": 100,
            "status": "uploaded",
            "greenNet": "success",
            "size": self.size,
            "error": "",
            "itemId": self.item_id,
            "file_type": self.mime,
            "showType": kind,
            "file_class": class,
            "uploadTaskId": self.file_id,
        })
    }
}

impl Parsing {
    /// Parses the response to [`HostedFiles::parsing`]. Any word but the two final ones means pending.
    pub(crate) fn read(head: &Head, body: &[u8], file_id: &str) -> Result<Parsing, Error> {
        if let Some(error) = errors::error_of_reply(head, body) {
            return Err(error);
        }
        let value = json::read(body).unwrap_or_default();
        let Some(entries) = value["data"].as_array() else {
            return Err(malformed(Service::WebSite, Malformed::DocumentState));
        };
        let entry = entries.iter().find(|entry| entry["file_id"].as_str() == Some(file_id));
        Ok(match entry.and_then(|entry| entry["status"].as_str()) {
            Some("success") => Parsing::Done,
            Some("failed") => Parsing::Failed,
            _ => Parsing::Pending,
        })
    }
}

/// The limit of a file by its kind, in bytes, as on the site's own page.
pub fn size_limit(kind: MediaKind) -> u64 {
    let megabytes = match kind {
        MediaKind::Image | MediaKind::Document => 20,
        MediaKind::Audio => 100,
        MediaKind::Video => 500,
    };
    megabytes * 1_000_000
}

/// The `type` and `file_class` of a kind.
fn kind_and_class(kind: MediaKind) -> (&'static str, &'static str) {
    match kind {
        MediaKind::Image => ("image", "vision"),
        MediaKind::Document => ("file", "document"),
        MediaKind::Audio => ("audio", "audio"),
        MediaKind::Video => ("video", "video"),
    }
}

/// The id in a URL of the site's storage: `/<user>/<file id>_<name>`.
fn file_id_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    if !url.host_str()?.ends_with(".aliyuncs.com") {
        return None;
    }
    let (id, _) = url.path_segments()?.next_back()?.split_once('_')?;
    let is_uuid = id.len() == 36 && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    is_uuid.then(|| id.to_owned())
}
