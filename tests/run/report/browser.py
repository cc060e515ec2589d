"""Opens a page in Chromium, which Qt's WebEngine is, and says what a reader meets: python browser.py PAGE WIDTH.

A process of its own, since Chromium starts several and ends none of them by itself.
"""

import json
import os
import sys
from pathlib import Path

from PyQt6.QtCore import QTimer, QUrl
from PyQt6.QtWebEngineCore import QWebEnginePage, QWebEngineUrlRequestInterceptor
from PyQt6.QtWebEngineWidgets import QWebEngineView
from PyQt6.QtWidgets import QApplication

MEASURE = """(() => {
  const shut = [...document.querySelectorAll('details')].filter(one => !one.open);
  shut.forEach(one => one.querySelector('summary').click());
  const boxes = [...document.querySelectorAll('.scroll')];
  getSelection().selectAllChildren(document.querySelector('table'));
  return JSON.stringify({
    width: innerWidth,
    needed: document.documentElement.scrollWidth,
    paper: getComputedStyle(document.body).backgroundColor,
    drawings: [...document.querySelectorAll('svg')].filter(one => one.getBoundingClientRect().height > 20).length,
    opened: shut.filter(one => one.open).length,
    broken: [...document.images].filter(one => !one.naturalWidth).length,
    copied: getSelection().toString(),
    unreached: boxes.filter(one => { one.focus(); return document.activeElement !== one; }).length,
  });
})()"""


class Page(QWebEnginePage):
    """Keeps what its console is told."""

    def __init__(self, view):
        super().__init__(view)
        self.said = []

    def javaScriptConsoleMessage(self, level, message, line, source):
        self.said.append(message)


class Watch(QWebEngineUrlRequestInterceptor):
    """Keeps the addresses that are asked for."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def interceptRequest(self, info):
        self.asked.append(info.requestUrl().toString()[:60])


def main(file: str, width: str) -> None:
    application, watch, view = QApplication(sys.argv[:1]), Watch(), QWebEngineView()
    page = Page(view)
    page.setUrlRequestInterceptor(watch)
    view.setPage(page)
    view.resize(int(width), 900)

    def told(measured: str) -> None:
        outside = [address for address in watch.asked if not address.startswith(("file:", "data:"))]
        print(json.dumps({**json.loads(measured), "outside": outside, "console": page.said}), flush=True)
        os._exit(0)  # Qt's own way out takes seconds.

    page.loadFinished.connect(lambda _: QTimer.singleShot(200, lambda: page.runJavaScript(MEASURE, told)))
    view.load(QUrl.fromLocalFile(str(Path(file).resolve())))
    view.show()
    application.exec()


if __name__ == "__main__":
    main(*sys.argv[1:])
