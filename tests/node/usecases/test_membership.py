"""Membership in four nodes: a newer version spreads from any of them, what is refused is kept, and expiry stops the exchange alone."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from federation.directory import Directory
from federation.errors import PeerError
from federation.methods import CHAIN, POKE
from federation.model.application import Result
from federation.model.membership import MAX_DOCUMENTS, ChainAnswer, ChainRequest, MembershipHead, Poke
from federation.model.refusal import Reason
from federation.model.search import Completeness, Outcome
from federation.ports import Incoming
from federation.sample_identities import new_identity
from node import exhibits, membership_chain
from node.errors import ConfigError, RefusedError
from node.library.invented import LAND_TYPE
from node.ports.lists import Kind
from node.usecases.exchange import Answered
from node.usecases.membership import Version, stored
from tests.node.usecases.mesh import (
    ANHUI,
    JIANGSU,
    SHANGHAI,
    ZHEJIANG,
    Mesh,
    Province,
    anchor,
    outcome,
    record,
    ring_of,
)
from tests.trust.membership.chain import Chain, introduction, signed_by
from trust.local import LocalIdentity
from trust.membership import (
    Closed,
    Finding,
    Flaw,
    KeyUsage,
    Membership,
    SignedMembership,
    changes,
    convict,
    verify_anchor,
)

YEAR_LATER = timedelta(days=365)
Change = Callable[[Membership], Membership]


def moved(one: Membership) -> Membership:
    """A change that harms nobody: another endpoint for Anhui."""
    return changes.endpoints(one, ANHUI, (f"127.0.0.1:{one.version}",))


@dataclass(slots=True)
class Mint:
    """Makes the versions that follow, by the mesh's clock."""

    mesh: Mesh
    current: Membership
    digest: str
    keys: dict[str, LocalIdentity]

    @classmethod
    def of(cls, mesh: Mesh) -> "Mint":
        chain = Chain.found(tuple(mesh.all))
        return cls(mesh, verify_anchor(anchor()), anchor().fingerprint, dict(chain.keys))

    def draft(self, change: Change, days: int = 365) -> Membership:
        now = self.mesh.clock()
        return change(changes.following(self.current, self.digest, now=now, expires=now + timedelta(days=days)))

    def next(self, change: Change = moved, by: Iterable[str] = (SHANGHAI, JIANGSU, ZHEJIANG), days: int = 365) -> bytes:
        """The next version, signed; the mint goes on from it."""
        self.mesh.clock.move(minutes=1)
        following = self.draft(change, days)
        signed = signed_by(following, *(self.keys[code] for code in by))
        self.current, self.digest = following, signed.fingerprint
        return signed.to_json()


@pytest.fixture
async def mesh(tmp_path: Path) -> Mesh:
    return await Mesh(tmp_path).ready()


@pytest.fixture
def mint(mesh: Mesh) -> Mint:
    return Mint.of(mesh)


def versions(mesh: Mesh) -> list[int]:
    return [one.memberships.held.version for one in mesh.all.values()]


def kept(province: Province) -> list[bytes]:
    """The exhibits of a node."""
    folder = province.memberships._refusals._exhibits
    assert isinstance(folder, exhibits.Exhibits)
    return [path.read_bytes() for path in sorted(folder.folder.glob("*.json"))] if folder.folder.exists() else []


def serve(province: Province, *documents: bytes, head: MembershipHead) -> None:
    """Have a province hand out these documents as its chain, whatever it holds."""

    async def chain(incoming: Incoming[ChainRequest]) -> Answered:
        answer = ChainAnswer(head=head, documents=documents)
        return await province.exchange.poll(incoming, CHAIN.path, lambda _: answer)

    province.network.join(province.post, province.handlers() | {CHAIN.path: chain}, health=province.health)


async def offered(mesh: Mesh, document: bytes, version: int = 2) -> Province:
    """Anhui offers Shanghai a document; returns Shanghai."""
    serve(mesh.anhui, document, head=MembershipHead(version=version, digest="ab" * 32))
    await mesh.shanghai.memberships.exchange_with(ANHUI)
    return mesh.shanghai


async def poke(sender: Province, receiver: str) -> None:
    """Say that version 2 is held."""
    message = Poke(head=MembershipHead(version=2, digest="ab" * 32))
    draft = sender.post.draft_request(message, recipients=(receiver,), exchange_id=sender.new_id())
    await sender.peers.ask(receiver, POKE, draft, sender.post.sign(draft), 1.0)


async def test_a_version_that_the_operator_brings_is_in_force_stored_and_on_record(mesh: Mesh, mint: Mint) -> None:
    document = mint.next()
    held = await mesh.shanghai.memberships.adopt([document])
    stored = mesh.shanghai.store.read.memberships.latest()
    entries = mesh.shanghai.entries(type="MEMBERSHIP", step="adopted")

    assert stored is not None
    assert (held.version, stored.version, stored.document) == (2, 2, document)
    assert mesh.shanghai.directory.peers[ANHUI].endpoint == "127.0.0.1:2"
    assert [(one["version"], one["digest"], one["carried_by"]) for one in entries] == [(2, held.digest, "operator")]
    assert entries[0]["signed_by"] == [SHANGHAI, JIANGSU, ZHEJIANG]
    assert mesh.shanghai.spread == 1


async def test_it_spreads_from_peer_to_peer_without_the_first(mesh: Mesh, mint: Mint) -> None:
    await mesh.shanghai.memberships.adopt([mint.next()])
    await mesh.jiangsu.memberships.exchange_with(SHANGHAI)
    mesh.network.down(SHANGHAI)
    await mesh.zhejiang.memberships.exchange_with(JIANGSU)

    assert versions(mesh) == [2, 2, 2, 1]
    assert mesh.zhejiang.entries(type="MEMBERSHIP", step="adopted")[0]["carried_by"] == JIANGSU


async def test_a_peer_that_is_behind_is_poked_and_asks_for_the_chain(mesh: Mesh, mint: Mint) -> None:
    await mesh.shanghai.memberships.adopt([mint.next()])
    await mesh.shanghai.memberships.exchange_with(ANHUI)

    assert mesh.anhui.woken == [SHANGHAI]
    assert mesh.anhui.memberships.heads[SHANGHAI].version == 2
    assert mesh.shanghai.memberships.heads[ANHUI].version == 1


async def test_a_poke_of_what_is_held_already_wakes_nobody(mesh: Mesh, mint: Mint) -> None:
    document = mint.next()
    for one in (mesh.shanghai, mesh.anhui):
        await one.memberships.adopt([document])
    await mesh.shanghai.memberships.exchange_with(ANHUI)

    assert mesh.anhui.woken == []


async def test_a_node_that_slept_through_many_versions_catches_up_from_one_peer(mesh: Mesh, mint: Mint) -> None:
    """More than one answer holds."""
    for _ in range(MAX_DOCUMENTS + 3):
        await mesh.shanghai.memberships.adopt([mint.next()])
    await mesh.anhui.memberships.exchange_with(SHANGHAI)

    assert versions(mesh) == [20, 1, 1, 20]
    assert [one.version for one in mesh.anhui.store.read.memberships.after(0, 100)] == list(range(1, 21))
    assert mesh.anhui.entries(type="MEMBERSHIP", step="refused") == []


async def test_two_peers_at_once_bring_each_version_once(mesh: Mesh, mint: Mint) -> None:
    documents = [mint.next() for _ in range(3)]
    for one in (mesh.shanghai, mesh.jiangsu, mesh.zhejiang):
        await one.memberships.adopt(documents)
    await asyncio.gather(*(mesh.anhui.memberships.exchange_with(peer) for peer in (SHANGHAI, JIANGSU, ZHEJIANG)))

    assert versions(mesh) == [4, 4, 4, 4]
    assert [one["version"] for one in mesh.anhui.entries(type="MEMBERSHIP", step="adopted")] == [2, 3, 4]


async def test_a_forged_document_is_refused_kept_and_shown_to_convict_nobody_for_carrying_it(
    mesh: Mesh, mint: Mint
) -> None:
    """Anhui makes itself the owner of everything; nobody has signed it but a key of its own making."""
    forged = signed_by(mint.draft(lambda one: changes.threshold(one, 1)), new_identity(ANHUI)).to_json()
    shanghai = await offered(mesh, forged)
    (file,) = kept(shanghai)
    entry = shanghai.entries(type="MEMBERSHIP", step="refused")[0]

    assert shanghai.memberships.held.version == 1
    assert shanghai.refused == [(ANHUI, Flaw.UNDER_SIGNED)]
    assert (entry["peer"], entry["flaw"], entry["kept"]) == (ANHUI, "UNDER_SIGNED", True)
    assert convict(file, anchor().fingerprint).guilty == ()


@pytest.mark.parametrize("signers", [(ANHUI,), (ANHUI, ZHEJIANG)], ids=["alone", "with one other"])
async def test_one_malicious_member_cannot_change_membership(mesh: Mesh, mint: Mint, signers: tuple[str, ...]) -> None:
    document = mint.next(lambda one: changes.remove(changes.threshold(one, 3), SHANGHAI), by=signers)
    shanghai = await offered(mesh, document)

    assert shanghai.memberships.held.version == 1
    assert SHANGHAI in shanghai.directory.peers
    assert convict(kept(shanghai)[0], anchor().fingerprint).finding is Finding.UNDER_SIGNED


async def test_a_fork_is_refused_and_convicts_who_signed_both(mesh: Mesh, mint: Mint) -> None:
    other = Mint.of(mesh)
    await mesh.shanghai.memberships.adopt([mint.next()])
    await mesh.anhui.memberships.adopt([other.next(lambda one: changes.threshold(one, 2))])
    await mesh.shanghai.memberships.exchange_with(ANHUI)
    verdict = convict(kept(mesh.shanghai)[0], anchor().fingerprint)

    assert mesh.shanghai.memberships.held.digest == mint.digest
    assert mesh.shanghai.refused == [(ANHUI, Flaw.FORKED)]
    assert (verdict.finding, verdict.guilty) == (Finding.FORK, (SHANGHAI, JIANGSU, ZHEJIANG))


async def test_an_older_version_is_never_taken_in_place_of_a_newer(mesh: Mesh, mint: Mint) -> None:
    other = Mint.of(mesh)
    await mesh.shanghai.memberships.adopt([mint.next(), mint.next()])
    shanghai = await offered(mesh, other.next(lambda one: changes.threshold(one, 2)), version=9)

    assert shanghai.memberships.held.version == 3
    assert shanghai.refused == [(ANHUI, Flaw.ROLLED_BACK)]


async def test_what_came_before_a_refused_document_is_adopted(mesh: Mesh, mint: Mint) -> None:
    serve(mesh.anhui, mint.next(), mint.next(), b"{}", head=MembershipHead(version=4, digest="ab" * 32))
    await mesh.shanghai.memberships.exchange_with(ANHUI)

    assert mesh.shanghai.memberships.held.version == 3
    assert mesh.shanghai.refused == [(ANHUI, Flaw.MALFORMED)]


async def test_a_version_that_skips_one_is_refused(mesh: Mesh, mint: Mint) -> None:
    mint.next()
    shanghai = await offered(mesh, mint.next(), version=3)

    assert shanghai.memberships.held.version == 1
    assert shanghai.refused == [(ANHUI, Flaw.VERSION_SKIPPED)]


async def test_bytes_that_are_no_document_are_refused(mesh: Mesh) -> None:
    shanghai = await offered(mesh, b"{}")

    assert shanghai.refused == [(ANHUI, Flaw.MALFORMED)]
    assert convict(kept(shanghai)[0], anchor().fingerprint).finding is Finding.FORGED


async def test_what_is_offered_again_and_again_is_counted_each_time_and_on_record_once(mesh: Mesh) -> None:
    shanghai = await offered(mesh, b"{}")
    for _ in range(2):
        await shanghai.memberships.exchange_with(ANHUI)

    assert len(shanghai.refused) == 3
    assert len(shanghai.entries(type="MEMBERSHIP", step="refused")) == len(kept(shanghai)) == 1


async def test_a_peer_that_offered_nonsense_cannot_have_us_ask_without_a_pause(mesh: Mesh) -> None:
    shanghai = await offered(mesh, b"{}")
    await poke(mesh.anhui, SHANGHAI)
    at_once = list(shanghai.woken)
    mesh.clock.move(minutes=2)
    await poke(mesh.anhui, SHANGHAI)

    assert (at_once, shanghai.woken) == ([], [ANHUI])


async def test_a_full_folder_is_said_to_be_full(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = mesh.shanghai.memberships._refusals._exhibits
    assert isinstance(folder, exhibits.Exhibits)
    folder.folder.mkdir()
    for number in range(exhibits.MAX_FILES):
        (folder.folder / f"{number}.json").touch()
    shanghai = await offered(mesh, b"{}")

    assert [one["kept"] for one in shanghai.entries(type="MEMBERSHIP", step="refused")] == [False]
    assert len(kept(shanghai)) == exhibits.MAX_FILES


async def test_an_expired_document_is_taken_only_on_the_way_to_one_in_force(mesh: Mesh, mint: Mint) -> None:
    short = mint.next(days=1)
    await mesh.zhejiang.memberships.adopt([short])
    mesh.clock.move(days=2)
    await mesh.shanghai.memberships.exchange_with(ZHEJIANG)
    refused = (mesh.shanghai.memberships.held.version, list(mesh.shanghai.refused))
    await mesh.zhejiang.memberships.adopt([mint.next()])
    await mesh.shanghai.memberships.exchange_with(ZHEJIANG)

    assert refused == (1, [(ZHEJIANG, Flaw.EXPIRED)])
    assert mesh.shanghai.memberships.held.version == 3


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        pytest.param([b"{}"], "malformed", id="no document"),
        pytest.param([], "", id="nothing"),
    ],
)
async def test_the_operator_is_told_why(mesh: Mesh, documents: list[bytes], said: str) -> None:
    if not documents:
        assert (await mesh.shanghai.memberships.adopt([])).version == 1
        return
    with pytest.raises(RefusedError, match=said) as caught:
        await mesh.shanghai.memberships.adopt(documents)

    assert caught.value.refusal.reason is Reason.VERSION_CONFLICT
    assert kept(mesh.shanghai) == []


def rotation(usage: KeyUsage, pem: str) -> list[Change]:
    """Zhejiang changes one key: announced, promoted, dropped."""
    return [
        lambda one: changes.announce(one, ZHEJIANG, usage, pem),
        lambda one: changes.promote(one, ZHEJIANG, usage),
        lambda one: changes.drop(one, ZHEJIANG, usage, Closed.ROTATED),
    ]


async def searched(mesh: Mesh) -> tuple[Outcome, int]:
    """What Jiangsu finds in Zhejiang."""
    answer = (await mesh.found())[1]
    return outcome(answer, ZHEJIANG).outcome, len(answer.items)


@pytest.mark.parametrize(
    "order", [(ZHEJIANG, JIANGSU), (JIANGSU, ZHEJIANG)], ids=["the owner hears first", "the owner hears last"]
)
async def test_every_message_key_changes_and_no_exchange_fails(mesh: Mesh, mint: Mint, order: tuple[str, str]) -> None:
    """Zhejiang, the provider, announces, promotes and drops a signing and an encryption key; Jiangsu searches after every step."""
    certificate, new = record(ZHEJIANG), new_identity(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    mesh.zhejiang.ring = ring_of(mesh.zhejiang.identity, new)
    pems = {KeyUsage.ENCRYPTION: new.encryption_certificate.pem, KeyUsage.SIGNING: new.signing_certificate.pem}
    found = []
    for step in [step for usage, pem in pems.items() for step in rotation(usage, pem)]:
        document = mint.next(step, by=(SHANGHAI, JIANGSU, ANHUI))
        first, second = (mesh[code].memberships for code in order)
        await first.adopt([document])
        found.append(await searched(mesh))  # one is ahead of the other
        await second.exchange_with(order[0])
        found.append(await searched(mesh))

    assert found == [(Outcome.OK, 1)] * 12
    assert mesh.zhejiang.identity.signing_certificate == new.signing_certificate
    assert mesh.zhejiang.identity.encryption_certificate == new.encryption_certificate


async def test_publications_stay_what_they_are_when_their_key_is_given_up(mesh: Mesh, mint: Mint) -> None:
    """Who holds them goes on; who pulls them anew gets the same version under the new key."""
    new = new_identity(ZHEJIANG)
    mesh.zhejiang.ring = ring_of(mesh.zhejiang.identity, new)
    steps = rotation(KeyUsage.SIGNING, new.signing_certificate.pem)
    documents = [mint.next(step, by=(SHANGHAI, JIANGSU, ANHUI)) for step in steps]
    for one in mesh.all.values():
        await one.memberships.adopt(documents)
    held = mesh.shanghai.store.read.publications.latest(Kind.CATALOGUE, ZHEJIANG)
    newcomer = Province(mesh.anhui.identity, mesh.network, Directory(mint.current), mesh_folder(mesh), mesh.clock)
    await newcomer.publications.exchange_with(ZHEJIANG)
    pulled = newcomer.store.read.publications.latest(Kind.CATALOGUE, ZHEJIANG)

    assert held is not None
    assert pulled is not None
    assert (pulled.version, pulled.digest) == (held.version, held.digest)
    assert pulled.document != held.document
    assert await mesh.zhejiang.publications.publish(Kind.CATALOGUE, ()) == held.version + 1


def mesh_folder(mesh: Mesh) -> Path:
    folder = mesh.shanghai.memberships._refusals._exhibits
    assert isinstance(folder, exhibits.Exhibits)
    made = folder.folder.parent / "newcomer"
    made.mkdir(exist_ok=True)
    return made


async def test_seven_days_after_expiry_local_functions_go_on_and_a_newer_version_ends_it(
    mesh: Mesh, mint: Mint
) -> None:
    """Jiangsu holds a certificate itself and searches: its own library answers, the others are named with reason and next step."""
    own, theirs = record(JIANGSU, LAND_TYPE), record(ZHEJIANG)
    await mesh.jiangsu.keep(own)
    await mesh.zhejiang.keep(theirs)
    for province in mesh.all:
        mesh.network.down(province)
    mesh.clock.move(days=365 + 7)
    submitted = await mesh.jiangsu.submit()
    answer = await mesh.jiangsu.find(submitted.application.apply_id)
    away = outcome(answer, ZHEJIANG)
    with pytest.raises(PeerError) as refused:
        await mesh.jiangsu.publications.exchange_with(ZHEJIANG)
    published = await mesh.jiangsu.publications.publish(Kind.CATALOGUE, ())
    await mesh.jiangsu.keep(record(JIANGSU, serial="2"))

    for province in mesh.all:
        mesh.network.up(province)
    document = mint.next()
    for one in mesh.all.values():
        await one.memberships.adopt([document])
    after = (await mesh.found())[1]

    assert {one.province for one in submitted.verdicts if one.verdict and one.verdict.result is Result.PASS} == {
        JIANGSU
    }
    assert answer.completeness is Completeness.INCOMPLETE
    assert [one.item.identifier for one in answer.items] == [own.identifier]
    assert (away.outcome, away.refusal and away.refusal.reason) == (Outcome.ERROR, Reason.MEMBERSHIP_EXPIRED)
    assert away.refusal is not None
    assert "membership adopt" in away.refusal.next_step
    assert refused.value.refusal.reason is Reason.MEMBERSHIP_EXPIRED
    assert published == 2
    assert outcome(after, ZHEJIANG).outcome is Outcome.OK


async def test_membership_is_talked_about_while_it_has_expired(mesh: Mesh, mint: Mint) -> None:
    mesh.clock.move(days=365 + 7)
    await mesh.zhejiang.memberships.adopt([mint.next()])
    await mesh.shanghai.memberships.exchange_with(ZHEJIANG)

    assert versions(mesh) == [2, 1, 2, 1]
    assert not mesh.shanghai.gate.expired


async def test_a_province_that_is_removed_is_asked_nothing_and_a_search_is_complete_without_it(
    mesh: Mesh, mint: Mint
) -> None:
    document = mint.next(lambda one: changes.remove(one, ZHEJIANG), by=(SHANGHAI, JIANGSU, ANHUI))
    for one in (mesh.shanghai, mesh.jiangsu, mesh.anhui):
        await one.memberships.adopt([document])
    answer = (await mesh.found())[1]
    with pytest.raises(PeerError) as caught:
        await mesh.zhejiang.publications.exchange_with(SHANGHAI)

    assert ZHEJIANG not in {one.province for one in answer.outcomes}
    assert answer.completeness is Completeness.COMPLETE
    assert caught.value.refusal.reason is Reason.NOT_A_MEMBER


async def test_lost_keys_are_replaced_by_the_others_and_what_the_old_ones_sign_is_worth_nothing(
    mesh: Mesh, mint: Mint
) -> None:
    new = new_identity(ZHEJIANG)
    document = mint.next(lambda one: changes.recover(one, introduction(new)), by=(SHANGHAI, JIANGSU, ANHUI))
    for code in (SHANGHAI, JIANGSU, ANHUI):
        await mesh[code].memberships.adopt([document])
    with pytest.raises(PeerError) as old:
        await mesh.zhejiang.publications.exchange_with(SHANGHAI)
    mesh.zhejiang.ring = ring_of(new)
    await mesh.zhejiang.memberships.adopt([document])

    assert old.value.refusal.reason in {Reason.SIGNATURE_INVALID, Reason.BAD_PARAMETER}
    assert outcome((await mesh.found())[1], ZHEJIANG).outcome is Outcome.EMPTY


async def test_a_node_that_slept_through_a_peers_change_of_keys_hears_of_it_from_that_peer(
    mesh: Mesh, mint: Mint
) -> None:
    """Anhui knows none of the keys that Zhejiang signs with by now, and only Zhejiang is up: the documents prove themselves."""
    new = new_identity(ZHEJIANG)
    mesh.zhejiang.ring = ring_of(mesh.zhejiang.identity, new)
    steps = rotation(KeyUsage.SIGNING, new.signing_certificate.pem)
    await mesh.zhejiang.memberships.adopt([mint.next(step, by=(SHANGHAI, JIANGSU, ANHUI)) for step in steps])
    with pytest.raises(PeerError) as before:
        await mesh.anhui.publications.exchange_with(ZHEJIANG)
    await mesh.anhui.memberships.exchange_with(ZHEJIANG)
    await mesh.anhui.publications.exchange_with(ZHEJIANG)

    assert before.value.refusal.reason is Reason.SIGNATURE_INVALID
    assert mesh.anhui.memberships.held.version == 4


async def test_a_node_without_the_keys_that_a_version_names_says_so_and_goes_on_as_it_was(
    mesh: Mesh, mint: Mint
) -> None:
    """The version is adopted all the same: it is the truth. When the keys are there, bringing it again puts them into use."""
    new, before = new_identity(ZHEJIANG), mesh.zhejiang.identity
    document = mint.next(lambda one: changes.recover(one, introduction(new)), by=(SHANGHAI, JIANGSU, ANHUI))
    await mesh.zhejiang.memberships.adopt([document])
    unchanged = mesh.zhejiang.identity
    mesh.zhejiang.ring = ring_of(before, new)
    await mesh.zhejiang.memberships.adopt([document])

    assert mesh.zhejiang.memberships.held.version == 2
    assert unchanged is before
    assert mesh.zhejiang.identity.signing_certificate == new.signing_certificate


def file_of(folder: Path, document: bytes) -> Path:
    path = folder / "membership.json"
    path.write_bytes(document)
    return path


async def test_a_start_takes_up_the_chain_that_the_store_holds(mesh: Mesh, mint: Mint, tmp_path: Path) -> None:
    documents = [mint.next(), mint.next()]
    await mesh.shanghai.memberships.adopt(documents)
    held = mesh.shanghai.store.read.memberships.after(0, 100)
    chains = [
        membership_chain.resolve(file_of(tmp_path, anchor().to_json()), None, held),
        membership_chain.resolve(file_of(tmp_path, documents[1]), None, held),
    ]

    assert [(len(one.links), one.fresh, one.newest.head.version) for one in chains] == [(3, (), 3)] * 2


async def test_a_configured_file_that_is_the_next_version_is_adopted(mesh: Mesh, mint: Mint, tmp_path: Path) -> None:
    held = mesh.shanghai.store.read.memberships.after(0, 100)
    chain = membership_chain.resolve(file_of(tmp_path, mint.next()), mint.digest, held)

    assert [one.head.version for one in chain.fresh] == [2]


async def test_a_store_of_another_mesh_is_refused_with_what_to_do(mesh: Mesh, tmp_path: Path) -> None:
    other = Chain.found(threshold=2).documents[0]
    held = mesh.shanghai.store.read.memberships.after(0, 100)
    with pytest.raises(
        ConfigError, match=r"another document than the version 1 this node began with .* another data folder"
    ):
        membership_chain.resolve(file_of(tmp_path, other.to_json()), None, held)


async def test_a_configured_file_far_ahead_is_refused_with_what_to_do(mesh: Mesh, mint: Mint, tmp_path: Path) -> None:
    mint.next()
    path = file_of(tmp_path, mint.next())
    held = mesh.shanghai.store.read.memberships.after(0, 100)
    with pytest.raises(ConfigError, match=r"version 3 does not join the versions 1 to 1 .* put back one of those"):
        membership_chain.resolve(path, mint.digest, held)


async def test_a_store_that_was_tampered_with_is_refused(mesh: Mesh, mint: Mint, tmp_path: Path) -> None:
    forged = SignedMembership(payload=mint.draft(moved).payload(), signatures={})
    link = Version(membership=mint.draft(moved), signed=forged)
    held = [*mesh.shanghai.store.read.memberships.after(0, 100), stored(link, mesh.clock())]
    with pytest.raises(ConfigError, match=r"store's membership version 2 does not verify.*backup"):
        membership_chain.resolve(file_of(tmp_path, anchor().to_json()), None, held)
