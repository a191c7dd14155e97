//! Errors of arguments that cannot become a request.

use std::path::Path;

use super::rejected::makes_pictures;
use super::{Context, Explanation, broken};
use crate::i18n::{UiText, quoted};
use crate::tr;
use qwen_api::error::InvalidInput;

pub(super) fn explain(input: &InvalidInput, context: &Context) -> Explanation {
    use InvalidInput as I;
    match input {
        I::NoCredential { .. } => Explanation::plain(tr!("no credential found")),
        I::UnknownProvider { name } => Explanation::plain(tr!("unknown provider {}", quoted(name))),
        I::UnknownRegion { name } => Explanation::plain(tr!("there is no region {}", quoted(name))),
        I::RegionNeedsWorkspace { region } => Explanation::new(
            tr!(
                "the region {} has no shared host; it needs a workspace",
                region.as_str()
            ),
            context.flag_at_start(tr!("give its id with --workspace"), "--workspace ID"),
        ),
        I::CredentialOverHttp { url } => Explanation::new(
            tr!("refusing to send a credential over plain http:// to {}", url),
            context.flag_at_start(
                tr!("use https://, or --allow-http if the network is trusted"),
                "--allow-http",
            ),
        ),
        I::Runtime { .. } => Explanation::plain(tr!("cannot start a thread: the system allows no more of them")),
        I::BaseUrl { detail } => Explanation::plain(tr!("the base URL is not a URL: {}", detail)),
        I::Header { name, is_secret } => {
            let what = match is_secret {
                true => UiText::foreign(name),
                false => tr!("the header {}", name),
            };
            Explanation::new(
                tr!("{} contains a character that is not allowed in an HTTP header", what),
                tr!("check it for a line break or a stray character"),
            )
        }
        I::Proxy { origin, value } => Explanation::plain(tr!("{} {}, not {}", origin, no_proxy(), quoted(value))),
        I::CertificatesUnreadable {
            path,
            origin,
            is_folder,
            reason,
        } => {
            let (place, reason) = (place(path, origin), broken(reason));
            Explanation::plain(match is_folder {
                true => tr!("cannot read the folder of certificates {}: {}", place, reason),
                false => tr!("cannot read the certificate file {}: {}", place, reason),
            })
        }
        I::NoCertificates { path, origin } => Explanation::plain(tr!(
            "the certificate file {} contains no PEM certificates",
            place(path, origin)
        )),
        I::Request { detail } => Explanation::plain(tr!("cannot send the request: {}", detail)),
        I::NoUploads { provider } => Explanation::new(
            tr!("{} does not support uploads", provider),
            context.choose(
                tr!("pass the picture itself to `-i` to send it inside the message"),
                tr!("/image puts a picture inside the message"),
            ),
        ),
        I::NoEmbeddings { provider } => Explanation::plain(tr!("{} does not support embeddings", provider)),
        I::NoBatches { provider } => Explanation::plain(tr!("{} has no batch service", provider)),
        I::NoBatchChat { provider } => Explanation::plain(tr!("{} has no batch chat", provider)),
        I::NoImages { provider } => {
            Explanation::new(tr!("{} makes no pictures here", provider), makes_pictures(context))
        }
        I::NoImageEdits => Explanation::new(
            tr!("this server makes pictures from words only"),
            tr!("{} dashscope changes pictures, with an API key", context.provider()),
        ),
        I::FileTooLarge { size, limit } => {
            let megabytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
            Explanation::plain(tr!(
                "it is {} MB; at most {} MB can be uploaded here",
                format!("{:.2}", megabytes(*size)),
                format!("{:.0}", megabytes(*limit))
            ))
        }
        I::FileUnreadable { reason } => Explanation::plain(tr!("cannot be read: {}", broken(reason))),
        I::EndsWithAnswer => Explanation::plain(tr!(
            "the conversation ends with an answer; chat.qwen.ai needs a new message"
        )),
        I::MediaNotTaken { name } => Explanation::new(
            tr!("the site's v1 API takes pictures and text, but {} is neither", name),
            tr!("web_api = \"v2\" in the config takes documents, audio and video too"),
        ),
        I::RevisingModel { model } => Explanation::new(
            tr!(
                "{} corrects words that it has sent already, which is not supported",
                model
            ),
            tr!("{} qwen3-asr-flash transcribes too", context.model()),
        ),
        I::NotOneRecording { model } => Explanation::plain(tr!("{} takes one recording and nothing else", model)),
        I::NotUploaded { name } => Explanation::plain(tr!(
            "{} was not uploaded to the site, which accepts no inline data",
            name
        )),
        I::NoChat => Explanation::plain(tr!("no chat was opened on the site")),
    }
}

/// A file or folder, and what names it.
fn place(path: &Path, origin: &Option<String>) -> UiText {
    match origin {
        Some(origin) => tr!("{} ({})", path.display(), origin),
        None => UiText::foreign(path.display().to_string()),
    }
}

/// What a proxy must be.
pub(crate) fn no_proxy() -> UiText {
    tr!(
        "must be host:port, or begin with http://, https://, socks4://, socks4a://, socks5:// or socks5h:// and name a host"
    )
}
