"use strict";
const keyOf = (row, place) => {
  const cell = row.cells[place];
  return cell.dataset.sort ?? cell.textContent.trim();
};
const compare = (one, other) => {
  const left = Number(one), right = Number(other);
  if (one !== "" && other !== "" && !Number.isNaN(left) && !Number.isNaN(right)) return left - right;
  return one.localeCompare(other);
};
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => head.querySelector("button")?.addEventListener("click", () => {
    const falling = head.getAttribute("aria-sort") !== "descending";
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((a, b) => compare(keyOf(a, place), keyOf(b, place)));
    body.append(...(falling ? rows.reverse() : rows));
  }));
}
for (const box of document.querySelectorAll(".filter")) {
  const field = box.querySelector("input");
  const body = document.getElementById(field.getAttribute("aria-controls")).querySelector("tbody");
  box.hidden = false;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLocaleLowerCase();
    for (const row of body.rows) row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
  });
}
