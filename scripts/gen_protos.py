#!/usr/bin/env python3
"""Generate the Python code that lies beside proto/certmesh/v1/*.proto, or with --check prove that it is fresh.

Not a build step: the output is committed, so that installing and type-checking need no protoc (STYLE §4).
"""

import argparse
import filecmp
import os
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

# protoc finds its plug-in beside this interpreter, whether or not the virtual environment is active.
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
PROTO_ROOT = Path(__file__).resolve().parent.parent / "proto"
PACKAGE = Path("certmesh/v1")


def generate(out: Path) -> None:
    """Run protoc over every .proto of the package, into `out`.

    Raises:
        SystemExit: protoc refused a file; its message is on stderr.
    """
    sources = sorted(str(path.relative_to(PROTO_ROOT)) for path in (PROTO_ROOT / PACKAGE).glob("*.proto"))
    flags = [f"--{kind}_out={out}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
    include = files("grpc_tools") / "_proto"
    if protoc.main(["protoc", f"-I{PROTO_ROOT}", f"-I{include}", *flags, *sources]) != 0:
        sys.exit("gen_protos: protoc failed")


def stale(fresh: Path) -> list[str]:
    """Names of generated files that differ from, or are missing beside, their .proto."""
    made = {path.name for path in (fresh / PACKAGE).glob("*_pb2*")}
    kept = {path.name for path in (PROTO_ROOT / PACKAGE).glob("*_pb2*")}
    _, differing, missing = filecmp.cmpfiles(fresh / PACKAGE, PROTO_ROOT / PACKAGE, made, shallow=False)
    return sorted({*differing, *missing, *(kept - made)})


def main() -> None:
    """Write the generated files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is not fresh")
    if not parser.parse_args().check:
        generate(PROTO_ROOT)
        return
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        names = stale(Path(folder))
    if names:
        sys.exit(f"generated code is not fresh: {', '.join(names)}; run scripts/gen_protos.py")


if __name__ == "__main__":
    main()
