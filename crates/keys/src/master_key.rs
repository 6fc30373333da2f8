//! The master key: 256 random bits that seal every other key. Kept in a file of its own, away from the database, so
//! that a copy of the database alone opens nothing.
//!
//! The file is made once and never replaced: a second key would make everything that is sealed unreadable.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use domain::{Entropy, Secret};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a key.
const LENGTH: usize = 32;
/// Kept apart from every other use of SHA-256 over a key.
const ID_LABEL: &[u8] = b"rolegate master key id 1\0";
/// No key file is longer; a wrong path to a large file is not read to its end.
const MAX_FILE_BYTES: u64 = 1024;

/// Why there is no master key. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file to be made is there already.
    #[error("the master key file `{}` exists already and is never replaced: everything sealed with it would be lost", .0.display())]
    Exists(PathBuf),
    /// The file to be read is not there.
    #[error(
        "the master key file `{}` does not exist: put back the file that belongs to this database, or name its place in `master_key_file`",
        .0.display()
    )]
    Missing(PathBuf),
    /// Others than the owner may read or change it.
    #[error("the master key file `{}` is open to others (mode {mode:03o}): run `chmod 600 {}`", .path.display(), .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a key.
    #[error("{place} is not a master key: it has to be 32 bytes, written as 64 hexadecimal digits or in base64")]
    Malformed {
        /// The file in backticks, or `the given text`.
        place: String,
    },
    /// The file could not be read or written.
    #[error("the master key file `{}` cannot be used: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// A master key with its id.
#[derive(Debug, Clone)]
pub struct MasterKey {
    id: String,
    bytes: Secret<[u8; LENGTH]>,
}

impl MasterKey {
    /// A new key that is nowhere but in memory.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; LENGTH];
        entropy.fill(&mut bytes);
        let key = Self::from_bytes(bytes);
        bytes.zeroize();
        key
    }

    /// Makes a key and its file (mode 0600).
    ///
    /// # Errors
    /// [`MasterKeyError::Exists`] when there is a file; it is not looked at. [`MasterKeyError::Io`] otherwise.
    pub fn create_file(path: &Path, entropy: &dyn Entropy) -> Result<Self, MasterKeyError> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                MasterKeyError::Exists(path.to_owned())
            } else {
                MasterKeyError::Io { path: path.to_owned(), source }
            }
        })?;
        let key = Self::generate(entropy);
        key.write_to(&mut file, path).inspect_err(|_| {
            // Half a key is worse than none: the next start could not tell it from a damaged one.
            let _ = std::fs::remove_file(path);
        })?;
        Ok(key)
    }

    /// Reads a key's file.
    ///
    /// # Errors
    /// When it is missing, open to group or others, or not a key.
    pub fn load_file(path: &Path) -> Result<Self, MasterKeyError> {
        let io = |source: io::Error| MasterKeyError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => MasterKeyError::Missing(path.to_owned()),
            _ => io(source),
        })?;
        let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::Open { path: path.to_owned(), mode });
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(128));
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(io)?;
        std::str::from_utf8(&bytes)
            .ok()
            .and_then(Self::parse)
            .ok_or_else(|| MasterKeyError::Malformed { place: format!("`{}`", path.display()) })
    }

    /// Reads a key as it stands in an environment variable: hexadecimal or base64, outer blanks ignored.
    ///
    /// # Errors
    /// [`MasterKeyError::Malformed`]; the text is not repeated, it may be nearly a key.
    pub fn from_text(text: &Secret<String>) -> Result<Self, MasterKeyError> {
        Self::parse(text.expose()).ok_or_else(|| MasterKeyError::Malformed { place: "the given text".to_owned() })
    }

    /// The first 8 bytes of SHA-256 over a label and the key, in hexadecimal: names the key, tells nothing about it.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn bytes(&self) -> &[u8; LENGTH] {
        self.bytes.expose()
    }

    fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(ID_LABEL);
        context.update(&bytes);
        let id = hex::encode(context.finish().as_ref()).chars().take(16).collect();
        Self { id, bytes: Secret::new(bytes) }
    }

    fn parse(text: &str) -> Option<Self> {
        const LENIENT: GeneralPurposeConfig =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let text = text.trim();
        let decoded = Zeroizing::new(if text.len() == 2 * LENGTH {
            hex::decode(text).ok()?
        } else {
            GeneralPurpose::new(&STANDARD, LENIENT).decode(text).ok()?
        });
        let mut bytes: [u8; LENGTH] = decoded.as_slice().try_into().ok()?;
        let key = Self::from_bytes(bytes);
        bytes.zeroize();
        Some(key)
    }

    /// Writes, then makes sure that the bytes and the directory's entry survive a power cut: the first sealed key will.
    fn write_to(&self, file: &mut File, path: &Path) -> Result<(), MasterKeyError> {
        let text = Zeroizing::new(format!("{}\n", Zeroizing::new(hex::encode(self.bytes())).as_str()));
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| File::open(directory)?.sync_all())
            .map_err(|source| MasterKeyError::Io { path: path.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::OsEntropy;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        (folder, path)
    }

    #[test]
    fn a_created_file_is_private_and_loads_as_the_same_key() {
        let (_folder, path) = place();
        let made = MasterKey::create_file(&path, &OsEntropy).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = MasterKey::load_file(&path).unwrap();
        assert_eq!(made.id(), read.id());
        assert_eq!(made.bytes(), read.bytes());
        assert_eq!(made.id().len(), 16);
    }

    #[test]
    fn an_existing_file_is_never_replaced() {
        let (_folder, path) = place();
        fs::write(&path, "").unwrap();
        assert!(matches!(MasterKey::create_file(&path, &OsEntropy), Err(MasterKeyError::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_file_that_group_or_others_may_touch_is_refused_with_the_command_that_helps() {
        let (_folder, path) = place();
        MasterKey::create_file(&path, &OsEntropy).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = MasterKey::load_file(&path).unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
            assert!(error.contains(&format!("{mode:03o}")), "{error}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(MasterKey::load_file(&path).is_ok());
    }

    #[test]
    fn a_missing_file_and_a_damaged_one_are_told_apart() {
        let (_folder, path) = place();
        assert!(matches!(MasterKey::load_file(&path), Err(MasterKeyError::Missing(_))));
        for damaged in ["", "00ff", &"0".repeat(63), &"g".repeat(64), &"0".repeat(2000), "\u{1F511}"] {
            fs::write(&path, damaged).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(MasterKey::load_file(&path), Err(MasterKeyError::Malformed { .. })), "{damaged}");
        }
    }

    #[test]
    fn hexadecimal_and_base64_name_the_same_key() {
        let read = |text: &str| MasterKey::from_text(&Secret::from(text)).unwrap().id().to_owned();
        let zeros = read(&"00".repeat(32));
        assert_eq!(read("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), zeros);
        assert_eq!(read(" AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"), zeros);
    }

    #[test]
    fn neither_debug_output_nor_an_error_shows_key_material() {
        let text = "ab".repeat(32);
        let key = MasterKey::from_text(&Secret::from(text.as_str())).unwrap();
        assert!(!format!("{key:?}").contains("abab"));
        let error = MasterKey::from_text(&Secret::from(&text.as_str()[..60])).unwrap_err();
        assert!(!error.to_string().contains("abab"));
    }
}
