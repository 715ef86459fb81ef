"""`certmesh evidence tail|show|prove|verify|export` over a node's database, and over what a stranger has of it."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from node import keys, membership_file
from node.cli.evidence_read import from_the_end
from node.config import load
from node.errors import ConfigError
from node.membership_chain import keep, resolve
from node.moment import utc_now
from node.ports.cosignatures import CosignedHead, StoredCosignature
from node.storage.memory import MemoryStore
from node.storage.sqlite import open_sqlite
from node.usecases.record import Recorder
from tests.node.cli.ceremony import PHRASE, Ceremony, certmesh
from tests.node.storage.samples import append, sign
from tests.node.test_config import GOOD, write
from trust.checkpoint import Checkpoint, evidence_log, parse_note, sign_note
from trust.cosignature import cosign
from trust.errors import TrustError

CODE = "320000"
AT = 1_790_000_000  # POSIX seconds
ENTRIES = [{"exchange": f"e{number % 3}", "node": CODE, "number": number} for number in range(300)]


@pytest.fixture
def config(mesh: Ceremony) -> Path:
    """A node that was stopped: its database holds the membership it believed, and 301 entries under signed heads."""
    folder = mesh.root / CODE
    (folder / "data").mkdir()
    path = write(folder, GOOD.replace('"membership.json"', f'"{mesh.document(1)}"'))
    fill(path)
    return path


def fill(config: Path, entries: list[dict[str, Any]] = ENTRIES) -> None:
    loaded = load(config)
    key, certificate = keys.load_signing(loaded.keys.folder, PHRASE.encode())

    def note(size: int, root: bytes) -> bytes:
        return sign_note(Checkpoint(origin=evidence_log(CODE), size=size, root=root), certificate.public_key, key.sign)

    async def filled() -> None:
        store = await open_sqlite(loaded.node.data / "certmesh.db", sign_checkpoint=note)
        chain = resolve(loaded.membership.file, loaded.membership.fingerprint, store.read.memberships.after(0, 9))
        recorder = Recorder(CODE, utc_now)
        await store.transact(lambda nouns: keep(chain, recorder, utc_now(), "configuration", nouns))
        await store.transact(lambda nouns: [nouns.evidence.append(entry) for entry in entries])
        await store.close()

    asyncio.run(filled())


def run(verb: str, *arguments: str | Path) -> Result:
    return certmesh("evidence", verb, *arguments)


def told(done: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_tail_is_the_last_entries_one_line_each(config: Path) -> None:
    lines = run("tail", "--config", config, "-n", "3").stdout.splitlines()

    assert [json.loads(line) for line in lines] == [{"index": n + 1, **ENTRIES[n]} for n in (297, 298, 299)]


async def test_who_follows_sees_what_is_appended() -> None:
    store = MemoryStore(sign_checkpoint=sign)
    for _ in range(5):
        await store.transact(append)

    def wait() -> None:  # a unit in memory never waits
        with suppress(StopIteration):
            store.transact(append).send(None)

    lines = from_the_end(store.read.evidence, 2, wait)

    assert [next(lines).index for _ in range(5)] == [3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("what", "indices"),
    [
        pytest.param("e0", list(range(1, 301, 3)), id="an exchange"),
        pytest.param("17", [17], id="an index"),
        pytest.param("301", [], id="an index beyond the end"),
        pytest.param("unknown", [], id="an exchange that left nothing"),
    ],
)
def test_entries_are_shown_as_they_stand(config: Path, what: str, indices: list[int]) -> None:
    done = run("show", "--config", config, what)
    decoder, shown, rest = json.JSONDecoder(), [], done.stdout.strip()
    while rest:
        one, end = decoder.raw_decode(rest)
        shown.append(one["index"])
        rest = rest[end:].strip()

    assert (shown, done.exit_code) == (indices, 0 if indices else 1)


def proof(config: Path, folder: Path, index: int = 17) -> Path:
    done = run("prove", "--config", config, str(index), "-o", folder)
    assert done.exit_code == 0, done.output
    return folder / f"{CODE}-{index}.tlog-proof"


def test_each_entry_of_an_exchange_is_proven_in_a_file_of_its_own(config: Path, mesh: Ceremony, tmp_path: Path) -> None:
    files = told(run("prove", "--config", config, "e2", "-o", tmp_path / "proofs", "--json"))["files"]

    assert [one["index"] for one in files] == list(range(3, 301, 3))
    for one in (files[0], files[-1]):
        done = told(run("verify", one["file"], "--key", mesh.keys(CODE) / "signing.crt", "--json"))
        assert (done["ok"], done["index"], done["size"]) == (True, one["index"], 301)
        assert done["entry"] == ENTRIES[one["index"] - 1]
        assert done["second_opinion"]["agrees"]


def test_nothing_is_proven_of_an_exchange_that_left_nothing(config: Path, tmp_path: Path) -> None:
    assert run("prove", "--config", config, "unknown", "-o", tmp_path / "proofs").exit_code == 1
    assert not (tmp_path / "proofs").exists()


def test_an_entry_that_no_checkpoint_covers_yet_is_not_proven(config: Path, tmp_path: Path) -> None:
    database = load(config).node.data / "certmesh.db"

    async def unsigned() -> None:
        store = await open_sqlite(database, sign_checkpoint=None)
        await store.transact(append)
        await store.close()

    asyncio.run(unsigned())
    done = run("prove", "--config", config, "301", "-o", tmp_path)

    assert (done.exit_code, "signed up to 301" in str(done.exception)) == (1, True)


def exported(config: Path, folder: Path) -> Path:
    done = run("export", "--config", config, folder)
    assert done.exit_code == 0, done.output
    return folder


Anchor = Callable[[Ceremony], tuple[str | Path, ...]]


@pytest.mark.parametrize(
    "anchor",
    [
        pytest.param(lambda mesh: ("--membership", mesh.document(1)), id="a document"),
        pytest.param(lambda mesh: ("--membership", mesh.chain, "--fingerprint", digest(mesh)), id="a chain"),
        pytest.param(lambda mesh: ("--key", mesh.keys(CODE) / "signing.crt"), id="the certificate"),
        pytest.param(lambda mesh: ("--config", mesh.root / CODE / "node.toml"), id="the node's own configuration"),
    ],
)
def test_exports_and_proofs_verify_under_keys_that_are_named(
    config: Path, mesh: Ceremony, tmp_path: Path, anchor: Anchor
) -> None:
    for path in (exported(config, tmp_path / "export"), proof(config, tmp_path)):
        done = run("verify", path, *anchor(mesh), "--json", "--no-second-opinion")
        assert done.exit_code == 0, done.output
        assert told(done)["ok"]


def digest(mesh: Ceremony) -> str:
    return membership_file.read_signed(mesh.document(1)).fingerprint


def test_whoever_knows_one_fingerprint_needs_nothing_but_the_folder(
    config: Path, mesh: Ceremony, tmp_path: Path
) -> None:
    done = run(
        "verify",
        exported(config, tmp_path / "export"),
        "--fingerprint",
        digest(mesh).upper(),
        "--json",
        "--no-second-opinion",
    )

    assert (done.exit_code, told(done)["size"]) == (0, 301)
    with pytest.raises(ConfigError, match="no document has the fingerprint"):
        raise_of(run("verify", tmp_path / "export", "--fingerprint", "ab" * 32, "--no-second-opinion"))


def raise_of(done: Result) -> None:
    assert done.exception is not None
    raise done.exception


@pytest.mark.parametrize(
    ("anchor", "sentence"),
    [
        pytest.param(lambda _: (), "whose keys are believed", id="no key"),
        pytest.param(lambda m: ("--key", m.chain, "--membership", m.chain), "whose keys are believed", id="two"),
        pytest.param(lambda m: ("--key", m.root / "none.crt"), "cannot be read", id="a file that is not there"),
        pytest.param(lambda m: ("--membership", m.card(CODE)), "card.json", id="a document that is none"),
        pytest.param(lambda m: ("--membership", m.chain, "--fingerprint", "abc"), "64 hex", id="no fingerprint"),
    ],
)
def test_whose_keys_are_believed_is_said_or_nothing_is_verified(
    config: Path, mesh: Ceremony, tmp_path: Path, anchor: Anchor, sentence: str
) -> None:
    with pytest.raises((ConfigError, TrustError), match=sentence):
        raise_of(run("verify", exported(config, tmp_path / "export"), *anchor(mesh)))


def test_a_key_of_another_province_vouches_for_nothing(config: Path, mesh: Ceremony, tmp_path: Path) -> None:
    other = ("--key", mesh.keys("310000") / "signing.crt")
    for path in (exported(config, tmp_path / "export"), proof(config, tmp_path)):
        done = run("verify", path, *other)
        assert (done.exit_code, "BAD" in done.stdout) == (1, True)


def test_a_changed_export_and_a_changed_proof_are_bad(config: Path, mesh: Ceremony, tmp_path: Path) -> None:
    folder, file = exported(config, tmp_path / "export"), proof(config, tmp_path)
    file.write_bytes(file.read_bytes().replace(b"index 17", b"index 18"))
    bundle = folder / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b'"number":7}', b'"number":8}'))

    for path, sentence in ((folder, "tile/0/000: the entries do not make"), (file, "does not lead to the root")):
        done = run("verify", path, "--key", mesh.keys(CODE) / "signing.crt")
        assert (done.exit_code, sentence in done.stdout) == (1, True), done.output


def test_an_export_is_kept_up_and_says_what_it_did(config: Path, tmp_path: Path) -> None:
    first = told(run("export", "--config", config, tmp_path / "export", "--json"))
    fill(config, [{"exchange": "late", "node": CODE}] * 300)
    second = told(run("export", "--config", config, tmp_path / "export", "--json"))

    assert (first["since"], first["size"], first["membership_versions"]) == (0, 301, 1)
    assert (second["since"], second["size"], second["removed"]) == (301, 601, 2)
    assert run("verify", tmp_path / "export", "--config", config).exit_code == 0


def test_the_own_log_verifies_as_before(config: Path) -> None:
    done = told(run("verify", "--config", config, "--json"))

    assert (done["ok"], done["size"], done["checkpoint_size"]) == (True, 301, 301)


def test_something_to_verify_is_named() -> None:
    with pytest.raises(ConfigError, match="--config for the node's own log"):
        raise_of(run("verify"))


def cosign_all(config: Path, mesh: Ceremony, *provinces: str, spoil: bool = False) -> None:
    """Have these provinces cosign the newest head."""
    database = load(config).node.data / "certmesh.db"

    async def cosigned() -> None:
        store = await open_sqlite(database, sign_checkpoint=None)
        head = store.read.evidence.head()
        text = parse_note(head.checkpoint).text
        await store.transact(
            lambda nouns: nouns.cosignatures.offer(CosignedHead(size=head.size, seconds=AT, note=head.checkpoint))
        )
        for code in provinces:
            key, certificate = keys.load_signing(mesh.keys(code), PHRASE.encode())
            one = cosign(text, province=code, public_key=certificate.public_key, sign=key.sign, seconds=AT)
            line = one.line[:-8] + b"AAAA" + one.line[-4:] if spoil else one.line
            kept = StoredCosignature(province=code, seconds=AT, line=line)
            await store.transact(lambda nouns, kept=kept: nouns.cosignatures.put(head.size, kept))  # type: ignore[misc]
        await store.close()

    asyncio.run(cosigned())


@pytest.mark.parametrize("verb", ["export", "prove"])
def test_who_else_has_seen_it_is_told_by_proofs_and_exports(
    config: Path, mesh: Ceremony, tmp_path: Path, verb: str
) -> None:
    cosign_all(config, mesh, "310000", "340000")
    fill(config, [{"exchange": "late", "node": CODE}])
    path = exported(config, tmp_path / "export") if verb == "export" else proof(config, tmp_path)

    done = run("verify", path, "--membership", mesh.document(1), "--no-second-opinion")
    members = told(run("verify", path, "--membership", mesh.document(1), "--json", "--no-second-opinion"))

    assert "witnesses: 310000 2026-09-21 14:13:20Z, 340000 2026-09-21 14:13:20Z, at size 301" in done.stdout
    assert members["witnesses"] == {"310000": AT, "340000": AT}
    assert (members["witness_quorum"], members["witnessed"], members["witnessed_size"]) == (0, True, 301)
    assert "not looked at" in run("verify", path, "--key", mesh.keys(CODE) / "signing.crt").stdout


def test_a_cosignature_that_is_wrong_is_bad(config: Path, mesh: Ceremony, tmp_path: Path) -> None:
    cosign_all(config, mesh, "310000", spoil=True)
    for path in (exported(config, tmp_path / "export"), proof(config, tmp_path)):
        done = run("verify", path, "--membership", mesh.document(1), "--no-second-opinion")
        assert (done.exit_code, "the cosignature of 310000 is wrong" in done.stdout) == (1, True), done.output
