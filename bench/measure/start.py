"""How soon an existing instance serves, and what it holds while nobody asks: the database has 1,000 accounts."""

import time

from measure import discovery, table
from measure.clock import cpu_seconds, memory_mb
from measure.paths import SERVER
from measure.server import Server

SIZE = 1000
TIMES = 10
IDLE_SECONDS = 30
GOAL_MS, GOAL_MB = 300, 60


def measure(folder, _options):
    """Starts it again and again; the last one stays for a while."""
    home = folder / "start"
    home.mkdir()
    with discovery.cloud(folder) as endpoint:
        server = Server(home, AWS_ENDPOINT_URL=endpoint)
        server.set_up()
        with server:
            discovery.refresh(server, discovery.connect(server, SIZE), SIZE)
        starts = []
        for number in range(TIMES):
            with server:
                starts.append(server.start_seconds * 1000)
                if number == TIMES - 1:
                    idle = _idle(server)
    table.say(f"  {TIMES} starts: {min(starts):.0f} to {max(starts):.0f} ms; idle {idle['rss_mb']:.1f} MB")
    return {"starts_ms": starts, **idle, "binary_mb": SERVER.stat().st_size / 2**20,
            "database_mb": sum(file.stat().st_size for file in home.glob("rolegate.db*")) / 2**20}


def _idle(server):
    at_once, used = memory_mb(server.pid, "VmRSS"), cpu_seconds(server.pid)
    time.sleep(IDLE_SECONDS)
    return {"rss_at_start_mb": at_once, "rss_mb": memory_mb(server.pid, "VmRSS"),
            "idle_cpu_ms_a_second": (cpu_seconds(server.pid) - used) * 1000 / IDLE_SECONDS}
