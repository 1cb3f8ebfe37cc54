"""Many briefs in one command: none stops another, and what was finished before a kill is not done again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jianbao.app import batch, build
from jianbao.app.build import BuiltEdition
from jianbao.app.workspace import BuildRequest
from jianbao.core.errors import ContentError
from jianbao.core.snapshot import Snapshot
from jianbao.core.workers import Workers
from tests.workspaces import MINIATURE, ROOT, Done, amend, copy, linked_fonts, run, snapshot

pytestmark = pytest.mark.slow


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Return a folder with three workspaces, the second of which has a fault of its data."""
    for name in ("one", "two", "three"):
        copy(MINIATURE, tmp_path / name)
    amend(tmp_path / "two", "data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Hihglands")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "batch.yml"
    path.write_text(text, "utf-8")
    return path


def batched(folder: Path, *words: object) -> Done:
    listed = "".join(f"- {{workspace: {name}, lang: en}}\n" for name in ("one", "two", "three"))
    return run("batch", written(folder, listed), *words)


def test_a_brief_that_fails_stops_none_of_the_others(city: Path, unset: None) -> None:
    done = batched(city)
    assert done.code == 3
    assert [line.split("  ")[1] for line in done.out.splitlines()] == ["built", "failed", "built"]
    assert done.out.startswith(f"1 of 3  built  {city / 'one' / 'output' / 'midsummer'}")
    assert (
        f"{city / 'two'} (batch.yml:2) is not built:" in done.err
        and "'Hihglands' is no grouping of the name table" in done.err
    )
    assert "Traceback" not in done.err
    assert {path.parent.parent.parent.name for path in city.glob("*/output/*/brief.en.pdf")} == {"one", "three"}


def test_a_program_reads_what_became_of_each(city: Path, unset: None) -> None:
    done = batched(city, "--json")
    first, second, _ = json.loads(done.out)
    assert (first["folder"], first["exit_code"]) == (str(city / "one" / "output" / "midsummer"), 0)
    assert (second["folder"], second["exit_code"], second["problems"][0]["line"]) == (None, 3, 4)


def test_a_bug_in_one_brief_is_told_with_its_trace_and_stops_none(
    city: Path, unset: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = build.build

    def broken(snapshot: Snapshot, request: BuildRequest, *rest: object) -> BuiltEdition:
        if request.root.name == "one":
            raise ZeroDivisionError("a bug")
        return make(snapshot, request, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(batch, "build", broken)
    done = batched(city)
    assert done.code == 1 and "ZeroDivisionError: a bug" in done.err and "3 of 3  built" in done.out


FAULTY = """
- {workspace: one, langs: en}
- {edition: midsummer}
- nothing
"""


def test_all_faults_of_the_list_are_told_at_once(city: Path) -> None:
    done = run("batch", written(city, FAULTY))
    assert done.code == 4 and "3 problems" in done.err
    assert "batch.yml:2: 'langs' is not known here" in done.err and "did you mean 'lang'?" in done.err
    assert "batch.yml:3: 'workspace' is missing" in done.err


def test_two_entries_that_write_the_same_folder_are_refused(city: Path) -> None:
    listed = "- {workspace: one, lang: zh}\n- {workspace: ./one, edition: midsummer, lang: en}\n"
    with pytest.raises(ContentError, match=r"batch.yml:2: this writes to '.*/midsummer', as does line 1"):
        batch.read_batch(written(city, listed))
    assert len(batch.read_batch(written(city, listed.replace("lang: en", "output: elsewhere")))) == 2


def test_what_an_entry_asks_for_is_built_where_it_says(city: Path, unset: None) -> None:
    text = "- {workspace: one, edition: winter, template: brief, lang: [zh, en], format: pdf, output: out}\n"
    made = list(batch.build_batch(batch.read_batch(written(city, text)), Workers(), None))
    assert [each.folder for each in made] == [city / "out" / "winter"]
    assert {path.name for path in (city / "out" / "winter").glob("*.pdf")} == {"brief.zh.pdf", "brief.en.pdf"}


@pytest.mark.deep
def test_a_batch_that_is_killed_goes_on_where_it_was(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    linked_fonts(city / "cache")
    places = os.pathsep.join((str(ROOT), str(ROOT / "src")))
    environment = {**os.environ, "PYTHONPATH": places, "XDG_CACHE_HOME": str(city / "cache"), "JIANBAO_CACHE": "1"}
    file = written(city, "- {workspace: one, lang: en}\n- {workspace: three}\n")
    words = [sys.executable, "-m", "jianbao.cli", "batch", str(file), "--jobs", "2"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        assert killed.stdout.readline().startswith("1 of 2  built")
        killed.kill()
    again = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert again.stdout.startswith(f"1 of 2  unchanged  {city / 'one'}") and "2 of 2  built" in again.stdout
    before = snapshot(city / "three" / "output")
    last = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert last.stdout.count("unchanged") == 2 and snapshot(city / "three" / "output") == before
