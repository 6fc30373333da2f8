//! What an agent keeps between its starts: its key, its id, and the directory that it may send its bind password to.
//!
//! One file, for its owner alone. It is written beside itself and moved into place, so that a power cut leaves the former
//! one or the new one: a lost key means registering again.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{AgentId, Entropy, Secret};
use keys::AgentKey;
use serde::{Deserialize, Serialize};

use super::pinned::Pinned;
use crate::output::hinted;

/// No state is longer; a wrong path to a large file is not read to its end.
const MAX_BYTES: u64 = 1024 * 1024;

/// The state in memory.
pub(super) struct State {
    path: PathBuf,
    /// Proves who this agent is.
    pub(super) key: AgentKey,
    /// Known once it is registered.
    pub(super) id: Option<AgentId>,
    /// Known once it was connected.
    pub(super) pinned: Option<Pinned>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Kept {
    seed: String,
    agent: Option<AgentId>,
    directory: Option<Pinned>,
}

impl State {
    /// Reads the file, or makes it with a new key.
    ///
    /// # Errors
    /// When it is open to others, is none of ours, or cannot be read or made.
    pub(super) fn load_or_create(path: &Path, entropy: &dyn Entropy) -> Result<Self> {
        match File::open(path) {
            Ok(file) => Self::read(path, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = AgentKey::generate(entropy).context("making the agent's key")?;
                let state = Self { path: path.to_owned(), key, id: None, pinned: None };
                state.save()?;
                Ok(state)
            }
            Err(error) => Err(cannot_use(path, &error)),
        }
    }

    fn read(path: &Path, file: File) -> Result<Self> {
        let mode = file.metadata().map_err(|error| cannot_use(path, &error))?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(hinted(
                format!("the state file `{}` is open to others (mode {mode:03o})", path.display()),
                format!("it holds the agent's private key: `chmod 600 {}`", path.display()),
            ));
        }
        let mut text = String::new();
        file.take(MAX_BYTES).read_to_string(&mut text).map_err(|error| cannot_use(path, &error))?;
        let text = Secret::new(text);
        Self::parse(path, text.expose()).ok_or_else(|| {
            hinted(
                format!("`{}` is not the state file of an agent", path.display()),
                "name the file that the agent made, or remove this one and register anew with a new token",
            )
        })
    }

    fn parse(path: &Path, text: &str) -> Option<Self> {
        let kept: Kept = serde_json::from_str(text).ok()?;
        let seed: [u8; 32] = BASE64_STANDARD.decode(Secret::new(kept.seed).expose()).ok()?.try_into().ok()?;
        let key = AgentKey::from_seed(&Secret::new(seed)).ok()?;
        Some(Self { path: path.to_owned(), key, id: kept.agent, pinned: kept.directory })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When that is not possible; the former file is as it was.
    pub(super) fn save(&self) -> Result<()> {
        let kept = Kept {
            seed: BASE64_STANDARD.encode(self.key.seed().expose()),
            agent: self.id.clone(),
            directory: self.pinned.clone(),
        };
        let text = Secret::new(serde_json::to_string_pretty(&kept)?);
        write_in_place(&self.path, text.expose().as_bytes()).map_err(|error| cannot_use(&self.path, &error))
    }
}

fn write_in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn cannot_use(path: &Path, error: &io::Error) -> anyhow::Error {
    hinted(
        format!("the state file `{}` cannot be used: {error}", path.display()),
        "name a file with --state in a folder that the agent's user may write, and nobody else",
    )
}

#[cfg(test)]
mod tests {
    use keys::OsEntropy;

    use super::*;

    #[test]
    fn a_state_is_made_for_its_owner_alone_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.json");
        let mut state = State::load_or_create(&path, &OsEntropy).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        state.id = Some(AgentId::generate(&OsEntropy));
        state.save().unwrap();
        let again = State::load_or_create(&path, &OsEntropy).unwrap();
        assert_eq!((again.id, again.key.public_key()), (state.id.clone(), state.key.public_key()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_state_that_others_can_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.json");
        State::load_or_create(&path, &OsEntropy).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let refused = State::load_or_create(&path, &OsEntropy).err().unwrap();
        assert!(refused.to_string().contains("mode 640"), "{refused}");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        for nonsense in ["", "{}", "{\"seed\":\"AAAA\",\"agent\":null,\"directory\":null}"] {
            std::fs::write(&path, nonsense).unwrap();
            let refused = State::load_or_create(&path, &OsEntropy).err().unwrap();
            assert!(refused.to_string().contains("not the state file"), "{refused}");
        }
    }
}
