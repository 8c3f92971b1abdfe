#!/usr/bin/env python3
"""Starts Naru and Prometheus as deploy/compose.yml does, without an engine: its commands, secrets, mounts and names, in
a network and a file system of their own. Grafana is not here; what it is given is held to the rest.

usage: tests/serve/composed_test.py PROGRAM [-v]      Python 3 and openssl; root; prometheus where it is.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import serve_test  # noqa: E402
from alone_test import bring_up_loopback  # noqa: E402
from serve_test import SECONDS_MAX, contract  # noqa: E402

INSIDE = "NARU_TEST_COMPOSED"
UNSHARE = ["unshare", "--net", "--mount"]
DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = (DEPLOY / "compose.yml").read_text()
PROMETHEUS = shutil.which("prometheus")
SECRETS, CONFIGURATION, HOSTS = Path("/run/secrets"), Path("/etc/prometheus"), Path("/etc/hosts")
CALLED = "naru.example.org"


def service(name):
    """Its lines, which are indented by four."""
    return re.search(rf"^  {name}:\n((?:    .*\n)+)", COMPOSE, re.M).group(1)


def naru_command():
    listed = re.search(r"^    command:\n((?:      - .*\n)+)", service("naru"), re.M).group(1)
    return [re.sub(r"\$\{NARU_HOST:[^}]*\}", CALLED, word) for word in re.findall(r"- (.*)\n", listed)]


def health_check():
    """The shell's command of Naru's check: a folded text."""
    lines = re.search(r"- >-\n((?:          .*\n)+)", service("naru")).group(1)
    return " ".join(lines.split("\n")).strip()


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


class Composed(serve_test.Served):
    def setUp(self):
        contract.Contract.setUp(self)
        self.at.put("docs/rules.md", serve_test.RULES)
        self.at.run("run")
        mount("-t", "tmpfs", "tmpfs", "/run")
        SECRETS.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "30", "-subj", "/CN=naru", "-addext", f"subjectAltName=DNS:naru,DNS:{CALLED}",
                        "-keyout", "tls_key", "-out", "tls_cert"], cwd=SECRETS, check=True, capture_output=True)
        (SECRETS / "metrics_key").write_text(
            self.at.one("keys", "add", "prometheus", "--owner", "--scopes", "operate", "--json")["key"])
        mount("--bind", str(self.at.put("hosts", "127.0.0.1 localhost naru prometheus\n")), str(HOSTS))
        command = naru_command()
        self.assertEqual(command[0], "serve")
        self.start(*command[1:])

    def test_naru_starts_by_its_command_and_its_check_finds_it_healthy(self):
        self.assertTrue(self.said["login"].startswith(f"https://{CALLED}:8443/login?code="))
        checked = subprocess.run(["sh", "-c", health_check()], timeout=SECONDS_MAX, check=False)
        self.assertEqual(checked.returncode, 0)

    @unittest.skipUnless(PROMETHEUS and CONFIGURATION.is_dir(), "prometheus is not there: apt-get install prometheus")
    def test_prometheus_scrapes_it_with_its_key_and_knows_the_alerts(self):
        mount("-t", "tmpfs", "tmpfs", str(CONFIGURATION))
        for file in (DEPLOY / "prometheus").iterdir():  # as it is, but that nobody waits for a scrape
            (CONFIGURATION / file.name).write_text(file.read_text().replace("interval: 15s", "interval: 1s"))
        arguments = re.search(r"^    command: \[(.*)\]$", service("prometheus"), re.M).group(1).split(", ")
        volume = re.search(r"- metrics:(\S+)\n", service("prometheus")).group(1)
        arguments = [word.replace(f"tsdb.path={volume}", f"tsdb.path={self.at.folder}/tsdb") for word in arguments]
        process = subprocess.Popen([PROMETHEUS, *arguments], stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, SECONDS_MAX)
        self.addCleanup(process.terminate)
        source = (DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text()
        address = re.search(r"^    url: (\S+)$", source, re.M).group(1)  # as Grafana calls it

        def asked(path, **parameters):
            try:
                with urllib.request.urlopen(f"{address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}",
                                            timeout=SECONDS_MAX) as answer:
                    return json.load(answer)["data"]
            except OSError:  # it starts still
                return None

        self.until(lambda: (asked("query", query='up{job="naru"} == 1') or {}).get("result"))
        rules = [rule["name"] for group in asked("rules")["groups"] for rule in group["rules"]]
        self.assertEqual(rules, re.findall(r"alert: (\w+)", (DEPLOY / "prometheus/naru.rules.yml").read_text()))


class Given(unittest.TestCase):
    def test_grafana_finds_its_dashboard_and_its_data_where_compose_puts_them(self):
        mounts = dict(re.findall(r"- \./(\S+):(\S+):ro", service("grafana")))
        provisioning = DEPLOY / "grafana/provisioning"
        self.assertEqual(mounts["grafana/provisioning"], "/etc/grafana/provisioning")  # where Grafana looks
        provider = (provisioning / "dashboards/naru.yml").read_text()
        self.assertEqual(re.search(r"path: (\S+)", provider).group(1), mounts["grafana/dashboards"])
        for file in (DEPLOY / "grafana/dashboards").iterdir():
            self.assertIn("panels", json.loads(file.read_text()), file)


def may_unshare():
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("openssl"):
        return False
    return subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True,
                          check=False).returncode == 0


@unittest.skipUnless(may_unshare(), "only root may have a network and mounts of its own (unshare, mount); and openssl")
class Apart(unittest.TestCase):
    """Runs the first class above, in namespaces of its own each."""

    def run_inside(self, name):
        done = subprocess.run([*UNSHARE, sys.executable, __file__, contract.PROGRAM, f"Composed.{name}"],
                              env=os.environ | {INSIDE: "1"}, capture_output=True, check=False, timeout=SECONDS_MAX)
        said = done.stderr.decode()
        if "skipped=1" in said:
            self.skipTest("prometheus is not there: apt-get install prometheus (third_party/apt.lock)")
        self.assertEqual(done.returncode, 0, said)

    def test_naru(self):
        self.run_inside("test_naru_starts_by_its_command_and_its_check_finds_it_healthy")

    def test_prometheus(self):
        self.run_inside("test_prometheus_scrapes_it_with_its_key_and_knows_the_alerts")


if __name__ == "__main__":
    if os.environ.get(INSIDE):
        del Apart, Given
        bring_up_loopback()
    else:
        del Composed
    contract.main(sys.modules["__main__"], "composed")
