"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { element, outcomes, outcomeClass, count, plural } = charts;
  const byId = (id) => document.getElementById(id);
  const totals = data.totals || {};
  const causes = data.causes || [];
  const scenarios = data.scenarios || [];
  const command = data.command || "killpoint";
  const seconds = (us) => us >= 60e6 ? `${Math.floor(us / 60e6)} min ${Math.round(us % 60e6 / 1e6)} s` : us >= 1e6 ? `${(us / 1e6).toFixed(1)} s` : `${Math.round(us / 1000)} ms`;

  /* Copying: the clipboard where the browser gives it to a file, else a selection. */
  const say = (words) => { byId("said").textContent = words; };
  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch (refused) {
      const area = element("textarea", { "aria-hidden": "true", style: "position:fixed;left:-999px" });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  const copyButton = (text, words) => {
    const button = element("button", { type: "button", class: "copy", "data-copy": text }, words || "copy");
    const label = button.textContent;
    button.addEventListener("click", async () => {
      await copyText(text);
      button.textContent = "copied ✓";
      say("copied: " + text);
      setTimeout(() => { button.textContent = label; }, 1600);
    });
    return button;
  };
  const commandLine = (what, words, help) => element("div", { class: "command" },
    element("span", { class: "what" }, what), element("code", {}, words),
    (() => { const button = copyButton(words); button.setAttribute("aria-label", `copy the ${help || what} command`); return button; })());

  /* ---- theme ---- */
  const themes = [["", "as the system"], ["light", "light"], ["dark", "dark"]];
  let theme = 0;
  try { theme = Math.max(0, themes.findIndex(([name]) => name === (localStorage.getItem("killpoint-theme") || ""))); } catch (refused) { theme = 0; }
  const setTheme = () => {
    const [name, words] = themes[theme];
    if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
    byId("theme").textContent = "Theme: " + words;
  };
  byId("theme").addEventListener("click", () => {
    theme = (theme + 1) % themes.length;
    try { localStorage.setItem("killpoint-theme", themes[theme][0]); } catch (refused) { /* it is forgotten with the page */ }
    setTheme();
  });
  setTheme();

  /* ---- verdict ---- */
  const verdict = () => {
    const failed = totals.failed || 0, all = (totals.passed || 0) + failed + (totals.skipped || 0);
    const kinds = {
      0: ["good", "✓ Passed"], 1: ["bad", "✗ Failed"], 2: ["warn", "◆ Interrupted"], 3: ["bad", "✗ Not to be trusted: the harness broke"],
      4: ["warn", "◆ Not run: wrong usage"], 5: ["warn", "◆ Nothing was run"],
    };
    const [kind, words] = kinds[totals.exit_code] || ["warn", "◆ Unknown"];
    const sentences = [];
    if (failed === 0) sentences.push(`${plural(all, "case")} in ${plural(totals.scenarios || 0, "scenario")}: none failed.`);
    else sentences.push(`${count(failed)} of ${plural(all, "case")} failed; ${causes.length === 0 ? "no cause was found for them" : `${plural(totals.causes || causes.length, "cause explains them", "causes explain them")}`}.`);
    if (totals.unexpected_scenarios > 0) sentences.push(`${count(totals.unexpected_scenarios)} of ${plural(totals.scenarios, "scenario")} did not go as expected.`);
    else sentences.push(totals.scenarios === 1 ? "The scenario went as expected." : "All scenarios went as expected.");
    if (data.canary && data.canary.run) sentences.push(data.canary.caught ? "The canary, a message removed on purpose, was caught." : "✗ The canary, a message removed on purpose, was not caught: this run proves nothing.");
    else sentences.push("No canary was run.");
    if (data.shard && data.shard.n > 1) sentences.push(`This is shard ${data.shard.i} of ${data.shard.n}: a part of a run.`);
    if (totals.interrupted) sentences.push("The run was interrupted: what follows is a part.");
    if (totals.cut_by_budget) sentences.push("The time given was spent before the last pass was over.");
    if (totals.complete === false) sentences.push("Not everything was tried: see what was not covered.");
    const points = Object.values(data.coverage || {});
    const facts = [
      [count(all), "cases"],
      [data.explore ? count(data.explore.judged) : "0", "of them images of power losses"],
      [`${count((totals.scenarios || 0) - (totals.unexpected_scenarios || 0))} of ${count(totals.scenarios || 0)}`, "scenarios as expected"],
      [`${count(points.filter((p) => p.reached > 0).length)} of ${count(points.length)}`, "points reached"],
      [count(totals.causes || causes.length), "causes of failures"],
      [seconds(totals.duration_us || 0), "duration"],
      [data.seed || "?", "seed"],
    ];
    byId("verdict").append(
      element("div", { class: "banner " + kind }, element("h1", { id: "verdict-title" }, words), element("p", {}, sentences.join(" "))),
      element("ul", { class: "facts" }, facts.map(([value, name]) => element("li", {}, element("b", {}, value), element("span", {}, name)))));
    byId("run-name").textContent = `${data.name}${data.run && data.run.began ? ", " + data.run.began.replace("T", " ").replace("Z", " UTC") : ""}`;
    document.title = `${words.replace(/^. /, "")}: killpoint ${data.name}`;
  };

  /* ---- against the last run ---- */
  const states = { "new": ["new", "NEW"], "ongoing": ["ongoing", "ONGOING"], "resolved": ["resolved", "RESOLVED"], "rare": ["rare", "RARE"] };
  const badge = (state) => states[state] ? element("span", { class: "badge " + states[state][0] }, states[state][1]) : null;
  const causeTitle = (cause) => {
    const what = cause.mechanism || (cause.outcome === "crashed" ? `crashed${cause.function ? " in " + cause.function : ""}` : cause.outcome);
    return cause.place ? `${what}, ${cause.place.startsWith("the ") ? "in" : "at"} ${cause.place}` : what;
  };
  const oldCause = (row) => element("li", {}, badge(row.state), " ", row.text || row.fingerprint,
    row.last_seen ? element("span", { class: "soft" }, ` last seen ${String(row.last_seen).slice(0, 10)}`) : null,
    row.token ? element("div", { class: "command" }, element("code", {}, `${command} replay ${row.token}`), copyButton(`${command} replay ${row.token}`)) : null);
  const changes = () => {
    const home = byId("changes");
    const history = data.history;
    const known = causes.some((cause) => states[cause.state]);
    if (!history && !known) {
      home.append(element("p", {}, causes.length === 0 ? "There is no cause in this run, and no history was kept with it that would say which were resolved." :
        "No history was kept with this run: which causes are new is not known."));
      return;
    }
    if (history && history.note) home.append(element("p", { class: "note" }, history.note));
    if (history && history.compared_with) home.append(element("p", { class: "soft" }, `Compared with ${history.compared_with}, and ${plural(history.runs, "earlier run")} in all.`));
    else if (history) home.append(element("p", { class: "soft" }, "This is the first run of its history."));
    const old = ["resolved", "rare", "not_covered"].flatMap((name) => ((history && history[name]) || []).map((row) => ({ ...row, state: name })));
    const tally = ["new", "ongoing", "rare", "resolved"].map((state) =>
      [state, causes.filter((cause) => cause.state === state).length + old.filter((row) => row.state === state).length]);
    home.append(element("p", {}, tally.map(([state, n]) => [badge(state), ` ${count(n)}  `]).flat()));
    for (const state of ["new", "ongoing", "rare"]) {
      const list = causes.map((cause, i) => [cause, i]).filter(([cause]) => cause.state === state);
      if (list.length === 0) continue;
      /* What is new is read first; what was known waits folded. */
      const place = state === "new" ? home : home.appendChild(element("details", { class: "why" }, element("summary", {}, `${states[state][1].toLowerCase()}: ${plural(list.length, "cause")}`)));
      place.append(element("ul", {}, list.slice(0, 50).map(([cause, i]) => element("li", {}, badge(state), " ",
        element("a", { href: "#cause-" + (i + 1) }, `cause ${i + 1}: ${causeTitle(cause)}`),
        cause.since && state !== "new" ? element("span", { class: "soft" }, ` since ${cause.since.slice(0, 10)}, seen by ${count(cause.seen_runs)} of ${plural(cause.covered_runs, "run")}`) : null))));
    }
    const shown = old.filter((row) => row.state !== "not_covered");
    if (shown.length > 0) home.append(element("ul", {}, shown.slice(0, 50).map(oldCause)));
    const uncovered = old.filter((row) => row.state === "not_covered");
    if (uncovered.length > 0) {
      home.append(element("p", {}, `${plural(uncovered.length, "cause")} of earlier runs ${uncovered.length === 1 ? "was" : "were"} not looked for: this run did not go where ${uncovered.length === 1 ? "it" : "they"} showed.`),
        element("ul", {}, uncovered.slice(0, 20).map(oldCause)));
    }
    if (tally.every(([, n]) => n === 0)) home.append(element("p", {}, "Nothing changed: no cause then, none now."));
  };

  /* ---- causes ---- */
  const storyOf = (why) => {
    const list = element("dl", { class: "story" });
    const order = ["IN SHORT", ...Object.keys(why.sections).filter((label) => label !== "IN SHORT")];
    for (const label of order) {
      const rows = why.sections[label] || [];
      if (rows.length === 0) continue;
      const wide = label === "STORE" || label === "WRONG";
      /* Columns of text make no sense where lines are short. */
      const fit = (row) => wide || window.innerWidth > 640 ? row : row.replace(/(\S) {3,}/g, "$1  ");
      list.append(element("dt", {}, label), element("dd", {}, element("pre", wide ? { class: "wide", tabindex: "0" } : {}, rows.map((row) => row === null ? "(not text)" : fit(row)).join("\n"))));
    }
    return list;
  };
  const line = (source) => `${source.file}:${source.line}`;
  const causeBox = (cause, index) => {
    const why = data.whys[index];
    const simplest = cause.simplest || {};
    const box = element("details", { class: "cause", id: "cause-" + (index + 1), open: index < 3 });
    box.append(element("summary", {}, element("span", { class: "soft" }, `Cause ${index + 1}`), badge(cause.state),
      element("span", { class: "title" }, causeTitle(cause)),
      element("span", { class: "soft" }, `${plural(cause.cases, "case")} in ${plural(cause.scenario_count, "scenario")}`)));
    const inside = element("div", { class: "in" });
    box.append(inside);
    const fill = () => {
      if (inside.childNodes.length > 0) return;
      const said = (simplest.detail || "").split("\n");
      const first = (cause.mechanism && said.find((row) => row.includes(cause.mechanism + ":"))) || said[0];
      inside.append(element("p", {},
        cause.property ? [`It breaks the property `, element("code", {}, cause.property), `. `] : [`The outcome is ${cause.outcome}. `],
        first ? [`In the simplest case: `, element("span", { class: "mono" }, first)] : null));
      if (cause.since && cause.state !== "new") inside.append(element("p", { class: "soft small" }, `First seen ${cause.since.slice(0, 10)}; seen by ${count(cause.seen_runs)} of the ${plural(cause.covered_runs, "run")} that could have.`));
      const start = element("div", { class: "start" });
      start.append(element("p", {}, element("b", {}, "Start here: "), cause.source ? [element("code", {}, line(cause.source)), ` in ${cause.source.function}`,
        cause.caller ? [`, called from `, element("code", {}, line(cause.caller)), ` in ${cause.caller.function}`] : null, why && why.start && why.start.why ? `: ${why.start.why}` : null, "."] : "no source line is known; the story below says how far it is known."));
      if (simplest.token) {
        start.append(element("p", { class: "small soft" }, `The simplest case: ${simplest.scenario}, ${simplest.faults === 0 ? "no fault" : plural(simplest.faults, "fault")}, ${plural(simplest.messages, "message")} sent${simplest.items_lost ? `, ${plural(simplest.items_lost, "effect")} lost` : ""}.`),
          commandLine("replay", `${command} replay ${simplest.token}`), commandLine("why", `${command} why ${simplest.token}`), commandLine("shrink", `${command} shrink ${simplest.token}`));
      }
      inside.append(start);
      if (cause.capsule) {
        const file = cause.capsule.replace(/^.*\/(causes\/)/, "$1");
        inside.append(element("p", {}, "All of the case in one file: ", data.base !== null ? element("a", { href: data.base + file }, file) : element("code", {}, cause.capsule), ", to keep or to send; ",
          element("code", {}, "replay"), " and ", element("code", {}, "why"), " take it, too."));
      }
      const scenariosOf = cause.scenarios || [];
      const top = (object) => Object.entries(object || {}).sort((a, b) => b[1] - a[1]);
      const some = (list, max) => list.slice(0, max).map(([name, n]) => `${name} (${count(n)})`).join(", ") + (list.length > max ? `, and ${list.length - max} more` : "");
      inside.append(element("dl", { class: "two small" },
        element("dt", {}, "Scenarios"), element("dd", {}, scenariosOf.join(", ") + (cause.scenario_count > scenariosOf.length ? `, and ${count(cause.scenario_count - scenariosOf.length)} more` : "")),
        element("dt", {}, "Last fault"), element("dd", {}, some(top(cause.faults), 8) || "none"),
        element("dt", {}, "Struck at"), element("dd", {}, some(top(cause.points), 6) || "nowhere: no fault is needed"),
        cause.mechanisms && cause.mechanisms.length > 1 ? [element("dt", {}, "Comes with"), element("dd", {}, cause.mechanisms.filter((name) => name !== cause.mechanism).join(", "))] : null,
        cause.fingerprint ? [element("dt", {}, "Fingerprint"), element("dd", {}, element("code", {}, cause.fingerprint))] : null));
      if (why) {
        const unfold = element("details", { class: "why", open: index === 0 }, element("summary", {}, "Why: the story of the simplest case"));
        const tell = () => { if (unfold.childNodes.length < 2) unfold.append(storyOf(why)); };
        if (index === 0) tell(); else unfold.addEventListener("toggle", tell);
        unfold.tell = tell;
        inside.append(unfold);
        if (why.figures) {
          inside.append(element("p", {}, element("button", { type: "button", onclick: () => {
            byId("which").value = String(index);
            drawCase();
            byId("case-figures").scrollIntoView();
            byId("which").focus();
          } }, "Show the figures of this case")));
        }
      } else {
        inside.append(element("p", { class: "soft small" }, index < 20 && simplest.token ? "The story of the simplest case is not in this page; the command why tells it." : "Stories are kept of the first 20 causes; the command why tells this one."));
      }
    };
    if (index < 3) fill(); else box.addEventListener("toggle", fill);
    box.fill = fill;
    box.words = [causeTitle(cause), cause.property, cause.outcome, cause.fingerprint, ...(cause.scenarios || []), ...Object.keys(cause.points || {}), ...Object.keys(cause.faults || {}),
      cause.source ? line(cause.source) + " " + cause.source.function : "", simplest.token, simplest.detail].join(" ").toLowerCase();
    box.state = cause.state || "";
    return box;
  };
  const causesSection = () => {
    const home = byId("causes");
    if (causes.length === 0) {
      home.append(element("p", {}, (totals.failed || 0) === 0 ? "Nothing failed that should not have, so there is no cause." : "Cases failed, and no cause was made of them."));
      return;
    }
    home.append(element("p", {}, "A cause is what one mistake in the source explains. Those of most scenarios come first."));
    const boxes = causes.map(causeBox);
    const found = element("span", { class: "soft small", role: "status" });
    const filter = element("input", { type: "search", id: "cause-filter", placeholder: "mechanism, point, file…" });
    const present = [...new Set(causes.map((cause) => cause.state).filter((state) => states[state]))];
    const select = element("select", { id: "cause-state" }, element("option", { value: "" }, "all states"), present.map((state) => element("option", { value: state }, state)));
    const apply = () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const box of boxes) {
        const hit = words.every((word) => box.words.includes(word)) && (select.value === "" || box.state === select.value);
        box.hidden = !hit;
        shown += hit ? 1 : 0;
      }
      found.textContent = shown === boxes.length ? plural(shown, "cause") : `${count(shown)} of ${plural(boxes.length, "cause")}`;
    };
    filter.addEventListener("input", apply);
    select.addEventListener("change", apply);
    apply();
    if (causes.length > 1) {
      home.append(element("div", { class: "bar" }, element("label", {}, "Filter ", filter), present.length > 1 ? element("label", {}, "State ", select) : null, found));
    }
    home.append(...boxes);
    if (totals.causes > causes.length) home.append(element("p", { class: "note" }, `${plural(totals.causes - causes.length, "cause")} more found no room in the report.`));
  };
  /* A link to a cause opens it. */
  const openTarget = () => {
    const box = /^#cause-\d+$/.test(location.hash) ? byId(location.hash.slice(1)) : null;
    if (box) { box.fill(); box.open = true; box.hidden = false; }
  };

  /* ---- not covered ---- */
  const table = (heads, rows, options) => element("div", { class: "scroll" + (options && options.tall ? " tall" : ""), tabindex: "0", role: "group", "aria-label": (options && options.label) || "table" },
    element("table", { class: (options && options.name) || "cards" },
      element("thead", {}, element("tr", {}, heads.map(([head, kind]) => element("th", { class: kind === "number" ? "number" : null, scope: "col" }, head)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell, i) => element("td", { class: heads[i][1] || null, "data-head": heads[i][0] }, cell)))))));
  const uncovered = () => {
    const home = byId("uncovered");
    const left = totals.left_out || [];
    home.append(element("h3", {}, "Left out"));
    if (left.length === 0) home.append(element("p", {}, "Nothing was left out of what the scenarios ask for."));
    else {
      home.append(table([["How many", "number"], ["Of what", ""], ["Why", "break"], ["Scenarios", "number"]],
        left.map((entry) => [entry.count === 0 && entry.uncounted ? "not known" : count(entry.count) + (entry.uncounted ? " and more" : ""), entry.count === 1 ? entry.unit : entry.unit.replace(/y$/, "ie") + "s", entry.text || entry.reason, count(entry.scenarios)]), { label: "What was left out" }));
    }
    const cut = scenarios.filter((s) => s.cut_short || s.sympathy || !s.ended);
    if (cut.length > 0) home.append(element("h3", {}, "Scenarios without a verdict"), element("ul", {}, cut.slice(0, 40).map((s) => element("li", {}, element("code", {}, s.name), ": ",
      s.sympathy ? "what fails in it fails without its defect, too, so the defect was not judged" : "it was not run to its end"))));
    const coverage = data.coverage || {};
    const never = Object.keys(coverage).filter((name) => coverage[name].reached === 0);
    home.append(element("h3", {}, `Points never reached: ${count(never.length)} of ${count(Object.keys(coverage).length)}`));
    if (never.length === 0) home.append(element("p", {}, "Every point of the store was reached."));
    else {
      home.append(element("p", {}, totals.whole_suite ? "No case passed these places in the store: a fault there was never tried." : "Not the whole suite was run, so some are expected to be here. No case passed these places in the store:"),
        element("ul", { class: "chips" }, never.map((name) => element("li", {}, name))));
    }
    const cuts = [[data.cut.scenarios, "scenario"], [data.cut.failures + (totals.failures_dropped || 0), "single failing case"],
      [data.cut.figures, "case's figures", "cases' figures"], [data.cut.stories, "case's story", "cases' stories"]].filter(([n]) => n > 0);
    if (cuts.length > 0) home.append(element("p", { class: "note" }, `To keep this page small it leaves out ${cuts.map(([n, one, many]) => plural(n, one, many)).join(", ")}. The run's report.json and results.jsonl have what was kept of them.`));
  };

  /* ---- figures ---- */
  const prefixOf = (token) => { const at = token.indexOf(":", token.indexOf("@")); return at < 0 ? null : token.slice(0, at + 1); };
  const drawn = Object.keys(data.whys).map(Number).filter((i) => data.whys[i].figures).sort((a, b) => a - b);
  const caseHome = element("div", { id: "case-figures" });
  const drawCase = () => {
    const which = byId("which");
    const index = which ? Number(which.value) : drawn[0];
    const figures = data.whys[index].figures;
    const token = (causes[index].simplest || {}).token || data.whys[index].token;
    const part = (title, help, draw) => {
      const box = element("div", {}, element("h3", {}, title), element("p", { class: "small" }, help));
      target.append(box);
      draw(box);
    };
    const target = caseHome.querySelector(".pictures");
    target.replaceChildren();
    part("Write timeline", "Each column is one operation that changed the disk, each lane one file. A pale bar runs from a write to the sync that makes it durable.",
      (box) => charts.timeline(box, figures, { command, prefix: prefixOf(token), copyButton }));
    part("Disk map", "The log from its first byte to its last, with its records, and the queues' units with what they point at.", (box) => charts.disk(box, figures));
    part("Ledger", "What was promised to the senders, and what became of it.", (box) => charts.ledger(box, figures));
  };
  const figuresOfCase = () => {
    const home = byId("figures");
    if (drawn.length === 0) {
      home.append(element("p", {}, causes.length === 0 ? "No case failed, so there is no single case to draw: no timeline, no disk map, no ledger." : "No figures of a single case were kept with this run."));
      return;
    }
    const select = element("select", { id: "which" }, drawn.map((i) => element("option", { value: i }, `cause ${i + 1}: ${causeTitle(causes[i])}`)));
    select.addEventListener("change", drawCase);
    caseHome.append(element("div", { class: "bar" }, element("label", {}, "The simplest case of ", select)), element("div", { class: "pictures" }));
    home.append(caseHome);
    drawCase();
  };

  const worst = ["harness-broken", "crashed", "hung", "violated", "refused", "not-fired", "skipped", "intact"];
  const shortCount = (n) => n < 10000 ? count(n) : d3.format(".3~s")(n);
  const heat = () => {
    const home = byId("figures");
    const { scenarios: names, points, faults, rows } = data.cells;
    const coverage = data.coverage || {};
    home.append(element("h3", { id: "heat-title" }, "Heat map: point × fault"),
      element("p", { class: "small" }, "A row is a place in the store where a fault can strike, a column a kind of fault. A cell says failed / tried, its colour and sign the worst outcome; hatched rows were never reached; a dot means that this fault was not tried there."));
    const images = data.explore ? data.explore.judged : 0;
    const badImages = d3.sum(Object.values(data.images.failed));
    if (images > 0) home.append(element("p", { class: "small soft" }, `Besides, ${plural(images, "image")} of power losses were judged. ` +
      (badImages === 0 ? (Object.keys(data.images.wanted).length > 0 ? "None of them failed but those in which a planted defect was to show." : "None of them failed.") : "Of those that failed, the column images has how many, by the point where the power was lost; some are told one by one, in the column power-loss.")));
    const select = element("select", { id: "heat-scenario" }, element("option", { value: "" }, "all scenarios"), [...names.keys()].sort((a, b) => names[a] < names[b] ? -1 : 1).map((i) => element("option", { value: i }, names[i])));
    const only = element("select", { id: "heat-rows" }, [["", "all points"], ["failed", "points with a failure"], ["never", "points never reached"]].map(([value, words]) => element("option", { value }, words)));
    const box = element("div", {});
    const found = element("span", { class: "soft small", role: "status" });
    const draw = () => {
      const sums = new Map();
      const used = new Set();
      for (const [scenario, point, fault, role, cases, failed, broken, skipped, counts] of rows) {
        if (points[point] === "" || role !== "fault" || (select.value !== "" && Number(select.value) !== scenario)) continue;
        const key = points[point] + " " + faults[fault];
        const sum = sums.get(key) || { cases: 0, failed: 0, outcomes: {} };
        sum.cases += cases;
        sum.failed += failed + broken;
        for (const [name, n] of Object.entries(counts)) sum.outcomes[name] = (sum.outcomes[name] || 0) + n;
        sums.set(key, sum);
        used.add(faults[fault]);
      }
      const columns = faults.filter((name) => used.has(name));
      const withImages = select.value === "" && Object.keys(data.images.failed).length + Object.keys(data.images.wanted).length > 0;
      const body = element("tbody", {});
      let owner = "", shown = 0;
      const all = [...new Set([...Object.keys(coverage), ...points.filter(Boolean)])];
      for (const point of all) {
        const row = coverage[point] || { reached: 1 };
        const imagesFailed = data.images.failed[point] || 0, imagesWanted = data.images.wanted[point] || 0;
        const never = row.reached === 0;
        const cells = columns.map((fault) => sums.get(point + " " + fault));
        const bad = cells.some((cell) => cell && cell.failed > 0) || (withImages && imagesFailed > 0);
        if ((only.value === "failed" && !bad) || (only.value === "never" && !never)) continue;
        if (select.value !== "" && only.value === "" && cells.every((cell) => !cell)) continue;
        shown++;
        if (point.split("/")[0] !== owner) {
          owner = point.split("/")[0];
          body.append(element("tr", { class: "owner" }, element("th", { colspan: columns.length + 2 + (withImages ? 1 : 0), scope: "rowgroup" }, owner)));
        }
        const tr = element("tr", { class: never ? "never" : null }, element("th", { class: "point", scope: "row" }, point));
        tr.append(element("td", { class: "nothing" }, never ? "never" : "yes"));
        for (const [i, cell] of cells.entries()) {
          if (!cell) { tr.append(element("td", { class: "nothing" }, "·")); continue; }
          const name = worst.find((word) => cell.outcomes[word] > 0) || "skipped";
          const said = Object.entries(cell.outcomes).map(([word, n]) => `${count(n)} ${word}`).join(", ");
          /* What a planted defect does is no failure of the case that catches it. */
          const isWanted = cell.failed === 0 && !["intact", "refused", "skipped"].includes(name);
          tr.append(element("td", { class: cell.failed > 0 ? outcomeClass(name) : isWanted ? "caught" : "intact", title: `${point} × ${columns[i]}: ${said}` },
            `${cell.failed > 0 ? outcomes[name].glyph : isWanted ? "◎" : "✓"} ${shortCount(cell.failed)}/${shortCount(cell.cases)}`));
        }
        if (withImages) {
          tr.append(imagesFailed > 0 ? element("td", { class: "violated" }, `✗ ${shortCount(imagesFailed)}`) :
            imagesWanted > 0 ? element("td", { class: "caught" }, `◎ ${shortCount(imagesWanted)}`) : element("td", { class: "nothing" }, "·"));
        }
        body.append(tr);
      }
      box.replaceChildren(element("div", { class: "scroll tall", tabindex: "0", role: "group", "aria-labelledby": "heat-title" }, element("table", { class: "heat" },
        element("thead", {}, element("tr", {}, element("th", { class: "point", scope: "col" }, "point"), element("th", { scope: "col" }, "reached"), columns.map((name) => element("th", { scope: "col" }, name)), withImages ? element("th", { scope: "col" }, "images") : null)), body)));
      found.textContent = plural(shown, "point");
    };
    select.addEventListener("change", draw);
    only.addEventListener("change", draw);
    const isSummed = names.length === 1 && names[0] === "";
    if (isSummed) home.append(element("p", { class: "small soft" }, "There are so many scenarios and points that this is the sum over all scenarios; report.json has each by itself."));
    home.append(element("div", { class: "bar" }, isSummed ? null : element("label", {}, "Scenario ", select), element("label", {}, "Show ", only), found), box,
      element("ul", { class: "legend" }, ["intact", "violated", "refused", "hung", "crashed"].map((name) => element("li", {}, `${outcomes[name].glyph} ${outcomes[name].word}`)), element("li", {}, "◎ a planted defect was caught there, as expected"), element("li", {}, "· not tried")));
    draw();
  };

  const scenarioTable = () => {
    const home = byId("figures");
    const most = 200;
    home.append(element("h3", {}, "Scenarios"));
    const filter = element("input", { type: "search", id: "scenario-filter", placeholder: "name or verdict…" });
    const only = element("select", { id: "scenario-only" }, [["", "all"], ["bad", "not as expected"], ["slow", "slowest first"]].map(([value, words]) => element("option", { value }, words)));
    const box = element("div", {});
    const found = element("span", { class: "soft small", role: "status" });
    const resultOf = (s) => s.as_expected ? element("span", { class: "badge good" }, "✓ as expected") : s.cut_short || s.sympathy ? element("span", { class: "badge warn" }, "◆ no verdict") : element("span", { class: "badge bad" }, "✗ not as expected");
    const draw = () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      let list = scenarios.filter((s) => words.every((word) => `${s.name} ${s.verdict} ${s.switches}`.toLowerCase().includes(word)));
      if (only.value === "bad") list = list.filter((s) => !s.as_expected);
      if (only.value === "slow") list = [...list].sort((a, b) => b.duration_us - a.duration_us);
      box.replaceChildren(table([["Result", ""], ["Scenario", "break"], ["Cases", "number"], ["Failed", "number"], ["Time", "number"], ["What is said", "break"]],
        list.slice(0, most).map((s) => [resultOf(s), s.name + (s.switches || "") + (s.pass > 0 ? ` (pass ${s.pass + 1})` : ""), count(s.run), count(s.failed), seconds(s.duration_us),
          s.verdict || (s.expect && s.expect.length > 0 ? (s.as_expected ? `its defect is caught (${s.expect.join(", ")})` : "") : "")]), { tall: true, label: "Scenarios" }));
      found.textContent = list.length > most ? `${most} of ${count(list.length)} are shown: filter to see others` : plural(list.length, "scenario");
    };
    filter.addEventListener("input", draw);
    only.addEventListener("change", draw);
    home.append(element("div", { class: "bar" }, element("label", {}, "Filter ", filter), element("label", {}, "Show ", only), found), box);
    draw();
    const failures = data.failures || [];
    if (failures.length > 0) {
      const details = element("details", { class: "why", id: "failures" }, element("summary", {}, `Single failing cases: ${count(failures.length)} of ${count(totals.failed || failures.length)} with their tokens`));
      details.addEventListener("toggle", () => {
        if (details.childNodes.length > 1) return;
        details.append(table([["Outcome", ""], ["Scenario", "break"], ["At", "break"], ["What is wrong first", "break"], ["Token", ""]],
          failures.map((f) => [`${(outcomes[f.outcome] || outcomes.skipped).glyph} ${f.outcome}`, f.scenario, f.point ? `${f.point} × ${f.fault}` : "no fault", f.detail, copyButton(f.token, "copy token")]), { tall: true, label: "Single failing cases" }));
      });
      home.append(details);
    }
  };

  const nightsHome = element("div", {});
  const drawNights = () => {
    nightsHome.replaceChildren();
    if (data.trend && data.trend.length > 0) {
      const box = element("div", {}, element("h3", {}, "Trend over the nights"), element("p", { class: "small" }, data.trend.length === 1 ? "This is the only run of its kind in the history so far." : `The last ${plural(data.trend.length, "run")} of this kind in the history, the newest at the right.`));
      nightsHome.append(box);
      charts.trend(box, data.trend);
    }
    if (data.bench && data.bench.length > 0) {
      const box = element("div", {}, element("h3", {}, "Bench against floors"), element("p", { class: "small" }, "Each figure beside its floor: the least that this machine needs for the same work, measured in the same run."));
      nightsHome.append(box);
      charts.bench(box, data.bench);
    }
  };

  /* ---- environment ---- */
  const environment = () => {
    const identity = data.identity || {};
    const run = data.run || {};
    const host = run.host || {};
    const memory = identity.memory_bytes ? `${(identity.memory_bytes / 2 ** 30).toFixed(1)} GiB` : null;
    const rows = [
      ["Version", data.version], ["Revision", identity.revision ? identity.revision + (identity.dirty ? ", with changes that are not committed" : "") : null],
      ["Called as", run.argv ? `${command} ${run.argv.join(" ")}` : null], ["Began", run.began], ["Merged of", data.merged && data.merged.n ? plural(data.merged.n, "shard") : null], ["Seed", data.seed],
      ["Stores in", [data.stores, identity.file_system].filter(Boolean).join(", on ")], ["System", identity.system],
      ["Processors", identity.cores ? `${identity.cores}${host.workers ? `, with ${plural(host.workers, "worker")}` : ""}` : null], ["Memory", memory],
      ["Compiler", identity.compiler], ["Flags", identity.flags], ["Programs", identity.program_hash ? `killpoint ${identity.program_hash}, worker ${identity.worker_hash}` : null],
      ["Audit", data.audit ? `${count(data.audit.syscalls)} system calls, ${count(data.audit.unannounced)} of them past the points` : "not asked for"],
      ["Images' digest", data.explore ? data.explore.digest : null], ["Report", `format ${data.schema_version}`],
    ];
    byId("environment").append(element("dl", { class: "two" }, rows.filter(([, value]) => value).map(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))])));
  };

  verdict();
  changes();
  causesSection();
  uncovered();
  figuresOfCase();
  heat();
  scenarioTable();
  byId("figures").append(nightsHome);
  drawNights();
  environment();
  byId("licence-text").textContent = byId("licence").textContent;
  openTarget();
  window.addEventListener("hashchange", openTarget);

  /* Pictures are as wide as there is room: on paper, and when the window changes. */
  const redraw = () => { if (drawn.length > 0) drawCase(); drawNights(); };
  let width = window.innerWidth, timer = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width || charts.printWidth) return;
    width = window.innerWidth;
    clearTimeout(timer);
    timer = setTimeout(redraw, 150);
  });
  window.addEventListener("beforeprint", () => {
    [...document.querySelectorAll("details.cause")].slice(0, 10).forEach((box) => { box.fill(); box.open = true; });
    document.querySelectorAll("#changes details").forEach((list) => { list.open = true; });
    const why = document.querySelector("#causes details.why");
    if (why && why.tell) { why.tell(); why.open = true; }
    charts.printWidth = 680;
    redraw();
  });
  window.addEventListener("afterprint", () => { charts.printWidth = 0; redraw(); });
  document.documentElement.dataset.ready = "true";
})();
