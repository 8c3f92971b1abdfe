#!/usr/bin/env python3
"""Passages with their vectors in PostgreSQL, by pgvector: what stands there, what finds it, what another model does.

usage: tests/databases/pgvector_test.py PROGRAM [-v] [TestCase.test...]

NARU_SEQUENCES=400 runs half as many random sequences of edits and kills (3 unless said).
Without a server: exit code 77.
"""
import hashlib
import json
import random
import shutil
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from kit import ROOT, SEQUENCES, SKIPPED, main  # noqa: E402
from postgres_server import PostgresCase, installed  # noqa: E402

STUB = "models: {embed: {stub: {}}}\n"
NEAREST = ("SELECT doc FROM passages WHERE {where} ORDER BY vector <=> "
           "(SELECT vector FROM passages WHERE doc = '{doc}') LIMIT 5")
BY_INDEX = ["SET enable_seqscan = off", "SET enable_bitmapscan = off", "SET hnsw.iterative_scan = strict_order"]
EXACT = ["SET enable_indexscan = off"]


class Vectors(PostgresCase):
    def setUp(self):
        super().setUp()
        self.server.psql("DROP EXTENSION IF EXISTS vector CASCADE")
        self.table = "postgres: {url: 'URL', table: passages}"

    def docs(self, folder, **texts):
        (self.at / folder).mkdir(exist_ok=True)
        for name, text in texts.items():
            (self.at / folder / f"{name}.md").write_text(text)

    def flow(self, models=STUB, table=None, url=None):
        target = "{" + (table or self.table) + "}"
        if url:
            target = target.replace("URL", url)
        self.configure("{folder: {path: docs}}", target, steps="[parse, chunk, embed]", models=models)

    def nearest(self, settings, **which):
        return self.server.psql(*settings, NEAREST.format(**which)).stdout.decode().splitlines()

    def test_vectors_are_those_of_the_knowledge_base_beside_and_change_with_their_passages(self):
        self.docs("docs", ferry="# 배\n\n배는 정오에 떠난다.\n", tea="The harbour master drinks tea.\n")
        url = self.server.url
        (self.at / "naru.yaml").write_text(
            STUB + "flows:\n  f:\n    source: {folder: {path: docs}}\n    steps: [parse, chunk, embed]\n    targets:\n"
            f"      - {{knowledge_base: kb}}\n      - {{postgres: {{url: '{url}', table: passages}}, from: embed}}\n")
        self.assertEqual(self.done()["embedded"], 2)
        self.assert_equal_to_the_knowledge_base(2)
        self.docs("docs", tea="The harbour master drinks coffee.\n", bread="Bread is baked every morning.\n")
        (self.at / "docs" / "ferry.md").unlink()
        self.assertEqual(self.done()["embedded"], 2)
        self.assert_equal_to_the_knowledge_base(2)
        self.assertEqual(self.done()["embedded"], 0)

    def assert_equal_to_the_knowledge_base(self, count):
        kept = {(chunk["doc"], chunk["n"]): chunk["vector"] for chunk in self.naru("dump", "--json")
                if chunk["kind"] == "chunk"}
        there = {}
        for line in self.server.rows("SELECT doc, n, vector FROM passages"):
            doc, n, vector = line.split("|")
            values = json.loads(vector)
            there[doc, int(n)] = hashlib.sha256(struct.pack(f"<{len(values)}e", *values)).hexdigest()
        self.assertEqual(there, kept)
        self.assertEqual(len(there), count)

    def test_the_nearest_are_found_by_the_index_among_those_that_may_be_read(self):
        self.docs("staff", **{f"s{i}": f"# 인사\n\n직원 {i}의 연차는 {i % 25}일이다.\n" for i in range(120)})
        self.docs("open", **{f"o{i}": f"---\nauthor: kim\n---\n# Ferries\n\nFerry {i} sails at {i % 24}.\n"
                             for i in range(120)})
        url = self.server.url
        flows = [f"  {name}:\n    source: {{folder: {{path: {name}, access: ['{access}']}}}}\n"
                 f"    steps: [parse, chunk, embed]\n    target: {{postgres: {{url: '{url}', table: passages}}}}\n"
                 for name, access in (("staff", "group:staff"), ("open", "everyone"))]
        (self.at / "naru.yaml").write_text(STUB + "flows:\n" + "".join(flows))
        self.naru("run")
        for where, doc, prefix in (("access && ARRAY['group:staff']", "s7.md", "s"),
                                   ("access && ARRAY['everyone']", "s7.md", "o"),
                                   ("heading_path @> ARRAY['인사']", "o9.md", "s"),
                                   ("metadata @> '{\"author\": [\"kim\"]}'", "o9.md", "o")):
            plan = "\n".join(self.server.psql(*BY_INDEX, "EXPLAIN " + NEAREST.format(where=where, doc=doc))
                             .stdout.decode().splitlines())
            self.assertIn("Index Scan using passages_naru_by_vector", plan)
            found = self.nearest(BY_INDEX, where=where, doc=doc)
            self.assertEqual(found, self.nearest(EXACT, where=where, doc=doc), where)
            self.assertEqual({name[0] for name in found}, {prefix}, where)
        self.assertEqual(self.nearest(BY_INDEX, where="true", doc="s7.md")[0], "s7.md")

    def test_what_was_embedded_before_a_kill_is_not_embedded_again(self):
        self.docs("docs", a="One.\n", b="Two.\n")
        self.flow()
        self.naru("run", env={"NARU_FAILPOINTS": "sql_target.before_items=abort"}, exits=None)
        self.assertEqual(self.server.rows("SELECT to_regclass('passages')"), [""])
        done = self.done()
        self.assertEqual((done["embedded"], done["items"]["added"]), (0, 2))
        self.assertEqual(self.server.rows("SELECT count(vector) FROM passages"), ["2"])

    def test_another_model_is_said_before_it_costs_and_goes_beside_or_over(self):
        self.docs("docs", a="One.\n", b="Two.\n")
        self.flow()
        self.naru("run")
        comment = self.server.rows("SELECT col_description(attrelid, attnum) FROM pg_attribute "
                                   "WHERE attrelid = 'passages'::regclass AND attname = 'vector'")[0]
        self.assertTrue(comment.startswith("vectors of stub ("), comment)
        endpoint = subprocess.Popen([sys.executable, "-u", ROOT / "tests" / "servers" / "fake_endpoint.py"],
                                    stdout=subprocess.PIPE)
        self.addCleanup(endpoint.stdout.close)
        self.addCleanup(endpoint.wait)
        self.addCleanup(endpoint.kill)
        port = int(endpoint.stdout.readline().split()[1])
        far = f"models: {{embed: {{openai: {{url: 'http://127.0.0.1:{port}/good/v1', model: far}}}}}}\n"
        self.flow(far)
        self.naru("run", exits=2)
        self.assertIn('the column "vector" of passages is halfvec(384), vectors of stub', self.said)
        self.assertIn('ALTER TABLE "passages" DROP COLUMN vector', self.said)
        self.assertEqual(self.naru("plan", "--exact", "--json")[-1]["embed"]["texts"], 2)
        # Beside: the old table serves on.
        self.flow(far, table="postgres: {url: 'URL', table: beside}")
        self.assertEqual(self.done()["embedded"], 2)
        self.assertEqual(self.server.rows("SELECT vector_dims(vector) FROM beside"), ["4", "4"])
        self.assertEqual(self.server.rows("SELECT count(vector) FROM passages"), ["2"])
        # Over: nothing is embedded that was embedded by that model before.
        self.server.psql('ALTER TABLE "passages" DROP COLUMN vector')
        self.flow(far)
        self.assertEqual(self.done()["embedded"], 0)
        self.assertEqual(self.server.rows("SELECT vector_dims(vector) FROM passages"), ["4", "4"])

    def test_any_sequence_of_edits_and_kills_ends_as_a_run_from_scratch(self):
        kills = 0
        for seed in range(max(SEQUENCES // 2, 1)):
            chance = random.Random(seed)
            self.server.psql("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
            for name in (".naru", "docs"):
                shutil.rmtree(self.at / name, ignore_errors=True)
            self.docs("docs", keep="Kept.\n")
            self.flow()
            for step in range(5):
                for _ in range(chance.randrange(1, 5)):
                    name, kind = f"d{chance.randrange(6)}", chance.randrange(4)
                    (self.at / "docs" / f"{name}.md").unlink(missing_ok=True)
                    if kind:
                        self.docs("docs", **{name: f"# 글 {chance.randrange(3)}\n\nText {chance.randrange(3)}.\n"})
                if step < 4 and chance.randrange(2):
                    point = chance.choice(["sql_target.before_items", "flow.before_apply", "flow.after_apply"])
                    self.naru("run", "--accept-removals", env={"NARU_FAILPOINTS": point + "=abort"}, exits=None)
                    kills += 1
                else:
                    self.run_flow("--accept-removals")
            self.run_flow("--accept-removals")
            dump = "SELECT doc, n, title, heading_path, access, version, text, vector FROM {} ORDER BY doc, n"
            ended = self.server.rows(dump.format("passages"))
            shutil.rmtree(self.at / ".naru")
            self.flow(table="postgres: {url: 'URL', table: scratch}")
            self.run_flow()
            self.assertEqual(ended, self.server.rows(dump.format("scratch")), seed)
        print(f"{max(SEQUENCES // 2, 1)} sequences, {kills} kills", file=sys.stderr)

    def test_the_example_runs_as_it_is_written(self):
        self.take_example("pgvector")
        env = {"POSTGRES_URL": self.server.url}
        events = self.naru("run", "--json", env=env, exits=None)
        if not events and "naru models pull" in self.said:
            self.skipTest("the model is not here: naru models pull")
        self.assertEqual(events[-1]["items"]["added"], 2, self.said)
        nearest = self.server.psql((self.at / "nearest.sql").read_text()).stdout.decode()
        self.assertIn("15일", nearest)
        self.assertNotIn("ferry", nearest)

    def test_a_server_without_pgvector_and_a_user_who_may_not_are_told_what_to_do(self):
        self.docs("docs", a="One.\n")
        without = self.server.url + "?options=-c%20extension_control_path%3D/nowhere"
        self.flow(url=without)
        for words in (["check"], ["run"]):
            self.naru(*words, exits=69)
            self.assertIn("the server has no pgvector of 0.7 or newer", self.said)
            self.assertIn("postgresql-18-pgvector", self.said)
        self.server.psql("DROP ROLE IF EXISTS writer", "CREATE ROLE writer LOGIN",
                         "GRANT ALL ON SCHEMA public TO writer")
        self.flow(url=self.server.url.replace("postgres@", "writer@"))
        self.naru("check", exits=69)
        self.assertIn("CREATE EXTENSION vector, as a user who may", self.said)
        self.naru("run", exits=4)
        self.assertIn("CREATE EXTENSION vector, as a user who may", self.said)
        self.assertEqual(self.server.rows("SELECT to_regclass('passages')"), [""])
        self.flow()
        self.naru("check")
        self.assertIn("`naru run` puts it into the database", self.said)
        self.assertEqual(self.done()["embedded"], 1)
        self.flow(url=self.server.url.replace("postgres@", "writer@"), table="postgres: {url: 'URL', table: mine}")
        self.naru("run")  # the extension is there now
        self.naru("check")
        self.assertIn("pgvector 0.8", self.said)


if __name__ == "__main__":
    why = installed()[1]
    if why is not None:
        print("skipped:", why)
        sys.exit(SKIPPED)
    main(sys.argv.pop(1))
