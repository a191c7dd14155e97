//! A batch service in the shape of DashScope's: it keeps files and jobs and runs them, with the faults that a test asks for.
//!
//! Each look at a job brings it a stage further. The results of a job are never in the order of its requests, and the last
//! line of their file does not end.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use super::request::{self, Recorded};
use crate::guard::{LIMIT, Watched};
use crate::harness::KEY;

const ROOT: &str = "/compatible-mode/v1";

/// A call of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Upload,
    Create,
    List,
    Retrieve,
    Cancel,
    Content,
    Delete,
    /// A chat request, which is answered at once.
    Chat,
}

/// What goes wrong with one call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is not carried out, and the connection closes without a reply.
    Dropped,
    /// It is carried out, and the connection closes without a reply.
    LostReply,
    /// It is refused with this status, code and message.
    Refused(u16, &'static str, &'static str),
    /// It is carried out, and the reply never comes.
    Held,
    /// It is carried out, and the body of the reply breaks off after so many bytes.
    Cut(usize),
    /// It is carried out, and the reply comes once there were so many such calls.
    Together(usize),
    /// Nothing goes wrong; stands before a fault of a later call.
    None,
}

/// What becomes of a request of a job, instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineOutcome {
    /// It is in the output file with the status 400, and counted as completed.
    Refused,
    /// It is in the error file.
    Failed,
    /// The same in the other spelling of errors.
    FailedOtherwise,
    /// It is in neither file.
    Missing,
    /// Its answer is 3 MB long.
    Long,
}

#[derive(Clone, Debug)]
struct Job {
    id: String,
    file: String,
    body: Value,
    stage: usize,
    status: &'static str,
    errors: Vec<Value>,
    lines: Vec<Value>,
    output: Option<String>,
    error: Option<String>,
    is_cancelled: bool,
}

/// How a job goes on, look by look; then its end follows.
const STAGES: [&str; 4] = ["validating", "in_progress", "in_progress", "finalizing"];
const ENDS: [&str; 4] = ["completed", "failed", "expired", "cancelled"];

#[derive(Debug)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    jobs: Vec<Job>,
    faults: HashMap<Call, VecDeque<Fault>>,
    outcomes: HashMap<String, LineOutcome>,
    /// The end of the next jobs, instead of `completed`.
    ends: VecDeque<&'static str>,
    /// The errors of the validation of the next jobs.
    validations: VecDeque<Vec<Value>>,
    /// The stage that jobs do not leave for now.
    held_at: Option<&'static str>,
    page: usize,
    has_crlf: bool,
    is_gone: bool,
    /// Whether the files of requests are not given out, as on DashScope.
    withholds: bool,
    calls: Vec<String>,
    requests: Vec<Recorded>,
    ran: Vec<String>,
    failures: Vec<String>,
    is_closed: bool,
}

/// The service; it runs until it is dropped.
#[derive(Debug)]
pub struct BatchService {
    address: SocketAddr,
    state: Watched<State>,
}

impl BatchService {
    pub fn start() -> BatchService {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Watched::new(State {
            files: BTreeMap::new(),
            jobs: Vec::new(),
            faults: HashMap::new(),
            outcomes: HashMap::new(),
            ends: VecDeque::new(),
            validations: VecDeque::new(),
            held_at: None,
            page: 100,
            has_crlf: false,
            is_gone: false,
            withholds: false,
            calls: Vec::new(),
            requests: Vec::new(),
            ran: Vec::new(),
            failures: Vec::new(),
            is_closed: false,
        });
        let shared = state.clone();
        thread::spawn(move || {
            for number in 0.. {
                let Ok((socket, _)) = listener.accept() else { return };
                if shared.lock().is_closed {
                    return;
                }
                let state = shared.clone();
                thread::spawn(move || serve(socket, number, &state));
            }
        });
        BatchService { address, state }
    }

    /// What stands before `/files` and `/batches`.
    pub fn base_url(&self) -> String {
        format!("http://{}{ROOT}", self.address)
    }

    /// Lets the next call of this kind go wrong, after those that were asked for before.
    pub fn fault(&self, call: Call, fault: Fault) -> &BatchService {
        let add = |state: &mut State| state.faults.entry(call).or_default().push_back(fault);
        self.state.change(add);
        self
    }

    /// What becomes of the request with this id.
    pub fn outcome(&self, custom_id: &str, outcome: LineOutcome) -> &BatchService {
        self.state
            .change(|state| state.outcomes.insert(custom_id.to_owned(), outcome));
        self
    }

    /// Answers that request from now on.
    pub fn mend(&self, custom_id: &str) -> &BatchService {
        self.state.change(|state| state.outcomes.remove(custom_id));
        self
    }

    /// Ends the next job so: `expired`.
    pub fn end(&self, status: &'static str) -> &BatchService {
        self.state.change(|state| state.ends.push_back(status));
        self
    }

    /// Refuses the next job's file with these errors.
    pub fn refuse_file(&self, errors: Vec<Value>) -> &BatchService {
        self.state.change(|state| state.validations.push_back(errors));
        self
    }

    /// Keeps jobs in this stage until [`BatchService::release`].
    pub fn hold_at(&self, stage: &'static str) -> &BatchService {
        self.state.change(|state| state.held_at = Some(stage));
        self
    }

    pub fn release(&self) -> &BatchService {
        self.state.change(|state| state.held_at = None);
        self
    }

    /// Lists so many jobs on a page.
    pub fn page(&self, jobs: usize) -> &BatchService {
        self.state.change(|state| state.page = jobs);
        self
    }

    /// Ends lines with a carriage return and a newline.
    pub fn crlf(&self) -> &BatchService {
        self.state.change(|state| state.has_crlf = true);
        self
    }

    /// Forgets all jobs and their files, as after 30 days.
    pub fn forget(&self) -> &BatchService {
        self.state.change(|state| state.is_gone = true);
        self
    }

    /// Gives out the files of results alone.
    pub fn withhold_requests(&self) -> &BatchService {
        self.state.change(|state| state.withholds = true);
        self
    }

    /// Makes a job of another's, which the lists hold too.
    pub fn foreign_job(&self) -> &BatchService {
        self.state.change(|state| {
            let file = state.store("file-batch", Vec::new());
            state.create(&json!({"input_file_id": file, "endpoint": "/v1/chat/completions"}))
        });
        self
    }

    /// The calls so far, each its method and path: `POST /batches`.
    pub fn calls(&self) -> Vec<String> {
        self.state.lock().calls.clone()
    }

    /// How often this was called.
    pub fn count(&self, call: &str) -> usize {
        self.calls().iter().filter(|made| *made == call).count()
    }

    /// Waits until there were so many calls that begin so.
    #[track_caller]
    pub fn wait(&self, call: &str, count: usize) -> &BatchService {
        let is_there = |state: &State| state.calls.iter().filter(|made| made.starts_with(call)).count() >= count;
        if !self.state.wait(LIMIT, is_there) {
            panic!("{count} times {call} did not come, but {:#?}", self.calls());
        }
        self
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state.lock().requests.clone()
    }

    /// The lines of the files that jobs were made of, a file each.
    pub fn input_files(&self) -> Vec<Vec<Value>> {
        let state = self.state.lock();
        let jobs = state.jobs.iter().filter(|job| !job.lines.is_empty());
        jobs.map(|job| job.lines.clone()).collect()
    }

    /// The ids of the requests that ran and are to be paid for, sorted; one that ran twice is there twice.
    pub fn ran(&self) -> Vec<String> {
        let mut ran = self.state.lock().ran.clone();
        ran.sort();
        ran
    }

    /// The jobs that were made, by their ids.
    pub fn jobs(&self) -> Vec<String> {
        self.state.lock().jobs.iter().map(|job| job.id.clone()).collect()
    }

    /// The ids of the files that are there.
    pub fn files(&self) -> Vec<String> {
        self.state.lock().files.keys().cloned().collect()
    }
}

impl Drop for BatchService {
    #[track_caller]
    fn drop(&mut self) {
        self.state.change(|state| state.is_closed = true);
        let _ = TcpStream::connect(self.address);
        if !thread::panicking() {
            let failures = self.state.lock().failures.clone();
            assert!(
                failures.is_empty(),
                "the service was used wrongly:\n{}",
                failures.join("\n")
            );
        }
    }
}

/// A reply: its status and its body.
struct Reply(u16, Vec<u8>);

impl Reply {
    fn json(body: &Value) -> Reply {
        Reply(200, body.to_string().into_bytes())
    }

    fn error(status: u16, code: &str, message: &str) -> Reply {
        let error = json!({"message": message, "type": code, "param": null, "code": code});
        Reply(
            status,
            json!({"error": error, "request_id": "00000000-0000-9000-8000-000000000091"})
                .to_string()
                .into(),
        )
    }
}

fn serve(mut socket: TcpStream, number: usize, state: &Watched<State>) {
    let _ = socket.set_read_timeout(Some(LIMIT));
    let _ = socket.set_nodelay(true);
    let mut buffer = Vec::new();
    // A client that was killed in the middle of a request is a part of some tests.
    let Ok(Some(request)) = request::read(&mut socket, &mut buffer, number) else {
        return;
    };
    let (reply, fault) = state.change(|state| state.take(&request));
    let Reply(status, body) = match fault {
        Fault::Dropped | Fault::LostReply => return,
        Fault::Held => {
            let _ = socket.read(&mut [0]);
            return;
        }
        _ => reply,
    };
    if let Fault::Together(count) = fault {
        let call = format!("{} ", request.method) + request.path.strip_prefix(ROOT).unwrap_or_default();
        state.wait(LIMIT, |state| {
            state.calls.iter().filter(|made| **made == call).count() >= count
        });
    }
    let sent = match fault {
        Fault::Cut(bytes) => &body[..bytes.min(body.len())],
        _ => &body,
    };
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json;charset=UTF-8\r\ncontent-length: {}\r\n\
         x-request-id: 00000000-0000-9000-8000-000000000091\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = socket.write_all(&[head.as_bytes(), sent].concat());
}

impl State {
    /// Records a request and carries it out, unless a fault keeps it from that.
    fn take(&mut self, request: &Recorded) -> (Reply, Fault) {
        let path = request.path.strip_prefix(ROOT).unwrap_or(&request.path).to_owned();
        self.calls.push(format!("{} {path}", request.method));
        self.requests.push(request.clone());
        if request.header("authorization") != Some(&format!("Bearer {KEY}")) {
            self.failures
                .push(format!("{} {path}: another key, or none", request.method));
            return (
                Reply::error(401, "invalid_api_key", "Incorrect API key provided."),
                Fault::None,
            );
        }
        let (place, query) = path.split_once('?').unwrap_or((&path, ""));
        let parts: Vec<&str> = place.split('/').skip(1).collect();
        let call = match (&*request.method, &*parts) {
            ("POST", ["files"]) => Call::Upload,
            ("POST", ["batches"]) => Call::Create,
            ("GET", ["batches"]) => Call::List,
            ("GET", ["batches", _]) => Call::Retrieve,
            ("POST", ["batches", _, "cancel"]) => Call::Cancel,
            ("GET", ["files", _, "content"]) => Call::Content,
            ("DELETE", ["files", _]) => Call::Delete,
            ("POST", ["chat", "completions"]) => Call::Chat,
            _ => {
                self.failures
                    .push(format!("{} {path}: there is no such call", request.method));
                return (Reply::error(404, "not_found", "Not Found"), Fault::None);
            }
        };
        let fault = self
            .faults
            .get_mut(&call)
            .and_then(VecDeque::pop_front)
            .unwrap_or(Fault::None);
        match fault {
            Fault::Refused(status, code, message) => return (Reply::error(status, code, message), fault),
            Fault::Dropped => return (Reply(0, Vec::new()), fault),
            _ => {}
        }
        let id = parts.get(1).copied().unwrap_or_default();
        let reply = match call {
            Call::Upload => self.upload(&request.body),
            Call::Create => match self.create(&request.json()) {
                Some(job) => Reply::json(&job),
                None => Reply::error(404, "file_not_found", "No such file."),
            },
            Call::List => self.list(query),
            Call::Retrieve => self.retrieve(id),
            Call::Cancel => self.cancel(id),
            Call::Content if self.withholds && !id.contains("output") => {
                Reply::error(400, "invalid_request_error", "The file cannot be downloaded.")
            }
            Call::Content => match self.files.get(id) {
                Some(bytes) => Reply(200, bytes.clone()),
                None => Reply::error(404, "file_not_found", "No such file."),
            },
            Call::Delete => {
                self.files.remove(id);
                Reply::json(&json!({"object": "file", "deleted": true, "id": id}))
            }
            Call::Chat => Reply::json(&answer(&json!({"url": "/v1/chat/completions", "body": request.json()}))),
        };
        (reply, fault)
    }

    fn store(&mut self, prefix: &str, bytes: Vec<u8>) -> String {
        let id = format!("{prefix}-{:024}", self.files.len() + 1);
        self.files.insert(id.clone(), bytes);
        id
    }

    /// The part `file` of the form.
    fn upload(&mut self, form: &[u8]) -> Reply {
        let text = String::from_utf8_lossy(form);
        assert!(text.contains("name=\"purpose\"\r\n\r\nbatch\r\n"), "{text}");
        let boundary = text.lines().next().unwrap_or_default();
        let (_, file) = text.split_once("name=\"file\"; filename=\"").unwrap();
        let (_, content) = file.split_once("\r\n\r\n").unwrap();
        let content = content.strip_suffix(&format!("\r\n{boundary}--\r\n")).unwrap();
        let id = self.store("file-batch", content.as_bytes().to_vec());
        Reply::json(
            &json!({"id": id, "object": "file", "bytes": content.len(), "purpose": "batch",
            "status": "processed", "status_details": null}),
        )
    }

    fn create(&mut self, body: &Value) -> Option<Value> {
        let file = body["input_file_id"].as_str()?.to_owned();
        let bytes = self.files.get(&file)?;
        let lines: Vec<Value> = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        let errors = self.validations.pop_front().unwrap_or_else(|| validate(body, &lines));
        let job = Job {
            id: format!("batch_00000000-0000-4000-8000-{:012}", self.jobs.len() + 1),
            file,
            body: body.clone(),
            stage: 0,
            status: STAGES[0],
            errors,
            lines,
            output: None,
            error: None,
            is_cancelled: false,
        };
        self.jobs.push(job.clone());
        Some(job.json())
    }

    fn list(&self, query: &str) -> Reply {
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
        };
        let files = value("input_file_ids");
        let jobs = self
            .jobs
            .iter()
            .rev()
            .filter(|job| files.as_ref().is_none_or(|files| *files == job.file));
        let jobs: Vec<&Job> = jobs.filter(|_| !self.is_gone).collect();
        let from = match value("after") {
            Some(after) => jobs
                .iter()
                .position(|job| job.id == after)
                .map_or(jobs.len(), |at| at + 1),
            None => 0,
        };
        let page: Vec<Value> = jobs[from..].iter().take(self.page).map(|job| job.json()).collect();
        // A full page claims that there is more, so that the last one is empty.
        let has_more = page.len() == self.page;
        let id = |job: Option<&Value>| job.map_or(Value::Null, |job| job["id"].clone());
        let (first, last) = (id(page.first()), id(page.last()));
        let data = if page.is_empty() {
            Value::Null
        } else {
            Value::Array(page)
        };
        Reply::json(&json!({"object": "list", "data": data, "first_id": first, "last_id": last, "has_more": has_more}))
    }

    fn retrieve(&mut self, id: &str) -> Reply {
        let Some(at) = self.jobs.iter().position(|job| job.id == id).filter(|_| !self.is_gone) else {
            return Reply::error(404, "batch_not_found", "No batch found with this id.");
        };
        self.advance(at);
        Reply::json(&self.jobs[at].json())
    }

    /// Brings a job a stage further.
    fn advance(&mut self, at: usize) {
        let job = &mut self.jobs[at];
        if ENDS.contains(&job.status) || self.held_at == Some(job.status) {
            return;
        }
        job.stage += 1;
        job.status = match STAGES.get(job.stage) {
            _ if job.is_cancelled => "cancelled",
            _ if !job.errors.is_empty() => "failed",
            Some(stage) => stage,
            None => self.ends.pop_front().unwrap_or("completed"),
        };
        if ENDS.contains(&job.status) && job.status != "failed" {
            self.run(at);
        }
    }

    /// Runs the requests of a job: all of them, or the first where it ends early; after a cancellation none.
    fn run(&mut self, at: usize) {
        let job = self.jobs[at].clone();
        let count = match job.status {
            "completed" => job.lines.len(),
            "expired" => 1,
            _ => 0,
        };
        let (mut output, mut error) = (Vec::new(), Vec::new());
        for (number, line) in job.lines.iter().enumerate() {
            let id = line["custom_id"].as_str().unwrap();
            let response = |status: u16, body: Value| {
                json!({"id": "00000000-0000-9000-8000-000000000001", "custom_id": id,
                    "response": {"status_code": status, "request_id": "00000000-0000-9000-8000-000000000001",
                        "body": body}, "error": null})
            };
            let failed = |names: [&str; 2], code: &str, message: &str| {
                json!({"id": "00000000-0000-9000-8000-000000000001", "custom_id": id, "response": null,
                    "error": {names[0]: code, names[1]: message}})
            };
            let spelling = ["code", "message"];
            if number >= count {
                error.push(failed(
                    spelling,
                    "batch_ended",
                    "The batch ended before this request was run.",
                ));
                continue;
            }
            self.ran.push(id.to_owned());
            match self.outcomes.get(id) {
                None => output.push(response(200, answer(line))),
                Some(LineOutcome::Long) => {
                    let mut long = answer(line);
                    long["choices"][0]["message"]["content"] = "x".repeat(3 << 20).into();
                    output.push(response(200, long));
                }
                Some(LineOutcome::Refused) => {
                    let body =
                        json!({"error": {"code": "data_inspection_failed", "message": "Refused by the filter."}});
                    output.push(response(400, body));
                }
                Some(LineOutcome::Failed) => error.push(failed(spelling, "internal_error", "It failed.")),
                Some(LineOutcome::FailedOtherwise) => {
                    error.push(failed(
                        ["error_code", "error_message"],
                        "internal_error",
                        "It failed otherwise.",
                    ));
                }
                Some(LineOutcome::Missing) => {}
            }
        }
        let line_end = if self.has_crlf { "\r\n" } else { "\n" };
        let mut file = |lines: Vec<Value>| {
            let lines: Vec<String> = lines.iter().rev().map(Value::to_string).collect();
            (!lines.is_empty()).then(|| self.store("file-batch_output", lines.join(line_end).into_bytes()))
        };
        let (output, error) = (file(output), file(error));
        let job = &mut self.jobs[at];
        (job.output, job.error) = (output, error);
    }

    fn cancel(&mut self, id: &str) -> Reply {
        let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) else {
            return Reply::error(404, "batch_not_found", "No batch found with this id.");
        };
        if ENDS.contains(&job.status) {
            return Reply::error(409, "invalid_state", "The batch has ended already.");
        }
        job.is_cancelled = true;
        job.status = "cancelling";
        Reply::json(&job.json())
    }
}

impl Job {
    fn json(&self) -> Value {
        let total = if self.stage == 0 { 0 } else { self.lines.len() };
        let completed = match self.status {
            "in_progress" if self.stage > 1 => total / 2,
            "finalizing" | "completed" => total,
            _ => 0,
        };
        let failed = if self.status == "cancelled" { total } else { 0 };
        let errors = match self.status {
            "failed" => json!({"object": "list", "data": self.errors}),
            _ => Value::Null,
        };
        json!({"id": self.id, "object": "batch", "endpoint": self.body["endpoint"], "errors": errors,
            "input_file_id": self.file, "completion_window": self.body["completion_window"], "status": self.status,
            "output_file_id": self.output, "error_file_id": self.error, "created_at": 1_790_000_000_u64,
            "in_progress_at": null, "expires_at": null, "completed_at": null, "failed_at": null, "expired_at": null,
            "cancelling_at": null, "cancelled_at": null,
            "request_counts": {"total": total, "completed": completed, "failed": failed},
            "metadata": self.body["metadata"]})
    }
}

/// The errors of a job's file: a second model or thinking mode, an id twice, another URL than the job's.
fn validate(job: &Value, lines: &[Value]) -> Vec<Value> {
    let kind = |line: &Value| (line["body"]["model"].clone(), line["body"]["enable_thinking"].clone());
    let mut ids = HashSet::new();
    let mut errors = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let (code, param) = match line {
            _ if line["url"] != job["endpoint"] => ("url_not_found", "url"),
            _ if kind(line) != kind(&lines[0]) => ("mismatched_model", "model"),
            _ if !ids.insert(line["custom_id"].clone()) => ("duplicate_custom_id", "custom_id"),
            _ => continue,
        };
        errors.push(json!({"code": code, "message": format!("{param} does not fit"), "param": param, "line": number}));
    }
    errors
}

/// The body of the answer to a request.
fn answer(line: &Value) -> Value {
    let body = &line["body"];
    let content = match line["url"].as_str() {
        Some("/v1/embeddings") => {
            return json!({"object": "list", "model": body["model"],
                "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -0.5]}],
                "usage": {"prompt_tokens": 2, "total_tokens": 2}});
        }
        Some("/v1/chat/ds-test") => "This is a test result.".to_owned(),
        _ => {
            let prompt = body["messages"].as_array().and_then(|messages| messages.last());
            format!(
                "Answer to {}",
                prompt.and_then(|last| last["content"].as_str()).unwrap_or("it")
            )
        }
    };
    json!({"created": 1_790_000_100, "model": body["model"], "id": "chatcmpl-00000000-0000-9000-8000-000000000001",
        "choices": [{"finish_reason": "stop", "index": 0, "message": {"role": "assistant", "content": content}}],
        "usage": {"completion_tokens": 7, "prompt_tokens": 5, "total_tokens": 12}, "object": "chat.completion"})
}
