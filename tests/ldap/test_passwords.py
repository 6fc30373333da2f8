"""From the directory's password to a role of AWS: what a membership there gives and takes, and who is not let in."""

import json
import urllib.parse

from outside.directory import PASSWORD


def signature(event):
    """What an entry says, without ids: type, result, the group it is about."""
    group = next((target["displayName"] for target in event["target"] or [] if target["type"] == "UserGroup"), None)
    return event["eventType"], event["outcome"]["result"], group


def test_a_membership_gives_a_role_until_it_is_taken(company):
    session = company.sign_in()
    company.assign("everybody")
    assert "SAMLResponse" not in company.launch(session).text

    company.unit.join("cloud admins", company.ann)
    session = company.sign_in()
    assert company.enter(session).startswith(company.arn())
    for account, role in ((0, "ReadOnly"), (1, "Admin")):
        assert "SAMLResponse" not in company.launch(session, account, role).text, "a group gives its own role alone"
    query = urllib.parse.urlencode({"user": company.login, "role": company.estate.arn(company.estate.accounts[0], "Admin")})
    explained = company.api.get(f"/api/v1/apps/{company.app}/aws/explain?{query}").expect(200).json
    assert explained["granted"], explained
    assert "cloud admins" in json.dumps(explained) and company.role_group in json.dumps(explained), explained

    company.unit.leave("cloud admins", company.ann)
    later = company.sign_in()
    for one in (later, session):
        assert "SAMLResponse" not in company.launch(one).text

    told = [signature(event) for event in company.log()]
    in_order = [
        ("user.lifecycle.create", "SUCCESS", None),
        (company.unit.event, "SUCCESS", None),
        ("group.user_membership.add", "SUCCESS", "cloud admins"),
        (company.unit.event, "SUCCESS", None),
        ("user.authentication.sso", "SUCCESS", None),
        ("group.user_membership.remove", "SUCCESS", "cloud admins"),
        (company.unit.event, "SUCCESS", None),
        ("app.generic.unauth_app_access_attempt", "DENY", None),
    ]
    rest = iter(told)
    missing = [wanted for wanted in in_order if wanted not in rest]
    assert not missing, "\n".join(map(str, [missing, *told]))
    moves = [event for event in company.log() if event["eventType"].startswith("group.user_membership.")]
    assert {event["debugContext"]["debugData"]["directory"] for event in moves} == {"corp"}, moves


def test_a_killed_directory_lets_nobody_in_and_takes_nothing_away(company):
    company.unit.join("cloud admins", company.ann)
    session = company.sign_in()
    company.assign("everybody")
    assert company.enter(session).startswith(company.arn())
    company.directory.kill()
    try:
        for login, password in ((company.login, PASSWORD), (company.login, "wrong"), ("nobody@example.com", PASSWORD)):
            answer = company.authn(login, password)
            assert "cannot be asked now" in answer.refused(503, "E0000010") and int(answer.headers["retry-after"]) > 0
            assert company.last_sign_in(login) == [
                ("application.integration.general_failure", "DIRECTORY_UNAVAILABLE"),
                ("user.session.start", "DIRECTORY_UNAVAILABLE")]
        page = company.page(company.login, PASSWORD).expect(503)
        assert "who is signed in already can go on" in page.text and "Set-Cookie: sid" not in str(page.headers)
        assert company.enter(session).startswith(company.arn())
    finally:
        company.directory.restart()
    assert company.enter(company.sign_in()).startswith(company.arn())
    assert company.enter(session).startswith(company.arn())


def test_an_agent_asks_as_the_server_would_and_its_loss_takes_nothing_away(remote):
    remote.unit.join("cloud admins", remote.ann)
    assert "cannot be asked now" in remote.authn(remote.login, PASSWORD).refused(503, "E0000010")
    with remote.agent() as agent:
        session = remote.sign_in()
        remote.assign("everybody")
        assert remote.enter(session).startswith(remote.arn())
        remote.authn(remote.login, "wrong").refused(401, "E0000004")
        assert remote.last_sign_in() == remote.refused("INVALID_CREDENTIALS")
        assert PASSWORD not in agent.said()
        agent.kill()
    assert "cannot be asked now" in remote.authn(remote.login, PASSWORD).refused(503, "E0000010")
    assert remote.enter(session).startswith(remote.arn())
    with remote.agent():
        remote.unit.leave("cloud admins", remote.ann)
        assert "SAMLResponse" not in remote.launch(remote.sign_in()).text


def test_whoever_does_not_know_the_password_learns_and_gets_nothing(company):
    ann = company.login
    hostile = ["*", f"{ann[:3]}*", f"*)(mail={ann}", f"{ann})(|(cn=*", f"{ann})(&)", f"{ann}\0", f"{ann[:-1]}\\6d", company.ann]
    said = []
    for login in [*hostile, "nobody@example.com", ann]:
        answer = company.authn(login, PASSWORD if login != ann else "wrong")
        answer.refused(401, "E0000004")
        said.append({key: value for key, value in answer.json.items() if key != "errorId"})
    assert all(words == said[0] for words in said), said
    assert company.api.get("/api/v1/users").expect(200).json == [], "and nobody is made"

    for known in (False, True):
        company.authn(ann, "").refused(400, "E0000001")
        assert "Invalid username or password." in company.page(ann, "").expect(200).text
        assert company.log()[-1]["outcome"]["result"] == "FAILURE", known
        company.page(ann, PASSWORD).expect(303)
    assert company.log()[-1]["outcome"]["result"] == "SUCCESS"


def test_guessing_here_locks_here_and_not_in_the_directory(company):
    session = company.sign_in()
    for _ in range(4):
        company.authn(company.login, "wrong").refused(401, "E0000004")
    assert company.log()[-1]["outcome"]["reason"] == "LOCKED_OUT"
    company.authn(company.login, PASSWORD).refused(401, "E0000004")
    session.get("/api/v1/sessions/me").expect(200)
    assert company.directory.takes(company.ann, PASSWORD)
    company.api.post(f"/api/v1/users/{company.login}/lifecycle/unlock").expect(200)
    company.sign_in()
