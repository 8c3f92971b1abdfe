#!/usr/bin/env python3
"""What others hear of runs: events of OpenLineage and spans of OpenTelemetry, at a collector in this process that takes
them, fails, hangs or is not there. usage: telemetry_test.py NARU"""
import json
import re
import time
import socket
import threading
from http.server import BaseHTTPRequestHandler

import harness

SECRET, WORD = "key-9f3e", "xylophone"
FLOW = """
models: {embed: {stub: {}}}
flows:
  handbook:
    source: {folder: {path: docs}}
    steps: [parse, chunk, embed]
    target: {knowledge_base: handbook}
"""
BOTH = """
telemetry:
  openlineage: {url: "http://kim:%(secret)s@127.0.0.1:%(port)d/api/v1/lineage", key: "${secret:file:key.txt}"}
  otlp: {endpoint: "http://127.0.0.1:%(port)d", key: "${secret:file:key.txt}"}
"""
HANG_SECONDS = 900  # longer than any test waits: whoever waits for this answer fails


class Collector:
    """What came, as (path, headers, JSON). `way`: "take", "fail" or "hang"."""

    def __init__(self, way="take"):
        self.way, self.came, self.end = way, [], threading.Event()

    def handler(self):
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.came.append((self.path, dict(self.headers), json.loads(body)))
                if collector.way == "hang":
                    collector.end.wait(HANG_SECONDS)
                try:
                    self.send_response(503 if collector.way == "fail" else 200)
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"{}")
                except (BrokenPipeError, ConnectionResetError):
                    pass  # they did not wait, as they should not

            def log_message(self, *_):
                pass

        return Handler

    def events(self):
        return [body for path, _, body in self.came if path == "/api/v1/lineage"]

    def spans(self):
        return [span for path, _, body in self.came if path == "/v1/traces"
                for resource in body["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]]


def workspace(program, config):
    work = harness.Workspace(program, config)
    for name in [name for name in work.env if name.startswith("OTEL_")]:
        del work.env[name]
    (work.folder / "docs").mkdir()
    for number in range(12):
        (work.folder / f"docs/{number}.md").write_text(f"# Document {number}\n\nThe {WORD} has {number} keys.\n")
    (work.folder / "key.txt").write_text(SECRET + "\n")
    time.sleep(0.1)  # what was written within the tick of a clock is read twice
    return work


def check_event(event):
    """The keys that spec 2-0-2 requires, of the event and of each facet."""
    assert {"eventTime", "producer", "schemaURL", "run", "job"} <= set(event), event
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["eventTime"]), event
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", event["run"]["runId"]), event
    assert event["schemaURL"] == "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
    datasets = event["inputs"] + event["outputs"]
    for named in [event["job"], *datasets]:
        assert named["namespace"] and named["name"], event
    facets = [event["run"]["facets"], event["job"]["facets"]]
    facets += [one.get(side, {}) for one in datasets for side in ("inputFacets", "outputFacets")]
    for facet in [facet for group in facets for facet in group.values()]:
        assert facet["_producer"].startswith("urn:naru:") and facet["_schemaURL"].startswith("https://"), facet


def both_arrive_whole_and_hold_no_secret_and_no_text(program):
    collector = Collector()
    with harness.Server(collector.handler()) as server:
        work = workspace(program, FLOW + BOTH % {"port": server.port, "secret": SECRET})
        work.run(added=12)
        work.run(unchanged=12)
    assert "openlineage" not in work.stderr and "spans" not in work.stderr, work.stderr
    events, spans = collector.events(), collector.spans()
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"] * 2, events
    for event in events:
        check_event(event)
    assert events[0]["run"]["runId"] == events[1]["run"]["runId"] != events[2]["run"]["runId"]
    assert events[0]["inputs"] == [{"namespace": "file", "name": str(work.folder / "docs")}], events[0]
    written = [event["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] for event in events[1::2]]
    assert written == [12, 0], written
    assert events[1]["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"] == 12

    by_id = {span["spanId"]: span for span in spans}
    assert len(by_id) == len(spans)
    for span in spans:
        assert re.fullmatch("[0-9a-f]{32}", span["traceId"]) and re.fullmatch("[0-9a-f]{16}", span["spanId"]), span
        assert isinstance(span["startTimeUnixNano"], str)
        assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
        if "parentSpanId" in span:
            assert by_id[span["parentSpanId"]]["traceId"] == span["traceId"], span
    runs = [span for span in spans if span["name"] == "FlowRunner::run"]
    assert len(runs) == 2 and runs[0]["traceId"] != runs[1]["traceId"]
    prepared = [span for span in spans if span["name"] == "Preparer::prepare"]
    assert len(prepared) == 12, len(prepared)
    for span in prepared:  # in threads of the run
        while "parentSpanId" in span:
            span = by_id[span["parentSpanId"]]
        assert span is runs[0], span
    for path, headers, body in collector.came:
        assert headers["Authorization"] == "Bearer " + SECRET, (path, headers)
        assert headers["Content-Type"] == "application/json"
        assert SECRET not in json.dumps(body) and WORD not in json.dumps(body), body


def spans_follow_the_variables_of_opentelemetry(program):
    collector = Collector()
    with harness.Server(collector.handler()) as server:
        work = workspace(program, FLOW)
        work.env.update(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{server.port}/",
                        OTEL_EXPORTER_OTLP_HEADERS="x-key=a%20b", OTEL_SERVICE_NAME="intake")
        work.run(added=12)
        assert {path for path, _, _ in collector.came} == {"/v1/traces"}
        assert all(headers["x-key"] == "a b" for _, headers, _ in collector.came)
        resource = collector.came[0][2]["resourceSpans"][0]["resource"]
        assert {"key": "service.name", "value": {"stringValue": "intake"}} in resource["attributes"], resource
        told = len(collector.came)
        work.env.update(OTEL_SDK_DISABLED="true")
        work.run(unchanged=12)
        assert len(collector.came) == told


def events_go_to_a_file_also_of_a_run_that_fails(program):
    config = FLOW.replace("{folder: {path: docs}}", "{jsonl: {path: rows.jsonl}}")
    work = workspace(program, config + "telemetry: {openlineage: {file: out.jsonl, namespace: prod}}\n")
    (work.folder / "rows.jsonl").write_text('{"_id": "1", "text": "One."}\n')
    work.run(added=1)
    (work.folder / "rows.jsonl").unlink()
    work.naru("run", "--json", code=69)
    events = [json.loads(line) for line in (work.folder / "out.jsonl").read_text().splitlines()]
    for event in events:
        check_event(event)
    assert [event["eventType"] for event in events] == ["START", "COMPLETE", "START", "FAIL"], events
    assert {event["job"]["namespace"] for event in events} == {"prod"}
    assert events[3]["run"]["facets"]["errorMessage"]["message"]
    assert "inputFacets" not in events[3]["inputs"][0], events[3]  # nobody knows how much there was
    assert all(event["event"] != "start" for event in work.events)


def who_is_away_fails_or_hangs_changes_no_run(program):
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    for way in ("away", "fail", "hang"):
        collector = Collector(way)
        with harness.Server(collector.handler()) as server:
            work = workspace(program, FLOW + BOTH % {"port": nobody if way == "away" else server.port,
                                                     "secret": SECRET})
            work.run(added=12)
            collector.end.set()
        assert len(work.documents()) == 12
        work.configure(FLOW)
        work.run(unchanged=12)
        if way != "away":
            assert collector.events() and collector.spans(), way


def the_end_says_once_what_was_not_sent(program):
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    work = workspace(program, FLOW + BOTH % {"port": nobody, "secret": SECRET})
    work.run(added=12)
    said = work.stderr
    assert said.count("openlineage: cannot reach") == 1 and said.count("openlineage: 2 events") == 1, said
    assert said.count("spans: cannot reach") == 1 and said.count("could not be sent to") == 2, said
    assert SECRET not in said, said
    work.configure(FLOW + BOTH.replace("key.txt", "gone.txt") % {"port": nobody, "secret": SECRET})
    work.naru("run", code=78)
    assert "naru.yaml:11:3" in work.stderr and "gone.txt" in work.stderr, work.stderr
    work.naru("validate", code=78)


harness.main([both_arrive_whole_and_hold_no_secret_and_no_text, spans_follow_the_variables_of_opentelemetry,
              events_go_to_a_file_also_of_a_run_that_fails, who_is_away_fails_or_hangs_changes_no_run,
              the_end_says_once_what_was_not_sent])
