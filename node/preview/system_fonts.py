"""The machine's fonts, for text whose font is not embedded. A product of a public body ships no fonts: their licences differ by country.

The name a document gives (宋体, SimHei, Courier New …) chooses a kind; of each kind the fonts that Debian and Windows carry are known by
their file names. Extra files come first whatever their names; extra folders are searched before the machine's.
"""

from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

from node.preview.fonts import Face, load_face

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
MAX_FILES = 5000
_CHINESE_FACE = 2  # in Noto's collections: Japanese, Korean, simplified Chinese
_SUFFIXES = {".ttf", ".otf", ".ttc"}
_SONG = ("notoserifcjk-regular", "notoserifcjksc-regular", "notoserifsc-regular", "sourcehanserif", "simsun", "uming")
_HEI = (
    "wqy-microhei",
    "notosanscjk-regular",
    "notosanscjksc-regular",
    "notosanssc-regular",
    "sourcehansans",
    "wqy-zenhei",
    "simhei",
    "droidsansfallback",
)
_KAI = ("simkai", "ukai")
_FANG = ("simfang",)
_MONO = ("dejavusansmono.", "liberationmono-regular")
_LATIN = ("dejavusans.", "liberationsans-regular")
_ANY = (*_HEI, *_SONG, *_KAI, *_FANG, *_LATIN)
_KINDS = (  # words in a font's name, and the files that look like it
    (("仿宋", "fang"), _FANG + _SONG),
    (("楷", "kai"), _KAI + _SONG),
    (("courier", "mono", "consol"), _MONO),
    (("黑", "hei", "sans", "arial", "helvetica", "等线", "dengxian"), _HEI),
    (("宋", "song", "sun", "ming", "serif", "times"), _SONG),
)


class SystemFonts:
    """Fonts by the kind of a name; each file is opened at most once."""

    def __init__(self, extra: tuple[Path, ...] = (), folders: tuple[Path, ...] = FOLDERS) -> None:
        self._first = tuple(path for path in extra if path.is_file())
        self._files = _font_files((*extra, *folders))
        self._opened: dict[Path, Face | None] = {}

    def faces(self, name: str) -> Iterator[Face]:
        """The fonts to try for a font of this name, best first."""
        for path in self._ordered(name.casefold()):
            if path not in self._opened:
                self._opened[path] = _open(path)
            face = self._opened[path]
            if face is not None:
                yield face

    def _ordered(self, name: str) -> Iterator[Path]:
        yield from self._first
        kind = next((files for words, files in _KINDS if any(word in name for word in words)), ())
        for wanted in (*kind, *_ANY):
            yield from (path for path in self._files if path.name.lower().startswith(wanted))


def _open(path: Path) -> Face | None:
    number = _CHINESE_FACE if path.suffix == ".ttc" and "noto" in path.name.lower() else 0
    try:
        return load_face(path.read_bytes(), number=number)
    except OSError:
        return None


@cache
def _font_files(places: tuple[Path, ...]) -> tuple[Path, ...]:
    """The fonts under some folders, folder by folder, by name; at most `MAX_FILES`."""
    found = (path for place in places if place.is_dir() for path in sorted(place.rglob("*")))
    return tuple(islice((path for path in found if path.suffix.lower() in _SUFFIXES), MAX_FILES))
