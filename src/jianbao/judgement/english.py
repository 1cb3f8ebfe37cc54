"""English: sentence length, who does the verb, what is carried over, and house style."""

import re

from babel import Locale

from jianbao.judgement.chinese import forbidden, patterns
from jianbao.judgement.exhibit import Exhibit
from jianbao.judgement.points import TENTH, Finding, Group, Point, by_count, by_parts
from jianbao.judgement.tongues import any_of

ORDERS = any_of(
    *("strengthen", "improve", "promote", "enhance", "deepen", "build", "establish", "advance", "accelerate"),
    *("carry out", "push", "expand", "optimize"),
    whole=True,
)
WE = re.compile(r"\b(?:[Ww]e|[Oo]ur|[Uu]s)\b")
CARRIED = any_of(
    *("caliber", "vigorously", "earnestly", "unremittingly", "short boards?", "index systems?", "locomotives?"),
    *("grasp(?:s|ed|ing)?", "construction of", "foreign affairs work", "friendship work", "work of"),
    whole=True,
)
AMERICAN = any_of(
    *(r"organis\w+", r"recognis\w+", "emphasis(?:e|ed|ing)", "colors?", "centers?", "favors?", "labors?", "neighbors?"),
    *("per cent", "percent"),
    whole=True,
)
MONTHS = tuple(Locale("en").months["format"]["wide"].values())
DATES = re.compile(rf"\b(?:{'|'.join(MONTHS)}) \d{{1,2}},")
START = re.compile(r"(?:^|[.!?]\s+)\d")
DASHED = re.compile(r"\b(?:from|between)\s+[\d,.]+\s*[-–]\s*[\d,.]+")
FEW = 2


def sentences_are_readable(exhibit: Exhibit) -> Finding:
    """Judge sentences: mean, longest, and how many are long."""
    tongue, sentences = exhibit.tongue, exhibit.sentences()
    limits, lengths = tongue.limits, [tongue.length(each) for each in sentences] or [0]
    mean, many = sum(lengths) / len(lengths), sum(length > limits.long for length in lengths) / len(lengths)
    long = [
        exhibit.flag(each, f"{tongue.length(each)} words")
        for each in sentences
        if tongue.length(each) > limits.sentence
    ]
    return by_parts(
        (
            (mean <= limits.mean, f"{mean:.1f} words in the mean"),
            (not long, f"{len(long)} over {limits.sentence}"),
            (many <= TENTH, f"{many:.0%} over {limits.long}"),
        ),
        long,
    )


def someone_does_the_verb(exhibit: Exhibit) -> Finding:
    """Judge sentences of the prose: none is an order without an actor, "we" only where an issuer is named."""
    issued = "issuer_line" in exhibit.brief.masthead
    said = exhibit.sentences()
    flags = [exhibit.flag(each, "no actor") for each in said if ORDERS.match(each)]
    flags += [] if issued else [exhibit.flag(each, "who is we?") for each in said if WE.search(each)]
    return by_count(flags, FEW, "{} sentences without an actor")


def nothing_is_carried_over(exhibit: Exhibit) -> Finding:
    """Judge words that are Chinese in English letters."""
    return by_count(exhibit.spot(CARRIED), FEW, "{} carried-over words")


def house_style_holds(exhibit: Exhibit) -> Finding:
    """Judge spelling, dates, digits at the start of a sentence, ranges, and the workspace's own patterns."""
    slips = [flag for rule in (AMERICAN, DATES, START, DASHED) for flag in exhibit.spot(rule)]
    flags = list(dict.fromkeys((*slips, *patterns(exhibit), *forbidden(exhibit))))
    return by_count(flags, FEW, "{} slips from house style")


GROUP = Group(
    "A5",
    "English",
    (
        Point(25, "sentences are as short as English likes them", "P", sentences_are_readable, tongue="en"),
        Point(26, "someone does the verb", "EP", someone_does_the_verb, tongue="en"),
        Point(27, "nothing is carried over from Chinese", "EP", nothing_is_carried_over, tongue="en"),
        Point(28, "spelling, dates and ranges follow one style", "P", house_style_holds, tongue="en"),
    ),
)
