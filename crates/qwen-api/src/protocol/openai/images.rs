//! Pictures by OpenAI's `/images/generations`, which DashScope has for some models, and many local servers.

use super::{Dialect, OpenAi, errors};
use crate::ImageRequest;
use crate::error::{Error, InvalidInput, Malformed, Rejection};
use crate::protocol::images::{ImageOutcome, ImageProtocol, outcome};
use crate::protocol::request_parts::{RequestMembers, media_url, storage_header};
use crate::protocol::{Head, HttpRequest, Method};
use crate::request_body::{Attachments, RequestBody};

impl ImageProtocol for OpenAi {
    fn image_request(&self, request: &ImageRequest) -> Result<HttpRequest, Error> {
        let is_generic = self.dialect == Dialect::Generic;
        if is_generic && !request.images.is_empty() {
            return Err(Error::new(InvalidInput::NoImageEdits));
        }
        let mut members = RequestMembers::default();
        members.put("model", (!request.model.is_empty()).then(|| request.model.clone()));
        members.put("prompt", Some(request.prompt.clone()));
        let mut attachments = Attachments::default();
        let url = |media| media_url(media, &mut attachments);
        let pictures: Vec<String> = request.images.iter().map(url).collect::<Result<_, Error>>()?;
        members.put("image", (!pictures.is_empty()).then_some(pictures));
        members.put("n", request.count);
        members.put("size", request.size.as_ref().map(|size| size.replace('*', "x")));
        members.put("negative_prompt", request.negative_prompt.clone());
        members.put("seed", request.seed);
        // A picture in the reply need not be fetched. OpenAI's own models send nothing else, and refuse the member.
        let names_format = is_generic && !request.model.contains("gpt-image");
        members.put("response_format", names_format.then_some("b64_json"));
        let mut http = self.request(Method::Post, "/images/generations");
        http.headers.extend(storage_header(&request.images));
        let mut body = members.into_map();
        body.extend(request.extra.clone());
        http.body = Some(RequestBody::new(body.into(), attachments));
        Ok(http)
    }

    fn image_error(&self, sent: &HttpRequest, error: Error) -> Error {
        // A list without pictures is a reply that the path gave.
        let is_reply = error.cause() == &Malformed::NoImages.into();
        match errors::is_unknown_path(sent, &error) && !is_reply {
            true => error.caused_by(Rejection::NoImageGeneration),
            false => error,
        }
    }

    fn image_outcome(&self, head: &Head, body: &[u8]) -> Result<ImageOutcome, Error> {
        outcome(self.dialect.service(), head, body, |_| None).map_err(|error| self.dialect.refine(error))
    }
}
