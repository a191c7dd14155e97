//! Signatures of version 4 for the object storage (Alibaba Cloud OSS, "Include a V4 signature in the header").

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// What stands in the place of the body's hash: the body is not signed, so it can be streamed.
pub(super) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// What is signed.
#[derive(Debug)]
pub(super) struct Signing<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) access_key_secret: &'a str,
    /// Without the prefix `oss-`.
    pub(super) region: &'a str,
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    /// `20261120T212727Z`.
    pub(super) date: &'a str,
    /// Those that are signed, their names in lower case and in alphabetical order.
    pub(super) headers: &'a [(&'a str, &'a str)],
}

impl Signing<'_> {
    /// The `Authorization` of a PUT.
    pub(super) fn authorization(&self) -> String {
        let day = self.date.get(..8).unwrap_or(self.date);
        let scope = format!("{day}/{}/oss/aliyun_v4_request", self.region);
        let to_sign = format!(
            "OSS4-HMAC-SHA256\n{}\n{scope}\n{}",
            self.date,
            hex(&Sha256::digest(self.canonical()))
        );
        let mut key = hmac(format!("aliyun_v4{}", self.access_key_secret).as_bytes(), day);
        for part in [self.region, "oss", "aliyun_v4_request"] {
            key = hmac(&key, part);
        }
        let signature = hex(&hmac(&key, &to_sign));
        let id = self.access_key_id;
        format!("OSS4-HMAC-SHA256 Credential={id}/{scope},Signature={signature}")
    }

    fn canonical(&self) -> String {
        let mut headers = String::new();
        for (name, value) in self.headers {
            headers.push_str(&format!("{name}:{value}\n"));
        }
        format!(
            "PUT\n/{}/{}\n\n{headers}\n\n{UNSIGNED}",
            self.bucket,
            percent_encoded(self.key)
        )
    }
}

/// A key as part of a URL, its slashes kept.
pub(super) fn percent_encoded(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so there is no error to handle.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of one signature, each made by another implementation.
    #[test]
    fn each_step_is_as_the_storage_s_own_sdk_makes_it() {
        let headers = [
            ("content-type", "image/png"),
            ("x-oss-content-sha256", UNSIGNED),
            ("x-oss-date", "20261120T212727Z"),
            ("x-oss-security-token", "PLACEHOLDER-SECURITY-TOKEN"),
        ];
        let signing = Signing {
            access_key_id: "STS.PLACEHOLDERKEYID",
            access_key_secret: "PLACEHOLDERKEYSECRET",
            region: "ap-southeast-1",
            bucket: "qwen-webui-prod",
            key: "u/f_pixel.png",
            date: "20261120T212727Z",
            headers: &headers,
        };
        assert_eq!(
            signing.canonical(),
            "PUT\n/qwen-webui-prod/u/f_pixel.png\n\ncontent-type:image/png\nx-oss-content-sha256:UNSIGNED-PAYLOAD\n\
             x-oss-date:20261120T212727Z\nx-oss-security-token:PLACEHOLDER-SECURITY-TOKEN\n\n\nUNSIGNED-PAYLOAD"
        );
        let mut key = hmac(b"aliyun_v4PLACEHOLDERKEYSECRET", "20261120");
        for part in ["ap-southeast-1", "oss", "aliyun_v4_request"] {
            key = hmac(&key, part);
        }
        assert_eq!(
            hex(&key),
            "085dfbf10b7349b7c95d57775439753c241c387a7596f680551ab519c37c6e30"
        );
    }

    #[test]
    fn keys_are_encoded_byte_by_byte() {
        assert_eq!(
            percent_encoded("a/résumé v2 (1)+~.pdf"),
            "a/r%C3%A9sum%C3%A9%20v2%20%281%29%2B~.pdf"
        );
    }
}
