"""The words inside figures: a long list of names says how many of what there are."""

from jianbao.publication.captions import Captions
from jianbao.publication.speaker import Speaker
from tests.whole import MINIATURE, assessed


def test_a_long_list_is_counted_in_the_unit_that_the_figure_names() -> None:
    known = assessed(MINIATURE, "")
    speaker = Speaker(known.ledger, known.dossier.writers, known.dossier.sections)
    captions = Captions(speaker, "zh", known.dossier.figure_words["friends"], {})
    assert captions.names(("Ostmere", "Pellwick", "Grauberg"), 2, "town").endswith("等3个城")
    assert captions.names(("Ostmere", "Pellwick", "Grauberg"), 2, "").endswith("等")
