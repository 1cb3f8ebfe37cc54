"""An edition passes its stations by the command line: what lapses, what is refused, what the handling sheet says."""

import json
from pathlib import Path
from typing import Any

import pytest

from jianbao.app.approval import Reviewer
from jianbao.app.check import assess_edition, read_design
from jianbao.app.sign_off.handling_sheet import handling_sheet
from jianbao.app.sign_off.stations import pass_station
from jianbao.app.workspace import snapshot
from jianbao.core.errors import DeliveryError
from jianbao.render.html.page import compose_html
from tests.pdf_text import bare, read
from tests.validators.verapdf import judge
from tests.workspaces import Done, amend, run

pytestmark = pytest.mark.slow

PLAN = """\
roles:
  desk: {name: {zh: 主办人, en: desk officer}, people: [Ann, Ben]}
stations:
  drafted: {name: {zh: 拟稿, en: Drafted}, by: desk}
  checked: {name: {zh: 核稿, en: Checked}, by: desk, four_eyes: yes}
  signed: {name: {zh: 签发, en: Issued}, by: Ida Ivory, four_eyes: yes}
"""
LOG = "data/reviews/stations/midsummer.jsonl"
WORD = ("There are {{ register.total", "We know of {{ register.total")


@pytest.fixture
def office(workspace: Path) -> Path:
    (workspace / "data/roles.yml").write_text(PLAN, "utf-8")
    return workspace


def passed(root: Path, station: str, by: str, *words: object) -> Done:
    return run("review", "pass", station, "--by", by, "-w", root, *words)


def issue(root: Path) -> None:
    for station, by in (("drafted", "Ann"), ("checked", "Ben"), ("signed", "Ida Ivory")):
        done = passed(root, station, by)
        assert done.code == 0, done.err


def standing(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("review", root, "--json").out)
    return found


def states(root: Path) -> dict[str, str]:
    return {each["station"]: each["state"] for each in standing(root)["stations"]}


def text_of_pages(page: Path) -> str:
    return "".join(bare(piece.text) for piece in read(page))


def test_a_workspace_without_stations_is_as_it_was(workspace: Path) -> None:
    assert "stations" not in standing(workspace) and "issued" not in run("review", workspace).out
    for words in (("pass", "drafted", "--by", "Ann", "-w", workspace), ("sheet", workspace)):
        done = run("review", *words)
        assert done.code == 2 and "data/roles.yml: this workspace declares no stations" in done.err
    done = run("build", workspace, "--approved-only")
    assert done.code == 2 and "has not been issued yet" in done.err
    assert not (workspace / "data/reviews").exists()


def test_an_edition_is_issued_station_by_station_and_lapses_with_a_word(office: Path) -> None:
    done = passed(office, "drafted", "Ann", "--opinion", "please  look")
    assert "passed   drafted  Drafted: Ann, " in done.out and ": please look" in done.out
    assert "open     checked  Checked: may be passed by Ann, Ben" in done.out
    refused = passed(office, "checked", "ANN")
    assert refused.code == 2 and "four eyes" in refused.err
    assert passed(office, "checked", "Ben").code == 0
    assert "Edition midsummer is issued" in passed(office, "signed", "Ida Ivory").out
    amend(office, "templates/wording/notes.yml", *WORD)
    assert states(office) == {"drafted": "open", "checked": "waiting", "signed": "waiting"}
    assert [each["lapsed"] for each in standing(office)["stations"]] == [True] * 3
    amend(office, "templates/wording/notes.yml", *reversed(WORD))
    assert standing(office)["issued"]


def test_an_edition_is_returned_at_a_station_and_has_to_be_passed_again(office: Path) -> None:
    passed(office, "drafted", "Ann")
    back = run("review", "return", "checked", "--by", "Ben", "--comment", "where from?", "-w", office)
    assert back.code == 0 and "Returned at checked (Checked) by Ben, " in back.out and "where from?" in back.out
    assert states(office)["drafted"] == "open"
    for words, refusal in (
        (("checked", "harbour", "--by", "Ben", "--comment", "no"), "name it alone"),
        (("drafted", "--by", "Ann", "--comment", " "), "there is no comment"),
        (("drafted", "--by", "Zed", "--comment", "no"), "'Zed' may not pass the station"),
    ):
        done = run("review", "return", *words, "-w", office)
        assert done.code == 2 and refusal in done.err
    assert len((office / LOG).read_text("utf-8").splitlines()) == 2


def test_what_a_reviewer_left_open_is_not_issued(office: Path) -> None:
    run("review", "return", "harbour.ties:1", "--by", "Ben", "--comment", "when?", "-w", office)
    passed(office, "drafted", "Ann")
    passed(office, "checked", "Ben")
    done = passed(office, "signed", "Ida Ivory")
    assert done.code == 4 and "Ben returned 'harbour.ties:1': when?" in done.err
    assert states(office)["signed"] == "open"


def test_of_two_who_sign_at_once_one_is_told_and_nothing_is_broken(office: Path) -> None:
    assessment = assess_edition(snapshot(office), "")
    pass_station(office, assessment, "drafted", Reviewer("Ann", "2031-07-01T09:00:00+02:00"))
    with pytest.raises(DeliveryError, match="changed in the meantime: nothing was written"):
        pass_station(office, assessment, "drafted", Reviewer("Ben", "2031-07-01T09:00:01+02:00"))
    assert states(office)["drafted"] == "passed" and len((office / LOG).read_text("utf-8").splitlines()) == 1


def test_a_log_with_a_changed_line_stops_every_command_that_needs_it(office: Path) -> None:
    passed(office, "drafted", "Ann")
    passed(office, "checked", "Ben")
    amend(office, LOG, "Ann", "Amy")
    for done in (run("review", office), passed(office, "signed", "Ida Ivory"), run("review", "sheet", office)):
        assert done.code == 4 and f"{LOG}:2: a line before this was taken out or changed" in done.err


def test_what_was_read_is_what_is_passed(office: Path, published: Path) -> None:
    draft = published / "output/midsummer"
    assert passed(office, "drafted", "Ann", "--read", draft).code == 0
    amend(office, "templates/wording/notes.yml", *WORD)
    done = passed(office, "drafted", "Ann", "--read", draft)
    assert done.code == 2 and "notes.register:1: it has changed since that draft was built" in done.err


def test_the_handling_sheet_says_who_passed_what_and_what_was_changed(office: Path) -> None:
    passed(office, "drafted", "Ann", "--opinion", "图表待核")
    amend(office, "templates/wording/notes.yml", *WORD)
    passed(office, "drafted", "Ben", "--opinion", "reworded 🙂")
    done = run("review", "sheet", office)
    assert done.code == 0, done.err
    folder = office / "output/midsummer.handling"
    assert sorted(each.name for each in folder.iterdir()) == ["handling.en.pdf", "handling.zh.pdf"]
    english, chinese = (text_of_pages(folder / f"handling.{language}.pdf") for language in ("en", "zh"))
    for text in (
        "Handling sheet",
        "Issued:",
        "Drafted:",
        "Ben (desk officer)",
        "图表待核",
        "reworded □",
        "Harbour Council",
    ):
        assert bare(text) in english
    assert all(bare(text) in english for text in ("passages changed: 1", "We know of", "There are"))
    for text in ("发文稿纸", "签发：", "Ben（主办人）", "主送机关", "办理记录", "共2条", "仅其他语种的文字有改动"):
        assert text in chinese
    sheet = handling_sheet(assess_edition(snapshot(office), ""))
    html = compose_html(sheet, ("en",), read_design(snapshot(office)), "handling/page.html.j2")
    assert "</del> <ins>" in html and "</del><ins>" not in html, "old and new words stand apart"
    assert run("review", "sheet", office, "--lang", "fr").code == 2


def test_the_handling_sheet_of_a_lapsed_edition_says_so(office: Path) -> None:
    issue(office)
    document = handling_sheet(assess_edition(snapshot(office), ""))
    assert [len(each.statements) for each in document.sections[0].blocks] == [4, 4, 4]
    assert document.sections[0].blocks[0].statements[0].text("zh") == "签发", "the last station comes first"
    amend(office, "templates/wording/notes.yml", *WORD)
    lapsed = handling_sheet(assess_edition(snapshot(office), ""))
    assert all("须重新办理" in each.statements[-1].text("zh") for each in lapsed.sections[0].blocks)
    assert "现稿" in lapsed.sections[2].blocks[0].statements[0].text("zh")


def test_faulty_stations_are_named_by_the_check(office: Path) -> None:
    amend(office, "data/roles.yml", "by: desk, four_eyes", "by: desc, four_eyes")
    done = run("check", office)
    assert done.code == 4 and "data/roles.yml:5: there is no role 'desc'" in done.err


def test_a_proposal_says_which_stations_would_lapse(office: Path) -> None:
    passed(office, "drafted", "Ann")
    words = ("propose", office, "--weight", "outward=0.6")
    done = run(*words)
    assert "Stations that would lapse: 1" in done.out and "drafted (Drafted), passed by Ann on " in done.out
    assert [each["station"] for each in json.loads(run(*words, "--json").out)["stations"]] == ["drafted (Drafted)"]


def test_stations_and_roles_are_called_in_the_language_of_the_user(office: Path) -> None:
    passed(office, "drafted", "Ann")
    output = run("--ui-language", "zh", "review", office).out
    assert "待办理  checked  核稿：可由 Ann、Ben 办理" in output and "Checked" not in output and " / " not in output
    refused = run("--ui-language", "zh", "review", "pass", "checked", "--by", "Zed", "-w", office)
    assert "“Zed”无权办理环节核稿（checked）" in refused.err
    back = run("--ui-language", "zh", "review", "return", "checked", "--by", "Ben", "--comment", "?", "-w", office)
    assert "在环节核稿（checked）被退回：Ben" in back.out


@pytest.mark.validators
def test_the_handling_sheet_can_be_archived_and_read_aloud(office: Path) -> None:
    passed(office, "drafted", "Ann", "--opinion", "yes")
    amend(office, "templates/wording/notes.yml", *WORD)
    assert run("review", "sheet", office).code == 0
    for language in ("zh", "en"):
        assert judge(office / f"output/midsummer.handling/handling.{language}.pdf") == {"3a": (), "ua1": ()}
