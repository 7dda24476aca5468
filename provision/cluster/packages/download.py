"""One download from a repository, followed by any number of readers while it comes in."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any

from provision.cluster.packages.store import Kept, PackageStore

TIMEOUT = 30.0
"""Seconds without a byte from the repository."""
_CHUNK = 1 << 17
_PASSED_ON = ("Content-Type", "Last-Modified", "ETag", "Location")
_OURSELVES = {"User-Agent": "provision"}
# What a Debian archive never changes. https://wiki.debian.org/DebianRepository/Format
_BY_HASH = re.compile(r"/by-hash/SHA256/([0-9a-fA-F]{64})$")
_PACKAGE = re.compile(r"/pool/[^?]+_[^/?]+\.u?deb$")


class Download:
    """What a URL gives now: asked once, or taken from the store if the repository says it holds.

    Attributes:
        status: HTTP's; 502 where the repository does not answer. 0: it has not answered yet.
        headers: what clients are told beside the length.
        length: bytes, None if the repository does not say.
    """

    def __init__(
        self, url: str, store: PackageStore, opener: urllib.request.OpenerDirector
    ) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.length: int | None = None
        self._url = url
        self._store = store
        self._opener = opener
        self._file: IO[bytes] | None = None
        self._here = 0
        self._ended = False
        self._failure: Exception | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"download {url}", daemon=True)
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether the next who asks should try again."""
        return self._failure is not None or self.status >= 400

    def wait_for_headers(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.status)

    def wait_until_kept(self, timeout: float) -> None:
        self._thread.join(timeout)

    def chunks(self) -> Iterator[bytes]:
        """The body as it comes in. Raises OSError where it breaks off."""
        at = 0
        while True:
            with self._changed:
                while self._here <= at and not self._ended:
                    self._changed.wait()
                here = self._here
                if self._failure is not None:
                    raise OSError(f"{self._url} broke off: {self._failure}")
            if here <= at:
                return
            assert self._file is not None
            while at < here:
                # By its descriptor: it may have got its name, or lost it, meanwhile.
                chunk = os.pread(self._file.fileno(), min(_CHUNK, here - at), at)
                if not chunk:
                    raise OSError(f"{self._url}: the kept file became shorter")
                at += len(chunk)
                yield chunk

    def _run(self) -> None:
        try:
            self._fetch()
        except (OSError, HTTPException, ValueError) as error:
            self._failure = error
            if not self.status:
                self._begin(502, {}, 0, None)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _fetch(self) -> None:
        found = self._store.find(self._url)
        if found is not None and self._holds_unasked(found[0]):
            self._give(*found)
            return
        request = urllib.request.Request(self._url, headers=_OURSELVES)
        if found is not None:
            for name, value in _validators(found[0], "If-None-Match", "If-Modified-Since"):
                request.add_header(name, value)
        try:
            answer = self._opener.open(request, timeout=TIMEOUT)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 304 and found is not None:
                self._give(*found)
            else:
                self._begin(error.code, _passed_on(error.headers), 0, None)
            return
        with answer:
            self._receive(answer)

    def _give(self, kept: Kept, path: Path) -> None:
        headers = dict(_validators(kept, "ETag", "Last-Modified"))
        self._begin(200, headers, kept.size, path.open("rb"), kept.size)

    def _holds_unasked(self, kept: Kept) -> bool:
        """Whether a file of a repository that gives no validators is what it was."""
        if kept.etag or kept.modified:
            return False
        if found := _BY_HASH.search(self._url):
            return found[1].lower() == kept.sha256
        request = urllib.request.Request(self._url, headers=_OURSELVES, method="HEAD")
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return bool(answer.headers.get("Content-Length") == str(kept.size))
        except urllib.error.HTTPError as error:
            error.close()
            return False

    def _receive(self, answer: Any) -> None:
        length = answer.headers.get("Content-Length")
        part = self._store.begin()
        digest = hashlib.sha256()
        try:
            with part.open("wb", buffering=0) as file:
                self._begin(
                    answer.status,
                    _passed_on(answer.headers),
                    int(length) if length is not None else None,
                    part.open("rb"),
                )
                while chunk := answer.read(_CHUNK):
                    file.write(chunk)
                    digest.update(chunk)
                    with self._changed:
                        self._here += len(chunk)
                        self._changed.notify_all()
            if self.length is not None and self._here != self.length:
                raise OSError(f"{self._here} bytes came, {self.length} were announced")
            self._keep(part, digest.hexdigest(), answer.headers)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def _keep(self, part: Path, sha256: str, headers: Message) -> None:
        """Put it into the store, if one can tell later whether it still holds."""
        etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
        said = headers.get("Cache-Control", "").lower()
        lasting = etag or modified or _BY_HASH.search(self._url) or _PACKAGE.search(self._url)
        if self.length is None or not lasting or "no-store" in said or "private" in said:
            return
        self._store.finish(part, Kept(self._url, self._here, sha256, etag, modified))

    def _begin(
        self,
        status: int,
        headers: dict[str, str],
        length: int | None,
        file: IO[bytes] | None,
        here: int = 0,
    ) -> None:
        with self._changed:
            self.headers, self.length, self._file, self._here = headers, length, file, here
            self.status = status
            self._changed.notify_all()


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The client follows them itself."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


def _validators(kept: Kept, etag: str, modified: str) -> list[tuple[str, str]]:
    pairs = [(etag, kept.etag), (modified, kept.modified)]
    return [(name, value) for name, value in pairs if value]


def _passed_on(headers: Message) -> dict[str, str]:
    return {name: headers[name] for name in _PASSED_ON if headers[name]}
