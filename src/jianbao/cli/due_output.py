"""The output of `jianbao due`: the renewal list as lines, as JSON, and as a workbook to send out."""

from collections.abc import Iterable, Iterator
from datetime import date

from jianbao.app.assess import Assessment
from jianbao.app.evidence.due import KINDS, Dependents, DueItem
from jianbao.app.evidence.facts import value_in
from jianbao.core.messages import NO_TEXT, Translatable, in_ui_language, tr, tr_list, ui_language, verbatim
from jianbao.intake.template_xlsx import request_workbook

SHOWN = 6  # names on a line
FILLED = (tr("New value"), tr("Date of the value"), tr("Where it is published"), tr("Remark"))


def due_lines(items: Iterable[DueItem], known: Assessment) -> Iterator[Translatable]:
    """Yield the list for a terminal: a heading for each body, and under it the things to ask it for."""
    listed = list(items)
    for body in dict.fromkeys(each.ask for each in listed if each.kind != "undeclared"):
        yield verbatim(body) if body else tr("nobody is named to ask")
        for each in listed:
            if each.ask == body and each.kind != "undeclared":
                yield tr("  {kind:12} {about}: {what}", kind=KINDS[each.kind], about=_title(each), what=each.what)
                yield tr("               {last}{hung}", last=_last(each, known), hung=_dependents(each.dependents))
    silent = [each for each in listed if each.kind == "undeclared"]
    for what in dict.fromkeys(each.what for each in silent):
        names = [each.about for each in silent if each.what == what]
        more = tr(" and {count} more", count=len(names) - SHOWN) if len(names) > SHOWN else NO_TEXT
        yield tr("{what}: {names}{more}", what=what, names=tr_list(names[:SHOWN]), more=more)


def _title(item: DueItem) -> str:
    """Return the name of an item in the user's language, if the workspace has it, with its id."""
    named = item.names.get(ui_language()) or next(iter(item.names.values()), "")
    return f"{named} ({item.about})" if named else item.about


def _last(item: DueItem, known: Assessment) -> Translatable:
    if item.value is None:
        return NO_TEXT
    writers = known.project.writers
    writer = writers.get(ui_language()) or next(iter(writers.values()))
    return tr("{value} ({day}); ", value=value_in(writer, item.value), day=item.value.as_of)


def _dependents(dependents: Dependents) -> Translatable:
    return tr(
        "{weight:.1%} of the score, {sentences} items of the text, {rules} rules",
        weight=dependents.weight,
        sentences=len(dependents.items),
        rules=len(dependents.rules),
    )


def due_json(items: Iterable[DueItem]) -> list[dict[str, object]]:
    """Return the list as plain values for JSON."""
    return [
        {
            "kind": each.kind,
            "about": each.about,
            "what": each.what,
            "place": str(each.place),
            "names": dict(each.names),
            "ask": each.ask,
            "value": each.value.value if each.value else None,
            "as_of": each.value.as_of if each.value else "",
            "sources": list(each.sources),
            "weight": round(each.dependents.weight, 6),
            "indicators": list(each.dependents.indicators),
            "items": [item.id for item in each.dependents.items],
            "rules": list(each.dependents.rules),
        }
        for each in items
    ]


def due_workbook(items: Iterable[DueItem], known: Assessment, day: date) -> bytes:
    """Return a workbook to send out: a sheet for each body, a row for each thing to ask, cells to fill in.

    The same list gives the same bytes. Headings are in the user's language.
    """
    by_body: dict[str, list[DueItem]] = {}
    for each in items:
        if each.kind not in ("undeclared", "expires"):
            by_body.setdefault(each.ask, []).append(each)
    languages = list(known.project.writers)
    heads = [tr("Item"), tr("State"), tr("Last value"), tr("As of"), tr("Source"), *FILLED]
    sheets = {
        body: [
            [
                " / ".join(each.names[key] for key in languages if key in each.names) or each.about,
                in_ui_language(each.what),
                value_in(next(iter(known.project.writers.values())), each.value) if each.value else "",
                each.value.as_of if each.value else "",
                "; ".join(known.project.evidence.sources[source].title for source in each.sources),
            ]
            for each in rows
        ]
        for body, rows in by_body.items()
    }
    return request_workbook([in_ui_language(head) for head in heads], len(FILLED), sheets, day)
