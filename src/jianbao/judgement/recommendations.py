"""Recommendations: how many, in which order, with which parts, by whom, and what became of the last ones."""

from jianbao.judgement.exhibit import Exhibit
from jianbao.judgement.points import FAILED, MET, PARTLY, Finding, Group, Point, by_eye, by_parts, by_share
from jianbao.publication.brief import Block

NUMBER = (3, 5)
PARTS = ("why", "year_one", "who", "measure", "cost", "risk", "effect")
FOLLOW_UP = "follow_up"


def few_and_strongest_first(exhibit: Exhibit) -> Finding:
    """Judge number, order by what each would add, and titles: an action, not a wish."""
    titles = [exhibit.text(card.statements[0]) for card in exhibit.cards()]
    weak = [exhibit.flag(title, "says no action") for title in titles if exhibit.tongue.weak.match(title)]
    effects = [round(effect, 6) for effect in exhibit.effects]
    return by_parts(
        (
            (NUMBER[0] <= len(titles) <= NUMBER[1], f"{len(titles)} of {NUMBER[0]} to {NUMBER[1]}"),
            (effects == sorted(effects, reverse=True), "strongest first"),
            (not weak, f"{len(weak)} begin with a wish"),
        ),
        weak,
    )


def parts_are_complete(exhibit: Exhibit) -> Finding:
    """Judge the cards: each says why (with a mark), what by when, who, to which measure, at what cost and risk."""
    flags, cards = [], exhibit.cards()
    for card in cards:
        said = {
            block.id.rpartition(".")[2]: block for _, inside in card.parts for block in inside if exhibit.texts(block)
        }
        missing = [part for part in PARTS if part not in said]
        missing += ["a mark beside the reason"] if "why" in said and not _marked(said["why"]) else []
        if missing:
            flags.append(exhibit.flag(exhibit.text(card.statements[0]), f"lacks {', '.join(missing)}"))
    return by_share(flags, len(cards), "{} of {} cards are complete")


def _marked(block: Block) -> bool:
    return bool(block.references or block.evidence)


def within_power(exhibit: Exhibit) -> Finding:
    """Leave to an editor whether the lead can do it or apply for it."""
    shown = [exhibit.flag(exhibit.text(card.statements[0]), at=_reason(exhibit, card)) for card in exhibit.cards()]
    return by_eye(shown, "the lead can do it, or apply for it")


def _reason(exhibit: Exhibit, card: Block) -> str:
    """Return what stands first on a card: its title stands on page one too."""
    return next((exhibit.texts(block) for _, inside in card.parts for block in inside), "")


def last_ones_are_accounted_for(exhibit: Exhibit) -> Finding:
    """Judge the account of earlier recommendations: a table, or at least a word why there is none."""
    blocks = [block for section in exhibit.body for block in section.blocks if block.id.endswith(FOLLOW_UP)]
    if any(block.kind == "table" for block in blocks):
        return Finding(MET, "a table accounts for them")
    flags = tuple(exhibit.flag(exhibit.texts(block)) for block in blocks)
    return Finding(PARTLY, "said why there is no account", flags) if blocks else Finding(FAILED, "no word of them")


GROUP = Group(
    "A8",
    "Recommendations",
    (
        Point(39, "three to five, strongest first, each an action", "P", few_and_strongest_first),
        Point(40, "each has its seven parts", "P", parts_are_complete),
        Point(41, "each is within the reader's power", "E", within_power, stop=True),
        Point(42, "the last ones are accounted for", "P", last_ones_are_accounted_for),
    ),
)
