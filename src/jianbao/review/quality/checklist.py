"""The checklist: all points in their groups, and the verdict on a finished file in words and as a record."""

from collections.abc import Iterator, Sequence

from jianbao.core.messages import tr, tr_list
from jianbao.review.quality import (
    checks_argument,
    checks_first_page,
    checks_language,
    checks_numbers,
)
from jianbao.review.quality.document_view import DocumentView
from jianbao.review.quality.model import MET, Decision, QualityVerdict, score_share

GROUPS = (
    checks_first_page.GROUP,
    checks_argument.ARGUMENT_GROUP,
    checks_numbers.NUMBER_GROUP,
    checks_language.CHINESE_GROUP,
    checks_language.ENGLISH_GROUP,
    checks_language.PARITY_GROUP,
    checks_numbers.FIGURE_GROUP,
    checks_argument.MEASURE_GROUP,
    checks_argument.SOURCE_GROUP,
)


def decide_points(views: Sequence[DocumentView]) -> QualityVerdict:
    """Return the verdict on one file, given as one view for each of its languages."""
    decisions = [
        Decision(group, point, view.language, point.check(view))
        for group in GROUPS
        for point in group.points
        for view in views
        if view.brief.languages[view.language].startswith(point.only_in)
    ]
    return QualityVerdict(views[0].product, tuple(decisions))


QUOTED = 60  # characters of a quotation that are shown
SHOWN = 4  # flags of a point that are shown


def verdict_report(verdict: QualityVerdict) -> Iterator[str]:
    """Yield the verdict as lines: each group with its points and flags, the total, and the judgement."""
    yield verdict.product
    for group, decisions in verdict.groups().items():
        yield tr("  {letter} {group}: {share:.0%}", letter=group.letter, group=group.name, share=score_share(decisions))
        for each in decisions:
            yield from _told(each)
    reasons = verdict.reasons()
    judgement = tr("not good: {reasons}", reasons=tr_list(reasons, "; ")) if reasons else tr("a good brief")
    yield tr("  total {total:.0%}: {judgement}", total=verdict.total, judgement=judgement)
    yield ""


def _told(each: Decision) -> Iterator[str]:
    point, finding = each.point, each.finding
    score = "-" if finding.score is None else str(finding.score)
    stop = tr(" STOP") if point.stop else ""
    head = f"    {point.number:>2} {point.how:<2} {each.language:<3}{score}/{MET}"
    yield tr("{head}{stop} {claim}: {why}", head=head, stop=stop, claim=point.claim, why=finding.why)
    if finding.score == MET:
        return
    for flag in finding.flags[:SHOWN]:
        quote = flag.quote if len(flag.quote) <= QUOTED else flag.quote[:QUOTED] + "…"
        matter = tr(" ({matter})", matter=flag.matter) if flag.matter else ""
        yield tr("           p. {page}: {quote}{matter}", page=flag.page or "?", quote=quote, matter=matter)
    if len(finding.flags) > SHOWN:
        yield tr("           and {count} more", count=len(finding.flags) - SHOWN)


def verdict_record(verdict: QualityVerdict) -> dict[str, object]:
    """Return a verdict with every flag as plain values for JSON."""
    return {
        "product": verdict.product,
        "total": round(verdict.total, 4),
        "good": not verdict.reasons(),
        "reasons": list(verdict.reasons()),
        "groups": {group.letter: round(score_share(each), 4) for group, each in verdict.groups().items()},
        "points": [_recorded(each) for each in verdict.decisions],
    }


def _recorded(each: Decision) -> dict[str, object]:
    return {
        "point": each.point.number,
        "group": each.group.letter,
        "language": each.language,
        "claim": each.point.claim,
        "how": each.point.how,
        "stop": each.point.stop,
        "score": each.finding.score,
        "why": each.finding.why,
        "flags": [{"quote": flag.quote, "page": flag.page, "matter": flag.matter} for flag in each.finding.flags],
    }
