"""An invented provider of usage copies, for the scripts that damage them. Not a program."""

from datetime import datetime, timedelta

from trust.gm import PrivateKey
from trust.identity import Usage, issue, issue_ca
from trust.ofd import Signer, Trust, UsageTerms


def provider(now: datetime) -> tuple[Signer, Trust]:
    """A node's signer, and the trust list that holds its CA."""
    ca_key, key = PrivateKey.generate(), PrivateKey.generate()
    ca = issue_ca(province="310000", name="样例", key=ca_key, now=now)
    own = issue(
        ca=ca, ca_key=ca_key, province="310000", name="样例", usage=Usage.SIGNING, public_key=key.public, now=now
    )
    return Signer(certificate=own.der, key=key), Trust.from_bytes(anchors=[ca.der])


def terms(now: datetime) -> UsageTerms:
    """Terms for a day from now on."""
    return UsageTerms(
        creator="样例省",
        cause="样例用途",
        using_unit="样例单位",
        exchange_id="0123456789abcdef",
        created=now,
        expires=now + timedelta(days=1),
    )
