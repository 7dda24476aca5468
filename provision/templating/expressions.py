"""Conditions as compiled templates."""

from __future__ import annotations

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer

from provision.errors import Location, TemplateError
from provision.templating.environment import NativeEnvironment, ScopeTemplate, native_environment
from provision.templating.names import names_in
from provision.templating.once import once
from provision.templating.values import has_markers


class _Embedded(NodeTransformer):
    """Text constants that are templates become what is in them: ``x == '{{ y }}'``."""

    def __init__(self, environment: NativeEnvironment) -> None:
        self.environment = environment

    def visit_Const(self, node: nodes.Const) -> nodes.Expr:  # noqa: N802 - jinja2's name
        if not isinstance(node.value, str) or not has_markers(node.value):
            return node
        body = self.environment.parse(node.value).body
        if len(body) != 1 or not isinstance(body[0], nodes.Output):
            raise TemplateSyntaxError("only {{ }} can stand within a condition", node.lineno)
        parts = [
            nodes.Const(each.data, lineno=node.lineno)
            if isinstance(each, nodes.TemplateData)
            else each
            for each in body[0].nodes
        ]
        return parts[0] if len(parts) == 1 else nodes.Concat(parts, lineno=node.lineno)


@once(8192)
def compile_expression(text: str) -> ScopeTemplate:
    """An expression without braces as a template. Raises jinja2's TemplateSyntaxError.

    Unlike in a value, a backslash in its strings is Jinja's, as in Ansible.
    """
    environment = native_environment()
    parser = Parser(environment, text, state="variable")
    parsed = parser.parse_expression()
    if not parser.stream.eos:
        parser.fail(f"unexpected {parser.stream.current.value!r}", parser.stream.current.lineno)
    tree = nodes.Template([nodes.Output([parsed], lineno=1)], lineno=1)
    tree.set_environment(environment)
    made = environment.from_string(_Embedded(environment).visit(tree))
    assert isinstance(made, ScopeTemplate)
    return made


def is_expression(text: str) -> bool:
    """Whether a text parses as an expression."""
    try:
        compile_expression(text)
    except TemplateSyntaxError:
        return False
    return True


def harmless(text: str, at: Location | None) -> str:
    """An expression that rendering made, which data from a node may have got into.

    Raises:
        TemplateError: it calls a lookup, and so could run programs on the controller.
    """
    if names_in("{{ " + text + " }}") is None:
        raise TemplateError(
            f"the condition becomes '{text}': one made by a template cannot call lookups",
            at=at,
            hint="write the condition without braces; variables need none there",
        )
    return text
