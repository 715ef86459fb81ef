"""The table: every fault has its owner, its step and its next step in Chinese, and both nodes name the same province where both know it."""

from pathlib import Path

import pytest

from federation.model.refusal import Owner
from tests.faults import applying, consenting, retrieving, searching
from tests.faults.case import Case, explained, faults_of
from tests.node.usecases.mesh import JIANGSU, Mesh

CASES = [*applying.CASES, *searching.CASES, *retrieving.CASES, *consenting.CASES]


def test_there_are_forty_faults_at_least() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("case", CASES)
async def test_a_fault_has_its_owner_and_its_step_on_both_nodes(case: Case, tmp_path: Path) -> None:
    mesh = await Mesh(tmp_path).ready(case.lines)
    exchange_id = await case.inject(mesh)
    ours = await explained(mesh.jiangsu, exchange_id)
    (fault,) = faults_of(ours, case.reason, case.provider)

    assert (fault.owner, fault.province, fault.hop, fault.at) == (case.owner, case.province, case.hop, case.at)
    assert any("\u4e00" <= char <= "\u9fff" for char in fault.refusal.zh_step)
    assert (ours.state, fault in ours.faults) == (case.state, case.stands)
    if case.theirs is not None:
        (seen,) = faults_of(await explained(mesh[case.provider], exchange_id), case.reason, JIANGSU)
        assert (seen.province, seen.hop, seen.at) == (fault.province, case.theirs, case.provider)
        assert seen.owner is _from_there(fault.owner, fault.province, case.provider)


def _from_there(owner: Owner, province: str, provider: str) -> Owner:
    """The owner as the provider calls it."""
    if owner not in {Owner.NODE, Owner.PEER}:
        return owner
    return Owner.NODE if province == provider else Owner.PEER
