"""What a draft adds to a Word document: its word behind every page, and what reviewers said as comments."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from jianbao.brief.model import Remark
from jianbao.render.watermark import SLANT, Words, measure
from jianbao.render.word.runs import Element, RunWriter, add_paragraph, element
from jianbao.render.word.styles import MM

# By the beginning of this name Word knows its own watermarks, takes them away and changes them.
NAME = "PowerPlusWaterMarkObject"
LINE = 1.32  # of a letter's size, the height of the line that fills the shape
TEXT, SIGN = "AnnotationText", "AnnotationReference"
AUTHOR = "jianbao"  # of a remark that no reviewer made
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w10="urn:schemas-microsoft-com:office:word"'
)
# A line of text between two horizontal lines, as Word describes it in every document that has a watermark.
OUTLINE = """<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800"
path="m@7,l@8,m@5,21600l@6,21600e">
<v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/>
<v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/>
<v:f eqn="if @0 @4 21600"/><v:f eqn="mid @5 @6"/><v:f eqn="mid @8 @5"/><v:f eqn="mid @7 @8"/><v:f eqn="mid @6 @7"/>
<v:f eqn="sum @6 0 @5"/></v:formulas>
<v:path textpathok="t" o:connecttype="custom" o:connectlocs="@9,0;@10,10800;@11,21600;@12,10800"
o:connectangles="270,180,90,0"/>
<v:textpath on="t" fitshape="t"/><v:handles><v:h position="#0,bottomRight" xrange="6629,14971"/></v:handles>
<o:lock v:ext="edit" text="t" shapetype="t"/></v:shapetype>"""


def add_watermark(heads: Iterable[Element], words: Words, family: str, colour: str) -> None:
    """Put the words across the page behind each of the heads, as Word's own watermark: the text of a shape."""
    width, em = measure(words)
    text = " ".join(word for word, _ in words)
    for number, head in enumerate(heads, 1):
        head.append(
            _shape(number=number, text=text, family=family, colour=colour, width=width * MM, height=em * LINE * MM)
        )


def unshade(styles: Element) -> None:
    """Take the shades out of all styles: Word knows none that is seen through, and they would cover the mark."""
    for shade in list(styles.iter(qn("w:shd"))):
        shade.getparent().remove(shade)


def _shape(number: int, text: str, family: str, colour: str, width: float, height: float) -> Element:
    place = (
        f"position:absolute;margin-left:0;margin-top:0;width:{width:.1f}pt;height:{height:.1f}pt;"
        f"rotation:{360 - SLANT:g};z-index:-251658752;mso-position-horizontal:center;"
        "mso-position-horizontal-relative:page;mso-position-vertical:center;mso-position-vertical-relative:page"
    )
    drawn: Element = parse_xml(
        f"<w:r {NAMESPACES}><w:rPr><w:noProof/></w:rPr><w:pict>{OUTLINE}"
        f'<v:shape id="{NAME}{number}" o:spid="_x0000_s{1024 + number}" type="#_x0000_t136" style="{place}" '
        f'o:allowincell="f" fillcolor="{colour}" stroked="f"><w10:wrap anchorx="page" anchory="page"/></v:shape>'
        "</w:pict></w:r>"
    )
    shape = drawn.find(".//{urn:schemas-microsoft-com:vml}shape")
    assert shape is not None
    line = parse_xml(f"<v:textpath {NAMESPACES}/>")
    line.set("style", f'font-family:"{family}";font-size:1pt;font-weight:bold')
    line.set("string", text)
    shape.insert(0, line)
    return drawn


def comment(document: WordDocument, remark: Remark, voices: Sequence[RunWriter], day: date) -> int:
    """Add a remark as a comment, one paragraph a language, and return its number; without a moment it has the day's."""
    initials = "".join(part[0] for part in remark.by.split())
    added = document.comments.add_comment(author=remark.by or AUTHOR, initials=initials or AUTHOR[0])
    root = added._comment_elm  # python-docx dates a comment to this moment
    root.date = datetime.fromisoformat(remark.at) if remark.at else datetime.combine(day, time(), UTC)
    root.remove(root[0])
    for run_writer in voices:
        root.append(
            add_paragraph(TEXT, *([] if run_writer.second else [_sign("w:annotationRef")]), run_writer.say(remark.said))
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
