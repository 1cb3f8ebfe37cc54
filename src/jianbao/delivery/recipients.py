"""Read who gets which files of an edition in which language, the mail server, and the allowed traces."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from jianbao.core.documents import Node, Problems, as_choice, as_integer, as_list, as_mapping, as_text, as_texts
from jianbao.core.errors import Problem
from jianbao.core.messages import tr

SECURITY = ("tls", "starttls")
PACKAGE = "package"  # among the files of a group, it means the whole package
PORTS = range(1, 65536)
# The kinds of traces in files.
TRACES = (
    *("author", "path", "comment", "note", "tracked_change", "hidden_text", "hidden_data", "hidden_sheet"),
    *("hidden_rows", "hidden_columns", "thumbnail", "revision_id", "former_version", "position", "unreadable"),
)
LONGEST_NAME, LONGEST_BOX = 100, 254  # letters; the second after RFC 5321, 4.5.3.1.3
_ENCODED = re.compile(r"=\?[^?\s]*\?[^?\s]*\?")  # begins an encoded word (RFC 2047), which may hide any character
_KNOWN = ("office", "covering", "mail", "groups", "traces")


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """The server that takes the mail, how it is secured, the user who logs in, and the sender's address."""

    host: str
    port: int
    security: str
    sender: Address
    user: str = ""


@dataclass(frozen=True)
class RecipientGroup:
    """Recipients who get the same files; their languages, the preferred one first; files, by default the PDFs."""

    name: str
    languages: tuple[str, ...]
    recipients: tuple[Address, ...]
    files: tuple[str, ...] = ()

    @property
    def layout(self) -> str:
        """Return the languages as products name them: "zh-en"."""
        return "-".join(self.languages)


@dataclass(frozen=True)
class AllowedTrace:
    """Traces that the office allows: their kind, a value or any (""), a pattern for file names, and the reason."""

    kind: str
    value: str
    file: str
    because: str

    def covers(self, file: str, kind: str, value: str) -> bool:
        """Return whether a trace in a file is one of these."""
        fits = any(fnmatchcase(name, self.file) for name in (file, PurePosixPath(file).name))
        return kind == self.kind and self.value in ("", value) and fits


@dataclass(frozen=True)
class Recipients:
    """The settings of data/delivery.yml; an empty one has no server, no groups, and allows no traces."""

    mail: MailServer | None = None
    groups: tuple[RecipientGroup, ...] = ()
    traces: tuple[AllowedTrace, ...] = ()


def parse_recipients(node: Node, languages: Collection[str], problems: Problems) -> Recipients:
    """Return the parts `mail`, `groups` and `traces` of data/delivery.yml; every fault is a problem with its line."""
    fields = as_mapping(node, problems, optional=_KNOWN)
    groups = as_mapping(fields["groups"], problems, optional=None) if "groups" in fields else {}
    found = tuple(_group(name, child, languages, problems) for name, child in groups.items())
    problems += _written_twice(groups)
    return Recipients(
        _mail(fields["mail"], problems) if "mail" in fields else None,
        found,
        parse_allowed(fields["traces"], problems) if "traces" in fields else (),
    )


def parse_allowed(node: Node, problems: Problems) -> tuple[AllowedTrace, ...]:
    """Return the part `traces` of data/delivery.yml; every fault is a problem with its line."""
    return tuple(_allowed(each, problems) for each in as_list(node, problems))


def _allowed(node: Node, problems: Problems) -> AllowedTrace:
    fields = as_mapping(node, problems, required=("kind", "because"), optional=("value", "file"))
    given = {key: as_text(each, problems) for key, each in fields.items() if key != "kind"}
    kind = as_choice(fields["kind"], TRACES, problems, tr("a kind of traces")) if "kind" in fields else ""
    return AllowedTrace(kind, given.get("value", ""), given.get("file", "*"), given.get("because", ""))


def _mail(node: Node, problems: Problems) -> MailServer | None:
    before = len(problems)
    fields = as_mapping(node, problems, required=("host", "port", "security", "sender"), optional=("user",))
    if len(problems) > before:
        return None
    port = as_integer(fields["port"], problems)
    if port not in PORTS and len(problems) == before:
        problems.append(
            Problem(
                fields["port"].place,
                tr("{port} is not a port", port=port),
                tr("the usual ports are 465 (tls) and 587 (starttls)"),
            )
        )
    return MailServer(
        host=as_text(fields["host"], problems),
        port=port,
        security=as_choice(fields["security"], SECURITY, problems, tr("a way to secure mail")),
        sender=_address(fields["sender"], problems),
        user=as_text(fields["user"], problems) if "user" in fields else "",
    )


def _group(name: str, node: Node, languages: Collection[str], problems: Problems) -> RecipientGroup:
    fields = as_mapping(node, problems, required=("language", "recipients"), optional=("files",))
    spoken = as_text(fields["language"], problems).split("-") if "language" in fields else []
    for language in spoken:
        as_choice(Node(language, fields["language"].place), languages, problems, tr("a language of the series"))
    if not name.replace("_", "").replace("-", "").isalnum():
        problems.append(
            Problem(node.place, tr("'{name}' cannot name a group", name=name), tr("write letters, digits, - and _"))
        )
    recipients = _recipients(node, problems)
    if "recipients" in fields and not recipients:
        problems.append(
            Problem(fields["recipients"].place, tr("no name is given"), tr("name one at least, or no group"))
        )
    return RecipientGroup(
        name,
        tuple(spoken),
        tuple(_address(each, problems) for each in recipients),
        as_texts(fields.get("files"), problems),
    )


def _recipients(group: Node, problems: Problems) -> tuple[Node, ...]:
    named = group.get("recipients")
    return as_list(named, problems) if named else ()


def _address(node: Node, problems: Problems) -> Address:
    """Return an address written as `name <box@host>` or `box@host`."""
    text = as_text(node, problems)
    name, angle, rest = text.rpartition("<")
    box = (rest.removesuffix(">") if angle else rest).strip()
    name = name.strip().strip('"')
    other = set("<>@") & set(name)  # a second address, which would receive nothing
    try:
        if is_plain(text) and not other and box.isascii() and box.count("@") == 1 and len(box) <= LONGEST_BOX:
            found = Address(name, addr_spec=box)
            if found.username and "." in found.domain and len(name) <= LONGEST_NAME:
                return found
    except (HeaderParseError, ValueError, IndexError):
        pass  # the problem is reported below
    if _ENCODED.search(text):
        hint = tr("write the name as it is read, in any script")
        problems.append(
            Problem(node.place, tr("'{text}' could add headers to the mail", text=text[:LONGEST_NAME]), hint)
        )
    elif len(name) > LONGEST_NAME:
        problems.append(
            Problem(
                node.place,
                tr("the name has {length:,} letters", length=len(name)),
                tr("{most} are enough", most=LONGEST_NAME),
            )
        )
    elif text:
        hint = tr('write box@host.domain, or "Name <box@host.domain>"')
        problems.append(Problem(node.place, tr("'{text}' is not a mail address", text=text), hint))
    return Address()


def is_plain(text: str) -> bool:
    """Return whether a text is safe in a header of a mail: without line ends, also once it is decoded."""
    return text.isprintable() and not _ENCODED.search(text)


def _written_twice(groups: Mapping[str, Node]) -> Iterator[Problem]:
    """Yield a problem for each duplicate recipient: nobody gets an edition twice."""
    first: dict[str, int] = {}
    for group in groups.values():
        ignored: Problems = []
        for node in _recipients(group, ignored):
            box = _address(node, ignored).addr_spec.casefold()
            if box != "<>" and box in first:
                what = tr("'{value}' is already in line {line}", value=node.value, line=first[box])
                yield Problem(node.place, what, tr("a recipient belongs to one group"))
            first.setdefault(box, node.place.line)
