"""Compose files as strings, with the files beside them in a dict."""

from __future__ import annotations

from provision.compose import Source, load_stack
from provision.errors import DataError


def load(*texts, files=None, variables=None, name="st"):
    """The stack of these files, called c1.yml and so on, in /srv/app."""

    def read(path, at):
        if path not in (files or {}):
            raise DataError(f"there is no {path}", at=at)
        return files[path]

    sources = [Source(text, f"c{n}.yml", "/srv/app/", read) for n, text in enumerate(texts, 1)]
    return load_stack(name, sources, variables or {})


def service(text, **more):
    """The Spec of a file's one service."""
    (spec,) = load(text, **more).services
    return spec


def web(body, **more):
    """The Spec of a service with this YAML (one line, flow style) beside its image."""
    return service("services: {web: {image: i, %s}}" % body, **more)  # noqa: UP031


def box(body, **more):
    return web(body, **more)["TaskTemplate"]["ContainerSpec"]
