#!/usr/bin/env python3
"""Runs test scripts: puts files, runs commands, looks at exit codes, output and JSON. Python 3, nothing else.

usage: tests/scripts/run.py [--program build/release/naru] [--jobs N] [--keep] [SCRIPT|FOLDER...]

Each script runs in a temporary folder of its own, with a home of its own and no NARU_ variable. NARU_UPDATE=1 rewrites
the blocks of `stdout is`. Exit 0: all passed or were skipped; 77: all were skipped.

A script is a list of lines; `#` begins a comment. What stands between `<<END` and `END` is text as it is.

  put FILE <<END              writes a text; `bytes FILE C8 FF ...` bytes; `repeat N FILE <<END` N files, {i} counts
  $ naru run --json           runs a command without a shell; `$NAME` starts it and goes on. {name} is a variable,
                              {naru} the program
  exit 0                      the exit code of the last command. A command that is not asked about must end with 0
  stdout|stderr has TEXT      also: lacks TEXT, is <<END, empty, lines N
  json PATH OP VALUE          of the last line of stdout; OP: == != < > <= >= has lacks length. VALUE is JSON
  any|all|none PATH OP VALUE  of the lines of stdout; `any PATH OP VALUE and PATH OP VALUE`
  let NAME = PATH             a variable from the last line of stdout
  keep NAME                   remembers stdout; `same NAME`, `differs NAME` compare with it
  until NAME any PATH ...     waits for a line of a command that was started
  signal NAME TERM            then `wait NAME` makes it the last command
  env NAME=VALUE              for the commands that follow; `env NAME` takes it away
  in FOLDER                   where the commands that follow run
  move A B, copy A B, remove A, mkdir A, link TARGET A, mode 000 A, touch A, append A TEXT
  exists A, missing A
  unprivileged                needs to run as no superuser; where we are one, the commands run as nobody
  require shared/PATH | model ROLE | mounts | parquet | PROGRAM    else the script is skipped, with the reason; after
                              `mounts`, {mounts} before a command lets it mount what only it sees
"""
import argparse
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.sax.saxutils import quoteattr

ROOT = Path(__file__).resolve().parents[2]
COMMAND_SECONDS_MAX = 300  # hangs end here; sanitizers on a busy machine are far below
# A file that changed within the tick of its file system is looked at once more by the next run, whatever it holds. A
# script means a file that has settled; a machine is fast enough to run within the tick.
SETTLED_SECONDS = 0.06
NOBODY = 65534
SKIPPED = 77  # what ctest reads as skipped


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def pick(value, path):
    """`hits[0].doc`, `.` for the value itself; KeyError where there is none."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(-?\d+)\]", "" if path == "." else path):
        value = value[name] if name else value[int(index)]
    return value


def compare(left, op, right):
    if op == "length":
        return len(left) == right
    if op == "has":
        return right in left
    if op == "lacks":
        return right not in left
    return {"==": left == right, "!=": left != right}[op] if op in ("==", "!=") else {
        "<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[op]


def holds(value, condition):
    """`PATH OP VALUE and PATH OP VALUE ...`"""
    for part in condition.split(" and "):
        match = re.fullmatch(r"(\S+) (==|!=|<=|>=|<|>|has|lacks|length) (.+)", part.strip())
        if not match:
            raise Failed(f"cannot read the condition `{part}`")
        try:
            if not compare(pick(value, match[1]), match[2], json.loads(match[3])):
                return False
        except (KeyError, IndexError, TypeError):
            return False
    return True


class Script:
    def __init__(self, path, program, keep):
        self.path, self.program, self.keep_folder = path, program, keep
        self.lines = path.read_text(encoding="utf-8").split("\n")
        self.at = 0
        self.folder = Path(tempfile.mkdtemp(prefix="naru-script-"))
        self.work = self.folder / "work"
        self.cwd = self.work
        self.user = None
        self.variables, self.kept, self.running = {"naru": program}, {}, {}
        self.stdout = self.stderr = ""
        self.code, self.asked = 0, True
        self.updates = []  # (first line, line after, new lines)
        for name in ("work", "home", "tmp"):
            (self.folder / name).mkdir()
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("NARU_")}
        self.env.update(HOME=str(self.folder / "home"), TMPDIR=str(self.folder / "tmp"), LC_ALL="C.UTF-8", NO_COLOR="1",
                        NARU_MODELS=str(self.folder / "home/models"))
        self.env.pop("XDG_DATA_HOME", None)

    # ---- running ----

    def run(self):
        try:
            while self.at < len(self.lines):
                line = self.lines[self.at].strip()
                self.at += 1
                if line and not line.startswith("#"):
                    self.line_number = self.at
                    self.step(line)
            self.check_asked()
            self.rewrite()
        finally:
            for process, out, err in self.running.values():
                process.kill()
                process.wait()
                out.close()
                err.close()
            if self.keep_folder:
                print(f"{self.path}: kept in {self.folder}", file=sys.stderr)
            else:
                subprocess.run(["chmod", "-R", "u+rwX", str(self.folder)], check=False, capture_output=True)
                shutil.rmtree(self.folder, ignore_errors=True)

    def step(self, line):
        word, _, rest = line.partition(" ")
        if word.startswith("$"):
            return self.command(word[1:], rest)
        action = getattr(self, "do_" + word, None)
        if action is None:
            raise Failed(f"there is no step `{word}`")
        return action(rest.strip())

    def block(self, rest):
        """The text after `<<END` at the end of `rest`; and what stood before it."""
        match = re.fullmatch(r"(.*?)\s*<<(\w+)", rest)
        if not match:
            raise Failed("wants a text: <<END")
        first = self.at
        while self.at < len(self.lines) and self.lines[self.at] != match[2]:
            self.at += 1
        if self.at == len(self.lines):
            raise Failed(f"no line is {match[2]}")
        text = "".join(line + "\n" for line in self.lines[first:self.at])
        self.at += 1
        return match[1], text

    def named(self, text):
        return re.sub(r"\{(\w+)\}", lambda m: str(self.variables.get(m[1], m[0])), text)

    def path_of(self, name):
        return self.work / self.named(name)

    def arguments(self, rest):
        words = shlex.split(self.named(rest))
        return [str(self.program)] + words[1:] if words[0] == "naru" else words

    def demoted(self):
        return {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}

    def check_asked(self):
        if not self.asked and self.code != 0:
            raise Failed(f"ended with {self.code}, and nothing asks for it\n{self.said()}")

    def said(self):
        return f"--- stdout\n{self.stdout[-3000:]}\n--- stderr\n{self.stderr[-3000:]}"

    def command(self, name, rest):
        self.check_asked()
        time.sleep(SETTLED_SECONDS)
        if name:
            out = open(self.folder / f"{name}.out", "w+b")
            err = open(self.folder / f"{name}.err", "w+b")
            process = subprocess.Popen(self.arguments(rest), cwd=self.cwd, env=self.env, stdout=out, stderr=err,
                                       stdin=subprocess.DEVNULL, **self.demoted())
            self.running[name] = (process, out, err)
            return
        try:
            done = subprocess.run(self.arguments(rest), cwd=self.cwd, env=self.env, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=COMMAND_SECONDS_MAX, **self.demoted())
        except subprocess.TimeoutExpired:
            raise Failed(f"still ran after {COMMAND_SECONDS_MAX} s") from None
        except FileNotFoundError as error:
            raise Failed(str(error)) from None
        self.ended(done.returncode, done.stdout, done.stderr)

    def ended(self, code, stdout, stderr):
        self.stdout, self.stderr = (text.decode("utf-8", "surrogateescape") for text in (stdout, stderr))
        self.code, self.asked = code, False
        if code < 0 or "Sanitizer" in self.stderr:
            raise Failed(f"died with {code}\n{self.said()}")

    # ---- files ----

    def write(self, name, data):
        path = self.path_of(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if self.user is not None:
            self.give_away()

    def give_away(self):
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, self.user, self.user, follow_symlinks=False)

    def do_put(self, rest):
        name, text = self.block(rest)
        self.write(name, self.named(text).encode())

    def do_repeat(self, rest):
        head, text = self.block(rest)
        count, name = head.split(" ", 1)
        for i in range(int(count)):
            self.write(name.replace("{i}", str(i)), text.replace("{i}", str(i)).encode())

    def do_bytes(self, rest):
        name, _, digits = rest.partition(" ")
        self.write(name, bytes.fromhex(digits))

    def do_append(self, rest):
        name, _, text = rest.partition(" ")
        with open(self.path_of(name), "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def do_copy(self, rest):
        source, target = shlex.split(self.named(rest))
        source = ROOT.parent / source if source.startswith("shared/") else ROOT / source \
            if source.startswith(("tests/", "examples/")) else self.work / source
        self.path_of(target).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, self.path_of(target))

    def do_move(self, rest):
        source, target = shlex.split(rest)
        self.path_of(target).parent.mkdir(parents=True, exist_ok=True)
        os.rename(self.path_of(source), self.path_of(target))

    def do_remove(self, rest):
        path = self.path_of(rest)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()

    def do_mkdir(self, rest):
        self.path_of(rest).mkdir(parents=True)
        if self.user is not None:
            self.give_away()

    def do_link(self, rest):
        target, name = shlex.split(rest)
        self.path_of(name).symlink_to(target)

    def do_mode(self, rest):
        mode, name = shlex.split(rest)
        os.chmod(self.path_of(name), int(mode, 8))

    def do_touch(self, rest):
        os.utime(self.path_of(rest))

    def do_exists(self, rest):
        if not self.path_of(rest).exists():
            raise Failed(f"{rest} is not there")

    def do_missing(self, rest):
        if self.path_of(rest).exists():
            raise Failed(f"{rest} is there")

    # ---- surroundings ----

    def do_env(self, rest):
        name, assigned, value = rest.partition("=")
        if assigned:
            self.env[name] = self.named(value)
        else:
            self.env.pop(name, None)

    def do_in(self, rest):
        self.cwd = self.path_of(rest)

    def do_unprivileged(self, _):
        if os.getuid() != 0:
            return
        self.user = NOBODY
        self.give_away()
        tried = subprocess.run([str(self.program), "--version"], capture_output=True, check=False, **self.demoted())
        if tried.returncode != 0:
            raise Skipped("the program cannot be run as nobody here")

    def do_require(self, rest):
        if rest.startswith("shared/"):
            if not (ROOT.parent / rest).exists():
                raise Skipped(f"there is no ../{rest} beside the checkout")
        elif rest.startswith("model "):
            if os.environ.get("NARU_WITHOUT_MODELS"):
                raise Skipped("real models are tried with the release build")
            role = rest.split()[1]
            home = dict(os.environ)
            asked = subprocess.run([str(self.program), "models", "info", role, "--json"], capture_output=True,
                                   env=home, check=False)
            path = json.loads(asked.stdout).get("path") if asked.returncode == 0 else None
            if not path:
                raise Skipped(f"the model {role} is not here: naru models pull {role}")
            self.env["NARU_MODELS"] = str(Path(path).parent)
        elif rest == "mounts":
            self.find_mounts()
        elif rest == "parquet":
            if not (Path(self.program).parent / "lib/naru/parquet/naru-parquet").exists():
                raise Skipped("naru-parquet was not built: scripts/bootstrap brings Arrow")
        elif shutil.which(rest) is None:
            raise Skipped(f"there is no {rest}")

    def find_mounts(self):
        """{mounts} begins a command that may mount what only it sees."""
        for words in ("unshare -rm", "unshare -m"):
            tried = subprocess.run([*words.split(), "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True,
                                   check=False) if shutil.which("unshare") else None
            if tried is not None and tried.returncode == 0:
                self.variables["mounts"] = words
                return
        raise Skipped("nothing can be mounted here")

    # ---- what a command said ----

    def do_exit(self, rest):
        self.asked = True
        if self.code != int(rest):
            raise Failed(f"ended with {self.code}, not {rest}\n{self.said()}")

    def look(self, name, rest):
        text = getattr(self, name)
        word, _, wanted = rest.partition(" ")
        if word == "is":
            first = self.at
            _, block = self.block(wanted)
            if text != block and os.environ.get("NARU_UPDATE"):
                self.updates.append((first, self.at - 1, text.split("\n")[:-1]))
            elif text != block:
                raise Failed(f"{name} is not as it stands here\n{self.said()}")
            return
        wanted = self.named(wanted)
        good = {"has": lambda: wanted in text, "lacks": lambda: wanted not in text, "empty": lambda: text == "",
                "lines": lambda: len(text.splitlines()) == int(wanted)}
        if word not in good:
            raise Failed(f"cannot read `{name} {rest}`")
        if not good[word]():
            raise Failed(f"{name} {rest}: it is not so\n{self.said()}")

    def do_stdout(self, rest):
        self.look("stdout", rest)

    def do_stderr(self, rest):
        self.look("stderr", rest)

    def values(self, text=None):
        lines = [line for line in (self.stdout if text is None else text).split("\n") if line.strip()]
        try:
            return [json.loads(line) for line in lines]
        except ValueError as error:
            raise Failed(f"stdout is no JSON: {error}\n{self.said()}") from None

    def last(self):
        values = self.values()
        if not values:
            raise Failed(f"stdout is empty\n{self.said()}")
        return values[-1]

    def do_json(self, rest):
        if not holds(self.last(), self.named(rest)):
            raise Failed(f"json {rest}: it is not so\n{self.said()}")

    def do_any(self, rest):
        if not any(holds(value, self.named(rest)) for value in self.values()):
            raise Failed(f"no line with {rest}\n{self.said()}")

    def do_all(self, rest):
        if not all(holds(value, self.named(rest)) for value in self.values()):
            raise Failed(f"a line without {rest}\n{self.said()}")

    def do_none(self, rest):
        if any(holds(value, self.named(rest)) for value in self.values()):
            raise Failed(f"a line with {rest}\n{self.said()}")

    def do_let(self, rest):
        name, path = (part.strip() for part in rest.split("=", 1))
        self.variables[name] = pick(self.last(), path)

    def do_keep(self, rest):
        self.kept[rest] = self.stdout

    def do_same(self, rest):
        if self.kept[rest] != self.stdout:
            raise Failed(f"stdout is not what {rest} was\n--- {rest}\n{self.kept[rest][-3000:]}\n{self.said()}")

    def do_differs(self, rest):
        if self.kept[rest] == self.stdout:
            raise Failed(f"stdout is what {rest} was")

    # ---- commands that run beside us ----

    def do_until(self, rest):
        name, _, condition = rest.split(" ", 2)
        process, out, err = self.running[name]
        end = time.monotonic() + COMMAND_SECONDS_MAX
        while time.monotonic() < end:
            ended = process.poll() is not None
            complete = Path(out.name).read_bytes().rpartition(b"\n")[0]
            if any(holds(value, self.named(condition)) for value in self.values(complete.decode())):
                return
            if ended:
                break
            time.sleep(0.02)
        raise Failed(f"{name} never said {condition}\n{Path(out.name).read_text()}{Path(err.name).read_text()}")

    def do_signal(self, rest):
        name, number = rest.split()
        self.running[name][0].send_signal(getattr(signal, "SIG" + number))

    def do_wait(self, rest):
        process, out, err = self.running.pop(rest)
        try:
            code = process.wait(COMMAND_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failed(f"{rest} did not end") from None
        data = Path(out.name).read_bytes(), Path(err.name).read_bytes()
        out.close()
        err.close()
        self.ended(code, *data)

    def rewrite(self):
        for first, after, lines in reversed(self.updates):
            self.lines[first:after] = lines
        if self.updates:
            self.path.write_text("\n".join(self.lines), encoding="utf-8")


def run_one(path, program, keep):
    started = time.monotonic()
    script = Script(path, program, keep)
    result, reason = "passed", ""
    try:
        script.run()
    except Skipped as skipped:
        result, reason = "skipped", str(skipped)
    except Failed as failed:
        line = script.lines[script.line_number - 1].strip()
        result, reason = "failed", f"{path}:{script.line_number}: {line}\n{failed}"
    return result, reason, time.monotonic() - started


def write_cases(name, results):
    """For tools/test_summary.py, where GoogleTest's programs leave theirs."""
    place = os.environ.get("GTEST_OUTPUT", "")
    if not name or not place.startswith("xml:") or not place.endswith("/"):
        return
    lines = ["<testsuites><testsuite>"]
    for path, (result, _, seconds) in results:
        inner = {"passed": "", "failed": "<failure/>", "skipped": "<skipped/>"}[result]
        lines.append(f'<testcase classname={quoteattr(name)} name={quoteattr(path.stem)} status="run" '
                     f'time="{seconds:.3f}">{inner}</testcase>')
    Path(place[4:], f"{name}_test.xml").write_text("\n".join(lines + ["</testsuite></testsuites>"]))


def main():
    parser = argparse.ArgumentParser(description="Runs test scripts; tests/scripts/run.py says what they may say.")
    parser.add_argument("--program", default=ROOT / "build/release/naru", type=Path)
    parser.add_argument("--name", default="", help="of the ctest entry, for its summary")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the temporary folders")
    parser.add_argument("places", nargs="*", type=Path, default=[Path(__file__).parent])
    options = parser.parse_args()
    program = options.program.resolve()
    scripts = sorted(path for place in options.places
                     for path in ([place] if place.is_file() else place.rglob("*.test")))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(zip(scripts, pool.map(lambda path: run_one(path, program, options.keep), scripts)))
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for path, (result, reason, seconds) in results:
        counts[result] += 1
        if result != "passed":
            print(f"{result}: {path.name}: {reason}")
    write_cases(options.name, results)
    print(", ".join(f"{count} {result}" for result, count in counts.items()))
    if counts["failed"] or not results:
        return 1
    return 0 if counts["passed"] else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
