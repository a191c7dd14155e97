//! The native protocol's list of models, and the prices in it.

use crate::protocol::ChatProtocol;
use crate::protocol::dashscope::DashScope;
use crate::{Decimal, JsonMode};
use serde_json::{Value, json};

use super::native::{protocol, recorded};
use super::play::{read, written};

#[test]
fn lists_models_page_by_page() {
    let protocol = protocol();
    let asked = written(&protocol.models(3).unwrap());
    let mut expected = recorded("models-list", 0);
    expected["query"] = json!({"page_no": "3", "page_size": "100"});
    assert_eq!(asked, expected);

    let first = protocol.model_page(1, &read("native/lists/models-page1.json")).unwrap();
    assert_eq!(first.next, Some(2));
    let best = &first.models[0];
    assert_eq!(best.id, "qwen3.8-max");
    assert_eq!(best.name.as_deref(), Some("Qwen3.8-Max"));
    assert_eq!(best.owned_by.as_deref(), Some("qwen"));
    assert_eq!(
        (best.context_window, best.max_input, best.max_output, best.max_thinking),
        (Some(1_000_000), Some(991_808), Some(131_072), Some(262_144))
    );
    assert_eq!(best.inputs, ["text", "image", "video"]);
    assert_eq!(best.outputs, ["text"]);
    assert_eq!((best.thinking, best.search), (Some(true), Some(true)));
    assert_eq!(
        (best.tools, best.partial, best.batch),
        (Some(true), Some(true), Some(true))
    );
    assert_eq!((best.json, best.retired.as_deref()), (Some(JsonMode::Schema), None));
    assert_eq!(best.prices, ["Input 12 per 1M tokens", "Output 36 per 1M tokens"]);

    let last = protocol.model_page(2, &read("native/lists/models-page2.json")).unwrap();
    assert_eq!(last.next, None);
    let (vision, painter) = (&last.models[0], &last.models[1]);
    assert_eq!((vision.thinking, vision.search), (Some(false), Some(false)));
    assert_eq!(
        (painter.context_window, painter.outputs.as_slice()),
        (None, &["image".to_owned()][..])
    );
    assert_eq!(painter.prices, ["Image 0.075 per image"]);

    let error = protocol
        .model_page(1, br#"{"code":"InvalidApiKey","message":"m","request_id":"r"}"#)
        .unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(401), Some("InvalidApiKey")));
    assert!(protocol.model_page(1, b"<html>").is_err());
}

#[test]
fn prices_name_their_range() {
    let body = json!({"output": {"total": 1, "page_size": 100, "models": [{"model": "m",
        "inference_offline_info": {"offline_time": "2026-12-31 00:00:00"}, "prices": [
        {"range_name": "0-128K", "prices": [{"type": "input_token", "price": "0.8", "price_unit": "Per 1M tokens"}]},
    ]}]}});
    let page = protocol().model_page(1, body.to_string().as_bytes()).unwrap();
    assert_eq!(page.models[0].prices, ["input_token 0.8 per 1M tokens (0-128K)"]);
    assert_eq!((page.models[0].thinking, page.next), (None, None));
    assert_eq!(page.models[0].retired.as_deref(), Some("2026-12-31"));
}

/// The names and units of an account in Chinese, with what surrounds the prices.
#[test]
fn prices_per_token_are_read_by_their_type_and_range() {
    let price = |kind: &str, price: &str| json!({"type": kind, "price": price, "price_unit": "每百万tokens", "price_name": "输入"});
    let range = |name: &str, prices: Vec<Value>| json!({"range_name": name, "prices": prices});
    let read_of = |model: &str, prices: Value| {
        let body = json!({"code": null, "message": null, "output": {"total": 2, "models": [
            {"model": "other", "prices": [range("Default", vec![price("input_token", "99"), price("output_token", "99")])]},
            {"model": "m", "prices": prices},
        ]}});
        DashScope::price_tiers(model, body.to_string().as_bytes()).unwrap()
    };
    let read = |prices: Value| {
        let tiers = read_of("m", prices).into_iter().map(|tier| {
            let text = |price: Option<Decimal>| price.map_or("-".to_owned(), |price| price.to_string());
            let up_to = tier.up_to.map_or("any".to_owned(), |limit| limit.to_string());
            let (input, output) = (tier.input, tier.output);
            format!(
                "{up_to}: {input}/{output}|{} hit {}",
                text(tier.output_thinking),
                text(tier.cached)
            )
        });
        tiers.collect::<Vec<_>>()
    };
    let plain = || vec![price("input_token", "2"), price("output_token", "8")];
    let dear = || vec![price("input_token", "6"), price("output_token", "24")];
    let whole = vec![
        price("input_token_cache_read", "0.08"),
        price("input_token_cache", "0.16"),
        price("input_token_cache_creation_5m", "1"),
        price("input_token", "0.8"),
        price("output_token", "2"),
        price("thinking_output_token", "8"),
    ];
    assert_eq!(read(json!([range("Default", whole)])), ["any: 0.8/2|8 hit 0.16"]);
    for names in [["256k<输入<=1m", "输入<=256k"], ["256K<Input≤1M", "0-256K"]] {
        let tiers = json!([range(names[0], dear()), range(names[1], plain())]);
        assert_eq!(read(tiers), ["262144: 2/8|- hit -", "1048576: 6/24|- hit -"]);
    }
    assert_eq!(
        read(json!([range("Default", plain()), range("32k<输入<=128k", dear())])),
        ["32768: 2/8|- hit -", "131072: 6/24|- hit -"]
    );
    assert_eq!(
        read(json!([range("输入<=32k", plain()), range("32k<输入", dear())])),
        ["32768: 2/8|- hit -", "any: 6/24|- hit -"]
    );
    let at = |band: &str, amount: &str| {
        let mut entry = price("input_token", amount);
        entry["time_band"] = band.into();
        entry
    };
    let output = || price("output_token", "8");
    let banded = vec![at("offpeak", "1"), at("standard", "2"), at("peak", "3"), output()];
    assert_eq!(read(json!([range("Default", banded)])), ["any: 2/8|- hit -"]);
    let unusual = vec![at("offpeak", "1"), at("peak", "3"), output()];
    assert_eq!(read(json!([range("Default", unusual)])), ["any: 3/8|- hit -"]);
    // What is not understood has no price.
    let image = json!({"type": "image_number", "price": "0.075", "price_unit": "Per image"});
    let mut by_thousand = price("input_token", "1");
    by_thousand["price_unit"] = "Per 1K tokens".into();
    let unlike = |amount: Value| {
        let mut entry = price("input_token", "1");
        entry["price"] = amount;
        json!([range("Default", vec![entry, output()])])
    };
    for unknown in [
        json!(null),
        json!([]),
        json!([range("Default", vec![image])]),
        json!([range("Default", vec![by_thousand, output()])]),
        json!([range("Default", plain()), range("at night", dear())]),
        json!([range("Default", plain()), {"range_name": "32k<Input<=128k"}]),
        unlike(json!("-1")),
        unlike(json!("1e3")),
        unlike(json!(12)),
    ] {
        assert_eq!(read(unknown.clone()), Vec::<String>::new(), "{unknown}");
    }
    assert_eq!(read_of("unlisted", json!([])), []);
    assert!(DashScope::price_tiers("m", b"<html>").is_err());
    let error = DashScope::price_tiers("m", br#"{"code":"InvalidApiKey","message":"m"}"#).unwrap_err();
    assert_eq!(error.code(), Some("InvalidApiKey"));
    let native = DashScope {
        base_url: "https://dashscope.aliyuncs.com/api/v1".to_owned(),
        key: None,
        headers: Vec::new(),
    };
    assert_eq!(
        native.prices("qwen3.8-max&page_no=2").url,
        "https://dashscope.aliyuncs.com/api/v1/models?page_no=1&page_size=100&model=qwen3.8-max%26page_no%3D2"
    );
}
