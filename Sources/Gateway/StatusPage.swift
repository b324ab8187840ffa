/// The page that a person opens in a browser: one file, without anything from elsewhere; it asks for `/status.json`
/// every few seconds. Values are set as text, never as markup.
enum StatusPage {
    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>cxrgate</title>
        <link rel="icon" href="data:,">
        <style>
        \(style)
        </style>
        </head>
        <body>
        <header>
          <h1>cxrgate <span id="title"></span></h1>
          <p id="state" class="badge" role="status">asking …</p>
          <p id="since" class="quiet"></p>
        </header>
        <main>
          <section class="wide" id="alarm-box"><h2>Alarms</h2><div id="alarms"></div></section>
          <section class="wide"><h2>The last hour, minute by minute</h2><div id="flow" class="flow"></div></section>
          <section><h2>Destinations</h2><div id="peers"></div></section>
          <section><h2>Sources</h2><div id="sources"></div></section>
          <section><h2>Queue</h2><div id="queue"></div></section>
          <section><h2>Images</h2><div id="images"></div></section>
          <section><h2>Durations</h2><div id="durations"></div></section>
          <section><h2>Last results</h2><div id="last"></div></section>
          <section><h2>Roles</h2><div id="roles"></div></section>
          <section><h2>Model, disk, journal</h2><div id="facts"></div></section>
        </main>
        <footer>A side branch, not an archive. No patient data on this page. <a href="/metrics">/metrics</a>
        <a href="/health/ready">/health/ready</a> <a href="/status.json">/status.json</a></footer>
        <script>
        \(script)
        </script>
        </body>
        </html>

        """

    private static let style = """
        :root { color-scheme: light dark; --ink: #17202a; --quiet: #5d6d7e; --paper: #f4f6f7; --card: #fff;
          --line: #d5dbdf; --good: #1e7b4a; --warn: #9a6200; --bad: #b3261e; --bar: #2e6da4; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8ecef; --quiet: #9fb0bd; --paper: #12181d;
          --card: #1b242b; --line: #33414b; --good: #5fd39a; --warn: #f0b440; --bad: #ff8a80; --bar: #6fb1e8; } }
        * { box-sizing: border-box; }
        body { margin: 0; padding: 1rem 1.5rem 3rem; background: var(--paper); color: var(--ink);
          font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; }
        header { display: flex; align-items: center; gap: 1rem; flex-wrap: wrap; margin-bottom: 1rem; }
        h1 { font-size: 1.35rem; margin: 0; }
        h2 { font-size: .95rem; margin: 0 0 .5rem; }
        p { margin: 0; }
        .quiet, footer { color: var(--quiet); }
        footer { margin-top: 1.5rem; font-size: .85rem; }
        footer a { color: inherit; margin-right: .7rem; }
        .badge { padding: .15rem .7rem; border-radius: 1rem; border: 1px solid var(--line); background: var(--card);
          font-weight: 600; }
        .good { color: var(--good); } .warning { color: var(--warn); } .critical, .bad { color: var(--bad); }
        main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); }
        section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem;
          overflow-x: auto; }
        .wide { grid-column: 1 / -1; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-weight: 600; color: var(--quiet); font-size: .8rem; }
        th, td { padding: .15rem .8rem .15rem 0; vertical-align: top; }
        td.n, th.n { text-align: right; }
        td.n { white-space: nowrap; }
        .flow { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); }
        .flow svg { width: 100%; height: 3.5rem; display: block; border-bottom: 1px solid var(--line); }
        .flow rect { fill: var(--bar); }
        .flow b { font-size: 1.3rem; margin-right: .4rem; }
        """

    private static let script = """
        "use strict";
        const $ = id => document.getElementById(id);
        function node(name, text, kind) {
          const made = document.createElement(name);
          if (text !== undefined && text !== null) made.textContent = text;
          if (kind) made.className = kind;
          return made;
        }
        function put(id, child) { $(id).replaceChildren(child); }
        function table(columns, rows, nothing) {
          if (!rows.length) return node("p", nothing, "quiet");
          const made = node("table"), head = made.createTHead().insertRow(), body = made.createTBody();
          for (const column of columns) head.append(node("th", column.title, column.number ? "n" : ""));
          for (const row of rows) {
            const line = body.insertRow();
            for (const column of columns) {
              const kind = column.kind ? column.kind(row) : "";
              line.append(node("td", column.of(row), (column.number ? "n " : "") + kind));
            }
          }
          return made;
        }
        const pairs = object => Object.entries(object || {}).sort();
        function age(milliseconds, now) {
          if (milliseconds === null || milliseconds === undefined) return "never";
          const seconds = Math.max(0, Math.round((now - milliseconds) / 1000));
          if (seconds < 90) return seconds + " s ago";
          if (seconds < 5400) return Math.round(seconds / 60) + " min ago";
          if (seconds < 129600) return Math.round(seconds / 3600) + " h ago";
          return Math.round(seconds / 86400) + " days ago";
        }
        function seconds(value) {
          if (value === null || value === undefined) return "-";
          return value < 1 ? Math.round(value * 1000) + " ms" : value + " s";
        }
        function bars(name, values) {
          const box = node("div"), space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg");
          const most = Math.max(1, ...values);
          svg.setAttribute("viewBox", "0 0 " + values.length * 4 + " 40");
          svg.setAttribute("preserveAspectRatio", "none");
          svg.setAttribute("role", "img");
          svg.setAttribute("aria-label", name + " in each of the last " + values.length + " minutes, at most " + most);
          values.forEach((value, index) => {
            const bar = document.createElementNS(space, "rect"), height = 40 * value / most;
            bar.setAttribute("x", index * 4); bar.setAttribute("width", 3);
            bar.setAttribute("y", 40 - height); bar.setAttribute("height", height);
            svg.append(bar);
          });
          const line = node("p");
          line.append(node("b", values.reduce((sum, value) => sum + value, 0)), node("span", name, "quiet"));
          box.append(line, svg);
          return box;
        }
        function show(status) {
          const now = status.now;
          $("title").textContent = status.aeTitle;
          const worst = status.alarms.some(alarm => alarm.severity === "critical") ? "critical"
            : status.alarms.length ? "warning" : "good";
          $("state").textContent = !status.ready ? "NOT READY: " + status.obstacles.join(", ")
            : worst === "good" ? "ready, no alarm"
            : "ready, " + status.alarms.length + (status.alarms.length === 1 ? " alarm" : " alarms");
          $("state").className = "badge " + (status.ready ? worst : "critical");
          $("since").textContent = "started " + age(status.started, now) + ", seen " + new Date(now).toLocaleTimeString();
          put("alarms", table([
            { title: "", of: row => row.severity, kind: row => row.severity },
            { title: "what", of: row => row.text }, { title: "since", of: row => age(row.since, now) },
            { title: "what to do", of: row => row.remedy }], status.alarms, "none"));
          const flow = document.createDocumentFragment();
          for (const name of ["received", "analysed", "delivered", "refused"])
            flow.append(bars(name, (status.flow || {})[name] || []));
          put("flow", flow);
          put("peers", table([
            { title: "name", of: row => row.name },
            { title: "line", of: row => row.line, kind: row => row.line === "closed" ? "good"
              : row.line === "not tried yet" ? "quiet" : "bad" },
            { title: "waiting", number: true, of: row => row.waiting }, { title: "held", number: true, of: row => row.held },
            { title: "dead", number: true, of: row => row.dead },
            { title: "last success", of: row => age(row.success, now) }], status.peers, "none; results stay here"));
          put("sources", table([
            { title: "name", of: row => row.name }, { title: "last image", of: row => age(row.last, now) }],
            status.sources, "none; every modality is refused"));
          const counts = (values, nothing) => table([
            { title: "", of: row => row[0] }, { title: "", number: true, of: row => row[1] }], pairs(values), nothing);
          put("queue", counts(status.queue, "nothing waits"));
          put("images", counts(status.images, "none yet"));
          put("durations", table([
            { title: "stage", of: row => row.stage }, { title: "of", of: row => row.of },
            { title: "count", number: true, of: row => row.count },
            { title: "half within", number: true, of: row => seconds(row.median) },
            { title: "95 % within", number: true, of: row => seconds(row.slowest5) }], status.durations, "none yet"));
          put("last", table([
            { title: "when", of: row => age(row.at, now) }, { title: "what", of: row => row.kind },
            { title: "to", of: row => row.destination }, { title: "answer", of: row => row.status }],
            status.lastResults, "none yet"));
          put("roles", table([
            { title: "role", of: row => row.role },
            { title: "", of: row => row.works ? "works" : "DOES NOT WORK", kind: row => row.works ? "good" : "bad" },
            { title: "since", of: row => age(row.since, now) },
            { title: "restarts", number: true, of: row => row.restarts },
            { title: "MiB", number: true, of: row => row.memoryMiB === null ? "-" : row.memoryMiB }], status.roles, ""));
          put("facts", table([{ title: "", of: row => row[0] }, { title: "", of: row => row[1] }], [
            ["model", status.model || "has not spoken yet"], ["room on the disk", status.diskFreeMiB + " MiB"],
            ["journal", status.journalEntries + " entries, " + status.journalWaiting + " wait"]], ""));
          document.body.dataset.shown = now;
        }
        async function ask() {
          try {
            const answer = await fetch("/status.json", { cache: "no-store" });
            if (!answer.ok) throw new Error(answer.status);
            show(await answer.json());
          } catch (error) {
            $("state").textContent = "NO ANSWER";
            $("state").className = "badge critical";
          }
          setTimeout(ask, 5000);
        }
        ask();
        """
}
