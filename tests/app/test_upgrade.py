"""A workspace of an older format is rewritten for this program: shown first, comments kept, nothing else touched."""

import re
import shutil
from pathlib import Path

import pytest

from jianbao.app.editions import upgraded
from jianbao.app.workspace import snapshot
from jianbao.brief.editions import FORMAT
from tests.workspaces import MINIATURE, ROOT, amend, run

LINE = re.compile(r"^format: \d+.*\n", re.MULTILINE)
PAGE = '{% block head %}<img src="{{ theme.emblem.address }}">{{ theme["emblem"] }} emblem{% endblock %}\n'


def in_format_1(root: Path) -> Path:
    """Take a workspace back to the format that had no name."""
    path = root / "data/editions.yml"
    path.write_text(LINE.sub("", path.read_text("utf-8")), "utf-8")
    return root


@pytest.fixture
def old(tmp_path: Path) -> Path:
    shutil.copytree(MINIATURE, tmp_path / "city")
    return in_format_1(tmp_path / "city")


def test_an_older_workspace_is_refused_with_the_command_that_rewrites_it(old: Path) -> None:
    done = run("check", old)
    assert done.code == 4 and done.err.startswith(
        f"data/editions.yml:1: the workspace is in format 1; this program reads format {FORMAT}\n"
        "    jianbao upgrade shows what is rewritten, and asks before it writes\n1 problem"
    )


def test_nothing_is_written_before_it_is_shown_and_wanted(old: Path) -> None:
    before = snapshot(old)
    done = run("upgrade", old)
    assert done.code == 0 and f"+format: {FORMAT}\n" in done.out and "Nothing was written" in done.out
    assert snapshot(old) == before


def test_the_upgraded_workspace_is_the_one_of_today(old: Path) -> None:
    done = run("upgrade", "--yes", old)
    assert done.code == 0 and done.out.endswith("Wrote data/editions.yml. Now: jianbao check\n")
    assert snapshot(old) == snapshot(MINIATURE)
    assert "is in the format of this program" in run("upgrade", old).out


def test_page_templates_call_the_logo_by_its_name(old: Path) -> None:
    page = old / "templates/brief/page.html.j2"
    page.parent.mkdir(exist_ok=True)
    page.write_text(PAGE, "utf-8")
    assert run("upgrade", "--yes", old).code == 0
    assert page.read_text("utf-8") == PAGE.replace("theme.emblem", "theme.logo").replace('["emblem"]', '["logo"]')


def test_comments_and_line_ends_are_kept(old: Path) -> None:
    path = old / "data/editions.yml"
    text = "# on top\n---\n# the city\n" + path.read_text("utf-8")
    path.write_bytes(text.replace("\n", "\r\n").encode())
    assert run("upgrade", "--yes", old).code == 0
    made = path.read_bytes().decode()
    assert made == text.replace("# the city\n", f"# the city\nformat: {FORMAT}\n").replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("named", "refusal"),
    [
        (str(FORMAT + 1), f"in format {FORMAT + 1}; this program reads format {FORMAT}\n    install a newer jianbao"),
        ("two", f"'two' is not a format of workspaces\n    write format: {FORMAT}"),
        ("0", f"'0' is not a format of workspaces\n    write format: {FORMAT}"),
        ("[2]", "is not a format of workspaces"),
    ],
)
@pytest.mark.parametrize("command", ["check", "upgrade"])
def test_a_format_that_is_newer_or_none_is_refused(old: Path, command: str, named: str, refusal: str) -> None:
    amend(old, "data/editions.yml", "city:", f"format: {named}\ncity:")
    done = run(command, old)
    assert done.code == 4 and refusal in done.err and "1 problem" in done.err


def test_a_file_that_is_written_on_one_line_is_left_to_its_writer(old: Path) -> None:
    path = old / "data/editions.yml"
    path.write_text("{city: Tarnhaven, reader: Harbour Council}\n", "utf-8")
    done = run("upgrade", "--yes", old)
    assert done.code == 4 and f"add format: {FORMAT} by hand" in done.err


def test_the_citys_workspace_and_a_starter_upgrade_to_what_they_are_today(tmp_path: Path) -> None:
    for part in ("data", "templates"):
        shutil.copytree(ROOT / part, tmp_path / "city" / part)
    assert run("new", tmp_path / "starter", "--like", "small", "--city", "Riverton").code == 0
    for root in (tmp_path / "city", tmp_path / "starter"):
        today = snapshot(root)
        in_format_1(root)
        after = upgraded(snapshot(root))
        written = LINE.sub("format: \n", today.text("data/editions.yml"))
        assert LINE.sub("format: \n", after.text("data/editions.yml")) == written
        assert set(after.changed_since(today)) <= {"data/editions.yml"}
