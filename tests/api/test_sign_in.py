"""Sign-in as Okta's clients do it: one-time tokens, sessions, uniform refusals, lockout."""

import time

from outside.okta import Api, sign_in
from outside.process import Server

PASSWORD = "correct-horse-battery-9174"


def someone(api, login):
    profile = {"firstName": "S", "lastName": "One", "login": login, "email": login}
    return api.post("/api/v1/users?activate=true", {"profile": profile, "credentials": {"password": {"value": PASSWORD}}}).expect(200).json


def authn(url, login, password):
    return Api(url).post("/api/v1/authn", {"username": login, "password": password})


def test_a_session_token_is_good_for_one_session(demo):
    token = authn(demo.url, "bob@example.com", demo.passwords["bob@example.com"]).expect(200).json["sessionToken"]
    client = Api(demo.url)
    session = client.post("/api/v1/sessions", {"sessionToken": token}).expect(200).json
    assert session["status"] == "ACTIVE" and session["login"] == "bob@example.com" and session["amr"] == ["pwd"]
    client.post("/api/v1/sessions", {"sessionToken": token}).refused(401, "E0000004")
    client.cookies["sid"] = session["id"]
    assert client.get("/api/v1/sessions/me").expect(200).json["id"] == session["id"]
    client.delete("/api/v1/sessions/me").expect(204)
    client.cookies["sid"] = session["id"]
    client.get("/api/v1/sessions/me").refused(404, "E0000007")


def test_the_cookie_redirect_sets_sid_and_dt_and_leaves_to_nobody_else(demo):
    for target, goes in ((f"{demo.url}/home/amazon_aws/{demo.app}/272", f"/home/amazon_aws/{demo.app}/272"), ("https://evil.example/", "/")):
        token = authn(demo.url, "bob@example.com", demo.passwords["bob@example.com"]).expect(200).json["sessionToken"]
        client = Api(demo.url)
        answer = client.get(f"/login/sessionCookieRedirect?checkAccountSetupComplete=true&token={token}&redirectUrl={target}").expect(302)
        assert {"sid", "DT"} <= client.cookies.keys()
        location = answer.headers["location"].removeprefix(demo.url)
        assert location.startswith(goes) and "evil" not in location
        cookies = answer.headers.get_all("Set-Cookie")
        assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie for cookie in cookies), cookies
        client.get("/api/v1/sessions/me").expect(200)


def test_an_unknown_user_and_a_wrong_password_are_told_the_same(demo):
    answers = [authn(demo.url, login, "wrong-password-5512") for login in ("bob@example.com", "nobody-at-all@example.com")]
    said = []
    for answer in answers:
        answer.refused(401, "E0000004")
        said.append({key: value for key, value in answer.json.items() if key != "errorId"})
    assert said[0] == said[1]


def test_wrong_passwords_lock_the_account_and_an_administrator_unlocks_it(demo, api):
    login = f"locked-{time.time_ns()}@example.com"
    user = someone(api, login)
    for _ in range(10):
        authn(demo.url, login, "wrong-password-5512").refused(401, "E0000004")
    assert "sessionToken" not in authn(demo.url, login, PASSWORD).text, "not even with the right password"
    assert api.get(f"/api/v1/users/{user['id']}").expect(200).json["status"] == "LOCKED_OUT"
    api.post(f"/api/v1/users/{user['id']}/lifecycle/unlock").expect(200)
    assert authn(demo.url, login, PASSWORD).expect(200).json["status"] == "SUCCESS"


def test_too_many_attempts_for_one_login_are_told_when_to_come_back(tmp_path):
    # One attempt a minute is allowed: however slow the machine is, the second comes too soon.
    with Server(tmp_path, ROLEGATE_RATE_LIMIT_SIGN_IN_PER_LOGIN="1") as server:
        authn(server.url, "hammered@example.com", "wrong-password-5512").refused(401, "E0000004")
        refused = authn(server.url, "hammered@example.com", "wrong-password-5512")
        refused.refused(429, "E0000047")
        assert int(refused.headers["x-rate-limit-reset"]) >= time.time() - 1 and refused.headers["date"]
        authn(server.url, "somebody-else@example.com", "wrong-password-5512").refused(401, "E0000004")


def test_another_site_cannot_use_a_persons_cookie(demo):
    bob = sign_in(demo.url, "bob@example.com", demo.passwords["bob@example.com"])
    bob.delete("/api/v1/sessions/me", origin="https://evil.example").refused(403, "E0000006")
    bob.get("/api/v1/sessions/me").expect(200)
    bob.delete("/api/v1/sessions/me", **{"sec-fetch-site": "cross-site"}).refused(403, "E0000006")
    bob.delete("/api/v1/sessions/me", origin=demo.url).expect(204)


def test_an_expired_password_is_changed_on_the_way_in(demo, api):
    login = f"expired-{time.time_ns()}@example.com"
    user = someone(api, login)
    api.post(f"/api/v1/users/{user['id']}/lifecycle/expire_password").expect(200)
    answer = authn(demo.url, login, PASSWORD).expect(200).json
    assert answer["status"] == "PASSWORD_EXPIRED" and "sessionToken" not in answer
    done = Api(demo.url).post(answer["_links"]["next"]["href"], {
        "stateToken": answer["stateToken"], "oldPassword": PASSWORD, "newPassword": "another-anvil-orchid-3381"}).expect(200).json
    assert done["status"] == "SUCCESS"
    authn(demo.url, login, PASSWORD).refused(401, "E0000004")


def test_the_organisation_is_one_that_command_line_clients_take_for_classic_sign_in(demo):
    answer = Api(demo.url).get("/.well-known/okta-organization").expect(200).json
    assert answer["pipeline"] == "idx" and answer["id"]
