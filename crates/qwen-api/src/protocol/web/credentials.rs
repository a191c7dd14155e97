//! The token and the cookie of a browser's session: how they are sent, when the token expires, how it is renewed.
//!
//! The token is a JSON Web Token (RFC 7519). Its `exp` is read without verification.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::errors;
use crate::error::{Error, Malformed, Service};
use crate::protocol::malformed::malformed;
use crate::protocol::{Head, HeaderValue, json};
use crate::secret::Secret;

/// The credentials of an account, each with the name of the variable it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Credentials {
    /// The token, sent as `Authorization: Bearer`.
    pub token: Option<(Secret, String)>,
    /// The value of the header `Cookie`.
    pub cookie: Option<(Secret, String)>,
}

/// The result of a renewal. The refresh token is there only if it was replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Renewed {
    pub token: Secret,
    pub refresh_token: Option<Secret>,
}

impl Credentials {
    /// The token, given as such or in the cookie.
    fn token(&self) -> Option<&str> {
        match &self.token {
            Some((token, _)) => Some(token.expose()),
            None => cookie_value(self.cookie.as_ref()?.0.expose(), "token"),
        }
    }

    /// The time at which the token expires, in seconds since 1970; `None` when it names none.
    pub fn expires_at(&self) -> Option<u64> {
        expires_at(self.token()?)
    }

    /// Whether the cookie holds a refresh token.
    pub fn can_renew(&self) -> bool {
        self.cookie
            .as_ref()
            .is_some_and(|(cookie, _)| cookie_value(cookie.expose(), "refresh_token").is_some())
    }

    /// All secrets in the credentials, including the values in the cookie, which a server may repeat.
    pub fn secrets(&self) -> Vec<Secret> {
        let mut secrets = Vec::new();
        if let Some((cookie, _)) = &self.cookie {
            secrets.push(cookie.clone());
            let parts = ["token", "refresh_token"].map(|name| cookie_value(cookie.expose(), name));
            secrets.extend(parts.into_iter().flatten().map(Secret::new));
        }
        secrets.extend(self.token.iter().map(|(token, _)| token.clone()));
        secrets
    }

    pub(super) fn headers(&self) -> Vec<(String, HeaderValue)> {
        let bearer = self.token.as_ref().map(|(token, variable)| {
            let value = HeaderValue::Secret {
                prefix: "Bearer ",
                secret: token.clone(),
                variable: variable.clone(),
            };
            ("Authorization".to_owned(), value)
        });
        bearer.into_iter().chain(self.cookie_header()).collect()
    }

    /// The cookie with the token, which some endpoints take only from there.
    pub(super) fn cookie_header(&self) -> Option<(String, HeaderValue)> {
        let value = match (&self.token, &self.cookie) {
            (None, None) => return None,
            (Some((token, variable)), None) => HeaderValue::Secret {
                prefix: "token=",
                secret: token.clone(),
                variable: variable.clone(),
            },
            (token, Some((cookie, variable))) => {
                let secret = match token {
                    Some((token, _)) if cookie_value(cookie.expose(), "token").is_none() => {
                        Secret::new(format!("token={}; {}", token.expose(), cookie.expose()))
                    }
                    _ => cookie.clone(),
                };
                HeaderValue::Secret {
                    prefix: "",
                    secret,
                    variable: variable.clone(),
                }
            }
        };
        Some(("Cookie".to_owned(), value))
    }

    /// These credentials after a renewal.
    pub fn renewed(&self, renewed: &Renewed) -> Credentials {
        let token = self.token.as_ref();
        let token = token.map(|(_, variable)| (renewed.token.clone(), variable.clone()));
        let cookie = self.cookie.as_ref().map(|(cookie, variable)| {
            let mut cookie = cookie.expose().to_owned();
            if token.is_none() || cookie_value(&cookie, "token").is_some() {
                cookie = with_cookie(&cookie, "token", renewed.token.expose());
            }
            if let Some(refresh) = &renewed.refresh_token {
                cookie = with_cookie(&cookie, "refresh_token", refresh.expose());
            }
            (Secret::new(cookie), variable.clone())
        });
        Credentials { token, cookie }
    }
}

impl Renewed {
    /// Parses the response to a renewal. A cookie takes precedence over the body, as in a browser.
    pub fn read(head: &Head, body: &[u8]) -> Result<Renewed, Error> {
        if let Some(error) = errors::error_of_reply(head, body) {
            return Err(error);
        }
        let value = json::read(body).unwrap_or_default();
        let text = |name: &str| {
            let text = value.get("data").unwrap_or(&value).get(name)?.as_str()?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        let set = |name: &str| {
            head.headers
                .iter()
                .filter(|(header, _)| header == "set-cookie")
                .filter_map(|(_, value)| cookie_value(value.split(';').next()?, name))
                .next_back()
                .map(str::to_owned)
        };
        let token = text("access_token").or_else(|| text("token")).or_else(|| set("token"));
        match token {
            Some(token) => Ok(Renewed {
                token: Secret::new(token),
                refresh_token: set("refresh_token").or_else(|| text("refresh_token")).map(Secret::new),
            }),
            None => Err(malformed(Service::WebSite, Malformed::Token)),
        }
    }
}

/// The `exp` claim of a token.
fn expires_at(token: &str) -> Option<u64> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let payload = LENIENT.decode(token.split('.').nth(1)?).ok()?;
    let value: Value = serde_json::from_slice(&payload).ok()?;
    let exp = value.get("exp")?;
    exp.as_u64().or_else(|| Some(exp.as_f64()? as u64))
}

/// The value of a cookie; `None` when it is absent or empty.
fn cookie_value<'a>(cookie: &'a str, name: &str) -> Option<&'a str> {
    cookie
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, value)| key.trim() == name && !value.trim().is_empty())
        .map(|(_, value)| value.trim())
}

/// A cookie header with one value replaced or appended.
fn with_cookie(cookie: &str, name: &str, value: &str) -> String {
    let mut pairs: Vec<String> = Vec::new();
    let mut is_there = false;
    for pair in cookie.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
        let key = pair.split('=').next().unwrap_or_default();
        if key.trim() != name {
            pairs.push(pair.to_owned());
        } else if !is_there {
            is_there = true;
            pairs.push(format!("{name}={value}"));
        }
    }
    if !is_there {
        pairs.push(format!("{name}={value}"));
    }
    pairs.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(payload);
        format!("eyJhbGciOiJIUzI1NiJ9.{payload}.PLACEHOLDER")
    }

    fn credentials(token: Option<&str>, cookie: Option<&str>) -> Credentials {
        Credentials {
            token: token.map(|token| (Secret::new(token), "QWEN_AUTH_TOKEN".to_owned())),
            cookie: cookie.map(|cookie| (Secret::new(cookie), "QWEN_COOKIE".to_owned())),
        }
    }

    #[test]
    fn reads_when_a_token_ends() {
        assert_eq!(
            expires_at(&token(r#"{"id":"ü?>","exp":1790000000}"#)),
            Some(1_790_000_000)
        );
        assert_eq!(expires_at(&token(r#"{"exp":1790000000.5}"#)), Some(1_790_000_000));
        let padded = format!(
            "a.{}.c",
            base64::engine::general_purpose::URL_SAFE.encode(r#"{"exp":7}"#)
        );
        assert_eq!(expires_at(&padded), Some(7));
        for unreadable in ["", "opaque", "a.b.c", &token("{}"), &token("no json")] {
            assert_eq!(expires_at(unreadable), None, "{unreadable}");
        }
        let in_cookie = format!("cna=x; token={}", token(r#"{"exp":9}"#));
        assert_eq!(credentials(None, Some(&in_cookie)).expires_at(), Some(9));
    }

    #[test]
    fn puts_the_token_into_a_cookie_that_lacks_it() {
        let sent = |token, cookie| match credentials(token, cookie).cookie_header() {
            Some((_, HeaderValue::Secret { prefix, secret, .. })) => format!("{prefix}{}", secret.expose()),
            _ => String::new(),
        };
        assert_eq!(sent(Some("T"), Some("cna=x")), "token=T; cna=x");
        assert_eq!(sent(Some("T"), Some("cna=x; token=OLD")), "cna=x; token=OLD");
        assert_eq!(sent(Some("T"), Some("mytoken=x; token=")), "token=T; mytoken=x; token=");
        assert_eq!(sent(Some("T"), None), "token=T");
        assert_eq!(sent(None, Some("token=T")), "token=T");
        assert_eq!(sent(None, None), "");
    }

    #[test]
    fn a_renewal_replaces_what_it_brought() {
        let head = Head {
            status: 200,
            headers: vec![
                ("set-cookie".into(), "refresh_token=R1; Path=/".into()),
                ("set-cookie".into(), "refresh_token=R2; HttpOnly".into()),
            ],
        };
        let body = br#"{"success":true,"data":{"token":"NEW","refresh_token":"R0"}}"#;
        let renewed = Renewed::read(&head, body).unwrap();
        let before = credentials(Some("OLD"), Some("refresh_token=R; token=OLD; cna=x"));
        let after = before.renewed(&renewed);
        assert_eq!(
            after,
            credentials(Some("NEW"), Some("refresh_token=R2; token=NEW; cna=x"))
        );
        // A token that was not in the cookie is not added to the stored cookie.
        let after = credentials(Some("OLD"), Some("refresh_token=R")).renewed(&renewed);
        assert_eq!(after, credentials(Some("NEW"), Some("refresh_token=R2")));
        let after = credentials(None, Some("refresh_token=R")).renewed(&renewed);
        assert_eq!(after, credentials(None, Some("refresh_token=R2; token=NEW")));
        assert!(Renewed::read(&Head::default(), br#"{"success":true,"data":{}}"#).is_err());
        assert!(!credentials(Some("T"), Some("refresh_token=; x=y")).can_renew());
    }
}
