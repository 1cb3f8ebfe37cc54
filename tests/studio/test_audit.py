"""The log of the studio: each action is a line with its author and result, and a line that is changed is found."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from jianbao.app.doctor import MachineCheck
from jianbao.core.errors import DeliveryError, UsageError
from jianbao.core.messages import tr
from jianbao.core.private_files import kept_file, state_folder
from jianbao.studio import audit, page_requests
from jianbao.studio.application import POST_HANDLERS
from jianbao.studio.audit import AuditLog
from jianbao.studio.pages import help_pages, home, log, tables
from jianbao.studio.pages.log import DEEDS
from tests.studio.requesting import request, shown, studio_of
from tests.studio.test_people import ROLES
from tests.workspaces import run

SPRING, SUMMER = "2031-03-01T12:00:00.000+00:00", "2031-07-01T12:00:00.000+00:00"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def kept(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path)


def write(kept: AuditLog, *deeds: str, at: str = SPRING) -> None:
    for did in deeds:
        kept.write(at=at, by="Li Wen", did=did, what="ties:8", result="done")


def logs() -> list[Path]:
    return sorted((state_folder() / "studio").glob("*.log-*"))


def test_lines_of_several_months_are_one_chain(kept: AuditLog) -> None:
    write(kept, "a", "b")
    write(kept, "c", at=SUMMER)
    write(kept, "d")  # the clock was put back
    assert [each.did for each in kept.begin(SUMMER)] == ["a", "b", "c", "d"]
    assert [file.name[-13:] for file in logs()] == ["2031-03.jsonl", "2031-07.jsonl"]
    assert logs()[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("harm", ["changed", "first", "middle", "last", "month", "nonsense"])
def test_a_line_that_is_changed_or_taken_out_is_found_with_its_place(kept: AuditLog, harm: str) -> None:
    write(kept, "a", "b", "c")
    write(kept, "d", "e", at=SUMMER)
    spring, summer = logs()
    lines = spring.read_bytes().splitlines(keepends=True)
    found = {
        "changed": (spring, b"".join(lines).replace(b"Li Wen", b"Li Wan", 1), "a line before this"),
        "first": (spring, b"".join(lines[1:]), "a line before this"),
        "middle": (spring, lines[0] + lines[2], "a line before this"),
        "last": (summer, summer.read_bytes().splitlines(keepends=True)[0], "lines at the end"),
        "month": (summer, b"", "lines at the end"),
        "nonsense": (spring, b"{}\n" + b"".join(lines), r"jsonl:1: .*not a line"),
    }
    file, content, said = found[harm]
    file.write_bytes(content)
    with pytest.raises(DeliveryError, match=said):
        kept.begin(SUMMER)
    if harm in ("last", "month"):
        with pytest.raises(DeliveryError, match="restore it from a backup"):
            kept.check()


HARMS = {
    "a changed line in the middle": lambda lines: [lines[0], lines[1].replace(b"done", b"gone"), *lines[2:]],
    "a changed line of the same length in the first place": lambda lines: [
        lines[0].replace(b"Wen", b"Wan"),
        *lines[1:],
    ],
    "a line taken out": lambda lines: [lines[0], *lines[2:]],
    "lines in another order": lambda lines: [lines[1], lines[0], *lines[2:]],
    "a line put in": lambda lines: [lines[0], lines[0], *lines[1:]],
    "nonsense": lambda lines: [*lines[:2], b"{}\n", *lines[2:]],
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
@pytest.mark.parametrize("month", [0, 1], ids=["an earlier month", "this month"])
@pytest.mark.parametrize("later", ["nothing", "a line"])
def test_it_is_found_while_the_studio_runs_though_the_end_is_as_it_was(
    kept: AuditLog, harm: Callable[[list[bytes]], list[bytes]], month: int, later: str
) -> None:
    write(kept, "a", "b", "c")
    write(kept, "d", "e", "f", at=SUMMER)
    kept.check()
    file = logs()[month]
    state = file.stat()
    file.write_bytes(b"".join(harm(file.read_bytes().splitlines(keepends=True))))
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    if later == "a line":
        write(kept, "g", at=SUMMER)
    for _ in range(2):
        with pytest.raises(DeliveryError, match=re.escape(file.name)):
            kept.check()
    file.write_bytes(b"")
    with pytest.raises(DeliveryError):
        kept.check()


def test_a_check_is_of_what_is_new_alone(kept: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    write(kept, "a", "b")
    kept.check()
    monkeypatch.setattr(audit, "_entry", Mock(side_effect=AssertionError("read again")))
    write(kept, "c")
    kept.check()
    write(kept, "d", at=SUMMER)
    kept.check()


def test_what_another_program_adds_or_deletes_for_its_age_is_no_change(kept: AuditLog, tmp_path: Path) -> None:
    write(kept, "a", "b")
    kept.check()
    write(AuditLog(tmp_path), "c")
    kept.check()
    write(kept, "d", at=SUMMER)
    AuditLog(tmp_path).begin("2034-05-01T00:00:00+00:00")
    kept.check()
    assert [each.did for each in kept.entries()] == ["d"]


def test_what_a_crash_left_of_a_line_is_taken_away(kept: AuditLog) -> None:
    write(kept, "a")
    with logs()[0].open("ab") as file:
        file.write(b'{"at": "2031')
    write(kept, "b")
    assert [each.did for each in kept.begin(SPRING)] == ["a", "b"]


def test_a_line_whose_crash_came_before_its_hash_was_kept_is_accepted(kept: AuditLog) -> None:
    write(kept, "a")
    ends = kept_file(f"studio/{logs()[0].name.partition('.')[0]}.log_ends")
    before = ends.read_bytes()
    write(kept, "b")
    ends.write_bytes(before)
    kept.check()
    assert len(kept.begin(SPRING)) == 2


def test_how_long_something_takes_is_known_from_the_last_times_that_it_succeeded(kept: AuditLog) -> None:
    assert kept.usual_seconds("/job/end", "build") == 0
    took = (f"done: {seconds} s" for seconds in (999, 30, 34, 31, 2, 40))
    for result in ("done", "failed: 1", *took):
        kept.write(at=SPRING, by="Li Wen", did="/job/end", what="build", result=result)
    kept.write(at=SPRING, by="Li Wen", did="/job/end", what="check", result="done: 7 s")
    assert kept.usual_seconds("/job/end", "build") == 31 and kept.usual_seconds("/job/end", "check") == 7


def test_what_is_older_than_three_years_is_deleted_and_the_rest_holds(kept: AuditLog) -> None:
    write(kept, "a", at="2027-02-01T00:00:00+00:00")
    write(kept, "b", at="2028-04-01T00:00:00+00:00")
    assert [each.did for each in kept.begin(SPRING)] == ["b"]
    write(kept, "c")
    assert [each.did for each in kept.begin(SPRING)] == ["b", "c"] and len(logs()) == 2
    assert kept.begin("2040-01-01T00:00:00+00:00") == () and logs() == []
    write(kept, "d", at="2040-01-01T00:00:00+00:00")
    assert [each.did for each in kept.begin("2040-01-01T00:00:00+00:00")] == ["d"]


def test_two_programs_write_one_chain(kept: AuditLog, tmp_path: Path) -> None:
    other = AuditLog(tmp_path)
    write(kept, "a")
    write(other, "b")
    write(kept, "c")
    other.check()
    assert [each.did for each in other.begin(SPRING)] == ["a", "b", "c"]


def test_every_changing_address_has_a_name_in_the_log() -> None:
    others = {"/job/end", "/sign-in", "/sign-out", "/user/add", "/user/remove", "/studio/restore"}
    assert set(DEEDS) == POST_HANDLERS.keys() | others


@pytest.mark.slow
def test_done_and_refused_actions_are_logged_with_author_and_result(workspace: Path) -> None:
    studio = studio_of(workspace)
    form = {"row": "8", "column": "grouping", "old": "Highlands", "new": "Delta", "password": "secret"}
    path = {"table": "ties"}
    deed = "/data/{table}/cell"
    page_requests._logged(tables.change_cell, deed, "edit", request(studio, path=path, form=form))
    with pytest.raises(UsageError):
        page_requests._logged(
            tables.change_cell, deed, "edit", request(studio, path=path, form=form | {"row": "99"}, language="zh")
        )
    done, refused = studio.audit.begin(SPRING)
    assert (done.by, done.did, done.result) == ("Ann", deed, "done") and "row=8" in done.what
    assert refused.result.startswith("refused: ") and "第 99 行" in refused.result and "secret" not in done.what
    page = shown(log.log, studio)
    assert "Ann drafted another cell" in page and "refused" in page
    assert "起草单元格改动" in shown(log.log, studio, language="zh")
    assert "Nothing is found" in shown(log.log, studio, query={"find": "nobody"})


@pytest.mark.slow
def test_the_log_says_what_was_done_in_words_and_keeps_what_was_sent_in_titles(workspace: Path) -> None:
    (workspace / "data/roles.yml").write_text(ROLES, "utf-8")
    studio = studio_of(workspace)
    lines = {
        "/data/{table}/cell": "ties row=8 column=grouping old=Highlands new=Delta",
        "/data/{table}/row": "ties cell.grouping=Islands cell.land=",
        "/brief/wording/{wording:path}": "harbour.ties:2 was.en=Old text.en=The newest = the best text.zh=新句",
        "/framework/weight": "node=outward was=1 weight=2",
        "/review": "item=harbour.ties:2 verdict=return comment=Which day?",
        "/stations": "station=issued comment= verdict=pass",
        "/changes/drop": "name=ties:8.grouping",
        "/changes/apply": "why=The almanac says so",
        "/job/start": "command=build",
        "/job/end": "build",
        "/proposals/{name}/take": "2031-03-01-ann",
        "/intake/file": "ties.xlsx sha256:0123456789abcdef",
        "/user/add": "Hu Lan head",
    }
    for did, what in lines.items():
        result = "failed: 3" if did == "/job/end" else "done"
        studio.audit.write(at=SPRING, by="Ann", did=did, what=what, result=result)
    page = shown(log.log, studio, language="zh")
    for said in (
        "第 8 行 · grouping · 原为：高地 · 改为：三角洲",
        "grouping：群岛",
        "英文：The newest = the best · 中文：新句",
        "权重：2",
        "已退回 · 意见：Which day?",
        "签发 · 已办理",
        "理由：The almanac says so",
        "启动命令 生成本期简报",
        "ties.xlsx 已完成",
        "Hu Lan · 负责人",
    ):
        assert said in page, (said, page)
    assert not re.findall(
        r"\b(?:row|column|verdict|item|node|station|why|command|build|sha256|harbour|outward)\b", page
    )
    assert "Old" not in page and "2031-03-01-ann" not in page
    assert "before: Highlands · after: Delta" in shown(log.log, studio, query={"find": "highlands"})
    assert f'title="{lines["/review"]}"' in bytes(log.log(request(studio)).body).decode()


@pytest.mark.slow
def test_the_log_says_answers_in_the_words_of_their_page(workspace: Path) -> None:
    studio = studio_of(workspace)
    source = "question=tallies:6.source sentence.0=pasted title.0=来客增加 title_en.0=More visitors producer.0=港城日报"
    fields = "pages.0=3 way.0=added sure.0= on.0=2031-02 cell.0.confidence=stated cell.0.note="
    unknown = "unlisted=data/tallies.csv: visitors.value: 38750 → 38751; ties.total: 6 → 6 unknown.0=yes unknown_why.0="
    mended = "number=data/discrepancies.yml:visitors.found new.0.zh=新句 new.0.en=New = good why.1=So it was"
    for what in (f"{source} {fields}", f"{unknown} {mended}", "way.0=redated unknown_why.0=nobody says"):
        studio.audit.write(at=SPRING, by="Ann", did="/changes/answer", what=what, result="done")
    page = shown(log.log, studio, language="zh")
    for said in (
        "来源：来客增加 · More visitors · 港城日报 · 3 · 旧数没错，新数另立一行 · 截至 2031-02 · 证据：单源陈述",
        "→ 38751 · 材料没有写明是哪个 · 资料不一致登记（见证据卷） · 中文：新句 · 英文：New = good · 不改，理由",
        "旧数错，改正，日期也改 · 理由：nobody says",
    ):
        assert said in page, (said, page)
    assert not re.findall(r"\.0=|unknown|stated|added|redated|pasted|\byes\b", page)


@pytest.mark.slow
def test_what_a_machine_lacks_comes_before_what_it_has(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = studio_of(workspace)
    needs = ((True, False), (False, True), (False, False))
    checks = [
        MachineCheck(tr("{what}", what="the thing"), good, tr("{what}", what="get it"), optional)
        for good, optional in needs
    ]
    monkeypatch.setattr(help_pages, "machine_checks", lambda _: checks)
    page = shown(help_pages.machine, studio)
    assert "1 thing is missing. Show this page to the administrator" in page
    assert page.index("not there the thing get it") < page.index("1 thing is missing that a brief does not need")
    assert page.endswith("1 thing is there there the thing")
    monkeypatch.setattr(help_pages, "machine_checks", lambda _: checks[:1])
    assert "本机已具备" in shown(help_pages.machine, studio, language="zh")


@pytest.mark.slow
def test_with_a_broken_log_nothing_is_changed_and_the_studio_does_not_open(workspace: Path) -> None:
    studio = studio_of(workspace)
    write(studio.audit, "a", "b")
    logs()[0].write_bytes(logs()[0].read_bytes().replace(b"Li Wen", b"Li Wan"))
    write(studio.audit, "c")
    done = run("studio", workspace, "--no-open", "--port", 0)
    assert done.code == 7 and "a line before this was taken out or changed" in done.err and "http" not in done.out
    logs()[0].unlink()
    with pytest.raises(DeliveryError):
        page_requests._logged(home.cancel, "/job/cancel", "work", request(studio))
