"use strict";
/* The pictures of one case and of many nights.  Each takes an element to fill and its data, and
 * returns nothing; numbers come as tables of columns and rows (figures_json.h). */
const charts = (() => {
  const outcomes = {
    "intact": { glyph: "✓", word: "intact" },
    "violated": { glyph: "✗", word: "violated" },
    "hung": { glyph: "…", word: "hung" },
    "crashed": { glyph: "†", word: "crashed" },
    "refused": { glyph: "⊘", word: "refused to start" },
    "not-fired": { glyph: "?", word: "the fault was never reached" },
    "harness-broken": { glyph: "?", word: "the harness broke" },
    "skipped": { glyph: "–", word: "not judged" },
  };
  const outcomeClass = (name) =>
    ["intact", "violated", "hung", "crashed", "refused"].includes(name) ? name : "unknown";
  const count = (value) => Number(value).toLocaleString("en-US");
  const plural = (value, one, many) => `${count(value)} ${value === 1 ? one : many || one + "s"}`;

  /* Rows as objects. */
  const rowsOf = (table) =>
    table.rows.map((row) => Object.fromEntries(table.columns.map((name, i) => [name, row[i]])));

  /* A file's name of 20 digits is its first byte. */
  const shortPath = (path) => path.replace(/\b0*(\d+)$/, "$1") || ".";

  const element = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "onclick") node.addEventListener("click", value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children.flat(Infinity)) {
      if (child !== null && child !== undefined) node.append(child);
    }
    return node;
  };

  /* What a picture is drawn in: it scrolls sideways where it is wider than the page. */
  const frame = (holder, label) => {
    const scroll = element("div", { class: "scroll chart", tabindex: "0", role: "group", "aria-label": label });
    holder.append(scroll);
    return scroll;
  };
  const widthOf = (holder) => Math.max(280, (charts.printWidth || holder.clientWidth || 900) - 2);

  const legend = (holder, items) => {
    const list = element("ul", { class: "legend" });
    for (const [draw, words] of items) {
      const item = element("li", {});
      const svg = d3.select(item).append("svg").attr("width", 16).attr("height", 16).attr("aria-hidden", "true");
      draw(svg.append("g").attr("transform", "translate(8,8)"));
      item.append(words);
      list.append(item);
    }
    holder.append(list);
  };

  /* Marks, around (0, 0). */
  const symbol = (type, size, fill, turn) => (g) =>
    g.append("path").attr("d", d3.symbol().type(type).size(size)()).attr("fill", fill)
      .attr("transform", turn ? `rotate(${turn})` : null);
  const marks = {
    "write": (g, height) => g.append("rect").attr("x", -2.5).attr("width", 5).attr("y", 7 - (height || 12))
      .attr("height", height || 12).attr("fill", "var(--write)"),
    "sync": symbol(d3.symbolDiamond, 60, "var(--sync)"),
    "sync-dir": symbol(d3.symbolDiamond, 60, "var(--sync)"),
    "create": symbol(d3.symbolCross, 50, "var(--name)"),
    "mkdir": symbol(d3.symbolCross, 50, "var(--name)"),
    "rename": symbol(d3.symbolTriangle, 45, "var(--name)", 90),
    "truncate": symbol(d3.symbolTriangle, 45, "var(--name)", -90),
    "unlink": symbol(d3.symbolCross, 50, "var(--name)", 45),
    "lock": symbol(d3.symbolCircle, 30, "var(--glyph)"),
    "sent": (g) => g.append("path").attr("d", d3.symbol().type(d3.symbolTriangle).size(40)())
      .attr("fill", "none").attr("stroke", "var(--glyph)").attr("stroke-width", 1.4),
    "acked": symbol(d3.symbolCircle, 55, "var(--good)"),
    "refused": symbol(d3.symbolCross, 55, "var(--bad)", 45),
  };
  const bar = (className, height) => (g) =>
    g.append("rect").attr("class", "o-" + className).attr("x", -4).attr("width", 8).attr("y", 6 - height).attr("height", height);
  const patch = (fill, opacity, height) => (g) =>
    g.append("rect").attr("x", -8).attr("y", -(height || 8) / 2).attr("width", 16).attr("height", height || 8).attr("fill", fill).attr("opacity", opacity || 1);

  const ownerOrder = ["commitlog", "dledger", "dledger-index", "queue", "checkpoint", "offsets", "dledger-checkpoint", "currterm"];
  const laneNames = {
    "names": "directories, by their names",
    "other": "abort and lock files",
  };

  /* Which lane an operation is drawn in: directories share one, and so do files without content. */
  const laneOf = (figures, op) => {
    if (op.op === "sync-dir" || op.op === "mkdir") return "names";
    const owner = op.point.split("/")[0];
    if (owner === "abort" || owner === "lock" || owner === "store") return "other";
    return figures.files[op.file];
  };
  const lanesOf = (figures, ops) => {
    const seen = new Map();
    for (const op of ops) {
      const lane = laneOf(figures, op);
      if (!seen.has(lane)) seen.set(lane, laneNames[lane] ? (lane === "names" ? 100 : 101) : ownerOrder.indexOf(op.point.split("/")[0]));
    }
    return [...seen.entries()].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1)).map((entry) => entry[0]);
  };

  const opVerb = { "write": "writes", "sync": "syncs", "sync-dir": "syncs the names in", "create": "makes", "mkdir": "makes the directory",
    "rename": "renames", "truncate": "sets the size of", "unlink": "removes", "lock": "locks" };
  const sayOp = (figures, ops, index) => {
    const op = ops[index];
    const what = op.op === "write" ? `writes ${plural(op.size_bytes, "byte")} at ${count(op.offset)} of` : opVerb[op.op] || op.op;
    let text = `Operation ${index + 1} of ${ops.length}, ${op.restart ? "of the restart" : "round " + (op.round + 1)}: ${op.point}, hit ${op.hit}: ${what} ${shortPath(figures.files[op.file])}`;
    if (op.result < 0) text += "; it returned an error";
    if (op.covered_by >= 0) text += `; durable by operation ${op.covered_by + 1}`;
    else if (!["sync", "sync-dir", "lock"].includes(op.op) && op.result >= 0) text += "; nothing shown made it durable";
    return text + ".";
  };

  /* Operation by operation from left to right, a lane a file. `told` says what the cursor is on. */
  const timeline = (holder, figures, options) => {
    const ops = rowsOf(figures.ops);
    const notes = rowsOf(figures.notes);
    const strikes = rowsOf(figures.strikes);
    const tries = new Map();
    for (const crash of rowsOf(figures.crashes)) {
      const slot = tries.get(crash.op) || {};
      slot[crash.all_survives ? "kept" : "lost"] = crash;
      tries.set(crash.op, slot);
    }
    if (ops.length === 0) {
      holder.append(element("p", {}, "The case changed nothing on the disk."));
      return;
    }
    const lanes = lanesOf(figures, ops);
    const room = widthOf(holder);
    const left = 8, laneHeight = 36, topHeight = 46;
    const cell = charts.printWidth ? (room - 2 * left) / ops.length : Math.max(6, Math.min(26, (room - 2 * left) / ops.length));
    const width = Math.max(room, left * 2 + cell * ops.length);
    const stripTop = topHeight + lanes.length * laneHeight + 8;
    const stripHeight = 34;
    const height = stripTop + 2 * stripHeight + 8 + 17 * Math.max(1, strikes.length);
    const x = (index) => left + (index + 0.5) * cell;
    const edge = (index) => left + index * cell;
    const laneY = (lane) => topHeight + lanes.indexOf(lane) * laneHeight + 24;
    const scroll = frame(holder, "Write timeline. Left and right arrow keys go from operation to operation.");
    const svg = d3.select(scroll).append("svg").attr("width", width).attr("height", height).attr("role", "img")
      .attr("aria-label", `Write timeline of ${plural(ops.length, "operation")} in ${plural(lanes.length, "lane")}`);
    const back = svg.append("g");
    const restartAt = ops.findIndex((op) => op.restart);
    if (restartAt >= 0) {
      back.append("rect").attr("x", edge(restartAt)).attr("y", 0).attr("width", width - edge(restartAt)).attr("height", stripTop - 4)
        .attr("fill", "var(--panel)");
      /* Where little room is left for the words they end at the edge. */
      const atEnd = width - edge(restartAt) < 190;
      back.append("text").attr("class", "soft").attr("x", atEnd ? width - 4 : edge(restartAt) + 4).attr("text-anchor", atEnd ? "end" : "start")
        .attr("y", 12).text(atEnd ? "the restart →" : "the restart after the crash →");
    }
    back.append("text").attr("class", "soft").attr("x", left).attr("y", 12)
      .text(restartAt >= 0 && edge(restartAt) < 190 ? "" : "messages: sent and answered");
    lanes.forEach((lane, i) => {
      const y = topHeight + i * laneHeight;
      back.append("line").attr("x1", 0).attr("x2", width).attr("y1", y).attr("y2", y).attr("stroke", "var(--line)");
      back.append("text").attr("class", "soft mono lane").attr("x", left).attr("y", y + 11).text(laneNames[lane] || shortPath(lane));
    });
    /* From a write to the sync that makes it durable, or to the end of its part; what overlaps is one bar. */
    const lastOfPart = new Map();
    ops.forEach((op, i) => lastOfPart.set(op.part, i));
    const bars = new Map();
    ops.forEach((op, i) => {
      const lane = laneOf(figures, op);
      if (["sync", "sync-dir", "lock"].includes(op.op) || op.result < 0 || lane === "other") return;
      const covered = op.covered_by >= 0;
      const key = lane + (covered ? "+" : "-");
      const from = x(i), to = covered ? x(op.covered_by) : edge(lastOfPart.get(op.part) + 1);
      const list = bars.get(key) || bars.set(key, []).get(key);
      const last = list[list.length - 1];
      if (last && from <= last.to) last.to = Math.max(last.to, to);
      else list.push({ from, to, covered, y: laneY(lane) + (covered ? 3 : 8) });
    });
    for (const one of [...bars.values()].flat()) {
      back.append("rect").attr("x", one.from).attr("y", one.y).attr("width", Math.max(1, one.to - one.from)).attr("height", one.covered ? 5 : 2.5)
        .attr("fill", one.covered ? "var(--risk)" : "var(--never)").attr("opacity", one.covered ? 0.9 : 0.6);
    }
    ops.forEach((op, i) => {
      const g = svg.append("g").attr("transform", `translate(${x(i)},${laneY(laneOf(figures, op))})`);
      const draw = marks[op.op] || marks.lock;
      draw(g, op.op === "write" ? Math.min(14, 3 + Math.log2(op.size_bytes + 1)) : undefined);
      if (op.result < 0) {
        g.append("path").attr("d", "M-5,-5L5,5M5,-5L-5,5").attr("stroke", "var(--bad)").attr("stroke-width", 2);
      }
    });
    const roundsSeen = [];
    notes.forEach((note) => {
      const at = edge(note.before);
      if (note.note === "sent" || note.note === "acked") {
        const good = note.status === 0;
        const g = svg.append("g").attr("transform", `translate(${at},${note.note === "sent" ? 26 : 38})`);
        (note.note === "sent" ? marks.sent : good ? marks.acked : marks.refused)(g);
        g.append("title").text(note.note === "sent" ? `message ${note.value} is sent` : `message ${note.value} is answered${good ? " OK" : ", not OK"}`);
      } else if (note.note === "round" && !note.restart && note.value > 0) {
        back.append("line").attr("x1", at).attr("x2", at).attr("y1", 0).attr("y2", stripTop).attr("stroke", "var(--soft)").attr("stroke-dasharray", "3 3");
        if (roundsSeen.length === 0 || at - roundsSeen[roundsSeen.length - 1] > 60) {
          if (at > 190) back.append("text").attr("class", "soft").attr("x", at + 3).attr("y", 12).text(`round ${note.value + 1}`);
          roundsSeen.push(at);
        }
      }
    });
    strikes.forEach((strike, number) => {
      const at = edge(strike.before) + (strike.before < ops.length && ops[strike.before].point === strike.point && ops[strike.before].hit === strike.hit ? cell / 2 : 0);
      const y = stripTop + 2 * stripHeight + 4 + number * 17;
      svg.append("line").attr("x1", at).attr("x2", at).attr("y1", 16).attr("y2", y + 4).attr("stroke", "var(--bad)").attr("stroke-width", 2.5);
      const end = at > width / 2;
      svg.append("text").attr("x", at + (end ? -5 : 5)).attr("y", y + 12).attr("text-anchor", end ? "end" : "start").attr("font-weight", 700)
        .attr("style", "fill:var(--bad)").text(`⚡ ${strike.fault} at ${strike.point}:${strike.hit}`);
    });
    /* A good end is a thin line, a bad one a full bar: it shows without colour, too. */
    [["kept", "crash points, if all written bytes survive"], ["lost", "crash points, if only synced bytes survive"]].forEach(([kind, words], row) => {
      const y = stripTop + row * stripHeight + 14;
      if (tries.size > 0) back.append("text").attr("class", "soft").attr("x", left).attr("y", y - 2).text(words);
      svg.append("line").attr("x1", 0).attr("x2", width).attr("y1", y + 16).attr("y2", y + 16).attr("stroke", "var(--line)");
      for (const [op, slot] of tries) {
        if (!slot[kind]) continue;
        const bad = slot[kind].outcome !== "intact";
        svg.append("rect").attr("class", "o-" + outcomeClass(slot[kind].outcome)).attr("x", edge(op) + 0.5).attr("width", Math.max(1, cell - 1))
          .attr("y", y + (bad ? 2 : 12)).attr("height", bad ? 14 : 4);
        if (bad && cell >= 11) {
          svg.append("text").attr("x", x(op)).attr("y", y + 14).attr("text-anchor", "middle").attr("class", "on-" + outcomeClass(slot[kind].outcome))
            .text(outcomes[slot[kind].outcome].glyph);
        }
      }
    });
    const cursor = svg.append("rect").attr("y", 0).attr("height", stripTop + 2 * stripHeight).attr("width", cell).attr("fill", "var(--link)").attr("opacity", 0);
    const told = element("p", { class: "told", "aria-live": "polite" });
    let at = -1;
    const show = (index) => {
      at = Math.max(0, Math.min(ops.length - 1, index));
      cursor.attr("x", edge(at)).attr("opacity", 0.22);
      told.replaceChildren(sayOp(figures, ops, at));
      const slot = tries.get(at);
      if (!slot) return;
      for (const kind of ["kept", "lost"]) {
        if (!slot[kind]) continue;
        const crash = slot[kind];
        told.append(` ${kind === "kept" ? "If the power failed here and all written bytes survived" : "If only synced bytes survived"}: ${outcomes[crash.outcome].word}.`);
        if (crash.plan && options.prefix) {
          told.append(" ", options.copyButton(`${options.command} replay ${options.prefix}${crash.plan}`, "copy its replay command"));
        }
      }
    };
    const reveal = (index) => {
      show(index);
      scroll.scrollLeft = x(at) - scroll.clientWidth / 2;
    };
    svg.on("mousemove", () => {
      const index = Math.floor((d3.mouse(svg.node())[0] - left) / cell);
      if (index !== at && index >= 0 && index < ops.length) show(index);
    });
    scroll.addEventListener("keydown", (event) => {
      const step = { "ArrowRight": 1, "ArrowLeft": -1, "PageDown": 10, "PageUp": -10 }[event.key];
      if (step) { reveal(at < 0 ? 0 : at + step); event.preventDefault(); }
    });
    const bad = [...tries.entries()].filter(([, slot]) => ["kept", "lost"].some((kind) => slot[kind] && slot[kind].outcome !== "intact")).map(([op]) => op).sort((a, b) => a - b);
    const tried = [...tries.values()].reduce((sum, slot) => sum + (slot.kept ? 1 : 0) + (slot.lost ? 1 : 0), 0);
    told.append("Point at the timeline, or focus it and use the arrow keys, to read what each operation is.");
    legend(holder, [
      [(g) => marks.write(g), "write, higher for more bytes"], [marks.sync, "sync"], [marks.create, "file or directory made"],
      [marks.truncate, "size set"], [marks.rename, "renamed"], [marks.unlink, "removed"],
      [marks.sent, "message sent"], [marks.acked, "answered OK"],
      [patch("var(--risk)", 0.9), "written, not yet durable"], [patch("var(--never)", 0.6, 2.5), "never made durable here"],
    ]);
    if (tried > 0) {
      const seen = [...new Set([...tries.values()].flatMap((slot) => ["kept", "lost"].filter((kind) => slot[kind]).map((kind) => slot[kind].outcome)))];
      holder.append(element("p", { class: "small" },
        `The two strips at the bottom are crash points: at each operation the power was cut twice and the store restarted and judged. In the upper strip all written bytes survived, in the lower only what had been synced. ` +
        `${plural(tried, "crash", "crashes")} tried${figures.left_out.crash_positions * 2 > tried ? ` of ${count(figures.left_out.crash_positions * 2)}` : ""}; ` +
        (bad.length === 0 ? "none of them ends badly." : `${plural(bad.length, "operation")} with a bad end.`)));
      legend(holder, seen.map((name) => [bar(outcomeClass(name), name === "intact" ? 4 : 12), `${outcomes[name].glyph} ${outcomes[name].word}`]));
    }
    const buttons = element("p", { class: "bar" });
    if (bad.length > 0) {
      buttons.append(element("button", { type: "button", class: "first-bad", onclick: () => { reveal(bad[0]); scroll.focus(); } }, "Go to the first crash point with a bad end"));
    }
    if (strikes.length > 0) {
      buttons.append(element("button", { type: "button", onclick: () => { reveal(strikes[strikes.length - 1].before); scroll.focus(); } }, "Go to the fault"));
    }
    holder.append(told, buttons);
    if (figures.left_out.ops > 0) {
      holder.append(element("p", { class: "small soft" }, `The first ${plural(figures.left_out.ops, "operation")} are not shown.`));
    }
  };

  const stageNames = {
    "before": "Before the power failed: all that had been written",
    "crashed": "As the crash left it",
    "recovered": "After the restart",
    "end": "At the end of the case",
  };
  const unitWords = { "true": "points at its record", "dangling": "points at nothing", "other": "points at a record that is not its own", "empty": "says that there is nothing" };
  const unitColour = { "true": "var(--soft)", "dangling": "var(--bad)", "other": "var(--o-refused)", "empty": "var(--line)" };

  /* One strip a stage: the log with its records, and below it each queue's units with their pointers. */
  const disk = (holder, figures) => {
    const stages = figures.stages;
    if (stages.length === 0) {
      holder.append(element("p", {}, "There is no map: the store could not be read at any stage."));
      return;
    }
    const allRecords = stages.map((stage) => rowsOf(stage.records));
    const allUnits = stages.map((stage) => rowsOf(stage.units));
    const low = d3.min(stages, (stage) => stage.log_min) || 0;
    const high = Math.max(low + 64, d3.max(stages, (stage) => stage.log_end),
      d3.max(allUnits.flat().filter((unit) => unit.state !== "empty" && unit.offset < 1e15), (unit) => unit.offset + unit.size_bytes) || 0);
    const room = widthOf(holder);
    const scroll = frame(holder, "Map of the store's files at each stage");
    const width = room;
    const x = d3.scaleLinear().domain([low, high]).range([10, width - 14]);
    const sayLog = (stage, records) => records.length === 0 ? "the log holds no record" : `${plural(records.length, "record")} up to byte ${count(stage.log_end)}`;
    const dangling = stages.map((stage, s) => allUnits[s].filter((unit) => unit.state === "dangling").length);
    const isNarrow = room < 460;
    stages.forEach((stage, s) => {
      const records = allRecords[s];
      const units = allUnits[s];
      const queueHeight = 34;
      const top = isNarrow ? 60 : 44, recordHeight = 24, gap = 26;
      const queues = stage.queues.map((queue, i) => ({ ...queue, number: i, units: units.filter((unit) => unit.queue === i) }))
        .filter((queue) => queue.units.length > 0 || stage.queues.length <= 8);
      const height = top + recordHeight + gap + queues.length * queueHeight + 6;
      const svg = d3.select(scroll).append("svg").attr("width", width).attr("height", height).attr("role", "img")
        .attr("aria-label", `${stageNames[stage.stage]}: ${sayLog(stage, records)}`);
      svg.append("text").attr("x", 10).attr("y", 16).attr("font-weight", 700).text(stageNames[stage.stage]);
      svg.append("text").attr("class", "soft").attr("x", 10).attr("y", 33)
        .text(`${sayLog(stage, records)}${stage.mark === null ? "; no mark" : `; mark at ${count(stage.mark)}`}${stage.abort && !isNarrow ? "; the abort file is there" : ""}`);
      if (isNarrow && stage.abort) svg.append("text").attr("class", "soft").attr("x", 10).attr("y", 49).text("the abort file is there");
      svg.append("rect").attr("x", x(low)).attr("y", top).attr("width", x(high) - x(low)).attr("height", recordHeight).attr("fill", "none").attr("stroke", "var(--line)").attr("stroke-dasharray", "2 3");
      stage.log_files.forEach(([start]) => {
        if (start > low && start < high) svg.append("line").attr("x1", x(start)).attr("x2", x(start)).attr("y1", top - 3).attr("y2", top + recordHeight + 3).attr("stroke", "var(--text)").attr("stroke-width", 2);
      });
      records.forEach((record) => {
        const from = x(record.offset), to = x(record.offset + record.size_bytes);
        const box = svg.append("rect").attr("x", from + 0.5).attr("y", top).attr("width", Math.max(1, to - from - 1)).attr("height", recordHeight)
          .attr("fill", "var(--info-back)").attr("stroke", "var(--info)");
        box.append("title").text(`${record.message < 0 ? "of no message" : "message " + record.message}: bytes ${record.offset} to ${record.offset + record.size_bytes}`);
        if (to - from > 20) svg.append("text").attr("x", (from + to) / 2).attr("y", top + 16).attr("text-anchor", "middle").text(record.message < 0 ? "·" : record.message);
      });
      if (stage.mark !== null && stage.mark >= low && stage.mark <= high) {
        svg.append("path").attr("d", d3.symbol().type(d3.symbolTriangle).size(60)()).attr("transform", `translate(${x(stage.mark)},${top + recordHeight + 7})`).attr("fill", "var(--good)")
          .append("title").text(`the mark: up to byte ${stage.mark} log and queues are said to be whole`);
      }
      const links = svg.append("g").attr("fill", "none");
      queues.forEach((queue, i) => {
        const y = top + recordHeight + gap + i * queueHeight;
        svg.append("text").attr("class", "soft halo").attr("x", 10).attr("y", y + 2).text(`queue ${queue.name}: ${queue.units.length === 0 ? "no unit" : plural(queue.units.length, "unit")}`);
        const step = Math.max(2, Math.min(11, (width - 30) / Math.max(1, queue.units.length)));
        /* Below what it points at, as far as there is room behind the unit before. */
        const wanted = queue.units.map((unit) => (unit.state === "empty" || unit.offset > high ? 0 : x(unit.offset)));
        const places = [];
        wanted.forEach((place, k) => places.push(Math.max(place, k === 0 ? 10 : places[k - 1] + step)));
        for (let k = places.length - 1, limit = width - 14; k >= 0; k--, limit -= step) places[k] = Math.min(places[k], limit);
        queue.units.forEach((unit, k) => {
          const ux = places[k];
          const bad = unit.state === "dangling" || unit.state === "other";
          svg.append("rect").attr("class", "unit " + unit.state).attr("x", ux).attr("y", y + 8).attr("width", Math.max(1.5, step - 2)).attr("height", 11)
            .attr("fill", bad ? unitColour[unit.state] : "var(--panel)").attr("stroke", unit.state === "empty" ? "var(--line)" : bad ? unitColour[unit.state] : "var(--soft)")
            .append("title").text(`unit ${unit.index} of queue ${queue.name} ${unitWords[unit.state]}: byte ${unit.offset}`);
          if (unit.state === "empty" || unit.offset > high) return;
          const tx = x(unit.offset), ty = top + recordHeight + 1;
          links.append("path").attr("d", `M${ux + step / 2 - 1},${y + 8}L${tx + 3},${ty}`)
            .attr("stroke", unitColour[unit.state]).attr("stroke-width", bad ? 2 : 0.8).attr("opacity", bad ? 1 : 0.55).attr("stroke-dasharray", bad ? "5 3" : null);
          if (bad) svg.append("text").attr("x", tx + 3).attr("y", ty - 6).attr("text-anchor", "middle").attr("style", `fill:${unitColour[unit.state]};font-weight:700`).text("✗");
        });
      });
      links.lower();
      if (stage.left_out > 0) {
        holder.append(element("p", { class: "small soft" }, `${stageNames[stage.stage]}: ${plural(stage.left_out, "record or unit", "records and units")} more are not drawn.`));
      }
    });
    legend(holder, [
      [(g) => g.append("rect").attr("x", -7).attr("y", -6).attr("width", 14).attr("height", 12).attr("fill", "var(--info-back)").attr("stroke", "var(--info)"), "record of the log, with its message"],
      [(g) => g.append("rect").attr("x", -5).attr("y", -5).attr("width", 10).attr("height", 10).attr("fill", "var(--panel)").attr("stroke", "var(--soft)"), "unit of a queue, with a line to the byte it names"],
      [(g) => g.append("path").attr("d", "M-7,0H7").attr("stroke", "var(--bad)").attr("stroke-width", 2).attr("stroke-dasharray", "5 3"), "✗ a unit that points at nothing"],
      [symbol(d3.symbolTriangle, 50, "var(--good)"), "the mark"],
    ]);
    if (!stages.some((stage) => stage.stage === "before") && stages.some((stage) => stage.stage === "crashed")) {
      holder.append(element("p", { class: "small" }, "The power did not fail, so all that had been written survived: before the crash the files were as it left them."));
    }
    const said = stages.map((stage, s) => dangling[s] === 0 ? null : `${stageNames[stage.stage].split(":")[0].toLowerCase()} ${plural(dangling[s], "unit points", "units point")} at bytes where no record is`).filter(Boolean);
    holder.append(element("p", { class: "small" }, said.length === 0 ? "No unit points at nothing at any stage." :
      `Red, with ✗: ${said.join("; ")}. Right after a crash this may be; after the restart it may not.`));
  };

  const ledgerRows = [["sent", "sent"], ["answered", "answered OK"], ["left", "on the disk after the crash"], ["found", "in the log after the restart"], ["in_queue", "and in its queue"]];

  /* Who was promised what, and what is there. */
  const ledger = (holder, figures) => {
    const messages = rowsOf(figures.messages);
    const hasRestart = figures.stages.some((stage) => stage.stage === "recovered");
    if (messages.length === 0) {
      holder.append(element("p", {}, "No message was sent before the crash."));
      return;
    }
    for (const message of messages) message.answered = message.answered && message.status === "PUT_OK";
    const rows = hasRestart ? ledgerRows : ledgerRows.slice(0, 2);
    const count2 = (answered, found) => messages.filter((m) => m.answered === answered && m.found === found).length;
    if (hasRestart) {
      const cellOf = (value, wrong) => element("td", { class: wrong && value > 0 ? "wrong" : null }, (wrong && value > 0 ? "✗ " : "") + count(value));
      holder.append(element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Messages by answer and by what was found" }, element("table", { class: "matrix" },
        element("thead", {}, element("tr", {}, element("th", {}, "messages"), element("th", { scope: "col" }, "found after the restart"), element("th", { scope: "col" }, "not found"))),
        element("tbody", {},
          element("tr", {}, element("th", { scope: "row" }, "answered OK"), cellOf(count2(true, true)), cellOf(count2(true, false), true)),
          element("tr", {}, element("th", { scope: "row" }, "sent, not answered OK"), cellOf(count2(false, true)), cellOf(count2(false, false)))))));
      const unqueued = messages.filter((m) => m.found && !m.in_queue).length;
      holder.append(element("p", { class: "small" }, unqueued === 0 ? "Every message found in the log is in its queue, too." : `✗ ${plural(unqueued, "message")} in the log but not in ${unqueued === 1 ? "its queue" : "their queues"}.`));
    } else {
      holder.append(element("p", { class: "small" }, `${plural(messages.length, "message")} sent, ${count(messages.filter((m) => m.answered).length)} answered OK. The case ends without a crash, so nothing was looked for afterwards.`));
    }
    const room = widthOf(holder);
    const label = Math.min(190, room * 0.46);
    const size = Math.max(charts.printWidth ? 2 : 12, Math.min(22, (room - label - 20) / messages.length));
    const width = Math.max(room, label + messages.length * size + 12);
    const scroll = frame(holder, "Ledger: a column a message");
    const svg = d3.select(scroll).append("svg").attr("width", width).attr("height", 26 + rows.length * 24).attr("role", "img")
      .attr("aria-label", "Ledger matrix: a column for each message, a row for each station on its way");
    const every = size >= 20 ? 1 : size >= 12 ? 2 : 10;
    messages.forEach((message, i) => {
      if (i % every === 0) svg.append("text").attr("class", "soft").attr("x", label + i * size + size / 2).attr("y", 14).attr("text-anchor", "middle").text(message.message);
    });
    rows.forEach(([key, words], r) => {
      const y = 22 + r * 24;
      svg.append("text").attr("x", 6).attr("y", y + 15).text(room < 500 ? { "left": "left by the crash", "found": "in the log again", "in_queue": "and in its queue" }[key] || words : words);
      messages.forEach((message, i) => {
        const yes = message[key];
        const owed = message.answered && (key === "left" || key === "found" || key === "in_queue");
        const bad = !yes && (key === "in_queue" ? message.found || owed : owed && key !== "left");
        const g = svg.append("g").attr("transform", `translate(${label + i * size + 1},${y})`);
        g.append("rect").attr("width", Math.max(1, size - 2)).attr("height", 20).attr("fill", yes ? "var(--good-back)" : bad ? "var(--bad-back)" : "var(--panel)")
          .attr("stroke", yes ? "var(--good)" : bad ? "var(--bad)" : "var(--line)");
        if (size >= 11) g.append("text").attr("x", (size - 2) / 2).attr("y", 15).attr("text-anchor", "middle").attr("style", `fill:${yes ? "var(--good)" : bad ? "var(--bad)" : "var(--soft)"}`).text(yes ? "✓" : bad ? "✗" : "–");
        g.append("title").text(`message ${message.message}: ${yes ? "" : "not "}${words}`);
      });
    });
    if (figures.left_out.messages > 0) holder.append(element("p", { class: "small soft" }, `${plural(figures.left_out.messages, "message")} more are not drawn.`));
  };

  /* A bar a night: cases, with those that failed on top; and how many causes there were. */
  const trend = (holder, nights) => {
    const room = widthOf(holder);
    const scroll = frame(holder, "Trend over the nights");
    const left = 58, bottom = 30, top = 14, middle = 120, low = 60;
    const step = Math.max(charts.printWidth ? 3 : 10, Math.min(46, (room - left - 10) / nights.length));
    const width = Math.max(room, left + nights.length * step + 10);
    const height = top + middle + 34 + low + bottom;
    const svg = d3.select(scroll).append("svg").attr("width", width).attr("height", height).attr("role", "img").attr("aria-label", `Trend over ${plural(nights.length, "run")}`);
    const cases = d3.scaleLinear().domain([0, d3.max(nights, (n) => n.cases) || 1]).nice().range([top + middle, top + 12]);
    const causes = d3.scaleLinear().domain([0, d3.max(nights, (n) => n.causes) || 1]).nice().range([height - bottom, height - bottom - low]);
    const axis = (scale, ticks) => (g) => g.call(d3.axisLeft(scale).ticks(ticks).tickFormat((v) => v === 0 ? "0" : d3.format("~s")(v))).call((a) => a.selectAll("path,line").attr("stroke", "var(--soft)"));
    svg.append("text").attr("class", "soft").attr("x", 4).attr("y", 11).text("cases a run, failed ones in red with ✗");
    svg.append("g").attr("transform", `translate(${left - 6},0)`).call(axis(cases, 4));
    svg.append("text").attr("class", "soft").attr("x", 4).attr("y", height - bottom - low - 8).text("causes a run");
    svg.append("g").attr("transform", `translate(${left - 6},0)`).call(axis(causes.copy(), Math.min(4, causes.domain()[1])));
    const every = Math.ceil(62 / step);
    nights.forEach((night, i) => {
      const x = left + i * step;
      const g = svg.append("g");
      g.append("title").text(`${night.began}: ${plural(night.cases, "case")}, ${count(night.failed)} failed, ${plural(night.causes, "cause")}`);
      g.append("rect").attr("x", x).attr("width", Math.max(1, step - 2)).attr("y", cases(night.cases)).attr("height", top + middle - cases(night.cases)).attr("fill", "var(--o-intact)");
      if (night.failed > 0) {
        const y = Math.min(cases(night.failed), top + middle - 2);
        g.append("rect").attr("x", x).attr("width", Math.max(1, step - 2)).attr("y", y).attr("height", top + middle - y).attr("fill", "var(--o-violated)");
        if (step >= 12) g.append("text").attr("x", x + step / 2 - 1).attr("y", top + middle + 13).attr("text-anchor", "middle").attr("style", "fill:var(--bad)").text("✗");
      }
      g.append("rect").attr("x", x).attr("width", Math.max(1, step - 2)).attr("y", causes(night.causes)).attr("height", height - bottom - causes(night.causes)).attr("fill", "var(--write)");
      if (i % every === 0) svg.append("text").attr("class", "soft").attr("x", x).attr("y", height - bottom + 16).text(String(night.began).slice(5, 10));
    });
  };

  /* A figure beside its floor, in the figure's own unit. */
  const bench = (holder, rows) => {
    const room = widthOf(holder);
    const scroll = frame(holder, "Bench figures beside their floors");
    const height = rows.length * 52 + 8;
    const svg = d3.select(scroll).append("svg").attr("width", room).attr("height", height).attr("role", "img").attr("aria-label", "Bench figures beside their floors");
    rows.forEach((row, i) => {
      const y = i * 52 + 4;
      const scale = d3.scaleLinear().domain([0, Math.max(row.value, row.floor || 0) || 1]).range([0, room - 20]);
      const unit = row.unit ? " " + row.unit : "";
      svg.append("text").attr("x", 8).attr("y", y + 13).text(row.name);
      svg.append("rect").attr("x", 8).attr("y", y + 19).attr("height", 9).attr("width", Math.max(1, scale(row.value))).attr("fill", row.is_missed ? "var(--o-violated)" : "var(--write)");
      if (row.floor) svg.append("rect").attr("x", 8).attr("y", y + 30).attr("height", 5).attr("width", Math.max(1, scale(row.floor))).attr("fill", "var(--o-unknown)");
      svg.append("text").attr("class", "soft").attr("x", 8).attr("y", y + 46)
        .text(`${d3.format(",.4~r")(row.value)}${unit}${row.floor ? `; its floor ${d3.format(",.4~r")(row.floor)}${unit}` : ""}${row.is_missed ? "; ✗ misses its target" : ""}`);
    });
    legend(holder, [[patch("var(--write)"), "the figure"], [patch("var(--o-unknown)"), "its floor on this machine"]]);
  };

  return { timeline, disk, ledger, trend, bench, element, outcomes, outcomeClass, count, plural, printWidth: 0 };
})();
