"""Role groups in a real directory: the difference is shown, pushed, and then empty; whoever is put into a pushed group enters
its role; members stay; what AWS changes shows up as missing and orphaned. As files and as local groups too."""

import csv
import http.client
import io
import json
import urllib.parse

import pytest
from outside.assertion import Form
from outside.directory import entry
from outside.process import command
from outside.waiting import until

# Every sign that IAM allows in a role's name.
HOSTILE = "a+b=c,d.e@f-g_h"
ROLES = ("Admin", "ReadOnly", HOSTILE)


class World:
    """A company with an empty OU, which the server may write to, and the command."""

    def __init__(self, company, remote=False):
        self.company, self.directory, self.api, self.estate = company, company.directory, company.api, company.estate
        self.ou = f"ou=aws,ou=groups,{company.unit.base}"
        self.directory.change(entry(self.ou, "add", {"objectClass": ["organizationalUnit"]}))
        who = self.directory.told["administrator"]
        if not remote:
            settings = {**company.unit.settings(), "bindDn": who["dn"], "bindPassword": who["password"]}
            self.api.put(f"/api/v1/directories/{company.id}", settings).expect(200)
        for account in self.estate.accounts:
            self.estate.put(account, ROLES)
        assert company.reader.refresh()["status"] == "SUCCEEDED"
        (company.home / "token").write_text(self.api.token)
        self.place = ["--directory", "corp", "--ou", self.ou]

    def run(self, *words, code=0, stdin=""):
        """The command, which has to end so."""
        server = ["--url", self.api.url, "--token-file", str(self.company.home / "token")]
        server += [] if words[0] == "directory" else ["--app", self.company.app]
        words = words if words[0] == "directory" else ("role-groups", *words)
        ended = command(self.company.home, *words, *server, stdin=stdin)
        assert ended.returncode == code, (words, ended.stdout, ended.stderr)
        return ended

    def said(self, *words, code=0):
        """The last line of what it says."""
        return self.run(*words, code=code).stdout.strip().splitlines()[-1]

    def json(self, *words, code=0):
        return json.loads(self.run(*words, "--json", code=code).stdout)

    def name(self, role, account=0):
        """The name of a role group by the default template."""
        account = self.estate.accounts[account]
        return f"aws#alias-{account}#{role}#{account}"

    def names(self):
        """Those that every role should have. The source account has no alias, but a name."""
        of_accounts = {self.name(role, account) for account in (0, 1) for role in ROLES}
        return of_accounts | {f"aws#Source-{self.estate.number}#SourceRole#{self.estate.source}"}

    def members(self):
        """Who is in each group of the OU, but itself."""
        found, dn = {}, None
        asked = self.directory.ldap("ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-b", self.ou, "(cn=aws#*)", "member")
        for line in asked.stdout.splitlines():
            name, _, value = line.partition(": ")
            if name == "dn":
                dn = value
                found[dn] = set()
            elif name == "member" and value != dn:
                found[dn].add(value)
        return found

    def log(self, start):
        """Type and outcome of entries whose type begins so, sorted."""
        query = urllib.parse.quote(f'eventType sw "{start}"')
        events = self.api.get(f"/api/v1/logs?limit=1000&filter={query}").expect(200).json
        return sorted((event["eventType"].removeprefix(start), event["outcome"]["result"]) for event in events)


@pytest.fixture(name="world")
def a_world(company):
    """Each test has a directory's OU, AWS accounts and a server of its own."""
    return World(company)


def test_a_difference_is_shown_pushed_and_then_empty_and_its_groups_grant(world):
    company = world.company
    shown = world.json("diff", *world.place, code=3)
    assert {group["name"] for group in shown["create"]} == world.names() and not shown["obstacles"] and not shown["orphaned"]
    assert [note["code"] for note in shown["notes"]] == ["name_not_read"], "the filter knows no dots"
    assert world.said("push", *world.place, "--digest", shown["digest"]) == "7 made, 0 described, 0 removed, 0 refused"
    assert world.said("diff", *world.place).endswith("7 as they should be, 0 that cannot be made")
    assert list(map(len, world.members().values())) == [0] * 7, "nobody is in a new group"
    assert world.said("status", code=3) == "0 roles have a group, 7 have none; 0 groups have no role", "by the last import"
    world.run("directory", "import", "corp")
    assert len(world.json("status", code=3)["orphaned"]) == 1, "the one by another alias, which was there before"
    assert world.said("status", code=3) == "7 roles have a group, 0 have none; 1 groups have no role"

    company.sign_in()
    company.assign("everybody")
    company.unit.join("cloud admins", company.ann)
    assert "SAMLResponse" not in company.launch(company.sign_in(), role="ReadOnly").text
    for dn in world.members():
        world.directory.change(f"dn: {dn}\nchangetype: modify\nadd: member\nmember: {company.unit.group('cloud admins')}\n")
    assert company.enter(company.sign_in(), "ReadOnly").startswith(company.arn("ReadOnly"))

    before = world.members()
    assert all(len(members) == 1 for members in before.values()), before
    described = world.said("push", *world.place, "--description", "${role} of ${account}", "--yes")
    assert described == "0 made, 7 described, 0 removed, 0 refused"
    assert world.members() == before
    assert company.enter(company.sign_in(), "ReadOnly").startswith(company.arn("ReadOnly"))
    assert world.log("application.provision.group_push.") == [("pushed", "SUCCESS")] * 7 + [("updated", "SUCCESS")] * 7
    old = world.run("push", *world.place, "--digest", shown["digest"], code=1)
    assert "nothing was written" in old.stderr and "hint:" in old.stderr, old.stderr


def test_what_was_begun_goes_on_when_nobody_waits_for_the_answer(world):
    # Enough for a second or more: Samba is slower.
    roles = [f"Role{number}" for number in range(300 if world.company.unit.kind == "OPENLDAP" else 40)]
    for account in world.estate.accounts:
        world.estate.put(account, roles)
    assert world.company.reader.refresh()["status"] == "SUCCEEDED"
    target = {"type": "DIRECTORY", "directory": world.company.id, "ou": world.ou}
    path = f"/api/v1/apps/{world.company.app}/aws/role-groups"
    shown = world.api.post(f"{path}/diff", {"target": target}).expect(200).json
    wanted = len(world.names()) + 2 * len(roles)
    assert len(shown["create"]) == wanted
    asking = http.client.HTTPConnection(world.api.url.removeprefix("http://"))
    asking.request("POST", f"{path}/push", json.dumps({"target": target, "digest": shown["digest"]}),
                   {"authorization": f"SSWS {world.api.token}"})
    until(world.members, 60, "the first group is there")
    asking.close()
    until(lambda: len(world.log("application.provision.group_push.")) == wanted, 60, "every group is in the log")
    assert len(world.members()) == wanted


def test_an_agent_writes_what_the_server_would_write(remote):
    world = World(remote, remote=True)
    with remote.agent(world.directory.told["administrator"]):
        shown = world.json("diff", *world.place, code=3)
        assert world.said("push", *world.place, "--digest", shown["digest"]) == "7 made, 0 described, 0 removed, 0 refused"
        assert world.said("diff", *world.place).endswith("7 as they should be, 0 that cannot be made")
    assert len(world.members()) == 7


def test_an_alias_that_changed_leaves_an_orphan_that_goes_on_request_alone(world):
    world.run("push", *world.place, "--yes")
    account = world.estate.accounts[0]
    world.estate.put(account, ROLES, alias=f"renamed-{account}")
    assert world.company.reader.refresh()["status"] == "SUCCEEDED"
    shown = world.json("diff", *world.place, code=3)
    assert {group["name"] for group in shown["create"]} == {f"aws#renamed-{account}#{role}#{account}" for role in ROLES}
    orphans = {orphan["name"]: (orphan["code"], orphan["hasMembers"]) for orphan in shown["orphaned"]}
    assert orphans == {world.name(role): ("renamed", False) for role in ROLES}
    world.run("push", *world.place, "--digest", shown["digest"])
    assert len(world.members()) == 10
    assert world.said("push", *world.place, "--delete-orphaned", "--yes") == "0 made, 0 described, 3 removed, 0 refused"
    assert len(world.members()) == 7
    world.run("diff", *world.place)


def test_without_a_word_nothing_is_written_and_what_cannot_work_is_said(world):
    asked = world.run("push", *world.place, code=3)
    assert "+ aws#" in asked.stdout and "nothing was written" in asked.stderr and "--digest" in asked.stderr
    assert world.members() == {}
    nowhere = world.run("diff", *world.place[:3], f"ou=nowhere,{world.ou}", code=1)
    assert "target.ou: noSuchObject" in nowhere.stderr and "hint:" in nowhere.stderr, nowhere.stderr
    unknown = world.run("diff", "--directory", "nobody", "--ou", world.ou, code=1)
    assert "there is no directory `nobody`" in unknown.stderr and "`corp`" in unknown.stderr
    short = world.run("diff", *world.place, "--template", "aws#${role}", code=1)
    assert "`${role}` and `${accountid}`" in short.stderr
    world.run("diff", "--ou", world.ou, code=2)
    outside = world.json("diff", *world.place[:3], f"ou=people,{world.company.unit.base}", code=3)
    assert "ou_not_imported" in {note["code"] for note in outside["notes"]}


def test_what_the_directory_refuses_is_told_and_the_rest_is_done(world):
    name = world.name("Admin")
    kind = "container" if world.company.unit.kind == "ACTIVE_DIRECTORY" else "organizationalRole"
    world.directory.change(entry(f"cn={name},{world.ou}", "add", {"objectClass": [kind], "cn": [name]}))
    told = world.run("push", *world.place, "--yes", code=3).stdout.strip().splitlines()
    assert told[0].startswith(f"REFUSED  CREATE {name}: entryAlreadyExists") and told[1].strip().startswith("hint:"), told
    assert told[-1] == "6 made, 0 described, 0 removed, 1 refused"
    assert world.log("application.provision.group_push.") == [("pushed", "FAILURE")] + [("pushed", "SUCCESS")] * 6


def test_names_too_long_for_active_directory_are_told_and_the_rest_is_done(world):
    template = "this-is-a-long-beginning-of-names#${alias}#${role}#${accountid}"
    shown = world.json("diff", *world.place, "--template", template, code=3)
    long = {obstacle["code"] for obstacle in shown["obstacles"]}
    if world.company.unit.kind == "OPENLDAP":
        assert len(shown["create"]) == 7 and not long
    else:
        assert long == {"name_too_long"} and len(shown["obstacles"]) == 7, shown["obstacles"]


def test_files_hold_what_a_push_would_write(world):
    if world.company.unit.kind == "OPENLDAP":
        added = world.directory.ldap("ldapadd", stdin=world.run("export", "--format", "ldif", "--ou", world.ou).stdout)
        assert added.returncode == 0, added.stderr
        assert world.said("diff", *world.place).startswith("0 to make, 0 to describe, 0 to remove, 7 as")
    script = world.run("export", "--format", "powershell", "--ou", world.ou).stdout
    assert script.isascii() and script.count("New-ADGroup -Name 'aws#") == 7
    world.run("export", "--format", "powershell", code=1)


def test_a_csv_file_comes_back_with_the_directory_s_groups_and_grants(world):
    company = world.company
    company.unit.join("cloud admins", company.ann)
    session = company.sign_in()
    company.assign("everybody")
    rows = list(csv.DictReader(io.StringIO(world.run("export").stdout)))
    assert {row["name"] for row in rows} == world.names()
    for row in rows:
        row["managementGroups"] = "cloud admins" if row["name"] == world.name("ReadOnly") else ""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    (company.home / "groups.csv").write_text("\ufeff" + text.getvalue())

    tried = world.json("import", str(company.home / "groups.csv"), "--dry-run")
    assert tried["dryRun"] and set(tried["created"]) == world.names() and len(tried["linked"]) == 1
    assert len(world.json("status", code=3)["missing"]) == 7, "nothing was written"
    said = world.run("import", "-", stdin=text.getvalue()).stdout
    assert said.splitlines()[-1] == "7 groups were made, 0 described, 1 put into others; 0 rows change nothing", said
    assert world.said("diff", "--local").endswith("7 as they should be, 0 that cannot be made")

    app = world.api.get(f"/api/v1/apps/{company.app}").expect(200).json
    app["settings"]["app"]["appFilter"] = "okta"
    world.api.put(f"/api/v1/apps/{company.app}", app).expect(200)
    assert [role for _, role in Form.of(company.launch(session, role="ReadOnly")).pairs()] == [
        world.estate.arn(world.estate.accounts[0], "ReadOnly")]
    wrong = world.run("import", "-", code=1, stdin="name,managementGroups\nA,nobody\n")
    assert "line 2: no group is named `nobody`" in wrong.stderr and "hint:" in wrong.stderr, wrong.stderr
