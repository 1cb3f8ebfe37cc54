"""What goes wrong is said once, to whoever can mend it, and leaves the last good edition as it was."""

import gc
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import process_time

import pytest

from jianbao.render.html import templates
from tests.workspaces import amend, linked_fonts, run, snapshot

pytestmark = pytest.mark.slow

PAGE = "templates/brief/page.html.j2"


def broken_cell(workspace: Path) -> None:
    amend(workspace, "data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Hihglands")


def missing_translation(workspace: Path) -> None:
    amend(workspace, "templates/wording/harbour.yml", "zh: 港口近况, en: How the harbour does", "zh: 港口近况")


def typed_digit(workspace: Path) -> None:
    amend(workspace, "templates/wording/harbour.yml", "最后结好的是", "第7个结好的是")


def reads_outside(workspace: Path) -> None:
    (workspace.parent / "secret.css").write_text("p { color: red }")
    amend(workspace, PAGE, '"brief/page.css"', '"../../secret.css"')


FAULTS: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "a broken cell": (broken_cell, 3, "data/ties.csv:4 grouping: 'Hihglands' is no grouping of the name table"),
    "a missing translation": (missing_translation, 4, "templates/wording/harbour.yml:1: 'en' is missing"),
    "a typed digit": (
        typed_digit,
        4,
        "templates/wording/harbour.yml:7 harbour.ties:2 zh: the number '7' is typed by hand",
    ),
    "a template that reads outside": (reads_outside, 6, "there is no template '../../secret.css'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stops_the_build_with_one_clear_error_and_the_last_edition_stays(published: Path, fault: str) -> None:
    spoil, code, message = FAULTS[fault]
    before = snapshot(published / "output")
    spoil(published)
    done = run("build", published)
    assert (done.code, done.err.count(message)) == (code, 1), done.err
    assert "1 problem for" in done.err and "Traceback" not in done.err and done.out == ""
    assert snapshot(published / "output") == before


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_without_building(published: Path, fault: str) -> None:
    spoil, code, message = FAULTS[fault]
    before = snapshot(published / "output")
    spoil(published)
    done = run("check", published)
    assert (done.code, (done.err + done.out).count(message)) == (code, 1), done.err + done.out
    assert snapshot(published / "output") == before


def test_a_deleted_font_stops_the_build_and_the_last_edition_stays(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts = linked_fonts(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = snapshot(published / "output")
    (fonts / "NotoSansSC-400.otf").unlink()
    done = run("build", published)
    assert done.code == 2 and "the font 'Noto Sans SC' is missing or damaged" in done.err, done.err
    assert "jianbao fonts" in done.err and "1 problem for you" in done.err
    assert snapshot(published / "output") == before


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (PAGE, "<main>", '<main><img src="file:///etc/passwd" alt="">', "'file:///etc/passwd'"),
        (PAGE, "<main>", "<main>{{ brief.__class__ }}", "'__class__'"),
        (PAGE, "<main>", "<main>\U00013000", "is text in a page template"),
        (PAGE, "<main>", "<main>{{ breif }}", "'breif' is undefined"),
        ("templates/theme.yml", "[Noto Sans SC", "[Noto Snas SC", "did you mean 'Noto Sans SC'"),
    ],
)
def test_a_faulty_page_is_the_designers_and_is_not_written(
    workspace: Path, file: str, old: str, new: str, said: str
) -> None:
    amend(workspace, file, old, new)
    done = run("build", workspace, "--lang", "en")
    assert done.code == 6 and said in done.err, done.err
    assert not list(workspace.glob("output/*"))


def test_facts_that_break_an_expectation_are_the_analysts_to_weigh(workspace: Path) -> None:
    amend(workspace, "data/tallies.csv", "ties,6,", "ties,9,")
    done = run("build", workspace)
    assert done.code == 5 and "the expectation 'reported_ties' is not met" in done.err, done.err
    assert not list(workspace.glob("output/*"))


def test_every_fault_of_a_table_is_said_at_once(workspace: Path) -> None:
    broken_cell(workspace)
    amend(workspace, "data/ties.csv", "2023,gazette", "2023,gazete")
    amend(workspace, "data/regattas.csv", "41", "many")
    done = run("build", workspace)
    assert done.code == 3 and "3 problems for the data owner" in done.err, done.err


def lost_source(workspace: Path) -> None:
    amend(workspace, "data/sources.yml", "gazette:", "gazettes:")


def lost_key_of_a_rule(workspace: Path) -> None:
    amend(workspace, "data/rules.yml", "  when:", "  whenever:")


def lost_fact_of_a_rule(workspace: Path) -> None:
    amend(workspace, "data/rules.yml", "{fact: market.value, below", "{fact: market.valu, below")


def lost_blank_of_a_name(workspace: Path) -> None:
    amend(workspace, "data/rules.yml", "en: A fuller market", "en:Bigger")


def lost_name_of_a_rule(workspace: Path) -> None:
    amend(workspace, "data/rules.yml", "more_boats:\n", "")


def lost_key_of_words(workspace: Path) -> None:
    amend(workspace, "templates/wording/figures.yml", "  labels:", "  label:")


def lost_kind_of_a_figure(workspace: Path) -> None:
    path = workspace / "templates/figures.yml"
    path.write_text(path.read_text("utf-8").replace("  kind: growth\n", ""), "utf-8")


def lost_kind_of_a_measure(workspace: Path) -> None:
    amend(workspace, "data/measures.yml", "{count: ties", "{counted: ties")


def lost_capital_of_a_column(workspace: Path) -> None:
    amend(workspace, "data/ties.csv", "grouping", "Grouping")


def office_by_its_name(workspace: Path) -> None:
    amend(workspace, "data/editions.yml", "issuer: Lantern Guild", "issuer: 灯笼行会")


def reader_by_its_name(workspace: Path) -> None:
    amend(workspace, "data/editions.yml", "reader: Harbour Council", "reader: 港务议会")


def city_without_a_name(workspace: Path) -> None:
    amend(workspace, "data/editions.yml", "city: Tarnhaven", "city: Tarnhafen")


def asked_by_its_name(workspace: Path) -> None:
    amend(workspace, "data/tables.yml", "  file: ties.csv\n", "  file: ties.csv\n  ask: 港务议会\n")


def lead_by_its_name(workspace: Path) -> None:
    amend(workspace, "templates/argument.yml", "lead: [Harbour Council]", "lead: [港务议会]")


@pytest.mark.parametrize(
    ("spoil", "count", "said"),
    [
        (office_by_its_name, 1, "data/editions.yml:4: '灯笼行会' is no id of the name table\n    write its id: 'Lant"),
        (reader_by_its_name, 1, "data/editions.yml:3: '港务议会' is no id of the name table\n    write its id: 'Harb"),
        (city_without_a_name, 1, "data/editions.yml:2: 'Tarnhafen' is no id of the name table"),
        (asked_by_its_name, 1, "'港务议会' is no id of the name table\n    write its id: 'Harbour Council'"),
        (lead_by_its_name, 1, "'港务议会' is no id of the name table\n    write its id: 'Harbour Council'"),
        (lost_source, 1, "'gazette' is not a source\n    did you mean 'gazettes'? If not, describe it"),
        (lost_key_of_a_rule, 1, "'whenever' is not known here\n    'when' is missing: is that what this is?"),
        (lost_blank_of_a_name, 1, "'en:Bigger' is not known here\n    write a blank after 'en:'"),
        (lost_name_of_a_rule, 1, "'name' is already in line 9, and so are 5 more keys from here on"),
        (lost_key_of_words, 1, "'label' is not known here\n    did you mean 'labels'?"),
        (lost_fact_of_a_rule, 1, "'market.valu' is not a fact\n    did you mean 'market.value'?"),
        (lost_kind_of_a_figure, 1, "'kind' is missing"),
        (lost_kind_of_a_measure, 1, "'counted' is not a kind of measure"),
        (lost_capital_of_a_column, 1, "'Grouping' is not a column of this table\n    did you mean 'grouping'?"),
    ],
)
def test_one_cause_is_told_once(workspace: Path, spoil: Callable[[Path], None], count: int, said: str) -> None:
    spoil(workspace)
    done = run("check", workspace)
    assert said in done.err and f"{count} problem" in done.err.splitlines()[-1], done.err


def test_prose_in_a_page_template_is_refused_because_it_belongs_to_the_wording(workspace: Path) -> None:
    amend(workspace, PAGE, "<main>", "<main><p>There are 39 ties</p>")
    done = run("check", workspace)
    assert done.code == 6 and "'There are 39 ties' is text in a page template" in done.err + done.out


@pytest.mark.parametrize(("option", "kind"), [("--template", "模板"), ("--format", "格式")])
def test_a_product_that_does_not_exist_is_named_as_chinese_is_written(workspace: Path, option: str, kind: str) -> None:
    done = run("--ui-language", "zh", "build", workspace, option, "nosuch")
    assert done.code == 2 and f"{option}：“nosuch”不是{kind}\n" in done.err, done.err


def test_a_folder_that_cannot_be_written_is_the_operators_to_mend(workspace: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    done = run("build", workspace, "--lang", "en", "--output", blocked)
    assert done.code == 7 and "the edition cannot be written" in done.err, done.err


HARBOUR, FRAMEWORK, FIGURES = "templates/wording/harbour.yml", "data/framework.yml", "templates/wording/figures.yml"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            FRAMEWORK,
            "fact: ties.evenness",
            "fact: ties.eveness",
            "framework.yml:34 tie_evenness: 'ties.eveness' is not",
        ),
        (
            FRAMEWORK,
            "{fact: market.best}",
            "{fact: market.bets}",
            "framework.yml:57 market_value: 'market.bets' is not",
        ),
        (FRAMEWORK, "fact: ties.total", "fact: ties.grouping.detla", "tie_count: 'ties.grouping.detla' is not a fact"),
        (HARBOUR, "- figure: friends", "- figure: freinds", "harbour.yml:11: 'freinds' is not a figure"),
        (HARBOUR, "- figure: friends", "- table: chagnes", "harbour.yml:11: 'chagnes' is not a table"),
        ("templates/argument.yml", "rule: fuller_market", "rule: fuller_markt", "'fuller_markt' is not a rule"),
        (FIGURES, "sister:", "sitser:", "'friends' has no label 'sister'"),
    ],
)
def test_a_name_that_nothing_has_is_the_writers_with_its_place_and_the_nearest(
    workspace: Path, file: str, old: str, new: str, said: str
) -> None:
    amend(workspace, file, old, new)
    done = run("check", workspace)
    assert done.code == 4 and said in done.err, done.err
    assert "did you mean '" in done.err and "1 problem for the writer or analyst" in done.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("accent:", "acent:", "theme.yml:1: 'acent' is not known here\n    did you mean 'accent'?"),
        ("#7a3b00", "#7a3b0", "theme.yml:1 accent: '#7a3b0' is not a colour"),
        ("#7a3b00", "#d0a070", "theme.yml:1 accent: '#d0a070' can hardly be read on the paper '#ffffff'"),
        ("colours:", "logo: {file: a.svg}\ncolours:", "theme.yml:1: a text is expected here, not a mapping"),
        ("serif: [Source Sans 3", "serif: [Source Snas 3", "theme.yml:11: 'Source Snas 3' is not a font of the brief"),
    ],
)
def test_a_faulty_theme_is_found_without_building_or_any_prepared_font(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    amend(workspace, "templates/theme.yml", old, new)
    done = run("check", workspace)
    assert done.code == 6 and said in done.err, done.err


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("灯笼行会", "'灯笼行会' is no id of the name table\n    write its id: 'Lantern Guild'"),
        ("Ministry", "'Ministry' is no id of the name table\n    add it to data/names.csv, and write its id here"),
    ],
)
def test_an_office_that_is_not_named_by_its_id_is_told_so(workspace: Path, written: str, said: str) -> None:
    (workspace / "data/delivery.yml").write_text(f"office:\n  name: {written}\n", "utf-8")
    done = run("check", workspace)
    assert done.code == 4 and f"data/delivery.yml:2: {said}" in done.err, done.err


def test_a_table_that_cannot_be_read_is_the_only_thing_said(workspace: Path) -> None:
    names = workspace / "data/names.csv"
    names.write_bytes(names.read_bytes().replace("高".encode(), b"\xff\xfe\x81", 1))
    done = run("check", workspace)
    assert done.code == 3 and "data/names.csv" in done.err and "1 problem for the data owner" in done.err, done.err


def test_sources_that_cannot_be_read_are_the_only_thing_said(workspace: Path) -> None:
    (workspace / "data/sources.yml").write_text("almanac: {title: [")
    done = run("check", workspace)
    assert done.code == 3 and "type: almanac: {title: []}" in done.err and "1 problem for the data owner" in done.err, (
        done.err
    )


@pytest.mark.parametrize("command", ["check .", "review list .", "diff winter midsummer ."])
def test_a_rule_without_its_source_is_named_by_whatever_reads_the_brief(workspace: Path, command: str) -> None:
    amend(workspace, "data/rules.yml", "source: [gazette]", "source: [gazete]")
    done = run(*command.split()[:-1], workspace)
    assert done.code == 4 and "'gazete' is not a source" in done.err, done.err
    assert "did you mean 'gazette'?" in done.err


def test_a_table_that_cannot_be_read_hides_no_fault_of_another(workspace: Path) -> None:
    (workspace / "data/names.csv").unlink()
    amend(workspace, "data/regattas.csv", "41", "many")
    done = run("check", workspace)
    assert done.code == 3 and "'many' is not a number" in done.err, done.err
    assert "2 problems for the data owner" in done.err, done.err


# Hostile and mistaken templates: each ends with one error, soon, and whatever the machine has stays free.

DOUBLED = "{% set ns = namespace(x='x') %}{% for i in range(60) %}{% set ns.x = CODE %}{% endfor %}"
LOOP = "{% for i in range(99999) %}"
HOSTILE = {
    "reading a file": ("{% include '../../../etc/passwd' %}", "there is no template '../../../etc/passwd'"),
    "reading a file in a way": ("{% include ['no' ~ 'ne.j2', '/etc/pass' ~ 'wd'] %}", "none of the templates given"),
    "an address": ('<img src="http://203.0.113.1/x.png" alt="">', "203.0.113.1"),
    "a stylesheet of the network": ("<style>@import url(http://203.0.113.1/x.css);</style>", "203.0.113.1"),
    "a long loop": ("{% for i in range(10**9) %}{% endfor %}", "Range too big"),
    "a loop in a loop": (f"{LOOP}{LOOP}{'{% endfor %}' * 2}", "the page takes too long"),
    "a loop that prints": (f"{LOOP}{LOOP}<b></b>{'{% endfor %}' * 2}", "the page"),
    "a loop that is caught": (f"{{% set x %}}{LOOP}{LOOP}<b></b>{'{% endfor %}' * 2}{{% endset %}}", "the page"),
    "a macro that calls itself": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
    "a macro that calls itself twice": (
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "the page takes too long",
    ),
    "a page in itself": ("{% include 'brief/page.html.j2' %}", PAGE),
    "a bracketed bracket": ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "recursion"),
    "loops in loops in loops": ("{% for i in 'ab' %}" * 30 + "{% endfor %}" * 30, "nested"),
    "a text times a number": ("{{ 'x' * 10**9 }}", "grows too large"),
    "a number times a text": ("{{ 10**9 * 'x' }}", "grows too large"),
    "a list times a number": ("{{ ([0] * 10**9) | length }}", "grows too large"),
    "a power of a power": ("{{ 9**(9**9) }}", "'**' makes a number too large"),
    "numbers squared": ("{% set a = 9**999 %}" + "{% set a = a * a %}" * 40, "'*' makes a number too large"),
    "a text filled in": ("{{ '%1000000000d' % 1 }}", "not filled in"),
    "a text formatted": ("{{ '{:1000000000}'.format(1) }}", "'format' of a text or number cannot be called"),
    "a text laid out": ("{{ 'x'.ljust(10**9) }}", "'ljust' of a text or number cannot be called"),
    "a number in bytes": ("{{ (1).to_bytes(10**9, 'big') }}", "'to_bytes' of a text or number cannot be called"),
    "a text centred": ("{{ 'x' | center(10**9) }}", "No filter named 'center'"),
    "a filter by its name": ("{{ ['x'] | map('center', 10**9) | list }}", "No filter named 'center'"),
    "a text doubled": (DOUBLED.replace("CODE", "ns.x ~ ns.x"), "grows too large"),
    "a text added to itself": (DOUBLED.replace("CODE", "ns.x + ns.x"), "grows too large"),
    "a text replaced": (DOUBLED.replace("CODE", "ns.x | replace('x', 'xxxxxxxx')"), "grows too large"),
    "a text joined": ("{{ range(99999) | join('x' * 99999) }}", "between joined texts"),
    "a block doubled": ("{% set x = 'x' %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 60, "grows too large"),
    "an attribute": ("{{ brief.__class__.__mro__ }}", "'__class__'"),
    "an attribute by its name": ("{{ brief['__cl' ~ 'ass__'] }}", "__class__"),
    "an attribute of a filter": ("{{ [brief] | map(attribute='__class__') | first }}", "__class__"),
    "the environment": ("{{ self._TemplateReference__context.environment }}", "_TemplateReference__context"),
    "a global of a macro": ("{% macro m() %}{% endmacro %}{{ m.__globals__ }}", "__globals__"),
    "a filter without its language": ("{{ brief.title | say }}", "the filter 'say' is not used so: missing a required"),
    "a filter of the wrong thing": ("{{ 3 | say('en') }}", "'int' object has no attribute 'text'"),
    "a key that is none": ("{{ tag['fr'] }}", "'fr'"),
    "endless sheets": (
        "{% for i in range(9999) %}<p style='break-after: page'></p>{% endfor %}",
        "more than 300 sheets",
    ),
    "elements in elements": ("{% for i in range(3000) %}<div>{% endfor %}", "nested too deeply"),
    "a sum of unlike things": ("{{ brief.title + 1 }}", "unsupported operand"),
}


SECONDS = 60  # of a processor, on any machine; measured: under five


@pytest.fixture(scope="module")
def unburdened() -> None:
    """Keep the garbage collector from going through all that earlier tests have left, while work is measured."""
    gc.collect()
    gc.freeze()


@pytest.mark.usefixtures("unburdened")
@pytest.mark.parametrize("trick", HOSTILE)
def test_a_hostile_or_mistaken_template_is_stopped_soon_with_one_error(
    workspace: Path, trick: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = HOSTILE[trick]
    if "the page" in said:
        monkeypatch.setattr(templates, "SECONDS", templates.SECONDS / 20)
    stopped_soon(workspace, code, said)


@pytest.mark.deep
@pytest.mark.usefixtures("unburdened")
def test_a_loop_in_a_loop_is_stopped_soon_by_the_limit_as_it_is(workspace: Path) -> None:
    stopped_soon(workspace, *HOSTILE["a loop in a loop"])


def stopped_soon(workspace: Path, code: str, said: str) -> None:
    """Have the page template of a workspace refused with one error, soon and in little memory."""
    amend(workspace, PAGE, "<main>", f"<main>\n{code}")
    before, peak = process_time(), getrusage(RUSAGE_SELF).ru_maxrss
    done = run("build", workspace, "--lang", "en")
    assert done.code == 6 and said in done.err, done.err
    assert (PAGE in done.err or "\npage: " in done.err) and "1 problem for the designer" in done.err, done.err
    assert process_time() - before < SECONDS and getrusage(RUSAGE_SELF).ru_maxrss - peak < 1_500_000
    assert not list(workspace.glob("output/*"))


@pytest.mark.parametrize(
    "code",
    ["'x' * 10**9", "9**9**9", "ties.total" + ".x" * 5000, "ties.total" + " | abs" * 5000, "range(10**9) | list"],
)
def test_a_hole_of_a_wording_can_neither_calculate_nor_repeat(workspace: Path, code: str) -> None:
    amend(workspace, HARBOUR, "{{ ties.evenness | decimals(2) }}。", f"{{{{ {code} }}}}。")
    done = run("check", workspace)
    assert done.code == 4 and "harbour.yml:9 harbour.ties:3 zh" in done.err, done.err
