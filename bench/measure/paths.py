"""Where things are. Everything that a run makes lies in ignored folders."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "bench"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
SERVER = pathlib.Path(os.environ.get("ROLEGATE_BINARY") or TARGET / "release/rolegate")
SIDES = TARGET / "release/rolegate-bench"
