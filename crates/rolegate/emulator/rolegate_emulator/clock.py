"""The emulator's clock, which a test may move instead of waiting."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Real time plus an offset."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def now(self) -> datetime:
        """The emulator's time, UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_seconds)
