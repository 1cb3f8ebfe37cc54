"""Convert a finished PDF to OFD: pages, fonts, outline, links, enclosures, properties and tags in one archive.

Everything is taken from the PDF, so both have the same content at the same positions, and the same PDF gives the same
bytes. The structure is that of GB/T 33190-2016, clause 7 and annex A.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from itertools import count
from typing import Any

import pikepdf

from jianbao.core.zip_csv import write_archive
from jianbao.render.ofd.content import Resources, read_page
from jianbao.render.ofd.geometry import box
from jianbao.render.ofd.objects import attributes
from jianbao.render.ofd.resources import (
    NAMESPACE,
    PARTS,
    Font,
    Navigation,
    OfdPage,
    PageKey,
    annotation,
    element,
    read_font,
)
from jianbao.render.pdf.render import Metadata

ROOT = "Doc_0"
PART = "/T"  # the key of a name in the tags of a PDF
COLOURS = 1  # the number of the colour space
DOC_ID = 32  # hexadecimal digits
KILO = 1024
COMPRESSION = 6  # level 9 takes half as long again and saves less than a hundredth
_OPEN = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<ofd:{{name}} xmlns:ofd="{NAMESPACE}"{{given}}>{{inside}}</ofd:{{name}}>'
)
Files = Iterator[tuple[str, bytes]]


def render_ofd(pdf: bytes, metadata: Metadata) -> bytes:
    """Return a finished PDF as OFD; raises RenderError for content that OFD cannot represent."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        files = dict(_files(opened, metadata, sha256(pdf).hexdigest()[:DOC_ID]))
    return write_archive(files, metadata.day, COMPRESSION)


def _files(pdf: pikepdf.Pdf, metadata: Metadata, identity: str) -> Files:
    """Yield the name and the bytes of each file of the archive, OFD.xml first."""
    numbers = count(COLOURS + 1)
    found = _sorted_objects(pdf)
    fonts = {each.objgen: read_font(each, next(numbers)) for each in found["/Type0"]}
    images = {each.objgen: (next(numbers), _png(each)) for each in _pictures(found["/Image"])}
    resources = Resources(fonts, {key: number for key, (number, _) in images.items()})
    sheets = _sheets(pdf, resources, numbers)
    navigation, day = Navigation(pdf, sheets), metadata.day.isoformat()
    attached = {
        name: bytes(pdf.attachments[name].get_file().obj.get_stream_buffer()) for name in sorted(pdf.attachments)
    }
    parts = {
        "Annotations": dict(_annotations(pdf, navigation, numbers, day)),
        "CustomTags": dict(_tags(navigation.tags(found[PART]))),
        "Attachments": dict(_attachments(attached, day)),
    }
    places = {name: next(iter(files)).removeprefix(f"{ROOT}/") for name, files in parts.items() if files}
    yield "OFD.xml", _xml("OFD", _body(metadata, identity), Version="1.0", DocType="OFD")
    yield (
        f"{ROOT}/Document.xml",
        _xml("Document", _document(sheets.values(), navigation.outline(), places, next(numbers) - 1)),
    )
    yield f"{ROOT}/PublicRes.xml", _xml("Res", _resources(fonts.values(), images.values()), BaseLoc="Res")
    yield from ((f"{ROOT}/Res/{font.file}", font.content) for font in fonts.values())
    yield from ((f"{ROOT}/Res/image_{number}.png", content) for number, content in images.values())
    for place, sheet in enumerate(sheets.values()):
        yield f"{ROOT}/Pages/Page_{place}/Content.xml", _xml("Page", _page(sheet))
    for files in parts.values():
        yield from files.items()


def _xml(name: str, inside: str, **given: object) -> bytes:
    return _OPEN.format(name=name, given=attributes(**given), inside=inside).encode()


# Reading the PDF


def _sorted_objects(pdf: pikepdf.Pdf) -> Mapping[str, list[Any]]:
    """Return the composite fonts, the pictures and the named tags of a PDF, in the order of their object numbers."""
    found: dict[str, list[Any]] = {"/Type0": [], "/Image": [], PART: []}
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            if (kind := str(each.get("/Subtype"))) in found:
                found[kind].append(each)
            elif PART in each and "/S" in each:
                found[PART].append(each)
    return found


def _pictures(found: Sequence[Any]) -> Iterator[Any]:
    """Yield the pictures on pages, without the masks of others."""
    masks = {each.SMask.objgen for each in found if "/SMask" in each}
    return (each for each in found if each.objgen not in masks)


def _png(image: Any) -> bytes:
    """Return a picture as PNG with its mask as transparency."""
    shown = pikepdf.PdfImage(image).as_pil_image()
    if "/SMask" in image:
        shown = shown.convert("RGB")
        shown.putalpha(pikepdf.PdfImage(image.SMask).as_pil_image().convert("L").resize(shown.size))
    written = BytesIO()
    shown.save(written, "PNG")
    return written.getvalue()


def _sheets(pdf: pikepdf.Pdf, resources: Resources, numbers: Iterator[int]) -> Mapping[PageKey, OfdPage]:
    found = {}
    for page in pdf.pages:
        area, drawn = read_page(page, resources)
        identity, layer = next(numbers), next(numbers)
        found[page.obj.objgen] = OfdPage(identity, layer, area, [(next(numbers), each) for each in drawn])
    return found


# Writing the OFD


def _body(about: Metadata, identity: str) -> str:
    """Return the body of OFD.xml: the document's properties and the path of its root."""
    words = "".join(element("Keyword", word) for word in about.keywords)
    languages = element("CustomData", ", ".join(about.languages), Name="Language")
    properties = (
        element("DocID", identity),
        element("Title", about.title),
        element("Author", about.author) if about.author else "",
        element("Subject", about.subject) if about.subject else "",
        element("CreationDate", about.day.isoformat()),
        element("ModDate", about.day.isoformat()),
        element("DocUsage", "Normal"),
        element("Keywords", inside=words) if words else "",
        element("Creator", "jianbao"),
        element("CustomDatas", inside=languages),
    )
    return element(
        "DocBody", inside=element("DocInfo", inside="".join(properties)) + element("DocRoot", f"{ROOT}/Document.xml")
    )


def _document(sheets: Iterable[OfdPage], outline: str, places: Mapping[str, str], last: int) -> str:
    """Return the body of Document.xml; `places` are the files of its parts, `last` is the highest number in use."""
    pages = list(sheets)
    common = (
        element("MaxUnitID", str(last)),
        element("PageArea", inside=element("PhysicalBox", box(pages[0].area))),
        element("PublicRes", "PublicRes.xml"),
        element("DefaultCS", str(COLOURS)),
    )
    listed = (
        f"<ofd:Page{attributes(ID=sheet.identity, BaseLoc=f'Pages/Page_{place}/Content.xml')}/>"
        for place, sheet in enumerate(pages)
    )
    shown = element("PageMode", "UseOutlines" if outline else "None") + element("TabDisplay", "DocTitle")
    return (
        element("CommonData", inside="".join(common))
        + element("Pages", inside="".join(listed))
        + (element("Outlines", inside=outline) if outline else "")
        + element("VPreferences", inside=shown)
        + "".join(element(name, file) for name, file in places.items())
    )


def _resources(fonts: Iterable[Font], images: Iterable[tuple[int, bytes]]) -> str:
    colours = f"<ofd:ColorSpaces><ofd:ColorSpace{attributes(ID=COLOURS, Type='RGB')}/></ofd:ColorSpaces>"
    listed = "".join(font.written() for font in fonts)
    shown = "".join(
        element("MultiMedia", inside=element("MediaFile", f"image_{number}.png"), ID=number, Type="Image", Format="PNG")
        for number, _ in images
    )
    return (
        colours
        + (element("Fonts", inside=listed) if listed else "")
        + (element("MultiMedias", inside=shown) if shown else "")
    )


def _page(sheet: OfdPage) -> str:
    drawn = "".join(each.written(number) for number, each in sheet.drawn)
    layer = element("Layer", inside=drawn, Type="Body", ID=sheet.layer)
    return element("Area", inside=element("PhysicalBox", box(sheet.area))) + element("Content", inside=layer)


def _annotations(pdf: pikepdf.Pdf, nav: Navigation, numbers: Iterator[int], day: str) -> Files:
    """Yield the list of pages with links, then a file with the links of each page."""
    annotated = {}
    for place, page in enumerate(pdf.pages):
        links = (annotation(area, action, (next(numbers), next(numbers)), day) for area, action in nav.links(page))
        if found := "".join(links):
            annotated[place] = nav.sheets[page.obj.objgen].identity, found
    if annotated:
        listed = "".join(
            element("Page", inside=element("FileLoc", f"Page_{place}/Annotation.xml"), PageID=page)
            for place, (page, _) in annotated.items()
        )
        yield f"{ROOT}/Annots/Annotations.xml", _xml("Annotations", listed)
    for place, (_, links_of_page) in annotated.items():
        yield f"{ROOT}/Annots/Page_{place}/Annotation.xml", _xml("PageAnnot", links_of_page)


def _tags(tags: str) -> Files:
    if tags:
        listed = element("CustomTag", inside=element("FileLoc", "CustomTag.xml"), NameSpace=PARTS)
        yield f"{ROOT}/Tags/CustomTags.xml", _xml("CustomTags", listed)
        yield f"{ROOT}/Tags/CustomTag.xml", tags.encode()


def _attachments(attached: Mapping[str, bytes], day: str) -> Files:
    if not attached:
        return
    listed = "".join(
        element(
            "Attachment",
            inside=element("FileLoc", name),
            ID=f"A{number}",
            Name=name,
            Format=name.rpartition(".")[2],
            CreationDate=f"{day}T00:00:00",
            ModDate=f"{day}T00:00:00",
            Size=f"{len(content) / KILO:.3f}",
        )
        for number, (name, content) in enumerate(attached.items(), 1)
    )
    yield f"{ROOT}/Attachs/Attachments.xml", _xml("Attachments", listed)
    yield from ((f"{ROOT}/Attachs/{name}", content) for name, content in attached.items())
