//! The journal: a line of JSON a commit, written before the answer leaves. What a killed server answered for is in it, for
//! the system keeps what was written; the last line may be torn, and was not answered for then.

use super::state::Change;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
};

pub struct Journal {
    file: File,
}

impl Journal {
    /// The journal of a directory, and what is in it.
    pub fn open(dir: &Path) -> io::Result<(Journal, Vec<Change>)> {
        let path = dir.join("journal");
        let written = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            written => written?,
        };
        let whole = written.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut changes = Vec::new();
        for line in written[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let commit: Vec<Change> = serde_json::from_slice(line)?;
            changes.extend(commit);
        }
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        // Else the next line would continue the torn one.
        file.set_len(whole as u64)?;
        Ok((Journal { file }, changes))
    }

    pub fn append(&mut self, commit: &[Change]) {
        let mut line = serde_json::to_vec(commit).expect("changes are JSON");
        line.push(b'\n');
        self.file.write_all(&line).expect("the journal is written");
    }
}
