"""`python scripts/vectors.py [--write]`: make the vectors of every format in tests/trust/vectors again, and compare or write them.

A maker is make_NAME.py there, with `FILE` and `made()`. They are the second opinion on the formats: a few lines each, out of the standard
library, gmssl and one another, and nothing of the project, which is checked here too.
"""

import argparse
import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "tests" / "trust" / "vectors"
PROJECT = {"node", "federation", "trust", "certmesh"}


def main() -> None:
    """Compare or write all, naming each file that differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write what differs")
    write = parser.parse_args().write
    sys.path.insert(0, str(ROOT))
    problems = [problem for path in sorted(VECTORS.glob("make_*.py")) for problem in check(path, write=write)]
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(bool(problems))


def check(path: Path, *, write: bool) -> Iterator[str]:
    """What is wrong with a maker and its file."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    yield from (f"{name} imports {one}: a second opinion uses nothing of the project" for one in used(path))
    maker = importlib.import_module(name)
    if maker.FILE.read_text(encoding="utf-8") == maker.made():
        return
    if write:
        maker.FILE.write_text(maker.made(), encoding="utf-8")
    else:
        yield f"{maker.FILE.relative_to(ROOT)} is not what {name} makes"


def used(path: Path) -> set[str]:
    """The project's packages that a maker imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    return found & PROJECT


if __name__ == "__main__":
    main()
