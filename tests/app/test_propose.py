"""`jianbao propose` and `jianbao apply`: what changes would move is told first, and nothing else is written."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text

from jianbao.app.build import records_of
from jianbao.app.propose import Consequences, WorkspaceState, consequences, editable_of, state_of
from jianbao.app.workspace import snapshot
from jianbao.cli.propose import consequence_lines
from jianbao.delivery.finished_edition import archive_folder
from jianbao.review import edits
from jianbao.review.document_edits import weight_edits
from tests.workspaces import MINIATURE, ROOT, Done, amend, assessed, copy, run
from tests.workspaces import snapshot as hashes

pytestmark = pytest.mark.slow

CELL = "ties:8.grouping=Delta"
WORDS = "harbour.market:2.en=Guests: {{ visitors.value | counted }}, at best {{ visitors.best | counted }}."
BY = ("--by", "Ann", "--why", "The list was mended")
Record = dict[str, Any]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace all of which is approved, with a published edition in its archive; it is not changed."""
    root = copy(MINIATURE, tmp_path_factory.mktemp("city"))
    state = state_of(root, snapshot(root), "winter")
    folder = archive_folder(root / "output", "winter")
    folder.mkdir(parents=True)
    for name, content in {**records_of(state.assessment, state.approval), "manifest.json": b"{}"}.items():
        (folder / name).write_bytes(content)
    assert run("review", "approve", "--all", "--yes", "--by", "Ben", "-w", root).code == 0
    return root


@pytest.fixture(scope="module")
def state(city: Path) -> WorkspaceState:
    return state_of(city, snapshot(city))


def tried(city: Path, state: WorkspaceState, *, cells: str = "", words: str = "", weight: str = "") -> Consequences:
    editable = editable_of(state)
    wanted = [
        *edits.cell_edits(filter(None, [cells]), editable),
        *edits.text_edits(filter(None, [words]), editable),
        *weight_edits([weight] if weight else [], editable.snapshot),
    ]
    return consequences(city, state, edits.with_edits(wanted, editable))


@pytest.fixture(scope="module")
def moved(city: Path, state: WorkspaceState) -> Consequences:
    """Return what the change of one cell moves."""
    return tried(city, state, cells=CELL)


# What would move


def test_what_a_cell_moves_is_what_an_assessment_of_the_changed_files_says(
    city: Path, state: WorkspaceState, moved: Consequences, tmp_path: Path
) -> None:
    root = copy(city, tmp_path / "changed")
    amend(root, "data/ties.csv", "Uldhaven,QUO,Highlands", "Uldhaven,QUO,Delta")
    before, after = state.assessment.ledger, assessed(root).ledger
    assert moved.comparison and not moved.refused
    assert {each.id: (each.before, each.after) for each in moved.comparison.facts} == {
        key: (before[key], after[key])
        for key in ("ties.delta_share", "ties.evenness", "ties.grouping.delta", "ties.grouping.highlands")
    }
    for each in moved.scores:
        kind = "score" if f"score.{each.node}" in after else "normal"
        wanted = after[f"{kind}.{each.node}"]
        assert each.after and (each.after.value, each.after.low, each.after.high) == pytest.approx(
            (wanted.value, wanted.low, wanted.high)
        )
    assert {each.node for each in moved.scores} == {"standing", "outward", "tie_evenness", "delta_part"}


def test_sentences_are_shown_in_both_languages_as_they_were_and_would_be(moved: Consequences) -> None:
    assert moved.comparison
    (said,) = (each for each in moved.comparison.sentences if each.id == "harbour.ties:1")
    for language, texts in {"zh": ("高地3个", "高地2个"), "en": ("3 lie in", "2 lie in")}.items():
        for mark, text in zip(("gone", "new"), texts, strict=True):
            assert text in "".join(piece.text for piece in said.redlines[language] if piece.mark in ("kept", mark))


def test_figures_and_tables_that_show_otherwise_are_named_and_no_others(moved: Consequences) -> None:
    assert {"table.evidence", "table.changes"} <= {*moved.figures}
    assert "figure.market" not in moved.figures


def test_approvals_of_what_reads_otherwise_lapse_and_no_others(moved: Consequences, state: WorkspaceState) -> None:
    lapsing = {each.item.id for each in moved.lapsing}
    assert {"harbour.ties:1", "table.evidence", "brief"} <= lapsing
    assert "harbour.market:2" not in lapsing
    assert {each.item.id for each in state.approval.states if each.state == "approved"} > lapsing
    assert {each.verdict.by for each in moved.lapsing if each.verdict} == {"Ben"}


def test_a_published_edition_is_touched_by_a_row_that_it_knew(city: Path, state: WorkspaceState) -> None:
    found = tried(city, state, cells="ties:6.grouping=Islands")
    (touched,) = found.published
    assert touched.label == "winter"
    before, after = touched.facts["ties.grouping.delta"]
    assert before and after and (before.value, after.value) == (1.0, 0.0)
    assert touched.scores.keys() >= {"score.standing", "normal.tie_evenness"}
    assert any("ties.evenness" in each.facts for each in touched.items)


def test_a_published_edition_is_not_touched_by_a_row_of_a_later_day_or_by_words(
    city: Path, state: WorkspaceState, moved: Consequences
) -> None:
    assert moved.published == ()
    assert tried(city, state, words=WORDS).published == ()


def test_words_move_one_sentence_and_no_score(city: Path, state: WorkspaceState) -> None:
    found = tried(city, state, words=WORDS)
    assert found.comparison and (found.comparison.facts, found.scores) == ((), ())
    (said,) = found.comparison.sentences
    assert said.id == "harbour.market:2"
    assert [piece.mark for piece in said.redlines["zh"]] == ["kept"]
    assert {each.item.id for each in found.lapsing} == {"harbour.market:2", "brief"}


def test_a_weight_moves_scores_and_no_fact(city: Path, state: WorkspaceState) -> None:
    found = tried(city, state, weight="outward=1")
    assert found.comparison and found.comparison.facts == ()
    assert [each.node for each in found.scores] == ["standing"]
    (touched,) = found.published
    assert touched.facts == {} and "score.standing" in touched.scores


def test_where_weights_are_equal_one_is_given_and_the_others_share_the_rest(workspace: Path) -> None:
    name = kept(workspace, "--weight", "boats=0.5")
    assert applied(workspace, name).code == 0
    nodes = {node.id: node for node in assessed(workspace).project.framework.components()}
    weights = {key: nodes[key].weight for key in ("market_value", "boats", "visitors")}
    assert weights == {"market_value": 0.25, "boats": 0.5, "visitors": 0.25}
    old, new = (root / "data/framework.yml" for root in (MINIATURE, workspace))
    added = [line for line in new.read_text("utf-8").splitlines() if line not in old.read_text("utf-8").splitlines()]
    assert [line.strip() for line in added] == ["weights: given", "weight: 0.25", "weight: 0.5", "weight: 0.25"]


def test_what_would_be_wrong_is_told_and_what_is_wrong_already_is_not(city: Path, tmp_path: Path) -> None:
    root = copy(city, tmp_path / "faulty")
    amend(root, "templates/wording/harbour.yml", "Guests came as", "Guests came as 7")
    state = state_of(root, snapshot(root))
    found = tried(root, state, words="harbour.ties:2.en=The latest of 12 was {{ ties.latest | name }}.")
    problems = [str(problem) for error in found.refused for problem in error.problems]
    assert any("'12'" in each for each in problems) and not any("'7'" in each for each in problems)


def test_what_a_change_puts_right_is_told(city: Path, tmp_path: Path) -> None:
    root = copy(city, tmp_path / "faulty")
    amend(root, "templates/wording/harbour.yml", "Guests came as", "Guests came as 7")
    found = tried(root, state_of(root, snapshot(root)), words=WORDS)
    (problem,) = (each for error in found.mended for each in error.problems)
    assert "'7'" in str(problem) and not found.refused


def test_a_second_fault_like_the_first_is_new(city: Path, tmp_path: Path) -> None:
    root = copy(city, tmp_path / "faulty")
    amend(root, "data/ties.csv", "Uldhaven,QUO,Highlands", "Uldhaven,QUO,Hihglands")
    done = run("propose", root, "--set", "ties:2.grouping=Hihglands")
    assert done.code == 3 and "ties.csv:2 grouping: 'Hihglands'" in done.err


def test_a_workspace_that_cannot_be_read_is_mended_cell_by_cell(city: Path, tmp_path: Path) -> None:
    root = copy(city, tmp_path / "broken")
    amend(root, "data/ties.csv", "Uldhaven,QUO,Highlands", "Uldhaven,QUO,Hihglands")
    amend(root, "data/ties.csv", "Ostmere,QUO,Highlands", "Ostmere,QUO,Lowlands")
    name = kept(root, "--set", "ties:8.grouping=Highlands")
    done = applied(root, name)
    assert done.code == 0 and "Errors that would be gone\n  data/ties.csv:8 grouping: 'Hihglands'" in done.out
    left = run("propose", root, "--say", WORDS)
    assert left.code == 3 and "data/ties.csv:2 grouping: 'Lowlands'" in left.err


def test_a_value_that_no_table_may_hold_is_refused_with_its_cell(city: Path, state: WorkspaceState) -> None:
    found = tried(city, state, cells="ties:8.grouping=Dleta")
    (problem,) = (each for error in found.refused for each in error.problems)
    assert str(problem).startswith("data/ties.csv:8 grouping: 'Dleta'") and found.comparison is None


def test_a_state_made_of_an_earlier_one_is_that_made_alone(city: Path, state: WorkspaceState) -> None:
    editable = editable_of(state)
    after = edits.with_edits([*edits.cell_edits(["ties:6.grouping=Islands"], editable)], editable)
    for found, alone in [(state_of(city, after, "", state), state_of(city, after))]:
        assert found.assessment.ledger == alone.assessment.ledger
        assert found.version.statements == alone.version.statements
        assert {key: each.scores for key, each in found.published.items()} == {
            key: each.scores for key, each in alone.published.items()
        }
        assert {key: each.measured.ledger for key, each in found.published.items()} == {
            key: each.measured.ledger for key, each in alone.published.items()
        }


# The commands


def test_nothing_is_written_by_a_trial(city: Path) -> None:
    before = hashes(city)
    done = run("propose", city, "--set", CELL, "--say", WORDS, "--weight", "outward=2")
    assert done.code == 0 and hashes(city) == before
    for line in (
        "  data/ties.csv row 8, grouping: [-Highlands-]{+Delta+}",
        "  weight of outward: [-3-]{+2+}",
        "  Standing: 65.0 [59.9 to 70.7] → 74.1 [69.2 to 78.7]",
        "  Tied towns by grouping: Delta (ties.grouping.delta): 1 → 2",
        "  harbour.market:2, approved by Ben on",
    ):
        assert line in done.out, done.out


def test_on_a_terminal_what_somebody_wrote_is_no_markup(city: Path, tmp_path: Path) -> None:
    root = copy(city, tmp_path / "bracketed")
    amend(root, "data/framework.yml", "en: Standing}", "en: '[red]Standing[/]'}")
    state = state_of(root, snapshot(root))
    editable = editable_of(state)
    wanted = [*edits.cell_edits([CELL], editable)]
    found = consequences(root, state, edits.with_edits(wanted, editable))
    shown = [
        Text.from_markup(str(line)).plain for line in consequence_lines(wanted, found, editable, state, styled=True)
    ]
    assert "  [red]Standing[/]: 65.0 [59.9 to 70.7] → 74.9 [69.7 to 79.6]" in shown, shown


def test_json_holds_all_of_it(city: Path) -> None:
    record: Record = json.loads(run("propose", city, "--set", "ties:6.grouping=Islands", "--json").out)
    assert record["changes"][0]["old"] == "Delta" and record["proposal"] == ""
    (score,) = (each for each in record["scores"] if each["node"] == "standing")
    assert score["before"]["low"] < score["before"]["value"] < score["before"]["high"]
    assert record["published"][0]["edition"] == "winter" and record["lapsing"] and record["sentences"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "propose: nothing would change"),
        (("--set", "ties:8.grouping=Highlands"), 2, "propose: nothing would change"),
        (("--set", "tyes:8.grouping=Delta"), 2, "there is no table 'tyes'; did you mean 'ties'?"),
        (("--set", "ties:80.grouping=Delta"), 2, "there is no row 80 in data/ties.csv"),
        (("--set", "ties:8.gruping=Delta"), 2, "data/ties.csv has no column 'gruping'; did you mean 'grouping'?"),
        (("--set", "ties.grouping=Delta"), 2, "'ties.grouping' names no cell; write TABLE:ROW.COLUMN=VALUE"),
        (("--set", CELL, "--set", "ties:8.grouping=Islands"), 2, "'ties:8.grouping' is changed twice"),
        (("--say", "harbour.markt:2.en=x"), 2, "there is no sentence 'harbour.markt:2'"),
        (("--say", "harbour.market:2.fr=x"), 2, "'harbour.market:2' has no text in 'fr'"),
        (("--weight", "tie_count=2"), 2, "'2' cannot be the weight of 'tie_count'"),
        (("--weight", "standing=2"), 2, "no weight is written for 'standing'"),
        (("--weight", "outward=a lot"), 2, "'a lot' is not a number"),
        (("--set", CELL, "--keep"), 2, "--by: no name is given"),
        (("--set", "ties:8.grouping=Dleta"), 3, "data/ties.csv:8 grouping: 'Dleta'"),
    ],
)
def test_what_cannot_be_proposed_is_refused(city: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = run("propose", city, *words)
    assert done.code == code and said in done.err.replace("\n    ", "; "), done.err


def kept(root: Path, *words: str) -> str:
    done = run("propose", root, *words, *BY, "--keep")
    (path,) = (root / "data" / "proposals").iterdir()
    assert f"Kept as {path.stem}; to write it: jianbao apply {path.stem}" in done.out
    return path.stem


def applied(root: Path, name: str) -> Done:
    return run("apply", name, root, "--by", "Ben", "--yes")


def test_a_proposal_is_kept_listed_shown_and_applied_once(workspace: Path) -> None:
    name = kept(workspace, "--set", CELL, "--say", WORDS, "--weight", "outward=2")
    before = hashes(workspace)
    assert run("apply", workspace).out == f"{name}  Ann: The list was mended (3 changes)\n"
    shown = run("apply", name, workspace)
    assert "Highlands" in shown.out and shown.out.endswith("Nothing was written. With --yes this is written.\n")
    assert hashes(workspace) == before
    nameless = run("apply", name, workspace, "--yes")
    assert nameless.code == 2 and "--by: no name is given" in nameless.err and hashes(workspace) == before
    assert "Wrote data/framework.yml, data/proposals/" in applied(workspace, name).out
    changed = {file for file, digest in hashes(workspace).items() if digest != before.get(file)}
    tables = {"data/ties.csv", "data/framework.yml", "templates/wording/harbour.yml"}
    assert changed == {*tables, f"data/proposals/{name}.yml"}
    for file in tables:  # one line each
        old, new = ((root / file).read_text("utf-8").splitlines() for root in (MINIATURE, workspace))
        assert sum(was != now for was, now in zip(old, new, strict=True)) == 1
    assert "this proposal is applied already: Ben, " in applied(workspace, name).err
    assert run("apply", workspace).out == "No proposal waits.\n"


def test_a_proposal_plays_no_part_in_what_is_built(workspace: Path) -> None:
    before = snapshot(workspace).fingerprint()
    kept(workspace, "--set", CELL)
    assert snapshot(workspace).fingerprint() == before


@pytest.mark.parametrize(
    ("words", "file", "was", "now", "said"),
    [
        (("--set", CELL), "data/ties.csv", "QUO,Highlands,2031", "QUO,Islands,2031", "now 'Islands'"),
        (("--say", WORDS), "templates/wording/harbour.yml", "Guests came as", "They came as", "the text is now"),
        (("--weight", "outward=2"), "data/framework.yml", "weight: 3", "weight: 4", "now '4'"),
    ],
)
def test_what_somebody_changed_meanwhile_is_not_overwritten_and_both_are_shown(
    workspace: Path, words: tuple[str, ...], file: str, was: str, now: str, said: str
) -> None:
    name = kept(workspace, *words)
    amend(workspace, file, was, now)
    before = hashes(workspace)
    done = applied(workspace, name)
    assert done.code in (3, 4) and said in done.err and "the proposal was" in done.err
    assert hashes(workspace) == before


@pytest.mark.parametrize(("encoding", "end"), [("utf-8-sig", "\r\n"), ("gb18030", "\n"), ("utf-8", "\r\n")])
def test_files_keep_their_encoding_and_the_ends_of_their_lines(workspace: Path, encoding: str, end: str) -> None:
    files = [workspace / "data/names.csv", workspace / "templates/wording/harbour.yml"]
    for path in files:
        path.write_bytes(path.read_text("utf-8").replace("\n", end).encode(encoding))
    before = [path.read_bytes().split(end.encode()) for path in files]
    name = kept(workspace, "--set", "names:8.note=Seen from afar", "--say", WORDS)
    assert applied(workspace, name).code == 0
    for path, old in zip(files, before, strict=True):
        new = path.read_bytes().split(end.encode())
        assert sum(was != now for was, now in zip(old, new, strict=True)) == 1


def test_a_row_is_found_by_its_key_where_rows_moved(workspace: Path) -> None:
    name = kept(workspace, "--set", CELL)
    line = "Pellwick,RIN,Islands,2014-09,gazette,stated\n"
    amend(workspace, "data/ties.csv", line, "")
    with (workspace / "data/ties.csv").open("a", encoding="utf-8") as file:
        file.write(line)
    assert applied(workspace, name).code == 0
    assert "Uldhaven,QUO,Delta" in (workspace / "data/ties.csv").read_text("utf-8")


def test_a_row_that_is_gone_is_a_conflict(workspace: Path) -> None:
    name = kept(workspace, "--set", CELL)
    amend(workspace, "data/ties.csv", "Uldhaven,QUO", "Windrose,QUO")
    done = applied(workspace, name)
    assert done.code == 3 and "the row or column of ties:8.grouping no longer exists" in done.err


def test_a_block_is_pasted_over_cells_and_beyond_the_last_row(workspace: Path, tmp_path: Path) -> None:
    block = tmp_path / "block.tsv"
    block.write_text("Saltern\tSOV\tDelta\nUldhaven\tQUO\tHighlands\nWindrose\tQUO\tHighlands\n", "utf-8")
    done = run("propose", workspace, "--paste", f"ties:7.town={block}")
    assert "ties.csv row 7, land: [-RIN-]{+SOV+}" in done.out
    assert "ties.csv, new row: {+Windrose, QUO, Highlands+}" in done.out
    assert done.code == 3 and "data/ties.csv:9 sealed_on" in done.err  # a row is not whole without its day


def test_a_change_that_would_be_refused_can_be_kept_and_not_applied(workspace: Path) -> None:
    name = kept(workspace, "--set", "ties:8.grouping=Dleta")
    before = hashes(workspace)
    assert applied(workspace, name).code == 3 and hashes(workspace) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("by: Ann\n", "'at', 'why', 'changes' are missing"),
        ('by: A\nat: B\nwhy: C\nchanges: [{cell: "ties", key: [], old: a, new: b}]\n', "'ties' names no cell"),
        ("by: A\nat: B\nwhy: C\nchanges: [{weight: outward}]\n", "'old', 'new' are missing"),
    ],
)
def test_a_file_that_is_no_proposal_is_refused_with_its_line(workspace: Path, text: str, said: str) -> None:
    (workspace / "data" / "proposals").mkdir()
    (workspace / "data" / "proposals" / "odd.yml").write_text(text, "utf-8")
    done = run("apply", "odd", workspace)
    assert done.code == 4 and "data/proposals/odd.yml:" in done.err and said in done.err


def test_a_name_leads_to_no_file_elsewhere(workspace: Path) -> None:
    done = run("apply", "../editions", workspace)
    assert done.code == 2 and "there is no proposal '../editions'" in done.err


def test_the_city_of_this_repository_can_be_tried() -> None:
    done = run("propose", ROOT, "--set", "sister_cities:10.continent=Europe", "--json")
    record: Record = json.loads(done.out)
    assert done.code == 0 and {each["edition"] for each in record["published"]} == {"2023", "2024", "2025"}
    assert any(each["node"] == "overall" for each in record["scores"])
