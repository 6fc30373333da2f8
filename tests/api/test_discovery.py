"""What AWS does to a discovery, and what is left of it: good accounts are there, bad ones keep what they had and say why."""

import pytest
from outside.waiting import until
from outside.world import SAML_TRUST, Estate, Reader, entry_role


def roles_of(reader, account):
    return {role["name"] for role in reader.roles(account).values()}


def test_every_role_of_every_listed_account_is_read(emulator, serving):
    estate = Estate(emulator, accounts=4)
    reader = Reader(serving, estate)
    run = reader.refresh()
    assert run["status"] == "SUCCEEDED" and run["progress"]["accountsDone"] == 5, run
    for account in estate.accounts:
        known = reader.accounts()[account]
        assert (known["alias"], known["stale"], known["error"]) == (f"alias-{account}", False, None)
        role = reader.roles(account)[estate.arn(account, "Admin")]
        assert role["verdict"]["trust"] == "ALLOWED" and role["label"] == f"[alias-{account}] - Admin", role


# A fault by its name, and what the API must say of the account: the step, and the code where it is settled.
FAULTS = {
    "refused entry": ({"action": "AssumeRole", "fault": "AccessDenied"}, "ASSUME_ROLE", "AccessDenied"),
    "refused listing": ({"action": "ListRoles", "fault": "AccessDenied"}, "LIST_ROLES", "AccessDenied"),
    "broken answers": ({"action": "ListRoles", "fault": "badxml"}, "LIST_ROLES", None),
    "cut answers": ({"action": "ListRoles", "fault": "truncate"}, "LIST_ROLES", None),
    "a web page": ({"action": "ListRoles", "fault": "html"}, "LIST_ROLES", None),
    "reset connections": ({"action": "ListRoles", "fault": "reset"}, "LIST_ROLES", None),
    "503 for ever": ({"action": "ListRoles", "fault": "ServiceUnavailable"}, "LIST_ROLES", None),
    "throttled for ever": ({"action": "ListRoles", "fault": "Throttling"}, "LIST_ROLES", None),
    "hanging": ({"action": "ListRoles", "fault": "hang", "seconds": 60}, "LIST_ROLES", "Timeout"),
    "foreign roles": ({"action": "ListRoles", "fault": "lie", "variant": "foreign_account"}, "LIST_ROLES", "BadAnswer"),
    "illegal names": ({"action": "ListRoles", "fault": "lie", "variant": "illegal_name"}, "LIST_ROLES", None),
    "no marker": ({"action": "ListRoles", "fault": "lie", "variant": "truncated_without_marker"}, "LIST_ROLES", "BadAnswer"),
    "one marker for ever": ({"action": "ListRoles", "fault": "lie", "variant": "same_marker"}, "LIST_ROLES", "BadAnswer"),
    "no credentials": ({"action": "AssumeRole", "fault": "lie", "variant": "no_credentials"}, "ASSUME_ROLE", None),
}


def test_accounts_in_trouble_keep_their_roles_and_say_why_among_good_ones(emulator, impatient):
    estate = Estate(emulator, accounts=len(FAULTS) + 3)
    reader = Reader(impatient, estate)
    assert reader.refresh()["status"] == "SUCCEEDED"
    before = reader.roles()
    ill = dict(zip(FAULTS, estate.accounts, strict=False))
    good = estate.accounts[len(FAULTS):]
    emulator.faults(*({**rule, "account": ill[name], "times": -1} for name, (rule, _, _) in FAULTS.items()))
    for account in good:
        estate.put(account, ["Admin", "ReadOnly", "New"])

    run = reader.refresh()

    assert run["status"] == "PARTIAL" and run["progress"]["accountsFailed"] == len(FAULTS), run
    for account in good:
        assert "New" in roles_of(reader, account)
        assert not reader.accounts()[account]["stale"]
    wrong = []
    for name, (_, step, code) in FAULTS.items():
        known = reader.accounts()[ill[name]]
        error = known["error"] or {}
        kept = all(arn in reader.roles(ill[name]) for arn in before if f"::{ill[name]}:" in arn)
        said = step in (None, error.get("step")) and code in (None, error.get("code"))
        if not (known["stale"] and kept and said and error.get("message") and error.get("hint")):
            wrong.append((name, known, kept))
    assert not wrong, wrong
    throttled = reader.accounts()[ill["throttled for ever"]]["error"]
    assert "Throttling" in f"{throttled['code']} {throttled['message']}", "even where the time was over before the retries"

    emulator.faults()
    healed = reader.refresh()
    assert healed["status"] == "SUCCEEDED", healed
    assert not any(account["stale"] or account["error"] for account in reader.accounts().values())


@pytest.mark.parametrize("variant", ["duplicate_roles", "bad_trust", "huge_duration"])
def test_a_lie_that_harms_one_role_takes_no_other_away(emulator, serving, variant):
    estate = Estate(emulator, accounts=2)
    reader = Reader(serving, estate)
    assert reader.refresh()["status"] == "SUCCEEDED"
    liar, honest = estate.accounts
    emulator.faults({"action": "ListRoles", "account": liar, "fault": "lie", "variant": variant, "times": -1})
    run = reader.refresh()
    assert {"Admin", "ReadOnly"} <= roles_of(reader, liar), (run, reader.accounts()[liar])
    assert not reader.accounts()[honest]["stale"]


def test_an_alias_that_cannot_be_read_takes_no_role_away(emulator, serving):
    estate = Estate(emulator, accounts=1)
    reader = Reader(serving, estate)
    reader.refresh()
    account = estate.accounts[0]
    for rule in ({"fault": "AccessDenied"}, {"fault": "lie", "variant": "bad_alias"}):
        emulator.faults({"action": "ListAccountAliases", "account": account, "times": -1, **rule})
        reader.refresh()
        assert {"Admin", "ReadOnly"} <= roles_of(reader, account), (rule, reader.accounts()[account])


def test_throttling_slows_and_fails_nothing(emulator, serving):
    estate = Estate(emulator, accounts=6)
    reader = Reader(serving, estate)
    emulator.faults(*({"action": action, "account": account, "fault": "Throttling", "times": 2}
                      for account in estate.accounts for action in ("AssumeRole", "ListRoles", "ListAccountAliases")))
    assert reader.refresh()["status"] == "SUCCEEDED"


def test_a_second_refresh_joins_the_run_that_is_under_way(emulator, impatient):
    estate = Estate(emulator, accounts=2)
    reader = Reader(impatient, estate)
    emulator.faults({"action": "ListRoles", "account": estate.accounts[0], "fault": "hang", "seconds": 60, "times": -1})
    first = reader.start()
    until(lambda: reader.run(first["id"])["progress"]["accountsDone"] == 2, 60, "two accounts are read while one hangs")
    assert reader.start()["id"] == first["id"]
    progress = reader.run(first["id"])
    assert progress["status"] == "RUNNING" and progress["progress"]["accountsTotal"] == 3
    until(lambda: reader.run(first["id"])["status"] == "PARTIAL", 120, "the hanging account is given up")


def test_accounts_of_the_organization_join_and_leave_by_themselves(emulator, serving):
    estate = Estate(emulator, accounts=2)
    reader = Reader(serving, estate, estate.integration())
    assert reader.refresh()["status"] == "SUCCEEDED"
    joined = estate.next_account()
    estate.put(joined)
    assert reader.refresh()["status"] == "SUCCEEDED"
    assert reader.accounts()[joined]["state"] == "ACTIVE" and "Admin" in roles_of(reader, joined)

    estate.put(joined, state="SUSPENDED")
    run = reader.refresh()
    suspended = reader.accounts()[joined]
    assert run["status"] == "PARTIAL" and suspended["state"] == "SUSPENDED" and suspended["stale"]
    assert joined in suspended["error"]["message"] and suspended["error"]["hint"]
    assert "Admin" in roles_of(reader, joined), "what was known of it stays"
    assert not any(reader.accounts()[account]["stale"] for account in estate.accounts if account != joined)


def test_without_the_organizations_list_the_last_list_is_read_on(emulator, serving):
    estate = Estate(emulator, accounts=2)
    reader = Reader(serving, estate, estate.integration())
    assert reader.refresh()["status"] == "SUCCEEDED"
    estate.put(estate.accounts[0], ["Admin", "ReadOnly", "New"])
    for rule in ({"fault": "AccessDenied"}, {"fault": "lie", "variant": "wrong_account_ids"}, {"fault": "lie", "variant": "same_token"}):
        emulator.faults({"action": "ListAccounts", "times": -1, **rule})
        run = reader.refresh()
        assert run["status"] == "PARTIAL" and run["error"]["step"] == "LIST_ACCOUNTS" and run["error"]["hint"], (rule, run)
        assert "New" in roles_of(reader, estate.accounts[0]), rule
        assert not any(account["vanished"] for account in reader.accounts().values()), rule


def test_a_wrong_key_is_named_and_takes_nothing_away(emulator, serving):
    estate = Estate(emulator, accounts=2)
    reader = Reader(serving, estate)
    assert reader.refresh()["status"] == "SUCCEEDED"
    before = reader.roles()
    wrong = estate.integration(estate.accounts)
    wrong["sources"][0]["credentials"]["secretAccessKey"] = "not+the+secret"
    assert "not+the+secret" not in str(reader.configure(wrong))
    run = reader.refresh()
    assert run["status"] == "FAILED" and run["error"]["code"] == "SignatureDoesNotMatch", run
    assert run["error"]["step"] == "SOURCE_CREDENTIALS" and run["error"]["hint"]
    assert reader.roles().keys() == before.keys()
    assert all(account["stale"] for account in reader.accounts().values())
    report = serving.post(f"{reader.path}/test").expect(200).json
    assert not report["ok"] and report["accounts"][0]["error"]["code"] == "SignatureDoesNotMatch"


def test_the_test_of_the_credentials_names_the_step_of_each_account(emulator, serving):
    estate = Estate(emulator, accounts=3)
    closed, foreign, good = estate.accounts
    emulator.seed({"accounts": [{"id": closed, "partition": "aws", "name": "Closed", "roles": [entry_role(estate.source, "another")]}]})
    reader = Reader(serving, estate, estate.integration([{"id": closed}, {"id": foreign, "roleName": "Nobody"}, good]))
    report = {line["account"]: line for line in serving.post(f"{reader.path}/test").expect(200).json["accounts"]}
    assert report[good]["ok"] and report[good]["roles"] > 0
    for account in (closed, foreign):
        error = report[account]["error"]
        assert not report[account]["ok"] and (error["step"], error["code"]) == ("ASSUME_ROLE", "AccessDenied"), error
        assert error["hint"]
    assert reader.accounts() == {}, "a test stores nothing"


def test_five_thousand_roles_in_one_account(emulator, serving):
    estate = Estate(emulator, accounts=1, roles=[])
    account = estate.accounts[0]
    estate.put(account, [], role_batches=[{"count": 5000, "name": "bulk-{n}", "path": "/team/", "trust": SAML_TRUST}])
    reader = Reader(serving, estate)
    run = reader.refresh()
    if run["status"] == "PARTIAL":
        pytest.fail(f"{run} {reader.accounts()[account]}")
    assert run["status"] == "SUCCEEDED" and run["progress"]["rolesFound"] >= 5000
    names = roles_of(reader, account)
    assert {f"bulk-{number:04d}" for number in range(5000)} <= names
    found = serving.get(f"{reader.path}/roles?q=bulk-4999").expect(200).json
    assert [role["name"] for role in found] == ["bulk-4999"]


def test_what_vanished_is_marked_first_and_gone_after_the_next_success(emulator, serving):
    estate = Estate(emulator, accounts=2)
    reader = Reader(serving, estate)
    reader.refresh()
    left, stays = estate.accounts
    arn = estate.arn(stays, "ReadOnly")
    emulator.client("iam", credentials=estate.administrator(stays)).delete_role(RoleName="ReadOnly")
    reader.configure(estate.integration([stays]))
    assert reader.refresh()["progress"]["rolesVanished"] == 1
    assert reader.accounts()[left]["vanished"] and arn not in reader.roles(stays)
    assert reader.roles(stays, includeVanished="true")[arn]["vanished"]
    reader.refresh()
    assert left not in reader.accounts() and arn not in reader.roles(stays, includeVanished="true")


def test_a_bare_name_that_several_accounts_have_is_refused_with_the_candidates(emulator, serving):
    estate = Estate(emulator, accounts=2)
    reader = Reader(serving, estate)
    reader.refresh()
    group = serving.post("/api/v1/groups", {"profile": {"name": f"Ambiguous {estate.number}"}}).expect(200).json
    path = f"/api/v1/apps/{reader.app}/groups/{group['id']}"
    said = serving.put(path, {"profile": {"samlRoles": ["Admin"]}}).refused(400, "E0000001")
    assert all(account in said for account in estate.accounts) and "hint" in said, said
    serving.get(path).refused(404, "E0000007")


def test_a_renamed_alias_changes_labels_and_nothing_that_is_stored(emulator, serving):
    estate = Estate(emulator, accounts=1)
    account = estate.accounts[0]
    reader = Reader(serving, estate)
    reader.refresh()
    login = f"alias-{estate.number}@example.com"
    user = serving.post("/api/v1/users?activate=true", {
        "profile": {"login": login, "email": login, "firstName": "A", "lastName": "B"},
        "credentials": {"password": {"value": "correct-horse-battery-9174"}}}).expect(200).json
    assigned = serving.post(f"/api/v1/apps/{reader.app}/users", {
        "id": user["id"], "scope": "USER", "profile": {"samlRoles": [f"[alias-{account}] - Admin"]}}).expect(200).json
    assert assigned["profile"]["samlRoles"] == [estate.arn(account, "Admin")]
    estate.put(account, ["Admin", "ReadOnly"], alias="another-name")
    reader.refresh()
    after = serving.get(f"/api/v1/apps/{reader.app}/users/{user['id']}").expect(200).json
    assert after["profile"]["samlRoles"] == [estate.arn(account, "Admin")]
    assert after["profile"]["samlRoleLabels"] == ["[another-name] - Admin"]
    granted = serving.get(f"{reader.path}/entitlements?user={login}").expect(200).json
    assert estate.arn(account, "Admin") in str(granted)
