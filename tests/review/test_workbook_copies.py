"""The sentences of a document as a workbook: written, corrected in a spreadsheet, read back."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from jianbao.core.limits import UnreadableError
from jianbao.review.copies import CopyRecord, ReturnedCopy, record_hash, write_record
from jianbao.review.returned_copies import match_workbook, read_workbook_copy, workbook_copy
from jianbao.review.returned_words import SentPassage

TEXTS = {"i:1/1/zh": "友城六个。", "i:1/1/en": "Six towns.", "i:2/1/zh": "=1+1", "i:2/1/en": "The fair is old."}
RECORD = CopyRecord(
    edition="1",
    document="brief.zh-en.xlsx",
    items={},
    passages=tuple(
        SentPassage(bookmark=key, item=key[:3], statement=key[:3], language=key[-2:], text=text)
        for key, text in TEXTS.items()
    ),
)
CONTENT = workbook_copy(RECORD, ("zh", "en"), date(2031, 7, 1))
SPACE = 'xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"'


def edited(change: Callable[[Worksheet], None]) -> bytes:
    book = load_workbook(BytesIO(CONTENT))
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    change(sheet)
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def returned(content: bytes) -> ReturnedCopy:
    return match_workbook(read_workbook_copy(content), RECORD)


def texts(content: bytes) -> dict[str, str]:
    return {key: each.text for key, each in returned(content).texts.items()}


def test_a_workbook_comes_back_as_it_went_and_knows_what_it_was_made_of() -> None:
    assert texts(CONTENT) == TEXTS
    assert read_workbook_copy(CONTENT).built == record_hash(write_record(RECORD))
    assert workbook_copy(RECORD, ("zh", "en"), date(2031, 7, 1)) == CONTENT


def test_no_cell_is_a_formula() -> None:
    assert {cell.data_type for row in load_workbook(BytesIO(CONTENT)).worksheets[0] for cell in row} <= {
        "s",
        "n",
        "inlineStr",
    }


def test_a_corrected_cell_is_read_wherever_its_row_stands() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["C2"] = "Six friendly towns."
        sheet.insert_rows(2)
        sheet.move_range("A4:D4", rows=-2)

    assert texts(edited(change)) == TEXTS | {"i:1/1/en": "Six friendly towns."}


def test_a_row_that_was_taken_out_says_nothing_and_an_empty_cell_that_a_sentence_should_go() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["C2"] = None
        sheet.delete_rows(3)

    assert texts(edited(change)) == TEXTS | {"i:1/1/en": ""}


def test_remarks_and_notes_are_comments_on_their_sentences() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["D2"] = "Is this so?"
        sheet["C3"].comment = Comment("Since when?", "Zhao")

    remark, note = returned(edited(change)).comments
    assert (remark.text, remark.author, remark.passages) == ("Is this so?", "", ("i:1/1/zh",))
    assert (note.text, note.author, note.passages) == ("Since when?", "Zhao", ("i:2/1/en",))


def test_discussions_are_comments_too_and_the_notes_that_stand_for_them_are_not() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["C2"].comment = Comment("[Threaded comment] Since when?", "tc={1}")

    made = BytesIO(edited(change))
    said = '<threadedComment ref="C2" dT="2031-07-01" personId="p" id="{1}"><text>Since when?</text></threadedComment>'
    done = '<threadedComment ref="C3" personId="p" id="{2}" done="1"><text>Yes.</text></threadedComment>'
    with ZipFile(made, "a") as archive:
        people = f'<personList {SPACE}><person displayName="Zhao" id="p"/></personList>'
        archive.writestr("xl/persons/person.xml", people)
        threads = f"<ThreadedComments {SPACE}>{said}{done}</ThreadedComments>"
        archive.writestr("xl/threadedComments/threadedComment1.xml", threads)
    first, second = returned(made.getvalue()).comments
    assert (first.author, first.text, first.passages, first.resolved) == ("Zhao", "Since when?", ("i:1/1/en",), False)
    assert second.resolved


@pytest.mark.parametrize("content", [b"no archive", b"PK\x05\x06" + bytes(18)], ids=["text", "empty"])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_workbook_copy(content)
