"""What the machine is, and how fast it signs without us."""

import os
import pathlib
import platform
import re
import shutil
import subprocess


def describe():
    """Processor, cores, memory, kernel."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.M)
    memory = int(re.search(r"^MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1))
    return {"processor": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
            "memory_gb": round(memory / 2**20, 1), "kernel": platform.release(), "openssl": _openssl("version").split("(")[0].strip()}


def load_average():
    """Of the last minute."""
    return os.getloadavg()[0]


def signs_per_second(processes=1, seconds=3):
    """RSA-2048 signatures a second by `openssl speed`, over all its processes. With one process openssl divides by the
    processor time that it used itself, so that what else runs on the machine does not count."""
    many = ["-multi", str(processes)] if processes > 1 else []
    output = _openssl("speed", "-seconds", str(seconds), *many, "rsa2048")
    return float(re.search(r"^rsa 2048 bits\s+\S+\s+\S+\s+([\d.]+)", output, re.M).group(1))


def _openssl(*words):
    if shutil.which("openssl") is None:
        raise SystemExit("bench/run: `openssl` is not there; install it: it is what our signing is compared with")
    return subprocess.run(["openssl", *words], capture_output=True, text=True, check=True, timeout=120).stdout
