"""What the tests of the figures share: the faces of the page, in the order of each language."""

import pytest

from jianbao.figures.lettering import Face, Faces
from jianbao.publication.foundry import prepare_fonts

ORDER = {"en": ("Source Sans 3", "Noto Sans SC"), "zh": ("Noto Sans SC", "Source Sans 3")}


@pytest.fixture(scope="session")
def faces() -> dict[str, Faces]:
    fonts = prepare_fonts()
    return {
        language: Faces(tuple(Face(family, fonts.path(family), fonts.path(family, 700)) for family in families))
        for language, families in ORDER.items()
    }
