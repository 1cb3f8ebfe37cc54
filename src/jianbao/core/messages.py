"""The program's messages: English text in the code, with named fields, translated where it is shown.

English is the msgid of a gettext catalogue (`zh/LC_MESSAGES/jianbao.po` below LOCALE), so English needs no catalogue.
A message is the English text itself and remembers its fields; pure code makes messages and knows no language, and
`in_ui_language` gives the text in the user's language where it leaves the program.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter

ENGLISH = "en"
LOCALE = "resources/locale"  # the folder of the catalogues in the package
LANGUAGES = (ENGLISH, "zh")
VARIABLES = ("JIANBAO_UI_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_ENTRY = re.compile(r'^(msgid|msgid_plural|msgstr|msgstr\[0\]) (".*"(?:\n".*")*)$', re.MULTILINE)
_TOUCHING = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")


class Translatable(str):
    """An English text that other languages have too: its entry in the catalogue and the values of its fields."""

    __slots__ = ("fields", "msgid")

    msgid: str
    fields: Mapping[str, object]

    def __new__(cls, english: str, msgid: str, fields: Mapping[str, object]) -> "Translatable":
        """Return the message whose English text is given."""
        made = super().__new__(cls, english)
        made.msgid, made.fields = msgid, fields
        return made

    def parts(self) -> tuple[str, str, Mapping[str, object]]:
        """Return the English text, msgid and fields, from which the message can be made again in another process."""
        return str(self), self.msgid, self.fields

    def __reduce__(self) -> tuple[type["Translatable"], tuple[str, str, Mapping[str, object]]]:
        return type(self), self.parts()

    def in_language(self, language: str) -> str:
        """Return the text in a language, English where the catalogue has none; nested messages likewise."""
        if language == ENGLISH or not self.msgid:
            return str(self)
        return _filled(_catalogue(language).get(self.msgid, self.msgid), self.fields, language)


class _List(Translatable):
    """Parts with a joint between them; the joint is the entry of the catalogue."""

    __slots__ = ()

    def in_language(self, language: str) -> str:
        joint = _catalogue(language).get(self.msgid, self.msgid) if language != ENGLISH else self.msgid
        return joint.join(str(_in(part, language)) for part in self.fields.values())


def tr(msgid: str, /, **fields: object) -> Translatable:
    """Return a message with its fields filled in; a field may be a message itself.

    >>> tr("'{value}' is not a number", value="ten")
    "'ten' is not a number"
    """
    return Translatable(_filled(msgid, fields, ENGLISH), msgid, fields)


def trn(one: str, many: str, number: float, /, **fields: object) -> Translatable:
    """Return a message that has another English text for one than for any other number."""
    return Translatable(_filled(one if number == 1 else many, fields, ENGLISH), one, fields)


def tr_later(msgid: str) -> str:
    """Return a text that becomes a message later, by `tr(text, …)`; this only names it for the catalogue."""
    return msgid


def tr_list(parts: Iterable[object], joint: str = ", ") -> Translatable:
    """Return values with a joint between them: ", ", "; ", " and " or " or " (each language has its own)."""
    fields = {str(place): part for place, part in enumerate(parts)}
    return _List(joint.join(map(str, fields.values())), joint, fields)


def quoted(values: Iterable[object]) -> Translatable:
    """Return values in quotation marks, with a comma between them."""
    return tr_list(tr("'{value}'", value=value) for value in values)


def verbatim(text: object) -> Translatable:
    """Return a text that is the same in every language: a value, a command, what another program said."""
    return text if isinstance(text, Translatable) else Translatable(str(text), "", {})


def tr_foreign(text: str, templates: Iterable[str]) -> Translatable:
    """Return the message of another program or library, translatable if it fits one of these templates."""
    for template in templates:
        if match := _pattern(template).fullmatch(text):
            return tr(template, **{name: tr_foreign(said, templates) for name, said in match.groupdict().items()})
    return verbatim(text)


# The system's messages on files that it refuses.
SYSTEM = (
    tr_later("No such file or directory"),
    tr_later("Permission denied"),
    tr_later("No space left on device"),
    tr_later("Read-only file system"),
    tr_later("Is a directory"),
    tr_later("Not a directory"),
    tr_later("Directory not empty"),
    tr_later("File exists"),
    tr_later("File name too long"),
    tr_later("Input/output error"),
    tr_later("Address already in use"),
    tr_later("Disk quota exceeded"),
    tr_later("Connection refused"),
)


def tr_error(error: BaseException) -> Translatable:
    """Return the text of an exception, translatable if it was raised with a message or comes from the system."""
    said = error.args[0] if error.args else ""
    if isinstance(said, Translatable):
        return said
    return tr_foreign(getattr(error, "strerror", None) or str(error), SYSTEM)


NO_TEXT = verbatim("")


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Return a pattern of all texts that a template can make."""
    pieces = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(f"(?P<{each}>.+)" if place % 2 else re.escape(each) for place, each in enumerate(pieces)))


def _filled(text: str, fields: Mapping[str, object], language: str) -> str:
    if not fields:
        return text.replace("{{", "{").replace("}}", "}")
    values = {name: _in(value, language) for name, value in fields.items()}
    return text.format_map(values) if language == ENGLISH else _spaced(text, values)


def _spaced(text: str, values: Mapping[str, object]) -> str:
    """Fill in a text with a space wherever a value of Latin letters or figures would touch a Han character."""
    made, formatter = "", Formatter()
    for literal, name, spec, conversion in formatter.parse(text):
        value = format(formatter.convert_field(values[name], conversion), spec or "") if name else ""
        for piece in (literal, value):
            made += " " + piece if _TOUCHING.fullmatch(made[-1:] + piece[:1]) else piece
    return made


def _in(value: object, language: str) -> object:
    return value.in_language(language) if isinstance(value, Translatable) else value


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of a language by msgid."""
    path = files("jianbao") / LOCALE / language / "LC_MESSAGES" / "jianbao.po"
    return read_catalogue(path.read_text("utf-8"))


def read_catalogue(text: str) -> dict[str, str]:
    """Return the entries of a gettext catalogue (.po) that is written as ours are: no contexts, one plural form.

    Read by hand because Babel takes ten times as long, and a user who reads Chinese would wait for it in every command.
    """
    found: dict[str, str] = {}
    msgid = ""
    for key, quoted in _ENTRY.findall(text):
        said = json.loads(quoted.replace('"\n"', ""))  # a catalogue's escapes are JSON's
        if key == "msgid":
            msgid = said
        elif key != "msgid_plural" and msgid and said:
            found[msgid] = said
    return found


@dataclass
class _Shown:
    language: str = ENGLISH


_SHOWN = _Shown()


def set_ui_language(language: str) -> None:
    """Set the language in which this process shows messages."""
    _SHOWN.language = language if language in LANGUAGES else ENGLISH


def ui_language() -> str:
    """Return the language in which this process shows messages."""
    return _SHOWN.language


def wanted_language(environment: Mapping[str, str]) -> str:
    """Return the language that the first variable set asks for: Chinese for zh…, else English."""
    wanted = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    return "zh" if wanted.lower().startswith("zh") else ENGLISH


def in_ui_language(text: str) -> str:
    """Return a text as it is shown to the user: a message in the language of this process, anything else as it is."""
    return text.in_language(_SHOWN.language) if isinstance(text, Translatable) else text
