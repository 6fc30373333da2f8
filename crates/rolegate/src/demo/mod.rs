//! `rolegate demo`: a complete instance with sample people, and AWS emulated beside it.
//!
//! The same parts as in `serve`, fed with `emulator/world.json`, which describes both sides: AWS (accounts, roles, trust
//! policies) and the organisation (people, groups, assignments).

mod directory;
mod emulator;
mod people;
mod python;
mod report;
mod world;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio_util::sync::CancellationToken;
use usecases::PublicUrl;

use crate::{
    assemble::{self, Variation},
    cli::DemoArgs,
    config::Config,
    output, serve,
};

/// Runs until SIGTERM or Ctrl-C; the emulator and a temporary folder end with it.
///
/// # Errors
/// When a part cannot be started; what was started is stopped.
pub async fn run(args: DemoArgs, json: bool) -> Result<()> {
    let listener = serve::bind(args.listen)?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    serve::stop_on_signal(stop.clone());
    let metrics = serve::metrics_recorder();

    let folder = DataFolder::choose(args.data)?;
    let config = config_in(folder.path(), address);
    let world = world::World::embedded()?;
    let emulator = tokio::select! {
        started = emulator::Emulator::start_or_use(args.aws_endpoint) => started?,
        () = stop.cancelled() => return Ok(()),
    };
    let variation = Variation {
        aws_endpoint: Some(emulator.url().to_owned()),
        public_url: Some(PublicUrl::parse(&format!("http://{address}"))?),
    };
    let instance = assemble::assemble(&config, variation).await?;
    let with_directory = !args.no_directory && directory::is_installed();
    let filled =
        people::fill(&instance, &world, &emulator, with_directory).await.context("filling the sample organisation")?;
    let corp = match &filled.directory_app {
        Some(app) => Some(directory::fill(&instance.services, app, folder.path()).await.context("the directory")?),
        None => None,
    };
    let told = report::Demo {
        filled: &filled,
        directory: corp.as_ref(),
        world: &world,
        emulator: &emulator,
        url: instance.services.settings.public_url.as_str(),
        data: folder.path(),
    };
    let text = if json { told.as_json()? } else { told.for_people(args.no_directory)? };
    tokio::spawn(announce(address, text, json));
    serve::run(&config, listener, &instance, metrics, stop).await?;
    instance.store.close().await;
    if let Some(corp) = corp {
        corp.slapd.stop().await;
    }
    emulator.stop().await;
    folder.end()
}

/// Says that it is ready once it answers.
async fn announce(address: std::net::SocketAddr, text: String, json: bool) {
    let ready = format!("http://{address}/readyz");
    // A proxy of the environment does not lead back to this machine.
    let client = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
    for _ in 0..2_400 {
        if client.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    if json {
        // Nobody reads any more: the server goes on all the same.
        let _ = output::print_line(text);
    } else {
        output::say_line(text);
    }
}

fn config_in(folder: &Path, listen: std::net::SocketAddr) -> Config {
    Config {
        listen,
        database_url: format!("sqlite:{}", folder.join("rolegate.db").display()),
        master_key_file: folder.join("master.key"),
        organisation: "Example Org".to_owned(),
        ..Config::default()
    }
}

/// Where the demo keeps its data.
enum DataFolder {
    /// Named by the caller; kept.
    Kept(PathBuf),
    /// Ours; removed at the end.
    Temporary(PathBuf),
}

impl DataFolder {
    fn choose(named: Option<PathBuf>) -> Result<Self> {
        if let Some(path) = named {
            std::fs::create_dir_all(&path).with_context(|| format!("making the folder `{}`", path.display()))?;
            return Ok(Self::Kept(std::path::absolute(path)?));
        }
        let path = std::env::temp_dir().join(format!("rolegate-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("making the folder `{}`", path.display()))?;
        Ok(Self::Temporary(path))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) | Self::Temporary(path) => path,
        }
    }

    fn end(self) -> Result<()> {
        if let Self::Temporary(path) = &self {
            std::fs::remove_dir_all(path).with_context(|| format!("removing the folder `{}`", path.display()))?;
        }
        Ok(())
    }
}

/// An early error leaves no folder behind either.
impl Drop for DataFolder {
    fn drop(&mut self) {
        if let Self::Temporary(path) = self {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}
