"""No personal data in logs, metrics and evidence, and none of the story's anywhere but where certificates are kept. DESIGN §2.8."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from node.library.demo import SealCa, SealMaker
from node.library.invented import STORY_HOLDER
from node.storage.sqlite import open_sqlite_read_only
from scripts._mesh import certificates
from scripts._mesh.counter import OPERATOR, demo_token
from tests.mesh.conftest import RUN_TIMEOUT_S, Run

pytestmark = pytest.mark.timeout(RUN_TIMEOUT_S + 20)

CERTIFICATES = {"source", "files", "spool"}  # folders that hold the documents themselves
PROOFS = {"proof.zip", "changed.zip", "proof.html"}
"""What the clerk of the story asks for to hand to a court: the use with its contents, and the page on it."""
SHORTEST = 4  # characters; shorter face values, such as 汉族's 汉, stand in ordinary words


def forms(words: set[str]) -> set[bytes]:
    """How a text may stand in a file: as it is, and escaped in JSON."""
    return {form for word in words for form in (word.encode(), json.dumps(word).strip('"').encode())}


@cache
def made() -> certificates.Issuance:
    """The records are the run's; the seals are not."""
    return certificates.made(SealMaker(SealCa.new()))


def story_words() -> set[str]:
    """What the story's counter sent and received: holder, clerk, face data."""
    items = certificates.story_items(made())
    faces = {face.value for one in items for face in one.record.face if len(face.value) >= SHORTEST}
    return {STORY_HOLDER.code, STORY_HOLDER.name, OPERATOR["account"], OPERATOR["name"], *faces}


def all_words() -> set[str]:
    """The same, and every holder of every imported certificate."""
    records = [one.record for issued in made().values() for one in issued]
    return story_words() | {word for record in records for one in record.holders for word in (one.code, one.name)}


def found_in(data: bytes, words: set[bytes]) -> list[str]:
    return sorted(word.decode() for word in words if word in data)


def entries(folder: Path) -> Iterator[bytes]:
    for database in sorted(folder.glob("*/data/certmesh.db")):
        reader = open_sqlite_read_only(database)
        try:
            yield from (one.entry for one in reader.read.evidence.entries(0, 10_000))
        finally:
            reader.close()


def test_logs_name_nobody(default_run: Run) -> None:
    logs = sorted(default_run.folder.glob("*/log.jsonl"))

    assert len(logs) == 4
    for log in logs:
        text = log.read_bytes()
        assert b"Retrieval/File" in text or b"Search/Local" in text or b"rest.answered" in text
        assert b"redacted" not in text, "the redaction is the last resort: it must have nothing to do"
        assert found_in(text, forms(all_words())) == []


def test_metrics_name_nobody(default_run: Run) -> None:
    pages = sorted(default_run.folder.glob("*/metrics.txt"))

    assert len(pages) == 4
    for page in pages:
        assert b"# HELP" in page.read_bytes()
        assert found_in(page.read_bytes(), forms(all_words())) == []


def test_evidence_names_nobody(default_run: Run) -> None:
    whole = b"\n".join(entries(default_run.folder))

    assert b'"RETRIEVE"' in whole
    assert found_in(whole, forms(all_words())) == []


def test_nothing_of_the_story_stands_in_any_other_file(default_run: Run) -> None:
    words = forms(story_words()) | {demo_token("320000").encode()}
    files = [
        path
        for path in default_run.folder.rglob("*")
        if path.is_file() and not (CERTIFICATES | PROOFS) & set(path.relative_to(default_run.folder).parts)
    ]

    assert any(path.name == "certmesh.db" for path in files)
    assert {str(path): found for path in files if (found := found_in(path.read_bytes(), words))} == {}
