"""Frameworks written as text, read as the workspace reads them."""

from functools import cache
from typing import Any

import yaml

from jianbao.core.documents import Node, Problems
from jianbao.core.errors import Place
from jianbao.scoring.framework import Framework
from jianbao.scoring.framework_reader import read_framework


def node_of(text: str, file: str = "framework.yml") -> Node:
    """Read YAML as marked text, as the workspace does."""

    def marked(node: yaml.Node) -> Node:
        place = Place(file, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return Node({str(key.value): marked(value) for key, value in node.value}, place)
        if isinstance(node, yaml.SequenceNode):
            return Node(tuple(marked(each) for each in node.value), place)
        return Node(str(node.value), place)

    composed = yaml.compose(text, Loader=yaml.BaseLoader)
    assert composed is not None
    return marked(composed)


@cache
def framework_of(text: str) -> Framework:
    """Read a framework that must be sound; each text is read once, as properties try it ten thousand times."""
    problems: Problems = []
    framework = read_framework(node_of(text), problems)
    assert framework is not None, "\n".join(str(problem) for problem in problems)
    return framework


def faults_of(text: str, **known: Any) -> list[str]:
    """Read a faulty framework and return what is said of it."""
    problems: Problems = []
    assert read_framework(node_of(text), problems, **known) is None
    return [str(problem) for problem in problems]
