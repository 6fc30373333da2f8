"""The sign-in endpoint: takes the browser's POST as signin.aws.amazon.com does and ends in a console session."""

import re
import secrets
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from . import saml
from . import signin_pages as pages
from .callers import Session
from .cloud import Cloud
from .faults import SHAPES, Faults
from .saml_claims import ATTRIBUTES, read_attributes
from .saml_signature import only_assertion
from .sts import identity
from .wire import AwsError, Call, Http, Response, access_denied
from .xml_input import parse_xml

COOKIE = "emulator_session"
MOST_RESPONSE_CHARS = 128 * 1024
DEFAULT_SECONDS = 3600
INVALID_RESPONSE = "Your request included an invalid SAML response. To logout, click here."
# A role's name may have commas, a provider's may not: the pair is still read in one way only.
ROLE_ARN = r"arn:aws[a-z-]*:iam::\d{12}:role/[\u0021-\u007E]+"
PROVIDER_ARN = r"arn:aws[a-z-]*:iam::\d{12}:saml-provider/[\w._-]+"
PAIR = re.compile(
    rf"(?:(?P<role>{ROLE_ARN}),(?P<provider>{PROVIDER_ARN})|(?P<provider2>{PROVIDER_ARN}),(?P<role2>{ROLE_ARN}))"
)


@dataclass(frozen=True)
class ConsoleSession:
    """A browser that is signed in."""

    session: Session
    seconds: int
    relay_state: str


class SignIn:
    """The pages below `/saml` and `/console`."""

    def __init__(self, cloud: Cloud, faults: Faults) -> None:
        self.cloud = cloud
        self.faults = faults
        self.browsers: dict[str, ConsoleSession] = {}

    def reset(self) -> None:
        """Signs every browser out."""
        self.browsers.clear()

    def serve(self, http: Http) -> Response | None:
        """Answers a page, None for a path that is none."""
        if http.path == "/saml":
            return self.take(http) if http.method == "POST" else pages.nothing_posted()
        if http.path == "/console":
            return self.console(http)
        if http.path == "/oauth" and parse_qs(http.query).get("Action") == ["logout"]:
            return self.sign_out(http)
        return pages.welcome(self.cloud.url) if http.path == "/" else None

    def take(self, http: Http) -> Response:
        """POST /saml: the assertion, or the choice of one of its roles."""
        rule = self.faults.pick("SignIn", set(), "")
        if rule and rule.fault not in SHAPES:
            return pages.error(AwsError(rule.fault, rule.message or rule.fault, rule.status or 503))
        call = Call(http, "signin", "SignIn", "us-east-1", None, {})
        return self.faults.answer(rule, call, lambda: self.sign_in(http.form()))

    def sign_in(self, form: dict[str, str]) -> Response:
        """Chooser, console, or the reason why neither."""
        text, relay_state, choice = form.get("SAMLResponse", ""), form.get("RelayState", ""), form.get("roleIndex")
        try:
            pairs = self.pairs(text)
            if choice is None and len(pairs) > 1:
                return pages.chooser(self.cloud, pairs, text, relay_state)
            role_arn = choice if choice is not None else next(iter(pairs))
            if role_arn not in pairs:
                raise AwsError("InvalidSamlResponse", INVALID_RESPONSE)
            return self.open(saml.decode(text), role_arn, pairs[role_arn], relay_state)
        except AwsError as error:
            return pages.error(error)

    def pairs(self, text: str) -> dict[str, str]:
        """Role ARN to provider ARN, of the providers that vouch for this response."""
        if len(text) > MOST_RESPONSE_CHARS:
            raise AwsError("InvalidSamlResponse", "Response did not contain a valid SAML assertion")
        try:
            document = saml.decode(text)
        except AwsError:
            raise AwsError("InvalidSamlResponse", INVALID_RESPONSE) from None
        claimed = read_attributes(only_assertion(parse_xml(document))).get(f"{ATTRIBUTES}Role", [])
        matches = [PAIR.fullmatch(value) for value in claimed]
        if not matches or not all(matches):
            raise AwsError("InvalidSamlResponse", INVALID_RESPONSE)
        pairs = {one["role"] or one["role2"]: one["provider"] or one["provider2"] for one in matches}
        vouched, first_error = {}, None
        for provider in dict.fromkeys(pairs.values()):
            try:
                vouched[provider] = set(saml.recognise(self.cloud, document, provider).roles)
            except AwsError as error:
                first_error = first_error or error
        if not vouched:
            raise first_error or access_denied(INVALID_RESPONSE)
        return {
            role: provider
            for role, provider in pairs.items()
            if {f"{role},{provider}", f"{provider},{role}"} & vouched.get(provider, set())
        }

    def open(self, document: bytes, role_arn: str, provider_arn: str, relay_state: str) -> Response:
        """Opens the console session. The role's own maximum does not apply here."""
        admission = saml.admit(self.cloud, document, role_arn, provider_arn)
        claims = admission.claims
        limits = [claims.session_duration() or DEFAULT_SECONDS, claims.seconds_left(self.cloud.clock.now())]
        seconds = min(limit for limit in limits if limit is not None)
        session = self.cloud.issue(
            admission.account,
            admission.role,
            claims.session_name(),
            seconds,
            source_identity=claims.source_identity(),
            tags=claims.tags,
            transitive_tags=frozenset(claims.transitive_tags),
            federated=True,
        )
        browser = secrets.token_urlsafe(32)
        self.browsers[browser] = ConsoleSession(session, seconds, relay_state)
        cookie = f"{COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}"
        return Response(
            b"", status=303, headers=[("Location", "/console"), ("Set-Cookie", cookie), ("Cache-Control", "no-store")]
        )

    def console(self, http: Http) -> Response:
        """GET /console: who the browser is, by the same words as GetCallerIdentity."""
        browser = self.browsers.get(browser_of(http))
        if not browser or self.cloud.clock.now() >= browser.session.expires:
            return pages.signed_out("You are not signed in, or your session has ended.", 401)
        try:
            caller = self.cloud.session_caller(browser.session)
        except AwsError as error:
            return pages.error(error)
        account = self.cloud.accounts[caller.account]
        return pages.console(identity(caller), account, browser.session, browser.seconds, browser.relay_state)

    def sign_out(self, http: Http) -> Response:
        """GET /oauth?Action=logout, as AWS's own."""
        self.browsers.pop(browser_of(http), None)
        response = pages.signed_out("You have signed out.", 200)
        response.headers.append(("Set-Cookie", f"{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"))
        return response


def browser_of(http: Http) -> str:
    """The value of our cookie."""
    try:
        cookie = SimpleCookie(http.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""
