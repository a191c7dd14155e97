//! Every protocol against replies as servers give them and requests as other clients send them.
//!
//! A reply is a folder `tests/fixtures/<protocol>/<case>/`: `head.json` with the status and the headers, the body as
//! `reply.sse`, `.json`, `.html` or `.txt`, and `expected.json` with what it must come to. What `expected.json` does
//! not name must be absent.

// A test that cannot go on fails; these lints let that be said only inside `#[test]` functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod compatible;
mod dashscope_errors;
mod empty_frames;
mod every_protocol;
mod extra_members;
mod finish_reasons;
mod half_characters;
mod images;
mod local;
mod local_errors;
mod media;
mod model_lists;
mod native;
mod native_models;
mod parameters;
mod play;
mod replies;
mod text_places;
mod tool_call_streams;
mod tools;
mod transcriptions;
mod web;
mod web_lists;
mod web_refusals;
mod web_uploads;
mod web_v1;
