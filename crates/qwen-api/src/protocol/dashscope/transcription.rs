//! Transcriptions of recordings that the server fetches, hours long, each made in a task ("Qwen-ASR API reference",
//! asynchronous calls).

use serde_json::{Map, Value, json};

use super::DashScope;
use super::tasks::{as_task, running};
use crate::error::{Error, InvalidInput, Malformed, Service};
use crate::protocol::errors::ErrorBody;
use crate::protocol::malformed::malformed;
use crate::protocol::request_parts::{left_out, not_uploaded, storage_header};
use crate::protocol::{Head, Method, PreparedRequest, TaskOutcome, json};
use crate::request_body::RequestBody;
use crate::{ChatRequest, Media, MediaSource, Message, Role};

const PATH: &str = "/services/audio/asr/transcription";

/// Where the words of a recording are, as JSON.
#[derive(Debug, PartialEq)]
pub(crate) struct TranscriptPlace {
    pub(crate) url: String,
    pub(crate) request_id: Option<String>,
}

impl DashScope {
    /// The request for the words of the only recording in a chat request. System messages name terms to expect.
    pub(crate) fn transcription(&self, request: &ChatRequest) -> Result<PreparedRequest, Error> {
        let media: Vec<&Media> = request.messages.iter().flat_map(Message::media).collect();
        let [recording] = media.as_slice() else {
            let model = request.model.clone();
            return Err(Error::new(InvalidInput::NotOneRecording { model }));
        };
        let MediaSource::Url(url) = &recording.source else {
            return Err(not_uploaded(recording));
        };
        let mut parameters = Map::new();
        parameters.insert("channel_id".into(), json!([0]));
        if let Some(Value::Object(options)) = request.params.extra.get("asr_options") {
            parameters.extend(options.clone());
        }
        let system = request.messages.iter().filter(|message| message.role == Role::System);
        let terms: Vec<String> = system.map(Message::plain_text).collect();
        if !terms.is_empty() {
            parameters.insert("corpus".into(), json!({"text": terms.join("\n\n")}));
        }
        let body = json!({"model": request.model, "input": {"file_url": url}, "parameters": parameters});
        let mut http = as_task(self.request(Method::Post, PATH));
        http.headers.extend(storage_header([*recording]));
        http.body = Some(RequestBody::from(body));
        Ok(PreparedRequest {
            request: http,
            notices: left_out(&request.params, |_| true).into_iter().collect(),
        })
    }

    /// What a reply with status 200 says.
    pub(crate) fn transcription_outcome(
        &self,
        head: &Head,
        body: &[u8],
    ) -> Result<TaskOutcome<TranscriptPlace>, Error> {
        let reply = json::read(body).unwrap_or_default();
        if let Some(outcome) = running(head, &reply, Malformed::Transcript) {
            return outcome;
        }
        let output = &reply["output"];
        // Older models have a list.
        let result = output.get("result").unwrap_or(&output["results"][0]);
        let request_id = reply["request_id"].as_str().map(str::to_owned);
        match result["transcription_url"].as_str() {
            Some(url) => Ok(TaskOutcome::Done(TranscriptPlace {
                url: url.to_owned(),
                request_id,
            })),
            None => {
                let refusal = [result, &reply].into_iter().find_map(ErrorBody::from_json);
                let refusal = refusal.map(|error| error.under_head(Service::DashScope, head));
                let unknown = || malformed(Service::DashScope, Malformed::Transcript);
                Err(refusal.unwrap_or_else(unknown).with_request_id(request_id))
            }
        }
    }
}

/// The words in a transcript, those of each channel on lines of their own.
pub(crate) fn words(transcript: &[u8]) -> Result<String, Error> {
    let transcript = json::read(transcript).unwrap_or_default();
    let channels = transcript["transcripts"].as_array();
    let channels = channels.ok_or_else(|| malformed(Service::DashScope, Malformed::Transcript))?;
    let texts: Vec<&str> = channels.iter().filter_map(|channel| channel["text"].as_str()).collect();
    Ok(texts.join("\n"))
}
