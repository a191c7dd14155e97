//! Tasks, in which DashScope does long work ("Manage asynchronous tasks"): their state is asked for until they end.

use std::time::Duration;

use crate::Client;
use crate::error::{Error, ErrorKind};
use crate::notice::Notice;
use crate::protocol::{Head, HttpRequest, TaskOutcome};

/// The waits between two looks at a task that runs: the first, which doubles up to the last.
const FIRST_LOOK: Duration = Duration::from_millis(500);
const LAST_LOOK: Duration = Duration::from_secs(8);

impl Client {
    /// The result of a task, waited for. `request` makes the request for the state of one, `read` reads the reply to it.
    pub(crate) async fn end_of_task<T>(
        &self,
        mut outcome: TaskOutcome<T>,
        request: impl Fn(&str) -> Result<HttpRequest, Error>,
        read: impl Fn(&HttpRequest, &Head, &[u8]) -> Result<TaskOutcome<T>, Error>,
        on_notice: &(dyn Fn(Notice) + Sync),
    ) -> Result<T, Error> {
        let mut wait = FIRST_LOOK;
        if let TaskOutcome::Running { task } = &outcome {
            on_notice(Notice::TaskStarted { task: task.clone() });
        }
        loop {
            let task = match outcome {
                TaskOutcome::Done(done) => return Ok(done),
                TaskOutcome::Running { task } => task,
            };
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LAST_LOOK);
            let request = request(&task)?;
            let look = async || {
                let (head, body) = self.call(&request).await?;
                read(&request, &head, &body)
            };
            let looked = self.with_retries(self.inner.policy, None, on_notice, look).await;
            // The task goes on there, and what it costs is paid.
            outcome = looked.map_err(|error| match error.kind() {
                ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Interrupted | ErrorKind::Server => {
                    error.about(&format!("tasks/{task}"))
                }
                _ => error,
            })?;
        }
    }
}
