"""Read the editions of a series: its city, its languages, and the day up to which each edition knows the facts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from babel.core import Locale, UnknownLocaleError

from jianbao.brief.letterhead import RECIPIENTS
from jianbao.core.documents import Node, Problems, as_integer, as_mapping, as_number, as_text, as_yes_no
from jianbao.core.edition_folder import ARCHIVE, LONGEST_LABEL, is_label
from jianbao.core.errors import Place, Problem, UsageError, nearest
from jianbao.core.messages import tr
from jianbao.data.facts import Fact

FORMAT = 2  # the version of the file formats of a workspace, named in data/editions.yml


@dataclass(frozen=True)
class Language:
    """A language of the series: its Babel `locale`, and its BCP 47 `tag` for pages."""

    locale: Locale
    tag: str


@dataclass(frozen=True)
class Issue:
    """One edition: its label, its number in the series, and the day up to which facts are known to it.

    A back edition is for a past year without a declared edition; it has the number 0 and uses the newest method.
    """

    label: str
    number: int
    as_of: date
    back: bool = False


@dataclass(frozen=True, kw_only=True)
class Series:
    """What all editions share: city, reader and issuer (ids of names), languages, and the editions (`issues`).

    `firm` is the share of draws that must agree before a change is reported as one; `since` is the first year scored.
    """

    city: str
    reader: str
    issuer: str
    draft: bool
    firm: float
    since: int
    languages: Mapping[str, Language]
    issues: Mapping[str, Issue]

    def issue(self, label: str) -> Issue:
        """Return an edition by its label: the newest for "", a back edition for a year without a declared one.

        Raises UsageError for a label that is neither declared nor a year of the series.
        """
        if not label:
            return self.newest()
        return self.issues.get(label) or self._back_edition(label)

    def newest(self) -> Issue:
        """Return the newest edition."""
        return max(self.issues.values(), key=lambda issue: issue.as_of)

    def reach(self) -> range:
        """Return the years for which an edition can be made: from the first one scored to the last complete one."""
        last = self.newest().as_of
        return range(self.since, last.year + (last == _end_of(last.year)))

    def labels(self) -> tuple[str, ...]:
        """Return the labels of all editions that can be made: every year in reach, then the declared ones."""
        return tuple(dict.fromkeys((*map(str, self.reach()), *self.issues)))

    def _back_edition(self, label: str) -> Issue:
        reach = self.reach()
        if label not in map(str, reach):
            hint = nearest(label, self.issues)
            if {*map(str, reach)} - {*self.issues}:
                hint = tr(
                    "{hint}; any year from {first} to {last} can be made", hint=hint, first=reach[0], last=reach[-1]
                )
            raise UsageError(
                Problem(Place(f"--edition {label}"), tr("there is no edition '{label}'", label=label), hint)
            )
        return Issue(label, 0, _end_of(int(label)), back=True)

    def before(self, issue: Issue) -> Issue | None:
        """Return the previous edition by day; None for the first one and for a back edition."""
        earlier = [each for each in self.issues.values() if each.as_of < issue.as_of and not issue.back]
        return max(earlier, key=lambda each: each.as_of, default=None)

    def days_before(self, day: date) -> list[date]:
        """Return the days of editions and the ends of scored years before a day, the latest first."""
        days = {*(each.as_of for each in self.issues.values()), *map(_end_of, range(self.since, day.year))}
        return sorted((each for each in days if each < day), reverse=True)

    def unknown_language(self, language: str) -> Problem:
        """Return the problem of asking for a language that the series does not have."""
        return Problem(
            Place("--lang"), tr("'{language}' is not a language", language=language), nearest(language, self.languages)
        )


def _end_of(year: int) -> date:
    return date(year, 12, 31)


def read_series(node: Node, problems: Problems) -> Series:
    """Read data/editions.yml; each error is added to the problems with its line."""
    if format_of(node) != FORMAT:
        problems.append(_other_format(node))
        problems = []  # other problems are not reported: the other format may cause them
    needed = ("format", "city", "reader", "languages", "editions", "firm", "since")
    fields = as_mapping(node, problems, required=needed, optional=("issuer", "draft"))
    languages = as_mapping(fields["languages"], problems, optional=None) if "languages" in fields else {}
    issues = as_mapping(fields["editions"], problems, optional=None) if "editions" in fields else {}
    for key in ("languages", "editions"):
        if (listed := fields.get(key)) and listed.value == {}:
            problems.append(Problem(listed.place, tr("there are no {key}", key=key), tr("declare one at least")))
    problems += _alike(issues)
    issuer = fields.get("issuer")
    return Series(
        city=as_text(fields["city"], problems) if "city" in fields else "",
        reader=as_text(fields["reader"], problems) if "reader" in fields else "",
        issuer=as_text(issuer, problems) if issuer and issuer.value != "" else "",
        draft="draft" in fields and as_yes_no(fields["draft"], problems),
        firm=as_number(fields["firm"], problems) if "firm" in fields else 1.0,
        since=as_integer(fields["since"], problems, least=1, most=date.max.year) if "since" in fields else 0,
        languages={key: known for key, child in languages.items() if (known := _language(child, problems))},
        issues={label: _issue(label, child, problems) for label, child in issues.items()},
    )


def format_of(node: Node) -> int | None:
    """Return the format version in data/editions.yml: 1 if it is missing, None if it is not a whole number."""
    named = node.get("format")
    if named is None:
        return 1
    return int(named.value) if isinstance(named.value, str) and re.fullmatch("[1-9][0-9]{0,3}", named.value) else None


def _other_format(node: Node) -> Problem:
    named, written = node.get("format") or node, format_of(node)
    if written is None:
        return Problem(
            named.place,
            tr("'{value}' is not a format of workspaces", value=named.value),
            tr("write format: {number}", number=FORMAT),
        )
    what = tr(
        "the workspace is in format {written}; this program reads format {number}", written=written, number=FORMAT
    )
    older = tr("jianbao upgrade shows what is rewritten, and asks before it writes")
    return Problem(named.place, what, older if written < FORMAT else tr("install a newer jianbao"))


def _language(node: Node, problems: Problems) -> Language | None:
    fields = as_mapping(node, problems, required=("locale", "tag"))
    texts = {key: as_text(fields[key], problems) for key in ("locale", "tag") if key in fields}
    locale = _locale(written) if (written := texts.get("locale", "")) else None
    if written and locale is None:
        problems.append(
            Problem(fields["locale"].place, tr("'{locale}' is not a locale", locale=written), tr("write it as en_GB"))
        )
    return Language(locale, texts.get("tag", "")) if locale else None


def _locale(text: str) -> Locale | None:
    try:
        return Locale.parse(text) if text.isascii() else None
    except (ValueError, UnknownLocaleError):
        return None


def _alike(issues: Mapping[str, Node]) -> Iterator[Problem]:
    """Yield a problem for each label that differs from an earlier one only in case."""
    first: dict[str, str] = {}
    for label, node in issues.items():
        other = first.setdefault(label.casefold(), label)
        if other != label:
            yield Problem(
                node.place,
                tr("'{label}' and '{other}' name the same folder where case is ignored", label=label, other=other),
            )


def _issue(label: str, node: Node, problems: Problems) -> Issue:
    fields = as_mapping(node, problems, required=("number", "as_of"))
    number = as_integer(fields["number"], problems) if "number" in fields else 0
    text = as_text(fields["as_of"], problems) if "as_of" in fields else ""
    if not is_label(label):
        hint = tr(
            "it names a folder: write letters, digits, '-', '_' and '.', at most {longest} bytes, but "
            "not '{archive}' or a name that a system keeps for itself such as 'con', and no ending "
            "such as '.zip'",
            longest=LONGEST_LABEL,
            archive=ARCHIVE,
        )
        problems.append(Problem(node.place, tr("'{label}' cannot be the label of an edition", label=label), hint))
    try:
        return Issue(label, number, date.fromisoformat(text))
    except ValueError:
        where = fields.get("as_of", node).place
        problems.append(Problem(where, tr("'{value}' is not a day", value=text), tr("write it as 2025-12-31")))
        return Issue(label, number, date.min)


# A declared edition has the first of these facts, a back edition the second; its covering letter may have another.
ISSUE_FACTS = ("edition.number", "edition.method_as_of", *RECIPIENTS)


def issue_facts(series: Series, issue: Issue) -> tuple[Fact, ...]:
    """Return the series' declarations about an edition as facts for its texts."""
    how, day = tr("declared in data/editions.yml"), issue.as_of.isoformat()
    method = series.newest().as_of.isoformat()
    own = (
        Fact(id="edition.method_as_of", value=method, kind="date", as_of=day, how=tr("day of the newest edition"))
        if issue.back
        else Fact(id="edition.number", value=float(issue.number), unit="", as_of=day, how=how)
    )
    return (
        Fact(id="edition.year", value=float(issue.as_of.year), unit="year", as_of=day, how=how),
        Fact(id="edition.previous_year", value=float(issue.as_of.year - 1), unit="year", as_of=day, how=how),
        own,
        Fact(id="edition.as_of", value=day, kind="date", as_of=day, how=how),
        Fact(id="method.firm", value=series.firm, unit="share", as_of=day, how=how),
        Fact(id="method.slack", value=round(1.0 - series.firm, 9), unit="share", as_of=day, how=how),
    )
