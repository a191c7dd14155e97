//! The output of an answer: standard output, or a file that appears when it is complete.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use stream_markdown::fill::fill_under;
use stream_markdown::sanitize::safe;
use tempfile::NamedTempFile;

use super::pipe::{self, Pipe};
use crate::error::{Failure, io_reason};
use crate::host::window;
use crate::i18n::UiText;
use crate::tr;

/// Standard output or standard error, unbuffered: the renderer decides when to write.
#[derive(Debug)]
pub enum Stream {
    Own(Pipe),
    Stdout,
    Stderr,
}

impl Stream {
    pub fn stdout() -> Stream {
        #[cfg(unix)]
        if let Ok(own) = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned() {
            return Stream::Own(Pipe::new(File::from(own)));
        }
        Stream::Stdout
    }

    pub fn stderr() -> Stream {
        #[cfg(unix)]
        if let Ok(own) = std::os::fd::AsFd::as_fd(&io::stderr()).try_clone_to_owned() {
            return Stream::Own(Pipe::new(File::from(own)));
        }
        Stream::Stderr
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Own(pipe) => pipe.write(bytes),
            Stream::Stdout => io::stdout().write(bytes),
            Stream::Stderr => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Own(pipe) => pipe.flush(),
            Stream::Stdout => io::stdout().flush(),
            Stream::Stderr => io::stderr().flush(),
        }
    }
}

/// Prints a text that is no answer. A closed stdout is no error.
pub fn write_out(text: &str) -> Result<(), Failure> {
    let text = if io::stdout().is_terminal() {
        safe(text)
    } else {
        text.into()
    };
    write_painted(&text)
}

/// The same for a text whose foreign parts are clean already, with colours of our own.
pub fn write_painted(text: &str) -> Result<(), Failure> {
    let mut out = Stream::stdout();
    out.write_all(text.as_bytes())
        .and_then(|()| {
            if text.is_empty() || text.ends_with('\n') {
                Ok(())
            } else {
                out.write_all(b"\n")
            }
        })
        .map_err(|error| pipe::failed(tr!("write to stdout"), &error))
}

/// Prints a list or a table. On a terminal its lines are folded at words, under the column in which its last one begins.
pub fn write_list(text: &str, column: usize) -> Result<(), Failure> {
    if !io::stdout().is_terminal() {
        return write_out(text);
    }
    write_painted(&fill_under(&safe(text), window().0.into(), column))
}

/// Prints a path, which need not be text.
pub fn write_path(path: &Path) -> Result<(), Failure> {
    if let Some(text) = path.to_str() {
        return write_out(text);
    }
    let line = [path.as_os_str().as_encoded_bytes(), b"\n"].concat();
    let written = Stream::stdout().write_all(&line);
    written.map_err(|error| pipe::failed(tr!("write to stdout"), &error))
}

/// A file that is written under a temporary name and renamed when it is complete.
#[derive(Debug)]
pub struct WholeFile {
    target: PathBuf,
    place: OutputPlace,
}

#[derive(Debug)]
enum OutputPlace {
    Beside(NamedTempFile),
    /// A device or a pipe cannot be replaced.
    Direct(File),
}

/// The names of standard output: that of all programs, and those of the system.
const STDOUT: &[&str] = if cfg!(unix) {
    &["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
} else {
    &["-"]
};

/// Whether it is standard output that is named.
pub fn is_stdout(target: &Path) -> bool {
    STDOUT.iter().any(|name| target.as_os_str() == *name)
}

/// The most links in a row, as in Linux.
const MOST_LINKS: usize = 40;

/// The file that a name leads to, links followed, whether it exists or not. A name that can be no file, and one that the
/// system would keep the shell's `>` from, is refused.
pub fn target_of(target: &Path) -> Result<PathBuf, UiText> {
    let mut path = target.to_owned();
    for _ in 0..MOST_LINKS {
        let name = path.as_os_str().as_encoded_bytes();
        if name.is_empty()
            || path.file_name().is_none()
            || [b"/".as_slice(), b"/."].iter().any(|end| name.ends_with(end))
        {
            return Err(tr!("it is a folder"));
        }
        let meta = match std::fs::symlink_metadata(&path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(io_reason(&error)),
        };
        #[cfg(unix)]
        if !is_safe(&path, &meta) {
            return Err(tr!("another user put it into a folder that is open to all"));
        }
        if !meta.is_symlink() {
            return match meta.is_dir() {
                true => Err(tr!("it is a folder")),
                false => Ok(path),
            };
        }
        let link = std::fs::read_link(&path).map_err(|error| io_reason(&error))?;
        let next = folder_of(&path).join(link);
        if path.exists() && !next.exists() {
            // `/dev/fd/63` leads to a pipe that has no name.
            return Ok(path);
        }
        path = next;
    }
    Err(tr!("too many levels of symbolic links"))
}

/// The folder a file is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether what is at that place may be written to or followed. In a folder where anyone may put anything, it may be a
/// trap: the owner of the folder and we ourselves are trusted ("proc_sys_fs(5)": protected_symlinks, protected_fifos,
/// protected_regular, which a system may have turned off).
#[cfg(unix)]
fn is_safe(path: &Path, meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    match std::fs::metadata(folder_of(path)) {
        Ok(folder) => is_trusted(
            folder.mode(),
            folder.uid(),
            meta.uid(),
            rustix::process::geteuid().as_raw(),
        ),
        // The file cannot be opened then, either.
        Err(_) => true,
    }
}

#[cfg(unix)]
fn is_trusted(folder: u32, folder_owner: u32, owner: u32, us: u32) -> bool {
    const STICKY_AND_OPEN: u32 = 0o1002;
    folder & STICKY_AND_OPEN != STICKY_AND_OPEN || [us, folder_owner].contains(&owner)
}

/// How the name of the file begins that is written until it is whole: `answer.md.`.
fn part_prefix(target: &Path) -> OsString {
    /// What the random letters and the suffix leave of the 255 bytes of a name.
    const MOST: usize = 240;
    let mut prefix = target.file_name().unwrap_or_default().to_owned();
    if prefix.len() > MOST {
        let name = prefix.to_string_lossy().into_owned();
        prefix = name[..name.floor_char_boundary(MOST)].into();
    }
    prefix.push(".");
    prefix
}

/// Where a partial output was kept.
#[derive(Debug, PartialEq, Eq)]
pub enum KeptPart {
    Nothing,
    At(PathBuf),
    /// It could not be kept in a file, so it went to standard output.
    OnStdout,
}

impl WholeFile {
    /// Makes sure before anything is asked that the file can be written.
    pub fn create(target: &Path) -> Result<WholeFile, Failure> {
        let bad = |why: UiText| Failure::usage(tr!("cannot write {}: {}", target.display(), why));
        let target = target_of(target).map_err(bad)?;
        let there = match std::fs::metadata(&target) {
            Ok(meta) if !meta.is_file() => {
                let file = File::options().write(true).open(&target);
                let place = OutputPlace::Direct(file.map_err(|error| bad(io_reason(&error)))?);
                return Ok(WholeFile { target, place });
            }
            Ok(meta) => Some(meta.permissions()),
            Err(_) => None,
        };
        let mut builder = tempfile::Builder::new();
        // If the program is killed, the name tells what the partial file is.
        let prefix = part_prefix(&target);
        builder.prefix(&prefix).suffix(".part");
        // A new file is made as any other is; one that was there keeps its permissions, whatever the umask.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder
            .tempfile_in(folder_of(&target))
            .map_err(|error| bad(io_reason(&error)))?;
        if let Some(permissions) = there {
            file.as_file()
                .set_permissions(permissions)
                .map_err(|error| bad(io_reason(&error)))?;
        }
        Ok(WholeFile {
            target,
            place: OutputPlace::Beside(file),
        })
    }

    /// Writes what is complete.
    pub fn write(target: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
        let file = WholeFile::create(target)?;
        file.writer()
            .and_then(|mut out| out.write_all(content.as_ref()))
            .map_err(|error| pipe::failed(tr!("write {}", target.display()), &error))?;
        file.keep()
    }

    pub fn writer(&self) -> io::Result<Pipe> {
        let file = match &self.place {
            OutputPlace::Beside(file) => file.as_file().try_clone(),
            OutputPlace::Direct(file) => file.try_clone(),
        };
        file.map(Pipe::new)
    }

    /// Moves the file to its place. If that has changed meanwhile, what was written is kept anyway.
    pub fn keep(self) -> Result<(), Failure> {
        let OutputPlace::Beside(file) = self.place else {
            return Ok(());
        };
        file.persist(&self.target).map(|_| ()).map_err(|error| {
            let failure = Failure::io(tr!("write {}", self.target.display()), &error.error);
            match part(error.file, self.target).describe() {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })
    }

    /// Keeps a part under a name that says so.
    pub fn keep_part(self) -> KeptPart {
        match self.place {
            OutputPlace::Beside(file) => part(file, self.target),
            OutputPlace::Direct(_) => KeptPart::Nothing,
        }
    }
}

/// Keeps what is in the file beside the target, or, where that cannot be, writes it to standard output.
fn part(file: NamedTempFile, target: PathBuf) -> KeptPart {
    if file.as_file().metadata().is_ok_and(|meta| meta.len() == 0) {
        return KeptPart::Nothing;
    }
    let mut name = target.into_os_string();
    name.push(".part");
    let name = PathBuf::from(name);
    let mut file = match file.persist(&name) {
        Ok(_) => return KeptPart::At(name),
        Err(error) => error.file.into_file(),
    };
    let copied = file
        .seek(SeekFrom::Start(0))
        .and_then(|_| io::copy(&mut file, &mut Stream::stdout()));
    match copied {
        Ok(_) => KeptPart::OnStdout,
        Err(_) => KeptPart::Nothing,
    }
}

impl KeptPart {
    /// Where it is.
    pub fn describe(&self) -> Option<UiText> {
        match self {
            KeptPart::Nothing => None,
            KeptPart::At(part) => Some(tr!("the partial output is in {}", part.display())),
            KeptPart::OnStdout => Some(tr!("the partial output is on standard output")),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_of_an_open_folder_and_we_are_trusted() {
        let (us, folder_owner, other) = (1000, 0, 1001);
        let trusted = |mode, owner| is_trusted(mode, folder_owner, owner, us);
        assert!(trusted(0o41777, us) && trusted(0o41777, folder_owner));
        assert!(!trusted(0o41777, other) && !trusted(0o41773, other));
        // Not open, or not sticky: a user who can put a link there can do worse.
        assert!(trusted(0o41775, other) && trusted(0o40777, other) && trusted(0o40755, other));
        // The superuser is no exception.
        assert!(!is_trusted(0o41777, 0, other, 0));
    }

    #[test]
    fn links_are_followed_to_what_they_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let link = |name: &str, to: &str| std::os::unix::fs::symlink(to, at(name)).unwrap();
        link("a", "b");
        link("b", "new");
        link("round", "round");
        link("away", "gone/x");
        assert_eq!(target_of(&at("a")), Ok(at("new")));
        assert_eq!(target_of(&at("away")), Ok(at("gone/x")));
        assert_eq!(
            target_of(&at("round")).unwrap_err(),
            "too many levels of symbolic links"
        );
        for name in ["", ".", "..", "/", "a/", "x/.", "x/.."] {
            assert_eq!(target_of(Path::new(name)).unwrap_err(), "it is a folder", "{name}");
        }
        std::fs::write(at("file"), "").unwrap();
        assert_eq!(
            target_of(&at("file/x")).unwrap_err(),
            "a part of the path is not a directory"
        );
    }
}
