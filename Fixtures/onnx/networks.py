"""PyTorch networks that are small and yet use what real ones use."""

import torch
from torch import nn


class LSTM(nn.Module):
    """Two layers, both directions, and a projection of the last step."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 8, num_layers=2, bidirectional=True, batch_first=True)
        self.out = nn.Linear(16, 4)

    def forward(self, x):
        steps, (hidden, cell) = self.rnn(x)
        return self.out(steps[:, -1]), hidden, cell


class GRU(nn.Module):
    """Takes its initial state as an input."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(6, 8)

    def forward(self, x, state):
        return self.rnn(x, state)


class Elman(nn.Module):
    """A plain recurrent network with ReLU, not tanh."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 7, nonlinearity="relu", batch_first=True)

    def forward(self, x):
        return self.rnn(x)[0]


class Transformer(nn.Module):
    """One encoder block: attention of two heads, layer normalization, GELU, residual sums."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 16)
        self.position = nn.Parameter(torch.randn(1, 12, 16) * 0.1)
        self.query, self.key, self.value = (nn.Linear(16, 16) for _ in range(3))
        self.out = nn.Linear(16, 16)
        self.norm1, self.norm2 = nn.LayerNorm(16), nn.LayerNorm(16)
        self.feed = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))

    def heads(self, x):
        return x.view(x.shape[0], -1, 2, 8).transpose(1, 2)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.position[:, : tokens.shape[1]]
        y = self.norm1(x)
        query, key, value = self.heads(self.query(y)), self.heads(self.key(y)), self.heads(self.value(y))
        weights = torch.softmax(query @ key.transpose(-1, -2) / 8**0.5, dim=-1)
        x = x + self.out((weights @ value).transpose(1, 2).reshape(x.shape))
        return x + self.feed(self.norm2(x))


class Residual(nn.Module):
    """A ResNet block that halves the image, with a projection on the short cut."""

    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8),
        )
        self.short = nn.Sequential(nn.Conv2d(4, 8, 1, stride=2, bias=False), nn.BatchNorm2d(8))

    def forward(self, x):
        return torch.relu(self.main(x) + self.short(x)).mean((2, 3))


class Mobile(nn.Module):
    """An inverted residual block with a depthwise convolution, hard swish and squeeze-and-excitation."""

    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(4, 12, 1), nn.Hardswish(),
            nn.Conv2d(12, 12, 5, padding=2, groups=12), nn.BatchNorm2d(12), nn.ReLU6(),
        )
        self.squeeze = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(12, 3, 1), nn.SiLU(), nn.Conv2d(3, 12, 1), nn.Hardsigmoid()
        )
        self.out = nn.Conv2d(12, 4, 1)

    def forward(self, x):
        y = self.main(x)
        return x + self.out(y * self.squeeze(y))


class UNet(nn.Module):
    """Down and up again: strided, dilated and transposed convolution, resizing, concatenation, group normalization."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(2, 6, 3, stride=2, padding=1), nn.GroupNorm(3, 6), nn.Mish())
        self.middle = nn.Sequential(nn.Conv2d(6, 6, 3, padding=2, dilation=2), nn.InstanceNorm2d(6), nn.Softplus())
        self.up = nn.ConvTranspose2d(12, 4, 3, stride=2, padding=1, output_padding=1)
        self.pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)

    def forward(self, x):
        y = self.down(x)
        half = nn.functional.interpolate(y, scale_factor=0.5, mode="bilinear", align_corners=False)
        back = nn.functional.interpolate(self.middle(half), scale_factor=2.0, mode="nearest")
        z = nn.functional.leaky_relu(self.up(torch.cat([y, back], 1)), 0.2)
        return self.pool(nn.functional.pad(z, (1, 2, 0, 1), mode="reflect"))


class Series(nn.Module):
    """Convolution and pooling along one dimension, with slices, a split and a product by channel."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 8, 4, stride=2, padding=1)
        self.slope = nn.PReLU(8)
        self.pool = nn.MaxPool1d(3, stride=2, ceil_mode=True)

    def forward(self, x):
        a, gate = self.slope(self.conv(x)).chunk(2, dim=1)
        y = self.pool(a * torch.sigmoid(gate))
        return torch.cat([y[:, :, ::2], y[:, :, 1:2]], 2).flatten(1), y.argmax(1)


class Volume(nn.Module):
    """Convolution in three dimensions."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv3d(1, 3, (2, 3, 3), padding=(0, 1, 1)), nn.BatchNorm3d(3), nn.CELU(1.5), nn.MaxPool3d(2)
        )

    def forward(self, x):
        return self.net(x)


class Mathematics(nn.Module):
    """Functions without weights: comparisons, selection, reductions, and their shapes at run time."""

    def forward(self, a, b):
        c = torch.where(a > b, a.sqrt() + b.exp(), torch.tanh(a) - b.sin())
        d = c.clamp(-1, 2).pow(2).sum(-1, keepdim=True) / c.shape[1]
        top, index = c.topk(2, dim=1)
        return torch.erf(d) * c.amax(), top, index, c.cumsum(1), torch.log_softmax(c, 0)
