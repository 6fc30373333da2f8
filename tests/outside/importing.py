"""A server that imports a directory, as its administrator uses it: by the command line and the API."""

import contextlib
import json
import sqlite3

from outside.okta import Api
from outside.process import Server, command, serve
from outside.waiting import until

# How long the slowest machine may take for an import of a few thousand people.
IMPORT_SECONDS = 300


class Importing:
    """`rolegate serve` over a folder, with a directory `corp`."""

    def __init__(self, home, settings):
        self.home = home
        self.server = serve(home)
        self.token = self.server.token
        self.id = self.api.post("/api/v1/directories?activate=true", settings).expect(201).json["id"]
        self.path = f"/api/v1/directories/{self.id}"

    @property
    def api(self):
        """The server as it is now."""
        return Api(self.server.url, self.token)

    def command(self, *words):
        """`rolegate directory …`."""
        return command(self.home, "directory", *words, ROLEGATE_URL=self.server.url, ROLEGATE_API_TOKEN=self.token,
                       seconds=IMPORT_SECONDS)

    def imports(self, *options, code=0, status="SUCCEEDED"):
        """An import by the command line, to its end; answers its run."""
        ended = self.command("import", "corp", "--json", *options)
        assert ended.returncode == code, (ended.stdout, ended.stderr)
        run = json.loads(ended.stdout)
        assert run["status"] == status, run
        return run

    def begin(self):
        """Begins an import of everything, and goes on."""
        return self.api.post(f"{self.path}/import").expect(202).json

    def standing(self, run):
        """How an import stands now."""
        return self.api.get(f"{self.path}/runs/{run['id']}").expect(200).json

    def ended(self, run):
        """An import's end."""
        def over():
            found = self.standing(run)
            return found if found["status"] not in ("PENDING", "RUNNING") else None
        return until(over, IMPORT_SECONDS, "the import ends")

    def users(self):
        """Id and status of everybody, by login."""
        return {user["profile"]["login"]: (user["id"], user["status"]) for user in self.api.all("/api/v1/users")}

    def groups(self, login):
        """Names of the groups that somebody is in."""
        found = self.api.get(f"/api/v1/users/{login}/groups").expect(200).json
        return {group["profile"]["name"] for group in found if group["type"] == "APP_GROUP"}

    def log(self, kind):
        """Entries of the system log of one type."""
        return self.api.all(f'/api/v1/logs?limit=1000&until=2099-01-01T00:00:00.000Z&filter=eventType+eq+%22{kind}%22')

    def prepared(self):
        """How many people are written and not seen yet."""
        with contextlib.closing(sqlite3.connect(f"file:{self.home / 'rolegate.db'}?mode=ro", uri=True)) as database:
            return database.execute("select count(*) from user_records where hidden is not null").fetchone()[0]

    def is_swept(self):
        """Waits until nothing is left of what was prepared: it goes in pieces, after the end."""
        return until(lambda: self.prepared() == 0, IMPORT_SECONDS, "what was prepared is swept away")

    def restart(self):
        """Starts a server that was killed, at the same address."""
        self.server = Server(self.home, ROLEGATE_LISTEN=self.server.url.removeprefix("http://"))
        return self.server
