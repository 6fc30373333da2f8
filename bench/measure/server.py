"""`rolegate serve` on a database of its own, set up as an operator would: by its command line and its API."""

import contextlib
import http.client
import json
import socket
import subprocess
import time

from measure import children
from measure.paths import SERVER

PASSWORD = "benchmark-only-correct-horse-9174"
START_SECONDS = 30


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """One server over a folder. The folder stays; another server can go on with it."""

    def __init__(self, folder, **more):
        self.folder, self.port, self.token = folder, free_port(), None
        self.settings = {"ROLEGATE_LISTEN": f"127.0.0.1:{self.port}", "ROLEGATE_DATABASE_URL": f"sqlite:{folder / 'rolegate.db'}",
                         "ROLEGATE_MASTER_KEY_FILE": str(folder / "master.key"), **more}
        self.child, self.start_seconds = None, None

    def command(self, *words, stdin=""):
        """Runs a command on the database; answers what it printed."""
        done = subprocess.run([SERVER, *words], input=stdin, capture_output=True, text=True, cwd=self.folder, timeout=60,
                              env=children.environment(self.folder, **self.settings), check=False)
        if done.returncode != 0:
            raise SystemExit(f"bench/run: `rolegate {' '.join(words)}` failed: {done.stderr}")
        return done.stdout.strip()

    def set_up(self):
        """An administrator and an API token."""
        self.command("admin", "user", "create", "--login", "admin@example.com", "--role", "super_admin",
                     "--password-stdin", stdin=PASSWORD + "\n")
        self.token = self.command("admin", "token", "create", "--name", "bench")

    def __enter__(self):
        begun = time.perf_counter()
        self.child = children.start([SERVER, "serve"], self.folder, **self.settings)
        children.until(self._is_ready, START_SECONDS, lambda: f"ready\n{children.what_it_said(self.child)}", pause=0.001)
        self.start_seconds = time.perf_counter() - begun
        return self

    def __exit__(self, *_):
        children.stop(self.child)

    @property
    def pid(self):
        """Its process id."""
        return self.child.pid

    def _is_ready(self):
        if self.child.poll() is not None:
            raise SystemExit(f"bench/run: `rolegate serve` ended:\n{children.what_it_said(self.child)}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.request("GET", "/readyz")[0] == 200
        return False

    def request(self, method, path, body=None, cookie=None):
        """One request; answers status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"accept": "application/json", "content-type": "application/json"}
        if cookie:
            headers["cookie"] = cookie
        elif self.token:
            headers["authorization"] = f"SSWS {self.token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def call(self, method, path, body=None):
        """A call of the API that must succeed; answers its JSON."""
        status, answer = self.request(method, path, body)
        if status >= 300:
            raise SystemExit(f"bench/run: {method} {path}: {status} {answer[:500]!r}")
        return json.loads(answer) if answer else None

    def new_app(self, label):
        """An app instance; answers its id."""
        settings = {"identityProviderArn": "arn:aws:iam::999999999999:saml-provider/Rolegate", "sessionDuration": 3600}
        app = {"name": "amazon_aws", "label": label, "signOnMode": "SAML_2_0", "settings": {"app": settings}}
        return self.call("POST", "/api/v1/apps", app)["id"]

    def new_person(self, login):
        """A user with a password; answers the id."""
        profile = {"login": login, "email": login, "firstName": "Bench", "lastName": "Mark"}
        user = {"profile": profile, "credentials": {"password": {"value": PASSWORD}}}
        return self.call("POST", "/api/v1/users?activate=true", user)["id"]

    def sign_in(self, login):
        """Signs a person in as Okta's clients do; answers the cookie."""
        token = self.call("POST", "/api/v1/authn", {"username": login, "password": PASSWORD})["sessionToken"]
        return "sid=" + self.call("POST", "/api/v1/sessions", {"sessionToken": token})["id"]
