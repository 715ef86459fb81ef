"""trust.fork: every real fork convicts through the log's own proof, and a log that went back through its own stated times."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust import gm
from trust.checkpoint import Checkpoint, evidence_log, sign_note
from trust.cosignature import cosign, cosigned
from trust.errors import EvidenceError
from trust.fork import Exhibit, convict, read_exhibit
from trust.merkle import EMPTY_ROOT, Frontier, as_rfc9162, consistency_proof, leaf_hash, verify_consistency

PROVINCE = "310000"
KEY, NEXT = gm.PrivateKey.generate(), gm.PrivateKey.generate()


class Tree:
    """A log of numbered entries, the first `forked` of which are others."""

    def __init__(self, size: int, forked: int = 0) -> None:
        self.frontier = Frontier()
        self.roots = [EMPTY_ROOT]
        self.finished = []
        for at in range(size):
            self.finished.append(self.frontier.append(leaf_hash(b"%d %d" % (at, at < forked))))
            self.roots.append(self.frontier.root())

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        fetch = lambda level, at: self.finished[((at + 1) << level) - 1][level]  # noqa: E731 - a line
        return tuple(consistency_proof(old, new, fetch, whole=True))


def note(size: int, root: bytes, seconds: int | None = None, key: gm.PrivateKey = KEY) -> bytes:
    checkpoint = Checkpoint(origin=evidence_log(PROVINCE), size=size, root=root)
    signed = sign_note(checkpoint, key.public, key.sign)
    if seconds is None:
        return signed
    own = cosign(checkpoint.text(), province=PROVINCE, public_key=key.public, sign=key.sign, seconds=seconds)
    return cosigned(signed, [own.line])


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(1, 40))
def test_every_fork_convicts_by_the_logs_own_proof(old: int, growth: int) -> None:
    """Complete trees among them: the older size may be a power of two."""
    new = old + growth
    true, forked = Tree(old), Tree(new, forked=1)
    one = Exhibit(
        province=PROVINCE,
        first=note(old, true.roots[old]),
        second=note(new, forked.roots[new]),
        path=forked.proof(old, new),
    )

    assert f"first {old} entries" in convict(read_exhibit(one.to_json()), KEY.public)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(0, 40))
def test_a_log_that_grew_is_never_convicted(old: int, growth: int) -> None:
    new, tree = old + growth, Tree(old + growth)
    path = tree.proof(old, new)
    plain = as_rfc9162(old=old, old_root=tree.roots[old], path=path)
    verify_consistency(old=old, new=new, old_root=tree.roots[old], new_root=tree.roots[new], path=plain)
    one = Exhibit(
        province=PROVINCE, first=note(old, tree.roots[old], 10), second=note(new, tree.roots[new], 20), path=path
    )
    with pytest.raises(EvidenceError, match="not proven"):
        convict(one, KEY.public)


TREE = Tree(9)


def stated(size: int, seconds: int | None, key: gm.PrivateKey = KEY) -> bytes:
    return note(size, TREE.roots[size], seconds, key)


@pytest.mark.parametrize("path", [(), TREE.proof(4, 9)], ids=["without a proof", "though the heads fit together"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_log_that_went_back_is_convicted_by_its_own_times(path: tuple[bytes, ...], *, turned: bool) -> None:
    notes = (stated(9, 100), stated(4, 101))
    first, second = notes[::-1] if turned else notes
    one = Exhibit(province=PROVINCE, first=first, second=second, path=path)

    assert "that it has 4 entries, after it had stated 9" in convict(read_exhibit(one.to_json()), KEY.public)


def test_a_log_that_went_back_to_nothing_and_changed_its_key_is_convicted() -> None:
    one = Exhibit(province=PROVINCE, first=stated(9, 100), second=stated(0, 101, NEXT))

    assert "went back" in convict(one, KEY.public, NEXT.public)
    with pytest.raises(EvidenceError, match="known key"):
        convict(one, KEY.public)


@pytest.mark.parametrize(
    "notes",
    [
        pytest.param((stated(9, 100), stated(4, 100)), id="at the same second"),
        pytest.param((stated(9, 100), stated(4, 99)), id="the smaller one earlier"),
        pytest.param((stated(9, 100), stated(4, None)), id="one has no time"),
        pytest.param(
            (
                stated(9, 100),
                cosigned(
                    stated(4, None),
                    [
                        cosign(
                            b"another text", province=PROVINCE, public_key=KEY.public, sign=KEY.sign, seconds=101
                        ).line
                    ],
                ),
            ),
            id="the time is of another checkpoint",
        ),
    ],
)
def test_what_does_not_show_that_a_log_went_back(notes: tuple[bytes, bytes]) -> None:
    with pytest.raises(EvidenceError):
        convict(Exhibit(province=PROVINCE, first=notes[0], second=notes[1]), KEY.public)


def test_a_peers_cosignature_says_nothing_about_when_a_log_was_so_short() -> None:
    """A slow peer cosigns the smaller head after a quick one has cosigned the larger."""
    late = cosign(
        Checkpoint(origin=evidence_log(PROVINCE), size=4, root=TREE.roots[4]).text(),
        province="320000",
        public_key=NEXT.public,
        sign=NEXT.sign,
        seconds=500,
    )
    one = Exhibit(province=PROVINCE, first=stated(9, 100), second=cosigned(stated(4, 90), [late.line]))
    with pytest.raises(EvidenceError, match="not proven"):
        convict(one, KEY.public, NEXT.public)


def test_without_a_key_nothing_is_proven() -> None:
    fork = Exhibit(province=PROVINCE, first=note(5, bytes(32)), second=note(5, EMPTY_ROOT))

    with pytest.raises(EvidenceError, match="no key of 310000 is known"):
        convict(fork)


def test_a_cosignature_that_is_none_does_not_keep_a_fork_from_convicting() -> None:
    true, forked = Tree(4), Tree(9, forked=1)
    second = note(9, forked.roots[9], seconds=7)
    wrong = bytearray(second)
    wrong[-6] ^= 1  # within the base64 of the owner's own cosignature
    one = Exhibit(province=PROVINCE, first=note(4, true.roots[4]), second=bytes(wrong), path=forked.proof(4, 9))

    assert "first 4 entries" in convict(one, KEY.public)
