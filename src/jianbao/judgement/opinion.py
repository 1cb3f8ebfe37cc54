"""The opinion: a verdict in words, point by point, and as a record for a program."""

from collections.abc import Iterator

from jianbao.judgement.points import MET, Decision, Verdict, share

QUOTED = 60  # characters of a quotation that are shown
SHOWN = 4  # flags of a point that are shown


def opinion(verdict: Verdict) -> Iterator[str]:
    """Yield the verdict as lines: each group with its points, what to look at, the sum, and the judgement."""
    yield verdict.product
    for group, decisions in verdict.groups().items():
        yield f"  {group.letter} {group.name}: {share(decisions):.0%}"
        for each in decisions:
            yield from _told(each)
    reasons = verdict.reasons()
    yield f"  total {verdict.total:.0%}: " + ("not good: " + "; ".join(reasons) if reasons else "a good brief")
    yield ""


def _told(each: Decision) -> Iterator[str]:
    point, finding = each.point, each.finding
    score = "-" if finding.score is None else str(finding.score)
    stop = " STOP" if point.stop else ""
    yield f"    {point.number:>2} {point.how:<2} {each.language:<3}{score}/{MET}{stop} {point.claim}: {finding.why}"
    if finding.score == MET:
        return
    for flag in finding.flags[:SHOWN]:
        page = f"p. {flag.page}" if flag.page else "p. ?"
        matter = f" ({flag.matter})" if flag.matter else ""
        quote = flag.quote if len(flag.quote) <= QUOTED else flag.quote[:QUOTED] + "…"
        yield f"           {page}: {quote}{matter}"
    if len(finding.flags) > SHOWN:
        yield f"           and {len(finding.flags) - SHOWN} more"


def recorded(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as JSON has it, with every flag."""
    return {
        "product": verdict.product,
        "total": round(verdict.total, 4),
        "good": not verdict.reasons(),
        "reasons": list(verdict.reasons()),
        "groups": {group.letter: round(share(each), 4) for group, each in verdict.groups().items()},
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
