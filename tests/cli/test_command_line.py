"""The command line on the miniature: what it prints for people, what for programs, and how it ends."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import pytest
import typer

from jianbao.app import build
from jianbao.cli import base, main
from jianbao.cli.base import ORDER
from jianbao.cli.output import Progress, confirm
from jianbao.core.messages import set_ui_language, tr
from tests.effort import children, effort
from tests.workspaces import MINIATURE, ROOT, Edition, amend, copy, linked_fonts, run

pytestmark = pytest.mark.slow

EFFORT = 60  # of a check, in tenths of a second of 2020 (see `effort`); measured: 37, and 52 on a loaded machine

COMMANDS = ("build", "check", "preview", "facts", "score", "sensitivity", "whatif", "diff", "schema", "fonts")
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f]")


# Help and usage


def test_help_names_every_command() -> None:
    done = run("--help")
    listed = re.findall(r"^  ([a-z]+)  ", done.out.partition("Commands:")[2], re.MULTILINE)
    assert done.code == 0 and set(COMMANDS) <= set(listed)
    assert listed == [command for command in ORDER if command in listed], "in the order in which they are needed"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_its_options(command: str) -> None:
    done = run(command, "--help")
    assert done.code == 0 and done.out.startswith(f"Usage: jianbao {command}")
    assert all(option in done.out for option in WANTED.get(command, ()))


WANTED = {
    "build": ("--edition", "--template", "--lang", "--format", "--output", "--json"),
    "check": ("--edition", "--json"),
    "facts": ("--edition", "--json"),
    "score": ("--edition", "--framework", "--data", "--json"),
}


@pytest.mark.parametrize(
    "words",
    [
        ("buidl",),
        ("build", "--speed"),
        ("facts", "a", "b", "c"),
        ("whatif",),
        ("score", "--data", "x.csv"),
        ("preview", "--port", "99999"),
    ],
)
def test_wrong_usage_ends_with_two(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.code == 2 and "Usage: jianbao" in done.err and done.out == ""


HEAVY = "{'pandas', 'numpy', 'scipy', 'matplotlib', 'weasyprint', 'jinja2', 'openpyxl'}"


@pytest.mark.parametrize("module", ["jianbao.cli", "jianbao.app.workspace", "jianbao.delivery.trace_reader"])
def test_help_and_the_process_that_looks_through_a_file_load_no_heavy_library(module: str) -> None:
    program = f"import sys, {module}; print(sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_unchanged_build_loads_no_heavy_library(workspace: Path, tmp_path: Path) -> None:
    linked_fonts(tmp_path / "cache")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "JIANBAO_CACHE": "1"}
    program = f"import sys\nfrom jianbao.cli import main\ntry: main()\nfinally: print({HEAVY} & set(sys.modules))"
    command = [sys.executable, "-c", program, "build", str(workspace), "--lang", "zh"]
    made, unchanged = (
        subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout for _ in range(2)
    )
    assert "'weasyprint'" in made and unchanged.endswith("\nset()\n")
    assert made.splitlines()[:-1] == unchanged.splitlines()[:-1]


@pytest.mark.deep
def test_a_check_of_a_whole_workspace_takes_about_three_seconds() -> None:
    command = [sys.executable, "-m", "jianbao.cli", "check", str(ROOT)]
    assert effort(partial(subprocess.run, command, check=True, capture_output=True), clock=children) < EFFORT


def test_a_shell_can_be_taught_to_complete() -> None:
    command = Path(sys.executable).with_name("jianbao")
    asked = {**os.environ, "_JIANBAO_COMPLETE": "source_bash"}
    done = subprocess.run([command], env=asked, capture_output=True, text=True, check=True)
    assert "_jianbao_completion" in done.stdout


# Building


def test_a_piped_build_prints_its_files_and_tells_its_stages_plainly(tmp_path: Path, unset: None) -> None:
    done = run("build", MINIATURE, "--lang", "en", "--output", tmp_path)
    assert done.code == 0
    folder = tmp_path / "midsummer"
    names = ("approvals.json", "brief.en.pdf", "ledger.json", "manifest.json", "scores.csv")
    assert [line.split("  ")[0] for line in done.out.splitlines()] == [str(folder / name) for name in names]
    assert done.err.splitlines()[:2] == ["reading the workspace", "measuring the facts"]
    assert not CONTROL.search(done.out + done.err)


def test_a_build_asked_for_json_prints_nothing_else(tmp_path: Path, unset: None) -> None:
    done = run("build", MINIATURE, "--lang", "en", "--edition", "winter", "--output", tmp_path, "--json")
    answer = json.loads(done.out)
    assert (done.code, done.err, answer["edition"], answer["folder"]) == (0, "", "winter", str(tmp_path / "winter"))
    assert answer["files"] == {path.name: path.stat().st_size for path in (tmp_path / "winter").iterdir()}


def test_a_terminal_sees_each_stage_while_it_runs_and_is_left_clean() -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    world = {**os.environ, "TERM": "xterm-256color"}
    with patch.dict(os.environ, world, clear=True), patch.object(sys, "stderr", terminal), Progress() as progress:
        progress.stage("measuring the facts")
    shown = terminal.getvalue()
    assert "measuring the facts" in shown and shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("build", MINIATURE, "--edition", "midsumer"),
            "there is no edition 'midsumer'\n    did you mean 'midsummer'?",
        ),
        (("build", MINIATURE, "--lang", "zh-fr"), "'fr' is not a language\n    allowed: zh, en"),
        (("score", MINIATURE, "--edition", "autumn"), "there is no edition 'autumn'"),
        (
            ("facts", "ties.totl", MINIATURE),
            "there is no fact 'ties.totl'\n    did you mean 'ties.total'?",
        ),
        (("whatif", MINIATURE, "--set", "weight.outwrad=1"), "did you mean 'weight.outward'?"),
        (("whatif", MINIATURE, "--set", "ties.grouping.delta=three"), "'three' is not a number"),
        (("whatif", MINIATURE, "--set", "ties.latest_on=3"), "'ties.latest_on' is not a number"),
    ],
)
def test_asking_for_what_does_not_exist_is_wrong_usage_and_names_the_nearest(
    words: tuple[object, ...], said: str
) -> None:
    done = run(*words)
    assert done.code == 2 and said in done.err and done.err.endswith("1 problem for you to fix.\n")


def test_a_folder_that_is_no_workspace_is_named() -> None:
    done = run("check", MINIATURE / "nowhere")
    assert done.code == 2 and "nowhere: there is no workspace in this folder" in done.err


def test_a_mistake_of_the_program_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(build, "build", broken)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        run("build", MINIATURE)


# Checking


def test_a_sound_workspace_has_no_problems() -> None:
    done = run("check", MINIATURE)
    assert (done.code, done.out, done.err) == (0, "No problems.\n", "")
    assert json.loads(run("check", MINIATURE, "--json").out) == []


def test_problems_are_told_to_a_program_with_place_hint_and_who_mends_them(workspace: Path) -> None:
    amend(workspace, "data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Hihglands")
    done = run("check", workspace, "--json")
    assert done.code == 3 and json.loads(done.out) == [
        {
            "file": "data/ties.csv",
            "line": 4,
            "column": "grouping",
            "what": "'Hihglands' is no grouping of the name table",
            "hint": "did you mean 'Highlands'? If not, add it to data/names.csv with the kind grouping",
            "who": "data owner",
            "exit_code": 3,
        }
    ]


# Facts


def test_facts_are_listed_once_each_with_their_value_in_both_languages(miniature: Edition) -> None:
    lines = run("facts", MINIATURE).out.splitlines()
    assert [line.split()[0] for line in lines] == list(miniature.assessment.ledger)
    shown = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}
    assert shown["ties.latest_on"] == "2031年2月11日 | 11 February 2031"
    assert shown["market.value"].replace("\u00a0", " ") == "超过2.35亿克朗 | more than 235 million crowns"


def test_help_in_chinese_names_the_kinds_of_values_in_chinese_and_keeps_the_columns() -> None:
    output = run("--ui-language", "zh", "recall", "--help").out
    assert "--because <文本…>      错在何处" in output and "--output <路径>        版次" in output
    assert not re.search(r"<[^>]*[A-Za-z]", output)
    assert "--because <list[str]>  What was wrong" in run("--ui-language", "en", "recall", "--help").out


def test_the_interval_of_a_fact_is_told_as_the_fact_is() -> None:
    shown = dict(line.split(maxsplit=1) for line in run("facts", MINIATURE).out.splitlines())
    assert shown["score.standing"] == "65.0 [59.9 to 70.7]"
    assert shown["sensitivity.total.weights_inward"] == "15% [14% to 15%]"


def test_the_workspace_of_facts_stands_where_that_of_other_commands_does() -> None:
    listed = run("facts", MINIATURE)
    assert listed.code == 0 and "ties.total" in listed.out
    for language, said in (("en", "without -w"), ("zh", "不加 -w")):
        refused = run("--ui-language", language, "facts", "-w", MINIATURE)
        assert refused.code == 2 and said in refused.err


def test_facts_are_listed_for_a_program(miniature: Edition) -> None:
    facts = json.loads(run("facts", MINIATURE, "--json").out)
    assert list(facts) == list(miniature.assessment.ledger) and facts["ties.total"] == {"value": 6.0, "unit": "town"}


def test_a_fact_is_explained_down_to_file_row_and_source() -> None:
    lines = run("facts", "ties.grouping.delta", MINIATURE).out.splitlines()
    assert lines[:2] == ["zh: 各片区缔约城镇：三角洲  1", "en: Tied towns by grouping: Delta  1"]
    assert "ties.grouping.delta = 1 of 6 (stated, 2031-06-30)" in lines
    assert (
        "  by rows, or distinct values; by key, by year (count: ties, by: grouping, of: ties.total, unit: town)"
        in lines
    )
    assert "  data/ties.csv:6 grouping 'Delta' [almanac; gazette]" in lines
    sources = lines.index("almanac: Almanac of an Invented Coast (fictitious)")
    assert lines[sources + 1] == "gazette: 塔恩港公报（虚构）"
    assert "read by the rules delta_ties" in lines[sources:]


def test_a_score_is_explained_through_every_level_down_to_a_cell() -> None:
    lines = run("facts", "score.standing", MINIATURE).out.splitlines()
    depths = {line.split()[0]: len(line) - len(line.lstrip()) for line in reversed(lines) if " = " in line}
    path = ("score.standing", "score.inward", "normal.market_value", "market.value")
    assert [depths[fact] for fact in path] == [0, 2, 4, 6]
    assert any(line.strip() == "data/tallies.csv:4 value '235000000' [almanac]" for line in lines)


def test_an_explanation_for_a_program_holds_the_same(miniature: Edition) -> None:
    fact = json.loads(run("facts", "ties.delta_share", MINIATURE, "--json").out)
    assert (fact["id"], fact["value"], fact["of"]) == ("ties.delta_share", pytest.approx(1 / 6), 6.0)
    parents = {parent["id"]: parent for parent in fact["parents"]}
    (cell,) = parents["ties.grouping.delta"]["cells"]
    assert cell == {
        "place": "data/ties.csv:6",
        "column": "grouping",
        "text": "Delta",
        "sources": ["almanac", "gazette"],
    }


def test_an_earlier_edition_is_asked_for_by_its_name() -> None:
    first, *_ = run("facts", MINIATURE, "-e", "winter").out.splitlines()
    assert first.split() == ["ties.total", "5"]


# Scores


def test_scores_are_shown_as_a_tree_with_range_coverage_and_change(miniature: Edition) -> None:
    head, *rows = run("score", MINIATURE).out.splitlines()
    assert head.split() == ["node", "score", "range", "coverage", "brings", "change"]
    assert [len(row) - len(row.lstrip()) for row in rows[:3]] == [0, 2, 4]
    ledger = miniature.assessment.ledger
    whole, change = ledger["score.standing"], ledger["change.standing"]
    assert rows[0].split() == [
        "standing",
        f"{whole.number:.1f}",
        f"{whole.low:.1f}–{whole.high:.1f}",
        "100%",
        f"{change.number:+.1f}",
    ]


def test_scores_for_a_program_are_those_of_the_ledger(miniature: Edition) -> None:
    rows = {row["node"]: row for row in json.loads(run("score", MINIATURE, "--json").out)}
    for node in ("standing", "outward", "inward"):
        assert rows[node]["score"] == miniature.assessment.ledger[f"score.{node}"].number
    assert rows["boats"]["depth"] == 2 and rows["boats"]["score"] == miniature.assessment.ledger["normal.boats"].number


def test_what_would_follow_from_a_changed_fact_is_what_its_indicators_gain() -> None:
    answer = json.loads(run("whatif", MINIATURE, "--set", "ties.grouping.delta=3", "--json").out)
    rows = answer["changes"]
    assert {row["indicator"] for row in rows} == {"tie_evenness", "delta_part"}
    assert sum(row["points"] for row in rows) == pytest.approx(rows[0]["after"] - rows[0]["before"])


def test_an_indicator_that_reads_a_share_follows_what_that_is_made_of(tmp_path: Path) -> None:
    root = shutil.copytree(MINIATURE, tmp_path / "city")
    amend(root, "data/framework.yml", "fact: ties.delta_share", "fact: ties.delta_share\n          aspect: share")
    answer = json.loads(run("whatif", root, "--set", "ties.grouping.delta=3", "--json").out)
    assert {row["indicator"] for row in answer["changes"]} == {"tie_evenness", "delta_part"}


SUPPOSED = {"weight.outward=0": 1.0, "weight.inward=0": 0.0, "weight.inward=3": 0.5}


@pytest.mark.parametrize(("weight", "inward"), SUPPOSED.items())
def test_a_supposed_weight_moves_the_score_to_the_mean_that_it_makes(weight: str, inward: float) -> None:
    scores = {row["node"]: row["score"] for row in json.loads(run("score", MINIATURE, "--json").out)}
    moved = json.loads(run("whatif", MINIATURE, "--set", weight, "--json").out)["changes"]
    assert {row["before"] for row in moved} == {scores["standing"]}
    expected = inward * scores["inward"] + (1 - inward) * scores["outward"]
    assert [row["after"] for row in moved] == pytest.approx([expected] * len(moved))
    assert sum(row["points"] for row in moved) == pytest.approx(expected - scores["standing"])


def test_a_supposed_share_below_equal_weights_moves_the_score() -> None:
    moved = json.loads(run("whatif", MINIATURE, "--set", "weight.tie_count=0.9", "--json").out)["changes"]
    assert {row["indicator"] for row in moved} == {"tie_count", "tie_evenness", "delta_part"}
    assert moved[0]["after"] != pytest.approx(moved[0]["before"])


def test_what_a_score_hangs_on_is_told_to_a_program() -> None:
    answer = json.loads(run("sensitivity", MINIATURE, "--json").out)
    assert {"choices", "left_out"} <= set(answer) and answer["choices"][0]["choice"]


def test_the_schema_of_frameworks_is_json() -> None:
    assert json.loads(run("schema").out)["$schema"].startswith("https://json-schema.org/")


def test_fonts_that_are_ready_are_not_made_again() -> None:
    done = run("fonts")
    assert done.code == 0 and done.out.startswith("Fonts are ready in ")


# How a command ends that is not let to its end


def started(*words: object, **streams: Any) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    command = [sys.executable, "-m", "jianbao.cli", *map(str, words)]
    return subprocess.Popen(command, text=True, **streams)


def hear_signals() -> None:
    """Undo that tests started by `nohup` hand down: their commands would not hear that a terminal is gone."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        *(("en", words) for words in (("check", MINIATURE), ("--help",), ("schema",))),
        *(("zh", words) for words in (("--help",), ("schema",))),
        pytest.param("zh", ("check", MINIATURE), marks=pytest.mark.deep),
    ],
)
def test_output_that_nobody_reads_ends_a_command_without_a_word(language: str, words: tuple[object, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with started("--ui-language", language, *words, stdout=writer, stderr=subprocess.PIPE) as ended:
        os.close(writer)
        assert ended.communicate()[1] == "" and ended.returncode == 141


def test_problems_that_nobody_reads_end_a_command_without_a_trace(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with started("build", tmp_path, stdout=subprocess.DEVNULL, stderr=writer) as ended:
        os.close(writer)
        assert ended.wait() == 141


def test_the_end_of_the_input_where_a_question_is_asked_leaves_everything(tmp_path: Path) -> None:
    master, terminal = pty.openpty()
    root = copy(MINIATURE, tmp_path / "workspace")
    delivery = tmp_path / "tallies.csv"
    head = (root / "data/tallies.csv").read_text("utf-8").splitlines()[0]
    delivery.write_text(f"{head}\n{'x,' * head.count(',')}x\n", "utf-8")
    before = (root / "data/tallies.csv").read_bytes()
    streams: dict[str, Any] = {"stdin": terminal, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started("intake", delivery, root, **streams) as asked:
        os.close(terminal)
        os.write(master, b"\x04")
        out, err = asked.communicate()
        assert (asked.returncode, err) == (130, "\nAborted: nothing was written.\n"), out + err
    assert (root / "data/tallies.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("language", "answers", "agreed", "shown"),
    [
        ("zh", ["是"], True, "写入以上改动吗？（y：是；n 或直接按回车：否）: "),
        ("zh", ["好", "n"], False, "“好”既不是 y 也不是 n"),
        ("en", [""], False, "Write this? (y: yes; n or Enter: no): "),
        ("en", ["maybe", "Y"], True, "'maybe' is neither y nor n"),
    ],
)
def test_a_question_is_asked_and_answered_in_the_users_language(
    language: str,
    answers: list[str],
    agreed: bool,
    shown: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("\n".join((*answers, ""))))
    set_ui_language(language)
    try:
        assert confirm(tr("Write this?")) is agreed
    finally:
        set_ui_language("en")
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, pytest.param(signal.SIGHUP, marks=pytest.mark.deep)])
def test_a_signal_ends_a_command_and_its_workers_without_a_trace(number: signal.Signals, tmp_path: Path) -> None:
    words = ("build", MINIATURE, "--no-cache", "--jobs", 2, "--output", tmp_path)
    streams: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with started(*words, **streams, preexec_fn=hear_signals) as built:
        assert built.stderr
        while "rendering" not in built.stderr.readline():
            assert built.poll() is None
        built.send_signal(number)
        rest = built.stderr.read()
        assert built.wait() == 128 + number and "Traceback" not in rest and "leaked" not in rest, rest


def test_an_interrupt_before_the_command_line_is_read_shows_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jianbao.cli.app", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130


def test_a_second_interrupt_does_not_break_off_the_ending_of_a_command() -> None:
    def asked(**_: object) -> None:
        raise typer.Abort

    former = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as ended:
            base.run(asked, None, [], {"LANG": "en"})
        assert ended.value.code == 130
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, former)


@pytest.mark.parametrize("command", [("sign",), ("batch",), ("facts",), ("review", "approve")])
def test_help_in_chinese_names_kinds_of_values_in_chinese(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    output = run(*command, "--help").out
    assert not re.search(r"<(str|path|file|int|list)\b", output) and "--工作区" not in output
    assert "--workspace <路径>" in output or "workspace" not in output or command == ("batch",)


def test_a_fact_is_traced_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    output = run("facts", "ties.total", MINIATURE).out
    assert re.search("（(单源陈述|多源一致|计算所得)，", output) and "stated" not in output
