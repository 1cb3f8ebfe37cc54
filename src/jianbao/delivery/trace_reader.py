"""Find the traces in a file of any kind; Word documents and workbooks are read here, part by part.

A separate process reads each file (see `traces.look_through`), so this module imports only what it needs for that.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple, replace
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from jianbao.core.documents import whole_number
from jianbao.core.limits import UnreadableError, as_xml, attribute, child, local, unpacked
from jianbao.delivery.file_traces import (
    PICTURES,
    UNKNOWN,
    Enclosed,
    FileTrace,
    Found,
    author_trace,
    drawing_traces,
    page_traces,
    path_traces,
    pdf_traces,
    picture_traces,
    plain,
    shortened,
    text_of,
)

DEEPEST = 4  # the most levels of files inside files that are examined
PLAIN_TEXTS = (".csv", ".json", ".jsonl", ".txt", ".xml", ".css", ".md", ".yml")
FONTS = (".odttf", ".ttf", ".otf", ".ttc", ".woff", ".woff2")
SIGNATURES = (".p7s",)  # these name their signer, which is intended
OFFICE = (".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".pptx", ".ofd")
LOCKED = b"\xd0\xcf\x11\xe0"  # begins an encrypted document, which is no archive
XML = (".xml", ".rels", ".vml")
AUTHORS = ("creator", "lastModifiedBy", "Manager", "Company", "Author", "userName")
CHANGES = {
    *("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tblPrExChange"),
    *("tblGridChange", "trPrChange", "tcPrChange", "numberingChange", "cellIns", "cellDel", "cellMerge"),
}
TEXTS = {"p", "si", "is", "text"}  # elements whose texts, cut up by formats, are one text
NOT_SHOWN = {  # parts, by the beginning of their names, with contents that no page shows
    "customXml/item": "customXml",
    "xl/externalLinks/externalLink": "xl/externalLinks",
    "xl/pivotCache/pivotCacheRecords": "xl/pivotCache",
    "xl/model/": "xl/model",
}
OFF = ("0", "false", "off")
LAST_COLUMN = 16384  # of a sheet


def office_traces(content: bytes) -> Found:
    """Yield the traces in each part of a document; a zip bomb is not unpacked."""
    try:
        parts = unpacked(content)
    except UnreadableError as error:
        yield FileTrace("unreadable", "locked" if content.startswith(LOCKED) else str(error), "")
        return
    trees = {name: as_xml(part) for name, part in parts.items() if name.endswith(XML)}
    sheets = _sheets(trees)
    for name, part in parts.items():
        place = sheets.get(name, name)
        tree = trees.get(name)
        if "thumbnail" in name.lower():
            yield FileTrace("thumbnail", "", name)
        elif tree is not None:
            yield from _part(name, place, tree, trees)
        elif name in trees:
            yield FileTrace("unreadable", "damaged", name)
        elif "printerSettings" in name:
            yield from path_traces(part.decode("utf-16-le", "ignore"), name)
        else:
            yield Enclosed(name, name, part)


def _part(name: str, place: str, tree: Element, trees: Mapping[str, Element | None]) -> Iterator[FileTrace]:
    yield from _paths(place, tree)
    for begun, value in NOT_SHOWN.items():
        if name.startswith(begun) and name.endswith(".xml") and "Props" not in name:
            yield FileTrace("hidden_data", value, name)
    if name.startswith(("docProps/", "xl/workbook.xml", "OFD.xml")) or "/OFD.xml" in name:
        yield from _properties(name, tree)
    if name.startswith("word/"):
        yield from _word(name, tree, _hidden_styles(trees.get("word/styles.xml")))
    elif name.startswith("xl/worksheets/"):
        yield from _sheet(place, tree)
    elif name.startswith("xl/"):
        yield from _workbook(name, tree, trees)


def _paths(place: str, tree: Element) -> Iterator[FileTrace]:
    """Yield the paths in the attributes and texts of a part."""
    number = 0
    for element in tree.iter():
        kind = local(element.tag)
        number += kind == "p"
        where = f"{place} ¶{number}" if number else place
        for key, value in element.attrib.items():
            if value[:5] != "http:" and value[:6] != "https:":
                yield from path_traces(value, f"{where} {local(key)}")
        if kind in TEXTS:
            yield from path_traces("".join(element.itertext()), where)
        elif kind != "t" and element.text:
            yield from path_traces(element.text, f"{where} {kind}")


def _properties(name: str, tree: Element) -> Iterator[FileTrace]:
    """Yield the people named in the properties of a document, including those that a program added."""
    for element in tree.iter():
        kind = local(element.tag)
        if kind in AUTHORS:
            yield from author_trace(element.text, f"{name} {kind}")
        elif kind == "property" and ("Author" in element.get("name", "") or "SetBy" in element.get("name", "")):
            yield from author_trace("".join(element.itertext()), f"{name} {element.get('name')}")
        elif kind == "fileSharing":
            yield from author_trace(element.get("userName"), f"{name} {kind}")


def _is_on(element: Element | None) -> bool:
    return element is not None and attribute(element, "val").lower() not in OFF


def _hidden_styles(styles: Element | None) -> frozenset[str]:
    """Return the styles that hide their text, themselves or by the style on which they are based."""
    known = [each for each in styles if local(each.tag) == "style"] if styles is not None else []
    hidden = {attribute(each, "styleId") for each in known if _is_on(child(each, "rPr", "vanish"))}
    silent = [each for each in known if child(each, "rPr", "vanish") is None]
    based = {attribute(each, "styleId"): _value(child(each, "basedOn")) for each in silent}
    for _ in based:  # a chain of styles has at most as many links as there are styles
        hidden |= {style for style, base in based.items() if base in hidden}
    return frozenset(hidden)


def _value(element: Element | None) -> str:
    return attribute(element, "val") if element is not None else ""


def _word(name: str, tree: Element, hidden: frozenset[str]) -> Iterator[FileTrace]:
    """Yield comments, people, tracked changes, hidden text and ids of sessions in a part of a Word document."""
    paragraph, ids, style = 0, 0, ""
    for element in tree.iter():
        kind = local(element.tag)
        ids += sum(local(key).startswith("rsid") for key in element.attrib) + (kind in ("rsid", "rsidRoot"))
        if kind == "p":
            paragraph += 1
            style = _value(child(element, "pPr", "pStyle"))
        place = f"{name} ¶{paragraph}" if paragraph else name
        by = shortened(attribute(element, "author")) or UNKNOWN
        if kind == "comment":
            yield FileTrace("comment", by, place, shortened("".join(element.itertext())))
        elif kind in CHANGES and attribute(element, "id"):
            yield FileTrace("tracked_change", by, place, shortened("".join(element.itertext())))
        elif kind == "person":
            yield from author_trace(by, f"{name} {kind}")
        elif kind == "docVar":
            yield FileTrace("hidden_data", f"docVar {attribute(element, 'name')}", name)
        elif kind == "docPr" and attribute(element, "hidden") in ("1", "true"):
            yield FileTrace("hidden_text", "", place, shortened(attribute(element, "name")))
        elif kind == "r" and _is_hidden(element, style, hidden):
            text = "".join(each.text or "" for each in element.iter() if local(each.tag) in ("t", "delText"))
            if text.strip():
                yield FileTrace("hidden_text", "", place, shortened(text))
    if ids:
        yield FileTrace("revision_id", "rsid", name)


def _is_hidden(run: Element, paragraph_style: str, hidden: frozenset[str]) -> bool:
    own = child(run, "rPr", "vanish")
    if own is not None:
        return _is_on(own)
    return bool({paragraph_style, _value(child(run, "rPr", "rStyle"))} & hidden)


def _sheets(trees: Mapping[str, Element | None]) -> dict[str, str]:
    """Return the titles of the sheets of a workbook by their parts."""
    book, links = trees.get("xl/workbook.xml"), trees.get("xl/_rels/workbook.xml.rels")
    if book is None or links is None:
        return {}
    targets = {each.get("Id", ""): each.get("Target", "") for each in links}
    return {
        _part_name(targets.get(next((value for key, value in sheet.attrib.items() if key.endswith("}id")), ""), "")): (
            sheet.get("name", "")
        )
        for sheet in book.iter()
        if local(sheet.tag) == "sheet"
    }


def _part_name(target: str) -> str:
    return target[1:] if target.startswith("/") else str(PurePosixPath("xl") / target)


def _sheet(title: str, tree: Element) -> Iterator[FileTrace]:
    """Yield the hidden rows and columns of a sheet, each kind once."""
    rows, columns = [], []
    for element in tree.iter():
        kind = local(element.tag)
        if kind == "row" and (_yes(element, "hidden") or element.get("ht") in ("0", "0.0")):
            rows.append(element.get("r", UNKNOWN))
        elif kind == "col" and (_yes(element, "hidden") or element.get("width") in ("0", "0.0")):
            columns.append(_letters(element))
        elif kind in ("worksheet", "row", "c") and any(key.endswith("revision}uid") for key in element.attrib):
            yield FileTrace("revision_id", "uid", title)
    if rows:
        yield FileTrace("hidden_rows", "", title, shortened(", ".join(rows)))
    if columns:
        yield FileTrace("hidden_columns", "", title, shortened(", ".join(columns)))


def _letters(columns: Element) -> str:
    """Return the letters that a spreadsheet shows above columns: one, or the first and the last."""
    numbers = dict.fromkeys(columns.get(key, "") for key in ("min", "max"))
    known = all(0 < (whole_number(each) or 0) <= LAST_COLUMN for each in numbers)
    return "-".join(_column(int(each)) if known else each or UNKNOWN for each in numbers)


def _column(number: int) -> str:
    """Return the letters of a column, as openpyxl does; importing that would take half of the time of a check."""
    above, last = divmod(number - 1, 26)
    return (_column(above) if above else "") + chr(ord("A") + last)


def _yes(element: Element, name: str) -> bool:
    return element.get(name, "0").lower() in ("1", "true")


def _workbook(name: str, tree: Element, trees: Mapping[str, Element | None]) -> Iterator[FileTrace]:
    """Yield hidden sheets and names, notes, people and logs of changes in a part of a workbook."""
    authors = [each.text or UNKNOWN for each in tree.iter() if local(each.tag) == "author"]
    people = {
        each.get("id", ""): each.get("displayName", "")
        for part, root in trees.items()
        if part.startswith("xl/persons/") and root is not None
        for each in root.iter()
    }
    for element in tree.iter():
        kind = local(element.tag)
        if kind == "sheet" and element.get("state", "visible") != "visible":
            yield FileTrace("hidden_sheet", element.get("name", UNKNOWN), name)
        elif kind == "definedName" and _yes(element, "hidden") and not element.get("name", "").startswith("_xlnm."):
            yield FileTrace("hidden_data", element.get("name", UNKNOWN), name)
        elif kind == "comment":
            place = whole_number(element.get("authorId") or "") or 0
            by = authors[place] if place < len(authors) else UNKNOWN
            yield FileTrace("note", shortened(by) or UNKNOWN, f"{name} {element.get('ref')}")
        elif kind == "threadedComment":
            by = people.get(element.get("personId", "")) or UNKNOWN
            yield FileTrace("note", shortened(by), f"{name} {element.get('ref')}")
        elif kind == "person":
            yield from author_trace(element.get("displayName"), f"{name} {kind}")
        elif kind == "revisionPtr":
            yield FileTrace("revision_id", kind, name)
        elif kind == "header" and name.startswith("xl/revisions/"):
            yield FileTrace("tracked_change", shortened(element.get("userName", "")) or UNKNOWN, name)


# Files of every kind


def answer(order: bytes) -> bytes:
    """Return the traces in a file as JSON; the order is its name, a zero byte, and its content."""
    name, _, content = order.partition(b"\0")
    found = dict.fromkeys(traces_in(name.decode(), content))
    return json.dumps([astuple(trace) for trace in found]).encode()


def traces_in(name: str, content: bytes, deep: int = 0) -> Iterator[FileTrace]:
    """Yield the traces in a file that is known by its name; `deep` is the number of files around it."""
    for found in _looked(name, content) if deep <= DEEPEST else [FileTrace("unreadable", "large", "")]:
        if isinstance(found, FileTrace):
            yield found
            continue
        for trace in traces_in(found.name, found.content, deep + 1):
            yield replace(trace, place=f"{found.place} {trace.place}".strip())


def _looked(name: str, content: bytes) -> Found:
    ending = PurePosixPath(name.lower()).suffix
    if ending == ".pdf":
        yield from pdf_traces(content)
    elif ending in OFFICE:
        yield from office_traces(content)
    elif ending in PICTURES:
        yield from picture_traces(content)
    elif ending == ".svg":
        yield from drawing_traces(content)
    elif ending in (".html", ".htm"):
        yield from page_traces(text_of(content))
    elif ending in PLAIN_TEXTS:
        yield from path_traces(plain(text_of(content), ending), "")
    elif ending not in (*FONTS, *SIGNATURES):
        yield FileTrace("unreadable", "binary", "")
