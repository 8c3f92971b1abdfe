#!/usr/bin/env python3
"""Holds what watches the server to the server: metrics as Prometheus wants them, dashboard and alerts that name nothing
else, the files under deploy/ as the program prints them.

usage: tests/serve/watch_test.py PROGRAM [-v] [TestCase.test...]      Python 3; promtool and prometheus where they are.
"""
import json
import re
import shutil
import socket
import subprocess
import sys
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import serve_test  # noqa: E402
from serve_test import SECONDS_MAX, contract  # noqa: E402

ROOT = Path(__file__).parent.parent.parent
DASHBOARD, RULES = "deploy/grafana/dashboards/naru.json", "deploy/prometheus/naru.rules.yml"
MADE = (("dashboard", DASHBOARD), ("alerts", RULES))
PROMTOOL, PROMETHEUS = shutil.which("promtool"), shutil.which("prometheus")
MISSING = "it is not there: apt-get install prometheus (third_party/apt.lock)"

# What the labels of our metrics may have: a new name here is a decision, for each value is kept by Prometheus for ever.
LABELS = {"status", "reason", "method", "version", "le", "flow", "outcome", "result"}
SERIES_MAX = 170


def printed(what):
    done = subprocess.run([contract.PROGRAM, "serve", "--print", what], capture_output=True, check=True,
                          timeout=SECONDS_MAX)
    return done.stdout.decode()


def promtool(*arguments, **options):
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, timeout=SECONDS_MAX, check=False, **options)
    return done.returncode, (done.stdout + done.stderr).decode()


class Files(unittest.TestCase):
    def test_what_is_under_deploy_is_what_the_program_prints(self):
        for what, path in MADE:
            self.assertEqual((ROOT / path).read_text(), printed(what),
                             f"write it anew: build/release/naru serve --print {what} > {path}")
        done = subprocess.run([contract.PROGRAM, "serve", "--print", "poem"], capture_output=True, check=False,
                              timeout=SECONDS_MAX)
        self.assertEqual(done.returncode, 2)

    @unittest.skipUnless(PROMTOOL, "promtool: " + MISSING)
    def test_alerts_fire_when_they_should_and_not_on_a_quiet_server(self):
        code, said = promtool("check", "rules", str(ROOT / RULES))
        self.assertEqual(code, 0, said)
        tests = (Path(__file__).parent / "alerts_test.yml").read_text().replace("RULES", str(ROOT / RULES))
        folder = contract.Workspace("")
        self.addCleanup(folder.close)
        code, said = promtool("test", "rules", str(folder.put("alerts_test.yml", tests)))
        self.assertEqual(code, 0, said)

    @unittest.skipUnless(PROMTOOL, "promtool: " + MISSING)
    def test_the_configuration_for_prometheus_is_one(self):
        code, said = promtool("check", "config", "--syntax-only", str(ROOT / "deploy/prometheus/prometheus.yml"))
        self.assertEqual(code, 0, said)


class Scraped(serve_test.Served):
    def metrics(self):
        status, headers, data = self.get("/metrics")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        return data.decode()

    def test_names_help_and_labels_are_those_of_the_table(self):
        text = self.metrics()
        named = re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M)
        self.assertEqual([name for name, _ in named], re.findall(r"^# HELP (\w+) \S.*\.$", text, re.M))
        for name, kind in named:
            self.assertRegex(name, r"^(naru|process)_")
            self.assertEqual(name.endswith("_total"), kind == "counter", name)
        series = [line for line in text.splitlines() if not line.startswith("#")]
        self.assertLess(len(series), SERIES_MAX)
        self.assertEqual({label for line in series for label in re.findall(r"[{,](\w+)=", line)}, LABELS)

    def test_hostile_requests_make_no_series(self):
        before = {line.rsplit(" ", 1)[0] for line in self.metrics().splitlines()}
        for number in range(50):
            self.get(f"/nothing/{number}")
            self.call(f"M{number}", f"/api/{number}", token=f"key-{number}")
        self.assertEqual({line.rsplit(" ", 1)[0] for line in self.metrics().splitlines()}, before)

    def test_flows_are_told_of_whoever_runs_them(self):
        def series(flow="handbook"):
            return dict(line.rsplit(" ", 1) for line in self.metrics().splitlines() if f'flow="{flow}"' in line)

        def value(name):
            return float(series()[name])

        before = series()
        self.assertTrue(before)
        self.assertEqual(before['naru_flow_last_run_outcome{flow="handbook",outcome="done"}'], "1")
        succeeded = value('naru_flow_last_success_timestamp_seconds{flow="handbook"}')
        self.assertEqual(succeeded, value('naru_flow_last_run_end_timestamp_seconds{flow="handbook"}'))
        self.at.put("docs/secret-name.md", "# A word that no metric may have: xylophone\n")
        self.at.put("docs/broken.pdf", b"%PDF-1.7 no more")
        self.at.run("run", "--metrics", "flows.prom", expect=1)  # another process, while the server is up
        text = self.metrics()
        for word in ("secret-name", "xylophone", "broken", str(self.at.folder)):
            self.assertNotIn(word, text)
        self.assertEqual(value('naru_flow_last_run_items{flow="handbook",result="added"}'), 1)
        self.assertEqual(value('naru_flow_last_run_items{flow="handbook",result="rejected"}'), 1)
        self.assertGreater(value('naru_flow_last_success_timestamp_seconds{flow="handbook"}'), succeeded)
        self.assertTrue(text.endswith(self.at.folder.joinpath("flows.prom").read_text()))
        missing = self.at.run("run", "--metrics", "nowhere/flows.prom", expect=None)
        self.assertNotEqual(missing.returncode, 0)
        self.assertIn("nowhere/flows.prom", missing.stderr.decode())

    def test_a_run_from_the_page_is_told_to_lineage(self):
        self.at.put("naru.yaml", self.configuration + "telemetry: {openlineage: {file: lineage.jsonl}}\n")
        self.ok("POST", "/api/runs", {})
        told = self.at.folder / "lineage.jsonl"
        self.until(lambda: told.exists() and "COMPLETE" in told.read_text())
        events = [json.loads(line) for line in told.read_text().splitlines()]
        self.assertEqual([event["eventType"] for event in events], ["START", "COMPLETE"])
        self.assertEqual([event["job"]["name"] for event in events], ["handbook"] * 2)

    @unittest.skipUnless(PROMTOOL, "promtool: " + MISSING)
    def test_promtool_finds_no_fault_in_what_is_exposed(self):
        code, said = promtool("check", "metrics", input=self.metrics().encode())
        self.assertEqual((code, said.strip()), (0, ""))

    @unittest.skipUnless(PROMETHEUS, "prometheus: " + MISSING)
    def test_a_prometheus_that_scrapes_us_answers_every_query_of_the_dashboard(self):
        key = self.at.one("keys", "add", "prometheus", "--owner", "--scopes", "operate", "--json")["key"]
        self.at.put("key", key)
        self.at.put("prometheus.yml", json.dumps({
            "global": {"scrape_interval": "1s"}, "rule_files": [str(ROOT / RULES)],
            "scrape_configs": [{"job_name": "naru", "authorization": {"credentials_file": "key"},
                                "static_configs": [{"targets": [f"127.0.0.1:{self.port}"]}]}]}))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        process = subprocess.Popen(
            [PROMETHEUS, "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
             f"--web.listen-address=127.0.0.1:{port}"], cwd=self.at.folder, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, SECONDS_MAX)
        self.addCleanup(process.terminate)

        def query(expression):
            address = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
            try:
                with urllib.request.urlopen(address, timeout=SECONDS_MAX) as answer:
                    return json.load(answer)["data"]["result"]
            except (urllib.error.URLError, ConnectionError) as error:
                if isinstance(error, urllib.error.HTTPError) and error.code != 503:  # that is: it starts still
                    self.fail(f"{expression}: {error.read()}")
                return []

        # Two scrapes, so that there are rates.
        self.until(lambda: query('count_over_time(up{job="naru"}[1m]) > 2 and up == 1'))
        dashboard = json.loads((ROOT / DASHBOARD).read_text())
        asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
        self.assertGreater(len(asked), len(dashboard["panels"]) - 1)
        for expression in asked:
            found = query(expression.replace("$__rate_interval", "1m").replace("$instance", ".*"))
            self.assertTrue(found, expression)
        metrics = set(re.findall(r"^# TYPE (\w+)", self.metrics(), re.M))
        for expression in asked + re.findall(r"expr: (.*)", (ROOT / RULES).read_text()):
            for name in re.findall(r"\b(?:naru|process)_\w+", expression):
                self.assertIn(re.sub(r"_(bucket|sum|count)$", "", name), metrics, expression)


if __name__ == "__main__":
    contract.main(sys.modules["__main__"], "watch")
