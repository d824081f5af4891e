"""Times PyTorch on the same networks, on request: reads 'NETWORK PASS REPEATS' lines, prints milliseconds."""
import sys
import time

import torch
import torchvision

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)
networks = {}
print(f"PyTorch {torch.__version__}", flush=True)
for line in sys.stdin:
    name, what, repeats = line.split()
    if name not in networks:
        networks[name] = getattr(torchvision.models, name)().eval()
    net = networks[name]
    x = torch.randn(1, 3, 224, 224)
    times = []
    for _ in range(int(repeats)):
        start = time.perf_counter()
        if what == "forward":
            with torch.no_grad():
                net(x)
        else:
            x.requires_grad_(True)
            score = net(x)[0, 5]
            torch.autograd.grad(score, x)
        times.append(1000 * (time.perf_counter() - start))
    print(*times, flush=True)
