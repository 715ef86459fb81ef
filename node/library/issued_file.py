"""The issued file an import row names: found inside the source's folder, bounded, readable as OFD, and naming the same certificate.

No copy is made here and nothing is changed: the issued file is kept byte for byte (DESIGN §2.6).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from node.library.files import digest_of
from trust.errors import DocumentError
from trust.ofd import read_package


class FileProblemError(ValueError):
    """A row's file cannot be taken; the message names the rule and no outer path."""


class FileMismatchError(FileProblemError):
    """A row's file is another certificate's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What an accepted file is: its place, SM3 (hex), and size in bytes; `custom` is what it says of itself, personal data."""

    path: Path
    sm3: str
    size: int
    custom: Mapping[str, str] = field(default_factory=dict, repr=False)


def check_file(root: Path, name: str, identifier: str) -> FileFacts:
    """Find, read and check the file `name` of the source in `root`, for the certificate `identifier` ("" where that is not known).

    Raises:
        FileMismatchError: the file's custom data (ZZBS, GB/T 36903) name another certificate.
        FileProblemError: it leads out of the folder, is missing, too large, or not a readable OFD package.
    """
    path = _inside(root, name)
    try:
        with path.open("rb") as file:
            sm3, size = digest_of(file)
            custom = read_package(file).custom_data
    except OSError as error:
        raise FileProblemError(f"the file cannot be read ({error.strerror})") from error
    except DocumentError as error:
        raise FileProblemError(f"not an acceptable OFD file: {error}") from error
    named = custom.get("ZZBS", "")
    if named and identifier and named != identifier:
        raise FileMismatchError("the file's custom data (ZZBS) name another certificate")
    return FileFacts(path=path, sm3=sm3.hex(), size=size, custom=custom)


def _inside(root: Path, name: str) -> Path:
    """The file's path, links resolved. Windows forms count too: a source may come from there."""
    relative = PurePosixPath(name.replace("\\", "/"))
    if relative.is_absolute() or PureWindowsPath(name).drive or ".." in relative.parts:
        raise FileProblemError("the file's name leads out of the source's folder")
    try:
        path = (root / relative).resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:  # missing, too long, a loop of links, a NUL
        raise FileProblemError("there is no such file") from error
    if not path.is_relative_to(root.resolve()):
        raise FileProblemError("the file's name leads out of the source's folder")
    if not path.is_file():
        raise FileProblemError("not an ordinary file")
    return path
