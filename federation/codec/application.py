"""Codec of the noun `application`."""

from certmesh.v1 import application_pb2 as pb

from federation.codec._values import (
    MAX_LIST,
    Kinds,
    from_ms,
    maybe_from_ms,
    maybe_ms,
    number,
    refusal_from_proto,
    refusal_to_proto,
    salt,
    text,
    texts,
    to_ms,
)
from federation.model.application import (
    MAX_CONSENT_BYTES,
    Application,
    AuthMode,
    Holder,
    Kind,
    Operator,
    Output,
    Result,
    Verdict,
)

_PLAIN = (
    "apply_id", "use_list_id", "use_list_version", "use_org_code", "use_org_name", "use_cause", "item_code", "item_name",
    "business_code", "biz_num", "app_id", "delegate",
)  # fmt: skip
_OPERATOR = ("account", "name", "role", "division", "terminal", "id_num_token", "division_code", "org_code")


def holder_to_proto(holder: Holder) -> pb.Holder:
    """A holder as a message."""
    return pb.Holder(name=holder.name, code=holder.code, type_code=holder.type_code)


def holder_from_proto(message: pb.Holder) -> Holder:
    """A holder out of a message."""
    return Holder(name=text(message.name), code=text(message.code), type_code=text(message.type_code))


def application_to_proto(one: Application) -> pb.SubmitRequest:
    """An application as a message."""
    return pb.SubmitRequest(
        operator=pb.Operator(**{name: getattr(one.operator, name) for name in _OPERATOR}),
        holder=holder_to_proto(one.holder),
        type_codes=one.type_codes,
        auth_mode=one.auth_mode.value,
        outputs=[output.value for output in one.outputs],
        fields=one.fields,
        requested_ms=to_ms(one.requested_at),
        kind=one.kind.value,
        valid_until_ms=maybe_ms(one.valid_until),
        consent=one.consent,
        copy_expires_ms=maybe_ms(one.copy_expires),
        salt=one.salt,
        **{name: getattr(one, name) for name in _PLAIN},
    )


def application_from_proto(message: pb.SubmitRequest) -> Application:
    """An application out of a message.

    Raises:
        ValueError: a word, a time or a length that no application has.
    """
    if len(message.consent) > MAX_CONSENT_BYTES:
        raise ValueError(f"a consent of more than {MAX_CONSENT_BYTES} bytes")
    plain = {name: getattr(message, name) for name in _PLAIN}
    texts(value for value in plain.values() if isinstance(value, str))
    number(message.use_list_version)
    return Application(
        operator=Operator(**{name: text(getattr(message.operator, name)) for name in _OPERATOR}),
        holder=holder_from_proto(message.holder),
        type_codes=texts(message.type_codes),
        auth_mode=AuthMode(message.auth_mode),
        outputs=tuple(Output(output) for output in texts(message.outputs)),
        fields=texts(message.fields),
        requested_at=from_ms(message.requested_ms),
        kind=Kind(message.kind or Kind.PER_USE),
        valid_until=maybe_from_ms(message.valid_until_ms),
        consent=message.consent,
        copy_expires=maybe_from_ms(message.copy_expires_ms),
        salt=salt(message.salt),
        **plain,
    )


def verdict_to_proto(one: Verdict) -> pb.SubmitAnswer:
    """A verdict as a message."""
    return pb.SubmitAnswer(
        apply_id=one.apply_id,
        result=one.result.value,
        reasons=[reason for reason in map(refusal_to_proto, one.reasons) if reason],
        type_codes=one.type_codes,
        outputs=[output.value for output in one.outputs],
        fields=one.fields,
        use_code=one.use_code,
        expires_ms=to_ms(one.expires_at),
        provider=one.provider,
        salt=one.salt,
    )


def verdict_from_proto(message: pb.SubmitAnswer) -> Verdict:
    """A verdict out of a message.

    Raises:
        ValueError: a word, a time or a length that no verdict has.
    """
    if len(message.reasons) > MAX_LIST:
        raise ValueError(f"more than {MAX_LIST} reasons")
    return Verdict(
        apply_id=text(message.apply_id),
        provider=text(message.provider),
        result=Result(message.result),
        reasons=tuple(one for one in map(refusal_from_proto, message.reasons) if one),
        type_codes=texts(message.type_codes),
        outputs=tuple(Output(output) for output in texts(message.outputs)),
        fields=texts(message.fields),
        use_code=text(message.use_code),
        expires_at=from_ms(message.expires_ms),
        salt=salt(message.salt),
    )


def _encode_application(one: Application) -> bytes:
    return application_to_proto(one).SerializeToString(deterministic=True)


def _decode_application(body: bytes) -> Application:
    return application_from_proto(pb.SubmitRequest.FromString(body))


def _encode_verdict(one: Verdict) -> bytes:
    return verdict_to_proto(one).SerializeToString(deterministic=True)


def _decode_verdict(body: bytes) -> Verdict:
    return verdict_from_proto(pb.SubmitAnswer.FromString(body))


KINDS: Kinds = {
    "SubmitRequest": (Application, _encode_application, _decode_application),
    "SubmitAnswer": (Verdict, _encode_verdict, _decode_verdict),
}
