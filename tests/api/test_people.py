"""Users, groups, tokens and the log, in the shapes and with the refusals that Okta's clients know."""

import itertools
import time

import pytest
from outside.okta import Api, sign_in

COUNT = itertools.count(1)
PASSWORD = "correct-horse-battery-9174"


def profile(login=None):
    login = login or f"person-{next(COUNT)}-{time.time_ns()}@example.com"
    return {"firstName": "Pat", "lastName": "Person", "login": login, "email": login if len(login) <= 100 else "p@example.com"}


@pytest.fixture(name="user")
def a_user(api):
    """An active user with a password."""
    body = {"profile": profile(), "credentials": {"password": {"value": PASSWORD}}}
    return api.post("/api/v1/users?activate=true", body).expect(200).json


def status(api, user):
    return api.get(f"/api/v1/users/{user['id']}").expect(200).json["status"]


def test_a_user_goes_through_every_status_and_is_gone_at_the_end(api):
    user = api.post("/api/v1/users?activate=false", {"profile": profile()}).expect(200).json
    assert user["status"] == "STAGED" and user["id"].startswith("00u") and len(user["id"]) == 20
    path = f"/api/v1/users/{user['id']}"
    api.post(f"{path}/lifecycle/activate?sendEmail=false").expect(200)
    assert status(api, user) == "PROVISIONED"
    api.post(path, {"credentials": {"password": {"value": PASSWORD}}}).expect(200)
    assert status(api, user) == "ACTIVE"
    api.post(f"{path}/lifecycle/activate?sendEmail=false").refused(403, "E0000016")
    for step, after in (("suspend", "SUSPENDED"), ("unsuspend", "ACTIVE"), ("expire_password", "PASSWORD_EXPIRED"), ("deactivate", "DEPROVISIONED")):
        api.post(f"{path}/lifecycle/{step}").expect(200)
        assert status(api, user) == after, step
    api.post(f"{path}/lifecycle/suspend").refused(403, "E0000038")
    api.delete(path).expect(204)
    assert user["id"] in api.get(path).refused(404, "E0000007")


def test_the_first_delete_deactivates_and_the_second_deletes(api, user):
    path = f"/api/v1/users/{user['id']}"
    first = api.delete(path).expect(204)
    assert first.body == b"" and first.headers["content-type"] is None, "an SDK reads an empty body as JSON where a type is named"
    assert status(api, user) == "DEPROVISIONED"
    api.delete(path).expect(204)
    api.get(path).refused(404, "E0000007")


def test_a_partial_update_keeps_the_rest_and_a_user_is_found_by_login(api, user):
    path = f"/api/v1/users/{user['id']}"
    api.post(path, {"profile": {"lastName": "Changed"}}).expect(200)
    found = api.get(f"/api/v1/users/{user['profile']['login']}").expect(200).json
    assert found["id"] == user["id"]
    assert (found["profile"]["firstName"], found["profile"]["lastName"]) == ("Pat", "Changed")


def test_a_login_is_one_persons_in_any_case(api, user):
    login = user["profile"]["login"]
    said = api.post("/api/v1/users", {"profile": profile(login.upper())}).refused(400, "E0000001")
    assert "login" in said


@pytest.mark.parametrize(("field", "body"), [
    ("login", {"profile": profile("🦊" * 300)}),
    ("login", {"profile": {**profile(), "login": " outer blanks "}}),
    ("email", {"profile": {**profile(), "email": "nowhere"}}),
    ("password", {"profile": profile(), "credentials": {"password": {"value": "short"}}}),
    ("password", {"profile": profile(), "credentials": {"password": {"value": "passwordpassword"}}}),
])
def test_what_cannot_be_is_refused_by_the_fields_name_and_nothing_is_stored(api, field, body):
    said = api.post("/api/v1/users?activate=true", body).refused(400, "E0000001")
    assert field in said.lower(), said
    found = api.get(f"/api/v1/users?search=profile.email+eq+%22{body['profile']['email']}%22").expect(200).json
    assert [user for user in found if user["profile"]["email"] == body["profile"]["email"] != "p@example.com"] == []


def test_a_login_of_legal_length_with_emoji_signs_in(api, demo):
    login = f"🦊{time.time_ns()}-é@example.com"
    api.post("/api/v1/users?activate=true", {"profile": {**profile(login), "email": "fox@example.com"},
                                            "credentials": {"password": {"value": PASSWORD}}}).expect(200)
    assert sign_in(demo.url, login, PASSWORD).get("/api/v1/users/me").expect(200).json["profile"]["login"] == login


def test_pages_of_users_follow_the_next_links_to_the_end(api):
    for _ in range(3):
        api.post("/api/v1/users?activate=false", {"profile": profile()}).expect(200)
    everyone = [user["id"] for user in api.all("/api/v1/users?limit=200")]
    answer = api.get("/api/v1/users?limit=3").expect(200)
    assert [name for name, _ in answer.links()] == ["self", "next"], "an SDK takes the last Link: next must be it"
    assert all(target.startswith(f"{api.url}/api/v1/users") for _, target in answer.links())
    paged = [user["id"] for user in api.all("/api/v1/users?limit=3")]
    assert len(paged) == len(set(paged)) and sorted(paged) == sorted(everyone)
    assert "after" in api.get("/api/v1/users?after=never-given").refused(400, "E0000001")
    assert "limit" in api.get("/api/v1/users?limit=none").refused(400, "E0000001")


def test_tolerant_routing_to_the_letter(api, demo):
    api.get("/api/v1/users/?limit=1").expect(200)
    joined = Api(demo.url)
    joined.get("/api/v1/users?limit=1", authorization=f"SSWS{demo.token}").expect(200)
    joined.get("/api/v1/users?limit=1", authorization=f"ssws  {demo.token}").expect(200)
    joined.get("/api/v1/users?limit=1", authorization=f"SSWS {demo.token}x").refused(401, "E0000011")
    joined.get("/api/v1/users?limit=1").refused(401, "E0000011")
    api.get("/api/v1/nothing/here").refused(404, "E0000007")
    api.request("PATCH", "/api/v1/users").refused(405, "E0000022")
    api.post("/api/v1/users", b"{not json", **{"content-type": "application/json"}).refused(400, "E0000003")
    api.get("/api/v1/users/00u0000000000000none").refused(404, "E0000007")


def test_every_answer_tells_its_request_id_and_the_rate_limit(api):
    for answer in (api.get("/api/v1/users?limit=1"), api.get("/api/v1/nothing"), Api(api.url).get("/api/v1/users/me")):
        assert answer.headers["x-okta-request-id"]
        limit, remaining, reset = (int(answer.headers[f"x-rate-limit-{name}"]) for name in ("limit", "remaining", "reset"))
        assert limit >= remaining >= 0 and 0 <= reset - time.time() <= 120
        assert answer.headers["content-type"] == "application/json"


def test_groups_and_their_members(api, user):
    name = f"Group {time.time_ns()}"
    group = api.post("/api/v1/groups", {"profile": {"name": name, "description": "d"}}).expect(200).json
    assert group["type"] == "OKTA_GROUP" and group["objectClass"] == ["okta:user_group"]
    path = f"/api/v1/groups/{group['id']}"
    for _ in range(2):
        added = api.put(f"{path}/users/{user['id']}", b"", **{"content-type": "application/octet-stream"}).expect(204)
        assert added.headers["content-type"] is None
    assert [member["id"] for member in api.get(f"{path}/users").expect(200).json] == [user["id"]]
    assert group["id"] in [mine["id"] for mine in api.get(f"/api/v1/users/{user['id']}/groups").expect(200).json]
    api.put(path, {"profile": {"name": f"{name} renamed"}}).expect(200)
    assert [found["id"] for found in api.get(f"/api/v1/groups?q={name.replace(' ', '%20')}").expect(200).json] == [group["id"]]
    assert "name" in api.post("/api/v1/groups", {"profile": {"name": f"{name} renamed"}}).refused(400, "E0000001")
    api.delete(f"{path}/users/{user['id']}").expect(204)
    assert api.get(f"{path}/users").expect(200).json == []
    api.delete(path).expect(204)
    api.get(path).refused(404, "E0000007")


def test_a_reading_token_reads_and_a_revoked_one_does_nothing(api, demo):
    made = api.post("/api/v1/api-tokens", {"name": f"reader {time.time_ns()}", "role": "read_only_admin"}).expect(201).json
    reader = Api(demo.url, made["token"])
    reader.get("/api/v1/users?limit=1").expect(200)
    reader.post("/api/v1/users", {"profile": profile()}).refused(403, "E0000006")
    listed = {token["id"]: token for token in api.get("/api/v1/api-tokens").expect(200).json}
    assert "token" not in listed[made["id"]] and made["token"] not in str(listed)
    api.delete(f"/api/v1/api-tokens/{made['id']}").expect(204)
    reader.get("/api/v1/users?limit=1").refused(401, "E0000011")


def test_a_person_without_rights_sees_themselves_only(api, person):
    frank = person("frank@example.com")
    assert frank.get("/api/v1/users/me").expect(200).json["profile"]["login"] == "frank@example.com"
    alice = api.get("/api/v1/users/alice@example.com").expect(200).json["id"]
    for path in ("/api/v1/users", f"/api/v1/users/{alice}", "/api/v1/groups", "/api/v1/apps", "/api/v1/logs", "/api/v1/api-tokens"):
        frank.get(path).refused(403, "E0000006")
    frank.post(f"/api/v1/users/{alice}/lifecycle/suspend").refused(403, "E0000006")


def test_the_log_is_told_in_order_filtered_by_time_and_followed_by_its_next_link(api):
    start = api.get("/api/v1/logs?limit=1&sortOrder=DESCENDING").expect(200).json[0]["published"]
    made = [api.post("/api/v1/users?activate=false", {"profile": profile()}).expect(200).json["id"] for _ in range(4)]
    first = api.get(f"/api/v1/logs?since={start}&limit=2").expect(200)
    assert len(first.json) == 2
    seen, following = list(first.json), dict(first.links())["next"]
    for _ in range(50):
        answer = api.get(following).expect(200)
        following = dict(answer.links())["next"]
        if not answer.json:
            break
        seen += answer.json
    else:
        raise AssertionError("the log has no end")
    created = [target["id"] for event in seen if event["eventType"] == "user.lifecycle.create" for target in event["target"]]
    assert [target for target in created if target in made] == made, "in the order in which it happened, nobody missing"
    assert [event["published"] for event in seen] == sorted(event["published"] for event in seen)
    assert len({event["uuid"] for event in seen}) == len(seen)
    late = api.post("/api/v1/users?activate=false", {"profile": profile()}).expect(200).json["id"]
    assert late in str(api.get(following).expect(200).json), "polling goes on where the empty page ended"
    assert api.get(f"/api/v1/logs?since={start}&until={start}").expect(200).json == []
    assert PASSWORD not in str(seen)
