"""Writes figures for people: middle and spread over the repetitions, and whether the goal is met."""

import statistics


def say(line=""):
    """One line, at once."""
    print(line, flush=True)


def spread(values, form):
    """`middle (smallest to largest)`."""
    middle = statistics.median(values)
    return f"{middle:{form}} ({min(values):{form}} to {max(values):{form}})"


def rows(lines):
    """Aligned columns, in a form that Markdown shows as a table."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
    for line in lines:
        say("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")
    say()


def verdict(met):
    """Of a goal."""
    return "met" if met else "MISSED"
