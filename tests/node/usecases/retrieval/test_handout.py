"""What a provider hands out and a receiver accepts: usage copies by default, originals where the line says so, nothing unverified.

Clause 8.3, DESIGN §2.5 and §2.6.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from federation.methods import FILE
from federation.model.application import Output
from federation.model.evidence import EventType
from federation.model.refusal import Owner, Reason
from federation.model.retrieval import FileHead, FileQuery
from federation.ports import Incoming
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, PROVINCES
from node.ports.reports import ReportOf
from node.ports.retrieving import ReceivedFile, RetrieveForm
from node.ports.store import Nouns
from node.rpc.retrieval import Frames
from node.usecases.exchange import Decision
from node.usecases.retrieval.handout import Handout, report_label
from node.usecases.retrieval.provider import FileAnswer
from tests.node.usecases.mesh import (
    CALLER,
    COPY_LIFETIME,
    JIANGSU,
    ORG,
    ZHEJIANG,
    Mesh,
    Province,
    documents,
    line,
    record,
    sm3,
)
from tests.node.usecases.papers import SEALS, sealed_file, uncopyable_file, unsigned_file
from trust import gm
from trust.ofd import UsageTerms, Verdict, read_package, verify_document

CERTIFICATE = record(ZHEJIANG)
OWN = record(JIANGSU, LAND_TYPE)
ORIGINAL = sealed_file(CERTIFICATE.identifier)
MIB = 1 << 20


async def wish(mesh: Mesh, *, key: str = "", content: bytes = ORIGINAL, **changes: Any) -> RetrieveForm:
    """A certificate in Zhejiang, found from Jiangsu, and a usage copy of it."""
    await mesh.zhejiang.keep(CERTIFICATE, file=content)
    return await mesh.wish(CERTIFICATE, key=key, **changes)


async def fetch(mesh: Mesh, form: RetrieveForm) -> ReceivedFile:
    return await mesh.jiangsu.retrieval.file(CALLER, form)


async def refused(mesh: Mesh, form: RetrieveForm) -> tuple[Reason, str]:
    with pytest.raises(RefusedError) as caught:
        await fetch(mesh, form)
    return caught.value.refusal.reason, caught.value.refusal.detail


def copies(province: Province) -> list[str]:
    """What stands in the folder of usage copies."""
    return [path.name for path in province.copies._root.glob("??/*") if path.suffix != ".prefixes"]


@pytest.mark.parametrize(
    ("applied", "wished", "holds"),
    [
        pytest.param(5, None, 5, id="as the application says"),
        pytest.param(5, 3, 3, id="shorter, as the wish says"),
        pytest.param(5, 9, 5, id="no longer than the application says"),
    ],
)
async def test_a_copy_holds_no_longer_than_was_applied_for(
    mesh: Mesh, applied: int, wished: int | None, holds: int
) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=ORIGINAL)
    now = mesh.clock.now
    apply_id, _ = await mesh.found(copy_expires=now + timedelta(days=applied))
    expires = None if wished is None else now + timedelta(days=wished)
    received = await fetch(mesh, RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier, expires=expires))

    assert received.terms is not None
    assert received.terms.expires == now + timedelta(days=holds)


async def test_a_file_is_a_usage_copy_for_this_unit_matter_and_exchange(mesh: Mesh) -> None:
    received = await fetch(mesh, await wish(mesh))
    custom = read_package(received.path.read_bytes()).custom_data

    assert received.terms == UsageTerms(
        creator=PROVINCES[ZHEJIANG],
        cause="样例用途",
        using_unit="江苏样例大厅",
        exchange_id=received.exchange_id,
        created=mesh.clock.now,
        expires=mesh.clock.now + COPY_LIFETIME,
    )
    assert (custom["JZJZZZ"], custom["JZJZZSY"]) == (PROVINCES[ZHEJIANG], "样例用途")
    assert (received.original_sm3, received.verdict) == (sm3(ORIGINAL), "VALID")
    assert received.sm3 == sm3(received.path.read_bytes()) != sm3(ORIGINAL)


async def test_the_issued_file_is_not_touched_by_a_copy(mesh: Mesh) -> None:
    await fetch(mesh, await wish(mesh))
    kept = mesh.zhejiang.files.get(sm3(ORIGINAL), len(ORIGINAL))

    assert kept.path.read_bytes() == ORIGINAL


async def test_both_entries_name_copy_original_and_verdict(mesh: Mesh) -> None:
    received = await fetch(mesh, await wish(mesh))
    (mine,) = mesh.jiangsu.entries(exchange=received.exchange_id, step="received")
    (theirs,) = mesh.zhejiang.entries(exchange=received.exchange_id)
    expected = {"file": received.sm3, "original": sm3(ORIGINAL), "size": received.size, "verdict": "VALID"}

    assert expected.items() <= mine.items()
    assert expected.items() <= theirs.items()
    assert theirs["expires"] == (mesh.clock.now + COPY_LIFETIME).isoformat(timespec="seconds")


async def test_the_receiver_keeps_its_own_report_sealed(mesh: Mesh) -> None:
    received = await fetch(mesh, await wish(mesh))
    report = mesh.jiangsu.store.read.reports.get(ReportOf.RECEIVED, received.exchange_id)

    assert report is not None
    assert (report.file_sm3, report.verdict) == (received.sm3, "VALID")
    opened = json.loads(mesh.jiangsu.vault.open(report.sealed, report_label(ReportOf.RECEIVED, received.exchange_id)))
    assert opened["copy"]["original_sm3"] == sm3(ORIGINAL)
    assert b"VALID" not in report.sealed


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        pytest.param(timedelta(days=1), timedelta(days=1), id="sooner than the provider allows"),
        pytest.param(timedelta(days=300), COPY_LIFETIME, id="later than the provider allows"),
    ],
)
async def test_a_copy_holds_as_long_as_was_asked_and_is_allowed(
    mesh: Mesh, wanted: timedelta, holds: timedelta
) -> None:
    received = await fetch(mesh, await wish(mesh, expires=mesh.clock.now + wanted))

    assert received.terms is not None
    assert received.terms.expires == mesh.clock.now + holds


async def test_a_copy_that_shall_have_expired_already_is_refused_and_spends_nothing(mesh: Mesh) -> None:
    form = await wish(mesh, expires=mesh.clock.now)
    reason, detail = await refused(mesh, form)

    assert (reason, detail) == (Reason.BAD_PARAMETER, "copyExpiringTime is over")
    assert (await fetch(mesh, replace(form, expires=None))).terms is not None


async def test_an_original_comes_only_where_the_line_names_it(mesh: Mesh, tmp_path: Any) -> None:
    strict = await Mesh(tmp_path / "strict").ready([line(output_modes=("FILE", "DATA"))])
    await strict.zhejiang.keep(CERTIFICATE, file=ORIGINAL)
    apply_id, _ = await strict.found(outputs=(Output.FILE, Output.DATA))
    form = RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier, original=True)
    received = await fetch(mesh, await wish(mesh, original=True))

    assert (await refused(strict, form))[0] is Reason.OUTPUT_NOT_ALLOWED
    assert (received.path.read_bytes(), received.terms) == (ORIGINAL, None)


async def test_copy_and_original_are_two_uses(mesh: Mesh) -> None:
    form = await wish(mesh)
    await fetch(mesh, form)
    original = replace(form, original=True)
    await fetch(mesh, original)

    assert (await refused(mesh, form))[0] is Reason.USE_CODE_SPENT
    assert (await refused(mesh, original))[0] is Reason.USE_CODE_SPENT


async def test_a_broken_stream_of_a_copy_goes_on_with_the_same_copy(mesh: Mesh) -> None:
    form = await wish(mesh, key="k", content=sealed_file(CERTIFICATE.identifier, size=3 * MIB))
    mesh.network.break_stream(ZHEJIANG, 2)
    assert (await refused(mesh, form))[0] is Reason.PEER_UNREACHABLE
    received = await fetch(mesh, form)
    first, second = mesh.zhejiang.entries(type="RETRIEVE")

    assert (first["file"], second["repeated"]) == (received.sm3, True)
    assert copies(mesh.zhejiang) == [received.sm3]


async def test_a_copy_whose_use_is_spent_leaves_no_file_behind(mesh: Mesh) -> None:
    form = await wish(mesh)
    received = await fetch(mesh, form)

    assert (await refused(mesh, form))[0] is Reason.USE_CODE_SPENT
    assert copies(mesh.zhejiang) == [received.sm3]


class Overtaken(Handout):
    """The first copy is made, and then `meanwhile` happens."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def prepare(self, *arguments: Any) -> Any:
        prepared = await super().prepare(*arguments)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return prepared


async def test_a_certificate_replaced_while_its_copy_is_made_gives_a_copy_of_the_new_file(tmp_path: Path) -> None:
    mesh = await Mesh(tmp_path, Overtaken).ready()
    form = await wish(mesh)
    newer = sealed_file(CERTIFICATE.identifier, label="newer")
    handout = mesh.zhejiang.handout
    assert isinstance(handout, Overtaken)
    handout.meanwhile = partial(mesh.zhejiang.keep, CERTIFICATE, file=newer)
    received = await fetch(mesh, form)

    assert received.original_sm3 == sm3(newer)
    assert copies(mesh.zhejiang) == [received.sm3]


async def test_a_file_from_before_reports_were_kept_is_verified_before_it_is_handed_out(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=ORIGINAL, verified=False)
    await fetch(mesh, await mesh.wish(CERTIFICATE))
    report = mesh.zhejiang.store.read.reports.get(ReportOf.ISSUED, sm3(ORIGINAL))

    assert report is not None
    assert report.verdict == "VALID"


@pytest.mark.parametrize(
    ("content", "reason", "detail"),
    [
        pytest.param(
            unsigned_file(CERTIFICATE.identifier), Reason.NOT_DELIVERABLE, "file UNSIGNED", id="without a seal"
        ),
        pytest.param(
            b"no package",
            Reason.NOT_DELIVERABLE,
            "the file kept is not a readable OFD package",
            id="no OFD package",
        ),
    ],
)
@pytest.mark.parametrize("original", [True, False])
async def test_what_is_not_verified_is_not_handed_out(
    mesh: Mesh, content: bytes, reason: Reason, detail: str, *, original: bool
) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=content, verified=False)
    form = await mesh.wish(CERTIFICATE, original=original)

    assert await refused(mesh, form) == (reason, detail)
    await mesh.zhejiang.keep(CERTIFICATE, file=ORIGINAL)
    assert (await fetch(mesh, form)).verdict == "VALID", "nothing was spent"


async def test_a_file_that_no_copy_can_be_made_of_is_refused_as_such_and_spends_nothing(mesh: Mesh) -> None:
    content = uncopyable_file(CERTIFICATE.identifier)
    form = await wish(mesh, content=content)
    with pytest.raises(RefusedError) as caught:
        await fetch(mesh, form)
    refusal = caught.value.refusal
    received = await fetch(mesh, replace(form, original=True))

    assert (refusal.reason, refusal.code, refusal.owner) == (Reason.COPY_FAILED, 14, Owner.ISSUER)
    assert refusal.detail == (
        "no usage copy can be made: UsageCopy/other.xml: a name that usage copies keep for themselves"
    )
    assert (received.original_sm3, received.verdict) == (sm3(content), "VALID")
    assert copies(mesh.zhejiang) == []
    await mesh.zhejiang.keep(CERTIFICATE, file=ORIGINAL)
    assert (await fetch(mesh, form)).verdict == "VALID", "nothing was spent"


async def test_a_file_damaged_on_disk_is_not_copied(mesh: Mesh) -> None:
    form = await wish(mesh)
    path = mesh.zhejiang.files.get(sm3(ORIGINAL), len(ORIGINAL)).path
    path.chmod(0o600)
    path.write_bytes(bytes(len(ORIGINAL)))

    assert await refused(mesh, form) == (Reason.INTERNAL, "the file kept of this certificate is damaged")


async def test_the_own_library_hands_out_copies_too_and_a_retry_gets_the_same(mesh: Mesh) -> None:
    await mesh.jiangsu.keep(OWN, file=sealed_file(OWN.identifier))
    form = await mesh.wish(OWN, key="k")
    first = await fetch(mesh, form)
    mesh.jiangsu.retrieval.release(first)
    second = await fetch(mesh, form)
    one, two = mesh.jiangsu.entries(type="RETRIEVE")

    assert (first.terms, first.sm3) == (second.terms, second.sm3)
    assert first.terms is not None
    assert (first.terms.creator, first.verdict) == (PROVINCES[JIANGSU], "VALID")
    assert len(one["notices"]) == 2
    assert (two["repeated"], "notices" in two) == (True, False)


async def test_a_copy_of_the_own_library_that_is_kept_no_longer_is_said_so(mesh: Mesh) -> None:
    await mesh.jiangsu.keep(OWN, file=sealed_file(OWN.identifier))
    form = await mesh.wish(OWN, key="k")
    first = await fetch(mesh, form)
    mesh.jiangsu.retrieval.release(first)
    mesh.jiangsu.copies.remove(first.sm3)

    assert await refused(mesh, form) == (Reason.USE_CODE_SPENT, "the file of this exchange is kept no longer")


async def test_a_copy_that_is_kept_no_longer_is_said_so_before_anything_is_sent(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    first = await fetch(mesh, form)
    mesh.jiangsu.retrieval.release(first)
    mesh.zhejiang.copies.remove(first.sm3)
    found = await refused(mesh, form)
    (entry,) = mesh.zhejiang.entries(exchange=first.exchange_id, step="ended")

    assert found == (Reason.USE_CODE_SPENT, "the file of this exchange is kept no longer")
    assert entry["refusal"]["reason"] == "USE_CODE_SPENT"


async def test_an_original_that_is_not_on_its_disk_spends_nothing(mesh: Mesh) -> None:
    form = await wish(mesh, original=True)
    mesh.zhejiang.files.remove(sm3(ORIGINAL))
    found = await refused(mesh, form)
    mesh.zhejiang.files.put(ORIGINAL)

    assert found == (Reason.INTERNAL, "the file kept of this certificate cannot be read")
    assert (await fetch(mesh, form)).sm3 == sm3(ORIGINAL)


def hands_out(mesh: Mesh, content: bytes, **changes: Any) -> None:
    """Let Zhejiang answer file requests with these bytes, whatever its rules say; the head speaks the truth but for `changes`."""
    stored = mesh.zhejiang.copies.put(content)

    async def handler(incoming: Incoming[FileQuery]) -> Any:
        head = FileHead(
            identifier=CERTIFICATE.identifier,
            size=stored.size,
            sm3=bytes.fromhex(stored.sm3),
            original_sm3=gm.sm3(ORIGINAL),
            format="ofd",
            chunk_key=b"k" * 16,
            verdict="VALID",
        )

        def decide(_: Nouns) -> Decision[FileHead]:
            return Decision(answer=replace(head, **changes), event=EventType.RETRIEVE)

        answered = await mesh.zhejiang.exchange.answer(incoming, FILE.path, decide)
        answer = FileAnswer(answered=answered, file=stored, chunk_key=b"k" * 16, offset=0, delivered=lambda: None)
        return answered, Frames(answer, incoming.exchange_id)

    mesh.network.join(mesh.zhejiang.post, mesh.zhejiang.handlers() | {FILE.path: handler})


async def test_of_a_province_that_sends_more_than_it_promised_nothing_is_kept(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    hands_out(mesh, bytes(4 << 20), size=10)

    assert await refused(mesh, form) == (Reason.FILE_MISMATCH, "more bytes than the file was promised to have")
    assert not list(mesh.jiangsu.spool._root.iterdir())


def terms(mesh: Mesh, form: RetrieveForm, **changes: Any) -> UsageTerms:
    """The terms a right copy would have for this wish."""
    right = UsageTerms(
        creator=PROVINCES[ZHEJIANG],
        cause="样例用途",
        using_unit="江苏样例大厅",
        exchange_id=mesh.jiangsu.wishes.exchange_id(CALLER, form, Output.FILE),
        created=mesh.clock.now,
        expires=mesh.clock.now + timedelta(days=1),
    )
    return replace(right, **changes)


async def test_a_right_copy_is_accepted_whoever_made_it_so(mesh: Mesh) -> None:
    """The ground on which the refusals below stand."""
    form = await wish(mesh, key="k")
    hands_out(mesh, mesh.zhejiang.documents.usage_copy(ORIGINAL, terms(mesh, form)))

    assert (await fetch(mesh, form)).verdict == "VALID"


@pytest.mark.parametrize(
    ("original", "changes", "misfit"),
    [
        pytest.param(ORIGINAL, {"exchange_id": "another"}, "the usage copy of another exchange", id="another exchange"),
        pytest.param(
            sealed_file("1.2.156.3005.2.other"), {}, "the file of another certificate", id="another certificate"
        ),
        pytest.param(
            sealed_file(CERTIFICATE.identifier, label="second"),
            {},
            "another original than was promised",
            id="another original",
        ),
        pytest.param(
            unsigned_file(CERTIFICATE.identifier),
            {},
            "the provider found VALID, here it is UNSIGNED",
            id="an original that is not what the provider says",
        ),
    ],
)
async def test_a_copy_that_does_not_fit_is_refused_on_record_with_its_report(
    mesh: Mesh, original: bytes, changes: dict[str, Any], misfit: str
) -> None:
    form = await wish(mesh, key="k")
    hands_out(mesh, mesh.zhejiang.documents.usage_copy(original, terms(mesh, form, **changes)))
    found = await refused(mesh, form)
    (entry,) = mesh.jiangsu.entries(type="RETRIEVE", step="refused")

    assert found == (Reason.FILE_MISMATCH, misfit)
    assert entry["refusal"]["reason"] == "FILE_MISMATCH"
    assert mesh.jiangsu.store.read.reports.get(ReportOf.RECEIVED, entry["exchange"]) is not None
    assert not list(mesh.jiangsu.spool._root.iterdir())


async def test_a_copy_made_by_another_member_is_refused(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    hands_out(mesh, mesh.anhui.documents.usage_copy(ORIGINAL, terms(mesh, form)))

    assert (await refused(mesh, form))[1] == "the usage copy is not signed by the province that sent it"


async def test_a_copy_that_holds_longer_than_was_asked_is_refused(mesh: Mesh) -> None:
    form = await wish(mesh, key="k", expires=mesh.clock.now + timedelta(hours=1))
    hands_out(mesh, mesh.zhejiang.documents.usage_copy(ORIGINAL, terms(mesh, form)))

    assert (await refused(mesh, form))[1] == "the usage copy does not hold for the time that was asked for"


@pytest.mark.parametrize(
    ("content", "changes", "misfit"),
    [
        pytest.param(ORIGINAL, {}, "not a usage copy", id="the original itself"),
        pytest.param(b"no package", {}, "not a readable OFD package: not a zip file", id="no package"),
        pytest.param(
            ORIGINAL,
            {"verdict": ""},
            "the provider found nothing, here it is VALID",
            id="a head without a verdict",
        ),
    ],
)
async def test_what_is_no_copy_is_refused(mesh: Mesh, content: bytes, changes: dict[str, Any], misfit: str) -> None:
    form = await wish(mesh, key="k")
    hands_out(mesh, content, **changes)

    assert await refused(mesh, form) == (Reason.FILE_MISMATCH, misfit)


async def test_a_copy_in_place_of_the_original_is_refused(mesh: Mesh) -> None:
    form = await wish(mesh, key="k", original=True)
    hands_out(mesh, mesh.zhejiang.documents.usage_copy(ORIGINAL, terms(mesh, form)))

    assert (await refused(mesh, form))[1] == "a usage copy in place of the original"


async def test_a_verdict_that_this_node_does_not_accept_is_refused_though_the_provider_does(mesh: Mesh) -> None:
    lax = documents(mesh.zhejiang.identity, Verdict.UNSIGNED)
    mesh.zhejiang.handout._documents = lax
    content = unsigned_file(CERTIFICATE.identifier)
    await mesh.zhejiang.keep(CERTIFICATE, file=content)
    form = await mesh.wish(CERTIFICATE)

    assert await refused(mesh, form) == (Reason.FILE_MISMATCH, "verdict UNSIGNED is not accepted here")


async def test_the_copy_verifies_with_the_commands_of_the_library_alone(mesh: Mesh) -> None:
    received = await fetch(mesh, await wish(mesh))
    report = verify_document(received.path.read_bytes(), trust=SEALS, at=mesh.clock.now)

    assert report.verdict is Verdict.VALID_UNTRUSTED, "the province's CA is not in the trust list for seals"
    assert report.copy is not None
    assert report.copy.original.verdict is Verdict.VALID
    assert ORG not in received.path.name
