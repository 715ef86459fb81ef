"""A province's CA, its node's two certificates, and the two independent checkers: the openssl command line and gmcheck.sh. All invented."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trust import gm
from trust.identity import Certificate, Crl, Reason, Revocation, Usage, issue, issue_ca, make_crl

# Beside the checkout, or above it where the checkout is a worktree.
_BESIDE = (folder / "shared" / "tools" for folder in Path(__file__).resolve().parents[4:])
TOOLS = next((folder for folder in _BESIDE if folder.is_dir()), Path("shared/tools"))
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
DAY = timedelta(days=1)
PROVINCE, NAME = "310000", "上海市大数据中心"
CA_KEY, NODE_KEY, OTHER_KEY = (gm.PrivateKey.generate() for _ in range(3))
CA = issue_ca(province=PROVINCE, name=NAME, key=CA_KEY, now=NOW)
SAME_NAME_CA = issue_ca(province=PROVINCE, name=NAME, key=OTHER_KEY, now=NOW)
JIANGSU = issue_ca(province="320000", name="江苏省", key=OTHER_KEY, now=NOW)

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command line is not installed")
needs_tools = pytest.mark.skipif(not (TOOLS / "gmcheck.sh").exists(), reason="../shared/tools is not there")


def leaf(usage: Usage = Usage.SIGNING) -> Certificate:
    return issue(ca=CA, ca_key=CA_KEY, province=PROVINCE, name=NAME, usage=usage, public_key=NODE_KEY.public, now=NOW)


SIGNING, ENCRYPTION = leaf(), leaf(Usage.ENCRYPTION)


def revoked(certificate: Certificate = SIGNING, at: datetime = NOW, reason: Reason = Reason.SUPERSEDED) -> Revocation:
    return Revocation(serial=certificate.serial, at=at, reason=reason)


def crl(*entries: Revocation, number: int = 1, made: datetime = NOW, valid: timedelta = 7 * DAY) -> Crl:
    return make_crl(ca=CA, ca_key=CA_KEY, revoked=entries, number=number, this_update=made, next_update=made + valid)


def run(*command: str | Path, **environment: str) -> str:
    """What a command prints, on both of its streams."""
    path = {"PATH": "/usr/bin:/bin", **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=path)
    return done.stdout + done.stderr
