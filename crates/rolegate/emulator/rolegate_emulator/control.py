"""The emulator's own endpoints under `/__emulator/`, for programs on this machine only."""

import ipaddress
import json
from collections import Counter

from .cloud import Cloud
from .faults import BadRule, Faults
from .seed import BadSeed, Seeder
from .signin import SignIn
from .wire import Http, Response

PREFIX = "/__emulator/"


class Control:
    """Seed, reset, state, faults and clock."""

    def __init__(self, cloud: Cloud, faults: Faults, sign_in: SignIn) -> None:
        self.cloud, self.faults, self.sign_in = cloud, faults, sign_in
        self.seeder = Seeder(cloud)
        self.routes = {
            ("POST", "seed"): self.seed,
            ("POST", "reset"): self.reset,
            ("GET", "state"): lambda _: self.state(),
            ("GET", "faults"): lambda _: self.faults.report(),
            ("POST", "faults"): self.set_faults,
            ("DELETE", "faults"): self.clear_faults,
            ("POST", "clock"): self.move_clock,
        }

    def serve(self, http: Http) -> Response:
        """Answers one control request; browsers (which send `Origin`) and other machines are refused."""
        if not ipaddress.ip_address(http.client).is_loopback or "origin" in http.headers:
            return as_json({"error": "control endpoints answer programs on this machine only"}, 403)
        route = self.routes.get((http.method, http.path.removeprefix(PREFIX)))
        if not route:
            known = ", ".join(f"{method} {PREFIX}{name}" for method, name in self.routes)
            return as_json({"error": f"no control endpoint {http.method} {http.path}; there are {known}"}, 404)
        try:
            return as_json(route(json.loads(http.body or b"null")))
        except (BadSeed, BadRule) as error:
            return as_json({"error": str(error)}, 400)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return as_json({"error": f"the body is not what this endpoint takes: {type(error).__name__}: {error}"}, 400)

    def seed(self, body: dict) -> dict:
        """POST seed: `{"world": …, "metadata": …}`."""
        self.seeder.seed(body)
        return self.state()

    def reset(self, _body) -> dict:
        """POST reset: an empty AWS without faults."""
        self.cloud.reset()
        self.seeder.reset()
        self.faults.clear()
        self.sign_in.reset()
        return self.state()

    def state(self) -> dict:
        """GET state: what there is, in numbers."""
        accounts = [
            {
                "id": account.id,
                "partition": account.partition,
                "name": account.name,
                "alias": next(iter(account.iam.account_aliases), None),
                "state": account.state,
                "organization": account.organization,
                "roles": len(account.iam.roles),
                "users": len(account.iam.users),
                "saml_providers": sorted(account.iam.saml_providers),
            }
            for account in self.cloud.accounts.values()
        ]
        return {
            "url": self.cloud.url,
            "accounts": accounts,
            "roles": sum(account["roles"] for account in accounts),
            "sessions": len(self.cloud.sessions),
            "sessions_by_account": dict(Counter(session.account for session in list(self.cloud.sessions.values()))),
            "clock_offset_seconds": self.cloud.clock.offset_seconds,
            "providers_without_metadata": self.seeder.waiting(),
        }

    def set_faults(self, body) -> dict:
        """POST faults: a list of rules, in place of those before."""
        self.faults.replace(body)
        return self.faults.report()

    def clear_faults(self, _body) -> dict:
        """DELETE faults: no rules, counts at zero."""
        self.faults.clear()
        return self.faults.report()

    def move_clock(self, body: dict) -> dict:
        """POST clock: `{"offset_seconds": …}` from real time, for sessions and assertions, not for SigV4."""
        self.cloud.clock.offset_seconds = float(body["offset_seconds"])
        return self.state()


def as_json(value: dict, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(value, indent=1).encode(), "application/json", status)
