from pathlib import Path

from node.exhibits import MAX_FILES, Exhibits


def test_the_number_of_exhibits_is_bounded_and_all_are_the_owners_alone(tmp_path: Path) -> None:
    kept = Exhibits(folder=tmp_path / "exhibits")
    answers = [kept.keep(f"fork-{number}", b"%d" % number) for number in range(MAX_FILES + 3)]
    files = list((tmp_path / "exhibits").iterdir())

    assert answers == [True] * MAX_FILES + [False] * 3
    assert len(files) == MAX_FILES
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_what_is_kept_is_known_by_its_name(tmp_path: Path) -> None:
    kept = Exhibits(folder=tmp_path / "exhibits")
    kept.keep("one", b"1")

    assert (kept.holds("one"), kept.holds("another")) == (True, False)


def test_what_is_kept_is_counted_by_the_beginning_of_its_name(tmp_path: Path) -> None:
    kept = Exhibits(folder=tmp_path / "exhibits")
    before = kept.count("a-")
    for name in ("a-1", "a-2", "b-1"):
        kept.keep(name, b"1")

    assert (before, kept.count("a-"), kept.count("c-")) == (0, 2, 0)
