"""Images packed of files, and one stream for several readers."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from pathlib import Path

import pytest

from provision.agent.docker.archive import images_in
from provision.cluster.images.fanout import Fanout, Pipe
from provision.cluster.images.layer import Tree
from provision.cluster.images.pack import Settings, pack
from provision.cluster.images.programs import add_program
from provision.errors import UsageError


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    folder = tmp_path / "www"
    (folder / "sub").mkdir(parents=True)
    (folder / "index.html").write_text("hello")
    (folder / "sub" / "run").write_text("#!/bin/sh")
    (folder / "sub" / "run").chmod(0o700)
    (folder / "link").symlink_to("index.html")
    made = Tree()
    made.add(folder, "/srv/www")
    made.links["/bin/sh"] = "busybox"
    return made


def layer(archive: Path) -> tarfile.TarFile:
    with tarfile.open(archive) as outer:
        held = outer.extractfile("layer/layer.tar")
        assert held is not None
        return tarfile.open(fileobj=io.BytesIO(held.read()))


def test_the_same_files_make_the_same_image(tree: Tree, tmp_path: Path) -> None:
    first, second = tmp_path / "a.tar", tmp_path / "b.tar"
    settings = Settings(entrypoint=["/bin/sh"], ports=["80"])
    identity = pack("web", tree, settings, first)
    for path in tree.files.values():
        path.touch()
    assert pack("web", tree, settings, second) == identity
    assert first.read_bytes() == second.read_bytes()
    assert images_in(str(first)) == {identity: ["web:latest"]}


def test_other_content_or_settings_make_another_image(tree: Tree, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    found = {
        pack("web", tree, Settings(), archive),
        pack("web", tree, Settings(environment=["A=1"]), archive),
    }
    tree.texts["/note"] = b"new"
    found.add(pack("web", tree, Settings(), archive))
    assert len(found) == 3


def test_folders_modes_links_and_settings_are_the_images(tree: Tree, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    identity = pack("web:1", tree, Settings(["/x"], user="7", ports=["53/udp"]), archive)
    files = layer(archive)
    assert files.getnames()[:3] == ["bin", "srv", "srv/www"]
    assert files.getmember("tmp").mode == 0o1777
    assert files.getmember("srv/www/sub/run").mode == 0o755
    assert files.getmember("srv/www/index.html").mode == 0o644
    assert files.getmember("srv/www/link").linkname == "index.html"
    assert {entry.uid for entry in files} == {0}
    with tarfile.open(archive) as outer:
        held = outer.extractfile(f"{identity.removeprefix('sha256:')}.json")
        assert held is not None
        config = json.load(held)["config"]
    assert config["Entrypoint"] == ["/x"]
    assert config["ExposedPorts"] == {"53/udp": {}}
    assert config["Env"][0].startswith("PATH=")


def test_a_program_brings_its_libraries() -> None:
    tree = Tree()
    add_program(tree, Path("/bin/ls"), "/bin/ls")
    assert any("/libc.so" in name for name in tree.files)


def test_what_cannot_be_packed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to pack"):
        pack("web", Tree(), Settings(), tmp_path / "a.tar")
    with pytest.raises(UsageError, match="absolute"):
        Tree().add(Path("/bin/ls"), "bin/ls")
    with pytest.raises(UsageError, match="no file"):
        Tree().add(tmp_path / "none", "/x")
    assert list(tmp_path.iterdir()) == []


class Reader(threading.Thread):
    def __init__(self, pipe: Pipe, leave_after: int | None = None) -> None:
        super().__init__(daemon=True)
        self.pipe, self.leave_after = pipe, leave_after
        self.got = b""
        self.error: OSError | None = None
        self.start()

    def run(self) -> None:
        try:
            while data := self.pipe.read(1000):
                self.got += data
                if self.leave_after is not None and len(self.got) >= self.leave_after:
                    break
        except OSError as error:
            self.error = error
        self.pipe.leave()


def test_every_reader_gets_all_and_one_that_leaves_holds_nobody_up() -> None:
    pipes = [Pipe() for _ in range(3)]
    readers = [Reader(pipes[0]), Reader(pipes[1]), Reader(pipes[2], leave_after=1)]
    chunks = [bytes([n % 256]) * 1537 for n in range(100)]
    fanout = Fanout(pipes)
    fanout.pour(chunks)
    for reader in readers:
        reader.join(20)
    assert readers[0].got == readers[1].got == b"".join(chunks)
    assert fanout.sent == 100 * 1537


def test_a_stream_that_breaks_is_no_short_stream() -> None:
    pipe = Pipe()
    reader = Reader(pipe)
    pipe.put(b"half")
    pipe.tear()
    reader.join(20)
    assert reader.error is not None
