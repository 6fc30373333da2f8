"""OpenLDAP: one database below `dc=example,dc=com` with memberOf, a password policy and content synchronisation. The
administrator may do everything, `cn=reader` may read everything within the limits that are set for it."""

import pathlib

from directories import certificates
from directories.running import Running, free_port, program, run

SUFFIX = "dc=example,dc=com"
HOST = "127.0.0.1"
SCHEMAS = pathlib.Path("/etc/ldap/schema")
ADMINISTRATOR = {"dn": f"cn=admin,{SUFFIX}", "password": "administrator's password"}
READER = {"dn": f"cn=reader,{SUFFIX}", "password": "reader's password"}

CONFIGURATION = """\
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/nis.schema
include {schemas}/inetorgperson.schema
moduleload back_mdb
moduleload memberof
moduleload ppolicy
moduleload syncprov
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
TLSCACertificateFile {folder}/tls/ca.pem
TLSCertificateFile {folder}/tls/server.pem
TLSCertificateKeyFile {folder}/tls/server.key
TLSVerifyClient never
sizelimit 500
tool-threads 2

database mdb
maxsize 4294967296
suffix "{suffix}"
rootdn "{administrator[dn]}"
rootpw "{administrator[password]}"
directory {folder}/db
# A test's directory need not survive a crash.
envflags writemap nosync
index objectClass eq
index uid,cn,mail,employeeType eq
index member,uniqueMember,memberUid,memberOf eq
index entryCSN,entryUUID,modifyTimestamp eq
limits dn.exact="{reader[dn]}" size.soft={size_limit} size.hard={size_limit} size.pr={page_limit} size.prtotal={size_limit} time=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
overlay memberof
overlay ppolicy
ppolicy_use_lockout
{synchronisation}
"""
SYNCHRONISATION = """\
overlay syncprov
syncprov-checkpoint 100 10
syncprov-sessionlog {session_log}
"""
# What everything else hangs from. A password in plain text is what slapd compares with as well.
BEGINNING = f"""\
dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: {READER["dn"]}
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: reader
userPassword: {READER["password"]}

"""


def start(folder, options):
    """A server that runs when this returns."""
    certificates.make(folder / "tls", [HOST, "slapd.example.com"])
    (folder / "db").mkdir(mode=0o700)
    configuration = folder / "slapd.conf"
    configuration.write_text(CONFIGURATION.format(
        folder=folder, schemas=SCHEMAS, suffix=SUFFIX, administrator=ADMINISTRATOR, reader=READER,
        page_limit=options.page_limit, size_limit=options.size_limit,
        synchronisation="" if options.without_sync else SYNCHRONISATION.format(session_log=options.session_log)))
    entries = folder / "entries.ldif"
    entries.write_text(BEGINNING + (options.load.read_text() if options.load else ""))
    # As an offline tool it runs no overlay: memberOf has to be in the file.
    run(program("slapadd"), "-q", "-f", configuration, "-l", entries)
    plain, secure = free_port(), free_port()
    urls = [f"ldap://{HOST}:{plain}/", f"ldaps://{HOST}:{secure}/"]
    # `-d 0` keeps it in the foreground.
    command = [program("slapd"), "-d", "0", "-f", configuration, "-h", " ".join(urls)]
    told = {"ldap": urls[0], "ldaps": urls[1], "ca": str(folder / "tls/ca.pem"), "suffix": SUFFIX,
            "administrator": ADMINISTRATOR, "reader": READER}
    return _Slapd(command, folder / "log", told, secure)


class _Slapd(Running):
    """Both ports are opened before either is served."""

    def __init__(self, command, log, told, port):
        super().__init__(command, log, told)
        self.port = port

    def __enter__(self):
        super().__enter__()
        try:
            self.wait_for_port(HOST, self.port)
        except BaseException:
            self.__exit__()
            raise
        return self
