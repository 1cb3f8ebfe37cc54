"""Checks of whole documents: one list in a section, causes in a paragraph, names, registers, notes, and overrules."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from jianbao.app.assess import Assessment, documents_of
from jianbao.app.review import listing
from jianbao.brief.model import Block, Brief, Figure, Grid, Section
from jianbao.core.documents import Problems
from jianbao.core.yaml_reader import parse_document
from jianbao.data.claim_limits import Limits
from jianbao.data.facts import Fact, Ledger
from jianbao.review.claims.checks_sources import city_names, other_homes, typed_years
from jianbao.review.claims.documents import ClaimReport, Entry, catalogue_of, check_claims
from jianbao.review.claims.passages import Evidence
from jianbao.text.render import RenderedSection, Sentence, Statement, render_section
from jianbao.text.text_entries import BUILT_IN
from jianbao.text.wording import SectionText, Wording, parse_section, parse_wording
from tests.text.sample_workspace import LOCALES, desk, vocabulary
from tests.workspaces import ROOT, amend, assessed, copy, run

pytestmark = pytest.mark.slow

DAY = date(2025, 12, 31)
BANK, UNITED = Limits(classes=("Bank 2024",)), Limits(classes=("Union 2020",))
FACTS = Ledger(
    {
        each.id: each
        for each in (
            Fact(id="rich.count", value=13.0, unit="city", of=30, limits=BANK),
            Fact(id="rich.other", value=20.0, unit="city", of=30, limits=UNITED),
            Fact(id="ties", value=7.0, unit="city", of=25, low=7.0, high=25.0, limits=Limits(complete="no")),
            Fact(id="change.all", value=1.4, unit="point"),
            Fact(id="moved.names", value=("fair",), kind="names"),
            Fact(id="moved.fair", value=1.06, unit="point"),
            Fact(id="evenness", value=0.9, unit="index"),
        )
    },
    DAY,
)
EMPTY = Statement("", {language: Sentence(language, "") for language in LOCALES})
EXACT = "{zh: '有{{ ties }}个是伙伴。', en: 'There are {{ ties }} partners.'}"


def section_text(text: str) -> SectionText:
    problems: Problems = []
    found = parse_section(parse_document(text, "templates/wording/west.yml"), LOCALES, problems, section_id="west")
    assert not problems, [str(problem) for problem in problems]
    return found


def brief_of(spoken: RenderedSection, figure: str = "") -> Brief:
    assert spoken.title
    blocks = [Block(kind=each.kind, id=each.id, statements=each.statements) for each in spoken.passages]
    drawn = Figure(id=figure, number=1, title=EMPTY, subtitle=EMPTY, note=None, alt=EMPTY)
    blocks += [Block(kind="figure", id="figure", figure=drawn)] if figure else []
    return Brief(
        edition="2025",
        as_of=DAY,
        languages=LOCALES,
        title=EMPTY,
        subtitle=EMPTY,
        masthead={},
        references=(),
        sections=(Section("west", spoken.title, tuple(blocks)),),
    )


def checked(
    text: str, facts: Ledger = FACTS, figure: tuple[str, tuple[Fact, ...]] = ("", ()), off: str = ""
) -> ClaimReport:
    """Return what the checks say of a section in which a figure may show facts."""
    found = section_text(text)
    problems: Problems = []
    spoken = render_section(found, facts, desk(), problems)
    assert not problems, [str(problem) for problem in problems]
    words = replace(vocabulary().claims, off={off: "a reason"} if off else {})
    evidence = Evidence(ledger=facts, words=words, writers=desk())
    return check_claims([brief_of(spoken, figure[0])], catalogue_of([found], []), evidence, {figure[0]: figure[1]})


def paragraphs(*said: str) -> str:
    blocks = "".join(f"  - paragraph: p{n}\n    say:\n      - {each}\n" for n, each in enumerate(said))
    return f"title: {{zh: 西部, en: West}}\nblocks:\n{blocks}"


BANKED = "{zh: '高收入国家有{{ rich.count }}个。', en: 'High-income countries have {{ rich.count }}.'}"
UNITED_TOO = "{zh: '发达国家有{{ rich.other }}个。', en: 'Developed countries have {{ rich.other }}.'}"


# Places


def test_a_finding_names_file_line_sentence_fact_and_reason() -> None:
    zh, en = (str(problem) for problem in checked(paragraphs(EXACT)).errors)
    assert zh == (
        "templates/wording/west.yml:5 west.p0:1 zh: '7' is exact, but ties counts an incomplete table: it is a lower "
        "bound (bounds): “有7个是伙伴。”; put the filter 'at_least' there: 有至少7个是伙伴。"
    )
    assert en.startswith("templates/wording/west.yml:5 west.p0:1 en: '7' is exact")


def test_what_would_pass_passes() -> None:
    assert checked(paragraphs(EXACT.replace("{{ ties }}", "{{ ties | at_least }}"))).errors == []


# A section


def test_two_classifications_in_one_section_are_refused() -> None:
    (zh, en) = (str(problem) for problem in checked(paragraphs(BANKED, UNITED_TOO)).errors[:2])
    assert "rich.other sorts by 'Union 2020', and the section by 'Bank 2024' too (group)" in zh
    assert "use one classification in a document: count by 'Bank 2024'" in zh and en


def test_a_figure_beside_the_text_counts_too() -> None:
    report = checked(paragraphs(UNITED_TOO), figure=("income", (FACTS["rich.count"],)))
    assert "(group)" in str(report.errors[0])


def test_one_classification_passes() -> None:
    assert checked(paragraphs(BANKED, BANKED), figure=("income", (FACTS["rich.count"],))).errors == []


def test_a_title_is_held_against_the_facts_of_its_section() -> None:
    said = "{zh: '均衡度为{{ evenness | decimals(2) }}。', en: 'Evenness is {{ evenness | decimals(2) }}.'}"
    text = paragraphs(said).replace("{zh: 西部, en: West}", "{zh: 布局不均, en: Unevenly spread}")
    assert [str(each.where.file) for each in checked(text).errors] == ["templates/wording/west.yml"] * 2
    assert "'布局不均' is not said of 0.9 (evenness) (range)" in str(checked(text).errors[0])


def test_a_sentence_in_a_cell_of_a_table_is_checked_and_a_bare_value_is_not() -> None:
    found = section_text(paragraphs(EXACT))
    problems: Problems = []
    spoken = render_section(found, FACTS, desk(), problems)
    (sentence,) = (each for passage in spoken.passages for each in passage.statements)
    written = Statement("value", sentence.sentences)
    value = Entry(parse_wording(parse_document(EXACT, "furniture.yml"), "value", LOCALES, problems, sentence=False))
    assert not problems and not value.wording.sentence
    catalogue = {**catalogue_of([found], []), "value": value}
    evidence = Evidence(ledger=FACTS, words=vocabulary().claims, writers=desk())
    for cell, expected in ((sentence, 2), (written, 0)):
        table = Grid(id="t", number=1, title=EMPTY, columns=(), rows=((cell,),), references=())
        bare = brief_of(replace(spoken, passages=()))
        section = replace(bare.sections[0], blocks=(Block(kind="table", id="t", table=table),))
        report = check_claims([replace(bare, sections=(section,))], catalogue, evidence, {})
        assert len(report.errors) == expected, report.errors


# A paragraph


CHANGE = "{zh: '比上年提高{{ change.all | score }}分。', en: 'It is up {{ change.all | score }} points.'}"
CAUSE = "{zh: '其中{{ moved.fair | score }}分来自展会。', en: 'Of these, {{ moved.fair | score }} came from the fair.'}"


def test_a_change_without_its_cause_is_refused() -> None:
    report = checked(paragraphs(CHANGE))
    assert ["change.all is stated without what moved it (cause)" in str(each) for each in report.errors] == [True, True]


def test_a_change_with_its_cause_beside_it_passes() -> None:
    assert checked(paragraphs(f"{CHANGE}\n      - {CAUSE}")).errors == []


def test_an_edition_that_cannot_explain_its_change_is_not_asked_to() -> None:
    silent = Ledger({key: fact for key, fact in FACTS.items() if not key.startswith("moved")}, DAY)
    assert checked(paragraphs(CHANGE), silent).errors == []


# Overrules, checks that are off, notes


def test_an_overruled_finding_is_no_error_and_is_listed_with_its_reason() -> None:
    reason = "because: {bounds: {zh: 名录齐全, en: The list is whole}}"
    report = checked(paragraphs(EXACT.replace("}'}", "}', " + reason + "}").replace(".'}", ".', " + reason + "}")))
    assert report.errors == []
    assert [(each.check, each.because["en"]) for each in report.overruled] == [("bounds", "The list is whole")] * 2


def test_an_overrule_of_one_check_does_not_silence_another() -> None:
    reason = "because: {age: {zh: 名录齐全, en: The list is whole}}"
    report = checked(paragraphs(EXACT.replace(".'}", ".', " + reason + "}")))
    assert len(report.errors) == 2 and report.overruled == []


def test_an_overrule_of_no_check_is_a_fault_of_the_file() -> None:
    problems: Problems = []
    node = parse_document("zh: 一\nen: one\nbecause: {bound: {zh: 一, en: one}}", "x.yml")
    parse_wording(node, "x", LOCALES, problems)
    assert str(problems[0]).startswith("x.yml:3: 'bound' is not known here; did you mean 'bounds'?")


def test_a_check_that_is_off_finds_nothing() -> None:
    assert checked(paragraphs(EXACT), off="bounds").errors == []


def test_a_variant_that_is_not_printed_gives_a_note() -> None:
    down = "{when: {fact: change.all, below: 0}, zh: '有{{ ties }}个。', en: 'There are {{ ties }}.'}"
    report = checked(paragraphs(f"either:\n          - {down}\n          - {{zh: 未变, en: Same}}"))
    assert report.errors == [] and len(report.notes) == 2
    assert "'{…}' is exact" in str(report.notes[0]) and "“有{…}个。”" in str(report.notes[0])


@pytest.mark.parametrize(("bound", "notes"), [("1", 1), ("ties", 0)])
def test_a_rank_in_the_last_variant_is_borne_out_only_by_a_comparison_of_facts(bound: str, notes: int) -> None:
    down = f"{{when: {{fact: change.all, below: {bound}}}, zh: 减少, en: Fewer}}"
    report = checked(paragraphs(f"either:\n          - {down}\n          - {{zh: 居全国第一, en: Many}}"))
    assert len([each for each in (*report.errors, *report.notes) if "全国第一" in str(each)]) == notes


# Registers and names


def test_a_reason_that_types_a_year_to_come_is_refused() -> None:
    reason = parse_document("zh: 2026年举行。\nen: Held in 2019.", "rules.yml")
    found = [str(problem) for problem in typed_years([(reason, "forum", 2025)])]
    assert found == [
        "rules.yml:1: '2026' is typed in the zh text of forum; put a fact in its place, or declare when it `expires`"
    ]


def wording(zh: str, name: str = "x") -> Wording:
    return parse_wording(parse_document(f"zh: {zh!r}\nen: plain", "x.yml"), name, LOCALES, [])


NAMES = {"zh": city_names({"甲城": "A", "乙城": "B"}, ["甲城奖"])}


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["甲城欢迎您", "乙城有{{ b.ties }}个"], []),  # a peer, beside a fact about it
        (["甲城欢迎您", "乙城欢迎您"], ["乙城"]),
        (["甲城奖已举办", "甲城欢迎您"], []),  # the name of an award is none of a city
        (["乙城欢迎您", "乙城有{{ b.ties }}个", "甲城"], ["乙城", "乙城"]),  # left over from another series
    ],
)
def test_another_home_city_is_found_with_its_lines(texts: list[str], found: list[str]) -> None:
    problems = other_homes(map(wording, texts), NAMES, "A", {"b.ties": frozenset({"B"})})
    assert [str(problem).split("'")[1] for problem in problems] == found


def test_what_is_built_in_names_no_home_city() -> None:
    theirs = parse_wording(parse_document("zh: 拉丁美洲\nen: plain", f"{BUILT_IN}/common/intake.yml"), "x", LOCALES, [])
    assert other_homes([theirs], {"zh": city_names({"甲": "A", "丁": "D"}, [])}, "A", {}) == []


# The workspace


def test_no_edition_of_any_year_says_more_than_its_facts_allow() -> None:
    done = run("check", ROOT, "--all-editions")
    assert (done.code, done.out) == (0, "No problems.\n"), done.err


def test_a_copy_with_another_city_names_the_lines_that_were_left(tmp_path: Path) -> None:
    folder = copy(ROOT, tmp_path)
    amend(folder, "data/editions.yml", "city: Guangzhou", "city: Chengdu")
    done = run("check", folder)
    assert done.code == 4
    assert "'广州' is typed, and the series is about Chengdu" in done.err
    assert len(re.findall(r"\d+(?=[,;\n])", done.err)) > 80 and "templates/argument.yml:26" in done.err


def test_all_editions_and_one_edition_are_not_asked_for_at_once() -> None:
    assert run("check", ROOT, "--all-editions", "--edition", "2024").code == 2


def test_what_is_overruled_stands_in_the_annex_and_in_the_review(tmp_path: Path) -> None:
    folder = copy(ROOT, tmp_path)
    old = (
        "zh: 获广州奖主奖的境外市级城市{{ winners.of_like_rank }}个，"
        "据报道和名单可查，获奖后有考察、访问或结好的{{ winner_ties.followed_count }}个，"
        "{{ winner_ties.pending | names }}待核，其余{{ winner_ties.not_followed_count }}个未查到。"
    )
    bold = old.replace("和名单可查", "").replace("，其余{{ winner_ties.not_followed_count }}个未查到", "")
    reason = "because: {bounds: {zh: 经核对名录无误, en: Checked against the list}}"
    new = f"{reason}\n            {bold}"
    amend(folder, "templates/wording/onepage.yml", old, new)
    known = assessed(folder)
    lines = [str(line) for line in listing(known, approved=False, json_wanted=False)]
    assert "overruled  onepage.meaning:3 zh  bounds: 经核对名录无误" in lines
    (row,) = overruled_rows(known)
    assert [cell.text("en") for cell in row][1:] == ["what an incomplete list allows", "Checked against the list"]


def overruled_rows(assessment: Assessment) -> tuple[tuple[Statement, ...], ...]:
    """Return the rows of the annex that lists what is overruled; there is none if nothing is."""
    sections = documents_of(assessment).briefs["evidence"].sections
    tables = (block.table for section in sections for block in section.blocks if block.table)
    return next((table.rows for table in tables if table.id == "overruled"), ())


def test_an_edition_that_overrules_nothing_has_no_such_annex() -> None:
    assert overruled_rows(assessed(ROOT)) == ()
