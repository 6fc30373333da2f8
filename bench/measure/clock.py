"""What a process used, as the kernel counts it."""

import pathlib
import re
import time


def cpu_seconds(pid):
    """Processor time of all threads of a process, ended ones included: utime + stime of /proc/PID/stat, but in
    nanoseconds instead of ticks (the kernel's clock id of a process, clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def memory_mb(pid, name):
    """`VmRSS` (resident now) or `VmHWM` (its peak) in MB of 2^20 bytes."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB$", status, re.M).group(1)) / 1024
