"""Nothing a node prints holds a key or a passphrase: logs, errors, text forms, tracebacks, and the dump of a crash.

REQUIREMENTS 11.3. The process is told to fail in every way it can while it holds the secrets; its output is searched for them in every
form in which they could get there. Not searched: the memory of the process, where keys have to be.
"""

import base64
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import keys as asn1_keys

from node import keys
from tests.light import ROUNDS
from trust import gm

PROVINCE, PASSPHRASE = "320000", "correct horse battery staple"
LABELS = ("ca", "signing", "encryption", "storage", "tls")

PROGRAM = """
import faulthandler, logging, pickle, sys, traceback, warnings
from pathlib import Path
import structlog
from node import keys
from node.config import KeysSection
from node.logs import configure
from node.vault import Vault
from trust import gm
from trust.custody import FakeModule
configure("DEBUG", sys.argv[3])
log = structlog.get_logger("leaks")
folder, passphrase = Path(sys.argv[1]), keys.read_passphrase(file=Path(sys.argv[2]), environment=None)
identity = keys.load_identity(folder, "320000", passphrase)
master = keys.load_master(folder, passphrase)
vault = Vault(master, "00" * 32)
holders = [identity, identity.signing_key, identity.encryption_key, identity.document_signer, vault,
           *(keys.load_private(folder, one, passphrase) for one in ("ca", "storage"))]
for one in holders:
    print(repr(one), str(one), f"{one!r}", [one])
    log.info("held", what=one, more=[one], named={"it": one})
    try:
        pickle.dumps(one)
        print("PICKLED", type(one))
    except Exception as error:
        log.error("cannot", exc_info=error)
def failing():
    key, secret, phrase = identity.signing_key, master, passphrase
    for attempt in (
        lambda: keys.load_identity(folder, "310000", phrase),
        lambda: keys.load_private(folder, "signing", phrase + b"!"),
        lambda: keys.load_private(folder, "missing", phrase),
        lambda: gm.open_pkcs8(phrase, phrase),
        lambda: gm.PrivateKey.from_pkcs8((folder / "tls.key").read_bytes(), phrase),
        lambda: keys.create(folder, province="320000", name="x", passphrase=phrase, now=None),
        lambda: vault.open(secret, b""),
        lambda: identity.encryption_key.decrypt(secret),
        lambda: gm.PrivateKey.from_scalar(secret + secret),
        lambda: key.nothing,
        lambda: identity.nothing,
    ):
        try:
            attempt()
            print("NO ERROR")
        except Exception as error:
            log.error("failed", exc_info=error)
            log.exception("failed")
            logging.getLogger("foreign").error("failed %s", error, exc_info=error)
            traceback.print_exc()
            print(error, repr(error), error.args)
failing()
faulthandler.enable(all_threads=True)
faulthandler.dump_traceback(all_threads=True)
def crash(key=identity.signing_key, phrase=passphrase, secret=master):
    faulthandler._sigabrt()
crash()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("leaks")
    keys.create(
        root / "keys",
        province=PROVINCE,
        name="江苏省",
        passphrase=PASSPHRASE.encode(),
        now=datetime.now(UTC),
        rounds=ROUNDS,
    )
    keys.write_private(root / "passphrase", PASSPHRASE.encode())
    return root


def secrets_of(folder: Path) -> dict[str, list[bytes]]:
    """Every secret, as raw bytes: scalars, the vault's master, the passphrase."""
    found = {"passphrase": [PASSPHRASE.encode()], "master": [keys.load_master(folder / "keys", PASSPHRASE.encode())]}
    for label in LABELS:
        der = gm.open_pkcs8((folder / "keys" / f"{label}.key").read_bytes(), PASSPHRASE.encode())
        number = asn1_keys.PrivateKeyInfo.load(der)["private_key"].parsed["private_key"].native
        found[label] = [number.to_bytes(32), der]
    return found


def forms(secret: bytes) -> set[bytes]:
    """How a secret could stand in a text; a long enough piece of it is as bad as the whole."""
    piece = secret[:12]
    encoded = {base64.b64encode(secret[at : at + 24])[2:16] for at in range(3)}
    plain = repr(piece + b'"')[2:-2].replace(
        "\\'", "'"
    )  # the whole secret's quotes decide how a piece of it is written
    written = {
        plain.encode(),
        plain.replace("'", "\\'").encode(),
        str(list(piece))[1:-1].encode(),
        str(int.from_bytes(secret)).encode(),
    }
    return {piece, piece.hex().encode(), piece.hex().upper().encode(), piece.hex(":").encode()} | encoded | written


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_secret_is_in_what_a_node_prints_until_it_crashes(folder: Path, log_format: str) -> None:
    arguments = [str(folder / "keys"), str(folder / "passphrase"), log_format]
    done = subprocess.run([sys.executable, "-P", "-c", PROGRAM, *arguments], capture_output=True, check=False)
    said = done.stdout + done.stderr

    assert done.returncode < 0, said[-2000:]  # it crashed, as it was told to
    assert b"Fatal Python error: Aborted" in said
    assert said.count(b"failed") > 30
    assert b"NO ERROR" not in said
    assert b"PICKLED" not in said
    leaked = [
        name for name, values in secrets_of(folder).items() for one in values for form in forms(one) if form in said
    ]
    assert leaked == []


def test_the_search_finds_what_is_there(folder: Path) -> None:
    """The test above would see a leak: each secret, printed in each usual way, is found."""
    for values in secrets_of(folder).values():
        for one in values:
            for said in (
                one,
                one.hex().encode(),
                base64.b64encode(b"x" + one),
                repr(one).encode(),
                one.hex(":").encode(),
            ):
                assert any(form in said for form in forms(one)), said


def test_a_process_that_others_may_look_into_keeps_the_file_closed(folder: Path) -> None:
    """The passphrase's file is read and closed: no descriptor of it stays open in the node."""
    code = (
        "import os,sys; from pathlib import Path; from node import keys\n"
        "keys.load_identity(Path(sys.argv[1]), '320000', keys.read_passphrase(file=Path(sys.argv[2]), environment=None))\n"
        "print([os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{n}')])"
    )
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no /proc here")
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(folder / "keys"), str(folder / "passphrase")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert str(folder) not in done.stdout
