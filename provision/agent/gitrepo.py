"""A git repository on the node, worked on with the git program."""

from __future__ import annotations

import os
import re
import shlex
from typing import Any, Dict, List, Mapping, Optional

from provision.agent.task import Completed, ModuleTask

_SHA = re.compile(r"^[0-9a-fA-F]{40}([0-9a-fA-F]{24})?$")


def environment(args: Mapping[str, Any]) -> Dict[str, str]:
    """What keeps git from asking questions, and how it uses ssh."""
    options = [] if args["ssh_opts"] is None else shlex.split(args["ssh_opts"])
    options += ["-o", "BatchMode=yes"]
    if args["accept_newhostkey"]:
        options += ["-o", "StrictHostKeyChecking=accept-new"]
    if args["accept_hostkey"]:
        options += ["-o", "StrictHostKeyChecking=no"]
    if args["key_file"]:
        options += ["-i", args["key_file"], "-o", "IdentitiesOnly=yes"]
    command = " ".join(shlex.quote(word) for word in ["ssh", *options])
    return {"GIT_SSH_COMMAND": command, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}


def _plain(url: str) -> str:
    """A file: URL names the same as its path does."""
    return re.sub("^file://", "", url.strip())


class Repository:
    """The repository that the task's arguments describe.

    Every method raises ModuleFailed when git does.
    """

    def __init__(self, task: ModuleTask) -> None:
        self.task = task
        self.args = task.args
        self.dest = (task.args["dest"] or "").rstrip("/")
        self.remote: str = task.args["remote"]
        self.url: str = task.args["repo"]
        self.version: str = task.args["version"]
        self.env = environment(task.args)

    def git(self, *words: str, inside: bool = True, must_succeed: bool = True) -> Completed:
        """Run git, in the repository unless ``inside`` is False."""
        command = [self.args["executable"] or "git", *words]
        if self.args["umask"] is not None:
            command = ["sh", "-c", 'umask "$0" && exec "$@"', str(self.args["umask"]), *command]
        return self.task.run(
            command,
            cwd=self.dest if inside else None,
            env=self.env,
            must_succeed=must_succeed,
        )

    def exists(self) -> bool:
        """Whether there is a repository of the wanted kind at dest."""
        sign = "config" if self.args["bare"] else ".git"
        return os.path.exists(os.path.join(self.dest, sign))

    def directory(self) -> str:
        """Where git keeps its own files, absolute."""
        return self.git("rev-parse", "--absolute-git-dir").stdout.strip()

    def head(self) -> Optional[str]:
        """The commit that is checked out; for a bare repository, of the version."""
        what = self.version if self.args["bare"] else "HEAD"
        done = self.git("rev-parse", "--verify", "-q", f"{what}^{{commit}}", must_succeed=False)
        return done.stdout.strip() or None

    def modified(self) -> bool:
        """Whether files under version control differ from the commit."""
        if self.args["bare"]:
            return False
        status = self.git("status", "--porcelain", "--untracked-files=no")
        return bool(status.stdout.strip())

    def remote_head(self) -> Optional[str]:
        """The commit that the version is at the remote; None if the remote does not know it."""
        if _SHA.match(self.version):
            return self.version.lower()
        names = [self.version]
        if self.version != "HEAD":
            names = [f"refs/tags/{self.version}^{{}}", f"refs/tags/{self.version}"]
            names.insert(0, f"refs/heads/{self.version}")
        done = self.git("ls-remote", self.url, *names, inside=False)
        rows = [line.partition("\t") for line in done.stdout.splitlines()]
        found = {name: commit for commit, _, name in rows}
        return next((found[name] for name in names if name in found), None)

    def clone(self) -> None:
        """Clone, and check the version out."""
        args = self.args
        words = ["clone", "--origin", self.remote]
        words += ["--bare"] if args["bare"] else ["--no-checkout"]
        words += ["--reference", args["reference"]] if args["reference"] else []
        words += [f"--separate-git-dir={args['separate_git_dir']}"] if self._separate() else []
        named = self.version != "HEAD" and not _SHA.match(self.version)
        if args["depth"] and args["depth"] > 0:
            words += ["--depth", str(args["depth"])]
        if (args["depth"] or args["single_branch"]) and named and self._at_remote():
            words += ["--branch", self.version]
        words += ["--single-branch"] if args["single_branch"] else []
        os.makedirs(os.path.dirname(self.dest) or ".", exist_ok=True)
        self.git(*words, "--", self.url, self.dest, inside=False)
        if args["bare"] and self.remote != "origin":
            self.git("remote", "add", self.remote, self.url, must_succeed=False)
        if args["refspec"] or (args["depth"] and _SHA.match(self.version)):
            self.fetch()
        if not args["bare"]:
            self.switch()

    def _separate(self) -> bool:
        return self.args["separate_git_dir"] is not None

    def _at_remote(self) -> bool:
        return self.remote_head() is not None

    def set_url(self) -> bool:
        """Point the remote to repo; whether it was elsewhere."""
        present = self.git("remote", "get-url", self.remote, must_succeed=False)
        if present.rc != 0:
            self.git("remote", "add", self.remote, self.url)
            return True
        if _plain(present.stdout) == _plain(self.url):
            return False
        self.git("remote", "set-url", self.remote, self.url)
        return True

    def fetch(self) -> None:
        """Bring everything that may be needed; a shallow clone stays shallow."""
        args = self.args
        words = ["fetch", "--force", self.remote]
        words += ["--depth", str(args["depth"])] if args["depth"] and args["depth"] > 0 else []
        refspecs = [args["refspec"]] if args["refspec"] else []
        if args["bare"]:
            refspecs += ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        elif args["depth"] and _SHA.match(self.version) and not refspecs:
            refspecs += [f"+{self.version}:refs/remotes/{self.remote}/{self.version}"]
        elif args["depth"] and self.version != "HEAD" and not refspecs:
            refspecs += self._shallow_refspecs()
        else:
            words += ["--tags"]
            refspecs += [f"+refs/heads/*:refs/remotes/{self.remote}/*"]
        self.git(*words, *refspecs)

    def _shallow_refspecs(self) -> List[str]:
        names = {
            f"refs/heads/{self.version}": f"refs/remotes/{self.remote}/{self.version}",
            f"refs/tags/{self.version}": f"refs/tags/{self.version}",
        }
        there = self.git("ls-remote", self.url, *names).stdout
        return [f"+{one}:{names[one]}" for one in names if f"\t{one}\n" in there + "\n"]

    def switch(self) -> None:
        """Check the version out: a branch follows its remote one, all else is detached."""
        branch = self._default_branch() if self.version == "HEAD" else self.version
        tracking = f"refs/remotes/{self.remote}/{branch}"
        if self._known(tracking) and not _SHA.match(self.version):
            self.git("checkout", "--force", "-B", branch, tracking)
            self.git("branch", f"--set-upstream-to={self.remote}/{branch}", must_succeed=False)
        else:
            self.git("checkout", "--force", self.version, "--")

    def reset(self) -> None:
        """Throw local modifications away."""
        self.git("reset", "--hard", "HEAD", "--")

    def _known(self, ref: str) -> bool:
        return self.git("show-ref", "--verify", "-q", ref, must_succeed=False).rc == 0

    def _default_branch(self) -> str:
        name = f"refs/remotes/{self.remote}/HEAD"
        self.git("remote", "set-head", self.remote, "--auto", must_succeed=False)
        found = self.git("symbolic-ref", "-q", name, must_succeed=False).stdout.strip()
        prefix = f"refs/remotes/{self.remote}/"
        return found[len(prefix) :] if found.startswith(prefix) else "HEAD"

    def submodules(self) -> bool:
        """Bring the submodules to what the commit says; whether one was changed."""
        if self.args["bare"] or not os.path.exists(os.path.join(self.dest, ".gitmodules")):
            return False
        before = self.git("submodule", "status", "--recursive", must_succeed=False).stdout
        self.git("submodule", "sync", "--recursive")
        words = ["submodule", "update", "--init", "--recursive", "--force"]
        self.git(*words, *(["--remote"] if self.args["track_submodules"] else []))
        return before != self.git("submodule", "status", "--recursive").stdout

    def verify(self) -> None:
        """The commit, or the annotated tag, has a good signature of an allowed key."""
        kind = self.git("cat-file", "-t", self.version, must_succeed=False).stdout.strip()
        word = "verify-tag" if kind == "tag" else "verify-commit"
        what = self.version if kind == "tag" else "HEAD"
        done = self.git(word, "--raw", what, must_succeed=False)
        if done.rc != 0:
            raise self.task.fail(
                f"the signature of {what} in {self.dest} is not good: {done.stderr.strip()}"
            )
        allowed = [one.replace(" ", "").upper() for one in self.args["gpg_allowlist"]]
        signers = re.findall(r"^\[GNUPG:\] VALIDSIG (\S+).* (\S+)$", done.stderr, re.M)
        if allowed and not any(key.upper() in allowed for pair in signers for key in pair):
            keys = ", ".join(sorted({key for pair in signers for key in pair})) or "nobody known"
            raise self.task.fail(f"{what} is signed by {keys}, who is not in gpg_allowlist")
