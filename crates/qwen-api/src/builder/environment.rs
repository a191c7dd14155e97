//! The options that environment variables name.

use std::env;

use super::ClientBuilder;
use crate::error::{Error, InvalidInput};
use crate::provider::{COOKIE_VAR, DASHSCOPE_VARS, Region, TOKEN_VAR};
use crate::secret::Secret;
use crate::transport::proxy::Proxies;

/// The variable that names a DashScope region.
const REGION_VAR: &str = "QWEN_REGION";
/// The variable that names a DashScope workspace.
const WORKSPACE_VAR: &str = "QWEN_WORKSPACE";
/// The variable that names a base URL.
const BASE_URL_VAR: &str = "QWEN_BASE_URL";

impl ClientBuilder {
    /// Options from the environment.
    ///
    /// - `DASHSCOPE_API_KEY`, else `QWEN_API_KEY`: a key of DashScope.
    /// - else `QWEN_AUTH_TOKEN` and `QWEN_COOKIE`, or one of them: an account of chat.qwen.ai.
    /// - else `QWEN_BASE_URL` alone: a server that wants no key.
    /// - `QWEN_BASE_URL`, `QWEN_REGION` (`beijing`, `singapore`, …) and `QWEN_WORKSPACE` are optional.
    /// - `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in either case, as curl reads them.
    ///
    /// Without any credential the error's cause is [`InvalidInput::NoCredential`].
    pub fn from_env() -> Result<ClientBuilder, Error> {
        ClientBuilder::from_variables(|name| env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<ClientBuilder, Error> {
        let variable = |name: &str| {
            variable(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let secret = |name: &str| variable(name).map(Secret::new);
        let mut builder = ClientBuilder::new();
        builder.key = DASHSCOPE_VARS.iter().find_map(|name| secret(name));
        builder.base_url = variable(BASE_URL_VAR);
        if builder.key.is_none() {
            (builder.token, builder.cookie) = (secret(TOKEN_VAR), secret(COOKIE_VAR));
            let has_account = builder.token.is_some() || builder.cookie.is_some();
            builder.provider = match (has_account, &builder.base_url) {
                (true, _) => Some("web".to_owned()),
                (false, Some(_)) => Some("local".to_owned()),
                (false, None) => {
                    let variables = [DASHSCOPE_VARS, &[TOKEN_VAR, COOKIE_VAR]].concat();
                    return Err(Error::new(InvalidInput::NoCredential { variables }));
                }
            };
        }
        if let Some(name) = variable(REGION_VAR) {
            builder.region =
                Region::from_name(&name).ok_or_else(|| Error::new(InvalidInput::UnknownRegion { name }))?;
        }
        builder.workspace = variable(WORKSPACE_VAR);
        builder.network.proxies = Proxies::from_variables(variable);
        Ok(builder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Client;
    use crate::error::Cause;

    fn built(variables: &[(&str, &str)]) -> Result<Client, Error> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        ClientBuilder::from_variables(variable)?.build()
    }

    #[test]
    fn the_environment_names_provider_region_and_workspace() {
        for (variables, provider, base_url) in [
            (
                &[("DASHSCOPE_API_KEY", "sk-test-1"), ("QWEN_AUTH_TOKEN", "t")][..],
                "dashscope",
                "https://dashscope.aliyuncs.com/compatible-mode/v1",
            ),
            (
                &[("QWEN_API_KEY", " sk-test-1\n"), ("QWEN_REGION", "singapore")],
                "dashscope",
                "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            ),
            (
                &[
                    ("QWEN_API_KEY", "sk-test-1"),
                    ("QWEN_REGION", "tokyo"),
                    ("QWEN_WORKSPACE", "ws-1"),
                ],
                "dashscope",
                "https://ws-1.ap-northeast-1.maas.aliyuncs.com/compatible-mode/v1",
            ),
            (
                &[("DASHSCOPE_API_KEY", ""), ("QWEN_COOKIE", "token=t")],
                "web",
                "https://chat.qwen.ai",
            ),
            (
                &[("QWEN_BASE_URL", "http://127.0.0.1:8080/v1/chat/completions")],
                "local",
                "http://127.0.0.1:8080/v1",
            ),
        ] {
            let client = built(variables).unwrap();
            assert_eq!(client.endpoint().provider, provider, "{variables:?}");
            assert_eq!(client.base_url(), base_url, "{variables:?}");
        }
    }

    #[test]
    fn what_is_missing_or_unusable_is_an_error_before_anything_is_sent() {
        let key = ("DASHSCOPE_API_KEY", "sk-test-1");
        for (variables, expected) in [
            (
                &[][..],
                InvalidInput::NoCredential {
                    variables: vec!["DASHSCOPE_API_KEY", "QWEN_API_KEY", "QWEN_AUTH_TOKEN", "QWEN_COOKIE"],
                },
            ),
            (
                &[key, ("QWEN_REGION", "mars")],
                InvalidInput::UnknownRegion { name: "mars".into() },
            ),
            (
                &[key, ("QWEN_REGION", "tokyo")],
                InvalidInput::RegionNeedsWorkspace { region: Region::Tokyo },
            ),
            (
                &[key, ("QWEN_BASE_URL", "http://example.com/v1")],
                InvalidInput::CredentialOverHttp {
                    url: "http://example.com/v1".into(),
                },
            ),
            (
                &[key, ("HTTPS_PROXY", "ftp://me:secret@h")],
                InvalidInput::Proxy {
                    origin: "HTTPS_PROXY".into(),
                    value: "ftp://me:***@h".into(),
                },
            ),
        ] {
            let error = built(variables).unwrap_err();
            assert_eq!(error.cause(), &Cause::Input(expected), "{variables:?}");
        }
    }
}
