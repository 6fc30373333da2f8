//! The command line: one enum per level, each option with its help beside it.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// One sign-in, every AWS account.
#[derive(Debug, Parser)]
#[command(name = "rolegate", version, about, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Write data as JSON, for scripts.
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the identity provider.
    Serve(ConfigArgs),
    /// Run a complete instance with sample people and emulated AWS accounts.
    Demo(DemoArgs),
    /// Work on the database itself, on the server's machine.
    Admin {
        /// Settings.
        #[command(flatten)]
        config: ConfigArgs,
        /// What to do.
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Bring the database to this binary's schema (`serve` does it too).
    Migrate {
        /// Settings.
        #[command(flatten)]
        config: ConfigArgs,
        /// Only say what would be done.
        #[arg(long)]
        check: bool,
    },
    /// Check configuration, database, keys, clock and AWS, with a hint for whatever is wrong.
    Doctor(ConfigArgs),
    /// Accounts, roles and who may enter them, over the API of a running server.
    Aws {
        /// The server.
        #[command(flatten)]
        server: ServerArgs,
        /// The app instance; not needed when there is only one.
        #[arg(long, value_name = "ID", global = true)]
        app: Option<String>,
        /// What to do.
        #[command(subcommand)]
        command: AwsCommand,
    },
    /// Try and check group mapping, over the API of a running server.
    Mapping {
        /// The server.
        #[command(flatten)]
        server: ServerArgs,
        /// The app instance; not needed when there is only one.
        #[arg(long, value_name = "ID", global = true)]
        app: Option<String>,
        /// What to do.
        #[command(subcommand)]
        command: MappingCommand,
    },
    /// The groups that stand for roles: compared, written into a directory, out and in as files; over the API.
    RoleGroups {
        /// The server.
        #[command(flatten)]
        server: ServerArgs,
        /// The app instance; not needed when there is only one.
        #[arg(long, value_name = "ID", global = true)]
        app: Option<String>,
        /// What to do.
        #[command(subcommand)]
        command: RoleGroupsCommand,
    },
    /// Directories and their imports, over the API of a running server.
    Directory {
        /// The server.
        #[command(flatten)]
        server: ServerArgs,
        /// What to do.
        #[command(subcommand)]
        command: DirectoryCommand,
    },
    /// Run beside a directory and do there what a server asks; dials out only.
    Agent(AgentArgs),
    /// Write a completion script for a shell.
    Completion {
        /// `bash`, `zsh`, `fish`, `elvish` or `powershell`.
        shell: clap_complete::Shell,
    },
}

/// Where settings come from.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// The configuration file; `rolegate.toml` in this folder when it is there.
    #[arg(long, env = "ROLEGATE_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Folder for its data; a temporary one, removed at the end, when left out.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// An AWS emulator that runs already; started on a free port and stopped at the end when left out.
    #[arg(long, value_name = "URL")]
    pub aws_endpoint: Option<String>,
    /// Without the sample company's directory (which needs `slapd`).
    #[arg(long)]
    pub no_directory: bool,
}

/// Options of `agent`.
#[derive(Debug, Args)]
pub struct AgentArgs {
    /// The server's URL.
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// File with the one-time token that an administrator made; read until the agent is registered.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// File for the agent's key; `rolegate-agent.json` beside the token file when left out.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Certificates (PEM) that vouch for the server, beside the system's.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Account that reads the directory; anonymous when left out.
    #[arg(long, value_name = "DN")]
    pub bind_dn: Option<String>,
    /// File with its password, read anew for each job; the variable `ROLEGATE_AGENT_BIND_PASSWORD` otherwise.
    #[arg(long, value_name = "FILE")]
    pub bind_password_file: Option<PathBuf>,
    /// Jobs done at the same time.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub jobs: u32,
    /// Accept the directory's servers as the server names them now; without it, those that it named first.
    #[arg(long)]
    pub accept_new_urls: bool,
}

/// Commands on the database.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Users.
    User {
        /// What to do.
        #[command(subcommand)]
        command: UserCommand,
    },
    /// API tokens.
    Token {
        /// What to do.
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// The key under which secrets are sealed.
    MasterKey {
        /// What to do.
        #[command(subcommand)]
        command: MasterKeyCommand,
    },
}

/// Commands on users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make a user.
    Create {
        /// What the person types to sign in.
        #[arg(long)]
        login: String,
        /// E-mail address; the login when left out.
        #[arg(long)]
        email: Option<String>,
        /// First name.
        #[arg(long, default_value = "")]
        first_name: String,
        /// Last name.
        #[arg(long, default_value = "")]
        last_name: String,
        /// `super_admin` or `read_only_admin`; nothing for a person without administrator rights.
        #[arg(long)]
        role: Option<String>,
        /// Read the password from stdin (one line); without it the user has none yet.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set a user's password and unlock the account.
    SetPassword {
        /// Whose.
        #[arg(long)]
        login: String,
        /// Read the password from stdin (one line).
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List users.
    List,
}

/// Commands on tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make an API token; prints the token and nothing else on stdout.
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// `super_admin` or `read_only_admin`.
        #[arg(long, default_value = "super_admin")]
        role: String,
    },
    /// List tokens (never their secrets).
    List,
    /// Revoke a token.
    Revoke {
        /// Its name or id.
        name: String,
    },
}

/// Commands on the master key.
#[derive(Debug, Subcommand)]
pub enum MasterKeyCommand {
    /// Make a new master key and seal every secret under it. Stop the server first, start it afterwards.
    Rotate,
    /// Print the id of the master key in use (not the key).
    Show,
}

/// A running server and how to reach it.
#[derive(Debug, Clone, Args)]
pub struct ServerArgs {
    /// The server's URL.
    #[arg(long, env = "ROLEGATE_URL", default_value = "http://127.0.0.1:8080", global = true)]
    pub url: String,
    /// File with an API token; the variable `ROLEGATE_API_TOKEN` otherwise.
    #[arg(long, value_name = "FILE", global = true)]
    pub token_file: Option<PathBuf>,
}

/// Commands on AWS, over the API.
#[derive(Debug, Subcommand)]
pub enum AwsCommand {
    /// List accounts with their state and the age of what is known.
    Accounts,
    /// List roles with the verdict on their trust policy.
    Roles {
        /// Only of this account.
        #[arg(long)]
        account: Option<String>,
        /// `ALLOWED`, `CONDITIONAL` or `REFUSED`.
        #[arg(long)]
        trust: Option<String>,
        /// Part of a role's or account's name.
        query: Option<String>,
    },
    /// Read AWS now and show the progress.
    Refresh {
        /// Only this account.
        #[arg(long)]
        account: Option<String>,
        /// Start it and do not wait.
        #[arg(long)]
        no_wait: bool,
    },
    /// Try the credentials on every account and say which step fails.
    Test,
    /// Say why a user has or lacks a role.
    Explain {
        /// Login or id.
        #[arg(long)]
        user: String,
        /// The role's ARN.
        #[arg(long)]
        role: String,
    },
    /// Show the assertion a user would be sent for a role, and what AWS would say.
    Preview {
        /// Login or id.
        #[arg(long)]
        user: String,
        /// The role's ARN; all roles when left out.
        #[arg(long)]
        role: Option<String>,
    },
}

/// Commands on group mapping, over the API.
#[derive(Debug, Subcommand)]
pub enum MappingCommand {
    /// Show what settings would match and nearly match, and who would gain and lose roles; nothing is saved.
    Test {
        /// The settings.
        #[command(flatten)]
        settings: MappingSettings,
        /// Name of a group that need not be there; may be given several times.
        #[arg(long = "sample", value_name = "NAME")]
        samples: Vec<String>,
        /// Only this person: login or id.
        #[arg(long)]
        user: Option<String>,
        /// Entries of each list, 1 to 1,000.
        #[arg(long, value_name = "NUMBER")]
        limit: Option<u32>,
    },
    /// Say what is probably not meant in the settings; exit code 3 when something is.
    Lint {
        /// The settings.
        #[command(flatten)]
        settings: MappingSettings,
    },
}

/// Settings of group mapping; what is left out is as it is saved.
#[derive(Debug, Args)]
pub struct MappingSettings {
    /// `appFilter`: sources of groups, with commas.
    #[arg(long, value_name = "SOURCES")]
    pub app_filter: Option<String>,
    /// `groupFilter`: the expression.
    #[arg(long, value_name = "EXPRESSION")]
    pub group_filter: Option<String>,
    /// `roleValuePattern`.
    #[arg(long, value_name = "PATTERN")]
    pub role_value_pattern: Option<String>,
}

/// Commands on role groups, over the API.
#[derive(Debug, Subcommand)]
pub enum RoleGroupsCommand {
    /// Say which roles have no group and which groups no role, by what was last discovered and imported; exit code 3 when
    /// there are any.
    Status {
        /// How they are named.
        #[command(flatten)]
        naming: NamingArgs,
    },
    /// Show what would be written; exit code 3 when there is anything.
    Diff {
        /// What to write where.
        #[command(flatten)]
        push: PushArgs,
    },
    /// Write what `diff` showed. Members are never touched; exit code 3 when something was refused or is still to be done.
    Push {
        /// What to write where.
        #[command(flatten)]
        push: PushArgs,
        /// The difference that `diff` showed; if there is another one by now, nothing is written.
        #[arg(long)]
        digest: Option<String>,
        /// Write whatever the difference is.
        #[arg(long, conflicts_with = "digest")]
        yes: bool,
    },
    /// Write the groups as a file, to stdout.
    Export {
        /// How they are named.
        #[command(flatten)]
        naming: NamingArgs,
        /// `csv`; `ldif` for OpenLDAP; `powershell` for Active Directory.
        #[arg(long, default_value = "csv", value_name = "FORMAT")]
        format: String,
        /// The OU of the groups, for `ldif` and `powershell`.
        #[arg(long, value_name = "DN")]
        ou: Option<String>,
    },
    /// Make local groups and put management groups into them, from a CSV file with the columns `name`, `description`,
    /// `managementGroups`.
    Import {
        /// The file; `-` for stdin.
        file: PathBuf,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// How role groups are named and described.
#[derive(Debug, Args)]
pub struct NamingArgs {
    /// Template of names, with `${alias}`, `${account}`, `${role}`, `${accountid}`; `aws#${alias}#${role}#${accountid}` when
    /// left out.
    #[arg(long)]
    pub template: Option<String>,
    /// Template of descriptions; with an empty one, descriptions are left as they are.
    #[arg(long)]
    pub description: Option<String>,
}

/// What to write where.
#[derive(Debug, Args)]
pub struct PushArgs {
    /// Into this directory: name or id.
    #[arg(long, value_name = "NAME", requires = "ou", required_unless_present = "local")]
    pub directory: Option<String>,
    /// Below this OU of the directory.
    #[arg(long, value_name = "DN", requires = "directory")]
    pub ou: Option<String>,
    /// As local groups.
    #[arg(long, conflicts_with = "directory")]
    pub local: bool,
    /// Remove groups that are named like role groups and answer to no role.
    #[arg(long)]
    pub delete_orphaned: bool,
    /// How they are named.
    #[command(flatten)]
    pub naming: NamingArgs,
}

/// Commands on directories, over the API. A directory is named by its name or id.
#[derive(Debug, Subcommand)]
pub enum DirectoryCommand {
    /// List directories.
    List,
    /// Show the settings of a directory (never its password).
    Show {
        /// Which.
        name: String,
    },
    /// Make a directory from settings as JSON (docs/directories.md).
    Create {
        /// The settings; `-` for stdin.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Switched off: nothing is asked of it until it is activated.
        #[arg(long)]
        inactive: bool,
    },
    /// Go through every step and name the first that fails; show some entries as they would be imported.
    Test {
        /// Which; not needed for settings that are not saved yet.
        #[arg(required_unless_present = "file")]
        name: Option<String>,
        /// Try these settings instead of the saved ones; `-` for stdin.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Read people and groups now and show the progress; exit code 3 when it failed or is held.
    Import {
        /// Which.
        name: String,
        /// Only what changed since the last import.
        #[arg(long)]
        incremental: bool,
        /// Show what it would do, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Start it and do not wait.
        #[arg(long)]
        no_wait: bool,
    },
    /// List the latest imports of a directory.
    Runs {
        /// Which.
        name: String,
    },
    /// Show the latest import of every directory, or of one.
    Status {
        /// Which; all when left out.
        name: Option<String>,
    },
    /// Let an import pass that was held because it would take much away.
    Release {
        /// Which directory.
        name: String,
        /// Which import; the one that is held when left out.
        run: Option<String>,
    },
    /// Drop an import that was held.
    Discard {
        /// Which directory.
        name: String,
        /// Which import; the one that is held when left out.
        run: Option<String>,
    },
    /// List people who may be a user that exists already, and wait until somebody says who they are.
    Matches {
        /// Which.
        name: String,
    },
    /// Say who somebody is who waits.
    #[command(group(clap::ArgGroup::new("who").required(true).args(["user", "new", "ignore"])))]
    Confirm {
        /// Which directory.
        name: String,
        /// The person's entry, as `matches` shows it.
        entry: String,
        /// This user: login or id.
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// Somebody new.
        #[arg(long)]
        new: bool,
        /// Nobody who is to be here.
        #[arg(long)]
        ignore: bool,
    },
}
