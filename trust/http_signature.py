"""HTTP requests that a node signs: RFC 9421 message signatures and RFC 9530 content digests, with SM2 and SM3. Clause 8.4.

The SM profile, not conformance: the algorithms `sm2-sm3` and `sm3` stand in no registry. Covered are method, authority, path, the digest of
the body, its type and the idempotency key; beside them when the signature was made, a nonce, and the key. The signature base begins with a
quoted component name, so it is no message of any other kind that a node signs. Only signing: nodes are not sent such requests.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from trust import gm

LABEL = "certmesh"
ALGORITHM = "sm2-sm3"
COMPONENTS = ("@method", "@authority", "@path", "content-digest", "content-type", "idempotency-key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is signed of a request; `path` is percent-encoded and has no query. `idempotency_key` is the same in every repeat."""

    method: str
    authority: str
    path: str
    content_type: str
    idempotency_key: str
    body: bytes = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that are covered."""
        return {
            "Content-Type": self.content_type,
            "Content-Digest": f"sm3=:{base64.b64encode(gm.sm3(self.body)).decode()}:",
            "Idempotency-Key": self.idempotency_key,
        }


async def sign(
    request: Request, *, key_id: str, nonce: str, created: int, signer: Callable[[bytes], Awaitable[bytes]]
) -> dict[str, str]:
    """The headers of a signed request.

    Args:
        request: what is sent.
        key_id: the fingerprint (hex) of the signing certificate.
        nonce: hex digits, never used before.
        created: POSIX seconds.
        signer: makes 64 raw bytes r‖s.
    """
    names = " ".join(f'"{name}"' for name in COMPONENTS)
    parameters = f'({names});created={created};keyid="{key_id}";nonce="{nonce}";alg="{ALGORITHM}"'
    signature = await signer(signature_base(request, parameters))
    return {
        **request.headers,
        "Signature-Input": f"{LABEL}={parameters}",
        "Signature": f"{LABEL}=:{base64.b64encode(signature).decode()}:",
    }


def signature_base(request: Request, parameters: str) -> bytes:
    """The bytes that are signed (RFC 9421 §2.5)."""
    derived = {"@method": request.method, "@authority": request.authority, "@path": request.path}
    values: Mapping[str, str] = derived | {name.lower(): value for name, value in request.headers.items()}
    lines = [f'"{name}": {values[name]}' for name in COMPONENTS]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()
