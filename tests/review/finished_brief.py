"""A small invented brief that a judge finds nothing against, on invented pages, to be spoilt point by point."""

# ruff: noqa: E501 (prose)

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import product

from jianbao.brief.model import Block, Brief, Figure, Grid, GridColumn, Picture, Reference, Section
from jianbao.data.facts import Fact, Ledger
from jianbao.review.quality.document_view import DocumentView
from jianbao.review.quality.pdf_reader import PdfLetter, PdfLine, PdfPage, PdfText, page_of
from jianbao.text.render import Sentence, StatedFact, Statement
from tests.text.sample_workspace import desk

TAGS = {"zh": "zh-CN", "en": "en-GB"}
ROWS, SHEET, STEP = 26, 842.0, 25.0  # lines of a page, its height and their distance in pt
PLACES = (
    ("潮", "Tidewell"),
    ("沙", "Sandby"),
    ("林", "Woodham"),
    ("桥", "Bridgend"),
    ("湖", "Lakeside"),
    ("岭", "Ridgeway"),
)
DEEDS = (
    (
        "城互派了代表团，全年往来平稳有序",
        "sent each other delegations, and contacts stayed level throughout the period",
    ),
    ("城合办了一场展览，到场观众多于预期", "held an exhibition together, and more people came than were expected"),
    ("城签署了合作备忘录，往后有据可依", "signed a memorandum, and cooperation now has a firm and written basis"),
    ("城交换了两批学生，两校名额均满", "exchanged students, and neither of the two schools had places left over"),
    ("城通了航线，航班每周一班", "opened an air route, and a flight leaves every week without a break"),
)
FACTS = (
    Fact(id="score.index", value=60.2, unit="point", low=56.3, high=63.9, as_of="2031-06-30"),
    Fact(id="change.index", value=1.4, unit="point", as_of="2031-06-30"),
    Fact(id="previous.index", value=58.8, unit="point", as_of="2031-06-30"),
    Fact(id="scale.top", value=100.0),
    Fact(id="method.low", value=5.0),
    Fact(id="method.high", value=95.0),
    Fact(id="ties.share", value=0.25, unit="share", of=40.0, as_of="2031-06-30"),
    Fact(id="ties.rank", value=3.0, unit="rank", of=25.0, as_of="2031-06-30"),
    Fact(id="ties.old", value=7.0, unit="city", as_of="2020-01-01"),
)
SVG = (
    '<svg><path style="fill: #0b5f85"/><text style="font-size: 7.5px; fill: #1f1f1f" x="1" '
    'transform="rotate(0 1 1)">7</text></svg>'
)
TITLES = (
    ("建立往来台账", "Keep a register of contacts"),
    ("增派青年代表", "Send more young delegates"),
    ("公开年度账目", "Publish the yearly accounts"),
)
CARD = {
    "lead": ("办公室", "The office"),
    "with": ("会同港务处", "jointly with the port office"),
    "hundred_days": ("办公室建账。", "The office opens the register."),
    "indicator": ("有记录的城市逐年增加。", "More cities are on record each year."),
    "cost": ("现有经费内。", "Within present budgets."),
    "risk": ("填报口径不一，以抽查应对。", "Returns may differ; spot checks answer this."),
    "stop": ("两年无人填报，即止。", "Stop if nobody fills it in for two years."),
}


def statement(zh: str, en: str, **printed: tuple[str, str]) -> Statement:
    """Return a statement; `printed` says how each fact ("ties__share") stands in it in either language."""
    facts = {fact.replace("__", "."): forms for fact, forms in printed.items()}
    texts = {"zh": zh, "en": en}
    sentences = {
        language: Sentence(language, text, tuple(StatedFact(fact, forms[at]) for fact, forms in facts.items()))
        for at, (language, text) in enumerate(texts.items())
    }
    return Statement("bench", sentences)


def paragraph(*statements: Statement, block_id: str = "bench", references: tuple[int, ...] = (1,)) -> Block:
    return Block(kind="paragraph", id=block_id, statements=statements, references=references)


def chatter(number: int) -> Iterator[Block]:
    """Yield paragraphs of four sentences, none of which comes twice in the brief."""
    pairs = [(one, other) for one, other in product(PLACES, PLACES) if one != other]
    for start in range(0, len(pairs) - 5, 5):
        lines = [
            statement(
                f"{one[0]}城与{other[0]}{DEEDS[(number + at) % 5][0]}。",
                f"{one[1]} and {other[1]} {DEEDS[(number + at) % 5][1]}.",
            )
            for at, (one, other) in enumerate(pairs[start : start + 4])
        ]
        yield paragraph(*lines)


def picture(title: Statement, number: int = 1) -> Block:
    pictures = {language: Picture(SVG.encode(), 80, 20, "Bar chart of ties, where 7 lead.") for language in TAGS}
    subtitle = statement("友城，个，2031年", "Ties, number, 2031", ties__old=("2031", "2031"))
    drawn = Figure(
        id="ties",
        number=number,
        title=title,
        subtitle=subtitle,
        note=None,
        alt=statement("条形图", "Bar chart"),
        pictures=pictures,
        facts=("ties.old",),
        references=(),
        evidence=(1,),
    )
    return Block(kind="figure", id="figure", figure=drawn)


def table() -> Block:
    columns = (GridColumn(statement("层次", "Level")), GridColumn(statement("得分", "Score"), figures=True))
    rows = (
        (statement("总体", "Overall"), statement("60.2", "60.2")),
        (statement("上年", "Before"), statement("58.8", "58.8")),
    )
    return Block(
        kind="table",
        id="table",
        table=Grid(
            id="scores",
            number=1,
            title=statement("得分比上年高", "The score is higher"),
            columns=columns,
            rows=rows,
            references=(1,),
        ),
    )


def card(title: tuple[str, str]) -> Block:
    parts = tuple(
        (statement("项", "Part"), (paragraph(statement(*texts), block_id=f"measure.{title[1]}.{part}"),))
        for part, texts in CARD.items()
    )
    return Block(
        kind="measure",
        id="measure",
        statements=(statement(*title), statement("记录未跟上", "Records lag")),
        parts=parts,
    )


def listed() -> Grid:
    columns = (GridColumn(statement("序号", "No.")), GridColumn(statement("措施", "Measure")))
    rows = tuple((statement(str(number), str(number)), statement(*title)) for number, title in enumerate(TITLES, 1))
    return Grid(id="measures", number=0, title=statement("措施一览", "The measures"), columns=columns, rows=rows)


def first_page() -> Section:
    score = statement("60.2", "60.2", score__index=("60.2", "60.2"))
    detail = statement("满分100分", "out of 100", scale__top=("100", "100"))
    box = paragraph(
        statement("得分60.2分，模拟区间56.3～63.9分，提高1.4分。", "The score is 60.2 (simulation range 56.3 to 63.9), up 1.4 points.",
             score__index=("60.2", "60.2"), change__index=("1.4", "1.4"), score_ends=("56.3～63.9", "56.3 to 63.9")),
    )  # fmt: skip
    filler = [block for at, block in enumerate(chatter(9)) if at < 3]
    return Section("summary", statement("往来增多，记录未跟上", "Contacts grow, but records lag"), (
        Block(kind="headline", id="summary.headline", items=(paragraph(score, detail),)),
        Block(kind="box", id="summary.key", items=(box, *filler)),
        Block(kind="aside", id="summary.asked", statements=(statement("请示事项", "Decision asked for"),), tone="ask",
              items=(paragraph(statement("先行登记。", "Begin with the register.")),)),
        Block(kind="measures", id="summary.measures", table=listed()),
    ), "summary")  # fmt: skip


def findings() -> tuple[Section, ...]:
    firm = paragraph(
        statement("友城中10个是海港，占40个的25%，列第3位（共25个）。", "Of the 40 ties 10 are sea ports (25%), 3rd of 25.",
             ties_ten=("10", "10"), ties_forty=("40", "40"), ties__share=("25%", "25%"), ties__rank=("3", "3rd"),
             ties_all=("25", "25")),
        statement("2020年为7个，多于邻城。", "In 2020 there were 7, more than in any other port.", ties__old=("7", "7"), ties_year=("2020", "2020")),
    )  # fmt: skip
    return (
        Section("ties", statement("友城往来继续增多", "Contacts with partners keep growing"), (firm, picture(statement("友城往来增多", "Contacts grow")), table(), *chatter(0), *chatter(1))),
        Section("records", statement("往来记录没有跟上", "Records are not keeping up"), tuple(chatter(2))),
    )  # fmt: skip


def method() -> Section:
    sentence = paragraph(
        statement("模拟区间为第5至第95百分位，上年得分按本年口径回算为58.8分。", "The simulation range runs from the 5th to the 95th percentile; last edition's score is 58.8 on the same basis.",
             method__low=("5", "5th"), method__high=("95", "95th"), previous__index=("58.8", "58.8")),
    )  # fmt: skip
    account = Block(kind="table", id="changes.follow_up", table=table().table)
    return Section("method", statement("方法已经说明", "The method is told"), (sentence, account))


def brief() -> Brief:
    advice = Section(
        "measures",
        statement("三项建议可以起步", "Three steps can begin"),
        (*map(card, TITLES), *chatter(3), *chatter(4)),
    )
    masthead = {
        key: statement(zh, en)
        for key, zh, en in (
            ("issuer_line", "编发：港务处", "Issued by the port office"), ("reader_line", "报送：市领导", "For the city"),
            ("period", "评估期2031年", "Period 2031"), ("as_of", "数据截至2031年6月30日", "Data up to 30 June 2031"), ("issue", "第2期", "No. 2"),
        )
    }  # fmt: skip
    references = (Reference(1, "almanac", {"zh": "年鉴. 2031.", "en": "Almanac. 2031."}, "https://example.org"),)
    summary = first_page()
    return Brief(edition="2031", as_of=date(2031, 6, 30), languages=TAGS, title=summary.title, subtitle=statement("2031年度", "2031"), masthead=masthead,
                 sections=(summary, *findings(), advice, method()), references=references,
                 words={"references": statement("参考文献", "References")})  # fmt: skip


def good(language: str, change: Callable[[Brief], Brief] = lambda same: same) -> DocumentView:
    """Return the brief, changed or not, in a language, and its pages."""
    made = change(brief())
    loose = {
        said.fact: Fact(id=said.fact, value=1.0)
        for section in made.sections
        for each in _says(section)
        for one in each.sentences.values()
        for said in one.stated
    }
    ledger = Ledger({**loose, **{fact.id: fact for fact in FACTS}}, made.as_of)
    view = DocumentView(
        product="brief.pdf",
        language=language,
        brief=made,
        printed=PdfText((), TAGS[language]),
        writers=desk(),
        ledger=ledger,
        index="index",
    )
    return printed(view)


def _says(section: Section) -> Iterator[Statement]:
    waiting = list(section.blocks)
    while waiting:
        block = waiting.pop()
        yield from block.statements
        if block.figure:
            yield from (block.figure.title, block.figure.subtitle)
        if block.kind == "measures" and block.table:
            yield from (row[1] for row in block.table.rows)
        waiting += [*block.items, *(inner for _, inside in block.parts for inner in inside)]


def printed(view: DocumentView) -> DocumentView:
    """Return an exhibit with pages that hold all it says: the first one, and then a line a text."""
    text, made = view.text, view.brief
    front = [(text(each), 9.0) for each in (made.title, made.subtitle, *made.masthead.values())]
    front += [(text(each), 9.0) for each in _says(view.summary)]
    rest: list[tuple[str, float]] = []
    numbers = iter("一二三四五六七八九")
    for section in made.sections[1:]:
        rest.append((f"{next(numbers)}、{text(section.title)}" if view.language == "zh" else text(section.title), 14.0))
        rest += _lines(view, section)
    rest.append((text(made.words["references"]), 14.0))
    sheets = [front, *(rest[at : at + ROWS] for at in range(0, len(rest), ROWS))]
    return replace(
        view,
        printed=PdfText(tuple(page(number, sheet) for number, sheet in enumerate(sheets, 1)), view.printed.language),
    )


def _lines(view: DocumentView, section: Section) -> list[tuple[str, float]]:
    lines, cards = [], iter("一二三四五")
    for block in section.blocks:
        whole = block.figure or block.table
        if block.kind == "measure" and view.language == "zh":
            lines.append((f"（{next(cards)}）{view.text(block.statements[0])}", 9.5))
        lines.append((view.text(whole.title) if whole else view.texts(block), 9.0))
        lines += [(view.texts(inner), 9.0) for _, inside in block.parts for inner in inside]
    return [(text, size) for text, size in lines if text]


def page(number: int, lines: list[tuple[str, float]]) -> PdfPage:
    """Return a page of lines, each with its size."""
    return page_of(number, SHEET, tuple(line(text, size, 60 + STEP * at) for at, (text, size) in enumerate(lines)))


def line(text: str, size: float = 9.0, top: float = 60.0) -> PdfLine:
    """Return a line of letters beside each other."""
    return PdfLine(
        tuple(
            PdfLetter(text=each, left=50 + at * size, right=50 + (at + 1) * size, top=top, size=size, font="Face")
            for at, each in enumerate(text)
        )
    )
