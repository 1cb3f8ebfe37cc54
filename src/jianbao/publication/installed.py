"""The font files that are installed on a machine, and which faces cannot be made of them."""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

from jianbao.publication.fonts import RECIPES, Recipe

LATIN_PACKAGES = ("fontpkg_source_serif_4", "fontpkg_source_sans_3")
HAN_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
)


def installed_fonts() -> dict[str, Path]:
    """Return every font file by its name; of several of one name, the first found."""
    roots = [Path(each).expanduser() for each in HAN_FOLDERS]
    found = (find_spec(package) for package in LATIN_PACKAGES)
    roots += [Path(place) / "files" for spec in found if spec for place in spec.submodule_search_locations or ()]
    files: dict[str, Path] = {}
    for root in roots:
        for path in sorted(root.rglob("*.[ot]t[cf]")) if root.is_dir() else ():
            files.setdefault(path.name, path)
    return files


def best(recipe: Recipe, installed: Iterable[str]) -> str:
    """Return the file that a face is made of: the user's own where there is one."""
    return next((name for name in recipe.better if name in installed), recipe.source)


def lacking(installed: Iterable[str]) -> Mapping[str, str]:
    """Return the files that are not installed, each with the package that has it."""
    return {recipe.source: recipe.package for recipe in RECIPES if best(recipe, installed) not in installed}
