"""The words inside figures: a long list of names says how many of what there are."""

from jianbao.brief.phrases import ChartText, PhraseRenderer
from tests.workspaces import MINIATURE, assessed


def test_a_long_list_is_counted_in_the_unit_that_the_figure_names() -> None:
    known = assessed(MINIATURE, "")
    renderer = PhraseRenderer(known.ledger, known.project.writers, known.project.sections)
    captions = ChartText(renderer, "zh", known.project.figure_words["friends"], {})
    assert captions.names(("Ostmere", "Pellwick", "Grauberg"), 2, "town").endswith("等3个城")
    assert captions.names(("Ostmere", "Pellwick", "Grauberg"), 2, "").endswith("等")
