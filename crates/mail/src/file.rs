//! Mails as files: what happens until somebody sets up a mail server, and what tests and demos read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bursar_base::TimeUs;

use crate::address::Sender;
use crate::error::{SendError, SettingsError};
use crate::{Mail, Mailer};

/// Writes each mail as an `.eml` file, which mail programs open.
///
/// A file appears whole or not at all, its name begins with the time of the mail, and the same mail written twice is one
/// file. Directory and files are for their owner alone: the links in a mail approve payments.
#[derive(Debug)]
pub struct FileMailer {
    dir: PathBuf,
    sender: Sender,
    /// Tells apart the unfinished files of one process.
    written: AtomicU64,
}

impl FileMailer {
    /// Writes to `dir`, which is made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(dir: &Path, sender: Sender) -> Result<FileMailer, SettingsError> {
        make_dir(dir).map_err(|error| {
            SettingsError(format!(
                "BURSAR_MAIL_URL: the directory {} cannot be made: {error}; name one that can be, as in file:DIR",
                dir.display()
            ))
        })?;
        Ok(FileMailer { dir: dir.to_owned(), sender, written: AtomicU64::new(0) })
    }

    /// Where `mail` is once it is sent.
    pub fn path_of(&self, mail: &Mail) -> PathBuf {
        self.dir.join(file_name(mail.date, &mail.message_id))
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let bytes = mail.build(&self.sender)?.formatted();
        let path = self.path_of(mail);
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.dir.join(format!(".{}-{number}.tmp", std::process::id()));
        let shown = self.dir.display().to_string();
        tokio::task::spawn_blocking(move || write_whole(&unfinished, &path, &bytes))
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
            .map_err(|error| SendError::later(format!("the mail could not be written to {shown}: {error}")))
    }
}

/// `20260921T141320.123456Z-approval-apr_1_pay.example.com.eml`: sorts by time, and holds nothing that a file system or a
/// shell takes for something else.
fn file_name(date: TimeUs, message_id: &str) -> String {
    let safe: String = message_id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    format!("{}-{safe}.eml", date.to_jiff().strftime("%Y%m%dT%H%M%S.%6fZ"))
}

/// Writes beside the final name, makes it durable, and only then gives it that name.
fn write_whole(unfinished: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let result = create_private(unfinished).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(unfinished, path)
    });
    if result.is_err() {
        // What is left of it must not be taken for a mail; if even this fails, the first error says why.
        let _ = fs::remove_file(unfinished);
        return result;
    }
    // The name itself is durable only once the directory is.
    match path.parent() {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // An unfinished file of a dead process with the same number may lie there.
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
