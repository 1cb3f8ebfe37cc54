"""A framework file is read as a whole: every fault is named with its line."""

import math
import re
from pathlib import Path

import pytest

from jianbao.scoring import method_options, uncertainty
from jianbao.scoring.framework import with_goalposts
from jianbao.scoring.sensitivity import without
from jianbao.scoring.validate import facts_named
from tests.scoring.framework_text import faults_of, framework_of

SOUND = """
minimum_coverage: 0.5
defaults: {weights: equal, aggregate: arithmetic, direction: more}
index:
  id: all
  children:
    - {id: a, column: a, normalise: {method: goalposts, floor: 0, target: 10, cap: yes, curve: linear}}
    - {id: b, column: b, normalise: {method: goalposts, floor: 9, target: 1, cap: yes, curve: log}, direction: less}
"""


def fault(old: str, new: str, text: str = SOUND, **known: object) -> str:
    """Return the single fault of a file with one piece changed."""
    assert old in text
    faults = faults_of(text.replace(old, new), **known)
    assert len(faults) == 1, faults
    return faults[0]


def test_a_sound_file_is_read() -> None:
    framework = framework_of(SOUND)
    assert [node.id for node in framework.components()] == ["all", "a", "b"]
    assert framework.columns() == ("a", "b")
    assert [leaf.direction for leaf in framework.indicators()] == [1, -1]


FAULTS = [
    ("id: b,", "id: a,", "framework.yml:8: the id 'a' is taken; ids are unique over the whole framework"),
    (
        "id: b,",
        "id: 9b,",
        "framework.yml:8: '9b' cannot be an id; small letters, digits and underscores, a letter first",
    ),
    ("column: b,", "", "framework.yml:8: 'b' must have one fact or one column; or give it children"),
    (
        "cap: yes, curve: log",
        "curve: log",
        "framework.yml:8: 'cap' of 'goalposts' is missing; every choice must be stated",
    ),
    ("curve: log", "curve: lgo", "framework.yml:8: 'lgo' is not a value of 'curve'; did you mean 'log'?"),
    ("target: 10", "taget: 10", "framework.yml:7: 'taget' is not a parameter of 'goalposts'; did you mean 'target'?"),
    ("target: 10", "target: 0", "framework.yml:7: floor and target are both 0; they must differ"),
    ("target: 1,", "target: 0,", "framework.yml:8: target 0 is outside the curve 'log'; it must be above 0"),
    (", direction: less", "", "framework.yml:8: direction 'more', but the floor is 9 and the target 1"),
    ("direction: less", "direction: down", "framework.yml:8: 'down' is not an allowed value"),
    (
        "method: goalposts, floor: 0",
        "method: goal, floor: 0",
        "framework.yml:7: 'goal' is not a method for 'normalise'",
    ),
    (
        "weights: equal, ",
        "",
        "framework.yml:5: 'weights' is missing; every choice must be stated, here or under 'defaults'",
    ),
    ("weights: equal", "weights: given", "'weight' is missing; the parent's weights are given"),
    ("id: a,", "id: a, weight: 2,", "framework.yml:7: a weight is given, but the parent's weights are 'equal'"),
    ("weights: equal", "weights: ahp", "framework.yml:3: 'ahp' is incomplete: matrix, random_index must be given"),
    ("weights: equal", "weights: entropy", "'entropy' is incomplete: data, scaling must be given"),
    (
        "aggregate: arithmetic",
        "aggregate: geometric",
        "'contributions' is missing, but the mean 'geometric' does not add",
    ),
    ("aggregate: arithmetic", "aggregate: median", "'contributions' is missing"),
    ("minimum_coverage: 0.5", "interval: [5, 200]", "framework.yml:2: 'interval' 5 to 200 is not between 0 and 100"),
    ("minimum_coverage: 0.5", "seed: -7", "framework.yml:2: '-7' is below 0, the least allowed"),
    ("minimum_coverage: 0.5", "draws: -4", "framework.yml:2: '-4' is below 0, the least allowed"),
    ("minimum_coverage: 0.5", "minimum_coverage: 5", "framework.yml:2: minimum_coverage 5 is not between 0 and 1"),
    ("minimum_coverage: 0.5", "draws: 10", "framework.yml:2: 'seed' is missing, but there are draws"),
    ("minimum_coverage: 0.5", "scale: [1, 0]", "framework.yml:2: 'scale' needs two numbers, the lower first"),
    ("minimum_coverage: 0.5", "colour: red", "framework.yml:2: 'colour' is not known here"),
    ("id: a,", "id: a, treat: log_shifted,", "'reference' is missing, but 'log_shifted' looks at other rows"),
    (
        "id: a,",
        "id: a, error: {absolute: 1, relative: 1},",
        "framework.yml:7: an error is either 'absolute' or 'relative'",
    ),
    ("id: a,", "id: a, aspect: share,", "framework.yml:7: only a fact has an 'aspect'"),
]


@pytest.mark.parametrize(("old", "new", "said"), FAULTS, ids=[new or old for old, new, _ in FAULTS])
def test_a_fault_is_named(old: str, new: str, said: str) -> None:
    faults = faults_of(SOUND.replace(old, new, 1))
    assert any(said in each for each in faults), faults


def test_all_faults_are_named_at_once() -> None:
    faulty = SOUND.replace("column: b,", "").replace("cap: yes, curve: linear", "curve: bent").replace("0.5", "-1")
    assert len(faults_of(faulty)) == 4


def test_every_fact_that_a_framework_names_is_known_with_its_place() -> None:
    written = SOUND.replace("column: b", "fact: trade.total, aspect: share, denominate: {by: people}")
    framework = framework_of(written.replace("target: 10", "target: {fact: world.best}"))
    assert [f"{place}: {fact}" for fact, place in facts_named(framework)] == [
        "framework.yml:7 a: a",
        "framework.yml:7 a: world.best",
        "framework.yml:8 b: trade.total",
        "framework.yml:8 b: people",
    ]


WORKSPACE = """
defaults: {weights: equal, aggregate: arithmetic, direction: more}
index:
  id: all
  name: {zh: 总体, en: Overall}
  because: {zh: 因此, en: So it is}
  children:
    - id: a
      name: {zh: 甲, en: A}
      because: {zh: 因此, en: So it is}
      fact: a
      normalise:
        method: goalposts
        floor: 0
        target: 10
        cap: yes
        curve: linear
        because: {zh: 因此, en: So it is}
        source: [yearbook]
"""
TWO = {"languages": ("zh", "en")}


def test_a_workspace_says_why_in_every_language() -> None:
    assert "the reason for the goalposts of 'a' is missing in 'en'" in fault(
        "curve: linear\n        because: {zh: 因此, en: So it is}",
        "curve: linear\n        because: {zh: 因此}",
        WORKSPACE,
        **TWO,
    )
    assert "'en' is missing" in fault("name: {zh: 甲, en: A}", "name: {zh: 甲}", WORKSPACE, **TWO)
    assert "the goalposts of 'a' have no source" in fault("        source: [yearbook]\n", "", WORKSPACE, **TWO)
    assert "'all' has no reason" in fault(
        "  because: {zh: 因此, en: So it is}\n  children", "  children", WORKSPACE, **TWO
    )


def test_a_source_that_nobody_lists_is_named() -> None:
    said = fault("[yearbook]", "[yearbok]", WORKSPACE, **TWO, sources={"yearbook"})
    assert said.endswith(" a: 'yearbok' is not a source; did you mean 'yearbook'?")


def test_goalposts_that_are_facts_need_no_source_and_get_their_value_later() -> None:
    framework = framework_of(WORKSPACE.replace("target: 10", "target: {fact: world.best}"))
    assert framework.goalpost_facts() == ("world.best",)
    assert math.isnan(framework.indicators()[0].normalise.number("target"))
    ready = with_goalposts(framework, {"world.best": 12.0})
    assert ready.indicators()[0].normalise.number("target") == 12.0
    assert ready.goalpost_facts() == ("world.best",)


AHP = """
defaults: {aggregate: arithmetic, direction: more, normalise: none}
index:
  id: all
  weights: {method: ahp, random_index: saaty_1980, matrix: MATRIX}
  children: [{id: a, column: a}, {id: b, column: b}, {id: c, column: c}]
"""
CONSISTENT = "[[1, 2, 4], [1/2, 1, 2], [1/4, 1/2, 1]]"
CIRCULAR = "[[1, 3, 1/3], [1/3, 1, 3], [3, 1/3, 1]]"


def test_inconsistent_judgements_are_refused_unless_accepted_with_a_reason() -> None:
    assert "inconsistent: CR 1.149 > 0.1" in fault("MATRIX", CIRCULAR, AHP)
    accepted = f"{CIRCULAR}, accept_inconsistency: {{en: a cycle is what the experts meant}}"
    assert framework_of(AHP.replace("MATRIX", accepted)).index.weights.name == "ahp"
    matrix = framework_of(AHP.replace("MATRIX", CONSISTENT)).index.weights.parameters["matrix"]
    assert isinstance(matrix, tuple) and matrix[0] == (1.0, 2.0, 4.0)


def test_judgements_must_be_reciprocal_and_fit_the_children() -> None:
    lopsided = AHP.replace("MATRIX", CONSISTENT.replace("1/2, 1, 2", "1, 1, 2"))
    assert "row 1, column 2 is 2 but its mirror image is 1" in faults_of(lopsided)[0]
    assert "2 rows of judgements for 3 children" in fault("MATRIX", "[[1, 2], [1/2, 1]]", AHP)
    assert "the matrix is not square" in fault("MATRIX", "[[1, 2, 3], [1/2, 1, 1], [1/3]]", AHP)


MEANS = """
scale: [0, 100]
seed: 1
draws: 50
reference: each_period
contributions: proportional
defaults: {weights: equal, aggregate: arithmetic, direction: more, normalise: NORMALISE}
uncertainty: {DOUBT}
index: {id: all, aggregate: MEAN, children: [{id: one, children: CHILDREN}]}
"""


def means(normalise: str, mean: str, children: str = "[{id: a, column: a}]", doubt: str = "") -> str:
    text = MEANS.replace("NORMALISE", normalise).replace("MEAN", mean)
    return text.replace("CHILDREN", children).replace("DOUBT", doubt)


TWO_LEAVES = "[{id: a, column: a}, {id: b, column: b}]"
ZERO = "is 0 for it; start the scale above zero"
BELOW = "cannot take scores below zero: 'one'; take an arithmetic mean"


@pytest.mark.parametrize(
    ("normalise", "mean", "said"),
    [
        ("min_max", "geometric", ZERO),
        ("min_max", "{method: power, exponent: -2}", ZERO),
        ("{method: percentile_rank, divisor: n_minus_one, ties: average}", "harmonic", ZERO),
        ("{method: borda, ties: average}", "geometric", ZERO),
        ("{method: z_score, ddof: 1}", "geometric", BELOW),
        ("difference_from_mean", "{method: power, exponent: 2}", BELOW),
    ],
)
def test_a_mean_that_cannot_take_what_is_below_it_is_refused_however_deep_that_is(
    normalise: str, mean: str, said: str
) -> None:
    assert said in fault("MEAN", mean, means(normalise, "MEAN"))


@pytest.mark.parametrize(
    ("normalise", "mean", "children"),
    [
        ("min_max", "geometric", TWO_LEAVES),  # only who is worst in both gets nothing
        ("min_max", "{method: power, exponent: 2}", "[{id: a, column: a}]"),
        ("{method: percentile_rank, divisor: n, ties: average}", "geometric", "[{id: a, column: a}]"),
        ("{method: z_score, ddof: 1, mean: 50, deviation: 10}", "geometric", TWO_LEAVES),
        ("{method: z_score, ddof: 1}", "arithmetic", TWO_LEAVES),
    ],
)
def test_a_mean_that_need_not_fail_is_accepted(normalise: str, mean: str, children: str) -> None:
    framework_of(means(normalise, mean, children))


def test_a_scale_that_starts_above_zero_saves_a_geometric_mean() -> None:
    framework_of(means("min_max", "geometric").replace("[0, 100]", "[1, 100]"))


@pytest.mark.parametrize(
    ("doubt", "said"),
    [
        ("{method: z_score, ddof: 1}", "'z_score' counts in another unit than 'min_max'; give z_score a 'mean'"),
        ("{method: rank, ties: lowest}", "'rank' counts in another unit than 'min_max'; take percentile_rank"),
        ("none", "for 'a', 'b', 'none' counts in another unit than 'min_max'; an interval over both"),
        (
            "{method: categories, cuts: [5], points: [0, 200], by: value}",
            "'categories' counts in another unit than 'min_max'",
        ),
        ("min_max", "this alternative changes no indicator"),
    ],
)
def test_alternatives_that_would_mix_units_in_an_interval_or_change_nothing_are_refused(doubt: str, said: str) -> None:
    assert said in fault("DOUBT", f"normalise: [{doubt}]", means("min_max", "arithmetic", TWO_LEAVES, "DOUBT"))


@pytest.mark.parametrize(
    "doubt",
    [
        "{method: z_score, ddof: 1, mean: 50, deviation: 10}",
        "{method: categories, cuts: [5], points: [0, 90], by: value}",
    ],
)
def test_an_alternative_on_the_scale_is_accepted(doubt: str) -> None:
    framework_of(means("min_max", "arithmetic", TWO_LEAVES, f"normalise: [{doubt}]"))


POSTS = "{method: goalposts, floor: 0, target: 9, cap: yes, curve: linear}"
ERROR = "no indicator has an 'error' to draw; declare the 'error' of an indicator, or leave 'measurement' out"


@pytest.mark.parametrize(
    ("doubt", "normalise", "children", "said"),
    [
        ("measurement: yes", POSTS, TWO_LEAVES, ERROR),
        ("weights: {noise: 0.1}", POSTS, "[{id: a, column: a}]", "no branch has two children whose weights could vary"),
        (
            "goalposts: {floor: 0.1, target: 0}",
            "min_max",
            TWO_LEAVES,
            "no indicator is normalised by goalposts that could vary",
        ),
        ("goalposts: {floor: 0, target: 0}", POSTS, TWO_LEAVES, "floor and target vary by 0: nothing is drawn"),
        (
            "aggregate: {one: [{method: power, exponent: 1}]}",
            POSTS,
            TWO_LEAVES,
            "'power' changes nothing in 'one'; it comes to the same as 'arithmetic'",
        ),
        ("aggregate: {all: [geometric]}", POSTS, TWO_LEAVES, "'geometric' changes nothing in 'all'"),
        ("aggregate: {all: [median]}", POSTS, TWO_LEAVES, "'median' changes nothing in 'all'"),
    ],
)
def test_what_is_said_to_vary_and_cannot_is_refused(doubt: str, normalise: str, children: str, said: str) -> None:
    assert said in fault("DOUBT", doubt, means(normalise, "arithmetic", children, "DOUBT"))


@pytest.mark.parametrize(
    "doubt",
    [
        "aggregate: {one: [{method: power, exponent: 1, least: 2}]}",
        "aggregate: {one: [median, geometric]}",
        "aggregate: {all: [borda]}",
    ],
)
def test_a_mean_that_differs_or_an_outranking_of_one_child_is_an_alternative(doubt: str) -> None:
    framework_of(means(POSTS, "arithmetic", TWO_LEAVES, doubt))


def test_outranking_is_no_alternative_to_a_mean_of_deviations() -> None:
    plain = means("{method: z_score, ddof: 1}", "arithmetic", TWO_LEAVES, "DOUBT")
    assert "'borda' counts in another unit" in fault("DOUBT", "aggregate: {all: [borda]}", plain)
    on_scale = plain.replace("ddof: 1", "ddof: 1, mean: 50, deviation: 10")
    assert framework_of(on_scale.replace("DOUBT", "aggregate: {all: [borda]}"))
    assert "'arithmetic' of 'all' is declared already" in fault("DOUBT", "aggregate: {all: [arithmetic]}", on_scale)


MANY = """
seed: 1
draws: 10
defaults: DEFAULTS
uncertainty: DOUBTS
index:
  id: all
  children: [LEAVES]
"""
GOOD = (
    "{weights: equal, aggregate: arithmetic, direction: more, "
    "normalise: {method: goalposts, floor: 0, target: 10, cap: yes, curve: linear}}"
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("curve: linear", "curve: bent", "'bent' is not a value of 'curve'"),
        ("method: goalposts", "method: goalpost", "'goalpost' is not a method for 'normalise'"),
        ("direction: more", "direction: up", "'up' is not an allowed value"),
        ("direction: more", "direction: less", "direction 'less', but the floor is 0 and the target 10"),
        ("weights: equal", "weights: equl", "'equl' is not a method for 'weights'"),
        ("DOUBTS", "{normalise: [{curve: log}]}", "for 'i0', 'i1', 'i2' and 46 more, floor 0 is outside the curve"),
        ("DOUBTS", "{normalise: [{method: rank, ties: lowest}]}", "for 'i0', 'i1', 'i2' and 46 more, 'rank' counts in"),
    ],
)
def test_one_fault_in_what_49_indicators_share_is_one_message(old: str, new: str, said: str) -> None:
    leaves = ", ".join(f"{{id: i{k}, column: c}}" for k in range(49))
    text = MANY.replace("DEFAULTS", GOOD).replace("LEAVES", leaves).replace(old, new, 1)
    faults = [
        each for each in faults_of(text.replace("DOUBTS", "{weights: {dirichlet: 9}}")) if "reference" not in each
    ]
    assert len(faults) == 1 and said in faults[0], faults


@pytest.mark.parametrize(
    ("more", "said"),
    [("mean: 5", "'mean' and 'deviation' of 'z_score' go together"), ("mean: 5, deviation: -1", "is not above 0")],
)
def test_a_scaled_z_score_needs_a_mean_and_a_deviation(more: str, said: str) -> None:
    assert said in fault("NORMALISE", f"{{method: z_score, ddof: 0, {more}}}", means("NORMALISE", "arithmetic"))


def test_one_default_without_reason_or_source_is_one_message() -> None:
    leaves = "\n".join(f"    - {{id: i{k}, fact: f, name: {{en: I}}, because: {{en: so it is}}}}" for k in range(49))
    text = f"defaults: {GOOD}\nindex:\n  id: all\n  name: {{en: All}}\n  because: {{en: so}}\n  children:\n{leaves}\n"
    assert [each.partition(": ")[2] for each in faults_of(text, languages=("en",))] == [
        "the goalposts of 'i0', 'i1', 'i2' and 46 more has no reason; say why under 'because', in every language",
        "the goalposts of 'i0', 'i1', 'i2' and 46 more have no source",
    ]
    posts = text.replace("target: 10", "target: {fact: world.best}")
    assert [fact for fact, _ in facts_named(framework_of(posts))].count("world.best") == 1


DOUBTS = [
    ("{weights: {dirichlet: 0}}", "the concentration 0 is not above 0"),
    ("{weights: {noise: 2}}", "the noise 2 is not above 0 and at most 1"),
    ("{weights: {noise: 0}}", "the noise 0 is not above 0 and at most 1"),
    ("{weights: {dirichlet: 3, noise: 1}}", "either by 'dirichlet' or by 'noise'"),
    ("{goalposts: {floor: 0, target: 0.6}}", "target 0.6 is not between 0 and 0.5"),
    ("{normalise: [{curve: log}]}", "for 'a', floor 0 is outside the curve 'log'"),
    ("{normalise: [{ddof: 1}]}", "this alternative changes no indicator"),
    ("{normalise: [{bend: 1}]}", "'bend' is not a parameter"),
    ("{aggregate: {al: [median]}}", "'al' is not a branch; did you mean 'all'?"),
]


@pytest.mark.parametrize(("written", "said"), DOUBTS, ids=[written for written, _ in DOUBTS])
def test_a_fault_of_the_uncertainty_is_named(written: str, said: str) -> None:
    assert said in faults_of(f"uncertainty: {written}{SOUND}")[0]


def test_a_framework_without_a_node_is_a_framework() -> None:
    smaller = without(framework_of(AHP.replace("MATRIX", CONSISTENT)), "b")
    assert [node.id for node in smaller.components()] == ["all", "a", "c"]
    assert smaller.index.weights.parameters["matrix"] == ((1.0, 4.0), (0.25, 1.0))
    with pytest.raises(ValueError, match="nothing is left"):
        without(framework_of(WORKSPACE), "a")


def test_every_field_method_and_parameter_is_documented_once() -> None:
    text = (Path(__file__).parents[2] / "docs/framework.md").read_text(encoding="utf-8")
    whole, node, methods, doubt = (text.split(f"## {head}\n")[1].split("\n## ")[0] for head in HEADS)
    assert first_cells(whole) == {*method_options.TOP, *method_options.TOP_OPTIONAL}
    fields = (*method_options.NODE, *method_options.NODE_OPTIONAL, *method_options.BRANCH)
    assert first_cells(node) == {*fields, *method_options.BRANCH_OPTIONAL, *method_options.LEAF_OPTIONAL}
    rows, parameters = methods.split("| parameter |")
    assert first_cells(parameters) == set(method_options.PARAMETERS)
    found = re.findall(r"^\| `(\w+)` \| `(\w+)` \|([^|]*)\|", rows, re.MULTILINE)
    said = {(step, method): tuple(re.findall(r"`(\w+)`", given)) for step, method, given in found}
    known = [(step, name, each) for step, choices in method_options.STEPS.items() for name, each in choices.items()]
    assert said == {(step, name): (*each.required, *each.optional) for step, name, each in known}
    assert first_cells(doubt) == set(uncertainty.KEYS)


HEADS = ("The whole", "A node", "Methods", "Uncertainty")


def first_cells(text: str) -> set[str]:
    return {
        name for cell in re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    }
