"""The tables of the brief: every node with interval and coverage, every rule, discrepancy and fact down to its rows."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from jianbao.app.assess import Assessment
from jianbao.brief.evidence_table import TableContext
from jianbao.brief.measures import ArgumentBlocks
from jianbao.brief.model import Grid
from jianbao.brief.phrases import PhraseRenderer
from jianbao.brief.tables import TABLES
from jianbao.data.claim_limits import Limits
from jianbao.data.facts import Cells, Fact, Ledger
from jianbao.data.records import FollowUp
from jianbao.text.citations import ReferenceNumbers, numbered_references
from jianbao.text.rules import Advice, UnjudgedRule
from tests.workspaces import MINIATURE, ROOT, amend, assessed


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assessed(MINIATURE, "")


@pytest.fixture(scope="module")
def material(assessment: Assessment) -> TableContext:
    return material_of(assessment)


def material_of(assessment: Assessment) -> TableContext:
    renderer = PhraseRenderer(
        ledger=assessment.ledger, writers=assessment.project.writers, sections=assessment.project.sections
    )
    reference_numbers = ReferenceNumbers(ledger=assessment.ledger)
    return TableContext(
        renderer=renderer,
        framework=assessment.project.framework,
        advice=assessment.advice,
        argument=ArgumentBlocks(renderer, assessment.argument, reference_numbers),
        follow_up=assessment.follow_up,
        register=assessment.register,
        reference_numbers=reference_numbers,
    )


def texts(grid: Grid, language: str = "en") -> list[list[str]]:
    return [[cell.text(language) for cell in row] for row in grid.rows]


def test_every_table_has_a_title_and_a_head_for_each_cell(material: TableContext) -> None:
    for make in TABLES.values():
        grid = make(material)
        assert grid.title.text("zh")
        assert all(len(row) == len(grid.columns) for row in grid.rows)
    assert material.renderer.problems == []


def test_no_level_is_shown_without_interval_contribution_and_coverage(
    material: TableContext, assessment: Assessment
) -> None:
    rows = texts(TABLES["changes"](material))
    index = assessment.project.framework.index
    assert [row[0] for row in rows] == [index.name["en"], *(node.name["en"] for node in index.children)]
    for name, score, points, coverage, *before in rows:
        assert " to " in score, name
        assert points.replace(".", "").isdecimal()
        assert coverage.endswith("%")
        assert all(" to " in each for each in before)
    brought = [float(row[2]) for row in rows]
    assert sum(brought[1:]) == pytest.approx(brought[0], abs=0.11)


def test_every_indicator_is_in_the_framework_table_with_weight_goalposts_and_reason(
    material: TableContext, assessment: Assessment
) -> None:
    rows = {row[0]: row for row in texts(TABLES["framework"](material))}
    for leaf in assessment.project.framework.indicators():
        name, weight, goalposts, value, score, points, because = rows[leaf.name["en"]]
        assert weight.endswith("%"), name
        assert " to " in goalposts
        assert value
        assert " to " in score or score == "…"
        assert points
        assert because


def test_every_year_that_is_scored_has_its_row(material: TableContext, assessment: Assessment) -> None:
    rows = texts(TABLES["years"](material))
    first, last = assessment.project.series.since, assessment.issue.as_of.year
    assert [row[0] for row in rows] == [str(year) for year in range(first, last + 1)]
    assert all(" to " in score or score == "…" for row in rows for score in row[1:-2])


def test_every_reason_in_the_framework_table_is_followed_by_its_sources(
    material: TableContext, assessment: Assessment
) -> None:
    rows = {row[0]: row[-1] for row in texts(TABLES["framework"](material))}
    number = material.reference_numbers.reference("almanac")
    for leaf in assessment.project.framework.indicators():
        assert rows[leaf.name["en"]].count(f" [{number}]") == 2, leaf.id
    assert rows[assessment.project.framework.index.name["en"]].endswith(f"[{number}]")
    zh = {row[0]: row[-1] for row in texts(TABLES["framework"](material), "zh")}
    assert zh["友城数"] == f"朋友多少。[{number}]港口议会所定。[{number}]"


@pytest.mark.parametrize(
    ("states", "en", "zh"),
    [
        ("states: chosen", "(Set for this framework; its figures are from [{}].)", "（由本框架设定，所据数据见[{}]）"),
        ("states: source, place: page 4", "(As stated in [{}], page 4.)", "（出自[{}]，page 4）"),
    ],
)
def test_the_framework_table_says_who_set_the_goalposts(tmp_path: Path, states: str, en: str, zh: str) -> None:
    root = shutil.copytree(MINIATURE, tmp_path / "city")
    amend(root, "data/framework.yml", "target: 12, cap:", f"target: 12, {states}, cap:")
    found = material_of(assessed(root, ""))
    number = found.reference_numbers.reference("almanac")
    for language, expected in (("en", en), ("zh", zh)):
        reasons = [row[-1] for row in texts(TABLES["framework"](found), language)]
        assert [each for each in reasons if each.endswith(expected.format(number))], reasons
    assert found.renderer.problems == []


@pytest.mark.slow
def test_only_a_table_with_sums_says_that_figures_may_not_add_up() -> None:
    real = material_of(assessed(ROOT, ""))
    noted = {name: make(real).note for name, make in TABLES.items()}
    assert {name for name, note in noted.items() if note and "add up" in note.text("en")} == {
        "changes",
        "framework",
        "levels",
    }


def test_references_of_a_table_are_listed_as_runs() -> None:
    assert numbered_references([33, 34, 35, 36, 4, 5, 7]) == "4; 5; 7; 33–36"


def test_every_rule_is_listed_with_what_it_tests_and_its_margin(material: TableContext, assessment: Assessment) -> None:
    rows = {row[0]: row for row in texts(TABLES["rules"](material))}
    assert set(rows) == {rule.name["en"] for rule in assessment.project.rules}
    assert rows["More friendly towns in the Delta"][1:4] == ["Tied towns by grouping: Delta", "3", "2"]
    assert [row[-1] for row in rows.values()] == ["fired", "fired", "fired", "fired", "did not fire"]


def test_a_rule_that_cannot_be_judged_says_what_is_missing_and_what_was_last_known(workspace: Path) -> None:
    amend(workspace, "data/measures.yml", "where: {tally: visitors}, carry: 2}", "where: {tally: visitors}, carry: 0}")
    grid = TABLES["rules"](material_of(assessed(workspace, "")))
    rows = {language: texts(grid, language)[-1] for language in ("zh", "en")}
    assert rows["en"][2:] == ["…", "…", "…", "cannot be judged without Number of guests (38,750 on 2030)"]
    assert rows["zh"][2:] == ["…", "…", "…", "无从判断，缺来客人数（3.875万，2030）"]


def test_a_column_that_is_empty_in_every_row_is_left_out(assessment: Assessment) -> None:
    whole = material_of(assessment)
    points = ("contribution_overall.", f"score.{assessment.project.framework.index.id}")
    facts = {key: fact for key, fact in assessment.ledger.items() if not key.startswith(points)}
    bare = material_of(replace(assessment, ledger=Ledger(facts, assessment.ledger.as_of)))
    for table in ("framework", "changes"):
        left, before = (TABLES[table](each) for each in (bare, whole))
        assert len(left.columns) == len(before.columns) - 1 == len(left.rows[0])
    unjudged = tuple(UnjudgedRule(rule, ("guests.total",)) for rule in assessment.advice.rules)
    rules = TABLES["rules"](replace(whole, advice=Advice((), (), unjudged)))
    assert [column.head.text("en") for column in rules.columns] == ["Rule", "Outcome"]
    assert all(len(row) == 2 for row in rules.rows)


def test_a_discrepancy_is_said_in_both_languages(material: TableContext) -> None:
    grid = TABLES["discrepancies_found"](material)
    for zh, en in zip(texts(grid, "zh"), texts(grid, "en"), strict=True):
        assert all(zh)
        assert all(en)
        assert zh[1:] != en[1:]


def test_the_evidence_table_leads_from_each_fact_to_rows_and_sources(assessment: Assessment) -> None:
    counted = next(fact for fact in assessment.ledger.values() if fact.cells and fact.kind == "number")
    computed = next(fact for fact in assessment.ledger.values() if fact.parents and not fact.cells)
    made = material_of(assessment)
    reference_numbers = made.reference_numbers
    reference_numbers.mark([counted.id, computed.id])
    reference_numbers.row(counted.id)
    rows = {row[3]: row for row in texts(TABLES["evidence"](made))}
    assert counted.cells[0].table in rows[counted.id][4]
    assert (
        rows[counted.id][6]
        == numbered_references(map(reference_numbers.reference, reference_numbers.direct(counted.id)))
        != ""
    )
    assert rows[computed.id][4].startswith("computed from: ")


def test_the_evidence_table_counts_a_row_once_names_each_table_and_no_fact_as_its_own_parent(
    assessment: Assessment,
) -> None:
    columns = tuple(Cells("boats", (2, 3, 4, 5), column) for column in ("owner", "length"))
    added = (
        Fact(id="own.one", value=1.0, cells=columns),
        Fact(id="own.both", value=1.0, cells=(*columns, Cells("piers", (7,), "depth"))),
        Fact(id="own.whole", value=1.0, parents=("own.whole", "own.one")),
        Fact(id="own.gain", value=1.0, cells=columns, parents=("own.one",), limits=Limits(base="2030-12-31", years=5)),
        Fact(id="own.proposed", value=1.0, cells=(Cells("templates/argument", (235,), "register", ()),)),
    )
    made = material_of(replace(assessment, ledger=assessment.ledger.with_facts(added)))
    made.reference_numbers.mark([each.id for each in added])
    assert [row[4] for row in texts(TABLES["evidence"](made))] == [
        "boats, 4 rows (2, 3, 4 …)",
        "computed from: boats, 4 rows (2, 3, 4 …); piers, row 7",
        "computed from: E1",
        "computed from: boats, 4 rows (2, 3, 4 …); E1",
        "proposed with the measures: templates/argument.yml, line 235",
    ]


def test_the_follow_up_has_a_row_for_each_measure(material: TableContext) -> None:
    row = FollowUp(
        row=2, what={"zh": "修桥", "en": "Mend the bridge"}, state="under_way", recorded_on="2031-05", sources=()
    )
    grid = TABLES["followup"](replace(material, follow_up=(row,)))
    assert texts(grid) == [["Mend the bridge", "under way", "May 2031"]]
    assert TABLES["followup"](replace(material, follow_up=())).rows == ()
