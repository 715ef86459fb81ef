"""What all benchmarks print: rows, and ratios over the baselines of the same run (PERFORMANCE.md). Not statistics."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing measured: how many a second, and how long one took (milliseconds)."""

    name: str
    per_s: float
    p50_ms: float
    p99_ms: float


def row(name: str, latencies_s: Sequence[float], elapsed_s: float) -> Row:
    """The row of one round: the latency of each operation and the time of all, in seconds."""
    ordered = sorted(latencies_s)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.50, 0.99))
    return Row(name=name, per_s=len(ordered) / elapsed_s, p50_ms=p50 * 1000, p99_ms=p99 * 1000)


def medians(rounds: Sequence[Row]) -> Row:
    """One row from several rounds of the same thing: the median of each figure."""
    return Row(
        name=rounds[0].name,
        per_s=median(item.per_s for item in rounds),
        p50_ms=median(item.p50_ms for item in rounds),
        p99_ms=median(item.p99_ms for item in rounds),
    )


def show(rows: Sequence[Row], ratios: Mapping[str, float], notes: Sequence[str] = (), *, as_json: bool) -> None:
    """Print for people, or one JSON object with nothing but rows and ratios."""
    if as_json:
        print(json.dumps({"rows": [asdict(item) for item in rows], "ratios": dict(ratios)}))
        return
    width = max(len(item.name) for item in rows)
    print(f"{'':{width}}  {'per second':>12}  {'p50 ms':>8}  {'p99 ms':>8}")
    for item in rows:
        print(f"{item.name:{width}}  {item.per_s:>12,.0f}  {item.p50_ms:>8.2f}  {item.p99_ms:>8.2f}")
    for name, ratio in ratios.items():
        print(f"ratio to {name}: {ratio:.2f}")
    for note in notes:
        print(note)
