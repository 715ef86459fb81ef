"""What goes wrong with a module: each fault has its word, never looks like a peer's fault, and lets nothing through."""

from collections.abc import Iterator

import pytest

from tests.trust.custody.conftest import SdfLibrary
from trust import gm
from trust.custody import FakeModule, Fault, PatientSigner, PatientUnwrapper, SdfModule, open_sdf
from trust.custody.patient import PAUSES_S
from trust.errors import CustodyError

MESSAGE = b"message"


@pytest.fixture(autouse=True)
def mended(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "fake" in request.fixturenames:
        request.getfixturevalue("fake").have(Fault.NONE)


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        pytest.param(Fault.BUSY, "BUSY", "repeat later", id="busy"),
        pytest.param(Fault.LOGGED_OUT, "LOGGED_OUT", "the operator logs in", id="logged out"),
        pytest.param(Fault.OTHER_KEY, "WRONG", "does not verify", id="a signature by another key"),
        pytest.param(Fault.OTHER_MESSAGE, "WRONG", "does not verify", id="a signature over another message"),
    ],
)
def test_a_fault_has_its_word_and_no_signature_comes_out(
    fake: FakeModule, fault: Fault, reason: str, words: str
) -> None:
    fake.have(fault)
    with pytest.raises(CustodyError, match=words) as caught:
        gm.Checked(fake.signer).sign(MESSAGE)

    assert caught.value.reason == reason


def test_garbage_of_any_shape_is_found_before_anybody_sees_it(fake: FakeModule) -> None:
    fake.have(Fault.GARBAGE)
    for _ in range(30):
        with pytest.raises(CustodyError) as caught:
            gm.Checked(fake.signer).sign(MESSAGE)
        assert caught.value.reason == "WRONG"


@pytest.mark.parametrize(("fault", "reason"), [(Fault.BUSY, "BUSY"), (Fault.LOGGED_OUT, "LOGGED_OUT")])
def test_a_module_that_does_not_open_is_not_the_senders_fault(fake: FakeModule, fault: Fault, reason: str) -> None:
    """CustodyError is no DecryptionError: nobody is told that their message was malformed."""
    sealed = fake.unwrapper.public.encrypt(bytes(16))
    fake.have(fault)
    with pytest.raises(CustodyError) as caught:
        fake.unwrapper.decrypt(sealed)

    assert caught.value.reason == reason


def test_a_module_that_was_busy_twice_signs_the_third_time(fake: FakeModule) -> None:
    pauses: list[float] = []
    fake.have(Fault.BUSY, times=2)

    assert fake.signer.public.verify(MESSAGE, PatientSigner(fake.signer, pauses.append).sign(MESSAGE))
    assert pauses == list(PAUSES_S[:2])
    fake.have(Fault.BUSY, times=1)
    sealed = fake.unwrapper.public.encrypt(b"secret")
    assert PatientUnwrapper(fake.unwrapper, pauses.append).decrypt(sealed) == b"secret"


def test_patience_ends_and_other_faults_are_not_waited_for(fake: FakeModule) -> None:
    pauses: list[float] = []
    fake.have(Fault.BUSY)
    with pytest.raises(CustodyError, match="BUSY"):
        PatientSigner(fake.signer, pauses.append).sign(MESSAGE)
    assert pauses == list(PAUSES_S)
    fake.have(Fault.LOGGED_OUT)
    with pytest.raises(CustodyError, match="LOGGED_OUT"):
        PatientSigner(fake.signer, pauses.append).sign(MESSAGE)

    assert len(pauses) == len(PAUSES_S)


def test_a_late_answer_is_never_taken_for_the_answer_to_the_next_question() -> None:
    with FakeModule() as warm:
        assert warm.signer.sign(MESSAGE)
    with FakeModule(limit_s=60.0) as slow:
        slow.have(Fault.LATE, times=1)
        slow._limit_s = 0.05
        with pytest.raises(CustodyError) as caught:
            slow.signer.sign(b"the first")
        slow._limit_s = 60.0
        second = slow.signer.sign(b"the second")

        assert caught.value.reason == "SLOW"
        assert slow.signer.public.verify(b"the second", second)


def test_a_module_that_is_pulled_out_is_gone_and_says_what_to_look_at() -> None:
    with FakeModule() as module:
        assert module.signer.sign(MESSAGE)
        module.break_down()
        for _ in range(2):
            with pytest.raises(CustodyError, match="see whether the module has power") as caught:
                module.signer.sign(MESSAGE)
            assert caught.value.reason == "GONE"


SDF_FAULTS = [(1, "BUSY"), (2, "LOGGED_OUT"), (3, "GONE"), (4, "WRONG"), (5, "WRONG")]


@pytest.fixture
def sdf(sdf_library: SdfLibrary) -> Iterator[SdfModule]:
    if sdf_library.device is None:
        pytest.skip("a maker's library has no faults on command")
    with open_sdf(sdf_library.path, index=sdf_library.index, pin=sdf_library.pin) as module:
        yield module
    sdf_library.device.TEST_fault(0, 0)


@pytest.mark.parametrize(("fault", "reason"), SDF_FAULTS)
def test_what_an_sdf_library_answers_has_the_same_words(
    sdf: SdfModule, sdf_library: SdfLibrary, fault: int, reason: str
) -> None:
    assert sdf_library.device is not None
    signer = sdf.signer()
    sdf_library.device.TEST_fault(fault, 1)
    with pytest.raises(CustodyError) as caught:
        signer.sign(MESSAGE)

    assert caught.value.reason == reason
    assert signer.public.verify(MESSAGE, signer.sign(MESSAGE)), "mended, it goes on in the same session"


@pytest.mark.parametrize(("fault", "reason"), SDF_FAULTS[:4])
def test_an_sdf_library_that_does_not_open_is_not_the_senders_fault(
    sdf: SdfModule, sdf_library: SdfLibrary, fault: int, reason: str
) -> None:
    assert sdf_library.device is not None
    unwrapper = sdf.unwrapper()
    sealed = unwrapper.public.encrypt(bytes(16))
    sdf_library.device.TEST_fault(fault, 1)
    with pytest.raises(CustodyError) as caught:
        unwrapper.decrypt(sealed)

    assert caught.value.reason == reason


def test_a_wrong_pin_is_logged_out_names_no_pin_and_leaves_no_session(sdf: SdfModule, sdf_library: SdfLibrary) -> None:
    assert sdf_library.device is not None
    before = sdf_library.device.TEST_open_sessions()
    with pytest.raises(CustodyError) as caught:
        open_sdf(sdf_library.path, index=1, pin=b"a wrong pin")

    assert caught.value.reason == "LOGGED_OUT"
    assert "a wrong pin" not in str(caught.value)
    assert sdf_library.device.TEST_open_sessions() == before


def test_an_index_without_a_key_and_a_path_without_a_library_are_named(sdf_library: SdfLibrary) -> None:
    with pytest.raises(CustodyError, match="SDF_GetPrivateKeyAccessRight answered 0x01000008"):
        open_sdf(sdf_library.path, index=7, pin=sdf_library.pin)
    with pytest.raises(CustodyError, match=r"libnone\.so cannot be loaded"):
        open_sdf(sdf_library.path.with_name("libnone.so"), index=1, pin=b"")
