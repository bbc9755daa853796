"use strict";
// Sorts tables by a click or Enter on a head, moves through the times of indices, and unfolds for print; the page is whole without it.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => {
        const text = row.cells[column].textContent.trim(), number = parseFloat(text.replace(/^[<>(]/, "").replaceAll(",", "").replace("−", "-"));
        return Number.isNaN(number) ? text : number;
      };
      const known = (row) => typeof key(row) === "number";
      const rows = [...table.tBodies[0].rows].map((row, at) => ({ row, at, key: key(row), known: known(row) }));
      const numeric = rows.some((one) => one.known);
      rows.sort((a, b) => {
        if (numeric && a.known !== b.known) return a.known ? -1 : 1; // what is undefined stays last
        const order = numeric && a.known ? a.key - b.key : String(a.key).localeCompare(String(b.key));
        return (down ? -order : order) || a.at - b.at;
      });
      table.tBodies[0].append(...rows.map((one) => one.row));
    });
  });
}
// On paper nothing is folded away; afterwards each part is as it was.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((part) => (part.open = true));
});
addEventListener("afterprint", () => folded.forEach((part) => (part.open = false)));
const numbers = JSON.parse(document.getElementById("sensitivity").textContent);
for (const box of document.querySelectorAll(".times")) {
  const course = numbers.times[box.dataset.course], input = box.querySelector("input"), out = box.querySelector("output");
  const rows = [...box.querySelectorAll("tbody tr")];
  const show = () => {
    const at = Number(input.value), words = `${course.time[at]} ${course.unit}`;
    out.textContent = words;
    input.setAttribute("aria-valuetext", words);
    const order = course.factors.map((factor, i) => i);
    const value = (i) => course.value[i][at] ?? -Infinity;
    order.sort((a, b) => value(b) - value(a));
    order.slice(0, rows.length).forEach((i, place) => {
      const cells = rows[place].cells, [low, high] = course.interval[i][at], v = course.value[i][at];
      cells[0].textContent = course.factors[i];
      cells[1].textContent = v === null ? "undefined" : `${v} [${low}, ${high}]`;
      cells[2].firstElementChild.value = v === null ? 0 : Math.max(0, v / course.largest);
    });
  };
  input.addEventListener("input", show);
  box.hidden = false;
  show();
}
