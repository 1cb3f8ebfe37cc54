"""What goes out says nothing that nobody means to say: each kind of trace is found, named with its place, refused."""

import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl.comments import Comment
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from jianbao.core.edition_folder import add
from jianbao.core.errors import DeliveryError, Problem
from jianbao.core.yaml_reader import parse_document
from jianbao.delivery import trace_reader, traces
from jianbao.delivery.file_traces import FileTrace
from jianbao.delivery.recipients import TRACES, AllowedTrace, parse_recipients
from jianbao.delivery.trace_reader import traces_in
from jianbao.delivery.traces import KINDS, look_through, refuse_traces
from tests.workspaces import run

pytestmark = pytest.mark.slow

LINUX, MAC = ("/".join(("", folder, "li")) for folder in ("home", "Users"))  # where a user keeps files

FOLDER = r"C:\Users\li.lei\Desktop"


def found(name: str, content: bytes) -> set[tuple[str, str]]:
    """Return kind and value of each trace in a file."""
    return {(each.kind, each.value) for each in traces_in(name, content)}


def saved(save: Callable[[io.BytesIO], Any]) -> bytes:
    made = io.BytesIO()
    save(made)
    return made.getvalue()


def changed(document: bytes, **parts: str) -> bytes:
    """Return an office document with parts replaced or added; a name's slashes are written as __."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files |= {name.replace("__", "/") + ".xml": text.encode() for name, text in parts.items()}

    def write(made: io.BytesIO) -> None:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)

    return saved(write)


def word(*xml: str, author: str = "") -> bytes:
    """Return a Word document with a paragraph, and others as XML."""
    document = Document()
    document.core_properties.author = author
    document.core_properties.last_modified_by = author
    document.add_paragraph("The harbour is open.")
    for each in xml:
        document.element.body.insert(0, parse_xml(each.replace("<w:p>", f"<w:p {nsdecls('w')}>", 1)))
    return saved(document.save)


def test_who_wrote_a_document_is_found_and_so_are_the_picture_and_the_ids_of_its_template() -> None:
    kinds = found("a.docx", word(author="Li Lei"))
    assert kinds == {("author", "Li Lei"), ("thumbnail", ""), ("revision_id", "rsid"), ("hidden_data", "customXml")}


@pytest.mark.parametrize(
    ("xml", "kind", "value"),
    [
        ('<w:p><w:ins w:id="1" w:author="Han"><w:r><w:t>new</w:t></w:r></w:ins></w:p>', "tracked_change", "Han"),
        (
            '<w:p><w:del w:id="1" w:author="Han"><w:r><w:delText>x</w:delText></w:r></w:del></w:p>',
            "tracked_change",
            "Han",
        ),
        (
            '<w:p><w:moveFrom w:id="1" w:author="Han"><w:r><w:t>x</w:t></w:r></w:moveFrom></w:p>',
            "tracked_change",
            "Han",
        ),
        ('<w:p><w:r><w:rPr><w:rPrChange w:id="1" w:author="Han"/></w:rPr></w:r></w:p>', "tracked_change", "Han"),
        ("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>not for them</w:t></w:r></w:p>", "hidden_text", ""),
        (
            "<w:p><w:r><w:t>see C:\\Users\\li\\</w:t></w:r><w:r><w:t>a.docx</w:t></w:r></w:p>",
            "path",
            "C:\\Users\\li\\a.docx",
        ),
    ],
)
def test_what_a_page_of_word_keeps_is_found(xml: str, kind: str, value: str) -> None:
    assert (kind, value) in found("a.docx", word(xml))


def test_text_of_a_hidden_style_is_hidden_and_text_that_turns_it_off_is_not() -> None:
    styled = '<w:p><w:pPr><w:pStyle w:val="Secret"/></w:pPr><w:r>{}<w:t>said</w:t></w:r></w:p>'
    document = Document(io.BytesIO(word(styled.format(""))))
    shown = Document(io.BytesIO(word(styled.format('<w:rPr><w:vanish w:val="0"/></w:rPr>'))))
    for each in (document, shown):
        each.styles.element.append(
            parse_xml(f'<w:style {nsdecls("w")} w:styleId="Hid"><w:rPr><w:vanish/></w:rPr></w:style>')
        )
        each.styles.element.append(
            parse_xml(f'<w:style {nsdecls("w")} w:styleId="Secret"><w:basedOn w:val="Hid"/></w:style>')
        )
    assert ("hidden_text", "") in found("a.docx", saved(document.save))
    assert ("hidden_text", "") not in found("a.docx", saved(shown.save))


def test_comments_people_properties_and_the_template_of_a_document_are_found() -> None:
    document = Document(io.BytesIO(word()))
    document.add_comment(document.paragraphs[0].runs[0], text="why?", author="Han Mei", initials="H")
    people = '<w15:people xmlns:w15="x"><w15:person w15:author="Jim Green"/></w15:people>'
    app = f"<Properties><Manager>Mr Wu</Manager><Template>{FOLDER}\\a.dotx</Template></Properties>"
    kinds = found(
        "a.docx", changed(saved(document.save), word__people=people, docProps__app=app, customXml__item1="<a/>")
    )
    assert {
        *[("comment", "Han Mei"), ("author", "Jim Green"), ("author", "Mr Wu")],
        *[("path", f"{FOLDER}\\a.dotx"), ("hidden_data", "customXml")],
    } <= kinds


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.properties.creator = "Li Lei"
    sheet = book.active
    sheet.title = "ships"
    for row in range(1, 6):
        sheet.append([row, "a", "b"])
    sheet["B2"].comment = Comment("ask the harbour", "Han Mei")
    sheet.row_dimensions[3].hidden = sheet.column_dimensions["C"].hidden = True
    book.create_sheet("drafts").sheet_state = "veryHidden"
    return saved(book.save)


def test_what_a_workbook_hides_is_found_with_its_sheet() -> None:
    by_kind = {each.kind: each for each in traces_in("a.xlsx", workbook())}
    assert by_kind.keys() == {"author", "note", "hidden_rows", "hidden_columns", "hidden_sheet"}
    assert by_kind["hidden_rows"] == FileTrace("hidden_rows", "", "ships", "3")
    assert (by_kind["hidden_columns"].place, by_kind["hidden_columns"].text) == ("ships", "C")
    assert by_kind["hidden_sheet"].value == "drafts" and by_kind["note"].place.endswith("B2")


def test_the_place_of_a_workbook_on_a_computer_its_log_and_its_discussions_are_found() -> None:
    threads = '<ThreadedComments><threadedComment ref="A1" personId="{1}"/></ThreadedComments>'
    people = '<personList><person displayName="Wu Di" id="{1}"/></personList>'
    book = (
        '<workbook xmlns:x15ac="x"><fileSharing userName="Lin Tao"/>'
        f'<x15ac:absPath url="{FOLDER}\\"/><definedNames><definedName name="old" hidden="1"/></definedNames></workbook>'
    )
    kinds = found(
        "a.xlsx",
        changed(
            workbook(),
            xl__workbook=book,
            xl__persons__person=people,
            xl__threadedComments__threadedComment1=threads,
            xl__externalLinks__externalLink1="<externalLink/>",
            xl__revisions__revisionHeaders='<headers><header userName="Kate"/></headers>',
        ),
    )
    assert {
        *[("author", "Lin Tao"), ("path", f"{FOLDER}\\"), ("hidden_data", "old"), ("note", "Wu Di")],
        *[("author", "Wu Di"), ("hidden_data", "xl/externalLinks"), ("tracked_change", "Kate")],
    } <= kinds


@pytest.fixture
def pdf() -> Iterator[pikepdf.Pdf]:
    with pikepdf.new() as made:
        made.add_blank_page()
        yield made


def written(pdf: pikepdf.Pdf) -> bytes:
    return saved(pdf.save)


def test_a_plain_pdf_says_nothing(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Producer"] = "WeasyPrint 70.0"
    pdf.pages[0].Contents = pdf.make_stream(b"BT 3 Tr 0 Tr (seen) Tj ET")
    assert not found("a.pdf", written(pdf))


def test_properties_of_a_pdf_name_people_and_paths(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as about:
        about["dc:creator"] = ["Han Mei"]
    pdf.docinfo["/Author"], pdf.docinfo["/Creator"] = "Li Lei", f"Word {FOLDER}\\a.docx"
    kinds = found("a.pdf", written(pdf))
    assert {("author", "Li Lei"), ("author", "Han Mei"), ("path", f"{FOLDER}\\a.docx")} == kinds


def test_what_is_on_no_page_of_a_pdf_is_found(pdf: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, T="Han Mei", Contents="why?")
    link = pikepdf.Dictionary(
        Subtype=pikepdf.Name.Link, A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=f"file://{LINUX}/a.html")
    )
    page = pdf.pages[0]
    page.Annots = pikepdf.Array([pdf.make_indirect(note), pdf.make_indirect(link)])
    page.obj["/Thumb"] = pdf.make_stream(b"x", Width=1, Height=1)
    page.obj["/PieceInfo"] = pikepdf.Dictionary(Draw=pikepdf.Dictionary(Private="x"))
    page.Contents = pdf.make_stream(b"BT q 3 Tr (not seen) Tj Q ET")
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="old"))
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer]))
    pdf.attachments["ships.xlsx"] = workbook()
    found_there = list(traces_in("a.pdf", written(pdf)))
    assert {
        *[("comment", "Han Mei"), ("path", f"file://{LINUX}/a.html"), ("thumbnail", ""), ("hidden_text", "")],
        *[("hidden_data", "/PieceInfo /Draw"), ("hidden_data", "old"), ("hidden_sheet", "drafts")],
    } <= {(each.kind, each.value) for each in found_there}
    places = {each.kind: each.place for each in found_there}
    assert places["comment"] == "/Page 1 /Text" and places["hidden_text"] == "/Page 1"
    assert places["hidden_sheet"] == "/EmbeddedFiles ships.xlsx xl/workbook.xml"


def test_a_version_saved_before_is_found_and_a_signature_is_none(pdf: pikepdf.Pdf) -> None:
    once = written(pdf)
    start = once.rindex(b"startxref")
    assert found("a.pdf", once + once[start:]) == {("former_version", "1")}
    assert not found("a.pdf", once + b"% /ByteRange\n" + once[start:])


def picture(name: str, **options: Any) -> bytes:
    return saved(lambda made: Image.new("RGB", (2, 2)).save(made, name, **options))


def test_a_picture_says_who_and_where_in_whatever_file_it_lies(pdf: pikepdf.Pdf) -> None:
    exif = Image.Exif()
    exif[315], exif[34853] = "Li Lei", {1: "N", 2: (23.0, 7.0, 0.0)}
    photo = picture("JPEG", exif=exif)
    expected = {("author", "Li Lei"), ("position", "")}
    assert found("a.jpg", photo) == expected
    page = f'<p><img src="data:image/jpeg;base64,{b64encode(photo).decode()}">'
    assert found("a.html", page.encode()) == expected
    image = pdf.make_stream(photo, Subtype=pikepdf.Name.Image, Filter=pikepdf.Name.DCTDecode)
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(photo=image))
    assert found("a.pdf", written(pdf)) == expected
    document = Document()
    document.add_picture(io.BytesIO(photo))
    assert expected <= found("a.docx", saved(document.save))


def test_a_picture_of_dots_or_lines_names_the_file_that_it_was_saved_as() -> None:
    metadata = PngInfo()
    metadata.add_text("Author", "Li Lei")
    metadata.add_text("Source", f"{MAC}/crest.ai")
    assert found("a.png", picture("PNG", pnginfo=metadata)) == {("author", "Li Lei"), ("path", f"{MAC}/crest.ai")}
    drawing = f'<svg xmlns:i="x" i:export-filename="{LINUX}/crest.png"><creator>Li Lei</creator></svg>'
    assert found("a.svg", drawing.encode()) == {("author", "Li Lei"), ("path", f"{LINUX}/crest.png")}


@pytest.mark.parametrize(
    "path",
    [
        *("C:\\Users\\li\\a.docx", "D:\\工作\\稿件.docx", f"c:{MAC}/a.docx", "\\\\server\\share\\a.docx"),
        *("file:///etc/hosts", "file://server/a", f"{LINUX}/a", f"{MAC}/a.pages", "/tmp/x", "/mnt/usb/a"),
    ],
)
def test_a_path_is_found_in_every_text(path: str) -> None:
    for name in ("a.csv", "a.html"):
        assert found(name, f'见"{path}"'.encode()) == {("path", path)}
    assert found("a.json", json.dumps({"note": path}).encode()) == {("path", path)}


@pytest.mark.parametrize(
    "text",
    [
        *(
            f"https://example.org{LINUX}/a",
            "http://x.cn/tmp/a",
            "and/or/home/x",
            "a:\\",
            "12:30",
            "ratio A:B",
            "~/home/x",
        ),
        *("https://example.org<wbr>/var/news", "https://example.org\u200b/var/news", "\\alpha\\beta", "s3://x/var/y"),
    ],
)
def test_an_address_or_a_formula_is_no_path(text: str) -> None:
    assert not found("a.html", text.encode()) and not found("a.csv", text.encode().replace(b"<wbr>", "\u200b".encode()))


def test_a_page_names_its_author_and_what_its_source_remarks() -> None:
    page = '<head><meta name="author" content="Li Lei"></head><!-- ask Han first -->'
    assert found("a.html", page.encode()) == {("author", "Li Lei"), ("hidden_text", "")}


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pdf", "a.png", "a.svg"])
def test_what_cannot_be_read_is_refused(name: str) -> None:
    assert found(name, b"\xd0\xcf\x11\xe0 no such thing") <= {("unreadable", "damaged"), ("unreadable", "locked")}
    assert found(name, b"\xd0\xcf\x11\xe0 no such thing")


def test_a_locked_pdf_is_refused(pdf: pikepdf.Pdf) -> None:
    content = saved(lambda made: pdf.save(made, encryption=pikepdf.Encryption(owner="x", user="y")))
    assert found("a.pdf", content) == {("unreadable", "locked")}


def test_a_bomb_is_not_unpacked_and_entities_are_not_expanded() -> None:
    bomb = changed(word(), word__zeros=" " * 20_000_000)
    assert found("a.docx", bomb) == {("unreadable", "large")}
    laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>'
    assert ("unreadable", "damaged") in found("a.docx", changed(word(), word__l=laughs))
    assert found("a.svg", laughs.encode()) == {("unreadable", "damaged")}


def test_a_file_within_a_file_within_a_file_has_an_end(pdf: pikepdf.Pdf) -> None:
    content = written(pdf)
    for _ in range(trace_reader.DEEPEST + 1):
        with pikepdf.new() as outer:
            outer.add_blank_page()
            outer.attachments["inner.pdf"] = content
            content = written(outer)
    assert found("a.pdf", content) == {("unreadable", "large")}


def test_a_file_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "MEMORY", 1)
    assert look_through("a.pdf", b"%PDF-") == (FileTrace("unreadable", "limits", ""),)


def refused(files: dict[str, bytes], *allowed: AllowedTrace, offices: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    with pytest.raises(DeliveryError) as caught:
        refuse_traces(files, allowed, offices)
    return caught.value.problems


def test_all_traces_are_told_at_once_one_message_a_cause() -> None:
    drawing = f'<svg file="{LINUX}/crest.png"/>'.encode()
    problems = refused({"a.svg": drawing, "b.svg": drawing, "c.csv": b"/tmp/x"})
    assert [str(each).partition(";")[0] for each in problems] == [
        f"a.svg svg file: it names a place on somebody's computer: '{LINUX}/crest.png', and also in b.svg svg file",
        "c.csv: it names a place on somebody's computer: '/tmp/x'",
    ]
    assert all("allow `path` under `traces` in data/delivery.yml" in str(each.hint) for each in problems)


def test_the_office_and_this_program_may_be_authors_and_what_is_allowed_may_stay() -> None:
    page = b'<meta name="author" content="Lantern Guild"><meta name="author" content="jianbao">'
    refuse_traces({"a.html": page}, (), ("Lantern Guild",))
    assert len(refused({"a.html": page})) == 1
    texts = {"edition/a.csv": b"/tmp/x", "b.csv": b"/tmp/x"}
    kept = AllowedTrace("path", "/tmp/x", "a.*", "a sample")
    assert [each.where.file for each in refused(texts, kept)] == ["b.csv"]
    assert len(refused(texts, AllowedTrace("path", "/tmp/y", "*", "another"))) == 1
    refuse_traces(texts, (AllowedTrace("path", "", "*", "all of them"),), ())


def test_what_is_kept_is_declared_with_its_reason() -> None:
    problems: list[Problem] = []
    kept = ("{kind: author, value: Li Lei, because: she signs}", "{kind: rumour, because: no}", "{kind: path}")
    text = "traces:\n" + "".join(f"  - {each}\n" for each in kept)
    book = parse_recipients(parse_document(text, "data/delivery.yml"), ("en",), problems)
    assert book.traces[0] == AllowedTrace("author", "Li Lei", "*", "she signs")
    assert [(each.where.line, str(each.what)) for each in problems] == [
        (3, "'rumour' is not a kind of traces"),
        (4, "'because' is missing"),
    ]


def test_every_kind_that_can_be_allowed_is_told() -> None:
    assert KINDS.keys() == {*TRACES}


def test_an_edition_with_traces_is_neither_packed_nor_delivered(root: Path, blank_letters: None) -> None:
    add(root / "output/midsummer", {"changes.en.docx": word(author="Li Lei")})
    (root / "output/midsummer.zip").unlink(missing_ok=True)
    for command in (("package", "midsummer", root), ("deliver", "midsummer", root, "--dry-run")):
        done = run(*command)
        said = " ".join(done.err.split())
        assert done.code == 7 and "edition/changes.en.docx docProps/core.xml creator: it names 'Li Lei'" in said
        assert "ids of the sessions" in said and "small picture" in said
    assert not (root / "output/midsummer.zip").exists()
    book = root / "data/delivery.yml"
    kinds = ("author", "thumbnail", "revision_id", "hidden_data")
    kept = "".join(f"  - {{kind: {kind}, file: changes.*, because: a sample}}\n" for kind in kinds)
    book.write_text(book.read_text("utf-8") + "traces:\n" + kept, "utf-8")
    assert run("package", "midsummer", root).code == 0
