"""The pages of the sign-in endpoint. The chooser has the HTML that command-line clients read on AWS's own."""

from html import escape

from .callers import Session
from .cloud import Account, Cloud
from .html import definitions, page
from .wire import AwsError, Response

SIGN_OUT = '<p><a id="sign-out" href="/oauth?Action=logout">Sign out</a></p>'


def welcome(url: str) -> Response:
    """GET /."""
    return page(
        "An AWS that obeys AWS's rules",
        f"<p>API endpoint for IAM, STS, Organizations and Account: <code>{escape(url)}</code></p>"
        f"<p>Sign-in endpoint (SAML, HTTP-POST): <code>{escape(url)}/saml</code></p>"
        '<p><a href="/console">Who am I signed in as?</a></p>',
    )


def nothing_posted() -> Response:
    """GET /saml."""
    return page(
        "Nothing to sign in with",
        '<div id="error" role="alert">This address takes a SAML response by POST.</div>'
        "<p>Start at your identity provider's portal.</p>",
        405,
    )


def error(problem: AwsError) -> Response:
    """A refusal with AWS's text."""
    message = problem.message
    if message.startswith("Issuer not present"):
        message = f"Failed to assume role: {message}"
    return page(
        "Sign-in refused",
        f'<div id="error" role="alert">{escape(message)}</div>'
        f'<p>Error code: <code id="error-code">{escape(problem.code)}</code></p>'
        '<p><a href="/oauth?Action=logout">Sign out</a></p>',
        problem.status,
    )


def signed_out(text: str, status: int) -> Response:
    """No session."""
    content = (
        f'<div id="error" role="alert">{escape(text)}</div>'
        if status >= 400
        else f'<p id="signed-out">{escape(text)}</p>'
    )
    return page("Signed out", content + "<p>Start again at your identity provider's portal.</p>", status)


def chooser(cloud: Cloud, pairs: dict[str, str], assertion: str, relay_state: str) -> Response:
    """The roles by account, with the assertion kept in the form."""
    accounts: dict[str, list[str]] = {}
    for role_arn in pairs:
        accounts.setdefault(role_arn.split(":")[4], []).append(role_arn)
    blocks = "".join(
        account_block(cloud, number, account_id, arns) for number, (account_id, arns) in enumerate(accounts.items())
    )
    return page(
        "Select a role",
        f"""<form id="saml_form" name="saml_form" action="/saml" method="post">
<input type="hidden" name="RelayState" value="{escape(relay_state)}">
<input type="hidden" name="SAMLResponse" value="{escape(assertion)}">
<fieldset>
<legend>Select a role</legend>
{blocks}</fieldset>
<button id="signin_button" type="submit">Sign in</button>
</form>""",
    )


def account_block(cloud: Cloud, number: int, account_id: str, role_arns: list[str]) -> str:
    """One account of the chooser."""
    account = cloud.accounts.get(account_id)
    alias = account.iam.account_aliases[:1] if account else []
    name = f"Account: {alias[0]} ({account_id})" if alias else f"Account: {account_id}"
    roles = "".join(
        f'<div class="saml-role"><input type="radio" name="roleIndex" required value="{escape(arn)}" class="saml-radio" id="{escape(arn)}">'
        f'<label for="{escape(arn)}" class="saml-role-description">{escape(arn.rpartition("/")[2])}</label></div>\n'
        for arn in role_arns
    )
    return (
        f'<div class="saml-account" role="group" aria-labelledby="account-{number}">'
        f'<div class="saml-account-name" id="account-{number}">{escape(name)}</div>\n'
        f'<div class="saml-account">\n{roles}</div></div>\n'
    )


def console(identity: dict, account: Account, session: Session, seconds: int, relay_state: str) -> Response:
    """Signed in: what GetCallerIdentity returns, and what the session carries."""
    rows = [
        ("arn", "ARN", identity["Arn"]),
        ("user-id", "User id", identity["UserId"]),
        ("account", "Account", identity["Account"]),
        ("alias", "Account alias", next(iter(account.iam.account_aliases), "none")),
        ("account-name", "Account name", account.name),
        ("partition", "Partition", account.partition),
        ("role", "Role", session.role_name),
        ("role-arn", "Role ARN", session.role_arn),
        ("session-name", "Session name", session.name),
        ("duration", "Session duration (seconds)", str(seconds)),
        ("source-identity", "Source identity", session.source_identity or "none"),
        ("tags", "Session tags", ", ".join(f"{key}={value}" for key, value in sorted(session.tags.items())) or "none"),
        ("relay-state", "Destination (relay state)", relay_state or "none"),
    ]
    return page("Signed in", definitions(rows) + SIGN_OUT)
