"""What stands below a field, as a document of its own for another hub: its fragments, its variables, its directives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    NamedTypeNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    get_named_type,
    print_ast,
    strip_ignored_characters,
    visit,
)

from graph.model.live import LiveQuestion

OPERATION = "Live"  # what the other hub's log calls it
ROOT = "Query"
COVERAGE, VERSION = "LiveCoverage", "dataVersion"
VERSION_KEY = (
    "liveDataVersion"  # what the version is called in the answer, unless the asker calls something so
)


def question_below(raw: GraphQLResolveInfo[Any], sent: Mapping[str, Any]) -> LiveQuestion:
    """The selections below a field as a query, with the variables as they were `sent`; only what is used is told.

    What is said here on the type of the field is said there on the root. The version of the readings is asked for where
    the coverage of this request tells it.
    """
    of = get_named_type(raw.return_type).name
    sets = [field.selection_set for field in raw.field_nodes if field.selection_set]
    within = SelectionSetNode(selections=tuple(node for found in sets for node in found.selections))
    spread = _spread(within, raw.fragments)
    version = _unused(VERSION_KEY, _names(FieldNode, within, *spread)) if _tells_version(raw) else None
    if version is not None:
        within = SelectionSetNode(selections=(*within.selections, _version(version)))
    used = _names(VariableNode, within, *spread)
    query = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=NameNode(value=OPERATION),
        variable_definitions=tuple(
            node for node in raw.operation.variable_definitions or () if node.variable.name.value in used
        ),
        directives=(),
        selection_set=within,
    )
    document = visit(DocumentNode(definitions=(query, *spread)), _Renamed(of, ROOT))
    written = strip_ignored_characters(
        print_ast(document)
    )  # no longer than it was: its length is bounded there, too
    known = {name: value for name, value in sent.items() if name in used}
    return LiveQuestion(written, known, version, frozenset(_selected(document)))


def _version(key: str) -> FieldNode:
    """The version of the readings, by this name."""
    told = FieldNode(name=NameNode(value=VERSION), arguments=(), directives=())
    return FieldNode(
        alias=NameNode(value=key),
        name=NameNode(value="nation"),
        arguments=(),
        directives=(),
        selection_set=SelectionSetNode(selections=(told,)),
    )


def _unused(name: str, names: Collection[str]) -> str:
    """The name, or the first longer one that is not taken."""
    while name in names:
        name += "_"
    return name


def _tells_version(raw: GraphQLResolveInfo[Any]) -> bool:
    """Whether the version of another hub's readings is selected anywhere in the request."""
    types = TypeInfo(raw.schema)
    finder = _VersionFinder(types)
    for node in (raw.operation, *raw.fragments.values()):
        visit(node, TypeInfoVisitor(types, finder))
    return finder.found


def _spread(
    within: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> list[FragmentDefinitionNode]:
    """The fragments below a selection set, each once."""
    found: dict[str, FragmentDefinitionNode] = {}
    waiting: list[Node] = [within]
    while waiting:
        for name in _names(FragmentSpreadNode, waiting.pop()) - found.keys():
            found[name] = fragments[name]
            waiting.append(fragments[name])
    return list(found.values())


def _names(kind: type[VariableNode | FragmentSpreadNode | FieldNode], *nodes: Node) -> set[str]:
    """The names of all nodes of a kind; of fields, what they are called in the answer."""
    finder = _Finder(kind)
    for node in nodes:
        visit(node, finder)
    return finder.names


def _selected(document: Node) -> set[str]:
    """The names of all fields a document selects, whatever they are called in its answer."""
    finder = _Selected()
    visit(document, finder)
    return finder.names


class _Selected(Visitor):
    """Notes the names of fields."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Look at one field."""
        self.names.add(node.name.value)


class _Finder(Visitor):
    """Notes the names of the nodes of a kind."""

    def __init__(self, kind: type[VariableNode | FragmentSpreadNode | FieldNode]) -> None:
        super().__init__()
        self._kind = kind
        self.names: set[str] = set()

    def enter(self, node: Node, *_: Any) -> None:
        """Look at one node."""
        if isinstance(node, self._kind):
            self.names.add((getattr(node, "alias", None) or node.name).value)


class _VersionFinder(Visitor):
    """Looks for the field that tells the version of another hub's readings."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.found = False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Look at one field."""
        parent = self._types.get_parent_type()
        if parent is not None and (parent.name, node.name.value) == (COVERAGE, VERSION):
            self.found = True


class _Renamed(Visitor):
    """Fragments on one type become fragments on another; only they name types of answers."""

    def __init__(self, of: str, root: str) -> None:
        super().__init__()
        self._of, self._root = of, root

    def enter_named_type(self, node: NamedTypeNode, *_: Any) -> NamedTypeNode | None:
        """Rename one."""
        return NamedTypeNode(name=NameNode(value=self._root)) if node.name.value == self._of else None
