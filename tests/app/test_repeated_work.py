"""What a change of one cell does not touch is neither read nor drawn nor written again: the work is counted."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jianbao.app import assess, check, project, workspace_files
from jianbao.app.propose import Consequences, WorkspaceState, consequences, editable_of, state_of
from jianbao.app.workspace import snapshot
from jianbao.core.workers import Workers
from jianbao.data import tables
from jianbao.data.measures import evaluate
from jianbao.review import edits
from jianbao.scoring import monte_carlo, sensitivity
from jianbao.text import render
from tests.workspaces import MINIATURE, copy

pytestmark = pytest.mark.slow

COUNTED: tuple[tuple[Any, str], ...] = (
    *((workspace_files, "read_csv"), (tables, "known_days"), (project, "parse_measures"), (evaluate, "_made")),
    *((monte_carlo, "sample"), (sensitivity, "sample"), (assess, "key_choice_facts"), (render, "render_wording")),
)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy(MINIATURE, tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def state(city: Path) -> WorkspaceState:
    return state_of(city, snapshot(city))


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count the calls of what reads, measures, draws and writes."""
    done = Counter[str]()

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            done[name] += 1
            return function(*given, **named)

        return counted

    for module, name in COUNTED:
        monkeypatch.setattr(module, name, counting(name, getattr(module, name)))
    yield done


def tried(city: Path, state: WorkspaceState, cell: str) -> Consequences:
    editable = editable_of(state)
    return consequences(city, state, edits.with_edits([*edits.cell_edits([cell], editable)], editable))


def test_of_a_changed_cell_only_its_own_table_is_read(city: Path, state: WorkspaceState, work: Counter[str]) -> None:
    tried(city, state, "ties:8.sealed_on=2013-03-07")  # which no other test writes
    assert (work["read_csv"], work["known_days"], work["parse_measures"]) == (1, 1, 0)


def test_what_no_score_reads_is_drawn_by_nothing(city: Path, state: WorkspaceState, work: Counter[str]) -> None:
    found = tried(city, state, "ties:8.source=almanac")
    assert found.state and found.state.scored.card.draws.scores.keys() == state.scored.card.draws.scores.keys()
    assert (work["sample"], work["key_choice_facts"]) == (0, 0)


def test_what_a_score_reads_is_drawn_again_and_the_branches_beside_it_are_not(
    city: Path, state: WorkspaceState, work: Counter[str]
) -> None:
    found = tried(city, state, "ties:8.grouping=Delta")
    assert found.state and work["key_choice_facts"] == 1
    before, after = state.scored.card.draws.scores, found.state.scored.card.draws.scores
    assert after["inward"] is before["inward"] and after["outward"] is not before["outward"]


def test_sentences_whose_facts_stay_are_not_written_again(
    city: Path, state: WorkspaceState, work: Counter[str]
) -> None:
    tried(city, state, "ties:8.sealed_on=2013-03-08")
    changed = work["render_wording"]
    render._render_known.cache_clear()
    state_of(city, snapshot(city))
    assert changed < (work["render_wording"] - changed) / 2


def test_an_edition_measures_only_what_a_later_one_has_not(city: Path, work: Counter[str]) -> None:
    known = project.project_of(snapshot(city))
    newest = assess.newest_evaluator(known)
    issues = [known.series.issue(label) for label in reversed(known.series.labels())]
    for issue in issues:
        assess.measure(known, issue, latest=newest)
    together = work["_made"]
    for issue in issues:
        assess.measure(known, issue)
    assert together < 0.7 * (work["_made"] - together)


def test_all_editions_are_read_once_by_each_worker(city: Path, work: Counter[str]) -> None:
    workspace_files._csv_sheet.cache_clear()
    assert not check.examine_all_editions(snapshot(city), Workers()).errors
    assert work["read_csv"] == len(snapshot(city).names("data", ".csv"))
