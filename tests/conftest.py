"""Fixtures of all tests from outside: one demo for those that only use it, one emulator and one server for those that
change what AWS says."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from outside.emulator import Cloud, Emulator  # noqa: E402
from outside.okta import Api, sign_in  # noqa: E402
from outside.process import Demo, serve  # noqa: E402


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
def serving(tmp_path_factory, emulator):
    """The API of a server over that AWS."""
    with serve(tmp_path_factory.mktemp("server"), emulator) as running:
        yield Api(running.url, running.token)


@pytest.fixture(scope="session")
def impatient(tmp_path_factory, emulator):
    """The same, and quick to give an account up. Its good accounts have no more time than the bad ones: a loaded
    machine must still read them within it."""
    settings = {"ROLEGATE_DISCOVERY_ACCOUNT_TIMEOUT_SECONDS": "20"}
    with serve(tmp_path_factory.mktemp("impatient"), emulator, **settings) as running:
        yield Api(running.url, running.token)
