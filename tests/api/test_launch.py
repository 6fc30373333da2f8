"""From a sign-in to credentials: the emulator's STS, which knows nothing of our code, redeems what we send."""

import json
import urllib.parse

import pytest
from botocore.exceptions import ClientError
from outside.assertion import Form
from outside.okta import Api, sign_in

WORLD = {
    "admin@example.com": 2, "alice@example.com": 6, "bob@example.com": 2, "carol@example.com": 3,
    "dave@example.com": 3, "erin@example.com": 3, "frank@example.com": 1, "grace@example.com": 2,
}
DEMO = {"profile": {"firstName": "T", "lastName": "Temp"}, "credentials": {"password": {"value": "correct-horse-battery-9174"}}}


def all_roles(demo, person, app=None):
    return Form.of(person.get(f"/app/amazon_aws/{app or demo.app}/sso/saml", accept="text/html"))


def redeem(cloud, form, provider, role):
    partition = role.split(":")[1]
    sts = cloud.client("sts", partition)
    answer = sts.assume_role_with_saml(RoleArn=role, PrincipalArn=provider, SAMLAssertion=form.response)
    return cloud.identity(answer["Credentials"], partition), answer


@pytest.mark.parametrize("login", WORLD)
def test_every_role_of_every_person_is_redeemed_by_sts(demo, person, cloud, login):
    form = all_roles(demo, person(login))
    pairs = form.pairs()
    assert len(pairs) == len(set(pairs)) == WORLD[login]
    (session,) = form.values("RoleSessionName")
    for provider, role in pairs:
        identity, answer = redeem(cloud, form, provider, role)
        partition, account, name = role.split(":")[1], role.split(":")[4], role.rsplit("/", 1)[1]
        assert identity == f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}"
        assert answer["SubjectType"] == "persistent" or answer["Subject"], answer


def test_a_role_that_was_not_sent_is_not_entered(demo, person, cloud):
    form = all_roles(demo, person("frank@example.com"))
    provider, _ = form.pairs()[0]
    with pytest.raises(ClientError) as refused:
        redeem(cloud, form, provider, "arn:aws:iam::222233334444:role/Admin")
    assert "doesn't contain the requested Role" in str(refused.value)


def test_the_browser_app_posts_to_the_emulators_page_and_lands_in_the_role(demo, person, cloud):
    form = all_roles(demo, person("frank@example.com"), demo.browser_app)
    assert form.action == f"{demo.aws_endpoint}/saml"
    answer = Api(demo.aws_endpoint).post("/saml", urllib.parse.urlencode({"SAMLResponse": form.response}).encode(),
                                         **{"content-type": "application/x-www-form-urlencoded"})
    assert answer.status in (200, 302, 303), answer.text


def test_okta_s_embed_link_and_saml_url_answer_alike_and_survive_sign_in(demo, person):
    frank = person("frank@example.com")
    link = frank.get("/api/v1/users/me/appLinks").expect(200).json
    mine = next(app for app in link if app["appInstanceId"] == demo.app)
    assert mine["linkUrl"] == f"{demo.url}/home/amazon_aws/{demo.app}/272" and mine["appName"] == "amazon_aws"
    assert Form.of(frank.get(mine["linkUrl"])).pairs() == all_roles(demo, frank).pairs()
    stranger = Api(demo.url).get(f"/app/amazon_aws/{demo.app}/sso/saml")
    assert "SAMLResponse" not in stranger.text


def test_a_launch_of_one_role_sends_that_role_alone(demo, person, cloud):
    alice = person("alice@example.com")
    role = "arn:aws:iam::222233334444:role/team/web/Developer"
    query = urllib.parse.urlencode({"account": "222233334444", "role": "Developer"})
    form = Form.of(alice.get(f"/app/amazon_aws/{demo.app}/launch?{query}"))
    assert [pair[1] for pair in form.pairs()] == [role]
    assert redeem(cloud, form, *form.pairs()[0])[0].startswith("arn:aws:sts::222233334444:assumed-role/Developer/")
    refused = alice.get(f"/app/amazon_aws/{demo.app}/launch?account=111122223333&role=Admin")
    assert refused.status in (403, 404) and "SAMLResponse" not in refused.text


def test_session_names_differ_between_people_and_keep_their_rule(demo, api, person, cloud):
    names = {login: all_roles(demo, person(login)).values("RoleSessionName")[0] for login in WORLD}
    assert len(set(names.values())) == len(WORLD), names
    logins = [f"{'x' * 70}{tail}@example.com" for tail in ("one", "two")] + ["fox 🦊 ünïcode@example.com"]
    seen = set()
    for login in logins:
        user = api.post("/api/v1/users?activate=true", {**DEMO, "profile": {**DEMO["profile"], "login": login, "email": "t@example.com"}}).expect(200).json
        api.post(f"/api/v1/apps/{demo.app}/users", {"id": user["id"], "scope": "USER", "profile": {
            "samlRoles": ["arn:aws:iam::222233334444:role/ReadOnly"]}}).expect(200)
        form = all_roles(demo, sign_in(demo.url, login, DEMO["credentials"]["password"]["value"]))
        seen.add(redeem(cloud, form, *form.pairs()[0])[0])
    assert len(seen) == len(logins), seen


def test_preview_shows_what_would_be_sent_and_hands_out_no_way_in(demo, api, person):
    role = "arn:aws:iam::333344445555:role/team/data/Analyst"
    shown = api.get(f"/api/v1/apps/{demo.app}/aws/preview?user=alice@example.com&role={role}").expect(200).json
    assert shown["wouldLaunch"] and shown["roles"] == [role] and "Signature" not in shown["xml"]
    sent = all_roles(demo, person("alice@example.com"))
    assert shown["roleSessionName"] == sent.values("RoleSessionName")[0]
    assert 900 <= shown["sessionDuration"] <= 43200


def test_preview_refuses_in_aws_s_words_what_aws_would_refuse(demo, api):
    cases = {
        "role not assigned": ("frank@example.com", "arn:aws:iam::111122223333:role/Admin"),
        "explicit deny": ("alice@example.com", "arn:aws:iam::111122223333:role/team/security/BreakGlass"),
        "no such role": ("alice@example.com", "arn:aws:iam::111122223333:role/Nowhere"),
    }
    for name, (login, role) in cases.items():
        shown = api.get(f"/api/v1/apps/{demo.app}/aws/preview?user={login}&role={role}").expect(200).json
        errors = [finding for finding in shown["findings"] if finding["severity"] == "ERROR"]
        assert not shown["wouldLaunch"] and errors and all(error["code"] and error["what"] for error in errors), (name, shown)


def test_explain_tells_the_assignment_that_gave_a_role_and_what_would_give_it(demo, api):
    path = f"/api/v1/apps/{demo.app}/aws/explain?role=arn:aws:iam::222233334444:role/team/platform/Deploy&user="
    given = api.get(f"{path}alice@example.com").expect(200).json
    assert "Platform" in json.dumps(given), given
    lacking = api.get(f"{path}frank@example.com").expect(200).json
    assert "Platform" in json.dumps(lacking) and lacking != given


def test_a_user_without_roles_gets_words_and_no_form(demo, api):
    login = "nobody-with-roles@example.com"
    api.post("/api/v1/users?activate=true", {**DEMO, "profile": {**DEMO["profile"], "login": login, "email": login}}).expect(200)
    nobody = sign_in(demo.url, login, DEMO["credentials"]["password"]["value"])
    answer = nobody.get(f"/home/amazon_aws/{demo.app}/272")
    assert answer.status in (403, 404) and "SAMLResponse" not in answer.text and "<html" in answer.text.lower()
    assert nobody.get("/api/v1/users/me/appLinks").expect(200).json == []


def test_every_launch_is_in_the_log_with_its_role_and_reason(demo, api, person):
    start = api.get("/api/v1/logs?limit=1&sortOrder=DESCENDING").expect(200).json[0]["published"]
    all_roles(demo, person("frank@example.com"))
    events = api.get(f"/api/v1/logs?since={start}&limit=1000").expect(200).json
    launches = [event for event in events if event["eventType"] == "user.authentication.sso" and event["actor"]["alternateId"] == "frank@example.com"]
    assert launches and "arn:aws:iam::222233334444:role/ReadOnly" in json.dumps(launches[-1]), launches
    assert {"user.session.start"} <= {event["eventType"] for event in events if event["actor"]["alternateId"] == "frank@example.com"}


def counted(demo, name, **labels):
    """A counter's value at `/metrics`; 0 when it was never touched."""
    for line in Api(demo.url).get("/metrics").expect(200).text.splitlines():
        if line.startswith(f"{name}{{") and all(f'{label}="{value}"' in line for label, value in labels.items()):
            return float(line.rsplit(" ", 1)[1])
    return 0.0


def test_launches_and_runs_of_discovery_are_counted(demo, api, person):
    frank = person("frank@example.com")
    granted = counted(demo, "rolegate_launches_total", outcome="granted")
    refused = counted(demo, "rolegate_launches_total", outcome="refused", reason="role_not_assigned")
    all_roles(demo, frank)
    frank.get(f"/app/amazon_aws/{demo.app}/launch?account=111122223333&role=Admin").expect(403)
    assert counted(demo, "rolegate_launches_total", outcome="granted") == granted + 1
    assert counted(demo, "rolegate_launches_total", outcome="refused", reason="role_not_assigned") == refused + 1
    # The demo's accounts were read at its start, all but the one that cannot be.
    assert counted(demo, "rolegate_discovery_runs_total", status="PARTIAL") >= 1
    assert counted(demo, "rolegate_discovery_accounts_total", outcome="failed") >= 1
    assert counted(demo, "rolegate_discovery_accounts_total", outcome="read") >= 4
    text = Api(demo.url).get("/metrics").expect(200).text
    assert 'rolegate_discovery_run_duration_seconds_bucket{le="900"}' in text
    assert frank.get("/api/v1/users/me").expect(200).json["id"] not in text, "no label grows with the number of people"


@pytest.mark.parametrize("end", ["suspend", "deactivate", "delete"])
def test_who_is_no_longer_active_is_out_at_once(demo, api, end):
    login = f"leaver-{end}@example.com"
    user = api.post("/api/v1/users?activate=true", {**DEMO, "profile": {**DEMO["profile"], "login": login, "email": login}}).expect(200).json
    api.post(f"/api/v1/apps/{demo.app}/users", {"id": user["id"], "scope": "USER", "profile": {
        "samlRoles": ["arn:aws:iam::222233334444:role/ReadOnly"]}}).expect(200)
    leaver = sign_in(demo.url, login, DEMO["credentials"]["password"]["value"])
    assert all_roles(demo, leaver).pairs()
    cookies = dict(leaver.cookies)
    path = f"/api/v1/users/{user['id']}"
    if end == "delete":
        api.delete(path).expect(204)
        api.delete(path).expect(204)
    else:
        api.post(f"{path}/lifecycle/{end}").expect(200)
    leaver.cookies = cookies
    assert leaver.get("/api/v1/sessions/me").status in (401, 403, 404)
    assert "SAMLResponse" not in leaver.get(f"/app/amazon_aws/{demo.app}/sso/saml").text
    refused = Api(demo.url).post("/api/v1/authn", {"username": login, "password": DEMO["credentials"]["password"]["value"]})
    assert "sessionToken" not in refused.text
