"""Checks on numbers, figures and tables: their sources, exactness and titles, and whether they can be read."""

import re
from collections.abc import Iterator

from jianbao.brief.model import Block, Figure, Grid
from jianbao.charts.shapes import contrast
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.data.facts import Fact
from jianbao.review.quality.document_view import DocumentView, Flag, Words
from jianbao.review.quality.model import (
    FAILED,
    MAX_FLAGS,
    MET,
    PARTLY,
    TENTH,
    Outcome,
    PointGroup,
    by_count,
    by_eye,
    by_parts,
    by_share,
)
from jianbao.text.render import Sentence, Statement

DIGIT = re.compile(r"\d")
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
FIGURE = re.compile(r"\d+")
DECIMALS = re.compile(r"\d+(?:\.(\d+))?")
SMALL, SMALLEST = 100, 20  # bases below which the count must be shown too, and below which no percentage may be
NUMBER_GROUP = PointGroup("A3", tr("Numbers"))


@NUMBER_GROUP.point(14, tr("every number comes from the data"), "P", stop=True)
def numbers_come_from_the_data(view: DocumentView) -> Outcome:
    """Judge the text: no digit is left once the printed facts and the names are removed."""
    statements = list(_statements(view))
    names = sorted(
        (form for name in view.writer.names.values() for form in name.full.values() if DIGIT.search(form)),
        key=len,
        reverse=True,
    )
    loose = [view.flag(text, tr("has a number that no fact printed")) for text in _unaccounted(view, statements, names)]
    return Outcome(
        FAILED if loose else MET,
        tr("{count} statements read, {loose} with a number of their own", count=len(statements), loose=len(loose)),
        tuple(loose),
    )


def _unaccounted(view: DocumentView, statements: list[Statement], names: list[str]) -> Iterator[str]:
    for statement in statements:
        sentence = statement.sentences.get(view.language)
        if sentence and DIGIT.search(_rest(sentence, names, view.rules.words("cited"))):
            yield sentence.text


def _rest(sentence: Sentence, names: list[str], cited: Words) -> str:
    rest = cited.sub(" ", sentence.text)
    for filled in sentence.stated:
        rest = rest.replace(filled.printed, " ", 1)
    for name in names:
        rest = rest.replace(name, " ")
    return rest


def _statements(view: DocumentView) -> Iterator[Statement]:
    """Yield the statements of the first page and the body, with captions and cards, without table cells."""
    for section in (view.summary, *view.body):
        yield section.title
        for block in section.whole():
            yield from block.statements
            if block.figure:
                yield from (each for each in (block.figure.title, block.figure.subtitle, block.figure.note) if each)


@NUMBER_GROUP.point(15, tr("numbers of another year than the brief's are dated"), "EP")
def numbers_carry_unit_and_date(view: DocumentView) -> Outcome:
    """Judge paragraphs: one with facts of another year than the brief's says a year."""
    period = f"{view.brief.as_of.year}"
    listed = [each for each in view.paragraphs(view.summary, *view.findings) if _numbers(view, each.block)]
    undated = [
        view.flag(each.text, tr("states figures of {old} without a year", old=tr_list(sorted(old))))
        for each in listed
        if (old := {fact.as_of[:4] for fact in _numbers(view, each.block)} - {period, ""})
        and not YEAR.search(each.text)
    ]
    return by_share(undated, len(listed), tr_later("{good} of {total} paragraphs date their numbers"), free=TENTH)


def _numbers(view: DocumentView, block: Block) -> list[Fact]:
    stated = (fact for statement in block.statements for fact in statement.facts())
    return [view.ledger[fact] for fact in stated if fact in view.ledger and view.ledger[fact].kind == "number"]


@NUMBER_GROUP.point(16, tr("precision fits the data, and small bases show their counts"), "P")
def precision_fits(view: DocumentView) -> Outcome:
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
    return by_count([*uneven, *shares], MAX_FLAGS, tr_later("{count} columns or shares to look at"))


def _uneven(view: DocumentView, table: Grid) -> Iterator[int]:
    for number, column in enumerate(table.columns):
        cells = [view.text(row[number]) for row in table.rows]
        places = {len(match[1] or "") for cell in cells if (match := DECIMALS.search(cell))}
        if column.figures and len(places) > 1:
            yield number + 1


def _bare_shares(view: DocumentView) -> Iterator[str]:
    for each in view.prose():
        for statement in each.block.statements:
            sentence = statement.sentences[view.language]
            for filled in sentence.stated:
                fact = view.ledger.get(filled.fact)
                if not fact or not fact.of or fact.of >= SMALL or "%" not in filled.printed:
                    continue
                counted = {f"{round(fact.number * fact.of)}", f"{fact.number:g}"} & set(FIGURE.findall(sentence.text))
                if fact.of < SMALLEST or not counted:
                    yield sentence.text


@NUMBER_GROUP.point(17, tr("percent, percentage point and multiple are not confused"), "P", stop=True)
def percent_and_points_are_right(view: DocumentView) -> Outcome:
    """Judge typical mistakes: shares that change by percent, falls by a multiple, signs given twice."""
    return by_count(view.flag_words("slips"), 0, tr_later("{count} slips between percent, point and multiple"))


@NUMBER_GROUP.point(18, tr("a rank says of how many"), "P")
def ranks_say_of_how_many(view: DocumentView) -> Outcome:
    """Judge ranks: each is printed with the number of those ranked."""
    ranks = [
        (sentence, view.ledger[filled.fact])
        for each in view.prose()
        for statement in each.block.statements
        if (sentence := statement.sentences[view.language])
        for filled in sentence.stated
        if filled.fact in view.ledger and view.ledger[filled.fact].unit == "rank"
    ]
    alone = [view.flag(each.text, tr("a rank of how many?")) for each, fact in ranks if not _ranked(view, each, fact)]
    return by_share(alone, len(ranks), tr_later("{good} of {total} ranks say of how many"))


def _ranked(view: DocumentView, sentence: Sentence, rank: Fact) -> bool:
    """Return whether a sentence gives the number of those ranked, by the fact itself or by another count in it."""
    facts = (view.ledger[filled.fact] for filled in sentence.stated if filled.fact in view.ledger)
    counts = (fact.number for fact in facts if fact.kind == "number" and fact.unit != "rank")
    return bool(rank.of and f"{rank.of:g}" in sentence.text) or any(count >= rank.number for count in counts)


@NUMBER_GROUP.point(19, tr("an interval is called what it is"), "EP")
def intervals_are_named(view: DocumentView) -> Outcome:
    """Judge the name of intervals: it is never that of a sample, and it is explained with the percentiles.

    A brief with a volume of evidence may leave the percentiles to it.
    """
    texts = [each.text for each in view.prose()]
    wrong = [view.flag(text, tr("no sample was drawn")) for text in texts if view.rules.words("samples").search(text)]
    if wrong:
        return Outcome(FAILED, tr("called a confidence interval"), tuple(wrong))
    named = any(view.rules.words("ranges").search(text) for text in texts)
    explained = {"method.low", "method.high"} <= view.stated_facts() or view.brief.volume is not None
    score = MET if named and explained else PARTLY if named or explained else FAILED
    return Outcome(
        score,
        tr(
            "{named}, percentiles {explained}",
            named=tr("named") if named else tr("not named"),
            explained=tr("explained") if explained else tr("not explained"),
        ),
    )


PAPER = "#ffffff"
LETTERS, MARKS = 4.5, 3.0  # contrast with the paper, WCAG 2.2
LEAST = 7.0  # least size in pt of letters in a figure
COLUMNS = 7
TEXT = re.compile(r"<text ([^>]*)>([^<]*)")
TURN = re.compile(r"rotate\((-?[\d.]+)")
COLOUR = re.compile(r"(?:fill|stroke): (#[0-9a-f]{6})")
FILLED = re.compile(r"fill: (#[0-9a-f]{6})")
SIZE = re.compile(r"font-size: ([\d.]+)px")
FIGURE_GROUP = PointGroup("A7", tr("Figures and tables"))


@FIGURE_GROUP.point(33, tr("titles state findings, subtitles say what and when"), "EP")
def titles_state_findings(view: DocumentView) -> Outcome:
    """Judge figure titles and subtitles: a short statement, and under it place, period and measure."""
    flags, most = [], view.rules.limits.figure
    for figure in view.figures():
        title, subtitle = view.text(figure.title), view.text(figure.subtitle)
        if not view.rules.states(title):
            flags.append(view.flag(title, tr("names a subject")))
        elif view.rules.length(title) > most:
            flags.append(view.flag(title, tr("longer than {most}", most=most)))
        elif not DIGIT.search(subtitle):
            flags.append(view.flag(subtitle, tr("has no period")))
    return by_share(flags, len(view.figures()), tr_later("{good} of {total} figures say what they show"))


@FIGURE_GROUP.point(34, tr("figures are drawn honestly"), "EP")
def drawn_honestly(view: DocumentView) -> Outcome:
    """Leave axes, order and cuts to an editor, with the pages of the figures."""
    shown = [view.flag_head(view.text(figure.title)) for figure in view.figures()]
    return by_eye(shown, tr("bars from zero, one scale, sorted, no cut unseen"))


@FIGURE_GROUP.point(35, tr("figures can be read without the key"), "EP")
def read_without_a_key(view: DocumentView) -> Outcome:
    """Judge the letters of figures: none too small, none turned."""
    small, turned = [], []
    for figure in view.figures():
        for style, words in _letters(view, figure):
            size, turn = SIZE.search(style), TURN.search(style)
            if size and float(size[1]) < LEAST:
                small.append(view.flag(words, tr("{size} pt", size=size[1]), view.text(figure.title)))
            if turn and float(turn[1]):
                turned.append(view.flag(words, tr("turned"), view.text(figure.title)))
    return by_parts(
        (
            (not small, tr("{count} labels under {size:g} pt", count=len(small), size=LEAST)),
            (not turned, tr("{count} turned", count=len(turned))),
        ),
        (*small, *turned),
    )


def _letters(view: DocumentView, figure: Figure) -> Iterator[tuple[str, str]]:
    picture = figure.pictures.get(view.language)
    yield from TEXT.findall(picture.svg.decode()) if picture else ()


@FIGURE_GROUP.point(36, tr("figures work without colour"), "P")
def works_without_colour(view: DocumentView) -> Outcome:
    """Judge the contrast of letters and of the strongest mark with the paper, and that only one hue is used."""
    pale = []
    hues = set[str]()
    for figure in view.figures():
        picture = figure.pictures.get(view.language)
        title, drawn = view.text(figure.title), picture.svg.decode() if picture else ""
        colours = {colour for colour in COLOUR.findall(drawn) if colour != PAPER}
        hues |= {colour for colour in colours if not _grey(colour)}
        faint = {
            colour
            for style, _ in _letters(view, figure)
            for colour in FILLED.findall(style)
            if colour != PAPER and contrast(colour, PAPER) < LETTERS
        }
        pale += [view.flag(title, tr("letters in {colour}", colour=colour)) for colour in sorted(faint)]
        if colours and max(contrast(colour, PAPER) for colour in colours) < MARKS:
            pale.append(view.flag(title, tr("no mark is strong enough")))
    return by_parts(
        ((not pale, tr("{count} too pale", count=len(pale))), (len(hues) <= 1, tr("{count} hues", count=len(hues)))),
        pale,
    )


def _grey(colour: str) -> bool:
    return len({colour[at : at + 2] for at in (1, 3, 5)}) == 1


@FIGURE_GROUP.point(37, tr("source and alternative text are given"), "P", stop=True)
def source_and_alternative_are_given(view: DocumentView) -> Outcome:
    """Judge sources and alternative texts: each figure and table has marks, each figure is described in words."""
    unsourced = [
        view.flag(view.text(each.title), tr("no source")) for each in view.illustrations() if not _sourced(view, each)
    ]
    if unsourced:
        return Outcome(FAILED, tr("{count} without a source", count=len(unsourced)), tuple(unsourced))
    blind = [
        view.flag(view.text(figure.title), tr("no alternative text"))
        for figure in view.figures()
        if not _described(view, figure)
    ]
    return Outcome(
        PARTLY if blind else MET,
        tr("all have sources, {count} lack an alternative text", count=len(blind)),
        tuple(blind),
    )


def _sourced(view: DocumentView, each: Figure | Grid) -> bool:
    """Return whether a figure or table has source marks, facts in its cells, or its sources in words below it."""
    if each.note and view.text(view.brief.words["source"]) in view.text(each.note):
        return True
    cells = any(statement.facts() for row in each.rows for statement in row) if isinstance(each, Grid) else False
    return bool(each.references or each.evidence or cells)


def _described(view: DocumentView, figure: Figure) -> bool:
    picture = figure.pictures.get(view.language)
    return bool(picture and DIGIT.search(picture.alt) and not view.rules.words("pictured").match(picture.alt))


@FIGURE_GROUP.point(38, tr("tables can be read down"), "EP")
def tables_read_down(view: DocumentView) -> Outcome:
    """Judge tables: few columns, figures set right, no cell left empty."""
    flags: list[Flag] = []
    for table in view.tables():
        title = view.text(table.title)
        if len(table.columns) > COLUMNS:
            flags.append(view.flag(title, tr("{count} columns", count=len(table.columns))))
        for number, column in list(enumerate(table.columns))[1:]:
            cells = [view.text(row[number]) for row in table.rows]
            if all(DECIMALS.match(cell) for cell in cells) and cells and not column.figures:
                flags.append(view.flag(title, tr("figures of column {number} are not set right", number=number + 1)))
            flags += [
                view.flag(title, tr("an empty cell in column {number}", number=number + 1))
                for cell in cells
                if not cell
            ]
    return (
        by_count(flags, MAX_FLAGS, tr_later("{count} faults of tables"))
        if view.tables()
        else Outcome(None, tr("nothing here to judge"))
    )
