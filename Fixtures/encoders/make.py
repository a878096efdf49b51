#!/usr/bin/env python3
"""Makes the small encoders: what both exporters of PyTorch write for attention, at several versions of the standard.

    make.py

Two layers, 32 wide, 4 heads, as in MiniLM: embeddings of tokens, positions and segments, attention, Gelu, LayerNormalization,
and the mean over the tokens that count, normalized. Batch and length are dynamic, but in `fixed`. Ways to write the
attention:

eager   products and a softmax, with a mask of numbers that is added; also in `fixed`
choice  scaled_dot_product_attention with a mask of booleans
causal  scaled_dot_product_attention that is causal

`script` files are written by the exporter that traces TorchScript, `dynamo` files by that of torch.export. Beside each stands
an .npz with its inputs and the outputs that PyTorch computed. The weights are random, with a fixed seed.
"""

import math
import pathlib
import warnings

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional

FOLDER = pathlib.Path(__file__).parent
WIDTH, HEADS, LAYERS, TOKENS, POSITIONS = 32, 4, 2, 20, 16
SCRIPT_OPSETS, DYNAMO_OPSETS = [14, 17, 18], [18, 23]
# The names of the files, how they write attention, and whether batch and length are dynamic.
FORMS = [("eager", "eager", True), ("fixed", "eager", False), ("choice", "choice", True), ("causal", "causal", True)]


class Attention(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.form = form
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def heads(self, x):
        batch, length, _ = x.shape
        return x.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)

    def forward(self, x, mask):
        q, k, v = self.heads(self.query(x)), self.heads(self.key(x)), self.heads(self.value(x))
        if self.form == "eager":
            scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(WIDTH // HEADS) + mask
            context = torch.matmul(functional.softmax(scores, dim=-1), v)
        elif self.form == "choice":
            context = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            context = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        context = context.transpose(1, 2).contiguous()
        return self.output(context.view(*context.shape[:2], WIDTH))


class Layer(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.attention, self.first = Attention(form), nn.LayerNorm(WIDTH, eps=1e-12)
        self.inner, self.outer = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.second = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x, mask):
        x = self.first(x + self.attention(x, mask))
        return self.second(x + self.outer(functional.gelu(self.inner(x))))


class Encoder(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.form = form
        self.tokens, self.positions = nn.Embedding(TOKENS, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.segments, self.norm = nn.Embedding(2, WIDTH), nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer(form) for _ in range(LAYERS))
        self.register_buffer("places", torch.arange(POSITIONS).expand((1, -1)), persistent=False)

    def forward(self, input_ids, attention_mask):
        places = self.places[:, : input_ids.shape[1]]
        x = self.tokens(input_ids) + self.segments(torch.zeros_like(input_ids)) + self.positions(places)
        x = self.norm(x)
        mask = attention_mask[:, None, None, :]
        if self.form == "eager":
            mask = (1.0 - mask.to(x.dtype)) * torch.finfo(x.dtype).min
        elif self.form == "choice":
            mask = mask.to(torch.bool).expand(-1, 1, input_ids.shape[1], -1)
        for layer in self.layers:
            x = layer(x, mask)
        counts = attention_mask.unsqueeze(-1).expand(x.size()).float()
        mean = torch.sum(x * counts, 1) / torch.clamp(counts.sum(1), min=1e-9)
        return functional.normalize(mean, p=2, dim=1)


def encoder(form):
    """An encoder with random weights, normalizations included."""
    torch.manual_seed(1)
    model = Encoder(form).eval()
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return model


def inputs():
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(0, TOKENS, (3, 7), generator=generator)
    mask = torch.ones(3, 7, dtype=torch.int64)
    mask[1, 5:], mask[2, 2:] = 0, 0
    return ids, mask


def export(model, path, opset, dynamo, is_dynamic):
    names = ["input_ids", "attention_mask"]
    shape = {0: "batch", 1: "length"}
    options = {"input_names": names, "output_names": ["sentence"], "opset_version": opset, "dynamo": dynamo}
    if dynamo and is_dynamic:
        sizes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=POSITIONS)}
        options |= {"dynamic_shapes": dict.fromkeys(names, sizes)}
    elif is_dynamic:
        options |= {"dynamic_axes": dict.fromkeys(names, shape) | {"sentence": {0: "batch"}}}
    if dynamo:
        options |= {"external_data": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, inputs(), str(path), **options)
    proto = onnx.load(path)
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    del proto.graph.metadata_props[:]
    onnx.save(proto, path)


def main():
    for name, form, is_dynamic in FORMS:
        model = encoder(form)
        with torch.no_grad():
            output = model(*inputs())
        for exporter, opsets in (("script", SCRIPT_OPSETS), ("dynamo", DYNAMO_OPSETS)):
            for opset in opsets:
                path = FOLDER / f"{exporter}-{name}-{opset}.onnx"
                export(model, path, opset, exporter == "dynamo", is_dynamic)
        ids, mask = inputs()
        np.savez_compressed(FOLDER / f"{name}.npz", in_0=ids.numpy(), in_1=mask.numpy(), out_0=output.numpy())


if __name__ == "__main__":
    main()
