"""JupyterHub for a class: each student a server, each open notebook a kernel of Fovea in processes of its own.

    npm install --global --ignore-scripts ./fovea-0.1.0.tgz
    fovea install --prefix /usr/local
    jupyterhub -f jupyterhub_config.py

The kernel is in /usr/local/share/jupyter, where the servers of all users find it. Who may log in, and what starts the
servers (PAM and local processes, unless said here), is the site's own: set c.JupyterHub.authenticator_class and
c.JupyterHub.spawner_class below, or load this file from yours by load_subconfig. What is here holds for every spawner.

docs/teaching.md says what a student takes, as measured.
"""

import os

c = get_config()  # noqa: F821

# Megabytes of a notebook's runner process, the engine's included. A cell that goes astray costs its own variables, and
# neither the kernel nor the student's server. The lectures that were measured took up to 560.
memory = int(os.environ.get("FOVEA_MEMORY_LIMIT", "1500"))

# Weights of torchvision's networks, shared by all and fetched by none. Lectures need none.
models = os.environ.get("FOVEA_MODELS", "/srv/models")

c.Spawner.environment = {
    "FOVEA_MEMORY_LIMIT": str(memory),
    "FOVEA_THREADS": "2",  # of as many as the machine has, which each notebook would take
    "FOVEA_OUTPUT_LIMIT": "5",
    "FOVEA_DISPLAY_LIMIT": "20",
    **({"FOVEA_MODELS": models} if os.path.isdir(models) else {}),
}

# A second line for spawners that can draw it (systemd, Docker, Kubernetes): a server and two notebooks at their limit.
c.Spawner.mem_limit = f"{2 * memory + 500}M"
c.Spawner.mem_guarantee = "600M"
c.Spawner.cpu_limit = 2

# Notebooks that nobody uses go after half an hour, servers after an hour. Open browser tabs do not count as use.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=1800",
    "--MappingKernelManager.cull_interval=60",
    "--MappingKernelManager.cull_connected=True",
    "--NotebookApp.shutdown_no_activity_timeout=3600",
    "--ServerApp.shutdown_no_activity_timeout=3600",
]

# A class opens its notebooks in the same minute.
c.JupyterHub.concurrent_spawn_limit = 20
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 120
