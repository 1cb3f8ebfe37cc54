"""data/roles.yml: the stations in their order, who may pass them, and what is wrong with it."""

from dataclasses import replace

import pytest

from jianbao.core.documents import Problems
from jianbao.core.yaml_reader import parse_document
from jianbao.review.roles import ROLES, StationPlan, read_stations

PLAN = """\
roles:
  desk: {name: {zh: 主办人, en: desk officer}, people: [Ann Bell, Ben]}
  head: {name: {zh: 负责人, en: head}}
stations:
  drafted: {name: {zh: 拟稿, en: Drafted}, by: desk}
  checked: {name: {zh: 核稿, en: Checked}, by: [desk, Cy Dee], four_eyes: yes}
  finance: {name: {zh: 财务会签, en: Finance}, by: Fay}
  legal: {name: {zh: 法务会签, en: Legal}, beside_previous: yes}
  issued: {name: {zh: 签发, en: Issued}, by: head, four_eyes: yes}
"""


def read(text: str) -> tuple[StationPlan, list[str]]:
    problems: Problems = []
    plan = read_stations(parse_document(text, ROLES), ("zh", "en"), ("notes", "figure"), problems)
    return plan, [str(each) for each in problems]


def test_stations_follow_each_other_or_stand_side_by_side() -> None:
    plan, problems = read(PLAN)
    assert not problems
    assert [(each.id, each.step) for each in plan.stations] == [
        ("drafted", 0),
        ("checked", 1),
        ("finance", 2),
        ("legal", 2),
        ("issued", 3),
    ]
    assert [each.id for each in plan.step(2)] == ["finance", "legal"] and [each.id for each in plan.last] == ["issued"]


@pytest.mark.parametrize(
    ("station", "name", "role"),
    [
        ("drafted", "Ann Bell", "desk"),
        ("drafted", "  ann  BELL ", "desk"),
        ("drafted", "Cy Dee", None),
        ("checked", "Cy Dee", ""),
        ("checked", "Ben", "desk"),
        ("finance", "Ann Bell", None),
        ("legal", "Whoever", ""),
        ("issued", "Whoever", "head"),
    ],
)
def test_people_pass_by_name_or_by_role_and_a_role_of_nobody_is_open(station: str, name: str, role: str | None) -> None:
    plan, _ = read(PLAN)
    assert plan.role_of(next(each for each in plan.stations if each.id == station), name) == role


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("en: Checked}", "}", "data/roles.yml:6: 'en' is missing"),
        ("by: desk}", "by: desc}", "data/roles.yml:5: there is no role 'desc'; did you mean 'desk'?"),
        ("by: head,", "by: heat,", "data/roles.yml:9: there is no role 'heat'; did you mean 'head'?"),
        ("legal:", "Legal:", "data/roles.yml:8: 'Legal' is not an id"),
        ("legal:", "notes:", "data/roles.yml:8: a station cannot have the id 'notes': review items use it"),
        (
            "by: desk}",
            "by: desk, four_eyes: yes}",
            "data/roles.yml:5: 'drafted' is the first station: the person who passes",
        ),
        ("by: desk}", "beside_previous: yes}", "data/roles.yml:5: 'drafted' is the first station: it cannot be beside"),
        ("four_eyes: yes}", "four_eyes: maybe}", "data/roles.yml:6: 'maybe' is not an allowed value"),
        ("by: head,", "by: Hugh,", "data/roles.yml:3: no station is passed by the role 'head'"),
        ("by: Fay", "buy: Fay", "data/roles.yml:7: 'buy' is not known here"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in PLAN
    _, problems = read(PLAN.replace(old, new, 1))
    assert len(problems) == 1 and problems[0].startswith(said)


@pytest.mark.parametrize("text", ["stations:\n", "stations: {}\n", "stations: []\n"])
def test_a_file_without_stations_is_refused(text: str) -> None:
    assert [each for each in read(text)[1] if "there are no stations" in each]


def test_a_role_says_what_its_account_may_do_and_needs_no_station_then() -> None:
    plan, problems = read(
        "four_eyes: yes\n" + PLAN.replace("stations:", "  writer: {name: {zh: 撰稿, en: w}, may: edit}\nstations:")
    )
    assert not problems and plan.four_eyes and plan.roles["writer"].may == ("edit",) and plan.roles["desk"].may == ()
    _, problems = read(PLAN.replace("en: head}", "en: head}, may: [edit, aprove]"))
    assert len(problems) == 1 and "'aprove' is no right of a role" in problems[0] and "approve" in problems[0]


def test_where_names_are_proven_a_role_of_nobody_is_held_by_accounts_alone() -> None:
    plan = replace(read(PLAN)[0], accounts={"Hu Lan": "head", "Ben": "head"})
    issued, drafted = plan.stations[-1], plan.stations[0]
    assert plan.role_of(issued, "Hu Lan") == "head" and plan.role_of(issued, "Whoever") is None
    assert plan.role_of(drafted, "Ben") == "desk", "by the people whom the role names"
    assert plan.holders(issued) == ("Hu Lan", "Ben")
    assert replace(plan, accounts={}).role_of(issued, "Whoever") is None


def test_the_button_that_writes_a_change_names_who_may_approve_it_next() -> None:
    plan, _ = read(
        PLAN.replace("people: [Ann Bell, Ben]}", "may: edit}").replace("en: head}}", "en: head}, may: approve}")
    )
    own, names = plan.stations[0], {each.id: each.name["en"] for each in plan.stations}

    def said(accounts: dict[str, str], stations: str = "head") -> str:
        known = replace(
            plan, accounts=accounts, stations=tuple(replace(each, by=(stations,)) for each in plan.stations)
        )
        return known.write_button_text(own, names).in_language("en")

    assert said({"Ann": "desk", "Gil": "head"}) == "Write it, and send it to Gil for approval"
    assert said({"Ann": "desk"}) == "Write it, and pass Drafted", "nobody has an account for the next station"
    assert said({"Ann": "desk"}, "desk") == "Write it, and pass Drafted, on to Checked (Ann)", "they may not approve"
