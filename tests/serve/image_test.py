#!/usr/bin/env python3
"""Makes the container image without an engine and runs what is in it; holds the files under deploy/ to each other.

usage: tests/serve/image_test.py PROGRAM [-v]      Python 3; root, to run in the image's own root.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import serve_test  # noqa: E402
from serve_test import SECONDS_MAX, contract  # noqa: E402

ROOT = Path(__file__).parent.parent.parent
TOOL = ROOT / "tools/make_image.py"
USER = "65532:65532"

# A container's mounts, then the program as nobody: with nothing of this machine but its kernel.
RUN = """set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
for device in null zero urandom; do : > "$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
mount --bind "$2" "$1/data"
mount -t tmpfs tmpfs "$1/tmp"
mount -o remount,bind,ro "$1"
root=$1; shift 2
exec chroot --userspec=%s "$root" /usr/local/bin/naru -C /data "$@"
""" % USER


# Parquet is written by a program of its own, which has libraries of its own.
ROWS = """  rows:
    source: {jsonl: {path: rows.jsonl, id: id}}
    steps: []
    target: {parquet: {path: out}}
"""


def may_mount():
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "-mpf", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True,
                          check=False).returncode == 0


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.at = contract.Workspace(contract.MODELS + contract.FOLDER + ROWS)
        cls.addClassCleanup(cls.at.close)
        cls.root, cls.archive = cls.at.root / "image", cls.at.root / "naru.tar"
        subprocess.run([sys.executable, TOOL, contract.PROGRAM, cls.archive, "--root", cls.root], check=True,
                       timeout=SECONDS_MAX)

    def test_every_part_of_the_archive_is_what_it_is_called(self):
        with tarfile.open(self.archive) as tar:
            parts = {entry.name: tar.extractfile(entry).read() for entry in tar}
        for name, data in parts.items():
            if name.startswith("blobs/sha256/"):
                self.assertEqual(hashlib.sha256(data).hexdigest(), name.rsplit("/", 1)[1])

        def part(described):
            data = parts["blobs/sha256/" + described["digest"].split(":")[1]]
            self.assertEqual(len(data), described["size"])
            return data

        self.assertEqual(json.loads(parts["oci-layout"]), {"imageLayoutVersion": "1.0.0"})
        described, = json.loads(parts["index.json"])["manifests"]
        manifest = json.loads(part(described))
        config = json.loads(part(manifest["config"]))
        layers = [hashlib.sha256(part(layer)).hexdigest() for layer in manifest["layers"]]
        self.assertEqual(config["rootfs"]["diff_ids"], ["sha256:" + layer for layer in layers])
        self.assertEqual(config["config"]["User"], USER)
        older, = json.loads(parts["manifest.json"])
        self.assertTrue(set([older["Config"], *older["Layers"]]) <= set(parts))

    @unittest.skipUnless(may_mount(), "only root may run a program in another root (unshare, mount, chroot)")
    def test_the_program_in_it_works_as_nobody_with_nothing_of_this_machine(self):
        self.at.put("docs/rules.md", serve_test.RULES)
        self.at.put("rows.jsonl", '{"id": "a", "n": 1}\n{"id": "b", "n": 2}\n')
        for path in [self.at.folder, *self.at.folder.rglob("*")]:
            os.chown(path, *map(int, USER.split(":")))

        def naru(*arguments):
            done = subprocess.run(["unshare", "-mpf", "sh", "-c", RUN, "sh", self.root, self.at.folder, *arguments],
                                  capture_output=True, check=False, timeout=SECONDS_MAX,
                                  env={"PATH": os.environ["PATH"], "HOME": "/data", "TMPDIR": "/tmp"})
            self.assertEqual(done.returncode, 0, (arguments, done.stdout[-500:], done.stderr[-2000:]))
            return done.stdout.decode()

        self.assertIn(json.loads((ROOT / "deploy/grafana/dashboards/naru.json").read_text())["title"].lower(),
                      naru("--version"))
        naru("run")
        self.assertEqual(json.loads(naru("search", "annual leave", "--json"))["hits"][0]["doc"], "rules.md")
        self.assertEqual(json.loads((self.at.folder / "out/_manifest.json").read_text())["rows"], 2)
        self.assertEqual((self.at.folder / ".naru/truth.db").stat().st_uid, int(USER.split(":")[0]))


class Deployed(unittest.TestCase):
    """What no tool here can check by running it is at least held to the program and to each other."""

    def read(self, name):
        return (ROOT / "deploy" / name).read_text()

    def test_the_compose_file_says_what_the_program_takes_and_nothing_runs_as_root(self):
        compose = self.read("compose.yml")
        said = subprocess.run([contract.PROGRAM, "serve", "--help"], capture_output=True, check=True,
                              timeout=SECONDS_MAX).stdout.decode()
        flags = re.findall(r"^      - (--[\w-]+)=", compose, re.M)
        self.assertGreater(len(flags), 3)
        for flag in flags:
            self.assertIn(flag, said)
        services = re.findall(r"^  (\w+):\n    image: (\S+)", compose, re.M)
        self.assertEqual([name for name, _ in services], ["naru", "prometheus", "grafana"])
        for need in ("healthcheck:", "cap_drop: [ALL]", "no-new-privileges:true", "restart: unless-stopped"):
            self.assertEqual(compose.count(need), len(services), need)
        for secret in set(re.findall(r"/run/secrets/(\w+)", compose + self.read("prometheus/prometheus.yml"))):
            self.assertRegex(compose, rf"(?m)^  {secret}: {{file: ")
        for folder in re.findall(r"- \./([\w/]+):/", compose):
            self.assertTrue((ROOT / "deploy" / folder).is_dir(), folder)

    def test_the_dockerfile_is_made_of_instructions_and_of_files_that_are_there(self):
        text = re.sub(r"\\\n", " ", self.read("Dockerfile"))
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        known = {"ARG", "FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "ENV", "STOPSIGNAL", "ENTRYPOINT",
                 "CMD"}
        self.assertLessEqual({line.split()[0] for line in lines}, known)
        self.assertEqual(lines[0].split()[0], "ARG")
        for script in re.findall(r"\b((?:scripts|tools)/[\w.]+)", text):
            self.assertTrue(os.access(ROOT / script, os.X_OK), script)
        self.assertEqual(re.findall(r"^USER (\S+)$", text, re.M), [USER])
        self.assertTrue(lines[-1].startswith("CMD "))


if __name__ == "__main__":
    contract.main(sys.modules["__main__"], "image")
