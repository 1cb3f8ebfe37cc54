"""A check knows, at once, all that a build would refuse before its pages are set."""

from pathlib import Path

import pytest

from jianbao.app.check import anomaly_notes, examine_all_editions
from jianbao.app.project import read_project
from jianbao.app.workspace import snapshot
from jianbao.core.workers import worker_pool
from tests.workspaces import ROOT, amend, run

pytestmark = pytest.mark.slow

GONGWEN = "title: {zh: 公文, en: Letter}\nblocks:\n  - paragraph: a\n    say: {zh: 副题, en: Subtitle}\n"
ONEPAGE = GONGWEN + "  - table: levels\n"
PRODUCTS = "products: [brief.zh-en.pdf, brief.zh.pdf, brief.en.pdf]\noutlines:\n"
MORE = (
    "products: [brief.zh.pdf, onepage.zh.pdf, onepage.en.html, gongwen.en.pdf]\noutlines:\n"
    "  onepage: [{section: onepage, role: summary}]\n  gongwen: [{section: gongwen, role: summary}]\n"
)
LATER_EN = "        en: Guests came as {{ visitors.best | percent }}."


def checked(workspace: Path, command: str = "check") -> tuple[int, str]:
    done = run(command, workspace)
    return done.code, " ".join(done.err.split())


@pytest.fixture
def wanting(workspace: Path) -> Path:
    """Return a workspace with products whose phrases nobody wrote, and one that no template makes."""
    amend(workspace, "templates/outline.yml", PRODUCTS, MORE)
    for name, text in (("onepage", ONEPAGE), ("gongwen", GONGWEN)):
        (workspace / f"templates/wording/{name}.yml").write_text(text, "utf-8")
    return workspace


@pytest.mark.parametrize("command", ["check", "build"])
def test_all_phrases_that_any_product_lacks_are_named_at_once_to_the_writer(wanting: Path, command: str) -> None:
    code, said = checked(wanting, command)
    assert code == 4 and "designer" not in said
    assert "templates/wording/gongwen.yml:1: there is no phrase 'page.heading', which gongwen.en.pdf prints" in said
    assert "templates/outline.yml products: 'onepage.en.html': there is no template 'onepage/web.html.j2'" in said
    assert "write it there under `phrases:`" in said and "allowed: masthead" not in said
    assert said.count("there is no phrase 'page.heading'") == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_problem_of_several_editions_is_told_once_and_names_them(workspace: Path, jobs: int) -> None:
    later = "      - when: {fact: edition.year, at_least: 2030}\n        zh: 来客{{ visitors.best | percent }}。"
    amend(workspace, "templates/wording/harbour.yml", "      - zh: 来客", "      - zh: 来的有3；来客")
    amend(
        workspace, "templates/wording/harbour.yml", "  - heading: regatta", f"{later}\n{LATER_EN}\n  - heading: regatta"
    )
    with worker_pool(jobs, "jianbao.app.check") as workers:
        (error,) = examine_all_editions(snapshot(workspace), workers).errors
    everywhere, some = sorted((each for each in error.problems), key=lambda each: "edition" in str(each.what))
    assert "the number '3' is typed by hand" in str(everywhere.what) and "edition" not in str(everywhere.what)
    assert str(some.what).startswith("edition 2030, winter, midsummer: ")


def test_a_phrase_that_stands_in_for_a_built_in_one_and_is_misspelt_is_known(workspace: Path) -> None:
    amend(workspace, "templates/wording/furniture.yml", "  value.short:", "  value.shrt:")
    code, said = checked(workspace)
    assert code == 4 and "no phrase 'value.shrt' is built in did you mean 'value.short'?" in said


def test_a_misspelt_phrase_of_the_summary_and_a_label_of_nothing_are_known(workspace: Path) -> None:
    amend(
        workspace, "templates/wording/summary.yml", "phrases:\n", "phrases:\n  masthead.unisued: {zh: 待定, en: open}\n"
    )
    labels = workspace / "templates/wording/intake.yml"
    labels.write_text(
        "phrases:\n  table.tallyes: {zh: 统计, en: Tallies}\n  column.tallies.no: {zh: 无, en: no}\n", "utf-8"
    )
    code, said = checked(workspace)
    assert code == 4 and "no phrase 'masthead.unisued' is built in did you mean 'masthead.unissued'?" in said
    assert "intake.yml:2: 'table.tallyes' is no label of a table or column did you mean 'table.tallies'?" in said
    assert "intake.yml:3: 'column.tallies.no' is no label of a table or column" in said


@pytest.mark.parametrize("command", ["check", "build"])
def test_a_misspelt_phrase_does_not_hide_others_that_are_missing(wanting: Path, command: str) -> None:
    amend(wanting, "templates/wording/furniture.yml", "  value.short:", "  value.shrt:")
    code, said = checked(wanting, command)
    assert code == 4 and "no phrase 'value.shrt' is built in did you mean 'value.short'?" in said
    assert "templates/wording/gongwen.yml:1: there is no phrase 'page.heading', which gongwen.en.pdf prints" in said


def test_a_misspelt_phrase_that_nothing_stands_in_for_is_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert run("new", folder, "--city", "Ulm", "--languages", "de-en").code == 0
    amend(folder, "templates/wording/furniture.yml", "\n  contents:", "\n  contets:")
    code, said = checked(folder)
    assert code == 4 and "there is no phrase 'contents' did you mean 'contets'? 1 problem for" in said


UNMET = "when: {fact: ties.total, above: 99999}, "


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        (
            "figures.yml",
            "ties.total }}个。",
            "ties.totl }}个。",
            "figures.yml:4 friends.alt zh: 'ties.totl' is not a fact",
        ),
        ("figures.yml", "title: {", "title: {" + UNMET, "figures.yml:2: 'friends.title' says nothing"),
        ("harbour.yml", "title: {", "title: {" + UNMET, "harbour.yml:1: 'harbour.title:1' says nothing"),
    ],
)
def test_a_title_or_description_that_cannot_be_said_is_told_to_the_writer(
    workspace: Path, file: str, old: str, new: str, line: str
) -> None:
    amend(workspace, f"templates/wording/{file}", old, new)
    code, said = checked(workspace)
    assert code == 4 and f"templates/wording/{line}" in said and "designer" not in said and "1 problem for" in said


def test_a_template_of_the_workspace_that_fails_is_known_before_a_page_is_made(workspace: Path) -> None:
    amend(workspace, "templates/brief/page.html.j2", "{{ thing.number }}", "{{ thing.number }} {{ brif }}")
    code, said = checked(workspace)
    assert code == 6 and "templates/brief/page.html.j2:" in said and "'brif' is undefined" in said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("{{ brif }}", "“brif”未定义"),
        ("{{ ''.__class__ }}", "不允许读取“str”对象的属性“__class__”"),
        ("{% if %}", "这里缺少表达式"),
        ("{{ brief | shout }}", "没有过滤器“shout”"),
    ],
)
def test_what_the_reader_of_templates_says_is_chinese_in_chinese(workspace: Path, code: str, said: str) -> None:
    amend(workspace, "templates/brief/page.html.j2", "{{ thing.number }}", code)
    assert said in run("--ui-language", "zh", "check", workspace).err


def test_faults_of_tables_wording_and_theme_are_told_together(workspace: Path) -> None:
    amend(workspace, "data/ties.csv", "2011-04-02", "2011-14-02")
    amend(workspace, "templates/outline.yml", "role: body", "role: bdy")
    amend(workspace, "data/rules.yml", "below: 3", "under: 3")
    (workspace / "templates/theme.yml").write_text("colours: {ink: '#zzzzzz'}\n", "utf-8")
    _, said = checked(workspace)
    for wrong in (
        "'2011-14-02' is not a date",
        "'bdy' is not a role",
        "data/rules.yml:3: 'under' is not known here",
        "'#zzzzzz' is not a col",
    ):
        assert wrong in said


def test_all_files_that_are_not_yaml_are_told_together(workspace: Path) -> None:
    for file in ("data/rules.yml", "templates/figures.yml", "templates/wording/notes.yml"):
        (workspace / file).write_text("x: [\n", "utf-8")
    for file in ("data/expectations.yml", "templates/argument.yml"):
        (workspace / file).unlink()
    _, said = checked(workspace)
    for file in ("data/rules.yml", "templates/figures.yml", "templates/wording/notes.yml"):
        assert f"{file}:1" in said and "is not closed" in said
    for file in ("data/expectations.yml", "templates/argument.yml"):
        assert f"{file}: the file does not exist" in said


def test_what_is_wrong_without_any_facts_is_told_where_they_cannot_be_measured(workspace: Path) -> None:
    amend(workspace, "data/tallies.csv", "ties,6,town", "ties,5,twn")  # it must be six
    _, said = checked(workspace)
    assert "the expectation 'reported_ties' is not met" in said and "'twn' is not a unit of the vocabulary" in said


def test_an_impossible_value_is_told_before_what_follows_from_it(workspace: Path) -> None:
    amend(workspace, "data/framework.yml", "floor: 0, target: 60000", "floor: 0, target: {fact: visitors.value}")
    amend(workspace, "data/tallies.csv", "visitors,38750", "visitors,-38750")
    code, said = checked(workspace, "build")
    assert code == 3 and "'-38750' is below 0" in said and "1 problem for the data owner" in said
    code, said = checked(workspace)
    assert code == 3 and said.index("'-38750' is below 0") < said.index("the target -38750 (visitors.value)")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("editions", "issuer: Lantern Guild", "issuer: [Lantern Guild]", "a text is expected here, not a list"),
        ("rules", "en: Three make a network.", "en: [Three]", "a text is expected here, not a list"),
        ("rules", ", en: Three make a network.", "", "data/rules.yml:6: 'en' is missing"),
        (
            "framework",
            "goalposts: {floor: 0, target: 0.1}",
            f"goalposts: {{floor: 0, target: {'9' * 400}}}",
            "99…' has too many digits",
        ),
        ("framework", "floor: 0, target: 60000", f"floor: 0, target: {'9' * 5000}", "99…' has too many digits"),
    ],
)
def test_a_value_of_another_kind_or_beyond_all_numbers_is_not_passed_over(
    workspace: Path, file: str, old: str, new: str, said: str
) -> None:
    amend(workspace, f"data/{file}.yml", old, new)
    code, message = checked(workspace)
    assert code == 4 and said in message, message


def test_a_file_in_the_way_is_told_by_the_check_as_by_the_build(workspace: Path) -> None:
    (workspace / "output/midsummer").mkdir(parents=True)
    (workspace / "output/midsummer/mine.txt").write_text("mine", "utf-8")
    assert checked(workspace)[0] == checked(workspace, "build")[0] == 7


# A build of some products


def test_a_build_of_some_products_keeps_the_others_or_asks(workspace: Path, unset: None) -> None:
    folder = workspace / "output/midsummer"
    assert run("build", workspace, "--lang", "zh").code == run("build", workspace, "--lang", "en").code == 0
    assert {"brief.zh.pdf", "brief.en.pdf"} <= {path.name for path in folder.iterdir()}
    amend(workspace, "data/tallies.csv", "visitors,38750", "visitors,38760")
    before = (folder / "manifest.json").read_bytes()
    refused = run("build", workspace, "--lang", "en")
    assert refused.code == 7 and "would drop brief.zh.pdf: not of the same inputs" in refused.err
    assert "--drop" in refused.err and (folder / "manifest.json").read_bytes() == before
    assert run("build", workspace, "--lang", "en", "--drop").code == 0
    assert not (folder / "brief.zh.pdf").exists() and (folder / "brief.en.pdf").exists()


@pytest.mark.parametrize("series", ["sister_cities", "friendly_total", "friendly_countries"])
def test_a_count_of_ties_with_a_digit_too_many_is_named_in_the_real_workspace(series: str) -> None:
    whole = snapshot(ROOT)
    lines = whole.text("data/series.csv").splitlines(keepends=True)
    row = next(number for number, line in enumerate(lines) if line.startswith(f"{series},Guangzhou,"))
    cells = lines[row].split(",")
    lines[row] = ",".join([*cells[:2], f"{cells[2]}1", *cells[3:]])
    notes = anomaly_notes(read_project(whole.replaced({"data/series.csv": "".join(lines).encode()})))
    (note,) = notes
    assert note.where.line == row + 1 and "this row is more likely wrong than they" in note.what


def test_a_note_says_which_part_of_a_figure_has_no_data(workspace: Path) -> None:
    firsts = "ties.first_by_grouping: {first: ties, "
    amend(workspace, "data/measures.yml", firsts, f"{firsts}where: {{grouping: Delta, town: Ostmere}}, ")
    code, said = checked(workspace)
    assert code == 0 and said == (
        "note: templates/figures.yml:2 friends: the figure is drawn without 'firsts': no facts for "
        "'First tied town of each grouping' (ties.first_by_grouping) "
        "add the data; or, if the figure does not need it, take it out of `facts:`"
    )
    chinese = run("--ui-language", "zh", "check", workspace).err
    assert (
        "figures.yml:2 friends：图中没有画出“firsts”：本版次中没有“各片区首个缔约城镇”（ties.first_by_grouping）的数据"
        in chinese
    )


def test_a_figure_of_the_first_scored_year_is_not_said_to_lack_an_earlier_one() -> None:
    assert run("check", ROOT / "examples/chengdu").err == ""
