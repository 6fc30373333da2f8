"""A threaded HTTP/1.1 server with keep-alive for one WSGI application.

werkzeug's own closes each connection, which hides what an SDK's connection pool does. A connection can
also be told to misbehave (reset, drop, cut short), which the faults need.
"""

import io
import logging
import socket
import struct
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_to_bytes

LOG = logging.getLogger(__name__)
MOST_BODY_BYTES = 64 * 1024 * 1024


class Connection:
    """What the application may ask of the connection under a request (`environ["emulator.connection"]`)."""

    def __init__(self) -> None:
        self.reset = False
        self.send_only: float | None = None

    def will_reset(self) -> None:
        """Answer with a TCP reset instead of the response."""
        self.reset = True

    def will_truncate(self, share: float) -> None:
        """Send the headers and this share of the body, then close."""
        self.send_only = share


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Runs the application for one request."""
        body = self.read_body()
        if body is None:
            return
        connection = Connection()
        status, headers = "500 Internal Server Error", []

        def start_response(new_status, new_headers, _exc_info=None):
            nonlocal status, headers
            status, headers = new_status, new_headers

        payload = b"".join(self.server.app(self.environ(body, connection), start_response))
        self.send(status, headers, payload, connection)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = answer

    def read_body(self) -> bytes | None:
        """The request's body, or None after refusing it."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            parts = []
            while size := int(self.rfile.readline().split(b";")[0].strip() or b"0", 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MOST_BODY_BYTES:
            self.close_connection = True
            self.send_error(413 if length.isdigit() else 400)
            return None
        return self.rfile.read(int(length))

    def environ(self, body: bytes, connection: Connection) -> dict:
        """The WSGI environment; `RAW_URI` keeps the path as it was sent, which SigV4 needs."""
        path, _, query = self.path.partition("?")
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "SERVER_NAME": self.server.server_address[0],
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "emulator.connection": connection,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            if key == "CONTENT_TYPE":
                environ[key] = value
            elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
                key = f"HTTP_{key}"
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def send(self, status: str, headers: list, payload: bytes, connection: Connection) -> None:
        """Writes the answer in one piece, or spoils it as asked."""
        if connection.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        head = [
            f"HTTP/1.1 {status}",
            *(f"{name}: {value}" for name, value in headers if name.lower() != "content-length"),
        ]
        head.append(f"Content-Length: {len(payload)}")
        if self.command == "HEAD":
            payload = b""
        if connection.send_only is not None:
            payload = payload[: int(len(payload) * connection.send_only)]
            self.close_connection = True
        if self.close_connection:
            head.append("Connection: close")
        self.wfile.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + payload)

    def log_message(self, template: str, *args) -> None:
        """The server's own talk goes to the log."""
        LOG.debug(template, *args)


class Server(ThreadingHTTPServer):
    """One thread a connection; none of them keeps the process alive."""

    daemon_threads = True
    request_queue_size = 1024
    app = None

    def __init__(self, address: tuple[str, int]) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, Handler)

    def shutdown_request(self, request: socket.socket) -> None:
        """Closes a connection; one set to linger zero must not be shut down first, or it would not reset."""
        linger = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        if struct.unpack("ii", linger) == (1, 0):
            request.close()
        else:
            super().shutdown_request(request)

    def handle_error(self, request, client_address) -> None:
        """A client that went away is no event; anything else is logged."""
        LOG.debug("connection from %s ended", client_address, exc_info=True)
