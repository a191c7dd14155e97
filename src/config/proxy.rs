//! The proxies that a flag, the config file or a variable names.

use super::origin::{Origin, Sourced};
use super::setting_values::ProxyChoice;
use super::settings::Settings;
use crate::host::bare;
use crate::tr;
use qwen_api::network::{HTTP_PROXY_VARS, HTTPS_PROXY_VARS, NamedProxy, NoProxy, Proxies};

impl Settings {
    /// The proxies of all schemes. `NO_PROXY` excludes hosts from those that a variable names.
    pub fn proxies(&self) -> Proxies {
        let no_proxy = ["no_proxy", "NO_PROXY"]
            .iter()
            .find_map(|name| self.sources.env.get(name))
            .map(bare);
        let named = |scheme| {
            let found = self.proxy_for(scheme)?;
            let is_chosen = matches!(found.origin, Origin::Flag(_) | Origin::File { .. });
            Some(NamedProxy {
                text: found.value,
                origin: tr!("{}", found.origin).localize(self.lang()),
                except: match no_proxy {
                    Some(list) if !is_chosen => NoProxy::new(list),
                    _ => NoProxy::default(),
                },
            })
        };
        Proxies {
            http: named("http"),
            https: named("https"),
            is_off: self.proxy.as_ref().is_some_and(|given| given.value == ProxyChoice::Off),
        }
    }

    /// The proxy for URLs of a scheme. An empty flag or setting disables those of the variables.
    pub fn proxy_for(&self, scheme: &str) -> Option<Sourced<String>> {
        if let Some(given) = &self.proxy {
            return match &given.value {
                ProxyChoice::Off => None,
                ProxyChoice::Url(url) => Some(Sourced {
                    value: url.clone(),
                    origin: given.origin.clone(),
                }),
            };
        }
        let names = match scheme {
            "http" => HTTP_PROXY_VARS,
            _ => HTTPS_PROXY_VARS,
        };
        let of_environment = |name: &&str| {
            // Where a web server runs the program, that variable is a header of a stranger's request (RFC 3875, 4.1.18).
            let is_header = *name == "HTTP_PROXY" && self.sources.env.get("REQUEST_METHOD").is_some();
            let value = bare(self.sources.env.get(name).filter(|_| !is_header)?);
            (!value.is_empty()).then(|| Sourced {
                value: value.to_owned(),
                origin: Origin::Env((*name).to_owned()),
            })
        };
        let of_dotenv = || {
            let mut found = names.iter().find_map(|name| self.sources.dotenv_variable(name))?;
            found.value = bare(&found.value).to_owned();
            Some(found)
        };
        names.iter().find_map(of_environment).or_else(of_dotenv)
    }
}
