"""The limits that an API model states, in the words of AWS's own validation."""

import re

from .wire import validation_error

NUMBER = re.compile(r"-?\d{1,10}")


def problem(name: str, value: str, rule: str) -> str:
    """One broken constraint."""
    return f"Value '{value}' at '{name}' failed to satisfy constraint: {rule}"


def missing(name: str) -> str:
    """A required parameter that is not there."""
    return f"Value null at '{name}' failed to satisfy constraint: Member must not be null"


def pattern_problem(name: str, value: str, pattern: str) -> str:
    """A parameter with characters that its pattern does not have."""
    return problem(name, value, f"Member must satisfy regular expression pattern: {pattern}")


def length_problem(name: str, value: str, least: int, most: int) -> str | None:
    """A parameter that is too short or too long, None for one that is right."""
    if len(value) < least:
        return problem(name, value, f"Member must have length greater than or equal to {least}")
    if len(value) > most:
        shown = value if len(value) < 4096 else f"{value[:64]}..."
        return problem(name, shown, f"Member must have length less than or equal to {most}")
    return None


def number_between(name: str, text: str, least: int, most: int) -> int:
    """A number within its bounds; anything that is no number counts as too small."""
    value = int(text) if NUMBER.fullmatch(text) else None
    if value is None or value < least:
        raise validation_error(problem(name, text, f"Member must have value greater than or equal to {least}"))
    if value > most:
        raise validation_error(problem(name, text, f"Member must have value less than or equal to {most}"))
    return value
