"""Checks on the first page: its contents, its length, and whether it is complete without the rest."""

from jianbao.core.messages import tr
from jianbao.review.quality.document_view import DocumentView, Flag
from jianbao.review.quality.model import FAILED, MET, PARTLY, Outcome, PointGroup, by_eye, by_parts
from jianbao.text.render import facts_in

IDENTITY = {
    "issuer_line": tr("issuer_line"),
    "reader_line": tr("reader_line"),
    "period": tr("period"),
    "as_of": tr("as_of"),
    "issue": tr("issue"),
}
IN_A_DRAFT = {"issuer_line": "unissued"}  # the phrase that a draft has instead
LEEWAY = 0.25  # share of a limit by which a text may miss it and still get a 1
GROUP = PointGroup("A1", tr("First page"))


@GROUP.point(1, tr("the title states a finding and is short"), "EP")
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


@GROUP.point(2, tr("the message stands complete in a box before anything else"), "EP")
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
    off = [Flag(text, 0, tr("does not stand on page one")) for text in texts if not view.is_on_first_page(text)]
    if off or before or not near:
        why = tr(
            "it is {length} long ({least} to {most}), {headings} headings stand before it",
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


@GROUP.point(3, tr("every measure has its line, in the order of the body"), "P")
def measures_are_listed(view: DocumentView) -> Outcome:
    """Judge the list of measures: all of them, in the order of the body, on page one."""
    tables = [block.table for block in view.summary.blocks if block.kind == "measures" and block.table]
    listed = [view.text(row[1]) for table in tables for row in table.rows]
    titles = [view.text(card.statements[0]) for card in view.cards()]
    missing = [view.flag(title, tr("not on page one")) for title in titles if not view.is_on_first_page(title)]
    if listed == titles and titles and not missing:
        return Outcome(MET, tr("all {count} stand there in the order of the body", count=len(titles)))
    same = sorted(listed) == sorted(titles) and not missing
    return Outcome(
        PARTLY if same else FAILED,
        tr("{count} are listed, the body has {titles}", count=len(listed), titles=len(titles)),
        tuple(missing),
    )


@GROUP.point(4, tr("a decision is asked for, and the score has its scale, comparison and interval"), "EP")
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


@GROUP.point(5, tr("issuer, reader, period, data day and issue are named"), "P")
def identity_is_given(view: DocumentView) -> Outcome:
    """Judge the identity line: issuer, reader, period, data day and issue, on page one."""
    masthead = view.brief.masthead
    texts = {key: view.text(masthead.get(key) or masthead.get(IN_A_DRAFT.get(key, ""))) for key in IDENTITY}
    return by_parts((bool(text) and view.is_on_first_page(text), IDENTITY[key]) for key, text in texts.items())


@GROUP.point(6, tr("a stranger gets the argument in half a minute"), "E")
def reads_in_thirty_seconds(view: DocumentView) -> Outcome:
    """Leave to an editor whether the first page, headings and figure titles alone give the argument."""
    titles = [view.text(figure.title) for figure in view.figures()]
    shown = [view.flag(view.text(view.brief.title)), *(view.flag_head(title) for title in titles)]
    return by_eye(shown, tr("read the first page, the headings and these titles alone"))
