"""Page templates: the built-in ones, each of which a workspace may override whole or block by block."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

BUILT_IN = "built-in"
SUFFIXES = (".j2", ".css")


@dataclass(frozen=True)
class Template:
    """The text of a page template or stylesheet, and the file that messages name."""

    text: str
    file: str


Templates = Mapping[str, Template]


def built_in() -> dict[str, Template]:
    """Return the built-in templates by name ("brief/page.html.j2")."""
    found = walk_templates(files("jianbao") / "resources" / "templates", "")
    return {name: Template(text, f"{BUILT_IN}/{name}") for name, text in found if name.endswith(SUFFIXES)}


def overridden(base: Templates, own: Templates) -> dict[str, Template]:
    """Return what a page may use: a workspace's own templates, the built-in ones, and those under "built-in/" too.

    So a workspace's template may start with `{% extends "built-in/brief/page.html.j2" %}` and say only what differs.
    """
    return {**base, **{f"{BUILT_IN}/{name}": template for name, template in base.items()}, **own}


def built_in_text(name: str) -> str:
    """Return the text of a file of the program's that is no page template ("templates/theme.yml")."""
    return files("jianbao").joinpath("resources", *name.split("/")).read_text(encoding="utf-8")


def walk_templates(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the files below a folder of the program, by their paths from `prefix` on, with their texts."""
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from walk_templates(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")
