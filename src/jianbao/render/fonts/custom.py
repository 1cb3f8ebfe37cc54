"""Prepare the office's own font files, declared in the theme; they are untrusted, so they are rebuilt before use."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from re import fullmatch

from jianbao.core.atomic import replacing_folder
from jianbao.core.documents import Node, Problems, as_mapping, as_text
from jianbao.core.errors import Place, Problem, RenderError, UsageError, disk_problem
from jianbao.core.limits import run_limited
from jianbao.core.messages import Translatable, tr
from jianbao.core.private_files import cache_folder, make_private
from jianbao.render.fonts.registry import (
    ELSEWHERE,
    FontFile,
    Fonts,
    check_private,
    fonts_folder,
    prepared,
    read_faces,
    write_index,
)

FOLDER = "templates/fonts"
SUFFIXES = (".ttf", ".otf", ".woff2")
STYLES: Mapping[str, tuple[int, str]] = {
    "regular": (400, "normal"),
    "bold": (700, "normal"),
    "italic": (400, "italic"),
    "bold-italic": (700, "italic"),
}
GENERIC = ("serif", "sans-serif", "sans", "sans serif", "monospace", "cursive", "fantasy", "system-ui")
LARGEST = 64_000_000  # bytes of a file
SECONDS = 60  # to rebuild one face; a Chinese one takes five
MEMORY = 2 << 30  # bytes; a Chinese face takes a quarter of that
REBUILD = "jianbao.render.fonts.build:rebuild"  # the function that runs in a process of its own
REBUILT = b"rebuilt\n"  # precedes a rebuilt face in the result; any other result is the reason why there is none


@dataclass(frozen=True, kw_only=True)
class CustomFont:
    """A font file of the workspace with its hash, and the family, weight and style that it is used for."""

    family: str
    weight: int
    style: str
    file: str
    sha256: str


def parse_custom_fonts(
    node: Node, files: Mapping[str, str], known: Sequence[str], problems: Problems
) -> tuple[CustomFont, ...]:
    """Return the fonts that a theme declares; `files` has the hash of each file that it names.

    A family with the name of a `known` or of a generic one ("serif") is added to the problems.
    """
    found: list[CustomFont] = []
    for family, child in as_mapping(node, problems, optional=None).items():
        if not fullmatch(r"[A-Za-z][A-Za-z0-9 -]{0,39}", family) or family.lower() in GENERIC:
            hint = tr("name it in Latin letters, figures, spaces and hyphens")
            problems.append(Problem(child.place, tr("'{family}' cannot name a font family", family=family), hint))
        if family in known:
            problems.append(
                Problem(
                    child.place,
                    tr("the program has its own font '{family}'", family=family),
                    tr("choose another name for yours"),
                )
            )
        styles = as_mapping(child, problems, ("regular",), [each for each in STYLES if each != "regular"])
        for key, name in styles.items():
            file = as_text(name, problems)
            if key in STYLES and file in files:
                weight, style = STYLES[key]
                found.append(CustomFont(family=family, weight=weight, style=style, file=file, sha256=files[file]))
    return tuple(found)


def prepare_custom_fonts(
    custom_fonts: Sequence[CustomFont], read: Callable[[str], bytes], cache: Path | None = None
) -> Fonts:
    """Return the rebuilt faces of these fonts, from the cache if they are there and undamaged.

    `read` returns the bytes of a file. Each is rebuilt in a process of its own with limited time and memory. Raises
    RenderError with every file that is not a font, must not be embedded, or cannot be read within the limits.
    """
    base = fonts_folder(cache)
    content = json.dumps([base.name, [asdict(each) for each in custom_fonts]], sort_keys=True)
    folder = (cache or cache_folder()) / f"own-{sha256(content.encode()).hexdigest()[:16]}"
    try:
        return Fonts(folder, read_faces(folder, {_file(each) for each in custom_fonts}, tr("build again")))
    except UsageError:
        pass
    rebuilt = dict(zip(custom_fonts, _rebuild_all(custom_fonts, read), strict=True))
    try:
        make_private(folder.parent)
        with replacing_folder(folder, check_private) as temporary:
            temporary.chmod(0o700)
            faces = [_written(temporary, custom_font, font) for custom_font, font in rebuilt.items()]
            write_index(temporary, faces, (base, folder))
    except OSError as error:
        raise RenderError(disk_problem(error, folder, tr("the fonts cannot be prepared"), ELSEWHERE)) from error
    return Fonts(folder, read_faces(folder, {_file(each) for each in custom_fonts}, tr("build again")))


def _file(custom_font: CustomFont) -> str:
    slant = "-italic" if custom_font.style == "italic" else ""
    return f"{custom_font.family.replace(' ', '')}-{custom_font.weight}{slant}.otf"


def _written(folder: Path, custom_font: CustomFont, font: bytes) -> FontFile:
    path = folder / _file(custom_font)
    path.write_bytes(font)
    return prepared(path, custom_font.family, custom_font.weight, custom_font.style)


def _rebuild_all(custom_fonts: Sequence[CustomFont], read: Callable[[str], bytes]) -> list[bytes]:
    problems: Problems = []
    made = [_rebuild(custom_font, read(custom_font.file), problems) for custom_font in custom_fonts]
    if problems:
        raise RenderError(problems)
    return made


def _rebuild(custom_font: CustomFont, content: bytes, problems: Problems) -> bytes:
    where = Place(f"{FOLDER}/{custom_font.file}")
    if len(content) > LARGEST:
        problems.append(
            Problem(
                where, tr("the font has {size:,} bytes", size=len(content)), tr("{most:,} are enough", most=LARGEST)
            )
        )
        return b""
    request = (
        json.dumps([custom_font.family, custom_font.weight, custom_font.style, _file(custom_font)]).encode()
        + b"\n"
        + content
    )
    hint = tr("have the font repaired or take another")
    try:
        output = run_limited(REBUILD, request, SECONDS, MEMORY)
    except TimeoutError:
        problems.append(Problem(where, tr("the font takes more than {seconds} seconds to read", seconds=SECONDS), hint))
        return b""
    if output and output.startswith(REBUILT):
        return output.removeprefix(REBUILT)
    problems.append(_refusal(where, output, hint))
    return b""


def _refusal(where: Place, output: bytes | None, hint: Translatable) -> Problem:
    """Return the problem of a refused font; `output` is None if its process crashed or exceeded a limit."""
    if output is None:
        return Problem(where, tr("the font is damaged, or takes too much time or memory to read"), hint)
    what, advice = (Translatable(*parts) for parts in json.loads(output))
    return Problem(where, what, advice or hint)
