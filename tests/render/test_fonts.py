"""The prepared faces."""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from jianbao.core.errors import UsageError
from jianbao.render.fonts import build, registry
from jianbao.render.fonts.build import prepare_fonts
from jianbao.render.fonts.registry import Fonts, fonts_folder, read_fonts


@pytest.fixture
def cache(fonts: Fonts, tmp_path: Path) -> Path:
    """Return a cache whose faces are links to the prepared ones."""
    folder = fonts_folder(tmp_path)
    folder.mkdir()
    for face in fonts.faces:
        (folder / face.path.name).symlink_to(face.path)
    index = [{**asdict(face), "path": face.path.name} for face in fonts.faces]
    (folder / "fonts.json").write_text(json.dumps(index))
    return tmp_path


def test_fonts_that_were_never_prepared_name_the_command(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="jianbao fonts"):
        read_fonts(tmp_path)


def test_a_deleted_font_is_named_with_the_command(cache: Path) -> None:
    fonts = read_fonts(cache)
    fonts.path("Noto Sans SC", 700).unlink()
    with pytest.raises(UsageError, match=r"NotoSansSC-700.otf: the font 'Noto Sans SC' is missing.*jianbao fonts"):
        read_fonts(cache)


def test_a_font_package_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "HAN_FOLDERS", (str(tmp_path),))
    with pytest.raises(UsageError) as caught:
        prepare_fonts(tmp_path)
    said = str(caught.value)
    assert "fonts-noto-cjk" in said and "fonts-lxgw-wenkai" in said and "fontpkg" not in said


def test_a_fangsong_of_the_users_own_is_taken_before_the_free_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (recipe,) = [each for each in registry.RECIPES if each.better]
    monkeypatch.setattr(build, "HAN_FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(build, "RECIPES", (recipe,))
    monkeypatch.setattr(build, "RECIPES", (recipe,))
    for name in (recipe.source, recipe.better[-1]):
        (tmp_path / name).touch()
    assert build.find_sources()[recipe.source].name == recipe.better[-1]


def test_the_folder_changes_with_the_recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fonts_folder(tmp_path)
    monkeypatch.setattr(registry, "RECIPES", (replace(registry.RECIPES[0], weight=500), *registry.RECIPES[1:]))
    assert fonts_folder(tmp_path) != before


def test_every_face_carries_the_name_by_which_pages_and_figures_call_it(fonts: Fonts) -> None:
    for face in fonts.faces:
        with TTFont(face.path, lazy=True) as font:
            assert font["name"].getDebugName(1) == face.family
            assert font["OS/2"].usWeightClass == face.weight
            assert "fvar" not in font


def test_every_chinese_face_can_compress_adjacent_marks(fonts: Fonts) -> None:
    for face in fonts.faces:
        with TTFont(face.path, lazy=True) as font:
            features = {record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord}
            assert ("chws" in features) == (0x53CB in font.getBestCmap())


def test_fontconfig_knows_the_faces_alone_and_only_for_a_while(fonts: Fonts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", "mine")
    with fonts.alone():
        assert os.environ["FONTCONFIG_FILE"] == str(fonts.folder / "fonts.conf")
    assert os.environ["FONTCONFIG_FILE"] == "mine"
