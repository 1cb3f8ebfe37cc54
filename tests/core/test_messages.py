"""Messages are English where they are made, and in the user's language where they are shown."""

import json
import pickle
import re
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pandas
import pytest
import typer
from openpyxl import load_workbook
from typer.testing import CliRunner

from jianbao.cli.base import app, asked_language
from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import (
    in_ui_language,
    set_ui_language,
    tr,
    tr_error,
    tr_foreign,
    tr_list,
    trn,
    verbatim,
    wanted_language,
)
from jianbao.core.zip_csv import write_archive
from jianbao.data.xlsx_reader import read_workbook

NESTED = tr("'{value}' is not {what}", value="Ocenia", what=tr("a source"))


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have this process show messages in Chinese."""
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    set_ui_language("zh")
    yield
    set_ui_language("en")


def test_a_message_is_its_english_text() -> None:
    assert NESTED == "'Ocenia' is not a source"
    assert json.dumps(NESTED) == "\"'Ocenia' is not a source\""
    counted: dict[str, int] = {NESTED: 1}
    assert counted["'Ocenia' is not a source"]


def test_a_message_is_said_in_chinese_with_what_is_nested_in_it() -> None:
    assert NESTED.in_language("zh") == "“Ocenia”不是来源"


def test_a_message_from_another_process_is_said_in_chinese_too() -> None:
    assert pickle.loads(pickle.dumps(NESTED)).in_language("zh") == "“Ocenia”不是来源"


def test_a_list_has_the_joint_of_each_language() -> None:
    assert tr_list(["a", "b"]) == "a, b"
    assert tr_list(["a", "b"]).in_language("zh") == "a、b"
    assert tr_list(["a", "b"], " and ").in_language("zh") == "a和b"


@pytest.mark.parametrize(("count", "english"), [(1, "1 cell"), (2, "2 cells"), (0, "0 cells")])
def test_english_has_a_plural_and_chinese_has_none(count: int, english: str) -> None:
    said = trn("{count} cell", "{count} cells", count, count=count)
    assert said == english
    assert said.in_language("zh") == f"{count} 个单元格"


def test_a_space_parts_han_characters_from_a_latin_value() -> None:
    within = tr("'{value}' is not {what}", value="QUO", what=tr("in {column}", column="lands.land"))
    assert within.in_language("zh") == "“QUO”不是 lands.land 列中的值"


def test_what_is_quoted_verbatim_is_the_same_in_every_language() -> None:
    assert verbatim("{not} a {field}").in_language("zh") == "{not} a {field}"


def test_braces_that_are_no_fields_are_printed_once() -> None:
    said = tr("{{not: x}} or {{not: [x, y]}}: none of these, or blank")
    assert said == "{not: x} or {not: [x, y]}: none of these, or blank"
    assert said.in_language("zh") == "{not: x} 或 {not: [x, y]}：不是其中任何一个，空格也算"


def test_an_exception_keeps_the_message_that_it_was_raised_with() -> None:
    assert tr_error(ValueError(tr("no child has a weight"))).in_language("zh") == "没有一个下级有权重"
    assert tr_error(ValueError("who knows")).in_language("zh") == "who knows"


def test_what_the_system_says_of_a_file_is_translated() -> None:
    assert tr_error(OSError(28, "No space left on device")).in_language("zh") == "磁盘已满"


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda: ZipFile(BytesIO(b"no zip")), "文件不是 zip 压缩格式"),
        (lambda: load_workbook(BytesIO(b"no zip")), "文件不是 zip 压缩格式"),
        (lambda: ZipFile(BytesIO(write_archive({"a": b""}, date(2025, 1, 1)))).read("b"), "压缩包里没有 'b'"),
        (lambda: json.loads('{"a": 1'), "此处应有 ','：第 1 行第 8 列（偏移 7）"),
        (lambda: json.loads(""), "此处应有一个值：第 1 行第 1 列（偏移 0）"),
        (lambda: re.compile("(a"), "第 0 位的括号没有闭合，缺少 )"),
        (
            lambda: pandas.read_parquet(BytesIO(b"none" * 9)),
            "数据打不开：文件末尾没有 Parquet 标记：文件已损坏，或不是 Parquet 文件",
        ),
        (lambda: [][1], "list index out of range"),  # anything else is told as it is
    ],
)
def test_what_the_readers_of_files_say_is_translated(read: Callable[[], object], said: str) -> None:
    with pytest.raises(Exception) as caught:
        read()
    assert in_ui_language(tr_error(caught.value)) == said


@pytest.mark.usefixtures("chinese")
def test_a_workbook_that_is_none_is_refused_in_chinese() -> None:
    problems: Problems = []
    read_workbook(b"no zip", "data/a.xlsx", {}, problems)
    assert [in_ui_language(each.what) for each in problems] == ["工作簿无法打开：文件不是 zip 压缩格式"]


def test_what_a_library_says_is_recognised_with_its_values() -> None:
    known = ("{kind} {path} does not exist.", "file")
    assert tr_foreign("file 'a.yml' does not exist.", known).in_language("zh") == "文件 'a.yml' 不存在。"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANGUAGE": "zh:en", "LANG": "fr_FR"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "JIANBAO_UI_LANGUAGE": "en"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_comes_from_the_environment(environment: dict[str, str], language: str) -> None:
    assert wanted_language(environment) == language


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        (["--ui-language", "zh", "check"], "zh"),
        (["--ui-language=zh", "check"], "zh"),
        (["check", "--ui-language", "zh"], "en"),
        (["--help"], "en"),
    ],
)
def test_the_option_before_the_command_goes_before_the_environment(arguments: list[str], language: str) -> None:
    assert asked_language(arguments, {"LANG": "en_GB"}) == language


@pytest.mark.usefixtures("chinese")
def test_a_problem_is_shown_in_chinese_with_file_and_line() -> None:
    problem = Problem(Place("ties.csv", 3, "land"), NESTED, nearest("Ocenia", ["Oceania"]))
    assert in_ui_language(problem.text()) == "ties.csv:3 land：“Ocenia”不是来源；是不是“Oceania”？"
    assert str(problem) == "ties.csv:3 land: 'Ocenia' is not a source; did you mean 'Oceania'?"


@pytest.mark.usefixtures("chinese")
def test_help_is_in_chinese_with_typers_own_words() -> None:
    said = CliRunner().invoke(app, ["build", "--help"]).stdout
    assert "用法：" in said
    assert "  生成一个版次：成品、事实台账、得分，以及全部输入和输出的清单。" in said
    assert "显示本说明并退出。" in said
    assert "[环境变量：JIANBAO_JOBS; 默认：0" in said
    assert not {"Usage", "Options", "Arguments", "default"} & set(said.replace(":", " ").split())


@pytest.mark.usefixtures("chinese")
def test_every_argument_is_named_in_chinese() -> None:
    waiting: list[Any] = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        for each in command.params:
            if each.param_type_name == "argument":
                name = f"[{each.metavar or each.name}]"
                assert in_ui_language(tr(name)) != name, (command.name, name)


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["diff"], "错误：缺少参数 [旧版]。"),
        (["chek"], "错误：没有命令 'chek'"),
        (["build", "--nonsense"], "错误：没有选项 --nonsense"),
        (["preview", "--port", "x"], "错误：'--port' 的值无效：须是整数"),
        (["preview", "--port", "99999"], "错误：'--port' 的值无效：不得大于 65535"),
        (["score", "--data", "x.csv"], "错误：值无效：--framework 与 --data 须同时使用"),
        (["batch", "nowhere.yml"], "的值无效：文件 'nowhere.yml' 不存在。"),
    ],
)
def test_a_wrong_command_is_explained_in_chinese(arguments: list[str], fault: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert fault in done.stderr


@pytest.mark.usefixtures("chinese")
def test_problems_of_a_workspace_are_told_in_chinese(workspace: Path) -> None:
    ties = workspace / "data" / "ties.csv"
    ties.write_text(ties.read_text("utf-8").replace("QUO", "QUUO", 1), "utf-8")
    done = CliRunner().invoke(app, ["check", str(workspace), "--json"])
    (problem,) = json.loads(done.stdout)
    assert problem["what"] == "“QUUO”不是 lands.land 列中的值"
    assert problem["hint"].startswith(
        "是不是“QUO”？如果不是，请把它加入 data/names.csv，类别（kind）写 land；请在 data/lands.csv"
    )
    assert problem["who"] == "数据负责人"
    assert (problem["file"], problem["line"]) == ("data/ties.csv", 2)
