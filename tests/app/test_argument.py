"""The argument is refused where it does not hold together: each fault with its line, a reason and a hint."""

from pathlib import Path

import pytest

from jianbao.app.check import examine_edition
from jianbao.app.workspace import snapshot
from jianbao.core.errors import Problem
from tests.workspaces import MINIATURE, amend, assessed, copy

pytestmark = pytest.mark.slow

FILE = "templates/argument.yml"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return copy(MINIATURE, tmp_path / "miniature")


def problems(workspace: Path, edition: str = "") -> list[Problem]:
    return [problem for error in examine_edition(snapshot(workspace), edition).errors for problem in error.problems]


def line_of(workspace: Path, text: str) -> int:
    """Return the line of the file on which a text stands first."""
    lines = (workspace / FILE).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def refused(workspace: Path, at: str, english: str, chinese: str) -> None:
    """Claim that a workspace has a problem of these words, at the line on which a text stands, or below its id."""
    listed = problems(workspace)
    found = [each for each in listed if str(each).endswith(english)]
    assert found, [str(each) for each in listed]
    where = found[0].where
    assert (where.file, where.line) == (
        FILE,
        line_of(workspace, at) + (at.endswith(":") and at[1] == " " and at[2] != " "),
    )
    assert found[0].text().in_language("zh").endswith(chinese)


def test_the_argument_of_the_miniature_is_in_order() -> None:
    assert [examine_edition(snapshot(MINIATURE), edition).errors for edition in ("winter", "midsummer")] == [(), ()]


# One message in title, box and first measure


def test_a_title_whose_facts_are_not_in_the_box_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "facts: [ties.total, ties.grouping.delta]", "facts: [ties.total, regatta.boats]")
    what = "the title rests on regatta.boats, which the box does not state"
    hint = "state it in the box in templates/wording/summary.yml:7, or take it out of `facts:`"
    assert any(str(each).endswith(f"{what}; {hint}") for each in problems(workspace))
    refused(
        workspace,
        "  facts: [ties.total, regatta.boats]",
        f"{what}; {hint}",
        "标题所依据的 regatta.boats 没有写进要点框；"
        "请写进 templates/wording/summary.yml:7 的要点框，或从 `facts:` 中删去",
    )


def test_a_first_measure_that_answers_no_gap_of_the_box_is_refused(workspace: Path) -> None:
    amend(
        workspace,
        FILE,
        "    facts: [ties.grouping.delta]\n    findings: [few_in_delta]",
        "    facts: [regatta.boats]\n    findings: [few_in_delta]",
    )
    refused(
        workspace,
        "  delta_ties:",
        "the first measure, 'delta_ties', answers the gap 'delta', of which the box says nothing; "
        "state one of regatta.boats in the box, or put the measure that answers the box first",
        "第一项措施“delta_ties”对应短板“delta”，要点框里却只字未提；"
        "请在要点框中写明 regatta.boats 之一，或把与要点框对应的措施排在第一",
    )


@pytest.mark.parametrize("grade", ["copy", "open"])
def test_a_title_bound_by_a_fact_of_a_low_grade_is_refused(workspace: Path, grade: str) -> None:
    graded(workspace, {"almanac": grade, "gazette": grade})
    refused(
        workspace,
        "when: {fact: ties.grouping.delta, below: 3}, zh: 友城渐多",
        "the title is bound by 'ties.grouping.delta', which rests on nothing better than a copy; "
        "find a better source, or say it in the box as reported",
        "标题所依据的“ties.grouping.delta”，最可靠的来源也只是转载件；请另找更可靠的来源，或只在要点框中以“据报道”写明",
    )


def test_a_title_bound_by_an_official_fact_is_in_order(workspace: Path) -> None:
    graded(workspace, {"almanac": "copy", "gazette": "official"})
    assert problems(workspace) == []


def graded(workspace: Path, grades: dict[str, str]) -> None:
    """Let sources have a grade."""
    for source, grade in grades.items():
        amend(workspace, "data/sources.yml", f"{source}:\n", f"{source}:\n  grade: {grade}\n")


# Gaps and measures, one to one


def test_a_gap_without_a_measure_or_a_reason_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "    reason: {", "    ignored: {")
    refused(
        workspace,
        "  boats:",
        "the gap 'boats' has no measure and no reason; "
        "write a measure with `gap: boats`, or say in `reason:` why none answers it",
        "短板“boats”既没有措施，也没有说明理由；请写一项 `gap: boats` 的措施，或在 `reason:` 中说明为何不列措施",
    )


def test_a_gap_with_a_measure_and_a_reason_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "    gap: market", "    gap: boats")
    messages = [str(each.what) for each in problems(workspace)]
    assert "the gap 'boats' has a measure, 'fuller_market', and a reason why it has none" in messages


def test_a_gap_with_two_measures_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "    gap: market", "    gap: delta")
    messages = [str(each.what) for each in problems(workspace)]
    assert "the gap 'delta' has 2 measures: delta_ties, fuller_market" in messages


def test_a_measure_that_answers_no_gap_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "    gap: market", "    gap: markets")
    refused(
        workspace,
        "    gap: markets",
        "the measure 'fuller_market' answers 'markets', which is no gap; did you mean 'market'?",
        "措施“fuller_market”对应的“markets”不是短板；是不是“market”？",
    )


PARTS = {
    "    gap: market\n": ("which gap it answers", "对应哪个短板", False),
    "    title: {zh: 扩大市集, en: Widen the market}\n": ("what is to be done", "要做什么", False),
    "    lead: [Lantern Guild]\n": ("who leads", "由谁牵头", False),
    "    with: {jointly: [Harbour Council]}\n": ("who takes part, and in which manner", "谁参与、以何种方式参与", True),
    "    cost: pending\n": ("what it costs", "需要多少经费", True),
    "    stop: {zh: 两季无人租用，即止。, en: Stop if nobody rents for two seasons.}\n": (
        "by which sign it is stopped",
        "出现什么情况即停止",
        True,
    ),
    "    risk: {say: {zh: 道路拥挤。, en: The road may be crowded.}, "
    "answer: {zh: 分日开市。, en: Market days are shared out.}}\n": (
        "its main risk and the answer to it",
        "主要风险及应对",
        True,
    ),
    "    hundred_days:\n"
    "      - {month: 2, say: {zh: 清点摊位, en: count the stalls}, result: {zh: 摊位表, en: list of stalls}}\n": (
        "what is done in the first hundred days",
        "百日内做什么",
        False,
    ),
    "    deliverable: {month: 2032-06, say: {zh: 新摊位图, en: plan of new stalls}}\n": (
        "what is delivered, and in which month",
        "交付什么、在哪个月交付",
        True,
    ),
    "    importance: {level: medium, because: {zh: 关乎生计。, en: It feeds the town.}}\n": (
        "how important it is, and why",
        "重要程度及理由",
        False,
    ),
    "    feasibility: {level: medium, because: {zh: 须由行会出力。, en: The guild has to help.}}\n": (
        "how feasible it is, and why",
        "可行程度及理由",
        False,
    ),
}


@pytest.mark.parametrize(("written", "part"), PARTS.items())
def test_a_measure_that_lacks_a_part_is_refused(workspace: Path, written: str, part: tuple[str, str, bool]) -> None:
    amend(workspace, FILE, written, "")
    english, chinese, may_wait = part
    key = written.strip().partition(":")[0]
    refused(
        workspace,
        "  fuller_market:",
        f"the measure 'fuller_market' does not say {english}; write `{key}:`"
        + ("; if only the office can know it, write `pending`" if may_wait else ""),
        f"措施“fuller_market”没有说明{chinese}；请写 `{key}:`"
        + ("；只有主管单位才知道的，写 `pending`" if may_wait else ""),
    )


def test_what_only_the_office_can_know_is_pending_and_listed() -> None:
    found = {(each.measure, each.part, each.body) for each in assessed(MINIATURE).project.argument.pending}
    parts = ("baseline", "target", "by", "cost", "stalls.by", "stalls.cost")
    assert found == {("fuller_market", part, "Lantern Guild") for part in parts}


def test_a_risk_without_its_answer_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, ", answer: {zh: 分日开市。, en: Market days are shared out.}", "")
    assert "'answer' is missing" in {str(each.what) for each in problems(workspace)}


def test_first_steps_without_a_result_are_refused(workspace: Path) -> None:
    amend(workspace, FILE, ", result: {zh: 摊位表, en: list of stalls}", "")
    refused(
        workspace,
        "      - {month: 2, say: {zh: 清点摊位",
        "the measure 'fuller_market' does not say what comes first; write `result:` beside the step that ends in one",
        "措施“fuller_market”没有说明首个成果是什么；请在有成果的步骤旁写 `result:`",
    )


def test_a_step_after_the_first_hundred_days_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "- {month: 3, say", "- {month: 7, say")
    refused(
        workspace,
        "- {month: 7, say",
        "month 7 lies after the first hundred days; write a month up to 5, or make it a task",
        "第 7 个月已在百日之后；请写不超过 5 的月数，或改列为任务",
    )


def test_an_approval_that_no_task_asks_for_is_refused(workspace: Path) -> None:
    amend(
        workspace,
        FILE,
        "    lead: [Lantern Guild]\n    with: {jointly",
        "    asked: {zh: 增设摊位, en: add stalls}\n    lead: [Lantern Guild]\n    with: {jointly",
    )
    refused(
        workspace,
        "    asked: {zh: 增设摊位",
        "the measure 'fuller_market' asks for an approval, but none of its tasks is approved first; "
        "write `approve: first` in a task, or leave `asked` out",
        "措施“fuller_market”写有请示内容，但没有一项任务列为先行批准；"
        "请在一项任务中写 `approve: first`，或删去 `asked`",
    )


@pytest.mark.parametrize("month", ["2032-13", "soon", "0", "3.5"])
def test_a_month_that_is_none_is_refused(workspace: Path, month: str) -> None:
    amend(workspace, FILE, "deliverable: {month: 2032-06", f"deliverable: {{month: {month}")
    assert any(each.where.line == line_of(workspace, f"month: {month}") for each in problems(workspace))


# Facts that an edition lacks


LACKED = "edition.method_as_of"  # which only a back edition has
CALLED, CHINESE = f"'{LACKED}'", f"“{LACKED}”"
KNOWN = f"{{fact: {LACKED}, known: yes}}"
HOLE = f"{{{{ {LACKED} | year }}}}"
STALLS = "{zh: 摊位不足。, en: There are too few stalls.}"
STOP = "{zh: 两季无人租用，即止。, en: Stop if nobody rents for two seasons.}"
CHOOSE = "{zh: 选定使者, en: choose the envoys}"
PACTS = "{zh: 商定盟约, en: Agree on pacts}"
NAMING = {
    STALLS: ("the finding 'market_below_best'", "发现“market_below_best”"),
    "{zh: 三角洲友城少, en: Few friends in the Delta}": ("the gap 'delta'", "短板“delta”"),
    STOP: ("the measure 'fuller_market'", "措施“fuller_market”"),
    CHOOSE: (
        "a step of the first hundred days of the measure 'delta_ties'",
        "措施“delta_ties”百日内的一个步骤",
    ),
    PACTS: ("the task 'pacts' of the measure 'delta_ties'", "措施“delta_ties”的任务“pacts”"),
    "{zh: 行程单, en: itinerary}": (
        "the task 'envoys' of the measure 'delta_ties'",
        "措施“delta_ties”的任务“envoys”",
    ),
}


def name_lacked(workspace: Path, text: str) -> None:
    """Let a text that is written as {zh: …, en: …} name a fact that the edition lacks."""
    zh, en = text.removeprefix("{zh: ").removesuffix("}").split(", en: ")
    amend(workspace, FILE, text, f'{{zh: "{HOLE}{zh}", en: "In {HOLE}: {en}"}}')


@pytest.mark.parametrize(("text", "part"), NAMING.items())
def test_a_part_that_names_a_fact_that_the_edition_lacks_is_refused_once(
    workspace: Path, text: str, part: tuple[str, str]
) -> None:
    name_lacked(workspace, text)
    way, chinese_way = f"give it `when: {KNOWN}`", f"请给它写上 `when: {KNOWN}`"
    if text == STALLS:  # the finding has a condition already
        way, chinese_way = f"add `{KNOWN}` to its `when:`", f"请在其 `when:` 中加上 `{KNOWN}`"
    refused(
        workspace,
        HOLE,
        f"{part[0]} names '{LACKED}', which is not known in this edition; "
        f"add the data for the fact; or, to leave the part out, {way}",
        f"{part[1]}引用了“{LACKED}”，本版次中没有这一事实；请补充得出这一事实的数据；如要略去这一部分，{chinese_way}",
    )
    assert len(problems(workspace)) == 1


GUARDED = [
    ("      pacts:\n", f"      pacts:\n        when: {KNOWN}\n", PACTS),
    ("{month: 1, say", f"{{month: 1, when: {KNOWN}, say", CHOOSE),
    ("    gap: market\n", f"    gap: market\n    when: {KNOWN}\n", STOP),
    (
        "when: {fact: market.value, below: market.best}",
        f"when: {{all: [{KNOWN}, {{fact: market.value, below: market.best}}]}}",
        STALLS,
    ),
]


@pytest.mark.parametrize(("old", "new", "text"), GUARDED, ids=["task", "step", "measure", "finding"])
def test_a_part_whose_condition_asks_for_the_fact_is_left_out_silently(
    workspace: Path, old: str, new: str, text: str
) -> None:
    name_lacked(workspace, text)
    amend(workspace, FILE, old, new)
    assert problems(workspace) == []


def test_a_fact_that_a_part_rests_on_is_not_missed_silently(workspace: Path) -> None:
    amend(workspace, FILE, "facts: [regatta.boats]\n    findings", f"facts: [regatta.boats, {LACKED}]\n    findings")
    amend(workspace, FILE, "baseline: ties.grouping.delta", f"baseline: {LACKED}")
    messages = {str(each.what) for each in problems(workspace)}
    parts = ("the gap 'boats'", "the measure 'delta_ties'")
    assert messages == {f"{part} names '{LACKED}', which is not known in this edition" for part in parts}


def test_what_goes_with_a_finding_is_not_told_again_of_its_gap_and_measure(workspace: Path) -> None:
    for text in (STALLS, "{zh: 市集未及最高, en: The market is below its best}", STOP):
        name_lacked(workspace, text)
    assert [str(each.what).partition(" names")[0] for each in problems(workspace)] == [
        "the finding 'market_below_best'"
    ]


def test_what_follows_from_a_finding_is_not_dropped_silently(workspace: Path) -> None:
    name_lacked(workspace, "{zh: 宜先派使者。, en: Envoys should go first.}")
    messages = {str(each.what) for each in problems(workspace)}
    assert messages == {f"there is no fact '{LACKED}' in this edition"}


def test_a_task_without_a_text_for_the_edition_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, PACTS, f"{{when: {KNOWN}, zh: 商定盟约, en: Agree on pacts}}")
    refused(
        workspace,
        f"{{when: {KNOWN}",
        "'measure.delta_ties.task.pacts.say' says nothing in this edition, but cannot be left out; give it a text for "
        "every case, or let the `when:` of the task 'pacts' of the measure 'delta_ties' leave that out",
        "“measure.delta_ties.task.pacts.say”在本版次中没有可用的说法，而这里不能没有；"
        "请为各种情形都写一条文字，或用 `when:` 略去措施“delta_ties”的任务“pacts”",
    )


def notes(workspace: Path, edition: str = "") -> list[Problem]:
    return list(examine_edition(snapshot(workspace), edition).notes)


def test_a_note_says_which_parts_are_left_out_for_their_months(workspace: Path) -> None:
    assert notes(workspace) == []
    amend(workspace, FILE, "{month: 1, say", "{month: 2031-02, say")
    amend(workspace, FILE, "deliverable: {month: 2032-06", "deliverable: {month: 2036-06")
    first, second = notes(workspace)
    assert str(first).endswith(
        "a step of the first hundred days of the measure 'delta_ties' is left out: 2031-02 has passed or is too far "
        "ahead; if that is not meant, give it another month"
    )
    assert (
        second.text()
        .in_language("zh")
        .endswith("措施“fuller_market”未列入本版次：2036-06 已过或过远；如非本意，请改写月份")
    )
    assert (first.where.line, problems(workspace)) == (line_of(workspace, "{month: 2031-02"), [])


def test_a_condition_of_a_part_cannot_ask_for_what_is_counted_from_the_parts(workspace: Path) -> None:
    amend(workspace, FILE, "      pacts:\n", "      pacts:\n        when: {fact: argument.approve_count, above: 0}\n")
    refused(
        workspace,
        "        when: {fact: argument.approve_count",
        "'argument.approve_count' is made of the parts that are left, so the `when:` of a part cannot ask for it; "
        "ask for a fact of the data, or of `values` of the measure",
        "“argument.approve_count”由保留下来的各部分得出，不能用作某一部分的 `when:`；"
        "请改用由数据得出的事实，或该措施 `values` 中的数",
    )


def test_a_result_chosen_by_what_is_counted_from_the_parts_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "result: {zh: 摊位表", "result: {when: {fact: argument.gaps, above: 0}, zh: 摊位表")
    what = "'argument.gaps' is made of the parts that are left, so the `when:` of a part cannot ask for it"
    assert [str(each.what) for each in problems(workspace)] == [what]


def test_a_rule_cannot_ask_for_what_the_argument_makes_after_the_rules(workspace: Path) -> None:
    amend(workspace, "data/rules.yml", "{fact: ties.lands, below: 2}", "{fact: argument.measures, below: 2}")
    amend(workspace, "data/rules.yml", "evidence: [ties.lands]", "evidence: [ties.lands, argument.approve]")
    found = [str(each) for each in problems(workspace)]
    what = (
        "is known only after the rules are judged, so a rule cannot ask for it; "
        "ask for a fact of the data, or for a score"
    )
    assert found == [
        f"data/rules.yml:24 new_lands: 'argument.measures' {what}",
        f"data/rules.yml:23 new_lands: 'argument.approve' {what}",
    ]
    chinese = problems(workspace)[0].text().in_language("zh")
    assert chinese.endswith("“argument.measures”要到规则判定之后才有，规则不能引用；请改用由数据得出的事实，或某项得分")


def test_a_fact_of_the_title_that_no_edition_has_is_refused_and_not_noted_too(workspace: Path) -> None:
    amend(workspace, FILE, "facts: [ties.total, ties.grouping.delta]\n  title", "facts: [ties.totl]\n  title")
    assert [str(each.what) for each in problems(workspace)] == ["'ties.totl' is not a fact"]
    assert notes(workspace) == []


def test_a_note_says_which_fact_of_the_title_the_edition_lacks(workspace: Path) -> None:
    named = "facts: [ties.total, ties.grouping.delta, "
    amend(workspace, FILE, "facts: [ties.total, ties.grouping.delta]\n  title", f"{named}{LACKED}]\n  title")
    (note,) = notes(workspace)
    assert problems(workspace) == [] and note.where.line == line_of(workspace, named)
    assert str(note).endswith(
        f"the title rests on {CALLED}, which is not known in this edition; "
        "add the data for the fact; or, if the title does not need it, take it out of `facts:`"
    )
    assert (
        note.text()
        .in_language("zh")
        .endswith(
            f"标题依据{CHINESE}，本版次中没有这项数据；请补充得出这一事实的数据；标题用不着的，请从 `facts:` 中删去"
        )
    )


# Titles, mechanisms


@pytest.mark.parametrize(
    ("old", "new", "english", "chinese"),
    [
        (
            "en: Widen the market",
            "en: The market is widened",
            "the title 'The market is widened' does not begin with a verb; "
            "begin with what is to be done: seek, widen, add (`verbs` in vocabulary.yml)",
            "标题“The market is widened”不是以动词开头；"
            "请以要做的事开头：seek、widen、add（见 vocabulary.yml 的 `verbs`）",
        ),
        (
            "zh: 扩大市集",
            "zh: 市集得到扩大",
            "the title '市集得到扩大' does not begin with a verb; "
            "begin with what is to be done: 结交, 扩大, 增设 (`verbs` in vocabulary.yml)",
            "标题“市集得到扩大”不是以动词开头；请以要做的事开头：结交、扩大、增设（见 vocabulary.yml 的 `verbs`）",
        ),
    ],
)
def test_a_title_that_does_not_begin_with_a_verb_is_refused(
    workspace: Path, old: str, new: str, english: str, chinese: str
) -> None:
    amend(workspace, FILE, old, new)
    refused(workspace, new, english, chinese)


def test_a_finding_without_a_mechanism_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "    mechanism: {zh: 摊位不足。, en: There are too few stalls.}\n", "")
    refused(
        workspace,
        "  market_below_best:",
        "the finding 'market_below_best' does not say why it is so; "
        "write `mechanism:`, with `source:` or, where no source gives one, as a judgement; "
        "if only the office can know it, write `pending`",
        "发现“market_below_best”没有说明成因；请写 `mechanism:`，并附 `source:`；没有来源的，写明是判断；"
        "只有主管单位才知道的，写 `pending`",
    )


def test_a_mechanism_without_a_source_has_to_say_that_it_is_a_judgement(workspace: Path) -> None:
    amend(
        workspace,
        FILE,
        "zh: 据推测，风浪使人少去。, en: Rough seas may keep people away.",
        "zh: 风浪使人少去。, en: Rough seas keep people away.",
    )
    refused(
        workspace,
        "zh: 风浪使人少去",
        "the mechanism of 'few_in_delta' has no source and does not say that it is a judgement; "
        "cite one under `source:`, or say so with a word such as may",
        "“few_in_delta”的成因既无来源，也没有说明是判断；请在 `source:` 中注明来源，或用 may 等词说明是判断",
    )


# Bodies


MISASKED = [
    (
        "above",
        "with: {support: [Lantern Guild]}",
        "'Lantern Guild' is above the city and cannot be told to support; ask it under `report_to`",
        "“Lantern Guild”高于本市，不能要求其配合；请列入 `report_to`（报请）",
    ),
    (
        "independent",
        "with: {support: [Lantern Guild]}",
        "'Lantern Guild' is independent of the city and cannot be told to support; ask it under `invite`",
        "“Lantern Guild”不隶属本市，不能要求其配合；请列入 `invite`（商请）",
    ),
    (
        "equal",
        "with: {support: [Lantern Guild]}",
        "'Lantern Guild' is of equal rank and cannot be told to support; ask it under `jointly`",
        "“Lantern Guild”与本市各部门平级，不能要求其配合；请列入 `jointly`（会同）",
    ),
    (
        "below",
        "with: {report_to: [Lantern Guild]}",
        "'Lantern Guild' is below the city and cannot be asked for approval; ask it under `support`",
        "“Lantern Guild”低于市级部门，不能作报请；请列入 `support`（配合）",
    ),
]


@pytest.mark.parametrize(("rank", "asked", "english", "chinese"), MISASKED)
def test_a_body_is_asked_in_the_manner_of_its_rank(
    workspace: Path, rank: str, asked: str, english: str, chinese: str
) -> None:
    amend(workspace, FILE, "  below: [Lantern Guild]", f"  {rank}: [Lantern Guild]".replace("equal: [", "equals: ["))
    if rank == "equal":
        amend(workspace, FILE, "  equals: [Lantern Guild]\n", "")
        amend(workspace, FILE, "equal: [Harbour Council]", "equal: [Harbour Council, Lantern Guild]")
    amend(workspace, FILE, "with: {support: [Lantern Guild]}", asked)
    refused(workspace, "  delta_ties:", english, chinese)


def test_a_body_above_the_city_cannot_lead(workspace: Path) -> None:
    amend(workspace, FILE, "  below: [Lantern Guild]", "  above: [Lantern Guild]")
    messages = {str(each.what) for each in problems(workspace)}
    assert "'Lantern Guild' is above the city and cannot be made to lead" in messages


def test_a_body_without_a_rank_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "  below: [Lantern Guild]\n", "")
    refused(
        workspace,
        "  delta_ties:",
        "'Lantern Guild' has no rank; write it under `bodies:` as one that is above, equal, below or independent",
        "“Lantern Guild”没有注明与本市的级别关系；"
        "请写入 `bodies:`，注明 above（上级）、equal（平级）、below（下级）或 independent（不相隶属）",
    )


# Targets


def test_a_target_outside_the_citys_control_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "      task: pacts", "      task: pacts\n      control: outside")
    beyond_control(workspace)


def test_a_target_is_outside_control_if_the_framework_says_so(workspace: Path) -> None:
    amend(workspace, "data/framework.yml", "- id: tie_count\n", "- id: tie_count\n          control: outside\n")
    amend(
        workspace,
        FILE,
        "      baseline: ties.grouping.delta\n      target: 3",
        "      baseline: ties.total\n      target: 9",
    )
    beyond_control(workspace)


def beyond_control(workspace: Path) -> None:
    refused(
        workspace,
        "      say: {zh: 三角洲友城, en: Friendly towns in the Delta}",
        "the target of 'delta_ties' is outside the city's control; "
        "count what the city does itself, such as cases argued and submitted",
        "“delta_ties”的目标不由本市决定；请改计本市自己能做的事，如报送了几个个案",
    )


def test_a_target_that_a_jury_decides_about_is_refused(workspace: Path) -> None:
    amend(workspace, FILE, "independent: [regatta.rounds]", "independent: [ties.grouping]")
    refused(
        workspace,
        "      say: {zh: 三角洲友城, en: Friendly towns in the Delta}",
        "the target of 'delta_ties', 'ties.grouping.delta', is for an independent jury to decide; "
        "count what is offered to all alike, before and after the decision",
        "“delta_ties”的目标“ties.grouping.delta”须由独立评委决定；请改计评选前后对各方一视同仁提供的事项",
    )


@pytest.mark.parametrize("when", ["{fact: ties.grouping.delta, below: 3}", "{fact: ties.delta_share, below: 0.4}"])
def test_a_target_below_its_own_trigger_is_refused(workspace: Path, when: str) -> None:
    amend(workspace, "data/rules.yml", "when: {fact: ties.grouping.delta, below: 3}", f"when: {when}")
    amend(workspace, FILE, "      target: 3\n", "      target: 2\n")
    refused(
        workspace,
        "      say: {zh: 三角洲友城, en: Friendly towns in the Delta}",
        "the target of 'delta_ties' stays on the wrong side of its own trigger; "
        "at 2 the measure would still be due: set a target that ends it",
        "“delta_ties”的目标达不到自身的触发线；即使达到 2，该措施仍会触发：请设定能使其不再触发的目标",
    )


# What is named


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("facts: [market.value]", "facts: [market.valu]", "'market.valu' is not a fact; did you mean 'market.value'?"),
        ("facts: [market.value]", "facts: [fair.crowd]", "'fair.crowd' is not a fact; `jianbao facts` lists all facts"),
        (
            "lead: [Harbour Council]",
            "lead: [Harbour Counsil]",
            "'Harbour Counsil' is no id of the name table; did you mean 'Harbour Cou",
        ),
        ("lead: [Harbour Council]", "lead: [港务议会]", "is no id of the name table; write its id: 'Harbour Council'"),
        (
            "equal: [Harbour Council]",
            "equal: [港務議會]",
            "'港務議會' is no id of the name table; write its id: 'Harbour Cou",
        ),
        ("source: [almanac]", "source: [almanack]", "'almanack' is not a source; did you mean 'almanac'?"),
        ("rule: fuller_market", "rule: fuller", "'fuller' is not a rule"),
        ("currency: crown", "currency: crowns", "'crowns' is not a currency of the vocabulary"),
        ("unit: town, name", "unit: towne, name", "'towne' is not a unit"),
        ("findings: [few_boats]", "findings: [few_boat]", "'few_boat' is not a finding; did you mean 'few_boats'?"),
        ("task: stalls", "task: stall", "'stall' is not a task"),
        ("low: 200000, high: 400000", "low: 600000, high: 400000", "the band begins at 600000 and ends at 400000"),
        (
            "low: 200000, high: 400000, per: once, basis: estimate}\n    risk",
            "low: 200000, high: 300000, per: once, basis: estimate}\n    risk",
            "the measure costs 200,000 to 300,000, its tasks 200,000 to 400,000; let them agree: the page shows both",
        ),
        (
            "cost: {low: 200000, high: 400000, per: once, basis: estimate}\n    risk",
            "cost: {parts: [{count: 2, unit: towns, low: 100000, high: 200000}], per: once, basis: estimate}\n    risk",
            "'towns' is not a unit; did you mean 'town'?",
        ),
        (
            "cost: {low: 200000, high: 400000, per: once, basis: estimate}\n    risk",
            "cost: {parts: [{count: 2, unit: town, low: 200000, high: 100000}], per: once, basis: estimate}\n    risk",
            "the band begins at 200000 and ends at 100000",
        ),
        ("equal: [Harbour Council]", "equal: [Harbour Council, Lantern Guild]", "'Lantern Guild' is equal and below"),
        ("    gap: delta\n", "    gap: delta\n    whim: 1\n", "'whim' is not known here"),
        ("zh: 扩大市集,", "zh: 扩大3个市集,", "the number '3' is typed by hand"),
    ],
)
def test_what_is_wrongly_written_is_named(workspace: Path, old: str, new: str, what: str) -> None:
    amend(workspace, FILE, old, new)
    assert any(what in str(each) for each in problems(workspace)), [str(each) for each in problems(workspace)]


def test_every_language_has_to_say_the_same(workspace: Path) -> None:
    amend(workspace, FILE, 'en: "The market turned over {{ market.value | money }}."', "en: It did well.")
    assert any("'market.value' is not here, but zh states it" in str(each) for each in problems(workspace))


def test_a_workspace_with_recommendations_is_told_what_took_their_place(workspace: Path) -> None:
    (workspace / "templates/wording/recommendations.yml").write_text("{}\n", "utf-8")
    assert [str(each) for each in problems(workspace)] == [
        "templates/wording/recommendations.yml: recommendations are not read any more; "
        "write them as measures into templates/argument.yml"
    ]
