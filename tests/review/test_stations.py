"""The stations of an edition and their log, without a workspace: what holds, who may pass, what was tampered with."""

from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.review.roles import StationPlan
from jianbao.review.stations import (
    PassConditions,
    StationEntry,
    StationLog,
    Verb,
    WorkspaceChange,
    authors_since,
    is_issued,
    last_return,
    read_log,
    station_states,
    unissued_problems,
    with_entry,
)
from tests.review.test_roles import PLAN, read

plan: StationPlan = read(PLAN)[0]
FILE = "data/reviews/stations/midsummer.jsonl"


def entry(station: str, by: str, content: str = "old", verb: Verb = "passed", hour: int = 9) -> StationEntry:
    return StationEntry(
        at=f"2031-07-01T{hour:02}:00:00+08:00",
        by=by,
        role="",
        station=station,
        verb=verb,
        content=content,
        comment="",
        kept="",
        before="",
    )


WHOLE = (
    entry("drafted", "Ann Bell"),
    entry("checked", "Ben"),
    entry("legal", "Lou"),
    entry("finance", "Fay"),
    entry("issued", "Ida"),
)


def states(*entries: StationEntry, content: str = "old") -> dict[str, str]:
    return {each.station.id: each.state for each in station_states(plan, StationLog(entries), content)}


def passage(*entries: StationEntry, content: str = "old", changes: tuple[WorkspaceChange, ...] = ()) -> PassConditions:
    log = StationLog(entries)
    return PassConditions(plan=plan, log=log, states=station_states(plan, log, content), changes=changes)


def refused(found: PassConditions, station: str, name: str) -> str:
    return " | ".join(map(str, found.refusals_to_pass(station, name)))


def issued(*entries: StationEntry, content: str = "old") -> bool:
    return is_issued(plan, station_states(plan, StationLog(entries), content))


def test_a_station_opens_when_all_before_it_hold() -> None:
    assert states() == dict.fromkeys(("checked", "finance", "legal", "issued"), "waiting") | {"drafted": "open"}
    assert states(*WHOLE[:2]) | {"finance": "open", "legal": "open", "issued": "waiting"} == states(*WHOLE[:2])
    assert states(*WHOLE[:3])["issued"] == "waiting" and states(*WHOLE[:4])["issued"] == "open"


def test_an_edition_is_issued_by_its_last_station_and_no_more_when_it_says_something_else() -> None:
    assert issued(*WHOLE) and not issued(*WHOLE[:4])
    assert not issued(*WHOLE, content="new")
    lapsed = station_states(plan, StationLog(WHOLE), "new")
    assert all(each.lapsed for each in lapsed) and lapsed[0].state == "open"


def test_a_passing_holds_again_when_the_text_is_as_it_was() -> None:
    assert issued(*WHOLE, entry("drafted", "Ben", "new"))


def test_a_return_undoes_what_was_passed_of_that_text_and_of_no_other() -> None:
    assert set(states(*WHOLE, entry("issued", "Ida", verb="returned")).values()) == {"open", "waiting"}
    other = (*WHOLE, entry("drafted", "Ben", "new"), entry("checked", "Cy Dee", "new", "returned"))
    assert issued(*other) and not issued(*other, content="new")
    found = last_return(StationLog(other), "new")
    assert found and found.by == "Cy Dee" and last_return(StationLog(other), "old") is None
    drafted = entry("drafted", "Ben", "new")
    assert last_return(StationLog((*other, drafted)), "new") == found
    assert last_return(StationLog((*other, drafted, entry("checked", "Cy Dee", "new"))), "new") is None


def test_nobody_passes_a_station_of_four_eyes_after_their_own_change() -> None:
    assert "four eyes" in refused(passage(WHOLE[0]), "checked", "ann bell")
    assert refused(passage(WHOLE[0]), "checked", "Ben") == ""
    changed = (*WHOLE, entry("drafted", "Ben", "new"))
    assert "four eyes" in refused(passage(*changed, content="new"), "checked", "Ben")
    assert refused(passage(*changed, content="new"), "checked", "Ann Bell") == "", "what Ann wrote was checked by Ben"


def test_a_return_does_not_let_authors_check_themselves() -> None:
    back = (*WHOLE[:2], entry("finance", "Fay", verb="returned"), entry("drafted", "Ben"))
    assert authors_since(plan, StationLog(back), "checked", ()) == ("Ann Bell", "Ben")


def test_who_proposed_or_applied_a_change_since_is_an_author_too() -> None:
    before, after = (WorkspaceChange(by="Cy Dee", at=f"2031-07-01T{hour}:00+00:00") for hour in ("00:30", "03:00"))
    again = (*WHOLE, entry("drafted", "Ann Bell", "new", hour=12))
    assert refused(passage(*again, content="new", changes=(before,)), "checked", "Cy Dee") == "", (
        "before 9 o'clock there"
    )
    assert "four eyes" in refused(passage(*again, content="new", changes=(after,)), "checked", "Cy Dee")


def test_only_who_is_named_passes_a_station_and_only_in_its_turn() -> None:
    assert "not at this station yet" in refused(passage(), "checked", "Ben")
    assert "first: drafted, checked, finance" in refused(passage(), "issued", "Ida")
    assert "'Zed' may not pass the station drafted" in refused(passage(), "drafted", "Zed")
    assert "Ann Bell, Ben" in refused(passage(), "drafted", "Zed")
    assert "nothing has changed since" in refused(passage(WHOLE[0]), "drafted", "Ben")
    assert "did you mean 'checked'" in refused(passage(), "cheked", "Ben")
    returning = passage(*WHOLE[:2]).refusals_to_return
    assert returning("checked", "Ben") == [] and returning("finance", "Fay") == []
    assert returning("issued", "Ida") and returning("finance", "Ann Bell") and returning("nowhere", "Ann Bell")


def test_each_missing_station_is_named_with_the_command_that_passes_it() -> None:
    problems = [
        str(each) for each in unissued_problems("midsummer", station_states(plan, StationLog(WHOLE[:3]), "old"))
    ]
    assert len(problems) == 2
    assert "finance (Finance)" in problems[0] and "review pass finance --by NAME --edition midsummer" in problems[0]
    assert problems[1].endswith("after finance")


def chained(*entries: StationEntry) -> bytes:
    content = b""
    for each in entries:
        content = with_entry(content, replace(each, before=read_log(content, FILE, []).last_line))
    return content


def faults(content: bytes) -> list[str]:
    problems: Problems = []
    read_log(content, FILE, problems)
    return [str(each) for each in problems]


def test_a_log_reads_back_as_it_was_written() -> None:
    problems: Problems = []
    found = read_log(chained(*WHOLE), FILE, problems)
    assert not problems and [replace(each, before="") for each in found.entries] == [*WHOLE]


def test_a_line_that_was_changed_taken_out_or_made_up_is_found() -> None:
    lines = chained(*WHOLE).splitlines(keepends=True)
    assert "stations/midsummer.jsonl:3" in faults(b"".join((lines[0], lines[1].replace(b"Ben", b"Bob"), *lines[2:])))[0]
    assert "taken out or changed" in faults(b"".join((lines[0], *lines[2:])))[0]
    assert "not a line of a log" in faults(lines[0] + b"{}\n")[0]
    assert "not a line of a log" in faults(lines[0].replace(b"+08:00", b""))[0], "a time of no place"
