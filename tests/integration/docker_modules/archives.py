"""A small image, made on the node itself: no registry is needed."""

from __future__ import annotations

# Debian's static busybox and a few links to it, as `docker save` would write them.
MAKE_IMAGE = r"""
set -e
test -x /bin/busybox && ldd /bin/busybox 2>&1 | grep -q "not a dynamic" || {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends busybox-static
} >/dev/null
python3 - "$IMAGE" "$ARCHIVE" "$MARK" <<'PYTHON'
import hashlib, io, json, sys, tarfile
name, archive, mark = sys.argv[1:]

def add(tar, path, data, mode=0o755):
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(data), mode
    tar.addfile(entry, io.BytesIO(data))

layer = io.BytesIO()
with tarfile.open(fileobj=layer, mode="w") as tar:
    with open("/bin/busybox", "rb") as file:
        add(tar, "bin/busybox", file.read())
    add(tar, "mark", mark.encode(), 0o644)
    for applet in ("sh", "sleep", "httpd", "cat", "true", "env"):
        link = tarfile.TarInfo("bin/" + applet)
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(link)
blob = layer.getvalue()
config = json.dumps({
    "architecture": "amd64", "os": "linux",
    "config": {"Cmd": ["/bin/sleep", "100000"], "Env": ["PATH=/bin"]},
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(blob).hexdigest()]},
}).encode()
digest = hashlib.sha256(config).hexdigest()
with tarfile.open(archive, "w") as tar:
    add(tar, "layer/layer.tar", blob, 0o644)
    add(tar, digest + ".json", config, 0o644)
    add(tar, "manifest.json", json.dumps([
        {"Config": digest + ".json", "RepoTags": [name], "Layers": ["layer/layer.tar"]}
    ]).encode(), 0o644)
print("sha256:" + digest)
PYTHON
"""


def make_image(call, node, name: str, archive: str, mark: str = "") -> str:
    """Write an image archive on the node; the image's ID."""
    environment = f"IMAGE={name} ARCHIVE={archive} MARK={mark}\nexport IMAGE ARCHIVE MARK\n"
    made = call(node, "shell", cmd=environment + MAKE_IMAGE)
    assert made["rc"] == 0, made
    return made["stdout"].strip()
