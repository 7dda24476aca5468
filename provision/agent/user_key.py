"""A user's own SSH key pair, made once."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional

from provision.agent import accounts
from provision.agent.task import ModuleTask


def ensure(task: ModuleTask, result: Dict[str, Any]) -> None:
    """Make the pair that the ``user`` module's arguments describe, if it is not there.

    Parameters:
        result: gets ``ssh_key_file``, ``ssh_public_key`` and ``ssh_fingerprint``.
    """
    args = task.args
    found = accounts.find(args["name"])
    if found is None:
        return
    path = os.path.join(found.pw_dir, args["ssh_key_file"] or f".ssh/id_{args['ssh_key_type']}")
    result["ssh_key_file"] = path
    if not os.path.exists(path):
        result["changed"] = True
        if task.check:
            return
        folder = os.path.dirname(path)
        if not os.path.isdir(folder):
            os.mkdir(folder, 0o700)
            os.chown(folder, found.pw_uid, found.pw_gid)
        comment = args["ssh_key_comment"] or f"ansible-generated on {os.uname().nodename}"
        command = ["ssh-keygen", "-q", "-t", args["ssh_key_type"], "-C", comment, "-f", path]
        if args["ssh_key_bits"]:
            command += ["-b", str(args["ssh_key_bits"])]
        _generate(task, command, args["ssh_key_passphrase"])
        for made in (path, path + ".pub"):
            os.chown(made, found.pw_uid, found.pw_gid, follow_symlinks=False)
    public: Optional[str] = None
    if os.path.exists(path + ".pub"):
        with open(path + ".pub") as file:
            public = file.read().strip()
        result["ssh_fingerprint"] = task.run(["ssh-keygen", "-lf", path + ".pub"]).stdout.strip()
    result["ssh_public_key"] = public


def _generate(task: ModuleTask, command: List[str], passphrase: Optional[str]) -> None:
    if not passphrase:
        task.run([*command, "-N", ""], must_succeed=True)
        return
    import tempfile

    # ssh-keygen asks a helper program, so that the passphrase is on no command line.
    handle, helper = tempfile.mkstemp(prefix="provision-askpass-")
    try:
        os.write(handle, b'#!/bin/sh\nprintf "%s\\n" "$PROVISION_PASSPHRASE"\n')
        os.fchmod(handle, 0o700)
        os.close(handle)
        env = {
            "SSH_ASKPASS": helper,
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": ":0",
            "PROVISION_PASSPHRASE": passphrase,
        }
        task.run(command, env=env, must_succeed=True)
    finally:
        os.unlink(helper)
