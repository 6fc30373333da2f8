"""AWS Signature Version 4 in its header form: does this request carry a signature made with this secret?"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from .wire import AwsError, Http

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=5)
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Authorization:
    """The parts of an `Authorization` header."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


def read_authorization(http: Http) -> Authorization:
    """Parses the header; refuses a missing or a broken one."""
    header = http.headers.get("authorization")
    if not header:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    parts = dict(re.findall(r"(Credential|SignedHeaders|Signature)=([^,\s]+)", header))
    scope = parts.get("Credential", "").split("/")
    if not header.startswith(ALGORITHM + " ") or len(parts) != 3 or len(scope) != 5 or scope[4] != "aws4_request":
        raise AwsError("IncompleteSignature", f"Authorization header is not a complete {ALGORITHM} signature.", 400)
    return Authorization(*scope[:4], tuple(parts["SignedHeaders"].split(";")), parts["Signature"])


def verify(http: Http, authorization: Authorization, secret: str) -> None:
    """Checks time and signature; raises `SignatureDoesNotMatch`."""
    date = http.headers.get("x-amz-date", "")
    check_date(date, authorization.date)
    if "host" not in authorization.signed_headers:
        raise AwsError("SignatureDoesNotMatch", "'Host' must be a 'SignedHeader' in the AWS Authorization.", 403)
    scope = f"{authorization.date}/{authorization.region}/{authorization.service}/aws4_request"
    canonical = hashlib.sha256(canonical_request(http, authorization.signed_headers).encode()).hexdigest()
    to_sign = "\n".join([ALGORITHM, date, scope, canonical])
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(key.hex(), authorization.signature):
        raise AwsError("SignatureDoesNotMatch", MISMATCH, 403)


def check_date(date: str, scope_date: str) -> None:
    """The request must be of the scope's day and within five minutes. Real time: clients sign with theirs."""
    try:
        signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise AwsError(
            "IncompleteSignature",
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
            400,
        ) from None
    if not date.startswith(scope_date):
        raise AwsError(
            "SignatureDoesNotMatch",
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope_date}' != '{date[:8]}', from '{date}'.",
            403,
        )
    now = datetime.now(UTC)
    stamp = "%Y%m%dT%H%M%SZ"
    if signed_at < now - SKEW:
        edge = (now - SKEW).strftime(stamp)
        raise AwsError(
            "SignatureDoesNotMatch",
            f"Signature expired: {date} is now earlier than {edge} ({now.strftime(stamp)} - 5 min.)",
            403,
        )
    if signed_at > now + SKEW:
        edge = (now + SKEW).strftime(stamp)
        raise AwsError(
            "SignatureDoesNotMatch",
            f"Signature not yet current: {date} is still later than {edge} ({now.strftime(stamp)} + 5 min.)",
            403,
        )


def canonical_request(http: Http, signed_headers: tuple[str, ...]) -> str:
    """The canonical request; the path is encoded once more, as for every service but S3."""
    actual = hashlib.sha256(http.body).hexdigest()
    claimed = http.headers.get("x-amz-content-sha256", actual)
    if claimed not in (actual, "UNSIGNED-PAYLOAD"):
        raise AwsError("SignatureDoesNotMatch", MISMATCH, 403)
    path = quote(http.raw_uri.partition("?")[0] or "/", safe="/-_.~")
    query = "&".join(sorted(part if "=" in part else f"{part}=" for part in http.query.split("&") if part))
    headers = "".join(f"{name}:{' '.join(http.headers.get(name, '').split())}\n" for name in signed_headers)
    return "\n".join([http.method, path, query, headers, ";".join(signed_headers), claimed])
