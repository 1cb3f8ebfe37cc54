"""What if a fact, a weight or a goalpost were another one."""

import numpy as np
import pytest

from jianbao.core.errors import UsageError
from jianbao.scoring.panel import Panel
from jianbao.scoring.what_if import WhatIfChange, read_what_if, what_if
from tests.scoring.framework_text import framework_of

TEXT = """
contributions: proportional
defaults:
  weights: equal
  aggregate: arithmetic
  direction: more
  normalise: {method: goalposts, floor: 0, target: 10, cap: yes, curve: linear}
index:
  id: all
  weights: given
  aggregate: geometric
  children:
    - {id: one, weight: 2, children: [{id: a, column: a}, {id: b, column: b}, {id: d, column: d}]}
    - {id: two, weight: 1, children: [{id: c, column: c}]}
"""
FRAMEWORK = framework_of(TEXT)
PANEL = Panel(
    units=("x", "y"), periods=("", ""), columns=("a", "b", "c", "d"), values=np.array([[1.0, 9, 5, 2], [8, 2, 6, 3]])
)


@pytest.mark.parametrize("change", ["a=6", "weight.one=5", "weight.a=0.8", "target.a=20", "floor.c=1"])
def test_the_parts_of_a_difference_add_up_to_it(change: str) -> None:
    found = what_if(FRAMEWORK, PANEL, [read_what_if(change, FRAMEWORK, PANEL)])
    assert np.abs(found.moved("all")).min() > 0
    np.testing.assert_allclose(np.sum(list(found.parts("all").values()), axis=0), found.moved("all"), atol=1e-9)


def test_a_changed_fact_moves_only_its_own_branch() -> None:
    found = what_if(FRAMEWORK, PANEL, [WhatIfChange("fact", "a", 6.0)], rows=[0])
    assert found.moved("two").tolist() == [0, 0]
    np.testing.assert_allclose(found.moved("one"), [50 / 3, 0], atol=1e-9)


def test_a_given_weight_is_set_as_written() -> None:
    found = what_if(FRAMEWORK, PANEL, [WhatIfChange("weight", "one", 3.0)])
    assert found.after.weight("one") == 0.75


def test_another_weight_is_a_share_and_its_siblings_keep_their_ratios() -> None:
    found = what_if(FRAMEWORK, PANEL, [WhatIfChange("weight", "a", 0.5)])
    assert [found.after.weight(leaf) for leaf in ("a", "b", "d")] == pytest.approx([0.5, 0.25, 0.25])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("e=1", "'e' cannot be set"),
        ("a=much", "'much' is not a number; write FACT=VALUE"),
        ("a=nan", "'nan' is not a number; write FACT=VALUE"),
        ("a=inf", "'inf' is not a number"),
        ("target.a=0", "floor and target are both 0; they must differ"),
        ("weight.onne=1", "did you mean 'weight.one'?"),
        ("weight.a=3", "'3' cannot be the weight of 'a'"),
        ("weight.all=3", "'weight.all' cannot be set"),
    ],
)
def test_what_cannot_be_set_is_named(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_what_if(text, FRAMEWORK, PANEL)
    assert said in str(raised.value)
