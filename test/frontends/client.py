"""Does with jupyter_client what a front-end does with a kernel, and prints what it saw as JSON."""

import json
import sys
import threading
import time

from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="fovea", startup_timeout=60)
seen = {}


def run(code, hook=lambda message: None, **options):
    outputs = []

    def output(message):
        outputs.append([message["msg_type"], message["content"]])
        hook(message)

    reply = client.execute_interactive(code, timeout=60, output_hook=output, **options)["content"]
    return {"reply": reply, "outputs": outputs}


def answer(message_id):
    return client._recv_reply(message_id, timeout=60)["content"]


seen["result"] = run("const answer: number = 6 * 7; answer")
seen["input"] = run(
    "`Hello, ${await input('Who? ')}`",
    allow_stdin=True,
    stdin_hook=lambda message: client.input("Ada"),
)
seen["error"] = run("throw new RangeError('too far')")
seen["complete"] = answer(client.complete("viz.sce", 7))
seen["inspect"] = answer(client.inspect("answer", 3))
seen["incomplete"] = answer(client.is_complete("for (const x of [1, 2]) {"))
seen["history"] = answer(client.history(hist_access_type="tail", n=1))


def interrupt(message):
    if message["msg_type"] == "stream":
        seen["interrupted at"] = time.time()
        threading.Thread(target=manager.interrupt_kernel).start()


seen["interrupted"] = run("console.log('begun'); while (true) {}", hook=interrupt)
seen["interruption"] = time.time() - seen["interrupted at"]
seen["after interrupt"] = run("answer")

manager.restart_kernel()
client.wait_for_ready(timeout=60)
seen["after restart"] = run("answer")

client.stop_channels()
manager.shutdown_kernel()
seen["alive"] = manager.is_alive()
json.dump(seen, sys.stdout)
