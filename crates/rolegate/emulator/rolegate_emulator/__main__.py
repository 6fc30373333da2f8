"""Command line: bind, say where, serve until told to stop."""

import argparse
import json
import logging
import os
import signal
import sys
import threading

from .app import Emulator
from .http_server import Server


def main() -> None:
    """Runs the emulator; prints one JSON line `{"url": …}` on stdout once it answers."""
    options = parse_options()
    logging.basicConfig(
        stream=sys.stderr, level=options.log_level.upper(), format="emulator: %(levelname)s %(message)s"
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    host, port = options.listen
    try:
        server = Server((host, port))
    except OSError as error:
        sys.exit(
            f"emulator: cannot listen on `{host}:{port}`: {error.strerror}\nhint: choose another port, or 0 for a free one"
        )
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{server.server_address[1]}"
    server.app = Emulator(url, stop)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    if options.exit_with_stdin:
        threading.Thread(target=wait_for_end_of_stdin, args=(stop,), daemon=True).start()
    print(json.dumps({"url": url}), flush=True)

    stop.wait()
    server.socket.close()
    # Threads may be held by a `hang` fault; nothing here has state worth a slower end.
    os._exit(0)


def parse_options() -> argparse.Namespace:
    """Reads the options."""
    parser = argparse.ArgumentParser(prog="rolegate_emulator", description=__doc__)
    parser.add_argument(
        "--listen", type=address, default=("127.0.0.1", 0), help="address to bind, port 0 for a free one"
    )
    parser.add_argument(
        "--exit-with-stdin", action="store_true", help="end when stdin reaches its end (the parent died)"
    )
    parser.add_argument("--log-level", default="warning", choices=["debug", "info", "warning", "error"])
    return parser.parse_args()


def address(text: str) -> tuple[str, int]:
    """Parses `HOST:PORT`."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"`{text}` is not HOST:PORT")
    return host.strip("[]"), int(port)


def wait_for_end_of_stdin(stop: threading.Event) -> None:
    """Stops the emulator once nobody holds the other end of stdin."""
    while os.read(0, 4096):
        pass
    stop.set()


if __name__ == "__main__":
    main()
