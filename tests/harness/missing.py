"""The error of a part that cannot be had."""


class Missing(Exception):
    """What is missing, and what to do about it."""

    def __init__(self, what, hint):
        super().__init__(f"{what}\n  hint: {hint}")
