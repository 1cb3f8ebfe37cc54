"""Every choice that a framework can name, with its parameters: the reader and the schema both follow these tables."""

from collections.abc import Mapping
from dataclasses import dataclass

NUMBER, NUMBERS, GOALPOST, TEXT, MATRIX, REASON = "number", "numbers", "goalpost", "text", "matrix", "reason"


@dataclass(frozen=True)
class Choice:
    """A named method of one step.

    `required` and `optional` are its parameters. A `relative` one looks at the other rows of the panel. A `bounded`
    one gives 0 to 1, which the framework's scale stretches.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    relative: bool = False
    bounded: bool = False


PARAMETERS: Mapping[str, str | tuple[str, ...]] = {
    "floor": GOALPOST,
    "target": GOALPOST,
    "cap": ("yes", "top", "no"),
    "curve": ("linear", "log", "log_plus_one"),
    "ddof": ("0", "1"),
    "ties": ("lowest", "average"),
    "divisor": ("n", "n_minus_one"),
    "unit": TEXT,
    "threshold": NUMBER,
    "cuts": NUMBERS,
    "points": NUMBERS,
    "by": ("percentile", "value"),
    "of": TEXT,
    "exponent": NUMBER,
    "matrix": MATRIX,
    "random_index": ("saaty_1980", "saaty_2007", "alonso_lamata_2006"),
    "accept_inconsistency": REASON,
    "data": ("raw", "scores"),
    "scaling": ("sum", "min_max_then_sum"),
    "factors": NUMBER,
    "least_variance": NUMBER,
    "most": NUMBER,
    "group": TEXT,
    "skew": NUMBER,
    "kurtosis": NUMBER,
    "lambda": NUMBER,
}

NORMALISATIONS: Mapping[str, Choice] = {
    "goalposts": Choice(("floor", "target", "cap", "curve"), bounded=True),
    "min_max": Choice(relative=True, bounded=True),
    "z_score": Choice(("ddof",), relative=True),
    "rank": Choice(("ties",), relative=True),
    "borda": Choice(("ties",), relative=True),
    "percentile_rank": Choice(("divisor", "ties"), relative=True, bounded=True),
    "distance_to_target": Choice(("target", "cap"), relative=True, bounded=True),
    "distance_to_unit": Choice(("unit", "cap"), relative=True, bounded=True),
    "share_of_best": Choice(relative=True, bounded=True),
    "share_of_worst": Choice(relative=True),
    "share_of_mean": Choice(relative=True),
    "difference_from_mean": Choice(relative=True),
    "difference_from_worst": Choice(relative=True),
    "above_below_mean": Choice(("threshold",), relative=True),
    "categories": Choice(("cuts", "points", "by"), relative=True),
    "share": Choice(("of", "cap"), bounded=True),
    "none": Choice(),
}

AGGREGATIONS: Mapping[str, Choice] = {
    "arithmetic": Choice(),
    "geometric": Choice(),
    "harmonic": Choice(),
    "power": Choice(("exponent",)),
    "median": Choice(),
    "borda": Choice(relative=True),
    "copeland": Choice(relative=True),
    "kemeny": Choice(relative=True),
}

WEIGHTINGS: Mapping[str, Choice] = {
    "given": Choice(),
    "equal": Choice(),
    "ahp": Choice(("matrix", "random_index"), ("accept_inconsistency",)),
    "entropy": Choice(("data", "scaling"), relative=True),
    "standard_deviation": Choice(("data", "ddof"), relative=True),
    "critic": Choice(("data",), relative=True),
    "pca": Choice(("data",), ("factors", "least_variance"), relative=True),
}

TREATMENTS: Mapping[str, Choice] = {
    "none": Choice(),
    "log": Choice(),
    "log_shifted": Choice(relative=True),
    "log_shifted_by_skew": Choice(relative=True),
    "log_from_one": Choice(relative=True),
    "log_stretched": Choice(relative=True),
    "box_cox": Choice(("lambda",), relative=True),
    "winsorise": Choice(("most", "skew", "kurtosis"), relative=True),
}

IMPUTATIONS: Mapping[str, Choice] = {
    "none": Choice(),
    "mean": Choice(relative=True),
    "median": Choice(relative=True),
    "group_mean": Choice(("group",), relative=True),
    "group_median": Choice(("group",), relative=True),
    "carry": Choice(("most",)),
}

STEPS: Mapping[str, Mapping[str, Choice]] = {
    "normalise": NORMALISATIONS,
    "aggregate": AGGREGATIONS,
    "weights": WEIGHTINGS,
    "treat": TREATMENTS,
    "impute": IMPUTATIONS,
}

DIRECTIONS = ("more", "less")
ASPECTS = ("value", "share")
CONTRIBUTIONS = ("proportional", "aumann_shapley")
REFERENCES = ("each_period", "all_periods")

# Ratios to a mean or to the worst have no agreed mirror image for "less is better".
ONE_WAY = ("share_of_worst", "share_of_mean", "difference_from_mean", "difference_from_worst", "share", "none")
