#!/usr/bin/env python3
"""Makes a container image of a built naru without an engine: the program, the libraries that it loads, nothing else.

usage: tools/make_image.py PROGRAM OUT.tar        an archive for `docker load`, `podman load`, or as an OCI layout
       tools/make_image.py PROGRAM --root FOLDER  only the files, for a Dockerfile or a chroot

The same files give the same bytes: times are 0, names are sorted. Python 3, and ldd and strip of the build machine.
"""
import argparse
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

USER = 65532  # as distroless images have it: nobody of the host
TAG = "naru:latest"
DATA = "data"  # the volume: naru.yaml, documents, .naru/
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")  # for models behind an address
PASSWD = f"root:x:0:0::/:/none\nnaru:x:{USER}:{USER}::/{DATA}:/none\n"
GROUP = f"root:x:0:\nnaru:x:{USER}:\n"
CONFIG = {
    "User": f"{USER}:{USER}", "WorkingDir": f"/{DATA}", "Volumes": {f"/{DATA}": {}}, "ExposedPorts": {"8443/tcp": {}},
    "Env": ["PATH=/usr/local/bin", f"HOME=/{DATA}", "LC_ALL=C.UTF-8", "TMPDIR=/tmp"],
    "Entrypoint": ["naru"], "Cmd": ["--help"], "StopSignal": "SIGTERM",
}

OPENED_AT_RUN_TIME = ["libcurl.so.4"]
# Of connectors: without one the connector says what is missing.
OPENED_IF_THERE = ["libpq.so.5", "libmariadb.so.3", "libodbc.so.2"]


def libraries_of(files):
    """Shared libraries that the dynamic linker finds for these, as it names them."""
    found = set()
    for file in files:
        said = subprocess.run(["ldd", str(file)], capture_output=True, check=True).stdout.decode()
        for line in said.splitlines():
            if "not found" in line:
                sys.exit(f"make_image: {file}: {line.strip()}")
            names = [word for word in line.split() if word.startswith("/")]
            found.update(Path(name) for name in names)
    return sorted(found)


def opened_at_run_time():
    """Libraries of the system that the program opens itself (src/runtime/curl_library.h): ldd does not name them."""
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, check=True).stdout.decode()
    found = []
    for name in [*OPENED_AT_RUN_TIME, *OPENED_IF_THERE]:
        paths = [line.split()[-1] for line in listed.splitlines() if line.split()[:1] == [name]]
        if paths:
            found.append(Path(paths[0]))
        elif name in OPENED_AT_RUN_TIME:
            sys.exit(f"make_image: {name} is not installed")
    return found


def copy(source, target, strip=False):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755)
    if strip:
        subprocess.run(["strip", "--strip-unneeded", str(target)], check=True)


def make_root(program, root):
    home = program.parent / "lib" / "naru"
    # Plug-ins stand in folders of their own, each with its program and what that alone needs.
    beside = sorted(path for path in home.rglob("*") if path.is_file())
    if not beside:
        sys.exit(f"make_image: no lib/naru beside {program}: build it first")
    copy(program, root / "usr/local/bin/naru", strip=True)
    for library in beside:
        copy(library, root / "usr/local/lib/naru" / library.relative_to(home), strip=".so" not in library.name)
    ours = {library.name for library in beside}
    opened = opened_at_run_time()
    for library in sorted({*opened, *libraries_of([program, *beside, *opened])}):
        if library.name in ours:
            continue
        # By its folder's real name, as Debian's /lib is a link to /usr/lib.
        folder = Path(os.path.realpath(library.parent)).relative_to("/")
        copy(os.path.realpath(library), root / folder / library.name)
    for link in ("lib", "lib64"):
        (root / "usr" / link).mkdir(exist_ok=True)
        (root / link).symlink_to("usr/" + link)
    linker = Path("/lib64/ld-linux-x86-64.so.2")
    if linker.exists():
        copy(os.path.realpath(linker), root / "usr/lib64" / linker.name)
    for name, text in (("etc/passwd", PASSWD), ("etc/group", GROUP), ("etc/nsswitch.conf", "hosts: files dns\n")):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    if CERTIFICATES.exists():
        copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
        (root / CERTIFICATES.relative_to("/")).chmod(0o644)
    for name in ("tmp", DATA, "proc", "dev", "sys"):
        (root / name).mkdir()


def layer_of(root):
    bytes_out = io.BytesIO()
    with tarfile.open(fileobj=bytes_out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(root.rglob("*")):
            entry = tar.gettarinfo(str(path), str(path.relative_to(root)))
            entry.mtime = entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            if entry.name == DATA:
                entry.uid = entry.gid = USER
            if entry.name == "tmp":
                entry.mode = 0o1777
            if entry.isreg():
                with path.open("rb") as file:
                    tar.addfile(entry, file)
            else:
                tar.addfile(entry)
    return bytes_out.getvalue()


def make_image(root, out):
    blobs = {}

    def blob(data):
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return digest

    def described(kind, data):
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": "sha256:" + blob(data), "size": len(data)}

    def encoded(value):
        return json.dumps(value, sort_keys=True).encode()

    layer = layer_of(root)
    config = encoded({"architecture": "amd64", "os": "linux", "config": CONFIG,
                      "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
                      "history": [{"created_by": "tools/make_image.py"}]})
    manifest = encoded({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                        "config": described("config.v1+json", config),
                        "layers": [described("layer.v1.tar", layer)]})
    index = {"schemaVersion": 2, "manifests": [described("manifest.v1+json", manifest) | {
        "annotations": {"org.opencontainers.image.ref.name": TAG}}]}
    blobs["oci-layout"] = encoded({"imageLayoutVersion": "1.0.0"})
    blobs["index.json"] = encoded(index)
    blobs["manifest.json"] = encoded([{"Config": f"blobs/sha256/{blob(config)}", "RepoTags": [TAG],
                                       "Layers": [f"blobs/sha256/{blob(layer)}"]}])  # for older engines
    with tarfile.open(out, "w") as tar:
        for name, data in sorted(blobs.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--root", type=Path, help="an empty or missing folder, kept")
    options = parser.parse_args()
    if not options.out and not options.root:
        parser.error("say where: OUT.tar, --root FOLDER, or both")
    root = options.root or options.out.with_suffix(".root")
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()):
        sys.exit(f"make_image: {root} is not empty")
    make_root(options.program.resolve(), root)
    if options.out:
        make_image(root, options.out)
    if not options.root:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
