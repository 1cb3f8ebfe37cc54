"""Numbers: where they come from, what stands with them, and how exactly they are told."""

import re
from collections.abc import Iterator

from jianbao.brief.model import Block, Grid
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.data.facts import Fact
from jianbao.review.quality.document_view import DocumentView, Flag
from jianbao.review.quality.model import FAILED, MET, PARTLY, TENTH, Finding, PointGroup, by_count, by_share
from jianbao.text.statements import Sentence, Statement

DIGIT = re.compile(r"\d")
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
FIGURE = re.compile(r"\d+")
DECIMALS = re.compile(r"\d+(?:\.(\d+))?")
SMALL, SMALLEST = 100, 20  # bases under which the count is shown too, and no percentage at all
FEW = 2
GROUP = PointGroup("A3", tr("Numbers"))


@GROUP.point(14, tr("every number comes from the data"), "P", stop=True)
def numbers_come_from_the_data(view: DocumentView) -> Finding:
    """Judge the text: nothing of a digit is left once the printed facts and the names are taken out."""
    statements = list(_spoken(view))
    names = sorted(
        (form for name in view.writer.names.values() for form in name.full.values() if DIGIT.search(form)),
        key=len,
        reverse=True,
    )
    loose = [view.flag(text, tr("has a number that no fact printed")) for text in _unaccounted(view, statements, names)]
    return Finding(
        FAILED if loose else MET,
        tr("{count} statements read, {loose} with a number of their own", count=len(statements), loose=len(loose)),
        tuple(loose),
    )


def _unaccounted(view: DocumentView, statements: list[Statement], names: list[str]) -> Iterator[str]:
    for statement in statements:
        sentence = statement.sentences.get(view.language)
        if sentence and DIGIT.search(_rest(sentence, names)):
            yield sentence.text


def _rest(sentence: Sentence, names: list[str]) -> str:
    rest = sentence.text
    for said in sentence.said:
        rest = rest.replace(said.printed, " ", 1)
    for name in names:
        rest = rest.replace(name, " ")
    return rest


def _spoken(view: DocumentView) -> Iterator[Statement]:
    """Yield the statements of the first page and the body, captions and cards included, table cells left out."""
    for section in (view.summary, *view.body):
        yield section.title
        for block in section.whole():
            yield from block.statements
            if block.figure:
                yield from (each for each in (block.figure.title, block.figure.subtitle, block.figure.note) if each)


@GROUP.point(15, tr("numbers of another year than the brief's are dated"), "EP")
def numbers_carry_unit_and_date(view: DocumentView) -> Finding:
    """Judge paragraphs: one with facts of another year than the brief's says a year."""
    period = f"{view.brief.as_of.year}"
    listed = [each for each in view.paragraphs(view.summary, *view.findings) if _numbers(view, each.block)]
    undated = [
        view.flag(each.text, tr("states what is of {old} and says no year", old=tr_list(sorted(old))))
        for each in listed
        if (old := {fact.as_of[:4] for fact in _numbers(view, each.block)} - {period, ""})
        and not YEAR.search(each.text)
    ]
    return by_share(undated, len(listed), tr_later("{good} of {total} paragraphs date their numbers"), free=TENTH)


def _numbers(view: DocumentView, block: Block) -> list[Fact]:
    stated = (fact for statement in block.statements for fact in statement.facts())
    return [view.ledger[fact] for fact in stated if fact in view.ledger and view.ledger[fact].kind == "number"]


@GROUP.point(16, tr("precision fits the data, and small bases show their counts"), "P")
def precision_fits(view: DocumentView) -> Finding:
    """Judge tables and shares: like decimals down a column, a count beside the percentage of a small base."""
    uneven = [
        Flag(
            view.text(table.title),
            view.page_of(view.text(table.title)),
            tr("column {number} mixes decimals", number=number),
        )
        for table in view.tables()
        for number in _uneven(view, table)
    ]
    shares = [view.flag(text, tr("a percentage of a small base")) for text in _bare_shares(view)]
    return by_count([*uneven, *shares], FEW, tr_later("{count} columns or shares to look at"))


def _uneven(view: DocumentView, table: Grid) -> Iterator[int]:
    for number, column in enumerate(table.columns):
        cells = [view.text(row[number]) for row in table.rows]
        places = {len(found[1] or "") for cell in cells if (found := DECIMALS.search(cell))}
        if column.figures and len(places) > 1:
            yield number + 1


def _bare_shares(view: DocumentView) -> Iterator[str]:
    for each in view.prose():
        for statement in each.block.statements:
            sentence = statement.sentences[view.language]
            for said in sentence.said:
                fact = view.ledger.get(said.fact)
                if not fact or not fact.of or fact.of >= SMALL or "%" not in said.printed:
                    continue
                counted = {f"{round(fact.number * fact.of)}", f"{fact.number:g}"} & set(FIGURE.findall(sentence.text))
                if fact.of < SMALLEST or not counted:
                    yield sentence.text


@GROUP.point(17, tr("percent, percentage point and multiple are told apart"), "P", stop=True)
def percent_and_points_are_right(view: DocumentView) -> Finding:
    """Judge the slips of the language: shares that change by percent, falls by a multiple, signs given twice."""
    return by_count(view.spot("slips"), 0, tr_later("{count} slips between percent, point and multiple"))


@GROUP.point(18, tr("a rank says of how many"), "P")
def ranks_say_of_how_many(view: DocumentView) -> Finding:
    """Judge ranks: each is printed with the number of those ranked."""
    ranks = [
        (sentence.text, view.ledger[said.fact])
        for each in view.prose()
        for statement in each.block.statements
        if (sentence := statement.sentences[view.language])
        for said in sentence.said
        if said.fact in view.ledger and view.ledger[said.fact].unit == "rank"
    ]
    alone = [
        view.flag(text, tr("a rank of how many?")) for text, fact in ranks if not fact.of or f"{fact.of:g}" not in text
    ]
    return by_share(alone, len(ranks), tr_later("{good} of {total} ranks say of how many"))


@GROUP.point(19, tr("an interval is called what it is"), "EP")
def intervals_are_named(view: DocumentView) -> Finding:
    """Judge the name of intervals: never that of a sample, and explained with its percentiles."""
    texts = [each.text for each in view.prose()]
    wrong = [view.flag(text, tr("no sample was drawn")) for text in texts if view.tongue.words("samples").search(text)]
    if wrong:
        return Finding(FAILED, tr("called a confidence interval"), tuple(wrong))
    named = any(view.tongue.words("ranges").search(text) for text in texts)
    explained = {"method.low", "method.high"} <= view.told()
    score = MET if named and explained else PARTLY if named or explained else FAILED
    return Finding(
        score,
        tr(
            "{named}, percentiles {told}",
            named=tr("named") if named else tr("not named"),
            told=tr("told") if explained else tr("not told"),
        ),
    )
