"""Handing a checked IAM call to moto, and correcting what its answers get wrong."""

import io
import re
from html import unescape
from urllib.parse import quote, unquote

from moto.moto_server.werkzeug_app import create_backend_app

from .callers import Caller
from .partitions import PARTITIONS
from .wire import AwsError, Call, Response

# moto percent-encodes policies in some answers, partly; AWS does in all, wholly.
POLICY_ELEMENT = re.compile(r"<(AssumeRolePolicyDocument|PolicyDocument)>(.*?)</\1>", re.DOTALL)
FRACTION = re.compile(r"(<\w*Date>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z(?=</)")
ERROR = re.compile(r"<Code>(.*?)</Code>.*?<Message>(.*?)</Message>", re.DOTALL)


class Moto:
    """moto's IAM as an application of its own."""

    def __init__(self) -> None:
        self.app = create_backend_app("iam")
        self.app.config["PROPAGATE_EXCEPTIONS"] = True

    def serve(self, call: Call, caller: Caller) -> Response:
        """moto's answer, as the caller's account."""
        environ = {name: value for name, value in call.http.environ.items() if name != "HTTP_X_MOTO_ACCOUNT_ID"}
        environ["wsgi.input"] = io.BytesIO(call.http.body)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = caller.account
        region = PARTITIONS[caller.partition].home_region
        environ["HTTP_AUTHORIZATION"] = (
            f"AWS4-HMAC-SHA256 Credential={call.access_key}/20260101/{region}/iam/aws4_request, x"
        )
        status = ["500"]

        def start_response(line, _headers, _exc_info=None):
            status[0] = line

        try:
            body = b"".join(self.app(environ, start_response)).decode()
        except NotImplementedError:
            raise AwsError("InvalidAction", f"Could not find operation {call.action} for version 2010-05-08") from None
        code = int(status[0].split()[0])
        if code >= 400:
            raise moto_error(body, code)
        body = POLICY_ELEMENT.sub(lambda found: f"<{found[1]}>{encoded(unescape(found[2]))}</{found[1]}>", body)
        return Response(FRACTION.sub(r"\1Z", body).encode(), "text/xml", code, [("x-amzn-RequestId", call.id)])


def encoded(policy: str) -> str:
    """A policy percent-encoded as AWS does, whether moto did so already or not."""
    return quote(unquote(policy) if policy.startswith("%7B") else policy, safe="")


def moto_error(body: str, status: int) -> AwsError:
    """moto's refusal as one of ours."""
    found = ERROR.search(body)
    if not found:
        return AwsError("InternalFailure", "moto could not answer this call.", 500)
    return AwsError(unescape(found[1]), unescape(found[2]).strip(), status)
