"""`rolegate agent` beside a directory: registered, started, looked at."""

from directories.slapd import READER
from outside.process import BINARY, START_SECONDS, Child, environment
from outside.waiting import until


class Agents:
    """Of a server (`server`, `api`, its folder `home`) with the directory `id`. Each agent has a folder of its own."""

    def agents(self):
        """As administrators see them."""
        return self.api.get(f"/api/v1/directories/{self.id}/agents").expect(200).json

    def register(self, name, reader=READER):
        """Words that start a new agent, which is not registered yet and reads by this account."""
        made = self.api.post(f"/api/v1/directories/{self.id}/agents", {"name": name}).expect(201).json
        folder = self.home / name
        folder.mkdir()
        (folder / "token").write_text(made["token"])
        (folder / "bind-password").write_text(f"{reader['password']}\n")
        return ["--server", self.server.url, "--token-file", str(folder / "token"), "--bind-dn", reader["dn"],
                "--bind-password-file", str(folder / "bind-password")]

    def run(self, words):
        """Starts an agent."""
        return Child([BINARY, "agent", *words], environment(self.home), self.home)

    def connected(self, name):
        """Waits until an agent is; answers its record."""
        def is_there():
            return next((agent for agent in self.agents() if agent["name"] == name and agent["connected"]), None)
        return until(is_there, START_SECONDS, f"the agent `{name}` is connected")
