"""Whether a signing key of a member counted at the time of a signature that outlives rotations of keys: consents, objections. DESIGN §4.

Not for membership documents themselves (`succession`), and not for messages, which are judged by the keys in use (`federation.directory`).
"""

from datetime import datetime

from trust.envelope import MAX_SKEW
from trust.membership.document import instant
from trust.membership.records import Closed, KeyUsage, Member


def signing_key_counts(member: Member, key_id: str, made: datetime) -> bool:
    """Whether a signature by this key, said to be made then, counts: it is listed, or was given up in an ordinary rotation after that."""
    if any(one.fingerprint == key_id for one in member.signing_certificates):
        return True
    return any(
        key.key_id == key_id
        and key.usage == KeyUsage.SIGNING.value
        and key.reason == Closed.ROTATED.value
        and made <= instant(key.until) + MAX_SKEW
        for key in member.keys
    )
