//! Plays the script of one connection.

use std::any::Any;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use socket2::SockRef;

use super::request;
use super::script::{Connection, Step};
use super::{Recorded, Shared};
use crate::guard::LIMIT;

/// Waits for the first bytes on a connection, which stay to be read; `None` when it was closed without any. It may stay
/// open for as long as a user thinks, so that the wait has no limit of its own.
pub(super) fn begun(socket: &TcpStream) -> Option<Vec<u8>> {
    let mut first = vec![0; 512];
    let count = socket.peek(&mut first).ok().filter(|count| *count > 0)?;
    first.truncate(count);
    Some(first)
}

/// Plays `script`, or refuses a connection that has none. The error is reported to the test.
pub(super) fn play(
    mut socket: TcpStream,
    script: Option<Connection>,
    number: usize,
    state: &Shared,
) -> Result<(), String> {
    // Without these a piece could wait for the one before, and a hang would outlive the test.
    socket.set_nodelay(true).map_err(told)?;
    socket.set_read_timeout(Some(LIMIT)).map_err(told)?;
    let mut buffer = Vec::new();
    let Some(script) = script else {
        let request = request::read(&mut socket, &mut buffer, number).map_err(told)?;
        let what = request.map_or("nothing".to_owned(), |request| {
            format!("{} {}", request.method, request.path)
        });
        return Err(format!("no script is left for it; it asked for {what}"));
    };
    let mut last: Option<Recorded> = None;
    let count = script.steps.len();
    for (at, step) in script.steps.into_iter().enumerate() {
        let name = format!("step {} of {count} ({step:?})", at + 1);
        if matches!(step, Step::Stall | Step::Pings(None) | Step::Reset | Step::Close) && at + 1 < count {
            return Err(format!("{name}: the steps behind it can never be used"));
        }
        match step {
            Step::Expect { method, path } => {
                let request = request::read(&mut socket, &mut buffer, number);
                let Some(request) = request.map_err(|error| format!("{name}: {error}"))? else {
                    return Err(format!("{name}: the client closed instead"));
                };
                state.change(|state| state.requests.push(request.clone()));
                if request.method != method || request.path != path {
                    return Err(format!(
                        "{name}: the client asked for {} {}",
                        request.method, request.path
                    ));
                }
                last = Some(request);
            }
            Step::Body(check) => {
                let request = last
                    .as_ref()
                    .ok_or_else(|| format!("{name}: no request came before it"))?;
                let checked = catch_unwind(AssertUnwindSafe(|| check(&request.json())));
                checked.map_err(|panic| format!("{name}: {}", words(&*panic)))?;
            }
            Step::Bytes(bytes) => socket.write_all(&bytes).map_err(|error| format!("{name}: {error}"))?,
            Step::Tail(bytes) => {
                let _ = socket.write_all(&bytes);
            }
            Step::Gate(gate) => {
                if !state.wait(LIMIT, |state| state.gates.contains(&gate)) {
                    return Err(format!("{name}: the test never opened it"));
                }
            }
            Step::Pings(count) => {
                let is_gone = ping(&mut socket, count).map_err(|error| format!("{name}: {error}"))?;
                if is_gone {
                    return match count {
                        Some(_) => Err(format!("{name}: the client went away")),
                        None => Ok(()),
                    };
                }
            }
            Step::Stall => match await_end(&mut socket) {
                Ok(()) => return Ok(()),
                Err(told) => return Err(format!("{name}: {told}")),
            },
            Step::Reset => {
                SockRef::from(&socket).set_linger(Some(Duration::ZERO)).map_err(told)?;
                return Ok(());
            }
            Step::Close => break,
        }
    }
    // Half of it only, so that the client has time to read, and a further request is seen.
    let _ = socket.shutdown(Shutdown::Write);
    if !buffer.is_empty() {
        return Err("a further request came on it".to_owned());
    }
    await_end(&mut socket)
}

/// The pause between two keep-alives.
const PAUSE: Duration = Duration::from_millis(25);

/// Sends keep-alives; whether the client went away meanwhile, which is what the pauses are spent on watching for.
fn ping(socket: &mut TcpStream, count: Option<usize>) -> io::Result<bool> {
    socket.set_read_timeout(Some(PAUSE))?;
    let mut sent = 0;
    while count.is_none_or(|count| sent < count) {
        sent += 1;
        if socket.write_all(b"8\r\n: ping\n\n\r\n").is_err() {
            return Ok(true);
        }
        match socket.read(&mut [0; 1]) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            _ => return Ok(true),
        }
    }
    socket.set_read_timeout(Some(LIMIT))?;
    Ok(false)
}

/// Reads until the client goes away; it must not say anything more.
fn await_end(socket: &mut TcpStream) -> Result<(), String> {
    match socket.read(&mut [0; 1]) {
        Ok(0) => Ok(()),
        Ok(_) => Err("a further request came".to_owned()),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            Err("the client did not go away".to_owned())
        }
        // A reset is a way of going away too.
        Err(_) => Ok(()),
    }
}

fn told(error: io::Error) -> String {
    error.to_string()
}

/// What a failed check said.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}
