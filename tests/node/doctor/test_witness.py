"""What `certmesh doctor` says of witnesses: the facts, the state they come to, and the words that name what to do."""

import pytest

from node.doctor.checks.witness import witness
from node.doctor.facts import WitnessFacts
from node.doctor.finding import State, worst


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        pytest.param(WitnessFacts(quorum=2, size=9, witnessed=9), State.OK, ("9 of 9", "2 others"), id="all cosigned"),
        pytest.param(
            WitnessFacts(quorum=0, size=9, witnessed=0), State.OK, ("0 of 9", "asks for none"), id="no policy"
        ),
        pytest.param(
            WitnessFacts(quorum=2, size=9, witnessed=7, behind_s=60.0), State.OK, ("7 of 9",), id="a minute's gap"
        ),
        pytest.param(
            WitnessFacts(quorum=2, size=9, witnessed=7, behind_s=3600.0),
            State.WARNING,
            ("2 entries", "3600 s", "certmesh status"),
            id="an hour's gap",
        ),
        pytest.param(
            WitnessFacts(quorum=0, size=9, witnessed=7, behind_s=3600.0),
            State.OK,
            ("7 of 9",),
            id="nobody waits for it",
        ),
        pytest.param(
            WitnessFacts(quorum=2, size=9, witnessed=9, lost=12),
            State.CRITICAL,
            ("size 12", "9 entries", "put back the database"),
            id="the log went back",
        ),
        pytest.param(
            WitnessFacts(quorum=2, size=9, witnessed=9, accused=("320000",)),
            State.CRITICAL,
            ("320000", "evidence convict"),
            id="a peer's log is accused",
        ),
        pytest.param(
            WitnessFacts(quorum=2, size=9, witnessed=9, unasked=("320000", "340000")),
            State.WARNING,
            ("320000, 340000", "had its database been put back"),
            id="too few said at the start what they hold",
        ),
    ],
)
def test_what_is_found(facts: WitnessFacts, state: State, words: tuple[str, ...]) -> None:
    findings = list(witness(facts))
    told = " ".join(f"{one.what} {one.why} {one.todo}" for one in findings)

    assert worst(findings) is state
    assert all(word in told for word in words)
