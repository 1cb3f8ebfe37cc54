"""A finished Word document is one that Word opens without a word: what stands in it, in which order, where it leads.

Word repairs or refuses a file whose elements do not follow the sequences of ISO/IEC 29500-4 (wml.xsd, transitional);
LibreOffice reads them in any order.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from posixpath import dirname, join, normpath
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import ZipFile

import pytest

from jianbao.delivery.trace_reader import traces_in
from jianbao.render.fonts.registry import Fonts
from jianbao.render.theme import Theme
from jianbao.render.word.render import render_docx
from tests.render.conftest import metadata
from tests.render.sample_brief import sample
from tests.render.test_draft import draft

SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "w10": "urn:schemas-microsoft-com:office:word",
}
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
W = f"{{{SPACES['w']}}}"
EDGES = "w:top w:left w:bottom w:right w:insideH w:insideV"
# The children that an element may have in a brief, in the order of the schema; "|" joins those of the same place.
ORDER = {
    "w:pPr": """w:pStyle w:keepNext w:keepLines w:pageBreakBefore w:framePr w:widowControl w:numPr w:pBdr w:shd w:tabs
        w:spacing w:ind w:contextualSpacing w:jc w:outlineLvl""",
    "w:rPr": """w:rStyle w:rFonts w:b w:bCs w:noProof w:color w:spacing w:sz w:szCs w:vertAlign w:lang""",
    "w:numPr": "w:ilvl w:numId",
    "w:pBdr": "w:top w:left w:bottom w:right w:between",
    "w:tbl": "w:tblPr w:tblGrid w:tr",
    "w:tblPr": "w:tblStyle w:tblW w:tblInd w:tblBorders w:tblLayout w:tblCellMar w:tblLook w:tblCaption",
    "w:tblBorders": EDGES,
    "w:tblCellMar": EDGES,
    "w:tcBorders": EDGES,
    "w:tr": "w:trPr w:tc",
    "w:trPr": "w:cantSplit|w:tblHeader",
    "w:tc": "w:tcPr w:p",
    "w:tcPr": "w:tcW w:tcBorders w:shd w:vAlign",
    "w:p": "w:pPr w:r|w:hyperlink|w:bookmarkStart|w:bookmarkEnd|w:commentRangeStart|w:commentRangeEnd",
    "w:r": """w:rPr w:t|w:tab|w:br|w:fldChar|w:instrText|w:drawing|w:pict|w:annotationRef|w:commentReference""",
    "w:sdt": "w:sdtPr w:sdtContent",
    "w:sdtPr": "w:docPartObj",
    "w:docPartObj": "w:docPartGallery w:docPartUnique",
    "w:body": "w:p|w:tbl|w:sdt w:sectPr",
    "w:sectPr": "w:headerReference|w:footerReference w:pgSz w:pgMar w:cols w:titlePg w:docGrid",
    "w:styles": "w:docDefaults w:latentStyles w:style",
    "w:docDefaults": "w:rPrDefault w:pPrDefault",
    "w:style": "w:name w:basedOn w:next w:qFormat w:pPr w:rPr w:tblPr w:tcPr w:tblStylePr",
    "w:tblStylePr": "w:pPr w:rPr w:tcPr",
    "w:numbering": "w:abstractNum w:num",
    "w:abstractNum": "w:multiLevelType w:lvl",
    "w:lvl": "w:start w:numFmt w:pStyle w:suff w:lvlText w:lvlJc w:pPr w:rPr",
    "w:font": "w:altName w:charset w:family w:pitch",
    "w:settings": """w:zoom w:defaultTabStop w:evenAndOddHeaders w:characterSpacingControl w:compat w:themeFontLang
        w:decimalSymbol w:listSeparator""",
    "w:compat": "w:useFELayout w:compatSetting",
    "w:comment": "w:p",
    "wp:inline": "wp:extent wp:effectExtent wp:docPr wp:cNvGraphicFramePr a:graphic",
    "v:shapetype": "v:formulas v:path v:textpath v:handles o:lock",
    "v:shape": "v:textpath w10:wrap",
}
KINDS = ("zh", "en", "zh-en", "draft-zh-en")
Parts = dict[str, Element]


@pytest.fixture(scope="module")
def made(fonts: Fonts, theme: Theme) -> Callable[[str], ZipFile]:
    @cache
    def package(kind: str) -> bytes:
        languages = kind.removeprefix("draft-").split("-")
        brief = draft() if kind.startswith("draft") else sample(12)
        return render_docx(brief, languages, theme, fonts, metadata(*languages))

    return lambda kind: ZipFile(BytesIO(package(kind)))


@pytest.fixture(params=KINDS)
def package(request: pytest.FixtureRequest, made: Callable[[str], ZipFile]) -> ZipFile:
    return made(request.param)


def parts(package: ZipFile) -> Parts:
    names = (name for name in package.namelist() if name.endswith((".xml", ".rels")))
    return {name: ElementTree.fromstring(package.read(name)) for name in names}


def name(element: Element) -> str:
    """Return an element's name with the prefix that everybody knows it by."""
    space, _, local = element.tag.removeprefix("{").rpartition("}")
    return f"{next((prefix for prefix, each in SPACES.items() if each == space), '?')}:{local}"


def misplaced(root: Element) -> Iterator[str]:
    """Yield each child that does not stand after those that the schema wants before it, or may not stand there."""
    for element in root.iter():
        places = {
            child: place for place, each in enumerate(ORDER.get(name(element), "").split()) for child in each.split("|")
        }
        last = 0
        for child in element if places else ():
            place = places.get(name(child), -1)
            if place < last:
                yield f"{name(child)} in {name(element)}"
            last = max(place, last)


def test_every_element_stands_where_the_schema_wants_it(package: ZipFile) -> None:
    assert {part: found for part, root in parts(package).items() if (found := [*misplaced(root)])} == {}


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("<w:pPr><w:keepNext/><w:pStyle/></w:pPr>", ["w:pStyle in w:pPr"]),
        ("<w:tblPr><w:tblStyle/><w:tblLayout/><w:tblBorders/></w:tblPr>", ["w:tblBorders in w:tblPr"]),
        ("<w:r><w:t/><w:p/></w:r>", ["w:p in w:r"]),
    ],
)
def test_an_element_in_the_wrong_place_is_found(wrong: str, found: list[str]) -> None:
    assert [*misplaced(ElementTree.fromstring(f'<w:x xmlns:w="{SPACES["w"]}">{wrong}</w:x>'))] == found


def test_it_tells_of_no_session_no_other_author_and_nothing_hidden(package: ZipFile) -> None:
    assert isinstance(package.fp, BytesIO)
    found = {(each.kind, each.value) for each in traces_in("brief.docx", package.fp.getvalue())}
    assert {each for each in found if each[0] != "comment"} == {("author", "Office")}


def test_no_two_things_have_the_same_number(package: ZipFile) -> None:
    counted: Counter[tuple[str, ...]] = Counter()
    for part, root in parts(package).items():
        for element in root.iter():
            known = name(element)
            if known == "wp:docPr":
                counted[known, element.get("id", "")] += 1
            elif known in ("w:bookmarkStart", "w:bookmarkEnd", "w:comment", "w:commentRangeStart"):
                counted[known, element.get(f"{W}id", "")] += 1
                if known == "w:bookmarkStart":
                    counted[known, "name", element.get(f"{W}name", "")] += 1
            elif known in ("w:style", "w:abstractNum", "w:num"):
                label = {"w:style": "styleId", "w:abstractNum": "abstractNumId", "w:num": "numId"}[known]
                counted[known, element.get(W + label, "")] += 1
            elif element.tag.endswith("}Relationship"):
                counted[part, element.get("Id", "")] += 1
            elif known == "v:shape":
                counted[known, element.get("id", "")] += 1
    assert len(counted) > 50 and [each for each, times in counted.items() if times > 1] == []


def test_every_relation_leads_to_a_part_and_every_part_has_its_type(package: ZipFile) -> None:
    found = parts(package)
    for part, root in found.items():
        if part.endswith(".rels"):
            home = dirname(dirname(part))
            aims = {each.get("Id"): normpath(join(home, each.get("Target", ""))) for each in root}
            assert set(aims.values()) <= set(package.namelist())
            source = found.get(join(home, part.rpartition("/")[2].removesuffix(".rels")))
            called = {
                value
                for element in (() if source is None else source.iter())
                for key, value in element.attrib.items()
                if key.startswith(RELATION)
            }
            assert called <= set(aims), part
    types = found["[Content_Types].xml"]
    typed = {(each.get("PartName") or "").removeprefix("/") for each in types}
    endings = {each.get("Extension") for each in types} - {None, "xml"}
    assert typed - {""} <= set(package.namelist())
    untold = set(package.namelist()) - typed - {"[Content_Types].xml"}
    assert {each.rpartition(".")[2] for each in untold} <= endings


def test_every_number_and_style_that_is_called_is_defined(package: ZipFile) -> None:
    found = parts(package)
    called = [element for root in found.values() for element in root.iter()]
    values = {
        tag: {str(each.get(f"{W}val")) for each in called if name(each) == f"w:{tag}"}
        for tag in ("numId", "abstractNumId", "pStyle", "rStyle", "tblStyle", "basedOn", "next")
    }
    numbering, styles = found["word/numbering.xml"], found["word/styles.xml"]
    assert values["numId"] - {"0"} == {each.get(f"{W}numId") for each in numbering if name(each) == "w:num"}
    defined = {str(each.get(f"{W}styleId")) for each in styles}
    assert set.union(*(values[tag] for tag in ("pStyle", "rStyle", "tblStyle", "basedOn", "next"))) <= defined


def test_every_field_that_begins_has_a_result_and_ends(package: ZipFile) -> None:
    for part, root in parts(package).items():
        steps = [str(each.get(f"{W}fldCharType")) for each in root.iter(f"{W}fldChar")]
        depth: list[int] = []
        for step in steps:
            depth.append({"begin": 1, "separate": 0, "end": -1}[step] + (depth[-1] if depth else 0))
        assert min(depth, default=0) >= 0 and (not depth or depth[-1] == 0), part
        assert Counter(steps)["begin"] == Counter(steps)["separate"]
        signs = {f"{W}fldChar", f"{W}instrText", f"{W}t"}
        assert all(sum(child.tag in signs for child in run) <= 1 for run in root.iter(f"{W}r")), part


def test_every_cell_ends_with_a_paragraph_and_a_table_is_as_wide_as_its_columns(package: ZipFile) -> None:
    body = parts(package)["word/document.xml"]
    assert {name(cell[-1]) for cell in body.iter(f"{W}tc")} == {"w:p"}
    for table in body.iter(f"{W}tbl"):
        grid = [int(each.get(f"{W}w", "0")) for each in table.iter(f"{W}gridCol")]
        width = table.find(f"{W}tblPr/{W}tblW")
        assert width is not None and int(width.get(f"{W}w", "0")) == sum(grid)
        for row in table.iter(f"{W}tr"):
            assert [int(each.get(f"{W}w", "0")) for each in row.iter(f"{W}tcW")] == grid
