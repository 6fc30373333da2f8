"""Reading AWS calls and writing answers in the protocol of the service: Query XML, JSON 1.1 or REST-JSON."""

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

NAMESPACES = {"iam": "https://iam.amazonaws.com/doc/2010-05-08/", "sts": "https://sts.amazonaws.com/doc/2011-06-15/"}
VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts"}
SCOPE = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([^/,\s]*)/([^/,\s]*)/aws4_request")

# A code of the Query protocol, and what the JSON services call the same thing.
JSON_CODES = {
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "IncompleteSignature": "IncompleteSignatureException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "ExpiredToken": "ExpiredTokenException",
    "AccessDenied": "AccessDeniedException",
    "ValidationError": "ValidationException",
    "InvalidAction": "UnknownOperationException",
    "Throttling": "TooManyRequestsException",
    "ServiceUnavailable": "ServiceUnavailableException",
    "InternalFailure": "InternalServerException",
}


class AwsError(Exception):
    """A refusal as AWS words it; `code` is that of the Query protocol."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


def access_denied(message: str) -> AwsError:
    """`AccessDenied`, 403."""
    return AwsError("AccessDenied", message, 403)


def validation_error(*problems: str) -> AwsError:
    """`ValidationError`, with AWS's counting prefix."""
    noun = "error" if len(problems) == 1 else "errors"
    return AwsError("ValidationError", f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")


@dataclass
class Response:
    """An HTTP answer."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)

    def wsgi(self, start_response) -> list[bytes]:
        """Gives the answer to the server."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Status"
        start_response(f"{self.status} {phrase}", [("Content-Type", self.content_type), *self.headers])
        return [self.body]


@dataclass
class Http:
    """One HTTP request."""

    method: str
    path: str
    raw_uri: str
    query: str
    headers: dict[str, str]
    body: bytes
    client: str
    environ: dict

    @classmethod
    def of(cls, environ: dict) -> "Http":
        """Reads a WSGI environment; header names become lower case."""
        headers = {
            key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")
        }
        if "CONTENT_TYPE" in environ:
            headers["content-type"] = environ["CONTENT_TYPE"]
        headers["content-length"] = environ.get("CONTENT_LENGTH", "0")
        body = environ["wsgi.input"].read()
        return cls(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            environ["RAW_URI"],
            environ["QUERY_STRING"],
            headers,
            body,
            environ["REMOTE_ADDR"],
            environ,
        )

    def form(self) -> dict[str, str]:
        """The fields of the body or, without any, of the query; the first of each name."""
        source = self.body.decode("utf-8", "replace") if self.body else self.query
        fields: dict[str, str] = {}
        for name, value in parse_qsl(source, keep_blank_values=True):
            fields.setdefault(name, value)
        return fields


@dataclass
class Call:
    """One call of an AWS API, before anything about it is believed."""

    http: Http
    service: str
    action: str
    region: str
    access_key: str | None
    params: dict
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def is_query(self) -> bool:
        """Whether the service speaks the Query protocol."""
        return self.service in NAMESPACES

    def text(self, name: str) -> str | None:
        """A parameter as text, None where it is missing."""
        return self.params.get(name)

    def members(self, name: str) -> list[str]:
        """A Query list `Name.member.N`, in order."""
        values = []
        while (value := self.params.get(f"{name}.member.{len(values) + 1}")) is not None:
            values.append(value)
        return values

    def tags(self) -> list[tuple[str, str]]:
        """The Query structure list `Tags.member.N.Key/Value`, in order."""
        tags = []
        while (key := self.params.get(f"Tags.member.{len(tags) + 1}.Key")) is not None:
            tags.append((key, self.params.get(f"Tags.member.{len(tags) + 1}.Value", "")))
        return tags


def read_call(http: Http) -> Call | None:
    """Recognises an AWS call: by its credential scope, its target header, or the Query API's version. None for other traffic."""
    scope = SCOPE.search(http.headers.get("authorization", ""))
    key, region, service = (scope[1], scope[3], scope[4]) if scope else (None, "us-east-1", "")
    target = http.headers.get("x-amz-target", "")
    if target:
        params = json_body(http)
        return Call(http, service or "organizations", target.rpartition(".")[2], region, key, params)
    if http.path == "/getAccountInformation":
        return Call(http, service or "account", "GetAccountInformation", region, key, json_body(http))
    params = http.form() if http.path == "/" else {}
    if "Action" in params:
        service = service or VERSIONS.get(params.get("Version", ""), "sts")
        return Call(http, service, params["Action"], region, key, params)
    if http.headers.get("authorization", "").startswith("AWS4-"):
        return Call(http, service or "sts", "", region, key, {})
    return None


def json_body(http: Http) -> dict:
    """The JSON object in the body; anything else counts as empty."""
    try:
        value = json.loads(http.body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def answer(call: Call, result: dict) -> Response:
    """A success in the call's protocol."""
    if not call.is_query:
        content_type = "application/json" if call.service == "account" else "application/x-amz-json-1.1"
        return Response(json.dumps(result).encode(), content_type, 200, [("x-amzn-RequestId", call.id)])
    return query_answer(call, xml_of(result))


def query_answer(call: Call, inner: str) -> Response:
    """A Query success around ready XML."""
    body = (
        f'<{call.action}Response xmlns="{NAMESPACES[call.service]}"><{call.action}Result>{inner}</{call.action}Result>'
        f"<ResponseMetadata><RequestId>{call.id}</RequestId></ResponseMetadata></{call.action}Response>"
    )
    return Response(body.encode(), "text/xml", 200, [("x-amzn-RequestId", call.id)])


def refusal(call: Call, error: AwsError) -> Response:
    """An error in the call's protocol."""
    if call.is_query:
        kind = "Sender" if error.status < 500 else "Receiver"
        body = (
            f'<ErrorResponse xmlns="{NAMESPACES[call.service]}"><Error><Type>{kind}</Type><Code>{escape(error.code)}</Code>'
            f"<Message>{escape(error.message)}</Message></Error><RequestId>{call.id}</RequestId></ErrorResponse>"
        )
        return Response(body.encode(), "text/xml", error.status, [("x-amzn-RequestId", call.id)])
    code = JSON_CODES.get(error.code, error.code)
    if call.service == "account":
        status = 429 if code == "TooManyRequestsException" else error.status
        headers = [("x-amzn-RequestId", call.id), ("x-amzn-ErrorType", code)]
        return Response(json.dumps({"message": error.message}).encode(), "application/json", status, headers)
    status = error.status if error.status >= 500 else 400
    body = json.dumps({"__type": code, "Message": error.message}).encode()
    return Response(body, "application/x-amz-json-1.1", status, [("x-amzn-RequestId", call.id)])


def xml_of(value) -> str:
    """Query XML of plain data: dictionaries are elements, lists are `member`s, None is left out."""
    if isinstance(value, dict):
        return "".join(f"<{name}>{xml_of(inner)}</{name}>" for name, inner in value.items() if inner is not None)
    if isinstance(value, list):
        return "".join(f"<member>{xml_of(inner)}</member>" for inner in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return timestamp(value)
    return escape(str(value))


def timestamp(moment: datetime) -> str:
    """AWS's form of a time, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
