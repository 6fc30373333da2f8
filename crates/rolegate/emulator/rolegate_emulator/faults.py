"""Failures on request: which call breaks, how, and how often."""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from . import lies
from .wire import AwsError, Call, Response, refusal

FOREVER = -1
MESSAGES = {
    "Throttling": ("Rate exceeded", 400),
    "AccessDenied": (
        "User is not authorized to perform: {call} with an explicit deny in a service control policy",
        403,
    ),
    "ServiceUnavailable": ("Service is unavailable. Please try again later.", 503),
    "ExpiredToken": ("The security token included in the request is expired", 403),
    "InternalFailure": ("The request processing has failed because of an unknown error, exception or failure.", 500),
}
SHAPES = ("badxml", "html", "truncate", "reset", "hang", "delay", "lie")


class BadRule(Exception):
    """A fault rule that means nothing."""


@dataclass
class Rule:
    """One fault. `times` counts down to 0; -1 never ends."""

    action: str
    fault: str
    account: str | None = None
    arn_contains: str | None = None
    status: int | None = None
    message: str | None = None
    times: int = 1
    prob: float = 1.0
    delay: float = 0.0
    seconds: float = 3600.0
    variant: str | None = None

    def matches(self, action: str, accounts: set[str | None], arn: str) -> bool:
        """Whether the rule is about this call."""
        return (
            self.times != 0
            and self.action in ("*", action)
            and (self.account is None or self.account in accounts)
            and (self.arn_contains is None or self.arn_contains in arn)
            and random.random() < self.prob
        )


class Faults:
    """The rules, and counts of every call by action and account."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.lock = threading.Lock()
        self.rules: list[Rule] = []
        self.calls: Counter[tuple[str, str]] = Counter()

    def replace(self, entries: list[dict]) -> None:
        """Sets the rules; refuses unknown fields, faults and variants."""
        rules = [rule_of(entry) for entry in entries]
        with self.lock:
            self.rules = rules

    def clear(self) -> None:
        """Removes rules and counts."""
        with self.lock:
            self.rules = []
            self.calls.clear()

    def report(self) -> dict:
        """The rules with what is left of them, and the calls so far."""
        with self.lock:
            counts: dict[str, dict[str, int]] = {}
            for (action, account), count in sorted(self.calls.items()):
                counts.setdefault(action, {})[account] = count
            return {
                "rules": [vars(rule) for rule in self.rules],
                "calls": {action: sum(by.values()) for action, by in counts.items()},
                "calls_by_account": counts,
            }

    def pick(self, action: str, accounts: set[str | None], arn: str) -> Rule | None:
        """Counts a call and takes one use of the first rule that matches it."""
        with self.lock:
            for account in accounts or {None}:
                self.calls[(action, account or "-")] += 1
            for rule in self.rules:
                if rule.matches(action, accounts, arn):
                    if rule.times > 0:
                        rule.times -= 1
                    return rule
        return None

    def answer(self, rule: Rule | None, call: Call, true_answer: Callable[[], Response]) -> Response:
        """The answer under a rule, or the true one."""
        if rule is None:
            return true_answer()
        connection = call.http.environ["emulator.connection"]
        self.wait(rule.delay)
        if rule.fault == "hang":
            self.wait(rule.seconds)
            connection.will_reset()
            return Response(b"")
        if rule.fault == "reset":
            connection.will_reset()
            return Response(b"")
        if rule.fault == "delay":
            return true_answer()
        if rule.fault == "truncate":
            connection.will_truncate(0.5)
            return true_answer()
        if rule.fault == "lie":
            return lies.tell(rule.variant, true_answer())
        if rule.fault == "badxml":
            return bad_syntax(call, rule.status or 200)
        if rule.fault == "html":
            return Response(
                b"<!doctype html><html><body><h1>503 Slow Down</h1></body></html>", status=rule.status or 503
            )
        message, status = MESSAGES.get(rule.fault, (rule.fault, 400))
        message = rule.message or message.replace("{call}", f"{call.service}:{call.action}")
        return refusal(call, AwsError(rule.fault, message, rule.status or status))

    def wait(self, seconds: float) -> None:
        """Waits in this request's own thread; the end of the emulator ends it."""
        if seconds > 0:
            self.stop.wait(seconds)


def bad_syntax(call: Call, status: int) -> Response:
    """An answer that breaks off in its syntax, in the service's format."""
    if call.is_query:
        return Response(f"<{call.action}Response><oops".encode(), "text/xml", status)
    return Response(b'{"Accounts": [{"Id"', "application/x-amz-json-1.1", status)


def rule_of(entry: dict) -> Rule:
    """Reads one rule."""
    known = Rule.__dataclass_fields__
    unknown = sorted(set(entry) - set(known))
    if unknown:
        raise BadRule(f"unknown field `{unknown[0]}`; known are {', '.join(known)}")
    if "action" not in entry or "fault" not in entry:
        raise BadRule(f"a rule needs `action` and `fault`: {json.dumps(entry)}")
    rule = Rule(**entry)
    if rule.fault not in SHAPES and not rule.fault[:1].isupper():
        raise BadRule(f"unknown fault `{rule.fault}`; known are {', '.join(SHAPES)} and any AWS error code")
    if rule.fault == "lie" and rule.variant not in lies.VARIANTS:
        raise BadRule(f"unknown variant `{rule.variant}` of a lie; known are {', '.join(sorted(lies.VARIANTS))}")
    return rule
