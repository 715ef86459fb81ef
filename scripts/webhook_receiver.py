"""An issuing unit's side of a node's webhook, as an example: `scripts/webhook_receiver.py --certificate node-signing.pem --port 8443`.

Nothing of this project is imported: what has to be checked, and how, is written here for whoever builds the real one, in any language.

A request is a POST whose body is JSON with the members `kind`, `notice`, `text` (a sentence in Chinese for a person) and `signed` (DSSE
around a CloudEvent, for who wants to prove it to others). Its headers:

    Content-Digest   sm3=:BASE64:        the SM3 of the body (RFC 9530; the name sm3 is this profile's)
    Idempotency-Key  ID                  the notice's id, the same in every repeat: take a notice once, answer each time
    Signature-Input  certmesh=("@method" "@authority" "@path" "content-digest" "content-type" "idempotency-key");
                     created=SECONDS;keyid="HEX";nonce="HEX";alg="sm2-sm3", in one line without blanks after the semicolons
    Signature        certmesh=:BASE64:   raw r‖s by SM2 with the user ID 1234567812345678 over the signature base of RFC 9421 §2.5

Check in this order: what is covered, the time, the digest, the signature, the nonce; then act, once per id. Answer 2xx when the notice
is stored and not before. 5xx, 408, 425 and 429 (with Retry-After): the node comes again later. 410: this address is given up. Everything
else is a refusal; after five of one notice the node gives it up, visibly, and its operator can send it again.
Here nonces and ids are kept in memory: keep ids for good, and nonces as long as MAX_AGE_S, where a restart does not lose them.
"""

import argparse
import base64
import json
import re
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from gmssl import func, sm2, sm3

COVERED = '("@method" "@authority" "@path" "content-digest" "content-type" "idempotency-key")'
MAX_AGE_S = 300
MAX_BODY = 128 * 1024
MAX_KEPT = 100_000
_INPUT = re.compile(
    r'certmesh=(?P<params>(?P<covered>\([^)]*\));created=(?P<created>[0-9]{1,12});keyid="(?P<key>[0-9a-f]{64})"'
    r';nonce="(?P<nonce>[0-9a-f]{32})";alg="sm2-sm3")'
)
_SIGNATURE = re.compile(r"certmesh=:(?P<value>[A-Za-z0-9+/]{86}==):")


class Refused(Exception):  # noqa: N818 - reads as what it is: an answer
    """What a request lacks; the status to answer with."""

    def __init__(self, status: int, why: str) -> None:
        """Keep both."""
        super().__init__(why)
        self.status = status


class Receiver:
    """Takes notices of one node."""

    def __init__(self, point: bytes, authority: str, *, clock: Callable[[], float] = time.time) -> None:
        """`point` is X‖Y of the node's signing key, `authority` this server's name (and port) as the node's configuration has it."""
        self._verifier = sm2.CryptSM2(None, "00" * 64)
        self._verifier.public_key = point.hex()
        self._point = point
        self._authority = authority
        self._clock = clock
        self._nonces: dict[str, float] = {}
        self.taken: dict[str, dict[str, object]] = {}

    def take(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Check and keep one notice; the status to answer with.

        Raises:
            Refused: it is not what the node signs, or it is not new.
        """
        lower = {name.lower(): value for name, value in headers.items()}
        found = _INPUT.fullmatch(lower.get("signature-input", ""))
        signature = _SIGNATURE.fullmatch(lower.get("signature", ""))
        if found is None or signature is None or found["covered"] != COVERED:
            raise Refused(401, "not signed, or not over all that must be covered")
        if abs(self._clock() - int(found["created"])) > MAX_AGE_S:
            raise Refused(401, "signed too long ago, or by another clock")
        if lower.get("content-digest") != f"sm3=:{base64.b64encode(_sm3(body)).decode()}:":
            raise Refused(401, "the body is not the one that was signed")
        base = signature_base(method, self._authority, path, lower, found["params"])
        if not self._signed(base, base64.b64decode(signature["value"])):
            raise Refused(401, "the signature does not fit")
        self._once(found["nonce"])
        return self._keep(lower["idempotency-key"], body)

    def _signed(self, message: bytes, signature: bytes) -> bool:
        order = int(self._verifier.ecc_table["n"], 16)
        if not all(0 < int.from_bytes(half, "big") < order for half in (signature[:32], signature[32:])):
            return False
        digest = _sm3(_sm3(_ZA_HEAD + self._point) + message)
        return bool(self._verifier.verify(signature.hex(), digest))

    def _once(self, nonce: str) -> None:
        oldest = self._clock() - 2 * MAX_AGE_S
        self._nonces = {one: at for one, at in self._nonces.items() if at > oldest}
        if nonce in self._nonces:
            raise Refused(401, "this very request was sent before")
        if len(self._nonces) >= MAX_KEPT:
            raise Refused(503, "too many requests")
        self._nonces[nonce] = self._clock()

    def _keep(self, key: str, body: bytes) -> int:
        """A notice that was taken before is answered like a new one, and nothing happens."""
        notice = json.loads(body)
        if notice["notice"] != key:
            raise Refused(400, "the key is not that of the notice")
        if key not in self.taken:
            if len(self.taken) >= MAX_KEPT:
                raise Refused(503, "no room")
            self.taken[key] = notice
        return 204


def signature_base(method: str, authority: str, path: str, headers: Mapping[str, str], params: str) -> bytes:
    """What is signed (RFC 9421 §2.5): a line for each component, and the parameters as they were sent."""
    names = ("content-digest", "content-type", "idempotency-key")
    derived = [("@method", method), ("@authority", authority), ("@path", path)]
    lines = [f'"{name}": {value}' for name, value in (*derived, *((name, headers.get(name, "")) for name in names))]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def point_of(certificate: Path) -> bytes:
    """X‖Y out of the node's signing certificate (PEM): the one bit string of 65 bytes that begins with 04."""
    der = base64.b64decode("".join(certificate.read_text().split("-----")[2].split()))
    at = der.index(b"\x03\x42\x00\x04") + 4
    return der[at : at + 64]


def _sm3(data: bytes) -> bytes:
    return bytes.fromhex(sm3.sm3_hash(func.bytes_to_list(data)))


_TABLE = sm2.default_ecc_table
# GB/T 32918.2 clause 5.5: the length of the user ID in bits, the ID, the curve and its base point come before the key.
_ZA_HEAD = b"\x00\x80" + b"1234567812345678" + bytes.fromhex(_TABLE["a"] + _TABLE["b"] + _TABLE["g"])


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            known = length.isdigit() and int(length) <= MAX_BODY
            self.send_response(self._taken(self.rfile.read(int(length))) if known else 413)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _taken(self, body: bytes) -> int:
            try:
                return receiver.take("POST", self.path, dict(self.headers), body)
            except Refused as refused:
                print("refused:", refused)
                return refused.status
            except (ValueError, KeyError, TypeError):
                return 400

    return Handler


def main() -> None:
    """Serve on loopback; put a TLS terminator before it."""
    parser = argparse.ArgumentParser(description="Receives the notices of a node.")
    parser.add_argument("--certificate", type=Path, required=True, help="the node's signing certificate, PEM")
    parser.add_argument("--authority", default="", help="as in the node's url; default 127.0.0.1:PORT")
    parser.add_argument("--port", type=int, default=8443)
    given = parser.parse_args()
    receiver = Receiver(point_of(given.certificate), given.authority or f"127.0.0.1:{given.port}")
    HTTPServer(("127.0.0.1", given.port), _handler(receiver)).serve_forever()


if __name__ == "__main__":
    main()
