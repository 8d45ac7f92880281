#!/usr/bin/python3
"""The page of a run, opened in a headless Chromium and used as a person would.

    kit/browser.py KILLPOINT [--shots DIR]

Makes runs (nothing failed; one cause; one of a store that never syncs; a hundred causes and a million
cases, these two written by hand around a real one), has `killpoint report` make their pages, and opens each at three widths, light
and dark: no console error, loaded within two seconds, no request, nothing wider than the window, every
text of enough contrast, every control reached by the Tab key.  Then it filters, unfolds, copies, prints.

Needs chromium, chromium-driver and python3-selenium of Debian; exit 77 where they are missing.
The last line counts the checks; exit 1 when one of them fails.
"""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None

CHROMIUM = "/usr/bin/chromium"
DRIVER = "/usr/bin/chromedriver"
WIDTHS = (1400, 900, 390)
THEMES = ("light", "dark")
LOAD_MAX_S = 2.0
SIZE_MAX_BYTES = 5 << 20
TABS_MAX = 400

passed = failed = 0


def check(is_good, what, why=""):
    """Counts one check, and says which one failed."""
    global passed, failed
    if is_good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}{': ' + str(why) if why else ''}")


# ---- the runs ----

def run(killpoint, runs, *words):
    """A small campaign; its directory."""
    done = subprocess.run([killpoint, "run", "--runs", runs, "-q", *words], capture_output=True, text=True, check=False)
    check(done.returncode in (0, 1), f"run {' '.join(words)}", done.stderr[-300:])
    return os.path.realpath(os.path.join(runs, "latest"))


def report_of(directory):
    with open(os.path.join(directory, "report.json"), encoding="utf-8") as file:
        return json.load(file)


def copy_of(directory, runs, name, report):
    """The run once more, with another report."""
    there = os.path.join(runs, name)
    shutil.copytree(directory, there)
    os.remove(os.path.join(there, "report.html"))
    with open(os.path.join(there, "report.json"), "w", encoding="utf-8") as file:
        json.dump(report, file)
    return there


def hundred_causes(directory, runs):
    report = report_of(directory)
    first = report["causes"][0]
    states = ["new", "ongoing", "rare", None]
    report["causes"] = []
    for i in range(100):
        cause = json.loads(json.dumps(first))
        cause["state"] = states[i % 4]
        cause["since"] = "2026-11-0%dT02:00:01Z" % (1 + i % 9)
        cause["seen_runs"], cause["covered_runs"] = 1 + i % 9, 12
        cause["fingerprint"] = "%012x" % (i * 7919)
        cause["place"] = f"the file {i}-of-them </script><script>alert(1)</script>"
        report["causes"].append(cause)
    report["totals"]["causes"] = 104
    report["history"] = {
        "runs": 12, "compared_with": "2026-11-25T020001Z-abcdef", "note": "", "not_covered": [], "rare": [],
        "resolved": [{"fingerprint": "0123456789ab", "text": "record-lost, in the log", "since": "2026-11-01T02:00:01Z",
                      "last_seen": "2026-11-20T02:00:01Z", "token": first["simplest"]["token"]}]}
    there = copy_of(directory, runs, "2026-11-26T020001Z-aaaaaa", report)
    causes = os.path.join(there, "causes")
    kept = os.path.join(causes, sorted(os.listdir(causes))[0])
    for i in range(2, 21):
        shutil.copytree(kept, os.path.join(causes, f"{i:02d}-again"))
    return there


def million_cases(directory, runs):
    """As many rows as there are scenarios, points and faults in the worst of suites."""
    report = report_of(directory)
    points = list(report["coverage"])
    faults = ["kill", "kill-after", "torn", "short", "eio", "enospc", "power-loss", "sync-eio"]
    scenario = report["scenarios"][0]
    report["scenarios"], report["cells"], report["failures"] = [], [], []
    cases = 0
    for s in range(60):
        one = dict(scenario, name=f"scenario-{s}", run=17000, failed=s % 7, as_expected=s % 7 == 0)
        report["scenarios"].append(one)
        for p, point in enumerate(points):
            for f, fault in enumerate(faults):
                if (p + f + s) % 2 == 0:
                    n = 1000000 // (60 * len(points) * len(faults) // 2) + 1
                    bad = 1 if (p * f * s) % 97 == 96 else 0
                    cases += n
                    report["cells"].append({"scenario": one["name"], "seed": "5eed", "role": "fault", "point": point, "fault": fault, "cases": n,
                                            "passed": n - bad, "failed": bad, "broken": 0, "skipped": 0, "outcomes": {"intact": n - bad, "violated": bad}, "duration_us": 1})
    for i in range(1000):
        report["failures"].append({"scenario": "scenario-1", "role": "fault", "outcome": "violated", "violated": [], "mechanisms": [], "point": points[i % len(points)],
                                   "fault": "kill", "token": f"scenario-1.abcdef@5eed:{points[i % len(points)]}:{i}=kill", "detail": "x" * 900})
    report["totals"].update(passed=cases - 1000, failed=1000, scenarios=60, unexpected_scenarios=51)
    check(cases >= 1000000, "a million cases", cases)
    return copy_of(directory, runs, "2026-11-26T020001Z-bbbbbb", report)


# ---- the browser ----

def open_browser():
    options = Options()
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1400,1000"):
        options.add_argument(word)
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


def look_like(browser, width, theme, height=1000):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})


def load(browser, page):
    began = time.monotonic()
    browser.get("file://" + page)
    is_ready = browser.execute_script("return document.documentElement.dataset.ready === 'true'")
    return is_ready, time.monotonic() - began


# The contrast of each visible text with what is painted behind it, as WCAG 2 computes it; worst first.
CONTRAST = r"""
const parse = (text) => { const m = text.match(/[\d.]+/g); return m ? [+m[0], +m[1], +m[2], m.length > 3 ? +m[3] : 1] : [0, 0, 0, 0]; };
const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
const light = (c) => { const l = c.slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2]; };
const behind = (node) => {
  const layers = [];
  for (let at = node; at; at = at.parentElement) { const c = parse(getComputedStyle(at).backgroundColor); if (c[3] > 0) layers.push(c); if (c[3] === 1) break; }
  return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
};
/* Shapes that lie below a text of a picture, in the order in which they are painted. */
const below = (text) => {
  const box = text.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
  let colour = behind(text.ownerSVGElement.parentElement);
  for (const shape of text.ownerSVGElement.querySelectorAll("rect")) {
    const r = shape.getBoundingClientRect(), style = getComputedStyle(shape);
    if (style.fill === "none" || r.left > x || r.right < x || r.top > y || r.bottom < y) continue;
    if (!(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
    const c = parse(style.fill); colour = over([c[0], c[1], c[2], c[3] * style.opacity], colour);
  }
  return colour;
};
const found = [];
const seen = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, holder = node.parentElement;
  if (!node.data.trim() || seen.has(holder) || ["SCRIPT", "STYLE", "TITLE", "title", "OPTION", "NOSCRIPT"].includes(holder.tagName)) continue;
  seen.add(holder);
  if (!holder.checkVisibility || !holder.checkVisibility() || holder.closest(".visually-hidden, .skip")) continue;
  const style = getComputedStyle(holder);
  const isPicture = holder.ownerSVGElement !== undefined && holder.ownerSVGElement !== null;
  const back = isPicture ? below(holder) : behind(holder);
  const front = over(parse(isPicture ? style.fill : style.color), back);
  const a = light(front), b = light(back);
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
  found.push([ratio / (isLarge ? 3 : 4.5), ratio, node.data.trim().slice(0, 40), holder.tagName + "." + (holder.getAttribute("class") || "")]);
}
found.sort((p, q) => p[0] - q[0]);
return [found.length, found.slice(0, 5)];
"""

# What a Tab should come to, in the order of the page.
REACHABLE = r"""
return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter((node) => node.checkVisibility() && !node.disabled).length;
"""
FOCUSED = r"""
const at = document.activeElement;
if (!at || at === document.body) return null;
if (!window.tabSeen) window.tabSeen = new Map();
if (!window.tabSeen.has(at)) window.tabSeen.set(at, window.tabSeen.size);
const style = getComputedStyle(at);
return [window.tabSeen.get(at), style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, at.outerHTML.slice(0, 90)];
"""


def errors(browser):
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def check_page(browser, name, page, shots):
    """Everything that holds of any page."""
    size = os.path.getsize(page)
    check(size <= SIZE_MAX_BYTES, f"{name}: at most 5 MiB", size)
    slowest = 0.0
    for width in WIDTHS:
        for theme in THEMES:
            where = f"{name}, {width} wide, {theme}"
            look_like(browser, width, theme)
            is_ready, took = load(browser, page)
            slowest = max(slowest, took)
            check(is_ready, f"{where}: drawn")
            check(took < LOAD_MAX_S, f"{where}: loaded within {LOAD_MAX_S} s", f"{took:.2f} s")
            check(browser.execute_script("return performance.getEntriesByType('resource').length") == 0, f"{where}: asks for nothing else")
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            check(wide <= width, f"{where}: nothing is wider than the window", wide)
            count, worst = browser.execute_script(CONTRAST)
            check(count > 20 and worst[0][0] >= 1, f"{where}: contrast of WCAG AA", worst)
            said = errors(browser)
            check(not said, f"{where}: a silent console", said[:3])
            if shots:
                shoot(browser, width, theme, os.path.join(shots, f"{name}-{width}-{theme}.png"))
    order = browser.execute_script("return [...document.querySelectorAll('main > section')].map((s) => s.id)")
    check(order == ["verdict", "changes", "causes", "uncovered", "figures", "environment"], f"{name}: the order of the sections", order)
    print(f"{name}: {size / 1024:.0f} KiB, loaded in at most {slowest:.2f} s")


def shoot(browser, width, theme, path):
    height = min(12000, browser.execute_script("return document.documentElement.scrollHeight"))
    look_like(browser, width, theme, height)
    time.sleep(0.3)
    picture = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    with open(path, "wb") as file:
        file.write(base64.b64decode(picture["data"]))
    look_like(browser, width, theme)


def check_keyboard(browser, name, page):
    look_like(browser, 1400, "light")
    load(browser, page)
    wanted = browser.execute_script(REACHABLE)
    seen, dull = set(), []
    for _ in range(TABS_MAX):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        at = browser.execute_script(FOCUSED)
        if at is None or (at[0] == 0 and seen and len(seen) > 1):
            break
        seen.add(at[0])
        if not at[1]:
            dull.append(at[2])
    check(len(seen) == wanted, f"{name}: Tab comes to every control", f"{len(seen)} of {wanted}")
    check(not dull, f"{name}: the focus is seen", dull[:3])


def pasted(browser, field):
    """What the clipboard holds, by pasting it into a field."""
    field.clear()
    field.send_keys(Keys.CONTROL, "v")
    text = field.get_attribute("value")
    field.clear()
    field.send_keys("x", Keys.BACKSPACE)
    return text


def check_one_cause(browser, page, report, shots):
    """The story unfolds, the command is copied, the timeline is read by its keys; then paper."""
    look_like(browser, 1400, "light")
    load(browser, page)
    find = lambda selector: browser.find_element(By.CSS_SELECTOR, selector)
    token = report["causes"][0]["simplest"]["token"]
    why = find("#cause-1 details.why > summary")
    is_open = "return document.querySelector('#cause-1 details.why').open"
    before = browser.execute_script(is_open)
    why.send_keys(Keys.ENTER)
    check(browser.execute_script(is_open) != before, "why folds and unfolds by Enter")
    if before:
        why.send_keys(Keys.ENTER)
    check("IN SHORT" in find("#cause-1 dl.story").text and "HAPPENED" in find("#cause-1 dl.story").text, "the story is told")
    copy = find("#cause-1 .command button")
    copy.send_keys(Keys.ENTER)
    time.sleep(0.3)
    check("copied" in copy.text, "a copy says so", copy.text)
    words = pasted(browser, find("#scenario-filter"))
    check(words.endswith(f" replay {token}"), "the command that was copied is pasted", words)
    check(find("#cause-1 a[href*='case.capsule']").get_attribute("href").startswith("file://"), "the capsule is linked")
    timeline = find("#case-figures .chart")
    timeline.send_keys(Keys.ARROW_RIGHT)
    timeline.send_keys(Keys.ARROW_RIGHT)
    told = find("#case-figures .told").text
    check(told.startswith("Operation 2 of"), "the arrow keys read the timeline", told)
    for what, least in (("rect.unit", 40), ("rect.unit.dangling", 2), (".chart svg", 5), (".legend li", 10)):
        count = len(browser.find_elements(By.CSS_SELECTOR, "#case-figures " + what))
        check(count >= least, f"{what} is drawn", count)
    find("#failures > summary").send_keys(Keys.ENTER)
    time.sleep(0.2)
    rows = browser.find_elements(By.CSS_SELECTOR, "#failures tbody tr")
    check(len(rows) > 0, "single failing cases are listed")
    theme = find("#theme")
    back = "return getComputedStyle(document.body).backgroundColor"
    seen = set()
    for _ in range(3):
        theme.click()
        seen.add((theme.text, browser.execute_script(back)))
    check(len(seen) == 3 and len({colour for _, colour in seen}) == 2, "the switch has three positions", seen)
    pdf = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})
    data = base64.b64decode(pdf["data"])
    check(data.startswith(b"%PDF") and 20_000 < len(data) < 5_000_000, "it prints, in a few pages", len(data))
    if shots:
        with open(os.path.join(shots, "one-cause.pdf"), "wb") as file:
            file.write(data)
    check(not errors(browser), "a silent console in the end")


def check_crash_points(browser, page):
    """The first bad one is found and its replay command copied: the token of it."""
    look_like(browser, 1400, "light")
    load(browser, page)
    find = lambda selector: browser.find_element(By.CSS_SELECTOR, selector)
    bad = find("button.first-bad")
    bad.send_keys(Keys.ENTER)
    told = find("#case-figures .told")
    check("violated" in told.text or "refused" in told.text, "the first bad crash point is found", told.text)
    told.find_element(By.CSS_SELECTOR, "button.copy").send_keys(Keys.ENTER)
    time.sleep(0.3)
    words = pasted(browser, find("#scenario-filter"))
    check("=power-loss:" in words and words.count("@5eed") == 1, "its replay command is copied", words)
    return words[words.index(" replay ") + 8:]


def check_replays(killpoint, token):
    """The token of a crash point shows on the command line what the strip shows."""
    done = subprocess.run([killpoint, "replay", token], capture_output=True, text=True, check=False)
    check(done.returncode == 1, "the crash point's token replays, and fails", done.stdout[-300:] + done.stderr[-300:])


def check_filters(browser, hundred, million):
    look_like(browser, 1400, "light")
    load(browser, hundred)
    find = lambda selector: browser.find_element(By.CSS_SELECTOR, selector)
    shown = lambda: len([box for box in browser.find_elements(By.CSS_SELECTOR, "details.cause") if box.is_displayed()])
    check(shown() == 100, "a hundred causes", shown())
    find("#cause-filter").send_keys("42-of-them")
    check(shown() == 1, "the filter leaves one", shown())
    find("#cause-filter").clear()
    find("#cause-filter").send_keys("x", Keys.BACKSPACE)
    find("#cause-state").send_keys("new")
    check(shown() == 25, "the state leaves those of it", shown())
    changes = find("#changes").text
    check("RESOLVED" in changes and "NEW" in changes and "ONGOING" in changes and "RARE" in changes, "the changes are told", changes[:200])
    find("#changes details.why > summary").send_keys(Keys.ENTER)
    link = find("#changes a[href='#cause-6']")
    link.send_keys(Keys.ENTER)
    time.sleep(0.2)
    check(browser.execute_script("return document.getElementById('cause-6').open"), "a link opens its cause")
    load(browser, million)
    find("#scenario-filter").send_keys("scenario-17")
    rows = browser.find_elements(By.CSS_SELECTOR, "#figures table.cards tbody tr")
    check(len(rows) == 1, "the filter leaves one scenario", len(rows))
    everything = find("#heat-rows")
    everything.send_keys("points with")
    time.sleep(0.2)
    left = len(browser.find_elements(By.CSS_SELECTOR, "table.heat tbody th.point"))
    check(0 < left < 109, "the heat map is filtered", left)
    check(not errors(browser), "a silent console after filters")


def main():
    words = sys.argv[1:]
    shots = words[words.index("--shots") + 1] if "--shots" in words else None
    killpoint = os.path.abspath(words[0])
    if webdriver is None or not os.path.exists(CHROMIUM) or not os.path.exists(DRIVER):
        print("chromium, chromium-driver or python3-selenium is missing: the pages were not opened")
        return 77
    os.environ["KILLPOINT_COMMAND"] = "./run.sh"
    with tempfile.TemporaryDirectory(prefix="killpoint-browser-") as root:
        sound = run(killpoint, os.path.join(root, "sound"), "plain-sync", "power-plain-sync", "--cases", "40")
        one = run(killpoint, os.path.join(root, "one"), "power-plain-sync", "--switch", "no-tail-zero", "--cases", "60", "--max-failures", "80")
        lossy = run(killpoint, os.path.join(root, "lossy"), "power-plain-sync", "--switch", "skip/commitlog/sync", "--cases", "40", "--max-failures", "60")
        report = report_of(one)
        check(len(report["causes"]) == 1, "one cause", len(report["causes"]))
        hundred = hundred_causes(one, os.path.join(root, "one"))
        million = million_cases(one, os.path.join(root, "one"))
        for directory in (hundred, million):
            done = subprocess.run([killpoint, "report", directory], capture_output=True, text=True, check=False)
            check(done.returncode == 0 and done.stdout.strip().endswith("report.html"), "report makes the page again", done.stderr)
        pages = {"no-failure": sound, "one-cause": one, "never-synced": lossy, "hundred-causes": hundred, "million-cases": million}
        pages = {name: os.path.join(directory, "report.html") for name, directory in pages.items()}
        browser = open_browser()
        try:
            for name, page in pages.items():
                check_page(browser, name, page, shots)
            for name in ("no-failure", "one-cause"):
                check_keyboard(browser, name, pages[name])
            check_one_cause(browser, pages["one-cause"], report, shots)
            token = check_crash_points(browser, pages["never-synced"])
            check_filters(browser, pages["hundred-causes"], pages["million-cases"])
        finally:
            browser.quit()
        check_replays(killpoint, token)
    print(f"cases: {passed} passed, {failed} failed, 0 skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
