"""A headless Chromium that tests open pages in, driven through the DevTools protocol."""

import base64
import itertools
import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from tempfile import TemporaryDirectory

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
]


# The middle of the first element at whose middle nothing else is.
_PLACE = """new Promise(done => {
    let rounds = 100;
    const middle = box => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const isSeen = x => x.contains(document.elementFromPoint(...middle(x.getBoundingClientRect())));
    const look = () => {
        const found = [...document.querySelectorAll("%s")].find(isSeen);
        found ? done(middle(found.getBoundingClientRect()))
            : rounds-- ? setTimeout(look, 50) : done(null);
    };
    look();
})"""


def find_chromium():
    """Return the path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """A tab of the browser.

    ``problems`` lists uncaught errors and messages of the console above information, ``requests``
    the addresses that the page asked for.
    """

    def __init__(self, commands, answers):
        self._commands, self._answers = commands, answers
        self._numbers, self._session = itertools.count(1), {}
        self.problems, self.requests = [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        """Send a command and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params, **self._session}
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()
        while (answer := self._read()).get("id") != number:
            self._note(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def open(self, path, query=""):
        """Load a file and wait until it is loaded and drawn."""
        with self.loading():
            self.call("Page.navigate", url=path.as_uri() + query)

    @contextmanager
    def loading(self):
        """Wait until what is done within loaded another page, and until that is drawn."""
        self._is_loaded = False
        yield
        while not self._is_loaded:
            self._note(self._read())
        self.frames()

    def run(self, script):
        """Return the value of a JavaScript expression, after its promise if it is one."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def frames(self, n=3):
        """Wait for frames to be drawn."""
        self.run(
            f"new Promise(done => {{ let n = {n};"
            "const next = () => n-- ? requestAnimationFrame(next) : done(); next(); })"
        )

    def shape(self, width, height, *, scale=1, phone=False, dark=False):
        """Set the size of the window in CSS pixels, and the preferred colours."""
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.call("Emulation.setEmulatedMedia", features=[scheme, still])

    def press(self, key, text=""):
        """Press and release a key, which types a text."""
        code = {"Enter": 13, "Tab": 9}.get(key, 0)
        common = {"key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        """Type a text into the element that has the focus."""
        self.call("Input.insertText", text=text)

    def click(self, selector):
        """Click on the first element that is seen and not covered; wait for it up to 5 seconds.

        Return whether there is one.
        """
        place = self.run(_PLACE % selector)
        for kind in ("Pressed", "Released") if place else ():
            self.mouse(kind, *place, button="left", clickCount=1)
        self.frames()
        return bool(place)

    def mouse(self, kind, x, y, **more):
        """Send an event of the mouse, at CSS pixels: Pressed, Moved, Released or Wheel."""
        self.call("Input.dispatchMouseEvent", type=f"mouse{kind}", x=x, y=y, **more)

    def screenshot(self, path, **more):
        """Save a picture of the window."""
        data = self.call("Page.captureScreenshot", **more)["data"]
        path.write_bytes(base64.b64decode(data))

    def _read(self):
        message = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("Chromium has ended.")
            message += byte
        return json.loads(message)

    def _note(self, event):
        method, params = event.get("method"), event.get("params", {})
        if method == "Page.loadEventFired":
            self._is_loaded = True
        elif method == "Runtime.exceptionThrown":
            self.problems.append(str(params["exceptionDetails"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("warning", "error"):
            self.problems.append(params["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("warning", "error"):
            self.problems.append(str(params["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])


@contextmanager
def chromium():
    """Start a browser and yield an empty page of it."""
    (read_command, write_command), (read_answer, write_answer) = os.pipe(), os.pipe()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # Chromium reads commands from file descriptor 3 and writes answers to 4.
        script = f'exec "$@" 3<&{read_command} 4>&{write_answer}'
        process = subprocess.Popen(
            ["bash", "-c", script, "bash", find_chromium(), *FLAGS, f"--user-data-dir={folder}"],
            pass_fds=(read_command, write_answer),
            stderr=subprocess.DEVNULL,
        )
        os.close(read_command)
        os.close(write_answer)
        with open(write_command, "wb") as commands, open(read_answer, "rb") as answers:
            try:
                yield Page(commands, answers)
            finally:
                process.kill()
                process.wait()
