//! The way of a file to the web site: its grant, its signature, its host, the wait until it is read.

use std::time::Duration;

use crate::MediaKind;
use crate::error::{ErrorKind, Malformed, Rejection};
use crate::protocol::web::upload::{Grant, Parsing};
use crate::protocol::web::{Api, Web};
use crate::protocol::{ChatProtocol, Head, HostedFiles, oss};

use super::play::{read, read_json};
use super::web::{FILE, UPLOADED, credentials, fine, protocol, recorded, v2, written};

fn granted(file: &str) -> Grant {
    Grant::read(&fine(), &read(&format!("web/replies/{file}.json"))).unwrap()
}

#[test]
fn uploads_a_document_step_by_step() {
    let calls = |n: usize| recorded("web/calls/v2-upload-document.json", n);
    let grant = v2().grant("doc.pdf", 15, MediaKind::Document);
    assert_eq!(written(&grant), calls(0));

    let body = read_json("web/replies/v2-sts.json")
        .to_string()
        .replace("pixel.png", "doc.pdf");
    let grant = Grant::read(&fine(), body.as_bytes()).unwrap();
    assert_eq!(
        (grant.file_id.as_str(), grant.lives()),
        (FILE, Duration::from_secs(300))
    );
    let storing = protocol(Api::V2, credentials("cna=x"), UPLOADED, &[900]);
    let put = written(&storing.put(&grant, "application/pdf").unwrap());
    let mut expected = calls(1);
    let (scope, _) = expected["headers"]["authorization"]
        .as_str()
        .unwrap()
        .split_once("Signature=")
        .unwrap();
    let authorization = put["headers"]["authorization"].as_str().unwrap();
    assert!(authorization.starts_with(scope), "{authorization}");
    expected["headers"]["authorization"] = authorization.into();
    assert_eq!(put, expected);

    assert_eq!(written(&v2().parse(FILE)), calls(2));
    assert_eq!(written(&v2().parsing(FILE)), calls(3));
    assert!(v2().refusal(&fine(), &read("web/replies/v2-parse-ack.json")).is_none());
    let parsing = |file: &str| Parsing::read(&fine(), &read(&format!("web/replies/{file}.json")), FILE).unwrap();
    assert_eq!(parsing("v2-parse-pending"), Parsing::Pending);
    assert_eq!(parsing("v2-parse-success"), Parsing::Done);
    assert_eq!(parsing("v2-parse-failed"), Parsing::Failed);
    let other = Parsing::read(&fine(), &read("web/replies/v2-parse-success.json"), "another");
    assert_eq!(other.unwrap(), Parsing::Pending);
}

#[test]
fn signs_as_the_storage_s_own_sdk_does() {
    let known = read_json("web/replies/signatures.json");
    let vectors = known["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let mut reply = read_json("web/replies/v2-sts.json");
        reply["data"]["file_path"] = vector["object_key"].clone();
        let grant = Grant::read(&fine(), reply.to_string().as_bytes()).unwrap();
        let web = protocol(Api::V2, credentials("cna=x"), UPLOADED, &[900]);
        let put = written(
            &web.put(&grant, vector["headers"]["content-type"].as_str().unwrap())
                .unwrap(),
        );
        assert_eq!(
            put["headers"]["authorization"], vector["authorization"],
            "{}",
            vector["name"]
        );
        if let Some(path) = vector["url_path"].as_str() {
            assert_eq!(put["path"], path);
        }
    }
}

#[test]
fn a_grant_is_read_in_each_of_its_shapes() {
    let host = "https://qwen-webui-prod.oss-accelerate.aliyuncs.com/";
    for file in ["v1-sts", "v2-sts", "v2-sts-bucket-in-endpoint"] {
        let put = v2().put(&granted(file), "image/png").unwrap();
        assert!(put.url.starts_with(host), "{file}: {}", put.url);
    }
    let mut reply = read_json("web/replies/v2-sts.json");
    reply["data"].as_object_mut().unwrap().remove("endpoint");
    let grant = Grant::read(&fine(), reply.to_string().as_bytes()).unwrap();
    let put = v2().put(&grant, "image/png").unwrap();
    assert!(
        put.url
            .starts_with("https://qwen-webui-prod.oss-ap-southeast-1.aliyuncs.com/"),
        "{}",
        put.url
    );
    let error = Grant::read(&fine(), &read("web/replies/v2-sts-fail.json")).unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::InvalidRequest, Some("Bad_Request"))
    );
    let error = Grant::read(&fine(), b"{}").unwrap_err();
    assert_eq!(error.cause(), &Malformed::UploadPolicy.into());
    let shown = format!("{:?}", granted("v2-sts"));
    assert!(
        !shown.contains("KEYSECRET") && !shown.contains("SECURITY-TOKEN"),
        "{shown}"
    );
}

#[test]
fn a_file_goes_to_the_storage_s_owner_and_nowhere_else() {
    let endpoints = [
        "evil.invalid",
        "aliyuncs.com.evil.invalid",
        "evil.invalid/.aliyuncs.com",
        "evil.invalid#.aliyuncs.com",
        "user@evil.invalid:80/x.aliyuncs.com",
        "evilaliyuncs.com",
        "127.0.0.1:80",
    ];
    for endpoint in endpoints {
        let mut reply = read_json("web/replies/v2-sts.json");
        reply["data"]["endpoint"] = endpoint.into();
        let grant = Grant::read(&fine(), reply.to_string().as_bytes()).unwrap();
        let error = v2().put(&grant, "image/png").unwrap_err();
        assert_eq!(error.cause(), &Malformed::StorageHost.into(), "{endpoint}");
    }
    let mut reply = read_json("web/replies/v2-sts.json");
    reply["data"]["endpoint"] = "http://127.0.0.1:8091".into();
    let grant = Grant::read(&fine(), reply.to_string().as_bytes()).unwrap();
    let own = Web::new(
        "http://127.0.0.1:8090",
        Api::V2,
        credentials("cna=x"),
        || 0,
        String::new,
    );
    let put = own.put(&grant, "image/png").unwrap();
    assert!(put.url.starts_with("http://127.0.0.1:8091/0000"), "{}", put.url);
    let names: Vec<&str> = put.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert!(!names.contains(&"Cookie"), "{names:?}");

    let head = Head {
        status: 403,
        ..Head::default()
    };
    let error = oss::refusal(&head, &read("web/replies/oss-403.xml"));
    assert_eq!(error.code(), Some("SignatureDoesNotMatch"));
    assert_eq!(error.cause(), &Rejection::StorageRefused.into());
}
