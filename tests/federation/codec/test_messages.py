"""federation.codec: every message round-trips, the wire does not change by accident, and hostile bytes give CodecError only."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from certmesh.v1 import (
    application_pb2,
    envelope_pb2,
    evidence_pb2,
    membership_pb2,
    notice_pb2,
    orders_pb2,
    reconcile_pb2,
    retrieval_pb2,
    search_pb2,
    witness_pb2,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import codec
from federation.codec import _BY_KIND
from federation.codec._values import MAX_LIST, MAX_TEXT
from federation.errors import CodecError
from federation.methods import (
    ACCUSE,
    ACKNOWLEDGE,
    ADD_CHECKPOINT,
    ANNOUNCE,
    CHAIN,
    CHECKPOINT,
    CONSISTENCY,
    DATA,
    FILE,
    HOLDER_CHECK,
    HOLDER_USES,
    NOTICE,
    OBJECTION,
    POKE,
    PROVE,
    PULL,
    PULL_ORDERS,
    PUSH_ORDERS,
    RECONCILE,
    SEARCH,
    SUBMIT,
    TILE,
    VERIFY,
)
from federation.model.application import Application, AuthMode, Holder, Kind, Operator, Output, Result, Verdict
from federation.model.evidence import (
    CheckpointAnswer,
    CheckpointRequest,
    ConsistencyAnswer,
    ConsistencyRequest,
    ProveAnswer,
    ProvenEntry,
    ProveRequest,
    TileAnswer,
    TileRequest,
)
from federation.model.holder import HolderCheck, HolderChecked
from federation.model.holder_uses import ListedUse, Place, Role, UseFacts, UsesAnswer, UsesQuery
from federation.model.info_verification import Claim, InfoAnswer, InfoQuery, InfoResult
from federation.model.membership import (
    MAX_DOCUMENTS,
    ChainAnswer,
    ChainRequest,
    MembershipHead,
    Poke,
    PokeAnswer,
)
from federation.model.notice import MAX_EVENT_BYTES, NoticeAnswer, NoticeRequest
from federation.model.objection import ObjectionTell, ObjectionTold
from federation.model.orders import OrdersPull, OrdersPullAnswer, OrdersPush, OrdersPushAnswer
from federation.model.publication import (
    Acknowledge,
    AcknowledgeAnswer,
    Announce,
    AnnounceAnswer,
    Delta,
    Key,
    Mark,
    Pull,
    PullAnswer,
    SignedHead,
)
from federation.model.reconcile import (
    Admitted,
    Bound,
    Element,
    Finding,
    Part,
    Range,
    ReconcileAnswer,
    ReconcileRequest,
)
from federation.model.reconcile import Claim as RecordClaim
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import DataAnswer, DataQuery, FileHead, FileQuery
from federation.model.search import Answer, Item, Outcome, Query
from federation.model.witness import AccuseAnswer, AccuseRequest, AddCheckpointAnswer, AddCheckpointRequest, Fit
from tests.federation.strategies import MESSAGES
from tests.federation.vectors import make_messages
from trust.envelope import LogProof
from trust.membership import MAX_DOCUMENT_BYTES as MAX_MEMBERSHIP_BYTES

VECTORS: Mapping[str, str] = json.loads(make_messages.FILE.read_text(encoding="utf-8"))
SM3 = b"0123456789abcdef" * 2
MOMENT = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)
MARK = Mark(version=2, digest=SM3.hex())
HEAD = SignedHead(payload=b"{}", key_id=SM3.hex(), signature=SM3 * 2)
SHOWN = LogProof(entry=b"{}", index=5, path=(SM3,), checkpoint=b"a signed note")
NO_RECORD = Refusal(reason=Reason.NO_RECORD, detail="d")

APPLICATION = Application(
    apply_id="a1",
    use_list_id="l1",
    use_list_version=3,
    use_org_code="o1",
    use_org_name="政务服务中心",
    operator=Operator(
        account="u1",
        name="张三",
        role="clerk",
        division="310118",
        terminal="t1",
        id_num_token="k1",
        division_code="dc",
        org_code="oc",
    ),
    use_cause="cause",
    item_code="i1",
    item_name="item",
    business_code="b1",
    biz_num="n1",
    app_id="app",
    holder=Holder(name="李四", code="c1", type_code="111"),
    type_codes=("T1", "T2"),
    auth_mode=AuthMode.DUTY,
    outputs=(Output.FILE, Output.DATA),
    fields=("f1", "f2"),
    requested_at=MOMENT,
    kind=Kind.STANDING,
    valid_until=MOMENT,
    consent=b"{}",
    copy_expires=MOMENT,
    delegate="d1",
)
VERDICT = Verdict(
    apply_id="a1",
    provider="320000",
    result=Result.REJECT,
    reasons=(
        Refusal(reason=Reason.USE_LIST_MISSING, detail="l1"),
        Refusal(reason=Reason.LIMIT_REACHED, retry_after_s=60),
    ),
    type_codes=("T1",),
    outputs=(Output.VERIFY,),
    fields=("f1",),
    use_code="uc",
    expires_at=MOMENT,
)
EXPECTED: dict[str, Any] = {
    "SubmitRequest": APPLICATION,
    "SubmitAnswer": VERDICT,
    "SearchRequest": Query(
        apply_id="a1",
        holder=Holder(name="n", code="c", type_code="001"),
        type_codes=("T1", "T2"),
        number="No 1",
        include_invalid=True,
        application=APPLICATION,
    ),
    "SearchAnswer": Answer(
        outcome=Outcome.DENIED,
        refusal=Refusal(reason=Reason.USE_CODE_SPENT, detail="d"),
        items=(
            Item(
                identifier="id",
                name="nm",
                type_name="tn",
                type_code="tc",
                number="no",
                area_code="ac",
                issuer_name="in",
                issuer_code="ic",
                issued="2025-06-01",
                valid_from="2025-06-02",
                valid_until="2035-06-01",
                status="VALID",
                superseded_by="id2",
                disputed=True,
            ),
        ),
        catalogue_version=7,
        truncated=True,
        verdict=VERDICT,
    ),
    "DataRequest": DataQuery(apply_id="a1", use_code="uc", identifier="id", fields=("f1", "f2")),
    "DataAnswer": DataAnswer(refusal=NO_RECORD, data=b"{}", mask_digest=SM3),
    "FileRequest": FileQuery(
        apply_id="a1", use_code="uc", identifier="id", offset=65536, original=True, expires=MOMENT
    ),
    "FileHead": FileHead(
        refusal=NO_RECORD,
        identifier="id",
        size=65537,
        sm3=SM3,
        original_sm3=SM3,
        format="ofd",
        chunk_key=b"0123456789abcdef",
        verdict="VALID",
    ),
    "VerifyRequest": InfoQuery(
        apply_id="a1",
        use_code="uc",
        identifier="id",
        type_code="tc",
        number="no",
        holder_name="hn",
        basic=(Claim(name="issueDate", value="2025-06-01"),),
        surface=(Claim(name="C1", value="v1"), Claim(name="C2", value="v2")),
    ),
    "VerifyAnswer": InfoAnswer(refusal=NO_RECORD, result=InfoResult.PARTLY_WRONG),
    "NoticeRequest": NoticeRequest(event=b"{}", certificate=b"der", signature=SM3 * 2),
    "NoticeAnswer": NoticeAnswer(notice_id="n1", fresh=True, received_ms=1772366400123),
    "HolderCheckRequest": HolderCheck(holder=Holder(name="李四", code="c1", type_code="111"), app_id="app"),
    "HolderCheckAnswer": HolderChecked(
        handle="h1", expires_at=MOMENT, refusal=Refusal(reason=Reason.HOLDER_CODE_INVALID, detail="d")
    ),
    "HolderUsesRequest": UsesQuery(
        holder=Holder(name="李四", code="c1", type_code="111"),
        place=Place.COUNTER,
        app_id="app",
        since=MOMENT,
        until=MOMENT,
        operator="ab",
        expression="cd",
        exchanges=("e1", "e2"),
    ),
    "HolderUsesAnswer": UsesAnswer(
        outcome=Outcome.OK,
        refusal=NO_RECORD,
        uses=(
            ListedUse(
                role=Role.PROVIDER,
                exchange_id="e1",
                peer="320000",
                at=MOMENT,
                entry=ProvenEntry(index=7, entry=b"{}", proof=(SM3,)),
                told=(ProvenEntry(index=8, entry=b"[]", proof=()),),
                counterpart=LogProof(entry=b"{}", index=9, path=(SM3,), checkpoint=b"n"),
                facts=UseFacts(consumer="320000", certificate="1…2", use_cause="uc"),
            ),
        ),
        truncated=True,
        checkpoint=b"note",
        salt=SM3,
    ),
    "ObjectionTell": ObjectionTell(documents=(b"{}", b"[]"), salt=SM3, content=b"{}"),
    "ObjectionTold": ObjectionTold(held=3, refusal=NO_RECORD),
    "OrdersPushRequest": OrdersPush(documents=(b"{}", b"[]")),
    "OrdersPushAnswer": OrdersPushAnswer(reasons=("", "TOO_MANY")),
    "OrdersPullRequest": OrdersPull(state=SM3, known=SM3[:16]),
    "OrdersPullAnswer": OrdersPullAnswer(state=SM3, documents=(b"{}",)),
    "CheckpointRequest": CheckpointRequest(),
    "CheckpointAnswer": CheckpointAnswer(note="a signed note", witnessed="a cosigned note"),
    "ProveRequest": ProveRequest(exchange_id="e1"),
    "ProveAnswer": ProveAnswer(
        entries=(ProvenEntry(index=5, entry=b"{}", proof=(SM3, SM3)), ProvenEntry(index=6, entry=b"[]", proof=())),
        note="a signed note",
    ),
    "TileRequest": TileRequest(paths=("tile/0/000", "tile/1/000.p/3")),
    "TileAnswer": TileAnswer(tiles=(SM3, b"")),
    "ConsistencyRequest": ConsistencyRequest(old=5, new=7, whole=True, others=(3, 6)),
    "ConsistencyAnswer": ConsistencyAnswer(proof=(SM3, SM3), others=((SM3,), ())),
    "AddCheckpointRequest": AddCheckpointRequest(note="a note", fits=(Fit(size=7, proof=(SM3, SM3)),)),
    "AddCheckpointAnswer": AddCheckpointAnswer(held=("a note", "another")),
    "AccuseRequest": AccuseRequest(exhibit=b"{}"),
    "AccuseAnswer": AccuseAnswer(proven=True),
    "ReconcileRequest": ReconcileRequest(
        describe=(Range(Bound(0), Bound(1_772_366_400_123, b"01")),),
        show=(Element(5, SM3),),
        claims=(
            RecordClaim(
                element=Element(6, SM3),
                own=SHOWN,
                kept=LogProof(entry=b"[]", index=6, path=(), checkpoint=b"another"),
            ),
        ),
        admitted=(Admitted(Element(7, SM3), Finding.MISSING),),
    ),
    "ReconcileAnswer": ReconcileAnswer(
        descriptions=(
            (
                Part(end=Bound(8), count=99, fingerprint=b"0123456789abcdef"),
                Part(end=Bound(9), count=1, elements=(Element(8, SM3),)),
            ),
        ),
        shown=(RecordClaim(element=Element(6, SM3), own=SHOWN), None),
        findings=("UNCONFIRMED", ""),
    ),
    "AnnounceRequest": Announce(
        head=HEAD, delta=Delta(after=1, chain=(b"{}", b"[]"), puts=(b"{}",), drops=(Key(id="L2", version=3),))
    ),
    "AnnounceAnswer": AnnounceAnswer(
        held=Mark(version=1, digest=SM3.hex()), refusal=Refusal(reason=Reason.VERSION_CONFLICT, detail="d")
    ),
    "PullRequest": Pull(held=Mark(version=1, digest=SM3.hex()), until=5, after=Key(id="L1", version=2)),
    "PullAnswer": PullAnswer(
        newest=MARK,
        head=HEAD,
        delta=Delta(after=1, chain=(b"{}",), puts=(b"{}", b"[]"), drops=(Key(id="L2", version=3),)),
        next=Key(id="L3", version=1),
    ),
    "AcknowledgeRequest": Acknowledge(
        head=MARK, received_at=MOMENT, refusal=Refusal(reason=Reason.VERSION_CONFLICT, detail="d")
    ),
    "AcknowledgeAnswer": AcknowledgeAnswer(),
    "PokeRequest": Poke(head=MembershipHead(version=4, digest=SM3.hex())),
    "PokeAnswer": PokeAnswer(held=MembershipHead(version=3, digest=SM3.hex())),
    "ChainRequest": ChainRequest(after_version=3),
    "ChainAnswer": ChainAnswer(head=MembershipHead(version=5, digest=SM3.hex()), documents=(b"{}", b"[]")),
}
KINDS = sorted(_BY_KIND)


def test_every_kind_has_a_strategy_and_a_vector() -> None:
    assert sorted(MESSAGES) == KINDS
    assert sorted(EXPECTED) == KINDS
    assert set(KINDS) <= set(VECTORS)


def test_every_method_speaks_in_kinds_that_there_are() -> None:
    methods = [
        SUBMIT,
        VERIFY,
        SEARCH,
        DATA,
        FILE,
        HOLDER_CHECK,
        HOLDER_USES,
        NOTICE,
        OBJECTION,
        CHECKPOINT,
        PROVE,
        CONSISTENCY,
        TILE,
        ADD_CHECKPOINT,
        ACCUSE,
        RECONCILE,
        POKE,
        CHAIN,
        PUSH_ORDERS,
        PULL_ORDERS,
    ]
    methods += [*ANNOUNCE.values(), *PULL.values(), *ACKNOWLEDGE.values()]

    assert {one.request for one in methods} | {one.answer for one in methods} == set(KINDS)


def test_the_vectors_are_what_their_script_makes() -> None:
    assert make_messages.build() == VECTORS


@pytest.mark.parametrize("kind", KINDS)
def test_the_wire_does_not_change(kind: str) -> None:
    encoded = codec.encode(EXPECTED[kind])

    assert (encoded.kind, encoded.body.hex()) == (kind, VECTORS[kind])
    assert codec.decode(kind, encoded.body) == EXPECTED[kind]


@settings(deadline=None, max_examples=200)
@given(st.one_of(*MESSAGES.values()))
def test_every_message_reads_back(message: Any) -> None:
    encoded = codec.encode(message)

    assert codec.decode(encoded.kind, encoded.body) == message


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_each_kind_reads_back(kind: str, data: st.DataObject) -> None:
    message = data.draw(MESSAGES[kind])

    assert codec.decode(kind, codec.encode(message).body) == message


def _decodes_or_refuses(kind: str, body: bytes) -> None:
    try:
        codec.decode(kind, body)
    except CodecError:
        return


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(KINDS), st.binary(max_size=200))
def test_random_bytes_decode_or_give_a_codec_error(kind: str, body: bytes) -> None:
    _decodes_or_refuses(kind, body)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(KINDS), st.sampled_from(KINDS), st.data())
def test_a_damaged_message_decodes_or_gives_a_codec_error(kind: str, other: str, data: st.DataObject) -> None:
    body = bytearray.fromhex(VECTORS[other])
    if body:
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    _decodes_or_refuses(kind, bytes(body))


@pytest.mark.parametrize("kind", [one for one in KINDS if VECTORS[one]])
def test_every_truncation_decodes_or_gives_a_codec_error(kind: str) -> None:
    body = bytes.fromhex(VECTORS[kind])
    for length in range(len(body)):
        _decodes_or_refuses(kind, body[:length])


LONG, LIST, HUGE = "x" * (MAX_TEXT + 1), ["x"] * (MAX_LIST + 1), 2**53


def submit(**fields: Any) -> application_pb2.SubmitRequest:
    return application_pb2.SubmitRequest(**{"auth_mode": "DUTY"} | fields)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        pytest.param("SubmitRequest", submit(apply_id=LONG), id="a text of 2001 characters"),
        pytest.param(
            "SubmitRequest",
            submit(operator=application_pb2.Operator(name=LONG)),
            id="a name of 2001 characters",
        ),
        pytest.param(
            "SubmitRequest",
            submit(holder=application_pb2.Holder(code=LONG)),
            id="a holder code of 2001 characters",
        ),
        pytest.param("SubmitRequest", submit(fields=LIST), id="1001 fields"),
        pytest.param("SubmitRequest", submit(auth_mode="WHIM"), id="an unknown mode of use"),
        pytest.param("SubmitRequest", submit(auth_mode=""), id="no mode of use"),
        pytest.param("SubmitRequest", submit(outputs=["ALL"]), id="an unknown kind of output"),
        pytest.param(
            "SubmitRequest",
            submit(use_list_version=HUGE),
            id="a list version that canonical JSON cannot hold",
        ),
        pytest.param("SubmitRequest", submit(requested_ms=-1), id="a time before 1970"),
        pytest.param(
            "SubmitRequest",
            submit(requested_ms=4_102_444_800_001),
            id="a time after 2100",
        ),
        pytest.param("SubmitRequest", submit(kind="WHENEVER"), id="an unknown kind of application"),
        pytest.param("SubmitRequest", submit(consent=bytes(16_385)), id="a consent of 16 KiB and a byte"),
        pytest.param("SubmitAnswer", application_pb2.SubmitAnswer(result="MAYBE"), id="an unknown verdict"),
        pytest.param(
            "SubmitAnswer",
            application_pb2.SubmitAnswer(
                result="PASS", reasons=[envelope_pb2.Refusal(reason="NO_RECORD")] * (MAX_LIST + 1)
            ),
            id="1001 reasons",
        ),
        pytest.param("VerifyAnswer", retrieval_pb2.VerifyAnswer(), id="neither a result nor a refusal"),
        pytest.param("VerifyAnswer", retrieval_pb2.VerifyAnswer(result=8), id="an unknown result"),
        pytest.param("OrdersPushRequest", orders_pb2.OrdersPushRequest(documents=[b""] * 65), id="65 orders"),
        pytest.param(
            "OrdersPullAnswer",
            orders_pb2.OrdersPullAnswer(documents=[bytes(65_537)]),
            id="an order of 64 KiB and a byte",
        ),
        pytest.param("OrdersPullRequest", orders_pb2.OrdersPullRequest(known=bytes(17)), id="a tag and a byte"),
        pytest.param("OrdersPullRequest", orders_pb2.OrdersPullRequest(known=bytes(16 * 200_001)), id="200,001 tags"),
        pytest.param("OrdersPullRequest", orders_pb2.OrdersPullRequest(state=b"short"), id="a state that is no digest"),
        pytest.param("OrdersPushAnswer", orders_pb2.OrdersPushAnswer(reasons=LIST), id="1001 reasons of orders"),
        pytest.param("SearchRequest", search_pb2.SearchRequest(type_codes=LIST), id="1001 certificate types"),
        pytest.param("SearchAnswer", search_pb2.SearchAnswer(outcome="FINE"), id="an unknown outcome"),
        pytest.param("SearchAnswer", search_pb2.SearchAnswer(), id="no outcome"),
        pytest.param(
            "SearchAnswer",
            search_pb2.SearchAnswer(outcome="OK", items=[search_pb2.SearchItem()] * 201),
            id="201 certificates",
        ),
        pytest.param(
            "SearchAnswer",
            search_pb2.SearchAnswer(outcome="OK", items=[search_pb2.SearchItem(name="n" * 513)]),
            id="a certificate's name of 513 characters",
        ),
        pytest.param(
            "SearchAnswer",
            search_pb2.SearchAnswer(outcome="OK", items=[search_pb2.SearchItem(identifier="1" * 129)]),
            id="a certificate's identifier of 129 characters",
        ),
        pytest.param(
            "SearchAnswer",
            search_pb2.SearchAnswer(outcome="OK", catalogue_version=HUGE),
            id="a catalogue version that canonical JSON cannot hold",
        ),
        pytest.param("DataAnswer", retrieval_pb2.DataAnswer(data=bytes((1 << 20) + 1)), id="face data over 1 MiB"),
        pytest.param("DataAnswer", retrieval_pb2.DataAnswer(mask_digest=bytes(31)), id="a digest of 31 bytes"),
        pytest.param("FileRequest", retrieval_pb2.FileRequest(offset=HUGE), id="an offset beyond 2^53"),
        pytest.param(
            "FileHead", retrieval_pb2.FileHead(size=(4 << 30) + 1, chunk_key=bytes(16), sm3=SM3), id="a file over 4 GiB"
        ),
        pytest.param("FileHead", retrieval_pb2.FileHead(chunk_key=bytes(15), sm3=SM3), id="a chunk key of 15 bytes"),
        pytest.param("FileHead", retrieval_pb2.FileHead(sm3=SM3), id="a file without a chunk key"),
        pytest.param("FileHead", retrieval_pb2.FileHead(chunk_key=bytes(16)), id="a file without a digest"),
        pytest.param(
            "FileHead", retrieval_pb2.FileHead(chunk_key=bytes(16), sm3=bytes(33)), id="a file digest of 33 bytes"
        ),
        pytest.param("NoticeRequest", notice_pb2.NoticeRequest(event=bytes(MAX_EVENT_BYTES + 1)), id="over 16 KiB"),
        pytest.param("NoticeRequest", notice_pb2.NoticeRequest(signature=bytes(65)), id="a signature of 65 bytes"),
        pytest.param("NoticeRequest", notice_pb2.NoticeRequest(certificate=bytes(4097)), id="a certificate over 4 KiB"),
        pytest.param("NoticeAnswer", notice_pb2.NoticeAnswer(received_ms=-1), id="a receipt before 1970"),
        pytest.param("CheckpointAnswer", evidence_pb2.CheckpointAnswer(note=LONG), id="a note of 2001 characters"),
        pytest.param(
            "AddCheckpointRequest",
            witness_pb2.AddCheckpointRequest(note="x", fits=[witness_pb2.Fit()] * 5),
            id="fits for 5 heads",
        ),
        pytest.param(
            "AddCheckpointAnswer",
            witness_pb2.AddCheckpointAnswer(cosignature="x", held=["y"]),
            id="cosigned and held",
        ),
        pytest.param("AddCheckpointAnswer", witness_pb2.AddCheckpointAnswer(held=["y"] * 5), id="5 heads held"),
        pytest.param(
            "ReconcileRequest",
            reconcile_pb2.ReconcileRequest(describe=[reconcile_pb2.AnswerRange()] * 129),
            id="129 ranges",
        ),
        pytest.param(
            "ReconcileRequest",
            reconcile_pb2.ReconcileRequest(claims=[reconcile_pb2.AnswerClaim()] * 65),
            id="65 claims",
        ),
        pytest.param(
            "ReconcileRequest",
            reconcile_pb2.ReconcileRequest(claims=[reconcile_pb2.AnswerClaim()]),
            id="a claim about no answer",
        ),
        pytest.param(
            "ReconcileRequest",
            reconcile_pb2.ReconcileRequest(
                describe=[reconcile_pb2.AnswerRange(end=reconcile_pb2.AnswerBound(issued_ms=9))] * 2
            ),
            id="the same range twice",
        ),
        pytest.param(
            "ReconcileRequest",
            reconcile_pb2.ReconcileRequest(
                admitted=[
                    reconcile_pb2.AnswerAdmitted(
                        element=reconcile_pb2.AnswerElement(answer=bytes(32)), finding="MISSING"
                    )
                ]
                * 65
            ),
            id="65 admitted",
        ),
        pytest.param(
            "ReconcileRequest",
            reconcile_pb2.ReconcileRequest(show=[reconcile_pb2.AnswerElement(answer=bytes(31))]),
            id="an element with a digest of 31 bytes",
        ),
        pytest.param(
            "ReconcileRequest",
            reconcile_pb2.ReconcileRequest(admitted=[reconcile_pb2.AnswerAdmitted(finding="PERHAPS")]),
            id="a finding that there is not",
        ),
        pytest.param(
            "ReconcileAnswer",
            reconcile_pb2.ReconcileAnswer(
                descriptions=[reconcile_pb2.AnswerParts(parts=[reconcile_pb2.AnswerPart(count=5)])]
            ),
            id="a part that lists fewer than it counts",
        ),
        pytest.param(
            "ReconcileAnswer",
            reconcile_pb2.ReconcileAnswer(
                descriptions=[reconcile_pb2.AnswerParts(parts=[reconcile_pb2.AnswerPart()] * 17)]
            ),
            id="17 parts of one range",
        ),
        pytest.param(
            "ReconcileAnswer", reconcile_pb2.ReconcileAnswer(findings=["PERHAPS"]), id="an answer with no such finding"
        ),
        pytest.param("AccuseRequest", witness_pb2.AccuseRequest(exhibit=bytes(65_537)), id="an exhibit over 64 KiB"),
        pytest.param(
            "ProveAnswer",
            evidence_pb2.ProveAnswer(entries=[evidence_pb2.ProvenEntry()] * 1001),
            id="1001 entries of one exchange",
        ),
        pytest.param(
            "ProveAnswer",
            evidence_pb2.ProveAnswer(entries=[evidence_pb2.ProvenEntry(proof=[SM3] * 65)]),
            id="a proof of 65 hashes",
        ),
        pytest.param(
            "ProveAnswer",
            evidence_pb2.ProveAnswer(entries=[evidence_pb2.ProvenEntry(proof=[bytes(31)])]),
            id="a hash of 31 bytes",
        ),
        pytest.param(
            "ProveAnswer", evidence_pb2.ProveAnswer(entries=[evidence_pb2.ProvenEntry(index=HUGE)]), id="index 2^53"
        ),
        pytest.param(
            "ChainAnswer",
            membership_pb2.ChainAnswer(documents=[b"{}"] * (MAX_DOCUMENTS + 1)),
            id="more membership documents than an answer holds",
        ),
        pytest.param(
            "ChainAnswer",
            membership_pb2.ChainAnswer(documents=[bytes(MAX_MEMBERSHIP_BYTES + 1)]),
            id="a membership document over 1 MiB",
        ),
    ],
)
def test_a_message_beyond_its_bounds_is_refused(kind: str, message: Any) -> None:
    with pytest.raises(CodecError, match=f"not a {kind}"):
        codec.decode(kind, message.SerializeToString())


def test_a_reason_of_a_later_version_becomes_an_error_of_the_peer() -> None:
    body = search_pb2.SearchAnswer(
        outcome="DENIED", refusal=envelope_pb2.Refusal(code=299, reason="MOON_PHASE", detail="full")
    ).SerializeToString()

    assert codec.decode("SearchAnswer", body).refusal == Refusal(reason=Reason.PEER_ERROR, detail="MOON_PHASE: full")


def test_fields_of_a_later_version_are_passed_over() -> None:
    body = bytes.fromhex(VECTORS["SearchRequest"]) + b"\xfa\x07\x03new"  # field 127

    assert codec.decode("SearchRequest", body) == EXPECTED["SearchRequest"]


def test_a_payload_type_names_its_kind() -> None:
    assert codec.payload_type("SearchRequest") == "application/vnd.certmesh.v1.SearchRequest+protobuf"
