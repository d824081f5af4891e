"""Times PyTorch in training: builds the network named in its first line ('scenes CLASSES BATCH THREADS'), then takes
one step for each further line and prints milliseconds. AdamW, cross-entropy, images in memory."""
import sys
import time

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Sequential() if stride == 1 and inputs == outputs else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return (self.body(x) + self.shortcut(x)).relu()


def scenes(classes):
    layers = []
    for i, (inputs, outputs) in enumerate([(3, 32), (32, 64), (64, 96), (96, 96), (96, 96)]):
        layers += [nn.Conv2d(inputs, outputs, 7 if i == 0 else 3, 2 if i == 0 else 1, 3 if i == 0 else 1), nn.ReLU()]
        if i in (0, 1, 4):
            layers.append(nn.MaxPool2d(3 if i == 4 else 2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(1536, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(),
                         nn.Linear(128, classes))


def residual(classes):
    return nn.Sequential(
        nn.Conv2d(3, 32, 7, 2, 3, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        Block(32, 32, 1), Block(32, 64, 2), Block(64, 96, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, classes))


name, classes, batch, threads = sys.stdin.readline().split()
torch.set_num_threads(int(threads))
net = {"scenes": scenes, "scenes-residual": residual}[name](int(classes))
optimizer = torch.optim.AdamW(net.parameters())
x = torch.randn(int(batch), 3, 96, 96)
y = torch.arange(int(batch)) % int(classes)
print(f"PyTorch {torch.__version__}", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
    print((time.perf_counter() - start) * 1000, flush=True)
