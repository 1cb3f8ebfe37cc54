"""Help: the way from a number to a delivered brief, the reference of what may be written, and this machine."""

from starlette.responses import Response

from jianbao.app.doctor import inspect_machine, machine_checks
from jianbao.app.reference.explain import PHRASE, Word, called, explained, words
from jianbao.core.errors import UsageError
from jianbao.studio.visits import Visit, causes, page


def help_page(visit: Visit) -> Response:
    """Show the way through the studio, its keys, and the words that can be explained; or explain one of them."""
    term = visit.query.get("term", "").strip()
    known = words(visit.language)
    groups: dict[str, list[str]] = {}
    for word in known:
        if word.group != PHRASE:
            groups.setdefault(visit.said(called(word)), []).append(word.name)
    found, problems = _explained(visit, term) if term else ([], [])
    return page(visit, "help", term=term, found=found, groups=groups, problems=problems)


def _explained(visit: Visit, term: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    try:
        found = explained(term, visit.studio.state().snapshot, visit.language)
    except UsageError as error:
        return [], causes(visit, (error,))
    return [
        {
            "name": each.name,
            "group": visit.said(called(each)),
            "what": each.what,
            "takes": each.takes,
            "example": each.example,
            "file": each.file,
        }
        if isinstance(each, Word)
        else {"name": each.path, "group": "", "what": each.holds, "takes": (), "example": "", "file": ""}
        for each in found
    ], []


def machine(visit: Visit) -> Response:
    """Show what this machine lacks for making briefs, and what to type."""
    checks = [
        {"what": visit.said(each.what), "good": each.there, "optional": each.optional, "cure": visit.said(each.cure)}
        for each in machine_checks(inspect_machine(visit.studio.root))
    ]
    return page(visit, "machine", checks=checks)
