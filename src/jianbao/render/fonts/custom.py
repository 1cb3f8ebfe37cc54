"""Font files that an office brings along, declared in the theme and rebuilt before they are used."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from re import fullmatch

from jianbao.core.atomic import replacing_folder
from jianbao.core.documents import Node, Problems, as_mapping, as_text
from jianbao.core.errors import Place, Problem, RenderError, disk_problem
from jianbao.core.limits import run_limited
from jianbao.core.messages import Translatable, tr
from jianbao.core.private import cache_folder, make_private
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
CUTS: Mapping[str, tuple[int, str]] = {
    "regular": (400, "normal"),
    "bold": (700, "normal"),
    "italic": (400, "italic"),
    "bold-italic": (700, "italic"),
}
GENERIC = ("serif", "sans-serif", "sans", "sans serif", "monospace", "cursive", "fantasy", "system-ui")
LARGEST = 64_000_000  # bytes of a file
SECONDS = 60  # for casting one face; a whole Chinese one takes five
MEMORY = 2 << 30  # bytes; a whole Chinese face takes a quarter
CASTING = "jianbao.render.fonts.custom_worker:cast"
CAST = b"cast\n"  # begins a face that could be made; anything else is the reason why not


@dataclass(frozen=True, kw_only=True)
class CustomFont:
    """A font file of the workspace by the hash of its bytes, and the face that it becomes (see `Face`)."""

    family: str
    weight: int
    style: str
    file: str
    sha256: str


def parse_custom_fonts(
    node: Node, files: Mapping[str, str], known: Sequence[str], problems: Problems
) -> tuple[CustomFont, ...]:
    """Return the families that a theme declares; `files` are the hashes of the files that it names, by their names.

    A family that has a name of `known`, or one that no stylesheet could tell from a generic one, is a problem.
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
        cuts = as_mapping(child, problems, required=("regular",), optional=[cut for cut in CUTS if cut != "regular"])
        for cut, name in cuts.items():
            file = as_text(name, problems)
            if cut in CUTS and file in files:
                weight, style = CUTS[cut]
                found.append(CustomFont(family=family, weight=weight, style=style, file=file, sha256=files[file]))
    return tuple(found)


def prepare_custom_fonts(
    custom_fonts: Sequence[CustomFont], read: Callable[[str], bytes], cache: Path | None = None
) -> Fonts:
    """Return the faces that are cast from these matrices, out of the cache where they are there as they should be.

    `read` gives a file's bytes. Each file is taken apart in a process of its own, whose time and memory are limited.
    RenderError names every file that is no font, must not be embedded, or cannot be read within the limits.
    """
    base = fonts_folder(cache)
    content = json.dumps([base.name, [asdict(each) for each in custom_fonts]], sort_keys=True)
    folder = (cache or cache_folder()) / f"own-{sha256(content.encode()).hexdigest()[:16]}"
    try:
        return Fonts(folder, read_faces(folder, {_file(each) for each in custom_fonts}, tr("build again")))
    except RenderError:
        pass
    cast = dict(zip(custom_fonts, _cast(custom_fonts, read), strict=True))
    try:
        make_private(folder.parent)
        with replacing_folder(folder, check_private) as whole:
            whole.chmod(0o700)
            faces = [_written(whole, custom_font, font) for custom_font, font in cast.items()]
            write_index(whole, faces, (base, folder))
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


def _cast(custom_fonts: Sequence[CustomFont], read: Callable[[str], bytes]) -> list[bytes]:
    problems: Problems = []
    made = [_one(custom_font, read(custom_font.file), problems) for custom_font in custom_fonts]
    if problems:
        raise RenderError(problems)
    return made


def _one(custom_font: CustomFont, content: bytes, problems: Problems) -> bytes:
    where = Place(f"{FOLDER}/{custom_font.file}")
    if len(content) > LARGEST:
        problems.append(
            Problem(
                where, tr("the font has {size:,} bytes", size=len(content)), tr("{most:,} are enough", most=LARGEST)
            )
        )
        return b""
    order = (
        json.dumps([custom_font.family, custom_font.weight, custom_font.style, _file(custom_font)]).encode()
        + b"\n"
        + content
    )
    hint = tr("have the font repaired or take another")
    try:
        said = run_limited(CASTING, order, SECONDS, MEMORY)
    except TimeoutError:
        problems.append(Problem(where, tr("the font takes more than {seconds} seconds to read", seconds=SECONDS), hint))
        return b""
    if said and said.startswith(CAST):
        return said.removeprefix(CAST)
    problems.append(_refusal(where, said, hint))
    return b""


def _refusal(where: Place, said: bytes | None, hint: Translatable) -> Problem:
    """Return why a font was refused; one that said nothing was ended by its limits, or by what it read."""
    if said is None:
        return Problem(where, tr("the font is damaged, or takes too much time or memory to read"), hint)
    what, advice = (Translatable(*parts) for parts in json.loads(said))
    return Problem(where, what, advice or hint)
