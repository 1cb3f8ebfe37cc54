"""Rules are read whole, fire by their conditions, and come with margin, effect, stability and what stayed quiet."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError
from jianbao.core.yaml_reader import parse_document
from jianbao.data.conditions import DrawnValues, holds_in_draws, judged, lacking, parse_condition
from jianbao.data.facts import Cells, Fact
from jianbao.text.rules import (
    Advice,
    Rule,
    advice_facts,
    check_rules,
    missing_facts,
    read_rules,
    recommend,
)

RULE = """
{id}:
  name: {{zh: 增多, en: More of it}}
  when: {{fact: {fact}, below: {below}}}
  evidence: [{fact}]
  effect: {{{fact}: {{plus: 2}}}}
  because: {{zh: 少, en: few}}
  source: [paper]
"""
FACTS = {
    name: Fact(id=name, value=value, unit="city")
    for name, value in {"a.x": 2.0, "a.y": 3.0, "a.z": 9.0, "b.s": 50.0}.items()
}
GAINS = {"a.x": 1.0, "a.y": 3.0, "a.z": 2.0}


def rules(*written: str, problems: Problems | None = None) -> tuple[Rule, ...]:
    found: Problems = [] if problems is None else problems
    made = read_rules(parse_document("".join(written), "data/rules.yml", ContentError), ("zh", "en"), found)
    assert problems is not None or found == []
    return made


def rule(name: str, fact: str, below: float = 5) -> str:
    return RULE.format(id=name, fact=fact, below=below)


def effects(changed: Mapping[str, float]) -> tuple[float, DrawnValues]:
    """Gain what GAINS says, in each of four draws a little more."""
    gain = sum(GAINS[fact] for fact in changed)
    return gain, gain + np.array([0.0, 0.1, 0.2, 0.3])


def advise(*written: str) -> Advice:
    return recommend(rules(*written), FACTS, effects, {})


def test_a_rule_fires_where_its_condition_holds_and_carries_its_margin() -> None:
    advice = advise(rule("one", "a.x"), rule("two", "a.z"))
    assert [each.rule.id for each in advice.fired] == ["one"]
    assert advice.fired[0].margin == 3.0


def test_a_rule_that_did_not_fire_is_listed_with_its_margin() -> None:
    advice = advise(rule("far", "a.z", below=1), rule("near", "a.z", below=8))
    assert [(each.id, margin) for each, margin in advice.quiet] == [("near", -1.0), ("far", -8.0)]


def test_the_strongest_comes_first_whatever_the_order_of_the_file() -> None:
    advice = advise(rule("weak", "a.x"), rule("strong", "a.y"))
    assert [each.rule.id for each in advice.fired] == ["strong", "weak"]


def test_a_rule_is_quiet_when_the_gap_closes() -> None:
    closed = {**FACTS, "a.x": Fact(id="a.x", value=5.0, unit="city")}
    assert recommend(rules(rule("one", "a.x")), closed, effects, {}).fired == ()


def test_stability_is_the_share_of_draws_in_which_a_rule_fires() -> None:
    draws = {"b.s": np.array([49.0, 50.0, 51.0, 52.0])}
    advice = recommend(rules(rule("one", "b.s", below=51), rule("two", "a.x")), FACTS, steady, draws)
    assert {each.rule.id: each.stability for each in advice.fired} == {"one": 0.5, "two": 1.0}


def steady(_: Mapping[str, float]) -> tuple[float, DrawnValues]:
    return 0.0, np.zeros(4)


def test_a_condition_on_a_score_varies_with_the_draws_of_the_score() -> None:
    problems: Problems = []
    node = parse_document("{any: [{fact: b.s, below: 50}, {fact: a.x, above: 7}]}", "x.yml", ContentError)
    condition = parse_condition(node, problems)
    draws = {"b.s": np.array([49.0, 50.0, 51.0])}
    assert holds_in_draws(condition, FACTS, draws).tolist() == [True, False, False]


@pytest.mark.parametrize("written", ["effect: {a.x"])
def test_a_rule_that_calculates_with_names_is_named(written: str) -> None:
    listed = {**FACTS, "a.list": Fact(id="a.list", value=("x", "y"), kind="names")}
    faulty = rules(rule("one", "a.x").replace(written, written.replace("a.x", "a.list")))
    with pytest.raises(ContentError, match=r"one: 'a.list' is not a number; its kind is names"):
        recommend(faulty, listed, effects, {})


@pytest.mark.parametrize(
    ("when", "verdict"),
    [
        ("{fact: a.gone, below: 5}", None),
        ("{fact: a.x, below: a.gone}", None),
        ("{fact: a.x, aspect: share, below: 0.5}", None),
        ("{not: {fact: a.gone, below: 5}}", None),
        ("{all: [{fact: a.x, below: 5}, {fact: a.gone, below: 5}]}", None),
        ("{all: [{fact: a.x, above: 5}, {fact: a.gone, below: 5}]}", False),
        ("{any: [{fact: a.x, below: 5}, {fact: a.gone, below: 5}]}", True),
        ("{any: [{fact: a.x, above: 5}, {fact: a.gone, below: 5}]}", None),
        ("{fact: a.gone, known: no}", True),
        ("{all: [{fact: a.x, below: 5}, {not: {fact: a.x, above: 5}}]}", True),
        ("{unless: {fact: a.gone, below: 5}}", True),
        ("{unless: {fact: a.x, above: 5}}", True),
        ("{unless: {fact: a.x, below: 5}}", False),
    ],
)
def test_a_condition_is_judged_only_where_the_facts_decide_it(when: str, verdict: bool | None) -> None:
    condition = parse_condition(parse_document(when, "x.yml", ContentError), [])
    assert judged(condition, FACTS) is verdict
    assert bool(lacking(condition, FACTS)) is (verdict is None)
    assert holds_in_draws(condition, FACTS, {}).tolist() == [verdict is True]


@pytest.mark.parametrize(
    ("sign", "test", "bound", "verdict"),
    [
        (">", "below", 106, True),
        (">", "below", 100, True),
        (">", "below", 95, None),
        (">", "below", 90, False),
        (">", "at_least", 90, True),
        (">", "at_least", 95, None),
        (">", "at_least", 106, False),
        (">", "above", 90, True),
        (">", "at_most", 90, False),
        (">", "equals", 90, False),
        (">", "equals", 95, None),
        ("<", "below", 90, True),
        ("<", "above", 85, None),
        ("<", "above", 80, True),
        ("<", "at_least", 90, False),
        ("≈", "below", 106, True),
    ],
)
def test_a_number_that_is_a_bound_is_judged_only_where_every_number_that_it_may_be_agrees(
    sign: str, test: str, bound: float, verdict: bool | None
) -> None:
    written = Fact(id="x", value=90.0, comparator=sign, cells=(Cells("events", (2,), "countries", ()),))
    facts = {"x": written, "y": Fact(id="y", value=float(bound))}
    for other in (str(bound), "y"):
        condition = parse_condition(parse_document(f"{{fact: x, {test}: {other}}}", "x.yml", ContentError), [])
        assert judged(condition, facts) is verdict
        assert lacking(condition, facts) == (() if verdict is not None else ("x",))


def test_a_bound_that_is_computed_has_no_end_and_one_in_millions_ends_at_the_next() -> None:
    below = parse_condition(parse_document("{fact: x, below: 236000000}", "x.yml", ContentError), [])
    share = parse_condition(parse_document("{fact: x, below: 0.8}", "x.yml", ContentError), [])
    cells = (Cells("tallies", (4,), "value", ()),)
    assert judged(below, {"x": Fact(id="x", value=235e6, comparator=">", cells=cells)}) is True
    assert judged(share, {"x": Fact(id="x", value=0.5, comparator=">")}) is None


def test_two_bounds_of_one_number_are_equal_only_if_they_are_the_same_cell() -> None:
    here, there = (Cells("events", (row,), "countries", ()) for row in (2, 3))
    facts = {"x": Fact(id="x", value=90.0, comparator=">", cells=(here,))}
    condition = parse_condition(parse_document("{fact: x, at_least: y}", "x.yml", ContentError), [])
    for cells, verdict in ((here, True), (there, None)):
        assert judged(condition, {**facts, "y": replace(facts["x"], id="y", cells=(cells,))}) is verdict


def test_a_rule_whose_fact_is_missing_is_neither_due_nor_not_due() -> None:
    left = {name: fact for name, fact in FACTS.items() if name != "a.z"}
    written = (rule("one", "a.x"), rule("two", "a.z", below=5).replace("when: {fact: a.z", "when: {not: {fact: a.z"))
    advice = recommend(rules(written[0], written[1].replace("below: 5}", "below: 5}}")), left, effects, {})
    assert ([each.rule.id for each in advice.fired], advice.quiet) == (["one"], ())
    assert [(each.rule.id, each.lacking) for each in advice.unjudged] == [("two", ("a.z",))]
    made = {fact.id: fact for fact in advice_facts(advice, left)}
    assert made["advice.unjudged"].value == 1 and not {"margin.two", "threshold.two"} & made.keys()


@pytest.mark.parametrize("target", ["{plus: 2}", "a.gone"])
def test_an_effect_that_hangs_on_a_missing_fact_is_not_reckoned_from_zero(target: str) -> None:
    moved = rule("one", "a.x").replace("effect: {a.x: {plus: 2}}", f"effect: {{a.no: {target}}}")
    advice = recommend(rules(moved), FACTS, effects, {})
    missing = ("a.no",) if "plus" in target else ("a.no", target)
    assert (advice.fired[0].effect, missing_facts(advice, FACTS)) == (0.0, missing)


def test_advice_becomes_facts_with_the_evidence_as_parents() -> None:
    advice = advise(rule("one", "a.x"), rule("two", "a.z"))
    made = {fact.id: fact for fact in advice_facts(advice, FACTS)}
    assert made["effect.one"].value == 1.0
    assert made["effect.one"].low is not None
    assert made["effect.one"].parents == ("a.x",)
    assert made["margin.two"].value == -4.0


def distance(when: str) -> dict[str, Fact]:
    """Return the threshold and the margin of a rule with this condition, by their first words."""
    facts = {
        **FACTS,
        "a.part": Fact(id="a.part", value=0.2, unit="share", of=25),
        "a.of": Fact(id="a.of", value=5.0, unit="city", of=20),
    }
    written = rules(rule("one", "a.x").replace("{fact: a.x, below: 5}", when))
    made = advice_facts(recommend(written, facts, effects, {}), facts)
    return {fact.id.partition(".")[0]: fact for fact in made if fact.id in ("threshold.one", "margin.one")}


@pytest.mark.parametrize(
    ("when", "unit", "threshold", "margin"),
    [
        ("{fact: a.x, below: 5}", "city", 5.0, 3.0),
        ("{fact: a.part, below: 0.5}", "share", 0.5, 0.3),
        ("{fact: a.of, aspect: share, below: 0.5}", "share", 0.5, 0.25),
        ("{fact: a.x, below: a.z}", "city", 9.0, 7.0),
        ("{all: [{fact: a.x, below: 5}, {fact: a.part, below: 0.5}]}", "share", 0.5, 0.3),
        ("{any: [{fact: a.x, below: 5}, {fact: a.part, below: 0.5}]}", "city", 5.0, 3.0),
        ("{not: {fact: a.x, at_least: 5}}", "city", 5.0, 3.0),
    ],
)
def test_threshold_and_margin_have_the_unit_of_what_decided(
    when: str, unit: str, threshold: float, margin: float
) -> None:
    made = distance(when)
    assert {fact.unit for fact in made.values()} == {unit}
    assert made["threshold"].value == threshold
    assert made["margin"].value == pytest.approx(margin)


def test_a_threshold_is_traced_to_its_line_and_sources_or_to_the_fact_that_it_is() -> None:
    number, other = distance("{fact: a.x, below: 5}"), distance("{fact: a.x, below: a.z}")
    assert [(each.table, each.rows, each.sources) for each in number["threshold"].cells] == [
        ("rules", (4,), ("paper",))
    ]
    assert other["threshold"].parents == ("a.z",)
    assert other["margin"].parents == ("a.x", "threshold.one")


def test_a_condition_without_a_number_has_no_threshold() -> None:
    assert distance("{fact: a.x, known: yes}") == {}


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("name: {zh: 增多, en: More of it}", "name: {zh: 增多}", "'en' is missing"),
        ("because: {", "becaus: {", "'becaus' is not known here"),
        ("plus: 2", "plus: soon", "'soon' is not a number"),
        ("below: 5", "beneath: 5", "a condition needs one test"),
        ("{fact: a.x, below: 5}", "{all: []}", "'all' has no conditions"),
    ],
)
def test_a_fault_in_a_rule_is_named(old: str, new: str, what: str) -> None:
    problems: Problems = []
    rules(rule("one", "a.x").replace(old, new), problems=problems)
    assert any(what in problem.what for problem in problems)


def test_what_a_rule_names_and_nothing_defines_is_named_with_the_nearest() -> None:
    problems: Problems = []
    check_rules(rules(rule("one", "a.xx")), FACTS, ["papers"], problems)
    messages = [problem.what + problem.hint for problem in problems]
    assert "'a.xx' is not a factdid you mean 'a.x'?" in messages
    assert "'paper' is not a sourcedid you mean 'papers'?" in messages


def test_what_a_rule_may_name_is_listed_in_the_same_order_in_every_run() -> None:
    problems: Problems = []
    check_rules(rules(rule("one", "a.x")), FACTS, "hgfedcba", problems)
    assert problems[-1].hint == "allowed: a, b, c, d, e, f, g, h"


def wide(bound: float) -> str:
    """Write a rule that is due below the best or below a bound, and whose success is to be no longer due."""
    when = f"{{any: [{{fact: a.x, below: a.y}}, {{fact: a.x, below: {bound}}}]}}"
    return rule("one", "a.x").replace("{fact: a.x, below: 5}", when).replace("{plus: 2}", "threshold")


def aims(*written: str) -> Mapping[str, float]:
    asked: dict[str, float] = {}

    def note(changed: Mapping[str, float]) -> tuple[float, DrawnValues]:
        asked.update(changed)
        return effects(changed)

    recommend(rules(*written), FACTS, note, {})
    return asked


@pytest.mark.parametrize(("bound", "reached"), [(32, 32.0), (2.5, 3.0)])
def test_an_aim_at_the_threshold_reaches_what_leaves_no_test_of_the_rule_due(bound: float, reached: float) -> None:
    assert aims(wide(bound)) == {"a.x": reached}


def test_nothing_is_said_of_the_effect_of_an_aim_that_is_reached_while_the_rule_is_due() -> None:
    made = {each.id: each.value for each in advice_facts(advise(wide(32).replace("threshold", "a.x")), FACTS)}
    assert "effect.one" not in made
    assert made["margin.one"] == 30.0


def test_a_threshold_of_a_fact_that_the_rule_does_not_test_is_refused() -> None:
    problems: Problems = []
    moved = rule("one", "a.x").replace("effect: {a.x: {plus: 2}}", "effect: {a.y: threshold}")
    check_rules(rules(moved), FACTS, ["paper"], problems)
    assert [each.what for each in problems] == ["'a.y' is not tested in `when`, so it has no threshold"]
