"""The command line: one line when ready, a clean end, no orphan."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time

import requests
from conftest import FOLDER, Process


def test_one_json_line_says_where(process):
    assert set(json.loads(process.first_line)) == {"url"}
    assert requests.get(process.url, timeout=60).status_code == 200


def test_a_signal_ends_it_at_once_even_with_a_request_hanging():
    for number in (signal.SIGTERM, signal.SIGINT):
        one = Process()
        rule = {"action": "*", "fault": "hang", "seconds": 600}
        requests.post(f"{one.url}/__emulator/faults", json=[rule], timeout=60)
        held = threading.Thread(target=lambda url=one.url: quiet_post(url))
        held.start()
        while not requests.get(f"{one.url}/__emulator/faults", timeout=60).json()["calls"]:
            time.sleep(0.05)
        one.child.send_signal(number)
        assert one.child.wait(60) == 0, "long before the request that hangs would have ended"
        held.join()


def quiet_post(url: str) -> None:
    try:
        requests.post(url, data={"Action": "GetCallerIdentity", "Version": "2011-06-15"}, timeout=600)
    except requests.RequestException:
        pass


def test_the_end_of_stdin_ends_it():
    one = Process()
    one.child.stdin.close()
    assert one.child.wait(60) == 0


def test_a_port_in_use_is_said_so():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = subprocess.run(
            [sys.executable, "-m", "rolegate_emulator", "--listen", address],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 1
    assert address in ended.stderr and "hint:" in ended.stderr
    assert ended.stdout == ""


def test_a_bad_address_is_refused():
    ended = subprocess.run(
        [sys.executable, "-m", "rolegate_emulator", "--listen", "nowhere"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, "`nowhere` is not HOST:PORT" in ended.stderr) == (2, True)
