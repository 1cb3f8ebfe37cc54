"""What a draft adds to a Word document: its word behind every page, and what reviewers said as comments."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from xml.sax.saxutils import escape

from docx.document import Document as WordDocument
from docx.oxml.ns import qn

from jianbao.brief.model import Remark
from jianbao.render.watermark import SLANT, Words, measure
from jianbao.render.word.runs import Element, RunWriter, add_paragraph, element
from jianbao.render.word.styles import MM, template_part

LINE = 1.32  # of a letter's size, the height of the line that fills the shape
TEXT, SIGN = "AnnotationText", "AnnotationReference"
AUTHOR = "jianbao"  # of a remark that no reviewer made


def add_watermark(heads: Iterable[Element], words: Words, family: str, colour: str) -> None:
    """Put the words across the page behind each of the heads, as Word's own watermark: the text of a shape."""
    width, em = measure(words)
    values = {
        "text": escape(" ".join(word for word, _ in words), {'"': "&quot;"}),
        "family": family,
        "colour": colour,
        "width": f"{width * MM:.1f}",
        "height": f"{em * LINE * MM:.1f}",
        "turn": f"{360 - SLANT:g}",
    }
    for number, head in enumerate(heads, 1):
        head.append(template_part("watermark", {**values, "number": str(number), "id": str(1024 + number)}))


def unshade(styles: Element) -> None:
    """Take the shades out of all styles: Word knows none that is seen through, and they would cover the mark."""
    for shade in list(styles.iter(qn("w:shd"))):
        shade.getparent().remove(shade)


def comment(document: WordDocument, remark: Remark, voices: Sequence[RunWriter], day: date) -> int:
    """Add a remark as a comment, one paragraph a language, and return its number; without a moment it has the day's."""
    initials = "".join(part[0] for part in remark.by.split())
    added = document.comments.add_comment(author=remark.by or AUTHOR, initials=initials or AUTHOR[0])
    root = added._comment_elm  # python-docx dates a comment to this moment
    root.date = datetime.fromisoformat(remark.at) if remark.at else datetime.combine(day, time(), UTC)
    root.remove(root[0])
    for run_writer in voices:
        root.append(
            add_paragraph(
                TEXT, *([] if run_writer.second else [_sign("w:annotationRef")]), run_writer.quote(remark.said)
            )
        )
    return added.comment_id


def anchor(parts: Sequence[Element], numbers: Iterable[int]) -> None:
    """Hang comments on what stands from the first paragraph of some parts to the last."""
    paragraphs = [part for part in parts if part.tag == qn("w:p")]
    for number in numbers:
        paragraphs[0].insert(1, element("w:commentRangeStart", w_id=number))
        for part in (element("w:commentRangeEnd", w_id=number), _sign("w:commentReference", w_id=number)):
            paragraphs[-1].append(part)


def _sign(tag: str, **attributes: object) -> Element:
    return element("w:r", element("w:rPr", element("w:rStyle", w_val=SIGN)), element(tag, **attributes))
