//! Pictures by the native API ("Qwen-Image: generation and editing", "Wan: image generation", "Manage asynchronous tasks").
//!
//! One form is for all living models: messages in, messages out. Some are served on another path, as a task that is looked at
//! until it ends; the oldest of them take a flat body.

use serde_json::{Value, json};

use super::tasks::{as_task, running};
use super::{DashScope, errors};
use crate::ImageRequest;
use crate::catalog::GenerationPath;
use crate::error::{Error, Malformed, Service};
use crate::protocol::images::{ImageOutcome, ImageProtocol, outcome};
use crate::protocol::request_parts::{RequestMembers, media_url, storage_header};
use crate::protocol::{Head, HttpRequest, Method};
use crate::request_body::{Attachments, RequestBody};

/// The path of tasks with messages.
const TASK: &str = "/services/aigc/image-generation/generation";
/// The paths of tasks with a flat body.
const TASK_FROM_TEXT: &str = "/services/aigc/text2image/image-synthesis";
const TASK_FROM_IMAGES: &str = "/services/aigc/image2image/image-synthesis";

impl ImageProtocol for DashScope {
    fn image_request(&self, request: &ImageRequest) -> Result<HttpRequest, Error> {
        self.with_messages(request, GenerationPath::Multimodal.as_str())
    }

    /// A model that makes no pictures at once is asked for a task, and one that is not served on a path on the next.
    fn other_form(&self, request: &ImageRequest, sent: &HttpRequest, error: &Error) -> Option<HttpRequest> {
        let was_sent_to = |path: &str| sent.url.ends_with(path);
        if was_sent_to(GenerationPath::Multimodal.as_str()) && errors::wants_task(error) {
            return self.with_messages(request, TASK).ok().map(as_task);
        }
        let is_flat = was_sent_to(TASK_FROM_TEXT) || was_sent_to(TASK_FROM_IMAGES);
        let is_next = errors::is_wrong_path(error) && !is_flat;
        is_next.then(|| self.flat(request).ok().map(as_task)).flatten()
    }

    fn task(&self, id: &str) -> Option<HttpRequest> {
        Some(self.task_request(id))
    }

    fn image_outcome(&self, head: &Head, body: &[u8]) -> Result<ImageOutcome, Error> {
        outcome(Service::DashScope, head, body, |reply| {
            running(head, reply, Malformed::NoImages)
        })
    }
}

impl DashScope {
    /// One message: the pictures to change, and the words.
    fn with_messages(&self, request: &ImageRequest, path: &str) -> Result<HttpRequest, Error> {
        let mut attachments = Attachments::default();
        let mut content = Vec::with_capacity(request.images.len() + 1);
        for media in &request.images {
            content.push(json!({"image": media_url(media, &mut attachments)?}));
        }
        content.push(json!({"text": request.prompt}));
        let mut parameters = parameters(request);
        parameters.put("negative_prompt", request.negative_prompt.clone());
        let input = json!({"messages": [{"role": "user", "content": content}]});
        Ok(self.images_request(request, path, input, parameters, attachments))
    }

    /// The words beside the pictures to change, without messages.
    fn flat(&self, request: &ImageRequest) -> Result<HttpRequest, Error> {
        let mut attachments = Attachments::default();
        let picture = |media| media_url(media, &mut attachments);
        let pictures: Vec<String> = request.images.iter().map(picture).collect::<Result<_, Error>>()?;
        let path = match pictures.is_empty() {
            true => TASK_FROM_TEXT,
            false => TASK_FROM_IMAGES,
        };
        let mut input = RequestMembers::default();
        input.put("prompt", Some(request.prompt.clone()));
        input.put("negative_prompt", request.negative_prompt.clone());
        input.put("images", (!pictures.is_empty()).then_some(pictures));
        let input = input.into_map().into();
        Ok(self.images_request(request, path, input, parameters(request), attachments))
    }

    fn images_request(
        &self,
        request: &ImageRequest,
        path: &str,
        input: Value,
        parameters: RequestMembers,
        attachments: Attachments,
    ) -> HttpRequest {
        let mut parameters = parameters.into_map();
        parameters.extend(request.extra.clone());
        let body = json!({"model": request.model, "input": input, "parameters": parameters});
        let mut http = self.request(Method::Post, path);
        http.headers.extend(storage_header(&request.images));
        http.body = Some(RequestBody::new(body, attachments));
        http
    }
}

/// The parameters that every form has.
fn parameters(request: &ImageRequest) -> RequestMembers {
    let mut members = RequestMembers::default();
    members.put("n", request.count);
    members.put("size", request.size.as_ref().map(|size| size.replace('x', "*")));
    members.put("seed", request.seed);
    members
}
