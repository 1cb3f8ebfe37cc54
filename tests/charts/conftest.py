"""What the tests of the figures share: the faces of the page, in the order of each language."""

import pytest

from jianbao.charts.text_metrics import FontMetrics, FontMetricsList
from jianbao.render.fonts.build import prepare_fonts

LATIN, HAN = ("Source Sans 3", "Noto Sans SC"), ("Noto Sans SC", "Source Sans 3")
ORDER = {"en": LATIN, "fr": LATIN, "es": LATIN, "zh": HAN}


@pytest.fixture(scope="session")
def faces() -> dict[str, FontMetricsList]:
    fonts = prepare_fonts()
    found = {
        language: tuple(
            FontMetrics(family=family, regular=fonts.path(family), bold=fonts.path(family, 700)) for family in families
        )
        for language, families in ORDER.items()
    }
    return {"zh-en": FontMetricsList(found["zh"], found["en"])} | {
        language: FontMetricsList(each) for language, each in found.items()
    }
