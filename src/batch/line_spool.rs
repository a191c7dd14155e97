//! Lines in a temporary file, so that a large input is never in memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use crate::error::Failure;
use crate::store::ledger::NewLine;
use crate::tr;

/// Lines on their way into the ledger.
#[derive(Debug)]
pub(super) struct LineSpool {
    file: BufWriter<File>,
}

impl LineSpool {
    pub(super) fn new() -> Result<LineSpool, Failure> {
        let file = tempfile::tempfile().map_err(|error| failed(&error))?;
        Ok(LineSpool {
            file: BufWriter::new(file),
        })
    }

    pub(super) fn push(&mut self, line: &NewLine) -> Result<(), Failure> {
        let written = serde_json::to_writer(&mut self.file, line).map_err(io::Error::from);
        written
            .and_then(|()| self.file.write_all(b"\n"))
            .map_err(|error| failed(&error))
    }

    /// Its lines, from the first.
    pub(super) fn lines(&mut self) -> Result<impl Iterator<Item = Result<NewLine, Failure>> + '_, Failure> {
        self.file.rewind().map_err(|error| failed(&error))?;
        let lines = BufReader::new(self.file.get_ref()).lines();
        Ok(lines.map(|line| {
            let line = line.map_err(|error| failed(&error))?;
            serde_json::from_str(&line)
                .map_err(|error| Failure::other(tr!("cannot read the input again: {}", error.to_string())))
        }))
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::io(tr!("keep the input in a temporary file"), error)
}
