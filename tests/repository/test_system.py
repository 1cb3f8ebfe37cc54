"""The script for system libraries and fonts installs what is missing, only that, and elsewhere says what to install."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.repository.tree import ROOT

COMMANDS = {
    "python": "exit 0",
    "fc-list": "cat {folder}/fonts",
    "qpdf": "exit 0",
    "pdftotext": "exit 0",
    "chromium": "exit 0",
    "chromedriver": "exit 0",
    "soffice": "exit 0",
    "softhsm2-util": "exit 0",
    "git": "exit 0",
    "id": "echo 0",
}
TOOLS = ("cat", "find", "grep", "mkdir", "mktemp", "mv", "rm", "tar")
# A package manager that installs the one font that may be missing here, at once or only with a new package list.
APT = 'echo "$*" >> {folder}/asked; echo "LXGW WenKai" >> {folder}/fonts'
APT_THAT_FETCHES = """echo "$*" >> {folder}/asked
: > texlive-lang-chinese_1_all.deb
echo FandolFang >> {folder}/fonts"""
APT_WITH_AN_OLD_LIST = """echo "$*" >> {folder}/asked
case $1 in
    update) : > {folder}/renewed ;;
    install) [ -e {folder}/renewed ] && echo "LXGW WenKai" >> {folder}/fonts ;;
esac"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a machine in a folder that has everything but one font and a package manager."""
    (tmp_path / "fonts").write_text("Noto Serif CJK SC\nNoto Sans CJK SC\nFandolFang\n")
    for name, script in COMMANDS.items():
        give(tmp_path, name, script)
    for name in TOOLS:
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    return tmp_path


def give(machine: Path, name: str, script: str) -> None:
    command = machine / name
    command.write_text(f"#!/bin/sh\n{script.replace('{folder}', str(machine))}\n")
    command.chmod(0o755)


def look(machine: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(machine), "PYTHON": "python", "TMPDIR": os.fspath(machine), "HOME": os.fspath(machine)}
    script = ["/bin/sh", str(ROOT / ".ci" / "system"), "test"]
    return subprocess.run(script, env=environment, capture_output=True, text=True, check=False)


def test_a_machine_that_has_everything_is_left_alone_in_silence(machine: Path) -> None:
    (machine / "fonts").write_text("Noto Serif CJK SC\nNoto Sans CJK SC\nFandolFang\nLXGW WenKai\n")
    give(machine, "apt-get", "exit 1")
    done = look(machine)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_only_what_is_missing_is_installed(machine: Path) -> None:
    give(machine, "apt-get", APT)
    done = look(machine)
    assert (done.returncode, done.stdout) == (0, "Installing fonts-lxgw-wenkai\n"), done.stderr
    assert (machine / "asked").read_text() == (
        "install -y -qq -o DPkg::Lock::Timeout=600 --no-install-recommends fonts-lxgw-wenkai\n"  # waits for its turn
    )


def test_the_package_list_is_renewed_only_if_installing_fails(machine: Path) -> None:
    give(machine, "apt-get", APT_WITH_AN_OLD_LIST)
    assert look(machine).returncode == 0
    asked = (machine / "asked").read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["install", "update", "install"]


def test_a_failed_installation_says_why(machine: Path) -> None:
    give(machine, "apt-get", "echo no such package; exit 100")
    done = look(machine)
    assert done.returncode == 1 and "no such package" in done.stderr


def test_the_one_font_inside_a_large_package_is_taken_out_and_nothing_else_of_it(machine: Path) -> None:
    fonts = machine / "fonts"
    fonts.write_text("Noto Serif CJK SC\nNoto Sans CJK SC\nLXGW WenKai\n")
    for name in ("FandolFang-Regular.otf", "FandolSong-Regular.otf"):
        (machine / "usr").mkdir(exist_ok=True)
        (machine / "usr" / name).write_text(name)
    give(machine, "apt-get", APT_THAT_FETCHES)
    give(machine, "dpkg-deb", f"tar -c -C {machine} ./usr")
    done = look(machine)
    assert (done.returncode, done.stdout) == (0, "Installing texlive-lang-chinese\n"), done.stderr
    assert (machine / "asked").read_text() == "download -qq texlive-lang-chinese\n"
    kept = machine / ".local/share/fonts/fandol"
    assert [path.name for path in kept.iterdir()] == ["FandolFang-Regular.otf"]
    assert not list(machine.glob("tmp.*"))


def test_another_system_is_told_what_to_install(machine: Path) -> None:
    done = look(machine)
    assert done.returncode == 1
    assert "Missing on this machine (by their Debian names): fonts-lxgw-wenkai" in done.stderr
    assert all(manager in done.stderr for manager in ("brew install", "dnf install", "pacman -S"))


def test_without_the_right_to_install_the_command_is_named(machine: Path) -> None:
    give(machine, "apt-get", APT)
    give(machine, "id", "echo 1000")
    done = look(machine)
    assert done.returncode == 1 and "As root: apt-get install fonts-lxgw-wenkai" in done.stderr


def test_a_python_that_is_too_old_is_refused_before_anything_is_installed(machine: Path) -> None:
    give(machine, "apt-get", APT)
    give(machine, "python", 'case "$*" in *version_info*) exit 1 ;; *--version) echo Python 3.9.2 ;; esac')
    done = look(machine)
    assert done.returncode == 1 and not (machine / "asked").exists()
    assert "needs Python 3.11 or newer, and python is Python 3.9.2; name another: make PYTHON=" in done.stderr


def test_a_python_that_is_not_there_is_named(machine: Path) -> None:
    (machine / "python").unlink()
    assert "There is no python here" in look(machine).stderr
