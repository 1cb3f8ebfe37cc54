"""The back-test of a published edition: the same, or what differs and why."""

import json
import shutil
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from jianbao.brief import export
from jianbao.data.facts import Cells, Fact, Ledger
from jianbao.render.product import RENDERERS
from jianbao.review.published import compare_ledgers, ledger_changes
from tests.workspaces import amend, run, snapshot

pytestmark = pytest.mark.slow

MIDSUMMER = date(2031, 6, 30)


def built(root: Path) -> Path:
    assert run("build", root).code == 0
    return root / "output/midsummer"


def test_an_edition_that_nothing_has_changed_is_given_again_byte_for_byte(workspace: Path, unset: None) -> None:
    folder = built(workspace)
    before = snapshot(workspace)
    done = run("verify", "midsummer", workspace)
    assert done.code == 0 and "byte for byte" in done.out, done.out + done.err
    assert snapshot(workspace) == before, "nothing is written"
    record = json.loads(run("verify", "midsummer", workspace, "--json").out)
    assert record["same"] and set(record["equal"]) == {path.name for path in folder.iterdir()} - {"manifest.json"}


def test_a_changed_cell_is_named_with_both_values_of_each_fact_and_its_table(workspace: Path, unset: None) -> None:
    built(workspace)
    amend(workspace, "data/tallies.csv", "visitors,38750", "visitors,39000")
    done = run("verify", "midsummer", workspace)
    assert done.code == 5
    assert "changed  visitors.value  38750 -> 39000" in done.out and "input data/tallies.csv changed" in done.out
    record = json.loads(run("verify", "midsummer", workspace, "--json").out)
    (changed,) = [each for each in record["facts"] if each["name"] == "visitors.value"]
    assert (changed["before"]["value"], changed["after"]["value"]) == (38750.0, 39000.0)
    assert record["unset"] == ["brief.en.pdf", "brief.zh-en.pdf", "brief.zh.pdf"]


def test_a_fact_that_is_new_and_one_that_is_gone_are_told_with_their_values(workspace: Path, unset: None) -> None:
    folder = built(workspace)
    ledger = json.loads((folder / "ledger.json").read_bytes())
    ledger["facts"]["visitors.before"] = ledger["facts"].pop("visitors.value")
    (folder / "ledger.json").write_text(json.dumps(ledger))
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["outputs"]["ledger.json"] = sha256((folder / "ledger.json").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    done = run("verify", "midsummer", workspace)
    assert done.code == 5, done.err
    assert "new      visitors.value  38750" in done.out and "gone     visitors.before  38750" in done.out, done.out


def test_a_changed_sentence_leaves_the_facts_and_changes_the_pages(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RENDERERS, "pdf", lambda job: repr(job.brief.sections).encode())
    built(workspace)
    amend(workspace, "templates/wording/notes.yml", "There are", "We know of")
    done = run("verify", "midsummer", workspace)
    assert done.code == 6 and "all" in done.out and "facts are the same" in done.out
    assert "brief.en.pdf: differs" in done.out and "input templates/wording/notes.yml changed" in done.out


def test_facts_added_and_removed_are_told_apart_from_rows_that_moved() -> None:
    def ledger(*facts: Fact) -> bytes:
        return export.ledger(Ledger({fact.id: fact for fact in facts}, MIDSUMMER))

    one = Fact(id="a", value=1.0, cells=(Cells("ties", (2,)),))
    facts, origins = compare_ledgers(
        ledger(one, Fact(id="b", value=2.0)),
        ledger(Fact(id="a", value=1.0, cells=(Cells("ties", (3,)),)), Fact(id="c", value=2.0)),
    )
    assert [(each.kind, each.name) for each in facts] == [("added", "c"), ("removed", "b")]
    assert [(each.kind, each.name) for each in origins] == [("changed", "a")]


def test_a_version_that_moved_on_is_told_with_both() -> None:
    (found,) = ledger_changes({"weasyprint": "69.0", "babel": "2"}, {"weasyprint": "70.0", "babel": "2"})
    assert (found.name, found.before, found.after) == ("weasyprint", "69.0", "70.0")


def test_an_archive_may_hold_no_pages_but_none_that_its_manifest_does_not_know(workspace: Path, unset: None) -> None:
    folder = built(workspace)
    archive = workspace.parent / "archive"
    folder.rename(archive)
    (archive / "brief.en.pdf").unlink()
    assert run("verify", "midsummer", workspace, "--archive", archive).code == 0
    (archive / "scores.csv").write_bytes(b"other")
    damaged = run("verify", "midsummer", workspace, "--archive", archive)
    assert damaged.code == 7 and "scores.csv" in damaged.err and "restore" in damaged.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("manifest.json", "{}"),
        ("manifest.json", "["),
        ("manifest.json", '{"edition": "midsummer", "outputs": {}}'),
    ],
)
def test_a_folder_that_is_no_edition_is_wrong_usage(workspace: Path, name: str, text: str) -> None:
    assert run("verify", "midsummer", workspace).code == 2
    (workspace / "output/midsummer").mkdir(parents=True)
    (workspace / "output/midsummer" / name).write_text(text)
    done = run("verify", "midsummer", workspace)
    assert done.code == 2 and "not the manifest" in done.err


# The archive


def test_an_edition_that_nobody_published_is_named_with_what_is_there(workspace: Path, unset: None) -> None:
    done = run("verify", "midsumer", workspace)
    assert done.code == 2 and "there is no published edition 'midsumer'" in done.err and "build it first" in done.err
    assert run("build", workspace).code == 0
    assert "did you mean 'midsummer'?" in run("verify", "midsumer", workspace).err


def test_a_published_edition_is_frozen_without_its_pages_and_proved_from_there(workspace: Path, unset: None) -> None:
    folder = built(workspace)
    assert run("archive", "midsummer", "-w", workspace).out.endswith("archive/midsummer  frozen\n")
    frozen = workspace / "output/archive/midsummer"
    assert {path.name for path in frozen.iterdir()} == {"manifest.json", "ledger.json", "scores.csv", "approvals.json"}
    assert all(path.read_bytes() == (folder / path.name).read_bytes() for path in frozen.iterdir())
    assert "output/midsummer has it" in run("verify", "midsummer", workspace).out
    shutil.rmtree(folder)
    done = run("verify", "midsummer", workspace)
    assert done.code == 0 and "output/archive/midsummer has it: today's code and data give it byte for byte" in done.out
    assert "brief.en.pdf" in json.loads(run("verify", "midsummer", workspace, "--json").out)["equal"]


def test_a_frozen_edition_gives_way_only_for_a_reason_which_is_kept(workspace: Path, unset: None) -> None:
    built(workspace)
    run("archive", "-w", workspace, "midsummer")
    frozen = workspace / "output/archive/midsummer"
    first = snapshot(frozen)
    assert "as it was" in run("archive", "-w", workspace, "midsummer").out and snapshot(frozen) == first
    amend(workspace, "data/tallies.csv", "visitors,38750", "visitors,39000")
    built(workspace)
    done = run("archive", "-w", workspace, "midsummer")
    assert done.code == 2 and "another edition midsummer: manifest.json, ledger.json" in done.err
    assert "--because" in done.err and snapshot(frozen) == first
    digest = sha256((frozen / "manifest.json").read_bytes()).hexdigest()
    done = run("archive", "-w", workspace, "midsummer", "--because", "A slip in the count of visitors")
    assert done.code == 0 and "39000" in (frozen / "ledger.json").read_text("utf-8")
    (entry,) = [json.loads(line) for line in (frozen / "replaced.jsonl").read_text("utf-8").splitlines()]
    assert entry == {"manifest": digest, "because": "A slip in the count of visitors"}


def test_what_is_not_finished_is_not_frozen(workspace: Path, unset: None) -> None:
    assert run("archive", "-w", workspace, "midsummer").code == 7
    folder = built(workspace)
    (folder / "brief.en.pdf").write_bytes(b"other")
    done = run("archive", "-w", workspace, "midsummer")
    assert done.code == 7 and "changed after the build" in done.err
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "manifest.json").write_text('{"outputs": {}}')
    done = run("archive", "-w", workspace, "midsummer")
    assert done.code == 7 and "the edition has no ledger.json; build the edition again" in done.err.replace(
        "\n    ", "; "
    )
    assert not (workspace / "output/archive").exists()


def test_all_declared_editions_are_frozen_if_none_is_named(workspace: Path, unset: None) -> None:
    for edition in ("winter", "midsummer"):
        assert run("build", workspace, "-e", edition, "--lang", "en").code == 0
    run("archive", "-w", workspace)
    assert {path.name for path in (workspace / "output/archive").iterdir()} == {"winter", "midsummer"}


def test_two_editions_are_compared_by_what_the_archive_has_of_the_first(workspace: Path, unset: None) -> None:
    assert run("build", workspace, "-e", "winter", "--lang", "en").code == 0
    run("archive", "-w", workspace, "winter")
    amend(workspace, "data/tallies.csv", "visitors,38750", "visitors,30000")
    done = run("diff", "winter", "midsummer", workspace, "--against", workspace / "output/archive/winter", "--json")
    (visitors,) = [each for each in json.loads(done.out)["facts"] if each["id"] == "visitors.value"]
    assert (visitors["kind"], visitors["before"]["value"], visitors["after"]["value"]) == ("restated", 38750.0, 30000.0)


def test_the_last_digits_of_a_machine_are_no_difference() -> None:
    assert ledger_changes({"a": {"value": 59.6306431}}, {"a": {"value": 59.6306431 * (1 + 1e-12)}}) == ()
    assert len(ledger_changes({"a": {"value": 59.6306431}}, {"a": {"value": 59.631}})) == 1
    assert len(ledger_changes({"a": {"value": 1.0, "of": 2.0}}, {"a": {"value": 1.0}})) == 1


def test_an_archive_of_another_edition_is_wrong_usage(workspace: Path, unset: None) -> None:
    folder = built(workspace)
    done = run("verify", "winter", workspace, "--archive", folder)
    assert done.code == 2 and "this is edition 'midsummer'" in done.err
