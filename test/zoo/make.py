"""PyTorch's own results on the networks of the zoo, to compare with.

    python3 make.py fixtures OUT          what the default tests compare with: small, committed
    python3 make.py network NAME FOLDER   one network with seeded random weights, in full

The first gives every weight a value by a formula that test/zoo/formula.ts has as well, so that no weights
need to be kept, and records samples of the results. The second writes NAME.safetensors, NAME.pth and
NAME.onnx with the same weights, and NAME.results.safetensors.

Needs torch and torchvision (made with 1.13 and 0.14).
"""
import json
import math
import struct
import sys
import warnings
from contextlib import contextmanager

import numpy as np
import torch
import torch.nn.functional as F
import torchvision

warnings.filterwarnings("ignore")
torch.set_num_threads(2)

NETWORKS = """alexnet vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn squeezenet1_0 squeezenet1_1
resnet18 resnet34 resnet50 resnet101 resnext50_32x4d googlenet inception_v3 densenet121 mobilenet_v2
mobilenet_v3_small mobilenet_v3_large efficientnet_b0 shufflenet_v2_x1_0 mnasnet1_0 convnext_tiny""".split()
# Those that the default tests run: every family, without the largest of each.
FIXTURES = """alexnet vgg11_bn squeezenet1_0 squeezenet1_1 resnet18 resnext50_32x4d googlenet inception_v3
densenet121 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large efficientnet_b0 shufflenet_v2_x1_0 mnasnet1_0
convnext_tiny""".split()
SAMPLE = 7  # every seventh element of a gradient is recorded
STABLE = 2e-5  # relative change of the results by rounding, at most
UNSTABLE = 5e-4  # above this nothing can be compared


def build(name):
    # As with pretrained weights: inputs by ImageNet's statistics.
    options = {"transform_input": True} if name in ("googlenet", "inception_v3") else {}
    return getattr(torchvision.models, name)(weights=None, **options).eval()


# 64 for all but two. Inception v3 takes no less than 75. At 64 the last maps of GoogLeNet are 2x2, and each
# window of inception5a's 3x3 pooling sees them whole: all positions of that branch are equal, and rounding
# alone decides which of them the pooling of inception5b takes, and so what guided backpropagation gives.
SIZES = {"inception_v3": 112, "googlenet": 96}


def size_of(name):
    return SIZES.get(name, 64)


# Guided backpropagation, by every rectifier: 1[f > 0] * relu(R).


class Guided(torch.autograd.Function):
    @staticmethod
    def forward(context, x, high):
        context.save_for_backward((x > 0) & (x < high))
        return x.clamp(0, high)

    @staticmethod
    def backward(context, gradient):
        (active,) = context.saved_tensors
        return gradient.clamp(min=0) * active, None


@contextmanager
def guided():
    original = F.relu, F.hardtanh
    F.relu = lambda x, inplace=False: Guided.apply(x, math.inf)
    F.hardtanh = lambda x, low, high, inplace=False: Guided.apply(x, high)
    yield
    F.relu, F.hardtanh = original


def has_rectifiers(model):
    functional = isinstance(model, (torchvision.models.GoogLeNet, torchvision.models.Inception3))
    rectifiers = (torch.nn.ReLU, torch.nn.ReLU6)
    # The ReLU in a squeeze-and-excite block of EfficientNet is a default that is not used.
    return functional or any(isinstance(module, rectifiers) for module in model.modules())


def results(model, x, target):
    def gradient():
        y = x.clone().requires_grad_()
        logits = model(y)
        logits[0, target].backward()
        return logits.detach(), y.grad

    logits, plain = gradient()
    found = {"logits": logits, "plain": plain}
    if has_rectifiers(model):
        with guided():
            _, found["guided"] = gradient()
    return found


# Weights.


def numbers(name, size):
    """Numbers from -1/2 to 1/2 by a hash of the tensor's name and their index (lowbias32 by C. Wellons)."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    with np.errstate(over="ignore"):
        z = np.arange(size, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
        z ^= z >> np.uint32(16)
        z *= np.uint32(0x21F0AAAD)
        z ^= z >> np.uint32(15)
        z *= np.uint32(0x735A2D97)
        z ^= z >> np.uint32(15)
    return z / 2.0**32 - 0.5


def formula(name, shape):
    u = numbers(name, math.prod(shape))
    kind = name.split(".")[-1]
    if kind in ("running_mean", "bias"):
        u *= 0.4
    elif kind in ("running_var", "layer_scale") or len(shape) == 1:
        u += 1
    else:
        u *= math.sqrt(12 / math.prod(shape[1:]))
    return torch.from_numpy(u.astype(np.float32).reshape(shape))


def formula_weights(model):
    for name, tensor in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            tensor.copy_(formula(name, tuple(tensor.shape)))


def random_weights(model, size):
    """Seeded; batch norms with statistics of noise, all norms and layer scales made to matter."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # the mean over all batches: nothing is left of the initial 0 and 1
        norm.train()
    with torch.no_grad():
        for _ in range(3 if norms else 0):
            model(torch.randn(8, 3, size, size))
    model.eval()
    for name, tensor in model.state_dict().items():
        kind = name.split(".")[-1]
        if kind == "running_var":
            tensor *= torch.rand_like(tensor) + 0.5
        elif kind == "running_mean":
            tensor += 0.2 * torch.randn_like(tensor)
        elif kind == "layer_scale":
            tensor.copy_(torch.rand_like(tensor))
        elif kind == "weight" and tensor.ndim == 1:
            tensor *= torch.rand_like(tensor) + 0.5
        elif kind == "bias":
            tensor += 0.1 * torch.randn_like(tensor)


# Files.


def save_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    kinds = {torch.float32: "F32", torch.int64: "I64"}
    for name, tensor in tensors.items():
        end = offset + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": kinds[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.detach().contiguous().numpy().tobytes())


def error(found, expected):
    """The largest L2-relative difference among the results."""
    return max(float((found[key] - expected[key]).norm() / expected[key].norm()) for key in expected)


@contextmanager
def rounding_noise(model, amount):
    def add(_, __, y):
        return y + amount * y.square().mean().sqrt() * torch.randn_like(y)

    layers = (torch.nn.Conv2d, torch.nn.Linear, torch.nn.BatchNorm2d)
    hooks = [m.register_forward_hook(add) for m in model.modules() if isinstance(m, layers)]
    yield
    for hook in hooks:
        hook.remove()


def instability(model, x, target, expected):
    """How far noise as large as rounding's takes the results: far where a ReLU or a maximum is a close call."""
    worst = 0
    for _ in range(3):
        with rounding_noise(model, 1e-7):
            worst = max(worst, error(results(model, x, target), expected))
        if worst > STABLE:
            break
    return worst


def steadiest(model, inputs):
    """Of some inputs the one on which rounding decides least, so that any engine must agree."""
    least = math.inf
    for x in inputs:
        index = int(model(x)[0].argmax())
        outcome = results(model, x, index)
        noise = instability(model, x, index, outcome)
        if noise < least:
            least, best, target, found = noise, x, index, outcome
        if least < STABLE:
            break
    return best, found, {"target": target, "noise": least}


def fixtures(out):
    tensors, metadata = {}, {}
    for name in FIXTURES:
        torch.manual_seed(7)
        model = build(name)
        formula_weights(model)
        size = size_of(name)

        def pixels(seed):
            return torch.from_numpy(4 * numbers(seed, 3 * size * size)).float().reshape(1, 3, size, size)

        seeds = [f"input {i}" for i in range(12)]
        x, found, settings = steadiest(model, map(pixels, seeds))
        seed = next(seed for seed in seeds if torch.equal(pixels(seed), x))
        metadata[name] = json.dumps({**settings, "size": size, "input": seed})
        print(name, metadata[name], flush=True)
        for key, value in found.items():
            value = value.flatten()
            tensors[f"{name}.{key}"] = value if key == "logits" else value[::SAMPLE].clone()
            tensors[f"{name}.{key}.norm"] = value.norm().reshape(1)
    save_safetensors(out, tensors, metadata)


class AdaptivePooling(torch.nn.Module):
    """Window by window: PyTorch exports its own only for inputs of which the output size is a factor."""

    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        for axis, count in zip((2, 3), self.size):
            length = int(x.shape[axis])  # a number, not a part of the trace
            ranges = [(i * length // count, -(-(i + 1) * length // count)) for i in range(count)]
            means = [x.narrow(axis, a, b - a).mean(axis, keepdim=True) for a, b in ranges]
            x = torch.cat(means, axis)
        return x


def network(name, folder):
    torch.manual_seed(7)
    model = build(name)
    size = size_of(name)
    random_weights(model, size)
    inputs = [torch.randn(1, 3, size, size) for _ in range(12)]
    x, found, settings = steadiest(model, inputs)
    if settings["noise"] > UNSTABLE:
        # PyTorch's own gradient is then off by per cents from what it is in double precision.
        formula_weights(model)
        x, found, settings = steadiest(model, inputs)
    base = f"{folder}/{name}"
    save_safetensors(f"{base}.safetensors", model.state_dict(), {})
    torch.save(model.state_dict(), f"{base}.pth")
    if name == "alexnet" or name.startswith("vgg"):
        model.avgpool = AdaptivePooling(model.avgpool.output_size)
    torch.onnx.export(model, x, f"{base}.onnx", opset_version=14)
    save_safetensors(f"{base}.results.safetensors", {"input": x, **found}, {"settings": json.dumps(settings)})


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"fixtures": fixtures, "network": network}[command](*arguments)
