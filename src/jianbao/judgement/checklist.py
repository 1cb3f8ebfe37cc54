"""The checklist: all points in their groups, and the verdict on a finished file."""

from collections.abc import Sequence

from jianbao.judgement import (
    apparatus,
    argument,
    chinese,
    english,
    figures,
    first_page,
    numbers,
    parity,
    recommendations,
)
from jianbao.judgement.exhibit import Exhibit
from jianbao.judgement.points import Decision, Verdict

WINGS = (first_page, argument, numbers, chinese, english, parity, figures, recommendations, apparatus)
GROUPS = tuple(wing.GROUP for wing in WINGS)


def decide(exhibits: Sequence[Exhibit]) -> Verdict:
    """Return the verdict on one file, which is laid before the judge once in each of its languages."""
    decisions = [
        Decision(group, point, exhibit.language, point.check(exhibit))
        for group in GROUPS
        for point in group.points
        for exhibit in exhibits
        if exhibit.brief.languages[exhibit.language].startswith(point.tongue)
    ]
    return Verdict(exhibits[0].product, tuple(decisions))
