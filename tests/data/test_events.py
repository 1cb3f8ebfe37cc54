"""Facts of one event come from its rows: what was not published of it is unknown, not taken from an earlier one."""

from datetime import date

import pytest

from jianbao.core.documents import Problems
from jianbao.core.yaml_reader import parse_document
from jianbao.data.csv_files import read_csv
from jianbao.data.facts import Ledger
from jianbao.data.measures.evaluate import evaluator_for
from jianbao.data.measures.registry import parse_measures
from jianbao.data.schemas import parse_schemas
from jianbao.data.tables import check_tables

SCHEMA = """\
fairs:
  key: [tally, place, session]
  dated_by: period
  event: [place, session]
  columns:
    tally:   {type: text, required: yes}
    place:   {type: text, required: yes}
    session: {type: integer}
    period:  {type: date, required: yes}
    value:   {type: number, required: yes}
cups:
  key: [cup]
  dated_by: held_on
  columns:
    cup:     {type: integer, required: yes}
    held_on: {type: date}
    boats:   {type: integer}
    towns:   {type: integer}
"""
FAIRS = """\
tally,place,session,period,value
buyers,Quay,138,2025-11,310
lands,Quay,138,2025-11,223
buyers,Quay,140,2026-11,330
lands,Reef,140,2026-11,9
"""
CUPS = "cup,held_on,boats,towns\n1,2024-05,41,12\n2,2026-05,57,\n"
MEASURES = """\
lands:       {latest: fairs, where: {tally: lands, place: Quay}, beside: buyers}
session:     {last: fairs, by: period, take: session, where: {tally: buyers, place: Quay}, beside: buyers}
buyers:      {latest: fairs, where: {tally: buyers, place: Quay}, carry: 1}
lands_alone: {latest: fairs, where: {tally: lands, place: Quay}}
boats:       {latest: cups, take: boats}
towns:       {latest: cups, take: towns, beside: boats}
towns_alone: {latest: cups, take: towns}
"""


def measured(day: date, fairs: str = FAIRS, measures: str = MEASURES) -> tuple[Ledger, list[str]]:
    problems: Problems = []
    schemas = parse_schemas(parse_document(SCHEMA, "tables.yml"), ("en",), problems)
    texts = {"fairs": fairs, "cups": CUPS}
    sheets = {name: read_csv(text, name, f"{name}.csv", problems) for name, text in texts.items()}
    tables = check_tables(sheets, schemas, {}, problems)
    parsed = parse_measures(parse_document(measures, "measures.yml"), schemas, problems)
    said = [str(problem) for problem in problems]
    return (Ledger({}, day) if said else evaluator_for(tables, parsed, day).facts(day)), said


def values(day: date, fairs: str = FAIRS) -> dict[str, object]:
    ledger, problems = measured(day, fairs)
    assert problems == []
    return {name: fact.value for name, fact in ledger.items()}


def test_what_was_not_published_of_an_event_is_unknown_beside_what_was() -> None:
    found = values(date(2026, 12, 31))
    assert (found["buyers"], found["session"], "lands" in found) == (330, 140, False)
    assert found["lands_alone"] == 223  # measured by itself, with its own date


def test_facts_of_an_event_of_which_all_is_known_stand_together() -> None:
    found = values(date(2025, 12, 31))
    assert (found["buyers"], found["session"], found["lands"]) == (310, 138, 223)
    found = values(date(2026, 12, 31), FAIRS + "lands,Quay,140,2026-11,227\n")
    assert (found["buyers"], found["lands"]) == (330, 227)


def test_without_columns_of_an_event_a_row_is_one_and_its_blank_cell_is_unknown() -> None:
    found = values(date(2026, 12, 31))
    assert (found["boats"], "towns" in found, found["towns_alone"]) == (57, False, 12)


def test_beside_a_fact_that_is_unknown_nothing_is_known() -> None:
    assert "lands" not in values(date(2028, 12, 31))  # the buyers are too old to be carried
    assert "buyers" not in values(date(2028, 12, 31))


@pytest.mark.parametrize(
    ("beside", "said"),
    [
        ("boats", "'boats' is not taken from one row of fairs"),
        ("family", "'family' is not taken from one row of fairs"),
        ("count", "'count' is not taken from one row of fairs"),
        ("byers", "'byers' is not a measure"),
    ],
)
def test_beside_what_no_single_row_gives_is_named(beside: str, said: str) -> None:
    more = "family: {latest: fairs, where: {tally: buyers}, by: place}\ncount: {count: fairs}\n"
    _, problems = measured(
        date(2026, 12, 31), measures=MEASURES.replace("beside: buyers}", f"beside: {beside}}}", 1) + more
    )
    assert any(said in problem for problem in problems), problems
