"""A new workspace: it builds at once, in any pair of languages, and what is wrong with its theme is named."""

import json
import re
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from jianbao.app.assess import documents_of
from jianbao.app.new_workspace import SIZES
from tests.pdf_text import pages
from tests.validators.verapdf import CONFORMING, judge
from tests.workspaces import amend, assessed, run

pytestmark = pytest.mark.slow

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4" fill="#123456"/></svg>'


def new(folder: Path, *words: str) -> Path:
    """Return the least workspace that builds."""
    return full(folder, "--like", "small", *words)


def full(folder: Path, *words: str) -> Path:
    """Return the workspace that a city has if nothing else is asked for."""
    done = run("new", folder, *words)
    assert done.code == 0, done.err
    return folder


def text(folder: Path, product: str) -> str:
    return "\n".join(pages(folder / "output" / "2025" / product))


def found(folder: Path) -> str:
    """Return what `jianbao check` says of a workspace, on one line."""
    return " ".join(run("check", folder).err.split())


OWN_ARGUMENT = (  # an office that has read the argument takes this line out
    "\nexample: yes    # take this line out once the judgement and the measures are your office's own\n",
    "\n",
)


# What is made


@pytest.mark.parametrize("languages", ["zh-en", "en-fr", "fr-es", "zh-fr", "es", "zh-en-fr", "de-en", "ru-el", "sw"])
def test_a_new_workspace_has_no_problems_whatever_its_languages(tmp_path: Path, languages: str) -> None:
    folder = new(tmp_path / "new", "--languages", languages)
    assert run("check", folder).out == "No problems.\n"
    series = assessed(folder, "").project.series
    assert list(series.languages) == languages.split("-") and series.draft


def test_the_city_bears_the_name_that_is_given(tmp_path: Path) -> None:
    known = assessed(new(tmp_path / "new", "--city", "L'Aquila, Abruzzo"), "")
    assert known.project.names[known.project.series.city].full == dict.fromkeys(("zh", "en"), "L’Aquila, Abruzzo")


def test_every_row_says_that_it_is_an_example(tmp_path: Path) -> None:
    folder = new(tmp_path / "new", "--languages", "zh-en-fr-es")
    for name in ("partners", "visits"):
        rows = (folder / "data" / f"{name}.csv").read_text("utf-8").splitlines()[1:]
        assert rows and all(",example," in row for row in rows)
    assert "Example source" in (folder / "data" / "sources.yml").read_text("utf-8")


def test_examples_may_be_in_a_draft_and_in_no_final(tmp_path: Path) -> None:
    folder = new(tmp_path / "new", "--languages", "zh-en")
    amend(folder, "data/editions.yml", "\ndraft: yes", "\ndraft: no")
    for command in ("check", "build"):
        done = run(command, folder)
        errors = " ".join(done.err.split())
        assert done.code == 3 and "data/partners.csv:2 source: 5 rows of a final rest on an example source" in errors
        assert "data/visits.csv:2 source: 4 rows" in errors and not (folder / "output" / "2025").exists()
    assert "data/framework.yml:" in found(folder) and "data/rules.yml:" not in found(folder)


def test_only_the_languages_asked_for_are_in_the_files(tmp_path: Path) -> None:
    folder = new(tmp_path / "new", "--languages", "en-fr")
    written = "".join(path.read_text("utf-8") for path in folder.rglob("*.yml"))
    assert "Le réseau" in written and not any(word in written for word in ("伙伴网络", "La red"))
    assert not re.search(r"^ *(- )?(zh|es|all): ", written, re.MULTILINE)


def test_files_that_await_translation_are_named_and_no_others(tmp_path: Path) -> None:
    done = run("new", tmp_path / "new", "--languages", "en-de")
    named = {line.strip().rpartition("new/")[2] for line in done.out.splitlines() if line.startswith("    ")}
    marked = {
        path for path in (tmp_path / "new").rglob("*") if path.is_file() and "# translate" in path.read_text("utf-8")
    }
    assert named == {path.relative_to(tmp_path / "new").as_posix() for path in marked}
    assert {"templates/wording/summary.yml", "data/names.csv"} <= named and "data/measures.yml" not in named
    assert "translation" not in run("new", tmp_path / "other", "--languages", "zh-es").out


@pytest.mark.parametrize("phrase", ["contents", "approval.full"])
def test_a_phrase_that_is_neither_built_in_nor_written_is_named(tmp_path: Path, phrase: str) -> None:
    folder = new(tmp_path / "new", "--languages", "de")
    amend(folder, "templates/wording/furniture.yml", f"\n  {phrase}:\n", "\n  own:\n")
    assert f"templates/wording/furniture.yml:2: there is no phrase '{phrase}'" in found(folder)


def test_words_that_are_not_written_are_the_built_in_ones(tmp_path: Path) -> None:
    folder = new(tmp_path / "new", "--languages", "fr-en")
    words = assessed(folder, "").project.sections["furniture"].phrases
    assert [words["contents"].variants[0].texts[language].literal for language in ("fr", "en")] == [
        "Sommaire",
        "Contents",
    ]
    amend(folder, "templates/wording/furniture.yml", "phrases:\n", "phrases:\n  contents: {fr: Table, en: Inside}\n")
    words = assessed(folder, "").project.sections["furniture"].phrases
    assert words["contents"].variants[0].texts["en"].literal == "Inside" and "references" in words


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--languages", "zh-fz"], "'fz' is not the code of a language"),
        (["--languages", "en-ar"], "'ar' is written in letters that the fonts of the brief do not have"),
        (["--city", 'A "B"'], "cannot be part of a name"),
    ],
)
def test_what_no_brief_can_be_made_of_is_refused(tmp_path: Path, words: list[str], says: str) -> None:
    done = run("new", tmp_path / "new", *words)
    assert done.code == 2 and says in " ".join(done.err.split()) and not (tmp_path / "new").exists()


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = run("new", tmp_path)
    assert done.code == 2 and "is not empty" in done.err and [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


# What is built


@pytest.mark.deep
def test_english_beside_french_is_built_from_files_alone(tmp_path: Path) -> None:
    folder = new(tmp_path / "new", "--languages", "en-fr")
    assert run("build", folder).code == 0
    assert {path.name for path in (folder / "output" / "2025").glob("*.pdf")} == {
        "brief.en-fr.pdf",
        "brief.en.pdf",
        "brief.fr.pdf",
    }
    french = text(folder, "brief.fr.pdf").replace("\u00a0", " ")
    assert "Sommaire" in french and "Contents" not in french
    assert "31 décembre 2025" in french and "62,8" in french and "100,0 %" in french
    assert "62.8" in text(folder, "brief.en.pdf")
    both = text(folder, "brief.en-fr.pdf")
    assert "Contents" in both and "Sommaire" in both and "[en anglais]" in both


@pytest.mark.deep
def test_a_series_of_three_languages_is_built_from_files_alone(tmp_path: Path) -> None:
    folder = new(tmp_path / "new", "--languages", "zh-en-fr")
    amend(folder, "templates/outline.yml", "[brief.zh-en.pdf, ", "[")
    assert run("build", folder).code == 0
    made = {path.name for path in (folder / "output" / "2025").glob("*.pdf")}
    assert made == {"brief.zh-fr.pdf", "brief.zh.pdf", "brief.en.pdf", "brief.fr.pdf"}
    both = text(folder, "brief.zh-fr.pdf")
    assert "目录" in both and "Sommaire" in both and "Contents" not in both


def test_a_logo_and_another_paper_are_on_the_page(tmp_path: Path) -> None:
    folder = new(tmp_path / "new", "--languages", "en")
    (folder / "templates" / "logo.svg").write_text(LOGO, "utf-8")
    amend(folder, "templates/theme.yml", "paper: A4", "logo: logo.svg\npaper: Letter")
    amend(folder, "templates/outline.yml", "[brief.en.pdf", "[brief.en.html, brief.en.pdf")
    assert run("build", folder).code == 0
    made = folder / "output" / "2025" / "brief.en.pdf"
    from pypdf import PdfReader

    box = PdfReader(made).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (612, 792)
    assert "Emblem of the issuer" in alternatives(made)
    web = made.with_suffix(".html").read_text("utf-8")
    assert re.search(r'<img src="data:image/svg[^"]+" alt="Emblem of the issuer">', web)
    manifest = json.loads((made.parent / "manifest.json").read_text("utf-8"))
    assert "templates/logo.svg" in manifest["inputs"]


def alternatives(file: Path) -> list[str]:
    """Return the alternative texts of a PDF."""
    import pikepdf

    with pikepdf.open(file) as opened:
        each = (thing for thing in opened.objects if isinstance(thing, pikepdf.Dictionary) and "/Alt" in thing)
        return [str(thing["/Alt"]) for thing in each]


# What is wrong with a theme


@pytest.mark.parametrize(
    ("old", "new_", "says"),
    [
        (
            '"#595959"',
            '"#999999"',
            "muted: '#999999' can hardly be read on the paper '#ffffff' its contrast is 2.8",
        ),
        ('"#eef4f7"', '"#8fa5ad"', "can hardly be read on the wash '#8fa5ad' its contrast is 2.7"),
        ('"#0b5f85"', "bleu", "'bleu' is not a colour write it as"),
        ("paper: A4", "paper: A3", "'A3' is not a paper"),
        ("languages:\n", "languages:\n  other: {serif: [Comic Sans]}\n", "'Comic Sans' is not a font of the brief"),
        ("paper: A4", "logo: emblem.svg", "templates/emblem.svg: the file does not exist"),
        ("paper: A4", "logo: ../../x.svg", "this is outside the workspace"),
    ],
)
def test_a_fault_of_the_theme_is_named(tmp_path: Path, old: str, new_: str, says: str) -> None:
    folder = new(tmp_path / "new")
    amend(folder, "templates/theme.yml", old, new_)
    assert says in found(folder)


@pytest.mark.parametrize(
    ("drawing", "says"),
    [
        (LOGO.replace("<circle", "<script/><circle"), "logo.svg:1: the element <script> in the logo"),
        (LOGO.replace("<circle", '<circle onload="x()"'), "'onload' in the logo"),
        (
            LOGO.replace("<circle", '<image href="https://example.org/x.png"/><circle'),
            "a reference to 'https://example.org/x.png'",
        ),
        (LOGO.replace("<circle", '<style>@import "x.css";</style><circle'), "a style that reads another file"),
        (LOGO.replace('fill="#123456"', 'fill="url(x.svg#a)"'), "a reference in 'url(x.svg#a)'"),
        ("<!DOCTYPE svg>" + LOGO, "a DOCTYPE in the logo"),
        (LOGO.replace("</svg>", ""), "the logo is not SVG: no element found"),
        ("<html/>", "it begins with 'html'"),
        (LOGO + " " * (300 << 10), "bytes 307,200 are enough"),
    ],
)
def test_a_logo_that_is_more_than_a_drawing_is_refused(tmp_path: Path, drawing: str, says: str) -> None:
    folder = new(tmp_path / "new")
    (folder / "templates" / "logo.svg").write_text(drawing, "utf-8")
    amend(folder, "templates/theme.yml", "paper: A4", "logo: logo.svg")
    assert says in found(folder)


def test_a_section_that_no_template_prints_is_named(tmp_path: Path) -> None:
    folder = new(tmp_path / "new")
    (folder / "templates" / "wording" / "extra.yml").write_text("title: {zh: 另, en: Extra}\n", "utf-8")
    done = run("check", folder)
    assert done.code == 0 and "note: templates/wording/extra.yml: no template prints the section 'extra'" in done.err


def test_a_logo_that_is_no_png_under_its_name_is_refused(tmp_path: Path) -> None:
    folder = new(tmp_path / "new")
    (folder / "templates" / "logo.png").write_bytes(b"GIF89a")
    amend(folder, "templates/theme.yml", "paper: A4", "logo: logo.png")
    assert "the logo is neither SVG nor PNG" in found(folder)


# A city's brief on three levels

OWN = "\nown: {title: A, producer: B, published: 2025, kind: R, language: en}\nexample:\n"
CHENGDU = ("--name", "zh=成都", "--name", "en=Chengdu", "--country", "CHN")


@pytest.mark.parametrize("languages", ["zh-en", "en-fr", "en", "zh", "zh-en-fr", "es-en", "de"])
def test_a_full_workspace_has_no_problems_whatever_its_languages_and_rows(tmp_path: Path, languages: str) -> None:
    folder = full(tmp_path / "new", "--city", "Lyon", "--languages", languages)
    assert run("check", folder).out == "No problems.\n"
    assert run("examples", "remove", folder).code == 0
    assert run("check", folder).out == "No problems.\n"


@pytest.mark.slow
def test_a_city_that_falls_short_of_nothing_has_a_report_without_gaps_and_measures(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    visits, events, plan = (folder / "data" / f"{table}.csv" for table in ("visits", "events", "plan"))
    visits.write_text(visits.read_text("utf-8").replace("2025,83,47,5,", "2025,83,47,8,"), "utf-8")
    events.write_text(events.read_text("utf-8").replace("2024-10-15,47,21,", "2024-10-15,47,25,"), "utf-8")
    plan.write_text(plan.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")
    assert run("check", folder).out == "No problems.\n"
    assert run("build", folder, "--template", "gongwen", "--lang", "zh", "--format", "pdf").code == 0
    printed = text(folder, "gongwen.zh.pdf").replace("\n", "")
    assert "存在的不足" not in printed and "工作打算" not in printed


def test_a_full_workspace_awaits_no_translation_and_is_short(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    texts = {path: path.read_text("utf-8") for path in folder.rglob("*.yml")}
    assert not any("# translate" in text for text in texts.values())
    two = full(tmp_path / "two", *CHENGDU)
    assert sum(path.read_text("utf-8").count("\n") for path in two.rglob("*.yml")) < 900


def test_the_city_of_the_editions_is_the_one_of_every_sentence(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--city", "Lyon", "--languages", "en-fr")
    wording = "".join(path.read_text("utf-8") for path in (folder / "templates" / "wording").glob("*.yml"))
    assert "Lyon" not in wording and wording.count("@city@") > 5
    amend(folder, "data/editions.yml", "city: Lyon", "city: Example City A")
    ours = documents_of(assessed(folder, "")).briefs["brief"].masthead["series"]
    assert ours.text("en") == "City diplomacy brief of Example City A"


def test_city_country_and_office_bear_their_names_in_each_language(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *CHENGDU, "--office", "zh=外办", "--office", "en=Foreign Affairs Office")
    project = assessed(folder, "").project
    names, series = project.names, project.series
    assert (names[series.city].full, names["CHN"].full["zh"]) == ({"zh": "成都", "en": "Chengdu"}, "中国")
    assert series.issuer == "Foreign Affairs Office" and names[series.issuer].full["zh"] == "外办"
    assert project.argument.currency == "cny"


def test_the_official_document_is_made_where_chinese_is_among_the_languages(tmp_path: Path) -> None:
    chinese = assessed(full(tmp_path / "zh", *CHENGDU), "").project
    french = assessed(full(tmp_path / "fr", "--languages", "fr"), "").project
    made = [{(each.template, each.format) for each in project.outline.products} for project in (chinese, french)]
    assert made[0] - made[1] == {("gongwen", "pdf"), ("gongwen", "docx")} and ("brief", "docx") in made[1]
    kinds = {spec.kind for spec in french.figures}
    assert len(kinds) >= 8


def test_every_row_of_a_full_workspace_is_an_example_and_goes_with_them(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    tables = {path.name: path.read_text("utf-8").splitlines()[1:] for path in (folder / "data").glob("*.csv")}
    names = tables.pop("names.csv")
    assert all(",example," in row for rows in tables.values() for row in rows) and sum(map(len, tables.values())) > 30
    amend(folder, "data/trade.csv", "2025,61000000000,37000000000,example", "2025,61000000000,37000000000,own")
    amend(
        folder,
        "data/sources.yml",
        "\nexample:\n",
        "\nown: {title: A, producer: B, published: 2025, kind: R, language: en}\nexample:\n",
    )
    assert "data/trade.csv" in run("examples", "remove", folder).out
    assert [len((folder / "data" / name).read_text("utf-8").splitlines()) for name in ("trade.csv", "visits.csv")] == [
        2,
        1,
    ]
    left = (folder / "data" / "names.csv").read_text("utf-8")
    assert "Example City A" not in left and "Example Bureau" not in left and len(names) > left.count("\n")
    assert "No row rests on an example source." in run("examples", "remove", folder).out


@pytest.mark.parametrize(
    ("table", "missing"), [("visits", ("2020", "2021")), ("visits", ("2018", "2019", "2020")), ("events", ("1", "2"))]
)
def test_years_without_a_figure_and_few_editions_of_the_event_are_no_problem(
    tmp_path: Path, table: str, missing: tuple[str, ...]
) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    file = folder / "data" / f"{table}.csv"
    rows = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(row for row in rows if row.split(",")[0] not in missing), "utf-8")
    assert run("check", folder).out == "No problems.\n"


def test_a_final_has_no_name_of_an_example(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    assert run("examples", "remove", folder).code == 0
    amend(folder, "data/editions.yml", "\ndraft: yes", "\ndraft: no")
    assert "'Example Office' is an example of a name" in run("check", folder).err
    assert "'Example Bureau'" not in run("check", folder).err


def test_a_new_framework_has_no_target_of_its_own_and_leaves_out_what_has_none(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    assert "example: " not in (folder / "data" / "framework.yml").read_text("utf-8")
    plan = folder / "data" / "plan.csv"
    plan.write_text(plan.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")
    known = assessed(folder, "")
    scored = {leaf.id for leaf in known.project.framework.indicators()}
    assert scored == {"event_cities", "event_countries", "evenness", "visitors", "ties_active", "received"}
    assert known.ledger["method.indicators"].number == 6 and known.ledger["method.left_out"].number == 5
    assert "node:trade" in str(known.ledger["method.left_out_names"].value)
    assert run("check", folder).out == "No problems.\n"


def test_the_goal_of_the_plan_is_the_target_of_its_indicator(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    ledger = assessed(folder, "").ledger
    assert ledger["goal.ties_active"].number == 7 / ledger["partners.total"].number  # the plan asks for seven partners
    assert ledger["goal.received"].number == ledger["visits.best"].number
    assert ledger["goal.ties_active"].parents == ("plan.active_share",)


def test_what_a_final_judges_and_proposes_is_the_offices_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = full(tmp_path / "new", "--like", "small", *CHENGDU)
    assert "example of a new workspace" not in found(folder)
    amend(folder, "data/editions.yml", "\ndraft: yes", "\ndraft: no")
    assert found(folder).count("templates/argument.yml:") == 1
    assert "templates/argument.yml:3: what this final judges and proposes is the example" in found(folder)
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    assert "templates/argument.yml:3：定稿的判断、发现和措施还是新工作区自带的示例" in found(folder)
    amend(folder, "templates/argument.yml", *OWN_ARGUMENT)
    assert "templates/argument.yml:" not in found(folder)


def test_no_reason_of_a_new_workspace_rests_on_a_source_and_levels_need_no_plan(
    tmp_path: Path,
) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    assert "source" not in (folder / "data" / "rules.yml").read_text("utf-8")
    lines = (folder / "data" / "framework.yml").read_text("utf-8").splitlines()
    assert not any("source: " in line for line in lines)
    levels = re.split(r"(?m)^    - id: ", "\n".join(lines))[1:]
    assert [bool(re.search(r"target: \{fact: goal|target: 1,", level)) for level in levels] == [True] * 3


def test_a_level_without_indicators_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    framework = folder / "data" / "framework.yml"
    written = framework.read_text("utf-8")
    start, end = written.index("        - id: platform\n"), written.index("    - id: national\n")
    framework.write_text(written[:start] + written[end:], "utf-8")
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    problems = found(folder)
    assert (
        "“international”没有下级 请把它也删去；必须保留的层次，至少留一项指标，目标值可写 target: {fact: …}" in problems
    )
    assert "列表" not in problems


def test_a_new_workspace_asks_the_office_why_and_prints_no_reason(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    written = (folder / "templates" / "argument.yml").read_text("utf-8")
    assert written.count("mechanism: pending") == 3 and "据判断" not in written
    asked = run("due", folder).out
    for part in ("reason` is for the office to set: event_reach, ties_quiet", "risk` is", "first steps` is"):
        assert part in asked


def test_a_source_of_an_example_is_removed_or_kept_out_of_a_final(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    before = (folder / "data" / "sources.yml").read_text("utf-8")
    assert run("examples", "remove", folder).code == 0
    after = (folder / "data" / "sources.yml").read_text("utf-8")
    assert "\nexample:" in before and "\nexample:" not in after
    (folder / "data" / "sources.yml").write_text(before, "utf-8")
    assert "is an example" not in found(folder)
    amend(folder, "data/editions.yml", "\ndraft: yes", "\ndraft: no")
    problems = found(folder)
    assert "data/sources.yml:5: the source 'example' is an example `jianbao examples remove` deletes it" in problems
    assert run("examples", "remove", folder).code == 0
    assert "example" not in re.sub("(?m)^#.*", "", (folder / "data" / "sources.yml").read_text("utf-8"))


def test_a_final_of_a_new_workspace_has_nothing_that_is_not_approved(tmp_path: Path) -> None:
    folder = new(tmp_path / "new", *CHENGDU)
    assert "not approved" not in found(folder)
    for name, old, written in (
        ("data/editions.yml", "\ndraft: yes", "\ndraft: no"),
        ("templates/argument.yml", *OWN_ARGUMENT),
    ):
        amend(folder, name, old, written)
    for name in ("sources.yml", "framework.yml", "names.csv"):
        file = folder / "data" / name
        file.write_text(re.sub(r"(?m)^ *example: .*\n|An example.*", "", file.read_text("utf-8")), "utf-8")
    problems = found(folder)
    assert "items are not approved" in problems and "1 problem" in problems


def test_a_new_workspace_proposes_what_the_plan_says_and_nothing_else(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    assert "measures: {from: plan}" in (folder / "templates" / "argument.yml").read_text("utf-8")
    known = assessed(folder, "")
    assert [due.measure.id for due in known.argument.measures] == ["plan_1", "plan_2"]
    assert not [each for due in known.argument.measures for each in (*due.steps, *due.tasks)]
    assert "argument.approve" not in known.ledger


def test_what_is_not_recorded_is_said_in_the_brief_and_on_the_one_page(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    (folder / "data" / "visits.csv").write_text("year,received,sent,active,visitors,source,confidence\n", "utf-8")
    day = next(re.finditer(r",(\d{4}-\d\d-\d\d),example", (folder / "data" / "sister_cities.csv").read_text("utf-8")))
    amend(folder, "data/sister_cities.csv", day[0], ",,example")
    assert run("check", folder).out == "No problems.\n"
    assert run("build", folder, "--lang", "zh", "--format", "pdf").code == 0
    for product in ("brief", "onepage"):
        printed = re.sub(r"\s", "", text(folder, f"{product}.zh.pdf"))
        assert "有1个的签约日期没有登记" in printed and "本期没有可评的伙伴城市往来数据" in printed, product
    report = re.sub(r"\s", "", text(folder, "gongwen.zh.pdf"))  # a page ends within the sentence
    assert "签约日期有登记的" in report and "友好城市中，最新一个" in report
    assert "1个的签约日期没有登记，不在图中" in re.sub(r"\s", "", text(folder, "brief.zh.pdf"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--like", "huge"], "'huge' is not a size of workspace"),
        (["--country", "Chin"], "'CHIN' is not the code of a country"),
        (["--name", "fr=Chengdu"], "a name in 'fr' is given, and no such language"),
        (["--office", "Office", "--office", "zh=外办"], "name it once, or in a language each time"),
    ],
)
def test_a_city_that_cannot_be_named_so_is_refused(tmp_path: Path, words: list[str], says: str) -> None:
    done = run("new", tmp_path / "new", *words)
    assert done.code == 2 and says in " ".join(done.err.split()) and not (tmp_path / "new").exists()


# Of each template and format one: the other products differ in their languages only.
EACH_FORM = (
    "brief.zh-en.pdf, brief.zh-en.html, brief.en.docx, "
    "evidence.zh-en.pdf, evidence.zh-en.html, onepage.en.pdf, gongwen.zh.pdf, gongwen.zh.docx"
)
FRENCH_AND_SPANISH = "brief.fr-es.pdf, brief.fr-es.html, brief.es.docx, evidence.fr.html, onepage.fr.pdf"


def with_products(folder: Path, chosen: str) -> None:
    """Let a workspace make these products and no others; all of its own if none are named."""
    outline = folder / "templates/outline.yml"
    written = outline.read_text("utf-8")
    outline.write_text(re.sub(r"(?m)^products: .*", f"products: [{chosen}]", written) if chosen else written, "utf-8")


@pytest.mark.slow
@pytest.mark.validators
@pytest.mark.parametrize("chosen", [EACH_FORM, pytest.param("", id="all", marks=pytest.mark.deep)])
def test_a_full_workspace_is_built_in_every_product(tmp_path: Path, chosen: str) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    forms = {(each.template, each.format) for each in assessed(folder).project.outline.products}
    with_products(folder, chosen)
    assert run("build", folder).code == 0
    products = assessed(folder).project.outline.products
    made = {path.name for path in (folder / "output" / "2025").iterdir()}
    assert {product.name for product in products} <= made
    assert {(product.template, product.format) for product in products} == forms
    assert judge(folder / "output/2025/evidence.zh-en.pdf") == CONFORMING
    assert "成都" in text(folder, "brief.zh-en.pdf") and "Chengdu" in text(folder, "onepage.en.pdf")


WRITTEN = ("zh", "en", "fr", "es")  # languages that have all words of a new workspace


@pytest.mark.parametrize(
    ("languages", "chosen"),
    [
        pytest.param("fr-es", FRENCH_AND_SPANISH, id="fr-es-of-each-form"),
        *(
            pytest.param("-".join(each), "", id="-".join(each), marks=pytest.mark.deep)
            for count in (1, 2)
            for each in combinations(WRITTEN, count)
        ),
    ],
)
def test_a_full_workspace_is_built_in_each_language_and_pair_of_languages(
    tmp_path: Path, languages: str, chosen: str
) -> None:
    folder = full(tmp_path / "new", "--city", "Lyon", "--country", "FRA", "--languages", languages)
    with_products(folder, chosen)
    done = run("build", folder)
    assert done.code == 0, done.err
    assert (folder / "output" / "2025" / f"brief.{languages}.html").exists()


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("151.2亿美元", "'美元' is not the currency cny, in which the brief counts"),
        ("151.2亿元", "'151.2亿元' is read as 15120000000"),
    ],
)
def test_amounts_in_another_currency_are_not_taken_in_as_those_of_the_workspace(
    tmp_path: Path, amount: str, said: str
) -> None:
    folder = full(tmp_path / "new", *CHENGDU)
    delivery = tmp_path / "trade.csv"
    delivery.write_text(f"year,total,exports,source,confidence\n2026,{amount},{amount},plan,stated\n", "utf-8")
    done = run("intake", delivery, folder)
    assert said in done.out + done.err, done.out + done.err


# The language of whoever works with the files


@pytest.mark.parametrize("size", SIZES)
def test_the_notes_of_a_workspace_are_in_the_language_of_its_user(
    size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("new", tmp_path / "en", "--like", size).code == 0
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    assert run("new", tmp_path / "zh", "--like", size).code == 0
    assert "工作区" in (tmp_path / "zh" / "README.md").read_text("utf-8")
    assert "A workspace of jianbao" in (tmp_path / "en" / "README.md").read_text("utf-8")
    for folder in ("en", "zh"):
        assert not [*(tmp_path / folder).rglob("README.*.md")]
    for file in sorted((tmp_path / "en").rglob("*.yml")):
        own = tmp_path / "zh" / file.relative_to(tmp_path / "en")
        assert yaml.safe_load(own.read_text("utf-8")) == yaml.safe_load(file.read_text("utf-8"))
        english = [text for text in comments(own) if not re.search(r"[\u4e00-\u9fff]", text) and ":" not in text]
        assert english == [], f"{own}: {english}"
    assert run("check", tmp_path / "zh").code == 0


def comments(file: Path) -> list[str]:
    """Return the comments of a YAML file, line by line."""
    found = (re.match(r"(?: *|.*\S +)# ?(.*)", line) for line in file.read_text("utf-8").splitlines())
    return [each[1] for each in found if each]
