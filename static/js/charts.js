/* Draws [data-chart] with ECharts as SVG; the library is fetched only by pages that have a chart. */
(() => {
  "use strict";
  const address = document.querySelector("[data-echarts]")?.dataset.echarts;
  let loading = null;

  function library() {
    loading ||= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => resolve(window.echarts);
      script.onerror = reject;
      document.head.append(script);
    });
    return loading;
  }
  /* Colours are read from the style sheet at the time of drawing. */
  function colours() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(`--${name}`).trim();
    return Object.fromEntries(
      ["accent", "ok", "info", "violet", "warn", "ink", "ink-2", "muted", "line", "panel", "raised"].map((n) => [n, read(n)]),
    );
  }
  const format = new Intl.NumberFormat(document.documentElement.lang || "en", { maximumFractionDigits: 2 });

  /* Nodes instead of markup: no text from data becomes HTML, no inline style is asked for. */
  function tip(title, lines) {
    const box = document.createElement("div");
    box.className = "chart-tip";
    const head = document.createElement("b");
    head.textContent = title;
    box.append(head);
    for (const line of lines) {
      const row = document.createElement("span");
      row.textContent = line;
      box.append(row);
    }
    return box;
  }
  function common(c, label) {
    return {
      aria: { enabled: true, label: { description: label } },
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 250,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12, color: c["ink-2"] },
      tooltip: { backgroundColor: c.raised, borderColor: c.line, padding: [7, 10], confine: true },
    };
  }
  /* One hue from dark to light; the last step, the one that is wanted, green. */
  const RAMP = ["#4338ca", "#4f46e5", "#6366f1", "#7c82f5", "#989cf7", "#b0b3fa", "#c7c9fc"];
  function funnel(data, c) {
    const top = data.rows[0]?.value || 0;
    const share = (value) => (top ? `${format.format(Math.round((100 * value) / top))}%` : "—");
    return {
      tooltip: { trigger: "item", formatter: (p) => tip(p.name, [`${format.format(p.data.count)} · ${share(p.data.count)}`]) },
      series: [
        {
          type: "funnel",
          left: 8,
          right: "38%",
          top: 8,
          bottom: 8,
          gap: 3,
          min: 0,
          minSize: "3%",
          sort: "none",
          itemStyle: { borderWidth: 0 },
          label: {
            position: "right",
            color: c["ink-2"],
            formatter: (p) => `${p.name}{n|${format.format(p.data.count)}}{p|${share(p.data.count)}}`,
            rich: { n: { fontWeight: 600, color: c.ink, padding: [0, 7] }, p: { color: c.muted } },
          },
          labelLine: { length: 18, lineStyle: { color: c.line } },
          data: data.rows.map((row, place) => ({
            name: row.name,
            value: row.value,
            count: row.value,
            href: row.href,
            itemStyle: { color: place === data.rows.length - 1 ? "#16a34a" : RAMP[Math.min(place, RAMP.length - 1)] },
          })),
        },
      ],
    };
  }
  function axes(kind, data, c) {
    const palette = [c.accent, c.ok, c.warn, c.violet, c.info];
    /* Names of some length stand beside their bars. */
    const lying = kind === "hbar";
    const names = {
      type: "category",
      data: data.x,
      inverse: lying,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: c.line } },
      axisLabel: lying ? { color: c.muted, width: 110, overflow: "truncate" } : { color: c.muted, hideOverlap: true },
    };
    const values = {
      type: "value",
      minInterval: data.unit ? 0 : 1,
      max: data.unit === "%" ? (range) => Math.max(10, Math.ceil(range.max / 10) * 10) : undefined,
      splitNumber: lying ? 4 : 5,
      splitLine: { lineStyle: { color: c.line } },
      axisLabel: { color: c.muted, formatter: (value) => format.format(value) + (data.unit || "") },
    };
    return {
      color: palette,
      tooltip: {
        trigger: "axis",
        axisPointer: { type: kind === "line" ? "line" : "shadow", shadowStyle: { color: c.line, opacity: 0.35 } },
        formatter: (points) =>
          tip(points[0].name, points.map((p) => `${p.seriesName}: ${p.value == null ? "—" : format.format(p.value)}${data.unit || ""}`)),
      },
      legend: {
        show: data.series.length > 1,
        right: 4,
        top: 0,
        icon: "roundRect",
        itemWidth: 10,
        itemHeight: 4,
        textStyle: { color: c["ink-2"] },
      },
      grid: { left: 4, right: lying ? 16 : 8, top: data.series.length > 1 ? 32 : 12, bottom: 4, containLabel: true },
      xAxis: lying ? values : names,
      yAxis: lying ? names : values,
      series: data.series.map((series, place) => {
        const line = series.dashed || kind === "line";
        const colour = series.dashed ? c.muted : c[series.tone] || palette[place % palette.length];
        return {
          name: series.name,
          type: line ? "line" : "bar",
          data: series.values,
          stack: kind === "bar" && data.stacked && !series.dashed ? "all" : undefined,
          barMaxWidth: 22,
          showSymbol: false,
          itemStyle: { color: colour, borderRadius: line || data.stacked ? 0 : lying ? [0, 3, 3, 0] : [3, 3, 0, 0] },
          lineStyle: { width: series.dashed ? 1.5 : 2, type: series.dashed ? "dashed" : "solid", color: colour },
        };
      }),
    };
  }
  async function figures(node) {
    if (node.dataset.url) {
      const answer = await fetch(node.dataset.url, { headers: { Accept: "application/json" } });
      return answer.json();
    }
    return JSON.parse(document.getElementById(node.dataset.source).textContent);
  }
  async function draw(node) {
    const [echarts, data] = await Promise.all([library(), figures(node)]);
    if (!node.isConnected) return;
    const c = colours();
    const option = node.dataset.chart === "funnel" ? funnel(data, c) : axes(node.dataset.chart, data, c);
    const shared = common(c, node.getAttribute("aria-label"));
    echarts.getInstanceByDom(node)?.dispose();
    const chart = echarts.init(node, null, { renderer: "svg" });
    chart.setOption({ ...shared, ...option, tooltip: { ...shared.tooltip, ...option.tooltip } });
    chart.on("click", (event) => {
      const href = event.data?.href || data.hrefs?.[event.dataIndex];
      if (href) location.assign(href);
    });
    watch.observe(node);
  }
  const watch = new ResizeObserver((entries) => {
    for (const entry of entries) window.echarts?.getInstanceByDom(entry.target)?.resize();
  });
  function all(again) {
    for (const node of document.querySelectorAll("[data-chart]")) {
      if (again || !node.dataset.drawn) {
        node.dataset.drawn = "yes";
        draw(node).catch(() => node.closest("figure, .card")?.querySelector("details")?.setAttribute("open", ""));
      }
    }
  }
  document.addEventListener("themechange", () => all(true));
  document.addEventListener("htmx:afterSettle", () => all(false));
  all(false);
})();
