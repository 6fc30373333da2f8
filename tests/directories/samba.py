"""Active Directory by Samba: the domain `ad.example.test`, made once, copied for each start. Its ports cannot be chosen, so
every start has a loopback address of its own. Needs root."""

import contextlib
import errno
import hashlib
import os
import pathlib
import shutil
import socket
import subprocess

from directories import certificates
from directories.running import NotRunning, Running, program, run
from harness.paths import CACHE

REALM = "AD.EXAMPLE.TEST"
DOMAIN = "AD"
SUFFIX = "DC=ad,DC=example,DC=test"
PORTS = (389, 636, 88, 464, 3268, 3269)
ADMINISTRATOR = {"dn": f"CN=Administrator,CN=Users,{SUFFIX}", "password": "Administrator-0"}

# What is written into the copied domain; paths are those of the copy.
CONFIGURATION = """\
[global]
    realm = {realm}
    workgroup = {domain}
    netbios name = DC1
    server role = active directory domain controller
    server services = ldap, cldap, kdc
    interfaces = {address}/8
    bind interfaces only = yes
    private dir = {folder}/private
    state directory = {folder}/state
    lock directory = {folder}
    cache directory = {folder}/cache
    binddns dir = {folder}/bind-dns
    pid directory = {folder}
    ncalrpc dir = {folder}/ncalrpc
    winbindd socket directory = {folder}/winbindd
    log file = {folder}/log.%m
    ldap server require strong auth = yes
    tls keyfile = {folder}/tls/server.key
    tls certfile = {folder}/tls/server.pem
    tls cafile = {folder}/tls/ca.pem
    vfs objects = dfs_samba4 acl_xattr xattr_tdb
    xattr_tdb:file = {folder}/private/xattr.tdb
    posix:eadb = {folder}/private/eadb.tdb
    dns update command = /bin/true
    spn update command = /bin/true
    gpo update command = /bin/true
"""
# Three wrong passwords lock an account, so that a test need not try thirty.
POLICY = ("--account-lockout-threshold=3", "--min-pwd-age=0", "--history-length=0", "--max-pwd-age=0")


def start(folder, _options):
    """A domain controller that runs when this returns."""
    if os.geteuid() != 0:
        raise NotRunning("Samba's domain controller needs root")
    domain = folder / "domain"
    shutil.copytree(provisioned(), domain, symlinks=True, ignore=lambda _, names: [n for n in names if is_socket(n)])
    address = free_address()
    certificates.make(domain / "tls", [address, "dc1.ad.example.test"])
    configuration = domain / "etc/smb.conf"
    configuration.write_text(CONFIGURATION.format(realm=REALM, domain=DOMAIN, address=address, folder=domain))
    command = [program("samba"), "-s", configuration, "-F", "--debug-stdout", "-d", "1"]
    told = {"ldap": f"ldap://{address}:389", "ldaps": f"ldaps://{address}:636", "ca": str(domain / "tls/ca.pem"),
            "suffix": SUFFIX, "domain": REALM.lower(), "administrator": ADMINISTRATOR, "configuration": str(configuration)}
    return _Samba(command, domain / "log", told, address)


class _Samba(Running):
    """It listens after it has read its database."""

    def __init__(self, command, log, told, address):
        super().__init__(command, log, told)
        self.address = address

    def __enter__(self):
        super().__enter__()
        try:
            self.wait_for_port(self.address, 636)
        except BaseException:
            self.__exit__()
            raise
        return self


def is_socket(name):
    """Sockets and pid files of an earlier run are not copied."""
    return name.endswith((".pid", ".sock")) or name in ("ncalrpc", "winbindd", "winbindd_privileged")


def provisioned():
    """The folder of a domain that nobody runs; made when it is not there."""
    recipe = hashlib.sha256(pathlib.Path(__file__).read_bytes() + version()).hexdigest()[:16]
    made = CACHE / f"samba-{recipe}"
    if made.exists():
        return made
    for old in CACHE.glob("samba-*"):
        shutil.rmtree(old, ignore_errors=True)
    fresh = CACHE / f"samba-{recipe}.{os.getpid()}"
    provision(fresh)
    try:
        fresh.rename(made)
    except OSError as error:
        # Another run was faster.
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        shutil.rmtree(fresh)
    return made


def version():
    """Another Samba makes another domain."""
    return subprocess.run([program("samba"), "--version"], capture_output=True, check=False).stdout


def provision(folder):
    """A new domain. An empty configuration keeps the machine's own out of it."""
    (folder / "etc").mkdir(parents=True)
    empty = folder / "etc/empty.conf"
    empty.write_text("[global]\n")
    tool = program("samba-tool")
    options = {"interfaces": "127.0.0.1/8", "bind interfaces only": "yes",
               "vfs objects": "dfs_samba4 acl_xattr xattr_tdb", "xattr_tdb:file": folder / "private/xattr.tdb",
               "posix:eadb": folder / "private/eadb.tdb"}
    run(tool, "domain", "provision", "-s", empty, f"--realm={REALM}", f"--domain={DOMAIN}", "--server-role=dc",
        f"--adminpass={ADMINISTRATOR['password']}", "--dns-backend=NONE", "--host-name=dc1", "--host-ip=127.0.0.1",
        f"--targetdir={folder}", *(f"--option={name}={value}" for name, value in options.items()))
    database = folder / "private/sam.ldb"
    run(tool, "domain", "passwordsettings", "set", *POLICY, "-H", database, "-s", folder / "etc/smb.conf")


def free_address():
    """A loopback address on which none of the ports is taken."""
    for last in range(2, 100):
        address = f"127.0.0.{last}"
        with contextlib.ExitStack() as probes:
            try:
                for port in PORTS:
                    probes.enter_context(socket.socket()).bind((address, port))
            except OSError:
                continue
            return address
    raise NotRunning("every address from 127.0.0.2 to 127.0.0.99 has a directory on it")
