"""What the tests of the figures share: the faces of the page, in the order of each language."""

import pytest

from jianbao.charts.text_metrics import FontMetrics, FontMetricsList
from jianbao.render.fonts.build import prepare_fonts

ORDER = {"en": ("Source Sans 3", "Noto Sans SC"), "zh": ("Noto Sans SC", "Source Sans 3")}


@pytest.fixture(scope="session")
def faces() -> dict[str, FontMetricsList]:
    fonts = prepare_fonts()
    return {
        language: FontMetricsList(
            tuple(
                FontMetrics(family=family, regular=fonts.path(family), bold=fonts.path(family, 700))
                for family in families
            )
        )
        for language, families in ORDER.items()
    }
