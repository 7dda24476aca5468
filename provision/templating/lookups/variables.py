"""Lookups of variables and of the inventory."""

from __future__ import annotations

import re
from typing import Any

from jinja2.utils import missing

from provision.errors import TemplateError, did_you_mean
from provision.templating.lookups.base import Lookup, Request
from provision.templating.undefined import UndefinedVariable

_NO_DEFAULT = object()


def vars_(request: Request) -> list[Any]:
    """The values of variables named by text."""
    default = request.take(default=_NO_DEFAULT)["default"]
    found: list[Any] = []
    for name in request.texts():
        value = request.scope.lookup(name)
        if value is missing:
            if default is _NO_DEFAULT:
                raise UndefinedVariable(
                    f"'{name}' is undefined", hint=did_you_mean(name, request.scope)
                )
            value = default
        found.append(value)
    return found


def varnames(request: Request) -> list[Any]:
    """The names of variables that match regular expressions."""
    request.take()
    found: list[Any] = []
    for pattern in request.texts():
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise TemplateError(f"'{pattern}' is not a regular expression: {error}") from None
        found.extend(name for name in request.scope if compiled.search(name))
    return found


def inventory_hostnames(request: Request) -> list[Any]:
    """The names of hosts that a pattern selects."""
    from provision.inventory.model import Group, Host
    from provision.inventory.patterns import Matcher

    request.take()
    hosts: dict[str, Host] = {}
    groups: dict[str, Group] = {}
    for name, members in request.scope.get("groups", {}).items():
        groups[name] = Group(name)
        groups[name].hosts = [hosts.setdefault(each, Host(each)) for each in members]
    found = Matcher(hosts, groups).match(request.texts(), strict=False)
    return [host.name for host in found]


VARIABLES: dict[str, Lookup] = {
    "vars": vars_,
    "varnames": varnames,
    "inventory_hostnames": inventory_hostnames,
}
