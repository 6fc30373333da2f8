"""Talks to the API as Okta's clients do: standard library, no SDK, so that headers and bodies are seen as they are."""

import dataclasses
import http.client
import json
import re
import urllib.parse


@dataclasses.dataclass
class Answer:
    """One answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    request: str

    @property
    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self):
        """The body as text."""
        return self.body.decode()

    def expect(self, status):
        """This answer, if it has this status."""
        assert self.status == status, f"{self.request}: {self.status} instead of {status}: {self.body[:1000]!r}"
        return self

    def refused(self, status, code):
        """An error in Okta's form with this status and code; answers its words."""
        self.expect(status)
        error = self.json
        assert error["errorCode"] == code == error["errorLink"], f"{self.request}: {error}"
        assert error["errorId"].startswith("oae") and error["errorSummary"], error
        return " ".join([error["errorSummary"], *(cause["errorSummary"] for cause in error["errorCauses"])])

    def links(self):
        """`Link` headers, one line for each relation, in their order."""
        pattern = re.compile(r'^<([^>]+)>; rel="(\w+)"$')
        return [pattern.match(line).group(2, 1) for line in self.headers.get_all("Link") or []]


class Api:
    """The API at `url`, by token, by session cookie, or as nobody."""

    def __init__(self, url, token=None, cookies=None):
        self.url, self.token, self.cookies = url, token, dict(cookies or {})

    def request(self, method, path, body=None, headers=None):
        """Sends one request. `path` may be a whole URL of the same server. Never follows a redirect."""
        parts = urllib.parse.urlsplit(path if path.startswith("http") else self.url + path)
        sent = {"accept": "application/json", **self._identity(), **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
        try:
            connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, sent)
            answer = connection.getresponse()
            return self._remember(Answer(answer.status, answer.headers, answer.read(), f"{method} {path}"))
        finally:
            connection.close()

    def _identity(self):
        headers = {"authorization": f"SSWS {self.token}"} if self.token else {}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return headers

    def _remember(self, answer):
        if self.token is None:
            for line in answer.headers.get_all("Set-Cookie") or []:
                name, _, rest = line.partition("=")
                value = rest.partition(";")[0]
                if value and "Max-Age=0" not in line:
                    self.cookies[name] = value
                else:
                    self.cookies.pop(name, None)
        return answer

    def get(self, path, **headers):
        """GET."""
        return self.request("GET", path, headers=headers)

    def post(self, path, body=None, **headers):
        """POST."""
        return self.request("POST", path, body, headers)

    def put(self, path, body=None, **headers):
        """PUT."""
        return self.request("PUT", path, body, headers)

    def delete(self, path, **headers):
        """DELETE."""
        return self.request("DELETE", path, headers=headers)

    def all(self, path):
        """Every item of a list, page after page, as the `next` links lead."""
        items = []
        for _ in range(1000):
            answer = self.get(path).expect(200)
            items += answer.json
            following = dict(answer.links()).get("next")
            if following is None:
                return items
            path = following
        raise AssertionError(f"no end of {path}")


def sign_in(url, login, password):
    """A signed-in person: `authn`, then a session from its one-time token, kept as the cookie `sid`."""
    person = Api(url)
    answer = person.post("/api/v1/authn", {"username": login, "password": password}).expect(200)
    assert answer.json["status"] == "SUCCESS", answer.json
    session = person.post("/api/v1/sessions", {"sessionToken": answer.json["sessionToken"]}).expect(200)
    person.cookies["sid"] = session.json["id"]
    return person
