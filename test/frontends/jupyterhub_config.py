"""The shipped configuration on one machine without accounts: any name may log in, servers are local processes."""

import os

c = get_config()  # noqa: F821
load_subconfig(os.environ["HUB_CONFIG"])  # noqa: F821

folder = os.environ["HUB_FOLDER"]
port = int(os.environ["HUB_PORT"])
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = folder + "/home/{username}"
c.JupyterHub.bind_url = f"http://127.0.0.1:{port}"
c.JupyterHub.hub_port = port + 1
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{port + 2}"
# Debian's proxy, where Node is another than Debian's.
c.ConfigurableHTTPProxy.command = ["env", "NODE_PATH=/usr/share/nodejs", "configurable-http-proxy"]
c.ConfigurableHTTPProxy.pid_file = folder + "/proxy.pid"
c.ConfigurableHTTPProxy.auth_token = os.environ["HUB_TOKEN"]
c.JupyterHub.db_url = f"sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = folder + "/cookie_secret"
c.JupyterHub.cleanup_servers = True
# In place of /usr/local, where users' servers look by themselves.
c.Spawner.environment["JUPYTER_PATH"] = os.environ["JUPYTER_PATH"]
if os.getuid() == 0:
    c.Spawner.args = [*c.Spawner.args, "--allow-root"]

c.JupyterHub.services = [{"name": "teacher", "api_token": os.environ["HUB_TOKEN"]}]
scopes = ["admin:users", "admin:servers", "access:servers", "list:users"]
c.JupyterHub.load_roles = [{"name": "teacher", "scopes": scopes, "services": ["teacher"]}]
