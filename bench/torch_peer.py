"""Times PyTorch, and Captum where it is installed, on the same networks: reads 'TASK NETWORK BATCH REPEATS'
lines and prints milliseconds. Where Captum is not installed its methods are written out below, by their
definitions."""
import sys
import time

import torch
import torchvision

try:
    import captum
    from captum import attr
except ImportError:
    captum = None

SIZE, CLASS, STEPS, WINDOW, STRIDE = 224, 5, 50, 32, 16


def gradient(net, x):
    x = x.detach().requires_grad_(True)
    return torch.autograd.grad(net(x)[:, CLASS].sum(), x)[0]


def forward(net, x):
    with torch.no_grad():
        return net(x)


def saliency(net, x):
    if captum:
        return attr.Saliency(net).attribute(x, target=CLASS)
    return gradient(net, x).abs()


def guided(net, x):
    if captum:
        return attr.GuidedBackprop(net).attribute(x, target=CLASS)
    rectifiers = [m for m in net.modules() if isinstance(m, (torch.nn.ReLU, torch.nn.ReLU6))]
    hooks = [m.register_full_backward_hook(lambda _, dx, dy: (dx[0].clamp(min=0),)) for m in rectifiers]
    result = gradient(net, x)
    for hook in hooks:
        hook.remove()
    return result


def gradcam(net, x):
    layer = net.features if hasattr(net, "features") else net.layer4
    if captum:
        return attr.LayerGradCam(net, layer).attribute(x, target=CLASS)
    kept = []
    hook = layer.register_forward_hook(lambda _, inputs, output: kept.append(output))
    score = net(x)[0, CLASS]
    hook.remove()
    weights = torch.autograd.grad(score, kept[0])[0].mean((2, 3), keepdim=True)
    return (weights * kept[0]).sum(1).relu()


def integrated(net, x):
    if captum:
        return attr.IntegratedGradients(net).attribute(x, target=CLASS, n_steps=STEPS, internal_batch_size=10)
    alphas = (torch.arange(STEPS) + 0.5) / STEPS
    parts = [gradient(net, a.view(-1, 1, 1, 1) * x).sum(0) for a in alphas.split(10)]
    return sum(parts) / STEPS * x


def occlusion(net, x):
    with torch.no_grad():
        if captum:
            return attr.Occlusion(net).attribute(
                x, (3, WINDOW, WINDOW), strides=(3, STRIDE, STRIDE), target=CLASS, perturbations_per_eval=13
            )
        starts = range(0, SIZE - WINDOW + 1, STRIDE)
        places = [(row, column) for row in starts for column in starts]
        scores = []
        for i in range(0, len(places), 13):
            batch = x.repeat(len(places[i : i + 13]), 1, 1, 1)
            for image, (row, column) in zip(batch, places[i : i + 13]):
                image[:, row : row + WINDOW, column : column + WINDOW] = 0
            scores.append(net(batch)[:, CLASS])
        return net(x)[0, CLASS] - torch.cat(scores)


def ascent(net, x):
    for _ in range(100):
        x = x + 0.1 * gradient(net, x)
    return x


def style(net, _):
    """CS231n's style transfer by SqueezeNet's first layers: 200 steps of Adam on a picture of 256 x 192."""
    content_layer, style_layers = 3, {1: 300000, 4: 1000, 6: 15, 7: 3}

    def features(x):
        found = {}
        for i in range(max(style_layers) + 1):
            x = net.features[i](x)
            found[i] = x
        return found

    def gram(x):
        flat = x.flatten(2)
        return flat @ flat.transpose(1, 2) / x[0].numel()

    with torch.no_grad():
        picture = torch.randn(1, 3, 192, 256)
        content = features(picture)[content_layer]
        grams = {i: gram(x) for i, x in features(torch.randn(1, 3, 192, 256)).items() if i in style_layers}
    picture.requires_grad_(True)
    optimizer = torch.optim.Adam([picture], lr=3.0)
    for step in range(200):
        if step < 190:
            picture.data.clamp_(-1.5, 1.5)
        if step == 180:
            optimizer = torch.optim.Adam([picture], lr=0.1)
        optimizer.zero_grad()
        found = features(picture)
        loss = 6e-2 * (found[content_layer] - content).square().sum()
        for i, weight in style_layers.items():
            loss = loss + weight * (gram(found[i]) - grams[i]).square().sum()
        down, right = picture[..., 1:, :] - picture[..., :-1, :], picture[..., 1:] - picture[..., :-1]
        loss = loss + 2e-2 * (down.square().sum() + right.square().sum())
        loss.backward()
        optimizer.step()
    return picture


TASKS = {
    f.__name__: f for f in (forward, gradient, saliency, guided, gradcam, integrated, occlusion, ascent, style)
}


def network(name):
    net = getattr(torchvision.models, name)().eval()
    for module in net.modules():
        if hasattr(module, "inplace"):
            module.inplace = False  # hooks cannot see what is overwritten
    return net


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(0)
    networks = {}
    peer = f"Captum {captum.__version__}" if captum else "methods by their definitions, Captum not installed"
    print(f"PyTorch {torch.__version__} ({peer})", flush=True)
    for line in sys.stdin:
        task, name, batch, repeats = line.split()
        net = networks.setdefault(name, None) or network(name)
        networks[name] = net
        x = torch.randn(int(batch), 3, SIZE, SIZE)
        times = []
        for _ in range(int(repeats)):
            start = time.perf_counter()
            TASKS[task](net, x)
            times.append(1000 * (time.perf_counter() - start))
        # Linux's resource usage includes the process that started this one, until it became this one.
        with open("/proc/self/status") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
        print(f"{peak:.0f}", *(f"{t:.3f}" for t in times), flush=True)


main()
