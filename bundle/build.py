"""Make one file from which jianbao is installed without a network: `python -m bundle.build --platform linux-aarch64`.

It holds the program and its locked libraries as wheels, the fonts, the documentation, the licences, and the installer.
The fonts are as their makers published them: some licences reserve a font's name to unchanged files, and the prepared
faces are changed. `jianbao fonts` prepares them where they are installed, in ten seconds and without a network.
"""

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from jianbao import __version__
from jianbao.render.fonts.build import installed_fonts
from jianbao.render.fonts.registry import RECIPES

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "studio.txt"
SITE = ROOT / "docs" / "_build"
MACHINES = ("x86_64", "aarch64")
# Wheels for glibc 2.28 or older: that of the systems that Chinese offices have, and of all newer ones.
GLIBC = range(28, 4, -1)
OLDER = ("manylinux2014", "manylinux2010", "manylinux1")
DATE = 315532800  # 1980-01-01, the earliest that a zip archive, and so a wheel, can state
PROGRAM = ("src", "pyproject.toml", "README.md", "LICENSE")
# Where a Debian system keeps the licences of the fonts; FandolFang's is the GPL, with an exception for what embeds it.
LICENCES = (
    *("/usr/share/doc/fonts-noto-cjk/copyright", "/usr/share/doc/fonts-lxgw-wenkai/copyright"),
    "/usr/share/common-licenses/GPL-3",
)


def main(words: Sequence[str] | None = None) -> None:
    """Make a bundle as the options say, and say where it is; `words` are those of the command line if not given."""
    parser = argparse.ArgumentParser(description="Make one file from which jianbao is installed without a network.")
    parser.add_argument("--platform", default=f"linux-{os.uname().machine}", help="linux-x86_64 or linux-aarch64")
    parser.add_argument("--python", default="{}.{}".format(*sys.version_info), help="the Python that will run it: 3.11")
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="the folder for the bundle")
    options = parser.parse_args(words)
    system, _, machine = options.platform.partition("-")
    if system != "linux" or machine not in MACHINES:
        known = " or ".join(f"linux-{each}" for each in MACHINES)
        parser.error(
            f"{options.platform}: choose {known}; on Windows the bundle is installed into WSL (see its README)"
        )
    name = f"jianbao-bundle-{__version__}-{options.platform}"
    options.to.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=options.to) as temporary:
        folder = Path(temporary) / name
        fill(folder, machine, options.python)
        archive = options.to / f"{name}.tar.gz"
        pack(folder, archive)
    sys.stdout.write(f"{archive}\n")


def fill(folder: Path, machine: str, python: str) -> None:
    """Put everything into the folder of a bundle, and last the list of its files with their hashes."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    program = build_program(wheels)
    download(wheels, machine, python)
    own = f"jianbao=={__version__} \\\n    --hash=sha256:{digest(program)}\n"
    (folder / "requirements.txt").write_text(LOCK.read_text("utf-8") + own, "utf-8")
    copy_fonts(folder / "fonts")
    if SITE.is_dir():
        shutil.copytree(SITE, folder / "docs", ignore=shutil.ignore_patterns(".doctrees", ".buildinfo"))
    write_installers(folder, {"@MACHINE@": machine, "@PYTHON@": python, "@VERSION@": __version__})
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{digest(path)}  {path.relative_to(folder)}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), "utf-8")


def build_program(wheels: Path) -> Path:
    """Build the wheel of the program, from a copy, so that nothing of an earlier build gets into it."""
    with TemporaryDirectory() as copy:
        for name in PROGRAM:
            source, target = ROOT / name, Path(copy) / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
            else:
                shutil.copy2(source, target)
        dated = {**os.environ, "SOURCE_DATE_EPOCH": str(DATE)}
        pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), copy, environment=dated)
    (wheel,) = wheels.glob("jianbao-*.whl")
    return wheel


def download(wheels: Path, machine: str, python: str) -> None:
    """Fetch the wheel of each locked library for a machine, and check its hash; any without a wheel is an error."""
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC] + [f"{older}_{machine}" for older in OLDER]
    options = [word for tag in tags for word in ("--platform", tag)]
    options += ["--implementation", "cp", "--python-version", python, "--abi", f"cp{python.replace('.', '')}"]
    options += ["--abi", "abi3", "--abi", "none", "--only-binary", ":all:", "--no-deps", "--require-hashes"]
    pip("download", *options, "--requirement", str(LOCK), "--dest", str(wheels))


def pip(*words: str, environment: Mapping[str, str] | None = None) -> None:
    """Run pip quietly; it says itself what is wrong."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *words]
    if subprocess.run(command, env=environment, check=False).returncode:
        sys.exit(f"pip {words[0]} failed")


def copy_fonts(folder: Path) -> None:
    """Copy the fonts that no wheel brings, each as it was published, with the licences."""
    folder.mkdir()
    installed = installed_fonts()
    for recipe in RECIPES:
        if recipe.latin:  # in a wheel
            continue
        if recipe.source not in installed:
            sys.exit(f"{recipe.source} is not installed on this machine: install the package {recipe.package}")
        shutil.copy2(installed[recipe.source], folder / recipe.source)
    licences = [Path(each) for each in LICENCES]
    texts = [path.read_text("utf-8") for path in licences if path.is_file()]
    (folder / "LICENCES.txt").write_text("\n\n".join((FONTS, *texts)), "utf-8")


FONTS = """Noto Serif CJK and Noto Sans CJK (Adobe, Google): SIL Open Font License 1.1.
LXGW WenKai (LXGW; Reserved Font Names "LXGW" and "霞鹜"): SIL Open Font License 1.1.
FandolFang (the Fandol team): GNU General Public License 3, with the exception that a document which embeds the font is
not bound by it. The file is in the form in which its makers published it; there is no other source.
All of them are unchanged.
"""


def write_installers(folder: Path, values: Mapping[str, str]) -> None:
    """Write README and both installers, filled in for this bundle."""
    for name in ("README.md", "install.sh", "install.ps1"):
        text = (Path(__file__).parent / name).read_text("utf-8")
        for key, value in values.items():
            text = text.replace(key, value)
        if name.endswith(".ps1"):  # Windows PowerShell reads a file without this mark in the system's own encoding
            (folder / name).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
        else:
            (folder / name).write_text(text, "utf-8")
    (folder / "install.sh").chmod(0o755)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return sha256(path.read_bytes()).hexdigest()


def pack(folder: Path, archive: Path) -> None:
    """Pack a folder; the same files give the same bytes."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = DATE
        return entry

    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for path in entries(folder):
            tar.add(path, path.relative_to(folder.parent), recursive=False, filter=plain)


def entries(folder: Path) -> Iterator[Path]:
    """Yield a folder and everything in it, in order."""
    yield folder
    yield from sorted(folder.rglob("*"))


if __name__ == "__main__":
    main()
