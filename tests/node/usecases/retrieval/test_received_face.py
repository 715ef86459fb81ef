"""Face data of another province are handed on only where they are what was asked for and allowed, and nothing besides. Clause 8.3."""

from dataclasses import replace
from typing import Any

import pytest

from federation.methods import DATA
from federation.model.evidence import EventType
from federation.model.refusal import Reason
from federation.model.retrieval import DataAnswer, DataQuery
from federation.ports import Incoming
from node.errors import RefusedError
from node.ports.retrieving import ReceivedData
from node.ports.store import Nouns
from node.usecases.exchange import Answered, Decision
from node.usecases.retrieval.face_data import mask_digest
from tests.node.usecases.mesh import CALLER, ZHEJIANG, Mesh, record
from trust import canonical

CERTIFICATE = record(ZHEJIANG)
MEMBERS = (
    *("certificateIdentifier", "certificateName", "certificateType", "certificateTypeCode", "certificateNumber"),
    *("issueDept", "issueDeptCode", "issueDate", "certificateValidateStart", "certificateValidateEnd"),
    *("status", "sourceDigest"),
)


def column(name: Any, **more: Any) -> dict[str, Any]:
    return {"name": "n", "columnName": name, "value": "v", "valueType": "string", **more}


NAME, KIND, SCALE = column("KZ_NAME"), column("KZ_KIND"), column("KZ_SCALE")


def answer_with(surface: Any, mask: tuple[str, ...] = ("KZ_NAME",), **more: Any) -> DataAnswer:
    plain = dict.fromkeys(MEMBERS, "") | {"certificateIdentifier": CERTIFICATE.identifier, "surface": surface, **more}
    return DataAnswer(data=canonical.dumps(plain), mask_digest=mask_digest(mask))


async def received(mesh: Mesh, answer: DataAnswer, fields: tuple[str, ...]) -> ReceivedData:
    """What Jiangsu makes of this answer: a member's signature under it does not make it right."""

    async def said(incoming: Incoming[DataQuery]) -> Answered:
        def decide(_: Nouns) -> Decision[DataAnswer]:
            return Decision(answer=answer, event=EventType.RETRIEVE)

        return await mesh.zhejiang.exchange.answer(incoming, DATA.path, decide)

    await mesh.zhejiang.keep(CERTIFICATE)
    form = replace(await mesh.wish(CERTIFICATE), fields=fields)
    mesh.network.join(mesh.zhejiang.post, mesh.zhejiang.handlers() | {DATA.path: said})
    return await mesh.jiangsu.retrieval.data(CALLER, form)


async def test_data_that_are_what_they_should_be_are_handed_on(mesh: Mesh) -> None:
    assert (await received(mesh, answer_with([NAME]), ("KZ_NAME",))).data["surface"] == [NAME]


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        pytest.param(answer, fields, id=name)
        for name, answer, fields in (
            ("nothing at all", DataAnswer(), ("KZ_NAME",)),
            ("JSON without end", DataAnswer(data=b"[" * 50_000), ("KZ_NAME",)),
            ("a list", DataAnswer(data=b"[]"), ("KZ_NAME",)),
            ("a number", DataAnswer(data=b"7"), ("KZ_NAME",)),
            ("a surface that is none", answer_with(7), ("KZ_NAME",)),
            ("a field without a name", answer_with([{}]), ("KZ_NAME",)),
            ("a field whose name is a number", answer_with([column(7)]), ("KZ_NAME",)),
            ("a field beyond the mask", answer_with([NAME, SCALE]), ("KZ_NAME",)),
            ("a field that was not wanted", answer_with([KIND, NAME], ("KZ_KIND", "KZ_NAME")), ("KZ_NAME",)),
            ("another certificate", answer_with([NAME], certificateIdentifier="1.2.3"), ("KZ_NAME",)),
            ("a field beyond the verdict, nothing being chosen", answer_with([SCALE], ("KZ_SCALE",)), ()),
            ("a field beyond the verdict, though it was wanted", answer_with([SCALE], ("KZ_SCALE",)), ("KZ_SCALE",)),
            ("a member of its own", answer_with([NAME], holderAddress="某地某街1号"), ()),
            ("a structure where a value belongs", answer_with([NAME], status={"KZ_SCALE": "v"}), ()),
            ("a member inside a field", answer_with([column("KZ_NAME", more={"KZ_SCALE": "v"})]), ()),
            ("a structure for the value of a field", answer_with([column("KZ_NAME", value=["v"])]), ()),
        )
    ],
)
async def test_data_that_are_not_what_they_should_be_are_refused_on_record(
    mesh: Mesh, answer: DataAnswer, fields: tuple[str, ...]
) -> None:
    with pytest.raises(RefusedError) as caught:
        await received(mesh, answer, fields)
    (entry,) = mesh.jiangsu.entries(type="RETRIEVE", step="refused")

    assert (caught.value.refusal.reason, entry["refusal"]["code"]) == (Reason.FILE_MISMATCH, 13)
