//! Temporary storage (`oss://`): the upload policy, the form for the storage host, and the URL of the file ("Get a
//! temporary file URL"). Errors of the storage are parsed by [`super::super::oss`].
//!
//! The URL is valid for 48 hours, for the account and the model of the policy.

use std::time::Duration;

use super::DashScope;
use crate::error::{Error, Malformed, Service};
use crate::protocol::errors::ErrorBody;
use crate::protocol::malformed::malformed;
use crate::protocol::{HttpRequest, Method, json};
use crate::secret::Secret;

/// The time for which a URL is valid.
pub(crate) const REFERENCE_LIVES: Duration = Duration::from_secs(48 * 60 * 60);

/// An upload policy, valid for several files until it expires.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Policy {
    /// The URL for the form, which is sent without `Authorization`.
    pub host: String,
    /// The folder of all keys.
    dir: String,
    /// The time until it expires, from the response on.
    pub expires_in: Duration,
    /// The limit of a file, in bytes; it depends on the model.
    pub max_size: Option<u64>,
    policy: Secret,
    signature: Secret,
    access_key_id: String,
    acl: String,
    forbid_overwrite: String,
}

/// The fields of a form but for the last, `file`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UploadForm {
    pub url: String,
    /// In sending order; some storage hosts ignore fields after the file.
    pub fields: Vec<(&'static str, Secret)>,
    /// The URL of the file in a message, once it is stored.
    pub reference: String,
}

impl DashScope {
    /// The request for a policy. The files can be used with this model only.
    pub fn policy(&self, model: &str) -> HttpRequest {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("action", "getPolicy")
            .append_pair("model", model)
            .finish();
        self.request(Method::Get, &format!("/uploads?{query}"))
    }
}

impl Policy {
    /// Parses the response to [`DashScope::policy`].
    pub(crate) fn read(body: &[u8]) -> Result<Policy, Error> {
        let value = json::read(body).unwrap_or_default();
        let data = value.get("data").unwrap_or(&value);
        let text = |name: &str| data[name].as_str().map(str::to_owned);
        let fields = || {
            Some(Policy {
                host: text("upload_host")?,
                dir: text("upload_dir")?.trim_matches('/').to_owned(),
                expires_in: Duration::from_secs(data["expire_in_seconds"].as_u64().unwrap_or(300)),
                max_size: data["max_file_size_mb"].as_u64().map(|mb| mb.saturating_mul(1 << 20)),
                policy: Secret::new(text("policy")?),
                signature: Secret::new(text("signature")?),
                access_key_id: text("oss_access_key_id")?,
                acl: text("x_oss_object_acl").unwrap_or_else(|| "private".to_owned()),
                forbid_overwrite: text("x_oss_forbid_overwrite").unwrap_or_else(|| "true".to_owned()),
            })
        };
        fields().ok_or_else(|| match ErrorBody::read(body) {
            Some(error) => error.in_stream(Service::DashScope),
            None => malformed(Service::DashScope, Malformed::UploadPolicy),
        })
    }

    /// The form for a file. `unique` must differ from file to file, since the storage refuses a key that exists.
    pub(crate) fn form(&self, unique: &str, file_name: &str, mime: &str) -> UploadForm {
        let key = format!("{}/{unique}-{}", self.dir, safe_name(file_name));
        let open = |text: &str| Secret::new(text);
        let mut fields = vec![
            ("OSSAccessKeyId", open(&self.access_key_id)),
            ("Signature", self.signature.clone()),
            ("policy", self.policy.clone()),
            ("key", open(&key)),
            ("x-oss-object-acl", open(&self.acl)),
            ("x-oss-forbid-overwrite", open(&self.forbid_overwrite)),
            ("success_action_status", open("200")),
        ];
        if !mime.is_empty() {
            fields.push(("x-oss-content-type", open(mime)));
        }
        UploadForm {
            url: self.host.clone(),
            fields,
            reference: format!("oss://{key}"),
        }
    }
}

/// A file's name as a part of a key: without characters that are special in a URL or a path, and cut to its end, which
/// holds the extension.
fn safe_name(name: &str) -> String {
    const MAX_CHARACTERS: usize = 80;
    let plain: Vec<char> = name
        .chars()
        .map(|c| match c {
            '.' | '-' | '_' => c,
            c if c.is_alphanumeric() => c,
            _ => '_',
        })
        .collect();
    plain[plain.len().saturating_sub(MAX_CHARACTERS)..].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_end_and_lose_what_a_url_reads_otherwise() {
        assert_eq!(safe_name("red.png"), "red.png");
        assert_eq!(safe_name("my photo+1 (2)/照片?.png"), "my_photo_1__2__照片_.png");
        let long = safe_name(&format!("{}.jpeg", "x".repeat(300)));
        assert!(long.len() == 80 && long.ends_with(".jpeg"), "{long}");
    }
}
