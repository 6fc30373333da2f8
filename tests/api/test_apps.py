"""App instances and their assignments, in Okta's shape."""

import time

import pytest
from lxml import etree

PROVIDER = "arn:aws:iam::111122223333:saml-provider/Rolegate"
ADMIN = "arn:aws:iam::222233334444:role/team/web/Developer"


@pytest.fixture(name="app")
def an_app(api):
    """A fresh app instance that Terraform's provider would have made."""
    body = {"name": "amazon_aws", "label": f"AWS {time.time_ns()}", "signOnMode": "SAML_2_0",
            "settings": {"app": {"identityProviderArn": PROVIDER, "loginURL": "https://console.aws.amazon.com/ec2/home", "futureKey": {"kept": [1]}}}}
    return api.post("/api/v1/apps?activate=true", body).expect(200).json


def test_a_new_app_has_okta_s_defaults_and_keeps_what_it_does_not_know(api, app):
    assert app["id"].startswith("0oa") and app["status"] == "ACTIVE" and app["signOnMode"] == "SAML_2_0"
    settings = app["settings"]["app"]
    assert (settings["awsEnvironmentType"], settings["sessionDuration"], settings["joinAllRoles"], settings["useGroupMapping"]) == ("aws.amazon", 3600, False, False)
    assert settings["identityProviderArn"] == PROVIDER and settings["futureKey"] == {"kept": [1]}
    assert settings["roleValuePattern"] and settings["secretKey"] is None
    assert app["credentials"]["signing"]["kid"] and app["credentials"]["userNameTemplate"]["template"]
    for key in ("accessibility", "visibility", "_links"):
        assert app[key], "clients read it without asking"
    changed = api.put(f"/api/v1/apps/{app['id']}", {**app, "label": f"{app['label']} changed", "settings": {**app["settings"], "app": {**settings, "sessionDuration": 7200}}})
    assert changed.expect(200).json["settings"]["app"] == {**settings, "sessionDuration": 7200}


def test_an_app_is_deactivated_before_it_is_deleted(api, app):
    path = f"/api/v1/apps/{app['id']}"
    assert api.delete(path).status == 403
    api.post(f"{path}/lifecycle/deactivate").expect(200)
    api.delete(path).expect(204)
    api.get(path).refused(404, "E0000007")


@pytest.mark.parametrize(("key", "value"), [
    ("sessionDuration", 100), ("sessionDuration", 99999), ("identityProviderArn", "arn:aws:iam::1:saml-provider/x"),
])
def test_a_setting_that_aws_would_refuse_is_refused_by_its_name(api, app, key, value):
    body = {**app, "settings": {**app["settings"], "app": {**app["settings"]["app"], key: value}}}
    assert key in api.put(f"/api/v1/apps/{app['id']}", body).refused(400, "E0000001")


def test_metadata_names_the_active_certificate_and_the_next_and_opens_nothing(api, app, demo):
    answer = api.get(f"/api/v1/apps/{app['id']}/sso/saml/metadata", accept="application/xml").expect(200)
    assert "xml" in answer.headers["content-type"]
    root = etree.fromstring(answer.body)
    certificates = root.findall(".//{http://www.w3.org/2000/09/xmldsig#}X509Certificate")
    assert len(certificates) >= 1 and b"PRIVATE" not in answer.body
    keys = api.get(f"/api/v1/apps/{app['id']}/credentials/keys").expect(200).json
    assert app["credentials"]["signing"]["kid"] in [key["kid"] for key in keys]
    assert certificates[0].text in [key["x5c"][0] for key in keys]
    public = api.request("GET", f"/app/{app['id']}/sso/saml/metadata", headers={"authorization": ""})
    assert etree.fromstring(public.expect(200).body).get("entityID") == root.get("entityID")


VALUES = ["222233334444 -- Developer", "[example-staging] - Developer", "Example Staging - Developer", ADMIN,
          f"arn:aws:iam::222233334444:saml-provider/Rolegate,{ADMIN}", f"{ADMIN},arn:aws:iam::222233334444:saml-provider/Rolegate", "Developer"]


@pytest.fixture(name="somebody")
def a_user(api):
    """A user who has nothing yet."""
    login = f"assigned-{time.time_ns()}@example.com"
    return api.post("/api/v1/users?activate=false", {"profile": {"firstName": "A", "lastName": "B", "login": login, "email": login}}).expect(200).json


@pytest.mark.parametrize("value", VALUES)
def test_a_role_is_written_in_any_form_and_stored_as_its_arn(api, demo, somebody, value):
    body = {"id": somebody["id"], "scope": "USER", "profile": {"role": None, "samlRoles": [value, ADMIN]}}
    stored = api.post(f"/api/v1/apps/{demo.app}/users", body).expect(200).json
    assert stored["profile"]["samlRoles"] == [ADMIN] and stored["scope"] == "USER"
    api.delete(f"/api/v1/apps/{demo.app}/users/{somebody['id']}").expect(204)
    api.get(f"/api/v1/apps/{demo.app}/users/{somebody['id']}").refused(404, "E0000007")


@pytest.mark.parametrize(("value", "names"), [
    ("NoSuchRole", "NoSuchRole"),
    ("[no-such-alias] - Admin", "no-such-alias"),
    ("arn:aws:iam::22:role/x", "arn:aws:iam::22:role/x"),
    ("arn:aws:iam::222233334444:user/x", "arn:aws:iam::222233334444:user/x"),
])
def test_a_value_that_names_no_role_is_refused_with_the_way_out(api, demo, somebody, value, names):
    body = {"id": somebody["id"], "scope": "USER", "profile": {"samlRoles": [value]}}
    said = api.post(f"/api/v1/apps/{demo.app}/users", body).refused(400, "E0000001")
    assert names in said and "hint" in said, said
    api.get(f"/api/v1/apps/{demo.app}/users/{somebody['id']}").refused(404, "E0000007")


def test_groups_are_assigned_with_priority_and_patched(api, demo):
    group = api.post("/api/v1/groups", {"profile": {"name": f"Assigned {time.time_ns()}"}}).expect(200).json
    path = f"/api/v1/apps/{demo.app}/groups/{group['id']}"
    stored = api.put(path, {"priority": 7, "profile": {"role": None, "samlRoles": ["222233334444 -- Developer"]}}).expect(200).json
    assert stored["profile"]["samlRoles"] == [ADMIN] and isinstance(stored["priority"], int)
    other = "arn:aws:iam::222233334444:role/ReadOnly"
    patched = api.request("PATCH", path, [{"op": "replace", "path": "/profile/samlRoles", "value": [other]}]).expect(200).json
    assert patched["profile"]["samlRoles"] == [other]
    assert group["id"] in [assigned["id"] for assigned in api.all(f"/api/v1/apps/{demo.app}/groups?limit=2")]
    api.delete(path).expect(204)
    api.get(path).refused(404, "E0000007")


def test_an_app_without_aws_says_what_is_missing(api, app):
    said = api.post(f"/api/v1/apps/{app['id']}/aws/refresh").refused(403, "E0000079")
    assert "integration" in said
