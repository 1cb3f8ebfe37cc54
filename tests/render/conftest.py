"""The prepared fonts, the workspace's theme, and a sample brief set in each layout, made once."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from jianbao.app import workspace, workspace_files
from jianbao.core.documents import Problems
from jianbao.core.errors import RenderError
from jianbao.render.fonts.build import prepare_fonts
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.page import compose_html
from jianbao.render.pdf.render import Enclosure, Metadata, render_pdf
from jianbao.render.theme import Design, Theme, as_theme
from tests.render.sample_brief import sample

ROOT = Path(__file__).parents[2]
TEMPLATES = workspace_files.read_templates(workspace.snapshot(ROOT))


@pytest.fixture(scope="session")
def fonts() -> Fonts:
    return prepare_fonts()


@pytest.fixture(scope="session")
def theme(fonts: Fonts) -> Theme:
    return read_theme(fonts)


@pytest.fixture(scope="session")
def compose(fonts: Fonts, theme: Theme) -> Callable[..., str]:
    @cache
    def composed(*languages: str) -> str:
        return compose_html(sample(rows=40), languages, Design(theme, fonts, TEMPLATES))

    return composed


@pytest.fixture(scope="session")
def render(compose: Callable[..., str], fonts: Fonts) -> Callable[..., bytes]:
    @cache
    def rendered(*languages: str) -> bytes:
        return render_pdf(compose(*languages), fonts, metadata(*languages), (LEDGER,))

    return rendered


@pytest.fixture(scope="session")
def refused(fonts: Fonts) -> Callable[..., str]:
    """Return what render_pdf says of a page that it does not take."""

    def said(body: str, style: str = "") -> str:
        html = f'<html lang="en"><head><title>t</title><style>{style}</style></head><body>{body}</body></html>'
        with pytest.raises(RenderError) as caught:
            render_pdf(html, fonts, metadata("en"))
        return str(caught.value)

    return said


def read_theme(fonts: Fonts) -> Theme:
    problems: Problems = []
    theme = as_theme(workspace_files.read_theme(workspace.snapshot(ROOT)), fonts.families, problems)
    assert problems == []
    return theme


LEDGER = Enclosure("ledger.json", b'{"facts": 1}', "all facts of this edition", "Data")


def metadata(*languages: str) -> Metadata:
    brief = sample(rows=1)
    tags: Mapping[str, str] = brief.languages
    spoken = tuple(tags[language] for language in languages)
    return Metadata(
        title=brief.title.text(languages[0]),
        languages=spoken,
        day=brief.as_of,
        author="Office",
        subject="City diplomacy",
        keywords=("cities", "award"),
    )
