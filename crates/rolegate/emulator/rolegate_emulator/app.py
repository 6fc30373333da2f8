"""The WSGI application: control endpoints, AWS's APIs, and the sign-in pages, on one address."""

import logging
import threading

from . import account_service, organizations, sts
from .authentication import authenticate
from .cloud import Cloud
from .control import PREFIX, Control
from .faults import Faults
from .html import page
from .iam import Iam
from .signin import SignIn
from .wire import AwsError, Call, Http, Response, read_call, refusal

LOG = logging.getLogger(__name__)


class Emulator:
    """One pretended AWS at one URL."""

    def __init__(self, url: str, stop: threading.Event) -> None:
        self.cloud = Cloud(url)
        self.faults = Faults(stop)
        self.iam = Iam(self.cloud)
        self.sign_in = SignIn(self.cloud, self.faults)
        self.control = Control(self.cloud, self.faults, self.sign_in)

    def __call__(self, environ: dict, start_response) -> list[bytes]:
        http = Http.of(environ)
        try:
            response = self.serve(http)
        except Exception:
            LOG.exception("%s %s failed", http.method, http.path)
            response = page(
                "Internal error", '<div id="error" role="alert">The emulator failed; its log says where.</div>', 500
            )
        return response.wsgi(start_response)

    def serve(self, http: Http) -> Response:
        """Sends a request to the part that it is for."""
        if http.path.startswith(PREFIX):
            return self.control.serve(http)
        call = read_call(http)
        if call:
            return self.aws(call)
        return self.sign_in.serve(http) or page(
            "Not found", '<div id="error" role="alert">There is no such page.</div>', 404
        )

    def aws(self, call: Call) -> Response:
        """Answers one API call, unless a fault does."""
        arn = str(call.params.get("RoleArn") or "")
        target = arn.split(":")[4] if call.service == "sts" and arn.count(":") >= 5 else None
        account = target or self.cloud.account_of_key(call.access_key)
        rule = self.faults.pick(call.action, {account} if account else set(), arn)
        return self.faults.answer(rule, call, lambda: self.true_answer(call))

    def true_answer(self, call: Call) -> Response:
        """Authenticates the caller and asks the service."""
        try:
            if (call.service, call.action) == ("sts", "AssumeRoleWithSAML"):
                return sts.serve(self.cloud, call, None)
            caller = authenticate(self.cloud, call)
            context = caller.context(self.cloud.clock.now(), call.http.client)
            if call.service == "sts":
                return sts.serve(self.cloud, call, caller)
            if call.service == "iam":
                return self.iam.serve(call, caller, context)
            if call.service == "organizations":
                return organizations.serve(self.cloud, call, caller, context)
            if call.service == "account":
                return account_service.serve(self.cloud, call, caller, context)
            raise AwsError(
                "InvalidAction", f"The emulator serves iam, sts, organizations and account, not `{call.service}`."
            )
        except AwsError as error:
            LOG.info("%s:%s refused: %s", call.service, call.action, error)
            return refusal(call, error)
        except Exception:
            LOG.exception("%s:%s failed", call.service, call.action)
            return refusal(call, AwsError("InternalFailure", "The emulator failed; its log says where.", 500))
