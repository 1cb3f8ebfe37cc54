"""Find what this machine lacks for making briefs, and the commands that install it."""

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
from jianbao.core.errors import UsageError
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_error, tr_list, verbatim
from jianbao.core.private_files import cache_folder
from jianbao.render.fonts.build import installed_fonts, lacking
from jianbao.render.fonts.registry import COMMAND, RECIPES, read_fonts

PYTHON = (3, 11)
ROOM = 500_000_000  # bytes: prepared fonts take a quarter of it, an edition far less
# The libraries that draw the pages, by their name for the loader, with Debian's package.
LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
# Programs that only the tests need, any one of each.
TOOLS = {
    "qpdf": ("qpdf",),
    "poppler-utils": ("pdftotext",),
    "chromium": ("chromium", "google-chrome"),
    "libreoffice-writer-nogui": ("soffice",),
    "softhsm2": ("softhsm2-util",),
}
# Debian has this font only in a package that depends on all of TeX.
FANDOL = "texlive-lang-chinese"


@dataclass(frozen=True)
class Store:
    """A folder that must be writable: its path, its free bytes, and the reason why it is not writable (or "")."""

    folder: str
    free: int
    refusal: Translatable = NO_TEXT


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The state of a machine: versions, libraries, font files, commands, and the folders that are written to.

    `packages` maps each requirement ("weasyprint==70.0") to the installed version, "" for none; `fault` says why the
    prepared fonts cannot be used, "" if they can; `stores` has the folders by purpose.
    """

    python: tuple[int, ...]
    interpreter: str
    packages: Mapping[str, str]
    libraries: frozenset[str]
    fonts: frozenset[str]
    fault: Translatable
    commands: frozenset[str]
    stores: Mapping[str, Store]


@dataclass(frozen=True)
class MachineCheck:
    """One requirement of a brief: whether it is met (`there`), what to do if not, and whether it is optional."""

    what: Translatable
    there: bool
    cure: Translatable = NO_TEXT
    optional: bool = False


def inspect_machine(root: Path) -> Machine:
    """Return the state of this machine; `root` is the workspace whose editions would be written."""
    commands = {command for each in TOOLS.values() for command in each} | {"apt-get"}
    stores = {
        tr("fonts"): cache_folder(),
        tr("temporary files"): Path(tempfile.gettempdir()),
        tr("editions"): root / "output",
    }
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
    versions = {}
    for line in requires("jianbao") or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            try:
                versions[f"{requirement.name}{requirement.specifier}"] = version(requirement.name)
            except PackageNotFoundError:
                versions[f"{requirement.name}{requirement.specifier}"] = ""
    return versions


def _fault() -> Translatable:
    try:
        read_fonts()
    except UsageError as error:
        return error.problems[0].what
    except PackageNotFoundError as error:
        return tr("the library {name} is not installed", name=error.name)
    return NO_TEXT


def _store(folder: Path) -> Store:
    """Try to write to a folder, or to the first existing one above it."""
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=existing) as file:
            file.write(b"jianbao")
        return Store(str(folder), shutil.disk_usage(existing).free)
    except OSError as error:
        return Store(str(folder), 0, tr_error(error))


def machine_checks(machine: Machine) -> tuple[MachineCheck, ...]:
    """Return for each requirement of a brief whether the machine meets it, and the command to type if not."""
    return (
        *_libraries(machine),
        *_fonts(machine),
        *(_written(purpose, store) for purpose, store in machine.stores.items()),
        *(
            MachineCheck(
                tr("{command}, for the tests", command=commands[0]),
                any(each in machine.commands for each in commands),
                _install(package, machine.commands),
                optional=True,
            )
            for package, commands in TOOLS.items()
        ),
    )


def build_obstacle(root: Path) -> Translatable:
    """Return in a few words what prevents this machine from making a workspace's pages; NO_TEXT if nothing does."""
    machine = inspect_machine(root)
    needed = (
        (tr("program libraries"), _libraries(machine)),
        (tr("fonts"), _fonts(machine)[-1:]),  # prepared fonts: then their sources are not needed
        (
            tr("room on the disk, or a folder that can be written to"),
            [_written(purpose, store) for purpose, store in machine.stores.items()],
        ),
    )
    return tr_list(called for called, checks in needed if not all(each.there for each in checks))


def _libraries(machine: Machine) -> tuple[MachineCheck, ...]:
    """Return a check for Python, and one for each library and system library."""
    return (
        MachineCheck(
            tr("Python {python} for jianbao {version}", python=".".join(map(str, machine.python)), version=__version__),
            machine.python >= PYTHON,
            tr(
                "install Python {python} or newer, then: make PYTHON=python3.12 brief",
                python=".".join(map(str, PYTHON)),
            ),
        ),
        *(_library(name, installed, machine.interpreter) for name, installed in machine.packages.items()),
        *(
            MachineCheck(
                tr("system library {name}", name=name), name in machine.libraries, _install(package, machine.commands)
            )
            for name, package in LIBRARIES.items()
        ),
    )


def _library(wanted: str, installed: str, interpreter: str) -> MachineCheck:
    requirement = Requirement(wanted)
    fits = bool(installed) and requirement.specifier.contains(Version(installed), prereleases=True)
    cure = verbatim(f"{interpreter} -m pip install '{wanted}'")
    if fits:
        return MachineCheck(tr("library {name}", name=f"{requirement.name} {installed}"), fits, cure)
    if installed:
        return MachineCheck(
            tr("library {wanted} ({installed} is here)", wanted=wanted, installed=installed), fits, cure
        )
    return MachineCheck(tr("library {name}", name=wanted), fits, cure)


def _install(package: str, commands: Iterable[str]) -> Translatable:
    if "apt-get" in commands:
        return verbatim(f"apt-get install {package}")
    return tr("install {package} (its name on Debian)", package=package)


def _fonts(machine: Machine) -> list[MachineCheck]:
    """Return a check for each source font file, and one for the prepared fonts."""
    missing = lacking(machine.fonts)
    packages = {recipe.source: recipe.package for recipe in RECIPES}
    checks = [
        MachineCheck(tr("font {source}", source=source), source not in missing, _font_cure(source, package, machine))
        for source, package in packages.items()
    ]
    prepared = tr("fonts prepared: {fault}", fault=machine.fault) if machine.fault else tr("fonts prepared")
    return [*checks, MachineCheck(prepared, not machine.fault, verbatim(COMMAND))]


def _font_cure(source: str, package: str, machine: Machine) -> Translatable:
    if package == FANDOL:
        return tr(
            "'make brief' takes {source} out of {package}; or put it, or a FangSong of your own, into your fonts",
            source=source,
            package=package,
        )
    if package.startswith("fontpkg"):
        return verbatim(f"{machine.interpreter} -m pip install {package}")
    return _install(package, machine.commands)


def _written(purpose: str, store: Store) -> MachineCheck:
    if store.refusal:
        return MachineCheck(
            tr("folder for {purpose}, {folder}: {error}", purpose=purpose, folder=store.folder, error=store.refusal),
            False,
            tr("make it one you can write to"),
        )
    cure = tr("free {room:.0f} MB on its disk", room=ROOM / 1000000.0)
    return MachineCheck(
        tr(
            "folder for {purpose}, {folder}: {free:.1f} GB free",
            purpose=purpose,
            folder=store.folder,
            free=store.free / 1000000000.0,
        ),
        store.free >= ROOM,
        cure,
    )
