"""trust.heads and trust.fork: heads are verified once, only fit each other, and what does not fit convicts on another machine."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.trust.vectors import make_log_proof
from trust import gm
from trust.checkpoint import Checkpoint, evidence_log, sign_note
from trust.errors import EvidenceError
from trust.fork import MAX_EXHIBIT_BYTES, Exhibit, convict, read_exhibit
from trust.heads import HEADS_KEPT, OPENED_KEPT, ForkError, Heads, SeenHead

VECTOR: Mapping[str, Any] = json.loads(make_log_proof.FILE.read_text(encoding="utf-8"))
VECTOR_KEY = gm.PublicKey.from_point(bytes.fromhex(VECTOR["public_key"]))
SHANGHAI, JIANGSU = "310000", "320000"
KEY, OTHER = gm.PrivateKey.generate(), gm.PrivateKey.generate()


def note(size: int, mark: int = 0, *, province: str = SHANGHAI, key: gm.PrivateKey = KEY) -> bytes:
    checkpoint = Checkpoint(origin=evidence_log(province), size=size, root=gm.sm3(b"%d %d" % (size, mark)))
    return sign_note(checkpoint, key.public, key.sign)


class Counted:
    """A public key that counts how often it verifies."""

    def __init__(self) -> None:
        self.point, self.calls = KEY.public.point, 0

    def verify(self, message: bytes, signature: bytes) -> bool:
        self.calls += 1
        return KEY.public.verify(message, signature)


def test_a_checkpoint_is_verified_once() -> None:
    heads, key, one = Heads(), Counted(), note(5)
    for _ in range(3):
        assert heads.open(SHANGHAI, one, key).size == 5  # type: ignore[arg-type]

    assert key.calls == 1


def test_what_was_verified_with_one_key_is_not_believed_of_another() -> None:
    heads, one = Heads(), note(5)
    heads.open(SHANGHAI, one, KEY.public)

    with pytest.raises(EvidenceError, match="known key"):
        heads.open(SHANGHAI, one, OTHER.public)
    with pytest.raises(EvidenceError, match="not of the log"):
        heads.open(JIANGSU, one, KEY.public)


def test_memory_is_bounded() -> None:
    heads = Heads()
    for size in range(1, OPENED_KEPT + 50):
        heads.open(SHANGHAI, note(size), KEY.public)

    assert len(heads._opened) == OPENED_KEPT
    assert len(heads._logs[SHANGHAI].by_size) == HEADS_KEPT


def test_the_newest_head_is_the_largest() -> None:
    heads = Heads()
    for size in (5, 9, 7):
        heads.open(SHANGHAI, note(size), KEY.public)
    newest = heads.newest(SHANGHAI)

    assert newest is not None
    assert newest.size == 9
    assert heads.newest(JIANGSU) is None


def test_a_later_signature_over_the_same_head_is_no_fork() -> None:
    heads = Heads()

    assert heads.open(SHANGHAI, note(5), KEY.public).root == heads.open(SHANGHAI, note(5), KEY.public).root


def test_two_heads_of_one_size_are_a_fork_told_and_refused_each_time() -> None:
    heads, told = Heads(), list[Exhibit]()
    heads.watch(told.append)
    first, second = note(5), note(5, mark=1)
    heads.open(SHANGHAI, first, KEY.public)
    for _ in range(2):
        with pytest.raises(ForkError):
            heads.open(SHANGHAI, second, KEY.public)

    assert told == [Exhibit(province=SHANGHAI, first=first, second=second)] * 2
    assert heads.open(SHANGHAI, first, KEY.public).note == first
    assert "two different roots" in convict(told[0], KEY.public)


def test_a_fork_is_found_at_heads_taken_from_storage() -> None:
    heads = Heads()
    heads.take(SHANGHAI, SeenHead(size=5, root=bytes(32), note=b"stored"))

    with pytest.raises(ForkError):
        heads.open(SHANGHAI, note(5), KEY.public)


def test_a_suspended_log_is_believed_again_when_the_two_in_doubt_were_shown_to_fit() -> None:
    heads = Heads()
    first = heads.open(SHANGHAI, note(5), KEY.public)
    heads.link(SHANGHAI, first)
    other = heads.open(SHANGHAI, note(7), KEY.public)
    heads.suspend(SHANGHAI, first, other)
    for one in (note(5), note(4), note(9)):
        with pytest.raises(EvidenceError, match="not shown"):
            heads.open(SHANGHAI, one, KEY.public)
    heads.open(JIANGSU, note(5, province=JIANGSU), KEY.public)
    heads.link(SHANGHAI, other)
    assert heads.suspended(SHANGHAI)
    heads.settle(SHANGHAI)

    assert heads.open(SHANGHAI, note(9), KEY.public).size == 9


def test_a_head_that_was_passed_over_is_handed_out_once() -> None:
    heads = Heads()
    for size in (5, 7, 6):
        heads.open(SHANGHAI, note(size), KEY.public)
    stray = heads.stray(SHANGHAI)

    assert stray is not None
    assert stray.size == 6
    assert heads.stray(SHANGHAI) is None
    assert heads.stray(JIANGSU) is None


def exhibit(name: str) -> Exhibit:
    one = VECTOR[name]
    return Exhibit(
        province=VECTOR["sender"],
        first=one["first"].encode(),
        second=one["second"].encode(),
        path=tuple(bytes.fromhex(step) for step in one.get("path", ())),
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [("fork_of_one_size", "two different roots are signed for size 200"), ("fork_of_two_sizes", "first 101 entries")],
)
def test_a_published_fork_convicts_from_its_file_alone(name: str, words: str) -> None:
    assert words in convict(read_exhibit(exhibit(name).to_json()), VECTOR_KEY)
    one = exhibit(name)
    assert words in convict(replace(one, first=one.second, second=one.first), VECTOR_KEY)


NO_PROOF = exhibit("fork_of_two_sizes")


@pytest.mark.parametrize(
    ("one", "key", "words"),
    [
        pytest.param(exhibit("no_fork"), VECTOR_KEY, "extends", id="a log that grew"),
        pytest.param(replace(NO_PROOF, path=()), VECTOR_KEY, "does not lead", id="no answer"),
        pytest.param(replace(NO_PROOF, path=NO_PROOF.path[1:]), VECTOR_KEY, "does not lead", id="half an answer"),
        pytest.param(exhibit("fork_of_one_size"), KEY.public, "known key", id="the key of another"),
        pytest.param(replace(NO_PROOF, province=JIANGSU), VECTOR_KEY, "not of the log", id="another province accused"),
        pytest.param(replace(NO_PROOF, second=NO_PROOF.first), VECTOR_KEY, "the same", id="one head twice"),
        pytest.param(replace(NO_PROOF, first=b"no note"), VECTOR_KEY, "not proven", id="no note"),
        pytest.param(
            Exhibit(province=SHANGHAI, first=note(4), second=note(9), path=(bytes(32),)),
            KEY.public,
            "does not lead",
            id="from a complete tree nothing is claimed",
        ),
        pytest.param(
            Exhibit(province=SHANGHAI, first=note(0), second=note(9)), KEY.public, "no beginning", id="an empty log"
        ),
    ],
)
def test_what_does_not_convict(one: Exhibit, key: gm.PublicKey, words: str) -> None:
    with pytest.raises(EvidenceError, match=words):
        convict(one, key)


GOOD: dict[str, Any] = json.loads(exhibit("fork_of_two_sizes").to_json())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 30_000,
        b" " * (MAX_EXHIBIT_BYTES + 1),
        json.dumps(GOOD | {"kind": "something"}).encode(),
        json.dumps(GOOD | {"path": ["zz"]}).encode(),
        json.dumps(GOOD | {"path": ["00"]}).encode(),
        json.dumps(GOOD | {"path": ["00" * 32] * 129}).encode(),
        json.dumps(GOOD | {"first": 7}).encode(),
        json.dumps(GOOD | {"second": "x" * 20_000}).encode(),
    ],
)
def test_what_is_no_exhibit(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_exhibit(data)


def test_heads_that_are_forgotten_count_no_more_and_their_doubt_neither() -> None:
    """As those that a thief signed: the largest is the largest of the rest, and another head of that size is no fork."""
    heads = Heads()
    for size in (5, 9):
        heads.open(SHANGHAI, note(size), KEY.public)
    stolen = heads.open(SHANGHAI, note(1000, key=OTHER), OTHER.public)
    rest = heads.newest(SHANGHAI)
    assert rest == stolen
    first = heads.read(SHANGHAI, note(5), KEY.public)
    heads.link(SHANGHAI, first)
    heads.suspend(SHANGHAI, first, stolen)
    heads.forget(SHANGHAI, {stolen.note})

    assert not heads.suspended(SHANGHAI)
    assert stolen.note not in heads.notes(SHANGHAI)
    newest = heads.newest(SHANGHAI)
    assert newest is not None
    assert newest.size == 9
    assert heads.linked(SHANGHAI) == first
    heads.open(SHANGHAI, note(1000, 7), KEY.public)


def test_a_log_of_which_all_is_forgotten_is_as_one_never_seen() -> None:
    heads = Heads()
    one = heads.open(SHANGHAI, note(5), KEY.public)
    heads.link(SHANGHAI, one)
    heads.forget(SHANGHAI, heads.notes(SHANGHAI))
    heads.forget(JIANGSU, {b"none"})

    assert (heads.newest(SHANGHAI), heads.linked(SHANGHAI), heads.held(SHANGHAI)) == (None, None, ())
