"""What a reader finds its way by in an OFD: outline, links, and tags that name the parts of an official document."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import pikepdf

from jianbao.core.errors import Place, Problem, RenderError
from jianbao.core.messages import tr
from jianbao.render.ofd.geometry import Rectangle, box, number, rectangle
from jianbao.render.ofd.objects import Drawn, attributes

MM = 25.4 / 72  # of a point
LOWEST = 3.0  # mm: a link of a text without line height, as a mark of a reference has it, could not be hit
NAMESPACE = "http://www.ofdspec.org/2016"
PARTS = "urn:jianbao:gb-t-9704-2012"  # the parts of an official document, named as that standard names them
_NAME = re.compile(r"[^\W\d][\w.-]*")
UNSEEN = re.compile("[\u200b\u2060\ufeff]")  # joints that keep a heading's lines in shape
DOCUMENT = "公文"  # the root of its tags
PageKey = tuple[int, int]  # the number of a page's object in the PDF


def element(name: str, text: str = "", inside: str = "", **given: object) -> str:
    """Return an element of OFD with a text or with other elements in it."""
    return f"<ofd:{name}{attributes(**given)}>{escape(text)}{inside}</ofd:{name}>"


@dataclass(frozen=True)
class Sheet:
    """A page: its number and that of its layer, its sheet in mm, and what stands on it, each thing with a number."""

    identity: int
    layer: int
    area: Rectangle
    drawn: Sequence[tuple[int, Drawn]]


@dataclass(frozen=True)
class Navigation:
    """The outline and links of a PDF, with the page numbers of the OFD."""

    pdf: pikepdf.Pdf
    sheets: Mapping[PageKey, Sheet]

    def outline(self) -> str:
        """Return the entries of the outline, each with those below it; "" if there are none."""
        with self.pdf.open_outline() as outline:
            return "".join(self._entries(outline.root, self._named()))

    def _entries(self, items: Sequence[pikepdf.OutlineItem], named: Mapping[str, Any]) -> Iterator[str]:
        for item in items:
            below = "".join(self._entries(item.children, named))
            aim = self._aim(item.destination, named)
            expanded = None if not item.children else "false" if item.is_closed else "true"
            yield element("OutlineElem", inside=aim + below, Title=UNSEEN.sub("", item.title), Expanded=expanded)

    def links(self, page: pikepdf.Page) -> Iterator[tuple[Rectangle, str]]:
        """Yield the area of each link of a page in mm, and its action."""
        named = self._named()
        left, _, _, high = (float(edge) for edge in page.mediabox)
        for link in page.get("/Annots", []):
            if link.get("/Subtype") != "/Link":
                continue
            action = self._address(link) or self._aim(link.get("/Dest"), named)
            x, low, right, top = (float(edge) * MM for edge in link.Rect)
            room = max(0.0, LOWEST - abs(top - low)) / 2
            across = sorted((x - left * MM, right - left * MM))
            down = sorted((high * MM - top, high * MM - low))
            if action:
                yield (across[0], down[0] - room, across[1], down[1] + room), action

    def _named(self) -> Mapping[str, Any]:
        names: Any = self.pdf.Root.get("/Names", {})
        return dict(pikepdf.NameTree(names["/Dests"]).items()) if "/Dests" in names else {}

    def _aim(self, destination: Any, named: Mapping[str, Any]) -> str:
        """Return the action that leads to a place on a page; "" for one that is nowhere."""
        place = named.get(str(destination)) if isinstance(destination, pikepdf.String | str) else destination
        if not isinstance(place, pikepdf.Array) or place[0].objgen not in self.sheets:
            return ""
        sheet = self.sheets[place[0].objgen]
        top = sheet.area[3] - float(place[3]) * MM if len(place) > 3 and place[1] == "/XYZ" else 0.0
        aim = attributes(Type="XYZ", PageID=sheet.identity, Left=0, Top=number(max(top, 0.0)), Zoom=0)
        return _clicked(f"<ofd:Goto><ofd:Dest{aim}/></ofd:Goto>")

    def _address(self, link: pikepdf.Object) -> str:
        action: Any = link.get("/A", {})
        return _clicked(f"<ofd:URI{attributes(URI=str(action['/URI']))}/>") if "/URI" in action else ""

    def tags(self, named: Iterable[pikepdf.Object]) -> str:
        """Return the parts of an official document with the objects that say them; "" for any other document.

        `named` are the elements of the PDF's tags that have a name, in reading order: a part is what a page's template
        names so (see `weasyprint_patches.build_box_tree`). Raises RenderError for a name that XML does not take.
        """
        by_mark = {key: _by_mark(sheet) for key, sheet in self.sheets.items()}
        parts: dict[str, dict[str, None]] = {}  # content marked twice within an element is listed once
        for element in named:
            told = parts.setdefault(_part(str(element["/T"])), {})
            for page, mark in _marks(element, None):
                for identity in by_mark[page].get(mark, ()):
                    told[f'<ofd:ObjectRef PageRef="{self.sheets[page].identity}">{identity}</ofd:ObjectRef>'] = None
        listed = "".join(f"<gw:{name}>{''.join(told)}</gw:{name}>" for name, told in parts.items() if told)
        space = f'xmlns:gw="{PARTS}" xmlns:ofd="{NAMESPACE}"'
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        return f"{head}<gw:{DOCUMENT} {space}>{listed}</gw:{DOCUMENT}>" if listed else ""


def _part(name: str) -> str:
    if not _NAME.fullmatch(name):
        hint = tr("write one word that begins with a letter in `data-part`")
        raise RenderError(Problem(Place("OFD"), tr("'{name}' cannot name a part of a document", name=name), hint))
    return name


def _clicked(aim: str) -> str:
    return f'<ofd:Actions><ofd:Action Event="CLICK">{aim}</ofd:Action></ofd:Actions>'


def annotation(area: Rectangle, action: str, numbers: Sequence[int], day: str) -> str:
    """Return a link as an annotation of its page: an area that shows nothing and acts when it is clicked.

    It does not say `Fill`, which is not filled by the standard: where it is said to be "false", a reader was seen to
    paint the area black.
    """
    shown = (
        f'<ofd:PathObject ID="{numbers[1]}" Boundary="{box((0, 0, area[2] - area[0], area[3] - area[1]))}" '
        f'Stroke="false">{action}'
        f"<ofd:AbbreviatedData>{rectangle(area).written(area[:2])}</ofd:AbbreviatedData></ofd:PathObject>"
    )
    appearance = element("Appearance", inside=shown, Boundary=box(area))
    return element("Annot", inside=appearance, ID=numbers[0], Type="Link", Creator="jianbao", LastModDate=day)


def _by_mark(sheet: Sheet) -> Mapping[int, Sequence[int]]:
    found: dict[int, list[int]] = {}
    for identity, drawn in sheet.drawn:
        if drawn.mark is not None:
            found.setdefault(drawn.mark, []).append(identity)
    return found


def _marks(node: Any, page: PageKey | None) -> Iterator[tuple[PageKey, int]]:
    """Yield the page and the number of each marked content that lies in an element of the tags, in reading order."""
    if isinstance(node, pikepdf.Array):
        for each in node:
            yield from _marks(each, page)
    elif isinstance(node, pikepdf.Dictionary):
        yield from _marks(node.get("/K"), node["/Pg"].objgen if "/Pg" in node else page)
    elif node is not None and page:
        yield page, int(node)
