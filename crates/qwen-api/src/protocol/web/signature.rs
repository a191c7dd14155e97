//! Signatures of version 4 for the object storage (Alibaba Cloud OSS, "Include a V4 signature in the header").

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::digest::{SHA256, digest};
use ring::hmac::{self, HMAC_SHA256, Key};

/// The placeholder for the hash of the body, which is not signed so that it can be streamed.
pub(super) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The request to sign.
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
    /// The signed headers, with names in lower case, in alphabetical order.
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
            hex(digest(&SHA256, self.canonical().as_bytes()).as_ref())
        );
        let signature = hex(sign(self.signing_key(day).as_ref(), &to_sign).as_ref());
        let id = self.access_key_id;
        format!("OSS4-HMAC-SHA256 Credential={id}/{scope},Signature={signature}")
    }

    fn signing_key(&self, day: &str) -> hmac::Tag {
        let secret = format!("aliyun_v4{}", self.access_key_secret);
        [self.region, "oss", "aliyun_v4_request"]
            .iter()
            .fold(sign(secret.as_bytes(), day), |key, part| sign(key.as_ref(), part))
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

/// The characters to escape in an object's key: all but slashes and the unreserved ones (RFC 3986, section 2.3).
const KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// An object's key as the path of its URL.
pub(super) fn percent_encoded(key: &str) -> String {
    utf8_percent_encode(key, KEY).to_string()
}

fn sign(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&Key::new(HMAC_SHA256, key), text.as_bytes())
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
        assert_eq!(
            hex(signing.signing_key("20261120").as_ref()),
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
