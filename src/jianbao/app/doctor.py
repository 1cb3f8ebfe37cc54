"""A machine, and what it lacks of what a brief is made with: first looked at, then judged."""

import ctypes.util
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from jianbao import __version__
from jianbao.core.errors import RenderError
from jianbao.core.private import cache_folder
from jianbao.render.fonts.build import installed_fonts, lacking
from jianbao.render.fonts.registry import COMMAND, RECIPES, read_fonts

PYTHON = (3, 11)
ROOM = 500_000_000  # bytes: prepared fonts take a quarter of it, an edition far less
# What the pages are drawn with, by the name that the loader knows, and Debian's package of it.
LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
# What only the tests ask, any one of each: a brief is made without.
TOOLS = {
    "qpdf": ("qpdf",),
    "poppler-utils": ("pdftotext",),
    "chromium": ("chromium", "google-chrome"),
    "libreoffice-writer-nogui": ("soffice",),
    "softhsm2": ("softhsm2-util",),
}
# Debian has this font only inside a package that brings all of TeX along.
FANDOL = "texlive-lang-chinese"


@dataclass(frozen=True)
class Store:
    """A folder that must be written to: where it is, the bytes that are free, and why it cannot be written (or "")."""

    folder: str
    free: int
    refusal: str = ""


@dataclass(frozen=True)
class Machine:
    """What was found: versions, names of libraries, font files and commands, and the folders that are written to.

    `packages` maps what the program requires ("weasyprint==70.0") to the version installed, "" for none; `fault` says
    why the prepared fonts cannot be used, "" if they can; `stores` are folders by what they are for.
    """

    python: tuple[int, ...]
    interpreter: str
    packages: Mapping[str, str]
    libraries: frozenset[str]
    fonts: frozenset[str]
    fault: str
    commands: frozenset[str]
    stores: Mapping[str, Store]


@dataclass(frozen=True)
class MachineCheck:
    """One thing that a brief needs: whether it is there, what to do if not, and whether a brief can do without."""

    what: str
    there: bool
    cure: str = ""
    optional: bool = False


def inspect_machine(root: Path) -> Machine:
    """Look at this machine; `root` is the workspace whose editions would be written."""
    commands = {command for each in TOOLS.values() for command in each} | {"apt-get"}
    stores = {"fonts": cache_folder(), "temporary files": Path(tempfile.gettempdir()), "editions": root / "output"}
    return Machine(
        python=sys.version_info[:3],
        interpreter=sys.executable,
        packages=_packages(),
        libraries=frozenset(name for name in LIBRARIES if ctypes.util.find_library(name)),
        fonts=frozenset(installed_fonts()),
        fault=_fault(),
        commands=frozenset(command for command in commands if shutil.which(command)),
        stores={purpose: _store(folder) for purpose, folder in stores.items()},
    )


def _packages() -> dict[str, str]:
    found = {}
    for line in requires("jianbao") or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            try:
                found[f"{requirement.name}{requirement.specifier}"] = version(requirement.name)
            except PackageNotFoundError:
                found[f"{requirement.name}{requirement.specifier}"] = ""
    return found


def _fault() -> str:
    try:
        read_fonts()
    except RenderError as error:
        return error.problems[0].what
    except PackageNotFoundError as error:
        return f"the library {error.name} is not installed"
    return ""


def _store(folder: Path) -> Store:
    """Try to write into a folder, or into the first one above it that exists."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=there) as file:
            file.write(b"jianbao")
        return Store(str(folder), shutil.disk_usage(there).free)
    except OSError as error:
        return Store(str(folder), 0, error.strerror or str(error))


def machine_checks(machine: Machine) -> tuple[MachineCheck, ...]:
    """Say of each thing that a brief needs whether the machine has it, and what to type if not."""
    return (
        MachineCheck(
            f"Python {'.'.join(map(str, machine.python))} for jianbao {__version__}",
            machine.python >= PYTHON,
            f"install Python {'.'.join(map(str, PYTHON))} or newer, then: make PYTHON=python3.12 brief",
        ),
        *(_library(name, installed, machine.interpreter) for name, installed in machine.packages.items()),
        *(
            MachineCheck(f"system library {name}", name in machine.libraries, _install(package, machine.commands))
            for name, package in LIBRARIES.items()
        ),
        *_fonts(machine),
        *(_written(purpose, store) for purpose, store in machine.stores.items()),
        *(
            MachineCheck(
                f"{commands[0]}, for the tests",
                any(each in machine.commands for each in commands),
                _install(package, machine.commands),
                optional=True,
            )
            for package, commands in TOOLS.items()
        ),
    )


def _library(wanted: str, installed: str, interpreter: str) -> MachineCheck:
    requirement = Requirement(wanted)
    fits = bool(installed) and requirement.specifier.contains(Version(installed), prereleases=True)
    shown = (
        f"{requirement.name} {installed}" if fits else f"{wanted}" + (f" ({installed} is here)" if installed else "")
    )
    return MachineCheck(f"library {shown}", fits, f"{interpreter} -m pip install '{wanted}'")


def _install(package: str, commands: Iterable[str]) -> str:
    return f"apt-get install {package}" if "apt-get" in commands else f"install {package} (its name on Debian)"


def _fonts(machine: Machine) -> list[MachineCheck]:
    """Return a finding for each font file that the faces are made of, and one for the faces themselves."""
    missing = lacking(machine.fonts)
    packages = {recipe.source: recipe.package for recipe in RECIPES}
    found = [
        MachineCheck(f"font {source}", source not in missing, _font_cure(source, package, machine))
        for source, package in packages.items()
    ]
    prepared = "fonts prepared" + (f": {machine.fault}" if machine.fault else "")
    return [*found, MachineCheck(prepared, not machine.fault, COMMAND)]


def _font_cure(source: str, package: str, machine: Machine) -> str:
    if package == FANDOL:
        return f"'make brief' takes {source} out of {package}; or put it, or a FangSong of your own, into your fonts"
    if package.startswith("fontpkg"):
        return f"{machine.interpreter} -m pip install {package}"
    return _install(package, machine.commands)


def _written(purpose: str, store: Store) -> MachineCheck:
    if store.refusal:
        return MachineCheck(
            f"folder for {purpose}, {store.folder}: {store.refusal}", False, "make it one you can write to"
        )
    cure = f"free {ROOM / 1e6:.0f} MB on its disk"
    return MachineCheck(
        f"folder for {purpose}, {store.folder}: {store.free / 1e9:.1f} GB free", store.free >= ROOM, cure
    )
