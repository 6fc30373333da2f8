"""What differs between AWS's partitions: regions, sign-in hosts, audiences."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Partition:
    """One AWS partition."""

    name: str
    region: re.Pattern
    signin_host: str
    audiences: frozenset[str]
    home_region: str

    def is_sign_in_url(self, recipient: str, provider_uuid: str) -> bool:
        """Whether a recipient is one of this partition's assertion consumer URLs, global, regional or of the provider."""
        match = re.fullmatch(
            rf"https://(?:([a-z0-9-]+)\.)?{re.escape(self.signin_host)}/saml(?:/acs/([A-Z0-9]+))?", recipient
        )
        if not match:
            return False
        region, uuid = match.groups()
        return (region is None or bool(self.region.match(region))) and (uuid is None or uuid == provider_uuid)

    def is_audience(self, audience: str) -> bool:
        """Whether an `Audience` names AWS in this partition: its entity id, or its sign-in URL."""
        return audience in self.audiences or self.is_sign_in_url(audience, "")


def _partition(name: str, region: str, host: str, audiences: list[str], home: str) -> Partition:
    return Partition(name, re.compile(region), host, frozenset(audiences), home)


PARTITIONS = {
    partition.name: partition
    for partition in (
        _partition(
            "aws",
            r"^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$",
            "signin.aws.amazon.com",
            ["urn:amazon:webservices"],
            "us-east-1",
        ),
        _partition(
            "aws-us-gov",
            r"^us-gov-\w+-\d+$",
            "signin.amazonaws-us-gov.com",
            ["urn:amazon:webservices:govcloud"],
            "us-gov-west-1",
        ),
        _partition(
            "aws-cn",
            r"^cn-\w+-\d+$",
            "signin.amazonaws.cn",
            ["urn:amazon:webservices:cn-north-1", "urn:amazon:webservices:cn-northwest-1"],
            "cn-north-1",
        ),
    )
}


def partition_of_region(region: str) -> str | None:
    """The partition that a region belongs to. The gov and cn patterns are narrower, so they go first."""
    for name in ("aws-us-gov", "aws-cn", "aws"):
        if PARTITIONS[name].region.match(region):
            return name
    return None
