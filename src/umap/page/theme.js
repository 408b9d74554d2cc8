// Light or dark: as the system has it, until the reader switches.
const darkSystem = matchMedia("(prefers-color-scheme: dark)");
let chosenTheme = null;

function applyTheme() {
  const name = chosenTheme ?? (darkSystem.matches ? "dark" : "light");
  document.documentElement.dataset.theme = name;
  const button = document.getElementById("theme");
  button.textContent = name === "dark" ? "☾" : "☀";
  readTheme();
  signals.call("theme");
}

function switchTheme() {
  chosenTheme = theme.dark ? "light" : "dark";
  applyTheme();
}

darkSystem.addEventListener("change", applyTheme);
