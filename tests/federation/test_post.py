"""federation.post: what is drafted opens at the other side, and nothing else is believed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from federation.codec import envelope as wire
from federation.codec import payload_type
from federation.directory import Directory
from federation.errors import CodecError
from federation.model.retrieval import FileQuery
from federation.ports import Draft
from federation.post import LIFETIME, Post
from federation.sample_identities import make_identities, make_membership
from tests.federation.samples import ANSWER, JIANGSU, NOON, PROVINCES, QUERY, SHANGHAI, ZHEJIANG, Posts, stranger
from trust import gm
from trust.envelope import MAX_SKEW
from trust.envelope import sign as sign_envelope
from trust.errors import EnvelopeError
from trust.sealing import Sealed


@dataclass
class Pair:
    """Shanghai asks, Jiangsu answers, Zhejiang is a member too."""

    posts: Posts = field(default_factory=lambda: Posts(PROVINCES[:3]))

    def __post_init__(self) -> None:
        self.asking, self.answering, self.third = (self.posts.of(one) for one in PROVINCES[:3])

    def request(self, exchange_id: str = "e1") -> Draft:
        return self.asking.draft_request(QUERY, recipients=[JIANGSU], exchange_id=exchange_id)

    def answer(self, request: Draft, answering: Post | None = None) -> bytes:
        """A signed answer to a request as it was sent."""
        opened = self.answering.open_request(self.asking.sign(request), kind="SearchRequest", sender=SHANGHAI)
        post = answering or self.answering
        return post.sign(post.draft_answer(post.encode(ANSWER), opened))


def test_a_request_and_its_answer_arrive() -> None:
    pair = Pair()
    request = pair.request()
    incoming = pair.answering.open_request(pair.asking.sign(request), kind="SearchRequest", sender=SHANGHAI)
    draft = pair.answering.draft_answer(pair.answering.encode(ANSWER), incoming)
    reply = pair.asking.open_answer(pair.answering.sign(draft), kind="SearchAnswer", sender=JIANGSU, request=request)

    assert (incoming.message, incoming.sender, incoming.exchange_id) == (QUERY, SHANGHAI, "e1")
    assert incoming.nonce_deadline == NOON + LIFETIME + MAX_SKEW
    assert (reply.message, reply.digest) == (ANSWER, draft.digest)
    assert incoming.digest == request.digest == gm.sm3(request.payload).hex()


def test_one_signature_serves_every_recipient() -> None:
    pair = Pair()
    draft = pair.asking.draft_request(QUERY, recipients=[JIANGSU, ZHEJIANG], exchange_id="e1")
    envelope = pair.asking.sign(draft)

    for post in (pair.answering, pair.third):
        assert post.open_request(envelope, kind="SearchRequest", sender=SHANGHAI).message == QUERY


def test_personal_data_do_not_stand_on_the_wire() -> None:
    pair = Pair()
    envelope = pair.asking.sign(pair.request())

    assert QUERY.holder.code.encode() not in envelope


def test_what_is_encoded_decodes() -> None:
    post = Pair().asking

    assert post.decode(post.encode(ANSWER)) == ANSWER


def test_a_repeated_wish_has_the_same_intent_under_another_nonce() -> None:
    pair = Pair()
    one, two = (
        pair.answering.open_request(pair.asking.sign(pair.request()), kind="SearchRequest", sender=SHANGHAI)
        for _ in range(2)
    )

    assert one.intent == two.intent
    assert one.nonce != two.nonce
    assert one.digest != two.digest


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param({"offset": 65536}, True, id="going on elsewhere is the same wish"),
        pytest.param({"identifier": "1.2.4"}, False, id="another certificate is another wish"),
        pytest.param({"use_code": "u2"}, False, id="another use code is another wish"),
    ],
)
def test_the_intent_of_a_file_request(other: dict[str, object], *, same: bool) -> None:
    pair, query = Pair(), FileQuery(apply_id="a1", use_code="u1", identifier="1.2.3")
    intents = []
    for one in (query, replace(query, **other)):  # type: ignore[arg-type]
        draft = pair.asking.draft_request(one, recipients=[JIANGSU], exchange_id="e1")
        opened = pair.answering.open_request(pair.asking.sign(draft), kind="FileRequest", sender=SHANGHAI)
        intents.append(opened.intent)

    assert (intents[0] == intents[1]) is same


def _by_a_stranger(pair: Pair) -> bytes:
    post = Post(
        stranger(SHANGHAI), pair.posts.directory(), clock=pair.posts.clock.utc, monotonic=pair.posts.clock.monotonic
    )
    return post.sign(post.draft_request(QUERY, recipients=[JIANGSU], exchange_id="e1"))


def _late(pair: Pair) -> bytes:
    envelope = pair.asking.sign(pair.request())
    pair.posts.clock.now += MAX_SKEW + timedelta(seconds=1)
    return envelope


def _early(pair: Pair) -> bytes:
    pair.posts.clock.now += MAX_SKEW + timedelta(seconds=1)
    envelope = pair.asking.sign(pair.request())
    pair.posts.clock.now = NOON
    return envelope


def _to_another(pair: Pair) -> bytes:
    return pair.asking.sign(pair.asking.draft_request(QUERY, recipients=[ZHEJIANG], exchange_id="e1"))


def _of_another_kind(pair: Pair) -> bytes:
    query = FileQuery(apply_id="a1", use_code="u1", identifier="1.2.3")
    return pair.asking.sign(pair.asking.draft_request(query, recipients=[JIANGSU], exchange_id="e1"))


def _changed(pair: Pair) -> bytes:
    envelope = wire.decode_envelope(pair.asking.sign(pair.request()))
    return wire.encode_envelope(replace(envelope, payload=envelope.payload[:-1] + b"\0"))


def _an_answer(pair: Pair) -> bytes:
    """A signed answer of Shanghai to Jiangsu, sent where a request is due."""
    request = pair.answering.draft_request(QUERY, recipients=[SHANGHAI], exchange_id="e1")
    opened = pair.asking.open_request(pair.answering.sign(request), kind="SearchRequest", sender=JIANGSU)
    return pair.asking.sign(pair.asking.draft_answer(pair.asking.encode(QUERY), opened))


@pytest.mark.parametrize(
    ("made", "sender", "reason"),
    [
        pytest.param(_late, SHANGHAI, "CLOCK_SKEW", id="a message of six minutes ago is refused"),
        pytest.param(_early, SHANGHAI, "CLOCK_SKEW", id="a message of a time to come is refused"),
        pytest.param(_to_another, SHANGHAI, "NOT_FOR_US", id="a message to another province is refused"),
        pytest.param(_of_another_kind, SHANGHAI, "SIGNATURE_INVALID", id="a message of another kind is refused"),
        pytest.param(_changed, SHANGHAI, "SIGNATURE_INVALID", id="a changed payload is refused"),
        pytest.param(_by_a_stranger, SHANGHAI, "SIGNATURE_INVALID", id="a signature by unknown keys is refused"),
        pytest.param(_an_answer, SHANGHAI, "REPLAYED", id="an answer where a request is due is refused"),
        pytest.param(
            lambda pair: pair.asking.sign(pair.request()),
            ZHEJIANG,
            "SIGNATURE_INVALID",
            id="a message over another member's connection is refused",
        ),
        pytest.param(
            lambda pair: pair.asking.sign(pair.request()),
            "350000",
            "NOT_A_MEMBER",
            id="a message over a connection of no member is refused",
        ),
    ],
)
def test_a_request_that_must_not_be_believed(made: Callable[[Pair], bytes], sender: str, reason: str) -> None:
    pair = Pair()

    with pytest.raises(EnvelopeError) as caught:
        pair.answering.open_request(made(pair), kind="SearchRequest", sender=sender)

    assert caught.value.reason == reason


def _resealed(change: Callable[[Sealed], Sealed]) -> Callable[[Pair], bytes]:
    """A request whose seal was changed by its sender, who signed it all the same."""

    def made(pair: Pair) -> bytes:
        payload = wire.decode_payload(pair.request().payload)
        changed = wire.encode_payload(payload.header, change(payload.sealed))
        return _signed(pair, changed)

    return made


def _signed(pair: Pair, payload: bytes) -> bytes:
    identity = make_identities(PROVINCES)[SHANGHAI]
    envelope = sign_envelope(
        payload_type("SearchRequest"),
        payload,
        key_id=identity.signing_certificate.fingerprint,
        signer=identity.signing_key.sign,
    )
    return wire.encode_envelope(envelope)


def _header_swapped(pair: Pair) -> bytes:
    """The seal of one message under the header of another."""
    one, two = (wire.decode_payload(pair.request(exchange).payload) for exchange in ("e1", "e2"))
    return _signed(pair, wire.encode_payload(one.header, two.sealed))


def _not_a_message(pair: Pair) -> bytes:
    """A sealed body that is no SearchRequest."""
    draft = pair.asking._draft(replace(pair.asking.encode(QUERY), body=b"\xff"), (JIANGSU,), "e1", b"")
    return pair.asking.sign(draft)


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda _: b"", id="nothing"),
        pytest.param(lambda _: b"\xff" * 100, id="bytes that are no envelope"),
        pytest.param(lambda pair: _signed(pair, b"\xff"), id="a signed payload that is none"),
        pytest.param(
            lambda pair: _signed(pair, wire.encode_payload(b"\xff", Sealed(wraps=(), nonce=b"", ciphertext=b""))),
            id="a signed header that is none",
        ),
        pytest.param(_resealed(lambda one: replace(one, ciphertext=one.ciphertext[:-1] + b"\0")), id="a changed tag"),
        pytest.param(_resealed(lambda one: replace(one, wraps=())), id="no wrapped key"),
        pytest.param(_resealed(lambda one: replace(one, wraps=one.wraps * 65)), id="over 64 wrapped keys"),
        pytest.param(_resealed(lambda _: Sealed(wraps=(), nonce=b"", ciphertext=b"")), id="a message without a seal"),
        pytest.param(_header_swapped, id="the seal of another message"),
        pytest.param(_not_a_message, id="a sealed body that is no message"),
    ],
)
def test_a_request_that_is_none(made: Callable[[Pair], bytes]) -> None:
    pair = Pair()

    with pytest.raises(CodecError):
        pair.answering.open_request(made(pair), kind="SearchRequest", sender=SHANGHAI)


def test_the_answer_to_another_request_is_refused() -> None:
    pair = Pair()
    one, two = pair.request(), pair.request()

    with pytest.raises(EnvelopeError, match="REPLAYED: the answer belongs to another request"):
        pair.asking.open_answer(pair.answer(one), kind="SearchAnswer", sender=JIANGSU, request=two)


def test_the_answer_of_another_exchange_is_refused() -> None:
    pair = Pair()
    request = pair.request()

    with pytest.raises(EnvelopeError, match="REPLAYED: the answer belongs to another exchange"):
        pair.asking.open_answer(
            pair.answer(request), kind="SearchAnswer", sender=JIANGSU, request=replace(request, exchange_id="e2")
        )


def test_an_answer_by_another_member_is_refused() -> None:
    pair = Pair()
    request = pair.request()
    answer = pair.answer(request, answering=pair.third)

    with pytest.raises(EnvelopeError, match="SIGNATURE_INVALID"):
        pair.asking.open_answer(answer, kind="SearchAnswer", sender=JIANGSU, request=request)


def test_an_answer_kept_for_later_is_refused() -> None:
    pair = Pair()
    request = pair.request()
    answer = pair.answer(request)
    pair.posts.clock.now += MAX_SKEW + timedelta(seconds=1)

    with pytest.raises(EnvelopeError, match="CLOCK_SKEW"):
        pair.asking.open_answer(answer, kind="SearchAnswer", sender=JIANGSU, request=request)


def test_a_node_of_another_mesh_is_not_believed() -> None:
    """Same province code, same CA, other keys in the membership document."""
    pair = Pair()
    foreign = make_membership({SHANGHAI: stranger(SHANGHAI), JIANGSU: make_identities(PROVINCES)[JIANGSU]})
    post = Post(
        make_identities(PROVINCES)[JIANGSU],
        Directory(foreign),
        clock=pair.posts.clock.utc,
        monotonic=pair.posts.clock.monotonic,
    )

    with pytest.raises(EnvelopeError, match="not the sender's current signing key"):
        post.open_request(pair.asking.sign(pair.request()), kind="SearchRequest", sender=SHANGHAI)


def against(province: str, *fingerprints: str) -> Callable[[str, str], tuple[str, str]]:
    """A standing in which these certificates of a province are revoked."""
    return lambda code, one: (
        ("CERTIFICATE_REVOKED", "superseded") if code == province and one in fingerprints else ("", "")
    )


def doubting(pair: Pair, me: str, standing: Callable[[str, str], tuple[str, str]]) -> Post:
    clock = pair.posts.clock
    return Post(
        make_identities(PROVINCES)[me],
        pair.posts.directory(),
        clock=clock.utc,
        monotonic=clock.monotonic,
        standing=standing,
    )


@pytest.mark.parametrize("kind", ["signing", "encryption"])
def test_a_request_of_a_province_with_a_revoked_certificate_is_refused_with_its_own_reason(kind: str) -> None:
    """The signing key may be in other hands; to the encryption key no answer could be sealed."""
    pair, sender = Pair(), make_identities(PROVINCES)[SHANGHAI]
    certificate = sender.signing_certificate if kind == "signing" else sender.encryption_certificate
    careful = doubting(pair, JIANGSU, against(SHANGHAI, certificate.fingerprint))
    envelope = pair.asking.sign(pair.request())
    with pytest.raises(EnvelopeError, match="CERTIFICATE_REVOKED: superseded"):
        careful.open_request(envelope, kind="SearchRequest", sender=SHANGHAI)

    elsewhere = doubting(pair, JIANGSU, against(ZHEJIANG, certificate.fingerprint))
    assert elsewhere.open_request(envelope, kind="SearchRequest", sender=SHANGHAI).message == QUERY


def test_an_answer_under_a_revoked_signing_certificate_is_refused_and_under_a_revoked_encryption_one_is_not() -> None:
    pair, answerer = Pair(), make_identities(PROVINCES)[JIANGSU]
    draft = pair.asking.draft_request(QUERY, recipients=[JIANGSU], exchange_id="e1")
    opened = pair.answering.open_request(pair.asking.sign(draft), kind="SearchRequest", sender=SHANGHAI)
    answer = pair.answering.sign(pair.answering.draft_answer(pair.answering.encode(ANSWER), opened))
    revoked = doubting(pair, SHANGHAI, against(JIANGSU, answerer.signing_certificate.fingerprint))
    only_encryption = doubting(pair, SHANGHAI, against(JIANGSU, answerer.encryption_certificate.fingerprint))

    with pytest.raises(EnvelopeError, match="CERTIFICATE_REVOKED"):
        revoked.open_answer(answer, kind="SearchAnswer", sender=JIANGSU, request=draft)
    assert only_encryption.open_answer(answer, kind="SearchAnswer", sender=JIANGSU, request=draft).message == ANSWER


def test_nothing_is_sealed_to_a_revoked_encryption_certificate_and_the_others_get_theirs() -> None:
    pair = Pair()
    pair.posts.provinces = (SHANGHAI, JIANGSU, ZHEJIANG)
    fingerprint = make_identities(PROVINCES)[JIANGSU].encryption_certificate.fingerprint
    careful = doubting(pair, SHANGHAI, against(JIANGSU, fingerprint))
    envelope = careful.sign(careful.draft_request(QUERY, recipients=[JIANGSU, ZHEJIANG], exchange_id="e1"))
    wraps = wire.decode_payload(wire.decode_envelope(envelope).payload).sealed.wraps

    assert [one.recipient for one in wraps] == [ZHEJIANG]
    assert careful.against(JIANGSU) == ("CERTIFICATE_REVOKED", "superseded")
    assert careful.against(ZHEJIANG) == ("", "")
    opened = pair.posts.of(ZHEJIANG).open_request(envelope, kind="SearchRequest", sender=SHANGHAI)
    assert opened.message == QUERY
