"""Keep the fonts that a brief may use: the recipe of each, and the folder of the prepared files."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import Translatable, tr
from jianbao.core.private_files import cache_folder, distrusted

COMMAND = "jianbao fonts"
ELSEWHERE = tr("or name another in XDG_CACHE_HOME")
INDEX, CONFIGURATION = "fonts.json", "fonts.conf"
# A configuration with which fontconfig knows only these folders; its cache is in the last one.
ISOLATED = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><reset-dirs/>{folders}<cachedir>{last}/cache</cachedir></fontconfig>
"""
TOOLS = ("fonttools", "uharfbuzz", "chws-tool", "fontpkg-source-serif-4", "fontpkg-source-sans-3")
# CLREQ 3.1.1: Chinese quotation marks are full-width. A face with narrow ones leaves them to the next family.
QUOTES = (0x2018, 0x2019, 0x201C, 0x201D)
# Latin letters and digits, to be set in a Latin face with any installed Chinese face.
LETTERS = (*range(0x21, 0x7F), *range(0xC0, 0x250))


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The recipe of one face: the source file and its package, the face in a collection, or the values of its axes.

    `better` are files that a user may have instead, the best first; `without` are characters left to the next family.
    """

    family: str
    weight: int
    style: str
    source: str
    package: str
    face: str = ""
    axes: Mapping[str, float] = field(default_factory=dict)
    without: tuple[int, ...] = ()
    better: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Return the name of the prepared file."""
        slant = "-italic" if self.style == "italic" else ""
        return f"{self.family.replace(' ', '')}-{self.weight}{slant}.{'ttf' if self.source.endswith('ttf') else 'otf'}"

    @property
    def latin(self) -> bool:
        """Return whether the face is made from a variable Latin font."""
        return bool(self.axes)


def _han(family: str, source: str, weight: int) -> Recipe:
    name = "Bold" if weight > 400 else "Regular"
    return Recipe(
        family=family,
        weight=weight,
        style="normal",
        source=f"{source}-{name}.ttc",
        package="fonts-noto-cjk",
        face=family.replace("SC", "CJK SC"),
    )


def _latin(family: str, weight: int, axes: Mapping[str, float], style: str = "normal") -> Recipe:
    file, package = ("SourceSans3", "sans-3") if family == "Source Sans 3" else ("SourceSerif4", "serif-4")
    return Recipe(
        family=family,
        weight=weight,
        style=style,
        source=f"{file}{'-Italic' if style == 'italic' else ''}[{','.join(axes)}].ttf",
        package=f"fontpkg-source-{package}",
        axes=axes,
    )


RECIPES = (
    *(_han("Noto Serif SC", "NotoSerifCJK", weight) for weight in (400, 700)),
    *(_han("Noto Sans SC", "NotoSansCJK", weight) for weight in (400, 700)),
    Recipe(
        family="LXGW WenKai",
        weight=400,
        style="normal",
        source="LXGWWenKai-Regular.ttf",
        package="fonts-lxgw-wenkai",
        without=QUOTES,
    ),
    Recipe(
        family="FangSong",
        weight=400,
        style="normal",
        source="FandolFang-Regular.otf",
        package="texlive-lang-chinese",
        without=LETTERS,
        better=("simfang.ttf", "FangSong.ttf", "ZhuqueFangsong-Regular.ttf"),
    ),
    # For use with FangSong, whose strokes are thin: a lighter Latin face with a larger optical size.
    _latin("Source Serif 4 Light", 400, {"opsz": 16, "wght": 300}),
    # One optical size for running text of 8 to 11 points.
    *(
        _latin("Source Serif 4", weight, {"opsz": 10, "wght": weight}, style)
        for style in ("normal", "italic")
        for weight in (400, 700)
    ),
    *(_latin("Source Sans 3", weight, {"wght": weight}) for weight in (400, 600, 700)),
    _latin("Source Sans 3", 400, {"wght": 400}, "italic"),
)

FAMILIES = tuple(dict.fromkeys(recipe.family for recipe in RECIPES))


@dataclass(frozen=True, kw_only=True)
class FontFile:
    """A prepared font file: `weight` as in CSS, `style` "normal" or "italic", its size in bytes and its hash."""

    family: str
    weight: int
    style: str
    path: Path
    size: int
    sha256: str


def prepared(path: Path, family: str, weight: int, style: str) -> FontFile:
    """Return a font file with its present size and hash."""
    content = path.read_bytes()
    digest = sha256(content).hexdigest()
    return FontFile(family=family, weight=weight, style=style, path=path, size=len(content), sha256=digest)


@dataclass(frozen=True)
class Fonts:
    """The faces that pages and figures may use, and the folder with their fontconfig configuration."""

    folder: Path
    faces: tuple[FontFile, ...]

    @property
    def families(self) -> tuple[str, ...]:
        """Return the names of the families, each once."""
        return tuple(dict.fromkeys(face.family for face in self.faces))

    def path(self, family: str, weight: int = 400, style: str = "normal") -> Path:
        """Return the file of a family's face nearest in weight; raises KeyError if it has none of the style."""
        same_style = [face for face in self.faces if (face.family, face.style) == (family, style)]
        if not same_style:
            raise KeyError(f"{family} {weight} {style}")
        return min(same_style, key=lambda face: abs(face.weight - weight)).path

    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of every file by its name, for the manifest."""
        return {face.path.name: face.sha256 for face in self.faces}

    def and_own(self, own: "Fonts") -> "Fonts":
        """Return these faces and those of the office's own fonts, whose configuration includes this folder."""
        return Fonts(own.folder, (*self.faces, *own.faces))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make fontconfig find only these faces while the block runs."""
        before = os.environ.get("FONTCONFIG_FILE")
        os.environ["FONTCONFIG_FILE"] = str(self.folder / CONFIGURATION)
        try:
            yield
        finally:
            if before is None:
                del os.environ["FONTCONFIG_FILE"]
            else:
                os.environ["FONTCONFIG_FILE"] = before


NO_FONTS = Fonts(Path(), ())  # for a page that is composed but not laid out


def fonts_folder(cache: Path | None = None) -> Path:
    """Return the folder of the prepared faces; its name changes with the recipes and the versions of the tools."""
    tools = [version(name) for name in TOOLS]
    recipe = json.dumps([[asdict(each) for each in RECIPES], tools], sort_keys=True)
    return (cache or cache_folder()) / f"fonts-{sha256(recipe.encode()).hexdigest()[:12]}"


def _is_undamaged(face: FontFile) -> bool:
    if not face.path.is_file():
        return False
    state = face.path.stat()
    return state.st_size == face.size and _digest(face.path, state.st_size, state.st_mtime_ns) == face.sha256


@lru_cache(maxsize=64)
def _digest(path: Path, _size: int, _changed: int) -> str:
    """Return the SHA-256 of a file, computed once per process while its size and time of change are the same."""
    return sha256(path.read_bytes()).hexdigest()


def read_fonts(cache: Path | None = None) -> Fonts:
    """Return the prepared faces; raises UsageError, with the command to run, if any is missing or damaged."""
    folder = fonts_folder(cache)
    if not (folder / INDEX).is_file():
        hint = tr("run '{command}' once to prepare the fonts", command=COMMAND)
        raise UsageError(Problem(Place(str(folder)), tr("the fonts of this version are not prepared"), hint))
    return Fonts(
        folder,
        read_faces(
            folder, {recipe.file for recipe in RECIPES}, tr("run '{command}' to prepare them again", command=COMMAND)
        ),
    )


def read_faces(folder: Path, files: set[str], hint: Translatable) -> tuple[FontFile, ...]:
    """Return the faces of a folder, which must be these files; raises UsageError if any is missing or damaged."""
    check_private(folder)
    index = folder / INDEX
    try:
        entries = json.loads(index.read_text(encoding="utf-8"))
        faces = tuple(FontFile(**{**entry, "path": folder / entry["path"]}) for entry in entries)
    except (OSError, ValueError, TypeError, KeyError):
        faces = ()
    if {face.path.name for face in faces} != files:
        raise UsageError(Problem(Place(str(index)), tr("the list of the prepared fonts is damaged"), hint))
    lacking = [face for face in faces if not _is_undamaged(face)]
    if lacking:
        raise UsageError(
            Problem(Place(str(face.path)), tr("the font '{family}' is missing or damaged", family=face.family), hint)
            for face in lacking
        )
    return faces


def check_private(folder: Path) -> None:
    """Raise UsageError if anyone but this user and root can write to a folder of the cache."""
    if why := distrusted(folder.parent, folder):
        hint = tr("delete it, and close the folder above it to others (chmod go-w), {elsewhere}", elsewhere=ELSEWHERE)
        raise UsageError(Problem(Place(str(folder)), tr("these fonts are not safe to use: {why}", why=why), hint))


def write_index(folder: Path, faces: Iterable[FontFile], places: Sequence[Path]) -> None:
    """Write the list of the faces in a folder, and the configuration with which fontconfig finds those in `places`."""
    entries = [{**asdict(face), "path": face.path.name} for face in faces]
    (folder / INDEX).write_text(json.dumps(entries, indent=1), encoding="utf-8")
    folders = "".join(f"<dir>{place}</dir>" for place in places)
    (folder / CONFIGURATION).write_text(ISOLATED.format(folders=folders, last=places[-1]), encoding="utf-8")
