"""Facts about who is believed: the membership, what ends, revocation lists, and the peers as the running node sees them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from node import identity_folder, membership_file
from node.doctor.context import Context
from node.doctor.facts import End, ExpiryFacts, ListFacts, MembershipFacts, PeerView, RevocationFacts
from node.errors import NodeError
from trust.errors import IdentityError, MembershipError
from trust.membership import Membership, parse
from trust.tls import tls_not_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A membership as far as it can be read, its fingerprint, and why it is not believed ("" where it is)."""

    document: Membership | None
    fingerprint: str
    problem: str


def read_membership(context: Context) -> Read:
    """The document that the configuration names. One that has expired is read all the same: `expires` tells."""
    section = context.known.membership
    try:
        signed = membership_file.read_signed(section.file)
        document = parse(signed.payload)
    except (NodeError, MembershipError) as error:
        return Read(document=None, fingerprint="", problem=str(error))
    problem = ""
    try:
        membership_file.load(section.file, expected=section.fingerprint)
    except NodeError as error:
        problem = str(error)
    return Read(document=document, fingerprint=signed.fingerprint, problem=problem)


def membership(context: Context) -> MembershipFacts:
    """The document in force: the running node's where one runs, else the file's."""
    read, me = read_membership(context), context.known.node.province
    status = context.status
    views = () if status is None else tuple(_views(status))
    if read.document is None or (read.problem and status is None):
        return MembershipFacts(me=me, problem=read.problem, now=context.now, peers=views, running=status is not None)
    told = {} if status is None else status["membership"]
    expires = str(told.get("expires", read.document.expires))
    return MembershipFacts(
        me=me,
        version=int(told.get("version", read.document.version)),
        fingerprint=str(told.get("fingerprint", read.fingerprint)),
        file_fingerprint=read.fingerprint,
        issued=datetime.fromisoformat(read.document.issued),
        expires=datetime.fromisoformat(expires),
        now=context.now,
        compared=context.known.membership.fingerprint is not None,
        names_us=me in told.get("members", read.document.provinces),
        peers=views,
        running=status is not None,
    )


def _views(status: Mapping[str, Any]) -> Iterator[PeerView]:
    held = {one["province"]: one for one in status["membership"]["held"]}
    for peer in status["peers"]:
        said = held.get(peer["province"], {})
        yield PeerView(
            province=peer["province"],
            up=peer["up"],
            failures=peer["failures"],
            version=said.get("version"),
            fingerprint=said.get("fingerprint", ""),
        )


def expiry(context: Context) -> ExpiryFacts:
    """Every certificate of the folder and of the members, and the document itself."""
    me = context.known.node.province
    ends = {(one.province, one.what): one for one in (*_members_ends(context), *_own_ends(context, me))}
    return ExpiryFacts(me=me, now=context.now, ends=tuple(ends.values()))


def _own_ends(context: Context, me: str) -> Iterator[End]:
    try:
        identity = identity_folder.read_folder(context.known.keys.folder)
    except NodeError:
        return  # `chains` tells what is wrong with the folder
    for usage, certificate in identity.certificates.items():
        yield End(province=me, what=f"{usage} certificate", not_after=certificate.not_after)
    yield End(province=me, what="tls certificate", not_after=identity.tls_not_after)


def _members_ends(context: Context) -> Iterator[End]:
    document = read_membership(context).document
    if document is None:
        return
    me = context.known.node.province
    yield End(province=me, what="membership", not_after=datetime.fromisoformat(document.expires))
    for code in document.provinces:
        member = document.member(code)
        yield End(province=code, what="signing certificate", not_after=member.signing_certificate.not_after)
        yield End(province=code, what="encryption certificate", not_after=member.encryption_certificate.not_after)
        try:
            yield End(province=code, what="tls certificate", not_after=tls_not_after(member.tls.encode()))
        except IdentityError:
            continue  # `membership` tells


def revocation(context: Context) -> RevocationFacts:
    """The lists as the running node holds them, or as its cache does; and whether our own CA's list names us."""
    section = context.known.identity
    lists = tuple(map(_list, context.status.get("revocation", ()))) if context.status is not None else _cached(context)
    document = read_membership(context).document
    strangers = () if document is None else tuple(sorted(set(section.crls) - set(document.provinces)))
    return RevocationFacts(
        refuses=section.stale == "refuse", lists=lists, revoked=tuple(_revoked(context)), strangers=strangers
    )


def _list(told: Mapping[str, Any]) -> ListFacts:
    return ListFacts(
        province=told["province"],
        state=told["state"],
        configured=bool(told["source"]),
        age_s=told["age_s"],
        late_s=max(0.0, -(told["due_in_s"] or 0.0)),
        problem=told["problem"],
    )


def _cached(context: Context) -> tuple[ListFacts, ...]:
    """What the cache in the data folder holds, where no node runs."""
    document = read_membership(context).document
    if document is None:
        return ()
    folder, sources = context.known.node.data / "crls", context.known.identity.crls
    found = []
    for code in document.provinces:
        path = folder / f"{code}.crl"
        if not path.exists():
            found.append(ListFacts(province=code, state="missing", configured=code in sources))
            continue
        try:
            fresh = identity_folder.load_crl(path).freshness(context.now)
        except (NodeError, IdentityError) as error:
            found.append(ListFacts(province=code, state="missing", configured=code in sources, problem=str(error)))
            continue
        found.append(
            ListFacts(
                province=code,
                state=fresh.state.value,
                configured=code in sources,
                age_s=fresh.age.total_seconds(),
                late_s=max(0.0, -fresh.due_in.total_seconds()),
            )
        )
    return tuple(found)


def _revoked(context: Context) -> Iterator[str]:
    """Our certificates on the list that lies in the keys folder."""
    try:
        identity = identity_folder.read_folder(context.known.keys.folder)
    except NodeError:
        return
    for usage in identity_folder.LEAVES:
        entry = None if identity.crl is None else identity.crl.entries.get(identity.certificates[usage].serial)
        if entry is not None:
            yield f"our {usage} certificate was revoked at {entry.at:%Y-%m-%d %H:%M}Z: {entry.reason}"
