"""All files of an edition, or none."""

import json
from pathlib import Path

import pytest

from jianbao.core import atomic
from jianbao.core.edition_folder import add, manifest, others_of, publish, with_others
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


def made(inputs: str, **files: bytes) -> dict[str, bytes]:
    named = {name.replace("_", "."): content for name, content in files.items()}
    return {**named, "manifest.json": manifest("2025", named, inputs={"data/a.csv": inputs})}


def test_a_build_of_some_products_keeps_the_others_of_the_same_inputs(tmp_path: Path) -> None:
    folder = publish(tmp_path, "2025", made("00", zh_pdf=b"1", en_pdf=b"2"))
    add(folder, {"changes.pdf": b"3"})
    whole, dropped = with_others(folder, made("00", zh_pdf=b"1"))
    assert dropped == [] and {name: whole[name] for name in ("en.pdf", "changes.pdf")} == {
        "en.pdf": b"2",
        "changes.pdf": b"3",
    }
    publish(tmp_path, "2025", whole)
    record = json.loads((folder / "manifest.json").read_bytes())
    assert sorted(record["outputs"]) == ["en.pdf", "zh.pdf"] and list(record["added"]) == ["changes.pdf"]


def test_what_is_of_other_inputs_or_was_changed_or_signed_is_not_kept(tmp_path: Path) -> None:
    folder = publish(tmp_path, "2025", made("00", zh_pdf=b"1", en_pdf=b"2"))
    assert with_others(folder, made("11", zh_pdf=b"1"))[1] == ["en.pdf"]
    assert others_of(folder, ["zh.pdf", "en.pdf"], {}) == ([], [])
    (folder / "en.pdf").write_bytes(b"by hand")
    assert with_others(folder, made("00", zh_pdf=b"1"))[1] == ["en.pdf"]
    (folder / "en.pdf").write_bytes(b"2")
    (folder / "manifest.json.p7s").write_bytes(b"signature")
    assert with_others(folder, made("00", zh_pdf=b"1"))[1] == ["en.pdf"]
    assert with_others(tmp_path / "2026", made("00", zh_pdf=b"1"))[1] == []
