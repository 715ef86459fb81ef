"""trust.http_signature: the signature base of RFC 9421 with the SM algorithms, and what it covers."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from gmssl import func, sm3

from trust.gm import PrivateKey, second_opinion
from trust.http_signature import Request, sign, signature_base

REQUEST = Request(
    method="POST",
    authority="units.example:8443",
    path="/in",
    content_type="application/json",
    idempotency_key="n1",
    body=b'{"a":1}',
)
PARAMETERS = (
    '("@method" "@authority" "@path" "content-digest" "content-type" "idempotency-key")'
    f';created=1772366400;keyid="{"ab" * 32}";nonce="{"0f" * 16}";alg="sm2-sm3"'
)


def test_the_base_is_as_the_standard_writes_it() -> None:
    """Written out by hand after RFC 9421 §2.5; the digest is gmssl's."""
    digest = base64.b64encode(bytes.fromhex(sm3.sm3_hash(func.bytes_to_list(REQUEST.body)))).decode()

    assert signature_base(REQUEST, PARAMETERS).decode() == (
        '"@method": POST\n'
        '"@authority": units.example:8443\n'
        '"@path": /in\n'
        f'"content-digest": sm3=:{digest}:\n'
        '"content-type": application/json\n'
        '"idempotency-key": n1\n'
        f'"@signature-params": {PARAMETERS}'
    )


async def test_the_headers_hold_what_another_library_can_verify() -> None:
    key = PrivateKey.generate()

    async def signer(message: bytes) -> bytes:
        return key.sign(message)

    headers = await sign(REQUEST, key_id="ab" * 32, nonce="0f" * 16, created=1_772_366_400, signer=signer)
    signature = base64.b64decode(headers["Signature"].removeprefix("certmesh=:").removesuffix(":"))

    assert headers["Signature-Input"] == f"certmesh={PARAMETERS}"
    assert second_opinion.verify(key.public.point, signature_base(REQUEST, PARAMETERS), signature)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"method": "PUT"}, id="method"),
        pytest.param({"authority": "other.example"}, id="authority"),
        pytest.param({"path": "/out"}, id="path"),
        pytest.param({"content_type": "text/plain"}, id="type"),
        pytest.param({"idempotency_key": "n2"}, id="idempotency key"),
        pytest.param({"body": b"{}"}, id="body"),
    ],
)
def test_everything_is_covered(change: dict[str, Any]) -> None:
    assert signature_base(replace(REQUEST, **change), PARAMETERS) != signature_base(REQUEST, PARAMETERS)
