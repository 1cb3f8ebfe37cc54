"""A workspace made from another city's: it reads, has none of its data, and every line about the other is listed."""

import re
from pathlib import Path

import pytest

from jianbao.app import workspace
from jianbao.app.project import read_project
from tests.workspaces import MINIATURE, ROOT, Done, amend, copy, run, snapshot

NAMED = ("--name", "zh=安澜", "--name", "en=Anlan")
OFFICE = ("--office", "zh=安澜外办", "--office", "en=Anlan Office")


def adopt(source: Path, folder: Path, *words: str) -> Done:
    """Adopt a workspace for a city, which must succeed."""
    done = run("adopt", source, folder, *(words or NAMED))
    assert done.code == 0, done.err
    return done


def text(folder: Path, file: str) -> str:
    return (folder / file).read_text("utf-8")


def listed(done: Done) -> list[tuple[str, int]]:
    """Return the lines that a command lists, as files and numbers."""
    return [(file, int(line)) for file, line in re.findall(r"(?m)^    ([\w./-]+):(\d+): '", done.out)]


# What is taken, left out and rewritten


def test_the_adopted_workspace_reads_and_lacks_nothing_but_data(tmp_path: Path) -> None:
    adopt(MINIATURE, tmp_path / "new", *NAMED, *OFFICE)
    project = read_project(workspace.snapshot(tmp_path / "new"))
    series = project.series
    assert (series.city, series.issuer, series.draft) == ("Anlan", "Anlan Office", True)
    assert project.names["Anlan"].full == {"zh": "安澜", "en": "Anlan"} and project.names["Anlan"].kind == "town"
    (issue,) = series.issues.values()
    assert (issue.number, issue.as_of.month, issue.as_of.day) == (1, 12, 31) and issue.label == str(issue.as_of.year)
    problems = run("check", tmp_path / "new").err.partition("\nnote: ")[0]  # on months of the model, far from this year
    missing = [line for line in problems.splitlines()[:-1] if not line.startswith("    ")]
    assert missing and all("there is no fact '" in line or "has no value" in line for line in missing), missing


def test_tables_keep_their_columns_and_lose_their_rows(tmp_path: Path) -> None:
    adopt(MINIATURE, tmp_path / "new")
    for path in (MINIATURE / "data").glob("*.csv"):
        lines = text(tmp_path / "new", f"data/{path.name}").splitlines()
        assert lines[0] == path.read_text("utf-8").splitlines()[0]
        assert len(lines) == 1 or path.name == "names.csv"


def test_words_design_and_framework_are_taken_as_they_are(tmp_path: Path) -> None:
    adopt(MINIATURE, tmp_path / "new")
    for name in ("templates/brief/page.css", "templates/theme.yml", "templates/wording/harbour.yml", "data/rules.yml"):
        assert (tmp_path / "new" / name).read_bytes() == (MINIATURE / name).read_bytes()


def test_what_was_decided_about_the_data_of_the_other_city_stays_there(tmp_path: Path) -> None:
    source = copy(MINIATURE, tmp_path / "source")
    for file in ("data/reviews/winter.jsonl", "data/proposals/mine.yml", "data/README.md", "output/winter/brief.pdf"):
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        (source / file).write_text("", "utf-8")
    adopt(source, tmp_path / "new")
    assert text(tmp_path / "new", "data/discrepancies.yml") == "[]\n"
    assert "claim:" not in text(tmp_path / "new", "data/expectations.yml")
    assert "reported_ties" in text(tmp_path / "new", "data/expectations.yml")
    kept = {file for file, sha in snapshot(tmp_path / "new").items() if sha}
    assert not any("winter" in file or "README" in file or "proposals" in file for file in kept)
    assert {file for file in kept if not file.startswith(("data/", "templates/"))} == {"output/.gitignore"}


def test_the_event_of_the_other_city_gives_way_to_that_of_the_new_one_or_is_listed(tmp_path: Path) -> None:
    other = ("--event", "zh=港口城市论坛", "--event", "en=Forum of Harbour Cities")
    assert run("new", tmp_path / "source", "--name", "zh=海州", "--name", "en=Haizhou", *other).code == 0
    done = adopt(tmp_path / "source", tmp_path / "new", *NAMED, "--event", "zh=海岛文化周", "--event", "en=Island Week")
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "new").rglob("*.[cy][sm][vl]"))
    assert "Harbour" not in written + done.out and "港口" not in written and "name('Island Week')" in written
    listed_lines = adopt(tmp_path / "source", tmp_path / "later").out
    assert "templates/wording/summary.yml" in listed_lines and "Forum of Harbour Cities" in listed_lines


def test_entries_that_stand_between_brackets_stay_there_too(tmp_path: Path) -> None:
    source = copy(MINIATURE, tmp_path / "source")
    amend(source, "data/sources.yml", "\n", "\nuncited: {title: Nobody cites it, kind: R, language: en}\n")
    roles = (
        "roles: {drafter: {name: {zh: 起草, en: Drafter}, people: [Ann], may: edit},"
        " head: {name: {zh: 核稿, en: Head}, people: [Bob], may: approve}}\n"
        "stations: {check: {name: {zh: 核稿, en: Checked}, by: head}}\n"
    )
    (source / "data" / "roles.yml").write_text(roles, "utf-8")
    adopt(source, tmp_path / "new")
    assert "uncited" not in text(tmp_path / "new", "data/sources.yml")
    assert "people" not in text(tmp_path / "new", "data/roles.yml")
    assert "Drafter" in text(tmp_path / "new", "data/roles.yml")


def test_the_people_and_the_recipients_of_the_other_office_stay_there(tmp_path: Path) -> None:
    source = copy(MINIATURE, tmp_path / "source")
    (source / "data" / "delivery.yml").write_text("office: {name: Lantern Guild}\n", "utf-8")
    roles = (
        "roles:\n  drafter: {name: {zh: 起草, en: Drafter}, people: [Ann], may: edit}\n"
        "stations:\n  drafted: {name: {zh: 拟稿, en: Drafted}, by: drafter}\n"
        "  issued: {name: {zh: 签发, en: Issued}, by: Bob}\n"
    )
    (source / "data" / "roles.yml").write_text(roles, "utf-8")
    done = adopt(source, tmp_path / "new")
    assert not (tmp_path / "new" / "data" / "delivery.yml").exists()
    assert text(tmp_path / "new", "data/roles.yml") == roles.replace(", people: [Ann]", "")
    assert ("data/roles.yml", 5) in listed(done) and "write who does it in Anlan:" in done.out


def test_only_the_sources_that_a_definition_cites_are_taken(tmp_path: Path) -> None:
    adopt(MINIATURE, tmp_path / "new")
    sources = read_project(workspace.snapshot(tmp_path / "new")).evidence.sources
    assert "almanac" in sources and "rumours" not in sources


def lively(folder: Path) -> Path:
    """Return a copy of the miniature with measures and a sentence about its city and about another."""
    source = copy(MINIATURE, folder)
    own = "regatta.won: {count: regattas, where: {victor: Tarnhaven}, unit: round}\n"
    other = "regatta.lost: {count: regattas, where: {victor: Mirefoot}, unit: round}\n"
    amend(source, "data/measures.yml", "ties.total:", f"{own}{other}ties.total:")
    amend(source, "templates/wording/facts.yml", "phrases:\n", "phrases:\n" + FACTS)
    names = "{{ name('Tarnhaven') }}, {{ name('Mirefoot') }}"
    amend(
        source, "templates/wording/summary.yml", "zh: 虚构样稿, en: Fictitious sample", f'zh: "{names}", en: "{names}"'
    )
    return source


FACTS = "  regatta.won: {zh: 胜出, en: Rounds won}\n  regatta.lost: {zh: 未胜, en: Rounds lost}\n"


@pytest.mark.parametrize("city", ["Anlan", "Port L’Anlan, North"])
def test_the_city_is_renamed_where_it_is_called_by_its_id(tmp_path: Path, city: str) -> None:
    adopt(lively(tmp_path / "source"), tmp_path / "new", "--name", "zh=安澜", "--name", f"en={city}")
    read = read_project(workspace.snapshot(tmp_path / "new"))
    assert read.series.city == city and read.names[city].full["zh"] == "安澜"
    measures, summary = (text(tmp_path / "new", f) for f in ("data/measures.yml", "templates/wording/summary.yml"))
    assert "Tarnhaven" not in measures and city in measures and "{victor: Mirefoot}" in measures
    assert "{{ name('@city@') }}, {{ name('Mirefoot') }}" in summary


def test_names_that_nothing_uses_are_left_out(tmp_path: Path) -> None:
    adopt(lively(tmp_path / "source"), tmp_path / "new")
    names = text(tmp_path / "new", "data/names.csv")
    assert "Mirefoot" in names and "Harbour Council" in names
    assert not any(name in names for name in ("Saltern", "Tarnhaven", "Quoland"))


def test_a_city_that_the_source_compares_with_is_named_once_and_its_lines_are_listed(tmp_path: Path) -> None:
    done = adopt(lively(tmp_path / "source"), tmp_path / "new", "--name", "zh=泽足", "--name", "en=Mirefoot Town")
    assert text(tmp_path / "new", "data/names.csv").count("泽足") == 1
    assert "victor: Mirefoot}" not in text(tmp_path / "new", "data/measures.yml")
    assert "this is about Mirefoot Town as another city: change it, or delete it:" in done.out
    assert ("data/measures.yml", 2) in listed(done)


def test_the_country_is_added_and_the_office_issues(tmp_path: Path) -> None:
    adopt(MINIATURE, tmp_path / "new", *NAMED, *OFFICE, "--country", "fra")
    assert "FRA,country,法国,France,,,\n" in text(tmp_path / "new", "data/names.csv")
    assert "Anlan Office,body,安澜外办,Anlan Office,,,\n" in text(tmp_path / "new", "data/names.csv")
    assert "lead: [Lantern Guild" not in text(tmp_path / "new", "templates/argument.yml")


def test_no_office_issues_if_none_is_named(tmp_path: Path) -> None:
    done = adopt(MINIATURE, tmp_path / "new")
    assert read_project(workspace.snapshot(tmp_path / "new")).series.issuer == ""
    assert any(file == "data/names.csv" for file, _ in listed(done))  # the other office, which measures name


# What remains


def test_every_line_that_names_the_other_city_is_listed_and_counted(tmp_path: Path) -> None:
    done = adopt(MINIATURE, tmp_path / "new", *NAMED, *OFFICE)
    named = {
        (path.relative_to(tmp_path / "new").as_posix(), number)
        for path in (tmp_path / "new").rglob("*.*")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search("Tarnhaven|塔恩港|Lantern Guild|灯笼行会", line)
    }
    assert named and set(listed(done)) == named
    assert f"\n{len(named)} lines remain to be looked at.\n" in done.out


def test_a_new_name_that_contains_the_old_one_is_not_listed(tmp_path: Path) -> None:
    done = adopt(MINIATURE, tmp_path / "new", "--name", "zh=新塔恩港", "--name", "en=New Tarnhaven")
    assert ("data/editions.yml", 2) not in listed(done) and ("templates/wording/summary.yml", 36) in listed(done)


def test_the_list_is_in_the_language_of_the_user(tmp_path: Path) -> None:
    done = run("--ui-language", "zh", "adopt", MINIATURE, tmp_path / "new", *NAMED)
    assert "请按安澜的情况改写，或删去：" in done.out and "行需要查看。" in done.out


# What is refused


def test_everything_that_is_wrong_with_a_command_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    done = run("adopt", MINIATURE, tmp_path, "--name", "en=A{B}", "--office", "zh=外办", "--country", "XXX")
    errors = " ".join(done.err.split())
    assert done.code == 2 and [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert "exists and is not empty" in errors and "'XXX' is not the code of a country" in errors
    assert "--name: the name is missing in 'zh' write --name zh=NAME" in errors
    assert "--name: '{' cannot be part of a name" in errors and "--office: the name is missing in 'en'" in errors


def test_a_folder_that_is_no_workspace_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    done = run("adopt", tmp_path / "old", tmp_path / "new", *NAMED)
    assert done.code == 2 and "old: there is no workspace in this folder" in done.err
    (tmp_path / "old/data").mkdir()
    (tmp_path / "old/data/tables.yml").write_text("{}", "utf-8")
    done = run("adopt", tmp_path / "old", tmp_path / "new", *NAMED)
    assert done.code == 2 and "SOURCE: there is no workspace in this folder" in done.err
    assert not (tmp_path / "new").exists()


def test_a_name_of_something_else_is_refused(tmp_path: Path) -> None:
    done = run("adopt", MINIATURE, tmp_path / "new", "--name", "zh=高地", "--name", "en=Highlands")
    assert done.code == 2 and "'Highlands' is the name of a grouping in the source" in done.err


def test_a_source_with_problems_is_named_with_them(tmp_path: Path) -> None:
    source = copy(MINIATURE, tmp_path / "source")
    amend(source, "data/rules.yml", "evidence: [ties.grouping.delta", "evidense: [ties.grouping.delta")
    done = run("adopt", source, tmp_path / "new", *NAMED)
    assert done.code == 4 and "data/rules.yml" in done.err and not (tmp_path / "new").exists()


def test_a_template_that_is_no_text_is_named(tmp_path: Path) -> None:
    source = copy(MINIATURE, tmp_path / "source")
    (source / "templates" / "brief" / "page.css").write_bytes(b"a\0b")
    done = run("adopt", source, tmp_path / "new", *NAMED)
    assert done.code == 4 and "templates/brief/page.css:1: the file has NUL bytes" in done.err


# The workspaces that come with the program


@pytest.mark.slow
def test_the_full_workspace_is_adopted_and_builds_at_once(tmp_path: Path) -> None:
    assert run("new", tmp_path / "source").code == 0
    adopt(tmp_path / "source", tmp_path / "new", *NAMED, *OFFICE, "--country", "CHN")
    assert run("check", tmp_path / "new").out == "No problems.\n"
    names = text(tmp_path / "new", "data/names.csv")
    assert "Oceania" in names and "Example City" not in names and "Example Country" not in names


@pytest.mark.slow
def test_the_workspace_of_this_repository_lacks_only_values_after_it(tmp_path: Path) -> None:
    done = adopt(ROOT, tmp_path / "new", *NAMED, *OFFICE, "--country", "CHN")
    for command in ("check", "build", "facts", "due"):
        said = run(command, tmp_path / "new").err.splitlines()
        assert said and all("has no value" in line for line in said if line.startswith("data/")), said
    assert "write the coordinates of Anlan:" in done.out and int(done.out.split(" lines remain")[0].split()[-1]) > 100
    assert "home: Anlan" in text(tmp_path / "new", "templates/figures.yml")
    assert "complete:" not in text(tmp_path / "new", "data/tables.yml")
    assert "accepted:" not in text(tmp_path / "new", "data/anomalies.yml")
