"""The benchmarks run, and print what their readers rely on. Speed is not tested: it is measured (scripts/bench/README.md)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)  # beyond that of the benchmark itself, which says what it was about
CHECKOUT = Path(__file__).resolve().parents[2]
FORMS = ("by the log, groups of 1", "by the log, groups of 4")
RUNS = [
    pytest.param(
        ["search", "--seconds", "0.1", "--rounds", "1", "--in-flight", "2", "--certificates", "4"],
        {f"{side}{load}" for side in ("certmesh", "direct", "bare_mtls") for load in ("", " alone")} | {"naive"},
        {"bare_mtls", "naive", "direct", "bare_mtls, direct"},
        id="search",
    ),
    pytest.param(
        ["envelope", "--seconds", "0.02", "--rounds", "1", "--groups", "1", "4"],
        {"direct", *FORMS, "SM2 sign", "SM2 verify", "SM4-GCM seal", "SM4-GCM open"}
        | {f"SM3 {what}" for what in ("payload", "entry", "node")},
        {f"ideal of {form}" for form in ("direct", *FORMS)},
        id="envelope",
    ),
    pytest.param(
        ["retrieval", "--seconds", "0.05", "--rounds", "1"],
        {"bare", "sm4_sm3", "bare 100 KiB"}
        | {f"certmesh{what}{size}" for what in ("", ", usage copy") for size in ("", " 100 KiB")},
        {"bare", "sm4_sm3"},
        id="retrieval",
    ),
    pytest.param(
        ["evidence", "--count", "500", "--rounds", "1"],
        {
            f"{side}, {waiting} waiting"
            for side in ("bare grouped insert", "certmesh evidence")
            for waiting in (64, 256)
        },
        {"bare_insert", "bare_insert_p99"},
        id="evidence",
    ),
    pytest.param(
        ["lists", "--types", "20", "--lines", "60", "--changes", "2", "--versions", "3", "--checks", "20"],
        {"first sync, 20 entries", "first sync, 60 lines", "one change", "back, nothing missed"}
        | {"back, 3 versions missed", "bare insert, 20 entries", "bare insert, 60 lines", "authorised"}
        | {"authorised, one line", "bare call"},
        {"bare_insert, catalogue", "bare_insert, uselist", "bytes of the change", "bare_call"},
        id="lists",
    ),
    pytest.param(
        ["ofd", "--seconds", "0.05", "--rounds", "1"],
        {f"{side} {work}" for side in ("certmesh", "bare") for work in ("verify and copy", "verify a copy")}
        | {"certmesh verify", "bare"},
        {"bare", "bare_copy", "bare_of_copy"},
        id="ofd",
    ),
]


@pytest.mark.parametrize(("arguments", "names", "ratios"), RUNS)
def test_a_benchmark_prints_its_rows_and_ratios_as_json(
    arguments: list[str], names: set[str], ratios: set[str], tmp_path: Path
) -> None:
    command = [sys.executable, str(CHECKOUT / "scripts" / "bench"), *arguments, "--json"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)

    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert set(printed) == {"rows", "ratios"}
    assert {row["name"] for row in printed["rows"]} == names
    assert all(set(row) == {"name", "per_s", "p50_ms", "p99_ms"} for row in printed["rows"])
    assert all(0 < row["p50_ms"] <= row["p99_ms"] and row["per_s"] > 0 for row in printed["rows"])
    assert set(printed["ratios"]) == ratios
    assert all(ratio > 0 for ratio in printed["ratios"].values())
    assert list(tmp_path.iterdir()) == []


def test_the_launcher_names_the_benchmarks() -> None:
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "scripts" / "bench")], capture_output=True, text=True, check=False
    )

    assert "{envelope,evidence,lists,ofd,reconcile,retrieval,search,wheels}" in done.stderr
    assert done.returncode == 1
