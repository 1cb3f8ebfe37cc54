"""One file is replaced whole, by whoever may write it, and nothing is left beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jianbao.core.atomic import append_to_file, replace_file


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "key"
    for content in (b"old", b"new"):
        replace_file(file, content, 0o600)
        assert file.read_bytes() == content and file.stat().st_mode & 0o777 == 0o600
    assert [*tmp_path.iterdir()] == [file]


def test_a_file_that_is_to_be_kept_stays_as_it_is(tmp_path: Path) -> None:
    replace_file(tmp_path / "key", b"first", keep=True)
    replace_file(tmp_path / "key", b"second", keep=True)
    assert (tmp_path / "key").read_bytes() == b"first"


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"other")
    for link in ("file", ".file"):
        (tmp_path / link).symlink_to(tmp_path / "other")
    replace_file(tmp_path / "file", b"new")
    assert (tmp_path / "other").read_bytes() == b"other" and not (tmp_path / "file").is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"file", "other"}


def crash(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("write", [replace_file, append_to_file])
def test_a_crash_leaves_the_old_file_and_the_next_writing_clears_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path, bytes], object]
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old\n")
    with monkeypatch.context() as stopping:
        stopping.setattr(Path, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            write(file, b"new\n")
    assert file.read_bytes() == b"old\n"
    assert append_to_file(file, b"newer\n") == b"old\nnewer\n" == file.read_bytes()
    assert [*tmp_path.iterdir()] == [file]


def test_a_line_is_added_after_a_last_line_that_has_no_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"one")
    assert append_to_file(tmp_path / "file", b"two\n") == b"one\ntwo\n"


def test_a_disk_that_refuses_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    replace_file(tmp_path / "file", b"old")
    monkeypatch.setattr("jianbao.core.atomic.os.fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        replace_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
