"""Three judges of one SM2 signature: libcrypto, gmssl behind its guards, and the openssl command line. CRYPTO.md §7, "Tests to carry"."""

import asyncio
import re
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto.core import Integer, SequenceOf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trust.gm import oracles
from trust import gm
from trust.errors import DisagreementError, KeyMaterialError
from trust.gm import _vectors as v
from trust.gm import second_opinion
from trust.gm._der import N
from trust.gm._sm2 import SPKI_PREFIX
from trust.gm.second_opinion import _P as P
from trust.gm.second_opinion import both, on_every_signature, verify

KEY = gm.PrivateKey.from_scalar(v.SM2_SCALAR)
D, R, S = (int.from_bytes(one) for one in (v.SM2_SCALAR, v.SM2_SIGNATURE[:32], v.SM2_SIGNATURE[32:]))
X, Y = int.from_bytes(v.SM2_POINT[:32]), int.from_bytes(v.SM2_POINT[32:])


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


@dataclass(frozen=True)
class Case:
    """What is put before the judges, and what they must say."""

    good: bool = False
    point: bytes = v.SM2_POINT
    message: bytes = v.SM2_MESSAGE
    signature: bytes = v.SM2_SIGNATURE


def other_id() -> bytes:
    """A signature by the key of the standard under an empty user ID, as OpenSSL before 4.0 makes without being told one."""
    k = int.from_bytes(v.SM2_NONCE)
    za = gm.sm3(bytes(2) + second_opinion._ZA_HEAD[18:] + v.SM2_POINT)
    e = gm.sm3(za + v.SM2_MESSAGE)
    return bytes.fromhex(oracles.gmssl_key(v.SM2_SCALAR, v.SM2_POINT).sign(e, f"{k:064x}"))


def at_infinity(r: int) -> bytes:
    """The s for which s·G + (r+s)·P is the point at infinity; whoever owns the key can make it for any message."""
    return raw(r, -r * D * pow(1 + D, -1, N) % N)


def smallest(digits: str) -> Case:
    """A fresh key whose X starts with one of the digits that gmssl's constructor would strip."""
    scalar, key = oracles.draw_key(digits)
    return Case(
        good=True, point=key.public.point, signature=oracles.gmssl_sign(scalar, key.public.point, v.SM2_MESSAGE)
    )


def short(half: int) -> Case:
    signature = KEY.sign(v.SM2_MESSAGE)
    while signature[half]:
        signature = KEY.sign(v.SM2_MESSAGE)
    return Case(good=True, signature=signature)


def cut(signature: bytes) -> bytes:
    return signature[:32] + signature[33:]


def digest() -> bytes:
    """What is signed: SM3(ZA‖message) of the standard's example."""
    return gm.sm3(gm.sm3(second_opinion._ZA_HEAD + v.SM2_POINT) + v.SM2_MESSAGE)


CASES = {
    "the signature of the standard": Case(good=True),
    "a key whose X starts with 0": smallest("0"),
    "a key whose X starts with 4": smallest("4"),
    "r begins with a zero byte": short(0),
    "s begins with a zero byte": short(32),
    "another message": Case(message=b"message digest."),
    "an empty message": Case(message=b""),
    "a flipped bit in r": Case(signature=raw(R ^ 1, S)),
    "a flipped bit in s": Case(signature=raw(R, S ^ 1)),
    "r and s are exchanged": Case(signature=raw(S, R)),
    "s is n-s": Case(signature=raw(R, N - S)),
    "r is 0": Case(signature=raw(0, S)),
    "s is 0": Case(signature=raw(R, 0)),
    "both are 0": Case(signature=bytes(64)),
    "r is n": Case(signature=raw(N, S)),
    "s is n": Case(signature=raw(R, N)),
    "r+s is n": Case(signature=raw(R, N - R)),
    "r and s are the largest numbers": Case(signature=b"\xff" * 64),
    "a sum at infinity": Case(signature=at_infinity(R)),
    "a sum at infinity whose r is the digest": Case(signature=at_infinity(int.from_bytes(digest()) % N)),
    "another user ID": Case(signature=other_id()),
    "another key": Case(point=gm.PrivateKey.generate().public.point),
    "the negative key": Case(point=raw(X, P - Y)),
    "a key off the curve": Case(point=raw(X, Y ^ 1)),
    "a key with X and Y exchanged": Case(point=raw(Y, X)),
    "a key that is zero": Case(point=bytes(64)),
    "a key above p": Case(point=b"\xff" * 64),
}
# What has no form in DER or in a SubjectPublicKeyInfo, so that the command line cannot be asked.
SHAPELESS = {
    "63 bytes": Case(signature=v.SM2_SIGNATURE[:63]),
    "a trailing byte": Case(signature=v.SM2_SIGNATURE + b"\0"),
    "a trailing byte after a small s": Case(signature=short(32).signature + b"\0"),
    "a small s without its zero byte": Case(signature=cut(short(32).signature)),
    "no signature": Case(signature=b""),
    "DER where raw is due": Case(signature=gm.rs_to_der(v.SM2_SIGNATURE)),
    "the hexadecimal digits": Case(signature=v.SM2_SIGNATURE.hex().encode()),
    "r is r+n in 33 bytes": Case(signature=(R + N).to_bytes(33) + S.to_bytes(32)),
    "s is s+n in 33 bytes": Case(signature=R.to_bytes(32) + (S + N).to_bytes(33)),
    "a key of 63 bytes": Case(point=v.SM2_POINT[:63]),
    "a key with the 04 prefix": Case(point=b"\x04" + v.SM2_POINT),
    "a compressed key": Case(point=b"\x03" + v.SM2_POINT[:32]),
    "no key": Case(point=b""),
}


def libcrypto(case: Case) -> bool:
    try:
        return gm.PublicKey.from_point(case.point).verify(case.message, case.signature)
    except KeyMaterialError:
        return False


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in {**CASES, **SHAPELESS}.items()])
def test_gmssl_behind_its_guards_says_what_libcrypto_says(case: Case) -> None:
    assert (case.good, case.good) == (libcrypto(case), verify(case.point, case.message, case.signature))


@pytest.mark.parametrize("name", [name for name in CASES if re.match("a key (off|with X|that is|above)", name)])
def test_a_key_off_the_curve_is_stopped_before_gmssl_sees_it(name: str) -> None:
    assert not second_opinion._on_curve(CASES[name].point)


def test_s_plus_n_is_stopped_before_gmssl_sees_it() -> None:
    """A signature whose s+n still has 32 bytes turns up once in 2³² times, so this one is made for a digest of its own choosing."""
    r, s = R, 5
    k = (s + (r + s) * D) % N
    asked = oracles.gmssl_key(None, v.SM2_POINT)
    e = (r - int(asked._kg(k, second_opinion._G.hex())[:64], 16)) % N

    assert asked.verify(raw(r, s).hex(), e.to_bytes(32))
    assert asked.verify(raw(r, s + N).hex(), e.to_bytes(32))  # gmssl takes it for a second form
    assert second_opinion._in_range(raw(r, s))
    assert not second_opinion._in_range(raw(r, s + N))


def test_a_coordinate_plus_p_is_not_a_second_form_of_the_key() -> None:
    """Only X below 2^256-p has such a form; the curve has such points, and their coordinates are found by counting."""
    x = next(x for x in range(1, 99) if pow(x**3 + second_opinion._A * x + second_opinion._B, (P - 1) // 2, P) == 1)
    square = (x**3 + second_opinion._A * x + second_opinion._B) % P
    y = pow(square, (P + 1) // 4, P)

    assert second_opinion._on_curve(raw(x, y))
    assert not second_opinion._on_curve(raw(x + P, y))
    with pytest.raises(KeyMaterialError):
        gm.PublicKey.from_point(raw(x + P, y))


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command line is not installed")


def openssl(folder: Path, case: Case) -> bool:
    """What the command line says of a signature of 64 bytes under a key of 64 bytes."""
    key, message, signature = (folder / what for what in ("pub", "message", "sig"))
    key.write_bytes(pem.armor("PUBLIC KEY", SPKI_PREFIX + case.point))
    message.write_bytes(case.message)
    halves = [int.from_bytes(case.signature[:32]), int.from_bytes(case.signature[32:])]
    signature.write_bytes(SequenceOf(halves, spec=Integer).dump())
    command = ["pkeyutl", "-verify", "-pubin", "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
    arguments = [*command, "-inkey", str(key), "-in", str(message), "-sigfile", str(signature)]
    return subprocess.run(["openssl", *arguments], capture_output=True, check=False).returncode == 0


@needs_openssl
def test_the_command_line_says_what_both_say(tmp_path: Path) -> None:
    said = {name: openssl(tmp_path, case) for name, case in CASES.items()}

    assert said == {name: case.good for name, case in CASES.items()}


NUMBERS = st.one_of(
    st.integers(0, 2**256 - 1), st.sampled_from([0, 1, 2, N - 2, N - 1, N, N + 1, P, 2**255, 2**256 - 1, R, S])
)
SIGNATURES = st.one_of(
    st.builds(raw, NUMBERS, NUMBERS),
    st.builds(at_infinity, st.integers(1, N - 1)),
    st.binary(max_size=80),
    st.builds(
        lambda at, bit: (int.from_bytes(v.SM2_SIGNATURE) ^ 1 << (at * 8 + bit)).to_bytes(64),
        st.integers(0, 63),
        st.integers(0, 7),
    ),
)
HOSTILE = st.builds(
    Case,
    point=st.one_of(st.just(v.SM2_POINT), st.builds(raw, NUMBERS, NUMBERS), st.binary(min_size=60, max_size=68)),
    message=st.one_of(st.just(v.SM2_MESSAGE), st.binary(max_size=200)),
    signature=SIGNATURES,
)


@st.composite
def honest(draw: st.DrawFn) -> Case:
    """A drawn key and message, signed by one of two libraries."""
    scalar = draw(st.integers(1, N - 2)).to_bytes(32)
    key, message = gm.PrivateKey.from_scalar(scalar), draw(st.binary(max_size=200))
    nonce = draw(st.integers(1, N - 1))
    by_gmssl = draw(st.booleans())
    signature = oracles.gmssl_sign(scalar, key.public.point, message, nonce) if by_gmssl else key.sign(message)
    return Case(good=True, point=key.public.point, message=message, signature=signature)


SHAPED = st.builds(
    Case,
    point=st.one_of(st.just(v.SM2_POINT), st.builds(raw, NUMBERS, NUMBERS)),
    message=st.one_of(st.just(v.SM2_MESSAGE), st.binary(max_size=200)),
    signature=SIGNATURES.filter(lambda one: len(one) == 64),
)


@needs_openssl
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(case=st.one_of(honest(), SHAPED))
def test_three_judges_say_the_same_of_whatever_is_drawn(tmp_path: Path, case: Case) -> None:
    """libcrypto, gmssl behind its guards, and the openssl command line in a process of its own: on what is valid, malformed, hostile."""
    one, two, three = libcrypto(case), verify(case.point, case.message, case.signature), openssl(tmp_path, case)

    assert one is two is three is (case.good or case == Case())


@settings(deadline=None, max_examples=60)
@given(case=honest())
def test_both_accept_what_was_signed_and_refuse_it_for_another_message(case: Case) -> None:
    public = gm.PublicKey.from_point(case.point)

    assert both(public, case.message, case.signature)
    assert not both(public, case.message + b"\0", case.signature)


@settings(deadline=None, max_examples=150)
@given(case=HOSTILE)
def test_both_refuse_whatever_was_not_signed(case: Case) -> None:
    assert libcrypto(case) is verify(case.point, case.message, case.signature) is (case == Case())


def contrary(point: bytes, message: bytes, signature: bytes) -> bool:
    """A library that says the opposite."""
    return not verify(point, message, signature)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        pytest.param(v.SM2_MESSAGE, "libcrypto accepts and gmssl refuses", id="a good signature"),
        pytest.param(b"another", "libcrypto refuses and gmssl accepts", id="a bad signature"),
    ],
)
def test_disagreement_is_an_alarm_of_its_own(message: bytes, words: str) -> None:
    with pytest.raises(DisagreementError, match=words):
        both(KEY.public, message, v.SM2_SIGNATURE, judge=contrary)
    with pytest.raises(DisagreementError, match=words), on_every_signature(contrary):
        KEY.public.verify(message, v.SM2_SIGNATURE)
    with pytest.raises(DisagreementError, match=words), on_every_signature(contrary):
        KEY.public.verify_der(message, gm.rs_to_der(v.SM2_SIGNATURE))


def test_an_alarm_that_was_caught_inside_rings_at_the_end_of_the_block() -> None:
    with pytest.raises(DisagreementError), on_every_signature(contrary), suppress(DisagreementError):
        KEY.public.verify(v.SM2_MESSAGE, v.SM2_SIGNATURE)


def test_outside_of_the_block_and_in_other_tasks_nobody_is_asked_twice() -> None:
    async def elsewhere() -> bool:
        return KEY.public.verify(v.SM2_MESSAGE, v.SM2_SIGNATURE)

    async def auditing() -> bool:
        task = asyncio.create_task(elsewhere())
        with on_every_signature(contrary):
            return await task

    assert asyncio.run(auditing())
    with on_every_signature(contrary):
        pass
    assert KEY.public.verify(v.SM2_MESSAGE, v.SM2_SIGNATURE)


def test_within_the_block_agreement_changes_no_answer() -> None:
    with on_every_signature():
        assert KEY.public.verify(v.SM2_MESSAGE, v.SM2_SIGNATURE)
        assert KEY.public.verify_der(v.SM2_MESSAGE, gm.rs_to_der(v.SM2_SIGNATURE))
        assert not KEY.public.verify(b"another", v.SM2_SIGNATURE)
        assert not KEY.public.verify(v.SM2_MESSAGE, b"")


def test_a_message_without_end_is_not_hashed() -> None:
    with pytest.raises(ValueError, match="4 MiB"):
        verify(v.SM2_POINT, bytes(4 * 1024 * 1024 + 1), v.SM2_SIGNATURE)
