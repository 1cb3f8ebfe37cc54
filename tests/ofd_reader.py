"""An OFD as a reader gets it: text with the place of every letter, ways through it, and faults of its structure.

The structure is that of the schema in annex A of GB/T 33190-2016, as far as this program uses it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from posixpath import dirname, join, normpath
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import ZipFile

SPACE = "{http://www.ofdspec.org/2016}"
UNIT = "ID! Boundary! CTM LineWidth Cap Join MiterLimit DashOffset DashPattern Alpha"
# Each element (after its parent where it has several meanings): its attributes, those it needs with "!", its children.
SCHEMA = {
    "OFD": ("Version! DocType!", "DocBody+"),
    "DocBody": ("", "DocInfo DocRoot"),
    "DocInfo": (
        "",
        "DocID Title? Author? Subject? Abstract? CreationDate? ModDate? DocUsage? Keywords? Creator? CustomDatas?",
    ),
    "Keywords": ("", "Keyword+"),
    "CustomDatas": ("", "CustomData+"),
    "CustomData": ("Name!", ""),
    "Document": ("", "CommonData Pages Outlines? VPreferences? Annotations? CustomTags? Attachments?"),
    "CommonData": ("", "MaxUnitID PageArea PublicRes* DocumentRes* DefaultCS?"),
    "PageArea": ("", "PhysicalBox"),
    "Pages": ("", "Page+"),
    "Pages/Page": ("ID! BaseLoc!", ""),
    "Outlines": ("", "OutlineElem+"),
    "OutlineElem": ("Title! Count Expanded", "Actions? OutlineElem*"),
    "Actions": ("", "Action+"),
    "Action": ("Event!", "(Goto|URI)"),
    "Goto": ("", "Dest"),
    "Dest": ("Type! PageID! Left Top Right Bottom Zoom", ""),
    "URI": ("URI! Base Target", ""),
    "VPreferences": ("", "PageMode? TabDisplay?"),
    "Res": ("BaseLoc!", "ColorSpaces? Fonts? MultiMedias?"),
    "ColorSpaces": ("", "ColorSpace+"),
    "ColorSpace": ("ID! Type!", ""),
    "Fonts": ("", "Font+"),
    "Font": ("ID! FontName! FamilyName Bold Italic Serif FixedWidth", "FontFile?"),
    "MultiMedias": ("", "MultiMedia+"),
    "MultiMedia": ("ID! Type! Format", "MediaFile"),
    "Page": ("", "Area? Content?"),
    "Area": ("", "PhysicalBox"),
    "Content": ("", "Layer+"),
    "Layer": ("ID! Type", "(TextObject|PathObject|ImageObject)*"),
    "TextObject": (f"{UNIT} Font! Size!", "Clips? FillColor? CGTransform* TextCode"),
    "PathObject": (f"{UNIT} Stroke Fill Rule", "Actions? Clips? StrokeColor? FillColor? AbbreviatedData"),
    "ImageObject": (f"{UNIT} ResourceID!", "Clips?"),
    "Clips": ("TransFlag", "Clip+"),
    "Clip": ("", "Area+"),
    "Clip/Area": ("", "Path"),
    "Path": ("Boundary! Stroke Fill Rule", "AbbreviatedData"),
    "FillColor": ("Value Alpha", ""),
    "StrokeColor": ("Value Alpha", ""),
    "CGTransform": ("CodePosition! CodeCount GlyphCount", "Glyphs?"),
    "TextCode": ("X Y DeltaX DeltaY", ""),
    "Annotations": ("", "Page*"),
    "Annotations/Page": ("PageID!", "FileLoc"),
    "PageAnnot": ("", "Annot+"),
    "Annot": ("ID! Type! Creator! LastModDate!", "Appearance"),
    "Appearance": ("Boundary", "PathObject*"),
    "CustomTags": ("", "CustomTag*"),
    "CustomTag": ("NameSpace!", "SchemaLoc? FileLoc"),
    "Attachments": ("", "Attachment*"),
    "Attachment": ("ID! Name! Format CreationDate ModDate Size Visible Usage", "FileLoc"),
}
REFERENCES = {"Font", "ResourceID", "PageID", "PageRef"}
PLACES = {"DocRoot", "PublicRes", "FontFile", "MediaFile", "FileLoc", "Annotations", "CustomTags", "Attachments"}
LENGTHS = {"Boundary", "CTM", "DeltaX", "Size", "X", "Y", "LineWidth", "DashPattern", "Left", "Top"}


@dataclass(frozen=True)
class Letter:
    """A character of a page, counted from 0, with its origin in mm from the upper left corner and its font's number."""

    page: int
    text: str
    x: float
    y: float
    font: str


@dataclass(frozen=True)
class Ofd:
    """The files of an OFD by their names in the archive, in their order."""

    files: Mapping[str, bytes]

    @classmethod
    def of(cls, content: bytes) -> "Ofd":
        with ZipFile(BytesIO(content)) as archive:
            return cls({name: archive.read(name) for name in archive.namelist()})

    @cached_property
    def trees(self) -> Mapping[str, Element]:
        return {name: ElementTree.fromstring(each) for name, each in self.files.items() if name.endswith(".xml")}

    @cached_property
    def document(self) -> Element:
        return self.trees["Doc_0/Document.xml"]

    def info(self, name: str) -> str:
        """Return what the document says of itself; of several words, with "; " between them."""
        return "; ".join(each.text or "" for each in self.trees["OFD.xml"].iter(SPACE + name))

    def pages(self) -> list[tuple[str, Element]]:
        """Return the number and the content of each page, in their order."""
        listed = self.document.findall(f"{SPACE}Pages/{SPACE}Page")
        return [(each.attrib["ID"], self.trees[f"Doc_0/{each.attrib['BaseLoc']}"]) for each in listed]

    def letters(self) -> Iterator[Letter]:
        """Yield each character in the order of the file; those of a ligature stand at one place."""
        for number, (_, page) in enumerate(self.pages()):
            for shown in page.iter(f"{SPACE}TextObject"):
                for text, (x, y) in placed(shown):
                    yield Letter(number, text, x, y, shown.attrib["Font"])

    def text(self) -> str:
        return "".join(letter.text for letter in self.letters())

    def outline(self) -> list[tuple[int, str]]:
        """Return the depth and the title of each entry of the outline, in its order."""

        def entries(element: Element, depth: int) -> Iterator[tuple[int, str]]:
            for each in element.findall(f"{SPACE}OutlineElem"):
                yield depth, each.attrib["Title"]
                yield from entries(each, depth + 1)

        found = self.document.find(f"{SPACE}Outlines")
        return [] if found is None else list(entries(found, 0))

    def links(self) -> list[tuple[str, tuple[float, ...], Element]]:
        """Return the page, the area in mm (corner, width, height) and the action of each link."""
        found = []
        listed = self.trees.get("Doc_0/Annots/Annotations.xml")
        for page in [] if listed is None else listed:
            place = page.findtext(f"{SPACE}FileLoc", "")
            for each in self.trees[f"Doc_0/Annots/{place}"].iter(f"{SPACE}Appearance"):
                (action,) = each.iter(f"{SPACE}Action")
                found.append((page.attrib["PageID"], _numbers(each.attrib["Boundary"]), action[0]))
        return found

    def attached(self) -> dict[str, bytes]:
        listed = self.trees.get("Doc_0/Attachs/Attachments.xml")
        places = [] if listed is None else [(each.attrib["Name"], each.findtext(f"{SPACE}FileLoc")) for each in listed]
        return {name: self.files[f"Doc_0/Attachs/{place}"] for name, place in places}

    def parts(self) -> dict[str, str]:
        """Return the text of each tagged part of an official document by its name."""
        texts = {
            (page, each.attrib["ID"]): "".join(text for text, _ in placed(each))
            for page, content in self.pages()
            for each in content.iter(f"{SPACE}TextObject")
        }
        tags = self.trees.get("Doc_0/Tags/CustomTag.xml")
        return {
            part.tag.rpartition("}")[2]: "".join(
                texts.get((each.attrib["PageRef"], each.text or ""), "") for each in part
            )
            for part in ([] if tags is None else tags)
        }

    def faults(self) -> list[str]:
        """Return everything in which the files are not as the standard's schema and their own references demand."""
        found = [
            fault for name, tree in self.trees.items() if tree.tag.startswith(SPACE) for fault in _unlike(name, tree)
        ]
        return [*found, *self._broken()]

    def _broken(self) -> Iterator[str]:
        """Yield numbers given twice, references to nothing, and places of files that are not there."""
        elements = [(name, each) for name, tree in self.trees.items() for each in tree.iter()]
        given = [each.attrib["ID"] for _, each in elements if each.attrib.get("ID", "").isdecimal()]
        listed = [each.attrib["ID"] for each in self.document.iter(f"{SPACE}Page")]
        own = [number for number in given if number not in listed] + listed
        known = set(own)
        if len(own) != len(known) or len(given) != len(own):
            yield "a number is given twice"
        if max(map(int, own)) > int(self.document.findtext(f".//{SPACE}MaxUnitID", "0")):
            yield "a number is above MaxUnitID"
        for name, each in elements:
            led = {each.attrib[key] for key in REFERENCES & {*each.attrib}}
            yield from (f"{name}: there is no number {number}" for number in sorted(led - known))
            if each.tag.removeprefix(SPACE) in PLACES and not len(each):
                base = "Doc_0/Res" if each.tag.endswith(("FontFile", "MediaFile")) else dirname(name)
                if normpath(join(base, each.text or "")) not in self.files:
                    yield f"{name}: no file {each.text}"


def _unlike(file: str, element: Element, parent: str = "") -> Iterator[str]:
    name = element.tag.removeprefix(SPACE)
    attributes, children = SCHEMA.get(f"{parent}/{name}") or SCHEMA.get(name, ("", ""))
    allowed = {each.rstrip("!") for each in attributes.split()}
    needed = {each.rstrip("!") for each in attributes.split() if each.endswith("!")}
    if not needed <= {*element.attrib} <= allowed:
        yield f"{file}: {name} has {sorted(element.attrib)}"
    order = re.sub(r"(\w+)", r"(?:\1 )", children).replace(" (", "(")
    there = "".join(f"{each.tag.removeprefix(SPACE)} " for each in element)
    if not re.fullmatch(order, there):
        yield f"{file}: {name} holds {there[:200]}"
    for key in LENGTHS & {*element.attrib}:
        if not re.fullmatch(r"(g \d+ )?-?\d+(\.\d+)?( (g \d+ )?-?\d+(\.\d+)?)*", element.attrib[key]):
            yield f"{file}: {name} has {key}={element.attrib[key]!r}"
    for each in element:
        yield from _unlike(file, each, name)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split()))


def _steps(text: str) -> list[float]:
    words, found = text.split(), list[float]()
    while words:
        count = int(words[1]) if words[0] == "g" else 1
        words = words[2:] if words[0] == "g" else words
        found += [float(words.pop(0))] * count
    return found


def placed(shown: Element) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield the characters of a text with their places on the page."""
    left, top, _, _ = _numbers(shown.attrib["Boundary"])
    a, b, c, d, e, f = _numbers(shown.attrib.get("CTM", "1 0 0 1 0 0"))
    code = shown.find(f"{SPACE}TextCode")
    assert code is not None
    x, y, text = float(code.attrib["X"]), float(code.attrib["Y"]), code.text or ""
    joined = _joined(shown.iter(f"{SPACE}CGTransform"))
    steps = _steps(code.attrib.get("DeltaX", "")) + [0.0] * len(text)
    for place, letter in enumerate(text):
        yield letter, (left + a * x + c * y + e, top + b * x + d * y + f)
        x += 0.0 if place + 1 in joined else steps.pop(0)


def _joined(chosen: Iterable[Element]) -> set[int]:
    """Return the characters that belong to the glyph of the one before them."""
    spans = [(int(each.attrib["CodePosition"]), int(each.attrib.get("CodeCount", "1"))) for each in chosen]
    return {place for start, count in spans for place in range(start + 1, start + count)}
