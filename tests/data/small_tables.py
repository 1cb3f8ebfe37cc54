"""A miniature world of invented places: small enough to count by hand."""

from collections.abc import Mapping
from datetime import date

from jianbao.core.documents import Node, Problems
from jianbao.core.yaml_reader import parse_document
from jianbao.data.csv_files import Sheet, read_csv
from jianbao.data.facts import Fact, Ledger, Source
from jianbao.data.measures.evaluate import evaluator_for
from jianbao.data.measures.registry import Measures, parse_measures
from jianbao.data.schemas import Schema, parse_schemas
from jianbao.data.tables import Tables, check_tables

TABLES = """\
lands:
  key: [land]
  columns:
    land:   {type: name, of: land, required: yes}
    income: {type: name, of: income}
    from:   {type: date, future: blank, blanks: [pact]}
    to:     {type: date, future: blank}
    pact:   {type: choice, of: [yes, no]}
    source: {type: sources, required: yes}
friends:
  key: [town]
  dated_by: signed_on
  columns:
    town:       {type: name, of: town, required: yes}
    land:       {type: reference, to: lands.land, required: yes}
    shore:      {type: name, of: shore, required: yes}
    signed_on:  {type: date, required: yes}
    lat:        {type: number, min: -90, max: 90}
    lon:        {type: number, min: -180, max: 180}
    topics:     {type: names, of: topic}
    open:       {type: yes_no}
    people:     {type: integer, min: 0}
    code:       {type: text, pattern: '[A-Z]{2}', unique: yes}
    source:     {type: sources, required: yes}
    confidence: {type: choice, of: [corroborated, stated, derived, unverified], required: yes}
rounds:
  key: [round]
  dated_by: [held_on, opened_on]
  columns:
    round:     {type: integer, required: yes}
    held_on:   {type: date}
    opened_on: {type: date}
    entries:   {type: integer}
    source:    {type: sources}
series:
  key: [indicator, period]
  dated_by: period
  columns:
    indicator:  {type: text, required: yes}
    value:      {type: number, required: yes}
    unit:       {type: text, required: yes}
    comparator: {type: choice, of: ['=', '>', '<', '≈'], required: yes}
    period:     {type: date, required: yes}
    source:     {type: sources, required: yes}
    confidence: {type: choice, of: [corroborated, stated, derived], required: yes}
"""
NAMES = """\
id,kind,zh,en
East,shore,东,East
West,shore,西,West
South,shore,南,South
ELB,land,甲,Elbonia
FRE,land,乙,Freedonia
rich,income,高,rich
poor,income,低,poor
Ash,town,丙,Ash
Birch,town,丁,Birch
Cedar,town,戊,Cedar
Dunkel,town,己,Dunkel
trade,topic,商,trade
sea,topic,海,sea
"""
LANDS = """\
land,income,from,to,pact,source
ELB,rich,2010,,yes,s1
FRE,poor,2005-03,2012-06-30,yes,s2
"""
FRIENDS = """\
town,land,shore,signed_on,lat,lon,topics,open,people,code,source,confidence
Ash,ELB,East,2000-05-01,0,0,trade;sea,yes,10,AA,s1,corroborated
Birch,FRE,East,2004,0,90,trade,no,,BB,s1;s2,stated
Cedar,FRE,West,2010-06,90,0,,yes,30,,s2,corroborated
Dunkel,ELB,West,2011-01-01,,,sea,,40,,s3,unverified
"""
ROUNDS = """\
round,held_on,opened_on,entries,source
1,2001-03-01,,10,s1
2,2003-03-01,,20,s2
3,2008-03-01,,30,s2
4,,2010-09-01,,s3
"""
SERIES = """\
indicator,value,unit,comparator,period,source,confidence
guests,100,person,=,2005,s1,stated
guests,150,person,>,2008-11,s2,stated
guests,140,person,=,2008-11-30,s3,corroborated
guests,90,person,=,2010-01/2010-09,s1,stated
guests,120,person,≈,2010,s1,derived
bound,7,land,=,1999,s1,stated
"""
CSVS = {"names": NAMES, "lands": LANDS, "friends": FRIENDS, "rounds": ROUNDS, "series": SERIES}
SOURCES = {
    name: Source(id=name, title="", producer="", published="", accessed="", url="", kind="R", language="en")
    for name in ("s1", "s2", "s3")
}
DAY = date(2012, 12, 31)


def document(text: str, file: str = "data/x.yml") -> Node:
    return parse_document(text, file)


def schemas(text: str = TABLES) -> Mapping[str, Schema]:
    problems: Problems = []
    made = parse_schemas(document(text, "data/tables.yml"), ("zh", "en"), problems)
    assert problems == []
    return made


def sheets(**changed: str) -> dict[str, Sheet]:
    problems: Problems = []
    made = {name: read_csv(text, name, f"data/{name}.csv", problems) for name, text in {**CSVS, **changed}.items()}
    assert problems == []
    return made


def faults(**changed: str) -> list[str]:
    """Return what is wrong with the miniature tables after a change."""
    problems: Problems = []
    check_tables(sheets(**changed), schemas(), SOURCES, problems)
    return [str(problem) for problem in problems]


def tables(**changed: str) -> Tables:
    problems: Problems = []
    made = check_tables(sheets(**changed), schemas(), SOURCES, problems)
    assert problems == []
    return made


def read_measures(text: str) -> Measures:
    problems: Problems = []
    made = parse_measures(document(text, "data/measures.yml"), schemas(), problems)
    assert [str(problem) for problem in problems] == []
    return made


def measured(text: str, day: date = DAY, **changed: str) -> Ledger:
    """Return the facts that measures make of the miniature tables."""
    return evaluator_for(tables(**changed), read_measures(text), day).facts(day)


def one(text: str, day: date = DAY, **changed: str) -> Fact:
    """Return the only fact of one measure."""
    (fact,) = measured(f"x: {text}", day, **changed).values()
    return fact


def values(text: str, day: date = DAY, **changed: str) -> dict[str, object]:
    """Return the values of a family by its words."""
    return {fact.id.removeprefix("x."): fact.value for fact in measured(f"x: {text}", day, **changed).values()}
