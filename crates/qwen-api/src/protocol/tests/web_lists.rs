//! The web site's lists of models.

use crate::ErrorKind;
use crate::protocol::ChatProtocol;

use super::play::read;
use super::web::{v1, v2};
use super::web_refusals::refused;

#[test]
fn lists_models_in_both_shapes() {
    for (web, file) in [(v2(), "v2-models"), (v1(), "models")] {
        let page = web.model_page(1, &read(&format!("web/replies/{file}.json"))).unwrap();
        let ids: Vec<&str> = page.models.iter().map(|model| model.id.as_str()).collect();
        assert_eq!(ids, ["qwen3.8-max", "qwen3.7-plus", "qwen3-coder-plus"], "{file}");
        let best = &page.models[0];
        assert_eq!(best.name.as_deref(), Some("Qwen3.8-Max"));
        assert_eq!(
            (best.context_window, best.max_output, best.max_thinking),
            (Some(1_000_000), Some(131_072), Some(81_920))
        );
        assert_eq!(best.inputs, ["text", "image", "audio", "video"]);
        assert_eq!((best.thinking, best.search), (Some(true), Some(true)));
        let coder = &page.models[2];
        assert_eq!(
            (coder.max_output, coder.thinking, coder.search),
            (Some(65_536), None, Some(true))
        );
        assert_eq!(page.next, None);
    }
    let bare = br#"{"data":[{"id":"a"},{"id":"b","info":{"is_active":false}},{"id":"c","info":{"meta":{"modality":["text","image"]}}}]}"#;
    let page = v2().model_page(1, bare).unwrap();
    assert_eq!(page.models.len(), 2);
    assert_eq!((page.models[0].inputs.len(), page.models[0].search), (0, None));
    assert_eq!(page.models[1].inputs, ["text", "image"]);
    let error = v2().model_page(1, &read("web/200-waf/reply.html")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BotCheck);
    assert!(v2().model_page(1, b"{}").is_err());
}

#[test]
fn a_list_that_is_gone_is_asked_for_at_its_older_place() {
    let web = v2();
    let list = web.models(1).unwrap();
    let gone = refused("200-not-found");
    let older = web.reroute(&list, &gone).unwrap();
    assert_eq!(older.url, "https://chat.qwen.ai/api/models");
    assert_eq!(web.reroute(&older, &gone), None);
    assert_eq!(web.reroute(&list, &refused("200-unauthorized")), None);
}
