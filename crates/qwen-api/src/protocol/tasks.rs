//! Tasks, in which a server does what takes long.

/// What a reply says of a task.
#[derive(Debug, PartialEq)]
pub enum TaskOutcome<T> {
    /// It has ended, with this result.
    Done(T),
    /// It runs, or waits to.
    Running {
        /// Its id.
        task: String,
    },
}
