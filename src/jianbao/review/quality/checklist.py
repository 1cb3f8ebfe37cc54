"""Define the points of the first page, collect all points of the checklist, and judge a finished file by them."""

from collections.abc import Iterator, Sequence

from jianbao.core.messages import tr, tr_list
from jianbao.review.quality import checks_argument, checks_language, checks_numbers
from jianbao.review.quality.document_view import DocumentView, Flag
from jianbao.review.quality.model import (
    FAILED,
    MET,
    PARTLY,
    Decision,
    Outcome,
    PointGroup,
    QualityVerdict,
    by_eye,
    by_parts,
    score_share,
)
from jianbao.text.render import facts_in

# The first page

IDENTITY = {
    "issuer_line": tr("issuer_line"),
    "reader_line": tr("reader_line"),
    "period": tr("period"),
    "as_of": tr("as_of"),
    "issue": tr("issue"),
}
IN_A_DRAFT = {"issuer_line": "unissued"}  # the phrase that a draft has instead
LEEWAY = 0.25  # share of a limit by which a text may miss it and still score 1
FIRST_PAGE_GROUP = PointGroup("A1", tr("First page"))


@FIRST_PAGE_GROUP.point(1, tr("the title states a finding and is short"), "EP")
def title_says_the_finding(view: DocumentView) -> Outcome:
    """Judge the title: a statement, within its length."""
    title, most = view.text(view.brief.title), view.rules.limits.title
    length = view.rules.length(title)
    flags = (view.flag(title),)
    if not view.rules.states(title):
        return Outcome(FAILED, tr("it names the subject and states nothing"), flags)
    return Outcome(
        MET if length <= most else PARTLY,
        tr("it states something in {length} (at most {most})", length=length, most=most),
        flags,
    )


@FIRST_PAGE_GROUP.point(2, tr("the message is complete in a box before anything else"), "EP")
def message_is_complete(view: DocumentView) -> Outcome:
    """Judge the box: on page one, before any heading, and of the right length."""
    blocks = view.summary.blocks
    boxes = [block for block in blocks if block.kind == "box"]
    if not boxes:
        return Outcome(FAILED, tr("the first page has no box with the message"))
    texts = [view.texts(each) for box in boxes for each in (box, *box.items)]
    length = sum(view.rules.length(text) for text in texts)
    least, most = view.rules.limits.box
    before = [block for block in blocks[: blocks.index(boxes[0])] if block.kind == "heading"]
    near = least * (1 - LEEWAY) <= length <= most * (1 + LEEWAY)
    off = [Flag(text, 0, tr("is not on page one")) for text in texts if not view.is_on_first_page(text)]
    if off or before or not near:
        why = tr(
            "it is {length} long ({least} to {most}), {headings} headings are before it",
            length=length,
            least=least,
            most=most,
            headings=len(before),
        )
        return Outcome(FAILED, why, (*off, *(view.flag(view.texts(each)) for each in before)))
    return Outcome(
        MET if least <= length <= most else PARTLY,
        tr("it is {length} long ({least} to {most})", length=length, least=least, most=most),
    )


@FIRST_PAGE_GROUP.point(3, tr("every measure has its line, in the order of the body"), "P")
def measures_are_listed(view: DocumentView) -> Outcome:
    """Judge the list of measures: all of them, in the order of the body, on page one."""
    tables = [block.table for block in view.summary.blocks if block.kind == "measures" and block.table]
    listed = [view.text(row[1]) for table in tables for row in table.rows]
    titles = [view.text(card.statements[0]) for card in view.cards()]
    missing = [view.flag(title, tr("not on page one")) for title in titles if not view.is_on_first_page(title)]
    if listed == titles and titles and not missing:
        return Outcome(MET, tr("all {count} are there, in the order of the body", count=len(titles)))
    same = sorted(listed) == sorted(titles) and not missing
    return Outcome(
        PARTLY if same else FAILED,
        tr("{count} are listed, the body has {titles}", count=len(listed), titles=len(titles)),
        tuple(missing),
    )


@FIRST_PAGE_GROUP.point(4, tr("a decision is asked for, and the score has its scale, comparison and interval"), "EP")
def a_decision_is_asked_for(view: DocumentView) -> Outcome:
    """Judge the requested decision on the first page, and the paragraphs with the score, there or in the body."""
    score, index = view.ledger.get(f"score.{view.index}"), view.index
    stating = [
        (set(facts_in(each.statements)), view.texts(each))
        for section in (view.summary, *view.body)
        for each in section.whole()
        if f"score.{index}" in facts_in(each.statements)
    ]
    facts = {fact for stated, _ in stating for fact in stated}
    text = " ".join(text for _, text in stating)
    asked = any(block.kind == "decision" or block.tone == "ask" for block in view.summary.blocks)
    return by_parts(
        (
            (asked, tr("what is to be decided")),
            (bool(stating) or score is None, tr("the score")),
            (score is None or "scale.top" in facts or bool(score.of), tr("its scale")),
            (score is None or bool({f"change.{index}", f"previous.{index}"} & facts), tr("a comparison")),
            (score is None or bool(view.rules.words("spans").search(text)), tr("its interval")),
        )
    )


@FIRST_PAGE_GROUP.point(5, tr("issuer, reader, period, data day and issue are named"), "P")
def identity_is_given(view: DocumentView) -> Outcome:
    """Judge the identity line: issuer, reader, period, data day and issue, on page one."""
    masthead = view.brief.masthead
    texts = {key: view.text(masthead.get(key) or masthead.get(IN_A_DRAFT.get(key, ""))) for key in IDENTITY}
    return by_parts((bool(text) and view.is_on_first_page(text), IDENTITY[key]) for key, text in texts.items())


@FIRST_PAGE_GROUP.point(6, tr("a stranger gets the argument in half a minute"), "E")
def reads_in_thirty_seconds(view: DocumentView) -> Outcome:
    """Leave to an editor whether the first page, headings and figure titles alone give the argument."""
    titles = [view.text(figure.title) for figure in view.figures()]
    shown = [view.flag(view.text(view.brief.title)), *(view.flag_head(title) for title in titles)]
    return by_eye(shown, tr("read the first page, the headings and these titles alone"))


# All points

GROUPS = (
    FIRST_PAGE_GROUP,
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
MAX_LISTED_FLAGS = 4  # flags of a point that are shown


def verdict_report(verdict: QualityVerdict) -> Iterator[str]:
    """Yield the verdict as lines: each group with its points and flags, the total, and the judgement."""
    yield verdict.product
    for group, decisions in verdict.groups().items():
        yield tr("  {letter} {group}: {share:.0%}", letter=group.letter, group=group.name, share=score_share(decisions))
        for each in decisions:
            yield from _decision_lines(each)
    reasons = verdict.reasons()
    judgement = tr("not good: {reasons}", reasons=tr_list(reasons, "; ")) if reasons else tr("a good brief")
    yield tr("  total {total:.0%}: {judgement}", total=verdict.total, judgement=judgement)
    yield ""


def _decision_lines(each: Decision) -> Iterator[str]:
    point, finding = each.point, each.finding
    score = "-" if finding.score is None else str(finding.score)
    stop = tr(" STOP") if point.stop else ""
    head = f"    {point.number:>2} {point.how:<2} {each.language:<3}{score}/{MET}"
    yield tr("{head}{stop} {claim}: {why}", head=head, stop=stop, claim=point.claim, why=finding.why)
    if finding.score == MET:
        return
    for flag in finding.flags[:MAX_LISTED_FLAGS]:
        quote = flag.quote if len(flag.quote) <= QUOTED else flag.quote[:QUOTED] + "…"
        matter = tr(" ({matter})", matter=flag.matter) if flag.matter else ""
        yield tr("           p. {page}: {quote}{matter}", page=flag.page or "?", quote=quote, matter=matter)
    if len(finding.flags) > MAX_LISTED_FLAGS:
        yield tr("           and {count} more", count=len(finding.flags) - MAX_LISTED_FLAGS)


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
