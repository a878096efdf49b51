"""The networks that `./dev bench` measures and no library defines: each as its kind is usually built, small."""

import math

import torch
from torch import nn
from torch.nn import functional


def perceptron():
    """784-512-512-10."""
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def double_convolution(inputs, outputs):
    layers = []
    for count in (inputs, outputs):
        layers += [nn.Conv2d(count, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Segmentation [N, 3, H, W] → [N, classes, H, W]: four halvings, and as many transposed convolutions."""

    def __init__(self, size=32, classes=2):
        super().__init__()
        sizes = [size << level for level in range(5)]
        self.first = double_convolution(3, size)
        self.down = nn.ModuleList(double_convolution(a, b) for a, b in zip(sizes, sizes[1:]))
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in zip(sizes, sizes[1:]))
        self.merge = nn.ModuleList(double_convolution(2 * a, a) for a in sizes[:-1])
        self.last = nn.Conv2d(size, classes, 1)

    def forward(self, x):
        levels = [self.first(x)]
        for down in self.down:
            levels.append(down(functional.max_pool2d(levels[-1], 2)))
        x = levels.pop()
        for up, merge in zip(reversed(self.up), reversed(self.merge)):
            x = merge(torch.cat([levels.pop(), up(x)], dim=1))
        return self.last(x)


class Recurrent(nn.Module):
    """A recurrent layer's outputs alone, [N, T, C] → [N, T, D·H]."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


def lstm():
    return Recurrent(nn.LSTM(256, 256, 2, batch_first=True))


def bidirectional_gru():
    return Recurrent(nn.GRU(256, 256, 1, batch_first=True, bidirectional=True))


class Attention(nn.Module):
    """Attention of several heads, [N, T, C] → [N, T, C].

    `spelling` is "sdpa" for PyTorch's own scaled_dot_product_attention, "hand" for products and a softmax.
    """

    def __init__(self, size, heads, spelling, scale=None, bias=True):
        super().__init__()
        self.heads, self.spelling = heads, spelling
        self.scale = 1 / math.sqrt(size // heads) if scale is None else scale
        self.query, self.key, self.value = (nn.Linear(size, size, bias=bias) for _ in range(3))
        self.output = nn.Linear(size, size, bias=bias)

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, x.shape[2] // self.heads).transpose(1, 2)

    def forward(self, x, mask=None):
        """`mask` is added to the scores, or says, as booleans, which of them count."""
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        if self.spelling == "sdpa":
            y = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=self.scale)
        else:
            scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
            if mask is not None:
                scores = scores + mask
            y = torch.matmul(scores.softmax(-1), value)
        return self.output(y.transpose(1, 2).reshape(x.shape))


class BERT(nn.Module):
    """An encoder with the normalization after each part: tokens and mask [N, T] → hidden states and pooled [N, C]."""

    def __init__(self, spelling, layers=6, size=384, heads=12, words=30522, positions=512):
        super().__init__()
        self.words, self.positions = nn.Embedding(words, size), nn.Embedding(positions, size)
        self.types = nn.Embedding(2, size)
        self.norm = nn.LayerNorm(size, eps=1e-12)
        self.layers = nn.ModuleList(
            nn.ModuleDict({
                "attention": Attention(size, heads, spelling),
                "first_norm": nn.LayerNorm(size, eps=1e-12),
                "up": nn.Linear(size, 4 * size),
                "down": nn.Linear(4 * size, size),
                "second_norm": nn.LayerNorm(size, eps=1e-12),
            }) for _ in range(layers))
        self.pooler = nn.Linear(size, size)

    def forward(self, tokens, attention_mask):
        positions = torch.arange(tokens.shape[1])[None]
        x = self.norm(self.words(tokens) + self.types(torch.zeros_like(tokens)) + self.positions(positions))
        mask = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        for layer in self.layers:
            x = layer["first_norm"](x + layer["attention"](x, mask))
            x = layer["second_norm"](x + layer["down"](functional.gelu(layer["up"](x))))
        return x, torch.tanh(self.pooler(x[:, 0]))


class GPT(nn.Module):
    """A decoder with the normalization in front of each part: tokens [N, T] → scores of the next ones [N, T, words].

    With `cached`, keys and values [N, heads, past, size/heads] of each layer come in and go out, longer by T.
    """

    def __init__(self, cached, layers=6, size=512, heads=8, words=32000, positions=1024):
        super().__init__()
        self.cached, self.heads = cached, heads
        self.words, self.positions = nn.Embedding(words, size), nn.Embedding(positions, size)
        self.layers = nn.ModuleList(
            nn.ModuleDict({
                "first_norm": nn.LayerNorm(size),
                "inputs": nn.Linear(size, 3 * size),
                "output": nn.Linear(size, size),
                "second_norm": nn.LayerNorm(size),
                "up": nn.Linear(size, 4 * size),
                "down": nn.Linear(4 * size, size),
            }) for _ in range(layers))
        self.norm = nn.LayerNorm(size)
        self.head = nn.Linear(size, words, bias=False)
        self.register_buffer("causal", torch.tril(torch.ones(positions, positions, dtype=torch.bool))[None, None])

    def forward(self, tokens, *past):
        count = past[0].shape[2] if past else 0
        total = count + tokens.shape[1]
        x = self.words(tokens) + self.positions(torch.arange(count, total)[None])
        present = []
        for index, layer in enumerate(self.layers):
            parts = layer["inputs"](layer["first_norm"](x)).chunk(3, dim=-1)
            query, key, value = (
                part.view(part.shape[0], part.shape[1], self.heads, -1).transpose(1, 2) for part in parts)
            if self.cached:
                key = torch.cat([past[2 * index], key], dim=2)
                value = torch.cat([past[2 * index + 1], value], dim=2)
                present += [key, value]
            scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.shape[-1])
            scores = torch.where(
                self.causal[:, :, count:total, :total], scores, torch.tensor(torch.finfo(x.dtype).min, dtype=x.dtype))
            y = torch.matmul(scores.softmax(-1), value).transpose(1, 2).reshape(x.shape)
            x = x + layer["output"](y)
            x = x + layer["down"](functional.gelu(layer["up"](layer["second_norm"](x)), approximate="tanh"))
        scores = self.head(self.norm(x))
        return (scores, *present) if self.cached else scores


class T5Norm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class T5Encoder(nn.Module):
    """An encoder with relative positions, whose buckets the graph computes: tokens and mask [N, T] → [N, T, C]."""

    def __init__(self, layers=6, size=512, heads=8, words=32128, buckets=32, distance=128):
        super().__init__()
        self.buckets, self.distance = buckets, distance
        self.words, self.bias = nn.Embedding(words, size), nn.Embedding(buckets, heads)
        self.layers = nn.ModuleList(
            nn.ModuleDict({
                "first_norm": T5Norm(size),
                "attention": Attention(size, heads, "hand", scale=size ** -0.25, bias=False),
                "second_norm": T5Norm(size),
                "up": nn.Linear(size, 4 * size, bias=False),
                "down": nn.Linear(4 * size, size, bias=False),
            }) for _ in range(layers))
        self.norm = T5Norm(size)

    def bucket(self, count):
        positions = torch.arange(count)
        relative = positions[None, :] - positions[:, None]
        half = self.buckets // 2
        exact = half // 2
        distance = relative.abs()
        far = exact + (
            torch.log(distance.float() / exact) / math.log(self.distance / exact) * (half - exact)
        ).to(torch.long)
        far = torch.min(far, torch.full_like(far, half - 1))
        return (relative > 0).to(torch.long) * half + torch.where(distance < exact, distance, far)

    def forward(self, tokens, attention_mask):
        x = self.words(tokens)
        bias = self.bias(self.bucket(tokens.shape[1])).permute(2, 0, 1)[None]
        mask = bias + (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        for layer in self.layers:
            x = x + layer["attention"](layer["first_norm"](x), mask)
            x = x + layer["down"](functional.relu(layer["up"](layer["second_norm"](x))))
        return self.norm(x)


class Wav2Vec2(nn.Module):
    """Speech [N, samples] → scores of letters [N, T, 32]: seven convolutions, one for positions, and an encoder."""

    def __init__(self, channels=512, layers=6, size=384, heads=6):
        super().__init__()
        kernels, strides = [10, 3, 3, 3, 3, 2, 2], [5, 2, 2, 2, 2, 2, 2]
        self.convolutions = nn.ModuleList(
            nn.Conv1d(1 if index == 0 else channels, channels, kernel, stride, bias=False)
            for index, (kernel, stride) in enumerate(zip(kernels, strides)))
        self.group_norm = nn.GroupNorm(channels, channels)
        self.feature_norm, self.projection = nn.LayerNorm(channels), nn.Linear(channels, size)
        self.positions = nn.utils.parametrizations.weight_norm(
            nn.Conv1d(size, size, 128, padding=64, groups=16), name="weight", dim=2)
        self.norm = nn.LayerNorm(size)
        self.layers = nn.ModuleList(
            nn.ModuleDict({
                "attention": Attention(size, heads, "sdpa"),
                "first_norm": nn.LayerNorm(size),
                "up": nn.Linear(size, 4 * size),
                "down": nn.Linear(4 * size, size),
                "second_norm": nn.LayerNorm(size),
            }) for _ in range(layers))
        self.head = nn.Linear(size, 32)

    def forward(self, samples):
        x = samples[:, None]
        for index, convolution in enumerate(self.convolutions):
            x = convolution(x)
            x = functional.gelu(self.group_norm(x) if index == 0 else x)
        x = self.projection(self.feature_norm(x.transpose(1, 2)))
        positions = self.positions(x.transpose(1, 2))[:, :, :-1]
        x = self.norm(x + functional.gelu(positions).transpose(1, 2))
        for layer in self.layers:
            x = layer["first_norm"](x + layer["attention"](x))
            x = layer["second_norm"](x + layer["down"](functional.gelu(layer["up"](x))))
        return self.head(x)


class Detector(nn.Module):
    """torchvision's detector of one image [3, H, W] → boxes, scores and labels."""

    def __init__(self, network, image):
        super().__init__()
        self.network = network
        head = network.head.classification_head
        network.eval()
        with torch.no_grad():
            # As in a trained one, nearly all boxes are background, and some hundred scores are above the threshold.
            features = list(network.backbone(image[None]).values())
            for module, feature in zip(head.module_list, features, strict=True):
                module[1].weight *= 2 / module(feature).std()
                module[1].bias.view(-1, head.num_columns)[:, 0] += 12

    def forward(self, image):
        result = self.network([image])[0]
        return result["boxes"], result["scores"], result["labels"]
