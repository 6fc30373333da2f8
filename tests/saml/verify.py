#!/usr/bin/env python3
"""Judges signed responses and metadata by software that we did not write.

    python3 -m venv V && V/bin/pip install -r tests/saml/requirements.txt
    V/bin/python tests/saml/verify.py

Makes the samples with `cargo run -p rolegate-saml --example sample_responses`, prints one line per case and at the end
`N passed, N failed`. Needs xmlsec1 and xmllint (Debian: xmlsec1 libxml2-utils) and fails where they are missing.
"""

import json
import logging
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT

import tampering
import verifiers
from verifiers import ATTRIBUTES, NS

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PASSED = []
FAILED = []


def case(name, check):
    """Runs one check and prints what came of it. A check answers with nothing, or with why it failed."""
    try:
        problem = check()
    except Exception as error:  # noqa: BLE001: whatever a verifier throws is a verdict
        problem = f"{type(error).__name__}: {error}"
    (FAILED if problem else PASSED).append(name)
    print(f"{'FAIL' if problem else 'ok'}  {name}{': ' + ' '.join(str(problem).split())[:400] if problem else ''}", flush=True)


def make_samples(directory):
    built = os.environ.get("ROLEGATE_SAMPLE_RESPONSES")
    program = [built] if built else ["cargo", "run", "-q", "-p", "rolegate-saml", "--example", "sample_responses", "--"]
    command = [*program, str(directory), str(int(time.time() * 1000))]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return json.loads((directory / "manifest.json").read_text())


def expected(sample):
    attributes = {
        f"{ATTRIBUTES}Role": sample["roles"],
        f"{ATTRIBUTES}RoleSessionName": ["ann@example.org"],
        f"{ATTRIBUTES}SessionDuration": ["3600"],
    }
    if sample["tags"]:
        attributes[f"{ATTRIBUTES}SourceIdentity"] = ["ann"]
        attributes[f"{ATTRIBUTES}TransitiveTagKeys"] = [sample["tags"][0][0], sample["tags"][1][0]]
    for key, value in sample["tags"]:
        attributes[f"{ATTRIBUTES}PrincipalTag:{key}"] = [value]
    return {"name_id": sample["name_id"], "attributes": attributes}


def differs(read, wanted):
    if read == wanted:
        return None
    return f"read {str(read)[:150]} instead of {str(wanted)[:150]}"


def stripped(read):
    """pysaml2 takes the blanks off the ends of names and values."""
    return {
        "name_id": read["name_id"].strip(),
        "attributes": {name.strip(): [value.strip() for value in values] for name, values in read["attributes"].items()},
    }


def canonical(xml, path):
    """libxml2's own exclusive canonical form of the document and of the assertion are what was written."""
    if verifiers.run("xmllint", "--nonet", "--exc-c14n", path).rstrip(b"\n") != xml:
        return "the document is not its own canonical form"
    assertion = verifiers.parse(xml).find("a:Assertion", NS)
    alone = etree.tostring(assertion, method="c14n", exclusive=True, with_tail=False)
    return None if alone in xml else "the assertion alone has another canonical form"


def judge_samples(directory, manifest, client, env):
    for sample in manifest["cases"]:
        name, key = sample["name"], sample["key"]
        path = directory / f"{name}.xml"
        xml = path.read_bytes()
        wanted = expected(sample)
        case(f"{name}: xmlsec1 accepts and reads", lambda: differs(verifiers.read_with_xmlsec1(xml, directory, key), wanted))
        case(f"{name}: signxml accepts and reads", lambda: differs(verifiers.read_with_signxml(xml, directory, key), wanted))
        case(f"{name}: pysaml2 accepts and reads",
             lambda: differs(stripped(verifiers.read_with_pysaml2(xml, client)), stripped(wanted)))
        case(f"{name}: valid by the schema (xmllint)", lambda: verifiers.validate_with_xmllint(path, "protocol", env))
        case(f"{name}: valid by the schema (xmlschema)", lambda: verifiers.validate_with_xmlschema(str(path)))
        case(f"{name}: is its own canonical form", lambda: canonical(xml, path))
        case(f"{name}: fits into what AWS takes",
             lambda: None if sample["encoded_length"] <= 100_000 else sample["encoded_length"])


def refused(read, xml, change):
    """The verifier refuses what `change` made. A forgery that changes nothing, or a tool that does not run, is no proof."""
    forged = change(xml)
    if forged == xml:
        return "nothing was changed"
    try:
        values = read(forged)
    except (OSError, subprocess.TimeoutExpired) as error:
        return error
    except Exception:  # noqa: BLE001: every other exception is a refusal
        return None
    return f"accepted, and read {str(values)[:200]}"


def harmless(read, xml, change, wanted):
    """The signature does not cover the change: refused, or nothing else is read than what was signed."""
    return refused(read, xml, change) and differs(read(change(xml)), wanted)


def readers(directory, client, key):
    return {
        "xmlsec1": lambda xml: verifiers.read_with_xmlsec1(xml, directory, key),
        "signxml": lambda xml: verifiers.read_with_signxml(xml, directory, key),
        "pysaml2": lambda xml: verifiers.read_with_pysaml2(xml, client),
    }


def judge_forgeries(directory, manifest, client):
    for kind in ("assertion", "both"):
        sample = next(each for each in manifest["cases"] if each["name"] == f"rsa2048-{kind}-020")
        xml = (directory / f"{sample['name']}.xml").read_bytes()
        wanted = expected(sample)
        attacks = tampering.FORGERIES | (tampering.RESPONSE_FORGERIES if kind == "both" else {})
        attacks["signed by a stranger"] = lambda _: (directory / f"stranger-{kind}.xml").read_bytes()
        unsigned_parts = {
            "comment inside a name": tampering.HARMLESS_COMMENT,
            "certificate swapped": tampering.other_certificate((directory / "stranger.pem").read_text()),
        }
        for verifier, read in readers(directory, client, "rsa2048").items():
            # Without this a verifier that refuses everything would pass.
            case(f"{kind}: {verifier} accepts the original", lambda: differs(read(xml), wanted))
            for attack, change in attacks.items():
                case(f"{kind}, {attack}: {verifier} refuses", lambda: refused(read, xml, change))
            for attack, change in unsigned_parts.items():
                case(f"{kind}, {attack}: {verifier} refuses or reads what was signed",
                     lambda: harmless(read, xml, change, wanted))


def judge_metadata(directory, manifest, env):
    for key, other in (("rsa2048", "rsa3072"), ("rsa3072", "rsa2048")):
        path = directory / f"{key}-metadata.xml"
        case(f"{key} metadata: valid by the schema (xmllint)", lambda: verifiers.validate_with_xmllint(path, "metadata", env))
        case(f"{key} metadata: valid by the schema (xmlschema)", lambda: verifiers.validate_with_xmlschema(str(path)))

        def loads():
            client = verifiers.service_provider(directory, key)
            certificates, addresses = verifiers.metadata_as_read(client, manifest["entity_id"])
            pems = [(directory / f"{name}.pem").read_text().splitlines()[1:-1] for name in (key, other)]
            return (differs(certificates, ["".join(lines) for lines in pems])
                    or differs(addresses, dict.fromkeys((BINDING_HTTP_POST, BINDING_HTTP_REDIRECT), manifest["sso_url"])))

        case(f"{key} metadata: pysaml2 finds the active certificate, then the next, and both addresses", loads)
        text = path.read_bytes()
        case(f"{key} metadata: UTF-8 without byte order mark, of a length that IAM takes",
             lambda: None if text.startswith(b"<?xml") and 1_000 <= len(text.decode()) <= 10_000_000 else len(text))


def main():
    logging.disable(logging.CRITICAL)
    missing = [tool for tool in ("xmlsec1", "xmllint", "cargo") if shutil.which(tool) is None]
    if missing:
        sys.exit(f"error: not installed: {', '.join(missing)}\nhint: apt-get install xmlsec1 libxml2-utils")
    with tempfile.TemporaryDirectory(prefix="rolegate-saml-") as name:
        directory = pathlib.Path(name)
        manifest = make_samples(directory)
        env = os.environ | verifiers.catalog(directory)
        client = verifiers.service_provider(directory, "rsa2048")
        judge_samples(directory, manifest, client, env)
        judge_forgeries(directory, manifest, client)
        judge_metadata(directory, manifest, env)
    print(f"{len(PASSED)} passed, {len(FAILED)} failed")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
