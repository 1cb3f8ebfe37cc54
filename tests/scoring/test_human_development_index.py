"""The Human Development Index of 2021: UNDP ranks what it prints, which is neither more nor fewer decimals."""

from dataclasses import replace

import numpy as np
import pytest

from jianbao.core.documents import Problems
from jianbao.scoring.framework import Framework
from jianbao.scoring.panel import Floats, panel_from
from jianbao.scoring.ranking import ranks_of
from jianbao.scoring.score import evaluate
from tests.scoring.framework_text import framework_of
from tests.scoring.published import column, table

POSTS = "method: goalposts, cap: top"
FRAMEWORK = framework_of(
    f"""
scale: [0, 1]
decimals: 1
rank_decimals: 3
contributions: proportional
table: {{unit: country}}
defaults: {{weights: equal, aggregate: arithmetic, direction: more}}
index:
  id: hdi
  aggregate: geometric
  children:
    - id: life
      column: life_expectancy
      normalise: {{{POSTS}, floor: 20, target: 85, curve: linear}}
    - id: education
      children:
        - {{id: expected, column: expected_schooling, normalise: {{{POSTS}, floor: 0, target: 18, curve: linear}}}}
        - {{id: mean, column: mean_schooling, normalise: {{{POSTS}, floor: 0, target: 15, curve: linear}}}}
    - id: living
      column: income
      normalise: {{{POSTS}, floor: 100, target: 75000, curve: log}}
"""
)
INPUT, PUBLISHED = "hdi_2021/input/indicators.csv", "hdi_2021/expected/hdi.csv"


@pytest.fixture(scope="module")
def scores() -> Floats:
    problems: Problems = []
    panel = panel_from(FRAMEWORK, table(INPUT), problems)
    assert panel is not None, problems
    return evaluate(FRAMEWORK, panel).of("hdi")


def right(framework: Framework, scores: Floats) -> int:
    return int((ranks_of(scores, framework) == column(PUBLISHED, "rank")).sum())


def test_every_index_is_the_published_one(scores: Floats) -> None:
    np.testing.assert_allclose(scores, column(PUBLISHED, "hdi"), rtol=0, atol=0.0005 + 1e-9)


def test_every_rank_is_the_published_one_if_one_ranks_what_is_printed(scores: Floats) -> None:
    assert right(FRAMEWORK, scores) == 191


def test_the_decimals_that_are_shown_never_decide_a_rank(scores: Floats) -> None:
    full = replace(FRAMEWORK, rank_decimals=None)
    assert right(full, scores) == right(replace(full, decimals=3), scores) == 162


@pytest.mark.parametrize(
    ("rank_decimals", "ranks"), [(None, [1, 1, 3, 4, 5]), (1, [1, 1, 3, 4, 4]), (0, [1, 1, 1, 1, 5])]
)
def test_scores_tie_within_a_billionth_or_where_they_are_rounded_half_up(
    rank_decimals: int | None, ranks: list[int]
) -> None:
    scores = np.array([4.65 + 4e-10, 4.65, 4.64999, 4.5, 4.49999])
    assert ranks_of(scores, replace(FRAMEWORK, rank_decimals=rank_decimals)).tolist() == ranks
