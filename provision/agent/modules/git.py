"""A git checkout."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any, Dict

from provision.agent import files, pack
from provision.agent.gitrepo import Repository
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="git",
    summary="Check a version of a git repository out on the node.",
    params=(
        Param("repo", "Its URL, or a path on the node.", required=True, aliases=("name",)),
        Param("dest", "Where to; not needed with clone=false.", type="path"),
        Param("version", "A branch, a tag, a full SHA-1, or HEAD.", default="HEAD"),
        Param("remote", "What the remote is called.", default="origin"),
        Param("update", "Bring an existing checkout up to date.", type="bool", default=True),
        Param("clone", "Clone where nothing is there.", type="bool", default=True),
        Param("force", "Throw local modifications away.", type="bool", default=False),
        Param("depth", "Fetch only so many commits of the history.", type="int"),
        Param("single_branch", "Clone only the version's branch.", type="bool", default=False),
        Param("bare", "Without a working tree.", type="bool", default=False),
        Param("refspec", "Something else to fetch, as git fetch takes it."),
        Param("reference", "A local repository to take objects from."),
        Param("separate_git_dir", "Where git's own files go, outside dest.", type="path"),
        Param("recursive", "Submodules too.", type="bool", default=True),
        Param(
            "track_submodules",
            "Submodules follow their branches, not the commit that is recorded.",
            type="bool",
            default=False,
        ),
        Param("verify_commit", "The signature has to be good.", type="bool", default=False),
        Param(
            "gpg_allowlist",
            "Fingerprints of keys that may have signed; none: any known one.",
            type="list",
            elements="str",
            default=[],
            aliases=("gpg_whitelist",),
        ),
        Param("archive", "Also make this zip, tar, tgz or tar.gz of the version.", type="path"),
        Param("archive_prefix", "What names in it begin with."),
        Param("ssh_opts", "Options for ssh."),
        Param("key_file", "The private key for ssh, on the node.", type="path"),
        Param("accept_hostkey", "Let ssh take any host key.", type="bool", default=False),
        Param(
            "accept_newhostkey", "Let ssh take host keys it sees first.", type="bool", default=False
        ),
        Param("executable", "The git program.", type="path"),
        Param("umask", "The umask, octal.", type="raw"),
    ),
    diff=True,
    returns=(
        ("before", "the commit before; none in a new checkout"),
        ("after", "the commit now"),
        ("remote_url_changed", "whether the remote was elsewhere before"),
        ("git_dir_before", "where git's own files were, if they moved"),
        ("git_dir_now", "where they are, if they moved"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/git_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    if args["dest"] is None and args["clone"]:
        raise task.fail("dest is needed, unless clone=false")
    if args["separate_git_dir"] and args["bare"]:
        raise task.fail("separate_git_dir and bare exclude each other")
    if args["archive_prefix"] and not args["archive"]:
        raise task.fail("archive_prefix needs archive")
    if isinstance(args["umask"], int):
        # YAML reads 0022 as a number.
        args["umask"] = f"{args['umask']:o}"
    if shutil.which(args["executable"] or "git") is None:
        raise task.fail("there is no git on the node; install the package git first")
    repository = Repository(task)
    result: Dict[str, Any] = {"changed": False, "before": None}
    if not repository.dest or not repository.exists():
        return _new(task, repository, result)
    result["before"] = repository.head()
    if not args["update"]:
        result["after"] = result["before"]
        return _archive(task, repository, result)
    return _archive(task, repository, _updated(task, repository, result))


def _new(task: ModuleTask, repository: Repository, result: Dict[str, Any]) -> Dict[str, Any]:
    args = task.args
    if task.check or not args["clone"]:
        result.update(changed=True, after=repository.remote_head())
        if task.diff:
            result["diff"] = _diff(result)
        return result
    if os.path.isdir(repository.dest) and os.listdir(repository.dest):
        raise task.fail(f"{repository.dest} is not empty and no git repository")
    repository.clone()
    if args["recursive"]:
        repository.submodules()
    if args["verify_commit"]:
        repository.verify()
    result.update(changed=True, after=repository.head())
    if task.diff:
        result["diff"] = _diff(result)
    return _archive(task, repository, result)


def _updated(task: ModuleTask, repository: Repository, result: Dict[str, Any]) -> Dict[str, Any]:
    args = task.args
    modified = repository.modified()
    if modified and not args["force"]:
        raise task.fail(
            f"Local modifications exist in the destination: {repository.dest} (force=no).",
            before=result["before"],
        )
    if task.check:
        after = repository.remote_head() or result["before"]
        result.update(changed=modified or after != result["before"], after=after)
        result["remote_url_changed"] = False
        if task.diff and result["changed"]:
            result["diff"] = _diff(result)
        return result
    _move(task, repository, result)
    if modified:
        repository.reset()
        result["msg"] = f"Local modifications exist in the destination: {repository.dest}"
    result["remote_url_changed"] = repository.set_url()
    repository.fetch()
    if not args["bare"]:
        repository.switch()
    moved = repository.submodules() if args["recursive"] else False
    if args["verify_commit"]:
        repository.verify()
    result["after"] = repository.head()
    result["changed"] = (
        result["changed"]
        or modified
        or moved
        or result["remote_url_changed"]
        or result["before"] != result["after"]
    )
    if task.diff and result["before"] != result["after"]:
        result["diff"] = _diff(result)
    return result


def _diff(result: Dict[str, Any]) -> Dict[str, str]:
    return {
        "before": f"{result['before'] or ''}\n".lstrip("\n"),
        "after": f"{result['after']}\n",
        "before_header": "commit",
        "after_header": "commit",
    }


def _move(task: ModuleTask, repository: Repository, result: Dict[str, Any]) -> None:
    """Git's own files to ``separate_git_dir``, if they are elsewhere."""
    wanted = task.args["separate_git_dir"]
    if not wanted:
        return
    present = repository.directory()
    if os.path.realpath(present) == os.path.realpath(wanted):
        return
    if os.path.lexists(wanted):
        raise task.fail(f"cannot move {present} to {wanted}, which exists already")
    repository.git("init", f"--separate-git-dir={wanted}")
    result.update(changed=True, git_dir_before=present, git_dir_now=repository.directory())


def _archive(task: ModuleTask, repository: Repository, result: Dict[str, Any]) -> Dict[str, Any]:
    """The ``archive``, unless it holds the same already."""
    path = task.args["archive"]
    if not path or task.check:
        return result
    kinds = {".zip": "zip", ".tar.gz": "tar.gz", ".tgz": "tgz", ".tar": "tar"}
    kind = next((kinds[end] for end in kinds if path.endswith(end)), None)
    if kind is None:
        raise task.fail(f"archive {path} has to end in one of {', '.join(kinds)}")
    folder = tempfile.mkdtemp(prefix="provision-git-")
    try:
        made = os.path.join(folder, "archive." + kind)
        words = ["archive", f"--format={kind}", f"--output={made}"]
        words += [f"--prefix={task.args['archive_prefix']}"] if task.args["archive_prefix"] else []
        repository.git(*words, repository.version)
        if not os.path.isfile(path) or pack.contents(made) != pack.contents(path):
            files.existing_parent(task, path)
            files.replace(path, made)
            result["changed"] = True
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return result
