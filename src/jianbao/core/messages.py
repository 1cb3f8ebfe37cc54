"""Make the program's messages: English text in the code, with named fields, translated when it is shown.

The English text is the msgid of a gettext catalogue (`zh/LC_MESSAGES/jianbao.po` below LOCALE), so English needs no
catalogue. A message is a `str` with the English text that also keeps its msgid and fields. Most code makes messages
without knowing a language; `in_ui_language` translates them where they are shown.
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
    """An English text that can be translated: it has its entry in the catalogue and the values of its fields."""

    __slots__ = ("fields", "msgid")

    msgid: str
    fields: Mapping[str, object]

    def __new__(cls, english: str, msgid: str, fields: Mapping[str, object]) -> "Translatable":
        """Return the message with this English text."""
        made = super().__new__(cls, english)
        made.msgid, made.fields = msgid, fields
        return made

    def parts(self) -> tuple[str, str, Mapping[str, object]]:
        """Return the English text, msgid and fields, from which the message can be made again in another process."""
        return str(self), self.msgid, self.fields

    def __reduce__(self) -> tuple[type["Translatable"], tuple[str, str, Mapping[str, object]]]:
        return type(self), self.parts()

    def in_language(self, language: str) -> str:
        """Return the text in a language, including fields that are messages; English without a translation."""
        if language == ENGLISH or not self.msgid:
            return str(self)
        return _filled(_catalogue(language).get(self.msgid, self.msgid), self.fields, language)


class _List(Translatable):
    """Parts with a separator between them; the separator is the entry in the catalogue."""

    __slots__ = ()

    def in_language(self, language: str) -> str:
        separator = _catalogue(language).get(self.msgid, self.msgid) if language != ENGLISH else self.msgid
        return separator.join(str(_translated(part, language)) for part in self.fields.values())


class _Worded(Translatable):
    """A text that was written in several languages, which are its fields."""

    __slots__ = ()

    def in_language(self, language: str) -> str:
        return str(self.fields.get(language, self))


def tr(msgid: str, /, **fields: object) -> Translatable:
    """Return a message with its fields filled in; a field may be a message itself.

    >>> tr("'{value}' is not a number", value="ten")
    "'ten' is not a number"
    """
    return Translatable(_filled(msgid, fields, ENGLISH), msgid, fields)


def trn(one: str, many: str, number: float, /, **fields: object) -> Translatable:
    """Return a message with the English text `one` if the number is 1, else `many`; `one` is the msgid."""
    return Translatable(_filled(one if number == 1 else many, fields, ENGLISH), one, fields)


def tr_later(msgid: str) -> str:
    """Return the text unchanged; this marks it for the catalogue, and `tr(text, …)` makes it a message later."""
    return msgid


def tr_list(parts: Iterable[object], separator: str = ", ") -> Translatable:
    """Return values with a separator between them: ", ", "; ", " and " or " or ", which is translated too."""
    fields = {str(place): part for place, part in enumerate(parts)}
    return _List(separator.join(map(str, fields.values())), separator, fields)


def tr_worded(texts: Mapping[str, str]) -> Translatable:
    """Return a text that a workspace has in several languages: in that of the user, or English, or the first one."""
    return _Worded(texts.get(ENGLISH) or next(iter(texts.values())), "", texts)


def quoted(values: Iterable[object]) -> Translatable:
    """Return values in quotation marks, with a comma between them."""
    return tr_list(tr("'{value}'", value=value) for value in values)


def verbatim(text: object) -> Translatable:
    """Return a message that is the same in every language: a value, a command, the output of another program."""
    return text if isinstance(text, Translatable) else Translatable(str(text), "", {})


def tr_foreign(text: str, templates: Iterable[str]) -> Translatable:
    """Return the message of another program or library, translatable if it fits one of these templates."""
    for template in templates:
        if match := _pattern(template).fullmatch(text):
            return tr(template, **{name: tr_foreign(part, templates) for name, part in match.groupdict().items()})
    return verbatim(text)


# The messages of the operating system on files and connections.
SYSTEM = (
    tr_later("No such file or directory"),
    tr_later("Permission denied"),
    tr_later("Operation not permitted"),
    tr_later("Too many levels of symbolic links"),
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
    tr_later("Connection reset by peer"),
    tr_later("Connection timed out"),
    tr_later("timed out"),
    tr_later("Network is unreachable"),
    tr_later("No route to host"),
    tr_later("Name or service not known"),
    tr_later("Temporary failure in name resolution"),
    tr_later("Connection unexpectedly closed"),
)
# Messages of the XML reader about invalid XML.
XML_FAULTS = (
    tr_later("syntax error"),
    tr_later("no element found"),
    tr_later("not well-formed (invalid token)"),
    tr_later("unclosed token"),
    tr_later("mismatched tag"),
    tr_later("duplicate attribute"),
    tr_later("junk after document element"),
    tr_later("undefined entity"),
    tr_later("unbound prefix"),
    tr_later("unknown encoding"),
)
# Messages of Python's readers of zip archives, JSON and regular expressions, and of pyarrow about a Parquet file.
READER_FAULTS = (
    tr_later("File is not a zip file"),
    tr_later("Bad CRC-32 for file {name}"),
    tr_later("Bad magic number for file header"),
    tr_later("Bad magic number for central directory"),
    tr_later("Truncated central directory"),
    tr_later("Truncated file header"),
    tr_later("Bad offset for central directory"),
    tr_later("There is no item named {name} in the archive"),
    tr_later("File {name} is encrypted, password required for extraction"),
    tr_later("That compression method is not supported"),
    tr_later("Compressed file ended before the end-of-stream marker was reached"),
    tr_later("Error {number} while decompressing data: {detail}"),
    tr_later("Expecting value: line {line} column {column} (char {place})"),
    tr_later("Expecting property name enclosed in double quotes: line {line} column {column} (char {place})"),
    tr_later("Expecting {mark} delimiter: line {line} column {column} (char {place})"),
    tr_later("Unterminated string starting at: line {line} column {column} (char {place})"),
    tr_later("Extra data: line {line} column {column} (char {place})"),
    tr_later("unterminated character set at position {place}"),
    tr_later("missing ), unterminated subpattern at position {place}"),
    tr_later("unbalanced parenthesis at position {place}"),
    tr_later("nothing to repeat at position {place}"),
    tr_later("multiple repeat at position {place}"),
    tr_later("bad escape {mark} at position {place}"),
    tr_later("bad character range {mark} at position {place}"),
    tr_later("Could not open Parquet input source '<Buffer>': {fault}"),
    tr_later("Parquet magic bytes not found in footer. Either the file is corrupted or this is not a parquet file."),
    tr_later("Parquet file size is {size} bytes, smaller than the minimum file footer (8 bytes)"),
    tr_later("Parquet file size is {size} bytes"),
)


def tr_error(error: BaseException) -> Translatable:
    """Return the text of an exception, translatable if it was raised with a message or comes from system or readers.

    Of several lines it is the first; an exception without a text gives its name.
    """
    first = error.args[0] if error.args else ""
    if isinstance(first, Translatable):
        return first
    # A KeyError puts its text in quotation marks.
    text = str(first if isinstance(error, KeyError) else getattr(error, "strerror", None) or error).strip()
    return tr_foreign((text or type(error).__name__).splitlines()[0], (*SYSTEM, *READER_FAULTS))


NO_TEXT = verbatim("")


def _pattern(template: str) -> re.Pattern[str]:
    """Return a pattern that matches the texts of a template, with a group for each field."""
    pieces = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(f"(?P<{each}>.+)" if place % 2 else re.escape(each) for place, each in enumerate(pieces)))


def _filled(text: str, fields: Mapping[str, object], language: str) -> str:
    if not fields:
        return text.replace("{{", "{").replace("}}", "}")
    values = {name: _translated(value, language) for name, value in fields.items()}
    return text.format_map(values) if language == ENGLISH else _spaced(text, values)


def _spaced(text: str, values: Mapping[str, object]) -> str:
    """Fill in a text; put a space where a Latin letter or digit would touch a Han character."""
    made, formatter = "", Formatter()
    for literal, name, spec, conversion in formatter.parse(text):
        value = format(formatter.convert_field(values[name], conversion), spec or "") if name else ""
        for piece in (literal, value):
            made += " " + piece if _TOUCHING.fullmatch(made[-1:] + piece[:1]) else piece
    return made


def _translated(value: object, language: str) -> object:
    return value.in_language(language) if isinstance(value, Translatable) else value


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of a language by msgid."""
    path = files("jianbao") / LOCALE / language / "LC_MESSAGES" / "jianbao.po"
    return read_catalogue(path.read_text("utf-8"))


def read_catalogue(text: str) -> dict[str, str]:
    """Return the translations in a gettext catalogue (.po) by msgid; without contexts, and with one plural form.

    Babel could read it but takes ten times as long, and every command in Chinese would wait for it.
    """
    found: dict[str, str] = {}
    msgid = ""
    for key, quoted in _ENTRY.findall(text):
        unquoted = json.loads(quoted.replace('"\n"', ""))  # a catalogue's escapes are JSON's
        if key == "msgid":
            msgid = unquoted
        elif key != "msgid_plural" and msgid and unquoted:
            found[msgid] = unquoted
    return found


@dataclass
class _Setting:
    language: str = ENGLISH


_SETTING = _Setting()


def set_ui_language(language: str) -> None:
    """Set the language in which this process shows messages."""
    _SETTING.language = language if language in LANGUAGES else ENGLISH


def ui_language() -> str:
    """Return the language in which this process shows messages."""
    return _SETTING.language


def wanted_language(environment: Mapping[str, str]) -> str:
    """Return the language that the first variable set asks for: Chinese for zh…, else English."""
    wanted = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    return "zh" if wanted.lower().startswith("zh") else ENGLISH


def in_ui_language(text: str) -> str:
    """Return a text to show to the user: a message in the language of this process, any other text unchanged."""
    return text.in_language(_SETTING.language) if isinstance(text, Translatable) else text
