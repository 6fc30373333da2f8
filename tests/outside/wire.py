"""A wire between the server and a directory that can stand still, or be cut, after so many bytes: what happens "in the middle"
happens there each time, however fast the machine is."""

import contextlib
import socket
import threading
import urllib.parse


class Wire:
    """Listens on a port of its own and passes everything on. Whoever uses TLS finds the directory's own certificate."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.target = (parts.hostname, parts.port)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"{parts.scheme}://127.0.0.1:{self.listening.getsockname()[1]}"
        # Bytes from the directory: how many came, and after how many it stands still.
        self.passed, self.limit = 0, None
        self.stands_still, self.open = threading.Event(), threading.Condition()
        self.sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listening.accept()
                try:
                    far = socket.create_connection(self.target, 10)
                except OSError:
                    near.close()
                    continue
                self.sockets += [near, far]
                threading.Thread(target=self._carry, args=(near, far, None), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, self._count), daemon=True).start()

    def _carry(self, source, target, count):
        with contextlib.suppress(OSError):
            while piece := source.recv(16384):
                if count:
                    count(len(piece))
                target.sendall(piece)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _count(self, number):
        with self.open:
            while self.limit is not None and self.passed + number > self.limit:
                self.stands_still.set()
                self.open.wait()
            self.passed += number

    def stand_still_after(self, number):
        """From now on so many bytes come from the directory, and then none."""
        with self.open:
            self.stands_still.clear()
            self.passed, self.limit = 0, number

    def go_on(self):
        """As if nothing had been."""
        with self.open:
            self.passed, self.limit = 0, None
            self.open.notify_all()

    def cut(self):
        """Ends every connection; new ones go through."""
        for end in self.sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.sockets.clear()
        self.go_on()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.cut()
