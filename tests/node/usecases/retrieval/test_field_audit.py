"""An auditor finds what was delivered beyond verdict and line, on either side. REQUIREMENTS 8.5, issue 6 part 5."""

import json
from dataclasses import replace
from typing import Any

import pytest

from federation.model.application import Output
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.invented import LAND_TYPE
from node.ports.evidence import LogEntry
from node.ports.retrieving import RetrieveForm
from node.usecases.retrieval.face_data import mask_digest
from node.usecases.retrieval.field_audit import FieldAudit, audited
from tests.node.usecases.mesh import CALLER, JIANGSU, LINE, ZHEJIANG, Mesh, Province, record
from tests.node.usecases.papers import sealed_file

CERTIFICATE, OWN = record(ZHEJIANG), record(JIANGSU, LAND_TYPE, serial="3")
ALLOWED = frozenset({"KZ_NAME", "KZ_KIND"})


def audit(province: Province, line_fields: frozenset[str] | None = ALLOWED) -> FieldAudit:
    entries = province.store.read.evidence.entries(0, 10_000)
    return audited(province.code, entries, lambda *_: line_fields)


async def used(mesh: Mesh) -> str:
    """Data, a copy and an original of Zhejiang, and data of the own library; returns the apply id."""
    await mesh.zhejiang.keep(CERTIFICATE, file=sealed_file(CERTIFICATE.identifier))
    await mesh.jiangsu.keep(OWN)
    apply_id, _ = await mesh.found()
    retrieval, form = mesh.jiangsu.retrieval, RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier)
    await retrieval.data(CALLER, form)
    await retrieval.file(CALLER, form)
    await retrieval.file(CALLER, replace(form, original=True))
    await retrieval.data(CALLER, replace(form, identifier=OWN.identifier))
    return apply_id


async def test_where_all_kept_to_it_nothing_is_found(mesh: Mesh) -> None:
    await used(mesh)
    mine, theirs = audit(mesh.jiangsu), audit(mesh.zhejiang)

    assert (mine.findings, mine.deliveries, mine.unlisted) == ([], 4, 0)
    assert (theirs.findings, theirs.deliveries, theirs.verdicts) == ([], 3, 1)


async def test_a_provider_that_delivers_more_than_its_verdict_is_found_and_nothing_is_handed_on(mesh: Mesh) -> None:
    """A fault in its store: the verdict that is looked up allows a field that the verdict given did not."""
    await mesh.zhejiang.keep(CERTIFICATE)
    apply_id, _ = await mesh.found()
    rows = mesh.zhejiang.memory._nouns.applications._given._rows
    rows[JIANGSU, apply_id] = replace(rows[JIANGSU, apply_id], fields=("KZ_KIND", "KZ_NAME", "KZ_SCALE"))
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier))
    (finding,) = audit(mesh.zhejiang).findings
    mine = [one["step"] for one in mesh.jiangsu.entries(exchange=finding.exchange)]

    assert (finding.what, finding.fields) == ("fields beyond the verdict", ("KZ_SCALE",))
    assert "KZ_SCALE" in json.dumps(mesh.zhejiang.entries(exchange=finding.exchange))
    assert (caught.value.refusal.reason, mine) == (Reason.FILE_MISMATCH, ["asked", "refused"])


async def test_a_verdict_beyond_its_line_is_found_and_one_whose_line_is_gone_is_counted(mesh: Mesh) -> None:
    await used(mesh)
    beyond = audit(mesh.zhejiang, frozenset({"KZ_NAME"}))
    gone = audit(mesh.zhejiang, None)

    assert [(one.what, one.fields) for one in beyond.findings] == [
        ("the verdict allows fields beyond the line", ("KZ_KIND",))
    ]
    assert (gone.findings, gone.unlisted) == ([], 1)


def entries(*changes: dict[str, Any]) -> list[LogEntry]:
    """A log of one verdict and one delivery, changed."""
    fields = ["KZ_NAME"]
    verdict: dict[str, Any] = {
        "type": "VERIFY",
        "step": "answered",
        "exchange": "e1",
        "peer": JIANGSU,
        "apply": "a1",
        "line": LINE,
        "line_version": 1,
        "result": "PASS",
        "allowed_fields": fields,
        "allowed_outputs": ["DATA"],
    }
    delivery: dict[str, Any] = {
        "type": "RETRIEVE",
        "step": "answered",
        "exchange": "e2",
        "peer": JIANGSU,
        "apply": "a1",
        "output": "DATA",
        "fields": fields,
        "mask": mask_digest(tuple(fields)).hex(),
    }
    made = [base | change for base, change in zip((verdict, delivery), changes, strict=True)]
    return [LogEntry(index=number, entry=json.dumps(one).encode()) for number, one in enumerate(made)]


@pytest.mark.parametrize(
    ("verdict", "delivery", "found"),
    [
        pytest.param({}, {}, [], id="all fits"),
        pytest.param({}, {"fields": ["KZ_KIND"]}, ["the mask is not that of", "fields beyond"], id="other fields"),
        pytest.param({}, {"mask": "00"}, ["the mask is not that of"], id="a mask that hides one"),
        pytest.param(
            {}, {"output": Output.ORIGINAL.value}, ["the verdict does not allow ORIGINAL"], id="another output"
        ),
        pytest.param({"apply": "a2"}, {}, ["no verdict"], id="a verdict on another application"),
        pytest.param({"peer": ZHEJIANG}, {}, ["no verdict"], id="a verdict for another province"),
        pytest.param({"result": "REJECT"}, {}, ["no verdict"], id="a rejection"),
        pytest.param({}, {"refusal": {"code": 11}}, [], id="nothing was delivered"),
        pytest.param({}, {"step": "received"}, ["no verdict"], id="a verdict given counts for nothing received"),
    ],
)
def test_what_does_not_fit_is_named(verdict: dict[str, Any], delivery: dict[str, Any], found: list[str]) -> None:
    said = [one.what for one in audited(ZHEJIANG, entries(verdict, delivery), lambda *_: ALLOWED).findings]

    assert len(said) == len(found)
    assert all(one.startswith(start) for one, start in zip(said, found, strict=True))
