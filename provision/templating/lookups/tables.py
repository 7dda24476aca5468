"""Lookups in CSV and INI files."""

from __future__ import annotations

import csv
import io
import re
import shlex
from typing import TYPE_CHECKING, Any

from provision.errors import TemplateError
from provision.templating.lookups.base import Lookup, Request

if TYPE_CHECKING:
    import configparser


def csvfile(request: Request) -> list[Any]:
    """Cells of a CSV file: ``key file=x.csv delimiter=, col=1``."""
    known: dict[str, Any] = {
        "col": "1",
        "keycol": "0",
        "default": None,
        "delimiter": "TAB",
        "file": "ansible.csv",
        "encoding": "utf-8",
    }
    found = []
    for term in request.texts():
        words, given = _words(term, known)
        options = request.take(**{**known, **given})
        key = " ".join(words)
        if not key:
            raise TemplateError("the lookup 'csvfile' takes the key to look for")
        delimiter = "\t" if options["delimiter"] in ("TAB", "\\t") else str(options["delimiter"])
        text = request.read(request.find(str(options["file"])))
        column, key_column = int(options["col"]), int(options["keycol"])
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            if len(row) > key_column and row[key_column] == key:
                if column >= len(row):
                    raise TemplateError(f"the row of '{key}' has no column {column}")
                found.append(row[column])
                break
        else:
            if options["default"] is not None:
                found.append(str(options["default"]))
    return found


def ini(request: Request) -> list[Any]:
    """Values of an INI or properties file: ``key section=web file=x.ini``."""
    known: dict[str, Any] = {
        "type": "ini",
        "file": "ansible.ini",
        "section": "global",
        "re": False,
        "encoding": "utf-8",
        "default": "",
        "case_sensitive": False,
        "allow_no_value": False,
        "allow_none": False,
        "interpolation": True,
    }
    import configparser

    found: list[Any] = []
    for term in request.texts():
        words, given = _words(term, known)
        options = request.take(**known) if not given else request.take(**{**known, **given})
        text = request.read(request.find(str(options["file"])))
        section = str(options["section"])
        if options["type"] == "properties":
            text, section = f"[java_properties]\n{text}", "java_properties"
        parser = configparser.ConfigParser(
            interpolation=configparser.BasicInterpolation() if options["interpolation"] else None,
            allow_no_value=bool(options["allow_no_value"] or options["allow_none"]),
        )
        if options["case_sensitive"]:
            parser.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            parser.read_string(text)
            found.extend(_ini_values(parser, " ".join(words), section, options))
        except configparser.Error as error:
            raise TemplateError(f"{options['file']}: {error}") from None
    return found


def _ini_values(
    parser: configparser.ConfigParser, key: str, section: str, options: dict[str, Any]
) -> list[Any]:
    if options["re"]:
        if not parser.has_section(section):
            return []
        return [value for name, value in parser.items(section) if re.match(key, name)]
    if not parser.has_option(section, key):
        return [options["default"]]
    return [parser.get(section, key)]


def _words(term: str, known: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The free words of a term, and the ``option=value`` ones."""
    words, options = [], {}
    for word in shlex.split(term):
        name, equals, value = word.partition("=")
        if equals and name in known:
            options[name] = value
        else:
            words.append(word)
    return words, options


TABLES: dict[str, Lookup] = {"csvfile": csvfile, "ini": ini}
