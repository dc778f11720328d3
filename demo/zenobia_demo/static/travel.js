const budget = document.getElementById("budget");
const shown = document.getElementById("budget-shown");
const show = () => { shown.textContent = `€${budget.value}`; };
budget.addEventListener("input", show);
show();
