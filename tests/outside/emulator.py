"""The AWS emulator: a process of its own or a demo's, its control endpoints, and boto3 on it."""

import json
import os
import sys
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from outside.process import EMULATOR, Child, environment

ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=30, read_timeout=120)
REGIONS = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}


class Cloud:
    """An emulator that runs at `url`."""

    def __init__(self, url):
        self.url = url

    def control(self, method, name, body=None):
        """One of the emulator's own endpoints."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/__emulator/{name}", data, {"content-type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def seed(self, world, metadata=None):
        """Adds to the world, or replaces what is named."""
        return self.control("POST", "seed", {"world": world, "metadata": metadata or {}})

    def faults(self, *rules):
        """These faults from now on; without rules none."""
        if rules:
            return self.control("POST", "faults", list(rules))
        return self.control("DELETE", "faults")

    def calls(self):
        """How often each action was called since the faults were set."""
        return self.control("GET", "faults")["calls"]

    def calls_by_account(self):
        """The same by account."""
        return self.control("GET", "faults")["calls_by_account"]

    def client(self, service, partition="aws", credentials=None):
        """boto3, with credentials as STS answers them, or unsigned."""
        if credentials:
            keys = {"aws_access_key_id": credentials["AccessKeyId"], "aws_secret_access_key": credentials["SecretAccessKey"],
                    "aws_session_token": credentials.get("SessionToken")}
            config = ONCE
        else:
            keys, config = {}, ONCE.merge(Config(signature_version=UNSIGNED))
        return boto3.client(service, endpoint_url=self.url, region_name=REGIONS[partition], config=config, **keys)

    def identity(self, credentials, partition="aws"):
        """Whose credentials these are, in AWS's own words."""
        return self.client("sts", partition, credentials).get_caller_identity()["Arn"]


class Emulator(Child, Cloud):
    """One of our own, empty. It ends with its stdin, so with us, whatever happens."""

    def __init__(self, home):
        python = os.environ.get("ROLEGATE_EMULATOR_PYTHON", sys.executable)
        words = [python, "-m", "rolegate_emulator", "--listen", "127.0.0.1:0", "--exit-with-stdin"]
        Child.__init__(self, words, environment(home), EMULATOR)
        Cloud.__init__(self, json.loads(self.first_line())["url"])
