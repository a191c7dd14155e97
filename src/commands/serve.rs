//! `qwen serve`: a gateway for programs that speak OpenAI's or Ollama's API.

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use url::Url;

use crate::app::App;
use crate::attach::read_argument;
use crate::cli::Serve;
use crate::config::Origin;
use crate::config::provider_choice::check_names;
use crate::connection::connect;
use crate::error::Failure;
use crate::i18n::{UiText, quoted};
use crate::serve::{self, Access};
use crate::term::out::write_out;
use crate::tr;
use qwen_api::{RetryPolicy, Secret};

/// The variable of the key.
const KEY: &str = "QWEN_CLI_SERVE_KEY";

/// Retries before the first token: the clients retry too.
const RETRIES: u32 = 2;
/// The longest that all waits for them may add up to.
const RETRY_WAIT: Duration = Duration::from_secs(20);

pub(super) async fn run(mut app: App<'_>, args: Serve) -> anyhow::Result<()> {
    let key = key(&app, args.api_key.as_deref()).await?;
    let address = address(&args)?;
    let is_open = !address.ip().is_loopback();
    if is_open && key.is_none() {
        return Err(
            Failure::usage(tr!("{} is not a loopback address: a key is needed", args.host))
                .hint(tr!("set one with --api-key @FILE"))
                .into(),
        );
    }
    if args.cors.iter().any(|origin| origin == "*") && key.is_none() {
        return Err(Failure::usage(tr!("--cors '*' needs a key"))
            .hint(tr!("set one with --api-key @FILE, or name the origins"))
            .into());
    }
    if let Some(wrong) = args.cors.iter().find(|given| !is_origin(given)) {
        return Err(Failure::usage(tr!(
            "--cors must be SCHEME://HOST[:PORT] as a browser sends it, not {}",
            quoted(wrong)
        ))
        .hint(UiText::foreign("qwen serve --cors http://localhost:3000"))
        .into());
    }
    check_names(&app.settings, &args.fallback)?;
    if let Some(amount) = args.max_cost {
        app.settings = app.settings.with_max_cost(amount);
    }
    let retries = match app.settings.retries.origin {
        Origin::Default => RETRIES,
        _ => app.settings.retries.value.0,
    };
    app.retry_policy = RetryPolicy::at_most(retries).within(RETRY_WAIT);
    let connection = app.or_cancelled(connect(&app, false)).await?;
    connection.note_terms_of_plan(&app);
    connection.note_uncached(&app, args.cache.cache.is_some());
    let cache = app.cache(args.cache, false);
    let listener = serve::bind(address)?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::io(tr!("listen"), &error))?;
    let access = Access {
        key,
        origins: args.cors,
        takes_any_host: is_open,
    };
    write_out(&format!("http://{address}/v1"))?;
    Ok(serve::run(&app, listener, connection, access, args.fallback, cache).await?)
}

/// Whether it stands for all origins, or a browser may send it as one: lower case, without a path and without the port
/// that the scheme has anyway ("Origin" in the HTML standard). Extensions have schemes of their own.
fn is_origin(given: &str) -> bool {
    match Url::parse(given) {
        Ok(url) if url.origin().is_tuple() => url.origin().ascii_serialization() == given,
        Ok(url) => url.has_host() && url.path().is_empty(),
        Err(_) => matches!(given, "*" | "null"),
    }
}

fn address(args: &Serve) -> Result<SocketAddr, Failure> {
    let ip = match args.host.as_str() {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => host
            .trim_matches(['[', ']'])
            .parse()
            .map_err(|_| Failure::usage(tr!("--host must be an IP address, not {}", args.host)))?,
    };
    Ok(SocketAddr::new(ip, args.port))
}

/// The key that requests must carry: the option's, else the variable's.
async fn key(app: &App<'_>, given: Option<&OsStr>) -> Result<Option<Secret>, Failure> {
    let (name, value) = match (given, app.host.env.get(KEY)) {
        (Some(given), _) => {
            let notice = |notice| app.notice(notice);
            (
                "--api-key",
                read_argument(app.reads(None, &notice), "--api-key", given).await?,
            )
        }
        (None, Some(value)) => (KEY, value.to_owned()),
        (None, None) => return Ok(None),
    };
    let key = value.trim();
    if key.is_empty() {
        return Err(Failure::usage(tr!("{} is empty", name)));
    }
    Ok(Some(Secret::new(key)))
}
