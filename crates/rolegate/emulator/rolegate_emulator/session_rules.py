"""The limits that AssumeRole and AssumeRoleWithSAML share: names, durations, tags, packed size."""

import json
import re

from moto.iam.models import Role

from . import policies
from .constraints import number_between
from .wire import AwsError, Call

SESSION_NAME = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}")
TAG_TEXT = re.compile(r"[\w\s_.:/=+\-@]*")
MOST_TAGS = 50
PACKED_BYTES = 2048


def duration_of(call: Call) -> int | None:
    """`DurationSeconds`, 900 to 43200; None where it is missing."""
    text = call.text("DurationSeconds")
    if text is None:
        return None
    return checked_duration(text)


def checked_duration(text: str) -> int:
    """A duration in seconds as the STS API takes it."""
    return number_between("durationSeconds", text, 900, 43200)


def require_within_role(seconds: int, role: Role) -> None:
    """A session asked for by API may not outlast the role's `MaxSessionDuration`."""
    if seconds > int(role.max_session_duration or 3600):
        raise AwsError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )


def checked_tags(tags: list[tuple[str, str]], transitive: list[str]) -> dict[str, str]:
    """Session tags: at most 50, keys to 128 and unique ignoring case, values to 256; transitive keys among them."""
    keys = [key.lower() for key, _ in tags]
    in_limits = all(0 < len(key) <= 128 and len(value) <= 256 for key, value in tags)
    in_charset = all(
        TAG_TEXT.fullmatch(key) and TAG_TEXT.fullmatch(value) and not key.lower().startswith("aws:")
        for key, value in tags
    )
    if len(tags) > MOST_TAGS or len(set(keys)) != len(keys) or not in_limits or not in_charset:
        raise AwsError("ValidationError", "Unable to validate tags")
    if any(key.lower() not in keys for key in transitive):
        raise AwsError("ValidationError", "The specified transitive tag key must be included in the requested tags.")
    return dict(tags)


def session_policies(call: Call) -> list[dict] | None:
    """The inline session policy of a call, None without one."""
    text = call.text("Policy")
    if text is None:
        return None
    document = policies.parse(text)
    if not document:
        raise AwsError("MalformedPolicyDocument", "Syntax errors in policy.")
    return [document]


def packed_percent(call: Call, tags: dict[str, str]) -> int | None:
    """Roughly how much of the packed limit policy and tags take, None without either; too much is refused."""
    policy = call.text("Policy") or ""
    if not policy and not tags:
        return None
    size = len(policy) + (len(json.dumps(tags)) // 2 if tags else 0)
    percent = -(-size * 100 // PACKED_BYTES)
    if percent > 100:
        raise AwsError(
            "PackedPolicyTooLarge", f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
        )
    return percent
