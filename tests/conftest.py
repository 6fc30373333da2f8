"""Fixtures of all tests from outside: one demo for those that only use it, one emulator and one server for those that
change what AWS says."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from outside.emulator import Cloud, Emulator  # noqa: E402
from outside.okta import Api, sign_in  # noqa: E402
from outside.process import Demo, Server, command  # noqa: E402


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """`rolegate demo`, shared: leave its sample people as they are."""
    with Demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="session")
def api(demo):
    """The demo's API, by its token."""
    return Api(demo.url, demo.token)


@pytest.fixture(scope="session")
def cloud(demo):
    """The demo's emulator."""
    return Cloud(demo.aws_endpoint)


@pytest.fixture(scope="session")
def person(demo):
    """Signs one of the sample people in."""
    return lambda login: sign_in(demo.url, login, demo.passwords[login])


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    """An AWS of our own, shared: each test takes accounts of its own (`Estate`)."""
    with Emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(autouse=True)
def no_fault_is_left(request):
    """Faults are one test's: they end with it."""
    yield
    if "emulator" in request.fixturenames:
        request.getfixturevalue("emulator").faults()


@pytest.fixture(scope="session")
def server(tmp_path_factory, emulator):
    """`rolegate serve` over that AWS, quick to give an account up."""
    home = tmp_path_factory.mktemp("server")
    settings = {"AWS_ENDPOINT_URL": emulator.url, "ROLEGATE_DISCOVERY_ACCOUNT_TIMEOUT_SECONDS": "6"}
    made = command(home, "admin", "token", "create", "--name", "tests", **Server.files(home))
    assert made.returncode == 0, made.stderr
    with Server(home, **settings) as running:
        running.home, running.token = home, made.stdout.strip()
        yield running


@pytest.fixture(scope="session")
def serving(server):
    """That server's API."""
    return Api(server.url, server.token)
