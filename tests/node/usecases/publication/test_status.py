"""node.usecases.status over lists: versions, receipts of all three kinds, and how old what is held is."""

from pathlib import Path

import pytest

from federation.peers import Peers
from node.metrics import Metrics
from node.usecases.status import Status
from node.usecases.stops import Stops
from tests.node.usecases.publication.provinces import (
    CODES,
    DECISIONS,
    JIANGSU,
    SHANGHAI,
    USELIST,
    ZHEJIANG,
    Province,
    Provinces,
    entry,
)

MEMBERSHIP = {"version": 1, "expired": False, "expires": "2027-01-01T00:00:00+00:00", "held": []}


def status(mesh: Provinces, node: Province) -> Status:
    return Status(
        base_facts={"province": node.code},
        store=node.store,
        peers=Peers([code for code in CODES if code != node.code]),
        members=lambda: CODES,
        membership=lambda: MEMBERSHIP,
        stops=Stops(),
        clock=mesh.clock,
        lists=lambda: node.publications,
    )


@pytest.fixture
async def mesh(tmp_path: Path) -> Provinces:
    """Shanghai publishes two entries, one of which nobody can read, and a decision; Jiangsu holds both lists and has said so."""
    mesh = Provinces(tmp_path)
    await mesh[SHANGHAI].publish([entry(1), entry(2, share_modes=7)])
    await mesh[SHANGHAI].publish([{"decision_id": "320000/L1/1"}], DECISIONS)
    await mesh[SHANGHAI].publications.exchange_with(JIANGSU)
    return mesh


async def test_a_holder_sees_version_size_age_and_what_it_cannot_read(mesh: Provinces) -> None:
    mesh.clock.move(minutes=3)
    shown = status(mesh, mesh[JIANGSU]).read()["publications"]

    assert shown["catalogue"]["held"] == [
        {"province": SHANGHAI, "version": 1, "size": 2, "age_s": 180, "unreadable": 1}
    ]
    assert (shown["catalogue"]["version"], shown["uselist"]["held"]) == (0, [])
    assert shown["decisions"]["held"][0]["version"] == 1


async def test_the_age_counts_from_the_last_confirmation(mesh: Provinces) -> None:
    mesh.clock.move(hours=5)
    await mesh[JIANGSU].pull(SHANGHAI)
    mesh.clock.move(seconds=20)
    shown = status(mesh, mesh[JIANGSU]).read()["publications"]["catalogue"]["held"]

    assert [one["age_s"] for one in shown] == [20]


async def test_a_publisher_sees_receipts_and_its_own_list_is_never_old(mesh: Provinces) -> None:
    mesh.clock.move(hours=5)
    shown = status(mesh, mesh[SHANGHAI]).read()["publications"]

    assert shown["catalogue"]["receipts"] == [{"province": JIANGSU, "version": 1, "refusal": ""}]
    assert shown["decisions"]["receipts"] == [{"province": JIANGSU, "version": 1, "refusal": ""}]
    assert (shown["uselist"]["version"], shown["catalogue"]["held"][0]["age_s"]) == (0, 0)
    assert shown["catalogue"]["behind"] == 0


async def test_versions_and_ages_are_gauges(mesh: Provinces) -> None:
    mesh.clock.move(minutes=3)
    levels = status(mesh, mesh[JIANGSU]).levels()
    page = Metrics(lambda: levels).render().decode()

    assert levels.publication_versions[USELIST.value, ZHEJIANG] == 0
    assert 'certmesh_publication_version{kind="catalogue",publisher="310000"} 1.0' in page
    assert 'certmesh_publication_age_seconds{kind="decisions",publisher="310000"} 180.0' in page
    assert 'certmesh_publication_age_seconds{kind="catalogue",publisher="330000"}' not in page, "nothing is held"
