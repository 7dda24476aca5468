"""Host patterns: ``web:&staging:!web3``, ``*.example.org``, ``~db\\d+``, ``web[0:2]``.

https://docs.ansible.com/ansible/latest/inventory_guide/intro_patterns.html
"""

from __future__ import annotations

import fnmatch
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from provision.errors import InventoryError, did_you_mean
from provision.inventory.hostnames import is_ipv6
from provision.inventory.model import Group, Host

LOCALHOST = ("localhost", "127.0.0.1", "::1")

_SUBSCRIPT = re.compile(
    r"(?P<name>.+)\[(?:(?P<one>-?[0-9]+)|(?P<first>[0-9]+)[:-](?P<last>[0-9]*))\]"
)
_TERM = re.compile(r"(?:[^\s:\[\]]|\[[^\]]*\])+")
_WITH_PORT = re.compile(r"(?:[^:\[\]&!~,]|\[[^\]]*\])+:[0-9]+|\[[^\]]+\]:[0-9]+")


def split(pattern: str | Sequence[str]) -> list[str]:
    """The terms of a pattern, as written.

    Terms are separated by commas or, where there is no comma, by colons.
    """
    if not isinstance(pattern, str):
        return [term for each in pattern for term in split(str(each))]
    text = pattern.strip()
    if "," in text:
        return [part.strip() for part in text.split(",") if part.strip()]
    if not text or text.startswith("~") or is_ipv6(text.lstrip("&!")) or _WITH_PORT.fullmatch(text):
        return [text] if text else []
    return _TERM.findall(text)


def in_order(terms: Iterable[str]) -> list[str]:
    """Terms as they are evaluated: plain ones, then ``&``, then ``!``, however written."""
    listed = [term for term in terms if term]
    plain = [term for term in listed if term[0] not in "&!"]
    both = [term for term in listed if term[0] == "&"]
    without = [term for term in listed if term[0] == "!"]
    return (plain or ["all"]) + both + without if listed else []


class Matcher:
    """Evaluates patterns over hosts and groups."""

    def __init__(self, hosts: Mapping[str, Host], groups: Mapping[str, Group]) -> None:
        self._hosts = hosts
        self._groups = groups
        self._implicit: dict[str, Host] = {}

    def match(self, pattern: str | Sequence[str], strict: bool) -> list[Host]:
        """The hosts a pattern selects, each once.

        Raises:
            InventoryError: a malformed regular expression or subscript; with ``strict`` also a
                plain name that is neither host nor group.
        """
        chosen: dict[str, Host] = {}
        for term in in_order(split(pattern)):
            if term in self._hosts:
                chosen.setdefault(term, self._hosts[term])
                continue
            found = self._term(term.lstrip("&!") if term[0] in "&!" else term, strict)
            if term[0] == "!":
                for host in found:
                    chosen.pop(host.name, None)
            elif term[0] == "&":
                names = {host.name for host in found}
                chosen = {name: host for name, host in chosen.items() if name in names}
            else:
                for host in found:
                    chosen.setdefault(host.name, host)
        return list(chosen.values())

    def unknown(self, pattern: str | Sequence[str]) -> list[tuple[str, str | None]]:
        """The plain names in a pattern that are neither host nor group, with a hint for each."""
        found: list[tuple[str, str | None]] = []
        for term in split(pattern):
            if term in self._hosts or term.startswith("~"):
                continue
            bare = term.lstrip("&!")
            subscript = _SUBSCRIPT.fullmatch(bare)
            name = subscript["name"] if subscript else bare
            known = (*self._hosts, *self._groups)
            if name and _is_plain(name) and name not in known and name not in LOCALHOST:
                found.append((name, did_you_mean(name, known)))
        return found

    def _term(self, term: str, strict: bool) -> list[Host]:
        if not term:
            raise InventoryError("a host pattern has '&' or '!' and no name after it")
        subscript = None if term.startswith("~") else _SUBSCRIPT.fullmatch(term)
        name = subscript["name"] if subscript else term
        found = self._named(name)
        if not found and strict and _is_plain(name) and name not in self._groups:
            known = [*self._hosts, *self._groups]
            raise InventoryError(
                f"'{name}' is neither a host nor a group of this inventory",
                hint=did_you_mean(name, known) or "see: provision inventory --graph",
            )
        return _slice(found, subscript) if subscript else found

    def _named(self, name: str) -> list[Host]:
        accepts = _predicate(name)
        groups = [group for key, group in self._groups.items() if accepts(key)]
        found = {host.name: host for group in groups for host in group.members()}
        if not groups or name[0] == "~" or any(char in name for char in ".?*["):
            for key, host in self._hosts.items():
                if accepts(key):
                    found.setdefault(key, host)
        if not found and name in LOCALHOST:
            found[name] = self._localhost(name)
        return list(found.values())

    def _localhost(self, name: str) -> Host:
        made = self._implicit.get(name)
        if made is None:
            variables = {
                "ansible_connection": "local",
                "ansible_python_interpreter": sys.executable,
            }
            made = self._implicit[name] = Host(name, vars=variables, implicit=True)
        return made


def _is_plain(name: str) -> bool:
    return name[0] != "~" and not any(char in name for char in "*?[")


def _predicate(name: str) -> Callable[[str], bool]:
    if _is_plain(name):
        return lambda key: key == name
    source = name[1:] if name[0] == "~" else fnmatch.translate(name)
    try:
        compiled = re.compile(source)
    except (re.error, RecursionError, OverflowError) as error:
        raise InventoryError(
            f"the host pattern '{name}' is not a regular expression: {error}"
        ) from None
    return lambda key: compiled.match(key) is not None


def _slice(hosts: list[Host], subscript: re.Match[str]) -> list[Host]:
    if subscript["one"] is not None:
        index = int(subscript["one"])
        return [hosts[index]] if -len(hosts) <= index < len(hosts) else []
    first, last = int(subscript["first"]), subscript["last"]
    return hosts[first : int(last) + 1] if last else hosts[first:]
