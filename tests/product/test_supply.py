"""What is handed to another machine is whole: an sdist and a wheel that make a brief from an empty folder."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.repository.tree import ROOT, tracked

pytestmark = pytest.mark.slow
PROGRAM = Path("src/jianbao")


@dataclass(frozen=True)
class Supply:
    """An sdist made from the repository, and a wheel made from that sdist alone."""

    sdist: Path
    wheel: Path


def done(*words: object, folder: Path) -> str:
    """Run a command that must succeed, far from the repository, and return what it printed."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    command = [str(word) for word in words]
    made = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, timeout=300, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


@pytest.fixture(scope="module")
def supply(tmp_path_factory: pytest.TempPathFactory) -> Supply:
    """Return an sdist and a wheel, made offline from the files under version control."""
    folder = tmp_path_factory.mktemp("supply")
    source = folder / "source"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    build = "from setuptools import build_meta; build_meta.build_sdist('..')"
    done(sys.executable, "-c", build, folder=source)
    sdist = next(folder.glob("*.tar.gz"))
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    unpacked = next((folder / "unpacked").iterdir())
    offline = ("--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check")
    done(sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", folder, unpacked, folder=folder)
    return Supply(sdist, next(folder.glob("*.whl")))


@pytest.fixture(scope="module")
def installed(supply: Supply, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `jianbao` of an environment that has this wheel and the libraries of the lock, nothing else."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    paths = sysconfig.get_paths(vars={"base": str(folder / "venv"), "platbase": str(folder / "venv")})
    (Path(paths["purelib"]) / "locked.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    python = Path(paths["scripts"]) / "python"
    options = ("--no-index", "--no-deps", "--disable-pip-version-check", "--force-reinstall")
    done(python, "-m", "pip", "install", *options, supply.wheel, folder=folder)
    return python.with_name("jianbao")


def test_the_wheel_holds_every_file_of_the_program_and_no_other(supply: Supply) -> None:
    with ZipFile(supply.wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == {path.relative_to("src").as_posix() for path in tracked() if path.is_relative_to(PROGRAM)}


def test_the_wheel_names_its_licence_and_what_it_needs(supply: Supply) -> None:
    with ZipFile(supply.wheel) as archive:
        about = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(about).decode()
    assert "License-Expression: MIT" in text and "License-File: LICENSE" in text
    assert "Requires-Dist: weasyprint<72,>=70" in text and "Requires-Python: >=3.11" in text


def test_the_sdist_holds_no_city(supply: Supply) -> None:
    with tarfile.open(supply.sdist) as archive:
        folders = {Path(name).parts[1] for name in archive.getnames() if len(Path(name).parts) > 2}
    assert folders <= {"src", "tests"}


def test_the_installed_program_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    code = (
        "import jianbao, importlib.metadata as m; print(jianbao.__file__, m.version('jianbao') == jianbao.__version__)"
    )
    where, same = done(installed.with_name("python"), "-c", code, folder=tmp_path).split()
    assert Path(where).is_relative_to(installed.parents[1]) and same == "True"


def test_a_workspace_is_made_checked_and_built_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done(installed, "new", "made", "--city", "Elsewhere", "--languages", "zh-en", folder=tmp_path)
    assert done(installed, "check", "made", folder=tmp_path) == "No problems.\n"
    done(installed, "build", "made", "--template", "brief", "--lang", "en", "--format", "pdf", folder=tmp_path)
    assert (tmp_path / "made/output/2025/brief.en.pdf").read_bytes().startswith(b"%PDF-1.")


def test_a_workspace_of_another_city_is_built_by_the_installed_program(
    installed: Path, workspace: Path, tmp_path: Path
) -> None:
    done(installed, "build", workspace, "--lang", "zh-en", folder=tmp_path)
    assert (workspace / "output/midsummer/brief.zh-en.pdf").read_bytes().startswith(b"%PDF-1.")
