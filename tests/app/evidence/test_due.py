"""The renewal list names what is missing, aged, weakly sourced or open, whom to ask, and what depends on it."""

import json
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from jianbao.app.evidence.due import DueItem
from jianbao.cli.output import due_lines
from jianbao.core.messages import tr
from jianbao.data.facts import Fact
from tests.workspaces import MINIATURE, amend, assessed, run

pytestmark = pytest.mark.slow

SERIES = """table: tallies
by: tally
series:
  visitors: {every: year, ask: Harbour Council}
  market: {every: year, fresh_for: 60}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(MINIATURE, tmp_path / "city")
    return tmp_path / "city"


def due(root: Path, *words: str) -> list[dict[str, Any]]:
    done = run("due", root, "--json", *words)
    assert done.code == 0, done.err
    listed: list[dict[str, Any]] = json.loads(done.out)
    return listed


def found(items: list[dict[str, Any]], kind: str, about: str) -> dict[str, Any]:
    return next(each for each in items if (each["kind"], each["about"]) == (kind, about))


def test_what_declares_nothing_is_listed_and_nothing_else(root: Path) -> None:
    items = due(root)
    assert {each["kind"] for each in items if each["kind"] != "pending"} == {"undeclared"}
    assert {"gazette", "ties", "tie_count"} <= {each["about"] for each in items}
    silent = [each["what"] for each in items if each["about"] == "tie_count"]
    assert any("goalposts do not say who set them" in each for each in silent)
    assert any("does not say who set its threshold" in each["what"] for each in items)


def test_goalposts_and_thresholds_that_say_who_set_them_are_not_listed(root: Path) -> None:
    amend(root, "data/framework.yml", "method: goalposts,", "method: goalposts, states: chosen,")
    amend(root, "data/rules.yml", "\n  when:", "\n  states: chosen\n  when:")
    listed = {each["about"] for each in due(root) if "`states`" in each["what"]}
    assert "boats" in listed and not {"tie_count", "delta_ties"} & listed


def test_a_value_that_an_indicator_lacks_comes_with_what_was_last_known(root: Path) -> None:
    path = root / "data/tallies.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    old = [line.replace("2029", "2027") for line in lines if line.startswith("visitors") and "2029" in line]
    path.write_text("".join([line for line in lines if not line.startswith("visitors")] + old), "utf-8")
    amend(root, "data/editions.yml", "since: 2029", "since: 2027")
    amend(
        root,
        "templates/wording/harbour.yml",
        "      - zh: 来客",
        "      - when: {fact: visitors.value, known: yes}\n        zh: 来客",
    )
    item = found(due(root), "missing", "visitors.value")
    assert item["value"] == 41200 and item["as_of"].startswith("2027")
    assert item["indicators"] == ["visitors"] and item["weight"] > 0
    assert item["ask"] == "Invented Press", "who published the last value, where nobody is named"


def test_an_aged_value_is_asked_of_the_body_that_is_named_for_its_series(root: Path) -> None:
    (root / "data/series.yml").write_text(SERIES, "utf-8")
    assert not [each for each in due(root) if each["kind"] == "aged"], "two years old at most"
    items = due(root, "--as-of", "2034-01-31")
    item = found(items, "aged", "visitors.value")
    assert item["what"] == "fresh until 2032-12-31" and item["ask"] == "港务议会"
    assert not [each for each in items if each["kind"] == "aged" and each["about"] == "market.value"]


def test_a_weak_source_is_listed_where_it_enters_with_the_sentences_that_rest_on_it(root: Path) -> None:
    amend(root, "data/sources.yml", "gazette:\n", "gazette:\n  grade: copy\n")
    items = due(root)
    item = found(items, "grade", "ties.total")
    assert item["what"] == "its best source is graded 'copy'" and item["items"]
    assert not [each for each in items if each["about"] == "ties.evenness"], "it is made of what is listed"
    years = [each for each in items if each["about"].startswith("ties.by_year")]
    assert [each["about"] for each in years] == ["ties.by_year.*"], "the years of a count are one thing to ask for"
    assert "gazette" not in {each["about"] for each in items if each["kind"] == "undeclared"}


def test_an_open_table_comes_with_all_that_rests_on_it_before_what_moves_less(root: Path) -> None:
    amend(root, "data/tables.yml", "ties:\n  file", "ties:\n  complete: no\n  ask: Harbour Council\n  file")
    items = due(root)
    item = items[0]
    assert (item["kind"], item["about"], item["ask"]) == ("incomplete", "ties", "港务议会")
    assert {"tie_count", "tie_evenness"} <= set(item["indicators"])
    assert item["weight"] >= max(each["weight"] for each in items)


def test_what_a_measure_leaves_to_the_office_is_asked_of_the_body_that_leads_it(root: Path) -> None:
    item = found(due(root), "pending", "fuller_market.cost")
    assert item["what"] == "`cost` is for the office to set" and item["names"]["en"] == "Widen the market"
    assert item["ask"] == "灯笼行会" and item["items"] == ["measure.fuller_market"]
    assert item["place"].startswith("templates/argument.yml:97")


def test_a_measure_that_is_not_put_forward_asks_for_nothing(root: Path) -> None:
    amend(
        root,
        "templates/argument.yml",
        "    gap: market\n    rule: fuller_market",
        "    gap: market\n    when: {fact: ties.total, at_least: 900}",
    )
    assert not [each for each in due(root) if each["kind"] == "pending"]


def test_a_terminal_sees_a_heading_for_each_body_and_one_line_for_what_is_undeclared(root: Path) -> None:
    amend(root, "data/tables.yml", "ties:\n  file", "ties:\n  complete: no\n  ask: Harbour Council\n  file")
    lines = run("due", root).out.splitlines()
    assert lines[0] == "港务议会" and lines[1].startswith("  incomplete   ties: some cases are missing")
    assert sum(line.startswith("the source has no grade: ") for line in lines) == 1


def test_the_workbook_has_a_sheet_for_each_body_and_the_same_bytes_each_time(root: Path, tmp_path: Path) -> None:
    (root / "data/series.yml").write_text(SERIES, "utf-8")
    file = tmp_path / "asked.xlsx"
    words = ("due", root, "--as-of", "2034-01-31", "--workbook", file)
    assert run(*words).code == 0
    first = file.read_bytes()
    book = load_workbook(BytesIO(first))
    page = book.worksheets[0]
    assert page.title == "1 港务议会" and page["A1"].value == "港务议会"
    assert [cell.value for cell in page[2]][-4:] == [
        "New value",
        "Date of the value",
        "Where it is published",
        "Remark",
    ]
    assert page["A3"].value == "来客人数 / Number of guests" and page["F3"].value is None
    file.unlink()
    assert run(*words).code == 0 and file.read_bytes() == first


def test_a_day_that_is_none_is_wrong_usage(root: Path) -> None:
    assert run("due", root, "--as-of", "soon").code == 2


def test_a_fact_says_what_may_be_said_with_it_and_who_depends_on_it(root: Path) -> None:
    amend(root, "data/tables.yml", "ties:\n  file", "ties:\n  complete: no\n  file")
    amend(root, "data/sources.yml", "gazette:\n", "gazette:\n  grade: copy\n")
    out = run("facts", "ties.total", root).out
    assert "from an incomplete list: say 'at least'" in out
    assert "read by the indicators tie_count" in out and "stated in " in out
    bare = run("facts", "market.growth", MINIATURE).out
    assert "nothing is declared that limits claims about it" in bare


def test_a_long_list_of_names_is_cut_on_the_terminal() -> None:
    names = tuple(f"Port {number}" for number in range(1, 10))
    fact = Fact(id="ports.names", value=names, kind="names", as_of="2029-12-31")
    item = DueItem(kind="grade", about=fact.id, what=tr("weak source"), names={}, value=fact)
    (_, _, last) = map(str, due_lines([item], assessed(MINIATURE, "")))
    assert "Port 1" in last and "Port 6 and 3 more (2029-12-31)" in last and "Port 7" not in last


def test_what_several_measures_leave_open_alike_is_one_line_on_the_terminal() -> None:
    def pending(measure: str, part: str) -> DueItem:
        what = tr("`{part}` is for the office to set", part=tr(part))
        return DueItem(kind="pending", about=f"{measure}.{part}", what=what, names={"en": "Hold a fair"}, ask="FAO")

    items = [pending(f"plan_{number}", part) for number in range(1, 7) for part in ("cost", "risk")]
    lines = [*map(str, due_lines([*items, pending("plan_1", "lead")], assessed(MINIATURE, "")))]
    assert lines[0] == "FAO" and len(lines) == 5
    assert lines[1].endswith("`cost` is for the office to set: plan_1, plan_2, plan_3, plan_4, plan_5, plan_6")
    assert "Hold a fair (plan_1.lead)" in lines[3]
