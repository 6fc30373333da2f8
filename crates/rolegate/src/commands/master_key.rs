//! `rolegate admin master-key`: shows the key's id; seals everything under a new key.
//!
//! A rotation puts the new key beside the old one, seals the whole database in one transaction, and only then moves the
//! file into place. Cut off at any point, the next start finds both a database and the key that opens it.

use anyhow::{Context, Result};
use keys::{MasterKey, OsEntropy, Sealer};
use ports::{KeyReader, Store, UnitOfWork};
use store::SqliteStore;
use usecases::{Caller, EventDraft, Services};

use crate::{
    assemble::{self, Instance, Variation},
    cli::MasterKeyCommand,
    config::Config,
    output::{self, hinted},
};

/// Runs the command.
///
/// # Errors
/// When the key or the database cannot be used.
pub async fn run(config: &Config, command: MasterKeyCommand, json: bool) -> Result<()> {
    let instance = assemble::assemble(config, Variation::default()).await?;
    let (old, new) = match command {
        MasterKeyCommand::Show => {
            let id = instance.keys.sealer().current_id().to_owned();
            return if json { output::print_json(&serde_json::json!({ "id": id })) } else { output::print_line(id) };
        }
        MasterKeyCommand::Rotate => rotate(config, &instance).await?,
    };
    if json {
        output::print_json(&serde_json::json!({ "from": old, "to": new }))?;
    } else {
        output::say_line(format!(
            "every secret is sealed under `{new}` now (before: `{old}`)\nhint: back up `{}` and start the server again",
            config.master_key_file.display()
        ));
    }
    Ok(())
}

async fn rotate(config: &Config, instance: &Instance) -> Result<(String, String)> {
    if config.master_key.is_some() {
        return Err(hinted(
            "the master key comes from `ROLEGATE_MASTER_KEY`; a new one cannot be put there by this command",
            "write the current key into `master_key_file` (mode 0600), unset the variable, and rotate then",
        ));
    }
    let path = &config.master_key_file;
    let current = MasterKey::load_file(path).context("the current master key")?;
    let next_file = assemble::next_key_file(path);
    if next_file.exists() {
        // Left by a rotation that never reached the database: assemble() would have finished it otherwise.
        std::fs::remove_file(&next_file).with_context(|| format!("removing `{}`", next_file.display()))?;
    }
    let next = MasterKey::create_file(&next_file, &OsEntropy).context("making the new master key")?;
    let (old_id, new_id) = (current.id().to_owned(), next.id().to_owned());
    let mut openers = assemble::former_keys(path);
    openers.push(current);
    let sealer = Sealer::new(next, openers);
    seal_anew(&instance.store, &instance.services, &sealer).await?;
    assemble::put_in_place(path, &next_file, &old_id)?;
    Ok((old_id, new_id))
}

async fn seal_anew(store: &SqliteStore, services: &Services, sealer: &Sealer) -> Result<()> {
    let mut unit: Box<dyn UnitOfWork> = store.begin().await?;
    // Read while nobody else writes: nothing that is sealed meanwhile is passed over.
    let secrets = store.all_sealed().await?;
    for (context, value) in &secrets {
        if let Some(anew) = sealer.reseal(value, context).with_context(|| format!("sealing `{context}` anew"))? {
            unit.reseal(context, &anew).await?;
        }
    }
    let event = EventDraft::success("system.master_key.rotate", "Rotate the master key")
        .fact("secrets", secrets.len())
        .fact("masterKeyId", sealer.current_id())
        .by(services, &Caller::system());
    ports::EventWriter::append_event(&mut *unit, &event).await?;
    unit.commit().await?;
    Ok(())
}
