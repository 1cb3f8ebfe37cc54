"""The argument: claims first, evidence beside them, fair comparison, no cause without a reason, and a fit length."""

from jianbao.brief.model import Block, Section
from jianbao.core.messages import tr, tr_later
from jianbao.review.quality.document_view import DocumentView, Paragraph
from jianbao.review.quality.model import TENTH, Finding, PointGroup, by_count, by_eye, by_parts, by_share

SENTENCES = 4  # of a paragraph, at most
PAGES = (4, 8)  # of a language, annexes and references left out
METHOD = 0.5  # of a page
ADVICE = 0.25  # of the body
FEW = 2
MARGINS = 1 / 7  # of a sheet, above and below its text
MILLIMETRES = 25.4 / 72  # of a point
GROUP = PointGroup("A2", tr("Argument"))


@GROUP.point(7, tr("headings of the findings state them"), "EP")
def headings_state_findings(view: DocumentView) -> Finding:
    """Judge the headings of the findings: each states something."""
    titles = view.headings(*view.findings)
    silent = [view.flag_head(title, tr("names a subject")) for title in titles if not view.tongue.states(title)]
    return by_share(silent, len(titles), tr_later("{good} of {total} headings state something"))


@GROUP.point(8, tr("a paragraph opens with its claim and has few sentences"), "EP")
def claim_comes_first(view: DocumentView) -> Finding:
    """Judge the paragraphs: few sentences, the first of them no longer than a claim is."""
    tongue = view.tongue
    listed = list(view.paragraphs(*view.body))
    flags = []
    for each in listed:
        sentences = tongue.sentences(each.text)
        if len(sentences) > SENTENCES:
            flags.append(view.flag(each.text, tr("{count} sentences", count=len(sentences))))
        elif sentences and tongue.length(sentences[0]) > tongue.limits.sentence:
            flags.append(view.flag(sentences[0], tr("too long for a claim")))
    return by_share(flags, len(listed), tr_later("{good} of {total} paragraphs open with a claim and are short"))


@GROUP.point(9, tr("evidence stands beside each claim"), "EP", stop=True)
def evidence_stands_beside_the_claim(view: DocumentView) -> Finding:
    """Judge the findings: every paragraph states a fact or bears a mark to one."""
    listed = list(view.paragraphs(*view.findings))
    bare = [view.flag(each.text, tr("no number, mark or source")) for each in listed if not _founded(each)]
    return by_share(bare, len(listed), tr_later("{good} of {total} paragraphs bear evidence"), TENTH)


def _founded(each: Paragraph) -> bool:
    stated = any(statement.facts() for statement in each.block.statements)
    return stated or bool(each.block.references or each.block.evidence)


@GROUP.point(10, tr("a comparison says with whom"), "EP")
def comparison_names_its_side(view: DocumentView) -> Finding:
    """Judge sentences that compare: each paragraph says with whom, when or by how much."""
    compared = [
        each
        for each in view.paragraphs(view.summary, *view.findings)
        if view.tongue.words("comparisons").search(each.text)
    ]
    loose = [
        view.flag(each.text, tr("compares with nobody"))
        for each in compared
        if not view.tongue.words("sides").search(each.text)
    ]
    return by_share(loose, len(compared), tr_later("{good} of {total} comparisons name the other side"))


@GROUP.point(11, tr("no cause is read into what merely goes together"), "EP")
def no_cause_is_claimed(view: DocumentView) -> Finding:
    """Judge words of cause, which need a test or a mechanism."""
    return by_count(view.spot("causes", matter=tr("claims a cause")), FEW, tr_later("{count} words of cause"))


@GROUP.point(12, tr("the limits that matter are said early"), "E")
def limits_are_said_early(view: DocumentView) -> Finding:
    """Leave to an editor whether two or three limits stand before the measures; show where method stands."""
    titles = [view.text(section.title) for section in view.body]
    return by_eye(
        [view.flag_head(title) for title in titles], tr("see that limits that could change the decision come early")
    )


@GROUP.point(13, tr("length and balance are those of a brief"), "P")
def length_and_balance_fit(view: DocumentView) -> Finding:
    """Judge pages, length, the room of the method and the share of the measures."""
    tongue, (least, most) = view.tongue, view.tongue.limits.brief
    advised = {section.id for section in view.advice}
    lengths = [(each.section.id, tongue.length(each.text)) for each in view.prose()]
    whole = sum(length for _, length in lengths)
    advice = sum(length for section, length in lengths if section in advised) / max(whole, 1)
    pages, method = body_pages(view), max((room(view, each) for each in methods(view)), default=0.0)
    few, many = (bound * view.beside for bound in PAGES)
    return by_parts(
        (
            (few <= pages <= many, tr("{pages} pages of {few} to {many}", pages=pages, few=few, many=many)),
            (least <= whole <= most, tr("{whole} long of {least} to {most}", whole=whole, least=least, most=most)),
            (method <= METHOD * view.beside, tr("the method takes {pages:.2f} pages", pages=method)),
            (advice >= ADVICE, tr("measures are {share:.0%} of the text", share=advice)),
        )
    )


def body_pages(view: DocumentView) -> int:
    """Return on which page the body ends: where the references or the first annex begin."""
    annexes = [section.title for section in view.brief.sections if section.role == "annex"]
    heads = [view.head_of(view.text(title)) for title in (view.brief.words.get("references"), *annexes)]
    return min((head[0] for head in heads if head), default=len(view.printed.pages))


def methods(view: DocumentView) -> list[Section]:
    """Return the sections of the body that tell how the scores are made."""
    return [section for section in view.body if any(fact.startswith("method.") for fact in _stated(section))]


def _stated(section: Section) -> set[str]:
    return {fact for block in section.whole() for statement in block.statements for fact in statement.facts()}


def room(view: DocumentView, section: Section) -> float:
    """Return how many pages of text a section takes, from its heading on, without figures and a list at its end."""
    start, end = view.head_of(view.text(section.title)), _end(view, section)
    if not start or not end or end < start:
        return 0.0
    height = view.printed.pages[0].height * MILLIMETRES
    drawn = sum(_height(view, block) for block in section.blocks if block.figure) / height
    sheets = end[0] - start[0]
    taken = sheets * (1 - MARGINS) + end[1] - start[1] - drawn
    return max(taken / (1 - MARGINS), 0.0)


def _end(view: DocumentView, section: Section) -> tuple[int, float] | None:
    """Return where the list at the end of a section begins, or else what follows the section."""
    last = section.blocks[-1]
    if last.kind == "bullets" and last.items:
        return view.place_of(view.texts(last.items[0]))
    after = view.brief.sections[view.brief.sections.index(section) + 1 :]
    titles = (*(each.title for each in after if each.role == section.role), view.brief.words.get("references"))
    heads = (view.head_of(view.text(title)) for title in titles)
    return next((head for head in heads if head), None)


def _height(view: DocumentView, block: Block) -> float:
    picture = block.figure.pictures.get(view.language) if block.figure else None
    return picture.height_mm if picture else 0.0
