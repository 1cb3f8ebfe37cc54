"""The forms in which Word keeps what a reviewer did. The XML was written for these tests, after ISO/IEC 29500."""

from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import pytest

from jianbao.core.limits import UnreadableError
from jianbao.review.copies import CopyRecord, ReturnedCopy
from jianbao.review.returned_copies import match_copy
from jianbao.review.returned_words import SentPassage
from jianbao.review.word_copies import WordCopy, read_word_copy

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SPACE += ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
SPACE += ' xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"'
KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml."
BY = 'w:author="Li Wen" w:date="2031-07-01T08:00:00Z"'
MARKS = '<w:r><w:rPr><w:rStyle w:val="ReferenceMark"/></w:rPr><w:t>[1, E3]</w:t></w:r>'


def run(text: str, kind: str = "t") -> str:
    return f'<w:r><w:{kind} xml:space="preserve">{text}</w:{kind}></w:r>'


def added(text: str, number: int = 90, kind: str = "ins") -> str:
    return f'<w:{kind} w:id="{number}" {BY}>{run(text)}</w:{kind}>'


def removed(text: str, number: int = 91, kind: str = "del") -> str:
    return f'<w:{kind} w:id="{number}" {BY}>{run(text, "delText")}</w:{kind}>'


def passage(number: int, content: str) -> str:
    start, end = f'<w:bookmarkStart w:id="{number}" w:name="_s{number}"/>', f'<w:bookmarkEnd w:id="{number}"/>'
    return start + content + end


def paragraph(*content: str) -> str:
    return f"<w:p>{''.join(content)}</w:p>"


def document(body: str, comments: str = "", threads: str = "") -> bytes:
    parts = {"word/document.xml": ("document.main", f"<w:document {SPACE}><w:body>{body}</w:body></w:document>")}
    if comments:
        parts["word/comments.xml"] = ("comments", f"<w:comments {SPACE}>{comments}</w:comments>")
        extended = f"<w15:commentsEx {SPACE}>{threads}</w15:commentsEx>"
        parts["word/commentsExtended.xml"] = ("commentsExtended", extended)
    listed = (f'<Override PartName="/{name}" ContentType="{KIND}{kind}+xml"/>' for name, (kind, _) in parts.items())
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", f"<Types>{''.join(listed)}</Types>")
        for name, (_, content) in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def sent(*texts: str, loose: tuple[str, ...] = (), tail: str = "") -> CopyRecord:
    passages = tuple(
        SentPassage(
            bookmark=f"_s{number}", item=f"i:{number}", statement=f"i:{number}", language="en", text=text, tail=tail
        )
        for number, text in enumerate(texts, 1)
    )
    return CopyRecord(edition="1", document="brief.en.docx", items={}, passages=passages, loose=loose)


def returned(body: str, *texts: str, tail: str = "") -> ReturnedCopy:
    return match_copy(read_word_copy(document(body)), sent(*texts, tail=tail))


def one(content: str, text: str = "Six towns.", tail: str = "") -> str:
    return returned(paragraph(passage(1, content), MARKS), text, tail=tail).texts["_s1"].text


FORMS = {
    "split into runs by a change of format": run("Six ") + run("tow") + run("ns."),
    "with a tracked change of format": '<w:r><w:rPr><w:b/><w:rPrChange w:id="5"><w:rPr/></w:rPrChange></w:rPr>'
    "<w:t>Six towns.</w:t></w:r>",
    "inserted and deleted again": run("Six ") + f'<w:ins w:id="8" {BY}>{removed("big ")}</w:ins>' + run("towns."),
    "with proofing marks and a field": '<w:proofErr w:type="spellStart"/>' + run("Six towns."),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_what_changes_no_word_is_read_as_it_was(content: str) -> None:
    assert one(content) == "Six towns."


CHANGED = {
    "ins and del": run("Six ") + removed("towns") + added("cities") + run("."),
    "moveFrom and moveTo": run("Six ") + removed("towns", kind="moveFrom") + added("cities", kind="moveTo") + run("."),
    "the insertion accepted, the deletion not": run("Six ") + removed("towns") + run("cities."),
    "the deletion accepted, the insertion not": run("Six ") + added("cities") + run("."),
    "typed without tracking": run("Six cities."),
    "inside a content control": f"<w:sdt><w:sdtContent>{run('Six ')}{added('cities')}</w:sdtContent></w:sdt>{run('.')}",
}


@pytest.mark.parametrize("content", CHANGED.values(), ids=CHANGED)
def test_every_way_to_change_a_word_gives_the_same_text(content: str) -> None:
    assert one(content) == "Six cities."


def test_the_authors_of_tracked_changes_are_told() -> None:
    found = returned(paragraph(passage(1, removed("Six towns.") + added("None."))), "Six towns.")
    assert found.texts["_s1"].authors == ("Li Wen",)


def test_what_is_typed_behind_a_bookmark_belongs_to_it_and_marks_of_sources_do_not() -> None:
    body = paragraph(passage(1, run("Six towns.")), MARKS, added(" More to come."))
    assert returned(body, "Six towns.").texts["_s1"].text == "Six towns. More to come."


WRITTEN_OVER = {
    "the new words before the old ones": (
        passage(1, run("Six towns.")) + added("The market") + passage(2, removed("The fair") + run(" is old.")),
        ("Six towns.", "The market is old."),
    ),
    "accepted": (
        passage(1, run("Six towns.")) + run("The market") + passage(2, run(" is old.")),
        ("Six towns.", "The market is old."),
    ),
    "all of it": (
        passage(1, run("Six towns.")) + added("No fair.") + passage(2, removed("The fair is old.")),
        ("Six towns.", "No fair."),
    ),
    "the end of the one before, too": (
        passage(1, run("Six ") + removed("towns."))
        + added("cities.")
        + passage(2, removed("The") + run(" fair is old.")),
        ("Six cities.", " fair is old."),
    ),
    "a sentence between both": (
        passage(1, run("Six towns.")) + added("All small.") + passage(2, run("A fair is old.")),
        ("Six towns.All small.", "A fair is old."),
    ),
}


@pytest.mark.parametrize(("content", "wanted"), WRITTEN_OVER.values(), ids=WRITTEN_OVER)
def test_what_is_written_over_the_beginning_of_a_passage_belongs_to_it(content: str, wanted: tuple[str, str]) -> None:
    found = returned(paragraph(content), "Six towns.", "The fair is old.").texts
    assert (found["_s1"].text, found["_s2"].text) == wanted


def test_a_paragraph_that_was_torn_is_still_one_passage() -> None:
    start, end = '<w:bookmarkStart w:id="1" w:name="_s1"/>', '<w:bookmarkEnd w:id="1"/>'
    body = paragraph(start, run("Six ")) + paragraph(run("towns."), end)
    assert returned(body, "Six towns.").texts["_s1"].text.split() == ["Six", "towns."]


def test_a_row_that_was_deleted_takes_its_texts_along() -> None:
    cell = f"<w:tc>{paragraph(passage(1, run('Six towns.')))}</w:tc>"
    body = f'<w:tbl><w:tr><w:trPr><w:del w:id="9" {BY}/></w:trPr>{cell}</w:tr></w:tbl>'
    assert returned(body, "Six towns.").texts["_s1"].text == ""


def test_a_new_paragraph_is_listed_with_its_page_and_what_stands_before_it() -> None:
    broken = "<w:r><w:lastRenderedPageBreak/></w:r>"
    body = paragraph(passage(1, run("Six towns."))) + paragraph(broken, added("A new thought."))
    (stray,) = returned(body, "Six towns.").strays
    assert (stray.text, stray.page, stray.previous, stray.gone) == ("A new thought.", 2, "_s1", False)


def test_paragraphs_that_were_sent_are_not_listed_and_missing_ones_are() -> None:
    record = sent("Six towns.", loose=("Table 1", "Gap"))
    body = paragraph(run("Table 1")) + paragraph(passage(1, run("Six towns.")))
    (stray,) = match_copy(read_word_copy(document(body)), record).strays
    assert stray.gone and stray.text == "Gap"


def test_passages_whose_bookmarks_are_gone_are_found_by_their_words() -> None:
    body = paragraph(run("Six towns lie in the hills.")) + paragraph(run("Nobody counted the small boats."))
    found = returned(body, "Six towns lie in the hills.", "Nobody counted the boats.", "Gone for good.")
    assert found.texts["_s1"].text == "Six towns lie in the hills."
    assert found.texts["_s2"].text == "Nobody counted the small boats."
    assert found.texts["_s3"].text == "" and found.strays == ()


def test_a_passage_that_was_moved_is_told_with_what_it_stands_behind() -> None:
    body = paragraph(passage(1, removed("Six towns lie here.", kind="moveFrom"))) + paragraph(
        passage(2, run("The fair is old.")), added(" Six towns lie here.", kind="moveTo")
    )
    found = returned(body, "Six towns lie here.", "The fair is old.")
    assert found.moved == {"_s1": "_s2"}
    assert {key: each.text for key, each in found.texts.items()} == {
        "_s1": "Six towns lie here.",
        "_s2": "The fair is old.",
    }


def test_the_table_of_contents_is_passed_over() -> None:
    gallery = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    contents = f"<w:sdt><w:sdtPr>{gallery}</w:sdtPr><w:sdtContent>{paragraph(run('Old 1'))}</w:sdtContent></w:sdt>"
    again = paragraph('<w:pPr><w:pStyle w:val="TOC1"/></w:pPr>', run("Old 1"))
    assert returned(contents + again + paragraph(passage(1, run("Six."))), "Six.").strays == ()


def test_changes_of_format_are_counted() -> None:
    settings = '<w:pPr><w:pPrChange w:id="3"><w:pPr/></w:pPrChange></w:pPr>'
    body = paragraph(settings, passage(1, FORMS["with a tracked change of format"]))
    assert read_word_copy(document(body)).formats == 2


# Comments


def comment(number: int, text: str, by: str = "Zhao") -> str:
    own = f'<w:p w14:paraId="0000000{number}">{run(text)}</w:p>'
    return f'<w:comment w:id="{number}" w:author="{by}" w:date="2031-07-01T08:00:00Z">{own}</w:comment>'


def about(number: int, content: str) -> str:
    start, end = f'<w:commentRangeStart w:id="{number}"/>', f'<w:commentRangeEnd w:id="{number}"/>'
    return f'{start}{content}{end}<w:r><w:commentReference w:id="{number}"/></w:r>'


def commented() -> WordCopy:
    body = paragraph(passage(1, run("Six ") + about(1, about(2, run("towns"))) + run(".")))
    body += paragraph(about(3, passage(2, run("The fair is old."))))
    body += paragraph(run("Gap"), '<w:r><w:commentReference w:id="4"/></w:r>')
    said = comment(1, "Which?") + comment(2, "All of them.", "Qian") + comment(3, "Done.") + comment(4, "Odd.")
    threads = '<w15:commentEx w15:paraId="00000002" w15:paraIdParent="00000001"/>'
    return read_word_copy(document(body, said, threads + '<w15:commentEx w15:paraId="00000003" w15:done="1"/>'))


def test_comments_and_replies_know_their_passage_author_and_quotation() -> None:
    first, reply, *_ = commented().comments
    assert (first.author, first.text, first.quote, first.passages) == ("Zhao", "Which?", "towns", ("_s1",))
    assert (reply.author, reply.text, reply.passages) == ("Qian", "All of them.", ("_s1",))


def test_a_comment_that_was_ticked_off_says_so_and_one_on_no_passage_has_none() -> None:
    _, _, done, odd = commented().comments
    assert done.resolved and done.passages == ("_s2",)
    assert odd.passages == () and odd.previous == "_s2"


def test_a_comment_on_an_entry_of_the_contents_is_on_its_heading_and_one_on_nothing_is_not_lost() -> None:
    gallery = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    entry = paragraph(about(1, f'<w:hyperlink w:anchor="_Toc2">{run("The fair")}</w:hyperlink>'))
    body = f"<w:sdt><w:sdtPr>{gallery}</w:sdtPr><w:sdtContent>{entry}</w:sdtContent></w:sdt>"
    body += paragraph(passage(1, run("Six towns.")))
    heading = f'<w:bookmarkStart w:id="9" w:name="_Toc2"/>{passage(2, run("The fair"))}<w:bookmarkEnd w:id="9"/>'
    said = comment(1, "Too long.") + comment(5, "In a frame.")
    on_entry, nowhere = read_word_copy(document(body + paragraph(heading), said, "")).comments
    assert (on_entry.text, on_entry.passages) == ("Too long.", ("_s2",))
    assert (nowhere.text, nowhere.passages) == ("In a frame.", ())


def test_comments_that_were_sent_out_are_not_brought_back() -> None:
    copy = commented()
    record = CopyRecord(edition="1", document="d", items={}, passages=(), comments=(copy.comments[0].key,))
    assert [each.text for each in match_copy(copy, record).comments] == ["All of them.", "Done.", "Odd."]


@pytest.mark.parametrize("content", [b"no archive", b"PK\x05\x06" + bytes(18)], ids=["text", "empty"])
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_word_copy(content)


def test_a_document_with_entities_is_refused() -> None:
    made = BytesIO()
    with ZipFile(BytesIO(document(paragraph(run("x"))))) as old, ZipFile(made, "w") as archive:
        for name in old.namelist():
            part = old.read(name)
            archive.writestr(name, b'<!DOCTYPE x [<!ENTITY a "b">]>' + part if "document" in name else part)
    with pytest.raises(UnreadableError):
        read_word_copy(made.getvalue())


def test_the_hash_of_what_was_sent_is_read_from_a_custom_property() -> None:
    built = sha256(b"record").hexdigest()
    made = BytesIO(document(paragraph(run("x"))))
    with ZipFile(made, "a") as archive:
        value = f'<p:property name="jianbao.built"><p:lpwstr>{built}</p:lpwstr></p:property>'
        archive.writestr("docProps/custom.xml", f'<p:Properties xmlns:p="urn:p">{value}</p:Properties>')
    assert read_word_copy(made.getvalue()).built == built
