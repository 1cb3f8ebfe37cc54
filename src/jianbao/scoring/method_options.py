"""List every choice that a framework can name, with its parameters, for the reader and for the schema."""

from collections.abc import Mapping
from dataclasses import dataclass

SCALE, RAW = "scale", "raw"  # units of normalised values
UNKNOWN = "unknown"  # a choice that could not be read; no further problems are reported for it
NUMBER, NUMBERS, GOALPOST, TEXT, MATRIX, REASON = "number", "numbers", "goalpost", "text", "matrix", "reason"
METHODS = "methods"


@dataclass(frozen=True)
class MethodOption:
    """A named method of one step.

    `required` and `optional` are its parameters. A `relative` one uses other rows of the panel. `unit` is the unit of
    a normalisation's results; those in SCALE are 0 to 1, which the framework's scale stretches.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    relative: bool = False
    unit: str = ""

    @property
    def bounded(self) -> bool:
        """Return whether the results are stretched to the framework's scale."""
        return self.unit == SCALE


PARAMETERS: Mapping[str, str | tuple[str, ...]] = {
    "floor": GOALPOST,
    "target": GOALPOST,
    "example": NUMBER,
    "cap": ("yes", "top", "no"),
    "curve": ("linear", "log", "log_plus_one"),
    "ddof": ("0", "1"),
    "mean": NUMBER,
    "deviation": NUMBER,
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
    "least": NUMBER,
    "steps": METHODS,
    "start": ("original", "treated"),
}

NORMALISATIONS: Mapping[str, MethodOption] = {
    "goalposts": MethodOption(("floor", "target", "cap", "curve"), ("example",), unit=SCALE),
    "min_max": MethodOption(relative=True, unit=SCALE),
    "z_score": MethodOption(("ddof",), ("mean", "deviation"), relative=True, unit="deviation"),
    "rank": MethodOption(("ties",), relative=True, unit="rank"),
    "borda": MethodOption(("ties",), relative=True, unit="outdone"),
    "percentile_rank": MethodOption(("divisor", "ties"), relative=True, unit=SCALE),
    "distance_to_target": MethodOption(("target", "cap"), relative=True, unit=SCALE),
    "distance_to_unit": MethodOption(("unit", "cap"), relative=True, unit=SCALE),
    "share_of_best": MethodOption(relative=True, unit=SCALE),
    "share_of_worst": MethodOption(relative=True, unit="worst_share"),
    "share_of_mean": MethodOption(relative=True, unit="mean_share"),
    "difference_from_mean": MethodOption(relative=True, unit="mean_difference"),
    "difference_from_worst": MethodOption(relative=True, unit="worst_difference"),
    "above_below_mean": MethodOption(("threshold",), relative=True, unit="sign"),
    "categories": MethodOption(("cuts", "points", "by"), relative=True, unit="points"),
    "share": MethodOption(("of", "cap"), unit=SCALE),
    "none": MethodOption(unit=RAW),
}

AGGREGATIONS: Mapping[str, MethodOption] = {
    "arithmetic": MethodOption(),
    "geometric": MethodOption((), ("least",)),
    "harmonic": MethodOption((), ("least",)),
    "power": MethodOption(("exponent",), ("least",)),
    "median": MethodOption(),
    "borda": MethodOption(relative=True),
    "copeland": MethodOption(relative=True),
    "kemeny": MethodOption(relative=True),
}

WEIGHTINGS: Mapping[str, MethodOption] = {
    "given": MethodOption(),
    "equal": MethodOption(),
    "ahp": MethodOption(("matrix", "random_index"), ("accept_inconsistency",)),
    "entropy": MethodOption(("data", "scaling"), relative=True),
    "standard_deviation": MethodOption(("data", "ddof"), relative=True),
    "critic": MethodOption(("data",), relative=True),
    "pca": MethodOption(("data",), ("factors", "least_variance"), relative=True),
}

TREATMENTS: Mapping[str, MethodOption] = {
    "none": MethodOption(),
    "log": MethodOption(),
    "log_shifted": MethodOption(relative=True),
    "log_shifted_by_skew": MethodOption(relative=True),
    "log_from_one": MethodOption(relative=True),
    "log_stretched": MethodOption(relative=True),
    "box_cox": MethodOption(("lambda",), relative=True),
    "winsorise": MethodOption(("most", "skew", "kurtosis"), relative=True),
    "chain": MethodOption(("steps", "skew", "kurtosis", "start"), relative=True),
}

IMPUTATIONS: Mapping[str, MethodOption] = {
    "none": MethodOption(),
    "mean": MethodOption(relative=True),
    "median": MethodOption(relative=True),
    "group_mean": MethodOption(("group",), relative=True),
    "group_median": MethodOption(("group",), relative=True),
    "carry": MethodOption(("most",)),
}

STEPS: Mapping[str, Mapping[str, MethodOption]] = {
    "normalise": NORMALISATIONS,
    "aggregate": AGGREGATIONS,
    "weights": WEIGHTINGS,
    "treat": TREATMENTS,
    "impute": IMPUTATIONS,
}

DIRECTIONS = ("more", "less")
CONTROLS = ("city", "shared", "outside")
ASPECTS = ("value", "share")
CONTRIBUTIONS = ("proportional", "aumann_shapley")
REFERENCES = ("each_period", "all_periods")
SCREENED = ("before_imputation", "after_imputation")
COVERAGES = ("weight", "children")

# Ratios to a mean or to the worst have no agreed mirror image for "less is better".
ONE_WAY = ("share_of_worst", "share_of_mean", "difference_from_mean", "difference_from_worst", "share", "none")

# The keys of a framework file: of the whole, of each node, of branches and of indicators.
TOP = ("index",)
TOP_OPTIONAL = (
    "seed",
    "draws",
    "interval",
    "decimals",
    "rank_decimals",
    "scale",
    "contributions",
    "reference",
    "minimum_coverage",
    "leave_out_unmeasured",
    "screen",
    "coverage",
    "table",
    "defaults",
    "uncertainty",
)
REFERENCE = ("impute", "treat", "normalise")
SCREEN = ("least", "when")
DEFAULTS = ("aggregate", "weights", "normalise", "treat", "impute", "direction")
NODE = ("id",)
NODE_OPTIONAL = ("name", "weight", "because", "source")
BRANCH = ("children",)
BRANCH_OPTIONAL = ("weights", "aggregate", "minimum_coverage", "least_indicators")
LEAF_OPTIONAL = (
    "fact",
    "column",
    "aspect",
    "direction",
    "normalise",
    "treat",
    "impute",
    "denominate",
    "error",
    "control",
)
