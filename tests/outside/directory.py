"""A company's directory, OpenLDAP or Active Directory, as its own administrator sees it: people, groups, and who is in them.
Each test has an OU of its own; logins carry its number, since they are unique in a domain."""

import base64
import itertools
import os
import signal
import subprocess
import types

from directories import samba, slapd
from directories.running import program

PASSWORD = "Long-enough-pass-9174"
COUNT = itertools.count(1)
# 2000-01-01 and two days, as Active Directory counts: in units of 100 ns.
LONG_AGO, TWO_DAYS = 125911584000000000, 2 * 86400 * 10_000_000


def words(text):
    """A value in LDIF: whatever it holds."""
    value = text if isinstance(text, bytes) else str(text).encode()
    return ":: " + base64.b64encode(value).decode()


def entry(dn, operation, attributes):
    """One entry or change in LDIF."""
    lines = [f"dn{words(dn)}", f"changetype: {operation}"]
    lines += [f"{name}{words(value)}" for name, values in attributes.items() for value in values]
    return "\n".join(lines) + "\n\n"


class Directory:
    """A server that runs, may be killed, and comes back with what it had."""

    def __init__(self, running):
        self.running = running
        self.told = running.told()

    def ldap(self, tool, *options, stdin="", dn=None, password=None):
        """One of OpenLDAP's commands, as the administrator."""
        who = self.told["administrator"]
        command = [program(tool), "-x", "-H", self.told["ldaps"], "-D", dn or who["dn"], "-w", password or who["password"], *options]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=60,
                              env={**os.environ, "LDAPTLS_CACERT": self.told["ca"]})

    def change(self, ldif):
        """Applies changes."""
        done = self.ldap("ldapmodify", stdin=ldif)
        assert done.returncode == 0, f"{done.stderr}\n{ldif}"

    def replace(self, dn, **attributes):
        """Other values."""
        for name, values in attributes.items():
            lines = [f"dn{words(dn)}", "changetype: modify", f"replace: {name}", *(f"{name}{words(value)}" for value in values)]
            self.change("\n".join(lines) + "\n")

    def takes(self, dn, password):
        """Whether the directory itself would let somebody in."""
        return self.ldap("ldapsearch", "-s", "base", "-b", "", dn=dn, password=password).returncode == 0

    def kill(self):
        """`kill -9`, with everything that it started."""
        os.killpg(self.running.child.pid, signal.SIGKILL)
        self.running.child.wait(60)

    def restart(self):
        """On the same address, with the same entries. Answers when it listens."""
        self.running.__enter__()

    def is_running(self):
        """Whether its process is there."""
        return self.running.child.poll() is None


class Unit:
    """An OU with people and groups."""

    kind = login_attribute = mail_domain = ""
    # An attribute, its value for who is not let in, and its values for who is.
    state = ("", "", [])
    # Whether the directory itself keeps its members' names up to date.
    follows_names = False

    def __init__(self, directory):
        self.directory, self.number = directory, next(COUNT)
        self.base = f"ou=case{self.number},{directory.told['suffix']}"
        for dn in (self.base, f"ou=people,{self.base}", f"ou=groups,{self.base}"):
            directory.change(entry(dn, "add", {"objectClass": ["organizationalUnit"]}))

    def settings(self):
        """What Rolegate is told: it reads this OU alone, and at sign-ins alone."""
        who = self.reader()
        return {
            "name": "corp", "type": self.kind, "urls": [self.directory.told["ldaps"].rstrip("/")],
            "caPem": open(self.directory.told["ca"], encoding="ascii").read(),
            "bindDn": who["dn"], "bindPassword": who["password"],
            "people": {"base": f"ou=people,{self.base}"}, "groups": {"base": f"ou=groups,{self.base}"},
            "schedule": {"incremental": None, "full": None},
        }

    def login(self, name):
        """What somebody types."""
        return f"{name}-{self.number}@{self.mail_domain}"

    def person(self, name):
        """Somebody's DN."""
        return f"cn={name},ou=people,{self.base}"

    def group(self, name):
        """A group's DN."""
        return f"cn={name},ou=groups,{self.base}"

    def join(self, group, dn):
        """Puts somebody, or a group, into a group."""
        self.directory.change(f"dn{words(self.group(group))}\nchangetype: modify\nadd: member\nmember{words(dn)}\n")

    def leave(self, group, dn):
        """Takes somebody, or a group, out of a group."""
        self.directory.change(f"dn{words(self.group(group))}\nchangetype: modify\ndelete: member\nmember{words(dn)}\n")

    def remove(self, name):
        """Somebody goes for good."""
        self.directory.change(entry(self.person(name), "delete", {}))

    def rename(self, dn, rdn, parent=None):
        """An entry gets another name, or another place as well."""
        superior = f"newsuperior{words(parent)}\n" if parent else ""
        self.directory.change(f"dn{words(dn)}\nchangetype: modrdn\nnewrdn{words(rdn)}\ndeleteoldrdn: 1\n{superior}")

    def disable(self, name):
        """Somebody is not let in."""
        self.directory.replace(self.person(name), **{self.state[0]: [self.state[1]]})

    def enable(self, name):
        """Somebody is let in again."""
        self.directory.replace(self.person(name), **{self.state[0]: self.state[2]})


class OpenLdapUnit(Unit):
    """With `inetOrgPerson` and `groupOfNames`."""

    kind, event, mail_domain = "OPENLDAP", "user.authentication.auth_via_LDAP_agent", "example.com"
    state = ("pwdAccountLockedTime", "000001010000Z", [])

    def reader(self):
        """Who may read."""
        return self.directory.told["reader"]

    def put_person(self, name):
        """Somebody new, in no group."""
        login = self.login(name)
        self.directory.change(entry(self.person(name), "add", {
            "objectClass": ["inetOrgPerson"], "cn": [name], "sn": ["Example"], "givenName": [name.title()],
            "uid": [f"{name}-{self.number}"], "mail": [login], "userPassword": [PASSWORD]}))

    def put_group(self, name, *members):
        """A new group. It must not be empty, so the administrator is in each, whom nobody imports."""
        members = [*members, self.directory.told["administrator"]["dn"]]
        self.directory.change(entry(self.group(name), "add", {"objectClass": ["groupOfNames"], "cn": [name], "member": members}))


class ActiveDirectoryUnit(Unit):
    """With the domain's own accounts and groups."""

    kind, event, mail_domain = "ACTIVE_DIRECTORY", "user.authentication.auth_via_AD_agent", "ad.example.test"
    state = ("userAccountControl", 514, [512])
    follows_names = True

    def reader(self):
        """Who may read."""
        return self.directory.told["administrator"]

    def put_person(self, name):
        """Somebody new, in no group but the domain's."""
        login = self.login(name)
        self.directory.change(entry(self.person(name), "add", {
            "objectClass": ["user"], "sn": ["Example"], "givenName": [name.title()], "mail": [login],
            "sAMAccountName": [f"{name}-{self.number}"], "userPrincipalName": [login],
            "unicodePwd": [f'"{PASSWORD}"'.encode("utf-16-le")], "userAccountControl": [512]}))

    def put_group(self, name, *members):
        """A new group: global, for security."""
        account = f"{name[:12].replace('#', '-')}-{self.number}-{next(COUNT)}"
        members = {"member": members} if members else {}
        self.directory.change(entry(self.group(name), "add", {
            "objectClass": ["group"], "sAMAccountName": [account], "groupType": [-2147483646], **members}))


UNITS = {"slapd": OpenLdapUnit, "samba": ActiveDirectoryUnit}


def start(kind, folder, load=None):
    """A directory that runs, as a context. OpenLDAP may begin with the entries of a file."""
    options = types.SimpleNamespace(load=load, without_sync=False, session_log=100, page_limit="unlimited", size_limit="unlimited")
    return {"slapd": slapd, "samba": samba}[kind].start(folder, options)
