"""Compose the brief as one self-contained HTML page for print, from sandboxed templates without prose."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from babel import Locale
from jinja2 import TemplateSyntaxError
from markupsafe import Markup, escape

from jianbao.brief.logo import LOGO
from jianbao.brief.model import Block, Brief, Figure, Grid, GridColumn, Picture, Reference
from jianbao.brief.outline import HALF
from jianbao.charts.shapes import mixed
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem, RenderError
from jianbao.core.messages import tr, verbatim
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.fact_links import FactLinks, escaped, fact_links, printed_in
from jianbao.render.html.templates import Sandbox, Templates, template_fault
from jianbao.render.theme import MEASURE, Design, Theme, Typesetting, Words, as_data_url, watermark
from jianbao.render.typography import FIRM, JOINER, RUN_IN, SOFT, keep_together, typeset, without_typesetting
from jianbao.text.citations import runs, span
from jianbao.text.formatter import one_figure
from jianbao.text.render import Statement

PAGE = "brief/page.html.j2"
EVIDENCE = "E"
DRAFT = "approval.draft"
CARD, ASIDE = "measure", "aside"
ASKS = "ask"  # the tone of an aside that asks for a decision
BESIDE = ("box", "paragraph", "bullets", ASIDE)  # blocks that leave the margin free for an aside
# The height of a Chinese or another character of an aside, and of its label, relative to those of the text.
NARROWER_HAN, NARROWER, LABEL = 1.25, 1.5, 20
FAINT = 0.2  # the share of the colour of lines in that of the watermark
MANY = 4  # marks that stay on one line
DASH = f"{JOINER}\u2013{JOINER}"
WORDS = 2.5  # the relative width of a column of words
FULL_WIDTH = MEASURE  # mm of a figure on the page; HALF_WIDTH for half figures and on a telephone
HALF_WIDTH = 84.0
# Templates that print figures in columns: the widths in mm for one, two, and three or more figures.
_HALF, _GAP, _NARROW = 88.0, 6.0, 60.0
_SIDE = 2 * _HALF + _GAP
COLUMNS = {"onepage": ((_SIDE,), (_HALF,) * 2, (_NARROW, _SIDE - _GAP - _NARROW))}
# Marks the end of a line in a title.
BREAK = "\uff5c"


def compose_html(brief: Brief, languages: Sequence[str], design: Design, name: str = PAGE) -> str:
    """Return the brief as HTML in the given languages, side by side if there are two.

    `name` is the template of the page. Raises RenderError if a template is missing, faulty, does what the sandbox
    forbids or exceeds its limits, or if the theme lacks a language or names an unknown font.
    """
    check_html(brief, languages, design.theme, design.fonts)
    names = {"watermark": backdrop(brief, languages, design.theme, design.fonts)}
    return fill_template(environment_of(brief, languages, design, names=names), name, brief, languages, design)


def backdrop(brief: Brief, languages: Sequence[str], theme: Theme, fonts: Fonts) -> str:
    """Return the watermark of a draft as a data URL, in a very light colour; "" for a final document."""
    words = with_draft_marks(brief, languages, theme, fonts)
    return as_data_url(watermark(words, faint(theme))) if words else ""


def with_draft_marks(brief: Brief, languages: Sequence[str], theme: Theme, fonts: Fonts) -> Words:
    """Return the words of a draft's watermark in each language with their font files; nothing for a final document."""
    if DRAFT not in brief.words:
        return ()
    return tuple(
        (
            brief.words[DRAFT].text(language),
            tuple(fonts.path(name, 700) for name in theme.settings[language].families["sans"]),
        )
        for language in languages
    )


def fill_template(environment: Sandbox, name: str, brief: Brief, languages: Sequence[str], design: Design) -> str:
    """Return a rendered template; raises RenderError if it is faulty or does what is forbidden."""
    try:
        page = environment.get_template(name)
        given = {"brief": brief, "languages": tuple(languages), "theme": design.theme}
        made = page.generate(given, parallel=len(languages) > 1)
        return "".join(map(environment.bounded, made))
    except Exception as error:  # any error is caused by the template
        what = verbatim(error.msg) if isinstance(error, SyntaxError) else template_fault(error)
        place = _place(error, name, design.templates)
        raise RenderError(Problem(place, what or verbatim(type(error).__name__))) from error


def _place(error: BaseException, name: str, templates: Templates) -> Place:
    """Return where in the templates an error occurred: by a syntax error itself, or by the innermost frame."""
    if isinstance(error, TemplateSyntaxError):
        return Place(error.filename or name, error.lineno)
    files = {template.file for template in templates.values()}
    trace, place = error.__traceback__, Place(templates[name].file if name in templates else name)
    while trace:
        file = trace.tb_frame.f_code.co_filename
        place = Place(file, trace.tb_lineno) if file in files else place
        trace = trace.tb_next
    return place


def check_html(brief: Brief, languages: Sequence[str], theme: Theme, fonts: Fonts) -> None:
    """Raise RenderError if the theme lacks a language, names an unknown font, or has a logo without description."""
    problems = [
        Problem(Place("theme", column=language), tr("the theme does not say how this language is set"))
        for language in languages
        if language not in theme.settings
    ]
    named = {name for setting in theme.settings.values() for family in setting.families.values() for name in family}
    problems += undescribed(brief, theme)
    problems += [
        Problem(Place("theme"), tr("'{name}' is not a prepared font", name=name))
        for name in sorted(named - {*fonts.families})
    ]
    if problems:
        raise RenderError(problems)


def undescribed(brief: Brief, theme: Theme) -> list[Problem]:
    """Return a problem if the theme has a logo but the brief has no description of it."""
    if not theme.logo or LOGO in brief.words:
        return []
    hint = tr("write it as the phrase '{logo}' in templates/wording/furniture.yml", logo=LOGO)
    return [Problem(Place("theme", column=LOGO), tr("the logo has no description"), hint)]


def environment_of(
    brief: Brief,
    languages: Sequence[str],
    design: Design,
    filters: Mapping[str, Callable[..., object]] | None = None,
    names: Mapping[str, object] | None = None,
) -> Sandbox:
    """Return the sandbox for the page templates, with the filters and names that they may use.

    `filters` and `names` are added to these or replace them.
    """
    theme = design.theme
    chinese = [language for language in languages if theme.settings[language].chinese]
    settings = {language: date_words(theme.settings[language], brief.languages[language]) for language in languages}
    links = fact_links(brief, "pdf")
    own: dict[str, Callable[..., object]] = {
        "say": lambda statement, language: statement_html(statement, settings[language], language),
        "piece": lambda piece, language: escape(
            typeset(piece.text, theme.settings[language].chinese, theme.settings[language].units)
        ),
        "title": lambda statement, language: without_typesetting(statement.text(language)),
        "prose": lambda block, language: prose_html(block.statements, settings[language], language, links),
        "marks": lambda noted, language: marks(noted, language, theme.settings[language].chinese),
        "cited": lambda reference, language: keep_together(reference.entries[language]),
        "listed": lambda reference: listed_references(reference, languages, chinese),
        "picture": picture_html,
        "common": common,
        "families": families,
        "in_rows": in_rows,
        "places": lambda table: table.places(),
        "widths": widths,
        "lines": lambda statement, language: text_lines(statement, theme.settings[language], language),
    }
    known = {
        "tag": brief.languages,
        "chinese": chinese,
        "full_width": FULL_WIDTH,
        "gap": RUN_IN,
    }
    return Sandbox(lambda name: _read(design.templates, name), {**own, **(filters or {})}, {**known, **(names or {})})


def faint(theme: Theme) -> str:
    """Return the colour of a watermark, between those of paper and lines."""
    return mixed(theme.colours["paper"], theme.colours["rule"], FAINT)


def _read(templates: Templates, name: str) -> tuple[str, str, None] | None:
    """Return a template's text and its file for messages, None for any other name."""
    found = templates.get(name)
    return (found.text, found.file, None) if found else None


def date_words(setting: Typesetting, tag: str) -> Typesetting:
    """Return a setting with the names of months added to the words that stay with the number before them."""
    months = () if setting.chinese else tuple(Locale.parse(tag, sep="-").months["format"]["wide"].values())
    return replace(setting, units=(*setting.units, *months))


def statement_html(statement: Statement, setting: Typesetting, language: str) -> Markup:
    """Return the text of a statement, typeset and escaped."""
    return escape(typeset(statement.text(language), setting.chinese, setting.units))


def joined(statements: Iterable[Statement], setting: Typesetting, language: str) -> tuple[str, str]:
    """Return the separator of a paragraph's sentences (a space, nothing in Chinese), and its text."""
    between = "" if setting.chinese else " "
    return between, between.join(statement.text(language) for statement in statements)


def prose_html(statements: Sequence[Statement], setting: Typesetting, language: str, links: FactLinks) -> Markup:
    """Return the sentences of a paragraph with links, without spaces between Chinese ones."""
    between, text = joined(statements, setting, language)
    shown = typeset(text, setting.chinese, setting.units)
    return links.html(text, shown, printed_in(statements, language, between), (), escaped)


def text_lines(statement: Statement, setting: Typesetting, language: str) -> list[Markup]:
    """Return the lines of a title, split at BREAK, typeset and escaped."""
    text = statement.text(language).split(BREAK)
    return [escape(typeset(line, setting.chinese, setting.units)) for line in text]


def in_rows(blocks: Iterable[Block], language: str) -> list[list[Block]]:
    """Return blocks in rows of the page: two cards, two half figures, or texts with the asides in their margin.

    If the asides are longer than the text, the next paragraph joins the row, so that no gap is left. An aside that asks
    for a decision has a row of its own.
    """
    rows: list[list[Block]] = []
    for block in blocks:
        row = rows[-1] if rows else []
        pair = len(row) == 1 and all(map(_takes_half, (row[0], block))) and row[0].kind == block.kind
        beside = block.kind == ASIDE and block.tone != ASKS and row and row[0].kind in BESIDE
        if pair or beside or (block.kind == "paragraph" and _aside_is_longer(row, language)):
            row.append(block)
        else:
            rows.append([block])
    return rows


def _aside_is_longer(row: Sequence[Block], language: str) -> bool:
    """Return whether the asides of a row are estimated to take more lines than its texts."""
    texts = [_text(block, language) for block in row if block.kind != ASIDE]
    asides = [_text(block, language) for block in row if block.kind == ASIDE]
    taller = sum((NARROWER_HAN if has_han(each) else NARROWER) * len(each) + LABEL for each in asides)
    return taller > sum(map(len, texts))


def _text(block: Block, language: str) -> str:
    return "".join(statement.text(language) for part in block.whole() for statement in part.statements)


def _takes_half(block: Block) -> bool:
    return block.kind == CARD or (block.figure is not None and block.figure.width == HALF)


def common(statement: Statement, languages: Sequence[str]) -> bool:
    """Return whether a statement has the same text in all of the languages, or is one figure there."""
    texts = {statement.text(language) for language in languages}
    return len(texts) == 1 or one_figure(texts)


def listed_references(
    reference: Reference, languages: Sequence[str], chinese: Sequence[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Return the entries of a reference to print, each with its language, without repeating the same text.

    A source without Chinese characters has no Chinese entry if there is another language. An address is printed once.
    """
    foreign = not any(has_han(reference.entries[language]) for language in chinese)
    shown = [language for language in languages if not (foreign and language in chinese)] or languages
    found: dict[str, str] = {}
    for language in shown:
        entry = reference.entries[language]
        if entry not in found.values():
            found[language] = _without(reference.url, entry) if found else entry
    return tuple((language, keep_together(entry)) for language, entry in found.items())


def _without(address: str, entry: str) -> str:
    """Return an entry without its address and the full stop after that."""
    return re.sub(rf"{re.escape(address)}(?:\.(?=\s|$))?\s*", "", entry).rstrip() if address else entry


def marks(noted: Block | Figure | Grid, language: str, chinese: bool = False) -> Markup:
    """Return the marks of references and evidence rows as links, three or more in a row as a range.

    No line ends inside or before them, unless a Chinese line would fall short. More than MANY are set closer, and a
    line may end inside them in any language.
    """
    links = [
        Markup('<a href="#reference-{}-{}">{}</a>').format(first, language, span(first, last, "", DASH))
        for first, last in runs(noted.references)
    ]
    links += [
        Markup('<a href="#evidence-{}">{}</a>').format(first, span(first, last, EVIDENCE, DASH))
        for first, last in runs(noted.evidence)
    ]
    kind = "marks" if len(links) <= MANY else "marks many"
    # The first two stay together, so that no line ends after the bracket and one number.
    apart = Markup(f", {SOFT}" if chinese or len(links) <= MANY else ", ")
    listed = Markup(f",{FIRM}").join([*links[:1], apart.join(links[1:])] if links[1:] else links)
    return Markup('{}<sup class="{}">[{}]</sup>').format(SOFT, kind, listed) if links else Markup("")


def picture_html(drawn: Picture) -> str:
    """Return a picture as a data URL."""
    return f"data:image/svg+xml;base64,{b64encode(drawn.svg).decode()}"


def column_widths(template: str, count: int, width: float) -> tuple[float, ...]:
    """Return the widths in mm for which a template's figures are drawn, in the order of the text.

    If the template has columns, the first figure is in the first column and the others are in the last.
    """
    columns = COLUMNS.get(template, ((width,),))
    first, *rest = columns[min(count, len(columns)) - 1] if count else (width,)
    return tuple(first if place == 0 or not rest else rest[-1] for place in range(count))


def widths(columns: Sequence[GridColumn], rows: Sequence[Sequence[Statement]] = ()) -> list[str]:
    """Return the width in per cent of each column, without those printed below another.

    Columns without a width share the rest: a column of words counts WORDS, one of numbers a sixth of the characters
    of its longest cell, between 1 and WORDS.
    """
    given = sum(float(column.width.rstrip("%")) for column in columns if column.width)
    parts = {
        index: min(max(_longest(index, rows) / 6, 1.0), WORDS) if column.figures else WORDS
        for index, column in enumerate(columns)
        if not column.width and not column.below
    }
    share = max(100.0 - given, 0.0) / sum(parts.values()) if parts else 0.0
    beside = ((index, column) for index, column in enumerate(columns) if not column.below)
    return [column.width or f"{share * parts[index]:.2f}%" for index, column in beside]


def _longest(index: int, rows: Sequence[Sequence[Statement]]) -> int:
    """Return the length of the longest cell of a column; a Chinese character counts as two."""
    texts = (sentence.text for row in rows for sentence in row[index].sentences.values())
    return max((len(text) + sum(map(has_han, text)) for text in texts), default=0)


def families(names: Iterable[str]) -> Markup:
    """Return font families as a list in CSS."""
    return Markup(", ".join(f'"{name}"' for name in names))
