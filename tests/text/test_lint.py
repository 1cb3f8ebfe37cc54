"""Every fault of a wording file has one clear message with its line, and finding them is fast."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from jianbao.core.documents import Node
from jianbao.core.errors import Place
from jianbao.data.facts import Fact
from jianbao.data.tables import Name
from jianbao.text.formatter import writers
from jianbao.text.lint import Linter, faults_of_text
from jianbao.text.name_table import Names
from jianbao.text.placeholders import read_placeholder
from jianbao.text.wording import parse_section
from tests.effort import effort
from tests.text.sample_workspace import (
    CITIES,
    LOCALES,
    NAMES,
    desk,
    document,
    fact,
    faults,
    ledger,
    say_one,
    section,
    vocabulary,
)

TYPED = (
    "put a fact in its place: {{ edition.year | year }} for the year of this edition, {{ fact }} for another number "
    "(`jianbao facts` lists them), or name('ID') if it belongs to a name"
)

GOOD = ("{{ cities.total }}个友城。", "{{ cities.total | counted('sister_city') }} have signed.")


def test_a_sound_file_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, say_one(*GOOD)) == []


def test_a_condition_that_compares_what_is_no_number_is_named(tmp_path: Path) -> None:
    written = say_one(*GOOD).replace("say:", "when: {not: {fact: cities.list, below: 3}}\n    say:")
    listed = {**CITIES, "cities.list": Fact(id="cities.list", value=("Sydney",), kind="names")}
    found = Linter(listed, desk(), listed).section(section(tmp_path, written))
    assert [each.what for each in found] == ["'cities.list' is not a number"]


@pytest.mark.parametrize(
    ("zh", "en", "message"),
    [
        (
            "{{ cities.totl }}个友城。",
            "{{ cities.totl | counted }} have signed.",
            "network.yml:4 network.count:1 zh: 'cities.totl' is not a fact; did you mean 'cities.total'?",
        ),
        (
            GOOD[0],
            "{{ cities.total | conted }} have signed.",
            "network.yml:5 network.count:1 en: '{{ cities.total | conted }}': 'conted' is not a filter; "
            "did you mean 'counted'?",
        ),
        (
            GOOD[0],
            "{{ cities.total | words(3) }} have signed.",
            "network.yml:5 network.count:1 en: '{{ cities.total | words(3) }}': "
            "the filter 'words' does not take these arguments",
        ),
        (
            GOOD[0],
            "{{ cities.total | }} have signed.",
            "network.yml:5 network.count:1 en: '{{ cities.total | }}' cannot be read: expected token 'name', "
            "got 'end of print statement'",
        ),
        (
            GOOD[0],
            "{{ cities.total + cities.oceania }} have signed.",
            "network.yml:5 network.count:1 en: '{{ cities.total + cities.oceania }}': "
            "a placeholder holds a fact or a name and its filters, not a add; choose words by `when:`",
        ),
        (
            GOOD[0],
            "{{ cities.total.__class__() }} have signed.",
            "network.yml:5 network.count:1 en: '{{ cities.total.__class__() }}': "
            "a placeholder holds a fact or a name and its filters, not a call; choose words by `when:`",
        ),
        (
            GOOD[0],
            "{{ cities.total | counted | of }} have signed.",
            "network.yml:5 network.count:1 en: '{{ cities.total | counted | of }}' cannot be said: "
            "'of' comes after a filter that already made text; put it before",
        ),
        (
            "{{ cities.total }}个友城，{{ name('Sidney') }}。",
            "{{ cities.total | counted }}, {{ name('Sidney') }}.",
            "network.yml:4 network.count:1 zh: 'Sidney' is no id of the name table; did you mean 'Sydney'? "
            "If not, add it to data/names.csv, and write its id here",
        ),
        (
            GOOD[0],
            "{{ cities.total | counted }} and {{ cities.oceania }} more.",
            "network.yml:4 network.count:1 zh: 'cities.oceania' is not here, but en states it; "
            "every language must say the same",
        ),
        (
            GOOD[0],
            "{{ cities.total | counted }}, {{ name('Sydney') }} among them.",
            "network.yml:4 network.count:1 zh: 'Sydney' is not here, but en names it; every language must say the same",
        ),
        (
            "{{ cities.total }}个友城，第１６届。",
            GOOD[1],
            "network.yml:4 network.count:1 zh: the number '１' is typed by hand; " + TYPED,
        ),
        (
            GOOD[0],
            "{{ cities.total | counted }} since the 16th Games.",
            "network.yml:5 network.count:1 en: the number '16th' is typed by hand; " + TYPED,
        ),
        (
            GOOD[0],
            "{{ cities.total | counted }} {% if x %}have{% endif %} signed.",
            "network.yml:5 network.count:1 en: '{%' is outside a placeholder; write it as {{ fact | filter }}",
        ),
        (
            GOOD[0],
            "{{ cities.total | counted }}, Linkoping among them.",
            "network.yml:5 network.count:1 en: 'Linkoping' is not the official form of the name; write 'Linköping'",
        ),
        (
            GOOD[0],
            "{{ cities.total | counted }}, Liknoping among them.",
            "network.yml:5 network.count:1 en: 'Liknoping' is not the official form of the name; write 'Linköping'",
        ),
        (
            GOOD[0],
            "{{ cities.total | counted }}, Macau among them.",
            "network.yml:5 network.count:1 en: 'Macau' is not used; write 'Macao'",
        ),
        (
            "{{ cities.total }}个沿线国家。",
            GOOD[1],
            "network.yml:4 network.count:1 zh: '沿线国家' is not used; write '共建“一带一路”国家'",
        ),
        (
            "目前有{{ cities.total }}个友城。",
            GOOD[1],
            "network.yml:4 network.count:1 zh: '目前' (vague_time); write the years",
        ),
        (
            "{{ trade.fair }}个友城。",
            "In {{ trade.fair | year }}.",
            "network.yml:5 network.count:1 en: '{{ trade.fair | year }}' cannot be said: 2.23e+10 is not a year; "
            "for the year of the fact itself, write as_of | year",
        ),
    ],
)
def test_a_fault_is_named_with_file_line_statement_and_language(tmp_path: Path, zh: str, en: str, message: str) -> None:
    assert message in faults(tmp_path, say_one(zh, en))


def test_a_value_is_rounded_alike_in_every_language(tmp_path: Path) -> None:
    text = say_one("成交{{ trade.fair | digits(2) | money }}。", "Turnover is {{ trade.fair | money }}.")
    assert faults(tmp_path, text) == [
        "network.yml:4 network.count:1 zh en: 'trade.fair' is rounded differently in zh and en; "
        "round to the same digits in every language"
    ]


def test_a_hole_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    text = say_one("{{ " + "(" * 9000 + " }}友城", "A friend.")
    assert any("nested too deeply" in fault for fault in faults(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("blocks:\n  - paragraph: a\n    say: {zh: 友城}", "network.yml:3: 'en' is missing"),
        ("blocks:\n  - paragraph: a\n    say: {zh: 友城, en: ''}", "network.yml:3: this is empty"),
        (
            "blocks:\n  - paragraf: a\n    say: {zh: 友城, en: A}",
            "network.yml:2: 'paragraf' is not a kind of block; did you mean 'paragraph'?",
        ),
        (
            "blocks:\n  - paragraph: a\n    say: {zh: 友城, en: A}\n  - note: a\n    say: {zh: 友城, en: A}",
            "network.yml:4: the block 'network.a' is already in line 2",
        ),
        (
            "blocks:\n  - paragraph: a\n    say:\n      either: [{zh: 友城, en: A}, {zh: 友城, en: B}]",
            "network.yml:4: nothing after a variant without `when` is ever used; move it last",
        ),
        (
            "blocks:\n  - paragraph: a\n    when: {fact: cities.totl, above: 3}\n    say: {zh: 友城, en: A}",
            "network.yml:2: 'cities.totl' is not a fact; did you mean 'cities.total'?",
        ),
        (
            "blocks:\n  - box: a\n    say: {zh: 友城, en: A}",
            "network.yml:3: 'say' is not known here; 'items' is missing: is that what this is?",
        ),
        ("titel: {zh: 友城, en: A}", "network.yml:1: 'titel' is not known here; did you mean 'title'?"),
    ],
)
def test_a_fault_of_form_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    assert message in faults(tmp_path, text)


UNSAID = """
blocks:
  - paragraph: change
    say:
      either:
        - when: {{fact: previous.overall, known: yes}}
          zh: 上年{{{{ {fact} | score }}}}分{zh}
          en: It was {{{{ {fact} | score }}}}{en}
        - {{zh: 首期, en: The first edition}}
"""


def test_a_variant_that_this_edition_does_not_say_is_read_too(tmp_path: Path) -> None:
    found = faults(
        tmp_path, UNSAID.format(fact="previous.overal", zh="，近年来", en=" in 2024"), known=("previous.overall",)
    )
    assert found == [
        "network.yml:7 network.change:1 zh: '近年来' (vague_time); write the years",
        "network.yml:7 network.change:1 zh: 'previous.overal' is not a fact; did you mean 'previous.overall'?",
        "network.yml:8 network.change:1 en: the number '2024' is typed by hand; " + TYPED,
        "network.yml:8 network.change:1 en: 'previous.overal' is not a fact; did you mean 'previous.overall'?",
    ]


def test_a_fact_that_only_another_edition_has_is_no_fault_where_it_is_not_said(tmp_path: Path) -> None:
    text = UNSAID.format(fact="previous.overall", zh="", en="")
    assert faults(tmp_path, text, known=("previous.overall",)) == []


def test_a_name_with_digits_and_chinese_numerals_are_free(tmp_path: Path) -> None:
    text = say_one("“十五五”以来，{{ name('games') }}之后。", "Since the {{ name('games') }}, in the plan period.")
    assert faults(tmp_path, text) == []


def test_a_fact_misspelt_in_one_language_is_told_once(tmp_path: Path) -> None:
    text = say_one(GOOD[0], "{{ cities.totl | counted }} have signed.")
    assert faults(tmp_path, text) == [
        "network.yml:5 network.count:1 en: 'cities.totl' is not a fact; did you mean 'cities.total'?"
    ]


@pytest.mark.parametrize(
    "hole",
    ["｛｛ cities.total | counted ｝｝", "{{ cities.total ｜ counted }}", "{{ cities.total | counted（‘city’） }}"],
)
def test_a_placeholder_with_full_width_characters_is_told_once_with_what_to_type(tmp_path: Path, hole: str) -> None:
    (fault,) = faults(tmp_path, say_one(GOOD[0], f"{hole} have signed."))
    assert "has full-width characters; type: {{ cities.total" in fault


def test_braces_that_are_no_placeholder_are_told_once(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, say_one(GOOD[0], "{ cities.total | counted } have signed."))
    assert "'{' is outside a placeholder; write it as {{ fact | filter }}" in fault


def test_a_phrase_knows_what_code_lends_it_but_no_fact_that_is_nowhere(tmp_path: Path) -> None:
    assert faults(tmp_path, "phrases:\n  a: {zh: '{{ it }}', en: '{{ it }}'}") == []
    unknown = faults(tmp_path, "phrases:\n  a: {zh: '{{ a.it }}', en: '{{ a.it }}'}")
    assert [fault.partition(";")[0] for fault in unknown] == [
        "network.yml:2 network.a zh: 'a.it' is not a fact",
        "network.yml:2 network.a en: 'a.it' is not a fact",
    ]


STATEMENT = """
      - zh: '友城{{{{ f.n{n} }}}}个，其中大洋洲{{{{ cities.oceania | of }}}}，成交{{{{ trade.n{n} | money }}}}。'
        en: 'In all, {{{{ f.n{n} | counted }}}}, {{{{ cities.oceania | of }}}} there, {{{{ trade.n{n} | money }}}}.'"""


def read_section(node: Node, known: Mapping[str, Fact]) -> None:
    """Read a section whose placeholders are all new, and find no fault."""
    read_placeholder.cache_clear()
    assert Linter(known, desk()).section(parse_section(node, LOCALES, [])) == []


@pytest.mark.slow
def test_two_hundred_and_fifty_statements_are_read_in_a_third_of_a_second(tmp_path: Path) -> None:
    says = "".join(STATEMENT.format(n=n) for n in range(250))
    node = document(tmp_path, f"blocks:\n  - paragraph: long\n    say:{says}")
    counts = ledger(*(fact(20.0 + n, "city", f"f.n{n}") for n in range(250)))
    trade = ledger(*(fact(1e9 + n * 1e8, "usd", f"trade.n{n}") for n in range(250)))
    read = partial(read_section, node, CITIES | counts | trade)
    assert effort(read) < 3.3, "tenths of a second of 2020"


def test_a_section_is_checked_without_its_facts_being_asked_for(tmp_path: Path) -> None:
    assert Linter({}, desk()).section(section(tmp_path, "title: {zh: 题, en: Title}")) == []


def test_a_built_in_text_is_never_told_to_be_a_misspelt_name(tmp_path: Path) -> None:
    written = section(tmp_path, say_one(GOOD[0], "{{ cities.total | counted }}, Liknoping among them."))
    english = next(written.wordings()).variants[0].texts["en"]
    assert len(faults_of_text(english, desk()["en"], english.place)) == 1
    assert faults_of_text(english, desk()["en"], Place("built-in/wording/figures.yml", 1)) == []


def test_a_half_width_sign_of_a_name_is_reported_at_the_row_of_the_name(tmp_path: Path) -> None:
    body = Name("OEAED", "body", {"zh": "推进机构(OEAED)", "en": "OEAED"}, {})
    named = writers(LOCALES, vocabulary(), Names({**NAMES, "OEAED": body}, rows={"OEAED": 45}))
    facts = ledger(fact("OEAED", "", "body.latest", kind="name"))
    text = say_one("加入{{ body.latest | name }}。", "It joined {{ body.latest | name }}.")
    (problem,) = Linter(facts, named).section(section(tmp_path, text))
    assert problem.where == Place("data/names.csv", 45, "zh") and "构(" in str(problem.what)
    text = say_one("加入(新){{ body.latest | name }}。", "It joined {{ body.latest | name }}.")
    (problem,) = Linter(facts, named).section(section(tmp_path, text))
    assert problem.where.file == "network.yml"
