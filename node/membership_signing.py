"""A province signs a membership document: with each of its keys that has a voice there, and never two documents of one version.

Whoever signs two documents of one version can be convicted of a fork (`trust.membership.conviction`), so the keys folder remembers what
it has signed, in `signed-documents.json`, before a signature leaves it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from node import keys
from node.errors import ConfigError
from node.key_rotation import SigningPair, signing_pairs
from node.membership_file import Link
from trust import gm
from trust.envelope import MAX_SKEW
from trust.membership import (
    Membership,
    Quorum,
    SignedMembership,
    add_signature,
    check_succession,
    check_version,
    instant,
    parse,
    quorum,
)

_REGISTER = "signed-documents.json"
_MAX_REGISTER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """The document with the signatures so far, and who of which version's members has signed: of N's, if there is one, and of its own."""

    signed: SignedMembership
    document: Membership
    counts: tuple[Quorum, ...]

    @property
    def complete(self) -> bool:
        """Whether enough have signed."""
        return not any(count.missing for count in self.counts)


def sign(
    signed: SignedMembership,
    *,
    before: Link | None,
    folder: Path,
    passphrase: bytes,
    now: datetime,
    again: bool = False,
) -> Signing:
    """Add this province's signatures. `before`: the version it follows; `again`: also if another document of its version was signed here.

    Raises:
        ConfigError: none of the folder's keys has a voice there, or another document of this version was signed.
        MembershipError: the document breaks a rule; it is not signed.
    """
    document = _checked(signed, before, now)
    chosen = _with_a_voice(signing_pairs(folder, passphrase), document, before)
    if not chosen:
        raise ConfigError(f"{folder}: this signing certificate is not in use in the document; it has no voice there")
    _register(folder, document.version, signed.fingerprint, again=again)
    for pair in chosen:
        signed = add_signature(signed, key_id=pair.certificate.fingerprint, signer=gm.Checked(pair.key).sign)
    return Signing(signed=signed, document=document, counts=counts(signed, document, before))


def counts(signed: SignedMembership, document: Membership, before: Link | None) -> tuple[Quorum, ...]:
    """Who has signed and who could, for each of the thresholds that count."""
    own = quorum(signed, document, everybody=document.version == 1)
    return (own,) if before is None else (quorum(signed, before.membership), own)


def _checked(signed: SignedMembership, before: Link | None, now: datetime) -> Membership:
    """The document, if it may follow what came before it."""
    document = parse(signed.payload)
    if instant(document.issued) > now + MAX_SKEW:
        raise ConfigError(
            f"issued at {document.issued}, which lies ahead of this clock's {now.isoformat(timespec='seconds')}: no version could "
            "follow before that time; correct the clock that is wrong, and make the document anew if it is its maker's"
        )
    if document.version == 1:
        return document
    if before is None:
        raise ConfigError(
            f"version {document.version} is signed after a look at version {document.version - 1}: give it with --current"
        )
    check_version(before.membership, before.digest, document, signed.fingerprint)
    check_succession(before.membership, before.digest, document)
    return document


def _with_a_voice(pairs: tuple[SigningPair, ...], document: Membership, before: Link | None) -> tuple[SigningPair, ...]:
    """The pairs that this or the version before it names as in use."""
    memberships = (document,) if before is None or document.version == 1 else (before.membership, document)
    voices = {one.member(code).signing_certificate for one in memberships for code in one.provinces}
    return tuple(pair for pair in pairs if pair.certificate in voices)


def _register(folder: Path, version: int, fingerprint: str, *, again: bool) -> None:
    """Remember what is signed, before it is."""
    path = folder / _REGISTER
    signed = _read_register(path)
    if signed.get(str(version), fingerprint) != fingerprint and not again:
        raise ConfigError(
            f"{path}: another document of version {version} was signed here ({signed[str(version)]:.16}…). Two documents of one version "
            "convict their signer if both are completed: sign with --again only if the other is given up by everybody"
        )
    keys.replace_public(path, json.dumps({**signed, str(version): fingerprint}, indent=1).encode() + b"\n")


def _read_register(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    try:
        data = path.read_bytes()
        found = json.loads(data) if len(data) <= _MAX_REGISTER_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read; what was signed before is not known") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ConfigError(f"{path}: not a register of signed documents")
    return found
