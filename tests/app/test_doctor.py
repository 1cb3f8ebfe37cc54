"""A machine is judged by what was found on it, and each thing that is lacking has something to type."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jianbao import cli
from jianbao.app import approval
from jianbao.app import doctor as machines
from jianbao.app.doctor import LIBRARIES, Machine, MachineCheck, Store, build_obstacle, inspect_machine, machine_checks
from jianbao.core.messages import verbatim
from jianbao.render.fonts.registry import RECIPES
from tests.repository.tree import ROOT
from tests.workspaces import linked_fonts, run

WHOLE = Machine(
    python=(3, 12, 1),
    interpreter="python3",
    packages={"weasyprint==70.0": "70.0", "pandas>=3.0": "3.1.1"},
    libraries=frozenset(LIBRARIES),
    fonts=frozenset(recipe.source for recipe in RECIPES),
    fault=verbatim(""),
    commands=frozenset({"apt-get"}),
    stores={"editions": Store("output", 10**10)},
)


def lacking(machine: Machine) -> list[MachineCheck]:
    return [each for each in machine_checks(machine) if not each.there and not each.optional]


def test_a_machine_that_has_everything_lacks_nothing() -> None:
    assert lacking(WHOLE) == []


@pytest.mark.parametrize(
    ("machine", "what", "cure"),
    [
        (replace(WHOLE, python=(3, 10, 4)), "Python 3.10.4", "install Python 3.11 or newer"),
        (replace(WHOLE, packages={"pandas>=3.0": ""}), "library pandas>=3.0", "python3 -m pip install 'pandas>=3.0'"),
        (replace(WHOLE, packages={"weasyprint==70.0": "69.1"}), "weasyprint==70.0 (69.1 is here)", "pip install"),
        (
            replace(WHOLE, libraries=WHOLE.libraries - {"pango-1.0"}),
            "library pango-1.0",
            "apt-get install libpango-1.0-0",
        ),
        (
            replace(WHOLE, libraries=WHOLE.libraries - {"harfbuzz-subset"}, commands=frozenset()),
            "library harfbuzz-subset",
            "install libharfbuzz-subset0 (its name on Debian)",
        ),
        (
            replace(WHOLE, fonts=WHOLE.fonts - {"NotoSansCJK-Bold.ttc"}),
            "font NotoSansCJK-Bold.ttc",
            "apt-get install fonts-noto-cjk",
        ),
        (
            replace(WHOLE, fonts=WHOLE.fonts - {"FandolFang-Regular.otf"}),
            "FandolFang-Regular.otf",
            "'make brief' takes",
        ),
        (
            replace(WHOLE, fonts=WHOLE.fonts - {"SourceSans3[wght].ttf"}),
            "SourceSans3[wght].ttf",
            "python3 -m pip install fontpkg-source-sans-3",
        ),
        (replace(WHOLE, fault=verbatim("not prepared")), "fonts prepared: not prepared", "jianbao fonts"),
        (
            replace(WHOLE, stores={"fonts": Store("/x", 0, verbatim("Read-only file system"))}),
            "fonts, /x: Read-only",
            "you can write to",
        ),
        (replace(WHOLE, stores={"fonts": Store("/x", 10**8)}), "fonts, /x: 0.1 GB free", "free 500 MB on its disk"),
    ],
)
def test_what_is_lacking_is_named_with_what_to_type(machine: Machine, what: str, cure: str) -> None:
    (found,) = lacking(machine)
    assert what in found.what and cure in found.cure


def test_a_fangsong_of_the_users_own_will_do() -> None:
    assert lacking(replace(WHOLE, fonts=WHOLE.fonts - {"FandolFang-Regular.otf"} | {"simfang.ttf"})) == []


def test_tools_of_the_tests_are_optional() -> None:
    found = [each for each in machine_checks(WHOLE) if not each.there]
    assert {each.what.split(",")[0] for each in found} == {"qpdf", "pdftotext", "chromium", "soffice", "softhsm2-util"}


def test_it_asks_for_the_system_libraries_that_make_installs() -> None:
    script = (ROOT / ".ci" / "system").read_text("utf-8")
    assert all(f"library {name} || need {package}" in script for name, package in LIBRARIES.items())
    assert all(f"need {package}" in script for package in machines.TOOLS)
    assert f"fangsong={machines.FANDOL}" in script


def test_this_machine_can_make_briefs(workspace: Path) -> None:
    done = run("doctor", workspace)
    assert done.code == 0 and done.out.endswith("This machine can make briefs.\n"), done.out
    assert "lacking" not in done.out and not (workspace / "output").exists()


def test_a_folder_that_cannot_be_written_and_fonts_that_are_not_prepared_end_with_six(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (workspace / "output").symlink_to(tmp_path / "file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    done = run("doctor", workspace)
    assert done.code == 6 and "2 of " in done.out, done.out
    assert (
        "missing   fonts prepared: the fonts of this version are not prepared\n              jianbao fonts" in done.out
    )
    assert "Not a directory" in done.out
    written = json.loads(run("doctor", workspace, "--json").out)
    assert sum(not each["there"] and not each["optional"] for each in written) == 2


def test_a_damaged_font_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fonts = linked_fonts(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (fonts / "NotoSansSC-400.otf").unlink()
    assert "the font 'Noto Sans SC' is missing or damaged" in inspect_machine(tmp_path).fault


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError("cannot load library 'libpango-1.0-0': no such file"), "cannot load library 'libpango-1.0-0'"),
        (ModuleNotFoundError("No module named 'scipy'", name="scipy"), "the library 'scipy' is not installed"),
    ],
)
def test_a_command_that_misses_a_library_sends_to_the_doctor(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, said: str
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(approval, "check_approvals", fail)
    done = run("check", workspace)
    assert done.code == 6 and said in done.err and "run 'jianbao doctor'" in done.err, done.err


@pytest.mark.parametrize("fault", [OSError("another"), ModuleNotFoundError("no", name="jianbao.gone")])
def test_another_failure_is_a_bug_and_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(type(fault)):
        cli.main()


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (WHOLE, ""),
        (replace(WHOLE, fault=verbatim("not prepared")), "fonts"),
        (replace(WHOLE, fonts=frozenset()), ""),  # they were prepared already
        (replace(WHOLE, commands=frozenset()), ""),
        (replace(WHOLE, libraries=frozenset(), fault=verbatim("not prepared")), "program libraries, fonts"),
        (
            replace(WHOLE, stores={"editions": Store("output", 10**8)}),
            "room on the disk, or a folder that can be written to",
        ),
    ],
)
def test_what_keeps_pages_from_being_made_is_said_in_a_word(
    machine: Machine, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machines, "inspect_machine", lambda _: machine)
    assert str(build_obstacle(ROOT)) == said
