"""`python scripts/bench NAME …`: run one benchmark of this folder. Each is a file with `main(arguments)`; see README.md."""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Run the benchmark named by the first argument with the rest of them."""
    names = sorted(path.stem for path in HERE.glob("[a-z]*.py"))
    if len(sys.argv) < 2 or sys.argv[1] not in names:  # noqa: PLR2004 - the program and a name
        sys.exit(f"usage: python scripts/bench {{{','.join(names)}}} [--json] …")
    sys.path[:1] = [str(HERE), str(HERE.parent.parent)]
    importlib.import_module(sys.argv[1]).main(sys.argv[2:])


if __name__ == "__main__":
    main()
