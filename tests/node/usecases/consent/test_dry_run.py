"""The dry run walks check 6 like every other: with a consent it says what an application with it would get, without one it is not asked."""

from typing import Any

import pytest

from federation.model.application import AuthMode, Kind
from node.ports.explaining import Question
from node.usecases.admission.explanation import Explainer
from tests.node.usecases.consent.offices import (
    DELEGATE,
    ENTRUST_LINE,
    HOLDER_LINE,
    PERSON,
    STANDING_LINE,
    given,
    taken_back,
)
from tests.node.usecases.mesh import APP, CALLER, JIANGSU, OPERATOR, ZHEJIANG, Mesh
from trust.consent import Mode

States = dict[str, str]


def explainer(mesh: Mesh, code: str) -> Explainer:
    one = mesh[code]
    return Explainer(
        store=one.store,
        verifier=one.verifier,
        asking=one.asking,
        provinces=lambda: tuple(mesh.all),
        callers={APP: CALLER},
    )


async def states(mesh: Mesh, **asked: Any) -> tuple[States, States, list[str]]:
    """The consumer's own checks and those of Zhejiang, and who can change what stops."""
    question = Question(operator=OPERATOR.account, app_id=APP, use_org_code=CALLER.use_org_code, **asked)
    (own,) = await explainer(mesh, JIANGSU).own(CALLER, question)
    (there,) = await explainer(mesh, ZHEJIANG).explain(JIANGSU, question)
    assert own.own is not None
    parts = own.own, there.provinces[0]
    first, second = ({one.check: one.state for one in part.checks} for part in parts)
    return first, second, [one.who for part in parts for one in part.checks if one.refusal]


async def test_a_consent_that_fits_passes_and_one_taken_back_stops_and_the_holder_can_change_it(mesh: Mesh) -> None:
    taken = await given(mesh)
    asked = {"use_list_id": HOLDER_LINE, "holder": PERSON, "consent": taken.document}
    own, there, who = await states(mesh, **asked)
    await taken_back(mesh, taken)
    own_after, there_after, who_after = await states(mesh, **asked)

    assert (own["AUTHORISATION"], there["AUTHORISATION"], who) == ("PASS", "PASS", [])
    assert (own_after["AUTHORISATION"], there_after["STOPS"]) == ("STOP", "STOP")
    assert who_after[0].startswith("持证主体")


@pytest.mark.parametrize(
    ("asked", "state"),
    [
        pytest.param({"use_list_id": "JS-0001"}, "PASS", id="a line of duty"),
        pytest.param({"use_list_id": HOLDER_LINE}, "NOT_ASKED", id="no consent named"),
        pytest.param({"use_list_id": HOLDER_LINE, "consent": b"{}"}, "NOT_ASKED", id="a consent without its holder"),
        pytest.param({"use_list_id": HOLDER_LINE, "consent": b"{}", "holder": PERSON}, "STOP", id="none at all"),
        pytest.param({"use_list_id": HOLDER_LINE, "consent": b"", "holder": PERSON}, "STOP", id="an empty one"),
    ],
)
async def test_what_the_dry_run_says_of_check_6(mesh: Mesh, asked: dict[str, Any], state: str) -> None:
    own, there, _ = await states(mesh, **asked)

    assert (own["AUTHORISATION"], there["AUTHORISATION"]) == (state, state)


async def test_a_delegate_is_asked_for_too(mesh: Mesh) -> None:
    taken = await given(mesh, mode=Mode.ENTRUST, delegate=DELEGATE)
    asked = {"use_list_id": ENTRUST_LINE, "holder": PERSON, "consent": taken.document}
    named, _, _ = await states(mesh, delegate=DELEGATE, auth_mode=AuthMode.ENTRUST, **asked)
    nobody, _, _ = await states(mesh, **asked)

    assert (named["AUTHORISATION"], nobody["AUTHORISATION"]) == ("PASS", "STOP")


async def test_whether_an_application_may_stand_is_told(mesh: Mesh) -> None:
    may, _, _ = await states(mesh, use_list_id=STANDING_LINE, kind=Kind.STANDING)
    may_not, _, _ = await states(mesh, use_list_id="JS-0001", kind=Kind.STANDING)

    assert (may["STANDING_RIGHT"], may_not["STANDING_RIGHT"]) == ("PASS", "STOP")
