"""The `Condition` block of a policy, against a context in which everything is known."""

import ipaddress
import re
from datetime import UTC, datetime

Context = dict[str, list[str]]
VARIABLE = re.compile(r"\$\{([^}]*)\}")


def context_of(values: dict[str, str | list[str] | None]) -> Context:
    """A context: names in lower case, values as lists, missing ones left out."""
    return {
        name.lower(): list(value) if isinstance(value, (list, tuple)) else [str(value)]
        for name, value in values.items()
        if value is not None
    }


def holds(conditions: dict, context: Context) -> bool:
    """Whether every operator and every key of the block is met."""
    return all(
        operator_holds(operator, key, as_list(wanted), context)
        for operator, keys in (conditions or {}).items()
        for key, wanted in keys.items()
    )


def operator_holds(operator: str, key: str, wanted: list, context: Context) -> bool:
    """One key of one operator: set prefix, `IfExists`, negation, then the comparison itself."""
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    present = context.get(key.lower())
    if name == "Null":
        return (present is None) == (str(wanted[0]).lower() == "true")
    if not present:
        if if_exists or quantifier == "ForAllValues":
            return True
        return negated(name) and quantifier != "ForAnyValue"
    texts = [substitute(text_of(value), context) for value in wanted]
    matches = [matches_any(name, value, texts) for value in present]
    return all(matches) if quantifier == "ForAllValues" or (negated(name) and not quantifier) else any(matches)


def negated(name: str) -> bool:
    """Whether an operator asserts absence."""
    return "Not" in name


def matches_any(name: str, value: str, wanted: list[str]) -> bool:
    """Whether a context value meets an operator for its values: one of them, or none for a negated one."""
    compare = OPERATORS.get(name.replace("Not", "", 1) if negated(name) and name != "Null" else name)
    if compare is None:
        return False
    hit = any(safely(compare, value, one) for one in wanted)
    return not hit if negated(name) else hit


def safely(compare, value: str, wanted: str) -> bool:
    """A value that is not of the operator's type does not match."""
    try:
        return compare(value, wanted)
    except ValueError:
        return False


def wildcard(pattern: str, value: str, ignore_case: bool = False) -> bool:
    """`*` and `?` as in policies."""
    parts = ("." if c == "?" else ".*" if c == "*" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def arn_like(value: str, pattern: str) -> bool:
    """ARNs compared field by field."""
    fields, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(fields) == len(patterns) == 6 and all(map(wildcard, patterns, fields))


def date_of(text: str) -> datetime:
    """A time in ISO form or in seconds."""
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def substitute(text: str, context: Context) -> str:
    """Policy variables such as `${saml:sub}`; an unknown one stays and so matches nothing."""
    return VARIABLE.sub(lambda match: (context.get(match[1].lower()) or [match[0]])[0], text)


def text_of(value) -> str:
    """A JSON scalar as policies compare it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_list(value) -> list:
    """Policies allow one value in place of a list."""
    return value if isinstance(value, list) else [value]


OPERATORS = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": lambda value, wanted: wildcard(wanted, value),
    "NumericEquals": lambda value, wanted: float(value) == float(wanted),
    "NumericLessThan": lambda value, wanted: float(value) < float(wanted),
    "NumericLessThanEquals": lambda value, wanted: float(value) <= float(wanted),
    "NumericGreaterThan": lambda value, wanted: float(value) > float(wanted),
    "NumericGreaterThanEquals": lambda value, wanted: float(value) >= float(wanted),
    "DateEquals": lambda value, wanted: date_of(value) == date_of(wanted),
    "DateLessThan": lambda value, wanted: date_of(value) < date_of(wanted),
    "DateLessThanEquals": lambda value, wanted: date_of(value) <= date_of(wanted),
    "DateGreaterThan": lambda value, wanted: date_of(value) > date_of(wanted),
    "DateGreaterThanEquals": lambda value, wanted: date_of(value) >= date_of(wanted),
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "BinaryEquals": lambda value, wanted: value == wanted,
    "IpAddress": lambda value, wanted: ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False),
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
}
KNOWN = (
    frozenset(OPERATORS)
    | {"Null"}
    | {
        name.replace(kind, f"{kind}Not", 1)
        for kind in ("String", "Numeric", "Date", "Arn")
        for name in OPERATORS
        if name.startswith(kind) and ("Equals" in name or "Like" in name) and "Than" not in name
    }
    | {"NotIpAddress"}
)
