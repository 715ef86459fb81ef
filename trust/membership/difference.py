"""What changes from one membership document to the next, in plain words: for whoever is asked to sign it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from trust.membership.certificates import key_id
from trust.membership.document import instant
from trust.membership.fingerprint import grouped, spoken
from trust.membership.records import Introduction, Key, KeyUsage, Member, Membership
from trust.tls import tls_not_after

_SOON = timedelta(days=60)
_SHORT = 16  # digits of a key id that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One change: a word for programs, the province it concerns ("" for the mesh), and a sentence for people."""

    what: str
    province: str
    sentence: str


def differences(before: Membership, after: Membership) -> tuple[Difference, ...]:
    """Every change, the mesh's own first, then by province. Nothing that `after` says otherwise than `before` is left out."""
    return (*_of_mesh(before, after), *_of_members(before, after))


def cautions(after: Membership) -> tuple[str, ...]:
    """What is allowed and yet worth a second thought before signing."""
    active, found = len(after.provinces), []
    if 2 * after.threshold <= active:
        found.append(
            f"{after.threshold} of {active} is no more than half: two groups could each make a version of their own"
        )
    if after.threshold == active > 1:
        found.append(f"all {active} must sign the next version: one lost key, and nothing can be changed any more")
    if after.witness_quorum == active - 1 > 1:
        found.append(
            f"all {after.witness_quorum} others must witness a log: one that sleeps leaves every log unwitnessed"
        )
    soon = instant(after.issued) + _SOON
    for member in (one for one in after.members if one.active):
        for usage, end in (
            (KeyUsage.SIGNING, member.signing_certificate.not_after),
            (KeyUsage.ENCRYPTION, member.encryption_certificate.not_after),
            (KeyUsage.TLS, tls_not_after(member.tls_certificates[0])),
        ):
            if end < soon:
                found.append(f"{member.province}: its {usage} certificate ends on {end:%Y-%m-%d}; rotate it soon")
    return tuple(found)


def _of_mesh(before: Membership, after: Membership) -> Iterator[Difference]:
    for what, sentence in (
        ("version", "version {0} → {1}"),
        ("previous", "it follows the document {1:.16}…"),
        ("issued", "issued {0} → {1}"),
        ("expires", "it expires {1} instead of {0}"),
        ("threshold", "{1} provinces must sign the next version instead of {0}"),
        ("witness_quorum", "{1} other provinces must witness the head of a log instead of {0}"),
    ):
        old, new = getattr(before, what), getattr(after, what)
        if old != new:
            yield Difference(what=what, province="", sentence=sentence.format(old, new))


def _of_members(before: Membership, after: Membership) -> Iterator[Difference]:
    old, new = before.by_province, after.by_province
    for code in sorted(old.keys() | new.keys()):
        if code not in new:
            yield Difference(what="vanished", province=code, sentence=f"{code} VANISHES from the document")
        elif code not in old:
            yield Difference(what="added", province=code, sentence=f"{code} {new[code].name} joins the mesh")
            yield from _of_keys(None, new[code])
        else:
            yield from _of_member(old[code], new[code])


def _of_member(old: Member, new: Member) -> Iterator[Difference]:
    code = new.province
    if old.status is not new.status:
        word = "comes back into" if new.active else "leaves"
        what = "added" if new.active else "removed"
        yield Difference(what=what, province=code, sentence=f"{code} {new.name} {word} the mesh")
    if old.name != new.name:
        yield Difference(what="name", province=code, sentence=f"{code} is called {new.name} instead of {old.name}")
    if old.endpoints != new.endpoints:
        was, now = ", ".join(old.endpoints), ", ".join(new.endpoints)
        yield Difference(what="endpoint", province=code, sentence=f"{code} is reached at {now} instead of {was}")
    if old.ca != new.ca:
        yield Difference(what="ca", province=code, sentence=f"{code} has another certificate authority")
    yield from _of_keys(old, new)


def _of_keys(old: Member | None, new: Member) -> Iterator[Difference]:
    """The certificates of each purpose and the lines of history."""
    code = new.province
    for usage in KeyUsage:
        was = () if old is None else tuple(map(key_id, old.listed(usage)))
        now = tuple(map(key_id, new.listed(usage)))
        if was != now:
            yield Difference(what="keys", province=code, sentence=f"{code}: {_turn(usage, was, now)}")
    past = () if old is None else old.keys
    if {name for name, _ in new.listed_ids()}.isdisjoint(key.key_id for key in past):
        digest = Introduction.of(new).fingerprint
        sentence = f"{code}: the fingerprint of its card is {grouped(digest)}, {spoken(digest)}; compare it with {code}"
        yield Difference(what="card", province=code, sentence=sentence)
    for line, now_line in zip(past, new.keys, strict=False):
        if line.open and not now_line.open:
            sentence = f"{code}: the {line.usage} certificate {line.key_id[:_SHORT]} ends, {now_line.reason}"
            yield Difference(what="ended", province=code, sentence=sentence)
    if len(new.keys) < len(past) or any(not _kept(one, two) for one, two in zip(past, new.keys, strict=False)):
        yield Difference(what="history", province=code, sentence=f"{code}: its key history is REWRITTEN")


def _kept(line: Key, now: Key) -> bool:
    """Whether a line is what it was, or was open and has ended."""
    return now == line or (line.open and replace(now, until="", reason="") == line)


def _turn(usage: KeyUsage, was: tuple[str, ...], now: tuple[str, ...]) -> str:
    """What happens to the certificates of one purpose."""
    short = [one[:_SHORT] for one in now]
    if was and was[0] == now[0]:
        fresh = [one[:_SHORT] for one in now if one not in was]
        return (
            f"the {usage} certificate {', '.join(fresh)} is announced"
            if fresh
            else f"only {', '.join(short)} stays listed for {usage}"
        )
    behind = f", {', '.join(short[1:])} stays valid beside it" if short[1:] else ""
    return f"the {usage} certificate {short[0]} comes into use{behind}"
