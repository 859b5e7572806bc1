// A text area with line numbers, and marks on the lines that have findings.

const HEIGHT = 20;
const PADDING = 6;

export class Editor {
  constructor(host, onInput) {
    this.host = host;
    this.area = host.querySelector("textarea");
    this.gutter = host.querySelector(".gutter");
    this.marks = host.querySelector(".marks");
    this.numbers = document.createElement("pre");
    this.signs = document.createElement("div");
    this.gutter.append(this.numbers, this.signs);
    this.layer = document.createElement("div");
    this.marks.append(this.layer);
    this.lines = 0;
    this.found = [];
    this.area.addEventListener("input", () => {
      this.draw();
      onInput();
    });
    this.area.addEventListener("scroll", () => this.scroll());
    this.area.addEventListener("keydown", (event) => this.indent(event));
    this.draw();
  }

  get value() {
    return this.area.value;
  }

  set value(text) {
    if (this.area.value !== text) {
      this.area.value = text;
      this.area.scrollTop = this.area.scrollLeft = 0;
      this.found = [];
      this.draw();
    }
  }

  // Show findings, each with `line`, `severity` and `message`, on their lines.
  mark(findings) {
    this.found = findings;
    this.draw();
  }

  // Move the cursor to a line and a column, both from 1.
  jump(line, column) {
    const lines = this.area.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    const start = before + Math.max(0, (column || 1) - 1);
    const end = before + (lines[line - 1] || "").length;
    this.area.focus();
    this.area.setSelectionRange(Math.min(start, end), end);
    this.area.scrollTop = Math.max(0, (line - 4) * HEIGHT);
    this.area.scrollLeft = 0;
  }

  draw() {
    const lines = this.area.value.split("\n");
    if (lines.length !== this.lines) {
      this.lines = lines.length;
      this.numbers.textContent = lines.map((_, index) => index + 1).join("\n");
    }
    const byLine = new Map();
    for (const finding of this.found) {
      const line = Math.min(Math.max(finding.line, 1), lines.length);
      const entry = byLine.get(line) || { severity: "warning", messages: [] };
      if (finding.severity === "error") entry.severity = "error";
      entry.messages.push(finding.message);
      byLine.set(line, entry);
    }
    const bands = [];
    const signs = [];
    for (const [line, { severity, messages }] of byLine) {
      const top = `${PADDING + (line - 1) * HEIGHT}px`;
      const band = document.createElement("b");
      band.className = severity;
      band.style.top = top;
      const note = document.createElement("span");
      const more = messages.length > 1 ? ` (and ${messages.length - 1} more)` : "";
      note.textContent = messages[0].slice(0, 300) + more;
      note.style.left = `calc(8px + ${Math.min(lines[line - 1].length, 400) + 3}ch)`;
      band.append(note);
      bands.push(band);
      const sign = document.createElement("i");
      sign.className = severity;
      sign.textContent = severity === "error" ? "✕" : "!";
      sign.style.top = top;
      signs.push(sign);
    }
    this.layer.replaceChildren(...bands);
    this.signs.replaceChildren(...signs);
    this.scroll();
  }

  scroll() {
    const { scrollLeft, scrollTop } = this.area;
    this.layer.style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
    this.numbers.style.transform = this.signs.style.transform = `translateY(${-scrollTop}px)`;
  }

  // Begin a new line with the indentation of the one before. Tab leaves the editor.
  indent(event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) return;
    const { value, selectionStart } = this.area;
    const line = value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
    const spaces = /^ */.exec(line)[0];
    // The command keeps the history of undo, which setting the value would empty.
    if (spaces && document.execCommand("insertText", false, `\n${spaces}`)) event.preventDefault();
  }
}
