"""One HTTP request from the node."""

from __future__ import annotations

import json
import os
import time
import urllib.parse
from typing import Any, Dict, Optional, Tuple

from provision.agent import file_info, files, http, http_args, multipart, permissions
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="uri",
    summary="Make an HTTP request from the node.",
    params=(
        Param("url", "The URL.", required=True),
        Param("method", "The method.", default="GET"),
        Param("body", "The body; a structure is written as body_format says.", type="raw"),
        Param(
            "body_format",
            "How body is written, and the Content-Type it gets.",
            default="raw",
            choices=("form-multipart", "form-urlencoded", "json", "raw"),
        ),
        Param("src", "A file to send as the body.", type="path"),
        Param(
            "status_code",
            "The statuses that are a success.",
            type="list",
            elements="int",
            default=[200],
        ),
        Param("return_content", "Return the body.", type="bool", default=False),
        Param(
            "follow_redirects",
            "all; safe: for GET and HEAD only; none.",
            default="safe",
            choices=("all", "no", "none", "safe", "urllib2", "yes", "True", "False"),
        ),
        Param("dest", "A file, or a directory, for the body.", type="path"),
        Param("creates", "Do not ask if this path exists.", type="path"),
        Param("removes", "Do not ask unless this path exists.", type="path"),
        Param("force", "Ask caches for a fresh answer.", type="bool", default=False),
        Param(
            "remote_src",
            "src, and the files of a form-multipart, are on the node.",
            type="bool",
            default=False,
        ),
        *permissions.PARAMS,
        files.UNSAFE_WRITES,
        *http_args.PARAMS,
        Param(
            "content_type",
            "The type of the body that came along: set by the controller.",
        ),
        Param(
            "content_follows",
            "Whether the body came along: set by the controller, whose files it is made of.",
            type="bool",
            default=False,
        ),
    ),
    mutually_exclusive=(("body", "src"),),
    check_mode=False,
    returns=(
        ("status", "the HTTP status; -1 without an answer"),
        ("url", "where the answer came from"),
        ("redirected", "whether that is not where it was asked of"),
        ("json", "the body, if it is JSON"),
        ("content", "the body, if asked for or on failure"),
        ("body", "the body of an answer that is no 2xx and yet a success"),
        ("msg", "the status line, or what went wrong"),
        ("elapsed", "whole seconds it took"),
        ("cookies", "cookies set, name -> value"),
        ("cookies_string", "the same as one text, as a request's Cookie header"),
        ("path", "dest, if given"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/uri_module.html",
)

_POLICY = {"yes": "all", "True": "all", "no": "none", "False": "none", "urllib2": "safe"}


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    for name, unwanted in (("creates", True), ("removes", False)):
        path = args[name]
        if path is not None and os.path.exists(path) == unwanted:
            said = f"skipped, since '{path}' {'exists' if unwanted else 'does not exist'}"
            return {"changed": False, "stdout": said, "msg": said, "status": None}
    body, content_type = _body(task)
    headers = {}
    if args["force"]:
        headers["Cache-Control"] = "no-cache"
    elif args["dest"] is not None and os.path.isfile(args["dest"]):
        from email.utils import formatdate

        modified = os.stat(args["dest"]).st_mtime
        headers["If-Modified-Since"] = formatdate(modified, usegmt=True)
    if content_type and not any(key.lower() == "content-type" for key in args["headers"]):
        headers["Content-Type"] = content_type
    request = http_args.from_args(
        args,
        method=args["method"].upper(),
        body=body,
        headers=headers,
        redirects=_POLICY.get(args["follow_redirects"], args["follow_redirects"]),
    )
    start = time.monotonic()
    try:
        response = http.send(task, request)
        content = http.read(response)
    except http.HttpError as error:
        raise task.fail(
            f"Status code was -1 and not {args['status_code']}: Request failed: {error}",
            status=-1,
            url=http.shown(args["url"]),
            elapsed=int(time.monotonic() - start),
            redirected=False,
        ) from None
    result = _result(response, content)
    result["elapsed"] = int(time.monotonic() - start)
    result["redirected"] = response.url != http.shown(args["url"])
    if not 200 <= response.status < 300:
        result["msg"] = f"HTTP Error {response.status}: {response.reason}"
        result["body"] = content.decode(_charset(response), "replace")
    good = response.status in args["status_code"]
    if args["return_content"] or not good:
        result["content"] = content.decode(_charset(response), "replace")
    if not good:
        said = result.pop("msg")
        result.pop("changed")
        result.pop("body", None)
        raise task.fail(
            f"Status code was {response.status} and not {args['status_code']}: {said}", **result
        )
    if args["dest"] is not None and response.status != 304:
        _store(task, response, content, result)
    return result


def _body(task: ModuleTask) -> Tuple[Optional[bytes], Optional[str]]:
    args = task.args
    body = args["body"]
    if args["content_follows"]:
        return task.blob, args["content_type"]
    if args["src"] is not None:
        return files.read_bytes(args["src"]), None
    if args["body_format"] == "form-multipart":
        return multipart.encode(body, files.read_bytes)
    if body is None:
        return None, None
    if args["body_format"] == "json":
        text = body if isinstance(body, str) else json.dumps(body)
        return text.encode(), "application/json"
    if args["body_format"] == "form-urlencoded":
        if not isinstance(body, str):
            try:
                pairs = body.items() if isinstance(body, dict) else map(tuple, body)
                body = urllib.parse.urlencode(list(pairs), doseq=True)
            except (TypeError, ValueError) as error:
                raise task.fail(f"body cannot be written as a form: {error}") from None
        return body.encode(), "application/x-www-form-urlencoded"
    text = body if isinstance(body, str) else json.dumps(body)
    return text.encode("utf-8", "surrogateescape"), None


def _charset(response: http.Response) -> str:
    for part in response.header("content-type").split(";")[1:]:
        key, _, value = part.strip().partition("=")
        if key.lower() == "charset":
            try:
                "".encode(value.strip('"'))
            except LookupError:
                break
            return value.strip('"')
    return "utf-8"


def _result(response: http.Response, content: bytes) -> Dict[str, Any]:
    from http.cookies import CookieError, SimpleCookie  # 7 ms: not for who reads SPEC only

    result: Dict[str, Any] = {}
    cookies: SimpleCookie = SimpleCookie()
    for key, value in response.headers:
        name = key.lower().replace("-", "_")
        result[name] = f"{result[name]}, {value}" if name in result else value
        if name == "set_cookie":
            try:
                cookies.load(value)
            except CookieError:
                continue
    if "location" in result:
        result["location"] = urllib.parse.urljoin(response.url, result["location"])
    kind = response.header("content-type").split(";")[0].strip().lower()
    if kind.endswith(("/json", "+json")) or kind == "application/javascript":
        try:
            result["json"] = json.loads(content.decode(_charset(response)))
        except ValueError:
            pass
    return dict(
        result,
        changed=False,
        status=response.status,
        url=response.url,
        msg=f"OK ({response.header('content-length') or 'unknown'} bytes)",
        cookies={key: morsel.value for key, morsel in cookies.items()},
        cookies_string="; ".join(f"{key}={morsel.value}" for key, morsel in cookies.items()),
    )


def _store(
    task: ModuleTask, response: http.Response, content: bytes, result: Dict[str, Any]
) -> None:
    args = task.args
    path = args["dest"]
    if os.path.isdir(path):
        name = os.path.basename(urllib.parse.urlsplit(response.url).path)
        path = os.path.join(path, name or "index.html")
    files.existing_parent(task, path)
    if not os.path.isfile(path) or files.read_bytes(path) != content:
        permissions.replace(path, content, args)
        result["changed"] = True
    else:
        result["changed"] = permissions.apply(path, args, False).changed
    result.update(file_info.describe(path), path=path)
