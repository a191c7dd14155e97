//! Replies in another charset than UTF-8, which JSON and event streams should never have.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use crate::protocol::Head;

/// The charset that the `Content-Type` names; `None` where it is UTF-8 or none is named.
pub(crate) fn charset(head: &Head) -> Option<&'static Encoding> {
    let parameters = head.header("content-type")?.split(';').skip(1);
    let label = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?
        .1;
    Encoding::for_label(label.trim().trim_matches('"').as_bytes()).filter(|encoding| *encoding != UTF_8)
}

/// The bytes as UTF-8. Valid UTF-8 stays as it is whatever the head says: some frameworks name ISO-8859-1 by default.
pub(crate) fn to_utf8<'a>(bytes: &'a [u8], charset: Option<&'static Encoding>) -> Cow<'a, [u8]> {
    match charset {
        Some(encoding) if std::str::from_utf8(bytes).is_err() => match encoding.decode(bytes).0 {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        },
        _ => Cow::Borrowed(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &str, bytes: &[u8]) -> String {
        let head = Head {
            status: 200,
            headers: vec![("content-type".into(), content_type.into())],
        };
        String::from_utf8_lossy(&to_utf8(bytes, charset(&head))).into_owned()
    }

    #[test]
    fn a_reply_is_read_in_the_charset_that_its_head_names() {
        let gbk = b"{\"a\":\"\xc4\xe3\xba\xc3\"}";
        for content_type in [
            "application/json;charset=gbk",
            "application/json; Charset=\"GB2312\"; x=1",
        ] {
            assert_eq!(read(content_type, gbk), "{\"a\":\"你好\"}", "{content_type}");
        }
        assert_eq!(read("text/event-stream;charset=ISO-8859-1", "你好".as_bytes()), "你好");
        assert_eq!(read("text/event-stream;charset=ISO-8859-1", b"caf\xe9"), "café");
        for content_type in [
            "",
            "application/json",
            "application/json; charset=utf-8",
            "x; charset=klingon",
        ] {
            assert_eq!(read(content_type, b"a\xff"), "a\u{fffd}", "{content_type}");
        }
    }
}
