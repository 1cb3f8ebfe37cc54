"""The fonts that an office brings: cast into faces like the others, kept by their bytes, or refused with a reason."""

import json
import os
import re
from collections.abc import Callable
from errno import ENOSPC
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from jianbao.app import check
from jianbao.app.workspace import ProductFilter, edition_key, open_cache, snapshot
from jianbao.core.errors import RenderError
from jianbao.render.fonts import custom
from jianbao.render.fonts.build import UnusableFontError, installed_fonts, rebuild_font
from jianbao.render.fonts.custom import CustomFont, prepare_custom_fonts
from jianbao.render.fonts.registry import Recipe, read_fonts
from tests.font_files import LETTERS, font
from tests.pdf_text import embedded
from tests.workspaces import ROOT, amend, run

pytestmark = pytest.mark.slow

TOWN = Recipe(family="Town Serif", weight=400, style="normal", source="TownSerif-400.otf", package="")
KINDS: dict[str, Callable[[], bytes]] = {
    "TrueType": font,
    "OpenType": lambda: font(cff=True),
    "WOFF2": lambda: font(flavor="woff2"),
    "variable": lambda: installed_fonts()["SourceSerif4[opsz,wght].ttf"].read_bytes(),
    "Chinese": lambda: installed_fonts()["FandolFang-Regular.otf"].read_bytes(),
}


def matrix(content: bytes, family: str = "Town Serif") -> CustomFont:
    return CustomFont(family=family, weight=400, style="normal", file="Town.ttf", sha256=sha256(content).hexdigest())


def refusal(content: bytes, cache: Path) -> str:
    with pytest.raises(RenderError) as caught:
        prepare_custom_fonts([matrix(content)], lambda _: content, cache)
    return str(caught.value)


# What becomes of a font


@pytest.mark.parametrize("kind", KINDS)
def test_a_font_becomes_a_static_face_under_the_name_that_the_theme_gives_it(kind: str, tmp_path: Path) -> None:
    content = KINDS[kind]()
    with TTFont(made_of(content, tmp_path)) as made:
        assert [made["name"].getDebugName(number) for number in (1, 4, 6)] == [
            "Town Serif",
            "Town Serif 400 Regular",
            "TownSerif-400",
        ]
        assert made["OS/2"].usWeightClass == 400 and not {"fvar", "fpgm", "prep", "cvt ", "STAT"} & {*made.keys()}
        assert made.getBestCmap().keys() == TTFont(BytesIO(content)).getBestCmap().keys()
        features = {each.FeatureTag for each in made["GPOS"].table.FeatureList.FeatureRecord} if "GPOS" in made else {}
        assert ("chws" in features) is (kind == "Chinese"), "Chinese marks close up"


def made_of(content: bytes, cache: Path) -> Path:
    """Return the face that is cast from a font."""
    return prepare_custom_fonts([matrix(content)], lambda _: content, cache).path("Town Serif")


def test_the_same_font_gives_the_same_bytes() -> None:
    content = font()  # made once: it holds the second in which it was made
    assert rebuild_font(content, TOWN) == rebuild_font(content, TOWN)


@pytest.mark.parametrize(
    ("embedding", "said"),
    [
        (0x0002, "must not be embedded"),
        (0x0100, "only as a whole"),
        (0x0108, "only as a whole"),
        (0x0200, "only as bitmaps"),
    ],
)
def test_a_font_that_says_so_is_not_embedded(embedding: int, said: str) -> None:
    with pytest.raises(UnusableFontError, match=said) as caught:
        rebuild_font(font(embedding=embedding), TOWN)
    assert "licence" in caught.value.hint


@pytest.mark.parametrize("embedding", [0x0000, 0x0004, 0x0008, 0x0006, 0x000A])
def test_of_several_permissions_the_widest_holds(embedding: int) -> None:
    assert rebuild_font(font(embedding=embedding), TOWN)


# The cache


def test_a_font_is_cast_once_and_again_if_its_bytes_its_name_or_what_is_kept_of_it_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, other = font(), font(LETTERS[:40])
    first = prepare_custom_fonts([matrix(content)], lambda _: content, tmp_path)
    assert first.path("Town Serif") != made_of(other, tmp_path)
    assert first.folder != prepare_custom_fonts([matrix(content, "Town")], lambda _: content, tmp_path).folder
    monkeypatch.setattr(custom, "_rebuild", lambda *_: pytest.fail("cast again"))
    assert prepare_custom_fonts([matrix(content)], lambda _: content, tmp_path) == first
    monkeypatch.undo()
    first.faces[0].path.write_bytes(b"damaged")
    assert prepare_custom_fonts([matrix(content)], lambda _: content, tmp_path).faces == first.faces
    assert sha256(first.faces[0].path.read_bytes()).hexdigest() == first.faces[0].sha256


def test_a_disk_that_refuses_the_faces_is_told_with_what_can_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(custom, "write_index", full)
    content = KINDS["TrueType"]()
    with pytest.raises(RenderError, match=r"cannot be prepared: No space left on device; make sure .* XDG_CACHE_HOME"):
        prepare_custom_fonts([matrix(content)], lambda _: content, tmp_path)
    assert not any(tmp_path.iterdir())


def test_fontconfig_knows_the_faces_of_the_program_and_these(tmp_path: Path) -> None:
    own = prepare_custom_fonts([matrix(font())], lambda _: font(), tmp_path)
    written = (own.folder / "fonts.conf").read_text("utf-8")
    assert re.findall(r"<dir>(.*?)</dir>", written)[1:] == [str(own.folder)]
    both = read_fonts().and_own(own)
    assert both.folder == own.folder and both.families == (*read_fonts().families, "Town Serif")
    assert both.path("Town Serif", 700) == both.path("Town Serif"), "a family of one weight lends it to all"
    with pytest.raises(KeyError):
        both.path("Town Serif", 400, "italic")


# What is no font, or does harm

BADLY = "import os, time\nstops = lambda _: time.sleep(60)\nbreaks = lambda _: os.abort()\n"


@pytest.mark.parametrize(
    "content", [b"", b"OTTO", b"no font", font()[:-3000], font()[:200], font(flavor="woff2")[:-90], font("")]
)
def test_what_is_no_font_is_refused_with_its_file(content: bytes, tmp_path: Path) -> None:
    said = refusal(content, tmp_path)
    assert said.startswith("templates/fonts/Town.ttf: the font") and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("way", "said"), [("stops", "takes more than 2 seconds to read"), ("breaks", "takes too much time or memory")]
)
def test_a_font_that_stops_or_kills_its_reader_stops_at_that(
    way: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "badly.py").write_text(BADLY, "utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT / "src"))))
    monkeypatch.setattr(custom, "REBUILD", f"badly:{way}")
    monkeypatch.setattr(custom, "SECONDS", 2)
    assert said in refusal(font(), tmp_path / "cache")


def test_no_library_is_taken_out_of_the_folder_that_the_command_is_given_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uharfbuzz.py").write_text("raise SystemExit('taken')", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert prepare_custom_fonts([matrix(font())], lambda _: font(), tmp_path / "cache").faces


def test_a_font_that_is_too_large_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom, "LARGEST", 100)
    monkeypatch.setattr(custom, "REBUILD", "nothing")
    assert "100 are enough" in refusal(font(), tmp_path)


# The theme


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Return a new workspace in English whose text is set in a font of its own."""
    folder = tmp_path / "town"
    assert run("new", folder, "--like", "small", "--languages", "en").code == 0
    brought(folder, "{regular: Town.ttf}", font())
    return folder


def brought(folder: Path, cuts: str, content: bytes, family: str = "Town Serif") -> None:
    (folder / "templates/fonts").mkdir()
    (folder / "templates/fonts/Town.ttf").write_bytes(content)
    fonts = f"fonts:\n  {family}: {cuts}\nlanguages:\n  other: {{serif: [{family}, Source Serif 4]}}\n"
    amend(folder, "templates/theme.yml", "languages:\n", fonts)


def test_a_workspace_with_a_font_of_its_own_has_no_problems(town: Path) -> None:
    assert run("check", town).out == "No problems.\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Town.ttf", "Twon.ttf", "templates/fonts/Twon.ttf: the file does not exist"),
        ("Town.ttf", "../../../Town.ttf", "this is outside the workspace"),
        ("Town.ttf", "Town.svg", "this is not a font file"),
        ("regular: Town.ttf", "bold: Town.ttf", "'regular' is missing"),
        ("regular: Town.ttf", "regular: Town.ttf, heavy: Town.ttf", "'heavy'"),
        ("  Town Serif: {", "  Serif: {", "'Serif' cannot name a font family"),
        ("  Town Serif: {", "  仿宋: {", "cannot name a font family"),
        ("  Town Serif: {", "  Noto Serif SC: {", "the program has its own font 'Noto Serif SC'"),
        (
            "serif: [Town Serif,",
            "serif: [Town Sefir,",
            "'Town Sefir' is not a font of the brief did you mean 'Town Serif'",
        ),
    ],
)
def test_a_fault_of_a_declared_font_is_named(town: Path, old: str, new: str, said: str) -> None:
    amend(town, "templates/theme.yml", old, new)
    done = run("check", town)
    assert done.code == 6 and said in re.sub(r"[\s;]+", " ", done.err), done.err


@pytest.mark.parametrize(
    ("content", "said"), [(b"no font", "the font is damaged"), (font(embedding=2), "must not be embedded")]
)
def test_check_reads_the_fonts(town: Path, content: bytes, said: str) -> None:
    (town / "templates/fonts/Town.ttf").write_bytes(content)
    done = run("check", town)
    assert done.code == 6 and f"templates/fonts/Town.ttf: {said}" in " ".join(
        line.replace("the font says that it ", "") for line in done.err.split("\n")
    )


def test_an_edition_with_another_font_is_another_edition(town: Path) -> None:
    kept = open_cache()
    assert kept
    before = (
        check.checked_theme(snapshot(town)),
        edition_key(kept, snapshot(town), "", ProductFilter()),
    )
    (town / "templates/fonts/Town.ttf").write_bytes(font(LETTERS + "ñ"))
    after = (
        check.checked_theme(snapshot(town)),
        edition_key(kept, snapshot(town), "", ProductFilter()),
    )
    assert before[1] != after[1] and kept.key("theme", before[0]) != kept.key("theme", after[0])


def test_a_letter_that_no_font_has_is_named(town: Path) -> None:
    amend(town, "templates/theme.yml", "other: {serif: [Town Serif, Source Serif 4]", "other: {sans: [Town Serif]")
    (town / "templates/fonts/Town.ttf").write_bytes(font(LETTERS.replace("A", "").replace("a", "")))
    done = run("build", town)
    assert done.code == 6 and re.search(r"no font has '[Aa]+' of the label", " ".join(done.err.split())), done.err


def test_the_text_is_set_in_the_font_and_the_manifest_knows_it(town: Path) -> None:
    assert run("build", town).code == 0
    folder = town / "output/2025"
    names = embedded(folder / "brief.en.pdf")
    assert any(name.startswith("Town-Serif") for name in names)
    known = check.fonts_of(snapshot(town), check.checked_theme(snapshot(town))).families
    assert [name for name in names if not name.startswith(tuple(each.replace(" ", "-") for each in known))] == []
    record = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert "TownSerif-400.otf" in record["fonts"] and "templates/fonts/Town.ttf" in record["inputs"]
    assert run("verify", "2025", town).code == 0
