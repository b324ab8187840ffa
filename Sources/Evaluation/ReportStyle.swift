/// The style sheet of a report: one accent, plenty of air, figures that align; light, dark and paper.
enum ReportStyle {
    static let css = """
        :root { --ink: #16202b; --soft: #5c6b7a; --line: #dfe5ea; --paper: #ffffff; --wash: #f5f7f9; --accent: #0b6e99;
          --under: #0b6e9918; --warm: #c4552d; --cool: #4c7fb0; color-scheme: light dark; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4eaf0; --soft: #93a1af; --line: #2b3641; --paper: #12181f;
          --wash: #1a222b; --accent: #5cc0e8; --under: #5cc0e822; --warm: #f08d65; --cool: #86b4dc; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 1040px; padding: 40px 28px 72px; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
          -webkit-print-color-adjust: exact; print-color-adjust: exact; }
        h1 { font-size: 28px; font-weight: 650; letter-spacing: -0.02em; margin: 0 0 4px; }
        h2 { font-size: 18px; font-weight: 620; margin: 44px 0 12px; letter-spacing: -0.01em; }
        p { margin: 8px 0; max-width: 46em; } .soft, footer { color: var(--soft); } .caution { font-weight: 600; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 24px 0 0; }
        .tile { background: var(--wash); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
        .tile b { display: block; font-size: 27px; font-weight: 640; letter-spacing: -0.02em;
          font-variant-numeric: tabular-nums; }
        .tile span { color: var(--soft); font-size: 13px; display: block; }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 20px; }
        figure { margin: 0; } figcaption { font-weight: 600; margin-bottom: 4px; }
        .plot svg { width: 100%; height: auto; display: block; }
        .grid { stroke: var(--line); stroke-width: 1; } .tick { fill: var(--soft); font-size: 11px; }
        .axis { fill: var(--soft); font-size: 12px; }
        .plot svg * { vector-effect: non-scaling-stroke; }
        .curve { fill: none; stroke: var(--accent); stroke-width: 2.2; stroke-linejoin: round; }
        .thin { stroke-width: 1.4; } .second { stroke: var(--warm); stroke-width: 1.4; }
        .under { fill: var(--under); stroke: none; }
        .chance { fill: none; stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 4; }
        .mark { fill: var(--warm); stroke: var(--paper); stroke-width: 1.5; }
        .cut { fill: none; stroke: var(--warm); stroke-width: 1.5; stroke-dasharray: 5 3; }
        .bin { fill: var(--accent); fill-opacity: .75; stroke: var(--paper); stroke-width: 1; }
        .whisker { stroke: var(--soft); stroke-width: 1.3; }
        .positive { fill: var(--warm); fill-opacity: .55; } .negative { fill: var(--cool); fill-opacity: .55; }
        .legend { color: var(--soft); font-size: 12.5px; margin: 2px 0 0 44px; }
        .legend span { margin-right: 14px; white-space: nowrap; }
        .legend i { display: inline-block; width: 14px; height: 9px; margin-right: 5px; border-radius: 2px; }
        .legend i.curve { background: var(--accent); height: 3px; vertical-align: 3px; }
        .legend i.second { background: var(--warm); } .legend i.cut { background: var(--warm); height: 3px;
          vertical-align: 3px; }
        .legend i.chance { border-top: 2px dashed var(--soft); height: 0; vertical-align: 4px; border-radius: 0; }
        .legend i.mark { background: var(--warm); border-radius: 50%; width: 9px; }
        .legend i.bin { background: var(--accent); border-radius: 50%; width: 9px; }
        .legend i.positive { background: var(--warm); opacity: .6; } .legend i.negative { background: var(--cool);
          opacity: .6; } .legend i[class=""] { display: none; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
        th { text-align: left; font-weight: 600; color: var(--soft); font-size: 12.5px; }
        th, td { padding: 7px 10px; border-bottom: 1px solid var(--line); } td.n, th.n { text-align: right; white-space: nowrap; }
        .scroll { overflow-x: auto; }
        .range { width: 190px; padding: 0 10px; } .range svg { display: block; width: 100%; height: 18px; }
        .matrix { width: auto; } .matrix td { text-align: center; min-width: 96px; padding: 14px 16px;
          border: 2px solid var(--paper); border-radius: 6px; }
        .matrix td b { display: block; font-size: 18px; } .matrix td span { font-size: 12px; opacity: .8; }
        .sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(108px, 1fr)); gap: 8px; }
        .worst { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
        .picture { position: relative; background: #000; border-radius: 6px; overflow: hidden; break-inside: avoid; }
        .picture img, .picture svg { display: block; width: 100%; height: auto; }
        .picture svg { position: absolute; inset: 0; height: 100%; }
        .picture figcaption { font-size: 11.5px; font-weight: 400; color: #dfe7ee; background: #0b0f13; padding: 3px 7px;
          margin: 0; font-variant-numeric: tabular-nums; display: flex; justify-content: space-between; }
        .frame { position: relative; }
        footer { margin-top: 56px; border-top: 1px solid var(--line); padding-top: 14px; font-size: 12.5px;
          overflow-wrap: anywhere; }
        @media print { @page { margin: 14mm; }
          :root { --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --wash: #fff; --accent: #0b6e99;
          --under: #0b6e9918; --warm: #c4552d; --cool: #4c7fb0; color-scheme: light; }
          body { max-width: none; padding: 0; font-size: 10.5pt; } figure, tr, .tile, .matrix { break-inside: avoid; }
          h2 { break-after: avoid; margin-top: 26px; } table { font-size: 9.5pt; } th, td { padding: 4px 7px; }
          .tiles { grid-template-columns: repeat(5, 1fr); gap: 8px; } .tile { padding: 9px 11px; }
          .tile b { font-size: 17pt; } .plots { grid-template-columns: 1fr 1fr; gap: 14px; }
          .sheet { grid-template-columns: repeat(8, 1fr); gap: 5px; } .worst { grid-template-columns: repeat(6, 1fr); }
          .picture figcaption { font-size: 7pt; padding: 2px 4px; } .range { width: 110px; } }
        """
}
