"""Figures are declared; what no figure knows is named with its line and the nearest known word."""

from dataclasses import replace

from jianbao.charts.spec import FigureSpec, families_of, label_keys, parse_figures, unknown_roles
from jianbao.core.errors import Problem
from tests.charts.sample_facts import figure, node, world


def problems_of(text: str) -> list[str]:
    problems: list[Problem] = []
    parse_figures(node(text), problems)
    return [str(problem) for problem in problems]


def test_a_misspelt_kind_is_named_with_its_line() -> None:
    found = problems_of("a:\n  kind: compas\n  facts: {}\n")
    assert found[0] == "figures.yml:2: 'compas' is not a kind of figure; did you mean 'compass'?"


def test_a_role_that_the_kind_lacks_is_a_problem() -> None:
    found = problems_of("a:\n  kind: leverage\n  facts: {effect: effect, stabilty: x}\n")
    assert found == ["figures.yml:3: 'stabilty' is not known here; did you mean 'stability'?"]


def test_a_needed_role_may_not_be_missing() -> None:
    assert problems_of("a:\n  kind: growth\n  facts: {total: x}\n") == ["figures.yml:3: 'sister' is missing"]


def test_an_option_of_another_kind_is_a_problem() -> None:
    found = problems_of("a:\n  kind: growth\n  facts: {sister: x}\n  options: {home: X}\n")
    assert found == ["figures.yml:4: 'home' is not known here; allowed: shade"]


def test_a_limit_must_be_a_number() -> None:
    found = problems_of("a:\n  kind: leverage\n  facts: {effect: x}\n  options: {max: many}\n")
    assert found == ["figures.yml:4: 'many' is not a number; write digits, with a decimal point"]


def test_the_writer_names_the_roles_of_an_award_and_an_overlap() -> None:
    assert problems_of("a:\n  kind: award\n  facts: {anything: x}\n") == []


def test_labels_are_asked_for_by_kind_and_by_the_roles_that_are_shown() -> None:
    assert set(label_keys(figure("overlap"))) == {"ties", "pacts", "winners", "no_data"}
    assert set(label_keys(figure("award"))) == {"entries", "towns", "land", "income", "no_data"}
    assert {"now", "previous", "interval", "no_score"} < set(label_keys(figure("scorecard")))


def test_a_family_that_nothing_makes_is_named() -> None:
    spec = replace(figure("growth"), facts={"sister": "ties.by_yeer", "total": "all.by_year"})
    found = unknown_roles(spec, families_of(world()))
    assert [problem.what for problem in found] == ["'ties.by_yeer' is neither a fact nor a family of facts"]
    assert found[0].hint == "did you mean 'ties.by_year'?"


def test_an_optional_family_may_be_absent_but_not_misspelt() -> None:
    first = [fact.id for fact in world().values() if not fact.id.startswith("previous.")]
    assert unknown_roles(figure("scorecard"), families_of(first)) == []
    spec = replace(figure("growth"), facts={"sister": "ties.by_year", "firsts": "ties.frist"})
    assert [problem.hint for problem in unknown_roles(spec, families_of(world()))] == ["did you mean 'ties.first'?"]


def test_a_family_that_is_declared_and_of_which_nothing_is_recorded_is_no_slip() -> None:
    spec = replace(figure("growth"), facts={"sister": "ties.by_year", "firsts": "ties.frist"})
    assert unknown_roles(spec, families_of(world()), {"ties.frist"}) == []
    needed = replace(figure("growth"), facts={"sister": "ties.by_yeer"})
    assert len(unknown_roles(needed, families_of(world()), {"ties.by_yeer"})) == 1


def test_a_role_may_have_several_facts_and_families_in_their_order() -> None:
    spec = figure("bars")
    assert spec.roles == ("value", "previous", "reference")
    assert [fact.id for fact in spec.members("value", world(12))][-2:] == ["won.land.ost", "ties.total"]


def test_a_span_begins_and_ends_with_a_year_or_a_fact() -> None:
    spec = figure("shaded")
    assert spec.options["shade"] == ("quiet", "storm")
    assert spec.facts["quiet/from"] == "ties.last_on" and "quiet/to" not in spec.options
    assert (spec.option("storm/from"), spec.option("storm/to")) == ("1999", "2003")
    assert {"quiet", "storm"} < set(label_keys(spec))


def test_a_span_has_a_beginning() -> None:
    found = problems_of("a:\n  kind: growth\n  facts: {sister: x}\n  options: {shade: {calm: {to: 2001}}}\n")
    assert [each.partition(";")[0] for each in found] == ["figures.yml:4: 'from' is missing"]


def test_a_line_asks_for_its_name_only_beside_another() -> None:
    assert set(label_keys(figure("lines"))) == {"towns", "rivals", "storm", "no_data"}
    assert set(label_keys(figure("alone"))) == {"no_data"}


def test_bars_ask_for_the_names_of_what_they_show_beside_the_bars() -> None:
    assert set(label_keys(figure("bars"))) == {"interval", "value", "previous", "reference", "no_data"}
    plain = replace(figure("bars"), facts={"value": "won.land"})
    assert set(label_keys(plain)) == {"interval", "no_data"}


def test_a_measure_that_an_edition_has_no_peers_for_is_left_out_but_not_misspelt() -> None:
    made = families_of(world())
    assert unknown_roles(replace(figure("peers"), facts={"ties": "rivals.ties", "fairs": "fairs.count"}), made) == []
    slip = replace(figure("peers"), facts={"ties": "rivals.tie"})
    assert [problem.hint for problem in unknown_roles(slip, made)] == ["did you mean 'rivals.ties'?"]


def test_a_family_is_read_with_the_families_inside_it() -> None:
    spec = FigureSpec(id="x", kind="compass", facts={"sister_distance": "ties.distance"})
    assert len(spec.family("sister_distance", world(12))) == 12
    assert spec.family("exchange_distance", world()) == ()
