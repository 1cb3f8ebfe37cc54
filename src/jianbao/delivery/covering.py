"""What the office gives to the covering letter: the part `covering` of data/delivery.yml."""

from collections.abc import Collection, Mapping

from jianbao.documents import Node, Problems
from jianbao.publication.letterhead import Letterhead, as_letterhead

COVERING = "covering"
_OF_ONE_DOCUMENT = ("number", "serial")


def as_covering(node: Node, names: Collection[str], languages: Collection[str], problems: Problems) -> Letterhead:
    """Return what the office gives to the letter: the part `covering` of data/delivery.yml over its part `office`.

    The number and the serial of the report are never those of the letter. Faults of `office` are named elsewhere.
    """
    office, own = (node.get(key) for key in ("office", COVERING))
    given = {key: each for key, each in (office.pairs() if office else ()) if key not in _OF_ONE_DOCUMENT}
    said: Mapping[str, Node] = {**given, **dict(own.pairs() if own else ())}
    if not said:
        return Letterhead()
    found: Problems = []
    place = own.place if own else node.place
    letterhead = as_letterhead(Node({"office": Node(said, place)}, place), names, languages, found)
    lines = {each.place.line for each in said.values()} - {each.place.line for each in given.values()}
    problems += [problem for problem in found if own and (problem.where.line in lines or problem.where == place)]
    return letterhead
