"""Accounts of Active Directory that are not let in: each reason in the log, and told to those who know the password."""

import pathlib
import subprocess

import pytest
from directories.running import program
from outside.directory import LONG_AGO, PASSWORD, TWO_DAYS, entry

pytestmark = pytest.mark.parametrize("directory", ["samba"], indirect=True)

REASONS = {
    "ACCOUNT_EXPIRED": ({"accountExpires": [LONG_AGO]}, {"accountExpires": [0]}, "Your account has expired."),
    "MUST_CHANGE_PASSWORD": ({"pwdLastSet": [0]}, {"pwdLastSet": [-1]}, "You have to choose a new password first."),
    "NOT_NOW": ({"logonHours": [bytes(21)]}, {"logonHours": [b"\xff" * 21]}, "may not sign in at this time"),
    "ACCOUNT_DISABLED": ({"userAccountControl": [514]}, {"userAccountControl": [512]}, None),
}

PAST_THE_SERVER = """
import sys
from ldb import FLAG_MOD_REPLACE, Dn, Message, MessageElement
from samba import auth, param, samdb
configuration, database, dn, when = sys.argv[1:]
settings = param.LoadParm(configuration)
domain = samdb.SamDB(database, session_info=auth.system_session(), lp=settings)
change = Message(Dn(domain, dn))
change["pwdLastSet"] = MessageElement(when, FLAG_MOD_REPLACE, "pwdLastSet")
# DSDB_CONTROL_PASSWORD_BYPASS_LAST_SET_OID
domain.modify(change, controls=["local_oid:1.3.6.1.4.1.7165.4.3.20:0"])
"""


def is_refused(company, reason, told):
    """The right password is answered by what may be told, or as a wrong one; a wrong one as always."""
    answer = company.authn(company.login, PASSWORD)
    said = answer.refused(401, "E0000004")
    assert company.last_sign_in() == company.refused(reason)
    wrong = company.authn(company.login, "wrong").refused(401, "E0000004")
    assert (told in said and told not in wrong) if told else said == wrong, (said, wrong)
    assert company.last_sign_in() == company.refused("INVALID_CREDENTIALS")


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_is_told_apart(company, reason):
    before, after, told = REASONS[reason]
    company.sign_in()
    company.directory.replace(company.ann, **before)
    is_refused(company, reason, told)
    company.directory.replace(company.ann, **after)
    company.sign_in()


def test_a_password_whose_life_has_ended_is_told(company):
    company.sign_in()
    short = f"cn=short-{company.unit.number},cn=Password Settings Container,cn=System,{company.directory.told['suffix']}"
    company.directory.change(entry(short, "add", {
        "objectClass": ["msDS-PasswordSettings"], "msDS-PasswordSettingsPrecedence": [1],
        "msDS-PasswordReversibleEncryptionEnabled": ["FALSE"], "msDS-PasswordHistoryLength": [0],
        "msDS-PasswordComplexityEnabled": ["FALSE"], "msDS-MinimumPasswordLength": [0], "msDS-MinimumPasswordAge": [0],
        "msDS-MaximumPasswordAge": [-TWO_DAYS], "msDS-LockoutThreshold": [0], "msDS-LockoutDuration": [-TWO_DAYS],
        "msDS-LockoutObservationWindow": [-TWO_DAYS], "msDS-PSOAppliesTo": [company.ann]}))
    company.sign_in()
    set_long_ago(company.directory, company.ann)
    is_refused(company, "PASSWORD_EXPIRED", "Your password has expired.")
    company.directory.change(entry(short, "delete", {}))
    company.sign_in()


def set_long_ago(directory, dn):
    """Makes a password old. No client may write that: it goes past the server, by Samba's own Python."""
    python = pathlib.Path(program("samba-tool")).read_text().splitlines()[0].removeprefix("#!").strip()
    configuration = pathlib.Path(directory.told["configuration"])
    arguments = [str(configuration), str(configuration.parent.parent / "private/sam.ldb"), dn, str(LONG_AGO)]
    done = subprocess.run([python, "-c", PAST_THE_SERVER, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_account_that_the_directory_locked_is_told_in_the_log_alone(company):
    company.sign_in()
    for _ in range(3):
        assert not company.directory.takes(company.ann, "wrong")
    company.authn(company.login, PASSWORD).refused(401, "E0000004")
    assert company.last_sign_in() == company.refused("LOCKED_IN_DIRECTORY")
    company.directory.replace(company.ann, lockoutTime=[0])
    company.sign_in()
