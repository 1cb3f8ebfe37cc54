"""All files of an edition, or none."""

import json
from pathlib import Path

import pytest

from jianbao.core import atomic
from jianbao.core.edition_folder import manifest, publish
from jianbao.core.errors import DeliveryError


def test_an_edition_appears_whole_with_the_hash_of_every_file(tmp_path: Path) -> None:
    folder = publish(tmp_path / "output", "2025", {"brief.pdf": b"%PDF", "data/a.csv": b"x"})
    assert (folder / "data/a.csv").read_bytes() == b"x"
    recorded = json.loads((folder / "manifest.json").read_text())
    assert set(recorded["outputs"]) == {"brief.pdf", "data/a.csv"} and recorded["edition"] == "2025"


def test_a_new_build_leaves_nothing_of_the_former_behind(tmp_path: Path) -> None:
    publish(tmp_path, "2025", {"old.pdf": b"1"})
    publish(tmp_path, "2025", {"new.pdf": b"2"})
    assert sorted(path.name for path in (tmp_path / "2025").iterdir()) == ["manifest.json", "new.pdf"]
    assert [path.name for path in tmp_path.iterdir()] == ["2025"]


def test_a_failure_while_writing_leaves_the_last_edition_untouched(tmp_path: Path) -> None:
    publish(tmp_path, "2025", {"brief.pdf": b"good"})
    with pytest.raises(TypeError):
        publish(tmp_path, "2025", {"brief.pdf": b"bad", "manifest.json": None})  # type: ignore[dict-item]
    assert (tmp_path / "2025/brief.pdf").read_bytes() == b"good"
    assert [path.name for path in tmp_path.iterdir()] == ["2025"]


def test_a_failure_while_renaming_puts_the_last_edition_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, "2025", {"brief.pdf": b"good"})
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == "made":
            raise OSError("no room")
        return rename(self, target)

    monkeypatch.setattr(atomic, "_swapped", lambda *_: False)
    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(DeliveryError, match="cannot be written: no room"):
        publish(tmp_path, "2025", {"brief.pdf": b"bad"})
    assert (tmp_path / "2025/brief.pdf").read_bytes() == b"good"


def test_the_manifest_takes_inputs_and_versions_along() -> None:
    made = json.loads(manifest("2025", {"a": b""}, inputs={"data/a.csv": "00"}, versions={"jianbao": "1"}))
    assert made["inputs"] == {"data/a.csv": "00"} and made["versions"] == {"jianbao": "1"}
