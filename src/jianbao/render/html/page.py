"""The brief as one self-contained page of HTML, made from sandboxed templates that hold layout and no prose."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from babel import Locale
from jinja2 import TemplateSyntaxError
from markupsafe import Markup, escape

from jianbao.brief.logo import LOGO
from jianbao.brief.model import Block, Brief, Figure, Grid, GridColumn, Picture, Reference
from jianbao.brief.reference_numbers import runs, span
from jianbao.brief.sections import HALF
from jianbao.charts.style import mixed
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem, RenderError
from jianbao.core.messages import tr, tr_error, verbatim
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.fact_links import FactLinks, escaped, fact_links, printed_in
from jianbao.render.html.templates import Sandbox, Templates
from jianbao.render.theme import MEASURE, Design, Setting, Theme
from jianbao.render.typography import FIRM, JOINER, RUN_IN, SOFT, keep_together, typeset, without_typesetting
from jianbao.render.watermark import Words, as_data_url, watermark
from jianbao.text.render import Statement

PAGE = "brief/page.html.j2"
EVIDENCE = "E"
DRAFT = "approval.draft"
CARD, ASIDE = "measure", "aside"
BESIDE = ("box", "paragraph", "bullets", ASIDE)  # what stands beside the margin; a figure or table fills it
NARROWER, LABEL = 1.2, 20  # the depth of a letter in the margin, in letters of the text, and that of a label there
FAINT = 0.2  # of the way from the paper to the colour of lines
MANY = 4
DASH = f"{JOINER}\u2013{JOINER}"
WORDS = 2.5
FULL_WIDTH = MEASURE  # mm for a figure on the page, and below on a telephone
HALF_WIDTH = 84.0
# Templates whose figures stand in columns of their own: the widths in mm for one, two, and three or more figures.
_HALF, _GAP, _NARROW = 88.0, 6.0, 60.0
_SIDE = 2 * _HALF + _GAP
COLUMNS = {"onepage": ((_SIDE,), (_HALF,) * 2, (_NARROW, _SIDE - _GAP - _NARROW))}
# Where a title that is set on several lines is broken by sense.
BREAK = "\uff5c"


def compose_html(brief: Brief, languages: Sequence[str], design: Design, name: str = PAGE) -> str:
    """Return the brief in the given languages, beside each other if there are two; `name` is the page's template.

    RenderError if a template is missing, faulty, does what the sandbox forbids or takes too much time or room, or if
    the theme names an unknown language or font.
    """
    check_html(brief, languages, design.theme, design.fonts)
    names = {"watermark": backdrop(brief, languages, design.theme, design.fonts)}
    return fill_template(environment_of(brief, languages, design, names=names), name, brief, languages, design)


def backdrop(brief: Brief, languages: Sequence[str], theme: Theme, fonts: Fonts) -> str:
    """Return the address of a draft's watermark, so light that text reads as well on it; nothing for a final."""
    words = with_draft_marks(brief, languages, theme, fonts)
    return as_data_url(watermark(words, faint(theme))) if words else ""


def with_draft_marks(brief: Brief, languages: Sequence[str], theme: Theme, fonts: Fonts) -> Words:
    """Return the words of a draft's watermark, one a language, with their faces; none for a final."""
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
    """Return the template of that name with its holes filled; RenderError if it is faulty or does what is forbidden."""
    try:
        page = environment.get_template(name)
        given = {"brief": brief, "languages": tuple(languages), "theme": design.theme}
        made = page.generate(given, parallel=len(languages) > 1)
        return "".join(map(environment.bounded, made))
    except Exception as error:  # any error is caused by the template
        what = verbatim(error.msg) if isinstance(error, SyntaxError) else tr_error(error)
        place = _place(error, name, design.templates)
        raise RenderError(Problem(place, what or verbatim(type(error).__name__))) from error


def _place(error: BaseException, name: str, templates: Templates) -> Place:
    """Return where in the templates an error came from: where it says itself, or the deepest place of its trace."""
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
    """Raise RenderError if the theme names an unknown language or font."""
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
    """Return a problem if the theme has a logo and the brief no words for it."""
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
    """Return the sandbox of the page templates with what they may ask for; `filters` and `names` come on top."""
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
    """Return a colour between paper and lines."""
    return mixed(theme.colours["paper"], theme.colours["rule"], FAINT)


def _read(templates: Templates, name: str) -> tuple[str, str, None] | None:
    """Return a template's text and its file in messages; nothing but the given templates can be read."""
    found = templates.get(name)
    return (found.text, found.file, None) if found else None


def date_words(setting: Setting, tag: str) -> Setting:
    """Return how a language is set with its months among the words that stay with the number before them."""
    months = () if setting.chinese else tuple(Locale.parse(tag, sep="-").months["format"]["wide"].values())
    return replace(setting, units=(*setting.units, *months))


def statement_html(statement: Statement, setting: Setting, language: str) -> Markup:
    """Return what a statement says in a language, typeset and escaped."""
    return escape(typeset(statement.text(language), setting.chinese, setting.units))


def prose_html(statements: Sequence[Statement], setting: Setting, language: str, links: FactLinks) -> Markup:
    """Return the sentences of a paragraph: Chinese ones follow each other without a space."""
    between = "" if setting.chinese else " "
    text = between.join(statement.text(language) for statement in statements)
    shown = typeset(text, setting.chinese, setting.units)
    return links.html(text, shown, printed_in(statements, language, between), (), escaped)


def text_lines(statement: Statement, setting: Setting, language: str) -> list[Markup]:
    """Return the lines of a title that its writer broke by sense, typeset and escaped."""
    text = statement.text(language).split(BREAK)
    return [escape(typeset(line, setting.chinese, setting.units)) for line in text]


def in_rows(blocks: Iterable[Block], language: str) -> list[list[Block]]:
    """Return blocks as rows of the page: two cards, two half figures, or texts with what stands beside them.

    Where what stands beside a text is longer than it, the next paragraph joins the row, so that no hole is left.
    """
    rows: list[list[Block]] = []
    for block in blocks:
        row = rows[-1] if rows else []
        pair = len(row) == 1 and all(map(_takes_half, (row[0], block))) and row[0].kind == block.kind
        beside = block.kind == ASIDE and row and row[0].kind in BESIDE
        if pair or beside or (block.kind == "paragraph" and _aside_is_longer(row, language)):
            row.append(block)
        else:
            rows.append([block])
    return rows


def _aside_is_longer(row: Sequence[Block], language: str) -> bool:
    """Return whether what stands beside the texts of a row takes more lines than they do."""
    aside = sum(NARROWER * _letters(block, language) + LABEL for block in row if block.kind == ASIDE)
    return aside > sum(_letters(block, language) for block in row if block.kind != ASIDE)


def _letters(block: Block, language: str) -> int:
    return sum(len(statement.text(language)) for part in block.whole() for statement in part.statements)


def _takes_half(block: Block) -> bool:
    return block.kind == CARD or (block.figure is not None and block.figure.width == HALF)


def common(statement: Statement, languages: Sequence[str]) -> bool:
    """Return whether a statement reads the same in all the languages, so that it need be printed once."""
    return len({statement.text(language) for language in languages}) == 1


def listed_references(
    reference: Reference, languages: Sequence[str], chinese: Sequence[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Return what the list prints of a reference, with its language: each entry that adds to those before it.

    A source without a Han character is not printed in Chinese if there is another language, and an address stands once.
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
    """Return an entry without its address, and without the stop that stood after it."""
    return re.sub(rf"{re.escape(address)}(?:\.(?=\s|$))?\s*", "", entry).rstrip() if address else entry


def marks(noted: Block | Figure | Grid, language: str, chinese: bool = False) -> Markup:
    """Return the marks of references and evidence rows as links, three in a row as a range.

    They stay together and with the word before them, unless a Chinese line would fall short. More than MANY are set
    closer and may be broken in any language.
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
    # The first two stay together, so that no line ends in one number after a bracket.
    apart = Markup(f", {SOFT}" if chinese or len(links) <= MANY else ", ")
    joined = Markup(f",{FIRM}").join([*links[:1], apart.join(links[1:])] if links[1:] else links)
    return Markup('{}<sup class="{}">[{}]</sup>').format(SOFT, kind, joined) if links else Markup("")


def picture_html(drawn: Picture) -> str:
    """Return a picture as an address that holds it, so that the page needs no file."""
    return f"data:image/svg+xml;base64,{b64encode(drawn.svg).decode()}"


def column_widths(template: str, count: int, width: float) -> tuple[float, ...]:
    """Return the widths in mm for which a template's figures are drawn, in the order of the text.

    Of the figures of a page in columns the first has the first column, and the others share the last.
    """
    columns = COLUMNS.get(template, ((width,),))
    first, *rest = columns[min(count, len(columns)) - 1] if count else (width,)
    return tuple(first if place == 0 or not rest else rest[-1] for place in range(count))


def widths(columns: Sequence[GridColumn], rows: Sequence[Sequence[Statement]] = ()) -> list[str]:
    """Return the width of each column that does not stand below another; those that have none share what is left.

    A column of words gets two and a half parts, one of figures a part for each six letters of its longest, up to that.
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
    """Return the length of the longest cell of a column in letters, a Han character as two."""
    texts = (sentence.text for row in rows for sentence in row[index].sentences.values())
    return max((len(text) + sum(map(has_han, text)) for text in texts), default=0)


def families(names: Iterable[str]) -> Markup:
    """Return font families as a stylesheet lists them."""
    return Markup(", ".join(f'"{name}"' for name in names))
