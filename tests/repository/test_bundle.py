"""The bundle for machines without a network: what is in it, and what its installer does, refuses and says."""

import re
import subprocess
import tarfile
from os import uname
from pathlib import Path

import pytest

from bundle import build
from jianbao import __version__
from jianbao.render.fonts.registry import RECIPES

# A Python that makes an environment of two programs, which note what they are asked.
PYTHON = """#!/bin/sh
case "$*" in
    -c*) exit {version} ;;
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/jianbao" ;;
    *) echo "${{0##*/}} $*" >>"$HOME/asked"; case "$*" in doctor) exit {doctor} ;; esac ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a bundle for this machine, with its installers, a font and a list of hashes."""
    bundle = tmp_path / "bundle"
    (bundle / "fonts").mkdir(parents=True)
    (bundle / "fonts" / "a.otf").write_text("font")
    build.write_installers(bundle, {"@MACHINE@": uname().machine, "@PYTHON@": "3.11", "@VERSION@": __version__})
    (bundle / "SHA256SUMS").write_text(f"{build.digest(bundle / 'fonts' / 'a.otf')}  fonts/a.otf\n")
    return bundle


def install(folder: Path, version: int = 0, doctor: int = 0, language: str = "C") -> subprocess.CompletedProcess[str]:
    """Run the installer with a Python that has the right version (0) or not, on a machine that lacks nothing (0)."""
    python = folder.parent / "python"
    python.write_text(PYTHON.format(version=version, doctor=doctor))
    python.chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "PYTHON": str(python), "LANG": language}
    command = ["sh", str(folder / "install.sh"), str(folder.parent / "there")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_it_installs_from_its_folder_alone_and_prepares_the_fonts(folder: Path) -> None:
    done = install(folder)
    assert done.returncode == 0, done.stderr
    pip, *rest = (folder.parent / "asked").read_text().splitlines()
    for option in ("--isolated", "--no-index", "--require-hashes", f"--find-links {folder}/wheels"):
        assert option in pip
    assert rest == ["jianbao fonts", "jianbao doctor"]
    assert (folder.parent / ".local/share/fonts/jianbao/a.otf").read_text() == "font"


def test_a_damaged_file_is_refused_in_the_language_of_the_user(folder: Path) -> None:
    (folder / "fonts" / "a.otf").write_text("other")
    done = install(folder, language="zh_CN.UTF-8")
    assert done.returncode == 1 and "安装包不完整或已被改动" in done.stderr
    assert not (folder.parent / "there").exists()


def test_another_python_and_another_machine_are_refused(folder: Path) -> None:
    done = install(folder, version=1)
    assert done.returncode == 1 and "Python 3.11 is needed" in done.stderr
    script = folder / "install.sh"
    script.write_text(script.read_text("utf-8").replace(f'= "{uname().machine}"', '= "loongarch64"'), "utf-8")
    assert "and this machine is" in install(folder).stderr


def test_what_the_machine_lacks_is_not_hidden(folder: Path) -> None:
    done = install(folder, doctor=6)
    assert done.returncode == 1 and "install the system libraries named above" in done.stderr


def test_nothing_is_left_to_fill_in(folder: Path) -> None:
    for name in ("README.md", "install.sh", "install.ps1"):
        assert not re.search("@[A-Z]+@", (folder / name).read_text("utf-8"))
    assert (folder / "install.ps1").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_platform_on_which_the_program_does_not_run_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build.main(["--platform", "win_amd64"])
    assert "choose linux-x86_64 or linux-aarch64" in capsys.readouterr().err


def test_every_font_that_no_wheel_brings_is_copied_unchanged(tmp_path: Path) -> None:
    build.copy_fonts(tmp_path / "fonts")
    copied = {path.name for path in (tmp_path / "fonts").iterdir()}
    assert copied == {recipe.source for recipe in RECIPES if not recipe.latin} | {"LICENCES.txt"}


def test_the_same_files_give_the_same_bytes(folder: Path) -> None:
    first, second = folder.parent / "a.tar.gz", folder.parent / "b.tar.gz"
    build.pack(folder, first)
    (folder / "README.md").touch()
    build.pack(folder, second)
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as tar:
        assert {entry.name.split("/")[0] for entry in tar} == {"bundle"}
        assert tar.getmember("bundle/install.sh").mode & 0o100
