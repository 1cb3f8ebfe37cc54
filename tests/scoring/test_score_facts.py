"""One city over the years: scores are facts, and a changed fact has an effect."""

from datetime import date

import numpy as np
import pytest

from jianbao.core.errors import ContentError
from jianbao.data.facts import Cells, Fact, Ledger
from jianbao.scoring.aggregate import draw_interval
from jianbao.scoring.change_facts import change_facts
from jianbao.scoring.monte_carlo import simulate
from jianbao.scoring.panel import panel_of, with_known_goalposts
from jianbao.scoring.score_facts import card_facts, score_card, score_draws
from jianbao.scoring.sensitivity import key_choice_facts
from jianbao.scoring.what_if import gain_function
from tests.scoring.framework_text import framework_of

TEXT = """
seed: 5
draws: 400
contributions: proportional
minimum_coverage: 0.6
defaults: {weights: equal, aggregate: arithmetic, direction: more}
uncertainty: {weights: {dirichlet: 30}, goalposts: {floor: 0, target: 0.1}}
index:
  id: overall
  aggregate: geometric
  children:
    - id: abroad
      children:
        - id: ties
          children:
            - id: cities
              fact: cities.total
              normalise: {method: goalposts, floor: 0, target: {fact: world.best}, cap: yes, curve: linear}
            - id: balance
              fact: cities.asia
              aspect: share
              normalise: {method: goalposts, floor: 0, target: 1, cap: yes, curve: linear}
    - id: home
      children:
        - id: trade
          fact: trade
          normalise: {method: goalposts, floor: 1, target: 1000, cap: yes, curve: log}
"""
FRAMEWORK = framework_of(TEXT)


def ledger(year: int, cities: float, trade: float | None, carried: int = 0) -> Ledger:
    def cells(table: str, row: int) -> tuple[Cells, ...]:
        return (Cells(table, (row,), "value", (f"source_{year}",)),)

    facts = [
        Fact(id="cities.total", value=cities, unit="city", cells=cells("cities", year - 2000)),
        Fact(id="cities.asia", value=cities / 2, unit="city", of=cities, parents=("cities.total",)),
        Fact(id="world.best", value=100.0 + year - 2020, unit="city"),
    ]
    if trade is not None:
        facts.append(Fact(id="trade", value=trade, unit="usd", cells=cells("series", 7), carried=carried))
    return Ledger({fact.id: fact for fact in facts}, date(year, 12, 31))


LEDGERS = {2020: ledger(2020, 20, 100), 2021: ledger(2021, 30, None), 2022: ledger(2022, 40, 100, carried=2)}
CARD = score_card(FRAMEWORK, LEDGERS, 2022, 2020)
FACTS = {fact.id: fact for fact in (*card_facts(CARD), *change_facts(CARD))}


@pytest.mark.parametrize("fact_id", ["cities.total", "world.best"])
def test_a_fact_that_is_no_number_is_named_where_the_framework_reads_it(fact_id: str) -> None:
    dated = {
        year: each.with_facts([Fact(id=fact_id, value="2021-05-01", kind="date")]) for year, each in LEDGERS.items()
    }
    with pytest.raises(ContentError) as caught:
        score_card(FRAMEWORK, dated, 2022, 2020)
    (problem,) = caught.value.problems
    assert (problem.where.column, problem.what) == ("cities", f"'{fact_id}' is not a number")
    assert problem.hint == "its kind is date"


def test_a_score_has_its_interval_its_date_and_its_parents() -> None:
    score = FACTS["score.ties"]
    assert score.value == pytest.approx((40 / 102 * 100 + 50) / 2)
    assert score.low is not None
    assert score.high is not None
    assert score.low < score.number < score.high
    assert (score.unit, score.as_of, score.parents) == ("point", "2022-12-31", ("normal.cities", "normal.balance"))
    assert FACTS["normal.cities"].parents == ("cities.total", "world.best")


def test_a_goalpost_is_read_from_the_edition_and_holds_for_every_year() -> None:
    assert FACTS["score_by_year.ties.n2020"].value == pytest.approx((20 / 102 * 100 + 50) / 2)


def test_the_overall_score_is_the_geometric_mean_of_its_levels() -> None:
    product = FACTS["score.abroad"].number * FACTS["score.home"].number
    assert FACTS["score.overall"].value == pytest.approx(np.sqrt(product))


def test_contributions_add_up_to_the_level_and_to_the_whole() -> None:
    level = FACTS["contribution.cities"].number + FACTS["contribution.balance"].number
    assert level == pytest.approx(FACTS["score.abroad"].number)
    whole = sum(FACTS[f"contribution_overall.{leaf}"].number for leaf in ("cities", "balance", "trade"))
    assert whole == pytest.approx(FACTS["score.overall"].number)


def test_a_year_without_a_value_has_coverage_but_no_score() -> None:
    assert "score_by_year.home.n2021" not in FACTS
    assert FACTS["coverage_by_year.home.n2021"].value == 0
    assert FACTS["coverage_by_year.overall.n2021"].value == 0.5
    assert "score_by_year.overall.n2021" not in FACTS
    assert "score_by_year.abroad.n2021" in FACTS


def test_a_carried_value_is_marked_and_counted() -> None:
    assert FACTS["normal.trade"].carried == 2
    assert (FACTS["carried.overall"].value, FACTS["carried.overall"].of) == (1, 3)
    assert FACTS["indicators.overall"].value == 3


def test_a_change_is_taken_on_paired_draws() -> None:
    change = FACTS["change.cities"]
    assert change.value == pytest.approx(20 / 102 * 100)
    assert change.parents == ("normal.cities", "previous.cities")
    assert FACTS["rose.cities"].value == 1.0
    assert FACTS["rose.home"].value == 0.0
    assert FACTS["change.home"].value == pytest.approx(0.0)


def test_the_range_of_a_change_reaches_to_it_where_a_value_just_meets_its_goalpost() -> None:
    framework = framework_of(TEXT.replace("target: {fact: world.best}", "target: 40"))
    facts = {fact.id: fact for fact in change_facts(score_card(framework, LEDGERS, 2022, 2020))}
    change = facts["change.cities"]
    assert change.low is not None and change.high is not None
    assert change.number == pytest.approx(50) and change.low < change.number <= change.high


def test_the_points_by_indicator_add_up_to_the_change_and_what_stood_still_moved_nothing() -> None:
    moved = {fact.about[0]: fact.number for fact in FACTS.values() if fact.id.startswith("moved.")}
    assert set(moved) == {"cities"}, "balance and trade have the scores of before, though all is multiplied"
    assert sum(moved.values()) == pytest.approx(FACTS["change.overall"].value)
    assert FACTS["moved_names.overall"].value == ("cities",)
    assert FACTS["moved.cities"].about == ("cities", "undeclared")
    assert FACTS["moved_by.undeclared"].value == pytest.approx(FACTS["change.overall"].value)


def test_an_indicator_that_lost_its_value_moves_coverage_and_no_points() -> None:
    bare = framework_of(TEXT.replace("minimum_coverage: 0.6", "minimum_coverage: 0.3"))
    facts = {fact.id: fact for fact in change_facts(score_card(bare, LEDGERS, 2021, 2020))}
    moved = {fact.id: fact.number for fact in facts.values() if fact.id.startswith("moved.")}
    assert set(moved) == {"moved.cities"} and facts["change_coverage.overall"].number != 0
    assert sum(moved.values()) == pytest.approx(facts["change.overall"].number)


def test_what_only_a_lost_indicator_brought_is_no_rise_or_fall() -> None:
    bare = framework_of(TEXT.replace("minimum_coverage: 0.6", "minimum_coverage: 0.3"))
    card = score_card(bare, LEDGERS, 2021, 2020)
    facts = {fact.id: fact for fact in (*card_facts(card), *change_facts(card))}
    change, coverage = facts["change.overall"], facts["change_coverage.overall"]
    alone = facts["score.abroad"].number - facts["previous.abroad"].number
    assert change.number == pytest.approx(alone), "home is missing in 2021, so that abroad alone counts in both years"
    assert facts["previous.overall"].number + change.number + coverage.number == pytest.approx(
        facts["score.overall"].number
    )
    assert change.low is not None and change.high is not None and change.low < change.number < change.high
    assert facts["rose.overall"].value == 1.0


def test_a_node_whose_indicators_are_all_others_by_now_has_no_change() -> None:
    text = TEXT.replace("minimum_coverage: 0.6", "minimum_coverage: 0.3")
    renewed = LEDGERS[2021].with_facts([Fact(id="trade", value=200.0, unit="usd")])
    bare = {key: fact for key, fact in renewed.items() if not key.startswith("cities.")}
    ledgers = {2020: ledger(2020, 20, None), 2021: Ledger(bare, date(2021, 12, 31))}
    facts = {fact.id: fact for fact in change_facts(score_card(framework_of(text), ledgers, 2021, 2020))}
    assert "previous.overall" in facts and "change.overall" not in facts and "moved_names.overall" not in facts


def test_who_decides_about_nothing_with_data_did_not_stand_still() -> None:
    text = TEXT.replace("minimum_coverage: 0.6", "minimum_coverage: 0.3")
    text = text.replace("fact: trade\n", "fact: trade\n          control: city\n", 1)
    facts = {fact.id: fact for fact in change_facts(score_card(framework_of(text), LEDGERS, 2021, 2020))}
    assert "moved_by.city" not in facts and (facts["measured_by.city"].value, facts["measured_by.city"].of) == (0, 1)
    assert facts["moved_by.undeclared"].value == pytest.approx(facts["change.overall"].value)
    assert (facts["measured_by.undeclared"].value, facts["measured_by.undeclared"].of) == (2, 2)


def test_the_points_are_told_by_who_decides() -> None:
    text = TEXT.replace("fact: cities.total\n", "fact: cities.total\n              control: city\n", 1)
    text = text.replace("fact: trade\n", "fact: trade\n          control: outside\n", 1)
    more = {**LEDGERS, 2022: ledger(2022, 40, 400)}
    facts = {fact.id: fact for fact in change_facts(score_card(framework_of(text), more, 2022, 2020))}
    sums = [facts[f"moved_by.{control}"].number for control in ("city", "outside", "undeclared")]
    assert all(value > 0 for value in sums[:2]) and sums[2] == 0
    assert sum(sums) == pytest.approx(facts["change.overall"].value)
    assert "moved_by.shared" not in facts


def test_it_is_known_how_many_indicators_were_measured_anew() -> None:
    renewed = {fact.id: (fact.value, fact.of) for fact in FACTS.values() if fact.id.startswith("renewed.")}
    assert renewed == {
        "renewed.overall": (2, 3),
        "renewed.abroad": (2, 2),
        "renewed.ties": (2, 2),
        "renewed.home": (0, 1),
    }


def test_scores_of_other_years_keep_the_cells_that_they_rest_on() -> None:
    cells = FACTS["score_by_year.ties.n2020"].cells
    assert cells == (Cells("cities", (20,), "value", ("source_2020",)),)
    assert FACTS["previous.ties"].cells == cells


def test_weights_say_what_a_node_weighs_in_its_parent_and_in_all() -> None:
    assert FACTS["weight.cities"].value == 0.5
    assert FACTS["effective_weight.cities"].value == 0.25
    assert FACTS["effective_weight.trade"].value == 0.5


def test_a_ledger_that_lacks_a_goalpost_is_refused_with_its_line() -> None:
    bare = Ledger({key: fact for key, fact in LEDGERS[2022].items() if key != "world.best"}, date(2022, 12, 31))
    with pytest.raises(ContentError, match=r"framework.yml:18: the goalpost 'world.best' of 'cities' has no value"):
        score_card(FRAMEWORK, {2022: bare}, 2022, None)


def test_a_first_edition_has_no_change() -> None:
    assert change_facts(score_card(FRAMEWORK, {2022: LEDGERS[2022]}, 2022, None)) == ()


def test_a_better_fact_raises_the_score_within_an_interval() -> None:
    framework = with_known_goalposts(FRAMEWORK, LEDGERS[2022])
    panel = panel_of(framework, LEDGERS)
    gain = gain_function(framework, panel, 2022)
    value, draws = gain({"cities.total": 60.0})
    low, high = draw_interval(draws[:, None], framework.interval)
    assert 0 < low[0] < value < high[0]
    assert gain({"cities.total": 40.0})[0] == 0
    with pytest.raises(KeyError, match="totl"):
        gain({"cities.totl": 60.0})


def test_the_draws_of_a_score_are_those_of_its_interval() -> None:
    card = score_card(FRAMEWORK, LEDGERS, 2022, 2020)
    draws = score_draws(card)["score.overall"]
    low, high = np.percentile(draws, (5, 95))
    assert (low, high) == pytest.approx((FACTS["score.overall"].low, FACTS["score.overall"].high))


def key_choices(year: int) -> dict[str, Fact]:
    framework = with_known_goalposts(FRAMEWORK, LEDGERS[2022])
    return {
        fact.id: fact for fact in key_choice_facts(framework, panel_of(framework, LEDGERS), year, "2022-12-31", 256)
    }


def test_what_the_score_hangs_on_is_told_the_weightiest_choice_first() -> None:
    facts = key_choices(2022)
    totals = [fact.number for key, fact in facts.items() if key.startswith("sensitivity.total.")]
    assert totals == sorted(totals, reverse=True)
    assert {key.rsplit(".", 1)[-1] for key in facts if key.startswith("sensitivity.first.")} == {
        *("weights_overall", "weights_ties"),
        *("goalposts_cities", "goalposts_balance", "goalposts_trade"),
    }
    assert facts["sensitivity.most"].value == next(iter(facts.values())).about[0]
    assert facts["sensitivity.left_out_most"].value == "node:trade"
    without = FACTS["score.abroad"].number - FACTS["score.overall"].number
    assert facts["sensitivity.left_out"].value == pytest.approx(without)


def test_a_year_without_a_score_hangs_on_nothing() -> None:
    assert key_choices(2021) == {}


def test_the_gain_of_a_change_is_the_difference_of_two_whole_evaluations() -> None:
    framework = with_known_goalposts(FRAMEWORK, LEDGERS[2022])
    panel = panel_of(framework, LEDGERS)
    row = panel.periods.index("2022")
    value, draws = gain_function(framework, panel, 2022)({"cities.total": 60.0})
    before, after = (simulate(framework, each) for each in (panel, panel.with_values("cities.total", 60.0, [row])))
    np.testing.assert_array_equal(draws, (after.scores["overall"] - before.scores["overall"])[:, row])
    assert value == after.declared.of("overall")[row] - before.declared.of("overall")[row]
