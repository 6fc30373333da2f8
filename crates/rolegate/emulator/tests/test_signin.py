"""The sign-in page, as a browser and as command-line clients see it."""

import re
from datetime import timedelta

import pytest
import requests
from conftest import ENTITY, GOV, HUB, PROD, saml_trust
from idp import ATTRIBUTES, RECIPIENT, Idp
from lxml import html

INVALID = "Your request included an invalid SAML response. To logout, click here."


@pytest.fixture
def browser_spec(cloud):
    """An assertion for the emulator's own sign-in page."""

    def make(*names, **changes):
        return cloud.spec(*names, **{"recipients": [f"{cloud.url}/saml"], **changes})

    return make


def value(page: str, name: str) -> str:
    return html.fromstring(page).get_element_by_id(name).text_content()


def error(answer: requests.Response) -> str:
    assert 400 <= answer.status_code < 500, answer.text
    return value(answer.text, "error")


def test_one_role_goes_straight_to_the_console(cloud, browser_spec):
    spec = browser_spec(
        attributes={
            ATTRIBUTES + "SessionDuration": ["28800"],
            ATTRIBUTES + "PrincipalTag:team": ["web"],
            ATTRIBUTES + "SourceIdentity": ["alice"],
        }
    )
    answer = cloud.sign_in(cloud.idp.response(spec), RelayState="https://console.aws.amazon.com/s3?x=<1>")
    assert [step.status_code for step in answer.history] == [303]
    assert answer.url == f"{cloud.url}/console"
    shown = {
        name: value(answer.text, name)
        for name in (
            "arn",
            "account",
            "alias",
            "role",
            "session-name",
            "duration",
            "relay-state",
            "tags",
            "source-identity",
            "account-name",
        )
    }
    assert shown == {
        "arn": f"arn:aws:sts::{PROD}:assumed-role/Reader/alice@example.com",
        "account": PROD,
        "alias": "test-production",
        "account-name": "Production",
        "role": "Reader",
        "session-name": "alice@example.com",
        "duration": "28800",
        "relay-state": "https://console.aws.amazon.com/s3?x=<1>",
        "tags": "team=web",
        "source-identity": "alice",
    }
    assert "emulator" in answer.text


def test_the_roles_maximum_does_not_cap_the_console_but_the_sessions_end_does(cloud, browser_spec):
    spec = browser_spec(attributes={ATTRIBUTES + "SessionDuration": ["43200"]}, session_end=timedelta(minutes=30))
    assert 1790 <= int(value(cloud.sign_in(cloud.idp.response(spec)).text, "duration")) <= 1800
    assert value(cloud.sign_in(cloud.idp.response(browser_spec())).text, "duration") == "3600"


def test_several_roles_show_the_chooser_that_clients_read(cloud, browser_spec):
    answer = cloud.sign_in(cloud.idp.response(browser_spec("Reader", "Role1", "Role2")), RelayState="there")
    assert answer.status_code == 200 and not answer.history
    page = html.fromstring(answer.text)
    accounts = page.xpath("//fieldset/div[contains(@class, 'saml-account')]")
    assert len(accounts) == 1
    assert accounts[0].xpath(".//div[@class='saml-account-name']")[0].text == f"Account: test-production ({PROD})"
    inputs = accounts[0].xpath(".//div[@class='saml-role']/input[@type='radio']")
    assert (
        [one.get("id") for one in inputs]
        == [one.get("value") for one in inputs]
        == [cloud.role(name) for name in ("Reader", "Role1", "Role2")]
    )
    assert [one.text for one in accounts[0].xpath(".//label")] == ["Reader", "Role1", "Role2"]
    assert page.xpath("//form[@action='/saml']//button[@type='submit']")


def test_choosing_a_role_signs_in_with_it(cloud, browser_spec):
    page = html.fromstring(cloud.sign_in(cloud.idp.response(browser_spec("Reader", "Role1")), RelayState="there").text)
    form = {one.get("name"): one.get("value") for one in page.xpath("//input[@type='hidden']")}
    answer = requests.post(f"{cloud.url}/saml", data={**form, "roleIndex": cloud.role("Role1")}, timeout=60)
    assert value(answer.text, "role") == "Role1"
    assert value(answer.text, "relay-state") == "there"
    other = requests.post(f"{cloud.url}/saml", data={**form, "roleIndex": cloud.role("Role5")}, timeout=60)
    assert error(other) == INVALID


def test_roles_of_several_accounts_are_grouped(cloud, browser_spec):
    cloud.seed({"accounts": [{"id": HUB, "roles": [{"name": "Reader", "trust": saml_trust()}]}]})
    spec = browser_spec(roles=[f"{cloud.role('Reader', one)},{cloud.provider(one)}" for one in (HUB, PROD)])
    page = html.fromstring(cloud.sign_in(cloud.idp.response(spec)).text)
    names = [one.text for one in page.xpath("//div[@class='saml-account-name']")]
    assert names == [f"Account: test-hub ({HUB})", f"Account: test-production ({PROD})"]


def test_a_chooser_with_four_hundred_roles_answers(cloud, browser_spec):
    roles = [{"name": f"bulk-{n}", "trust": saml_trust()} for n in range(400)]
    cloud.seed({"accounts": [{"id": PROD, "roles": roles}]})
    answer = cloud.sign_in(cloud.idp.response(browser_spec(*(role["name"] for role in roles))))
    assert answer.text.count('class="saml-role"') == 400


def test_a_role_name_with_commas_is_read_whole(cloud, browser_spec):
    name = "a,b+c=d.e@f-g_h"
    cloud.seed({"accounts": [{"id": PROD, "roles": [{"name": name, "trust": saml_trust()}]}]})
    for pair in (f"{cloud.role(name)},{cloud.provider()}", f"{cloud.provider()},{cloud.role(name)}"):
        assert value(cloud.sign_in(cloud.idp.response(browser_spec(roles=[pair]))).text, "role") == name


def test_govcloud_signs_in_at_the_same_page(cloud, browser_spec):
    spec = browser_spec(account=GOV, audiences=["urn:amazon:webservices:govcloud"])
    assert (
        value(cloud.sign_in(cloud.idp.response(spec)).text, "arn")
        == f"arn:aws-us-gov:sts::{GOV}:assumed-role/Reader/alice@example.com"
    )


def test_awss_own_recipient_is_taken_here_too(cloud):
    assert value(cloud.sign_in(cloud.idp.response(cloud.spec(recipients=[RECIPIENT]))).text, "role") == "Reader"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"roles": []}, INVALID),
        ({"roles": ["arn:aws:iam::1:role/x"]}, INVALID),
        ({"role_attribute": ATTRIBUTES + "role"}, INVALID),
        ({"session_name": None}, "RoleSessionName is required in AuthnResponse"),
        ({"session_name": ["a b"]}, "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        ({"issuer": "https://other.example.com"}, "Failed to assume role: Issuer not present in specified provider"),
        ({"audiences": ["urn:other"]}, "Response does not contain the required audience."),
        ({"recipients": ["https://evil.example.com/saml"]}, "Not authorized to perform sts:AssumeRoleWithSAML"),
        (
            {"issued": timedelta(minutes=-6), "not_on_or_after": timedelta(hours=1)},
            "Token must be redeemed within 5 minutes of issuance",
        ),
        ({"not_on_or_after": timedelta(seconds=-1)}, "Response has expired"),
        ({"sign_assertion": False}, "Response signature invalid"),
    ],
)
def test_a_wrong_response_is_refused_on_a_page_with_awss_text(cloud, browser_spec, changes, text):
    assert error(cloud.sign_in(cloud.idp.response(browser_spec(**changes)))) == text


def test_other_refusals(cloud, browser_spec, other_key):

    assert error(cloud.sign_in("")) == INVALID
    assert error(cloud.sign_in("%%%")) == INVALID
    assert error(cloud.sign_in("A" * (128 * 1024 + 1))) == "Response did not contain a valid SAML assertion"
    assert error(cloud.sign_in(Idp(ENTITY, other_key).response(browser_spec()))) == "Response signature invalid"
    assert (
        error(cloud.sign_in(cloud.idp.response(browser_spec("Crossing"))))
        == "Not authorized to perform sts:AssumeRoleWithSAML"
    )
    assert error(requests.get(f"{cloud.url}/saml", timeout=60)) == "This address takes a SAML response by POST."


def test_a_session_ends_by_time_and_by_sign_out(cloud, browser_spec):
    with requests.Session() as browser:
        cloud.sign_in(cloud.idp.response(browser_spec()), browser)
        cookie = next(one for one in browser.cookies if one.name == "emulator_session")
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert browser.get(f"{cloud.url}/console", timeout=60).status_code == 200
        browser.get(f"{cloud.url}/oauth?Action=logout", timeout=60)
        assert browser.get(f"{cloud.url}/console", timeout=60).status_code == 401
        cloud.sign_in(cloud.idp.response(browser_spec()), browser)
        cloud.control("POST", "clock", {"offset_seconds": 3600})
        assert browser.get(f"{cloud.url}/console", timeout=60).status_code == 401


def test_every_page_is_plain_accessible_and_says_what_it_is(cloud, browser_spec):
    chooser = cloud.sign_in(cloud.idp.response(browser_spec("Reader", "Role1")))
    console = cloud.sign_in(cloud.idp.response(browser_spec()))
    refusal = cloud.sign_in("x")
    for answer in (chooser, console, refusal, requests.get(cloud.url, timeout=60)):
        page = html.fromstring(answer.text)
        assert page.get("lang") == "en"
        assert page.findtext(".//title").endswith("- AWS emulator")
        assert len(page.xpath("//main")) == len(page.xpath("//h1")) == 1
        assert "this is not Amazon Web Services" in page.text_content()
        assert not page.xpath("//script | //link | //img | //*[@src]")
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        assert all(page.xpath(f"//label[@for='{one.get('id')}']") for one in page.xpath("//input[@type='radio']"))
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_what_strangers_send_is_escaped(cloud, browser_spec):
    answer = cloud.sign_in(cloud.idp.response(browser_spec()), RelayState="<script>alert(1)</script>")
    assert "<script" not in answer.text
    assert re.search("&lt;script&gt;alert", answer.text)
