//! `OpenLDAP`'s server as a child process: on a free port of this machine, with a database in the demo's folder. It ends
//! with us, whatever happens: the shell that holds it ends it when our end of a pipe is closed.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use super::company::{SUFFIX, groups_base, reader};
use crate::output::hinted;

/// The account that may do everything.
pub const ADMINISTRATOR_PASSWORD: &str = "corp-demo-admin-1618";

/// Debian's and Ubuntu's place, and where it may be built to.
const PROGRAMS: [&str; 3] = ["/usr/sbin/slapd", "/usr/local/sbin/slapd", "/usr/local/libexec/slapd"];
const SCHEMAS: [&str; 2] = ["/etc/ldap/schema", "/usr/local/etc/openldap/schema"];
/// Ubuntu confines `/usr/sbin/slapd` to the system's own directory by this file.
const CONFINED: &str = "/etc/apparmor.d/usr.sbin.slapd";
/// Waits for its port: 200 times 50 ms.
const TRIES: u32 = 200;
/// Ends the server when stdin ends, and itself when the server does. What runs beside a shell has no stdin of its own but
/// what is kept as 3.
const HOLD: &str = r#"exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ cat <&3 >/dev/null; kill $server; } 2>/dev/null & watch=$!
wait $server; status=$?
kill $watch 2>/dev/null
exit $status"#;

/// A running server.
pub struct Slapd {
    address: SocketAddr,
    child: Child,
}

/// Where it is installed.
pub fn program() -> Option<PathBuf> {
    PROGRAMS.iter().map(PathBuf::from).find(|path| path.exists())
}

/// The account that may do everything.
pub fn administrator() -> String {
    format!("cn=admin,{SUFFIX}")
}

impl Slapd {
    /// Starts it over a folder; `ldif` fills a new one.
    ///
    /// # Errors
    /// When it cannot be filled or does not answer.
    pub async fn start(folder: &Path, ldif: &str) -> Result<Self> {
        let program = program().context("slapd is not installed")?;
        let database = folder.join("database");
        let is_new = !database.join("data.mdb").exists();
        std::fs::create_dir_all(&database).with_context(|| format!("making the folder `{}`", database.display()))?;
        let program = unconfined(&program, folder)?;
        let configuration = folder.join("slapd.conf");
        write(&configuration, &configuration_over(folder, &database)?)?;
        if is_new {
            fill(&program, &configuration, &folder.join("company.ldif"), ldif).await?;
        }
        let address = free_address()?;
        let child = Command::new("/bin/sh")
            .args(["-c", HOLD, "sh"])
            .arg(program)
            .args(["-d", "0", "-h", &format!("ldap://{address}/"), "-f"])
            .arg(configuration)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting slapd")?;
        let mut slapd = Self { address, child };
        slapd.wait().await?;
        Ok(slapd)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    async fn wait(&mut self) -> Result<()> {
        for _ in 0..TRIES {
            if TcpStream::connect(self.address).await.is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(hinted(
                    format!("slapd ended at once ({status})"),
                    "start it without a directory: --no-directory",
                ));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(hinted(
            format!("slapd does not answer at `{}`", self.address),
            "start the demo without a directory: --no-directory",
        ))
    }

    /// Ends it and waits for its end.
    pub async fn stop(mut self) {
        drop(self.child.stdin.take());
        if tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await.is_err() {
            tracing::warn!("slapd did not end within 5 seconds");
        }
    }
}

/// A copy that no profile of the system confines, where there is one.
fn unconfined(program: &Path, folder: &Path) -> Result<PathBuf> {
    if !Path::new(CONFINED).exists() {
        return Ok(program.to_owned());
    }
    let copy = folder.join("slapd");
    std::fs::copy(program, &copy).with_context(|| format!("copying `{}`", program.display()))?;
    Ok(copy)
}

async fn fill(program: &Path, configuration: &Path, entries: &Path, ldif: &str) -> Result<()> {
    write(entries, ldif)?;
    let done = Command::new(program)
        .args(["-T", "add", "-q", "-f"])
        .arg(configuration)
        .arg("-l")
        .arg(entries)
        .stdin(Stdio::null())
        .output()
        .await
        .context("filling the directory")?;
    if done.status.success() {
        return Ok(());
    }
    let said: String = String::from_utf8_lossy(&done.stderr).chars().take(500).collect();
    Err(hinted(format!("slapd did not take the sample company: {said}"), "start without a directory: --no-directory"))
}

fn configuration_over(folder: &Path, database: &Path) -> Result<String> {
    let schemas = SCHEMAS.iter().find(|path| Path::new(path).is_dir()).context("slapd's schemas are not installed")?;
    let (folder, database) = (folder.display(), database.display());
    if folder.to_string().contains(['"', '\\', '\n']) {
        return Err(hinted(
            format!("slapd takes no quotes and backslashes in the folder `{folder}`"),
            "name another one with --data, or start without a directory: --no-directory",
        ));
    }
    Ok(format!(
        "include {schemas}/core.schema\n\
         include {schemas}/cosine.schema\n\
         include {schemas}/inetorgperson.schema\n\
         moduleload back_mdb\n\
         moduleload syncprov\n\
         pidfile \"{folder}/slapd.pid\"\n\
         argsfile \"{folder}/slapd.args\"\n\
         database mdb\n\
         maxsize 268435456\n\
         suffix \"{SUFFIX}\"\n\
         rootdn \"{administrator}\"\n\
         rootpw \"{ADMINISTRATOR_PASSWORD}\"\n\
         directory \"{database}\"\n\
         index objectClass,uid,cn,mail,member,entryCSN,entryUUID eq\n\
         limits dn.exact=\"{reader}\" size=unlimited\n\
         access to attrs=userPassword by anonymous auth by * none\n\
         access to dn.subtree=\"{groups}\" by dn.exact=\"{reader}\" write by users read by anonymous auth\n\
         access to * by users read by anonymous auth\n\
         overlay syncprov\n\
         syncprov-checkpoint 100 10\n\
         syncprov-sessionlog 100\n",
        administrator = administrator(),
        reader = reader(),
        groups = groups_base(),
    ))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("writing `{}`", path.display()))
}

/// A port that was free a moment ago.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("finding a free port")?;
    Ok(listener.local_addr()?)
}
