"""Both languages of a reason or of the register carry the same figures."""

from pathlib import Path

import pytest

from jianbao.app import check
from jianbao.app.workspace import snapshot
from jianbao.text.language_parity import disagreements
from tests.text.sample_workspace import desk, document
from tests.workspaces import MINIATURE, amend, copy


def messages(folder: Path, zh: str, en: str) -> list[str]:
    node = document(folder, f"zh: {zh!r}\nen: {en!r}\n", "reasons.yml")
    return [str(each) for each in disagreements([node], desk())]


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("亚洲12个、欧洲12个", "Asia 12, Europe 12"),
        ("成交223亿美元", "a turnover of US$22.3 billion"),
        ("每年减少9万平方米", "a loss of 90,000 a year"),
        ("2023年12月7日", "7 December 2023"),
        ("主奖4个", "Four main prizes"),
        ("第三部分（一）第二段", "Section 3 (1), second paragraph"),
        ("四个友城是非洲的规模", "Four is what Africa has"),
        ("占{{ x.share | percent(1) }}", "which is {{ x.share | percent(2) }}"),
        ("不采用。", "Not used."),
    ],
)
def test_the_same_figures_in_both_languages_are_no_problem(tmp_path: Path, zh: str, en: str) -> None:
    assert messages(tmp_path, zh, en) == []


@pytest.mark.parametrize(
    ("zh", "en", "problem"),
    [
        ("26个，占68.4%", "26 of 38, or 68.4%", "reasons.yml:1 zh: the number 38 is in en but not here"),
        ("1635个", "1,600", "reasons.yml:1 zh: the number 1,600 is in en but not here"),
        (
            "1000万平方米",
            "1 million square metres",
            "reasons.yml:2 en: the number 10,000,000 is in zh but not here",
        ),
        ("2023年4月7日", "7 May 2023", "reasons.yml:2 en: the number 4 is in zh but not here"),
        ("2个和2个", "2 of them", "reasons.yml:2 en: the number 2 is in zh but not here"),
    ],
)
def test_a_figure_that_one_language_lacks_is_named_with_its_line(
    tmp_path: Path, zh: str, en: str, problem: str
) -> None:
    assert f"{problem}; every language must state the same numbers" in messages(tmp_path, zh, en)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("data/framework.yml", "{zh: 港口议会所定。", "{zh: 港口议会2030年所定。"),
        ("data/rules.yml", "{zh: 三个方成网络。", "{zh: 33个方成网络。"),
        ("data/discrepancies.yml", "found: {zh: 现名不同。", "found: {zh: 1999年起现名不同。"),
        ("data/expectations.yml", 'zh: "公报称', 'zh: "2031年公报称'),
    ],
)
def test_reasons_and_the_register_are_collated_by_a_check(tmp_path: Path, file: str, old: str, new: str) -> None:
    workspace = copy(MINIATURE, tmp_path / "miniature")
    amend(workspace, file, old, new)
    line = (workspace / file).read_text("utf-8").split(new)[0].count("\n") + 1
    found = [problem for error in check.examine_edition(snapshot(workspace), "").errors for problem in error.problems]
    assert [problem.where.file for problem in found] == [file]
    assert found[0].where.line in (line, line + 1)
    assert "every language must state the same numbers" in found[0].hint
