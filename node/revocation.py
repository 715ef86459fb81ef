"""Revocation lists of the members' CAs in a running node: held, renewed, cached in files, and asked about every key in use.

The rules of one list are `trust.identity.crl`; fetching is `node.crl_fetch`. A list is kept only if its CA signed it and its number does
not go back, and then also in `data/crls/<province>.crl`, so a restart knows what was known. Judging costs a look into a dictionary: no call
waits for a list. A revoked certificate is refused whatever its list's age; a list that is stale or missing refuses only where the
configuration says so, because a CA that is down for a day must not stop a province (DESIGN §2.9 is about catalogues, and the same thought).

Owned by the event loop, except `read` and `write`, which touch files.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from trust.errors import IdentityError
from trust.identity import Certificate, Crl, Freshness, ListState, accept_crl, read_crl
from trust.identity.crl import MAX_CRL_BYTES
from trust.membership import Member, Membership

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A member's CA and the certificates that the membership names, by fingerprint: in use, announced and tolerated ones."""

    ca: Certificate
    certificates: Mapping[str, Certificate]


class MemberCertificates:
    """The certificates of the membership in force, parsed once for each version of it."""

    def __init__(self, membership: Callable[[], Membership]) -> None:
        """`membership` gives the one in force; it is asked each time."""
        self._membership = membership
        self._read: Membership | None = None
        self._listed: Mapping[str, Listed] = {}

    def __call__(self) -> Mapping[str, Listed]:
        """CA and certificates of every active member, by province."""
        now = self._membership()
        if now is not self._read:
            self._listed = {code: _listed(now.member(code)) for code in now.provinces}
            self._read = now
        return self._listed


def _listed(member: Member) -> Listed:
    """A member's CA and all its SM2 certificates: each text holds one to three."""
    pems = [pem for text in (member.signing, member.encryption) for pem in _PEM.findall(text)]
    certificates = (Certificate.from_pem(pem) for pem in pems)
    return Listed(ca=Certificate.from_pem(member.ca), certificates={one.fingerprint: one for one in certificates})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStatus:
    """One list as the operator sees it. `source` is "" where none is configured, `problem` the last fetch's error."""

    province: str
    state: ListState
    number: int | None
    freshness: Freshness | None
    source: str
    problem: str


@dataclass(slots=True)
class _Held:
    """One province: its list, and how the last fetch ended."""

    crl: Crl | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What to say of a key: `reason` is "" (nothing against it), CERTIFICATE_REVOKED or REVOCATION_STALE; `detail` is a sentence."""

    reason: str = ""
    detail: str = ""


GOOD = Standing()


class Revocations:
    """The lists of all members."""

    def __init__(
        self,
        members: Callable[[], Mapping[str, Listed]],
        *,
        folder: Path,
        sources: Mapping[str, str],
        refuse_stale: bool,
        clock: Callable[[], datetime],
    ) -> None:
        """`members` gives the membership in force, asked anew each time; `folder` is the cache; `sources` a file or URL by province."""
        self._members = members
        self._folder = folder
        self._sources = sources
        self._refuse_stale = refuse_stale
        self._clock = clock
        self._held: dict[str, _Held] = {}

    def load(self) -> None:
        """Read the cache; a file that is damaged or of another CA counts as missing, and is said to be so."""
        for province, listed in self._members().items():
            held = self._held.setdefault(province, _Held())
            path = self._path(province)
            if not path.exists():
                continue
            try:
                held.crl = accept_crl(None, read_crl(read_bounded(path)), ca=listed.ca, now=self._clock())
            except (IdentityError, OSError) as error:
                held.problem = f"{path}: {error}"

    def offer(self, province: str, offered: Crl) -> bool:
        """Take a list that was fetched; says whether it is another than the one held. One SM2 verification.

        Raises:
            IdentityError: another CA's, from the future, or going back; the one held stays.
        """
        listed = self._members().get(province)
        if listed is None:
            raise IdentityError(f"{province} is not a member")
        held = self._held.setdefault(province, _Held())
        taken = accept_crl(held.crl, offered, ca=listed.ca, now=self._clock())
        changed = taken != held.crl
        held.crl, held.problem = taken, ""
        return changed

    def failed(self, province: str, problem: str) -> None:
        """A fetch failed; what is held stays."""
        self._held.setdefault(province, _Held()).problem = problem[:300]

    def write(self, province: str) -> None:
        """Put the held list into the cache, whole or not at all. Blocking: one fsync.

        Raises:
            OSError: it cannot be written.
        """
        held = self._held.get(province)
        if held is None or held.crl is None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(province)
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as writing:
            writing.write(held.crl.pem.encode())
            writing.flush()
            os.fsync(writing.fileno())
        fresh.replace(path)

    def standing(self, province: str, fingerprint: str) -> Standing:
        """What is known against a member's certificate; it is judged by the list in hand, without waiting for another."""
        listed = self._members().get(province)
        if listed is None:
            return GOOD  # not a member: `federation.directory` decides that
        crl, certificate = self._held.get(province, _NOTHING).crl, listed.certificates.get(fingerprint)
        if crl is not None and crl.issuer != listed.ca.subject:
            crl = None  # the province has another CA now; its list says nothing of the new one's certificates
        entry = None if crl is None or certificate is None else crl.entries.get(certificate.serial)
        # As `Crl.status` and `verify_chain` judge it, without their records: this is asked for every message.
        if crl is not None and entry is not None and (entry.compromised or entry.at <= self._clock()):
            what = f"the certificate {fingerprint[:16]}… of {province} was revoked at {entry.at:%Y-%m-%d %H:%M:%SZ}"
            return Standing(reason="CERTIFICATE_REVOKED", detail=f"{what}: {entry.reason}; list {crl.number}")
        if not self._refuse_stale or (crl is not None and self._clock() <= crl.next_update):
            return GOOD
        word = "missing" if crl is None else "stale"
        return Standing(
            reason="REVOCATION_STALE",
            detail=f"the revocation list of {province}'s CA is {word}, and identity.stale is refuse",
        )

    def lists(self) -> dict[str, bytes]:
        """The lists held, by province, as PEM."""
        return {code: held.crl.pem.encode() for code, held in self._held.items() if held.crl is not None}

    def number(self, province: str) -> int | None:
        """The number of the list held."""
        crl = self._held.get(province, _NOTHING).crl
        return None if crl is None else crl.number

    def statuses(self) -> tuple[ListStatus, ...]:
        """Every member's list, ordered by province."""
        return tuple(self._status(province) for province in sorted(self._members()))

    def _status(self, province: str) -> ListStatus:
        held = self._held.get(province, _NOTHING)
        fresh = None if held.crl is None else held.crl.freshness(self._clock())
        return ListStatus(
            province=province,
            state=ListState.MISSING if fresh is None else fresh.state,
            number=None if held.crl is None else held.crl.number,
            freshness=fresh,
            source=self._sources.get(province, ""),
            problem=held.problem,
        )

    def _path(self, province: str) -> Path:
        return self._folder / f"{province}.crl"


_NOTHING = _Held()


def standing_words(revocations: Revocations) -> Callable[[str, str], tuple[str, str]]:
    """`Revocations.standing` as `federation.post` asks it: (province, fingerprint) to (reason, sentence)."""

    def words(province: str, fingerprint: str) -> tuple[str, str]:
        found = revocations.standing(province, fingerprint)
        return found.reason, found.detail

    return words


def read_bounded(path: Path) -> bytes:
    """A file, at most one byte more than a list may have: the parser then says what is wrong.

    Raises:
        OSError: unreadable.
    """
    with path.open("rb") as reading:
        return reading.read(MAX_CRL_BYTES + 1)
