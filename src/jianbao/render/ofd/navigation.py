"""Navigation in an OFD: outline, links, and tags that name the parts of an official document."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import pikepdf

from jianbao.core.errors import Place, Problem, RenderError
from jianbao.core.messages import tr
from jianbao.render.ofd.geometry import MM, Rectangle, box, number, rectangle
from jianbao.render.ofd.objects import Drawn, attributes

LOWEST = 3.0  # mm: the least height of a link, as marks of references have texts without line height
NAMESPACE = "http://www.ofdspec.org/2016"
PARTS = "urn:jianbao:gb-t-9704-2012"  # the namespace of the parts of an official document, named as in that standard
_NAME = re.compile(r"[^\W\d][\w.-]*")
UNSEEN = re.compile("[\u200b\u2060\ufeff]")  # invisible characters that control the line breaks of headings
DOCUMENT = "公文"  # the root element of the tags
PageKey = tuple[int, int]  # the number of a page's object in the PDF


def element(name: str, text: str = "", inside: str = "", **given: object) -> str:
    """Return the XML of an OFD element with attributes, and a text or other elements inside."""
    return f"<ofd:{name}{attributes(**given)}>{escape(text)}{inside}</ofd:{name}>"


@dataclass(frozen=True)
class OfdPage:
    """A page: its number, the number of its layer, its area in mm, and its objects with their numbers."""

    identity: int
    layer: int
    area: Rectangle
    drawn: Sequence[tuple[int, Drawn]]


@dataclass(frozen=True)
class Navigation:
    """The outline, links and tags of a PDF, translated to the numbers of the OFD."""

    pdf: pikepdf.Pdf
    sheets: Mapping[PageKey, OfdPage]

    def outline(self) -> str:
        """Return the nested entries of the outline as XML; "" if there are none."""
        with self.pdf.open_outline() as outline:
            return "".join(self._entries(outline.root, self._named()))

    def _entries(self, items: Sequence[pikepdf.OutlineItem], named: Mapping[str, Any]) -> Iterator[str]:
        for item in items:
            below = "".join(self._entries(item.children, named))
            action = self._action_to(item.destination, named)
            expanded = None if not item.children else "false" if item.is_closed else "true"
            yield element("OutlineElem", inside=action + below, Title=UNSEEN.sub("", item.title), Expanded=expanded)

    def links(self, page: pikepdf.Page) -> Iterator[tuple[Rectangle, str]]:
        """Yield the area in mm and the action of each link of a page."""
        named = self._named()
        left, _, _, high = (float(edge) for edge in page.mediabox)
        for link in page.get("/Annots", []):
            if link.get("/Subtype") != "/Link":
                continue
            action = self._address(link) or self._action_to(link.get("/Dest"), named)
            x, low, right, top = (float(edge) * MM for edge in link.Rect)
            extra = max(0.0, LOWEST - abs(top - low)) / 2
            across = sorted((x - left * MM, right - left * MM))
            down = sorted((high * MM - top, high * MM - low))
            if action:
                yield (across[0], down[0] - extra, across[1], down[1] + extra), action

    def _named(self) -> Mapping[str, Any]:
        names: Any = self.pdf.Root.get("/Names", {})
        return dict(pikepdf.NameTree(names["/Dests"]).items()) if "/Dests" in names else {}

    def _action_to(self, destination: Any, named: Mapping[str, Any]) -> str:
        """Return the action for a destination; "" if it is not on a page."""
        place = named.get(str(destination)) if isinstance(destination, pikepdf.String | str) else destination
        if not isinstance(place, pikepdf.Array) or place[0].objgen not in self.sheets:
            return ""
        sheet = self.sheets[place[0].objgen]
        top = sheet.area[3] - float(place[3]) * MM if len(place) > 3 and place[1] == "/XYZ" else 0.0
        action = attributes(Type="XYZ", PageID=sheet.identity, Left=0, Top=number(max(top, 0.0)), Zoom=0)
        return _clicked(f"<ofd:Goto><ofd:Dest{action}/></ofd:Goto>")

    def _address(self, link: pikepdf.Object) -> str:
        action: Any = link.get("/A", {})
        return _clicked(f"<ofd:URI{attributes(URI=str(action['/URI']))}/>") if "/URI" in action else ""

    def tags(self, named: Iterable[pikepdf.Object]) -> str:
        """Return the parts of an official document with references to their objects; "" if there are no parts.

        `named` are the tags of the PDF with a name, in reading order; the page template gives the names (see
        `weasyprint_patches.build_box_tree`). Raises RenderError for a name that is not valid in XML.
        """
        by_mark = {key: _by_mark(sheet) for key, sheet in self.sheets.items()}
        parts: dict[str, dict[str, None]] = {}  # content marked twice within an element is listed once
        for element in named:
            refs = parts.setdefault(_part(str(element["/T"])), {})
            for page, mark in _marks(element, None):
                for identity in by_mark[page].get(mark, ()):
                    refs[f'<ofd:ObjectRef PageRef="{self.sheets[page].identity}">{identity}</ofd:ObjectRef>'] = None
        listed = "".join(f"<gw:{name}>{''.join(refs)}</gw:{name}>" for name, refs in parts.items() if refs)
        space = f'xmlns:gw="{PARTS}" xmlns:ofd="{NAMESPACE}"'
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        return f"{head}<gw:{DOCUMENT} {space}>{listed}</gw:{DOCUMENT}>" if listed else ""


def _part(name: str) -> str:
    if not _NAME.fullmatch(name):
        hint = tr("write one word that begins with a letter in `data-part`")
        raise RenderError(Problem(Place("OFD"), tr("'{name}' cannot name a part of a document", name=name), hint))
    return name


def _clicked(action: str) -> str:
    return f'<ofd:Actions><ofd:Action Event="CLICK">{action}</ofd:Action></ofd:Actions>'


def annotation(area: Rectangle, action: str, numbers: Sequence[int], day: str) -> str:
    """Return a link as an annotation: an invisible area with an action on click.

    `numbers` are those of the annotation and of its area. The attribute `Fill` is left out, which means "false" in the
    standard: a reader was seen to paint the area black if it is written.
    """
    shown = (
        f'<ofd:PathObject ID="{numbers[1]}" Boundary="{box((0, 0, area[2] - area[0], area[3] - area[1]))}" '
        f'Stroke="false">{action}'
        f"<ofd:AbbreviatedData>{rectangle(area).written(area[:2])}</ofd:AbbreviatedData></ofd:PathObject>"
    )
    appearance = element("Appearance", inside=shown, Boundary=box(area))
    return element("Annot", inside=appearance, ID=numbers[0], Type="Link", Creator="jianbao", LastModDate=day)


def _by_mark(sheet: OfdPage) -> Mapping[int, Sequence[int]]:
    found: dict[int, list[int]] = {}
    for identity, drawn in sheet.drawn:
        if drawn.mark is not None:
            found.setdefault(drawn.mark, []).append(identity)
    return found


def _marks(node: Any, page: PageKey | None) -> Iterator[tuple[PageKey, int]]:
    """Yield the page and the number of each marked content inside a tag, in reading order."""
    if isinstance(node, pikepdf.Array):
        for each in node:
            yield from _marks(each, page)
    elif isinstance(node, pikepdf.Dictionary):
        yield from _marks(node.get("/K"), node["/Pg"].objgen if "/Pg" in node else page)
    elif node is not None and page:
        yield page, int(node)
