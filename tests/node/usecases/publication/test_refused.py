"""What nobody may believe of peers' lists: refused on record, kept as a file where useful; what is held stays. DESIGN §2.7."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from federation.errors import PeerError
from federation.methods import ANNOUNCE
from federation.model.publication import (
    Announce,
    Delta,
    Head,
    Key,
    Mark,
    PullAnswer,
    SignedHead,
    parse,
    sign,
)
from federation.model.publication_fork import NotProvenError, convict, read_exhibit
from federation.model.refusal import Reason
from node.ports.store import StoreError
from tests.node.usecases.publication.plain import FailingStore
from tests.node.usecases.publication.provinces import CATALOGUE, JIANGSU, SHANGHAI, ZHEJIANG, Provinces, entry
from trust import canonical

Change = Callable[[PullAnswer], PullAnswer]


@pytest.fixture
async def mesh(mesh: Provinces) -> Provinces:
    """Shanghai has published three versions; Jiangsu holds the second."""
    await mesh[SHANGHAI].publish([entry(1)])
    await mesh[SHANGHAI].publish([entry(1), entry(2)])
    await mesh[JIANGSU].pull(SHANGHAI)
    await mesh[SHANGHAI].publish([entry(2), entry(3)])
    return mesh


async def refused(mesh: Provinces) -> str:
    """Jiangsu asks Shanghai twice and keeps its second version: the sentence on record, once."""
    for _ in range(2):
        with suppress(PeerError):  # a receipt for what Shanghai's own store does not know is refused there
            await mesh[JIANGSU].pull(SHANGHAI)
    (entry_,) = mesh[JIANGSU].entries(step="refused")

    assert entry_["refusal"]["reason"] == "VERSION_CONFLICT"
    assert mesh[JIANGSU].ids(SHANGHAI) == ["T00001", "T00002"]
    assert mesh[JIANGSU].mark(SHANGHAI).version == 2
    return mesh[JIANGSU].publications._refusals._last[CATALOGUE, SHANGHAI].detail


def files(mesh: Provinces) -> list[Path]:
    folder = mesh[JIANGSU].exhibits.folder
    return sorted(folder.iterdir()) if folder.exists() else []


def verdict(mesh: Provinces) -> str:
    """What the one file kept is worth: the sentence that convicts, or why it is not proven."""
    (file,) = files(mesh)
    keys = mesh.directory.peers[SHANGHAI].signing_keys
    try:
        return f"GUILTY: {convict(read_exhibit(file.read_bytes()), keys)}"
    except NotProvenError as error:
        return f"NOT PROVEN: {error}"


def signed(mesh: Provinces, head: Head, signer: str = SHANGHAI) -> SignedHead:
    """A head signed by a province with the key id that it is to be believed under."""
    key = mesh[signer].identity
    return sign(head, key_id=key.signing_certificate.fingerprint, signer=key.signing_key.sign)


def newest(mesh: Provinces) -> Head:
    return parse(mesh[SHANGHAI].head().payload, kind="catalogue", publisher=SHANGHAI)


def with_head(answer: PullAnswer, head: SignedHead, version: int = 3) -> PullAnswer:
    return replace(answer, head=head, newest=Mark(version=version, digest=head.digest))


async def test_a_publisher_that_lost_everything_is_refused(mesh: Provinces) -> None:
    mesh.twin(SHANGHAI)

    assert await refused(mesh) == "went back to version 0; version 2 is held here"
    assert "NOT PROVEN: one signed head alone" in verdict(mesh)


async def test_a_publisher_that_went_back_to_an_older_version_is_refused_and_that_is_no_proof(mesh: Provinces) -> None:
    first = mesh[SHANGHAI].head(1)
    mesh[SHANGHAI].answer_pulls(lambda _: PullAnswer(newest=Mark(version=1, digest=first.digest), head=first))

    assert await refused(mesh) == "went back to version 1; version 2 is held here"
    assert "NOT PROVEN: version 1 may be an earlier version of the same list" in verdict(mesh)


async def test_a_publisher_that_begins_anew_is_refused(mesh: Provinces) -> None:
    """Its new first version is not the one that Jiangsu knew: Jiangsu came in with the second, so nothing is proven."""
    await mesh.twin(SHANGHAI).publish([entry(9)])

    assert await refused(mesh) == "went back to version 1; version 2 is held here"
    assert "NOT PROVEN" in verdict(mesh)


async def test_another_version_of_a_number_that_was_held_is_a_fork(mesh: Provinces) -> None:
    twin = mesh.twin(SHANGHAI)
    for number in (7, 8):
        await twin.publish([entry(number)])

    assert await refused(mesh) == "version 2 is another than the version 2 held here"
    assert "GUILTY: two different versions 2 of its catalogue are signed" in verdict(mesh)


async def test_a_newer_version_with_another_history_is_a_fork(mesh: Provinces) -> None:
    twin = mesh.twin(SHANGHAI)
    for number in (7, 8, 9, 10):
        await twin.publish([entry(number)])

    assert await refused(mesh) == "version 3 does not follow the version 2 held here"
    assert "GUILTY: it signed version 2 of its catalogue, and a version 4 whose history has another" in verdict(mesh)


async def test_a_fork_that_is_announced_is_refused_in_the_answer(mesh: Provinces) -> None:
    twin = mesh.twin(SHANGHAI)
    for number in (7, 8):
        await twin.publish([entry(number)])
    message = Announce(head=twin.head())
    answers = [await mesh.call(SHANGHAI, JIANGSU, ANNOUNCE["catalogue"].path, message) for _ in range(2)]

    assert {one.refusal.reason for one in answers} == {Reason.VERSION_CONFLICT}
    assert answers[0].held == mesh[JIANGSU].mark(SHANGHAI)
    assert len(mesh[JIANGSU].entries(step="refused")) == 1
    assert "GUILTY" in verdict(mesh)


async def test_a_change_that_is_announced_with_other_entries_is_refused(mesh: Provinces) -> None:
    message = Announce(head=mesh[SHANGHAI].head(), delta=Delta(after=2, puts=(canonical.dumps(entry(4)),)))
    answer = await mesh.call(SHANGHAI, JIANGSU, ANNOUNCE["catalogue"].path, message)

    assert (answer.held.version, answer.refusal.reason) == (2, Reason.VERSION_CONFLICT)
    assert mesh[JIANGSU].ids(SHANGHAI) == ["T00001", "T00002"]
    assert "are not those that its head was signed over" in await refused(mesh)


def _put(*bodies: bytes) -> Change:
    """The answer with these entries instead."""
    return lambda answer: replace(
        answer, delta=Delta(after=2, chain=answer.delta.chain if answer.delta else (), puts=bodies)
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(_put(), "are not those that its head", id="no entries"),
        pytest.param(
            _put(canonical.dumps(entry(3))), "are not those that its head", id="one that was to go still there"
        ),
        pytest.param(_put(canonical.dumps(entry(4))), "are not those that its head", id="another entry"),
        pytest.param(_put(b"[]"), "an entry is not an object", id="an entry that is a list"),
        pytest.param(_put(b"{}"), "type_code is not a text", id="an entry without an id"),
        pytest.param(_put(b'{"type_code": "T"}'), "not canonical JSON", id="an entry not in canonical form"),
        pytest.param(
            lambda answer: replace(answer, next=Key(id="T00003", version=1), delta=replace(answer.delta, puts=())),
            "ended before their end",
            id="pages that do not go on",
        ),
        pytest.param(
            lambda answer: replace(answer, delta=None), "came without what leads to it", id="nothing beside the head"
        ),
        pytest.param(
            lambda answer: replace(answer, delta=replace(answer.delta, after=1)),
            "came without what leads to it from version 2",
            id="what leads from another version",
        ),
        pytest.param(lambda answer: replace(answer, head=None), "without its signed head", id="no head"),
        pytest.param(
            lambda answer: replace(answer, head=replace(answer.head, signature=bytes(64))),
            "the signature does not fit",
            id="a signature of zeros",
        ),
        pytest.param(
            lambda answer: replace(answer, newest=replace(answer.newest, digest="ab" * 32)),
            "is not the one that the answer names",
            id="a head that is not the one named",
        ),
        pytest.param(
            lambda answer: replace(
                answer, newest=Mark(version=9, digest="ab" * 32), head=replace(answer.head, payload=b"{}")
            ),
            "the signature does not fit",
            id="a head that is no head",
        ),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused(mesh: Provinces, change: Change, sentence: str) -> None:
    mesh[SHANGHAI].answer_pulls(change)

    assert sentence in await refused(mesh)
    assert files(mesh) == []


@pytest.mark.parametrize(
    ("changes", "signer", "sentence"),
    [
        pytest.param({"size": 3}, SHANGHAI, "are not those that its head", id="another number of entries"),
        pytest.param({"root": "ab" * 32}, SHANGHAI, "are not those that its head", id="another root"),
        pytest.param({"publisher": ZHEJIANG}, SHANGHAI, "inside the head is wrong", id="another publisher"),
        pytest.param({"kind": "uselist"}, SHANGHAI, "the signature does not fit", id="another kind"),
        pytest.param({}, ZHEJIANG, "not signed with a key that the publisher may sign with", id="another signer"),
    ],
)
async def test_a_well_signed_head_that_does_not_fit_is_refused(
    mesh: Provinces, changes: dict[str, str], signer: str, sentence: str
) -> None:
    head = signed(mesh, replace(newest(mesh), **changes), signer)  # type: ignore[arg-type]
    mesh[SHANGHAI].answer_pulls(lambda answer: with_head(answer, head))

    assert sentence in await refused(mesh)


async def test_a_head_with_another_predecessor_is_a_fork(mesh: Provinces) -> None:
    head = signed(mesh, replace(newest(mesh), previous="ab" * 32))
    mesh[SHANGHAI].answer_pulls(lambda answer: with_head(answer, head))

    assert await refused(mesh) == "version 3 does not follow the version 2 held here"
    assert "GUILTY" in verdict(mesh)


async def test_pages_that_go_on_and_bring_nothing_end(mesh: Provinces) -> None:
    """Every page names a place behind the one before."""
    places = count(1)

    def empty(answer: PullAnswer) -> PullAnswer:
        end = Key(id=f"T{next(places):05}", version=1)
        return replace(answer, next=end, delta=replace(answer.delta, puts=(), drops=()) if answer.delta else None)

    mesh[SHANGHAI].answer_pulls(empty)

    assert "ended before their end" in await refused(mesh)
    assert next(places) < 5


async def test_entries_that_did_not_fit_are_fetched_again_where_the_clock_went_back(mesh: Provinces) -> None:
    mesh.clock.move(days=365)
    mesh[SHANGHAI].answer_pulls(_put(canonical.dumps(entry(4))))
    await refused(mesh)
    mesh[SHANGHAI].join()
    mesh.clock.move(days=-365)
    await mesh[JIANGSU].pull(SHANGHAI)

    assert mesh[JIANGSU].mark(SHANGHAI).version == 3


async def test_two_heads_of_one_number_convict_whatever_else_the_answer_brings(mesh: Provinces) -> None:
    """A chain that nobody checked, and that no text could hold, goes into no file."""
    head = signed(mesh, replace(newest(mesh), version=2, previous="ab" * 32))
    delta = Delta(after=2, chain=(b"\xff",))
    mesh[SHANGHAI].answer_pulls(lambda answer: replace(with_head(answer, head, 2), delta=delta))

    assert await refused(mesh) == "version 2 is another than the version 2 held here"
    assert "GUILTY: two different versions 2" in verdict(mesh)


async def test_a_fork_that_could_not_be_put_on_record_is_recorded_the_next_time(mesh: Provinces) -> None:
    mesh[JIANGSU].store = store = FailingStore()
    mesh[JIANGSU].start()
    await mesh[JIANGSU].pull(SHANGHAI)
    head = signed(mesh, replace(newest(mesh), previous="ab" * 32))
    mesh[SHANGHAI].answer_pulls(lambda _: PullAnswer(newest=Mark(version=3, digest=head.digest), head=head))
    store.fail_in = 1
    with pytest.raises(StoreError):
        await mesh[JIANGSU].pull(SHANGHAI)
    before = mesh[JIANGSU].entries(step="refused")
    with suppress(PeerError):
        await mesh[JIANGSU].pull(SHANGHAI)

    assert (before, len(mesh[JIANGSU].entries(step="refused"))) == ([], 1)


async def test_entries_that_did_not_fit_are_not_fetched_again_for_an_hour(mesh: Provinces) -> None:
    mesh[SHANGHAI].answer_pulls(_put(canonical.dumps(entry(4))))
    await refused(mesh)
    mesh[SHANGHAI].join()
    await mesh[JIANGSU].pull(SHANGHAI)
    before = mesh[JIANGSU].mark(SHANGHAI).version
    mesh.clock.move(hours=1)
    await mesh[JIANGSU].pull(SHANGHAI)

    assert (before, mesh[JIANGSU].mark(SHANGHAI).version) == (2, 3)


async def test_a_peer_that_told_a_good_tale_again_is_believed_and_refused_anew_later(mesh: Provinces) -> None:
    first = mesh[SHANGHAI].head(1)
    back = PullAnswer(newest=Mark(version=1, digest=first.digest), head=first)
    for expected in (1, 2):
        mesh[SHANGHAI].answer_pulls(lambda _: back)
        await mesh[JIANGSU].pull(SHANGHAI)
        mesh[SHANGHAI].join()
        await mesh[SHANGHAI].publish([entry(20 + expected)])
        await mesh[JIANGSU].pull(SHANGHAI)

        assert len(mesh[JIANGSU].entries(step="refused")) == expected
        assert mesh[JIANGSU].mark(SHANGHAI) == mesh[SHANGHAI].mark()


async def test_a_receipt_tells_the_publisher_that_its_version_was_refused(mesh: Provinces) -> None:
    mesh[SHANGHAI].answer_pulls(_put(canonical.dumps(entry(4))))
    await mesh[JIANGSU].pull(SHANGHAI)

    assert mesh[SHANGHAI].receipt(JIANGSU) == (3, "VERSION_CONFLICT")


async def test_files_of_one_list_are_bounded(mesh: Provinces) -> None:
    for number in range(12):
        head = signed(mesh, replace(newest(mesh), version=2, previous=f"{number:064x}"))
        mesh[SHANGHAI].answer_pulls(lambda answer, head=head: with_head(answer, head, 2))  # type: ignore[misc]
        with suppress(PeerError):
            await mesh[JIANGSU].pull(SHANGHAI)

        if number == 10:
            mesh[JIANGSU].start()  # what was kept before counts too

    assert (len(files(mesh)), len(mesh[JIANGSU].entries(step="refused"))) == (8, 12)


async def test_the_record_names_the_file(mesh: Provinces) -> None:
    mesh.twin(SHANGHAI)
    await refused(mesh)
    (entry_,), (file,) = mesh[JIANGSU].entries(step="refused"), files(mesh)

    assert entry_["file"] == file.name
    assert json.loads(file.read_bytes())["publisher"] == SHANGHAI
