"""Unpack an archive."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from typing import Any, Dict, List

from provision.agent import archives, file_info, files, http, http_args, permissions, unpack
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="unarchive",
    summary="Unpack a tar or zip archive on the node.",
    params=(
        Param(
            "src",
            "The archive: on the controller; on the node, or a URL, with remote_src.",
            type="path",
            required=True,
        ),
        Param("dest", "The directory to unpack into.", type="path", required=True),
        Param("remote_src", "src is on the node, or a URL.", type="bool", default=False),
        Param("copy", "The opposite of remote_src, as it was once written.", type="bool"),
        Param("io_buffer_size", "Bytes read at once; the size here is fixed.", type="int"),
        Param("creates", "Do not unpack if this path exists.", type="path"),
        Param("include", "Only these members (patterns).", type="list", elements="str"),
        Param("exclude", "Not these members (patterns).", type="list", elements="str"),
        Param("keep_newer", "Leave files that are newer.", type="bool", default=False),
        Param(
            "extra_opts",
            "Of tar's options: --strip-components=N, --exclude=PATTERN, --no-same-owner.",
            type="list",
            elements="str",
            default=[],
        ),
        Param("list_files", "Return the members' names.", type="bool", default=False),
        Param("decrypt", "Decrypt a vault file on the controller.", type="bool", default=True),
        *permissions.PARAMS,
        files.UNSAFE_WRITES,
        *(param for param in http_args.PARAMS if param.name == "validate_certs"),
        Param(
            "content_follows",
            "Whether the archive came along: set by the controller, which first asks whether "
            "it is needed.",
            type="bool",
            default=False,
        ),
    ),
    mutually_exclusive=(("include", "exclude"), ("copy", "remote_src")),
    returns=(
        ("dest", "the directory"),
        ("src", "the archive"),
        ("files", "the members' names, if asked for"),
        ("handler", "TarArchive, or what else unpacked it, by Ansible's names"),
        ("mode", 'the directory\'s permissions, such as "0755"'),
        ("owner", "its user"),
        ("group", "its group"),
        ("uid", "its user's number"),
        ("gid", "its group's number"),
        ("size", "its bytes"),
        ("state", "directory"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/unarchive_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    dest, src = args["dest"].rstrip("/") or "/", args["src"]
    result: Dict[str, Any] = {"changed": False, "dest": dest, "src": src}
    if args["creates"] is not None and os.path.lexists(args["creates"]):
        return dict(result, skipped=True, msg=f"skipped, since {args['creates']} exists")
    if not os.path.isdir(dest):
        if task.check:
            return dict(result, changed=True)
        raise task.fail(f"dest {dest} is no directory; make it first with the file module")
    if not args["remote_src"]:
        if not args["content_follows"]:
            return dict(result, need_content=True)
        return _unpack(task, io.BytesIO(task.blob), dest, result)
    if "://" in src:
        if task.check:
            return dict(result, changed=True)
        folder = tempfile.mkdtemp(prefix="provision-unarchive-")
        try:
            path = os.path.join(folder, "archive")
            request = http.Request(src, redirects="all", validate_certs=args["validate_certs"])
            http.download(task, request, path)
            return _unpack(task, path, dest, dict(result, src=http.shown(src)))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if not os.path.isfile(src):
        if task.check:
            return dict(result, changed=True)
        raise task.fail(f"the archive {src} does not exist on the node", src=src)
    return _unpack(task, src, dest, result)


def _unpack(
    task: ModuleTask, source: archives.Source, dest: str, result: Dict[str, Any]
) -> Dict[str, Any]:
    args = task.args
    options = unpack.options_from(
        args["extra_opts"],
        include=args["include"] or [],
        exclude=args["exclude"] or [],
        keep_newer=args["keep_newer"],
        args={param.name: args[param.name] for param in permissions.PARAMS},
    )
    if not task.check:
        permissions.ids(args)
    names: List[str] = []
    seen = 0
    try:
        result["handler"] = archives.handler(source)
        with archives.members(source, result["src"]) as members:
            for member in members:
                seen += 1
                path = unpack.place_of(member, dest, options)
                if path is None:
                    continue
                name = os.path.relpath(path, dest) if options.strip else member.name
                names.append(name + "/" * (member.kind == "directory" and name[-1:] != "/"))
                if unpack.differs(member, path, options, dest):
                    result["changed"] = True
                    if not task.check:
                        unpack.write(member, path, options, dest)
    except OSError as error:
        raise task.fail(f"cannot unpack {result['src']} into {dest}: {error}") from None
    if args["include"] and not names:
        raise task.fail(f"none of the archive's {seen} members matches include")
    if args["list_files"]:
        result["files"] = names
    described = file_info.describe(dest)
    return dict(described, **result)
