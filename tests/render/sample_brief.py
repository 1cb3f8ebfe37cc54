"""A whole brief on a city that does not exist, with every kind of block, long and short."""

# ruff: noqa: E501 (prose)

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from jianbao.brief.model import Block, Brief, Figure, Grid, GridColumn, Picture, Reference, Section
from jianbao.text.render import Sentence, Statement

Pair = tuple[str, str]


def both(zh: str, en: str) -> Statement:
    return Statement("sample", {"zh": Sentence("zh", zh), "en": Sentence("en", en)})


def same(text: str) -> Statement:
    return both(text, text)


def paragraph(*pairs: Pair, references: tuple[int, ...] = (), kind: str = "paragraph", level: int = 2) -> Block:
    statements = tuple(both(zh, en) for zh, en in pairs)
    return Block(kind=kind, id="sample", statements=statements, references=references, level=level)


def heading(zh: str, en: str) -> Block:
    return paragraph((zh, en), kind="heading", level=3)


def items(kind: str, pairs: Iterable[Pair], label: Pair | None = None) -> Block:
    statements = (both(*label),) if label else ()
    return Block(kind=kind, id="sample", statements=statements, items=tuple(paragraph(pair) for pair in pairs))


SUMMARY = (
    items(
        "box",
        (
            ("临江市城市外交总体得分为62.4分（满分100分，模拟区间58.1～66.9分），比上年提高1.8分。国际、国家、地方三个层次依次为57.3分、70.6分和59.8分，国家层次最稳，国际层次仍是短板。",
             "Linjiang’s city diplomacy scores 62.4 out of 100 (simulation range 58.1 to 66.9), up 1.8 points on the year before. The international, national and local levels stand at 57.3, 70.6 and 59.8: the national level is the firmest, the international one still lags."),
            ("伙伴城市达105个，五年净增31个；国际友好城市38个，大洋洲只占2个。临江奖吸引1635个项目参评，境外获奖城市成为伙伴城市的只有3个。",
             "Partner cities number 105, a net gain of 31 in five years. Sister cities stand at 38, of which Oceania has two. The Linjiang Award has drawn 1,635 entries, yet only three of its winners abroad are partner cities."),
            ("建议把增量放在远洋布局和成果转化上：先用好已有的奖项、联盟和伙伴名单，再按程序申请新的友城关系。",
             "The next gains lie in wider reach and in follow-through. The city should first make more of the Award, the alliances and the partners it has, and then apply for new sister-city ties."),
        ),
        ("核心提示", "Key message"),
    ),
    Block(kind="headline", id="score", items=tuple(
        Block(kind="paragraph", id="score", statements=(same(value), both(zh, en), *more))
        for value, zh, en, more in (
            ("62.4", "总体得分", "Overall score", (both("区间58.1～66.9", "range 58.1 to 66.9"),)),
            ("57.3", "国际层次", "International", (both("上年55.0", "55.0 before"),)),
            ("70.6", "国家层次", "National", (both("上年70.1", "70.1 before"),)),
            ("59.8", "地方层次", "Local", (both("上年58.9", "58.9 before"),)),
        )
    )),
    items(
        "bullets",
        (
            ("把获奖城市变成伙伴城市，建立三年跟踪名单", "Turn award winners into partners through a three-year follow-up list"),
            ("按程序申请大洋洲和非洲新友城，两年内形成候选名单", "Apply for new ties in Oceania and Africa from a two-year list of candidates"),
            ("建立友城往来年度台账，逐城登记项目与联系人", "Keep a yearly register of contacts, projects and people for each sister city"),
            ("用好联盟轮值任期，提出两项共同议程", "Use the presidency of the alliance to put forward two common agendas"),
        ),
        ("措施一览", "What to do"),
    ),
)  # fmt: skip

PROSE = (
    (
        ("伙伴数量持续增长，年均新增约6个。", "The number of partners keeps growing, by about six a year."),
        ("2012年至2025年，国际友好城市由22个增至38个，国际友好合作交流城市由18个增至67个，两类合计105个，超过“百城计划”提出的目标。",
         "From 2012 to 2025 sister cities rose from 22 to 38 and exchange cities from 18 to 67; together they number 105, which is above the target that the city had set itself."),
        ("与可比城市相比，这一规模处于前列，但口径不同：有的城市把区县结好一并统计，临江市没有。",
         "Among comparable cities this is a leading figure, although definitions differ: some cities count the ties of their districts as well, while Linjiang does not."),
    ),
    (
        ("增长主要来自合作交流城市。", "Most of the growth comes from exchange cities."),
        ("自2022年5月与首都城市建立友城关系以来，国际友好城市数量没有变化；同期合作交流城市增加14个，其中9个在亚洲和非洲。",
         "No sister-city tie has been signed since May 2022; over the same period 14 exchange cities joined, nine of them in Asia and Africa."),
    ),
    (
        ("布局仍不均衡，大洋洲只有2个。", "The network is still uneven, with only two sister cities in Oceania."),
        ("38个国际友好城市中，亚洲12个、欧洲12个、北美洲8个、非洲4个、大洋洲2个；按收入组别看，高收入国家占24个。以“分布均匀度”衡量，2025年为0.87，低于2015年的0.91。",
         "Of the 38 sister cities, Asia has 12, Europe 12, North America eight, Africa four and Oceania two; 24 are in high-income countries. Evenness across continents stood at 0.87 in 2025, against 0.91 in 2015."),
        ("如果未来五年只在亚洲和欧洲增加伙伴，均匀度还会继续下降——即使总数达到120个。",
         "Should the next five years add partners in Asia and Europe alone, evenness would fall further, even if the total were to reach 120."),
    ),
    (
        ("会展与外贸为往来提供了稳定的场景。", "Fairs and trade give contacts a steady setting."),
        ("第138届交易会到会境外采购商超过31万人，来自223个国家和地区，意向成交256.5亿美元；全年进出口总值1.2万亿元，其中对共建国家进出口占46.3%。",
         "The 138th session of the Fair was attended by more than 310,000 buyers from 223 countries and regions, with intended orders of US$25.65 billion; foreign trade reached 1.2 trillion yuan over the year, of which 46.3% was with Belt and Road countries."),
    ),
    (("短段。", "A short paragraph."),),
)  # fmt: skip

SECTIONS = (
    ("international", "国际层次：伙伴增多，布局不均", "International level: more partners, uneven reach"),
    ("national", "国家层次：平台稳固，机构偏少", "National level: firm platforms, few institutions"),
    ("local", "地方层次：奖项成名，转化不足", "Local level: a known award, little follow-through"),
    ("challenges", "主要短板：三处缺口决定得分", "Challenges: three gaps decide the score"),
)

CARDS = (
    ("把获奖城市变成伙伴城市", "Turn award winners into partner cities"),
    ("按程序申请大洋洲和非洲的新友城", "Apply for new sister cities in Oceania and Africa"),
    ("建立友城往来年度台账", "Keep a yearly register of contacts with each sister city"),
)

PARTS = (
    (("依据", "Why"), (("临江奖33个境外获奖城市中，只有3个成为伙伴城市；30个城市在获奖两年后没有往来记录。",
                      "Of the 33 winners abroad only three are partner cities; 30 had no contact on record two years after the prize."),)),
    (("一年内", "Within one year"), (("逐城建立联系人名单，完成首次线上回访。", "Name a contact for each city and hold a first call."),
                                 ("每届评出后6个月内签订合作意向。", "Sign a letter of intent within six months of each award."))),
    (("三年内", "Within three years"), (("形成10个示范项目，纳入年度经费。", "Run ten demonstration projects within the yearly budget."),)),
    (("牵头与配合", "Who"), (("市外办牵头，市商务、教育、文旅部门配合。", "Foreign Affairs Office leads; commerce, education and culture departments support."),)),
    (("目标", "Measure"), (("成为伙伴的获奖城市：3个 → 10个（2028年底前）", "Winners that are partners: 3 → 10 by the end of 2028"),)),
    (("投入", "Cost"), (("现有经费内", "within present budgets"),)),
    (("主要风险", "Main risk"), (("对方换届后联系中断；以机构对机构的协议应对。", "Contacts lapse after elections abroad; answered by agreements between institutions."),)),
    (("预期效果", "Expected effect"), (("总体得分提高1.6分（模拟区间0.9～2.3分）；在94%的模拟中保持在前列",
                                  "Overall score up 1.6 points (simulation range 0.9 to 2.3); stays among those put forward in 94% of simulations"),)),
)  # fmt: skip

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 170" width="{width}" height="170">
<g font-family="{family}" font-size="{size}" fill="#1f1f1f">{bars}</g></svg>"""


CONTINENTS = both(
    "条形图：各大洲国际友好城市数量；亚洲与欧洲最多，大洋洲最少",
    "Bar chart of sister cities by continent, where Asia and Europe lead and Oceania is last.",
)


def drawing(language: str, width: int = 238, size: float = 8.0) -> Picture:
    """A bar chart whose user unit is a point."""
    names = {
        "zh": ("亚洲", "欧洲", "北美洲", "非洲", "大洋洲"),
        "en": ("Asia", "Europe", "North America", "Africa", "Oceania"),
    }
    family = {"zh": "Noto Sans SC, Source Sans 3", "en": "Source Sans 3, Noto Sans SC"}[language]
    bars = "".join(
        f'<text x="60" y="{20 + 32 * row}" text-anchor="end">{name}</text>'
        f'<rect x="66" y="{9 + 32 * row}" width="{value * (width - 100) / 12}" height="16" fill="#0b5f85"/>'
        f'<text x="{72 + value * (width - 100) / 12}" y="{20 + 32 * row}">{value}</text>'
        for row, (name, value) in enumerate(zip(names[language], (12, 12, 8, 4, 2), strict=True))
    )
    svg = SVG.format(width=width, size=size, family=family, bars=bars).encode()
    return Picture(svg, width * 25.4 / 72, 170 * 25.4 / 72, CONTINENTS.text(language))


def figure(number: int, width: int = 238) -> Block:
    return Block(kind="figure", id=f"figure{number}", figure=Figure(
        id=f"figure{number}", number=number,
        title=both("大洋洲只有2个友城，亚洲与欧洲各12个", "Oceania has two sister cities, Asia and Europe twelve each"),
        subtitle=both("国际友好城市，按大洲，个，2025年底", "Sister cities by continent, number, end of 2025"),
        note=both("资料来源：市外办，《友城名录》，2025年12月。", "Source: Foreign Affairs Office, list of sister cities, December 2025."),
        alt=CONTINENTS, pictures={language: drawing(language, width) for language in ("zh", "en")},
        facts=("sister_cities.total",), references=(1, 2),
    ))  # fmt: skip


def scorecard() -> Block:
    rows = tuple(
        (both(zh, en), *(same(value) for value in values))
        for zh, en, values in (
            ("国际层次", "International level", ("57.3", "52.0–62.9", "55.0", "+2.3")),
            ("国家层次", "National level", ("70.6", "66.4–74.8", "70.1", "+0.5")),
            ("地方层次", "Local level", ("59.8", "54.1–65.2", "58.9", "+0.9")),
            ("总体", "Overall", ("62.4", "58.1–66.9", "60.6", "+1.8")),
        )
    )
    heads = (
        ("层次", "Level", ""),
        ("得分", "Score", "14%"),
        ("区间", "Range", "18%"),
        ("上年", "Before", "14%"),
        ("变动", "Change", "14%"),
    )
    columns = tuple(
        GridColumn(both(zh, en), figures=index > 0, width=width) for index, (zh, en, width) in enumerate(heads)
    )
    return Block(kind="table", id="scorecard", table=Grid(
        id="scorecard", number=1, title=both("三个层次均有提高，国际层次提高最多", "All three levels rose, the international one most"),
        columns=columns, rows=rows, note=both("区间为10000次模拟的第5至第95百分位。",
        "Range: 5th to 95th percentile of 10,000 simulations."), references=(3,),
    ))  # fmt: skip


def evidence(rows: int) -> Block:
    columns = (
        GridColumn(both("事实", "Fact"), width="34%"),
        GridColumn(both("数值", "Value"), figures=True, width="12%"),
        GridColumn(both("来历", "Derivation"), width="32%"),
        GridColumn(both("证据", "Evidence"), width="14%"),
        GridColumn(both("来源", "Sources"), figures=True, width="8%"),
    )
    filled = tuple(
        (
            both(f"第{row}项：大洋洲国际友好城市数量", f"Fact {row}: number of sister cities in Oceania"),
            same(f"{row * 37 % 1000}"),
            same("count: sister_cities, by: continent"),
            both("两源以上一致", "corroborated"),
            same(f"{row % 60 + 1}"),
        )
        for row in range(1, rows + 1)
    )
    grid = Grid(
        id="evidence",
        number=2,
        title=both("正文所用事实及其出处", "Facts used in this brief, and where they come from"),
        columns=columns,
        rows=filled,
    )
    return Block(kind="table", id="evidence", table=grid)


def cards() -> tuple[Block, ...]:
    return tuple(
        Block(kind="measure", id=f"card{number}", statements=(both(zh, en), both("回应跟进不足", "Follow-up is thin")), parts=tuple(
            (both(*label), tuple(paragraph(pair, references=(4,) if label[1] == "Why" else ()) for pair in inside)) for label, inside in PARTS
        ))
        for number, (zh, en) in enumerate(CARDS)
    )  # fmt: skip


def references(count: int = 60) -> tuple[Reference, ...]:
    made = []
    for number in range(1, count + 1):
        entries = {
            "zh": f"临江市人民政府外事办公室. 临江市国际友好城市名录（第{number}版）[EB/OL]. (2025-12-31)[2026-01-15]. https://example.org/friendship/list/{number}.html.",
            "en": f"Foreign Affairs Office of Linjiang. List of sister cities of Linjiang ({number} edn) [EB/OL]. (2025-12-31) [2026-01-15]. https://example.org/friendship/list/{number}.html.",
        }
        if number % 3 == 0:
            text = f"Acuto M, Morissette M, Tsouros A. City diplomacy: towards more strategic networking? [J]. Global Policy, 2017, 8(1): {number}-22."
            entries = {"zh": text, "en": text}
        made.append(Reference(number, f"source{number}", entries))
    return tuple(made)


def sections(rows: int) -> tuple[Section, ...]:
    body = []
    for index, (name, zh, en) in enumerate(SECTIONS):
        blocks = [
            paragraph(*pairs, references=(1 + index, 2 + index, 3 + index, 9)) for pairs in PROSE[: 3 + index % 3]
        ]
        blocks[0] = replace(blocks[0], evidence=(1, 2, 3, 12))
        blocks.insert(1, scorecard() if index == 0 else figure(index))
        blocks += [
            heading("往来冷热不均", "Contacts are unevenly spread"),
            *(paragraph(*pairs) for pairs in PROSE[2:4]),
        ]
        body.append(Section(name, both(zh, en), tuple(blocks)))
    limits = items("bullets", (PROSE[3][1], PROSE[2][0], PROSE[1][1]))
    note = paragraph(
        ("注：数值修约可能使分项之和不等于总数。", "Note: figures may not add up because of rounding."), kind="note"
    )
    body[3] = Section(body[3].id, body[3].title, (*body[3].blocks, limits, note, items("box", PROSE[0])))
    advice = Section("advice", both("措施", "Measures"), (paragraph(PROSE[1][0]), *cards()))
    annex = Section(
        "annex", both("附件　证据清单", "Annex: evidence"), (paragraph(PROSE[0][1]), evidence(rows)), "annex"
    )
    summary = Section("summary", both("概要", "Summary"), SUMMARY, "summary")
    return (summary, *body, advice, annex)


def sample(rows: int = 150) -> Brief:
    words = {
        "contents": both("目录", "Contents"),
        "references": both("参考文献", "References"),
        "figure": both("图", "Figure"),
        "table": both("表", "Table"),
        "source": both("资料来源", "Source"),
        "skip": both("跳至正文", "Skip to the text"),
        "back": both("回到正文", "Back to the text"),
    }
    masthead = {
        "series": both("临江城市外交简报", "Linjiang city diplomacy brief"), "issue": both("第3期", "No. 3"),
        "issuer": both("编发：市外办", "Issued by the Foreign Affairs Office"), "reader": both("报送：市领导", "For the city leadership"),
        "period": both("评估期：2025年", "Period: 2025"), "as_of": both("数据截止日：2025年12月31日", "Data up to 31 December 2025"),
    }  # fmt: skip
    return Brief(
        edition="2025", as_of=date(2025, 12, 31), languages={"zh": "zh-CN", "en": "en-GB"},
        title=both("伙伴城市继续增多，远洋布局与成果转化待补", "Partners grow in number; reach across the oceans and follow-through lag"),
        subtitle=both("临江城市外交三层次评估（2025年度）", "City diplomacy of Linjiang, assessed on three levels, 2025"),
        masthead=masthead, sections=sections(rows), references=references(), words=words,
    )  # fmt: skip
