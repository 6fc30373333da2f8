"""Where things are. Everything that a run makes lies in ignored folders."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
LOGS = CACHE / "test-logs"
TOOLS = CACHE / "tools"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
TESTS = ROOT / "tests"
EMULATOR = ROOT / "crates/rolegate/emulator"
BINARY = TARGET / "debug/rolegate"
SAMPLE_RESPONSES = TARGET / "debug/examples/sample_responses"
