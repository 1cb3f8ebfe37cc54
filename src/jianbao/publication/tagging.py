"""What WeasyPrint 70.0 leaves out of the tags of a PDF: the language of a passage and the scope of a table's heads.

Also the second half of "PDF/A-3a and PDF/UA-1 in one file": the UA marker in XMP, described by an extension schema
because PDF/A admits no other schema than its own.
"""

from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pydyf  # type: ignore[import-untyped]
from weasyprint.pdf import tags

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"

MARKER = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<rdf:Description rdf:about=""><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of the standard</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""

# PDF/A asks for these prefixes and no others.
for prefix in ("extension", "schema", "property"):
    address = f"http://www.aiim.org/pdfa/ns/{prefix}{'/' if prefix == 'extension' else '#'}"
    ElementTree.register_namespace(f"pdfa{prefix.capitalize()}", address)

_build_box_tree = tags._build_box_tree


def install() -> None:
    """Let every tagged element carry its language and every head of a table its scope."""
    tags._build_box_tree = build_box_tree


def build_box_tree(box: Any, parent: Any, *rest: Any) -> Iterator[Any]:
    """Yield the elements of a box as ever, with `/Lang` and `/Scope` where the page says them."""
    element = getattr(box, "element", None)
    for made in _build_box_tree(box, parent, *rest):
        if element is not None and (language := element.get("lang")) and element.tag != "html":
            made["Lang"] = pydyf.String(language)
        if made["S"] == "/TH" and element is not None:
            made["A"]["Scope"] = "/Row" if element.get("scope") == "row" else "/Column"
        yield made


def accessible(metadata: Any, languages: tuple[str, ...]) -> Callable[..., bytes]:
    """Return a maker of the document's XMP that adds the marker of PDF/UA-1 and the languages to what is there."""
    usual = metadata.generate_rdf_metadata

    def generate(variant: str, version: int, conformance: str) -> bytes:
        root = ElementTree.fromstring(usual(variant, version, conformance))
        root.extend(ElementTree.fromstring(MARKER))
        spoken = ElementTree.SubElement(root, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
        bag = ElementTree.SubElement(ElementTree.SubElement(spoken, f"{{{DC}}}language"), f"{{{RDF}}}Bag")
        for language in languages:
            ElementTree.SubElement(bag, f"{{{RDF}}}li").text = language
        return bytes(ElementTree.tostring(root, encoding="utf-8"))

    return generate
